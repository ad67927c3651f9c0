"""Kullback-Leibler, Jeffreys and Jensen-Shannon divergences."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from kullback._array import Array, as_scalar, is_traced, namespace, narrow
from kullback._kernels import generic
from kullback._kernels.powers import root
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Labels, Logits, LogProbs, Probs
from kullback.measures.entropy import labels_cross_entropy
from kullback.measures.tables import by_blocks, of_arrays, of_probs, same_outcomes
from kullback.units import NATS, Unit, as_unit
from kullback.verbs import no_rule, rule, verb

__all__ = [
    "jeffreys_divergence",
    "jensen_shannon_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    "root_of_jensen_shannon",
    "shares",
]


@verb(operands=2)
def kl_divergence(
    p: Any,
    q: Any,
    /,
    *,
    samples: int | None = None,  # noqa: ARG001
    rng: Any = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Kullback-Leibler divergence of q from p: the price of taking q for the truth.

    .. math:: D(p \,\|\, q) = \sum_i p_i \log\frac{p_i}{q_i} - p_i + q_i

    The last two terms cancel for exact probabilities; with them the result is never negative
    for floats either, whose sum is seldom exactly 1, and is right to the last digits however
    close p and q are. The reverse divergence is the swapped call.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        The truth.
    q : distribution or array, shape (..., K)
        The model. Leading axes broadcast.
    samples : int, optional
        How many draws to average over, for laws of several dimensions that have no closed form.
        All others are answered exactly, and refuse it.
    rng : numpy.random.Generator, int or JAX key, optional
        Where the draws come from; fresh by default.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...), or Estimate
        At least 0, and 0 only for p = q; inf where p > 0 and q = 0, or where the integral
        diverges. With respect to probabilities an outcome that is exactly 0 gets gradient 0 from
        whatever would be infinite there. An `Estimate` of the mean of `samples` draws.

    Raises
    ------
    KullbackError
        If p or q is no distribution, if they differ in their number of outcomes, or if only
        draws can tell and no `samples` are given.

    References
    ----------
    Kullback and Leibler (1951), *On information and sufficiency*.

    Examples
    --------
    >>> import kullback as kb
    >>> p, q = [0.9, 0.1], [0.1, 0.9]
    >>> round(float(kb.kl_divergence(p, q, unit="bits")), 3)
    2.536
    >>> float(kb.entropy(p) - kb.entropy(q))  # as uncertain as each other, yet far apart
    0.0
    >>> float(kb.kl_divergence([0.5, 0.5], [1.0, 0.0]))
    inf
    """
    raise no_rule("kl_divergence", p, q)


