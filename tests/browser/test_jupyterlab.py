"""Lessons and widgets in a real JupyterLab: run from top to bottom, answered, restarted under."""

import pytest
from in_notebook import HARMLESS, cell, kernel_has, run, run_all, view, write_notebook
from lab_server import CLOSE, OPEN, RESTART, do
from playwright.sync_api import expect

LESSON = "workbook/01_single_step_convolution.ipynb"
PROGRESS = "workbook/00_start_here.ipynb"
WRONG = """\
def conv_single_step(a_slice_prev, W, b):
    return float(np.sum(a_slice_prev + W)) + np.asarray(b).item()"""
RIGHT = WRONG.replace(" + W", " * W")
STEPPER = """\
import numpy as np
from cnn_lab.widgets import ConvolutionStepper
stepper = ConvolutionStepper()
stepper"""


@pytest.fixture
def notebook(lab_page):
    """Call it with a path to open a notebook, when its kernel is ready; it is closed after."""
    count = 0

    def notebook(path):
        nonlocal count
        count += 1
        do(lab_page, OPEN, path)
        return lab_page

    lab_page.errors.clear()
    yield notebook
    errors = [error for error in lab_page.errors if HARMLESS not in error]
    for _ in range(count):
        do(lab_page, CLOSE)
    assert errors == []


def answer(page, name, source):
    """Type an answer as a learner does, run it and its check, and return the check's report."""
    index, there = cell(page, f"def {name}(")
    page.evaluate("(i) => jupyterapp.shell.currentWidget.content.scrollToItem(i)", index)
    there.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
    check, _ = run(page, f"checks.{name}(")
    return check.locator(".cnn-lab-check")


# ---- lessons ----


def test_lesson_runs_is_answered_and_shows_on_the_progress_page(notebook):
    page = notebook(LESSON)
    cells = run_all(page)
    reports = [outputs for source, outputs in cells if source.startswith("checks.")]
    assert len(reports) == 4
    for (report,) in reports:
        shown = "".join(report["data"]["text/html"])
        assert 'data-state="not attempted"' in shown and "not attempted yet" in shown

    report = answer(page, "conv_single_step", WRONG)
    expect(report).to_have_attribute("data-state", "wrong")
    expect(report).to_contain_text("conv_single_step: not right yet")
    expect(report.locator("table").first).to_be_visible()
    report = answer(page, "conv_single_step", RIGHT)
    expect(report).to_have_attribute("data-state", "right")
    expect(report).to_contain_text("conv_single_step: right")

    page = notebook(PROGRESS)
    run(page, "import numpy")
    there, _ = run(page, "checks.progress(")
    progress = there.locator(".cnn-lab-progress")
    expect(progress.locator("strong")).to_contain_text("1 of")
    expect(progress.locator("tr", has_text="conv_single_step").first).to_contain_text("right")


# ---- widgets ----


@pytest.fixture
def stepper(notebook, root):
    """A notebook with a stepper, not yet run."""
    write_notebook(root / "stepper.ipynb", STEPPER, "stepper")
    return notebook("stepper.ipynb")


def hover(there, row, column):
    """Point at an output, and see the view follow."""
    output = there.locator("canvas[role=application]")
    box = output.bounding_box()
    output.hover(
        position={
            "x": (column + 0.5) * box["width"] / 3,
            "y": (row + 0.5) * box["height"] / 3,
        }
    )
    expect(view(there)).to_have_attribute("data-position", f"{row},{column}")


def test_stepper_with_a_kernel(stepper, record_property):
    page = stepper
    first, milliseconds = run(page, "import numpy", ".cnn-lab canvas")
    record_property("measured", f"first view, with the imports, after {milliseconds:.0f} ms")
    hover(first, 1, 2)
    expect(first.locator(".says")).to_contain_text("output[1, 2] =")
    output = first.locator("canvas[role=application]")
    output.focus()
    page.keyboard.press("ArrowUp")
    expect(view(first)).to_have_attribute("data-position", "0,2")
    expect(output).to_be_focused()  # the notebook has not taken the arrow for itself

    # A second view of the same widget, and both tell the kernel.
    second, milliseconds = run(page, "stepper", ".cnn-lab canvas")
    record_property("measured", f"second view after {milliseconds:.0f} ms")
    expect(view(second)).to_have_attribute("data-position", "0,2")
    hover(second, 2, 1)
    expect(view(first)).to_have_attribute("data-position", "2,1")
    hover(first, 1, 1)
    expect(view(second)).to_have_attribute("data-position", "1,1")
    kernel_has(page, "stepper.position", "[1, 1]")

    # The cell is run again: a new widget here, the old one still there.
    first, milliseconds = run(page, "import numpy", ".cnn-lab canvas")
    record_property("measured", f"view of a cell run again after {milliseconds:.0f} ms")
    expect(view(first)).to_have_count(1)
    expect(view(first)).to_have_attribute("data-position", "0,0")
    hover(first, 2, 2)
    expect(view(second)).to_have_attribute("data-position", "1,1")
    kernel_has(page, "stepper.position", "[2, 2]")

    # The kernel is restarted under both: what the browser can do it still does.
    do(page, RESTART)
    hover(first, 0, 1)
    expect(first.locator(".says")).to_contain_text("output[0, 1] =")
    hover(second, 2, 0)
    first, milliseconds = run(page, "import numpy", ".cnn-lab canvas")
    record_property("measured", f"first view in a restarted kernel after {milliseconds:.0f} ms")
    hover(first, 2, 2)
    kernel_has(page, "stepper.position", "[2, 2]")
