"""Curves over a common axis, each named at its own end."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure, quiet_axes
from cnn_lab.plots.inputs import real_array

WIDTH, HEIGHT, LEFT, BOTTOM, NAME_GAP, WIDEST_NAME = 760, 310, 70, 48, 12, 240


def curves(series, *, x=None, xlabel, ylabel, title=None, alt=None, logx=False, logy=False,
           marks=None):
    """Show curves over a common axis, told apart by colour, dashes and markers.

    Parameters
    ----------
    series : dict of str to array_like (n,)
        Values by name; NaN leaves a gap.
    x : array_like (n,), optional
        Common positions; 0, 1, 2, ... when None. Or a dict with an array for each name.
    xlabel, ylabel : str
        What the axes mean, with units.
    title, alt : str, optional
    logx, logy : bool
        Logarithmic axes.
    marks : sequence of (x, text) or (x, y, text), optional
        Vertical lines, or points, with a word beside them.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a series is empty, not 1-D, or does not have one value per position; if a logarithmic
        axis meets no positive value.

    Examples
    --------
    >>> curves({"loss": [2.3, 0.5, 0.25]}, xlabel="epoch", ylabel="nats").alt
    'Curves of nats over epoch from 0 to 2. loss: from 2.3 to 0.25.'
    """
    lines = _series(series, x)
    _check_positive(lines, logx, logy)
    names = [style.wrap(str(name), WIDEST_NAME, style.LABEL_FONT) for name in lines]
    room = max(style.text_width(part, style.LABEL_FONT) for name in names for part in name)
    room = NAME_GAP + (0 if list(lines) == [ylabel] else room)
    figure = Figure(WIDTH, HEIGHT, title=title, alt=alt or _describe(lines, title, xlabel, ylabel))
    axes = quiet_axes(figure.box(LEFT, 6, WIDTH - LEFT - room, HEIGHT - BOTTOM - 6))
    axes.set_xlabel(xlabel, size=style.LABEL_FONT)
    axes.set_ylabel(ylabel, size=style.LABEL_FONT)
    draw_lines(axes, lines)
    _scales(axes, lines, logx, logy)
    _mark(axes, marks or ())
    if list(lines) != [ylabel]:
        name_lines(figure, axes, lines)
    return figure


def _series(series, x):
    if not isinstance(series, dict) or not series:
        came = type(series).__name__
        raise ValueError(f"series must be a non-empty dict of name -> values, got {came}")
    lines = {}
    for name, values in series.items():
        ys = real_array(values, f"series[{name!r}]", ndim=1).astype(float)
        where = x.get(name) if isinstance(x, dict) else x
        xs = real_array(np.arange(len(ys)) if where is None else where, "x", ndim=1).astype(float)
        if len(xs) != len(ys):
            raise ValueError(f"series[{name!r}] has {len(ys)} values for {len(xs)} positions in x")
        lines[name] = xs, ys
    return lines


def _check_positive(lines, logx, logy):
    for name, (xs, ys) in lines.items():
        for wanted, values, axis in ((logx, xs, "x"), (logy, ys, "y")):
            if wanted and not (values > 0).any():
                raise ValueError(f"the logarithmic {axis} axis finds nothing positive in {name!r}")


def draw_lines(axes, lines):
    """Draw each (xs, ys) in its own colour and dashes; with markers where the points are few."""
    for n, (name, (xs, ys)) in enumerate(lines.items()):
        colour, dashes, marker = style.SERIES[n % len(style.SERIES)]
        axes.plot(xs, ys, color=colour, linestyle=dashes, label=str(name), clip_on=len(xs) > 30,
                  linewidth=2.2 if len(xs) < 200 else 1.6, marker=marker if len(xs) <= 30 else None,
                  markersize=7, markeredgecolor="white", markeredgewidth=0.8, zorder=3)


def _scales(axes, lines, logx, logy):
    axes.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear")
    axes.margins(x=0.02)
    for axis, log in ((axes.xaxis, logx), (axes.yaxis, logy)):
        if log:
            write_powers(axis)
    positions = np.concatenate([xs for xs, _ in lines.values()])
    if not logx and np.array_equal(positions, np.round(positions)):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.brief(value)))


def write_powers(axis):
    """Number a logarithmic axis at the powers of ten only."""
    axis.set_major_formatter(FuncFormatter(_power_of_ten))
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", color=style.FAINT)


def _power_of_ten(value, _):
    if 1e-4 < value < 1e6:
        return wording.brief(value)
    return f"$10^{{{round(np.log10(value))}}}$"


def _mark(axes, marks):
    options = {"textcoords": "offset points", "size": style.TICK_FONT, "color": style.MUTED}
    for mark in marks:
        *place, text = mark
        if len(place) == 1:
            axes.axvline(*place, color=style.FAINT, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
            axes.annotate(text, (place[0], 1), xycoords=("data", "axes fraction"), xytext=(5, -3),
                          va="top", **options)
        elif len(place) == 2:
            axes.plot(*place, "o", markersize=10, markerfacecolor="none", markeredgecolor="black",
                      markeredgewidth=2, zorder=4)
            axes.annotate(text, place, xytext=(10, 8), **options)
        else:
            raise ValueError(f"marks needs (x, text) or (x, y, text), got {mark!r}")


def name_lines(figure, axes, lines):
    """Write each name beside its line's end; names at the right edge are moved apart."""
    figure.draw_without_rendering()
    to_axes = axes.transData + axes.transAxes.inverted()
    height = axes.get_window_extent().height / 2
    at_edge = []
    for n, (name, (xs, ys)) in enumerate(lines.items()):
        text = "\n".join(style.wrap(str(name), WIDEST_NAME, style.LABEL_FONT))
        place = np.flatnonzero(np.isfinite(ys))[-1:]
        end = to_axes.transform((xs[place[0]], ys[place[0]])) if place.size else (1.0, 0.0)
        if end[0] < 0.85:
            _name(axes, text, n, end, 8)
        else:
            at_edge.append((float(np.clip(np.nan_to_num(end[1]), 0, 1) * height), n, text))
    for y, n, text in spread(at_edge, 1.25 * style.LABEL_FONT, 0, height):
        _name(axes, text, n, (1, y / height), NAME_GAP)


