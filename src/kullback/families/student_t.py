r"""Student's t law, with a location and a scale.

.. math:: f(x) = \frac{\Gamma((\nu + 1)/2)}{\Gamma(\nu/2) \sqrt{\nu \pi}\, \sigma}
   \left(1 + \frac{z^2}{\nu}\right)^{-(\nu + 1)/2}, \qquad z = \frac{x - \mu}{\sigma}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback._kernels.generic import excess
from kullback.families._log_gamma import digamma_difference, log_gamma_rest
from kullback.families._normal_limit import closed_form_if_normal
from kullback.families._ratios import standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.cauchy import log1p_square, rise_of_square
from kullback.families.normal import Normal
from kullback.families.parameters import POSITIVE, POSITIVE_OR_INFINITE, REAL, parameter
from kullback.measures.entropy import entropy

__all__ = [
    "StudentT",
    "finite_degrees",
    "log_normaliser",
    "mixing",
    "standard_entropy",
    "variance_ratio",
]

_LOG_2PI = math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StudentT(AbstractFamily):
    """Student's t law.

    Parameters
    ----------
    degrees : array, shape (...)
        nu, the degrees of freedom, positive and not necessarily whole; inf for the normal law.
    location : array, shape (...), default 0
        mu, median and mode.
    scale : array, shape (...), default 1
        sigma, positive; the standard deviation is larger, and infinite up to 2 degrees.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Normal, StudentT
    >>> p, q = StudentT(degrees=1e15), Normal(mean=0.0, std=1.0)
    >>> abs(float(kb.entropy(p) - kb.entropy(q))) < 1e-14
    True
    """

    degrees: Array = parameter(POSITIVE_OR_INFINITE)
    location: Array = parameter(REAL, default=0.0)
    scale: Array = parameter(POSITIVE, default=1.0)

    _located = ("location",)
    _stretched = ("scale",)

    @property
    def support(self) -> Support:
        """The real line."""
        zero = 0.0 * self.location
        return Support(zero - math.inf, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = standard(xp, x, self.location, self.scale)
        normal, degrees = finite_degrees(xp, self.degrees)
        fall = 0.5 * (degrees + 1.0) * log1p_square(xp, z / xp.sqrt(degrees))
        fall = xp.where(normal, 0.5 * z * z, fall)
        return log_normaliser(xp, self.degrees, 1) - xp.log(self.scale) - fall

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        z, h = standard(xp, x, self.location, self.scale), step / self.scale
        normal, degrees = finite_degrees(xp, self.degrees)
        heavy = 0.5 * (degrees + 1.0) * rise_of_square(xp, z, h, xp.sqrt(degrees))
        return -xp.where(normal, h * (z + 0.5 * h), heavy)

    def _scipy(self) -> Any:
        from scipy.stats import t

        return t(self.degrees, self.location, self.scale)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        root = np.sqrt(mixing(chance, self.degrees, shape))
        return self.location + self.scale * chance.standard_normal(shape) / root

    def _tails(self) -> Tails:
        if math.isinf(self.degrees):
            return Normal(mean=self.location, std=self.scale)._tails()
        tail = Tail("none", a=float(self.degrees) + 1.0)
        return tail, tail

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        if statistic == ("power", 1):
            return xp.where(self.degrees > 1.0, self.location, xp.inf)
        if statistic == ("power", 2):
            spread = variance_ratio(xp, self.degrees) * self.scale * self.scale
            return self.location * self.location + spread
        return None


def finite_degrees(xp: Any, degrees: Array) -> tuple[Array, Array]:
    """Return where the law is normal, and the degrees with a number in place of infinity."""
    normal = degrees == xp.inf
    return normal, xp.where(normal, 3.0, degrees)


def variance_ratio(xp: Any, degrees: Array) -> Array:
    """Return the variance for scale 1; infinite up to 2 degrees."""
    normal, finite = finite_degrees(xp, degrees)
    exists = finite > 2.0
    ratio = xp.where(normal, 1.0, finite / xp.where(exists, finite - 2.0, 1.0))
    return xp.where(exists, ratio, xp.inf)


def mixing(chance: np.random.Generator, degrees: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Draw what the square of a normal draw is divided by: chi-squared by its degrees, or 1."""
    normal, finite = finite_degrees(np, degrees)
    return np.where(normal, 1.0, chance.chisquare(finite, shape) / finite)


def log_normaliser(xp: Any, degrees: Array, dimensions: int) -> Array:
    """Return the logarithm of the density at its mode, for scale 1, in so many dimensions.

    With a = degrees/2 and c = a + dimensions/2 it is log(Gamma(c)/(Gamma(a) (2 pi a)^(c - a))),
    which is far less than any of its parts.
    """
    normal, degrees = finite_degrees(xp, degrees)
    a, h = 0.5 * degrees, 0.5 * dimensions
    c = a + h
    rest = log_gamma_rest(xp, c) - log_gamma_rest(xp, a)
    return xp.where(normal, 0.0, rest + excess(xp, c, a, -h * xp.ones_like(a))) - h * _LOG_2PI


def standard_entropy(xp: Any, degrees: Array, dimensions: int) -> Array:
    """Return the entropy for scale 1, in so many dimensions."""
    normal, finite = finite_degrees(xp, degrees)
    a, h = 0.5 * finite, 0.5 * dimensions
    c = a + h
    slope = digamma_difference(xp, a, c, h * xp.ones_like(a))
    return xp.where(normal, h, c * slope) - log_normaliser(xp, degrees, dimensions)


@closed_form(entropy, StudentT)
def student_t_entropy(xp: Any, p: StudentT) -> Array:
    r"""Return log sigma and c (psi(c) - psi(a)) - log f(mode), a = nu/2 and c = a + 1/2."""
    return xp.log(p.scale) + standard_entropy(xp, p.degrees, 1)


closed_form_if_normal(StudentT, Normal, lambda p: Normal(mean=p.location, std=p.scale))
