"""The licences of everything in the site, as pages of the site.

The texts come out of the packages themselves. Pyodide and Python carry none in the files that a
browser loads; theirs lie in ``licence_texts``.
"""

import email
import json
import zipfile
from html import escape
from pathlib import Path

from browser_edition.files import normal

TEXTS = Path(__file__).with_name("licence_texts")
_WORDS = ("LICEN", "COPYING", "NOTICE", "AUTHORS")
# Name, licence, where the source is, text.
_WITHOUT_A_WHEEL = (
    ("Pyodide {version}", "MPL-2.0", "https://github.com/pyodide/pyodide", "MPL-2.0.txt"),
    ("CPython {python}", "PSF-2.0", "https://github.com/python/cpython", "Python.txt"),
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Licences</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: auto; padding: 1rem; }}
  td, th {{ text-align: left; padding: 0.2rem 1.5rem 0.2rem 0; vertical-align: top; }}
</style>
<h1>What this site is made of</h1>
<p>The course stands on the work of many others. These are the parts that the site carries, and
their licences. Files of others are unchanged. <a href="../index.html">Back to the course.</a></p>
<table>
<tr><th>Part</th><th>Licence</th><th>Texts</th></tr>
{rows}
</table>
</html>
"""


def write_licences(site, files):
    """Write the licences of a built site, and a page that lists them.

    Parameters
    ----------
    site : path
    files : Files
        Where the wheels come from with which the site was built.

    Returns
    -------
    list of str
        The parts in which no licence was found.
    """
    site = Path(site)
    folder = site / "licences"
    folder.mkdir(exist_ok=True)
    pins = files.pins
    rows, lacking = [], []
    versions = {"version": pins["pyodide"]["version"], "python": pins["pyodide"]["info"]["python"]}
    for name, licence, source, text in _WITHOUT_A_WHEEL:
        content = f"The source is at {source}\n\n" + (TEXTS / text).read_text(encoding="utf-8")
        (folder / text).write_text(content, encoding="utf-8")
        rows.append((name.format(**versions), licence, [text]))
    wheels = [*(site / "static" / "pyodide").glob("*.whl")]
    wheels += [path for path in files.wheels(pins["building"]).values() if "doit" not in path.name]
    for path in sorted(set(wheels), key=lambda path: path.name.lower()):
        name, licence, texts = _of_wheel(path)
        names = []
        for number, text in enumerate(texts):
            names.append(f"{name.split()[0]}{'-' + str(number + 1) if number else ''}.txt")
            (folder / names[-1]).write_bytes(text)
        rows.append((name, licence, names))
        if not names:
            lacking.append(name)
    for path in sorted(site.glob("**/third-party-licenses.json")):
        owner = path.relative_to(site).as_posix().split("/static/")[0]
        name = normal(owner.replace("/", "-").lstrip("@")).strip("-") + "-javascript.txt"
        listed = json.loads(path.read_text(encoding="utf-8"))["packages"]
        (folder / name).write_text("\n\n".join(map(_told, listed)), encoding="utf-8")
        rows.append((f"JavaScript in {owner}", f"{len(listed)} packages, each its own", [name]))
    cells = "\n".join(map(_row, rows))
    (folder / "index.html").write_text(_PAGE.format(rows=cells), encoding="utf-8")
    return lacking


def _of_wheel(path):
    """Return name and version, the licence's name, and the licence's texts."""
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        about = next(name for name in members if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(about))
        texts = [
            archive.read(name)
            for name in members
            if not name.endswith("/")
            and not name.endswith((".py", ".json", ".js", ".pyi"))
            and any(word in name.rpartition("/")[2].upper() for word in _WORDS)
        ]
    return f"{normal(metadata['Name'])} {metadata['Version']}", _name(metadata), texts


def _name(metadata):
    """Return what a package calls its licence; some put the whole text there."""
    said = metadata["License-Expression"] or str(metadata["License"] or "")
    if 0 < len(said) <= 40:
        return said
    lines = metadata.get_all("Classifier") or []
    classes = [line.split(" :: ")[-1] for line in lines if line.startswith("License")]
    return ", ".join(classes) or said.strip().split("\n")[0][:60] or "see its text"


def _told(package):
    title = f"{package['name']} {package.get('versionInfo', '')}: {package.get('licenseId', '')}"
    return f"{title}\n\n{package.get('extractedText') or '(no text of its own)'}"


def _row(row):
    name, licence, texts = row
    links = ", ".join(f'<a href="{escape(text)}">{escape(text)}</a>' for text in texts)
    return f"<tr><td>{escape(name)}</td><td>{escape(licence)}</td><td>{links}</td></tr>"
