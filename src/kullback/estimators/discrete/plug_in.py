"""The plug-in estimator: the entropy of the observed proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from kullback._array import like, to_numpy
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator
from kullback.kinds import Counts
from kullback.units import NATS

__all__ = ["PlugIn"]


@final
@dataclass(frozen=True, slots=True)
class PlugIn(AbstractEntropyEstimator):
    r"""The entropy of the observed proportions, which is too small on average.

    .. math:: \hat H = -\sum_k \hat p_k \log \hat p_k, \qquad \hat p_k = n_k / n

    The standard error is that of the delta method, the standard deviation of
    :math:`-\log \hat p` divided by :math:`\sqrt n`. It knows nothing of the bias, so a note says
    so, and it is None where more than a tenth of the observations are of outcomes seen once.

    References
    ----------
    Basharin (1959), *On a statistical estimate for the entropy of a sequence of independent
    random variables*.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.estimators.PlugIn().entropy(kb.Counts([6, 3, 1]))
    <Estimate 0.8979 ± 0.1776 nats (PlugIn, n=10; biased low)>
    """

    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""
        n_k = to_numpy(counts.n)
        if n_k.ndim != 1:
            raise KullbackError("counts.batch", shape=n_k.shape)
        seen = n_k[n_k > 0].astype(np.float64)
        n = int(seen.sum())
        surprise = math.log(n) - np.log(seen)
        value = float(seen @ surprise) / n
        error, notes = math.sqrt(float(seen @ (surprise - value) ** 2)) / n, ("biased low",)
        if np.count_nonzero(seen == 1) > 0.1 * n:
            return Estimate(
                like(np.float64(value), counts.n),
                None,
                NATS,
                n,
                "PlugIn",
                (*notes, "many outcomes seen once"),
            )
        value, error = (like(np.float64(x), counts.n) for x in (value, error))
        return Estimate(value, error, NATS, n, "PlugIn", notes)
