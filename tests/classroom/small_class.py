"""A course so small that its way from the lesson to the students takes a second.

Not a fixture, so that a process of its own can make one, too.
"""

import copy
import logging
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from cnn_lab.classroom import teachers_page
from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.ipynb import parse, to_text

TINY = "04_tiny"
TIMESTAMP = "2026-11-20 12:00:00 UTC"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

PREDICTED = "prediction = [[[4, 5], [6, 2]], [[1.75, 2], [2, 1]]]"
RELU = "def relu(x):\n    return np.maximum(x, 0)"
OUTPUT_SIZE = """\
def output_size(size, kernel_size, stride=1, padding=0):
    before, after = (padding, padding) if isinstance(padding, int) else padding
    room = size + before + after - kernel_size
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride + 1"""
RIGHT = {"tiny_predict": PREDICTED, "tiny_relu": RELU, "tiny_output_size": OUTPUT_SIZE}
POINTS = {"tiny_check_predict": 1, "tiny_check_relu": 2, "tiny_check_output_size": 4}


def tiny_lesson():
    """Return a lesson with three exercises as its author stores it: 8 cells, 7 points."""
    cells = [
        new_markdown_cell("# 04  A tiny lesson\n\nWhat is left of four numbers?", id="tiny-title"),
        new_code_cell("import numpy as np\n\nfrom cnn_lab import checks", id="tiny-setup"),
        *_exercise("predict", "prediction = None\n{}", PREDICTED, "predict_pooling", "prediction"),
        *_exercise("relu", "def relu(x):\n{}", RELU, "relu", "relu"),
        *_exercise(
            "output_size",
            "def output_size(size, kernel_size, stride=1, padding=0):\n{}",
            OUTPUT_SIZE,
            "output_size",
            "output_size",
        ),
    ]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook = new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    return parse(nbformat.writes(notebook).encode())


def _exercise(name, frame, answer, check, argument):
    """Return the cell of a solution and the cell of its check."""
    body = answer.split("\n", 1)[1] if answer.startswith("def ") else answer
    indentation = body[: len(body) - len(body.lstrip())]
    solution = f"{indentation}### BEGIN SOLUTION\n{body}\n{indentation}### END SOLUTION"
    data = {"grade": False, "locked": False, "schema_version": 3, "solution": True, "task": False}
    grade = {"grade": True, "locked": True, "schema_version": 3, "solution": False, "task": False}
    solved = {**data, "grade_id": f"tiny_{name}"}
    graded = {**grade, "grade_id": f"tiny_check_{name}", "points": POINTS[f"tiny_check_{name}"]}
    said = new_output("execute_result", {"text/plain": f"{check}: right"}, execution_count=1)
    return [
        new_code_cell(frame.format(solution), id=f"tiny_{name}", metadata={"nbgrader": solved}),
        new_code_cell(
            f"checks.{check}({argument})",
            id=f"tiny_check_{name}",
            outputs=[said],
            metadata={"nbgrader": graded},
        ),
    ]


class CourseFolder:
    """A course folder with the tiny assignment.

    Attributes
    ----------
    path : Path
        The course folder.
    assignment : str
    """

    def __init__(self, path):
        self.path, self.assignment = Path(path).resolve(), TINY

    def make(self, config=""):
        """Write the source and the configuration, with more lines if need be; generate."""
        self.source_path.parent.mkdir(parents=True)
        self.source_path.write_text(to_text(source_of(tiny_lesson())), encoding="utf-8")
        settings = teachers_page.CONFIG + config
        (self.path / "nbgrader_config.py").write_text(settings, encoding="utf-8")
        self.generate()
        return self

    def copied(self, path):
        """Return a copy of the course in another folder."""
        shutil.copytree(self.path, path)
        return CourseFolder(path)

    @property
    def source_path(self):
        return self.path / "source" / TINY / f"{TINY}.ipynb"

    @property
    def release_path(self):
        return self.path / "release" / TINY / f"{TINY}.ipynb"

    def source(self):
        """Return the source notebook, with the hidden tests."""
        return parse(self.source_path.read_bytes())

    def release(self):
        """Return the notebook that students get."""
        return parse(self.release_path.read_bytes())

    def config(self):
        """Return nbgrader's configuration as its commands read it in the course folder."""
        path = self.path / "nbgrader_config.py"
        return Config(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())

    def run(self, converter, **options):
        """Run one of nbgrader's converters on the assignment, as its command does.

        Parameters
        ----------
        converter : class
            ``nbgrader.converters.Autograde``, say.
        **options
            Traits of the course directory, such as ``student_id``, and ``force``.
        """
        from nbgrader.coursedir import CourseDirectory

        config = self.config()
        force = options.pop("force", True)
        with quiet_logs():
            folder = CourseDirectory(config=config, assignment_id=TINY, **options)
            made = converter(coursedir=folder, config=config)
            made.force = force
            here = os.getcwd()
            try:
                made.start()
            finally:
                os.chdir(here)
        return made

    def generate(self):
        """Make the students' version of the assignment."""
        from nbgrader.converters import GenerateAssignment

        return self.run(GenerateAssignment)

    def gradebook(self):
        """Return the gradebook, to be used in a `with` statement."""
        from nbgrader.api import Gradebook
        from nbgrader.coursedir import CourseDirectory

        folder = CourseDirectory(config=self.config())
        return Gradebook(folder.db_url, folder.course_id)

    def submitted_path(self, student):
        return self.path / "submitted" / student / TINY / f"{TINY}.ipynb"


def solved(notebook, answers=RIGHT):
    """Return a copy of a notebook in which cells, by their grade ids, say something else."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
    return notebook


def submit(course, student, work=None, *, timestamp=TIMESTAMP, name=None):
    """Put a student's submission of the tiny assignment where nbgrader collects them.

    Parameters
    ----------
    course : CourseFolder
    student : str
        The student's id.
    work : dict, bytes, function or None
        A notebook; the bytes of a file; answers by grade id, on top of the right ones; a function
        that changes the right notebook in place; all right when left out.
    timestamp : str or None
        When it was handed in; None for no ``timestamp.txt``.
    name : str, optional
        Another name for the file.

    Returns
    -------
    Path
    """
    if callable(work):
        notebook = solved(course.release())
        work(notebook)
    elif isinstance(work, dict) and "cells" in work:
        notebook = work
    elif not isinstance(work, bytes):
        notebook = solved(course.release(), {**RIGHT, **(work or {})})
    content = work if isinstance(work, bytes) else to_text(notebook).encode()
    path = course.submitted_path(student)
    path = path.with_name(name) if name else path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if timestamp is not None:
        (path.parent / "timestamp.txt").write_text(timestamp)
    return path


@contextmanager
def quiet_logs(level=logging.ERROR):
    """Keep nbgrader's remarks about what it does out of the tests' output."""
    logger = logging.getLogger("traitlets")
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
