"""The catalogue of lesson 04: how `pool_forward` goes wrong."""

import numpy as np

from cnn_lab.checks.exercises.pooling_windows import WINDOWS
from cnn_lab.checks.mistakes import Mistake

RETURN_IN_LOOP = "does your return stand inside a loop?"
LOOPS_COUNT_OUTPUTS = (
    "The loops run over every place of the *output*; the stride decides only where each window"
    " starts."
)


def _zero_against_every_number(A_prev, hparameters, mode="max"):
    """Pool with a running maximum that starts at 0."""
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    pooled = np.zeros((m, (n_H_prev - f) // stride + 1, (n_W_prev - f) // stride + 1, n_C))
    for i, h, w, c in np.ndindex(pooled.shape):
        window = A_prev[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        pooled[i, h, w, c] = np.max(window, initial=0) if mode == "max" else np.mean(window)
    return pooled, (A_prev, hparameters)


POOL_FORWARD = (
    Mistake(
        "stride forgotten in the position",
        "The shape is right, but your windows move by one pixel whatever the stride. With stride 2,"
        " in which column does the window of output column w = 1 start?",
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
        "f in place of the stride",
        "Your windows never overlap and leave no gaps: the size of the window and the step from one"
        " to the next are two things.",
        {'hparameters["stride"]': 'hparameters["f"]'},
    ),
    Mistake(
        "stride in place of f",
        "Your windows are as large as the stride. Which hyperparameter is the size of the window?",
        {'f, stride = hparameters["f"]': 'f, stride = hparameters["stride"]'},
    ),
    Mistake(
        "position in steps of f",
        "Your windows start every f pixels. That fits only where they lie side by side: what says"
        " how far they move?",
        {"h * stride, w * stride": "h * f, w * f"},
    ),
    Mistake(
        "always the maximum",
        "You return the maximum whatever the mode: what does your code do when mode is 'average'?",
        {'mode == "max"': "True"},
    ),
    Mistake(
        "always the average",
        "You return the mean whatever the mode: what does your code do when mode is 'max'?",
        {'mode == "max"': "False"},
    ),
    Mistake(
        "average by another name",
        "For 'average' your maps stay zero: no line of yours fills them. With which word, letter by"
        " letter, do you compare mode?",
        {"else:": 'elif mode == "avg":'},
    ),
    Mistake(
        "modes exchanged",
        "You return the mean for 'max' and the maximum for 'average'.",
        {'mode == "max"': 'mode != "max"'},
    ),
    Mistake(
        "average by default",
        "When mode is left out, max pooling is due: look at the first line of your function.",
        {'mode="max"': 'mode="average"'},
    ),
    Mistake(
        "sum in place of the mean",
        "For 'average' you return the sum of the window: how many numbers does it hold?",
        {"np.mean(window)": "np.sum(window)"},
    ),
    Mistake(
        "divided by f",
        "For 'average' you divide by f. How many numbers does a window of f rows and f columns"
        " hold?",
        {"np.mean(window)": "np.sum(window) / f"},
    ),
    Mistake(
        "divided by 4",
        "Your average is right where f is 2. How many numbers does a window hold for any other f?",
        {"np.mean(window)": "np.sum(window) / 4"},
    ),
    Mistake(
        "zeros not counted",
        "For 'average' you count only the pixels that are not zero. A zero is a pixel like any"
        " other.",
        {"np.mean(window)": "np.sum(window) / max(np.count_nonzero(window), 1)"},
    ),
    Mistake(
        "maximum starts at zero",
        "Where all numbers of a window are negative, you return 0, which no pixel has: with which"
        " number does your search for the largest begin?",
        _zero_against_every_number,
    ),
    Mistake(
        "smallest number",
        "For 'max' you return the smallest number of the window.",
        {"np.max(window)": "np.min(window)"},
    ),
    Mistake(
        "largest size, sign ignored",
        "For 'max' you return the number that is furthest from zero, its sign dropped. Which is"
        " larger, −3 or 1?",
        {"np.max(window)": "np.max(np.abs(window))"},
    ),
    Mistake(
        "place of the maximum",
        "For 'max' you return *where* in the window the maximum stands, not how large it is.",
        {"np.max(window)": "np.argmax(window)"},
    ),
    Mistake(
        "channels pooled together",
        "All channels of your result are equal: your window spans all of them. Pooling keeps each"
        " channel to itself.",
        {"left : left + f, c]": "left : left + f, :]"},
    ),
    Mistake(
        "first channel everywhere",
        "All your channels are those of channel 0: which channel is your window cut from?",
        {"left : left + f, c]": "left : left + f, 0]"},
    ),
    Mistake(
        "image 0 for the whole batch",
        "All images of the batch get the maps of image 0: which image is your window cut from?",
        {"A_prev[i,": "A_prev[0,"},
    ),
    Mistake(
        "return in the loop over images",
        f"Only image 0 of the batch is pooled, the others are still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)"},
    ),
    Mistake(
        "return in the loop over rows",
        f"Only the first row of image 0 is filled, the rest is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)"},
    ),
    Mistake(
        "return in the loop over columns",
        f"Only the first place of image 0 is filled, the rest is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)", "range(n_W)": "range(1)"},
    ),
    Mistake(
        "return in the loop over channels",
        f"A single number of the pooled maps is filled, the rest is still zero: {RETURN_IN_LOOP}",
        {"range(m)": "range(1)", "range(n_H)": "range(1)", "range(n_W)": "range(1)",
         "range(n_C)": "range(1)"},
    ),
    Mistake(
        "size without + 1",
        "Your maps lack their last row and column. How many places has a window that is as large as"
        " the map?",
        {"(n_H_prev - f) // stride + 1": "(n_H_prev - f) // stride",
         "(n_W_prev - f) // stride + 1": "(n_W_prev - f) // stride"},
    ),
    Mistake(
        "size divided by the stride",
        "You divide the size by the stride. That fits only where the window is as large as the"
        " stride: lesson 02 has the formula for the others.",
        {"(n_H_prev - f) // stride + 1": "n_H_prev // stride",
         "(n_W_prev - f) // stride + 1": "n_W_prev // stride"},
    ),
    Mistake(
        "size divided by f",
        "You divide the size by f. That fits only where the windows lie side by side: lesson 02 has"
        " the formula for the others.",
        {"(n_H_prev - f) // stride + 1": "n_H_prev // f",
         "(n_W_prev - f) // stride + 1": "n_W_prev // f"},
    ),
    Mistake(
        "size rounded up",
        "Where the stride leaves pixels over, you add windows that stick out of the map. Here such"
        " pixels are dropped.",
        {"(n_H_prev - f) // stride": "-((f - n_H_prev) // stride)",
         "(n_W_prev - f) // stride": "-((f - n_W_prev) // stride)"},
    ),
    Mistake(
        "window too small",
        "Your windows have f - 1 rows and columns: does a slice contain its end?",
        {"top + f,": "max(top + f - 1, top + 1),", "left + f,": "max(left + f - 1, left + 1),"},
    ),
    Mistake(
        "window too large",
        "Your windows have f + 1 rows and columns: does a slice contain its end?",
        {"top + f,": "top + f + 1,", "left + f,": "left + f + 1,"},
    ),
    Mistake(
        "columns counted from the height",
        "The number of columns of your maps follows from the height: look at the two lines for n_H"
        " and n_W once more.",
        {"(n_W_prev - f)": "(n_H_prev - f)"},
    ),
    Mistake(
        "rows and columns exchanged",
        "Rows and columns of your maps are exchanged: in which order does their shape name height"
        " and width?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_W, n_H, n_C))",
         "pooled[i, h, w, c] = np.max": "pooled[i, w, h, c] = np.max",
         "pooled[i, h, w, c] = np.mean": "pooled[i, w, h, c] = np.mean"},
    ),
    Mistake(
        "loops in steps of the stride",
        f"Your maps have gaps of zeros, their windows are too close. {LOOPS_COUNT_OUTPUTS}",
        {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)",
         "h * stride, w * stride": "h, w"},
    ),
    Mistake(
        "stride in the loops and in the position",
        f"Your maps have gaps of zeros: the stride comes in twice. {LOOPS_COUNT_OUTPUTS}",
        {"range(n_H)": "range(0, n_H, stride)", "range(n_W)": "range(0, n_W, stride)"},
    ),
    Mistake(
        "last row and column left out",
        "The last row and the last column of your maps are still zero: how far does range(n) run?",
        {"range(n_H)": "range(n_H - 1)", "range(n_W)": "range(n_W - 1)"},
    ),
    Mistake(
        "whole numbers cut off",
        "When the pixels are whole numbers, your averages lose everything after the decimal point:"
        " which number type does your array have from the start?",
        {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_H, n_W, n_C), A_prev.dtype)"},
    ),
    Mistake(
        "pooled maps in the cache",
        "The maps are right. But the cache should hold what came in, A_prev; yours holds what goes"
        " out.",
        {"(A_prev, hparameters)\n": "(pooled, hparameters)\n"},
    ),
    Mistake(
        "cache in another order",
        "The maps are right. But in the cache A_prev comes first, hparameters second.",
        {"(A_prev, hparameters)\n": "(hparameters, A_prev)\n"},
    ),
    *WINDOWS,
)
