"""The Miller-Madow estimator: the plug-in with its first-order bias removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from kullback._kernels.dependence import Term
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator, beside
from kullback.estimators.discrete.plug_in import ENTROPY, first_order, single
from kullback.kinds import Contingency, Counts
from kullback.units import NATS

__all__ = ["MillerMadow"]


@final
@dataclass(frozen=True, slots=True)
class MillerMadow(AbstractEntropyEstimator):
    r"""The plug-in plus its bias to first order, with K the number of outcomes seen.

    .. math:: \hat H_{MM} = \hat H + \frac{K - 1}{2n}

    A sum of entropies, such as mutual information, is corrected term by term.

    Good where most outcomes were seen several times. For nearly equal proportions its error is
    skewed, and intervals hold the truth somewhat less often than they say. Where more than a
    tenth of the observations, divided by the number of variables, are of outcomes seen once it
    gives no standard error and says why. Errors are those of `PlugIn`.

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
        return beside(counts.n, self.combination(single(counts), ENTROPY))

    def combination(self, data: Contingency, terms: tuple[Term, ...]) -> Estimate:
        """Return a sum of informations and entropies of several variables, in nats."""
        value, bias, error, notes = first_order(data, terms)
        return Estimate(value - bias, error, NATS, data.n, "MillerMadow", notes)
