"""Every lesson with widgets, as a learner has it: run from top to bottom, and its widgets used."""

import re
from pathlib import Path

import nbformat
import pytest
from in_notebook import HARMLESS, OUTPUTS, SHOW, view
from lab_server import CLOSE, OPEN, do
from playwright.sync_api import expect
from test_pages import WIDGETS

from cnn_lab.classroom.notebooks import find_lessons

LESSONS = find_lessons(Path(__file__).parents[2] / "notebooks")
SHOWN = re.compile(rf"(?:{'|'.join(WIDGETS)})\b")
WIDGET = "application/vnd.jupyter.widget-view+json"
BEGIN = """() => {
  window.ended = false;
  jupyterapp.commands.execute("notebook:run-all-cells").then(() => (window.ended = true));
}"""
NUMBERS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .flatMap((cell, i) => (cell.type === "code" ? [i] : []))"""
PLACE = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell[data-windowed-list-index="%d"]'
# On a busy machine JupyterLab may ask for a view before its model has come, and then once more;
# every widget of the lesson is looked at and used, so one that never comes is found out.
LATE = "widget model not found"
LONG = 600_000  # milliseconds: some lessons train networks


def widgets_of(path):
    """List the widgets that a lesson shows, as it is stored."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    found = [SHOWN.match(output.get("data", {}).get("text/plain", "")) for output in outputs]
    return [match[0] for match in found if match]


@pytest.fixture
def lesson(lab_page, path):
    lab_page.errors.clear()
    do(lab_page, OPEN, f"workbook/{path.name}")
    lab_page.mouse.move(0, 0)
    yield lab_page
    errors = [error for error in lab_page.errors if not any(h in error for h in (HARMLESS, LATE))]
    do(lab_page, CLOSE)
    assert errors == []


def stop_a_long_training(page):
    """Press the stop button of the monitor, if the lesson has one, when it is at work."""
    training = page.locator('.cnn-lab[data-state="training"]')
    page.wait_for_function(
        """() => window.ended || document.querySelector('.cnn-lab[data-state="training"]')""",
        timeout=LONG,
    )
    if training.count():
        training.get_by_role("button", name="Stop training").click()
        expect(page.locator('.cnn-lab[data-state="stopped"]')).to_have_count(1)
    page.wait_for_function("window.ended", timeout=LONG)


def use(there, name, source):
    """Look whether a widget is in order, and move it by a key."""
    shown = view(there).first
    expect(shown.locator(".says")).not_to_be_empty()
    mistaken = shown.locator(".error").text_content()
    assert not mistaken or ("=" in source and "not written yet" in mistaken), (name, mistaken)
    if mistaken or name == "TrainingMonitor":
        return
    said = shown.locator(".says").text_content()
    part = shown.locator("canvas[role=application], input[type=range]").first
    part.press({"DigitPad": "Space", "SoftmaxExplorer": "End"}.get(name, "ArrowRight"))
    expect(shown.locator(".says")).not_to_have_text(said)


@pytest.mark.parametrize("path", [*filter(widgets_of, LESSONS)], ids=lambda path: path.name[:2])
def test_lesson_runs_and_its_widgets_can_be_used(lesson, path):
    page = lesson
    page.evaluate(BEGIN)
    stop_a_long_training(page)
    cells = page.evaluate(OUTPUTS)
    raised = [out["evalue"] for _, outputs in cells for out in outputs if "evalue" in out]
    assert raised == []
    used = []
    for index, (source, outputs) in zip(page.evaluate(NUMBERS), cells, strict=True):
        for data in (output.get("data", {}) for output in outputs):
            name = SHOWN.match("".join(data.get("text/plain", "")))
            if name and WIDGET in data:
                do(page, SHOW, index)
                use(page.locator(PLACE % index), name[0], source)
                used.append(name[0])
    assert used == widgets_of(path)
