"""The log-likelihood on the real line: how it rises, its slope and curvature, and its maximum.

Parameters are moved to the line by their ranges, so that every step gives a law. Slopes are
differences of log densities, taken draw by draw before they are added up, because the sums would
lose them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = [
    "LONGEST",
    "Peak",
    "Rise",
    "climb",
    "derivatives",
    "peak_at",
    "score_norm",
    "slope_at",
    "steps",
]

# How many times the Newton step may be tried, and the lengths of it that are.
_PATIENCE = 200
_LENGTHS = np.concatenate([[4.0, 2.0, 1.0], 0.5 ** np.arange(1, 16), 1e-3 * 0.1 ** np.arange(6)])
LONGEST = 2.0
_GOOD = 0.3
_FIRST_STEP = 1e-3
# A rise that a sum of many draws can still show.
_NOTHING = 1e-11
# Beyond this a scale or a shape of any data has left for infinity.
_FAR = 80.0
# A curvature above this share of the largest leads up from where the slope is none.
_UP = 1e-6
# Parts of a standard error: to tell slopes, and to tell the two sides of a kink.
_PART, _SIDE = 0.05, 1e-3

Rise = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""How far the log-likelihood at each of several points, shape (m, k), is above that at one."""


class Peak(NamedTuple):
    """Where climbing ended: the point, the slope, the curvature, and which way it ran away."""

    y: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray
    away: int | None = None

    @property
    def score_norm(self) -> float:
        """How many standard errors a Newton step would still move the point."""
        return score_norm(self.slope, self.curvature)


def score_norm(slope: np.ndarray, curvature: np.ndarray) -> float:
    """Return the length of a Newton step in standard errors; inf where there is no maximum."""
    if not len(slope):
        return 0.0
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(-curvature).min() <= 0:
        return math.inf
    return math.sqrt(max(float(slope @ np.linalg.solve(-curvature, slope)), 0.0))


def peak_at(rise: Rise, y: np.ndarray) -> Peak:
    """Return slope and curvature at a point, by steps that suit it and stay in the support."""
    if not len(y):
        return Peak(y, np.empty(0), np.empty((0, 0)))
    slope = curvature = np.full((len(y), len(y)), np.nan)
    with np.errstate(all="ignore"):
        for first in (_FIRST_STEP, 1e-2 * _FIRST_STEP, 1e-4 * _FIRST_STEP):
            slope, curvature = derivatives(rise, y, np.full(len(y), first))
            if np.isfinite(curvature).all():
                slope, curvature = derivatives(rise, y, steps(curvature))
                break
    return Peak(y, slope, curvature)


def derivatives(rise: Rise, y: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and curvature at y by central differences of fourth order with steps h."""
    k = len(y)
    axes = np.diag(h)
    pairs = list(itertools.combinations(range(k), 2))
    sums = np.array([axes[i] + axes[j] for i, j in pairs]).reshape(-1, k)
    ways = np.concatenate([axes, sums])
    points = (np.array([-2.0, -1.0, 1.0, 2.0])[:, None] * ways[:, None]).reshape(-1, k)
    a, b, c, d = rise(y + points, y).reshape(-1, 4).T
    slope = ((a - 8 * b + 8 * c - d)[:k]) / (12 * h)
    second = (16 * (b + c) - a - d) / 12  # along each axis, then along the sum of each pair
    curvature = np.diag(second[:k] / h**2)
    for along, (i, j) in zip(second[k:], pairs, strict=True):
        cross = along - second[i] - second[j]
        curvature[i, j] = curvature[j, i] = cross / (2 * h[i] * h[j])
    return slope, curvature


def slope_at(rise: Rise, y: np.ndarray, curvature: np.ndarray, *, kinks: bool) -> np.ndarray:
    """Return the slope at y by steps of a part of a standard error, as the curvature tells it.

    At a kink it is the least of the slopes between those on its two sides: 0 if both lead down.
    """
    if not len(y):
        return np.empty(0)
    try:
        root = np.linalg.cholesky(-curvature)
    except np.linalg.LinAlgError:
        return np.full(len(y), np.nan)
    ways = np.linalg.inv(root)  # as rows, in units of standard errors, of which none tells another

    def along(part: float) -> np.ndarray:
        with np.errstate(all="ignore"):
            return rise(y + part * ways, y) / part

    if kinks:
        right, left = along(_SIDE), along(-_SIDE)
        slopes = np.where(right > 0, right, np.minimum(left, 0.0))
    else:
        near, far = along(_PART) + along(-_PART), along(2 * _PART) + along(-2 * _PART)
        slopes = (4 * near - far) / 6
    return root @ slopes


def steps(curvature: np.ndarray) -> np.ndarray:
    """Return steps of differences that suit a curvature: a small part of a standard error."""
    return np.clip(0.05 / np.sqrt(np.maximum(-np.diag(curvature), 1e-300)), 1e-6, 1e-2)


def climb(rise: Rise, start: np.ndarray, *, longest: float = LONGEST) -> Peak:
    """Climb from a point by Newton steps no longer than some, of whose lengths the best is taken.

    Where the curvature is not that of a maximum, its size gives the length and the slope the
    direction.
    """
    y, h = np.asarray(start, dtype=np.float64), np.full(len(start), _FIRST_STEP)
    if not len(y):
        return Peak(y, np.empty(0), np.empty((0, 0)))
    with np.errstate(all="ignore"):
        slope, curvature = derivatives(rise, y, h)
        for _ in range(_PATIENCE):
            if not (np.isfinite(slope).all() and np.isfinite(curvature).all()):
                break
            step = _newton(slope, curvature, longest)
            gain = float(slope @ step)
            length, up = _length(rise, y, step, gain)
            if up <= 0 or gain < _NOTHING:
                # At a saddle no slope shows the way up, but the curvature does.
                step = longest * _up(curvature)
                length, up = _length(rise, y, step, math.inf)
                if up < _NOTHING:
                    break
            y = y + length * step
            if (far := np.abs(y) > _FAR).any():
                return Peak(y, slope, curvature, int(np.argmax(far)))
            h = steps(curvature)
            slope, curvature = derivatives(rise, y, h)
        slope, curvature = derivatives(rise, y, steps(curvature))
    return Peak(y, slope, curvature)


def _length(rise: Rise, y: np.ndarray, step: np.ndarray, gain: float) -> tuple[float, float]:
    """Return how much of a step to take, and how far up that leads."""
    up = float(rise((y + step)[None], y)[0])
    if up >= _GOOD * gain:  # a parabola would gain half of it
        return 1.0, up
    ups = rise(y + _LENGTHS[:, None] * step, y)
    ups = np.where(np.isnan(ups), -math.inf, ups)
    best = int(np.argmax(ups))
    return float(_LENGTHS[best]), float(ups[best])


def _up(curvature: np.ndarray) -> np.ndarray:
    """Return the direction in which the curvature leads up, or 0 if there is none."""
    values, vectors = np.linalg.eigh(curvature)
    return vectors[:, -1] * (values[-1] > _UP * np.abs(values).max())


def _newton(slope: np.ndarray, curvature: np.ndarray, longest: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-8 * max(float(np.abs(values).max()), 1e-300))
    step = vectors @ ((vectors.T @ slope) / size)
    return step * min(1.0, longest / max(float(np.abs(step).max()), 1e-300))
