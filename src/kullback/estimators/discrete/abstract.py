"""What every estimator of a discrete entropy has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from kullback.estimate import Estimate
from kullback.kinds import Counts

__all__ = ["AbstractEntropyEstimator"]


class AbstractEntropyEstimator(ABC):
    """An estimator of entropy from counts. Its options are its fields; it is frozen."""

    @abstractmethod
    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""
