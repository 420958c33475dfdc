"""From the evidence on values, or on what a function without arguments returned, to a report."""

from __future__ import annotations

import warnings

import numpy as np

from cnn_lab.checks.judging import failure
from cnn_lab.checks.report import PartResult, Report
from cnn_lab.checks.verdicts import not_a_function, not_attempted, notes_on, shortened


def on_values(question, evidence):
    """Return the report on values, or on what a function without arguments returned.

    Parameters
    ----------
    question : Question
    evidence : Evidence
        That fits it.

    Returns
    -------
    Report
    """
    labels = [*dict.fromkeys(requirement.part for requirement in question.requirements)]
    values, notes = evidence.values, ()
    if evidence.kind == "strange":
        return not_a_function(question, evidence)
    if evidence.stub:
        return not_attempted(question, labels)
    if evidence.kind == "function":
        (outcome,) = evidence.outcomes
        notes = notes_on([outcome])
        if outcome.state != "returned" or outcome.value is None:
            sentence = failure(outcome, outcome, evidence.seconds)
            return _not_reached(question, labels, sentence, notes)
        values = (outcome.value,)
    if len(values) != len(question.right):
        sentence = f"The check takes {len(question.right)} values, it was given {len(values)}."
        return _not_reached(question, labels, sentence)
    return _held_against(question, values, labels, notes)


def _not_reached(question, labels, sentence, notes=()):
    parts = tuple(PartResult(label, "not reached") for label in labels)
    return Report(question, "wrong", parts, hint=sentence, notes=notes)


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
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return shortened(requirement.hint(*values))
        except Exception:
            return "This is not right yet."
