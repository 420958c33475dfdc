"""Giving a submission back what its lesson needs."""

import copy
import json
import logging

import nbformat
import pytest
import small_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_class import RIGHT, TINY
from submissions import KINDS, Lesson
from test_intake import SOURCE, kinds_of, released

from cnn_lab.classroom.marking import intake, versions
from cnn_lab.classroom.marking.lesson import parts_of
from cnn_lab.classroom.marking.names import bound
from cnn_lab.classroom.marking.repair import ELSEWHERE, repair

ORDER = [cell["metadata"]["nbgrader"]["grade_id"] for cell in SOURCE["cells"][2:]]
TEXTS = {part.grade_id: part.text for part in parts_of(SOURCE) if part.grade_id}
TARGET, CHECK = "tiny_output_size", "tiny_check_output_size"


@pytest.fixture
def lesson():
    """The tiny lesson, all answers right."""
    return Lesson(released(), RIGHT)


def repaired(lesson, source=SOURCE):
    notebook, more = intake.read(lesson.to_bytes())
    fixed, findings = repair(notebook, source)
    return fixed, more + findings


def by_grade_id(notebook):
    cells = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells}


def texts(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def assert_complete(notebook):
    """Every cell that nbgrader knows is there once, in order, with the source's text and data."""
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    known = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    assert [cell["metadata"]["nbgrader"]["grade_id"] for cell in known] == ORDER
    originals = {cell["id"]: cell for cell in SOURCE["cells"]}
    for cell in known:
        original = originals[cell["id"]]
        assert cell["metadata"] == original["metadata"]
        assert cell["cell_type"] == original["cell_type"]
        if cell["metadata"]["nbgrader"]["grade"]:
            assert cell["source"] == original["source"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])


# ---- whole submissions ----


NOTEBOOKS = [name for name, kind in KINDS.items() if kind.lost != "unreadable"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_repair_every_kind_of_submission(name):
    made = KINDS[name].made(released(), RIGHT)
    content = made if isinstance(made, bytes) else list(made.values())[-1 if "" not in made else 0]
    notebook, findings = intake.read(content)
    before = copy.deepcopy(notebook)
    fixed, more = repair(notebook, SOURCE)
    assert_complete(fixed)
    assert notebook == before
    told = set(KINDS[name].finds) - {"file renamed", "several files"}
    assert told <= {finding.kind for finding in findings + more}
    if KINDS[name].lost == "none":
        names = {name for text in texts(fixed) for name in ("relu", "output_size") if name in text}
        assert names == {"relu", "output_size"}


@pytest.mark.parametrize("name", ["right", "from_colab", "from_vs_code", "format_4_0", "ids_lost"])
def test_repair_finds_nothing_in_what_editors_do(name):
    notebook, _ = intake.read(KINDS[name].made(released(), RIGHT))
    fixed, findings = repair(notebook, SOURCE)
    assert findings == []
    assert {key: cell["source"] for key, cell in by_grade_id(fixed).items()} == TEXTS | RIGHT
    assert fixed.metadata.kernelspec == SOURCE["metadata"]["kernelspec"]


@pytest.mark.parametrize(
    "name",
    [
        "answer_in_a_cell_of_its_own",
        "answer_below_the_check",
        "answer_copied",
        "answer_split",
        "answer_and_check_merged",
        "check_and_answer_merged",
        "types_changed",
        "order_changed",
        "imports_deleted",
        "ids_and_metadata_lost",
        "format_3",
    ],
)
def test_repair_keeps_right_answers_right(name):
    notebook, _ = intake.read(KINDS[name].made(released(), RIGHT))
    fixed, _ = repair(notebook, SOURCE)
    assert_complete(fixed)
    names = {}
    for cell in fixed.cells:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            grade_id = cell["metadata"]["nbgrader"]["grade_id"].replace("check_", "")
            assert names["answer"](grade_id) if "answer" in names else True
        elif cell.cell_type == "code":
            exec(cell.source.replace("checks.output_size(output_size).worth(4)", ""), names)
    assert names["output_size"](7, 3) == 5 and names["relu"](-1.0) == 0.0
    assert names["prediction"][0] == [[4, 5], [6, 2]]


# ---- cells of the lesson ----


def test_repair_deleted_cells(lesson):
    del lesson.cells[2:]
    fixed, findings = repaired(lesson)
    assert_complete(fixed)
    assert texts(fixed)[2:] == list(TEXTS.values())
    assert kinds_of(findings) == ["cell deleted"] * 6
    assert "put back empty" in findings[0].text


def test_repair_one_cell_of_something_else():
    notebook, _ = intake.read(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}]}')
    fixed, _ = repair(notebook, SOURCE)
    assert_complete(fixed)


