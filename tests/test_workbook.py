"""The learner's workbook: what a copy looks like, and that nothing begun is ever lost."""

import copy
import io
import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cnn_lab.__main__ import main
from cnn_lab.checks.progress import MARK as LOOKED_FOR
from cnn_lab.classroom import ipynb, workbook
from cnn_lab.classroom.ipynb import parse, to_text
from cnn_lab.classroom.learners_copy import LessonError, learners_copy, without_solutions
from cnn_lab.classroom.links import Links
from cnn_lab.classroom.merging import merge, same_work
from cnn_lab.classroom.workbook import MARK, WorkbookError, write_workbook
from cnn_lab.commands import workbook as command

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOLVED = f"def twice(x):\n    {BEGIN}\n    return 2 * x\n    {END}"
STUB = "def twice(x):\n    # your code here\n    raise NotImplementedError"
ANSWER = "def twice(x):\n    return x + x"


def exercise(source=SOLVED, name="twice"):
    data = {"grade": False, "grade_id": name, "locked": False, "solution": True}
    return new_code_cell(source, id=name, execution_count=2, metadata={"nbgrader": data})


def check(source="checks.twice(twice)", name="check_twice", outputs=()):
    data = {"grade": True, "grade_id": name, "locked": True, "points": 1, "solution": False}
    metadata = {"nbgrader": data}
    return new_code_cell(
        source, id=name, execution_count=3, outputs=list(outputs), metadata=metadata
    )


def prose(text, name):
    return new_markdown_cell(text, id=name)


def cells():
    printed = new_output("stream", text="4\n")
    return [
        prose("# 03  Twice", "title"),
        new_code_cell("x = 2\nx + x", id="demo", execution_count=1, outputs=[printed]),
        prose("### Exercise 1", "text"),
        exercise(),
        check(outputs=[new_output("stream", text="right\n")]),
        prose("Next: more.", "next"),
    ]


def lesson(*some):
    metadata = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "name": "python3"}}
    return parse(nbformat.writes(new_notebook(cells=list(some), metadata=metadata)).encode())


def put(folder, name, notebook):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(to_text(notebook), encoding="utf-8")
    return folder / name


def read(path):
    notebook = parse(path.read_bytes())
    nbformat.validate(nbformat.from_dict(notebook))
    return notebook


def sources(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def edit(path, change):
    """Change the file of a notebook as an editor does."""
    notebook = parse(path.read_bytes())
    change(notebook["cells"])
    path.write_text(to_text(notebook), encoding="utf-8")
    return path.read_bytes()


def answer(cells):
    cells[3]["source"] = ANSWER


class Course:
    """Lessons and a workbook in a folder of their own."""

    def __init__(self, folder):
        self.lessons, self.folder = folder / "notebooks", folder / "workbook"
        self.name = "03_twice.ipynb"
        self.path = self.folder / self.name
        put(self.lessons, self.name, lesson(*cells()))

    def write(self, *update):
        """Write the workbook, and return the state of each lesson."""
        outcomes = write_workbook(self.folder, self.lessons, update)
        return [outcome.state for outcome in outcomes]

    def change(self, change):
        """Publish a new version of the lesson."""
        some = cells()
        change(some)
        put(self.lessons, self.name, lesson(*some))

    def kept(self):
        return sorted((self.folder / MARK / "kept").glob("*"))


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


# ---- stubs ----


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("x = 1  # no marker", "x = 1  # no marker"),
        (SOLVED, STUB),
        (f"answer = None\n{BEGIN}\nanswer = 42\n{END}", "answer = None\n# your code here"),
        (
            f"class A:\n\n    def f(\n        self,\n    ):\n        {BEGIN}\n        # done\n"
            f"        {END}\n\n    {BEGIN}\n    x = 3\n    {END}\n",
            "class A:\n\n    def f(\n        self,\n    ):\n        # your code here\n"
            "        raise NotImplementedError\n\n    # your code here\n    pass\n",
        ),
        (
            f"for i in range(3):\n    {BEGIN}\n    print(i)\n    {END}",
            "for i in range(3):\n    # your code here\n    pass",
        ),
        (
            f"%matplotlib inline\np = None\n{BEGIN}\np = 1\n{END}\ndef f(x):\n    y = None\n"
            f"    {BEGIN}\n    y = x\n    {END}\n    return y",
            "%matplotlib inline\np = None\n# your code here\ndef f(x):\n    y = None\n"
            "    # your code here\n    raise NotImplementedError\n    return y",
        ),
        (
            f'def f(x):\n    """Tell\nmore."""\n    if x:\n        {BEGIN}\n        return 1\n'
            f"        {END}\n    return 2",
            'def f(x):\n    """Tell\nmore."""\n    if x:\n        # your code here\n'
            "        raise NotImplementedError\n    return 2",
        ),
    ],
)
def test_without_solutions(source, stub):
    assert without_solutions(source) == stub


