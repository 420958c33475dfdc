"""``cnn-lab demo-class``: a class that does not exist, from the lesson to the feedback."""

import os
import subprocess
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "demo-class",
        help="mark eight invented submissions, from the lesson to the feedback",
        description="Make a course folder with lesson 01 and eight invented submissions, mark them,"
        " write the feedback, and open it. Every command is shown as you would type it.",
    )
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("demo-class"),
        metavar="DIR",
        help="the course folder to make (default: demo-class)",
    )
    command.add_argument("--no-open", dest="open", action="store_false", help="only write it")
    command.add_argument(
        "--unsafe", action="store_true", help="mark without a sandbox, where there can be none"
    )
    command.add_argument(
        "--lessons", type=Path, metavar="FOLDER", help="where the complete lessons lie"
    )
    command.set_defaults(run=run)


class StepFailed(Exception):
    """A command of the way that did not do its work."""


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.classroom import demo, invented_class
    from cnn_lab.classroom.course import CourseError
    from cnn_lab.classroom.workbook import WorkbookError
    from cnn_lab.commands.workbook import find_lessons

    if find_spec("nbgrader") is None:
        print("nbgrader is missing: pip install 'cnn-lab[classroom]'", file=sys.stderr)
        return 1
    folder, name = options.folder, invented_class.ASSIGNMENT
    try:
        lessons = (options.lessons or find_lessons()).resolve()
        demo.prepare(folder)
        step(folder, "cnn-lab", "assignment", name, "--course", ".", "--lessons", str(lessons))
        step(folder, "nbgrader", "generate_assignment", name, "--force")
        demo.enter_class(folder)
        print(f"Eight students hand in: {folder / 'submitted'}", flush=True)
        invented_class.hand_in(folder)
        mark = ["--unsafe"] if options.unsafe else []
        # It says 1 when there is something that the teacher should look at, as there is here.
        step(folder, "cnn-lab", "mark", name, "--course", ".", *mark, allowed=(0, 1))
        step(folder, "nbgrader", "generate_feedback", name, "--force")
        rows = demo.results(folder)
        page = demo.write_page(folder, rows)
    except (CourseError, OSError, StepFailed, WorkbookError) as error:
        print(f"cnn-lab demo-class: {error}", file=sys.stderr)
        return 1
    print("\n".join(["", "What they have reached:", *demo.table(rows)]))
    print(f"\nThe feedback of each, and the teacher's report: {page}")
    if options.open and not webbrowser.open(page.resolve().as_uri()):
        print("No browser could be opened here: open the page yourself.")
    return int(any(row.points is None for row in rows))


def step(folder, program, *arguments, allowed=(0,)):
    """Run a command in the course folder, after showing it.

    Raises
    ------
    StepFailed
        If its exit status is not one of those allowed.
    """
    print(f"$ {' '.join([program, *arguments])}", flush=True)
    module = {"cnn-lab": "cnn_lab", "nbgrader": "nbgrader"}[program]
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": binaries + os.pathsep + os.environ.get("PATH", "")}
    quiet = ["--log-level=WARN"] if program == "nbgrader" else []
    command = [sys.executable, "-m", module, *arguments, *quiet]
    status = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    if status not in allowed:
        raise StepFailed(f"{program} {arguments[0]} has failed (exit status {status})")
