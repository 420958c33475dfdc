"""FeatureMapExplorer: maps as bytes, honest scales, any Sequential, what the browser works out."""

import json

import numpy as np
import pytest
from javascript import evaluated

from cnn_lab.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sigmoid
from cnn_lab.losses import softmax
from cnn_lab.network import Sequential
from cnn_lab.widgets.base import module
from cnn_lab.widgets.feature_map_explorer import FeatureMapExplorer

IMAGES = np.random.default_rng(5).random((4, 9, 7, 2), dtype=np.float32)


def small_network(*more):
    layers = [Conv2D(3, (4, 2)), ReLU(), MaxPool2D(2), Flatten(), Dense(5), *more]
    return Sequential(layers, input_shape=(9, 7, 2), rng=np.random.default_rng(1))


def maps_of(widget, layer):
    """Undo the bytes of one layer: maps (n, rows, columns)."""
    sizes = [int(np.prod(entry["shape"])) for entry in widget.layers]
    entry, start = widget.layers[layer], sum(sizes[:layer])
    steps = 254 if entry["low"] < 0 else 255
    share = widget.maps[start : start + sizes[layer]].astype(float) / steps
    return (entry["low"] + share * (entry["high"] - entry["low"])).reshape(entry["shape"])


def node(tmp_path, calls):
    """Return what JavaScript expressions give, as JSON carries it."""
    names = "places, valueOf, probabilities, topClasses, percent, shapeText, verdict, sentence"
    before = f"const {{ {names}, totals }} = w;"
    return evaluated(module("feature_map_explorer.js"), f"[{', '.join(calls)}]", tmp_path, before)



def test_maps_are_the_layers_outputs_to_half_a_step():
    network = small_network()
    widget = FeatureMapExplorer(network, IMAGES, index=2)
    outputs = network.activations(IMAGES)
    for number, entry in enumerate(widget.layers):
        step = (entry["high"] - entry["low"]) / 254
        expected = outputs[number][2]
        if expected.ndim == 3:
            expected = expected.transpose(2, 0, 1)
        found = maps_of(widget, number).reshape(-1)[: expected.size]
        np.testing.assert_allclose(found, expected.ravel(), atol=0.51 * step)
    np.testing.assert_allclose(widget.scores, outputs[-1][2], rtol=1e-5)


def test_zero_stays_zero_in_signed_layers():
    network = small_network()
    network.layers[0].params["W"][..., 1] = 0
    widget = FeatureMapExplorer(network, IMAGES)
    assert widget.layers[0]["low"] < 0
    assert not maps_of(widget, 0)[1].any()


def test_scale_comes_from_all_images_and_stays_for_a_blank_one():
    network = small_network()
    images = np.concatenate([IMAGES, np.full((1, 9, 7, 2), 1e-3, np.float32)])
    widget = FeatureMapExplorer(network, images)
    entry, most = widget.layers[1], network.activations(images)[1].max()
    assert (entry["low"], entry["high"]) == (0.0, pytest.approx(float(most)))
    before = widget.layers
    widget.index, widget.req = 4, 1
    assert widget.layers == before and widget.shown == 4
    assert maps_of(widget, 1).max() < 0.02 * entry["high"]


def test_largest_holds_each_maps_maximum_of_the_image():
    network = small_network()
    widget = FeatureMapExplorer(network, IMAGES, index=1)
    outputs = network.activations(IMAGES[1:2])
    np.testing.assert_allclose(widget.largest[:3], outputs[0][0].max(axis=(0, 1)), rtol=1e-5)
    assert len(widget.largest) == 3 + 3 + 3 + 1 + 1


def test_request_computes_another_image_and_is_acknowledged():
    network = small_network()
    widget = FeatureMapExplorer(network, IMAGES, labels=[0, 1, 2, 3])
    first = widget.maps
    widget.set_state({"index": 3, "req": 9})
    assert (widget.ack, widget.shown, widget.error) == (9, 3, "")
    assert not np.array_equal(widget.maps, first)
    np.testing.assert_allclose(widget.scores, network.activations(IMAGES)[-1][3], rtol=1e-5)


