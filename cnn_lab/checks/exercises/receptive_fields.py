"""`receptive_field` of lesson 09: how much of the input a unit sees, along one axis."""


from cnn_lab.checks import digits
from cnn_lab.checks.exercise import Case, Showcase, Task
from cnn_lab.checks.exercises.receptive_field_mistakes import RECEPTIVE_FIELD_MISTAKES


def receptive_field(layers):
    """Return size, jump and start of the field that a unit above the layers sees."""
    size, jump, start = 1, 1, 0
    for layer in layers:
        kernel_size, stride = layer[:2]
        dilation = layer[2] if len(layer) > 2 else 1
        before = layer[3] if len(layer) > 3 else 0
        start -= before * jump
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump, start


def _cases():
    stacks = {
        "one layer": [[(5, 1)], [(2, 1)]],
        "stride 1": [[(3, 1), (3, 1)], [(3, 1), (5, 1), (2, 1)]],
        "stride": [[(4, 3)], [(3, 2), (3, 1)], [(3, 1), (2, 2), (5, 3), (4, 1)]],
        "no layer": [[]],
        "dilation": [[(3, 1, 2)], [(3, 2, 1), (4, 1, 3), (2, 2)]],
        "padding in front": [[(5, 1, 1, 2)], [(3, 2, 1, 1), (5, 3, 1, 2), (3, 1, 2, 2)]],
    }
    return [
        Case(part, (layers,), str(layers)) for part, group in stacks.items() for layers in group
    ]


def _other_layers(case, rng):
    """Make the filters larger, and strides and dilations that are not 1."""
    (layers,) = case.arguments
    new = [
        (
            kernel_size + int(rng.integers(1, 4)),
            *(n + int(rng.integers(1, 3)) if n > 1 else n for n in more[:2]),
            *more[2:],
        )
        for kernel_size, *more in layers
    ]
    return Case(case.part, (new,))


def _course_network():
    return ([(5, 1), (2, 2), (5, 1), (2, 2)],)


def _draw_neighbours(field):
    """Show what two neighbours above both pools see."""
    from cnn_lab import plots

    size, jump, _ = map(int, field)
    digit, begins = digits.digit(0), (4, 4 + jump)
    columns = [f"columns {w} to {w + size - 1}" for w in begins]
    return plots.images(
        [digit, *(digit[4 : 4 + size, w : w + size] for w in begins)],
        titles=["picture", *columns],
        title=f"A unit above both pools sees {size} by {size} pixels, its neighbour begins {jump} "
        "further on",
        alt="A handwritten seven of 28 by 28 pixels, and what units of the last maps see of its "
        f"rows 4 to {3 + size}: {', '.join(columns)}.",
    )


receptive_field_task = Task(
    name="receptive_field",
    lesson="09",
    title="write `receptive_field`",
    answer=receptive_field,
    cases=_cases,
    vary=_other_layers,
    outputs=("size", "jump", "start"),
    mistakes=RECEPTIVE_FIELD_MISTAKES,
    showcase=Showcase(_course_network, _draw_neighbours),
)
