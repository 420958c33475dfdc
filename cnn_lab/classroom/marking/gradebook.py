"""nbgrader's side of marking: a course's configuration and its gradebook, in one process's hands.

Only the process that holds the lock of a course enters scores. What the workers have done goes
through nbgrader's own ``autograde``, so all that can be configured there counts, late penalties for
example.
"""

import functools
import glob
import logging
import os
import shutil
import sys
import time
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from nbgrader import api
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log

from cnn_lab.classroom.ipynb import grading
from cnn_lab.classroom.marking import records, steps, submission
from cnn_lab.classroom.marking.sent_files import read_folder

CONFIG = "nbgrader_config.py"
READY = f"{records.FOLDER}/ready"  # in the course folder: what nbgrader is to enter next
_ATTEMPTS = 5  # while another program writes into the gradebook


class MarkingError(Exception):
    """Why something cannot be marked; the message is for the teacher."""


class Course:
    """A course folder with its configuration.

    Parameters
    ----------
    folder : path
    **given : object
        Traits of `steps.Marking` that count more than the configuration; None for not given.

    Raises
    ------
    MarkingError
        If it is no course folder, or its configuration is faulty.
    """

    def __init__(self, folder, **given):
        self.folder = Path(folder).resolve()
        if not (self.folder / CONFIG).is_file():
            raise MarkingError(
                f"{folder} is no course folder: it has no {CONFIG}. `cnn-lab assignment` makes one."
            )
        self.config = _configuration(self.folder)
        for name, value in given.items():
            if value is not None:
                self.config.Marking[name] = value
        self.marking = steps.Marking(config=self.config)
        self.folders = self._folders()
        self._log = logging.getLogger(f"{__name__}.nbgrader")
        self._log.propagate = False
        self._log.setLevel(logging.WARNING)
        self._engine = functools.cache(api.create_engine)

    def path(self, step, student, assignment):
        """Return a folder: ``submitted`` (or another step) of a student's work."""
        directory = getattr(self.folders, f"{step}_directory")
        return Path(self.folders.format_path(directory, student, assignment))

    @contextmanager
    def locked(self):
        """Keep other processes from marking in this course; the lock ends with the process.

        Raises
        ------
        MarkingError
            If another one does.
        """
        import fcntl

        path = self.folder / records.FOLDER / "lock"
        path.parent.mkdir(exist_ok=True)
        with open(path, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise MarkingError(f"{self.folder} is being marked by another process.") from error
            yield

    @contextmanager
    def gradebook(self):
        """Open the gradebook."""
        with self._quick(), api.Gradebook(self.folders.db_url, self.folders.course_id) as gradebook:
            yield gradebook

    def sources(self, assignment):
        """Return the notebooks of an assignment (see `submission.sources`).

        Raises
        ------
        MarkingError
            If students did not get this version from ``nbgrader generate_assignment``.
        """
        try:
            found = submission.sources(self.path("source", ".", assignment))
        except (OSError, ValueError) as error:
            raise MarkingError(f"There is no assignment '{assignment}': {error}") from error
        is_released = self.path("release", ".", assignment).is_dir()
        generate = f"nbgrader generate_assignment {assignment}{' --force' * is_released}"
        try:
            with self.gradebook() as gradebook:
                entries = {
                    entry.name: _entry(entry)
                    for entry in gradebook.find_assignment(assignment).notebooks
                }
        except api.MissingEntry as error:
            raise MarkingError(
                f"'{assignment}' is not in the gradebook; it gets there by `{generate}`."
            ) from error
        known = {name: notebook for name, notebook in found.items() if name in entries}
        for name, entry in entries.items():
            if name not in found or _wanted(found[name]) != entry:
                raise MarkingError(
                    f"The source of '{name}' was changed since the assignment was made, so that the"
                    f" gradebook has other tests or points. Run `{generate}` first."
                )
        return known

    def students(self, assignment):
        """List the students who handed something in."""
        pattern = self.folders.format_path(self.folders.submitted_directory, "*", assignment)
        place = len(Path(self.path("submitted", "*", assignment)).parts)
        star = self.path("submitted", "\0", assignment).parts.index("\0")
        found = [Path(name).parts for name in glob.glob(pattern) if Path(name).is_dir()]
        return sorted(parts[star] for parts in found if len(parts) == place)

    def strangers(self, known):
        """List the folders in ``submitted`` that are of no assignment, such as misspelled ones.

        Parameters
        ----------
        known : str
            An assignment that there is; the others are those of ``source``.

        Returns
        -------
        list of str
            Relative to the course folder.
        """
        there = {known, *(path.name for path in self.path("source", ".", "x").parent.glob("*"))}
        pattern = self.folders.format_path(self.folders.submitted_directory, "*", "*")
        if Path(pattern).name != "*":
            return []
        found = [Path(name) for name in glob.glob(pattern)]
        return sorted(
            os.path.relpath(path, self.folder)
            for path in found
            if path.is_dir() and path.name not in there
        )

    def enter(self, assignment, student, sent, results):
        """Let nbgrader enter what was marked.

        Parameters
        ----------
        assignment, student : str
        sent : Submission
        results : dict of str to Result
            By the name of the notebook.

        Raises
        ------
        MarkingError
            If it could not; the old entry may be lost then.
        """
        try:
            self._make_ready(assignment, student, sent)
            for name, result in results.items():
                steps.DESK[assignment, student, name] = sent.pieces[name], result
            for attempt in range(1, _ATTEMPTS + 1):
                outcome = self._autograde(assignment, student)
                if outcome["success"]:
                    return
                log = outcome.get("log", "") + outcome.get("error", "")
                if "database is locked" not in log or attempt == _ATTEMPTS:
                    raise MarkingError(f"nbgrader could not enter the work of {student}:\n{log}")
                time.sleep(attempt)
        finally:
            steps.DESK.clear()
            shutil.rmtree(self.folder / READY, ignore_errors=True)

    def _make_ready(self, assignment, student, sent):
        """Lay out what nbgrader takes for the submission; its notebooks are on the desk."""
        shutil.rmtree(self.folder / READY, ignore_errors=True)
        folder = Path(self.folders.format_path(READY, student, assignment))
        files = read_folder(self.path("submitted", student, assignment), self.marking.limits)
        reserved = {f"{name}.ipynb" for name in sent.pieces} | {submission.TIMESTAMP}
        files = {
            name: content
            for name, content in files.items()
            if submission.is_beside(name) and Path(name).parts[0] not in reserved
        }
        files |= {f"{name}.ipynb": b"" for name in sent.pieces}
        if sent.timestamp:
            files[submission.TIMESTAMP] = sent.timestamp.encode()
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _autograde(self, assignment, student):
        folders = self._folders(
            assignment_id=assignment,
            student_id=glob.escape(student),
            submitted_directory=READY,
        )
        converter = Autograde(coursedir=folders, config=self.config, log=self._log)
        converter.force = True
        before = os.getcwd()
        try:
            with self._quick():
                return capture_log(converter)
        finally:
            os.chdir(before)

    @contextmanager
    def _quick(self):
        """Let nbgrader, which opens its gradebook ten times a submission, compile queries once."""
        with warnings.catch_warnings(), patch.object(api, "create_engine", self._engine):
            warnings.simplefilter("ignore")  # its use of SQLAlchemy
            yield

    def _folders(self, **traits):
        return CourseDirectory(config=self.config, root=str(self.folder), **traits)


def _configuration(folder):
    """Return nbgrader's configuration for a course folder, the machine's own included."""
    application = NbGrader(raise_config_file_errors=True, log_level="ERROR")
    application.load_cwd_config = False
    before = sys.path[:]
    try:
        application.initialize([], root=str(folder))
    except Exception as error:
        reason = traceback.format_exception_only(error)[-1].strip()
        raise MarkingError(f"{folder / CONFIG} is faulty: {reason}") from error
    finally:
        application.deinit_logging()
        # The course's own plugins are found, but nothing in its folder replaces a library.
        sys.path[:] = [*before, *([] if str(folder) in before else [str(folder)])]
    return application.config


def _entry(notebook):
    """Return what the gradebook knows of a notebook's cells, comparable with `_wanted`."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    texts = {cell.name: cell.source for cell in notebook.source_cells if cell.locked}
    return points, texts


def _wanted(notebook):
    points, texts = {}, {}
    for cell in notebook["cells"]:
        data = grading(cell)
        if data.get("grade") or data.get("task"):
            points[data["grade_id"]] = float(data["points"])
        if not data.get("solution") and (data.get("grade") or data.get("locked")):
            texts[data["grade_id"]] = cell["source"]
    return points, texts
