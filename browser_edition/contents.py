"""What the learner's file browser shows: the lessons, and whatever a teacher puts beside them."""

import shutil

from cnn_lab.classroom.workbook import MARK, write_workbook

COMPLETE = "complete"  # the folder of the lessons with their solutions


def write_contents(folder, lessons):
    """Write the learner's copies of the lessons, and the complete lessons beside them."""
    write_workbook(folder, lessons)
    shutil.rmtree(folder / MARK)
    shutil.copytree(lessons, folder / COMPLETE, ignore=shutil.ignore_patterns(".*"))
