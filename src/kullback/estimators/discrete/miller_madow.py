"""The Miller-Madow estimator: the plug-in with its first-order bias removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from kullback._array import to_numpy
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator
from kullback.estimators.discrete.plug_in import PlugIn
from kullback.kinds import Counts

__all__ = ["MillerMadow"]


@final
@dataclass(frozen=True, slots=True)
class MillerMadow(AbstractEntropyEstimator):
    r"""The plug-in plus its bias to first order, with K the number of outcomes seen.

    .. math:: \hat H_{MM} = \hat H + \frac{K - 1}{2n}

    Good where most outcomes were seen several times. For nearly equal proportions its error is
    skewed, and intervals hold the truth somewhat less often than they say. Where more than a
    tenth of the observations are of outcomes seen once it gives no standard error and says why.

    References
    ----------
    Miller (1955), *Note on the bias of information estimates*.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.estimators.MillerMadow().entropy(kb.Counts([6, 3, 1]))
    <Estimate 0.9979 ± 0.2038 nats (MillerMadow, n=10)>
    """

    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""
        plug_in = PlugIn().entropy(counts)
        seen = int(np.count_nonzero(to_numpy(counts.n)))
        return replace(
            plug_in,
            value=plug_in.value + (seen - 1) / (2 * plug_in.n),
            method="MillerMadow",
            notes=tuple(note for note in plug_in.notes if note != "biased low"),
        )
