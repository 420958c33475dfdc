"""Feedback: the same reports, no hidden tests, no places on the machine, nothing that runs."""

import logging
import re
import time
from html import unescape

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import Autograde, GenerateFeedback
from small_class import RIGHT, TINY
from traitlets.config import Config

from cnn_lab import checks
from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.marking import feedback
from cnn_lab.classroom.marking.clean_html import clean_html, without_places

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    # nbgrader's own: its database model, and its Execute when a kernel ends
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CHECK = graded_cells.write(graded_cells.GradedCell("relu", ("relu",), 2))
OWN = """\
assert double(2) == 4
### BEGIN HIDDEN TESTS
assert double(4711) == 9422
### END HIDDEN TESTS
assert double(3) == 6"""


def processed(step, *cells):
    """Return a notebook with these cells after one preprocessor."""
    notebook, _ = step().preprocess(new_notebook(cells=list(cells)), {})
    return notebook


def raised(line, name="AssertionError", value="4711 leaks"):
    """Return the output of a cell in which a line raised, as a kernel sends it."""
    trace = [
        "\x1b[31m-------\x1b[39m",
        f"\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[7], line {line}\x1b[39m\n assert",
        f"\x1b[31m{name}\x1b[39m: {value}",
    ]
    return new_output("error", ename=name, evalue=value, traceback=trace)


def shown_of(*outputs, source=OWN):
    """Return all that a student gets to see of a cell with hidden tests."""
    (cell,) = processed(feedback.HideTests, new_code_cell(source, outputs=list(outputs))).cells
    return cell.source + "".join(map(str, cell.outputs))


# ---- hidden tests ----


def test_hidden_tests_of_a_check_disappear_and_its_report_stays():
    report = new_output("execute_result", {"text/plain": "1.5", "text/html": "<b>relu</b>"})
    (cell,) = processed(feedback.HideTests, new_code_cell(CHECK, outputs=[report])).cells
    assert cell.source == "checks.relu(relu).worth(2)"
    assert cell.outputs == [report]


def test_error_of_a_check_is_told_without_the_lines_of_its_cell():
    shown = shown_of(raised(3, "NameError", "name 'relu' is not defined"), source=CHECK)
    assert "NameError: name 'relu' is not defined" in shown
    assert "further" not in shown and "In[7]" not in shown


def test_own_hidden_test_that_fails_tells_nothing_of_itself():
    shown = shown_of(raised(3))
    assert "AssertionError in a hidden test" in shown
    assert "4711" not in shown and "9422" not in shown


@pytest.mark.parametrize(("line", "code"), [(1, "double(2) == 4"), (5, "double(3) == 6")])
def test_own_visible_test_that_fails_tells_its_line(line, code):
    shown = shown_of(raised(line, value="wrong for small numbers"))
    assert "AssertionError: wrong for small numbers" in shown
    assert f"raised by: assert {code}" in shown and "9422" not in shown


@pytest.mark.parametrize("line", [0, 99])
def test_error_from_no_known_line_counts_as_hidden(line):
    assert "4711" not in shown_of(raised(line))


def test_what_hidden_tests_print_or_show_disappears():
    stream = new_output("stream", name="stdout", text="called with 4711")
    value = new_output("execute_result", {"text/plain": "4711"})
    assert "4711" not in shown_of(stream, value)


def test_cells_without_hidden_tests_stay_as_they_are():
    cells = [new_code_cell("1 / 0", outputs=[raised(1)]), new_markdown_cell("BEGIN HIDDEN TESTS")]
    assert processed(feedback.HideTests, *cells).cells == cells


# ---- places ----


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("No such file: '/srv/class/ada/x.npz'", "No such file: '…/x.npz'"),
        ("\x1b[32m/tmp/ipykernel_9/12.py\x1b[39m:3", "\x1b[32m…/12.py\x1b[39m:3"),
        ("File /usr/lib/python3.11/json/decoder.py:355", "File json/decoder.py:355"),
        ("in /x/.venv/lib/python3.13/site-packages/numpy/linalg/a.py", "in numpy/linalg/a.py"),
        (r"C:\Users\ada\course\x.py failed", r"…\x.py failed"),
        ("~/course/x.py and /home/ada/", "…/x.py and …/ada"),
        ("6/2 km/h, 1/2/3, and/or, a // b", "6/2 km/h, 1/2/3, and/or, a // b"),
        ("https://example.org/a/b?c=/d/e", "https://example.org/a/b?c=…/e"),
        ("no path at all", "no path at all"),
    ],
)
def test_places_are_cut_down(text, wanted):
    assert without_places(text) == wanted


def test_folder_with_blanks_is_hidden_if_it_is_known():
    text = "open /data/Ada Lovelace/course/x.npz"
    assert without_places(text, ["/data/Ada Lovelace/course"]) == "open …/x.npz"


