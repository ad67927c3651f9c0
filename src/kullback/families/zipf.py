r"""Zipf's law, of the rank of a word or the size of a city.

.. math:: P(x) = \frac{x^{-s}}{\zeta(s)}, \qquad x = 1, 2, 3, \dots
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace, widen
from kullback.families._exponential_family import renyi
from kullback.families._zeta import log_zeta, log_zeta_bregman, mean_log, mean_log_squared
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.composite import AbstractFrozen
from kullback.families.parameters import ABOVE_ONE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Zipf"]

# From this s - 1 on, what is beyond so many terms is less than 1e-14 of the variance.
_STEEP = 9.0
_TERMS = 256


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Zipf(AbstractFamily):
    """Zipf's law, which starts from 1.

    Parameters
    ----------
    exponent : array, shape (...)
        s, above 1. There is a mean from above 2 on, and a variance from above 3 on.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Zipf
    >>> round(float(kb.entropy(Zipf(exponent=1.05))), 6)
    23.427997
    >>> round(float(kb.kl_divergence(Zipf(exponent=2.0), Zipf(exponent=3.0))), 6)
    0.256295
    """

    exponent: Array = parameter(ABOVE_ONE)

    @property
    def mean(self) -> Array:
        """The mean; inf up to an exponent of 2."""
        s = widen(self.exponent)
        return self.narrow(_mean_power(namespace(s), s - 1.0, 1))

    @property
    def variance(self) -> Array:
        """The variance; inf up to an exponent of 3."""
        s = widen(self.exponent)
        return self.narrow(_variance(namespace(s), s - 1.0))

    @property
    def support(self) -> Support:
        """The integers from 1 on."""
        one = 1.0 + 0.0 * self.exponent
        return Support(one, one + math.inf, discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return 0.0 - self.exponent * xp.log(x) - log_zeta(xp, self.exponent - 1.0)

    def _scipy(self) -> Any:
        return _Frozen(self.exponent - 1.0)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Reject draws of a power law, as numbers that may be beyond all integers of NumPy.

        Devroye (1986), *Non-uniform random variate generation*, section X.6.1.
        """
        above = np.broadcast_to(self.exponent - 1.0, shape)
        draws = np.zeros(shape)
        left = np.ones(shape, dtype=bool)
        while left.any():
            s = above[left]
            with np.errstate(over="ignore"):
                x = np.floor(np.exp(chance.standard_exponential(s.shape) / s))
            step = np.expm1(s * np.log1p(1.0 / x))
            finite = np.where(np.isinf(x), 1.0, x)
            # x step tends to s - 1 where x is infinite
            rise = np.where(np.isinf(x), s, finite * step) / np.expm1(s * math.log(2.0))
            good = chance.random(s.shape) * rise * np.exp(s * math.log(2.0)) <= 1.0 + step
            places = np.flatnonzero(left)[good]
            draws.flat[places] = x[good]
            left.flat[places] = False
        return draws

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none", a=float(self.exponent))

    def _landmarks(self) -> list[float]:
        above = float(self.exponent) - 1.0
        size = math.log(above) + float(log_zeta(np, np.float64(above)))
        rest = np.array([1.0, 0.8, 0.5, 0.2, 0.02, 1e-4, 1e-9])
        log_x = np.clip(-(np.log(rest) + size) / above, 0.0, 690.0)
        return np.floor(np.exp(log_x)).tolist()

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        above = self.exponent - 1.0
        if name == "power":
            return _mean_power(xp, above, k)
        if name == "log" and k in (1, 2):
            return mean_log(xp, above) if k == 1 else mean_log_squared(xp, above)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        return 0.0 - log_zeta(xp, self.exponent - 1.0), {("log", 1): -self.exponent}


def _mean_power(xp: Any, above: Array, k: float) -> Array:
    """Return zeta(s - k)/zeta(s), the mean of x^k, which is infinite from k = s - 1 on."""
    exists = above > k
    mean = log_zeta(xp, xp.where(exists, above - k, 1.0)) - log_zeta(xp, above)
    return xp.where(exists, xp.exp(mean), xp.inf)


def _variance(xp: Any, above: Array) -> Array:
    """Return the variance of x; of x - 1, which is rarely above 0, where the exponent is large."""
    steep = above > _STEEP
    mean, square = (_mean_power(xp, xp.where(steep, _STEEP, above), k) for k in (1, 2))
    finite = square < xp.inf
    plain = xp.where(finite, square - xp.where(finite, mean, 0.0) ** 2, xp.inf)

    safe = xp.where(steep, above, _STEEP)
    past = xp.arange(1.0, _TERMS, dtype=safe.dtype, device=getattr(safe, "device", None))
    mass = xp.exp(-(safe[..., None] + 1.0) * xp.log1p(past) - log_zeta(xp, safe)[..., None])
    mean, square = (xp.sum(past**k * mass, axis=-1) for k in (1, 2))
    return xp.where(steep, square - mean * mean, plain)


class _Frozen(AbstractFrozen):
    """Distribution function and quantiles, by Hurwitz's zeta function. SciPy adds masses up."""

    discrete = True

    def __init__(self, above: np.ndarray) -> None:
        self.above, self.log_sum = above, log_zeta(np, above)

    def cdf(self, x: Any) -> np.ndarray:
        return 1.0 - self.sf(x)

    def sf(self, x: Any) -> np.ndarray:
        from scipy.special import zeta

        last = np.maximum(np.floor(x), 0.0)
        some = np.minimum(zeta(1.0 + self.above, last + 1.0) * np.exp(-self.log_sum), 1.0)
        return np.where(last > 0.0, some, 1.0)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        """Compare the sum with the integrals from x and from x + 1."""
        with np.errstate(divide="ignore", over="ignore"):
            rest = np.log(u) if upper else np.log1p(-u)
            x = np.exp(-(rest + np.log(self.above) + self.log_sum) / self.above)
        slack = 1e-9 * np.minimum(x, 1e300)
        return np.maximum(np.floor(x - slack) - 1.0, 1.0), np.maximum(np.ceil(x + slack), 1.0)


@closed_form(entropy, Zipf)
def zipf_entropy(xp: Any, p: Zipf) -> Array:
    """Return log zeta(s) and s times the mean of log x."""
    above = p.exponent - 1.0
    return log_zeta(xp, above) + p.exponent * mean_log(xp, above)


@closed_form(kl_divergence, Zipf, Zipf)
def zipf_kl(xp: Any, p: Zipf, q: Zipf) -> Array:
    """Return what log zeta lies above its tangent."""
    d = q.exponent - p.exponent
    return log_zeta_bregman(xp, p.exponent - 1.0, q.exponent - 1.0, d)


@closed_form(renyi_divergence, Zipf, Zipf)
def zipf_renyi(xp: Any, p: Zipf, q: Zipf, *, order: float) -> Array:
    """Mix the exponents."""
    a, b = xp.broadcast_arrays(p.exponent - 1.0, q.exponent - 1.0)

    def divergence(xp: Any, a: Array, b: Array, d: Array, _: Array) -> Array:
        return log_zeta_bregman(xp, a[..., 0], b[..., 0], d[..., 0])

    def slope(xp: Any, a: Array, k: Array) -> Array:
        return k[..., 0] * mean_log(xp, a[..., 0])

    one, other = a[..., None], b[..., None]
    return renyi(xp, one, other, one[..., :0], order, divergence, slope)
