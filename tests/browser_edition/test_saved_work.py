"""What a learner saves: it stays, can be begun again, moves into a new version, and travels."""

import io
import json
import os
import shutil
import zipfile

import pytest
from in_notebook import ASK
from in_site import go_to, no_network, open_lesson, options_of_a_visitor
from lab_server import FLAGS, do, find_browser
from playwright.sync_api import expect

from browser_edition import front_page
from browser_edition.serve import Handler, served
from cnn_lab.classroom.ipynb import grading, parse, to_text

NAME = "01_single_step_convolution.ipynb"
ANSWER = "def conv_single_step(*arguments):\n    return 'my own answer'"
OWN = "my_own_cell = 1"
IMPROVED = "# 01  One window, improved"

# Writes an answer into the first cell that takes one, and saves.
WRITE = """async (source) => {
  await jupyterapp.restored;
  const { content, context } = jupyterapp.shell.currentWidget;
  await context.ready;
  const cells = context.model.sharedModel.cells;
  const cell = cells.find((cell) => cell.getMetadata("nbgrader")?.solution
    && cell.cell_type === "code");
  if (source) cell.setSource(source);
  else cell.execution_count = 7;
  await context.save();
}"""
ADD = """async (source) => {
  const { context } = jupyterapp.shell.currentWidget;
  context.model.sharedModel.insertCell(2, { cell_type: "code", source });
  await context.save();
}"""
SHOWN = """async (name) => {
  await jupyterapp.restored;
  const tick = () => new Promise((resolve) => setTimeout(resolve, 50));
  while (jupyterapp.shell.currentWidget?.context?.path !== name) await tick();
  const { content, context } = jupyterapp.shell.currentWidget;
  await context.ready;
  return content.model.sharedModel.cells.map((cell) => cell.getSource());
}"""
# Everything in the stores of JupyterLite, by path.
STORED = """async (name) => {
  const opening = indexedDB.open(name);
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const files = opening.result.transaction("files").objectStore("files").getAll();
  await new Promise((resolve) => (files.onsuccess = resolve));
  opening.result.close();
  return Object.fromEntries(files.result.map((model) => [model.path, model]));
}"""
FORGET = """() => new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase(`CNN Lab - ${new URL(".", location).pathname}`);
  request.onsuccess = resolve;
  request.onerror = request.onblocked = reject;
})"""


class Stubborn(Handler):
    """A host that has browsers keep everything for a day without asking."""

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=86400")
        super().end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def own_site(site, tmp_path):
    """A copy of the site that may be changed."""
    copy = tmp_path / "host" / "course"
    shutil.copytree(site.resolve(), copy, copy_function=os.symlink)
    return copy


@pytest.fixture
def host(own_site):
    """The address of a host with the copy of the site in a folder."""
    with served(own_site.parent, Stubborn) as address:
        yield address


@pytest.fixture
def visitor(new_visitor, host):
    """The page of a learner on that host; closed in the end, since the host goes too."""
    page = new_visitor(accept_downloads=True)
    page.course = f"{host}course/"
    yield page
    page.context.close()


def publish(site, change):
    """Publish another version of lesson 01, as a new build would."""
    path = site / "files" / NAME
    notebook = parse(path.read_bytes())
    change(notebook)
    version = front_page.version(notebook)
    notebook["metadata"]["cnn_lab"] = {"version": version}
    known = site / "front" / "course.json"
    course = json.loads(known.read_text())
    for lesson in course["lessons"]:
        if lesson["name"] == NAME:
            assert lesson["version"] != version
            lesson["version"] = version
    for file, text in ((path, to_text(notebook)), (known, json.dumps(course))):
        file.unlink()  # it is linked to the file of the site itself
        file.write_text(text)


def improve(notebook):
    notebook["cells"][0]["source"] = IMPROVED


def reword_exercise(notebook):
    improve(notebook)
    for cell in notebook["cells"]:
        if grading(cell).get("solution") and cell["cell_type"] == "code":
            cell["source"] += "\n# another hint"
            return


