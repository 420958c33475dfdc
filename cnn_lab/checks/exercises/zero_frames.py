"""Lesson 02: a frame of zeros, equally wide on all four sides."""

import numpy as np

from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def zero_pad(X, pad):
    """Put a frame of zeros around every picture of a batch."""
    m, n_H, n_W, n_C = X.shape
    X_pad = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C))
    X_pad[:, pad : pad + n_H, pad : pad + n_W, :] = X
    return X_pad


def halves(rng, *shape):
    """Return 0.5, 1.5, 2.5, ... in disorder: every pixel differs, and has a fraction to lose."""
    return rng.permutation(np.prod(shape)).reshape(shape) + 0.5


def _zero_pad_cases():
    rng = np.random.default_rng(201)
    whole = rng.integers(1, 9, size=(2, 4, 3, 1))
    return [
        Case("one picture", (halves(rng, 1, 3, 4, 1), 1)),
        Case("one picture", (halves(rng, 1, 3, 3, 1), 1)),
        Case("pad 2", (halves(rng, 1, 4, 2, 1), 2)),
        Case("batch", (halves(rng, 3, 2, 4, 1), 1)),
        Case("channels", (halves(rng, 2, 3, 4, 5), 1)),
        Case("pad 0", (halves(rng, 1, 2, 5, 3), 0)),
        Case("input of whole numbers", (whole, 3), "ints (2, 4, 3, 1), 3"),
        Case("input of float32", (halves(rng, 2, 3, 5, 2).astype(np.float32), 1)),
    ]


def pad_window(case, output, index):
    X, pad = case.arguments
    above, left = np.broadcast_to(pad, 2)
    i, row, column, k = index
    h, w = row - above, column - left
    if 0 <= h < X.shape[1] and 0 <= w < X.shape[2]:
        return Window(
            picture=X[i, :, :, k],
            frame=(int(h), int(w), 1, 1),
            title=f"X[{i}, :, :, {k}]",
            text=f"this pixel of the picture, {X[i, h, w, k]:.4g}, moves from row {h}, column {w} "
            f"to row {row}, column {column}",
        )
    return Window(
        picture=X[i, :, :, k],
        frame=(0, 0, *X.shape[1:3]),
        title=f"X[{i}, :, :, {k}]",
        text=f"row {row}, column {column} lies outside of the picture, in the frame: 0 is due",
    )


ONLY_ROWS_AND_COLUMNS = (
    "Only rows and columns get a frame, axes 1 and 2 of a batch. Look at the shape: which axes "
    "have grown?"
)

KEEPS_THE_TYPE = (
    "Whole numbers come in, and whole numbers come out: np.pad, np.zeros_like and dtype=X.dtype "
    "keep the type of X. The exercise asks for floats."
)

