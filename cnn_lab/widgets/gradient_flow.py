"""The gradient on its way back through a convolution: what each number of dZ hands to dA and dW."""

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.geometry import output_size, pair
from cnn_lab.reference import conv_backward
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module
from cnn_lab.widgets.convolution_stepper import (
    LARGEST_IMAGE,
    LARGEST_KERNEL,
    LEFT_MINUS_RIGHT,
    LETTER_N,
)
from cnn_lab.widgets.inputs import rows_in_words, small_matrix

LESSON_05 = ((-1, 2, 0), (0, 0, 0), (-1, 0, 0))
MOST_WITH_NUMBERS = 12  # rows and columns in the preview; larger ones are pictures


class GradientFlow(LabWidget):
    """Show how each output's gradient spreads into dA_prev, dW and db (lesson 05).

    Point at a number of dZ, step with the arrow keys, Home and End, play with the space bar: its
    window of dA_prev, and dW, receive what this one number hands back.

    Parameters
    ----------
    image : array_like of shape (n_H_prev, n_W_prev), optional
        Up to 32 by 32 numbers; the letter N when left out.
    kernel : array_like of shape (f_H, f_W), optional
        Up to 7 by 7 weights; left minus right when left out.
    gradient : array_like of shape (n_H, n_W), optional
        dZ, a number for each output. When left out: that of lesson 05 for the lesson's own image
        and kernel, and ones otherwise (the gradient of the sum of all outputs).
    stride : int or pair of int
    backward : callable, optional
        Your own ``conv_backward(dZ, cache)``: its dA_prev, dW and db are shown too, and marked
        where they are not those of the reference. It gets one image with one channel, no padding.

    Attributes
    ----------
    position : list of int
        Row and column of the number of dZ that is looked at.
    shown : {"one", "so far", "all"}
        What dA_prev and dW hold: the share of this one window, that of all windows up to here in
        reading order, or that of all.
    dA, dW, db : ndarray
        The finished gradients, of the reference.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or shapes do not fit together.

    Examples
    --------
    >>> GradientFlow(position=[0, 1])
    GradientFlow: dZ[0, 1] is 2: 2 times the filter is added to rows 0 to 1, columns 1 to 2 of \
dA_prev, and 2 times that window to dW. dW so far: −1, 0; 1, −1. db so far: 1.
    """

    _esm = module("gradient_flow.js")
    image = Array()
    kernel = Array()
    gradient = Array()
    dA = Array()
    dW = Array()
    db = Array()
    own_dA = Array()
    own_dW = Array()
    own_db = Array()
    stride = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)
    own = traitlets.Bool(False).tag(sync=True)
    position = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    shown = traitlets.Enum(("one", "so far", "all"), "so far").tag(sync=True)

    def __init__(self, image=None, kernel=None, gradient=None, stride=1, *, backward=None,
                 **options):
        lesson = image is None and kernel is None
        image = small_matrix(LETTER_N if image is None else image, "image", LARGEST_IMAGE)
        kernel = LEFT_MINUS_RIGHT if kernel is None else kernel
        kernel = small_matrix(kernel, "kernel", LARGEST_KERNEL)
        steps = pair(stride, "stride")
        sides = zip(image.shape, kernel.shape, steps, strict=True)
        self._shape = tuple(output_size(n, f, stride=s) for n, f, s in sides)
        if gradient is None:
            gradient = LESSON_05 if lesson and self._shape == (3, 3) else np.ones(self._shape)
        gradient = small_matrix(gradient, "gradient", LARGEST_IMAGE)
        if gradient.shape != self._shape:
            raise ValueError(
                f"gradient must have the shape of the output, {self._shape}, got {gradient.shape}"
            )
        if backward is not None and not callable(backward):
            raise TypeError(f"backward must be a function, got {type(backward).__name__}")
        self._backward = backward
        super().__init__(image=image, kernel=kernel, gradient=gradient, stride=list(steps),
                         own=backward is not None, **options)
        self.answer()

    @traitlets.validate("position")
    def _within(self, proposal):
        place = proposal.value
        if len(place) != 2:
            raise traitlets.TraitError(f"position must be a row and a column, got {place}")
        return [max(0, min(n - 1, i)) for i, n in zip(place, self._shape, strict=True)]

    def compute(self):
        """Work out the finished gradients: with the reference, and with the learner's function."""
        self.dA, self.dW, self.db = self._matrices(conv_backward, self.gradient)
        if self._backward is not None:
            self.own_dA = self.own_dW = self.own_db = ()
            self.own_dA, self.own_dW, self.own_db = self._matrices(self._backward, self.gradient)

    def _matrices(self, backward, gradient):
        """Call a conv_backward; return dA_prev, dW and db as matrices, or say what they are not."""
        A_prev = np.array(self.image[np.newaxis, ..., np.newaxis], dtype=float)
        W = np.array(self.kernel[..., np.newaxis, np.newaxis], dtype=float)
        b = np.zeros((1, 1, 1, 1))
        down, right = self.stride
        hparameters = {"stride": down if down == right else (down, right), "pad": 0}
        dZ = np.array(gradient[np.newaxis, ..., np.newaxis], dtype=float)
        expected = {"dA_prev": A_prev.shape, "dW": W.shape, "db": b.shape}
        answer = backward(dZ, (A_prev, W, b, hparameters))
        if not isinstance(answer, (tuple, list)) or len(answer) != 3:
            raise TypeError(f"backward must return dA_prev, dW and db, got {answer!r:.60}")
        found = [np.asarray(part, dtype=float) for part in answer]
        for (name, shape), part in zip(expected.items(), found, strict=True):
            if part.shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {part.shape}")
        dA, dW, db = found
        return dA[0, :, :, 0], dW[:, :, 0, 0], db[0, :, :, 0]

    def describe(self):
        (h, w), (f_H, f_W), (s_H, s_W) = self.position, self.kernel.shape, self.stride
        value = f"{self.gradient[h, w]:.4g}".replace("-", "\N{MINUS SIGN}")
        if self.gradient[h, w] == 0:
            return f"dZ[{h}, {w}] is 0: it hands nothing back.{self._sums()}{self._verdict()}"
        return (
            f"dZ[{h}, {w}] is {value}: {value} times the filter is added to rows {h * s_H} to"
            f" {h * s_H + f_H - 1}, columns {w * s_W} to {w * s_W + f_W - 1} of dA_prev, and"
            f" {value} times that window to dW.{self._sums()}{self._verdict()}"
        )

    def _sums(self):
        """Say what dW and db hold, as the page shows them."""
        _, dW, db = self._matrices(conv_backward, np.where(self._counted(), self.gradient, 0))
        now = {"one": "of this window", "so far": "so far", "all": "of all windows"}[self.shown]
        return f" dW {now}: {rows_in_words(dW)}. db {now}: {rows_in_words(db)}."

    def _counted(self):
        """Return which numbers of dZ are summed."""
        here = self.position[0] * self._shape[1] + self.position[1]
        places = np.arange(self.gradient.size).reshape(self._shape)
        return {"one": places == here, "so far": places <= here, "all": places >= 0}[self.shown]

    def _verdict(self):
        """Say what became of the learner's function, if there is one."""
        if self._backward is None:
            return ""
        if self.error:
            return f" Your function gave no gradients: {self.error.rstrip('.')}."
        names = ("dA", "dW", "db")
        wrong = [n for n in names if _differ(getattr(self, f"own_{n}"), getattr(self, n))]
        if not wrong:
            return " Your function agrees with the reference."
        return f" Not as the reference has them: your {', '.join(wrong).replace('dA', 'dA_prev')}."

    def preview(self):
        dA, dW, _ = self._matrices(conv_backward, np.where(self._counted(), self.gradient, 0))
        now = {"one": "this window", "so far": "up to here", "all": "all windows"}[self.shown]
        title = {
            "one": "What dZ[{}, {}] hands back to dA_prev and dW",
            "so far": "What dZ up to [{}, {}] has handed back to dA_prev and dW",
            "all": "What all of dZ has handed back to dA_prev and dW",
        }[self.shown].format(*self.position)
        if max(self.image.shape) > MOST_WITH_NUMBERS:
            return plots.feature_maps(
                dA[..., np.newaxis], image=self.image, titles=[f"dA_prev, {now}"], signed=True,
                title=title, alt=repr(self),
            )
        (f_H, f_W), (s_H, s_W) = self.kernel.shape, self.stride
        window = (self.position[0] * s_H, self.position[1] * s_W, f_H, f_W)
        return plots.numbers(
            [self.gradient, self.kernel, dA, self.image, dW],
            titles=["dZ", "filter", f"dA_prev, {now}", "image", f"dW, {now}"],
            roles=["output", "filter", "input", "input", "filter"],
            highlight=[(*self.position, 1, 1), None, window, window, None],
            title=title, alt=repr(self),
        )


def _differ(found, expected):
    """Tell whether the page marks a number, by the same limit."""
    limit = 1e-4 * max(1, np.abs(expected).max())
    return found.shape != expected.shape or not (np.abs(found - expected) <= limit).all()
