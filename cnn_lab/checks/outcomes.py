"""One call of a learner's function, and what came of it, in plain data that can leave a process."""

from __future__ import annotations

import io
import linecache
import os
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 50_000_000  # bytes of a result that is still looked at
LARGEST_INTEGER = 4096  # bits; Python writes no number with many more digits
SHOWN = 2_000  # characters of printed text that are kept
_NOT_THEIRS = tuple(
    os.path.join(str(folder), "")
    for folder in (
        Path(__file__).parents[1],
        *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    )
)


@dataclass(frozen=True)
class Outcome:
    """What one call came to.

    Attributes
    ----------
    state : str
        "returned", "raised", "endless" (the time was up), "ended" (it took the process with it) or
        "not reached" (an earlier call was endless or ended).
    value : object
        What was returned, by `plain`.
    error, message : str
        Type and text of the exception.
    lines : tuple of (int, str)
        The learner's own lines on the way to the exception, outermost first.
    changed : tuple of str
        Names of the arguments that are not as they were.
    shares : bool
        Whether a returned array shares memory with an argument.
    printed : int
        Number of characters that were printed.
    text : str
        The first of them.
    warned : tuple of str
        Python's warnings, each once.
    """

    state: str
    value: Any = None
    error: str = ""
    message: str = ""
    lines: tuple[tuple[int, str], ...] = ()
    changed: tuple[str, ...] = ()
    shares: bool = False
    printed: int = 0
    text: str = ""
    warned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strange:
    """Stands for a returned object that no exercise asks for."""

    what: str


class TimeIsUp(BaseException):
    """Raised in the learner's code when its time is up; `call` lets it pass."""


class Captured(io.TextIOBase):
    """Takes what is printed: counts all of it, keeps the beginning; and takes warnings."""

    def __init__(self):
        self.count, self.text, self.warned = 0, "", {}

    def warn(self, message, category, filename, number, file=None, line=None):
        """Take a warning; the arguments are those of ``warnings.showwarning``."""
        if len(self.warned) < 5:
            self.warned[printable(f"{category.__name__}: {message}"[:200])] = None

    def write(self, text):
        self.count += len(text)
        if len(self.text) < SHOWN:
            self.text += printable(text[: SHOWN - len(self.text)])
        return len(text)

    def writable(self):
        return True


