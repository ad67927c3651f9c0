"""The free parameters of a model as a point on the real line each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from kullback.families.abstract import AbstractFamily
from kullback.families.parameters import Range
from kullback.fitting.model import Model
from kullback.fitting.observations import Observations

__all__ = ["Coordinates"]

# Parameters that move with the data, so their distance from the middle is what matters.
_PLACES = ("location", "mean", "low", "high")
_BLOCK = 1 << 20


@final
@dataclass(frozen=True, eq=False)
class Coordinates:
    """A model with some parameters fixed and a prior on others, seen from the line.

    Attributes
    ----------
    model : Model
        The law.
    free : tuple of str
        The parameters that are looked for.
    fixed : dict of str to float
        All others.
    prior : dict of str to AbstractFamily
        Laws of free parameters, whose log density is added.
    middle, spread : float
        Of the data.
    units : dict of str to float
        Of parameters that may be any number and have units of their own.
    """

    model: Model
    free: tuple[str, ...]
    fixed: Mapping[str, float]
    prior: Mapping[str, AbstractFamily]
    middle: float
    spread: float
    units: Mapping[str, float] = field(default_factory=dict)

    def range(self, name: str) -> Range:
        """Return the range of a parameter."""
        return self.model.ranges[name]

    def to_line(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return the point of some parameters."""
        return np.array([self._to_line(name, float(values[name])) for name in self.free])

    def _to_line(self, name: str, x: float) -> float:
        if self._moves(name):
            return (x - self.middle) / self.spread
        if name in self.units:
            return x / self.units[name]
        return float(self.range(name).to_line(np.float64(x)))

    def from_line(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return all parameters at points of shape (..., k)."""
        shape = points.shape[:-1]
        values = {name: np.full(shape, x) for name, x in self.fixed.items()}
        for i, name in enumerate(self.free):
            values[name] = self.one_from_line(name, points[..., i])
        return {name: values[name] for name in self.model.ranges}

    def one_from_line(self, name: str, y: Any) -> Any:
        """Return one parameter."""
        if self._moves(name):
            return self.middle + self.spread * y
        if name in self.units:
            return self.units[name] * y
        return self.range(name).from_line(np.asarray(y, dtype=np.float64))

    def slope(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return how fast each free parameter moves with its coordinate."""
        slopes = []
        for name in self.free:
            kind, x = self.range(name), float(values[name])
            if self._moves(name):
                slopes.append(self.spread)
            elif math.isinf(kind.low):
                slopes.append(self.units.get(name, 1.0))
            elif math.isinf(kind.high):
                slopes.append(x - kind.low)
            else:
                slopes.append((x - kind.low) * (kind.high - x) / (kind.high - kind.low))
        return np.array(slopes)

    def _moves(self, name: str) -> bool:
        return name in _PLACES and math.isinf(self.range(name).low)

    def law(self, values: Mapping[str, Any]) -> AbstractFamily:
        """Return the law of parameters, unchecked."""
        return self.model.make(**{name: np.asarray(x) for name, x in values.items()})

    def rise(self, data: Observations, points: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return how far the objective at points is above that at one, added up draw by draw."""
        every = np.concatenate([points, at[None]])
        values = self.from_line(every)
        block = max(_BLOCK // len(every), 1)
        total = np.zeros(len(points))
        for i in range(0, data.rows, block):
            part = data.part(i, i + block)
            with np.errstate(all="ignore"):
                logs = self.rows(part, {name: x[:, None] for name, x in values.items()})
                difference = logs[:-1] - logs[-1]
            if part.weights is None:
                total += difference.sum(axis=1)
            else:
                total += difference @ part.weights
        prior = self.log_prior(values)
        return total + (prior[:-1] - prior[-1])

    def rows(self, data: Observations, values: Mapping[str, Any]) -> np.ndarray:
        """Return the log-likelihood of each row."""
        law = self.law(values)
        with np.errstate(all="ignore"):
            if self.model.axes:
                return _vectors(law, data.x)
            if data.censored is None:
                if self.model.known.rows is not None and np.ndim(law.arrays[0]) == 2:
                    return self.model.known.rows(dict(values), data.x)
                return np.asarray(law.log_prob(data.x))
            return _log_interval(law, data.censored.low, data.censored.high)

    def log_prior(self, values: Mapping[str, Any]) -> Any:
        """Return the log density of the prior."""
        total = np.zeros(np.shape(next(iter(values.values()))))
        for name, law in self.prior.items():
            total = total + np.asarray(law.log_prob(values[name]))
        return total


def _vectors(law: AbstractFamily, x: np.ndarray) -> np.ndarray:
    """Return log densities of vectors; NaN if a matrix among the parameters is no covariance."""
    try:
        return np.asarray(law.log_prob(x))
    except np.linalg.LinAlgError:
        return np.full((*law.batch_shape[:-1], len(x)), np.nan)


def _log_interval(law: AbstractFamily, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return log f where both ends are one, else the log of the probability between them."""
    exact = low == high
    scipy = law._scipy()
    # From the side that is nearer the end, where the logarithms keep their digits.
    upper = scipy.sf(low) < 0.5
    more = np.where(upper, scipy.logsf(low), scipy.logcdf(high))
    less = np.where(upper, scipy.logsf(high), scipy.logcdf(low))
    between = more + np.log(-np.expm1(np.where(less > -np.inf, less - more, -np.inf)))
    between = np.where(np.isposinf(high), scipy.logsf(low), between)
    return np.where(exact, law.log_prob(np.where(exact, low, law.support.inner(np))), between)
