"""How far a policy is from a reference and how uncertain it is, from sampled actions."""

from __future__ import annotations

import math
from typing import Any, Literal

from kullback._array import (
    Array,
    as_float_array,
    detached,
    first_failure,
    is_traced,
    like,
    namespace,
    narrow,
    to_numpy,
    widen,
)
from kullback._kernels.generic import exp_remainder
from kullback.errors import KullbackError
from kullback.learning._options import refuse_unknown
from kullback.learning._rows import Reduction, Rows

__all__ = ["entropy_surrogate", "kl_estimate"]

ESTIMATORS = ("k1", "k2", "k3")
GRADIENTS = ("exact", "plain")


def kl_estimate(
    log_p: Any,
    log_q: Any,
    /,
    *,
    log_behaviour: Any = None,
    estimator: Literal["k1", "k2", "k3"] = "k3",
    gradient: Literal["exact", "plain"] = "exact",
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    densities: bool = False,
    check: bool = True,
) -> Array:
    r"""Estimate of the divergence D(p || q) of a policy from a reference, from sampled actions.

    With the log-ratio :math:`d = \log p(a) - \log q(a)` of an action a,

    .. math:: k_1 = d, \qquad k_2 = \tfrac12 d^2, \qquad k_3 = e^{-d} - 1 + d

    and, where the actions were drawn from another law b, the same times the importance weight
    :math:`w = p(a)/b(a)`, which is neither cut off nor normalised.

    The value: k1 and k3 are unbiased, k3 is never negative and usually varies less; k2 is biased,
    and near the divergence only where p is near q.

    The gradient is another matter. By default it is that of the divergence in expectation,
    whichever estimator gives the value: per action :math:`w\,d\,\nabla \log p - w\,\nabla \log q`,
    with w = 1 for actions drawn from p; derivatives of any order are likewise right. With
    ``gradient="plain"`` the estimator is differentiated as it is written, and the expectation of
    its gradient in the parameters of p is

    ==========  ==================================  =================================
    estimator   actions drawn from p                 drawn from b, with the weight w
    ==========  ==================================  =================================
    k1          0: it teaches nothing                that of D(p || q)
    k2          that of D(p || q)                    that of its own mean, E_p k2
    k3          that of the other one, D(q || p)     that of D(p || q)
    ==========  ==================================  =================================

    The other direction is the swapped call. For actions drawn from the reference it is
    ``kl_estimate(log_q, log_p)``, for actions drawn from the policy
    ``kl_estimate(log_q, log_p, log_behaviour=log_p)``; both have the exact gradient in p.

    Where an action is a sequence, its logarithm is the sum over its tokens, and is summed before
    it comes here: the divergence at a later token depends on the tokens before it, which a
    gradient token by token leaves out, and a ratio token by token does not weigh.

    Parameters
    ----------
    log_p : array, shape (...)
        log p(a) of the sampled actions under the policy that is trained, with its gradient; of
        sequences the sum over their tokens; a log-density for continuous actions.
    log_q : array, shape (...)
        log q(a) under the reference; -inf where it does not allow the action.
    log_behaviour : array, shape (...), optional
        log b(a) under the law that the actions were drawn from, if that is not p as it is now. It
        is a constant: no gradient reaches it.
    estimator : {"k1", "k2", "k3"}, default "k3"
        Where the value comes from.
    gradient : {"exact", "plain"}, default "exact"
        Where the gradient comes from.
    mask : boolean array, shape (...), optional
        True for actions that count.
    weights : array, shape (...), optional
        Weights of actions, at least 0. An action of weight 0 does not count. They are meant as
        constants: with a gradient of their own, such as that of ``log_p.exp()``, that of the
        result is another.
    reduction : {"none", "mean", "sum"}, default "none"
        An estimate per action, times its weight; their weighted mean; or their sum. The mean of
        nothing is 0, with gradient 0.
    densities : bool, default False
        Whether the logarithms are those of densities, of continuous actions, which may be above
        0. Otherwise numbers that all lie between 0 and 1 are refused: they are probabilities.
    check : bool, default True
        False trusts the logarithms and weights, which on an accelerator spares a wait.

    Returns
    -------
    array
        In nats; inf, with gradient 0, where the reference does not allow an action that p does,
        or where the estimate is too large for a float: with its sign, which k1 has. NaN in the
        log-probabilities of policy or reference gives NaN.

    Raises
    ------
    KullbackError
        If a number is +inf, or one of `log_behaviour` NaN, if an action is one that its own law
        does not allow, if probabilities stand where logarithms are meant, if shapes do not fit,
        or if an option is not known.

    References
    ----------
    Schulman (2020), *Approximating KL divergence*; Foerster et al. (2018), *DiCE: the infinitely
    differentiable Monte Carlo estimator*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import kl_estimate
    >>> log_p, log_q = np.log([0.5, 0.3, 0.2]), np.log([0.4, 0.4, 0.2])
    >>> kl_estimate(log_p, log_q).round(4).tolist()
    [0.0231, 0.0457, 0.0]

    Weighted by how often they are drawn, the actions add up to the divergence:

    >>> import kullback as kb
    >>> float(kl_estimate(log_p, log_q, weights=[0.5, 0.3, 0.2], reduction="sum").round(6))
    0.025267
    >>> float(kb.kl_divergence(np.exp(log_p), np.exp(log_q)).round(6))
    0.025267
    """
    refuse_unknown("estimator", estimator, ESTIMATORS)
    refuse_unknown("gradient", gradient, GRADIENTS)
    p, q = as_float_array(log_p, "log_p"), as_float_array(log_q, "log_q")
    rows = Rows.of(p, p.shape, mask=mask, weights=weights, check=check)
    logarithms = _logarithms(rows, p, q, log_behaviour, densities=densities, check=check)
    values = _estimates(*logarithms, estimator, gradient)
    return narrow(rows.reduce(values, reduction), p, like(q, p))


