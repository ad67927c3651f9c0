"""Laws of whole numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families.bernoulli import Bernoulli
from kullback.families.binomial import Binomial
from kullback.families.discrete_uniform import DiscreteUniform
from kullback.families.geometric import Geometric
from kullback.families.negative_binomial import NegativeBinomial
from kullback.families.poisson import Poisson
from kullback.families.zipf import Zipf
from kullback.fitting.maxima._newton import solve
from kullback.fitting.model import maximum, starts
from kullback.fitting.observations import Observations

__all__: list[str] = []

# Up to this count the likelihood is a sum over all smaller ones; beyond, over those seen.
_SMALL = 4096


@maximum(Bernoulli)
def bernoulli(data: Observations) -> dict[str, Any]:
    """The share of ones."""
    return {"probability": data.mean()}


@maximum(Binomial, required=("trials",))
def binomial(data: Observations, trials: float) -> dict[str, Any]:
    """The share of successes."""
    return {"trials": trials, "probability": data.mean() / trials}


@maximum(Geometric)
def geometric(data: Observations) -> dict[str, Any]:
    """One success among all trials."""
    return {"probability": 1.0 / (1.0 + data.mean())}


@maximum(Poisson)
def poisson(data: Observations) -> dict[str, Any]:
    """The mean."""
    if not data.high > 0:
        raise KullbackError("fit.all_zero", family="Poisson")
    return {"rate": data.mean()}


@maximum(NegativeBinomial)
def negative_binomial(data: Observations) -> dict[str, Any]:
    """One equation for the successes, with a solution if counts vary more than Poisson's."""
    mean, variance = data.mean(), data.variance
    if not variance > mean:
        raise KullbackError("fit.underdispersed", mean=mean, variance=variance)
    slope_and_curvature = _by_counts(data) if data.high <= _SMALL else _by_rows(data)

    def equation(r: float) -> tuple[float, float]:
        value, slope = slope_and_curvature(r)
        return value - math.log1p(mean / r), slope + mean / (r * (r + mean))

    r = solve(equation, mean * mean / (variance - mean))
    return {"successes": r, "probability": r / (r + mean)}


def _by_counts(data: Observations) -> Any:
    """Return the mean of psi(x + r) - psi(r), a sum of P(X > j)/(r + j), and its slope."""
    seen = np.bincount(data.x.astype(np.int64), data.weights)
    above = (seen[::-1].cumsum()[::-1][1:]) / data.total
    j = np.arange(len(above), dtype=np.float64)

    def both(r: float) -> tuple[float, float]:
        inverse = 1.0 / (j + r)
        terms = above * inverse
        return float(terms.sum()), -float(terms @ inverse)

    return both


def _by_rows(data: Observations) -> Any:
    from scipy.special import digamma, zeta

    x, place = np.unique(data.x, return_inverse=True)
    share = np.bincount(place, data.weights) / data.total

    def both(r: float) -> tuple[float, float]:
        value = share @ (digamma(x + r) - digamma(r))
        return float(value), float(share @ (zeta(2.0, x + r) - zeta(2.0, r)))

    return both


@starts(Zipf)
def zipf(data: Observations) -> list[dict[str, Any]]:
    """As if the law were continuous."""
    log = data.mean(("log", 1))
    if not log > 0:
        raise KullbackError("fit.all_one")
    return [{"exponent": 1.0 + 1.0 / (log + c)} for c in (0.0, 0.7)]


@maximum(DiscreteUniform, edges={"low": "low", "high": "high"}, low=-math.inf, high=math.inf)
def discrete_uniform(data: Observations) -> dict[str, Any]:
    """The least and the largest number."""
    return {"low": data.low, "high": data.high}