def test_without_solutions_in_prose_is_a_sentence():
    text = f"Why?\n\n{BEGIN}\nBecause.\n{END}"
    assert without_solutions(text, code=False) == "Why?\n\n*Your answer here.*"


@pytest.mark.parametrize("source", [BEGIN, END, f"{BEGIN}\n{BEGIN}\n{END}", f"{END}\n{BEGIN}"])
def test_without_solutions_asks_for_pairs(source):
    with pytest.raises(ValueError, match="needs its '### END SOLUTION'"):
        without_solutions(source)


def test_a_stub_that_is_no_python_is_named_with_its_cell():
    bad = lesson(prose("a", "a"), exercise(f"if x:\n{BEGIN}\n    y\n{END}"))
    with pytest.raises(LessonError, match="cell 2: it is no Python without its solutions"):
        learners_copy(bad)


# ---- copies ----


def test_learners_copy_has_stubs_and_no_outputs_and_keeps_metadata():
    original = lesson(*cells())
    before = copy.deepcopy(original)
    made = learners_copy(original)
    assert original == before
    assert sources(made)[3] == STUB
    assert [cell["id"] for cell in made["cells"]] == [cell["id"] for cell in original["cells"]]
    for was, cell in zip(original["cells"], made["cells"], strict=True):
        assert cell["metadata"] == was["metadata"]
        assert not cell.get("outputs") and cell.get("execution_count") is None
    assert made["metadata"] == original["metadata"]


def html(alt="a map"):
    return f'<div><p>right</p><img alt="{alt}" width="30" src="data:image/png;base64,QUJD"></div>'


@pytest.mark.parametrize(
    ("output", "tag"),
    [
        (
            new_output("execute_result", data={"text/html": html("a &quot;map&quot;\nof 2")}),
            '<img src="attachment:expected-1.png" alt="a &quot;map&quot; of 2" width="30">',
        ),
        (
            new_output("display_data", data={"text/html": html(), "image/png": "QUJD"}),
            '<img src="attachment:expected-1.png" alt="a map" width="30">',
        ),
        (
            new_output(
                "display_data",
                data={"image/png": "QUJD\n", "text/plain": "Figure"},
                metadata={"image/png": {"alt": "four maps", "width": 30, "height": 20}},
            ),
            '<img src="attachment:expected-1.png" alt="four maps" width="30" height="20">',
        ),
    ],
)
def test_picture_of_a_check_is_kept_below_it(output, tag):
    made = learners_copy(lesson(exercise(), check(outputs=[output]), prose("end", "end")))
    assert [cell["cell_type"] for cell in made["cells"]] == ["code", "code", "markdown", "markdown"]
    kept = made["cells"][2]
    assert kept["attachments"] == {"expected-1.png": {"image/png": "QUJD"}}
    summary = "<details><summary>What you should get</summary>"
    assert kept["source"] == f"{summary}\n\n{tag}\n\n</details>"
    nbformat.validate(nbformat.from_dict(made))


def test_all_pictures_of_a_check_are_kept():
    outputs = [new_output("display_data", data={"text/html": html(x) * 2}) for x in "ab"]
    kept = learners_copy(lesson(exercise(), check(outputs=outputs)))["cells"][2]
    assert re.findall(r'alt="(\w)"', kept["source"]) == ["a", "a", "b", "b"]
    assert len(kept["attachments"]) == 4


