"""Right answers to the exercises of lesson 04, in the styles in which people write them."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnn_lab import reference
from cnn_lab.layers import AveragePool2D, MaxPool2D, ReLU


def maximum(x):
    return np.maximum(0, x)


def mask(x):
    return x * (x > 0)


def where(x):
    return np.where(x < 0, 0.0, x)


def copy_and_set(x):
    result = x.copy()
    result[result < 0] = 0
    return result


def half_of_sum_and_size(x):
    return (x + np.abs(x)) / 2


def number_by_number(x):
    print("shape", x.shape)
    result = np.array([max(0.0, float(number)) for number in x.ravel()])
    assert result.min() >= 0
    return result.reshape(x.shape)


def in_float32_fortran_order(x):
    return np.asfortranarray(x, dtype=np.float32).clip(min=0)


def channels_outermost(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, rows, columns, n_C = A_prev.shape
    out = np.empty((m, 1 + (rows - f) // stride, 1 + (columns - f) // stride, n_C))
    for c in range(n_C):
        for w, left in enumerate(range(0, columns - f + 1, stride)):
            for h, top in enumerate(range(0, rows - f + 1, stride)):
                for i in range(m):
                    window = A_prev[i, top : top + f, left : left + f, c]
                    out[i, h, w, c] = window.max() if mode == "max" else window.mean()
    return out, (A_prev, hparameters)


def six_loops(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, rows, columns, n_C = A_prev.shape
    n_H, n_W = int((rows - f) / stride) + 1, int((columns - f) / stride) + 1
    pooled = np.zeros((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(m, n_H, n_W, n_C):
        largest, total = -np.inf, 0.0
        for u in range(f):
            for v in range(f):
                number = A_prev[i, h * stride + u, w * stride + v, c]
                total += number
                if number > largest:
                    largest = number
        pooled[i, h, w, c] = largest if mode == "max" else total / f**2
    return [pooled, [A_prev, hparameters]]


def windows_of_all(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    windows = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::stride, ::stride]
    pick = {"max": np.max, "average": np.mean}[mode]
    return pick(windows, axis=(-2, -1)), (A_prev, hparameters)


def strided_in_float32(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    A = np.ascontiguousarray(A_prev, dtype=np.float32)
    m, rows, columns, n_C = A.shape
    n_H, n_W = (rows - f) // stride + 1, (columns - f) // stride + 1
    i, h, w, c = A.strides
    shape, strides = (m, n_H, n_W, n_C, f, f), (i, h * stride, w * stride, c, h, w)
    windows = as_strided(A, shape, strides).reshape(m, n_H, n_W, n_C, f * f)
    return (windows.max(-1) if mode == "max" else windows.mean(-1)), (A_prev, hparameters)


def shifted_maps(A_prev, hparameters, mode="max"):
    """Compare shifted copies of the whole batch, one for each place in the window."""
    f, stride = hparameters["f"], hparameters["stride"]
    n_H, n_W = ((size - f) // stride + 1 for size in A_prev.shape[1:3])
    rows, columns = (stride * (n - 1) + 1 for n in (n_H, n_W))
    shifted = [
        A_prev[:, u : u + rows : stride, v : v + columns : stride, :]
        for u in range(f)
        for v in range(f)
    ]
    if mode == "max":
        return np.maximum.reduce(shifted).astype(float), (A_prev, hparameters)
    return sum(shifted) / (f * f), (A_prev, hparameters)


def fortran_order_with_asserts_and_prints(A_prev, hparameters, mode="max"):
    assert mode in ("max", "average"), f"unknown mode {mode}"
    A = np.asfortranarray(A_prev, dtype=float)
    f, stride = hparameters["f"], hparameters["stride"]
    tops = np.arange(0, A.shape[1] - f + 1, stride)
    lefts = np.arange(0, A.shape[2] - f + 1, stride)
    print(f"{len(tops)} x {len(lefts)} windows")
    pick = np.max if mode == "max" else np.average
    columns = [
        [pick(A[:, top : top + f, left : left + f], axis=(1, 2)) for top in tops] for left in lefts
    ]
    return np.array(columns).transpose(2, 1, 0, 3), (A_prev.copy(), dict(hparameters))


def by_the_package(A_prev, hparameters, mode="max"):
    pool = MaxPool2D if mode == "max" else AveragePool2D
    layer = pool(hparameters["f"], stride=hparameters["stride"])
    layer.build(A_prev.shape[1:], np.random.default_rng(0), np.float64)
    return layer.forward(A_prev.astype(float)), (A_prev, hparameters)


def mean_of_axes(A):
    return A.mean(axis=(1, 2))


def mean_of_means(A):
    return np.mean(np.mean(A, axis=1), axis=1)


def summed_in_loops(A):
    m, n_H, n_W, n_C = A.shape
    result = np.zeros((m, n_C), order="F")
    for h in range(n_H):
        for w in range(n_W):
            result += A[:, h, w, :]
    print(result)
    return result / n_H / n_W


def einsum_in_float32(A):
    assert A.ndim == 4
    return np.einsum("ihwc->ic", A.astype(np.float32)) / np.float32(A.shape[1] * A.shape[2])


def transposed_view(A):
    return np.array([[a_map.mean() for a_map in A[..., c]] for c in range(A.shape[3])]).T


def window_as_large_as_the_map(A):
    return reference.pool_forward(A, {"f": A.shape[1:3], "stride": 1}, "average")[0][:, 0, 0, :]


def pooled_in_a_loop(A, mode, times):
    P = A
    for _ in range(times):
        P = reference.pool_forward(P, {"f": 2, "stride": 2}, mode)[0]
    return float(P.max() - P.min())


def recursive(A, mode, times):
    if times == 0:
        return np.ptp(A)
    return recursive(reference.pool_forward(A, {"f": 2, "stride": 2}, mode)[0], mode, times - 1)


def one_large_window(A, mode, times):
    size = 2**times
    P, _ = reference.pool_forward(A, {"f": size, "stride": size}, mode)
    print(P.shape)
    return np.array(P.max() - P.min())


def while_in_float32(A, mode, times):
    A = A.astype(np.float32)
    while times > 0:
        rows, columns = A.shape[1] // 2 * 2, A.shape[2] // 2 * 2
        quarters = [A[:, u:rows:2, v:columns:2] for u in (0, 1) for v in (0, 1)]
        A = np.max(quarters, axis=0) if mode == "max" else np.mean(quarters, axis=0)
        times -= 1
    assert A.ndim == 4
    return max(A.ravel()) - min(A.ravel())


def sorted_numbers(A, mode, times):
    for _ in range(times):
        A, _ = windows_of_all(A, {"f": 2, "stride": 2}, mode)
    numbers = sorted(A.ravel().tolist())
    return numbers[-1] - numbers[0]


RIGHT = {
    "predict_pooling": [
        [[[4, 5], [6, 2]], [[1.75, 2], [2, 1]]],
        ((((4, 5), (6, 2)), ((1.75, 2.0), (2.0, 1.0))),),
        np.array([[[4, 5], [6, 2]], [[7 / 4, 2], [2, 1]]]),
        [np.array([[4, 5], [6, 2]]), np.array([[1.75, 2], [2, 1]])],
        [[[4.0, np.int64(5)], (6, 2)], [[np.float32(1.75), 2], [2, 1]]],
    ],
    "relu": [
        maximum,
        mask,
        where,
        copy_and_set,
        half_of_sum_and_size,
        number_by_number,
        in_float32_fortran_order,
    ],
    "pool_forward": [
        channels_outermost,
        six_loops,
        windows_of_all,
        strided_in_float32,
        shifted_maps,
        fortran_order_with_asserts_and_prints,
        by_the_package,
        reference.pool_forward,
    ],
    "global_average": [
        mean_of_axes,
        mean_of_means,
        summed_in_loops,
        einsum_in_float32,
        transposed_view,
        window_as_large_as_the_map,
    ],
    "predict_contrast": [
        [1, 0.25, 0, 0.25],
        ((1.0, 0.25, 0.0, 0.25),),
        np.array([1, 1 / 4, 0, 1 / 4]),
        [np.float64(1), np.float32(0.25), np.int64(0), 0.25],
    ],
    "contrast_after": [
        pooled_in_a_loop,
        recursive,
        one_large_window,
        while_in_float32,
        sorted_numbers,
    ],
}


def layer_relu(x):
    return ReLU().forward(x)


WITNESS = {
    "relu": layer_relu,
    "pool_forward": reference.pool_forward,
    "global_average": window_as_large_as_the_map,
    "contrast_after": one_large_window,
}