def test_repair_edited_check_says_so_and_keeps_no_experiment(lesson):
    lesson.check["source"] = "assert True"
    fixed, findings = repaired(lesson)
    assert "assert True" not in texts(fixed)
    assert [(finding.kind, finding.weight) for finding in findings] == [("cell edited", "warning")]


def test_repair_edited_check_keeps_what_it_defines_above_it(lesson):
    lesson.check["source"] = "def helper(n):\n    return n\n\n" + lesson.check["source"]
    fixed, _ = repaired(lesson)
    assert_complete(fixed)
    assert [text[:10] for text in texts(fixed)[-2:]] == ["def helper", "checks.out"]


def test_repair_blanks_at_line_ends_are_no_edit(lesson):
    lesson.check["source"] = lesson.check["source"] + "   \n\n"
    fixed, findings = repaired(lesson)
    assert findings == []
    assert_complete(fixed)


def test_repair_points(lesson):
    lesson.check["metadata"]["nbgrader"]["points"] = 100
    fixed, findings = repaired(lesson)
    assert by_grade_id(fixed)[CHECK]["metadata"]["nbgrader"]["points"] == 4
    assert "were 100; they are 4 again" in findings[0].text


def test_repair_points_that_the_teacher_changed_in_the_source(lesson):
    source = copy.deepcopy(SOURCE)
    source["cells"][-1]["metadata"]["nbgrader"]["points"] = 10
    fixed, _ = repaired(lesson, source)
    assert ".worth(10)" in fixed.cells[-1].source and ".worth(4)" not in fixed.cells[-1].source


def test_repair_takes_an_older_version_for_no_edit(lesson, tmp_path):
    now = copy.deepcopy(SOURCE)
    now["cells"][-1]["metadata"]["nbgrader"]["points"] = 10
    now["cells"][4]["source"] = now["cells"][4]["source"].replace("def relu(x)", "def relu(z)")
    lesson.cells[4]["source"] = released()["cells"][4]["source"]  # nothing written
    versions.known(tmp_path, TINY, {TINY: SOURCE})
    older = versions.known(tmp_path, TINY, {TINY: now})[TINY]
    assert versions.known(tmp_path, TINY) == {TINY: older}
    assert [points for points, _ in older[CHECK]] == [4, 10]

    sent = intake.read(lesson.to_bytes())[0]
    fixed, findings = repair(sent, now, older)
    assert [(finding.kind, finding.weight) for finding in findings] == [("older version", "note")]
    assert ".worth(10)" in fixed.cells[-1].source and "relu(z)" in fixed.cells[4].source
    assert set(kinds_of(repair(sent, now)[1])) == {"points changed", "cell edited"}
    assert repair(intake.read(lesson.to_bytes())[0], SOURCE, older)[1] == []


@pytest.mark.parametrize(
    ("text", "points", "told"),
    [
        (".worth(7)", 7, {"points changed", "cell edited"}),  # there was none with 7
        (".worth(4)", 10, {"cell edited"}),
        (".worth(10)", 4, {"points changed"}),
        (".worth(4)  # or 5", 4, {"points changed", "cell edited"}),
    ],
)
def test_repair_tells_an_edit_from_an_older_version(lesson, tmp_path, text, points, told):
    now = copy.deepcopy(SOURCE)
    now["cells"][-1]["metadata"]["nbgrader"]["points"] = 10
    versions.known(tmp_path, TINY, {TINY: SOURCE})
    older = versions.known(tmp_path, TINY, {TINY: now})[TINY]
    lesson.check["source"] = lesson.check["source"].replace(".worth(4)", text)
    lesson.check["metadata"]["nbgrader"]["points"] = points
    _, findings = repair(intake.read(lesson.to_bytes())[0], now, older)
    assert told == set(kinds_of(findings)) - {"older version"}