@pytest.mark.parametrize(
    ("source", "call"),
    [
        (f"prediction = None\n{BEGIN}\nprediction = 3\n{END}", "checks.guess(prediction)"),
        (f"def filters():\n    {BEGIN}\n    return [1]\n    {END}", "checks.filters(filters)"),
    ],
)
def test_picture_that_would_give_the_answer_away_goes(source, call):
    shown = new_output("execute_result", data={"text/html": html()})
    made = learners_copy(lesson(exercise(source), check(call, outputs=[shown])))
    assert len(made["cells"]) == 2


def test_pictures_elsewhere_and_texts_go():
    shown = new_output("display_data", data={"image/png": "QUJD"})
    remote = new_output("display_data", data={"text/html": '<img src="https://example.org/a.png">'})
    words = new_output("stream", text="right")
    made = learners_copy(
        lesson(new_code_cell("f()", outputs=[shown]), exercise(), check(outputs=[words, remote]))
    )
    assert len(made["cells"]) == 3


# ---- links ----


@pytest.fixture
def links(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "my map.png").write_bytes(b"a picture")
    (tmp_path / "results.md").write_text("numbers")
    (tmp_path / "notebooks").mkdir()
    return Links(tmp_path / "notebooks", ["01_a.ipynb"])


PICTURE = "images/my-map-92b2fa58.png"


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("[a](01_a.ipynb#Part-2), [b](./01_a.ipynb)", None),
        ("[a](https://example.org/x.png) <https://example.org> [b](#here) [c](mailto:a@b.c)", None),
        ("![alt](attachment:x.png) [](data:,x) a[0] (1) [1] f(x)[y]", None),
        ("![a *map*](../images/my%20map.png 'Map')", f"![a *map*]({PICTURE} 'Map')"),
        ("[the `results`](../results.md), [x](99_gone.ipynb)", "the `results`, x"),
        ("[![a map](../images/my%20map.png)](01_a.ipynb)", f"[![a map]({PICTURE})](01_a.ipynb)"),
        ("![lost](../images/lost.png)", "lost"),
        (
            '<img alt="a" src="../images/my map.png" width="3"> <a href="01_a.ipynb">x</a>',
            f'<img alt="a" src="{PICTURE}" width="3"> <a href="01_a.ipynb">x</a>',
        ),
        ('<a class="b" href="../results.md">numbers</a>', '<a class="b">numbers</a>'),
        ("[ref]: ../images/my%20map.png", f"[ref]: {PICTURE}"),
        ("`[a](../results.md)` and\n```\n[b](../results.md)\n```", None),
        ("``[a](../x) ` `` but [a](../x)", "``[a](../x) ` `` but a"),
    ],
)
def test_links(links, text, rewritten):
    assert links.rewrite(text) == (text if rewritten is None else rewritten)


def test_links_remember_the_pictures_that_are_used(links):
    links.rewrite("![a](../images/my%20map.png) ![b](../images/lost.png) [c](../results.md)")
    assert links.pictures == {PICTURE: b"a picture"}


def test_links_remember_the_pages_of_text_beside_the_lessons(links):
    page = "terms of [a](01_a.ipynb) and [b](02_b.ipynb)"
    (links.folder / "glossary.md").write_text(page, encoding="utf-8")
    text = "[terms](glossary.md), [a term](glossary.md#terms), [x](missing.md)"
    assert links.rewrite(text) == "[terms](glossary.md), [a term](glossary.md#terms), x"
    assert links.pages == {"glossary.md": b"terms of [a](01_a.ipynb) and b"}


def test_workbook_brings_a_page_up_to_date_unless_the_learner_wrote_in_it(course):
    page, copy = course.lessons / "glossary.md", course.folder / "glossary.md"
    page.write_text("old", encoding="utf-8")
    course.change(lambda some: some.insert(1, prose("[terms](glossary.md)", "page")))
    course.write()
    assert copy.read_text(encoding="utf-8") == "old"
    page.write_text("new", encoding="utf-8")
    course.write()
    assert copy.read_text(encoding="utf-8") == "new"
    copy.write_text("new, and my notes", encoding="utf-8")
    page.write_text("newer", encoding="utf-8")
    course.write()
    assert copy.read_text(encoding="utf-8") == "new, and my notes"
    copy.unlink()
    course.write()
    assert copy.read_text(encoding="utf-8") == "newer"


