"""Sums of floats without any rounding: in whatever order, and however many are added.

Every float is a whole number times a power of 2, so sums and products of floats are fractions
that integers hold exactly. Arrays are added by their exponents first, in floats that cannot
round; what is left, a few integers, Python adds.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from kullback._array import as_float_array, is_traced, to_array, to_numpy
from kullback._kernels.compensated import two_product
from kullback.errors import KullbackError

__all__ = ["exact_dot", "exact_sum", "on_host"]

_BLOCK = 1 << 15  # numbers at a time, so that what is made of them stays in the cache
_DIGITS = 53
_HALF = 27  # of the digits; blocks may hold up to 2^26 such halves before a sum could round


def on_host(x: Any) -> np.ndarray:
    """Return numbers of any library and device as NumPy's float64."""
    x = to_array(x, "values")
    if is_traced(x):
        raise KullbackError("learning.traced")
    return as_float_array(to_numpy(x), "values").astype(np.float64)


def exact_sum(x: np.ndarray) -> Fraction:
    """Return the sum of finite float64 numbers, exactly."""
    return sum((_added(x[i : i + _BLOCK]) for i in range(0, x.size, _BLOCK)), Fraction())


def exact_dot(x: np.ndarray, y: np.ndarray) -> Fraction:
    """Return the sum of products of finite float64 numbers, exactly."""
    whole = Fraction()
    for i in range(0, x.size, _BLOCK):
        (a, m), (b, n) = np.frexp(x[i : i + _BLOCK]), np.frexp(y[i : i + _BLOCK])
        product, error = two_product(np, a, b)  # of numbers below 1: nothing leaves the range
        whole += _added(product, m + n) + _added(error, m + n)
    return whole


def _added(x: np.ndarray, power: np.ndarray | int = 0) -> Fraction:
    """Return the sum of x 2^power over a block."""
    part, exponent = np.frexp(x)
    exponent = exponent + power
    lowest = int(exponent.min())
    digits = part * 2.0**_DIGITS
    high = np.trunc(digits * 2.0**-_HALF)
    place = exponent - lowest
    sums = (np.bincount(place, half) for half in (high, digits - high * 2.0**_HALF))
    pairs = enumerate(zip(*(s.tolist() for s in sums), strict=True))
    whole = sum(((int(h) << _HALF) + int(low)) << k for k, (h, low) in pairs)
    return whole * Fraction(2) ** (lowest - _DIGITS)
