"""The exercise of lesson 08 on gradient descent with momentum."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.descent_mistakes import MISTAKES


def descend(w, slope, learning_rate, momentum, steps):
    """Return where gradient descent with momentum arrives."""
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * slope(w)
        w = w + velocity
    return w


_BOWL = np.array([[3.0, 1.0, 0.4], [1.0, 2.0, -0.7], [0.4, -0.7, 1.5]])


def _narrow_valley(w):
    return np.array([12.0, 0.5]) * w


def _tilted_bowl(w):
    return _BOWL @ w


def _steep_walls(w):
    return 0.8 * w**3 - 0.3


def _cases():
    near = np.array([1.1, -0.8])
    column = np.array([[0.9, -0.4], [0.3, 1.2], [-0.7, 0.5]])
    return [
        _case("one step", near, _narrow_valley, 0.02, 0.0, 1),
        _case("one step", near, _narrow_valley, 0.02, 0.7, 1),
        _case("without momentum", near, _narrow_valley, 0.03, 0.0, 4),
        _case("two steps", near, _narrow_valley, 0.02, 0.5, 2),
        _case("several steps", near, _narrow_valley, 0.015, 0.9, 6),
        _case("several steps", np.array([0.7, -1.3, 0.4]), _tilted_bowl, 0.11, 0.6, 5),
        _case("no step", near, _narrow_valley, 0.02, 0.5, 0),
        _case("w with two axes", column, _steep_walls, 0.07, 0.8, 4),
    ]


def _case(part, w, slope, learning_rate, momentum, steps):
    says = f"w = {w.tolist()}, learning rate {learning_rate}, momentum {momentum}, steps {steps}"
    return Case(part, (w, slope, learning_rate, momentum, steps), says=says)


def _path(case, output, index):
    """Show every place on the way, and the sum that leads to the right number."""
    w, slope, learning_rate, momentum, steps = case.arguments
    if steps == 0:
        return None
    places = [np.array(w, float)]
    velocity = np.zeros(np.shape(w))
    for _ in range(steps):
        old, gradient = velocity[index], slope(places[-1])
        velocity = momentum * velocity - learning_rate * gradient
        places.append(places[-1] + velocity)
    place = int(np.ravel_multi_index(index, np.shape(w)))
    return Window(
        np.array(places).reshape(steps + 1, -1),
        (0, place, steps + 1, 1),
        "the way, step by step",
        f"Step {steps}: the slope is {number(gradient[index])}, so the velocity becomes {momentum}"
        f" · ({number(old)}) − {learning_rate} · ({number(gradient[index])})"
        f" = {number(velocity[index])}, and {number(places[-2][index])} moves to"
        f" {number(places[-1][index])}.",
    )


# ---- the picture: many walkers at once, each with a momentum of its own ----

_MOMENTA = np.linspace(0, 0.98, 50)
_STEEP = np.array([20.0, 0.5])


def _walkers():
    start = np.ones((len(_MOMENTA), 2))
    return start, lambda w: _STEEP * w, 0.05, _MOMENTA[:, np.newaxis], 60


def _draw_distances(places):
    from cnn_lab import plots

    distance = np.hypot(*np.asarray(places, float).T)
    best = int(np.argmin(distance))
    smallest = f"{distance[best]:.5f}"
    return plots.curves(
        {"distance after 60 steps": distance},
        x=_MOMENTA,
        xlabel="momentum",
        ylabel="distance after 60 steps",
        logy=True,
        marks=[
            (0.0, distance[0], f"{distance[0]:.2f}"),
            (_MOMENTA[best], distance[best], smallest),
        ],
        title="In a valley 40 times as steep across as along, momentum pays, up to a point",
        alt="Distance from the lowest point after 60 steps, on a logarithmic axis, over the "
        f"momentum: {distance[0]:.2f} without any, {smallest} at {_MOMENTA[best]:.2f},"
        f" and {distance[-1]:.2f} at {_MOMENTA[-1]:.2f}.",
    )


DESCEND = Task(
    name="descend",
    lesson="08",
    title="write `descend`",
    answer=descend,
    cases=_cases,
    outputs=("w",),
    mistakes=MISTAKES,
    window=_path,
    showcase=Showcase(_walkers, _draw_distances),
)
