"""The vectorised convolution, forward and backward, on arrays.

Conventions of the module: arrays are channels-last, images ``(m, n_H, n_W, n_C)``, weights
``(f_H, f_W, n_C_prev / groups, n_C)``. ``stride`` and ``dilation`` are an int or a pair (height,
width); ``padding`` is an int, a pair, ``((top, bottom), (left, right))``, ``"valid"`` or
``"same"``. The functions compute in the floating dtype that they are given and never change their
arguments.

The idea is one matrix product: every window of the images becomes a row of a matrix (`im2col`),
every filter becomes a column of another, and their product holds all the sums at once. The same two
matrices give both gradients. What the loops of `cnn_lab.reference` do one number at a time happens
here in three lines; the two modules share nothing but the size formula, so that each can be tested
against the other.
"""

import numpy as np

from cnn_lab.windows import as_floats, check_gradient, check_images, col2im, im2col, output_shape

__all__ = ["check_weights", "col2im", "conv2d", "conv2d_backward", "im2col", "output_shape"]


def conv2d(x, w, b=None, *, stride=1, padding="valid", dilation=1, groups=1):
    """Convolve a batch of images with filters (a cross-correlation: no filter is turned).

    Parameters
    ----------
    x : array (m, n_H_prev, n_W_prev, n_C_prev)
    w : array (f_H, f_W, n_C_prev / groups, n_C)
    b : array of n_C values, optional
    stride, dilation : int or (height, width) in pixels
        A stride that leaves pixels over at the bottom or right drops them.
    padding : int, pair, ((top, bottom), (left, right)), "valid" or "same"
        How many rows and columns of zeros surround each image.
    groups : int
        Channels and filters are cut into this many groups; a filter sees the channels of its own
        group only.

    Returns
    -------
    array (m, n_H, n_W, n_C)

    Raises
    ------
    ValueError
        If ranks or channels disagree, or the kernel does not fit into the padded image.

    Notes
    -----
    ``y[i,h,w,c] = b[c] + sum over u, v, k of x_pad[i, h*s_H + u*d_H, w*s_W + v*d_W, k] *
    w[u,v,k,c]``, the equation of lesson 03. Costs ``m * n_H * n_W * f_H * f_W * n_C_prev * n_C /
    groups`` multiplications.

    References
    ----------
    Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
    Processing", 2006, section 3, for the matrix form.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 3, 3, 1)
    >>> conv2d(x, np.ones((2, 2, 1, 1)))[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    x, w = as_floats(x), as_floats(w)
    check_images(x)
    check_weights(w, x.shape[3], groups)
    bias = None if b is None else _check_bias(b, w.shape[3])
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    outputs = [
        _one_group(x[..., channels], w[..., filters], how)
        for channels, filters in _group_slices(x.shape[3], w.shape[3], groups)
    ]
    y = outputs[0] if groups == 1 else np.concatenate(outputs, axis=3)
    if bias is not None:
        y += bias
    return y


def conv2d_backward(
    dy, x, w, *, stride=1, padding="valid", dilation=1, groups=1, input_gradient=True
):
    """Carry the gradient of a loss back through `conv2d`.

    Parameters
    ----------
    dy : array (m, n_H, n_W, n_C)
        Derivative of the loss with respect to the output.
    x, w, stride, padding, dilation, groups
        As they were given to `conv2d`.
    input_gradient : bool
        When false, ``dx`` is None and not computed: in a first layer nobody asks for the gradient
        of the pixels.

    Returns
    -------
    dx : array like x, or None
    dw : array like w
    db : array (n_C,)

    Raises
    ------
    ValueError
        If ``dy`` does not have the shape of the output.

    Notes
    -----
    With ``y = C @ w`` for the window matrix C, ``dw = C.T @ dy`` and ``dC = dy @ w.T``; every
    window's share is then added to its pixels (`col2im`). The equations of lesson 05. Costs twice
    the forward pass.

    Examples
    --------
    >>> x, w = np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 2, 2, 1)), x, w)
    >>> dw[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    dy, x, w = as_floats(dy), as_floats(x), as_floats(w)
    check_images(x)
    check_weights(w, x.shape[3], groups)
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    kernel_size = w.shape[:2]
    check_gradient(dy, (len(x), *output_shape(x.shape, kernel_size, **how), w.shape[3]))
    dx = np.empty(x.shape, np.result_type(dy, w)) if input_gradient else None
    dw = np.empty(w.shape, np.result_type(dy, x))
    for channels, filters in _group_slices(x.shape[3], w.shape[3], groups):
        x_group, w_group = x[..., channels], w[..., filters]
        dy_rows = dy[..., filters].reshape(-1, w_group.shape[3])
        columns = im2col(x_group, kernel_size, **how)
        dw[..., filters] = (columns.T @ dy_rows).reshape(w_group.shape)
        if input_gradient:
            d_columns = dy_rows @ w_group.reshape(-1, w_group.shape[3]).T
            dx[..., channels] = col2im(d_columns, x_group.shape, kernel_size, **how)
    return dx, dw, dy.sum(axis=(0, 1, 2))


def check_weights(w, channels, groups):
    """Raise ValueError unless the weights fit ``channels`` input channels in ``groups`` groups."""
    if w.ndim != 4:
        expected = "4 axes (f_H, f_W, n_C_prev / groups, n_C)"
        raise ValueError(f"w must have {expected}, got shape {w.shape}")
    filters = w.shape[3]
    if groups < 1 or channels % groups or filters % groups:
        parts = f"the {channels} input channels and the {filters} filters"
        raise ValueError(f"groups must divide {parts}, got {groups}")
    if w.shape[2] * groups != channels:
        times = f" times {groups} groups" if groups > 1 else ""
        raise ValueError(f"w has {w.shape[2]} input channels{times}, x has {channels}")


def _one_group(x, w, how):
    kernel_size, filters = w.shape[:2], w.shape[3]
    columns = im2col(x, kernel_size, **how)
    y = columns @ w.reshape(-1, filters)
    return y.reshape(len(x), *output_shape(x.shape, kernel_size, **how), filters)


def _group_slices(channels, filters, groups):
    step_in, step_out = channels // groups, filters // groups
    return [
        (slice(g * step_in, (g + 1) * step_in), slice(g * step_out, (g + 1) * step_out))
        for g in range(groups)
    ]


def _check_bias(b, filters):
    b = np.asarray(b)
    if b.size != filters:
        raise ValueError(f"b must hold one value for each of the {filters} filters, got {b.shape}")
    return b.reshape(filters)
