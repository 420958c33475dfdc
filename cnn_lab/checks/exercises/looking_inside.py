"""The exercises of lesson 09: how far a unit sees, in numbers, and the list of all."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.exercise import Question, Requirement
from cnn_lab.checks.exercises.looking_inside_occlusion import OCCLUSION
from cnn_lab.checks.exercises.looking_inside_saliency import SALIENCY
from cnn_lab.checks.exercises.looking_inside_surest import SUREST_MISTAKES
from cnn_lab.checks.exercises.receptive_fields import receptive_field_task

RIGHT = [5, 6, 14, 16]
PARTS = ("first convolution", "first pool", "second convolution", "second pool")


def _but(place, value):
    """Return the right sizes with one replaced."""
    return [value if n == place else size for n, size in enumerate(RIGHT)]


def _never(wrong, hint):
    """Refuse four numbers that answer another question."""
    return Requirement("four sizes", lambda p: list(p) != wrong, hint, (wrong,))


def _refuse(place, values, hint):
    return Requirement(PARTS[place], lambda p: p[place] not in values, hint,
                       tuple((_but(place, value),) for value in values))


def _demand(place, wrong, hint):
    return Requirement(PARTS[place], lambda p: p[place] == RIGHT[place], hint,
                       (_but(place, wrong),))


def _draw_fields(p):
    from cnn_lab import plots

    digit, sizes = digits.digit(0), [int(n) for n in p]
    corners = ((8, 16), (8, 16), (6, 10), (4, 8))  # each unit is among what the next one sees
    return plots.images(
        [digit[h : h + n, w : w + n] for (h, w), n in zip(corners, sizes, strict=True)],
        titles=[f"after the {name}: {n} × {n}" for name, n in zip(PARTS, sizes, strict=True)],
        title="From the corner of a seven to most of it",
        alt="Four cuts from a handwritten seven, of 5, 6, 14 and 16 pixels a side: its upper right"
        " corner, one pixel more of that, the bar with half of the stem, and nearly all of both.",
    )


PREDICT_FIELD = Question(
    name="predict_field",
    lesson="09",
    title="predict four receptive fields",
    right=(RIGHT,),
    requirements=(
        Requirement(
            "four sizes",
            lambda p: np.shape(p) == (4,),
            "Give four numbers, as in (1, 2, 3, 4): the sizes after the first convolution, the "
            "first pool, the second convolution and the second pool.",
            wrong=([5, 6],),
        ),
        _never(
            [24, 12, 8, 4],
            "Those are the sizes of the feature maps. Asked for is how many pixels of the picture "
            "a single unit of them sees.",
        ),
        _never(
            [25, 36, 196, 256],
            "Those count all pixels of a square. Asked for is how many it has along one side.",
        ),
        _never(
            [5, 2, 5, 2],
            "Those are the windows by themselves, in units of the layer below. How many pixels of "
            "the picture are below them?",
        ),
        _refuse(
            0,
            (1, 28),
            "Look at one unit of the first convolution only: which pixels are in its sum?",
        ),
        _demand(0, 4, "The first unit sees one window of its filter. How wide is that?"),
        _refuse(
            1,
            (10,),
            "Two windows of 5 side by side are not 10 pixels wide: in how many pixels do they "
            "overlap?",
        ),
        _refuse(
            1,
            (5,),
            "The first pool takes the largest of neighbours. Do two neighbours in a row see the "
            "same pixels?",
        ),
        _refuse(
            1,
            (7,),
            "You added all 2 pixels of the pool. How far apart are two neighbours in the first "
            "maps?",
        ),
        _refuse(
            1,
            (2, 2.5, 3, 12),
            "The pool makes the map smaller. Does a unit see less because of that?",
        ),
        _demand(
            1, 9, "Write down the pixels that two neighbours see, from the first to the last."
        ),
        _refuse(
            2,
            (10,),
            "You count one pixel for each step of the second filter. How many pixels apart are "
            "neighbours above the first pool?",
        ),
        _refuse(
            2,
            (11,),
            "You added the 5 of the filter. How many steps are there between five neighbours, and "
            "how many pixels is each?",
        ),
        _refuse(
            2,
            (16,),
            "You count five steps of 2 pixels. How many steps are there between five neighbours?",
        ),
        _refuse(
            2,
            (30, 60),
            "You multiplied. The fields of five neighbours overlap: how far does the next one "
            "begin from the one before?",
        ),
        _refuse(
            2,
            (5,),
            "That is the window of the second filter, in units of the pool. How many pixels does "
            "each of these units see, and how far apart?",
        ),
        _demand(
            2,
            12,
            "Take the five neighbours above the first pool: where does the field of the first one "
            "begin, and where does that of the last one end?",
        ),
        _refuse(
            3,
            (15,),
            "The second pool takes two neighbours. They are not one pixel apart: how far are they "
            "apart, after the first pool?",
        ),
        _refuse(
            3,
            (18,),
            "The stride of the second pool spreads what comes above it. How far apart are the two "
            "units that it compares?",
        ),
        _refuse(
            3,
            (28,),
            "Two fields of 14 are not 28 pixels wide together: where does the second one begin?",
        ),
        _refuse(
            3,
            (7, 14),
            "The second pool compares two neighbours in a row. How much more than one of them do "
            "both see together?",
        ),
        _demand(3, 20, "Go on as for the first pool, only that the neighbours are further apart."),
    ),
    praise="The filters are 5 pixels wide, and yet a unit of the last maps sees 16 of 28 pixels.",
    draw=_draw_fields,
)

EXERCISES = (PREDICT_FIELD, receptive_field_task, SALIENCY, OCCLUSION, SUREST_MISTAKES)
