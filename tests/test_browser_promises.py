"""What every built site of the browser edition keeps to, on a small one, and its licences."""

import hashlib
import json
import zipfile

import pytest

from browser_edition.distribution import lay_down
from browser_edition.licences import write_licences
from browser_edition.promises import broken_promises

KERNEL = "@jupyterlite/pyodide-kernel-extension"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_wheel(path, name, requires=(), licence="You may."):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1", "License-Expression: MIT"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}-1.dist-info/METADATA", "\n".join(lines) + "\n")
        if licence:
            archive.writestr(f"{name}-1.dist-info/licenses/LICENSE", licence)
    return path


class Shelf:
    """Stands in for Files: everything lies on the disk already."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        numpy = make_wheel(folder / "numpy-1-py3-none-any.whl", "numpy")
        other = make_wheel(folder / "other-1-py3-none-any.whl", "other", ["numpy"])
        kernel = folder / "jupyterlite_pyodide_kernel-1-py3-none-any.whl"
        make_wheel(kernel, "jupyterlite_pyodide_kernel")
        write(folder / "pyodide.mjs", "program")
        entry = {"name": "numpy", "file_name": numpy.name, "depends": [], "imports": ["numpy"]}
        entry |= {"sha256": sha256(numpy.read_bytes()), "version": "1"}
        self.pins = {
            "pyodide": {
                "version": "1.2.3",
                "info": {"python": "3.14.0"},
                "core": {"pyodide.mjs": sha256(b"program")},
                "packages": {"numpy": entry},
            },
            "python": {"other": {"file_name": other.name, "sha256": sha256(other.read_bytes())}},
            "testing": {},
            "building": {"jupyterlite-pyodide-kernel": {"file_name": kernel.name}},
        }

    def pyodide(self, names):
        return {name: self.folder / name for name in names}

    def wheels(self, pins):
        return {name: self.folder / pin["file_name"] for name, pin in pins.items()}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def site(tmp_path, shelf):
    """A site that keeps its promises."""
    site = tmp_path / "site"
    lay_down(site / "static" / "pyodide", shelf)
    kernel = {"pyodideUrl": "./static/pyodide/pyodide.mjs", "disablePyPIFallback": True}
    # This program names another host, and is told better by the settings.
    write(site / "extensions" / KERNEL / "static" / "1.js", "https://cdn.jsdelivr.net/pyodide")
    names = ("@jupyter-widgets/jupyterlab-manager", KERNEL, "anywidget")
    data = {
        "litePluginSettings": {f"{KERNEL}:kernel": {**kernel, "pipliteUrls": []}},
        "settingsOverrides": {
            "@jupyterlab/apputils-extension:notification": {
                "fetchNews": "false",
                "checkForUpdates": False,
            }
        },
        "federated_extensions": [{"name": name} for name in names],
    }
    write(site / "jupyter-lite.json", json.dumps({"jupyter-config-data": data}))
    for name in ("index.html", "lab/index.html", "service-worker.js", "licences/index.html"):
        write(site / name, '<a href="https://elsewhere.example/">a link</a>')
    write(site / "files" / "01.ipynb", '{"cells": []}')
    write(site / "files" / "complete" / "01.ipynb", "### BEGIN SOLUTION")
    for folder in ("", "complete/"):
        listed = {"content": [{"path": f"{folder}01.ipynb"}]}
        write(site / "api" / "contents" / folder / "all.json", json.dumps(listed))
    return site


def setting(site, change):
    path = site / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    data = config["jupyter-config-data"]
    change(data, data["litePluginSettings"][f"{KERNEL}:kernel"])
    write(path, json.dumps(config))


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_a_good_site_breaks_no_promise(site, shelf):
    assert broken_promises(site, shelf.pins) == []


BREAKS = {
    "pyodide from elsewhere": (
        lambda s: setting(s, lambda d, k: k.update(pyodideUrl="https://cdn.example/pyodide.mjs")),
        "pyodideUrl is 'https://cdn.example/pyodide.mjs'",
    ),
    "the setting lost": (lambda s: setting(s, lambda d, k: k.pop("pyodideUrl")), "pyodideUrl is"),
    "all settings of the kernel lost": (
        lambda s: setting(s, lambda d, k: d.pop("litePluginSettings")),
        "the kernel may look for packages at another host",
    ),
    "packages from elsewhere": (
        lambda s: setting(s, lambda d, k: k.update(pipliteUrls=["//cdn.example/all.json"])),
        "told of packages at //cdn.example",
    ),
    "news": (
        lambda s: setting(s, lambda d, k: d.pop("settingsOverrides")),
        "another host for news",
    ),
    "widgets missing": (
        lambda s: setting(s, lambda d, k: d["federated_extensions"].pop()),
        "the extension anywidget is missing",
    ),
    "a changed file": (
        lambda s: append(s / "static/pyodide/pyodide.mjs", " "),
        "pyodide.mjs does not have its pinned SHA-256",
    ),
    "a changed wheel": (
        lambda s: append(s / "static/pyodide/other-1-py3-none-any.whl", " "),
        "other-1-py3-none-any.whl does not have its pinned SHA-256",
    ),
    "a file missing": (
        lambda s: (s / "static/pyodide/numpy-1-py3-none-any.whl").unlink(),
        "numpy-1-py3-none-any.whl is missing",
    ),
    "a file too many": (
        lambda s: write(s / "static/pyodide/extra.whl", ""),
        "extra.whl is not pinned",
    ),
    "solutions": (
        lambda s: append(s / "files/01.ipynb", "### BEGIN SOLUTION"),
        "files/01.ipynb shows its solutions",
    ),
    "an installation": (
        lambda s: append(s / "files/01.ipynb", '"%pip install x"'),
        "files/01.ipynb installs something",
    ),
    "an unlisted lesson": (
        lambda s: write(s / "files/02.ipynb", "{}"),
        "files/02.ipynb does not stand in the list",
    ),
    "a script from elsewhere": (
        lambda s: append(s / "index.html", '<script src="https://cdn.example/x.js"></script>'),
        "index.html asks for https://cdn.example/x.js",
    ),
    "a font from elsewhere": (
        lambda s: write(s / "a.css", "@font-face { src: url(//fonts.example/f.woff2) }"),
        "a.css asks for //fonts.example/f.woff2",
    ),
    "a style from elsewhere": (
        lambda s: append(s / "index.html", "<link rel=stylesheet href=https://cdn.example/s.css>"),
        "index.html asks for https://cdn.example/s.css",
    ),
    "a program that falls back on another host": (
        lambda s: write(s / "build/x.js", 'load("./x").catch(() => "https://unpkg.com/x")'),
        "build/x.js may ask unpkg.com",
    ),
    "no front page": (lambda s: (s / "index.html").unlink(), "index.html is missing"),
    "no licences": (lambda s: (s / "licences/index.html").unlink(), "licences/index.html is miss"),
    "not whole": (lambda s: (s / "jupyter-lite.json").unlink(), "the site is not whole"),
}


@pytest.mark.parametrize("way", BREAKS)
def test_a_broken_promise_is_found(site, shelf, way):
    spoil, complaint = BREAKS[way]
    spoil(site)
    assert any(complaint in line for line in broken_promises(site, shelf.pins))


def test_a_lock_that_says_something_else_than_pyodide_does(site, shelf):
    path = site / "static" / "pyodide" / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    lock["packages"]["numpy"]["depends"] = ["other"]
    write(path, json.dumps(lock))
    assert broken_promises(site, shelf.pins) == [
        "the lock's entry for numpy is not the one that Pyodide publishes"
    ]


def test_a_site_that_is_too_large(site, shelf, monkeypatch):
    monkeypatch.setattr("browser_edition.promises.LARGEST_SITE", 100)
    monkeypatch.setattr("browser_edition.promises.LARGEST_FILE", 50)
    found = "\n".join(broken_promises(site, shelf.pins))
    assert "more than 0" in found and "too much for some hosts" in found


def test_a_lesson_that_was_written_and_got_lost(site, shelf):
    wanted = ["files/01.ipynb", "files/07.ipynb"]
    assert broken_promises(site, shelf.pins, wanted) == ["files/07.ipynb is missing"]


# ---- licences ----


def test_every_part_of_the_site_has_its_licence(site, shelf):
    assert write_licences(site, shelf) == []
    page = (site / "licences" / "index.html").read_text(encoding="utf-8")
    for part in ("Pyodide 1.2.3", "CPython 3.14.0", "numpy 1", "jupyterlite-pyodide-kernel 1"):
        assert f"<td>{part}</td>" in page
    assert (site / "licences" / "numpy.txt").read_text(encoding="utf-8") == "You may."
    text = (site / "licences" / "MPL-2.0.txt").read_text(encoding="utf-8")
    assert "Mozilla Public License" in text


def test_a_part_without_a_licence_is_told(site, shelf):
    make_wheel(site / "static/pyodide/mystery-1-py3-none-any.whl", "mystery", licence="")
    assert write_licences(site, shelf) == ["mystery 1"]
