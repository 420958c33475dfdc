"""Lesson 11: five numbers to predict, nine weights to find, and the list of its exercises."""

import math

import numpy as np

from cnn_lab.checks.exercise import Question, Requirement
from cnn_lab.checks.exercises.convolution_as_dense import CONVOLUTION_MATRIX
from cnn_lab.checks.exercises.neuron_deltas import HIDDEN_DELTA, OUTPUT_DELTA
from cnn_lab.checks.exercises.neuron_output import NODE_OUTPUT, node_output
from cnn_lab.checks.exercises.neurons_as_layers import DENSE_FORWARD
from cnn_lab.checks.exercises.neurons_gradient import NETWORK_GRADIENT

# ---- predict_neuron ----


def _is(number, value):
    """Return a test: is this one of the five numbers the value, to two digits or so?"""

    def holds(prediction):
        given = float(np.asarray(prediction, float).ravel()[number])
        return abs(given - value) < 0.012 * max(abs(value), 0.05)

    return holds


def _is_not(number, value):
    holds = _is(number, value)
    return lambda prediction: not holds(prediction)


def _with(number, value):
    """Return the right prediction with one number replaced, as the check gets it."""
    values = [0.5, 0.1, -0.2, 0.6, 0.032]
    values[number] = value
    return (values,)


def _known(part, number, value, hint):
    return Requirement(part, _is_not(number, value), hint, (_with(number, value),))


def _due(part, number, value, hint):
    wrong = _with(number, 7.0)
    return Requirement(part, _is(number, value), hint, (wrong,))


PREDICT_NEURON = Question(
    "predict_neuron",
    "11",
    "predict five numbers of a neuron",
    ([0.5, 0.1, -0.2, 0.6, 0.032],),
    (
        Requirement(
            "five numbers",
            lambda p: np.size(np.asarray(p, float)) == 5,
            "The prediction holds five numbers, (a) to (e), in this order.",
            (([0.5, 0.1, -0.2],),),
        ),
        _known("(a)", 0, 0.0, "(a) That is the weighted sum. What does a neuron do with its sum?"),
        _known(
            "(a)",
            0,
            1 / (1 + math.exp(2)),
            "(a) Your sum lacks a term: a third connection arrives, from the constant node.",
        ),
        _due("(a)", 0, 0.5, "(a) Multiply each input by its weight, add them up with the bias."),
        _known("(b)", 1, -0.1, "(b) Look at the sign: delta is MINUS the slope, so the target comes"
               " first."),
        _known("(b)", 1, 0.4, "(b) That is target minus output. Which slope does it still lack?"),
        _due("(b)", 1, 0.1, "(b) Three factors: the output, 1 minus the output, and the"
             " difference to the target."),
        _known("(c)", 2, 0.2, "(c) That is what the old books call the gradient. You are asked for"
               " the slope dE/dw."),
        _known("(c)", 2, 0.1, "(c) The other factor is missing, and the sign: what does this weight"
               " multiply?"),
        _known("(c)", 2, -0.1, "(c) The other factor is missing: what does this weight multiply?"),
        _due("(c)", 2, -0.2, "(c) dE/dw is minus delta, times what the weight multiplies."),
        _known("(d)", 3, 0.4, "(d) Your weight moved uphill: against the slope dE/dw, or along"
               " delta times input."),
        _known("(d)", 3, 0.7, "(d) You took the whole slope as the step: where is the learning"
               " rate?"),
        _due("(d)", 3, 0.6, "(d) Old weight, plus rate times delta times input."),
        _known("(e)", 4, 0.2, "(e) That is what comes back over the connections. Which slope does"
               " it still lack?"),
        _known("(e)", 4, 0.024, "(e) You added up the deltas as they are. What happens to them on"
               " their way back?"),
        _known("(e)", 4, 0.064, "(e) One of the weights is negative: what does that do to its"
               " share?"),
        _known("(e)", 4, 0.03, "(e) That may be rounded: give three decimals."),
        _known("(e)", 4, -0.032, "(e) Look at the sign: a hidden delta gets no minus of its own."),
        _due("(e)", 4, 0.032, "(e) Each delta comes back times its weight; the sum is multiplied"
             " by the neuron's own slope."),
    ),
    praise="0.5, 0.1, −0.2, 0.6 and 0.032: all of back-propagation, once.",
)


# ---- xor_weights ----


def xor_output(weights, first, second):
    """Return the output of the 2-2-1 network with these nine weights."""
    w = _numbers(weights)
    return node_output(_hidden(w, first, second), w[6:8], w[8])


def _numbers(weights):
    return np.asarray(weights, float).ravel().tolist()


def _hidden(w, first, second):
    """Return what nodes 3 and 4 say."""
    return [node_output([first, second], w[n : n + 2], w[n + 2]) for n in (0, 3)]


def _says(first, second, wanted):
    def hint(weights):
        w = _numbers(weights)
        a3, a4 = _hidden(w, first, second)
        z5, a5 = w[6] * a3 + w[7] * a4 + w[8], xor_output(w, first, second)
        limit = "at least 0.9" if wanted else "at most 0.1"
        text = (
            f"For the inputs {first} and {second} node 3 says {a3:.2f} and node 4 {a4:.2f}. Node 5"
            f" makes of them the sum {z5:.2f} and the answer {a5:.2f}; {limit} is wanted. Which of"
            " the three is not as you planned?"
        )
        return text.replace("-", "\N{MINUS SIGN}")

    return hint


