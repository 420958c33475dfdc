"""The package's own tests inside wasm, in Pyodide under Node: ``make test-wasm``.

The package is the wheel that the site has, and Pyodide the one from which the site is built. What
cannot run there, and why, stands in ``inside_wasm.py``.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browser_edition.distribution import DistributionError, lay_down
from browser_edition.files import Files, SourceError, read_pins
from browser_edition.site import APART, ROOT, own_wheel

HERE = Path(__file__).parent
PATIENCE = 3000  # seconds for all tests of one run
FASTER = ["-p", "no:cacheprovider", "-p", "no:nbval", "--tb=short", "-q"]
# What tests read of the repository beside themselves.
FOR_TESTS = (
    "pyproject.toml",
    "README.md",
    "browser_edition/__init__.py",
    "browser_edition/weights.py",
    "notebooks/08_training_mnist.ipynb",
)


class WasmError(Exception):
    """Why the tests did not run, or not to the end."""


def find_node():
    """Return the path of Node: the one that Playwright brings, else the one on the PATH.

    Raises
    ------
    WasmError
        If there is none.
    """
    import playwright

    for name in ("node", "node.exe"):
        path = Path(playwright.__file__).parent / "driver" / name
        if path.exists():
            return str(path)
    if path := shutil.which("node"):
        return path
    raise WasmError("There is no Node: neither Playwright's own nor one on the PATH.")


def run_inside(arguments=(), say=print):
    """Run pytest in Pyodide under Node.

    Parameters
    ----------
    arguments : sequence of str
        For pytest; paths begin at the folder of the course. Without any: the tests that take no
        minutes and the examples of the package. "--everything" adds the slow ones.
    say : callable
        Called with a line at each step.

    Returns
    -------
    dict
        How many tests had which outcome: "passed", "skipped", "failed", "error", ...

    Raises
    ------
    WasmError
        If pytest ended with another status than 0, or Pyodide did not run to the end.
    """
    node, start = find_node(), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        say("Laying down Pyodide with the course's package.")
        wheel = own_wheel(scratch / "wheel")
        lay_down(scratch / "pyodide", Files(read_pins(), say=say), [wheel], testing=True)
        course = scratch / "course"
        copy_course(course)
        say(f"Running pytest in Pyodide under Node ({node}).")
        sys.stdout.flush()
        status = subprocess.run(
            [
                *(node, str(HERE / "wasm_tests.mjs"), str(scratch / "pyodide"), str(course)),
                *(*FASTER, *whole(arguments)),
            ],
            timeout=PATIENCE,
            env={**os.environ, "NO_COLOR": "1"},
        ).returncode
        counts = read_counts(course / "counts.json")
    found = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    say(f"In wasm: {found or 'nothing'}, {time.monotonic() - start:.0f} s.")
    if status or not counts.get("passed"):
        raise WasmError(f"The tests inside wasm did not pass: status {status}.")
    return counts


def whole(arguments):
    """Return arguments for pytest that name all tests, if these are none but options."""
    some = any(not argument.startswith("-") for argument in arguments)
    return [*arguments] if some else ["tests", "--pyargs", "cnn_lab", *arguments]


def copy_course(folder):
    """Copy what tests read: the settings of pytest, the tests, the data that lie apart."""
    for name in ("tests", "data", "notebooks", "browser_edition"):
        (folder / name).mkdir(parents=True)
    for name in FOR_TESTS:
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(HERE / "inside_wasm.py", folder / "inside_wasm.py")
    for path in (ROOT / "tests").glob("*.py"):
        shutil.copyfile(path, folder / "tests" / path.name)
    shutil.copytree(ROOT / "tests" / "right_answers", folder / "tests" / "right_answers")
    for name in APART:
        shutil.copyfile(ROOT / "cnn_lab" / "data" / name, folder / "data" / name)


def read_counts(path):
    """Return what ``inside_wasm`` counted; nothing if pytest did not come to its end."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def main(arguments=None):
    """Run the tests; return the exit status."""
    try:
        run_inside(sys.argv[1:] if arguments is None else arguments)
    except (DistributionError, SourceError, WasmError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
