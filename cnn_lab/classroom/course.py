"""A course folder of nbgrader: the assignments' sources, its configuration, the teacher's page.

What the teacher changes there is theirs. The hidden folder `MARK` holds every file as it was
written; one that still says the same is brought up to date, unless students have it already.
"""

import operator
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_lab.classroom import teachers_page
from cnn_lab.classroom.assignment import NoExercises, assignment, points_of
from cnn_lab.classroom.ipynb import parse, replace_file, to_text
from cnn_lab.classroom.merging import same_lesson

MARK = ".assignments"
CONFIG, PAGE, IGNORED = "nbgrader_config.py", "README.md", ".gitignore"
ABOUT = """\
The assignments of this course as "cnn-lab assignment" wrote them, so that it knows what you have
changed, and in "kept" the files whose place a newer version took. You need not touch anything.
"""


class CourseError(Exception):
    """Why no assignment can be made."""


@dataclass(frozen=True)
class Outcome:
    """What became of one assignment, or of one file of the course.

    Attributes
    ----------
    name : str
        The assignment's name, or the file's.
    state : str
        "written", "restored", "replaced", "updated", "unchanged"; "changed", "outdated" and
        "handed out", which are kept as they are; "unrecorded", kept because it is not known who
        wrote it; "foreign", a configuration without the course; "no exercises"; "failed".
    note : str
        Where the old file was put ("updated"), or why it failed.
    exercises : int
        How many graded cells it has.
    points : float
        What they are worth together.
    """

    name: str
    state: str
    note: str = ""
    exercises: int = 0
    points: float = 0


def write_course(folder, lessons, names, update=False):
    """Make or update the assignments of some lessons.

    Parameters
    ----------
    folder : path
        The course folder; made if need be.
    lessons : path
        Where the complete lessons lie.
    names : iterable of str
        Numbers, beginnings of names, or paths of lessons; "all" for all of them.
    update : bool
        Whether a source that the teacher has changed, or that is handed out, gives way to the
        course's. The old file is kept.

    Returns
    -------
    list of Outcome
        First the assignments, then the files of the course.

    Raises
    ------
    CourseError
        If no lesson is meant by a name, or the folder cannot hold a course.
    """
    folder, lessons = Path(folder), Path(lessons)
    paths = chosen(lessons, names)
    _prepare(folder, lessons)
    outcomes = [_bring_assignment(folder, path, update) for path in paths]
    try:
        return outcomes + _bring_files(folder)
    except OSError as error:
        raise CourseError(_reason(error)) from error


def chosen(lessons, names):
    """Return the paths of the lessons that are meant by names, each once."""
    known = sorted(path for path in lessons.glob("*.ipynb") if not path.name.startswith("."))
    found = []
    for name in names:
        fitting = [path for path in known if name == "all" or path.name.startswith(name)]
        if not fitting and name.endswith(".ipynb") and Path(name).is_file():
            fitting = [Path(name)]
        if not (fitting and name):
            there = ", ".join(path.stem for path in known) or "none at all"
            raise CourseError(f"no lesson in {lessons} begins with {name!r}; there are {there}")
        found += fitting
    return list(dict.fromkeys(found))


def assignments(folder):
    """List the names of the assignments in a course folder that hold a notebook of their name."""
    found = (Path(folder) / "source").glob("*/*.ipynb")
    return sorted(path.stem for path in found if path.stem == path.parent.name)


def assignments_meant(folder, names):
    """Return the assignments of a course that are meant by names or their beginnings, each once.

    Parameters
    ----------
    folder : path
        The course folder.
    names : iterable of str

    Returns
    -------
    list of str
        The names as they are where the course's settings give its folders other names: what there
        is, is not known here.

    Raises
    ------
    CourseError
        If it is no course folder, or a name fits none of its assignments, or several.
    """
    folder = Path(folder)
    try:
        settings = (folder / CONFIG).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CourseError(
            f"'{folder}' is no course folder: it has no {CONFIG}. `cnn-lab assignment` makes one."
        ) from error
    there = sorted({path.parent.name for path in folder.glob("source/[!.]*/*.ipynb")})
    if re.search(r"^\s*c\.CourseDirectory\.(root|\w*directory)", settings, re.M):
        return list(dict.fromkeys(names))
    found = []
    for name in names:
        fitting = [name] if name in there else [each for each in there if each.startswith(name)]
        if not name or len(fitting) != 1:
            problem = "several assignments begin" if fitting and name else "no assignment begins"
            raise CourseError(f"{problem} with '{name}'; there are {', '.join(there) or 'none'}")
        found += fitting
    return list(dict.fromkeys(found))


