"""Lesson 11: neurons by the layer, forward and backward."""

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake

# ---- dense_forward ----


def dense_forward(x, W, b):
    """Return the outputs of a fully connected layer of sigmoid neurons."""
    z = x @ W + b
    return 1 / (1 + np.exp(-z))


def _dense_forward_cases():
    rng = np.random.default_rng(13)

    def case(part, m, n, units, biased=True):
        b = rng.normal(size=units) if biased else np.zeros(units)
        return Case(part, (rng.normal(size=(m, n)), rng.normal(size=(n, units)), b))

    whole = (np.array([[1, 0, 2], [0, 1, -1]]), rng.integers(-2, 3, size=(3, 4)),
             np.array([1, 0, -1, 2]))
    x, W, b = rng.normal(size=(2, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    return [
        case("one neuron", 1, 3, 1, biased=False),
        case("one sample", 1, 3, 4, biased=False),
        case("bias", 1, 2, 3),
        case("bias", 1, 4, 2),
        case("several samples", 3, 4, 2),
        case("several samples", 2, 3, 5),
        Case("whole numbers", whole),
        Case("float32", tuple(array.astype(np.float32) for array in (x, W, b))),
    ]


def _dense_forward_window(case, output, index):
    x, W, b = (np.asarray(argument, float) for argument in case.arguments)
    if len(index) != 2:
        return None
    i, j = index
    total = float(x[i] @ W[:, j])
    text = (
        f"Row {i} of x times column {j} of W adds up to {total:.3g}, with the bias {b[j]:.3g} to"
        f" z = {total + b[j]:.3g}; the sigmoid makes it {1 / (1 + np.exp(-total - b[j])):.3g}."
    )
    return Window(x, (i, 0, 1, x.shape[1]), "x, one row a sample", text)


def _plane_of_inputs():
    """Return a layer of one neuron, and 31 x 31 points of its plane of inputs as samples."""
    side = np.linspace(-1, 1, 31)
    x1, x2 = np.meshgrid(side, side[::-1])
    return np.stack([x1.ravel(), x2.ravel()], axis=1), np.array([[8.0], [4.0]]), np.array([1.0])


def _draw_plane(result):
    from cnn_lab import plots

    return plots.images(
        [result.reshape(31, 31)], limits=(0, 1),
        titles=["x1 to the right, x2 upwards, each from −1 to 1"],
        title="One neuron, 961 samples: its answer changes over one straight, soft edge",
        alt="Output of a neuron with weights 8 and 4 and bias 1 over its two inputs: near 0 at the "
        "lower left, near 1 at the upper right, and between them a slanted soft edge.",
    )


def _one_softmax(x, W, b):
    e = np.exp(x @ W + b)
    return e / e.sum(axis=1, keepdims=True)


DENSE_FORWARD = Task(
    "dense_forward",
    "11",
    "write dense_forward",
    dense_forward,
    _dense_forward_cases,
    ("y",),
    (
        Mistake(
            "sigmoid forgotten",
            "You return the weighted sums. Every neuron of the layer still has its sigmoid.",
            {"return 1 / (1 + np.exp(-z))": "return z * 1.0"},
        ),
        Mistake(
            "bias forgotten",
            "Without a bias every neuron answers one half to a row of zeros: where does b enter?",
            {"x @ W + b": "x @ W"},
        ),
        Mistake(
            "bias added after the sigmoid",
            "Your bias comes after the sigmoid, but it belongs to the sum. Outputs stay within 0"
            " and 1.",
            {"x @ W + b": "x @ W", "1 / (1 + np.exp(-z))": "1 / (1 + np.exp(-z)) + b"},
        ),
        Mistake(
            "sign in the exponent",
            "Your sigmoid falls where it should rise: look at the sign in its exponent.",
            {"np.exp(-z)": "np.exp(z)"},
        ),
        Mistake(
            "bias subtracted",
            "Your bias works the wrong way round: a larger bias must give a larger output.",
            {"x @ W + b": "x @ W - b"},
        ),
        Mistake(
            "inputs squashed first",
            "You send the inputs through a sigmoid before they are weighted. The sigmoid belongs to"
            " this layer's sums.",
            {"x @ W": "(1 / (1 + np.exp(-x))) @ W"},
        ),
        Mistake(
            "sigmoid twice",
            "Your outputs all lie between 0.5 and 0.73: they have been through the sigmoid twice.",
            {"1 / (1 + np.exp(-z))": "1 / (1 + np.exp(-1 / (1 + np.exp(-z))))"},
        ),
        Mistake(
            "softmax instead of sigmoid",
            "Your rows add up to 1: that is softmax. Here each neuron answers for itself.",
            _one_softmax,
        ),
        Mistake(
            "ReLU instead of sigmoid",
            "That is a ReLU layer: your outputs have no upper end. Here a sigmoid is asked for.",
            {"1 / (1 + np.exp(-z))": "np.maximum(z, 0) * 1.0"},
        ),
        Mistake(
            "tanh instead of sigmoid",
            "Your outputs lie between −1 and 1: that is the sigmoid's sister, tanh.",
            {"1 / (1 + np.exp(-z))": "np.tanh(z)"},
        ),
        Mistake(
            "bias once for each input",
            "Your bias enters each sum once for every input: with four inputs, four times.",
            {"x @ W + b": "x @ W + b * x.shape[1]"},
        ),
        Mistake(
            "mean instead of sum",
            "You divide by the number of inputs. A neuron adds its products up.",
            {"x @ W + b": "x @ W / x.shape[1] + b"},
        ),
        Mistake(
            "every sample like the first",
            "All your rows are equal: each sample has inputs of its own.",
            {"x @ W": "np.repeat(x[:1], len(x), axis=0) @ W"},
        ),
    ),
    planes={"y": (0, 1)},
    window=_dense_forward_window,
    showcase=Showcase(_plane_of_inputs, _draw_plane),
)


# ---- network_gradient ----


def network_gradient(x, t, W1, b1, W2, b2):
    """Return dW1, db1, dW2, db2 for the mean of half the squared distance to t."""
    m = len(x)
    a = 1 / (1 + np.exp(-(x @ W1 + b1)))
    y = 1 / (1 + np.exp(-(a @ W2 + b2)))
    dz2 = (y - t) * y * (1 - y) / m
    da = dz2 @ W2.T
    dz1 = da * a * (1 - a)
    return x.T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)


def _network_gradient_cases():
    rng = np.random.default_rng(14)

    def case(part, m, n, hidden, units):
        sizes = [(m, n), (m, units), (n, hidden), hidden, (hidden, units), units]
        x, t, W1, b1, W2, b2 = (rng.normal(size=size) for size in sizes)
        return Case(part, (x, 0.1 + 0.8 * (t > 0), W1, b1, 2 * W2, b2), f"{m} of {n}-{hidden}-"
                    f"{units}")

    whole = (np.array([[1, 0], [0, 1], [2, 1]]), np.array([[1], [0], [1]]),
             rng.integers(-2, 3, size=(2, 4)), np.array([1, 0, -1, 0]),
             np.array([[1], [-2], [2], [1]]), np.array([-1]))
    return [
        case("one sample", 1, 3, 4, 2),
        case("one sample", 1, 2, 3, 5),
        case("several samples", 3, 2, 5, 4),
        case("several samples", 2, 5, 3, 1),
        Case("whole numbers", whole, "3 of 2-4-1, whole numbers"),
    ]


NETWORK_GRADIENT = Task(
    "network_gradient",
    "11",
    "write network_gradient",
    network_gradient,
    _network_gradient_cases,
    ("dW1", "db1", "dW2", "db2"),
    (
        Mistake(
            "old sign",
            "All four have the wrong sign: you carried the deltas of the scalar network. A gradient"
            " is the slope of E, not minus the slope.",
            {"(y - t)": "(t - y)"},
        ),
        Mistake(
            "mean over the samples forgotten",
            "Right for one sample, too large for more: E is a mean over the samples. Where does"
            " that leave a trace?",
            {"(1 - y) / m": "(1 - y)"},
        ),
        Mistake(
            "mean over all outputs",
            "Your gradients are too small by the number of output nodes: E adds up over the outputs"
            " of a sample, and is a mean over samples only.",
            {"(1 - y) / m": "(1 - y) / y.size"},
        ),
        Mistake(
            "factor 2",
            "Everything is twice what it should be: E has a factor one half, which takes the 2 of"
            " the square away.",
            {"dz2 = (y - t)": "dz2 = 2 * (y - t)"},
        ),
        Mistake(
            "output slope forgotten",
            "What you carry back starts as output minus target. Which slope stands between the"
            " outputs and their sums z2?",
            {"* y * (1 - y)": ""},
        ),
        Mistake(
            "hidden slope forgotten",
            "dW2 and db2 are right. On its way to W1 the gradient passes another sigmoid: where is"
            " its slope?",
            {"dz1 = da * a * (1 - a)": "dz1 = da"},
        ),
        Mistake(
            "both slopes forgotten",
            "Neither sigmoid has left a trace in your gradients: each multiplies what passes by its"
            " slope.",
            {"* y * (1 - y)": "", "dz1 = da * a * (1 - a)": "dz1 = da"},
        ),
        Mistake(
            "hidden squashed twice",
            "dW2 and db2 are right. In the hidden layer's slope, a has been through the sigmoid"
            " already: yours goes through it twice.",
            {"a * (1 - a)": "np.exp(-a) / (1 + np.exp(-a)) ** 2"},
        ),
        Mistake(
            "squashed twice in both layers",
            "Your slopes send the outputs through the sigmoid a second time: a and y are outputs"
            " already.",
            {
                "* y * (1 - y)": "* np.exp(-y) / (1 + np.exp(-y)) ** 2",
                "a * (1 - a)": "np.exp(-a) / (1 + np.exp(-a)) ** 2",
            },
        ),
        Mistake(
            "slope at the sums",
            "You put the weighted sums into a (1 − a). That form of the slope is for outputs.",
            {
                "* y * (1 - y)": "* (a @ W2 + b2) * (1 - (a @ W2 + b2))",
                "a * (1 - a)": "(x @ W1 + b1) * (1 - (x @ W1 + b1))",
            },
        ),
        Mistake(
            "W2 updated too early",
            "dW2 and db2 are right, the rest comes back over other weights: you changed W2 before"
            " the gradient had passed it.",
            {"dz2 @ W2.T": "dz2 @ (W2 - a.T @ dz2).T"},
        ),
        Mistake(
            "minus in the hidden layer",
            "dW2 and db2 are right, dW1 and db1 have the wrong sign: on the way back no sign"
            " changes.",
            {"da = dz2": "da = -dz2"},
        ),
        Mistake(
            "biases averaged",
            "Your bias gradients are divided by the number of samples once more: dz2 has that"
            " already.",
            {"dz1.sum(axis=0)": "dz1.mean(axis=0)", "dz2.sum(axis=0)": "dz2.mean(axis=0)"},
        ),
        Mistake(
            "biases left out of the forward pass",
            "Your gradients belong to a network without biases: do b1 and b2 enter the sums?",
            {"x @ W1 + b1": "x @ W1", "a @ W2 + b2": "a @ W2"},
        ),
        Mistake(
            "hidden layer without sigmoid",
            "Your gradients belong to a network whose hidden layer has no sigmoid: what goes into"
            " W2?",
            {
                "a = 1 / (1 + np.exp(-(x @ W1 + b1)))": "a = x @ W1 + b1",
                "da * a * (1 - a)": "da",
            },
        ),
    ),
)
