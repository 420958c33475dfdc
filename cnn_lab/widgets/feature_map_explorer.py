"""What every layer of a network makes of a picture."""

import numpy as np
import traitlets

from cnn_lab import models, plots
from cnn_lab.mnist import load_mnist
from cnn_lab.network import Sequential
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module

BATCH, MOST_MAPS = 50, 256


class FeatureMapExplorer(LabWidget):
    """Look at every layer's output for one picture after the other (lessons 03 and 09).

    Choose a picture and a layer; a map that is clicked is shown large. All maps of a layer, for all
    pictures, have one scale: what is pale is weak. At the end stand the scores of the classes.

    Parameters
    ----------
    network : cnn_lab.network.Sequential
        Any network, yours included; the trained one of the course when left out.
    images : array of shape (m, n_H, n_W) or (m, *network.input_shape)
        As the network takes them, uint8 or floats; one test image of each digit when left out.
    labels : array_like of m int, optional
        The right classes, if you want to see them beside the network's.
    index, layer : int
        Which picture and which layer to begin with.

    Attributes
    ----------
    channel : int
        Which map is shown large.
    shown : int
        The picture that the maps belong to: `index`, as soon as the kernel has answered.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the network does not take the images.

    Notes
    -----
    A layer's scale comes from its smallest and largest output over all `images`, with the weights
    as they are when the widget is made; it starts at 0, or has 0 in its middle where outputs are
    negative. Of a layer with more than 256 maps the first 256 are shown.

    Examples
    --------
    >>> FeatureMapExplorer(index=7, layer=2)
    FeatureMapExplorer: image 7, layer 2, MaxPool2D(2x2): 16 maps of 12 × 12, 16 of them above 0
    somewhere; all numbers, signs ignored, add up to 148; the network says 7.
    """

    _esm = module("feature_map_explorer.js")
    index = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    channel = traitlets.Int(0).tag(sync=True)
    layers = traitlets.List().tag(sync=True)  # of dicts: name, shape, low, high
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    picture = Array(dtype="uint8")
    maps = Array(dtype="uint8")  # all layers of one image, map by map, one after the other
    largest = Array()  # of every map, in the same order
    scores = Array()
    above = Array(dtype="int32")  # of every layer: how many maps, or units, are above 0
    sizes = Array()  # of every layer: the sum of its numbers, signs ignored

    def __init__(self, network=None, images=None, labels=None, index=0, layer=0, **options):
        self._network = models.trained() if network is None else _sequential(network)
        if images is None and labels is None:
            images, labels = one_of_each()
        self._images = self._as_images(images)
        count = len(self._images)
        labels = _labels(labels, count)
        index = _place(index, count, "index", "images")
        layer = _place(layer, len(self._network.layers), "layer", "layers")
        super().__init__(index=index, layer=layer, layers=self._scales(), labels=labels,
                         count=count, **options)
        self.answer()

    def _as_images(self, images):
        if images is None:
            raise ValueError("labels came without images")
        try:
            images = self._network.as_input(images)
        except ValueError as error:
            raise ValueError(f"images do not suit: {error}") from None
        if len(images) == 0:
            raise ValueError("images must hold at least one image, got none")
        if not np.isfinite(images).all():
            raise ValueError("images must be finite, and hold nan or inf")
        return images.copy()

    def _scales(self):
        """Return for each layer its name, the shape of its maps and the ends of its scale."""
        ends = np.zeros((len(self._network.layers), 2))
        for start in range(0, len(self._images), BATCH):
            outputs = self._network.activations(self._images[start : start + BATCH])
            for number, output in enumerate(outputs):
                finite = output[np.isfinite(output)]
                ends[number, 0] = min(ends[number, 0], finite.min(initial=0))
                ends[number, 1] = max(ends[number, 1], finite.max(initial=0))
        pairs = zip(self._network.layers, ends, strict=True)
        return [_layer(layer, *limits) for layer, limits in pairs]

    @traitlets.validate("index", "layer")
    def _within(self, proposal):
        most = self.count if proposal.trait.name == "index" else len(self.layers)
        return max(0, min(most - 1, proposal.value))

    def compute(self):
        """Work out all layers' outputs for the image at `index`."""
        image = self._images[self.index : self.index + 1]
        stacks = [_stack(output[0]) for output in self._network.activations(image)]
        pairs = zip(stacks, self.layers, strict=True)
        self.maps = np.concatenate([_bytes(stack, layer).ravel() for stack, layer in pairs])
        self.largest = np.concatenate([stack.max(axis=(1, 2)) for stack in stacks])
        above = [stack.reshape(len(stack), -1) > 0 for stack in stacks]
        self.above = [more.any(axis=1).sum() if layer["maps"] else more.sum()
                      for more, layer in zip(above, self.layers, strict=True)]
        self.sizes = [np.abs(stack[np.isfinite(stack)]).sum() for stack in stacks]
        self.scores = stacks[-1].ravel() if len(self._network.output_shape) == 1 else []
        grey = _stack(image[0]).mean(axis=0)
        self.picture = np.rint(255 * np.clip(grey, 0, 1))
        self.shown = self.index

    def describe(self):
        layer = self.layers[self.layer]
        _, rows, columns = layer["shape"]
        what = f"maps of {rows} × {columns}" if layer["maps"] else "units"
        verdict = f"; the network says {self.scores.argmax()}" if self.scores.size else ""
        where = f"image {self.shown}, layer {self.layer}, {layer['name']}"
        size = self.sizes[self.layer]
        written = f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
        return (
            f"{where}: {layer['outputs']} {what}, {self.above[self.layer]} of them above 0"
            f"{' somewhere' if layer['maps'] else ''}; all numbers, signs ignored, add up to"
            f" {written}{verdict}."
        )

    def preview(self):
        output = self._network.activations(self._images[self.shown : self.shown + 1])[self.layer]
        if not np.isfinite(output).all():
            return None
        layer = self.layers[self.layer]
        stack = _stack(output[0])
        return plots.feature_maps(
            np.moveaxis(stack[:64], 0, -1), image=self.picture, signed=layer["low"] < 0,
            limits=(layer["low"], layer["high"]), alt=repr(self),
        )


