"""Lesson 11: the gradient of two layers of neurons, for a batch."""

import numpy as np

from cnn_lab.checks.exercise import Case, Task
from cnn_lab.checks.mistakes import Mistake


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
        says = f"{m} sample{'s' * (m > 1)}, layers {n}-{hidden}-{units}"
        return Case(part, (x, 0.1 + 0.8 * (t > 0), W1, b1, 2 * W2, b2), says)

    whole = (np.array([[1, 0], [0, 1], [2, 1]]), np.array([[1], [0], [1]]),
             rng.integers(-2, 3, size=(2, 4)), np.array([1, 0, -1, 0]),
             np.array([[1], [-2], [2], [1]]), np.array([-1]))
    return [
        case("one row of x", 1, 3, 4, 2),
        case("one row of x", 1, 2, 3, 5),
        case("several rows of x", 3, 2, 5, 4),
        case("several rows of x", 2, 5, 3, 1),
        Case("input of whole numbers", whole, "3 samples, layers 2-4-1, all whole numbers"),
    ]


def _last_sample(x, t, W1, b1, W2, b2):
    return network_gradient(x[-1:], t[-1:], W1, b1, W2, b2)


def _last_sample_divided(x, t, W1, b1, W2, b2):
    return tuple(part / len(x) for part in _last_sample(x, t, W1, b1, W2, b2))


_NO_BIAS_SUM = {"dz1.sum(axis=0)": "dz1", "dz2.sum(axis=0)": "dz2"}

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
            " is the slope of L, not minus the slope.",
            {"(y - t)": "(t - y)"},
        ),
        Mistake(
            "mean over the samples forgotten",
            "Right for one sample, too large for more: L is a mean over the samples. Where does"
            " that leave a trace?",
            {"(1 - y) / m": "(1 - y)"},
        ),
        Mistake(
            "mean over all outputs",
            "Your gradients are too small by the number of output nodes: L adds up over the outputs"
            " of a sample, and is a mean over samples only.",
            {"(1 - y) / m": "(1 - y) / y.size"},
        ),
        Mistake(
            "factor 2",
            "Everything is twice what it should be: L has a factor one half, which takes the 2 of"
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
        Mistake(
            "sums for outputs in both layers",
            "Your forward pass has no sigmoid: a and y are still the weighted sums.",
            {
                "1 / (1 + np.exp(-(x @ W1 + b1)))": "x @ W1 + b1",
                "1 / (1 + np.exp(-(a @ W2 + b2)))": "a @ W2 + b2",
            },
        ),
        Mistake(
            "sums for outputs in the hidden layer",
            "Your hidden outputs are still the weighted sums: the sigmoid is missing on the way"
            " forward.",
            {"1 / (1 + np.exp(-(x @ W1 + b1)))": "x @ W1 + b1"},
        ),
        Mistake(
            "sums for outputs in the last layer",
            "Your y are still the weighted sums: the sigmoid of the last layer is missing on the"
            " way forward.",
            {"1 / (1 + np.exp(-(a @ W2 + b2)))": "a @ W2 + b2"},
        ),
        Mistake(
            "biases not added over the samples",
            "Your bias gradients have a row for each sample: all samples share the biases, and"
            " roads add up.",
            _NO_BIAS_SUM,
        ),
        Mistake(
            "neither mean nor sum of the biases",
            "Two things: your bias gradients still have a row for each sample, and the mean over"
            " the samples has left no trace.",
            {**_NO_BIAS_SUM, "(1 - y) / m": "(1 - y)"},
        ),
        Mistake(
            "biases added over everything",
            "Your bias gradients are one number for a whole layer: each neuron has a bias. Which"
            " axis should go?",
            {"dz1.sum(axis=0)": "dz1.sum()", "dz2.sum(axis=0)": "dz2.sum()"},
        ),
        Mistake(
            "biases added over the neurons",
            "Your bias gradients have one number for each sample: the sum runs along the wrong"
            " axis.",
            {"dz1.sum(axis=0)": "dz1.sum(axis=1)", "dz2.sum(axis=0)": "dz2.sum(axis=1)"},
        ),
        Mistake(
            "mean taken twice",
            "dW2 and db2 are right, dW1 and db1 too small for several samples: dz1 comes out of"
            " dz2, which has the mean already.",
            {"da * a * (1 - a)": "da * a * (1 - a) / m"},
        ),
        Mistake(
            "mean in the hidden layer only",
            "dW2 and db2 are too large for several samples: the mean must enter before the first"
            " gradient is made.",
            {"(1 - y) / m": "(1 - y)", "da * a * (1 - a)": "da * a * (1 - a) / m"},
        ),
        Mistake(
            "outer product of the batch",
            "np.outer is for one sample: of a batch it makes all pairs, also of different samples."
            " A sum over samples is wanted.",
            {"x.T @ dz1": "np.outer(x, dz1)", "a.T @ dz2": "np.outer(a, dz2)"},
        ),
        Mistake(
            "outer product of the batch, no mean",
            "np.outer is for one sample: of a batch it makes all pairs, also of different samples."
            " A sum over samples is wanted, and then their mean.",
            {
                "x.T @ dz1": "np.outer(x, dz1)",
                "a.T @ dz2": "np.outer(a, dz2)",
                "(1 - y) / m": "(1 - y)",
            },
        ),
        Mistake(
            "last sample only",
            "Your gradients are those of the last sample: each one replaces those before, where"
            " roads should add up.",
            _last_sample_divided,
        ),
        Mistake(
            "last sample only, undivided",
            "Your gradients are those of the last sample, as if it were alone: all samples add up,"
            " and then comes the mean.",
            _last_sample,
        ),
        Mistake(
            "weights transposed",
            "Right numbers, lying on their side: dW1 and dW2 have the shapes of W1 and W2.",
            {"x.T @ dz1": "dz1.T @ x", "a.T @ dz2": "dz2.T @ a"},
        ),
        Mistake(
            "shapes do not fit",
            "A product does not fit. Back, a layer is crossed from outputs to inputs: which axes of"
            " dz2 and W2 must meet? And in a gradient of weights, the samples' axes meet.",
            {"dz2 @ W2.T": "dz2 @ W2"},
        ),
    ),
)
