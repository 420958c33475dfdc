"""Formgrader and the Validate button in JupyterLab, as teacher and student use them in Chromium."""

import os
import sys
from pathlib import Path

import pytest
from small_class import RIGHT, TINY, solved
from test_feedback import mischief

from cnn_lab.classroom.ipynb import to_text

sys.path.append(str(Path(__file__).parents[1] / "browser"))
from lab_server import CLOSE, FLAGS, OPEN, do, find_browser, jupyterlab, open_lab, watched

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

# What the pages say because MathJax lies on another host, which no test reaches.
MATHJAX = ("https://cdnjs.cloudflare.com/", "net::ERR_", "MathJax is not defined")
# Nothing of what `mischief` has put into the notebook has run.
UNTOUCHED = "() => document.title !== 'evil'"


@pytest.fixture(scope="module")
def chromium():
    """Chromium without a window."""
    path = find_browser()
    if path is None and os.environ.get("CI") is None:
        pytest.skip("needs Chromium: apt install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path or "chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def lab(course, tmp_path):
    """A JupyterLab in the course folder: its address."""
    with jupyterlab(course.path, tmp_path / "jupyter") as address:
        yield address


def complaints(page):
    """Return what the page complained of, but for MathJax."""
    return [e for e in page.errors if not any(sign in e for sign in MATHJAX)]


def click(page, selector):
    """Click a button of Formgrader, and close the log that it shows in the end."""
    from playwright.sync_api import expect

    page.locator(f"{selector} a").first.click()
    log = page.locator("#success-modal, #error-modal")
    expect(log).to_be_visible()
    assert log.get_attribute("id") == "success-modal", log.inner_text()
    log.get_by_role("button", name="OK").or_(log.locator(".close")).first.click()
    expect(log).to_have_count(0)


def test_teacher_generates_marks_corrects_and_gives_back_in_formgrader(
    chromium, lab, course, submit
):
    from playwright.sync_api import expect

    page = watched(chromium)
    course.release_path.unlink()
    page.goto(f"{lab}/formgrader/manage_assignments")
    click(page, "tr:has-text('04_tiny') .assign")
    assert course.release_path.is_file()

    submit(course, "ada", mischief)
    page.goto(f"{lab}/formgrader/manage_submissions/{TINY}")
    expect(page.locator(".status")).to_contain_text("needs autograding")
    click(page, "tr:has-text('ada') .autograde")
    expect(page.locator(".status")).to_contain_text("graded")

    # The submission: reports as the student sees them, and nothing in it runs.
    page.goto(f"{lab}/formgrader/gradebook/{TINY}/{TINY}")
    page.locator("a:has-text('Submission')").first.click()
    page.wait_for_url("**/formgrader/submissions/**")
    reports = page.locator(".cnn-lab-check")
    expect(reports).to_have_count(3)
    expect(reports.nth(1)).to_contain_text("relu: not right yet")
    points = page.locator("#tiny_check_relu.score")
    expect(points).to_have_attribute("placeholder", "0")
    assert page.evaluate(UNTOUCHED)

    # A point for the attempt, by hand.
    points.fill("1")
    with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        points.press("Tab")
    assert saved.value.ok

    page.goto(f"{lab}/formgrader/manage_submissions/{TINY}")
    click(page, "tr:has-text('ada') .generate-feedback")
    feedback = course.path / "feedback" / "ada" / TINY / f"{TINY}.html"
    assert complaints(page) == []
    page.context.close()

    page = watched(chromium, offline=True)
    page.goto(feedback.as_uri())
    expect(page.locator(".cnn-lab-check")).to_have_count(3)
    expect(page.locator(".panel-heading:has([title=tiny_check_relu])")).to_contain_text(
        "Score: 1.0 / 2.0"
    )
    assert page.evaluate(UNTOUCHED)
    assert complaints(page) == []
    page.context.close()


def test_student_sees_the_report_by_the_validate_button(chromium, lab, course):
    from playwright.sync_api import expect

    folder = course.path / "home"
    folder.mkdir()
    right = RIGHT
    wrong = {**right, "tiny_relu": "def relu(x):\n    return x"}
    for name, answers in {"right": right, "wrong": wrong}.items():
        text = to_text(solved(course.release(), answers))
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    page = open_lab(chromium, lab)

    def validate(name):
        do(page, OPEN, f"home/{name}")
        page.locator(".jp-NotebookPanel:visible .validate-button").click()
        dialog = page.locator(".jp-Dialog")
        expect(dialog).to_be_visible()
        said = dialog.inner_text()
        dialog.get_by_role("button").last.click()
        do(page, CLOSE)
        return said

    said = validate("wrong.ipynb")
    assert "The following cell failed" in said and "checks.relu(relu).worth(2)" in said
    assert "relu: not right yet" in said and "negative" in said
    assert "checks.predict_pooling" not in said and "checks.output_size" not in said
    assert "Success" in validate("right.ipynb")
    assert complaints(page) == []
    page.context.close()
