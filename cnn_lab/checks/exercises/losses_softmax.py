"""What goes wrong in softmax.

A wrong sum often comes with a wrong maximum or with none, so it is listed in each of these forms.
"""

import numpy as np

from cnn_lab import losses
from cnn_lab.checks.mistakes import Mistake, edited


def naive_softmax(scores):
    """Overflow: the exponentials of the scores as they are."""
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _into_zeros_like(scores):
    probabilities = np.zeros_like(scores)
    for i, row in enumerate(scores):
        exponentials = np.exp(row - row.max())
        probabilities[i] = exponentials / exponentials.sum()
    return probabilities


def _quotient_in_the_power(scores):
    return np.exp(scores / np.exp(scores).sum(axis=1, keepdims=True))


def _log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


_EVERYTHING = (
    "All your probabilities together add up to 1. Every image needs probabilities of its own:"
    " over which numbers does the sum in the formula run?"
)
_COLUMNS = (
    "Your columns add up to 1, the rows do not. One image is one row: along which axis do its"
    " scores lie?"
)
_NO_COLUMN = (
    "Look at the shape of your sum over the rows: with (m,), NumPy lays the sums along the rows"
    " instead of one beside each row. A square batch does not even raise."
)
_OVERFLOW = (
    "Scores of 1000 come out as nan, and so do scores of -1000: e^1000 is inf and e^-1000 is 0."
    " Only differences of scores count: what can you take away first?"
)
_ALSO = " The same holds for your maximum."
_NEXT = " After that, mind the scores of 1000: your exponentials overflow."
_PYTHONS_MAX = (
    "Python's max compares whole rows of an array with each other, and cannot say which is larger."
    " Which maximum of NumPy takes an axis, and along which axis lie the scores of an image?"
)
_IN_THE_SUM = (
    "You add {:.4g} to the sum, and the rows do not quite add up to 1. Can the sum become 0, when"
    " the largest score has become 0 before the exponential?"
)
_ROUNDED = "Your probabilities are rounded to {} decimals. Return all digits; round when you print."
_SUM, _MAX = "exponentials.sum(axis=1, keepdims=True)", "scores.max(axis=1, keepdims=True)"

