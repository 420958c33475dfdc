"""The steps of ``nbgrader autograde`` that are the course's own.

`SubmittedNotebook` reads and repairs what was sent, `RunInSandbox` runs and judges it. Both take
from the `DESK` what is done already: `cnn-lab mark` lets its workers do both, and only the entry
into the gradebook is nbgrader's. What is not there they have done in a process of its own, so that
nbgrader's command and Formgrader's button lead to the same scores, one submission after the other.
"""

import os
import weakref
from dataclasses import replace
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer
from traitlets.config import LoggingConfigurable

from cnn_lab.classroom.ipynb import grading
from cnn_lab.classroom.marking import records, sandbox, submission, versions
from cnn_lab.classroom.marking.execution import Result
from cnn_lab.classroom.marking.limits import Limits
from cnn_lab.classroom.marking.workers import Call, Exceeded, Worker, WorkerError

EXECUTE = "cnn_lab.classroom.marking.execution:execute"
READ = "cnn_lab.classroom.marking.submission:read"
GRACE = 120  # seconds that a job's process may take beyond the total of its limits
UNSAFE = "CNN_LAB_UNSAFE"
EXCEEDED = "limit exceeded"  # the kind of a finding

# (assignment, student, notebook) -> (Piece, Result): what is read and run already.
DESK = {}


class Marking(LoggingConfigurable):
    """What a teacher can set about marking, as ``c.Marking.<name>`` in nbgrader_config.py."""

    unsafe = Bool(False, help="Run what students sent without a sandbox").tag(config=True)
    cell = Float(None, allow_none=True, help="Seconds of a student's cell").tag(config=True)
    lesson_cell = Float(None, allow_none=True, help="Seconds of a lesson's cell").tag(config=True)
    total = Float(None, allow_none=True, help="Seconds of a whole notebook").tag(config=True)
    memory = Integer(None, allow_none=True, help="Bytes of all processes").tag(config=True)
    processes = Integer(None, allow_none=True, help="How many at a time").tag(config=True)
    disk = Integer(None, allow_none=True, help="Bytes of all files").tag(config=True)
    output = Integer(None, allow_none=True, help="Characters of a cell's output").tag(config=True)

    @property
    def limits(self):
        """Return the `Limits`."""
        names = ("cell", "lesson_cell", "total", "memory", "processes", "disk", "output")
        given = {name: getattr(self, name) for name in names}
        return Limits(**{name: value for name, value in given.items() if value is not None})

    @property
    def sandbox(self):
        """Tell whether to run in the sandbox."""
        return not (self.unsafe or os.environ.get(UNSAFE, "") not in ("", "0"))

    def why_not(self):
        """Return why nothing can be marked here, or None."""
        reason = sandbox.why_not() if self.sandbox else None
        return reason and (
            f"{reason} What students sent is run in a sandbox only, so nothing was marked. On a"
            " machine that holds nothing worth protecting, say that it may run without one:"
            f" cnn-lab mark --unsafe, c.Marking.unsafe = True, or {UNSAFE}=1."
        )


