"""Divergences by the ratio or the difference of two tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kullback._array import (
    Array,
    is_traced,
    namespace,
    narrow,
    widen,
)
from kullback._kernels import powers
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Logits, Probs
from kullback.measures.tables import by_blocks, same_outcomes
from kullback.units import NATS, Unit
from kullback.verbs import no_rule, rule, verb

__all__ = [
    "Sides",
    "bhattacharyya_distance",
    "chi_squared_divergence",
    "f_divergence",
    "hellinger_distance",
    "of_pair",
    "side_by_side",
    "total_variation_distance",
]


class Sides(NamedTuple):
    """Two tables, as the arrays that they were given by, and how a pair is made of those."""

    make: Callable[..., powers.Pair]
    arrays: tuple[Array, ...]


@verb(operands=2)
def side_by_side(p: Any, q: Any, /) -> Sides:
    """Return what two tables differ by, as exactly as their kinds know it."""
    raise no_rule("side_by_side", p, q)


@rule(side_by_side, AbstractFinite, AbstractFinite)
def finite_side_by_side(p: AbstractFinite, q: AbstractFinite) -> Sides:
    """Differ by logarithms, which hold more than probabilities do."""
    log_p, log_q = p.wide_log_probs(), q.wide_log_probs()
    same_outcomes(log_p, log_q)
    return Sides(powers.pair_from_logs, (p.wide_probs(), q.wide_probs(), log_p, log_q))


@rule(side_by_side, Probs, Probs)
def probs_side_by_side(p: Probs, q: Probs) -> Sides:
    """Differ by the probabilities given."""
    same_outcomes(p.p, q.p)
    return Sides(powers.pair_from_probs, (p.p, q.p))


@rule(side_by_side, Logits, Logits)
def logits_side_by_side(p: Logits, q: Logits) -> Sides:
    """Differ by logits, so that nothing is lost to normalisation."""
    same_outcomes(p.z, q.z)
    return Sides(powers.pair_from_logits, (p.z, q.z))


def of_pair(
    kernel: Callable[[Any, powers.Pair], Array], p: AbstractFinite, q: AbstractFinite
) -> Array:
    """Run a kernel on what two tables differ by."""
    sides = side_by_side(p, q)
    value = by_blocks(lambda xp, *arrays: kernel(xp, sides.make(xp, *arrays)), *sides.arrays)
    return narrow(value, p.values, q.values)


@verb(operands=2)
def f_divergence(
    p: Any,
    q: Any,
    f: Callable[[Any], Any],  # noqa: ARG001
    /,
    *,
    value_at_zero: float | None = None,  # noqa: ARG001
    slope_at_infinity: float | None = None,  # noqa: ARG001
    axis: int = -1,  # noqa: ARG001
) -> Any:
    r"""Csiszár's f-divergence: the mean under q of a convex function of the ratio p/q.

    .. math:: D_f(p \,\|\, q) = \sum_{q_i > 0} q_i f\!\left(\frac{p_i}{q_i}\right)
       + f'(\infty) \sum_{q_i = 0} p_i, \qquad f'(\infty) = \lim_{t \to \infty} \frac{f(t)}{t}

    The argument of f is p/q. With :math:`f(t) = t \log t` it is `kl_divergence`, with
    :math:`(t - 1)^2` `chi_squared_divergence`, with :math:`|t - 1| / 2`
    `total_variation_distance`. Prefer those where they exist: f sees a ratio that has been
    rounded, so for nearly equal p and q few digits are left, and the fewer the steeper f is at 1.
    Adding a multiple of :math:`t - 1` changes nothing but that; take the one that is flat at 1,
    such as :math:`t \log t - t + 1`.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        The truth.
    q : distribution or array, shape (..., K)
        The model. Leading axes broadcast.
    f : callable
        A convex function with f(1) = 0. It is called with an array of the library of p and q, in
        float64 where there is such a type, and answers for each element.
    value_at_zero : float, optional
        The limit of f at 0, for outcomes with p = 0; otherwise f(0) is asked for.
    slope_at_infinity : float, optional
        The limit of f(t)/t at infinity, for outcomes with q = 0; ``math.inf`` is allowed.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    array, shape (...)
        At least 0 for a convex f; it has no unit. A ratio beyond the range of a float counts as
        infinite.

    Raises
    ------
    KullbackError
        If p or q is no distribution, if they differ in their number of outcomes, or if a limit
        is needed that neither is given nor can be had from f. Inside `jit`, `vmap` and
        `torch.compile`, where it cannot be known to be needed, the result is NaN then.

    References
    ----------
    Csiszár (1967), *Information-type measures of difference of probability distributions and
    indirect observations*.

    Examples
    --------
    >>> import math
    >>> import numpy as np
    >>> import kullback as kb
    >>> triangular = lambda t: (t - 1) ** 2 / (t + 1)
    >>> float(kb.f_divergence([0.75, 0.25], [0.25, 0.75], triangular))
    0.5
    >>> p, q = [0.5, 0.5, 0.0], [0.5, 0.25, 0.25]
    >>> entropic = lambda t: t * np.log(t) - t + 1
    >>> kl = kb.f_divergence(p, q, entropic, value_at_zero=1, slope_at_infinity=math.inf)
    >>> float(kl) == float(kb.kl_divergence(p, q))
    True
    """
    raise no_rule("f_divergence", p, q)


@rule(f_divergence, AbstractFinite, AbstractFinite)
def finite_f_divergence(
    p: AbstractFinite,
    q: AbstractFinite,
    f: Callable[[Any], Any],
    *,
    value_at_zero: float | None = None,
    slope_at_infinity: float | None = None,
) -> Array:
    """Sum over the ratios."""
    sides = side_by_side(p, q)
    xp = namespace(*sides.arrays)
    pair = sides.make(xp, *map(widen, sides.arrays))
    split = powers.ratios(xp, pair)
    only_p, only_q, ratio = split
    at_zero = math.nan if value_at_zero is None else value_at_zero
    slope = math.nan if slope_at_infinity is None else slope_at_infinity
    if is_traced(ratio):  # whether a limit is needed cannot be known
        at_zero = f(xp.zeros_like(ratio[..., :1])) if value_at_zero is None else at_zero
    else:
        if value_at_zero is None and bool(xp.any(only_q)):
            at_zero = _value_at_zero(f, ratio)
        if slope_at_infinity is None and bool(xp.any(only_p)):
            raise KullbackError("f_divergence.slope")
    value = powers.f_divergence(xp, pair, split, f(ratio), at_zero, slope)
    return narrow(value, p.values, q.values)


def _value_at_zero(f: Callable[[Any], Any], ratio: Array) -> Array:
    """Return f(0), unless it is NaN, as 0 log 0 is."""
    xp = namespace(ratio)
    with np.errstate(all="ignore"):
        value = f(xp.zeros_like(ratio[..., :1]))
    if bool(xp.any(xp.isnan(value))):
        raise KullbackError("f_divergence.at_zero")
    return value


@verb(operands=2)
def total_variation_distance(p: Any, q: Any, /, *, axis: int = -1) -> Any:  # noqa: ARG001
    r"""Total variation distance: the most by which p and q disagree on any event.

    .. math:: TV(p, q) = \max_A |p(A) - q(A)| = \tfrac12 \sum_i |p_i - q_i|

    Parameters
    ----------
    p, q : distribution or array, shape (..., K)
        The order does not matter.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    array, shape (...)
        Between 0 and 1; it has no unit. Its gradient is 0 where p and q agree on an outcome,
        and with respect to a probability that is exactly 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Levin, Peres and Wilmer (2009), *Markov chains and mixing times*, section 4.1.

    Examples
    --------
    >>> import kullback as kb
    >>> float(kb.total_variation_distance([0.5, 0.5, 0.0], [0.5, 0.25, 0.25]))
    0.25
    """
    raise no_rule("total_variation_distance", p, q)


@rule(total_variation_distance, AbstractFinite, AbstractFinite)
def finite_total_variation(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Sum over both tables."""
    return of_pair(powers.total_variation, p, q)


