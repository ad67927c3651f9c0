r"""The normal law.

.. math:: f(x) = \frac{1}{\sigma \sqrt{2 \pi}} \exp\left(-\frac{(x - \mu)^2}{2 \sigma^2}\right)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback._kernels.generic import excess
from kullback.families._ratios import log_ratio, standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = [
    "Normal",
    "gaussian_kl",
    "gaussian_renyi",
    "gaussian_terms",
    "spread_gap",
    "tail_precision",
]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Normal(AbstractFamily):
    r"""The normal law, with mean mu and standard deviation sigma.

    Parameters
    ----------
    mean : array, shape (...)
        mu.
    std : array, shape (...)
        sigma, positive.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Normal
    >>> float(kb.kl_divergence(Normal(mean=0.0, std=1.0), Normal(mean=2.0, std=1.0)))
    2.0
    """

    mean: Array = parameter(REAL)
    std: Array = parameter(POSITIVE)

    _located = ("mean",)
    _stretched = ("std",)

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.std * self.std

    @property
    def support(self) -> Support:
        """The real line."""
        zero = 0.0 * self.mean
        return Support(zero - math.inf, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = standard(xp, x, self.mean, self.std)
        return -0.5 * z * z - xp.log(self.std) - _HALF_LOG_2PI

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        z, h = standard(xp, x, self.mean, self.std), step / self.std
        return -h * (z + 0.5 * h)

    def _scipy(self) -> Any:
        from scipy.stats import norm

        return norm(self.mean, self.std)

    def _tails(self) -> Tails:
        precision, mean = tail_precision(self.std), float(self.mean)
        tail = Tail("power", c=0.5 * precision, k=2.0, b=mean * precision)
        return tail, tail._replace(b=-mean * precision)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * self.mean + self.std * self.std
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]] | None:
        constant, first, second = gaussian_terms(xp, self.mean, self.std)
        return constant, {("power", 1): first, ("power", 2): second}


def tail_precision(std: np.ndarray) -> float:
    """Return 1/sigma^2 for a tail, which falls however wide the law is: never 0, nor infinite."""
    limits = np.finfo(np.float64)
    with np.errstate(all="ignore"):
        precision = 1.0 / np.square(std)
    return float(np.clip(precision, limits.smallest_normal, limits.max / 16.0))


def gaussian_terms(xp: Any, mean: Array, std: Array) -> tuple[Array, Array, Array]:
    """Return the coefficients of 1, x and x^2 in the logarithm of the density."""
    z, precision = mean / std, 1.0 / (std * std)
    return -0.5 * z * z - xp.log(std) - _HALF_LOG_2PI, mean * precision, -0.5 * precision


def spread_gap(xp: Any, s: Array, t: Array) -> Array:
    """Return the divergence of two centred laws with these sigmas: (r - 1 - log r)/2, r = s^2/t^2.

    With d = s/t - 1 that is d^2/2 + d - log(1 + d), and neither part is negative.
    """
    d = (s - t) / t
    return 0.5 * d * d + excess(xp, t, s, s - t) / t


def gaussian_kl(xp: Any, shift: Array, s: Array, t: Array) -> Array:
    """Return the KL divergence of two laws, given how far their means are apart."""
    return _gaussian_kl(xp, shift / t, s, t)


def _gaussian_kl(xp: Any, z: Array, s: Array, t: Array) -> Array:
    """Return it, given how many of q's sigmas that is."""
    return 0.5 * z * z + spread_gap(xp, s, t)


def gaussian_renyi(xp: Any, shift: Array, s: Array, t: Array, order: float) -> Array:
    r"""Return the Rényi divergence of two laws, given how far their means are apart.

    With the variance :math:`v = (1 - \alpha) s^2 + \alpha t^2`, and infinite where it is not
    positive,

    .. math:: D_\alpha = \frac{\alpha \Delta^2}{2 v}
       + \frac{\log v - (1 - \alpha) \log s^2 - \alpha \log t^2}{2 (1 - \alpha)}

    The last numerator is that by which the logarithm of a mean exceeds the mean of logarithms:
    below order 1, v is the mean; above, t^2 is that of v and s^2. Written with
    :math:`\varphi(u) = u - \log(1 + u)` of the relative distances from the mean, all terms have
    one sign.
    """
    if order == 1.0:
        return gaussian_kl(xp, shift, s, t)
    z, r = shift / t, s / t
    rho = (s - t) / t * (r + 1.0)  # r^2 - 1
    log_r2 = 2.0 * log_ratio(xp, s, t)
    if math.isinf(order):  # the logarithm of the largest ratio of the densities
        narrower, same = rho < 0.0, (rho == 0.0) & (z == 0.0)
        value = 0.5 * z * z / xp.where(narrower, -rho, 1.0) - 0.5 * log_r2
        return xp.where(narrower, value, xp.where(same, 0.0, xp.inf))
    if order == 0.0:
        return xp.zeros_like(z)
    one, rest = xp.ones_like(r), 1.0 - order
    if order < 1.0:
        v = order + rest * r * r
        gap = order / rest * excess(xp, v, one, -rest * rho) / v
        gap = gap + _phi(xp, order * rho / v, log_r2 - xp.log(v))
        return 0.5 * order * z * z / v + 0.5 * gap
    finite = rest * rho > -1.0
    rho = xp.where(finite, rho, 0.0)
    v = 1.0 + rest * rho
    gap = _phi(xp, rho, log_r2) - excess(xp, one, v, rest * rho) / rest
    return xp.where(finite, 0.5 * order * z * z / v + 0.5 * gap, xp.inf)


def _phi(xp: Any, t: Array, log1p_t: Array) -> Array:
    """Return t - log(1 + t), given the logarithm as exactly as it is known."""
    near = xp.abs(t) <= 0.5
    t_ = xp.where(near, t, 0.0)
    return xp.where(near, excess(xp, xp.ones_like(t), 1.0 + t_, t_), t - log1p_t)


@closed_form(entropy, Normal)
def normal_entropy(xp: Any, p: Normal) -> Array:
    r"""Return log(sigma sqrt(2 pi e))."""
    return xp.log(p.std) + (_HALF_LOG_2PI + 0.5)


@closed_form(kl_divergence, Normal, Normal)
def normal_kl(xp: Any, p: Normal, q: Normal) -> Array:
    """Compare the means and the spreads."""
    return _gaussian_kl(xp, standard(xp, p.mean, q.mean, q.std), p.std, q.std)


@closed_form(renyi_divergence, Normal, Normal)
def normal_renyi(xp: Any, p: Normal, q: Normal, *, order: float) -> Array:
    """Compare the means and the spreads."""
    return gaussian_renyi(xp, p.mean - q.mean, p.std, q.std, order)
