"""The bend detector of lesson 01, for the pictures that go with right answers."""

import numpy as np

from cnn_lab.checks.digits import digit

ROWS, COLUMNS = [0, 1, 1, 2, 3, 4, 5], [5, 3, 4, 2, 1, 1, 0]


def nought():
    """Return the nought of the lesson, shape (28, 28)."""
    return digit(13)


def bend_of_the_nought():
    """Return its upper left bend, shape (7, 7)."""
    return nought()[7:14, 9:16]


def bend_filter():
    """Return 30 along a bend and 0 elsewhere, shape (7, 7)."""
    W = np.zeros((7, 7))
    W[ROWS, COLUMNS] = 30
    return W


def fair_filter():
    """Return 30 along a bend and -5 elsewhere, shape (7, 7)."""
    W = bend_filter()
    return np.where(W > 0, W, -5)
