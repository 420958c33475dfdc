"""Measure how long the browser edition takes to load and to run, in Chromium.

    python benchmarks/browser.py                                  every lesson, printed
    python benchmarks/browser.py --output benchmarks/browser.md   and written (`make bench-site`)
    python benchmarks/browser.py --lessons 01 --site site         one lesson of a site that is there

Prints a page of Markdown, and on the standard error how far it is. Let nothing else run meanwhile.

Each lesson is opened with its solutions in a browser that was never there. The clock starts when
the address is entered. All cells are told to run as soon as the lesson can be read; the first
answer is there when the first cell has its number. The first of the lessons is opened once more
after that browser was closed, from what it has kept.
"""

import argparse
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measure import machine
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser_edition"))

import in_site
from lab_server import FLAGS, find_browser

from browser_edition.files import read_pins
from browser_edition.site import build
from cnn_lab.classroom.notebooks import find_lessons

READABLE, FIRST_ANSWER = 10, 40  # seconds: what is asked of a first visit
MEGABYTE = 1e6
START = """async (path) => {
  await jupyterapp.restored;
  const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
  while (jupyterapp.shell.currentWidget?.context?.path !== path) await tick();
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.revealed;
  await panel.sessionContext.ready;  // there is a kernel to ask, though it has yet to start
  window.ended = false;
  void jupyterapp.commands.execute("notebook:run-all-cells").then(() => (window.ended = true));
}"""
ANSWERED = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .some((cell) => cell.type === "code" && cell.executionCount)"""
FAILED = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.type === "code")
  .flatMap((cell) => cell.outputs.toJSON())
  .filter((output) => output.output_type === "error")
  .map((output) => `${output.ename}: ${output.evalue}`)"""
WORDS = """\
Seconds from the moment at which the address is entered, and what the server sent, in megabytes.
Asked of a first visit: the text can be read within {readable} s, and the first cell has answered
within {answer} s. "Again" is the first lesson in the same browser after it was closed: the server
is asked for every file, and says that the browser has the newest. That is the same for all lessons.

The server runs on the same machine, so that its network costs nothing: over a slower one a first
visit takes longer by what it has to carry, 8 s for each 10 MB at 10 Mbit/s; later visits hardly
change. Nothing is compressed on the way here; many hosts compress text and so send less.

Lesson 00 ends with the report of what is done, which reads the other lessons beside it: 7 MB of
complete lessons, as measured here, 1 MB of a learner's."""


@dataclass
class Visit:
    """How long a visit took, in seconds, and how much was sent, in bytes."""

    readable: float
    read: int  # bytes until the text could be read
    answered: float
    ran: float
    sent: int


def visit(context, address, log, path, limit):
    """Open a lesson in a browser and run it; return the `Visit`."""
    del log[:]
    page = context.new_page()
    begun = time.perf_counter()
    in_site.go_to(page, address, path)
    readable, read = time.perf_counter() - begun, log.size()
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate(START, path)
    page.wait_for_function(ANSWERED, polling=100, timeout=limit * 1000)
    answered = time.perf_counter() - begun
    page.wait_for_function("window.ended", polling=100, timeout=limit * 1000)
    found = Visit(readable, read, answered, time.perf_counter() - begun, log.size())
    if errors := page.evaluate(FAILED):
        raise RuntimeError(f"{path}: {errors[0]}")
    return found


def measure(site, lessons, limit, say):
    """Visit each lesson, and the first twice; return lists of visits and the browser's version."""
    rows, version = [], ""
    with in_site.remembered(site) as (address, log), sync_playwright() as playwright:
        for lesson in lessons:
            with tempfile.TemporaryDirectory() as profile:
                visits = []
                for _ in range(1 if rows else 2):
                    context = playwright.chromium.launch_persistent_context(
                        profile, executable_path=find_browser(), args=FLAGS,
                        viewport={"width": 1280, "height": 1000},
                    )  # fmt: skip
                    path = f"{in_site.COMPLETE}/{lesson.name}"
                    try:
                        visits.append(visit(context, address, log, path, limit))
                        version = context.pages[-1].evaluate("navigator.userAgent")
                    finally:
                        context.close()
            say(f"{lesson.stem}: {visits}")
            rows.append((lesson.name[:2], *visits))
    return rows, version.partition("Chrome/")[2].partition(".")[0]


def table_of(rows):
    """Return the lines of the table."""
    lines = [
        "| lesson | readable | first answer | all cells | MB, of which before reading | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for lesson, first, *later in rows:
        lines.append(_row(lesson, first, "met" if _in_time(first) else "**missed**"))
        lines += [_row(f"{lesson} again", again, "") for again in later]
    return lines


def _in_time(visit):
    return visit.readable <= READABLE and visit.answered <= FIRST_ANSWER


def _row(name, visit, verdict):
    return (
        f"| {name} | {visit.readable:.1f} s | {visit.answered:.0f} s | {visit.ran:.0f} s"
        f" | {visit.sent / MEGABYTE:.1f}, {visit.read / MEGABYTE:.1f} | {verdict} |"
    )


def text_of(site, rows, version, facts, command, seconds):
    """Return the page."""
    files = [path for path in Path(site).rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / MEGABYTE
    facts = {
        **{key: facts[key] for key in ("processor", "cores", "system", "date", "load before")},
        "browser": f"Chromium {version}, without a window and without a GPU",
        "Pyodide": read_pins()["pyodide"]["version"],
        "site": f"{len(files)} files, {size:.0f} MB",
    }
    lines = ["# The browser edition, measured", "",
             f"Made by `{command}` in {seconds:.0f} s; do not edit.", ""]  # fmt: skip
    lines += ["|  |  |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in facts.items())]
    lines += ["", WORDS.format(readable=READABLE, answer=FIRST_ANSWER), "", *table_of(rows)]
    return "\n".join(lines) + "\n"


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--lessons", nargs="+", default=[], metavar="LESSON", help="numbers")
    made.add_argument("--site", type=Path, help="a built site (default: one is built)")
    made.add_argument("--limit", type=float, default=900, help="seconds that a visit may take")
    made.add_argument("--output", type=Path, help="a file to write the page to")
    return made


def main(arguments=None):
    """Measure, print, and write if asked to; return the exit code."""
    options = parser().parse_args(arguments)
    if find_browser() is None:
        print("There is no Chromium: apt-get install chromium, or name one: CHROMIUM=/path/to/it",
              file=sys.stderr)  # fmt: skip
        return 2
    begun = time.perf_counter()

    def say(text):
        print(f"[{time.perf_counter() - begun:4.0f} s] {text}", file=sys.stderr, flush=True)

    facts, lessons = machine.facts(), find_lessons(in_site.LESSONS, options.lessons)
    with tempfile.TemporaryDirectory() as folder:
        site = options.site or Path(folder) / "site"
        if options.site is None:
            build(site, say=say)
        rows, version = measure(site, lessons, options.limit, say)
        command = shlex.join(["python", "benchmarks/browser.py", *(arguments or sys.argv[1:])])
        seconds = time.perf_counter() - begun
        text = text_of(site, rows, version, facts, command, seconds)
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