def test_repair_makes_a_cell_that_was_unlocked_what_it_was(lesson):
    lesson.check["metadata"]["nbgrader"] |= {"grade": False, "locked": False, "solution": True}
    lesson.check["source"] = "100"
    fixed, _ = repaired(lesson)
    assert_complete(fixed)


def test_repair_takes_unknown_metadata_from_cells(lesson):
    data = {"grade_id": "mine", "grade": True, "solution": False, "locked": True, "points": 50}
    own = lesson.below(lesson.answer, "50", metadata={"nbgrader": data, "tags": ["x"]})
    fixed, _ = repaired(lesson)
    assert_complete(fixed)
    assert next(cell for cell in fixed.cells if cell.id == own["id"]).metadata == {}


def test_repair_metadata_lost_from_one_cell(lesson):
    lesson.answer["metadata"] = {}
    fixed, findings = repaired(lesson)
    assert_complete(fixed)
    assert kinds_of(findings) == ["metadata lost"] and repr(TARGET) in findings[0].text


def test_repair_grade_ids_exchanged(lesson):
    """Names count more than ids: this is what nbgrader itself would believe."""
    first, last = lesson.cells[4]["metadata"], lesson.answer["metadata"]
    lesson.cells[4]["metadata"], lesson.answer["metadata"] = last, first
    fixed, _ = repaired(lesson)
    assert_complete(fixed)


def test_repair_plain_code_comes_back_only_where_it_is_needed(lesson):
    lesson.cells.pop(1)
    fixed, findings = repaired(lesson)
    assert fixed.cells[1].id == "tiny-setup" and kinds_of(findings) == ["cell deleted"]
    lesson.cells[1]["source"] = "import numpy as np\nfrom cnn_lab import checks\nprediction = 7"
    fixed, findings = repaired(lesson)
    assert "tiny-setup" not in [cell.id for cell in fixed.cells] and findings == []


def test_repair_changed_plain_cell_stays_changed(lesson):
    lesson.cells[1]["source"] += "\nmine = 1"
    fixed, findings = repaired(lesson)
    assert fixed.cells[1].source.endswith("mine = 1") and findings == []


def test_repair_broken_plain_cell_stands_below_the_lesson_s(lesson):
    lesson.cells[1]["source"] = "import numpy as np from cnn_lab"
    fixed, findings = repaired(lesson)
    assert texts(fixed)[1:3] == [SOURCE["cells"][1]["source"], lesson.cells[1]["source"]]
    assert kinds_of(findings) == ["cell deleted"]


def test_repair_locked_prose_and_manual_answers():
    data = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}
    locked = {"nbgrader": {**data, "grade_id": "rules"}}
    manual = {**data, "grade": True, "locked": False, "solution": True, "points": 3}
    source = copy.deepcopy(SOURCE)
    why = "Why?\n\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    source["cells"][1:1] = [
        {"cell_type": "markdown", "id": "r", "metadata": locked, "source": "The rules."},
        {
            "cell_type": "markdown",
            "id": "w",
            "metadata": {"nbgrader": {**manual, "grade_id": "why"}},
            "source": why,
        },
    ]
    lesson = Lesson(source, {})
    lesson.cells[1]["source"], lesson.cells[2]["source"] = "No rules.", "My reason."
    fixed, findings = repaired(lesson, source)
    assert texts(fixed)[1:3] == ["The rules.", "My reason."]
    assert "cell edited" in kinds_of(findings)

    lesson.cells[2] |= {"id": "another", "metadata": {}}  # found by its place
    fixed, _ = repaired(lesson, source)
    assert texts(fixed)[1:3] == ["The rules.", "My reason."]

    lesson.cells[2] |= {"cell_type": "code", "id": "w"}
    fixed, findings = repaired(lesson, source)
    assert fixed.cells[2].cell_type == "markdown" and "cell type changed" in kinds_of(findings)

    del lesson.cells[1:3]
    fixed, _ = repaired(lesson, source)
    assert texts(fixed)[1:3] == ["The rules.", "Why?\n\n*Your answer here.*"]


