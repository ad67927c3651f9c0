"""Ratios of positive parameters, to the last digit however near or far apart they are."""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array
from kullback._kernels.generic import excess

__all__ = ["log_ratio", "log_width", "order_gap", "standard"]


def log_ratio(xp: Any, a: Array, b: Array) -> Array:
    """Return log(a/b) of positive numbers: a difference keeps the digits of a ratio near 1."""
    low, high = xp.minimum(a, b), xp.maximum(a, b)
    ratio_in_range = low > high / 2.0 ** (math.log2(float(xp.finfo(low.dtype).max)) // 2)
    a_, b_ = (xp.where(ratio_in_range, x, 1.0) for x in (a, b))
    up = a_ >= b_
    above = xp.log1p(xp.where(up, a_ - b_, 0.0) / b_)
    below = xp.log1p(xp.where(up, 0.0, b_ - a_) / a_)
    far = xp.log(xp.where(ratio_in_range, 1.0, a)) - xp.log(xp.where(ratio_in_range, 1.0, b))
    return above - below + far


def standard(xp: Any, x: Array, location: Array, scale: Array) -> Array:
    """Return (x - location)/scale, also where the difference alone is beyond the largest float."""
    half = 0.5 * x - 0.5 * location
    far = xp.abs(half) > 0.5 * float(xp.finfo(half.dtype).max)
    near = (xp.where(far, 0.0, x) - xp.where(far, 0.0, location)) / scale
    return xp.where(far, 2.0 * (xp.where(far, half, 0.0) / scale), near)


def log_width(xp: Any, low: Array, high: Array) -> Array:
    """Return log(high - low), likewise."""
    half = 0.5 * high - 0.5 * low
    far = half > 0.5 * float(xp.finfo(half.dtype).max)
    near = xp.where(far, 1.0, high) - xp.where(far, 0.0, low)
    return xp.log(near) + xp.where(far, xp.log(xp.where(far, half, 1.0)) + math.log(2.0), 0.0)


def order_gap(xp: Any, a: Array, b: Array, difference: Array, order: float) -> Array:
    r"""Return the Rényi divergence of the exponential law of rate b from that of rate a.

    With h = (b - a)/a, given b - a as exactly as it is known, and s = 1 - order,

    .. math:: D_\alpha = \frac{\log(1 + s h)}{s} - \log(1 + h) = \varphi(h) - \varphi(s h)/s

    where :math:`\varphi(t) = t - \log(1 + t)`; infinite where 1 + s h is not positive.
    """
    h, log_rates = difference / a, log_ratio(xp, b, a)
    if order == 0.0:
        return 0.0 * h
    if math.isinf(order):  # the largest ratio of the densities
        return xp.where(h > 0.0, xp.inf, 0.0 - log_rates)
    near_equal = excess(xp, a, b, difference) / a
    if order == 1.0:
        return near_equal
    s = 1.0 - order
    finite = s * h > -1.0
    near = xp.abs(h) <= 0.5
    t = xp.where(finite & near, s * h, 0.0)
    close = near_equal - excess(xp, xp.ones_like(t), 1.0 + t, t) / s
    far = finite & ~near
    up = xp.log1p(xp.where(far & (h > 0.0), s * h, 0.0))
    down = xp.log(xp.where(far & (h < 0.0), order + s * (b / a), 1.0))
    apart = (up + down) / s - log_rates
    return xp.where(finite, xp.where(near, close, apart), xp.inf)
