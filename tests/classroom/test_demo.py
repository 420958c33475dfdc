"""The class that does not exist: what it sends, and the whole way to its feedback.

The whole way takes as long as marking eight submissions does: half a minute on two idle cores.
"""

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnn_lab import checks, reference
from cnn_lab.__main__ import main
from cnn_lab.classroom import demo, graded_cells
from cnn_lab.classroom.assignment import assignment
from cnn_lab.classroom.course import CourseError
from cnn_lab.classroom.invented_class import ASSIGNMENT, CLASS, submission
from cnn_lab.classroom.ipynb import grading, to_text
from cnn_lab.classroom.learners_copy import BEGIN, learners_copy
from cnn_lab.classroom.marking.sandbox import why_not
from cnn_lab.commands import demo_class as command

LESSONS = Path(__file__).parents[2] / "notebooks"
SCORES = {
    "ada": 7,  # 1 + 2 + 2 + 2
    "boris": 3,
    "chiara": 4.16,  # 1 + 0.66 + 0.5 + 2: one part of three, one of four
    "deniz": 5,
    "elin": 5,
    "farid": 7,
    "greta": 0,
    "hugo": 0,
}


@pytest.fixture(scope="module")
def source():
    return assignment(LESSONS / f"{ASSIGNMENT}.ipynb")[0]


@pytest.fixture(scope="module")
def sent(source):
    """What each of the class sends, by their ids."""
    release = learners_copy(source)
    return {each.id: submission(each, source, release) for each in CLASS}


def answers(notebook):
    return {
        grading(cell)["grade_id"]: cell["source"]
        for cell in notebook["cells"]
        if grading(cell).get("solution")
    }


def states(notebook):
    """Return the reports of the checks on the answers of somebody who can be trusted."""
    names = {"np": np, "reference": reference}
    for text in answers(notebook).values():
        exec(text, names)
    found = {}
    for cell in notebook["cells"]:
        asked = graded_cells.read(cell["source"]) if grading(cell).get("grade") else None
        if asked:
            values = [names[answer] for answer in asked.answers]
            found[asked.name] = getattr(checks, asked.name).judge(*values)
    return found


def test_class_sends_eight_different_notebooks(sent):
    assert len({to_text(notebook) for notebook in sent.values()}) == len(CLASS) == 8
    for notebook in sent.values():
        nbformat.validate(nbformat.from_dict(notebook))
        assert BEGIN not in to_text(notebook)


def test_ada_has_everything_right(sent):
    assert {report.state for report in states(sent["ada"]).values()} == {"right"}


def test_boris_has_half_of_it(sent):
    found = [report.state for report in states(sent["boris"]).values()]
    assert found == ["right", "right", "not attempted", "not attempted"]


def test_chiara_makes_mistakes_that_the_checks_know(sent):
    found = states(sent["chiara"])
    assert [report.mistake is not None for report in found.values()] == [False, True, True, False]


def test_elin_has_one_syntax_error(sent):
    broken = []
    for name, text in answers(sent["elin"]).items():
        try:
            compile(text, name, "exec")
        except SyntaxError:
            broken.append(name)
    assert broken == ["l01_conv_single_step"]


def test_farid_lacks_one_check(sent):
    lost = len(sent["ada"]["cells"]) - len(sent["farid"]["cells"])
    assert (lost, answers(sent["farid"])) == (1, answers(sent["ada"]))


def test_greta_would_have_all_points_if_her_kernel_were_believed(sent):
    names = {"checks": checks}
    for text in answers(sent["greta"]).values():
        exec(text, names)
    for cell in sent["greta"]["cells"]:
        asked = graded_cells.read(cell["source"]) if grading(cell).get("grade") else None
        if asked:
            first_line = cell["source"].split("\n")[0]
            assert float(eval(first_line, names)) == asked.points


def test_hugo_sends_what_he_got(sent, source):
    assert sent["hugo"] == learners_copy(source)


def test_table_says_what_is_not_marked_and_what_is_late():
    rows = [demo.Row(CLASS[0], None, 7, False), demo.Row(CLASS[7], 2.5, 7, True)]
    first, second = demo.table(rows)
    assert first.endswith("not marked")
    assert second.endswith("2.50 of 7, late")


def test_demonstration_takes_no_folder_that_is_something_else(tmp_path, capsys):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(CourseError, match="is no demonstration"):
        demo.prepare(tmp_path)
    assert main(["demo-class", str(tmp_path), "--no-open"]) == 1
    assert "name another one" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_demonstration_ends_at_a_step_that_fails(tmp_path):
    with pytest.raises(command.StepFailed, match="cnn-lab assignment has failed"):
        command.step(tmp_path, "cnn-lab", "assignment", "99", "--course", ".")


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The folder of the demonstration, made by its command, and what it printed."""
    folder = tmp_path_factory.mktemp("demonstration") / "class"
    unsafe = ["--unsafe"] if why_not() else []  # its notebooks are our own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        opened = []
        patch.setattr(command.webbrowser, "open", lambda address: opened.append(address) or True)
        assert main(["demo-class", str(folder), *unsafe]) == 0
    assert opened == [(folder / "index.html").as_uri()]
    return folder


def test_demonstration_marks_everybody_as_they_deserve(marked):
    assert {row.student.id: row.points for row in demo.results(marked)} == SCORES
    assert [row.student.id for row in demo.results(marked) if row.late] == ["hugo"]


def test_demonstration_leads_to_the_feedback_of_each(marked):
    page = (marked / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) == 9
    assert all((marked / link).is_file() for link in links)
    assert "color-scheme: light dark" in page and 'name="viewport"' in page


def test_demonstration_tells_the_teacher_about_the_cheat_and_the_lost_check(marked):
    records = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in marked.glob("marking/*/*/record.json")
    }
    assert "checks" in records["greta"]["findings"][0]["text"]
    assert "l01_check_balanced" in records["farid"]["findings"][0]["text"]


def test_feedback_says_what_chiara_did_and_shows_no_hidden_test(marked):
    place = marked / "feedback" / "chiara" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    page = place.read_text(encoding="utf-8")
    assert "not right yet" in page
    assert "HIDDEN" not in page
    assert "checks.balanced.further" not in re.sub("<[^>]*>", "", page)
    assert str(marked) not in page
