r"""The logistic law.

.. math:: f(x) = \frac{e^{-z}}{s (1 + e^{-z})^2}, \qquad z = \frac{x - \mu}{s}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback.families._ratios import standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.laplace import rise_of_distance
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.entropy import entropy

__all__ = ["Logistic"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Logistic(AbstractFamily):
    """The logistic law.

    Parameters
    ----------
    location : array, shape (...)
        mu, mean, median and mode.
    scale : array, shape (...)
        s, positive; the standard deviation is s pi / sqrt(3).

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Logistic
    >>> float(kb.entropy(Logistic(location=0.0, scale=1.0)))
    2.0
    """

    location: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)

    _located = ("location",)
    _stretched = ("scale",)

    @property
    def support(self) -> Support:
        """The real line."""
        zero = 0.0 * self.location
        return Support(zero - math.inf, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = xp.abs(standard(xp, x, self.location, self.scale))
        return -z - xp.log(self.scale) - 2.0 * xp.log1p(xp.exp(-z))

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        z, h = standard(xp, x, self.location, self.scale), step / self.scale
        ends = xp.log1p(xp.exp(-xp.abs(z + h))) - xp.log1p(xp.exp(-xp.abs(z)))
        return -rise_of_distance(xp, z, h) - 2.0 * ends

    def _scipy(self) -> Any:
        from scipy.stats import logistic

        return logistic(self.location, self.scale)

    def _tails(self) -> Tails:
        tail = Tail("power", c=1.0 / float(self.scale), k=1.0)
        return tail, tail

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.location
        if statistic == ("power", 2):
            return self.location * self.location + math.pi**2 / 3.0 * self.scale * self.scale
        return None


@closed_form(entropy, Logistic)
def logistic_entropy(xp: Any, p: Logistic) -> Array:
    """Return 2 + log s."""
    return 2.0 + xp.log(p.scale)
