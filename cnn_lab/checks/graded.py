"""A report that counts in points: what an assignment shows, and what nbgrader adds up."""

from __future__ import annotations

import math
import os
from html import escape
from typing import Any

from cnn_lab.checks import rendering
from cnn_lab.checks.report import CheckFailed

VALIDATING = "validate"  # what nbgrader's Validate button sets NBGRADER_EXECUTION to


class Graded:
    """A report with the points that it is worth.

    nbgrader reads the plain text, a number, as the points of the cell; people see the report.

    Parameters
    ----------
    report : Report
    most : float
        Points for a right answer.

    Attributes
    ----------
    points : float
        The share of `most` for the parts that are right, in hundredths, rounded down.

    Raises
    ------
    ValueError
        If `most` is not a number from 0 on.

    Examples
    --------
    >>> from cnn_lab import checks
    >>> checks.predict_sizes.judge([30, 32, 5, 3]).worth(2).points
    2.0
    """

    def __init__(self, report, most):
        if isinstance(most, bool) or not isinstance(most, (int, float)):
            raise ValueError(f"points are a number, not {most!r}")
        if not math.isfinite(most) or most < 0:
            raise ValueError(f"points are a number from 0 on, not {most!r}")
        self.report, self.most = report, most
        points = report.points(most)
        self.points = float(most if report.passed else math.floor(100 * points + 1e-6) / 100)

    def __float__(self):
        return self.points

    @property
    def sentence(self):
        """The points in words: "2.66 of 4 points"."""
        unit = "point" if self.most == 1 else "points"
        return f"{_number(self.points)} of {_number(self.most)} {unit}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None):
        html = rendering.html(self.report)
        points = f'<p class="cnn-lab-points" style="margin: 6px 0;">{escape(self.sentence)}</p>'
        return {"text/plain": _number(self.points), "text/html": f"{html}\n{points}"}

    def __str__(self):
        return f"{self.report}\n{self.sentence}"

    def __repr__(self):
        return _number(self.points)


def _number(points):
    return f"{points:.12g}"


def graded(report, most):
    """Return a report with its points; under nbgrader's Validate button only a right one.

    Raises
    ------
    CheckFailed
        Under the Validate button, if the answer is not right; the message is the report.
    """
    found = Graded(report, most)
    if os.environ.get("NBGRADER_EXECUTION") == VALIDATING and not report.passed:
        raise CheckFailed(str(found))
    return found
