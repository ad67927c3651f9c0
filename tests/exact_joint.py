"""Measures of several variables by their definitions, in mpmath, on the exact floats given.

A table is an array of floats with one axis per variable. Its law is the table divided by its exact
sum N, and every measure is that of this law times N: float tables do not sum to exactly 1.
Only entropy is taken of the numbers as they are.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from mpmath import log, mpf, workdps

DIGITS = 60


def digits(table):
    """Return the digits in which a product of margins as small as the table's still counts."""
    table = table.astype(float)
    smallest = np.min(table, where=table > 0, initial=1.0)
    return DIGITS + int(-2 * math.log10(smallest))


def number(p):
    return p if isinstance(p, mpf) else mpf(float(p))


def measured(f):
    """Give a definition the law of a table, by cells, and enough digits."""

    def run(table, *axes, **options):
        table = np.asarray(table)
        with workdps(digits(table)):
            cells = {i: number(p) for i, p in np.ndenumerate(table) if p > 0}
            total = sum(cells.values())
            law = {i: p / total for i, p in cells.items()}
            value = f(law, *axes, **options)
            if isinstance(value, dict):
                return value
            return total * value

    return run


def margin(law, axes):
    sums = {}
    for i, p in law.items():
        place = tuple(i[axis] for axis in axes)
        sums[place] = sums.get(place, mpf(0)) + p
    return sums


def h(law, axes):
    return -sum(p * log(p) for p in margin(law, axes).values())


def information(law, x, y, given=()):
    xyz, xz, yz, z = (margin(law, a) for a in ((*x, *y, *given), (*x, *given), (*y, *given), given))
    total = mpf(0)
    for i, p in xyz.items():
        a, b, c = i[: len(x)], i[len(x) : len(x) + len(y)], i[len(x) + len(y) :]
        total += p * log(p * z[c] / (xz[(*a, *c)] * yz[(*b, *c)]))
    return total


def conditional(law, x, given):
    return h(law, (*x, *given)) - h(law, given)


mutual_information = measured(information)
conditional_entropy = measured(conditional)


@measured
def pointwise(law):
    """Of a table of two axes: by outcome, for those that are possible."""
    x, y = margin(law, (0,)), margin(law, (1,))
    return {(i, j): log(p / (x[(i,)] * y[(j,)])) for (i, j), p in law.items()}


@measured
def variation_of_information(law, x, y, given=()):
    return conditional(law, x, (*y, *given)) + conditional(law, y, (*x, *given))


@measured
def total_correlation(law, n):
    sides = [margin(law, (k,)) for k in range(n)]
    total = mpf(0)
    for i, p in law.items():
        product = mpf(1)
        for side, k in zip(sides, i, strict=True):
            product *= side[(k,)]
        total += p * log(p / product)
    return total


@measured
def dual_total_correlation(law, n):
    every = tuple(range(n))
    return h(law, every) - sum(
        conditional(law, (k,), tuple(j for j in every if j != k)) for k in every
    )


@measured
def co_information(law, n):
    return -sum(
        (-1) ** many * h(law, axes)
        for many in range(1, n + 1)
        for axes in itertools.combinations(range(n), many)
    )


def o_information(table, n):
    return total_correlation(table, n) - dual_total_correlation(table, n)


def gradient(f, table, *axes, **options):
    """Return the derivatives by each number of a table, by central differences; 0 at zeros."""
    step = mpf(10) ** -25
    value = np.zeros(table.shape)

    def moved(place, by):
        other = table.astype(object)
        with workdps(90):
            other[place] = mpf(float(table[place])) + by
        return f(other, *axes, **options)

    with workdps(90):
        for place in zip(*np.nonzero(table), strict=True):
            value[place] = (moved(place, step) - moved(place, -step)) / (2 * step)
    return value


def entropy(table, axes):
    """Return -sum p log p of a margin, of the numbers as they are."""
    table = np.asarray(table)
    with workdps(digits(table)):
        cells = {i: number(p) for i, p in np.ndenumerate(table) if p > 0}
        return -sum(p * log(p) for p in margin(cells, axes).values())
