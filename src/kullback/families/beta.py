r"""The beta law, of a share; the conjugate prior of a probability.

.. math:: f(x) = \frac{x^{\alpha - 1} (1 - x)^{\beta - 1}}{B(\alpha, \beta)}, \qquad
   B(\alpha, \beta) = \frac{\Gamma(\alpha)\,\Gamma(\beta)}{\Gamma(\alpha + \beta)}, \qquad
   0 \le x \le 1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array, namespace
from kullback._kernels.compensated import two_product, two_sum
from kullback._kernels.generic import excess
from kullback._kernels.special import special
from kullback.families._log_gamma import (
    digamma_difference,
    log_gamma_bregman,
    log_gamma_rest,
)
from kullback.families._simplex import simplex_entropy, simplex_renyi
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Beta"]

# Above, the logarithm of the density is a difference of large numbers, unless rearranged.
_LARGE = 16.0


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Beta(AbstractFamily):
    """The beta law.

    Parameters
    ----------
    alpha : array, shape (...)
        Positive; the mean is alpha/(alpha + beta).
    beta : array, shape (...)
        Positive.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Beta
    >>> p, q = Beta(alpha=2.0, beta=3.0), Beta(alpha=2.000001, beta=3.0)
    >>> f"{kb.kl_divergence(p, q):.6e}"
    '2.118055e-13'
    >>> float(kb.entropy(Beta(alpha=1.0, beta=1.0)))
    0.0
    """

    alpha: Array = parameter(POSITIVE)
    beta: Array = parameter(POSITIVE)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def variance(self) -> Array:
        """The variance."""
        total = self.alpha + self.beta
        return (self.alpha / total) * (self.beta / total) / (total + 1.0)

    @property
    def support(self) -> Support:
        """The numbers between 0 and 1."""
        zero = 0.0 * (self.alpha + self.beta)
        return Support(zero, zero + 1.0)

    def _log_density(self, xp: Any, x: Array) -> Array:
        a, b = xp.broadcast_arrays(self.alpha, self.beta)
        total, lost = two_sum(a, b)
        usual = (x > 0.0) & (x < 1.0)
        x_ = xp.where(usual, x, 0.5)
        log_x, log_rest = xp.log(x_), xp.log1p(-x_)

        plain = total < _LARGE
        small_a, small_b = xp.where(plain, a, 1.0), xp.where(plain, b, 1.0)
        log_beta = (
            special("gammaln", small_a)
            + special("gammaln", small_b)
            - special("gammaln", small_a + small_b)
        )
        below = 0.0 - log_beta + (small_a - 1.0) * log_x + (small_b - 1.0) * log_rest

        expected, rounding = two_product(xp, total, x_)
        gap = (expected - a) + (rounding + lost * x_)
        ways = excess(xp, a, total * x_, gap) + excess(xp, b, total * (1.0 - x_), -gap)
        rests = log_gamma_rest(xp, a) + log_gamma_rest(xp, b) - log_gamma_rest(xp, total)
        above = 0.0 - ways - rests - log_x - log_rest

        value = xp.where(plain, below, above)
        value = xp.where(usual | (x > 0.0), value, _at_an_end(xp, a, b))
        return xp.where(usual | (x < 1.0), value, _at_an_end(xp, b, a))

    def _scipy(self) -> Any:
        from scipy.stats import beta

        return beta(self.alpha, self.beta)

    def _tails(self) -> Tails:
        return Tail("none", a=1.0 - float(self.alpha)), Tail("none", a=1.0 - float(self.beta))

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        a, b = xp.broadcast_arrays(self.alpha, self.beta)
        name, k = statistic
        if name == "power":
            return _moment(xp, a, b, k)
        if name == "log1m":
            a, b = b, a
        if name not in ("log", "log1m") or k not in (1, 2):
            return None
        mean = 0.0 - digamma_difference(xp, a, a + b, b)
        spread = special("polygamma", 1, a) - special("polygamma", 1, a + b)
        return mean if k == 1 else mean * mean + spread

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        a, b = xp.broadcast_arrays(self.alpha, self.beta)
        parts = special("gammaln", a) + special("gammaln", b)
        return special("gammaln", a + b) - parts, {("log", 1): a - 1.0, ("log1m", 1): b - 1.0}

    @property
    def concentration(self) -> Array:
        """Both parameters on a last axis: those of the law of Dirichlet's for two shares."""
        xp = namespace(self.alpha, self.beta)
        return xp.stack(xp.broadcast_arrays(self.alpha, self.beta), axis=-1)


def _at_an_end(xp: Any, own: Array, other: Array) -> Array:
    """Return the logarithm of the density where the share with this parameter is 0."""
    return xp.where(own < 1.0, xp.inf, xp.where(own > 1.0, -xp.inf, xp.log(other)))


def _moment(xp: Any, a: Array, b: Array, k: float) -> Array:
    """Return the mean of x^k."""
    if k == 1:
        return a / (a + b)
    exists = a > -k
    a_ = xp.where(exists, a, 1.0 + abs(k))
    h, total = k + 0.0 * a_, a_ + b
    curved = log_gamma_bregman(xp, a_, h) - log_gamma_bregman(xp, total, h)
    value = xp.exp(curved - k * digamma_difference(xp, a_, total, b))
    return xp.where(exists, value, xp.inf)


@closed_form(entropy, Beta)
def beta_entropy(xp: Any, p: Beta) -> Array:
    """Return the opposite of the divergence from the uniform law."""
    return simplex_entropy(xp, p.concentration)


@closed_form(kl_divergence, Beta, Beta)
def beta_kl(xp: Any, p: Beta, q: Beta) -> Array:
    """Compare the means and the parameters."""
    return beta_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Beta, Beta)
def beta_renyi(xp: Any, p: Beta, q: Beta, *, order: float) -> Array:
    """Mix the parameters."""
    a, c = xp.broadcast_arrays(p.concentration, q.concentration)
    return simplex_renyi(xp, a, c, order)
