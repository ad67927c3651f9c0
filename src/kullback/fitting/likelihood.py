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

__all__ = ["Peak", "climb", "derivatives", "peak_at", "score_norm", "steps"]

# How many times the Newton step may be tried, and the lengths of it that are.
_PATIENCE = 200
_LENGTHS = np.concatenate([[4.0, 2.0, 1.0], 0.5 ** np.arange(1, 16), 1e-3 * 0.1 ** np.arange(6)])
_LONGEST = 2.0
_GOOD = 0.3
_FIRST_STEP = 1e-3
# A rise that a sum of many draws can still show.
_NOTHING = 1e-11
# Beyond this a scale or a shape of any data has left for infinity.
_FAR = 80.0

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
    offsets = [s * h[i] * _unit(k, i) for i in range(k) for s in (-2, -1, 1, 2)]
    pairs = list(itertools.combinations(range(k), 2))
    for i, j in pairs:
        for s in (1, 2):
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                offsets.append(s * (a * h[i] * _unit(k, i) + b * h[j] * _unit(k, j)))
    up = rise(y + np.array(offsets).reshape(-1, k), y)
    slope, curvature = np.empty(k), np.empty((k, k))
    for i in range(k):
        a, b, c, d = up[4 * i : 4 * i + 4]
        slope[i] = (a - 8 * b + 8 * c - d) / (12 * h[i])
        curvature[i, i] = (16 * (b + c) - a - d) / (12 * h[i] ** 2)
    for n, (i, j) in enumerate(pairs):
        near, far = up[4 * k + 8 * n :][:8].reshape(2, 4) @ [1, -1, -1, 1]
        curvature[i, j] = curvature[j, i] = (16 * near - far) / (48 * h[i] * h[j])
    return slope, curvature


def steps(curvature: np.ndarray) -> np.ndarray:
    """Return steps of differences that suit a curvature: a small part of a standard error."""
    return np.clip(0.05 / np.sqrt(np.maximum(-np.diag(curvature), 1e-300)), 1e-6, 1e-2)


def climb(rise: Rise, start: np.ndarray) -> Peak:
    """Climb from a point by Newton steps, of whose lengths the best is taken.

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
            step = _newton(slope, curvature)
            gain = float(slope @ step)
            length, up = _length(rise, y, step, gain)
            if up <= 0 or gain < _NOTHING:
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


def _unit(k: int, i: int) -> np.ndarray:
    return np.eye(k)[i]


def _newton(slope: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-8 * max(float(np.abs(values).max()), 1e-300))
    step = vectors @ ((vectors.T @ slope) / size)
    return step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300))
