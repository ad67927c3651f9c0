"""Log-likelihood of samples, and the ratio of two."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._array import (
    Array,
    first_failure,
    holds_integers,
    is_traced,
    like,
    namespace,
    narrow,
    pick,
    safe_log,
    to_array,
)
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Probs
from kullback.measures.tables import same_outcomes
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, rule, verb

__all__ = ["log_likelihood", "log_likelihood_ratio", "outcomes"]


@verb(operands=1, after=1)
def log_likelihood(x: Any, q: Any, /, *, axis: int = -1) -> Any:  # noqa: ARG001
    r"""Log-likelihood of each sample under a model.

    .. math:: \ell(x) = \log q(x)

    Its mean over samples of p is minus the cross-entropy H(p, q), so maximising one is
    minimising the other.

    Parameters
    ----------
    x : integer array, shape (...)
        Outcomes, numbered from 0; x and the batch of q broadcast.
    q : distribution or array, shape (..., K)
        The model.
    axis : int, default -1
        Where the outcomes of a bare array are.

    Returns
    -------
    array, shape (...)
        In nats, one value per sample; -inf for what the model holds impossible.

    Raises
    ------
    KullbackError
        If q is no distribution, or if a sample is not one of its outcomes.

    References
    ----------
    Fisher (1922), *On the mathematical foundations of theoretical statistics*.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.log_likelihood([0, 1, 1], [0.25, 0.75]).round(4).tolist()
    [-1.3863, -0.2877, -0.2877]
    """
    raise no_rule("log_likelihood", q)


@rule(log_likelihood, AbstractFinite)
def finite_log_likelihood(x: Any, q: AbstractFinite) -> Array:
    """Look the outcomes up in the table."""
    log_q = q.wide_log_probs()
    return narrow(pick(log_q, outcomes(x, log_q)), q.values)


@verb(operands=2, after=1)
def log_likelihood_ratio(
    x: Any,  # noqa: ARG001
    p: Any,
    q: Any,
    /,
    *,
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""How much better p explains each sample than q does.

    .. math:: \lambda(x) = \log \frac{p(x)}{q(x)}

    Summed over independent samples it is the evidence for p against q; its mean under p is the
    divergence D(p || q).

    Parameters
    ----------
    x : integer array, shape (...)
        Outcomes, numbered from 0.
    p, q : distribution or array, shape (..., K)
        The two models.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        One value per sample; inf where only p allows it, -inf where only q does, and NaN where
        neither does.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if a sample is not one of their outcomes.

    References
    ----------
    Kullback and Leibler (1951), *On information and sufficiency*, eq. 2.2.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.log_likelihood_ratio([0, 1], [0.5, 0.5], [0.25, 0.75], unit="bits").round(4).tolist()
    [1.0, -0.585]
    """
    raise no_rule("log_likelihood_ratio", p, q)


@rule(log_likelihood_ratio, AbstractFinite, AbstractFinite)
def finite_log_likelihood_ratio(x: Any, p: AbstractFinite, q: AbstractFinite) -> Array:
    """Look the outcomes up in both tables."""
    log_p, log_q = p.wide_log_probs(), q.wide_log_probs()
    same_outcomes(log_p, log_q)
    x = outcomes(x, log_p)
    return narrow(_log_ratio(pick(log_p, x), pick(log_q, x)), p.values, q.values)


@rule(log_likelihood_ratio, Probs, Probs)
def probs_log_likelihood_ratio(x: Any, p: Probs, q: Probs) -> Array:
    """Look the outcomes up, and keep the digits of a ratio near 1."""
    table_p, table_q = p.wide_probs(), q.wide_probs()
    same_outcomes(table_p, table_q)
    x = outcomes(x, table_p)
    a, b = pick(table_p, x), pick(table_q, x)
    xp = namespace(a, b)
    near = (xp.abs(a - b) <= 0.5 * b) & (b > 0)
    change = xp.where(near, a - b, 0.0) / xp.where(near, b, 1.0)
    apart = _log_ratio(*(safe_log(xp, xp.where(near, 1.0, y)) for y in (a, b)))
    return narrow(xp.where(near, xp.log1p(change), apart), p.values, q.values)


def _log_ratio(log_a: Array, log_b: Array) -> Array:
    """Return the difference of two logarithms; NaN where both are -inf, without a warning."""
    xp = namespace(log_a, log_b)
    neither = (log_a == -xp.inf) & (log_b == -xp.inf)
    return xp.where(neither, xp.nan, log_a - xp.where(neither, 0.0, log_b))


def outcomes(x: Any, table: Array) -> Array:
    """Return x as indices in the table's library and on its device."""
    x = to_array(x, "x")
    if not holds_integers(x):
        raise KullbackError("labels.not_integers", name="x", dtype=str(x.dtype))
    lead, last = tuple(table.shape)[:-1], table.shape[-1] - 1
    try:
        np.broadcast_shapes(tuple(x.shape), lead)
    except ValueError:
        raise KullbackError("labels.batch", name="x", got=tuple(x.shape), needed=lead) from None
    if not is_traced(x) and (failure := first_failure((x >= 0) & (x <= last), x)):
        raise KullbackError("labels.range", name="x", place=failure[0], value=failure[1], last=last)
    return like(x, table)
