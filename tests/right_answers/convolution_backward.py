"""Right answers to the exercises of lesson 05, in the styles in which people write them."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnn_lab import gradient_check, reference

# ---- numerical_gradient ----


def put_back_in_place(f, x):
    grad, work = np.zeros(x.shape), x.astype(np.float64)
    for spot, value in np.ndenumerate(x):
        work[spot] = value + 1e-5
        higher = f(work)
        work[spot] = value - 1e-5
        grad[spot] = (higher - f(work)) / 2e-5
        work[spot] = value
    return grad


def in_the_argument_itself(f, x):
    """Nudge x itself, where it holds floats, and put back exactly what was there."""
    if x.dtype.kind != "f":
        return in_the_argument_itself(f, x.astype(float))
    grad = np.empty_like(x)
    visitor = np.nditer(x, flags=["multi_index"])
    while not visitor.finished:
        spot = visitor.multi_index
        kept = x[spot]
        x[spot] = kept - 1e-5
        lower = f(x)
        x[spot] = kept + 1e-5
        grad[spot] = (f(x) - lower) / 2e-5
        x[spot] = kept
        visitor.iternext()
    return grad


def with_two_copies(f, x):
    h = 1e-5
    gradient = np.full(np.shape(x), np.nan)
    for index in np.ndindex(*x.shape):
        up, down = 1.0 * x, 1.0 * x
        up[index] += h
        down[index] -= h
        assert not np.array_equal(up, down)
        gradient[index] = (f(up) - f(down)) / (up[index] - down[index])
    print("visited", gradient.size)
    return gradient


def over_the_flat_array(f, x):
    flat = np.array(x, dtype=float).reshape(-1)
    slopes = []
    for n in range(flat.size - 1, -1, -1):
        values = []
        for sign in (+1, -1):
            moved = flat.copy()
            moved[n] += sign * 1e-6
            values.append(f(moved.reshape(x.shape)))
        slopes.insert(0, (values[0] - values[1]) / 2e-6)
    return np.array(slopes).reshape(x.shape)


def along_unit_arrays(f, x):
    units = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + 1e-5 * unit) - f(x - 1e-5 * unit)) * 5e4 for unit in units]
    return np.reshape(np.asfortranarray(slopes, dtype=np.float32), x.shape, order="A")


def recursive(f, x):
    """Visit the axes one after the other, whatever their number."""
    x = x.astype(float)
    result = np.zeros_like(x)

    def visit(index):
        if len(index) < x.ndim:
            for n in range(x.shape[len(index)]):
                visit((*index, n))
            return
        nudge = np.zeros_like(x)
        nudge[index] = 2e-5
        result[index] = (f(x + nudge) - f(x - nudge)) / 4e-5

    visit(())
    return result


def with_a_larger_step(f, x):
    slopes = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[index] = 1e-4
        slopes[index] = (f(x + nudge) - f(x - nudge)) / 2e-4
    return slopes


# ---- conv_backward ----


def _padded(A_prev, p):
    return np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))


def _framed_off(dA_pad, A_prev, p):
    return dA_pad[:, p : p + A_prev.shape[1], p : p + A_prev.shape[2], :]


def filters_outermost(dZ, cache):
    """Loop in another order, with start and end written out."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    f_H, f_W, n_C_prev, n_C = W.shape
    m, n_H, n_W, _ = dZ.shape
    padded = _padded(A_prev, p)
    dA_pad, dW, db = np.zeros(padded.shape), np.zeros(W.shape), np.zeros((1, 1, 1, n_C))
    assert db.shape == b.shape
    for c in range(n_C):
        for w in range(n_W):
            for h in range(n_H):
                for i in range(m):
                    top, left = h * s, w * s
                    bottom, right = top + f_H, left + f_W
                    dA_pad[i, top:bottom, left:right, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[..., c] += padded[i, top:bottom, left:right, :] * dZ[i, h, w, c]
                    db[..., c] += dZ[i, h, w, c]
    dA_prev = _framed_off(dA_pad, A_prev, p)
    assert dA_prev.shape == A_prev.shape
    print("dA_prev", dA_prev.shape)
    return dA_prev, dW, db


def image_by_image(dZ, cache):
    """Fill dA_prev one image after the other, as the literature does, minding pad 0."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    dA_prev, dW = np.zeros(A_prev.shape), np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(len(A_prev)):
        a_pad = _padded(A_prev, p)[i]
        da_pad = np.zeros(a_pad.shape)
        for h, w, c in np.ndindex(dZ.shape[1:]):
            here = np.s_[h * s : h * s + W.shape[0], w * s : w * s + W.shape[1], :]
            da_pad[here] += W[:, :, :, c] * dZ[i, h, w, c]
            dW[:, :, :, c] += a_pad[here] * dZ[i, h, w, c]
            db[:, :, :, c] += dZ[i, h, w, c]
        dA_prev[i] = da_pad[p:-p, p:-p, :] if p else da_pad
    return [dA_prev, dW, db]


def windows_and_einsum(dZ, cache):
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    padded = _padded(A_prev, p)
    windows = sliding_window_view(padded, W.shape[:2], axis=(1, 2))[:, ::s, ::s]
    dW = np.einsum("ihwkuv,ihwc->uvkc", windows, dZ)
    shares = np.einsum("uvkc,ihwc->uvihwk", W, dZ)
    dA_pad = np.zeros(padded.shape)
    for u, v in np.ndindex(W.shape[:2]):
        rows, columns = slice(u, u + dZ.shape[1] * s, s), slice(v, v + dZ.shape[2] * s, s)
        dA_pad[:, rows, columns][:, : dZ.shape[1], : dZ.shape[2]] += shares[u, v]
    return (
        _framed_off(dA_pad, A_prev, p).astype(float),
        dW.astype(float),
        dZ.sum(axis=(0, 1, 2), keepdims=True).astype(float),
    )


def overlapping_view_and_add_at(dZ, cache):
    """Write the shares through the indices of every window, with matrix products."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    m, n_H, n_W, n_C = dZ.shape
    padded = _padded(A_prev, p).astype(float)
    places = np.arange(padded.size).reshape(padded.shape)
    i, r, q, k = places.strides
    shape = (m, n_H, n_W, *W.shape[:3])
    of_windows = as_strided(places, shape, (i, r * s, q * s, r, q, k)).reshape(m * n_H * n_W, -1)
    rows = dZ.reshape(-1, n_C).astype(float)
    dW = (padded.ravel()[of_windows].T @ rows).reshape(W.shape)
    dA_pad = np.zeros(padded.size)
    np.add.at(dA_pad, of_windows, rows @ W.reshape(-1, n_C).T)
    dA_prev = _framed_off(dA_pad.reshape(padded.shape), A_prev, p)
    return dA_prev, dW, rows.sum(axis=0).reshape(b.shape)


def turned_and_spread_by_fft(dZ, cache):
    """Find dA_prev as a true convolution, by the Fourier transform."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    padded = _padded(A_prev, p)
    size = [n + f for n, f in zip(padded.shape[1:3], W.shape[:2], strict=True)]
    spread = np.zeros((len(dZ), *padded.shape[1:3], dZ.shape[3]))
    spread[:, : dZ.shape[1] * s : s, : dZ.shape[2] * s : s][:, : dZ.shape[1], : dZ.shape[2]] = dZ
    of_dZ, of_A, of_W = (
        np.fft.rfft2(array, size, axes=axes)
        for array, axes in ((spread, (1, 2)), (padded, (1, 2)), (W, (0, 1)))
    )
    dA_pad = np.fft.irfft2(np.einsum("irqc,rqkc->irqk", of_dZ, of_W), size, axes=(1, 2))
    dW = np.fft.irfft2(np.einsum("irqk,irqc->rqkc", of_A, of_dZ.conj()), size, axes=(0, 1))
    db = np.add.reduce(spread, axis=(0, 1, 2))[np.newaxis, np.newaxis, np.newaxis]
    return _framed_off(dA_pad, A_prev, p), dW[: W.shape[0], : W.shape[1]], db


def float32_channels_first(dZ, cache):
    """Compute in float32 with channels first; return transposed views."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    padded = np.ascontiguousarray(_padded(A_prev, p).transpose(0, 3, 1, 2), dtype=np.float32)
    filters = W.transpose(3, 2, 0, 1).astype(np.float32)
    d = dZ.transpose(0, 3, 1, 2).astype(np.float32)
    f_H, f_W = filters.shape[2:]
    dA_pad, dW = np.zeros_like(padded), np.zeros_like(filters)
    for h in range(d.shape[2]):
        for w in range(d.shape[3]):
            window = padded[:, :, h * s : h * s + f_H, w * s : w * s + f_W]
            dA_pad[:, :, h * s : h * s + f_H, w * s : w * s + f_W] += np.tensordot(
                d[:, :, h, w], filters, axes=1
            )
            dW += np.tensordot(d[:, :, h, w].T, window, axes=1)
    dA_prev = dA_pad[:, :, p : p + A_prev.shape[1], p : p + A_prev.shape[2]]
    db = d.sum(axis=(0, 2, 3)).reshape(b.shape)
    return dA_prev.transpose(0, 2, 3, 1), dW.transpose(2, 3, 1, 0), db


def every_index_by_itself(dZ, cache):
    """Add number by number without a padded array, in Fortran order."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    dA_prev = np.zeros(A_prev.shape, order="F")
    dW = np.zeros(W.shape, order="F")
    db = [0.0] * n_C
    for i, h, w, c in np.ndindex(dZ.shape):
        db[c] += float(dZ[i, h, w, c])
        for u in range(f_H):
            for v in range(f_W):
                r, q = h * s + u - p, w * s + v - p
                if not (0 <= r < n_H_prev and 0 <= q < n_W_prev):
                    continue
                dA_prev[i, r, q] += W[u, v, :, c] * dZ[i, h, w, c]
                dW[u, v, :, c] += A_prev[i, r, q] * dZ[i, h, w, c]
    return dA_prev, dW, np.array(db, ndmin=4)


def negative_ends(dZ, cache):
    """Cut the frame off with ends that are None or negative."""
    A_prev, W, b, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    padded = reference.zero_pad(A_prev, p)
    dA_pad, dW = 0.0 * padded, 0.0 * W
    for i, h, w in np.ndindex(dZ.shape[:3]):
        part = (i, slice(s * h, s * h + len(W)), slice(s * w, s * w + len(W[0])))
        dA_pad[part] += W @ dZ[i, h, w]
        dW += np.multiply.outer(padded[part], dZ[i, h, w])
    inside = slice(p, -p or None)
    return dA_pad[:, inside, inside], dW, np.einsum("ihwc->c", 1.0 * dZ)[None, None, None, :]


# ---- corner_gradients ----


def corner_by_corner(dZ, W):
    corners = np.zeros((2, 2, W.shape[2]))
    corners[0, 0] = (W[0, 0] * dZ[0, 0, 0]).sum(axis=1)
    corners[0, 1] = (W[0, -1] * dZ[0, 0, -1]).sum(axis=1)
    corners[1, 0] = (W[-1, 0] * dZ[0, -1, 0]).sum(axis=1)
    corners[1, 1] = (W[-1, -1] * dZ[0, -1, -1]).sum(axis=1)
    return corners


def corners_in_python(dZ, W):
    f_H, f_W, n_C_prev, n_C = W.shape
    _, n_H, n_W, _ = dZ.shape
    result = []
    for u, h in ((0, 0), (f_H - 1, n_H - 1)):
        row = []
        for v, w in ((0, 0), (f_W - 1, n_W - 1)):
            row.append([
                sum(float(W[u, v, k, c] * dZ[0, h, w, c]) for c in range(n_C))
                for k in range(n_C_prev)
            ])
        result.append(row)
    print(result)
    return np.array(result)


def corners_by_einsum(dZ, W):
    ends = np.ix_([0, -1], [0, -1])
    return np.einsum("rqkc,rqc->rqk", W[ends], dZ[0][ends])


def corners_in_float32_and_fortran_order(dZ, W):
    weights, slopes = W[[0, 0, -1, -1], [0, -1, 0, -1]], dZ[0, [0, 0, -1, -1], [0, -1, 0, -1]]
    four = np.matmul(weights, slopes[:, :, np.newaxis]).reshape(2, 2, -1)
    return np.asfortranarray(four, dtype=np.float32)


def corners_of_the_whole_gradient(dZ, W):
    size = [n + f - 1 for n, f in zip(dZ.shape[1:3], W.shape[:2], strict=True)]
    dA_prev = turned_by_hand(dZ, W, (1, 1), size)
    return dA_prev[0, :: size[0] - 1, :: size[1] - 1]


# ---- gradient_by_turning ----


def turned_by_hand(dZ, W, strides, size):
    """Spread, frame and convolve in one array, with windows and einsum."""
    (f_H, f_W, _, n_C), (s_H, s_W) = W.shape, strides
    framed = np.zeros((len(dZ), size[0] + f_H - 1, size[1] + f_W - 1, n_C))
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            framed[:, f_H - 1 + h * s_H, f_W - 1 + w * s_W] = dZ[:, h, w]
    windows = sliding_window_view(framed, (f_H, f_W), axis=(1, 2))
    return np.einsum("irqcuv,uvkc->irqk", windows, np.flip(W, axis=(0, 1)))


def turned_in_the_words_of_the_lesson(dZ, W, strides, size):
    f_H, f_W, n_C_prev, n_C = W.shape
    turned = np.swapaxes(np.rot90(W, 2), 2, 3)
    spread = np.zeros((dZ.shape[0], size[0] - f_H + 1, size[1] - f_W + 1, n_C))
    spread[:, :: strides[0], :: strides[1], :] = dZ
    assert turned.shape == (f_H, f_W, n_C, n_C_prev)
    pad = {"stride": 1, "pad": (f_H - 1, f_W - 1)}
    return reference.conv_forward(spread, turned, np.zeros((1, 1, 1, n_C_prev)), pad)[0]


def turned_with_too_many_zeros_cut_off(dZ, W, strides, size):
    """Give every number of dZ its own rows and columns, and cut off what is too much."""
    m, n_H, n_W, n_C = dZ.shape
    spread = np.zeros((m, n_H * strides[0], n_W * strides[1], n_C))
    spread[:, :: strides[0], :: strides[1]] = dZ
    framed = reference.zero_pad(spread, (W.shape[0] - 1, W.shape[1] - 1))
    turned, no_bias = W[::-1, ::-1].swapaxes(2, 3), np.zeros((1, 1, 1, W.shape[2]))
    dA_prev, _ = reference.conv_forward(framed, turned, no_bias, {"stride": 1, "pad": 0})
    return dA_prev[:, : size[0], : size[1]]


def turned_pixel_by_pixel(dZ, W, strides, size):
    """Gather for every pixel what the windows that hold it bring."""
    dA_prev = np.zeros((len(dZ), *size, W.shape[2]), order="F")
    for r, q, u, v in np.ndindex(*size, *W.shape[:2]):
        h, rest_H = divmod(r - u, strides[0])
        w, rest_W = divmod(q - v, strides[1])
        if rest_H == rest_W == 0 and 0 <= h < dZ.shape[1] and 0 <= w < dZ.shape[2]:
            dA_prev[:, r, q] = dA_prev[:, r, q] + dZ[:, h, w] @ W[u, v].T
    print(dA_prev.shape)
    return dA_prev


def turned_in_float32_by_row_and_column_matrices(dZ, W, strides, size):
    """Spread by matrices of zeros and ones; return a transposed view in float32."""
    result = np.zeros((W.shape[2], len(dZ), *size), dtype=np.float32)
    for u, v in np.ndindex(W.shape[:2]):
        down, across = np.zeros((size[0], dZ.shape[1])), np.zeros((size[1], dZ.shape[2]))
        down[u + strides[0] * np.arange(dZ.shape[1]), np.arange(dZ.shape[1])] = 1
        across[v + strides[1] * np.arange(dZ.shape[2]), np.arange(dZ.shape[2])] = 1
        result += np.einsum("rh,qw,ihwc,kc->kirq", down, across, dZ, W[u, v]).astype(np.float32)
    return result.transpose(1, 2, 3, 0)


def _by_the_sums(dZ, W, strides, size):
    no_images, no_bias = np.zeros((len(dZ), *size, W.shape[2])), np.zeros((1, 1, 1, W.shape[3]))
    return reference.conv_backward(dZ, (no_images, W, no_bias, {"stride": strides, "pad": 0}))[0]


def _corners_by_the_sums(dZ, W):
    size = [n + f - 1 for n, f in zip(dZ.shape[1:3], W.shape[:2], strict=True)]
    return _by_the_sums(dZ, W, 1, size)[0, :: size[0] - 1, :: size[1] - 1]


RIGHT = {
    "predict_conv_gradients": [
        ((2, 3, 1),),
        ([2, 3, 1],),
        (np.array([2.0, 3.0, 1.0]),),
        ((np.float64(2), np.int64(3), 1.0),),
    ],
    "numerical_gradient": [
        put_back_in_place,
        in_the_argument_itself,
        with_two_copies,
        over_the_flat_array,
        along_unit_arrays,
        recursive,
        with_a_larger_step,
        gradient_check.numerical_gradient,
    ],
    "conv_backward": [
        filters_outermost,
        image_by_image,
        windows_and_einsum,
        overlapping_view_and_add_at,
        turned_and_spread_by_fft,
        float32_channels_first,
        every_index_by_itself,
        negative_ends,
        reference.conv_backward,
    ],
    "corner_gradients": [
        corner_by_corner,
        corners_in_python,
        corners_by_einsum,
        corners_in_float32_and_fortran_order,
        corners_of_the_whole_gradient,
    ],
    "gradient_by_turning": [
        turned_by_hand,
        turned_in_the_words_of_the_lesson,
        turned_with_too_many_zeros_cut_off,
        turned_pixel_by_pixel,
        turned_in_float32_by_row_and_column_matrices,
    ],
    "blind_filter": [
        ([[1, 2, 3], [4, 5, 4], [3, 2, 1]],),
        (np.array([[0.5, -1.0, 2.0], [7.0, 0.0, 7.0], [2.0, -1.0, 0.5]]),),
        (((9, 8, 7), (6, 5, 6), (7, 8, 9)),),
        (np.asfortranarray(np.array([[1, 2, 3], [4, 0, 4], [3, 2, 1]], dtype=np.float32)),),
        ([np.array([1, -1, 2]), (np.float64(0), 5, 0.0), [2, -1, 1]],),
    ],
}

WITNESS = {
    "numerical_gradient": gradient_check.numerical_gradient,
    "conv_backward": reference.conv_backward,
    "corner_gradients": _corners_by_the_sums,
    "gradient_by_turning": _by_the_sums,
}
