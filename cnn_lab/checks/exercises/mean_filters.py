"""The exercise of lesson 10 on a filter that does the work of a mean pool."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake


def mean_filter(W):
    """Return the filters that convolve with W and take the mean of 2x2 neighbours."""
    f_H, f_W, n_C_prev, n_C = W.shape
    total = np.zeros((f_H + 1, f_W + 1, n_C_prev, n_C))
    for down in (0, 1):
        for right in (0, 1):
            total[down : down + f_H, right : right + f_W] += W
    return total / 4


def _four_copies(W, dtype=float):
    f_H, f_W, n_C_prev, n_C = W.shape
    copies = np.zeros((4, f_H + 1, f_W + 1, n_C_prev, n_C), dtype)
    for place, (down, right) in enumerate(np.ndindex(2, 2)):
        copies[place, down : down + f_H, right : right + f_W] = W
    return copies


def _largest(W):
    return _four_copies(W).max(axis=0)


def _mean_of_those_there(W):
    there = _four_copies(np.ones_like(W)).sum(axis=0)
    return _four_copies(W).sum(axis=0) / there


def _cut_off(W):
    return _four_copies(W / 4, W.dtype).sum(axis=0).astype(float)


def _mean_over_filters(W):
    return np.moveaxis(_four_copies(W).mean(axis=-1), 0, -1)


def _turned(W):
    return mean_filter(W[::-1, ::-1])


def _filter_cases():
    rng = np.random.default_rng(22)
    shapes = [
        ("one weight", (1, 1, 1, 1)),
        ("one filter", (2, 3, 1, 1)),
        ("channels", (3, 2, 2, 1)),
        ("several filters", (2, 3, 1, 4)),
        ("channels and filters", (4, 3, 2, 3)),
    ]
    cases = [Case(part, (rng.normal(size=shape),)) for part, shape in shapes]
    whole = np.array([[1, -1], [3, -2], [2, 6]]).reshape(3, 2, 1, 1)
    return [*cases, Case("whole numbers", (whole,))]


def _weights_that_meet(case, output, index):
    """Frame the weights of W that the four copies bring to one place."""
    (W,) = case.arguments
    u, v, k, c = index
    top, bottom = max(u - 1, 0), min(u, len(W) - 1)
    left, right = max(v - 1, 0), min(v, W.shape[1] - 1)
    weights = W[top : bottom + 1, left : right + 1, k, c].ravel()
    total = " and ".join(number(weight) for weight in weights)
    return Window(
        W[:, :, k, c],
        (top, left, bottom - top + 1, right - left + 1),
        f"W[:, :, {k}, {c}]",
        f"The four copies bring {total} to this place; a quarter of the sum is"
        f" {number(weights.sum() / 4)}.",
    )


def _left_minus_right():
    return (np.array([[1.0, -1.0], [1.0, -1.0]]).reshape(2, 2, 1, 1),)


def _draw_filter(filters):
    from cnn_lab import plots

    W = _left_minus_right()[0][:, :, 0, 0]
    made = np.asarray(filters)[:, :, 0, 0]
    written = "; ".join(" ".join(f"{weight:g}" for weight in row) for row in made)
    return plots.numbers(
        [W, made],
        titles=["W", "mean_filter(W)"],
        roles=["filter", "filter"],
        between=["->"],
        decimals=2,
        title="Left minus right, then a mean pool: a quarter of Sobel's left minus right",
        alt=f"The filter 1 -1; 1 -1 becomes the 3 by 3 filter {written}.",
    )


MEAN_FILTER = Task(
    name="mean_filter",
    lesson="10",
    title="derive a filter for the mean pool",
    answer=mean_filter,
    cases=_filter_cases,
    outputs=("filters",),
    planes={"filters": (0, 1)},
    mistakes=(
        Mistake(
            "sum of four",
            "That is the sum of the four windows: what makes it their mean?",
            {"total / 4": "total"},
        ),
        Mistake(
            "half of the sum",
            "Your weights are twice too large: how many windows does the pool take together?",
            {"total / 4": "total / 2"},
        ),
        Mistake(
            "whole-number division",
            "Your weights are rounded down to whole numbers: look at the division.",
            {"total / 4": "total // 4"},
        ),
        Mistake(
            "mean over the filters",
            "You take the mean over the filters, and the four copies are still there: which axis "
            "holds the copies? Axes are counted from 0.",
            _mean_over_filters,
        ),
        Mistake(
            "one place",
            "Your filter answers for one of the four windows only: the pool sees all four.",
            {
                "down in (0, 1)": "down in (0,)",
                "right in (0, 1)": "right in (0,)",
                "total / 4": "total",
            },
        ),
        Mistake(
            "one place, a quarter",
            "A quarter of one window is not the mean of four: where are the other three?",
            {"down in (0, 1)": "down in (0,)", "right in (0, 1)": "right in (0,)"},
        ),
        Mistake(
            "two places on the diagonal",
            "Your filter answers for two of the four windows: the two steps, down and right, are "
            "independent.",
            {"right in (0, 1)": "right in (down,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "two places, down only",
            "Your filter takes the mean downwards only: the pool has two columns as well.",
            {"right in (0, 1)": "right in (0,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "two places, across only",
            "Your filter takes the mean across only: the pool has two rows as well.",
            {"down in (0, 1)": "down in (0,)", "total / 4": "total / 2"},
        ),
        Mistake(
            "overwritten",
            "Where the copies overlap, only the last one is left: they must come together.",
            {"+= W": "= W"},
        ),
        Mistake(
            "largest of four",
            "You take the largest of the four copies, weight by weight: the pool takes the mean.",
            _largest,
        ),
        Mistake(
            "mean of those that are there",
            "You divide by how many copies reach a place. But the pool always divides by the same "
            "number.",
            _mean_of_those_there,
        ),
        Mistake(
            "filter turned",
            "Your filter is turned by 180 degrees: conv2d does not turn it back.",
            _turned,
        ),
        Mistake(
            "whole numbers cut off",
            "If W holds whole numbers, your quarters are cut off: what kind of numbers does your "
            "array hold?",
            _cut_off,
        ),
    ),
    window=_weights_that_meet,
    showcase=Showcase(_left_minus_right, _draw_filter),
)
