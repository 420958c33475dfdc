"""Grey pictures as they are, on one scale; predictions written beneath them."""

import numpy as np
from matplotlib.patches import Rectangle

from cnn_lab.plots import style, wording
from cnn_lab.plots.figure import Figure, plain_axes
from cnn_lab.plots.inputs import column_count, one_each, real_array
from cnn_lab.plots.scales import picture_limits

CAPTION_HEIGHT, NOTE_HEIGHT, GAP = 24, 20, 12


def picture_list(images, name="images"):
    """Return a list of 2-D pictures.

    Parameters
    ----------
    images : array_like (H, W), (H, W, 1), (m, H, W) or (m, H, W, 1), or sequence of pictures
    name : str
        How the caller calls the argument.

    Raises
    ------
    ValueError
        If a picture is not grey, empty, or not numeric.

    Examples
    --------
    >>> [picture.shape for picture in picture_list(np.zeros((3, 5, 4, 1)))]
    [(5, 4), (5, 4), (5, 4)]
    """
    pictures = [
        real_array(picture, f"{name}[{n}]", ndim=(2, 3))
        for n, picture in enumerate(_separate(images, name))
    ]
    if not pictures:
        raise ValueError(f"{name} must hold at least one picture, got none")
    for n, picture in enumerate(pictures):
        if picture.ndim == 3 and picture.shape[2] != 1:
            wanted = "must be grey, with shape (H, W) or (H, W, 1)"
            raise ValueError(f"{name}[{n}] {wanted}, got {picture.shape}")
    return [picture.reshape(picture.shape[:2]) for picture in pictures]


def _separate(images, name):
    """Return the pictures one by one: a sequence of 2-D things stays as it is."""
    if not isinstance(images, np.ndarray):
        images = list(images)
        if not images or np.ndim(images[0]) in (2, 3):
            return images
    array = real_array(images, name, ndim=(2, 3, 4))
    one = array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 1)
    return [array] if one else list(array)


def tile_size(columns, count, *, extra=0, gap=GAP):
    """Return the side in pixels of square tiles: large when few, small enough for the page."""
    wanted = 260 if count == 1 else 170 if count <= 4 else 120
    return min(wanted, (style.CONTENT_WIDTH - extra - gap * (columns - 1)) / columns)


def show_tile(figure, values, x, y, side, *, cmap, limits, frame=style.RULE, weight=1):
    """Draw an array with square elements, centred in a tile at content pixels (x, y).

    Returns
    -------
    matplotlib.axes.Axes
    """
    height, width = (side * length / max(values.shape) for length in values.shape)
    axes = figure.box(x + (side - width) / 2, y + (side - height) / 2, width, height)
    axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest",
                aspect="auto")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(edgecolor=frame, linewidth=weight)
    return axes


def caption(figure, text, x, y, width, **options):
    """Write centred lines above content pixels (x, y), as many as the width asks for."""
    lines = style.balance(str(text), width, style.CAPTION_FONT)
    needed = max(style.text_width(line, style.CAPTION_FONT) for line in lines)
    size = min(style.CAPTION_FONT, style.CAPTION_FONT * width / max(needed, 1))
    figure.write(x, y, "\n".join(lines), size=max(size, 9), ha="center", va="bottom",
                 linespacing=1.2, **options)


def caption_height(titles, width):
    """Return the pixels to leave above tiles of a width for the longest of their titles."""
    counts = [len(style.balance(str(t), width, style.CAPTION_FONT)) for t in titles if t]
    return CAPTION_HEIGHT + 18 * (max(counts) - 1) if counts else 0


def as_caption(title):
    """Return a title as text, and nothing as nothing: the digit 0 is a title."""
    return "" if title is None else str(title)


