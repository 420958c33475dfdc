"""Which pixels a unit of a network depends on: in theory, and as its gradient says."""

import numpy as np
import traitlets
from matplotlib.patches import Rectangle

from cnn_lab import plots
from cnn_lab.geometry import receptive_field
from cnn_lab.inspection import layer_windows, measured_field
from cnn_lab.mnist import load_mnist
from cnn_lab.models.pretrained import trained
from cnn_lab.network import Sequential
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import LabWidget, module

LARGEST_PICTURE = 64
ALL_CHANNELS = -1


class ReceptiveFieldExplorer(LabWidget):
    """Show what a unit of any layer sees, in every layer below and in the picture (lesson 09).

    Point at a unit, or step with the arrow keys, Home and End; click to keep it, Escape to let go.
    The frames are arithmetic on kernel, stride, padding and dilation; the red and blue map beside
    them is measured: how much the unit would change with each pixel of this picture.

    Parameters
    ----------
    network : cnn_lab.network.Sequential, optional
        The trained network of the course when left out. It is not changed; each measurement works
        on a fresh copy of its layers, with the weights of that moment, in float64.
    image : array_like of shape (n_H, n_W) or (n_H, n_W, n_C), optional
        uint8 from 0 to 255, or floats; a test digit when left out.
    layer : int, optional
        Number of the layer in the network, from 0; the last one with rows and columns when left
        out.
    unit : pair of int, optional
        Row and column in the layer's maps; the middle when left out. For a layer without rows and
        columns one int, the number of the unit.
    channel : int, optional
        The map that is measured; all maps together when left out.

    Attributes
    ----------
    layer, unit, channel : as above; channel is -1 for all maps together
    gradient : array of shape (n_H, n_W)
        The measured gradient with respect to the picture, summed over the picture's channels.
    measured : list of int
        The layer, row, column and channel to which `gradient` belongs.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these, or the network does not take the image.

    Examples
    --------
    >>> ReceptiveFieldExplorer(layer=3, unit=(2, 5))
    ReceptiveFieldExplorer: A unit of layer 3, Conv2D(32, 5x5), sees 14 × 14 pixels and steps by 2.
    Unit (2, 5) sees rows 4 to 17 and columns 10 to 23. Measured: 195 of 196 pixels in the field
    change it, 0 outside; the strongest is at row 12, column 16.
    """

    _esm = module("receptive_field_explorer.js")
    image = Array()
    gradient = Array()
    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    unit = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    channel = traitlets.Int(ALL_CHANNELS).tag(sync=True)
    measured = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, network=None, image=None, layer=None, unit=None, *, channel=None, **options):
        self._network = _checked_network(network)
        self._input = _checked_image(image, self._network)
        layers = _described(self._network)
        layer = _checked_layer(layer, layers)
        shape = layers[layer]["shape"]
        if len(shape) == 1 and unit is not None:
            unit, channel = None, _index(unit, shape[0], "unit")
        options |= {"layers": layers, "layer": layer, "unit": _checked_unit(unit, shape)}
        options["channel"] = _checked_channel(channel, shape)
        super().__init__(image=self._input[0].mean(axis=-1), **options)
        self.answer()

    @traitlets.validate("layer")
    def _one_of_the_layers(self, proposal):
        return max(0, min(len(self.layers) - 1, proposal.value))

    @traitlets.validate("unit")
    def _within_the_maps(self, proposal):
        places = [*proposal.value, 0, 0][:2]
        return [max(0, min(n - 1, i)) for i, n in zip(places, self._maps(), strict=True)]

    @traitlets.validate("channel")
    def _one_of_the_channels(self, proposal):
        count = self.layers[self.layer]["shape"][-1]
        return proposal.value if 0 <= proposal.value < count else ALL_CHANNELS

    @traitlets.observe("layer")
    def _fit_the_new_layer(self, change):
        self.unit, self.channel = list(self.unit), self.channel

    def compute(self):
        """Measure the gradient of the chosen unit with respect to the picture."""
        self.gradient = self._gradient()
        self.measured = self._chosen()

    def _chosen(self):
        return [self.layer, *self.unit, self.channel]

    def _maps(self):
        """Return rows and columns of the chosen layer; 1 and 1 where it has none."""
        shape = self.layers[self.layer]["shape"]
        return shape[:2] if len(shape) == 3 else [1, 1]

    def _gradient(self):
        image, channel = self._input[0], None if self.channel == ALL_CHANNELS else self.channel
        if len(self.layers[self.layer]["shape"]) == 3:
            return measured_field(self._network, image, self.layer, self.unit, channel)
        return measured_field(self._network, image, self.layer, channel)

    def _seen(self):
        """Return the rows and the columns of the picture that the chosen unit depends on."""
        below = [list(self._input.shape[1:3]), *(each["shape"] for each in self.layers)]
        number = self.layer
        while number >= 0 and len(self.layers[number]["shape"]) == 1:
            number -= 1
        places = [[i] for i in self.unit]
        if number < self.layer:
            places = [list(range(n)) for n in below[number + 1][:2]]
        for k in range(number, -1, -1):
            window = self.layers[k]["window"]
            places = [_reach(places[a], below[k][a], window, a) for a in (0, 1)]
        return places

    def describe(self):
        chosen = self.layers[self.layer]
        who = f"ayer {self.layer}, {chosen['name']},"
        rows, columns = self._seen()
        where = f"{_span('rows', rows)} and {_span('columns', columns)}"
        measured = self._told_of_the_gradient(rows, columns)
        if len(chosen["shape"]) == 1:
            return f"L{who} has no rows and columns: it sees everything, {where}.{measured}"
        fields = [self._field(axis) for axis in (0, 1)]
        (height, down, _), (width, right, _) = fields
        steps = f"{down}" if down == right else f"{down} down and {right} to the right"
        first = f"A unit of l{who} sees {height} × {width} pixels and steps by {steps}."
        notes = ""
        if any(_holes(seen) for seen in (rows, columns)):
            notes += f", with gaps: {len(rows)} × {len(columns)} pixels count"
        if any(self._cut(field, axis) for axis, field in enumerate(fields)):
            notes += "; the rest lies outside of the picture"
        return f"{first} Unit ({self.unit[0]}, {self.unit[1]}) sees {where}{notes}.{measured}"

    def _told_of_the_gradient(self, rows, columns):
        """Say how many pixels change the unit, and which one most; empty before it is measured."""
        if self.measured != self._chosen():
            return ""
        changing = self.gradient != 0
        inside = changing[np.ix_(rows, columns)].sum()
        told = (f" Measured: {inside} of {len(rows) * len(columns)} pixels in the field change it,"
                f" {changing.sum() - inside} outside")
        if not inside:
            return f"{told}."
        row, column = np.unravel_index(np.abs(self.gradient).argmax(), self.gradient.shape)
        return f"{told}; the strongest is at row {row}, column {column}."

    def _field(self, axis):
        windows = [each["window"] for each in self.layers[: self.layer + 1]]
        names = ("kernel", "stride", "dilation", "before")
        return receptive_field([tuple(window[name][axis] for name in names) for window in windows])

    def _cut(self, field, axis):
        start = field.start + self.unit[axis] * field.jump
        return start < 0 or start + field.size > self._input.shape[1 + axis]

    def preview(self):
        gradient = self.gradient if self.measured == self._chosen() else self._gradient()
        title = f"gradient of a unit of layer {self.layer}"
        figure = plots.feature_maps(gradient[..., np.newaxis], image=self.image, signed=True,
                                    titles=[title], alt=repr(self))
        rows, columns = self._seen()
        if rows and columns:
            corner = (columns[0] - 0.5, rows[0] - 0.5)
            size = (columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)
            for axes in [axes for axes in figure.axes if axes.images][:2]:
                for colour, weight in (("black", 4), ("#ffd400", 2)):
                    axes.add_patch(Rectangle(corner, *size, fill=False, ec=colour, lw=weight))
        return figure


