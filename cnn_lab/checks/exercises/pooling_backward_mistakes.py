"""What goes wrong in the backward pass of pooling.

Most learners find the winner of a window by comparing with the maximum, some with `argmax`. The two
ways differ where numbers tie, so the most probable mistakes are listed in both forms.
"""

from cnn_lab.checks.exercises.pooling_backward_winners import (
    F_AND_STRIDE,
    MASKS,
    OVERWRITTEN,
    PAYMENTS,
    SLICES_EXCHANGED,
)
from cnn_lab.checks.mistakes import Mistake

_COMMON = (
    Mistake(
        "= for +=",
        "Where windows overlap, your last window wipes out what the pixel was paid before. What"
        " happens to gradients that meet in one number?",
        {"c] += share": "c] = share"},
    ),
    Mistake(
        "average not divided",
        "In average mode every pixel of your window receives the whole gradient. What slope has the"
        " mean with respect to one of its numbers?",
        {"dA[i, h, w, c] / (f * f)": "dA[i, h, w, c]"},
    ),
    Mistake(
        "divided by f only",
        "Your shares of an average are too large by the factor f. How many pixels does a window"
        " hold?",
        {"(f * f)": "f"},
    ),
    Mistake(
        "divided by the number of windows",
        "In average mode you divide by the number of windows, n_H times n_W. Among how many pixels"
        " does one window share its gradient?",
        {"(f * f)": "(dA.shape[1] * dA.shape[2])"},
    ),
    Mistake(
        "stride missing",
        "Your windows advance by one pixel, whatever the stride. Right only at stride 1: where does"
        " window (h, w) begin?",
        {"h * stride, h * stride + f": "h, h + f", "w * stride, w * stride + f": "w, w + f"},
    ),
    Mistake(
        "mode ignored",
        "You hand back as for max pooling in average mode too. Is `mode` looked at anywhere?",
        {'if mode == "max":': "if True:"},
    ),
    Mistake(
        "dA at the window's corner",
        "You read dA at the upper left pixel of the window. dA holds one number for every window:"
        " by what is it indexed?",
        {
            "mask * dA[i, h, w, c]": "mask * dA[i, rows.start, columns.start, c]",
            "dA[i, h, w, c] / (f * f)": "dA[i, rows.start, columns.start, c] / (f * f)",
        },
    ),
    Mistake(
        "block of dA",
        "You cut a block out of dA, as out of A_prev. Every window gets back one number, not a"
        " window of numbers.",
        {
            "mask * dA[i, h, w, c]": "mask * dA[i, rows, columns, c]",
            "dA[i, h, w, c] / (f * f)": "dA[i, rows, columns, c] / (f * f)",
        },
    ),
    Mistake(
        "dA at the window's corner, max only",
        "In max mode you read dA at the upper left pixel of the window. dA holds one number for"
        " every window: by what is it indexed?",
        {"mask * dA[i, h, w, c]": "mask * dA[i, rows.start, columns.start, c]"},
    ),
    Mistake(
        "block of dA, max only",
        "In max mode you cut a block out of dA, as out of A_prev. Every window gets back one"
        " number, not a window of numbers.",
        {"mask * dA[i, h, w, c]": "mask * dA[i, rows, columns, c]"},
    ),
    *OVERWRITTEN,
    *SLICES_EXCHANGED,
    Mistake(
        "like A_prev",
        "When A_prev holds whole numbers, your result cannot take fractions. Which type does an"
        " array made like A_prev have?",
        {"np.zeros(A_prev.shape)": "np.zeros_like(A_prev)"},
    ),
)

