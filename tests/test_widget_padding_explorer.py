"""The padding explorer: JavaScript against `cnn_lab.geometry`, counts against plain loops."""

import json
from itertools import product

import numpy as np
import pytest
import traitlets
from javascript import printed

from cnn_lab import geometry
from cnn_lab.widgets.base import module
from cnn_lab.widgets.padding_explorer import PaddingExplorer

SETTINGS = list(
    product((1, 2, 5, 8, 12), (1, 2, 3, 7), (1, 2, 5), (0, 2, "valid", "same"), (1, 2, 4))
)


def windows_per_pixel(size, kernel_size, stride, padding, dilation):
    """Count by walking over every pixel of every window; None where the filter does not fit."""
    amounts = geometry.padding_amounts(padding, size, kernel_size, stride, dilation)
    counts = np.zeros([n + sum(sides) for n, sides in zip(size, amounts, strict=True)], dtype=int)
    try:
        rows, columns = (
            geometry.output_size(n, kernel_size, stride=stride, padding=sides, dilation=dilation)
            for n, sides in zip(size, amounts, strict=True)
        )
    except ValueError:
        return None
    taps = range(0, dilation * kernel_size, dilation)
    for h, w, u, v in product(range(rows), range(columns), taps, taps):
        counts[h * stride + u, w * stride + v] += 1
    return counts


@pytest.fixture
def node(tmp_path):
    """Call it with a script for what that prints, with the widget's functions as ``widget``."""
    text = module("padding_explorer.js")
    return lambda script: printed(text, f"const widget = w;\n{script}", tmp_path)



def test_axis_in_the_browser_agrees_with_geometry(node):
    answers = node(
        f"const all = {json.dumps(SETTINGS)}.map((s) => widget.axis(...s));\n"
        "console.log(JSON.stringify(all));"
    )
    fitting = 0
    for setting, answer in zip(SETTINGS, answers, strict=True):
        size, kernel_size, stride, padding, dilation = setting
        before, after = geometry.padding_amounts(padding, size, kernel_size, stride, dilation)[0]
        assert (answer["before"], answer["after"]) == (before, after)
        options = {"stride": stride, "padding": (before, after), "dilation": dilation}
        try:
            expected = geometry.output_size(size, kernel_size, **options)
        except ValueError:
            assert answer["count"] == 0
            continue
        fitting += 1
        assert answer["count"] == expected
        assert answer["leftover"] == geometry.leftover(size, kernel_size, **options)
    assert 100 < fitting < len(SETTINGS)


def test_counts_in_the_browser_agree_with_loops(node):
    settings = [((5, 6), 3, 1, 1, 1), ((4, 9), 2, 3, 0, 2), ((7, 3), 3, 2, "same", 1),
                ((1, 12), 2, 5, 3, 4), ((8, 5), 1, 2, "valid", 3)]
    answers = node(
        f"const all = {json.dumps(settings)}.map(([size, ...rest]) =>\n"
        "  widget.counts(...size.map((n) => widget.axis(n, ...rest))));\n"
        "console.log(JSON.stringify(all));"
    )
    for setting, answer in zip(settings, answers, strict=True):
        expected = windows_per_pixel(*setting)
        assert answer == expected.ravel().tolist()


def test_real_pixels_of_each_window(node):
    (size, *rest) = (4, 5), 3, 2, 1, 2
    answer = node(
        f"const lines = {json.dumps(size)}.map((n) => widget.axis(n, ...{json.dumps(rest)}));\n"
        "console.log(JSON.stringify(widget.realPixels(...lines)));"
    )
    kernel_size, stride, padding, dilation = rest
    picture = np.pad(np.ones(size, dtype=int), padding)
    span = dilation * (kernel_size - 1) + 1
    expected = [
        int(picture[h : h + span : dilation, w : w + span : dilation].sum())
        for h in range(0, picture.shape[0] - span + 1, stride)
        for w in range(0, picture.shape[1] - span + 1, stride)
    ]
    assert answer == expected


def test_words_of_the_browser(node):
    answer = node(
        "const a = widget.axis(5, 3, 2, 0, 1), b = widget.axis(6, 3, 2, 'same', 1);\n"
        "const c = widget.axis(3, 7, 1, 0, 1), d = widget.axis(6, 2, 5, 1, 1);\n"
        "const e = widget.axis(6, 3, 2, 0, 1);\n"
        "console.log(JSON.stringify([widget.formula(a), widget.formula(b), widget.formula(c),\n"
        "  widget.leftOver(a, 'row'), widget.leftOver(d, 'row'), widget.leftOver(e, 'column'),\n"
        "  widget.sentence([0, 1], c, a, 0), widget.sentence([0, 1], a, e, 9),\n"
        "  widget.placeOver(-3, a), widget.placeOver(1, a), widget.placeOver(9, a)]));"
    )
    assert answer == [
        "⌊(5 + 0 − 1 · (3 − 1) − 1) / 2⌋ + 1 = ⌊2 / 2⌋ + 1 = 2",
        "⌊(6 + (0 + 1) − 1 · (3 − 1) − 1) / 2⌋ + 1 = ⌊4 / 2⌋ + 1 = 3",
        "3 + 0 − 1 · (7 − 1) − 1 is below 0: no place",
        "",
        "1 row of padding",
        "1 column of the picture",
        "No output: the filter spans 7 rows, the padded picture has only 3.",
        "Output 2 × 2. output[0, 1] sees 9 pixels of the picture and 0 of padding. "
        "Left over, seen by no window: 1 column of the picture.",
        0, 0, 1,
    ]


