"""Layers that look at windows of images: convolution and pooling."""

import numpy as np

from cnn_lab import pooling
from cnn_lab.convolution import check_weights, conv2d, conv2d_backward, output_shape
from cnn_lab.geometry import padding_amounts, pair
from cnn_lab.initializers import he_normal
from cnn_lab.layers.base import Layer, positive
from cnn_lab.windows import as_floats


class Conv2D(Layer):
    """Convolve with learned filters and add a learned bias.

    Parameters
    ----------
    filters : int
        How many filters, and so how many feature maps come out.
    kernel_size : int or (height, width) in pixels
    stride, padding, dilation, groups
        As in `cnn_lab.convolution.conv2d`.
    bias : bool
        Whether to learn one bias for each filter.
    initializer : function of `cnn_lab.initializers`

    Attributes
    ----------
    params : {"W": (f_H, f_W, n_C_prev / groups, filters), "b": (filters,)}
    input_gradient : bool
        When false, ``backward`` returns None and saves the work; training sets it so while the
        first layer of a network has its turn.

    Examples
    --------
    >>> layer = Conv2D(8, 3).build((28, 28, 1), np.random.default_rng(0))
    >>> layer.output_shape
    (26, 26, 8)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        *,
        stride=1,
        padding="valid",
        dilation=1,
        groups=1,
        bias=True,
        initializer=he_normal,
    ):
        super().__init__()
        self.filters = positive(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.geometry = {"stride": stride, "padding": padding, "dilation": dilation}
        padding_amounts(padding, (1, 1), self.kernel_size, stride, dilation)  # raises early
        self.groups = positive(groups, "groups")
        self.bias = bias
        self.initializer = initializer
        self.input_gradient = True

    def _build(self, rng, dtype):
        channels = self._size(3, "(n_H, n_W, n_C)")[2]
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        check_weights(np.broadcast_to(0.0, shape), channels, self.groups)
        size = output_shape(self.input_shape, self.kernel_size, **self.geometry)
        window = self.kernel_size[0] * self.kernel_size[1]
        fan_in, fan_out = window * shape[2], window * self.filters // self.groups
        self.params["W"] = self._draw(self.initializer, shape, fan_in, fan_out, rng, dtype)
        if self.bias:
            self.params["b"] = np.zeros(self.filters, dtype)
        return (*size, self.filters)

    def forward(self, x, training=False):
        """Return the feature maps (m, n_H, n_W, filters) of the images x (m, n_H, n_W, n_C)."""
        x = as_floats(x)
        weights, b = self._weights(x), self.params.get("b")
        return conv2d(self._remember(x), weights, b, groups=self.groups, **self.geometry)

    def backward(self, dy):
        """Fill grads and return dx, or None when ``input_gradient`` is false."""
        dx, dw, db = conv2d_backward(
            dy,
            self._recall(),
            self.params["W"],
            groups=self.groups,
            input_gradient=self.input_gradient,
            **self.geometry,
        )
        self.grads = {"W": dw, "b": db} if self.bias else {"W": dw}
        return dx

    def __repr__(self):
        height, width = self.kernel_size
        return f"Conv2D({self.filters}, {height}x{width})"


class _Pool(Layer):
    def __init__(self, pool_size=2, *, stride=None, padding="valid"):
        super().__init__()
        self.pool_size = pair(pool_size, "pool_size")
        self.stride = self.pool_size if stride is None else pair(stride, "stride")
        self.padding = padding
        padding_amounts(padding, (1, 1), self.pool_size, self.stride)  # raises early

    def _build(self, rng, dtype):
        channels = self._size(3, "(n_H, n_W, n_C)")[2]
        geometry = {"stride": self.stride, "padding": self.padding}
        return (*output_shape(self.input_shape, self.pool_size, **geometry), channels)

    def __repr__(self):
        return f"{type(self).__name__}({self.pool_size[0]}x{self.pool_size[1]})"


class MaxPool2D(_Pool):
    """Keep the largest value of every window, channel by channel.

    Parameters
    ----------
    pool_size : int or (height, width) in pixels
    stride : int or (height, width), default pool_size
    padding : int, pair, ((top, bottom), (left, right)), "valid" or "same"

    Notes
    -----
    Padding never wins, and of tied maxima the first receives the gradient; pixels left over at the
    bottom and right are dropped and receive zero gradient.

    Examples
    --------
    >>> MaxPool2D(2).build((26, 26, 8)).output_shape
    (13, 13, 8)
    """

    def forward(self, x, training=False):
        """Return the maxima (m, n_H, n_W, n_C)."""
        x = self._remember(x)
        self._y = pooling.max_pool2d(x, self.pool_size, stride=self.stride, padding=self.padding)
        return self._y

    def backward(self, dy):
        """Return dx: each gradient goes to its window's maximum."""
        x = self._recall()
        how = {"stride": self.stride, "padding": self.padding}
        return pooling.max_pool2d_backward(dy, x, self._y, self.pool_size, **how)


class AveragePool2D(_Pool):
    """Average every window over its real pixels, channel by channel.

    Parameters as for `MaxPool2D`.

    Examples
    --------
    >>> AveragePool2D(2).build((20, 20, 20)).output_shape
    (10, 10, 20)
    """

    def forward(self, x, training=False):
        """Return the means (m, n_H, n_W, n_C)."""
        x = self._remember(x)
        how = {"stride": self.stride, "padding": self.padding}
        return pooling.average_pool2d(x, self.pool_size, **how)

    def backward(self, dy):
        """Return dx: each gradient is shared out equally over its window."""
        how = {"stride": self.stride, "padding": self.padding}
        return pooling.average_pool2d_backward(dy, self._recall().shape, self.pool_size, **how)
