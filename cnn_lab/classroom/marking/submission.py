"""From a folder that a student handed in to jobs that can be executed.

Reading and repairing happen in a process of their own (see `workers`), as anything may be in the
folder. A submission that cannot be read gets zeros, with the reason where the marks are: in the
feedback and in the teacher's report. The next one that can be read replaces it.
"""

import datetime
import hashlib
import html
import json
import stat
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from dateutil import parser as dates
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from cnn_lab.classroom.assignment import with_points
from cnn_lab.classroom.ipynb import grading, parse
from cnn_lab.classroom.marking import intake, records, repair
from cnn_lab.classroom.marking.execution import Job, Result
from cnn_lab.classroom.marking.findings import Finding, writable
from cnn_lab.classroom.marking.sent_files import read_folder, walk

TIMESTAMP = "timestamp.txt"
SECONDS = 120  # to read and repair one submission
_DEEPEST = 50  # levels of folders
_IGNORED = (".ipynb_checkpoints", "__pycache__", "feedback")


@dataclass(frozen=True)
class Piece:
    """One notebook of a submission, read and repaired.

    Attributes
    ----------
    notebook : dict
        With all cells that the assignment needs; without answers if nothing could be read.
    findings : tuple of Finding
    sent : str or None
        The path of its file within the folder.
    fault : str or None
        Why it could not be read, in a sentence.
    """

    notebook: dict
    findings: tuple[Finding, ...] = ()
    sent: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    Attributes
    ----------
    fingerprint : str
        Of all files: another one means that something was handed in again.
    timestamp : str or None
        When, as nbgrader noted it.
    pieces : dict of str to Piece
        By the name of the notebook in the assignment.
    findings : tuple of Finding
        About the folder as a whole.
    """

    fingerprint: str
    timestamp: str | None
    pieces: dict[str, Piece]
    findings: tuple[Finding, ...] = ()


def sources(folder):
    """Read the notebooks of an assignment, with solutions and hidden tests.

    Parameters
    ----------
    folder : path
        The assignment's folder in ``source/``.

    Returns
    -------
    dict of str to dict
        By name; each as nbgrader has it in its gradebook, with the points of the cells' metadata.

    Raises
    ------
    OSError, ValueError
        If there is none, or one cannot be read.
    """
    found = {path.stem: parse(path.read_bytes()) for path in sorted(Path(folder).glob("*.ipynb"))}
    if not found:
        raise FileNotFoundError(f"{folder} holds no notebook")
    for notebook in found.values():
        for cell in notebook["cells"]:
            if grading(cell).get("grade") and cell["cell_type"] == "code":
                cell["source"] = with_points(cell["source"], grading(cell)["points"])
    return found


def read(folder, notebooks, versions=None):
    """Read a submission and repair its notebooks.

    Parameters
    ----------
    folder : path
    notebooks : dict of str to dict
        Those of the assignment (see `sources`).
    versions : dict, optional
        What their cells have said so far (see `versions.known`).

    Returns
    -------
    Submission
    """
    folder = Path(folder)
    timestamp, findings = _timestamp(folder / TIMESTAMP)
    pieces = {
        name: _piece(folder, name, source, (versions or {}).get(name))
        for name, source in notebooks.items()
    }
    return Submission(_fingerprint(folder), timestamp, pieces, tuple(findings))


def unread(fingerprint, notebooks, fault):
    """Return a submission of which nothing could be read.

    Parameters
    ----------
    fingerprint : str
    notebooks : dict of str to dict
    fault : str
        The reason, in a sentence.
    """
    pieces = {name: _without_answers(source, fault) for name, source in notebooks.items()}
    return Submission(fingerprint, None, pieces)


def _piece(folder, name, source, versions):
    source = nbformat.from_dict(source)
    path, found = intake.find(folder, name, source)
    if path is None:
        fault = f"Nothing was sent that could be {name}.ipynb."
        return _without_answers(source, fault, found)
    sent = path.relative_to(folder).as_posix()
    told = writable(sent)
    try:
        notebook, also_found = intake.read(path.read_bytes())
    except (intake.Unreadable, OSError) as error:
        return _without_answers(source, f"{told} cannot be read: {error}", found, sent)
    notebook, repaired = repair.repair(notebook, source, versions)
    return Piece(_plain(notebook), (*found, *also_found, *repaired), sent)


def _without_answers(source, fault, found=(), sent=None):
    notebook, _ = repair.repair(new_notebook(), nbformat.from_dict(source))
    finding = Finding("not readable", fault, weight="failure")
    return Piece(_plain(notebook), (*found, finding), sent, fault)


def _plain(notebook):
    return json.loads(json.dumps(notebook))


def _timestamp(path):
    try:
        text = path.read_text(encoding="utf-8").strip()[:100] if _is_file(path) else ""
        # nbgrader reckons in UTC, which some of the times that can be written do not have.
        time = dates.parse(text or "2000-01-01")
        time.astimezone(datetime.UTC) if time.tzinfo else time
    except (ValueError, ArithmeticError, OSError):
        told = f"{TIMESTAMP} holds no time that can be read."
        return None, [Finding("time unknown", told, weight="warning")]
    return text or None, []


def _fingerprint(folder):
    total = hashlib.sha256()
    for name in _names(folder):
        with open(folder / name, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{name}\0{digest}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _names(folder):
    """List the ordinary files of a folder, sorted, relative to it; links are not followed."""
    found = walk(folder, _DEEPEST, lambda name: name in _IGNORED)
    return sorted(path.relative_to(folder).as_posix() for path in found if _is_file(path))


def _is_file(path):
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def files(source, submitted, limits):
    """Return the files that a notebook finds beside it: the assignment's, and the student's own.

    Parameters
    ----------
    source, submitted : path
        The folders; what is in both is taken from the first.
    limits : Limits

    Returns
    -------
    files : dict of str to bytes
        By the path within the folder; without notebooks.
    findings : list of Finding
        If something was left out.
    """
    there = read_folder(submitted, limits)
    left_out = [n for n in _names(submitted) if n not in there and not n.startswith(".")]
    own = {n: Path(source, n).read_bytes() for n in _names(source)}
    found = {name: content for name, content in (there | own).items() if is_beside(name)}
    if not left_out:
        return found, []
    text = f"Left out when the work was run, as they are too large: {', '.join(left_out[:5])}."
    return found, [Finding("files left out", text, weight="warning")]


def is_beside(name):
    """Tell whether a file goes along with a notebook: no other notebook, nor nbgrader's own."""
    return name != TIMESTAMP and not name.endswith((".ipynb", ".pyc"))


