"""Convolution and pooling as the lessons write them: plain loops that can be read aloud.

Names and signatures are those of the literature. The functions are slow on purpose and serve as the
witness for everything faster; `cnn_lab.convolution` never imports them, nor they it.

Conventions
-----------
Activations are ``(m, n_H, n_W, n_C)``, filters ``(f_H, f_W, n_C_prev, n_C)``, biases
``(1, 1, 1, n_C)``. ``i`` counts images, ``h, w`` output rows and columns, ``c`` output channels
(filters), ``u, v`` rows and columns of the window, ``k`` input channels. ``dX`` is the derivative
of the loss with respect to ``X`` and has its shape.

Results are float64, whatever number type comes in. Arguments are never changed. A cache holds
copies: weights updated in place between forward and backward do no harm.

``hparameters`` is a dict. "stride" is an int or a pair (height, width). "pad" is an int, a pair
(height, width), ((top, bottom), (left, right)), "valid" or "same". Pooling adds "f", the window, an
int or a pair, and may leave "pad" out. Rows and columns behind the last place where a window fits
are ignored, and their gradient is zero.
"""

import copy
from collections.abc import Mapping

import numpy as np

from cnn_lab.geometry import output_size, padding_amounts, pair

__all__ = [
    "conv_backward",
    "conv_forward",
    "conv_single_step",
    "create_mask_from_window",
    "distribute_value",
    "pool_backward",
    "pool_forward",
    "zero_pad",
]

BATCH_AXES = "(m, n_H, n_W, n_C)"
MODES = ("max", "average")
TIES = ("all", "first")


def zero_pad(X, pad):
    """Put a frame of zeros around every image (lesson 02).

    Parameters
    ----------
    X : array_like of shape (m, n_H, n_W, n_C), (n_H, n_W, n_C) or (n_H, n_W)
        A batch, one image with channels, or one channel. Three axes always mean *one* image: a
        batch of grey images needs its channel axis, ``X[..., np.newaxis]``.
    pad : int, pair, pair of pairs or "valid"
        Pixels to add. "same" is refused here, because it depends on a filter.

    Returns
    -------
    ndarray of float64
        A new array, larger along height and width only.

    Raises
    ------
    TypeError, ValueError
        If ``X`` is no such array, or ``pad`` is not made of integers from 0 up.

    Examples
    --------
    >>> zero_pad([[1, 2], [3, 4]], ((1, 0), (0, 2))).tolist()
    [[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 0.0, 0.0]]
    """
    X = _numbers(X, "X")
    if X.ndim not in (2, 3, 4):
        raise ValueError(
            f"X must have shape {BATCH_AXES}, (n_H, n_W, n_C) or (n_H, n_W), got {X.shape}"
        )
    if isinstance(pad, str) and pad == "same":
        raise ValueError("pad 'same' depends on the filter; expected numbers here, got 'same'")
    vertical, horizontal = padding_amounts(pad, 1, 1)
    height_axis = 1 if X.ndim == 4 else 0
    amounts = [(0, 0)] * X.ndim
    amounts[height_axis : height_axis + 2] = [vertical, horizontal]
    return np.pad(X, amounts)


def conv_single_step(a_slice_prev, W, b):
    """Apply one filter to one window: multiply, add up, add the bias (lesson 01).

    Parameters
    ----------
    a_slice_prev : array_like of shape (f_H, f_W, n_C_prev)
        The window. A single channel, (f_H, f_W), will do too.
    W : array_like of the same shape
        The filter.
    b : float or array_like of size 1
        The bias of this filter.

    Returns
    -------
    float
        The sum over u, v, k of ``a_slice_prev[u, v, k] * W[u, v, k]``, plus ``b``.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, or ``b`` is more than one number.

    Examples
    --------
    >>> conv_single_step([[1, 0], [1, 1]], [[1, -1], [1, -1]], 0)
    1.0
    """
    a_slice_prev, W, b = _numbers(a_slice_prev, "a_slice_prev"), _numbers(W, "W"), _numbers(b, "b")
    if a_slice_prev.shape != W.shape:
        raise ValueError(f"W has shape {W.shape}, a_slice_prev has {a_slice_prev.shape}")
    if b.size != 1:
        raise ValueError(f"b must be one number, got an array of shape {b.shape}")
    s = a_slice_prev * W
    return float(np.sum(s) + b.item())


