"""What a student's code shows, made harmless and limited."""

import os
from html.parser import HTMLParser

import pytest

from cnn_lab.classroom.marking import clean_html, harmless
from cnn_lab.classroom.marking.shown import OUTPUTS, Shown

PNG = "iVBORw0KGgo="


def stream(shown, text, name="stdout"):
    shown.take("stream", {"name": name, "text": text})


class Elements(HTMLParser):
    """Collects the elements of a page, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@pytest.mark.parametrize(
    "html",
    [
        "<script>evil()</script>",
        "<SCRIPT src=//evil>",
        "<style>p { color: red }",
        "<svg onload=evil()>",
        "<img src=x onerror=evil()>",
        "<img src='https://evil/x.png'>",
        "<a href='javascript:evil()'>a</a>",
        "<iframe src='https://evil'></iframe>",
        "<p style='background: url(https://evil/x)'>a</p>",
        "<form action='https://evil'><input></form>",
        "<base href='https://evil'>",
        "<meta http-equiv=refresh>",
        "<object data=evil></object>",
        "<b/onmouseover=evil()>a</b>",
        "<link rel=stylesheet href=evil>",
        "<img src='../../../logout'>",
        "<img src='picture.png'>",
    ],
)
def test_html_loses_what_runs_or_loads(html):
    left = harmless.html(f"<p>before</p>{html}")
    assert left.startswith("<p>before</p>")
    for tag, attributes in Elements(left).found:
        assert tag in ("p", "img", "a", "b")
        assert attributes.keys() <= {"src", "style"}
        assert "src" not in attributes
        assert "url" not in attributes.get("style", "")


def test_html_keeps_a_table_and_a_picture():
    table = "<table><tr><th>epoch</th></tr><tr><td>1</td></tr></table>"
    left = harmless.html(f'{table}<img src="data:image/png;base64,{PNG}" alt="a digit" width="9">')
    for piece in ("<th>epoch</th>", "<td>1</td>", f"base64,{PNG}", 'alt="a digit"', 'width="9"'):
        assert piece in left


@pytest.mark.parametrize(
    "attributes",
    [
        "class=cnn-lab-check",
        "class='a cnn-lab-points'",
        "data-state=right",
        "style='margin-top: -300px'",
        "style='margin: 0 0 &#45;300px'",
        "style='margin-left: calc(1px * (0 - 300))'",
        "style='margin: max(-9px, -8px)'",
        "style='position: fixed'",
    ],
)
def test_html_looks_like_no_report_and_covers_nothing(attributes):
    left = harmless.html(f"<div {attributes}>4 of 4 points</div>")
    assert left.replace(' style=""', "") == "<div>4 of 4 points</div>"


def test_html_keeps_ordinary_styles():
    html = '<div class="dataframe" style="margin: 4px; color: rgb(1, 2, 3);">4</div>'
    assert harmless.html(html) == html


@pytest.mark.parametrize(
    ("address", "stays"),
    [("images/a-b.png", True), ("a.svg", True), ("../a.png", False), ("logout", False),
     ("a/../../b.png", False), ("/a.png", False), ("a.png?b=c", False), ("hub/logout#.png", False)],
)  # fmt: skip
def test_clean_html_keeps_pictures_beside_a_page_only(address, stays):
    assert ("src" in clean_html.clean_html(f'<img src="{address}">')) == stays


@pytest.mark.parametrize(
    ("source", "excessive"),
    [("\\begin{a}" * 101, True), ("\\begin{a}" * 100, False), ("x " * 10_001, True), ("a", False)],
)
def test_markdown_that_takes_long_is_recognised(source, excessive):
    assert clean_html.is_excessive_markdown(source) == excessive


def test_text_as_preformatted():
    assert clean_html.as_preformatted("<b>&") == "<pre>&lt;b&gt;&amp;</pre>"


@pytest.mark.parametrize("value", [-1, 1 << 31, 1 << 80, True, 1.0, "1", None])
def test_count_that_a_notebook_cannot_hold(value):
    assert harmless.count(value) is None
    assert [harmless.count(0), harmless.count(2**31 - 1)] == [0, 2**31 - 1]


@pytest.mark.parametrize(
    "html", [None, 5, ["a", 5], "", "<script>evil()", "x" * (harmless.HTML + 1)]
)
def test_html_that_is_left_out(html):
    assert harmless.html(html) is None


def test_data_keeps_only_kinds_that_cannot_run():
    bundle = {
        "text/plain": ["a", "b"],
        "application/javascript": "evil()",
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
        "image/svg+xml": "<svg onload=evil()>",
        "image/png": f" {PNG}\n",
        "image/jpeg": '/9j/"><script>evil()</script>',
        "application/json": {},
    }
    assert harmless.data(bundle) == {"text/plain": "ab", "image/png": PNG}


def test_data_turns_markup_into_text():
    assert harmless.data({"text/plain": "Markdown object", "text/markdown": "**a**<script>"}) == {
        "text/plain": "**a**<script>"
    }


@pytest.mark.parametrize("bundle", [None, [], 5, {}, {"text/plain": 5, "image/png": ["iVBOR"]}])
def test_data_of_no_known_form(bundle):
    assert harmless.data(bundle) == {"text/plain": ""}


def test_metadata_keeps_sizes_and_a_text():
    given = {"image/png": {"width": 9, "height": "1\" onload=e", "alt": "a<b>", "evil": 1}, "x": 1}
    assert harmless.metadata(given) == {"image/png": {"width": 9, "alt": "a b "}}
    assert harmless.metadata([]) == {}


def test_text_can_be_written_and_names_no_place():
    text = harmless.text(f"half \ud800, bell \x07, colour \x1b[31m, {os.getcwd()}/secret/x.py")
    assert text.encode("utf-8")
    assert os.getcwd() not in text
    assert "\x07" not in text
    assert "\x1b[31m" in text


def test_shown_joins_streams_and_limits_them():
    shown = Shown(10)
    for part in ("abc", "def", "ghijkl", "m"):
        stream(shown, part)
    assert shown.outputs == [{"output_type": "stream", "name": "stdout", "text": "abcdefghij"}]
    assert shown.dropped
    assert not shown.wants("stream")
    assert shown.wants("error")


def test_shown_keeps_a_limited_number_of_outputs():
    shown = Shown(10_000)
    for number in range(OUTPUTS + 5):
        shown.take("display_data", {"data": {"text/plain": str(number)}, "metadata": {}})
    assert len(shown.outputs) == OUTPUTS
    assert shown.dropped


def test_shown_keeps_an_error_after_a_flood():
    shown = Shown(10)
    stream(shown, "x" * 1000)
    shown.take("error", {"ename": "ValueError", "evalue": "no", "traceback": ["a", "b", 5]})
    assert shown.outputs[-1] == {
        "output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["a", "b", ""]
    }


def test_shown_limits_pictures():
    shown = Shown(100)
    picture = {"image/png": PNG.rstrip("=") + "A" * 600, "text/plain": "digit"}
    for _ in range(3):
        shown.take("display_data", {"data": picture, "metadata": {}})
    kept = [set(output["data"]) for output in shown.outputs]
    assert kept == [{"image/png", "text/plain"}, {"text/plain"}, {"text/plain"}]
    assert shown.dropped


def test_shown_clears_at_once_or_with_the_next_output():
    shown = Shown(100)
    stream(shown, "a")
    shown.take("clear_output", {"wait": True})
    assert shown.outputs
    stream(shown, "b")
    assert [output["text"] for output in shown.outputs] == ["b"]
    shown.take("clear_output", {"wait": False})
    assert shown.outputs == []


def test_shown_updates_a_display():
    shown = Shown(100)
    first = {"data": {"text/plain": "1 %"}, "metadata": {}, "transient": {"display_id": "bar"}}
    shown.take("display_data", first)
    shown.take("update_display_data", {**first, "data": {"text/plain": "100 %"}})
    assert [output["data"] for output in shown.outputs] == [{"text/plain": "100 %"}]
