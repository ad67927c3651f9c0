r"""The generalized Pareto law, of what exceeds a high threshold.

.. math:: f(x) = \frac{1}{\sigma} (1 + \xi z)^{-1/\xi - 1}, \qquad z = \frac{x - \mu}{\sigma} \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.entropy import entropy

__all__ = ["GeneralizedPareto"]

# log(1 + t)/t is a series below; the first term left out is 0.05^12/13 = 2e-17.
_SERIES_T = 0.05
_SERIES = tuple((-1.0) ** k / (k + 1) for k in range(12))


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class GeneralizedPareto(AbstractFamily):
    """The generalized Pareto law.

    Parameters
    ----------
    shape : array, shape (...)
        xi: above 0 the tail is a power, 0 is the exponential law, and below 0 draws end at
        mu - sigma/xi.
    scale : array, shape (...)
        sigma, positive.
    location : array, shape (...), default 0
        mu, the threshold.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    References
    ----------
    Pickands (1975), *Statistical inference using extreme order statistics*.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import GeneralizedPareto
    >>> float(kb.entropy(GeneralizedPareto(shape=0.5, scale=1.0)))
    1.5
    """

    shape: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)
    location: Array = parameter(REAL, default=0.0)

    _located = ("location",)
    _stretched = ("scale",)

    @property
    def support(self) -> Support:
        """The numbers from mu on; for a negative shape, as far as mu - sigma/xi."""
        ends = self.shape < 0.0
        xp = namespace(self.shape, self.scale, self.location)
        length = xp.where(ends, self.scale, math.inf) / xp.where(ends, -self.shape, 1.0)
        return Support(self.location, self.location + length)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = (x - self.location) / self.scale
        t = self.shape * z
        small = xp.abs(t) < _SERIES_T
        near = xp.where(small, t, 0.0)
        series = near * _SERIES[-1] + _SERIES[-2]
        for c in _SERIES[-3::-1]:
            series = series * near + c
        close = -near * series - z * series  # near * series is log1p(near)

        shape = xp.where(small, 1.0, self.shape)
        # Next to the upper end 1 + t is taken from there, where the law has its digits.
        late = t < -0.5
        end = self.support.high
        rest = xp.where(late, xp.where(late, end, 0.0) - x, 0.0) * (-shape / self.scale)
        last = late & (rest <= 0.0)
        power = -(1.0 + shape) / shape
        log_rest = xp.where(
            late,
            xp.log(xp.where(late & ~last, rest, 1.0)),
            xp.log1p(xp.where(small | late, 0.0, t)),
        )
        at_end = xp.where(power > 0.0, -xp.inf, xp.where(power < 0.0, xp.inf, 0.0 * power))
        apart = xp.where(last, at_end, power * log_rest)
        return xp.where(small, close, apart) - xp.log(self.scale)

    def _scipy(self) -> Any:
        from scipy.stats import genpareto

        # Its own goes wrong below 1e-200, far below what makes any difference.
        shape = np.where(np.abs(self.shape) < 1e-30, 0.0, self.shape)
        return genpareto(shape, self.location, self.scale)

    def _tails(self) -> Tails:
        shape, scale = float(self.shape), float(self.scale)
        if shape == 0.0:
            return Tail("none"), Tail("power", c=1.0 / scale, k=1.0)
        return Tail("none"), Tail("none", a=1.0 / shape + 1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        if statistic not in (("power", 1), ("power", 2)):
            return None
        rest = 1.0 - self.shape
        exists = rest > 0.0
        mean = self.location + self.scale / xp.where(exists, rest, 1.0)
        if statistic[1] == 1:
            return xp.where(exists, mean, xp.inf)
        exists = self.shape < 0.5
        spread = self.scale / xp.where(exists, rest, 1.0)
        variance = spread * spread / xp.where(exists, 1.0 - 2.0 * self.shape, 1.0)
        return xp.where(exists, xp.where(exists, mean, 0.0) ** 2 + variance, xp.inf)


@closed_form(entropy, GeneralizedPareto)
def generalized_pareto_entropy(xp: Any, p: GeneralizedPareto) -> Array:
    """Return log sigma + xi + 1."""
    return xp.log(p.scale) + p.shape + (1.0 + 0.0 * p.location)
