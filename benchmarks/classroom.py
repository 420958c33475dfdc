"""Measure how long it takes to mark a class.

    python benchmarks/classroom.py                                     200 students, printed
    python benchmarks/classroom.py --output benchmarks/classroom.md    and written
    python benchmarks/classroom.py --students 20 --lesson 03 --jobs 4

Prints a page of Markdown, and on the standard error how far it is. Let nothing else run meanwhile.

The submissions are generated: for each exercise a student has the lesson's solution, one of the
mistakes of the check's catalogue, an error, an endless loop, or has not begun.
"""

import argparse
import ast
import copy
import json
import logging
import random
import shlex
import statistics
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path

from measure import machine

from cnn_lab.checks import EXERCISES
from cnn_lab.checks.mistakes import replaced
from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.course import write_course
from cnn_lab.classroom.ipynb import grading, parse, to_text
from cnn_lab.classroom.learners_copy import BEGIN, END
from cnn_lab.classroom.marking.gradebook import Course
from cnn_lab.classroom.marking.marking import mark

LESSONS = Path(__file__).parents[1] / "notebooks"
# What became of an exercise, and how often in a hundred.
KINDS = {"right": 60, "mistake": 25, "not begun": 10, "error": 4, "endless loop": 1}
WORDS = """\
"Seconds of a submission" is from the start of its kernel to the last verdict, while the other jobs
run, too. "Entering" is the time in which the one process that writes into the gradebook had the
results of a submission and was busy with them: nbgrader's own steps, records and history."""


def answers_of(source):
    """Return for each exercise what can be handed in: kind -> list of cell texts.

    Parameters
    ----------
    source : dict
        The source notebook of the assignment.

    Returns
    -------
    dict of str to dict
        By the solution cell's grade id.
    """
    found, solution = {}, None
    for cell in source["cells"]:
        if grading(cell).get("solution") and cell["cell_type"] == "code":
            solution = cell
        check = graded_cells.read(cell["source"]) if grading(cell).get("grade") else None
        if check and solution:
            found[grading(solution)["grade_id"]] = variants(solution["source"], check.name)
            solution = None
    return found


def variants(text, name):
    """Return the texts of a cell, by kind, from the one with the solution."""
    lines = [line for line in text.split("\n") if line.strip() not in (BEGIN, END)]
    right = "\n".join(lines)
    function = next((s for s in ast.parse(right).body if isinstance(s, ast.FunctionDef)), None)
    kinds = {"right": [right], "mistake": [], "not begun": [None], "error": ["1 / 0"]}
    for mistake in getattr(EXERCISES[name], "mistakes", ()):
        with suppress(ValueError, SyntaxError):
            if isinstance(mistake.wrong, dict):
                changed = replaced(right, mistake.wrong)
                ast.parse(changed)
                kinds["mistake"].append(changed)
    if function:
        head = f"def {function.name}({ast.unparse(function.args)}):\n    "
        kinds["endless loop"] = [f"{head}while True:\n        pass"]
        kinds["error"] = [f"{head}return no_such_name"]
    return kinds


def submission(release, answers, chance):
    """Return a student's notebook, and a list of what became of its exercises."""
    notebook, became = copy.deepcopy(release), []
    for cell in notebook["cells"]:
        kinds = answers.get(grading(cell).get("grade_id"))
        if kinds:
            [kind] = chance.choices([*KINDS], KINDS.values())
            kind = kind if kinds.get(kind) else "right"
            text = chance.choice(kinds[kind])
            cell["source"] = cell["source"] if text is None else text
            became.append(kind)
    return notebook, became


def make_class(folder, options):
    """Make a course with everything handed in; return the assignment, and what became of all."""
    outcomes = write_course(folder, LESSONS, [options.lesson])
    name = outcomes[0].name
    generate(folder, name)
    path = Path(name, f"{name}.ipynb")
    source, release = (parse((folder / step / path).read_bytes()) for step in ("source", "release"))
    answers, chance, counts = answers_of(source), random.Random(options.seed), Counter()
    for number in range(options.students):
        notebook, became = submission(release, answers, chance)
        counts.update(became)
        target = folder / "submitted" / f"student-{number:03d}" / path
        target.parent.mkdir(parents=True)
        target.write_text(to_text(notebook), encoding="utf-8")
    return name, counts


