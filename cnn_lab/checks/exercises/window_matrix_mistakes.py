"""Known mistakes in `im2col`: edits of the answer in `window_matrix`."""

from cnn_lab.checks.mistakes import Mistake

_LOOPS = """for i in range(m):
        for h in range(n_H):
            for w in range(n_W):"""

_COUNT_DOWN, _COUNT_ACROSS = "(n_H_prev - f_H) // stride", "(n_W_prev - f_W) // stride"
_STRIDE_IN_RANGE = {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"}
_STARTS_ARE_PLACES = {"h * stride": "h", "w * stride": "w"}
_BY_PLACE = {"C[row] =": "C[(i * n_H + h) * n_W + w] ="}

IM2COL_MISTAKES = (
    Mistake(
        "windows as columns",
        "Your matrix lies on its side: the windows are its columns, and should be its rows.",
        {"return C": "return C.T"},
    ),
    Mistake(
        "reshaped, not transposed",
        "The right numbers are there, but scattered: a reshape never exchanges axes. Where do you "
        "roll up axes that are in another order?",
        {"return C": "return C.T.reshape(C.shape)"},
    ),
    Mistake(
        "last reshape missing",
        "Your result still has axes for images and places: roll these into one axis of rows.",
        {"return C": "return C.reshape(m, n_H, n_W, -1)"},
    ),
    Mistake(
        "channels first",
        "Within a row the channels come first. The numbers of one pixel should stand side by side: "
        "u, then v, then k.",
        {"window.ravel()": "window.transpose(2, 0, 1).ravel()"},
    ),
    Mistake(
        "window column by column",
        "Within a row you read the window column by column: reading order is row by row.",
        {"window.ravel()": "window.transpose(1, 0, 2).ravel()"},
    ),
    Mistake(
        "Fortran order",
        "Within a row your first index runs fastest (Fortran order). In reading order the last one "
        "does.",
        {"window.ravel()": 'window.ravel(order="F")'},
    ),
    Mistake(
        "window turned",
        "Your windows are turned by 180 degrees: a row begins with the upper left pixel.",
        {"window.ravel()": "window[::-1, ::-1].ravel()"},
    ),
    Mistake(
        "places column by column",
        "Your rows are out of order: you go down the image first, reading order goes across.",
        {
            "for h in range(n_H):\n            for w in range(n_W):": (
                "for w in range(n_W):\n            for h in range(n_H):"
            )
        },
    ),
    Mistake(
        "images take turns",
        "Your rows are out of order: the images take turns. All windows of the first image come "
        "first.",
        {
            _LOOPS: "for h in range(n_H):\n        for w in range(n_W):\n            "
            "for i in range(m):"
        },
    ),
    Mistake(
        "images side by side",
        "A row of yours holds a window of every image. Each window of each image has its own row.",
        {
            "return C": "return C.reshape(m, n_H * n_W, -1).swapaxes(0, 1).reshape(n_H * n_W, -1)",
        },
    ),
    Mistake(
        "first image only",
        "All your rows come from the first image: which index chooses the image?",
        {"x[i, top": "x[0, top"},
    ),
    Mistake(
        "one channel only",
        "Your rows hold the first channel only: a window reaches through all of them.",
        {"f_W * n_C_prev))": "f_W))", "left + f_W, :]": "left + f_W, 0]"},
    ),
    Mistake(
        "channels added up",
        "You add up the channels of a window. The product with the filters will do that: here each "
        "number keeps its own column.",
        {"f_W * n_C_prev))": "f_W))", "window.ravel()": "window.sum(axis=2).ravel()"},
    ),
    Mistake(
        "height and width exchanged",
        "f_H and f_W have changed places somewhere: which one belongs to the rows of pixels?",
        {"n_C_prev = x.shape": "n_C_prev = x.shape; f_H, f_W = f_W, f_H"},
    ),
    Mistake(
        "end of the slice",
        "Only the window in the corner is right: where does a slice that starts at `top` end?",
        {"top : top + f_H, left : left + f_W": "top : f_H, left : f_W"},
    ),
    Mistake(
        "stride forgotten",
        "Your neighbouring windows are always one pixel apart: where must the stride come in?",
        {"h * stride": "h", "w * stride": "w"},
    ),
    Mistake(
        "stride taken for 1",
        "You have as many windows as with stride 1: the stride changes their number, too.",
        {
            _COUNT_DOWN: "(n_H_prev - f_H)",
            _COUNT_ACROSS: "(n_W_prev - f_W)",
            "h * stride": "h",
            "w * stride": "w",
        },
    ),
    Mistake(
        "stride down only",
        "Your windows move by the stride downwards, but by one pixel across.",
        {"w * stride": "w"},
    ),
    Mistake(
        "stride across only",
        "Your windows move by the stride across, but by one pixel downwards.",
        {"h * stride": "h"},
    ),
    Mistake(
        "steps as long as the window",
        "Your windows lie side by side without overlap: they move by their own size, not by the "
        "stride.",
        {"h * stride": "h * f_H", "w * stride": "w * f_W"},
    ),
    Mistake(
        "stride does not fit",
        "With a stride above 1 something does not fit: does it shorten the count of windows, and "
        "does a window still hold neighbouring pixels?",
        {"top + f_H, left : left + f_W": "top + f_H : stride, left : left + f_W : stride"},
    ),
    Mistake(
        "last windows missing",
        "The last row and column of windows are missing: a window as large as the image fits once.",
        {_COUNT_DOWN + " + 1": _COUNT_DOWN, _COUNT_ACROSS + " + 1": _COUNT_ACROSS},
    ),
    Mistake(
        "last windows missing, and none left",
        "A window as large as the image finds no place at all: it fits once. How many places are "
        "there, if it can move by 0 pixels, by 1, by 2?",
        {
            _COUNT_DOWN + " + 1": _COUNT_DOWN,
            _COUNT_ACROSS + " + 1": _COUNT_ACROSS,
            "return C": "return C.reshape(m * n_H * n_W, -1)",
        },
    ),
    Mistake(
        "last windows missing, list empty",
        "A window as large as the image finds no place, and your list of rows stays empty. Over "
        "how many places can it be moved, where does it start last?",
        {
            _COUNT_DOWN + " + 1": _COUNT_DOWN,
            _COUNT_ACROSS + " + 1": _COUNT_ACROSS,
            "return C": "return C if len(C) else np.array([])",
        },
    ),
    Mistake(
        "last starts missing",
        "Your range of starts ends one pixel early: a window may start where it just reaches the "
        "edge.",
        {
            "return C": "return C if len(C) else np.array([])",
            _COUNT_DOWN + " + 1": "-((f_H - n_H_prev) // stride)",
            _COUNT_ACROSS + " + 1": "-((f_W - n_W_prev) // stride)",
        },
    ),
    Mistake(
        "last starts missing, rows of zeros",
        "Rows of your matrix stay 0 where a window just reaches the edge of the image: do your "
        "loops come that far?",
        {
            "range(n_H)": "range(-((f_H - n_H_prev) // stride))",
            "range(n_W)": "range(-((f_W - n_W_prev) // stride))",
        },
    ),
    Mistake(
        "places for starts",
        "With a stride above 1 rows are missing: n_H and n_W count places, and you use them as the "
        "end of a range of pixels.",
        {**_STRIDE_IN_RANGE, **_STARTS_ARE_PLACES, "return C": "return C[:row]"},
    ),
    Mistake(
        "places for starts, rows of zeros",
        "With a stride above 1 your last rows stay empty: n_H and n_W count places, and you use "
        "them as the end of a range of pixels.",
        {**_STRIDE_IN_RANGE, **_STARTS_ARE_PLACES},
    ),
    Mistake(
        "places for starts, rows left out",
        "With a stride above 1 rows in between stay empty: h and w are numbers of places (0, 1, 2) "
        "in your matrix, but pixels in your loops.",
        {**_STRIDE_IN_RANGE, **_STARTS_ARE_PLACES, **_BY_PLACE},
    ),
    Mistake(
        "stride twice",
        "With a stride above 1 rows are missing: your loops take every second place, and the "
        "starts are multiplied by the stride once more.",
        {**_STRIDE_IN_RANGE, "h * stride": "stride * h", "return C": "return C[:row]"},
    ),
    Mistake(
        "stride twice, rows of zeros",
        "With a stride above 1 your last rows stay empty: the stride counts twice, in the range of "
        "your loops and in the starts of the windows.",
        _STRIDE_IN_RANGE,
    ),
    Mistake(
        "stride twice, rows left out",
        "With a stride above 1 rows in between stay empty: the stride counts twice, in the range "
        "of your loops and in the starts of the windows.",
        {**_STRIDE_IN_RANGE, **_BY_PLACE},
    ),
    Mistake(
        "as many places across as down",
        "You count the places downwards, and use the number for both directions: images need not "
        "be square.",
        {_COUNT_ACROSS: _COUNT_DOWN},
    ),
    Mistake(
        "as many places down as across",
        "You count the places across, and use the number for both directions: images need not be "
        "square.",
        {_COUNT_DOWN: _COUNT_ACROSS},
    ),
    Mistake(
        "height of the window for both",
        "You use the window's height to count the places across: how wide is a window?",
        {_COUNT_ACROSS: "(n_W_prev - f_H) // stride"},
    ),
    Mistake(
        "one row per channel",
        "Each channel has a row of its own in your matrix: a window reaches through all channels, "
        "and fills one row.",
        {
            "return C": (
                "return C.reshape(-1, f_H * f_W, n_C_prev).swapaxes(1, 2).reshape(-1, f_H * f_W)"
            )
        },
    ),
    Mistake(
        "rounded up",
        "Where the stride does not divide, your last window sticks out of the image: pixels that "
        "are left over are dropped.",
        {
            _COUNT_DOWN: "-((f_H - n_H_prev) // stride)",
            _COUNT_ACROSS: "-((f_W - n_W_prev) // stride)",
        },
    ),
)
