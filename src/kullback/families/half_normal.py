r"""The half-normal law, of the size of a centred normal number.

.. math:: f(x) = \frac{1}{\sigma} \sqrt{\frac{2}{\pi}}
   \exp\left(-\frac{x^2}{2 \sigma^2}\right), \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.normal import gaussian_renyi, spread_gap
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["HalfNormal"]

_HALF_LOG_HALF_PI = 0.5 * math.log(0.5 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class HalfNormal(AbstractFamily):
    """The half-normal law.

    Parameters
    ----------
    scale : array, shape (...)
        sigma, that of the normal law, positive.

    Raises
    ------
    KullbackError
        If the parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import HalfNormal
    >>> round(float(kb.kl_divergence(HalfNormal(scale=2.0), HalfNormal(scale=1.0))), 6)
    0.806853
    """

    scale: Array = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.scale
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = x / self.scale
        return -0.5 * z * z - xp.log(self.scale) - _HALF_LOG_HALF_PI

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:  # noqa: ARG002
        h = step / self.scale
        return -h * (x / self.scale + 0.5 * h)

    def _scipy(self) -> Any:
        from scipy.stats import halfnorm

        return halfnorm(scale=self.scale)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("power", c=float(0.5 / np.square(self.scale)), k=2.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            moment = math.gamma(0.5 * (k + 1.0)) / math.sqrt(math.pi) if k > -1.0 else math.inf
            return moment * (math.sqrt(2.0) * self.scale) ** k
        if name == "log" and k in (1, 2):
            mean = xp.log(self.scale) - 0.5 * (np.euler_gamma + math.log(2.0))
            return mean if k == 1 else mean * mean + math.pi**2 / 8.0
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]] | None:
        constant = 0.0 - xp.log(self.scale) - _HALF_LOG_HALF_PI
        return constant, {("power", 2): -0.5 / (self.scale * self.scale)}


@closed_form(entropy, HalfNormal)
def half_normal_entropy(xp: Any, p: HalfNormal) -> Array:
    r"""Return log(sigma sqrt(pi e / 2))."""
    return xp.log(p.scale) + (_HALF_LOG_HALF_PI + 0.5)


@closed_form(kl_divergence, HalfNormal, HalfNormal)
def half_normal_kl(xp: Any, p: HalfNormal, q: HalfNormal) -> Array:
    """Compare the two centred normal laws: their signs are tosses of a fair coin."""
    return spread_gap(xp, p.scale, q.scale)


@closed_form(renyi_divergence, HalfNormal, HalfNormal)
def half_normal_renyi(xp: Any, p: HalfNormal, q: HalfNormal, *, order: float) -> Array:
    """Compare the two centred normal laws likewise."""
    return gaussian_renyi(xp, 0.0 * p.scale, p.scale, q.scale, order)
