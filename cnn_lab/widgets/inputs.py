"""What widgets accept, and what they say to the rest."""

import numpy as np


def small_matrix(values, name, most):
    """Return numbers as a float array of two axes, up to `most` by `most`, or say why not."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {values!r:.60}") from None
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must have two axes, rows and columns, got shape {array.shape}")
    if max(array.shape) > most:
        raise ValueError(f"{name} may have up to {most} by {most} numbers, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, and holds nan or inf")
    return array


def rows_in_words(matrix):
    """Return the numbers of a matrix as they are read aloud: commas in a row, a semicolon after it.

    Examples
    --------
    >>> rows_in_words([[1, -2.5], [0, 1 / 3]])
    '1, −2.5; 0, 0.33'
    """
    rows = np.round(np.asarray(matrix, dtype=float), 2) + 0  # no negative zero
    told = "; ".join(", ".join(f"{number:.12g}" for number in row) for row in rows)
    return told.replace("-", "\N{MINUS SIGN}")
