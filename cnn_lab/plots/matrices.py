"""A matrix as colours, with its numbers where there is room."""

import numpy as np

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.inputs import real_array
from cnn_lab.plots.scales import BAR_GAP, BAR_ROOM, choose_scale, colour_bar

MOST_ANNOTATED, AXIS_ROOM, LABEL_ROOM = 20, 34, 24


def heatmap(values, *, title=None, alt=None, xlabel=None, ylabel=None, signed=False, annotate=False,
            limits=None, label=None, decimals=None):
    """Show a matrix as colours, with row and column numbers at the edges.

    Parameters
    ----------
    values : array_like (rows, columns)
        NaN stays white.
    title, alt, xlabel, ylabel : str, optional
    signed : bool
        Diverging colours around zero instead of dark to bright from zero.
    annotate : bool
        Whether the numbers stand in the cells.
    limits : (float, float), optional
        Ends of the scale.
    label : str, optional
        What the colours mean, beside the colour bar.
    decimals : int, optional
        Digits after the point of the numbers in the cells.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `values` is not a matrix, or annotation is asked for more than 20 columns.

    Examples
    --------
    >>> heatmap([[1, 2], [3, 4]], annotate=True).alt
    'Heat map of 2 by 2 values: 1 2; 3 4.'
    """
    values = real_array(values, "values", ndim=2)
    if annotate and values.shape[1] > MOST_ANNOTATED:
        raise ValueError(f"annotate needs at most {MOST_ANNOTATED} columns, got {values.shape[1]}")
    scale = choose_scale(values, signed, limits)
    cells = wording.cells(values, decimals, "values")
    width, height = _size(values.shape, annotate)
    left, bottom = (AXIS_ROOM + LABEL_ROOM * bool(text) for text in (ylabel, xlabel))
    figure = Figure(left + width + BAR_ROOM + LABEL_ROOM * bool(label), height + bottom,
                    title=title, alt=alt or _describe(values, cells, title, xlabel, ylabel))
    axes = figure.box(left, 4, width, height)
    axes.imshow(values, cmap=scale[0], vmin=scale[1][0], vmax=scale[1][1], aspect="auto",
                interpolation="nearest")
    axes.set_xlabel(xlabel or "", size=style.LABEL_FONT)
    axes.set_ylabel(ylabel or "", size=style.LABEL_FONT)
    _whole_ticks(axes, values.shape)
    if annotate:
        backgrounds = style.shades(values, scale[0], scale[1])
        _annotate(axes, cells, backgrounds, width / values.shape[1])
    colour_bar(figure, *scale, left + width + BAR_GAP, 4, min(height, 260), label)
    return figure


def _size(shape, annotate):
    """Return width and height in pixels: square cells, whatever the matrix."""
    rows, columns = shape
    cell = min(56, 620 / columns) if annotate else min(44, 620 / columns, 400 / rows)
    return columns * cell, rows * cell


def _whole_ticks(axes, shape):
    for axis, count in ((axes.yaxis, shape[0]), (axes.xaxis, shape[1])):
        axis.set_ticks(range(0, count, max(1, -(-count // 14))))
    axes.tick_params(labelsize=style.TICK_FONT, color=style.FAINT, labelcolor=style.INK)
    axes.spines[:].set(color=style.FAINT)


def _annotate(axes, cells, backgrounds, width):
    longest = max(style.text_width(text, 100.0) for row in cells for text in row) / 100
    size = min(16, (width - 4) / max(longest, 0.1))
    for (row, column), background in np.ndenumerate(backgrounds):
        axes.text(column, row, cells[row][column], ha="center", va="center_baseline", size=size,
                  color=style.ink_on(str(background)))


def _describe(values, cells, title, xlabel, ylabel):
    few = values.size <= 64
    what = f"Heat map of {wording.by(values.shape)} values"
    what += f": {wording.rows(cells)}" if few else f", {wording.span(values)}"
    axes = [f"{name} {text}" for name, text in (("down:", ylabel), ("across:", xlabel)) if text]
    return wording.sentence(title, what, ", ".join(axes).capitalize())
