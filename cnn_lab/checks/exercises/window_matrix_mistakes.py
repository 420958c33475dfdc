"""Known mistakes in `im2col` and `col2im`: edits of the answers in `window_matrix`."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake

_LOOPS = """for i in range(m):
        for h in range(n_H):
            for w in range(n_W):"""

_COUNT_DOWN, _COUNT_ACROSS = "(n_H_prev - f_H) // stride", "(n_W_prev - f_W) // stride"

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
        "rounded up",
        "Where the stride does not divide, your last window sticks out of the image: pixels that "
        "are left over are dropped.",
        {
            _COUNT_DOWN: "-((f_H - n_H_prev) // stride)",
            _COUNT_ACROSS: "-((f_W - n_W_prev) // stride)",
        },
    ),
)


def _averaged(C, x_shape, f_H, f_W, stride):
    total = _added(C, x_shape, f_H, f_W, stride)
    return total / np.maximum(_added(np.ones_like(C), x_shape, f_H, f_W, stride), 1)


def _added(C, x_shape, f_H, f_W, stride):
    from cnn_lab.checks.exercises.window_matrix import col2im

    return col2im(C, x_shape, f_H, f_W, stride)


COL2IM_MISTAKES = (
    Mistake(
        "overwritten",
        "Where windows overlap, only one of the numbers is left: all of them come together in the "
        "pixel, even those that an index array would meet twice.",
        {"+= part": "= part"},
    ),
    Mistake(
        "averaged",
        "Where windows overlap you take the mean. The numbers of all windows add up, undivided.",
        _averaged,
    ),
    Mistake(
        "channels first",
        "You read a row as if the channels came first: the order that im2col writes is u, then v, "
        "then k.",
        {
            "f_H, f_W, n_C_prev)": "n_C_prev, f_H, f_W)",
            "parts[i, h, w]": "parts[i, h, w].transpose(1, 2, 0)",
        },
    ),
    Mistake(
        "window column by column",
        "You fill each window column by column: the numbers of a row are in reading order.",
        {
            "f_H, f_W, n_C_prev)": "f_W, f_H, n_C_prev)",
            "parts[i, h, w]": "parts[i, h, w].transpose(1, 0, 2)",
        },
    ),
    Mistake(
        "Fortran order",
        "You unroll each row with the first index running fastest (Fortran order): in a row the "
        "channels are neighbours.",
        {
            "f_H, f_W, n_C_prev)": "n_C_prev, f_W, f_H)",
            "parts[i, h, w]": "parts[i, h, w].transpose(2, 1, 0)",
        },
    ),
    Mistake(
        "reshaped, not transposed",
        "You split the axes of C in another order than they have: its rows are images and places, "
        "its columns u, v and k.",
        {
            "C.reshape(m, n_H, n_W, f_H, f_W, n_C_prev)": (
                "C.reshape(f_H, f_W, n_C_prev, m, n_H, n_W)"
            ),
            "parts[i, h, w]": "parts[..., i, h, w]",
        },
    ),
    Mistake(
        "window turned",
        "Each window arrives turned by 180 degrees: its first number belongs to the upper left.",
        {"parts[i, h, w]": "parts[i, h, w, ::-1, ::-1]"},
    ),
    Mistake(
        "places column by column",
        "The rows of C go to the wrong windows: the places go across first, then down.",
        {"n_H, n_W, f_H": "n_W, n_H, f_H", "parts[i, h, w]": "parts[i, w, h]"},
    ),
    Mistake(
        "images take turns",
        "The rows of C go to the wrong images: all windows of the first image come first.",
        {"(m, n_H, n_W, f_H": "(n_H, n_W, m, f_H", "parts[i, h, w]": "parts[h, w, i]"},
    ),
    Mistake(
        "all on the first image",
        "The windows of all images pile up on the first one: which index chooses the image?",
        {"x[i, top": "x[0, top"},
    ),
    Mistake(
        "every image gets all",
        "Every image receives the windows of all images: a row belongs to one of them.",
        {"x[i, top": "x[:, top"},
    ),
    Mistake(
        "channels added up",
        "Every channel receives the sum over all channels: a number belongs to one of them.",
        {"parts[i, h, w]": "parts[i, h, w].sum(axis=2, keepdims=True)"},
    ),
    Mistake(
        "stride forgotten",
        "Your neighbouring windows are always one pixel apart: where must the stride come in?",
        {"h * stride": "h", "w * stride": "w"},
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
        "last windows left out",
        "The last windows, at the lower and the right edge, give nothing back: where do your loops "
        "end?",
        {"range(n_H)": "range(n_H - 1)", "range(n_W)": "range(n_W - 1)"},
    ),
    Mistake(
        "rest cut off",
        "Your images are too small where pixels are left over: they lie in no window, but they are "
        "there, and stay 0.",
        {"return x": "return x[:, : top + f_H, : left + f_W]"},
    ),
)
