"""What people read in place of a graded cell's id: the title of its exercise."""

from html import escape

from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.ipynb import joined


def titles(notebook):
    """Return the titles of a notebook's exercises.

    Parameters
    ----------
    notebook : dict
        Source, release or submission.

    Returns
    -------
    dict of str to str
        By grade id: "Write `conv_forward`". Cells that are not of a check have none.
    """
    from cnn_lab.checks import EXERCISES

    found = {}
    for cell in notebook["cells"]:
        data = cell["metadata"].get("nbgrader") or {}
        is_graded = cell["cell_type"] == "code" and data.get("grade") and "grade_id" in data
        asked = graded_cells.read(joined(cell["source"])) if is_graded else None
        if asked and asked.name in EXERCISES:
            title = EXERCISES[asked.name].title.split(";")[0]  # what follows explains
            found[data["grade_id"]] = title[0].upper() + title[1:]
    return found


def as_html(title):
    """Return a title for a page: what stands between backticks is code.

    Examples
    --------
    >>> as_html("Write `softmax` for a < b")
    'Write <code>softmax</code> for a &lt; b'
    """
    pieces = escape(title).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(pieces))
