"""Measure how fast the widgets answer, in JupyterLab in Chromium.

    python benchmarks/widgets.py                                  everything, printed
    python benchmarks/widgets.py --output benchmarks/widgets.md   and written (`make bench-widgets`)
    python benchmarks/widgets.py --widgets DigitPad --samples 20  one of them, a minute

Prints a page of Markdown, and on the standard error how far it is. Let nothing else run meanwhile;
where that cannot be had, Linux gives it precedence: ``chrt --rr 1 python benchmarks/widgets.py``.

Every event is a trusted one, made by the browser as for mouse and keyboard; how long it takes to
ask the browser for it does not count. The clock starts when the event reaches the page's first
listener, and ends when the frame *after* the one that shows something new begins: until then the
new picture is on its way to the screen. This is never too early, and up to a frame (17 ms) too
late. The column "from the time stamp" starts when the browser received the event: Chromium keeps
moves of the pointer until the next frame, up to 17 ms more, and while the page is busy it waits,
too. The browser's own measure, the Event Timing API, knows neither moves of the pointer nor answers
of the kernel, and rounds to 8 ms.

A first view is timed from the command that runs the cell until the frame after the one in which
the widget has drawn itself; the kernel is a fresh one each time, and the page has shown a widget
before.
"""

import argparse
import os
import shlex
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
from measure import gestures, latency, machine
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))

from lab_server import CLOSE, FLAGS, OPEN, RESTART, do, find_browser, jupyterlab, open_lab

EVENTS = Path(latency.__file__).with_name("events.js")
FIRST_VIEW = 1000  # milliseconds
IMPORTS = "import numpy as np\nfrom cnn_lab.widgets import {name}"
DIGIT = "np.indices((28, 28)).sum(axis=0) % 7"
IN_THE_CELL, BEFORE = "imports in the cell", "imports in a cell before"
# What JupyterLab says when a kernel is restarted while it waits for it.
HARMLESS = ("Canceled future", "Comm not found")

# Runs a cell; with a view, returns the milliseconds to the frame after its first picture.
RUN = """async ([index, view]) => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = index;
  await content.scrollToItem(index);
  const { node } = content.widgets[index], frame = () => new Promise(requestAnimationFrame);
  await frame();
  const start = performance.now(), done = jupyterapp.commands.execute("notebook:run-cell");
  const drawn = () => [...node.querySelectorAll(".cnn-lab .says, .cnn-lab p")].some(
    (says) => says.textContent && says.getBoundingClientRect().width);
  while (view && !drawn() && performance.now() < start + 60000) await frame();
  await frame();
  const shown = performance.now() - start;
  await done;
  return shown;
}"""
# A kernel that has started takes another moment for what JupyterLab asks it; nobody is that fast.
READY = """async () => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  await kernel.requestExecute({ code: "", silent: true }).done;
}"""
LATENCY = """\
From the event's first listener to the frame after the one that shows what the event has changed;
what the kernel must answer is timed to the picture of the answer. A frame lasts 17 ms, so a widget
that needs no time at all has up to 17 ms; from the time stamp of the event, when the browser
received it, up to 33 ms. One event is made when the last one is shown. What comes "by drag", "in a
row" or during a stroke is made as fast as the page takes it (keys: 30 a second), and may have to
wait until the kernel has answered the request before. Met if the 95th percentile is."""
DRAG = "New pictures from the first move of the pointer to the last; 60 is all there can be."
AFTER = """\
How long after the last event anything in the widget still changes, and how long the kernel and the
page still speak; the kernel hears of a window that rests 150 ms after it has come to rest."""
VIEWS = """\
From the command that runs the cell to the frame after the one with the first picture, each in a
fresh kernel, {starts} of each; met if the slowest is."""
CLEAR = "() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"


