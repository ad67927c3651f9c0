r"""The binomial law, of how many of n independent trials succeed.

.. math:: P(x) = \binom{n}{x} p^x (1 - p)^{n - x}, \qquad x = 0, \dots, n
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback._kernels.compensated import two_product
from kullback.families._agreeing import closed_form_if_equal
from kullback.families._bell import entropy_of_bell
from kullback.families._stirling import landmarks, log_factorial_rest
from kullback.families._trial import AbstractTrial, deviations, trial_kl, trial_renyi
from kullback.families._trial_tables import FrozenBinomial
from kullback.families.abstract import Support, Tail, Tails
from kullback.families.bernoulli import Bernoulli
from kullback.families.parameters import COUNT, LOG_ODDS, PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule

__all__ = ["Binomial"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Binomial(AbstractTrial):
    """The binomial law.

    Two laws of the same number of trials have divergences in closed form, others are summed.

    Parameters
    ----------
    trials : array, shape (...)
        n, a whole number of at least 0.
    probability : array, shape (...)
        p, that of success; 0 and 1 are allowed.
    log_odds : array, shape (...)
        log(p/(1 - p)) in place of p, also -inf and inf.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, if their shapes do not broadcast, or if not exactly
        one of `probability` and `log_odds` is given.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Binomial
    >>> p, q = Binomial(trials=10, probability=0.5), Binomial(trials=10, probability=0.25)
    >>> round(float(kb.kl_divergence(p, q)), 6)
    1.43841
    """

    trials: Array = parameter(COUNT)
    _probability: Array | None = parameter(PROBABILITY, form=True)
    _log_odds: Array | None = parameter(LOG_ODDS, form=True)

    _forms = (("trials", "probability"), ("trials", "log_odds"))

    def __init__(
        self,
        *,
        trials: Array | None = None,
        probability: Array | None = None,
        log_odds: Array | None = None,
    ) -> None:
        self._keep(trials=trials, probability=probability, log_odds=log_odds)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.trials * self.probability

    @property
    def variance(self) -> Array:
        """The variance."""
        trial = self._trial
        return self.trials * trial.success * trial.failure

    @property
    def support(self) -> Support:
        """The integers from 0 to n; one end of them where success or failure is certain."""
        n, trial = self.trials, self._trial
        xp = namespace(n, trial.success)
        low = xp.where(trial.log_failure == -xp.inf, n, 0.0)
        return Support(low, xp.where(trial.log_success == -xp.inf, 0.0, n), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        n, trial = self.trials, self._trial
        rest = n - x
        expected, low = two_product(xp, n, trial.success)
        gap = (expected - x) + low
        ways = log_factorial_rest(xp, n) - log_factorial_rest(xp, rest) - log_factorial_rest(xp, x)
        return ways - deviations(xp, trial, x, rest, n, gap)

    def _scipy(self) -> Any:
        return FrozenBinomial(self.trials, self._trial)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self._scipy().rvs(shape, chance)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _landmarks(self) -> list[float]:
        std = math.sqrt(self.variance)
        trial = self._trial
        skew = float(trial.failure - trial.success) / std if std > 0.0 else 0.0
        return landmarks(float(self.mean), std, skew, float(self.trials))

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * self.mean + self.variance
        return None


@entropy_of_bell(Binomial, trials=1.0, probability=0.5, log_odds=0.0)
def binomial_cumulants(xp: Any, p: Binomial) -> tuple[Array, Array, Array]:  # noqa: ARG001
    """Return the variance, and skewness squared and kurtosis times it."""
    trial = p._trial
    mixed = trial.success * trial.failure
    return p.trials * mixed, (trial.failure - trial.success) ** 2, 1.0 - 6.0 * mixed


def _times(xp: Any, n: Array, value: Array) -> Array:
    """Return n times what one trial tells, which may be infinite; no trial tells nothing."""
    return xp.where(n == 0.0, 0.0, n * xp.where(n == 0.0, 0.0, value))


@closed_form_if_equal(kl_divergence, Binomial, "trials")
def binomial_kl(xp: Any, p: Binomial, q: Binomial) -> Array:
    """Return n times the divergence of one trial."""
    return _times(xp, p.trials, trial_kl(xp, p._trial, q._trial))


@closed_form_if_equal(renyi_divergence, Binomial, "trials")
def binomial_renyi(xp: Any, p: Binomial, q: Binomial, *, order: float) -> Array:
    """Return n times the divergence of one trial."""
    return _times(xp, p.trials, trial_renyi(xp, p._trial, q._trial, order))


def _binomial(law: Binomial | Bernoulli) -> Binomial:
    if isinstance(law, Binomial):
        return law
    (x,) = law.parameters.values()
    return Binomial(trials=namespace(x).ones_like(x), **law.parameters)


def _mixed_kl(p: Any, q: Any) -> Array:
    """Take a coin as a single trial."""
    return kl_divergence(_binomial(p), _binomial(q))


def _mixed_renyi(p: Any, q: Any, *, order: float) -> Array:
    """Take a coin as a single trial."""
    return renyi_divergence(_binomial(p), _binomial(q), order=order)


for _pair in permutations((Bernoulli, Binomial)):
    rule(kl_divergence, *_pair)(_mixed_kl)
    rule(renyi_divergence, *_pair)(_mixed_renyi)
