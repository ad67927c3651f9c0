r"""The log-gamma function less its leading part, and its convexity, where no digit cancels.

.. math:: g(x) = \log \Gamma(x) - x \log x + x = -\tfrac12 \log x + \tfrac12 \log 2 \pi
   + \frac{1}{12 x} - \dots

and its derivative :math:`\psi(x) - \log x` are what is left of :math:`\log \Gamma` when the terms
that cancel in every entropy and divergence are taken off by hand. A step of the recurrence,

.. math:: g(x) - g(x + 1) = (x + 1) \log \frac{x + 1}{x} - 1

and what follows from it for :math:`g'` and for :math:`g(c) - g(a) - (c - a) g'(a)` are positive.
So a few steps up, to where the asymptotic series has every digit, lose none on the way, from
1e-300 to 1e300. (Abramowitz and Stegun, 6.1.40 and 6.3.18.)
"""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array
from kullback._kernels.generic import excess

__all__ = [
    "digamma_difference",
    "digamma_gap",
    "log_gamma_bregman",
    "log_gamma_excess",
    "log_gamma_rest",
    "rest_bregman",
]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# From here on eight terms of the series are right to 1e-16.
_START = 8
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_LOG_GAMMA = tuple(b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(_BERNOULLI))
_DIGAMMA = tuple(b / (2 * k + 2) for k, b in enumerate(_BERNOULLI))
# The same with the powers between: of log Gamma x^-1, 0, x^-3, ..., of -psi 0, x^-2, 0, x^-4, ...
_CURVED = tuple(c for pair in zip(_LOG_GAMMA, (0.0,) * 8, strict=True) for c in pair)[:-1]
_SLOPE = tuple(c for pair in zip((0.0,) * 8, _DIGAMMA, strict=True) for c in pair)

# The mean of a smooth function over (0, 1), by Gauss and Legendre.
_NODES = (0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970263)
_WEIGHTS = (0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693)


def _steps(xp: Any, x: Array) -> Array:
    """Return x, x + 1, ... on a new last axis, up to where the series begin."""
    device = getattr(x, "device", None)
    return x[..., None] + xp.arange(_START, dtype=x.dtype, device=device)


def _row(xp: Any, values: tuple[float, ...], x: Array) -> Array:
    return xp.asarray(values, dtype=x.dtype, device=getattr(x, "device", None))


def log_gamma_rest(xp: Any, x: Array) -> Array:
    r"""Return log Gamma(x) - x log x + x, for x > 0."""
    low = _steps(xp, x)
    far = x + _START
    climb = xp.sum(excess(xp, low + 1.0, low, -xp.ones_like(low)), axis=-1)
    u = 1.0 / far
    return climb - 0.5 * xp.log(far) + _HALF_LOG_2PI + u * _series(u * u, _LOG_GAMMA)


def digamma_gap(xp: Any, x: Array) -> Array:
    r"""Return log x - psi(x), which is positive, for x > 0."""
    low = _steps(xp, x)
    u = 1.0 / (x + _START)
    climb = xp.sum(excess(xp, low, low + 1.0, xp.ones_like(low)) / low, axis=-1)
    return climb + u * (0.5 + u * _series(u * u, _DIGAMMA))


def rest_bregman(xp: Any, a: Array, c: Array, h: Array) -> Array:
    """Return g(c) - g(a) - h g'(a), which is never negative, given also h = c - a.

    One step of the recurrence takes (c + 1) phi(h/(a (c + 1))) off it.
    """
    low, high = _steps(xp, a), _steps(xp, c)
    d = h[..., None] / low
    climb = xp.sum(excess(xp, high + 1.0, high + high / low, d), axis=-1)
    A, C = a + _START, c + _START
    return climb + 0.5 * excess(xp, A, C, h) / A + _series_bregman(A, C, h, _CURVED)


def log_gamma_bregman(xp: Any, a: Array, h: Array, c: Array | None = None) -> Array:
    """Return log Gamma(a + h) - log Gamma(a) - h psi(a), which is never negative.

    `c` is a + h, where it is better known.
    """
    c = a + h if c is None else c
    return excess(xp, c, a, -h) + rest_bregman(xp, a, c, h)


def log_gamma_excess(xp: Any, a: Array, b: Array, c: Array, h: Array) -> Array:
    r"""Return by how much the Bregman divergence falls from (a, h) to (a + b, h), c = a + h.

    It is never negative. With :math:`v = h/(a + b)` and :math:`w = h b/(a (c + b))` a step of the
    recurrence is :math:`\varphi(w) + v w`. For b of at most 1, however small.
    """
    A, C, S = _steps(xp, a), _steps(xp, c), _steps(xp, a + b)
    h_, b_ = h[..., None], b[..., None]
    T = C + b_
    w = (h_ / A) * (b_ / T)
    ratio = (C / A) * (S / T)
    climb = xp.sum(excess(xp, xp.ones_like(w), ratio, w) + w * (h_ / S), axis=-1)
    # The rest is as smooth in b as a power of a + b + 8.
    start, wide = _row(xp, _NODES, a) * b_ + _START, xp.broadcast_to(h_, (*h.shape, len(_NODES)))
    X, Y = a[..., None] + start, c[..., None] + start
    u = h_ / X
    slopes = excess(xp, X, Y, wide) / X + 0.5 * u * (h_ / Y) / X
    slopes = slopes + _series_bregman(X, Y, h_, _SLOPE)
    return climb + b * xp.sum(_row(xp, _WEIGHTS, a) * slopes, axis=-1)


def digamma_difference(xp: Any, a: Array, c: Array, h: Array) -> Array:
    """Return psi(c) - psi(a), given also h = c - a, exactly even where it is small."""
    low, high = _steps(xp, a), _steps(xp, c)
    climb = xp.sum((h[..., None] / low) / high, axis=-1)
    A, C = a + _START, c + _START
    near = xp.abs(h) <= 0.5 * A
    log_ratio = xp.where(near, xp.log1p(xp.where(near, h / A, 0.0)), xp.log(C / A))
    x, y = 1.0 / A, 1.0 / C
    xx, yy = x * x, y * y
    power, ladder, total = 1.0, 1.0, _DIGAMMA[0]
    for coefficient in _DIGAMMA[1:]:
        power = power * xx
        ladder = yy * ladder + power
        total = total + coefficient * ladder
    return climb + log_ratio + (h * x) * y * (0.5 + (x + y) * total)


def _series(uu: Array, coefficients: tuple[float, ...]) -> Array:
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * uu + c
    return value


def _series_bregman(A: Array, C: Array, h: Array, coefficients: tuple[float, ...]) -> Array:
    r"""Return the Bregman divergence of the sum of c_n x^-n, n = 1, 2, ...

    For one power it is :math:`h^2 x^2 y \sum_{m < n} (m + 1) x^m y^{n - 1 - m}` with x = 1/A and
    y = 1/C, and has no difference in it. The sum of those is Horner's in x, of Horner's in y.
    """
    x, y = 1.0 / A, 1.0 / C
    inner, outer = 0.0, 0.0
    for n in range(len(coefficients), 0, -1):
        inner = inner * y + coefficients[n - 1]
        outer = outer * x + n * inner
    return (h * x) * (h * y) * x * outer
