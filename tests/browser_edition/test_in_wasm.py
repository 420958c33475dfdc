"""The package's own tests pass inside wasm: Pyodide under Node, without a browser."""

import pytest

from browser_edition.wasm_tests import WasmError, run_inside

AT_LEAST = 2500  # tests and examples; what is left out says so in browser_edition/inside_wasm.py


def test_the_packages_own_tests_pass_inside_wasm(record_property):
    lines = []
    counts = run_inside(say=lines.append)
    record_property("measured", lines[-1])
    assert counts["passed"] >= AT_LEAST


def test_a_failure_inside_wasm_is_one_outside():
    with pytest.raises(WasmError, match="status 5"):  # no test was collected
        run_inside(["tests/test_pooling.py", "-k", "no_test_of_this_name"], say=str)
