"""Filters and feature maps as colours on one shared scale."""

import numpy as np

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.inputs import column_count, one_each, real_array
from cnn_lab.plots.pictures import (
    CAPTION_HEIGHT,
    GAP,
    caption,
    caption_height,
    picture_list,
    show_tile,
    tile_size,
)
from cnn_lab.plots.scales import BAR_GAP, BAR_ROOM, choose_scale, colour_bar, picture_limits

INPUT_SIDE, INPUT_ROOM = 166, 190


def kernels(W, *, titles=None, columns=None, title=None, alt=None, limit=None):
    """Show the filters of a first layer: red adds, blue subtracts, white is zero.

    Parameters
    ----------
    W : array_like (f_H, f_W, n_C) or (f_H, f_W, 1, n_C)
        One filter per output channel.
    titles : sequence of str, optional
        One line above each filter.
    columns : int, optional
        Filters in a row.
    title, alt : str, optional
    limit : float, optional
        The scale runs from -limit to limit; by default the largest absolute weight. Give it to
        compare figures.

    Returns
    -------
    Figure
        All filters share one scale, symmetric around zero, with a colour bar.

    Raises
    ------
    ValueError
        If `W` has another rank, or more than one input channel.

    Examples
    --------
    >>> print(kernels(np.ones((3, 2, 1, 5))).alt)
    5 filters of 3 by 2 weights, values from 1 to 1.
    Red is positive, blue negative, the scale runs from −1 to 1.
    """
    W = real_array(W, "W", ndim=(3, 4), finite=True)
    if W.ndim == 4 and W.shape[2] != 1:
        raise ValueError(f"W must have 1 input channel, it has {W.shape[2]}: pass W[:, :, k, :]")
    stack = np.moveaxis(W.reshape(*W.shape[:2], W.shape[-1]), -1, 0)
    scale = choose_scale(stack, True, None if limit is None else (-limit, limit))
    columns = column_count(columns, len(stack), 8 if len(stack) % 8 == 0 else 10)
    what = f"{wording.several(len(stack), 'filter')} of {wording.by(W.shape[:2])} weights"
    alt = alt or _describe(title, f"{what}, {wording.span(stack)}", scale, titles)
    return _tiles(stack, scale, titles, columns, title, alt)


def feature_maps(maps, *, image=None, titles=None, columns=None, title=None, alt=None, signed=None,
                 limits=None):
    """Show the channels of one layer's output on one scale, beside the picture that caused them.

    Parameters
    ----------
    maps : array_like (n_H, n_W, n_C)
    image : array_like (H, W) or (H, W, 1), optional
        The network's input, drawn in grey at the left.
    titles : sequence of str, optional
        One line above each map.
    columns : int, optional
        Maps in a row.
    title, alt : str, optional
    signed : bool, optional
        True: diverging colours around zero. False: dark to bright from zero. None: True if any
        value is negative.
    limits : (float, float), optional
        Ends of the scale; give them to compare figures.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `maps` or `image` has another rank.

    Examples
    --------
    >>> feature_maps(np.ones((4, 3, 2))).alt
    '2 feature maps of 4 by 3 values, values from 1 to 1. Dark is 0, bright is 1.'
    """
    stack = np.moveaxis(real_array(maps, "maps", ndim=3), -1, 0)
    scale = choose_scale(stack, signed, limits)
    picture = None if image is None else _one_picture(image)
    columns = column_count(columns, len(stack), _most_maps(len(stack), picture is not None))
    what = f"{wording.several(len(stack), 'feature map')} of {wording.by(stack.shape[1:])} values"
    alt = alt or _describe(title, f"{what}, {wording.span(stack)}", scale, titles)
    return _tiles(stack, scale, titles, columns, title, alt, picture)


def _one_picture(image):
    picture = real_array(image, "image", ndim=(2, 3))
    pictures = picture_list([picture], "image")
    return pictures[0]


def _most_maps(count, beside_picture):
    """Return how many maps to show in a row: few while that keeps them large."""
    if count <= 3:
        return count
    if count <= 12:
        return 4
    return (5 if count <= 25 else 8) if beside_picture else 8


def _describe(title, what, scale, titles):
    cmap, limits = scale
    low, high = (wording.brief(float(f"{end:.3g}")) for end in limits)
    meaning = f"Dark is {low}, bright is {high}"
    if cmap == style.SIGNED:
        meaning = f"Red is positive, blue negative, the scale runs from {low} to {high}"
    named = f"Titles: {wording.listed(titles, most=30)}" if titles else None
    return wording.sentence(title, what, meaning, named)


def _tiles(stack, scale, titles, columns, title, alt, picture=None):
    """Lay out tiles in rows, an optional picture at the left, the colour bar at the right."""
    count = len(stack)
    titles = one_each(titles, count, "titles")
    left = 0 if picture is None else INPUT_ROOM
    side = tile_size(columns, count, extra=BAR_ROOM + left)
    head = caption_height(titles, side)
    step = side + head + GAP
    height = -(-count // columns) * step - GAP
    body = max(height, INPUT_SIDE + CAPTION_HEIGHT if left else 62)
    right, top = left + columns * (side + GAP) - GAP, (body - height) / 2
    figure = Figure(right + BAR_ROOM, body, title=title, alt=alt)
    for n, values in enumerate(stack):
        x, y = left + n % columns * (side + GAP), top + n // columns * step + head
        show_tile(figure, values, x, y, side, cmap=scale[0], limits=scale[1])
        if titles[n]:
            caption(figure, titles[n], x + side / 2, y - 5, side)
    if picture is not None:
        _draw_input(figure, picture, body)
    bar = max(min(height - head, 220), 44)
    colour_bar(figure, *scale, right + BAR_GAP, top + head, bar)
    return figure


def _draw_input(figure, picture, body):
    y = (body - INPUT_SIDE + CAPTION_HEIGHT) / 2
    show_tile(figure, picture, 2, y, INPUT_SIDE - 4, cmap=style.GREY,
              limits=picture_limits([picture]), frame=style.ROLES["input"], weight=3)
    caption(figure, "input", INPUT_SIDE / 2, y - 6, INPUT_SIDE, weight="bold",
            color=style.ROLE_INKS["input"])
