"""GradientFlow: what each number of dZ hands back, in Python and in the browser's functions."""

import json

import numpy as np
import pytest
import traitlets
from javascript import printed
from matplotlib.text import Text

from cnn_lab.reference import conv_backward, conv_forward
from cnn_lab.widgets.base import module
from cnn_lab.widgets.gradient_flow import LEFT_MINUS_RIGHT, LETTER_N, GradientFlow

RNG = np.random.default_rng(5)
IMAGE, KERNEL = RNG.integers(-3, 4, (7, 6)), RNG.integers(-3, 4, (3, 2))
GRADIENT = RNG.integers(-3, 4, (3, 5))  # strides 2 and 1


def witness(image, kernel, gradient, stride):
    """Return dA, dW, db of the loop reference as matrices."""
    A, W = np.array(image)[None, ..., None], np.array(kernel)[..., None, None]
    Z, cache = conv_forward(A, W, np.zeros((1, 1, 1, 1)), {"stride": stride, "pad": 0})
    dA, dW, db = conv_backward(np.reshape(gradient, Z.shape), cache)
    return dA[0, :, :, 0], dW[:, :, 0, 0], db[0, :, :, 0]


def in_browser(tmp_path, script):
    """Run a script beside the widget's functions; return the JSON that it prints."""
    return printed(module("gradient_flow.js"), f"const it = w; {{\n{script}\n}}", tmp_path)



def as_js(matrix):
    matrix = np.array(matrix)
    return json.dumps({"shape": matrix.shape, "data": matrix.ravel().tolist()})


def test_default_is_lesson_05():
    widget = GradientFlow()
    assert widget.gradient.tolist() == [[-1, 2, 0], [0, 0, 0], [-1, 0, 0]]
    assert widget.dW.tolist() == [[-2, 0], [0, -1]]
    assert widget.db.tolist() == [[0]]
    assert widget.dA.tolist() == [[-1, 3, -2, 0], [-1, 3, -2, 0], [-1, 1, 0, 0], [-1, 1, 0, 0]]


def test_finished_gradients_equal_finite_differences():
    widget = GradientFlow(IMAGE, KERNEL, GRADIENT, (2, 1))

    def loss(image, kernel):
        A, W = image[None, ..., None], kernel[..., None, None]
        Z, _ = conv_forward(A, W, np.zeros((1, 1, 1, 1)), {"stride": (2, 1), "pad": 0})
        return (Z[0, :, :, 0] * GRADIENT).sum()

    image, kernel = IMAGE.astype(float), KERNEL.astype(float)
    for array, found in ((image, widget.dA), (kernel, widget.dW)):
        for place in np.ndindex(array.shape):
            before = array[place]
            array[place] = before + 0.5
            up = loss(image, kernel)
            array[place] = before - 0.5
            assert found[place] == pytest.approx(up - loss(image, kernel))
            array[place] = before


def test_gradient_left_out_counts_every_output_once():
    assert (GradientFlow(IMAGE, KERNEL).gradient == np.ones((5, 5))).all()
    assert (GradientFlow(stride=2).gradient == np.ones((2, 2))).all()


def test_arguments_are_not_changed():
    image, kernel, gradient = IMAGE.copy(), KERNEL.copy(), GRADIENT.copy()

    def destroy(dZ, cache):
        answer = conv_backward(dZ, cache)
        for array in (dZ, *cache[:3]):
            array[...] = 99
        return answer

    widget = GradientFlow(image, kernel, gradient, (2, 1), backward=destroy)
    assert (image == IMAGE).all() and (kernel == KERNEL).all() and (gradient == GRADIENT).all()
    assert (widget.image == IMAGE).all() and (widget.gradient == GRADIENT).all()


