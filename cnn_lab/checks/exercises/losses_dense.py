"""The way back through a dense layer, an exercise of lesson 07."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake

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
        Case("square", layer(2, 3, 3), "dy (2, 3), x (2, 3), W (3, 3)"),
        Case("square", layer(3, 3, 3), "dy, x and W all (3, 3)"),
        Case("whole numbers", (dy, np.arange(8).reshape(2, 4) % 5, W), "whole inputs (2, 4)"),
        Case("float32", single),
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

    return plots.kernels(
        -gradients[1].reshape(28, 28, 10),
        titles=[f"for {k}" for k in range(10)],
        columns=5,
        title="Minus your dW of 20 digits: a first step draws each digit into its weights",
        alt="Ten pictures of 28 by 28 weights, minus dW. Where the digit of a class has ink the "
        "weights rise (red), where the others have ink they fall (blue). No 8 is among the 20 "
        "images: its picture is blue only.",
    )


# ---- what goes wrong ----


def _into_zeros_like(dy, x, W):
    dx = np.zeros_like(x)
    for i in range(len(x)):
        dx[i] = W @ dy[i]
    return dx, x.T @ dy, dy.sum(axis=0)


_SHARES = (
    "You divide by the number of images, but dy is the gradient of the loss already, with the 1/m"
    " of a mean in it: every image adds its share."
)
_TRANSPOSED = (
    "One of your matrix products meets the wrong axes. For each gradient write down the shapes of"
    " both factors: which axis is summed over, and which must remain?"
)
_STAR = (
    " star multiplies number by number. Here a sum of products is wanted, a matrix product:"
    " over which index does the sum run?"
)

DENSE = (
    Mistake(
        "db is a mean",
        "Your db is the mean over the images. Every image adds its share; dy holds the 1/m of a"
        " mean loss already.",
        {"dy.sum(axis=0)": "dy.mean(axis=0)"},
    ),
    Mistake(
        "dW divided by m",
        "Your dW is too small. " + _SHARES,
        {"x.T @ dy": "x.T @ dy / len(x)"},
    ),
    Mistake(
        "dW and db divided by m",
        "Your dW and db are too small. " + _SHARES,
        {"x.T @ dy": "x.T @ dy / len(x)", "dy.sum(axis=0)": "dy.mean(axis=0)"},
    ),
    Mistake(
        "all divided by m",
        "All three gradients are too small. " + _SHARES,
        {
            "x.T @ dy": "x.T @ dy / len(x)",
            "dy.sum(axis=0)": "dy.mean(axis=0)",
            "dy @ W.T": "dy @ W.T / len(x)",
        },
    ),
    Mistake(
        "db not summed",
        "Your db has a row for each image. All images share one bias: what happens to their"
        " shares?",
        {"dy.sum(axis=0)": "dy"},
    ),
    Mistake(
        "db summed over everything",
        "Your db is one number. Every output has a bias of its own: over which axis is the sum?",
        {"dy.sum(axis=0)": "dy.sum()"},
    ),
    Mistake(
        "db summed over the outputs",
        "Your db has one number for each image. It should have one for each output: which axis of"
        " dy are the images?",
        {"dy.sum(axis=0)": "dy.sum(axis=1)"},
    ),
    Mistake(
        "db with two axes",
        "Your db has the shape (1, outputs). It should have the shape of b, (outputs,).",
        {"dy.sum(axis=0)": "dy.sum(axis=0, keepdims=True)"},
    ),
    Mistake(
        "db of ones",
        "The slope of y in b is 1, but that is half of it: what comes from above is missing.",
        {"dy.sum(axis=0)": "np.ones(dy.shape[1])"},
    ),
    Mistake(
        "db of the first image",
        "Your db is that of one image. All images share the bias.",
        {"dy.sum(axis=0)": "dy[0]"},
    ),
    Mistake(
        "W not transposed",
        "Your dx raises, and with a square W it is wrong without a word: the sum must run over the"
        " outputs j. Which axis of W are they?",
        {"W.T": "W"},
    ),
    Mistake(
        "x not transposed",
        "Your dW raises, and with square arrays it is wrong without a word: the sum must run over"
        " the images. Which axis of x are they?",
        {"x.T": "x"},
    ),
    Mistake(
        "W before dy",
        "In your dx, W stands before dy. The sum must run over the outputs, and the images must"
        " come first: which order and which axes give (m, inputs)?",
        {"dy @ W.T": "W @ dy"},
    ),
    Mistake("neither transposed", _TRANSPOSED, {"x.T": "x", "W.T": "W"}),
    Mistake(
        "dy transposed in dW",
        "Your dW is transposed: it should have the shape of W, (inputs, outputs).",
        {"x.T @ dy": "dy.T @ x"},
    ),
    Mistake(
        "dx transposed",
        "Your dx is transposed: it should have the shape of x, one row for each image.",
        {"dy @ W.T": "W @ dy.T"},
    ),
    Mistake(
        "dx and dW transposed",
        "Your dx and dW are transposed: each gradient has the shape of what it belongs to.",
        {"dy @ W.T": "W @ dy.T", "x.T @ dy": "dy.T @ x"},
    ),
    Mistake("dW number by number", "In dW the" + _STAR, {"x.T @ dy": "x.T * dy"}),
    Mistake("dx number by number", "In dx the" + _STAR, {"dy @ W.T": "dy * W"}),
    Mistake(
        "dx without W",
        "Your dx adds up dy without the weights. An input reaches score j through W[n, j]: what is"
        " the other factor?",
        {"dy @ W.T": "dy.sum(axis=1, keepdims=True) + np.zeros_like(x)"},
    ),
    Mistake(
        "dx summed over the images",
        "Your dx has one row for the whole batch. Every image has its own inputs: only what is"
        " shared is summed.",
        {"dy @ W.T": "(dy @ W.T).sum(axis=0)"},
    ),
    Mistake(
        "dW of the last image",
        "Your dW is that of the last image: does every turn of the loop add to it, or replace it?",
        {"x.T @ dy": "np.outer(x[-1], dy[-1])"},
    ),
    Mistake(
        "dW and db of the last image",
        "Your dW and db are those of the last image: does every turn of the loop add to them, or"
        " replace them?",
        {"x.T @ dy": "np.outer(x[-1], dy[-1])", "dy.sum(axis=0)": "dy[-1]"},
    ),
    Mistake(
        "dW an outer product",
        "Your np.outer multiplies every x of the batch by every dy, across images too. Only x"
        " and dy of the same image belong together.",
        {"x.T @ dy": "np.outer(x, dy)"},
    ),
    Mistake(
        "dW for each image",
        "Your dW has an axis for the images. They share the weights: what happens to their shares?",
        {"x.T @ dy": "x[:, :, np.newaxis] * dy[:, np.newaxis, :]"},
    ),
    Mistake(
        "dx of whole numbers",
        "With whole inputs your dx holds whole numbers: zeros_like(x) takes their type as well as"
        " their shape, and cuts the fractions off.",
        _into_zeros_like,
    ),
    Mistake(
        "signs turned",
        "All your signs are turned. The step against the gradient comes later, with the learning"
        " rate.",
        {"return dx, dW, db": "return -dx, -dW, -db"},
    ),
    Mistake(
        "order dW, db, dx",
        "Your three gradients are right, but in another order: dx comes first.",
        {"return dx, dW, db": "return dW, db, dx"},
    ),
    Mistake(
        "order dW, dx, db",
        "Your dx and dW have changed places: the result is dx, dW, db.",
        {"return dx, dW, db": "return dW, dx, db"},
    ),
    Mistake(
        "order dx, db, dW",
        "Your three gradients are right, but in another order: dW comes before db.",
        {"return dx, dW, db": "return dx, db, dW"},
    ),
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
