"""Self-information, entropy, cross-entropy and perplexity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, overload

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    is_traced,
    like,
    namespace,
    narrow,
    pick,
    safe_log,
    to_numpy,
    widen,
)
from kullback._kernels import dependence, generic
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.kinds import (
    AbstractDistribution,
    AbstractFinite,
    Counts,
    Joint,
    Labels,
    Logits,
    Probs,
    Samples,
)
from kullback.kinds.joint import as_group, flat_group
from kullback.measures.likelihood import log_likelihood, outcomes
from kullback.measures.tables import of_arrays, of_probs, same_outcomes
from kullback.units import NATS, Unit, as_unit
from kullback.verbs import no_rule, rule, verb

__all__ = [
    "cross_entropy",
    "entropy",
    "mean_counted_loss",
    "mean_loss",
    "one_model",
    "perplexity",
    "self_information",
]


def self_information(p: Any, x: Any = None, /, *, axis: int = -1, unit: Unit | str = NATS) -> Any:
    r"""Surprise of an event: how much is learned when it happens.

    .. math:: I(x) = -\log p(x)

    Parameters
    ----------
    p : array, shape (...), or distribution
        Without `x`, probabilities of events, which need not sum to 1, or a distribution, all of
        whose outcomes are answered for. With `x`, the distribution that x comes from.
    x : integer array, shape (...), optional
        Outcomes, numbered from 0.
    axis : int, default -1
        Where the outcomes of a bare array are, if `x` is given.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...)
        0 for a certain event, inf for an impossible one.

    Raises
    ------
    KullbackError
        If a probability is not between 0 and 1, or if a sample is not an outcome of p.

    References
    ----------
    Shannon (1948), *A mathematical theory of communication*, section 6.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.self_information([0.99, 0.01], unit="bits").round(4).tolist()
    [0.0145, 6.6439]
    >>> float(kb.self_information(1.0))
    0.0
    """
    if x is not None:
        log_p = log_likelihood(x, p, axis=axis)
    elif isinstance(p, AbstractFinite):
        log_p = p.log_probs
    elif isinstance(p, AbstractDistribution):
        raise no_rule("self_information", p)
    else:
        p = as_float_array(p)
        if not is_traced(p) and (failure := first_failure((p >= 0) & (p <= 1), p)):
            raise KullbackError("event.range", place=failure[0], value=failure[1])
        log_p = narrow(safe_log(namespace(p), widen(p)), p)
    return as_unit(unit).from_nats(0.0 - log_p)


@overload
def entropy(
    p: Samples | Counts,
    /,
    *names: str | Sequence[str],
    given: str | Sequence[str] | None = None,
    estimator: Any = None,
    axis: int = -1,
    unit: Unit | str = NATS,
) -> Estimate: ...
@overload
def entropy(
    p: Any,
    /,
    *names: str | Sequence[str],
    given: str | Sequence[str] | None = None,
    estimator: Any = None,
    samples: int | None = None,
    rng: Any = None,
    axis: int = -1,
    unit: Unit | str = NATS,
) -> Any: ...
@verb(operands=1)
def entropy(
    p: Any,
    /,
    *names: str | Sequence[str],  # noqa: ARG001
    given: str | Sequence[str] | None = None,  # noqa: ARG001
    estimator: Any = None,  # noqa: ARG001
    samples: int | None = None,  # noqa: ARG001
    rng: Any = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Expected self-information: how uncertain an outcome is before it is seen.

    .. math:: H(p) = -\sum_i p_i \log p_i, \qquad 0 \log 0 = 0

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        Probabilities on the last axis, or any kind.
    *names : str or sequence of str
        For a `Joint` or `Samples`: the variables asked about; all of them by default.
    given : str or sequence of str, optional
        Variables that are known: H(names | given) = H(names, given) - H(given).
    estimator : estimator, optional
        For `Counts` and `Samples`; `default_estimator` tells which is used otherwise.
    samples : int, optional
        How many draws to average over, for laws of several dimensions that have no closed form.
        All others are answered exactly, and refuse it.
    rng : numpy.random.Generator, int or JAX key, optional
        Where the draws come from; fresh by default.
    axis : int, default -1
        Where the outcomes of a bare array are.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    array, shape (...), or Estimate
        Between 0 and log K for K outcomes; of a density it can be negative. An `Estimate` for
        counts and samples, and for the mean of `samples` draws. With respect to probabilities
        an outcome that is exactly 0 gets gradient 0; with respect to logits and
        log-probabilities gradients are exact.

    Raises
    ------
    KullbackError
        If p is no distribution, or if a name is not one of its variables.

    References
    ----------
    Shannon (1948), *A mathematical theory of communication*, section 6.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.entropy([0.99, 0.01], unit="bits")), 4)
    0.0808
    >>> float(kb.entropy([0.5, 0.5], unit="bits"))
    1.0
    >>> round(float(kb.entropy([1 / 6] * 6, unit="bits")), 4)
    2.585
    >>> float(kb.entropy([0.0, 1.0, 0.0]))
    0.0

    A policy that has nearly decided, and one that still explores:

    >>> policies = [[0.9, 0.05, 0.025, 0.025], [0.3, 0.2, 0.25, 0.25]]
    >>> kb.entropy(policies, unit="bits").round(4).tolist()
    [0.619, 1.9855]

    The dice and the weather; what the sky leaves open about the ground:

    >>> weather = kb.Joint([[0.4, 0.1], [0.2, 0.3]], ["sky", "ground"])
    >>> round(float(kb.entropy(weather, "ground", given="sky", unit="bits")), 4)
    0.8464
    """
    raise no_rule("entropy", p)