def conv_forward(A_prev, W, b, hparameters):
    """Slide every filter over every image (lesson 03).

    Parameters
    ----------
    A_prev : array_like of shape (m, n_H_prev, n_W_prev, n_C_prev)
        The images, or the activations of the layer before.
    W : array_like of shape (f_H, f_W, n_C_prev, n_C)
        The filters.
    b : array_like of shape (1, 1, 1, n_C)
        One bias for each filter.
    hparameters : dict
        "stride" and "pad".

    Returns
    -------
    Z : ndarray of float64 and shape (m, n_H, n_W, n_C)
        One feature map for each filter.
    cache : tuple
        Copies of (A_prev, W, b, hparameters), for `conv_backward`.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit together, a hyperparameter is missing or impossible, or the filter is
        larger than the padded image.

    Notes
    -----
    For every i, h, w, c, with the strides s_H and s_W and the padded images A_pad::

        Z[i,h,w,c] = b[c] + sum_u sum_v sum_k A_pad[i, h*s_H + u, w*s_W + v, k] * W[u,v,k,c]

    These are m * n_H * n_W * n_C * f_H * f_W * n_C_prev products.

    Examples
    --------
    >>> N = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 0, 1]])
    >>> left_minus_right = np.array([[1, -1], [1, -1]])
    >>> Z, cache = conv_forward(N.reshape(1, 4, 4, 1), left_minus_right.reshape(2, 2, 1, 1),
    ...                         np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> Z[0, :, :, 0].astype(int).tolist()
    [[1, 1, -2], [1, 0, -1], [2, -1, -1]]
    """
    A_prev, W, b = _check_conv_arrays(A_prev, W, b)
    _check_keys(hparameters, "stride", "pad")
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    (n_H, n_W), (stride_H, stride_W), pad = _slide(
        (n_H_prev, n_W_prev), (f_H, f_W), hparameters["stride"], hparameters["pad"]
    )

    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        a_prev_pad = A_prev_pad[i]
        for h in range(n_H):
            vert_start = h * stride_H
            vert_end = vert_start + f_H
            for w in range(n_W):
                horiz_start = w * stride_W
                horiz_end = horiz_start + f_W
                for c in range(n_C):
                    a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    Z[i, h, w, c] = conv_single_step(a_slice_prev, W[:, :, :, c], b[:, :, :, c])
    return Z, copy.deepcopy((A_prev, W, b, hparameters))


