r"""Rayleigh's law, of the length of a normal vector in the plane.

.. math:: f(x) = \frac{x}{\sigma^2} e^{-x^2/(2 \sigma^2)}, \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback.families._ratios import log_ratio, order_gap
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.exponential import Exponential
from kullback.families.parameters import POSITIVE, parameter
from kullback.families.weibull import Weibull, weibull_divergence
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Rayleigh"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Rayleigh(AbstractFamily):
    """Rayleigh's law, which is Weibull's of shape 2 and scale sigma sqrt(2).

    Parameters
    ----------
    scale : array, shape (...)
        sigma, positive, the mode; the standard deviation of each coordinate of the vector.

    Raises
    ------
    KullbackError
        If the scale is not positive.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Rayleigh
    >>> round(float(kb.kl_divergence(Rayleigh(scale=1.0), Rayleigh(scale=2.0))), 6)
    0.636294
    """

    scale: Array = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.scale
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        inside = x > 0.0
        z = xp.where(inside, x, self.scale) / self.scale
        value = xp.where(inside, xp.log(z) - 0.5 * z * z, -xp.inf)
        return value - xp.log(self.scale)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        h = step / self.scale
        return xp.log1p(step / x) - h * (x / self.scale + 0.5 * h)

    def _scipy(self) -> Any:
        from scipy.stats import rayleigh

        return rayleigh(scale=self.scale)

    def _tails(self) -> Tails:
        return Tail("none", a=-1.0), Tail(
            "power", a=-1.0, c=float(0.5 / np.square(self.scale)), k=2.0
        )

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power" and k <= -2.0:
            return self.scale + math.inf
        if name == "power":
            return xp.exp(k * xp.log(self.scale)) * (2.0 ** (k / 2.0) * math.gamma(1.0 + k / 2.0))
        if name == "log" and k in (1, 2):
            mean = xp.log(self.scale) + 0.5 * (math.log(2.0) - np.euler_gamma)
            return mean if k == 1 else mean * mean + math.pi**2 / 24.0
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        precision = 1.0 / (self.scale * self.scale)
        return -2.0 * xp.log(self.scale), {
            ("log", 1): xp.ones_like(self.scale),
            ("power", 2): -0.5 * precision,
        }


@closed_form(entropy, Rayleigh)
def rayleigh_entropy(xp: Any, p: Rayleigh) -> Array:
    """Return 1 + log(sigma/sqrt(2)) + gamma/2, gamma being Euler's constant."""
    return xp.log(p.scale) + (1.0 + 0.5 * (np.euler_gamma - math.log(2.0)))


@closed_form(kl_divergence, Rayleigh, Rayleigh)
def rayleigh_kl(xp: Any, p: Rayleigh, q: Rayleigh) -> Array:
    """Return r - 1 - log r, with r the ratio of p's sigma squared to q's."""
    return rayleigh_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Rayleigh, Rayleigh)
def rayleigh_renyi(xp: Any, p: Rayleigh, q: Rayleigh, *, order: float) -> Array:
    """Return the divergence between the exponential laws of x squared."""
    ratio = p.scale / q.scale
    difference = (p.scale - q.scale) / q.scale * (1.0 + ratio)
    return order_gap(xp, xp.ones_like(ratio), ratio * ratio, difference, order)


def _as_weibull(law: Any) -> tuple[Array, Array]:
    """Return shape and scale of the law of Weibull's that another is."""
    if isinstance(law, Exponential):
        return 0.0 * law.rate + 1.0, 1.0 / law.rate
    if isinstance(law, Rayleigh):
        return 0.0 * law.scale + 2.0, math.sqrt(2.0) * law.scale
    return law.shape, law.scale


def _mixed_kl(xp: Any, p: Any, q: Any) -> Array:
    """Compare both as laws of Weibull's."""
    (shape, scale), (other, stretch) = _as_weibull(p), _as_weibull(q)
    return weibull_divergence(xp, shape, other, log_ratio(xp, scale, stretch))


for _pair in permutations((Exponential, Rayleigh, Weibull), 2):
    closed_form(kl_divergence, *_pair)(_mixed_kl)