def one_of_each():
    """Return one test image of each digit, 0 to 9, and its label."""
    images, labels = load_mnist("test")
    first = [int(np.argmax(labels == digit)) for digit in range(10)]
    return images[first], labels[first]


def _sequential(network):
    if not isinstance(network, Sequential):
        raise TypeError(f"network must be a Sequential, got {type(network).__name__}")
    return network


def _labels(labels, count):
    if labels is None:
        return []
    array = np.asarray(labels)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise ValueError(f"labels must be {count} integers, one an image, got {labels!r:.60}")
    return array.tolist()


def _place(number, count, name, what):
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {number!r}")
    if not -count <= number < count:
        raise ValueError(f"{name} is {number}, but there are {count} {what}")
    return int(number) % count


def _stack(output):
    """Return one image's output as maps (n, n_H, n_W); a row becomes one map of several lines."""
    if output.ndim == 3:
        return np.moveaxis(output[..., :MOST_MAPS], -1, 0)
    row = output.ravel()
    rows, columns = _lines(row.size)
    padded = np.zeros(rows * columns, row.dtype)
    padded[: row.size] = row
    return padded.reshape(1, rows, columns)


def _lines(size):
    """Return in how many rows and columns a row of numbers is laid out."""
    columns = size if size <= 16 else 32 if size > 256 else 16
    return -(-size // columns), columns


def _layer(layer, low, high):
    shape = layer.output_shape
    maps = len(shape) == 3
    rows, columns = shape[:2] if maps else _lines(int(np.prod(shape)))
    if low < 0:
        low, high = -max(-low, high), max(-low, high)
    outputs = int(shape[-1] if maps else np.prod(shape))
    return {
        "name": repr(layer), "maps": maps, "outputs": outputs,
        "shape": [min(outputs, MOST_MAPS) if maps else 1, int(rows), int(columns)],
        "low": float(low), "high": float(high) or 1.0,
    }


def _bytes(stack, layer):
    """Return numbers as bytes: 0 to 255 from 0 to high, or 0 to 254 with 127 for zero."""
    steps = 254 if layer["low"] < 0 else 255
    share = (np.nan_to_num(stack) - layer["low"]) / (layer["high"] - layer["low"])
    return np.rint(steps * np.clip(share, 0, 1))
