"""Small arrays side by side with signs between them: the arithmetic of a lesson made visible."""

import numpy as np

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.grids import SHADES, as_floats, draw_grid, grid_of, share_shades
from cnn_lab.plots.inputs import one_each

GAP, LINE_GAP, SMALLEST_CELL = 34, 24, 34
PRINTED = {"*": "\u2217", "-": wording.MINUS, "->": "\u2192", "x": "\u00d7", ".": wording.DOT}
SPOKEN = {"*": "convolved with", "=": "gives", "->": "leads to", "\u2192": "leads to", "+": "plus",
          "-": "minus", "\u2212": "minus", "x": "times", "\u00d7": "times", "\u2299": "times"}


def numbers(arrays, *, titles=None, roles=None, between=None, highlight=None, title=None, alt=None,
            decimals=None, indices=False, shade=None):
    """Show small arrays as grids of numbered cells, side by side.

    Parameters
    ----------
    arrays : sequence of array_like, or one array
        Each a matrix, a row or a single number; numbers, bools (1 and 0) or strings. NaN becomes a
        middle dot, a masked element an empty cell.
    titles : sequence of str, optional
        A caption above each grid; without it the grids carry their roles as captions.
    roles : sequence of {"input", "filter", "output", None}, optional
        Colour of frame, tint and caption.
    between : sequence of str, optional
        One sign less than there are arrays (or as many, the last one after the last array):
        ``"*"``, ``"="``, ``"->"``, ... ``None`` or ``""`` draws nothing.
    highlight : sequence, optional
        For each array None, one ``(row, column, height, width)``, or a list of them; framed in
        black, a second one with dashes, a third one with dots.
    title : str, optional
        The finding.
    alt : str, optional
        Alternative text; made from the numbers when None.
    decimals : int, optional
        Digits after the point; chosen from the values when None. Arrays of whole numbers never
        show any.
    indices : bool
        Whether row and column numbers stand at the edges.
    shade : sequence of {None, "grey", "signed", "levels"} or one of them, optional
        Colour cells by value: as a grey picture, diverging around zero, or dark to bright. Arrays
        with the same shade share one scale.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If an array is not a small matrix, or a list does not have one entry per array.

    Notes
    -----
    Cells shrink, and lines break, where a page of 820 pixels asks for it; about 28 columns of
    three-digit numbers remain readable.

    Examples
    --------
    >>> pair = [[[1, 0], [1, 1]], [[1, -1], [1, -1]]]
    >>> numbers(pair, roles=["input", "filter"], between=["*"]).alt
    'Numbers side by side. input, 2 by 2: 1 0; 1 1. convolved with filter, 2 by 2: 1 −1; 1 −1.'
    """
    grids = _grids(arrays, titles, roles, highlight, decimals, indices, shade)
    line = list(zip(grids, _signs(between, len(grids)), strict=True))
    fit(line, style.CONTENT_WIDTH)
    lines = _flow(line)
    heights = [line_height(line) + LINE_GAP for line in lines]
    figure = Figure(max(line_width(line) for line in lines), sum(heights) - LINE_GAP, title=title,
                    alt=alt or describe(title or "Numbers side by side", line))
    for n, part in enumerate(lines):
        draw_line(figure, part, 0, sum(heights[:n]))
    return figure


def _grids(arrays, titles, roles, highlight, decimals, indices, shade):
    arrays = _array_list(arrays)
    count = len(arrays)
    roles = one_each(roles, count, "roles")
    titles = roles if titles is None else one_each(titles, count, "titles")
    shade = [shade] * count if isinstance(shade, str) else one_each(shade, count, "shade")
    boxes = one_each(highlight, count, "highlight")
    _check_words(roles, style.ROLE_TINTS, "roles")
    _check_words(shade, SHADES, "shade")
    grids = [
        grid_of(array, decimals=decimals, name=f"arrays[{n}]", role=roles[n], title=titles[n],
                highlight=boxes[n], shade=shade[n], indices=indices)
        for n, array in enumerate(arrays)
    ]
    share_shades(grids)
    return grids


