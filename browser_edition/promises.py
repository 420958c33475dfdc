"""What every built site keeps to, looked up in the site itself."""

import hashlib
import json
import re
from pathlib import Path

from browser_edition.contents import COMPLETE
from browser_edition.distribution import KERNEL

LARGEST_SITE = 80 << 20  # bytes
LARGEST_FILE = 24 << 20  # some hosts refuse files of 25 MiB
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
# Whatever a page, a style or a setting would ask for by itself. A link is followed by a person.
_ASKED_FOR = re.compile(
    r"""<(?:script|img|iframe|link|source)\b[^>]*?\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|url\(\s*["']?((?:https?:)?//[^"')]+)|@import\s+["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)
# Programs name such hosts where they would ask one when a file or a setting is missing. Those two
# do, and never ask: the settings that `_about_settings` looks up give them the site's own address.
_OPEN_HOSTS = re.compile(r"jsdelivr|unpkg\.com|cdnjs|googleapis|esm\.sh|skypack|pypi\.org")
_TOLD_BETTER = ("static/pyodide/pyodide.mjs", f"extensions/{KERNEL.split(':')[0]}/")


def broken_promises(site, pins, wanted=()):
    """Say what is wrong with a site.

    Parameters
    ----------
    site : path
        The built site.
    pins : dict
        As `browser_edition.files.read_pins` returns it.
    wanted : iterable of str
        Paths of files that this site must have besides those of every site, such as its lessons.

    Returns
    -------
    list of str
        One sentence for each broken promise; empty if all are kept.
    """
    site = Path(site)
    try:
        settings = json.loads((site / "jupyter-lite.json").read_text(encoding="utf-8"))
        lock = json.loads((site / "static/pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"the site is not whole: {error}"]
    return [
        *_about_settings(site, settings["jupyter-config-data"]),
        *_about_pyodide(site / "static" / "pyodide", lock["packages"], pins),
        *_about_lessons(site),
        *_about_other_hosts(site),
        *_about_files(site, wanted),
    ]


def _about_settings(site, data):
    """The kernel comes from the site, and looks nowhere else for packages."""
    kernel = data.get("litePluginSettings", {}).get(KERNEL, {})
    address = kernel.get("pyodideUrl", "")
    if not address.startswith("./") or not (site / address).is_file():
        yield f"pyodideUrl is {address!r}, which is no file of the site"
    if kernel.get("disablePyPIFallback") is not True:
        yield "the kernel may look for packages at another host (disablePyPIFallback)"
    for other in kernel.get("pipliteUrls", []):
        if re.match(r"(https?:)?//", other):
            yield f"the kernel is told of packages at {other}"
    notices = data.get("settingsOverrides", {}).get("@jupyterlab/apputils-extension:notification")
    if not notices or notices.get("fetchNews") != "false" or notices.get("checkForUpdates"):
        yield "JupyterLab may ask another host for news or updates"
    names = {extension["name"] for extension in data.get("federated_extensions", [])}
    for name in ("@jupyter-widgets/jupyterlab-manager", KERNEL.split(":")[0], "anywidget"):
        if name not in names:
            yield f"the extension {name} is missing"


def _about_pyodide(folder, packages, pins):
    """Every file has its pinned bytes, and the lock tells the truth about each."""
    pyodide = pins["pyodide"]
    for name, entry in pyodide["packages"].items():
        if packages.get(name) != entry:
            yield f"the lock's entry for {name} is not the one that Pyodide publishes"
    pinned = {pin["file_name"]: pin["sha256"] for pin in pins["python"].values()}
    wanted = pyodide["core"] | {p["file_name"]: p["sha256"] for p in packages.values()} | pinned
    found = {path.name for path in folder.iterdir()} - {"pyodide-lock.json"}
    for name in sorted(wanted.keys() | found):
        if name not in found:
            yield f"static/pyodide/{name} is missing"
        elif name not in wanted:
            yield f"static/pyodide/{name} is not pinned"
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted[name]:
            yield f"static/pyodide/{name} does not have its pinned SHA-256"


def _about_lessons(site):
    """Every lesson is listed; learners' copies have no solutions, and none installs anything."""
    files = site / "files"
    lessons = sorted(files.rglob("*.ipynb"))
    if not lessons:
        yield "there are no lessons"
    for path in lessons:
        name = path.relative_to(files)
        text = path.read_text(encoding="utf-8")
        if any(line in text for line in MARKS) and name.parts[0] != COMPLETE:
            yield f"files/{name} shows its solutions"
        if re.search(r'"\s*[%!](pip|conda|piplite)\b|micropip', text):
            yield f"files/{name} installs something"
        if not _listed(site, name):
            yield f"files/{name} does not stand in the list of files"


def _listed(site, name):
    try:
        listing = site / "api" / "contents" / name.parent / "all.json"
        content = json.loads(listing.read_text(encoding="utf-8"))["content"]
    except (OSError, ValueError, KeyError):
        return False
    return any(Path(entry["path"]) == name for entry in content)


def _about_other_hosts(site):
    """No page, style, manifest or program asks another host for anything."""
    for kind in ("*.html", "*.css", "*.webmanifest"):
        for path in sorted(site.rglob(kind)):
            if path.is_relative_to(site / "licences"):
                continue
            for match in _ASKED_FOR.finditer(path.read_text(encoding="utf-8", errors="replace")):
                asked = next(filter(None, match.groups()))
                yield f"{path.relative_to(site)} asks for {asked}"
    for path in sorted([*site.rglob("*.js"), *site.rglob("*.mjs")]):
        name = path.relative_to(site).as_posix()
        named = _OPEN_HOSTS.search(path.read_text(encoding="utf-8", errors="replace"))
        if named and not name.startswith(_TOLD_BETTER):
            yield f"{name} may ask {named[0]}"


def _about_files(site, wanted):
    """What a host must be able to carry, and what must not be forgotten."""
    sizes = {path: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    if sum(sizes.values()) > LARGEST_SITE:
        yield f"the site has {sum(sizes.values()) / 1e6:.0f} MB, more than {LARGEST_SITE / 1e6:.0f}"
    for path, size in sizes.items():
        if size > LARGEST_FILE:
            yield f"{path.relative_to(site)} has {size / 1e6:.0f} MB, too much for some hosts"
    always = ("index.html", "lab/index.html", "service-worker.js", "licences/index.html")
    for name in (*always, *wanted):
        if not (site / name).is_file():
            yield f"{name} is missing"
