"""One step of a convolution: window, filter, products, sum, and the output computed so far."""

import numpy as np

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.grids import grid_of
from cnn_lab.plots.inputs import real_array
from cnn_lab.plots.side_by_side import draw_line, fit, line_height, line_width

SUM_FONT, MOST_TERMS = 17, 9  # pixels, products that are written out


def convolution_step(image, kernel, position=(0, 0), *, stride=1, bias=None, title=None, alt=None):
    """Show how one number of a feature map is computed.

    Parameters
    ----------
    image : array_like (n_H_prev, n_W_prev)
        Already padded, if it is to be.
    kernel : array_like (f_H, f_W)
    position : (int, int)
        Row h and column w of the output.
    stride : int or (int, int)
        Pixels from one window to the next, down and across.
    bias : float, optional
        Added to the sum of products; not spoken of when None.
    title, alt : str, optional

    Returns
    -------
    Figure
        The picture with the window framed, the filter, their products, and the output up to and
        including `position`, row by row; beneath, the sum in numbers if it has at most nine terms.

    Raises
    ------
    ValueError
        If the filter does not fit the picture, or the position lies outside of the output.

    Notes
    -----
    Z[h, w] = b + sum_u sum_v image[h * s_H + u, w * s_W + v] * W[u, v]

    Examples
    --------
    >>> figure = convolution_step([[1, 0, 0], [1, 1, 0]], [[1, -1], [1, -1]], (0, 1))
    >>> figure.alt.split(". ")[-1]
    'Output so far: 1 1.'
    """
    image = real_array(image, "image", ndim=2, finite=True).astype(float)
    kernel = real_array(kernel, "kernel", ndim=2, finite=True).astype(float)
    steps = _steps(stride)
    sums = _sums(image, kernel, steps, bias or 0)
    h, w = _position(position, sums.shape)
    corner = (h * steps[0], w * steps[1])
    products = _window(image, corner, kernel.shape) * kernel
    later = np.arange(sums.size).reshape(sums.shape) > h * sums.shape[1] + w
    line = [
        (grid_of(image, role="input", title="input", highlight=[(*corner, *kernel.shape)]), "x"),
        (grid_of(kernel, role="filter", title="filter"), "="),
        (grid_of(products, title="products"), "sum \u2192"),
        (grid_of(np.where(later, np.nan, sums), role="output", title="output",
                 highlight=[(h, w, 1, 1)]), ""),
    ]
    written = _written(_window(image, corner, kernel.shape), kernel, bias, sums[h, w])
    alt = alt or _describe(title, (h, w), [grid for grid, _ in line], written)
    return _figure(line, written, title, alt)


def _figure(line, written, title, alt):
    fit(line, style.CONTENT_WIDTH)
    for grid, _ in line:  # a large picture: go on until everything stands on one line
        factor = min(1, style.CONTENT_WIDTH / line_width(line))
        grid.cell, grid.font = grid.cell * factor, grid.font * factor
    width, height = line_width(line), line_height(line)
    wide = style.text_width(written, SUM_FONT)
    size = max(SUM_FONT * min(1, style.CONTENT_WIDTH / wide), style.SMALLEST_FONT)
    text = style.wrap(written, style.CONTENT_WIDTH + 1, size)
    width = max(width, *(style.text_width(part, size) for part in text))
    figure = Figure(width, height + 16 + 24 * len(text), title=title, alt=alt)
    draw_line(figure, line, 0, 0)
    figure.write(0, height + 18, "\n".join(text), size=size, va="top", linespacing=1.3)
    return figure


def _steps(stride):
    steps = (stride, stride) if np.ndim(stride) == 0 else tuple(stride)
    if len(steps) != 2 or any(int(s) != s or s < 1 for s in steps):
        raise ValueError(f"stride must be a positive whole number or a pair, got {stride!r}")
    return int(steps[0]), int(steps[1])


def _window(image, corner, shape):
    return image[corner[0] : corner[0] + shape[0], corner[1] : corner[1] + shape[1]]


def _sums(image, kernel, steps, bias):
    if any(k > n for k, n in zip(kernel.shape, image.shape, strict=True)):
        sizes = f"{wording.by(kernel.shape)} does not fit into image of {wording.by(image.shape)}"
        raise ValueError(f"kernel of {sizes}")
    rows, columns = (
        range(0, n - k + 1, s) for n, k, s in zip(image.shape, kernel.shape, steps, strict=True)
    )
    window_sums = [
        [(_window(image, (r, c), kernel.shape) * kernel).sum() + bias for c in columns]
        for r in rows
    ]
    return np.array(window_sums)


def _position(position, shape):
    try:
        h, w = (int(p) for p in position)
    except (TypeError, ValueError):
        raise ValueError(f"position must be (row, column), got {position!r}") from None
    if not (0 <= h < shape[0] and 0 <= w < shape[1]):
        raise ValueError(f"position {(h, w)} lies outside of the {wording.by(shape)} output")
    return h, w


def _written(window, kernel, bias, total):
    """Return the sum in numbers."""
    pairs = zip(window.flat, kernel.flat, strict=True)
    terms = [f"{_signed(a)}\u00d7{_signed(b)}" for a, b in pairs]
    products = " + ".join(terms) if len(terms) <= MOST_TERMS else f"sum of {len(terms)} products"
    added = "" if bias is None else f" + bias {_signed(bias)}"
    return f"{products}{added} = {wording.brief(total)}"


def _signed(value):
    text = wording.brief(value)
    return f"({text})" if text.startswith(wording.MINUS) else text


def _describe(title, position, grids, written):
    names = ("Input", "Filter", "Products", "Output so far")
    row, column = position
    parts = [title or f"One step of a convolution, output row {row}, column {column}"]
    for name, grid in zip(names, grids, strict=True):
        few = grid.values.size <= 64
        parts.append(f"{name}: {wording.rows(grid.cells)}" if few else f"{name}: {grid.shape}")
    return wording.sentence(*parts[:-1], written, parts[-1])