# ---- answers ----


@pytest.mark.parametrize("place", [0, 3, 7, 8])
def test_repair_answer_in_a_copy_anywhere(lesson, place):
    worked = {**copy.deepcopy(lesson.answer), "id": "copy"}
    lesson.unanswered()
    lesson.cells.insert(place, worked)
    fixed, findings = repaired(lesson)
    assert_complete(fixed)
    assert by_grade_id(fixed)[TARGET]["source"] == RIGHT[TARGET]
    assert "raise NotImplementedError" not in "".join(texts(fixed))
    assert "cells copied" in kinds_of(findings)


def test_repair_last_of_several_written_answers_counts_and_none_is_lost(lesson):
    first = "def output_size(n, f, padding=0, stride=1):\n    return n"
    attempt = {**copy.deepcopy(lesson.answer), "id": "attempt", "source": first}
    lesson.cells.insert(6, attempt)
    fixed, _ = repaired(lesson)
    assert by_grade_id(fixed)[TARGET]["source"] == RIGHT[TARGET]
    assert first in texts(fixed) and texts(fixed).index(first) < texts(fixed).index(RIGHT[TARGET])


def test_repair_helpers_above_an_answer_move_with_it(lesson):
    moved = lesson.answer
    lesson.cells.remove(moved)
    lesson.cells.append({**moved, "source": moved["source"].replace("return", "return helper +")})
    lesson.below(lesson.check, "helper = 0")
    fixed, _ = repaired(lesson)
    assert_complete(fixed)
    assert texts(fixed).index("helper = 0") < ORDER.index(CHECK) + 2


def test_repair_stub_with_another_comment_is_still_a_stub(lesson):
    text = lesson.answer["source"]
    lesson.unanswered()
    lesson.answer["source"] = lesson.answer["source"].replace("# your code here", "# ???")
    lesson.below(lesson.check, text)
    fixed, findings = repaired(lesson)
    assert by_grade_id(fixed)[TARGET]["source"] == text
    assert kinds_of(findings)[0] == "answer elsewhere"


def test_repair_stub_below_a_cell_with_all_answers_does_not_overwrite_it(lesson):
    lesson.cells[4]["source"] += "\n\n\n" + lesson.answer["source"]
    lesson.unanswered()
    fixed, _ = repaired(lesson)
    assert_complete(fixed)
    assert by_grade_id(fixed)[TARGET]["source"] == ELSEWHERE


def test_repair_name_that_two_answers_share_is_no_sign_of_either():
    source = copy.deepcopy(SOURCE)
    again = copy.deepcopy(source["cells"][2:4])
    for cell in again:
        cell["id"] += "_2"
        cell["metadata"]["nbgrader"]["grade_id"] += "_2"
    source["cells"] += again
    lesson = Lesson(source, {})
    lesson.cells[2]["source"] = "prediction = 1"
    lesson.cells[8]["source"] = "prediction = None\n# your code here"
    fixed, _ = repaired(lesson, source)
    assert by_grade_id(fixed)["tiny_predict_2"]["source"] == "prediction = None\n# your code here"


def test_repair_syntax_error_without_id_and_metadata_is_found_by_its_name(lesson):
    lesson.answer["source"] = "def output_size(n, f)\n    return ("
    for cell in lesson.cells:
        cell["metadata"], cell["id"] = {}, ""
    fixed, _ = repaired(lesson)
    assert_complete(fixed)
    assert by_grade_id(fixed)[TARGET]["source"] == "def output_size(n, f)\n    return ("


# ---- what asks for a look ----


def looked(lesson, text):
    lesson.answer["source"] = text
    _, findings = repaired(lesson)
    assert all(finding.weight == "warning" for finding in findings)
    return set(kinds_of(findings))


