"""The learner's workbook: a folder with a copy of every lesson, in which nothing begun is lost.

Beside the copies lies the hidden folder `MARK`:

``written/``
    each copy as it was written. A file that still says the same has not been begun.
``kept/``
    files whose place was taken: those that a newer version took over, and damaged ones.
``progress/``
    what the checks have found (see `cnn_lab.checks.progress`).

A copy is put into its place first and into ``written/`` afterwards. Whatever interrupts the two,
the next run finds a file that is new, or one that counts as begun; it never replaces what it did
not write itself.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cnn_lab.classroom.ipynb import parse, replace_file, to_text
from cnn_lab.classroom.learners_copy import learners_copy
from cnn_lab.classroom.links import Links
from cnn_lab.classroom.merging import holds_lesson, merge, same_lesson, same_work

MARK = ".course"  # cnn_lab.checks.progress looks for the same name
ABOUT = """\
The course keeps its records about this workbook here: the lessons as they were written, files whose
place a newer version took ("kept"), and your progress. You need not touch anything. If you delete
this folder, nothing of your own work is lost but the page of progress.
"""


class WorkbookError(Exception):
    """Why no workbook can be written."""


@dataclass(frozen=True)
class Outcome:
    """What became of one lesson.

    Attributes
    ----------
    lesson : str
        The name of its file.
    state : str
        "written", "restored", "replaced", "merged", "mended", "unchanged", "begun", "outdated",
        "unrecorded" or "failed".
    note : str
        Where the old file was put ("merged", "mended"), or why it failed.
    changed : tuple of str
        Exercises that the learner had begun and that the new version changed.
    """

    lesson: str
    state: str
    note: str = ""
    changed: tuple[str, ...] = ()


def write_workbook(folder, lessons, update=()):
    """Write the learner's copies of lessons, or bring them up to date.

    A copy that the learner has begun stays as it is, byte for byte, unless it is named in `update`.

    Parameters
    ----------
    folder : path
        The workbook; made if need be.
    lessons : path
        The folder in which the complete lessons lie.
    update : iterable of str
        Numbers or beginnings of names of lessons of which a new version takes over the learner's
        work; "all" for all of them.

    Returns
    -------
    list of Outcome
        In the order of the lessons.

    Raises
    ------
    WorkbookError
        If there are no such lessons, or the folder cannot hold a workbook.
    """
    folder, lessons = Path(folder), Path(lessons)
    paths = sorted(path for path in lessons.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise WorkbookError(f"there are no lessons in {lessons}")
    updated = _chosen(update, [path.name for path in paths])
    _prepare(folder, lessons)
    links = Links(lessons, [path.name for path in paths])
    outcomes = []
    for path in paths:
        try:
            copy = learners_copy(parse(path.read_bytes()), links.rewrite)
            outcomes.append(_bring(folder, path.name, copy, path.name in updated))
        except (OSError, ValueError) as error:
            outcomes.append(Outcome(path.name, "failed", _reason(error)))
    try:
        for name, content in links.pictures.items():
            if not _holds(folder / name, content):
                replace_file(folder / name, content)
        for name, content in links.pages.items():
            _bring_page(folder, name, content)
    except OSError as error:
        raise WorkbookError(f"a page could not be copied: {_reason(error)}") from error
    return outcomes


def _chosen(update, names):
    chosen = set()
    for wanted in update:
        fitting = [name for name in names if wanted == "all" or name.startswith(wanted)]
        if not fitting or not wanted:
            raise WorkbookError(f"no lesson begins with {wanted!r}; there are {', '.join(names)}")
        chosen |= set(fitting)
    return chosen


def _prepare(folder, lessons):
    """Make the folder and its mark, or say why that cannot be."""
    if folder.exists() and not folder.is_dir():
        raise WorkbookError(f"{folder} is a file: name a folder for the workbook")
    if folder.resolve() == lessons.resolve():
        raise WorkbookError(f"{folder} holds the lessons themselves: name another folder")
    try:
        (folder / MARK).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        if not _holds(folder / MARK / "README.txt", ABOUT.encode()):
            replace_file(folder / MARK / "README.txt", ABOUT.encode())
    except OSError as error:
        raise WorkbookError(f"cannot write in {folder}: {_reason(error)}") from error


def _bring(folder, name, copy, update):
    """Bring one lesson's copy up to date, and tell what was done."""
    path, record, text = folder / name, folder / MARK / "written" / name, to_text(copy).encode()
    base = _recorded(record)

    def write(state, note="", *, content=text, changed=()):
        replace_file(path, content)
        replace_file(record, text)
        return Outcome(name, state, note, tuple(changed))

    if not os.path.lexists(path):
        return write("written" if base is None else "restored")
    content = path.read_bytes()
    try:
        mine = parse(content)
    except ValueError:
        return write("mended", _keep(folder, name, content))
    if base is not None and same_work(mine, base):
        return Outcome(name, "unchanged") if _holds(record, text) else write("replaced")
    if same_work(mine, copy):  # an earlier run was interrupted, or the records are lost
        replace_file(record, text)
        return Outcome(name, "unchanged")
    if base is not None and same_lesson(base, copy):
        return Outcome(name, "begun")
    if base is None and holds_lesson(mine, copy):
        replace_file(record, text)  # the records are lost, but nothing in the file is older
        return Outcome(name, "begun")
    if not update:
        return Outcome(name, "outdated" if base else "unrecorded")
    merged, changed = merge(base or copy, mine, copy)
    kept = _keep(folder, name, content)
    return write("merged", kept, content=to_text(merged).encode(), changed=changed)


def _bring_page(folder, name, content):
    """Bring a page of text up to date, unless the learner has written in it."""
    path, record = folder / name, folder / MARK / "written" / name
    if os.path.lexists(path) and not _holds(path, content):
        if not record.is_file() or not _holds(path, record.read_bytes()):
            return
    for place in (path, record):
        if not _holds(place, content):
            replace_file(place, content)


def _recorded(record):
    try:
        return parse(record.read_bytes())
    except (OSError, ValueError):
        return None


def _keep(folder, name, content):
    """Put a file's content into ``kept/`` under a name that is free, and return its path."""
    stem, number = Path(name).stem, 1
    while (path := folder / MARK / "kept" / f"{stem}-{number}.ipynb").exists():
        number += 1
    replace_file(path, content)
    return str(path)


def _holds(path, content):
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _reason(error):
    if not isinstance(error, OSError):
        return str(error)
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}"
