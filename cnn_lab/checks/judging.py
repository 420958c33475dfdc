"""From the outcomes of a learner's function to a report.

Order of the verdicts: nothing attempted, or a stub left in; results that differ from call to call;
a mistake of the catalogue; a sentence for the first case that went wrong; arguments that were
changed by a function which is right otherwise.
"""

from __future__ import annotations

import inspect
import re
import warnings
from functools import cache, cached_property

import numpy as np

from cnn_lab.checks import isolation, stubs
from cnn_lab.checks.comparing import Difference, agree, difference
from cnn_lab.checks.exercise import Case
from cnn_lab.checks.outcomes import as_array, plain
from cnn_lab.checks.report import PartResult, Report

MUCH = 10_000  # printed characters that deserve a word
LEFT_IN = (
    "Your code ran as far as the line `raise NotImplementedError`: take that line out, and end with"
    " `return`."
)
AGAIN = (
    "Called twice with the same arguments, your function gives two different results: does it use"
    " random numbers, np.empty, or something that it kept from the call before?"
)


class FunctionJudge:
    """Knows the right outcomes of a task, and those of its mistakes.

    Parameters
    ----------
    task : Task
    """

    def __init__(self, task):
        self.task, self.added = task, ()
        self.names = [*inspect.signature(task.answer).parameters]
        self.function_of = cache(lambda mistake: mistake.function(task.answer))
        self._outcome_of = cache(lambda m, number: self._called(self.function_of(m), number))

    @cached_property
    def cases(self):
        return self.task.cases()

    @cached_property
    def right(self):
        """The outcomes of the right answers: a list for each."""
        answers = (self.task.answer, *self.task.alternatives)
        return [self._trusted(answer) for answer in answers]

    def agrees(self, function):
        """Tell whether a function that can be trusted is right; stop at the first case if not."""
        rights = self.right
        for number, case in enumerate(self.cases):
            outcome = self._called(function, number)
            rights = [r for r in rights if not self._judged(case, outcome, r[number])]
            if not rights:
                return False
        return True

    def mistake(self, outcomes, differences):
        """Return the mistake of the catalogue that fits, or None.

        It does the same in all cases; or it makes the same of the output that differs first; or,
        where a second mistake follows, it does the same up to the first case that went wrong.
        """
        first = next(n for n, each in enumerate(differences) if each)
        known = [m for m in (*self.added, *self.task.mistakes) if self._is_wrong(m, first)]
        kinds = (
            lambda mistake: self._does_the_same(outcomes, mistake),
            lambda mistake: self._makes_the_same_output(outcomes, mistake, differences[first]),
            lambda mistake: self._begins_the_same(outcomes[: first + 1], mistake),
        )
        fitting = (m for fits in kinds for m in known if fits(m))
        return next((m for m in fitting if self._fails_alike(outcomes, m, first)), None)

    def _is_wrong(self, mistake, number):
        """Tell whether a mistake is wrong in this case by itself."""
        case, outcome = self.cases[number], self._outcome_of(mistake, number)
        return all(self._judged(case, outcome, right[number]) for right in self.right)

    def _fails_alike(self, outcomes, mistake, first):
        """Ask for more than the same type of exception where that is the only evidence.

        Exceptions say enough if they come in some cases only; else their texts must begin with the
        same words.
        """
        if outcomes[first].state != "raised":
            return True
        if not all(outcome.state == "raised" for outcome in outcomes):
            return True
        return self._said(outcomes, mistake, first)

    def _said(self, outcomes, mistake, number):
        """Tell whether two exceptions begin with the same words, but for numbers."""
        texts = (outcomes[number].message, self._outcome_of(mistake, number).message)
        mine, its = (re.sub(r"\d+", "0", text).split()[:3] for text in texts)
        return mine == its

    def differences(self, outcomes, seconds=isolation.SECONDS):
        """Return for each case None or the `Difference`, by the right answer that fits best."""
        found = [
            [self._judged(*trio, seconds) for trio in zip(self.cases, outcomes, right, strict=True)]
            for right in self.right
        ]
        return min(found, key=lambda each: sum(one is not None for one in each))

    def _does_the_same(self, outcomes, mistake):
        """Compare case by case: most mistakes are ruled out by the first one."""
        return all(
            outcome.state in ("returned", "raised")
            and self._equal_outcomes(outcome, self._outcome_of(mistake, number))
            for number, outcome in enumerate(outcomes)
        )

    def _begins_the_same(self, outcomes, mistake):
        last = len(outcomes) - 1
        if outcomes[last].state == "raised" and not (last and self._said(outcomes, mistake, last)):
            return False
        return self._does_the_same(outcomes, mistake)

    def _makes_the_same_output(self, outcomes, mistake, found):
        names = self.task.outputs
        if len(names) == 1 or found.output not in names:
            return False
        number = names.index(found.output)
        if any(self._same_output(outcomes, right, number) for right in self.right):
            return False  # its numbers are right, and only their type is not
        others = (self._outcome_of(mistake, case) for case in range(len(outcomes)))
        return self._same_output(outcomes, others, number)

    def _same_output(self, outcomes, others, number):
        """Compare one output in all cases."""
        count = len(self.task.outputs)
        for outcome, other in zip(outcomes, others, strict=True):
            if not (_has_outputs(outcome, count) and _has_outputs(other, count)):
                return False
            if not agree(outcome.value[number], other.value[number], self.task.tolerance):
                return False
        return True

    def repeats(self, first, again):
        """Tell whether the same call came to the same, if both came to anything."""
        if (first.state, again.state) == ("returned", "returned"):
            return agree(again.value, first.value, self.task.tolerance)
        return "raised" not in (first.state, again.state) or first.state == again.state

    def _trusted(self, function):
        return isolation.run(function, self.cases, self.names, how="plain")

    def _called(self, function, number):
        return isolation.run(function, [self.cases[number]], self.names, how="plain")[0]

    def _equal_outcomes(self, one, other):
        if one.state != other.state:
            return False
        if one.state == "raised":
            return one.error == other.error
        return agree(one.value, other.value, self.task.tolerance)

    def _judged(self, case, outcome, right, seconds=isolation.SECONDS):
        if outcome.state != "returned":
            if outcome.state == right.state and outcome.error == right.error:
                return None
            return Difference(_failure(outcome, right, seconds))
        if right.state == "raised":
            return Difference(f"A {right.error} is due here; your function returns a result.")
        return difference(outcome.value, right.value, self.task.outputs, self.task.tolerance)


