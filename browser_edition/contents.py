"""What the learner's file browser shows: the lessons, and whatever a teacher puts beside them."""

import shutil
from pathlib import Path

from cnn_lab.classroom.ipynb import parse, to_text
from cnn_lab.classroom.learners_copy import learners_copy
from cnn_lab.classroom.links import Links

COMPLETE = "complete"  # the folder of the lessons with their solutions
ASSIGNMENTS = "assignments"  # the folder of what is to be handed in
# What nbgrader takes out when it releases an assignment.
SECRETS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")


class ContentsError(Exception):
    """Why there is nothing to show; the message says what was looked for."""


def write_contents(folder, lessons, *, only=(), answers=True, assignments=None):
    """Write the learner's copies of lessons, and what lies beside them.

    Parameters
    ----------
    folder : path
        Made, with the copies in it.
    lessons : path
        The folder with the complete lessons.
    only : iterable of str
        Beginnings of the names of the lessons to take, such as "03"; all of them if empty. Links
        to the others become plain text.
    answers : bool
        Whether the complete lessons are laid into the folder `COMPLETE`.
    assignments : path, optional
        A folder of nbgrader's ``release``: one folder for each assignment, without solutions.

    Raises
    ------
    ContentsError
        If there are no such lessons, or an assignment shows its solutions.
    """
    folder, lessons = Path(folder), Path(lessons)
    paths = chosen(lessons, only)
    links = Links(lessons, [path.name for path in paths])
    folder.mkdir(parents=True)
    for path in paths:
        copy = learners_copy(parse(path.read_bytes()), links.rewrite)
        (folder / path.name).write_text(to_text(copy), encoding="utf-8")
    write_linked(folder, links)
    if answers:
        write_complete(folder / COMPLETE, paths)
    if assignments is not None:
        take_assignments(folder / ASSIGNMENTS, Path(assignments))


def chosen(lessons, only=()):
    """Return the paths of the lessons that are wanted, in order."""
    paths = sorted(path for path in lessons.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise ContentsError(f"There are no lessons in {lessons}.")
    for beginning in only:
        if not any(path.name.startswith(beginning) for path in paths):
            names = ", ".join(path.name for path in paths)
            raise ContentsError(f"No lesson begins with {beginning!r}; there are {names}.")
    return [path for path in paths if not only or path.name.startswith(tuple(only))]


def write_complete(folder, paths):
    """Write complete lessons; only links to what will not lie beside them become plain text."""
    folder.mkdir()
    links = Links(paths[0].parent, [path.name for path in paths])
    for path in paths:
        notebook = parse(path.read_bytes())
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = links.rewrite(cell["source"])
        (folder / path.name).write_text(to_text(notebook), encoding="utf-8")
    write_linked(folder, links)


def write_linked(folder, links):
    """Write the pictures and pages that lessons in a folder need."""
    for name, content in (links.pictures | links.pages).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def take_assignments(folder, released):
    """Copy released assignments, and whatever files lie with them."""
    found = sorted(released.glob("*/*.ipynb"))
    if not found:
        raise ContentsError(
            f"There are no assignments in {released}: name the folder release/ of the course,"
            " after nbgrader generate_assignment."
        )
    for path in found:
        text = path.read_text(encoding="utf-8")
        if any(mark in text for mark in SECRETS):
            raise ContentsError(f"{path} shows its solutions: it is the source, not the release.")
    shutil.copytree(released, folder, ignore=shutil.ignore_patterns(".*"))
