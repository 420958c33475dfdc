"""A class's own version of the site, below another path of the host; what it hands in is marked."""

import json
import re
import shutil
import sys
from pathlib import Path

import in_site
import pytest
from in_notebook import SHOW, cell, run
from in_site import LESSONS, open_lesson
from lab_server import do
from playwright.sync_api import expect

from browser_edition.__main__ import main
from browser_edition.contents import ASSIGNMENTS, COMPLETE
from browser_edition.serve import served
from cnn_lab.classroom.ipynb import grading, parse, to_text

sys.path.append(str(Path(__file__).parents[1] / "classroom"))

import small_class
from small_class import POINTS, RIGHT, TINY

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
TITLE, OWN = "Class 9b", "12_own.ipynb"
HANDED_OUT = f"{ASSIGNMENTS}/{TINY}/{TINY}.ipynb"
SENT = HANDED_OUT.replace("/", "_")  # the name under which Chromium keeps a download of it
# What stands in a cell before it is answered, and the cell that checks it.
ANSWERS = {
    "prediction = ": ("tiny_predict", "checks.predict_pooling("),
    "def relu(": ("tiny_relu", "checks.relu("),
    "def output_size(": ("tiny_output_size", "checks.output_size("),
}
WRONG_RELU = "def relu(x):\n    return x"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder in which nbgrader has released a tiny assignment."""
    pytest.importorskip("nbgrader", reason="nbgrader is installed by make test-classroom")
    return small_class.CourseFolder(tmp_path_factory.mktemp("course") / "my-class").make()


@pytest.fixture(scope="module")
def own_site(course, tmp_path_factory):
    """The site of a class: lesson 01, a lesson of the teacher's own, an assignment; no answers."""
    lessons = tmp_path_factory.mktemp("my lessons")
    (first,) = LESSONS.glob("01*.ipynb")
    (second,) = LESSONS.glob("02*.ipynb")
    for path in (first, second):
        shutil.copyfile(path, lessons / path.name)
    (lessons / OWN).write_text(to_text(small_class.tiny_lesson()), encoding="utf-8")
    site = tmp_path_factory.mktemp("web") / "school" / "class-9b"
    words = ["--lessons", lessons, "--only", "01", "12", "--title", TITLE, "--without-answers"]
    words += ["--assignments", course.path / "release", "--output", site]
    assert main(["build", *map(str, words)]) == 0
    return site


@pytest.fixture(scope="module")
def own_address(own_site):
    """The address of the class's site: two folders below the host's."""
    with served(own_site.parents[1]) as address:
        yield f"{address}school/class-9b/"


@pytest.fixture(scope="module", autouse=True)
def questions_of_chromiums_own(new_visitor, elsewhere):
    """Chromium itself may ask its maker about forms; no page can ask that host for anything."""
    yield
    asked = elsewhere[1]
    asked[:] = [line for line in asked if line != "CONNECT content-autofill.googleapis.com:443"]


def test_only_what_was_asked_for_is_there(own_site):
    files = {
        path.relative_to(own_site / "files").as_posix()
        for path in (own_site / "files").rglob("*.ipynb")
    }
    assert files == {"01_single_step_convolution.ipynb", OWN, HANDED_OUT}
    for path in own_site.rglob("*.ipynb"):
        assert "### BEGIN SOLUTION" not in path.read_text(encoding="utf-8"), path
    settings = json.loads((own_site / "jupyter-lite.json").read_text(encoding="utf-8"))
    assert settings["jupyter-config-data"]["appName"] == TITLE


def test_front_page_has_the_classs_title_and_leads_only_to_what_is_there(
    new_visitor, own_address, own_site
):
    page = new_visitor()
    page.goto(own_address)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page).to_have_title(re.compile(TITLE))
    links = page.evaluate("() => [...document.querySelectorAll('a')].map((link) => link.href)")
    paths = [link.partition("?path=")[2] for link in links if "?path=" in link]
    assert {OWN, HANDED_OUT} <= {*paths}
    assert [path for path in paths if not (own_site / "files" / path).is_file()] == []
    assert not any(path.startswith(COMPLETE) for path in paths)