def conv_backward(dZ, cache):
    """Carry the gradient back through a convolution (lesson 05).

    Parameters
    ----------
    dZ : array_like of shape (m, n_H, n_W, n_C)
        Gradient of the loss with respect to Z.
    cache : tuple
        (A_prev, W, b, hparameters), as `conv_forward` returns it.

    Returns
    -------
    dA_prev : ndarray of float64 and shape (m, n_H_prev, n_W_prev, n_C_prev)
        Gradient with respect to the images.
    dW : ndarray of float64 and shape (f_H, f_W, n_C_prev, n_C)
        Gradient with respect to the filters, summed over the batch.
    db : ndarray of float64 and shape (1, 1, 1, n_C)
        Gradient with respect to the biases, summed over the batch.

    Raises
    ------
    TypeError, ValueError
        If ``dZ`` does not have the shape of Z, or the cache is none.

    Notes
    -----
    In Z every pixel of a window is multiplied by a weight: the weight is the derivative by the
    pixel, the pixel that by the weight. Every window adds its share to all three sums::

        dA_pad[i, h*s_H + u, w*s_W + v, k] += W[u,v,k,c] * dZ[i,h,w,c]
        dW[u,v,k,c] += A_pad[i, h*s_H + u, w*s_W + v, k] * dZ[i,h,w,c]
        db[c] += dZ[i,h,w,c]

    The frame of dA_pad belongs to the zeros of the padding and is cut off. Twice the products of
    the forward pass.

    Examples
    --------
    >>> _, cache = conv_forward(np.ones((1, 2, 3, 1)), np.full((2, 2, 1, 1), 5.0),
    ...                         np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
    >>> dA_prev, dW, db = conv_backward(np.ones((1, 1, 2, 1)), cache)
    >>> dA_prev[0, :, :, 0].tolist(), db.item()
    ([[5.0, 10.0, 5.0], [5.0, 10.0, 5.0]], 2.0)
    """
    A_prev, W, b, hparameters = _open_cache(cache, "A_prev", "W", "b", "hparameters")
    A_prev, W, b = _check_conv_arrays(A_prev, W, b)
    _check_keys(hparameters, "stride", "pad")
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f_H, f_W, _, n_C = W.shape
    (n_H, n_W), (stride_H, stride_W), pad = _slide(
        (n_H_prev, n_W_prev), (f_H, f_W), hparameters["stride"], hparameters["pad"]
    )
    dZ = _check_gradient(dZ, "dZ", (m, n_H, n_W, n_C))

    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = np.zeros_like(A_prev_pad)
    for i in range(m):
        a_prev_pad, da_prev_pad = A_prev_pad[i], dA_prev_pad[i]
        for h in range(n_H):
            vert_start = h * stride_H
            vert_end = vert_start + f_H
            for w in range(n_W):
                horiz_start = w * stride_W
                horiz_end = horiz_start + f_W
                for c in range(n_C):
                    a_slice_prev = a_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :]
                    da_prev_pad[vert_start:vert_end, horiz_start:horiz_end, :] += (
                        W[:, :, :, c] * dZ[i, h, w, c]
                    )
                    dW[:, :, :, c] += a_slice_prev * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]

    (top, _), (left, _) = pad
    # Not [pad:-pad]: that is empty when pad is 0.
    dA_prev = dA_prev_pad[:, top : top + n_H_prev, left : left + n_W_prev, :].copy()
    return dA_prev, dW, db


def pool_forward(A_prev, hparameters, mode="max"):
    """Keep one number of every window: the largest, or the mean (lesson 04).

    Parameters
    ----------
    A_prev : array_like of shape (m, n_H_prev, n_W_prev, n_C)
        Activations.
    hparameters : dict
        "f", "stride" and, if wanted, "pad" (0 without it), which must be smaller than the window.
    mode : {"max", "average"}
        Which number to keep.

    Returns
    -------
    A : ndarray of float64 and shape (m, n_H, n_W, n_C)
        Every channel is pooled by itself.
    cache : tuple
        Copies of (A_prev, hparameters), for `pool_backward`.

    Raises
    ------
    TypeError, ValueError
        If ``A_prev`` has the wrong rank, the mode is unknown, a hyperparameter is missing or
        impossible, or the window is larger than the padded image.

    Notes
    -----
    A window that reaches into the padding is cut off at the edge of the image, so that only real
    pixels compete for the maximum (as if the padding were minus infinity) or count for the mean.

    Examples
    --------
    >>> A1 = np.array([[1, 1, 0], [1, 0, 0], [2, 0, 0]]).reshape(1, 3, 3, 1)
    >>> P1, cache = pool_forward(A1, {"f": 2, "stride": 1})
    >>> P1[0, :, :, 0].tolist()
    [[1.0, 1.0], [2.0, 0.0]]
    """
    A_prev = _numbers(A_prev, "A_prev", BATCH_AXES)
    _check_word(mode, "mode", MODES)
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    (n_H, n_W), (stride_H, stride_W), (f_H, f_W), (pad_top, pad_left) = _slide_pool(
        (n_H_prev, n_W_prev), hparameters
    )

    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            vert_start = max(h * stride_H - pad_top, 0)
            vert_end = h * stride_H - pad_top + f_H
            for w in range(n_W):
                horiz_start = max(w * stride_W - pad_left, 0)
                horiz_end = w * stride_W - pad_left + f_W
                for c in range(n_C):
                    a_slice_prev = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(a_slice_prev)
                    else:
                        A[i, h, w, c] = np.mean(a_slice_prev)
    return A, copy.deepcopy((A_prev, hparameters))


