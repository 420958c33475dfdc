"""How the browser edition is put together: its pins, its sources, its lock and its promises.

Without network and without browser; `make test-site` tries the built site.
"""

import hashlib
import io
import json
import re
import subprocess
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from browser_edition import __main__, distribution, files, pin, serve, site
from browser_edition.distribution import DistributionError, lay_down
from browser_edition.files import Files, SourceError, normal, read_pins, wheel_of

CORE = {"pyodide.mjs": b"export {};", "python_stdlib.zip": b"zip"}
NUMPY = "numpy-2.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
COMM = "comm-1.0-py3-none-any.whl"
EXTENSION = "jupyterlite_pyodide_kernel-0.8.6-py3-none-any.whl"
MIRROR = "carrier-3.0-py3-none-any.whl"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def a_wheel(file_name, *lines, modules=(), more=None):
    """Return the bytes of a wheel."""
    name, version, *_ = file_name.split("-")
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, "", ""]
    parts = {f"{name}-{version}.dist-info/METADATA": "\n".join(metadata)}
    parts |= {module: "" for module in modules} | (more or {})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in parts.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return content.getvalue()


WHEELS = {
    NUMPY: a_wheel(NUMPY, modules=["numpy/__init__.py"]),
    COMM: a_wheel(COMM, "Requires-Dist: numpy", modules=["comm/__init__.py"]),
    EXTENSION: a_wheel(
        EXTENSION,
        more={
            "x.data/data/" + distribution.KERNEL_WHEELS + name: a_wheel(name)
            for name in ("piplite-0.8-py3-none-any.whl", "widgetsnbextension-3.9-py3-none-any.whl")
        },
    ),
}
PUBLISHED = CORE | WHEELS


def pin_of(file_name):
    name, version = wheel_of(file_name)
    digest = sha256(WHEELS[file_name])
    return {name: {"version": version, "file_name": file_name, "sha256": digest}}


@pytest.fixture
def pins():
    """Pins of a Pyodide of two files and one package."""
    entry = {"name": "numpy", "file_name": NUMPY, "sha256": sha256(WHEELS[NUMPY]), "depends": []}
    return {
        "pyodide": {
            "version": "1.2",
            "info": {"python": "3.14.0"},
            "distribution": "https://distribution.invalid/",
            "mirror": {"file_name": MIRROR, "folder": "carried/", "sha256": "0" * 64},
            "core": {name: sha256(content) for name, content in CORE.items()},
            "packages": {"numpy": entry},
        },
        "python": pin_of(COMM),
        "testing": {},
        "building": pin_of(EXTENSION),
    }


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def full_cache(cache):
    cache.mkdir()
    for name, content in PUBLISHED.items():
        (cache / name).write_bytes(content)
    return cache


class Sources:
    """Stands in for the distribution and for pip; notes what was asked of them."""

    def __init__(self):
        self.distribution = dict(PUBLISHED)  # what it would send; None: it does not answer
        self.mirror = dict(PUBLISHED)
        self.index = dict(WHEELS)
        self.asked = []

    def urlopen(self, address, timeout):
        assert timeout
        self.asked.append("distribution")
        if self.distribution is None:
            raise urllib.error.URLError("no way there")
        return io.BytesIO(self.distribution[address.rpartition("/")[2]])

    def pip(self, command, **_):
        requirements = Path(command[-1]).read_text(encoding="utf-8").splitlines()
        assert "--require-hashes" in command
        assert all("--hash=sha256:" in line for line in requirements)
        folder = Path(command[command.index("--dest") + 1])
        name = requirements[0].split("==")[0]  # the tests ask for one at a time, or for nothing
        self.asked.append(name)
        known = {wheel_of(file_name)[0]: file_name for file_name in self.index or {}}
        if name == "carrier" and self.mirror is not None:
            with zipfile.ZipFile(folder / MIRROR, "w") as archive:
                for member, content in self.mirror.items():
                    archive.writestr("carried/" + member, content)
        elif name in known:
            (folder / known[name]).write_bytes(self.index[known[name]])
        else:
            return subprocess.CompletedProcess(command, 1, "", f"ERROR: no {name}\n")
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def sources(monkeypatch):
    sources = Sources()
    monkeypatch.setattr(urllib.request, "urlopen", sources.urlopen)
    monkeypatch.setattr(files.subprocess, "run", sources.pip)
    return sources


# ---- the pins ----


def test_pins_name_a_version_and_a_hash_for_every_file():
    pins = read_pins()
    wheels = [entry for part in ("python", "testing", "building") for entry in pins[part].items()]
    wheels += pins["pyodide"]["packages"].items()
    for name, entry in wheels:
        assert wheel_of(entry["file_name"]) == (normal(name), entry["version"])
        assert re.fullmatch("[0-9a-f]{64}", entry["sha256"])
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in pins["pyodide"]["core"].values())
    assert pins["pyodide"]["distribution"] == files.DISTRIBUTION.format(version=pin.PYODIDE)


