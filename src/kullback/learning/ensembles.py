"""What the members of an ensemble would tell each other."""

from __future__ import annotations

from typing import Any

from kullback._array import Array, as_float_array, device_of, like, namespace, narrow, widen
from kullback._kernels.compensated import total
from kullback._kernels.generic import comparison, difference_from_logs, excess
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Logits, LogProbs, Probs, as_distribution

__all__ = ["ensemble_information_gain"]


def ensemble_information_gain(p: Any, /, *, members: int = 0, weights: Any = None) -> Array:
    r"""Ensemble information gain: what an outcome tells about which member is right.

    .. math:: I(y; m) = H\Bigl(\sum_m w_m p_m\Bigr) - \sum_m w_m H(p_m)
       = \sum_m w_m D\Bigl(p_m \,\Big\|\, \sum_j w_j p_j\Bigr)

    The mutual information of outcome and member, known as BALD, or epistemic uncertainty: the
    part of the uncertainty that data can remove. It is computed as the last sum, so that nothing
    cancels where members nearly agree.

    Parameters
    ----------
    p : distribution or array, shape (M, ..., K)
        What each member predicts: probabilities, or a kind such as `Logits` or `LogProbs`.
    members : int, default 0
        Where the members are, among the axes of p without that of the outcomes.
    weights : array, shape (M,), optional
        The probability of each member; equal by default.

    Returns
    -------
    array, shape (...)
        In nats, at least 0, and 0 only where all members agree; at most the entropy of the
        weights, log M for equal ones.

    Raises
    ------
    KullbackError
        If p is no distribution over finitely many outcomes, if it has no axis of members or no
        members, or if the weights are not one probability for each.

    References
    ----------
    Lindley (1956), *On a measure of the information provided by an experiment*. Houlsby, Huszár,
    Ghahramani and Lengyel (2011), *Bayesian active learning for classification and preference
    learning*.

    Examples
    --------
    >>> from kullback.learning import ensemble_information_gain
    >>> float(ensemble_information_gain([[0.5, 0.5], [0.5, 0.5]]))  # uncertain, and all say so
    0.0
    >>> float(ensemble_information_gain([[1.0, 0.0], [0.0, 1.0]]).round(4))  # sure, of their own
    0.6931
    """
    p = as_distribution(p)
    if not isinstance(p, AbstractFinite):
        raise KullbackError("learning.ensemble.kind", kind=type(p).__name__)
    table = widen(p.wide_probs())
    ndim = table.ndim - 1
    if not -ndim <= members < ndim:
        raise KullbackError("array.axis", axis=members, ndim=ndim)
    if table.shape[members % ndim] == 0:
        raise KullbackError("array.empty")
    xp, first = namespace(table), members % ndim
    order = (first, *(i for i in range(table.ndim) if i != first))

    def members_first(x: Array) -> Array:
        return xp.permute_dims(x, order)

    table = members_first(xp.where(table == 0.0, 0.0, table))  # an exact zero has gradient 0
    weight = _weights(xp, weights, table)
    apart = _apart(xp, p, table, members_first)
    others = xp.sum(weight * apart, axis=0)
    mixture = xp.sum(weight * table, axis=0)
    held = (weight > 0.0) & (table > 0.0)
    smallest = float(xp.finfo(table.dtype).smallest_normal)  # of a product too small for the type
    mixture = xp.where((mixture == 0.0) & xp.any(held, axis=0), smallest, mixture)
    gap = xp.where(weight > 0.0, excess(xp, table, mixture, others - apart), 0.0)
    return narrow(total(xp, xp.sum(weight * gap, axis=0)), p.values)


def _apart(xp: Any, p: AbstractFinite, table: Array, members_first: Any) -> Array:
    """Return the members' probabilities less those of the first, with all their digits."""
    first = table[:1, ...]
    if isinstance(p, Logits):
        z = members_first(widen(p.z))
        two = comparison(xp, xp.broadcast_to(z[:1, ...], z.shape), z)
        d = xp.where(two.apart, two.plain_log_ratio, two.centred - two.shift[..., None])
        return xp.where(two.common, difference_from_logs(xp, two.p, two.q, d), two.q - two.p)
    if isinstance(p, LogProbs):
        log_p = members_first(widen(p.log_p))
        common = (log_p > -xp.inf) & (log_p[:1, ...] > -xp.inf)
        d = xp.where(common, log_p, 0.0) - xp.where(common, log_p[:1, ...], 0.0)
        return xp.where(common, difference_from_logs(xp, first, table, d), table - first)
    return table - first


def _weights(xp: Any, weights: Any, table: Array) -> Array:
    """Return one probability for each member, beside the axes of a table."""
    size = table.shape[0]
    if weights is None:
        return xp.asarray(1.0 / size, dtype=table.dtype, device=device_of(table))
    given = as_float_array(weights, "weights")
    if tuple(given.shape) != (size,):
        raise KullbackError("learning.ensemble.weights", got=tuple(given.shape), members=size)
    share = Probs(like(given, table), check=False)
    share.verify("weights")
    return xp.reshape(share.wide_probs(), (size, *(1 for _ in table.shape[1:])))
