"""A convolution and the 2x2 pool after it as one convolution of stride 2.

A pooled value looks at four neighbouring windows of f_H x f_W pixels, which together cover a patch
of (f_H + 1) x (f_W + 1). Four copies of every filter, each shifted to one of the four places inside
such a patch, give the four values at once, in four separate planes. So one matrix product over a
quarter of the windows does the convolution, and pooling compares whole planes with each other,
without a single jump through memory.

Arrays are laid out images-last here, (n_C, n_H, n_W, m): what is done to one pixel is then done to
the same pixel of all images in one go.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_lab.fast.padded import padded_input
from cnn_lab.layers import MaxPool2D

PLACES = [(0, 0), (0, 1), (1, 0), (1, 1)]  # of a window inside the patch, in reading order


class PooledConvolution:
    """Conv2D, perhaps ReLU, and a 2x2 pool, on chunks of images.

    Parameters
    ----------
    layers : [Conv2D, MaxPool2D], [Conv2D, ReLU, MaxPool2D] or the same with AveragePool2D
        Built, and such as `cnn_lab.fast.plan` chooses.
    images : int
        How many images a chunk holds.

    Notes
    -----
    Costs ``(f_H + 1) * (f_W + 1) * n_C_prev * n_C`` multiplications a window and ``n_H * n_W / 4``
    patches: (1 + 1/f)**2 times those of the plain convolution, on a window matrix that has a
    quarter of the columns. The lesson is 10, "Convolve and pool at once".
    """

    title = "convolution and pool at once"

    def __init__(self, layers, images):
        self.convolution, self.pool = layers[0], layers[-1]
        self.rectified = len(layers) == 3
        self.maximum = isinstance(self.pool, MaxPool2D)
        weights = self.convolution.params["W"]
        f_H, f_W, n_C_prev, n_C = weights.shape
        n_H, n_W, _ = self.pool.output_shape
        dtype = weights.dtype
        x_pad, inside = padded_input(self.convolution, images)
        self.inside = x_pad[inside]
        views = sliding_window_view(x_pad, (f_H + 1, f_W + 1), axis=(1, 2))
        self.patches = views[:, : 2 * n_H : 2, : 2 * n_W : 2].transpose(4, 5, 0, 1, 2, 3)
        self.filters = np.zeros((4, n_C, f_H + 1, f_W + 1, n_C_prev), dtype)
        self.planes = np.empty((4, n_C, n_H * n_W * images), dtype)
        self.rows = np.empty((2, *self.planes.shape[1:]), dtype)
        self.zero = np.zeros(self.planes.shape[1:], dtype)  # faster than the number 0
        self.y = np.empty((n_C, n_H, n_W, images), dtype)
        self.dw = np.empty_like(self.filters)

    def memory(self):
        """Return arrays for what the backward pass will need of one chunk."""
        planes = self.planes.shape
        memory = {"patches": np.empty(self.patches.shape, self.y.dtype)}
        if self.maximum:
            memory["right"] = np.empty((2, *planes[1:]), bool)
            memory["below"] = np.empty(planes[1:], bool)
            memory["alive"] = np.empty(planes[1:], bool)
        elif self.rectified:
            memory["alive"] = np.empty(planes, bool)
        return memory

    def begin(self):
        """Take over the current weights and forget the gradients of the last step."""
        weights = self.convolution.params["W"]
        for number, place in enumerate(PLACES):
            self._shifted(self.filters[number], place)[...] = weights.transpose(3, 0, 1, 2)
        bias = self.convolution.params.get("b")
        self.bias = None if bias is None else bias[:, np.newaxis]
        self.grads = {name: np.zeros_like(p) for name, p in self.convolution.params.items()}

    def forward(self, x, memory):
        """Return the pooled maps (n_C, n_H, n_W, m) of x (n_C_prev, n_H_prev, n_W_prev, m)."""
        self.inside[...] = x
        patches = memory["patches"]
        np.copyto(patches, self.patches)
        planes, y = self.planes, self.y.reshape(self.planes.shape[1:])
        n_C = len(y)
        matrix = self.filters.reshape(4 * n_C, -1)
        np.matmul(matrix, patches.reshape(matrix.shape[1], -1), out=planes.reshape(4 * n_C, -1))
        if self.maximum:
            self._maximum(planes, y, memory)
        else:
            self._average(planes, y, memory)
        return self.y

    def backward(self, dy, memory, input_gradient=False):
        """Add to ``grads``; there is no gradient for the pixels, which training never asks for."""
        planes = self.planes
        n_C = planes.shape[1]
        dy = dy.reshape(planes.shape[1:])
        if self.maximum:
            db = self._maximum_backward(dy, memory)
        else:
            db = self._average_backward(dy, memory)
        patches = memory["patches"].reshape(-1, planes.shape[2])
        np.matmul(planes.reshape(4 * n_C, -1), patches.T, out=self.dw.reshape(4 * n_C, -1))
        for number, place in enumerate(PLACES):
            self.grads["W"] += self._shifted(self.dw[number], place).transpose(1, 2, 3, 0)
        if self.bias is not None:
            self.grads["b"] += db

    def gradients(self):
        """Return the gradients of the chunks since `begin`, by layer."""
        return {self.convolution: self.grads}

    def _maximum(self, planes, y, memory):
        rows = self.rows
        np.maximum(planes[::2], planes[1::2], out=rows)
        np.maximum(rows[0], rows[1], out=y)
        np.greater(planes[1::2], planes[::2], out=memory["right"])  # ties go to the first
        np.greater(rows[1], rows[0], out=memory["below"])
        if self.bias is not None:
            y += self.bias  # the same for all four: it cannot change which one wins
        if self.rectified:
            np.greater(y, 0, out=memory["alive"])
            np.maximum(y, self.zero, out=y)

    def _maximum_backward(self, dy, memory):
        planes, rows = self.planes, self.rows
        if self.rectified:
            dy = np.multiply(dy, memory["alive"], out=self.y.reshape(dy.shape))
        np.multiply(dy, memory["below"], out=rows[1])
        np.subtract(dy, rows[1], out=rows[0])
        np.multiply(rows, memory["right"], out=planes[1::2])
        np.subtract(rows, planes[1::2], out=planes[::2])
        return dy.sum(axis=1)

    def _average(self, planes, y, memory):
        rows = self.rows
        if self.bias is not None:
            planes += self.bias
        if self.rectified:
            np.greater(planes, 0, out=memory["alive"])
            np.maximum(planes, self.zero, out=planes)
        np.add(planes[::2], planes[1::2], out=rows)
        np.add(rows[0], rows[1], out=y)
        y *= y.dtype.type(0.25)

    def _average_backward(self, dy, memory):
        planes = self.planes
        share = np.multiply(dy, dy.dtype.type(0.25), out=self.rows[0])
        if self.rectified:
            np.multiply(memory["alive"], share, out=planes)
        else:
            planes[...] = share
        return planes.sum(axis=(0, 2))

    def _shifted(self, filters, place):
        down, right = place
        f_H, f_W = self.convolution.kernel_size
        return filters[:, down : down + f_H, right : right + f_W]