@rule(entropy, AbstractFinite)
def finite_entropy(p: AbstractFinite) -> Array:
    """Sum over the table."""
    probs = p.wide_probs()
    value = generic.cross_entropy(namespace(probs), probs, p.wide_log_probs())
    return narrow(value, p.values)


@rule(entropy, Probs, kernel="entropy_from_probs", checks=True)
def probs_entropy(p: Probs) -> Array:
    """Sum over the probabilities given."""
    return of_probs("entropy_from_probs", p=p)


@rule(entropy, Logits, kernel="entropy_from_logits")
def logits_entropy(p: Logits) -> Array:
    """Take the logarithms once."""
    return of_arrays("entropy_from_logits", p.z)


@rule(entropy, Labels)
def labels_entropy(p: Labels) -> Array:
    """Nothing is uncertain about a label."""
    return as_float_array(namespace(p.y).zeros_like(p.y))


@rule(entropy, Joint)
def joint_entropy(
    p: Joint, *names: str | Sequence[str], given: str | Sequence[str] | None = None
) -> Array:
    """Sum over the table, or sum -p(x, z) log p(x | z): a difference would lose digits."""
    known = as_group(given)
    asked = tuple(name for name in flat_group(names) or p.names if name not in known)
    if not known and len(asked) == len(p.names):
        return probs_entropy(p.flat())
    table = p.table(known, asked) if known else p.table(asked)
    kernel = dependence.conditional_entropy if known else dependence.entropy
    return narrow(kernel(namespace(p.p), table), p.p)


@overload
def cross_entropy(
    p: Samples | Counts, q: Any, /, *, axis: int = -1, unit: Unit | str = NATS
) -> Estimate: ...
@overload
def cross_entropy(
    p: Any,
    q: Any,
    /,
    *,
    samples: int | None = None,
    rng: Any = None,
    axis: int = -1,
    unit: Unit | str = NATS,
) -> Any: ...
@verb(operands=2)
def cross_entropy(
    p: Any,
    q: Any,
    /,
    *,
    samples: int | None = None,  # noqa: ARG001
    rng: Any = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Expected self-information under q of what p produces.

    .. math:: H(p, q) = -\sum_i p_i \log q_i = H(p) + D(p \,\|\, q)

    With samples for p it is the mean negative log-likelihood of q; with labels for p and logits
    for q it is the loss of a classifier, one value per row.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        The truth: any kind, `Labels`, or `Samples` and `Counts` of what q is a law of; for a
        table q these are integers from 0.
    q : distribution or array, shape (..., K)
        The model.
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
        At least H(p); inf where p > 0 and q = 0. An `Estimate` for samples, counts and draws: a
        mean, hence unbiased, with its standard error.

    Raises
    ------
    KullbackError
        If p or q is no distribution, if they differ in their number of outcomes, or if only
        draws can tell and no `samples` are given.

    References
    ----------
    Cover and Thomas (2006), *Elements of information theory*, section 5.4.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.cross_entropy([0.5, 0.5], [0.25, 0.75], unit="bits")), 4)
    1.2075

    A classifier that gives the true digit 0.75 loses 0.2877 nats:

    >>> q = [0.02, 0.03, 0.75, 0.05, 0.0, 0.05, 0.05, 0.0, 0.05, 0.0]
    >>> kb.cross_entropy(kb.Labels([2], 10), [q]).round(4).tolist()
    [0.2877]
    """
    raise no_rule("cross_entropy", p, q)


@rule(cross_entropy, AbstractFinite, AbstractFinite)
def finite_cross_entropy(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Sum over both tables."""
    probs, log_q = p.wide_probs(), q.wide_log_probs()
    same_outcomes(probs, log_q)
    value = generic.cross_entropy(namespace(probs, log_q), probs, log_q)
    return narrow(value, p.values, q.values)


