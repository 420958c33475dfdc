"""From a complete lesson to the source of an nbgrader assignment.

The source keeps the solutions between their markers; nbgrader takes them out (see `release`). A
check says what it is worth, and asks for further cases out of the students' sight (see
`graded_cells`). Everything else is as in the learner's copy: no outputs, the pictures that a right
answer shows folded below its check, links that work in the folder.
"""

from dataclasses import replace
from pathlib import Path

from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.ipynb import grading, parse
from cnn_lab.classroom.learners_copy import LessonError, learners_copy
from cnn_lab.classroom.links import Links

_NUMBER = "number in the lesson"


class NoExercises(LessonError):
    """A lesson in which nothing can be marked."""


def assignment(path):
    """Return what an assignment's folder in ``source/`` holds.

    Parameters
    ----------
    path : path
        The complete lesson.

    Returns
    -------
    notebook : dict
        The source of the assignment (see `ipynb.parse`).
    files : dict
        Path within the folder -> content, of every picture that it shows and every page of text
        that it links.

    Raises
    ------
    NoExercises
        If no cell of the lesson is graded.
    LessonError
        If a check, or a solution's markers, have not the form that they need.
    OSError, ValueError
        If the file cannot be read as a notebook.
    """
    path = Path(path)
    lesson = parse(path.read_bytes())
    if not any(grading(cell).get("grade") for cell in lesson["cells"]):
        raise NoExercises("it has no exercises, so there is nothing to mark")
    links = Links(path.parent, [path.name])
    return source_of(lesson, links.rewrite), links.pictures | links.pages


def source_of(lesson, rewrite=lambda text: text):
    """Return the source notebook of a lesson.

    Parameters
    ----------
    lesson : dict
        Stays as it is.
    rewrite : function
        Takes the text of a prose cell, returns it with links that work in the assignment's folder.

    Returns
    -------
    dict

    Raises
    ------
    LessonError
        If a check, or a solution's markers, have not the form that they need.
    """
    numbered = [{**cell, _NUMBER: number} for number, cell in enumerate(lesson["cells"])]
    source = learners_copy({**lesson, "cells": numbered}, rewrite)
    for cell in source["cells"]:
        if _NUMBER in cell:  # not one of the pictures that the copy added
            text = lesson["cells"][cell.pop(_NUMBER)]["source"]
            cell["source"] = rewrite(text) if cell["cell_type"] == "markdown" else text
        if grading(cell).get("grade") and not grading(cell).get("solution"):
            cell["source"] = _graded(cell)
    return source


def _graded(cell):
    """Return the text of a graded cell, a check with its points and further cases."""
    from cnn_lab.checks import EXERCISES

    name, points = grading(cell).get("grade_id"), grading(cell).get("points")
    if not isinstance(points, int | float) or points <= 0:
        raise LessonError(f"{name}: it has no points")
    asked = graded_cells.read(cell["source"])
    if asked is None and "checks." not in cell["source"]:
        return cell["source"]  # tests of the author's own
    if asked is None:
        raise LessonError(f"{name}: a check must read checks.name(answer), alone in its cell")
    if asked.name not in EXERCISES:
        raise LessonError(f"{name}: there is no check {asked.name!r}")
    return graded_cells.write(replace(asked, points=points))


def with_points(source, points):
    """Return the text of a graded cell with other points; unchanged if it is the teacher's own."""
    asked = graded_cells.read(source)
    if asked is None or asked.points is None or asked.points == points:
        return source
    return graded_cells.write(replace(asked, points=points))


def points_of(notebook):
    """Return the points of all graded cells of a notebook, by their grade ids."""
    cells = [grading(cell) for cell in notebook["cells"]]
    return {data["grade_id"]: data["points"] for data in cells if data.get("grade")}
