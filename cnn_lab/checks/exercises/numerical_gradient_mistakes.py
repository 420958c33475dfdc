"""What goes wrong in `numerical_gradient`: edits of the right answer, and whole functions."""

import numpy as np

from cnn_lab.checks.mistakes import Mistake

STEP = 1e-5
DOWN = "x[index] = old - step"
BACK = "        x[index] = old\n"


def _one_name_for_two(f, x):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x, x
        up[index] = x[index] + STEP
        down[index] = x[index] - STEP
        gradient[index] = (f(up) - f(down)) / (2 * STEP)
    return gradient


def _copied_before_the_loop(f, x):
    up, down = np.array(x, dtype=float), np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up[index] += STEP
        down[index] -= STEP
        gradient[index] = (f(up) - f(down)) / (2 * STEP)
    return gradient


def _rows(f, x):
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        up, down = np.array(x, dtype=float), np.array(x, dtype=float)
        up[i] += STEP
        down[i] -= STEP
        gradient[i] = (f(up) - f(down)) / (2 * STEP)
    return gradient


def _along(indices):
    """Return a function that visits what `indices` yields, and keeps each old value by name."""

    def gradient_along(f, x):
        x = np.array(x, dtype=float)
        gradient = np.zeros(x.shape)
        for index in indices(x):
            old = x[index]
            x[index] = old + STEP
            above = f(x)
            x[index] = old - STEP
            gradient[index] = (above - f(x)) / (2 * STEP)
            x[index] = old
        return gradient

    return gradient_along


def _by_steps(f, x):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += STEP
        above = f(x)
        x[index] -= 2 * STEP
        below = f(x)
        x[index] += STEP
        gradient[index] = (above - below) / (2 * STEP)
    return gradient


def _one_element(f, x):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        gradient[index] = (f(x[index] + STEP) - f(x[index] - STEP)) / (2 * STEP)
    return gradient


def _one_number(f, x):
    return (f(x + STEP) - f(x - STEP)) / (2 * STEP)


def _one_number_everywhere(f, x):
    return np.full(x.shape, (f(x + STEP) - f(x - STEP)) / (2 * STEP))


