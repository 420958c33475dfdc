"""Every kind of submission, marked as one class: the score of each, and what the teacher is told.

`submissions.KINDS` has them. The whole class is marked once, by the command; a server of the
tests' own listens on this machine, so that an attempt to reach it would succeed.
"""

import json
import socket
import threading

import pytest
import small_class
from attacks import WRITTEN
from small_class import POINTS, RIGHT, TINY
from submissions import KINDS

from cnn_lab.classroom.marking import scores
from cnn_lab.classroom.marking.gradebook import Course
from cnn_lab.classroom.marking.marking import mark

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
# Seconds that one submission may take, however it resists: ten times what the quick ones need.
LONGEST = 60
SETTINGS = "\nc.Marking.cell = 3\nc.Marking.total = 40\n"


class Class:
    """A course in which each kind of submission is a student, and what marking made of it."""

    def __init__(self, folder, heard):
        self.folder, self.heard = folder, heard
        course = Course(folder.path)
        self.outcome = mark(course, TINY, jobs=2, say=lambda text: None)
        with course.gradebook() as book:
            found = scores.automatic(book, TINY)
        self.points = {student: notebooks[TINY] for student, notebooks in found.items()}

    def record(self, student):
        path = self.folder.path / "marking" / TINY / student / "record.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def findings(self, student):
        """Return the kinds of all that the teacher is told about a student's submission."""
        return [each["kind"] for each in self.record(student)["findings"]]

    def seconds(self, student):
        return self.record(student)["notebooks"][TINY]["seconds"]


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = small_class.CourseFolder(tmp_path_factory.mktemp("kinds") / "course").make(SETTINGS)
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_listen, args=(server, heard), daemon=True).start()
        where = {"course": folder.path, "port": server.getsockname()[1]}
        for name, kind in KINDS.items():
            _hand_in(folder, name, kind.made(folder.release(), RIGHT, **where))
        return Class(folder, heard)


def _listen(server, heard):
    while True:
        try:
            connection, address = server.accept()
        except OSError:  # the tests are over
            return
        heard.append(address)
        connection.close()


def _hand_in(folder, student, made):
    files = made if isinstance(made, dict) else {"": made}
    for name, content in files.items():
        small_class.submit(folder, student, content, name=name or None)


@pytest.mark.parametrize("name", KINDS)
def test_submission_gets_its_score(marked, name):
    lost, points = KINDS[name].lost_checks(marked.folder.release(), RIGHT), marked.points[name]
    assert points.keys() == POINTS.keys()
    for check, most in POINTS.items():
        if check in lost:
            assert points[check] < most, check
        elif KINDS[name].lost != "target or all" or points[check] != 0:
            assert points[check] == most, check


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.finds])
def test_teacher_is_told(marked, name):
    assert {*KINDS[name].finds} - {*marked.findings(name)} == set()


def test_right_work_gives_no_occasion_for_remarks(marked):
    assert marked.findings("right") == []


def test_each_ends_in_time(marked):
    seconds = {name: marked.seconds(name) for name in KINDS}
    assert [name for name, each in seconds.items() if each > LONGEST] == []


def test_everybody_is_marked(marked):
    assert marked.outcome.failed == {}
    assert {*marked.outcome.marked} == {*KINDS}


def test_nobody_reached_the_network(marked):
    assert marked.heard == []


def test_nobody_left_the_sandbox(marked):
    folder = marked.folder.path
    assert [path for path in folder.rglob(WRITTEN) if "submitted" not in path.parts] == []
    for path in (folder / "autograded").rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            said = "".join(
                "".join(output.get("text", "")) for output in cell.get("outputs", [])
            )
            assert "REACHED" not in said, (path.parts[-3], said)


def test_report_says_what_happened(marked):
    page = marked.outcome.report.with_suffix(".html").read_text(encoding="utf-8")
    assert [name for name in KINDS if name not in page] == []
    for words in (
        "a web page, not a notebook",
        "This cell was not finished after 3 seconds",
        "ended itself, with exit status 0",
        "more than 128 processes",
        "it may remember results",
    ):
        assert words in page, words
