"""Lesson 01: one window, one filter, one number."""

import numpy as np

from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.exercises.bend import bend_of_the_nought, fair_filter
from cnn_lab.checks.exercises.filter_design import balanced_task
from cnn_lab.checks.exercises.filter_search import best_place_task
from cnn_lab.checks.exercises.single_step_mistakes import SINGLE_STEP_MISTAKES

# ---- predict two answers ----


def _two_numbers(prediction):
    return np.shape(prediction) == (2,)


predict_single_step = Question(
    name="predict_single_step",
    lesson="01",
    title="predict two answers",
    right=((-1, 1),),
    requirements=(
        Requirement(
            "a pair",
            _two_numbers,
            "Give two numbers, as in (3, 4): the answer of filter 1, then the answer of filter 2.",
            wrong=(5,),
        ),
        Requirement(
            "filter 1",
            lambda p: tuple(p) != (1, -1),
            "That is what the filters answer at the top left. Which window is asked for? If you "
            "took the right one, look at both signs, and at the order.",
            wrong=((1, -1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] != 3,
            "Filter 1: you added all the pixels. A weight of −1 makes a bright pixel count "
            "against, not for.",
            wrong=((3, 1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] != 1,
            "Filter 1: the size is right, the sign is not. Which column counts for, which against?",
            wrong=((1, 1),),
        ),
        Requirement(
            "filter 1",
            lambda p: p[0] == -1,
            "Filter 1: add up the left column and the right column of the window, then compare.",
            wrong=((2, 1),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] != 3,
            "Filter 2: you added all the pixels. A weight of −1 makes a bright pixel count "
            "against, not for.",
            wrong=((-1, 3),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] != -1,
            "Filter 2: the size is right, the sign is not. Which row counts for, which against?",
            wrong=((-1, -1),),
        ),
        Requirement(
            "filter 2",
            lambda p: p[1] == 1,
            "Filter 2: add up the upper row and the lower row of the window, then compare.",
            wrong=((-1, 0),),
        ),
    ),
    praise="The right is brighter by one, and so is the top.",
)


# ---- conv_single_step ----


def conv_single_step(a_slice_prev, W, b):
    """Return the answer of one filter at one window."""
    products = a_slice_prev * W
    total = np.sum(products)
    bias = np.asarray(b).item()
    return float(total) + bias


def _single_step_cases():
    rng = np.random.default_rng(101)

    def window_and_filter(*shape):
        return rng.normal(size=shape), rng.normal(size=shape)

    whole = rng.integers(1, 9, size=(2, 4, 3)), rng.integers(-5, 5, size=(2, 4, 3))
    return [
        Case("one channel", (*window_and_filter(2, 3, 1), 0)),
        Case("channels", (*window_and_filter(3, 2, 4), 0)),
        Case("channels", (*window_and_filter(2, 3, 3), 0)),
        Case("bias", (np.ones((2, 3, 4)), np.full((2, 3, 4), 2.0), 5), "ones, twos and b = 5"),
        Case("bias", (*window_and_filter(4, 2, 3), -7.25)),
        Case("bias in an array", (*window_and_filter(5, 2, 3), rng.normal(size=(1, 1, 1)))),
        Case("input of whole numbers", (*whole, 3)),
        Case("input of float32", (*(a.astype("f4") for a in window_and_filter(3, 4, 2)), 0.5)),
    ]


def _single_step_window(case, output, index):
    a_slice_prev, W, b = case.arguments
    height, width, channels = a_slice_prev.shape
    total = np.sum(a_slice_prev * W)
    return Window(
        picture=a_slice_prev[:, :, 0],
        frame=(0, 0, height, width),
        title=f"a_slice_prev, channel 0 of {channels}",
        text=f"the {a_slice_prev.size} products of all channels add up to {total:.4g}, "
        f"plus the bias {np.asarray(b).item():.4g}",
    )


def _real_bend():
    return bend_of_the_nought()[:, :, np.newaxis], fair_filter()[:, :, np.newaxis], 0


def _draw_bend(answer):
    from cnn_lab import plots

    return plots.images(
        [bend_of_the_nought(), 255 * (fair_filter() > 0)],
        titles=["bend of a 0", "filter: 30 and −5"],
        limits=(0, 255),
        title=f"Your function answers {answer:,.0f} where the bend lies on the filter",
        alt="A 7 by 7 window at the lower left bend of a handwritten 0, and the bend filter, "
        f"30 along a bend and -5 elsewhere. Your function's answer is {answer:,.0f}.",
    )


conv_single_step_task = Task(
    name="conv_single_step",
    lesson="01",
    title="write `conv_single_step`",
    answer=conv_single_step,
    cases=_single_step_cases,
    outputs=("Z",),
    mistakes=SINGLE_STEP_MISTAKES,
    window=_single_step_window,
    showcase=Showcase(_real_bend, _draw_bend),
)

EXERCISES = (predict_single_step, conv_single_step_task, balanced_task, best_place_task)