def _name(axes, text, n, place, gap):
    axes.annotate(text, place, xycoords="axes fraction", xytext=(gap, 0), va="center",
                  textcoords="offset points", size=style.LABEL_FONT, annotation_clip=False,
                  color=style.SERIES[n % len(style.SERIES)][0])


def spread(ends, distance, bottom, top):
    """Move heights apart until neighbours keep a distance, within limits where there is room.

    Parameters
    ----------
    ends : list of tuple
        Each begins with a height; the rest is kept beside it.
    distance, bottom, top : float
        In the unit of the heights.

    Examples
    --------
    >>> spread([(5.0, "a"), (5.0, "b"), (50.0, "c")], 10, 0, 100)
    [(0.0, 'a'), (10.0, 'b'), (50.0, 'c')]
    """
    ends = sorted(ends)
    heights = [end[0] for end in ends]
    for _ in range(100):
        for n in range(len(heights) - 1):
            lack = max(0.0, distance - (heights[n + 1] - heights[n]))
            heights[n] -= lack / 2
            heights[n + 1] += lack / 2
        heights = [min(max(height, bottom), top) for height in heights]
    for n in range(1, len(heights)):
        heights[n] = max(heights[n], heights[n - 1] + distance)
    return [(float(height), *end[1:]) for height, end in zip(heights, ends, strict=True)]


def _describe(lines, title, xlabel, ylabel):
    positions = np.concatenate([xs for xs, _ in lines.values()])
    first, last = wording.brief(positions.min()), wording.brief(positions.max())
    what = f"Curves of {ylabel} over {xlabel} from {first} to {last}"
    courses = [f"{name}: {course(ys)}" for name, (_, ys) in lines.items()]
    return wording.sentence(title, what, *courses)


def course(values):
    """Say where a curve begins and ends, and how far it goes beyond the two.

    Examples
    --------
    >>> course(np.array([2.0, 0.5, 1.0]))
    'from 2 to 1, least 0.5'
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no finite values"
    first, last = finite[0], finite[-1]
    if finite.size == 1:
        return wording.brief(first)
    text = f"from {wording.brief(first)} to {wording.brief(last)}"
    if finite.min() < min(first, last):
        text += f", least {wording.brief(finite.min())}"
    if finite.max() > max(first, last):
        text += f", greatest {wording.brief(finite.max())}"
    return text
