"""The form of a graded check cell: written for the teacher's source, read again for marking.

A lesson has the check alone::

    checks.relu(relu)

The source of an assignment says what it is worth, and asks for further cases of the same shapes in
a block that nbgrader takes out for the students::

    checks.relu(relu).worth(2)
    ### BEGIN HIDDEN TESTS
    checks.relu.further(relu).worth(2)
    ### END HIDDEN TESTS

Cells of any other form are the teacher's own, and nothing is known about them.
"""

import ast
from dataclasses import dataclass

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


@dataclass(frozen=True)
class GradedCell:
    """What a check cell asks for.

    Attributes
    ----------
    name : str
        The name of the check.
    answers : tuple of str
        The names that the learner's cells give to the answer: a function's, or those of values.
    points : float or None
        What it is worth; None in a lesson, where the cell's text does not say so. Where nbgrader's
        metadata of the cell say something else, they count.
    """

    name: str
    answers: tuple[str, ...]
    points: float | None = None


def write(cell):
    """Return the text of a check cell in the source of an assignment.

    Parameters
    ----------
    cell : GradedCell
        With its points.

    Returns
    -------
    str

    Examples
    --------
    >>> print(write(GradedCell("relu", ("relu",), 2.0)))
    checks.relu(relu).worth(2)
    ### BEGIN HIDDEN TESTS
    checks.relu.further(relu).worth(2)
    ### END HIDDEN TESTS
    """
    answers, points = ", ".join(cell.answers), f"{cell.points:g}"
    further = f"checks.{cell.name}.further({answers}).worth({points})"
    return "\n".join([f"checks.{cell.name}({answers}).worth({points})", BEGIN, further, END])


def read(source):
    """Read the text of a check cell: a lesson's, a source's, or what students get of it.

    Parameters
    ----------
    source : str

    Returns
    -------
    GradedCell or None
        None for a cell of any other form.

    Examples
    --------
    >>> read("checks.relu(relu).worth(2)")
    GradedCell(name='relu', answers=('relu',), points=2.0)
    >>> read("assert relu(-1) == 0") is None
    True
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not all(isinstance(statement, ast.Expr) for statement in statements):
        return None
    found = [_asked(statement.value) for statement in statements]
    if len(found) == 1 and found[0] and not found[0][1]:
        return found[0][0]
    if len(found) == 2 and all(found) and found[0][0] == found[1][0]:
        return found[0][0] if [further for _, further in found] == [False, True] else None
    return None


def without_hidden(source):
    """Return the text of a cell as students get it, without hidden tests."""
    kept, hidden = [], False
    for line in source.split("\n"):
        hidden = hidden or "BEGIN HIDDEN TESTS" in line
        kept += [] if hidden else [line]
        hidden = hidden and "END HIDDEN TESTS" not in line
    return "\n".join(kept)


def _asked(call):
    """Return what one call asks for, and whether for further cases; None for another form."""
    points = None
    if isinstance(call, ast.Call) and getattr(call.func, "attr", None) == "worth":
        if call.keywords or len(call.args) != 1 or not _is_number(call.args[0]):
            return None
        points, call = float(call.args[0].value), call.func.value
    if not isinstance(call, ast.Call) or call.keywords or not call.args:
        return None
    names = _dotted(call.func)
    if not all(isinstance(answer, ast.Name) for answer in call.args) or names[:1] != ["checks"]:
        return None
    if not (len(names) == 2 or names[2:] == ["further"]):
        return None
    return GradedCell(names[1], tuple(a.id for a in call.args), points), len(names) == 3


def _is_number(node):
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _dotted(node):
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]
