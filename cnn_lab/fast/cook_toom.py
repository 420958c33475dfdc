"""The three matrices with which a short convolution costs fewer multiplications.

A filter of r values slides along a piece of n + r - 1 values and gives n sums, which costs n r
multiplications. Toom and Cook saw that the same sums come out of n + r - 1 multiplications when
filter and piece are first turned into other numbers: the values of two polynomials at n + r - 1
points. With matrices A, B and G,

    sums = A.T @ ((G @ filter) * (B.T @ piece)).

In two dimensions every matrix is used twice, once along the rows and once along the columns: a
5x5 filter gives 4x4 sums with 64 multiplications in place of 400. Winograd showed that fewer is
impossible. The price is rounding: the points must be small numbers, and there may not be many.
"""

from fractions import Fraction

import numpy as np

POINTS = [Fraction(p) for p in ("0", "1", "-1", "2", "-2", "1/2", "-1/2")]


def cook_toom(sums, taps):
    """Return the matrices A, B and G of the fast convolution F(sums, taps).

    Parameters
    ----------
    sums : int
        How many neighbouring outputs are computed together, n.
    taps : int
        The length of the filter, r.

    Returns
    -------
    A : float64 array (n + r - 1, n)
    B : float64 array (n + r - 1, n + r - 1)
    G : float64 array (n + r - 1, r)
        Computed with fractions and rounded once. The last point is infinity, which stands for the
        leading coefficient of a polynomial. The rows of B.T and G are scaled so that the largest
        numbers of both are equally large.

    Raises
    ------
    ValueError
        If that needs more points than keep float32 accurate to five digits.

    References
    ----------
    Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast Algorithms for
    Convolutional Neural Networks", 2016, for the use in networks.

    Examples
    --------
    >>> A, B, G = cook_toom(2, 3)
    >>> piece, taps = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, -1.0])
    >>> A.T @ ((G @ taps) * (B.T @ piece))
    array([-2., -2.])
    """
    size = sums + taps - 1
    if sums < 1 or taps < 1 or size - 1 > len(POINTS):
        raise ValueError(f"F({sums}, {taps}) needs {size - 1} points, there are {len(POINTS)}")
    points = POINTS[: size - 1]
    others = [[q for q in points if q != p] for p in points]
    A = [_powers(p, sums) for p in points] + [_last(sums)]
    G = [
        [power / _product(p - q for q in rest) for power in _powers(p, taps)]
        for p, rest in zip(points, others, strict=True)
    ] + [_last(taps)]
    BT = [[*_polynomial(rest), Fraction(0)] for rest in others] + [_polynomial(points)]
    A, BT, G = (np.array(rows, dtype=np.float64) for rows in (A, BT, G))
    scale = np.sqrt(np.abs(BT).max(axis=1) / np.abs(G).max(axis=1))[:, np.newaxis]
    return A, (BT / scale).T.copy(), G * scale


def _powers(point, count):
    return [point**exponent for exponent in range(count)]


def _last(count):
    return [Fraction(0)] * (count - 1) + [Fraction(1)]


def _product(factors):
    product = Fraction(1)
    for factor in factors:
        product *= factor
    return product


def _polynomial(roots):
    """Return the coefficients, constant first, of the product of (x - root)."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [s - root * c for s, c in zip(shifted, scaled, strict=True)]
    return coefficients
