"""Every lesson in the browser edition: it runs, its widgets answer, its checks judge."""

import re
from types import SimpleNamespace

import nbformat
import pytest
from in_notebook import ASK, SHOW, cell, run, view
from in_site import (
    COMPLETE,
    NOT_THE_SITES,
    WIDGET,
    alike,
    complaints,
    content,
    differences,
    open_lesson,
    run_lesson,
)
from lab_server import do
from playwright.sync_api import expect
from test_lessons import NUMBERS, PLACE, SHOWN, widgets_of

from cnn_lab.checks import EXERCISES

IGNORED = "nbval-ignore-output"
# What a lesson prints in the browser edition and nowhere else.
ONLY_THERE = re.compile(r"^In the browser .*\n", re.MULTILINE)
# The number of colours; an empty canvas has none, the map of a filter that found nothing has one.
COLOURS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer).filter((pixel) => pixel)).size;
}"""
# Prints something that changes when the kernel hears of a widget, or answers it.
STATE = """
from ipywidgets.widgets import widget as _
print(hash(repr(sorted(_._instances[{!r}].get_state().items()))))"""
CHANGED = f"async ([code, before]) => ![before, ''].includes(await ({ASK})(code))"
# What makes a widget ask the kernel, or tell it: the name of a button, else a key on its picture.
ACTS = {
    "DigitPad": "Clear",
    "FeatureMapExplorer": "Next",
    "FilterDesigner": "blur",
    "SoftmaxExplorer": "End",
}
BUTTONS = {"DigitPad", "FeatureMapExplorer", "FilterDesigner"}
# Every known mistake of an exercise as an answer; the first as a learner's, which is not trusted.
WRONG = """
from cnn_lab import checks
from cnn_lab.checks.exercise import Task
check = checks.{name}
if isinstance(check.exercise, Task):
    for number, mistake in enumerate(check.mistakes):
        function = mistake.function(check.exercise.answer)
        report = check.judge(function, how="plain" if number else None)
        print(report.state, report.mistake == mistake.name, report.hint == mistake.hint)
else:
    for requirement in check.mistakes:
        for values in check.exercise.examples(requirement):
            report = check.judge(*values)
            print(report.state, bool(report.hint), report.score < 1)
"""
RIGHT = """
import time
from cnn_lab import checks
from cnn_lab.checks.exercise import Task
exercise = checks.{name}.exercise
answer = (exercise.answer,) if isinstance(exercise, Task) else exercise.right
begun = time.perf_counter()
report = checks.{name}.judge(*answer)
report._repr_mimebundle_()
print(report.state, time.perf_counter() - begun)
"""


def code_cells(path):
    """Return the code cells of a stored lesson."""
    cells = nbformat.read(path, as_version=4).cells
    return [each for each in cells if each.cell_type == "code"]


def checks_of(path):
    """Return the names of a lesson's exercises."""
    return [name for name, each in EXERCISES.items() if each.lesson == path.name[:2]]


@pytest.fixture(scope="module")
def visit(new_visitor, address):
    """Call it for a notebook of the site, run from top to bottom for a new visitor."""

    def visit(path):
        page = open_lesson(new_visitor(), address, path)
        return SimpleNamespace(page=page, cells=run_lesson(page))

    return visit


@pytest.fixture(scope="module")
def complete(visit, path, log):
    """A complete lesson that has been run: its page, what its cells show, what was not there."""
    del log[:]
    lesson = visit(f"{COMPLETE}/{path.name}")
    lesson.missing = log.missing()
    yield lesson
    lesson.page.context.close()


@pytest.fixture(scope="module")
def unsolved(visit, path):
    """The learner's copy of a lesson that has been run before anything was written in it."""
    lesson = visit(path.name)
    yield lesson
    lesson.page.context.close()


# ---- the complete lesson ----


def test_lesson_runs_from_top_to_bottom(complete):
    assert [said for _, outputs in complete.cells for said in complaints(outputs)] == []
    assert {*complete.missing} <= NOT_THE_SITES


def test_outputs_are_those_that_are_stored(complete, path):
    stored = code_cells(path)
    assert [each.source for each in stored] == [source for source, _ in complete.cells]
    found = {}
    for number, (was, (_, outputs)) in enumerate(zip(stored, complete.cells, strict=True)):
        ignored = IGNORED in was.metadata.get("tags", [])
        shown = [(kind, ONLY_THERE.sub("", text)) for kind, text in content(outputs)]
        if not ignored and (lines := differences(content(was.outputs), shown)):
            found[number] = lines
        assert pictures(was.outputs) == pictures(outputs), was.source
    assert found == {}


def pictures(outputs):
    """Count the outputs of a cell that have a picture."""
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_widgets_are_drawn_and_answer(complete, path):
    page, used = complete.page, []
    numbers = page.evaluate(NUMBERS)
    for index, (_, outputs) in zip(numbers, complete.cells, strict=True):
        for data in (output.get("data", {}) for output in outputs):
            name = SHOWN.match("".join(data.get("text/plain", "")))
            if name and WIDGET in data:  # a bar of progress is a widget, too, but none of ours
                do(page, SHOW, index)
                shown = view(page.locator(PLACE % index)).first
                use(page, shown, name[0], data[WIDGET]["model_id"])
                used.append(name[0])
    assert used == widgets_of(path)


