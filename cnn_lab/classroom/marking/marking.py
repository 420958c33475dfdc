"""Mark an assignment of a whole class.

Everything sent is read first, so that what needs the teacher is told before the long part. Then the
workers run what has no result yet, and this process, the only writer, enters one student after the
other: results, nbgrader's entry, and last the record that says that it is done. Whenever it is
killed, the same command goes on with what has no record; a second time it finds nothing to do.
"""

import datetime
import os
import shutil
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnn_lab.classroom.marking import (
    by_hand,
    records,
    scores,
    steps,
    submission,
    teachers_report,
    versions,
)
from cnn_lab.classroom.marking.execution import Result
from cnn_lab.classroom.marking.findings import Finding, writable
from cnn_lab.classroom.marking.gradebook import MarkingError
from cnn_lab.classroom.marking.workers import Call, Dask, Exceeded, Local, WorkerError

_PROBLEMS = {  # the kind of a submission's state -> what the teacher is told
    "unreadable": "it cannot be read, and has no points until one is sent that can be",
    "exceeded": "it took more than it may, and has no points",
}


@dataclass
class Work:
    """One student's work on the way to its marks.

    Attributes
    ----------
    student : str
    sent : Submission
    jobs : dict of str to Job or None
        What has to be run, by the name of the notebook; built once more when it is due.
    keys : dict of str to str
    results : dict of str to Result
        What is known.
    findings : list of Finding
    """

    student: str
    sent: submission.Submission
    keys: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)
    findings: list = field(default_factory=list)

    @property
    def state(self):
        """Return "marked", "unreadable" or "exceeded"."""
        if any(piece.fault for piece in self.sent.pieces.values()):
            return "unreadable"
        kinds = {finding.kind for result in self.results.values() for finding in result.findings}
        return "exceeded" if steps.EXCEEDED in kinds else "marked"


@dataclass
class Outcome:
    """How the marking of an assignment went.

    Attributes
    ----------
    assignment : str
    marked : dict of str to str
        Student -> state, of those that were marked now.
    unchanged : list of str
        Students whose marks stand.
    failed : dict of str to str
        Student -> why there is no mark.
    needs : dict of str to str
        Student -> why the teacher should look, of all who have marks.
    strangers : list of str
        Folders in ``submitted`` that belong to no assignment.
    report : Path
    seconds, writing : float
        In all, and of it for entering what the workers have done.
    """

    assignment: str
    marked: dict = field(default_factory=dict)
    unchanged: list = field(default_factory=list)
    failed: dict = field(default_factory=dict)
    needs: dict = field(default_factory=dict)
    strangers: list = field(default_factory=list)
    report: Path | None = None
    needs_teacher: bool = False
    seconds: float = 0.0
    writing: float = 0.0


def mark(course, assignment, *, students=(), jobs=None, again=False, scheduler=None, say=print):
    """Mark what students sent.

    Parameters
    ----------
    course : Course
    assignment : str
    students : sequence of str
        Only these; all who sent something when empty.
    jobs : int, optional
        How many at a time on this machine; as many as it has cores when left out.
    again : bool
        Whether to run what has its marks already.
    scheduler : str, optional
        The address of a Dask scheduler whose workers do it.
    say : function of a text
        Is told how far it is.

    Returns
    -------
    Outcome

    Raises
    ------
    MarkingError
        If nothing can be marked.
    """
    begun = time.perf_counter()
    reason = None if scheduler else course.marking.why_not()
    if reason:
        raise MarkingError(reason)
    with ExitStack() as stack:
        stack.enter_context(course.locked())
        marking = _Marking(course, assignment, again, say)
        there = course.students(assignment)
        for student in students:
            if student not in there:
                raise MarkingError(f"No submission of '{student}' for '{assignment}'.")
        marking.tell_strangers()
        pool = stack.enter_context(_pool(scheduler, jobs))
        there = marking.with_names(there)
        here = pool if scheduler is None else stack.enter_context(Local(jobs or cores()))
        marking.read(here, list(dict.fromkeys(students)) or there)
        marking.run(pool)
        outcome = marking.outcome
        marking.ask_for_a_look(there)
        outcome.report, outcome.needs_teacher = teachers_report.write(course, assignment)
    outcome.needs_teacher |= bool(outcome.failed or outcome.needs or outcome.strangers)
    outcome.seconds = time.perf_counter() - begun
    return outcome


def cores():
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pool(scheduler, jobs):
    if scheduler is None:
        return Local(jobs or cores())
    try:
        return Dask(scheduler)
    except ImportError as error:
        raise MarkingError("Dask is missing: pip install distributed") from error
    except (OSError, ValueError) as error:
        raise MarkingError(f"There is no Dask scheduler at {scheduler}: {error}") from error


