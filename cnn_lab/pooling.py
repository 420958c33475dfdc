"""Max and average pooling on arrays, forward and backward.

Conventions as in `cnn_lab.windows`. A window is small, so the only loop is over its pixels: for
each place (u, v) in the window a strided slice holds that pixel of *all* windows at once.

Max pooling pads with minus infinity, so that padding never wins; average pooling counts only the
real pixels of a window. Where several pixels of a window share the maximum, the gradient goes to
the first of them in reading order.
"""

import numpy as np

from cnn_lab.geometry import padding_amounts, pair
from cnn_lab.windows import (
    as_floats,
    check_gradient,
    check_images,
    every,
    output_shape,
    pad_images,
)


def max_pool2d(x, pool_size=2, *, stride=None, padding="valid"):
    """Keep the largest value of every window.

    Parameters
    ----------
    x : array (m, n_H_prev, n_W_prev, n_C)
    pool_size : int or (height, width) in pixels
    stride : int or (height, width), default pool_size
    padding : int, pair, ((top, bottom), (left, right)), "valid" or "same"

    Returns
    -------
    array (m, n_H, n_W, n_C)

    Raises
    ------
    ValueError
        If ``x`` is not four-dimensional, the window does not fit, or a window would hold padding
        only.

    Examples
    --------
    >>> max_pool2d(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    plan = _Plan(x, pool_size, stride, padding)
    x_pad = plan.padded(-np.inf)
    y = np.full(plan.output_shape, -np.inf, x_pad.dtype)
    for rows, columns in plan.slices:
        np.maximum(y, x_pad[:, rows, columns], out=y)
    return y


def max_pool2d_backward(dy, x, y, pool_size=2, *, stride=None, padding="valid"):
    """Send each output's gradient to the pixel that was its window's maximum.

    Parameters
    ----------
    dy : array (m, n_H, n_W, n_C)
    x, pool_size, stride, padding
        As they were given to `max_pool2d`.
    y : array (m, n_H, n_W, n_C)
        What `max_pool2d` returned.

    Returns
    -------
    array like x
        Of tied maxima the first in reading order receives the gradient. Where windows overlap a
        pixel collects the gradient of every window that it won.

    Examples
    --------
    >>> x = np.array([[3.0, 1.0], [3.0, 2.0]]).reshape(1, 2, 2, 1)
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), x, max_pool2d(x))[0, :, :, 0]
    array([[1., 0.],
           [0., 0.]])
    """
    plan = _Plan(x, pool_size, stride, padding)
    dy = as_floats(dy)
    check_gradient(dy, plan.output_shape)
    x_pad = plan.padded(-np.inf)
    dx_pad = np.zeros(x_pad.shape, dy.dtype)
    waiting = np.ones(plan.output_shape, bool)
    for rows, columns in plan.slices:
        wins = (x_pad[:, rows, columns] == y) & waiting
        dx_pad[:, rows, columns] += dy * wins
        waiting &= ~wins
    return plan.cropped(dx_pad)


def average_pool2d(x, pool_size=2, *, stride=None, padding="valid"):
    """Average every window over its real pixels.

    Parameters, returns and errors as for `max_pool2d`.

    Examples
    --------
    >>> average_pool2d(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    plan = _Plan(x, pool_size, stride, padding)
    x_pad = plan.padded(0.0)
    y = np.zeros(plan.output_shape, x_pad.dtype)
    for rows, columns in plan.slices:
        y += x_pad[:, rows, columns]
    return y / plan.real_pixels(x_pad.dtype)


def average_pool2d_backward(dy, x_shape, pool_size=2, *, stride=None, padding="valid"):
    """Share each output's gradient equally among the real pixels of its window.

    Parameters
    ----------
    dy : array (m, n_H, n_W, n_C)
    x_shape : (m, n_H_prev, n_W_prev, n_C)
    pool_size, stride, padding
        As they were given to `average_pool2d`.

    Returns
    -------
    array of shape ``x_shape``

    Notes
    -----
    For windows that do not overlap this is the Kronecker product of ``dy`` with a window of
    ``1 / (f_H * f_W)``.

    Examples
    --------
    >>> average_pool2d_backward(np.full((1, 1, 1, 1), 8.0), (1, 2, 2, 1))[0, :, :, 0]
    array([[2., 2.],
           [2., 2.]])
    """
    dy = as_floats(dy)
    plan = _Plan(np.broadcast_to(dy.dtype.type(0), x_shape), pool_size, stride, padding)
    check_gradient(dy, plan.output_shape)
    share = dy / plan.real_pixels(dy.dtype)
    dx_pad = np.zeros(plan.padded_shape, dy.dtype)
    for rows, columns in plan.slices:
        dx_pad[:, rows, columns] += share
    return plan.cropped(dx_pad)


class _Plan:
    """Sizes and slices of one pooling: which strided slice holds window pixel (u, v) everywhere."""

    def __init__(self, x, pool_size, stride, padding):
        self.x = as_floats(x)
        check_images(self.x)
        f = pair(pool_size, "pool_size")
        s = f if stride is None else pair(stride, "stride")
        m, n_H_prev, n_W_prev, n_C = self.x.shape
        self.amounts = padding_amounts(padding, (n_H_prev, n_W_prev), f, s, (1, 1))
        (top, bottom), (left, right) = self.amounts
        if max(top, bottom) >= f[0] or max(left, right) >= f[1]:
            raise ValueError(f"padding {self.amounts} must be smaller than the window {f}")
        n_H, n_W = output_shape(self.x.shape, f, stride=s, padding=padding)
        self.output_shape = (m, n_H, n_W, n_C)
        self.padded_shape = (m, top + n_H_prev + bottom, left + n_W_prev + right, n_C)
        self.slices = [
            (every(u, s[0], n_H), every(v, s[1], n_W)) for u in range(f[0]) for v in range(f[1])
        ]

    def padded(self, value):
        return pad_images(self.x, self.amounts, value)

    def cropped(self, x_pad):
        (top, _), (left, _) = self.amounts
        _, n_H_prev, n_W_prev, _ = self.x.shape
        return x_pad[:, top : top + n_H_prev, left : left + n_W_prev]

    def real_pixels(self, dtype):
        """How many pixels of each window are not padding, (1, n_H, n_W, 1)."""
        _, n_H_prev, n_W_prev, _ = self.x.shape
        real = pad_images(np.ones((1, n_H_prev, n_W_prev, 1), dtype), self.amounts)
        return sum(real[:, rows, columns] for rows, columns in self.slices)
