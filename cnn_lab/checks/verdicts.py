"""From the evidence on a learner's function to a report.

Order of the verdicts: nothing attempted, or a stub left in; results that differ from call to call;
a mistake of the catalogue; a sentence for the first case that went wrong; arguments that were
changed by a function which is right otherwise; further cases that went wrong alone.

None of it calls the learner's code, or raises for what the evidence says.
"""

from __future__ import annotations

from cnn_lab.checks.judging import failure
from cnn_lab.checks.outcomes import as_array, printable
from cnn_lab.checks.report import PartResult, Report

MUCH = 10_000  # printed characters that deserve a word
LONGEST = 2_000  # characters of a sentence that was made from a learner's values
LEFT_IN = (
    "Your code ran as far as the line `raise NotImplementedError`: take that line out, and end with"
    " `return`."
)
AGAIN = (
    "Called twice with the same arguments, your function gives two different results: does it use"
    " random numbers, np.empty, or something that it kept from the call before?"
)
ONLY_THESE = (
    "Your function is right for the numbers of this check, but not for other numbers of the same"
    " kind: does it calculate, or does it remember results?"
)
OTHER_PARTS = "With other numbers than those of the check these are not right: "
DOES_NOT_FIT = "What came of this answer is not what this check asks for: it cannot be judged."


# ---- functions ----


def on_function(judge, evidence, draw=None):
    """Return the report on a learner's function, by the cases of the check.

    Parameters
    ----------
    judge : FunctionJudge
    evidence : Evidence
        That fits the judge's task.
    draw : function or None
        Draws the picture that goes with a right answer.

    Returns
    -------
    Report
    """
    task = judge.task
    if evidence.kind == "strange":
        return not_a_function(task, evidence)
    *outcomes, again = (_seen(task, each) for each in (*evidence.outcomes, evidence.again))
    if outcomes[0].state == "raised" and outcomes[0].error == "NotImplementedError":
        if evidence.stub:
            return not_attempted(task, _parts_of(judge.cases))
        parts = _parts(judge.cases, [LEFT_IN] * len(outcomes))
        return Report(task, "wrong", parts, hint=LEFT_IN, notes=notes_on(outcomes))
    differences = judge.differences(outcomes, evidence.seconds)
    if not judge.repeats(outcomes[0], again):
        parts = _parts(judge.cases, [AGAIN] * len(outcomes))
        return Report(task, "wrong", parts, hint=AGAIN, notes=notes_on(outcomes))
    if any(differences):
        return _wrong(judge, outcomes, differences)
    parts = _parts(judge.cases, [None] * len(outcomes))
    careless = _careless(task, outcomes)
    if careless:
        parts = (*parts, careless)
        return Report(task, "wrong", parts, hint=careless.message, notes=_loud(outcomes))
    return Report(task, "right", parts, notes=_loud(outcomes), draw=draw)


def with_further_cases(report, judge, evidence):
    """Return what becomes of a report by further cases: only parts that are right in both count.

    Parameters
    ----------
    report : Report
        By the cases of the check.
    judge : FunctionJudge
        With the further cases.
    evidence : Evidence

    Returns
    -------
    Report
    """
    if not any(part.state == "right" for part in report.parts):
        return report
    task = judge.task
    outcomes = [_seen(task, each) for each in evidence.further]
    differences = judge.differences(outcomes, evidence.seconds)
    found = {part.name: part for part in _parts_of_differences(judge.cases, outcomes, differences)}
    parts = tuple(
        found.get(part.name, part) if part.state == "right" else part for part in report.parts
    )
    if report.state == "wrong":
        return _with_fewer_parts(report, parts)
    if any(differences):
        return _wrong_with_others(judge, outcomes, differences, parts)
    careless = _careless(task, outcomes)
    if careless:
        parts = (*parts, careless)
        return Report(task, "wrong", parts, hint=careless.message, notes=_loud(outcomes))
    return report


def _with_fewer_parts(report, parts):
    """Add to a report on a wrong answer which other parts are wrong with other numbers."""
    lost = [new.name for new, old in zip(parts, report.parts, strict=True) if new != old]
    if lost:
        note = f"{OTHER_PARTS}{', '.join(lost)}."
        report.parts, report.notes = parts, (*report.notes, (note, ""))
    return report


