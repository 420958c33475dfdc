"""The way back through a dense layer, an exercise of lesson 07."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.losses_dense_mistakes import DENSE

FIRST_LABELS = np.array([7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4])


def dense_backward(dy, x, W):
    """Return the gradients dx, dW and db of a dense layer."""
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return dx, dW, db


def dense_cases():
    rng = np.random.default_rng(73)

    def layer(m, inputs, outputs):
        return (
            rng.normal(size=(m, outputs)),
            rng.normal(size=(m, inputs)),
            rng.normal(size=(inputs, outputs)),
        )

    dy, x, W = layer(2, 4, 3)
    single = tuple(array.astype(np.float32) for array in layer(3, 2, 5))
    return [
        Case("one image", layer(1, 4, 6)),
        Case("several images", layer(3, 5, 2)),
        Case("several images", layer(7, 2, 3)),
        Case("one output", layer(4, 3, 1)),
        Case("square arrays", layer(2, 3, 3), "dy (2, 3), x (2, 3), W (3, 3)"),
        Case("square arrays", layer(3, 3, 3), "dy, x and W all (3, 3)"),
        Case(
            "input of whole numbers", (dy, np.arange(8).reshape(2, 4) % 5, W), "whole inputs (2, 4)"
        ),
        Case("input of float32", single),
    ]


def dense_window(case, output, index):
    dy, x, W = case.arguments
    if output == "dx":
        i, n = index
        text = (
            f"Row {n} of W meets row {i} of dy, {_listed(dy[i])}: the products add up to"
            f" {number(W[n] @ dy[i])}."
        )
        return Window(W, (n, 0, 1, W.shape[1]), "W", text)
    j = index[-1]
    if output == "db":
        text = f"Bias {j} is shared by all images: column {j} of dy is {_listed(dy[:, j])}."
        return Window(dy, (0, j, len(dy), 1), "dy", text)
    n = index[0]
    text = (
        f"Column {n} of x meets column {j} of dy, {_listed(dy[:, j])}: the products add up to"
        f" {number(x[:, n] @ dy[:, j])}."
    )
    return Window(np.asarray(x, float), (0, n, len(x), 1), "x", text)


def _listed(values):
    return ", ".join(map(number, values))


def _first_step():
    """Return dy, x and W for 20 digits and a network that has no idea yet."""
    x = np.stack([digit(n).reshape(-1) for n in range(20)]) / 255
    return (0.1 - np.eye(10)[FIRST_LABELS]) / 20, x, np.zeros((784, 10))


def _draw_dW(gradients):
    from cnn_lab import plots

    shown = [0, 1, 4, 7, 9]
    return plots.kernels(
        -gradients[1].reshape(28, 28, 10)[..., shown],
        titles=[f"for {k}" for k in shown],
        title="Minus your dW of 20 digits: a first step draws each digit into its weights",
        alt="Five pictures of 28 by 28 weights, minus dW, for the classes 0, 1, 4, 7 and 9. Where "
        "the digit of a class has ink the weights rise (red), where the others have ink they fall "
        "(blue).",
    )


DENSE_BACKWARD = Task(
    name="dense_backward",
    lesson="07",
    title="write `dense_backward` for a batch",
    answer=dense_backward,
    cases=dense_cases,
    outputs=("dx", "dW", "db"),
    mistakes=DENSE,
    window=dense_window,
    showcase=Showcase(_first_step, _draw_dW),
)
