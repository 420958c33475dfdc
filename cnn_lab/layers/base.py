"""What all layers share."""

import numpy as np

from cnn_lab.windows import check_gradient


class Layer:
    """What all layers share: a place for parameters, and a check that forward came first."""

    def __init__(self):
        self.params = {}
        self.grads = {}
        self.input_shape = None
        self.output_shape = None
        self._x = None

    def build(self, input_shape, rng=None, dtype=np.float32):
        """Fix the input shape of one image and draw the weights.

        Parameters
        ----------
        input_shape : tuple of int
        rng : numpy.random.Generator
            Needed by layers with weights.
        dtype : float dtype of the weights

        Returns
        -------
        the layer itself

        Raises
        ------
        ValueError
            If the layer cannot take inputs of this shape.
        """
        self.input_shape = tuple(int(n) for n in input_shape)
        self.output_shape = self._build(rng, dtype)
        return self

    def _build(self, rng, dtype):
        return self.input_shape

    def _remember(self, x):
        if self.input_shape is not None and x.shape[1:] != self.input_shape:
            expected = as_text(("m", *self.input_shape))
            raise ValueError(f"{self} was built for inputs {expected}, got shape {x.shape}")
        self._x = x
        return x

    def _gradient(self, dy, *output_shape):
        """Return dy, or raise ValueError if it does not have the shape of the output."""
        dy, x = np.asarray(dy), self._recall()
        check_gradient(dy, (len(x), *(output_shape or x.shape[1:])))
        return dy

    def _recall(self):
        if self._x is None:
            raise ValueError(f"{self}.backward was called before forward")
        return self._x

    def _weights(self, x):
        if "W" not in self.params:  # used by itself, outside of a network
            self.build(x.shape[1:], np.random.default_rng(0), x.dtype)
        return self.params["W"]

    def _draw(self, initializer, shape, fan_in, fan_out, rng, dtype):
        if rng is None:
            raise ValueError(f"{self} draws weights: pass rng, a numpy.random.Generator")
        return initializer(shape, fan_in, fan_out, rng).astype(dtype)

    def _size(self, axes, meaning):
        if len(self.input_shape) != axes:
            raise ValueError(f"{self} takes inputs of shape {meaning}, got {self.input_shape}")
        return self.input_shape

    def __repr__(self):
        return f"{type(self).__name__}()"


def carry_back(layers, gradient, input_gradient=True):
    """Carry a gradient back through a chain of layers.

    Returns the gradient of the chain's input, or None when it is not wanted and the first layer can
    leave it out.
    """
    for layer in layers[:0:-1]:
        gradient = layer.backward(gradient)
    first = layers[0]
    if input_gradient or not hasattr(first, "input_gradient"):
        return first.backward(gradient)
    first.input_gradient = False
    try:
        return first.backward(gradient)
    finally:
        first.input_gradient = True


def positive(number, name):
    """Return ``number`` as an int, or raise ValueError naming it."""
    if not isinstance(number, (int, np.integer)) or number < 1:
        raise ValueError(f"{name} must be a positive integer, got {number!r}")
    return int(number)


def as_text(shape):
    """Return a shape as text, with names for the axes that are not numbers."""
    return "(" + ", ".join(map(str, shape)) + ")"
