"""``cnn-lab mark``: mark what a class has handed in."""

import sys
from argparse import ArgumentTypeError
from math import inf
from pathlib import Path


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "mark",
        help="mark what a class has handed in",
        description="Mark what students have handed in for assignments: read and repair it, run it"
        " in a sandbox, judge it, and enter the points into nbgrader's gradebook. Given again, it"
        " marks what is new, and goes on where it was interrupted.",
        epilog="The exit status is 0 if all have their points, 1 if something needs you.",
    )
    command.add_argument(
        "assignments",
        nargs="+",
        metavar="ASSIGNMENT",
        help="its name, or a beginning that fits no other one",
    )
    command.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the course folder (default: this folder)",
    )
    command.add_argument(
        "--student",
        action="append",
        default=[],
        metavar="STUDENT",
        help="mark only this one; can be given several times",
    )
    command.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="how many at a time (default: as many as there are cores)",
    )
    command.add_argument(
        "--again", action="store_true", help="run what has its points already once more"
    )
    command.add_argument(
        "--seconds",
        type=_positive,
        metavar="S",
        help="time limit of a student's cell (c.Marking.cell in nbgrader_config.py, or 10)",
    )
    command.add_argument(
        "--unsafe",
        action="store_true",
        default=None,
        help="run without a sandbox what students have written: it can then read and change"
        " whatever you can",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="let the workers of a Dask scheduler do it: tcp://host:8786",
    )
    command.add_argument("--quiet", action="store_true", help="tell only what needs you")
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.classroom.course import CourseError, assignments_meant

    try:
        names = assignments_meant(options.course, options.assignments)
    except CourseError as error:
        print(f"cnn-lab mark: {error}", file=sys.stderr)
        return 1
    try:
        from cnn_lab.classroom.marking.gradebook import Course, MarkingError
        from cnn_lab.classroom.marking.marking import mark
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("cnn_lab"):
            raise
        print(f"cnn-lab mark needs {error.name}: pip install 'cnn-lab[classroom]'", file=sys.stderr)
        return 1
    say = (lambda text: None) if options.quiet else (lambda text: print(text, flush=True))
    needs_teacher = False
    try:
        course = Course(options.course, unsafe=options.unsafe, cell=options.seconds)
        for assignment in names:
            say(f"{assignment}:")
            outcome = mark(
                course,
                assignment,
                students=options.student,
                jobs=options.jobs,
                again=options.again,
                scheduler=options.scheduler,
                say=say,
            )
            for line in tell(outcome, quiet=options.quiet):
                print(line, flush=True)
            needs_teacher |= outcome.needs_teacher
    except MarkingError as error:
        print(f"cnn-lab mark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Nothing is lost: the same command goes on.", file=sys.stderr)
        return 130
    return int(needs_teacher)


def tell(outcome, *, quiet=False):
    """Say in lines how the marking of an assignment went.

    Parameters
    ----------
    outcome : Outcome
    quiet : bool
        Whether to tell only what needs the teacher.

    Returns
    -------
    list of str
    """
    from cnn_lab.classroom.marking.marking import told_of

    if quiet and not outcome.needs_teacher:
        return []
    lines = []
    if quiet:  # otherwise these were told on the way
        lines += told_of(outcome.strangers)
        lines += [f"{name}: NOT MARKED: {why}" for name, why in sorted(outcome.failed.items())]
    told = set() if quiet else {*outcome.marked}
    needs = {name: why for name, why in sorted(outcome.needs.items()) if name not in told}
    lines += [f"{name}: needs you: {why}" for name, why in needs.items()]
    said = [f"{len(outcome.marked)} marked"]
    said += [f"{len(outcome.unchanged)} unchanged"] if outcome.unchanged else []
    said += [f"{len(outcome.failed)} NOT MARKED"] if outcome.failed else []
    return [*lines, f"{', '.join(said)}, in {outcome.seconds:.0f} s. Report: {outcome.report}"]


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a whole number from 1 is needed")
    return int(text)


def _positive(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < inf:
        raise ArgumentTypeError("a number of seconds above 0 is needed")
    return seconds
