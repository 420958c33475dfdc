"""What a learner did to a lesson, and putting it into a newer version of that lesson.

Three notebooks take part: *base* is the copy as it was written, *mine* what the learner made of it,
*new* the copy that would be written today.
"""

import copy

from cnn_lab.classroom.ipynb import free_id, grading

_CHANGED = "The exercise above has changed since you began it. Your code was kept;"


def same_work(one, other):
    """Tell whether two notebooks hold the same texts.

    Outputs, execution counts, metadata, ids, blank cells and blanks at the ends of lines are what
    an editor changes by itself, and do not count.
    """
    return _texts(one) == _texts(other)


def same_lesson(one, other):
    """Tell whether two copies are the same to somebody who works in them.

    A picture that was drawn again, with the same words around it, makes no other lesson.
    """
    return _texts(one) == _texts(other) and [
        grading(cell) for cell in one["cells"] if grading(cell)
    ] == [grading(cell) for cell in other["cells"] if grading(cell)]


def holds_lesson(mine, new):
    """Tell whether a learner's notebook holds every cell of a lesson, their answers apart."""
    there = _texts(mine)
    wanted = [cell for cell in new["cells"] if not grading(cell).get("solution")]
    return all(text in there for text in _texts({"cells": wanted}))


def merge(base, mine, new):
    """Put a learner's work into the newer version of a lesson.

    Parameters
    ----------
    base, mine, new : dict
        Stay as they are.

    Returns
    -------
    merged : dict
        The new version with the learner's answers, with the cells that they changed where the
        lesson still has them, and with the cells that they added, each below the cell that it
        followed. Without outputs.
    changed : list of str
        The exercises that the learner had begun and that are not the same any more.
    """
    new = copy.deepcopy(new)
    bases, homes = _partners(mine["cells"], base["cells"]), _partners(base["cells"], new["cells"])
    known = _partners(mine["cells"], new["cells"])  # to a lesson whose merge was interrupted
    guests, changed, anchor = {}, [], -1
    for place, cell in enumerate(mine["cells"]):
        original = base["cells"][bases[place]] if place in bases else None
        home = homes.get(bases[place]) if place in bases else known.get(place)
        goal = new["cells"][home] if home is not None else None
        anchor = anchor if home is None else home
        if _text(cell) in ("", _text(original), _text(goal)):
            continue
        if goal is None or goal["cell_type"] != cell["cell_type"]:
            guests.setdefault(anchor, []).append(_guest(cell))
        elif grading(goal).get("locked"):
            continue
        elif original is None or _text(goal) == _text(original):
            _take_over(goal, cell)
        elif grading(goal).get("solution"):
            changed.append(str(grading(goal).get("grade_id")))
            guests.setdefault(home, []).append(_notice(goal))
            _take_over(goal, cell)
        else:  # the learner and the lesson changed the same cell: keep both
            guests.setdefault(home, []).append(_guest(cell))
    return _with_guests(new, guests), changed


def _text(cell):
    """Return what counts of a cell's text; None for no cell."""
    if cell is None:
        return None
    return "\n".join(line.rstrip() for line in cell["source"].splitlines()).strip("\n")


def _texts(notebook):
    texts = [(cell["cell_type"], _text(cell)) for cell in notebook["cells"]]
    return [(kind, text) for kind, text in texts if text]


def _partners(cells, others):
    """Find for each cell its partner: by id, else by the exercise's name, else by the same text.

    Returns
    -------
    dict
        Place of the cell -> place of the partner; nobody is the partner of two.
    """
    keys = (
        lambda cell: cell.get("id"),
        lambda cell: grading(cell).get("grade_id"),
        lambda cell: (cell["cell_type"], _text(cell)) if _text(cell) else None,
    )
    found, taken = {}, set()
    for key in keys:
        places = {}
        for place, other in enumerate(others):
            if place not in taken and key(other) is not None:
                places.setdefault(key(other), place)
        for place, cell in enumerate(cells):
            partner = places.get(key(cell)) if place not in found else None
            if partner is not None and partner not in taken:
                found[place] = partner
                taken.add(partner)
    return found


def _guest(cell):
    """Return a cell of the learner's own, without what belongs to the lesson."""
    guest = copy.deepcopy(cell)
    guest["metadata"].pop("nbgrader", None)  # a grade_id must occur once
    return guest


def _take_over(goal, cell):
    goal["source"] = cell["source"]
    if cell.get("attachments"):
        goal["attachments"] = {**goal.get("attachments", {}), **cell["attachments"]}


def _notice(exercise):
    stub = _text(exercise)
    return {
        "cell_type": "markdown",
        "id": f"{exercise.get('id', 'exercise')}-changed",
        "metadata": {},
        "source": f"{_CHANGED} this is how the cell begins now:\n\n```python\n{stub}\n```",
    }


def _with_guests(new, guests):
    """Seat the learner's own cells below those that they followed, the same notice only once."""
    cells, taken, notices = [], {cell.get("id") for cell in new["cells"]}, set()
    for place in range(-1, len(new["cells"])):
        cells += new["cells"][place : place + 1] if place >= 0 else []
        for guest in guests.get(place, []):
            notice = guest["source"] if guest["source"].startswith(_CHANGED) else None
            if notice in notices:
                continue
            notices |= {notice} - {None}
            guest["id"] = free_id(str(guest.get("id") or "mine"), taken)
            taken.add(guest["id"])
            cells.append(guest)
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, []
    return {**new, "cells": cells}
