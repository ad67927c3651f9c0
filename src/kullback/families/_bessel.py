r"""Modified Bessel functions of order 0 and 1, as far as laws on the circle need them.

With F the logarithm of :math:`I_0`, differences of F cancel. Up to a concentration of 128 they
are sums over Gauss and Chebyshev's nodes, with which :math:`I_0(\kappa)` is the mean of
:math:`e^{\kappa c}`: the error of 64 nodes is about :math:`e^{-64^2/64}`, and a divergence of
laws on the circle is one of laws on the nodes. Beyond, F is Hankel's series,

.. math:: F(\kappa) = \kappa - \tfrac12 \log(2 \pi \kappa) + \sum_n c_n \kappa^{-n},
   \qquad c_n > 0
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from kullback._array import Array, like
from kullback._kernels.generic import excess, exp_remainder, softmax
from kullback._kernels.special import special

__all__ = ["log_i0_excess", "log_i0e", "mean_cosine", "mean_cosine_gap"]

_MOST = 128.0
_FAR = 64.0
_COSINES = np.cos((np.arange(64) + 0.5) * (np.pi / 64))


def _hankel(terms: int) -> list[float]:
    """Return c_1, c_2...: the logarithm of the series of I_0, whose ratios of terms are known."""
    a = [Fraction(1)]
    c = [Fraction(0)]
    for n in range(1, terms + 1):
        a.append(a[-1] * Fraction((2 * n - 1) ** 2, 8 * n))
        c.append(a[n] - sum((k * c[k] * a[n - k] for k in range(1, n)), Fraction(0)) / n)
    return [float(x) for x in c[1:]]


# At 64 the next term is 1e-21, a hundred of which would not be seen.
_TERMS = _hankel(14)


def log_i0e(xp: Any, kappa: Array) -> Array:
    """Return log I_0(kappa) - kappa."""
    return xp.log(special("i0e", kappa))


def mean_cosine(kappa: Array) -> Array:
    """Return I_1/I_0, the derivative of F."""
    return special("i1e", kappa) / special("i0e", kappa)


def mean_cosine_gap(xp: Any, kappa: Array) -> Array:
    """Return 1 - I_1/I_0."""
    near = kappa <= _FAR
    low, high = xp.where(near, kappa, 0.0), xp.where(near, _FAR, kappa)
    c = _cosines(kappa)
    close = xp.sum(softmax(xp, low[..., None] * c) * (1.0 - c), axis=-1)
    inverse = 1.0 / high
    series = 0.0 * inverse
    for n in range(len(_TERMS), 0, -1):
        series = (series + n * _TERMS[n - 1]) * inverse
    return xp.where(near, close, inverse * (0.5 + series))


def log_i0_excess(xp: Any, a: Array, b: Array) -> Array:
    """Return F(b) - F(a) - (b - a) F'(a), which is never negative."""
    both = a + b  # broadcast
    a, b = a + 0.0 * both, b + 0.0 * both
    low, high = xp.minimum(a, b), xp.maximum(a, b)
    on_nodes = high <= _MOST
    far = ~on_nodes & (low >= _FAR)
    between = ~(on_nodes | far)

    # Where c has mean m, the excess is log(sum of p exp(d)), d = (b - a)(c - m) having mean 0.
    a_, h = xp.where(on_nodes, a, 0.0), xp.where(on_nodes, b - a, 0.0)
    c = _cosines(a)
    p = softmax(xp, a_[..., None] * c)
    d = h[..., None] * (c - xp.sum(p * c, axis=-1, keepdims=True))
    value = xp.log1p(xp.sum(p * exp_remainder(xp, d), axis=-1))

    # One is more than twice the other here, so there is nothing to cancel.
    a_, b_ = (xp.where(between, x, 1.0) for x in (a, b))
    direct = log_i0e(xp, b_) - log_i0e(xp, a_) + (b_ - a_) * mean_cosine_gap(xp, a_)
    value = xp.where(between, direct, value)

    # a^-n has the excess (b - a)^2/(a b) times the sum over j from 1 to n of j a^-j b^(j - n).
    a_, b_ = (xp.where(far, x, _FAR) for x in (a, b))
    d = b_ - a_
    x, y = 1.0 / a_, 1.0 / b_
    power, inner, series = x, x, _TERMS[0] * x
    for n in range(2, len(_TERMS) + 1):
        power = power * x
        inner = y * inner + n * power
        series = series + _TERMS[n - 1] * inner
    beyond = 0.5 * excess(xp, a_, b_, d) * x + (d * x) * (d * y) * series
    return xp.where(far, beyond, value)


def _cosines(kappa: Array) -> Array:
    """Return the nodes in the library of another array."""
    return like(_COSINES.astype(str(kappa.dtype).rpartition(".")[2]), kappa)
