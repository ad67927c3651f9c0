"""Sums of data that can be merged, and that many laws are fitted from as well as from all rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily
from kullback.families.log_normal import LogNormal
from kullback.families.normal import Normal
from kullback.fitting.observations import STATISTICS, Observations, read

__all__ = ["Statistics", "mean_log_density"]

_EXCESSES = ("log_variance", "log_excess", "inverse_log_excess", "inverse_excess")

Means = dict[tuple[str, float], float]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Statistics:
    """What is left of data after adding up: enough to fit the laws whose likelihood needs no more.

    Those are the exponential families on the line, `Uniform` and `Pareto`, and for whole numbers
    every discrete law, of which all distinct values are kept with their counts. Adding two of
    them gives the statistics of all rows.

    Parameters
    ----------
    data : array, shape (n,), Samples or Counts
        Numbers.
    weights : array, shape (n,), optional
        How many times each row counts.

    Raises
    ------
    KullbackError
        As by `fit`.

    Examples
    --------
    >>> from kullback.families import Normal
    >>> from kullback.fitting import Statistics, fit
    >>> both = Statistics([1.0, 2.0]) + Statistics([4.0, 5.0])
    >>> fit(Normal, both).parameters["mean"]
    3.0
    """

    rows: int
    total: float
    low: float
    high: float
    means: Means
    variance: float
    log_variance: float
    log_excess: float
    inverse_log_excess: float
    inverse_excess: float
    table: dict[float, float] | None

    weights = None
    censored = None
    nodes = False

    def __init__(self, data: Any, /, *, weights: Any = None) -> None:
        seen = read(data, weights, axes=0)
        if seen.censored is not None:
            raise KullbackError("fit.rows_needed")
        positive, inside = seen.low > 0, seen.high < 1
        whole = bool((seen.x == np.floor(seen.x)).all())
        allowed: dict[tuple[str, float], bool] = {
            ("log", 1): positive,
            ("power", -1): positive,
            ("log1m", 1): inside,
        }
        means = {s: seen.mean(s) for s in STATISTICS if allowed.get(s, True)}
        self._set(
            rows=seen.rows,
            total=seen.total,
            low=seen.low,
            high=seen.high,
            means=means,
            variance=seen.variance,
            **({name: getattr(seen, name) for name in _EXCESSES} if positive else {}),
            table=_table(seen) if whole else None,
        )

    def _set(self, **values: Any) -> None:
        for name, x in values.items():
            object.__setattr__(self, name, x)

    def __add__(self, other: Statistics) -> Statistics:
        """Return the statistics of the rows of both."""
        if not isinstance(other, Statistics):
            return NotImplemented
        total = self.total + other.total
        share = (self.total / total, other.total / total)

        def joined(a: float, b: float, x: float = 0.0, y: float = 0.0) -> float:
            """Average two averages, each moved."""
            return share[0] * (a + x) + share[1] * (b + y)

        means = {s: joined(m, other.means[s]) for s, m in self.means.items() if s in other.means}
        both = object.__new__(Statistics)
        m, a, b = (x[("power", 1)] for x in (means, self.means, other.means))
        spread = {"variance": joined(self.variance, other.variance, (a - m) ** 2, (b - m) ** 2)}
        # Excesses are moved by differences of the means, so that they keep their digits.
        if ("log", 1) in means:
            log, x, y = (d[("log", 1)] for d in (means, self.means, other.means))
            i, u, v = (d[("power", -1)] for d in (means, self.means, other.means))
            moves = (
                ((x - log) ** 2, (y - log) ** 2),
                (math.log(m / a), math.log(m / b)),
                (math.log(i / u), math.log(i / v)),
                ((m - a) / (m * a), (m - b) / (m * b)),
            )
            spread |= {
                name: joined(getattr(self, name), getattr(other, name), *move)
                for name, move in zip(_EXCESSES, moves, strict=True)
            }
        table = None
        if self.table is not None and other.table is not None:
            keys = self.table.keys() | other.table.keys()
            table = {k: self.table.get(k, 0.0) + other.table.get(k, 0.0) for k in sorted(keys)}
        both._set(
            rows=self.rows + other.rows,
            total=total,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            means=means,
            table=table,
            **spread,
        )
        return both

    def __repr__(self) -> str:
        mean = self.mean()
        return f"<Statistics n={self.total:g}, mean={mean:.4g}, {self.low:.4g} to {self.high:.4g}>"

    def __radd__(self, other: Any) -> Statistics:
        """Return itself where `sum` begins, at 0."""
        return self if type(other) is int and other == 0 else NotImplemented

    def __getattr__(self, name: str) -> Any:
        if name in _EXCESSES:
            raise KullbackError("fit.statistic", low=self.low, high=self.high)
        raise AttributeError(name)

    @property
    def middle(self) -> float:
        """The mean."""
        return self.mean()

    @property
    def spread(self) -> float:
        """The standard deviation, or 1."""
        return math.sqrt(self.variance) or 1.0

    @cached_property
    def observations(self) -> Observations | None:
        """The whole numbers that were seen, with how often, if all were whole."""
        if self.table is None:
            return None
        return Observations(np.array(list(self.table)), np.array(list(self.table.values())))

    def mean(self, statistic: tuple[str, float] = ("power", 1)) -> float:
        """Return the mean of a statistic."""
        if statistic not in self.means:
            raise KullbackError("fit.statistic", low=self.low, high=self.high)
        return self.means[statistic]

    def log_mean_above(self, low: float) -> float:
        """Return the mean of log(x/low)."""
        return self.mean(("log", 1)) - math.log(low)

    def length_gap(self, _: float) -> float:
        """Return what the mean resultant length lacks of 1, about the mean direction."""
        return 1.0 - math.hypot(self.mean(("cos", 1)), self.mean(("sin", 1)))

    @property
    def x(self) -> np.ndarray:
        """The rows, which are not there any more."""
        raise KullbackError("fit.rows_needed")

    def quantile(self, _: float) -> float:
        """Return a quantile, which would need the rows."""
        raise KullbackError("fit.rows_needed")

    def average(self, _: np.ndarray) -> float:
        """Return a mean, which would need the rows."""
        raise KullbackError("fit.rows_needed")

    def log_likelihood(self, law: AbstractFamily) -> Any:
        """Return the mean log density, of a law or of each of a batch."""
        value = mean_log_density(self, law)
        if value is None:
            raise KullbackError("fit.rows_needed")
        return value


def mean_log_density(data: Any, law: AbstractFamily) -> Any:
    """Return the mean log density from means of the data, or None if those are not enough.

    About the mean, because sums of large squares would lose what is small.
    """
    added: Any = 0.0
    means: Means = {}
    if isinstance(law, Normal):
        law, means = _moved(law, "mean", -data.mean()), {("power", 1): 0.0}
        means[("power", 2)] = data.variance
    elif isinstance(law, LogNormal):
        added = -data.mean(("log", 1))
        law, means = _moved(law, "log_mean", added), {("log", 1): 0.0}
        means[("log", 2)] = data.log_variance
    terms = law._log_density_terms(np)
    if terms is None or not terms[1].keys() <= means.keys() | STATISTICS.keys():
        return None
    constant, coefficients = terms
    sums = (c * (means[s] if s in means else data.mean(s)) for s, c in coefficients.items())
    return constant + sum(sums) + added


def _moved(law: AbstractFamily, name: str, by: float) -> AbstractFamily:
    law = law.map(lambda x: x)
    object.__setattr__(law, name, getattr(law, name) + by)
    return law


def _table(seen: Observations) -> dict[float, float]:
    """Return how often each distinct number was seen."""
    values, place = np.unique(seen.x, return_inverse=True)
    return dict(zip(values.tolist(), np.bincount(place, seen.weights).tolist(), strict=True))
