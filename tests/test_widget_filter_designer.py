"""FilterDesigner: numbers, the learner's function, what the browser computes by itself."""

import json

import numpy as np
import pytest
from javascript import printed

from cnn_lab import reference
from cnn_lab.widgets.base import module
from cnn_lab.widgets.filter_designer import PRESETS, FilterDesigner

IMAGE = np.random.default_rng(3).random((9, 7))
KERNEL = [[1.0, -2.0], [0.5, 0.0], [3.0, 1.5]]


def by_loops(image, kernel):
    """The loops of the lessons, on one picture and one filter."""
    W = np.asarray(kernel, float)[:, :, None, None]
    Z, _ = reference.conv_forward(
        np.asarray(image, float)[None, :, :, None], W, np.zeros((1, 1, 1, 1)),
        {"stride": 1, "pad": 0},
    )
    return Z[0, :, :, 0]


def node(tmp_path, calls):
    """Return what JavaScript expressions give, as JSON carries it."""
    names = "convolved, resized, changed, reach, weightOf, weightText, disagreements, sentence"
    script = (
        f"const {{ {names} }} = w;"
        "const plain = (k, v) => ArrayBuffer.isView(v) ? Array.from(v) : v;"
        "const matrix = (rows) => ({ shape: [rows.length, rows[0].length],"
        " data: Float32Array.from(rows.flat()) });"
        f"console.log(JSON.stringify([{', '.join(calls)}], plain));"
    )
    return printed(module("filter_designer.js"), script, tmp_path)



def test_output_is_what_the_loops_give():
    widget = FilterDesigner(IMAGE, KERNEL)
    np.testing.assert_allclose(widget.output, by_loops(IMAGE, KERNEL), rtol=1e-5, atol=1e-6)
    assert widget.error == "" and not widget.own


def test_output_keeps_the_scale_of_a_picture_up_to_255():
    corner = np.array([[0, 0, 100, 100], [0, 0, 100, 100], [0, 0, 100, 0], [0, 0, 0, 0]], np.uint8)
    np.testing.assert_array_equal(FilterDesigner(corner).output, [[400, 300], [300, 100]])


@pytest.mark.parametrize("name", PRESETS)
def test_kernel_by_name(name):
    widget = FilterDesigner(IMAGE, name)
    np.testing.assert_allclose(widget.output, by_loops(IMAGE, PRESETS[name]), rtol=1e-4, atol=1e-5)


def test_edge_presets_answer_nothing_on_flat_areas():
    flat = {name for name in PRESETS if not FilterDesigner(np.ones((8, 8)), name).output.any()}
    assert flat == {"Sobel vertical", "Sobel horizontal", "curve", "left minus right"}


def test_arguments_are_left_as_they_are():
    image, kernel = IMAGE.copy(), np.array(KERNEL)

    def spoiling(image, kernel):
        image[:], kernel[:] = 0, 0
        return np.zeros((7, 6))

    widget = FilterDesigner(image, kernel, spoiling)
    np.testing.assert_array_equal(image, IMAGE)
    np.testing.assert_array_equal(kernel, KERNEL)
    assert widget.expected.any()


def test_request_with_a_new_kernel_computes_once_and_is_acknowledged():
    calls = []

    def conv(image, kernel):
        calls.append(kernel.shape)
        return by_loops(image, kernel)

    widget = FilterDesigner(IMAGE, KERNEL, conv)
    data = np.array([[2, 0, -1]], np.float32)
    kernel = {"shape": [1, 3], "dtype": "float32", "data": memoryview(data.tobytes())}
    widget.set_state({"kernel": kernel, "req": 5})
    assert (widget.ack, widget.error, calls) == (5, "", [(3, 2), (1, 3)])
    np.testing.assert_allclose(widget.output, by_loops(IMAGE, data), rtol=1e-5, atol=1e-6)


def test_kernel_set_in_python_computes():
    widget = FilterDesigner(IMAGE, KERNEL)
    widget.kernel = [[2.0]]
    np.testing.assert_allclose(widget.output, 2 * IMAGE, rtol=1e-6)
    with pytest.raises(ValueError, match="may have up to 7 by 7"):
        widget.kernel = np.ones((6, 8))


def test_own_function_that_differs_keeps_its_numbers():
    widget = FilterDesigner(IMAGE, KERNEL, lambda image, kernel: by_loops(image, kernel) + 1)
    np.testing.assert_allclose(widget.output, widget.expected + 1, rtol=1e-5)