def test_assignment_is_solved_in_the_browser_downloaded_and_marked(
    new_visitor, own_address, course, tmp_path
):
    pytest.importorskip("bs4", reason="what marking needs is installed by make test-classroom")
    from cnn_lab.classroom.marking import sandbox

    if (why := sandbox.why_not()) is not None:
        pytest.skip(f"no sandbox here: {why}")
    page = open_lesson(new_visitor(), own_address, HANDED_OUT)
    run(page, "import numpy")
    for beginning, (name, check) in ANSWERS.items():
        write(page, beginning, RIGHT[name])
        there = run(page, check)[0]
        expect(there.locator(".cnn-lab-check")).to_have_attribute("data-state", "right")
        most = POINTS[name.replace("tiny_", "tiny_check_")]
        expect(there).to_contain_text(f"{most} of {most} point")
    right = downloaded(page, tmp_path)
    assert grades(parse(right)) == grades(course.release())
    write(page, "def relu(", WRONG_RELU)
    report = run(page, "checks.relu(")[0].locator(".cnn-lab-check")
    expect(report).to_have_attribute("data-state", "wrong")
    wrong = downloaded(page, tmp_path)

    points = marked(course, {"ada": right, "bob": wrong})
    assert points["ada"] == POINTS
    assert 0 < points["bob"].pop("tiny_check_relu") < 1  # some parts of the check are right
    assert points["bob"].items() <= POINTS.items()


def test_page_about_publishing_tells_the_sizes_of_the_site(site):
    page = in_site.ROOT / "browser_edition" / "PUBLISHING.md"
    text = " ".join(page.read_text(encoding="utf-8").split())
    told = float(re.search(r"The folder has about (\d+) MB", text)[1])
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6
    assert size == pytest.approx(told, rel=0.1)


def test_example_for_nginx_keeps_most_of_jupyterlab_and_nothing_of_python(site):
    example = in_site.ROOT / "browser_edition" / "examples" / "nginx.conf"
    kept = re.compile(re.search(r'location ~ "(.+)"', example.read_text(encoding="utf-8"))[1])
    names = [f"/{path.relative_to(site).as_posix()}" for path in site.rglob("*") if path.is_file()]
    found = [name for name in names if kept.search(name)]
    assert len(found) > 100
    assert all(name.startswith("/build/") for name in found)


def write(page, beginning, answer):
    """Type an answer into a cell as a student does, and run it."""
    index, there = cell(page, beginning)
    do(page, SHOW, index)
    there.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(answer)
    page.keyboard.press("Shift+Enter")


def downloaded(page, folder):
    """Save the notebook, choose File > Download, and return what the browser was given."""
    page.keyboard.press("ControlOrMeta+s")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    page.locator(".lm-MenuBar-item", has_text="File").click()
    with page.expect_download() as waiting:
        page.locator(".lm-Menu-item", has_text=re.compile("^Download$")).click()
    assert waiting.value.suggested_filename == SENT
    waiting.value.save_as(folder / SENT)
    return (folder / SENT).read_bytes()


def grades(notebook):
    """Return the metadata of nbgrader, cell after cell."""
    return [grading(each) for each in notebook["cells"] if grading(each)]


def marked(course, work):
    """Hand in files, mark them as ``cnn-lab mark`` does; return each student's points by cell."""
    from cnn_lab.classroom.marking import marking, scores
    from cnn_lab.classroom.marking.gradebook import Course

    for student, content in work.items():
        small_class.submit(course, student, content, name=SENT)
    marking.mark(Course(course.path), TINY, jobs=1, say=lambda line: None)
    with Course(course.path).gradebook() as book:
        found = scores.automatic(book, TINY)
    return {student: cells[TINY] for student, cells in found.items()}
