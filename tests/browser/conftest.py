"""A browser, pages that need no server, and a JupyterLab of their own for the browser tests.

``make test-browser`` runs them. No test waits for a length of time, only for what it looks for.
"""

import os
from pathlib import Path

import pytest
from lab_server import FLAGS, PATIENCE, find_browser, jupyterlab, open_lab, watched
from playwright.sync_api import expect, sync_playwright

from cnn_lab import widgets
from cnn_lab.classroom.workbook import write_workbook

LESSONS = Path(__file__).parents[2] / "notebooks"
MISSING = (
    "the browser tests need Chromium: apt-get install chromium (Debian and Ubuntu), or name a"
    " Chromium or Chrome that is there: CHROMIUM=/path/to/it make test-browser"
)


@pytest.fixture(scope="session")
def chromium():
    """Chromium without a window; where there is none the tests end here, in CI as a failure."""
    path = find_browser()
    if path is None:
        pytest.exit(MISSING, returncode=1 if os.environ.get("CI") == "true" else 0)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """Call it for a page, with the options of a browser context.

    In the end its ``errors`` must be empty, but for those that the test has taken out.
    """
    pages = []

    def new(**options):
        pages.append(watched(chromium, **options))
        return pages[-1]

    yield new
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        page.context.close()
    assert errors == []


# ---- pages by to_html ----


@pytest.fixture(scope="session")
def offline(chromium):
    """A page without a network, which tests share that leave nothing behind."""
    page = watched(chromium, offline=True)
    yield page
    page.context.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Call it with the name of a widget and arguments for the address of its page on the disk."""
    folder, known = tmp_path_factory.mktemp("pages"), {}

    def write(name, **arguments):
        key = f"{name} {arguments}"
        if key not in known:
            widget = getattr(widgets, name)(**arguments)
            known[key] = widget.to_html(folder / f"{len(known)}_{name}.html").as_uri()
        return known[key]

    return write


# ---- JupyterLab ----


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """The folder that JupyterLab shows: a workbook, and room for notebooks of the tests."""
    folder = tmp_path_factory.mktemp("course")
    write_workbook(folder / "workbook", LESSONS)
    return folder


@pytest.fixture(scope="session")
def lab(chromium, root, tmp_path_factory):
    """The address of a JupyterLab with settings of its own, on a free port."""
    with jupyterlab(root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def lab_page(lab, chromium):
    """A page that shows JupyterLab, without a notebook."""
    page = open_lab(chromium, lab)
    yield page
    page.context.close()


# ---- what was measured ----


def pytest_terminal_summary(terminalreporter):
    """Print what the tests measured: `record_property("measured", sentence)`."""
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "measured" and report.when == "call":
                terminalreporter.line(f"measured: {value}")