def entropy_surrogate(
    log_p: Any,
    /,
    *,
    log_behaviour: Any = None,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    densities: bool = False,
    check: bool = True,
) -> Array:
    r"""Estimate of the entropy of a policy from sampled actions, with the gradient of the entropy.

    .. math:: H(p) = \mathrm{E}_p[-\log p(a)], \qquad
       \nabla H(p) = \mathrm{E}_p[-\log p(a)\,\nabla \log p(a)]

    The value per action is :math:`-w \log p(a)`, its gradient :math:`-w \log p(a)\,\nabla\log
    p(a)`, where w = 1 for actions drawn from p. It is for policies whose entropy has no closed
    form; of logits `entropy_bonus` is exact.

    The mean of :math:`-\log p(a)` itself, which serves as a bonus in places, has this value and
    the expected gradient 0: :math:`\mathrm{E}_p[\nabla \log p(a)] = 0`. It trains nothing.

    Parameters
    ----------
    log_p : array, shape (...)
        log p(a) of the sampled actions, with its gradient; a log-density for continuous actions,
        whose entropy is then differential.
    log_behaviour : array, shape (...), optional
        log b(a) under the law that the actions were drawn from, if that is not p as it is now.
    mask : boolean array, shape (...), optional
        True for actions that count.
    weights : array, shape (...), optional
        Weights of actions, at least 0, which are meant as constants.
    reduction : {"none", "mean", "sum"}, default "none"
        An estimate per action, their weighted mean, or their sum.
    densities : bool, default False
        Whether the logarithms are those of densities, of continuous actions, which may be above
        0. Otherwise numbers that all lie between 0 and 1 are refused: they are probabilities.
    check : bool, default True
        False trusts the logarithms and weights, which on an accelerator spares a wait.

    Returns
    -------
    array
        In nats. It is to be made large: subtract a multiple from the loss. NaN gives NaN.

    Raises
    ------
    KullbackError
        If a number is +inf, or one of `log_behaviour` NaN, if an action is one that its own law
        does not allow, if probabilities stand where logarithms are meant, or if shapes do not
        fit.

    References
    ----------
    Williams and Peng (1991), *Function optimization using connectionist reinforcement learning
    algorithms*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import entropy_surrogate
    >>> entropy_surrogate(np.log([0.5, 0.25])).round(4).tolist()
    [0.6931, 1.3863]
    """
    p = as_float_array(log_p, "log_p")
    rows = Rows.of(p, p.shape, mask=mask, weights=weights, check=check)
    # It is minus the divergence from the measure that counts, whose logarithm is 0.
    measure = namespace(p).zeros_like(p)
    logarithms = _logarithms(rows, p, measure, log_behaviour, densities=densities, check=check)
    values = 0.0 - _estimates(*logarithms, "k1", "exact")
    return narrow(rows.reduce(values, reduction), p)