def use(page, shown, name, model):
    """Look whether a widget is drawn, move it, and see that the kernel has heard or answered."""
    expect(shown.locator(".says")).not_to_be_empty()
    expect(shown.locator(".error")).to_be_empty()
    colours = [canvas.evaluate(COLOURS) for canvas in shown.locator("canvas:visible").all()]
    assert all(colours) and max(colours, default=2) > 1, (name, colours)
    if name == "TrainingMonitor":
        return
    said, before = shown.locator(".says").text_content(), do(page, ASK, STATE.format(model))
    act(shown, name)
    expect(shown.locator(".says")).not_to_have_text(said)
    page.wait_for_function(CHANGED, arg=[STATE.format(model), before], polling=100)


def act(shown, name):
    """Do what a learner does with a widget."""
    if name in BUTTONS:
        shown.get_by_role("button", name=ACTS[name], exact=True).click()
    else:
        part = shown.locator("canvas[role=application], input[type=range]").first
        part.press(ACTS.get(name, "ArrowRight"))


def test_checks_find_the_solutions_right(complete, path):
    names = checks_of(path)
    reports = [report for report in map(report_of, complete.cells) if report]
    assert len(reports) == len(names)
    assert all('data-state="right"' in report for report in reports)


def report_of(pair):
    """Return what a cell with a check shows, or None for another cell."""
    source, outputs = pair
    if not source.startswith("checks.") or source.startswith("checks.progress"):
        return None
    (output,) = outputs
    return "".join(output["data"]["text/html"])


def test_right_answers_are_judged_within_seconds(complete, path, record_property):
    seconds = {}
    for name in checks_of(path):
        state, took = do(complete.page, ASK, RIGHT.format(name=name)).split()
        assert state == "right", name
        seconds[name] = float(took)
    if seconds:
        slowest = max(seconds, key=seconds.get)
        sentence = f"{len(seconds)} checks of right answers, the slowest {seconds[slowest]:.1f} s"
        record_property("measured", f"lesson {path.name[:2]}: {sentence} ({slowest})")


# ---- the learner's copy ----


def test_unsolved_lesson_runs_and_is_not_attempted(unsolved, path):
    assert [said for _, outputs in unsolved.cells for said in complaints(outputs)] == []
    reports = [report for report in map(report_of, unsolved.cells) if report]
    assert len(reports) == len(checks_of(path))
    assert all('data-state="not attempted"' in report for report in reports)


def test_known_mistakes_get_their_hints(unsolved, path):
    for name in checks_of(path):
        lines = do(unsolved.page, ASK, WRONG.format(name=name)).splitlines()
        assert lines and {*lines} == {"wrong True True"}, (name, lines)


def test_what_never_ends_is_stopped_and_the_solution_is_right(unsolved, path):
    stored = [each.source for each in code_cells(path)]
    number = next((n for n, source in enumerate(stored) if is_exercise(stored, n)), None)
    if number is None:
        assert checks_of(path) == []  # lesson 00 asks for no function
        return
    solution, check = stored[number : number + 2]
    name = solution.removeprefix("def ").partition("(")[0]
    bodies = {
        "while True:\n        pass": "was not finished after 5 seconds",
        "raise SystemExit": "calls exit(); it should return its result",
        "import sys\n    sys.exit(3)": "calls exit(); it should return its result",
    }
    for body, sentence in bodies.items():
        report = answer(unsolved.page, name, f"def {name}(*given):\n    {body}", check)
        expect(report).to_have_attribute("data-state", "wrong")
        expect(report).to_contain_text(sentence)
    report = answer(unsolved.page, name, solution, check)
    expect(report).to_have_attribute("data-state", "right")


def is_exercise(sources, number):
    """Tell whether a function stands in a cell, and its check in the next."""
    following = sources[number + 1] if number + 1 < len(sources) else ""
    return sources[number].startswith("def ") and following.startswith("checks.")


def answer(page, name, source, check):
    """Type an answer as a learner does, run it and its check, and return the check's report."""
    index, there = cell(page, f"def {name}(")
    do(page, SHOW, index)
    there.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
    return run(page, check)[0].locator(".cnn-lab-check")


# ---- how outputs are compared ----


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("error 0.125, 3 of 4", "error 0.126, 3 of 4", True),
        ("error 0.125, 3 of 4", "error 0.135, 3 of 4", False),
        ("1.5e-09", "1.6e-09", True),
        ("1.5e-09", "1.5e-08", False),
        ("1,014 to −2", "1,014 to 2", False),
        ("0.12 right", "0.12 wrong", False),
        ("0.12", "0.120", False),
        ("3 of 4", "4 of 4", False),
        ("67% agree", "66% agree", True),
        ("67% agree", "65% agree", False),
    ],
)
def test_last_digit_of_a_number_may_differ_and_nothing_else(one, other, verdict):
    assert alike(one, other) is verdict
