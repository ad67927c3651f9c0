"""The plug-in estimator: the entropy of the observed proportions."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from kullback._kernels.dependence import Term, combined, entropies
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator, beside
from kullback.kinds import Contingency, Counts
from kullback.units import NATS

__all__ = ["ENTROPY", "FirstOrder", "PlugIn", "first_order", "single"]

ENTROPY = (Term(1, (0,), (), ()),)

# The error of more entropies than these would take longer than the entropies.
_MANY = 300


class FirstOrder(NamedTuple):
    """What is known to first order about a sum of entropies of observed proportions."""

    value: float
    bias: float
    error: float | None
    notes: tuple[str, ...]


def first_order(data: Contingency, terms: tuple[Term, ...]) -> FirstOrder:
    r"""Return the sum of terms for the observed proportions, with its bias and standard error.

    With :math:`c_S` the weight of the entropy of the variables S, of which :math:`K_S`
    combinations were seen, the bias is :math:`-\sum_S c_S (K_S - 1) / 2n`. The variance is that
    of :math:`-\sum_S c_S \log \hat p_S` over n, which vanishes for independent variables and for
    equal proportions, plus the variance of the second order under independence. There
    :math:`2n (\hat H_S - H_S)` is minus a sum of independent :math:`\chi^2_T` for the sets
    :math:`T \subseteq S`, each with :math:`d_T = \prod_{i \in T} (K_i - 1)` degrees of freedom:

    .. math:: \frac{1}{2 n^2} \sum_T a_T^2 d_T, \qquad a_T = \sum_{S \supseteq T} c_S .

    Of several variables the two errors are added, and not their squares: a little dependence is
    underestimated together with its error, and intervals would hold it 88 times of 100.
    """
    n, counts = float(data.n), data.counts.astype(np.float64)
    surprise, bias = np.zeros(counts.shape), 0.0
    weights, varying = entropies(terms), data.varying
    for axes, weight in weights.items():
        if not varying.isdisjoint(axes):
            margin, place = data.margin(axes)
            surprise += (weight * np.log(n / np.maximum(margin, 1.0)))[place]
            bias -= weight * (np.count_nonzero(margin) - 1) / (2.0 * n)
    mean = value = float(np.vdot(counts, surprise)) / n
    if data.places is None:
        value = float(combined(np, (counts, None), terms)) / n
    if np.count_nonzero(counts == 1) * max(len(varying), 1) > 0.1 * n:
        return FirstOrder(value, bias, None, ("many outcomes seen once",))
    seen = ((axis, int(np.count_nonzero(data.margin((axis,))[0]))) for axis in varying)
    sizes = {axis: size for axis, size in seen if size > 1}
    if not sizes:
        return FirstOrder(value, bias, None, ("one outcome seen",))
    if len(weights) > _MANY:
        return FirstOrder(value, bias, None, ("too many entropies for an error",))
    chance, spread = _independent(weights, sizes)
    first = float(np.vdot(counts, (surprise - mean) ** 2)) / n**2
    close = all(term.y and term.sign > 0 for term in terms)
    if close and 2.0 * n * value <= chance + 1.645 * math.sqrt(2.0 * spread):
        notes = ("independence is not ruled out",)
    else:
        notes = ()
    first, second = math.sqrt(first), math.sqrt(spread / 2.0) / n
    error = first + second if len(sizes) > 1 else math.hypot(first, second)
    return FirstOrder(value, bias, error, notes)


def _independent(
    weights: dict[tuple[int, ...], float], sizes: dict[int, int]
) -> tuple[float, float]:
    """Return the sums of -a_T d_T and of a_T^2 d_T, over all sets T but the empty one.

    Over the subsets T of a set, d_T adds up to the product of its K_i.
    """
    sets = [(frozenset(axes), weight) for axes, weight in weights.items()]

    def cells(axes: frozenset[int]) -> float:
        return math.prod(float(sizes.get(axis, 1)) for axis in axes) - 1.0

    chance = -sum(weight * cells(axes) for axes, weight in sets)
    spread = sum(v * w * cells(a & b) for (a, v), (b, w) in itertools.product(sets, repeat=2))
    return chance, max(spread, 0.0)


def single(counts: Counts) -> Contingency:
    """Return one row of counts as the contingency of one variable."""
    if counts.n.ndim != 1:
        raise KullbackError("counts.batch", shape=tuple(counts.n.shape))
    return counts.contingency((0,))


@final
@dataclass(frozen=True, slots=True)
class PlugIn(AbstractEntropyEstimator):
    r"""The entropy of the observed proportions, which is too small on average.

    .. math:: \hat H = -\sum_k \hat p_k \log \hat p_k, \qquad \hat p_k = n_k / n

    Mutual information, of which more than one entropy is subtracted, is too large on average.

    The standard error is that of the delta method to second order, which does not vanish for
    equal proportions and for independent variables: its square is the variance of
    :math:`-\log \hat p` over n, plus :math:`(K-1)/2n^2`. Of mutual information it is the sum of
    two errors, whose squares are the variance of :math:`\log \hat p(x,y) / \hat p(x) \hat p(y)`
    over n, and :math:`(K_x-1)(K_y-1)/2n^2`; likewise of all measures of several variables. It knows
    nothing of the bias, so a note says so. It is None where the bias exceeds half of it, where one
    outcome was seen, or where more than a tenth of the observations are of outcomes seen once: of
    several variables a tenth divided by their number, because more combinations go unseen.

    References
    ----------
    Basharin (1959), *On a statistical estimate for the entropy of a sequence of independent
    random variables*; Roulston (1999), *Estimating the errors on measured entropy and mutual
    information*.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.estimators.PlugIn().entropy(kb.Counts([6, 3, 1]))
    <Estimate 0.8979 ± 0.2038 nats (PlugIn, n=10; biased low)>
    """

    def entropy(self, counts: Counts) -> Estimate:
        """Return the entropy of the law that one row of counts was drawn from, in nats."""
        return beside(counts.n, self.combination(single(counts), ENTROPY))

    def combination(self, data: Contingency, terms: tuple[Term, ...]) -> Estimate:
        """Return a sum of informations and entropies of several variables, in nats."""
        value, bias, error, notes = first_order(data, terms)
        if bias:
            more = ()
            if error is not None and abs(bias) > 0.5 * error:
                error, more = None, ("by more than half its standard error",)
            notes = (f"biased {'low' if bias < 0 else 'high'}", *more, *notes)
        return Estimate(value, error, NATS, data.n, "PlugIn", notes)