def test_workbook_has_the_pictures_wherever_it_lies(course, tmp_path):
    (tmp_path / "images").mkdir()
    picture = tmp_path / "images" / "map.png"
    picture.write_bytes(b"old")
    course.change(lambda some: some.insert(1, prose("![a](../images/map.png)", "picture")))
    course.folder = tmp_path / "far" / "away"
    assert course.write() == ["written"]
    (old,) = course.folder.glob("images/*")
    assert old.read_bytes() == b"old"
    assert f"![a](images/{old.name})" in sources(read(course.folder / course.name))
    edit(course.folder / course.name, lambda some: some[2].update(source="x = 5"))
    picture.write_bytes(b"new")
    old.write_bytes(b"dam")
    assert course.write() == ["outdated"]  # and it still shows the old picture
    assert {path.read_bytes() for path in course.folder.glob("images/*")} == {b"dam", b"new"}
    picture.write_bytes(b"old")
    assert course.write() == ["begun"]
    assert old.read_bytes() == b"old"


# ---- what happens to a lesson that was begun, and to one that was not ----


def test_a_second_run_changes_nothing(course):
    assert course.write() == ["written"]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files(course.folder)}
    assert course.write() == ["unchanged"]
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files(course.folder)}
    assert before == after


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "change",
    [
        answer,
        lambda some: some[0].update(source="# My title"),
        lambda some: some.insert(2, new_code_cell("my = 1")),
        lambda some: some.append(new_markdown_cell("my note")),
        lambda some: some.pop(1),
        lambda some: some.insert(0, some.pop(2)),
        lambda some: some[2].update(cell_type="raw"),
    ],
)
def test_what_was_begun_is_kept_byte_for_byte(course, change):
    course.write()
    mine = edit(course.path, change)
    assert course.write() == ["begun"]
    assert course.path.read_bytes() == mine
    course.change(lambda some: some[0].update(source="# 03  Twice, newly told"))
    assert course.write() == ["outdated"]
    assert course.path.read_bytes() == mine
    course.change(lambda some: None)
    assert course.write() == ["begun"]
    assert course.path.read_bytes() == mine
    assert course.kept() == []


def as_jupyterlab_leaves_it(some):
    some[1].update(execution_count=7, outputs=[new_output("stream", text="run")])
    some[1]["metadata"]["execution"] = {"iopub.status.busy": "now"}
    some[3]["source"] += "  \n"
    some[4]["metadata"]["scrolled"] = True
    some.append(new_code_cell(""))


def test_what_an_editor_changes_by_itself_is_no_beginning(course):
    course.write()
    ran = edit(course.path, as_jupyterlab_leaves_it)
    assert course.write() == ["unchanged"]
    assert course.path.read_bytes() == ran
    course.change(lambda some: some[0].update(source="# 03  Two times"))
    assert course.write() == ["replaced"]
    assert sources(read(course.path))[0] == "# 03  Two times"
    assert course.kept() == []
    assert course.write() == ["unchanged"]


def test_a_picture_drawn_again_makes_no_new_version_of_what_was_begun(course):
    def draw(content):
        shown = new_output("display_data", data={"image/png": content})
        course.change(lambda some: some[4].update(outputs=[shown]))

    draw("QUJD")
    course.write()
    mine = edit(course.path, answer)
    draw("REVG")
    assert course.write() == ["begun"]
    assert course.path.read_bytes() == mine
    course.path.unlink()
    assert course.write() == ["restored"]
    assert read(course.path)["cells"][5]["attachments"]["expected-1.png"]["image/png"] == "REVG"
    draw("QUJD")
    assert course.write() == ["replaced"]