_LOOPS = (
    Mistake(
        "steps by f",
        "Your windows stand side by side, as if the stride were always f. They may overlap or leave"
        " gaps: which of the two numbers is the step?",
        {
            "h * stride, h * stride + f": "h * f, h * f + f",
            "w * stride, w * stride + f": "w * f, w * f + f",
        },
    ),
    Mistake(
        "stride missing for rows",
        "Your columns advance by the stride, your rows by one pixel.",
        {"h * stride, h * stride + f": "h, h + f"},
    ),
    Mistake(
        "stride missing for columns",
        "Your rows advance by the stride, your columns by one pixel.",
        {"w * stride, w * stride + f": "w, w + f"},
    ),
    Mistake(
        "always average",
        "You share the gradient out in max mode too. Is `mode` looked at, and spelt right?",
        {'if mode == "max":': "if False:"},
    ),
    Mistake(
        "modes exchanged",
        "Your two modes are exchanged: max shares out, average pays the winner.",
        {'mode == "max":': 'mode != "max":'},
    ),
    Mistake(
        "average pays nobody",
        "In average mode your result holds nothing but zeros. Is the word for the mode spelt as in"
        " the exercise?",
        {"share = np.full((f, f), dA[i, h, w, c] / (f * f))": "share = 0"},
    ),
    Mistake(
        "default is average",
        "Without a `mode`, your function shares out as for an average. Which mode is agreed on when"
        " none is given?",
        {'mode="max"': 'mode="average"'},
    ),
    Mistake(
        "stride as the window",
        "Your windows are as wide as the stride. How far a window reaches and how far it advances"
        " are two different numbers.",
        {
            "h * stride + f": "h * stride + stride",
            "w * stride + f": "w * stride + stride",
        },
    ),
    Mistake(
        "window one too short",
        "Your windows lack their last row and column. Does a slice in Python hold its end?",
        {
            "h * stride + f": "h * stride + f - 1",
            "w * stride + f": "w * stride + f - 1",
        },
    ),
    Mistake(
        "first image only",
        "Only the first image gets a gradient back. Does a loop over the images lack, or a `return`"
        " stand inside of it?",
        {"np.ndindex(dA.shape)": "np.ndindex(1, *dA.shape[1:])"},
    ),
    Mistake(
        "first channel only",
        "Only the first channel gets a gradient back. How many channels does dA have?",
        {"np.ndindex(dA.shape)": "np.ndindex(*dA.shape[:3], 1)"},
    ),
    Mistake(
        "returns after the first row",
        "Only the first row of windows pays. Look at how far your `return` is indented.",
        {"np.ndindex(dA.shape)": "np.ndindex(1, 1, *dA.shape[2:])"},
    ),
    Mistake(
        "returns after the first window",
        "Only the first window of the first image pays. In which of your loops does the `return`"
        " stand?",
        {"np.ndindex(dA.shape)": "np.ndindex(1, 1, 1, dA.shape[3])"},
    ),
    Mistake(
        "returns after the first payment",
        "Only one window pays, in one channel: your `return` stands in the innermost loop.",
        {"\n    return dA_prev": "\n        return dA_prev"},
    ),
    Mistake(
        "one window for every pixel",
        "You loop over the pixels of A_prev, and run out of the picture. There are as many windows"
        " as there are numbers in dA.",
        {"np.ndindex(dA.shape)": "np.ndindex(A_prev.shape)"},
    ),
    Mistake(
        "zeros like dA",
        "Your array of zeros has the shape of dA. A gradient has the shape of the array it belongs"
        " to: what went into the pooling?",
        {"np.zeros(A_prev.shape)": "np.zeros(dA.shape)"},
    ),
    Mistake(
        "rows and columns exchanged",
        "Your rows follow w and your columns follow h. Which axis of dA counts the windows down?",
        {
            "mask * dA[i, h, w, c]": "mask * dA[i, w, h, c]",
            "dA[i, h, w, c] / (f * f)": "dA[i, w, h, c] / (f * f)",
        },
    ),
    Mistake(
        "left-over pixels cut off",
        "Your result ends where the last window ends. The gradient has the shape of A_prev; what do"
        " pixels get that no window saw?",
        {
            "np.zeros(A_prev.shape)": (
                "np.zeros((len(dA), *((n - 1) * stride + f for n in dA.shape[1:3]), dA.shape[3]))"
            )
        },
    ),
    Mistake(
        "whole numbers cut",
        "When A_prev holds whole numbers, your gradients lose their fractions. Which type does your"
        " array of zeros have?",
        {
            "np.zeros(A_prev.shape)": "np.zeros_like(A_prev)",
            "dA_prev[i, rows, columns, c] += share": (
                "dA_prev[i, rows, columns, c] = dA_prev[i, rows, columns, c] + share"
            ),
        },
    ),
)

_FIRST = {
    "mask = window == window.max()": (
        "mask = np.arange(window.size).reshape(window.shape) == window.argmax()"
    )
}

_NO_OFFSET = (
    "The place that argmax gives counts from the corner of the window, and you use it in the"
    " whole map: your payments all land at the upper left."
)


def _no_offset(paid):
    """Return the edits of a place in the window that is taken for one in the map."""
    place = 'dA_prev[(i, rows, columns, c) if mode != "max" else np.s_[i, :f, :f, c]]'
    return _FIRST | {"dA_prev[i, rows, columns, c] += share": place + paid}


POOL_MISTAKES = (
    *_COMMON,
    *MASKS,
    *PAYMENTS,
    *_LOOPS,
    *F_AND_STRIDE,
    Mistake(
        "argmax without the window's offset",
        _NO_OFFSET + " Where does window (h, w) begin?",
        _no_offset(" += share"),
    ),
    Mistake(
        "argmax without the window's offset, = for +=",
        _NO_OFFSET + " Where does window (h, w) begin? After that, mind your `=`.",
        _no_offset("[mask if mode == 'max' else ...] = share[mask if mode == 'max' else ...]"),
    ),
    *(
        Mistake(
            f"{mistake.name}, first winner",
            f"{mistake.hint} Paying the first of tied winners is fine.",
            {**mistake.wrong, **_FIRST},
        )
        for mistake in _COMMON
    ),
)