def create_mask_from_window(x):
    """Mark where the maximum of a window sits (lesson 06).

    Parameters
    ----------
    x : array_like of shape (f_H, f_W)
        The window; not empty.

    Returns
    -------
    ndarray of bool and the shape of ``x``
        True at the maximum, at *every* one of them when several are equal.

    Raises
    ------
    TypeError, ValueError
        If ``x`` does not hold numbers, or is empty.

    Examples
    --------
    >>> create_mask_from_window([[1, 3], [3, 2]]).tolist()
    [[False, True], [True, False]]
    """
    x = _numbers(x, "x")
    if x.size == 0:
        raise ValueError(f"x must hold at least one number, got shape {x.shape}")
    return x == np.max(x)


def distribute_value(dz, shape):
    """Share a number out evenly over a window (lesson 06).

    Parameters
    ----------
    dz : float or array_like of size 1
        The number to share out.
    shape : pair of int
        (n_H, n_W) of the window.

    Returns
    -------
    ndarray of float64 and shape ``shape``
        ``dz / (n_H * n_W)`` everywhere; the entries add up to ``dz``.

    Raises
    ------
    TypeError, ValueError
        If ``dz`` is more than one number, or ``shape`` is not two positive integers.

    Examples
    --------
    >>> distribute_value(6, (2, 3)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    dz = _numbers(dz, "dz")
    if dz.size != 1:
        raise ValueError(f"dz must be one number, got an array of shape {dz.shape}")
    n_H, n_W = pair(shape, "shape")
    average = dz.item() / (n_H * n_W)
    return np.full((n_H, n_W), average)


def pool_backward(dA, cache, mode="max", ties="all"):
    """Carry the gradient back through a pooling layer (lesson 06).

    Parameters
    ----------
    dA : array_like of shape (m, n_H, n_W, n_C)
        Gradient of the loss with respect to the pooled A.
    cache : tuple
        (A_prev, hparameters), as `pool_forward` returns it.
    mode : {"max", "average"}
        The mode of the forward pass.
    ties : {"all", "first"}
        Who receives the gradient when several pixels of a window share the maximum: each of them in
        full, as in the literature, or only the first in reading order, as in `cnn_lab.layers`. Only
        "first" hands on as much gradient as comes in.

    Returns
    -------
    ndarray of float64 and shape (m, n_H_prev, n_W_prev, n_C)
        Gradient with respect to A_prev.

    Raises
    ------
    TypeError, ValueError
        If ``dA`` does not have the shape of A, a word is unknown, or the cache is none.

    Notes
    -----
    Windows may overlap, and a pixel then collects from each of them: ``+=``, never ``=``.

    Examples
    --------
    >>> A_prev = np.array([[1, 1], [0, 1]]).reshape(1, 2, 2, 1)
    >>> _, cache = pool_forward(A_prev, {"f": 2, "stride": 2})
    >>> dA = np.full((1, 1, 1, 1), 5.0)
    >>> pool_backward(dA, cache)[0, :, :, 0].tolist()
    [[5.0, 5.0], [0.0, 5.0]]
    >>> pool_backward(dA, cache, ties="first")[0, :, :, 0].tolist()
    [[5.0, 0.0], [0.0, 0.0]]
    """
    A_prev, hparameters = _open_cache(cache, "A_prev", "hparameters")
    A_prev = _numbers(A_prev, "A_prev", BATCH_AXES)
    _check_word(mode, "mode", MODES)
    _check_word(ties, "ties", TIES)
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    (n_H, n_W), (stride_H, stride_W), (f_H, f_W), (pad_top, pad_left) = _slide_pool(
        (n_H_prev, n_W_prev), hparameters
    )
    dA = _check_gradient(dA, "dA", (m, n_H, n_W, n_C))

    create_mask = create_mask_from_window if ties == "all" else _mask_of_first_maximum
    dA_prev = np.zeros_like(A_prev)
    for i in range(m):
        for h in range(n_H):
            vert_start = max(h * stride_H - pad_top, 0)
            vert_end = h * stride_H - pad_top + f_H
            for w in range(n_W):
                horiz_start = max(w * stride_W - pad_left, 0)
                horiz_end = w * stride_W - pad_left + f_W
                for c in range(n_C):
                    a_slice_prev = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    if mode == "max":
                        share = create_mask(a_slice_prev) * dA[i, h, w, c]
                    else:
                        share = distribute_value(dA[i, h, w, c], a_slice_prev.shape)
                    dA_prev[i, vert_start:vert_end, horiz_start:horiz_end, c] += share
    return dA_prev


def _mask_of_first_maximum(x):
    mask = np.zeros(x.shape, dtype=bool)
    mask[np.unravel_index(np.argmax(x), x.shape)] = True
    return mask


def _slide(image_size, window_size, stride, pad):
    """Return (n_H, n_W), (stride_H, stride_W) and ((top, bottom), (left, right))."""
    strides = pair(stride, "stride")
    amounts = padding_amounts(pad, image_size, window_size, strides)
    n_H, n_W = (
        output_size(size, f, stride=step, padding=amount)
        for size, f, step, amount in zip(image_size, window_size, strides, amounts, strict=True)
    )
    return (n_H, n_W), strides, amounts


def _slide_pool(image_size, hparameters):
    """Return (n_H, n_W), (stride_H, stride_W), (f_H, f_W) and (pad_top, pad_left)."""
    _check_keys(hparameters, "f", "stride")
    f_H, f_W = pair(hparameters["f"], "f")
    sizes, strides, (vertical, horizontal) = _slide(
        image_size, (f_H, f_W), hparameters["stride"], hparameters.get("pad", 0)
    )
    if max(vertical) >= f_H or max(horizontal) >= f_W:
        raise ValueError(
            f"pad must be smaller than the window, or some windows hold no pixel: "
            f"window {(f_H, f_W)}, got pad {(vertical, horizontal)}"
        )
    return sizes, strides, (f_H, f_W), (vertical[0], horizontal[0])


def _numbers(value, name, axes=None):
    """Return ``value`` as float64, with as many axes as the text ``axes`` names."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got {array.dtype}")
    if axes is not None and array.ndim != len(axes.split(",")):
        raise ValueError(f"{name} must have shape {axes}, got {array.shape}")
    return array.astype(np.float64, copy=False)


