"""Lesson 01: one window, one filter, one number."""

import numpy as np

from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.exercises.bend import bend_of_the_nought, fair_filter
from cnn_lab.checks.exercises.filter_design import balanced_task
from cnn_lab.checks.exercises.filter_search import best_place_task
from cnn_lab.checks.mistakes import Mistake

# ---- predict two answers ----


def _two_numbers(prediction):
    return np.shape(prediction) == (2,)


predict_single_step = Question(
    name="predict_single_step",
    lesson="01",
    title="predict two answers",
    right=((-1, 1),),
    requirements=(
        Requirement(
            "a pair",
            _two_numbers,
            "Give two numbers, as in (3, 4): the answer of filter 1, then the answer of filter 2.",
            wrong=(5,),
        ),
        Requirement(
            "a pair",
            lambda p: tuple(p) != (1, -1),
            "That is what the filters answer at the top left. Which window is asked for? If you "
            "took the right one, look at both signs, and at the order.",
            wrong=((1, -1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] != 3,
            "Filter 1: you added all the pixels. A weight of −1 makes a bright pixel count "
            "against, not for.",
            wrong=((3, 1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] != 1,
            "Filter 1: the size is right, the sign is not. Which column counts for, which against?",
            wrong=((1, 1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] == -1,
            "Filter 1: add up the left column and the right column of the window, then compare.",
            wrong=((2, 1),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] != 3,
            "Filter 2: you added all the pixels. A weight of −1 makes a bright pixel count "
            "against, not for.",
            wrong=((-1, 3),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] != -1,
            "Filter 2: the size is right, the sign is not. Which row counts for, which against?",
            wrong=((-1, -1),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] == 1,
            "Filter 2: add up the upper row and the lower row of the window, then compare.",
            wrong=((-1, 0),),
        ),
    ),
    praise="The right is brighter by one, and so is the top.",
)


# ---- conv_single_step ----


def conv_single_step(a_slice_prev, W, b):
    """Return the answer of one filter at one window."""
    products = a_slice_prev * W
    total = np.sum(products)
    bias = np.asarray(b).item()
    return float(total) + bias


def _float_of_an_array(a_slice_prev, W, b):
    """What NumPy 2.4 makes of ``float(Z)`` where the bias is an array."""
    if np.ndim(b) > 0:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
    return float(np.sum(a_slice_prev * W) + b)


def _single_step_cases():
    rng = np.random.default_rng(101)

    def window_and_filter(*shape):
        return rng.normal(size=shape), rng.normal(size=shape)

    whole = rng.integers(1, 9, size=(2, 4, 3)), rng.integers(-5, 5, size=(2, 4, 3))
    return [
        Case("one channel", (*window_and_filter(2, 3, 1), 0)),
        Case("channels", (*window_and_filter(3, 2, 4), 0)),
        Case("channels", (*window_and_filter(2, 3, 3), 0)),
        Case("bias", (np.ones((2, 3, 4)), np.full((2, 3, 4), 2.0), 5), "ones, twos and b = 5"),
        Case("bias", (*window_and_filter(4, 2, 3), -7.25)),
        Case("bias in an array", (*window_and_filter(5, 2, 3), rng.normal(size=(1, 1, 1)))),
        Case("whole numbers", (*whole, 3)),
        Case("float32", (*(a.astype(np.float32) for a in window_and_filter(3, 4, 2)), 0.5)),
    ]


def _single_step_window(case, output, index):
    a_slice_prev, W, b = case.arguments
    height, width, channels = a_slice_prev.shape
    total = np.sum(a_slice_prev * W)
    return Window(
        picture=a_slice_prev[:, :, 0],
        frame=(0, 0, height, width),
        title=f"a_slice_prev, channel 0 of {channels}",
        text=f"the {a_slice_prev.size} products of all channels add up to {total:.4g}, "
        f"plus the bias {np.asarray(b).item():.4g}",
    )


BIAS_ONCE = "The bias is one number, added once for the whole window."
ONE_NUMBER = "One filter gives one number at one window, whatever the number of channels."
TWO_KINDS_OF_BIAS = "Read again which kinds of b the exercise names."

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


def _real_bend():
    return bend_of_the_nought()[:, :, np.newaxis], fair_filter()[:, :, np.newaxis], 0


def _draw_bend(answer):
    from cnn_lab import plots

    return plots.images(
        [bend_of_the_nought(), 255 * (fair_filter() > 0)],
        titles=["bend of a nought", "filter: 30 and −5"],
        limits=(0, 255),
        title=f"Your function answers {answer:,.0f} where the bend lies on the filter",
        alt="A 7 by 7 window at the upper left bend of a handwritten nought, and the bend filter, "
        f"30 along a bend and -5 elsewhere. Your function's answer is {answer:,.0f}.",
    )


conv_single_step_task = Task(
    name="conv_single_step",
    lesson="01",
    title="write `conv_single_step`",
    answer=conv_single_step,
    cases=_single_step_cases,
    outputs=("Z",),
    mistakes=SINGLE_STEP_MISTAKES,
    window=_single_step_window,
    showcase=Showcase(_real_bend, _draw_bend),
)

EXERCISES = (predict_single_step, conv_single_step_task, balanced_task, best_place_task)