def _estimates(
    log_p: Array, log_q: Array, log_b: Array | None, estimator: str, gradient: str
) -> Array:
    """Return the estimate of each action, from logarithms that are wide and sound."""
    xp = namespace(log_p)
    # The exponential of more leaves the range of the type, or a few times it does.
    most = math.log(float(xp.finfo(log_p.dtype).max)) - 1.0
    # An action that p cannot take has weight 0, one that only q cannot take costs infinity.
    impossible = (log_p if log_b is None else log_b) == -math.inf
    empty = (log_p == -math.inf) & ~impossible
    if log_b is not None:
        empty = empty | (log_p - xp.where(impossible, 0.0, log_b) < -most)
    missing = (log_q == -math.inf) & ~empty
    usual = ~(impossible | empty | missing)
    p, q = xp.where(usual, log_p, 0.0), xp.where(usual, log_q, 0.0)
    own = p if log_b is None else xp.where(usual, log_b, 0.0)
    d, log_w = p - q, p - detached(own)
    size = log_w + (2.0 if estimator == "k2" else 1.0) * xp.log1p(xp.abs(d))
    beyond = size > most
    if estimator == "k3":
        beyond = beyond | (log_w - d > most)
    endless = xp.where(missing | impossible, math.inf, _limit(xp, d, estimator))
    usual, d, log_w = usual & ~beyond, xp.where(beyond, 0.0, d), xp.where(beyond, 0.0, log_w)

    # As written, an estimate from actions of p has no weight to differentiate.
    plain = xp.zeros_like(log_w) if log_b is None else log_w
    value = xp.where(usual, _written(xp, d, plain, estimator), endless)
    if log_b is not None:
        value = xp.where(empty, _unlikely(xp, empty, log_q, log_b, estimator, most), value)
    if gradient == "plain":
        return value
    # Its mean over the actions is the divergence less 1, whatever the parameters are.
    score = xp.exp(log_w) * (d - 1.0)
    return detached(value) + (score - detached(score))


def _limit(xp: Any, d: Array, estimator: str) -> Array:
    """Return what an estimate tends to with its weight: nothing where it is 0 without."""
    endless = xp.where(d == 0.0, xp.zeros_like(d), math.inf)
    return xp.where(d < 0.0, -endless, endless) if estimator == "k1" else endless


def _written(xp: Any, d: Array, log_w: Array, estimator: str) -> Array:
    """Return the weighted estimator as it is written, of log-ratios d and log-weights."""
    w = xp.exp(log_w)
    if estimator == "k1":
        return w * d
    if estimator == "k2":
        return 0.5 * (w * d) * d
    far = d < -1.0  # exp(-d) may overflow where its weight underflows
    near = w * exp_remainder(xp, 0.0 - xp.where(far, 0.0, d))
    return xp.where(far, xp.exp(xp.where(far, log_w - d, 0.0)) + w * (d - 1.0), near)


def _unlikely(
    xp: Any, empty: Array, log_q: Array, log_b: Array, estimator: str, most: float
) -> Array:
    """Return the estimate of actions that p cannot take: nothing, but for q/b of k3."""
    if estimator != "k3":
        return xp.zeros_like(log_q)
    log_ratio = xp.where(empty, log_q, 0.0) - xp.where(empty, detached(log_b), 0.0)
    beyond = log_ratio > most
    return xp.where(beyond, math.inf, xp.exp(xp.where(beyond, 0.0, log_ratio)))


def _logarithms(
    rows: Rows,
    log_p: Array,
    log_q: Array,
    log_behaviour: Any,
    *,
    densities: bool,
    check: bool,
) -> tuple[Array, Array, Array | None]:
    """Return the three wide, with zeros where nothing counts; refuse what is no logarithm."""
    given = {"log_p": log_p, "log_q": log_q}
    if log_behaviour is not None:
        given["log_behaviour"] = as_float_array(log_behaviour, "log_behaviour")
    wide = {}
    for name, array in given.items():
        if array.shape != log_p.shape:
            got, want = tuple(array.shape), tuple(log_p.shape)
            raise KullbackError("learning.shape", name=name, got=got, want=want)
        wide[name] = x = rows.hide(widen(like(array, log_p)))
        # NaN of what is trained passes, to be seen in the loss.
        sound = x < math.inf if name == "log_behaviour" else x != math.inf
        if check and (failure := first_failure(sound, x)):
            place, value = failure
            raise KullbackError("learning.log_prob", name=name, place=place, value=value)
        if check and not densities:
            _refuse_probabilities(x, name)
    name = "log_p" if log_behaviour is None else "log_behaviour"
    own = wide[name]  # the law that the actions were drawn from
    if check and (failure := first_failure(own != -math.inf, own)):
        raise KullbackError("learning.impossible", name=name, place=failure[0])
    return wide["log_p"], wide["log_q"], wide.get("log_behaviour")


def _refuse_probabilities(x: Array, name: str) -> None:
    """Refuse what can only be probabilities, if it is not of densities.

    Where none counts there are zeros, which may be either.
    """
    if is_traced(x) or math.prod(x.shape) == 0:
        return
    xp = namespace(x)
    low, high = xp.min(x), xp.max(x)
    if not is_traced(low) and bool((low >= 0.0) & (high > 0.0) & (high <= 1.0)):
        raise KullbackError("learning.probabilities", name=name, value=float(to_numpy(high)))
