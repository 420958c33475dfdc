"""From a complete lesson to the learner's copy of it.

Solutions give way to stubs, outputs are cleared. Where a check shows a picture of what the right
function does, that picture stays below it, folded; the picture to a prediction would be its answer,
and goes. Links keep working (see `links`), hidden metadata stay.
"""

import ast
import copy
import re
from html import escape
from html.parser import HTMLParser

from cnn_lab.classroom.ipynb import free_id, grading, joined

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CODE_STUB = ("# your code here", "raise NotImplementedError")
PROSE_STUB = ("*Your answer here.*",)
SUMMARY = "What you should get"

_DATA_URI = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)")
_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
_NAME = re.compile(r"\w+")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class LessonError(ValueError):
    """A lesson of which no copy can be made; the message names the cell and the fault."""


def learners_copy(lesson, rewrite=lambda text: text):
    """Return the notebook in which a learner works.

    Parameters
    ----------
    lesson : dict
        The complete lesson (see `ipynb.parse`); stays as it is.
    rewrite : function
        Takes the text of a prose cell, returns it with links that work in the copy.

    Returns
    -------
    dict

    Raises
    ------
    LessonError
        If a marker of a solution lacks its other half, or what is left is no Python.
    """
    cells, to_write = [], set()
    taken = {cell.get("id") for cell in lesson["cells"]}
    for number, original in enumerate(lesson["cells"], start=1):
        cell = copy.deepcopy(original)
        cells.append(cell)
        if cell["cell_type"] == "markdown":
            cell["source"] = rewrite(cell["source"])
        try:
            cell["source"] = without_solutions(cell["source"], code=cell["cell_type"] == "code")
        except ValueError as error:
            raise LessonError(f"cell {number}: {error}") from error
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, []
            to_write |= functions_to_write(cell["source"])
            if grading(cell).get("grade") and to_write & set(_NAME.findall(cell["source"])):
                cells += _folded_pictures(original, taken)
    return {**copy.deepcopy({k: v for k, v in lesson.items() if k != "cells"}), "cells": cells}


# ---- stubs ----


def without_solutions(source, *, code=True):
    """Replace what stands between the markers, and the markers, by stubs.

    Parameters
    ----------
    source : str
    code : bool
        Whether it is Python; the stub for prose is a sentence.

    Returns
    -------
    str
        The same text if it holds no marker.

    Raises
    ------
    ValueError
        If markers do not come in pairs, or what is left is no Python.

    Examples
    --------
    >>> print(without_solutions(f"def f(x):\\n    {BEGIN}\\n    return x + 1\\n    {END}"))
    def f(x):
        # your code here
        raise NotImplementedError
    >>> print(without_solutions(f"answer = None\\n{BEGIN}\\nanswer = 42\\n{END}"))
    answer = None
    # your code here
    """
    lines, stubs, inside = [], [], False
    for line in source.split("\n"):
        if line.strip() == BEGIN and not inside:
            inside = True
            indentation = line[: len(line) - len(line.lstrip())]
            stubs.append(len(lines) + 1)
            lines += [f"{indentation}{stub}" for stub in (CODE_STUB if code else PROSE_STUB)]
        elif line.strip() == END and inside:
            inside = False
        elif line.strip() in (BEGIN, END):
            raise ValueError(f"every {BEGIN!r} needs its {END!r}")
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError(f"every {BEGIN!r} needs its {END!r}")
    if code and stubs:
        lines = _where_functions_are(lines, stubs)
    return "\n".join(lines)


def _where_functions_are(lines, stubs):
    """Keep the stubs that stand in a function; elsewhere a lesson must run on, so raise nothing."""
    try:
        functions = _functions("\n".join(lines))
    except SyntaxError as error:
        raise ValueError(f"it is no Python without its solutions: {error}") from error
    kept = list(lines)
    for index in reversed(stubs):
        if any(node.lineno <= index + 1 <= node.end_lineno for node in functions):
            continue
        if lines[index].startswith("raise"):
            del kept[index]
        else:  # in a class, a loop or a condition, which needs a statement
            kept[index] = lines[index].replace("raise NotImplementedError", "pass")
    return kept


def _functions(source):
    tree = ast.parse(_MAGIC.sub(r"\1pass", source))
    return [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]


def functions_to_write(source):
    """Return the names of the functions with arguments that a cell leaves to the learner."""
    if CODE_STUB[1] not in source:
        return set()
    return {
        function.name
        for function in _functions(source)
        if function.args.args and ast.unparse(function.body[-1]) == CODE_STUB[1]
    }


# ---- the pictures that a right answer shows ----


def _folded_pictures(check, taken):
    pictures = [picture for output in check.get("outputs", []) for picture in pictures_of(output)]
    if not pictures:
        return []
    attachments, tags = {}, []
    for number, (kind, content, alt, size) in enumerate(pictures, start=1):
        name = f"expected-{number}.{kind.removeprefix('image/')}"
        attachments[name] = {kind: content}
        tags.append(f'<img src="attachment:{name}" alt="{escape(alt)}"{size}>')
    body = "\n\n".join(tags)
    grade_id = str(grading(check).get("grade_id", check.get("id", "check")))
    return [
        {
            "attachments": attachments,
            "cell_type": "markdown",
            "id": free_id(f"{grade_id}-expected", taken),
            "metadata": {"cnn_lab": {"expected_of": grade_id}},
            "source": f"<details><summary>{SUMMARY}</summary>\n\n{body}\n\n</details>",
        }
    ]


def pictures_of(output):
    """List the pictures in an output of a cell.

    Parameters
    ----------
    output : dict

    Returns
    -------
    list of (str, str, str, str)
        Of each its MIME type, its content in base64, its alternative text, and its size as HTML
        attributes. An output that holds the same picture as HTML and as PNG has it once.
    """
    data = output.get("data", {})
    found = _Images(joined(data.get("text/html", ""))).found
    if found or "image/png" not in data:
        return found
    facts = output.get("metadata", {}).get("image/png", {})
    alt = facts.get("alt") or joined(data.get("text/plain", ""))
    return [("image/png", joined(data["image/png"]).strip(), alt, _size(facts))]


class _Images(HTMLParser):
    """Collects the pictures that lie within a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        match = _DATA_URI.fullmatch(facts.get("src") or "") if tag == "img" else None
        if match:
            kind, content = match.groups()
            alt = " ".join((facts.get("alt") or "").split())
            self.found.append((kind, "".join(content.split()), alt, _size(facts)))


def _size(facts):
    names = [name for name in ("width", "height") if re.fullmatch(r"\d+", str(facts.get(name)))]
    return "".join(f' {name}="{facts[name]}"' for name in names)
