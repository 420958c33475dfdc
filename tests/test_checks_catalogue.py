"""The proof of the checks: every known mistake gets its own hint, right answers meet silence.

The scores are printed at the end of the tests, and stand in the README.
"""

import itertools
import re
import runpy
import time
from pathlib import Path

import pytest

from cnn_lab import checks, plots
from cnn_lab.checks import mistakes
from cnn_lab.checks.exercise import Question, Task

ROOT = Path(__file__).parents[1]
TASKS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Task)}
QUESTIONS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Question)}
RIGHT, WITNESSES = {}, {}
for path in sorted((ROOT / "tests" / "right_answers").glob("*.py")):
    names = runpy.run_path(str(path))
    RIGHT |= names.get("RIGHT", {})
    WITNESSES |= names.get("WITNESS", {})


def check_of(name):
    return getattr(checks, name)


def labelled(found, label):
    return [pytest.param(*each, id=label(*each)) for each in found]


# ---- every mistake is fed to its check ----

MISTAKES = [(name, each) for name, task in TASKS.items() for each in task.mistakes]
UNMET = [
    (name, number, example)
    for name, each in QUESTIONS.items()
    for number, requirement in enumerate(each.requirements)
    for example in range(len(each.examples(requirement)))
]
PAIRED = [name for name, task in TASKS.items() if len(task.mistakes) > 1]


@pytest.mark.parametrize(
    ("name", "mistake"), labelled(MISTAKES, lambda name, mistake: f"{name}-{mistake.name}")
)
def test_mistake_gets_its_own_hint(name, mistake, record_property):
    record_property("score", ("mistakes", 1))
    # As a learner's function for the first of each exercise; our own wrong ones can be trusted.
    how = None if mistake is TASKS[name].mistakes[0] else "plain"
    report = check_of(name).judge(mistake.function(TASKS[name].answer), how=how)
    assert (report.state, report.mistake) == ("wrong", mistake.name)
    assert report.hint == mistake.hint
    assert not report.passed
    assert report.score < 1
    with pytest.raises(checks.CheckFailed, match=re.escape(name)):
        report.require()


@pytest.mark.parametrize(
    ("name", "number", "example"), labelled(UNMET, lambda *each: "-".join(map(str, each)))
)
def test_unmet_requirement_gets_its_own_hint(name, number, example, record_property):
    record_property("score", ("mistakes", 1))
    question = QUESTIONS[name]
    requirement = question.requirements[number]
    values = question.examples(requirement)[example]
    report = check_of(name).judge(*values)
    if question.call:
        values = (values[0](),)
    hint = requirement.hint if isinstance(requirement.hint, str) else requirement.hint(*values)
    assert (report.state, report.hint) == ("wrong", hint)
    assert report.score < 1


def pairs_of(task):
    for first, second in itertools.combinations(task.mistakes, 2):
        function = mistakes.both(task.answer, first, second)
        if function is not None:
            yield f"{first.name} and {second.name}", function


@pytest.mark.parametrize("name", PAIRED)
def test_two_mistakes_at_once_are_reported_as_wrong(name, record_property):
    check, passed, count = check_of(name), [], 0
    for label, function in pairs_of(TASKS[name]):
        count += 1
        passed += [label] if check.agrees(function) else []
        if count % 50 == 1:  # the verdict is the same by the long way
            assert check.judge(function).state == "wrong"
    record_property("score", ("pairs", count))
    assert not passed


# ---- right answers ----


@pytest.fixture(scope="module", autouse=True)
def _plots_as_in_a_lesson():
    """Load and draw once what every lesson has drawn long before its exercises."""
    plots.numbers([[[1]]]).png()


ANSWERS = [
    (name, number) for name, found in sorted(RIGHT.items()) for number in range(len(found))
]


@pytest.mark.parametrize("name", checks.EXERCISES)
def test_there_are_right_answers_in_at_least_four_styles(name):
    found = RIGHT.get(name, [])
    assert len(found) >= 4
    assert len({id(each) for each in found}) == len(found)


@pytest.mark.parametrize(
    ("name", "number"), labelled(ANSWERS, lambda name, number: f"{name}-{number}")
)
def test_right_answer_is_met_with_silence(name, number, record_property):
    record_property("score", ("right", 1))
    answer = RIGHT[name][number]
    given = answer if isinstance(answer, tuple) and name in QUESTIONS else (answer,)
    begun = time.perf_counter()
    report = check_of(name).judge(*given)
    if number == 0:  # as a learner sees it, with its picture
        report._repr_mimebundle_()
        record_property("seconds", (name, time.perf_counter() - begun))
    assert report.state == "right", str(report)
    assert (report.hint, report.mistake, report.score) == (None, None, 1)


@pytest.mark.parametrize("name", TASKS)
def test_answer_of_the_check_is_right_by_itself(name):
    report = check_of(name).judge(TASKS[name].answer)
    assert report.state == "right", str(report)


@pytest.mark.parametrize("name", sorted(WITNESSES))
def test_answer_of_the_check_agrees_with_the_package(name):
    report = check_of(name).judge(WITNESSES[name])
    assert report.state == "right", str(report)


@pytest.mark.parametrize("name", QUESTIONS)
def test_right_value_fulfils_every_requirement(name):
    assert check_of(name).judge(*QUESTIONS[name].right).state == "right"


@pytest.mark.parametrize("name", [n for n, task in TASKS.items() if task.showcase])
def test_showcase_draws_a_picture_with_a_description(name):
    picture = check_of(name).judge(TASKS[name].answer).picture
    assert picture is not None
    assert len(picture.alt) > 40


# ---- the form of the catalogue ----


@pytest.mark.parametrize("name", TASKS)
def test_mistakes_have_names_and_hints_of_their_own(name):
    task = TASKS[name]
    for texts in ([m.name for m in task.mistakes], [m.hint for m in task.mistakes]):
        assert len(set(texts)) == len(texts)
    for mistake in task.mistakes:
        assert 20 < len(mistake.hint) <= 260, mistake.hint
        assert mistake.hint.endswith((".", "?")), mistake.hint


@pytest.mark.parametrize("name", TASKS)
def test_cases_are_the_same_every_time(name):
    first, second = (check_of(name).exercise.cases() for _ in range(2))
    assert [str(case) for case in first] == [str(case) for case in second]
    assert len(first) >= 2


def test_readme_states_the_scores():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    counts = [
        len(MISTAKES) + len(UNMET),
        len(ANSWERS),
        sum(1 for task in TASKS.values() for _ in pairs_of(task)),
    ]
    assert re.findall(r"\| ([\d,]+) of ([\d,]+) \|$", readme, re.MULTILINE) == [
        (f"{count:,}", f"{count:,}") for count in counts
    ]
