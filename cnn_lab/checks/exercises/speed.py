"""The exercises of lesson 10: a matrix of windows in numbers, and the list of all.

`im2col` and `col2im` stand in `window_matrix`, `mean_filter` in `mean_filters`.
"""

import numpy as np

from cnn_lab.checks.exercise import Question, Requirement
from cnn_lab.checks.exercises.mean_filters import MEAN_FILTER
from cnn_lab.checks.exercises.window_matrix import COL2IM, IM2COL

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
            _megabytes(10, 10.2, 10.3),
            "Right, but rounded: two decimals are asked for.",
            ((6400, 400, 10.2), (6400, 400, 10)),
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

EXERCISES = (PREDICT_WINDOW_MATRIX, IM2COL, COL2IM, MEAN_FILTER)
