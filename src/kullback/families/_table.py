"""Distribution function and quantiles of what is left of a law, from its density."""

from __future__ import annotations

import numpy as np

from kullback.errors import KullbackError
from kullback.families._remaining import Remaining, level_of
from kullback.families.abstract import AbstractFamily

__all__ = ["Counts", "Table"]

# Between two nodes the density is smooth, and this many points integrate it.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_TURNS = 8  # of Newton's method, each of which doubles the digits


class Table:
    """Probabilities of the cells between nodes of a single law on the line, from both ends."""

    def __init__(self, law: AbstractFamily, low: float, high: float, rest: Remaining) -> None:
        self.law, self.low, self.high, self.rest = law, low, high, rest
        self.start = rest.start if rest.far else 0.0
        ends = [x - self.start for x in (low, high) if np.isfinite(x)]
        self.knots = np.unique(np.concatenate([rest.places(self.start)[0], ends]))
        cells = self._between(self.knots[:-1], self.knots[1:])
        self.total = cells.sum()
        self.below = np.concatenate([[0.0], np.cumsum(cells)]) / self.total
        self.above = np.concatenate([np.cumsum(cells[::-1])[::-1], [0.0]]) / self.total

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Return P(X <= x)."""
        y, k = self._placed(x)
        return self.below[k] + self._between(self.knots[k], y) / self.total

    def sf(self, x: np.ndarray) -> np.ndarray:
        """Return P(X > x)."""
        y, k = self._placed(x)
        return self.above[k + 1] + self._between(y, self.knots[k + 1]) / self.total

    def ppf(self, u: np.ndarray) -> np.ndarray:
        """Return the x with P(X <= x) = u."""
        upper = u > 0.5  # where what is above has more digits
        found = np.where(upper, self._from_above(1.0 - u), self._from_below(u))
        return np.where(u <= 0.0, self.low, np.where(u >= 1.0, self.high, found))

    def isf(self, u: np.ndarray) -> np.ndarray:
        """Return the x with P(X > x) = u."""
        upper = u > 0.5
        found = np.where(upper, self._from_below(1.0 - u), self._from_above(u))
        return np.where(u <= 0.0, self.high, np.where(u >= 1.0, self.low, found))

    def _from_below(self, u: np.ndarray) -> np.ndarray:
        k = np.searchsorted(self.below, u, side="right") - 1
        k = np.clip(k, 0, len(self.knots) - 2)
        return self._solved(u, k, 1.0, self.knots[k], self.below[k])

    def _from_above(self, u: np.ndarray) -> np.ndarray:
        k = np.searchsorted(-self.above, -u, side="left") - 1
        k = np.clip(k, 0, len(self.knots) - 2)
        return self._solved(u, k, -1.0, self.knots[k + 1], self.above[k + 1])

    def _solved(
        self,
        u: np.ndarray,
        k: np.ndarray,
        side: float,
        end: np.ndarray,
        known: np.ndarray,
    ) -> np.ndarray:
        """Return where a cell has given the rest of a probability, counted from one of its ends."""
        left, right = self.knots[k], self.knots[k + 1]
        with np.errstate(all="ignore"):
            share = (u - known) * self.total / self._between(left, right)
            y = end + side * (right - left) * np.clip(np.nan_to_num(share), 0.0, 1.0)
            for _ in range(_TURNS):
                found = known + side * self._between(end, y) / self.total
                step = side * (found - u) * self.total / self._density(y)
                y = np.clip(np.where(np.isfinite(step), y - step, y), left, right)
        return np.clip(self.start + y, self.low, self.high)

    def _placed(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = np.clip(x - self.start, self.knots[0], self.knots[-1])
        k = np.searchsorted(self.knots, y, side="right") - 1
        return y, np.clip(k, 0, len(self.knots) - 2)

    def _between(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the integral of the density between points of one cell."""
        half = 0.5 * (b - a)
        y = (a + half)[..., None] + half[..., None] * _NODES
        return (self._density(y) @ _WEIGHTS) * half

    def _density(self, y: np.ndarray) -> np.ndarray:
        origin = np.float64(self.start) if self.rest.far else None
        with np.errstate(all="ignore"):
            return np.exp(level_of(np, self.law, origin, y, self.rest) - self.rest.log)


class Counts:
    """The same of a single law on the integers, few enough to be nodes all."""

    def __init__(self, law: AbstractFamily, low: float, rest: Remaining) -> None:
        if not rest.few:
            raise KullbackError("truncated.far", law=type(law).__name__, at=f"{low:g}")
        self.x, share = rest.places(0.0)
        self.below = np.concatenate([[0.0], np.cumsum(share)])
        self.above = np.concatenate([np.cumsum(share[::-1])[::-1], [0.0]])

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Return P(X <= x)."""
        return self.below[np.searchsorted(self.x, x, side="right")]

    def sf(self, x: np.ndarray) -> np.ndarray:
        """Return P(X > x)."""
        return self.above[np.searchsorted(self.x, x, side="right")]

    def ppf(self, u: np.ndarray) -> np.ndarray:
        """Return the smallest x with P(X <= x) >= u."""
        return self.x[np.clip(np.searchsorted(self.below[1:], u), 0, len(self.x) - 1)]

    def isf(self, u: np.ndarray) -> np.ndarray:
        """Return the smallest x with P(X > x) <= u."""
        return self.x[np.clip(np.searchsorted(-self.above[1:], -u), 0, len(self.x) - 1)]
