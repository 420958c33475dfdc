"""Lesson 06: gradients through pooling."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.exercises.pooling_backward_masks import (
    CREATE_MASK_FROM_WINDOW,
    FIRST_MASK,
    SHARE_MASK,
)
from cnn_lab.checks.exercises.pooling_backward_mistakes import POOL_MISTAKES
from cnn_lab.checks.exercises.pooling_backward_shares import (
    AVERAGE_BACKWARD_KRON,
    DISTRIBUTE_VALUE,
)
from cnn_lab.checks.exercises.relu_backward import RELU_BACKWARD
from cnn_lab.reference import pool_forward


def _is_not(values):
    """Return a requirement's test: the prediction is not this well-known wrong one."""
    return lambda prediction: not np.allclose(prediction, values)


_EVERY = [[5, 0, -1], [0, 10, 0], [0, 0, 4]]
_LAST = [[0, 0, 0], [0, 6, 0], [0, 0, 4]]
_SHARED = [[2.5, 0, -0.5], [0, 6, 0], [0, 0, 2]]
_OVERWRITTEN = [[5, 0, -1], [0, 4, 0], [0, 0, 0]]
_CORNERS = [[5, -1, 0], [2, 4, 0], [0, 0, 0]]
_MAXIMA = [[3, 0, 3], [0, 6, 0], [0, 0, 0]]

PREDICT_POOL_GRADIENT = Question(
    name="predict_pool_gradient",
    lesson="06",
    title="predict what comes back through max pooling",
    right=([[5, 0, -1], [0, 6, 0], [0, 0, 0]],),
    requirements=(
        Requirement(
            "shape",
            lambda prediction: np.asarray(prediction, dtype=float).shape == (3, 3),
            "The gradient has the shape of what went in: three rows of three numbers.",
            ([[5, -1], [2, 4]],),
        ),
        Requirement(
            "ties",
            _is_not(_EVERY),
            "You paid every winner of a tied window in full. The rule here pays one of them.",
            (_EVERY,),
        ),
        Requirement(
            "ties",
            _is_not(_LAST),
            "You paid the last winner of each tied window. In which order is a window read?",
            (_LAST,),
        ),
        Requirement(
            "ties",
            _is_not(_SHARED),
            "You shared the gradient among tied winners. That is a good rule, but another one.",
            (_SHARED,),
        ),
        Requirement(
            "overlap",
            _is_not(_OVERWRITTEN),
            "One number wins in two windows, and yours has heard only the second of them.",
            (_OVERWRITTEN,),
        ),
        Requirement(
            "places",
            _is_not(_CORNERS),
            "You put each gradient at the upper left of its window. Who won the window?",
            (_CORNERS,),
        ),
        Requirement(
            "places",
            _is_not(_MAXIMA),
            "Your winners are the right ones, but you handed them the maxima: what comes from"
            " above is dP.",
            (_MAXIMA,),
        ),
        Requirement(
            "sum",
            lambda prediction: np.isclose(np.sum(prediction), 10),
            "Each window hands its whole gradient to one number, so your nine numbers must add up"
            " to as much as the four of dP.",
            ([[5, 0, -1], [0, 2, 0], [0, 0, 0]],),
        ),
        Requirement(
            "places",
            lambda prediction: np.allclose(prediction, [[5, 0, -1], [0, 6, 0], [0, 0, 0]]),
            "Your sum is right, but a number is in the wrong place. Find the winner of each of the"
            " four windows again.",
            ([[5, -1, 0], [0, 6, 0], [0, 0, 0]],),
        ),
    ),
    praise="Two windows pay the number in the centre.",
)


def pool_backward(dA, cache, mode="max"):
    """Return the gradient with respect to what went into a pooling layer."""
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(dA.shape):
        rows = slice(h * stride, h * stride + f)
        columns = slice(w * stride, w * stride + f)
        window = A_prev[i, rows, columns, c]
        if mode == "max":
            mask = window == window.max()
            share = mask * dA[i, h, w, c]
        else:
            share = np.full((f, f), dA[i, h, w, c] / (f * f))
        dA_prev[i, rows, columns, c] += share
    return dA_prev


