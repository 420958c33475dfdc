"""The windows of images: seen without a copy, laid out as rows of a matrix, and added back.

Conventions of the module: images are channels-last ``(m, n_H, n_W, n_C)``. ``kernel_size``,
``stride`` and ``dilation`` are an int or a pair (height, width) in pixels; ``padding`` is an int, a
pair, ``((top, bottom), (left, right))``, ``"valid"`` or ``"same"``. Nothing passed in is changed.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnn_lab.geometry import output_size, padding_amounts, pair


def output_shape(x_shape, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Return (n_H, n_W) of a convolution or a pooling over images of shape (..., n_H, n_W, n_C).

    Examples
    --------
    >>> output_shape((28, 28, 1), 3, stride=2, padding="same")
    (14, 14)
    """
    kernel_size, stride, dilation = _pairs(kernel_size, stride, dilation)
    size = tuple(x_shape[-3:-1])
    amounts = padding_amounts(padding, size, kernel_size, stride, dilation)
    axes = zip(size, kernel_size, stride, amounts, dilation, strict=True)
    return tuple(output_size(n, f, stride=s, padding=p, dilation=d) for n, f, s, p, d in axes)


def pad_images(x, amounts, value=0.0):
    """Surround every image with a constant border.

    Parameters
    ----------
    x : array (m, n_H, n_W, n_C)
    amounts : ((top, bottom), (left, right)) in pixels
    value : float
        What the border holds: 0 for a convolution, minus infinity for max pooling.

    Returns
    -------
    array (m, top + n_H + bottom, left + n_W + right, n_C)
        ``x`` itself, not a copy, when there is nothing to add.
    """
    (top, bottom), (left, right) = amounts
    if not (top or bottom or left or right):
        return x
    m, n_H, n_W, n_C = x.shape
    padded = np.full((m, top + n_H + bottom, left + n_W + right, n_C), value, x.dtype)
    padded[:, top : top + n_H, left : left + n_W] = x
    return padded


def windows(x_pad, kernel_size, stride=(1, 1), dilation=(1, 1)):
    """View every window of every padded image without copying a pixel.

    Parameters
    ----------
    x_pad : array (m, H, W, n_C)
    kernel_size, stride, dilation : (height, width) in pixels

    Returns
    -------
    read-only view (m, n_H, n_W, f_H, f_W, n_C)
        ``view[i, h, w, u, v, k]`` is ``x_pad[i, h * s_H + u * d_H, w * s_W + v * d_W, k]``.
    """
    m, H, W, n_C = x_pad.shape
    n_H = output_size(H, kernel_size[0], stride=stride[0], dilation=dilation[0])
    n_W = output_size(W, kernel_size[1], stride=stride[1], dilation=dilation[1])
    to_image, to_row, to_column, to_channel = x_pad.strides
    strides = (
        to_image,
        to_row * stride[0],
        to_column * stride[1],
        to_row * dilation[0],
        to_column * dilation[1],
        to_channel,
    )
    return as_strided(x_pad, (m, n_H, n_W, *kernel_size, n_C), strides, writeable=False)


def im2col(x, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Lay every window of every image out as one row of a matrix.

    Parameters
    ----------
    x : array (m, n_H_prev, n_W_prev, n_C_prev)
    kernel_size : int or (height, width) in pixels

    Returns
    -------
    array (m * n_H * n_W, f_H * f_W * n_C_prev)

    Raises
    ------
    ValueError
        If ``x`` is not four-dimensional or the kernel does not fit into the padded image.

    Notes
    -----
    A pixel is copied once for each window that holds it, so the matrix is about
    ``f_H * f_W / (s_H * s_W)`` times as large as the images: memory is the price of the single
    matrix product.

    Examples
    --------
    >>> im2col(np.arange(6.0).reshape(1, 2, 3, 1), 2)
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.]])
    """
    check_images(x)
    kernel_size, stride, dilation = _pairs(kernel_size, stride, dilation)
    amounts = padding_amounts(padding, x.shape[1:3], kernel_size, stride, dilation)
    view = windows(pad_images(x, amounts), kernel_size, stride, dilation)
    return view.reshape(-1, kernel_size[0] * kernel_size[1] * x.shape[3])


def col2im(columns, x_shape, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Add the rows of a window matrix back into images: the transpose of `im2col`.

    Parameters
    ----------
    columns : array (m * n_H * n_W, f_H * f_W * n_C_prev)
    x_shape : (m, n_H_prev, n_W_prev, n_C_prev)

    Returns
    -------
    array of shape ``x_shape``
        Each pixel holds the sum over all windows that contain it; pixels in no window hold zero.

    Examples
    --------
    >>> col2im(np.ones((2, 4)), (1, 2, 3, 1), 2)[0, :, :, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    m, n_H_prev, n_W_prev, n_C = x_shape
    kernel_size, stride, dilation = _pairs(kernel_size, stride, dilation)
    size = (n_H_prev, n_W_prev)
    (top, bottom), (left, right) = padding_amounts(padding, size, kernel_size, stride, dilation)
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    n_H, n_W = output_shape(x_shape, kernel_size, **how)
    parts = columns.reshape(m, n_H, n_W, *kernel_size, n_C)
    x_pad = np.zeros((m, top + n_H_prev + bottom, left + n_W_prev + right, n_C), columns.dtype)
    for u in range(kernel_size[0]):
        rows = every(u * dilation[0], stride[0], n_H)
        for v in range(kernel_size[1]):
            x_pad[:, rows, every(v * dilation[1], stride[1], n_W)] += parts[:, :, :, u, v]
    return x_pad[:, top : top + n_H_prev, left : left + n_W_prev]


def every(start, step, count):
    """Return the slice that takes ``count`` indices from ``start`` in steps of ``step``.

    Examples
    --------
    >>> list(range(20))[every(1, 3, 4)]
    [1, 4, 7, 10]
    """
    return slice(start, start + step * (count - 1) + 1, step)


def as_floats(array):
    """Return the array unchanged when it holds floating-point numbers, integers as float64.

    Raises
    ------
    TypeError
        If it holds anything but real numbers.
    """
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected an array of real numbers, got {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def check_images(x):
    """Raise ValueError unless ``x`` has the four axes of a batch of images."""
    if x.ndim != 4:
        raise ValueError(f"x must have 4 axes (m, n_H, n_W, n_C), got shape {x.shape}")


def check_gradient(dy, shape):
    """Raise ValueError unless ``dy`` has the shape of the output that it belongs to."""
    if dy.shape != tuple(shape):
        raise ValueError(f"dy must have the shape {tuple(shape)} of the output, got {dy.shape}")


def _pairs(kernel_size, stride, dilation):
    return (
        pair(kernel_size, "kernel_size"),
        pair(stride, "stride"),
        pair(dilation, "dilation"),
    )