def _answers(first, second, wanted, wrong):
    def holds(weights):
        answer = xor_output(weights, first, second)
        return answer >= 0.9 if wanted else answer <= 0.1

    part = f"inputs {first}, {second}"
    return Requirement(part, holds, _says(first, second, wanted), wrong)


_OTHER_ORDERS = (
    [0, 2, 4, 1, 3, 5, 6, 7, 8],  # w13, w14, w23, w24, b3, b4, w35, w45, b5
    [0, 2, 6, 1, 3, 7, 4, 5, 8],  # w13, w14, w23, w24, w35, w45, b3, b4, b5
    [0, 1, 6, 2, 3, 7, 4, 5, 8],  # w13, w23, w14, w24, w35, w45, b3, b4, b5
    [0, 1, 4, 2, 3, 5, 6, 7, 8],  # w13, w23, w14, w24, b3, b4, w35, w45, b5
    [1, 2, 0, 4, 5, 3, 7, 8, 6],  # each bias first
)
_PAIRS = ((0, 0), (1, 0), (0, 1), (1, 1))


def _solves(w):
    answers = [xor_output(w, *pair) for pair in _PAIRS]
    return max(answers[0], answers[3]) <= 0.1 and min(answers[1:3]) >= 0.9


def _in_this_order(weights):
    """Tell whether the numbers would not solve it in another order, or solve it in this one."""
    w = _numbers(weights)
    return _solves(w) or not any(_solves([w[n] for n in order]) for order in _OTHER_ORDERS)


def _one_hidden_neuron_says_all(weights):
    """Tell whether both hidden neurons are the same one, as after starting with equal weights."""
    w = np.asarray(weights, float).ravel()
    return np.allclose(w[0:3], w[3:6])


def _plane(weights):
    from cnn_lab import plots

    side = np.linspace(0, 1, 31)
    picture = [[xor_output(weights, x1, x2) for x1 in side] for x2 in side[::-1]]
    corners = [xor_output(weights, *pair) for pair in [(0, 0), (0, 1), (1, 0), (1, 1)]]
    said = ", ".join(f"{value:.2f}" for value in corners)
    return plots.images(
        [picture], limits=(0, 1), titles=["x1 to the right, x2 upwards, each from 0 to 1"],
        title="Two neurons draw two edges, and a third one makes all four corners right",
        alt=f"The network's output over the square of inputs. At the corners (0, 0), (0, 1), (1, 0)"
        f" and (1, 1) it is {said}.",
    )


XOR_WEIGHTS = Question(
    "xor_weights",
    "11",
    "find weights for either-or",
    ([20, 20, -10, 20, 20, -30, 20, -20, -10],),
    (
        Requirement(
            "nine numbers",
            lambda w: np.size(np.asarray(w, float)) == 9,
            "Nine numbers, in this order: w13, w23, b3, w14, w24, b4, w35, w45, b5.",
            (([20, 20, -10, 20, 20, -30],),),
        ),
        Requirement(
            "nine numbers",
            lambda w: bool(np.isfinite(np.asarray(w, float)).all()),
            "All nine must be finite numbers.",
            (
                ([20, 20, -10, 20, 20, -30, 20, -20, float("nan")],),
                ([float("inf")] * 9,),
            ),
        ),
        Requirement(
            "nine numbers",
            _in_this_order,
            "Right numbers in another order. Neuron by neuron is asked for: w13, w23, b3, then w14,"
            " w24, b4, then w35, w45, b5.",
            (
                ([20, 20, 20, 20, -10, -30, 20, -20, -10],),
                ([20, 20, 20, 20, 20, -20, -10, -30, -10],),
                ([-10, 20, 20, -30, 20, 20, -10, 20, -20],),
            ),
        ),
        Requirement(
            "two neurons",
            lambda w: not _one_hidden_neuron_says_all(w),
            "Your two hidden neurons are the same one: equal weights, equal outputs. One straight"
            " edge is not enough; let each draw its own.",
            (([20, 20, -10, 20, 20, -10, 10, 10, -10],), ([0] * 9,)),
        ),
        _answers(0, 0, 0, (([1, 1, 0, -1, -1, 0, 1, 1, 0],),)),
        _answers(1, 0, 1, (([20, 20, -10, 20, 20, -30, 20, -20, -40],),)),
        _answers(0, 1, 1, (([20, 0, -10, 0, 20, -10, 20, 0, -10],),)),
        _answers(1, 1, 0, (([20, 0, -10, 0, 20, -10, 20, 20, -10],),)),
    ),
    praise="All four right, and each edge is one hidden neuron.",
    draw=_plane,
)


EXERCISES = (
    PREDICT_NEURON,
    NODE_OUTPUT,
    OUTPUT_DELTA,
    HIDDEN_DELTA,
    DENSE_FORWARD,
    NETWORK_GRADIENT,
    CONVOLUTION_MATRIX,
    XOR_WEIGHTS,
)
