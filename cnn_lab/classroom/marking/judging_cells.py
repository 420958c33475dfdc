"""Judge a check cell: the kernel gives evidence, and nothing else that it says is believed.

Whatever the submission has done to `checks`, NumPy or the kernel, the right results, the
comparison and the points are those of this process.
"""

from cnn_lab import checks
from cnn_lab.checks.evidence import Evidence
from cnn_lab.checks.graded import Graded
from cnn_lab.checks.report import Report
from cnn_lab.checks.verdicts import ONLY_THESE, OTHER_PARTS
from cnn_lab.classroom.marking import harmless
from cnn_lab.classroom.marking.findings import Finding, writable
from cnn_lab.classroom.marking.in_kernel import KIND

# Twice the time limit that holds in a notebook: several kernels share the machine while marking.
SECONDS = 10.0
PATIENCE = 3 * SECONDS + 15  # seconds for the cases, the further ones, the picture, and the way


def can_judge(cell):
    """Tell whether a check cell asks for a check of this package.

    Parameters
    ----------
    cell : GradedCell or None
    """
    return cell is not None and cell.name in checks.EXERCISES


def request(cell, seed):
    """Return the expression with which the kernel is asked for evidence.

    Parameters
    ----------
    cell : GradedCell
    seed : int
        Of the further cases.
    """
    given = ", ".join([repr(cell.name), *cell.answers, f"seed={seed}", f"seconds={SECONDS}"])
    module = "cnn_lab.classroom.marking.in_kernel"
    return f"__import__({module!r}, fromlist=['evidence']).evidence({given})"


def judged(cell, answer, seed):
    """Return the output of a check cell, from what a kernel has answered to a `request`.

    Parameters
    ----------
    cell : GradedCell
        With the points that it is worth.
    answer : dict or None
        See `Conversation.ask`.
    seed : int

    Returns
    -------
    (dict, list of Finding)
        The findings name no cell.
    """
    try:
        report, findings = _verdict(cell, answer, seed)
        return _output(report, cell.points), findings
    except Exception as error:
        sentence = f"The check {cell.name} failed ({type(error).__name__}: {_brief(error)})."
        output = not_judged(cell, "This answer could not be judged; ask your teacher.")
        return output, [Finding("check failed", sentence, weight="failure")]


def not_judged(cell, sentence):
    """Return the output of a check cell that counts nothing, with the reason."""
    return _output(_nothing(cell, sentence), cell.points)


def _output(report, points):
    """Return the output with the points for nbgrader, and the report for people."""
    shown = Graded(report, points)._repr_mimebundle_()
    data = {kind: writable(text) for kind, text in shown.items()}
    return {"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}


def _verdict(cell, answer, seed):
    if answer is None:
        sentence = f"The kernel gave no answer to the check {cell.name}, or not in time."
        return _suspicious(cell, "Your answer could not be tried in time.", sentence)
    if answer.get("status") != "ok":
        return _not_evaluated(cell, answer)
    try:
        evidence = _evidence(cell, answer)
    except ValueError as error:
        return _suspicious(
            cell,
            "What your notebook answers to this check is not usable.",
            f"What the kernel says about {cell.name} cannot come from an untouched check "
            f"({_brief(error)}): the notebook may have tampered with it. It counts 0 points.",
        )
    report = getattr(checks, cell.name).verdict(evidence, seed=seed)
    return report, _worth_knowing(cell, evidence, report)


def _worth_knowing(cell, evidence, report):
    """Return what a teacher should know of an answer that was judged, as findings."""
    outcomes = [
        each
        for each in (*evidence.outcomes, evidence.again, *evidence.further, evidence.showcase)
        if each is not None
    ]
    found, states = [], {each.state for each in outcomes}
    if "endless" in states:
        sentence = f"The function for {cell.name} was not finished after {SECONDS:g} seconds."
        found.append(Finding("endless", sentence))
    if "ended" in states:
        how = next(each.message for each in outcomes if each.state == "ended")
        sentence = f"The function for {cell.name} ended its process ({_brief(how)})."
        found.append(Finding("ended", sentence, weight="warning"))
    if any(each.error == "MemoryError" for each in outcomes):
        sentence = f"The function for {cell.name} asked for more memory than it may have."
        found.append(Finding("memory", sentence))
    some = any(sentence.startswith(OTHER_PARTS) for sentence, _ in report.notes)
    if some or report.hint == ONLY_THESE:
        sentence = (
            f"The function for {cell.name} is right for the numbers of the check"
            f"{' in some parts' if some else ''}, but not for other numbers: it may remember"
            " results."
        )
        found.append(Finding("only visible cases", sentence, weight="warning"))
    return found


def _evidence(cell, answer):
    data = answer.get("data")
    text = data.get(KIND) if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise ValueError("no evidence came")
    evidence = Evidence.from_json(text)
    if not evidence.fits(checks.EXERCISES[cell.name], further=True):
        raise ValueError("it is about something else")
    return evidence


def _not_evaluated(cell, answer):
    """Report an answer that the kernel could not even pass on: mostly a name that is not there."""
    error, message = _said(answer.get("ename"))[:100], _said(answer.get("evalue"))
    missing = [name for name in cell.answers if repr(name) in message]
    if error == "NameError" and missing:
        return _nothing(cell, f"`{missing[0]}` is not defined: did its cell fail?"), []
    return _suspicious(
        cell,
        "The check could not try your answer: a cell of your notebook may have changed something"
        " that the check needs.",
        f"The answer to {cell.name} could not be tried: the notebook has changed something that "
        f"the check needs, or taken it away ({error}: {_brief(message)}).",
    )


def _nothing(cell, sentence):
    return Report(checks.EXERCISES[cell.name], "wrong", (), hint=sentence)


def _suspicious(cell, hint, sentence):
    return _nothing(cell, hint), [Finding("evidence", sentence, weight="warning")]


def _said(value):
    """Return what the kernel says of an error, limited before anything is done with it."""
    return harmless.text(value[:2000] if isinstance(value, str) else None)


def _brief(error):
    return " ".join(str(error).split())[:200]
