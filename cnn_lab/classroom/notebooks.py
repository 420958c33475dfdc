"""Execute lessons and bring them into their stored form.

The stored form is the one in which a notebook lies in the repository: executed from top to bottom,
free of what differs from run to run and from machine to machine, so that executing it again changes
nothing and a difference between two versions shows what an author changed.

Cells are numbered from 1, prose and code together, in every message.
"""

import copy
import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

IGNORED = "nbval-ignore-output"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# tests/nbval_sanitize.cfg holds the same rule: the one measurement that a compared output may hold.
SECONDS = re.compile(r"took \d+(\.\d+)? s\b")

_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE_INFO = {  # without the version: lessons are the same under every Python
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
_NOTEBOOK_METADATA = ("authors", "cnn_lab", "title")
_CELL_METADATA = ("cnn_lab", "deletable", "editable", "jupyter", "nbgrader", "slideshow", "tags")
_EMPTY_METADATA = ([], {}, {"slide_type": ""})  # left behind by an editor's side bar

_MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|Users|work|private|var/folders)/[\w.-]+|\b[A-Z]:\\Users\\\w+"
)
_PROGRESS_BAR = re.compile(r"%\||\[\d\d:\d\d")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """A lesson that cannot be stored; the message names the cell and the fault."""


def find_lessons(folder, names=()):
    """List the lessons that are meant.

    Parameters
    ----------
    folder : path
        Where the lessons lie.
    names : iterable of str
        Numbers, beginnings of names, or paths; all lessons when empty.

    Returns
    -------
    list of Path
        In the order of the names, each lesson once.

    Raises
    ------
    FileNotFoundError
        If a name fits no lesson, or there is none at all.
    """
    lessons = sorted(Path(folder).glob("*.ipynb"))
    found = []
    for name in names or [""]:
        path = Path(name)
        fitting = [path] if path.is_file() else [x for x in lessons if x.name.startswith(name)]
        if not fitting:
            there = ", ".join(lesson.stem for lesson in lessons) or "none at all"
            raise FileNotFoundError(f"no lesson in {folder} begins with {name!r}; it has {there}")
        found += fitting
    return list(dict.fromkeys(found))


def refresh(path, *, execute=True, timeout=600):
    """Bring a lesson into its stored form, executed afresh.

    The file is replaced in one step, and only if something changed; a time that a cell took (see
    `SECONDS`) is no change.

    Parameters
    ----------
    path : path
        The lesson; it runs in the folder in which it lies.
    execute : bool
        Whether to execute the cells. Without it the stored outputs stay.
    timeout : float
        Time limit of one cell, in seconds.

    Returns
    -------
    bool
        Whether the file was written.

    Raises
    ------
    NotebookError
        If the file is no notebook, a cell fails, or an output names a place on this machine.
    """
    path = Path(path)
    before = path.read_text(encoding="utf-8")
    try:
        notebook = nbformat.v4.reads(before)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotebookError(f"not a notebook of format 4: {error!r}") from error
    if execute:
        notebook = run(notebook, path.parent, timeout=timeout)
    notebook = normalise(notebook)
    places = [f"cell {n} names a place on this machine: {p}" for n, p in machine_paths(notebook)]
    if places:
        raise NotebookError("\n".join(places))
    nbformat.validate(notebook)
    after = to_text(notebook)
    if SECONDS.sub("", after) == SECONDS.sub("", before):
        return False
    _replace(path, after)
    return True


def run(notebook, folder, *, timeout=600):
    """Execute every cell of a copy of a notebook, in a fresh kernel of this interpreter.

    Parameters
    ----------
    notebook : NotebookNode
        Stays as it is.
    folder : path
        Where the code runs.
    timeout : float
        Time limit of one cell, in seconds.

    Returns
    -------
    NotebookNode
        The copy with its new outputs.

    Raises
    ------
    NotebookError
        If a cell raises, takes too long, or ends the kernel.
    """
    notebook = copy.deepcopy(notebook)
    position = 0

    def remember(cell, cell_index):
        nonlocal position
        position = cell_index + 1

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=_ThisInterpreter,
        resources={"metadata": {"path": str(folder)}},
        timeout=timeout,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        on_cell_start=remember,
    )
    client.widget_registry = {}  # nbclient's own copies of Output widgets can make it wait for ever
    with tempfile.TemporaryDirectory() as profile:
        try:
            client.execute(env={**os.environ, "IPYTHONDIR": profile})
        except (CellControlSignal, DeadKernelError) as error:
            message = _ESCAPE.sub("", str(error)).strip()
            raise NotebookError(f"cell {position} failed\n{message}") from error
    return notebook