def images(images, *, titles=None, columns=None, title=None, alt=None, limits=None):
    """Show grey pictures on one scale, which is written beneath.

    Parameters
    ----------
    images : array_like (H, W), (m, H, W) or (m, H, W, 1), or sequence of pictures
        Pixel values; pictures of a sequence may differ in size.
    titles : sequence of str, optional
        One line above each picture.
    columns : int, optional
        Pictures in a row.
    title, alt : str, optional
        The finding; alternative text.
    limits : (float, float), optional
        The values drawn black and white. By default 0 and 255 for bytes, 0 and 1 for values
        within, else the least and the greatest value of all pictures together.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If something is not a grey picture, or `titles` has another length.

    Examples
    --------
    >>> images([[0, 255], [255, 0]]).alt
    '1 picture of 2 by 2 pixels, values from 0 to 255. Grey scale: 0 is black, 255 is white.'
    """
    pictures = picture_list(images)
    titles = [as_caption(t) for t in one_each(titles, len(pictures), "titles")]
    low, high = picture_limits(pictures, limits)
    columns = column_count(columns, len(pictures), 10 if len(pictures) > 12 else 6)
    side = tile_size(columns, len(pictures))
    head = caption_height(titles, side)
    step, lines = side + head + GAP, -(-len(pictures) // columns)
    note = f"Grey scale: {wording.brief(low)} is black, {wording.brief(high)} is white"
    width = max(columns * (side + GAP) - GAP, style.text_width(note, style.TICK_FONT))
    alt = alt or wording.sentence(title, _describe(pictures), _named(titles), note)
    figure = Figure(width, lines * step + NOTE_HEIGHT - 4, title=title, alt=alt)
    for n, picture in enumerate(pictures):
        x, y = n % columns * (side + GAP), n // columns * step
        show_tile(figure, picture, x, y + head, side, cmap=style.GREY, limits=(low, high))
        if titles[n]:
            caption(figure, titles[n], x + side / 2, y + head - 5, side)
    _note(figure, note, lines * step - 2)
    return figure


def _note(figure, text, y):
    figure.write(0, y, text, size=style.TICK_FONT, color=style.MUTED, va="top")


def _describe(pictures):
    shapes = {picture.shape for picture in pictures}
    same = len(shapes) == 1
    size = f"of {wording.by(shapes.pop())} pixels" if same else "of different sizes"
    values = np.concatenate([np.ravel(picture).astype(float) for picture in pictures])
    return f"{wording.several(len(pictures), 'picture')} {size}, {wording.span(values)}"


def _named(titles):
    named = [title for title in titles if title]
    return f"Titles: {wording.listed(named, most=30)}" if named else None


def predictions(images, labels, predicted, *, columns=10, title=None, alt=None, limits=None):
    """Show pictures with "predicted / label" beneath; mistakes have a frame, a cross and bold type.

    Parameters
    ----------
    images : array_like (m, H, W) or (m, H, W, 1)
    labels, predicted : sequence of int (m,)
        The true classes and the network's answers.
    columns : int
        Pictures in a row.
    title, alt : str, optional
    limits : (float, float), optional
        The values drawn black and white.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the three lengths differ.

    Examples
    --------
    >>> predictions(np.zeros((2, 4, 3)), labels=[7, 3], predicted=[7, 5]).alt
    '2 pictures, 1 read right. Mistakes: number 1 is a 3 read as 5.'
    """
    pictures = picture_list(images)
    labels = one_each(labels, len(pictures), "labels")
    predicted = one_each(predicted, len(pictures), "predicted")
    columns = column_count(columns, len(pictures), 10)
    limits = picture_limits(pictures, limits)
    side = min(90, (style.CONTENT_WIDTH - GAP * (columns - 1)) / columns)
    step, lines = side + CAPTION_HEIGHT + 16, -(-len(pictures) // columns)
    key = "predicted / label;  \u2717 and a frame mark a mistake"
    width = max(columns * (side + GAP) - GAP, style.text_width(key, style.TICK_FONT))
    alt = alt or _describe_predictions(title, labels, predicted)
    figure = Figure(width, lines * step + NOTE_HEIGHT, title=title, alt=alt)
    for n, picture in enumerate(pictures):
        x, y = n % columns * (side + GAP), n // columns * step
        show_tile(figure, picture, x, y, side, cmap=style.GREY, limits=limits)
        _verdict(figure, labels[n], predicted[n], x, y, side)
    _note(figure, key, lines * step)
    return figure


def _verdict(figure, label, predicted, x, y, side):
    options = {"size": style.CAPTION_FONT, "ha": "center", "va": "top"}
    middle, under = x + side / 2, y + side + 8
    if label == predicted:
        figure.write(middle, under, f"{predicted} / {label}", **options)
        return
    figure.write(middle, under, f"\u2717 {predicted} / {label}", color=style.MISTAKE,
                 weight="bold", **options)
    axes = plain_axes(figure.box(x - 3, y - 3, side + 6, side + 6, label="mistake"))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.add_patch(Rectangle((0, 0), 1, 1, fill=False, edgecolor=style.MISTAKE, linewidth=5,
                             clip_on=False))


def _describe_predictions(title, labels, predicted):
    pairs = list(zip(labels, predicted, strict=True))
    wrong = [f"number {n} is a {label} read as {p}" for n, (label, p) in enumerate(pairs)
             if label != p]
    count = f"{wording.several(len(pairs), 'picture')}, {len(pairs) - len(wrong)} read right"
    mistakes = f"Mistakes: {wording.listed(wrong)}" if wrong else "No mistakes"
    return wording.sentence(title, count, mistakes)
