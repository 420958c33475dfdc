"""What students put beside their notebook, or call it, costs neither them nor others any points."""

import os

import pytest
import small_class
from small_class import POINTS, TINY

from cnn_lab.classroom.marking import scores
from cnn_lab.classroom.marking.gradebook import Course
from cnn_lab.classroom.marking.marking import mark
from cnn_lab.classroom.marking.sent_files import walk

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
NOT_UTF8 = os.fsdecode(b"\xdcbung")
STRANGE_STUDENTS = ("two\nlines", " blank", NOT_UTF8)
TIMES = {
    "no-time": "24:00" + "9" * 30 + "24:00",
    "before-time": "0001-01-01 00:00 +1200",
    "after-time": "9999-12-31 23:59:59 -1200",
}


def renamed(path, name):
    return path.rename(path.with_name(name))


def with_a_folder_in_its_place(path):
    path.unlink()
    path.mkdir()
    (path / "a.txt").write_text("no notebook")


def with_a_folder_for_the_time(path):
    (path.parent / "timestamp.txt").unlink()
    (path.parent / "timestamp.txt").mkdir()
    (path.parent / "timestamp.txt" / "x").write_text("")


def with_a_repository(path):
    objects = path.parent / ".git" / "objects"
    objects.mkdir(parents=True)
    for number in range(250):
        (objects / f"{number:03}").write_bytes(b"x")


def with_many_files(path):
    for number in range(250):
        (path.parent / f"0{number:03}.txt").write_text("notes")


def with_names_of_other_bytes(path):
    folder = path.parent.joinpath(*"abcdefghi")
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"\xff.txt")).write_text("notes")


FOLDERS = {
    "folder-in-its-place": (with_a_folder_in_its_place, 0),
    "folder-for-the-time": (with_a_folder_for_the_time, 7),
    "name-of-other-bytes": (lambda path: renamed(path, NOT_UTF8 + ".ipynb"), 7),
    "repository": (with_a_repository, 7),
    "many-files": (with_many_files, 7),
    "names-of-other-bytes": (with_names_of_other_bytes, 7),
}


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = small_class.CourseFolder(tmp_path_factory.mktemp("folders") / "course").make()
    for student, (change, _) in FOLDERS.items():
        change(small_class.submit(folder, student))
    for student, time in TIMES.items():
        small_class.submit(folder, student, timestamp=time)
    for student in (*STRANGE_STUDENTS, "ordinary"):
        small_class.submit(folder, student)
    course, said = Course(folder.path), []
    outcome = mark(course, TINY, jobs=2, say=said.append)
    with course.gradebook() as book:
        points = scores.automatic(book, TINY)
    return outcome, {name: sum(found[TINY].values()) for name, found in points.items()}, said


@pytest.mark.parametrize("student", FOLDERS)
def test_files_beside_a_notebook_cost_nothing(marked, student):
    assert marked[1][student] == FOLDERS[student][1]


@pytest.mark.parametrize("student", TIMES)
def test_a_time_that_cannot_be_costs_nothing(marked, student):
    assert marked[1][student] == sum(POINTS.values())


def test_everybody_else_is_marked(marked):
    outcome, points, _ = marked
    assert points["ordinary"] == sum(POINTS.values())
    assert {*outcome.marked} == {*FOLDERS, *TIMES, "ordinary"}
    assert outcome.report.is_file()


def test_folders_whose_names_cannot_be_shown_are_told(marked):
    outcome, _, said = marked
    assert len(outcome.failed) == len(STRANGE_STUDENTS)
    assert all("rename this folder" in reason for reason in outcome.failed.values())
    assert outcome.needs_teacher
    assert "\n".join(said).encode()  # every line can be printed


def test_folders_in_folders_are_followed_some_levels_only(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1300):  # more than a function may call itself
            os.mkdir("a", dir_fd=here)
            deeper = os.open("a", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = deeper
        (tmp_path / "a" / "notes.txt").write_text("")
        assert walk(tmp_path, 3) == [tmp_path / "a" / "notes.txt"]
        (tmp_path / "a" / "notes.txt").unlink()
    finally:
        os.close(here)
        _remove_chain(tmp_path)


def _remove_chain(path):
    """Remove ``a/a/a/...``, which is too deep for shutil.rmtree."""
    while (path / "a" / "a").is_dir():
        (path / "a" / "a").rename(path / "b")
        (path / "a").rmdir()
        (path / "b").rename(path / "a")
    (path / "a").rmdir()
