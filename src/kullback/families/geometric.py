r"""The geometric law, of the failures before the first success.

.. math:: P(x) = p (1 - p)^x, \qquad x = 0, 1, 2, \dots
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families._trial import (
    AbstractTrial,
    waiting_entropy,
    waiting_kl,
    waiting_renyi,
)
from kullback.families._trial_tables import FrozenGeometric
from kullback.families.abstract import Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE_PROBABILITY, POSSIBLE_LOG_ODDS, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Geometric"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Geometric(AbstractTrial):
    """The geometric law, which starts from 0.

    Parameters
    ----------
    probability : array, shape (...)
        p, that of success, above 0; 1 is allowed.
    log_odds : array, shape (...)
        log(p/(1 - p)) in place of p, above -inf; inf is allowed.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if both are given, or none.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Geometric
    >>> float(kb.entropy(Geometric(probability=0.5), unit="bits"))
    2.0
    >>> p, q = Geometric(probability=0.5), Geometric(probability=0.25)
    >>> round(float(kb.kl_divergence(p, q, unit="bits")), 6)
    0.415037
    """

    _probability: Array | None = parameter(POSITIVE_PROBABILITY, form=True)
    _log_odds: Array | None = parameter(POSSIBLE_LOG_ODDS, form=True)

    _forms = (("probability",), ("log_odds",))

    def __init__(self, *, probability: Array | None = None, log_odds: Array | None = None) -> None:
        self._keep(probability=probability, log_odds=log_odds)

    @property
    def mean(self) -> Array:
        """The mean."""
        trial = self._trial
        return trial.failures(namespace(trial.success))

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.mean * self._trials

    @property
    def support(self) -> Support:
        """The integers from 0 on; 0 alone where success is certain."""
        log_failure = self._trial.log_failure
        xp = namespace(log_failure)
        zero = xp.zeros_like(log_failure)
        return Support(zero, xp.where(log_failure == -xp.inf, zero, xp.inf), discrete=True)

    @property
    def _trials(self) -> Array:
        """The mean number of trials, 1/p."""
        trial = self._trial
        return 1.0 / trial.success if trial.log_odds is None else 1.0 + self.mean

    def _log_density(self, xp: Any, x: Array) -> Array:
        trial = self._trial
        fails = x > 0.0
        log_failure = xp.where(fails, trial.log_failure, 0.0)
        return trial.log_success + x * log_failure

    def _scipy(self) -> Any:
        return FrozenGeometric(self._trial)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self._scipy().rvs(shape, chance)

    def _tails(self) -> Tails:
        rate = -float(self._trial.log_failure)
        if rate == np.inf:
            return Tail("none"), Tail("none")
        return Tail("none"), Tail("power", c=rate, k=1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * (self.mean + self._trials)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        trial = self._trial
        fails = trial.log_failure > -xp.inf
        return trial.log_success, {("power", 1): xp.where(fails, trial.log_failure, 0.0)}


@closed_form(entropy, Geometric)
def geometric_entropy(xp: Any, p: Geometric) -> Array:
    """Return the entropy of one trial times 1/p, how many there are in the mean."""
    return waiting_entropy(xp, p._trial)


@closed_form(kl_divergence, Geometric, Geometric)
def geometric_kl(xp: Any, p: Geometric, q: Geometric) -> Array:
    """Return the divergence of one trial times 1/p, how many there are in the mean."""
    return waiting_kl(xp, p._trial, q._trial)


@closed_form(renyi_divergence, Geometric, Geometric)
def geometric_renyi(xp: Any, p: Geometric, q: Geometric, *, order: float) -> Array:
    """Sum a geometric series."""
    return waiting_renyi(xp, p._trial, q._trial, order)
