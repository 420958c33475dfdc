"""Notes about checks in a workbook, and the page that sums them up."""

import json
import os
import re
import sys
from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

import cnn_lab.checks
from cnn_lab.__main__ import main
from cnn_lab.checks.progress import Note, find_workbook, progress, read_note, record
from cnn_lab.checks.progress_page import standing

MODULE = sys.modules["cnn_lab.checks.progress"]
TODAY = date(2026, 5, 3)


class Calendar(date):
    """A calendar that shows one day."""

    @classmethod
    def today(cls):
        return cls(2026, 5, 3)


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    """A workbook, which is the current folder, on the third of May."""
    folder = tmp_path / "my workbook"
    (folder / ".course").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(MODULE, "date", Calendar)
    return folder


def note(folder, name):
    return json.loads((folder / ".course" / "progress" / f"{name}.json").read_text())


# ---- notes ----


def test_record_keeps_state_best_score_first_day_and_wrong_answers(workbook, monkeypatch):
    record("relu", "wrong", 0.25)
    record("relu", "wrong", 0.5)
    record("relu", "wrong", 0.125)
    wrong = {"state": "wrong", "best": 0.5, "first_right": None, "wrong": 3}
    assert note(workbook, "relu") == wrong
    record("relu", "right", 1)
    right = {"state": "right", "best": 1.0, "first_right": "2026-05-03", "wrong": 0}
    assert note(workbook, "relu") == right
    monkeypatch.setattr(Calendar, "today", classmethod(lambda cls: date(2026, 6, 1)))
    record("relu", "wrong", 0.5)
    assert note(workbook, "relu") == right | {"state": "wrong", "wrong": 1}
    record("relu", "not attempted", 0)
    assert note(workbook, "relu") == right | {"state": "not attempted", "wrong": 1}
    record("relu", "right", 1)
    assert note(workbook, "relu") == right
    assert os.listdir(workbook / ".course" / "progress") == ["relu.json"]


def test_record_of_nothing_new_writes_nothing(workbook):
    record("relu", "not attempted", 0)
    assert not (workbook / ".course" / "progress").exists()
    record("relu", "right", 1)
    path = workbook / ".course" / "progress" / "relu.json"
    before = path.stat()
    record("relu", "right", 1.0)
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("below", ["", "a", "a/b"])
def test_record_finds_the_workbook_above(workbook, monkeypatch, below):
    (workbook / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(workbook / below)
    record("relu", "right", 1)
    assert note(workbook, "relu")["state"] == "right"


def test_record_outside_a_workbook_does_nothing(workbook, monkeypatch, tmp_path):
    far = workbook / "a" / "b" / "c"
    far.mkdir(parents=True)
    for folder in (far, tmp_path):
        monkeypatch.chdir(folder)
        assert find_workbook(folder) is None
        record("relu", "right", 1)
    assert not list(tmp_path.rglob("relu.json"))


def test_record_in_a_browser_takes_the_drive_for_the_workbook(monkeypatch, tmp_path):
    monkeypatch.setattr(MODULE, "IN_BROWSER", True)
    monkeypatch.setattr(MODULE, "DRIVE", tmp_path)
    (tmp_path / "complete").mkdir()
    monkeypatch.chdir(tmp_path / "complete")
    record("relu", "right", 1)
    assert os.listdir(tmp_path) == ["complete"]
    monkeypatch.chdir(tmp_path)
    record("relu", "right", 1)
    assert note(tmp_path, "relu")["state"] == "right"


@pytest.mark.parametrize(
    "arguments",
    [("../relu", "right", 1), ("relu", "solved", 1), ("relu", "right", "much"), (3, 4, 5)],
)
def test_record_of_something_else_does_nothing(workbook, arguments):
    record("known", "right", 1)
    record(*arguments)
    assert [path.name for path in workbook.rglob("*.json")] == ["known.json"]


def test_record_never_raises(workbook, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    record("relu", "wrong", 0.5)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        record("relu", "right", 1)
    assert note(workbook, "relu")["state"] == "wrong"
    assert os.listdir(workbook / ".course" / "progress") == ["relu.json"]
    (workbook / ".course" / "progress" / "relu.json").unlink()
    (workbook / ".course" / "progress").rmdir()
    (workbook / ".course" / "progress").write_text("in the way")
    record("relu", "right", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getcwd", fail)
        record("relu", "right", 1)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"state": "right"}',
        '{"state": "?", "best": 1, "first_right": null, "wrong": 0}',
        '{"state": "right", "best": 1, "first_right": "yesterday", "wrong": 0}',
        '{"state": "right", "best": null, "first_right": null, "wrong": 0}',
    ],
)
def test_a_damaged_note_is_a_blank_one(workbook, content):
    path = workbook / ".course" / "progress" / "relu.json"
    path.parent.mkdir()
    path.write_text(content)
    assert read_note(path) == Note()
    record("relu", "right", 1)
    assert note(workbook, "relu")["first_right"] == "2026-05-03"


# ---- the page ----


def exercise(name, lesson, title):
    return SimpleNamespace(name=name, lesson=lesson, title=title)


@pytest.fixture
def registry(monkeypatch):
    """Five exercises of three lessons and one outside, not in their order."""
    exercises = [
        exercise("pad", "02", "write `zero_pad` for x < 3"),
        exercise("step", "01", "predict a number"),
        exercise("size", "02", "write `output_size`"),
        exercise("field", "", "outside the lessons"),
        exercise("best", "01", "find the best place"),
        exercise("late", "11", "find weights"),
    ]
    by_name = {each.name: each for each in exercises}
    monkeypatch.setattr(cnn_lab.checks, "EXERCISES", by_name, raising=False)


