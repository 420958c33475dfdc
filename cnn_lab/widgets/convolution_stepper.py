"""One filter steps over one picture: window, products and sum, place by place."""

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.geometry import output_size, pair
from cnn_lab.reference import conv_single_step
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module
from cnn_lab.widgets.inputs import small_matrix

LETTER_N = ((1, 0, 0, 1), (1, 1, 0, 1), (1, 0, 1, 1), (1, 0, 0, 1))
LEFT_MINUS_RIGHT = ((1, -1), (1, -1))
LARGEST_IMAGE, LARGEST_KERNEL = 32, 7
LARGEST_NUMBERED = 12  # rows and columns that a preview shows as numbers


class ConvolutionStepper(LabWidget):
    """Show how every output of a convolution comes about (lessons 01 and 03).

    Point at a number of the output or at a pixel, step with the arrow keys, Home and End, play with
    the space bar: the window lights up, with its products and their sum.

    Parameters
    ----------
    image : array_like of shape (n_H, n_W)
        Up to 32 by 32 numbers; the letter N when left out.
    kernel : array_like of shape (f_H, f_W)
        Up to 7 by 7 weights; left minus right when left out.
    stride : int or pair of int
    bias : float
    conv : callable, optional
        Your own ``conv_single_step(a_slice_prev, W, b)``: its answers are shown, and where they are
        not those of the reference the output is marked. It gets windows of shape (f_H, f_W, 1).

    Attributes
    ----------
    position : list of int
        Row and column of the output that is looked at.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the kernel does not fit into the image.

    Examples
    --------
    >>> ConvolutionStepper(position=[0, 2])
    ConvolutionStepper: output[0, 2] is −2, from rows 0 to 1 and columns 2 to 3 of the input.
    """

    _esm = module("convolution_stepper.js")
    image = Array()
    kernel = Array()
    output = Array()
    expected = Array()
    stride = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)
    own = traitlets.Bool(False).tag(sync=True)
    position = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)

    def __init__(self, image=LETTER_N, kernel=LEFT_MINUS_RIGHT, *, stride=1, bias=0.0, conv=None,
                 **options):
        image = small_matrix(image, "image", LARGEST_IMAGE)
        kernel = small_matrix(kernel, "kernel", LARGEST_KERNEL)
        steps = pair(stride, "stride")
        if conv is not None and not callable(conv):
            raise TypeError(f"conv must be a function, got {type(conv).__name__}")
        self._conv = conv
        sides = zip(image.shape, kernel.shape, steps, strict=True)
        self._shape = [output_size(n, f, stride=s) for n, f, s in sides]
        super().__init__(image=image, kernel=kernel, stride=list(steps), bias=float(bias),
                         own=conv is not None, **options)
        self.answer()

    @traitlets.validate("position")
    def _within(self, proposal):
        return [max(0, min(n - 1, i)) for i, n in zip(proposal.value, self._shape, strict=True)]

    def compute(self):
        """Work out all outputs: with the reference, and with the learner's function."""
        self.output = self.expected = self._answers(conv_single_step)
        if self._conv is not None:
            self.output = np.full(self._shape, np.nan)
            self.output = self._answers(self._conv)

    def _answers(self, single_step):
        answers = np.zeros(self._shape)
        W = np.array(self.kernel[..., np.newaxis], dtype=float)
        for h, w in np.ndindex(*self._shape):
            window = np.array(self._window(h, w)[..., np.newaxis], dtype=float)
            answers[h, w] = single_step(window, W.copy(), self.bias)
        return answers

    def _window(self, h, w):
        (f_H, f_W), (s_H, s_W) = self.kernel.shape, self.stride
        return self.image[h * s_H : h * s_H + f_H, w * s_W : w * s_W + f_W]

    def describe(self):
        (h, w), (f_H, f_W), (s_H, s_W) = self.position, self.kernel.shape, self.stride
        rows, columns = (
            f"{name} {at * step} to {at * step + extent - 1}"
            for name, at, step, extent in [("rows", h, s_H, f_H), ("columns", w, s_W, f_W)]
        )
        if np.isnan(self.output[h, w]):
            return f"no answer from your function for {rows} and {columns} of the input."
        text = f"output[{h}, {w}] is {_written(self.output[h, w])}, from {rows} and {columns} of"
        wrong = self._wrong()
        if not wrong:
            return f"{text} the input."
        return f"{text} the input; {wrong} of {self.output.size} outputs are not the reference's."

    def _wrong(self):
        return np.sum(~np.isclose(self.output, self.expected, rtol=1e-4, atol=1e-4))

    def preview(self):
        if np.isnan(self.output).any():
            return None
        if max(self.image.shape) > LARGEST_NUMBERED:
            return plots.feature_maps(
                self.output[..., np.newaxis], image=self.image, signed=True, alt=repr(self)
            )
        if self._wrong():
            return plots.numbers(
                [self.image, self.kernel, self.output, self.expected],
                titles=["input", "filter", "output, yours", "reference"],
                roles=["input", "filter", "output", "output"], alt=repr(self),
            )
        return plots.convolution_step(
            self.image, self.kernel, tuple(self.position), stride=tuple(self.stride),
            bias=self.bias or None, alt=repr(self),
        )


def _written(number):
    text = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
    return text.replace("-", "\N{MINUS SIGN}")
