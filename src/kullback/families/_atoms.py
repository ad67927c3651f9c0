r"""Distributions on finitely many given numbers.

.. math:: P(X = x_k) = p_k
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

__all__ = ["Atoms"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Atoms(AbstractFamily):
    """A discrete distribution on a list of numbers, which need not be integers.

    Parameters
    ----------
    places : array, shape (..., K)
        The numbers, in ascending order.
    probabilities : array, shape (..., K)
        Their probabilities, checked as those of `Probs` are.

    Raises
    ------
    KullbackError
        If a place is not finite, or if the probabilities are none.
    """

    places: Array = parameter(REAL, axes=1)
    probabilities: Array = parameter(PROBABILITY, axes=1)

    def __post_init__(self) -> None:
        super(Atoms, self).__post_init__()
        Probs(self.probabilities, check=False).verify("probabilities")

    @property
    def support(self) -> Support:
        """The least interval that holds all numbers of positive probability."""
        xp = namespace(*self.arrays)
        there = self.probabilities > 0.0
        low = xp.min(xp.where(there, self.places, math.inf), axis=-1)
        high = xp.max(xp.where(there, self.places, -math.inf), axis=-1)
        return Support(low, high, discrete=True)

    @property
    def _whole(self) -> bool:
        xp = namespace(self.places)
        return bool(xp.all(self.places == xp.floor(self.places)))

    def _listed(self) -> np.ndarray:
        return np.asarray(self.places)[np.asarray(self.probabilities) > 0.0]

    def _holds(self, x: Array) -> Array:
        return namespace(x).any(x[..., None] == self.places, axis=-1)

    def _log_density(self, xp: Any, x: Array) -> Array:
        same = x[..., None] == self.places
        mass = xp.sum(xp.where(same, self.probabilities, 0.0), axis=-1)
        return safe_log(xp, mass)

    def _scipy(self) -> Any:
        return _Frozen(self)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _landmarks(self) -> list[float]:
        return self._listed().tolist()

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self._scipy().rvs(shape, chance)

    @property
    def mean(self) -> Array:
        """The mean."""
        return namespace(*self.arrays).sum(self.places * self.probabilities, axis=-1)

    @property
    def variance(self) -> Array:
        """The variance."""
        away = self.places - self.mean[..., None]
        return namespace(*self.arrays).sum(away * away * self.probabilities, axis=-1)


class _Frozen(AbstractFrozen):
    """Distribution function and quantiles."""

    discrete = True

    def __init__(self, law: Atoms) -> None:
        self.places, self.mass = law.places, law.probabilities

    def cdf(self, x: Any) -> np.ndarray:
        return np.where(self.places <= np.asarray(x)[..., None], self.mass, 0.0).sum(axis=-1)

    def sf(self, x: Any) -> np.ndarray:
        return np.where(self.places > np.asarray(x)[..., None], self.mass, 0.0).sum(axis=-1)

    def ppf(self, u: Any) -> np.ndarray:
        return self._at(np.cumsum(self.mass, axis=-1) >= np.asarray(u)[..., None])

    def isf(self, u: Any) -> np.ndarray:
        above = np.cumsum(self.mass[..., ::-1], axis=-1)[..., ::-1] - self.mass
        return self._at(above <= np.asarray(u)[..., None])

    def _at(self, reached: np.ndarray) -> np.ndarray:
        """Return the first place of positive probability that is reached, else the last."""
        there = np.broadcast_to(self.mass > 0.0, reached.shape)
        last = there.shape[-1] - 1 - np.argmax(there[..., ::-1], axis=-1)
        found = reached & there
        k = np.where(found.any(axis=-1), np.argmax(found, axis=-1), last)
        places = np.broadcast_to(self.places, reached.shape)
        return np.take_along_axis(places, k[..., None], axis=-1)[..., 0]

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        found = self.isf(u) if upper else self.ppf(u)
        return found, found
