"""How far data are from a fitted law, against what its own draws show when they are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily
from kullback.fitting.observations import Observations

if TYPE_CHECKING:
    from kullback.fitting.fit import Fit

__all__ = ["GoodnessOfFit", "distance", "goodness_of_fit"]


@final
@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """The distance of data from a fitted law, and how often chance alone makes it as large.

    Attributes
    ----------
    distance : float
        Kolmogorov's: the largest difference of the two distribution functions.
    p_value : float
        The share of samples of the fitted law, each fitted anew, that are at least as far.
    draws : int
        How many samples there were.
    failed : int
        Samples that have no maximum; they are not counted.
    """

    distance: float
    p_value: float
    draws: int
    failed: int = 0


def goodness_of_fit(fitted: Fit, *, draws: int, rng: np.random.Generator) -> GoodnessOfFit:
    """Sample the fitted law, fit each sample, and count the distances that are as large."""
    data = fitted.data
    if fitted.prior:
        raise KullbackError("fit.goodness_prior", family=fitted.family)
    if not isinstance(data, Observations) or data.censored is not None or fitted.model.axes:
        raise KullbackError("fit.rows_needed")
    if data.weights is not None and (data.weights != np.floor(data.weights)).any():
        raise KullbackError("fit.weights_whole")
    own = distance(fitted.distribution, data)
    reached = failed = 0
    for _ in range(draws):
        sample = Observations(fitted.distribution.sample(int(data.total), rng=rng))
        try:
            other = fitted.again(sample, rng=rng).distribution
        except KullbackError:
            failed += 1
            continue
        reached += distance(other, sample) >= own
    if failed == draws:
        raise KullbackError("fit.no_refit", family=fitted.family, draws=draws)
    return GoodnessOfFit(own, (1 + reached) / (1 + draws - failed), draws, failed)


def distance(law: AbstractFamily, data: Observations) -> float:
    """Return the largest difference between the distribution functions of a law and of data."""
    x, share = data.sorted
    last = np.append(x[1:] != x[:-1], True)  # of equal numbers the last has the whole share
    x, above = x[last], share[last]
    below = np.concatenate([[0.0], above[:-1]])
    cdf = np.asarray(law.cdf(x))
    before = np.asarray(law.cdf(x - 1.0)) if law.support.discrete else cdf
    return float(max((above - cdf).max(), (before - below).max(), 0.0))
