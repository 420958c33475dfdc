"""The built site keeps its promises; building it again loses nothing."""

import hashlib
import json

from browser_edition.files import read_pins
from browser_edition.promises import broken_promises
from browser_edition.site import build

# JupyterLite puts the time of building into the lists of files.
DATED = ("api/contents/all.json", "api/contents/complete/all.json")


def what_lies_in(site):
    """Return the SHA-256 of every file by its name, except where the time of building stands."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.is_file() and (name := path.relative_to(site).as_posix()) not in DATED
    }


def test_site_keeps_its_promises(site):
    assert broken_promises(site, read_pins()) == []


def test_a_second_build_into_the_same_folder_changes_nothing(tmp_path):
    output = tmp_path / "a folder with spaces" / "site"
    build(output, say=lambda line: None)
    first, settings = what_lies_in(output), (output / "jupyter-lite.json").read_text("utf-8")
    (output / "left over.txt").touch()
    build(output, say=lambda line: None)
    second = what_lies_in(output)
    assert json.loads((output / "jupyter-lite.json").read_text("utf-8")) == json.loads(settings)
    assert "left over.txt" not in second
    changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    assert changed == set()
