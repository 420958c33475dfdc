"""`gradient_by_turning` of lesson 05: the way back as a convolution with the turned filters."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake
from cnn_lab.geometry import output_size
from cnn_lab.reference import conv_forward, zero_pad

TURNED = "W[::-1, ::-1]"
EXCHANGED = ".transpose(0, 1, 3, 2)"
SPREAD = "spread[:, ::s_H, ::s_W] = dZ"
PLACES = "n_H_prev - f_H + 1, n_W_prev - f_W + 1"


def gradient_by_turning(dZ, W, strides, size):
    """Return dA_prev as a full convolution of the spread dZ with the turned filters."""
    (s_H, s_W), (n_H_prev, n_W_prev) = strides, size
    f_H, f_W, n_C_prev, n_C = W.shape
    spread = np.zeros((len(dZ), n_H_prev - f_H + 1, n_W_prev - f_W + 1, n_C))
    spread[:, ::s_H, ::s_W] = dZ
    framed = zero_pad(spread, (f_H - 1, f_W - 1))
    turned = W[::-1, ::-1].transpose(0, 1, 3, 2)
    no_bias = np.zeros((1, 1, 1, n_C_prev))
    dA_prev, _ = conv_forward(framed, turned, no_bias, {"stride": 1, "pad": 0})
    return dA_prev


def _cases():
    rng = np.random.default_rng(54)
    plan = [
        ("one filter", 1, (2, 3, 1, 1), (1, 1), (3, 5)),
        ("channels and filters", 1, (2, 3, 3, 2), (1, 1), (3, 6)),
        ("images", 2, (3, 2, 2, 3), (1, 1), (5, 4)),
        ("strides", 1, (3, 2, 1, 2), (2, 3), (7, 11)),
        ("strides", 1, (2, 2, 2, 1), (3, 4), (5, 6)),
        ("left-over pixels", 2, (3, 2, 1, 4), (2, 1), (8, 6)),
        ("left-over pixels", 1, (2, 3, 2, 1), (1, 4), (5, 9)),
    ]
    return [_case(rng, *settings) for settings in plan]


def _case(rng, part, m, filters, strides, size):
    n_H, n_W = (
        output_size(n, f, stride=s) for n, f, s in zip(size, filters, strides, strict=False)
    )
    dZ = rng.normal(size=(m, n_H, n_W, filters[3]))
    says = f"dZ {dZ.shape}, W {filters}, strides {strides}, size {size}"
    return Case(part, (dZ, rng.normal(size=filters), strides, size), says)


def _window(case, output, index):
    """Show the window of the framed, spread dZ that gives one pixel."""
    dZ, W, (s_H, s_W), (n_H_prev, n_W_prev) = case.arguments
    (f_H, f_W, _, n_C), (i, r, q, k) = W.shape, index
    spread = np.zeros((len(dZ), n_H_prev - f_H + 1, n_W_prev - f_W + 1, n_C))
    spread[:, ::s_H, ::s_W] = dZ
    framed = zero_pad(spread, (f_H - 1, f_W - 1))
    block = framed[i, r : r + f_H, q : q + f_W]
    text = (
        f"The framed window, times the turned filters' channel {k}, added up over all filters,"
        f" gives {number(np.sum(block * W[::-1, ::-1, k]))}."
    )
    title = f"dZ spread and framed, image {i}, feature map 0"
    return Window(framed[i, :, :, 0], (r, q, f_H, f_W), title, text)


def _letter_n():
    dZ1 = [[-1, 2, 0], [0, 0, 0], [-1, 0, 0]]
    dZ2 = [[0, 0, 0], [3, 0, 0], [0, -2, 0]]
    filters = [[[1, 1], [-1, 1]], [[1, -1], [-1, -1]]]
    dZ = np.stack([dZ1, dZ2], axis=-1)[np.newaxis].astype(float)
    return dZ, np.array(filters, dtype=float)[:, :, np.newaxis, :], (1, 1), (4, 4)


def _draw_letter_n(dA_prev):
    from cnn_lab import plots

    dZ = _letter_n()[0][0]
    return plots.numbers(
        [dZ[:, :, 0], dZ[:, :, 1], dA_prev[0, :, :, 0]], titles=["dZ1", "dZ2", "your dA_prev"],
        roles=["output", "output", "input"], between=["", "->"],
        title="The letter N again: the same dX as with += for every window",
    )


GRADIENT_BY_TURNING = Task(
    name="gradient_by_turning",
    lesson="05",
    title="find dA_prev by turning the filters",
    answer=gradient_by_turning,
    cases=_cases,
    outputs=("dA_prev",),
    window=_window,
    showcase=Showcase(_letter_n, _draw_letter_n),
    mistakes=(
        Mistake(
            "filters not turned",
            "Your filters are not turned. In a window that begins further down a pixel lies further"
            " up: which weight does the first row of dZ meet?",
            {TURNED: "W"},
        ),
        Mistake(
            "rows turned only",
            "Your filters stand on their heads, but they are not turned: what happens to left and"
            " right when you turn a picture by 180 degrees?",
            {TURNED: "W[::-1]"},
        ),
        Mistake(
            "columns turned only",
            "Your filters are mirrored, but they are not turned: what happens to top and bottom"
            " when you turn a picture by 180 degrees?",
            {TURNED: "W[:, ::-1]"},
        ),
        Mistake(
            "channels turned as well",
            "You reverse all four axes of W. A filter is turned in the plane of the picture: which"
            " axes should keep their order?",
            {TURNED: "np.flip(W)"},
        ),
        Mistake(
            "axes reshaped",
            "Your filters have the right shape, but their weights are shuffled: reshape only cuts"
            " the same row of numbers anew. What exchanges two axes?",
            {EXCHANGED: ".reshape(f_H, f_W, n_C, n_C_prev)"},
        ),
        Mistake(
            "channels not exchanged",
            "`conv_forward` cannot match your filters with dZ. On the way back the feature maps"
            " come in and the input channels go out: which axis of the filters is which?",
            {EXCHANGED: ""},
        ),
        Mistake(
            "dZ not spread",
            "Where a stride is larger than 1 your dA_prev has the wrong size: dZ still lies close"
            " together. What stands between its numbers?",
            {SPREAD: "spread = dZ"},
        ),
        Mistake(
            "dZ in the upper left",
            "Your array has the right size, but dZ stands close together in its upper left corner."
            " Which windows of stride 1 do its numbers belong to?",
            {SPREAD: "spread[:, : dZ.shape[1], : dZ.shape[2]] = dZ"},
        ),
        Mistake(
            "dZ repeated",
            "You repeat the numbers of dZ. Windows that the stride skips cannot touch the loss:"
            " what is their gradient?",
            {SPREAD: "spread = np.repeat(np.repeat(dZ, s_H, axis=1), s_W, axis=2)"},
        ),
        Mistake(
            "left-over pixels dropped",
            "Where pixels are left over your dA_prev is too small. How many rows and columns of"
            " windows would there be at stride 1?",
            {PLACES: "(dZ.shape[1] - 1) * s_H + 1, (dZ.shape[2] - 1) * s_W + 1"},
        ),
        Mistake(
            "zeros after the last number",
            "With strides your dA_prev is too large: you give every number of dZ its own s_H rows"
            " and s_W columns, the last one too. How many windows would there be at stride 1?",
            {PLACES: "dZ.shape[1] * s_H, dZ.shape[2] * s_W"},
        ),
        Mistake(
            "as many places as pixels",
            "Your zeros have room for a number at every pixel, and dZ does not fit. How many"
            " windows would there be at stride 1? Not as many as pixels.",
            {PLACES: "n_H_prev, n_W_prev"},
        ),
        Mistake(
            "as many places as pixels, filled one by one",
            "Your dA_prev is too large: you spread dZ over as many places as there are pixels. How"
            " many windows would there be at stride 1? Fewer.",
            {
                PLACES: "n_H_prev, n_W_prev",
                SPREAD: "for h, w in np.ndindex(dZ.shape[1:3]):\n"
                "        spread[:, h * s_H, w * s_W] = dZ[:, h, w]",
            },
        ),
        Mistake(
            "strides confused",
            "Your function breaks where the two strides differ: which of them belongs to the rows?",
            {"::s_H, ::s_W": "::s_W, ::s_H"},
        ),
        Mistake(
            "stride used again",
            "You hand the strides on to `conv_forward` as well. After the spreading, which stride"
            " does the way back have?",
            {'"stride": 1': '"stride": strides'},
        ),
        Mistake(
            "frame too thick",
            "Your dA_prev is too large by two rows and two columns: how far can a window reach"
            " beyond the edge and still hold something of dZ?",
            {"(f_H - 1, f_W - 1)": "(f_H, f_W)"},
        ),
        Mistake(
            "frame forgotten",
            "Your dA_prev is too small: dZ has no frame of zeros, and so the pixels at the edge are"
            " missing.",
            {"zero_pad(spread, (f_H - 1, f_W - 1))": "spread"},
        ),
        Mistake(
            "frame exchanged",
            "Your frame has its two numbers exchanged: a window of f_H rows reaches beyond which"
            " edges, the top and bottom or the left and right?",
            {"(f_H - 1, f_W - 1)": "(f_W - 1, f_H - 1)"},
        ),
        Mistake(
            "frame as for square filters",
            "Your frame is equally thick on all sides, which fits square filters only: how many"
            " rows may a window reach beyond the edge, and how many columns?",
            {"(f_H - 1, f_W - 1)": "f_H - 1"},
        ),
    ),
)
