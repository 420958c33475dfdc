"""Lesson 02: the frame cut off again."""

import numpy as np

from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def crop(X_pad, pad):
    """Cut the frame off every picture of a batch."""
    (top, bottom), (left, right) = pad
    height, width = X_pad.shape[1:3]
    return X_pad[:, top : height - bottom, left : width - right, :]


def _cases():
    rng = np.random.default_rng(203)

    def case(part, shape, pad):
        values = rng.permutation(np.arange(1.0, np.prod(shape) + 1))
        return Case(part, (values.reshape(shape), pad))

    return [
        case("four sides", (1, 5, 7, 1), ((1, 1), (1, 1))),
        case("sides that differ", (1, 9, 8, 1), ((1, 3), (4, 2))),
        case("batch and channels", (3, 7, 6, 2), ((2, 1), (1, 3))),
        case("0 at the bottom", (2, 5, 6, 3), ((2, 0), (1, 2))),
        case("0 at the right", (2, 6, 5, 3), ((1, 2), (3, 0))),
        case("0 at the top and left", (2, 6, 8, 3), ((0, 1), (0, 2))),
        case("no frame", (2, 3, 4, 3), ((0, 0), (0, 0))),
    ]


def _window(case, output, index):
    X_pad, ((top, _), (left, _)) = case.arguments
    i, row, column, k = index
    return Window(
        picture=X_pad[i, :, :, k],
        frame=(row + top, column + left, 1, 1),
        title=f"X_pad[{i}, :, :, {k}]",
        text=f"row {row}, column {column} of the picture is row {row + top}, column "
        f"{column + left} of X_pad: {X_pad[i, row + top, column + left, k]:g}",
    )


EMPTY_SLICE = "comes back empty: Python reads -0 as 0. Where does the picture end, from the front?"

MISTAKES = (
    Mistake(
        "slice that is empty at 0",
        f"Where the bottom or the right of pad is 0 your picture {EMPTY_SLICE}",
        {"height - bottom": "-bottom", "width - right": "-right"},
    ),
    Mistake(
        "rows empty at 0",
        f"Where the bottom of pad is 0 your picture {EMPTY_SLICE}",
        {"height - bottom": "-bottom"},
    ),
    Mistake(
        "columns empty at 0",
        f"Where the right of pad is 0 your picture {EMPTY_SLICE}",
        {"width - right": "-right"},
    ),
    Mistake(
        "pad taken for one number",
        "pad is not one number here: it holds two pairs, four numbers in all, each for a side of "
        "its own.",
        {"(top, bottom), (left, right) = pad": "top = bottom = left = right = -(-pad)"},
    ),
    Mistake(
        "taken apart wrongly",
        "Something is taken apart into the wrong number of names: pad holds two pairs, X_pad.shape "
        "holds four numbers.",
        {"(top, bottom), (left, right) = pad": "top, bottom, left, right = pad"},
    ),
    Mistake(
        "stopped too late",
        "You stop too late: the sizes of X_pad count the rows above and the columns at the left "
        "already, and you add them once more.",
        {"height - bottom": "height + top - bottom", "width - right": "width + left - right"},
    ),
    Mistake(
        "bottom and right stay",
        "You cut off the top and the left only. What happens to the other two sides? The sizes of "
        "X_pad count them, too.",
        {"height - bottom": "height", "width - right": "width"},
    ),
    Mistake(
        "top and left stay",
        "You cut off the bottom and the right only. Where does the picture begin?",
        {"top :": ":", "left :": ":"},
    ),
    Mistake(
        "same on both sides",
        "You cut as much off the bottom as off the top. The four numbers may all differ.",
        {"height - bottom": "height - top", "width - right": "width - left"},
    ),
    Mistake(
        "height in place of end",
        "Your picture is too small: you stop after as many rows as the picture has, but counted "
        "from the frame's first row.",
        {"height - bottom": "height - top - bottom", "width - right": "width - left - right"},
    ),
    Mistake(
        "sides exchanged",
        "You cut the bottom's share off the top, and the top's off the bottom. Which number of "
        "a pair comes first?",
        {"(top, bottom), (left, right) = pad": "(bottom, top), (right, left) = pad"},
    ),
    Mistake(
        "rows and columns exchanged",
        "You cut from the rows what belongs to the columns. The first pair is (top, bottom).",
        {"(top, bottom), (left, right) = pad": "(left, right), (top, bottom) = pad"},
    ),
    Mistake(
        "pairs read across",
        "You read pad as ((top, left), (bottom, right)). Each pair belongs to one axis.",
        {"(top, bottom), (left, right) = pad": "(top, left), (bottom, right) = pad"},
    ),
    Mistake(
        "rows only",
        "You crop the rows, but not the columns.",
        {"left : width - right": ":"},
    ),
    Mistake(
        "columns only",
        "You crop the columns, but not the rows.",
        {"top : height - bottom": ":"},
    ),
    Mistake(
        "pictures and rows cropped",
        "You cut from axes 0 and 1: pictures are lost. Which axes hold the rows and the columns?",
        {
            "X_pad.shape[1:3]": "X_pad.shape[:2]",
            "[:, top : height - bottom, left : width - right, :]":
                "[top : height - bottom, left : width - right]",
        },
    ),
    Mistake(
        "columns and channels cropped",
        "You cut from axes 2 and 3: channels are lost. Which axes hold the rows and the columns?",
        {
            "X_pad.shape[1:3]": "X_pad.shape[2:]",
            "[:, top : height - bottom, left : width - right, :]":
                "[:, :, top : height - bottom, left : width - right]",
        },
    ),
    Mistake(
        "zeros searched for",
        "You look for zeros. A picture may have zeros of its own, and a frame need not: only pad "
        "says where the picture lies.",
        lambda X_pad, pad: X_pad[:, X_pad.any(axis=(0, 2, 3))][:, :, X_pad.any(axis=(0, 1, 3))],
    ),
    Mistake(
        "last row and column lost",
        "Your picture lacks its last row and its last column. Does a slice include its end?",
        {"height - bottom": "height - bottom - 1", "width - right": "width - right - 1"},
    ),
)


def _framed():
    """Return a digit as ink on grey paper, in a black frame of 2, 6, 9 and 0 pixels."""
    X_pad = np.zeros((1, 36, 37, 1))
    X_pad[0, 2:30, 9:37, 0] = 0.75 * (255 - digit(1))
    return X_pad


def _draw(X):
    from cnn_lab import plots

    X_pad = _framed()[0, :, :, 0]
    alone = np.full(X_pad.shape, np.nan)  # NaN: no pixel here
    alone[2 : 2 + X.shape[1], 9 : 9 + X.shape[2]] = X[0, :, :, 0]
    return plots.images(
        [X_pad, alone],
        titles=["36 by 37", "{} by {}".format(*X.shape[1:3])],
        limits=(0, 255),
        title="Your function takes the frame off and leaves the 2 whole",
        alt="A handwritten 2 on grey paper in a black frame: 2 rows above, 6 below, 9 columns "
        "left, none at the right. Beside it what your function returns: the paper alone, 28 by 28.",
    )


crop_task = Task(
    name="crop",
    lesson="02",
    title="write `crop`",
    answer=crop,
    cases=_cases,
    outputs=("X",),
    mistakes=MISTAKES,
    window=_window,
    showcase=Showcase(lambda: (_framed(), ((2, 6), (9, 0))), _draw),
)
