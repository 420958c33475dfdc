"""Lessons and widgets in a real JupyterLab: run from top to bottom, answered, restarted under."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

# Chromium says so of pictures that are attached to a cell, and shows them.
HARMLESS = "net::ERR_UNKNOWN_URL_SCHEME"
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

OPEN = """async (path) => {
  const panel = await jupyterapp.commands.execute("docmanager:open", { path });
  await panel.context.ready;
  await panel.revealed;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
}"""
CLOSE = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.save();
  await panel.sessionContext.shutdown();
  panel.dispose();
}"""
# What every code cell has shown: its source, and a list of outputs.
OUTPUTS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.type === "code")
  .map((cell) => [cell.sharedModel.getSource(), cell.outputs.toJSON()])"""
# Runs a cell, and tells after how many milliseconds its view was there: 0 to wait for no view.
RUN = """async ([index, selector]) => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = index;
  await content.scrollToItem(index);
  const { node } = content.widgets[index], start = performance.now();
  for (const old of node.querySelectorAll(selector || "x-none")) old.dataset.old = "true";
  const seen = selector && new Promise((resolve) => {
    const look = () => {
      const canvas = node.querySelector(`${selector}:not([data-old])`);
      if (canvas?.getBoundingClientRect().width) resolve(performance.now() - start);
      else requestAnimationFrame(look);
    };
    look();
  });
  const done = jupyterapp.commands.execute("notebook:run-cell");
  const shown = await seen;
  await done;
  return shown || 0;
}"""


RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
RESTART = """async () => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  await kernel.restart();
  await kernel.info;
}"""
SOON = """(argument) => Promise.race([(%s)(argument), new Promise((_, complain) =>
  setTimeout(() => complain(new Error("JupyterLab has not answered for two minutes")), 120000))])"""


def do(page, script, argument=None):
    """Run a script in the page and return its answer, unless that takes for ever."""
    return page.evaluate(SOON % script, argument)


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


def run_all(page):
    """Run all cells and return pairs of source and outputs; none may have raised."""
    do(page, RUN_ALL)
    cells = page.evaluate(OUTPUTS)
    raised = [out["evalue"] for _, outputs in cells for out in outputs if "evalue" in out]
    assert raised == []
    return cells


def cell(page, beginning):
    """Return number and place of the first cell whose source begins like this."""
    index = page.evaluate(
        """(text) => [...jupyterapp.shell.currentWidget.content.model.cells]
            .findIndex((cell) => cell.sharedModel.getSource().startsWith(text))""",
        beginning,
    )
    assert index >= 0, beginning
    shown = ".jp-NotebookPanel:not(.lm-mod-hidden)"
    return index, page.locator(f'{shown} .jp-Cell[data-windowed-list-index="{index}"]')


def run(page, beginning, selector=""):
    """Run a cell; return it, and after how many milliseconds a new match of a selector was seen."""
    page.mouse.move(0, 0)  # else another view may come to lie under the pointer, and follow it
    index, there = cell(page, beginning)
    milliseconds = do(page, RUN, [index, selector])
    return there, milliseconds


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
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(STEPPER), new_code_cell("stepper")]
    written = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(written, root / "stepper.ipynb")
    return notebook("stepper.ipynb")


def view(there):
    return there.locator(".cnn-lab")


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
    kernel_has(page, "[1, 1]")

    # The cell is run again: a new widget here, the old one still there.
    first, milliseconds = run(page, "import numpy", ".cnn-lab canvas")
    record_property("measured", f"view of a cell run again after {milliseconds:.0f} ms")
    expect(view(first)).to_have_count(1)
    expect(view(first)).to_have_attribute("data-position", "0,0")
    hover(first, 2, 2)
    expect(view(second)).to_have_attribute("data-position", "1,1")
    kernel_has(page, "[2, 2]")

    # The kernel is restarted under both: what the browser can do it still does.
    do(page, RESTART)
    hover(first, 0, 1)
    expect(first.locator(".says")).to_contain_text("output[0, 1] =")
    hover(second, 2, 0)
    first, milliseconds = run(page, "import numpy", ".cnn-lab canvas")
    record_property("measured", f"first view in a restarted kernel after {milliseconds:.0f} ms")
    hover(first, 2, 2)
    kernel_has(page, "[2, 2]")


def kernel_has(page, position):
    """Ask the kernel for the position until it has heard of it, which is soon after a rest."""
    page.wait_for_function(
        """async (wanted) => {
          const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
          const asked = kernel.requestExecute({ code: "print(stepper.position)" });
          let said = "";
          asked.onIOPub = ({ content }) => (said += content.text ?? "");
          await asked.done;
          return said.trim() === wanted;
        }""",
        arg=position,
        polling=100,
    )
