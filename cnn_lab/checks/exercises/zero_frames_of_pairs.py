"""Lesson 02: a frame of zeros whose width is a pair (height, width)."""

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task
from cnn_lab.checks.exercises.zero_frames import (
    KEEPS_THE_TYPE,
    beside_paper,
    halves,
    pad_window,
    paper,
)
from cnn_lab.checks.mistakes import Mistake


def zero_pad_pair(X, pad):
    """Put a frame of zeros around every picture of a batch."""
    pad_H, pad_W = pad
    m, n_H, n_W, n_C = X.shape
    X_pad = np.zeros((m, n_H + 2 * pad_H, n_W + 2 * pad_W, n_C))
    X_pad[:, pad_H : pad_H + n_H, pad_W : pad_W + n_W, :] = X
    return X_pad


def _zero_pad_pair_cases():
    rng = np.random.default_rng(202)
    whole = rng.integers(1, 9, size=(2, 3, 4, 2))
    return [
        Case("pair", (halves(rng, 1, 3, 4, 1), (1, 2))),
        Case("pair", (halves(rng, 3, 5, 2, 4), (3, 1))),
        Case("no columns", (halves(rng, 2, 4, 3, 1), (2, 0))),
        Case("no rows", (halves(rng, 2, 4, 3, 1), (0, 3))),
        Case("input of whole numbers", (whole, (1, 2)), "ints, (1, 2)"),
    ]


TWO_KINDS_OF_PAD = "How can it tell the two apart, and what is it to do with a pair?"

ZERO_PAD_PAIR_MISTAKES = (
    Mistake(
        "pair taken for one number",
        "A pair arrives here, and your function calculates with it as if it were one number. "
        f"{TWO_KINDS_OF_PAD}",
        {"pad_H, pad_W = pad": "pad_H = pad_W = pad"},
    ),
    Mistake(
        "pair taken for one number in np.pad",
        "A pair arrives here, and your function hands it to np.pad in the place of one number. "
        f"{TWO_KINDS_OF_PAD}",
        lambda X, pad: np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0))),
    ),
    Mistake(
        "pair as before and after",
        "You add the first number on one side and the second on the other. The pair means "
        "(height, width): the first for the rows, above and below.",
        lambda X, pad: np.pad(X, ((0, 0), pad, pad, (0, 0))).astype(float),
    ),
    Mistake(
        "width before height",
        "Your rows get the second number and your columns the first. The pair means (height, "
        "width).",
        {"pad_H, pad_W = pad": "pad_W, pad_H = pad"},
    ),
    Mistake(
        "first number for both",
        "Your columns get as much as your rows. What is the second number of the pair for?",
        {"pad_H, pad_W = pad": "pad_H = pad_W = pad[0]"},
    ),
    Mistake(
        "second number for both",
        "Your rows get as much as your columns. What is the first number of the pair for?",
        {"pad_H, pad_W = pad": "pad_H = pad_W = pad[1]"},
    ),
    Mistake(
        "rows only",
        "You add rows above and below, but no columns. What is the second number of the pair for?",
        {"n_W + 2 * pad_W": "n_W", "pad_W : pad_W + n_W": ":"},
    ),
    Mistake(
        "columns only",
        "You add columns left and right, but no rows. What is the first number of the pair for?",
        {"n_H + 2 * pad_H": "n_H", "pad_H : pad_H + n_H": ":"},
    ),
    Mistake(
        "bottom and right only",
        "Your zeros are at the bottom and at the right only. Every number of the pair counts on "
        "two sides.",
        {
            "n_H + 2 * pad_H": "n_H + pad_H",
            "n_W + 2 * pad_W": "n_W + pad_W",
            "pad_H : pad_H + n_H": ": n_H",
            "pad_W : pad_W + n_W": ": n_W",
        },
    ),
    Mistake(
        "picture in the corner",
        "The size is right, but the picture sits in the upper left corner of its frame.",
        {"pad_H : pad_H + n_H": ": n_H", "pad_W : pad_W + n_W": ": n_W"},
    ),
    Mistake(
        "slice that is empty at pad 0",
        "Your function fails where one number of the pair is 0. What does a slice hold that ends "
        "at -0?",
        {"pad_H : pad_H + n_H": "pad_H:-pad_H", "pad_W : pad_W + n_W": "pad_W:-pad_W"},
    ),
    Mistake(
        "fractions cut off",
        "The fractions of the pixels are gone: your new array holds whole numbers. With which "
        "dtype do you make it?",
        {"n_C))": "n_C), dtype=int)"},
    ),
    Mistake("type of X kept", KEEPS_THE_TYPE, {"n_C))": "n_C), dtype=X.dtype)"}),
)


def _draw(X_pad):
    return beside_paper(
        X_pad,
        title="Two rows above and below, eight columns left and right",
        alt="A handwritten 7 on grey paper, and the same 7 in the frame that your function puts "
        "around it: two black rows above and below, eight black columns left and right, 32 by 44.",
    )


zero_pad_pair_task = Task(
    name="zero_pad_pair",
    lesson="02",
    title="let `zero_pad` take a pair",
    answer=zero_pad_pair,
    cases=_zero_pad_pair_cases,
    outputs=("X_pad",),
    mistakes=ZERO_PAD_PAIR_MISTAKES,
    window=pad_window,
    showcase=Showcase(lambda: (paper(0), (2, 8)), _draw),
    fresh=True,
)
