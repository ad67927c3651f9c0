r"""Sums over tables of several variables: mutual information and conditional entropy.

A table is a pair (high, low) of arrays whose sum is meant, as `compensated` makes them; a low
part of None is 0. So the margins of a table of floats are known to twice the precision, and
with them the difference that carries the digits of nearly independent variables,

.. math:: v - w, \qquad v = p(y \mid z), \quad w = p(y \mid x, z),

.. math:: I = \sum_{x y z} p \log \frac{p\, p(z)}{p(x, z)\, p(y, z)}
            = \sum_{x y z} p(x, z)\, [w \log(w / v) - w + v] \ge 0 .

It is the divergence of the table from the one with the same margins whose variables are
independent. Tables need not sum to 1: everything here is proportional to their sum.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kullback._array import Array, one_hot
from kullback._kernels.compensated import sum_pair, two_product
from kullback._kernels.generic import excess

__all__ = [
    "Pair",
    "Term",
    "combined",
    "conditional_entropy",
    "entropies",
    "entropy",
    "grouped",
    "mutual_information",
    "pointwise",
]

Pair = tuple[Array, Array | None]

# As p(y|z) and p(y|x,z) are rounded, I is off by some 3 eps sqrt(2 I): 4e-14 of it here.
_LARGE = 2.0**-11
# A sum of entropies is off by some 2 eps of their sizes and of p: 1e-12 of itself here.
_CLEAR = 2.0**-11


class Term(NamedTuple):
    """Sign times I(x; y | given), or times H(x | given) without y; numbers of axes."""

    sign: float
    x: tuple[int, ...]
    y: tuple[int, ...]
    given: tuple[int, ...]


def grouped(xp: Any, p: Pair, *groups: Sequence[int]) -> Pair:
    """Return the table with one axis for each group of axes, summed over all others."""
    high, low = p
    kept = [axis for group in groups for axis in group]
    rest = [axis for axis in range(high.ndim) if axis not in kept]
    shape = tuple(math.prod([high.shape[axis] for axis in group]) for group in (*groups, rest))

    def arranged(x: Array) -> Array:
        return xp.reshape(xp.permute_dims(x, (*kept, *rest)), shape if rest else shape[:-1])

    high, low = arranged(high), None if low is None else arranged(low)
    return sum_pair(xp, high, -1, low) if rest else (high, low)


def _margin(xp: Any, p: Pair, axis: int) -> Pair:
    high, low = sum_pair(xp, p[0], axis, p[1])
    return xp.expand_dims(high, axis=axis), xp.expand_dims(low, axis=axis)


def _quotient(xp: Any, upper: Pair, lower: Pair) -> tuple[Array, Array]:
    """Return the ratio, and the upper part where the lower is 0: there both are."""
    (a, a_low), (b, b_low) = upper, lower
    b = xp.where(b == 0, 1.0, b)
    high = a / b
    product, lost = two_product(xp, high, b)
    rest = (a - product) - lost - high * b_low
    return high, (rest if a_low is None else rest + a_low) / b


def _margins(xp: Any, p: Pair) -> tuple[Pair, Pair, Pair]:
    """Return p(x, z), p(y, z) and p(z) of a table (Z, X, Y)."""
    both = _margin(xp, p, 2)
    return both, _margin(xp, p, 1), _margin(xp, both, 1)


def _conditionals(
    xp: Any, p: Pair, both: Pair, other: Pair, total: Pair
) -> tuple[Array, Array, Array]:
    """Return p(y|x,z), p(y|z) and their difference."""
    w, w_low = _quotient(xp, p, both)
    v, v_low = _quotient(xp, other, total)
    difference, lost = v - w, v_low - w_low
    # What is left of equal numbers is noise: it would outweigh what rare rows have to say.
    equal = xp.abs(difference + lost) <= 32.0 * float(xp.finfo(w.dtype).eps) ** 2 * w
    difference = xp.where(equal & (difference != 0), 0.0, difference)
    return w, v, difference + xp.where(equal, 0.0, lost)


def mutual_information(xp: Any, p: Pair) -> Array:
    """Return I(x; y | z) of a table (Z, X, Y), times its sum; never negative."""
    if xp is np:
        with np.errstate(all="ignore"):  # what leaves the range is done again
            value, total = _plain(p[0])
        if _LARGE * total <= value < math.inf:
            return value
    margins = _margins(xp, p)
    return xp.sum(margins[0][0] * excess(xp, *_conditionals(xp, p, *margins)))


def _plain(p: np.ndarray) -> tuple[np.floating, np.floating]:
    """Return the same from rounded margins, and the sum of the table."""
    both, other = p.sum(axis=2, keepdims=True), p.sum(axis=1, keepdims=True)
    total = both.sum(axis=1, keepdims=True)
    v = other / np.where(total == 0, 1.0, total)
    ratio = v * both
    empty = p == 0
    alone = ratio.sum(where=empty)
    ratio = v / np.where(empty, 1.0, p / np.where(both == 0, 1.0, both))
    ratio[empty] = 1.0
    return alone + np.sum(p * ((ratio - 1.0) - np.log(ratio))), total.sum()


def pointwise(xp: Any, p: Pair) -> Array:
    """Return log p(x, y | z) / p(x|z) p(y|z) of a table (Z, X, Y); -inf where p is 0."""
    margins = _margins(xp, p)
    w, v, difference = _conditionals(xp, p, *margins)
    empty = p[0] == 0
    # A ratio keeps more digits than a difference of logarithms, but it can leave the range.
    smallest = 4.0 * float(xp.finfo(v.dtype).smallest_normal)
    bounded = ~empty & (v >= smallest) & (w >= smallest)
    near = bounded & (xp.abs(difference) <= 0.5 * w)
    close = xp.log1p(xp.where(near, difference, 0.0) / xp.where(near, w, 1.0))
    ratio = xp.where(bounded, w, 1.0) / xp.where(bounded, v, 1.0)
    apart = ~(empty | bounded)
    cell, x, y, z = (xp.log(xp.where(apart, part[0], 1.0)) for part in (p, *margins))
    far = xp.log(ratio) + ((cell - x) - (y - z))
    return xp.where(empty, -xp.inf, xp.where(near, 0.0 - close, far))


def conditional_entropy(xp: Any, p: Pair) -> Array:
    """Return H(x | z) of a table (Z, X), times its sum."""
    high, low = p
    table = high if low is None else high + low
    empty = table == 0
    table = xp.where(empty, 0.0, table)
    total = xp.sum(table, axis=1, keepdims=True)
    total = xp.where(total == 0, 1.0, total)
    # The likeliest outcome may be nearly certain: its surprise is what the others have.
    top = one_hot(xp, xp.argmax(table, axis=1), table.shape[1])
    rest = xp.sum(xp.where(top, 0.0, table), axis=1, keepdims=True) / total
    log_share = xp.log(xp.where(top | empty, 1.0, table / total))
    log_share = xp.where(top, xp.log1p(0.0 - xp.where(top, rest, 0.0)), log_share)
    return xp.sum(table * (0.0 - xp.where(empty, 0.0, log_share)))


def entropy(xp: Any, p: Pair) -> Array:
    """Return -sum p log p."""
    high, low = p
    empty = high == 0
    high = xp.where(empty, 0.0, high)
    safe = xp.where(empty, 1.0, high)
    surprise = 0.0 - xp.log(safe)
    terms = high * surprise
    if low is not None:
        terms = terms + xp.where(empty, 0.0, low) * (surprise - 1.0)
    return xp.sum(terms)


@functools.lru_cache
def entropies(terms: tuple[Term, ...]) -> dict[tuple[int, ...], float]:
    """Return the same sum as one of entropies: how often that of each set of axes counts."""
    weights: dict[tuple[int, ...], float] = defaultdict(float)
    for sign, x, y, given in terms:
        weights[tuple(sorted((*x, *given)))] += sign
        weights[tuple(sorted(given))] -= sign
        if y:
            weights[tuple(sorted((*y, *given)))] += sign
            weights[tuple(sorted((*x, *y, *given)))] -= sign
    return {axes: weight for axes, weight in weights.items() if weight}


def combined(xp: Any, p: Pair, terms: tuple[Term, ...]) -> Array:
    """Return the sum of terms, times that of the table, which has one axis for each variable.

    With NumPy many terms are first summed as entropies, which share most of their work; where
    these do not cancel that is exact enough.
    """
    if xp is np and len(terms) > 2:
        value, size = _from_entropies(p[0], entropies(terms))
        if abs(value) >= _CLEAR * size:
            return value
    total: Any = 0.0
    for sign, x, y, given in terms:
        if y:
            total = total + sign * mutual_information(xp, grouped(xp, p, given, x, y))
        else:
            total = total + sign * conditional_entropy(xp, grouped(xp, p, given, x))
    return total


def _from_entropies(p: np.ndarray, coefficients: dict[tuple[int, ...], float]) -> tuple[Any, Any]:
    """Return the sum, and that of the sizes of its terms."""
    value = size = np.float64(0.0)
    total = np.sum(p)
    for axes, count in coefficients.items():
        rest = tuple(axis for axis in range(p.ndim) if axis not in axes)
        margin = np.sum(p, axis=rest) if rest else p
        h = count * entropy(np, (margin, None))
        value, size = value + h, size + abs(h) + abs(count) * total
    return value, size
