"""What a law is fitted to: numbers with weights, or what is known of censored numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np

from kullback._array import to_array, to_numpy
from kullback.errors import KullbackError
from kullback.fitting._phi import phi
from kullback.kinds import Counts, Samples

__all__ = ["STATISTICS", "Censored", "Observations", "count", "read"]

STATISTICS: dict[tuple[str, float], Callable[[np.ndarray], np.ndarray]] = {
    ("power", 1): lambda x: x,
    ("power", 2): np.square,
    ("power", -1): np.reciprocal,
    ("log", 1): np.log,
    ("log1m", 1): lambda x: np.log1p(-x),
    ("cos", 1): np.cos,
    ("sin", 1): np.sin,
}


# Below this, a sum of logarithms that nearly cancel loses more than a few digits.
_CANCELS = 0.01


@final
@dataclass(frozen=True, eq=False)
class Censored:
    """Numbers of which some are only known to lie in an interval.

    Parameters
    ----------
    low : array, shape (n,)
        The number itself, or the lower end of where it lies.
    high : array, shape (n,)
        The same number again, or the upper end: inf where it is only known to be above `low`.

    Raises
    ------
    KullbackError
        If the lengths differ, if a value is NaN, or if an interval is upside down.

    Examples
    --------
    Three lamps failed after 2, 3 and 7 years, one between years 4 and 5, one still burns:

    >>> import math
    >>> from kullback.families import Exponential
    >>> from kullback.fitting import Censored, fit
    >>> lamps = Censored(low=[2, 3, 7, 4, 9], high=[2, 3, 7, 5, math.inf])
    >>> round(fit(Exponential, lamps).parameters["rate"], 4)
    0.1569
    """

    low: np.ndarray
    high: np.ndarray

    def __init__(self, low: Any, high: Any) -> None:
        a, b = _numbers(low, "low"), _numbers(high, "high")
        if a.shape != b.shape or a.ndim != 1:
            raise KullbackError("fit.lengths", name="high", got=b.shape, rows=a.shape)
        bad = ~((a <= b) & (a < math.inf) & (b > -math.inf))
        if bad.any():
            row = int(np.argmax(bad))
            raise KullbackError("fit.interval", row=row, low=float(a[row]), high=float(b[row]))
        object.__setattr__(self, "low", a)
        object.__setattr__(self, "high", b)


@final
@dataclass(frozen=True, eq=False)
class Observations:
    """Rows that were seen, how many times each counts, and means over them.

    Attributes
    ----------
    x : array, shape (n,) or (n, d)
        Of a censored row some number that it may be.
    weights : array, shape (n,), or None
        None if every row counts once.
    censored : Censored or None
        The intervals, where rows are known by them.
    places : array, shape (n,), or None
        The numbers of the rows, if some that were given count for nothing and were left out.
    nodes : bool
        Whether these are nodes of a sum: they may lie between integers, and weigh less than 0.
    rows : int
        How many rows there are.
    total : float
        How many observations there are: the sum of the weights.
    low, high : float
        The least and the largest number; NaN if a number is.
    """

    x: np.ndarray
    weights: np.ndarray | None = None
    censored: Censored | None = None
    places: np.ndarray | None = None
    nodes: bool = False
    rows: int = field(init=False)
    total: float = field(init=False)
    low: float = field(init=False)
    high: float = field(init=False)
    means: dict[tuple[str, float], float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        least, most = np.minimum.reduce, np.maximum.reduce
        self.__dict__.update(
            rows=len(self.x),
            total=float(len(self.x) if self.weights is None else np.add.reduce(self.weights)),
            low=float(least(self.x, axis=None, initial=math.inf)),
            high=float(most(self.x, axis=None, initial=-math.inf)),
            means={},
        )

    @cached_property
    def middle(self) -> float:
        """The median."""
        return self.quantile(0.5)

    @cached_property
    def spread(self) -> float:
        """The distance of the quartiles, or the standard deviation if they are one, or 1."""
        between = self.quantile(0.75) - self.quantile(0.25)
        return between or math.sqrt(self.variance) or 1.0

    def sum(self, values: np.ndarray) -> Any:
        """Add up one value a row, weighted."""
        return np.add.reduce(values) if self.weights is None else self.weights @ values

    def average(self, values: np.ndarray) -> Any:
        """Average one value a row, weighted."""
        return self.sum(values) / self.total

    def mean(self, statistic: tuple[str, float] = ("power", 1)) -> float:
        """Return the mean of a statistic."""
        if statistic not in self.means:
            self._check(statistic)
            self.means[statistic] = float(self.average(STATISTICS[statistic](self.x)))
        return self.means[statistic]

    def _check(self, statistic: tuple[str, float]) -> None:
        """Refuse 0 and what is below where a logarithm or 1/x is needed, and 1 likewise."""
        log1m = statistic[0] == "log1m"
        if (statistic[0] == "log" or statistic[1] < 0) and not self.low > 0:
            edge, bad = 0.0, self.x <= 0
        elif log1m and not self.high < 1:
            edge, bad = 1.0, self.x >= 1
        else:
            return
        raise KullbackError("fit.edge", row=self.row(bad), value=edge)

    def row(self, which: np.ndarray) -> int:
        """Return the number of the first row that is marked, among those that were given."""
        i = int(np.argmax(which))
        return i if self.places is None else int(self.places[i])

    @cached_property
    def variance(self) -> float:
        """The mean square of the distance from the mean."""
        return float(self.average((self.x - self.mean()) ** 2))

    @cached_property
    def log_variance(self) -> float:
        """The variance of the logarithms."""
        return float(self.average((np.log(self.x) - self.mean(("log", 1))) ** 2))

    @property
    def log_excess(self) -> float:
        """The log of the mean, less the mean of the log, without a difference of the two."""
        self._check(("log", 1))
        return self._excess(self.x)

    @property
    def inverse_log_excess(self) -> float:
        """The same for 1/x."""
        self._check(("log", 1))
        return self._excess(1.0 / self.x)

    def _excess(self, x: np.ndarray) -> float:
        m = self.average(x)
        excess = -float(self.average(np.log(x / m)))
        return excess if excess > _CANCELS else float(self.average(phi((x - m) / m, x / m)))

    @cached_property
    def inverse_excess(self) -> float:
        """The mean of 1/x, less 1 over the mean of x."""
        m = self.mean()
        return float(self.average((self.x - m) ** 2 / self.x)) / m**2

    def log_mean_above(self, low: float) -> float:
        """Return the mean of log(x/low)."""
        return float(self.average(np.log(self.x / low)))

    def length_gap(self, location: float) -> float:
        """Return what the mean resultant length of angles about a location lacks of 1."""
        return 2.0 * float(self.average(np.sin(0.5 * (self.x - location)) ** 2))

    @cached_property
    def sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The numbers in order, and the share of the weight up to and with each."""
        order = np.argsort(self.x, kind="stable")
        weights = np.ones(self.rows) if self.weights is None else self.weights[order]
        share = np.cumsum(weights)
        return self.x[order], share / share[-1]

    def quantile(self, u: float) -> float:
        """Return the least number with a share of at least u at or below it.

        At a share of exactly u, the middle between it and the next.
        """
        x, share = self.sorted
        i = int(np.searchsorted(share, u - 1e-12))
        j = min(int(np.searchsorted(share, u + 1e-12)), len(x) - 1)
        return 0.5 * float(x[i] + x[j])

    @cached_property
    def tabled(self) -> Observations:
        """The distinct numbers, each with the weight of its rows."""
        values, place = np.unique(self.x, return_inverse=True)
        return Observations(values, np.bincount(place, self.weights).astype(np.float64))

    def thinned(self, rows: int) -> Observations:
        """Return about so many of the rows, spread evenly."""
        step = max(self.rows // rows, 1)
        weights = None if self.weights is None else self.weights[::step]
        censored = self.censored and Censored(self.censored.low[::step], self.censored.high[::step])
        return Observations(self.x[::step], weights, censored)

    def part(self, start: int, stop: int) -> Observations:
        """Return the rows from one to another."""
        if start == 0 and stop >= self.rows:
            return self
        weights = None if self.weights is None else self.weights[start:stop]
        censored = self.censored and Censored(
            self.censored.low[start:stop], self.censored.high[start:stop]
        )
        return Observations(self.x[start:stop], weights, censored)


def count(total: float) -> int | float:
    """Return a sum of weights, whole where it is but for its rounding."""
    return round(total) if abs(total - round(total)) <= 1e-9 * total else total


def _numbers(x: Any, name: str) -> np.ndarray:
    """Return numbers in float64; refuse NaN and name its row."""
    x = _floats(x, name)
    if (bad := np.isnan(x)).any():
        raise _nan(name, bad)
    return x


def _floats(x: Any, name: str) -> np.ndarray:
    if type(x) is np.ndarray and x.dtype == np.float64:
        return x
    return to_numpy(to_array(x, name)).astype(np.float64)


def _nan(name: str, bad: np.ndarray) -> KullbackError:
    return KullbackError("fit.nan", name=name, row=int(np.argwhere(bad)[0][0]))


def read(data: Any, weights: Any, *, axes: int) -> Observations:
    """Return data as observations with so many axes beside the rows."""
    if isinstance(data, Observations) and weights is None:
        return data
    if isinstance(data, Counts):
        data, weights = _table(data, weights)
    if isinstance(data, Samples):
        data = np.stack([to_numpy(c) for c in data.columns.values()], 1) if axes else data.single()
    censored = data if isinstance(data, Censored) else None
    x = _inside(censored) if censored else _floats(data, "data")
    if x.ndim != 1 + axes:
        raise KullbackError("fit.shape", got=x.shape, needed="(n, d)" if axes else "(n,)")
    if x.size == 0:
        raise KullbackError("array.empty")
    if weights is None:
        seen = Observations(x, None, censored)
        if math.isnan(seen.low):
            raise _nan("data", np.isnan(x))
        return seen if censored else _finite(seen)
    x = _numbers(x, "data")
    w = _weights(weights, len(x))
    places = np.flatnonzero(w)
    if len(places) == len(w):
        seen = Observations(x, w, censored)
    else:
        kept = censored and Censored(censored.low[places], censored.high[places])
        seen = Observations(x[places], w[places], kept, places)
    return seen if censored else _finite(seen)


def _finite(data: Observations) -> Observations:
    """Refuse infinite numbers, which no family can produce, and name the row of the first."""
    if math.isfinite(data.low) and math.isfinite(data.high):
        return data
    place = tuple(np.argwhere(~np.isfinite(data.x))[0])
    bad = np.arange(data.rows) == place[0]
    raise KullbackError("fit.infinite", row=data.row(bad), value=float(data.x[place]))


def _table(data: Counts, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the values from 0 that were counted, and how often each was seen."""
    n = to_numpy(data.n).astype(np.float64)
    if n.ndim != 1:
        raise KullbackError("counts.batch", shape=tuple(n.shape))
    if weights is not None:
        raise KullbackError("fit.weights_twice")
    seen = n > 0
    return np.flatnonzero(seen).astype(np.float64), n[seen]


def _inside(censored: Censored) -> np.ndarray:
    """Return a number of each interval, to begin with."""
    low, high = censored.low, censored.high
    middle = np.where(np.isfinite(low) & np.isfinite(high), 0.5 * (low + high), low)
    return np.where(np.isfinite(middle), middle, high)


def _weights(weights: Any, rows: int) -> np.ndarray:
    w = _numbers(weights, "weights")
    if w.shape != (rows,):
        raise KullbackError("fit.lengths", name="weights", got=w.shape, rows=(rows,))
    if not ((w >= 0) & (w < math.inf)).all():
        row = int(np.argmin((w >= 0) & (w < math.inf)))
        raise KullbackError("fit.weight", row=row, value=float(w[row]))
    if not w.any():
        raise KullbackError("fit.no_weight")
    return w