def normalise(notebook):
    """Return a notebook without what differs from run to run or from editor to editor.

    Cell ids follow from the content (nbgrader's own where there is one), execution counts run from
    1, only the metadata that mean something to the course stay, widgets have no state and numbered
    models, streams are in one piece, and progress bars disappear from cells whose outputs are not
    compared. Cells that were never executed stay so, and blank cells go.

    Parameters
    ----------
    notebook : NotebookNode
        Stays as it is.

    Returns
    -------
    NotebookNode
        A copy for which `normalise` has nothing left to do.
    """
    notebook = copy.deepcopy(notebook)
    kept = {key: notebook.metadata[key] for key in _NOTEBOOK_METADATA if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": _KERNELSPEC, "language_info": _LANGUAGE_INFO, **kept}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    ids, count = set(), 0
    for cell in notebook.cells:
        cell.source = cell.source.replace("\r\n", "\n").strip("\n")
        cell.metadata = _kept_metadata(cell.metadata)
        cell.id = _cell_id(cell, ids)
        ids.add(cell.id)
        if cell.cell_type == "code":
            if cell.get("execution_count") is not None:
                count += 1
                cell.execution_count = count
            cell.outputs = _stored_outputs(cell)
    return notebook


def to_text(notebook):
    """Return the text of a notebook's file."""
    return nbformat.v4.writes(notebook) + "\n"


def machine_paths(notebook):
    """Find places on somebody's machine in sources, outputs and metadata.

    Parameters
    ----------
    notebook : NotebookNode
        Its pictures are not searched.

    Returns
    -------
    list of (int, str)
        The number of the cell, and the path.
    """
    here = {str(Path.cwd()), str(Path.home()), sys.prefix} - {"/"}
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        for text in _texts({key: value for key, value in cell.items() if key != "attachments"}):
            places = [match.group() for match in _MACHINE_PATH.finditer(text)]
            places = places or [place for place in here if place in text]
            found += [(number, place) for place in places]
    return found


class _ThisInterpreter(AsyncKernelManager):
    """Starts the Python that runs this code, whatever kernels the machine has registered."""

    @property
    def kernel_spec(self):
        return KernelSpec(**get_kernel_dict())


def _kept_metadata(metadata):
    kept = {key: metadata[key] for key in _CELL_METADATA if key in metadata}
    for key in ("editable", "deletable"):
        if kept.get(key) is True:
            del kept[key]
    return nbformat.from_dict({k: v for k, v in kept.items() if v not in _EMPTY_METADATA})


def _cell_id(cell, taken):
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    if re.fullmatch(r"[\w-]{1,64}", grade_id, re.ASCII) and grade_id not in taken:
        return grade_id
    occurrence, chosen = 0, None
    while chosen is None or chosen in taken:
        chosen = _short_hash(cell.cell_type, cell.source, occurrence)
        occurrence += 1
    return chosen


def _short_hash(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


def _stored_outputs(cell):
    ignored = IGNORED in cell.metadata.get("tags", [])
    outputs = []
    for output in cell.outputs:
        if ignored and is_progress_bar(output):
            continue
        last = outputs[-1] if outputs else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
            continue
        outputs.append(output)
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
        if "image/png" in output.get("data", {}):
            output.data.pop(WIDGET_VIEW, None)  # without a kernel a page says that it is not found
        for kind, content in output.get("data", {}).items():
            if kind == WIDGET_VIEW:
                content["model_id"] = _short_hash(cell.id, len(outputs))
            elif kind.startswith("image/") and isinstance(content, str):
                output.data[kind] = content.strip()
    return outputs


def is_progress_bar(output):
    """Tell whether a cell's output is the widget of a progress bar."""
    data = output.get("data", {})
    return WIDGET_VIEW in data and bool(_PROGRESS_BAR.search(data.get("text/plain", "")))


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not (key.startswith("image/") and isinstance(inner, str)):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _replace(path, text):
    """Write a file in one step, so that an interruption leaves the old one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".tmp", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
