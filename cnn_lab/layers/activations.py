"""Activations: the same function for every value."""

import numpy as np

from cnn_lab.layers.base import Layer


class ReLU(Layer):
    """Replace negative values by zero; the derivative at exactly zero is taken as zero.

    Examples
    --------
    >>> ReLU().forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    """

    def forward(self, x, training=False):
        """Return max(x, 0)."""
        return np.maximum(self._remember(x), 0)

    def backward(self, dy):
        """Return dy where x was positive, zero elsewhere."""
        return self._gradient(dy) * (self._recall() > 0)


class Sigmoid(Layer):
    """Squash every value into the range 0 to 1: 1 / (1 + exp(-x)).

    Examples
    --------
    >>> Sigmoid().forward(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[0. , 0.5, 1. ]])
    """

    def forward(self, x, training=False):
        """Return 1 / (1 + exp(-x)), computed without overflow."""
        self._remember(x)
        self._y = 0.5 * (1.0 + np.tanh(0.5 * x))
        return self._y

    def backward(self, dy):
        """Return dy * y * (1 - y)."""
        return self._gradient(dy) * self._y * (1.0 - self._y)
