r"""The inverse Gaussian law, of the time a drifting Brownian motion takes to a level.

.. math:: f(x) = \sqrt{\frac{\lambda}{2 \pi x^3}}
   \exp\left(-\frac{\lambda (x - \mu)^2}{2 \mu^2 x}\right), \qquad x > 0
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback.families._exponential_integral import scaled_exponential_integral
from kullback.families._ratios import log_ratio, order_gap
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["InverseGaussian"]

_LOG_2PI = math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class InverseGaussian(AbstractFamily):
    """The inverse Gaussian law, also called Wald's.

    Parameters
    ----------
    mean : array, shape (...)
        mu, positive.
    shape : array, shape (...)
        lambda, positive; the variance is mu^3/lambda.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import InverseGaussian
    >>> p, q = InverseGaussian(mean=1.0, shape=4.0), InverseGaussian(mean=2.0, shape=4.0)
    >>> float(kb.kl_divergence(p, q))
    0.5
    """

    mean: Array = parameter(POSITIVE)
    shape: Array = parameter(POSITIVE)

    @property
    def variance(self) -> Array:
        """The variance, mu^3/lambda."""
        return self.mean * self.mean * (self.mean / self.shape)

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.mean
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        inside = x > 0.0
        x_ = xp.where(inside, x, self.mean)
        z = (x_ - self.mean) / self.mean
        value = 0.5 * log_ratio(xp, self.shape, x_) - xp.log(x_) - 0.5 * (self.shape / x_) * z * z
        return xp.where(inside, value - 0.5 * _LOG_2PI, -xp.inf)

    def _scipy(self) -> Any:
        from scipy.stats import invgauss

        law: Any = invgauss(self.mean / self.shape, scale=self.shape)
        # SciPy takes a narrow one for a normal law, which is right to six digits.
        law.ppf = _polished(law, law.ppf, law.cdf, 1.0)
        law.isf = _polished(law, law.isf, law.sf, -1.0)
        return law

    def _tails(self) -> Tails:
        mean, shape = float(self.mean), float(self.shape)
        return (
            Tail("power", a=1.5, c=0.5 * shape, k=-1.0),
            Tail("power", a=1.5, c=0.5 * shape / mean**2, k=1.0),
        )

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        mean, spread = self.mean, self.mean / self.shape
        if statistic == ("power", 1):
            return mean
        if statistic == ("power", 2):
            return mean * mean * (1.0 + spread)
        if statistic == ("power", -1):
            return (1.0 + spread) / mean
        if statistic == ("power", -2):
            return (1.0 + 3.0 * spread * (1.0 + spread)) / (mean * mean)
        if statistic == ("log", 1):
            return xp.log(mean) - scaled_exponential_integral(xp, 2.0 / spread)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        constant = 0.5 * (xp.log(self.shape) - _LOG_2PI) + self.shape / self.mean
        return constant, {
            ("log", 1): 0.0 * self.shape - 1.5,
            ("power", 1): -0.5 * self.shape / (self.mean * self.mean),
            ("power", -1): -0.5 * self.shape,
        }


@closed_form(entropy, InverseGaussian)
def inverse_gaussian_entropy(xp: Any, p: InverseGaussian) -> Array:
    r"""Return :math:`\frac12 \log\frac{2 \pi e \mu^3}{\lambda} - \frac32 e^z E_1(z)`.

    Here z is 2 lambda/mu, and E_1 the exponential integral.
    """
    spread = log_ratio(xp, p.mean, p.shape)
    surplus = 1.5 * scaled_exponential_integral(xp, 2.0 * p.shape / p.mean)
    return xp.log(p.mean) + 0.5 * (spread + (_LOG_2PI + 1.0)) - surplus


@closed_form(kl_divergence, InverseGaussian, InverseGaussian)
def inverse_gaussian_kl(xp: Any, p: InverseGaussian, q: InverseGaussian) -> Array:
    r"""Return :math:`\frac12 (r - 1 - \log r + \lambda_q (\mu_p - \mu_q)^2/(\mu_p \mu_q^2))`.

    Here r is q's lambda over p's.
    """
    return inverse_gaussian_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, InverseGaussian, InverseGaussian)
def inverse_gaussian_renyi(
    xp: Any, p: InverseGaussian, q: InverseGaussian, *, order: float
) -> Array:
    r"""Return half the gap of the shapes, and what the means add.

    With :math:`u = \alpha \lambda_p + (1 - \alpha) \lambda_q`, v and w likewise of
    :math:`\lambda/\mu` and :math:`\lambda/\mu^2`, the means add
    :math:`\alpha \lambda_p \lambda_q (1/\mu_p - 1/\mu_q)^2 / (\sqrt{u w} + v)`; the divergence is
    infinite where u or w is negative.
    """
    # The same, with lambda_p and mu_p taken out: r and m are the ratios of what is left.
    own, other = (1.0, -1.0) if math.isinf(order) else (order, 1.0 - order)
    r, m = q.shape / p.shape, p.mean / q.mean
    u, w = own + other * r, own + other * r * m * m
    finite = (u >= 0.0) & (w >= 0.0)
    root = xp.sqrt(xp.where(finite & (u > 0.0) & (w > 0.0), u * w, 0.0))
    below = root + own + other * r * m
    e = (q.mean - p.mean) / q.mean
    some = finite & (e != 0.0)
    shift = own * (q.shape / p.mean) * e * xp.where(some, e, 0.0) / xp.where(some, below, 1.0)
    gap = 0.5 * order_gap(xp, p.shape, q.shape, q.shape - p.shape, order)
    return gap + xp.where(finite, shift, xp.inf)


def _polished(law: Any, quantile: Any, share: Any, sign: float) -> Callable[[Any], Any]:
    """Return quantiles after steps of Newton's towards the share they should have."""

    def found(u: Any) -> Any:
        x = quantile(u)
        with np.errstate(all="ignore"):
            for _ in range(3):
                step = sign * (share(x) - u) / law.pdf(x)
                x = np.where(np.isfinite(step), x - step, x)
        return x

    return found
