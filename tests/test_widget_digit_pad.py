import json

import numpy as np
import pytest
from javascript import evaluated

from cnn_lab import models
from cnn_lab.layers import Conv2D, Dense, Flatten
from cnn_lab.losses import softmax
from cnn_lab.mnist import load_mnist
from cnn_lab.network import Sequential
from cnn_lab.widgets.base import module
from cnn_lab.widgets.digit_pad import DigitPad


@pytest.fixture(scope="module")
def digits():
    images, labels = load_mnist("test")
    return images[:200], labels[:200]


@pytest.fixture(scope="module")
def network():
    return models.trained()


def from_browser(pad, **inputs):
    """Set inputs as the browser does: arrays as a dictionary with a view of their bytes."""
    values = {
        name: {"shape": value.shape, "dtype": "uint8", "data": memoryview(value.tobytes())}
        for name, value in inputs.items()
    }
    pad.set_state({**values, "req": pad.req + 1})


def test_request_computes_probabilities_of_the_picture_from_the_browser(network, digits):
    pad = DigitPad(network)
    assert pad.probabilities.size == 0
    from_browser(pad, image=digits[0][0])
    assert pad.ack == pad.req == 1
    expected = softmax(network.scores(digits[0][:1]))[0]
    np.testing.assert_allclose(pad.probabilities, expected, atol=1e-5)
    assert repr(pad).startswith("DigitPad: it is a 7, 97%; next ")


def test_blank_picture_takes_the_guess_back(network, digits):
    pad = DigitPad(network, image=digits[0][0])
    from_browser(pad, image=np.zeros((28, 28), np.uint8))
    assert pad.probabilities.size == 0
    assert repr(pad) == "DigitPad: the pad is blank: draw a digit."


def test_feature_maps_are_the_layers_outputs_on_the_scale_that_is_told(network, digits):
    pad = DigitPad(network, image=digits[0][1])
    outputs = network.activations(digits[0][1:2])
    for n, place in enumerate((1, 4)):
        expected = outputs[place][0, ..., :16]
        layer, maps = pad.layers[n], getattr(pad, f"maps_{n}")
        assert list(maps.shape) == layer["shape"] == list(expected.shape)
        assert not layer["signed"]
        most = layer["most"]
        np.testing.assert_allclose(maps / 255 * most, expected.clip(0, most), atol=most / 500)


def test_signed_maps_have_zero_in_the_middle(digits):
    layers = [Conv2D(3, (5, 4)), Flatten(), Dense(4)]
    network = Sequential(layers, rng=np.random.default_rng(3))
    pad = DigitPad(network, image=digits[0][2])
    expected = network.activations(digits[0][2:3])[0][0]
    layer = pad.layers[0]
    assert layer["signed"] and layer["shape"] == [24, 25, 3] and pad.maps_1.size == 0
    most = layer["most"]
    got = (pad.maps_0 / 255 * 2 - 1) * most
    np.testing.assert_allclose(got, expected.clip(-most, most), atol=most / 250)
    assert pad.names[3] == "class 3"


def test_asking_leaves_the_memory_of_a_training_step_alone(digits):
    network = models.build("eight_filters")
    network.fast = False
    pad = DigitPad(network)
    network.forward(digits[0][:5], training=True)
    from_browser(pad, image=digits[0][7])
    assert network.backward(np.ones((5, 10))).shape == (5, 28, 28, 1)


def test_network_without_convolutions_has_no_maps(digits):
    pad = DigitPad(models.build("sigmoid_network"), image=digits[0][0])
    assert pad.layers == [] and pad.probabilities.shape == (10,)


def test_newest_weights_answer(digits):
    network = models.build("eight_filters")
    pad = DigitPad(network, image=digits[0][0])
    network.params["3.b"][6] = 100
    from_browser(pad)
    assert pad.probabilities.argmax() == 6


def test_error_in_the_kernel_is_shown(network):
    pad = DigitPad(network)
    from_browser(pad, image=np.ones((5, 4), np.uint8))
    assert pad.error == "ValueError: image must have the shape (28, 28), got (5, 4)"
    assert pad.ack == 1


@pytest.mark.parametrize(("arguments", "error", "words"), [
    ({"network": 5}, TypeError, "network must be a Sequential, got int"),
    ({"network": Sequential([Flatten(), Dense(10)], (9, 8, 1))}, ValueError, r"network must take"),
    ({"network": Sequential([Flatten(), Dense(1)])}, ValueError, "two or more scores"),
    ({"network": Sequential([Conv2D(2, 3)])}, ValueError, "two or more scores"),
    ({"image": np.zeros((28, 27))}, ValueError, r"image must have the shape \(28, 28\)"),
    ({"image": "seven"}, TypeError, "image must be an array of numbers"),
    ({"image": np.full((28, 28), 256)}, ValueError, "numbers from 0 to 255"),
    ({"image": np.full((28, 28), np.nan)}, ValueError, "numbers from 0 to 255"),
])
def test_wrong_argument_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        DigitPad(**arguments)


