r"""Bernoulli's law, of a coin.

.. math:: P(1) = p, \qquad P(0) = 1 - p
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array, namespace, safe_log
from kullback._kernels import powers
from kullback._kernels.generic import excess
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Bernoulli", "log_complement", "trial_entropy", "trial_kl", "trial_renyi"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Bernoulli(AbstractFamily):
    """Bernoulli's law: 1 with some probability, else 0.

    Parameters
    ----------
    probability : array, shape (...)
        p, that of 1; 0 and 1 are allowed.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Bernoulli
    >>> float(kb.entropy(Bernoulli(probability=0.5), unit="bits"))
    1.0
    >>> round(float(kb.entropy(Bernoulli(probability=1e-20)) * 1e20), 6)
    47.051702
    """

    probability: Array = parameter(PROBABILITY)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.probability

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.probability * (1.0 - self.probability)

    @property
    def support(self) -> Support:
        """0 and 1, or one of them if it is certain."""
        p = self.probability
        xp = namespace(p)
        zero = xp.zeros_like(p)
        return Support(xp.where(p == 1.0, 1.0, zero), xp.where(p == 0.0, zero, 1.0), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        one = x > 0.5
        log_p = safe_log(xp, xp.where(one, self.probability, 1.0))
        return log_p + log_complement(xp, xp.where(one, 0.0, self.probability))

    def _scipy(self) -> Any:
        from scipy.stats import bernoulli

        return bernoulli(self.probability)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        name, k = statistic
        return self.probability if name == "power" and k > 0.0 else None


def log_complement(xp: Any, p: Array) -> Array:
    """Return log(1 - p), and -inf with gradient 0 where p is 1."""
    certain = p == 1.0
    return xp.where(certain, -xp.inf, xp.log1p(-xp.where(certain, 0.0, p)))


def trial_entropy(xp: Any, p: Array) -> Array:
    """Return -p log p - (1 - p) log(1 - p)."""
    some, most = xp.where(p == 0.0, 1.0, p), xp.where(p == 1.0, 0.0, p)
    return 0.0 - some * xp.log(some) - (1.0 - most) * xp.log1p(-most)


def trial_kl(xp: Any, p: Array, q: Array) -> Array:
    """Return the sum of a log(a/b) - a + b over both outcomes, which is never negative."""
    return excess(xp, p, q, q - p) + excess(xp, 1.0 - p, 1.0 - q, p - q)


def trial_renyi(xp: Any, p: Array, q: Array, order: float) -> Array:
    """Sum powers over both outcomes."""
    if order == 1.0:
        return trial_kl(xp, p, q)
    p, q = xp.broadcast_arrays(p, q)
    a, b = (xp.stack([1.0 - x, x], axis=-1) for x in (p, q))
    pair = powers.Pair(a, b, gap=xp.stack([p - q, q - p], axis=-1))
    return powers.renyi_divergence(xp, pair, order)


@closed_form(entropy, Bernoulli)
def bernoulli_entropy(xp: Any, p: Bernoulli) -> Array:
    """Return that of one trial."""
    return trial_entropy(xp, p.probability)


@closed_form(kl_divergence, Bernoulli, Bernoulli)
def bernoulli_kl(xp: Any, p: Bernoulli, q: Bernoulli) -> Array:
    """Return that of one trial."""
    return trial_kl(xp, p.probability, q.probability)


@closed_form(renyi_divergence, Bernoulli, Bernoulli)
def bernoulli_renyi(xp: Any, p: Bernoulli, q: Bernoulli, *, order: float) -> Array:
    """Return that of one trial."""
    return trial_renyi(xp, p.probability, q.probability, order)