def _reach(places, size, window, axis):
    """Return the places of the layer below that these places of one axis depend on."""
    kernel, stride, dilation, before = (
        window[name][axis] for name in ("kernel", "stride", "dilation", "before")
    )
    found = {i * stride - before + u * dilation for i in places for u in range(kernel)}
    return sorted(i for i in found if 0 <= i < size)


def _holes(places):
    return bool(places) and places[-1] - places[0] + 1 != len(places)


def _span(word, places):
    if not places:
        return f"no {word}"
    return f"{word} {places[0]} to {places[-1]}"


def _described(network):
    """Return what the browser needs to know of each layer: name, output shape, and its window."""
    found = []
    for layer, window in zip(network.layers, layer_windows(network), strict=True):
        if window is not None:
            window = {name: [*map(int, two)] for name, two in window._asdict().items()}
        found.append({"name": repr(layer), "shape": list(layer.output_shape), "window": window})
    return found


def _checked_network(network):
    if network is None:
        return trained()
    if not isinstance(network, Sequential):
        raise TypeError(f"network must be a Sequential, got {type(network).__name__}")
    shape = network.input_shape
    if len(shape) != 3 or max(shape[:2]) > LARGEST_PICTURE:
        raise ValueError(
            f"network must take pictures (n_H, n_W, n_C) of up to {LARGEST_PICTURE} by "
            f"{LARGEST_PICTURE} pixels, it takes {shape}"
        )
    return network


def _checked_image(image, network):
    """Return the picture as the network takes it, (1, n_H, n_W, n_C), in float64."""
    if image is None:
        image = _digit(network.input_shape)
    try:
        image = network.as_input(np.asarray(image)[np.newaxis]).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"image does not fit: {error}") from None
    if not np.isfinite(image).all():
        raise ValueError("image must be finite, and holds nan or inf")
    return image


def _digit(shape):
    """Return a test digit in the size that a network takes."""
    digit = load_mnist("test")[0][0]
    rows, columns = (np.arange(n) * 28 // n for n in shape[:2])
    return np.repeat(digit[rows][:, columns, np.newaxis], shape[2], axis=2)


def _index(value, count, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not 0 <= value < count:
        raise ValueError(f"{name} must be from 0 to {count - 1}, got {value}")
    return int(value)


def _checked_layer(layer, layers):
    if layer is not None:
        return _index(layer, len(layers), "layer")
    spatial = [number for number, each in enumerate(layers) if each["window"]]
    return spatial[-1] if spatial else len(layers) - 1


def _checked_unit(unit, shape):
    if len(shape) != 3:
        return [0, 0]
    if unit is None:
        return [n // 2 for n in shape[:2]]
    try:
        row, column = unit
    except (TypeError, ValueError):
        raise TypeError(f"unit must be a pair (row, column), got {unit!r}") from None
    return [_index(row, shape[0], "row of unit"), _index(column, shape[1], "column of unit")]


def _checked_channel(channel, shape):
    return ALL_CHANNELS if channel is None else _index(channel, shape[-1], "channel")
