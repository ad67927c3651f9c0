r"""Factorials less their leading part, in which the masses of counting laws lose no digits.

.. math:: S(x) = \log x! - x \log x + x = \tfrac12 \log 2 \pi x + \frac{1}{12 x} - \dots

With it a mass is a sum of S at counts and of :math:`a \log(a/b) - a + b`, which is small where
the mass is not: the sums of :math:`x \log x`, a million times as large, have cancelled on paper.
(Loader 2000, *Fast and accurate computation of binomial probabilities*.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array
from kullback._kernels.special import special

__all__ = ["landmarks", "log_factorial_rest"]

# From here on eight terms of the series are right to 1e-16.
_START = 10.0
_SERIES = (
    1 / 12,
    -1 / 360,
    1 / 1260,
    -1 / 1680,
    1 / 1188,
    -691 / 360360,
    1 / 156,
    -3617 / 122400,
)
_Z = np.array([-6.0, -3.7, -2.0, -0.84, 0.0, 0.84, 2.0, 3.7, 6.0])


def log_factorial_rest(xp: Any, x: Array) -> Array:
    """Return log x! - x log x + x for real x of at least 0; exactly 0 at 0."""
    large = x >= _START
    u = 1.0 / xp.where(large, x, _START)
    series = xp.zeros_like(u)
    for c in _SERIES[::-1]:
        series = series * (u * u) + c
    far = 0.5 * (math.log(2.0 * math.pi) - xp.log(u)) + u * series
    small = ~large & (x > 0.0)
    y = xp.where(small, x, 1.0)
    near = special("gammaln", y + 1.0) - y * xp.log(y) + y
    return xp.where(large, far, xp.where(small, near, 0.0))


def landmarks(mean: float, std: float, skew: float, high: float = math.inf) -> list[float]:
    """Return about the quantiles of a law on the integers from 0 to `high`.

    They are normal ones corrected for skewness (Cornish and Fisher), from 1e-9 to 1 - 1e-9. SciPy's
    fail or take for ever at extreme parameters.
    """
    x = np.floor(mean + std * (_Z + skew * (_Z * _Z - 1.0) / 6.0))
    return np.sort(np.clip(x, 0.0, high)).tolist()
