"""What a unit sees: the browser's arithmetic against two witnesses, and the measured gradient."""

import json

import numpy as np
import pytest
from javascript import evaluated

from cnn_lab.geometry import receptive_field
from cnn_lab.gradient_check import numerical_gradient, relative_error
from cnn_lab.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    Sigmoid,
)
from cnn_lab.network import Sequential
from cnn_lab.widgets.base import module
from cnn_lab.widgets.receptive_field_explorer import ReceptiveFieldExplorer

STEM = "receptive_field_explorer"


def odd_network():
    """Two axes that differ in everything, holes, padding on one side, and layers without space."""
    layers = [
        Conv2D(3, (3, 2), stride=(2, 1), padding=((1, 0), (0, 2))),
        Sigmoid(),
        Conv2D(2, (2, 3), dilation=(2, 1), padding=1),
        AveragePool2D((1, 2), stride=(1, 3)),
        Flatten(),
        Dense(4),
    ]
    return Sequential(layers, (11, 9, 2), np.random.default_rng(3), np.float64)


def odd_picture():
    return np.random.default_rng(4).random((11, 9, 2))


def in_node(tmp_path, expression):
    """Return what an expression over the widget's exported functions gives in node."""
    return evaluated(module(f"{STEM}.js"), expression, tmp_path)



def changed_by_nudges(network, image, layer, unit):
    """Return, for every layer below, picture first, the places whose nudge changes the unit."""
    arrays = [image[np.newaxis], *network.activations(image[np.newaxis])[:layer]]
    found = []
    for number, start in enumerate(arrays):
        if start.ndim != 4:
            found.append(None)
            continue
        places = list(np.ndindex(*start.shape[1:3]))
        x = np.repeat(start, len(places) + 1, axis=0)
        for row, place in enumerate(places):
            x[(row, *place)] += 0.37
        for each in network.layers[number : layer + 1]:
            x = each.forward(x)
        answers = x[(slice(None), *unit)] if x.ndim == 4 else x
        changes = np.abs(answers[:-1] - answers[-1]).max(axis=-1)  # the last was not nudged
        found.append([list(p) for p, change in zip(places, changes, strict=True) if change > 1e-12])
    return found


def as_places(field):
    return field and [[row, column] for row in field[0] for column in field[1]]


def test_fields_are_the_places_whose_nudge_changes_the_unit(tmp_path):
    network, image = odd_network(), odd_picture()
    units = [(0, (0, 0)), (0, (4, 9)), (1, (2, 3)), (2, (0, 0)), (2, (4, 9)), (2, (3, 0)),
             (3, (2, 1)), (3, (4, 2)), (3, (0, 0)), (5, (0, 0))]
    about, asked = json.dumps(ReceptiveFieldExplorer(network, image).layers), json.dumps(units)
    found = in_node(tmp_path, f"{asked}.map(([k, unit]) => w.fields([11, 9], {about}, k, unit))")
    for (layer, unit), fields in zip(units, found, strict=True):
        expected = changed_by_nudges(network, image, layer, unit)
        assert [as_places(field) for field in fields[: layer + 1]] == expected, (layer, unit)


def test_extent_agrees_with_geometry(tmp_path):
    layers = ReceptiveFieldExplorer(odd_network(), odd_picture()).layers
    windows = [each["window"] for each in layers if each["window"]]
    names = ("kernel", "stride", "dilation", "before")
    for axis in (0, 1):
        stacks = json.dumps([windows[: i + 1] for i in range(len(windows))])
        found = in_node(tmp_path, f"{stacks}.map((stack) => w.extent(stack, {axis}))")
        rows = [tuple(window[name][axis] for name in names) for window in windows]
        expected = [receptive_field(rows[: i + 1])._asdict() for i in range(len(rows))]
        assert found == expected


def test_extent_of_the_trained_network_is_14_pixels_in_layer_3(tmp_path):
    layers = ReceptiveFieldExplorer().layers
    windows = json.dumps([each["window"] for each in layers[:4]])
    assert in_node(tmp_path, f"w.extent({windows}, 0)") == {"size": 14, "jump": 2, "start": 0}


def test_sentence_is_the_same_in_the_browser_and_in_the_kernel(tmp_path):
    units = [(0, (0, 0)), (2, (0, 9)), (2, (3, 4)), (3, (4, 0)), (5, 2)]
    network, image = odd_network(), odd_picture()
    widgets = [ReceptiveFieldExplorer(network, image, *each) for each in units]
    asked = json.dumps([[widget.layers, widget.layer, widget.unit] for widget in widgets])
    said = in_node(tmp_path, f"{asked}.map((each) => w.sentence([11, 9], ...each))")
    slopes = json.dumps([[each.gradient.ravel().tolist(), each.layers, each.layer, each.unit]
                         for each in widgets])
    measured = in_node(tmp_path, f"{slopes}.map(([slope, ...each]) => w.measuredText("
                                 "w.touched(slope, [11, 9], w.fields([11, 9], ...each)[0])))")
    both = [" ".join(parts) for parts in zip(said, measured, strict=True)]
    assert both == [widget.describe() for widget in widgets]
    widgets[0].layer = 2  # not measured yet
    assert "Measured" not in widgets[0].describe()


