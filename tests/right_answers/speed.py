"""Right answers to the exercises of lesson 10, in many styles."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnn_lab import windows
from cnn_lab.convolution import conv2d
from cnn_lab.reference import pool_forward

# ---- im2col ----


def im2col_by_slices(x, f_H, f_W, stride):
    m, n_H_prev, n_W_prev, n_C_prev = x.shape
    n_H, n_W = (n_H_prev - f_H) // stride + 1, (n_W_prev - f_W) // stride + 1
    found = np.empty((m, n_H, n_W, f_H * f_W * n_C_prev), x.dtype)
    for h in range(n_H):
        for w in range(n_W):
            top, left = h * stride, w * stride
            found[:, h, w] = x[:, top : top + f_H, left : left + f_W].reshape(m, -1)
    return found.reshape(m * n_H * n_W, -1)


def im2col_by_view(x, f_H, f_W, stride):
    view = sliding_window_view(x, (f_H, f_W), axis=(1, 2))[:, ::stride, ::stride]
    return view.transpose(0, 1, 2, 4, 5, 3).reshape(-1, f_H * f_W * x.shape[3])


def im2col_by_strides(x, f_H, f_W, stride):
    m, n_H_prev, n_W_prev, n_C_prev = x.shape
    n_H, n_W = (n_H_prev - f_H) // stride + 1, (n_W_prev - f_W) // stride + 1
    a, b, c, d = x.strides
    shape = (m, n_H, n_W, f_H, f_W, n_C_prev)
    every = as_strided(x, shape, (a, b * stride, c * stride, b, c, d))
    return np.array(every.reshape(m * n_H * n_W, -1), order="F")


def im2col_by_columns(x, f_H, f_W, stride):
    """Fill the columns, one place in the window after another, in float32."""
    n_H = len(range(0, x.shape[1] - f_H + 1, stride))
    n_W = len(range(0, x.shape[2] - f_W + 1, stride))
    columns = []
    for u in range(f_H):
        for v in range(f_W):
            rows = slice(u, u + (n_H - 1) * stride + 1, stride)
            across = slice(v, v + (n_W - 1) * stride + 1, stride)
            for k in range(x.shape[3]):
                columns.append(x[:, rows, across, k].ravel())
    print(len(columns), "columns")
    return np.stack(columns).astype(np.float32).T


def im2col_by_indices(x, f_H, f_W, stride):
    tops = np.arange(0, x.shape[1] - f_H + 1, stride)
    lefts = np.arange(0, x.shape[2] - f_W + 1, stride)
    rows = tops[:, None, None, None] + np.arange(f_H)[:, None]
    columns = lefts[None, :, None, None] + np.arange(f_W)
    picked = x[:, rows, columns]
    assert picked.ndim == 6
    return picked.reshape(-1, picked[0, 0, 0].size)


def im2col_by_lists(x, f_H, f_W, stride):
    return np.array(
        [
            [
                image[top + u][left + v][k]
                for u in range(f_H)
                for v in range(f_W)
                for k in range(x.shape[3])
            ]
            for image in x.tolist()
            for top in range(0, x.shape[1] - f_H + 1, stride)
            for left in range(0, x.shape[2] - f_W + 1, stride)
        ]
    )


# ---- col2im ----


def col2im_by_slices(C, x_shape, f_H, f_W, stride):
    m, n_H_prev, n_W_prev, n_C_prev = x_shape
    n_H, n_W = (n_H_prev - f_H) // stride + 1, (n_W_prev - f_W) // stride + 1
    parts = C.reshape(m, n_H, n_W, f_H, f_W, n_C_prev)
    x = np.zeros(x_shape, C.dtype)
    for h in range(n_H):
        for w in range(n_W):
            top, left = h * stride, w * stride
            x[:, top : top + f_H, left : left + f_W] += parts[:, h, w]
    return x


def col2im_by_places(C, x_shape, f_H, f_W, stride):
    n_H, n_W = (x_shape[1] - f_H) // stride + 1, (x_shape[2] - f_W) // stride + 1
    parts = C.reshape(x_shape[0], n_H, n_W, f_H, f_W, -1)
    x = np.zeros(x_shape, order="F")
    for v in range(f_W):
        for u in range(f_H):
            rows = slice(u, u + (n_H - 1) * stride + 1, stride)
            columns = slice(v, v + (n_W - 1) * stride + 1, stride)
            x[:, rows, columns] += parts[:, :, :, u, v]
    return x


def col2im_by_add_at(C, x_shape, f_H, f_W, stride):
    numbers = np.arange(np.prod(x_shape)).reshape(x_shape)
    x = np.zeros(numbers.size, np.float32)
    np.add.at(x, im2col_by_view(numbers, f_H, f_W, stride), C)
    return x.reshape(x_shape)


def col2im_by_bincount(C, x_shape, f_H, f_W, stride):
    pixels = im2col_by_view(np.arange(np.prod(x_shape)).reshape(x_shape), f_H, f_W, stride)
    assert pixels.shape == C.shape
    return np.bincount(pixels.ravel(), C.ravel(), minlength=np.prod(x_shape)).reshape(x_shape)


def col2im_number_by_number(C, x_shape, f_H, f_W, stride):
    x = np.zeros(x_shape)
    numbers = iter(C.ravel())
    for i in range(x_shape[0]):
        for top in range(0, x_shape[1] - f_H + 1, stride):
            for left in range(0, x_shape[2] - f_W + 1, stride):
                for u, v, k in np.ndindex(f_H, f_W, x_shape[3]):
                    x[i, top + u, left + v, k] += next(numbers)
    print("added", C.size, "numbers")
    return x


def col2im_as_adjoint(C, x_shape, f_H, f_W, stride):
    """Multiply by the transpose of the matrix that im2col is."""
    units = np.eye(int(np.prod(x_shape))).reshape(-1, *x_shape)
    rows = [windows.im2col(unit, (f_H, f_W), stride=stride).ravel() for unit in units]
    return (np.array(rows) @ C.ravel()).reshape(x_shape)


# ---- mean_filter ----


def filter_by_copies(W):
    f_H, f_W, n_C_prev, n_C = W.shape
    copies = np.zeros((f_H + 1, f_W + 1, n_C_prev, 4, n_C), W.dtype)
    for place, (down, right) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        copies[down : down + f_H, right : right + f_W, :, place] = W
    return copies.mean(axis=3)


def filter_by_padding(W):
    up, left, rest = (1, 0), (1, 0), ((0, 0), (0, 0))
    rows = np.pad(W, (up, (0, 0), *rest)) + np.pad(W, (up[::-1], (0, 0), *rest))
    both = np.pad(rows, ((0, 0), left, *rest)) + np.pad(rows, ((0, 0), left[::-1], *rest))
    return (0.25 * both).astype(np.float32)


def filter_by_convolution(W):
    """Convolve every filter with a 2x2 block of quarters (full convolution)."""
    padded = np.pad(W.astype(float), ((1, 1), (1, 1), (0, 0), (0, 0)))
    view = sliding_window_view(padded, (2, 2), axis=(0, 1))
    assert view.shape[-2:] == (2, 2)
    return np.einsum("uvkcab,ab->uvkc", view, np.full((2, 2), 0.25))


def filter_number_by_number(W):
    f_H, f_W, n_C_prev, n_C = W.shape
    made = np.zeros((n_C, n_C_prev, f_W + 1, f_H + 1)).T
    for (u, v, k, c), weight in np.ndenumerate(W):
        for down, right in np.ndindex(2, 2):
            made[u + down, v + right, k, c] += weight / 4
    print(made.shape)
    return made


def filter_by_answers(W):
    """Ask what convolution and pool answer to an image with a single one in it."""
    f_H, f_W, n_C_prev, _ = W.shape
    shape = (f_H + 1, f_W + 1, n_C_prev)
    ones = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    pooled, _ = pool_forward(conv2d(ones, W), {"f": 2, "stride": 2}, mode="average")
    return pooled.reshape(*shape, -1)


RIGHT = {
    "predict_window_matrix": [
        (6400, 400, 10.24),
        (6400.0, 400.0, 10.24),
        (np.int64(6400), np.float64(400), np.float32(10.24)),
        (np.array(6400), np.array(400), 6400 * 400 * 4 / 1e6),
    ],
    "im2col": [
        im2col_by_slices,
        im2col_by_view,
        im2col_by_strides,
        im2col_by_columns,
        im2col_by_indices,
        im2col_by_lists,
    ],
    "col2im": [
        col2im_by_slices,
        col2im_by_places,
        col2im_by_add_at,
        col2im_by_bincount,
        col2im_number_by_number,
    ],
    "mean_filter": [
        filter_by_copies,
        filter_by_padding,
        filter_by_convolution,
        filter_number_by_number,
    ],
}


def im2col_of_the_package(x, f_H, f_W, stride):
    return windows.im2col(x, (f_H, f_W), stride=stride)


WITNESS = {
    "im2col": im2col_of_the_package,
    "col2im": col2im_as_adjoint,
    "mean_filter": filter_by_answers,
}
