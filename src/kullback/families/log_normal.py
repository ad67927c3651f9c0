r"""The log-normal law, of a number whose logarithm is normal.

.. math:: f(x) = \frac{1}{x \sigma \sqrt{2 \pi}}
   \exp\left(-\frac{(\log x - \mu)^2}{2 \sigma^2}\right), \qquad x > 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.normal import gaussian_kl, gaussian_renyi, gaussian_terms
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["LogNormal"]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LogNormal(AbstractFamily):
    """The log-normal law.

    Parameters
    ----------
    log_mean : array, shape (...)
        mu, the mean of the logarithm.
    log_std : array, shape (...)
        sigma, the standard deviation of the logarithm, positive.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import LogNormal
    >>> p, q = LogNormal(log_mean=0.0, log_std=1.0), LogNormal(log_mean=2.0, log_std=1.0)
    >>> float(kb.kl_divergence(p, q))  # as that of the two logarithms
    2.0
    """

    log_mean: Array = parameter(REAL)
    log_std: Array = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The positive numbers."""
        zero = 0.0 * self.log_mean
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        inside = (x > 0.0) & (x < xp.inf)
        log_x = xp.log(xp.where(inside, x, 1.0))
        z = (log_x - self.log_mean) / self.log_std
        value = -0.5 * z * z - log_x - xp.log(self.log_std) - _HALF_LOG_2PI
        return xp.where(inside, value, -xp.inf)

    def _scipy(self) -> Any:
        from scipy.stats import lognorm

        return lognorm(self.log_std, scale=np.exp(self.log_mean))

    def _tails(self) -> Tails:
        precision = float(self.log_std) ** -2
        tail = Tail("log2", a=1.0 - float(self.log_mean) * precision, c=0.5 * precision)
        return tail, tail

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            return xp.exp(k * (self.log_mean + 0.5 * k * self.log_std * self.log_std))
        if statistic == ("log", 1):
            return self.log_mean
        if statistic == ("log", 2):
            return self.log_mean * self.log_mean + self.log_std * self.log_std
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]] | None:
        constant, first, second = gaussian_terms(xp, self.log_mean, self.log_std)
        return constant, {("log", 1): first - 1.0, ("log", 2): second}


@closed_form(entropy, LogNormal)
def log_normal_entropy(xp: Any, p: LogNormal) -> Array:
    """Return mu + log(sigma sqrt(2 pi e))."""
    return p.log_mean + (xp.log(p.log_std) + (_HALF_LOG_2PI + 0.5))


@closed_form(kl_divergence, LogNormal, LogNormal)
def log_normal_kl(xp: Any, p: LogNormal, q: LogNormal) -> Array:
    """Compare the logarithms, which are normal."""
    return gaussian_kl(xp, p.log_mean - q.log_mean, p.log_std, q.log_std)


@closed_form(renyi_divergence, LogNormal, LogNormal)
def log_normal_renyi(xp: Any, p: LogNormal, q: LogNormal, *, order: float) -> Array:
    """Compare the logarithms, which are normal."""
    return gaussian_renyi(xp, p.log_mean - q.log_mean, p.log_std, q.log_std, order)
