"""``cnn-lab hub``: write an example of a JupyterHub for a class."""

import sys
from importlib.util import find_spec
from pathlib import Path
from shlex import quote


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "hub",
        help="write an example of a JupyterHub for a class",
        description="Write the configuration of a JupyterHub on which students fetch assignments,"
        " hand in and get their feedback through nbgrader's exchange, and a README with the way"
        " from trying it out to a class. A file that is there already stays as it is.",
    )
    command.add_argument("folder", type=Path, metavar="DIR", help="where the hub keeps its files")
    command.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the course folder (default: this folder)",
    )
    command.add_argument(
        "--teacher", default="teacher", metavar="NAME", help="the teacher's account"
    )
    command.add_argument(
        "--student",
        action="append",
        default=[],
        metavar="NAME",
        help="a student's account; can be given several times (default: ada and bob)",
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    try:
        from cnn_lab.classroom.hub.example import HubError, write_hub
        from cnn_lab.classroom.marking.gradebook import Course, MarkingError
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("cnn_lab"):
            raise
        print(f"cnn-lab hub needs {error.name}: pip install 'cnn-lab[classroom]'", file=sys.stderr)
        return 1
    try:
        course = Course(options.course)
        written = write_hub(
            options.folder,
            options.course,
            course.folders.course_id,
            teachers=[options.teacher],
            students=options.student or ["ada", "bob"],
        )
    except (HubError, MarkingError) as error:
        print(f"cnn-lab hub: {error}", file=sys.stderr)
        return 1
    for name, new in written.items():
        print(f"  {name:40}{'written' if new else 'kept as it is'}")
    print(f"How to go on: {options.folder / 'README.md'}")
    missing = [
        package
        for package, module in (
            ("jupyterhub", "jupyterhub"),
            ("configurable-http-proxy", "configurable_http_proxy"),
        )
        if find_spec(module) is None
    ]
    if missing:
        print(f"To start it you need: pip install {' '.join(missing)}")
    else:
        trial = options.folder / "trial_config.py"
        print(f"To try it out: jupyterhub -f {quote(str(trial))}")
    return 0
