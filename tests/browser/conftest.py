"""A browser, pages that need no server, and a JupyterLab of their own for the browser tests.

``make test-browser`` runs them. No test waits for a length of time, only for what it looks for.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from cnn_lab import widgets
from cnn_lab.classroom.workbook import write_workbook

LESSONS = Path(__file__).parents[2] / "notebooks"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "the browser tests need Chromium: apt-get install chromium (Debian and Ubuntu), or name a"
    " Chromium or Chrome that is there: CHROMIUM=/path/to/it make test-browser"
)
PATIENCE = 60_000  # milliseconds, for a machine with much else to do
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
NOTICES = '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'


def find_browser():
    """Return the path of Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


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


def watched(browser, **options):
    """Return a page of its own, whose ``errors`` lists what it complains of."""
    page = browser.new_context(**{"viewport": {"width": 900, "height": 700}, **options}).new_page()
    page.set_default_timeout(PATIENCE)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda request: page.errors.extend(strange(request.url)))
    return page


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


def strange(url):
    """Return a complaint, in a list, about an address that is not on this machine."""
    known = ("file:", "data:", "blob:", "attachment:", "http://127.0.0.1:", "ws://127.0.0.1:")
    return [] if url.startswith(known) else [f"asked the network for {url}"]


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
    own = tmp_path_factory.mktemp("jupyter")
    settings = own / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NOTICES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    environment = {
        **os.environ,
        **{name: str(own / folder) for name, folder in folders.items()},
        "JUPYTER_PREFER_ENV_PATH": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--expose-app-in-browser", "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with open(own / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=root)
    try:
        wait_for(address, server, own / "log")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def lab_page(lab, chromium):
    """A page that shows JupyterLab, without a notebook."""
    page = watched(chromium, viewport={"width": 1280, "height": 1000})
    page.goto(f"{lab}/lab?reset")
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate("async () => void (await jupyterapp.restored)")
    yield page
    page.context.close()


def wait_for(address, server, log, seconds=90):
    """Return when the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"JupyterLab does not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)


# ---- what was measured ----


def pytest_terminal_summary(terminalreporter):
    """Print what the tests measured: `record_property("measured", sentence)`."""
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "measured" and report.when == "call":
                terminalreporter.line(f"measured: {value}")
