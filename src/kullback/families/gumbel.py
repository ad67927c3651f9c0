r"""Gumbel's law, of the largest of many numbers.

.. math:: f(x) = \frac{1}{\beta} \exp(-z - e^{-z}), \qquad z = \frac{x - \mu}{\beta}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback.families._ratios import standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.families.weibull import weibull_divergence
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy

__all__ = ["Gumbel"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Gumbel(AbstractFamily):
    """Gumbel's law, skewed to the right.

    Parameters
    ----------
    location : array, shape (...)
        mu, the mode.
    scale : array, shape (...)
        beta, positive; the standard deviation is beta pi / sqrt(6).

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Gumbel
    >>> p, q = Gumbel(location=0.0, scale=1.0), Gumbel(location=1.0, scale=1.0)
    >>> round(float(kb.kl_divergence(p, q)), 6)  # e - 2
    0.718282
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
        z = standard(xp, x, self.location, self.scale)
        above = z > 0.0  # at -inf, where the other term wins, the two would be NaN
        tail = xp.exp(-xp.where(above, z, 0.0)) + xp.where(above, z, 0.0)
        z_ = xp.where(above | (z == -xp.inf), 0.0, z)
        body = xp.where(z == -xp.inf, xp.inf, xp.exp(-z_) + z_)
        return 0.0 - xp.where(above, tail, body) - xp.log(self.scale)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        z, h = standard(xp, x, self.location, self.scale), step / self.scale
        return -h - xp.exp(-z) * xp.expm1(-h)

    def _scipy(self) -> Any:
        from scipy.stats import gumbel_r

        return gumbel_r(self.location, self.scale)

    def _tails(self) -> Tails:
        rate = 1.0 / float(self.scale)
        c = float(np.exp(np.clip(self.location * rate, -700.0, 700.0)))
        return Tail("exponential", b=-rate, c=c, k=rate), Tail("power", c=rate, k=1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        mean = self.location + np.euler_gamma * self.scale
        if statistic == ("power", 1):
            return mean
        if statistic == ("power", 2):
            return mean * mean + math.pi**2 / 6.0 * self.scale * self.scale
        return None


@closed_form(entropy, Gumbel)
def gumbel_entropy(xp: Any, p: Gumbel) -> Array:
    """Return log beta + gamma + 1, gamma being Euler's constant."""
    return xp.log(p.scale) + (np.euler_gamma + 1.0)


@closed_form(kl_divergence, Gumbel, Gumbel)
def gumbel_kl(xp: Any, p: Gumbel, q: Gumbel) -> Array:
    """Compare the laws of exp(-X): Weibull's, of shape 1/beta, of which only ratios count."""
    log_scales = standard(xp, q.location, p.location, q.scale) / p.scale
    return weibull_divergence(xp, q.scale, p.scale, log_scales)
