"""Handwritten digits for the pictures that go with a right answer."""

from functools import cache

import numpy as np


def digit(number):
    """Return one of the test images: float64, shape (28, 28), 0 (black) to 255 (white)."""
    return _images()[number].astype(np.float64)


@cache
def _images():
    from cnn_lab.mnist import load_mnist

    return load_mnist("test")[0]
