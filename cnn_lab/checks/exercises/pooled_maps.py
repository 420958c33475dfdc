"""Lesson 04, after pooling: the mean of whole maps, and the contrast that is left."""

import numpy as np

from cnn_lab import reference
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Task, Window
from cnn_lab.checks.mistakes import Mistake

# ---- global_average ----


def global_average(A):
    """Return the mean of every map, shape (m, n_C)."""
    return np.mean(A, axis=(1, 2))


GLOBAL_AVERAGE_MISTAKES = (
    Mistake(
        "channels averaged as well",
        "You give one number for each image. Channels are never mixed: which axes hold the rows and"
        " columns of a map?",
        {"(1, 2)": "(1, 2, 3)"},
    ),
    Mistake(
        "images averaged as well",
        "You give one number for each channel, for all images together. Which axis counts the"
        " images?",
        {"(1, 2)": "(0, 1, 2)"},
    ),
    Mistake(
        "one mean of everything",
        "You give a single number. One for each image and each channel is wanted.",
        {"A, axis=(1, 2)": "A"},
    ),
    Mistake(
        "axes of channels first",
        "You average over columns and channels. In A, shape (m, n_H, n_W, n_C), which axes are the"
        " rows and columns?",
        {"(1, 2)": "(2, 3)"},
    ),
    Mistake(
        "images and rows averaged",
        "You average over the images and the rows, axes 0 and 1. In A, shape (m, n_H, n_W, n_C),"
        " which axes are the rows and columns of a map?",
        {"(1, 2)": "(0, 1)"},
    ),
    Mistake(
        "pooled first",
        "You pool before you average. Where a map has an odd number of rows or columns, pooling"
        " drops the last one: no window of 2x2 is asked for here, only the mean of the whole map.",
        {"return np.mean(A,": 'P = reference.pool_forward(A, {"f": 2, "stride": 2}, "average")[0]\n'
                              "    return np.mean(P,"},
    ),
    Mistake(
        "rows only",
        "You average over the rows only: the columns are still there in your shape.",
        {"(1, 2)": "1"},
    ),
    Mistake(
        "columns only",
        "You average over the columns only: the rows are still there in your shape.",
        {"(1, 2)": "2"},
    ),
    Mistake(
        "axes kept",
        "Your means are right, but the shape should be (m, n_C): two axes of length 1 are left.",
        {"(1, 2)": "(1, 2), keepdims=True"},
    ),
    Mistake(
        "sum in place of the mean",
        "You return the sum of each map: how many numbers does a map hold?",
        {"np.mean": "np.sum"},
    ),
    Mistake(
        "maximum in place of the mean",
        "You return the largest number of each map. That is global max pooling, which exists too;"
        " here the mean is wanted.",
        {"np.mean": "np.max"},
    ),
    Mistake(
        "divided by the rows",
        "You divide the sum by the number of rows only: how many numbers does a map hold?",
        {"np.mean(A, axis=(1, 2))": "np.sum(A, axis=(1, 2)) / A.shape[1]"},
    ),
    Mistake(
        "divided by the columns",
        "You divide the sum by the number of columns only: how many numbers does a map hold?",
        {"np.mean(A, axis=(1, 2))": "np.sum(A, axis=(1, 2)) / A.shape[2]"},
    ),
    Mistake(
        "divided by the square of the rows",
        "You divide the sum by n_H times n_H, which fits square maps only: how many numbers does a"
        " map of n_H rows and n_W columns hold?",
        {"np.mean(A, axis=(1, 2))": "np.sum(A, axis=(1, 2)) / np.square(A.shape[1])"},
    ),
    Mistake(
        "images and channels exchanged",
        "Your shape is (n_C, m). Which comes first, the image or the channel?",
        {"(1, 2))": "(1, 2)).T"},
    ),
    Mistake(
        "whole numbers cut off",
        "When the pixels are whole numbers, your means lose everything after the decimal point:"
        " which number type does your array have from the start?",
        {"return np.mean(A, axis=(1, 2))": "return np.mean(A, axis=(1, 2)).astype(A.dtype)"},
    ),
    Mistake(
        "first image only",
        "Only the first image gets its means, the others are zero: does your return stand inside"
        " the loop?",
        {"return np.mean(A, axis=(1, 2))":
         "return np.mean(A, axis=(1, 2)) * (np.arange(len(A)) == 0)[:, np.newaxis]"},
    ),
)


def _global_cases():
    rng = np.random.default_rng(6)
    whole = rng.integers(0, 9, size=(2, 3, 4, 5))
    return [
        Case("one map", (rng.normal(size=(1, 4, 5, 1)) + 2,)),
        Case("channels", (rng.normal(size=(1, 6, 2, 4)),)),
        Case("images", (rng.normal(size=(2, 4, 5, 3)),)),
        Case("a single row", (rng.normal(size=(3, 1, 7, 2)),)),
        Case("input of whole numbers", (whole,), "whole numbers, (2, 3, 4, 5)"),
        Case("input of float32", (rng.normal(size=(3, 5, 4, 2)).astype(np.float32),), "float32"),
    ]