def test_a_deleted_file_is_written_again(course):
    course.write()
    first = course.path.read_bytes()
    edit(course.path, answer)
    course.path.unlink()
    assert course.write() == ["restored"]
    assert course.path.read_bytes() == first
    assert course.write() == ["unchanged"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[1]",
        b'{"nbformat": 4}',
        b'{"cells": [1]}',
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_set_aside_and_written_again(course, content):
    course.write()
    first = course.path.read_bytes()
    for number in (1, 2):
        course.path.write_bytes(content)
        (outcome,) = write_workbook(course.folder, course.lessons)
        assert outcome.state == "mended"
        assert Path(outcome.note) == course.kept()[-1]
        assert course.path.read_bytes() == first
        assert [kept.read_bytes() for kept in course.kept()] == [content] * number


def test_a_lesson_that_is_no_lesson_does_not_keep_the_others_waiting(course):
    (course.lessons / "04_bad.ipynb").write_text("not a notebook")
    put(course.lessons, "05_markers.ipynb", lesson(exercise(BEGIN)))
    (course.folder / "06_folder.ipynb").mkdir(parents=True)
    put(course.lessons, "06_folder.ipynb", lesson(*cells()))
    put(course.lessons, "07_good.ipynb", lesson(*cells()))
    outcomes = write_workbook(course.folder, course.lessons)
    assert [outcome.state for outcome in outcomes] == ["written", *["failed"] * 3, "written"]
    assert "cell 1" in outcomes[2].note and "directory" in outcomes[3].note


def test_records_that_are_lost_are_made_again_when_nothing_is_in_doubt(course):
    course.write()
    record = course.folder / MARK / "written" / course.name
    for damage in (record.unlink, lambda: record.write_text("{")):
        damage()
        assert course.write() == ["unchanged"]
        assert parse(record.read_bytes()) == parse(course.path.read_bytes())
    mine = edit(course.path, answer)
    record.unlink()
    assert course.write() == ["begun"]
    record.unlink()
    course.change(lambda some: some[0].update(source="# New"))
    assert course.write() == ["unrecorded"]
    assert course.path.read_bytes() == mine
    assert course.write("03") == ["merged"]
    assert ANSWER in sources(read(course.path))
    assert course.kept()[0].read_bytes() == mine


# ---- a new version takes over ----


def test_update_puts_the_learners_work_into_the_new_version(course):
    course.write()

    def work(some):
        answer(some)
        some[1]["source"] = "x = 7\nx + x"
        some.insert(4, new_code_cell("twice(3)", outputs=[new_output("stream", text="6")]))
        some.append(new_markdown_cell("![mine](attachment:a.png)", attachments={"a.png": {}}))

    mine = edit(course.path, work)

    def rewrite(some):
        some[0]["source"] = "# 03  Two times"
        some.insert(3, prose("A new sentence.", "new"))
        some[5]["source"] = "checks.twice(twice)  # stricter"

    course.change(rewrite)
    assert course.write() == ["outdated"]
    assert course.write("03") == ["merged"]
    merged = read(course.path)
    assert sources(merged) == [
        "# 03  Two times",
        "x = 7\nx + x",
        "### Exercise 1",
        "A new sentence.",
        ANSWER,
        "twice(3)",
        "checks.twice(twice)  # stricter",
        "Next: more.",
        "![mine](attachment:a.png)",
    ]
    assert merged["cells"][-1]["attachments"] == {"a.png": {}}
    assert ipynb.grading(merged["cells"][4])["grade_id"] == "twice"
    assert not any(cell.get("outputs") for cell in merged["cells"])
    (kept,) = course.kept()
    assert kept.name == "03_twice-1.ipynb" and kept.read_bytes() == mine
    after = course.path.read_bytes()
    assert course.write() == course.write("all") == ["begun"]
    assert course.path.read_bytes() == after and len(course.kept()) == 1


def test_update_tells_of_an_exercise_that_has_changed(course):
    course.write()
    edit(course.path, answer)
    course.change(lambda some: some[3].update(source=SOLVED.replace("(x)", "(x, times)")))
    (outcome,) = write_workbook(course.folder, course.lessons, ["03"])
    assert (outcome.state, outcome.changed) == ("merged", ("twice",))
    merged = sources(read(course.path))
    assert merged[3] == ANSWER
    assert merged[4].startswith("The exercise above has changed") and "(x, times)" in merged[4]


def mixed():
    """A learner's notebook with everything that a merge has to think of, and what it is made of."""
    base = learners_copy(lesson(*cells()))
    mine, new = copy.deepcopy(base), copy.deepcopy(base)
    answer(mine["cells"])
    twin = copy.deepcopy(mine["cells"][3]) | {"id": "twin", "source": "def twice(x): ..."}
    mine["cells"].insert(4, twin)  # copied and pasted: the same grade_id
    mine["cells"][5]["source"] = "checks.twice(twice).state"  # a check that was edited
    mine["cells"][2]["source"] = "### Exercise 1, done"  # and the lesson changes it too
    new["cells"][2]["source"] = "### Exercise 1, easier"
    new["cells"][5] = new["cells"][5] | {"source": "Next: less.", "id": "other"}
    return base, mine, new


def test_merge_keeps_both_where_both_changed_and_gives_the_course_its_checks():
    base, mine, new = mixed()
    before = copy.deepcopy((base, mine, new))
    merged, changed = merge(base, mine, new)
    assert (base, mine, new) == before
    assert changed == []
    assert sources(merged) == [
        "# 03  Twice",
        "x = 2\nx + x",
        "### Exercise 1, easier",
        "### Exercise 1, done",
        ANSWER,
        "def twice(x): ...",
        "checks.twice(twice)",
        "Next: less.",
    ]
    ids = [cell["id"] for cell in merged["cells"]]
    assert len(ids) == len(set(ids))
    grades = [ipynb.grading(cell).get("grade_id") for cell in merged["cells"]]
    assert grades == [None] * 4 + ["twice", None, "check_twice", None]
    nbformat.validate(nbformat.from_dict(merged))


def test_merge_without_ids_or_with_new_ones_finds_the_cells():
    base, mine, new = mixed()
    expected = sources(merge(base, mine, new)[0])
    for number, cell in enumerate(mine["cells"]):
        cell["id"] = f"fresh{number}"
    del mine["cells"][2]  # that one cannot be told from a cell of the learner's own
    expected.remove("### Exercise 1, done")
    assert sources(merge(base, mine, new)[0]) == expected


@pytest.mark.parametrize("changed", ["prose", "stub"])
def test_merge_after_a_merge_that_was_interrupted_adds_nothing(changed):
    base, mine, new = mixed()
    if changed == "stub":
        new["cells"][3]["source"] = STUB.replace("(x)", "(y)")
    once, _ = merge(base, mine, new)
    twice, _ = merge(base, once, new)
    assert same_work(once, twice)


def test_merge_keeps_a_cell_whose_type_the_learner_changed():
    base, mine, new = mixed()
    mine["cells"][1] = new_markdown_cell("not code any more", id="demo")
    merged = sources(merge(base, mine, new)[0])
    assert merged[1:3] == ["x = 2\nx + x", "not code any more"]


# ---- interruptions and obstacles ----


@pytest.mark.parametrize("state", ["nothing", "untouched", "begun", "damaged"])
@pytest.mark.parametrize("calls", range(4))
def test_a_crash_at_any_moment_loses_nothing(course, monkeypatch, state, calls):
    """Let the n-th replacement of a file be the last thing that happens, then run again."""
    if state != "nothing":
        course.write()
    if state == "damaged":
        course.path.write_bytes(b"half a note")
    mine = edit(course.path, answer) if state == "begun" else b""
    course.change(lambda some: some[0].update(source="# New"))
    real, done = os.replace, []

    def replace(source, target):
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(target)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    try:
        course.write("03")
    except KeyboardInterrupt:
        pass
    monkeypatch.setattr(os, "replace", real)
    if state == "begun":
        assert mine in [path.read_bytes() for path in (course.path, *course.kept())]
        assert ANSWER in sources(read(course.path))
    assert course.write("03")[0] in {"written", "restored", "replaced", "merged", "mended"} | {
        "unchanged",
        "begun",
    }
    final = sources(read(course.path))
    assert final[0] == "# New"
    assert final[3] == (ANSWER if state == "begun" else STUB)
    assert len(final) == len(cells())
    if state == "damaged":
        assert b"half a note" in [path.read_bytes() for path in course.kept()]
    assert not [path for path in files(course.folder) if path.suffix == ".part"]


def test_a_full_disk_is_told_and_leaves_the_file(course, monkeypatch):
    course.write()
    mine = edit(course.path, answer)
    course.change(lambda some: some[0].update(source="# New"))

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (outcome,) = write_workbook(course.folder, course.lessons, ["03"])
    assert (outcome.state, outcome.note) == ("failed", "No space left on device")
    assert course.path.read_bytes() == mine


def test_folders_that_cannot_be_a_workbook(course, tmp_path):
    with pytest.raises(WorkbookError, match="holds the lessons themselves"):
        write_workbook(tmp_path / "x" / ".." / "notebooks", course.lessons)
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbookError, match="file is a file: name a folder"):
        write_workbook(tmp_path / "file", course.lessons)
    with pytest.raises(WorkbookError, match=r"cannot write in .*below: Not a directory"):
        write_workbook(tmp_path / "file" / "below", course.lessons)
    with pytest.raises(WorkbookError, match="there are no lessons in"):
        write_workbook(course.folder, tmp_path)
    with pytest.raises(WorkbookError, match=r"no lesson begins with '3'; there are 03_twice.ipynb"):
        write_workbook(course.folder, course.lessons, ["3"])
    assert not course.folder.exists()
    assert files(course.lessons) == [course.lessons / course.name]


