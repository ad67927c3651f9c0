r"""The geometric law, of the failures before the first success.

.. math:: P(x) = p (1 - p)^x, \qquad x = 0, 1, 2, \dots
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families._ratios import log_ratio
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.bernoulli import log_complement, trial_entropy, trial_kl, trial_renyi
from kullback.families.parameters import POSITIVE_PROBABILITY, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Geometric"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Geometric(AbstractFamily):
    """The geometric law, which starts from 0.

    Parameters
    ----------
    probability : array, shape (...)
        p, that of success, above 0; 1 is allowed.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

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

    probability: Array = parameter(POSITIVE_PROBABILITY)

    @property
    def mean(self) -> Array:
        """The mean."""
        return (1.0 - self.probability) / self.probability

    @property
    def variance(self) -> Array:
        """The variance."""
        return (1.0 - self.probability) / self.probability / self.probability

    @property
    def support(self) -> Support:
        """The integers from 0 on; 0 alone where success is certain."""
        p = self.probability
        xp = namespace(p)
        zero = xp.zeros_like(p)
        return Support(zero, xp.where(p == 1.0, zero, xp.inf), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        p = self.probability
        fails = xp.where(x == 0.0, 0.0, p)
        return xp.log(p) + x * log_complement(xp, fails)

    def _scipy(self) -> Any:
        from scipy.stats import geom

        # SciPy's quantiles are -1 where success is certain.
        return geom(np.minimum(self.probability, 1.0 - 2.0**-53), loc=-1)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        rate = -log_complement(np, self.probability)
        return np.floor(chance.standard_exponential(shape) / rate)

    def _tails(self) -> Tails:
        if self.probability == 1.0:
            return Tail("none"), Tail("none")
        return Tail("none"), Tail("power", c=-math.log1p(-self.probability), k=1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * ((2.0 - self.probability) / self.probability)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        fails = xp.where(self.probability == 1.0, 0.0, self.probability)
        return xp.log(self.probability), {("power", 1): xp.log1p(-fails)}


@closed_form(entropy, Geometric)
def geometric_entropy(xp: Any, p: Geometric) -> Array:
    """Return the entropy of one trial times 1/p, how many there are in the mean."""
    return trial_entropy(xp, p.probability) / p.probability


@closed_form(kl_divergence, Geometric, Geometric)
def geometric_kl(xp: Any, p: Any, q: Any) -> Array:
    """Return the divergence of one trial times 1/p, how many there are in the mean."""
    return trial_kl(xp, p.probability, q.probability) / p.probability


@closed_form(renyi_divergence, Geometric, Geometric)
def geometric_renyi(xp: Any, p: Any, q: Any, *, order: float) -> Array:
    r"""Sum a geometric series.

    With the sums of powers :math:`s = p^\alpha q^\beta` over success and
    :math:`f = (1 - p)^\alpha (1 - q)^\beta` over failure, :math:`\beta = 1 - \alpha`, it is
    :math:`-\log(s/(1 - f))/\beta`. Where p is near q both fractions are known by what s + f, of
    a single trial, lacks to 1.
    """
    a, b = p.probability, q.probability
    if order == 1.0:
        return geometric_kl(xp, p, q)
    if math.isinf(order):
        return xp.where(a < b, xp.inf, log_ratio(xp, xp.maximum(a, b), b))
    rest = 1.0 - order
    log_s = order * xp.log(a) + rest * xp.log(b)
    trial = rest * trial_renyi(xp, a, b, order)
    near = xp.abs(trial) <= 0.5
    more = -xp.expm1(-xp.where(near, trial, 0.0)) * xp.exp(-xp.where(near, log_s, 0.0))
    close = xp.log1p(xp.where(more > -1.0, more, 0.0)) / rest

    certain = (a == 1.0) | (b == 1.0)
    log_fa = log_complement(xp, xp.where(certain, 0.0, a))
    log_fb = log_complement(xp, xp.where(certain, 0.0, b))
    log_f = order * log_fa + rest * log_fb
    falls = ~near & ~certain & (log_f < 0.0)
    log_left = xp.log(-xp.expm1(xp.where(falls, log_f, -xp.inf)))
    apart = (log_left - log_s) / rest
    finite = xp.where(near, more > -1.0, falls | (a == 1.0) | (certain & (order < 1.0)))
    return xp.where(finite, xp.where(near, close, apart), xp.inf)