@pytest.mark.parametrize(
    "text",
    [
        "from cnn_lab.reference import output_size",
        "from cnn_lab import output_size",
        "import cnn_lab.reference as r\noutput_size = r.output_size",
        "from cnn_lab import reference",
        "from cnn_lab.geometry import *",
        "output_size = checks.output_size.exercise.answer",
        "output_size = checks.EXERCISES['output_size'].answer",
        "import importlib\nm = importlib.import_module('cnn_lab.reference')",
        "import cnn_lab\noutput_size = cnn_lab.geometry.output_size",
        "from cnn_lab.reference import output_size\nreturn )",
    ],
)
def test_suspicions_course_s_own_answer(lesson, text):
    assert looked(lesson, text) == {"course's answer"}


@pytest.mark.parametrize(
    "text",
    [
        "checks = None",
        "np = None",
        "import math as np",
        "def checks(): pass",
        "np.allclose = lambda *a: True",
        "np.testing.assert_allclose = print",
        "setattr(np, 'sum', 0)",
        "checks.relu = 1",
        "import sys\nsys.modules['numpy'] = None",
        "import sys\nsys.modules.pop('cnn_lab')",
        "from cnn_lab.checks.report import Report\nReport.score = 1",
        "relu.__code__ = 1",
        "import builtins\nbuiltins.len = 1",
    ],
)
def test_suspicions_names_overwritten(lesson, text):
    assert looked(lesson, text) == {"names overwritten"}


@pytest.mark.parametrize(
    "text",
    [
        "get_ipython().history_manager",
        "x = In[3]",
        "import sys\nsys._getframe(1)",
        "import gc\ngc.get_objects()",
        "import inspect\ninspect.currentframe().f_back",
        "x = __import__('cnn_lab').geometry",
        "import importlib\nx = importlib.import_module('cnn_' + 'lab')",
        "from importlib import import_module\nx = import_module('cnn_lab.geometry')",
        "x = vars(np)",
        "x = np.__dict__",
        "x = getattr(checks, 'relu'[::-1])",
    ],
)
def test_suspicions_machinery(lesson, text):
    assert looked(lesson, text) == {"machinery"}


@pytest.mark.parametrize(
    "text",
    [
        *RIGHT.values(),
        "import numpy as np\nimport numpy\nfrom cnn_lab import checks",
        "from cnn_lab.plots import pictures",
        "checks.output_size(output_size).score",
        "x = getattr(np, 'sum')(getattr(1, str(2), 3))",
        "import importlib\nx = importlib.import_module('math')",
        "x = np.zeros(3)\nx[0] = 1\nx.shape = (3, 1)",
        "np.random.default_rng(0).normal()",
        "%timeit output_size(1, 1)\n!ls",
        "%%time\ncnn_lab = 1",
        "def (",
        "x = 1\n" * 5_000,
        "-" * 90_000 + "1",
        "(" * 90_000,
        "a" + ".b" * 40_000,
        "\\d = '\\d'",
        "\n" * 90_000 + "x = 1",
        "0x" + "f" * 50_000,
        "lambda: " * 10_000 + "1",
        "not " * 20_000 + "1",
        "1 ** " * 15_000 + "1",
        "1 if 2 else " * 8_000 + "3",
        "f(" * 150 + ")" * 150,
        "if 1:\n    pass\n" + "elif 2:\n    pass\n" * 5_000,
        "a = b = " * 10_000 + "1",
        "s = '\\d'",
    ],
)
def test_suspicions_in_ordinary_code(lesson, text):
    assert looked(lesson, text) == set()


def test_suspicions_where_the_teacher_s_answer_does_the_same(lesson):
    source = copy.deepcopy(SOURCE)
    cell = source["cells"][6]
    cell["source"] = cell["source"].replace("return room", "return reference.output_size(1)")
    text = "def output_size(n, f):\n    return reference.output_size(n, f)"
    assert looked(lesson, text) == {"course's answer"}
    assert repaired(lesson, source)[1] == []


