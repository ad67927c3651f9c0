"""The measures by their definitions, in exact numbers: what the answers are compared with.

Tables come as NumPy arrays of mpmath's numbers. Nothing here knows how a library computes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

Exact = Any  # a number of mpmath, or a NumPy array of them

DIGITS = 60
log: Any = np.frompyfunc(mpmath.log, 1, 1)
exp: Any = np.frompyfunc(mpmath.exp, 1, 1)
power: Any = np.frompyfunc(pow, 2, 1)


def exact(x: np.ndarray) -> Exact:
    """Return an array of floats, or of integers, as exact numbers."""
    return np.array([mpf(v) for v in x.ravel().tolist()], dtype=object).reshape(x.shape)


def entropy(p: Exact) -> Exact:
    """Return -sum p log p."""
    p = p[p > 0]
    return -np.sum(p * log(p))


def cross_entropy(p: Exact, q: Exact) -> Exact:
    """Return -sum p log q."""
    p, q = p[p > 0], q[p > 0]
    return mpmath.inf if np.any(q == 0) else -np.sum(p * log(q))


def kl_divergence(p: Exact, q: Exact) -> Exact:
    """Return sum p log(p/q) - p + q, as kullback defines it for floats."""
    if np.any((p > 0) & (q == 0)):
        return mpmath.inf
    a, b = p[p > 0], q[p > 0]
    return np.sum(a * log(a / b)) - np.sum(p) + np.sum(q)


def jensen_shannon_divergence(p: Exact, q: Exact) -> Exact:
    """Return the mean divergence of both from their mean."""
    m = (p + q) / 2
    return (kl_divergence(p, m) + kl_divergence(q, m)) / 2


def renyi_entropy(p: Exact, order: float) -> Exact:
    """Return log(sum p^order) / (1 - order), for a sum of 1 but for rounding."""
    p = p[p > 0]
    s = np.sum(p)
    if order == math.inf:
        return -s * log(max(p))
    return s * log(np.sum(power(p, mpf(order))) / s) / (1 - mpf(order))


def tsallis_entropy(p: Exact, order: float) -> Exact:
    """Return sum (p - p^order) / (order - 1)."""
    p = p[p > 0]
    return np.sum(p - power(p, mpf(order))) / (mpf(order) - 1)


def renyi_divergence(p: Exact, q: Exact, order: float) -> Exact:
    """Return log(sum p^order q^(1-order)) / (order - 1), for sums of 1 but for rounding."""
    s, a = np.sum(p), mpf(order)
    shift = np.sum(q) - s
    p, q = p[p > 0], q[p > 0]
    if order == math.inf:
        return s * log(max(p / q)) + shift
    return s * log(np.sum(power(p, a) * power(q, 1 - a)) / s) / (a - 1) + shift


def total_variation_distance(p: Exact, q: Exact) -> Exact:
    """Return half the sum of |p - q|."""
    return np.sum(abs(p - q)) / 2


def hellinger_distance(p: Exact, q: Exact) -> Exact:
    """Return the root of half the sum of (sqrt p - sqrt q)^2."""
    half = mpf(1) / 2
    return mpmath.sqrt(np.sum((power(p, half) - power(q, half)) ** 2) / 2)


def chi_squared_divergence(p: Exact, q: Exact) -> Exact:
    """Return the sum of (p - q)^2 / q."""
    return np.sum((p - q) ** 2 / q)


def bhattacharyya_distance(p: Exact, q: Exact) -> Exact:
    """Return -log of the sum of sqrt(p q), for sums of 1 but for rounding."""
    half = mpf(1) / 2
    return -log(np.sum(power(p, half) * power(q, half)) / (np.sum(p + q) / 2))


def marginal_entropy(p: Exact, kept: tuple[int, ...]) -> Exact:
    """Return the entropy of some of the variables of a joint table."""
    summed = tuple(i for i in range(p.ndim) if i not in kept)
    return entropy(np.asarray(np.sum(p, axis=summed) if summed else p))


def subsets(n: int) -> Iterator[tuple[int, ...]]:
    """Yield all subsets of n variables but the empty one."""
    for code in range(1, 2**n):
        yield tuple(i for i in range(n) if code >> i & 1)


def mutual_information(p: Exact) -> Exact:
    """Return the divergence of a table from the product of its margins."""
    independent = np.outer(p.sum(axis=1), p.sum(axis=0)) / np.sum(p)
    return kl_divergence(p.ravel(), independent.ravel())


def variation_of_information(p: Exact) -> Exact:
    """Return H(X|Y) + H(Y|X)."""
    both = marginal_entropy(p, (0, 1))
    return 2 * both - marginal_entropy(p, (0,)) - marginal_entropy(p, (1,))


def total_correlation(p: Exact) -> Exact:
    """Return the sum of the variables' entropies less that of all."""
    n = p.ndim
    return sum(marginal_entropy(p, (i,)) for i in range(n)) - entropy(p)


def dual_total_correlation(p: Exact) -> Exact:
    """Return H(X) less the sum of every variable's entropy given the others."""
    n, both = p.ndim, entropy(p)
    others = (tuple(j for j in range(n) if j != i) for i in range(n))
    return both - sum(both - marginal_entropy(p, rest) for rest in others)


def o_information(p: Exact) -> Exact:
    """Return total less dual total correlation."""
    return total_correlation(p) - dual_total_correlation(p)


def co_information(p: Exact) -> Exact:
    """Return the entropies of all subsets, added with alternating signs."""
    return -sum((-1) ** len(s) * marginal_entropy(p, s) for s in subsets(p.ndim))


def symmetric_capacity(channel: Exact) -> Exact:
    """Return log K less the entropy of a row: rows and columns are permutations of each other."""
    return log(channel.shape[1]) - entropy(channel[0])


def erasure_capacity(channel: Exact) -> Exact:
    """Return the share that is not erased, times log 2."""
    return channel[0, 0] * log(mpf(2))


def z_capacity(channel: Exact) -> Exact:
    """Return log(1 + (1 - e) e^(e/(1 - e))), e the share of ones that are read as zeros."""
    e = channel[1, 0]
    return log(1 + (1 - e) * power(e, e / (1 - e)))


def softmax(z: Exact) -> Exact:
    """Return exp z over its sum."""
    weights = exp(z - max(z))
    return weights / np.sum(weights)