class SubmittedNotebook(NotebookExporter):
    """Reads what a student sent, whatever it is, as the notebook that the assignment needs."""

    def __init__(self, **options):
        super().__init__(**options)
        self.marking = Marking(parent=self)
        self.waiting = {}  # what was read and is to be run
        self._worker = Worker()
        weakref.finalize(self, self._worker.close)
        reason = None if DESK else self.marking.why_not()
        if reason:
            self.log.error(reason)
            raise NbGraderException(reason)

    @property
    def folders(self):
        """Return nbgrader's course directory."""
        return self.parent.coursedir

    def folder(self, step, resources):
        """Return a folder of the submission: that in ``submitted`` or in ``source``, as a Path."""
        ids = resources["nbgrader"]
        student = "." if step == self.folders.source_directory else ids["student"]
        return Path(self.folders.format_path(step, student, ids["assignment"]))

    def do(self, function, *arguments, seconds):
        """Do a call in a process of its own."""
        return self._worker.do(Call(function, arguments, seconds))

    def from_filename(self, filename, resources=None, **options):
        """Convert a file: the first time that which was sent, then what became of it."""
        ids = ids_of(resources)
        if ids in self.waiting:
            return super().from_filename(filename, resources, **options)
        self.waiting[ids] = DESK.get(ids) or (self._read(ids, resources), None)
        notebook = nbformat.from_dict(self.waiting[ids][0].notebook)
        return self.from_notebook_node(notebook, resources, **options)

    def _read(self, ids, resources):
        source = self.folder(self.folders.source_directory, resources)
        notebooks = {ids[2]: submission.sources(source)[ids[2]]}
        folder = self.folder(self.folders.submitted_directory, resources)
        try:
            older = versions.known(self.folders.root, ids[0])
            sent = self.do(READ, folder, notebooks, older, seconds=submission.SECONDS)
        except Exceeded as error:
            sent = submission.unread("", notebooks, f"It cannot be read: {error}")
        for finding in (*sent.findings, *sent.pieces[ids[2]].findings):
            self.log.warning("%s: %s", ids[1], finding.text)
        return sent.pieces[ids[2]]


class RunInSandbox(NbGraderPreprocessor):
    """Puts the outputs into a notebook: those on the desk, the recorded ones, or new ones."""

    def preprocess(self, nb, resources):
        """Return the notebook with its outputs, as the points depend on them."""
        ids = ids_of(resources)
        piece, result = self.parent.waiting.pop(ids)
        result = result or self._result(piece, ids, resources)
        return merged(nb, result.notebook), resources

    def _result(self, piece, ids, resources):
        if piece.fault:
            return submission.zero(piece.notebook, piece.fault)
        exporter = self.parent
        folders, marking = exporter.folders, exporter.marking
        source = exporter.folder(folders.source_directory, resources)
        sent = exporter.folder(folders.submitted_directory, resources)
        files, _ = submission.files(source, sent, marking.limits)
        job = submission.job(
            piece,
            submission.sources(source)[ids[2]],
            student=ids[1],
            assignment=ids[0],
            limits=marking.limits,
            sandbox=marking.sandbox,
            files=files,
            secret=records.secret(folders.root),
        )
        stored = records.Records(folders.root, *ids[:2])
        text = stored.result(ids[2], job.key)
        if text is not None:
            self.log.info("%s was run before: `cnn-lab mark --again` runs it again", ids[1])
            return Result.from_json(text)
        try:
            result = exporter.do(EXECUTE, job, seconds=marking.limits.total + GRACE)
        except Exceeded as error:
            result = submission.zero(piece.notebook, str(error), EXCEEDED)
            result = replace(result, key=job.key)
        except WorkerError as error:
            raise NbGraderException(f"{ids[1]} could not be marked: {error}") from error
        stored.store_result(ids[2], result.to_json())
        for finding in result.findings:
            self.log.warning("%s: %s", ids[1], finding.text)
        return result


def ids_of(resources):
    """Return the names of assignment, student and notebook in nbgrader's resources."""
    ids = resources["nbgrader"]
    return ids["assignment"], ids["student"], ids["notebook"]


def merged(notebook, executed):
    """Return an executed notebook with the graded cells' data as nbgrader has settled them.

    Parameters
    ----------
    notebook : NotebookNode
        As nbgrader has checked it.
    executed : dict
        The same cells with outputs, and perhaps further ones.

    Returns
    -------
    NotebookNode
    """
    settled = {grading(cell).get("grade_id"): cell for cell in notebook.cells}
    settled.pop(None, None)
    executed = nbformat.from_dict(executed)
    for cell in executed.cells:
        known = settled.pop(grading(cell).get("grade_id"), None)
        if known is not None:
            cell.metadata, cell.source = known.metadata, known.source
    if settled:
        raise ValueError(f"cells were lost when the notebook was run: {sorted(settled)}")
    return executed
