"""A class that does not exist: eight submissions of lesson 01, to see marking at work.

The lesson's own solutions are the right answers, so the class changes with the lesson.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_lab.classroom.course import source_path
from cnn_lab.classroom.ipynb import grading, parse, replace_file, to_text
from cnn_lab.classroom.learners_copy import BEGIN, END

ASSIGNMENT = "01_single_step_convolution"
DUE = "2026-09-30 22:00:00 UTC"
IN_TIME, LATE = "2026-09-29 18:30:00 UTC", "2026-10-02 07:15:00 UTC"


@dataclass(frozen=True)
class Student:
    """Somebody in the class.

    Attributes
    ----------
    id, first_name, last_name : str
    story : str
        What was sent, in a few words.
    change : function
        Takes the cells of the notebook with all right answers, by grade id, and the notebook; makes
        of them what was sent.
    timestamp : str
        When it was handed in.
    """

    id: str
    first_name: str
    last_name: str
    story: str
    change: Callable
    timestamp: str = IN_TIME


def _nothing(cells, notebook):
    pass


def _half(cells, notebook):
    for name in ("l01_balanced", "l01_best_place"):
        _unsolve(cells[name])


def _known_mistakes(cells, notebook):
    cells["l01_conv_single_step"]["source"] = (
        "def conv_single_step(a_slice_prev, W, b):\n    return float(np.sum(a_slice_prev * W))"
    )
    cells["l01_balanced"]["source"] = "def balanced(W):\n    return W - np.mean(W)"


def _endless(cells, notebook):
    cells["l01_best_place"]["source"] = (
        "def best_place(image, W):\n    h = w = 0\n    while h < image.shape[0]:\n        w += 1"
        "\n    return h, w"
    )


def _syntax_error(cells, notebook):
    cells["l01_conv_single_step"]["source"] = (
        "def conv_single_step(a_slice_prev, W, b)\n    return np.sum(a_slice_prev * W) + b"
    )


def _without_a_check(cells, notebook):
    notebook["cells"].remove(cells["l01_check_balanced"])


def _cheat(cells, notebook):
    cells["l01_predict"]["source"] = """\
class AlwaysRight:
    def __getattr__(self, name):
        return lambda *answer: self

    def worth(self, points):
        return float(points)

checks = AlwaysRight()
prediction = None"""
    for name in ("conv_single_step", "balanced", "best_place"):
        cells[f"l01_{name}"]["source"] = f"def {name}(*numbers):\n    return 0"


def _untouched(cells, notebook):
    for cell in cells.values():
        if grading(cell).get("solution"):
            _unsolve(cell)


CLASS = (
    Student("ada", "Ada", "Abel", "everything right", _nothing),
    Student("boris", "Boris", "Brandt", "half of it, the rest not begun", _half),
    Student("chiara", "Chiara", "Conti", "two well-known mistakes", _known_mistakes),
    Student("deniz", "Deniz", "Demir", "an endless loop", _endless),
    Student("elin", "Elin", "Ek", "a syntax error", _syntax_error),
    Student("farid", "Farid", "Farsi", "right, but a check was deleted", _without_a_check),
    Student("greta", "Greta", "Grau", "overwrites the checks", _cheat),
    Student("hugo", "Hugo", "Hahn", "late, and nothing in it", _untouched, LATE),
)
_UNSOLVED = "unsolved"


def hand_in(folder):
    """Put the class's submissions into a course folder in which the assignment is generated.

    Parameters
    ----------
    folder : path
        The course folder.

    Returns
    -------
    list of Path
        The notebooks, one for each of `CLASS`.
    """
    source = parse(source_path(folder, ASSIGNMENT).read_bytes())
    released = Path(folder) / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    release = parse(released.read_bytes())
    paths = []
    for student in CLASS:
        place = Path(folder) / "submitted" / student.id / ASSIGNMENT
        content = to_text(submission(student, source, release)).encode()
        replace_file(place / released.name, content)
        replace_file(place / "timestamp.txt", student.timestamp.encode())
        paths.append(place / released.name)
    return paths


def submission(student, source, release):
    """Return the notebook that a student of the class sends.

    Parameters
    ----------
    student : Student
    source, release : dict
        The assignment with its solutions, and as students get it; both stay as they are.

    Returns
    -------
    dict
    """
    answers = {
        grading(cell)["grade_id"]: _without_markers(cell["source"])
        for cell in source["cells"]
        if grading(cell).get("solution")
    }
    notebook = copy.deepcopy(release)
    cells = {grading(cell)["grade_id"]: cell for cell in notebook["cells"] if grading(cell)}
    for name, answer in answers.items():
        cells[name][_UNSOLVED], cells[name]["source"] = cells[name]["source"], answer
    student.change(cells, notebook)
    for cell in notebook["cells"]:
        cell.pop(_UNSOLVED, None)
    return notebook


def _without_markers(source):
    return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))


def _unsolve(cell):
    cell["source"] = cell[_UNSOLVED]
