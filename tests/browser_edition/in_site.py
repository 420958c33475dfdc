"""What the tests of the browser edition, and ``benchmarks/browser.py``, do with a built site.

Nothing here needs pytest.
"""

import configparser
import re
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
sys.path.append(str(Path(__file__).parents[1] / "browser"))

from in_notebook import OUTPUTS
from lab_server import PATIENCE

from browser_edition.serve import Handler, served

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "notebooks"
COMPLETE = "complete"
STARTING = 300_000  # milliseconds that Python may take to start
LONG = 900_000  # milliseconds that all cells of a lesson may take
# Chromium itself asks this one, when somebody types into a field.
CHROMIUMS_OWN = "content-autofill.googleapis.com:443"
# Chromium asks every host for this before it knows of the site's own.
NOT_THE_SITES = {"/favicon.ico"}
WIDGET = "application/vnd.jupyter.widget-view+json"

# Sets window.ready when the notebook that the page opens by itself has a kernel that answers.
READY = """async (path) => {
  window.ready = false;
  await jupyterapp.restored;
  const tick = () => new Promise((resolve) => setTimeout(resolve, 50));
  while (jupyterapp.shell.currentWidget?.context?.path !== path) await tick();
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.revealed;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  window.ready = true;
}"""
BEGIN = """() => {
  window.ended = false;
  jupyterapp.commands.execute("notebook:run-all-cells").then(() => (window.ended = true));
}"""
# A number as the lessons write it: with commas, a minus of either kind, an exponent, or percent.
NUMBER = re.compile(r"[-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+|%)?")


# ---- a server that remembers, and a network that is not there ----


class Log(list):
    """What a server has sent: tuples of path, status and bytes of content."""

    def statuses(self):
        """Count the answers of each status."""
        return Counter(status for _, status, _ in self)

    def missing(self):
        """List the paths that were not there."""
        return sorted({path.partition("?")[0] for path, status, _ in self if status >= 400})

    def size(self):
        """Return the bytes of all contents."""
        return sum(size for _, _, size in self)


@contextmanager
def remembered(folder):
    """Serve a folder while the block runs; give its address and the `Log` of what was sent."""
    log = Log()

    class Remembering(Handler):
        def log_request(self, code="-", size="-"):
            self.status = int(code)

        def log_message(self, *arguments):
            pass

        def copyfile(self, source, outputfile):
            content = source.read()
            self.sent = len(content)
            outputfile.write(content)

        def handle_one_request(self):
            self.sent, self.status = 0, None
            super().handle_one_request()
            if self.status:
                log.append((self.path, self.status, self.sent))

    with served(folder, Remembering) as address:
        yield address, log


@contextmanager
def no_network():
    """Give the address of a proxy that goes nowhere, and the list of what it was asked for."""
    asked = []

    class Nowhere(BaseHTTPRequestHandler):
        def refuse(self):
            if self.path != CHROMIUMS_OWN:
                asked.append(f"{self.command} {self.path}")
            self.send_error(502)

        do_CONNECT = do_GET = do_HEAD = do_OPTIONS = do_POST = refuse

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Nowhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def options_of_a_visitor(proxy):
    """Return the options of a browser context that has nothing but this machine."""
    return {
        "viewport": {"width": 1280, "height": 1000},
        "proxy": {"server": proxy, "bypass": "127.0.0.1"},
    }


# ---- lessons ----


def go_to(page, address, path):
    """Open a notebook of the site by its address, and return when its text can be read."""
    page.goto(f"{address}lab/index.html?path={path}")
    page.locator(".jp-Notebook .jp-RenderedMarkdown h1").first.wait_for(timeout=2 * PATIENCE)


def open_lesson(page, address, path):
    """Open a notebook of the site by its address, and return when its kernel answers."""
    go_to(page, address, path)
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate(f"(path) => void ({READY})(path)", path)
    page.wait_for_function("window.ready", timeout=STARTING)
    return page


def run_lesson(page, timeout=LONG):
    """Run all cells to the end, whatever they do; return pairs of source and outputs."""
    page.mouse.move(0, 0)
    page.evaluate(BEGIN)
    page.wait_for_function("window.ended", timeout=timeout)
    return page.evaluate(OUTPUTS)


# ---- outputs ----


def complaints(outputs):
    """List the errors of a cell, and what it wrote to the standard error."""
    said = [output.get("evalue") for output in outputs if output["output_type"] == "error"]
    return said + ["".join(out["text"]) for out in outputs if out.get("name") == "stderr"]


def content(outputs):
    """Return what a cell shows, as pairs of kind and text; of pictures only that they are there.

    The view of a widget is left out: it is not stored.
    """
    found = []
    for output in outputs:
        if output["output_type"] == "stream":
            kind, text = output["name"], "".join(output["text"])
            if found and found[-1][0] == kind:
                text = found.pop()[1] + text
            found.append((kind, text))
        for kind, value in sorted(output.get("data", {}).items()):
            if kind.startswith("text/"):
                found.append((kind, "".join(value)))
            elif kind != WIDGET:
                found.append((kind, ""))
    return [(kind, sanitized(text)) for kind, text in found]


def sanitized(text):
    """Return a text without what tests/nbval_sanitize.cfg says may differ."""
    for pattern, replacement in _rules():
        text = re.sub(pattern, replacement, text)
    return text


def _rules():
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "tests" / "nbval_sanitize.cfg", encoding="utf-8")
    return [(rules[name]["regex"], rules[name]["replace"]) for name in rules.sections()]


def differences(stored, found):
    """Compare what two cells show; return a line for each difference that matters."""
    kinds = [[kind for kind, _ in each] for each in (stored, found)]
    if kinds[0] != kinds[1]:
        return [f"shows {kinds[1]} in place of {kinds[0]}"]
    return [
        f"{kind}: {ours!r} in place of {theirs!r}"
        for (kind, theirs), (_, ours) in zip(stored, found, strict=True)
        if not alike(theirs, ours)
    ]


def alike(one, other):
    """Tell whether two texts are equal but for the last digit of numbers.

    Sums are taken in another order in WebAssembly, so that rounding may fall to the other side.
    """
    if one == other:
        return True
    if NUMBER.split(one) != NUMBER.split(other):
        return False
    return all(map(_close, NUMBER.findall(one), NUMBER.findall(other)))


def _close(one, other):
    """Tell whether two numbers are equal but for their last digit; what is counted is the same."""
    digits, exponent, percent = _parts(one)
    if one == other or not (digits or percent) or _parts(other) != (digits, exponent, percent):
        return one == other
    return abs(_value(one) - _value(other)) <= 1.01 * 10.0 ** (exponent - digits)


def _parts(text):
    """Return how many decimals a number has, its exponent, and whether it is a percentage."""
    mantissa, _, exponent = text.rstrip("%").partition("e")
    return len(mantissa.partition(".")[2]), int(exponent or 0), text.endswith("%")


def _value(text):
    return float(text.rstrip("%").replace(",", "").replace("\N{MINUS SIGN}", "-"))
