"""From a lesson to what students get: the source, and what nbgrader makes of it."""

import builtins
from pathlib import Path
from symtable import symtable

import nbformat
import pytest
import small_class
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from small_class import TINY, quiet_logs, tiny_lesson

from cnn_lab.classroom import graded_cells
from cnn_lab.classroom.assignment import NoExercises, assignment, points_of, source_of, with_points
from cnn_lab.classroom.course import write_course
from cnn_lab.classroom.graded_cells import GradedCell
from cnn_lab.classroom.ipynb import grading, parse, to_text
from cnn_lab.classroom.learners_copy import BEGIN, LessonError, learners_copy
from cnn_lab.classroom.links import Links
from cnn_lab.classroom.notebooks import run

LESSONS = Path(__file__).parents[2] / "notebooks"
WITH_EXERCISES = sorted(LESSONS.glob("*.ipynb"))[1:]
ALL = [path.stem for path in WITH_EXERCISES]
CHECK = "checks.relu(relu).worth(2)"
HIDDEN = "checks.relu.further(relu).worth(2)"
WHOLE = f"{CHECK}\n### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"


# ---- the form of a graded cell ----


@pytest.mark.parametrize("source", ["checks.relu(relu)", CHECK, WHOLE, f"\n{CHECK}  # yours\n"])
def test_read_knows_a_check_in_the_lesson_the_source_and_the_release(source):
    found = graded_cells.read(source)
    assert (found.name, found.answers) == ("relu", ("relu",))
    assert found.points == (None if source == "checks.relu(relu)" else 2)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "checks.relu",
        "checks.relu()",
        "checks.relu(relu, seconds=1)",
        "checks.relu(lambda x: x)",
        "checks.relu(*relu)",
        "checks.relu(relu).worth()",
        "checks.relu(relu).worth(-2)",
        "checks.relu(relu).worth(True)",
        "checks.relu(relu).worth(points=2)",
        "checks.relu(relu).report",
        "other.relu(relu)",
        "checks.relu.other(relu).worth(2)",
        "checks.group.relu.further(relu)",
        HIDDEN,
        f"{HIDDEN}\n{CHECK}",
        f"{CHECK}\n{CHECK}",
        f"{CHECK}\nchecks.relu.further(relu).worth(3)",
        f"{CHECK}\nchecks.relu.further(other).worth(2)",
        f"{CHECK}\nassert True",
        f"x = 1\n{CHECK}",
        "checks.relu(relu",
        "checks.relu(relu)\0",
        "checks" + ".relu" * 5_000 + "(relu)",
        "(" * 5_000,
    ],
)
def test_read_leaves_any_other_cell_to_the_teacher(source):
    assert graded_cells.read(source) is None


@pytest.mark.parametrize("points", [1, 2.5, 10, 0.25])
def test_write_is_read_again(points):
    cell = GradedCell("predict", ("a", "b"), points)
    assert graded_cells.read(graded_cells.write(cell)) == cell


def test_without_hidden_is_what_nbgrader_leaves():
    for source in (WHOLE, CHECK, "x = 1\n# BEGIN HIDDEN TESTS\nx = 2\n# END HIDDEN TESTS\nx"):
        cell = nbformat.v4.new_code_cell(source)
        ClearHiddenTests(enforce_metadata=False).preprocess_cell(cell, {}, 0)
        assert graded_cells.without_hidden(source) == cell.source


# ---- the source of a lesson ----


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_source_is_the_lesson_with_points_and_hidden_tests(path):
    lesson = parse(path.read_bytes())
    source, pictures = assignment(path)
    copy = learners_copy(lesson, Links(LESSONS, [path.name]).rewrite)
    originals = {cell["id"]: cell for cell in lesson["cells"]}
    assert [cell["id"] for cell in source["cells"]] == [cell["id"] for cell in copy["cells"]]
    for cell, learners in zip(source["cells"], copy["cells"], strict=True):
        assert cell["metadata"] == learners["metadata"]
        assert not cell.get("outputs")
        if grading(cell).get("solution"):
            assert cell["source"] == originals[cell["id"]]["source"]
            assert BEGIN in cell["source"]
        elif grading(cell).get("grade"):
            found = graded_cells.read(cell["source"])
            assert cell["source"].startswith(f"{learners['source']}.worth(")
            assert found.points == grading(cell)["points"] > 0
            assert cell["source"] == graded_cells.write(found)
        else:
            assert cell["source"] == learners["source"]
    assert all(name.startswith("images/") or name == "glossary.md" for name in pictures)
    assert set(points_of(source)) == {
        grading(cell)["grade_id"] for cell in lesson["cells"] if grading(cell).get("grade")
    }


