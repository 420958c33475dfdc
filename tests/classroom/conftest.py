"""A tiny course that all tests of the classroom share (see small_class)."""

import os

import pytest
import small_class

from cnn_lab.classroom.marking import sandbox

# What marks submissions, and so needs the sandbox.
MARKING = {
    f"test_{name}"
    for name in "by_hand demo execution feedback folders grades in_browser jupyterhub kill marking"
    " postgresql sandbox submissions teachers_report workers".split()
}


def pytest_collection_modifyitems(items):
    """Leave out what needs a sandbox where there is none; in CI it is a failure."""
    if os.environ.get("CI") or sandbox.why_not() is None:
        return
    reason = f"no sandbox here: {sandbox.why_not()}"
    for item in items:
        if item.module.__name__ in MARKING:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def tiny_lesson():
    """A complete lesson with three exercises, worth 1, 2 and 4 points (`small_class.RIGHT`)."""
    return small_class.tiny_lesson()


@pytest.fixture(scope="session")
def _made_course(tmp_path_factory):
    return small_class.CourseFolder(tmp_path_factory.mktemp("made") / "course").make()


@pytest.fixture
def course(_made_course, tmp_path):
    """A `small_class.CourseFolder` of its own, with the tiny assignment generated."""
    return _made_course.copied(tmp_path / "course")


@pytest.fixture
def submit():
    """Call it with a course, a student and what they did; see `small_class.submit`."""
    return small_class.submit
