"""Lessons as pages, by ``nbconvert --to html``: every widget is a picture with its words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from cnn_lab import widgets
from cnn_lab.classroom.notebooks import find_lessons
from cnn_lab.widgets.base import LabWidget

LESSONS = find_lessons(Path(__file__).parents[1] / "notebooks")
WIDGETS = [
    name
    for name in widgets.__all__
    if isinstance(found := getattr(widgets, name), type) and issubclass(found, LabWidget)
]
# The lessons in which each widget must be met.
PLACES = {
    "ConvolutionStepper": ["01", "03"],
    "PaddingExplorer": ["02"],
    "FilterDesigner": ["01", "03"],
    "PoolingStepper": ["04", "06"],
    "GradientFlow": ["05"],
    "SoftmaxExplorer": ["07"],
    "TrainingMonitor": ["08"],
    "FeatureMapExplorer": ["03", "09"],
    "ReceptiveFieldExplorer": ["09"],
    "DigitPad": ["00", "09"],
}


def shown(notebook):
    """Return the names of the widgets that a lesson shows, in their order."""
    texts = [
        "".join(output["data"].get("text/plain", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    found = [re.match(rf"({'|'.join(WIDGETS)})(:|$)", text) for text in texts]
    return [match[1] for match in found if match]


class Pictures(HTMLParser):
    """Pairs of address and words of all pictures of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append((dict(attributes).get("src", ""), dict(attributes).get("alt", "")))


@pytest.fixture(scope="module")
def lessons():
    return {path.name[:2]: nbformat.read(path, as_version=4) for path in LESSONS}


def test_every_widget_has_its_places_in_the_lessons(lessons):
    assert sorted(PLACES) == sorted(WIDGETS)
    missing = [
        (name, number)
        for name, numbers in PLACES.items()
        for number in numbers
        if name not in shown(lessons[number])
    ]
    assert missing == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_every_widget_is_a_picture_on_the_page_of_its_lesson(lessons, path):
    notebook = lessons[path.name[:2]]
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    pictures = Pictures()
    pictures.feed(page)
    assert [src[:40] for src, alt in pictures.found if not alt] == []
    told = [alt for src, alt in pictures.found if src.startswith("data:image/png")]
    for name in shown(notebook):
        alt = next((each for each in told if each.startswith(name)), None)
        assert alt, f"{name} is no picture with words"
        told.remove(alt)
    assert "jupyter.widget-view" not in page
