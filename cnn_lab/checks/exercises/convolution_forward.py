"""Lesson 03: a filter travels over every image of a batch."""

import numpy as np

from cnn_lab import reference
from cnn_lab.checks.comparing import number
from cnn_lab.checks.digits import digit
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises import convolution_forward_mistakes as mistakes
from cnn_lab.checks.exercises.convolution_forward_questions import (
    my_filters,
    predict_feature_maps,
)
from cnn_lab.checks.exercises.strides_that_differ import keep_strided_task

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # answers to upright edges

# ---- conv_forward ----


def conv_forward(A_prev, W, b, hparameters):
    """Slide every filter over every image; return Z and the cache."""
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    n_H = (n_H_prev + 2 * pad - f_H) // stride + 1
    n_W = (n_W_prev + 2 * pad - f_W) // stride + 1
    A_pad = reference.zero_pad(A_prev, pad)
    Z = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                window = A_pad[i, top : top + f_H, left : left + f_W, :]
                for c in range(n_C):
                    Z[i, h, w, c] = np.sum(window * W[:, :, :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def _conv_forward_with_floats_in_the_cache(A_prev, W, b, hparameters):
    """Answer as `reference.conv_forward` does: whole numbers come back as floats in the cache."""
    return conv_forward(A_prev.astype(float), W, b, hparameters)


def _conv_cases():
    """Return the cases of `conv_forward`: one thing more in each, all axes unequal."""
    rng = np.random.default_rng(3)

    def case(part, A_shape, W_shape, stride=1, pad=0, bias=True):
        A_prev, W = rng.normal(size=A_shape), rng.normal(size=W_shape)
        b = rng.normal(size=(1, 1, 1, W_shape[3])) + 0.5
        says = f"A_prev {A_shape}, W {W_shape}, stride {stride}, pad {pad}"
        b = b if bias else np.zeros_like(b)
        return Case(part, (A_prev, W, b, {"stride": stride, "pad": pad}), says)

    pixels = rng.integers(0, 10, size=(1, 5, 4, 2))
    W, b = rng.normal(size=(2, 3, 2, 3)), rng.normal(size=(1, 1, 1, 3))
    whole = (pixels, W, b, {"stride": 1, "pad": 0})
    single = (pixels[..., ::-1].astype(np.float32), W.astype(np.float32), b, whole[3])
    return [
        case("a square filter", (1, 4, 6, 1), (2, 2, 1, 1), bias=False),
        case("a filter of 3 by 2", (1, 4, 6, 1), (3, 2, 1, 1), bias=False),
        case("bias", (1, 4, 6, 1), (3, 2, 1, 1)),
        case("channels", (1, 4, 6, 3), (3, 2, 3, 1)),
        case("filters", (1, 6, 5, 3), (2, 3, 3, 4)),
        case("images", (3, 6, 7, 2), (4, 3, 2, 3)),
        case("padding", (2, 4, 6, 3), (3, 2, 3, 4), pad=2),
        case("stride", (2, 7, 8, 3), (3, 2, 3, 4), stride=2),
        case("stride and padding", (2, 5, 6, 3), (3, 2, 3, 4), stride=2, pad=1),
        case("pixels left over", (2, 6, 9, 3), (3, 2, 3, 4), stride=3, pad=1),
        case("pixels left over", (1, 8, 7, 2), (2, 3, 2, 3), stride=3),
        case("one window only", (1, 3, 5, 2), (3, 5, 2, 4)),
        Case("input of whole numbers", whole, "A_prev of whole numbers, (1, 5, 4, 2)"),
        Case("input of float32", single, "A_prev and W of float32"),
    ]


def _conv_window(case, output, index):
    """Show the padded image, the window that was due, and its sum."""
    if output != "Z":
        return None
    A_prev, W, b, hparameters = case.arguments
    stride, pad = hparameters["stride"], hparameters["pad"]
    i, h, w, c = index
    f_H, f_W, n_C_prev, _ = W.shape
    A_pad = reference.zero_pad(A_prev, pad)
    top, left = h * stride, w * stride
    patch = A_pad[i, top : top + f_H, left : left + f_W, :]
    total, bias = np.sum(patch * W[:, :, :, c]), b[0, 0, 0, c]
    title = f"A_prev[{i}]" + f" padded by {pad}" * (pad > 0) + f", channel 0 of {n_C_prev}"
    over = f" over all {n_C_prev} channels" * (n_C_prev > 1)
    text = (
        f"The framed window times filter {c}{over} is {number(total)}; plus the bias"
        f" {number(bias)} that makes {number(total + bias)}."
    )
    return Window(A_pad[i, :, :, 0], (top, left, f_H, f_W), title, text)


def _a_nought_to_convolve():
    W = np.stack([SOBEL, SOBEL.T[::-1]], axis=-1).reshape(3, 3, 1, 2)
    return digit(3).reshape(1, 28, 28, 1), W, np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 1}


def _draw_two_maps(result):
    from cnn_lab import plots

    maps = np.asarray(result[0])[0]
    return plots.feature_maps(
        maps,
        image=digit(3),
        titles=["vertical Sobel", "horizontal Sobel"],
        signed=True,
        title="A 0 under two filters, pad 1: one finds its flanks, the other its top and bottom",
        alt=f"A handwritten 0 and two maps of {maps.shape[0]} by {maps.shape[1]} numbers, from "
        f"{number(maps.min())} to {number(maps.max())}. Vertical Sobel: both flanks of the ring, "
        "red where it begins, blue where it ends. Horizontal: top and bottom, blue above red.",
    )


conv_forward_task = Task(
    "conv_forward",
    lesson="03",
    title="write conv_forward",
    answer=conv_forward,
    cases=_conv_cases,
    outputs=("Z", "cache"),
    mistakes=mistakes.CONV_FORWARD,
    alternatives=(_conv_forward_with_floats_in_the_cache,),
    window=_conv_window,
    showcase=Showcase(_a_nought_to_convolve, _draw_two_maps),
)

EXERCISES = (predict_feature_maps, conv_forward_task, keep_strided_task, my_filters)
