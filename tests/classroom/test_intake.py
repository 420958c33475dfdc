"""Reading whatever was sent, and finding it."""

import json
import os

import nbformat
import pytest
import small_class
from hypothesis import example, given, settings
from hypothesis import strategies as st
from submissions import KINDS, Lesson

from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.marking import intake
from cnn_lab.classroom.marking.decoding import decoded
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.intake import Unreadable
from cnn_lab.classroom.marking.lesson import parts_of

SOURCE = source_of(small_class.tiny_lesson())


def released():
    """Return what students get of the tiny lesson, without nbgrader."""
    parts = parts_of(SOURCE)
    cells = zip(parts, SOURCE["cells"], strict=True)
    return {**SOURCE, "cells": [{**cell, "source": part.given} for part, cell in cells]}


def sent(*cells, **more):
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(notebook).encode()


def code(source="x = 1", **more):
    return {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "outputs": []} | more


def kinds_of(findings):
    return [finding.kind for finding in findings]


# ---- findings ----


def test_finding_to_dict_and_back():
    finding = Finding("file renamed", "It was called so.", "l01", "warning")
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))) == finding


@pytest.mark.parametrize("data", [{}, {"kind": "a", "text": 1}, {"kind": "a", "text": "b", "x": 1}])
def test_finding_from_data_of_something_else(data):
    with pytest.raises(ValueError, match="finding"):
        Finding.from_dict(data)


def test_finding_of_unknown_weight():
    with pytest.raises(ValueError, match="weight must be one of"):
        Finding("a", "b", weight="heavy")


# ---- reading ----


READABLE = [name for name, kind in KINDS.items() if kind.lost != "unreadable"]


@pytest.mark.parametrize("name", READABLE)
def test_read_every_kind_of_submission(name):
    made = KINDS[name].made(released(), small_class.RIGHT)
    content = next(iter(made.values())) if isinstance(made, dict) else made
    notebook, findings = intake.read(content)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor == 5 and len(notebook.cells) >= 5
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbformat.writes(notebook).encode("utf-8")
    told = {"format", "encoding"} & set(KINDS[name].finds)
    assert told <= set(kinds_of(findings))


@pytest.mark.parametrize(
    "name, says",
    [
        ("not_json", "ends in the middle"),
        ("empty_file", "is empty"),
        ("a_web_page", "is a web page"),
        ("nested_deeply", "nested too deeply"),
    ],
)
def test_read_what_is_no_notebook(name, says):
    assert KINDS[name].lost == "unreadable"
    with pytest.raises(Unreadable, match=says):
        intake.read(KINDS[name].made(released(), small_class.RIGHT))


