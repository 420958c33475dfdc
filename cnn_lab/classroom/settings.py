"""The configuration of nbgrader for a course: all that makes its commands mark as this one does.

``nbgrader_config.py`` in a course folder reads::

    from cnn_lab.classroom import settings

    c = get_config()
    settings.apply(c, __file__)

What stands below it is the teacher's own, and counts.
"""

import os
import re
import sys
from pathlib import Path
from shutil import which

STEPS = "cnn_lab.classroom.marking.steps"


def apply(c, config_file):
    """Set what the course needs.

    Parameters
    ----------
    c : traitlets.config.Config
        Is changed.
    config_file : path
        The ``nbgrader_config.py`` that calls it; the course folder is where it lies.
    """
    from cnn_lab.classroom import release
    from cnn_lab.classroom.marking import feedback

    folder = Path(config_file).resolve().parent
    c.CourseDirectory.root = str(folder)
    if "course_id" not in c.CourseDirectory:
        c.CourseDirectory.course_id = re.sub(r"[^\w.-]+", "-", folder.name) or "course"
    c.GenerateAssignment.preprocessors = release.preprocessors()
    c.Autograde.exporter_class = f"{STEPS}.SubmittedNotebook"
    c.Autograde.sanitize_preprocessors = [
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        f"{STEPS}.RunInSandbox",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    feedback.configure(c)
    _let_alembic_be_found()


def _let_alembic_be_found():
    """Put this Python's programs on the search path: nbgrader calls alembic by its name."""
    programs = str(Path(sys.executable).parent)
    if which("alembic") is None and which("alembic", path=programs):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
