"""Give a submission back what its lesson needs, whatever a student or an editor did to it.

Afterwards every cell of the lesson that nbgrader knows is there once, in the lesson's order, with
nbgrader's metadata as they are in the source; checks and other locked cells have the source's text.
Nothing that the student wrote is lost but outputs, metadata, and copies of cells.
"""

import copy
import re

from cnn_lab.classroom.ipynb import free_id, joined
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.lesson import parts_of
from cnn_lab.classroom.marking.matching import Sent, match
from cnn_lab.classroom.marking.names import LARGEST, bound
from cnn_lab.classroom.marking.order import in_order
from cnn_lab.classroom.marking.suspicions import suspicions
from cnn_lab.classroom.marking.versions import bring_up_to_date

ELSEWHERE = "# The answer to this exercise stands in another cell."
OLDER = "Handed in with an older version of the assignment; the points of now count."
_TYPES = ("code", "markdown", "raw")


def repair(notebook, source, versions=None):
    """Return a submission as it can be marked.

    Parameters
    ----------
    notebook : NotebookNode
        What `intake.read` returned; stays as it is.
    source : NotebookNode or dict
        The assignment's notebook in ``source/``, with solutions and hidden tests; stays as it is.
    versions : dict, optional
        What its cells have said in older versions (see `versions.bring_up_to_date`).

    Returns
    -------
    repaired : NotebookNode
        Valid, without outputs. Cells of the lesson have the ids and the metadata of the source, the
        student's own cells have no metadata.
    findings : list of Finding
        What was done, and what in the answers asks for a look.
    """
    from nbformat import from_dict

    parts = parts_of(source)
    sent = [_sent(cell) for cell in notebook["cells"]]
    is_older = bring_up_to_date(parts, sent, versions or {})
    found = match(parts, sent)
    findings = [Finding("older version", OLDER)] if is_older else []
    findings += _facts(parts, sent, found)
    added = _missing(parts, sent, found)
    cells, moved = in_order(parts, [cell for cell in sent if not cell.removed], added)
    findings += _about_added(added) + _about_moved(moved) + suspicions(parts, cells)
    repaired = {
        "cells": _written(cells, parts),
        "metadata": copy.deepcopy(dict(source["metadata"])),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return from_dict(repaired), findings


def _sent(cell):
    metadata = cell.get("metadata")
    data = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    attachments = cell.get("attachments")
    return Sent(
        type=cell["cell_type"] if cell.get("cell_type") in _TYPES else "raw",
        id=str(cell.get("id", "")),
        text=joined(cell.get("source", "")),
        data={k: v for k, v in data.items() if isinstance(v, str | int | float)}
        if isinstance(data, dict)
        else {},
        attachments=dict(attachments) if isinstance(attachments, dict) else {},
    )


# ---- what was missing ----


def _missing(parts, sent, found):
    """Return the cells that have to be added, by the number of their part."""
    there = [cell for cell in sent if not cell.removed]
    added = {}
    for part in parts:
        if part.place not in found and part.role != "plain":
            text = part.text
            if part.role == "answer" and any(_answers(cell, part) for cell in there):
                text = ELSEWHERE
            added[part.place] = Sent(part.type, part.id, text, part=part)
    for cell in there:  # a stub below the answer would take it away again
        part = cell.part
        if part and part.role == "answer" and part.is_unwritten(cell.text):
            if any(_answers(other, part) for other in there if other is not cell):
                cell.text = ELSEWHERE
    return {**added, **_needed_code(parts, there, found)}


def _answers(cell, part):
    """Tell whether a cell that is another part of the lesson holds the answer to this one."""
    return (
        cell.part is not None
        and cell.part.role != "locked"
        and not cell.part.is_given(cell.text)
        and bool(part.names)
        and part.names <= cell.names
    )


def _needed_code(parts, there, found):
    """Return the lesson's own code that was deleted and is still needed by what is left."""
    left = [cell for cell in there if cell.type == "code"]
    bound_now = {name for cell in left for name in cell.names}
    texts = [cell.text for cell in left] + [part.text for part in parts if part.role == "locked"]
    words = {word for text in texts for word in re.findall(r"\w+", text[:LARGEST])}
    needed = {}
    for part in reversed(parts):
        if part.role == "plain" and part.type == "code" and part.place not in found:
            if (bound(part.text) - bound_now) & words:
                needed[part.place] = Sent(part.type, part.id, part.text, part=part)
                words |= set(re.findall(r"\w+", part.text))
    return needed


# ---- what a teacher is told ----


def _facts(parts, sent, found):
    """Say what was wrong with the cells that were sent."""
    findings, lost = [], []
    for part in parts:
        cell = found.get(part.place)
        if cell is None or part.role == "plain":
            continue
        if cell.elsewhere:
            text = f"The answer to {part.label!r} was not in its cell, but in another one."
            findings.append(Finding("answer elsewhere", text, part.label))
        elif cell.data.get("grade_id") != part.grade_id:
            lost.append(part)
        elif "points" in part.data and cell.data.get("points") != part.data["points"]:
            text = f"The points of {part.label!r} were {cell.data.get('points')}; "
            text += f"they are {part.data['points']} again."
            findings.append(Finding("points changed", text, part.label, "warning"))
        if cell.type != part.type:
            text = f"{part.label!r} was a {cell.type} cell; it is a {part.type} cell again."
            findings.append(Finding("cell type changed", text, part.label))
        if part.role == "locked" and not part.is_given(cell.text):
            text = f"{part.label!r} was edited; the teacher's text is marked."
            findings.append(Finding("cell edited", text, part.label, "warning"))
    if lost:
        text = "nbgrader's metadata were lost and were given back to "
        text += ", ".join(repr(part.label) for part in lost) + "."
        findings.insert(0, Finding("metadata lost", text))
    copies = sum(cell.removed for cell in sent)
    if copies:
        text = f"{copies} copies of the lesson's cells were taken out."
        if copies == 1:
            text = "A copy of one of the lesson's cells was taken out."
        findings.append(Finding("cells copied", text))
    return findings


def _about_added(added):
    findings = []
    for part in (cell.part for _, cell in sorted(added.items())):
        text = f"{part.label!r} was deleted; it was put back."
        if part.role == "answer":
            text = f"The answer cell {part.label!r} was deleted; it was put back empty."
            if added[part.place].text == ELSEWHERE:
                text = f"The answer to {part.label!r} was not in its cell, but in another one."
                findings.append(Finding("answer elsewhere", text, part.label))
                continue
        findings.append(Finding("cell deleted", text, part.label))
    return findings


def _about_moved(moved):
    if not moved:
        return []
    names = ", ".join(repr(part.label) for part in moved)
    return [Finding("cells moved", f"Moved back to where the lesson has them: {names}.")]


# ---- the notebook ----


def _written(cells, parts):
    """Return the cells of the repaired notebook."""
    taken = {part.id for part in parts}
    written = []
    for cell in cells:
        part = cell.part
        identity = part.id if part else free_id(cell.id, taken)
        taken.add(identity)
        text = part.text if part and part.role == "locked" else cell.text
        kind = part.type if part else cell.type
        new = {
            "cell_type": kind,
            "id": identity,
            "metadata": copy.deepcopy(part.metadata) if part else {},
            "source": text,
        }
        attachments = part.attachments if part and part.role != "answer" else cell.attachments
        if attachments and kind != "code":
            new["attachments"] = copy.deepcopy(attachments)
        if kind == "code":
            new |= {"execution_count": None, "outputs": []}
        written.append(new)
    return written