def write(page, source=None):
    """Open lesson 01, write an answer (or nothing but what running writes) and save."""
    go_to(page, page.course, NAME)
    page.wait_for_function("window.jupyterapp?.restored")
    do(page, WRITE, source)


def shown(page, name=NAME):
    """Open a notebook; return the sources of its cells."""
    page.goto(f"{page.course}lab/index.html?path={name}")
    page.wait_for_function("window.jupyterapp?.restored")
    return do(page, SHOWN, name)


def front(page):
    """Open the front page; return the row of lesson 01."""
    page.goto(page.course)
    page.wait_for_selector("body[data-ready]")
    return page.locator("#lesson-01")


def press(page, name):
    """Press a button of lesson 01, and answer yes."""
    page.locator("#lesson-01").get_by_role("button", name=name).click()
    page.locator("#question-yes").click()


def files_of(page):
    """Return the learner's notebooks and their texts."""
    path = "/" + page.course.split("/", 3)[3]
    stored = page.evaluate(STORED, f"JupyterLite Storage - {path}")
    return {
        name: parse(json.dumps(model["content"]).encode())
        for name, model in stored.items()
        if name.endswith(".ipynb")
    }


def sources(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def kept_one(found):
    (name,) = (name for name in found if "(kept 20" in name)
    return name


# ---- it stays ----


def test_work_survives_a_reload_and_the_end_of_the_browser(playing, host, tmp_path):
    with no_network() as (proxy, _):

        def start():
            context = playing.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=find_browser(),
                args=FLAGS,
                **options_of_a_visitor(proxy),
            )
            page = context.new_page()
            page.course = f"{host}course/"
            return page

        page = start()
        write(page, ANSWER)
        page.reload()
        page.wait_for_function("window.jupyterapp?.restored")
        assert ANSWER in do(page, SHOWN, NAME)
        page.context.close()
        page = start()
        expect(front(page).locator(".state")).to_contain_text("begun, saved")
        assert ANSWER in shown(page)
        version = files_of(page)[NAME]["metadata"]["cnn_lab"]["version"]
        assert len(version) == 16  # JupyterLab has kept it
        page.context.close()


def test_two_sites_of_one_host_keep_apart(visitor, own_site, host):
    shutil.copytree(own_site, own_site.parent / "other", symlinks=True)
    write(visitor, ANSWER)
    expect(front(visitor).locator(".state")).to_contain_text("begun")
    visitor.course = f"{host}other/"
    expect(front(visitor).locator(".state")).to_have_text("not begun")
    assert ANSWER not in shown(visitor)


def test_progress_is_kept_for_lesson_00(visitor):
    page = visitor
    open_lesson(page, page.course, NAME)
    ask = "from cnn_lab import checks, reference\n"
    do(page, ASK, ask + "checks.conv_single_step(reference.conv_single_step)")
    open_lesson(page, page.course, "00_start_here.ipynb")
    said = do(page, ASK, "from cnn_lab import checks\nprint(checks.progress().right)")
    assert said == "1"


# ---- start again ----


def test_start_again_keeps_the_old_one(visitor):
    write(visitor, ANSWER)
    row = front(visitor)
    row.get_by_role("button", name="Start lesson 01 again").click()
    visitor.get_by_role("button", name="Cancel").click()
    assert ANSWER in sources(files_of(visitor)[NAME])
    press(visitor, "Start lesson 01 again")
    expect(row.locator(".state")).to_have_text("opened, nothing written yet")
    found = files_of(visitor)
    assert ANSWER not in sources(found[NAME])
    kept = kept_one(found)
    assert ANSWER in sources(found[kept])
    expect(visitor.locator("#notice")).to_contain_text(kept)
    assert ANSWER not in shown(visitor)
    assert ANSWER in shown(visitor, kept)


def test_start_again_keeps_what_another_window_has_saved_since(visitor):
    write(visitor, ANSWER)
    lesson, visitor = visitor, visitor.context.new_page()
    visitor.course = lesson.course
    front(visitor)
    do(lesson, ADD, OWN)
    press(visitor, "Start lesson 01 again")
    expect(visitor.locator("#notice")).to_contain_text("is fresh")
    found = files_of(visitor)
    assert OWN not in sources(found[NAME])
    assert OWN in sources(found[kept_one(found)])


