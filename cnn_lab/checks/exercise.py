"""What an exercise is, as data: the right answer, the cases to try, the mistakes that are known.

There are two kinds. A `Task` asks for a function, and the right answer is a function too: both are
called with the same cases, and the results are compared. A `Question` asks for values, or for a
function whose result may be one of many: what comes is held against a list of requirements.

Every case and every requirement belongs to a named *part*. Parts come in an order that finds the
first cause first, and partial credit counts them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnn_lab.checks.mistakes import Mistake


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Attributes
    ----------
    part : str
        What this case is about, in two or three words: "channels", "stride 2".
    arguments : tuple
        Numbers, strings, arrays, functions; tuples, lists and dicts of these. Each call gets
        copies.
    says : str
        How a message names the case; made from the arguments' shapes when empty.
    keywords : dict
        Arguments passed by name.
    """

    part: str
    arguments: tuple
    says: str = ""
    keywords: dict = field(default_factory=dict)

    def __str__(self):
        return self.says or ", ".join(_in_brief(argument) for argument in self.arguments)


@dataclass(frozen=True)
class Window:
    """Where one number of an output comes from, for the picture beside a wrong result.

    Attributes
    ----------
    picture : ndarray of shape (rows, columns)
        The part of the input in which the window lies.
    frame : tuple of int
        (row, column, height, width) within `picture`; drawn as a frame.
    title : str
        What `picture` is: "A_prev padded, image 0, channel 1".
    text : str
        One sentence with the sum: "window [..] times filter gives 3.2, plus the bias 0.5".
    """

    picture: np.ndarray
    frame: tuple[int, int, int, int]
    title: str
    text: str


@dataclass(frozen=True)
class Showcase:
    """What a right function is rewarded with: its own result as a picture.

    Attributes
    ----------
    arguments : callable
        Takes nothing, returns the tuple of arguments with which the function is called.
    draw : callable
        Takes the result, returns a `Figure` of `cnn_lab.plots`.
    """

    arguments: Callable[[], tuple]
    draw: Callable[[Any], Any]


@dataclass(frozen=True)
class Task:
    """An exercise that asks for a function.

    Attributes
    ----------
    name : str
        The function's name, which is also the check's name in `cnn_lab.checks`.
    lesson : str
        Two digits: "03".
    title : str
        What is to be done, for the page of progress: "write `conv_forward`".
    answer : function
        The right answer, written plainly: mistakes are edits of its source text. What it returns,
        or raises, is what is expected of the learner's function. It must not change its arguments.
    cases : function
        Takes nothing, returns the list of cases, always the same.
    outputs : tuple of str
        Names of what the function returns, ``("Z", "cache")``; a single name means that the value
        is returned by itself.
    mistakes : tuple of Mistake
        The catalogue, the more probable mistake first.
    alternatives : tuple of function
        Other right answers that differ in results, such as another rule for ties. An answer is
        right if it agrees with one of them in all cases.
    tolerance : float
        Largest difference, relative to the largest number expected, that still counts as equal;
        float32 must pass.
    planes : dict
        Output name -> the two axes that a picture shows as rows and columns, where they are not
        those of a batch (1, 2) with four axes, or (0, 1) with fewer.
    window : function or None
        Takes a case, the name of the output and the index of the first wrong number, and returns
        its `Window`, or None where there is nothing to show.
    showcase : Showcase or None
    fresh : bool
        Whether results must not share memory with an argument.
    lists : bool
        Whether a list of numbers is as good as the array that `answer` returns.
    vary : function or None
        Takes a case and a random generator, returns a case of the same part with other values,
        where those by `varying.varied` do not do: floats that turn into others, arrays whose
        numbers change places.
    """

    name: str
    lesson: str
    title: str
    answer: Callable
    cases: Callable[[], list[Case]]
    outputs: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    alternatives: tuple[Callable, ...] = ()
    tolerance: float = 1e-4
    planes: dict = field(default_factory=dict)
    window: Callable[[Case, str, tuple], Window | None] | None = None
    showcase: Showcase | None = None
    fresh: bool = False
    lists: bool = False
    vary: Callable[[Case, np.random.Generator], Case] | None = None

    @property
    def parameters(self):
        """The names of the function's arguments, in their order."""
        return [*inspect.signature(self.answer).parameters]


@dataclass(frozen=True)
class Requirement:
    """One thing that an answer to a `Question` must fulfil.

    All are asked; what is told is the first of each part that does not hold.

    Attributes
    ----------
    part : str
        The part to which it belongs; several requirements may share one.
    holds : function
        Takes the values, returns whether they fulfil it. If it raises, it does not hold.
    hint : str or function
        What to look at, when it does not hold; a function takes the values and makes the sentence.
    wrong : tuple
        An answer, as it is passed to the check, or a tuple of several, that fulfil everything
        before, but not this: the examples by which the requirement is tested.
    """

    part: str
    holds: Callable[..., bool]
    hint: str | Callable[..., str]
    wrong: tuple


@dataclass(frozen=True)
class Question:
    """An exercise that asks for values: predictions, numbers found, what a function returns.

    Attributes
    ----------
    name, lesson, title
        As for a `Task`.
    right : tuple
        A right answer, as it is passed to the check: ``([30, 32, 5, 3],)``.
    requirements : tuple of Requirement
    call : bool
        Whether the check is given a function without arguments, whose result is the value.
    praise : str
        A sentence for the right answer; may be empty.
    draw : function or None
        Takes the values, returns a `Figure` of `cnn_lab.plots` to go with a right answer.
    """

    name: str
    lesson: str
    title: str
    right: tuple
    requirements: tuple[Requirement, ...]
    call: bool = False
    praise: str = ""
    draw: Callable | None = None

    def examples(self, requirement):
        """List the wrong answers of a requirement, each as it is passed to the check."""
        count, wrong = len(self.right), requirement.wrong
        several = all(isinstance(each, tuple) and len(each) == count for each in wrong)
        return wrong if several else (wrong,)


def _in_brief(value):
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
        return "(" + ", ".join(_in_brief(part) for part in value) + ")"
    if callable(value):
        return getattr(value, "__name__", "function")
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