def test_error_in_the_learners_layer_is_shown_and_the_old_maps_stay():
    class Moody(ReLU):
        def forward(self, x, training=False):
            if x.shape[0] == 1 and x[0, 0] > limit[0]:
                raise RuntimeError("not today")
            return super().forward(x, training)

    limit = [np.inf]
    widget = FeatureMapExplorer(small_network(Moody()), IMAGES)
    before, limit[0] = widget.maps, -np.inf
    widget.set_state({"index": 1, "req": 1})
    assert widget.error.startswith("RuntimeError: not today") and widget.ack == 1
    assert widget.shown == 0 and widget.maps is before


def test_lower_part_of_a_network_has_maps_and_no_scores():
    network = Sequential(small_network().layers[:3], input_shape=(9, 7, 2))
    widget = FeatureMapExplorer(network, IMAGES, layer=-1)
    assert widget.scores.size == 0 and widget.layer == 2
    assert repr(widget).startswith(
        "FeatureMapExplorer: image 0, layer 2, MaxPool2D(2x2): 3 maps of 3 × 3, "
    )
    assert "the network says" not in repr(widget)


def test_how_much_of_a_layer_is_above_0_and_how_large_it_is(tmp_path):
    network = small_network()
    network.layers[0].params["W"][..., 1] = 0
    widget = FeatureMapExplorer(network, IMAGES, index=2)
    outputs = [output[2] for output in network.activations(IMAGES)]
    expected = [int((output > 0).any(axis=(0, 1)).sum() if output.ndim == 3 else (output > 0).sum())
                for output in outputs]
    assert widget.above.tolist() == expected and expected[1] < 3
    sizes = [np.abs(output).sum() for output in outputs]
    np.testing.assert_allclose(widget.sizes, sizes, rtol=1e-5)
    said = repr(FeatureMapExplorer(network, IMAGES, index=2, layer=1))
    assert (
        f"3 maps of 6 × 6, {expected[1]} of them above 0 somewhere; all numbers, signs ignored,"
        f" add up to {widget.sizes[1]:.3g}; the network says"
    ) in said
    maps, units = (json.dumps(widget.layers[n]) for n in (1, 4))
    assert node(tmp_path, [f"totals({maps}, 2, 3379.4)", f"totals({units}, 4, 2.5)"]) == [
        "2 of 3 maps are above 0 somewhere; all numbers, signs ignored, add up to 3,379.",
        "4 of 5 units are above 0; all numbers, signs ignored, add up to 2.50.",
    ]


def test_rows_and_outputs_that_are_not_finite_are_shown_all_the_same():
    network = Sequential([Dense(40), Sigmoid()], input_shape=(20,))
    network.layers[0].params["W"][:, 3] = np.nan
    widget = FeatureMapExplorer(network, np.ones((2, 20), np.float32))
    assert widget.error == "" and widget.layers[0]["shape"] == [1, 3, 16]
    assert np.isfinite(widget.layers[0]["high"]) and np.isnan(widget.largest[0])
    assert widget.preview() is None


def test_default_shows_one_test_image_of_each_digit_read_right():
    widget = FeatureMapExplorer()
    assert widget.labels == list(range(10)) and widget.count == 10
    for digit in range(10):
        widget.index, widget.req = digit, digit + 1
        assert widget.scores.argmax() == digit


def test_arguments_are_left_as_they_are():
    network, images = small_network(), IMAGES.copy()
    weights = network.get_weights()
    widget = FeatureMapExplorer(network, images)
    before = widget.maps
    images[:] = 0
    widget.answer()
    np.testing.assert_array_equal(widget.maps, before)
    for name, value in network.params.items():
        np.testing.assert_array_equal(value, weights[name])


def test_index_and_layer_from_the_browser_stay_within():
    widget = FeatureMapExplorer(small_network(), IMAGES)
    widget.set_state({"index": 99, "layer": -4})
    assert (widget.index, widget.layer) == (3, 0)


