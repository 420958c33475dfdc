"""The exercises of lesson 10: a matrix of windows in numbers, and a filter for the mean pool.

`im2col` and `col2im` have a module of their own, `cnn_lab.checks.exercises.window_matrix`.
"""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.exercises.window_matrix import COL2IM, IM2COL
from cnn_lab.checks.mistakes import Mistake

# ---- predict_window_matrix ----


def _rows(*values):
    """Return a requirement's test: the number of rows is none of these."""
    return lambda n_rows, n_columns, megabytes: n_rows not in values


def _columns(*values):
    return lambda n_rows, n_columns, megabytes: n_columns not in values


def _megabytes(*values):
    return lambda n_rows, n_columns, megabytes: not np.any(np.isclose(megabytes, values, 1e-4))


def _draw_megabytes(n_rows, n_columns, megabytes):
    from cnn_lab import plots

    return plots.bars(
        [0.92, 10.24, 0.82],
        ["100 images", "matrix of windows", "feature maps"],
        highlight=1,
        ylabel="megabytes (float32)",
        title="Every pixel is copied into up to 25 windows",
        alt="Three bars in megabytes: the images 0.92, the matrix of windows 10.24, the feature "
        "maps 0.82.",
    )


PREDICT_WINDOW_MATRIX = Question(
    name="predict_window_matrix",
    lesson="10",
    title="predict a matrix of windows",
    right=(6400, 400, 10.24),
    requirements=(
        Requirement(
            "rows",
            _rows(64),
            "That is one image: count the windows of all 100.",
            (64, 400, 10.24),
        ),
        Requirement(
            "rows",
            _rows(144, 14_400),
            "That is a window for each pixel: without padding a 5x5 window has fewer places.",
            (14_400, 400, 10.24),
        ),
        Requirement(
            "rows",
            _rows(49, 4900, 81, 8100),
            "Your windows are one too few or one too many on each side: count the places of the "
            "window's left edge.",
            (4900, 400, 10.24),
        ),
        Requirement(
            "rows",
            _rows(400),
            "Rows and columns have changed places: in this lesson a window is a row.",
            (400, 6400, 10.24),
        ),
        Requirement(
            "rows",
            lambda n_rows, n_columns, megabytes: n_rows == 6400,
            "How many 5x5 windows fit into 12x12 pixels, and how many images are there?",
            (102_400, 400, 10.24),
        ),
        Requirement(
            "columns",
            _columns(25),
            "That is one channel: a window reaches through all of them.",
            (6400, 25, 10.24),
        ),
        Requirement(
            "columns",
            _columns(32, 800, 12_800),
            "The filters are another matrix: count the numbers of one window.",
            (6400, 800, 10.24),
        ),
        Requirement(
            "columns",
            lambda n_rows, n_columns, megabytes: n_columns == 400,
            "How many pixels has a window, and how many numbers has each pixel?",
            (6400, 80, 10.24),
        ),
        Requirement(
            "megabytes",
            _megabytes(20.48),
            "Those would be float64: how many bytes has a float32?",
            (6400, 400, 20.48),
        ),
        Requirement(
            "megabytes",
            _megabytes(2.56),
            "That is how many million numbers there are: each has several bytes.",
            (6400, 400, 2.56),
        ),
        Requirement(
            "megabytes",
            _megabytes(6400 * 400 * 4 / 2**20, 10_240_000, 10_240, 0.01024, 81.92),
            "The right size, but in another unit: a megabyte is 1,000,000 bytes here.",
            (6400, 400, 9.765625),
        ),
        Requirement(
            "megabytes",
            lambda n_rows, n_columns, megabytes: bool(np.isclose(megabytes, 10.24, rtol=1e-3)),
            "Multiply: rows, columns, bytes of a float32; then in millions.",
            (6400, 400, 0.92),
        ),
    ),
    praise="The matrix is 11 times as large as the images: 0.92 megabytes become 10.24.",
    draw=_draw_megabytes,
)

# ---- mean_filter ----


def mean_filter(W):
    """Return the filters that convolve with W and take the mean of 2x2 neighbours."""
    f_H, f_W, n_C_prev, n_C = W.shape
    total = np.zeros((f_H + 1, f_W + 1, n_C_prev, n_C))
    for down in (0, 1):
        for right in (0, 1):
            total[down : down + f_H, right : right + f_W] += W
    return total / 4


def _four_copies(W, dtype=float):
    f_H, f_W, n_C_prev, n_C = W.shape
    copies = np.zeros((4, f_H + 1, f_W + 1, n_C_prev, n_C), dtype)
    for place, (down, right) in enumerate(np.ndindex(2, 2)):
        copies[place, down : down + f_H, right : right + f_W] = W
    return copies


def _largest(W):
    return _four_copies(W).max(axis=0)