def test_a_link_to_a_file_is_not_replaced_by_a_file(course, tmp_path):
    course.write()
    elsewhere = tmp_path / "elsewhere.ipynb"
    course.path.rename(elsewhere)
    course.path.symlink_to(elsewhere)
    course.change(lambda some: some[0].update(source="# New"))
    assert course.write() == ["replaced"]
    assert course.path.is_symlink() and sources(read(elsewhere))[0] == "# New"


def test_the_mark_is_the_one_that_the_checks_look_for():
    assert LOOKED_FOR == workbook.MARK


# ---- the command ----


@pytest.fixture
def opened(monkeypatch):
    """What would have been opened, instead of opening it."""
    calls = []
    monkeypatch.setattr(command, "open_jupyterlab", lambda *place: calls.append(place) or 0)
    return calls


def run(course, *arguments):
    return main(["workbook", str(course.folder), "--lessons", str(course.lessons), *arguments])


def test_command_tells_what_became_of_each_lesson(course, capsys, opened):
    put(course.lessons, "04_more.ipynb", lesson(*cells()))
    assert run(course) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"Workbook in {course.folder}{os.sep}:"
    assert told[1:3] == ["  03_twice  written", "  04_more   written"]
    assert told[3].startswith("To open it: ") and told[3].endswith(f"{course.folder} --open")
    edit(course.path, answer)
    assert run(course) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1:3] == ["  03_twice  kept as you have begun it", "  04_more   unchanged"]
    assert told[3] == "Nothing to do."
    course.change(lambda some: some[0].update(source="# New"))
    assert run(course) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].endswith("kept as you have begun it; there is a new version")
    assert told[3].endswith(f"{course.folder} --update 03")
    assert run(course, "--update", "03") == 0
    told = capsys.readouterr().out.splitlines()
    assert "with your work in it; the file as it was: " in told[1]
    assert str(course.kept()[0]) in told[1]
    assert run(course, "--update", "03") == 0
    assert "No newer version to update to." in capsys.readouterr().out
    assert opened == []