@verb(operands=2)
def hellinger_distance(p: Any, q: Any, /, *, axis: int = -1) -> Any:  # noqa: ARG001
    r"""Hellinger distance: the length of the difference of the square roots, a metric.

    .. math:: H(p, q) = \frac{1}{\sqrt2} \sqrt{\sum_i (\sqrt{p_i} - \sqrt{q_i})^2}

    Parameters
    ----------
    p, q : distribution or array, shape (..., K)
        The order does not matter.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    array, shape (...)
        Between 0 and 1; it has no unit. 0 only for p = q, where it has a kink and is given
        gradient 0, as with respect to a probability that is exactly 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Hellinger (1909), *Neue Begründung der Theorie quadratischer Formen von unendlichvielen
    Veränderlichen*.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.hellinger_distance([0.5, 0.5], [1.0, 0.0])), 4)
    0.5412
    >>> float(kb.hellinger_distance([1.0, 0.0], [0.0, 1.0]))
    1.0
    """
    raise no_rule("hellinger_distance", p, q)


@rule(hellinger_distance, AbstractFinite, AbstractFinite)
def finite_hellinger(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Take the root of the sum over both tables."""
    return of_pair(powers.hellinger, p, q)


@verb(operands=2)
def chi_squared_divergence(p: Any, q: Any, /, *, axis: int = -1) -> Any:  # noqa: ARG001
    r"""Pearson's chi-squared divergence of q from p: the mean square of the relative error.

    .. math:: \chi^2(p \,\|\, q) = \sum_i \frac{(p_i - q_i)^2}{q_i}

    Neyman's is the swapped call. Pearson's statistic of n observations with proportions p is n
    times this. There is no factor 1/2.

    Parameters
    ----------
    p : distribution or array, shape (..., K)
        The truth.
    q : distribution or array, shape (..., K)
        The model. Leading axes broadcast.
    axis : int, default -1
        Where the outcomes of bare arrays are.

    Returns
    -------
    array, shape (...)
        At least 0; it has no unit. inf where p > 0 and q = 0. With respect to a probability that
        is exactly 0 the gradient is 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Pearson (1900), *On the criterion that a given system of deviations from the probable in the
    case of a correlated system of variables is such that it can be reasonably supposed to have
    arisen from random sampling*.

    Examples
    --------
    >>> import kullback as kb
    >>> float(kb.chi_squared_divergence([0.5, 0.5], [0.75, 0.25]).round(4))
    0.3333
    """
    raise no_rule("chi_squared_divergence", p, q)


@rule(chi_squared_divergence, AbstractFinite, AbstractFinite)
def finite_chi_squared(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Sum over both tables."""
    return of_pair(powers.chi_squared, p, q)


@verb(operands=2)
def bhattacharyya_distance(
    p: Any,
    q: Any,
    /,
    *,
    axis: int = -1,  # noqa: ARG001
    unit: Unit | str = NATS,  # noqa: ARG001
) -> Any:
    r"""Bhattacharyya distance: how little the square roots of p and q overlap, as information.

    .. math:: B(p, q) = -\log \frac{\sum_i \sqrt{p_i q_i}}{\sum_i (p_i + q_i) / 2}

    The lower sum is 1 for exact probabilities; with it the distance of floats, which seldom sum
    to exactly 1, is never negative and right to the last digits however close p and q are. It is
    :math:`-\log(1 - H^2)` with Hellinger's distance H, and half the Rényi divergence of order
    1/2. No metric: it can exceed the sum of the distances through a third distribution.

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
        At least 0; inf where p and q have no outcome in common. With respect to a probability
        that is exactly 0 the gradient is 0.

    Raises
    ------
    KullbackError
        If p or q is no distribution, or if they differ in their number of outcomes.

    References
    ----------
    Bhattacharyya (1943), *On a measure of divergence between two statistical populations defined
    by their probability distributions*.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.bhattacharyya_distance([0.5, 0.5], [1.0, 0.0], unit="bits")), 4)
    0.5
    """
    raise no_rule("bhattacharyya_distance", p, q)


@rule(bhattacharyya_distance, AbstractFinite, AbstractFinite)
def finite_bhattacharyya(p: AbstractFinite, q: AbstractFinite) -> Array:
    """Take the logarithm of the sum over both tables."""
    return of_pair(powers.bhattacharyya, p, q)