@rule(kl_divergence, AbstractFinite, AbstractFinite, kernel="kl_from_log_probs")
def finite_from_finite(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Sum over logarithms, which hold more than probabilities do."""
    log_p, log_q = p.wide_log_probs(), q.wide_log_probs()
    same_outcomes(log_p, log_q)
    return narrow(of_arrays("kl_from_log_probs", log_p, log_q), p.values, q.values)


@rule(kl_divergence, Probs, Probs, kernel="kl_from_probs", checks=True)
def probs_from_probs(p: Probs, q: Probs) -> Array:
    """Sum over the probabilities given."""
    same_outcomes(p.p, q.p)
    return of_probs("kl_from_probs", p=p, q=q)


@rule(kl_divergence, LogProbs, LogProbs, kernel="kl_from_log_probs")
def log_probs_from_log_probs(p: LogProbs, q: LogProbs) -> Array:
    """Sum over the logarithms given."""
    same_outcomes(p.log_p, q.log_p)
    return of_arrays("kl_from_log_probs", p.log_p, q.log_p)


@rule(kl_divergence, Logits, Logits, kernel="kl_from_logits")
def logits_from_logits(p: Logits, q: Logits) -> Array:
    """Work with differences of logits, so that nothing is lost to normalisation."""
    same_outcomes(p.z, q.z)
    return of_arrays("kl_from_logits", p.z, q.z)


@rule(kl_divergence, Labels, AbstractFinite)
def labels_from_finite(p: Labels, q: AbstractFinite) -> Array:
    """A label has no entropy, so its divergence is its cross-entropy."""
    return labels_cross_entropy(p, q)


def jeffreys_divergence(p: Any, q: Any, /, *, axis: int = -1, unit: Unit | str = NATS) -> Any:
    r"""Sum of the two Kullback-Leibler divergences; in credit scoring, PSI.

    .. math:: J(p, q) = D(p \,\|\, q) + D(q \,\|\, p) = \sum_i (p_i - q_i) \log\frac{p_i}{q_i}

    Parameters
    ----------
    p, q : distribution or array, shape (..., K)
        The order does not matter.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        At least 0; inf where only one of the two allows an outcome.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Jeffreys (1946), *An invariant form for the prior probability in estimation problems*.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.jeffreys_divergence([0.9, 0.1], [0.1, 0.9], unit="bits")), 3)
    5.072
    """
    there = kl_divergence(p, q, axis=axis, unit=unit)
    return there + kl_divergence(q, p, axis=axis, unit=unit)


@verb(operands=2)
def jensen_shannon_divergence(
    p: Any,
    q: Any,
    /,
    *,
    weight: float = 0.5,  # noqa: ARG001
    skew: float | None = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Jensen-Shannon divergence: the mean divergence of p and q from their mixture.

    .. math:: JS(p, q) = w\,D(p \,\|\, m) + (1-w)\,D(q \,\|\, m), \qquad m = w p + (1-w) q

    with w = 1/2, or another weight. With `skew` each side has a mixture of its own, that holds a
    share of the other side:

    .. math:: JS_a(p, q) = w\,D(p \,\|\, (1-a) p + a q) + (1-w)\,D(q \,\|\, (1-a) q + a p)

    so that a = 1/2 is the usual divergence and a = 1 is half of Jeffreys'.

    Parameters
    ----------
    p, q : distribution or array, shape (..., K)
        The order does not matter, unless a weight is given.
    weight : float, default 0.5
        w, the weight of p, from 0 to 1.
    skew : float, optional
        a, the share of the other side, from 0 to 1. By default the weight decides.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        Between 0 and log 2, which is 1 bit; always finite. With a weight, at most the entropy of
        (w, 1 - w); with a skew, at most -log(1 - a), which is infinite for a = 1.

    Raises
    ------
    KullbackError
        If p or q is no distribution, if they differ in their number of outcomes, or if a weight
        or a skew is not between 0 and 1.

    References
    ----------
    Lin (1991), *Divergence measures based on the Shannon entropy*. Nielsen (2010), *A family of
    statistical symmetric divergences based on Jensen's inequality*.

    Examples
    --------
    >>> import kullback as kb
    >>> float(kb.jensen_shannon_divergence([1.0, 0.0], [0.0, 1.0], unit="bits"))
    1.0

    Of which of two sources an outcome came, if the first is three times as likely:

    >>> p, q = [1.0, 0.0], [0.0, 1.0]
    >>> round(float(kb.jensen_shannon_divergence(p, q, weight=0.75, unit="bits")), 4)
    0.8113
    """
    raise no_rule("jensen_shannon_divergence", p, q)


@rule(jensen_shannon_divergence, AbstractFinite, AbstractFinite)
def finite_jensen_shannon(
    p: AbstractFinite, q: AbstractFinite, *, weight: float = 0.5, skew: float | None = None
) -> Array:
    """Sum over both tables."""
    table, other = p.wide_probs(), q.wide_probs()
    same_outcomes(table, other)
    kernel = partial(generic.jensen_shannon, **shares(weight, skew))
    return narrow(by_blocks(kernel, table, other), p.values, q.values)


@rule(jensen_shannon_divergence, Probs, Probs, kernel="jensen_shannon", checks=True)
def probs_jensen_shannon(
    p: Probs, q: Probs, *, weight: float = 0.5, skew: float | None = None
) -> Array:
    """Sum over the probabilities given."""
    same_outcomes(p.p, q.p)
    if weight == 0.5 and skew is None:
        return of_probs("jensen_shannon", p=p, q=q)
    for name, table in (("p", p), ("q", q)):
        if table.pending:
            table.verify(name)
    return finite_jensen_shannon(p, q, weight=weight, skew=skew)


@rule(jensen_shannon_divergence, LogProbs, LogProbs, kernel="jensen_shannon_from_log_probs")
def log_probs_jensen_shannon(
    p: LogProbs, q: LogProbs, *, weight: float = 0.5, skew: float | None = None
) -> Array:
    """Work with differences of logarithms, which exponentials have lost."""
    return _from_arrays("jensen_shannon_from_log_probs", p.log_p, q.log_p, weight, skew)


