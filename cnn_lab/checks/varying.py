"""Further cases: the same calls with other numbers, for functions that remember what they saw.

Shapes, dtypes, options and whatever a case is about stay; numbers change places within their array,
and floats shrink. Signs, zeros and equal numbers stay what they are, as many exercises turn on
them, and the new numbers are as exact in binary as the old ones: where windows hold the same, no
rounding tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

FACTORS = np.arange(9, 16) / 16
TRIES = 20


def further_cases(task, seed):
    """Return the cases of a task with other numbers.

    Parameters
    ----------
    task : Task
    seed : int
        Not negative.

    Returns
    -------
    list of Case
        As many as the task has, in the same order and with the same parts.
    """
    rng = np.random.default_rng([seed, *task.name.encode()])
    return [(task.vary or varied)(case, rng) for case in task.cases()]


def varied(case, rng):
    """Return a case of the same part with other numbers."""
    scale = _Scale(rng)
    arguments = _varied(case.arguments, scale)
    keywords = _varied(case.keywords, scale)
    return replace(case, arguments=arguments, keywords=keywords, says="")


class _Scale:
    """Gives each number its factor; within a case equal numbers have the same."""

    def __init__(self, rng):
        self.rng, self.factors = rng, {}

    def __call__(self, value):
        if value not in self.factors:
            self.factors[value] = self.rng.choice(FACTORS)
        return self.factors[value]


def _varied(value, scale):
    if isinstance(value, np.ndarray):
        return _array(value, scale)
    if isinstance(value, (float, np.floating)):
        return type(value)(value * scale(float(value)))
    if isinstance(value, Mapping):
        return {key: _varied(part, scale) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_varied(part, scale) for part in value)
    return value


def _array(array, scale):
    """Return an array with its numbers in other places; floats become smaller."""
    if array.dtype.kind not in "iuf":
        return array.copy()
    new = np.array(array, order="K")
    for _ in range(TRIES):
        new[...] = scale.rng.permutation(array.ravel()).reshape(array.shape)
        if not np.array_equal(new, array, equal_nan=array.dtype.kind == "f"):
            break
    return _shrunk(new, scale) if array.dtype.kind == "f" else new


def _shrunk(array, scale):
    """Multiply every number with its factor; with one for all where two would become the same."""
    found, places = np.unique(array, return_inverse=True)
    new = np.array([value * scale(value) for value in found.tolist()], dtype=array.dtype)
    if len(np.unique(new)) < len(found):
        new = (found * scale.rng.choice(FACTORS)).astype(array.dtype)
    return new[places].reshape(array.shape)