def put_lesson(folder, name, *lines):
    cell = {"cell_type": "markdown", "source": list(lines)}
    (folder / name).write_text(json.dumps({"cells": [cell]}))


@pytest.fixture
def lessons(workbook, registry):
    put_lesson(workbook, "01_single_step.ipynb", "# 01  One window, one <number>\n", "\n", "More.")
    (workbook / "02_pad ding.ipynb").write_text("damaged")
    return workbook


def test_progress_counts_and_names_the_next(lessons):
    record("step", "right", 1)
    record("best", "wrong", 0.5)
    record("size", "right", 1)
    page = progress()
    assert (page.right, page.total) == (2, 5)
    assert [(lesson.number, lesson.title, lesson.link) for lesson in page.lessons] == [
        ("01", "One window, one <number>", "01_single_step.ipynb"),
        ("02", "Pad ding", "02_pad ding.ipynb"),
        ("11", "", None),
    ]
    lesson, entry = page.next
    assert (lesson.number, entry.name) == ("01", "best")
    assert [entry.name for entry in page.lessons[1].entries] == ["pad", "size"]


def test_progress_as_text(lessons):
    record("step", "right", 1)
    record("best", "wrong", 0.5)
    record("best", "wrong", 0.5)
    assert str(progress()) == repr(progress())
    assert str(progress()).splitlines() == [
        "1 of 5 exercises right  [######........................]",
        "Next: find the best place, 01 One window, one <number> (01_single_step.ipynb)",
        "",
        "01 One window, one <number>: 1 of 2",
        "  ✓ predict a number          right since 3 May",
        "  ✕ find the best place       not right yet (2 tries)",
        "",
        "02 Pad ding: 0 of 2",
        "  ○ write zero_pad for x < 3  not attempted",
        "  ○ write output_size         not attempted",
        "",
        "lesson 11: 0 of 1",
        "  ○ find weights              not attempted",
    ]


class Tags(HTMLParser):
    """Checks that tags are closed in order, and collects them and their text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open += [tag] if tag != "br" else []
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if "style" not in self.open else ""


def test_progress_as_html(lessons):
    record("step", "right", 1)
    bundle = progress()._repr_mimebundle_()
    assert bundle["text/plain"] == str(progress())
    page = Tags(bundle["text/html"])
    kinds = [tag for tag, _ in page.tags]
    assert "script" not in kinds and not re.search(r"\bon\w+=", bundle["text/html"])
    assert [facts.get("href") for tag, facts in page.tags if tag == "a"] == [
        "01_single_step.ipynb",
        "01_single_step.ipynb",
        "02_pad%20ding.ipynb",
    ]
    assert [facts["aria-label"] for _, facts in page.tags if facts.get("role") == "img"] == [
        "1 of 5 right",
        "1 of 2 right",
        "0 of 2 right",
        "0 of 1 right",
    ]
    folds = ["open" in facts for tag, facts in page.tags if tag == "details"]
    assert folds == [True, False, False]
    assert "write zero_pad for x < 3not attempted" in page.text
    assert "<code>zero_pad</code> for x &lt; 3" in bundle["text/html"]
    assert "right since 3 May" in page.text and "Next: find the best place in 01" in page.text


def test_progress_when_all_are_right(lessons):
    for name in cnn_lab.checks.EXERCISES:
        record(name, "right", 1)
    assert progress().next is None
    assert str(progress()).startswith(f"All 5 exercises right  [{'#' * 30}]\n\n01 One")
    html = progress()._repr_mimebundle_()["text/html"]
    assert "Next" not in html and "<details open" not in html and "width: 100%" in html


def test_progress_without_a_workbook_is_the_same_every_day(registry, tmp_path, monkeypatch):
    put_lesson(tmp_path, "02_padding.ipynb", "# 02  Padding")
    monkeypatch.chdir(tmp_path)
    page = progress()
    assert (page.right, page.total, page.next[1].name) == (0, 5, "step")
    first = page._repr_mimebundle_()
    monkeypatch.setattr(MODULE, "date", Calendar)
    assert progress()._repr_mimebundle_() == first
    assert "since" not in first["text/plain"]
    assert "2 Padding: 0 of 2" in first["text/plain"]


def test_progress_of_another_folder_links_to_it(lessons, monkeypatch):
    record("step", "right", 1)
    (lessons / "notes").mkdir()
    monkeypatch.chdir(lessons / "notes")
    assert progress().lessons[0].link == "../01_single_step.ipynb"
    monkeypatch.chdir("/")
    page = progress(lessons)
    assert page.right == 1
    assert os.path.samefile(page.lessons[0].link, lessons / "01_single_step.ipynb")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Note(), "not attempted"),
        (Note("wrong", 0.5, None, 1), "not right yet"),
        (Note("wrong", 0.5, None, 4), "not right yet (4 tries)"),
        (Note("right", 1, date(2026, 5, 3)), "right since 3 May"),
        (Note("right", 1, date(2025, 12, 24)), "right since 24 December 2025"),
        (Note("right", 1), "right"),
        (Note("wrong", 1, date(2026, 5, 1), 1), "not right now, was on 1 May"),
        (Note("not attempted", 1, date(2026, 5, 1)), "not attempted now, was right on 1 May"),
    ],
)
def test_standing(known, words):
    assert standing(known, TODAY) == words


def test_command_prints_the_page(lessons, capsys, monkeypatch, tmp_path):
    record("step", "right", 1)
    assert main(["progress"]) == 0
    assert capsys.readouterr().out.startswith("1 of 5 exercises right")
    monkeypatch.chdir(tmp_path)
    assert main(["progress", str(lessons)]) == 0
    assert capsys.readouterr().out.startswith("1 of 5 exercises right")
    assert main(["progress"]) == 1
    assert "workbook is no workbook" in capsys.readouterr().err
