"""Lesson 11: neurons by the layer, forward."""

import math

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


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
        case("one row of x", 1, 3, 4, biased=False),
        case("bias", 1, 2, 3),
        case("bias", 1, 4, 2),
        case("several rows of x", 3, 4, 2),
        case("several rows of x", 2, 3, 5),
        Case("input of whole numbers", whole),
        Case("input of float32", tuple(array.astype(np.float32) for array in (x, W, b))),
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


def _one_number_at_a_time(x, W, b):
    return 1 / (1 + math.exp(-(x @ W + b)))


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
            "factors exchanged",
            "Your product has the right factors in the wrong order: samples are the rows of x, and"
            " the rows of the result.",
            {"x @ W + b": "W @ x + b"},
        ),
        Mistake(
            "shapes do not fit",
            "Your product does not fit. Samples are rows here: the axis of the inputs is the last"
            " of x and the first of W. In which order do they meet?",
            {"x @ W + b": "W.T @ x + b"},
        ),
        Mistake(
            "exp of one number",
            "math.exp takes one number, and here comes an array: NumPy has an exponential of its"
            " own.",
            _one_number_at_a_time,
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
