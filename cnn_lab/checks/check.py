"""A check: takes a learner's answer to one exercise, and reports."""

from __future__ import annotations

import inspect
import secrets
from functools import cached_property, lru_cache

from cnn_lab.checks import isolation, pictures, verdicts, verdicts_on_values
from cnn_lab.checks.evidence import gather
from cnn_lab.checks.exercise import Case, Question, Task
from cnn_lab.checks.isolation import SECONDS
from cnn_lab.checks.judging import FunctionJudge
from cnn_lab.checks.mistakes import Mistake
from cnn_lab.checks.progress import record
from cnn_lab.checks.varying import further_cases


class Check:
    """The check of one exercise; call it with the learner's function or values.

    Parameters
    ----------
    exercise : Task or Question

    Examples
    --------
    >>> from cnn_lab import checks, reference
    >>> checks.conv_single_step(reference.conv_single_step).state
    'right'
    """

    def __init__(self, exercise):
        self.exercise = exercise
        self.__name__ = exercise.name
        self.__doc__ = _description(exercise)
        self._added = []

    def __call__(self, *answer, seconds=SECONDS):
        """Check an answer.

        Parameters
        ----------
        *answer
            The learner's function; for a question its values.
        seconds : float
            Time limit for all calls of the function together.

        Returns
        -------
        Report
            It shows itself in a notebook; ``print(report)`` is for a terminal.
        """
        report = self.judge(*answer, seconds=seconds)
        record(report.name, report.state, report.score)
        return report

    def judge(self, *answer, seconds=SECONDS, how=None):
        """Do the same without a note in the workbook; `how` as for `isolation.run`."""
        found = gather(self.exercise, answer, None, seconds, showcase=False, how=how)

        def draw():
            case = Case("", self.exercise.showcase.arguments())
            names = self.exercise.parameters
            (outcome,) = isolation.run(answer[0], [case], names, seconds=seconds, how=how)
            return pictures.at_work(self.exercise, outcome)

        return self._report(found, draw)

    def further(self, *answer, seed=None, seconds=SECONDS, how=None):
        """Judge an answer by the cases of the check and as many others with other numbers.

        Parameters
        ----------
        *answer
            The learner's function; for a question its values, for which there are no other cases.
        seed : int, optional
            Decides on the other numbers; a new one each time when left out.
        seconds : float
            Time limit for all calls with the cases of the check, and again for the others.
        how : str, optional
            As for `isolation.run`.

        Returns
        -------
        Report
            That of the check, if it finds something wrong. A part counts as right if it is right
            with both.
        """
        seed = secrets.randbits(64) if seed is None else seed
        return self.verdict(gather(self.exercise, answer, seed, seconds, how=how), seed)

    def verdict(self, evidence, seed=None):
        """Judge what an answer did somewhere else: no code of the learner's runs here.

        Parameters
        ----------
        evidence : Evidence
            By `evidence.gather`, here or elsewhere.
        seed : int, optional
            The one with which it was gathered: further cases are judged as well.

        Returns
        -------
        Report
            Also for evidence that somebody made up.
        """
        if not evidence.fits(self.exercise, further=seed is not None):
            return verdicts.on_something_else(self.exercise)

        def draw():
            likely = pictures.has_right_shapes(self.exercise, evidence.showcase)
            return pictures.at_work(self.exercise, evidence.showcase) if likely else None

        report = self._report(evidence, draw)
        if seed is None or isinstance(self.exercise, Question):
            return report
        return verdicts.with_further_cases(report, self._judge_of(seed), evidence)

    def _report(self, evidence, draw):
        """Return the report by the cases of the check; `draw` draws the showcase."""
        if isinstance(self.exercise, Question):
            return verdicts_on_values.on_values(self.exercise, evidence)
        return verdicts.on_function(self._judge, evidence, draw if self.exercise.showcase else None)

    @property
    def mistakes(self):
        """The catalogue: mistakes of a task, requirements of a question; the added ones first."""
        if isinstance(self.exercise, Question):
            return self.exercise.requirements
        return (*self._added, *self.exercise.mistakes)

    def add_mistake(self, name, hint, wrong):
        """Add a mistake of your own to the catalogue; it is looked for before the others.

        Parameters
        ----------
        name : str
            What it is, in a few words.
        hint : str
            What the learner reads.
        wrong : function, or dict of str to str
            A wrong implementation, or edits of the right answer's source (`answer_source`).

        Raises
        ------
        TypeError
            If the exercise asks for values.
        ValueError
            If the mistake makes no difference in any case, or an edit does not fit.

        Examples
        --------
        >>> from cnn_lab import checks
        >>> checks.relu.add_mistake("sign", "The positive numbers stay.", lambda x: -abs(x))
        >>> checks.relu.mistakes[0].name
        'sign'
        """
        if not isinstance(self.exercise, Task):
            raise TypeError(f"{self.__name__} asks for values: mistakes belong to functions")
        mistake = Mistake(name, hint, wrong)
        if self._judge.agrees(self._judge.function_of(mistake)):
            raise ValueError(f"{name!r} gives the right result in every case of {self.__name__}")
        self._added.insert(0, mistake)
        self._judge.added = tuple(self._added)

    def agrees(self, function):
        """Tell whether a function that can be trusted is right: in this process, without a report.

        It stops at the first case that is not right, and takes no care of what the function does.
        """
        return self._judge.agrees(function)

    @property
    def answer_source(self):
        """The source text of the right answer, which edits refer to."""
        return inspect.getsource(self.exercise.answer)

    @cached_property
    def _judge(self):
        return FunctionJudge(self.exercise)

    @cached_property
    def _judge_of(self):
        """The judge of further cases, by their seed."""

        @lru_cache(maxsize=4)
        def judge_of(seed):
            return FunctionJudge(self.exercise, further_cases(self.exercise, seed))

        return judge_of

    def __repr__(self):
        return f"checks.{self.__name__}"


def _description(exercise):
    title = exercise.title[0].upper() + exercise.title[1:]
    lesson = f" (lesson {exercise.lesson})" if exercise.lesson else ""
    what = "Takes the values" if isinstance(exercise, Question) else "Takes your function"
    if isinstance(exercise, Question) and exercise.call:
        what = "Takes your function"
    return f"{title}{lesson}.\n\n{what}, returns a `Report`."