SOFTMAX = (
    Mistake("no maximum subtracted", _OVERFLOW, naive_softmax),
    Mistake("sum over everything", _EVERYTHING, {_SUM: "exponentials.sum()"}),
    Mistake(
        "sum over everything, maximum too",
        _EVERYTHING + _ALSO,
        {_SUM: "exponentials.sum()", _MAX: "scores.max()"},
    ),
    Mistake(
        "sum over everything, no maximum",
        _EVERYTHING + _NEXT,
        edited(naive_softmax, {_SUM: "exponentials.sum()"}, "sum over everything"),
    ),
    Mistake("sum over columns", _COLUMNS, {_SUM: "exponentials.sum(axis=0)"}),
    Mistake(
        "sum and maximum over columns",
        _COLUMNS + _ALSO,
        {_SUM: "exponentials.sum(axis=0)", _MAX: "scores.max(axis=0)"},
    ),
    Mistake(
        "sum over columns, maximum of everything",
        _COLUMNS + " And whose maximum do you take away?",
        {_SUM: "exponentials.sum(axis=0)", _MAX: "scores.max()"},
    ),
    Mistake(
        "sum over columns, no maximum",
        _COLUMNS + _NEXT,
        edited(naive_softmax, {_SUM: "exponentials.sum(axis=0)"}, "sum over columns"),
    ),
    Mistake("sum without keepdims", _NO_COLUMN, {_SUM: "exponentials.sum(axis=1)"}),
    Mistake(
        "sum and maximum without keepdims",
        _NO_COLUMN + _ALSO,
        {_SUM: "exponentials.sum(axis=1)", _MAX: "scores.max(axis=1)"},
    ),
    Mistake(
        "sum without keepdims, maximum of everything",
        _NO_COLUMN + " And whose maximum do you take away?",
        {_SUM: "exponentials.sum(axis=1)", _MAX: "scores.max()"},
    ),
    Mistake(
        "sum without keepdims, no maximum",
        _NO_COLUMN + _NEXT,
        edited(naive_softmax, {_SUM: "exponentials.sum(axis=1)"}, "sum without keepdims"),
    ),
    Mistake(
        "maximum without keepdims",
        "Look at the shape of your maxima: with (m,), NumPy lays them along the rows, and each"
        " column loses a number of its own instead of each row.",
        {_MAX: "scores.max(axis=1)"},
    ),
    Mistake(
        "maximum of the whole batch",
        "A row far below the largest score of the batch becomes 0/0 = nan: all its exponentials"
        " underflow. Whose largest score should become 0?",
        {_MAX: "scores.max()"},
    ),
    Mistake(
        "maximum of each column",
        "You take away another number from each column, and that changes the differences within a"
        " row. Which maximum leaves them as they are?",
        {_MAX: "scores.max(axis=0)"},
    ),
    Mistake("Python's max", _PYTHONS_MAX, {_MAX: "max(scores)"}),
    Mistake(
        "Python's max and sum",
        _PYTHONS_MAX + " The same holds for your sum.",
        {_MAX: "max(scores)", _SUM: "sum(exponentials)"},
    ),
    *(
        Mistake(
            f"{tiny:.4g} in the sum",
            _IN_THE_SUM.format(tiny),
            {f"/ {_SUM}": f"/ ({_SUM} + {tiny})"},
        )
        for tiny in (1e-3, 1e-4)
    ),
    *(
        Mistake(
            f"{tiny:.4g} in the sum, no maximum",
            f"You add {tiny:.4g} to the sum, and the rows do not quite add up to 1." + _NEXT,
            edited(naive_softmax, {f"/ {_SUM}": f"/ ({_SUM} + {tiny})"}, "in the sum"),
        )
        for tiny in (1e-3, 1e-4)
    ),
    *(
        Mistake(
            f"rounded to {decimals}",
            _ROUNDED.format(decimals),
            {f"exponentials / {_SUM}": f"np.round(exponentials / {_SUM}, {decimals})"},
        )
        for decimals in (2, 3, 4, 5)
    ),
    Mistake(
        "divided by the maximum",
        "You divide the scores by their maximum. That changes their differences; taking it away"
        " leaves them.",
        {"scores - highest": "scores / highest"},
    ),
    Mistake(
        "minimum subtracted",
        "In a row from -4000 to 1000 your exponents are still too large: which score must become 0"
        " so that none is above it?",
        {_MAX: "scores.min(axis=1, keepdims=True)"},
    ),
    Mistake(
        "exponential forgotten",
        "Your numbers are negative scores divided by their sum. What makes every score positive"
        " before you divide?",
        {"np.exp(scores - highest)": "scores - highest"},
    ),
    Mistake(
        "scores divided by their sum",
        "You divide the scores themselves by their sum, and a negative score stays negative. What"
        " comes before the division?",
        edited(naive_softmax, {"np.exp(scores)": "scores"}, "no exponential"),
    ),
    Mistake(
        "division in the power",
        "You divide the score by the sum and take e to the power of that. In the formula, what"
        " stands above the line?",
        _quotient_in_the_power,
    ),
    Mistake(
        "sigmoid of each score",
        "Each of your numbers depends on its own score alone, and a row does not add up to 1: that"
        " is a sigmoid. Where do the other scores of the row come in?",
        lambda scores: 1 / (1 + np.exp(-scores.astype(float))),
    ),
    Mistake(
        "logarithm of the probabilities",
        "Your numbers are negative: they are the logarithms of the probabilities. Here the"
        " probabilities themselves are wanted.",
        _log_softmax,
    ),
    Mistake(
        "powers of 2",
        "One point ahead makes a class twice as probable in your result; it should be e = 2.718"
        " times. Which number is raised to the power of the score?",
        {"np.exp(": "np.exp2("},
    ),
    Mistake(
        "not divided",
        "Your numbers are positive, but a row does not add up to 1. The largest is always 1: what"
        " is missing after the exponentials?",
        {f" / {_SUM}": ""},
    ),
    Mistake(
        "nan replaced",
        "Rows with scores of ±1000 come out as 0: replacing nan hides the overflow, and such a row"
        " does not add up to 1. How can the overflow be avoided?",
        lambda scores: np.nan_to_num(naive_softmax(scores)),
    ),
    Mistake(
        "scores clipped",
        "Scores of 1000, 1002 and 999 come out equal: clipping hides the overflow and loses the"
        " differences. What leaves all differences as they are?",
        lambda scores: naive_softmax(np.clip(scores, -500, 500)),
    ),
    Mistake(
        "result of whole numbers",
        "With whole scores your result is all 0 and 1: zeros_like of an array of whole numbers"
        " holds whole numbers, and cuts the fractions off.",
        _into_zeros_like,
    ),
    Mistake(
        "only the first row",
        "You return the probabilities of the first image only. Does your return stand inside the"
        " loop?",
        lambda scores: losses.softmax(scores[0]),
    ),
)
