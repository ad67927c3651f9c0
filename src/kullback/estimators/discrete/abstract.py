"""What every estimator of a discrete entropy has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from kullback._array import Array, like
from kullback._kernels.dependence import Term, entropies
from kullback.estimate import Estimate
from kullback.kinds import Contingency, Counts
from kullback.units import NATS

__all__ = ["AbstractEntropyEstimator", "beside"]


class AbstractEntropyEstimator(ABC):
    """An estimator of entropy from counts. Its options are its fields; it is frozen.

    What gives an entropy gives mutual information and its relatives too, as sums of entropies.
    """

    @abstractmethod
    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""

    def combination(self, data: Contingency, terms: tuple[Term, ...]) -> Estimate:
        """Return a sum of informations and entropies of several variables, in nats.

        Here each entropy is estimated by itself. Their errors are correlated, so none is told.
        """
        value = sum(
            weight * float(self.entropy(Counts(counts[counts > 0])).value)
            for axes, weight in entropies(terms).items()
            if not data.varying.isdisjoint(axes)
            for counts, _ in [data.margin(axes)]
        )
        notes = ("a sum of entropies, whose errors are correlated",)
        return Estimate(value, None, NATS, data.n, type(self).__name__, notes)


def beside(data: Array, estimate: Estimate) -> Estimate:
    """Return an estimate as numbers of the library that the data came in."""
    value, error = (
        None if x is None else like(np.float64(x), data)
        for x in (estimate.value, estimate.std_error)
    )
    return replace(estimate, value=value, std_error=error)
