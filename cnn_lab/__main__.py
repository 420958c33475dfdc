"""The command line: ``cnn-lab``, also ``python -m cnn_lab``."""

import argparse
import sys

from cnn_lab import __version__
from cnn_lab.commands import (
    assignment,
    demo_class,
    grades,
    hub,
    mark,
    notebooks,
    progress,
    train,
    workbook,
)

_COMMANDS = (workbook, progress, train, notebooks, assignment, mark, grades, demo_class, hub)


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
    for command in _COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