def printable(text):
    """Return a text without control characters and halves of characters, which no page can show."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c >= " " or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def call(function, case, names, captured):
    """Call a function with copies of a case's arguments, and say what came of it.

    Parameters
    ----------
    function : callable
    case : Case
    names : sequence of str
        Names of the arguments by position.
    captured : Captured
        What the function prints goes there, if the caller has put it in place of ``sys.stdout``.

    Returns
    -------
    Outcome
    """
    arguments, keywords = copied(case.arguments), copied(case.keywords)
    before = captured.count
    captured.text, captured.warned = "", {}
    found = {"state": "returned"}
    with np.errstate(all="warn", under="ignore"):
        try:
            result = function(*arguments, **keywords)
            found["value"] = plain(result)
            found["shares"] = _shares(result, (arguments, keywords))
        except TimeIsUp:
            raise
        except BaseException as error:
            found = {
                "state": "raised",
                "error": type(error).__name__,
                "message": _message(error),
                "lines": _their_lines(error),
            }
    labelled = [*zip(_labels(names), arguments, case.arguments, strict=False)]
    labelled += [(name, keywords[name], case.keywords[name]) for name in case.keywords]
    changed = tuple(name for name, now, then in labelled if not _same(now, then))
    count = captured.count - before
    seen = {"printed": count, "text": captured.text, "warned": tuple(captured.warned)}
    return Outcome(**found, changed=changed, **seen)


def copied(value):
    """Return a value whose arrays, at any depth of tuples, lists and dicts, are copies.

    Other objects stay what they are, unless they have a method ``for_one_call`` that returns a
    copy, equal to themselves as long as nothing of it is changed.
    """
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, Mapping):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(map(copied, value))
    return value.for_one_call() if hasattr(value, "for_one_call") else value


def as_array(outcome):
    """Return an outcome with an array in place of a list or tuple of real numbers."""
    numbers = outcome.value
    if not isinstance(numbers, (tuple, list)) or not numbers:
        return outcome
    if not all(isinstance(each, (int, float, np.integer, np.floating)) for each in numbers):
        return outcome
    try:
        array = np.array(numbers)
    except OverflowError:
        return outcome
    return outcome if array.dtype.kind == "O" else replace(outcome, value=array)


def plain(value):
    """Return a result as numbers, strings, arrays, tuples, lists and dicts; `Strange` for the rest.

    Named tuples become tuples, subclasses of numbers and strings the plain ones. Arrays of a kind
    of their own or of objects become `Strange`, and so does what is too large or too deep.
    """
    try:
        return _plain(value, [LARGEST], 20)
    except Exception:
        return Strange(f"a {type(value).__name__} that cannot be looked at")


def _plain(value, budget, depth):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, np.generic):
        return value if value.dtype.kind in "biufc" else Strange(f"a {type(value).__name__}")
    if isinstance(value, int) and int.bit_length(value) > LARGEST_INTEGER:
        return Strange("a whole number with very many digits")
    for kind in (int, float, complex, str, bytes):
        if isinstance(value, kind):
            return kind.__new__(kind, value)
    if isinstance(value, np.ndarray):
        return _plain_array(value, budget)
    if depth == 0:
        return Strange("something that holds itself, or is nested too deeply")
    if isinstance(value, Mapping):
        pairs = [*value.items()][:1000]
        return {_key(key): _plain(part, budget, depth - 1) for key, part in pairs}
    if isinstance(value, (tuple, list)):
        parts = [_plain(part, budget, depth - 1) for part in value[:1000]]
        return tuple(parts) if isinstance(value, tuple) else parts
    return Strange(f"a {type(value).__name__}")


def _plain_array(array, budget):
    if type(array) is not np.ndarray or array.dtype.kind not in "biufc":
        return Strange(f"an array of type {type(array).__name__}, dtype {array.dtype}")
    budget[0] -= array.nbytes
    if budget[0] < 0:
        return Strange(f"an array of shape {array.shape}")
    return np.array(array, order="K")


def _key(key):
    return str.__str__(key) if isinstance(key, str) else repr(key)


def _labels(names):
    yield from names
    number = len(names)
    while True:
        number += 1
        yield f"argument {number}"


def _same(now, then):
    try:
        return _equal(now, then)
    except Exception:  # what has become of it cannot even be compared
        return False


def _equal(now, then):
    if isinstance(then, np.ndarray):
        same = isinstance(now, np.ndarray) and now.shape == then.shape and now.dtype == then.dtype
        return same and bool(np.all((now == then) | ((now != now) & (then != then))))
    if type(now) is not type(then) and not isinstance(then, Mapping):
        return False
    if isinstance(then, Mapping):
        return [*now] == [*then] and all(_equal(now[key], then[key]) for key in then)
    if isinstance(then, (tuple, list)):
        return len(now) == len(then) and all(map(_equal, now, then))
    return now is then or bool(now == then)


def _arrays(value, depth=20):
    if isinstance(value, np.ndarray):
        yield value
    elif depth and isinstance(value, Mapping):
        yield from _arrays([*value.values()], depth - 1)
    elif depth and isinstance(value, (tuple, list)):
        for part in value[:1000]:
            yield from _arrays(part, depth - 1)


def _shares(result, given):
    return any(np.may_share_memory(a, b) for a in _arrays(result) for b in _arrays(given))


def _message(error):
    try:
        return printable(str(error)[:500])
    except BaseException:  # it was raised by the learner's own class
        return ""


def _their_lines(error):
    """List the last lines outside libraries and this package on the way to an exception."""
    frames = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(_NOT_THEIRS)
    ]
    lines = [(number, linecache.getline(name, number).strip()) for name, number in frames[-3:]]
    return tuple((number, printable(line)) for number, line in lines)
