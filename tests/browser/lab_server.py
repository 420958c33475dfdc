"""Chromium and a JupyterLab of their own, for the browser tests and for ``benchmarks/widgets.py``.

Nothing here needs pytest.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60_000  # milliseconds, for a machine with much else to do
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
NOTICES = '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'

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
RESTART = """async () => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  await kernel.restart();
  await kernel.info;
}"""
SOON = """(argument) => Promise.race([(%s)(argument), new Promise((_, complain) =>
  setTimeout(() => complain(new Error("JupyterLab has not answered for two minutes")), 120000))])"""


def find_browser():
    """Return the path of Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


def watched(browser, **options):
    """Return a page of its own, whose ``errors`` lists what it complains of."""
    page = browser.new_context(**{"viewport": {"width": 900, "height": 700}, **options}).new_page()
    page.set_default_timeout(PATIENCE)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda request: page.errors.extend(strange(request.url)))
    return page


def strange(url):
    """Return a complaint, in a list, about an address that is not on this machine."""
    known = ("file:", "data:", "blob:", "attachment:", "http://127.0.0.1:", "ws://127.0.0.1:")
    return [] if url.startswith(known) else [f"asked the network for {url}"]


def do(page, script, argument=None):
    """Run a script in the page and return its answer, unless that takes for ever."""
    return page.evaluate(SOON % script, argument)


@contextmanager
def jupyterlab(root, own):
    """Run a JupyterLab on a free port while the block runs; give its address.

    Parameters
    ----------
    root : Path
        The folder that it shows.
    own : Path
        A folder for its settings and its log.
    """
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


def open_lab(browser, address):
    """Return a page that shows JupyterLab, without a notebook."""
    page = watched(browser, viewport={"width": 1280, "height": 1000})
    page.goto(f"{address}/lab?reset")
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate("async () => void (await jupyterapp.restored)")
    return page


def wait_for(address, server, log, seconds=90):
    """Return when the server answers; raise RuntimeError if it does not."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                said = log.read_text()[-3000:]
                raise RuntimeError(f"JupyterLab does not start:\n{said}") from None
            time.sleep(0.1)
