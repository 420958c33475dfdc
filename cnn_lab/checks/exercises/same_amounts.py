"""Lesson 02: what "same" takes on either side."""

from cnn_lab.checks.exercise import Case, Task
from cnn_lab.checks.mistakes import Mistake


def same_padding(size, kernel_size, stride):
    """Return the padding before and after that gives ceil(size / stride) outputs."""
    outputs = -(-size // stride)
    missing = (outputs - 1) * stride + kernel_size - size
    total = max(missing, 0)
    return total // 2, total - total // 2


def _same_padding_cases():
    numbers = {
        "stride 1": [(28, 5, 1), (6, 3, 1)],
        "even filter": [(4, 2, 1), (9, 4, 1)],
        "stride": [(9, 5, 2), (7, 2, 3), (8, 6, 4)],
        "stride that does not divide": [(6, 3, 2), (9, 4, 2), (5, 8, 3), (11, 4, 3)],
        "nothing missing": [(28, 1, 1), (6, 1, 2), (9, 2, 4)],
    }
    return [Case(part, arguments) for part, group in numbers.items() for arguments in group]


def _other_sizes(case, rng):
    """Make the axis longer by whole strides, and a filter that needs padding by an even number."""
    size, kernel_size, stride = case.arguments
    more = 2 * int(rng.integers(1, 4)) if kernel_size > stride else 0
    return Case(case.part, (size + stride * int(rng.integers(1, 9)), kernel_size + more, stride))


SAME_PADDING_MISTAKES = (
    Mistake(
        "amounts as floats",
        "Your amounts are floats: / and np.ceil give a float even where the number is whole. "
        "Pixels are counted in whole numbers.",
        {"-(-size // stride)": "-(-size // stride) * 1.0"},
    ),
    Mistake(
        "odd pixel before",
        "The total is right, but your odd pixel goes before. The exercise puts it after.",
        {"total // 2, total - total // 2": "total - total // 2, total // 2"},
    ),
    Mistake(
        "negative amounts",
        "Your amounts can be negative. Where no pixel is missing, none is added.",
        {"max(missing, 0)": "missing"},
    ),
    Mistake(
        "stride ignored",
        "You add f − 1 pixels in all, whatever the stride. That is right at stride 1: where does "
        "the last window end at stride 2?",
        {"missing = (outputs - 1) * stride + kernel_size - size": "missing = kernel_size - 1"},
    ),
    Mistake(
        "half a filter on both sides",
        "You add f // 2 on both sides. That does it for odd filters at stride 1 only: count what "
        "is missing for an even filter, and for stride 2.",
        {"total // 2, total - total // 2": "kernel_size // 2, kernel_size // 2"},
    ),
    Mistake(
        "half of f − 1 on both sides",
        "You add (f − 1) // 2 on both sides. That does it for odd filters at stride 1 only: count "
        "what is missing for an even filter, and for stride 2.",
        {"total // 2, total - total // 2": "(kernel_size - 1) // 2, (kernel_size - 1) // 2"},
    ),
    Mistake(
        "odd pixel dropped",
        "Where the total is odd you lose a pixel: your two amounts must add up to the total.",
        {"total // 2, total - total // 2": "total // 2, total // 2"},
    ),
    Mistake(
        "odd pixel doubled",
        "Where the total is odd you add a pixel too many: the amounts should be the smallest.",
        {"total // 2, total - total // 2": "total - total // 2, total - total // 2"},
    ),
    Mistake(
        "half pixels",
        "You return half pixels. How can an odd total be shared in whole numbers?",
        {"total // 2, total - total // 2": "total / 2, total / 2"},
    ),
    Mistake(
        "total on both sides",
        "You add the whole total on either side. What is missing is missing once.",
        {"total // 2, total - total // 2": "total, total"},
    ),
    Mistake(
        "all after",
        "You add everything after. It should be shared between the two sides as evenly as it can.",
        {"total // 2, total - total // 2": "0, total"},
    ),
    Mistake(
        "outputs rounded down",
        "You promise too few outputs where the stride does not divide the size: “same” rounds "
        "up.",
        {"-(-size // stride)": "size // stride"},
    ),
    Mistake(
        "one output too many",
        "You pad for one window too many. With 3 windows, how many jumps lie between the first "
        "and the last?",
        {"(outputs - 1)": "outputs"},
    ),
    Mistake(
        "as many outputs as pixels",
        "You pad until there are as many outputs as pixels, whatever the stride. How many does "
        "“same” promise here?",
        {"-(-size // stride)": "size"},
    ),
    Mistake(
        "one pixel short",
        "You are one pixel short. If a window begins at pixel 6 and has 2 pixels, over how many "
        "pixels does it reach, counted from 0?",
        {"+ kernel_size - size": "+ kernel_size - 1 - size"},
    ),
)

same_padding_task = Task(
    name="same_padding",
    lesson="02",
    title="derive the amounts of “same”",
    answer=same_padding,
    cases=_same_padding_cases,
    vary=_other_sizes,
    outputs=("before", "after"),
    mistakes=SAME_PADDING_MISTAKES,
)