def test_unit_that_is_asleep_is_told(tmp_path):
    found = in_node(tmp_path, "w.measuredText(w.touched([0, 0], [1, 2], [[0], [0, 1]]))")
    assert found == ("Measured: 0 of 2 pixels in the field change it, 0 outside."
                     " For this picture the unit is asleep.")


def test_sentence_tells_gaps_and_padding():
    widget = ReceptiveFieldExplorer(odd_network(), odd_picture(), 2, (0, 0))
    end = "Unit (0, 0) sees rows 1 to 3 and columns 0 to 2; the rest lies outside of the picture."
    assert f"{end} Measured" in widget.describe()
    dilated = Sequential([Conv2D(1, 2, dilation=3)], (6, 7, 1))
    widget = ReceptiveFieldExplorer(dilated, np.zeros((6, 7)), 0, (1, 2))
    assert widget.describe() == (
        "A unit of layer 0, Conv2D(1, 2x2), sees 4 × 4 pixels and steps by 1. "
        "Unit (1, 2) sees rows 1 to 4 and columns 2 to 5, with gaps: 2 × 2 pixels count. "
        "Measured: 4 of 4 pixels in the field change it, 0 outside; the strongest is at row 4,"
        " column 2."
    )


def test_touched_counts_pixels_inside_and_outside(tmp_path):
    found = in_node(tmp_path, "w.touched([1, 0, 2, 0, -3, 0], [2, 3], [[0], [0, 1]])")
    assert found == {"inside": 1, "outside": 2, "of": 2, "at": [1, 1]}


@pytest.mark.parametrize(("layer", "unit", "channel"), [(0, (2, 3), None), (2, (4, 0), 1),
                                                        (3, (1, 1), None), (5, 2, None)])
def test_gradient_agrees_with_finite_differences(layer, unit, channel):
    network, image = odd_network(), odd_picture()
    widget = ReceptiveFieldExplorer(network, image, layer, unit, channel=channel)

    def value(x):
        given = network.activations(x[np.newaxis])[layer][0]
        if given.ndim == 1:
            return given[unit]
        return given[unit].sum() if channel is None else given[unit][channel]

    expected = numerical_gradient(value, image).sum(axis=-1)
    assert relative_error(widget.gradient.astype(float), expected) < 1e-6
    assert np.abs(expected).max() > 0


def test_gradient_is_zero_outside_of_the_field_of_the_trained_network():
    widget = ReceptiveFieldExplorer(layer=5, unit=(0, 3))
    gradient = widget.gradient.copy()
    assert np.count_nonzero(gradient[:16, 12:]) > 50
    gradient[:16, 12:] = 0
    assert not gradient.any()


def test_gradient_leaves_the_network_as_it_was():
    network = Sequential([Conv2D(2, 3), ReLU(), MaxPool2D(2), Dropout(0.5), Flatten(), Dense(3)],
                         (8, 9, 1))
    image = np.random.default_rng(0).random((5, 8, 9, 1))
    network.fast = False
    network.forward(image)
    network.backward(np.ones((5, 3)))
    weights, gradients = network.get_weights(), {k: v.copy() for k, v in network.grads.items()}
    remembered = [layer._x for layer in network.layers]
    state = network.layers[3].rng.bit_generator.state
    for layer in range(6):
        ReceptiveFieldExplorer(network, image[0], layer)
    assert all(np.array_equal(network.params[name], weights[name]) for name in weights)
    assert all(np.array_equal(network.grads[name], gradients[name]) for name in gradients)
    pairs = zip(network.layers, remembered, strict=True)
    assert all(layer._x is before for layer, before in pairs)
    assert network.layers[3].rng.bit_generator.state == state


