r"""The logarithm of Riemann's zeta function, and its convexity, for real s > 1.

Sums of :math:`(\log k)^j k^{-s}` from k = 2 on: the first terms one by one, the rest by Euler and
Maclaurin's formula. All digits are right from next to the pole at 1 to where nothing is left.
(Edwards 1974, *Riemann's zeta function*, section 6.4.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array

__all__ = ["log_zeta", "log_zeta_bregman", "mean_log", "mean_log_squared"]

_FIRST = 16  # the first integer that is not added by itself
_LOG_FIRST = math.log(_FIRST)
_LARGEST = 64.0  # the s from which on the rest is nothing
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)

# The mean of a smooth function over (0, 1), weighted by 1 - t.
_T, _W = np.polynomial.legendre.leggauss(12)
_NODES = tuple((0.5 * (1.0 + _T)).tolist())
_WEIGHTS = tuple((0.5 * _W * 0.5 * (1.0 - _T)).tolist())


def _corrections() -> tuple[tuple[float, ...], ...]:
    """Return the polynomial of s that corrects the integral, and two derivatives.

    It is the sum of B_2j/(2j)! s (s + 1) ... (s + 2j - 2) n^(1 - 2j), constant first.
    """
    whole = np.zeros(2 * len(_BERNOULLI))
    rising = np.array([0.0, 1.0])
    for j, b in enumerate(_BERNOULLI, start=1):
        whole[: len(rising)] += b / math.factorial(2 * j) * _FIRST ** (1.0 - 2 * j) * rising
        for k in (2 * j - 1, 2 * j):
            rising = np.convolve(rising, [k, 1.0])
    first = np.polynomial.polynomial.polyder(whole)
    second = np.polynomial.polynomial.polyder(first)
    return tuple(tuple(x.tolist()) for x in (whole, first, second))


_POLYNOMIALS = _corrections()


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    value = 0.0 * x + coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


def _sums(xp: Any, above: Array) -> tuple[Array, Array, Array]:
    """Return the sums of (log k)^j k^-s over k > 1 for j = 0, 1, 2, given s - 1."""
    s = 1.0 + above
    few = s < _LARGEST
    s_, above_ = xp.where(few, s, 2.0), xp.where(few, above, 1.0)
    power = xp.where(few, xp.exp(-s_ * _LOG_FIRST), 0.0)
    pole = 1.0 / above_
    p0, p1, p2 = (0.5 * (j == 0) + _polynomial(s_, c) for j, c in enumerate(_POLYNOMIALS))
    log = _LOG_FIRST
    slow = log + pole
    # Each derivative by s is -log k of a term, and of n^-s times a function of s.
    sums = [
        power * (_FIRST * pole + p0),
        power * (_FIRST * pole * slow + p0 * log - p1),
        power
        * (_FIRST * pole * (slow * slow + pole * pole) + p0 * log * log - 2.0 * p1 * log + p2),
    ]
    log_k = xp.log(xp.arange(2, _FIRST, dtype=s.dtype, device=getattr(s, "device", None)))
    terms = xp.exp(-s[..., None] * log_k)
    found = [x + xp.sum(log_k**j * terms, axis=-1) for j, x in enumerate(sums)]
    return found[0], found[1], found[2]


def log_zeta(xp: Any, above: Array) -> Array:
    """Return log zeta(s), given s - 1."""
    return xp.log1p(_sums(xp, above)[0])


def mean_log(xp: Any, above: Array) -> Array:
    """Return the mean of log k with weights k^-s, given s - 1."""
    one, log, _ = _sums(xp, above)
    return log / (1.0 + one)


def mean_log_squared(xp: Any, above: Array) -> Array:
    """Return the mean of (log k)^2 with weights k^-s, given s - 1."""
    one, _, squared = _sums(xp, above)
    return squared / (1.0 + one)


def log_zeta_bregman(xp: Any, a: Array, b: Array, d: Array) -> Array:
    r"""Return log zeta(1 + b) - log zeta(1 + a) - d (log zeta)'(1 + a), given also d = b - a.

    Near each other, it is :math:`d^2 \int_0^1 (1 - t) V(1 + a + t d)\,dt`, with V the variance of
    log k.
    """
    near = xp.abs(d) <= xp.minimum(0.5 * xp.minimum(a, b), xp.ones_like(d))
    step = xp.where(near, d, 0.0)
    nodes, weights = (
        xp.asarray(x, dtype=step.dtype, device=getattr(step, "device", None))
        for x in (_NODES, _WEIGHTS)
    )
    one, log, squared = _sums(xp, a[..., None] + step[..., None] * nodes)
    variance = (squared + (one * squared - log * log)) / (1.0 + one) ** 2
    close = xp.sum(weights * variance, axis=-1)
    a_, b_ = xp.where(near, 1.0, a), xp.where(near, 1.0, b)
    one, log, _ = _sums(xp, a_)
    other, _, _ = _sums(xp, b_)
    apart = xp.log1p(other) - xp.log1p(one) + xp.where(near, 0.0, d) * (log / (1.0 + one))
    return xp.where(near, step * step * close, apart)
