"""The built site, served, and visitors to it; ``make test-site`` runs what uses them.

``SITE_LESSONS="01 08"`` limits the lessons; ``CNN_LAB_SITE=site`` takes a site that is there
instead of building one. No visitor can reach anything but this machine, and whoever asks for more
is found out, be it the page, its workers or its service worker.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "browser"))

import in_site
from in_notebook import HARMLESS
from in_site import LESSONS, no_network, options_of_a_visitor, remembered
from lab_server import FLAGS, PATIENCE, find_browser, watched
from playwright.sync_api import expect, sync_playwright

from browser_edition.site import build
from cnn_lab.classroom.notebooks import find_lessons

MISSING = (
    "the tests of the browser edition need Chromium: apt-get install chromium (Debian and Ubuntu),"
    " or name a Chromium or Chrome that is there: CHROMIUM=/path/to/it make test-site"
)


def harmless(error):
    """Tell whether a complaint may be: pictures attached to cells; what test_visits looks at."""
    return HARMLESS in error or "status of 404" in error


def lessons():
    """Return the paths of the lessons to try: all, or those that SITE_LESSONS names."""
    return find_lessons(LESSONS, os.environ.get("SITE_LESSONS", "").split())


def pytest_generate_tests(metafunc):
    """Give every test that asks for a ``path`` one lesson after the other."""
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", lessons(), ids=lambda path: path.name[:2], scope="module")


@pytest.fixture(scope="session")
def playing():
    """Playwright, at work as long as the tests are."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(request):
    """Chromium without a window; where there is none the tests end here, in CI as a failure."""
    path = find_browser()
    if path is None:
        pytest.exit(MISSING, returncode=1 if os.environ.get("CI") == "true" else 0)
    playwright = request.getfixturevalue("playing")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site; tests must leave it as it is."""
    if given := os.environ.get("CNN_LAB_SITE"):
        return Path(given)
    folder = tmp_path_factory.mktemp("browser-edition") / "site"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def serving(site):
    """The address of the site, and the log of everything that is sent from it."""
    with remembered(site) as found:
        yield found


@pytest.fixture(scope="session")
def address(serving):
    """The address of the site."""
    return serving[0]


@pytest.fixture(scope="session")
def log(serving):
    """What the server has sent so far."""
    return serving[1]


@pytest.fixture(scope="session")
def elsewhere():
    """A proxy that goes nowhere, and the list of what it was asked for."""
    with no_network() as found:
        yield found


@pytest.fixture(scope="module")
def new_visitor(chromium, elsewhere):
    """Call it for the page of somebody who was never there before, with options of the context.

    The page lists in ``errors`` what it complains of. In the end all that visitors complained of
    must have been taken out, and none may have asked another host for anything.
    """
    proxy, asked = elsewhere
    pages = []

    def new(**options):
        pages.append(watched(chromium, **{**options_of_a_visitor(proxy), **options}))
        return pages[-1]

    asked.clear()
    yield new
    errors = [error for page in pages for error in page.errors if not harmless(error)]
    for page in pages:
        page.context.close()
    assert errors == []
    assert asked == []


@pytest.fixture
def open_lesson(new_visitor, address):
    """Call it with the path of a notebook of the site for a new visitor's page that shows it."""

    def opened(path, **options):
        return in_site.open_lesson(new_visitor(**options), address, path)

    return opened


def pytest_terminal_summary(terminalreporter):
    """Print what the tests measured: `record_property("measured", sentence)`."""
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "measured" and report.when == "call":
                terminalreporter.line(f"measured: {value}")
