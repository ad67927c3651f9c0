r"""Orders and differences: the kernels of Rényi, Tsallis, Hellinger and their kin.

Like those of `generic` they work on the last axis of any library's arrays, in the precision they
are given, and are safe to differentiate. What two rows differ by is found once, for each kind in
its own way, and kept in a `Pair`; every divergence here is a sum over it. An outcome that is
exactly 0 in a table is outside the support, and gets gradient 0.

With :math:`d = \log(q/p)` and the functions :math:`\varphi, \psi` of `generic`, what an order
:math:`\alpha` adds up are terms that are never negative, so that nothing cancels:

.. math:: \frac{\alpha p + \beta q - p^\alpha q^\beta}{\beta}
   = p\,\psi(d) + q - p - p\,d - \frac{p\,\psi(\beta d)}{\beta}, \qquad \beta = 1 - \alpha.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kullback._array import Array, one_hot, safe_log
from kullback._kernels.compensated import total
from kullback._kernels.generic import (
    comparison,
    difference_from_logs,
    excess,
    exp_remainder,
    log_softmax,
)

__all__ = [
    "Pair",
    "bhattacharyya",
    "chi_squared",
    "f_divergence",
    "hellinger",
    "log_sum_exp",
    "pair_from_logits",
    "pair_from_logs",
    "pair_from_probs",
    "ratios",
    "renyi_divergence",
    "renyi_entropy",
    "root",
    "squared_hellinger",
    "total_variation",
    "tsallis_entropy",
]

# Up to this ratio log(q/p) is the logarithm of a ratio.
_RATIO = 2.0**16
# Beyond this order no float tells a result from its limit, and float32 cannot hold the order.
_LIMIT = 1e36


# ---------------------------------------------------------------- two rows side by side


class Pair(NamedTuple):
    """Two rows, and what they differ by as exactly as it is known."""

    p: Array
    q: Array
    gap: Array  # q - p
    known: tuple[Array, Array, Array] | None = None  # log p, log q and log q - log p

    def logs(self, xp: Any) -> tuple[Array, Array, Array]:
        """Return log p, log q and their difference, which is 0 where one of them is -inf."""
        if self.known is not None:
            return self.known
        log_p, log_q = safe_log(xp, self.p), safe_log(xp, self.q)
        return log_p, log_q, _log_ratio(xp, self, log_q, log_p)


def pair_from_probs(xp: Any, p: Array, q: Array) -> Pair:
    """Return two tables as a pair."""
    p, q = xp.where(p == 0, 0.0, p), xp.where(q == 0, 0.0, q)  # 0 is a constant
    return Pair(p, q, q - p)


def pair_from_logs(
    xp: Any, p: Array, q: Array, log_p: Array, log_q: Array, log_ratio: Array | None = None
) -> Pair:
    """Return a pair from logarithms, and from log q - log p where it is better known."""
    p, q = xp.where(log_p == -xp.inf, 0.0, p), xp.where(log_q == -xp.inf, 0.0, q)
    both = (log_p != -xp.inf) & (log_q != -xp.inf)
    plain = xp.where(both, log_q, 0.0) - xp.where(both, log_p, 0.0)
    d = plain if log_ratio is None else log_ratio
    gap = xp.where(both, difference_from_logs(xp, p, q, d), q - p)
    return Pair(p, q, gap, (log_p, log_q, d))


def pair_from_logits(xp: Any, a: Array, b: Array) -> Pair:
    """Return the pair of two softmaxes, from differences of logits where they nearly agree."""
    two = comparison(xp, a, b)
    d = xp.where(two.apart, two.plain_log_ratio, two.centred - two.shift[..., None])
    d = xp.where(two.common, d, 0.0)
    return pair_from_logs(xp, two.p, two.q, log_softmax(xp, a), log_softmax(xp, b), d)


def _log_ratio(xp: Any, pair: Pair, log_q: Array, log_p: Array) -> Array:
    """Return log(q/p), exactly also where q is nearly p; 0 where one of them is 0."""
    p, q = pair.p, pair.q
    both = (p != 0) & (q != 0)
    near = both & (xp.abs(pair.gap) <= 0.5 * p)
    change = xp.where(near, pair.gap, 0.0) / xp.where(near, p, 1.0)
    # A ratio keeps more digits than a difference of logarithms, but it can leave the range, and
    # its derivative does so long before.
    bounded = both & ~near & (q <= _RATIO * p) & (p <= _RATIO * q)
    ratio = xp.where(bounded, q, 1.0) / xp.where(bounded, p, 1.0)
    rest = both & ~near & ~bounded
    logs = xp.where(rest, log_q, 0.0) - xp.where(rest, log_p, 0.0)
    return xp.log1p(change) + xp.log(ratio) + logs


def log_sum_exp(xp: Any, x: Array) -> Array:
    """Return log sum exp x over the last axis; -inf where every x is."""
    top = one_hot(xp, xp.argmax(x, axis=-1), x.shape[-1])
    shift = xp.sum(xp.where(top & (x != -xp.inf), x, 0.0), axis=-1, keepdims=True)
    return shift[..., 0] + safe_log(xp, total(xp, xp.exp(x - shift)))


# ---------------------------------------------------------------- entropies


def tsallis_entropy(xp: Any, p: Array, log_p: Array, order: float) -> Array:
    """Return sum (p - p^order) / (order - 1) over the last axis, for any order but 1."""
    if order >= _LIMIT:
        return 0.0 * total(xp, p)
    rest = 1.0 - order
    possible = log_p != -xp.inf
    surprise = 0.0 - xp.where(possible, log_p, 0.0)
    near = xp.abs(rest * surprise) <= 1.0
    little = p * (xp.expm1(rest * xp.where(near, surprise, 0.0)) / rest)
    much = (xp.exp(-order * xp.where(near, 0.0, surprise)) - p) / rest
    return total(xp, xp.where(possible, xp.where(near, little, much), 0.0))


def renyi_entropy(xp: Any, p: Array, log_p: Array, order: float) -> Array:
    """Return s log(sum p^order / s) / (1 - order) over the last axis, s = sum p; not for 1."""
    possible = log_p != -xp.inf
    mass = total(xp, xp.where(possible, p, 0.0))
    if order >= _LIMIT:
        return mass * (0.0 - xp.max(log_p, axis=-1))
    size = abs(1.0 - order)
    change = size * tsallis_entropy(xp, p, log_p, order) / mass
    if order < 1.0:
        return mass * (xp.log1p(change) / size)
    close = change <= 0.5
    near = 0.0 - xp.log1p(-xp.where(close, change, 0.0))
    # The largest power is taken out, so that no order is too large.
    peak = xp.max(log_p, axis=-1, keepdims=True)
    below = xp.where(possible, order * (xp.where(possible, log_p, 0.0) - peak), -xp.inf)
    far = (xp.log(mass) - log_sum_exp(xp, below)) / size - (order / size) * peak[..., 0]
    return mass * xp.where(close, near / size, far)


# ---------------------------------------------------------------- Rényi divergence


def renyi_divergence(xp: Any, pair: Pair, order: float) -> Array:
    """Return s log(sum p^order q^(1-order) / s) / (order - 1) + sum q - s, s = sum p; not for 1."""
    return _below_one(xp, pair, order) if order < 1.0 else _above_one(xp, pair, order)


def _excess(xp: Any, base: Array, gap: Array, log_ratio: Array) -> Array:
    """Return base psi(d) = other - base - base d for each outcome, d the log of other/base."""
    near = xp.abs(log_ratio) <= 1.0
    return xp.where(
        near, base * exp_remainder(xp, xp.where(near, log_ratio, 0.0)), gap - base * log_ratio
    )


def _below_one(xp: Any, pair: Pair, order: float) -> Array:
    """Return it for an order below 1, from the gaps between the two means of p and q.

    The sum of a p + b q - p^a q^b, b = 1 - a, is what the means lack; with W the sum over b and
    y = b (sum q - p - W) / s the result is W + s phi(y) / b, a sum of what is never negative.
    Where y comes near -1 it is large, and taken from the sum of powers itself.
    """
    rest = 1.0 - order
    p, q, gap = pair.p, pair.q, pair.gap
    log_p, log_q, d = pair.logs(xp)
    both = (log_p != -xp.inf) & (log_q != -xp.inf)
    log_p_, log_q_ = xp.where(both, log_p, 0.0), xp.where(both, log_q, 0.0)

    # The smaller of the two weights is the one that leaves the more digits.
    base, away, toward, power = (p, gap, d, rest) if order > 0.5 else (q, -gap, -d, order)
    small = xp.abs(power * d) <= 1.0
    psi = base * exp_remainder(xp, xp.where(small, power * toward, 0.0))
    near = (power / rest) * _excess(xp, base, away, toward) - psi / rest
    larger, falls = xp.where(d > 0.0, q, p), xp.where(d > 0.0, -order * d, rest * d)
    far = (order / rest) * p + q - larger * xp.exp(falls) / rest
    alone = (order / rest) * p + q
    lack = total(xp, xp.where(both, xp.where(small, near, far), alone))

    mass, shift = total(xp, p), total(xp, gap)
    y = rest * ((shift - lack) / mass)
    close = y >= -0.5
    y = xp.where(close, y, 0.0)
    one = xp.ones_like(y)
    powers = log_sum_exp(xp, xp.where(both, order * log_p_ + rest * log_q_, -xp.inf))
    disjoint = powers == -xp.inf
    apart = shift + mass * ((xp.log(mass) - xp.where(disjoint, 0.0, powers)) / rest)
    apart = xp.where(disjoint, xp.inf, apart)
    return xp.where(close, lack + mass * (excess(xp, one, one + y, y) / rest), apart)


def _above_one(xp: Any, pair: Pair, order: float) -> Array:
    """Return it for an order above 1: the divergence of order 1, and what is never negative.

    With u = (order - 1)(mean of d under p - d) that is s log(sum p exp(u) / s) / (order - 1).
    """
    log_p, log_q, d = pair.logs(xp)
    empty = log_p == -xp.inf
    missing = ~empty & (log_q == -xp.inf)
    both = ~(empty | missing)
    p = xp.where(both, pair.p, 0.0)
    mass = total(xp, pair.p)
    first = total(xp, xp.where(both, _excess(xp, p, pair.gap, d), pair.q))
    if order >= _LIMIT:
        least = xp.min(xp.where(both, d, xp.inf), axis=-1, keepdims=True)
        more = total(xp, p * xp.where(both, d - least, 0.0))
        more = xp.where(more == 0.0, 0.0, more)  # a kink, like that of a distance
    else:
        surplus = (total(xp, p * d) / mass)[..., None] - d
        surplus = surplus - (total(xp, p * surplus) / mass)[..., None]  # what the first has lost
        surplus = xp.where(both, surplus, 0.0)
        log_p = xp.where(both, log_p, -xp.inf)
        more = mass * _log_mean_exp(xp, p, log_p, mass, surplus, order - 1.0)
    return xp.where(xp.any(missing, axis=-1), xp.inf, first + more)


def _log_mean_exp(xp: Any, p: Array, log_p: Array, mass: Array, x: Array, scale: float) -> Array:
    """Return log(sum p exp(scale x) / mass) / scale, where the mean of x under p is 0."""
    exponent = log_p + scale * x
    limit = 0.98 * math.log(float(xp.finfo(p.dtype).max))
    wild = xp.any(exponent > limit, axis=-1, keepdims=True)
    u = xp.where(wild, 0.0, scale * x)
    far = u > 1.0  # p may underflow, and exp(u) overflow, where p exp(u) does not
    terms = xp.where(
        far,
        xp.exp(xp.where(far, xp.where(wild, 0.0, exponent), 0.0)) - p * (1.0 + u),
        p * exp_remainder(xp, xp.where(far, 0.0, u)),
    )
    tame = xp.log1p(total(xp, terms) / mass)
    peak = xp.max(x, axis=-1, keepdims=True)
    wide = log_sum_exp(xp, log_p + scale * (x - peak)) - xp.log(mass)
    return xp.where(wild[..., 0], peak[..., 0] + wide / scale, tame / scale)


# ---------------------------------------------------------------- differences


def total_variation(xp: Any, pair: Pair) -> Array:
    """Return half the sum of |p - q| over the last axis."""
    gap = pair.gap
    size = xp.where(gap > 0.0, gap, -gap)
    return 0.5 * total(xp, xp.where(gap == 0.0, 0.0, size))  # not every library's |0| has slope 0


def squared_hellinger(xp: Any, pair: Pair, scale: float = 1.0) -> Array:
    """Return half the sum of (sqrt p - sqrt q)^2 over the last axis, scale^2 times as large."""
    if pair.known is None:
        roots = root(xp, pair.p) + root(xp, pair.q)
        gap = pair.gap / xp.where(roots == 0, 1.0, roots)
    else:
        log_p, log_q, d = pair.known
        root_p, root_q = xp.exp(0.5 * log_p), xp.exp(0.5 * log_q)
        both = (log_p != -xp.inf) & (log_q != -xp.inf)
        gap = xp.where(both, difference_from_logs(xp, root_p, root_q, 0.5 * d), root_q - root_p)
    return 0.5 * total(xp, (scale * gap) ** 2)


def hellinger(xp: Any, pair: Pair) -> Array:
    """Return the root of it, which is in range where the square is not."""
    scale = 2.0 ** (math.log2(float(xp.finfo(pair.gap.dtype).max)) // 3)
    return root(xp, squared_hellinger(xp, pair, scale)) / scale


def bhattacharyya(xp: Any, pair: Pair) -> Array:
    """Return -log of the sum of sqrt(p q) over that of (p + q)/2, over the last axis."""
    log_p, log_q, _ = pair.logs(xp)
    mean = 0.5 * total(xp, pair.p + pair.q)
    lack = squared_hellinger(xp, pair) / mean
    close = lack <= 0.5
    near = 0.0 - xp.log1p(-xp.where(close, lack, 0.0))
    both = (log_p != -xp.inf) & (log_q != -xp.inf)
    half = 0.5 * (xp.where(both, log_p, 0.0) + xp.where(both, log_q, 0.0))
    far = xp.log(mean) - log_sum_exp(xp, xp.where(both, half, -xp.inf))
    return xp.where(close, near, far)


def chi_squared(xp: Any, pair: Pair) -> Array:
    """Return the sum of (p - q)^2 / q over the last axis; inf where only q is 0."""
    p, q = pair.p, pair.q
    largest = float(xp.finfo(p.dtype).max)
    if pair.known is None:
        empty = q == 0
        missing = empty & (p != 0)
        # The root first: a square of the difference could underflow.
        x = xp.where(empty, 0.0, pair.gap) / xp.where(empty, 1.0, root(xp, q))
        beyond = xp.abs(x) > math.sqrt(largest)
        terms = xp.where(beyond, 0.0, x) ** 2
    else:
        log_p, log_q, d = pair.known
        missing = (log_q == -xp.inf) & (log_p != -xp.inf)
        below = d < -1.0  # where q may underflow, although p^2 / q does not
        exponent = xp.where(below, log_p, 0.0) - xp.where(below, d, 0.0)
        beyond = exponent > math.log(largest)
        weight = xp.where(below, xp.exp(xp.where(beyond, 0.0, exponent)), q)
        usual = (log_p != -xp.inf) & ~missing
        change = xp.expm1(xp.where(below, d, -d))
        terms = xp.where(beyond, 0.0, weight * xp.where(usual, change, 1.0) ** 2)
    return total(xp, xp.where(missing | beyond, xp.inf, terms))


def ratios(xp: Any, pair: Pair) -> tuple[Array, Array, Array]:
    """Return where only p allows an outcome, where only q does, and p/q, which is 1 there.

    A ratio that is too large or too small for a float counts as infinite or 0.
    """
    info = xp.finfo(pair.p.dtype)
    if pair.known is None:
        p, q = pair.p, pair.q
        only_p = (p > 0) & ((q == 0) | (q < p / float(info.max)))
        only_q = (q > 0) & (p == 0)
        usual = ~(only_p | only_q) & (q > 0)
        return only_p, only_q, xp.where(usual, p, 1.0) / xp.where(usual, q, 1.0)
    log_p, log_q, d = pair.known
    no_p, no_q = log_p == -xp.inf, log_q == -xp.inf
    only_p = ~no_p & (no_q | (-d > math.log(float(info.max))))
    only_q = ~no_q & (no_p | (-d < math.log(float(info.smallest_normal))))
    return only_p, only_q, xp.exp(xp.where(only_p | only_q, 0.0, -d))


def f_divergence(
    xp: Any,
    pair: Pair,
    split: tuple[Array, Array, Array],
    values: Array,
    at_zero: Array | float,
    slope: Array | float,
) -> Array:
    """Return the sum of q f(p/q) over the last axis, given `ratios` and the values of f there.

    Where only q allows an outcome it is q times the value at 0, where only p does it is p times
    the slope at infinity.
    """
    only_p, only_q, ratio = split
    # Of q f(r) and p f(r)/r the one with the larger factor, which cannot underflow.
    large = ratio > 1.0
    terms = xp.where(large, pair.p * (values / xp.where(large, ratio, 1.0)), pair.q * values)
    terms = xp.where((pair.p == 0) & (pair.q == 0), 0.0, terms)
    terms = xp.where(only_q, _multiple(xp, pair.q, at_zero), terms)
    return total(xp, xp.where(only_p, _multiple(xp, pair.p, slope), terms))


def _multiple(xp: Any, x: Array, factor: Array | float) -> Array:
    """Return x times a factor, or the factor itself where it is infinite or NaN."""
    factor = xp.zeros_like(x) + factor
    finite = xp.abs(factor) < xp.inf
    return xp.where(finite, x * xp.where(finite, factor, 0.0), factor)


def root(xp: Any, x: Array) -> Array:
    """Return the square root of x, and 0 with gradient 0 where x is 0."""
    zero = x == 0
    return xp.where(zero, 0.0, xp.sqrt(xp.where(zero, 1.0, x)))
