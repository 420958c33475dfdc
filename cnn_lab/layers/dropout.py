"""Dropout."""

import numpy as np

from cnn_lab.layers.base import Layer


class Dropout(Layer):
    """While training, set a random share of the values to zero and scale the others up.

    Parameters
    ----------
    rate : float, 0 <= rate < 1
        The share that is dropped. The others are divided by 1 - rate, so that their sum is the same
        on average and nothing needs to change when the network is used.

    References
    ----------
    Srivastava and others, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
    2014, section 10 for the scaling while training.

    Examples
    --------
    >>> layer = Dropout(0.5).build((4,), np.random.default_rng(0))
    >>> layer.forward(np.ones((1, 4)), training=True)
    array([[2., 2., 2., 0.]])
    """

    def __init__(self, rate):
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be at least 0 and below 1, got {rate}")
        self.rate = rate
        self.rng = None
        self._factors = None

    def _build(self, rng, dtype):
        self.rng = rng
        return self.input_shape

    def forward(self, x, training=False):
        """Return x, or x with dropped values while training."""
        self._remember(x)
        self._factors = None
        if training and self.rate:
            if self.rng is None:
                self.rng = np.random.default_rng(0)
            kept = self.rng.random(x.shape, dtype=np.float32) >= self.rate
            self._factors = kept * x.dtype.type(1.0 / (1.0 - self.rate))
        return x if self._factors is None else x * self._factors

    def backward(self, dy):
        """Return dy, through the values that were kept."""
        dy = self._gradient(dy)
        return dy if self._factors is None else dy * self._factors

    def __repr__(self):
        return f"Dropout({self.rate})"