@pytest.mark.parametrize(("arguments", "kind", "message"), [
    ({"network": "mine"}, TypeError, "network must be a Sequential, got str"),
    ({"images": np.ones((2, 8, 8, 2))}, ValueError, "images do not suit: the network takes"),
    ({"images": np.ones((0, 9, 7, 2))}, ValueError, "images must hold at least one"),
    ({"images": np.full((1, 9, 7, 2), np.nan)}, ValueError, "images must be finite"),
    ({"labels": [1, 2]}, ValueError, "labels must be 4 integers"),
    ({"labels": [0.5] * 4}, ValueError, "labels must be 4 integers"),
    ({"images": None, "labels": [1]}, ValueError, "labels came without images"),
    ({"index": 4}, ValueError, "index is 4, but there are 4 images"),
    ({"layer": 5}, ValueError, "layer is 5, but there are 5 layers"),
    ({"layer": "Dense"}, TypeError, "layer must be an integer"),
])
def test_wrong_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        FeatureMapExplorer(**{"network": small_network(), "images": IMAGES, **arguments})


def test_to_html_holds_all_layers(tmp_path):
    widget = FeatureMapExplorer(small_network(), IMAGES)
    page = widget.to_html(tmp_path / "page.html").read_text("utf-8")
    assert "Conv2D(3, 4x2)" in page and "For other pictures run the notebook." in page


def test_preview_is_a_figure():
    widget = FeatureMapExplorer(small_network(), IMAGES, layer=4)
    assert widget.preview().alt == repr(widget)


def test_browser_finds_and_reads_the_maps(tmp_path):
    widget = FeatureMapExplorer(small_network(), IMAGES)
    layers = json.dumps(widget.layers)
    places, *values = node(tmp_path, [
        f"places({layers})", "valueOf(127, { low: -3, high: 3 })",
        "valueOf(254, { low: -3, high: 3 })", "valueOf(255, { low: 0, high: 3 })",
    ])
    assert places[:3] == [
        {"byte": 0, "map": 0, "size": 36}, {"byte": 108, "map": 3, "size": 36},
        {"byte": 216, "map": 6, "size": 9},
    ]
    assert values == [0, 3, 3]


def test_browser_gives_numpys_probabilities(tmp_path):
    scores = [1000.0, 998.5, 3.0]
    shares, top = node(tmp_path, [f"probabilities({scores})", "topClasses([5, 1, 9, 7], 3)"])
    np.testing.assert_allclose(shares, softmax(np.array([scores]))[0], atol=1e-12)
    assert top == [0, 2, 3]


def test_browser_says_what_is_shown(tmp_path):
    maps = '{ name: "ReLU()", maps: true, outputs: 16, shape: [16, 24, 24] }'
    units = '{ name: "Dense(20)", maps: false, outputs: 20, shape: [1, 2, 16] }'
    assert node(tmp_path, [
        f"sentence(7, {maps}, 3, 1.5)",
        f"sentence(7, {maps}, 3, 1.5, {{ row: 2, column: 5, value: -0.25 }})",
        f"sentence(7, {units}, 0, 1.5, {{ row: 1, column: 2, value: 0.5 }})",
        f"sentence(7, {units}, 0, 1.5, {{ row: 1, column: 9, value: 0 }})",
        "verdict([0, 0], 1)", "verdict([0, 9], 1)", "verdict([])", "verdict([NaN, 1])",
        f"shapeText({maps})", f"shapeText({units})", "percent(0.5)",
    ]) == [
        "Image 7, ReLU(): map 3 of 16, largest value 1.50.",
        "Image 7, ReLU(): map 3 of 16, largest value 1.50; row 2, column 5: about −0.25.",
        "Image 7, Dense(20): 20 units, largest value 1.50; unit 18: about 0.50.",
        "Image 7, Dense(20): 20 units, largest value 1.50.",
        "The network says 0 (50.0 %); the label is 1.",
        "The network says 1 (99.99 %), which is right.",
        "", "The scores are no numbers.", "24 × 24 × 16", "20", "50.0 %",
    ]
