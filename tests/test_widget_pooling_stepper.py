"""The pooling stepper: the reference's numbers against loops and worked examples."""

import json

import numpy as np
import pytest
from javascript import printed

from cnn_lab.widgets.base import module
from cnn_lab.widgets.pooling_stepper import MODES, PoolingStepper

# Lessons 04 and 06: windows overlap, several maxima share a window.
A1 = [[1, 1, 0], [1, 0, 0], [2, 0, 0]]
dP1 = [[-1, 2], [-1, 1]]


def loops(feature_map, gradient, f, stride, mode):
    """Pool and send back, window by window, in plain Python."""
    feature_map = np.asarray(feature_map, dtype=float)
    back = np.zeros(feature_map.shape)
    pooled = np.zeros(np.shape(gradient))
    for (h, w), slope in np.ndenumerate(gradient):
        places = [(h * stride[0] + u, w * stride[1] + v) for u in range(f[0]) for v in range(f[1])]
        values = [feature_map[place] for place in places]
        if mode == "max":
            pooled[h, w] = max(values)
            back[places[values.index(max(values))]] += slope
        else:
            pooled[h, w] = sum(values) / len(values)
            for place in places:
                back[place] += slope / len(values)
    return pooled, back


@pytest.fixture
def node(tmp_path):
    """Call it with a script for what that prints, with the widget's functions as ``widget``."""
    text = module("pooling_stepper.js")
    return lambda script: printed(text, f"const widget = w;\n{script}", tmp_path)



def test_numbers_of_the_lessons():
    widget = PoolingStepper(A1, 2, 1, gradient=dP1)
    assert widget.pooled[0].tolist() == [[1, 1], [2, 0]]
    assert widget.returned[0].tolist() == [[-1, 2, 0], [0, 1, 0], [-1, 0, 0]]
    assert widget.pooled[1].tolist() == [[0.75, 0.25], [0.75, 0]]


