"""Lesson 02: how many windows fit along an axis."""

import numpy as np

from cnn_lab.checks.exercise import Case, Question, Requirement, Task
from cnn_lab.checks.mistakes import Mistake

# ---- predict four sizes ----


def _refuse(letter, place, value, hint, wrong):
    return Requirement(f"({letter})", lambda p: p[place] != value, f"({letter}) {hint}", (wrong,))


def _demand(letter, place, value, hint, wrong):
    return Requirement(f"({letter})", lambda p: p[place] == value, f"({letter}) {hint}", (wrong,))


def _whole(letter, place):
    return Requirement(
        f"({letter})",
        lambda p: p[place] == int(p[place]),
        f"({letter}) A size is a count of windows, so it is a whole number. What does the formula "
        "do with a fraction?",
        ([size + 0.5 * (n == place) for n, size in enumerate([30, 32, 5, 3])],),
    )


predict_sizes = Question(
    name="predict_sizes",
    lesson="02",
    title="predict four sizes",
    right=([30, 32, 5, 3],),
    requirements=(
        Requirement(
            "four numbers",
            lambda p: np.shape(p) == (4,),
            "Give four numbers, as in [1, 2, 3, 4]: the sizes (a), (b), (c) and (d).",
            wrong=([30, 32],),
        ),
        *(_whole(letter, place) for place, letter in enumerate("abcd")),
        _refuse("a", 0, 29, "You counted the steps from window to window. How many windows are "
                "there when there is no step at all?", [29, 32, 5, 3]),
        _refuse("a", 0, 32, "Without padding the map shrinks: where does the last window begin?",
                [32, 32, 5, 3]),
        _demand("a", 0, 30, "Put 32, 3, no padding and stride 1 into the formula.", [28, 32, 5, 3]),
        _refuse("b", 1, 31, "You counted the steps from window to window. How many windows are "
                "there when there is no step at all?", [30, 31, 5, 3]),
        _refuse("b", 1, 30, "You added the padding once. On how many sides is it?", [30, 30, 5, 3]),
        _refuse("b", 1, 28, "Your size is the one without padding. How many pixels does pad 2 add?",
                [30, 28, 5, 3]),
        _demand("b", 1, 32, "Add the padding to the pixels first, then proceed as in (a).",
                [30, 36, 5, 3]),
        _refuse("c", 2, 4, "One window is missing: did you add the padding on both sides, and 1 at "
                "the end?", [30, 32, 4, 3]),
        _refuse("c", 2, 9, "That is the size at stride 1. How far does the filter jump here?",
                [30, 32, 9, 3]),
        _refuse("c", 2, 6, "Does the 1 join in before you divide by the stride, or after?",
                [30, 32, 6, 3]),
        _demand("c", 2, 5, "Work out the room with the padding, divide it by the stride, add 1.",
                [30, 32, 7, 3]),
        _refuse("d", 3, 4, "You rounded up. The last window would reach over the edge.",
                [30, 32, 5, 4]),
        _refuse("d", 3, 2, "You counted the steps from window to window. How many windows are "
                "there when there is no step at all?", [30, 32, 5, 2]),
        _refuse("d", 3, 6, "That is the size at stride 1. How far does the filter jump here?",
                [30, 32, 5, 6]),
        _demand("d", 3, 3, "Write down where the windows begin: 0, 2, ... Which is the last one "
                "that fits?", [30, 32, 5, 5]),
    ),
    praise="In (d) the last pixel is left over: no window looks at it.",
)


# ---- output_size ----


def output_size(size, kernel_size, stride=1, padding=0):
    """Count the places of a filter along one axis."""
    before, after = (padding, padding) if isinstance(padding, int) else padding
    room = size + before + after - kernel_size
    if room < 0:
        raise ValueError(f"a filter of {kernel_size} does not fit, the room is {room}")
    return room // stride + 1


def _output_size_cases():
    def case(part, size, kernel_size, **keywords):
        says = ", ".join([f"{size}", f"{kernel_size}", *(f"{k}={v}" for k, v in keywords.items())])
        return Case(part, (size, kernel_size), says, keywords)

    return [
        case("no padding", 28, 5),
        case("no padding", 7, 7),
        case("padding", 28, 5, padding=2),
        case("padding", 9, 4, padding=1),
        case("stride", 9, 3, stride=2),
        case("stride", 13, 4, stride=3),
        case("left-over pixels", 8, 3, stride=2),
        case("left-over pixels", 14, 4, stride=4),
        case("left-over pixels", 16, 5, stride=4),
        case("left-over pixels", 11, 2, stride=4, padding=1),
        case("fits with padding", 3, 5, padding=1),
        case("does not fit", 2, 3, stride=2),
        case("does not fit", 2, 3),
        case("does not fit", 3, 9, stride=4),
        case("two paddings", 6, 3, stride=2, padding=(0, 1)),
        case("two paddings", 10, 4, stride=3, padding=(2, 0)),
        case("two paddings", 11, 2, stride=4, padding=(3, 1)),
        case("fits with padding", 4, 6, padding=(0, 2), stride=5),
        case("does not fit", 3, 9, padding=(1, 2), stride=4),
    ]