def test_source_of_a_lesson_without_exercises_is_refused():
    with pytest.raises(NoExercises, match="nothing to mark"):
        assignment(LESSONS / "00_start_here.ipynb")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"source": "report = checks.relu(relu)"}, r"tiny_check_relu: a check must read checks\.n"),
        ({"source": "checks.relo(relu)"}, "tiny_check_relu: there is no check 'relo'"),
        ({"points": 0}, "tiny_check_relu: it has no points"),
        ({"points": "2"}, "tiny_check_relu: it has no points"),
    ],
)
def test_source_of_a_check_of_another_form_is_refused(change, message):
    lesson = tiny_lesson()
    (cell,) = [cell for cell in lesson["cells"] if cell["id"] == "tiny_check_relu"]
    cell["source"] = change.get("source", cell["source"])
    grading(cell)["points"] = change.get("points", 2)
    with pytest.raises(LessonError, match=message):
        source_of(lesson)


def test_source_keeps_tests_of_the_authors_own(tiny_lesson):
    (cell,) = [cell for cell in tiny_lesson["cells"] if cell["id"] == "tiny_check_relu"]
    cell["source"] = "assert relu(1) == 1"
    (kept,) = [c for c in source_of(tiny_lesson)["cells"] if c["id"] == "tiny_check_relu"]
    assert kept["source"] == "assert relu(1) == 1"


def test_source_of_a_lesson_keeps_the_pictures_of_right_answers_and_needs_no_ids(tiny_lesson):
    picture = {"output_type": "display_data", "data": {"image/png": "aGFsbG8="}, "metadata": {}}
    for cell in tiny_lesson["cells"]:
        if cell["id"] == "tiny_check_relu":
            cell["outputs"] = [picture]
        del cell["id"]
    source = source_of(tiny_lesson)
    kinds = [cell["metadata"].get("cnn_lab") for cell in source["cells"]]
    assert kinds.index({"expected_of": "tiny_check_relu"}) == 6
    assert [cell["source"] for cell in source["cells"] if grading(cell).get("solution")] == [
        cell["source"] for cell in tiny_lesson["cells"] if grading(cell).get("solution")
    ]


def test_with_points_changes_a_check_and_nothing_else():
    assert with_points(WHOLE, 3) == WHOLE.replace("worth(2)", "worth(3)")
    for source in (WHOLE.replace("worth(2)", "worth(2.0)"), "assert True", "checks.relu(relu)"):
        assert with_points(source, 2) == source


# ---- slow cells ----


def globals_of(table, *, top=True):
    """Return the global names that a piece of code uses, and those that it binds."""
    used, bound = set(), set()
    for symbol in table.get_symbols():
        if top or symbol.is_global():
            used |= {symbol.get_name()} if symbol.is_referenced() else set()
        if symbol.is_assigned() or symbol.is_imported():
            bound |= {symbol.get_name()} if top or symbol.is_declared_global() else set()
    for child in table.get_children():
        inner_used, inner_bound = globals_of(child, top=False)
        used, bound = used | inner_used, bound | inner_bound
    return used, bound


def is_skipped(cell):
    return cell["metadata"].get("cnn_lab", {}).get("marking") == "skip"


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_cells_that_marking_skips_are_needed_by_no_cell_that_it_runs(path):
    known = set(dir(builtins)) | {"__name__"}
    for number, cell in enumerate(parse(path.read_bytes())["cells"], start=1):
        if cell["cell_type"] == "code" and not is_skipped(cell):
            used, bound = globals_of(symtable(cell["source"], f"cell {number}", "exec"))
            missing = used - known - bound
            assert not missing, f"cell {number} needs a cell that is skipped"
            known |= bound
        assert not (is_skipped(cell) and grading(cell))


def test_lesson_08_is_marked_without_its_trainings():
    lesson = parse((LESSONS / "08_training_mnist.ipynb").read_bytes())
    trainings = [cell for cell in lesson["cells"] if "fit(" in cell["source"]]
    trainings = [cell for cell in trainings if cell["cell_type"] == "code"]
    assert len(trainings) > 5
    assert all(is_skipped(cell) for cell in trainings)


# ---- what students get ----


def test_release_is_the_learners_copy_with_points(course):
    release, copy = course.release(), learners_copy(tiny_lesson())
    for released, learners in zip(release["cells"], copy["cells"], strict=True):
        assert released["id"] == learners["id"]
        points = grading(released).get("points")
        worth = f".worth({points})" if points else ""
        assert released["source"] == learners["source"] + worth
    assert "HIDDEN" not in to_text(release)
    assert "np.maximum" not in to_text(release)


