"""Lesson 01: a filter that is silent on flat areas."""

import numpy as np

from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.bend import bend_filter
from cnn_lab.checks.mistakes import Mistake


def balanced(W):
    """Shift every channel of a filter so that its weights add up to 0."""
    shift = np.sum(W, axis=(0, 1)) / (W.shape[0] * W.shape[1])
    return W - shift


def _fractions_cut_off(W):
    new = np.zeros_like(W)
    for k in range(W.shape[2]):
        new[:, :, k] = W[:, :, k] - np.mean(W[:, :, k])
    return new


def _whole_shift_on_one_weight(W):
    new = W.astype(float)
    new[0, 0] -= np.sum(W, axis=(0, 1))
    return new


def _balanced_cases():
    rng = np.random.default_rng(102)
    return [
        Case("one channel", (rng.normal(size=(3, 2, 1)),)),
        Case("channels", (rng.normal(1.0, 2.0, size=(2, 3, 4)),)),
        Case("channels", (rng.normal(-2.0, 1.0, size=(5, 4, 3)),)),
        Case("input of whole numbers", (rng.integers(1, 15, size=(3, 4, 2)),), "ints (3, 4, 2)"),
        Case("input of float32", (rng.normal(size=(4, 2, 3)).astype(np.float32),)),
    ]


def _balanced_window(case, output, index):
    (W,) = case.arguments
    channel = W[:, :, index[2]]
    return Window(
        picture=channel,
        frame=(0, 0, *channel.shape),
        title=f"W, channel {index[2]}",
        text=f"the {channel.size} weights of channel {index[2]} add up to {channel.sum():.4g}; "
        "one and the same shift for all of them has to bring that to 0",
    )


BALANCED_MISTAKES = (
    Mistake(
        "one shift for all channels",
        "You shift all channels by the same constant. Their total is 0 then, but a channel by "
        "itself is not: what does a flat red window answer?",
        {
            "np.sum(W, axis=(0, 1))": "np.sum(W)",
            "(W.shape[0] * W.shape[1])": "(W.shape[0] * W.shape[1] * W.shape[2])",
        },
    ),
    Mistake(
        "sum in place of mean",
        "You take the whole sum away from every weight, so it is taken away many times over. How "
        "many weights share the shift?",
        {" / (W.shape[0] * W.shape[1])": ""},
    ),
    Mistake(
        "mean rounded down",
        "Your shift is always a whole number: // rounds down. A mean may have a fraction.",
        {" / (W.shape[0]": " // (W.shape[0]"},
    ),
    Mistake(
        "shared among all channels",
        "Your shift is too small where there are several channels: how many weights has one "
        "channel?",
        {"(W.shape[0] * W.shape[1])": "W.size"},
    ),
    Mistake(
        "rows counted twice",
        "Your shift counts a channel's weights as if the filter were square. How many rows and "
        "how many columns has W?",
        {"W.shape[0] * W.shape[1]": "W.shape[0] * W.shape[0]"},
    ),
    Mistake(
        "shift added",
        "Your shift goes the wrong way: after it, a channel's sum is twice as far from 0.",
        {"W - shift": "W + shift"},
    ),
    Mistake(
        "balanced across channels",
        "You balance the channels of a pixel against each other (the last axis). Which axes does "
        "a flat channel run over?",
        {
            "np.sum(W, axis=(0, 1))": "np.sum(W, axis=2, keepdims=True)",
            "(W.shape[0] * W.shape[1])": "W.shape[2]",
        },
    ),
    Mistake(
        "every column by itself",
        "Each column of your filter adds up to 0 by itself. That is silent on flat areas, but it "
        "takes many constants per channel: the exercise allows one.",
        {"axis=(0, 1)": "axis=0", " / (W.shape[0] * W.shape[1])": " / W.shape[0]"},
    ),
    Mistake(
        "every row by itself",
        "Each row of your filter adds up to 0 by itself. That is silent on flat areas, but it "
        "takes many constants per channel: the exercise allows one.",
        {
            "np.sum(W, axis=(0, 1))": "np.sum(W, axis=1, keepdims=True)",
            " / (W.shape[0] * W.shape[1])": " / W.shape[1]",
        },
    ),
    Mistake(
        "whole shift on one weight",
        "One weight per channel carries the whole shift. The sum is right, but the filter's "
        "pattern is spoilt: all weights of a channel move by the same amount.",
        _whole_shift_on_one_weight,
    ),
    Mistake(
        "first channel only",
        "Only the first channel is balanced. Every channel needs its own shift.",
        {"return W - shift": "return W - shift * (np.arange(W.shape[2]) == 0)"},
    ),
    Mistake(
        "divided, not shifted",
        "You divide the weights by their sum, so that they add up to 1. What should they add up "
        "to, and is the change a shift or a scale?",
        {"W - shift": "W / np.sum(W, axis=(0, 1))"},
    ),
    Mistake(
        "scaled after the shift",
        "You divide by the standard deviation as well. The exercise asks for a shift only.",
        {"W - shift": "(W - shift) / np.std(W, axis=(0, 1))"},
    ),
    Mistake(
        "fractions cut off",
        "With whole numbers in W your filter loses its fractions: the array that you write into "
        "holds whole numbers too. W itself does, and so do np.zeros_like(W) and W.copy().",
        _fractions_cut_off,
    ),
    Mistake(
        "subtracted in place",
        "Your function fails where W holds whole numbers: -= writes into an array of the same "
        "type, and fractions do not fit. Make a new array instead.",
        {"    return W - shift": "    W = W.copy()\n    W -= shift\n    return W"},
    ),
)


def _draw_balanced(new):
    from cnn_lab import plots

    old = bend_filter()
    return plots.kernels(
        np.dstack([old, new[:, :, 0]]),
        titles=["sum 210", f"balanced: sum {abs(round(new.sum(), 6)):g}"],
        title="Balanced, the bend filter no longer answers to plain white",
        alt="The bend filter, 30 along a bend and 0 elsewhere, and what your function makes of "
        f"it: {new.max():.1f} along the bend and {new.min():.1f} elsewhere.",
    )


balanced_task = Task(
    name="balanced",
    lesson="01",
    title="balance a filter",
    answer=balanced,
    cases=_balanced_cases,
    outputs=("new_W",),
    mistakes=BALANCED_MISTAKES,
    window=_balanced_window,
    showcase=Showcase(lambda: (bend_filter()[:, :, np.newaxis],), _draw_balanced),
    fresh=True,
)
