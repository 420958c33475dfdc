"""Right answers to the exercises of lesson 02, in different styles."""

import math

import numpy as np

from cnn_lab import geometry, reference

# ---- zero_pad, with one number and with a pair ----


def _two(pad):
    return (pad, pad) if np.isscalar(pad) else tuple(pad)


def numpy_pad(X, pad):
    pad_H, pad_W = _two(pad)
    return np.pad(X.astype(float), ((0, 0), (pad_H, pad_H), (pad_W, pad_W), (0, 0)))


def pixel_by_pixel(X, pad):
    pad_H, pad_W = _two(pad)
    m, n_H, n_W, n_C = X.shape
    X_pad = np.zeros((m, n_H + pad_H + pad_H, n_W + pad_W + pad_W, n_C))
    for k in range(n_C):
        for w in range(n_W):
            for h in range(n_H):
                for i in range(m):
                    X_pad[i, h + pad_H, w + pad_W, k] = X[i, h, w, k]
    return X_pad


def strips_of_zeros(X, pad):
    pad_H, pad_W = _two(pad)
    m, n_H, _, n_C = X.shape
    side = np.zeros((m, n_H, pad_W, n_C))
    wide = np.concatenate([side, X, side], axis=2)
    cap = np.zeros((m, pad_H, wide.shape[2], n_C))
    return np.concatenate([cap, wide, cap], axis=1)


def float32_in_fortran_order(X, pad):
    pad_H, pad_W = _two(pad)
    assert X.ndim == 4, X.shape
    print("padding", X.shape, "by", pad)
    shape = (X.shape[0], X.shape[1] + 2 * pad_H, X.shape[2] + 2 * pad_W, X.shape[3])
    X_pad = np.zeros(shape, dtype=np.float32, order="F")
    middle = X_pad[:, pad_H : shape[1] - pad_H, pad_W : shape[2] - pad_W]
    middle[...] = X
    return X_pad


def selection_matrices(X, pad):
    pad_H, pad_W = _two(pad)
    rows = np.eye(X.shape[1] + 2 * pad_H, X.shape[1], -pad_H)
    columns = np.eye(X.shape[2] + 2 * pad_W, X.shape[2], -pad_W)
    return np.einsum("rh,cw,ihwk->irck", rows, columns, X)


def turned_view(X, pad):
    pad_H, pad_W = _two(pad)
    planes = [np.pad(X[..., k], ((0, 0), (pad_H,) * 2, (pad_W,) * 2)) for k in range(X.shape[3])]
    return np.moveaxis(np.array(planes, dtype=float), 0, -1)


# ---- output_size ----


def counted_with_range(size, kernel_size, stride=1, padding=0):
    total = size + (2 * padding if isinstance(padding, int) else sum(padding))
    if total < kernel_size:
        raise ValueError("does not fit")
    return len(range(0, total - kernel_size + 1, stride))


def walked_along(size, kernel_size, stride=1, padding=0):
    before, after = (padding, padding) if np.ndim(padding) == 0 else padding
    start, places = -before, 0
    while start + kernel_size <= size + after:
        places, start = places + 1, start + stride
    if places == 0:
        raise ValueError(f"a filter of {kernel_size} does not fit")
    return places


def rounded_down(size, kernel_size, stride=1, padding=0):
    if not isinstance(padding, (tuple, list)):
        padding = (padding, padding)
    steps = (size + padding[0] + padding[1] - kernel_size) / stride
    print("steps", steps)
    if steps < 0:
        raise ValueError("no place")
    return math.floor(steps) + 1


def numpy_integer(size, kernel_size, stride=1, padding=0):
    ends = np.arange(kernel_size, size + np.sum(np.broadcast_to(padding, 2)) + 1)[::stride]
    if ends.size == 0:
        raise ValueError("no window ends on the axis")
    assert stride >= 1
    return np.int64(len(ends))


def looked_at_the_result(size, kernel_size, stride=1, padding=0):
    total = size + (padding[0] + padding[1] if type(padding) is tuple else padding * 2)
    places = (total - kernel_size) // stride + 1
    if places <= 0:
        raise ValueError(places)
    return places


# ---- same_padding ----


def with_ceil(size, kernel_size, stride):
    total = max(0, (math.ceil(size / stride) - 1) * stride + kernel_size - size)
    return total // 2, math.ceil(total / 2)