def test_own_function_that_fails_becomes_an_error():
    widget = FilterDesigner(IMAGE, KERNEL, lambda image, kernel: 1 / 0)
    assert widget.error.startswith("ZeroDivisionError: division by zero")
    assert np.isnan(widget.output).all() and widget.expected.any()
    assert "no numbers" in repr(widget) and widget.preview() is None
    widget.req = 1
    assert widget.ack == 1


def test_own_function_with_another_shape_becomes_an_error():
    widget = FilterDesigner(IMAGE, KERNEL, lambda image, kernel: image)
    assert "must return the shape (7, 6), without padding, got (9, 7)" in widget.error


@pytest.mark.parametrize(("arguments", "kind", "message"), [
    ({"image": [1, 2]}, ValueError, "image must have two axes"),
    ({"image": np.ones((65, 4))}, ValueError, "image may have up to 64 by 64"),
    ({"image": [[-1.0, 0.0]]}, ValueError, "image must have values from 0 to 1 or from 0 to 255"),
    ({"image": "seven"}, TypeError, "image must be an array of numbers"),
    ({"kernel": np.ones((8, 2))}, ValueError, "kernel may have up to 7 by 7"),
    ({"kernel": [[np.nan]]}, ValueError, "kernel must be finite"),
    ({"kernel": "Sobel"}, ValueError, "kernel must be numbers or one of 'Sobel vertical'"),
    ({"image": np.ones((2, 5))}, ValueError, r"kernel \(3, 3\) does not fit into the image"),
    ({"conv": 3}, TypeError, "conv must be a function, got int"),
])
def test_wrong_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        FilterDesigner(**arguments)


def test_to_html_holds_the_numbers(tmp_path):
    page = FilterDesigner(IMAGE, KERNEL).to_html(tmp_path / "page.html").read_text("utf-8")
    assert "3 × 2 weights on 9 × 7 pixels; the feature map, 7 × 6, has" in page
    assert "Sobel horizontal" in page and "function convolved" in page


def test_preview_is_a_figure():
    figure = FilterDesigner(IMAGE, KERNEL, limit=4.0).preview()
    assert figure.alt.startswith("FilterDesigner: 3 × 2 weights")


def test_browser_convolves_like_numpy(tmp_path):
    image, kernel = json.dumps(IMAGE.tolist()), json.dumps(KERNEL)
    (answer,) = node(tmp_path, [f"convolved(matrix({image}), matrix({kernel}))"])
    assert answer["shape"] == [7, 6]
    expected = by_loops(IMAGE, KERNEL)
    np.testing.assert_allclose(np.reshape(answer["data"], (7, 6)), expected, rtol=1e-5, atol=1e-5)


def test_browser_resizes_around_the_middle(tmp_path):
    grown, shrunk, one = node(tmp_path, [
        "resized(matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), [5, 4])",
        "resized(matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), [1, 1])",
        "changed(matrix([[1, 2], [3, 4]]), 2, -1)",
    ])
    expected = np.zeros((5, 4))
    expected[1:4, :3] = np.arange(1, 10).reshape(3, 3)
    np.testing.assert_array_equal(np.reshape(grown["data"], (5, 4)), expected)
    assert shrunk == {"shape": [1, 1], "data": [5]}
    assert one["data"] == [1, 2, -1, 4]


def test_browser_reads_and_writes_weights(tmp_path):
    assert node(tmp_path, [
        'weightOf(" -0,5 ")', 'weightOf("−2")', 'weightOf("0")', 'weightOf("")', 'weightOf("-")',
        "weightText(-1 / 3)", "weightText(2)",
    ]) == [-0.5, -2, 0, None, None, "−0.333", "2"]


def test_browser_scale_ignores_rounding_errors(tmp_path):
    assert node(tmp_path, [
        "reach(Float32Array.of(1e-8, -2e-8), Float32Array.of(1, -1))",
        "reach(Float32Array.of(1, -3, NaN), Float32Array.of(1, -1))",
        "reach(Float32Array.of(NaN), Float32Array.of(0))",
    ]) == [1, 3, 1]


def test_browser_finds_the_numbers_that_differ(tmp_path):
    wrong, text, nothing = node(tmp_path, [
        "disagreements(Float32Array.of(1, 2, NaN, 0), Float32Array.of(1, 2.1, 3, 0))",
        "sentence(matrix([[1, -4], [2, 0]]), [0, 1], [3, 2], 3, 2)",
        "sentence(matrix([[NaN]]), [0, 0], [1, 1], 1)",
    ])
    assert wrong == [1, 2]
    assert text == (
        "Feature map[0, 1] = −4, from rows 0 to 2, columns 1 to 2. The map reaches from −4 to 2."
        " 1 of its numbers lie beyond the colours. 2 of its numbers are not the reference's."
    )
    assert "no feature map" in nothing
