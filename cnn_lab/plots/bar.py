"""Bars: a few numbers compared by their length."""

import numpy as np

from cnn_lab.plots import style, wording
from cnn_lab.plots.curve import write_powers
from cnn_lab.plots.figure import Figure, quiet_axes
from cnn_lab.plots.inputs import one_each, real_array

PLAIN, STRONG, HEIGHT, LEGEND_HEIGHT = "#b9c2c9", "#3d4852", 280, 28
TONES = ("#3d4852", "#b9c2c9", "#ffffff", "#7f8c97", "#e4e8eb", "#5a6772")


def bars(values, labels, *, highlight=None, ylabel=None, title=None, alt=None, groups=None,
         decimals=None, log=False):
    """Compare a few numbers by bars that carry their values.

    Parameters
    ----------
    values : array_like (n,) or (g, n)
        Heights; with two axes one row per group.
    labels : sequence of str (n,)
        What stands beneath the bars.
    highlight : int or sequence of int, optional
        Bars that are drawn dark, with bold numbers.
    ylabel, title, alt : str, optional
    groups : sequence of str (g,), optional
        Names of the rows of `values`, told apart by tone and hatching.
    decimals : int, optional
        Digits after the point of the numbers; chosen from the values when None.
    log : bool
        A logarithmic axis, from the power of ten below the smallest value; on it, equal steps are
        equal ratios. The numbers then have two significant digits, unless `decimals` is given.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If lengths disagree, a value is not finite, or a highlighted bar does not exist; if a
        logarithmic axis meets a value that is not positive.

    Examples
    --------
    >>> bars([0.25, 0.75], ["N", "Z"], ylabel="probability").alt
    'Bars of probability. N: 0.25, Z: 0.75.'
    """
    table = real_array(values, "values", ndim=(1, 2), finite=True).astype(float)
    table = table.reshape(-1, table.shape[-1])
    labels = [str(label) for label in one_each(labels, table.shape[1], "labels")]
    groups = one_each(groups, len(table), "groups", default="")
    if len(table) > len(TONES):
        raise ValueError(f"values may have at most {len(TONES)} groups, got {len(table)}")
    strong = _highlighted(highlight, table.shape[1])
    if log and table.min(initial=np.inf) <= 0:
        raise ValueError(f"a logarithmic axis needs positive values, got {table.min():g}")
    texts = np.vectorize(_two_digits, otypes=[object])(table) if log and decimals is None else table
    cells = wording.cells(texts, decimals, "values")
    width, left = float(np.clip(66 + 64 * table.size, 320, 780)), 66 if ylabel else 48
    room = (width - left) / len(labels) - 6
    lines = [style.wrap(text, room, style.LABEL_FONT) for text in labels]
    top, bottom = LEGEND_HEIGHT * any(groups), 4 + 20 * max(len(line) for line in lines)
    figure = Figure(width, top + HEIGHT, title=title,
                    alt=alt or _describe(cells, labels, groups, ylabel, title))
    axes = quiet_axes(figure.box(left, top + 2, width - left, HEIGHT - bottom - 2))
    for n, heights in enumerate(table):
        _draw(axes, heights, cells[n], n, groups, strong, (width - left) / table.size)
    axes.set_xticks(range(len(labels)), ["\n".join(line) for line in lines], size=style.LABEL_FONT)
    axes.set_ylabel(ylabel or "", size=style.LABEL_FONT)
    _finish(axes, table, groups, log)
    return figure


def _two_digits(value):
    return wording.brief(float(f"{value:.1e}"))


def _highlighted(highlight, count):
    many = np.ndim(highlight) > 0
    chosen = [] if highlight is None else list(highlight) if many else [highlight]
    for n in chosen:
        if not isinstance(n, (int, np.integer)) or not -count <= n < count:
            raise ValueError(f"highlight must name bars 0 to {count - 1}, got {n!r}")
    return {int(n) % count for n in chosen}


def _draw(axes, heights, texts, n, groups, strong, room):
    """Draw the bars of group `n` and write their values at the ends."""
    count = len(groups)
    thickness = 0.72 / count
    where = np.arange(len(heights)) + (n - (count - 1) / 2) * thickness
    colours = [STRONG if m in strong else PLAIN for m in range(len(heights))]
    axes.bar(where, heights, thickness, color=colours if count == 1 else TONES[n], label=groups[n],
             edgecolor=style.INK, linewidth=1.2, hatch=style.HATCHES[n])
    for m, (x, height, text) in enumerate(zip(where, heights, texts, strict=True)):
        weight = "bold" if m in strong else "normal"
        needed = max(style.text_width(text, style.LABEL_FONT, weight), 1)
        size = max(9, style.LABEL_FONT * min(1, (room - 2) / needed))
        axes.annotate(text, (x, height), xytext=(0, 3 if height >= 0 else -3), ha="center",
                      va="bottom" if height >= 0 else "top", textcoords="offset points", size=size,
                      weight=weight)


def _finish(axes, table, groups, log):
    axes.tick_params(axis="x", length=0)
    if log:
        low = 10.0 ** np.floor(np.log10(table.min()) - 0.05)  # leave even the smallest bar a body
        axes.set_yscale("log")
        write_powers(axes.yaxis)
        axes.set_ylim(low, table.max() * (table.max() / low) ** 0.12)
    else:
        axes.axhline(0, color=style.INK, linewidth=1.2)
        axes.locator_params(axis="y", nbins=5)
        axes.spines["bottom"].set_visible(False)
        low, high = min(table.min(), 0), max(table.max(), 0)
        margin = 0.11 * ((high - low) or 1)
        axes.set_ylim(low - margin * (low < 0), high + margin * (high > 0 or low == 0))
    axes.set_xlim(-0.6, table.shape[1] - 0.4)
    if any(groups):
        axes.legend(frameon=False, fontsize=style.TICK_FONT, ncols=len(groups), loc="lower left",
                    bbox_to_anchor=(-0.01, 1.01), borderaxespad=0, handlelength=1.6)


def _describe(cells, labels, groups, ylabel, title):
    parts = [title, f"Bars of {ylabel}" if ylabel else "Bars"]
    for group, texts in zip(groups, cells, strict=True):
        pairs = [f"{label}: {text}" for label, text in zip(labels, texts, strict=True)]
        parts.append((f"{group}: " if group else "") + wording.listed(pairs, most=30))
    return wording.sentence(*parts)