def source_path(folder, name):
    """Return where the source of an assignment lies."""
    return Path(folder) / "source" / name / f"{name}.ipynb"


def _prepare(folder, lessons):
    """Make the folder and its mark, or say why that cannot be."""
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file: name a folder for the course")
    if folder.resolve() == lessons.resolve():
        raise CourseError(f"{folder} holds the lessons themselves: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        _write(folder / MARK / "README.txt", ABOUT.encode())
    except OSError as error:
        raise CourseError(f"cannot write in {folder}: {_reason(error)}") from error


def _bring_assignment(folder, path, update):
    name = path.stem
    try:
        if not re.fullmatch(r"\w[\w. -]*", name):
            raise ValueError("nbgrader needs a name of letters, digits and _ . - alone")
        notebook, files = assignment(path)
        place = source_path(folder, name).relative_to(folder)
        file = _File(folder, str(place), to_text(notebook).encode(), _same_source)
        state, note = file.bring(update, released=_is_handed_out(folder, name))
        for name_of_file, content in files.items():
            _write(folder / place.parent / name_of_file, content)
        points = points_of(parse((folder / place).read_bytes()))
    except NoExercises as error:
        return Outcome(name, "no exercises", str(error))
    except (OSError, ValueError) as error:
        return Outcome(name, "failed", _reason(error))
    return Outcome(name, state, note, len(points), sum(points.values()))


def _bring_files(folder):
    names = assignments(folder)
    if not names:
        return []
    page = _File(folder, PAGE, teachers_page.text(names).encode())
    outcomes = [Outcome(PAGE, *page.bring(update=False))]
    for name, content in ((CONFIG, teachers_page.config(folder)), (IGNORED, teachers_page.IGNORED)):
        if not (folder / name).exists():
            replace_file(folder / name, content.encode())
            outcomes.append(Outcome(name, "written"))
    if "cnn_lab" not in (folder / CONFIG).read_text(encoding="utf-8", errors="replace"):
        outcomes.append(Outcome(CONFIG, "foreign"))
    return outcomes


def _is_handed_out(folder, name):
    return any(any(folder.glob(f"{place}/{name}")) for place in ("release", "submitted/*"))


def _same_source(one, other):
    """Tell whether two sources have the same texts, and the same points and marks of nbgrader."""
    try:
        return same_lesson(parse(one), parse(other))
    except ValueError:
        return False


@dataclass(frozen=True)
class _File:
    """A file of the course that the teacher may change.

    It is put into its place first and into the records afterwards: whatever interrupts the two,
    nothing is replaced that was not written here.
    """

    folder: Path
    name: str
    content: bytes
    same: Callable[[bytes, bytes], bool] = operator.eq

    def bring(self, update, *, released=False):
        """Bring it up to date if that is allowed; return a state and a note."""
        path, record = self.folder / self.name, self.folder / MARK / "written" / self.name
        before, written = _content(path), _content(record)
        state, note = self._decide(before, written, update, released), ""
        if state == "updated":
            note = self._keep(before)
        if state in ("written", "restored", "replaced", "updated"):
            replace_file(path, self.content)
        if state in ("written", "restored", "replaced", "updated", "unchanged"):
            _write(record, self.content)
        return state, note

    def _decide(self, before, written, update, released):
        if before is None:
            return "written" if written is None else "restored"
        if self.same(before, self.content):
            return "unchanged"
        touched = written is None or not self.same(before, written)
        if not (touched or released):
            return "replaced"
        if update:
            return "updated"
        if not touched:
            return "handed out"
        if written is None:
            return "unrecorded"
        return "changed" if self.same(written, self.content) else "outdated"

    def _keep(self, content):
        """Put the old content aside under a name that is free; return its path."""
        number, name = 1, Path(self.name)
        kept = self.folder / MARK / "kept"
        while (path := kept / f"{name.stem}-{number}{name.suffix}").exists():
            number += 1
        replace_file(path, content)
        return os.path.relpath(path, self.folder)


def _content(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path, content):
    """Write a file, unless it says so already."""
    if _content(path) != content:
        replace_file(path, content)


def _reason(error):
    if not isinstance(error, OSError):
        return str(error)
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}"