def with_remainder(size, kernel_size, stride):
    remainder = size % stride
    total = kernel_size - (remainder if remainder else stride)
    return [max(total, 0) // 2, (max(total, 0) + 1) // 2]


def tried_one_after_the_other(size, kernel_size, stride):
    wanted = len(range(0, size, stride))
    total = 0
    while len(range(0, size + total - kernel_size + 1, stride)) < wanted:
        total += 1
    return divmod(total, 2)[0], sum(divmod(total, 2))


def numpy_numbers_in_turns(size, kernel_size, stride):
    assert stride > 0
    last_end = np.arange(0, size, stride)[-1] + kernel_size
    amounts = np.zeros(2, dtype=int)
    for pixel in range(max(0, last_end - size)):
        amounts[1 - pixel % 2] += 1
    print(amounts)
    before, after = amounts
    return before, after


# ---- crop ----


def ends_that_may_be_none(X_pad, pad):
    (top, bottom), (left, right) = pad
    return X_pad[:, top : -bottom or None, left : -right or None]


def taken_by_index(X_pad, pad):
    (top, bottom), (left, right) = pad
    rows = np.arange(top, X_pad.shape[1] - bottom)
    columns = np.arange(left, X_pad.shape[2] - right)
    return X_pad.take(rows, axis=1).take(columns, axis=2)


def kept_rows_in_fortran_order(X_pad, pad):
    _, height, width, _ = X_pad.shape
    keep = [pad[0][0] <= row < height - pad[0][1] for row in range(height)]
    X = X_pad[:, keep]
    X = X[:, :, [pad[1][0] <= column < width - pad[1][1] for column in range(width)]]
    print(X.shape)
    return np.asfortranarray(X)


def copied_in_float32(X_pad, pad):
    assert np.shape(pad) == (2, 2)
    m, height, width, n_C = X_pad.shape
    n_H, n_W = height - sum(pad[0]), width - sum(pad[1])
    X = np.zeros((m, n_H, n_W, n_C), dtype=np.float32)
    for h in range(n_H):
        for w in range(n_W):
            X[:, h, w] = X_pad[:, h + pad[0][0], w + pad[1][0]]
    return X


def deleted_strips(X_pad, pad):
    for axis, (before, after) in zip((1, 2), pad, strict=True):
        size = X_pad.shape[axis]
        X_pad = np.delete(X_pad, [*range(before), *range(size - after, size)], axis=axis)
    return X_pad


# ---- receptive_field ----


def marked_pixels(layers):
    """Follow units 0 and 1 down to the pixels that they see."""

    def seen_by(unit):
        seen = {unit}
        for kernel_size, stride, *more in reversed(layers):
            dilation, before = (*more, *(1, 0)[len(more) :])
            taps = range(0, dilation * kernel_size, dilation)
            seen = {i * stride + tap - before for i in seen for tap in taps}
        return seen

    first, second = seen_by(0), seen_by(1)
    return max(first) - min(first) + 1, min(second) - min(first), min(first)


def from_the_top_down(layers):
    first, last, jump = 0, 0, 1
    for layer in reversed(layers):
        kernel_size, stride = layer[:2]
        dilation = layer[2] if len(layer) > 2 else 1
        before = layer[3] if len(layer) > 3 else 0
        first = first * stride - before
        last = last * stride - before + dilation * (kernel_size - 1)
        jump *= stride
    return last - first + 1, jump, first


def products_of_strides(layers):
    full = [(*layer, *(1, 0)[len(layer) - 2 :]) for layer in layers]
    jumps = [math.prod(layer[1] for layer in full[:n]) for n in range(len(full) + 1)]
    print(jumps)
    size = 1 + sum(d * (f - 1) * jump for (f, _, d, _), jump in zip(full, jumps, strict=False))
    start = -sum(before * jump for (*_, before), jump in zip(full, jumps, strict=False))
    return [size, jumps[-1], start]


def one_layer_at_a_time(layers):
    if not layers:
        return np.int64(1), np.int64(1), np.int64(0)
    *below, top = layers
    assert 2 <= len(top) <= 4
    size, jump, start = one_layer_at_a_time(below)
    kernel_size, stride, dilation, before = (*top, 1, 0) if len(top) == 2 else (*top, 0)[:4]
    return size + (kernel_size - 1) * dilation * jump, jump * stride, start - before * jump


def _same_by_geometry(size, kernel_size, stride):
    return geometry.padding_amounts("same", size, kernel_size, stride)[0]


FRAMES = [
    numpy_pad,
    pixel_by_pixel,
    strips_of_zeros,
    float32_in_fortran_order,
    selection_matrices,
    turned_view,
    reference.zero_pad,
]

RIGHT = {
    "predict_sizes": [
        ([30, 32, 5, 3],),
        ((30, 32, 5, 3),),
        (np.array([30, 32, 5, 3]),),
        ([30.0, np.float64(32), np.int64(5), 3],),
    ],
    "zero_pad": FRAMES,
    "zero_pad_pair": FRAMES,
    "output_size": [
        counted_with_range,
        walked_along,
        rounded_down,
        numpy_integer,
        looked_at_the_result,
        geometry.output_size,
    ],
    "same_padding": [
        with_ceil,
        with_remainder,
        tried_one_after_the_other,
        numpy_numbers_in_turns,
    ],
    "crop": [
        ends_that_may_be_none,
        taken_by_index,
        kept_rows_in_fortran_order,
        copied_in_float32,
        deleted_strips,
    ],
    "receptive_field": [
        geometry.receptive_field,
        marked_pixels,
        from_the_top_down,
        products_of_strides,
        one_layer_at_a_time,
    ],
}

WITNESS = {
    "zero_pad": reference.zero_pad,
    "zero_pad_pair": reference.zero_pad,
    "output_size": geometry.output_size,
    "same_padding": _same_by_geometry,
    "receptive_field": geometry.receptive_field,
}