def judge_function(judge, answer, seconds, how):
    """Return the report on a learner's function."""
    task = judge.task
    if len(answer) != 1 or not callable(answer[0]):
        return _not_a_function(task, answer)
    function, cases = answer[0], [*judge.cases, judge.cases[0]]
    found = isolation.run(function, cases, judge.names, seconds=seconds, how=how)
    *outcomes, again = map(as_array, found) if task.lists else found
    first = outcomes[0]
    if first.state == "raised" and first.error == "NotImplementedError":
        if stubs.is_stub(function):
            return _not_attempted(task, _parts_of(judge.cases))
        parts = _parts(judge.cases, [LEFT_IN] * len(outcomes))
        return Report(task, "wrong", parts, hint=LEFT_IN, notes=_notes(outcomes))
    differences = judge.differences(outcomes, seconds)
    notes = _notes(outcomes)
    if not judge.repeats(first, again):
        parts = _parts(judge.cases, [AGAIN] * len(outcomes))
        return Report(task, "wrong", parts, hint=AGAIN, notes=notes)
    if any(differences):
        return _wrong(judge, outcomes, differences, notes)
    careless = _careless(judge, outcomes)
    if careless:
        parts = (*_parts(judge.cases, [None] * len(outcomes)), PartResult(*careless))
        return Report(task, "wrong", parts, hint=careless[2], notes=_loud(outcomes))
    return Report(
        task, "right", _parts(judge.cases, [None] * len(outcomes)), notes=_loud(outcomes),
        draw=_showcase(task, function, judge.names, seconds, how),
    )


