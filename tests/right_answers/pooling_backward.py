"""Right answers to the exercises of lesson 06, in different styles, and independent witnesses."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from cnn_lab import reference
from cnn_lab.gradient_check import numerical_gradient

# ---- predict_pool_gradient ----

_ROWS = [[5, 0, -1], [0, 6, 0], [0, 0, 0]]
_PREDICTIONS = [
    (_ROWS,),
    (tuple(map(tuple, _ROWS)),),
    (np.array(_ROWS),),
    (np.array(_ROWS, dtype=np.float32),),
    ([np.array(row, dtype=float) for row in _ROWS],),
]

# ---- relu_backward ----


def relu_by_where(dA, Z):
    return np.where(Z > 0, dA, 0.0)


def relu_by_product(dA, Z):
    """What is stopped below 0 comes back as -0.0."""
    return dA * (Z > 0)


def relu_by_assignment(dA, Z):
    assert dA.shape == Z.shape
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    print("stopped:", np.sum(Z <= 0))
    return dZ


def relu_element_by_element(dA, Z):
    dZ = np.zeros(np.shape(Z), dtype=float)
    for place in np.ndindex(Z.shape):
        if Z[place] > 0:
            dZ[place] = dA[place]
    return dZ


def relu_in_float32_and_fortran_order(dA, Z):
    slope = np.heaviside(Z, 0).astype(np.float32)
    return np.asfortranarray(dA.astype(np.float32) * slope)


def relu_as_difference(dA, Z):
    return dA * (np.sign(Z) + np.abs(np.sign(Z))) / 2


# ---- masks ----


def mask_by_maximum(x):
    return np.equal(x, np.max(x))


def mask_in_python(x):
    best = max(value for row in x.tolist() for value in row)
    return np.array([[value == best for value in row] for row in x.tolist()])


def mask_by_sorting(x):
    mask = np.zeros(x.size, dtype=bool)
    mask[np.argsort(-x.ravel(), kind="stable")[0]] = True
    return mask.reshape(x.shape)


def mask_in_fortran_order(x):
    mask = np.asfortranarray(x >= x.max())
    assert mask.any()
    print(mask)
    return mask


def first_by_unravel(x):
    mask = np.full(x.shape, False)
    mask[np.unravel_index(x.argmax(), x.shape)] = True
    return mask


def first_by_search(x):
    best, place = -np.inf, None
    for r in range(x.shape[0]):
        for q in range(x.shape[1]):
            if x[r, q] > best:
                best, place = x[r, q], (r, q)
    mask = np.zeros_like(x, dtype=bool)
    mask[place] = True
    print("winner", place)
    return mask


def first_by_reshaping(x):
    mask = np.zeros(x.shape, dtype=bool)
    mask.reshape(-1)[x.argmax()] = True
    return mask


def first_by_counting(x):
    winners = (x == x.max()).ravel()
    return (winners & (winners.cumsum() == 1)).reshape(x.shape)


def first_as_transposed_view(x):
    mask = np.zeros(x.shape[::-1], dtype=bool)
    row, column = np.argwhere(x == np.amax(x))[0]
    mask[column, row] = True
    assert mask.sum() == 1
    return mask.T


def share_by_where(x):
    winners = np.count_nonzero(x == x.max())
    return np.where(x == x.max(), 1 / winners, 0.0)


def share_in_loops(x):
    largest = max(x.ravel())
    count = sum(1 for value in x.ravel() if value == largest)
    parts = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if x[place] == largest:
            parts[place] = 1 / count
    return parts


def share_in_float32(x):
    mask = (x == x.max()).astype(np.float32)
    mask /= mask.sum()
    assert abs(mask.sum() - 1) < 1e-6
    return np.asfortranarray(mask)


def share_by_mean_of_masks(x):
    places = np.argwhere(x == x.max())
    masks = np.zeros((len(places), *x.shape))
    for n, (row, column) in enumerate(places):
        masks[n, row, column] = 1
    print(len(places), "winners")
    return masks.mean(axis=0)


# ---- distribute_value ----


def distribute_with_ones(dz, shape):
    return np.ones(shape) * dz / np.prod(shape)


def distribute_in_loops(dz, shape):
    n_H, n_W = shape
    shares = np.zeros(shape)
    for u in range(n_H):
        for v in range(n_W):
            shares[u, v] = dz / n_H / n_W
    print(shares)
    return shares


def distribute_as_view(dz, shape):
    return np.broadcast_to(np.float64(dz) / (shape[0] * shape[1]), shape)


def distribute_in_float32(dz, shape):
    shares = np.empty(shape, dtype=np.float32, order="F")
    shares[...] = dz
    return shares / shares.size


# ---- pool_backward ----


def pool_in_four_loops(dA, cache, mode="max"):
    (A_prev, hparameters) = cache
    stride, f = hparameters["stride"], hparameters["f"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        a_prev = A_prev[i]
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    top, left = h * stride, w * stride
                    a_slice = a_prev[top : top + f, left : left + f, c]
                    if mode == "max":
                        mask = a_slice == np.max(a_slice)
                        dA_prev[i, top : top + f, left : left + f, c] += mask * dA[i, h, w, c]
                    elif mode == "average":
                        shares = np.ones((f, f)) * dA[i, h, w, c] / (f * f)
                        dA_prev[i, top : top + f, left : left + f, c] += shares
    assert dA_prev.shape == A_prev.shape
    return dA_prev


def pool_by_one_winner(dA, cache, mode="max"):
    """Channels outermost, one number at a time, ties to the first."""
    A_prev, hp = cache
    result = np.zeros(A_prev.shape, order="F")
    for c in reversed(range(dA.shape[3])):
        for w in range(dA.shape[2]):
            for h in range(dA.shape[1]):
                for i in range(dA.shape[0]):
                    r, q = h * hp["stride"], w * hp["stride"]
                    block = A_prev[i, r : r + hp["f"], q : q + hp["f"], c]
                    if mode == "max":
                        u, v = np.unravel_index(np.argmax(block), block.shape)
                        result[i, r + u, q + v, c] += dA[i, h, w, c]
                        continue
                    for u, v in np.ndindex(block.shape):
                        result[i, r + u, q + v, c] += dA[i, h, w, c] / block.size
    print("mode", mode, "done")
    return result


def pool_by_places_in_the_window(dA, cache, mode="max"):
    """Loop over the f x f places of a window, all windows at once, in float32."""
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    n_H, n_W = dA.shape[1:3]
    windows = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::s, ::s]
    largest = windows.max(axis=(4, 5))
    dA_prev = np.zeros(A_prev.shape, dtype=np.float32)
    for u in range(f):
        for v in range(f):
            rows, columns = slice(u, u + n_H * s, s), slice(v, v + n_W * s, s)
            part = (windows[..., u, v] == largest) if mode == "max" else 1 / f**2
            dA_prev[:, u : u + (n_H - 1) * s + 1 : s, v : v + (n_W - 1) * s + 1 : s] += (
                part * dA
            ).astype(np.float32)
            assert rows.start == u and columns.start == v
    return dA_prev


def pool_by_scattering(dA, cache, mode="max"):
    """Positions of all pixels in windows, np.add.at; ties to the last winner."""
    A_prev, hp = cache
    f, s = hp["f"], hp["stride"]
    m, n_H, n_W, n_C = dA.shape
    places = np.arange(A_prev.size).reshape(A_prev.shape)
    step_i, step_h, step_w, step_c = places.strides
    shape = (m, n_H, n_W, n_C, f, f)
    strides = (step_i, step_h * s, step_w * s, step_c, step_h, step_w)
    seen = as_strided(places, shape, strides).reshape(*dA.shape, f * f)
    if mode == "max":
        values = A_prev.reshape(-1)[seen][..., ::-1]
        seen = np.take_along_axis(seen[..., ::-1], values.argmax(axis=-1)[..., None], axis=-1)
    flat = np.zeros(A_prev.size)
    np.add.at(flat, seen, dA[..., None] / seen.shape[-1])
    return flat.reshape(A_prev.shape)


def pool_with_shared_ties(dA, cache, mode="max"):
    """Filters-first inside, a transposed view as the result; tied winners share."""
    A_prev, hp = cache
    f, s = hp["f"], hp["stride"]
    planes, gradients = A_prev.transpose(0, 3, 1, 2), dA.transpose(0, 3, 1, 2)
    result = np.zeros(planes.shape)
    for h in range(gradients.shape[2]):
        for w in range(gradients.shape[3]):
            here = np.s_[:, :, h * s : h * s + f, w * s : w * s + f]
            parts = np.ones(planes[here].shape)
            if mode == "max":
                parts[planes[here] < planes[here].max(axis=(2, 3), keepdims=True)] = 0
            parts /= parts.sum(axis=(2, 3), keepdims=True)
            result[here] = result[here] + parts * gradients[:, :, h : h + 1, w : w + 1]
    return result.transpose(0, 2, 3, 1)


def pool_with_helpers(dA, cache, mode="max"):
    A_prev, hp = cache
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(*dA.shape):
        place = (
            i,
            slice(h * hp["stride"], h * hp["stride"] + hp["f"]),
            slice(w * hp["stride"], w * hp["stride"] + hp["f"]),
            c,
        )
        if mode == "average":
            dA_prev[place] += reference.distribute_value(dA[i, h, w, c], (hp["f"], hp["f"]))
        else:
            dA_prev[place] += reference.create_mask_from_window(A_prev[place]) * dA[i, h, w, c]
    return dA_prev


def _pool_witness(dA, cache, mode="max"):
    return reference.pool_backward(dA, cache, mode)


# ---- average_backward_kron ----


def kron_by_repeating(dP, f, size):
    dA = np.zeros((len(dP), *size, dP.shape[-1]))
    tiles = dP.repeat(f[0], axis=1).repeat(f[1], axis=2) / (f[0] * f[1])
    dA[:, : tiles.shape[1], : tiles.shape[2], :] = tiles
    return dA


def kron_with_padding(dP, f, size):
    tiles = np.kron(dP / (f[0] * f[1]), np.ones((1, *f, 1)))
    rest = [(0, 0)] + [(0, size[n] - tiles.shape[n + 1]) for n in (0, 1)] + [(0, 0)]
    assert min(min(pair) for pair in rest) >= 0
    print(rest)
    return np.pad(tiles, rest)


def kron_map_by_map(dP, f, size):
    share = np.full(f, 1 / (f[0] * f[1]), dtype=np.float32)
    maps = np.zeros((dP.shape[0], dP.shape[3], *size), dtype=np.float32)
    for i in range(dP.shape[0]):
        for c in range(dP.shape[3]):
            tile = np.kron(dP[i, :, :, c], share)
            maps[i, c, : tile.shape[0], : tile.shape[1]] = tile
    return maps.transpose(0, 2, 3, 1)


def kron_with_einsum(dP, f, size):
    m, n_H, n_W, n_C = dP.shape
    tiles = np.einsum("ihwc,uv->ihuwvc", dP, np.full(f, 1 / np.prod(f)))
    tiles = tiles.reshape(m, n_H * f[0], n_W * f[1], n_C)
    dA = np.zeros((m, *size, n_C), order="F")
    dA[:, : n_H * f[0], : n_W * f[1]] = tiles
    return dA


def _kron_witness(dP, f, size):
    A_prev = np.zeros((dP.shape[0], *size, dP.shape[3]))
    return reference.pool_backward(dP, (A_prev, {"f": f, "stride": f}), "average")


def _relu_witness(dA, Z):
    """Finite differences to one side: at Z = 0 the slope on the left, which is 0."""
    Z = Z.astype(float)
    return dA * (np.maximum(Z, 0) - np.maximum(Z - 1e-7, 0)) / 1e-7


def _distribute_witness(dz, shape):
    return numerical_gradient(lambda window: dz * np.mean(window), np.zeros(shape))


RIGHT = {
    "predict_pool_gradient": _PREDICTIONS,
    "relu_backward": [
        relu_by_where,
        relu_by_product,
        relu_by_assignment,
        relu_element_by_element,
        relu_in_float32_and_fortran_order,
        relu_as_difference,
    ],
    "create_mask_from_window": [
        mask_by_maximum,
        mask_in_python,
        mask_by_sorting,
        mask_in_fortran_order,
    ],
    "first_mask": [
        first_by_unravel,
        first_by_search,
        first_by_counting,
        first_as_transposed_view,
        first_by_reshaping,
    ],
    "distribute_value": [
        distribute_with_ones,
        distribute_in_loops,
        distribute_as_view,
        distribute_in_float32,
    ],
    "pool_backward": [
        pool_in_four_loops,
        pool_by_one_winner,
        pool_by_places_in_the_window,
        pool_by_scattering,
        pool_with_shared_ties,
        pool_with_helpers,
    ],
    "average_backward_kron": [
        kron_by_repeating,
        kron_with_padding,
        kron_map_by_map,
        kron_with_einsum,
    ],
    "share_mask": [share_by_where, share_in_loops, share_in_float32, share_by_mean_of_masks],
}

WITNESS = {
    "relu_backward": _relu_witness,
    "create_mask_from_window": reference.create_mask_from_window,
    "distribute_value": _distribute_witness,
    "pool_backward": _pool_witness,
    "average_backward_kron": _kron_witness,
}
