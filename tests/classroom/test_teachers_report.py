"""The page that a teacher reads after marking: order, titles, legend, no hidden column."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from small_class import tiny_lesson

from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.marking import teachers_report
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.scores import Score, Standing
from cnn_lab.classroom.marking.teachers_report import Row
from cnn_lab.classroom.marking.titles import as_html, titles

# nbgrader's own: its database model
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MOST = {"04_tiny": {"tiny_check_predict": 1, "own_test": 2.5}}


def standing(points, is_open=False, late=0.0):
    score = Score(points, None, None, points, is_open)
    return Standing({"04_tiny": {"tiny_check_predict": score, "own_test": score}}, 0, late)


def marked(student, points=1.0, weight=None, **facts):
    found = (Finding("x", "Found <something>.", weight=weight),) if weight else ()
    return Row(student, "marked", standing(points, **facts), found, 1.25)


def shown(*rows):
    known = {"04_tiny": titles(source_of(tiny_lesson()))}
    return BeautifulSoup(teachers_report.page("04_tiny", MOST, list(rows), known), "html.parser")


def test_those_who_need_the_teacher_come_first_and_are_marked():
    soup = shown(
        marked("a"), marked("b", weight="warning"), marked("c", weight="note"),
        marked("d", late=7200), marked("e", is_open=True), marked("f", weight="failure"),
        Row("g", "unreadable"), Row("h", "missing"), replace(marked("i"), is_outdated=True),
    )  # fmt: skip
    kinds = {}
    for row in soup.select("tbody tr"):
        kinds[row.th.get_text()] = row.select_one("td.findings")["class"][1:]
    assert list(kinds) == ["f", "g", "b", "e", "i", "a", "c", "d", "h"]
    assert kinds["f"] == kinds["g"] == ["needs-failure"]
    assert kinds["b"] == kinds["e"] == kinds["i"] == ["needs-warning"]
    assert "; marked before the points or tests were changed: 1." in soup.p.get_text()
    assert not any(kinds[student] for student in "acdh")
    (legend,) = soup.select("p.quiet")
    assert legend.get_text().startswith("Those who need you come first")


def test_columns_have_the_titles_of_exercises_and_findings_are_in_sight():
    heads = shown(marked("a")).select("thead th")
    assert [head.get_text() for head in heads] == [
        "Student", "Pointsof 3.5", "Findings", "Predict both poolingsof 1", "own_testof 2.5",
        "Seconds",
    ]  # fmt: skip
    assert [head.get("title") for head in heads[3:5]] == ["tiny_check_predict", "own_test"]
    assert all("number" in head["class"] for head in [heads[1], *heads[3:]])


def test_numbers_stand_in_cells_of_numbers():
    row = shown(marked("a", points=0.666)).select_one("tbody tr")
    assert [cell.get_text() for cell in row.select("td.number")] == ["1.33", "0.67", "0.67", "1.2"]


def test_what_students_wrote_is_no_html():
    soup = shown(marked("<b>", weight="note"))
    assert soup.find("b") is None and soup.find("something") is None
    assert "Found <something>." in soup.get_text()


def test_titles_are_of_the_checks_in_graded_cells():
    assert titles(source_of(tiny_lesson())) == {
        "tiny_check_predict": "Predict both poolings",
        "tiny_check_relu": "Write relu",
        "tiny_check_output_size": "Write `output_size`",
    }


@pytest.mark.parametrize(
    ("title", "html"),
    [("`a_b` < 1", "<code>a_b</code> &lt; 1"), ("odd ` one", "odd ` one"), ("plain", "plain")],
)
def test_title_as_html(title, html):
    assert as_html(title) == html
