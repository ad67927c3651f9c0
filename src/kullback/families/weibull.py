r"""Weibull's law, of the first failure of many parts.

.. math:: f(x) = \frac{k}{\lambda} \Big(\frac{x}{\lambda}\Big)^{k - 1}
   e^{-(x/\lambda)^k}, \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback._kernels.generic import exp_remainder
from kullback._kernels.special import special
from kullback.families._log_gamma import log_gamma_bregman
from kullback.families._ratios import log_ratio
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy

__all__ = ["Weibull", "weibull_divergence"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Weibull(AbstractFamily):
    """Weibull's law.

    Parameters
    ----------
    shape : array, shape (...)
        k, positive: below 1 failures grow rarer with age, above 1 more frequent.
    scale : array, shape (...)
        lambda, positive; a draw is below it with probability 1 - 1/e.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Weibull
    >>> p, q = Weibull(shape=1.0, scale=1.0), Weibull(shape=2.0, scale=1.0)
    >>> round(float(kb.kl_divergence(p, q)), 6)
    0.884068
    """

    shape: Array = parameter(POSITIVE)
    scale: Array = parameter(POSITIVE)

    @property
    def variance(self) -> Array:
        """The variance, in which the mean's square is a factor."""
        law = self.wide()
        xp = namespace(law.shape, law.scale)
        h = 1.0 / law.shape
        one, middle = xp.ones_like(h), 1.0 + h
        # log Gamma(1 + 2h) - 2 log Gamma(1 + h) is what both sides rise above the tangent.
        curved = log_gamma_bregman(xp, middle, h) + log_gamma_bregman(xp, middle, -h, one)
        with np.errstate(over="ignore"):
            mean = xp.exp(xp.log(law.scale) + special("gammaln", middle))
            return self.narrow(mean * (mean * xp.expm1(curved)))

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.scale
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        inside = x > 0.0
        u = log_ratio(xp, xp.where(inside, x, self.scale), self.scale)
        value = (self.shape - 1.0) * u - xp.exp(self.shape * u)
        level = xp.zeros_like(self.shape)
        at_zero = xp.where(self.shape > 1.0, -xp.inf, xp.where(self.shape < 1.0, xp.inf, level))
        return xp.log(self.shape) - xp.log(self.scale) + xp.where(inside, value, at_zero)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        u = xp.log1p(step / x)
        level = xp.exp(self.shape * log_ratio(xp, x, self.scale))
        return (self.shape - 1.0) * u - level * xp.expm1(self.shape * u)

    def _scipy(self) -> Any:
        from scipy.stats import weibull_min

        return weibull_min(self.shape, scale=self.scale)

    def _tails(self) -> Tails:
        k, a = float(self.shape), 1.0 - float(self.shape)
        c = math.exp(min(max(-k * math.log(self.scale), -700.0), 700.0))  # never 0
        return Tail("none", a=a), Tail("power", a=a, c=c, k=k)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            exists = k > -self.shape
            argument = 1.0 + k / xp.where(exists, self.shape, 1.0 + abs(k))
            value = xp.exp(k * xp.log(self.scale) + special("gammaln", argument))
            return xp.where(exists, value, xp.inf)
        if name == "log" and k in (1, 2):
            mean = xp.log(self.scale) - np.euler_gamma / self.shape
            return mean if k == 1 else mean * mean + math.pi**2 / 6.0 / self.shape**2
        return None


@closed_form(entropy, Weibull)
def weibull_entropy(xp: Any, p: Weibull) -> Array:
    r"""Return gamma (1 - 1/k) + log(lambda/k) + 1, gamma being Euler's constant."""
    return np.euler_gamma * (1.0 - 1.0 / p.shape) + log_ratio(xp, p.scale, p.shape) + 1.0


@closed_form(kl_divergence, Weibull, Weibull)
def weibull_kl(xp: Any, p: Weibull, q: Weibull) -> Array:
    """Compare shapes and scales."""
    return weibull_divergence(xp, p.shape, q.shape, log_ratio(xp, p.scale, q.scale))


def weibull_divergence(xp: Any, shape: Array, other: Array, log_scales: Array) -> Array:
    r"""Return the KL divergence of two laws, given the logarithm of p's scale over q's.

    With :math:`d = k_q/k_p - 1` and :math:`\psi(u) = e^u - 1 - u`,

    .. math:: D = \psi(u) + \log\Gamma(1 + d) + \gamma d, \qquad
       u = k_q \log\frac{\lambda_p}{\lambda_q} + \log\Gamma(2 + d)

    where neither part is negative.
    """
    d = (other - shape) / shape
    log_shapes = log_ratio(xp, other, shape)
    curved = log_gamma_bregman(xp, xp.ones_like(d), d, other / shape)
    u = other * log_scales + log_shapes + (curved - np.euler_gamma * d)
    over = u > math.log(float(xp.finfo(u.dtype).max))
    return xp.where(over, xp.inf, exp_remainder(xp, xp.where(over, 0.0, u)) + curved)
