"""What the outcomes of a function are worth: right ones, known mistakes, and differences."""

from __future__ import annotations

import re
from functools import cache, cached_property

from cnn_lab.checks import isolation
from cnn_lab.checks.comparing import Difference, agree, difference


class FunctionJudge:
    """Knows the right outcomes of a task, and those of its mistakes.

    Parameters
    ----------
    task : Task
    cases : list of Case, optional
        Those of the task when left out.
    """

    def __init__(self, task, cases=None):
        self.task, self.added = task, ()
        if cases is not None:
            self.cases = cases
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
        return isolation.run(function, self.cases, self.task.parameters, how="plain")

    def _called(self, function, number):
        return isolation.run(function, [self.cases[number]], self.task.parameters, how="plain")[0]

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
            return Difference(failure(outcome, right, seconds))
        if right.state == "raised":
            return Difference(f"A {right.error} is due here; your function returns a result.")
        return difference(outcome.value, right.value, self.task.outputs, self.task.tolerance)


def failure(outcome, right, seconds=isolation.SECONDS):
    """Say in a sentence or two what came in place of a result.

    Parameters
    ----------
    outcome : Outcome
        The learner's.
    right : Outcome
        What is due; `outcome` itself where that is not known.
    seconds : float
        The time limit that held.

    Returns
    -------
    str
    """
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


def _has_outputs(outcome, count):
    return isinstance(outcome.value, (tuple, list)) and len(outcome.value) == count