@pytest.mark.parametrize("f, stride", [((2, 3), (1, 2)), ((3, 2), (2, 3)), ((1, 1), (2, 1))])
@pytest.mark.parametrize("mode", MODES)
def test_compute_agrees_with_loops(f, stride, mode):
    rng = np.random.default_rng(4)
    feature_map = rng.integers(-3, 4, (7, 8))
    shape = [(n - side) // step + 1
             for n, side, step in zip(feature_map.shape, f, stride, strict=True)]
    gradient = rng.integers(-4, 5, shape)
    widget = PoolingStepper(feature_map, f, stride, gradient=gradient)
    pooled, back = loops(feature_map, gradient, f, stride, mode)
    np.testing.assert_allclose(widget.pooled[MODES.index(mode)], pooled, rtol=1e-6)
    np.testing.assert_allclose(widget.returned[MODES.index(mode)], back, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_windows_in_the_browser_add_up_to_what_comes_back(node, mode):
    widget = PoolingStepper(A1, 2, 1, mode=mode, gradient=dP1)
    given = node(
        f"const map = {{ shape: [3, 3], data: {json.dumps(np.ravel(A1).tolist())} }};\n"
        f"const slopes = {json.dumps(np.ravel(dP1).tolist())};\n"
        "const all = slopes.map((slope, i) => {\n"
        "  const cells = widget.windowOf(map, [Math.floor(i / 2), i % 2], [2, 2], [1, 1]);\n"
        f"  const parts = widget.shares(cells.map((c) => c.value), slope, '{mode}');\n"
        "  return cells.map((c, n) => [...c.place, parts[n]]);\n"
        "});\n"
        "console.log(JSON.stringify(all));"
    )
    total = np.zeros((3, 3))
    for cells in given:
        for row, column, share in cells:
            total[row, column] += share
    np.testing.assert_allclose(total, widget.returned[MODES.index(mode)], rtol=1e-6)


def test_words_and_places_of_the_browser(node):
    answer = node(
        "const map = { shape: [4, 5], data: Array.from({ length: 20 }, (_, i) => (i * 7) % 10) };\n"
        "const cells = widget.windowOf(map, [1, 1], [2, 3], [2, 1]);\n"
        "const values = cells.map((c) => c.value);\n"
        "const say = (mode, value, own) => widget.sentence(\n"
        "  { position: [1, 1], cells, mode, value, own, gradient: -3 });\n"
        "console.log(JSON.stringify([values, widget.winner(values), widget.winner([-1, -4, -1]),\n"
        "  say('max', 9), say('average', 29 / 6, 9), say('max', 9, 9.00001),\n"
        "  widget.isWrong(NaN, 1), widget.isWrong(1.00001, 1),\n"
        "  widget.pooledOver([3, 4], [2, 3], [2, 1], [2, 3]),\n"
        "  widget.pooledOver([0, 1], [2, 3], [2, 1], [2, 3])]));"
    )
    values = [(i * 7) % 10 for i in (11, 12, 13, 16, 17, 18)]  # 7 4 1 2 9 6
    maximum = ("pooled[1, 1] = 9, the largest of rows 2 to 3, columns 1 to 3. "
               "Its gradient −3 goes back, all of it to map[3, 2].")
    assert answer == [
        values,
        {"index": 4, "ties": 1},
        {"index": 0, "ties": 2},
        maximum,
        "pooled[1, 1] = 4.83, the mean of rows 2 to 3, columns 1 to 3. Your function has 9. "
        "Its gradient −3 goes back, −3 / 6 = −0.50 to each number of the window.",
        maximum,
        True, False, [1, 2], [0, 0],
    ]


def test_own_function_sees_each_window_and_may_do_what_it_likes_with_it():
    seen = []

    def pool(window):
        seen.append(window.copy())
        window[:] = 99
        return seen[-1].mean()

    given = np.arange(12.0).reshape(3, 4)
    widget = PoolingStepper(given, (3, 2), (1, 2), pool=pool)
    assert [window.tolist() for window in seen] == [given[:, :2].tolist(), given[:, 2:].tolist()]
    assert widget.own.tolist() == [[4.5, 6.5]]
    assert widget.feature_map.tolist() == given.tolist() == np.arange(12.0).reshape(3, 4).tolist()


def test_ties_and_wrong_answers_are_told(node):
    widget = PoolingStepper(A1, 2, 1, gradient=dP1, pool=np.mean)
    assert repr(widget) == (
        "PoolingStepper: pooled[0, 0] is 1, the largest (3 are as large: the first wins) of rows 0"
        " to 1 and columns 0 to 1 of the map; its gradient is −1. Back at the map: −1, 2, 0;"
        " 0, 1, 0; −1, 0, 0. 3 of 4 answers are not the reference's."
    )
    widget.mode = "average"
    assert "as large" not in repr(widget) and "not the reference's" not in repr(widget)
    assert "Back" not in repr(PoolingStepper(np.zeros((9, 8))))
    calls = "console.log(JSON.stringify([widget.verdict(3, 4), widget.verdict(0, 4)]))"
    assert node(calls) == ["3 of 4 answers are not the reference's.", ""]


def test_an_error_in_the_own_function_is_shown_and_goes_away():
    widget = PoolingStepper(pool=lambda window: window.largest())
    assert widget.error.startswith("AttributeError") and np.isnan(widget.own).all()
    assert widget.pooled[0].tolist() == [[5, 2, -1], [3, 4, 7]]
    widget._pool = np.max
    widget.set_state({"req": 1})
    assert (widget.ack, widget.error) == (1, "")
    assert widget.own.tolist() == widget.pooled[0].tolist()


def test_state_from_the_browser_changes_mode_and_position():
    widget = PoolingStepper()
    widget.set_state({"mode": "average", "position": [1, 2]})
    assert repr(widget) == (
        "PoolingStepper: pooled[1, 2] is 4, the mean of rows 2 to 3 and columns 4 to 5 of the map;"
        " its gradient is 4. Back at the map: 0.25, 0.25, −0.5, −0.5, 0.75, 0.75;"
        " 0.25, 0.25, −0.5, −0.5, 0.75, 0.75; 0.5, 0.5, −0.25, −0.25, 1, 1;"
        " 0.5, 0.5, −0.25, −0.25, 1, 1."
    )
    widget.position = [9, -1]
    assert widget.position == [1, 0]


@pytest.mark.parametrize("arguments, error, message", [
    ({"feature_map": [1, 2, 3]}, ValueError, "feature_map must have two axes"),
    ({"feature_map": [["a", "b"]]}, TypeError, "feature_map must be an array of numbers"),
    ({"feature_map": np.zeros((33, 4))}, ValueError, "feature_map may have up to 32 by 32"),
    ({"f": 5}, ValueError, "spans 5 pixels, the padded input has only 4"),
    ({"feature_map": np.zeros((9, 9)), "f": 8}, ValueError, "f may be up to 7"),
    ({"f": 2.0}, TypeError, "f must be an int or a pair"),
    ({"stride": 0}, ValueError, "stride must be at least 1"),
    ({"mode": "mean"}, ValueError, "mode must be one of .*got 'mean'"),
    ({"mode": None}, ValueError, "mode must be one of"),
    ({"gradient": np.ones((3, 2))}, ValueError, r"have .* shape \(2, 3\), got \(3, 2"),
    ({"gradient": [[1, 2, np.nan], [1, 2, 3]]}, ValueError, "gradient must be finite"),
    ({"pool": "max"}, TypeError, "pool must be a function, got str"),
])
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        PoolingStepper(**arguments)


def test_nothing_passed_in_is_changed():
    feature_map, gradient = np.arange(20.0).reshape(4, 5), np.ones((2, 2))
    before = feature_map.copy(), gradient.copy()
    PoolingStepper(feature_map, gradient=gradient, pool=np.max)
    np.testing.assert_array_equal(feature_map, before[0])
    np.testing.assert_array_equal(gradient, before[1])


def test_preview_of_a_large_map():
    widget = PoolingStepper(np.arange(30 * 32).reshape(30, 32), 2, 2)
    assert widget.preview().alt == repr(widget)


def test_preview_and_page_without_a_kernel(tmp_path):
    widget = PoolingStepper(np.arange(35).reshape(5, 7), (2, 3), (2, 2), mode="average")
    data, metadata = widget._repr_mimebundle_()
    assert "image/png" in data and metadata["image/png"]["alt"] == repr(widget)
    text = widget.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    state = json.loads(text.split('id="state">')[1].split("</script>")[0])
    assert state["mode"] == "average" and state["pooled"]["shape"] == [2, 2, 3]
    assert state["f"] == [2, 3] and "pooled[0, 0] is 4.5" in text


def test_without_backward_no_gradient_is_spoken_of_nor_shown():
    widget = PoolingStepper(backward=False)
    assert repr(widget) == (
        "PoolingStepper: pooled[0, 0] is 5, the largest of rows 0 to 1 and columns 0 to 1 of the"
        " map."
    )
    assert "gradient" not in widget.preview().alt
    assert widget.get_state("backward") == {"backward": False}
