"""``cnn-lab notebooks``: execute lessons and bring them into their stored form."""

import sys
from pathlib import Path


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "notebooks",
        help="execute lessons and bring them into their stored form",
        description="Execute lessons and bring them into their stored form. A lesson with a failing"
        " cell is left as it was. A second run changes nothing.",
    )
    command.add_argument(
        "lessons",
        nargs="*",
        metavar="LESSON",
        help="a number (03), the beginning of a name, or a path; all lessons when left out",
    )
    command.add_argument(
        "--folder",
        type=Path,
        default=Path("notebooks"),
        help="where the lessons lie (default: %(default)s)",
    )
    command.add_argument(
        "--no-execute",
        dest="execute",
        action="store_false",
        help="only bring into the stored form: enough after a change of prose",
    )
    command.add_argument(
        "--timeout",
        type=float,
        default=600,
        metavar="SECONDS",
        help="time limit of one cell (default: %(default)g)",
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    try:
        from cnn_lab.classroom import notebooks
    except ModuleNotFoundError as error:
        print(f"cnn-lab notebooks needs {error.name}: pip install 'cnn-lab[test]'", file=sys.stderr)
        return 1
    try:
        paths = notebooks.find_lessons(options.folder, options.lessons)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    failed = 0
    for path in paths:
        try:
            changed = notebooks.refresh(path, execute=options.execute, timeout=options.timeout)
        except notebooks.NotebookError as error:
            failed += 1
            print(f"{path}: FAILED, left as it was\n{error}\n", file=sys.stderr, flush=True)
        else:
            print(f"{path}: {'written' if changed else 'unchanged'}", flush=True)
    return 1 if failed else 0
