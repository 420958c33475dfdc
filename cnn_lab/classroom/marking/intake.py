"""Read whatever was sent as a notebook, and find it where it was put."""

import re
import stat
from pathlib import Path

from cnn_lab.classroom.ipynb import free_id, grading, joined
from cnn_lab.classroom.marking.decoding import LARGEST, Unreadable, decoded
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.lesson import parts_of, plain
from cnn_lab.classroom.marking.sent_files import walk

LONGEST_CELL = 100_000  # characters; an answer has a few thousand
LONGEST = 1_000_000  # of all cells together; a lesson has some 60,000
MOST_CELLS = 5_000
LARGEST_PICTURES = 20_000_000  # characters of all that was pasted into the cells
_MOST_FILES = 200
_DEEPEST = 8  # levels of folders in which a notebook is looked for
_SUFFIXES = (".ipynb", ".json", ".txt", "")
_TYPES = ("code", "markdown", "raw")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_FILES = re.compile(r"[\ud800-\udfff\x00]")  # halves of characters, and NUL
_NBGRADER = {
    "grade_id": str,
    "grade": bool,
    "solution": bool,
    "locked": bool,
    "task": bool,
    "points": int | float,
    "schema_version": int,
    "cell_type": str,
    "checksum": str,
}

__all__ = ["Unreadable", "find", "read"]


def read(content):
    """Read a notebook that may have been through any editor.

    Parameters
    ----------
    content : bytes
        Of the file.

    Returns
    -------
    notebook : NotebookNode
        Valid in format 4.5, without outputs; every cell has an id of its own. Of the metadata only
        nbgrader's and the kernel's name are kept.
    findings : list of Finding

    Raises
    ------
    Unreadable
        If there is nothing in it that could be marked.
    """
    from nbformat import from_dict

    data, findings = decoded(content)
    cells, more = _cells(data)
    findings += more
    taken, wanted = set(), [_id_of(cell) for cell in cells]
    written, reserved = [], set(wanted)
    for number, (cell, identity) in enumerate(zip(cells, wanted, strict=True), start=1):
        if not identity or identity in taken:
            identity = free_id(f"sent-{number}", taken | reserved)
        taken.add(identity)
        written.append(_clean(cell, identity, findings))
    if sum(len(cell["source"]) for cell in written) > LONGEST:
        raise Unreadable(f"The cells hold more than {LONGEST:,} characters.")
    _leave_out_large_pictures(written, findings)
    notebook = {"cells": written, "metadata": _kernel(data), "nbformat": 4, "nbformat_minor": 5}
    return from_dict(notebook), findings


# ---- cells ----