def _other_sizes(case, rng):
    """Make the filter larger, and the axis by as much; where it fits, by whole strides more."""
    size, kernel_size = case.arguments
    more = int(rng.integers(1, 20))
    strides = int(rng.integers(1, 8)) if size >= kernel_size else 0
    size += more + strides * case.keywords.get("stride", 1)
    return Case(case.part, (size, kernel_size + more), keywords=case.keywords)


NO_ERROR = "Where the filter does not fit you return {}. A ValueError is due there."

TWO_KINDS_OF_PADDING = "How can your function tell a pair (before, after) from one number?"

OUTPUT_SIZE_MISTAKES = (
    Mistake(
        "not rounded",
        "Your sizes are floats, and fractions where pixels are left over: / makes a float of every "
        "division. A size counts windows: what is to be done with part of one?",
        {"room // stride": "room / stride"},
    ),
    Mistake(
        "1 forgotten",
        "You are one place short everywhere: the room counts the steps. How many places are "
        "there with 0 steps?",
        {"room // stride + 1": "room // stride"},
    ),
    Mistake(
        "1 added before the division",
        "Your sizes are wrong once the stride is not 1: does the 1 join in before the division "
        "or after it?",
        {"room // stride + 1": "(room + 1) // stride"},
    ),
    Mistake(
        "padding counted once",
        "One number of padding means that many pixels on either side. You add it once.",
        {"(padding, padding) if": "(padding, 0) if"},
    ),
    Mistake(
        "padding ignored",
        "Padding changes nothing in your function. Where does it come in?",
        {"(padding, padding) if isinstance(padding, int) else padding": "0, 0"},
    ),
    Mistake(
        "after ignored",
        "Of the pair (before, after) you use the first number only.",
        {"room = size + before + after": "room = size + before + before"},
    ),
    Mistake(
        "pair taken for one number",
        "Where padding is a pair (before, after), your function calculates with the pair as if it "
        "were one number. How can it tell the two apart?",
        {"(padding, padding) if isinstance(padding, int) else padding": "padding + 0, padding + 0"},
    ),
    Mistake(
        "pair and error forgotten",
        f"Two things are missing. {TWO_KINDS_OF_PADDING} And what is due where the filter does "
        "not fit?",
        {
            "(padding, padding) if isinstance(padding, int) else padding":
                "padding + 0, padding + 0",
            "room < 0": "False",
        },
    ),
    Mistake(
        "pair counted twice",
        "A pair holds both sides already, and you count each of its numbers twice.",
        {"else padding\n": "else (2 * padding[0], 2 * padding[1])\n"},
    ),
    Mistake(
        "stride ignored",
        "The stride changes nothing in your function. How many pixels lie between two starts?",
        {"room // stride + 1": "room + 1"},
    ),
    Mistake(
        "rounded up",
        "You round up: the last window would reach over the edge. What happens to pixels that "
        "are left over?",
        {"room // stride": "-(-room // stride)"},
    ),
    Mistake(
        "rounded to the nearest",
        "You round to the nearest number: sometimes the last window would reach over the edge.",
        {"room // stride": "round(room / stride)"},
    ),
    Mistake(
        "left-over pixels refused",
        "You raise an error where the stride does not divide the room. Pixels may be left over: "
        "no window looks at them, and that is all.",
        {"if room < 0": "if room < 0 or room % stride"},
    ),
    Mistake(
        "cut off towards zero",
        "Where the filter does not fit you return a number: int() cuts off towards zero and "
        "finds a place in no room at all. Look at the room before you divide.",
        {
            "room < 0": "False",
            "room // stride + 1": "int(room / stride) + 1",
        },
    ),
    Mistake(
        "cut off before the error",
        "You look for a size of 0 or less, but int() has cut off towards zero before: sometimes it "
        "finds a place in no room at all. Which number tells you that the filter does not fit?",
        {
            "room < 0": "int(room / stride) + 1 <= 0",
            "room // stride + 1": "int(room / stride) + 1",
        },
    ),
    Mistake(
        "error returned",
        "You return the ValueError as if it were a result. An error has to be raised.",
        {"raise ValueError(": "return ValueError("},
    ),
    Mistake(
        "type of the error returned",
        "You return the word ValueError as if it were a result. An error has to be raised.",
        {'raise ValueError(f"a filter of {kernel_size} does not fit, the room is {room}")':
            "return ValueError"},
    ),
    Mistake(
        "no error",
        NO_ERROR.format("0 or a negative number"),
        {"room < 0": "False"},
    ),
    Mistake(
        "0 in place of an error",
        NO_ERROR.format("0"),
        {"room // stride + 1": "max(room // stride + 1, 0)", "room < 0": "False"},
    ),
    Mistake(
        "exact fit refused",
        "A filter as large as the padded axis fits exactly once, and you refuse it.",
        {"room < 0": "room <= 0"},
    ),
    Mistake(
        "fit judged without padding",
        "You compare the filter with the axis before padding. It need only fit into the padded "
        "axis.",
        {"room < 0": "kernel_size > size"},
    ),
)

output_size_task = Task(
    name="output_size",
    lesson="02",
    title="write `output_size`",
    answer=output_size,
    cases=_output_size_cases,
    vary=_other_sizes,
    outputs=("size",),
    mistakes=OUTPUT_SIZE_MISTAKES,
)
