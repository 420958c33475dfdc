"""What a learner has achieved: a note after every check, and the page that sums them up.

Notes are kept in the workbook, one small file a check, so that several lessons may be open at once.
A check that runs anywhere else leaves none. In the browser edition the learner's files are the
workbook.
"""

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cnn_lab.browser import IN_BROWSER

MARK = ".course"  # the hidden folder that `cnn-lab workbook` makes
FOLDER = "progress"
STATES = ("not attempted", "wrong", "right")
DRIVE = Path("/drive")  # the learner's files, where JupyterLite shows them to Python


def find_workbook(folder):
    """Return the workbook to which a folder belongs: itself or one of the two above; else None."""
    here = Path(os.path.abspath(folder))
    if IN_BROWSER and here == DRIVE:  # but not the complete lessons in their folder there
        return DRIVE
    for candidate in (here, *here.parents[:2]):
        if (candidate / MARK).is_dir():
            return candidate
    return None


# ---- notes ----


@dataclass(frozen=True)
class Note:
    """What is known about one exercise.

    Attributes
    ----------
    state : {"not attempted", "wrong", "right"}
        What the check said last.
    best : float
        The best score so far, 0 to 1.
    first_right : datetime.date or None
        The day on which the answer was right for the first time.
    wrong : int
        How many wrong answers there were since the last right one.
    """

    state: str = "not attempted"
    best: float = 0.0
    first_right: date | None = None
    wrong: int = 0

    def after(self, state, score, today):
        """Return the note after one more answer."""
        right = state == "right"
        return Note(
            state,
            max(self.best, round(float(score), 3)),
            self.first_right or (today if right else None),
            0 if right else self.wrong + (state == "wrong"),
        )


def record(name, state, score):
    """Note in the workbook what a check has found; outside a workbook do nothing.

    Never raises: a full disk must not spoil an answer.

    Parameters
    ----------
    name : str
        Of the check.
    state : {"not attempted", "wrong", "right"}
    score : float
        From 0 to 1.
    """
    with suppress(Exception):
        workbook = find_workbook(Path.cwd())
        if workbook is None or state not in STATES or not name.isidentifier():
            return
        path = workbook / MARK / FOLDER / f"{name}.json"
        old = read_note(path)
        new = old.after(state, score, date.today())
        if new != old:
            _write(path, new)


def read_note(path):
    """Return the note in a file; a blank one if there is none, or it is damaged."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        first = data["first_right"]
        note = Note(
            data["state"],
            float(data["best"]),
            None if first is None else date.fromisoformat(first),
            int(data["wrong"]),
        )
    except (OSError, ValueError, TypeError, LookupError):
        return Note()
    return note if note.state in STATES else Note()


def _write(path, note):
    path.parent.mkdir(parents=True, exist_ok=True)
    first = note.first_right.isoformat() if note.first_right else None
    data = {"state": note.state, "best": note.best, "first_right": first, "wrong": note.wrong}
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        part.write_text(json.dumps(data) + "\n", encoding="utf-8")
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


# ---- the page ----


@dataclass(frozen=True)
class Entry:
    """One exercise with its note."""

    name: str
    title: str
    note: Note

    @property
    def right(self):
        return self.note.state == "right"


@dataclass(frozen=True)
class Lesson:
    """One lesson with its exercises.

    Attributes
    ----------
    number : str
        Two digits.
    title : str
    link : str or None
        Where its file lies, seen from the current folder.
    entries : tuple of Entry
    """

    number: str
    title: str
    link: str | None
    entries: tuple[Entry, ...]

    @property
    def right(self):
        return sum(entry.right for entry in self.entries)


class Progress:
    """Which exercises are right; it shows itself in a notebook and in a terminal.

    Attributes
    ----------
    lessons : tuple of Lesson
    right, total : int
        Exercises.
    next : tuple of (Lesson, Entry) or None
        The first exercise that is not right; None when all are.
    """

    def __init__(self, lessons):
        self.lessons = tuple(lessons)
        self.right = sum(lesson.right for lesson in self.lessons)
        self.total = sum(len(lesson.entries) for lesson in self.lessons)
        waiting = ((lesson, e) for lesson in self.lessons for e in lesson.entries if not e.right)
        self.next = next(waiting, None)

    def _repr_mimebundle_(self, include=None, exclude=None):
        from cnn_lab.checks import progress_page

        return {"text/plain": str(self), "text/html": progress_page.html(self)}

    def __str__(self):
        from cnn_lab.checks import progress_page

        return progress_page.text(self)

    __repr__ = __str__


def progress(folder=None):
    """Sum up which exercises are right.

    Parameters
    ----------
    folder : path, optional
        The workbook; the one that the current folder belongs to when left out. Outside a workbook
        nothing is known, and all exercises count as not attempted.

    Returns
    -------
    Progress
    """
    from cnn_lab.checks import EXERCISES

    workbook = find_workbook(Path.cwd() if folder is None else folder)
    place = workbook or Path.cwd() if folder is None else workbook or Path(folder)
    entries = {}
    for exercise in sorted(EXERCISES.values(), key=lambda exercise: exercise.lesson):
        path = place / MARK / FOLDER / f"{exercise.name}.json"
        note = read_note(path) if workbook else Note()
        entry = Entry(exercise.name, exercise.title, note)
        entries.setdefault(exercise.lesson, []).append(entry)
    entries.pop("", None)  # offered outside the lessons
    return Progress(_lesson(place, number, found) for number, found in entries.items())


def _lesson(folder, number, entries):
    files = sorted(folder.glob(f"{number}_*.ipynb"))
    if not files:
        return Lesson(number, "", None, tuple(entries))
    link = os.path.relpath(files[0]).replace(os.sep, "/")
    return Lesson(number, _title(files[0]), link, tuple(entries))


def _title(file):
    """Return the title of a lesson without its number; made from the name of a file in disorder."""
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError):
        first = json.loads(file.read_text(encoding="utf-8"))["cells"][0]
        match = re.match(r"#\s*\d*\s*(.+)", "".join(first["source"]))
        if match and first["cell_type"] == "markdown":
            return match[1].strip()
    return file.stem.split("_", 1)[-1].replace("_", " ").capitalize()