MISTAKES = (
    Mistake(
        "forward difference",
        "You look upwards only. It shows where a curve bends, and most of all at a kink: at which"
        " two places do you need f?",
        {DOWN: "x[index] = old", "2 * step": "step"},
    ),
    Mistake(
        "backward difference",
        "You look downwards only. It shows where a curve bends, and most of all at a kink: at which"
        " two places do you need f?",
        {"x[index] = old + step": "x[index] = old", "2 * step": "step"},
    ),
    Mistake(
        "divided by one step",
        "Your numbers are twice as large as they should be. How far apart are the two places at"
        " which you ask f?",
        {"(2 * step)": "step"},
    ),
    Mistake(
        "one-sided, divided by two steps",
        "Your numbers are half as large as they should be. One of your two places is x itself: is"
        " the element really lowered when you ask f?",
        {DOWN: "x[index] = old"},
    ),
    Mistake(
        "one-sided downwards, divided by two steps",
        "Your numbers are half as large as they should be. One of your two places is x itself: is"
        " the element really raised when you ask f?",
        {"x[index] = old + step": "x[index] = old"},
    ),
    Mistake(
        "brackets missing in the divisor",
        "Your numbers are nearly 0: `/ 2 * step` divides by 2 and then multiplies by the step."
        " What is the whole divisor?",
        {"(2 * step)": "2 * step"},
    ),
    Mistake(
        "brackets missing in the difference",
        "Your numbers are huge: only one of the two values of f is divided. Which part of the"
        " line has to come first?",
        {"(above - below)": "above - below"},
    ),
    Mistake(
        "not divided",
        "Your numbers are nearly 0: a slope is a difference of f divided by a distance. Where is"
        " the distance?",
        {" / (2 * step)": ""},
    ),
    Mistake(
        "sign reversed",
        "All your slopes have the wrong sign: from which of the two values do you take away which?",
        {"above - below": "below - above"},
    ),
    Mistake(
        "not put back",
        "An element that you have lowered stays lowered while you ask for the next one. What must"
        " be true of x when you begin with a new element?",
        {BACK: ""},
    ),
    Mistake(
        "not put back, upwards last",
        "An element that you have raised stays raised while you ask for the next one. What must be"
        " true of x when you begin with a new element?",
        {"step = 1e-5": "step = -1e-5", BACK: ""},
    ),
    Mistake(
        "copied once before the loop",
        "Your slopes pile up: each holds those of the elements before it, which are still nudged"
        " in your copies. When do you make the copies?",
        _copied_before_the_loop,
    ),
    Mistake(
        "one array under two names",
        "Every slope comes out as 0: f sees the same array both times. `up = x` makes a second"
        " name, not a second array.",
        _one_name_for_two,
    ),
    Mistake(
        "one element given to f",
        "You hand f one number, the nudged element. f wants an array of the shape of x, in which"
        " one element is moved and all others are as they were.",
        _one_element,
    ),
    Mistake(
        "all elements at once",
        "You nudge all elements at once and get one number, the sum of all slopes. For the slope"
        " of one element, which elements may move?",
        _one_number,
    ),
    Mistake(
        "all elements at once, in every place",
        "Every place holds the same number, the sum of all slopes. For the slope of one element,"
        " which elements may move?",
        _one_number_everywhere,
    ),
    Mistake(
        "whole rows nudged",
        "As soon as x has two axes you nudge whole rows: `x[i]` is then more than one element."
        " How do you visit every single element of any shape?",
        _rows,
    ),
    Mistake(
        "whole rows kept by name",
        "As soon as x has two axes `x[i]` is a whole row, and a name for it is no copy: it changes"
        " with x. How do you visit every single element of any shape?",
        _along(lambda x: range(len(x))),
    ),
    Mistake(
        "counted along one axis",
        "As soon as x has two axes your single index runs out: `x[i]` is then a whole row. How do"
        " you visit every single element of any shape?",
        _along(lambda x: range(x.size)),
    ),
    Mistake(
        "counted along two axes",
        "Your function expects two axes, rows and columns: x may have one, or four. How do you"
        " visit every element without knowing the number of axes?",
        _along(lambda x: np.ndindex(x.shape[0], x.shape[1])),
    ),
    Mistake(
        "returned inside the loop",
        "Only the first element has a slope, the others are 0: how far is your `return` indented?",
        {"    return gradient": "        return gradient"},
    ),
    Mistake(
        "nudged as whole numbers",
        "With whole numbers in x your nudge gets lost: an array of ints cuts 2.99999 down to 2. In"
        " which number type do you work?",
        {"np.array(x, dtype=float)": "np.array(x)"},
    ),
    Mistake(
        "nudged as whole numbers, by steps",
        "With whole numbers in x your nudges get lost, and x does not come back to where it was:"
        " an array of ints cuts 2.99999 down to 2. In which number type do you work?",
        _by_steps,
    ),
    Mistake(
        "slopes cut to whole numbers",
        "With whole numbers in x your slopes lose their fractions: which number type does your"
        " array of results get?",
        {
            "np.array(x, dtype=float)": "np.array(x)",
            "np.zeros(x.shape)": "np.zeros_like(x)",
            "old = x[index]": "old = x[index]; x = x.astype(float)",
        },
    ),
    *(
        Mistake(
            f"step of {size}",
            f"Your slopes are near, but not near enough: they are those of a step of {size}. On a"
            " curve a slope is a matter of the very near neighbourhood.",
            {"step = 1e-5": f"step = {size}"},
        )
        for size in ("0.1", "0.01", "0.001")
    ),
    *(
        Mistake(
            f"step of {size}",
            f"Your slopes are near, but not near enough: with a step of {size} the two values of f"
            " differ only in their last digits, and those are rounded.",
            {"step = 1e-5": f"step = {size}"},
        )
        for size in ("1e-9", "1e-10")
    ),
)
