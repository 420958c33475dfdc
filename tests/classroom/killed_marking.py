"""Kill the marking of a class again and again, go on each time, and compare with one left in peace.

``python tests/classroom/killed_marking.py --kills 100`` is the long form of what test_kill.py does
with 20. Each time SIGKILL hits the whole process group, at a moment between the beginning and the
end of what is left to do; a class that is marked to the end gives way to a fresh one.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import psutil
import small_class
from small_class import TINY

from cnn_lab.classroom.marking import marking, scores
from cnn_lab.classroom.marking.gradebook import Course
from cnn_lab.classroom.marking.workers import _adopt_orphans

ANSWERS = {
    "right": {},
    "wrong": {"tiny_relu": "def relu(x):\n    return x"},
    "raises": {"tiny_relu": "def relu(x):\n    return y", "tiny_predict": "prediction = None"},
    "exits": {"tiny_output_size": "import os\nos._exit(1)"},
}


def new_class(folder):
    """Make a course with four submissions, one that cannot be read, and one that was marked.

    The last one has handed in something else since.
    """
    course = small_class.CourseFolder(folder / "course").make()
    small_class.submit(course, "again", {"tiny_relu": "def relu(x):\n    return -x"})
    mark(course)
    small_class.submit(course, "again", timestamp="2026-11-21 12:00:00 UTC")
    for student, answers in ANSWERS.items():
        small_class.submit(course, student, answers)
    small_class.submit(course, "broken", b"{")
    return course


def mark(course):
    """Mark the class; return the outcome."""
    return marking.mark(Course(course.path), TINY, jobs=2, say=lambda text: None)


def run(course, delay=None):
    """Mark in a process group of its own, killed after a delay; return whether it ended before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setpgid(0, 0)
            mark(course)
            status = 0
        finally:
            os._exit(status)
    if delay is not None:
        time.sleep(delay)
        if os.waitpid(child, os.WNOHANG)[0] == 0:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        return True
    assert os.waitpid(child, 0)[1] == 0, "marking failed"
    return True


def wait_for_the_end_of_all(seconds=30):
    """Wait until no process is left that the marking has started, by whatever detour."""
    end = time.monotonic() + seconds
    while left := psutil.Process().children(recursive=True):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        assert time.monotonic() < end, f"left behind: {left}"
        time.sleep(0.02)


def found(course):
    """Return what marking comes to: scores, records without times, history, nbgrader's files."""
    with Course(course.path).gradebook() as gradebook:
        points = scores.automatic(gradebook, TINY)
    kept = {}
    for path in sorted((course.path / "marking" / TINY).rglob("record.json")):
        record = json.loads(path.read_text())
        for notebook in record["notebooks"].values():
            del notebook["seconds"]
        del record["marked"]
        kept[str(path.parent.relative_to(course.path))] = record
    sent = {
        str(path.relative_to(course.path)): path.read_bytes()
        for path in (course.path / "marking").rglob("sent/*")
    }
    files = (course.path / "autograded").rglob("*.ipynb")
    return points, kept, sent, sorted(path.relative_to(course.path) for path in files)


def hit(folder, kills, seed=None):
    """Kill so many times, and compare every class that comes to its end.

    Returns
    -------
    dict
        ``kills``; after how many of them there were ``some`` results, and not all; ``classes`` that
        were marked to the end, and of them the ``equal`` ones; ``longest`` wait, in seconds.
    """
    chance = random.Random(seed)
    made = new_class(folder)
    peaceful = made.copied(folder / "peaceful" / "course")
    begun = time.perf_counter()
    run(peaceful)
    longest = time.perf_counter() - begun
    wanted = found(peaceful)
    assert len(wanted[0]) == len(ANSWERS) + 2
    assert len([name for name in wanted[1] if "history" in name]) == 1
    counts = dict.fromkeys(("kills", "some", "classes", "equal"), 0)
    course = None
    while counts["kills"] < kills or course is not None:
        if course is None:
            course = made.copied(folder / f"hit-{counts['classes']}" / "course")
        delay = chance.uniform(0, longest) if counts["kills"] < kills else None
        ended = run(course, delay)
        wait_for_the_end_of_all()
        if not ended:
            counts["kills"] += 1
            counts["some"] += 1 < len(list((course.path / "marking").rglob("record.json")))
            continue
        counts["classes"] += 1
        counts["equal"] += found(course) == wanted
        course = None
    return counts | {"longest": round(longest, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    _adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(hit(Path(folder), options.kills, options.seed)))


if __name__ == "__main__":
    sys.exit(main())