class _Marking:
    """The marking of one assignment."""

    def __init__(self, course, assignment, again, say):
        self.course, self.assignment, self.again, self.say = course, assignment, again, say
        self.sources = course.sources(assignment)
        self.versions = versions.known(course.folder, assignment, self.sources)
        self.tests = versions.tests_of(self.sources)
        self.secret = records.secret(course.folder)
        with course.gradebook() as gradebook:
            self.entered = scores.automatic(gradebook, assignment)
            self.most = scores.most(gradebook, assignment)
        self.outcome = Outcome(assignment)
        self.works, self.total = {}, 0

    # ---- before anything is run ----

    def with_names(self, students):
        """Leave out those whose folders have names that no page can show, and say so."""
        good = [name for name in students if name.isprintable() and name == name.strip()]
        for name in sorted({*students} - {*good}):
            told = writable(name).encode("unicode_escape").decode()
            self._failed(f"'{told}'", "rename this folder in submitted/: its name cannot be used.")
        return good

    def read(self, pool, students):
        """Read what was sent, find out what has to be done, and tell what needs the teacher."""
        given = (self.sources, self.versions)
        calls = (
            (student, Call(steps.READ, (self._folder(student), *given), submission.SECONDS))
            for student in students
        )
        for student, sent in pool.each(calls):
            if isinstance(sent, Exceeded):
                fault = f"It cannot be read: {sent}"
                sent = submission.unread(str(sent), self.sources, fault)
            if isinstance(sent, WorkerError):
                self._failed(student, f"It could not be read: {sent}")
                continue
            try:
                self._plan(student, sent)
            except Exception as error:
                self._failed(student, _unforeseen(error))
        self.works = dict(sorted(self.works.items()))
        self.total = len(self.works)
        for work in self.works.values():
            for piece in work.sent.pieces.values():
                if piece.fault:
                    self.say(f"{work.student}: {piece.fault}")

    def _plan(self, student, sent):
        work = Work(student, sent, findings=list(sent.findings))
        stored = self._records(student)
        for name, piece in sent.pieces.items():
            work.findings += piece.findings
            if piece.fault:
                work.results[name] = submission.zero(piece.notebook, piece.fault)
                work.keys[name] = work.results[name].key
                continue
            job, findings = self._job(student, piece, name)
            work.keys[name] = job.key
            work.findings += [finding for finding in findings if finding not in work.findings]
            text = None if self.again else stored.result(name, job.key)
            if text is not None:
                work.results[name] = Result.from_json(text)
        if not self.again and self._stands(stored.load(), work):
            self.outcome.unchanged.append(student)
        else:
            self.works[student] = work

    def _stands(self, record, work):
        """Tell whether a record, the gradebook and nbgrader's files all have this work's marks."""
        folder = self.course.path("autograded", work.student, self.assignment)
        return (
            record is not None
            and record["sent"] == work.sent.fingerprint
            and {name: each["key"] for name, each in record["notebooks"].items()} == work.keys
            and record["scores"] == self.entered.get(work.student)
            and not versions.is_outdated(record, self.tests)
            and all((folder / f"{name}.ipynb").is_file() for name in work.keys)
        )

    def _job(self, student, piece, name):
        source = self.course.path("source", ".", self.assignment)
        files, findings = submission.files(
            source, self._folder(student), self.course.marking.limits
        )
        job = submission.job(
            piece,
            self.sources[name],
            student=student,
            assignment=self.assignment,
            limits=self.course.marking.limits,
            sandbox=self.course.marking.sandbox,
            files=files,
            secret=self.secret,
        )
        return job, findings

    # ---- what has to be done ----

    def run(self, pool):
        """Run what has no result, and enter what has."""
        for work in list(self.works.values()):
            self._enter_if_done(work)
        for (student, name), result in pool.each(self._calls()):
            work = self.works.get(student)
            if work is None:
                continue  # another notebook of this student has failed
            if isinstance(result, Exceeded):
                piece = work.sent.pieces[name]
                result = submission.zero(piece.notebook, str(result), steps.EXCEEDED)
                result = replace(result, key=work.keys[name])
            elif not isinstance(result, WorkerError) and result.key != work.keys[name]:
                result = WorkerError("it was run by another version of this course, or of Python")
            if isinstance(result, WorkerError):
                del self.works[student]
                self._failed(student, str(result))
                continue
            work.results[name] = result
            self._records(student).store_result(name, result.to_json())
            self._enter_if_done(work)

    def _calls(self):
        seconds = self.course.marking.limits.total + steps.GRACE
        for work in list(self.works.values()):
            for name in [name for name in work.keys if name not in work.results]:
                job, _ = self._job(work.student, work.sent.pieces[name], name)
                yield (work.student, name), Call(steps.EXECUTE, (job,), seconds)

    def _enter_if_done(self, work):
        if work.results.keys() != work.keys.keys():
            return
        begun = time.perf_counter()
        del self.works[work.student]
        try:
            self._enter(work)
        except MarkingError as error:
            self._failed(work.student, str(error))
        except Exception as error:  # one student's work costs nobody else anything
            self._failed(work.student, _unforeseen(error))
        self.outcome.writing += time.perf_counter() - begun

    def _enter(self, work):
        """Enter a student's results; their record comes last."""
        stored, student = self._records(work.student), work.student
        before = stored.load()
        with self.course.gradebook() as gradebook:
            given = by_hand.given(gradebook, self.assignment, student)
        if before is not None and given:
            stored.store({**before, "by_hand": given})
        kept = stored.remember()
        last = before or next(reversed(stored.history()), None)  # None before: it was killed
        stored.withdraw()
        for name, result in work.results.items():
            if stored.result(name, result.key) is None:
                stored.store_result(name, result.to_json())
        self.course.enter(self.assignment, student, work.sent, work.results)
        with self.course.gradebook() as gradebook:
            entered = scores.automatic(gradebook, self.assignment, student).get(student, {})
            standing = scores.standings(gradebook, self.assignment, student)[student]
        if last is not None and last["sent"] != work.sent.fingerprint:
            work.findings += by_hand.findings(given, entered)
        elif last is not None:
            work.findings += [f for f in map(Finding.from_dict, last["findings"]) if _is_given(f)]
        record = self._record(work, entered)
        stored.store(record, self._sent(work))
        if kept is not None and not records.differ(before, record):
            shutil.rmtree(kept)
        self.outcome.marked[student] = work.state
        self.say(self._line(work, record, standing))

    def _record(self, work, entered):
        findings = [*work.findings]
        for result in work.results.values():
            findings += [finding for finding in result.findings if finding not in findings]
        return {
            "student": work.student,
            "assignment": self.assignment,
            "state": work.state,
            "sent": work.sent.fingerprint,
            "timestamp": work.sent.timestamp,
            "marked": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC",
            "notebooks": {
                name: {
                    "key": work.keys[name],
                    "file": work.sent.pieces[name].sent,
                    "seconds": result.seconds,
                }
                for name, result in work.results.items()
            },
            "scores": entered,
            "tests": self.tests,
            "findings": [finding.to_dict() for finding in findings],
        }

    def _sent(self, work):
        """Return the notebooks as they were sent, and their time."""
        found = {}
        for name, piece in work.sent.pieces.items():
            if piece.sent is not None:
                path = self._folder(work.student) / piece.sent
                found[f"{name}.ipynb"] = path.read_bytes()
        if work.sent.timestamp:
            found[submission.TIMESTAMP] = work.sent.timestamp.encode()
        return found

    # ---- what is told ----

    def tell_strangers(self):
        """Tell of folders that nobody will mark under the name that they have."""
        self.outcome.strangers = self.course.strangers(self.assignment)
        for line in told_of(self.outcome.strangers):
            self.say(line)

    def ask_for_a_look(self, students):
        """Note who needs the teacher, of all who have marks."""
        with self.course.gradebook() as gradebook:
            standings = scores.standings(gradebook, self.assignment)
        for student in students:
            record = self._records(student).load()
            if record is not None and student not in self.outcome.failed:
                reason = self._reason(record, standings.get(student))
                if reason:
                    self.outcome.needs[student] = reason

    def _reason(self, record, standing):
        """Return why a teacher should look at a student's marks; None if there is no reason.

        What was given by hand asks for a look until points are entered again, a comment once.
        """
        if record["state"] in _PROBLEMS:
            return _PROBLEMS[record["state"]]
        found = standing.scores.values() if standing else ()
        is_open = {name for cells in found for name, score in cells.items() if score.is_open}
        is_new = record["student"] in self.outcome.marked
        said = [
            finding["text"].removesuffix(".")
            for finding in record["findings"]
            if finding["kind"] == by_hand.KIND and (is_new or finding["cell"] in is_open)
        ]
        return "; ".join(said) or None

    def _line(self, work, record, standing):
        done = len(self.outcome.marked) + len(self.outcome.failed)
        most = sum(points for cells in self.most.values() for points in cells.values())
        seconds = sum(result.seconds for result in work.results.values())
        count = len(record["findings"])
        said = [f"{round(standing.total, 2):g} of {most:g} points", *_lateness(standing)]
        said += [f"{seconds:.1f} s"]
        said += [f"{count} finding{'s' * (count > 1)}"] if count else []
        reason = self._reason(record, standing)
        said += [f"needs you: {reason}"] if reason else []
        width = len(str(self.total))
        return f"[{done:{width}}/{self.total}] {work.student}: {', '.join(said)}"

    def _failed(self, student, reason):
        self.outcome.failed[student] = reason
        self.say(f"{student}: NOT MARKED: {reason}")

    def _folder(self, student):
        return self.course.path("submitted", student, self.assignment)

    def _records(self, student):
        return records.Records(self.course.folder, self.assignment, student)


def told_of(strangers):
    """Say in lines that folders in ``submitted`` belong to no assignment."""
    return [f"{path}: no assignment has this name, so it is not marked" for path in strangers]


def _is_given(finding):
    return finding.kind == by_hand.KIND


def _lateness(standing):
    if standing.late <= 0:
        return []
    return [f"late ({standing.penalty:g} points off)" if standing.penalty else "late"]


def _unforeseen(error):
    """Say what happened that nobody thought of; the traceback goes to the one who can mend it."""
    traceback.print_exception(error, limit=-3)
    return writable(f"it could not be entered ({type(error).__name__}: {error}).")
