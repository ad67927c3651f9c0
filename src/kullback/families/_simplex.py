r"""Divergences between laws of shares, which are gamma numbers divided by their sum.

With :math:`B(a, h) = \log\Gamma(a + h) - \log\Gamma(a) - h\,\psi(a)`, which is never negative,
and sums :math:`s = \sum_i a_i` and :math:`\sum_i h_i`,

.. math:: D(a \,\|\, a + h) = \sum_i B(a_i, h_i) - B(s, \sum_i h_i)

What cancels in the difference depends on the parameters; it is taken off by hand.
"""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, is_numpy, one_hot
from kullback._kernels.compensated import sum_pair, two_product
from kullback._kernels.generic import excess
from kullback.families._exponential_family import renyi
from kullback.families._log_gamma import (
    digamma_difference,
    digamma_gap,
    log_gamma_excess,
    rest_bregman,
)

__all__ = ["simplex_entropy", "simplex_renyi"]

# All parameters but the largest add up to less where one share has nearly everything.
_NEARLY_ALL = 0.5


def simplex_renyi(xp: Any, a: Array, c: Array, order: float) -> Array:
    """Return the Rényi divergence of c from a on the last axis."""
    (s, low_s), (t, low_t) = ((x[..., None] for x in sum_pair(xp, y)) for y in (a, c))
    up, lost_up = two_product(xp, a, t)
    down, lost_down = two_product(xp, c, s)
    lost = (lost_up - lost_down) + (a * low_t - c * low_s)
    cross = (up - down) + xp.where(xp.abs(lost) < math.inf, lost, 0.0)
    return renyi(xp, a, c, cross, order, _divergence, _slope)


def simplex_entropy(xp: Any, a: Array) -> Array:
    """Return that of the uniform law, and less what p is above it; neither is positive."""
    return 0.0 - math.lgamma(a.shape[-1]) - simplex_renyi(xp, a, xp.ones_like(a), 1.0)


def _divergence(xp: Any, a: Array, c: Array, h: Array, cross: Array) -> Array:
    """Return the divergence of c from a, given also h = c - a and the determinants."""
    s, t, moved = (xp.sum(x, axis=-1, keepdims=True) for x in (a, c, h))
    largest = one_hot(xp, xp.argmax(a, axis=-1), a.shape[-1])
    small_a, small_c, small_h = (xp.where(largest, 0.0, x) for x in (a, c, h))
    rest = xp.sum(small_a, axis=-1, keepdims=True)
    # If the largest moves first, and then the others one by one, this is what each stands beside.
    after = xp.flip(_before(xp, xp.flip(small_a, axis=-1)), axis=-1)
    before = xp.sum(c - small_c, axis=-1, keepdims=True) + _before(xp, small_c)
    others = xp.where(largest, rest, before + after)

    n = a.shape[-1]
    curved = rest_bregman(
        xp,
        xp.concat([a, s, a + others], axis=-1),
        xp.concat([c, t, c + others], axis=-1),
        xp.concat([h, moved, h], axis=-1),
    )
    parts, whole, beside = curved[..., :n], curved[..., n], curved[..., n + 1 :]
    # The first is the divergence of two categorical laws, the means, times the sum of c.
    means = xp.sum(excess(xp, c, a * (t / s), cross / s), axis=-1)
    inside = means + (xp.sum(parts, axis=-1) - whole)

    corner = rest[..., 0] < _NEARLY_ALL
    if is_numpy(corner) and not corner.any():
        return inside
    # Here B(a_i, h_i) is compared with B(sum, h_i) for each in turn.
    parts = parts + excess(xp, c, a, -h) - excess(xp, c + others, a + others, -h) - beside
    close = log_gamma_excess(xp, a, xp.where(largest, others, 0.0), c, h)
    parts = xp.where(largest, close, parts)
    moved = xp.sum(h - small_h, axis=-1, keepdims=True) + _before(xp, small_h)
    moved = xp.where(largest, 0.0, moved)
    turns = parts - h * digamma_difference(xp, s, a + others, moved)
    return xp.where(corner, xp.sum(turns, axis=-1), inside)


def _before(xp: Any, x: Array) -> Array:
    """Return the sum of what stands before each number, by doubling how far each looks back."""
    value, back = _shifted(xp, x, 1), 1
    while back < x.shape[-1] - 1:
        value = value + _shifted(xp, value, back)
        back *= 2
    return value


def _shifted(xp: Any, x: Array, by: int) -> Array:
    return xp.concat([xp.zeros_like(x[..., :by]), x[..., :-by]], axis=-1)


def _slope(xp: Any, a: Array, k: Array) -> Array:
    s, total = xp.sum(a, axis=-1, keepdims=True), xp.sum(k, axis=-1, keepdims=True)
    expected = a * (total / s)
    means = excess(xp, k, expected, expected - k)
    return xp.sum(means + k * (digamma_gap(xp, a) - digamma_gap(xp, s)), axis=-1)
