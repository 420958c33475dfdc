"""`receptive_field` of lesson 09: how much of the input a unit sees, along one axis."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.exercise import Case, Showcase, Task
from cnn_lab.checks.mistakes import Mistake


def receptive_field(layers):
    """Return size, jump and start of the field that a unit above the layers sees."""
    size, jump, start = 1, 1, 0
    for layer in layers:
        kernel_size, stride, dilation, before = (*layer, *(1, 0)[len(layer) - 2 :])
        start -= before * jump
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump, start


def _size_only(layers):
    return receptive_field(layers)[0]


def _size_without_stride(layers):
    return receptive_field([(layer[0], 1, *layer[2:3]) for layer in layers])[0]


def _size_with_stride_too_early(layers):
    size, jump = 1, 1
    for kernel_size, stride, *dilation in layers:
        jump *= stride
        size += (dilation or [1])[0] * (kernel_size - 1) * jump
    return size


def _size_from_nothing(layers):
    return receptive_field(layers)[0] - 1


def _size_without_dilation(layers):
    return receptive_field([layer[:2] for layer in layers])[0]


def _size_from_above(layers):
    return receptive_field([layer[:3] for layer in layers[::-1]])[0]


def _cases():
    stacks = {
        "one layer": [[(5, 1)]],
        "stride 1": [[(3, 1), (3, 1)], [(3, 1), (5, 1), (2, 1)]],
        "stride": [[(4, 3)], [(3, 2), (3, 1)], [(3, 1), (2, 2), (5, 3), (4, 1)]],
        "no layer": [[]],
        "dilation": [[(3, 1, 2)], [(3, 2, 1), (4, 1, 3), (2, 2)]],
        "padding in front": [[(5, 1, 1, 2)], [(3, 2, 1, 1), (5, 3, 1, 2), (3, 1, 2, 2)]],
    }
    return [
        Case(part, (layers,), str(layers)) for part, group in stacks.items() for layers in group
    ]


BELOW_ITS_OWN = "A layer's stride spreads the windows of the layers above it, not its own."

MISTAKES = (
    Mistake(
        "stride too early",
        f"You multiply by a stride one layer too early. {BELOW_ITS_OWN}",
        {"        jump *= stride\n": "", "start -= before": "jump *= stride; start -= before"},
    ),
    Mistake(
        "stride too early, start right",
        f"Your start is right; your size takes in a stride one layer too early. {BELOW_ITS_OWN}",
        {"        jump *= stride\n": "", "size += dilation": "jump *= stride; size += dilation"},
    ),
    Mistake(
        "stride too early, size only",
        f"Your size takes in a stride one layer too early. {BELOW_ITS_OWN}",
        _size_with_stride_too_early,
    ),
    Mistake(
        "stride ignored",
        "Your size takes no notice of the strides. How far apart on the input are two neighbours "
        "above a layer of stride 2?",
        {"(kernel_size - 1) * jump": "(kernel_size - 1)"},
    ),
    Mistake(
        "stride ignored, size only",
        "Strides change nothing in your size. How far apart on the input are two neighbours "
        "above a layer of stride 2?",
        _size_without_stride,
    ),
    Mistake(
        "from above",
        "You go through the layers from the top down, with a rule for going up. The first layer "
        "of the list is the one at the input.",
        {"in layers": "in layers[::-1]"},
    ),
    Mistake(
        "from above, size only",
        "You begin with the last layer of the list. The first one is the one at the input.",
        _size_from_above,
    ),
    Mistake(
        "filter sizes added up",
        "Every layer of 3 adds 2 pixels to the field, not 3: its windows overlap what was seen "
        "before in one pixel.",
        {"(kernel_size - 1)": "kernel_size"},
    ),
    Mistake(
        "filter sizes multiplied",
        "You multiply the filter sizes. Draw two layers of 3 over a row of pixels: how many does "
        "the upper one see?",
        {"size += dilation * (kernel_size - 1) * jump": "size *= kernel_size"},
    ),
    Mistake(
        "start from nothing",
        "Your fields are one pixel too small: what does a unit see when there is no layer at all?",
        {"size, jump, start = 1, 1, 0": "size, jump, start = 0, 1, 0"},
    ),
    Mistake(
        "start from nothing, size only",
        "Your sizes are one short: how many pixels does a unit see when there is no layer at all?",
        _size_from_nothing,
    ),
    Mistake(
        "strides added",
        "You add the strides up. Two layers of stride 3: how many pixels apart are neighbours "
        "above the first, and above the second?",
        {"jump *= stride": "jump += stride - 1"},
    ),
    Mistake(
        "last stride only",
        "Your jump is that of the last layer alone. Two layers of stride 2: how many pixels of "
        "the input lie between neighbours above both?",
        {"jump *= stride": "jump = stride"},
    ),
    Mistake(
        "dilation ignored",
        "Dilation changes nothing in your field. How many pixels apart are the filter's own "
        "pixels then?",
        {"dilation * (kernel_size": "(kernel_size"},
    ),
    Mistake(
        "dilation ignored, size only",
        "Your size does not depend on the dilation. How many pixels apart are the filter's own "
        "pixels then?",
        _size_without_dilation,
    ),
    Mistake(
        "dilation times all pixels",
        "A filter of 3 with dilation 2 spans fewer pixels than you say: count the gaps between "
        "its pixels, not the pixels.",
        {"dilation * (kernel_size - 1)": "(dilation * kernel_size - 1)"},
    ),
    Mistake(
        "padding ignored",
        "Your field begins at pixel 0 always. What does a unit 0 see whose window begins in the "
        "padding?",
        {"start -= before * jump": "start -= 0"},
    ),
    Mistake(
        "padding counted in outputs",
        "Padding higher up counts in steps of the layer below, not in pixels of the input.",
        {"before * jump": "before"},
    ),
    Mistake(
        "start on the wrong side",
        "Your field begins inside of the picture where there is padding. On which side of pixel "
        "0 do the first pixels of padding lie?",
        {"start -=": "start +="},
    ),
    Mistake(
        "padding makes the field larger",
        "Padding makes your field larger. It shifts the field: how many pixels a window has does "
        "not depend on it.",
        {"size += dilation * (kernel_size - 1) * jump":
         "size += (dilation * (kernel_size - 1) + 2 * before) * jump"},
    ),
)


def _course_network():
    return ([(5, 1), (2, 2), (5, 1), (2, 2)],)


def _draw_neighbours(field):
    """Show what two neighbours above both pools see; a size alone shows the first only."""
    from cnn_lab import plots

    size, *more = map(int, np.atleast_1d(field))
    jump = more[0] if more else 0
    begins = [4, 4 + jump] if jump else [4]
    digit = digits.digit(0)
    return plots.images(
        [digit, *(digit[4 : 4 + size, w : w + size] for w in begins)],
        titles=["picture", *(f"columns {w} to {w + size - 1}" for w in begins)],
        title=f"A unit above both pools sees {size} by {size} pixels"
        + (f", its neighbour begins {jump} further on" if jump else ""),
        alt="A handwritten seven of 28 by 28 pixels, and what units of the last maps see of its "
        f"rows 4 to {3 + size}: " + ", ".join(f"columns {w} to {w + size - 1}" for w in begins)
        + ".",
    )


receptive_field_task = Task(
    name="receptive_field",
    lesson="09",
    title="write `receptive_field(layers)`; a layer is (kernel_size, stride[, dilation[, before]])",
    answer=receptive_field,
    cases=_cases,
    outputs=("field",),
    mistakes=MISTAKES,
    alternatives=(_size_only,),
    showcase=Showcase(_course_network, _draw_neighbours),
)