def test_pins_are_those_that_pin_would_write():
    pins = read_pins()
    parts = {"python": pin.PYTHON, "testing": pin.TESTING, "building": pin.BUILDING}
    for part, requirements in parts.items():
        found = {f"{name}=={entry['version']}" for name, entry in pins[part].items()}
        assert found == set(requirements)
    mirror = wheel_of(pins["pyodide"]["mirror"]["file_name"])
    assert "==".join(mirror).replace("open_webui", "open-webui") == pin.MIRROR
    assert pins["pyodide"]["core"].keys() == set(pin.CORE)
    packages = pins["pyodide"]["packages"]
    assert pin.closure(packages, pin.WANTED) == packages


def test_pins_are_taken_from_the_published_lock_word_for_word():
    lock = {"A": {"depends": ["b"], "x": 1}, "B": {"depends": []}, "c": {"depends": []}}
    assert pin.closure(lock, ["a"]) == {"a": lock["A"], "b": lock["B"]}


# ---- where the files come from ----


def test_files_come_from_the_distribution_first(pins, cache, sources):
    paths = Files(pins, cache, say=lambda line: None).pyodide(CORE)
    assert {name: path.read_bytes() for name, path in paths.items()} == CORE
    assert {*sources.asked} == {"distribution"}


@pytest.mark.parametrize("answer", [None, dict.fromkeys(PUBLISHED, b"something else")])
def test_files_come_from_the_mirror_where_the_distribution_fails(pins, cache, sources, answer):
    sources.distribution, said = answer, []
    paths = Files(pins, cache, say=said.append).pyodide(CORE)
    assert {name: path.read_bytes() for name, path in paths.items()} == CORE
    assert sources.asked == ["distribution", "carrier"]
    reason = "no way there" if answer is None else f"has SHA-256 {sha256(b'something else')}"
    assert reason in "\n".join(said)


def test_files_refuse_what_both_sources_have_changed(pins, cache, sources):
    sources.distribution = sources.mirror = dict.fromkeys(PUBLISHED, b"changed")
    with pytest.raises(SourceError, match="expected") as caught:
        Files(pins, cache, say=lambda line: None).pyodide(CORE)
    assert "https://distribution.invalid/" in str(caught.value)
    assert "carrier 3.0" in str(caught.value)
    assert not [*cache.glob("*")]


def test_files_say_what_to_do_where_nobody_answers(pins, cache, sources):
    sources.distribution = sources.mirror = sources.index = None
    asked = Files(pins, cache, say=lambda line: None)
    with pytest.raises(SourceError) as caught:
        asked.pyodide(CORE)
    for words in ("no way there", "no carrier", "HTTPS_PROXY", str(cache), "2 files of Pyodide"):
        assert words in str(caught.value)
    with pytest.raises(SourceError) as caught:
        asked.wheels(pins["python"])
    for words in ("1 wheel could", "no comm", "HTTPS_PROXY", str(cache)):
        assert words in str(caught.value)


def test_files_refuse_a_changed_wheel(pins, cache, sources):
    sources.index[COMM] = b"changed"
    with pytest.raises(SourceError, match=r"comm.* expected"):
        Files(pins, cache, say=lambda line: None).wheels(pins["python"])


def test_files_say_what_the_mirror_lacks(pins, cache, sources):
    sources.distribution, sources.mirror = None, {}
    with pytest.raises(SourceError, match=r"carrier 3\.0 does not carry pyodide\.mjs"):
        Files(pins, cache, say=lambda line: None).pyodide(CORE)


def test_files_of_a_full_cache_ask_nobody(pins, full_cache, sources):
    said = []
    asked = Files(pins, full_cache, say=said.append)
    asked.pyodide([*CORE, NUMPY])
    asked.wheels(pins["python"])
    assert (sources.asked, said) == ([], [])


def test_files_fetch_anew_what_was_damaged_in_the_cache(pins, full_cache, sources):
    for name in ("pyodide.mjs", COMM):
        (full_cache / name).write_bytes(PUBLISHED[name][:5])  # as a full disk leaves it
    (full_cache / "tmp-killed").write_bytes(b"half")
    asked = Files(pins, full_cache, say=lambda line: None)
    assert asked.pyodide(CORE)["pyodide.mjs"].read_bytes() == CORE["pyodide.mjs"]
    assert asked.wheels(pins["python"])["comm"].read_bytes() == WHEELS[COMM]
    assert sources.asked == ["distribution", "comm"]


