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

    The standard error is that of the delta method to second order, which does not vanish for
    equal proportions: the variance of :math:`-\log \hat p` over n, plus :math:`(K-1)/2n^2`. It
    knows nothing of the bias, so a note says so. It is None where one outcome was seen, or where
    more than a tenth of the observations are of outcomes seen once.

    References
    ----------
    Basharin (1959), *On a statistical estimate for the entropy of a sequence of independent
    random variables*.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.estimators.PlugIn().entropy(kb.Counts([6, 3, 1]))
    <Estimate 0.8979 ± 0.2038 nats (PlugIn, n=10; biased low)>
    """

    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""
        n_k = to_numpy(counts.n)
        if n_k.ndim != 1:
            raise KullbackError("counts.batch", shape=n_k.shape)
        seen = n_k[n_k > 0].astype(np.float64)
        n = int(seen.sum())
        surprise = np.log(n / seen)
        value = float(seen @ surprise) / n
        first = float(seen @ (surprise - value) ** 2) / n**2
        error: float | None = math.sqrt(first + (len(seen) - 1) / (2 * n**2))
        notes = ("biased low",)
        if np.count_nonzero(seen == 1) > 0.1 * n:
            error, notes = None, (*notes, "many outcomes seen once")
        elif len(seen) == 1:
            error, notes = None, (*notes, "one outcome seen")
        value = like(np.float64(value), counts.n)
        error = None if error is None else like(np.float64(error), counts.n)
        return Estimate(value, error, NATS, n, "PlugIn", notes)
