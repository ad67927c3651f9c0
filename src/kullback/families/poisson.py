r"""Poisson's law, of how often what is rare happens.

.. math:: P(x) = \frac{\lambda^x e^{-\lambda}}{x!}, \qquad x = 0, 1, 2, \dots
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback._kernels.generic import excess, exp_remainder
from kullback.families._bell import entropy_of_bell
from kullback.families._ratios import log_ratio
from kullback.families._stirling import landmarks, log_factorial_rest
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.composite import AbstractFrozen
from kullback.families.parameters import NONNEGATIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence

__all__ = ["Poisson"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Poisson(AbstractFamily):
    """Poisson's law.

    Parameters
    ----------
    rate : array, shape (...)
        lambda, at least 0: the mean, and the variance. With 0 nothing ever happens.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Poisson
    >>> round(float(kb.entropy(Poisson(rate=30_000.0))), 6)
    6.573412
    >>> f"{kb.kl_divergence(Poisson(rate=1e12), Poisson(rate=1e12 + 1.0)):.6e}"
    '5.000000e-13'
    """

    rate: Array = parameter(NONNEGATIVE)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.rate

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.rate

    @property
    def support(self) -> Support:
        """The integers from 0 on; 0 alone where the rate is 0."""
        zero = 0.0 * self.rate
        xp = namespace(zero)
        return Support(zero, xp.where(self.rate == 0.0, zero, xp.inf), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        counted = x + 0.0 * self.rate
        value = log_factorial_rest(xp, x) + excess(xp, counted, self.rate, self.rate - x)
        return 0.0 - xp.where(self.rate == 0.0, self.rate, value)  # with its derivative, -1

    def _scipy(self) -> Any:
        return _Frozen(self.rate)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return chance.poisson(self.rate, size=shape)

    def _tails(self) -> Tails:
        if self.rate == 0.0:
            return Tail("none"), Tail("none")
        return Tail("none"), Tail("factorial", a=0.5, b=-1.0 - math.log(self.rate), c=1.0)

    def _landmarks(self) -> list[float]:
        std = math.sqrt(self.rate)
        return landmarks(float(self.rate), std, 1.0 / std if std > 0.0 else 0.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.rate
        if statistic == ("power", 2):
            return self.rate * (1.0 + self.rate)
        return None


class _Frozen(AbstractFrozen):
    """SciPy's distribution function, and quantiles where SciPy's fail: at large rates."""

    discrete = True

    def __init__(self, rate: np.ndarray) -> None:
        from scipy.stats import poisson

        self.rate, self.law = rate, poisson(rate)

    def cdf(self, x: Any) -> np.ndarray:
        return self.law.cdf(x)

    def sf(self, x: Any) -> np.ndarray:
        return self.law.sf(x)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        found = self.law.isf(u) if upper else self.law.ppf(u)
        width = 40.0 * np.sqrt(self.rate)  # masses beyond are no floats
        low = np.where(np.isnan(found), np.maximum(np.floor(self.rate - width), 0.0), found)
        return np.maximum(low, 0.0), np.where(np.isnan(found), np.ceil(self.rate + width), found)


@entropy_of_bell(Poisson, rate=1.0)
def poisson_cumulants(xp: Any, p: Poisson) -> tuple[Array, Array, Array]:
    """Return the variance, and skewness squared and kurtosis times it."""
    one = xp.ones_like(p.rate)
    return p.rate, one, one


@closed_form(kl_divergence, Poisson, Poisson)
def poisson_kl(xp: Any, p: Poisson, q: Poisson) -> Array:
    r"""Return :math:`\lambda_p \log(\lambda_p/\lambda_q) - \lambda_p + \lambda_q`."""
    value = excess(xp, p.rate, q.rate, q.rate - p.rate)
    return xp.where(p.rate == 0.0, q.rate, value)  # with its derivative at 0 too


@closed_form(renyi_divergence, Poisson, Poisson)
def poisson_renyi(xp: Any, p: Poisson, q: Poisson, *, order: float) -> Array:
    r"""Add divergences to or from Poisson's law of the rate that mixes both.

    With :math:`m = p^\alpha q^{1 - \alpha}` it is :math:`D(m, q) + \frac{\alpha}{1 - \alpha}
    D(m, p)`, or :math:`D(p, q) + \frac{1}{\alpha - 1} D(p, m)` above order 1.
    """
    if order == 1.0:
        return poisson_kl(xp, p, q)
    # Where p is certain it is -log q(0); where only q is, p has what q forbids, or a part of it.
    certain = (p.rate == 0.0) | (q.rate == 0.0)
    a, b = (xp.where(certain, 1.0, law.rate) for law in (p, q))
    forbids = (q.rate == 0.0) & (p.rate > 0.0)
    kept = p.rate * (order / (1.0 - order)) if order < 1.0 else xp.zeros_like(a) + xp.inf
    return xp.where(certain, xp.where(forbids, kept, q.rate), _poisson_renyi(xp, a, b, order))


def _poisson_renyi(xp: Any, a: Array, b: Array, order: float) -> Array:
    """Return it for two positive rates."""
    if order == 0.0:
        return 0.0 * (a + b)
    if math.isinf(order):
        return xp.where(a > b, xp.inf, b - a)
    d = log_ratio(xp, b, a)
    rest = 1.0 - order
    if order < 1.0:
        m = a * xp.exp(rest * d)
        to_q = excess(xp, m, b, m * xp.expm1(order * d))
        return to_q + (order / rest) * excess(xp, m, a, a * -xp.expm1(rest * d))
    finite = rest * d + xp.log(a) < math.log(float(xp.finfo(a.dtype).max)) - 1.0
    to_m = a * exp_remainder(xp, xp.where(finite, rest * d, 0.0))
    return xp.where(finite, excess(xp, a, b, b - a) + to_m / (order - 1.0), xp.inf)