def test_gradient_follows_weights_that_have_changed():
    network = Sequential([Conv2D(1, 2)], (4, 5, 1))
    widget = ReceptiveFieldExplorer(network, np.zeros((4, 5)), unit=(1, 2))
    network.params["0.W"][...] = [[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]
    widget.req += 1
    assert widget.gradient[1:3, 2:4].tolist() == [[1, 2], [3, 4]]
    assert np.count_nonzero(widget.gradient) == 4


def test_request_measures_the_unit_that_the_browser_chose():
    widget = ReceptiveFieldExplorer()
    widget.set_state({"layer": 3, "unit": [0, 7], "channel": 4, "req": 1})
    assert (widget.ack, widget.error, widget.measured) == (1, "", [3, 0, 7, 4])
    assert np.array_equal(widget.gradient, ReceptiveFieldExplorer(
        layer=3, unit=(0, 7), channel=4).gradient)


def test_unit_and_channel_are_kept_within_the_layer():
    widget = ReceptiveFieldExplorer(layer=0, unit=(20, 21), channel=15)
    widget.layer = 5
    assert widget.unit == [3, 3]
    widget.channel = 31
    widget.layer = 0
    assert widget.channel == -1
    widget.layer = 99
    assert (widget.layer, widget.unit) == (9, [0, 0])


def test_error_in_a_layer_is_shown_and_goes_away():
    network = Sequential([Conv2D(1, 2), ReLU()], (4, 5, 1))
    widget = ReceptiveFieldExplorer(network, np.zeros((4, 5)))
    network.layers[1].forward = lambda x: 1 / 0
    widget.req += 1
    assert widget.ack == 1 and widget.error.startswith("ZeroDivisionError: division by zero")
    del network.layers[1].forward
    widget.req += 1
    assert (widget.ack, widget.error) == (2, "")


def test_network_without_any_space_sees_everything():
    network = Sequential([Flatten(), Dense(2)], (3, 4, 1))
    widget = ReceptiveFieldExplorer(network, np.zeros((3, 4)), unit=1)
    assert repr(widget) == (
        "ReceptiveFieldExplorer: Layer 1, Dense(2), has no rows and columns: "
        "it sees everything, rows 0 to 2 and columns 0 to 3. Measured: 12 of 12 pixels in the field"
        " change it, 0 outside; the strongest is at row 2, column 2."
    )
    assert np.array_equal(widget.gradient, network.params["1.W"][:, 1].reshape(3, 4))


def test_network_of_another_size_gets_a_digit_that_fits():
    widget = ReceptiveFieldExplorer(Sequential([Conv2D(1, 3)], (12, 14, 2)))
    assert widget.image.shape == (12, 14)
    assert widget.image.max() > 0.5


class Odd(Layer):
    def _build(self, rng, dtype):
        return (2, 2, 1)


@pytest.mark.parametrize(("arguments", "kind", "message"), [
    ({"network": [1]}, TypeError, "network must be a Sequential, got list"),
    ({"network": Sequential([Dense(2)], (5,))}, ValueError, "network must take pictures"),
    ({"network": Sequential([Conv2D(1, 2)], (65, 4, 1))}, ValueError, "up to 64 by 64"),
    ({"network": Sequential([Odd()], (5, 6, 1))}, ValueError, "layer 0, Odd.*unknown size"),
    ({"image": np.zeros((5, 6))}, ValueError, "image does not fit.* 28 x 28 x 1"),
    ({"image": "7"}, ValueError, "image does not fit"),
    ({"image": np.full((28, 28), np.nan)}, ValueError, "image must be finite"),
    ({"layer": 10}, ValueError, "layer must be from 0 to 9, got 10"),
    ({"layer": 1.5}, TypeError, "layer must be a whole number"),
    ({"unit": 3}, TypeError, "unit must be a pair"),
    ({"unit": (4, 0)}, ValueError, "row of unit must be from 0 to 3, got 4"),
    ({"unit": (0, -1)}, ValueError, "column of unit must be from 0 to 3, got -1"),
    ({"layer": 9, "unit": 10}, ValueError, "unit must be from 0 to 9, got 10"),
    ({"layer": 9, "unit": (0, 0)}, TypeError, "unit must be a whole number"),
    ({"channel": 32}, ValueError, "channel must be from 0 to 31"),
    ({"channel": True}, TypeError, "channel must be a whole number"),
])
def test_explorer_names_the_argument_that_is_wrong(arguments, kind, message):
    with pytest.raises(kind, match=message):
        ReceptiveFieldExplorer(**arguments)


def test_page_holds_gradient_and_layers(tmp_path):
    widget = ReceptiveFieldExplorer(layer=2, unit=(3, 4))
    text = widget.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    state = text.split('id="state">')[1].split("</script>")[0]
    state = json.loads(state)
    assert (state["layer"], state["unit"], state["measured"]) == (2, [3, 4], [2, 3, 4, -1])
    assert state["layers"][2]["window"]["stride"] == [2, 2]
    assert len(state["gradient"]["data"]["base64"]) > 4 * 28 * 28
    assert repr(widget).split(":")[1].strip() in text.replace("&#x27;", "'")


def test_preview_frames_the_field():
    figure = ReceptiveFieldExplorer(layer=3, unit=(2, 5)).preview()
    boxes = [patch.get_bbox().bounds for axes in figure.axes for patch in axes.patches]
    assert boxes.count((9.5, 3.5, 14, 14)) == 4  # black and yellow, in the picture and the map
    assert "rows 4 to 17 and columns 10 to 23" in figure.alt
