"""The command line: ``cnn-lab``, also ``python -m cnn_lab``."""

import argparse
import sys
from pathlib import Path

from cnn_lab import __version__


def main(arguments=None):
    """Run one command.

    Parameters
    ----------
    arguments : list of str, optional
        The words after the program's name; those of the process when left out.

    Returns
    -------
    int
        The exit status: 0 when all went well.
    """
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser():
    parser = argparse.ArgumentParser(
        prog="cnn-lab",
        description="Convolutional networks from nothing but NumPy: a course and its code.",
    )
    parser.add_argument("--version", action="version", version=f"cnn-lab {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in _COMMANDS:
        add(commands)
    return parser


def _add_notebooks(commands):
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
    command.set_defaults(run=_run_notebooks)


def _run_notebooks(options):
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


# Each adds one command, whose `run` takes the parsed options and returns the exit status.
_COMMANDS = [_add_notebooks]

if __name__ == "__main__":
    sys.exit(main())