@pytest.mark.parametrize("size, kernel_size, stride, padding, dilation", [
    ((5, 6), 3, 1, 1, 1), ((4, 9), 2, 3, 0, 2), ((7, 3), 3, 2, "same", 1), ((1, 12), 1, 5, 3, 4),
])
def test_counts_in_python_agree_with_loops(size, kernel_size, stride, padding, dilation):
    widget = PaddingExplorer(size, kernel_size, stride, padding, dilation)
    expected = windows_per_pixel(size, kernel_size, stride, padding, dilation)
    np.testing.assert_array_equal(widget.counts(), expected)


def test_describe_by_default_and_with_one_sided_padding():
    assert repr(PaddingExplorer()) == (
        "PaddingExplorer: a 5 by 6 picture with padding 1 on every side, a 3 by 3 filter, stride 1"
        " and dilation 1 make a 5 by 6 output."
    )
    assert "with padding of 0 above, 1 below, 1 left and 1 right, a 3" in repr(
        PaddingExplorer((6, 5), 3, 2, "same"))


def test_what_is_left_over_and_where_the_zeros_lie_is_told_alike_in_browser_and_kernel(node):
    settings = [((6, 6), 3, 2, 0), ((6, 5), 3, 2, 1), ((6, 7), 3, 2, "same"), ((6, 8), 2, 5, 1),
                ((5, 12), 3, 4, 1), ((5, 6), 3, 1, 0)]
    told = node(
        f"const all = {json.dumps(settings)}.map(([size, ...rest]) => {{\n"
        "  const [rows, columns] = size.map((n) => widget.axis(n, ...rest, 1));\n"
        "  const lost = [widget.leftOver(rows, 'row'), widget.leftOver(columns, 'column')];\n"
        "  return [widget.zeros(rows, columns), lost.filter(Boolean).join(' and ')];\n"
        "});\n"
        "console.log(JSON.stringify(all));"
    )
    assert told[:4] == [
        ["", "1 row of the picture and 1 column of the picture"],
        ["Padding 1 on every side.", "1 row of padding"],
        ["Padding of 0 above, 1 below, 1 left and 1 right.", ""],
        ["Padding 1 on every side.", "1 row of padding and 3 columns, 2 of the picture"],
    ]
    for setting, (zeros, lost) in zip(settings, told, strict=True):
        sentence = PaddingExplorer(*setting).describe()
        assert (zeros[1:-1] or "no padding") in sentence
        assert sentence.endswith(f" output; left over: {lost}." if lost else " output.")


def test_settings_from_the_browser_that_do_not_fit_are_described():
    widget = PaddingExplorer((3, 4), 2, 1, 0)
    widget.set_state({"kernel_size": 7, "req": 1})
    assert widget.ack == 1 and widget.error == ""
    assert widget.describe().endswith("make no output: the filter does not fit.")
    assert not widget.counts().any()
    assert "image/png" in widget._repr_mimebundle_()[0]


def test_positions_beyond_the_output_mean_the_last_one():
    widget = PaddingExplorer(position=[40, 1])
    assert widget.preview().alt == repr(widget)


@pytest.mark.parametrize("arguments, error, message", [
    ({"size": (5, 13)}, ValueError, "size may be up to 12 by 12"),
    ({"size": "big"}, TypeError, "size must be an int or a pair"),
    ({"size": (0, 3)}, ValueError, "size must be at least 1"),
    ({"kernel_size": 8}, ValueError, "kernel_size must be from 1 to 7, got 8"),
    ({"kernel_size": (3, 3)}, TypeError, "kernel_size must be an int"),
    ({"stride": 0}, ValueError, "stride must be from 1 to 5, got 0"),
    ({"dilation": True}, TypeError, "dilation must be an int, got True"),
    ({"padding": "full"}, ValueError, "padding must be one of .*got 'full'"),
    ({"padding": 4}, ValueError, "padding must be one of .*got 4"),
    ({"padding": 1.0}, TypeError, "padding must be an int, 'valid' or 'same', got 1.0"),
    ({"size": 2, "padding": 0}, ValueError, "spans 3 pixels, the padded input has only 2"),
])
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        PaddingExplorer(**arguments)


def test_traits_refuse_what_the_browser_never_sends():
    with pytest.raises(traitlets.TraitError, match="stride"):
        PaddingExplorer().stride = 0


def test_numpy_integers_are_welcome():
    widget = PaddingExplorer(np.array([4, 5]), np.int64(2), np.int64(1), np.int64(0), np.int64(1))
    assert widget.size == [4, 5] and widget.padding == 0 and type(widget.padding) is int


def test_to_html_writes_a_page_of_its_own(tmp_path):
    page = PaddingExplorer((9, 12), 3, 3, "same", 2).to_html(tmp_path / "page.html")
    text = page.read_text(encoding="utf-8")
    assert '"size": [9, 12]' in text and '"padding": "same"' in text
    assert "a 9 by 12 picture" in text and "import " not in text.split('<script type="module">')[1]
