"""A small fully connected network, drawn with every neuron and every connection."""

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure, plain_axes
from cnn_lab.plots.inputs import one_each, real_array

MOST_LAYERS, MOST_NODES = 5, 9
RADIUS, ROW, COLUMN, WIDEST_COLUMN, EDGE, HEAD = 28, 71, 120, 250, 56, 30
POSITIVE, NEGATIVE = "#b2182b", "#2166ac"  # the ends of the signed colours, dark enough for text


def neurons(layers, *, weights=None, values=None, names=None, captions=None, constants=True,
            highlight=None, decimals=2, title=None, alt=None):
    """Show a fully connected network: a circle for a neuron, a line for a connection.

    Parameters
    ----------
    layers : sequence of int
        How many nodes each layer has, input first; the constant nodes are not counted.
    weights : sequence of array_like (n + 1, units), optional
        For each pair of layers the weights, the biases as last row; (n, units) without constant
        nodes. Lines are red and solid for positive, blue and dashed for negative weights, the wider
        the larger; those of `highlight` carry their number.
    values : sequence of array_like (n,), optional
        For each layer the numbers that stand in its circles; None for a layer without.
    names : sequence of sequences of str, optional
        For each layer what its nodes are called: in the circles, above them where there are values.
    captions : sequence of str, optional
        What stands above the layers.
    constants : bool
        Whether each layer but the last has a constant node, drawn as a square with a 1.
    highlight : sequence of (layer, node, next_node), optional
        Connections from a node of a layer to one of the next, counted from 0, the constant node
        last. All others become faint.
    decimals : int
        Most digits after the point of weights and values; a number that needs fewer shows fewer.
    title, alt : str, optional

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are too many layers or nodes to draw, or something does not fit them.

    Examples
    --------
    >>> neurons([3, 4, 2]).alt
    'Network of neurons, 3, 4, 2, fully connected, with constant nodes: 26 connections.'
    """
    layers = _sizes(layers)
    weights = _weights(weights, layers, constants)
    values = _per_layer(values, layers, "values")
    names = _per_layer(names, layers, "names")
    captions = one_each(captions, len(layers), "captions")
    chosen = _chosen(highlight, layers, constants)
    step, height = _step(len(layers)), ROW * max(_rows(layers, constants))
    size = (2 * EDGE + step * (len(layers) - 1), height + HEAD * any(map(bool, captions)))
    figure = Figure(*size, title=title,
                    alt=alt or _describe(layers, weights, values, chosen, constants, title))
    axes = plain_axes(figure.box(0, 0, *size))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    places = _places(layers, constants, step, size[1] - height, height)
    _draw_connections(axes, layers, places, weights, chosen, decimals)
    _draw_nodes(axes, layers, places, values, names, chosen, decimals)
    for (x, _), caption in zip((column[0] for column in places), captions, strict=True):
        axes.text(x, 2, caption or "", ha="center", va="top", size=style.CAPTION_FONT)
    return figure


def _sizes(layers):
    sizes = [int(n) for n in layers]
    if not 2 <= len(sizes) <= MOST_LAYERS:
        raise ValueError(f"layers must be 2 to {MOST_LAYERS} sizes, got {len(sizes)}")
    if not all(1 <= n <= MOST_NODES for n in sizes):
        raise ValueError(f"layers must have 1 to {MOST_NODES} nodes each, got {sizes}")
    return sizes


def _rows(layers, constants):
    """Return how many nodes stand in each column, the constant one among them."""
    return [n + (constants and k + 1 < len(layers)) for k, n in enumerate(layers)]


def _weights(weights, layers, constants):
    if weights is None:
        return None
    matrices = one_each(list(weights), len(layers) - 1, "weights")
    rows = _rows(layers, constants)
    found = []
    for k, matrix in enumerate(matrices):
        array = real_array(matrix, f"weights[{k}]", ndim=2, finite=True)
        wanted = (rows[k], layers[k + 1])
        if array.shape != wanted:
            raise ValueError(f"weights[{k}] must have shape {wanted}, got {array.shape}")
        found.append(array)
    return found


def _per_layer(entries, layers, name):
    entries = one_each(entries, len(layers), name)
    for k, (entry, n) in enumerate(zip(entries, layers, strict=True)):
        if entry is not None and len(entry) != n:
            raise ValueError(f"{name}[{k}] needs {n} entries, got {len(entry)}")
    return entries


def _chosen(highlight, layers, constants):
    rows, chosen = _rows(layers, constants), []
    for place in highlight or ():
        k, start, end = (int(n) for n in place)
        fits = 0 <= k < len(layers) - 1 and 0 <= start < rows[k] and 0 <= end < layers[k + 1]
        if not fits:
            raise ValueError(f"highlight names no connection of {layers}: {tuple(place)}")
        chosen.append((k, start, end))
    return chosen


def _step(count):
    room = (style.CONTENT_WIDTH - 2 * EDGE) / (count - 1)
    return max(COLUMN, min(WIDEST_COLUMN, room))


def _places(layers, constants, step, top, height):
    """Return the centre of every node, layer by layer."""
    return [
        [(EDGE + k * step, top + height / 2 + ROW * (n - (rows - 1) / 2)) for n in range(rows)]
        for k, rows in enumerate(_rows(layers, constants))
    ]


