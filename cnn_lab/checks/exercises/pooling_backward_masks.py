"""Lesson 06: who wins a window, and what happens at a tie."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def create_mask_from_window(x):
    """Return a mask that is True at every maximum of x."""
    return x == x.max()


def first_mask(x):
    """Return a mask with a single True, at the first maximum of x."""
    mask = np.zeros(x.shape, dtype=bool)
    mask.flat[np.argmax(x)] = True
    return mask


def share_mask(x):
    """Return equal parts for all maxima of x, adding up to 1."""
    mask = x == x.max()
    return mask / mask.sum()


def _cases():
    """Return windows: one winner first, then ties."""
    rng = np.random.default_rng(63)
    windows = [
        ("one winner", [[1.5, 0.5], [2.5, -3.5]]),
        ("one winner", rng.permutation(12).reshape(4, 3) / 4 - 1.1),
        ("one winner", [[0.1, 0.11, 0.09]]),
        ("one winner", [[0.7]]),
        ("negative numbers", [[-4.5, -2.5], [-3.5, -0.5], [-1.5, -5.5]]),
        ("input of whole numbers", [[2, 9, 4], [7, 5, 3]]),
        ("ties", [[1, 3, 0], [3, 2, 3]]),
        ("ties", [[1, 1], [1, 0]]),
        ("ties", [[-2.0, -1.0], [-2.5, -1.0], [-1.0, -1.5], [-3.0, -1.0]]),
        ("all equal", np.zeros((3, 2))),
        ("input of float32", rng.normal(size=(2, 4)).astype(np.float32)),
    ]
    return [
        Case(part, (np.array(x),), f"x = {np.array(x).round(2).tolist()}") for part, x in windows
    ]


def _window(case, output, index):
    (x,) = case.arguments
    place = tuple(int(n) for n in np.unravel_index(np.argmax(x), x.shape))
    count = np.count_nonzero(x == x.max())
    text = f"The largest number of this window is {number(x.max())}, first at {place}"
    text += f"; {count} numbers are as large." if count > 1 else "."
    return Window(x, (*place, 1, 1), "x", text)


_ROW = "You look for a winner in each row. A window has one maximum, over rows and columns."
_COLUMN = "You look for a winner in each column. A window has one maximum, over rows and columns."
_SMALLEST = "You mark the smallest number of the window."
_FARTHEST = "You mark the number farthest from 0. A large negative number is no maximum."
_TURNED = "Your mask is True at the losers and False at the winner: the wrong way round."
_VALUES = "You return the maximum itself at its place. A mask only says where: True or False."
_NUMBERS = "Your mask holds numbers; True and False are asked for. Which dtype does np.zeros give?"
_NONE = (
    "A window without a positive number has no winner in your result. It has a maximum all the"
    " same: do you begin the search with 0?"
)
_NOT_BEATEN = (
    "Your winner must be above 0: windows of zeros, or of negative numbers, have none. The maximum"
    " of a window need not be positive."
)

CREATE_MASK_FROM_WINDOW = Task(
    name="create_mask_from_window",
    lesson="",
    title="mark the maximum of a window",
    answer=create_mask_from_window,
    cases=_cases,
    outputs=("mask",),
    mistakes=(
        Mistake("values", _VALUES, {"x == x.max()": "x * (x == x.max())"}),
        Mistake("numbers", _NUMBERS, {"x == x.max()": "1.0 * (x == x.max())"}),
        Mistake("each row", _ROW, {"x.max()": "x.max(axis=1, keepdims=True)"}),
        Mistake("each column", _COLUMN, {"x.max()": "x.max(axis=0, keepdims=True)"}),
        Mistake("smallest", _SMALLEST, {"x.max()": "x.min()"}),
        Mistake("absolute value", _FARTHEST, {"x == x.max()": "abs(x) == abs(x).max()"}),
        Mistake("wrong way round", _TURNED, {"x ==": "x !="}),
        Mistake("above 0 only", _NONE, {"x == x.max()": "x == max(x.max(), 0)"}),
        Mistake("nobody beats 0", _NOT_BEATEN, {"x == x.max()": "(x == x.max()) & (x > 0)"}),
        Mistake(
            "all above 0",
            "You mark every positive number. To win, a number must be the largest of its window.",
            {"x == x.max()": "x > 0"},
        ),
        Mistake(
            "all above the mean",
            "You mark every number above the mean. To win, it must be the largest of the window.",
            {"x == x.max()": "x > x.mean()"},
        ),
        Mistake(
            "nobody at a tie",
            "At a tie your mask is empty. Somebody has to hear the gradient: all winners, or one.",
            {"x == x.max()": "(x == x.max()) & ((x == x.max()).sum() == 1)"},
        ),
    ),
    alternatives=(first_mask,),
    window=_window,
)


def _tied():
    return (np.array([[2, 7, 7], [1, 7, 3]]),)


def _draw(title, told, decimals=None):
    """Return a function that shows a tied window and what a rule makes of it."""

    def draw(mask):
        from cnn_lab import plots

        (x,), got = _tied(), np.asarray(mask, dtype=float)
        rows = "; ".join(" ".join(number(value) for value in row) for row in got)
        return plots.numbers(
            [x, got],
            titles=["x", "mask of x"],
            roles=["input", "input"],
            between=["->"],
            highlight=[[(r, c, 1, 1) for r, c in np.argwhere(got > 0)]] * 2,
            decimals=decimals,
            title=title,
            alt=f"The window 2 7 7; 1 7 3 and its mask {rows}. {told}",
        )

    return draw


FIRST_MASK = Task(
    name="first_mask",
    lesson="06",
    title="mark the first maximum of a window",
    answer=first_mask,
    cases=_cases,
    outputs=("mask",),
    mistakes=(
        Mistake(
            "every maximum",
            "At a tie you mark every winner. Here only the first in reading order is wanted.",
            {"mask.flat[np.argmax(x)] = True": "mask = x == x.max()"},
        ),
        Mistake("numbers", _NUMBERS, {"dtype=bool": "dtype=float"}),
        Mistake(
            "position as row",
            "You use the position as a row number. np.argmax counts all numbers, row by row.",
            {"mask.flat[np.argmax(x)]": "mask[np.argmax(x)]"},
        ),
        Mistake(
            "written into a copy",
            "Your mask stays False everywhere: with mask.flatten() you write into a copy. How does"
            " a position reach an element of the mask itself?",
            {"mask.flat[np.argmax(x)]": "mask.flatten()[np.argmax(x)]"},
        ),
        Mistake(
            "last maximum",
            "At a tie you mark the last winner. Should a later number win when it is only as large"
            " as the best so far?",
            {"mask.flat[np.argmax(x)]": "mask.flat[x.size - 1 - np.argmax(x[::-1, ::-1])]"},
        ),
        Mistake(
            "column by column",
            "At a tie you mark the first winner going down the columns. Reading order goes along"
            " the rows.",
            {"mask.flat[np.argmax(x)]": "mask.T.flat[np.argmax(x.T)]"},
        ),
        Mistake(
            "divided by the rows",
            "You divide by the number of rows. After how many numbers does a new row begin?",
            {"mask.flat[np.argmax(x)]": "mask[divmod(np.argmax(x), x.shape[0])]"},
        ),
        Mistake(
            "each row",
            _ROW,
            {"mask.flat[np.argmax(x)]": "mask[np.arange(len(x)), x.argmax(axis=1)]"},
        ),
        Mistake(
            "each column",
            _COLUMN,
            {"mask.flat[np.argmax(x)]": "mask[x.argmax(axis=0), np.arange(x.shape[1])]"},
        ),
        Mistake("smallest", _SMALLEST, {"np.argmax": "np.argmin"}),
        Mistake("absolute value", _FARTHEST, {"np.argmax(x)": "np.argmax(np.abs(x))"}),
        Mistake("wrong way round", _TURNED, {"return mask": "return ~mask"}),
        Mistake("values", _VALUES, {"return mask": "return mask * x"}),
        Mistake("nobody beats 0", _NOT_BEATEN, {"= True": "= x.max() > 0"}),
        Mistake(
            "search begins with 0",
            "In a window without a positive number your first place wins, whatever stands there."
            " With which number does your search begin?",
            {"np.argmax(x)": "np.argmax(np.maximum(x, 0))"},
        ),
        Mistake(
            "nobody at a tie",
            "At a tie your mask is empty. The first of the tied numbers is to be marked.",
            {"= True": "= np.sum(x == x.max()) == 1"},
        ),
    ),
    window=_window,
    showcase=Showcase(
        _tied, _draw("Three numbers tie, the first one wins", "Framed: the number that is marked.")
    ),
)

SHARE_MASK = Task(
    name="share_mask",
    lesson="06",
    title="share among tied winners",
    answer=share_mask,
    cases=_cases,
    outputs=("parts",),
    mistakes=(
        Mistake(
            "not shared",
            "At a tie each of your winners gets 1. Together they are to get 1.",
            {"mask / mask.sum()": "mask * 1.0"},
        ),
        Mistake(
            "mask itself",
            "You return the mask itself. Tied winners are to share: parts are floats, 1 together.",
            {"mask / mask.sum()": "mask"},
        ),
        Mistake(
            "first winner only",
            "At a tie only your first winner gets something. In this rule all of them share.",
            {"mask = x == x.max()": "mask = np.arange(x.size).reshape(x.shape) == x.argmax()"},
        ),
        Mistake(
            "divided by the window",
            "You divide by the number of pixels of the window. Among how many is it to be shared?",
            {"mask.sum()": "mask.size"},
        ),
        Mistake(
            "in proportion",
            "You hand out parts in proportion to the numbers. Only the winners are to share.",
            {"mask / mask.sum()": "x / x.sum()"},
        ),
        Mistake(
            "divided by the sum of x",
            "You divide by the sum of the numbers themselves. How many winners are there?",
            {"mask.sum()": "x.sum()"},
        ),
        Mistake(
            "maximum shared",
            "Your parts add up to the maximum. A gradient will be shared: they must add up to 1.",
            {"mask / mask.sum()": "mask * x / mask.sum()"},
        ),
        Mistake(
            "halves",
            "Tied winners get a half each, as by nudging. Parts of three must add up to 1 as well.",
            {"mask / mask.sum()": "mask / min(mask.sum(), 2)"},
        ),
        Mistake(
            "winners of each row counted",
            "You count the winners of each row. Count those of the whole window.",
            {"mask.sum()": "mask.sum(axis=1)"},
        ),
        Mistake(
            "winners of each row counted, as a column",
            "A row without a winner gives nan: count the winners of the whole window, not a row.",
            {"mask.sum()": "mask.sum(axis=1, keepdims=True)"},
        ),
        Mistake(
            "winners of each column counted",
            "You count the winners of each column. Count those of the whole window.",
            {"mask.sum()": "mask.sum(axis=0)"},
        ),
        Mistake(
            "divided by the rows",
            "You divide by the number of rows: `len` counts those. How many winners share?",
            {"mask.sum()": "len(mask)"},
        ),
        Mistake(
            "always a half",
            "Every winner gets a half in your result, even one that wins alone. How many share?",
            {"mask / mask.sum()": "mask * 0.5"},
        ),
        Mistake("each row", _ROW, {"mask = x == x.max()": "mask = x == x.max(axis=1)[:, None]"}),
        Mistake("each column", _COLUMN, {"mask = x == x.max()": "mask = x == x.max(axis=0)"}),
        Mistake("smallest", _SMALLEST, {"x.max()": "x.min()"}),
        Mistake(
            "whole parts",
            "Your parts are whole numbers: tied winners get nothing. What keeps the fraction?",
            {"mask / mask.sum()": "mask // mask.sum()"},
        ),
    ),
    window=_window,
    showcase=Showcase(
        _tied, _draw("Three numbers tie and share one payment", "The parts add up to 1.", 2)
    ),
)
