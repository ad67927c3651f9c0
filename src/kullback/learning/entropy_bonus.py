"""What keeps a policy from settling too soon."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, as_float_array, like, namespace, narrow, to_array, widen
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._rows import Reduction, Rows
from kullback.learning._trained import some_possible, trained
from kullback.measures.entropy import entropy

__all__ = ["entropy_bonus"]


def entropy_bonus(
    logits: Any,
    /,
    *,
    axis: int = -1,
    allowed: Any = None,
    normalized: bool = False,
    mask: Any = None,
    weights: Any = None,
    reduction: Reduction = "none",
    check: bool = True,
) -> Array:
    r"""Entropy of a policy over the actions that are allowed, to be subtracted from a loss.

    .. math:: H = -\sum_a p_a \log p_a, \qquad p = \operatorname{softmax}(z),

    over the allowed actions, or, normalised, :math:`H / \log n` with n their number, which is
    between 0 and 1 however many there are.

    Parameters
    ----------
    logits : array, shape (..., K)
        Scores z of the actions. One of -inf is not allowed either, one of +inf takes all
        probability, and NaN gives NaN.
    axis : int, default -1
        Where the actions of logits, and of `allowed`, are.
    allowed : boolean array, optional
        True for actions that may be taken; its shape is that of the logits, or repeats to it.
        What the logits of others hold is not looked at.
    normalized : bool, default False
        Divide by the logarithm of how many are allowed; for a single one the result is 0.
    mask : boolean array, shape (...), optional
        True for rows (states) that count.
    weights : array, shape (...), optional
        Weights of rows, at least 0. A row of weight 0 does not count.
    reduction : {"none", "mean", "sum"}, default "none"
        An entropy per row, times its weight; their weighted mean; or their sum. The mean of
        nothing is 0, with gradient 0.
    check : bool, default True
        False trusts masks and weights, which on an accelerator spares a wait.

    Returns
    -------
    array
        At least 0, in nats, or without unit if normalised. float32 for float16 and bfloat16.

    Raises
    ------
    KullbackError
        If a row that counts allows no action, if `allowed` is not boolean, or if shapes do not
        fit.

    References
    ----------
    Williams and Peng (1991), *Function optimization using connectionist reinforcement learning
    algorithms*; Mnih et al. (2016), *Asynchronous methods for deep reinforcement learning*.

    Examples
    --------
    >>> from kullback.learning import entropy_bonus
    >>> z = [[1.0, 1.0, 5.0], [0.0, 3.0, 0.0]]
    >>> entropy_bonus(z, allowed=[True, True, False], normalized=True).round(4).tolist()
    [1.0, 0.2754]
    """
    given = as_float_array(logits, "logits")
    z = outcomes_last(given, axis)
    xp = namespace(z)
    if allowed is not None:
        z = xp.where(outcomes_last(_allowed(allowed, given), axis), z, -math.inf)
    rows = Rows.of(z, z.shape[:-1], mask=mask, weights=weights, check=check)
    z = widen(rows.hide(z))
    if check:
        some_possible(z, "logits", axis)
    values = entropy(trained(z))
    if normalized:
        count = xp.sum(xp.astype(z != -math.inf, z.dtype), axis=-1)
        values = values / xp.log(xp.where(count > 1.0, count, math.e))  # of one it is 0
    return narrow(rows.reduce(values, reduction), given)


def _allowed(allowed: Any, logits: Array) -> Array:
    """Return which actions are allowed, in the shape of the logits."""
    allowed = like(to_array(allowed, "allowed"), logits)
    xp = namespace(logits)
    if not xp.isdtype(allowed.dtype, "bool"):
        raise KullbackError("learning.allowed", dtype=str(allowed.dtype))
    try:
        fits = np.broadcast_shapes(allowed.shape, logits.shape) == tuple(logits.shape)
    except ValueError:
        fits = False
    if not fits:
        got, want = tuple(allowed.shape), tuple(logits.shape)
        raise KullbackError("learning.allowed_shape", got=got, want=want)
    return xp.broadcast_to(allowed, logits.shape)
