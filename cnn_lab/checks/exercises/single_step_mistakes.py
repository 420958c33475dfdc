"""The catalogue of lesson 01: how `conv_single_step` goes wrong."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake

BIAS_ONCE = "The bias is one number, added once for the whole window."
ONE_NUMBER = "One filter gives one number at one window, whatever the number of channels."
TWO_KINDS_OF_BIAS = "Read again which kinds of b the exercise names."


def _float_of_an_array(a_slice_prev, W, b):
    """What NumPy 2.4 makes of ``float(Z)`` where the bias is an array."""
    if np.ndim(b) > 0:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    return float(np.sum(a_slice_prev * W) + b)


SINGLE_STEP_MISTAKES = (
    Mistake(
        "bias added before the sum",
        f"You add b to every product before you add up. {BIAS_ONCE}",
        {"a_slice_prev * W": "a_slice_prev * W + b", "np.asarray(b).item()": "0"},
    ),
    Mistake(
        "bias forgotten",
        "Your answer is right without the bias only: where does b come in?",
        {"np.asarray(b).item()": "0"},
    ),
    Mistake(
        "bias subtracted",
        "Your bias has the wrong sign: a negative b must make the answer smaller.",
        {"+ bias": "- bias"},
    ),
    Mistake(
        "bias once per channel",
        f"Your bias counts as often as there are channels. {BIAS_ONCE}",
        {"+ bias": "+ bias * W.shape[2]"},
    ),
    Mistake(
        "bias added to the window",
        "You add b to the pixels before you multiply. In the formula, b stands outside of the "
        "sum and meets no weight.",
        {"a_slice_prev * W": "(a_slice_prev + b) * W", "np.asarray(b).item()": "0"},
    ),
    Mistake(
        "channels kept apart",
        f"You give one number per channel. {ONE_NUMBER}",
        {"np.sum(products)": "np.sum(products, axis=(0, 1))", "float(total)": "total"},
    ),
    Mistake(
        "channels and bias kept as arrays",
        f"You give an array with one number per channel. {ONE_NUMBER}",
        {
            "np.sum(products)": "np.sum(products, axis=(0, 1))",
            "float(total)": "total",
            "np.asarray(b).item()": "b",
        },
    ),
    Mistake(
        "sum along the first axis",
        "You give an array: Python's sum, like axis=0, adds along the first axis only. Which sum "
        "takes in rows, columns and channels?",
        {
            "np.sum(products)": "sum(products)",
            "float(total)": "total",
            "np.asarray(b).item()": "b",
        },
    ),
    Mistake(
        "float of Python's sum",
        "If an array is what float() refuses: Python's sum adds along the first axis only. If a "
        "loop refuses a number: it needs range().",
        {"np.sum(products)": "float(sum(products))"},
    ),
    Mistake(
        "first channel only",
        "Only the first channel counts in your sum. The formula runs over k as well as over u "
        "and v.",
        {"np.sum(products)": "np.sum(products[:, :, 0])"},
    ),
    Mistake(
        "matrix product",
        "You use the matrix product, which pairs rows with columns. Here every pixel meets the "
        "one weight that lies on it.",
        {"a_slice_prev * W": "a_slice_prev @ W"},
    ),
    Mistake(
        "dot product of rows",
        "np.dot pairs rows of one array with columns of the other. Here every pixel meets the "
        "one weight that lies on it.",
        {"a_slice_prev * W": "np.dot(a_slice_prev, W)"},
    ),
    Mistake(
        "bias left in its array",
        "Where b has shape (1, 1, 1), you return an array. The answer is one number: how do you "
        "take it out of an array?",
        {"np.asarray(b).item()": "b"},
    ),
    Mistake(
        "float of an array",
        "float() refuses an array of shape (1, 1, 1), even though it holds one number only. The "
        "end of the lesson names what takes a number out of an array of any shape.",
        _float_of_an_array,
    ),
    Mistake(
        "item of a plain number",
        f"Arrays have .item(), but b may also be a plain number such as 5. {TWO_KINDS_OF_BIAS}",
        {"np.asarray(b).item()": "b.item()"},
    ),
    Mistake(
        "index of a plain number",
        f"You index b as an array, but it may also be a plain number. {TWO_KINDS_OF_BIAS}",
        {"np.asarray(b).item()": "b[0, 0, 0]"},
    ),
    Mistake(
        "mean in place of the sum",
        "You take the mean of the products. What does the sign Σ in the formula ask for?",
        {"np.sum(products)": "np.mean(products)"},
    ),
    Mistake(
        "product of two sums",
        "You add up window and filter first and multiply afterwards. Which comes first in the "
        "formula?",
        {"a_slice_prev * W": "np.sum(a_slice_prev) * np.sum(W)"},
    ),
    Mistake(
        "added, not multiplied",
        "You add the weights to the pixels. What do a pixel and its weight make together in "
        "the formula?",
        {"a_slice_prev * W": "a_slice_prev + W"},
    ),
    Mistake(
        "first product only",
        "Only the first product arrives in your answer. Does your loop return before it has "
        "seen the whole window?",
        {"np.sum(products)": "products[0, 0, 0]"},
    ),
    Mistake(
        "last product only",
        "Only the last product arrives in your answer. Does each turn of your loop add to the "
        "total, or replace it?",
        {"np.sum(products)": "products[-1, -1, -1]"},
    ),
    Mistake(
        "last row and column forgotten",
        "Your sum leaves out the last row and the last column of the window. How far does "
        "range(n) run?",
        {"np.sum(products)": "np.sum(products[:-1, :-1])"},
    ),
    Mistake(
        "filter turned",
        "Your filter is turned by half a turn: which weight meets the pixel at the upper left?",
        {"* W": "* W[::-1, ::-1]"},
    ),
    Mistake(
        "negative answers cut off",
        "Your function turns every negative answer into 0. A negative answer says something "
        "too: the opposite of the pattern.",
        {"float(total) + bias": "max(float(total) + bias, 0.0)"},
    ),
    Mistake(
        "fraction cut off",
        "Your answers are whole numbers: something in your function cuts off the fraction.",
        {"float(total) + bias": "int(float(total) + bias)"},
    ),
)