def _cells(data):
    """Return the cells, whatever the version of the format, and what was strange about them."""
    version, cells, findings = data.get("nbformat"), data.get("cells"), []
    if not isinstance(cells, list) and isinstance(data.get("worksheets"), list):  # formats 2 and 3
        sheets = [sheet.get("cells") for sheet in data["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise Unreadable("The file holds JSON, but no cells, so it is not a notebook.")
    if version != 4:
        number = version if isinstance(version, int) else "unknown"
        findings.append(Finding("format", f"The notebook's format is {number}; it was read as 4."))
    strange = sum(not isinstance(cell, dict) for cell in cells)
    if strange:
        text = f"{strange} of the notebook's entries are no cells and were left out."
        findings.append(Finding("cells damaged", text, weight="warning"))
    cells = [cell for cell in cells if isinstance(cell, dict)]
    if not cells:
        raise Unreadable("The notebook has no cells.")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"The notebook has {len(cells)} cells; at most {MOST_CELLS} are read.")
    return cells, findings


def _id_of(cell):
    identity = cell.get("id")
    return identity if isinstance(identity, str) and _ID.fullmatch(identity) else None


def _clean(cell, identity, findings):
    """Return a cell with nothing in it that is not valid, and no output."""
    kind, text = _kind_and_text(cell)
    if len(text) > LONGEST_CELL:
        told = f"A cell has {len(text):,} characters; its text was left out."
        findings.append(Finding("cell too long", told, identity, "warning"))
        text = ""
    clean = {"cell_type": kind, "id": identity, "metadata": _metadata(cell), "source": text}
    if kind == "code":
        return clean | {"execution_count": None, "outputs": []}
    attachments = _attachments(cell)
    return clean | ({"attachments": attachments} if attachments else {})


def _kind_and_text(cell):
    """Return the type and the text of a cell; older formats have more types, and other keys."""
    kind = cell.get("cell_type")
    key = next((key for key in ("source", "input", "code", "text") if key in cell), "source")
    text = _text(cell.get(key))
    if kind == "heading":
        level = cell.get("level")
        return "markdown", f"{'#' * (level if level in range(1, 7) else 1)} {text}"
    if kind == "html":
        return "markdown", text
    return (kind if kind in _TYPES else "raw"), text


def _text(value):
    """Return a text in one piece, with the line ends of Unix, that can be written to a file."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    if not isinstance(value, str):
        return ""
    return _NOT_IN_FILES.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))


def _metadata(cell):
    """Return nbgrader's metadata as far as they have the form that they need."""
    metadata = cell.get("metadata")
    data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(data, dict):
        return {}
    kept = {key: data[key] for key, kind in _NBGRADER.items() if _is_a(data.get(key), kind)}
    kept = {key: _text(value) if isinstance(value, str) else value for key, value in kept.items()}
    return {"nbgrader": kept} if kept else {}


def _is_a(value, kind):
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _attachments(cell):
    """Return the pictures pasted into a cell of prose."""
    attachments, kept = cell.get("attachments"), {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        if isinstance(bundle, dict):
            pictures = {k: _text(v) for k, v in bundle.items() if k.startswith("image/")}
            kept[_text(name)] = {_text(k): v for k, v in pictures.items() if v}
    return {name: pictures for name, pictures in kept.items() if pictures}


def _leave_out_large_pictures(cells, findings):
    left = LARGEST_PICTURES
    for cell in cells:
        bundles = cell.get("attachments", {}).values()
        left -= sum(len(picture) for bundle in bundles for picture in bundle.values())
        if left < 0 and bundles:
            del cell["attachments"]
            told = "Pictures pasted into a cell are too large; they were left out."
            findings.append(Finding("cell too long", told, cell["id"], "warning"))


def _kernel(data):
    """Return the name of the kernel as metadata of a notebook, which keeps no others."""
    metadata = data.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = _text(spec.get("name")) if isinstance(spec, dict) else ""
    return {"kernelspec": {"name": name, "display_name": name}} if name else {}


# ---- files ----


def find(folder, wanted, source):
    """Find a student's notebook where nbgrader has put what they sent.

    Parameters
    ----------
    folder : path
        ``submitted/<student>/<assignment>``.
    wanted : str
        The file name that the notebook should have, with or without ``.ipynb``.
    source : dict
        The assignment's notebook in ``source/``.

    Returns
    -------
    path : Path or None
        The file of that name, if something was written into it. Otherwise the newest file, whatever
        its name, that holds cells of the lesson with an answer; then one without. None if no file
        can be read as a notebook of this lesson, and none has the name.
    findings : list of Finding
        What else lies there, and why another file was taken.
    """
    folder, name = Path(folder), wanted.removesuffix(".ipynb") + ".ipynb"
    parts, files, findings = parts_of(source), *_files(folder)
    proper = folder / name if _is_readable(folder / name) else None
    files += [proper] if proper is not None and proper not in files else []
    ranked = []
    for path in files:
        rank = _rank(path, parts)
        if rank:
            ranked.append((rank, path == proper, path.stat().st_mtime_ns, str(path), path))
    if not ranked:
        return proper, findings
    best = max(ranked)[-1]
    others = sorted(_within(entry[-1], folder) for entry in ranked if entry[-1] != best)
    if best != proper:
        why = f"there is no {name!r}" if proper is None else f"{name!r} holds no answers"
        text = f"{_within(best, folder)!r} was taken, for {why}."
        findings.append(Finding("file renamed", text, weight="warning"))
    if others:
        text = f"Other files hold cells of this lesson, too: {', '.join(map(repr, others))}."
        findings.append(Finding("several files", text, weight="warning"))
    return best, findings


def _files(folder):
    """List the ordinary files in a folder and its folders; links lead to somebody else's."""
    files, findings = [], []
    for path in walk(folder, _DEEPEST, lambda name: name.startswith(".")):
        if path.is_symlink():
            text = f"{_within(path, folder)!r} is a link and was not followed."
            findings.append(Finding("link", text, weight="warning"))
        elif path.suffix.lower() in _SUFFIXES and _is_readable(path):
            files.append(path)
    return files[:_MOST_FILES], findings


def _is_readable(path):
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST


def _within(path, folder):
    return path.relative_to(folder).as_posix()


def _rank(path, parts):
    """Return 2 for a notebook of this lesson with an answer, 1 for one without, 0 for others."""
    try:
        notebook, _ = read(path.read_bytes())
    except (OSError, Unreadable):
        return 0
    known = {part.grade_id: part for part in parts if part.grade_id}
    known |= {part.id: part for part in parts if part.grade_id}
    checks = {plain(part.given) for part in parts if part.role == "locked" and part.type == "code"}
    cells = [(cell, grading(cell).get("grade_id"), cell["id"]) for cell in notebook["cells"]]
    if not any(
        grade_id in known or identity in known or plain(cell["source"]) in checks
        for cell, grade_id, identity in cells
    ):
        return 0
    lesson = {plain(part.given) for part in parts} | {plain(part.text) for part in parts}
    return 1 + any(plain(joined(cell["source"])) not in lesson | {""} for cell, _, _ in cells)