def _pool_backward_by(mask_of):
    """Return the right answer with another rule for ties."""

    def pool_backward(dA, cache, mode="max"):
        A_prev, hparameters = cache
        f, stride = hparameters["f"], hparameters["stride"]
        dA_prev = np.zeros(A_prev.shape)
        for i, h, w, c in np.ndindex(dA.shape):
            place = i, slice(h * stride, h * stride + f), slice(w * stride, w * stride + f), c
            parts = mask_of(A_prev[place]) if mode == "max" else np.full((f, f), 1 / f**2)
            dA_prev[place] += parts * dA[i, h, w, c]
        return dA_prev

    return pool_backward


def _last_mask(x):
    return FIRST_MASK.answer(x[::-1, ::-1])[::-1, ::-1]


def _pool_cases():
    rng = np.random.default_rng(62)

    def case(part, shape, f, stride, *mode, A_prev=None, says=""):
        A_prev = rng.normal(size=shape) if A_prev is None else A_prev
        n_H, n_W = ((size - f) // stride + 1 for size in A_prev.shape[1:3])
        dA = rng.normal(size=(A_prev.shape[0], n_H, n_W, A_prev.shape[3])).round(2)
        how = f"A_prev {A_prev.shape}, f {f}, stride {stride}, {mode[0] if mode else 'no mode'}"
        dA = dA.astype(A_prev.dtype) if A_prev.dtype == np.float32 else dA
        cache = (A_prev, {"f": f, "stride": stride})
        return Case(part, (dA, cache, *mode), f"{how}{says}")

    below_0 = -rng.random((1, 4, 6, 1))
    whole = rng.permutation(24).reshape(1, 3, 4, 2) - 12
    single = rng.normal(size=(1, 3, 5, 2)).astype(np.float32)
    repeated = np.tile([[1.0, 4.0], [3.0, 2.0]], (2, 3)).reshape(1, 4, 6, 1)
    after_relu = np.maximum(rng.integers(-3, 3, size=(1, 4, 5, 1)), 0).astype(float)
    return [
        case("max", (1, 4, 6, 1), 2, 2, "max"),
        case("average", (1, 6, 4, 1), 2, 2, "average"),
        case("no mode given", (1, 4, 2, 1), 2, 2),
        case("overlapping windows", (1, 4, 3, 1), 2, 1, "max"),
        case("overlapping windows", (1, 5, 7, 1), 3, 2, "average"),
        case("gaps between windows", (1, 5, 8, 1), 2, 3, "max"),
        case("gaps between windows", (1, 8, 5, 1), 2, 3, "average"),
        case("channels", (1, 4, 6, 3), 2, 2, "max"),
        case("images", (3, 3, 2, 2), 2, 1, "max"),
        case("images", (2, 4, 6, 1), 2, 2, "average"),
        case("left-over pixels", (2, 6, 8, 1), 3, 2, "max"),
        case("left-over pixels", (1, 7, 5, 2), 2, 2, "average"),
        case("window size", (1, 4, 5, 1), 4, 1, "max"),
        case("window size", (1, 3, 5, 1), 1, 2, "max"),
        case("negative numbers", None, 2, 2, "max", A_prev=below_0, says=", all below 0"),
        case("equal numbers", None, 2, 2, "max", A_prev=repeated, says=", every window the same"),
        case("input of whole numbers", None, 2, 1, "max", A_prev=whole, says=", whole numbers"),
        case("input of whole numbers", None, 2, 2, "average", A_prev=whole, says=", whole numbers"),
        case("input of float32", None, 2, 1, "max", A_prev=single, says=", float32"),
        case("ties", None, 2, 1, "max", A_prev=after_relu, says=", after a ReLU"),
    ]


def _pool_window(case, output, index):
    i, row, column, c = index
    dA, (A_prev, hparameters) = case.arguments[:2]
    f, stride = hparameters["f"], hparameters["stride"]
    holding = [
        (h, w)
        for h, w in np.ndindex(dA.shape[1:3])
        if 0 <= row - h * stride < f and 0 <= column - w * stride < f
    ]
    frame = (row, column, 1, 1)
    text = f"No window holds pixel ({row}, {column}), so it is paid 0."
    if holding:
        (top, left), (bottom, right) = (np.array(holding[n]) * stride for n in (0, -1))
        frame = (int(top), int(left), int(bottom - top) + f, int(right - left) + f)
        text = _payments(case, index, holding)
    return Window(A_prev[i, :, :, c], frame, f"A_prev{_place(index)}", text)


def _payments(case, index, holding):
    """Say which windows pay a pixel, and how much."""
    i, row, column, c = index
    dA, (A_prev, hparameters) = case.arguments[:2]
    f, stride = hparameters["f"], hparameters["stride"]
    pixel = f"Pixel ({row}, {column})"
    if case.arguments[2:] == ("average",):
        total, result = _sum([dA[i, h, w, c] for h, w in holding])
        return f"{pixel} lies in {_windows(holding)}: {total} / {f * f} = {number(result / f**2)}."
    starts = [(h, w, h * stride, w * stride) for h, w in holding]
    won = [
        (h, w)
        for h, w, top, left in starts
        if A_prev[i, top : top + f, left : left + f, c].max() == A_prev[index]
    ]
    if not won:
        return f"{pixel} lies in {_windows(holding)} without being a maximum: it is paid 0."
    total, result = _sum([dA[i, h, w, c] for h, w in won])
    total += f" = {number(result)}" if len(won) > 1 else ""
    return f"{pixel} is the maximum of {_windows(won)}: it is paid {total}."


def _windows(places):
    """Name windows: "window (0, 1)", or "windows (0, 1) and (1, 1)"; only count more."""
    if len(places) > 2:
        return f"{len(places)} windows"
    return ("window " if len(places) == 1 else "windows ") + " and ".join(map(str, places))


def _sum(amounts):
    """Write a sum, in brackets if it has more than one term; return its value, too."""
    text = " + ".join(map(number, amounts))
    return text if len(amounts) == 1 else f"({text})", sum(amounts)


def _place(index):
    return f", image {index[0]}, channel {index[3]}"


def _pooled_digit():
    A_prev = digit(0).reshape(1, 28, 28, 1)
    pooled, _ = pool_forward(A_prev, {"f": 2, "stride": 1})
    return (pooled > 0).astype(float), (A_prev, {"f": 2, "stride": 1}), "max"


def _draw_pooled_digit(dA_prev):
    from cnn_lab import plots

    wins = dA_prev[0, :, :, 0]
    return plots.images(
        [digit(0) / 255, wins / 4],
        titles=["a seven", "paid by 0 (black) to 4 windows (white)"],
        limits=(0, 1),
        title="Along the middle of the stroke, pixels win all four windows that hold them",
        alt=f"A handwritten seven, and what comes back when each of its 2 by 2 "
        f"windows at stride 1 hands out 1: {np.count_nonzero(wins)} of 784 pixels are paid, "
        f"{np.count_nonzero(wins >= 4)} of them by four windows.",
    )


POOL_BACKWARD = Task(
    name="pool_backward",
    lesson="06",
    title="write `pool_backward`",
    answer=pool_backward,
    cases=_pool_cases,
    outputs=("dA_prev",),
    mistakes=POOL_MISTAKES,
    alternatives=tuple(
        _pool_backward_by(mask_of) for mask_of in (FIRST_MASK.answer, SHARE_MASK.answer, _last_mask)
    ),
    window=_pool_window,
    showcase=Showcase(_pooled_digit, _draw_pooled_digit),
)

EXERCISES = (
    PREDICT_POOL_GRADIENT,
    RELU_BACKWARD,
    CREATE_MASK_FROM_WINDOW,
    FIRST_MASK,
    DISTRIBUTE_VALUE,
    POOL_BACKWARD,
    AVERAGE_BACKWARD_KRON,
    SHARE_MASK,
)
