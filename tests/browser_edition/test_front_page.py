"""The page that a learner meets first."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_site import LESSONS
from playwright.sync_api import expect

from browser_edition import front_page
from cnn_lab.classroom.ipynb import parse, to_text
from cnn_lab.classroom.workbook import write_workbook


@pytest.fixture(params=["light", "dark"])
def page(request, new_visitor, address):
    """The front page in each of the two colour schemes, with what it knows of saved work."""
    found = new_visitor(color_scheme=request.param)
    found.goto(address)
    found.wait_for_selector("body[data-ready]")
    yield found
    found.context.close()


def cell(source, kind="markdown", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


# ---- in the browser ----


def test_page_has_no_violations(page):
    assert Axe().run(page).response["violations"] == []
    page.evaluate("document.querySelector('dialog').showModal()")
    page.locator("#question-yes").evaluate("(button) => (button.textContent = 'Start again')")
    page.locator("#question-title").evaluate("(title) => (title.textContent = 'Start again?')")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["id"] != "empty-heading"] == []


def test_page_fits_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) == 0


def test_page_follows_the_colour_scheme(page):
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, ground[4:-1].split(","))) < 80) == dark


def test_page_lists_every_lesson(page, site):
    rows = page.locator(".lesson")
    expect(rows).to_have_count(len(list(LESSONS.glob("*.ipynb"))))
    for row, path in zip(rows.all(), sorted((site / "files").glob("*.ipynb")), strict=True):
        first = parse(path.read_bytes())["cells"][0]["source"]
        assert row.locator(".title").inner_text() in first.splitlines()[0]
        assert row.locator(".question").inner_text() in " ".join(first.split())
        assert row.locator(".state").inner_text() == "not begun"
        for link in row.locator("a").all():
            target, _, name = link.get_attribute("href").partition("?path=")
            assert (site / target).is_file()
            assert (site / "files" / name).is_file()


def test_page_links_to_nothing_outside_its_folder(page):
    links = page.evaluate("""[...document.querySelectorAll("[href], [src]")].map((each) =>
      each.getAttribute("href") ?? each.getAttribute("src"))""")
    assert len(links) > 20
    assert not [link for link in links if link.startswith(("/", "http", ".."))]


def test_lesson_leads_back(new_visitor, address):
    page = new_visitor()
    page.goto(address)
    page.locator("#lesson-02 .title").click()
    expect(page.locator(".jp-Notebook h1").first).to_contain_text("Padding")
    page.get_by_role("link", name="All lessons").click()
    expect(page.locator("#lesson-02")).to_be_visible()
    page.context.close()


# ---- what the build does ----


def test_stamp_marks_the_copies_and_tells_of_them(tmp_path):
    write_workbook(tmp_path, LESSONS)
    before = parse((tmp_path / "02_padding.ipynb").read_bytes())
    (lesson,) = (
        lesson for lesson in front_page.stamp(tmp_path)["lessons"] if lesson["number"] == "02"
    )
    after = parse((tmp_path / "02_padding.ipynb").read_bytes())
    assert after["metadata"].pop("cnn_lab") == {"version": lesson["version"]}
    assert after == before
    assert lesson["title"] == "Padding"
    assert lesson["question"].endswith("how do we get it back?")
    assert lesson["time"] == "30 min to read, 80 with the exercises"
    assert lesson["complete"] is None


def test_version_changes_with_what_a_learner_sees():
    first = notebook(cell("# A title"), cell("x = 1", "code", outputs=[], execution_count=None))
    version = front_page.version(first)
    run = notebook(cell("# A title"), cell("x = 1", "code", outputs=[1], execution_count=3))
    run["metadata"]["cnn_lab"] = {"version": version}
    assert front_page.version(run) == version
    assert front_page.version(notebook(cell("# A title"), cell("x = 2", "code"))) != version
    assert front_page.version(notebook(cell("# A title"), cell("x = 1"))) != version
    graded = notebook(cell("# A title"), cell("x = 1", "code"))
    graded["cells"][1]["metadata"]["nbgrader"] = {"solution": True}
    assert front_page.version(graded) != version


@pytest.mark.parametrize(
    ("source", "title"),
    [("# 01  Hello  there\n\n*Why?*", "Hello there"), ("no heading", "one_way"), (None, "one_way")],
)
def test_heading_of_a_lesson_of_somebody_elses(source, title):
    cells = [] if source is None else [cell(source)]
    found = front_page.heading("01_one_way.ipynb", notebook(*cells))
    question = "Why?" if source and "Why" in source else ""
    assert found == {"number": "01", "title": title, "question": question, "time": ""}


@pytest.fixture
def small_site(tmp_path):
    """What JupyterLite and Pyodide leave, as far as the front page has to do with it."""
    (tmp_path / "static" / "pyodide").mkdir(parents=True)
    (tmp_path / "static" / "pyodide" / "cnn_lab-9.9-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "index.html").write_text("await import(\n  '../config-utils.js?_=1'\n);")
    return tmp_path


def course(folder, *cells):
    folder.mkdir()
    (folder / "01_a.ipynb").write_text(to_text(notebook(*cells)))
    return front_page.stamp(folder)


def test_add_takes_titles_for_text(small_site, tmp_path):
    told = course(tmp_path / "c", cell("# 01  <b>a & b\n\n*Is 1 < 2?*"))
    front_page.add(small_site, told, "Ours & <i>")
    page = (small_site / "index.html").read_text()
    assert "&lt;b&gt;a &amp; b" in page and "Is 1 &lt; 2?" in page
    assert "<b>" not in page and "<i>" not in page
    assert "<h1>Ours &amp; &lt;i&gt;</h1>" in page
    assert 'href="lab/index.html?path=01_a.ipynb">Begin with lesson 01<' in page
    assert "<!--" not in page.replace("<!-- JupyterLite", "") and "{{" not in page
    assert "with answers" not in page and "To hand in" not in page
    known = json.loads((small_site / "front" / "course.json").read_text())
    assert known["wheel"] == "cnn_lab-9.9-py3-none-any.whl"
    lab = (small_site / "lab" / "index.html").read_text()
    assert lab.index("visit.js") < lab.index("config-utils.js")


def test_add_lists_assignments(small_site, tmp_path):
    course(tmp_path / "c", cell("# 01  A"))
    handed_out = tmp_path / "c" / "assignments" / "first one" / "first_one.ipynb"
    handed_out.parent.mkdir(parents=True)
    handed_out.write_text("{}")
    front_page.add(small_site, front_page.stamp(tmp_path / "c"), "Ours")
    link = '<a href="lab/index.html?path=assignments/first%20one/first_one.ipynb">first one</a>'
    assert link in (small_site / "index.html").read_text()
    assert handed_out.read_text() == "{}"


def test_add_complains_of_another_jupyterlite(small_site, tmp_path):
    (small_site / "lab" / "index.html").write_text("<script src='other.js'></script>")
    with pytest.raises(ValueError, match="does not load what it used to load"):
        front_page.add(small_site, course(tmp_path / "c", cell("# 01  A")), "Ours")
