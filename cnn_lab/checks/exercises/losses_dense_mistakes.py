"""What goes wrong on the way back through a dense layer."""

import itertools

import numpy as np

from cnn_lab.checks.mistakes import Mistake


def _into_zeros_like(dy, x, W):
    dx = np.zeros_like(x)
    for i in range(len(x)):
        dx[i] = W @ dy[i]
    return dx, x.T @ dy, dy.sum(axis=0)


_SHARES = (
    "You divide by the number of images, but dy is the gradient of the loss already, with the 1/m"
    " of a mean in it: every image adds its share."
)
_STAR = (
    " star multiplies number by number. Here a sum of products is wanted, a matrix product:"
    " over which index does the sum run?"
)

_LESSON = (
    "The lesson's code is for one image; here each row of x and dy is one. Write the shapes side by"
    " side: which array must be turned so that the equal axes meet? Look at {}."
)
_RIGHT = ("dy @ W.T", "x.T @ dy", "dy.sum(axis=0)")


def _for_one_image():
    """Yield the mistakes of those who write for a batch what is right for one image."""
    written = (
        ("W @ dy", "dy @ W", "W.T @ dy", _RIGHT[0]),
        ("np.outer(x, dy)", "x @ dy", "dy @ x", _RIGHT[1]),
    )
    for trio in itertools.product(*written, ("dy", _RIGHT[2])):
        edits = {right: wrong for right, wrong in zip(_RIGHT, trio, strict=True) if right != wrong}
        wrong = [*edits.values()]
        if len(wrong) > 1 or wrong[:1] in (["W.T @ dy"], ["dy @ x"]):
            names = " and ".join(wrong)
            places = [f"`{each}`" for each in wrong if each != "dy"] + ["db"] * ("dy" in wrong)
            yield Mistake(f"for one image: {names}", _LESSON.format(" and ".join(places)), edits)


_FOR_ONE_IMAGE = tuple(_for_one_image())

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
    *_FOR_ONE_IMAGE,
    Mistake(
        "W reshaped",
        "In dx you reshape W where its axes must change places: reshape keeps the reading order, so"
        " the numbers land in other rows and columns. What turns rows into columns?",
        {"W.T": "W.reshape(W.shape[::-1])"},
    ),
    Mistake(
        "x reshaped",
        "In dW you reshape x where its axes must change places: reshape keeps the reading order, so"
        " the images are mixed. What turns rows into columns?",
        {"x.T": "x.reshape(x.shape[::-1])"},
    ),
    Mistake(
        "dx from dW",
        "Your dx is made with dW. An input reaches score j through W[n, j], its weight: which array"
        " is the other factor?",
        {"dy @ W.T": "dy @ (x.T @ dy).T"},
    ),
    Mistake(
        "dW of the first image",
        "Your dW is that of the first image. All images share the weights: what happens to their"
        " shares?",
        {"x.T @ dy": "np.outer(x[0], dy[0])"},
    ),
    Mistake(
        "dW and db of the first image",
        "Your dW and db are those of the first image. All images share weights and biases: what"
        " happens to their shares?",
        {"x.T @ dy": "np.outer(x[0], dy[0])", "dy.sum(axis=0)": "dy[0]"},
    ),
    Mistake(
        "all of the first image",
        "All you return is that of the first image. dx has a row for each image, dW and db add up"
        " the shares of all. Does your return stand inside a loop?",
        {
            "dy @ W.T": "W @ dy[0]",
            "x.T @ dy": "np.outer(x[0], dy[0])",
            "dy.sum(axis=0)": "dy[0]",
        },
    ),
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