def test_cache_folder_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_CACHE", str(tmp_path))
    assert files.cache_folder() == tmp_path
    monkeypatch.delenv("CNN_LAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder().is_relative_to(tmp_path)


def test_build_ends_with_a_message_where_nobody_answers(monkeypatch, tmp_path, capsys, sources):
    sources.distribution = sources.mirror = sources.index = None
    monkeypatch.setenv("CNN_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(site, "own_wheel", lambda folder: None)
    monkeypatch.setattr(site, "write_contents", lambda folder, *_, **__: folder.mkdir())
    output = tmp_path / "site"
    output.mkdir()
    (output / "jupyter-lite.json").write_text("old", encoding="utf-8")
    assert __main__.main(["build", "--output", str(output)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("The site could not be built.")
    assert "HTTPS_PROXY" in told
    assert (output / "jupyter-lite.json").read_text(encoding="utf-8") == "old"


def test_build_does_not_remove_a_folder_that_is_no_site(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert __main__.main(["build", "--output", str(tmp_path)]) == 1
    assert "is no site" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").is_file()


def test_put_in_place_replaces_all_of_the_old_site(tmp_path):
    for name in ("output", "built"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").touch()
    (tmp_path / ".output.new").mkdir()  # left by a build that was killed
    site.put_in_place(tmp_path / "built", tmp_path / "output")
    assert [path.name for path in tmp_path.iterdir()] == ["output"]
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["built.txt"]


# ---- the lock ----


def test_lock_takes_official_entries_word_for_word(pins, full_cache, tmp_path):
    lock = lay_down(tmp_path / "out", Files(pins, full_cache))
    assert lock["packages"]["numpy"] == pins["pyodide"]["packages"]["numpy"]
    assert lock["info"] == pins["pyodide"]["info"]
    written = json.loads((tmp_path / "out" / "pyodide-lock.json").read_text(encoding="utf-8"))
    assert written == lock


def test_lock_tells_the_truth_about_other_wheels(pins, full_cache, tmp_path):
    lock = lay_down(tmp_path / "out", Files(pins, full_cache))
    entry = lock["packages"]["comm"]
    assert (entry["imports"], entry["depends"], entry["version"]) == (["comm"], ["numpy"], "1.0")
    for entry in lock["packages"].values():
        content = (tmp_path / "out" / entry["file_name"]).read_bytes()
        assert sha256(content) == entry["sha256"]
    assert "piplite" in lock["packages"]
    assert "widgetsnbextension" not in lock["packages"]  # the one of an older generation


def test_lock_leaves_out_what_markers_exclude(pins, full_cache, tmp_path):
    path = tmp_path / "own-1.0-py3-none-any.whl"
    lines = ("numpy", "colorama; sys_platform == 'win32'", "tests; extra == 'test'", "pexpect")
    path.write_bytes(a_wheel(path.name, *(f"Requires-Dist: {line}" for line in lines)))
    lock = lay_down(tmp_path / "out", Files(pins, full_cache), [path])
    assert lock["packages"]["own"]["depends"] == ["numpy"]


def test_lock_needs_every_dependency(pins, full_cache, tmp_path):
    path = tmp_path / "own-1.0-py3-none-any.whl"
    path.write_bytes(a_wheel(path.name, "Requires-Dist: scipy"))
    with pytest.raises(DistributionError, match="own needs scipy"):
        lay_down(tmp_path / "out", Files(pins, full_cache), [path])


def test_lock_leaves_no_files_of_an_earlier_build(pins, full_cache, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "numpy-1.0.whl").touch()
    lay_down(tmp_path / "out", Files(pins, full_cache))
    assert not (tmp_path / "out" / "numpy-1.0.whl").exists()


# ---- serving ----


def test_serve_says_that_there_is_no_site(tmp_path, capsys):
    assert __main__.main(["serve", "--site", str(tmp_path)]) == 1
    assert "make site" in capsys.readouterr().err


def test_serve_says_that_the_port_is_taken(tmp_path, capsys):
    (tmp_path / "index.html").touch()
    with serve.served(tmp_path) as address:
        port = address.rstrip("/").rpartition(":")[2]
        assert __main__.main(["serve", "--site", str(tmp_path), "--port", port]) == 1
    assert f"Port {port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "kind"), [("a.wasm", "application/wasm"), ("a.mjs", "text/javascript")]
)
def test_served_files_have_the_types_that_browsers_insist_on(tmp_path, name, kind):
    (tmp_path / name).touch()
    with serve.served(tmp_path) as address, urllib.request.urlopen(address + name) as answer:
        assert answer.headers["Content-Type"] == kind
