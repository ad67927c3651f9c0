"""Rényi's and Tsallis' measures, which weigh likely and rare outcomes by an order."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from kullback._array import Array, narrow
from kullback._kernels import powers
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Labels
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy, labels_cross_entropy
from kullback.measures.f_divergence import of_pair
from kullback.measures.tables import by_blocks
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, rule, verb

__all__ = ["checked_order", "renyi_divergence", "renyi_entropy", "tsallis_entropy"]


@verb(operands=1)
def renyi_entropy(
    p: Any,
    /,
    *,
    order: float,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Rényi entropy: uncertainty in which an order weighs likely against rare outcomes.

    .. math:: H_\alpha(p) = \frac{s}{1 - \alpha} \log\frac{\sum_i p_i^\alpha}{s},
       \qquad s = \sum_i p_i

    The sum s is 1 for exact probabilities, and within rounding of 1 for floats; with it the
    entropy of order 1, the limit, is Shannon's of the numbers given, to the last digit. Order 0
    is Hartley's, the logarithm of how many outcomes are possible, order 2 is the collision
    entropy, and infinity the min-entropy :math:`-\log \max_i p_i`.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        Probabilities on the last axis, any kind that has a table, or a law on the line.
    order : float
        At least 0; ``math.inf`` is allowed.
    axis : int, default -1
        Where the outcomes of a bare array are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        Between 0 and log K, and never more for a larger order; that of a density may be negative
        or infinite. With respect to probabilities an outcome that is exactly 0 gets gradient 0.

    Raises
    ------
    KullbackError
        If p is no distribution, or if the order is negative or no number.

    References
    ----------
    Rényi (1961), *On measures of entropy and information*.

    Examples
    --------
    >>> import math
    >>> import kullback as kb
    >>> p = [0.5, 0.25, 0.25]
    >>> [round(float(kb.renyi_entropy(p, order=a, unit="bits")), 4) for a in (0, 1, 2, math.inf)]
    [1.585, 1.5, 1.415, 1.0]
    """
    raise no_rule("renyi_entropy", p)


@rule(renyi_entropy, AbstractFinite)
def finite_renyi_entropy(p: AbstractFinite, *, order: float) -> Array:
    """Sum powers over the table."""
    order = checked_order(order)
    if order == 1.0:
        return entropy(p)
    kernel = partial(powers.renyi_entropy, order=order)
    return narrow(by_blocks(kernel, p.wide_probs(), p.wide_log_probs()), p.values)


@verb(operands=1)
def tsallis_entropy(
    p: Any,
    /,
    *,
    order: float,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
) -> Any:
    r"""Tsallis entropy: the uncertainty that adds up with a correction for independent parts.

    .. math:: S_\alpha(p) = \frac{\sum_i p_i - p_i^\alpha}{\alpha - 1}

    Order 1 is the limit, Shannon's entropy in nats. Order 2 is the Gini-Simpson index, the
    probability that two draws differ; order 0 counts the possible outcomes but one.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        Probabilities on the last axis, any kind that has a table, or a law on the line.
    order : float
        At least 0; ``math.inf`` is allowed.
    axis : int, default -1
        Where the outcomes of a bare array are.

    Returns
    -------
    array, shape (...)
        Between 0 and the value for K equally likely outcomes; it has no unit.

    Raises
    ------
    KullbackError
        If p is no distribution, or if the order is negative or no number.

    References
    ----------
    Tsallis (1988), *Possible generalization of Boltzmann-Gibbs statistics*.

    Examples
    --------
    >>> import kullback as kb
    >>> [round(float(kb.tsallis_entropy([0.5, 0.25, 0.25], order=a)), 4) for a in (0, 1, 2)]
    [2.0, 1.0397, 0.625]
    """
    raise no_rule("tsallis_entropy", p)


@rule(tsallis_entropy, AbstractFinite)
def finite_tsallis_entropy(p: AbstractFinite, *, order: float) -> Array:
    """Sum powers over the table."""
    order = checked_order(order)
    if order == 1.0:
        return entropy(p)
    kernel = partial(powers.tsallis_entropy, order=order)
    return narrow(by_blocks(kernel, p.wide_probs(), p.wide_log_probs()), p.values)


@verb(operands=2)
def renyi_divergence(
    p: Any,
    q: Any,
    /,
    *,
    order: float,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Rényi divergence of q from p: an order says how much the worst ratios weigh.

    .. math:: D_\alpha(p \,\|\, q) = \frac{s}{\alpha - 1}
       \log\frac{\sum_i p_i^\alpha q_i^{1 - \alpha}}{s} - \sum_i (p_i - q_i),
       \qquad s = \sum_i p_i

    For exact probabilities s is 1 and the last sum 0. With them the divergence of floats, which
    seldom sum to exactly 1, is never negative, never decreases with the order, equals
    `kl_divergence` at order 1, its limit, and is right to the last digits however close p and q
    are. Order 0 is :math:`-\log q(p > 0)`, order 1/2 twice the Bhattacharyya distance, order 2
    the logarithm of one plus the chi-squared divergence, and infinity
    :math:`\log \max_i p_i / q_i`.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        The truth.
    q : distribution or array, shape (..., K)
        The model. Leading axes broadcast.
    order : float
        At least 0; ``math.inf`` is allowed.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        At least 0. From order 1 on, inf where p > 0 and q = 0 for some outcome; below it, only
        where p and q have no outcome in common. With respect to probabilities an outcome that
        is exactly 0 gets gradient 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, if they differ in their number of outcomes, or if the order
        is negative or no number.

    References
    ----------
    Rényi (1961), *On measures of entropy and information*; van Erven and Harremoës (2014),
    *Rényi divergence and Kullback-Leibler divergence*.

    Examples
    --------
    >>> import math
    >>> import kullback as kb
    >>> p, q = [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]
    >>> float(kb.renyi_divergence(p, q, order=2, unit="bits"))
    1.0
    >>> float(kb.renyi_divergence(q, p, order=0.5, unit="bits"))
    1.0
    >>> float(kb.renyi_divergence(q, p, order=math.inf))
    inf
    """
    raise no_rule("renyi_divergence", p, q)


@rule(renyi_divergence, AbstractFinite, AbstractFinite)
def finite_renyi_divergence(p: AbstractFinite, q: AbstractFinite, *, order: float) -> Array:
    """Sum powers over both tables."""
    order = checked_order(order)
    if order == 1.0:
        return kl_divergence(p, q)
    return of_pair(partial(powers.renyi_divergence, order=order), p, q)


@rule(renyi_divergence, Labels, AbstractFinite)
def labels_renyi_divergence(p: Labels, q: AbstractFinite, *, order: float) -> Array:
    """Of a certain outcome every order says the same."""
    checked_order(order)
    return labels_cross_entropy(p, q)


def checked_order(order: Any) -> float:
    """Return the order as a number, and refuse what is none."""
    try:
        value = math.nan if isinstance(order, str) else float(order)
    except (TypeError, ValueError):
        value = math.nan
    if not value >= 0.0:
        raise KullbackError("order.range", got=repr(order))
    return value
