r"""The inverse gamma law, of 1/x where x has a gamma law; the conjugate prior of a variance.

.. math:: f(x) = \frac{\beta^k}{\Gamma(k)} x^{-k - 1} e^{-\beta/x}, \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback._kernels.compensated import two_product
from kullback._kernels.special import special
from kullback.families._log_gamma import digamma_gap
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.gamma import (
    gamma_entropy,
    gamma_moment,
    gamma_renyi,
    in_range,
    standard_log_density,
)
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["InverseGamma"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class InverseGamma(AbstractFamily):
    """The inverse gamma law.

    Parameters
    ----------
    shape : array, shape (...)
        k, positive; moments below the k-th are finite.
    scale : array, shape (...)
        beta, positive: the rate of the gamma law of 1/x.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Gamma, InverseGamma
    >>> p, q = InverseGamma(shape=2.0, scale=1.0), InverseGamma(shape=3.0, scale=1.0)
    >>> float(kb.kl_divergence(p, q))
    0.2703628454614782
    >>> float(kb.kl_divergence(Gamma(shape=2.0, rate=1.0), Gamma(shape=3.0, rate=1.0)))
    0.2703628454614782
    """

    shape: Array = parameter(POSITIVE)
    scale: Array = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.scale
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        a, b = self.shape, self.scale
        usual = (x > 0.0) & (x < math.inf)
        x_ = xp.where(usual, x, 1.0)
        log_b, log_x = xp.log(b), xp.log(x_)
        exact = in_range(xp, log_b, log_x, xp.log(a))
        b_, x_ = xp.where(exact, b, 1.0), xp.where(exact, x_, 1.0)
        ax, lost = two_product(xp, xp.where(exact, a, 1.0), x_)
        gap = ((b_ - ax) - lost) / x_
        value = standard_log_density(xp, a, log_b - log_x, exact, b_ / x_, gap)
        return xp.where(usual, value + log_b - 2.0 * log_x, -xp.inf)

    def _scipy(self) -> Any:
        from scipy.stats import invgamma

        return invgamma(self.shape, scale=self.scale)

    def _tails(self) -> Tails:
        a = float(self.shape) + 1.0
        return Tail("power", a=a, c=float(self.scale), k=-1.0), Tail("none", a=a)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            return gamma_moment(xp, self.shape, self.scale, -k)
        if name == "log" and k in (1, 2):
            mean = _mean_log(xp, self)
            return mean if k == 1 else mean * mean + special("polygamma", 1, self.shape)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        constant = self.shape * xp.log(self.scale) - special("gammaln", self.shape)
        return constant, {("log", 1): -self.shape - 1.0, ("power", -1): -self.scale}


def _mean_log(xp: Any, p: InverseGamma) -> Array:
    return xp.log(p.scale) - xp.log(p.shape) + digamma_gap(xp, p.shape)


@closed_form(entropy, InverseGamma)
def inverse_gamma_entropy(xp: Any, p: InverseGamma) -> Array:
    """Return the entropy of 1/x, and the mean of the logarithm of x^2."""
    return gamma_entropy(xp, p.shape, p.scale) + 2.0 * _mean_log(xp, p)


@closed_form(kl_divergence, InverseGamma, InverseGamma)
def inverse_gamma_kl(xp: Any, p: InverseGamma, q: InverseGamma) -> Array:
    """Compare the laws of 1/x."""
    return inverse_gamma_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, InverseGamma, InverseGamma)
def inverse_gamma_renyi(xp: Any, p: InverseGamma, q: InverseGamma, *, order: float) -> Array:
    """Compare the laws of 1/x."""
    return gamma_renyi(xp, (p.shape, p.scale), (q.shape, q.scale), order)
