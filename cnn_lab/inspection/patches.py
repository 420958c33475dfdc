"""The places of many pictures that excite a filter most."""

from typing import NamedTuple

import numpy as np

from cnn_lab.inspection.fields import seen_by
from cnn_lab.inspection.passes import batches, fresh, index, through


class ExcitingPatches(NamedTuple):
    """Where the units of a feature map answer most, strongest first.

    Attributes
    ----------
    patches : float64 array (count, f_H, f_W, n_C)
        What each of the units sees; pixels beyond the border of the picture are 0.
    values : float64 array (count,)
        What the units answer.
    places : int array (count, 3)
        Number of the image, row and column of the unit in the feature map.
    """

    patches: np.ndarray
    values: np.ndarray
    places: np.ndarray


def exciting_patches(network, layer, channel, images, count=9):
    """Cut out of the pictures what excites a filter most, at most one place of each picture.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
    layer : int
        One with rows and columns.
    channel : int
        Which of its feature maps.
    images : array (m, n_H, n_W, n_C)
    count : int, at most m

    Returns
    -------
    ExcitingPatches
        Of equal answers the earlier place comes first.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; the message names it.

    References
    ----------
    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.

    Examples
    --------
    >>> from cnn_lab.layers import Conv2D
    >>> from cnn_lab.network import Sequential
    >>> network = Sequential([Conv2D(1, (1, 2))], (2, 3, 1))
    >>> network.params["0.W"][...] = np.reshape([-1, 1], (1, 2, 1, 1))
    >>> images = np.zeros((4, 2, 3, 1))
    >>> images[2, 1, 2] = 0.5
    >>> best = exciting_patches(network, 0, 0, images, count=1)
    >>> best.places, best.values, best.patches[0, :, :, 0]
    (array([[2, 1, 1]]), array([0.5]), array([[0. , 0.5]]))
    """
    rows, columns = seen_by(network, layer)
    channel = index(channel, network.layers[layer].output_shape[-1], "channel")
    count = index(count, len(images) + 1, "count", least=1)
    layers, values, places = fresh(network.layers[: layer + 1]), [], []
    for _, x in batches(network, images):
        maps = through(layers, x)[..., channel]
        flat = maps.reshape(len(maps), -1)
        best = flat.argmax(axis=1)
        values.append(flat[np.arange(len(flat)), best])
        places.append(np.stack(np.unravel_index(best, maps.shape[1:]), axis=1))
    values, places = np.concatenate(values), np.concatenate(places)
    order = np.argsort(-values, kind="stable")[:count]
    places = np.column_stack([order, places[order]])
    ((_, chosen),) = batches(network, np.asarray(images)[order], batch=count)
    patches = [_patch(x, r, rows, c, columns)
               for x, (_, r, c) in zip(chosen, places, strict=True)]
    return ExcitingPatches(np.stack(patches), values[order], places)


def _patch(x, row, rows, column, columns):
    """Cut out of a picture (n_H, n_W, n_C) what a unit sees."""
    patch = np.zeros((rows.size, columns.size, x.shape[2]))
    top, left = rows.start + row * rows.jump, columns.start + column * columns.jump
    above, beside = max(-top, 0), max(-left, 0)
    bottom, right = max(top + rows.size, 0), max(left + columns.size, 0)
    seen = x[max(top, 0) : bottom, max(left, 0) : right]
    patch[above : above + seen.shape[0], beside : beside + seen.shape[1]] = seen
    return patch