def test_places_disappear_from_every_kind_of_output(tmp_path):
    place = f"{tmp_path}/secret/x.py"
    outputs = [
        new_output("stream", name="stderr", text=f"{place}:1: Warning"),
        new_output("error", ename="E", evalue=f"'{place}'", traceback=[f"File \x1b[32m{place}"]),
        new_output("display_data", {"text/plain": place, "text/markdown": f"`{place}`"}),
        new_output("execute_result", {"text/html": f'<p title="{place}">in {place}</p>'}),
    ]
    notebook = processed(feedback.HidePlaces, new_code_cell("pass", outputs=outputs))
    said = nbformat.writes(notebook)
    assert str(tmp_path) not in said and "secret" not in said
    assert said.count("…/x.py") == 7


# ---- nothing runs ----


@pytest.mark.parametrize(
    "html",
    [
        "<script>evil()</script>",
        "<img src=x onerror=evil()>",
        "<svg onload=evil()></svg>",
        '<a href="javascript:evil()">x</a>',
        '<a href="java\tscript:evil()">x</a>',
        '<a href="data:text/html,<script>evil()</script>">x</a>',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        "<iframe srcdoc='<script>evil()</script>'></iframe>",
        "<!--<img title='--><img src=x onerror=evil()>'>",
        "<noscript><p title='</noscript><img src=x onerror=evil()>'>",
        "<math><mi//xlink:href='data:x,<script>evil()</script>'>",
        "<form action='https://example.org'><input></form>",
        "<style>body { display: none }</style>",
        "<meta http-equiv=refresh content='0;url=javascript:evil()'>",
        "<base href='https://example.org'>",
    ],
)
def test_html_that_could_run_is_shown_as_text(html):
    soup = BeautifulSoup(clean_html(html), "html.parser")
    for element in soup.find_all(True):
        assert element.name in ("a", "img", "p")
        assert set(element.attrs) <= {"src", "title"} and element.get("src") in (None, "x")


def test_style_cannot_lay_anything_over_the_page():
    cleaned = clean_html(
        '<div class="modal navbar-fixed-top" id="top" style="position: fixed; top: 0; color: red">'
    )
    assert cleaned == '<div style="color: red;"></div>'


@pytest.mark.parametrize("answer", [lambda x: x, lambda x: np.maximum(x, 0), lambda x: [x, "<b>"]])
def test_report_of_a_check_keeps_its_looks(answer):
    report = checks.relu(answer)._repr_mimebundle_()["text/html"]
    before = BeautifulSoup(report, "html.parser")
    after = BeautifulSoup(clean_html(report, without_places), "html.parser")
    assert after.get_text() == before.get_text()
    assert after.div["data-state"] == before.div["data-state"]
    assert "border-left: 4px solid" in after.div["style"]
    assert [img.attrs for img in after.find_all("img")] == [
        img.attrs for img in before.find_all("img")
    ]


@pytest.mark.parametrize(
    "address",
    ["javascript:1", "JAVASCRIPT:1", "java&#9;script:1", "javascript&colon;1", "vbscript:1",
     " data:text/html,x", "file:///etc/passwd"],
)  # fmt: skip
def test_link_to_anything_but_a_page_is_dropped(address):
    assert clean_html(f'<a href="{address}">x</a>') == "<a>x</a>"


@pytest.mark.parametrize("address", ["https://e.org/a:b", "mailto:a@e.org", "#top", "b/c.html"])
def test_link_to_a_page_stays(address):
    assert clean_html(f'<a href="{address}">x</a>') == f'<a href="{address}">x</a>'


@pytest.mark.parametrize("address", ["https&colon;//e.org/x.png", "ht&#10;tps://e.org", "//e.org"])
def test_picture_from_the_web_is_not_loaded(address):
    assert clean_html(f'<img src="{address}">') == "<img>"


@pytest.mark.parametrize("html", ["<b>" * 30_000, "<b></b>" * 30_000, "<b></i>" * 15_000])
def test_html_of_too_many_tags_is_shown_as_text_at_once(html):
    begin = time.perf_counter()
    cleaned = clean_html(html + "/srv/class/x.py", without_places)
    assert time.perf_counter() - begin < 2
    assert "<" not in cleaned and cleaned.endswith("…/x.py")
    assert unescape(cleaned).startswith(html)


def test_markdown_that_would_take_minutes_is_shown_as_it_is_written():
    begun = time.perf_counter()
    prose = new_notebook(cells=[new_markdown_cell(r"\begin{a}" * 10_000)])
    config = Config()
    feedback.configure(config)
    shown, _ = feedback.FeedbackPage(config=config).from_notebook_node(prose)
    assert BeautifulSoup(shown, "html.parser").find("pre").text.startswith(r"\begin{a}\begin{a}")
    assert time.perf_counter() - begun < 20


def test_large_table_stays_a_table():
    table = "<table>" + "<tr><td>1</td><td>2</td></tr>" * 1000 + "</table>"
    assert clean_html(table).count("<td>") == 2000