def test_command_names_exercises_that_changed(course, capsys):
    run(course)
    edit(course.path, answer)
    course.change(lambda some: some[3].update(source=SOLVED.replace("(x)", "(y)")))
    assert run(course, "--update", "all") == 0
    assert "look again at what has changed in twice." in capsys.readouterr().out


def test_command_when_quiet_tells_only_news(course, capsys):
    for expected in (f"Your workbook is in {course.folder}{os.sep}: 1 lessons.\n", ""):
        assert run(course, "--quiet") == 0
        assert capsys.readouterr().out == expected
    course.path.unlink()
    assert run(course, "--quiet") == 0
    assert "was missing: written again" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("arguments", "terminal", "opens"),
    [
        ([], True, True),
        ([], False, False),
        (["--open"], False, True),
        (["--no-open"], True, False),
    ],
)
def test_command_opens_the_first_lesson(course, monkeypatch, opened, arguments, terminal, opens):
    put(course.lessons, "00_start.ipynb", lesson(*cells()))
    stream = Terminal if terminal else io.StringIO
    monkeypatch.setattr(sys, "stdin", stream())
    monkeypatch.setattr(sys, "stdout", stream())
    assert run(course, *arguments) == 0
    assert opened == ([(course.folder, "00_start.ipynb")] if opens else [])


def test_command_without_lesson_00_opens_the_first_there_is(course, opened):
    (course.lessons / "00_bad.ipynb").write_text("not a notebook")
    assert run(course, "--open") == 1
    assert opened == [(course.folder, course.name)]


