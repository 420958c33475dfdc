"""What the browser tests do in a notebook that is open in JupyterLab."""

import os
import signal
from contextlib import contextmanager

import nbformat
from lab_server import do
from nbformat.v4 import new_code_cell, new_notebook

# Chromium says so of pictures that are attached to a cell, and shows them.
HARMLESS = "net::ERR_UNKNOWN_URL_SCHEME"

# What every code cell has shown: its source, and a list of outputs.
OUTPUTS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.type === "code")
  .map((cell) => [cell.sharedModel.getSource(), cell.outputs.toJSON()])"""
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
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
SHOW = "(index) => jupyterapp.shell.currentWidget.content.scrollToItem(index)"
SET = """([index, source]) =>
  jupyterapp.shell.currentWidget.content.model.cells.get(index).sharedModel.setSource(source)"""
START = """(index) => {
  jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  void jupyterapp.commands.execute("notebook:run-cell");
}"""
# Runs code beside the notebook, and returns what it printed.
ASK = """async (code) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = kernel.requestExecute({ code, store_history: false });
  let said = "";
  asked.onIOPub = ({ content }) => (said += content.text ?? content.evalue ?? "");
  await asked.done;
  return said.trim();
}"""


def write_notebook(path, *sources):
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def run_all(page):
    """Run all cells and return pairs of source and outputs; none may have raised."""
    page.mouse.move(0, 0)
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


def show(page, beginning):
    """Scroll to a cell and return it."""
    page.mouse.move(0, 0)  # else another view may come to lie under the pointer, and follow it
    index, there = cell(page, beginning)
    do(page, SHOW, index)
    return there


def run(page, beginning, selector=""):
    """Run a cell; return it, and after how many milliseconds a new match of a selector was seen."""
    page.mouse.move(0, 0)
    index, there = cell(page, beginning)
    milliseconds = do(page, RUN, [index, selector])
    return there, milliseconds


def rewrite(page, beginning, source):
    """Give a cell another source, which begins in the same way, and run it."""
    page.evaluate(SET, [cell(page, beginning)[0], source])
    return run(page, beginning)[0]


def start(page, beginning):
    """Run a cell, and do not wait until it has ended."""
    page.evaluate(START, cell(page, beginning)[0])


def view(there):
    """Return the widget's view in a cell."""
    return there.locator(".cnn-lab")


def kernel_has(page, expression, wanted):
    """Ask the kernel until it prints this, which is soon after the pointer rests."""
    page.wait_for_function(
        f"async ([code, wanted]) => await ({ASK})(code) === wanted",
        arg=[f"print({expression})", wanted],
        polling=100,
    )


@contextmanager
def frozen(page):
    """Let the kernel of the notebook do nothing at all while the block runs."""
    kernel = int(do(page, ASK, "import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(kernel, signal.SIGCONT)
