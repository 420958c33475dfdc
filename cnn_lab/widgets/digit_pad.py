"""Draw a digit and see what a network makes of it."""

from copy import copy

import numpy as np
import traitlets

from cnn_lab import models, plots
from cnn_lab.layers import Conv2D
from cnn_lab.losses import softmax
from cnn_lab.mnist import load_mnist
from cnn_lab.network import Sequential
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module

SIDE = 28
MOST_LAYERS, MOST_MAPS = 2, 16
EXAMPLES = (3, 2, 1, 18, 4, 8, 11, 0, 61, 7)  # the first test image of each digit


class DigitPad(LabWidget):
    """Draw a digit; see its probabilities and feature maps in any network (lessons 00 and 09).

    Draw with mouse, finger or pen. By keyboard the arrow keys move, space draws while it is held or
    lowers and lifts the pen, Delete clears and Escape leaves. The drawing is made into a picture as
    those of MNIST were: scaled to 20 by 20 pixels and centred by its mass among 28 by 28.

    Parameters
    ----------
    network : cnn_lab.network.Sequential, optional
        From 28 by 28 pixels to two or more scores; `models.trained()` when left out. It is used as
        it is at that moment, so a network that goes on learning answers with its newest weights.
    image : array_like of shape (28, 28), optional
        What is on the pad at first, 0 to 255; a blank pad when left out.

    Attributes
    ----------
    image : uint8 array (28, 28)
        What the network gets.
    probabilities : float32 array (classes,)
        The softmax of its scores; empty while the pad is blank.
    maps_0, maps_1 : uint8 arrays (n_H, n_W, up to 16)
        Feature maps of the first two convolutions, after their ReLU if they have one. 255 stands
        for the largest activation that the ten example digits cause in that layer.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these; the message names it.

    Examples
    --------
    >>> DigitPad()
    DigitPad: the pad is blank: draw a digit.
    """

    _esm = module("digit_pad.js")
    image = Array(np.zeros((SIDE, SIDE)), "uint8", echo=False)
    probabilities = Array()
    maps_0 = Array(dtype="uint8")
    maps_1 = Array(dtype="uint8")
    examples = Array(dtype="uint8")
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, network=None, *, image=None, **options):
        self._network = _checked_network(models.trained() if network is None else network)
        picture = np.zeros((SIDE, SIDE)) if image is None else _checked_image(image)
        examples = load_mnist("test")[0][list(EXAMPLES)]
        self._places = _map_places(self._network)
        layers = [self._layer(*place, self._outputs(examples)) for place in self._places]
        super().__init__(image=picture, examples=examples, layers=layers,
                         names=_class_names(self._network.output_shape[0]), **options)
        self.answer()

    def compute(self):
        """Work out probabilities and feature maps of the picture, if there is any ink on it."""
        if self.image.shape != (SIDE, SIDE):
            raise ValueError(f"image must have the shape (28, 28), got {self.image.shape}")
        if not self.image.any():
            self.probabilities = ()
            return
        outputs = self._outputs(self.image[np.newaxis])
        self.probabilities = softmax(outputs[-1])[0]
        for n, (place, _) in enumerate(self._places):
            setattr(self, f"maps_{n}", _as_bytes(outputs[place][0], self.layers[n]))

    def _outputs(self, images):
        """Return what every layer gives, and leave the layers' memory as training needs it."""
        x, outputs = self._network.as_input(images), []
        for layer in self._network.layers:
            x = copy(layer).forward(x)
            outputs.append(x)
        return outputs

    def _layer(self, place, text, outputs):
        values = outputs[place][..., :MOST_MAPS]
        most = float(f"{np.abs(values).max() or 1.0:.2g}")
        shape = [int(n) for n in values.shape[1:]]
        return {"text": text, "shape": shape, "most": most, "signed": bool(values.min() < 0)}

    def describe(self):
        p = self.probabilities
        if not p.size:
            return "the pad is blank: draw a digit."
        first, second = np.argsort(-p, kind="stable")[:2]
        return (f"it is {self.names[first]}, {_percent(p[first])}; next {self.names[second]},"
                f" {_percent(p[second])}.")

    def preview(self):
        p = self.probabilities
        if not p.size:
            return plots.images(self.image, titles=["draw a digit"], alt=repr(self))
        sentence = self.describe()
        title = f"{sentence[0].upper()}{sentence[1:-1]}"
        if self.layers:
            signed, high = self.layers[0]["signed"], self.layers[0]["most"]
            low = -high if signed else 0
            return plots.feature_maps(
                low + (high - low) * self.maps_0 / 255, image=self.image, columns=8, signed=signed,
                limits=(low, high), title=title, alt=repr(self),
            )
        labels = [name.split()[-1] for name in self.names]
        return plots.bars(p, labels, highlight=int(p.argmax()), ylabel="probability",
                          decimals=2, title=title, alt=repr(self))


def _checked_network(network):
    if not isinstance(network, Sequential):
        raise TypeError(f"network must be a Sequential, got {type(network).__name__}")
    if network.input_shape != (SIDE, SIDE, 1):
        raise ValueError(f"network must take images of (28, 28, 1), not {network.input_shape}")
    if len(network.output_shape) != 1 or network.output_shape[0] < 2:
        raise ValueError(f"network must give two or more scores, not {network.output_shape}")
    return network


def _checked_image(image):
    try:
        array = np.array(image, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"image must be an array of numbers, got {image!r:.60}") from None
    if array.shape != (SIDE, SIDE):
        raise ValueError(f"image must have the shape (28, 28), got {array.shape}")
    if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 255):
        raise ValueError("image must hold numbers from 0 to 255")
    return array


def _class_names(count):
    if count == 10:
        return ["an 8" if n == 8 else f"a {n}" for n in range(10)]
    return [f"class {n}" for n in range(count)]


def _percent(share):
    return f"{share:.0%}" if share >= 0.005 else "under 1%"


def _map_places(network):
    """Return the number and the name of the layers that are shown."""
    places, layers = [], network.layers
    for n, layer in enumerate(layers):
        if isinstance(layer, Conv2D) and len(places) < MOST_LAYERS:
            follows = n + 1 < len(layers) and type(layers[n + 1]).__name__ == "ReLU"
            some = f" (its first {MOST_MAPS})" if layer.output_shape[2] > MOST_MAPS else ""
            name = f"layer {n}, {layer}" + (" after its ReLU" if follows else "")
            places.append((n + follows, name + some))
    return places


def _as_bytes(maps, layer):
    share = maps[..., :MOST_MAPS] / layer["most"]
    if layer["signed"]:
        share = (share + 1) / 2
    return np.rint(255 * np.clip(share, 0, 1))
