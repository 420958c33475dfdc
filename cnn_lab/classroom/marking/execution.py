"""Run one repaired notebook in a kernel, judge its checks, and say what happened.

What a submission does is contained in its kernel; here only limited messages arrive. Whatever it
does, there is a `Result` in bounded time: a cell that takes too long is interrupted, a kernel that
cannot be interrupted is ended. A kernel that dies takes its cell's points with it, and no others: a
fresh one runs the cells before, without the fatal one, and goes on behind it. Checks that were
judged already are not asked again. After `KERNELS` kernels, or when the whole time is up, the rest
counts nothing.
"""

import asyncio
import copy
import json
import threading
import time
from dataclasses import replace
from pathlib import PurePosixPath

from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.ipynb import grading
from cnn_lab.classroom.marking import harmless, judging_cells, kernels, sandbox
from cnn_lab.classroom.marking.conversation import Conversation, KernelEnded, KernelNotStarted
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.jobs import Job, Result
from cnn_lab.classroom.marking.shown import Shown, error

__all__ = ["Job", "Result", "execute", "prepare"]

KERNELS = 3  # one, and two more after cells that ended theirs
MARGIN = 10.0  # seconds that a kernel has beyond the whole time
SKIPPED = {
    "output_type": "stream",
    "name": "stdout",
    "text": "This cell takes long, and no exercise needs it: it is not run while marking.\n",
}
_BEGIN = (
    "__import__('cnn_lab.classroom.marking.in_kernel', fromlist=['prepare'])"
    ".prepare(get_ipython(), {most})"
)


def prepare():
    """Do what every execution needs and what a process and its forks need to do only once."""
    sandbox.prepare()


def execute(job):
    """Run a submission, and judge its checks.

    Parameters
    ----------
    job : Job

    Returns
    -------
    Result
        For everything that a submission can do, after ``job.limits.total`` seconds and a few more.

    Raises
    ------
    conversation.KernelNotStarted
        If this machine starts no kernel.
    conversation.MachineFull
        If this machine has no memory left, whatever the submission did.
    """
    start = time.monotonic()
    files = {name: content for name, content in job.files.items() if _stays_inside(name)}
    run = _Run(job, files, start + job.limits.total)
    for name in sorted(job.files.keys() - files.keys()):
        run.findings.append(Finding("file", f"The file {harmless.text(name)[:200]} was left out."))
    _to_the_end(run.all())
    notebook = copy.deepcopy({k: v for k, v in job.notebook.items() if k != "cells"})
    notebook.get("metadata", {}).pop("widgets", None)
    notebook |= {"cells": run.cells, "nbformat": 4, "nbformat_minor": 5}
    seconds = round(time.monotonic() - start, 2)
    fault = _why_invalid(notebook)
    if fault:
        return _nothing(job, run.findings, seconds, fault)
    return Result(job.key, notebook, tuple(run.findings), seconds)


def _why_invalid(notebook):
    """Tell what would keep a notebook from being written and read, or None."""
    from nbformat.validator import iter_validate

    try:
        json.dumps(notebook, ensure_ascii=False, allow_nan=False).encode("utf-8")
        fault = next(iter_validate(notebook), None)
    except (RecursionError, TypeError, ValueError) as error:
        fault = error
    return fault and " ".join(str(fault).split())[:200]


def _nothing(job, findings, seconds, fault):
    """Return the result of a notebook that what it showed has made invalid."""
    from cnn_lab.classroom.marking.submission import zero

    sentence = f"What this notebook shows makes it invalid, so it counts nothing: {fault}"
    result = zero(job.notebook, harmless.text(sentence), "invalid")
    return replace(
        result, key=job.key, findings=(*findings, *result.findings), seconds=seconds
    )


