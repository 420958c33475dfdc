"""What a check answers: a state, one sentence, a short table, and a picture where it helps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnn_lab.checks import rendering

STATES = ("not attempted", "wrong", "right")


class CheckFailed(AssertionError):
    """Raised by `Report.require` for an answer that is not right; the message is the report."""


@dataclass(frozen=True)
class PartResult:
    """One line of the table: "right", "wrong" (and why) or "not reached"."""

    name: str
    state: str
    message: str = ""


class Report:
    """The answer of a check; it shows itself in a notebook and in a terminal.

    Attributes
    ----------
    name : str
        The name of the check.
    state : {"not attempted", "wrong", "right"}
    passed : bool
        Whether the answer is right.
    hint : str or None
        The one sentence for a wrong answer: that of a known mistake, or else what differs first.
    mistake : str or None
        The name of the known mistake.
    parts : tuple of PartResult
        What was looked at, one after the other.
    score : float
        The share of the parts that are right, 0 to 1; 1 only for a right answer.
    """

    def __init__(self, exercise, state, parts, *, hint=None, mistake=None, detail="", place=None,
                 notes=(), praise="", draw=None):
        self.exercise, self.name, self.state = exercise, exercise.name, state
        self.parts, self.hint, self.mistake = tuple(parts), hint, mistake
        self.detail, self.notes, self.praise = detail, tuple(notes), praise
        self._place, self._draw = place, draw

    @property
    def passed(self):
        return self.state == "right"

    @property
    def score(self):
        if self.passed:
            return 1.0
        if not self.parts:
            return 0.0
        right = sum(part.state == "right" for part in self.parts)
        return min(right, len(self.parts) - 1) / len(self.parts)

    def points(self, most):
        """Return the share of `most` points that the parts are worth."""
        return most * self.score

    def worth(self, most):
        """Return the report with the points that it is worth, as a graded cell shows it.

        Parameters
        ----------
        most : float
            Points for a right answer.

        Returns
        -------
        Graded

        Raises
        ------
        CheckFailed
            Under nbgrader's Validate button, if the answer is not right.
        """
        from cnn_lab.checks.graded import graded

        return graded(self, most)

    def require(self):
        """Raise `CheckFailed` if the answer is not right; return the report otherwise."""
        if not self.passed:
            raise CheckFailed(str(self))
        return self

    @cached_property
    def window(self):
        """Where the first wrong number comes from, as a `Window`, or None."""
        if self._place is None or getattr(self.exercise, "window", None) is None:
            return None
        case, found = self._place
        try:
            return self.exercise.window(case, found.output, found.index)
        except Exception:  # a picture that fails must not hide the verdict
            return None

    @cached_property
    def picture(self):
        """Expected beside got for a wrong answer, the function at work for a right one, or None."""
        from cnn_lab.checks import pictures

        if self._draw is not None:
            return pictures.attempted(self._draw)
        if self._place is None:
            return None
        return pictures.attempted(
            lambda: pictures.side_by_side(self.exercise, self._place[1], self.window)
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None):
        return {"text/plain": str(self), "text/html": rendering.html(self)}

    def __str__(self):
        return rendering.text(self)

    __repr__ = __str__