def job(piece, source, *, student, assignment, limits, sandbox, files, secret):
    """Return the job of running one notebook, with its hidden tests' seed.

    Parameters
    ----------
    piece : Piece
    source : dict
    student, assignment : str
    limits : Limits
    sandbox : bool
    files : dict of str to bytes
    secret : bytes
        The course's (see `records.secret`).

    Returns
    -------
    Job
    """
    made = Job(
        notebook=piece.notebook,
        source=source,
        student=student,
        assignment=assignment,
        limits=limits,
        sandbox=sandbox,
        seed=0,
        files=files,
    )
    return replace(made, seed=records.seed(secret, made.key))


def zero(notebook, fault, kind="not readable"):
    """Return the result of a notebook that could not be run: no points, and the reason.

    Parameters
    ----------
    notebook : dict
        A repaired one.
    fault : str
        A sentence.
    kind : str
        Of the finding.

    Returns
    -------
    Result
    """
    key = hashlib.sha256(json.dumps([notebook, fault]).encode()).hexdigest()
    notebook = nbformat.from_dict(notebook)
    shown = {"text/plain": "0.0", "text/html": f"<p>{html.escape(fault)}</p>"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
            if grading(cell).get("grade"):
                cell.execution_count = 1
                cell.outputs = [new_output("execute_result", shown, execution_count=1)]
    words = f"**This work could not be marked.** {html.escape(fault)}"
    notebook.cells.insert(0, new_markdown_cell(words, id=f"fault-{key[:8]}"))
    return Result(key, _plain(notebook), (Finding(kind, fault, weight="failure"),), 0.0)
