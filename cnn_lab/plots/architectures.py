"""A network as a chain of boxes: how large each layer's output is, and what leads to the next."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure, plain_axes
from cnn_lab.plots.inputs import one_each

MOST, MOST_UNITS, SHEETS = 8, 10, 8  # shapes in a line, units drawn one by one, maps in a stack
TALL, LARGEST_MAP, OFFSET, UNIT, TEXT_HEIGHT, LINE_GAP = 98, 74, 3, 9.5, 20, 16


def architecture(shapes, *, names=None, title=None, alt=None):
    """Show a network as a chain of shapes: a stack of maps or a column of units for each.

    Parameters
    ----------
    shapes : sequence of tuples of int
        ``(n_H, n_W, n_C)`` or ``(units,)``, from the input to the output.
    names : sequence of str, optional
        What each arrow does (one name less than there are shapes), or what each box is (as many).
    title, alt : str, optional

    Returns
    -------
    Figure
        Maps are drawn to one scale; a stack shows at most six of them.

    Raises
    ------
    ValueError
        If a shape is not one or three positive whole numbers, or the number of names fits neither.

    Examples
    --------
    >>> architecture([(28, 28, 1), (13, 13, 8), (10,)], names=["convolution, pooling", "dense"]).alt
    'Network: 28×28×1, convolution, pooling, 13×13×8, dense, 10.'
    """
    shapes = [_shape(shape) for shape in shapes]
    if not shapes:
        raise ValueError("shapes must hold at least one shape, got none")
    arrows, boxes = _names(names, len(shapes))
    lines = -(-len(shapes) // MOST)
    per_line = -(-len(shapes) // lines)
    step = min(150, style.CONTENT_WIDTH / per_line)
    over, under = _text_height(arrows, step), TEXT_HEIGHT + 8 + _text_height(boxes, step)
    size = per_line * step, lines * (over + TALL + under + LINE_GAP) - LINE_GAP
    figure = Figure(*size, title=title, alt=alt or _describe(shapes, arrows, boxes, title))
    axes = plain_axes(figure.box(0, 0, *size))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    scale = LARGEST_MAP / max((max(s[:2]) for s in shapes if len(s) == 3), default=1)
    places = [
        ((n % per_line + 0.5) * step,
         over + TALL / 2 + n // per_line * (over + TALL + under + LINE_GAP))
        for n in range(len(shapes))
    ]
    for n, (shape, place) in enumerate(zip(shapes, places, strict=True)):
        role = "input" if n == 0 else "output" if n == len(shapes) - 1 else None
        _draw_shape(axes, shape, place, scale, role)
        _write_below(axes, shape, _broken(boxes[n] if boxes else None, step), place, role)
    for n in range(len(shapes) - 1):
        text = _broken(arrows[n] if arrows else None, step)
        _draw_arrow(axes, shapes[n : n + 2], places[n : n + 2], scale, step, text)
    return figure


def _shape(shape):
    try:
        sizes = tuple(int(n) for n in (shape if np.ndim(shape) else (shape,)))
    except (TypeError, ValueError):
        sizes = ()
    if len(sizes) not in (1, 3) or min(sizes) < 1:
        raise ValueError(f"a shape must be (n_H, n_W, n_C) or (units,), positive; got {shape!r}")
    return sizes


def _names(names, count):
    """Return the texts on the arrows and beneath the boxes; one of the two lists is empty."""
    names = None if names is None else list(names)
    if names is None or len(names) == count - 1:
        return names or [], []
    return [], one_each(names, count, "names")


def _broken(text, step):
    return style.wrap(str(text), step - 8, style.SMALLEST_FONT) if text else []


def _text_height(texts, step):
    return 17 * max((len(_broken(text, step)) for text in texts), default=0)


def _written(shape):
    return "×".join(f"{n:,}" for n in shape)


def _write_below(axes, shape, lines, place, role):
    x, y = place[0], place[1] + TALL / 2 + 6
    axes.text(x, y, _written(shape), ha="center", va="top", size=style.LABEL_FONT, weight="bold",
              color=style.ROLE_INKS[role])
    axes.text(x, y + TEXT_HEIGHT, "\n".join(lines), ha="center", va="top", linespacing=1.2,
              size=style.SMALLEST_FONT, color=style.INK)


def _draw_arrow(axes, shapes, places, scale, step, lines):
    """Draw the arrow to the next shape, or out of the line where the next one begins below."""
    (x, y), (next_x, next_y) = places
    start = x + _half_width(shapes[0], scale) + 7
    end = next_x - _half_width(shapes[1], scale) - 7 if next_y == y else x + step / 2
    axes.add_patch(FancyArrowPatch((start, y), (end, y), arrowstyle="-|>", mutation_scale=13,
                                   color=style.MUTED, linewidth=1.6, shrinkA=0, shrinkB=0))
    middle, side = (x + step / 2, "center") if next_y == y else (x + step / 2 + 4, "right")
    axes.text(middle, y - TALL / 2 - 2, "\n".join(lines), ha=side, va="bottom", linespacing=1.2,
              size=style.SMALLEST_FONT, color=style.INK)


def _sheets(shape):
    return min(shape[2], SHEETS) if len(shape) == 3 else 1


def _half_width(shape, scale):
    if len(shape) == 1:
        return UNIT / 2
    return (max(shape[1] * scale, 5) + OFFSET * (_sheets(shape) - 1)) / 2


def _draw_shape(axes, shape, place, scale, role):
    look = {"facecolor": style.ROLE_TINTS[role] if role else "#eeeeee",
            "edgecolor": style.ROLES.get(role, style.MUTED), "linewidth": 1.3}
    if len(shape) == 1:
        _draw_units(axes, shape[0], place, look)
        return
    height, width = (max(length * scale, 5) for length in shape[:2])
    for sheet in range(_sheets(shape)):
        moved = OFFSET * ((_sheets(shape) - 1) / 2 - sheet)
        corner = (place[0] - width / 2 + moved, place[1] - height / 2 - moved)
        axes.add_patch(Rectangle(corner, width, height, **look))


def _draw_units(axes, units, place, look):
    """Draw a column of units: one square each when they are few, else a gap with dots."""
    few = units <= MOST_UNITS
    cells = [n for n in range(units if few else MOST_UNITS) if few or n not in (4, 5)]
    top = place[1] - UNIT * (max(cells) + 1) / 2
    for cell in cells:
        axes.add_patch(Rectangle((place[0] - UNIT / 2, top + cell * UNIT), UNIT, UNIT, **look))
    for dot in () if few else (4.4, 5.0, 5.6):
        axes.plot(place[0], top + dot * UNIT, "o", markersize=2, color=style.MUTED)


def _describe(shapes, arrows, boxes, title):
    words = []
    for n, shape in enumerate(shapes):
        words.append(f"{_written(shape)} ({boxes[n]})" if boxes and boxes[n] else _written(shape))
        if n < len(arrows) and arrows[n]:
            words.append(str(arrows[n]))
    return wording.sentence(title, f"Network: {', '.join(words)}".replace("\n", " "))
