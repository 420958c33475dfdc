"""The catalogue of lesson 03: how `conv_forward` goes wrong."""

from cnn_lab.checks.exercises.convolution_forward_indices import INDICES
from cnn_lab.checks.mistakes import Mistake

RETURN_IN_LOOP = "does your return stand inside a loop?"
LOOPS_COUNT_OUTPUTS = (
    "The loops run over every place of the *output*; the stride decides only where each window"
    " starts."
)
ONE_FILTER_FOR_EACH = "Every output channel has a filter of its own"

CONV_FORWARD = (
    Mistake(
        "stride forgotten in the position",
        "Z has the right shape, but your windows move by one pixel whatever the stride. With"
        " stride 2, in which column does the window of output column w = 1 start?",
        {"h * stride, w * stride": "h, w"},
    ),
    Mistake(
        "stride for rows only",
        "Your windows skip rows as the stride says, but move sideways by one pixel only.",
        {"w * stride": "w"},
    ),
    Mistake(
        "stride for columns only",
        "Your windows skip columns as the stride says, but move downwards by one pixel only.",
        {"h * stride": "h"},
    ),
    Mistake(
        "stride ignored",
        "Your Z is the one for stride 1, whatever hparameters says: where does the stride enter the"
        " output size, and where the position of a window?",
        {'hparameters["stride"], hparameters["pad"]': '1, hparameters["pad"]'},
    ),
    Mistake(
        "bias missing",
        "Your numbers are those of a convolution without bias: what comes after the sum of the"
        " products?",
        {" + b[0, 0, 0, c]": ""},
    ),
    Mistake(
        "one bias for all filters",
        "Every filter gets the bias of filter 0. Which axis of b counts the filters?",
        {"b[0, 0, 0, c]": "b[0, 0, 0, 0]"},
    ),
    Mistake(
        "bias added to every product",
        "Your bias comes in once for every weight of the filter. It should come in once a window:"
        " before or after the sum?",
        {"np.sum(window * W[:, :, :, c]) + b[0, 0, 0, c]":
         "np.sum(window * W[:, :, :, c] + b[0, 0, 0, c])"},
    ),
    Mistake(
        "bias once per channel",
        "Your bias comes in once for every input channel. The channels are added up first; the"
        " bias follows once.",
        {"+ b[0, 0, 0, c]": "+ window.shape[2] * b[0, 0, 0, c]"},
    ),
    Mistake(
        "filter turned by 180 degrees",
        "Your filter is turned by 180 degrees: which of its weights meets the upper left pixel of"
        " the window?",
        {"W[:, :, :, c]": "W[::-1, ::-1, :, c]"},
    ),
    Mistake(
        "first filter everywhere",
        f"{ONE_FILTER_FOR_EACH}; yours all answer with filter 0. Which axis of W counts the"
        " filters?",
        {"W[:, :, :, c]": "W[:, :, :, 0]"},
    ),
    Mistake(
        "first channel only",
        "Only input channel 0 takes part. A filter is as deep as its input: sum over k as well.",
        {"window * W[:, :, :, c]": "window[:, :, 0] * W[:, :, 0, c]"},
    ),
    Mistake(
        "last channel only",
        "Only the last input channel takes part: does a loop over the channels replace the sum"
        " instead of adding to it?",
        {"window * W[:, :, :, c]": "window[:, :, -1] * W[:, :, -1, c]"},
    ),
    Mistake(
        "image 0 for the whole batch",
        "All images of the batch get the maps of image 0: which image is your window cut from?",
        {"A_pad[i,": "A_pad[0,"},
    ),
    Mistake(
        "return in the loop over images",
        f"Only image 0 of the batch has maps, the others are still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)"},
    ),
    Mistake(
        "return in the loop over rows",
        f"Only the first row of image 0 is filled, the rest of Z is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)"},
    ),
    Mistake(
        "return in the loop over columns",
        f"Only the first place of image 0 is filled, the rest of Z is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)", "range(n_W)": "range(1)"},
    ),
    Mistake(
        "return in the loop over filters",
        f"A single number of Z is filled, the rest is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)", "range(n_W)": "range(1)",
         "range(n_C)": "range(1)"},
    ),
    Mistake(
        "size without + 1",
        "Z lacks its last row and its last column. How many places has a filter that is as large as"
        " the image?",
        {"f_H) // stride + 1": "f_H) // stride", "f_W) // stride + 1": "f_W) // stride"},
    ),
    Mistake(
        "1 added before the division",
        "With stride 2 your Z is too small, with stride 1 it is right: is the 1 of the output size"
        " added before or after the division?",
        {"f_H) // stride + 1": "f_H + 1) // stride", "f_W) // stride + 1": "f_W + 1) // stride"},
    ),
    Mistake(
        "size rounded up",
        "It fails where the stride leaves pixels over: a window that no longer fits is left out, it"
        " does not stick out of the image. Which way do you round?",
        {"(n_H_prev + 2 * pad - f_H) // stride": "-((f_H - n_H_prev - 2 * pad) // stride)",
         "(n_W_prev + 2 * pad - f_W) // stride": "-((f_W - n_W_prev - 2 * pad) // stride)"},
    ),
    Mistake(
        "columns counted with f_H",
        "The number of columns of Z follows from the height of your filter. Which of its sizes"
        " belongs to the columns?",
        {"n_W_prev + 2 * pad - f_W": "n_W_prev + 2 * pad - f_H"},
    ),
    Mistake(
        "columns counted from the height",
        "The number of columns of Z follows from the height of the image: look at the two lines for"
        " n_H and n_W once more.",
        {"n_W_prev + 2 * pad - f_W": "n_H_prev + 2 * pad - f_W"},
    ),
    Mistake(
        "rows and columns exchanged",
        "Rows and columns of your Z are exchanged: in which order does its shape name height and"
        " width?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_W, n_H, n_C))",
         "Z[i, h, w, c]": "Z[i, w, h, c]"},
    ),
    Mistake(
        "last row and column left out",
        "The last row and the last column of Z are still zero: how far does range(n) run?",
        {"range(n_H)": "range(n_H - 1)", "range(n_W)": "range(n_W - 1)"},
    ),
    Mistake(
        "loops in steps of the stride",
        f"Your Z has gaps of zeros, and its windows are too close together. {LOOPS_COUNT_OUTPUTS}",
        {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)",
         "h * stride, w * stride": "h, w"},
    ),
    Mistake(
        "stride in the loops and in the position",
        f"Your Z has gaps of zeros: the stride comes in twice. {LOOPS_COUNT_OUTPUTS}",
        {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"},
    ),
    Mistake(
        "size of stride 1 with gaps",
        f"Your Z is as large as for stride 1, with gaps of zeros. {LOOPS_COUNT_OUTPUTS}",
        {"f_H) // stride + 1": "f_H) + 1", "f_W) // stride + 1": "f_W) + 1",
         "range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)",
         "h * stride, w * stride": "h, w"},
    ),
    Mistake(
        "padding ignored",
        "Your Z is the one without padding: where does pad enter?",
        {'hparameters["stride"], hparameters["pad"]': 'hparameters["stride"], 0'},
    ),
    Mistake(
        "size without padding",
        "You slide over the padded image, but Z is only as large as without padding. Which size"
        " does the formula start from?",
        {" + 2 * pad - f_H": " - f_H", " + 2 * pad - f_W": " - f_W"},
    ),
    Mistake(
        "padding counted once",
        "Your Z is too small by the padding of one side: how many sides of a row are padded?",
        {"n_H_prev + 2 * pad": "n_H_prev + pad", "n_W_prev + 2 * pad": "n_W_prev + pad"},
    ),
    Mistake(
        "windows beyond the padded image",
        "It fails only where there is padding: your windows reach beyond the edge. Are they cut"
        " from the padded image, and does the padding count only once in the output size?",
        {"A_pad[i, top": "A_prev[i, top"},
    ),
    Mistake(
        "padding at the end only",
        "All your padding lies at the bottom and on the right: which sides does pad mean?",
        {"zero_pad(A_prev, pad)": "zero_pad(A_prev, ((0, 2 * pad), (0, 2 * pad)))"},
    ),
    Mistake(
        "[pad:-pad] without padding",
        "It fails where pad is 0: the slice [pad:-pad] is then [0:0], which is empty.",
        {"A_pad = reference.zero_pad(A_prev, pad)":
         "A_pad = np.zeros((m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, A_prev.shape[3]))\n"
         "    A_pad[:, pad:-pad, pad:-pad] = A_prev"},
    ),
    Mistake(
        "whole numbers cut off",
        "When the pixels are whole numbers, Z loses everything after the decimal point: which"
        " number type does your array Z have from the start?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_H, n_W, n_C), A_prev.dtype)"},
    ),
    Mistake(
        "padded image in the cache",
        "Z is right. But the cache should hold A_prev as it came in; yours is padded.",
        {"return Z, (A_prev, W": "return Z, (A_pad, W"},
    ),
    Mistake(
        "hparameters not in the cache",
        "Z is right. But the cache lacks hparameters: the backward pass will ask for stride and"
        " padding.",
        {"return Z, (A_prev, W, b, hparameters)": "return Z, (A_prev, W, b)"},
    ),
    *INDICES,
)
