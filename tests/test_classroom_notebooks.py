"""Executing lessons and their stored form, on notebooks of a few cells."""

import copy
import json
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cnn_lab.__main__ import main
from cnn_lab.classroom import notebooks

BAR = {
    notebooks.WIDGET_VIEW: {"model_id": "0a1b", "version_major": 2},
    "text/plain": "  0%|          | 0/600 [00:00<?, ?it/s]",
}


def lesson(*cells):
    return new_notebook(cells=list(cells))


def code(source, outputs=(), count=1, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def write(path, notebook):
    path.write_text(notebooks.to_text(notebook), encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path):
    """A lesson that was never executed, as an editor leaves it."""
    cells = [
        new_markdown_cell("# A lesson"),
        code("print('one', flush=True)\nprint('two')", count=None, collapsed=False, tags=[]),
        code("import sys\nsys.executable == sys.argv[0], 6 * 7", count=None, scrolled=True),
        code("import time\nprint(f'took {time.time():.1f} s')", count=None),
        code("", count=None),
    ]
    notebook = lesson(*cells)
    notebook.metadata = {"kernelspec": {"name": "somebody-elses", "display_name": "?"}}
    return write(tmp_path / "01_tiny.ipynb", notebook)


def test_refresh_executes_and_a_second_time_changes_nothing(path):
    assert notebooks.refresh(path) is True
    first = path.read_bytes()
    stored = nbformat.read(path, as_version=4)
    assert [cell.get("execution_count") for cell in stored.cells] == [None, 1, 2, 3]
    assert [output.text for output in stored.cells[1].outputs] == ["one\ntwo\n"]
    assert stored.cells[2].outputs[0].data["text/plain"] == "(False, 42)"
    assert stored.metadata.kernelspec.name == "python3"
    assert "version" not in stored.metadata.language_info
    assert first.endswith(b"}\n") and first.startswith(b'{\n "cells"')
    assert notebooks.refresh(path) is False  # although the last cell took another time
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_run_uses_this_interpreter_in_the_folder_of_the_lesson(tmp_path):
    write(tmp_path / "x.ipynb", lesson())
    (tmp_path / "beside.txt").write_text("here")
    done = notebooks.run(
        lesson(code("import sys; print(sys.executable, open('beside.txt').read())")), tmp_path
    )
    assert done.cells[0].outputs[0].text == f"{sys.executable} here\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 1\nundefined", "NameError: name 'undefined' is not defined"),
        ("while True: pass", "timed out"),
        ("import os; os._exit(3)", "died"),
    ],
)
def test_a_failing_cell_is_named_and_the_lesson_stays(tmp_path, capsys, source, complaint):
    cells = [new_markdown_cell("# Bad"), code("1 + 1"), code(source, count=None)]
    path = write(tmp_path / "02_bad.ipynb", lesson(*cells))
    before = path.read_bytes()
    assert main(["notebooks", "02", "--folder", str(tmp_path), "--timeout", "2"]) == 1
    told = capsys.readouterr().err
    assert f"{path}: FAILED" in told and "cell 3 failed" in told and complaint in told
    assert "\x1b" not in told
    assert path.read_bytes() == before


def test_a_failing_lesson_does_not_keep_the_others_waiting(path, capsys):
    bad = path.with_name("00_bad.ipynb")
    bad.write_text("not a notebook")
    assert main(["notebooks", "--folder", str(path.parent), "--no-execute"]) == 1
    told = capsys.readouterr()
    assert f"{bad}: FAILED" in told.err
    assert f"{path}: written" in told.out


def test_refresh_without_executing_keeps_outputs_and_unexecuted_cells(tmp_path):
    output = new_output("stream", name="stdout", text="by hand\n")
    path = write(tmp_path / "x.ipynb", lesson(code("1 / 0", [output]), code("2", count=None)))
    assert notebooks.refresh(path, execute=False) is True
    stored = nbformat.read(path, as_version=4)
    assert stored.cells[0].outputs == [output]
    assert [cell.execution_count for cell in stored.cells] == [1, None]


@pytest.mark.parametrize(
    "text", ["/home/ana/x.py", "see /tmp/ipykernel_7/1.py:3", "C:\\Users\\Ana", sys.prefix]
)
def test_refresh_refuses_an_output_with_a_place_on_this_machine(tmp_path, text):
    output = new_output("stream", text=f"{text} and more\n")
    path = write(tmp_path / "x.ipynb", lesson(new_markdown_cell("# A"), code("f()", [output])))
    with pytest.raises(notebooks.NotebookError, match="cell 2 names a place on this machine: "):
        notebooks.refresh(path, execute=False)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not JSON", '{"cells": 3, "nbformat": 4}'])
