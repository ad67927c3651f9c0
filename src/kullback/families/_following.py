"""Densities at nodes in the caller's library, which follow what a gradient moves.

Nodes move with the ends of supports and with other places where a density is not smooth; where
floats cannot tell a node from an end, its density follows the tail.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import Any

import numpy as np

from kullback._array import Array, detached, like, to_numpy
from kullback.families._ends import tails_of
from kullback.families._places import Logs, followed
from kullback.families._quadrature import Nodes
from kullback.families.abstract import AbstractFamily

__all__ = ["beside", "log_density_at", "lost", "mean_motion", "motions_of", "moved"]


def moved(xp: Any, nodes: Nodes, anchor: Array, motions: dict[float, Array]) -> tuple[Any, Any]:
    """Return by how much nodes and the logarithms of weights follow where densities break.

    Between two breaks they are stretched, so that what is integrated stays smooth in each piece:
    the end of a support may move, within that of the other law or of a mixture too.
    """
    if nodes.method == "sum" or not motions:
        return 0.0, 0.0
    places = sorted(motions)
    moves = [motions[at] for at in places]
    piece = np.searchsorted(places, nodes.origin + nodes.x)  # as many breaks are below
    total, stretch = 0.0, 0.0
    for k in range(len(places) + 1):
        here = beside(anchor, (piece == k).astype(np.float64))
        if k in (0, len(places)):
            total = total + here * moves[max(k - 1, 0)]
            continue
        start, width = places[k - 1], places[k] - places[k - 1]
        share = np.clip((nodes.x - (start - nodes.origin)) / width, 0.0, 1.0)
        share = beside(anchor, share)
        grown = moves[k] - moves[k - 1]
        total = total + here * (moves[k - 1] + share * grown)
        stretch = stretch + here * xp.log1p(grown / width)
    return total, stretch


def motions_of(breaks: list[Array], low: float, high: float) -> dict[float, Array]:
    """Return how the places move where a single distribution breaks."""
    found: dict[float, list[Array]] = {}
    for end in breaks:
        at = float(to_numpy(end))
        if low <= at <= high and math.isfinite(at):
            found.setdefault(at, []).append(end)
    return {at: mean_motion(ends) for at, ends in found.items()}


def mean_motion(ends: list[Array]) -> Array:
    """Return 0 with the mean of the gradients of ends at one place."""
    return reduce(operator.add, map(_motion, ends)) / len(ends)


def log_density_at(
    xp: Any, law: AbstractFamily, origin: np.ndarray | None, x: np.ndarray, move: Any
) -> Array:
    """Return the logarithm at nodes that move, and where it is -inf no slope of it."""
    anchor = law.arrays[0]
    x = beside(anchor, x) + move
    from_ = None if origin is None else beside(anchor, origin)

    def log(x: Array) -> Array:
        return law._log_density(xp, x) if from_ is None else law._log_density_from(xp, from_, x)

    value = log(x)
    nothing = detached(value) == -xp.inf
    if not bool(xp.any(nothing)) or bool(xp.all(nothing)):
        return value
    likely = xp.broadcast_to(x, value.shape)[xp.argmax(detached(value))]
    if from_ is not None and from_.ndim:
        likely = xp.where(nothing, from_[xp.argmax(detached(value))] - from_ + likely, likely)
    return xp.where(nothing, -xp.inf, log(xp.where(nothing, likely, x)))


def lost(xp: Any, law: AbstractFamily, nodes: Nodes) -> Array:
    """Return what the logarithms at the floats miss, with the gradient of the tails it follows.

    A tail that is a power, or a normal law of log y, is known by its level at three distances.
    """
    anchor, single = law.arrays[0], law.in_numpy()
    with np.errstate(all="ignore"):
        total = beside(anchor, Logs(single, single).lost(nodes)[0])
    for place, here, found, meant in followed(nodes, single):
        kind = tails_of(single)[place].kind
        if kind not in ("none", "log2"):  # nothing is left that far out
            continue
        log_y, (one, two, three) = _levels_beside(xp, law, single, place)
        first, last = (one - two) / (log_y[0] - log_y[1]), (two - three) / (log_y[1] - log_y[2])
        curve = (first - last) / (log_y[0] - log_y[2])
        near, away = np.zeros_like(nodes.x), np.zeros_like(nodes.x)
        near[here] = found - meant
        away[here] = np.subtract(*((y - log_y[0]) * (y - log_y[1]) for y in (found, meant)))
        total = total + beside(anchor, near) * (first - detached(first))
        if kind == "log2":
            total = total + beside(anchor, away) * (curve - detached(curve))
    return total


def _levels_beside(
    xp: Any, law: AbstractFamily, single: AbstractFamily, place: int
) -> tuple[np.ndarray, list[Array]]:
    """Return the logarithms of three distances from an end, and those of the reciprocal density."""
    few, end = xp.finfo(law.arrays[0].dtype).bits <= 32, float(single.support[place])
    side, step = (-1.0 if place else 1.0), (1.0 if few else 3.0)
    powers, scale, origin = step * np.array([20.0, 26.0, 32.0]), 1.0, None
    if math.isinf(end):
        side, start, move = -side, 0.0, 0.0
    else:
        powers, start, move = -powers, end, _motion(law.support[place])
        if end != 0.0 and single._digits:
            start, origin = 0.0, np.asarray(end)
        elif end != 0.0:  # where floats are no closer
            scale = 2.0 ** math.ceil(math.log2(abs(end)))
            powers = -np.array([8.0, 12.0, 16.0] if few else [24.0, 32.0, 40.0])
    x = start + side * scale * 2.0**powers
    level = [-log_density_at(xp, law, origin, np.asarray(y), move) for y in x]
    return np.log(np.abs(x - start)), level


def _motion(end: Array) -> Array:
    """Return 0 with the gradient of an end."""
    return end - detached(end)


def beside(anchor: Array, column: np.ndarray) -> Array:
    return like(np.ascontiguousarray(column), anchor)
