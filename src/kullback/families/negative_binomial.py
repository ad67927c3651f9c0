r"""The negative binomial law, of the failures before a number of successes.

.. math:: P(x) = \frac{\Gamma(x + r)}{x!\,\Gamma(r)} p^r (1 - p)^x, \qquad x = 0, 1, 2, \dots
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Any, final

from kullback._array import Array, namespace
from kullback._kernels.compensated import two_product, two_sum
from kullback._kernels.generic import excess
from kullback.families._agreeing import closed_form_if_equal
from kullback.families._bell import entropy_of_bell
from kullback.families._stirling import landmarks, log_factorial_rest
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails
from kullback.families.geometric import Geometric, geometric_kl, geometric_renyi
from kullback.families.parameters import POSITIVE, POSITIVE_PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule

__all__ = ["NegativeBinomial"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class NegativeBinomial(AbstractFamily):
    """The negative binomial law, which starts from 0.

    Two laws of the same number of successes have divergences in closed form, others are summed.

    Parameters
    ----------
    successes : array, shape (...)
        r, positive, not only whole.
    probability : array, shape (...)
        p, that of success, above 0; 1 is allowed.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import NegativeBinomial
    >>> p = NegativeBinomial(successes=2.0, probability=0.5)
    >>> q = NegativeBinomial(successes=2.0, probability=0.25)
    >>> round(float(kb.kl_divergence(p, q, unit="bits")), 6)
    0.830075
    """

    successes: Array = parameter(POSITIVE)
    probability: Array = parameter(POSITIVE_PROBABILITY)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.successes * (1.0 - self.probability) / self.probability

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.mean / self.probability

    @property
    def support(self) -> Support:
        """The integers from 0 on; 0 alone where success is certain."""
        r, p = self.successes, self.probability
        xp = namespace(r, p)
        zero = 0.0 * r
        return Support(zero, xp.where(p == 1.0, zero, xp.inf), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        r, p = self.successes, self.probability
        n, lost = two_sum(x, r)
        expected, low = two_product(xp, n, p)
        gap = (expected - r) + (low + lost * p)
        ways = log_factorial_rest(xp, n) - log_factorial_rest(xp, x) - log_factorial_rest(xp, r)
        successes = excess(xp, r + 0.0 * expected, expected, gap)
        failures = excess(xp, x + 0.0 * expected, n * (1.0 - p), -gap)
        return xp.log(r / n) + ways - successes - failures

    def _scipy(self) -> Any:
        from scipy.stats import nbinom

        return nbinom(self.successes, self.probability)

    def _tails(self) -> Tails:
        if self.probability == 1.0:
            return Tail("none"), Tail("none")
        c, a = -math.log1p(-self.probability), 1.0 - float(self.successes)
        return Tail("none"), Tail("power", c=c, k=1.0, a=a)

    def _landmarks(self) -> list[float]:
        std = math.sqrt(self.variance)
        skew = (2.0 - self.probability) / self.probability / std if std > 0.0 else 0.0
        return landmarks(float(self.mean), std, float(skew))

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * self.mean + self.variance
        return None


@entropy_of_bell(NegativeBinomial, successes=1.0, probability=0.5)
def negative_binomial_cumulants(
    xp: Any,  # noqa: ARG001
    p: NegativeBinomial,
) -> tuple[Array, Array, Array]:
    """Return the variance, and skewness squared and kurtosis times it."""
    a = p.probability
    fails = 1.0 - a
    return p.successes * fails / (a * a), ((2.0 - a) / a) ** 2, (6.0 * fails + a * a) / (a * a)


@closed_form_if_equal(kl_divergence, NegativeBinomial, "successes")
def negative_binomial_kl(xp: Any, p: NegativeBinomial, q: NegativeBinomial) -> Array:
    """Return r times the divergence of waiting for one success."""
    return p.successes * geometric_kl(xp, p, q)


@closed_form_if_equal(renyi_divergence, NegativeBinomial, "successes")
def negative_binomial_renyi(
    xp: Any, p: NegativeBinomial, q: NegativeBinomial, *, order: float
) -> Array:
    """Return r times the divergence of waiting for one success."""
    return p.successes * geometric_renyi(xp, p, q, order=order)


def _negative_binomial(law: NegativeBinomial | Geometric) -> NegativeBinomial:
    if isinstance(law, NegativeBinomial):
        return law
    one = namespace(law.probability).ones_like(law.probability)
    return NegativeBinomial(successes=one, probability=law.probability)


def _mixed_kl(p: Any, q: Any) -> Array:
    """Take the geometric law as waiting for one success."""
    return kl_divergence(_negative_binomial(p), _negative_binomial(q))


def _mixed_renyi(p: Any, q: Any, *, order: float) -> Array:
    """Take the geometric law as waiting for one success."""
    return renyi_divergence(_negative_binomial(p), _negative_binomial(q), order=order)


for _pair in permutations((Geometric, NegativeBinomial)):
    rule(kl_divergence, *_pair)(_mixed_kl)
    rule(renyi_divergence, *_pair)(_mixed_renyi)
