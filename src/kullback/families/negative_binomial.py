r"""The negative binomial law, of the failures before a number of successes.

.. math:: P(x) = \frac{\Gamma(x + r)}{x!\,\Gamma(r)} p^r (1 - p)^x, \qquad x = 0, 1, 2, \dots
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Any, final

from kullback._array import Array, namespace, safe_log
from kullback._kernels.compensated import two_product, two_sum
from kullback.families._agreeing import closed_form_if_equal
from kullback.families._bell import entropy_of_bell
from kullback.families._ratios import log_ratio
from kullback.families._stirling import landmarks, log_factorial_rest
from kullback.families._trial import (
    AbstractTrial,
    Trial,
    deviations,
    trial_of,
    waiting_kl,
    waiting_renyi,
)
from kullback.families._trial_tables import FrozenNegativeBinomial
from kullback.families.abstract import Support, Tail, Tails
from kullback.families.geometric import Geometric
from kullback.families.parameters import (
    NONNEGATIVE,
    POSITIVE,
    POSITIVE_PROBABILITY,
    POSSIBLE_LOG_ODDS,
    parameter,
)
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule

__all__ = ["NegativeBinomial"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class NegativeBinomial(AbstractTrial):
    r"""The negative binomial law, which starts from 0.

    Give `successes` with `probability` or `log_odds`, or `mean` and `dispersion`, as models of
    counts do:

    .. math:: \operatorname{var} x = m + \delta m^2, \qquad r = 1/\delta, \qquad
       p = \frac{1}{1 + \delta m}

    Two laws of the same number of successes have divergences in closed form, others are summed.

    Parameters
    ----------
    successes : array, shape (...)
        r, at least 0, not only whole; with 0 nothing is waited for, and nothing fails.
    probability : array, shape (...)
        p, that of success, above 0; 1 is allowed.
    log_odds : array, shape (...)
        log(p/(1 - p)) in place of p, above -inf; inf is allowed.
    mean : array, shape (...)
        m, at least 0.
    dispersion : array, shape (...)
        delta, positive; towards 0 the law is Poisson's.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, if their shapes do not broadcast, or if not exactly
        one of the forms is given.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import NegativeBinomial
    >>> p = NegativeBinomial(successes=2.0, probability=0.5)
    >>> q = NegativeBinomial(successes=2.0, probability=0.25)
    >>> round(float(kb.kl_divergence(p, q, unit="bits")), 6)
    0.830075
    >>> counts = NegativeBinomial(mean=3.0, dispersion=0.5)
    >>> float(counts.variance), float(counts.successes), round(float(counts.probability), 6)
    (7.5, 2.0, 0.4)
    """

    _successes: Any = parameter(NONNEGATIVE, form=True)
    _probability: Any = parameter(POSITIVE_PROBABILITY, form=True)
    _log_odds: Any = parameter(POSSIBLE_LOG_ODDS, form=True)
    _mean: Any = parameter(NONNEGATIVE, form=True)
    _dispersion: Any = parameter(POSITIVE, form=True)

    _forms = (("successes", "probability"), ("successes", "log_odds"), ("mean", "dispersion"))

    def __init__(
        self,
        *,
        successes: Array | None = None,
        probability: Array | None = None,
        log_odds: Array | None = None,
        mean: Array | None = None,
        dispersion: Array | None = None,
    ) -> None:
        self._keep(
            successes=successes,
            probability=probability,
            log_odds=log_odds,
            mean=mean,
            dispersion=dispersion,
        )

    @property
    def successes(self) -> Array:
        """How many successes end the counting, also where the dispersion was given."""
        return 1.0 / self._dispersion if self._successes is None else self._successes

    @property
    def mean(self) -> Array:
        """The mean."""
        if self._mean is not None:
            return self._mean
        return self.successes * self._trial.failures(namespace(self.successes))

    @property
    def dispersion(self) -> Array:
        """By how much the variance exceeds the mean, as a share of its square; 1/r."""
        return 1.0 / self._successes if self._dispersion is None else self._dispersion

    @property
    def variance(self) -> Array:
        """The variance."""
        if self._mean is not None:
            return self._mean + self._dispersion * self._mean * self._mean
        return self.mean / self.probability

    @property
    def _trial(self) -> Trial:
        if self._mean is None:
            return trial_of(self._probability, self._log_odds)
        xp = namespace(self._mean)
        return trial_of(None, 0.0 - (safe_log(xp, self._mean) + xp.log(self._dispersion)))

    @property
    def support(self) -> Support:
        """The integers from 0 on; 0 alone where success is certain, or none is waited for."""
        log_failure = self._trial.log_failure
        xp = namespace(log_failure)
        zero = 0.0 * self.successes
        point = (log_failure == -xp.inf) | (self.successes == 0.0)
        return Support(zero, xp.where(point, zero, xp.inf), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        trial, none = self._trial, self.successes == 0.0
        p, r = trial.success, xp.where(none, 1.0, self.successes)
        n, lost = two_sum(x, r)
        expected, low = two_product(xp, n, p)
        gap = (expected - r) + (low + lost * p)
        ways = log_factorial_rest(xp, n) - log_factorial_rest(xp, x) - log_factorial_rest(xp, r)
        value = xp.log(r / n) + ways - deviations(xp, trial, r, x, n, gap)
        return xp.where(none, 0.0 + self.successes * trial.log_success, value)

    def _scipy(self) -> Any:
        return FrozenNegativeBinomial(self.successes, self._trial)

    def _tails(self) -> Tails:
        rate = -float(self._trial.log_failure)
        if rate == math.inf or self.successes == 0.0:
            return Tail("none"), Tail("none")
        return Tail("none"), Tail("power", c=rate, k=1.0, a=1.0 - float(self.successes))

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


@entropy_of_bell(
    NegativeBinomial, successes=1.0, probability=0.5, log_odds=0.0, mean=1.0, dispersion=1.0
)
def negative_binomial_cumulants(
    xp: Any,  # noqa: ARG001
    p: NegativeBinomial,
) -> tuple[Array, Array, Array]:
    """Return the variance, and skewness squared and kurtosis times it."""
    trial = p._trial
    a, fails = trial.success, trial.failure
    return p.successes * fails / (a * a), ((2.0 - a) / a) ** 2, (6.0 * fails + a * a) / (a * a)


@closed_form_if_equal(kl_divergence, NegativeBinomial, "successes")
def negative_binomial_kl(xp: Any, p: NegativeBinomial, q: NegativeBinomial) -> Array:
    """Return r times the divergence of waiting for one success."""
    return p.successes * waiting_kl(xp, p._trial, q._trial, _gap(xp, p, q))


@closed_form_if_equal(renyi_divergence, NegativeBinomial, "successes")
def negative_binomial_renyi(
    xp: Any, p: NegativeBinomial, q: NegativeBinomial, *, order: float
) -> Array:
    """Return r times the divergence of waiting for one success."""
    return p.successes * waiting_renyi(xp, p._trial, q._trial, order, _gap(xp, p, q))


def _gap(xp: Any, p: NegativeBinomial, q: NegativeBinomial) -> Array | None:
    """Return how far the log-odds are apart, where the means are known."""
    if p._mean is None or q._mean is None:
        return None
    both = (p._mean > 0.0) & (q._mean > 0.0)
    means = (xp.where(both, x._mean, 1.0) for x in (p, q))
    return log_ratio(xp, *means) + log_ratio(xp, p._dispersion, q._dispersion)


def _negative_binomial(law: NegativeBinomial | Geometric) -> NegativeBinomial:
    if isinstance(law, NegativeBinomial):
        return law
    (x,) = law.parameters.values()
    return NegativeBinomial(successes=namespace(x).ones_like(x), **law.parameters)


def _mixed_kl(p: Any, q: Any) -> Array:
    """Take the geometric law as waiting for one success."""
    return kl_divergence(_negative_binomial(p), _negative_binomial(q))


def _mixed_renyi(p: Any, q: Any, *, order: float) -> Array:
    """Take the geometric law as waiting for one success."""
    return renyi_divergence(_negative_binomial(p), _negative_binomial(q), order=order)


for _pair in permutations((Geometric, NegativeBinomial)):
    rule(kl_divergence, *_pair)(_mixed_kl)
    rule(renyi_divergence, *_pair)(_mixed_renyi)
