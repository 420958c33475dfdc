"""``cnn-lab workbook``: write the learner's copies of the lessons, and open them."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from shutil import which

SAYINGS = {
    "written": "written",
    "restored": "was missing: written again",
    "replaced": "there was a new version: taken over, you had not begun this one",
    "merged": "new version, with your work in it; the file as it was: {note}",
    "mended": "could not be read: written again; the damaged file: {note}",
    "unchanged": "unchanged",
    "begun": "kept as you have begun it",
    "outdated": "kept as you have begun it; there is a new version",
    "unrecorded": "kept; how it was written is not known, so it may be an older version",
    "failed": "FAILED, left as it was: {note}",
}
QUIET = {"unchanged", "begun"}
OUTDATED = {"outdated", "unrecorded"}


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "workbook",
        help="write your own copies of the lessons, to work in, and open them",
        description="Write your own copies of the lessons, without solutions, and open the first"
        " in JupyterLab. Given again, it adds what is new or missing. What you have begun stays as"
        " it is.",
    )
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="the workbook (default: workbook, or this folder if it is one)",
    )
    command.add_argument(
        "--update",
        action="append",
        default=[],
        metavar="LESSON",
        help="bring a lesson that you have begun to its new version, with your work in it: a number"
        " (03), the beginning of a name, or all; the file as it was is kept",
    )
    command.add_argument(
        "--lessons", type=Path, metavar="FOLDER", help="where the complete lessons lie"
    )
    opening = command.add_mutually_exclusive_group()
    opening.add_argument(
        "--open",
        action="store_true",
        default=None,
        help="open JupyterLab (the default in a terminal)",
    )
    opening.add_argument("--no-open", dest="open", action="store_false", help="only write")
    command.add_argument("--quiet", action="store_true", help="tell only what has changed")
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.classroom.workbook import WorkbookError, write_workbook

    folder = options.folder or default_folder()
    try:
        lessons = options.lessons or find_lessons()
        outcomes = write_workbook(folder, lessons, options.update)
    except WorkbookError as error:
        print(f"cnn-lab workbook: {error}", file=sys.stderr)
        return 1
    for line in tell(folder, outcomes, options.update, quiet=options.quiet):
        print(line, flush=True)
    failed = any(outcome.state == "failed" for outcome in outcomes)
    wanted = options.open
    if wanted is None:
        wanted = sys.stdin.isatty() and sys.stdout.isatty() and not failed
    there = [outcome.lesson for outcome in outcomes if (folder / outcome.lesson).is_file()]
    if wanted and there:
        return open_jupyterlab(folder, there[0]) or int(failed)
    if there and not options.quiet:
        print(f"To open it: {_command(folder)} --open")
    return int(failed)


def default_folder():
    """Return the workbook that is meant when none is named."""
    from cnn_lab.classroom.workbook import MARK

    return Path() if Path(MARK).is_dir() else Path("workbook")


def find_lessons():
    """Return the folder of the complete lessons: beside the package, or in the current folder."""
    from cnn_lab.classroom.workbook import WorkbookError

    beside = Path(__file__).parents[2] / "notebooks"
    for folder in (beside, Path("notebooks")):
        if any(folder.glob("*.ipynb")):
            return folder
    raise WorkbookError(
        "the lessons are not installed with the package. They are in the folder notebooks/ of the"
        " course; say where that lies: cnn-lab workbook --lessons FOLDER"
    )


def tell(folder, outcomes, update=(), *, quiet=False):
    """Say what became of the lessons, in lines.

    Parameters
    ----------
    folder : path
    outcomes : list of Outcome
    update : sequence of str
        What was asked to be updated.
    quiet : bool
        Whether to leave out what has not changed.

    Returns
    -------
    list of str
    """
    if quiet and all(outcome.state == "written" for outcome in outcomes):
        return [f"Your workbook is in {_name(folder)}: {len(outcomes)} lessons."]
    width = max(len(Path(outcome.lesson).stem) for outcome in outcomes)
    lines = [
        f"  {Path(outcome.lesson).stem:{width}}  {SAYINGS[outcome.state].format(note=outcome.note)}"
        for outcome in outcomes
        if not (quiet and outcome.state in QUIET)
    ]
    if lines:
        lines.insert(0, f"Workbook in {_name(folder)}:")
    for outcome in outcomes:
        if outcome.changed:
            names = ", ".join(re.sub(r"^l\d\d_", "", name) for name in outcome.changed)
            lines.append(f"{outcome.lesson}: look again at what has changed in {names}.")
    outdated = [outcome.lesson[:2] for outcome in outcomes if outcome.state in OUTDATED]
    if outdated:
        options = " ".join(f"--update {number}" for number in outdated)
        lines.append(
            f"To go on in the new version, with your work in it and the old file kept:"
            f" {_command(folder)} {options}"
        )
    if not quiet and all(outcome.state in QUIET for outcome in outcomes):
        lines.append("No newer version to update to." if update else "Nothing to do.")
    return lines


def open_jupyterlab(folder, lesson):
    """Open a lesson in JupyterLab, in the folder, until it is ended; return the exit status."""
    if find_spec("jupyterlab") is None:
        print(
            "JupyterLab, which shows the lessons, is missing: pip install 'cnn-lab[lab]'",
            file=sys.stderr,
        )
        return 1
    command = [sys.executable, "-m", "jupyterlab", lesson]
    if hasattr(os, "getuid") and os.getuid() == 0:
        print("You are root, which JupyterLab must be told: adding --allow-root.")
        command.append("--allow-root")
    binaries = str(Path(sys.executable).parent)
    environment = {
        "JUPYTER_PREFER_ENV_PATH": "1",
        **os.environ,
        "PATH": binaries + os.pathsep + os.environ.get("PATH", ""),
    }
    print(f"Opening {lesson} in JupyterLab; Ctrl-C in this window ends it.", flush=True)
    process = subprocess.Popen(command, cwd=folder, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab got it too, and asks whether it is meant
            continue


def _name(folder):
    return f"{folder}{os.sep}" if folder != Path() else "this folder"


def _command(folder):
    """Return the command for this workbook, in the form in which it was given."""
    program = sys.argv[0]
    if Path(program).name == "__main__.py":  # python -m cnn_lab
        program = os.path.relpath(sys.executable)
        program = f"{sys.executable if program.startswith('..') else program} -m cnn_lab"
    elif which("cnn-lab") or not Path(program).is_file():
        program = "cnn-lab"
    return f"{program} workbook" + ("" if folder == default_folder() else f" {quote(str(folder))}")