def _mean_of_those_there(W):
    there = _four_copies(np.ones_like(W)).sum(axis=0)
    return _four_copies(W).sum(axis=0) / there


def _cut_off(W):
    return _four_copies(W / 4, W.dtype).sum(axis=0).astype(float)


def _turned(W):
    return mean_filter(W[::-1, ::-1])


def _filter_cases():
    rng = np.random.default_rng(22)
    shapes = [
        ("one weight", (1, 1, 1, 1)),
        ("one filter", (2, 3, 1, 1)),
        ("channels", (3, 2, 2, 1)),
        ("several filters", (2, 3, 1, 4)),
        ("channels and filters", (4, 3, 2, 3)),
    ]
    cases = [Case(part, (rng.normal(size=shape),)) for part, shape in shapes]
    whole = np.array([[1, -1], [3, -2], [2, 6]]).reshape(3, 2, 1, 1)
    return [*cases, Case("whole numbers", (whole,))]


def _weights_that_meet(case, output, index):
    """Frame the weights of W that the four copies bring to one place."""
    (W,) = case.arguments
    u, v, k, c = index
    top, bottom = max(u - 1, 0), min(u, len(W) - 1)
    left, right = max(v - 1, 0), min(v, W.shape[1] - 1)
    weights = W[top : bottom + 1, left : right + 1, k, c].ravel()
    total = " and ".join(number(weight) for weight in weights)
    return Window(
        W[:, :, k, c],
        (top, left, bottom - top + 1, right - left + 1),
        f"W[:, :, {k}, {c}]",
        f"The four copies bring {total} to this place; a quarter of the sum is"
        f" {number(weights.sum() / 4)}.",
    )


def _left_minus_right():
    return (np.array([[1.0, -1.0], [1.0, -1.0]]).reshape(2, 2, 1, 1),)


def _draw_filter(filters):
    from cnn_lab import plots

    W = _left_minus_right()[0][:, :, 0, 0]
    made = np.asarray(filters)[:, :, 0, 0]
    written = "; ".join(" ".join(f"{weight:g}" for weight in row) for row in made)
    return plots.numbers(
        [W, made],
        titles=["W", "mean_filter(W)"],
        roles=["filter", "filter"],
        between=["->"],
        decimals=2,
        title="Left minus right, then a mean pool: a quarter of Sobel's left minus right",
        alt=f"The filter 1 -1; 1 -1 becomes the 3 by 3 filter {written}.",
    )


MEAN_FILTER = Task(
    name="mean_filter",
    lesson="10",
    title="derive a filter for the mean pool",
    answer=mean_filter,
    cases=_filter_cases,
    outputs=("filters",),
    planes={"filters": (0, 1)},
    mistakes=(
        Mistake(
            "sum of four",
            "That is the sum of the four windows: what makes it their mean?",
            {"total / 4": "total"},
        ),
        Mistake(
            "half of the sum",
            "Your weights are twice too large: how many windows does the pool take together?",
            {"total / 4": "total / 2"},
        ),
        Mistake(
            "one place",
            "Your filter answers for one of the four windows only: the pool sees all four.",
            {
                "down in (0, 1)": "down in (0,)",
                "right in (0, 1)": "right in (0,)",
                "total / 4": "total",
            },
        ),
        Mistake(
            "one place, a quarter",
            "A quarter of one window is not the mean of four: where are the other three?",
            {"down in (0, 1)": "down in (0,)", "right in (0, 1)": "right in (0,)"},
        ),
        Mistake(
            "two places on the diagonal",
            "Your filter answers for two of the four windows: the two steps, down and right, are "
            "independent.",
            {"right in (0, 1)": "right in (down,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "two places, down only",
            "Your filter takes the mean downwards only: the pool has two columns as well.",
            {"right in (0, 1)": "right in (0,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "two places, across only",
            "Your filter takes the mean across only: the pool has two rows as well.",
            {"down in (0, 1)": "down in (0,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "overwritten",
            "Where the copies overlap, only the last one is left: they must come together.",
            {"+= W": "= W"},
        ),
        Mistake(
            "largest of four",
            "You take the largest of the four copies, weight by weight: the pool takes the mean.",
            _largest,
        ),
        Mistake(
            "mean of those that are there",
            "You divide by how many copies reach a place. But the pool always divides by the same "
            "number.",
            _mean_of_those_there,
        ),
        Mistake(
            "filter turned",
            "Your filter is turned by 180 degrees: conv2d does not turn it back.",
            _turned,
        ),
        Mistake(
            "whole numbers cut off",
            "If W holds whole numbers, your quarters are cut off: what kind of numbers does your "
            "array hold?",
            _cut_off,
        ),
    ),
    window=_weights_that_meet,
    showcase=Showcase(_left_minus_right, _draw_filter),
)

EXERCISES = (PREDICT_WINDOW_MATRIX, IM2COL, COL2IM, MEAN_FILTER)
