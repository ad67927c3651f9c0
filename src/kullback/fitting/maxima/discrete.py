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
from kullback.fitting._phi import phi
from kullback.fitting.maxima._newton import FAR, far_log_minus_digamma, solve
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
    _off_border("Poisson", data, 0.0, "rate", "0")
    return {"rate": data.mean()}


def _off_border(family: str, data: Observations, value: float, name: str, limit: str) -> None:
    """Refuse numbers that are all one which a law makes sure of only at a limit."""
    if not data.high > value:
        raise KullbackError("fit.border", family=family, value=value, name=name, limit=limit)


@maximum(NegativeBinomial)
def negative_binomial(data: Observations) -> dict[str, Any]:
    """One equation for the successes, with a solution if counts vary more than Poisson's.

    The slope of the mean log-likelihood in r is what counts vary less what Poisson's do; each is
    a sum of terms above 0, for r may be so large that the two nearly agree.
    """
    _off_border("NegativeBinomial", data, 0.0, "successes", "0")
    mean, variance = data.mean(), data.variance
    if not variance > mean:
        raise KullbackError("fit.underdispersed", mean=mean, variance=variance)
    x, place = np.unique(data.x, return_inverse=True)
    share = np.bincount(place, data.weights) / data.total
    poisson = _by_counts(x, share) if data.high <= _SMALL else _by_rows(x, share)

    def equation(r: float) -> tuple[float, float]:
        t, above = (x - mean) / (r + mean), (x + r) / (r + mean)
        value, slope = poisson(r)
        return (
            float(share @ phi(t, above)) - value,
            -float(share @ (t * t / above)) / (r + mean) - slope,
        )

    r = solve(equation, mean * mean / (variance - mean))
    return {"successes": r, "probability": r / (r + mean)}


def _by_counts(x: np.ndarray, share: np.ndarray) -> Any:
    """Return the mean of psi(x + r) - psi(r) - log(1 + x/r), a sum over smaller counts."""
    seen = np.bincount(x.astype(np.int64), share)
    above = seen[::-1].cumsum()[::-1][1:]
    j = np.arange(len(above), dtype=np.float64)

    def both(r: float) -> tuple[float, float]:
        z = j + r
        return float(above @ phi(1.0 / z, 1.0 + 1.0 / z)), -float(
            above @ (1.0 / (z * z * (1.0 + z)))
        )

    return both


def _by_rows(x: np.ndarray, share: np.ndarray) -> Any:
    """Return the same as a difference of log z - psi(z) at r and x + r."""
    from scipy.special import digamma, zeta

    def both(r: float) -> tuple[float, float]:
        z = np.append(x + r, r)
        if r < FAR:
            value, slope = np.log(z) - digamma(z), 1.0 / z - zeta(2.0, z)
        else:
            value, slope = far_log_minus_digamma(z)
        return float(value[-1] - share @ value[:-1]), float(slope[-1] - share @ slope[:-1])

    return both


@starts(Zipf)
def zipf(data: Observations) -> list[dict[str, Any]]:
    """As if the law were continuous."""
    log = data.mean(("log", 1))
    _off_border("Zipf", data, 1.0, "exponent", "inf")
    return [{"exponent": 1.0 + 1.0 / (log + c)} for c in (0.0, 0.7)]


@maximum(DiscreteUniform, edges={"low": "low", "high": "high"}, low=-math.inf, high=math.inf)
def discrete_uniform(data: Observations) -> dict[str, Any]:
    """The least and the largest number."""
    return {"low": data.low, "high": data.high}
