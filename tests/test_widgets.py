"""What all widgets share: arrays that travel, requests, pages, modules; and their model."""

import base64
import json
import re
import types
from pathlib import Path

import numpy as np
import pytest
import traitlets
from javascript import evaluated
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from cnn_lab import plots, widgets
from cnn_lab.plots.style import SIGNED
from cnn_lab.reference import conv_forward, conv_single_step
from cnn_lab.widgets.arrays import Array
from cnn_lab.widgets.base import SHARED, LabWidget, module, source
from cnn_lab.widgets.convolution_stepper import ConvolutionStepper
from cnn_lab.widgets.inputs import rows_in_words, small_matrix
from cnn_lab.widgets.pages import joined

FOLDER = Path(widgets.__file__).parent
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.js") if path.name not in SHARED)
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.M)
RNG = np.random.default_rng(7)
IMAGE, KERNEL = RNG.normal(size=(7, 9)), RNG.normal(size=(2, 3))


def in_node(tmp_path, text, expression, before=""):
    """Return what a JavaScript expression gives, with the module `text` at hand as ``w``."""
    return evaluated(text, expression, tmp_path, before)



def expected_output(image, kernel, stride=(1, 1), bias=0.0):
    """Return the convolution by windows, written out anew."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("hwuv,uv->hw", windows[:: stride[0], :: stride[1]], kernel) + bias


class Doubler(LabWidget):
    """A widget as small as can be: twice the numbers."""

    _esm = module("convolution_stepper.js")
    numbers = Array([1.0, 2.0])
    doubled = Array()
    label = traitlets.Unicode("").tag(sync=True)

    def compute(self):
        if self.numbers.size == 3:
            raise ValueError("three\n   are too many")
        self.doubled = 2 * self.numbers

    def describe(self):
        return self.label and f"it is {self.label}."


class Page(Doubler):
    """The same with a picture."""

    def preview(self):
        return plots.heatmap(np.array([[1.0, 2.0, 3.0]]), alt="three numbers")


# Arrays


def test_array_is_a_read_only_copy_in_its_own_number_type():
    given = np.arange(6, dtype=np.float32).reshape(2, 3)
    widget = Doubler(numbers=given)
    given[0, 0] = 99
    assert widget.numbers.dtype == np.float32
    assert widget.numbers.tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="read-only"):
        widget.numbers[0, 0] = 1


def test_array_refuses_what_holds_no_numbers():
    with pytest.raises(traitlets.TraitError, match=r"numbers.*an array of numbers"):
        Doubler(numbers=["a"])


def test_array_that_is_equal_is_no_change():
    widget, heard = Doubler(), []
    widget.observe(heard.append, "numbers")
    widget.numbers = [1, 2]
    assert heard == []
    widget.numbers = [[1, 2]]  # the same numbers in another shape are another array
    widget.numbers = [[1, 3]]
    assert [change.new.tolist() for change in heard] == [[[1, 2]], [[1, 3]]]


def test_array_with_nan_is_no_change_when_nan_again():
    widget, heard = Doubler(numbers=[np.nan, 1]), []
    widget.observe(heard.append, "numbers")
    widget.numbers = [np.nan, 1]
    assert heard == []


def test_array_goes_to_the_browser_as_shape_type_and_bytes():
    sent = Doubler(numbers=[[1, 2, 3]][0:1]).get_state("numbers")["numbers"]
    assert (sent["shape"], sent["dtype"]) == ([1, 3], "float32")
    assert bytes(sent["data"]) == np.array([1, 2, 3], "<f4").tobytes()


def test_array_without_numbers_goes_to_the_browser():
    sent = Doubler(numbers=np.zeros((0, 4))).get_state("numbers")["numbers"]
    assert (sent["shape"], bytes(sent["data"])) == ([0, 4], b"")


@pytest.mark.parametrize("wrap", [bytes, memoryview, bytearray])
def test_array_comes_from_the_browser_as_bytes_of_any_kind(wrap):
    widget = Doubler()
    data = wrap(np.array([[1, 2], [3, 4], [5, 6]], np.float32).tobytes())
    widget.set_state({"numbers": {"shape": [3, 2], "dtype": "float32", "data": data}, "req": 1})
    assert widget.numbers.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert (widget.doubled.tolist(), widget.ack) == ([[2, 4], [6, 8], [10, 12]], 1)


def test_array_that_is_not_echoed_says_so():
    assert Array(echo=False).metadata["echo_update"] is False
    assert "echo_update" not in Array().metadata


# Requests


def test_request_computes_and_is_acknowledged():
    widget, order = Doubler(numbers=[3, 4]), []
    widget.observe(lambda change: order.append(change.name), ["doubled", "ack"])
    widget.req = 5
    assert (widget.doubled.tolist(), widget.ack, widget.error) == ([6, 8], 5, "")
    assert order == ["doubled", "ack"]


def test_request_that_fails_is_acknowledged_and_the_error_shown_in_one_line():
    widget = Doubler(numbers=[1, 2, 3])
    widget.req = 1
    assert widget.ack == 1
    assert widget.error.startswith("ValueError: three are too many, in line ")
    widget.numbers = [1, 2]
    widget.req = 2
    assert (widget.ack, widget.error, widget.doubled.tolist()) == (2, "", [2, 4])


def test_repr_is_stable_and_escapes_nothing_it_need_not():
    assert (repr(Doubler()), repr(Doubler(label="3 < 4"))) == ("Doubler", "Doubler: it is 3 < 4.")


def test_mime_bundle_has_a_picture_with_alt_and_stable_text():
    widget = Page(label="here")
    data, metadata = widget._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = plots.heatmap(np.array([[1.0, 2.0, 3.0]])).pixels
    assert metadata["image/png"] == {"alt": "Page: it is here.", "width": width, "height": height}
    assert data["text/plain"] == "Page: it is here."
    assert data["text/html"].startswith('<img alt="Page: it is here."')
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id


def test_mime_bundle_has_no_picture_while_submissions_are_marked(monkeypatch):
    monkeypatch.setenv("CNN_LAB_MARKING", "1")
    data, _ = ConvolutionStepper(IMAGE, KERNEL)._repr_mimebundle_()
    assert "text/plain" in data and "image/png" not in data


def test_mime_bundle_without_a_preview_has_no_picture():
    data, _ = Doubler()._repr_mimebundle_()
    assert not {"image/png", "text/html"} & set(data)
    assert data["text/plain"] == "Doubler"


# Pages


def state_of(text):
    found = re.search(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def numbers_of(value):
    data = base64.b64decode(value["data"]["base64"])
    return np.frombuffer(data, value["dtype"]).reshape(value["shape"])


def test_page_holds_the_state_and_nothing_of_jupyter(tmp_path):
    widget = Doubler(numbers=[[1.5, -2], [3, 4], [5, 6]], label="</script><b>&")
    path = widget.to_html(str(tmp_path / "page.html"))
    assert path == tmp_path / "page.html"
    text = path.read_text(encoding="utf-8")
    state = state_of(text)
    assert np.array_equal(numbers_of(state["numbers"]), widget.numbers)
    assert state["label"] == "</script><b>&"
    assert not {name for name in state if name.startswith("_")} | {"layout", "comm"} & set(state)


def test_page_needs_no_other_file_and_no_network(tmp_path):
    text = Doubler(label="<i>").to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|export)\b|\bimport\(", text, re.M)
    assert not re.search(r"https?:|\b(src|href)=", text)
    assert "<noscript>Doubler: it is &lt;i&gt;.</noscript>" in text
    assert text.count("</script>") == 2  # the state and the module


def test_page_replaces_an_older_one(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("x" * 100_000)
    Doubler().to_html(path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_joined_takes_the_words_import_and_export_away():
    first = "export const a = 1;\nexport function f() {}\nexport async function g() {}\n"
    second = 'import { a } from "./first.js";\n\nexport class C {}\n'
    own = 'import {\n  a,\n  f,\n} from "./first.js";\nexport const b = a;\nexport default { b };\n'
    assert joined([first, second], own) == (
        "const a = 1;\nfunction f() {}\nasync function g() {}\n\n\nclass C {}\n\n"
        "export const b = a;\nexport default { b };\n"
    )


# Modules


@pytest.mark.parametrize("name", SCRIPTS)
def test_module_declares_no_name_twice_and_imports_nothing(name):
    text = module(name)
    declared = re.findall(
        r"^(?:export )?(?:const|let|var|class|function\*?|async function) (\w+)", text, re.M)
    doubles = {each for each in declared if declared.count(each) > 1}
    assert not doubles
    assert len(declared) > 10
    assert not re.search(r"^import\b", text, re.M)


@pytest.mark.parametrize("name", [*SHARED, *SCRIPTS])
def test_script_imports_only_what_is_there_and_used(name):
    text, exported = source(name), r"^export (?:async )?(?:const|function|class) (\w+)"
    rest = IMPORT.sub("", text)
    before = SHARED[: SHARED.index(name)] if name in SHARED else SHARED
    for names, neighbour in IMPORT.findall(text):
        assert neighbour in before
        imported = re.findall(r"\w+", names)
        assert set(imported) <= set(re.findall(exported, source(neighbour), re.M))
        assert [each for each in imported if not re.search(rf"\b{each}\b", rest)] == []
    assert not re.search(r"^import\b", rest, re.M)


@pytest.mark.parametrize("name", SCRIPTS)
def test_module_loads_and_can_be_rendered(tmp_path, name):
    assert in_node(tmp_path, module(name), "typeof w.default.render") == "function"


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_has_at_most_250_lines(name):
    assert len(source(name).splitlines()) <= 250


# The functions that all modules share


def shared(tmp_path, expression, before=""):
    text = IMPORT.sub("", "".join(source(name) for name in SHARED))
    return in_node(tmp_path, text, expression, before)


@pytest.mark.parametrize("name", ["grey", "signed", "levels"])
def test_palette_runs_evenly_from_stop_to_stop(tmp_path, name):
    line = re.search(rf"^  {name}: \[(.*?)\]", source("grid.js"), re.M | re.S)[1]
    stops = np.array([to_rgb(each) for each in re.findall(r"#\w{6}", line)]) * 255
    places = np.linspace(0, len(stops) - 1, 257)
    expected = np.stack([np.interp(places, range(len(stops)), band) for band in stops.T], axis=1)
    found = np.array(shared(tmp_path, f"[...w.palette('{name}')]")).reshape(257, 3)
    assert np.abs(found - expected).max() <= 0.5 + 1e-9


def test_signed_colours_are_those_of_the_figures_and_keep_their_sign_in_grey(tmp_path):
    values = [-1, -0.5, 0, 0.5, 1]
    calls = f"{values}.map((v) => w.colour(w.palette('signed'), v, -1, 1))"
    found = np.array(shared(tmp_path, calls))
    figures = 255 * colormaps[SIGNED]((np.array(values) + 1) / 2)[:, :3]
    assert np.abs(found - figures).max() <= 3
    assert found[2].tolist() == [255, 255, 255]
    grey = [luminance(rgb) for rgb in found]
    assert grey[0] < grey[1] < grey[3] < grey[2] and grey[0] < 0.5 * grey[4]


def test_few_numbers_of_a_grid_belong_to_its_name(tmp_path):
    rows = [[1, -2.5], [1 / 3, -0.001]]
    calls = (
        f"[w.nameOf('filter', {rows}.flat(), 2), w.nameOf('db', [-1], 1), "
        "w.nameOf('row', [1, NaN, Infinity], 3), w.nameOf('map', Array(65).fill(0), 13), "
        "w.nameOf('map', Array(64).fill(0), 8).length > 100]"
    )
    assert shared(tmp_path, calls) == [
        "filter, row by row: 1, −2.5; 0.33, 0", "db: −1", "row: 1, not a number, ∞", "map", True,
    ]
    assert shared(tmp_path, f"w.rowsInWords({rows}.flat(), 2)") == rows_in_words(rows)


# As much of a page as the words of a widget need.
DOCUMENT = """
class Node {
  constructor() { Object.assign(this, { marks: {}, children: [], text: "", className: "" }); }
  setAttribute(name, value) { this.marks[name] = value; }
  append(...nodes) { this.children.push(...nodes); }
  get textContent() { return this.text + this.children.map((n) => n.textContent).join(""); }
  set textContent(text) { this.text = text; spoken.push(text); }
}
const spoken = [];
globalThis.document = { createElement: () => new Node() };
"""


def test_parts_that_stay_are_not_said_again(tmp_path):
    before = DOCUMENT + (
        "const { nodes: [shown], say } = w.speech(), canvas = new Node();"
        "say(['One.', 'Two.'], [canvas]); say(['One.', 'Three.'], [canvas]); say(['Four.', '']);"
    )
    found = shared(tmp_path, "[spoken.filter(Boolean), shown.textContent, canvas.marks]", before)
    assert found == [["One.", " Two.", " Three.", "Four."], "Four.",
                     {"aria-description": "One. Three."}]


def test_play_is_silent_and_its_last_words_are_said(tmp_path):
    before = CLOCK + DOCUMENT + """
      const { nodes: [shown, last], say, hush } = w.speech(), canvas = new Node(), seen = [];
      const look = () => seen.push([shown.marks["aria-live"], shown.textContent, last.textContent,
        canvas.marks["aria-description"]]);
      say("One.", [canvas]); look(); hush(true); say("Two.", [canvas]); look();
      hush(false); say("Three.", [canvas]); look(); ring(); look(); say("Four.", [canvas]); look();
    """
    assert shared(tmp_path, "seen", before) == [
        ["polite", "One.", "", "One."],
        ["off", "Two.", "", "One."],
        ["off", "Three.", "", "One."],
        ["polite", "Three.", "Three.", "Three."],
        ["polite", "Four.", "", "Four."],
    ]


def test_player_tells_when_play_begins_and_ends(tmp_path):
    before = DOCUMENT + (
        "const heard = [], { toggle, stop } = w.player(() => 0, 9e9, (on) => heard.push(on));"
        "globalThis.setInterval = () => 7; stop(); toggle(); toggle(); toggle(); stop(); stop();"
    )
    assert shared(tmp_path, "heard", before) == [True, False, True, False]


def test_colour_keeps_to_the_ends_of_its_ramp(tmp_path):
    values = "[-5, 0, 0.5, 1, 7].map((v) => w.colour(w.palette('grey'), v, 0, 1)[0])"
    assert shared(tmp_path, values) == [0, 0, 128, 255, 255]
    assert shared(tmp_path, "w.colour(w.palette('grey'), 3, 3, 3)[0]") == 128


def luminance(rgb):
    part = np.asarray(rgb) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_ink_has_a_contrast_of_at_least_4_5_on_every_colour(tmp_path):
    rows = [[*map(int, rgb)] for rgb in RNG.integers(0, 256, size=(400, 3))]
    ramps = "['grey', 'signed', 'levels'].flatMap((n) => { const t = w.palette(n); " \
            "return Array.from({length: 256}, (_, i) => [...t.slice(3 * i, 3 * i + 3)]); })"
    found = shared(tmp_path, f"[...{json.dumps(rows)}, ...{ramps}].map((c) => [c, w.inkOn(c)])")
    for rgb, ink in found:
        light, dark = sorted([luminance(rgb), {"#000": 0.0, "#fff": 1.0}[ink]], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, rgb


def test_around_gives_limits_that_are_the_same_on_both_sides(tmp_path):
    calls = "[w.around([1, -3, 2]), w.around([0, 0]), w.around([])]"
    assert shared(tmp_path, calls) == [[-3, 3], [-1, 1], [-1, 1]]


@pytest.mark.parametrize(("dtype", "values"), [
    ("float32", [[1.5, -2, 3]]), ("uint8", [[0, 255, 7]]), ("int32", [[-70000, 2, 3]]),
])
def test_array_and_packed_carry_numbers_both_ways(tmp_path, dtype, values):
    data = np.array(values, dtype).tobytes()
    before = (
        f"const bytes = Uint8Array.from([9, {', '.join(map(str, data))}]);"
        "const data = new DataView(bytes.buffer, 1);"  # a place where no number may start
        f"const read = w.array({{shape: [1, 3], dtype: '{dtype}', data}});"
        "const sent = w.packed(read.shape, read.data);"
    )
    look = "[read.shape, [...read.data], sent.shape, sent.dtype, sent.data.byteLength]"
    assert shared(tmp_path, look, before) == [[1, 3], values[0], [1, 3], dtype, len(data)]


def test_array_without_numbers_is_empty(tmp_path):
    look = "[w.array(null), w.array({shape: [0, 2], dtype: 'float32', data: new DataView(new " \
           "ArrayBuffer(0))})].map((a) => [a.shape, a.data.length])"
    assert shared(tmp_path, look) == [[[0], 0], [[0, 2], 0]]


def test_written_numbers_have_a_true_minus_and_no_negative_zero(tmp_path):
    calls = "[w.written(-1.234), w.written(-0.001), w.written(3, 0), w.written(NaN), " \
            "w.written(-Infinity), ...[[1, -2], [0.5], [10.5]].map(w.decimalsFor)]"
    assert shared(tmp_path, calls) == ["−1.23", "0.00", "3", "not a number", "−∞", 0, 2, 1]


def test_moved_stays_within_the_grid(tmp_path):
    keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "Tab", "a"]
    found = shared(tmp_path, f"{json.dumps(keys)}.map((k) => w.moved(k, [0, 4], 3, 5))")
    assert found == [[0, 4], [1, 4], [0, 3], [0, 4], [0, 0], [2, 4], None, None]


MODEL = """
const log = [], state = { req: 0 }, heard = {};
const model = {
  get: (k) => state[k], set: (k, v) => { state[k] = v; },
  save_changes: () => log.push({ ...state }),
  on: (k, f) => { heard[k] = f; }, off: (k) => { delete heard[k]; },
};
const asks = w.requests(model);
"""


def test_requests_have_one_under_way_and_then_the_newest(tmp_path):
    before = MODEL + (
        "asks.ask({ x: 1 }); asks.ask({ x: 2 }); asks.ask({ x: 3 }); const first = log.length;"
        "heard['change:ack'](); heard['change:ack'](); asks.ask({ x: 4 }); asks.stop();"
    )
    found = shared(tmp_path, "[first, log, Object.keys(heard)]", before)
    assert found == [1, [{"req": 1, "x": 1}, {"req": 2, "x": 3}, {"req": 3, "x": 4}], []]


CLOCK = """
const timers = new Map();
let now = 0;
globalThis.setTimeout = (act, wait) => (timers.set(++now, [act, wait]), now);
globalThis.clearTimeout = (id) => timers.delete(id);
const ring = () => [...timers].forEach(([id, [act]]) => (timers.delete(id), act()));
"""


def test_requests_say_when_an_answer_takes_long_and_when_it_has_come(tmp_path):
    before = CLOCK + MODEL.replace("(model)", "(model, (on) => said.push(on))") + (
        "asks.ask({ x: 1 }); ring(); asks.ask({ x: 2 }); const waiting = log.length;"
        "heard['change:ack'](); ring(); asks.stop(); const left = timers.size;"
    )
    before = "const said = [];" + before
    found = shared(tmp_path, "[waiting, log.map(({ x }) => x), said, left]", before)
    assert found == [1, [1, 2], [True, False, True], 0]


def test_kernel_hears_once_of_the_place_where_the_pointer_rests(tmp_path):
    before = CLOCK + MODEL + (
        "const late = w.lateSetter(model); late.set({ x: [0, 1] }); late.set({ x: [0, 2] });"
        "const waits = [...timers.values()].map(([, wait]) => wait); const early = log.length;"
        "ring(); late.set({ x: [0, 2] }); const again = timers.size; late.set({ x: [1, 2] });"
        "late.stop();"
    )
    found = shared(tmp_path, "[early, log.map(({ x }) => x), waits, again, timers.size]", before)
    assert found == [0, [[0, 2]], [150], 0, 0]


def test_what_is_no_number_has_a_colour_and_changes_no_other(tmp_path):
    calls = (
        "[w.colour(w.palette('signed'), NaN, -1, 1), w.inkOn([158, 158, 158]),"
        "w.around([1, NaN, -2, Infinity]), w.decimalsFor([1, NaN, -2]), w.decimalsFor([0.5, NaN])]"
    )
    assert shared(tmp_path, calls) == [[158, 158, 158], "#000", [-2, 2], 0, 2]


def test_frames_are_drawn_once_for_many_changes(tmp_path):
    before = (
        "const waiting = []; globalThis.requestAnimationFrame = (f) => waiting.push(f); let n = 0;"
        "const soon = w.everyFrame(() => n++); soon(); soon(); soon();"
        "const asked = waiting.length; waiting[0](); soon();"
    )
    assert shared(tmp_path, "[asked, n, waiting.length]", before) == [1, 1, 2]


# Inputs


def test_small_matrix_returns_a_copy_in_float64():
    given = np.ones((2, 3), np.float32)
    found = small_matrix(given, "image", 3)
    found[0, 0] = 5
    assert (found.dtype, given[0, 0]) == (np.float64, 1)


@pytest.mark.parametrize(("values", "kind", "message"), [
    ("seven", TypeError, "image must be an array of numbers, got 'seven'"),
    ([[1, 2], [3]], TypeError, "image must be an array of numbers"),
    ([1, 2], ValueError, r"image must have two axes, rows and columns, got shape \(2,\)"),
    (np.zeros((2, 0)), ValueError, "image must have two axes"),
    (np.zeros((2, 5)), ValueError, r"image may have up to 4 by 4 numbers, got \(2, 5\)"),
    ([[1, np.nan]], ValueError, "image must be finite"),
])
def test_small_matrix_names_what_is_wrong(values, kind, message):
    with pytest.raises(kind, match=message):
        small_matrix(values, "image", 4)


# ConvolutionStepper


@pytest.mark.parametrize(("stride", "bias"), [(1, 0.0), ((2, 3), -1.25), ((3, 1), 0.5)])
def test_stepper_agrees_with_the_reference(stride, bias):
    widget = ConvolutionStepper(IMAGE, KERNEL, stride=stride, bias=bias)
    steps = (stride, stride) if stride == 1 else stride
    Z, _ = conv_forward(IMAGE[np.newaxis, ..., np.newaxis], KERNEL[..., np.newaxis, np.newaxis],
                        np.full((1, 1, 1, 1), bias), {"stride": stride, "pad": 0})
    expected = expected_output(IMAGE, KERNEL, steps, bias)
    assert np.allclose(widget.output, Z[0, ..., 0], atol=1e-5)
    assert np.allclose(widget.expected, expected, atol=1e-5)
    assert widget.error == ""


def test_stepper_shows_the_answers_of_the_learners_function():
    widget = ConvolutionStepper(
        IMAGE, KERNEL, bias=2.0, conv=lambda a, W, b: float((a * W).sum()))  # forgets the bias
    assert widget.own
    assert np.allclose(widget.output, expected_output(IMAGE, KERNEL), atol=1e-5)
    assert np.allclose(widget.expected, expected_output(IMAGE, KERNEL, bias=2.0), atol=1e-5)


def test_stepper_hands_out_copies_so_that_nothing_can_be_spoilt():
    image, kernel = IMAGE.copy(), KERNEL.copy()

    def greedy(a, W, b):
        answer = conv_single_step(a, W, b)
        a[...], W[...] = 99, 99
        return answer

    widget = ConvolutionStepper(image, kernel, conv=greedy)
    assert np.allclose(widget.output, widget.expected)
    assert np.array_equal(image, IMAGE)
    assert np.array_equal(kernel, KERNEL)


def test_stepper_shows_the_error_of_the_learners_function():
    def mine(a, W, b):
        raise KeyError("stride")

    widget = ConvolutionStepper(IMAGE, KERNEL, conv=mine)
    line = mine.__code__.co_firstlineno + 1
    assert widget.error == (
        f"KeyError: 'stride', in line {line} of mine."
        " Mend it, then run its cell and this one again."
    )
    assert np.isnan(widget.output).all()
    assert np.allclose(widget.expected, expected_output(IMAGE, KERNEL), atol=1e-5)


def test_stepper_says_of_a_stub_that_it_is_not_written_yet():
    def stub(a, W, b):
        raise NotImplementedError

    widget = ConvolutionStepper(IMAGE, KERNEL, conv=stub)
    assert widget.error.startswith("NotImplementedError: your function is not written yet.")
    assert "no answer from your function for rows 0 to 1" in repr(widget)
    assert widget.preview() is None


def test_stepper_counts_and_shows_answers_that_are_not_the_references():
    widget = ConvolutionStepper(bias=-1, conv=lambda a, W, b: float((a * W).sum()))
    assert repr(widget).endswith("; 9 of 9 outputs are not the reference's.")
    assert widget.preview() is not None
    right = ConvolutionStepper(bias=-1, conv=conv_single_step)
    assert "reference" not in repr(right)


def test_stepper_says_how_many_cells_are_wrong(tmp_path):
    calls = "[w.verdict(3, 9), w.verdict(0, 9)]"
    found = in_node(tmp_path, module("convolution_stepper.js"), calls)
    assert found == ["3 of 9 outputs are not the reference's.", ""]


def test_stepper_writes_large_numbers_in_full():
    assert "is 60,000, from" in repr(ConvolutionStepper([[20_000, 20_000]], [[1, 2]]))


def test_stepper_marks_where_two_answers_differ(tmp_path):
    pairs = [[1, 1], [1, 1.00001], [1, 1.001], [0, 0.00001], [None, 1], [2000, 2000.1]]
    call = json.dumps(pairs).replace("null", "NaN") + ".map((p) => w.differs(...p))"
    found = in_node(tmp_path, module("convolution_stepper.js"), call)
    assert found == [False, False, True, False, True, False]


def test_stepper_adds_up_products_as_numpy_does(tmp_path):
    image, kernel = IMAGE.astype(np.float32), KERNEL.astype(np.float32)
    before = "".join(
        f"const {name} = {{shape: {list(values.shape)}, "
        f"data: Float32Array.from({json.dumps(values.ravel().tolist())})}};"
        for name, values in (("image", image), ("kernel", kernel))
    )
    call = "[[0, 0], [2, 1], [1, 2]].map((p) => w.products(image, kernel, p, [2, 3], 0.5).sum)"
    found = in_node(tmp_path, module("convolution_stepper.js"), call, before)
    expected = expected_output(image.astype(float), kernel.astype(float), (2, 3), 0.5)
    assert np.allclose(found, [expected[0, 0], expected[2, 1], expected[1, 2]], atol=1e-9)


def test_stepper_finds_the_output_over_a_pixel(tmp_path):
    pixels = [[0, 0], [6, 8], [3, 4], [2, 5]]
    call = f"{json.dumps(pixels)}.map((p) => w.outputOver(p, [2, 3], [2, 3], [3, 3]))"
    found = in_node(tmp_path, module("convolution_stepper.js"), call)
    for (row, column), (h, w) in zip(pixels, found, strict=True):
        assert abs(2 * h + 0.5 - row) == min(abs(2 * i + 0.5 - row) for i in range(3))
        assert abs(3 * w + 1 - column) == min(abs(3 * j + 1 - column) for j in range(3))


def test_stepper_keeps_the_position_within():
    widget = ConvolutionStepper(IMAGE, KERNEL, stride=(2, 3), position=[9, -4])
    assert widget.position == [2, 0]
    widget.set_state({"position": [1, 77]})
    assert widget.position == [1, 2]


@pytest.mark.parametrize(("arguments", "kind", "message"), [
    ({"image": np.zeros((33, 4))}, ValueError, "image may have up to 32 by 32"),
    ({"image": "N"}, TypeError, "image must be an array"),
    ({"kernel": np.zeros((2, 8))}, ValueError, "kernel may have up to 7 by 7"),
    ({"kernel": np.ones((5, 1))}, ValueError, "the kernel spans 5 pixels"),
    ({"stride": 0}, ValueError, "stride must be at least 1, got 0"),
    ({"stride": 1.5}, TypeError, "stride must be an int or a pair"),
    ({"conv": 3}, TypeError, "conv must be a function, got int"),
])
def test_stepper_names_the_argument_that_is_wrong(arguments, kind, message):
    with pytest.raises(kind, match=message):
        ConvolutionStepper(**arguments)


def test_stepper_speaks_the_same_sentence_in_text_and_picture():
    widget = ConvolutionStepper(position=[2, 0])
    data, metadata = widget._repr_mimebundle_()
    said = "output[2, 0] is 2, from rows 2 to 3 and columns 0 to 1 of the input."
    assert data["text/plain"] == metadata["image/png"]["alt"] == f"ConvolutionStepper: {said}"
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_stepper_page_holds_image_and_output(tmp_path):
    widget = ConvolutionStepper(IMAGE, KERNEL, position=[1, 1])
    state = state_of(widget.to_html(tmp_path / "page.html").read_text(encoding="utf-8"))
    assert state["position"] == [1, 1]
    assert np.allclose(numbers_of(state["output"]), expected_output(IMAGE, KERNEL), atol=1e-5)
    assert np.array_equal(numbers_of(state["image"]), IMAGE.astype(np.float32))


def test_package_lists_every_widget_that_it_offers():
    for name in widgets.__all__:
        kind = getattr(widgets, name)
        assert issubclass(kind, LabWidget)
        assert isinstance(kind.__init__, types.FunctionType)
        assert kind.__doc__


# What other notebooks ask for


@pytest.mark.parametrize("name", widgets.__all__)
def test_message_that_opens_a_widget_carries_all_that_a_page_needs(name):
    """VS Code and Colab let a page load no file of ours, and know none but anywidget's model."""
    state = getattr(widgets, name)().get_state()
    script, style = state["_esm"], state["_css"]
    assert "export default { render }" in script and ".cnn-lab {" in style
    loads = r"^\s*import\b|\b(import|require|fetch|Worker|WebSocket|XMLHttpRequest)\("
    assert not re.search(loads, script, re.M)
    assert not re.search(r"https?:|\bfile:|/nbextensions|\.js[\"']", script)
    assert not re.search(r"@import|url\(", style)
    used = set(re.findall(r"\bmodel\.(\w+)", script))
    assert used <= {"get", "set", "save_changes", "send", "on", "off", "alone"}  # the last: a page
    assert "widget_manager" not in script and "localStorage" not in script