def test_outputs_keep_only_forms_that_cannot_run():
    data = {
        "text/plain": "4",
        "application/javascript": "evil()",
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
        "image/svg+xml": "<svg onload=evil()>",
        "image/png": '" onerror="evil()',
        "image/jpeg": "/9j/4AAQ",
    }
    metadata = {"text/html": {"isolated": True}, "width": "1 onerror=evil()"}
    outputs = [
        new_output("display_data", data, metadata=metadata),
        new_output("display_data", {"application/javascript": "evil()"}),
    ]
    cell = new_code_cell("pass", outputs=outputs, execution_count=1)
    cell.metadata.tags = ['x" onmouseover="evil()']
    notebook = new_notebook(cells=[cell], metadata={"widgets": {"x": "</script>evil()"}})
    cell.execution_count = "<script>evil()</script>"
    notebook, _ = feedback.Harmless().preprocess(notebook, {})
    (output,) = notebook.cells[0].outputs
    assert output.data == {"text/plain": "4", "image/jpeg": "/9j/4AAQ"} and output.metadata == {}
    assert "evil" not in nbformat.writes(notebook)


# ---- the page ----

EVIL = """<script>document.title = "evil"</script>
<img src="data:," onerror="document.title = 'evil'">
[link](javascript:document.title='evil') `a < b` and $x_1 < 2$"""


def mischief(notebook):
    """Change a right notebook: a wrong answer, a path in an output, scripts in the prose."""
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id == "tiny_relu":
            cell["source"] = RIGHT["tiny_relu"].replace("0)", "0) + 1")
    added = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    paths = "from os.path import abspath\nprint('in', abspath('x.txt'))\nopen(abspath('z.txt'))"
    notebook["cells"] += [
        {"cell_type": "markdown", "id": "evil", "metadata": {}, "source": EVIL},
        {**added, "id": "paths", "source": paths},
    ]


@pytest.fixture
def page(course, submit):
    """The feedback of a student who tried all sorts of things, marked by nbgrader itself."""
    config = course.path / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + "from cnn_lab.classroom.marking import feedback\nfeedback.configure(c)\n"
    )
    submit(course, "ada", mischief)
    course.run(Autograde, student_id="ada")
    course.run(GenerateFeedback, student_id="ada")
    text = (course.path / "feedback" / "ada" / TINY / f"{TINY}.html").read_text(encoding="utf-8")
    return text, course


def test_page_shows_reports_and_points_and_nothing_else(page):
    text, course = page
    soup = BeautifulSoup(text, "html.parser")
    policy = soup.head.find_all(True)[0]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert "script-src https://cdnjs" in policy["content"]
    with course.gradebook() as book:
        points = book.find_submission(TINY, "ada").score
    assert 1 < points < 7
    assert f"(Score: {points} / 7.0)" in soup.h4.get_text()
    reports = soup.select(".cnn-lab-check")
    assert [report["data-state"] for report in reports][:2] == ["right", "wrong"]
    assert "relu: not right yet" in reports[1].get_text()
    titles = ["Predict both poolings", "Write relu", "Write output_size"]
    assert [link.get_text() for link in soup.select("#toc a")] == titles
    heads = [head.get_text() for head in soup.select("span.nbgrader-label")]
    assert heads == ["Student's answer", titles[0], "Student's answer", titles[1],
                     "Student's answer", titles[2]]  # fmt: skip
    points = [part.get_text() for part in soup.select(".cnn-lab-points")]
    assert points[0] == "1 of 1 point" and points[2] == "4 of 4 points"
    assert len(reports) == 3 and "Score: 1.0 / 1.0" in soup.get_text()

    assert "HIDDEN" not in text and "further" not in text
    outputs = "".join(part.get_text() for part in soup.select("div.output"))
    assert str(course.path) not in text and not re.search(r"(?<![\w…])/\w+/", outputs)
    assert "in …/x.txt" in outputs and "…/z.txt" in outputs

    assert soup.body.find("script") is None
    assert not [tag for tag in soup.find_all(True) if any(a.startswith("on") for a in tag.attrs)]
    assert not soup.find_all(href=re.compile("javascript"))
    assert "a < b" in soup.get_text() and "$x_1 < 2$" in soup.get_text()


def test_page_suits_small_and_dark_screens(page):
    soup = BeautifulSoup(page[0], "html.parser")
    assert soup.find("meta", attrs={"name": "viewport"})
    style = soup.head.find_all("style")[-1].get_text()
    assert "prefers-color-scheme: dark" in style and "img { max-width: 100%" in style


def test_steps_know_the_option_that_the_page_sets_for_all(caplog):
    config = Config()
    for step in (feedback.HideTests, feedback.HidePlaces, feedback.Harmless):
        config[step.__name__].display_data_priority = ["text/html"]
        with caplog.at_level(logging.WARNING, "traitlets"):
            assert step(config=config).display_data_priority == ["text/html"]
    assert "not recognized" not in caplog.text
