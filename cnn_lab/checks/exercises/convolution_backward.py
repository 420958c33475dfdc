"""Lesson 05: gradients of a convolution, predicted, nudged, written, derived, turned."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Question, Requirement, Task, Window
from cnn_lab.checks.exercises.blind_filter import BLIND
from cnn_lab.checks.exercises.conv_backward import CONV_BACKWARD
from cnn_lab.checks.exercises.gradient_by_turning import GRADIENT_BY_TURNING
from cnn_lab.checks.exercises.numerical_gradient import NUMERICAL_GRADIENT
from cnn_lab.checks.mistakes import Mistake

# ---- predict three gradients ----


def _is(place, value):
    return lambda prediction: abs(prediction[place] - value) < 1e-6


def _is_not(place, *values):
    return lambda prediction: all(
        abs(number - value) > 1e-3 for number in prediction[place : place + 1] for value in values
    )


PREDICTION = Question(
    name="predict_conv_gradients",
    lesson="05",
    title="predict three gradients of a convolution",
    right=((2, 3, 1),),
    requirements=(
        Requirement(
            "three numbers",
            lambda prediction: len(prediction) == 3,
            "`prediction` holds three numbers: db, dW[0, 1] and dX[2, 1].",
            ([2, 3],),
        ),
        Requirement(
            "db",
            _is_not(0, 4),
            "For db you have added up the sizes: the signs of dz count.",
            ((4, 3, 1),),
        ),
        Requirement(
            "db",
            _is_not(0, 1 / 3, 2 / 3),
            "db is not a mean. Each number of the feature map is a road of its own.",
            ((1 / 3, 3, 1),),
        ),
        Requirement(
            "db",
            _is(0, 2),
            "db: the bias has a road through each of the six windows. What does each bring?",
            ((0, 3, 1),),
        ),
        Requirement(
            "dW[0, 1]",
            _is_not(1, -1, 2, 5),
            "dW[0, 1]: perhaps this is the gradient of another weight of the filter, or a sign is"
            " lost. Which pixel of each window lies under row 0, column 1?",
            (((2, -1, 1),), ((2, 5, 1),)),
        ),
        Requirement(
            "dW[0, 1]",
            _is(1, 3),
            "dW[0, 1]: in which windows is dz not 0, and which pixel does this weight meet there?",
            ((2, 0, 1),),
        ),
        Requirement(
            "dX[2, 1]",
            _is_not(2, -3, 4),
            "dX[2, 1]: you have one of the roads. There are more windows that hold this pixel and"
            " have a dz other than 0.",
            ((2, 3, 4),),
        ),
        Requirement(
            "dX[2, 1]",
            _is_not(2, 2),
            "dX[2, 1]: in each window, count again which weight lies over the pixel. When the"
            " window begins further down, the pixel lies further up in it.",
            ((2, 3, 2),),
        ),
        Requirement(
            "dX[2, 1]",
            _is(2, 1),
            "dX[2, 1]: four windows hold this pixel, but in two of them dz is 0. Which weights lie"
            " over it in the others?",
            ((2, 3, 0),),
        ),
    ),
)

# ---- the four corners ----


def corner_gradients(dZ, W):
    """Return the gradients of the four corner pixels, shape (2, 2, n_C_prev)."""
    corners = np.zeros((2, 2, W.shape[2]))
    for r in (0, -1):
        for q in (0, -1):
            corners[r, q] = W[r, q] @ dZ[0, r, q]
    return corners


def _corner_cases():
    rng = np.random.default_rng(53)
    plan = [
        ("one filter", (1, 3, 4, 1), (2, 5, 1, 1)),
        ("filters", (1, 4, 3, 3), (3, 2, 1, 3)),
        ("channels", (1, 3, 5, 4), (3, 2, 3, 4)),
        ("one window", (1, 1, 1, 2), (3, 4, 1, 2)),
    ]
    return [
        Case(part, (rng.normal(size=gradient), rng.normal(size=filters)),
             f"dZ {gradient}, W {filters}")
        for part, gradient, filters in plan
    ]


def _corner_window(case, output, index):
    dZ, W = case.arguments
    r, q, k = index
    row, column = r * (dZ.shape[1] - 1), q * (dZ.shape[2] - 1)
    weights = W[-r, -q, k]
    text = (
        f"Only the framed window holds this corner. The weights over it, one of each filter, times"
        f" dZ[0, {row}, {column}], added up: {number(weights @ dZ[0, row, column])}."
    )
    return Window(dZ[0, :, :, 0], (row, column, 1, 1), "dZ, image 0, feature map 0", text)


SHARE = "W[r, q] @ dZ[0, r, q]"
CORNERS = Task(
    name="corner_gradients",
    lesson="05",
    title="derive the gradients of the corners",
    answer=corner_gradients,
    cases=_corner_cases,
    outputs=("corners",),
    window=_corner_window,
    mistakes=(
        Mistake(
            "opposite weights",
            "Your weights are those of the opposite corner. Under which weight does the top-left"
            " pixel lie in the first window?",
            {"W[r, q]": "W[-1 - r, -1 - q]"},
        ),
        Mistake(
            "opposite windows",
            "Your dZ is that of the opposite corner. Which is the only window that holds the"
            " top-left pixel?",
            {"dZ[0, r, q]": "dZ[0, -1 - r, -1 - q]"},
        ),
        Mistake(
            "one weight for all corners",
            "You use the weight [0, 0] for every corner. Where in its window does the bottom-right"
            " pixel lie?",
            {"W[r, q]": "W[0, 0]"},
        ),
        Mistake(
            "one window for all corners",
            "You use the first window for every corner. Which window holds the bottom-right pixel?",
            {"dZ[0, r, q]": "dZ[0, 0, 0]"},
        ),
        Mistake(
            "second instead of last",
            "Your function uses rows and columns 0 and 1: a filter, or dZ, may have more, or only"
            " one. Which index means the last one?",
            {"for r in (0, -1)": "for r in (0, 1)", "for q in (0, -1)": "for q in (0, 1)"},
        ),
        Mistake(
            "right and bottom exchanged",
            "Top-right and bottom-left have changed places: the first axis of the result goes"
            " down.",
            {"corners[r, q]": "corners[q, r]"},
        ),
        Mistake(
            "first filter only",
            "With several filters a corner has several roads: you take that through the first"
            " filter only.",
            {SHARE: "W[r, q, :, 0] * dZ[0, r, q, 0]"},
        ),
        Mistake(
            "filters not added up",
            "A corner gets one number for each channel: the roads through the filters must be"
            " added.",
            {SHARE: "W[r, q] * dZ[0, r, q]"},
        ),
        Mistake(
            "filters not added up, five axes",
            "Your result has an axis too many: at each corner there is still a number for every"
            " filter. What do gradients do that arrive by several roads?",
            {
                "(2, 2, W.shape[2])": "(2, 2, *W.shape[2:])",
                SHARE: "W[r, q] * dZ[0, r, q]",
            },
        ),
        Mistake(
            "averaged over filters",
            "You take the mean over the filters. What do gradients do that arrive by several"
            " roads?",
            {SHARE: f"{SHARE} / W.shape[3]"},
        ),
        Mistake(
            "sums multiplied",
            "You add up over the filters before you multiply: each filter's weight belongs to its"
            " own feature map's dZ.",
            {SHARE: "W[r, q].sum(axis=1) * dZ[0, r, q].sum()"},
        ),
        Mistake(
            "channels added up",
            "All channels of a corner get the same number: you add up over the input channels as"
            " well. Over which axis do the roads of one pixel run?",
            {SHARE: "np.sum(W[r, q] * dZ[0, r, q])"},
        ),
    ),
)

EXERCISES = (
    PREDICTION,
    NUMERICAL_GRADIENT,
    CONV_BACKWARD,
    CORNERS,
    GRADIENT_BY_TURNING,
    BLIND,
)
