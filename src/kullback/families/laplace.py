r"""Laplace's law: two exponentials back to back.

.. math:: f(x) = \frac{1}{2 b} \exp\left(-\frac{|x - \mu|}{b}\right)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback._kernels.generic import excess, exp_remainder
from kullback.families._ratios import standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy

__all__ = ["Laplace", "rise_of_distance"]

_LOG_2 = math.log(2.0)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Laplace(AbstractFamily):
    """Laplace's law.

    Parameters
    ----------
    location : array, shape (...)
        mu, mean, median and mode.
    scale : array, shape (...)
        b, positive.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Laplace
    >>> float(kb.entropy(Laplace(location=0.0, scale=0.5)))
    1.0
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
        return -xp.abs(standard(xp, x, self.location, self.scale)) - (xp.log(self.scale) + _LOG_2)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        return -rise_of_distance(xp, standard(xp, x, self.location, self.scale), step / self.scale)

    def _scipy(self) -> Any:
        from scipy.stats import laplace

        return laplace(self.location, self.scale)

    def _tails(self) -> Tails:
        tail = Tail("power", c=1.0 / float(self.scale), k=1.0)
        return tail, tail

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.location
        if statistic == ("power", 2):
            return self.location * self.location + 2.0 * self.scale * self.scale
        return None


def rise_of_distance(xp: Any, z: Array, h: Array) -> Array:
    """Return |z + h| - |z|."""
    same = xp.abs(h) < xp.abs(z)
    return xp.where(same, xp.sign(z) * h, xp.abs(z + h) - xp.abs(z))


@closed_form(entropy, Laplace)
def laplace_entropy(xp: Any, p: Laplace) -> Array:
    """Return 1 + log(2 b)."""
    return 1.0 + _LOG_2 + xp.log(p.scale)


@closed_form(kl_divergence, Laplace, Laplace)
def laplace_kl(xp: Any, p: Laplace, q: Laplace) -> Array:
    r"""Return r - 1 - log r + r (exp(-d) - 1 + d), r the ratio of scales and d the shift over b_p.

    Neither part is negative.
    """
    d = xp.abs(standard(xp, p.location, q.location, p.scale))
    scales = excess(xp, q.scale, p.scale, p.scale - q.scale) / q.scale
    return scales + p.scale / q.scale * exp_remainder(xp, -d)