@pytest.mark.parametrize(
    "content, says",
    [
        (b" \r\n\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"\x00" * 4096, "is empty"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"import numpy as np", "not a notebook"),
        (b"[1, 2]", "JSON, but no notebook"),
        (b'{"nbformat": 4}', "no cells"),
        (b'{"nbformat": 4, "cells": []}', "no cells"),
        (b'{"nbformat": 4, "cells": [3, null]}', "no cells"),
        (b'{"nbformat": 4, "cells": {"a": 1}}', "no cells"),
        (b'{"cells": [1, 2,], "a": 1, "b": 2}', "damaged notebook: .* line 1 column"),
        (b'{\n<<<<<<< HEAD\n "cells": 1\n=======\n}', "merge that was not finished"),
    ],
)
def test_read_says_what_is_there_instead(content, says):
    with pytest.raises(Unreadable, match=says):
        intake.read(content)


def test_read_refuses_too_large_a_file(monkeypatch):
    monkeypatch.setattr("cnn_lab.classroom.marking.decoding.LARGEST", 100)
    with pytest.raises(Unreadable, match=r"more than 0 MB are not read"):
        intake.read(sent(code("x = 1" * 40)))


@pytest.mark.parametrize("flood", [b"[" * 11_000_000, b'{"a":[' + b"{}," * 11_000_000 + b"{}]}"])
def test_read_refuses_more_parts_than_fit_into_memory(flood):
    with pytest.raises(Unreadable, match="too many parts"):
        intake.read(flood)


def test_read_refuses_too_many_cells():
    with pytest.raises(Unreadable, match="5001 cells; at most 5000"):
        intake.read(sent(*[code()] * 5001))


def test_read_leaves_out_a_text_that_is_no_answer():
    notebook, findings = intake.read(sent(code("x = 1\n" * 200_000), code("y = 2")))
    assert [cell.source for cell in notebook.cells] == ["", "y = 2"]
    assert kinds_of(findings) == ["cell too long"] and findings[0].weight == "warning"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_read_encodings(encoding):
    text = sent(code('s = "Größe, 数"')).decode()
    text = json.dumps(json.loads(text), ensure_ascii=False, indent=1).replace("\n", "\r\n")
    notebook, findings = intake.read(text.encode(encoding))
    assert notebook.cells[0].source == 's = "Größe, 数"'
    assert kinds_of(findings) == ([] if encoding == "utf-8" else ["encoding"])


def test_read_other_encodings_as_windows():
    content = sent(code("s = 1")).replace(b"s = 1", b"s = 'Gr\xf6\xdfe'")
    notebook, findings = intake.read(content)
    assert notebook.cells[0].source == "s = 'Größe'"
    assert kinds_of(findings) == ["encoding"]


def test_read_text_with_zeros_at_its_end():
    notebook, _ = intake.read(sent(code()) + b"\x00" * 512)
    assert notebook.cells[0].source == "x = 1"


def test_read_ids_missing_twice_and_not_allowed():
    cells = [code(id="a"), code(id="a"), code(id=""), code(id="ü"), code(id=7), code(id="sent-2")]
    notebook, _ = intake.read(sent(*cells, code()))
    ids = [cell.id for cell in notebook.cells]
    assert ids[0] == "a" and ids[5] == "sent-2" and len(set(ids)) == 7
    again, _ = intake.read(sent(*cells, code()))
    assert [cell.id for cell in again.cells] == ids
    nbformat.validate(notebook)


def test_read_keeps_of_the_metadata_what_nbgrader_needs():
    data = {"grade_id": "a\ud800", "grade": 1, "points": True, "locked": True, "x": 1, "task": None}
    metadata = {"nbgrader": data, "collapsed": True, "tags": ["raises-exception"]}
    notebook, _ = intake.read(sent(code(metadata=metadata), metadata=[1]))
    assert notebook.cells[0].metadata == {"nbgrader": {"grade_id": "a\ufffd", "locked": True}}
    assert notebook.metadata == {}


@pytest.mark.parametrize("points, read", [(2, 2), (2.5, 2.5), (1e300, 1e300), (-1, -1)])
def test_read_points(points, read):
    notebook, _ = intake.read(sent(code(metadata={"nbgrader": {"points": points}})))
    assert notebook.cells[0].metadata["nbgrader"]["points"] == read


def test_read_numbers_without_end():
    content = sent(code(metadata={"nbgrader": {"points": 12345}}))
    for number in (b"9" * 10_000, b"1e999", b"NaN", b"-Infinity", b"1" * 400 + b".5"):
        notebook, _ = intake.read(content.replace(b"12345", number))
        assert notebook.cells[0].metadata.get("nbgrader", {}).get("points", 0) == 0


def test_read_format_3_with_headings_and_html():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Title"]},
        {"cell_type": "heading", "level": "no", "source": "Other"},
        {"cell_type": "html", "source": "<b>bold</b>"},
        {"cell_type": "code", "input": ["a = 1\n", "b = 2"], "outputs": [], "language": "python"},
    ]
    old = {"nbformat": 3, "worksheets": [{"cells": cells}, "no sheet", {"cells": 7}]}
    notebook, findings = intake.read(json.dumps(old).encode())
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "## Title"),
        ("markdown", "# Other"),
        ("markdown", "<b>bold</b>"),
        ("code", "a = 1\nb = 2"),
    ]
    assert kinds_of(findings) == ["format"]