ZERO_PAD_MISTAKES = (
    Mistake(
        "all four axes padded",
        f"You invent pictures and channels: all four axes have grown. {ONLY_ROWS_AND_COLUMNS}",
        lambda X, pad: np.pad(X, pad),
    ),
    Mistake(
        "first two axes padded",
        f"You pad axes 0 and 1. {ONLY_ROWS_AND_COLUMNS}",
        lambda X, pad: np.pad(X, ((pad, pad), (pad, pad), (0, 0), (0, 0))),
    ),
    Mistake(
        "last two axes padded",
        f"You pad axes 2 and 3, as if channels came before rows. {ONLY_ROWS_AND_COLUMNS}",
        lambda X, pad: np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad))),
    ),
    Mistake(
        "rows only",
        "You add rows above and below, but no columns. Which sides does the frame have?",
        {"n_W + 2 * pad": "n_W", "pad : pad + n_W": ":"},
    ),
    Mistake(
        "columns only",
        "You add columns left and right, but no rows. Which sides does the frame have?",
        {"n_H + 2 * pad": "n_H", "pad : pad + n_H": ":"},
    ),
    Mistake(
        "bottom and right only",
        "Your zeros are at the bottom and at the right only. Which sides does pad mean?",
        {
            "n_H + 2 * pad": "n_H + pad",
            "n_W + 2 * pad": "n_W + pad",
            "pad : pad + n_H": ": n_H",
            "pad : pad + n_W": ": n_W",
        },
    ),
    Mistake(
        "top and left only",
        "Your zeros are at the top and at the left only. Which sides does pad mean?",
        {"n_H + 2 * pad": "n_H + pad", "n_W + 2 * pad": "n_W + pad"},
    ),
    Mistake(
        "picture in the corner",
        "The size is right, but the picture sits in the upper left corner. How many rows of "
        "zeros come before its first row?",
        {"pad : pad + n_H": ": n_H", "pad : pad + n_W": ": n_W"},
    ),
    Mistake(
        "frame twice as wide",
        "Your frame is twice as wide as asked. pad is the width on one side.",
        {
            "n_H + 2 * pad": "n_H + 4 * pad",
            "n_W + 2 * pad": "n_W + 4 * pad",
            "pad : pad + n_H": "2 * pad : 2 * pad + n_H",
            "pad : pad + n_W": "2 * pad : 2 * pad + n_W",
        },
    ),
    Mistake(
        "always one ring",
        "You add one ring of zeros whatever pad is. Where does pad come in?",
        {"    m, n_H, n_W, n_C = X.shape": "    pad = 1; m, n_H, n_W, n_C = X.shape"},
    ),
    Mistake(
        "slice that is empty at pad 0",
        "Your function fails at pad 0. What does a slice that ends at -pad hold when pad is 0? "
        "The lesson's last trap is this one.",
        {"pad : pad + n_H": "pad:-pad", "pad : pad + n_W": "pad:-pad"},
    ),
    Mistake(
        "no room for the picture",
        "The place that you write into is smaller than X. Has the new array room for the frame? "
        "And where does the picture end, counted from the front?",
        {"pad : pad + n_H": "pad:n_H", "pad : pad + n_W": "pad:n_W"},
    ),
    Mistake(
        "pictures taken for squares",
        "Your function works for square pictures only: n_H rows and n_W columns are two numbers. "
        "Which of them belongs where?",
        {"m, n_H, n_W, n_C = X.shape": "m, n_H, n_H, n_C = X.shape; n_W = n_H"},
    ),
    Mistake(
        "place of another size",
        "This fails for every X. Either its shape is taken apart wrongly (it holds four numbers), "
        "or the place that you write into is not exactly as large as X.",
        {"pad : pad + n_H": "pad - 1 : pad + n_H", "pad : pad + n_W": "pad - 1 : pad + n_W"},
    ),
    Mistake(
        "one row and column too early",
        "Your picture begins one row and one column too early. The first row is row 0: after pad "
        "rows of zeros, which number is next?",
        {
            "pad : pad + n_H": "pad - 1 : pad - 1 + n_H",
            "pad : pad + n_W": "pad - 1 : pad - 1 + n_W",
        },
    ),
    Mistake(
        "pad taken for a pair",
        "pad is one plain number here: it cannot be taken apart or indexed. If the error comes "
        "from np.zeros instead: the shape goes in as one tuple.",
        {"m, n_H, n_W, n_C = X.shape": "pad, _ = pad; m, n_H, n_W, n_C = X.shape"},
    ),
    Mistake(
        "edge repeated",
        "Your frame repeats the outermost pixels. It should hold zeros.",
        lambda X, pad: np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="edge"),
    ),
    Mistake(
        "frame of ones",
        "Your frame holds ones. It should hold zeros.",
        {"np.zeros": "np.ones"},
    ),
    Mistake(
        "first picture only",
        "Only the first picture of the batch arrives; the others are all zeros. Does your loop "
        "reach them, or does it return before?",
        {"X_pad[:,": "X_pad[:1,", "= X\n": "= X[:1]\n"},
    ),
    Mistake(
        "batch written into its first picture",
        "Your function fails where a batch holds several pictures: index 0 on the first axis is "
        "the first picture, and all of X does not fit into it.",
        {"X_pad[:,": "X_pad[0,"},
    ),
    Mistake(
        "first picture returned",
        "You return one picture where a batch of several came in. Does your loop return before "
        "it has seen them all?",
        {"return X_pad": "return X_pad[:1]"},
    ),
    Mistake(
        "first channel only",
        "Only the first channel arrives; the others are all zeros. Which axis holds the channels?",
        {"n_W, :] = X": "n_W, 0] = X[:, :, :, 0]"},
    ),
    Mistake(
        "fractions cut off",
        "The fractions of the pixels are gone: your new array holds whole numbers. With which "
        "dtype do you make it?",
        {"n_C))": "n_C), dtype=int)"},
    ),
    Mistake("type of X kept", KEEPS_THE_TYPE, {"n_C))": "n_C), dtype=X.dtype)"}),
)


def paper(number):
    """Return a digit as ink on grey paper, so that a black frame shows: (1, 28, 28, 1)."""
    return (0.75 * (255 - digit(number)))[np.newaxis, :, :, np.newaxis]


def beside_paper(X_pad, *, title, alt):
    """Draw the paper where it lies in the frame, and the frame around it."""
    from cnn_lab import plots

    height, width = X_pad.shape[1:3]
    alone = np.full((height, width), np.nan)  # NaN: no pixel here
    top, left = (height - 28) // 2, (width - 28) // 2
    alone[top : top + 28, left : left + 28] = paper(0)[0, :, :, 0]
    titles = ["28 by 28", f"{height} by {width}"]
    return plots.images(
        [alone, X_pad[0, :, :, 0]], titles=titles, limits=(0, 255), title=title, alt=alt
    )


def _draw(X_pad):
    return beside_paper(
        X_pad,
        title="Your frame of zeros is black around the grey paper",
        alt="A handwritten 7, black on grey paper, 28 by 28 pixels, and beside it what your "
        "function makes of it: the same 7 in a black frame three pixels wide, 34 by 34.",
    )


zero_pad_task = Task(
    name="zero_pad",
    lesson="02",
    title="write `zero_pad`",
    answer=zero_pad,
    cases=_zero_pad_cases,
    outputs=("X_pad",),
    mistakes=ZERO_PAD_MISTAKES,
    window=pad_window,
    showcase=Showcase(lambda: (paper(0), 3), _draw),
    fresh=True,
)
