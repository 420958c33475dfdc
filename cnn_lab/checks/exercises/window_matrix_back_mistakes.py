"""Known mistakes in `col2im`: edits of the answer in `window_matrix`."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake


def _averaged(C, x_shape, f_H, f_W, stride):
    total = _added(C, x_shape, f_H, f_W, stride)
    return total / np.maximum(_added(np.ones_like(C), x_shape, f_H, f_W, stride), 1)


def _added(C, x_shape, f_H, f_W, stride):
    from cnn_lab.checks.exercises.window_matrix import col2im

    return col2im(C, x_shape, f_H, f_W, stride)


COL2IM_MISTAKES = (
    Mistake(
        "overwritten",
        "Where windows overlap, only the last number is left: each must be added to what is there "
        "already. With an array of indices, += keeps one for each pixel, too.",
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
        "rows of the first image for all",
        "Every image receives the rows of the first one. All windows of image 0 come first in C, "
        "then those of image 1.",
        {"parts[i, h, w]": "parts[0, h, w]"},
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
        "stride in the rows of C",
        "Right with stride 1, beyond the end of C with more: the stride moves windows in the "
        "image. In C each window follows the one before it.",
        {"parts[i, h, w]": "parts[i, h * stride, w * stride]"},
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
