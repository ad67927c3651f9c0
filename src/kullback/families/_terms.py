r"""What is added up for each measure of two laws, at nodes and in any array library.

A term gets log p, log q and log w at the nodes, w being the weights, because densities and weights
may leave the range of floats where their product does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kullback._array import Array
from kullback._kernels.generic import exp_remainder
from kullback.errors import KullbackError

__all__ = [
    "CROSS_ENTROPY",
    "ENTROPY",
    "EXACT_KL",
    "KL",
    "LOG",
    "LOG_RATIO",
    "TOTAL_VARIATION",
    "Measure",
    "jensen_shannon",
    "moment",
    "moment_excess",
    "of_ratio",
    "powers",
    "powers_excess",
]

# The logarithms at which it is seen which ratios a function can be asked about: beyond the last,
# ratios are no floats.
_WIDEST = np.arange(701.0)
# A probability that counts for nothing, and a share of a sum.
_NOTHING, _NO_SHARE = 1e-25, 1e-17


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum of terms over what both laws allow, and over what only one of them does.

    `only_p` and `only_q` are what a unit of probability adds that the other law does not allow.
    `noise` is what one part in every logarithm does to the terms, given them and the logarithms;
    `doubt`, given the same, is what else the sum may be off by.
    """

    term: Callable[[Any, Array, Array, Array], Array]
    noise: Callable[..., np.ndarray]
    only_p: float = 0.0
    only_q: float = 0.0
    strict: bool = False  # whether it is infinite where p > 0 = q
    doubt: Callable[..., float] = lambda *_: 0.0


def _noise_of_mean(
    terms: np.ndarray, log_p: np.ndarray, log_q: np.ndarray, log_w: np.ndarray
) -> np.ndarray:
    """Return the noise of p times log q."""
    a, b = (np.abs(_finite(np, log)) for log in (log_p, log_q))
    return np.abs(terms) * (1.0 + a) + _mass(np, log_p, log_w) * b


def _noise_of_ratio(
    terms: np.ndarray, log_p: np.ndarray, log_q: np.ndarray, log_w: np.ndarray
) -> np.ndarray:
    """Return the noise of p times log p/q."""
    a, b = (np.abs(_finite(np, log)) for log in (log_p, log_q))
    return np.abs(terms) * (1.0 + a) + _mass(np, log_p, log_w) * (a + b)


def _noise_of_difference(
    terms: np.ndarray,
    log_p: np.ndarray,
    log_q: np.ndarray,
    log_w: np.ndarray,
    *,
    share: float = 1.0,
) -> np.ndarray:
    """Return the noise of what is nothing where the laws agree."""
    both = (log_p > -np.inf) & (log_q > -np.inf)
    a, b = (np.abs(_finite(np, log)) for log in (log_p, log_q))
    d = np.where(both, np.abs(_finite(np, log_p) - _finite(np, log_q)), np.inf)
    near = np.exp(log_p + log_w) * np.where(d <= 1.0, d * (a + b), 0.0)
    return np.abs(terms) * (1.0 + 2.0 * np.minimum(a, b)) + share * near


def _noise_of_distance(
    terms: np.ndarray,  # noqa: ARG001
    log_p: np.ndarray,
    log_q: np.ndarray,
    log_w: np.ndarray,
) -> np.ndarray:
    """Return the noise of p - q."""
    a, b = (np.abs(_finite(np, log)) for log in (log_p, log_q))
    return _mass(np, log_p, log_w) * (1.0 + a) + _mass(np, log_q, log_w) * (1.0 + b)


def _noise_of_powers(
    terms: np.ndarray,
    log_p: np.ndarray,
    log_q: np.ndarray,
    log_w: np.ndarray,  # noqa: ARG001
    *,
    order: float,
) -> np.ndarray:
    a, b = (np.abs(_finite(np, log)) for log in (log_p, log_q))
    return np.abs(terms) * (1.0 + order * a + abs(1.0 - order) * b)


def _mass(xp: Any, log_p: Array, log_w: Array) -> Array:
    return xp.exp(log_p + log_w)


def _finite(xp: Any, log: Array) -> Array:
    """Return a logarithm, and 0 for that of 0: it is to be multiplied by 0."""
    return xp.where(log > -xp.inf, log, 0.0)


