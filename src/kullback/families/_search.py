"""Where a density is, looked for over all magnitudes: for distributions whose quantiles mislead."""

from __future__ import annotations

import math

import numpy as np

from kullback.families._keys import kept_by_value
from kullback.families.abstract import AbstractFamily
from kullback.families.composite import log_density_anywhere

__all__ = ["sought"]

# Points for each doubling of the distance, over all distances that are floats.
_STEPS = 2.0 ** np.arange(-1070.0, 1023.75, 0.25)
# By how much the probability of a doubling is less than the largest where a cut is made.
_DROPS = (0.1, 1.0, 5.0, 20.0, 40.0)
_LEVELS = np.array([1e-9, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-9])
# Halvings after which two floats are neighbours.
_HALVINGS = 66


@kept_by_value(64)
def sought(law: AbstractFamily) -> tuple[float, ...]:
    """Return points around what is probable, of a single distribution of NumPy on the line."""
    low, high, discrete = law.support
    low, high = float(low), float(high)
    if discrete or low == high:
        return ()
    with np.errstate(all="ignore"):
        quantiles = _quantiles(law, low, high)
        anchors = {0.0, *(x for x in (low, high, *quantiles) if math.isfinite(x))}
        found = set(quantiles)
        for anchor in anchors:
            for side in (-1.0, 1.0):
                found.update(_around(law, anchor, side, low, high))
    return tuple(sorted(x for x in found if low < x < high and math.isfinite(x)))


def _around(
    law: AbstractFamily, anchor: float, side: float, low: float, high: float
) -> list[float]:
    """Return where the probability of a doubling of the distance has fallen from its largest."""
    x = anchor + side * _STEPS
    inside = (x > low) & (x < high) & (x != anchor)
    x, away = x[inside], _STEPS[inside]
    if not x.size:
        return []
    level = log_density_anywhere(np, law, x) + np.log(away)
    level = np.where(np.isfinite(level), level, -np.inf)
    top = float(level.max())
    if top == -math.inf:
        return []
    found = [float(x[np.argmax(level)])]
    for drop in _DROPS:
        there = np.flatnonzero(level >= top - drop)
        found += [float(x[there[0]]), float(x[there[-1]])]
    return found


def _quantiles(law: AbstractFamily, low: float, high: float) -> list[float]:
    """Return quantiles by halving what lies between two floats, in the order of floats."""
    try:
        frozen = law._scipy()
        a = np.full(_LEVELS.shape, _place(max(low, -_LARGEST)))
        b = np.full(_LEVELS.shape, _place(min(high, _LARGEST)))
        for _ in range(_HALVINGS):
            middle = a + (b - a) // 2
            reached = np.asarray(frozen.cdf(_float(middle))) >= _LEVELS
            a, b = np.where(reached, a, middle), np.where(reached, middle, b)
        return [x for x in _float(b).tolist() if low < x < high]
    except (ArithmeticError, AttributeError, NotImplementedError, RuntimeError, ValueError):
        return []  # a library may know no distribution function, or give up


_LARGEST = float(np.finfo(np.float64).max)
_SIGN = np.int64(-(2**63))


def _place(x: float) -> np.int64:
    """Return the place of a float among all of them."""
    bits = np.float64(x).view(np.int64)
    return np.int64(_SIGN - bits) if bits < 0 else bits


def _float(place: np.ndarray) -> np.ndarray:
    """Return the floats at places."""
    with np.errstate(over="ignore"):
        return np.where(place < 0, _SIGN - place, place).astype(np.int64).view(np.float64)
