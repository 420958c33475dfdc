"""Notebook files without any package: reading them, and writing them in one step.

A notebook is here the plain dict of its JSON, with every text in one piece. This is enough to copy
and compare cells, and nothing has to be installed for it.
"""

import copy
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path


def parse(content):
    """Return the notebook in the bytes of a file.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    dict
        With a list of ``cells``; each has a ``cell_type``, ``metadata``, and its ``source`` as one
        string.

    Raises
    ------
    ValueError
        If it is not a notebook of format 4.
    """
    try:
        notebook = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply for a notebook") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it has no cells, so it is not a notebook of format 4")
    for cell in notebook["cells"]:
        if not (isinstance(cell, dict) and isinstance(cell.get("cell_type"), str)):
            raise ValueError("it has a cell without a type")
        cell["source"] = joined(cell.get("source", ""))
        if not isinstance(cell.setdefault("metadata", {}), dict):
            raise ValueError("it has a cell with damaged metadata")
    return notebook


def joined(text):
    """Return a text that a notebook may hold as a list of lines in one piece."""
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        return "".join(text)
    if not isinstance(text, str):
        raise ValueError("it has a text that is neither a string nor a list of strings")
    return text


def to_text(notebook):
    """Return the text of a notebook's file, laid out as JupyterLab does it."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def grading(cell):
    """Return the nbgrader metadata of a cell, empty if it has none."""
    data = cell["metadata"].get("nbgrader")
    return data if isinstance(data, dict) else {}


def free_id(wanted, taken):
    """Return an id for a cell: the one wanted, or with a number if it is taken already."""
    name = re.sub(r"[^\w-]", "-", wanted, flags=re.ASCII)[:56] or "cell"
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name}-{number}"
    return chosen


def replace_file(path, content):
    """Write a file in one step: at every moment the old one or the new one is there, whole.

    Parameters
    ----------
    path : path
        What lies there is replaced, and keeps its permissions; folders are made.
    content : bytes
    """
    path = Path(os.path.realpath(path))  # the file is replaced, not a link to it
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(part, path.stat().st_mode & 0o777)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