def test_own_backward_that_is_right():
    widget = GradientFlow(IMAGE, KERNEL, GRADIENT, (2, 1), backward=conv_backward)
    assert widget.own and widget.error == ""
    assert (widget.own_dA == widget.dA).all() and (widget.own_dW == widget.dW).all()


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (lambda dZ, cache: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda dZ, cache: None, "TypeError: backward must return dA_prev, dW and db, got None"),
        (lambda dZ, cache: (cache[0], cache[1], 0), r"db must have the shape \(1, 1, 1, 1\)"),
        (lambda dZ, cache: (dZ, cache[1], cache[2]), r"dA_prev must have the shape .* got \(1, 3,"),
    ],
)
def test_own_backward_that_fails_is_shown_as_error(backward, message):
    widget = GradientFlow(backward=backward)
    assert pytest.approx(widget.dW) == np.array([[-2, 0], [0, -1]])
    assert widget.own_dA.size == 0
    with pytest.raises(ValueError, match=message):
        raise ValueError(widget.error)


def test_request_is_answered_whatever_comes_of_it():
    answers = iter([ValueError("no"), None])

    def moody(dZ, cache):
        trouble = next(answers)
        if trouble:
            raise trouble
        return conv_backward(dZ, cache)

    widget = GradientFlow(backward=moody)
    assert widget.error.startswith("ValueError: no, in line ")
    widget.req = 1
    assert (widget.ack, widget.error) == (1, "")
    assert (widget.own_dW == widget.dW).all()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"image": "N"}, TypeError, "image must be an array of numbers"),
        ({"image": [1, 2]}, ValueError, "image must have two axes"),
        ({"image": np.ones((33, 4))}, ValueError, "image may have up to 32 by 32"),
        ({"kernel": np.ones((8, 2))}, ValueError, "kernel may have up to 7 by 7"),
        ({"kernel": [[np.nan]]}, ValueError, "kernel must be finite"),
        ({"kernel": np.ones((5, 2))}, ValueError, "kernel"),
        ({"gradient": np.ones((3, 2))}, ValueError, r"gradient must have .* \(3, 3\), got \(3, 2"),
        ({"stride": 0}, ValueError, "stride"),
        ({"backward": 3}, TypeError, "backward must be a function, got int"),
        ({"shown": "some"}, traitlets.TraitError, "shown"),
        ({"position": [1]}, traitlets.TraitError, "position must be a row and a column"),
    ],
)
def test_wrong_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        GradientFlow(**arguments)


def test_position_stays_inside():
    assert GradientFlow(position=[9, -2]).position == [2, 0]


def test_repr_says_the_numbers():
    nothing = repr(GradientFlow(position=[1, 1]))
    assert nothing == (
        "GradientFlow: dZ[1, 1] is 0: it hands nothing back. dW so far: −1, 0; 1, −1. db so far: 1."
    )
    assert "−1 times the filter is added to rows 2 to 3" in repr(GradientFlow(position=[2, 0]))


@pytest.mark.parametrize(
    ("shown", "words"), [("one", "this window"), ("so far", "up to here"), ("all", "all windows")]
)
def test_preview_shows_what_is_summed(shown, words):
    figure = GradientFlow(position=[0, 1], shown=shown).preview()
    texts = " ".join(text.get_text() for text in figure.findobj(Text))
    assert f"dW, {words}" in " ".join(texts.split())
    assert figure.alt.startswith("GradientFlow: dZ[0, 1] is 2")


def test_preview_of_the_largest_image():
    assert GradientFlow(np.ones((32, 32)), np.ones((7, 7))).preview().png()[:4] == b"\x89PNG"


def test_page_holds_numbers_and_functions(tmp_path):
    path = GradientFlow(IMAGE, KERNEL, GRADIENT, (2, 1), shown="all").to_html(tmp_path / "a.html")
    text = path.read_text(encoding="utf-8")
    assert '"shown": "all"' in text and '"stride": [2, 1]' in text
    assert "function gradientsOver" in text and "dZ[0, 0]" in text


