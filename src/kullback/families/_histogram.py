r"""Densities that are constant between edges.

.. math:: f(x) = \frac{p_k}{b_{k+1} - b_k}, \quad b_k \le x < b_{k+1}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace, safe_log
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails
from kullback.families.composite import AbstractFrozen
from kullback.families.parameters import PROBABILITY, REAL, parameter
from kullback.kinds import Probs

__all__ = ["Histogram"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Histogram(AbstractFamily):
    """A distribution whose density is constant in every bin.

    Measures of two of them are sums over the pieces between the edges of both.

    Parameters
    ----------
    edges : array, shape (..., K + 1)
        The edges of the bins, in ascending order.
    probabilities : array, shape (..., K)
        The probability of each bin, checked as those of `Probs` are.

    Raises
    ------
    KullbackError
        If an edge is not finite, or if the probabilities are none.
    """

    edges: Array = parameter(REAL, axes=1)
    probabilities: Array = parameter(PROBABILITY, axes=1)

    def __post_init__(self) -> None:
        super(Histogram, self).__post_init__()
        Probs(self.probabilities, check=False).verify("probabilities")

    @property
    def support(self) -> Support:
        """The least interval that holds all bins of positive probability."""
        xp = namespace(*self.arrays)
        there = self.probabilities > 0.0
        low = xp.min(xp.where(there, self.edges[..., :-1], math.inf), axis=-1)
        high = xp.max(xp.where(there, self.edges[..., 1:], -math.inf), axis=-1)
        return Support(low, high)

    def _listed(self) -> np.ndarray:
        low, high, _ = self.support
        return np.unique(np.clip(np.asarray(self.edges), low, high))

    def _log_density(self, xp: Any, x: Array) -> Array:
        inner = self.edges[..., 1:-1]
        log = safe_log(xp, self.probabilities) - xp.log(self.edges[..., 1:] - self.edges[..., :-1])
        if inner.ndim == 1:
            flat = xp.reshape(x, (-1,))
            return xp.reshape(xp.take(log, xp.searchsorted(inner, flat, side="right")), x.shape)
        bin_ = xp.sum(xp.astype(x[..., None] >= inner, xp.int64), axis=-1)
        here = bin_[..., None] == xp.arange(log.shape[-1])
        return xp.max(xp.where(here, log, -math.inf), axis=-1)

    def _scipy(self) -> Any:
        return _Frozen(self)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _landmarks(self) -> list[float]:
        return self._listed().tolist()

    @property
    def mean(self) -> Array:
        """The mean."""
        middle = 0.5 * self.edges[..., 1:] + 0.5 * self.edges[..., :-1]
        return namespace(*self.arrays).sum(middle * self.probabilities, axis=-1)

    @property
    def variance(self) -> Array:
        """The variance: that of the middles of the bins, and that within the bins."""
        width = self.edges[..., 1:] - self.edges[..., :-1]
        away = self.edges[..., :-1] + 0.5 * width - self.mean[..., None]
        square = away * away + width * width / 12.0
        return namespace(*self.arrays).sum(square * self.probabilities, axis=-1)


class _Frozen(AbstractFrozen):
    """Distribution function and quantiles."""

    discrete = False

    def __init__(self, law: Histogram) -> None:
        self.edges, self.mass = law.edges, law.probabilities

    def _share(self, x: Any) -> np.ndarray:
        """Return how much of each bin lies below x."""
        low, width = self.edges[..., :-1], np.diff(self.edges, axis=-1)
        return np.clip((np.asarray(x)[..., None] - low) / width, 0.0, 1.0)

    def cdf(self, x: Any) -> np.ndarray:
        return (self.mass * self._share(x)).sum(axis=-1)

    def sf(self, x: Any) -> np.ndarray:
        return (self.mass * (1.0 - self._share(x))).sum(axis=-1)

    def ppf(self, u: Any) -> np.ndarray:
        return self._quantile(np.asarray(u, dtype=np.float64), upper=False)

    def isf(self, u: Any) -> np.ndarray:
        return self._quantile(np.asarray(u, dtype=np.float64), upper=True)

    def _quantile(self, u: np.ndarray, *, upper: bool) -> np.ndarray:
        """Return the point of the first bin at whose far end a probability is reached."""
        mass, edges = (x[..., ::-1] if upper else x for x in (self.mass, self.edges))
        sums = np.cumsum(mass, axis=-1)
        reached = (sums >= u[..., None]) & (mass > 0.0)
        last = mass.shape[-1] - 1 - np.argmax((mass > 0.0)[..., ::-1], axis=-1)
        k = np.where(reached.any(axis=-1), np.argmax(reached, axis=-1), last)[..., None]
        shape = (*k.shape[:-1], mass.shape[-1])
        own, total, near, far = (
            np.take_along_axis(np.broadcast_to(x, shape), k, axis=-1)[..., 0]
            for x in (mass, sums, edges[..., :-1], edges[..., 1:])
        )
        share = np.clip(1.0 - (total - u) / own, 0.0, 1.0)
        return near + share * (far - near)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        found = self.isf(u) if upper else self.ppf(u)
        return found, found
