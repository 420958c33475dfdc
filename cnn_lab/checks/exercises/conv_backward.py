"""`conv_backward` of lesson 05: the right answer, its cases, and where its numbers come from."""

import numpy as np

from cnn_lab.checks import digits
from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.conv_backward_places import PLACES
from cnn_lab.checks.exercises.conv_backward_sums import SUMS
from cnn_lab.geometry import output_size
from cnn_lab.reference import conv_forward


def conv_backward(dZ, cache):
    """Return the gradients dA_prev, dW and db of a convolution."""
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    n_H, n_W = dZ.shape[1:3]
    A_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA_pad = np.zeros(A_pad.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                rows = slice(h * stride, h * stride + f_H)
                columns = slice(w * stride, w * stride + f_W)
                window = A_pad[i, rows, columns]
                for c in range(n_C):
                    dA_pad[i, rows, columns] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += window * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    dA_prev = dA_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev]
    return dA_prev, dW, db


def _cases():
    rng = np.random.default_rng(505)
    plan = [
        ("one weight", (1, 1, 1, 1), (1, 1, 1, 1), 1, 0),
        ("one window", (1, 3, 3, 1), (3, 3, 1, 1), 1, 0),
        ("one filter", (1, 4, 6, 1), (2, 2, 1, 1), 1, 0),
        ("channels", (1, 4, 5, 3), (2, 2, 3, 1), 1, 0),
        ("filters", (1, 5, 4, 2), (3, 3, 2, 4), 1, 0),
        ("images", (3, 5, 4, 2), (2, 2, 2, 4), 1, 0),
        ("stride", (1, 5, 9, 2), (3, 3, 2, 3), 2, 0),
        ("left-over pixels", (2, 6, 8, 2), (3, 3, 2, 1), 2, 0),
        # Here every window fits into A_prev: without a frame wrong numbers come out, no exception.
        ("padding", (1, 5, 8, 1), (2, 2, 1, 2), 3, 1),
        ("padding", (1, 3, 4, 1), (3, 3, 1, 2), 1, 1),
        ("padding", (3, 2, 3, 2), (4, 4, 2, 1), 1, 2),
        ("filter that is not square", (1, 4, 6, 2), (2, 3, 2, 2), 1, 0),
        ("filter that is not square", (2, 7, 5, 1), (3, 2, 1, 3), 2, 0),
    ]
    floats = [
        Case(part, _arguments(rng.normal, *settings), _in_words(*settings))
        for part, *settings in plan
    ]
    settings = (1, 3, 5, 3), (2, 2, 3, 2), 1, 0
    dZ, (*arrays, hparameters) = _arguments(rng.normal, *settings)
    whole = tuple(_whole_numbers(array) for array in arrays)
    says = "A_prev, W and b of whole numbers, "
    return [
        *floats,
        Case("whole numbers", (dZ, (*whole, hparameters)), says + "dZ of floats"),
        Case("whole numbers", (_whole_numbers(dZ), (*whole, hparameters)), says + "dZ as well"),
    ]


def _arguments(draw, shape, filters, stride, pad):
    n_H, n_W = (
        output_size(size, f, stride=stride, padding=pad)
        for size, f in zip(shape[1:3], filters[:2], strict=True)
    )
    b = draw(size=(1, 1, 1, filters[3]))
    dZ = draw(size=(shape[0], n_H, n_W, filters[3]))
    return dZ, (draw(size=shape), draw(size=filters), b, {"stride": stride, "pad": pad})


def _whole_numbers(array):
    return np.round(3 * array).astype(int)


def _in_words(shape, filters, stride, pad):
    return f"A_prev {shape}, W {filters}, stride {stride}, pad {pad}"


def _window(case, output, index):
    """Show the pixels that a weight met, or the windows that held a pixel."""
    dZ, cache = case.arguments
    if output == "db":
        return _window_of_bias(dZ, index[-1])
    if output == "dW":
        return _window_of_weight(dZ, cache, index)
    return _window_of_pixel(dZ, cache, index)


