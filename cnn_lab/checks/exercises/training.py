"""The exercises of lesson 08: counting steps, and how well each digit is recognised.

Reading a header and gradient descent have modules of their own, `idx_header` and `descent`.
"""

import numpy as np

from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.exercises.descent import DESCEND
from cnn_lab.checks.exercises.idx_header import IDX_SHAPE
from cnn_lab.checks.mistakes import Mistake

# ---- count_steps ----


def _steps(*values):
    """Return a requirement's test: the first number is none of these."""
    return lambda steps, last_batch: all(steps != value for value in values)


def _last(*values):
    return lambda steps, last_batch: all(last_batch != value for value in values)


COUNT_STEPS = Question(
    name="count_steps",
    lesson="08",
    title="count the steps of a training",
    right=(2345, 96),
    requirements=(
        Requirement(
            "steps",
            _steps(468, 469, 468.75),
            "Those are the steps of one epoch: how many epochs does the training have?",
            (469, 96),
        ),
        Requirement(
            "steps",
            _steps(2340),
            "You count the full batches only. What happens to the images that are left over?",
            (2340, 96),
        ),
        Requirement(
            "steps",
            lambda steps, last_batch: float(steps).is_integer(),
            "No step is taken in part: a smaller batch is a whole step too. Where does one come "
            "up, and how often in the whole training?",
            (2343.75, 96),
        ),
        Requirement(
            "steps",
            _steps(2343, 2344),
            "You divide the images of all epochs at once. But each epoch begins with a new batch: "
            "divide within one epoch first.",
            ((2344, 96), (2343, 96)),
        ),
        Requirement(
            "steps",
            lambda steps, last_batch: (steps, last_batch) != (96, 2345),
            "Right, but exchanged: the steps come first, then the images of the last batch.",
            (96, 2345),
        ),
        Requirement(
            "steps",
            lambda steps, last_batch: steps == 2345,
            "Count the batches of one epoch, the smaller one included, and then all epochs.",
            (3000, 96),
        ),
        Requirement(
            "last batch",
            _last(32),
            "That is how many images are missing from the last batch. How many are in it?",
            (2345, 32),
        ),
        Requirement(
            "last batch",
            _last(128),
            "The last batch is not full: 60,000 is no multiple of 128.",
            (2345, 128),
        ),
        Requirement(
            "last batch",
            _last(0.75, 75),
            "That is which share of a batch is left. How many images are that?",
            (2345, 0.75),
        ),
        Requirement(
            "last batch",
            lambda steps, last_batch: last_batch == 96,
            "How many images are left over when all full batches of an epoch are used?",
            (2345, 468),
        ),
    ),
)

# ---- digit_accuracy ----


def digit_accuracy(matrix):
    """Return the share of each true class that was recognised."""
    totals = matrix.sum(axis=1)
    shares = np.full(len(matrix), np.nan)
    for true in range(len(matrix)):
        if totals[true] > 0:
            shares[true] = matrix[true, true] / totals[true]
    return shares


def _broadcast(matrix):
    with np.errstate(all="ignore"):
        return np.diag(matrix) / matrix.sum(axis=1, keepdims=True)


def _without_empty(matrix):
    shares = digit_accuracy(matrix)
    return shares[~np.isnan(shares)]


def _overall(matrix):
    return np.trace(matrix) / matrix.sum()


def _matrix_cases():
    rng = np.random.default_rng(8)
    ten = rng.integers(0, 9, (10, 10)) + np.diag(rng.integers(40, 90, 10))
    return [
        Case("two classes", (np.array([[8, 2], [1, 3]]),)),
        Case("two classes", (np.array([[6, 3], [0, 1]]),)),
        Case("ten classes", (ten,)),
        Case("a class that nobody recognised", (np.array([[5, 2, 1], [2, 0, 4], [3, 1, 9]]),)),
        Case("a class that was never the answer", (np.array([[7, 0, 3], [4, 0, 1], [1, 0, 6]]),)),
        Case("a class without images", (np.array([[8, 2, 1], [1, 3, 1], [0, 0, 0]]),)),
        Case("a class without images", (np.diag([0, 4, 7, 2]) + np.eye(4, k=-1, dtype=int),)),
    ]


def _row(case, output, index):
    (matrix,) = case.arguments
    (true,) = index
    counts, known = " + ".join(map(str, matrix[true])), matrix[true, true]
    text = f"Row {true}: {counts} = {matrix[true].sum()} images, {known} on the diagonal."
    return Window(matrix, (true, 0, 1, len(matrix)), "confusion matrix", text)


