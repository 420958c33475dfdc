"""Where a filter fits under padding, stride and dilation, and how often each pixel is seen."""

from numbers import Integral

import numpy as np
import traitlets

from cnn_lab import plots
from cnn_lab.geometry import output_size, padding_amounts, pair
from cnn_lab.widgets.base import LabWidget, module

LARGEST_SIZE, LARGEST_KERNEL, LARGEST_STRIDE, LARGEST_DILATION = 12, 7, 5, 4
PADDINGS = (0, 1, 2, 3, "valid", "same")


class PaddingExplorer(LabWidget):
    """Show the size of the output and how often each pixel is seen (lesson 02).

    Change height, width, kernel, stride, padding and dilation, and read the formula with its
    numbers. Point at a number of the output or at a pixel, step with the arrow keys, Home and End,
    play with the space bar: the window lights up. The browser computes all of it.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the picture, 1 to 12 pixels.
    kernel_size : int
        Height and width of the filter, 1 to 7 pixels.
    stride : int
        Pixels from one place of the filter to the next, 1 to 5.
    padding : {0, 1, 2, 3, "valid", "same"}
        Pixels added on every side, or a word as in `cnn_lab.geometry.padding_amounts`.
    dilation : int
        Distance of neighbouring pixels of the filter, 1 to 4.

    Attributes
    ----------
    position : list of int
        Row and column of the output that is looked at; too large a number means the last one.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the filter does not fit into the padded picture.

    Examples
    --------
    >>> PaddingExplorer((5, 6), padding=0, stride=2)
    PaddingExplorer: a 5 by 6 picture with no padding, a 3 by 3 filter, stride 2 and dilation 1 make
    a 2 by 2 output; left over: 1 column of the picture.
    """

    _esm = module("padding_explorer.js")
    size = traitlets.List(traitlets.Int(min=1, max=LARGEST_SIZE), minlen=2, maxlen=2).tag(sync=True)
    kernel_size = traitlets.Int(3, min=1, max=LARGEST_KERNEL).tag(sync=True)
    stride = traitlets.Int(1, min=1, max=LARGEST_STRIDE).tag(sync=True)
    padding = traitlets.Enum(PADDINGS, 0).tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=LARGEST_DILATION).tag(sync=True)
    position = traitlets.List(traitlets.Int(min=0), [0, 0], minlen=2, maxlen=2).tag(sync=True)

    def __init__(self, size=(5, 6), kernel_size=3, stride=1, padding=1, dilation=1, **options):
        size = pair(size, "size")
        if max(size) > LARGEST_SIZE:
            raise ValueError(f"size may be up to {LARGEST_SIZE} by {LARGEST_SIZE}, got {size}")
        kernel_size = _whole(kernel_size, "kernel_size", LARGEST_KERNEL)
        stride = _whole(stride, "stride", LARGEST_STRIDE)
        dilation = _whole(dilation, "dilation", LARGEST_DILATION)
        if isinstance(padding, bool) or not isinstance(padding, Integral | str):
            raise TypeError(f"padding must be an int, 'valid' or 'same', got {padding!r}")
        if padding not in PADDINGS:
            raise ValueError(f"padding must be one of {PADDINGS}, got {padding!r}")
        padding = padding if isinstance(padding, str) else int(padding)
        for n in size:
            output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
        super().__init__(size=list(size), kernel_size=kernel_size, stride=stride, padding=padding,
                         dilation=dilation, **options)

    @property
    def _amounts(self):
        settings = (self.kernel_size, self.stride, self.dilation)
        return padding_amounts(self.padding, tuple(self.size), *settings)

    def _starts(self):
        """Return, for each axis, where the windows begin in the padded picture; none may fit."""
        span = self.dilation * (self.kernel_size - 1) + 1
        padded = (n + sum(sides) for n, sides in zip(self.size, self._amounts, strict=True))
        return [range(0, total - span + 1, self.stride) for total in padded]

    def counts(self):
        """Return how many windows see each pixel of the padded picture.

        Returns
        -------
        ndarray of int and shape (padded height, padded width)
        """
        axes = []
        taps = self.dilation * np.arange(self.kernel_size)
        for n, sides, starts in zip(self.size, self._amounts, self._starts(), strict=True):
            seen = np.zeros(n + sum(sides), dtype=int)
            for start in starts:
                seen[start + taps] += 1
            axes.append(seen)
        return np.outer(*axes)

    def describe(self):
        (height, width), f = self.size, self.kernel_size
        (top, bottom), (left, right) = self._amounts
        padding = f"padding of {top} above, {bottom} below, {left} left and {right} right"
        if not any((top, bottom, left, right)):
            padding = "no padding"
        elif top == bottom == left == right:
            padding = f"padding {top} on every side"
        rows, columns = map(len, self._starts())
        made = (
            f"a {height} by {width} picture with {padding}, a {f} by {f} filter, stride"
            f" {self.stride} and dilation {self.dilation} make "
        )
        if not rows * columns:
            return made + "no output: the filter does not fit."
        span = self.dilation * (f - 1) + 1
        axes = zip(("row", "column"), self.size, self._amounts, strict=True)
        lost = [
            _left_over((n + sum(sides) - span) % self.stride, sides[1], n, what)
            for what, n, sides in axes
        ]
        end = f"; left over: {' and '.join(filter(None, lost))}." if any(lost) else "."
        return f"{made}a {rows} by {columns} output{end}"

    def preview(self):
        (top, bottom), (left, right) = self._amounts
        frames = [(top, left, *self.size)] if any((top, bottom, left, right)) else []
        starts = self._starts()
        if all(starts):
            h, w = (min(i, len(s) - 1) for i, s in zip(self.position, starts, strict=True))
            span = self.dilation * (self.kernel_size - 1) + 1
            frames.append((starts[0][h], starts[1][w], span, span))
        return plots.numbers(
            [self.counts()], titles=["how many windows see each pixel"], shade="levels",
            highlight=[frames or None], alt=repr(self),
        )


def _left_over(count, after, size, what):
    """Say whether the lines that no window reaches belong to the padding or to the picture."""
    if not count:
        return ""
    real = min(size, max(0, count - after))
    lines = f"{count} {what}{'' if count == 1 else 's'}"
    if not real:
        return f"{lines} of padding"
    return f"{lines} of the picture" if real == count else f"{lines}, {real} of the picture"


def _whole(value, name, most):
    """Return an int from 1 to `most`, or say why not."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if not 1 <= value <= most:
        raise ValueError(f"{name} must be from 1 to {most}, got {value}")
    return int(value)
