"""Densities of other libraries beyond the numbers that floats can hold.

Many know only the density, whose logarithm is -inf where it is below the least float. Further
out, or nearer to an end, it is continued: the logarithm of -log f as a parabola in the logarithm
of the distance, which is right for every power and nearly so for other tails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Continued", "continued"]

# Levels of -log f: a density that is lost before the first is no underflow; the parabola goes
# through the next.
_LOST, _THROUGH = 600.0, (200.0, 400.0, 690.0)
_GRID = 65


class Continued(NamedTuple):
    """A tail from where floats end: x = anchor + side y."""

    anchor: float
    side: float
    outwards: bool  # whether the tail is towards greater y
    end: float  # the y at which floats end
    parabola: tuple[float, float, float]

    def covers(self, x: np.ndarray) -> np.ndarray:
        """Whether each number lies beyond what floats can hold."""
        y = self.side * (x - self.anchor)
        return (y >= self.end) if self.outwards else (y > 0.0) & (y <= self.end)

    def level(self, x: np.ndarray) -> np.ndarray:
        """Return log f."""
        with np.errstate(all="ignore"):
            log_y = np.log(self.side * (x - self.anchor))
            grown = np.polyval(self.parabola, log_y)
            rises = np.polyval(np.polyder(self.parabola), log_y)
            falls = rises > 0.0 if self.outwards else rises < 0.0
        return np.where(falls, -np.exp(np.minimum(grown, 700.0)), -np.inf)


def continued(
    log_density: Callable[[np.ndarray], np.ndarray],
    middle: float,
    end: float,
    side: float,
    *,
    discrete: bool,
) -> Continued | None:
    """Return how a density goes on towards an end, if floats end before it does.

    `middle` is a point where the density can be seen, and `side` the direction from there.
    """
    outwards = math.isinf(end)
    if discrete and not outwards:
        return None
    anchor, direction = (middle, side) if outwards else (end, -side)

    def place(y: np.ndarray) -> np.ndarray:
        x = anchor + direction * y
        return np.floor(x) if discrete else x

    def level(y: np.ndarray) -> np.ndarray:
        found = -log_density(place(y))
        return np.where(np.isnan(found), np.inf, found)

    powers = np.arange(0.0, 1000.0)
    y = 2.0**powers if outwards else abs(middle - end) * 2.0**-powers
    y = y[y < 2.0**52] if discrete else y[(y > 4e-16 * abs(anchor)) | outwards]
    seen = _last_seen(level, y)
    if seen is None:
        return None
    first = max(seen * 2.0**-12, 1.0) if discrete else float(y[0])
    grid = np.geomspace(first, seen, 4 * _GRID)
    here = level(grid)
    points = np.unique([int(np.argmin(np.abs(here - through))) for through in _THROUGH])
    if len(points) < len(_THROUGH) or not (here[points] > 1.0).all():
        return None
    log_y = np.log(direction * (place(grid[points]) - anchor))
    parabola = np.polyfit(log_y, np.log(here[points]), 2)
    if not np.isfinite(parabola).all():
        return None
    a, b, c = (float(z) for z in parabola)
    return Continued(anchor, direction, outwards, seen, (a, b, c))


def _last_seen(level: Callable[[np.ndarray], np.ndarray], y: np.ndarray) -> float | None:
    """Return the last y at which a level is finite, if it is lost after that by underflow."""
    found = level(y)
    lost = int(np.argmax(found == np.inf))
    if lost == 0:  # nowhere, or at once
        return None
    seen, unseen = y[lost - 1], y[lost]
    for _ in range(8):
        grid = np.linspace(seen, unseen, _GRID)
        k = int(np.argmax(level(grid) == np.inf))
        if k == 0:
            break
        seen, unseen = grid[k - 1], grid[k]
    return float(seen) if level(np.array([seen]))[0] >= _LOST else None
