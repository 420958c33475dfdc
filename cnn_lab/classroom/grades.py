"""Grades as tables for learning platforms, from nbgrader's gradebook.

A grade is what nbgrader shows: the points with the teacher's corrections and extra points, less the
penalty for a late submission, and never below 0. In what comes from students, such as their names,
nothing is left that a spreadsheet would take for a formula.
"""

import csv
import io
from dataclasses import dataclass

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class GradesError(Exception):
    """Why there are no grades to be had; the message is for the teacher."""


@dataclass(frozen=True)
class Student:
    """A student of the gradebook; what is not known is empty."""

    id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""

    @property
    def name(self):
        """The full name, last name first, or the id."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.id


@dataclass(frozen=True)
class Grade:
    """What a student got for an assignment.

    Attributes
    ----------
    points : float
        Without the penalty.
    penalty : float
        Points that are taken off because it was late.
    submitted : str
        When it was handed in, as an ISO time in UTC; empty if that is not known.
    by_hand : bool
        Whether answers wait for the teacher's points; until then they count 0.
    """

    points: float
    penalty: float = 0.0
    submitted: str = ""
    by_hand: bool = False

    @property
    def final(self):
        """The points that count."""
        return max(0.0, self.points - self.penalty)


@dataclass(frozen=True)
class Grades:
    """The grades of a class.

    Attributes
    ----------
    students : tuple of Student
        Everybody in the gradebook, in the order of their ids.
    most : dict of str to float
        The assignments, in order, with the points that can be reached.
    found : dict of (str, str) to Grade
        By the assignment and the student's id; without those who handed in nothing.
    """

    students: tuple[Student, ...]
    most: dict[str, float]
    found: dict[tuple[str, str], Grade]


def from_gradebook(gradebook, assignments=()):
    """Collect the grades of a class.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    assignments : sequence of str
        Names of assignments or their beginnings; empty for all.

    Returns
    -------
    Grades

    Raises
    ------
    GradesError
        If there is no such assignment.
    """
    known = {assignment.name: assignment for assignment in gradebook.assignments}
    chosen = _chosen(sorted(known), assignments)
    students = sorted(gradebook.students, key=lambda student: student.id)
    found = {}
    for name in chosen:
        for submission in known[name].submissions:
            time = submission.timestamp
            found[name, submission.student.id] = Grade(
                points=float(submission.score or 0),
                penalty=float(submission.late_submission_penalty or 0),
                submitted=f"{time.isoformat(timespec='seconds')}Z" if time else "",
                by_hand=bool(submission.needs_manual_grade),
            )
    return Grades(
        tuple(
            Student(s.id, s.last_name or "", s.first_name or "", s.email or "") for s in students
        ),
        {name: float(known[name].max_score or 0) for name in chosen},
        found,
    )


def _chosen(names, wanted):
    if not names:
        raise GradesError("there is no assignment in the gradebook yet")
    found = []
    for beginning in wanted or [""]:
        fitting = [beginning] if beginning in names else []
        fitting = fitting or [name for name in names if name.startswith(beginning)]
        if not fitting:
            there = ", ".join(names)
            raise GradesError(f"no assignment begins with {beginning!r}; there are {there}")
        found += fitting
    return list(dict.fromkeys(found))


def to_csv(grades, platform, *, titles=None, missing=""):
    """Write the grades in the form that a learning platform imports.

    Parameters
    ----------
    grades : Grades
    platform : str
        One of `PLATFORMS`.
    titles : dict of str to str, optional
        What the platform calls an assignment, where that is something else.
    missing : str
        What stands for the grade of somebody who handed in nothing: empty, or "0".

    Returns
    -------
    bytes
        UTF-8, lines end as RFC 4180 has it; for a spreadsheet with a byte-order mark, without
        which Excel takes it for another encoding.
    """
    titles = {name: (titles or {}).get(name, name) for name in grades.most}
    buffer = io.StringIO()
    table = csv.writer(buffer)
    for row in PLATFORMS[platform](grades, titles, missing):
        table.writerow([_cell(value) for value in row])
    return buffer.getvalue().encode("utf-8-sig" if platform == "spreadsheet" else "utf-8")


def _cell(value):
    """Return a number as text, or a text in which nothing is a formula."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    value = value.replace("\0", "")
    return f"'{value}" if value.strip(" ").startswith(_FORMULA) else value


def _points(grades, student, missing):
    """Return a student's grades, one for each assignment."""
    found = (grades.found.get((name, student.id)) for name in grades.most)
    return [missing if grade is None else grade.final for grade in found]


def _wide(grades, titles, missing, columns, *, extra=(), title=lambda title, most: title):
    """Make a table of a row per student and a column per assignment."""
    heads = [title(titles[name], most) for name, most in grades.most.items()]
    yield [*columns, *heads, *(head for head, _ in extra)]
    for student in grades.students:
        facts = [get(student) for get in columns.values()]
        yield [*facts, *_points(grades, student, missing), *(value for _, value in extra)]


def _plain(grades, titles, missing):
    """A row per student and assignment, in the columns of ``nbgrader export`` and two more."""
    yield (
        "assignment timestamp student_id last_name first_name email raw_score"
        " late_submission_penalty score max_score needs_manual_grade"
    ).split()
    for name, most in grades.most.items():
        for student in grades.students:
            who = [student.id, student.last_name, student.first_name, student.email]
            grade = grades.found.get((name, student.id))
            if grade is None:
                yield [titles[name], "", *who, missing, "", missing, most, ""]
            else:
                points = [grade.points, grade.penalty, grade.final, most]
                by_hand = "yes" if grade.by_hand else "no"
                yield [titles[name], grade.submitted, *who, *points, by_hand]


def _spreadsheet(grades, titles, missing):
    columns = {
        "Student": lambda student: student.id,
        "Last name": lambda student: student.last_name,
        "First name": lambda student: student.first_name,
        "E-mail": lambda student: student.email,
    }
    return _wide(grades, titles, missing, columns, title=lambda name, most: f"{name} (of {most:g})")


def _moodle(grades, titles, missing):
    columns = {
        "Username": lambda student: student.id,
        "Email address": lambda student: student.email,
    }
    return _wide(grades, titles, missing, columns)


def _canvas(grades, titles, missing):
    columns = {
        "Student": lambda student: student.name,
        "ID": lambda student: "",
        "SIS User ID": lambda student: "",
        "SIS Login ID": lambda student: student.id,
        "Section": lambda student: "",
    }
    rows = _wide(grades, titles, missing, columns)
    yield next(rows)
    yield ["    Points Possible", "", "", "", "", *grades.most.values()]
    yield from rows


def _blackboard(grades, titles, missing):
    columns = {
        "Last Name": lambda student: student.last_name,
        "First Name": lambda student: student.first_name,
        "Username": lambda student: student.id,
    }
    return _wide(grades, titles, missing, columns)


def _brightspace(grades, titles, missing):
    def head(title, most):
        return f"{title} Points Grade <Numeric MaxPoints:{most:g}>"

    end = [("End-of-Line Indicator", "#")]
    return _wide(
        grades, titles, missing, {"Username": lambda student: student.id}, extra=end, title=head
    )


PLATFORMS = {
    "plain": _plain,
    "spreadsheet": _spreadsheet,
    "moodle": _moodle,
    "canvas": _canvas,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
}