def notebook_of(name):
    """Return a notebook with the cells that `measure_widget` runs."""
    arguments, after, _ = gestures.WIDGETS[name]
    cls = name.split(",")[0]
    imports = IMPORTS.format(name=cls)
    made = f"widget = {cls}({arguments and DIGIT})\nwidget"
    room = "\n" * 50  # below the widget, so that the notebook need not scroll where texts grow
    sources = [f"{imports}\n{made}", imports, made, (after or "pass") + room]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source) for source in sources]
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def measure_widget(page, name, options, say):
    """Open a widget's notebook and return rows, rates, rests and first views."""
    do(page, OPEN, f"{file_of(name)}.ipynb")
    views = {IN_THE_CELL: [], BEFORE: []}
    for turn in range(options.starts + 1):
        for kind, cells in ((IN_THE_CELL, [0]), (BEFORE, [1, 2])):
            do(page, CLEAR)
            do(page, RESTART)
            do(page, READY)
            page.wait_for_timeout(options.rest * 1000)
            times = [do(page, RUN, [cell, cell != 1]) for cell in cells]
            if turn:  # before, the page loads what widgets need and never loads again
                views[kind].append(times[-1])
    say(f"{name}: first view {views}")
    do(page, RUN, [3, False])
    rows, rates, rests = [], [], []
    page.evaluate("() => jupyterapp.shell.currentWidget.content.scrollToItem(2, 'start')")
    root = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .cnn-lab").last
    for gesture in gestures.WIDGETS[name][2]:
        view = gestures.View(page, root)
        with watching(page, gesture, view):
            if gesture.drag:
                log = drag(view, gesture, options.seconds)
                if gesture.answers:
                    times, stamped = zip(*latency.answer_times(log, gesture.kind), strict=True)
                    rows.append(latency.Row(name, gesture.name, gesture.target, times, stamped))
                rate = latency.pictures_a_second(log, gesture.kind)
                rates.append(latency.Row(name, gesture.name, gesture.pictures, rate=rate))
                allowed = gesture.target or gesture.allowed
                rests.append(latency.rest(name, gesture.name, log, allowed))
                say(f"{name}, {gesture.name}: {rate:.0f} pictures a second")
            else:
                row = one_by_one(view, name, gesture, options.samples)
                rows.append(row)
                if row.times:
                    ends = [round(latency.quantile(row.times, share)) for share in (0.5, 0.95)]
                    say(f"{name}, {gesture.name}: {ends} ms, {row.lost} lost")
    do(page, CLOSE)
    return rows, rates, rests, views


@contextmanager
def watching(page, gesture, view):
    """Note what happens while the block runs, between the gesture's preparation and its end."""
    page.mouse.move(0, 0)
    page.evaluate("(node) => node.scrollIntoView({ block: 'start' })", view.root.element_handle())
    gesture.prepare(view)
    page.evaluate(EVENTS.read_text(encoding="utf-8"), gesture.watch)
    page.evaluate("() => latency.settled()")
    yield
    page.mouse.up()
    page.evaluate("() => latency.stop()")


def one_by_one(view, name, gesture, samples):
    """Make one event after the other, each when the last one is shown; return a `Row`."""
    row = latency.Row(name, gesture.name, gesture.target)
    for n in range(samples):
        view.page.evaluate("() => latency.reset()")
        gesture.act(view, n)
        log = view.page.evaluate(f"() => latency.{'answered' if gesture.answers else 'shown'}()")
        found = latency.sample(log, gesture.kind)
        if gesture.answers:
            found = next(iter(latency.answer_times(log, gesture.kind)), None)
        if found is None:
            row.lost += 1
        else:
            row.times.append(found[0])
            row.stamped.append(found[1])
    return row


def drag(view, gesture, seconds):
    """Make events as fast as the page takes them; return the log when all is still again."""
    view.page.evaluate("() => latency.reset()")
    view.known = {}
    begun, n = time.monotonic(), 0
    while time.monotonic() < begun + seconds:
        gesture.act(view, n)
        n += 1
        if gesture.pace:
            view.page.wait_for_timeout(max(0, 1000 * (begun + n * gesture.pace - time.monotonic())))
    return view.page.evaluate("() => latency.settled()")


