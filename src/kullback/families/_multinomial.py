r"""The multinomial law, of how often each outcome comes in n independent trials.

.. math:: P(x) = n! \prod_k \frac{p_k^{x_k}}{x_k!}, \qquad \sum_k x_k = n
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, detached, device_of, is_traced, to_numpy
from kullback._kernels.generic import excess
from kullback.errors import KullbackError
from kullback.families._categorical import AbstractTabled
from kullback.families._stirling import log_factorial_rest
from kullback.families.abstract import Support, closed_form
from kullback.families.binomial import Binomial
from kullback.families.parameters import COUNT, LOG_ODDS, PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Multinomial"]

# How many terms a mean over counts may have, for all outcomes and laws together.
_MOST_TERMS = 10**7
# Counts further from their mean than so many standard deviations, and then some, are no floats.
_DEVIATIONS, _MORE = 14.0, 100.0


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Multinomial(AbstractTabled):
    """How often each of K outcomes comes in n trials.

    Parameters
    ----------
    trials : array, shape (...)
        n.
    probabilities : array, shape (..., K)
        Those of the outcomes.
    logits : array, shape (..., K)
        Logarithms in their place, up to a constant.
    """

    trials: Array = parameter(COUNT)
    probabilities: Array | None = parameter(PROBABILITY, axes=1, optional=True)
    logits: Array | None = parameter(LOG_ODDS, axes=1, optional=True)

    _forms = (("trials", "probabilities"), ("trials", "logits"))

    @property
    def event_shape(self) -> tuple[int, ...]:
        """One count for each outcome."""
        return (self.table.values.shape[-1],)

    @property
    def support(self) -> Support:
        """The counts from 0 to n, for each outcome; what they add up to, the density knows."""
        zero = 0.0 * self.table.wide_probs()
        return Support(zero, zero + self.trials[..., None], discrete=True)

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, K)."""
        return self.trials[..., None] * self.table.probs

    @property
    def variance(self) -> Array:
        """The variance of each count, shape (*batch_shape, K)."""
        return self.mean * (1.0 - self.table.probs)

    def _log_density(self, xp: Any, x: Array) -> Array:
        n = self.trials[..., None] + 0.0 * x
        log_p = self.table.wide_log_probs() + 0.0 * x
        expected = n * self.table.wide_probs()
        # Far below the smallest float an expectation is known by its logarithm alone.
        tiny = float(xp.finfo(x.dtype).smallest_normal)
        plain, some = expected > tiny, x > 0.0
        near = excess(xp, x, xp.where(plain, expected, x), xp.where(plain, expected - x, 0.0))
        x_, n_ = (xp.where(some, y, 1.0) for y in (x, n))
        far = xp.where(some, x * (xp.log(x_) - xp.log(n_) - log_p) - x, expected)
        lost = xp.sum(log_factorial_rest(xp, x) + xp.where(plain, near, far), axis=-1)
        value = log_factorial_rest(xp, n[..., 0]) - lost
        return xp.where(xp.sum(x, axis=-1) == n[..., 0], value, -xp.inf)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        p = self.table.wide_probs()
        p = p / np.sum(p, axis=-1, keepdims=True)
        return chance.multinomial(self.trials.astype(np.int64), p, size=shape)


@closed_form(entropy, Multinomial)
def multinomial_entropy(xp: Any, p: Multinomial) -> Array:
    """Add up the binomial means of what the logarithm of the mass is made of.

    With S(x) = log x! - x log x + x it is the mean of S(x) + x log(x/(n p)) - x + n p, over all
    outcomes, less S(n).
    """
    if is_traced(detached(p.trials)):
        raise KullbackError("ladder.traced")
    trials = to_numpy(p.trials)
    most = float(trials.max(initial=0.0))
    width = int(min(most, 2.0 * (_DEVIATIONS * 0.5 * math.sqrt(most) + _MORE))) + 1
    probs = p.table.wide_probs()[..., None]
    n = p.trials[..., None, None]
    shape = np.broadcast_shapes(tuple(n.shape), tuple(probs.shape))
    if width * math.prod(shape) > _MOST_TERMS:
        raise KullbackError("multinomial.trials", got=f"{most:g}")
    expected = n * probs
    low = xp.floor(detached(expected)) - width // 2
    low = xp.maximum(0.0 * low, xp.minimum(low, n - (width - 1.0)))
    x = low + xp.arange(width, dtype=probs.dtype, device=device_of(probs))
    mass = xp.exp(Binomial(trials=n, probability=probs).log_prob(x))
    possible = (mass > 0.0) & (x <= n)
    seen = xp.where(possible, x, expected)
    term = log_factorial_rest(xp, x) + excess(xp, seen, expected, expected - seen)
    mean = xp.sum(xp.where(possible, mass * term, 0.0), axis=-1)
    return xp.sum(mean, axis=-1) - log_factorial_rest(xp, p.trials)


@closed_form(kl_divergence, Multinomial, Multinomial)
def multinomial_kl(xp: Any, p: Multinomial, q: Multinomial) -> Array:
    """Return n times that of one trial; of different n, no outcome is in common."""
    return _by_trial(xp, p, q, kl_divergence(p.table, q.table))


@closed_form(renyi_divergence, Multinomial, Multinomial)
def multinomial_renyi(xp: Any, p: Multinomial, q: Multinomial, *, order: float) -> Array:
    """Return n times that of one trial; of different n, no outcome is in common."""
    return _by_trial(xp, p, q, renyi_divergence(p.table, q.table, order=order))


def _by_trial(xp: Any, p: Multinomial, q: Multinomial, single: Array) -> Array:
    some = p.trials > 0.0
    whole = xp.where(some, p.trials * xp.where(some, single, 0.0), 0.0)
    return xp.where(p.trials == q.trials, whole, xp.inf)


@closed_form(cross_entropy, Multinomial, Multinomial)
def multinomial_cross_entropy(xp: Any, p: Multinomial, q: Multinomial) -> Array:
    """Add the divergence to the entropy."""
    return multinomial_entropy(xp, p) + multinomial_kl(xp, p, q)