@rule(jensen_shannon_divergence, Logits, Logits, kernel="jensen_shannon_from_logits")
def logits_jensen_shannon(
    p: Logits, q: Logits, *, weight: float = 0.5, skew: float | None = None
) -> Array:
    """Work with differences of logits, likewise."""
    return _from_arrays("jensen_shannon_from_logits", p.z, q.z, weight, skew)


def _from_arrays(kernel: str, p: Array, q: Array, weight: float, skew: float | None) -> Array:
    same_outcomes(p, q)
    if weight == 0.5 and skew is None:
        return of_arrays(kernel, p, q)
    run = partial(getattr(generic, kernel), **shares(weight, skew))
    return narrow(by_blocks(run, p, q), p, q)


def shares(weight: float, skew: float | None) -> dict[str, Any]:
    """Return the options of the kernels, in their own precision; refuse what is no share."""
    for name, share in (("weight", weight), ("skew", skew)):
        if share is not None and not 0 <= share <= 1:
            raise KullbackError("mixture.share", name=name, got=share)
    return {"weight": float(weight), "skew": None if skew is None else float(skew)}


def jensen_shannon_distance(p: Any, q: Any, /, *, axis: int = -1, unit: Unit | str = NATS) -> Any:
    r"""Square root of the Jensen-Shannon divergence, which is a metric.

    .. math:: d(p, q) = \sqrt{JS(p, q)}

    Parameters
    ----------
    p, q : distribution or array, shape (..., K)
        The order does not matter.
    axis : int, default -1
        Where the outcomes of bare arrays are.
    unit : Unit or str, default "nats"
        The unit of the divergence under the root; in bits the distance is between 0 and 1.

    Returns
    -------
    array, shape (...)
        At least 0, and 0 only for p = q, where it has a kink and is given gradient 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Endres and Schindelin (2003), *A new metric for probability distributions*.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.jensen_shannon_distance([0.9, 0.1], [0.1, 0.9], unit="bits")), 4)
    0.7287
    """
    divergence = jensen_shannon_divergence(p, q, axis=axis, unit=unit)
    xp = namespace(divergence)
    small = divergence < _NEARLY_NOTHING * float(xp.finfo(divergence.dtype).smallest_normal)
    distance = xp.sqrt(xp.where(small, 1.0, divergence))
    if is_traced(small) or bool(xp.any(small)):
        nats = root_of_jensen_shannon(p, q, axis=axis)
        distance = xp.where(small, nats * math.sqrt(as_unit(unit).from_nats(1.0)), distance)
    return as_scalar(distance)


# A divergence of so many times the smallest normal number may have lost digits, or all.
_NEARLY_NOTHING = 2.0**16


@verb(operands=2)
def root_of_jensen_shannon(p: Any, q: Any, /, *, axis: int = -1) -> Any:  # noqa: ARG001
    """Return the root of the divergence in nats, also where the divergence is too small a float."""
    divergence = jensen_shannon_divergence(p, q)
    return root(namespace(divergence), divergence)


@rule(root_of_jensen_shannon, AbstractFinite, AbstractFinite)
def finite_root_of_jensen_shannon(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Take it before the sum is scaled back."""
    return _rooted(generic.jensen_shannon, p, q, p.wide_probs(), q.wide_probs())


@rule(root_of_jensen_shannon, LogProbs, LogProbs)
def log_probs_root_of_jensen_shannon(p: LogProbs, q: LogProbs) -> Array:
    """Take it of differences of logarithms."""
    return _rooted(generic.jensen_shannon_from_log_probs, p, q, p.log_p, q.log_p)


@rule(root_of_jensen_shannon, Logits, Logits)
def logits_root_of_jensen_shannon(p: Logits, q: Logits) -> Array:
    """Take it of differences of logits."""
    return _rooted(generic.jensen_shannon_from_logits, p, q, p.z, q.z)


def _rooted(
    kernel: Callable[..., Array], p: AbstractFinite, q: AbstractFinite, *tables: Array
) -> Array:
    return narrow(by_blocks(partial(kernel, rooted=True), *tables), p.values, q.values)