def _window_of_bias(dZ, c):
    text = (
        f"The bias of filter {c} is added to each of the {dZ[..., c].size} numbers of feature map"
        f" {c}, in all images; these numbers of dZ add up to {number(np.sum(dZ[..., c]))}."
    )
    return Window(dZ[0, :, :, c], (0, 0, *dZ.shape[1:3]), f"dZ, image 0, feature map {c}", text)


def _window_of_weight(dZ, cache, index):
    (A_prev, _, _, hparameters), (u, v, k, c) = cache, index
    stride, pad = hparameters["stride"], hparameters["pad"]
    A_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = ((n - 1) * stride + 1 for n in dZ.shape[1:3])
    met = A_pad[:, u : u + height : stride, v : v + width : stride, k]
    every = {1: "", 2: ", in every second row and column,", 3: ", in every third row and column,"}
    text = (
        f"Over all windows the weight [{u}, {v}, {k}] of filter {c} meets the framed"
        f" pixels{every[stride]} in each image. Multiplied with dZ[:, :, :, {c}] and added up they"
        f" give {number(np.sum(met * dZ[..., c]))}."
    )
    name = "A_prev padded" if pad else "A_prev"
    return Window(A_pad[0, :, :, k], (u, v, height, width), f"{name}, image 0, channel {k}", text)


def _window_of_pixel(dZ, cache, index):
    (A_prev, W, _, hparameters), (i, r, q, k) = cache, index
    stride, pad = hparameters["stride"], hparameters["pad"]
    rows = _windows_with(r + pad, dZ.shape[1], W.shape[0], stride)
    columns = _windows_with(q + pad, dZ.shape[2], W.shape[1], stride)
    if not rows or not columns:
        return Window(
            A_prev[i, :, :, k],
            (r, q, 1, 1),
            f"A_prev, image {i}, channel {k}",
            "No window holds this pixel: its gradient is 0.",
        )
    total = sum(
        W[r + pad - h * stride, q + pad - w * stride, k] @ dZ[i, h, w]
        for h in rows
        for w in columns
    )
    text = (
        f"The pixel lies in the windows of rows h = {_listed(rows)} and columns w ="
        f" {_listed(columns)}: their dZ is framed. Each, times the weight that lay over the pixel,"
        f" added up over all filters: {number(total)}."
    )
    frame = (rows[0], columns[0], len(rows), len(columns))
    return Window(dZ[i, :, :, 0], frame, f"dZ, image {i}, feature map 0", text)


def _windows_with(place, count, size, stride):
    return [n for n in range(count) if 0 <= place - n * stride < size]


def _listed(numbers):
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _digit_and_its_edges():
    A_prev = digits.digit(0).reshape(1, 28, 28, 1) / 255
    W = np.array([1.0, -1.0]).reshape(1, 2, 1, 1)
    Z, cache = conv_forward(A_prev, W, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    return Z, cache


def _draw_slopes(gradients):
    from cnn_lab import plots

    image, slopes = digits.digit(0) / 255, gradients[0][0, :, :, 0]
    before, after = (np.sum(np.diff(x, axis=1) ** 2) / 2 for x in (image, image - slopes / 4))
    lower = f"taking a quarter of them away lowers the loss from {before:.1f} to {after:.1f}"
    return plots.feature_maps(
        slopes[:, :, np.newaxis],
        image=image,
        titles=["dA_prev: how a loss grows that counts steps between left and right neighbours"],
        title=f"One pass back finds the slopes of 784 pixels; {lower}",
        alt="A handwritten seven; the filter is left minus right, the loss half the sum of Z"
        " squared. dA_prev by your function is 0 on flat areas, positive inside the slanted stroke"
        f" and negative along both its edges; {lower}.",
    )


CONV_BACKWARD = Task(
    name="conv_backward",
    lesson="05",
    title="write `conv_backward`",
    answer=conv_backward,
    cases=_cases,
    outputs=("dA_prev", "dW", "db"),
    mistakes=(*PLACES, *SUMS),
    planes={"dW": (0, 1), "db": (2, 3)},
    window=_window,
    showcase=Showcase(_digit_and_its_edges, _draw_slopes),
)