def file_of(name):
    """Return the name of a widget's notebook."""
    return "".join(letter for letter in name if letter.isalnum())


def measure(options, say):
    """Measure the widgets that the options ask for; return the parts of the page."""
    parts = {"rows": [], "rates": [], "rests": [], "views": {}, "machine": machine.facts()}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, own = (Path(folder) / name for name in ("notebooks", "jupyter"))
        root.mkdir()
        own.mkdir()
        for name in options.widgets:
            nbformat.write(notebook_of(name), root / f"{file_of(name)}.ipynb")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        with jupyterlab(root, own) as address:
            page = open_lab(browser, address)
            parts["browser"] = f"Chromium {browser.version}, without a window and without a GPU"
            for name in options.widgets:
                rows, rates, rests, views = measure_widget(page, name, options, say)
                parts["rows"] += rows
                parts["rates"] += rates
                parts["rests"] += rests
                parts["views"][name] = views
            parts["errors"] = [e for e in page.errors if not any(x in e for x in HARMLESS)]
            browser.close()
    return parts


def text_of(parts, command, seconds):
    """Return the page."""
    facts = {**parts["machine"], "browser": parts["browser"], "precedence": precedence()}
    facts |= {name: machine.version(name) for name in ("jupyterlab", "ipykernel", "anywidget")}
    del facts["PyTorch"], facts["memory"]
    lines = ["# Speed of the widgets, measured", "",
             f"Made by `{command}` in {seconds:.0f} s; do not edit.", ""]
    lines += ["|  |  |", "| --- | --- |"]
    lines += [f"| {key} | {value} |" for key, value in facts.items()]
    starts = max(len(times) for views in parts["views"].values() for times in views.values())
    sections = {
        "From an event to its picture": (LATENCY, latency.latency_table(parts["rows"])),
        "While dragging": (DRAG, latency.rate_table(parts["rates"])),
        "After a drag": (AFTER, latency.rest_table(parts["rests"])),
        "First view": (
            VIEWS.format(starts=starts), latency.view_table(parts["views"], FIRST_VIEW)
        ),
    }
    for title, (words, table) in sections.items():
        lines += ["", f"## {title}", "", words, "", *table]
    if parts["errors"]:
        lines += ["", "The page complained:", "", *(f"- {error}" for error in parts["errors"])]
    return "\n".join(lines) + "\n"


def precedence():
    """Return in words how the system treats this process beside others."""
    real_time = hasattr(os, "SCHED_RR") and os.sched_getscheduler(0) == os.SCHED_RR
    return "before all other work on the machine" if real_time else "like all other work"


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--widgets", nargs="+", choices=gestures.WIDGETS, default=[*gestures.WIDGETS])
    made.add_argument("--samples", type=int, default=40, help="events of each kind")
    made.add_argument("--seconds", type=float, default=2.0, help="of each drag")
    made.add_argument("--starts", type=int, default=3, help="fresh kernels of each kind")
    made.add_argument("--rest", type=float, default=1.0, help="seconds between start and cell")
    made.add_argument("--output", type=Path, help="a file to write the page to")
    return made


def main(arguments=None):
    """Measure, print, and write if asked to; return the exit code."""
    options = parser().parse_args(arguments)
    if find_browser() is None:
        print("There is no Chromium: apt-get install chromium, or name one: CHROMIUM=/path/to/it",
              file=sys.stderr)
        return 2
    begun = time.perf_counter()

    def say(text):
        print(f"[{time.perf_counter() - begun:4.0f} s] {text}", file=sys.stderr, flush=True)

    parts = measure(options, say)
    command = shlex.join(["python", "benchmarks/widgets.py", *(arguments or sys.argv[1:])])
    text = text_of(parts, command, time.perf_counter() - begun)
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
