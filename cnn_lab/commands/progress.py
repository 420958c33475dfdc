"""``cnn-lab progress``: which exercises are right so far."""

import sys
from pathlib import Path


def add(commands):
    """Add the command to the parser's ``commands``."""
    command = commands.add_parser(
        "progress",
        help="tell which exercises are right so far",
        description="Tell which exercises of a workbook are right so far, and which comes next.",
    )
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="the workbook (default: workbook, or this folder if it is one)",
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.checks.progress import find_workbook, progress

    folder = options.folder or (Path() if find_workbook(Path()) else Path("workbook"))
    if find_workbook(folder) is None:
        print(f"{folder} is no workbook: `cnn-lab workbook` makes one", file=sys.stderr)
        return 1
    print(progress(folder))
    return 0
