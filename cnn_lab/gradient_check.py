"""Gradients by central differences, and a number that says how far two gradients are apart.

A backward function claims to know how a loss changes with every element of an array. The claim can
be judged without trusting any derivation: move one element a little up and a little down, look at
the loss both times, and divide. This is slow, two evaluations of the loss for every element, and it
needs no mathematics beyond the definition of a derivative, which is what makes it a good judge.

Everything here is float64. In float32 the rounding error alone is larger than the differences that
a gradient check is meant to see.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["numerical_gradient", "relative_error"]


def numerical_gradient(
    f: Callable[[np.ndarray], float],
    x: ArrayLike,
    *,
    step: float = 1e-5,
    indices: Iterable[int | Sequence[int]] | None = None,
) -> np.ndarray:
    """Estimate the gradient of a scalar function by central differences.

    Parameters
    ----------
    f : callable
        Takes a float64 array of the shape of `x`, returns one number: a Python number or a 0-d
        array. It must compute in float64 and give the same answer for the same array, so switch
        dropout off or fix its mask. Each call gets an array of its own.
    x : array_like of real numbers, any shape
        The point at which the gradient is wanted. It is copied and never changed.
    step : float, optional
        How far each element is moved up and down, in the unit of `x`; greater than 0.
    indices : iterable of index tuples, optional
        Visit only these elements, for a spot check on a large array. For a 1-d `x` plain integers
        do as well. By default every element is visited.

    Returns
    -------
    gradient : ndarray of float64, the shape of `x`
        ``gradient[index]`` estimates the derivative of ``f(x)`` with respect to ``x[index]``.
        Elements that `indices` left out are NaN, so that they cannot be taken for zeros.

    Raises
    ------
    TypeError
        If `x` or what `f` returns is not made of real numbers.
    ValueError
        If `f` returns more than one number, `step` is not positive or too small to change an
        element, `x` is not finite, or an index does not fit the shape of `x`.

    Notes
    -----
    With h for `step` and e for the array that is 1 at one element and 0 elsewhere::

        derivative = (f(x + h e) - f(x - h e)) / (2 h)

    Two errors pull in opposite directions. The formula itself is off by ``h**2 / 6`` times the
    third derivative of f, of order ``h**2``: the terms of order h cancel, which is the whole
    advantage over looking in one direction only. The two values of f are rounded, each by about
    ``eps * |f|`` with ``eps = 2.2e-16``, and dividing by ``2 h`` turns that into an error of order
    ``eps * |f| / h``. The sum is smallest where h is near the cube root of eps, 6e-6; between 1e-5
    and 1e-6 a smooth function of ordinary size is right to about ten digits. A smaller step makes
    the result worse. Where f has a kink (ReLU at 0, tied maxima) within one step of `x`, the result
    lies between the two slopes and agrees with neither.

    The cost is two calls of `f` for every element visited.

    References
    ----------
    W. H. Press et al., Numerical Recipes, 3rd edition, section 5.7 (numerical derivatives).

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> numerical_gradient(lambda v: np.sum(v**2), x).round(6)
    array([2., 4., 6.])
    >>> numerical_gradient(lambda v: np.sum(v**2), x, indices=[2]).round(6)
    array([nan, nan,  6.])
    """
    x = _as_finite_float64(x)
    if not (math.isfinite(step) and step > 0):
        raise ValueError(f"step must be a finite number greater than 0, got {step}")
    if indices is None:
        visited = np.ndindex(x.shape)
    else:
        visited = [_as_index(index, x.shape) for index in indices]
    gradient = np.full(x.shape, np.nan)
    for index in visited:
        gradient[index] = _central_difference(f, x, index, step)
    return gradient


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    """Compare two arrays: their largest difference, measured by their largest element.

    Parameters
    ----------
    a, b : array_like of real numbers, same shape
        For example the gradient of a backward function and the numerical gradient.

    Returns
    -------
    error : float, at least 0
        0.0 if the arrays are equal, also if both are all zeros; 1.0 if one of them is all zeros and
        the other is not; 2.0 if one is minus the other; infinity if there is a NaN or an infinity
        anywhere, even in the same place of both.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.

    Notes
    -----
    ``error = max|a - b| / max(max|a|, max|b|)``. The denominator is one number for the whole array:
    elements that happen to be nearly zero are judged on the scale of their neighbours, and rounding
    noise in them raises no false alarm. For the same reason an error confined to elements that are
    small beside the others weighs little; use data for which no part of a gradient is tiny.

    In float64, with the default step of `numerical_gradient`, expect 1e-8 or less from a right
    gradient. A forgotten factor or a wrong index gives a number of the order of 1.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 2.5])
    0.2
    >>> relative_error([1.0, -2.0], [-1.0, 2.0])
    2.0
    """
    a = np.asarray(a, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have the same shape, got {a.shape} and {b.shape}")
    if a.size == 0:
        raise ValueError(f"nothing to compare: a and b are empty, shape {a.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    scale = max(np.abs(a).max(), np.abs(b).max())
    if scale == 0.0:
        return 0.0
    with np.errstate(over="ignore"):  # a difference too large for float64 is infinity: no match
        return float(np.abs(a - b).max() / scale)


def _as_finite_float64(x: ArrayLike) -> np.ndarray:
    """Return a float64 copy of `x`, or say why there is none."""
    x = np.asarray(x)
    if x.dtype.kind not in "iuf":
        raise TypeError(f"x must be an array of real numbers, got dtype {x.dtype}")
    if not np.isfinite(x).all():
        raise ValueError("x must be finite, it contains NaN or infinity")
    return x.astype(np.float64)


def _as_index(index: int | Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return `index` as a tuple that names one element of an array of this shape."""
    index = tuple(index) if np.iterable(index) else (index,)
    index = tuple(operator.index(i) for i in index)
    fits = len(index) == len(shape) and all(-n <= i < n for i, n in zip(index, shape, strict=True))
    if not fits:
        raise ValueError(f"index {index} names no element of an array of shape {shape}")
    return index


def _central_difference(f, x: np.ndarray, index: tuple[int, ...], step: float) -> float:
    """Return the derivative of f with respect to one element of x."""
    up, down = x.copy(), x.copy()
    up[index] += step
    down[index] -= step
    # x + step is rounded: divide by the distance really travelled, not by 2 * step.
    distance = up[index] - down[index]
    if distance == 0.0:
        raise ValueError(f"step {step} is lost in rounding beside x[{index}] = {x[index]}")
    return (_scalar(f(up)) - _scalar(f(down))) / distance


def _scalar(value) -> float:
    """Return what f returned as a float, if it is one real number."""
    value = np.asarray(value)
    if value.shape != ():
        raise ValueError(f"f must return one number, got an array of shape {value.shape}")
    if value.dtype.kind not in "iuf":
        raise TypeError(f"f must return a real number, got {type(value.item()).__name__}")
    return float(value)
