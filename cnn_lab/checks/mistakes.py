"""The catalogue's entries: each known mistake is a small wrong implementation with one hint.

Most mistakes are written as edits of the right answer's source text, so that what is wrong stands
in one line, and two mistakes can be made at once::

    Mistake(
        "kernel turned",
        "Your filter is turned by 180 degrees: compare which weight meets the upper left pixel.",
        {"W[:, :, :, c]": "W[::-1, ::-1, :, c]"},
    )

What does not fit into an edit is a function of its own.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known mistake.

    Attributes
    ----------
    name : str
        Two to five words, for teachers and tests: "stride forgotten".
    hint : str
        One or two sentences for the learner: what to look at, not the solution.
    wrong : dict of str to str, or function
        Edits of the source text of the right answer: each key must occur in it exactly once, and is
        replaced by its value. Or a whole wrong function.
    """

    name: str
    hint: str
    wrong: dict[str, str] | Callable

    def function(self, answer):
        """Return the wrong implementation, made from the right `answer` if it is given as edits.

        Raises
        ------
        ValueError
            If what is to be replaced does not occur exactly once.
        """
        if callable(self.wrong):
            return self.wrong
        return edited(answer, self.wrong, self.name)


def both(answer, first, second):
    """Return an implementation with two mistakes at once, or None where they exclude each other."""
    if callable(first.wrong) or callable(second.wrong):
        return None
    for one, other in ((first, second), (second, first)):
        try:
            source = replaced(source_of(answer), one.wrong)
            source = replaced(source, other.wrong)
        except ValueError:
            continue
        return compiled(source, answer, f"{first.name} and {second.name}")
    return None


def edited(answer, edits, name):
    """Return `answer` with its source text edited."""
    try:
        return compiled(replaced(source_of(answer), edits), answer, name)
    except (SyntaxError, ValueError) as error:
        raise type(error)(f"mistake {name!r} of {answer.__name__}: {error}") from error


@cache
def source_of(function):
    """Return the source text of a function, its docstring included, not indented."""
    return textwrap.dedent(inspect.getsource(function))


def replaced(source, edits):
    """Replace in a text what must occur in it exactly once."""
    for old, new in edits.items():
        if source.count(old) != 1:
            raise ValueError(f"{old!r} occurs {source.count(old)} times, not once")
        source = source.replace(old, new)
    return source


def compiled(source, answer, name):
    """Return the function that a source text defines, among the names that `answer` sees."""
    names = dict(answer.__globals__)
    exec(compile(source, f"<{name}>", "exec"), names)
    return names[answer.__name__]
