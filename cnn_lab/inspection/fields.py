"""What a unit can see, and what it looks at in one picture."""

from typing import NamedTuple

import numpy as np

from cnn_lab.geometry import padding_amounts, pair, receptive_field
from cnn_lab.inspection.passes import batches, checked, fresh, index, through
from cnn_lab.layers import Conv2D
from cnn_lab.layers.base import carry_back


class Window(NamedTuple):
    """The window of a layer, each a pair (height, width) of int; ``before`` pads top and left."""

    kernel: tuple
    stride: tuple
    dilation: tuple
    before: tuple


def seen_by(network, layer):
    """Return which pixels the units of a layer depend on, down the rows and along the columns.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
    layer : int
        One with rows and columns.

    Returns
    -------
    (rows, columns) : pair of cnn_lab.geometry.ReceptiveField
        Each with ``size``, ``jump`` and ``start`` in pixels: the unit in row ``r`` sees the rows
        ``start + r * jump`` up to ``start + r * jump + size - 1``.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; the message names it.

    Examples
    --------
    >>> from cnn_lab.network import Sequential
    >>> seen_by(Sequential([Conv2D(8, (5, 3))]), 0)[0]
    ReceptiveField(size=5, jump=1, start=0)
    """
    layer = index(layer, len(checked(network).layers), "layer")
    windows = [_window(number, each) for number, each in enumerate(network.layers[: layer + 1])]
    if windows[-1] is None:
        name = network.layers[layer]
        raise ValueError(f"layer must have rows and columns, layer {layer}, {name}, has none")
    rows, columns = (
        receptive_field([tuple(entry[axis] for entry in window) for window in windows])
        for axis in (0, 1)
    )
    return rows, columns


def layer_windows(network):
    """List the `Window` of every layer, None for layers without rows and columns.

    Raises
    ------
    TypeError, ValueError
        If a layer changes the number of rows or columns, and is no convolution or pooling.
    """
    return [_window(number, layer) for number, layer in enumerate(checked(network).layers)]


def measured_field(network, image, layer, unit, channel=None):
    """Return how much one unit would change with each pixel of this picture.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
    image : array (n_H, n_W) or (n_H, n_W, n_C)
    layer : int
    unit : pair of int, or int
        Row and column in the layer's feature maps. For a layer without rows and columns the number
        of the unit, or None for all of them together.
    channel : int, optional
        The feature map; all of them together when left out.

    Returns
    -------
    float64 array (n_H, n_W)
        The gradient of the unit with respect to the pixels, summed over the picture's channels. It
        is zero outside of the receptive field, see `seen_by`, and mostly small near its edges.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; the message names it.

    References
    ----------
    Luo, Li, Urtasun and Zemel, "Understanding the Effective Receptive Field in Deep Convolutional
    Neural Networks", 2016.

    Examples
    --------
    >>> from cnn_lab.network import Sequential
    >>> network = Sequential([Conv2D(1, (1, 2))], (2, 4, 1))
    >>> network.params["0.W"][...] = np.reshape([-1, 3], (1, 2, 1, 1))
    >>> measured_field(network, np.zeros((2, 4)), 0, (1, 2))
    array([[ 0.,  0.,  0.,  0.],
           [ 0.,  0., -1.,  3.]])
    """
    layer = index(layer, len(checked(network).layers), "layer")
    ((_, x),) = batches(network, np.asarray(image)[np.newaxis], "image")
    layers = fresh(network.layers[: layer + 1])
    start = np.zeros_like(through(layers, x))
    start[(0, *_unit(unit, channel, start.shape[1:]))] = 1
    return carry_back(layers, start)[0].sum(axis=-1)


def _window(number, layer):
    below, above = layer.input_shape, layer.output_shape
    if len(above) != 3:
        return None
    stride, dilation, padding = (1, 1), (1, 1), 0
    if isinstance(layer, Conv2D):
        kernel, padding = layer.kernel_size, layer.geometry["padding"]
        stride, dilation = pair(layer.geometry["stride"], "stride"), layer.geometry["dilation"]
    elif hasattr(layer, "pool_size"):
        kernel, stride, padding = layer.pool_size, layer.stride, layer.padding
    elif tuple(below[:2]) == tuple(above[:2]):
        kernel = (1, 1)  # an activation, or dropout: place by place
    else:
        raise ValueError(f"network has a layer {number}, {layer}, with windows of unknown size")
    sides = padding_amounts(padding, below[:2], kernel, stride, dilation)
    before = tuple(before for before, _ in sides)
    return Window(tuple(kernel), tuple(stride), pair(dilation, "dilation"), before)


def _unit(unit, channel, shape):
    """Return the index of a unit, or of several, in what a layer gives for one image."""
    if len(shape) == 1:
        if channel is not None:
            raise ValueError(f"channel must be None for a layer without any, got {channel!r}")
        return (slice(None) if unit is None else index(unit, shape[0], "unit"),)
    try:
        row, column = unit
    except (TypeError, ValueError):
        raise TypeError(f"unit must be a pair (row, column), got {unit!r}") from None
    place = index(row, shape[0], "row of unit"), index(column, shape[1], "column of unit")
    return (*place, slice(None) if channel is None else index(channel, shape[2], "channel"))