def test_refresh_refuses_what_is_no_notebook(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(notebooks.NotebookError, match="not a notebook"):
        notebooks.refresh(path)
    assert path.read_text() == text


def test_machine_paths_leaves_addresses_and_pictures_alone():
    picture = new_output("display_data", data={"image/png": "/home/ana", "text/plain": "a"})
    cells = [new_markdown_cell("https://example.org/home/page and a/tmp/b"), code("1", [picture])]
    assert notebooks.machine_paths(lesson(*cells)) == []


def messy():
    stream = [new_output("stream", name=name, text=name) for name in ("stdout", "stdout", "stderr")]
    result = new_output("execute_result", data={"text/plain": "7"}, execution_count=9)
    image = new_output("display_data", data={"image/png": "QUJD\n"})
    progress_bar = new_output("display_data", data=BAR)
    return lesson(
        new_markdown_cell("# Title\n\n"),
        code("7", [*stream, result], 9, execution={"iopub.status.busy": "now"}, editable=True),
        code("7", [image], 12, slideshow={"slide_type": ""}, jupyter={"source_hidden": True}),
        code("f", [], 13, nbgrader={"grade_id": "conv_forward", "solution": True}),
        code("f", [], 14, nbgrader={"grade_id": "not an id"}),
        code("fit()", [progress_bar, stream[0]], 15, tags=[notebooks.IGNORED]),
        code("fit()", [progress_bar], 16),
        new_markdown_cell("  \n"),
    )


def test_normalise_leaves_nothing_to_do_and_its_argument_alone():
    notebook = messy()
    before = copy.deepcopy(notebook)
    once = notebooks.normalise(notebook)
    assert notebook == before
    assert notebooks.normalise(once) == once
    nbformat.validate(once)


def test_normalise_gives_ids_that_follow_from_the_content():
    first, second = notebooks.normalise(messy()), notebooks.normalise(messy())
    ids = [cell.id for cell in first.cells]
    assert ids == [cell.id for cell in second.cells]
    assert len(set(ids)) == len(ids) == 7
    assert ids[3] == "conv_forward"
    shorter = messy()
    del shorter.cells[0]
    assert [cell.id for cell in notebooks.normalise(shorter).cells] == ids[1:]


def test_normalise_counts_from_one_and_joins_streams():
    cells = notebooks.normalise(messy()).cells
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert counts == [1, 2, 3, 4, 5, 6]
    outputs = cells[1].outputs
    assert [output.get("text") for output in outputs] == ["stdoutstdout", "stderr", None]
    assert outputs[2].execution_count == 1
    assert cells[2].outputs[0].data["image/png"] == "QUJD"


def test_normalise_keeps_only_metadata_with_a_meaning():
    cells = notebooks.normalise(messy()).cells
    assert cells[1].metadata == {}
    assert cells[2].metadata == {"jupyter": {"source_hidden": True}}
    assert cells[3].metadata.nbgrader.solution is True


def test_normalise_drops_progress_bars_where_outputs_are_not_compared():
    cells = notebooks.normalise(messy()).cells
    assert [output.output_type for output in cells[5].outputs] == ["stream"]
    assert cells[6].outputs[0].data[notebooks.WIDGET_VIEW]["model_id"] != "0a1b"


def test_normalise_keeps_a_widget_that_has_a_picture_as_that_picture():
    data = {notebooks.WIDGET_VIEW: {"model_id": "0a1b"}, "image/png": "iVBO", "text/plain": "Pad"}
    output = new_output("execute_result", data, execution_count=1)
    stored = notebooks.normalise(lesson(code("pad", [output]))).cells[0].outputs[0].data
    assert stored == {"image/png": "iVBO", "text/plain": "Pad"}


def test_progress_bar_of_tqdm_is_recognised_and_a_slider_is_not(tmp_path):
    cells = [
        code("import ipywidgets\nfrom tqdm.auto import tqdm, trange", tags=[notebooks.IGNORED]),
        code("for _ in trange(3, unit=' images'): pass", tags=[notebooks.IGNORED]),
        code("for _ in tqdm(iter('ab')): pass", tags=[notebooks.IGNORED]),
        code("ipywidgets.IntSlider(3)", tags=[notebooks.IGNORED]),
    ]
    executed = notebooks.run(lesson(*cells), tmp_path)
    kinds = [[notebooks.is_progress_bar(o) for o in cell.outputs] for cell in executed.cells]
    assert kinds == [[], [True], [True], [False]]
    assert "widgets" in executed.metadata
    assert "widgets" not in notebooks.normalise(executed).metadata


def test_find_lessons_by_number_beginning_and_path(tmp_path):
    paths = [tmp_path / name for name in ("01_a.ipynb", "02_b.ipynb", "10_c.ipynb")]
    for path in paths:
        path.touch()
    assert notebooks.find_lessons(tmp_path) == paths
    assert notebooks.find_lessons(tmp_path, ["10", "02_b", "10_c"]) == [paths[2], paths[1]]
    assert notebooks.find_lessons("elsewhere", [str(paths[0])]) == [paths[0]]


def test_find_lessons_that_do_not_exist(tmp_path, capsys):
    with pytest.raises(FileNotFoundError, match="it has none at all"):
        notebooks.find_lessons(tmp_path)
    (tmp_path / "01_a.ipynb").touch()
    assert main(["notebooks", "07", "--folder", str(tmp_path)]) == 1
    assert "begins with '07'; it has 01_a" in capsys.readouterr().err


def test_to_text_is_what_nbformat_writes(tmp_path):
    notebook = notebooks.normalise(messy())
    nbformat.write(notebook, tmp_path / "x.ipynb")
    assert (tmp_path / "x.ipynb").read_text(encoding="utf-8") == notebooks.to_text(notebook)
    assert json.loads(notebooks.to_text(notebook))["nbformat_minor"] == 5