# ---- new versions ----


def test_new_version_of_a_lesson_that_is_not_begun_is_shown(visitor, own_site):
    go_to(visitor, visitor.course, NAME)
    publish(own_site, improve)
    assert shown(visitor)[0] == IMPROVED


def test_new_version_replaces_a_copy_that_was_only_run(visitor, own_site):
    write(visitor)
    assert NAME in files_of(visitor)
    publish(own_site, improve)
    assert shown(visitor)[0] == IMPROVED
    expect(front(visitor).locator(".state")).to_have_text("opened, nothing written yet")
    assert not any("kept" in name for name in files_of(visitor))


@pytest.mark.parametrize("known", [True, False])
def test_new_version_takes_over_what_was_written(visitor, own_site, known):
    write(visitor, ANSWER)
    do(visitor, ADD, OWN)
    front(visitor)
    publish(own_site, improve)
    if not known:
        visitor.evaluate(FORGET)
    row = front(visitor)
    expect(row.locator(".state")).to_have_text("new version")
    asked = []
    visitor.on("request", lambda request: asked.append(request.url))
    row.get_by_role("button", name="Get the new version").click()
    expect(visitor.locator("#question")).to_be_visible()
    words = "is not known in this browser"
    assert (words in visitor.locator("#question-text").inner_text()) is not known
    visitor.locator("#question-yes").click()
    expect(row.locator(".state")).to_contain_text("begun, saved")
    found = files_of(visitor)
    merged, kept = sources(found[NAME]), sources(found[kept_one(found)])
    assert merged[0] == IMPROVED
    assert kept[0] != IMPROVED
    assert ANSWER in merged and ANSWER in kept
    assert OWN in merged and OWN in kept
    assert kept[0] not in merged
    packages = {path.rpartition("/")[2].partition("-")[0] for path in asked}
    assert "cnn_lab" in packages and "numpy" not in packages


def test_new_version_marks_an_exercise_that_has_changed(visitor, own_site):
    write(visitor, ANSWER)
    front(visitor)
    publish(own_site, reword_exercise)
    front(visitor)
    press(visitor, "Get the new version")
    expect(visitor.locator("#notice")).to_contain_text("have changed since you began them")
    merged = sources(files_of(visitor)[NAME])
    assert ANSWER in merged
    assert any("# another hint" in source for source in merged)


# ---- to another device ----


def test_work_travels(visitor, new_visitor, tmp_path):
    write(visitor, ANSWER)
    front(visitor)
    with visitor.expect_download() as waiting:
        visitor.locator("#download").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert ANSWER in sources(parse(archive.read(NAME)))
    other = new_visitor()
    other.course = visitor.course
    row = front(other)
    other.locator("#bring").set_input_files(path)
    expect(row.locator(".state")).to_contain_text("begun, saved")
    assert ANSWER in shown(other)
    other.context.close()


def test_work_that_is_brought_back_keeps_what_is_there(visitor, own_site):
    write(visitor, ANSWER)
    theirs = parse((own_site / "files" / NAME).read_bytes())
    theirs["cells"][0]["source"] = "# from elsewhere"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, to_text(theirs))
        archive.writestr("folder/notes with \N{GREEK SMALL LETTER PI}.txt", "3.14")
    file = {"name": "work.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
    front(visitor)
    visitor.locator("#bring").set_input_files(file)
    expect(visitor.locator("#notice")).to_contain_text("2 files were brought back")
    found = files_of(visitor)
    assert sources(found[NAME])[0] == "# from elsewhere"
    assert ANSWER in sources(found[kept_one(found)])
    file = {"name": "work.zip", "mimeType": "application/zip", "buffer": b"PKnonsense" * 9}
    visitor.locator("#bring").set_input_files(file)
    expect(visitor.locator("#notice")).to_contain_text("Nothing was brought back")