def judge_values(question, answer, seconds, how):
    """Return the report on values, or on what a function without arguments returns."""
    labels = [*dict.fromkeys(requirement.part for requirement in question.requirements)]
    values, notes = answer, ()
    if question.call:
        if len(answer) != 1 or not callable(answer[0]):
            return _not_a_function(question, answer)
        outcome = isolation.run(answer[0], [Case("", ())], (), seconds=seconds, how=how)[0]
        if outcome.error == "NotImplementedError" and stubs.is_stub(answer[0]):
            return _not_attempted(question, labels)
        notes = _notes([outcome])
        if outcome.state != "returned" or outcome.value is None:
            failure = _failure(outcome, outcome, seconds)
            parts = tuple(PartResult(label, "not reached") for label in labels)
            return Report(question, "wrong", parts, hint=failure, notes=notes)
        values = (outcome.value,)
    elif any(value is None or value is Ellipsis for value in answer) or not answer:
        return _not_attempted(question, labels)
    if len(values) != len(question.right):
        sentence = f"The check takes {len(question.right)} values, it was given {len(values)}."
        parts = tuple(PartResult(label, "not reached") for label in labels)
        return Report(question, "wrong", parts, hint=sentence)
    return _held_against(question, tuple(map(plain, values)), labels, notes)


def _held_against(question, values, labels, notes):
    broken = [each for each in question.requirements if not _holds(each, values)]
    if not broken:
        parts = tuple(PartResult(label, "right") for label in labels)
        draw = question.draw and (lambda: question.draw(*values))
        return Report(question, "right", parts, praise=question.praise, draw=draw)
    messages = {each.part: _sentence(each, values) for each in reversed(broken)}
    parts = tuple(
        PartResult(label, "wrong" if label in messages else "right", messages.get(label, ""))
        for label in labels
    )
    first = broken[0]
    return Report(
        question, "wrong", parts, hint=messages[first.part], mistake=first.part, notes=notes
    )


def _holds(requirement, values):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return bool(requirement.holds(*values))
        except Exception:
            return False


def _sentence(requirement, values):
    if isinstance(requirement.hint, str):
        return requirement.hint
    try:
        return requirement.hint(*values)
    except Exception:
        return "This is not right yet."


def _not_a_function(exercise, answer):
    if len(answer) == 1 and (answer[0] is None or answer[0] is Ellipsis):
        return _not_attempted(exercise, ())
    name = exercise.name
    theirs = getattr(getattr(exercise, "answer", None), "__name__", name)
    sentence = f"Give the check your function itself, without calling it: checks.{name}({theirs})."
    return Report(exercise, "wrong", (), hint=sentence)


def _not_attempted(exercise, labels):
    parts = tuple(PartResult(label, "not reached") for label in labels)
    return Report(exercise, "not attempted", parts)


def _wrong(judge, outcomes, differences, notes):
    number = next(n for n, each in enumerate(differences) if each)
    case, found = judge.cases[number], differences[number]
    mistake = judge.mistake(outcomes, differences)
    sentence = f"{found.message} The call: {case}."
    unreached = [outcome.state == "not reached" for outcome in outcomes]
    parts = _parts(judge.cases, [each and each.message for each in differences], unreached)
    return Report(
        judge.task, "wrong", parts, hint=mistake.hint if mistake else sentence,
        mistake=mistake.name if mistake else None, detail=sentence if mistake else "",
        place=(case, found) if found.index is not None else None, notes=notes,
    )


