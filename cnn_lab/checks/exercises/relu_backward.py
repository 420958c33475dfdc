"""Lesson 06: the gradient through ReLU."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def relu_backward(dA, Z):
    """Return the gradient with respect to what went into ReLU."""
    return np.where(Z > 0, dA, 0.0)


def _cases():
    rng = np.random.default_rng(61)
    signed = rng.normal(size=(1, 3, 4, 1))
    with_zeros = rng.integers(-2, 3, size=(1, 4, 3, 1)).astype(float)
    shapes = {"one map": signed, "zeros in Z": with_zeros}
    shapes["images and channels"] = rng.normal(size=(3, 2, 4, 2))
    shapes["other shapes"] = rng.normal(size=7)
    cases = [Case(part, (rng.normal(size=Z.shape), Z)) for part, Z in shapes.items()]
    cases.append(Case("other shapes", (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))))
    small = (rng.normal(size=(2, 4)), rng.choice([-1e-4, 1e-4], size=(2, 4)))
    cases.append(Case("other shapes", small, "Z of 0.0001 and -0.0001"))
    whole = rng.integers(-3, 4, size=(2, 4))
    dA = rng.normal(size=(2, 4))
    cases.append(Case("input of whole numbers", (dA, whole), "Z of whole numbers"))
    halves = [rng.normal(size=(1, 2, 3, 2)).astype(np.float32) for _ in range(2)]
    return [*cases, Case("input of float32", tuple(halves), "dA and Z in float32")]


def _window(case, output, index):
    dA, Z = case.arguments
    if Z.ndim not in (2, 4):
        return None
    text = f"Z is {number(Z[index])} at this place, and dA is {number(dA[index])}."
    if Z.ndim == 2:
        return Window(Z, (*index, 1, 1), "Z", text)
    i, row, column, c = index
    return Window(Z[i, :, :, c], (row, column, 1, 1), f"Z, image {i}, channel {c}", text)


def _draw(dZ):
    from cnn_lab import plots

    dA, Z = _letter_n()
    rows = "; ".join(" ".join(number(value) for value in row) for row in dZ)
    return plots.numbers(
        [Z, dA, dZ],
        titles=["Z1", "dA1", "dZ1"],
        roles=["input", "output", "input"],
        between=["", "->"],
        highlight=[[(1, 1, 1, 1)]] * 3,
        title="At the centre Z is 0, and the gradient stops",
        alt=f"Z1 and dA1 of the letter N, and dZ1 = {rows}. Framed: the centre, where Z1 is 0"
        f" and dA1 is 1.",
    )


def _letter_n():
    Z = np.array([[1, 1, -2], [1, 0, -1], [2, -1, -1]])
    return np.array([[-1.0, 2, 0], [0, 1, 0], [-1, 0, 0]]), Z


def _into_zeros_like(dA, Z):
    dZ = np.zeros_like(Z)
    dZ[Z > 0] = dA[Z > 0]
    return dZ


_RIGHT = "np.where(Z > 0, dA, 0.0)"

_MISTAKES = (
    Mistake(
        "tie lets through",
        "Where Z is exactly 0, your gradient passes. What did the lesson agree on for this tie?",
        {"Z > 0": "Z >= 0"},
    ),
    Mistake(
        "asks dA",
        "You stop the gradient where dA is negative. A gradient may be negative and pass: which"
        " array knows whether ReLU was open?",
        {"Z > 0": "dA > 0"},
    ),
    Mistake(
        "forward again",
        "What you return is ReLU of Z, the forward step. Where does dA come in?",
        {_RIGHT: "np.maximum(Z, 0)"},
    ),
    Mistake(
        "mask only",
        "Your result is 1 where ReLU was open and 0 elsewhere. That is the slope; the chain rule"
        " wants the slope times what comes from above.",
        {_RIGHT: "1.0 * (Z > 0)"},
    ),
    Mistake(
        "times the value",
        "You multiplied dA by what came out of ReLU. The slope of ReLU does not depend on how far"
        " above 0 the number lies.",
        {_RIGHT: "dA * np.maximum(Z, 0)"},
    ),
    Mistake(
        "times Z",
        "You multiply dA by Z itself. The chain rule wants the slope of ReLU at Z: which two values"
        " can this slope have?",
        {_RIGHT: "dA * Z"},
    ),
    Mistake(
        "only what passes",
        "You return only the numbers that pass, in one row. The gradient has the shape of Z: what"
        " stands at the other places?",
        {_RIGHT: "dA[Z > 0]"},
    ),
    Mistake(
        "turned round",
        "Your gradient passes where Z is negative and stops where it is positive: the wrong way"
        " round.",
        {"Z > 0": "Z < 0"},
    ),
    Mistake(
        "turned round, 0 included",
        "Your gradient stops where Z is positive and passes everywhere else: the wrong way round.",
        {"Z > 0": "Z <= 0"},
    ),
    Mistake(
        "nothing stopped",
        "Your gradient comes back as it went in. Where Z is negative, ReLU wrote a 0, whatever Z"
        " was: can a nudge of Z reach the loss there?",
        {_RIGHT: "dA * 1.0"},
    ),
    Mistake(
        "sign of Z",
        "Where Z is negative, your gradient comes back with its sign changed. That is the slope of"
        " |Z|; ReLU is flat there.",
        {_RIGHT: "dA * np.sign(Z)"},
    ),
    Mistake(
        "sign of dA lost",
        "Your gradient passes at the right places, but nothing negative arrives. May a gradient be"
        " negative?",
        {", dA, 0.0": ", np.abs(dA), 0.0"},
    ),
    Mistake(
        "both must be positive",
        "You let the gradient pass only where both Z and dA are positive. Only one of the two"
        " decides.",
        {"Z > 0,": "(Z > 0) & (dA > 0),"},
    ),
    Mistake(
        "leaky",
        "A small part of your gradient gets through where Z is negative. Our ReLU is flat there,"
        " not leaky.",
        {"dA, 0.0": "dA, 0.01 * dA"},
    ),
    Mistake(
        "fractions cut off",
        "When Z holds whole numbers, your gradients lose their fractions. Which type of number does"
        " an array made like Z hold?",
        _into_zeros_like,
    ),
)

RELU_BACKWARD = Task(
    name="relu_backward",
    lesson="06",
    title="carry a gradient back through ReLU",
    answer=relu_backward,
    cases=_cases,
    outputs=("dZ",),
    mistakes=_MISTAKES,
    window=_window,
    showcase=Showcase(_letter_n, _draw),
)