def test_read_reports_entries_that_are_no_cells():
    notebook, findings = intake.read(sent(code(), 7, None, "text"))
    assert len(notebook.cells) == 1
    assert kinds_of(findings) == ["cells damaged"] and "3 of" in findings[0].text


def test_read_keeps_pasted_pictures_and_nothing_else_attached():
    attached = {"a.png": {"image/png": "QUJD", "text/html": "<script>"}, "b": 7, "c": {"x": "y"}}
    prose = {"cell_type": "markdown", "source": "![a](attachment:a.png)", "attachments": attached}
    notebook, _ = intake.read(sent(prose, code(attachments=attached)))
    assert notebook.cells[0].attachments == {"a.png": {"image/png": "QUJD"}}
    assert "attachments" not in notebook.cells[1]
    nbformat.validate(notebook)


def test_read_refuses_too_much_text():
    with pytest.raises(Unreadable, match="more than 1,000,000 characters"):
        intake.read(sent(*[code("x" * 90_000)] * 12))


def test_read_leaves_out_pictures_that_are_too_large():
    attached = {"a.png": {"image/png": "Q" * 20_000_001}}
    prose = {"cell_type": "markdown", "source": "mine", "attachments": attached}
    notebook, findings = intake.read(sent(prose))
    assert "attachments" not in notebook.cells[0] and notebook.cells[0].source == "mine"
    assert kinds_of(findings) == ["cell too long"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
KEYS = ["cell_type", "id", "metadata", "source", "outputs", "attachments", "input", "level"]
ANY_CELL = st.dictionaries(
    st.sampled_from(KEYS), JSON | st.sampled_from(["code", "markdown", "heading", "a"]), max_size=7
)
ANY_NOTEBOOK = st.fixed_dictionaries(
    {"cells": st.lists(ANY_CELL | JSON, max_size=6)},
    optional={"metadata": JSON, "nbformat": JSON, "nbformat_minor": JSON},
)


@settings(deadline=None, max_examples=150)
@given(ANY_NOTEBOOK)
def test_read_any_json_gives_a_valid_notebook_or_a_reason(data):
    try:
        notebook, findings = intake.read(json.dumps(data).encode())
    except Unreadable as reason:
        assert str(reason).endswith(".")
        return
    nbformat.validate(notebook)
    json.dumps(notebook, allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert all(isinstance(finding, Finding) for finding in findings)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=40), st.integers(0, 400), st.integers(0, 400))
@example(b"\xff\xfe\x00\x00", 0, 400)
def test_read_any_bytes_gives_a_valid_notebook_or_a_reason(noise, first, last):
    content = sent(code('s = "\\ud800 Größe"'), code("y = 2"))
    try:
        notebook, _ = intake.read(content[:first] + noise + content[last:])
    except Unreadable:
        return
    nbformat.validate(notebook)


# ---- finding ----


def work(answers=small_class.RIGHT):
    return Lesson(released(), answers).to_bytes()


def put(folder, name, content, age=0):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))
    return path


@pytest.mark.parametrize("wanted", ["04_tiny", "04_tiny.ipynb"])
def test_find_the_proper_name(tmp_path, wanted):
    path = put(tmp_path, "04_tiny.ipynb", work())
    assert intake.find(tmp_path, wanted, SOURCE) == (path, [])


@pytest.mark.parametrize(
    "name", ["mine (1).ipynb", "04_tiny.ipynb.txt", "04_tiny.json", "deeper/4.IPYNB", "04_tiny"]
)
def test_find_a_renamed_file(tmp_path, name):
    path = put(tmp_path, name, work())
    put(tmp_path, "timestamp.txt", b"2026-11-20 12:00:00 UTC")
    put(tmp_path, "picture.png", b"\x89PNG")
    put(tmp_path, "other lesson.ipynb", sent(code("import math")))
    found, findings = intake.find(tmp_path, "04_tiny", SOURCE)
    assert found == path
    assert kinds_of(findings) == ["file renamed"] and repr(name) in findings[0].text


