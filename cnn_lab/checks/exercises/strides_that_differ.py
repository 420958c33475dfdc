"""Lesson 03: strides that differ, out of the outputs for stride 1."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def keep_strided(Z_stride_1, stride_H, stride_W):
    """Return the outputs for strides (stride_H, stride_W) out of those for stride 1."""
    return Z_stride_1[:, ::stride_H, ::stride_W, :]


MISTAKES = (
    Mistake(
        "strides exchanged",
        "Your strides are exchanged: which of the two counts rows, and which axis holds the rows?",
        {"::stride_H, ::stride_W": "::stride_W, ::stride_H"},
    ),
    Mistake(
        "stride of the rows for both",
        "You use stride_H for the columns as well.",
        {"::stride_W": "::stride_H"},
    ),
    Mistake(
        "stride of the columns for both",
        "You use stride_W for the rows as well.",
        {"::stride_H": "::stride_W"},
    ),
    Mistake(
        "batch and rows thinned out",
        "You thin out the images of the batch and the rows: which axes of Z are rows and columns?",
        {":, ::stride_H, ::stride_W, :": "::stride_H, ::stride_W"},
    ),
    Mistake(
        "columns and channels thinned out",
        "You thin out columns and channels: which axes of Z are rows and columns?",
        {":, ::stride_H, ::stride_W, :": ":, :, ::stride_H, ::stride_W"},
    ),
    Mistake(
        "start before the stride",
        "The first answer that you keep is not the first one there is. Where does the window of"
        " output (0, 0) start, whatever the stride?",
        {"::stride_H, ::stride_W": "stride_H - 1 :: stride_H, stride_W - 1 :: stride_W"},
    ),
    Mistake(
        "start at the stride",
        "You leave out row 0 and column 0: your slice starts at the stride. Which answer does every"
        " stride keep?",
        {"::stride_H, ::stride_W": "stride_H::stride_H, stride_W::stride_W"},
    ),
    Mistake(
        "the first ones kept",
        "You keep the right number of answers, but those that stand next to each other at the upper"
        " left. Which answer comes from the window that a stride would visit second?",
        {"::stride_H, ::stride_W": ": -(-Z_stride_1.shape[1] // stride_H),"
                                   " : -(-Z_stride_1.shape[2] // stride_W)"},
    ),
    Mistake(
        "the first ones kept, rounded down",
        "You keep answers that stand next to each other at the upper left, as many as a division"
        " says. A stride leaves answers out *between* those it keeps: which number of a slice does"
        " that?",
        {"::stride_H, ::stride_W": ": Z_stride_1.shape[1] // stride_H,"
                                   " : Z_stride_1.shape[2] // stride_W"},
    ),
    Mistake(
        "end before the last one",
        "Your slices end one too early: a slice leaves its end out by itself, so n - 1 takes the"
        " last row and column away.",
        {"::stride_H, ::stride_W": ": Z_stride_1.shape[1] - 1 : stride_H,"
                                   " : Z_stride_1.shape[2] - 1 : stride_W"},
    ),
    Mistake(
        "last one lost",
        "Where the stride does not divide the number of answers, your last row or column is"
        " missing. With stride 3, which of 10 columns are visited?",
        {"::stride_H, ::stride_W":
         ": Z_stride_1.shape[1] // stride_H * stride_H : stride_H,"
         " : Z_stride_1.shape[2] // stride_W * stride_W : stride_W"},
    ),
    Mistake(
        "up to the stride",
        "You keep the first rows and columns, as many as the stride says. A stride is a step, not a"
        " number of answers: what does the third number of a slice do?",
        {"::stride_H, ::stride_W": ":stride_H, :stride_W"},
    ),
    Mistake(
        "from the stride on",
        "You leave out the first rows and columns and keep all the rest. A stride is a step, not a"
        " beginning: what does the third number of a slice do?",
        {"::stride_H, ::stride_W": "stride_H:, stride_W:"},
    ),
)


def _strided_cases():
    rng = np.random.default_rng(4)
    Z = rng.normal(size=(2, 7, 10, 3))
    parts = {
        "strides 1": (1, 1),
        "equal strides": (2, 2),
        "columns only": (1, 3),
        "rows only": (4, 1),
        "strides that differ": (3, 2),
        "pixels left over": (2, 4),
    }
    return [
        Case(part, (Z, *strides), f"Z_stride_1 (2, 7, 10, 3), strides {strides}")
        for part, strides in parts.items()
    ]


def _strided_window(case, output, index):
    """Frame the answer of stride 1 that is kept."""
    Z, stride_H, stride_W = case.arguments
    i, h, w, c = index
    row, column = h * stride_H, w * stride_W
    text = (
        f"Output ({h}, {w}) reads the window that starts at row {row}, column {column}; the framed"
        f" number {number(Z[i, row, column, c])} is its answer."
    )
    return Window(Z[i, :, :, c], (row, column, 1, 1), f"Z_stride_1[{i}], channel {c}", text)


def _five_by_seven():
    return np.arange(35.0).reshape(1, 5, 7, 1), 2, 3


def _draw_kept(kept):
    from cnn_lab import plots

    everything, kept = _five_by_seven()[0][0, :, :, 0], np.asarray(kept)[0, :, :, 0]
    rest = np.where(np.isin(everything, kept), everything, np.nan)
    return plots.numbers(
        [everything, rest, kept],
        titles=["stride 1", "which are kept", "strides 2 and 3"],
        roles=["output"] * 3,
        between=["->", "->"],
        title=f"Strides 2 and 3 keep {kept.size} of {everything.size} answers",
        alt="The numbers 0 to 34 in 5 rows of 7. Of them remain: "
        f"{kept.astype(int).tolist()}, every second row and every third column.",
    )


keep_strided_task = Task(
    "keep_strided",
    lesson="03",
    title="derive strides that differ",
    answer=keep_strided,
    cases=_strided_cases,
    outputs=("Z",),
    mistakes=MISTAKES,
    window=_strided_window,
    showcase=Showcase(_five_by_seven, _draw_kept),
)
