"""A plugin of pytest inside wasm: what cannot run there, and how many tests had which outcome."""

import json
import shutil
import sys
import types
from pathlib import Path

import pytest

COURSE = Path(__file__).parent
REPOSITORY = "about the repository: its files and settings, not the package"
BUILD = "about the build of the site, which happens outside"
NOTEBOOKS = "needs nbformat: reads and writes notebooks, which nobody does in the browser's kernel"
THREADS = "needs threads, of which there is one"
PROCESSES = "starts processes"
KERNELS = "needs ipykernel and jupyter_client: starts kernels of its own"

# Modules that are left out, and why.
LEFT_OUT = {
    "javascript.py": "runs JavaScript in Deno: such tests are skipped",
    "killed_training.py": PROCESSES,
    "workbook_run.py": NOTEBOOKS,
    "test_bench.py": REPOSITORY,
    "test_bench_widgets.py": REPOSITORY,
    "test_browser_edition.py": BUILD,
    "test_browser_promises.py": BUILD,
    "test_checks_evidence.py": "evidence is taken and judged where classes are marked",
    "test_checks_in_a_kernel.py": KERNELS,
    "test_classroom_notebooks.py": NOTEBOOKS,
    "test_environment.py": REPOSITORY,
    "test_imports.py": REPOSITORY,
    "test_lessons_as_pages.py": REPOSITORY,
    "test_main_train.py": "the command line",
    "test_notebooks.py": REPOSITORY,
    "test_packaging.py": REPOSITORY,
    "test_publishing.py": REPOSITORY,
    "test_text_of_lessons.py": REPOSITORY,
    "test_widget_training_monitor.py": KERNELS,
    "test_workbook.py": NOTEBOOKS,
}
# Folders of the package whose examples and modules are not for the browser.
LEFT_OUT_OF_THE_PACKAGE = {
    "classroom": "marks classes: needs nbgrader, nbformat and processes",
    "commands": "the command line",
}
# Parts of the names of tests that are skipped, and why.
SKIPPED = {
    "tests/test_browser.py::test_nothing_is_fetched_outside_a_browser": "this is no such place",
    "tests/test_checkpoints.py::test_fit_killed_at_random_moments": PROCESSES,
    "test_mixed_network_computes_the_same_with_and_without_engine[2": THREADS,
    "test_mixed_network_computes_the_same_with_and_without_engine[3": THREADS,
    "tests/test_fast_engine.py::test_same_batch": THREADS,
    "tests/test_fast_engine.py::test_scores_asked_for_by_two_threads": THREADS,
    "tests/test_fast_engine.py::test_overflow_that_is_silenced": THREADS,
    "tests/test_fast_engine.py::test_share_out": THREADS,
    "tests/test_fast_engine.py::test_one_blas_thread": THREADS,
    "tests/test_fast_engine.py::test_available_threads_follows": THREADS,
    "tests/test_fast_forms.py::test_dense_products_equal_plain_layer[3": THREADS,
    "tests/test_mnist.py::test_read_idx_header_claims_terabytes[bytes-cut short": "32 bits"
    " cannot count 2 TB, which is told in other words",
    "tests/test_mnist.py::test_read_idx_mutated": "32 bits count fewer bytes than the book allows",
    "tests/test_training.py::test_fit_in_another_thread": THREADS,
    "tests/test_training.py::test_fit_shows_a_progress_bar": "tqdm takes wasm for a notebook",
    "tests/test_mnist.py::test_load_mnist_missing_file": "the browser fetches what is missing",
    "test_sequential_names_what_is_wrong[<lambda>-uint8 .* got int64": "integers have 32 bits",
    "tests/test_plots.py::test_plots_change_no_setting_and_leave_pyplot": PROCESSES,
    "tests/test_plots.py::test_figure_in_ipython_is_published_once": PROCESSES,
    "tests/test_plots.py::test_figures_with_mathematics_drawn_by_several_threads": THREADS,
    "tests/test_checks.py::test_warnings_are_told_apart": "wasm keeps no record of overflows and"
    " invalid operations: NumPy warns of none",
}
# What takes minutes; the option --everything runs it all the same.
SLOW = {
    "tests/test_checks_further.py": "the same checks with more numbers",
    "tests/test_checks_catalogue.py::test_mistake_gets": "hundreds of mistakes, each judged",
    "tests/test_checks_catalogue.py::test_two_mistakes": "pairs of them",
    "tests/test_models.py::test_models_learn_sixty_digits": "trains every model",
    "test_recipes_take_a_step_that_lowers_the_loss[wide_two_layer": "a large model",
    "tests/test_fast_engine.py::test_models_compute_the_same": "reads 60,000 images each",
}


def pytest_addoption(parser):
    """Add the option for what is slow."""
    parser.addoption("--everything", action="store_true", help="run what takes minutes, too")


def pytest_configure(config):
    """Put the data that lie apart where the wheel lacks them; run no JavaScript."""
    import cnn_lab.mnist

    for path in (COURSE / "data").iterdir():
        shutil.copyfile(path, cnn_lab.mnist.DATA / path.name)
    sys.modules["javascript"] = types.ModuleType("javascript")
    sys.modules["javascript"].evaluated = sys.modules["javascript"].printed = _skip


def _skip(*arguments, **options):
    pytest.skip("runs JavaScript, which make test-unit does")


def pytest_ignore_collect(collection_path, config):
    """Leave out the modules that are about something else than the package in wasm."""
    inside = "cnn_lab" in collection_path.parts
    left_out = LEFT_OUT_OF_THE_PACKAGE if inside else LEFT_OUT
    return True if collection_path.name in left_out else None


def pytest_collection_modifyitems(config, items):
    """Skip what cannot be there; leave out what is slow unless it is asked for."""
    for item in items:
        for name, reason in SKIPPED.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))
    if not config.getoption("everything"):
        slow = {item for item in items if any(name in item.nodeid for name in SLOW)}
        config.hook.pytest_deselected(items=[*slow])
        items[:] = [item for item in items if item not in slow]


def pytest_terminal_summary(terminalreporter):
    """Say what was left out, and write down the counts."""
    terminalreporter.section("left out inside wasm")
    slow = {} if terminalreporter.config.getoption("everything") else SLOW
    for name, reason in (LEFT_OUT | LEFT_OUT_OF_THE_PACKAGE | slow).items():
        terminalreporter.line(f"{name:32} {reason}")
    counts = {
        outcome: len(reports)
        for outcome, reports in terminalreporter.stats.items()
        if outcome not in ("", "warnings", "deselected")
    }
    (COURSE / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