def _nearest_means():
    """Return the confusion matrix of a judge that compares with the mean picture of each digit."""
    from cnn_lab.mnist import load_mnist
    from cnn_lab.training import confusion_matrix

    images, labels = load_mnist("test")
    flat = images.reshape(len(images), -1).astype(np.float64)
    first, second = slice(0, 5000), slice(5000, None)
    means = np.array([flat[first][labels[first] == digit].mean(axis=0) for digit in range(10)])
    nearest = np.argmin(np.sum(means**2, axis=1) - 2 * flat[second] @ means.T, axis=1)
    return (confusion_matrix(labels[second], nearest),)


def _draw_shares(shares):
    from cnn_lab import plots

    percent = np.round(100 * np.asarray(shares, float))
    each = ", ".join(f"{digit}: {share:.0f}" for digit, share in enumerate(percent))
    worst, best = int(np.argmin(percent)), int(np.argmax(percent))
    return plots.bars(
        percent,
        [str(digit) for digit in range(10)],
        highlight=worst,
        ylabel="recognised (%)",
        title=f"A judge that knows only the mean picture of each digit: {best} is easy, {worst} is "
        "hard",
        alt=f"Bars for the digits, share recognised in per cent. {each}.",
    )


DIGIT_ACCURACY = Task(
    name="digit_accuracy",
    lesson="08",
    title="write `digit_accuracy`",
    answer=digit_accuracy,
    cases=_matrix_cases,
    outputs=("shares",),
    mistakes=(
        Mistake(
            "divided by the column sums",
            "You divide by how often a digit was the *answer*. Which sum counts the images that "
            "show it?",
            {"sum(axis=1)": "sum(axis=0)"},
        ),
        Mistake(
            "divided by all images",
            "You divide by all images of all classes: each class has a total of its own.",
            {"matrix.sum(axis=1)": "np.full(len(matrix), matrix.sum())"},
        ),
        Mistake(
            "one accuracy for all",
            "That is the accuracy over all classes. Asked for is one number for each true class.",
            _overall,
        ),
        Mistake(
            "totals as a column",
            "You get a whole matrix: your totals form a column, and dividing by it makes a row for "
            "each of them.",
            _broadcast,
        ),
        Mistake(
            "share of mistakes",
            "That is the share that was *not* recognised.",
            {"= matrix[true, true] / totals[true]": "= 1 - matrix[true, true] / totals[true]"},
        ),
        Mistake(
            "per cent",
            "Your numbers are a hundred times too large: a share lies between 0 and 1.",
            {"= matrix[true, true]": "= 100 * matrix[true, true]"},
        ),
        Mistake(
            "whole-number division",
            "Your shares are cut down to whole numbers: look at the division.",
            {"true] / totals": "true] // totals"},
        ),
        Mistake(
            "whole-number array",
            "Your shares are cut down to whole numbers: what kind of numbers can your array hold?",
            {"np.full(len(matrix), np.nan)": "np.zeros_like(totals)"},
        ),
        Mistake(
            "largest of the row",
            "You take the largest number of a row. It is on the diagonal only if the class was "
            "recognised more often than mistaken.",
            {"= matrix[true, true]": "= matrix[true].max()"},
        ),
        Mistake(
            "other diagonal",
            "You walk along the other diagonal, from the upper right: where do true and predicted "
            "agree?",
            {"= matrix[true, true]": "= matrix[true, len(matrix) - 1 - true]"},
        ),
        Mistake(
            "zero for an empty class",
            "A class without images has no share, not even 0: it should be nan.",
            {"np.nan": "0.0"},
        ),
        Mistake(
            "one for an empty class",
            "A class without images has no share, not even 1: it should be nan.",
            {"np.nan": "1.0"},
        ),
        Mistake(
            "empty classes left out",
            "A class without images is missing from your result: it keeps its place, with nan.",
            _without_empty,
        ),
        Mistake(
            "nan for an unrecognised class",
            "A class of which nothing was recognised has the share 0. Only a class without images "
            "gets nan.",
            {"if totals[true] > 0": "if matrix[true, true] > 0"},
        ),
    ),
    window=_row,
    showcase=Showcase(_nearest_means, _draw_shares),
)

EXERCISES = (COUNT_STEPS, IDX_SHAPE, DESCEND, DIGIT_ACCURACY)
