"""A filter to edit, and at once what it finds in a picture."""

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.convolution import conv2d
from cnn_lab.mnist import load_mnist
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module
from cnn_lab.widgets.inputs import small_matrix

LARGEST_IMAGE, LARGEST_KERNEL = 64, 7
PRESETS = {
    "Sobel vertical": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel horizontal": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "curve": [
        [-1, -0.5, -0.5, 1, 1],
        [-0.5, -0.5, 1, 1, -0.5],
        [-0.5, 1, 1, -0.5, -0.5],
        [-0.5, 1, -0.5, -0.5, -0.5],
        [1, 1, -0.5, -0.5, -1],
    ],
    "left minus right": [[1, -1], [1, -1]],
}


class FilterDesigner(LabWidget):
    """Edit a filter and see the feature map of a picture at once (lessons 01 and 03).

    Write weights into the fields, drag a field up or down, press the buttons for more and less, or
    take a filter that has a name. Pointing at the feature map shows the window it comes from.

    Parameters
    ----------
    image : array_like of shape (n_H, n_W)
        Up to 64 by 64 numbers, from 0 to 1 or from 0 to 255: the shades run from the one end to the
        other, whatever the picture holds, and the numbers stay as they are. A handwritten 7 from 0
        to 1 when left out.
    kernel : array_like of shape (f_H, f_W), or str
        Up to 7 by 7 weights, or the name of one of `PRESETS`; vertical Sobel when left out.
    conv : callable, optional
        Your own ``conv(image, kernel)``: it gets two arrays with two axes and returns the feature
        map without padding. Where it is not what `cnn_lab.convolution.conv2d` gives, it is marked.

    Attributes
    ----------
    output, expected : array of shape (n_H - f_H + 1, n_W - f_W + 1)
        The feature map: yours, if you gave a function, and the package's.
    limit : float
        The feature map's colours run from -limit to limit; 0: as far as its numbers do.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the kernel does not fit into the image.

    Examples
    --------
    >>> FilterDesigner()
    FilterDesigner: 3 × 3 weights on 28 × 28 pixels; the feature map, 26 × 26, has −3.98 to 3.94.
    """

    _esm = module("filter_designer.js")
    image = Array()
    kernel = Array(echo=False)
    output = Array()
    expected = Array()
    own = traitlets.Bool(False).tag(sync=True)
    limit = traitlets.Float(0.0, min=0.0).tag(sync=True)
    presets = traitlets.Dict(PRESETS).tag(sync=True)

    def __init__(self, image=None, kernel=None, conv=None, **options):
        image = load_mnist("test")[0][0] / 255 if image is None else image
        image = _picture(image)
        kernel = _weights("Sobel vertical" if kernel is None else kernel, image.shape)
        if conv is not None and not callable(conv):
            raise TypeError(f"conv must be a function, got {type(conv).__name__}")
        self._conv, self._answered = conv, None
        super().__init__(image=image, kernel=kernel, own=conv is not None, **options)

    @traitlets.validate("image")
    def _check_image(self, proposal):
        _picture(proposal.value)
        return proposal.value

    @traitlets.validate("kernel")
    def _check_kernel(self, proposal):
        _weights(proposal.value, self.image.shape)
        return proposal.value

    @traitlets.observe("image", "kernel")
    def _on_input(self, change):
        self.answer()

    def compute(self):
        """Work out the feature map: with `conv2d`, and with the learner's function."""
        question = self.image, self.kernel  # arrays that are never changed, only replaced
        if self._answered is not None and all(map(np.array_equal, question, self._answered)):
            return
        image, kernel = (array.astype(float) for array in question)
        self.expected = conv2d(image[None, ..., None], kernel[..., None, None])[0, ..., 0]
        if self._conv is None:
            self.output = self.expected
        else:
            self.output = np.full(self.expected.shape, np.nan)
            self.output = self._own_map(image, kernel)
        self._answered = question

    def _own_map(self, image, kernel):
        answer = np.asarray(self._conv(image, kernel), dtype=float)
        if answer.shape != self.expected.shape:
            wanted = self.expected.shape
            raise ValueError(f"conv must return the shape {wanted}, without padding, got"
                             f" {answer.shape}")
        return answer

    def describe(self):
        arrays = self.kernel, self.image, self.output
        weights, pixels, shape = (" × ".join(map(str, array.shape)) for array in arrays)
        numbers = self.output[np.isfinite(self.output)]
        ends = [_written(end) for end in _ends(numbers)]
        reach = " to ".join(ends) or "no numbers"
        return f"{weights} weights on {pixels} pixels; the feature map, {shape}, has {reach}."

    def preview(self):
        if not np.isfinite(self.output).all():
            return None
        limits = (-self.limit, self.limit) if self.limit else None
        return plots.feature_maps(
            self.output[..., None], image=self.image, titles=["feature map"], signed=True,
            limits=limits, alt=repr(self),
        )


def _written(number):
    text = f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _ends(numbers):
    return [float(numbers.min()), float(numbers.max())] if numbers.size else []


def _picture(image):
    """Return a picture as floats, or say why it is none."""
    image = small_matrix(image, "image", LARGEST_IMAGE)
    low, high = _ends(image)
    if low < 0 or high > 255:
        raise ValueError(
            f"image must have values from 0 to 1 or from 0 to 255, got {low:g} to {high:g}"
        )
    return image


def _weights(kernel, image_shape):
    """Return a kernel as floats, or say why it is none, or does not fit."""
    if isinstance(kernel, str):
        if kernel not in PRESETS:
            names = ", ".join(map(repr, PRESETS))
            raise ValueError(f"kernel must be numbers or one of {names}, got {kernel!r}")
        kernel = PRESETS[kernel]
    kernel = small_matrix(kernel, "kernel", LARGEST_KERNEL)
    if any(f > n for f, n in zip(kernel.shape, image_shape, strict=True)):
        raise ValueError(f"kernel {kernel.shape} does not fit into the image {image_shape}")
    return kernel
