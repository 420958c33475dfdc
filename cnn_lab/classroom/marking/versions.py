"""Versions of an assignment that students may still have, after the teacher has changed the source.

Of each version that was ever marked, ``marking/<assignment>/releases.json`` in a course knows what
nbgrader's cells were worth, and a hash of what they said. A cell that still says exactly that was
not edited by the student.
"""

import hashlib
import json
from pathlib import Path

from cnn_lab.classroom.ipynb import grading, parse, replace_file
from cnn_lab.classroom.marking.lesson import parts_of, plain
from cnn_lab.classroom.marking.records import FOLDER


def known(course, assignment, sources=None):
    """Return the versions that there have been, and note the present one.

    Parameters
    ----------
    course : path
        The course folder.
    assignment : str
    sources : dict of str to dict, optional
        The notebooks as they are now (see `submission.sources`); nothing is noted without them.

    Returns
    -------
    dict
        Notebook -> grade id -> list of ``[points or None, hash of the text]``.
    """
    path = Path(course, FOLDER, assignment, "releases.json")
    found = _load(path)
    if sources is None:
        return found
    before = json.dumps(found)
    for name, source in sources.items():
        for version in (*_written_here(Path(course), assignment, name), source):
            for grade_id, entry in _version(version).items():
                entries = found.setdefault(name, {}).setdefault(grade_id, [])
                entries += [entry] if entry not in entries else []
    if json.dumps(found) != before:
        replace_file(path, (json.dumps(found, indent=1) + "\n").encode())
    return found


def bring_up_to_date(parts, sent, versions):
    """Let the cells of older versions say what they say now.

    Parameters
    ----------
    parts : list of Part
        The present version.
    sent : list of Sent
        What a student sent; is changed.
    versions : dict
        Grade id -> list of ``[points or None, hash of the text]``.

    Returns
    -------
    bool
        Whether there were any.
    """
    named = {part.grade_id: part for part in parts if part.grade_id}
    named |= {part.id: part for part in parts if part.grade_id and part.id not in named}
    count = 0
    for cell in sent:
        part = named.get(cell.data.get("grade_id")) or named.get(cell.id)
        if part is None:
            continue
        entries, said = versions.get(part.grade_id, ()), _digest(cell.text)
        if part.role == "locked":  # what it says belongs to what it was worth
            entries = [
                (points, text)
                for points, text in entries
                if text == said and points == cell.data.get("points", points)
            ]
        if said in [text for _, text in entries] and not part.is_given(cell.text):
            cell.text = part.given
            count += 1
        if "points" in cell.data and cell.data["points"] in [points for points, _ in entries]:
            count += cell.data["points"] != part.data.get("points")
            cell.data["points"] = part.data.get("points")
    return count > 0


def tests_of(sources):
    """Return a hash of what decides on the points: the graded cells, with their points.

    Parameters
    ----------
    sources : dict of str to dict
        See `submission.sources`.

    Returns
    -------
    str
    """
    cells = [
        [name, grading(cell).get("grade_id"), grading(cell).get("points"), cell["source"]]
        for name, source in sorted(sources.items())
        for cell in source["cells"]
        if grading(cell).get("grade") or grading(cell).get("task")
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def is_outdated(record, tests):
    """Tell whether a record is of other tests or points than those of this hash."""
    return record is not None and record.get("tests", tests) != tests


def _version(source):
    return {
        part.grade_id: [part.data.get("points"), _digest(part.given)]
        for part in parts_of(source)
        if part.grade_id
    }


def _written_here(course, assignment, name):
    """Return the versions that ``cnn-lab assignment`` has written and nobody has changed."""
    from cnn_lab.classroom.course import MARK

    written = course / MARK / "written" / "source" / assignment / f"{name}.ipynb"
    found = []
    for path in [written, *sorted((course / MARK / "kept").glob(f"{name}-*.ipynb"))]:
        try:
            found.append(parse(path.read_bytes()))
        except (OSError, ValueError):
            continue
    return found


def _digest(text):
    return hashlib.sha256(plain(text).encode("utf-8", "replace")).hexdigest()


def _load(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
