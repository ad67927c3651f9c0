"""Rényi divergences within an exponential family, by the divergences of its members.

With natural parameters a and c the law that mixes densities, p^alpha q^(1 - alpha), has the
parameters alpha a + (1 - alpha) c. Divergences from or to it add up, with positive weights, to the
Rényi divergence: as many digits are right as in those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kullback._array import Array

__all__ = ["renyi"]

Divergence = Callable[[Any, Array, Array, Array, Array], Array]


def renyi(
    xp: Any,
    p: Array,
    q: Array,
    cross: Array,
    order: float,
    divergence: Divergence,
    slope: Callable[[Any, Array, Array], Array],
) -> Array:
    r"""Return the Rényi divergence of two laws whose parameters, all positive, are rows.

    It is infinite where those of the mixed law are not positive.

    Parameters
    ----------
    xp : namespace
        Of the arrays.
    p, q : array, shape (..., n)
        Natural parameters, or their opposites.
    cross : array, shape (..., m)
        Determinants :math:`p_i q_j - q_i p_j` that the divergence needs exactly. Like q - p they
        are as many times as large for a law on the line through p and q as it is farther.
    order : float
        At least 0; ``math.inf`` is allowed.
    divergence : callable
        The KL divergence of c from a, given (xp, a, c, c - a, determinants).
    slope : callable
        The limit of that of a + t k from a over t, given (xp, a, k) with k at least 0.
    """
    d = q - p
    if order == 1.0:
        return divergence(xp, p, q, d, cross)
    if math.isinf(order):
        finite = xp.all(d <= 0.0, axis=-1)
        value = divergence(xp, p, q, d, cross) + slope(xp, p, xp.where(d <= 0.0, -d, 0.0))
        return xp.where(finite, value, xp.inf)
    rest = 1.0 - order
    if order < 1.0:
        start, ends, finite = order * p + rest * q, (q, p), xp.all(p > 0.0, axis=-1)
        steps, weight = (order, -rest), order / rest
    else:
        m = p + rest * d
        finite = xp.all(m > 0.0, axis=-1)
        d, cross = (xp.where(finite[..., None], x, 0.0) for x in (d, cross))
        start, ends = p, (q, p + rest * d)
        steps, weight = (1.0, rest), -1.0 / rest
    both = divergence(
        xp,
        xp.stack([start, start]),
        xp.stack(list(ends)),
        xp.stack([step * d for step in steps]),
        xp.stack([step * cross for step in steps]),
    )
    return xp.where(finite, both[0, ...] + weight * both[1, ...], xp.inf)
