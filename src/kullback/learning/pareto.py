"""How heavy the tail of importance weights is, by a generalized Pareto law fitted to it."""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, detached, device_of, namespace, narrow, widen
from kullback.errors import KullbackError
from kullback.learning.importance import log_weights_last

__all__ = ["pareto_k"]

_LEAST = 5  # exceedances that a shape can be fitted to
_PRIOR = 10.0  # exceedances that the prior of the shape is worth; it is centred at 1/2
_ZERO = 1e-12  # theta = 0 is an exponential law, a limit: beside it is as good


def pareto_k(log_weights: Any, /, *, axis: int = -1) -> Array:
    r"""Pareto k: the shape of the tail of importance weights, which says if means can be trusted.

    A generalized Pareto law is fitted to what the largest
    :math:`M = \lceil\min(K/5, 3 \sqrt K)\rceil` of K weights exceed the next one by, by the
    method of Zhang and Stephens, and shrunk to 1/2 as if by ten more weights:

    .. math:: \hat k = \frac{M k + 10/2}{M + 10}

    The weights have 1/k finite moments. Up to :math:`\min(1 - 1/\log_{10} K, 0.7)` means over
    them can be relied on, as can q as an approximation of p; above 1 there is no mean to find.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        Logarithms of the importance weights, up to a constant; -inf for a weight of 0.
    axis : int, default -1
        Where the draws are.

    Returns
    -------
    array, shape (...)
        k, which has no unit: -inf where the M + 1 largest weights are all alike, so that there is
        no tail, and inf where so many of these are alike, or 0, that nothing can be told. It has
        no gradient.

    Raises
    ------
    KullbackError
        If a weight is infinite or NaN, if weights that sum to 1 stand where logarithms are meant,
        or if there are fewer than 21 draws, whose tail would hold fewer than 5.

    References
    ----------
    Zhang and Stephens (2009), *A new and efficient estimation method for the generalized Pareto
    distribution*. Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance
    sampling*.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.learning import pareto_k
    >>> u = (np.arange(1000) + 0.5) / 1000
    >>> round(float(pareto_k(-0.8 * np.log(u))), 1)  # the quantiles of a tail with k = 0.8
    0.8
    """
    x = log_weights_last(log_weights, axis)
    draws = x.shape[-1]
    size = math.ceil(min(draws / 5, 3.0 * math.sqrt(draws)))
    if size < _LEAST:
        raise KullbackError("learning.draws", got=draws, want=5 * _LEAST - 4)
    xp = namespace(x)
    return narrow(_shape(xp, xp.sort(detached(widen(x)), axis=-1)[..., -size - 1 :]), x)


def _shape(xp: Any, x: Array) -> Array:
    """Return the shape of the tail above the first of some logarithms in rising order.

    All is done with logarithms, so that no range of weights is too large.
    """
    least, tail = x[..., :1], x[..., 1:]
    exceeds = tail != least
    finite = xp.where(exceeds, tail, 0.0)
    below = xp.where(exceeds, least, -xp.inf) - finite  # log(least/tail)
    log_y = xp.where(exceeds, finite + xp.log(-xp.expm1(below)), -xp.inf)

    n = tail.shape[-1]
    quartile = log_y[..., int(n / 4 + 0.5) - 1, None]  # the unit that exceedances are told in
    told = quartile != -xp.inf
    k = _zhang_stephens(xp, xp.where(told, log_y - xp.where(told, quartile, 0.0), 0.0))
    k = (n * k + 0.5 * _PRIOR) / (n + _PRIOR)
    alike = (tail[..., -1] == least[..., 0]) & (least[..., 0] > -xp.inf)
    return xp.where(told[..., 0], k, xp.where(alike, -xp.inf, xp.full_like(k, xp.inf)))


def _zhang_stephens(xp: Any, log_y: Array) -> Array:
    """Return the shape of a generalized Pareto law, from the logarithms of its draws in order.

    The profile likelihood of theta, where k is the mean of log(1 - theta y), is averaged over a
    grid of theta.
    """
    n = log_y.shape[-1]
    size = 30 + math.isqrt(n)
    j = xp.arange(1.0, size + 1.0, dtype=log_y.dtype, device=device_of(log_y))
    theta = xp.exp(-log_y[..., -1:]) + (1.0 - xp.sqrt(size / (j - 0.5))) / 3.0
    theta = xp.where(xp.abs(theta) < _ZERO, -_ZERO, theta)
    k = _mean_log(xp, theta, log_y)
    log_likelihood = n * (xp.log(-theta / k) - k - 1.0)
    share = xp.exp(log_likelihood - xp.max(log_likelihood, axis=-1, keepdims=True))
    share = share / xp.sum(share, axis=-1, keepdims=True)
    return _mean_log(xp, xp.sum(share * theta, axis=-1, keepdims=True), log_y)[..., 0]


def _mean_log(xp: Any, theta: Array, log_y: Array) -> Array:
    """Return the mean over y of log(1 - theta y) for each theta."""
    theta, log_y = theta[..., None], log_y[..., None, :]
    heavy = theta < 0.0
    t = xp.log(xp.where(heavy, -theta, 1.0)) + log_y
    grown = xp.where(t > 0.0, t, 0.0) + xp.log1p(xp.exp(-xp.abs(t)))  # log(1 + exp t)
    y = xp.exp(xp.where(heavy, 0.0, log_y))
    shrunk = xp.log1p(-xp.where(heavy, 0.0, theta) * y)
    return xp.mean(xp.where(heavy, grown, shrunk), axis=-1)