def test_find_a_renamed_file_that_lost_all_metadata(tmp_path):
    made = KINDS["ids_and_metadata_lost"].made(released(), small_class.RIGHT)
    path = put(tmp_path, "mine.ipynb", made)
    assert intake.find(tmp_path, "04_tiny", SOURCE)[0] == path


def test_find_the_newest_of_several(tmp_path):
    put(tmp_path, "b.ipynb", work(), age=100)
    newest = put(tmp_path, "a.ipynb", work(), age=1)
    found, findings = intake.find(tmp_path, "04_tiny", SOURCE)
    assert found == newest
    assert kinds_of(findings) == ["file renamed", "several files"]
    assert "'b.ipynb'" in findings[1].text


def test_find_prefers_the_proper_name_to_a_newer_copy(tmp_path):
    proper = put(tmp_path, "04_tiny.ipynb", work(), age=100)
    put(tmp_path, "04_tiny-Copy1.ipynb", work())
    found, findings = intake.find(tmp_path, "04_tiny", SOURCE)
    assert found == proper and kinds_of(findings) == ["several files"]


def test_find_prefers_answers_to_the_proper_name(tmp_path):
    untouched = KINDS["untouched"].made(released(), small_class.RIGHT)
    put(tmp_path, "04_tiny.ipynb", untouched)
    answered = put(tmp_path, "04_tiny-Copy1.ipynb", work(), age=100)
    found, findings = intake.find(tmp_path, "04_tiny", SOURCE)
    assert found == answered
    assert "'04_tiny.ipynb' holds no answers" in findings[0].text


def test_find_another_file_for_a_broken_one(tmp_path):
    put(tmp_path, "04_tiny.ipynb", b"")
    other = put(tmp_path, "04_tiny (1).ipynb", work())
    assert intake.find(tmp_path, "04_tiny", SOURCE)[0] == other


def test_find_returns_a_broken_file_of_the_proper_name(tmp_path):
    broken = put(tmp_path, "04_tiny.ipynb", b"{")
    assert intake.find(tmp_path, "04_tiny", SOURCE) == (broken, [])


@pytest.mark.parametrize("folder", ["", "missing"])
def test_find_nothing(tmp_path, folder):
    assert intake.find(tmp_path / folder, "04_tiny", SOURCE) == (None, [])


def test_find_follows_no_link_and_no_checkpoint(tmp_path):
    others = put(tmp_path, "somebody/04_tiny.ipynb", work())
    mine = tmp_path / "mine"
    put(mine, ".ipynb_checkpoints/04_tiny-checkpoint.ipynb", work())
    (mine / "04_tiny.ipynb").symlink_to(others)
    (mine / "folder").symlink_to(others.parent, target_is_directory=True)
    os.mkfifo(mine / "pipe.ipynb")
    found, findings = intake.find(mine, "04_tiny", SOURCE)
    assert found is None
    assert kinds_of(findings) == ["link", "link"]


def test_find_kinds_of_submission(tmp_path):
    for name in ("renamed", "renamed_beside_the_untouched"):
        for file, content in KINDS[name].made(released(), small_class.RIGHT).items():
            put(tmp_path / name, file or "04_tiny.ipynb", content)
        found, findings = intake.find(tmp_path / name, "04_tiny", SOURCE)
        assert found.name != "04_tiny.ipynb"
        assert set(KINDS[name].finds) == set(kinds_of(findings))


def test_decoded_says_what_it_read():
    data, findings = decoded('{"ü": 1}'.encode("utf-16"))
    assert data == {"ü": 1} and "UTF-16" in findings[0].text
