"""Which cell of a submission is which cell of the lesson.

nbgrader's name of a cell counts most, then the id of the cell, then its text, then, for answers,
the names that it binds, and at last its place. Of several copies of an answer the last one in which
something was written is meant.
"""

from dataclasses import dataclass, field
from functools import cached_property

from cnn_lab.classroom.marking.lesson import plain, same
from cnn_lab.classroom.marking.names import bound, tree_of


@dataclass(eq=False)
class Sent:
    """One cell that was sent.

    Attributes
    ----------
    type : str
    id : str
    text : str
    data : dict
        nbgrader's metadata, whatever they say.
    attachments : dict
    part : Part or None
        The cell of the lesson that it is; None for one of the student's own.
    removed : bool
        Whether it is a copy that nobody needs.
    elsewhere : bool
        Whether it is an answer that was written outside the cell meant for it.
    """

    type: str
    id: str = ""
    text: str = ""
    data: dict = field(default_factory=dict)
    attachments: dict = field(default_factory=dict)
    part: object = None
    removed: bool = False
    elsewhere: bool = False

    @property
    def own(self):
        """Whether the student added it."""
        return self.part is None and not self.removed

    @cached_property
    def bound(self):
        """The names that its text, as it was sent, binds if it is code."""
        return frozenset(bound(self.text))

    @property
    def names(self):
        """The names that the cell binds."""
        is_code = self.part.type == "code" if self.part else self.type != "markdown"
        return self.bound if is_code else frozenset()


def match(parts, sent):
    """Say of every cell that was sent which cell of the lesson it is.

    Parameters
    ----------
    parts : list of Part
    sent : list of Sent
        Their `part` and `removed` are set; cells are added where the text of a locked cell that
        was changed has to be kept.

    Returns
    -------
    dict
        Number of the part -> its cell, for those that are there.
    """
    claims = _claims(parts, sent)
    found = {}
    for part in parts:
        if claims.get(part.place):
            found[part.place] = _chosen(part, claims[part.place])
    _keep_texts_of_locked_cells(sent)
    _by_text(parts, sent, found)
    _by_names(parts, sent, found)
    _by_place(parts, sent, found)
    return found


def _claims(parts, sent):
    """Collect, for every part, the cells that carry its name or its id."""
    names = {part.grade_id: part for part in parts if part.grade_id}
    ids = {**names, **{part.id: part for part in parts}}
    claims = {}
    for cell in sent:
        part = names.get(cell.data.get("grade_id")) or ids.get(cell.id)
        if part is not None and _still(part, cell):
            claims.setdefault(part.place, []).append(cell)
    return claims


def _still(part, cell):
    """Tell whether a cell can stay the plain cell of the lesson whose id it carries."""
    if part.role != "plain" or part.is_given(cell.text):
        return True
    if cell.type != part.type:
        return False
    broken = part.type == "code" and tree_of(cell.text) is None
    return not broken or tree_of(part.text) is None


def _fit(part, cell):
    """Return how well a cell would do as an answer."""
    return len(part.names & cell.bound), cell.type == part.type


def _chosen(part, cells):
    """Choose among the cells that claim to be a part, and settle what becomes of the others."""
    if part.role == "answer":
        written = [cell for cell in cells if not part.is_unwritten(cell.text)]
        best = max(
            enumerate(written or cells[:1]),
            key=lambda pair: (*_fit(part, pair[1]), pair[0]),
        )[1]
    else:
        best = max(cells, key=lambda cell: (part.is_given(cell.text), cell.id == part.id))
    for cell in cells:
        if cell is best:
            cell.part = part
        elif part.role == "answer":
            cell.removed = part.is_unwritten(cell.text) or same(cell.text, best.text)
        elif part.role == "locked":
            cell.removed = not cell.text.strip() or part.is_given(cell.text)
    return best


def _by_text(parts, sent, found):
    """Find parts that carry neither name nor id any more, but read as students got them."""
    texts = {}
    for cell in sent:
        if cell.own and cell.text.strip():
            texts.setdefault(plain(cell.text), []).append(cell)
    for part in parts:
        for text in dict.fromkeys([plain(part.given), plain(part.text)]):
            if part.place not in found and texts.get(text):
                found[part.place] = texts[text].pop(0)
                found[part.place].part = part
    for part in parts:  # further copies of checks and stubs
        if part.role != "plain":
            for cell in texts.get(plain(part.given), []):
                cell.removed = cell.removed or cell.own


def _keep_texts_of_locked_cells(sent):
    """Put what was written into a locked cell into one of its own, if it defines something."""
    for cell in list(sent):
        part = cell.part
        if part is None or part.role != "locked" or part.is_given(cell.text):
            continue
        if part.type == "code" and cell.names:
            kept = Sent("code", f"{part.id}-as-sent", cell.text, elsewhere=True)
            sent.insert(next(k for k, each in enumerate(sent) if each is cell), kept)


def _by_names(parts, sent, found):
    """Take for an answer that is missing, or still a stub, the last own cell that defines it."""
    for part in parts:
        there = found.get(part.place)
        if not part.names or (there and not part.is_unwritten(there.text)):
            continue
        own = [cell for cell in sent if cell.own and cell.names & part.names]
        own = [cell for cell in own if not part.is_unwritten(cell.text)]
        if own:
            best = max(enumerate(own), key=lambda pair: (*_fit(part, pair[1]), pair[0]))[1]
            best.part, found[part.place] = part, best
            best.elsewhere = best.elsewhere or there is not None
            if there:
                sent.remove(there)


def _by_place(parts, sent, found):
    """Take for prose that is missing the student's own prose where it stood."""
    for part in parts:
        if part.place in found or part.role != "answer" or part.names:
            continue
        own = [cell for cell in _between(parts, sent, found, part) if cell.type == part.type]
        if own:
            own[-1].part, found[part.place] = part, own[-1]


def _between(parts, sent, found, part):
    """List the student's own cells between the neighbours that a part has in the lesson."""
    first, last = part.place - 1, part.place + 1
    while first >= 0 and first not in found:
        first -= 1
    while last < len(parts) and last not in found:
        last += 1
    places = {id(cell): place for place, cell in enumerate(sent)}
    start = places[id(found[first])] + 1 if first >= 0 else 0
    end = places[id(found[last])] if last < len(parts) else len(sent)
    return [cell for cell in sent[start:end] if cell.own]