def test_page_and_preview_carry_the_answer(network, digits, tmp_path):
    pad = DigitPad(network, image=digits[0][0])
    text = pad.to_html(tmp_path / "pad.html").read_text("utf-8")
    assert "it is a 7, 97%" in text and "asMnist" in text
    assert pad.preview().alt == repr(pad)
    assert DigitPad(network).preview().alt == "DigitPad: the pad is blank: draw a digit."


@pytest.fixture(scope="module")
def in_node(tmp_path_factory):
    """Return a function that runs JavaScript after the widget's module and returns its JSON."""
    folder, text = tmp_path_factory.mktemp("js"), module("digit_pad.js")
    names = "const { asMnist, box, drawLine, enlarged, guess, percent, whereabouts } = w;"

    def run(code, data=None):
        before = f"{names} const data = {json.dumps(data)};"
        return evaluated(text, f"(() => {{ {code} }})()", folder, before)

    return run



def test_mnist_digits_come_back_from_any_place_and_size(in_node, digits):
    """The pad's way to make a picture is MNIST's: on MNIST's own digits it changes nothing."""
    images = digits[0][:30]
    inks = []
    for n, image in enumerate(images):
        times, ink = 1 + n % 4, np.zeros((126, 126), np.uint8)
        rows, columns = np.nonzero(image)
        part = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        large = np.kron(part, np.ones((times, times), np.uint8))
        ink[n : n + large.shape[0], 2 * (n % 20) :][:, : large.shape[1]] = large
        inks.append(ink.ravel().tolist())
    got = in_node("return data.map((ink) => [...asMnist(Uint8Array.from(ink), 126)]);", inks)
    np.testing.assert_array_equal(np.array(got).reshape(-1, 28, 28), images)


def test_drawn_seven_fills_the_box_and_is_read_as_seven_from_any_corner(in_node, network):
    pictures = in_node("""
      return [[0.1, 0.05, 0.35], [0.5, 0.5, 0.4], [0.2, 0.1, 0.7]].map(([x, y, size]) => {
        const ink = new Uint8Array(280 * 280), at = (u, v) => [x + u * size, y + v * size];
        drawLine(ink, at(0, 0), at(0.6, 0.02));
        drawLine(ink, at(0.6, 0.02), at(0.25, 1));
        return [...asMnist(ink)];
      });""")
    pictures = np.array(pictures, np.uint8).reshape(-1, 28, 28)
    assert network.predict(pictures).tolist() == [7, 7, 7]
    for picture in pictures:
        rows, columns = np.nonzero(picture)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        centre = [np.average(at, weights=picture[rows, columns]) for at in (rows, columns)]
        assert np.all(np.abs(np.subtract(centre, 14)) <= 0.5)


def test_line_covers_as_much_as_a_stadium(in_node):
    code = """const ink = new Uint8Array(100 * 100);
      drawLine(ink, [0.2, 0.3], [0.6, 0.6], 100, 5);
      return [ink.reduce((a, b) => a + b) / 255, ...box(ink, 100)];"""
    area, top, left, height, width = in_node(code)
    assert area == pytest.approx(50 * 10 + np.pi * 25, rel=0.01)
    assert (top, left) == (25, 15) and (height, width) == (40, 50)


def test_blank_and_dot(in_node):
    blank, dot = in_node("""const ink = new Uint8Array(280 * 280), blank = [...asMnist(ink)];
      drawLine(ink, [0, 1], [0, 1]);
      return [blank, [...asMnist(ink)]];""")
    assert sum(blank) == 0
    assert np.array(dot).reshape(28, 28)[4:24, 4:24].mean() > 100


def test_enlarged_picture_comes_back(in_node, digits):
    got = in_node("return [...asMnist(enlarged(data))];", digits[0][4].ravel().tolist())
    np.testing.assert_array_equal(np.reshape(got, (28, 28)), digits[0][4])


def test_cursor_says_its_place_counted_from_0_and_what_is_under_it(in_node, digits):
    """The places are those of the picture that was put on the pad."""
    picture = digits[0][0]
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    got = in_node(f"""const ink = enlarged(data);
      return [whereabouts([0, 27], ink, false), whereabouts([{row}, {column}], ink, true)];""",
                  picture.ravel().tolist())
    assert got == ["Row 0, column 27 of 0 to 27, on paper, pen up.",
                   f"Row {row}, column {column} of 0 to 27, on ink, pen down."]


def test_guess_in_words(in_node):
    got = in_node("""const names = ["a 0", "a 1", "an 8"];
      return [guess([0.01, 0.98, 0.01], names), guess([0.3, 0.3, 0.4], names),
              [1, 0.9999, 0.004].map(percent)];""")
    assert got == ["It is a 1, 98 %; next a 0, 1 %.", "Not sure: perhaps an 8, 40 %, or a 0, 30 %.",
                   ["100 %", "99.9 %", "under 1 %"]]
