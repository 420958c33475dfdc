"""Further cases: other numbers of the same shapes, which right answers meet and memories do not."""

import os
import runpy
import time
from pathlib import Path

import numpy as np
import pytest

from cnn_lab import checks
from cnn_lab.checks import isolation
from cnn_lab.checks.check import Check
from cnn_lab.checks.exercise import Case, Question, Task
from cnn_lab.checks.mistakes import Mistake
from cnn_lab.checks.outcomes import as_array, copied
from cnn_lab.checks.varying import further_cases, varied
from cnn_lab.checks.verdicts import ONLY_THESE

TASKS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Task)}
QUESTIONS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Question)}
SEEDS = (1, 2**63, 20_261_122)
RIGHT = {}
for path in sorted((Path(__file__).parent / "right_answers").glob("*.py")):
    RIGHT |= runpy.run_path(str(path))["RIGHT"]


def form_of(value, numbers=False):
    """Return what further cases keep of a value: shapes and dtypes; with `numbers` all of it."""
    if isinstance(value, np.ndarray):
        return "array", value.shape, value.dtype.str, value.tobytes() if numbers else None
    if isinstance(value, dict):
        return tuple((key, form_of(part, numbers)) for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return type(value).__name__, *(form_of(part, numbers) for part in value)
    if isinstance(value, (float, bytes)):
        return type(value).__name__, value if numbers else None
    if isinstance(value, (int, str)):
        return value
    return type(value).__name__


def forms(case, numbers=False):
    return form_of((case.arguments, case.keywords), numbers)


# ---- the cases ----


@pytest.mark.parametrize("name", TASKS)
def test_further_cases_are_the_same_calls_with_other_numbers(name):
    task = TASKS[name]
    cases, others = task.cases(), further_cases(task, SEEDS[0])
    assert [case.part for case in others] == [case.part for case in cases]
    assert [[*case.keywords] for case in others] == [[*case.keywords] for case in cases]
    if not task.vary:
        assert [*map(forms, others)] == [*map(forms, cases)]
    changed = [forms(a, True) != forms(b, True) for a, b in zip(cases, others, strict=True)]
    assert np.mean(changed) > 0.7


@pytest.mark.parametrize("name", TASKS)
def test_further_cases_depend_on_the_seed_alone(name):
    first, again, other = (
        [forms(case, True) for case in further_cases(TASKS[name], seed)] for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_the_cases_of_two_exercises_differ_although_the_seed_is_the_same():
    arguments = np.arange(100.0)
    one, other = (
        Task(name, "", "", abs, lambda: [Case("x", (arguments,))], ("y",), ())
        for name in ("one", "other")
    )
    assert forms(further_cases(one, 3)[0], True) != forms(further_cases(other, 3)[0], True)


def test_signs_zeros_equal_numbers_and_exactness_stay():
    x = np.array([[0.0, -2.5, 3.0], [3.0, 0.0, 1e3]])
    new = varied(Case("x", (x, 3.0, 4, "max", {"pad": 1}, [0.0])), np.random.default_rng(1))
    y, three, *rest = new.arguments
    assert rest == [4, "max", {"pad": 1}, [0.0]]
    np.testing.assert_array_equal(np.sort(np.sign(y), axis=None), np.sort(np.sign(x), axis=None))
    assert np.count_nonzero(y == three) == 2
    assert len(np.unique(y)) == 4
    np.testing.assert_array_equal(y * 32, np.round(y * 32))
    assert np.all(np.abs(y) <= np.max(x))
    np.testing.assert_array_equal(x, [[0.0, -2.5, 3.0], [3.0, 0.0, 1e3]])


def test_whole_numbers_change_their_places_and_stay_themselves():
    labels = np.array([0, 2, 1, 1, 2, 0, 2], dtype=np.uint8)
    (new,) = varied(Case("x", (labels,)), np.random.default_rng(1)).arguments
    assert new.dtype == np.uint8
    assert not np.array_equal(new, labels)
    np.testing.assert_array_equal(np.sort(new), np.sort(labels))


@pytest.mark.parametrize("value", [np.zeros((0, 3)), np.full(3, np.nan), np.array([np.inf, 0.0])])
def test_arrays_in_which_little_can_change(value):
    (new,) = varied(Case("x", (value,)), np.random.default_rng(1)).arguments
    assert new.shape == value.shape
    np.testing.assert_array_equal(np.sort(new), np.sort(value))


# ---- right answers stay right ----


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TASKS)
def test_right_answers_are_right_in_further_cases(name, seed):
    task, check = TASKS[name], getattr(checks, name)
    judge = check._judge_of(seed)
    for number, function in enumerate(RIGHT[name]):
        outcomes = isolation.run(function, judge.cases, task.parameters, how="plain")
        outcomes = [as_array(each) for each in outcomes] if task.lists else outcomes
        found = [each.message for each in judge.differences(outcomes) if each]
        assert not found, (number, found)
        assert not any(outcome.changed for outcome in outcomes), number


@pytest.mark.parametrize("name", TASKS)
def test_right_answer_is_right_by_the_whole_way(name):
    report = getattr(checks, name).further(RIGHT[name][0])
    assert (report.state, report.score, report.notes) == ("right", 1, ())


@pytest.mark.parametrize("name", QUESTIONS)
def test_values_have_no_further_cases(name):
    check, question = getattr(checks, name), QUESTIONS[name]
    assert check.further(*question.right).state == "right"
    wrong = question.examples(question.requirements[0])[0]
    assert check.further(*wrong).hint == check.judge(*wrong).hint


# ---- mistakes stay wrong ----


@pytest.mark.parametrize("name", TASKS)
def test_every_mistake_stays_wrong_and_keeps_its_hint(name):
    task, check = TASKS[name], getattr(checks, name)
    for mistake in task.mistakes[:: max(1, len(task.mistakes) // 3)]:
        function = mistake.function(task.answer)
        report, shown = check.further(function, seed=7, how="plain"), check.judge(function)
        assert (report.state, report.mistake, report.hint) == ("wrong", mistake.name, mistake.hint)
        assert report.score <= shown.score
        assert [part.name for part in report.parts] == [part.name for part in shown.parts]


def remembering(task, numbers):
    """Return a function that knows the results of the check, by all of its arguments or by shapes.

    It never calculates; for arguments that it has not met it fails.
    """
    known = {}
    for case in task.cases():
        try:
            result = task.answer(*copied(case.arguments), **copied(case.keywords))
        except Exception as error:
            result = error
        known[forms(case, numbers)] = result

    def function(*arguments, **keywords):
        result = known[form_of((arguments, keywords), numbers)]
        if isinstance(result, Exception):
            raise result
        return copied(result)

    return function


# Their result is the same for all numbers that can stand there, or nothing in them can change.
THE_SAME_FOR_ALL = {
    "create_mask_from_window": {"all equal"},
    "first_mask": {"all equal"},
    "share_mask": {"all equal"},
    "receptive_field": {"no layer"},
}


@pytest.mark.parametrize("name", TASKS)
def test_remembered_results_are_found_out(name):
    task = TASKS[name]
    remembers = remembering(task, numbers=True)
    assert getattr(checks, name).judge(remembers, how="plain").state == "right"
    report = getattr(checks, name).further(remembers, seed=SEEDS[0], how="plain")
    assert report.state == "wrong"
    assert report.hint == ONLY_THESE
    assert "raises KeyError" in report.detail
    right = {part.name for part in report.parts if part.state == "right"}
    assert right == THE_SAME_FOR_ALL.get(name, set())
    assert report.score == len(right) / len(report.parts)


@pytest.mark.parametrize("name", TASKS)
def test_results_remembered_by_shapes_are_found_out(name):
    task = TASKS[name]
    report = getattr(checks, name).further(remembering(task, numbers=False), how="plain")
    assert report.state == "wrong"
    assert report.score <= 0.5


# ---- what the report says ----


def double(x):
    return 2 * x


def _cases():
    return [Case(part, (np.arange(1.0, n),), f"1 to {n}") for part, n in (("few", 4), ("more", 9))]


DOUBLE = Check(
    Task(
        "double", "", "double x", double, _cases, ("y",),
        (Mistake("not doubled", "Twice as much, please.", {"2 * x": "1 * x"}),),
    )
)


def knows(first, last):
    """Return a function that doubles only what it can be seen to double."""
    seen = [case.arguments[0] for case in _cases()][first:last]

    def function(x):
        return 2 * x if any(np.array_equal(x, each) for each in seen) else x + 0

    return function


def test_report_on_remembered_results():
    report = DOUBLE.further(knows(0, 2))
    assert (report.state, report.mistake, report.hint) == ("wrong", None, ONLY_THESE)
    assert report.detail.startswith("y[0] is")
    assert "The call: array (3,)." in report.detail  # "1 to 4" were the numbers of the check
    assert [part.state for part in report.parts] == ["wrong", "wrong"]
    assert report.picture.alt
    assert report.worth(3).points == 0


def test_only_parts_that_are_right_in_both_count():
    def few(x):
        return 2 * x if len(x) < 5 or np.array_equal(x, _cases()[1].arguments[0]) else x + 0

    report = DOUBLE.further(few)
    assert report.hint == ONLY_THESE
    assert [part.state for part in report.parts] == ["right", "wrong"]
    assert report.score == 0.5


def test_mistake_in_the_check_comes_first_and_other_parts_may_be_lost():
    report = DOUBLE.further(knows(0, 1))
    shown = DOUBLE.judge(knows(0, 1))
    assert (report.hint, report.detail) == (shown.hint, shown.detail)
    assert [part.state for part in shown.parts] == ["right", "wrong"]
    assert (shown.score, report.score) == (0.5, 0)
    assert report.notes[-1][0].endswith("these are not right: few.")


def test_arguments_that_are_changed_in_further_cases_only():
    def careless(x):
        y = 2 * x
        if not any(np.array_equal(x, case.arguments[0]) for case in _cases()):
            x *= 2
        return y

    assert DOUBLE.judge(careless).passed
    report = DOUBLE.further(careless)
    assert "your function changes x" in report.hint
    assert report.score == pytest.approx(2 / 3)


def test_time_that_is_up_in_further_cases_is_told_as_such():
    def slow(x):
        if not any(np.array_equal(x, case.arguments[0]) for case in _cases()):
            time.sleep(60)
        return 2 * x

    if isolation.best() != "fork":
        pytest.skip("a sleeping function can be ended only where the system can fork: Linux")
    report = DOUBLE.further(slow, seconds=0.3)
    assert report.hint.startswith("Your function was not finished after 0.3 seconds")
    assert [part.state for part in report.parts] == ["wrong", "not reached"]


def test_stub_and_nothing_have_no_further_cases():
    def stub(x):
        raise NotImplementedError

    assert DOUBLE.further(stub).state == "not attempted"
    assert DOUBLE.further(None).state == "not attempted"
    assert "itself" in DOUBLE.further(3).hint


def test_seed_is_new_each_time_when_left_out():
    seen = []

    def spy(x):
        seen.append(x.copy())
        return 2 * x

    for _ in range(2):
        assert DOUBLE.further(spy, how="plain").passed
    half = len(seen) // 2
    assert not all(np.array_equal(*pair) for pair in zip(seen[:half], seen[half:], strict=True))


def test_no_note_is_left_by_further_cases(tmp_path, monkeypatch):
    (tmp_path / ".course").mkdir()
    monkeypatch.chdir(tmp_path)
    assert checks.relu.further(TASKS["relu"].answer).passed
    assert not os.listdir(tmp_path / ".course")
    assert checks.relu(TASKS["relu"].answer).passed
    assert os.listdir(tmp_path / ".course")
