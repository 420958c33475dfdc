"""What a teacher gave by hand, and what becomes of it when a student hands in again.

nbgrader keeps manual points, extra points and comments when another submission takes the place of
the one for which they were given. That may be right or wrong, so the teacher is told.
"""

from nbgrader import api

from cnn_lab.classroom.marking.findings import Finding

KIND = "given by hand"


def given(gradebook, assignment, student):
    """List what a teacher gave to a student's work.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    assignment, student : str

    Returns
    -------
    list of dict
        For each cell with something: ``notebook``, ``cell``, and of ``points``, ``extra`` and
        ``comment`` what there is.
    """
    found = {}
    grade, comment = api.Grade, api.Comment
    for table, columns in (
        (grade, {"points": grade.manual_score, "extra": grade.extra_credit}),
        (comment, {"comment": comment.manual_comment}),
    ):
        query = (
            gradebook.db.query(api.Notebook.name, api.BaseCell.name, *columns.values())
            .select_from(table)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == table.notebook_id)
            .join(
                api.SubmittedAssignment,
                api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
            )
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .join(api.BaseCell, api.BaseCell.id == table.cell_id)
            .filter(
                api.Assignment.name == assignment, api.SubmittedAssignment.student_id == student
            )
        )
        for notebook, cell, *values in query.all():
            there = {name: value for name, value in zip(columns, values, strict=True) if value}
            if values[0] == 0.0:  # no points, by hand
                there["points"] = 0.0
            if there:
                found.setdefault((notebook, cell), {}).update(there)
    return [{"notebook": n, "cell": c, **there} for (n, c), there in sorted(found.items())]


def findings(entries, scores):
    """Say what still stands although it was given for the hand-in before.

    Parameters
    ----------
    entries : list of dict
        See `given`.
    scores : dict
        Notebook -> cell -> points of the new answers.

    Returns
    -------
    list of Finding
    """
    return [
        Finding(KIND, f"{entry['cell']}: {_sentence(entry, scores)}", entry["cell"], "warning")
        for entry in entries
    ]


def _sentence(entry, scores):
    said = [_points(entry["points"])] if "points" in entry else []
    said += [_points(entry["extra"], "extra ")] if "extra" in entry else []
    said += ["comment"] if "comment" in entry else []
    is_one = len(said) == 1 and not said[0].endswith("s")
    sentence = f"your {' and '.join(said)} stand{'s' * is_one} from the hand-in before"
    score = scores.get(entry["notebook"], {}).get(entry["cell"])
    return sentence + ("." if score is None else f"; the new answer has {score:g} automatically.")


def _points(value, extra=""):
    return f"{value:g} {extra}point{'s' * (value != 1)}"
