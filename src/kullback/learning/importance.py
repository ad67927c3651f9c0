r"""Bounds on the log evidence from importance weights, and how much those can be trusted.

For draws z_1, ..., z_K of q the weights are :math:`w_k = p(x, z_k) / q(z_k)`, given by their
logarithms. -inf is a draw that p forbids.
"""

from __future__ import annotations

import math
from typing import Any

from kullback._array import (
    Array,
    as_float_array,
    detached,
    first_failure,
    is_traced,
    namespace,
    narrow,
    sum_tolerance,
    widen,
)
from kullback._kernels.generic import exp_remainder
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._axes import as_given
from kullback.learning._options import number_in
from kullback.learning._rows import Reduction, Rows

__all__ = [
    "doubly_reparameterized_weights",
    "effective_sample_size",
    "iwae_bound",
    "log_weights_last",
    "relative_weights",
    "renyi_bound",
]

_ENDLESS = 1e30  # powers beyond that tell the largest or the least number, and might overflow


def iwae_bound(
    log_weights: Any,
    /,
    *,
    axis: int = -1,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Importance-weighted bound on the log evidence: the logarithm of the mean weight.

    .. math:: L_K = \log \frac{1}{K} \sum_k w_k, \qquad w_k = \frac{p(x, z_k)}{q(z_k)}

    Its expectation is at most log p(x), is the ELBO for K = 1, and never falls as K grows.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        log p(x, z_k) - log q(z_k) for K draws of q, in nats; -inf for a weight of 0.
    axis : int, default -1
        Where the draws are.
    mask : boolean array, shape (...), optional
        Which rows count. The others touch neither value nor gradient, whatever they hold.
    weights : array, shape (...), optional
        How much each row counts.
    reduction : {"none", "mean", "sum"}, default "none"
        "mean" is over what counts.
    check : bool, default True
        False trusts the logarithms and weights, which on an accelerator spares a wait.

    Returns
    -------
    array, shape (...) or ()
        The bound in nats; -inf where all weights are 0, and NaN where one is NaN. A loss is its
        negative.

    Raises
    ------
    KullbackError
        If a weight is infinite, if weights that sum to 1 stand where logarithms are meant, or if
        there are no draws.

    References
    ----------
    Burda, Grosse and Salakhutdinov (2016), *Importance weighted autoencoders*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import iwae_bound
    >>> round(float(iwae_bound(np.log([1.0, 2.0, 3.0]))), 4)  # the logarithm of 2
    0.6931
    """
    return renyi_bound(
        log_weights,
        order=0.0,
        axis=axis,
        mask=mask,
        weights=weights,
        reduction=reduction,
        check=check,
    )


def renyi_bound(
    log_weights: Any,
    /,
    *,
    order: float,
    axis: int = -1,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Variational Rényi bound on the log evidence, from the ELBO to the IWAE bound and beyond.

    .. math:: L_\alpha = \frac{1}{1 - \alpha} \log \frac{1}{K} \sum_k w_k^{1 - \alpha}

    Order 1 is its limit, the mean of log w, which is the ELBO; order 0 is `iwae_bound`; order
    -inf is the largest log w, and inf the smallest. It falls as the order grows, and is exact to
    the last digits however near the order is to 1.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        log p(x, z_k) - log q(z_k) for K draws of q, in nats; -inf for a weight of 0.
    order : float
        alpha, any number.
    axis : int, default -1
        Where the draws are.
    mask : boolean array, shape (...), optional
        Which rows count. The others touch neither value nor gradient, whatever they hold.
    weights : array, shape (...), optional
        How much each row counts.
    reduction : {"none", "mean", "sum"}, default "none"
        "mean" is over what counts.
    check : bool, default True
        False trusts the logarithms and weights, which on an accelerator spares a wait.

    Returns
    -------
    array, shape (...) or ()
        In nats; from order 1 on, -inf where a weight is 0, and below it where all are; NaN where
        one is NaN. For orders of at least 0 its expectation is at most log p(x).

    Raises
    ------
    KullbackError
        If a weight is infinite, if weights that sum to 1 stand where logarithms are meant, if
        there are no draws, or if the order is no number.

    References
    ----------
    Li and Turner (2016), *Rényi divergence variational inference*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import renyi_bound
    >>> log_w = np.log([1.0, 2.0, 4.0])
    >>> [round(float(renyi_bound(log_w, order=a)), 4) for a in (-np.inf, 0.0, 1.0, np.inf)]
    [1.3863, 0.8473, 0.6931, 0.0]
    """
    power = 1.0 - number_in("[-inf, inf]", "order", order)
    x = outcomes_last(_draws(log_weights), axis)
    rows = Rows.of(x, x.shape[:-1], mask=mask, weights=weights, check=check)
    given = rows.hide(x)
    if check:
        shown = as_given(given, axis)
        _refuse(shown != math.inf, shown)  # NaN is seen in the bound
        _refuse_weights(given)
    bound = _power_mean(namespace(x), widen(given), power) + 0.0  # which is never -0
    return narrow(rows.reduce(bound, reduction), x)


def effective_sample_size(log_weights: Any, /, *, axis: int = -1) -> Array:
    r"""Effective sample size: how many equal weights would be as good.

    .. math:: n = \frac{\left(\sum_k w_k\right)^2}{\sum_k w_k^2}

    It looks only at the draws there are: where those missed the bulk of p it is large and wrong,
    for which see `pareto_k`.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        Logarithms of the importance weights, up to a constant; -inf for a weight of 0.
    axis : int, default -1
        Where the draws are.

    Returns
    -------
    array, shape (...)
        From 1 to K draws, which has no unit; 0 where all weights are 0.

    Raises
    ------
    KullbackError
        If a weight is infinite or NaN, if weights that sum to 1 stand where logarithms are meant,
        or if there are no draws.

    References
    ----------
    Kong (1992), *A note on importance sampling using standardized weights*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import effective_sample_size
    >>> float(effective_sample_size(np.log([1.0, 1.0, 2.0, 4.0])).round(4))
    2.9091
    """
    x = log_weights_last(log_weights, axis)
    xp = namespace(x)
    w = relative_weights(xp, widen(x))
    total, squares = xp.sum(w, axis=-1), xp.sum(w * w, axis=-1)
    return narrow(total * total / xp.where(squares == 0.0, 1.0, squares), x)


def doubly_reparameterized_weights(
    log_weights: Any, /, *, axis: int = -1, check: bool = True
) -> Array:
    r"""Weights that give the encoder the gradient of `iwae_bound` with little noise.

    .. math:: \tilde w_k^2 = \left(\frac{w_k}{\sum_j w_j}\right)^2, \qquad
       \nabla_\phi \operatorname{E} L_K = \operatorname{E} \sum_k \tilde w_k^2\,
       \frac{\partial \log w_k}{\partial z_k} \frac{\partial z_k}{\partial \phi}

    Only the path through the draws counts. So the loss of the encoder is
    ``-sum(doubly_reparameterized_weights(log_w) * log_w)``, where log q in log w is taken at
    parameters without gradient; that of the decoder remains ``-iwae_bound(log_w)``. The noise of
    the plain gradient grows with K beside the gradient; this one vanishes where q is exact.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        Logarithms of the importance weights, up to a constant; -inf for a weight of 0.
    axis : int, default -1
        Where the draws are.
    check : bool, default True
        False trusts the logarithms, which on an accelerator spares a wait.

    Returns
    -------
    array, shape (..., K)
        The squares, which have no unit and no gradient, in the shape of the weights; 0 where all
        weights are 0, and NaN where one is NaN.

    Raises
    ------
    KullbackError
        If a weight is infinite, if weights that sum to 1 stand where logarithms are meant, or if
        there are no draws.

    References
    ----------
    Tucker, Lawson, Gu and Maddison (2019), *Doubly reparameterized gradient estimators for Monte
    Carlo objectives*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import doubly_reparameterized_weights
    >>> doubly_reparameterized_weights(np.log([1.0, 1.0, 2.0])).round(4).tolist()
    [0.0625, 0.0625, 0.25]
    """
    given = _draws(log_weights)
    if check:
        _refuse(given != math.inf, given)
    x = outcomes_last(given, axis)
    if check:
        _refuse_weights(x)
    xp = namespace(x)
    w = relative_weights(xp, detached(widen(x)))
    total = xp.sum(w, axis=-1, keepdims=True)
    share = w / xp.where(total == 0.0, 1.0, total)
    return narrow(as_given(share * share, axis), x)


def log_weights_last(log_weights: Any, axis: int) -> Array:
    """Return logarithms of weights with the draws on the last axis; refuse what they cannot be."""
    x = _draws(log_weights)
    _refuse(x < math.inf, x)
    x = outcomes_last(x, axis)
    _refuse_weights(x)
    return x


def relative_weights(xp: Any, x: Array) -> Array:
    """Return the weights divided by the largest of their row, from their logarithms."""
    possible = x != -xp.inf
    top = detached(xp.max(x, axis=-1, keepdims=True))
    top = xp.where(top == -xp.inf, 0.0, top)
    return xp.where(possible, xp.exp(xp.where(possible, x, top) - top), 0.0)


def _draws(log_weights: Any) -> Array:
    x = as_float_array(log_weights, "log_weights")
    if x.ndim == 0:
        raise KullbackError("learning.draws", got=0, want=1)
    return x


def _refuse(sound: Array, x: Array) -> None:
    if failure := first_failure(sound, x):
        raise KullbackError(
            "learning.logarithm", name="log_weights", place=failure[0], value=failure[1]
        )


def _refuse_weights(x: Array) -> None:
    """Refuse weights themselves: logarithms of K draws that sum to 1 and lie above 0 are none.

    Other positive numbers may be logarithms, which are known up to a constant only.
    """
    if is_traced(x) or x.shape[-1] < 2 or math.prod(x.shape) == 0:
        return
    xp = namespace(x)
    wide = widen(x)
    gap = xp.abs(xp.sum(wide, axis=-1) - 1.0)
    weights = xp.all(wide > 0.0) & xp.all(gap <= sum_tolerance(x))
    if not is_traced(weights) and bool(weights):
        raise KullbackError("learning.weights_given")


def _power_mean(xp: Any, x: Array, power: float) -> Array:
    r"""Return log mean exp(power x) / power over the last axis, and the mean for a power of 0.

    Near the mean m of x, with d = x - m and psi(t) = exp(t) - 1 - t, that is
    m + log(1 + mean psi(power d)) / power, which keeps its digits as the power vanishes.
    Elsewhere the x of the largest exponential is taken out.
    """
    if power == 0.0:
        return xp.mean(x, axis=-1)
    largest = xp.max if power > 0.0 else xp.min
    if abs(power) > _ENDLESS:
        return largest(x, axis=-1)
    possible = x != -xp.inf
    finite = xp.where(possible, x, 0.0)
    mean = xp.mean(finite, axis=-1, keepdims=True)
    t = power * (finite - mean)
    near = xp.all(possible & (xp.abs(t) <= 1.0), axis=-1)
    rest = xp.mean(exp_remainder(xp, xp.where(near[..., None], t, 0.0)), axis=-1)
    close = mean[..., 0] + xp.log1p(rest) / power

    best = detached(largest(x, axis=-1, keepdims=True))
    nothing = best == -xp.inf
    best = xp.where(nothing, 0.0, best)
    share = xp.exp(power * (xp.where(possible & ~nothing, x, best) - best))
    share = xp.mean(xp.where(possible | nothing, share, 0.0), axis=-1)
    far = xp.where(nothing[..., 0], -xp.inf, best[..., 0] + xp.log(share) / power)
    return xp.where(near, close, far)
