"""Reports that count in points, as an assignment's cells show them and nbgrader reads them."""

import numpy as np
import pytest

from cnn_lab import checks
from cnn_lab.checks import CheckFailed
from cnn_lab.checks.report import PartResult, Report


def report_with(right, count, state="wrong"):
    parts = [PartResult(f"part {n}", "right" if n < right else "wrong") for n in range(count)]
    hint = None if state == "right" else "Look <b>again</b>."
    return Report(checks.EXERCISES["relu"], state, parts, hint=hint)


def no_zero(x):
    """Right but for a single part."""
    return np.where(x == 0, 1, np.maximum(x, 0)).astype(x.dtype)


@pytest.mark.parametrize(
    ("right", "count", "most", "points"),
    [
        (2, 3, 4, 2.66), (1, 3, 1, 0.33), (2, 3, 1, 0.66), (3, 4, 4, 3), (5, 6, 6, 5),
        (7, 10, 1, 0.7), (0, 3, 5, 0), (0, 0, 5, 0), (1, 7, 0.5, 0.07), (29, 100, 1, 0.29),
        (3, 3, 4, 2.66),
    ],
)
def test_points_are_the_share_of_the_parts_rounded_down(right, count, most, points):
    graded = report_with(right, count).worth(most)
    assert graded.points == points
    assert float(graded) == points


@pytest.mark.parametrize("most", [4, 0.333, 1 / 3, 0, 1234.5678])
def test_right_answer_gets_all_points(most):
    graded = report_with(3, 3, "right").worth(most)
    assert graded.points == most
    assert float(graded._repr_mimebundle_()["text/plain"]) == pytest.approx(most, rel=1e-9)


def test_what_a_cell_shows():
    graded = report_with(2, 3).worth(4)
    bundle = graded._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == "2.66"
    assert bundle["text/html"].startswith('<div class="cnn-lab-check" data-state="wrong"')
    assert "Look &lt;b&gt;again&lt;/b&gt;." in bundle["text/html"]
    assert "2.66 of 4 points</p>" in bundle["text/html"]
    assert str(graded).startswith("relu: not right yet (2 of 3 parts are)\n  > Look <b>again</b>.")
    assert str(graded).endswith("\n2.66 of 4 points")
    assert repr(graded) == "2.66"


def test_one_point_is_singular():
    assert str(report_with(3, 3, "right").worth(1)).endswith("\n1 of 1 point")


def test_check_with_points():
    assert checks.relu(lambda x: np.maximum(x, 0)).worth(7).points == 7
    assert checks.relu(no_zero).worth(7).points == 6
    assert checks.relu.further(no_zero).worth(7).points == 6
    assert checks.relu(None).worth(7).points == 0


@pytest.mark.parametrize("most", [-1, float("nan"), float("inf"), "4", None, True])
def test_points_that_are_none_are_refused(most):
    with pytest.raises(ValueError, match="points are a number"):
        report_with(1, 2).worth(most)


def test_validate_button_shows_the_report_as_an_error(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert report_with(3, 3, "right").worth(4).points == 4
    with pytest.raises(CheckFailed, match=r"relu: not right yet(.|\n)*2.66 of 4 points"):
        report_with(2, 3).worth(4)
    with pytest.raises(CheckFailed, match="not attempted yet"):
        report_with(0, 3, "not attempted").worth(4)


def test_partial_credit_while_nbgrader_marks(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert report_with(2, 3).worth(4).points == 2.66


@pytest.mark.filterwarnings("ignore")  # nbgrader's own, at its import
@pytest.mark.parametrize(("right", "state"), [(0, "wrong"), (2, "wrong"), (3, "right")])
def test_nbgrader_reads_the_points(right, state):
    reason = "needs nbgrader: pip install nbgrader"
    utils = pytest.importorskip("nbgrader.utils", reason=reason)
    formatter = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    from nbformat.v4 import new_code_cell, new_output

    graded = report_with(right, 3, state).worth(4)
    data, _ = formatter.instance().display_formatter.format(graded)
    formatter.clear_instance()
    cell = new_code_cell(
        outputs=[new_output("execute_result", data=data)],
        metadata={"nbgrader": {"grade": True, "solution": False, "points": 4}},
    )
    assert utils.determine_grade(cell) == (graded.points, 4)