def test_suspicions_function_that_the_lesson_imports_and_the_teacher_does_not_use(lesson):
    source = copy.deepcopy(SOURCE)
    source["cells"][1]["source"] += "\nfrom cnn_lab.convolution import conv2d"
    lesson.answer["source"] = "def output_size(n, f):\n    return conv2d(n, f).shape[1]"
    assert kinds_of(repaired(lesson, source)[1]).count("course's answer") == 1
    cell = source["cells"][6]
    cell["source"] = cell["source"].replace("return room", "return conv2d(1)")
    assert "course's answer" not in kinds_of(repaired(lesson, source)[1])


def test_suspicions_solution_pasted_in_with_its_marks(lesson):
    answer = "    ### BEGIN SOLUTION\n    return n - f + 1\n    ### END SOLUTION"
    text = f"def output_size(n, f):\n{answer}"
    assert looked(lesson, text) == {"complete lesson"}


def test_suspicions_not_in_the_lesson_s_own_cells(lesson):
    source = copy.deepcopy(SOURCE)
    source["cells"][1]["source"] += "\nfrom cnn_lab.reference import output_size\nchecks = checks"
    lesson.cells[1]["source"] = source["cells"][1]["source"]
    _, findings = repaired(lesson, source)
    assert findings == []


# ---- any edits ----

PIECES = [
    "",
    "mine_{} = 1",
    "def relu(x):\n    mine_{} = 1\n    return x",
    "prediction = mine_{} = 2",
    "def output_size(\n  mine_{} = 1",
    "checks.relu(relu)",
    "from cnn_lab import reference as mine_{}",
]
NUMBER = st.integers(0, 11)
EDIT = st.one_of(
    st.tuples(st.sampled_from(["delete", "merge", "split", "no id", "no data", "stub"]), NUMBER),
    st.tuples(st.sampled_from(["copy", "move", "exchange ids", "exchange data"]), NUMBER, NUMBER),
    st.tuples(st.just("type"), NUMBER, st.sampled_from(["code", "markdown", "raw", "odd"])),
    st.tuples(st.just("text"), NUMBER, st.sampled_from(PIECES)),
    st.tuples(st.just("add"), NUMBER, st.sampled_from(PIECES)),
    st.tuples(
        st.just("set"),
        NUMBER,
        st.sampled_from(["grade", "solution", "locked", "task", "points", "schema_version"]),
        st.sampled_from([True, False, 0, 7, "x", None]),
    ),
    st.tuples(st.sampled_from(["no ids", "no data at all"])),
)


def edited(cells, edit, count):
    """Do one edit to a list of cells, in place."""
    what, place = edit[0], min(edit[1] if len(edit) > 1 else 0, len(cells) - 1)
    if what == "add" or not cells:
        text = edit[2].format(count) if what == "add" else ""
        new = {"cell_type": "code", "id": f"n{count}", "metadata": {}, "source": text}
        cells.insert(place, new)
        return
    cell = cells[place]
    data = cell["metadata"].setdefault("nbgrader", {})
    if what == "delete":
        del cells[place]
    elif what == "copy":
        cells.insert(edit[2], {**copy.deepcopy(cell), "id": f"n{count}"})
    elif what == "move":
        cells.insert(edit[2], cells.pop(place))
    elif what == "merge" and place + 1 < len(cells):
        cell["source"] += "\n\n" + cells.pop(place + 1)["source"]
    elif what == "split":
        half = len(cell["source"]) // 2
        rest = {**copy.deepcopy(cell), "id": f"n{count}", "source": cell["source"][half:]}
        cell["source"] = cell["source"][:half]
        cells.insert(place + 1, rest)
    elif what == "no id":
        cell["id"] = None
    elif what == "no data":
        cell["metadata"] = {}
    elif what == "no ids":
        for each in cells:
            each["id"] = None
    elif what == "no data at all":
        for each in cells:
            each["metadata"] = {}
    elif what == "exchange ids":
        other = cells[min(edit[2], len(cells) - 1)]
        cell["id"], other["id"] = other["id"], cell["id"]
    elif what == "exchange data":
        other = cells[min(edit[2], len(cells) - 1)]
        cell["metadata"], other["metadata"] = other["metadata"], cell["metadata"]
    elif what == "type":
        cell["cell_type"] = edit[2]
    elif what == "text":
        cell["source"] = edit[2].format(count)
    elif what == "stub":
        cell["source"] = TEXTS.get(data.get("grade_id"), "")
    elif what == "set":
        data[edit[2]] = edit[3]


