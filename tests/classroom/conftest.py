"""A tiny course that all tests of the classroom share (see small_class)."""

import pytest
import small_class


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
