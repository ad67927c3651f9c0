r"""The uniform law of an interval.

.. math:: f(x) = \frac{1}{b - a}, \qquad a \le x \le b
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, first_failure, is_traced
from kullback.errors import KullbackError
from kullback.families._ratios import log_ratio, log_width
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Uniform"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Uniform(AbstractFamily):
    """The uniform law of an interval.

    Parameters
    ----------
    low : array, shape (...)
        a, where the interval begins.
    high : array, shape (...)
        b, above a, where it ends.

    Raises
    ------
    KullbackError
        If a parameter is not finite, if `high` is not above `low`, or if their shapes do not
        broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Uniform
    >>> p, q = Uniform(low=0.0, high=1.0), Uniform(low=0.0, high=2.0)
    >>> float(kb.kl_divergence(p, q, unit="bits")), float(kb.kl_divergence(q, p))
    (1.0, inf)
    """

    low: Array = parameter(REAL)
    high: Array = parameter(REAL)

    _located = ("low", "high")
    _stretched = ()

    def __post_init__(self) -> None:
        AbstractFamily.__post_init__(self)
        if not is_traced(self.low, self.high) and (
            failure := first_failure(self.high > self.low, self.high + 0.0 * self.low)
        ):
            name = f"high[{failure[0]}]" if failure[0] else "high"
            got = f"{failure[1]:g}"
            raise KullbackError(
                "family.parameter", family="Uniform", name=name, needed="above low", got=got
            )

    @property
    def support(self) -> Support:
        """The interval."""
        return Support(self.low, self.high)

    @property
    def variance(self) -> Array:
        """The variance, (b - a)^2/12."""
        width = self.high - self.low
        return width * width / 12.0

    def _log_density(self, xp: Any, x: Array) -> Array:
        return 0.0 * x - log_width(xp, self.low, self.high)

    def _scipy(self) -> Any:
        from scipy.stats import uniform

        return uniform(self.low, self.high - self.low)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        u = chance.random(shape)
        with np.errstate(over="ignore"):
            width = self.high - self.low
        narrow = np.isfinite(width)
        near = self.low + u * np.where(narrow, width, 0.0)
        return np.where(narrow, near, (1.0 - u) * self.low + u * self.high)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        a, b = self.low, self.high
        if statistic == ("power", 1):
            return 0.5 * a + 0.5 * b
        if statistic == ("power", 2):
            return (a * a + a * b + b * b) / 3.0
        if statistic == ("log", 1):
            return _mean_log(xp, a, b)
        if statistic == ("log1m", 1):
            return _mean_log(xp, 1.0 - b, 1.0 - a)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        return 0.0 - log_width(xp, self.low, self.high), {}


def _mean_log(xp: Any, a: Array, b: Array) -> Array:
    """Return the mean of log x between a and b; NaN if some of it is below 0."""
    some = a > 0.0
    rest = xp.where(some, a * log_ratio(xp, xp.where(some, b, 1.0), xp.where(some, a, 1.0)), 0.0)
    value = xp.log(xp.where(a >= 0.0, b, 1.0)) - 1.0 + rest / (b - a)
    return xp.where(a >= 0.0, value, xp.nan)


@closed_form(entropy, Uniform)
def uniform_entropy(xp: Any, p: Uniform) -> Array:
    """Return log(b - a)."""
    return log_width(xp, p.low, p.high)


@closed_form(kl_divergence, Uniform, Uniform)
def uniform_kl(xp: Any, p: Uniform, q: Uniform) -> Array:
    """Return the logarithm of q's width over p's, and infinity if q leaves out some of p."""
    return uniform_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Uniform, Uniform)
def uniform_renyi(xp: Any, p: Uniform, q: Uniform, *, order: float) -> Array:
    r"""Return :math:`\log(w_q/w) + \frac{\alpha}{1 - \alpha} \log(w_p/w)`, w the overlap's width.

    If q leaves out some of p the divergence is infinite from order 1 on.
    """
    # Ends that agree are those of p, which may only move inwards from order 1 on.
    low = xp.where(p.low >= q.low, p.low, q.low)
    high = xp.where(p.high <= q.high, p.high, q.high)
    overlap = high > low
    # What either interval has beside the overlap is never negative, and known to the last digit.
    left_q, left_p = (
        xp.where(overlap, (law.high - high) + (low - law.low), 0.0)
        / xp.where(overlap, high - low, 1.0)
        for law in (q, p)
    )
    if order < 1.0:
        value = xp.log1p(left_q) + order / (1.0 - order) * xp.log1p(left_p)
    else:
        value = xp.where(left_p > 0.0, xp.inf, xp.log1p(left_q))
    return xp.where(overlap, value, xp.inf)