@rule(cross_entropy, Probs, Probs, kernel="cross_entropy_from_probs", checks=True)
def probs_cross_entropy(p: Probs, q: Probs) -> Array:
    """Sum over the probabilities given."""
    same_outcomes(p.p, q.p)
    return of_probs("cross_entropy_from_probs", p=p, q=q)


@rule(cross_entropy, Labels, AbstractFinite)
def labels_cross_entropy(p: Labels, q: AbstractFinite) -> Array:
    """Look the true outcome up, without building a one-hot."""
    log_q = q.wide_log_probs()
    if p.num_outcomes != log_q.shape[-1]:
        raise KullbackError("pair.length", p=p.num_outcomes, q=log_q.shape[-1])
    return narrow(0.0 - pick(log_q, like(p.y, log_q)), q.values)


@rule(cross_entropy, Samples, AbstractFinite)
def samples_cross_entropy(p: Samples, q: AbstractFinite) -> Estimate:
    """Average the negative log-likelihood."""
    log_q = q.wide_log_probs()
    one_model(tuple(log_q.shape[:-1]), tuple(log_q.shape))
    return mean_loss(0.0 - pick(log_q, outcomes(p.single(), log_q)))


@rule(cross_entropy, Counts, AbstractFinite)
def counts_cross_entropy(p: Counts, q: AbstractFinite) -> Estimate:
    """Average the negative log-likelihood, one term per outcome."""
    log_q = q.wide_log_probs()
    one_model(tuple(log_q.shape[:-1]), tuple(log_q.shape))
    return mean_counted_loss(p, log_q)


def one_model(batch: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Refuse a batch of models: draws of one law would pair with them row by row."""
    if batch:
        raise KullbackError("samples.batch", shape=shape)


def mean_loss(loss: Array) -> Estimate:
    """Return the mean of one loss per draw, with its standard error."""
    xp, n = namespace(loss), loss.shape[0]
    mean = xp.mean(loss)
    known = (loss != xp.inf) & (mean != xp.inf)
    spread = xp.where(known, loss, 0.0) - xp.where(known, mean, 0.0)
    return _estimate(mean, xp.sqrt(xp.sum(spread**2) / max(n - 1, 1) / n), n)


def mean_counted_loss(p: Counts, log_q: Array) -> Estimate:
    """Return the mean of -log q over what was counted, with its standard error."""
    if p.n.ndim != 1:
        raise KullbackError("counts.batch", shape=tuple(p.n.shape))
    share = like(p.proportions, log_q)
    same_outcomes(share, log_q)
    xp = namespace(log_q)
    n = int(to_numpy(p.n).sum())
    mean = generic.cross_entropy(xp, share, log_q)
    known = (share != 0) & (log_q != -xp.inf) & (mean != xp.inf)
    spread = xp.where(known, log_q, 0.0) + xp.where(known, mean, 0.0)
    return _estimate(mean, xp.sqrt(xp.sum(share * spread**2) / max(n - 1, 1)), n)


def _estimate(mean: Array, error: Array, n: int) -> Estimate:
    """Return the estimate; of one draw, or of an infinite loss, no error can be told."""
    method, notes = "mean negative log-likelihood", ()
    if n == 1:
        notes = ("one draw",)
    elif not is_traced(mean) and bool(mean == math.inf):
        notes = ("q holds impossible what was observed",)
    return Estimate(mean, None if notes else error, NATS, n, method, notes)


def perplexity(p: Any, q: Any = None, /, *, axis: int = -1) -> Any:
    r"""Effective number of equally likely outcomes.

    .. math:: \exp H(p) \quad\text{or}\quad \exp H(p, q)

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        A distribution, or the truth if `q` is given.
    q : distribution or array, shape (..., K), optional
        The model.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    array, shape (...), or Estimate
        At least 1; it has no unit. Of a density, the size of the set that it fills: any positive
        number, in the unit of x.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Jelinek et al. (1977), *Perplexity: a measure of the difficulty of speech recognition tasks*.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.perplexity([1 / 6] * 6)), 10)
    6.0
    >>> round(float(kb.perplexity([0.5, 0.5], [0.25, 0.75])), 4)
    2.3094
    """
    h = entropy(p, axis=axis) if q is None else cross_entropy(p, q, axis=axis)
    if not isinstance(h, Estimate):
        xp = namespace(h)
        infinite = h == xp.inf  # kept from exp, whose gradient there would be inf times 0
        value = xp.exp(widen(xp.where(infinite, 0.0, h)))
        return narrow(xp.where(infinite, xp.inf, value), h)
    value = namespace(h.value).exp(h.value)
    error = None if h.std_error is None else value * h.std_error  # to first order
    return replace(h, value=value, std_error=error, unit=None)
