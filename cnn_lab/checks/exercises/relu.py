"""Lesson 04: ReLU."""

import numpy as np

from cnn_lab import reference
from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task
from cnn_lab.checks.mistakes import Mistake

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # answers to upright edges

WHERE_NOT_HOW_MUCH = "That says *where* x is positive; ReLU keeps how large it is."
ANY_SHAPE = "The comparison x > 0 needs no loop: it has the shape of x, whatever that is."


def relu(x):
    """Return x where it is positive, 0 elsewhere."""
    return np.maximum(x, 0)


MISTAKES = (
    Mistake(
        "negative part kept",
        "You keep the negative numbers and silence the positive ones: which of them pass?",
        {"np.maximum(x, 0)": "np.minimum(x, 0)"},
    ),
    Mistake(
        "one question to the whole array",
        "x is an array: `if`, `max` or `and` ask it for a single yes or no, but each of its numbers"
        " has an answer of its own. Decide number by number, by means of the array x > 0.",
        {"return np.maximum(x, 0)": "return max(x, 0)"},
    ),
    Mistake(
        "loop over one axis",
        "It works for a row of numbers. In an array with more axes x[i] is itself an array, which"
        f" is neither positive nor negative. {ANY_SHAPE}",
        {"return np.maximum(x, 0)": "return np.array([max(number, 0.0) for number in x])"},
    ),
    Mistake(
        "loops over two axes",
        f"It works for a matrix only: two loops know two axes, x may have any number. {ANY_SHAPE}",
        {"return np.maximum(x, 0)": "n_H, n_W = x.shape\n    return np.maximum(x, 0)"},
    ),
    Mistake(
        "two sizes looked up",
        f"It works for a matrix only: a row of numbers has no x.shape[1]. {ANY_SHAPE}",
        {"return np.maximum(x, 0)":
         "rows, columns = range(x.shape[0]), range(x.shape[1])\n"
         "    return np.array([[max(x[h, w], 0.0) for w in columns] for h in rows])"},
    ),
    Mistake(
        "loop over the numbers of a row",
        "It works for a matrix only: in a single row each x[i] is a number, which has no length and"
        f" nothing to loop over. {ANY_SHAPE}",
        {"return np.maximum(x, 0)":
         "return np.array([[max(number, 0.0) for number in row] for row in x])"},
    ),
    Mistake(
        "loops over four axes",
        "It works for a batch of images only: your loops want four axes, x may have any number."
        f" {ANY_SHAPE}",
        {"return np.maximum(x, 0)": "m, n_H, n_W, n_C = x.shape\n    return np.maximum(x, 0)"},
    ),
    Mistake(
        "ones for positive numbers",
        f"You return 1 where x is positive. {WHERE_NOT_HOW_MUCH}",
        {"np.maximum(x, 0)": "(x > 0) * 1.0"},
    ),
    Mistake(
        "ones from zero on",
        f"You return 1 where x is not negative. {WHERE_NOT_HOW_MUCH}",
        {"np.maximum(x, 0)": "(x >= 0) * 1.0"},
    ),
    Mistake(
        "np.max in place of np.maximum",
        "np.max(x, 0) finds the largest number along axis 0. You want, number by number, the larger"
        " of it and 0: another function.",
        {"np.maximum(x, 0)": "np.max(x, 0)"},
    ),
    Mistake(
        "absolute value",
        "You turn −2 into 2. ReLU does not turn negative numbers over: what should become of them?",
        {"np.maximum(x, 0)": "np.abs(x)"},
    ),
    Mistake(
        "sign turned first",
        "Your numbers are those of ReLU of −x: look at the signs once more.",
        {"np.maximum(x, 0)": "np.maximum(-x, 0)"},
    ),
    Mistake(
        "negative numbers dropped",
        "You drop the negative numbers altogether. They keep their places: something else stands"
        " there then.",
        {"np.maximum(x, 0)": "x[x > 0]"},
    ),
    Mistake(
        "cut off at 1",
        "Your numbers never get larger than 1. Is there an upper bound in the formula?",
        {"np.maximum(x, 0)": "np.clip(x, 0, 1)"},
    ),
    Mistake(
        "leaky",
        "Negative numbers still leak through, made smaller. ReLU lets none of them pass.",
        {"np.maximum(x, 0)": "np.where(x > 0, x, 0.01 * x)"},
    ),
    Mistake(
        "sigmoid",
        "That is the sigmoid, which squeezes every number between 0 and 1. Look at the other curve"
        " of the figure.",
        {"np.maximum(x, 0)": "1 / (1 + np.exp(-x))"},
    ),
    Mistake(
        "larger than 1",
        "Your smallest number is 1: with which number is each x compared?",
        {"np.maximum(x, 0)": "np.maximum(x, 1)"},
    ),
)


def _relu_cases():
    rng = np.random.default_rng(40)
    single = np.random.default_rng(41).normal(size=(4, 3, 2)).astype(np.float32)
    return [
        Case("positive", (rng.uniform(0.5, 4, size=5),), "five positive numbers"),
        Case("negative", (rng.uniform(-4, -0.5, size=6),), "six negative numbers"),
        Case("both signs", (np.array([-2.5, 3.0, -0.25, 0.5, 7.25, -4.0]),), "three of each sign"),
        Case("zero", (np.array([1.5, 0.0, -1.5, 0.0, 2.5]),), "a row with two zeros"),
        Case("a matrix", (rng.normal(size=(3, 5)),)),
        Case("a batch", (rng.normal(size=(2, 4, 3, 5)),)),
        Case("input of float32", (single,), "an array of float32, (4, 3, 2)"),
    ]


def _edges(image):
    W, b = SOBEL.reshape(3, 3, 1, 1), np.zeros((1, 1, 1, 1))
    return reference.conv_forward(image.reshape(1, 28, 28, 1), W, b, {"stride": 1, "pad": 0})[0]


def _edges_of_a_seven():
    return (_edges(digit(0)),)


def _draw_bent(bent):
    from cnn_lab import plots

    before, bent = _edges(digit(0))[0], np.asarray(bent)[0]
    return plots.feature_maps(
        np.concatenate([before, bent], axis=-1),
        titles=["before", "after"],
        signed=True,
        title="ReLU keeps the left flanks of a 7 and silences the right ones",
        alt="The vertical Sobel map of a handwritten 7, from "
        f"{number(before.min())} to {number(before.max())}, and the same after ReLU, from "
        f"{number(bent.min())} to {number(bent.max())}: red stays, blue has become white.",
    )


relu_task = Task(
    "relu",
    lesson="04",
    title="write relu",
    answer=relu,
    cases=_relu_cases,
    outputs=("A",),
    mistakes=MISTAKES,
    showcase=Showcase(_edges_of_a_seven, _draw_bent),
)
