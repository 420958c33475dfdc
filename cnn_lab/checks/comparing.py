"""Hold a result against what was expected, and find the first thing that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from cnn_lab.checks.outcomes import Strange

SMALLEST_SCALE = 1e-2  # numbers below are compared as if this were the largest


@dataclass(frozen=True)
class Difference:
    """The first thing in which a result differs.

    Attributes
    ----------
    message : str
        One sentence.
    output : str
        The name of the output, "" if it concerns all of them.
    index : tuple of int, or None
        Where the first wrong number stands, if shape and type are right.
    got, expected : object
        The whole output, and what it should be.
    """

    message: str
    output: str = ""
    index: tuple[int, ...] | None = None
    got: Any = None
    expected: Any = None


def difference(got, expected, names, tolerance):
    """Compare what a function returned with what the right answer returns.

    Parameters
    ----------
    got, expected : object
        Results, both by `cnn_lab.checks.outcomes.plain`.
    names : tuple of str
        Names of the outputs; with a single name the result is this output itself.
    tolerance : float
        Relative to the largest number expected.

    Returns
    -------
    Difference or None
    """
    if got is None:
        return Difference(f"Your function returns nothing: it should return {_listed(names)}.")
    if len(names) == 1:
        return _one(got, expected, names[0], tolerance)
    if not isinstance(got, (tuple, list)):
        return Difference(
            f"Your function returns one thing, {_what(got)}; {len(names)} are expected:"
            f" {_listed(names)}."
        )
    if len(got) != len(names):
        return Difference(
            f"Your function returns {_things(len(got))}; {len(names)} are expected:"
            f" {_listed(names)}."
        )
    found = (_one(*pair, tolerance) for pair in zip(got, expected, names, strict=True))
    return next((each for each in found if each), None)


def agree(got, expected, tolerance):
    """Tell whether two results are the same within the tolerance, whatever their number types."""
    if isinstance(expected, (tuple, list)):
        alike = isinstance(got, (tuple, list)) and len(got) == len(expected)
        return alike and all(agree(a, b, tolerance) for a, b in zip(got, expected, strict=True))
    if isinstance(expected, Mapping):
        alike = isinstance(got, Mapping) and got.keys() == expected.keys()
        return alike and all(agree(got[key], expected[key], tolerance) for key in expected)
    if expected is None or isinstance(expected, (str, bytes, Strange)):
        return type(got) is type(expected) and got == expected
    if got is None or isinstance(got, (str, bytes, Strange, tuple, list, Mapping)):
        return False
    if np.shape(got) != np.shape(expected):
        return False
    return not np.any(wrong_places(got, expected, tolerance))


def wrong_places(got, expected, tolerance):
    """Return a boolean array that is True where two arrays of one shape differ.

    NaN equals NaN, and infinities equal those of their own sign.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if "O" in (got.dtype.kind, expected.dtype.kind):  # a whole number that fits into no array
        return np.asarray(got != expected, dtype=bool)
    if expected.dtype.kind == "b" or got.dtype.kind == "b" or expected.dtype.kind in "iu":
        return got != expected
    finite = np.isfinite(expected)
    scale = max(np.max(np.abs(expected), where=finite, initial=0.0), SMALLEST_SCALE)
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= tolerance * scale
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return ~np.where(finite, near, same)


def _one(got, expected, name, tolerance):
    if isinstance(expected, (tuple, list)):
        return _sequence(got, expected, name, tolerance)
    if isinstance(expected, Mapping):
        if isinstance(got, Mapping) and agree(got, expected, tolerance):
            return None
        return Difference(f"{name} should be {expected}, yours is {_what(got)}.")
    if expected is None or isinstance(expected, (str, bytes)):
        same = type(got) is type(expected) and got == expected
        return None if same else Difference(f"{name} should be {expected!r}, not {_what(got)}.")
    return _type(got, expected, name) or _numbers(got, expected, name, tolerance)


def _sequence(got, expected, name, tolerance):
    if not isinstance(got, (tuple, list)):
        wanted = type(expected).__name__
        return Difference(f"{name} should be a {wanted} of {len(expected)}, yours is {_what(got)}.")
    if len(got) != len(expected):
        return Difference(
            f"{name} should hold {_things(len(expected))}, yours holds {len(got)}."
        )
    parts = zip(got, expected, range(len(expected)), strict=True)
    found = (_one(a, b, f"{name}[{n}]", tolerance) for a, b, n in parts)
    return next((each for each in found if each), None)


def _type(got, expected, name):
    """Compare kinds, shapes and number types."""
    if got is None or isinstance(got, (str, bytes, Strange, Mapping, tuple, list)):
        wanted = "an array" if isinstance(expected, np.ndarray) else "one number"
        return Difference(f"{name} should be {wanted}, yours is {_what(got)}.")
    if np.shape(got) != np.shape(expected):
        return _shape(got, expected, name)
    got_kind, kind = np.asarray(got).dtype.kind, np.asarray(expected).dtype.kind
    if isinstance(expected, np.ndarray) and not isinstance(got, np.ndarray):
        return Difference(f"{name} should be an array, yours is {_what(got)}.")
    if kind == "b" and got_kind != "b":
        return _dtype(got, name, "True and False (dtype bool)")
    if kind in "iu" and got_kind not in "iu":
        if isinstance(expected, np.ndarray) or not isinstance(got, Integral):
            return _dtype(got, name, "whole numbers (an int type)")
    if kind == "f" and (got_kind in "bc" or (expected.ndim if _is_array(expected) else 0)):
        if got_kind != "f":
            return _dtype(got, name, "floats")
    return None


def _shape(got, expected, name):
    if not np.shape(expected):
        return Difference(
            f"{name} should be one number, yours is an array of shape {np.shape(got)}.", name
        )
    if not np.shape(got):
        return Difference(
            f"{name} should be an array of shape {expected.shape}, yours is one number.", name
        )
    return Difference(f"{name} has shape {np.shape(got)}, expected {np.shape(expected)}.", name)


def _dtype(got, name, wanted):
    have = np.asarray(got).dtype
    return Difference(f"{name} should hold {wanted}, yours has dtype {have}.", name)


def _numbers(got, expected, name, tolerance):
    wrong = wrong_places(got, expected, tolerance)
    if not np.any(wrong):
        return None
    index = tuple(int(i) for i in np.unravel_index(np.argmax(wrong), np.shape(wrong)))
    value, right = np.asarray(got)[index], np.asarray(expected)[index]
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    digits = next((d for d in (4, 6, 9) if number(value, d) != number(right, d)), 17)
    message = f"{place} is {number(value, digits)}, expected {number(right, digits)}"
    if wrong.size > 1:
        message += f" ({np.count_nonzero(wrong)} of {wrong.size} numbers differ)"
    return Difference(f"{message}.", name, index, got, expected)


def number(value, digits=4):
    """Write a number with so many digits that count."""
    if isinstance(value, (bool, np.bool_, Integral)):
        return str(value)
    return f"{float(np.real(value)):.{digits}g}".replace("-", "\N{MINUS SIGN}")


def _is_array(value):
    return isinstance(value, np.ndarray)


def _listed(names):
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _things(count):
    return "1 thing" if count == 1 else f"{count} things"


def _what(value):
    if isinstance(value, Strange):
        return value.what
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if value is None:
        return "None"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) < 40 else f"a {type(value).__name__}"
