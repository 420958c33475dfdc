"""Numbers as words: what stands in a cell, and what alternative text says about an array."""

import re

import numpy as np

MINUS, DOT, INFINITY = "\u2212", "\u00b7", "\u221e"


def decimals_for(values):
    """Return how many decimals values need: 0 if whole, at most 2; None if too small or large.

    Examples
    --------
    >>> decimals_for([1.0, -2.0]), decimals_for([0.5, 1.0]), decimals_for([1 / 3])
    (0, 1, 2)
    >>> decimals_for([1e-7]) is None
    True
    """
    finite = np.asarray(values, float)
    finite = finite[np.isfinite(finite)]
    largest = np.abs(finite).max(initial=0.0)
    if not np.array_equal(finite, np.round(finite)) and (largest < 0.01 or largest >= 1e5):
        return None
    for decimals in (0, 1, 2):
        if np.allclose(finite, np.round(finite, decimals), rtol=0, atol=1e-9):
            return decimals
    return 2


def number(value, decimals=None):
    """Write one value: a real minus sign, zero never negative, NaN as a middle dot.

    Parameters
    ----------
    value : number, bool or str
        A string is passed on as it is.
    decimals : int or None
        Digits after the point; None means two significant digits with a power of ten.

    Returns
    -------
    str

    Examples
    --------
    >>> number(-1.5, 1), number(2.0, 0), number(-0.0, 2), number(True, 0), number(float("nan"), 1)
    ('−1.5', '2', '0', '1', '·')
    >>> number(float("-inf"), 0), number(0.00012)
    ('−∞', '1.2e−4')
    """
    if isinstance(value, str):
        return value
    if np.ma.is_masked(value):
        return ""
    value = float(value)
    if np.isnan(value):
        return DOT
    if np.isinf(value):
        return INFINITY if value > 0 else MINUS + INFINITY
    if value == 0:
        return "0"
    text = _power(value) if decimals is None else f"{value:.{decimals}f}"
    if decimals is not None and not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def _power(value):
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def cells(values, decimals=None, name="array"):
    """Return the text of every element of a matrix, all with the same number of decimals.

    Examples
    --------
    >>> cells(np.array([[1.0, -2.0]])), cells(np.array([[0.5, 1.0]]))
    ([['1', '−2']], [['0.5', '1.0']])
    """
    try:
        plain = [v for v in np.ma.compressed(values).tolist() if not isinstance(v, str)]
        whole = all(not np.isfinite(v) or float(v) == round(v) for v in plain)
        digits = 0 if whole else decimals_for(plain) if decimals is None else decimals
        return [[number(v, digits) for v in row] for row in values]
    except TypeError:
        wrong = next(v for v in np.ravel(values) if not isinstance(v, (str, int, float)))
        raise ValueError(f"{name} must hold real numbers or strings, got {wrong!r}") from None


def brief(value):
    """Write a number for running text with at most three significant digits, whole numbers in full.

    Examples
    --------
    >>> brief(12345), brief(0.123456), brief(-2.0)
    ('12,345', '0.123', '−2')
    """
    value = float(value)
    if np.isfinite(value) and value == round(value) and abs(value) < 1e15:
        return f"{round(value):,}".replace("-", MINUS)
    return f"{value:.3g}".replace("-", MINUS)


def by(shape):
    """Write a shape in words.

    Examples
    --------
    >>> by((28, 28, 20))
    '28 by 28 by 20'
    """
    return " by ".join(str(n) for n in shape)


def span(values):
    """Say between which values an array lies.

    Examples
    --------
    >>> span([0, 255])
    'values from 0 to 255'
    """
    finite = np.ma.compressed(np.ma.masked_invalid(np.asarray(values, float)))
    if not finite.size:
        return "no finite values"
    return f"values from {brief(finite.min())} to {brief(finite.max())}"


def rows(texts):
    """Read a grid of written cells row by row, mathematics without its mark-up.

    Examples
    --------
    >>> rows([["1", "0"], ["", "2"]])
    '1 0; blank 2'
    """
    plain = [[re.sub(r"[$\\{}]", "", text) or "blank" for text in row] for row in texts]
    return "; ".join(" ".join(row) for row in plain)


def several(count, noun):
    """Write a count with its noun.

    Examples
    --------
    >>> several(1, "filter"), several(3, "filter")
    ('1 filter', '3 filters')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence(*parts):
    """Join the non-empty parts of an alternative text into sentences.

    Examples
    --------
    >>> sentence("A picture", None, "Two by two.")
    'A picture. Two by two.'
    """
    kept = [str(part).strip() for part in parts if part]
    return " ".join(part if part[-1] in ".?!" else part + "." for part in kept)


def listed(names, most=12):
    """List names in a sentence, no more than `most` of them.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed("abcd", most=2)
    ('a, b, c', 'a, b and 2 more')
    """
    names = [str(name).replace("\n", " ") for name in names]
    rest = len(names) - most
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:most])} and {rest} more"
