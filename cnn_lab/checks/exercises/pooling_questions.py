"""Lesson 04, the exercises that ask for values: both poolings of a map, and what a line keeps."""

import numpy as np

from cnn_lab.checks.exercise import Question, Requirement

PUZZLE = np.array([[0, 3, 1, 2], [4, 0, 0, 5], [1, 1, 2, 0], [0, 6, 0, 2]])
LARGEST = np.array([[4, 5], [6, 2]])
MEANS = np.array([[1.75, 2], [2, 1]])
WITHOUT_ZEROS = np.array([[7 / 2, 8 / 3], [8 / 3, 2]])


def _shape(values):
    """Return the shape, () for lists that are no array."""
    try:
        return np.shape(values)
    except ValueError:
        return ()


def _equal(values, wanted):
    return np.allclose(np.asarray(values, dtype=float), wanted, atol=5e-3)


def _windows_to_mend(mode, n, wanted):
    """Return a hint that names the windows whose number is wrong."""

    def hint(prediction):
        wrong = np.argwhere(~np.isclose(np.asarray(prediction[n], float), wanted, atol=5e-3))
        named = [f"{PUZZLE[2 * h : 2 * h + 2, 2 * w : 2 * w + 2].tolist()}" for h, w in wrong]
        return f"{mode}: look again at the window that holds {' and at '.join(named)}."

    return hint


predict_pooling = Question(
    "predict_pooling",
    lesson="04",
    title="predict both poolings",
    right=([[[4, 5], [6, 2]], [[1.75, 2], [2, 1]]],),
    requirements=(
        Requirement(
            "two maps of two by two",
            lambda p: _shape(p) != (2, 3, 3),
            "Three windows in a row and in a column: that is stride 1. How far does stride 2 move"
            " the window?",
            wrong=([np.ones((3, 3)).tolist()] * 2,),
        ),
        Requirement(
            "two maps of two by two",
            lambda p: _shape(p) == (2, 2, 2),
            "Two maps are wanted, max first, each as two rows of two numbers.",
            wrong=(([4, 5, 6, 2],), ([[4, 5], [6, 2]],), ([[[4, 5], [6, 2]], 2],)),
        ),
        Requirement(
            "max",
            lambda p: not _equal(p, [MEANS, LARGEST]),
            "You have found both maps. But which comes first?",
            wrong=([[[1.75, 2], [2, 1]], [[4, 5], [6, 2]]],),
        ),
        Requirement(
            "max",
            lambda p: not _equal(p[0], LARGEST.T),
            "Max: the window at the upper right and the one at the lower left are exchanged.",
            wrong=([[[4, 6], [5, 2]], [[1.75, 2], [2, 1]]],),
        ),
        Requirement(
            "max",
            lambda p: _equal(p[0], LARGEST),
            _windows_to_mend("Max", 0, LARGEST),
            wrong=(
                ([[[4, 5], [6, 3]], [[1.75, 2], [2, 1]]],),
                ([[[3, 2], [1, 0]], [[1.75, 2], [2, 1]]],),
            ),
        ),
        Requirement(
            "average",
            lambda p: not _equal(p[1], 4 * MEANS),
            "Average: these are the sums of the windows. What makes a sum a mean?",
            wrong=([[[4, 5], [6, 2]], [[7, 8], [8, 4]]],),
        ),
        Requirement(
            "average",
            lambda p: not _equal(p[1], WITHOUT_ZEROS),
            "Average: you divide by the numbers that are not zero. A zero in the window is a pixel"
            " like any other.",
            wrong=([[[4, 5], [6, 2]], [[3.5, 2.667], [2.667, 2]]],),
        ),
        Requirement(
            "average",
            lambda p: _equal(p[1], MEANS),
            _windows_to_mend("Average", 1, MEANS),
            wrong=([[[4, 5], [6, 2]], [[1.75, 2], [2, 2]]],),
        ),
    ),
    praise="Four windows, two answers each.",
)

# ---- predict_contrast ----


def _number(n, wanted):
    return lambda p: np.isclose(float(p[n]), wanted, atol=1e-6)


WINDOW_OF_THE_LINE = "Draw one window of 2x2 that contains the line, and one that does not"

predict_contrast = Question(
    "predict_contrast",
    lesson="04",
    title="predict which pooling keeps a thin stroke",
    right=([1, 0.25, 0, 0.25],),
    requirements=(
        Requirement(
            "four numbers",
            lambda p: _shape(p) == (4,),
            "Give four numbers: white line after max and after average, black line after max and"
            " after average.",
            wrong=(([1, 0.25],), (0.25,), ([[1, 0.25], [0, 0.25]],)),
        ),
        Requirement(
            "four numbers",
            lambda p: min(map(float, p)) >= 0,
            "The largest number minus the smallest is never negative.",
            wrong=([1, 0.25, -1, 0.25],),
        ),
        Requirement(
            "four numbers",
            lambda p: not _equal(p, [1, 0, 0.25, 0.25]),
            "Right numbers in another order: first both answers for the white line, then both for"
            " the black one.",
            wrong=([1, 0, 0.25, 0.25],),
        ),
        Requirement(
            "white line max",
            lambda p: float(p[0]) == 1,
            f"White line, max: {WINDOW_OF_THE_LINE}. Which number does each hand on?",
            wrong=([0.5, 0.25, 0, 0.25],),
        ),
        Requirement(
            "white line average",
            lambda p: not np.isclose(float(p[1]), 0.5),
            "White line, average: that is what one pooling leaves. The map is pooled twice.",
            wrong=([1, 0.5, 0, 0.5],),
        ),
        Requirement(
            "white line average",
            _number(1, 0.25),
            f"White line, average: {WINDOW_OF_THE_LINE}. What is the mean of each? Then once more.",
            wrong=([1, 0.75, 0, 0.25],),
        ),
        Requirement(
            "black line max",
            lambda p: float(p[2]) != 1,
            "Black line, max: a black pixel is a 0 among ones. Does the largest number of its"
            " window tell that it is there?",
            wrong=([1, 0.25, 1, 0.25],),
        ),
        Requirement(
            "black line max",
            lambda p: float(p[2]) == 0,
            f"Black line, max: {WINDOW_OF_THE_LINE}. Which number does each hand on?",
            wrong=([1, 0.25, 0.5, 0.25],),
        ),
        Requirement(
            "black line average",
            lambda p: not np.isclose(float(p[3]), 0.75),
            "Black line, average: that is how bright the line has become. The largest minus the"
            " smallest number is asked for.",
            wrong=([1, 0.25, 0, 0.75],),
        ),
        Requirement(
            "black line average",
            _number(3, 0.25),
            f"Black line, average: {WINDOW_OF_THE_LINE}. What is the mean of each? Then once more.",
            wrong=([1, 0.25, 0, 0],),
        ),
    ),
    praise="The maximum keeps a white line whole and erases a black one; the average fades both.",
)
