"""Measures of an order, f-divergences and bounds by their definitions, as in `exact`."""

from __future__ import annotations

import functools
import math

import exact
from mpmath import exp, inf, log, mpf, sqrt, workdps

# An order may be as near to 1 as 2e-16, and a divergence as small as the square of that.
DIGITS = exact.DIGITS + 60


def renyi_entropy(p, order):
    s = sum(p)
    if order == 1:
        return exact.entropy(p)
    if order == inf:
        return -s * log(max(p))
    return s / (1 - order) * log(sum(x**order for x in p if x > 0) / s)


def tsallis_entropy(p, order):
    if order == 1:
        return exact.entropy(p)
    if order == inf:
        return mpf(0)
    return sum(x - x**order for x in p if x > 0) / (order - 1)


def renyi_divergence(p, q, order):
    s, surplus = sum(p), sum(p) - sum(q)
    if order == 1:
        return exact.kl_divergence(p, q)
    if order > 1 and any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return inf
    pairs = [(a, b) for a, b in zip(p, q, strict=True) if a > 0 and b > 0]
    if not pairs:
        return inf
    if order == inf:
        return s * log(max(a / b for a, b in pairs)) - surplus
    # The powers by way of logarithms, because an order may be 10^30.
    powers = sum(exp(order * log(a) + (1 - order) * log(b)) for a, b in pairs)
    return s / (order - 1) * log(powers / s) - surplus


def total_variation_distance(p, q):
    return sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def hellinger_distance(p, q):
    return sqrt(sum((sqrt(a) - sqrt(b)) ** 2 for a, b in zip(p, q, strict=True)) / 2)


def chi_squared_divergence(p, q):
    if any(a > 0 and b == 0 for a, b in zip(p, q, strict=True)):
        return inf
    return sum((a - b) ** 2 / b for a, b in zip(p, q, strict=True) if b > 0)


def bhattacharyya_distance(p, q):
    overlap = sum(sqrt(a * b) for a, b in zip(p, q, strict=True))
    return -log(overlap / ((sum(p) + sum(q)) / 2)) if overlap > 0 else inf


ENTROPIES = (renyi_entropy, tsallis_entropy)
DISTANCES = (
    total_variation_distance,
    hellinger_distance,
    chi_squared_divergence,
    bhattacharyya_distance,
)


def digits(kinds, rows):
    """Return the digits that are needed to see the square of the smallest number beside 1.

    A result that no float can hold needs none.
    """
    logs = [row for kind, row in zip(kinds, rows, strict=True) if kind in ("logits", "log_probs")]
    small = [x for kind, row in zip(kinds, rows, strict=True) if kind == "probs" for x in row if x]
    return min(DIGITS + exact.digits(*logs) - int(2 * log(min(small, default=1), 10)), 450)


def measure(name, kinds, rows, order=None, num_outcomes=None):
    """Return a measure of one or two rows, each of its kind, as an exact number."""
    rows = tuple(
        row if kind == "labels" else tuple(row) for kind, row in zip(kinds, rows, strict=True)
    )
    return _measure(name, kinds, rows, order, num_outcomes)


@functools.cache
def _measure(name, kinds, rows, order, num_outcomes):
    with workdps(digits(kinds, rows)):
        tables = [
            exact.probs(kind, row, num_outcomes) for kind, row in zip(kinds, rows, strict=True)
        ]
        return globals()[name](*tables, *(() if order is None else (mpf(order),)))


def gradient(name, kinds, rows, side, order=None):
    """Return the derivative of a measure by each number of one row, by central differences.

    At an exact zero of a table, and at a logarithm of -inf, it is defined as 0.
    """
    return _gradient(name, kinds, tuple(map(tuple, rows)), side, order)


@functools.cache
def _gradient(name, kinds, rows, side, order):
    step = mpf(10) ** -40

    def moved(k, by):
        changed = [[mpf(float(x)) for x in row] for row in rows]
        changed[side][k] += by
        return measure(name, kinds, changed, order)

    nothing = 0 if kinds[side] == "probs" else -math.inf
    with workdps(DIGITS):
        return [
            mpf(0) if x == nothing else (moved(k, step) - moved(k, -step)) / (2 * step)
            for k, x in enumerate(rows[side])
        ]
