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
