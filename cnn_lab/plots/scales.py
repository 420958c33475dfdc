"""Colour scales: honest limits, one thin bar that says what the colours mean."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from cnn_lab.plots import style, wording
from cnn_lab.plots.inputs import scale_limits

BAR_WIDTH, BAR_GAP, BAR_ROOM = 12, 16, 84


def signed_limits(values):
    """Return limits that are symmetric around zero.

    Examples
    --------
    >>> signed_limits([-1.0, 3.0])
    (-3.0, 3.0)
    """
    values = np.asarray(values, float)
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0) or 1.0
    return -float(largest), float(largest)


def level_limits(values):
    """Return the limits of unsigned values: from zero, or a negative least value, to the greatest.

    Examples
    --------
    >>> level_limits([2.0, 5.0])
    (0.0, 5.0)
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    return (low, high) if high > low else (low, low + 1.0)


def choose_scale(values, signed, limits=None):
    """Return colour map and limits for values; `signed` None asks the values themselves."""
    if signed is None:
        signed = bool((np.asarray(values)[np.isfinite(values)] < 0).any())
    if limits is not None:
        return (style.SIGNED if signed else style.LEVELS), scale_limits(limits)
    return (style.SIGNED, signed_limits(values)) if signed else (style.LEVELS, level_limits(values))


def picture_limits(pictures, limits=None):
    """Return the grey scale of pictures: 0 to 255 or 0 to 1, or their span if neither holds."""
    if limits is not None:
        return scale_limits(limits)
    if all(np.asarray(p).dtype == np.uint8 for p in pictures):
        return 0.0, 255.0
    values = np.concatenate([np.ravel(p).astype(float) for p in pictures])
    values = values[np.isfinite(values)]
    low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def colour_bar(figure, cmap, limits, x, y, height, label=None):
    """Draw a thin colour bar with its upper left corner at content pixels (x, y)."""
    axes = figure.box(x, y, BAR_WIDTH, height, label="colour bar")
    bar = figure.colorbar(ScalarMappable(Normalize(*limits), cmap), cax=axes)
    ticks = _ticks(limits, height)
    bar.set_ticks(ticks, labels=_tick_labels(ticks))
    axes.tick_params(labelsize=style.TICK_FONT, length=4, color=style.FAINT, labelcolor=style.INK)
    bar.outline.set(edgecolor=style.FAINT, linewidth=1)
    if label:
        axes.set_ylabel(label, size=style.TICK_FONT)
    return axes


def _ticks(limits, height):
    low, high = limits
    if height < 70:
        return [low, high]
    return [low, 0.0, high] if low < 0 < high else [low, (low + high) / 2, high]


def _tick_labels(ticks):
    return [wording.brief(float(f"{tick:.3g}")) for tick in ticks]