def test_command_starts_jupyterlab_in_the_workbook(course, monkeypatch, capsys):
    started = []

    class Process:
        def __init__(self, words, cwd, env):
            started.append((words, cwd, env))
            self.waits = iter([KeyboardInterrupt, 0])

        def wait(self):
            if (result := next(self.waits)) == 0:
                return 0
            raise result

    monkeypatch.setattr(command.subprocess, "Popen", Process)
    monkeypatch.setattr(os, "getuid", lambda: 1000, raising=False)
    assert run(course, "--open") == 0
    ((words, folder, environment),) = started
    assert words == [sys.executable, "-m", "jupyterlab", course.name]
    assert folder == course.folder
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))
    monkeypatch.setattr(os, "getuid", lambda: 0, raising=False)
    assert run(course, "--open") == 0
    assert started[1][0][-1] == "--allow-root"
    assert "root" in capsys.readouterr().out


def test_command_without_jupyterlab_says_how_to_get_it(course, monkeypatch, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert run(course, "--open") == 1
    assert "pip install 'cnn-lab[lab]'" in capsys.readouterr().err
    assert course.path.is_file()


def test_command_without_lessons_says_where_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "__file__", str(tmp_path / "site" / "x" / "y" / "workbook.py"))
    assert main(["workbook"]) == 1
    assert "--lessons FOLDER" in capsys.readouterr().err
    put(tmp_path / "notebooks", "03_twice.ipynb", lesson(*cells()))
    assert main(["workbook"]) == 0
    assert (tmp_path / "workbook" / "03_twice.ipynb").is_file()
    monkeypatch.chdir(tmp_path / "workbook")
    monkeypatch.setattr(command, "find_lessons", lambda: tmp_path / "notebooks")
    capsys.readouterr()
    assert main(["workbook"]) == 0
    assert capsys.readouterr().out.startswith("Workbook in this folder:\n")
    assert not (tmp_path / "workbook" / "workbook").exists()


def test_command_finds_the_lessons_of_the_course_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.find_lessons() == ROOT / "notebooks"


# ---- the real lessons ----


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "workbook"
    states = {outcome.state for outcome in write_workbook(folder, ROOT / "notebooks")}
    assert states == {"written"}
    return folder


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_copy_of_a_lesson_is_clean(real, path):
    copied, original = read(real / path.name), parse(path.read_bytes())
    text = "\n".join(sources(copied))
    assert "SOLUTION" not in text
    code = [cell for cell in copied["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    to_solve = [cell for cell in copied["cells"] if ipynb.grading(cell).get("solution")]
    assert all("# your code here" in cell["source"] for cell in to_solve)
    assert len(to_solve) == sum(BEGIN in source for source in sources(original))
    asked = [ipynb.grading(c)["grade_id"] for c in original["cells"] if ipynb.grading(c)]
    assert [ipynb.grading(c)["grade_id"] for c in copied["cells"] if ipynb.grading(c)] == asked


def test_a_picture_is_kept_under_most_exercises(real):
    texts = [source for path in real.glob("*.ipynb") for source in sources(read(path))]
    assert sum("What you should get" in text for text in texts) > 20


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_links_of_a_copy_lead_somewhere(real, path):
    copied = read(real / path.name)["cells"]
    text = "\n".join(cell["source"] for cell in copied if cell["cell_type"] == "markdown")
    targets = re.findall(r"\]\(([^()\s]+)\)|(?:src|href)=\"([^\"]+)\"", text)
    for target in filter(None, (one or other for one, other in targets)):
        if not re.match(r"https?:|attachment:|#", target):
            assert (real / target.split("#")[0]).is_file(), target


def test_workbook_of_the_lessons_is_written_without_jupyter():
    """Nothing but the standard library is loaded for it."""
    program = (
        "import sys; from cnn_lab.commands import workbook; import cnn_lab.classroom.workbook;"
        "print(*{name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )
    loaded = command.subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"nbformat", "numpy", "jupyterlab"} & set(loaded.stdout.split())


def test_json_of_a_copy_is_laid_out_as_jupyterlab_does_it(real):
    for path in real.glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"
        assert json.loads(text)["nbformat_minor"] == 5
