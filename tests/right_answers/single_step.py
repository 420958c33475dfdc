"""Right answers to the exercises of lesson 01, in different styles."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_lab import reference

# ---- conv_single_step ----


def three_loops(a_slice_prev, W, b):
    f_H, f_W, n_C_prev = np.shape(W)
    total = 0
    for k in range(n_C_prev):
        for v in range(f_W):
            for u in reversed(range(f_H)):
                total += a_slice_prev[u, v, k] * W[u, v, k]
    return total + np.squeeze(b)


def item_of_the_whole(a_slice_prev, W, b):
    Z = np.sum(np.multiply(a_slice_prev, W)) + b
    return Z.item()


def one_dot_product(a_slice_prev, W, b):
    bias = b if np.isscalar(b) else b[0, 0, 0]
    return np.dot(a_slice_prev.ravel(), W.ravel()) + bias


def einsum_in_float32(a_slice_prev, W, b):
    a, W, b = (np.asarray(part, dtype=np.float32) for part in (a_slice_prev, W, b))
    return np.float32(np.einsum("uvk,uvk->", a, W) + b.reshape(()))


def channel_by_channel_with_prints(a_slice_prev, W, b):
    assert a_slice_prev.shape == W.shape
    assert np.size(b) == 1
    print("window", a_slice_prev.shape)
    channels = np.asfortranarray((a_slice_prev * W).sum(axis=(0, 1)))
    print("channels", channels)
    return np.array(sum(channels.tolist(), start=float(np.ravel(b)[0])))


def tensordot_of_all_axes(a_slice_prev, W, b):
    return float(np.tensordot(a_slice_prev.T, W.T, axes=3) + np.asarray(b).sum())


# ---- balanced ----


def minus_mean(W):
    return W - np.mean(W, axis=(0, 1))


def channel_loops(W):
    f_H, f_W, n_C_prev = W.shape
    new = np.empty(W.shape)
    for k in range(n_C_prev):
        total = 0.0
        for u in range(f_H):
            for v in range(f_W):
                total += W[u, v, k]
        for u in range(f_H):
            for v in range(f_W):
                new[u, v, k] = W[u, v, k] - total / (f_H * f_W)
    return new


def a_list_stacked(W):
    channels = [W[..., k] - W[..., k].mean() for k in range(W.shape[-1])]
    return np.stack(channels, axis=-1)


def copied_and_changed_in_float32(W):
    new = W.astype(np.float32)
    new -= new.reshape(-1, W.shape[2]).mean(axis=0)
    return new


def transposed_view(W):
    columns = W.reshape(-1, W.shape[2]).T.astype(float)
    centred = columns @ (np.eye(columns.shape[1]) - 1 / columns.shape[1])
    assert np.allclose(centred.sum(axis=1), 0)
    return centred.T.reshape(W.shape, order="C")


def fortran_order(W):
    print(W.shape)
    new = np.asfortranarray(W, dtype=np.float64).copy(order="F")
    return np.subtract(new, new.mean(axis=(0, 1), keepdims=True), order="F")


# ---- best_place ----


def with_the_tested_step(image, W):
    f_H, f_W = W.shape
    best = float("-inf")
    for row in range(len(image) - f_H + 1):
        for column in range(image.shape[1] - f_W + 1):
            z = reference.conv_single_step(image[row : row + f_H, column : column + f_W], W, 0)
            if z > best:
                best, best_row, best_column = z, row, column
    return best_row, best_column


def windows_and_einsum(image, W):
    answers = np.einsum("hwuv,uv->hw", sliding_window_view(image, W.shape), W)
    return np.unravel_index(np.argmax(answers), answers.shape)


def argwhere_of_the_maximum(image, W):
    answers = np.tensordot(sliding_window_view(image, W.shape), W, axes=2)
    return np.argwhere(answers == answers.max())[0]


def a_list_of_int64(image, W):
    answers = {}
    for w in range(image.shape[1] - W.shape[1] + 1):
        for h in range(image.shape[0] - W.shape[0] + 1):
            window = image[h : h + W.shape[0], w : w + W.shape[1]].astype(np.float32)
            answers[h, w] = np.vdot(window, W.astype(np.float32))
    h, w = min(answers, key=lambda place: (-answers[place], place))
    return [np.int64(h), np.int64(w)]


def shifted_pictures(image, W):
    assert image.ndim == W.ndim == 2
    n_H, n_W = image.shape[0] - W.shape[0] + 1, image.shape[1] - W.shape[1] + 1
    answers = np.zeros((n_H, n_W), order="F")
    for (u, v), weight in np.ndenumerate(W):
        answers += weight * image[u : u + n_H, v : v + n_W]
    print("answers", answers.shape)
    return divmod(int(answers.argmax()), n_W)


def sorted_places(image, W):
    f_H, f_W = W.shape
    places = [(h, w) for h in range(image.shape[0]) for w in range(image.shape[1])]
    places = [(h, w) for h, w in places if image[h : h + f_H, w : w + f_W].shape == W.shape]
    return max(places, key=lambda p: (image[p[0] : p[0] + f_H, p[1] : p[1] + f_W] * W).sum())


RIGHT = {
    "predict_single_step": [
        ((-1, 1),),
        ([-1, 1],),
        (np.array([-1.0, 1.0]),),
        ((np.float64(-1), np.int8(1)),),
    ],
    "conv_single_step": [
        three_loops,
        item_of_the_whole,
        one_dot_product,
        einsum_in_float32,
        channel_by_channel_with_prints,
        tensordot_of_all_axes,
    ],
    "balanced": [
        minus_mean,
        channel_loops,
        a_list_stacked,
        copied_and_changed_in_float32,
        transposed_view,
        fortran_order,
    ],
    "best_place": [
        with_the_tested_step,
        windows_and_einsum,
        argwhere_of_the_maximum,
        a_list_of_int64,
        shifted_pictures,
        sorted_places,
    ],
}

WITNESS = {"conv_single_step": reference.conv_single_step}
