"""Which digit was taken for which."""

import numpy as np
from matplotlib.patches import Rectangle

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.inputs import real_array

DIAGONAL, MAP = "#e6eff6", "gray_r"


def confusion_matrix(matrix, *, title=None, alt=None):
    """Show how often each digit was read as each: right answers are muted, mistakes stand out.

    Parameters
    ----------
    matrix : array_like of int (k, k)
        Rows are true digits, columns the predicted ones; the elements are counts.
    title, alt : str, optional

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the matrix is not square, or holds negative or broken counts.

    Examples
    --------
    >>> print(confusion_matrix([[8, 1], [3, 9]]).alt)
    Confusion matrix of 2 classes: 17 of 21 right.
    Most frequent mistakes: 1 read as 0, 3 times; 0 read as 1, once.
    """
    matrix = real_array(matrix, "matrix", ndim=2, finite=True)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square, got shape {matrix.shape}")
    if (matrix < 0).any() or not np.array_equal(matrix, np.round(matrix)):
        raise ValueError(f"matrix must hold counts, whole numbers from 0; got {matrix.min():g} "
                         f"to {matrix.max():g}")
    matrix = matrix.astype(int)
    size = len(matrix)
    cell = min(52, 560 / size)
    figure = Figure(size * cell + 58, size * cell + 48, title=title,
                    alt=alt or _describe(matrix, title))
    axes = figure.box(56, 0, size * cell, size * cell)
    axes.set(xlim=(0, size), ylim=(size, 0))
    _cells(axes, matrix, cell)
    for axis, label in ((axes.xaxis, "predicted digit"), (axes.yaxis, "true digit")):
        axis.set_ticks(np.arange(size) + 0.5, range(size))
        axis.set_label_text(label, size=style.LABEL_FONT)
    axes.tick_params(length=0, labelsize=style.LABEL_FONT, labelcolor=style.INK)
    axes.spines[:].set(color=style.FAINT)
    return figure


def _cells(axes, matrix, cell):
    mistakes = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    colours = style.shades(mistakes, MAP, (0, 1.15 * max(mistakes.max(), 1)))
    for (row, column), count in np.ndenumerate(matrix):
        muted = row == column
        colour = DIAGONAL if muted else "#ffffff" if count == 0 else str(colours[row, column])
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor=style.RULE))
        text = wording.DOT if count == 0 else f"{count:,}"
        size = min(16, 0.84 * cell / style.text_width(text, 100.0) * 100, 0.5 * cell)
        quiet = muted or count == 0
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center_baseline", size=size,
                  color=style.MUTED if quiet else style.ink_on(colour),
                  weight="normal" if quiet else "bold")


def _describe(matrix, title):
    right = int(np.trace(matrix))
    mistakes = [(-int(n), r, c) for (r, c), n in np.ndenumerate(matrix) if r != c and n]
    listed = [f"{r} read as {c}, {_times(-n)}" for n, r, c in sorted(mistakes)[:5]]
    what = f"Confusion matrix of {len(matrix)} classes: {right:,} of {int(matrix.sum()):,} right"
    worst = f"Most frequent mistakes: {'; '.join(listed)}" if listed else "No mistakes"
    return wording.sentence(title, what, worst)


def _times(count):
    return "once" if count == 1 else f"{count:,} times"