def _wrong_with_others(judge, outcomes, differences, parts):
    sentence, place = _first(judge.cases, differences)
    first = next(n for n, each in enumerate(differences) if each)
    came_back = outcomes[first].state in ("returned", "raised")
    return Report(
        judge.task, "wrong", parts, hint=ONLY_THESE if came_back else sentence,
        detail=sentence if came_back else "", place=place, notes=notes_on(outcomes),
    )


def _seen(task, outcome):
    return as_array(outcome) if task.lists else outcome


def not_a_function(exercise, evidence):
    """Return the report on something that cannot be called."""
    if evidence.stub:
        return not_attempted(exercise, ())
    name = exercise.name
    theirs = getattr(getattr(exercise, "answer", None), "__name__", name)
    sentence = f"Give the check your function itself, without calling it: checks.{name}({theirs})."
    return Report(exercise, "wrong", (), hint=sentence)


def not_attempted(exercise, labels):
    """Return the report on an exercise that is as it was."""
    parts = tuple(PartResult(label, "not reached") for label in labels)
    return Report(exercise, "not attempted", parts)


def _wrong(judge, outcomes, differences):
    mistake = judge.mistake(outcomes, differences)
    sentence, place = _first(judge.cases, differences)
    return Report(
        judge.task, "wrong", _parts_of_differences(judge.cases, outcomes, differences),
        hint=mistake.hint if mistake else sentence,
        mistake=mistake.name if mistake else None, detail=sentence if mistake else "",
        place=place, notes=notes_on(outcomes),
    )


def _first(cases, differences):
    """Return a sentence on the first difference, and its case with it where there is a picture."""
    case, found = next(pair for pair in zip(cases, differences, strict=True) if pair[1])
    place = (case, found) if found.index is not None else None
    return shortened(f"{found.message} The call: {case}."), place


def _careless(task, outcomes):
    """Return the part that is broken when arguments are changed or memory is shared, or None."""
    changed = next((outcome.changed for outcome in outcomes if outcome.changed), ())
    if changed:
        return PartResult(
            "arguments unchanged",
            "wrong",
            f"The results are right, but your function changes {' and '.join(changed)}: what is"
            " passed in must stay as it is. Work on a copy.",
        )
    if task.fresh and any(outcome.shares for outcome in outcomes):
        return PartResult(
            "new array",
            "wrong",
            "The results are right, but what you return shares its memory with what came in:"
            " a change of one would change the other. Return a new array.",
        )
    return None


# ---- evidence of something else ----


def on_something_else(exercise):
    """Return the report on evidence that does not fit an exercise."""
    return Report(exercise, "wrong", (), hint=DOES_NOT_FIT)


# ---- parts and notes ----


def shortened(sentence):
    """Return a sentence that was made from a learner's values, fit for a page."""
    sentence = printable(sentence)
    return sentence if len(sentence) <= LONGEST else sentence[: LONGEST - 1] + "…"


def notes_on(outcomes):
    """List what else is worth saying beside a wrong answer."""
    changed = {name: None for outcome in outcomes for name in outcome.changed}
    text = next((outcome.text for outcome in outcomes if outcome.text), "")
    warned = next((outcome.warned for outcome in outcomes if outcome.warned), ())
    late = next((each for each in outcomes[1:] if each.state in ("endless", "ended")), None)
    return (
        *([(f"Your function also changes {' and '.join(changed)}.", "")] if changed else []),
        *([(f"In a later part: {failure(late, late)}", "")] if late else []),
        *_loud(outcomes),
        *([("Python warned", "\n".join(warned))] if warned else []),
        *([("Your function printed", text)] if text else []),
    )


def _loud(outcomes):
    printed = sum(outcome.printed for outcome in outcomes)
    if printed < MUCH:
        return ()
    return ((f"Your function printed {printed:,} characters: is there a print in a loop?", ""),)


def _parts_of(cases):
    return [*dict.fromkeys(case.part for case in cases)]


def _parts_of_differences(cases, outcomes, differences):
    unreached = [outcome.state == "not reached" for outcome in outcomes]
    return _parts(cases, [each and each.message for each in differences], unreached)


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
