"""Checks in a real Jupyter kernel: whatever the learner's function does, the kernel lives on."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cnn_lab.checks import isolation
from cnn_lab.classroom.notebooks import run

SET_UP = """
import os, sys, time
import numpy as np
from IPython.display import display
from cnn_lab import checks
"""
FUNCTIONS = {
    "right": "return np.maximum(x, 0)",
    "endless": "while True: pass",
    "swallows": """
    while True:
        try:
            while True: pass
        except BaseException: pass""",
    "exits": "os._exit(0)",
    "floods": """
    for n in range(2_000): print("line", n)
    return np.maximum(x, 0)""",
    "displays": """
    display("shown from within")
    return np.maximum(x, 0)""",
    "raises": """
    y = np.zeros(3)
    return y[5]""",
    "asks": "return float(input('x? '))",
    "kills": "os.kill(os.getpid(), 9)",
}
EXPECTED = {
    "right": "relu: right",
    "endless": "not finished after 1 seconds",
    "swallows": "not finished after 1 seconds",
    "exits": "ended the whole process (exit status 0)",
    "floods": "is there a print in a loop?",
    "displays": "relu: right",
    "raises": "It happens in line 3 of your cell: `return y[5]`",
    "asks": "a check cannot answer input()",
    "kills": "ended the whole process (signal SIGKILL)",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The text of each check's report, all from one kernel."""
    cells = [new_code_cell(SET_UP)]
    for name, body in FUNCTIONS.items():
        cells.append(new_code_cell(f"def {name}(x):\n    {body.strip()}"))
        cells.append(new_code_cell(f"checks.relu({name}, seconds=1)"))
    cells.append(new_code_cell("print('alive')"))
    executed = run(new_notebook(cells=cells), tmp_path_factory.mktemp("kernel"), timeout=60)
    reports = {
        name: cell.outputs for name, cell in zip(FUNCTIONS, executed.cells[2::2], strict=True)
    }
    return reports | {"end": executed.cells[-1].outputs}


@pytest.mark.skipif(isolation.best() != "fork", reason="this system cannot fork safely")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_check_answers(outputs, name):
    (report,) = outputs[name]
    assert report.output_type == "execute_result"
    text = " ".join(report.data["text/plain"].split())
    assert EXPECTED[name] in text
    assert report.data["text/html"].startswith('<div class="cnn-lab-check"')


def test_kernel_lives_on(outputs):
    assert outputs["end"] == [nbformat.v4.new_output("stream", name="stdout", text="alive\n")]
