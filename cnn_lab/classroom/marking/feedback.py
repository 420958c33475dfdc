"""What students get back: ``nbgrader generate_feedback`` with the report of every check.

A student sees their notebook as it was marked, with the same reports as from the checks and points.
Hidden tests and places on the teacher's machine are taken out. Nothing that a student wrote runs in
the page, nor in Formgrader, which shows the same notebooks to the teacher.

The tests in a cell of a teacher's own ran in the student's kernel, where a function could pass on
what it was called with. Of their outputs only what the visible lines raised is shown.
"""

import os
import re

from jinja2 import pass_context
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import List

from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.ipynb import joined
from cnn_lab.classroom.marking.clean_html import (
    as_preformatted,
    clean_html,
    is_base64,
    is_excessive_markdown,
    without_places,
)
from cnn_lab.classroom.marking.feedback_page import FeedbackPage

_PICTURES = ("image/png", "image/jpeg")
_TEXTS = ("text/html", "text/markdown", "text/latex", "text/plain")
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


def configure(c):
    """Set up nbgrader's feedback, and how Formgrader shows what was marked.

    Parameters
    ----------
    c : traitlets.config.Config
    """
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.GenerateFeedback.preprocessors = [GetGrades, HideTests, HidePlaces, CSSHTMLHeaderPreprocessor]
    c.HTMLExporter.preprocessors = [Harmless]
    c.HTMLExporter.filters = {"markdown2html": harmless_markdown}


class _Step(NbGraderPreprocessor):
    """A preprocessor that knows the option which nbconvert's page sets for all of them."""

    display_data_priority = List([*_TEXTS, *_PICTURES]).tag(config=True)


class HideTests(_Step):
    """Take out hidden tests, and what their outputs tell about them."""

    def preprocess_cell(self, cell, resources, index):
        """Change one cell."""
        if cell.cell_type == "code" and "BEGIN HIDDEN TESTS" in cell.source:
            own = graded_cells.read(cell.source) is None
            shown = [_shown(output, cell.source, own) for output in cell.outputs]
            cell.outputs = [output for output in shown if output]
            cell.source = graded_cells.without_hidden(cell.source)
        return cell, resources


def _shown(output, source, own):
    """Return what a student may see of an output of a cell with hidden tests, or None.

    Parameters
    ----------
    output : NotebookNode
    source : str
        Of the cell, with its hidden tests.
    own : bool
        Whether the tests are the teacher's own; otherwise they are a check's.
    """
    if output.output_type != "error":
        return None if own or output.output_type == "stream" else output
    said = f"{output.ename}: {output.evalue}" if output.evalue else output.ename
    if own:
        line = _visible_line(output.traceback, source)
        said = f"{said}\n\nraised by: {line}" if line else f"{output.ename} in a hidden test"
    return NotebookNode(output, evalue="", traceback=[said])


def _visible_line(traceback, source):
    """Return the line of a cell from which an error came, or None unless students see that line."""
    found = _LINE.search(strip_ansi("\n".join(traceback)))
    lines, index = source.split("\n"), int(found[1]) - 1 if found else -1
    if not 0 <= index < len(lines):
        return None
    marked = "\n".join([*lines[:index], "here", *lines[index + 1 :]])
    seen = "here" in graded_cells.without_hidden(marked).split("\n")
    return lines[index].strip() if seen else None


class HidePlaces(_Step):
    """Cut paths of this machine in outputs down to their last parts."""

    def preprocess_cell(self, cell, resources, index):
        """Change one cell."""
        for output in cell.get("outputs", ()):
            for name in ("text", "ename", "evalue"):
                if name in output:
                    output[name] = _without_places(joined(output[name]))
            if "traceback" in output:
                output.traceback = [_without_places(line) for line in output.traceback]
            data = output.get("data", {})
            for kind in (kind for kind in _TEXTS if kind in data):
                text = joined(data[kind])
                is_html = kind == "text/html"
                data[kind] = clean_html(text, _without_places) if is_html else _without_places(text)
        return cell, resources


def _without_places(text):
    return without_places(text, [os.getcwd()])  # nbgrader converts in the folder of the course


class Harmless(_Step):
    """Leave in a notebook only what can be shown without running anything."""

    def preprocess(self, nb, resources):
        """Change the notebook, its metadata too."""
        nb.metadata = NotebookNode(language_info={"name": "python", "pygments_lexer": "ipython3"})
        for number, cell in enumerate(nb.cells, start=1):
            grading = cell.metadata.get("nbgrader")
            cell.metadata = NotebookNode({"nbgrader": grading} if grading else {})
            if "id" in cell:
                cell.id = f"cell-{number}"
            if cell.cell_type == "code":
                if not isinstance(cell.get("execution_count"), int):
                    cell.execution_count = None
                cell.outputs = [output for output in map(_harmless, cell.outputs) if output]
        return nb, resources


def _harmless(output):
    """Return an output with only those of its forms that cannot run, or None without any."""
    if "data" not in output:
        return output  # streams and errors are shown as text
    data = {kind: output.data[kind] for kind in _TEXTS if kind in output.data}
    if "text/html" in data:
        data["text/html"] = clean_html(joined(data["text/html"]))
    for kind in _PICTURES:
        if is_base64(output.data.get(kind)):
            data[kind] = output.data[kind]
    return NotebookNode(output, data=NotebookNode(data), metadata=NotebookNode()) if data else None


@pass_context
def harmless_markdown(context, source):
    """Turn Markdown into HTML without anything that runs: the template's ``markdown2html``."""
    if is_excessive_markdown(source):
        return as_preformatted(source)
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return clean_html(MarkdownWithMath(renderer=renderer).render(source))