def _careless(judge, outcomes):
    """Return the part that is broken when arguments are changed or memory is shared, or None."""
    changed = next((outcome.changed for outcome in outcomes if outcome.changed), ())
    if changed:
        return (
            "arguments unchanged",
            "wrong",
            f"The results are right, but your function changes {' and '.join(changed)}: what is"
            " passed in must stay as it is. Work on a copy.",
        )
    if judge.task.fresh and any(outcome.shares for outcome in outcomes):
        return (
            "new array",
            "wrong",
            "The results are right, but what you return shares its memory with what came in:"
            " a change of one would change the other. Return a new array.",
        )
    return None


def _failure(outcome, right, seconds=isolation.SECONDS):
    if outcome.state == "endless":
        return (
            f"Your function was not finished after {seconds:g} seconds: look for a loop that never"
            " ends, or one that does far more than it should."
        )
    if outcome.state == "ended":
        return f"Your function ended the whole process ({outcome.message}) instead of returning."
    if outcome.state == "not reached":
        return "This was not reached."
    if outcome.state == "returned":
        return "Your function returns nothing: is there a `return`?"
    special = {
        "NotImplementedError": "This part is not written yet: it raises NotImplementedError.",
        "SystemExit": "Your function calls exit(); it should return its result.",
        "MemoryError": "Your function asks for more memory than it may have.",
        "RecursionError": "Your function calls itself without end.",
    }
    sentence = special.get(outcome.error) or _raised(outcome)
    if right.state == "raised" and right is not outcome:
        sentence += f" A {right.error} is due here."
    return sentence


def _raised(outcome):
    message = f"Your function raises {outcome.error}"
    message += f": {outcome.message.rstrip(' .')}." if outcome.message else "."
    if outcome.lines:
        number, line = outcome.lines[-1]
        message += f" It happens in line {number} of your cell" + (f": `{line}`." if line else ".")
    return message


def _notes(outcomes):
    """List what else is worth saying beside a wrong answer."""
    changed = {name: None for outcome in outcomes for name in outcome.changed}
    text = next((outcome.text for outcome in outcomes if outcome.text), "")
    warned = next((outcome.warned for outcome in outcomes if outcome.warned), ())
    late = next((each for each in outcomes[1:] if each.state in ("endless", "ended")), None)
    return (
        *([(f"Your function also changes {' and '.join(changed)}.", "")] if changed else []),
        *([(f"In a later part: {_failure(late, late)}", "")] if late else []),
        *_loud(outcomes),
        *([("Python warned", "\n".join(warned))] if warned else []),
        *([("Your function printed", text)] if text else []),
    )


def _loud(outcomes):
    printed = sum(outcome.printed for outcome in outcomes)
    if printed < MUCH:
        return ()
    return ((f"Your function printed {printed:,} characters: is there a print in a loop?", ""),)


def _showcase(task, function, names, seconds, how):
    """Return a function that draws what the learner's function makes of the showcase, or None."""
    if task.showcase is None:
        return None

    def draw():
        case = Case("", task.showcase.arguments())
        outcome = isolation.run(function, [case], names, seconds=seconds, how=how)[0]
        return task.showcase.draw(outcome.value) if outcome.state == "returned" else None

    return draw


def _has_outputs(outcome, count):
    return isinstance(outcome.value, (tuple, list)) and len(outcome.value) == count


def _parts_of(cases):
    return [*dict.fromkeys(case.part for case in cases)]


def _parts(cases, messages, unreached=None):
    unreached = unreached or [False] * len(cases)
    results = []
    for label in _parts_of(cases):
        mine = [n for n, case in enumerate(cases) if case.part == label]
        wrong = [messages[n] for n in mine if messages[n] and not unreached[n]]
        if wrong:
            results.append(PartResult(label, "wrong", wrong[0]))
        elif any(unreached[n] for n in mine):
            results.append(PartResult(label, "not reached"))
        else:
            results.append(PartResult(label, "right"))
    return tuple(results)
