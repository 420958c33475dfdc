"""More of the catalogue of lesson 03: how the brackets and the sizes of `conv_forward` go wrong.

Lesson 03 tells learners to let `reference.conv_single_step` do the sums. Where that raises, and a
product of two arrays does not, a mistake is made with it.
"""

from cnn_lab.checks.mistakes import Mistake

SUM = "np.sum(window * W[:, :, :, c]) + b[0, 0, 0, c]"
PIXELS = {"range(n_H)": "range(n_H_prev)", "range(n_W)": "range(n_W_prev)"}


def _single_step(weights="W[:, :, :, c]", bias="b[:, :, :, c]"):
    """Return the edit that lets `conv_single_step` do the sum."""
    return {SUM: f"reference.conv_single_step(window, {weights}, {bias})"}


INDICES = (
    Mistake(
        "shapes that do not fit",
        "Does the message below name two shapes? Then window and filter differ: a_slice_prev is"
        " your window, with all channels; W needs one index, in its last place. Or an “array"
        " element”? Then your bias is still an array: take the number out.",
        _single_step(weights="W"),
    ),
    Mistake(
        "square windows",
        "It works only where a filter is as high as it is wide: one size serves you for both. Which"
        " axis of W counts the rows of a filter, which the columns?",
        {"f_H, f_W, _, n_C = W.shape": "f_H, _, _, n_C = W.shape\n    f_W = f_H"},
    ),
    Mistake(
        "end of the window without the stride",
        "Your windows start where the stride says, but end where they would with stride 1: they"
        " shrink and vanish. How far from its own start does a window end?",
        {"top + f_H,": "h + f_H,", "left + f_W,": "w + f_W,"},
    ),
    Mistake(
        "window and filter differ in axes",
        "Your window and your filter do not pair up, pixel by weight. Compare their axes: the"
        " window keeps all channels; of W one filter is cut out, by one index, in the last place.",
        {"left + f_W, :]": "left + f_W, 0]"},
    ),
    Mistake(
        "filter looked up in the first axis",
        "W[c] takes row c of all filters, since the first axis of W counts rows. Which axis counts"
        " the filters?",
        {"W[:, :, :, c]": "W[c]"},
    ),
    Mistake(
        "all biases at once",
        "With one filter it works; with several, each window gets all the biases together. b has"
        " shape (1, 1, 1, n_C): in which of its places does c belong?",
        _single_step(bias="b"),
    ),
    Mistake(
        "row and column exchanged in Z",
        "In the brackets of Z row and column are exchanged: after the image comes the output row,"
        " then the output column. In the wrong order one of them runs beyond the end of its axis.",
        {"Z[i, h, w, c]": "Z[i, w, h, c]"},
    ),
    Mistake(
        "too few axes of Z",
        "If the message below counts indices: Z is indexed by image, row, column and filter. How"
        " many axes has the Z that you make, and has it one for each?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((n_H, n_W, n_C))"},
    ),
    Mistake(
        "last image only",
        "Your Z has three axes, as for a single image, and each image of the batch overwrites the"
        " one before. Which axis is missing?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((n_H, n_W, n_C))",
         "Z[i, h, w, c]": "Z[h, w, c]"},
    ),
    Mistake(
        "sizes that are no whole numbers",
        "Does the line named below make Z, or a range? Sizes must be whole numbers, and 4 / 2 is"
        " 2.0. Is it about a data type? The shape of Z is one tuple, in brackets of its own.",
        {"f_H) // stride": "f_H) / stride", "f_W) // stride": "f_W) / stride"},
    ),
    Mistake(
        "loops over window starts",
        "With stride 1 it works. With stride 2 your h and w count pixels, 0, 2, 4 and so on, but Z"
        " is filled at 0, 1, 2. Which of the two should the loops count?",
        {"range(n_H)": "range(0, n_H_prev + 2 * pad - f_H + 1, stride)",
         "range(n_W)": "range(0, n_W_prev + 2 * pad - f_W + 1, stride)",
         "h * stride, w * stride": "h, w"},
    ),
    Mistake(
        "loops over pixels",
        "Your loops run over every pixel of the input. A window has fewer places than that: which"
        " sizes say how many rows and columns Z has?",
        PIXELS | _single_step(),
    ),
    Mistake(
        "loops over pixels, products cut off",
        "Your loops run over every pixel of the input, beyond the last place where a window fits:"
        " which sizes say how many rows and columns Z has?",
        PIXELS,
    ),
)
