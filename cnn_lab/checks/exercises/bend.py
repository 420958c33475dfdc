"""The bend detector of lesson 01, for the pictures that go with right answers."""

import numpy as np

from cnn_lab.checks.digits import digit

ROWS, COLUMNS = [1, 2, 3, 4, 5, 5, 5], [1, 1, 1, 2, 3, 4, 5]


def nought():
    """Return the handwritten 0 of the lesson, shape (28, 28)."""
    return digit(13)


def bend_of_the_nought():
    """Return its lower left bend, shape (7, 7)."""
    return nought()[18:25, 8:15]


def bend_filter():
    """Return 30 along a bend and 0 elsewhere, shape (7, 7)."""
    W = np.zeros((7, 7))
    W[ROWS, COLUMNS] = 30
    return W


def fair_filter():
    """Return 30 along a bend and -5 elsewhere, shape (7, 7)."""
    W = bend_filter()
    return np.where(W > 0, W, -5)
