"""Checks at the edge: what a plot was given, named when it does not fit."""

import numpy as np


def real_array(values, name, *, ndim=None, finite=False):
    """Return values as a numeric array of one of the wanted ranks, or say what came instead.

    Parameters
    ----------
    values : array_like
    name : str
        How the caller calls the argument.
    ndim : int or tuple of int, optional
        Ranks that are accepted.
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    numpy.ndarray
        Numeric, not empty; never a copy that the caller could notice.

    Raises
    ------
    ValueError
        If the values are ragged, not real numbers, empty, or of another rank.

    Examples
    --------
    >>> real_array([1, 2], "x", ndim=2)
    Traceback (most recent call last):
        ...
    ValueError: x must have 2 axes, got shape (2,)
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    ranks = (ndim,) if isinstance(ndim, int) else ndim
    if ranks and array.ndim not in ranks:
        wanted = " or ".join(str(rank) for rank in ranks)
        raise ValueError(f"{name} must have {wanted} axes, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, its shape is {array.shape}")
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, it holds NaN or infinity")
    return array


def one_each(values, count, name, *, default=None):
    """Return a list with one entry per picture, or say how many came.

    Examples
    --------
    >>> one_each(None, 2, "titles"), one_each(["a", "b"], 2, "titles")
    ([None, None], ['a', 'b'])
    """
    if values is None:
        return [default] * count
    values = [values] if isinstance(values, str) else list(values)
    if len(values) != count:
        raise ValueError(f"{name} needs {count} entries, got {len(values)}")
    return values


def column_count(columns, count, most):
    """Return how many pictures stand in a row: as asked, else balanced rows of at most `most`."""
    if columns is None:
        lines = -(-count // most)
        return -(-count // lines)
    if not isinstance(columns, (int, np.integer)) or columns < 1:
        raise ValueError(f"columns must be a positive whole number, got {columns!r}")
    return min(int(columns), count)


def scale_limits(limits, name="limits"):
    """Return (low, high) as floats, or say what is wrong with them."""
    try:
        low, high = (float(value) for value in limits)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a pair (low, high), got {limits!r}") from None
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"{name} must rise from low to high, both finite; got ({low:g}, {high:g})")
    return low, high