def _check_conv_arrays(A_prev, W, b):
    A_prev = _numbers(A_prev, "A_prev", "(m, n_H_prev, n_W_prev, n_C_prev)")
    W = _numbers(W, "W", "(f_H, f_W, n_C_prev, n_C)")
    b = _numbers(b, "b", "(1, 1, 1, n_C)")
    if W.shape[2] != A_prev.shape[3]:
        raise ValueError(f"W has {W.shape[2]} input channels, A_prev has {A_prev.shape[3]}")
    if b.shape != (1, 1, 1, W.shape[3]):
        raise ValueError(f"b must have shape {(1, 1, 1, W.shape[3])}, got {b.shape}")
    return A_prev, W, b


def _check_gradient(gradient, name, shape):
    gradient = _numbers(gradient, name)
    if gradient.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {gradient.shape}")
    return gradient


def _check_keys(hparameters, *expected):
    if not isinstance(hparameters, Mapping):
        raise TypeError(f"hparameters must be a dict, got {type(hparameters).__name__}")
    missing = [key for key in expected if key not in hparameters]
    if missing:
        raise ValueError(f"hparameters lacks {missing}, got the keys {list(hparameters)}")


def _check_word(word, name, expected):
    if not isinstance(word, str) or word not in expected:
        raise ValueError(f"{name} must be one of {expected}, got {word!r}")


def _open_cache(cache, *names):
    if not isinstance(cache, tuple | list) or len(cache) != len(names):
        size = f" of {len(cache)}" if isinstance(cache, tuple | list) else ""
        raise ValueError(
            f"cache must be the tuple ({', '.join(names)}) of the forward pass, "
            f"got {type(cache).__name__}{size}"
        )
    return cache
