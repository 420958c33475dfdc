"""What a learner's answer did: gathered where the learner's code runs, judged anywhere else.

Whoever judges need not believe that place. Evidence says nothing of right and wrong; it leaves as
JSON, and what comes back from JSON is either of this form or meets `ValueError`::

    text = gather("relu", (relu,), seed=7).to_json()               # in the learner's kernel
    report = checks.relu.verdict(Evidence.from_json(text), seed=7)  # in another process
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cnn_lab.checks import isolation, stubs, transport
from cnn_lab.checks.exercise import Case, Question, Task
from cnn_lab.checks.isolation import SECONDS
from cnn_lab.checks.outcome_transport import (
    a_list,
    a_text,
    a_time_limit,
    names_of,
    only_keys,
    outcome_data,
    read_outcome,
)
from cnn_lab.checks.outcomes import Outcome, plain
from cnn_lab.checks.varying import further_cases

VERSION = 1
KINDS = ("function", "values", "strange")
LOST = ("endless", "ended", "not reached")  # states of calls that never came back
CASES = 200  # no exercise has more, of cases or of values


@dataclass(frozen=True)
class Evidence:
    """What the check of an exercise has seen of an answer.

    Attributes
    ----------
    name : str
        Of the check.
    kind : {"function", "values", "strange"}
        What the answer was: a function, which was called; values; or neither.
    stub : bool
        Whether nothing was attempted: a function that does nothing but raise
        ``NotImplementedError``, or None or an ellipsis in place of an answer.
    outcomes : tuple of Outcome
        One for each case of the check; a single one for a question that calls a function.
    again : Outcome or None
        Of a second call with the first case.
    further : tuple of Outcome
        One for each further case (`varying.further_cases`); empty when none were asked for. Where
        a case of the check was endless, say, the further ones from there on are "not reached".
    values : tuple
        Those of a question, by `outcomes.plain`.
    showcase : Outcome or None
        What the picture for a right answer shows.
    seconds : float
        The time limit that held.
    """

    name: str
    kind: str
    stub: bool = False
    outcomes: tuple[Outcome, ...] = ()
    again: Outcome | None = None
    further: tuple[Outcome, ...] = ()
    values: tuple = ()
    showcase: Outcome | None = None
    seconds: float = SECONDS

    def to_json(self):
        """Return all of it as a text in ASCII, on one line.

        Results that are larger than any exercise asks for are replaced by a word on what they were.
        """
        budget = transport.Budget()
        several = {
            name: [outcome_data(each, budget) for each in getattr(self, name)]
            for name in ("outcomes", "further")
        }
        single = {
            name: getattr(self, name) and outcome_data(getattr(self, name), budget)
            for name in ("again", "showcase")
        }
        values = [transport.encoded(value, budget) for value in self.values]
        about = {name: getattr(self, name) for name in ("name", "kind", "stub", "seconds")}
        data = {"version": VERSION, **about, **several, **single, "values": values}
        return json.dumps(data, allow_nan=False)

    @classmethod
    def from_json(cls, text, largest=60_000_000):
        """Read what `to_json` wrote, or what a stranger says that it wrote.

        Parameters
        ----------
        text : str
        largest : int
            Characters that are still read.

        Returns
        -------
        Evidence

        Raises
        ------
        ValueError
            If it is anything else than evidence on an exercise of this package: another form,
            another number of outcomes, or too large.
        """
        data = only_keys(transport.loads(text, largest), {"version", *names_of(cls)})
        if data["version"] != VERSION or type(data["version"]) is not int:
            raise ValueError("this is evidence of another version")
        if data["kind"] not in KINDS or type(data["stub"]) is not bool:
            raise ValueError("this is evidence of no kind that is known")
        budget = transport.Budget(pieces=2 * transport.PIECES)

        def several(name):
            return tuple(read_outcome(each, budget) for each in a_list(data[name], CASES))

        def single(name):
            return None if data[name] is None else read_outcome(data[name], budget)

        evidence = cls(
            name=a_text(data["name"], 100),
            kind=data["kind"],
            stub=data["stub"],
            outcomes=several("outcomes"),
            again=single("again"),
            further=several("further"),
            values=tuple(transport.decoded(v, budget) for v in a_list(data["values"], CASES)),
            showcase=single("showcase"),
            seconds=a_time_limit(data["seconds"]),
        )
        exercise = _exercise(evidence.name)
        if not evidence.fits(exercise):
            raise ValueError(f"this cannot be what an answer to {exercise.name} did")
        return evidence

    def fits(self, exercise, further=None):
        """Tell whether there are as many outcomes and values as an exercise has to have.

        Parameters
        ----------
        exercise : Task or Question
        further : bool, optional
            Whether further cases must be there; when left out they may.
        """
        if self.name != exercise.name:
            return False
        called = isinstance(exercise, Task) or exercise.call
        if self.kind == "strange":
            return not (self.outcomes or self.further or self.values)
        if self.kind != ("function" if called else "values"):
            return False
        several = isinstance(exercise, Task)
        count = len(exercise.cases()) if several else int(called)
        if len(self.outcomes) != count or (self.again is not None) != several:
            return False
        if called and self.values:
            return False
        allowed = {None: (0, count), True: (count,), False: (0,)}[further if several else False]
        return len(self.further) in allowed


def gather(name, answer, seed=None, seconds=SECONDS, showcase=True, how=None):
    """Try a learner's answer, and keep what it did.

    Parameters
    ----------
    name : str, Task or Question
        The name of a check, or an exercise.
    answer : tuple
        As it is passed to the check: the function, or the values.
    seed : int, optional
        Also call the function with further cases from this seed.
    seconds : float
        Time limit of all calls with the cases of the check; the same again for further ones, and
        for the showcase.
    showcase : bool
        Whether to call the function for the picture that goes with a right answer.
    how : str, optional
        As for `isolation.run`.

    Returns
    -------
    Evidence
    """
    exercise = _exercise(name) if isinstance(name, str) else name
    if isinstance(exercise, Question) and not exercise.call:
        stub = not answer or any(_is_nothing(value) for value in answer)
        values = tuple(map(plain, answer[:CASES]))
        return Evidence(exercise.name, "values", stub, values=values, seconds=seconds)
    if len(answer) != 1 or not callable(answer[0]):
        stub = len(answer) == 1 and _is_nothing(answer[0])
        return Evidence(exercise.name, "strange", stub, seconds=seconds)

    def run(cases):
        return tuple(isolation.run(function, cases, names, seconds=seconds, how=how))

    function = answer[0]
    names = exercise.parameters if isinstance(exercise, Task) else ()
    if isinstance(exercise, Question):
        (outcome,) = run([Case("", ())])
        return Evidence(
            exercise.name, "function", _is_stub(outcome, function), (outcome,), seconds=seconds
        )
    cases = exercise.cases()
    *outcomes, again = run([*cases, cases[0]])
    stub = _is_stub(outcomes[0], function)
    reached = next((n for n, each in enumerate(outcomes) if each.state in LOST), len(outcomes))
    further = ()
    if seed is not None:  # what never came back would not come back now
        others = further_cases(exercise, seed)[:reached]
        came = run(others) if others else ()
        further = (*came, *[Outcome("not reached")] * (len(outcomes) - len(came)))
    picture = None
    returned = any(each.state == "returned" for each in outcomes)
    if showcase and exercise.showcase and returned and not any(
        each.state in LOST for each in (*outcomes, again, *further)
    ):
        (picture,) = run([Case("", exercise.showcase.arguments())])
    return Evidence(
        exercise.name, "function", stub, tuple(outcomes), again, further,
        showcase=picture, seconds=seconds,
    )


def _exercise(name):
    from cnn_lab.checks import EXERCISES

    if name not in EXERCISES:
        raise ValueError(f"there is no check of the name {name!r}")
    return EXERCISES[name]


def _is_nothing(value):
    return value is None or value is Ellipsis


def _is_stub(outcome, function):
    return outcome.error == "NotImplementedError" and stubs.is_stub(function)