def generate(folder, assignment):
    """Do what ``nbgrader generate_assignment`` does."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    course = Course(folder)
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    directory = CourseDirectory(
        config=course.config, root=str(folder), assignment_id=assignment, student_id="."
    )
    GenerateAssignment(coursedir=directory, config=course.config).start()


def measure(options, say):
    """Make a class and mark it; return what was seen, as a dict."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "course"
        assignment, counts = make_class(folder, options)
        say(f"{options.students} submissions of {assignment} are there")
        course = Course(folder, unsafe=options.unsafe or None)
        outcome = mark(course, assignment, jobs=options.jobs, say=say)
        begun = time.perf_counter()
        again = mark(course, assignment, jobs=options.jobs, say=say)
        records = [json.loads(p.read_text()) for p in (folder / "marking").rglob("record.json")]
        return {
            "assignment": assignment,
            "counts": counts,
            "outcome": outcome,
            "again": time.perf_counter() - begun,
            "unchanged": len(again.unchanged),
            "seconds": [sum(n["seconds"] for n in r["notebooks"].values()) for r in records],
            "machine": machine.facts(),
        }


def page(seen, options, command, seconds):
    """Return the page."""
    outcome, each = seen["outcome"], seen["seconds"]
    facts = {**seen["machine"], "nbgrader": machine.version("nbgrader")}
    del facts["PyTorch"]
    marked, total = len(outcome.marked), outcome.seconds
    per_minute = 60 * marked / total
    rows = {
        "submissions": f"{marked} of {options.students}",
        "at a time": f"{options.jobs}",
        "seconds in all": f"{total:.0f}",
        "seconds in all, by submissions": f"{total / marked:.2f}",
        "submissions a minute": f"{per_minute:.1f}",
        "seconds of a submission: median": f"{statistics.median(each):.1f}",
        "seconds of a submission: longest": f"{max(each):.1f}",
        "entering a submission, in seconds": f"{outcome.writing / marked:.2f}",
        "entering, share of all": f"{outcome.writing / total:.1%}",
        "marking once more, seconds": f"{seen['again']:.0f} ({seen['unchanged']} unchanged)",
    }
    lines = ["# Marking a class, measured", ""]
    lines += [f"Made by `{command}` in {seconds:.0f} s; do not edit.", ""]
    lines += ["|  |  |", "| --- | --- |"]
    lines += [f"| {key} | {value} |" for key, value in facts.items()]
    lines += ["", f"## {seen['assignment']}", "", WORDS, "", "|  |  |", "| --- | ---: |"]
    lines += [f"| {key} | {value} |" for key, value in rows.items()]
    lines += ["", "## What was handed in", "", "| exercises | number |", "| --- | ---: |"]
    lines += [f"| {kind} | {seen['counts'][kind]} |" for kind in KINDS]
    return "\n".join(lines) + "\n"


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--students", type=int, default=200)
    made.add_argument("--lesson", default="01", help="a number")
    made.add_argument("--jobs", type=int, default=2, help="how many at a time")
    made.add_argument("--seed", type=int, default=0, help="of what is handed in")
    made.add_argument("--unsafe", action="store_true", help="without a sandbox")
    made.add_argument("--output", type=Path, help="a file to write the page to")
    return made


def main(arguments=None):
    """Measure, print, and write if asked to; return the exit code."""
    options = parser().parse_args(arguments)
    warnings.simplefilter("ignore")  # nbgrader's use of SQLAlchemy
    begun = time.perf_counter()

    def say(text):
        print(f"[{time.perf_counter() - begun:4.0f} s] {text}", file=sys.stderr, flush=True)

    seen = measure(options, say)
    command = shlex.join(["python", "benchmarks/classroom.py", *(arguments or sys.argv[1:])])
    text = page(seen, options, command, time.perf_counter() - begun)
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return int(len(seen["outcome"].marked) != options.students)


if __name__ == "__main__":
    sys.exit(main())
