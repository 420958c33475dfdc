"""Fully connected layers, and the step from images to rows."""

import math

import numpy as np

from cnn_lab.initializers import he_normal
from cnn_lab.layers.base import Layer, positive
from cnn_lab.windows import as_floats


class Flatten(Layer):
    """Lay each image out as one row, in reading order, channels last.

    Examples
    --------
    >>> Flatten().build((4, 4, 50)).output_shape
    (800,)
    """

    def _build(self, rng, dtype):
        return (math.prod(self.input_shape),)

    def forward(self, x, training=False):
        """Return x as (m, n)."""
        return self._remember(x).reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy):
        """Return dy in the shape of x."""
        shape = self._recall().shape
        return self._gradient(dy, math.prod(shape[1:])).reshape(shape)


class Dense(Layer):
    """Connect every input with every output: y = x @ W + b.

    Parameters
    ----------
    units : int
        How many outputs.
    bias : bool
    initializer : function of `cnn_lab.initializers`

    Attributes
    ----------
    params : {"W": (n, units), "b": (units,)}

    Examples
    --------
    >>> Dense(10).build((1352,), np.random.default_rng(0)).params["W"].shape
    (1352, 10)
    """

    def __init__(self, units, *, bias=True, initializer=he_normal):
        super().__init__()
        self.units = positive(units, "units")
        self.bias = bias
        self.initializer = initializer

    def _build(self, rng, dtype):
        if len(self.input_shape) != 1:
            raise ValueError(f"{self} takes rows (n,), got {self.input_shape}: put Flatten before")
        n, units = self.input_shape[0], self.units
        self.params["W"] = self._draw(self.initializer, (n, units), n, units, rng, dtype)
        if self.bias:
            self.params["b"] = np.zeros(units, dtype)
        return (units,)

    def forward(self, x, training=False):
        """Return x @ W + b, (m, units)."""
        x = as_floats(x)
        weights = self._weights(x)
        y = self._remember(x) @ weights
        if self.bias:
            y += self.params["b"]
        return y

    def backward(self, dy):
        """Fill grads and return dx = dy @ W.T."""
        dy = self._gradient(dy, self.units)
        self.grads = {"W": self._x.T @ dy}
        if self.bias:
            self.grads["b"] = dy.sum(axis=0)
        return dy @ self.params["W"].T

    def __repr__(self):
        return f"Dense({self.units})"