class Complaints(logging.Handler):
    """Collects what nbgrader's steps warn of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_class.CourseFolder(tmp_path_factory.mktemp("repair") / "course").make()


@pytest.fixture(scope="module")
def gradebook_url(folder):
    """The gradebook in which nbgrader has recorded the tiny assignment."""
    return f"sqlite:///{folder.path / 'gradebook.db'}"


def test_what_students_got_is_known(folder):
    assert texts(folder.release()) == texts(released())


def complaints(notebook, gradebook_url):
    """Run nbgrader's own steps on a repaired notebook; return what they say, and the result."""
    from nbgrader.preprocessors import CheckCellMetadata, OverwriteCells

    handler, logger = Complaints(), logging.getLogger("repair")
    logger.propagate = False
    logger.handlers = [handler]
    facts = {"notebook": TINY, "assignment": TINY, "db_url": gradebook_url}
    after = copy.deepcopy(notebook)
    for step in (OverwriteCells(add_missing_cells=True, log=logger), CheckCellMetadata(log=logger)):
        after, _ = step.preprocess(after, {"nbgrader": facts})
    return handler.said, after


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nbgrader_has_nothing_to_say_of_a_repaired_submission(name, gradebook_url):
    made = KINDS[name].made(released(), RIGHT)
    content = made if isinstance(made, bytes) else list(made.values())[-1 if "" not in made else 0]
    fixed, _ = repair(intake.read(content)[0], SOURCE)
    said, after = complaints(fixed, gradebook_url)
    assert said == []
    assert texts(after) == texts(fixed)


def test_nbgrader_would_complain_without_the_repair(gradebook_url):
    """So that the test above says something."""
    for name, says in [("check_edited", "has changed"), ("check_deleted", "Missing grade cell")]:
        notebook, _ = intake.read(KINDS[name].made(released(), RIGHT))
        assert any(says in text for text in complaints(notebook, gradebook_url)[0])
    notebook, _ = intake.read(KINDS["check_copied"].made(released(), RIGHT))
    with pytest.raises(Exception, match="failed to validate"):
        complaints(notebook, gradebook_url)


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(EDIT, min_size=1, max_size=8))
def test_repair_after_any_edits(edits, gradebook_url):
    notebook = Lesson(released(), RIGHT).notebook
    for count, edit in enumerate(edits):
        edited(notebook["cells"], edit, count)
    if not notebook["cells"]:
        return
    as_sent = intake.read(json.dumps(notebook).encode())[0]
    before, source = copy.deepcopy(as_sent), copy.deepcopy(SOURCE)
    fixed, _ = repair(as_sent, source)
    assert (as_sent, source) == (before, SOURCE)
    assert_complete(fixed)
    said, after = complaints(fixed, gradebook_url)
    assert said == [] and texts(after) == texts(fixed)
    everything = "\n".join(texts(fixed))
    for cell in as_sent.cells:  # nothing that somebody wrote is lost
        if cell.cell_type == "code" and "mine_" in cell.source and bound(cell.source):
            assert cell.source.strip("\n") in everything
    again, _ = repair(fixed, SOURCE)
    assert texts(again) == texts(fixed)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(EDIT, min_size=1, max_size=6))
def test_repair_of_a_notebook_that_intake_has_not_seen(edits):
    """Metadata of the wrong type, ids that are missing: still nothing is raised."""
    notebook = Lesson(released(), RIGHT).notebook
    for count, edit in enumerate(edits):
        edited(notebook["cells"], edit, count)
    fixed, _ = repair(nbformat.from_dict(notebook), SOURCE)
    assert_complete(fixed)