def _draw_connections(axes, layers, places, weights, chosen, decimals):
    largest = max((np.abs(matrix).max() for matrix in weights), default=0) if weights else 0
    for k in range(len(layers) - 1):
        for start, (x, y) in enumerate(places[k]):
            for end, (next_x, next_y) in enumerate(places[k + 1][: layers[k + 1]]):
                weight = None if weights is None else weights[k][start, end]
                look = _look(weight, largest, chosen, (k, start, end))
                axes.plot([x, next_x], [y, next_y], **look)
    for place in chosen if weights else ():
        _write_weight(axes, places, weights, place, chosen, decimals)


def _look(weight, largest, chosen, place):
    """Return how a connection is drawn: colour, dashes and width tell its weight."""
    faint = bool(chosen) and place not in chosen
    look = {"color": "#dcdcdc" if faint else style.FAINT, "linewidth": 1.2, "zorder": 1 - faint,
            "solid_capstyle": "butt", "label": "connection"}
    if weight is None:
        return look | ({"linewidth": 2.6, "color": style.INK} if place in chosen else {})
    look["linestyle"] = (0, (4, 2)) if weight < 0 else "-"
    if not faint:
        look["color"] = NEGATIVE if weight < 0 else POSITIVE if weight > 0 else style.FAINT
        look["linewidth"] = 1.0 + 3.0 * abs(weight) / (largest or 1.0)
    return look


def _write_weight(axes, places, weights, place, chosen, decimals):
    """Write a weight on its line, at the end where the chosen lines are apart."""
    k, start, end = place
    into = sum(other[0] == k and other[2] == end for other in chosen)
    out_of = sum(other[0] == k and other[1] == start for other in chosen)
    share = 0.34 if into > out_of else 0.66 if out_of > into else 0.5
    (x, y), (next_x, next_y) = places[k][start], places[k + 1][end]
    value = weights[k][start, end]
    axes.text(x + share * (next_x - x), y + share * (next_y - y), _written(value, decimals),
              ha="center", va="center", size=style.LABEL_FONT, weight="bold",
              color=NEGATIVE if value < 0 else POSITIVE if value > 0 else style.INK, zorder=4,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})


def _written(value, decimals):
    """Write a number with as many decimals as it needs, `decimals` at most."""
    needed = (n for n in range(decimals) if round(float(value), n) == float(value))
    return wording.number(value, next(needed, decimals))


def _draw_nodes(axes, layers, places, values, names, chosen, decimals):
    ends = {(k, start) for k, start, _ in chosen} | {(k + 1, end) for k, _, end in chosen}
    for k, column in enumerate(places):
        role = "input" if k == 0 else "output" if k == len(places) - 1 else None
        for n, place in enumerate(column):
            line = 2.8 if (k, n) in ends else 1.4
            if n == layers[k]:
                _draw_constant(axes, place, line)
                continue
            look = {"facecolor": style.ROLE_TINTS[role] if role else "#f2f2f2", "linewidth": line,
                    "edgecolor": style.ROLES.get(role, style.MUTED)}
            axes.add_patch(Circle(place, RADIUS, zorder=2, label="neuron", **look))
            value = None if values[k] is None else _written(values[k][n], decimals)
            name = None if names[k] is None else str(names[k][n])
            _write_node(axes, place, value, name, role)


def _write_node(axes, place, value, name, role):
    ink = {"ha": "center", "va": "center_baseline", "zorder": 3, "color": style.ROLE_INKS[role]}
    if value is None:
        axes.text(*place, name or "", size=style.LABEL_FONT, weight="bold", **ink)
        return
    room = (2 * RADIUS - 7) / style.text_width(value, 100.0)
    axes.text(*place, value, size=min(style.LABEL_FONT, 100 * room), **ink)
    if name:
        above = (place[0] - 0.86 * RADIUS, place[1] - 0.92 * RADIUS)
        axes.text(*above, name, size=style.SMALLEST_FONT, weight="bold", **ink | {
            "ha": "right", "color": style.MUTED,
            "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.8}})


def _draw_constant(axes, place, line):
    side = 1.3 * RADIUS
    corner = (place[0] - side / 2, place[1] - side / 2)
    axes.add_patch(FancyBboxPatch(corner, side, side, boxstyle="square,pad=0", facecolor="white",
                                  edgecolor=style.MUTED, linewidth=line, zorder=2,
                                  label="constant"))
    axes.text(*place, "1", ha="center", va="center_baseline", size=style.LABEL_FONT,
              color=style.MUTED, zorder=3)


def _describe(layers, weights, values, chosen, constants, title):
    count = sum(a * b for a, b in zip(_rows(layers, constants), layers[1:], strict=False))
    what = f"Network of neurons, {', '.join(map(str, layers))}, fully connected"
    what += f"{', with constant nodes' if constants else ''}: {count} connections"
    numbers = [
        f"layer {k}: {' '.join(wording.brief(v) for v in row)}"
        for k, row in enumerate(values) if row is not None
    ]
    marked = [
        f"({k}, {start}) to ({k + 1}, {end})"
        + (f" = {wording.brief(weights[k][start, end])}" if weights else "")
        for k, start, end in chosen
    ]
    framed = f"Marked: {', '.join(marked)}" if marked else None
    return wording.sentence(title, what, "; ".join(numbers).capitalize(), framed)