def _global_window(case, output, index):
    (A,) = case.arguments
    i, c = index
    a_map = A[i, :, :, c]
    text = (
        f"The {a_map.size} numbers of channel {c} of image {i} add up to {number(a_map.sum())};"
        f" their mean is {number(a_map.mean())}."
    )
    return Window(a_map, (0, 0, *a_map.shape), f"A[{i}], channel {c}", text)


global_average_task = Task(
    "global_average",
    lesson="04",
    title="derive global average pooling",
    answer=global_average,
    cases=_global_cases,
    outputs=("means",),
    mistakes=GLOBAL_AVERAGE_MISTAKES,
    window=_global_window,
)

# ---- contrast_after ----


def contrast_after(A, mode, times):
    """Return largest minus smallest number after pooling 2x2, stride 2, several times."""
    for _ in range(times):
        A, _ = reference.pool_forward(A, {"f": 2, "stride": 2}, mode)
    return A.max() - A.min()


CONTRAST_AFTER_MISTAKES = (
    Mistake(
        "always from the start",
        "Only one pooling counts: does your `return` stand inside the loop, or does every round"
        " start from the image that came in?",
        {"range(times)": "range(min(times, 1))"},
    ),
    Mistake(
        "return in the loop",
        "Only one pooling counts, and for 0 times nothing is returned: does your `return` stand"
        " inside the loop?",
        {"    return A.max()": "        return A.max()"},
    ),
    Mistake(
        "another name for what is pooled",
        "Every round pools A, the image that came in, so only one pooling counts; and for 0 times"
        " the other name stands for nothing yet. What should each round start from?",
        {"A, _ = ": "P, _ = ", "A.max() - A.min()": "P.max() - P.min()"},
    ),
    Mistake(
        "pair not taken apart",
        "`pool_forward` returns two things, the pooled maps and a cache. Your name stands for both"
        " together, a tuple: which of the two do you go on with?",
        {"A, _ = ": "A = "},
    ),
    Mistake(
        "pooled once",
        "You pool once, whatever times says.",
        {"range(times)": "range(1)"},
    ),
    Mistake(
        "once too often",
        "You pool once more than times says: with 0 times the image stays as it is.",
        {"range(times)": "range(times + 1)"},
    ),
    Mistake(
        "once too few",
        "You pool once less than times says: how often does a loop over range(1, times) run?",
        {"range(times)": "range(1, times)"},
    ),
    Mistake(
        "mode not handed on",
        "You pool by the maximum whatever the mode: is mode handed on to pool_forward?",
        {", mode)\n": ")\n"},
    ),
    Mistake(
        "largest number only",
        "You return the largest number. The smallest is to be taken from it.",
        {" - A.min()": ""},
    ),
    Mistake(
        "smallest minus largest",
        "Your sign is turned: the largest minus the smallest is never negative.",
        {"A.max() - A.min()": "A.min() - A.max()"},
    ),
    Mistake(
        "largest plus smallest",
        "You add the smallest number to the largest.",
        {"A.max() - A.min()": "A.max() + A.min()"},
    ),
    Mistake(
        "largest minus mean",
        "You take the mean from the largest number. The smallest is asked for.",
        {"A.min()": "A.mean()"},
    ),
    Mistake(
        "windows overlap",
        "Your windows overlap: with which stride do 2x2 windows lie side by side?",
        {'"stride": 2': '"stride": 1'},
    ),
)


def _contrast_cases():
    white = np.zeros((1, 8, 6, 1))
    white[0, :, 3, 0] = 1
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(2, 9, 13, 3)) - 1
    return [
        Case("a white line", (white, "max", 1), "a white line, max, once"),
        Case("a white line", (white, "average", 1), "a white line, average, once"),
        Case("a black line", (1 - white, "max", 1), "a black line, max, once"),
        Case("a black line", (1 - white, "average", 1), "a black line, average, once"),
        Case("twice", (white, "max", 2), "a white line, max, twice"),
        Case("twice", (white, "average", 2), "a white line, average, twice"),
        Case("twice", (1 - white, "max", 2), "a black line, max, twice"),
        Case("any batch", (noise, "max", 1), "noise, two images of three channels, max, once"),
        Case("any batch", (noise, "average", 3), "noise, average, three times"),
        Case("0 times", (noise, "max", 0), "noise, pooled 0 times"),
    ]


contrast_after_task = Task(
    "contrast_after",
    lesson="04",
    title="explore which pooling keeps a thin stroke",
    answer=contrast_after,
    cases=_contrast_cases,
    outputs=("contrast",),
    mistakes=CONTRAST_AFTER_MISTAKES,
)