def test_browser_sums_equal_the_reference(tmp_path):
    found = in_browser(tmp_path, f"""
        const [g, x, w] = [{as_js(GRADIENT)}, {as_js(IMAGE)}, {as_js(KERNEL)}], out = {{}};
        for (const shown of ["one", "so far", "all"]) {{
          const places = it.placesShown(shown, [1, 2], g.shape);
          const sums = it.gradientsOver(places, g, x, w, [2, 1]);
          out[shown] = {{ ...sums, dA: [...sums.dA], dW: [...sums.dW] }};
        }}
        console.log(JSON.stringify(out));""")
    places = np.arange(15).reshape(3, 5)
    for shown, mask in (("one", places == 7), ("so far", places <= 7), ("all", places >= 0)):
        dA, dW, db = witness(IMAGE, KERNEL, GRADIENT * mask, (2, 1))
        assert found[shown]["dA"] == dA.ravel().tolist()
        assert found[shown]["dW"] == dW.ravel().tolist()
        assert found[shown]["db"] == db.item()
        for name, finished in (("dA", dA), ("dW", dW)):
            assert found[shown]["most"][name] >= np.abs(finished).max()


def test_browser_products_of_one_number(tmp_path):
    found = in_browser(tmp_path, f"""
        const [g, x, w] = [{as_js([[-1, 2, 0], [0, 0, 0], [-1, 0, 0]])}, {as_js(LETTER_N)},
          {as_js(LEFT_MINUS_RIGHT)}];
        console.log(JSON.stringify([it.handedBack(g, x, w, [0, 1], [1, 1]),
          it.gradientSentence([0, 1], 2, [2, 2], [1, 1])]));""")
    handed, sentence = found
    assert handed["value"] == 2
    assert [cell["toA"] for cell in handed["cells"]] == [2, -2, 2, -2]
    assert [cell["toW"] for cell in handed["cells"]] == [0, 0, 2, 0]
    assert [cell["at"] for cell in handed["cells"]] == [1, 2, 5, 6]
    said = GradientFlow(position=[0, 1]).describe().replace(" is 2:", " = 2:")
    assert said == f"{sentence} dW so far: −1, 0; 1, −1. db so far: 1."


@pytest.mark.parametrize("shown", ["one", "so far", "all"])
def test_sums_are_said_alike_in_the_browser_and_in_the_kernel(tmp_path, shown):
    widget = GradientFlow(IMAGE, KERNEL, GRADIENT, (2, 1), position=[1, 2], shown=shown)
    said = in_browser(tmp_path, f"""
        const [g, x, w] = [{as_js(GRADIENT)}, {as_js(IMAGE)}, {as_js(KERNEL)}];
        const places = it.placesShown("{shown}", [1, 2], g.shape);
        const sums = it.gradientsOver(places, g, x, w, [2, 1]);
        console.log(JSON.stringify(it.sumsSentence(sums, "{shown}", 2)));""")
    assert widget.describe().endswith(f" to dW. {said}")


def test_browser_finds_wrong_cells(tmp_path):
    right = [1.0, -2.0, 30.0, 0.0, 5.0, 6.0]
    found = in_browser(tmp_path, f"""
        const right = {json.dumps(right)};
        const wrong = [...right.slice(0, 3), 1, NaN, 6];
        console.log(JSON.stringify([it.faults(right, right, 3), it.faults(wrong, right, 3)]));""")
    assert found == [[], [[1, 0], [1, 1]]]


def test_repr_says_what_became_of_the_learners_function():
    def negative(dZ, cache):
        dA, dW, db = conv_backward(dZ, cache)
        return -dA, dW, db

    def unwritten(dZ, cache):
        raise NotImplementedError

    assert repr(GradientFlow(backward=conv_backward)).endswith("agrees with the reference.")
    assert repr(GradientFlow(backward=negative)).endswith("has them: your dA_prev.")
    assert "gave no gradients: NotImplementedError" in repr(GradientFlow(backward=unwritten))
