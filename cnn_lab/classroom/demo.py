"""The folder of the demonstration: its gradebook, its results, and the page that shows them."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from cnn_lab.classroom.course import MARK, CourseError
from cnn_lab.classroom.invented_class import ASSIGNMENT, CLASS, DUE, Student
from cnn_lab.classroom.ipynb import replace_file

DEMO = f"{MARK}/demo"  # its presence says that the folder may be written over


def prepare(folder):
    """Make the folder of the demonstration, or say why it cannot be this one."""
    folder = Path(folder)
    if folder.exists() and not (folder / DEMO).is_file():
        if not folder.is_dir() or any(folder.iterdir()):
            raise CourseError(f"{folder} is there, and is no demonstration: name another one")
    replace_file(folder / DEMO, b"This course is a demonstration and may be written over.\n")


def enter_class(folder):
    """Enter the students and the due date into the gradebook."""
    with _gradebook(folder) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        for student in CLASS:
            gradebook.update_or_create_student(
                student.id, first_name=student.first_name, last_name=student.last_name
            )


@dataclass(frozen=True)
class Row:
    """A line of the table of results: points are None for work without a mark."""

    student: Student
    points: float | None
    most: float
    late: bool


def results(folder):
    """Return what the class has reached, one `Row` for each student."""
    from nbgrader.api import MissingEntry

    rows = []
    with _gradebook(folder) as gradebook:
        most = gradebook.find_assignment(ASSIGNMENT).max_score
        for student in CLASS:
            try:
                found = gradebook.find_submission(ASSIGNMENT, student.id)
                rows.append(Row(student, found.score, most, found.total_seconds_late > 0))
            except MissingEntry:
                rows.append(Row(student, None, most, False))
    return rows


def _gradebook(folder):
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{Path(folder).resolve() / 'gradebook.db'}")


def table(rows):
    """Return the results as lines of text."""
    names = [f"{row.student.first_name} {row.student.last_name}" for row in rows]
    width, wide = max(map(len, names)), max(len(row.student.story) for row in rows)
    return [
        f"  {name:{width}}  {row.student.story:{wide}}  {_points(row)}"
        for name, row in zip(names, rows, strict=True)
    ]


def _points(row):
    if row.points is None:
        return "not marked"
    return f"{row.points:5.2f} of {row.most:g}" + (", late" if row.late else "")


def write_page(folder, rows):
    """Write a page that leads to everybody's feedback, and return its path."""
    lines = []
    for row in rows:
        student, name = row.student, f"{row.student.first_name} {row.student.last_name}"
        place = f"feedback/{student.id}/{ASSIGNMENT}/{ASSIGNMENT}.html"
        link = escape(name)
        if (Path(folder) / place).is_file():
            link = f'<a href="{place}">{link}</a>'
        points = _points(row).removesuffix(", late").strip()  # as the story says
        cells = (link, escape(student.story), escape(points))
        line = '<tr><th scope="row">{}</th><td>{}</td><td class="number">{}</td></tr>'
        lines.append(line.format(*cells))
    report = f"reports/{ASSIGNMENT}.html"
    page = _PAGE.format(rows="\n".join(lines), report=report)
    replace_file(Path(folder) / "index.html", page.encode())
    return Path(folder) / "index.html"


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A class that does not exist</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 45em; margin: 2em auto; padding: 0 1em }}
table {{ border-collapse: collapse }}
td, th {{ padding: .3em 1em .3em 0; text-align: left; vertical-align: top }}
tbody tr {{ border-top: 1px solid #8886 }}
tbody th {{ font-weight: 500 }}
.number {{ text-align: right; font-variant-numeric: tabular-nums }}
</style>
<h1>A class that does not exist</h1>
<p>Eight submissions of lesson 01, marked. A name leads to the page that the student gets back; what
the teacher reads stands in <a href="{report}">the report</a>.</p>
<table>
<thead><tr><th scope="col">Student</th><th scope="col">What was sent</th>
<th scope="col" class="number">Points</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</html>
"""
