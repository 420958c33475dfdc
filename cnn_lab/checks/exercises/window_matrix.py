"""The exercises of lesson 10 on the matrix of windows: `im2col`, and its adjoint `col2im`."""

import numpy as np

from cnn_lab.checks.comparing import number
from cnn_lab.checks.exercise import Case, Showcase, Task, Window
from cnn_lab.checks.exercises.window_matrix_back_mistakes import COL2IM_MISTAKES
from cnn_lab.checks.exercises.window_matrix_mistakes import IM2COL_MISTAKES


def im2col(x, f_H, f_W, stride):
    """Return every window of every image as one row of a matrix."""
    m, n_H_prev, n_W_prev, n_C_prev = x.shape
    n_H = (n_H_prev - f_H) // stride + 1
    n_W = (n_W_prev - f_W) // stride + 1
    C = np.zeros((m * n_H * n_W, f_H * f_W * n_C_prev))
    row = 0
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top = h * stride
                left = w * stride
                window = x[i, top : top + f_H, left : left + f_W, :]
                C[row] = window.ravel()
                row = row + 1
    return C


def col2im(C, x_shape, f_H, f_W, stride):
    """Add every row of C to the pixels of its window."""
    m, n_H_prev, n_W_prev, n_C_prev = x_shape
    n_H = (n_H_prev - f_H) // stride + 1
    n_W = (n_W_prev - f_W) // stride + 1
    parts = C.reshape(m, n_H, n_W, f_H, f_W, n_C_prev)
    x = np.zeros(x_shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top = h * stride
                left = w * stride
                part = parts[i, h, w]
                x[i, top : top + f_H, left : left + f_W] += part
    return x


# ---- cases: the shape of the images, the window, the stride ----

_SIZES = [
    ("one window", (1, 2, 3, 1), (2, 3), 1),
    ("one image", (1, 3, 5, 1), (2, 3), 1),
    ("channels", (1, 4, 3, 2), (3, 2), 1),
    ("images", (2, 3, 4, 1), (2, 3), 1),
    ("images and channels", (3, 4, 5, 2), (3, 2), 1),
    ("stride 2", (1, 5, 8, 2), (3, 2), 2),
    ("stride 2", (2, 7, 5, 3), (1, 3), 2),
    ("stride 3", (2, 5, 9, 2), (2, 3), 3),
    ("pixels left over", (1, 6, 7, 1), (3, 2), 2),
    ("pixels left over", (3, 6, 9, 2), (3, 2), 4),
]


def _places(n, f, stride):
    return (n - f) // stride + 1


def _im2col_cases():
    rng = np.random.default_rng(10)
    return [
        Case(
            part, (rng.normal(size=shape), *size, stride), says=_says("images", shape, size, stride)
        )
        for part, shape, size, stride in _SIZES
    ]


def _col2im_cases():
    rng = np.random.default_rng(11)
    cases = []
    for part, shape, (f_H, f_W), stride in _SIZES:
        n_H, n_W = _places(shape[1], f_H, stride), _places(shape[2], f_W, stride)
        C = rng.normal(size=(shape[0] * n_H * n_W, f_H * f_W * shape[3]))
        says = _says("x_shape", shape, (f_H, f_W), stride)
        cases.append(Case(part, (C, shape, f_H, f_W, stride), says=says))
    return cases


def _says(what, shape, size, stride):
    return f"{what} {shape}, windows {size[0]} x {size[1]}, stride {stride}"


# ---- where a wrong number comes from ----


def _window_of_row(case, output, index):
    """Frame the window that a row of the matrix holds."""
    x, f_H, f_W, stride = case.arguments
    n_H, n_W = _places(x.shape[1], f_H, stride), _places(x.shape[2], f_W, stride)
    i, h, w = map(int, np.unravel_index(index[0], (len(x), n_H, n_W)))
    u, v, k = map(int, np.unravel_index(index[1], (f_H, f_W, x.shape[3])))
    return Window(
        x[i, :, :, k],
        (h * stride, w * stride, f_H, f_W),
        f"x, image {i}, channel {k}",
        f"Row {index[0]} is the window at h = {h}, w = {w} of image {i}, and column {index[1]} its"
        f" place u = {u}, v = {v}, k = {k}: {number(x[i, h * stride + u, w * stride + v, k])}.",
    )


def _windows_of_pixel(case, output, index):
    """Name the numbers that come together in a pixel, and frame the first of them."""
    C, shape, f_H, f_W, stride = case.arguments
    i, row, column, k = index
    n_H, n_W = _places(shape[1], f_H, stride), _places(shape[2], f_W, stride)
    here = [
        (((i * n_H + h) * n_W + w), ((row - h * stride) * f_W + column - w * stride) * shape[3] + k)
        for h in range(n_H)
        for w in range(n_W)
        if 0 <= row - h * stride < f_H and 0 <= column - w * stride < f_W
    ]
    if not here:
        return None
    parts = " and ".join(f"C[{r}, {q}] = {number(C[r, q])}" for r, q in here)
    text = f"The pixel lies in one window, with {parts}."
    if len(here) > 1:
        total = number(sum(C[place] for place in here))
        text = f"The pixel lies in {len(here)} windows, with {parts}; their sum is {total}."
    return Window(C, (*here[0], 1, 1), "C", text)


# ---- pictures ----


def _a_digit():
    from cnn_lab.checks.digits import digit

    return digit(0)[np.newaxis, :, :, np.newaxis], 10, 10, 6


def _draw_rows(C):
    from cnn_lab import plots

    return plots.images(
        np.asarray(C).reshape(16, 10, 10),
        titles=[f"row {n}" for n in range(16)],
        columns=4,
        limits=(0, 255),
        title="A 7 in sixteen windows, each a row of the matrix; neighbours share four pixels",
        alt="The handwritten 7 of 28 by 28 pixels, cut into four by four windows of 10 by 10 "
        "pixels, 6 pixels apart, in reading order: its bar in rows 0 to 7, its stem in rows 6 to "
        "14. Rows 8, 12 and 15 are black.",
    )


def _all_ones():
    return np.ones((12 * 12, 5 * 5)), (1, 28, 28, 1), 5, 5, 2


def _draw_counts(x):
    from cnn_lab import plots

    return plots.heatmap(
        np.asarray(x)[0, :, :, 0],
        title="Ones added back count the windows that hold each pixel: 1 to 9, and 0 at the end",
        alt="A 28 by 28 map for 5 by 5 windows with stride 2. The pixels in the middle lie in 9, 6 "
        "or 4 windows by turns, like a chequered cloth; towards the edges fewer, 1 in a corner. "
        "The last row and column hold 0: they are left over.",
    )


IM2COL = Task(
    name="im2col",
    lesson="10",
    title="write `im2col`",
    answer=im2col,
    cases=_im2col_cases,
    outputs=("C",),
    mistakes=IM2COL_MISTAKES,
    window=_window_of_row,
    showcase=Showcase(_a_digit, _draw_rows),
)

COL2IM = Task(
    name="col2im",
    lesson="10",
    title="write `col2im`",
    answer=col2im,
    cases=_col2im_cases,
    outputs=("x",),
    mistakes=COL2IM_MISTAKES,
    window=_windows_of_pixel,
    showcase=Showcase(_all_ones, _draw_counts),
)