def test_release_leaves_the_hidden_tests_in_the_gradebook(course):
    with course.gradebook() as gradebook:
        assert gradebook.find_assignment(TINY).max_score == sum(small_class.POINTS.values())
        cell = gradebook.find_source_cell("tiny_check_relu", TINY, TINY)
        assert (cell.source, cell.locked) == (WHOLE, True)


def test_release_follows_the_points_that_the_teacher_gives_in_jupyterlab(course):
    source = course.source()
    for cell in source["cells"]:
        if cell["id"] == "tiny_check_relu":
            grading(cell)["points"] = 5.5
    course.source_path.write_text(to_text(source), encoding="utf-8")
    course.generate()
    (check,) = [c for c in course.release()["cells"] if c["id"] == "tiny_check_relu"]
    assert check["source"] == "checks.relu(relu).worth(5.5)"
    with course.gradebook() as gradebook:
        saved = gradebook.find_source_cell("tiny_check_relu", TINY, TINY).source
        assert saved == WHOLE.replace("worth(2)", "worth(5.5)")
        assert gradebook.find_assignment(TINY).max_score == 10.5


@pytest.mark.parametrize(
    "cell, source",
    [
        ("tiny_relu", f"def relu(x):\n    {BEGIN}\n    return x"),
        ("tiny-setup", f"{BEGIN}\nimport numpy as np\n### END SOLUTION"),
    ],
)
def test_release_refuses_a_solution_that_would_reach_students(course, cell, source):
    notebook = course.source()
    for each in notebook["cells"]:
        each["source"] = source if each["id"] == cell else each["source"]
    course.source_path.write_text(to_text(notebook), encoding="utf-8")
    with pytest.raises(Exception, match="traceback"), quiet_logs(100):
        course.generate()
    assert not course.release_path.exists()


def test_release_gives_a_solution_cell_without_markers_nbgraders_stub(course):
    notebook = course.source()
    for cell in notebook["cells"]:
        if cell["id"] == "tiny_relu":
            cell["source"] = "relu = abs"
    course.source_path.write_text(to_text(notebook), encoding="utf-8")
    course.generate()
    (cell,) = [cell for cell in course.release()["cells"] if cell["id"] == "tiny_relu"]
    assert cell["source"] == "# YOUR CODE HERE\nraise NotImplementedError()"


def test_release_runs_before_anything_is_solved(course, tmp_path):
    notebook = nbformat.reads(course.release_path.read_text(encoding="utf-8"), as_version=4)
    executed = run(notebook, tmp_path, timeout=60)
    outputs = {
        cell.id: cell.outputs[0] for cell in executed.cells if "check" in cell.id and cell.outputs
    }
    assert set(outputs) == set(small_class.POINTS)
    for output in outputs.values():
        assert output.output_type == "execute_result"
        assert float(output.data["text/plain"]) == 0
        assert "not attempted" in output.data["text/html"]


def test_release_of_every_lesson_is_made_by_nbgrader(tmp_path):
    write_course(tmp_path / "course", LESSONS, ["all"])
    course = small_class.CourseFolder(tmp_path / "course")
    config = course.config()
    for name in ALL:
        with quiet_logs():
            folder = CourseDirectory(config=config, assignment_id=name)
            GenerateAssignment(coursedir=folder, config=config).start()
        release = parse((course.path / "release" / name / f"{name}.ipynb").read_bytes())
        copy = learners_copy(
            parse((LESSONS / f"{name}.ipynb").read_bytes()),
            Links(LESSONS, [f"{name}.ipynb"]).rewrite,
        )
        assert release["metadata"] == copy["metadata"]
        for cell, learners in zip(release["cells"], copy["cells"], strict=True):
            assert cell["id"] == learners["id"]
            assert cell.get("attachments") == learners.get("attachments")
            if grading(cell).get("grade"):
                assert graded_cells.read(cell["source"]).points == grading(cell)["points"]
                assert cell["source"].partition(".worth")[0] == learners["source"]
            else:
                assert cell["source"] == learners["source"]


def test_steps_of_the_release_are_nbgraders_own_and_two_more():
    from cnn_lab.classroom import release

    own = [step for step in release.preprocessors() if step.__module__ == release.__name__]
    assert [step.__name__ for step in own] == ["MatchPoints", "CourseStubs"]
    assert all(issubclass(step, NbGraderPreprocessor) for step in own)
