"""Lesson 04: one number for each window."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises import pooling_mistakes as mistakes
from cnn_lab.checks.exercises.pooled_maps import contrast_after_task, global_average_task
from cnn_lab.checks.exercises.pooling_questions import predict_contrast, predict_pooling
from cnn_lab.checks.exercises.relu import relu_task


def pool_forward(A_prev, hparameters, mode="max"):
    """Pool every channel of every image; return the pooled maps and the cache."""
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    n_H = (n_H_prev - f) // stride + 1
    n_W = (n_W_prev - f) // stride + 1
    pooled = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                for c in range(n_C):
                    window = A_prev[i, top : top + f, left : left + f, c]
                    if mode == "max":
                        pooled[i, h, w, c] = np.max(window)
                    else:
                        pooled[i, h, w, c] = np.mean(window)
    return pooled, (A_prev, hparameters)


def _pool_forward_with_floats_in_the_cache(A_prev, hparameters, mode="max"):
    """Answer as `reference.pool_forward` does: whole numbers come back as floats in the cache."""
    return pool_forward(A_prev.astype(float), hparameters, mode)


def _pool_cases():
    """Return the cases of `pool_forward`: one thing more in each, all axes unequal."""
    rng = np.random.default_rng(5)

    def case(part, shape, f, stride, *mode, below=0.0):
        A_prev = rng.normal(size=shape) - below
        says = f"A_prev {shape}, f = {f}, stride = {stride}"
        says += "".join(f", mode {word!r}" for word in mode)
        return Case(part, (A_prev, {"f": f, "stride": stride}, *mode), says)

    whole = rng.integers(0, 10, size=(1, 4, 6, 3)), {"f": 2, "stride": 2}, "average"
    single = rng.normal(size=(2, 5, 4, 3)).astype(np.float32), {"f": 2, "stride": 1}, "max"
    return [
        case("one map", (1, 4, 6, 1), 2, 2, "max"),
        case("negative numbers", (1, 6, 4, 1), 2, 2, "max", below=5.0),
        case("channels", (1, 6, 8, 3), 2, 2, "max"),
        case("images", (3, 4, 6, 2), 2, 2, "max"),
        case("average", (1, 4, 6, 1), 2, 2, "average"),
        case("average", (2, 9, 6, 4), 3, 3, "average"),
        case("mode left out", (2, 4, 6, 3), 2, 2),
        case("windows that overlap", (2, 5, 7, 3), 3, 1, "max"),
        case("windows that overlap", (2, 7, 5, 3), 2, 1, "average"),
        case("pixels left over", (2, 6, 9, 3), 3, 2, "max"),
        case("pixels left over", (1, 7, 6, 2), 4, 2, "average"),
        case("gaps between the windows", (2, 8, 6, 3), 2, 3, "max"),
        case("gaps between the windows", (1, 9, 7, 2), 1, 2, "average"),
        case("one window only", (2, 3, 4, 5), 3, 2, "max"),
        Case("input of whole numbers", whole, "A_prev of ints, (1, 4, 6, 3), mode 'average'"),
        Case("input of float32", single, "A_prev of float32, (2, 5, 4, 3)"),
    ]


def _pool_window(case, output, index):
    """Show the map, the window that was due, and its number."""
    if output != "P":
        return None
    A_prev, hparameters, mode = (*case.arguments, "max")[:3]
    f, stride = hparameters["f"], hparameters["stride"]
    i, h, w, c = index
    top, left = h * stride, w * stride
    patch = A_prev[i, top : top + f, left : left + f, c]
    if mode == "max":
        found = f"the largest is {number(patch.max())}"
    else:
        found = f"their sum is {number(patch.sum())}, their mean {number(patch.mean())}"
    text = f"The framed window holds {patch.size} numbers; {found}."
    return Window(A_prev[i, :, :, c], (top, left, f, f), f"A_prev[{i}], channel {c}", text)


def _a_seven_to_pool():
    return digit(0).reshape(1, 28, 28, 1), {"f": 4, "stride": 4}, "max"


def _draw_pooled(result):
    from cnn_lab import plots

    pooled = np.asarray(result[0])[0, :, :, 0]
    return plots.images(
        [digit(0), pooled],
        titles=["28x28 pixels", "7x7 numbers"],
        limits=(0, 255),
        title="A 7, max pooled with f = 4 and stride = 4: 49 of 784 numbers, still a 7",
        alt="A handwritten 7 of 28 by 28 pixels, and pooled to 7 by 7: "
        f"{np.count_nonzero(pooled)} of the 49 numbers are not black, the brightest is "
        f"{number(pooled.max())}.",
    )


pool_forward_task = Task(
    "pool_forward",
    lesson="04",
    title="write pool_forward",
    answer=pool_forward,
    cases=_pool_cases,
    outputs=("P", "cache"),
    mistakes=mistakes.POOL_FORWARD,
    alternatives=(_pool_forward_with_floats_in_the_cache,),
    window=_pool_window,
    showcase=Showcase(_a_seven_to_pool, _draw_pooled),
)

EXERCISES = (
    predict_pooling,
    relu_task,
    pool_forward_task,
    global_average_task,
    predict_contrast,
    contrast_after_task,
)
