"""``cnn-lab assignment``: make the assignments of a class from lessons."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

SAYINGS = {
    "written": "written",
    "restored": "was missing: written again",
    "replaced": "there was a new version: taken over, you had not changed this one",
    "updated": "new version; the file as it was: {note}",
    "unchanged": "unchanged",
    "changed": "kept as you have changed it",
    "outdated": "kept as you have changed it; there is a new version",
    "handed out": "kept as it is handed out; there is a new version",
    "unrecorded": "kept; how it was written is not known, so it may be an older version",
    "foreign": "kept, but it lacks the lines of the course",
    "no exercises": "no assignment: {note}",
    "failed": "FAILED, left as it was: {note}",
}
WITH_POINTS = {"written", "restored", "replaced", "updated"}
OUTDATED = {"outdated", "handed out", "unrecorded"}
LINES = """\
Add these two lines to {file}, below the one with get_config():
  from cnn_lab.classroom import settings
  settings.apply(c, __file__)"""


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "assignment",
        help="make the assignments of a class from lessons, for nbgrader",
        description="Make or update a course folder for nbgrader: of each lesson the source of an"
        " assignment with points and hidden tests, the configuration, and a README with the way to"
        " the grades in five steps. An assignment that you have changed stays as it is.",
    )
    command.add_argument(
        "lessons_wanted",
        nargs="+",
        metavar="LESSON",
        help="a number (03), the beginning of a name, the path of a notebook, or all",
    )
    command.add_argument(
        "--course",
        type=Path,
        metavar="DIR",
        help="the course folder (default: course, or this folder if it is one)",
    )
    command.add_argument(
        "--update",
        action="store_true",
        help="write the new version of an assignment that you have changed or handed out; the file"
        " as it was is kept",
    )
    command.add_argument(
        "--lessons", type=Path, metavar="FOLDER", help="where the complete lessons lie"
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.classroom.course import CourseError, write_course
    from cnn_lab.classroom.workbook import WorkbookError
    from cnn_lab.commands.workbook import find_lessons

    folder = options.course or default_course()
    try:
        lessons = options.lessons or find_lessons()
        outcomes = write_course(folder, lessons, options.lessons_wanted, options.update)
    except (CourseError, WorkbookError) as error:
        print(f"cnn-lab assignment: {error}", file=sys.stderr)
        return 1
    for line in tell(folder, outcomes):
        print(line, flush=True)
    if find_spec("nbgrader") is None:
        print("nbgrader is missing: pip install 'cnn-lab[classroom]'", file=sys.stderr)
    states = {outcome.state for outcome in outcomes}
    return int("failed" in states or not states - {"no exercises"})


def default_course():
    """Return the course folder that is meant when none is named."""
    return Path() if Path("nbgrader_config.py").is_file() else Path("course")


def tell(folder, outcomes):
    """Say what became of the assignments, in lines.

    Parameters
    ----------
    folder : path
    outcomes : list of Outcome

    Returns
    -------
    list of str
    """
    width = max(len(outcome.name) for outcome in outcomes)
    where = "this folder" if folder == Path() else f"{folder}{os.sep}"
    lines = [f"Course in {where}:"]
    lines += [f"  {outcome.name:{width}}  {_saying(outcome)}" for outcome in outcomes]
    outdated = [o.name for o in outcomes if o.state in OUTDATED and o.name != "README.md"]
    if outdated:
        at = "" if folder == default_course() else f" --course {quote(str(folder))}"
        lines.append(
            f"For the new version, with the old file kept:"
            f" cnn-lab assignment {' '.join(outdated)}{at} --update"
        )
    if any(outcome.state == "foreign" for outcome in outcomes):
        lines += LINES.format(file=folder / "nbgrader_config.py").split("\n")
    new = [o.name for o in outcomes if o.state in WITH_POINTS and o.points]
    if new:
        change = "" if folder == Path() else f"cd {quote(str(folder))} && "
        force = " --force" * (folder / "release" / new[0]).is_dir()
        lines.append(
            f"What students get is made by: {change}nbgrader generate_assignment {new[0]}{force}"
        )
        lines.append(f"The way from there to the grades: {folder / 'README.md'}")
    return lines


def _saying(outcome):
    saying = SAYINGS[outcome.state].format(note=outcome.note)
    if outcome.state not in WITH_POINTS or not outcome.exercises:
        return saying
    exercises = f"{outcome.exercises} graded cell{'s' if outcome.exercises > 1 else ''}"
    return f"{saying}, {exercises}, {outcome.points:g} points"