def _array_list(arrays):
    """Return a list of arrays; a single matrix stands for itself."""
    if isinstance(arrays, str) or np.isscalar(arrays):
        return [arrays]
    if isinstance(arrays, np.ndarray) and arrays.ndim < 3:
        return [arrays]
    arrays = list(arrays)
    if not arrays:
        raise ValueError("arrays must hold at least one array, got none")
    return arrays


def _check_words(words, known, name):
    for word in words:
        if word not in known:
            allowed = ", ".join(repr(k) for k in known)
            raise ValueError(f"{name} must be one of {allowed}; got {word!r}")


def _signs(between, count):
    signs = [between] if isinstance(between, str) else list(between or [""] * count)
    if len(signs) not in (count - 1, count):
        raise ValueError(f"between needs {count - 1} entries for {count} arrays, got {len(signs)}")
    return [str(sign or "") for sign in [*signs, ""][:count]]


def _sign_size(sign):
    return 24 if len(sign) <= 2 else 17


def sign_width(sign):
    """Return the pixels that a sign between two grids takes."""
    width = style.text_width(PRINTED.get(sign, sign), _sign_size(sign)) if sign else 0
    return max(GAP, width + 22)


def line_width(line):
    """Return the pixels that a line of (grid, sign) takes from left to right."""
    last = sign_width(line[-1][1]) if line[-1][1] else 0
    return sum(grid.width for grid, _ in line) + sum(sign_width(s) for _, s in line[:-1]) + last


def line_height(line):
    """Return the pixels that a line of (grid, sign) takes from top to bottom."""
    return max(grid.head for grid, _ in line) + max(grid.body_height for grid, _ in line)


def fit(line, available):
    """Choose one cell and font size: all grids on one line if cells stay large enough for that."""
    longest = max(style.text_width(t, 100.0) for g, _ in line for row in g.cells for t in row) / 100
    wanted = round(max(style.CELL_SIZE, longest * style.CELL_FONT + 14))
    least = round(max(SMALLEST_CELL, longest * style.SMALLEST_FONT + 8))
    for cell in range(wanted, least - 1, -1):
        _resize(line, cell, longest)
        if line_width(line) <= available:
            return
    for cell in range(wanted, 7, -1):
        _resize(line, cell, longest)
        if max(grid.body_width for grid, _ in line) <= available:
            return


def _resize(line, cell, longest):
    for grid, _ in line:
        grid.cell = cell
        roomy = min(style.CELL_FONT, (cell - 9) / max(longest, 0.1))
        tight = min(style.SMALLEST_FONT, (cell - 3) / max(longest, 0.1), 0.6 * cell)
        grid.font = max(roomy, tight)


def _flow(line):
    """Break a line of (grid, sign) where the page ends."""
    lines = [[]]
    for pair in line:
        if lines[-1] and line_width([*lines[-1], pair]) > style.CONTENT_WIDTH:
            lines.append([])
        lines[-1].append(pair)
    return lines


def draw_line(figure, line, x, y):
    """Draw grids and the signs after them from content pixels (x, y), centred on one another."""
    head = max(grid.head for grid, _ in line)
    tallest = max(grid.body_height for grid, _ in line)
    for grid, sign in line:
        draw_grid(figure, grid, x, y + head - grid.head + (tallest - grid.body_height) / 2)
        x += grid.width
        if sign:
            figure.write(x + sign_width(sign) / 2, y + head + tallest / 2, PRINTED.get(sign, sign),
                         size=_sign_size(sign), ha="center", va="center")
        x += sign_width(sign)


def describe(opening, line):
    """Return the alternative text of a line of grids: every number when they are few."""
    parts, before = [opening], ""
    for grid, sign in line:
        parts.append(f"{before} {_content(grid)}")
        before = SPOKEN.get(sign, sign)
    return wording.sentence(*parts, before)


def _content(grid):
    what = f"{str(grid.title or 'array').replace(chr(10), ' ')}, {wording.by(grid.shape)}"
    few = grid.values.size <= 64 or grid.values.dtype.kind in "UO"
    text = f": {wording.rows(grid.cells)}" if few else f", {wording.span(as_floats(grid))}"
    boxes = [f"row {r} column {c}, {h} by {w}" for r, c, h, w in grid.highlight]
    return what + text + (f" (framed: {' and '.join(boxes)})" if boxes else "")
