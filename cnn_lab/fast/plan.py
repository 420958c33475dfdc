"""Which layers of a network are computed together, and in which form.

The layers that work on images are gathered into stages, each one fast form or one plain layer, and
run on chunks of images. They end at the first layer that works on rows (`Flatten` and what follows)
or that the forms do not know; from there on layers are run on the whole batch. A plan keeps its
reasons, which `Sequential.explain` tells.
"""

from dataclasses import dataclass

import numpy as np

from cnn_lab.fast.flat import MOST_UNITS, FlatDense
from cnn_lab.fast.plain import PlainStage
from cnn_lab.fast.pooled import PooledConvolution
from cnn_lab.fast.products import LEAST_WEIGHTS, DenseProducts
from cnn_lab.fast.tiles import LARGEST_TILE, TiledConvolution
from cnn_lab.geometry import padding_amounts, pair
from cnn_lab.layers import AveragePool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sigmoid

MOST_CHANNELS_POOLED = 4  # with more, tiles or the plain layer need fewer multiplications
LEAST_CHANNELS_TILED = 8  # with fewer, turning the tiles costs more than the products save
IMAGE_LAYERS = (Conv2D, MaxPool2D, AveragePool2D, ReLU, Sigmoid)


@dataclass(frozen=True)
class Part:
    """The layers ``first`` to ``last``, counted from 0, the form that computes them, and why."""

    first: int
    last: int
    form: type | None
    reason: str


def make_plan(layers, dtype):
    """Return the parts of a network in order: stages on images first, then the other layers.

    Parameters
    ----------
    layers : list of layers, built
    dtype : float dtype
        Only float32 networks have fast forms; float64 is there to check gradients.

    Returns
    -------
    list of Part
        Parts whose form is None are run plainly, layer by layer, on the whole batch. When no layer
        has a fast form, all are.
    """
    if dtype != np.float32:
        return [Part(n, n, None, f"computes in {dtype}") for n in range(len(layers))]
    stages, number = [], 0
    while number < len(layers) and type(layers[number]) in IMAGE_LAYERS:
        stages.append(_stage(layers, number))
        number = stages[-1].last + 1
    if all(part.form is PlainStage for part in stages):
        stages = [Part(part.first, part.last, None, part.reason) for part in stages]
    elif _few_units(layers[number : number + 2]):
        reason = f"at most {MOST_UNITS} units: rearrange weights, not maps"
        stages.append(Part(number, number + 1, FlatDense, reason))
        number += 2
    return stages + [_whole(n, layer) for n, layer in enumerate(layers[number:], number)]


def _stage(layers, first):
    """Return the part that begins with layer ``first``."""
    layer, last = layers[first], first + 1
    if type(layer) is not Conv2D:
        return Part(first, first, PlainStage, "no fast form")
    if last < len(layers) and type(layers[last]) is ReLU:
        last += 1
    pool = layers[last] if last < len(layers) else None
    why_not = _not_plain_windows(layer) or _not_halved(pool)
    if why_not:
        return Part(first, first, PlainStage, why_not)
    if first == 0 and layer.input_shape[2] <= MOST_CHANNELS_POOLED:
        return Part(first, last, PooledConvolution, "few channels: compare planes, not windows")
    why_not = _not_tiled(layer, pool)
    if why_not:
        return Part(first, first, PlainStage, why_not)
    return Part(first, last, TiledConvolution, "many channels: the products dominate")


def _not_plain_windows(convolution):
    stride, dilation = (pair(convolution.geometry[name], name) for name in ("stride", "dilation"))
    if stride != (1, 1):
        return "its stride is not 1"
    if dilation != (1, 1):
        return "its windows are dilated"
    return "its channels are grouped" if convolution.groups > 1 else ""


def _not_halved(pool):
    if type(pool) in (MaxPool2D, AveragePool2D) and pool.pool_size == pool.stride == (2, 2):
        size = pool.input_shape[:2]
        if padding_amounts(pool.padding, size, (2, 2), (2, 2)) == ((0, 0), (0, 0)):
            return ""
    return "no 2x2 pool of stride 2 without padding follows"


def _not_tiled(convolution, pool):
    f_H, f_W = convolution.kernel_size
    if type(pool) is not MaxPool2D:
        return "tiles are pooled by their maxima only"
    if f_H != f_W or not 3 <= f_H < LARGEST_TILE:
        return f"tiles are for square filters of 3 to {LARGEST_TILE - 1} pixels"
    if min(convolution.input_shape[2], convolution.filters) < LEAST_CHANNELS_TILED:
        return f"fewer than {LEAST_CHANNELS_TILED} channels or filters"
    return ""


def _few_units(layers):
    return [type(layer) for layer in layers] == [Flatten, Dense] and layers[1].units <= MOST_UNITS


def _whole(number, layer):
    if type(layer) is not Dense:
        return Part(number, number, None, "runs on the whole batch")
    large = layer.params["W"].size >= LEAST_WEIGHTS
    reason = "large: shared out over the threads" if large else "small: on one thread"
    return Part(number, number, DenseProducts, reason)
