"""Work through the workbook: run every lesson unsolved, then solve it with the official solutions.

``python tests/workbook_run.py 03 04`` takes some lessons, without numbers all of them. Each is
written as `cnn-lab workbook` does it and run from top to bottom: no cell may raise, and every check
must say "not attempted". Then the solutions and their checks run in the same kernel: every check
must say "right", and the notes in the workbook must agree. It takes as long as the lessons do.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from cnn_lab.checks import EXERCISES
from cnn_lab.checks.progress import FOLDER, MARK, read_note
from cnn_lab.classroom.notebooks import NotebookError, find_lessons, run
from cnn_lab.classroom.workbook import write_workbook

LESSONS = Path(__file__).parents[1] / "notebooks"
CALL = re.compile(r"^checks\.(\w+)\(", re.MULTILINE)
# The report of the cell before, whatever the lesson calls "_".
ASK = """\
_report = Out.get(len(In) - 2)
print(getattr(_report, "name", "no report"), getattr(_report, "state", ""))"""
NOTES = f"import pathlib\nprint(*(p.stem for p in pathlib.Path('{MARK}/{FOLDER}').glob('*.json')))"


class Fault(Exception):
    """What is wrong with a lesson."""


def main(arguments=None):
    """Try the lessons, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="a number, such as 03")
    parser.add_argument("--timeout", type=float, default=600, help="of one cell, in seconds")
    options = parser.parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        lessons = find_lessons(LESSONS, options.lessons)
    except FileNotFoundError as error:
        parser.error(str(error))
    faulty = checks = 0
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "workbook"
        write_workbook(workbook, LESSONS)
        for path in lessons:
            start = time.perf_counter()
            try:
                cells, right = work_through(path, workbook, options.timeout)
                told = f"{cells} cells ran unsolved, then {right} of {right} checks were right"
                checks += right
            except Fault as fault:
                faulty += 1
                told = f"FAILED: {fault}"
            print(f"{path.stem:32} {told} ({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"{len(lessons) - faulty} of {len(lessons)} lessons, {checks} checks: workbook in order")
    return 1 if faulty else 0


def work_through(path, workbook, timeout=600):
    """Run one lesson of a workbook, solve it, and return how many cells and checks there are.

    Raises
    ------
    Fault
        At the first thing that is not as it should be.
    """
    copied = nbformat.read(workbook / path.name, as_version=4)
    official = nbformat.read(path, as_version=4)
    names = [name for cell in official.cells for name in check_names(cell)]
    graded = [cell for cell in official.cells if grading(cell).get("grade")]
    if len(names) != len(graded):
        raise Fault(f"{len(graded)} cells are checks, of which {len(names)} call checks.<name>")
    missing = {n for n, each in EXERCISES.items() if each.lesson == path.stem[:2]} - {*names}
    if missing:
        raise Fault(f"no cell calls {', '.join(sorted(missing))}")
    asked = Questions(copied)
    asked.add(copied.cells)
    notes = asked.ask(NOTES)
    asked.add(cell for cell in official.cells if grading(cell))
    try:
        asked.run(workbook, timeout)
    except NotebookError as error:
        raise Fault(str(error)) from error
    half = len(asked.reports) // 2
    expect(names, asked.reports[:half], "not attempted")
    left = set(notes().split()) & set(names)
    if left:
        raise Fault(f"not attempted, but there are notes: {', '.join(sorted(left))}")
    expect(names, asked.reports[half:], "right")
    known = {name: read_note(workbook / MARK / FOLDER / f"{name}.json") for name in names}
    unequal = [n for n, each in known.items() if (each.state, each.best) != ("right", 1.0)]
    if unequal:
        raise Fault(f"right, but the notes say otherwise: {', '.join(unequal)}")
    return len(copied.cells), len(names)


class Questions:
    """A notebook that is run once, with cells of our own between those of a lesson."""

    def __init__(self, like):
        self.notebook = nbformat.v4.new_notebook(metadata=like.metadata)
        self._reports = []

    def add(self, cells):
        """Add the code cells, and after every check a question what it has said."""
        for cell in cells:
            if cell.cell_type == "code":
                self.notebook.cells.append(new_code_cell(cell.source))
                if check_names(cell):
                    self._reports.append(self.ask(ASK))

    def ask(self, source):
        """Add a cell, and return a function that tells what it has printed."""
        place = len(self.notebook.cells)
        self.notebook.cells.append(new_code_cell(source))
        return lambda: "".join(o.get("text", "") for o in self.notebook.cells[place].outputs)

    def run(self, folder, timeout):
        """Run all cells in one kernel, in the folder."""
        self.notebook = run(self.notebook, folder, timeout=timeout)

    @property
    def reports(self):
        """Pairs of name and state, one for every check that was run."""
        return [tuple(told().strip().split(" ", 1)) for told in self._reports]


def expect(names, found, state):
    """Compare what the checks said, in the order of the lesson, with what they should say."""
    wrong = [
        f"{name}: {' '.join(said)}"
        for name, said in zip(names, found, strict=True)
        if said != (name, state)
    ]
    if wrong:
        raise Fault(f"not all are {state}: {'; '.join(wrong)}")


def check_names(cell):
    """Return the names of the checks that a check cell calls."""
    return CALL.findall(cell.source) if grading(cell).get("grade") else []


def grading(cell):
    """Return the nbgrader metadata of a cell."""
    return cell.metadata.get("nbgrader", {})


if __name__ == "__main__":
    sys.exit(main())
