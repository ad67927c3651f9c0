r"""Bernoulli's law, of a coin.

.. math:: P(1) = p, \qquad P(0) = 1 - p
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families._trial import AbstractTrial, trial_entropy, trial_kl, trial_renyi
from kullback.families._trial_tables import FrozenBinomial
from kullback.families.abstract import Support, Tail, Tails, closed_form
from kullback.families.parameters import LOG_ODDS, PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Bernoulli"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Bernoulli(AbstractTrial):
    r"""Bernoulli's law: 1 with some probability, else 0.

    Give `probability` or `log_odds`, which keep the digits of a 0 that is as good as impossible:

    .. math:: z = \log\frac{p}{1 - p}

    Parameters
    ----------
    probability : array, shape (...)
        p, that of 1; 0 and 1 are allowed.
    log_odds : array, shape (...)
        z, also -inf and inf; what a logistic regression predicts.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if both are given, or none.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Bernoulli
    >>> float(kb.entropy(Bernoulli(probability=0.5), unit="bits"))
    1.0
    >>> round(float(kb.entropy(Bernoulli(probability=1e-20)) * 1e20), 6)
    47.051702
    >>> p, q = Bernoulli(log_odds=100.0), Bernoulli(log_odds=101.0)
    >>> round(float(kb.kl_divergence(p, q) * 1e44), 6)
    1.368535
    """

    _probability: Array | None = parameter(PROBABILITY, form=True)
    _log_odds: Array | None = parameter(LOG_ODDS, form=True)

    _forms = (("probability",), ("log_odds",))

    def __init__(self, *, probability: Array | None = None, log_odds: Array | None = None) -> None:
        self._keep(probability=probability, log_odds=log_odds)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.probability

    @property
    def variance(self) -> Array:
        """The variance."""
        trial = self._trial
        return trial.success * trial.failure

    @property
    def support(self) -> Support:
        """0 and 1, or one of them if it is certain."""
        trial = self._trial
        xp = namespace(trial.success)
        zero = xp.zeros_like(trial.success)
        low = xp.where(trial.log_failure == -xp.inf, 1.0, zero)
        return Support(low, xp.where(trial.log_success == -xp.inf, zero, 1.0), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return self._trial.log_mass(xp, x > 0.5)

    def _scipy(self) -> Any:
        return FrozenBinomial(np.float64(1.0), self._trial)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        name, k = statistic
        return self.probability if name == "power" and k > 0.0 else None


@closed_form(entropy, Bernoulli)
def bernoulli_entropy(xp: Any, p: Bernoulli) -> Array:
    """Return that of one trial."""
    return trial_entropy(xp, p._trial)


@closed_form(kl_divergence, Bernoulli, Bernoulli)
def bernoulli_kl(xp: Any, p: Bernoulli, q: Bernoulli) -> Array:
    """Return that of one trial."""
    return trial_kl(xp, p._trial, q._trial)


@closed_form(renyi_divergence, Bernoulli, Bernoulli)
def bernoulli_renyi(xp: Any, p: Bernoulli, q: Bernoulli, *, order: float) -> Array:
    """Return that of one trial."""
    return trial_renyi(xp, p._trial, q._trial, order)
