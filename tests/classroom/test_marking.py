"""Marking a class: once, again, after new submissions, by the command and by nbgrader alone."""

import argparse
import hashlib
import os
import re
import sqlite3

import pytest
import small_class
from small_class import POINTS, TIMESTAMP, TINY, submit

from cnn_lab.classroom.marking import gradebook, marking, records, sandbox, scores, steps
from cnn_lab.classroom.marking.execution import Result
from cnn_lab.classroom.marking.gradebook import Course, MarkingError
from cnn_lab.commands import mark as command

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
LATER = "2026-11-25 12:00:00 UTC"
WRONG_RELU = "def relu(x):\n    return x"
ALL = sum(POINTS.values())




def run(folder, *arguments):
    """Run the command as in a terminal; return the exit status."""
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    words = ["mark", TINY, "--course", str(folder.path), "--jobs", "1", *arguments]
    options = parser.parse_args(words)
    return options.run(options)


def points(folder):
    """Return the points of every student, by cell."""
    with Course(folder.path).gradebook() as book:
        found = scores.automatic(book, TINY)
    return {student: cells[TINY] for student, cells in found.items()}


def state(folder):
    """Return a hash of every file, and all that the gradebook holds."""
    paths = sorted(path for path in folder.path.rglob("*") if path.is_file())
    hashes = {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    with sqlite3.connect(folder.path / "gradebook.db") as connection:
        dump = list(connection.iterdump())
    connection.close()
    return hashes, dump


def results_of(folder, student):
    """Return the time at which a student's stored result was written."""
    return (folder.path / "marking" / TINY / student / f"{TINY}.result.json").stat().st_mtime_ns


@pytest.fixture(scope="module")
def marked_once(tmp_path_factory):
    """A class that was marked, what the command said, and its exit status."""
    folder = small_class.CourseFolder(tmp_path_factory.mktemp("class") / "course").make()
    with folder.gradebook() as book:
        book.update_or_create_assignment(TINY, duedate="2026-11-22 12:00:00 UTC")
        book.add_student("=cmd()")
    submit(folder, "right")
    submit(folder, "wrong", {"tiny_relu": WRONG_RELU}, timestamp=None)
    submit(folder, "late", {"tiny_relu": "def relu(x):\n    return y"}, timestamp=LATER)
    submit(folder, "broken", b"{", timestamp="some day")
    submit(folder, "renamed", name="my <b>answer.ipynb")
    course, said = Course(folder.path), []
    return folder, marking.mark(course, TINY, jobs=2, say=said.append), said


@pytest.fixture
def marked(marked_once, tmp_path):
    """A copy of the class that was marked."""
    return marked_once[0].copied(tmp_path / "course")


# ---- once ----


def test_every_student_gets_the_points_of_their_work(marked_once):
    folder, outcome, _ = marked_once
    found = points(folder)
    assert found["right"] == POINTS
    assert found["renamed"] == POINTS
    assert 0 <= found["wrong"].pop("tiny_check_relu") < 2
    assert found["late"].pop("tiny_check_relu") == 0
    others = {name: most for name, most in POINTS.items() if name != "tiny_check_relu"}
    assert found["wrong"] == found["late"] == others
    assert found["broken"] == dict.fromkeys(POINTS, 0)
    assert sorted(outcome.marked) == ["broken", "late", "renamed", "right", "wrong"]
    assert outcome.needs_teacher
    assert not outcome.failed


def test_problems_are_told_before_anything_is_run(marked_once):
    _, outcome, said = marked_once
    assert said[0].startswith("broken: ")
    assert "cannot be read" in said[0]
    assert sum(re.match(r"\[\d/5\] ", line) is not None for line in said) == 5
    assert f"right: {ALL} of {ALL} points" in "\n".join(said)
    assert outcome.writing < outcome.seconds


def test_the_report_tells_points_reasons_and_seconds(marked_once):
    folder, outcome, _ = marked_once
    page = outcome.report.read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr><th scope="row">([^<]*)</th>(.*)</tr>', page))
    assert sorted(rows) == ["=cmd()", "broken", "late", "renamed", "right", "wrong"]
    assert f'<td class="number">{ALL}</td>' in rows["right"]
    assert "3 days late" in rows["late"]
    assert "cannot be read" in rows["broken"]
    assert "no time that can be read" in rows["broken"]
    assert "my &lt;b&gt;answer.ipynb" in rows["renamed"]
    assert "<b>" not in page
    assert "Nothing handed in" in rows["=cmd()"]
    assert "prefers-color-scheme: dark" in page
    assert "http://" not in page and "https://" not in page and "src=" not in page
    seconds = re.findall(r'<td class="number">(\d+\.\d)</td>', rows["right"])
    assert len(seconds) == 1 and float(seconds[0]) > 0


def test_the_table_is_for_a_spreadsheet(marked_once):
    folder, _, _ = marked_once
    content = (folder.path / "reports" / f"{TINY}.csv").read_bytes()
    head, *lines = content.decode("utf-8-sig").splitlines()
    assert head.startswith("student,state,points,of,tiny_check_predict,tiny_check_relu,")
    assert lines[0].startswith("'=cmd(),nothing handed in,,7,")
    assert [line.split(",")[:4] for line in lines if line.startswith("right")] == [
        ["right", "marked", "7", "7"]
    ]


def test_the_submitted_files_and_nothing_else_are_left(marked_once):
    folder, _, _ = marked_once
    assert sorted(path.name for path in (folder.path / "marking").iterdir()) == [
        TINY, "lock", "secret"
    ]
    sent = folder.path / "submitted" / "renamed" / TINY
    assert sorted(path.name for path in sent.iterdir()) == ["my <b>answer.ipynb", "timestamp.txt"]
    assert (folder.path / "autograded" / "renamed" / TINY / f"{TINY}.ipynb").is_file()


# ---- again ----


def test_marking_twice_changes_nothing(marked, capsys):
    before = state(marked)
    assert run(marked) == 1  # the broken one still needs the teacher
    assert state(marked) == before
    assert "5 unchanged" in capsys.readouterr().out


def test_marking_again_runs_everything_and_comes_to_the_same(marked):
    before, then = points(marked), results_of(marked, "right")
    assert run(marked, "--again", "--student", "right") == 1
    assert results_of(marked, "right") > then
    assert points(marked) == before
    assert not list((marked.path / "marking").rglob("history/*"))


def test_what_was_run_is_not_run_again_when_its_entry_is_lost(marked, monkeypatch, capsys):
    before = points(marked)
    (marked.path / "marking" / TINY / "right" / "record.json").unlink()  # killed before it
    os.chmod(marked.path / "autograded" / "wrong" / TINY / f"{TINY}.ipynb", 0o600)
    (marked.path / "autograded" / "wrong" / TINY / f"{TINY}.ipynb").unlink()
    with marked.gradebook() as book:
        book.find_grade("tiny_check_relu", TINY, TINY, "late").auto_score = 2
        book.db.commit()
    monkeypatch.setattr(steps, "EXECUTE", "nothing:nothing")  # nobody can be run
    run(marked)
    assert "3 marked, 2 unchanged" in capsys.readouterr().out
    assert points(marked) == before


def test_a_new_submission_replaces_the_old_one_which_is_kept(marked):
    old = marked.submitted_path("late").read_bytes()
    submit(marked, "late", timestamp="2026-11-26 12:00:00 UTC")
    then = results_of(marked, "wrong")
    run(marked)
    assert points(marked)["late"] == POINTS
    assert results_of(marked, "wrong") == then
    [kept] = (marked.path / "marking" / TINY / "late" / "history").iterdir()
    assert (kept / f"{TINY}.ipynb").read_bytes() == old
    assert (kept / "timestamp.txt").read_text() == LATER
    [record] = records.Records(marked.path, TINY, "late").history()
    assert record["scores"][TINY]["tiny_check_relu"] == 0
    page = (marked.path / "reports" / f"{TINY}.html").read_text(encoding="utf-8")
    assert "Handed in once before" in page
    assert "4 days late" in page


def test_the_same_work_handed_in_later_is_late_but_not_run_again(marked, monkeypatch):
    submit(marked, "right", timestamp=LATER)
    monkeypatch.setattr(steps, "EXECUTE", "nothing:nothing")
    run(marked)
    with marked.gradebook() as book:
        entry = book.find_submission(TINY, "right")
        assert entry.total_seconds_late == 3 * 24 * 3600
    assert points(marked)["right"] == POINTS
    assert len(records.Records(marked.path, TINY, "right").history()) == 1


def test_a_readable_submission_takes_the_place_of_one_that_was_not(marked):
    submit(marked, "broken")
    assert run(marked) == 0
    assert points(marked)["broken"] == POINTS


def test_points_given_by_the_teacher_stay(marked):
    with marked.gradebook() as book:
        book.find_grade("tiny_check_relu", TINY, TINY, "wrong").manual_score = 1.75
        book.db.commit()
    before = state(marked)
    run(marked)
    assert state(marked)[1] == before[1]  # the entry stands
    run(marked, "--again", "--student", "wrong")
    with marked.gradebook() as book:
        assert book.find_grade("tiny_check_relu", TINY, TINY, "wrong").score == 1.75
    table = (marked.path / "reports" / f"{TINY}.csv").read_text(encoding="utf-8-sig")
    assert "\nwrong,marked,6.75,7,1,1.75,4," in table
    assert (marked.path / "reports" / f"{TINY}.html").read_text().count("in Formgrader.") == 1


def test_what_was_given_by_hand_meets_a_new_submission(marked, capsys):
    with marked.gradebook() as book:
        book.find_grade("tiny_check_relu", TINY, TINY, "wrong").manual_score = 1
        book.find_comment("tiny_relu", TINY, TINY, "wrong").manual_comment = "Why?"
        book.db.commit()
    submit(marked, "wrong", timestamp=LATER)
    assert run(marked, "--student", "wrong") == 1
    stands = "tiny_check_relu: your 1 point stands from the hand-in before; "
    stands += "the new answer has 2 automatically"
    said = capsys.readouterr().out
    assert "wrong: 6 of 7 points, late, " in said
    assert f"needs you: {stands}; tiny_relu: your comment stands from the hand-in before" in said
    stored = records.Records(marked.path, TINY, "wrong")
    assert [finding["weight"] for finding in stored.load()["findings"]] == ["warning"] * 2
    assert stored.history()[0]["by_hand"] == [
        {"notebook": TINY, "cell": "tiny_check_relu", "points": 1.0},
        {"notebook": TINY, "cell": "tiny_relu", "comment": "Why?"},
    ]

    (marked.path / "submitted" / "broken" / TINY).rename(marked.path / "submitted/broken/04_tny")
    assert run(marked, "--quiet") == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "submitted/broken/04_tny: no assignment has this name, so it is not marked"
    assert said[1] == f"wrong: needs you: {stands}"
    with marked.gradebook() as book:  # as Formgrader does when points are entered
        book.find_grade("tiny_check_relu", TINY, TINY, "wrong").needs_manual_grade = False
        book.db.commit()
    (marked.path / "submitted" / "broken" / "04_tny").rename(marked.path / "submitted/04_tny")
    run(marked)
    assert "needs you" not in capsys.readouterr().out


def test_marks_of_older_points_are_told_and_older_work_is_no_edit(course, capsys):
    from cnn_lab.commands import grades

    parser = argparse.ArgumentParser()
    grades.add(parser.add_subparsers())
    options = parser.parse_args(["grades", "--course", str(course.path)])
    submit(course, "right")
    submit(course, "cheat", lambda notebook: notebook["cells"][5].update(source="checks = 9"))
    submit(course, "broken", b"{")
    run(course)
    assert options.run(options) == 0
    said = capsys.readouterr().err
    assert f"{TINY}: could not be read or run, and have 0 points: broken\n" in said
    assert "before the points" not in said

    text = course.source_path.read_text()
    course.source_path.write_text(text.replace('"points": 2', '"points": 3'))
    assert run(course) == 1
    assert f"nbgrader generate_assignment {TINY} --force" in capsys.readouterr().err
    course.generate()
    assert options.run(options) == 0
    said = capsys.readouterr().err
    assert f"{TINY}: 3 marked before the points or tests were changed: say cnn-lab mark" in said

    run(course)
    assert points(course)["right"]["tiny_check_relu"] == 3
    findings = {
        name: {f["kind"] for f in records.Records(course.path, TINY, name).load()["findings"]}
        for name in ("right", "cheat")
    }
    assert findings["right"] == {"older version"}
    assert {"cell edited", "points changed"} <= findings["cheat"]
    capsys.readouterr()
    options.run(options)
    assert "before the points" not in capsys.readouterr().err


# ---- what cannot be marked ----


def test_a_failing_worker_costs_nobody_else_anything(marked, monkeypatch, capsys):
    submit(marked, "late")
    (marked.path / "marking" / TINY / "right" / "record.json").unlink()
    monkeypatch.setattr(steps, "EXECUTE", "nothing:nothing")
    assert run(marked) == 1
    said = capsys.readouterr().out
    assert "late: NOT MARKED: ModuleNotFoundError: No module named 'nothing'" in said
    assert "1 marked, 3 unchanged, 1 NOT MARKED" in said
    assert points(marked)["late"]["tiny_check_relu"] == 0  # the earlier submission's


def test_what_exceeds_its_limits_gets_zeros_and_the_reason(course, monkeypatch):
    submit(course, "slow")
    monkeypatch.setattr(steps, "EXECUTE", "time:sleep")
    monkeypatch.setattr(marking.submission, "job", lambda *a, **k: _Number(500))
    monkeypatch.setattr(steps, "GRACE", -598)
    assert run(course) == 1
    assert points(course)["slow"] == dict.fromkeys(POINTS, 0)
    page = (course.path / "reports" / f"{TINY}.html").read_text()
    assert "It took longer than 2 seconds" in page
    assert run(course) == 1  # it stands
    assert not list((course.path / "marking").rglob("history/*"))


class _Number(int):
    """A job for `time.sleep`."""

    key = "k"


def test_a_result_of_other_versions_is_refused(course, monkeypatch):
    submit(course, "right")
    other = Result("another key", {"cells": []}, (), 1.0)
    monkeypatch.setattr(marking.Local, "each", _with_results(other))
    outcome = marking.mark(Course(course.path), TINY, jobs=1, say=str)
    assert "another version" in outcome.failed["right"]
    assert points(course) == {}


def _with_results(result):
    each = marking.Local.each

    def changed(self, calls):
        for name, call in calls:
            is_reading = call.function == steps.READ
            yield from each(self, [(name, call)]) if is_reading else [(name, result)]

    return changed


def test_without_a_sandbox_nothing_is_marked(course, monkeypatch, capsys):
    from nbgrader.converters import Autograde, NbGraderException

    monkeypatch.setattr(sandbox, "why_not", lambda: "Bubblewrap is missing.")
    submit(course, "right")
    assert run(course) == 1
    said = capsys.readouterr().err
    assert "Bubblewrap is missing." in said
    assert "--unsafe" in said
    with pytest.raises(NbGraderException, match=r"Bubblewrap is missing\. .*CNN_LAB_UNSAFE=1"):
        course.run(Autograde)
    assert points(course) == {}
    assert not (course.path / "autograded").exists()


@pytest.mark.parametrize("way", ["option", "configuration", "environment"])
def test_unsafe_must_be_said(course, monkeypatch, way):
    monkeypatch.setattr(sandbox, "why_not", lambda: "Bubblewrap is missing.")
    if way == "configuration":
        with open(course.path / "nbgrader_config.py", "a") as file:
            file.write("\nc.Marking.unsafe = True\n")
    if way == "environment":
        monkeypatch.setenv("CNN_LAB_UNSAFE", "1")
    found = Course(course.path, unsafe=True if way == "option" else None)
    assert found.marking.why_not() is None
    assert not found.marking.sandbox


def test_a_source_that_was_changed_afterwards_is_refused(course):
    submit(course, "right")
    text = course.source_path.read_text()
    course.source_path.write_text(text.replace('"points": 2', '"points": 3'))
    with pytest.raises(MarkingError, match="nbgrader generate_assignment"):
        marking.mark(Course(course.path), TINY, say=str)
    course.generate()
    assert Course(course.path).sources(TINY)


def test_only_one_marks_at_a_time(course):
    with Course(course.path).locked():
        with pytest.raises(MarkingError, match="being marked by another process"):
            marking.mark(Course(course.path), TINY, say=str)


def test_what_is_not_there_is_told(course, tmp_path, capsys):
    with pytest.raises(MarkingError, match="is no course folder"):
        Course(tmp_path)
    with pytest.raises(MarkingError, match="no assignment '99'"):
        marking.mark(Course(course.path), "99", say=str)
    assert run(course, "--student", "nobody") == 1
    assert f"No submission of 'nobody' for '{TINY}'." in capsys.readouterr().err
    (course.path / "nbgrader_config.py").write_text("c = get_config(\n")
    assert run(course) == 1
    assert "nbgrader_config.py is faulty: SyntaxError" in capsys.readouterr().err


# ---- nbgrader alone ----


def test_nbgrader_alone_comes_to_the_same_scores_and_records(marked):
    from nbgrader.converters import Autograde

    alone = small_class.CourseFolder(marked.path.with_name("alone")).make()
    alone.path.joinpath("marking").mkdir()
    secret = marked.path / "marking" / "secret"
    (alone.path / "marking" / "secret").write_bytes(secret.read_bytes())
    submit(alone, "wrong", {"tiny_relu": WRONG_RELU})
    submit(alone, "broken", b"{")
    alone.run(Autograde)
    found = points(alone)
    assert found["wrong"] == points(marked)["wrong"]
    assert found["broken"] == dict.fromkeys(POINTS, 0)
    then = results_of(alone, "wrong")
    run(alone)
    assert results_of(alone, "wrong") == then  # run by nbgrader, recorded by the command
    assert points(alone) == found


def test_nbgraders_no_execute_does_not_give_points_away(course):
    from nbgrader.converters import Autograde

    submit(course, "wrong", {"tiny_relu": WRONG_RELU})
    with open(course.path / "nbgrader_config.py", "a") as file:
        file.write("\nc.Execute.enabled = False\nc.ClearOutput.enabled = False\n")
    course.run(Autograde)
    assert points(course)["wrong"]["tiny_check_relu"] < 2


def test_limits_and_names_come_from_the_configuration(course):
    with open(course.path / "nbgrader_config.py", "a") as file:
        file.write("\nc.Marking.cell = 3.5\nc.Marking.memory = 2 << 30\n")
    found = Course(course.path)
    assert (found.marking.limits.cell, found.marking.limits.memory) == (3.5, 2 << 30)
    assert Course(course.path, cell=7.0).marking.limits.cell == 7
    assert found.folders.course_id == "course"
    assert gradebook.READY.startswith(records.FOLDER)
    assert found.students(TINY) == []
    submit(course, "ada", timestamp=TIMESTAMP)
    assert found.students(TINY) == ["ada"]
