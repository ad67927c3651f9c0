r"""The exponential law, of the waiting time for something that may happen at any moment.

.. math:: f(x) = \lambda e^{-\lambda x}, \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback._kernels.generic import excess
from kullback.families._exponential_family import renyi
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Exponential"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Exponential(AbstractFamily):
    """The exponential law.

    Parameters
    ----------
    rate : array, shape (...)
        lambda, positive; the mean is 1/rate.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Exponential
    >>> float(kb.entropy(Exponential(rate=1.0)))
    1.0
    >>> f"{kb.kl_divergence(Exponential(rate=1.0), Exponential(rate=1.0 + 2.0**-30)):.6e}"
    '4.336809e-19'
    """

    rate: Array = parameter(POSITIVE)

    @property
    def mean(self) -> Array:
        """The mean."""
        return 1.0 / self.rate

    @property
    def variance(self) -> Array:
        """The variance."""
        return 1.0 / self.rate / self.rate

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.rate
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return xp.log(self.rate) - self.rate * x

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:  # noqa: ARG002
        return 0.0 * x - self.rate * step

    def _scipy(self) -> Any:
        from scipy.stats import expon

        return expon(scale=1.0 / self.rate)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("power", c=float(self.rate), k=1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power" and k <= -1.0:
            return self.rate + math.inf
        if name == "power":
            return xp.exp(math.lgamma(1.0 + k) - k * xp.log(self.rate))
        if name == "log" and k in (1, 2):
            mean = 0.0 - np.euler_gamma - xp.log(self.rate)
            return mean if k == 1 else mean * mean + math.pi**2 / 6.0
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        return xp.log(self.rate), {("power", 1): -self.rate}


@closed_form(entropy, Exponential)
def exponential_entropy(xp: Any, p: Exponential) -> Array:
    """Return 1 - log(lambda)."""
    return 1.0 - xp.log(p.rate)


def _divergence(xp: Any, p: Array, q: Array, d: Array, _: Array) -> Array:
    """Return r - 1 - log r, with r the ratio of q's rate to p's."""
    return (excess(xp, p, q, d) / p)[..., 0]


def _slope(xp: Any, p: Array, k: Array) -> Array:  # noqa: ARG001
    return (k / p)[..., 0]


@closed_form(kl_divergence, Exponential, Exponential)
def exponential_kl(xp: Any, p: Exponential, q: Exponential) -> Array:
    """Compare the rates."""
    return exponential_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Exponential, Exponential)
def exponential_renyi(xp: Any, p: Exponential, q: Exponential, *, order: float) -> Array:
    """Mix the rates."""
    one, other = xp.broadcast_arrays(p.rate[..., None], q.rate[..., None])
    return renyi(xp, one, other, other - one, order, _divergence, _slope)
