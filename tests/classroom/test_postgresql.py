"""A whole class marked with a gradebook in PostgreSQL: a server of its own, on a socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from nbgrader.converters import GenerateFeedback
from small_class import TINY, CourseFolder

from cnn_lab.classroom import grades
from cnn_lab.classroom.marking.gradebook import Course
from cnn_lab.classroom.marking.marking import mark

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PROGRAMS = FOLDERS[-1] if FOLDERS else Path(os.path.realpath(shutil.which("initdb") or "")).parent
MISSING = [
    *([] if (PROGRAMS / "initdb").is_file() else ["apt install postgresql"]),
    *([] if find_spec("psycopg2") else ["pip install psycopg2-binary"]),
]
pytestmark = [
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("CI") is None,
        reason=f"needs PostgreSQL: {' and '.join(MISSING)}",
    ),
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
]

CLASS = {
    "ada": None,
    "bob": {"tiny_relu": "def relu(x):\n    return x"},
    "eve": {"tiny_relu": "def relu(x):\n    while True:\n        pass"},
    "zoë": {"tiny_predict": "prediction = ("},
}


@contextmanager
def server():
    """Run a PostgreSQL server that listens on a socket only; give the URL of a database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path holds 107 bytes
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    before = ["runuser", "-u", user, "--"] if os.getuid() == 0 else []

    def run(program, *options):
        command = [*before, PROGRAMS / program, *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    try:
        if before:
            shutil.chown(folder, user)
        run("initdb", "-D", folder / "data", "-U", user, "-A", "trust", "-N", "-E", "UTF8")
        settings = f"-k {folder} -c listen_addresses='' -F"
        with open(folder / "log", "wb"):  # not a pipe, which the server would hold open
            os.chmod(folder / "log", 0o666)
        run("pg_ctl", "start", "-w", "-D", folder / "data", "-l", folder / "log", "-o", settings)
        try:
            run("createdb", "-h", folder, "-U", user, "grades")
            yield f"postgresql+psycopg2://{user}@/grades?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder / "data")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def url():
    with server() as address:
        yield address


@pytest.fixture
def course(url, tmp_path):
    return CourseFolder(tmp_path / "course").make(f"\nc.CourseDirectory.db_url = {url!r}\n")


def points(course):
    """Return the points in the gradebook: student -> grade id -> points."""
    with course.gradebook() as book:
        return {
            student: {
                grade.name: grade.score
                for grade in book.find_submission_notebook(TINY, TINY, student).grades
            }
            for student in CLASS
        }


def test_class_is_marked_corrected_marked_again_and_exported(course, submit):
    for student, work in CLASS.items():
        submit(course, student, work)
    marking = Course(course.path, cell=2.0)
    outcome = mark(marking, TINY, jobs=2, say=lambda line: None)
    assert sorted(outcome.marked) == sorted(CLASS) and not outcome.failed
    found = points(course)
    assert not (course.path / "gradebook.db").exists()
    assert found["ada"]["tiny_check_predict"] == 1 and found["ada"]["tiny_check_relu"] == 2
    assert found["bob"]["tiny_check_relu"] < 1 and found["eve"]["tiny_check_relu"] == 0
    assert found["zoë"]["tiny_check_predict"] == 0 and found["zoë"]["tiny_check_relu"] == 2
    sizes = {student: found[student]["tiny_check_output_size"] for student in CLASS}
    assert set(sizes.values()) == {sizes["ada"]} and sizes["ada"] > 0

    # Marked once more: nothing to do. Corrected by the teacher and run again: the correction stays.
    outcome = mark(marking, TINY, say=lambda line: None)
    assert sorted(outcome.unchanged) == sorted(CLASS) and points(course) == found
    with course.gradebook() as book:
        book.find_grade("tiny_check_relu", TINY, TINY, "bob").manual_score = 1.25
        book.db.commit()
    outcome = mark(marking, TINY, students=["bob"], again=True, say=lambda line: None)
    assert list(outcome.marked) == ["bob"]
    found["bob"]["tiny_check_relu"] = 1.25
    assert points(course) == found

    course.run(GenerateFeedback, student_id="bob")
    page = (course.path / "feedback" / "bob" / TINY / f"{TINY}.html").read_text(encoding="utf-8")
    assert "Score: 1.25 / 2.0" in page
    with course.gradebook() as book:
        table = grades.from_gradebook(book)
    assert [student.id for student in table.students] == sorted(CLASS)
    assert table.found[TINY, "bob"].final == pytest.approx(sum(found["bob"].values()))
