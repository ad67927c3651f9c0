r"""Sums and products whose rounding errors are known, and added back.

:math:`a + b = s + e` and :math:`a b = p + e` hold exactly: the pair on the right is a number of
twice the precision. No wider type is needed, so float32 alone is enough. Whatever is added to find
an error is subtracted again, so that derivatives are those of the plain sum.

Knuth (1969), section 4.2.2; Dekker (1971), *A floating-point technique for extending the
available precision*; Rump, Ogita and Oishi (2008), *Accurate floating-point summation I*.
"""

from __future__ import annotations

from typing import Any

from kullback._array import Array

__all__ = ["sum_pair", "total", "two_product", "two_sum"]

_SHORT = 4096  # added up one by one, so many numbers lose about 2^-48 of their sum


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded sum and its error, whichever is larger; both must be finite."""
    s = a + b
    from_b = s - a
    from_a = s - from_b
    return s, (a - from_a) + (b - from_b)


def _halves(xp: Any, x: Array) -> tuple[Array, Array]:
    """Return x as a sum of two numbers that each have half of its digits."""
    digits = 27 if x.dtype == xp.float64 else 12
    shifted = x * (2.0**digits + 1.0)
    high = shifted - (shifted - x)
    return high, x - high


def two_product(xp: Any, a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded product and its error, which is exact unless it leaves the range."""
    p = a * b
    a_high, a_low = _halves(xp, a)
    b_high, b_low = _halves(xp, b)
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halve(x: Array) -> tuple[Array, Array, Array]:
    """Return two halves of the last axis, and what is left of an odd number."""
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]


def sum_pair(xp: Any, x: Array, axis: int = -1, low: Array | None = None) -> tuple[Array, Array]:
    """Return the sum over an axis as a pair (high, low), as if added in twice the precision.

    Numbers that are pairs themselves bring their second parts as `low`. The low part of an
    infinite sum is 0.
    """
    axis %= x.ndim
    order = (*(i for i in range(x.ndim) if i != axis), axis)  # moveaxis has no torch `vmap`
    high = xp.permute_dims(x, order)
    rest = xp.zeros_like(high) if low is None else xp.permute_dims(low, order)
    infinite = xp.abs(high) == xp.inf  # whose errors would be NaN
    plain = xp.sum(xp.where(infinite, high, 0.0), axis=-1)
    high = xp.where(infinite, 0.0, high)
    while high.shape[-1] > 1:
        a, b, odd = _halve(high)
        rest_a, rest_b, rest_odd = _halve(rest)
        s, e = two_sum(a, b)
        high = xp.concat([s, odd], axis=-1)
        rest = xp.concat([e + (rest_a + rest_b), rest_odd], axis=-1)
    high, rest = two_sum(high[..., 0], rest[..., 0])
    # Added, and not chosen: infinities of both signs are NaN, as in a plain sum.
    return high + plain, xp.where(plain == 0.0, rest, 0.0)


def total(xp: Any, x: Array) -> Array:
    """Return the sum over the last axis, rounded about once however long it is.

    n numbers are cut at a place so high that what stands above it adds up without rounding in any
    order, and the small rest is added to that. Short rows of float64 need no such care.
    """
    n = x.shape[-1]
    if n <= _SHORT and x.dtype == xp.float64:
        return xp.sum(x, axis=-1)
    infinite = xp.abs(x) == xp.inf  # whose differences would be NaN
    finite = xp.where(infinite, 0.0, x)
    cut = 2.0 * n * xp.max(xp.abs(finite), axis=-1, keepdims=True)
    high = (finite + cut) - cut
    plain = xp.sum(xp.where(infinite, x, 0.0), axis=-1)
    return plain + (xp.sum(high, axis=-1) + xp.sum(finite - high, axis=-1))