class _Run:
    """The way through one notebook."""

    def __init__(self, job, files, deadline):
        self.job, self.findings, self._deadline = job, [], deadline
        self._files, self._fatal, self._slow_lesson = files, set(), False
        self._source = {_name(cell): cell for cell in job.source["cells"]}
        self.cells = [_cleared(cell) for cell in job.notebook["cells"]]

    async def all(self):
        """Deal with every cell."""
        position, reason = 0, None
        for _ in range(KERNELS):
            if position == len(self.cells) or self._left() <= 0:
                break
            try:
                position, reason = await self._with_a_kernel(position)
            except KernelNotStarted as fault:
                if not self._files:
                    raise
                self._without_files(fault)
                position, reason = await self._with_a_kernel(position)
        if position < len(self.cells):
            self._give_up(position, reason)

    async def _with_a_kernel(self, position):
        """Go on at a cell, in a fresh kernel.

        Returns
        -------
        (int, str or None)
            The position of the next cell, and why the kernel ended before.
        """
        # The end of the whole time is told here; the watchdog is there for the case of need.
        limits = replace(self.job.limits, total=max(self._left(), 1.0) + MARGIN)
        manager = kernels.manager_class(limits, self._files, self.job.sandbox)()
        begin = _BEGIN.format(most=limits.output + 1)
        current, again = 0, position
        try:
            async with Conversation(manager, begin) as kernel:
                for current, cell in enumerate(self.cells):
                    if self._left() <= 0:
                        return max(current, again), None
                    if current < again:
                        await self._repeat(kernel, cell, current)
                    else:
                        await self._cell(kernel, cell)
        except KernelEnded as ended:
            self._died(self.cells[current], current, str(ended))
            return max(current + 1, again), str(ended)
        return len(self.cells), None

    async def _repeat(self, kernel, cell, number):
        """Run a cell once more, for what it leaves behind in the kernel."""
        if self._is_run(cell) and not self._check(cell) and number not in self._fatal:
            await kernel.run(cell["source"], self._seconds(cell), Shown(0))

    async def _cell(self, kernel, cell):
        if not self._is_run(cell):
            if self._is_skipped(cell):
                cell["outputs"] = [copy.deepcopy(SKIPPED)]
            return
        check = self._check(cell)
        if check:
            await self._judge(kernel, cell, check)
        else:
            await self._execute(kernel, cell)

    # ---- cells that are run ----

    def _is_run(self, cell):
        has_code = cell["cell_type"] == "code" and bool(cell["source"].strip())
        return has_code and not self._is_skipped(cell)

    def _is_skipped(self, cell):
        """Tell whether the course says that a cell is not run while marking."""
        source = self._source.get(_name(cell), cell)
        course = source["metadata"].get("cnn_lab")
        skip = isinstance(course, dict) and course.get("marking") == "skip"
        return skip and cell["cell_type"] == "code"

    async def _execute(self, kernel, cell):
        shown, seconds = Shown(self.job.limits.output), self._seconds(cell)
        cell["outputs"] = shown.outputs
        reply = await kernel.run(cell["source"], seconds, shown)
        cell["execution_count"] = harmless.count(reply.content.get("execution_count"))
        if shown.dropped:
            self._note(cell, "output", f"It showed more than is kept ({self.job.limits.output:,} "
                       "characters); the rest was dropped.")
        if reply.state == "interrupted":
            self._timed_out(cell, seconds)
        elif reply.state == "error":
            self._raised(cell, reply.content)

    def _timed_out(self, cell, seconds):
        self._slow_lesson |= not self._is_own(cell)
        sentence = f"This cell was not finished after {seconds:.3g} seconds, and was interrupted."
        cell["outputs"][:] = [o for o in cell["outputs"] if o["output_type"] != "error"]
        cell["outputs"].append(error("CellTimeoutError", sentence))
        self._note(cell, "timeout", sentence, "warning")

    def _raised(self, cell, content):
        name = harmless.text(content.get("ename"))[:100]
        if not any(output["output_type"] == "error" for output in cell["outputs"]):
            message = harmless.text(content.get("evalue"))[:2000]
            cell["outputs"].append(error(name, message))
        if name == "MemoryError":
            sentence = "The cell asks for more memory than it may have (MemoryError)."
            self._note(cell, "memory", sentence)
        elif self._is_own(cell) and not grading(cell).get("grade"):
            self._note(cell, "error", f"The cell raises {name}.")

    def _seconds(self, cell):
        limits = self.job.limits
        short = self._is_own(cell) or self._slow_lesson
        return min(limits.cell if short else limits.lesson_cell, max(self._left(), 0.1))

    def _is_own(self, cell):
        """Tell whether a cell is the student's, added, changed or a solution, or tests theirs."""
        source = self._source.get(_name(cell))
        if source is None or source["source"] != cell["source"]:
            return True
        return bool(grading(source).get("solution") or grading(source).get("grade"))

    # ---- checks ----

    def _check(self, cell):
        """Return the `GradedCell` of a cell that is judged here, or None."""
        source = self._source.get(_name(cell))
        if source is None or not grading(source).get("grade") or source["cell_type"] != "code":
            return None
        found = graded_cells.read(source["source"])
        if not judging_cells.can_judge(found):
            return None
        points = grading(source).get("points")
        return replace(found, points=points if isinstance(points, (int, float)) else 0)

    async def _judge(self, kernel, cell, check):
        expression = judging_cells.request(check, self.job.seed)
        answer = await kernel.ask(expression, min(judging_cells.PATIENCE, max(self._left(), 0.1)))
        output, findings = judging_cells.judged(check, answer, self.job.seed)
        self.findings += [replace(finding, cell=_name(cell)) for finding in findings]
        cell["outputs"] = [output]

    def _unjudged(self, cell, sentence):
        check = self._check(cell)
        if check:
            cell["outputs"] = [judging_cells.not_judged(check, sentence)]
        else:
            cell.setdefault("outputs", []).append(error("DeadKernelError", sentence))

    # ---- ends ----

    def _without_files(self, fault):
        self._files = {}
        sentence = f"With the files that were sent {fault}. They were left out."
        self.findings.append(Finding("file", sentence, weight="warning"))

    def _died(self, cell, number, reason):
        self._fatal.add(number)
        sentence = f"The kernel died while this cell ran. {reason}"
        if not cell.get("outputs") or not self._check(cell):
            self._unjudged(cell, sentence)
        self._note(cell, "kernel died", sentence, "warning")

    def _give_up(self, position, reason):
        if self._left() <= 0:
            seconds = self.job.limits.total
            reason = f"The time for the whole notebook, {seconds:g} seconds, was up."
        else:
            reason = f"The kernel died {KERNELS} times, at last for this reason: {reason}"
        rest = [cell for cell in self.cells[position:] if self._is_run(cell)]
        for cell in rest:
            self._unjudged(cell, f"This cell was not reached. {reason}")
        if rest:
            self._note(rest[0], "not reached", f"From here on nothing was run. {reason}", "warning")

    def _left(self):
        return self._deadline - time.monotonic()

    def _note(self, cell, kind, text, weight="note"):
        self.findings.append(Finding(kind, text, _name(cell), weight))


def _name(cell):
    """Return by what a cell is known: its grade id, or its id."""
    name = grading(cell).get("grade_id") or cell.get("id")
    return name if isinstance(name, str) else None


def _cleared(cell):
    cell = copy.deepcopy(cell)
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None
    return cell


def _stays_inside(name):
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _to_the_end(coroutine):
    """Run a coroutine, also where the calling thread is busy with others."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    outcome = []

    def work():
        try:
            outcome.append((asyncio.run(coroutine), None))
        except BaseException as fault:
            outcome.append((None, fault))

    thread = threading.Thread(target=work, name="execution")
    thread.start()
    thread.join()
    value, fault = outcome[0]
    if fault is not None:
        raise fault
    return value