def _entropy(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:  # noqa: ARG001
    return 0.0 - _mass(xp, log_p, log_w) * _finite(xp, log_p)


def _cross_entropy(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    return 0.0 - _mass(xp, log_p, log_w) * _finite(xp, log_q)


def _log_ratio(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    return xp.exp(log_w) * (log_p - log_q)


def _kl(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    gap = xp.where(both, log_p, 0.0) - xp.where(both, log_q, 0.0)
    return _mass(xp, log_p, log_w) * gap


def _exact_kl(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    """Return p log(p/q) - p + q, which is never negative."""
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    a, b = xp.where(both, log_p, 0.0), xp.where(both, log_q, 0.0)
    alone = _mass(xp, log_q, log_w) - _mass(xp, log_p, log_w)
    return xp.where(both, _remainder(xp, a, b, b - a, log_w), alone)


def _remainder(xp: Any, log_p: Array, log_q: Array, d: Array, log_w: Array) -> Array:
    """Return p (exp(d) - 1 - d), given also log q = log p + d, which rounding may have lost."""
    near = xp.abs(d) <= 1.0
    p, q = _mass(xp, log_p, log_w), _mass(xp, log_q, log_w)
    close = p * exp_remainder(xp, xp.where(near, d, 0.0))
    return xp.where(near, close, q - p - p * xp.where(near, 0.0, d))


def _total_variation(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    return 0.5 * xp.abs(_mass(xp, log_p, log_w) - _mass(xp, log_q, log_w))


def _to_mixture(
    xp: Any, log_p: Array, log_q: Array, log_w: Array, *, own: float, other: float
) -> Array:
    """Return p log(p/m) - p + m with m = own p + other q."""
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    a, b = xp.where(both, log_p, 0.0), xp.where(both, log_q, 0.0)
    d = b - a
    less, more = xp.where(d > 1.0, 0.0, d), xp.where(d > 1.0, d, 0.0)
    down = xp.log1p(other * xp.expm1(less))
    below = math.log(other) + xp.log1p(own / other * xp.exp(-more))  # log(m/q), beside any d
    p, q = _mass(xp, log_p, log_w), _mass(xp, log_q, log_w)
    alone = (own - 1.0 - math.log(own)) * p + other * q
    log_m = xp.where(d > 1.0, b + below, a + down)
    gap = xp.where(d > 1.0, more + below, down)
    return xp.where(both, _remainder(xp, a, log_m, gap, log_w), alone)


def _jensen_shannon(
    xp: Any, log_p: Array, log_q: Array, log_w: Array, *, weight: float, shares: tuple
) -> Array:
    (a, b), (c, d) = shares
    return weight * _to_mixture(xp, log_p, log_q, log_w, own=a, other=b) + (
        1.0 - weight
    ) * _to_mixture(xp, log_q, log_p, log_w, own=c, other=d)


def _powers(
    xp: Any, log_p: Array, log_q: Array, log_w: Array, *, order: float, offset: float
) -> Array:
    """Return p^order q^(1 - order), divided by the exponential of an offset."""
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    a, b = xp.where(both, log_p, 0.0), xp.where(both, log_q, 0.0)
    log = order * a + (1.0 - order) * b + log_w - offset
    return xp.where(both, xp.exp(xp.where(both, log, 0.0)), 0.0)


def _powers_excess(xp: Any, log_p: Array, log_q: Array, log_w: Array, *, order: float) -> Array:
    """Return p^a q^b - a p - b q, b = 1 - a, which has the sign of a - 1 everywhere."""
    if order < 0.5:  # what is small is then multiplied by a small number
        log_p, log_q, order = log_q, log_p, 1.0 - order
    rest = 1.0 - order
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    a, b = xp.where(both, log_p, 0.0), xp.where(both, log_q, 0.0)
    d = b - a
    p, q = _mass(xp, log_p, log_w), _mass(xp, log_q, log_w)
    near = xp.abs(d) <= min(1.0, 1.0 / (abs(rest) + 1e-300))
    d_near = xp.where(near, d, 0.0)
    close = _mass(xp, a, log_w) * (
        exp_remainder(xp, rest * d_near) - rest * exp_remainder(xp, d_near)
    )
    small = xp.abs(rest * d) <= 1.0
    grown = _mass(xp, a, log_w) * xp.expm1(xp.where(small, rest * d, 0.0))
    other = xp.exp(xp.where(small, 0.0, order * a + rest * b + log_w)) - p
    apart = xp.where(small, grown, other) + rest * (p - q)
    alone = 0.0 - order * p - rest * q
    return xp.where(both, xp.where(near, close, apart), alone)


def _moment(
    xp: Any,
    log_p: Array,
    log_q: Array,  # noqa: ARG001
    log_w: Array,
    *,
    order: float,
    offset: float,
) -> Array:
    """Return p^order, divided by the exponential of an offset."""
    there = log_p > -xp.inf
    log = order * xp.where(there, log_p, 0.0) + log_w - offset
    return xp.where(there, xp.exp(xp.where(there, log, 0.0)), 0.0)


def _moment_excess(
    xp: Any,
    log_p: Array,
    log_q: Array,  # noqa: ARG001
    log_w: Array,
    *,
    order: float,
) -> Array:
    """Return p^order - p."""
    return _mass(xp, log_p, log_w) * xp.expm1((order - 1.0) * _finite(xp, log_p))


def _noise_of_moment(
    terms: np.ndarray,
    log_p: np.ndarray,
    log_q: np.ndarray,  # noqa: ARG001
    log_w: np.ndarray,
    *,
    order: float,
) -> np.ndarray:
    a = np.abs(_finite(np, log_p))
    return np.abs(terms) * (1.0 + order * a) + abs(order - 1.0) * a * _mass(np, log_p, log_w)


def _log(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:  # noqa: ARG001
    return xp.exp(log_w) * log_p


def _of_ratio(
    xp: Any,
    log_p: Array,
    log_q: Array,
    log_w: Array,
    *,
    f: Callable[[Array], Array],
    ends: _Ends,
    at_zero: float,
    slope: float,
) -> Array:
    """Return q f(p/q), and its limits where one of them is 0.

    Where f cannot be asked about the ratio, it goes on as at its ends.
    """
    p, q = _mass(xp, log_p, log_w), _mass(xp, log_q, log_w)
    d = _log_of_ratio(xp, log_p, log_q)
    below, above = d < ends.low, d > ends.high
    value = q * f(xp.exp(xp.where(below | above, 0.0, d)))
    value = xp.where(above, p * ends.slope, xp.where(below, q * ends.at_zero, value))
    alone = xp.where(log_p > -xp.inf, p * slope, q * at_zero)
    return xp.where((log_p > -xp.inf) & (log_q > -xp.inf), value, alone)


def _log_of_ratio(xp: Any, log_p: Array, log_q: Array) -> Array:
    both = (log_p > -xp.inf) & (log_q > -xp.inf)
    return xp.where(both, log_p, 0.0) - xp.where(both, log_q, 0.0)


class _Ends(NamedTuple):
    """Between which logarithms of ratios a function is known, and f and f(t)/t there."""

    low: float
    high: float
    at_zero: float
    slope: float

    @classmethod
    def of(cls, f: Callable[[Array], Array]) -> _Ends:
        found = []
        for side in (-1.0, 1.0):
            value = np.broadcast_to(f(np.exp(side * _WIDEST)), _WIDEST.shape)
            known = np.logical_and.accumulate(np.isfinite(value))
            far = max(int(known.sum()) - 1, 0)
            found += [side * _WIDEST[far], float(value[far])]
        low, at_zero, high, top = found
        return cls(low, high, at_zero, top * math.exp(-high))


def _beyond(
    terms: np.ndarray,
    log_p: np.ndarray,
    log_q: np.ndarray,
    log_w: np.ndarray,
    *,
    ends: _Ends,
    at_zero: float,
    slope: float,
) -> float:
    """Return how far off a sum may be because of ratios beyond those f was asked about.

    Between its ends and its limits a convex f and f(t)/t are between their values there. Where a
    limit is infinite, what is beyond must be nothing, and have become less before.
    """
    d = _log_of_ratio(np, log_p, log_q)
    off = 0.0
    for log, far, near, gap in (
        (log_q, d < ends.low, d < 0.9 * ends.low, at_zero - ends.at_zero),
        (log_p, d > ends.high, d > 0.9 * ends.high, slope - ends.slope),
    ):
        mass = float(_mass(np, log, log_w)[far].sum())
        if math.isfinite(gap):
            off += mass * abs(gap)
            continue
        rest = float(np.abs(terms[far]).sum())
        before = float(np.abs(terms[near & ~far]).sum())
        if mass > _NOTHING or rest > min(before, _NO_SHARE * float(np.abs(terms).sum())):
            raise KullbackError("ladder.ratio")
    return off


def _noise_of_function(
    terms: np.ndarray,
    log_p: np.ndarray,
    log_q: np.ndarray,
    log_w: np.ndarray,
    *,
    term: Callable[..., np.ndarray],
) -> np.ndarray:
    """Return the noise of any term, by its slopes."""
    total = np.abs(terms)
    for a, b in ((1e-4, 0.0), (0.0, 1e-4)):
        size = np.abs(_finite(np, log_p if a else log_q))
        moved = term(np, log_p + a, log_q + b, log_w)
        change = np.abs(moved - terms) * 1e4 * size
        total = total + np.where(change < np.inf, change, 0.0)
    return total


ENTROPY = Measure(_entropy, _noise_of_mean)
CROSS_ENTROPY = Measure(_cross_entropy, _noise_of_mean, strict=True)
KL = Measure(_kl, _noise_of_ratio, strict=True)
EXACT_KL = Measure(_exact_kl, _noise_of_difference, only_q=1.0, strict=True)
LOG = Measure(_log, _noise_of_mean)
LOG_RATIO = Measure(_log_ratio, _noise_of_ratio, strict=True)
TOTAL_VARIATION = Measure(_total_variation, _noise_of_distance, only_p=0.5, only_q=0.5)


def powers(order: float, offset: float) -> Measure:
    """Return the integral of p^order q^(1 - order), divided by the exponential of an offset."""
    term = partial(_powers, order=order, offset=offset)
    return Measure(term, partial(_noise_of_powers, order=order), strict=order > 1.0)


def powers_excess(order: float) -> Measure:
    """Return the same less 1, from terms of one sign."""
    rest = 1.0 - order
    return Measure(
        partial(_powers_excess, order=order),
        partial(_noise_of_difference, share=min(order, abs(rest))),
        only_p=-order,
        only_q=-rest,
        strict=order > 1.0,
    )


def moment(order: float, offset: float) -> Measure:
    """Return the integral of p^order, divided by the exponential of an offset."""
    term = partial(_moment, order=order, offset=offset)
    return Measure(term, partial(_noise_of_moment, order=order))


def moment_excess(order: float) -> Measure:
    """Return the same less 1."""
    return Measure(partial(_moment_excess, order=order), partial(_noise_of_moment, order=order))


def of_ratio(f: Callable[[Array], Array], at_zero: float, slope: float) -> Measure:
    """Return the integral of q f(p/q), of laws that an infinite limit does not make infinite."""
    ends = _Ends.of(f)
    only_q, only_p = (x if math.isfinite(x) else 0.0 for x in (at_zero, slope))
    term = partial(_of_ratio, f=f, ends=ends, at_zero=only_q, slope=only_p)
    doubt = partial(_beyond, ends=ends, at_zero=at_zero, slope=slope)
    return Measure(term, partial(_noise_of_function, term=term), only_p, only_q, doubt=doubt)


def jensen_shannon(weight: float, skew: float | None) -> Measure:
    """Return the weighted mean of the divergences from mixtures of the two laws."""
    other = 1.0 - weight
    shares = ((weight, other), (other, weight)) if skew is None else ((1.0 - skew, skew),) * 2

    def alone(part: float, own: float, across: float) -> float:
        # A unit of p that q does not allow: part (log(1/own) - 1 + own) + (1 - part) across
        return part * (own - 1.0 - math.log(own)) + (1.0 - part) * across

    (a, b), (c, d) = shares
    term = partial(_jensen_shannon, weight=weight, shares=shares)
    only_p, only_q = alone(weight, a, d), alone(other, c, b)
    return Measure(term, _noise_of_difference, only_p, only_q)
