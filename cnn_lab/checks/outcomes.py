"""One call of a learner's function, and what came of it, in plain data that can leave a process."""

from __future__ import annotations

import io
import linecache
import os
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 50_000_000  # bytes of a result that is still looked at
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
            self.warned[f"{category.__name__}: {message}"[:200]] = None

    def write(self, text):
        self.count += len(text)
        if len(self.text) < SHOWN:
            self.text += text[: SHOWN - len(self.text)]
        return len(text)

    def writable(self):
        return True


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
    """Return a value whose arrays, at any depth of tuples, lists and dicts, are copies."""
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, Mapping):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(map(copied, value))
    return value


def plain(value):
    """Return a result as numbers, strings, arrays, tuples, lists and dicts; `Strange` for the rest.

    Named tuples become tuples, and arrays of a kind of their own or of objects become `Strange`.
    """
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        return value
    if isinstance(value, np.ndarray):
        if type(value) is not np.ndarray or value.dtype.kind not in "biufc":
            return Strange(f"an array of type {type(value).__name__}, dtype {value.dtype}")
        if value.nbytes > LARGEST:
            return Strange(f"an array of shape {value.shape}")
        return np.array(value, order="K")
    if isinstance(value, Mapping):
        return {plain(key): plain(part) for key, part in [*value.items()][:1000]}
    if isinstance(value, (tuple, list)):
        kind = tuple if isinstance(value, tuple) else list
        return kind(map(plain, value[:1000]))
    return Strange(f"a {type(value).__name__}")


def _labels(names):
    yield from names
    number = len(names)
    while True:
        number += 1
        yield f"argument {number}"


def _same(now, then):
    if isinstance(then, np.ndarray):
        same = isinstance(now, np.ndarray) and now.shape == then.shape and now.dtype == then.dtype
        return same and bool(np.all((now == then) | ((now != now) & (then != then))))
    if isinstance(then, Mapping):
        return [*now] == [*then] and all(_same(now[key], then[key]) for key in then)
    if isinstance(then, (tuple, list)):
        return len(now) == len(then) and all(map(_same, now, then))
    return now is then or bool(now == then)


def _arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        yield from _arrays([*value.values()])
    elif isinstance(value, (tuple, list)):
        for part in value[:1000]:
            yield from _arrays(part)


def _shares(result, given):
    return any(np.may_share_memory(a, b) for a in _arrays(result) for b in _arrays(given))


def _message(error):
    try:
        return str(error)[:500]
    except Exception:
        return ""


def _their_lines(error):
    """List the last lines outside libraries and this package on the way to an exception."""
    frames = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(_NOT_THEIRS)
    ]
    return tuple((number, linecache.getline(name, number).strip()) for name, number in frames[-3:])
