"""Where the weights start: functions that draw a layer's first weights.

An initializer is called as ``initializer(shape, fan_in, fan_out, rng)`` and returns float64 values.
``fan_in`` is how many inputs each output sums, ``fan_out`` how many outputs each input reaches.
Weights that start too large saturate or explode, weights that start too small let every signal and
every gradient die out on its way through the layers; both rules below keep the spread of the
signal about the same from layer to layer.
"""

from functools import partial

import numpy as np


def he_normal(shape, fan_in, fan_out, rng):
    """Draw from a normal distribution with standard deviation sqrt(2 / fan_in), made for ReLU.

    References
    ----------
    He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015, section 2.2.

    Examples
    --------
    >>> he_normal((300, 400), 300, 400, np.random.default_rng(0)).std().round(3)
    np.float64(0.082)
    """
    return rng.normal(0.0, np.sqrt(2.0 / fan_in), shape)


def glorot_uniform(shape, fan_in, fan_out, rng):
    """Draw evenly between plus and minus sqrt(6 / (fan_in + fan_out)).

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010, equation 16.

    Examples
    --------
    >>> w = glorot_uniform((30, 20), 30, 20, np.random.default_rng(0))
    >>> bool(np.abs(w).max() < np.sqrt(6 / 50))
    True
    """
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


def normal(scale):
    """Return an initializer that draws from a normal distribution of standard deviation ``scale``.

    Examples
    --------
    >>> normal(0.0)((2,), 1, 1, np.random.default_rng(0))
    array([0., 0.])
    """
    return partial(_draw, "normal", 0.0, scale)


def uniform(limit):
    """Return an initializer that draws evenly between plus and minus ``limit``.

    Examples
    --------
    >>> uniform(0.0)((2,), 1, 1, np.random.default_rng(0))
    array([0., 0.])
    """
    return partial(_draw, "uniform", -limit, limit)


def _draw(distribution, first, second, shape, fan_in, fan_out, rng):
    return getattr(rng, distribution)(first, second, shape)
