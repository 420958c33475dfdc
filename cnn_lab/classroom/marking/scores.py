"""What a gradebook says about an assignment, in a few queries for the whole class."""

from dataclasses import dataclass

from nbgrader import api


@dataclass(frozen=True)
class Score:
    """One exercise of one student.

    Attributes
    ----------
    automatic, manual, extra : float or None
        Points: as marked, as a teacher has changed them, and on top.
    points : float
        What counts.
    is_open : bool
        Whether a teacher still has to look.
    """

    automatic: float | None
    manual: float | None
    extra: float | None
    points: float
    is_open: bool


@dataclass(frozen=True)
class Standing:
    """One student's work on the assignment.

    Attributes
    ----------
    scores : dict of str to dict of str to Score
        Notebook -> cell -> score.
    penalty : float
        Points taken off for being late.
    late : float
        Seconds.
    """

    scores: dict
    penalty: float
    late: float

    @property
    def total(self):
        """Return the points in all, never below zero."""
        cells = [score.points for found in self.scores.values() for score in found.values()]
        return max(0.0, sum(cells) - self.penalty)


def automatic(gradebook, assignment, student=None):
    """Return what was marked automatically.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    assignment : str
    student : str, optional
        Only this one.

    Returns
    -------
    dict
        Student -> notebook -> cell -> points or None.
    """
    found = {}
    for who, notebook, cell, grade in _grades(gradebook, assignment, student):
        found.setdefault(who, {}).setdefault(notebook, {})[cell] = grade.auto_score
    return found


def most(gradebook, assignment):
    """Return what can be reached: notebook -> cell -> points, in the notebook's order."""
    found = {}
    for notebook in gradebook.find_assignment(assignment).notebooks:
        cells = [*notebook.grade_cells, *notebook.task_cells]
        order = {cell.name: place for place, cell in enumerate(notebook.source_cells)}
        cells.sort(key=lambda cell: (order.get(cell.name, len(order)), cell.name))
        found[notebook.name] = {cell.name: cell.max_score for cell in cells}
    return found


def standings(gradebook, assignment, student=None):
    """Return how every student who is in the gradebook stands.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    assignment : str
    student : str, optional
        Only this one, of whom something has been marked.

    Returns
    -------
    dict of str to Standing or None
        None for those of whom nothing has been marked.
    """
    scores = {}
    for who, notebook, cell, grade in _grades(gradebook, assignment, student):
        score = Score(
            grade.auto_score,
            grade.manual_score,
            grade.extra_credit,
            grade.score,
            bool(grade.needs_manual_grade),
        )
        scores.setdefault(who, {}).setdefault(notebook, {})[cell] = score
    if student is not None:
        found, entries = {}, [gradebook.find_submission(assignment, student)]
    else:
        found = {student.id: None for student in gradebook.students}
        entries = gradebook.assignment_submissions(assignment)
    for entry in entries:
        penalty = sum(notebook.late_submission_penalty or 0 for notebook in entry.notebooks)
        who = entry.student_id
        found[who] = Standing(scores.get(who, {}), penalty, entry.total_seconds_late)
    return found


def _grades(gradebook, assignment, student):
    """List student, notebook, cell and `nbgrader.api.Grade`."""
    submitted, notebook = api.SubmittedAssignment, api.SubmittedNotebook
    query = (
        gradebook.db.query(submitted.student_id, api.Notebook.name, api.BaseCell.name, api.Grade)
        .join(notebook, notebook.assignment_id == submitted.id)
        .join(api.Assignment, api.Assignment.id == submitted.assignment_id)
        .join(api.Notebook, api.Notebook.id == notebook.notebook_id)
        .join(api.Grade, api.Grade.notebook_id == notebook.id)
        .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
        .filter(api.Assignment.name == assignment)
    )
    if student is not None:
        query = query.filter(submitted.student_id == student)
    return query.all()
