"""Gradients of sums over nodes: the sum is repeated in the caller's library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, detached, like, namespace
from kullback.errors import KullbackError
from kullback.families._infinity import tails_of
from kullback.families._influence import slopes_at_zero_weights
from kullback.families._places import Logs, followed, seen_by
from kullback.families._quadrature import Nodes
from kullback.families._sums import Answer, Trace
from kullback.families.abstract import AbstractFamily

__all__ = ["zero_with_gradient"]


def zero_with_gradient(verb: str, answer: Answer, p: AbstractFamily, q: AbstractFamily) -> Array:
    """Return 0 with the gradient of an answer with respect to the parameters of two wide laws.

    An infinite answer has none. A finite one whose gradient is not known is refused: 0 would be
    taken for it.
    """
    number, trace, form = answer
    if math.isinf(number.value):
        return like(np.zeros(()), p.arrays[0])
    if trace is not None:
        return _of_sum(trace, p, q, slopes_at_zero_weights(trace, p, q, verb))
    value = None if form is None else form(p, q)
    if value is None:
        raise KullbackError("ladder.gradient", verb=verb)
    return value - detached(value)


def _of_sum(trace: Trace, p: AbstractFamily, q: AbstractFamily, more: Array | float) -> Array:
    """Repeat a sum over nodes in the caller's library, and add what has the gradient of more."""
    arrays = [*p.arrays, *q.arrays]
    xp, anchor = namespace(*arrays), arrays[0]
    nodes = _within_floats(trace, xp.finfo(anchor.dtype))
    log_w, sign = (_beside(anchor, column) for column in (nodes.log_weight, nodes.sign))
    move, stretch = _moved(xp, trace, nodes, p, q)
    log_w = log_w + stretch
    log_p, log_q = (
        _log_density(xp, law, *seen_by(nodes, digits=digits), move) + _lost(xp, law, nodes)
        for law, digits in zip((p, q), trace.digits, strict=True)
    )
    terms = trace.measure.term(xp, log_p, log_q, log_w)
    if trace.alone:  # what one law alone allows is 1 less what both do
        terms = terms - trace.measure.only_p * xp.exp(log_p + log_w)
        terms = terms - trace.measure.only_q * xp.exp(log_q + log_w)
    total = xp.sum(sign * terms) + more
    value = trace.finish(xp, trace.total + (total - detached(total)))
    return value - detached(value)


def _lost(xp: Any, law: AbstractFamily, nodes: Nodes) -> Array:
    """Return what the logarithms at the floats miss, with the gradient of the tails it follows.

    A tail that is a power, or a normal law of log y, is known by its level at three distances.
    """
    anchor, single = law.arrays[0], law.in_numpy()
    lost = _beside(anchor, Logs(single, single).lost(nodes)[0])
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
        lost = lost + _beside(anchor, near) * (first - detached(first))
        if kind == "log2":
            lost = lost + _beside(anchor, away) * (curve - detached(curve))
    return lost


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
    level = [-_log_density(xp, law, origin, np.asarray(y), move) for y in x]
    return np.log(np.abs(x - start)), level


def _beside(anchor: Array, column: np.ndarray) -> Array:
    return like(np.ascontiguousarray(column), anchor)


def _log_density(
    xp: Any, law: AbstractFamily, origin: np.ndarray | None, x: np.ndarray, move: Any
) -> Array:
    """Return the logarithm at nodes that move; where it is -inf, without its slope, which is too."""
    anchor = law.arrays[0]
    x = _beside(anchor, x) + move
    from_ = None if origin is None else _beside(anchor, origin)

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


def _moved(
    xp: Any, trace: Trace, nodes: Nodes, p: AbstractFamily, q: AbstractFamily
) -> tuple[Any, Any]:
    """Return by how much nodes and the logarithms of weights follow the ends of what both allow."""
    if nodes.method == "sum":
        return 0.0, 0.0
    low, high = (math.isfinite(end) for end in (trace.low, trace.high))
    down = _motion(xp.maximum(p.support.low, q.support.low)) if low else 0.0
    up = _motion(xp.minimum(p.support.high, q.support.high)) if high else down
    if not low:
        return up, 0.0
    if not high:
        return down, 0.0
    width = trace.high - trace.low
    share = _beside(p.arrays[0], (nodes.x - (trace.low - nodes.origin)) / width)
    return down * (1.0 - share) + up * share, xp.log1p((up - down) / width)


def _motion(end: Array) -> Array:
    """Return 0 with the gradient of an end."""
    return end - detached(end)


def _within_floats(trace: Trace, limits: Any) -> Nodes:
    """Return the nodes where fewer bits hold them, and can tell them from an end.

    Those that are measured from an end are moved there, and the others left out.
    """
    nodes = trace.nodes
    if limits.bits > 32:
        return nodes
    tiny, huge = float(limits.smallest_normal), math.sqrt(float(limits.max)) / 4.0
    low, high = (end - nodes.origin for end in (trace.low, trace.high))
    with np.errstate(all="ignore"):
        first, last = (end.astype(np.float32) for end in (low, high))
        x = np.clip(nodes.x, np.maximum(np.nextafter(first, np.float32(np.inf)), -huge), None)
        x = np.clip(x, None, np.minimum(np.nextafter(last, np.float32(-np.inf)), huge))
        x = x.astype(np.float32).astype(np.float64)
        x = np.where((np.abs(x) < tiny) & (nodes.x != 0.0), np.sign(nodes.x) * tiny, x)
        measured = (nodes.side != 0.0) & (nodes.origin == 0.0) & (x != nodes.anchor)
        off = np.log(np.abs(nodes.x - nodes.anchor)) - np.log(np.abs(x - nodes.anchor))
        at = nodes.x.astype(np.float32)
        kept = (at > first) & (at < last) & ((np.abs(at) > tiny) | (nodes.x == 0.0))
        kept &= np.isfinite(at * at)
        if nodes.method == "sum":
            kept = np.isfinite(at * at)
            measured &= ~kept
    moved = nodes._replace(
        x=np.where(measured, x, nodes.x), lost=np.where(measured, nodes.lost + off, nodes.lost)
    )
    return moved.only(kept | measured)
