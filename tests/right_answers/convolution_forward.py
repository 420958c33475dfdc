"""Right answers to the exercises of lesson 03, in the styles in which people write them."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnn_lab import reference
from cnn_lab.convolution import conv2d


def filters_outermost(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)), mode="constant")
    high, wide = W.shape[:2]
    rows = range(0, padded.shape[1] - high + 1, s)
    columns = range(0, padded.shape[2] - wide + 1, s)
    Z = np.zeros((len(A_prev), len(rows), len(columns), W.shape[-1]))
    for c in range(W.shape[-1]):
        for w, left in enumerate(columns):
            for h, top in enumerate(rows):
                for i, image in enumerate(padded):
                    part = image[top : top + high, left : left + wide]
                    Z[i, h, w, c] = reference.conv_single_step(part, W[..., c], b[..., c])
    return Z, (A_prev, W, b, hparameters)


def seven_loops(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    m, rows, columns, channels = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    n_H = int((rows + 2 * p - f_H) / s) + 1
    n_W = int(np.floor((columns + 2 * p - f_W) / s + 1))
    Z = np.empty((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(Z.shape):
        total = b.item(c)
        for u, v, k in np.ndindex(f_H, f_W, channels):
            row, column = h * s + u - p, w * s + v - p
            if 0 <= row < rows and 0 <= column < columns:
                total += A_prev[i, row, column, k] * W[u, v, k, c]
        Z[i, h, w, c] = total
    return [Z, [A_prev, W, b, hparameters]]


def windows_and_einsum(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, [(0, 0), (p, p), (p, p), (0, 0)])
    windows = sliding_window_view(padded, W.shape[:2], axis=(1, 2))[:, ::s, ::s]
    return np.einsum("ihwkuv,uvkc->ihwc", windows, W) + b, (A_prev, W, b, hparameters)


def windows_and_tensordot(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    windows = sliding_window_view(reference.zero_pad(A_prev, p), W.shape[:2], axis=(1, 2))
    Z = np.tensordot(windows[:, ::s, ::s], W, axes=[(3, 4, 5), (2, 0, 1)])
    Z += b
    return Z, (A_prev, W, b, hparameters)


def turned_twice_by_fft(A_prev, W, b, hparameters):
    """A true convolution, by the Fourier transform, with the turned filter."""
    s, p = hparameters["stride"], hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    size = padded.shape[1:3]
    spectrum = np.fft.rfft2(W[::-1, ::-1], size, axes=(0, 1))
    image = np.fft.rfft2(padded, size, axes=(1, 2))
    both = np.einsum("ihwk,hwkc->ihwc", image, spectrum)
    full = np.fft.irfft2(both, size, axes=(1, 2))
    Z = full[:, W.shape[0] - 1 :: s, W.shape[1] - 1 :: s] + b
    return Z, (A_prev, W, b, hparameters)


def matrix_product_in_float32(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    padded = np.ascontiguousarray(np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0))), np.float32)
    f_H, f_W, channels, n_C = W.shape
    m, rows, columns, _ = padded.shape
    n_H, n_W = (rows - f_H) // s + 1, (columns - f_W) // s + 1
    i, h, w, k = padded.strides
    shape = (m, n_H, n_W, f_H, f_W, channels)
    patches = as_strided(padded, shape, (i, s * h, s * w, h, w, k)).reshape(m * n_H * n_W, -1)
    Z = patches @ W.reshape(-1, n_C).astype(np.float32)
    return Z.reshape(m, n_H, n_W, n_C) + np.float32(b), (A_prev, W, b, hparameters)


def fortran_order_with_asserts_and_prints(A_prev, W, b, hparameters):
    assert A_prev.ndim == 4 and W.ndim == 4, "four axes each"
    assert A_prev.shape[3] == W.shape[2]
    print("A_prev", A_prev.shape, "W", W.shape, hparameters)
    A = np.asfortranarray(reference.zero_pad(A_prev, hparameters["pad"]))
    Z = None
    for c in range(W.shape[3]):
        for h in range(0, A.shape[1] - W.shape[0] + 1, hparameters["stride"]):
            for w in range(0, A.shape[2] - W.shape[1] + 1, hparameters["stride"]):
                part = A[:, h : h + W.shape[0], w : w + W.shape[1], :]
                value = (part * W[:, :, :, c]).sum(axis=(1, 2, 3)) + b[0, 0, 0, c]
                Z = value[None] if Z is None else np.concatenate([Z, value[None]])
    step, size = hparameters["stride"], A.shape
    n_H, n_W = ((size[n + 1] - W.shape[n]) // step + 1 for n in (0, 1))
    Z = Z.reshape(W.shape[3], n_H, n_W, len(A)).transpose(3, 1, 2, 0)
    print("Z", Z.shape)
    return Z, (A_prev.copy(), W.copy(), b.copy(), dict(hparameters))


def whole_layer_shifted(A_prev, W, b, hparameters):
    """Add up shifted images, one for each weight: no window at all."""
    s, p = hparameters["stride"], hparameters["pad"]
    padded = reference.zero_pad(A_prev, p)
    n_H, n_W = ((padded.shape[n + 1] - W.shape[n]) // s + 1 for n in (0, 1))
    Z = np.zeros((len(A_prev), n_H, n_W, W.shape[3])) + b
    for u, v in np.ndindex(W.shape[:2]):
        shifted = padded[:, u : u + s * (n_H - 1) + 1 : s, v : v + s * (n_W - 1) + 1 : s]
        Z += shifted @ W[u, v]
    return Z, (A_prev, W, b, hparameters)


def by_the_package(A_prev, W, b, hparameters):
    Z = conv2d(
        np.asarray(A_prev, dtype=float),
        W,
        b.reshape(-1),
        stride=hparameters["stride"],
        padding=hparameters["pad"],
    )
    return Z, (A_prev, W, b, hparameters)


def sliced(Z_stride_1, stride_H, stride_W):
    return Z_stride_1[:, ::stride_H, ::stride_W]


def taken(Z_stride_1, stride_H, stride_W):
    rows = np.arange(0, Z_stride_1.shape[1], stride_H)
    columns = np.arange(0, Z_stride_1.shape[2], stride_W)
    return Z_stride_1.take(rows, axis=1).take(columns, axis=2)


def looped(Z_stride_1, stride_H, stride_W):
    m, rows, columns, n_C = Z_stride_1.shape
    kept = np.zeros((m, -(-rows // stride_H), -(-columns // stride_W), n_C), dtype=np.float32)
    for h in range(kept.shape[1]):
        for w in range(kept.shape[2]):
            kept[:, h, w, :] = Z_stride_1[:, h * stride_H, w * stride_W, :]
    return kept


def masked_in_fortran_order(Z_stride_1, stride_H, stride_W):
    print(Z_stride_1.shape, stride_H, stride_W)
    rows, columns = np.ogrid[: Z_stride_1.shape[1], : Z_stride_1.shape[2]]
    kept = (rows % stride_H == 0) & (columns % stride_W == 0)
    assert kept[0, 0]
    size = (len(Z_stride_1), *np.add(np.subtract(kept.shape, 1) // (stride_H, stride_W), 1), -1)
    return np.asfortranarray(Z_stride_1[:, kept].reshape(size))


VERTICAL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
HORIZONTAL = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
RIGHT_CORNER = [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]
LEFT_CORNER = [[2, 1, 0], [1, 0, -1], [0, -1, -2]]


def stacked():
    bank = np.stack([VERTICAL, HORIZONTAL, RIGHT_CORNER, LEFT_CORNER], axis=-1)
    return bank.reshape(3, 3, 1, 4)


def written_filter_by_filter():
    W = np.zeros((3, 3, 1, 4))
    for c, weights in enumerate([VERTICAL, HORIZONTAL, RIGHT_CORNER, LEFT_CORNER]):
        W[:, :, 0, c] = np.array(weights) / 8
    return W


def signs_turned_and_transposed():
    filters = np.array([VERTICAL, HORIZONTAL, RIGHT_CORNER, LEFT_CORNER], dtype=np.float32)
    return -filters.transpose(1, 2, 0)[:, :, np.newaxis, :]


def nested_list():
    bank = np.array([VERTICAL, HORIZONTAL, RIGHT_CORNER, LEFT_CORNER])
    return np.moveaxis(bank, 0, -1)[:, :, None].tolist()


def patterns_less_their_mean():
    """The patterns themselves as filters, their mean taken away."""
    texts = ["001001001", "111000000", "011001000", "110100000"]
    filters = np.array([[*map(float, text)] for text in texts])
    filters -= filters.mean(axis=1, keepdims=True)
    print("sums", filters.sum(axis=1))
    return filters.T.reshape(3, 3, 1, 4)


def weights_of_one_stacked_in_the_last_place():
    filters = [np.sign(each) for each in (VERTICAL, HORIZONTAL, RIGHT_CORNER, LEFT_CORNER)]
    return np.stack(filters, axis=2)[:, :, None]


RIGHT = {
    "predict_feature_maps": [
        [[0, -1, 1], [2, 1, 1]],
        (((0, -1, 1), (2, 1, 1)),),
        np.array([[0.0, -1.0, 1.0], [2.0, 1.0, 1.0]]),
        [np.array([0, -1, 1]), (np.float64(2), 1, 1.0)],
    ],
    "conv_forward": [
        filters_outermost,
        seven_loops,
        windows_and_einsum,
        windows_and_tensordot,
        turned_twice_by_fft,
        matrix_product_in_float32,
        fortran_order_with_asserts_and_prints,
        whole_layer_shifted,
        by_the_package,
        reference.conv_forward,
    ],
    "keep_strided": [sliced, taken, looped, masked_in_fortran_order],
    "my_filters": [
        stacked,
        written_filter_by_filter,
        signs_turned_and_transposed,
        nested_list,
        patterns_less_their_mean,
        weights_of_one_stacked_in_the_last_place,
    ],
}


def strides_that_differ(Z_stride_1, stride_H, stride_W):
    """Let the reference slide a filter of one weight over each channel."""
    n_C = Z_stride_1.shape[3]
    W, b = np.eye(n_C).reshape(1, 1, n_C, n_C), np.zeros((1, 1, 1, n_C))
    return reference.conv_forward(Z_stride_1, W, b, {"stride": (stride_H, stride_W), "pad": 0})[0]


WITNESS = {"conv_forward": reference.conv_forward, "keep_strided": strides_that_differ}
