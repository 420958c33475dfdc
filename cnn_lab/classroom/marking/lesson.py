"""A lesson's cells as marking sees them: what must be there, and what students were given."""

import ast
import copy
from collections import Counter
from dataclasses import dataclass, field

from cnn_lab.classroom.assignment import with_points
from cnn_lab.classroom.graded_cells import without_hidden
from cnn_lab.classroom.ipynb import joined
from cnn_lab.classroom.learners_copy import without_solutions
from cnn_lab.classroom.marking.names import bound, tree_of

# What nbgrader's ClearSolutions writes into a solution cell that holds no markers.
_NBGRADERS_STUBS = {"code": "# YOUR CODE HERE\nraise NotImplementedError()"}
_NBGRADERS_PROSE = "YOUR ANSWER HERE"


@dataclass(eq=False)
class Part:
    """One cell of the lesson.

    Attributes
    ----------
    place : int
        Its number in the lesson, from 0.
    role : {"answer", "locked", "plain"}
        Written by the student; not to be changed by the student, checks among them; anything else.
    type : {"code", "markdown", "raw"}
    id : str
    text : str
        As it stands in the source; of an answer, the stub.
    given : str
        As students got it: without solutions and hidden tests.
    data : dict
        nbgrader's metadata; empty for a plain cell.
    metadata : dict
        All metadata.
    attachments : dict
    names : frozenset of str
        Of an answer, the names that it has to bind and no other answer binds.
    solution : str
        Of an answer, the teacher's.
    """

    place: int
    role: str
    type: str
    id: str
    text: str
    given: str
    data: dict
    metadata: dict
    attachments: dict
    names: frozenset = field(default=frozenset())
    solution: str = ""

    @property
    def grade_id(self):
        """Its name in nbgrader; None for a plain cell."""
        return self.data.get("grade_id")

    @property
    def label(self):
        """How a finding names it."""
        return self.grade_id or self.id

    def is_given(self, text):
        """Tell whether a text is the one that students got, blanks apart."""
        return same(text, self.given) or same(text, self.text)

    def is_unwritten(self, text):
        """Tell whether nothing was written into an answer; comments are nothing."""
        if not text.strip() or self.is_given(text):
            return True
        if self.type != "code" or len(text) > 2_000 + 2 * len(self.given):
            return False
        mine, given = _dumped(tree_of(text)), _dumped(tree_of(self.given))
        return mine is not None and mine == given


def parts_of(source):
    """List the cells of a source notebook.

    Parameters
    ----------
    source : dict
        The notebook in ``source/``, with solutions and hidden tests.

    Returns
    -------
    list of Part
    """
    parts = [_part(place, cell) for place, cell in enumerate(source["cells"])]
    counts = Counter(name for part in parts for name in part.names)
    for part in parts:
        part.names = frozenset(name for name in part.names if counts[name] == 1)
    return parts


def same(one, other):
    """Tell whether two texts are the same but for blanks at the ends of lines and around them."""
    return plain(one) == plain(other)


def plain(text):
    """Return a text without what an editor changes by itself."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _part(place, cell):
    metadata, text = copy.deepcopy(dict(cell.get("metadata", {}))), joined(cell["source"])
    data, kind = dict(metadata.get("nbgrader") or {}), cell["cell_type"]
    names, solution = frozenset(), ""
    if data.get("solution"):
        role, solution, text = "answer", text, _stub(text, kind)
        given = text
        names = frozenset(bound(text) or bound(solution)) if kind == "code" else names
    elif data.get("grade") or data.get("locked") or data.get("task"):
        role = "locked"
        text = with_points(text, data["points"]) if data.get("grade") and kind == "code" else text
        given = without_hidden(text)
    else:
        role, given, data = "plain", text, {}
    identity = str(cell.get("id") or data.get("grade_id") or f"lesson-{place + 1}")
    attachments = copy.deepcopy(dict(cell.get("attachments", {})))
    facts = (data, metadata, attachments, names, solution)
    return Part(place, role, kind, identity, text, given, *facts)


def _stub(text, kind):
    """Return what students got in place of a solution (see `release`)."""
    try:
        stub = without_solutions(text, code=kind == "code")
    except ValueError:  # generate_assignment would have refused it
        return text
    return stub if stub != text else _NBGRADERS_STUBS.get(kind, _NBGRADERS_PROSE)


def _dumped(tree):
    try:
        return tree and ast.dump(tree)
    except (RecursionError, ValueError):  # too deep, or a number of too many digits
        return None
