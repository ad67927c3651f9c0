"""Gradients of sums over nodes: the sum is repeated in the caller's library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, detached, like, namespace
from kullback.families._places import seen_by
from kullback.families._sums import Trace
from kullback.families.abstract import AbstractFamily

__all__ = ["zero_with_gradient"]


def zero_with_gradient(trace: Trace | None, p: AbstractFamily, q: AbstractFamily) -> Array:
    """Return 0 with the gradient of a value with respect to the parameters of two wide laws."""
    arrays = [*p.arrays, *q.arrays]
    xp, anchor = namespace(*arrays), arrays[0]
    if trace is None:  # an infinite value
        return like(np.zeros(()), anchor)
    trace = _within_floats(trace, xp.finfo(anchor.dtype))
    nodes = trace.nodes
    columns = (nodes.log_weight, nodes.sign, trace.lost_p, trace.lost_q)
    log_w, sign, lost_p, lost_q = (_beside(anchor, column) for column in columns)
    move, stretch = _moved(xp, trace, p, q)
    log_w = log_w + stretch
    log_p, log_q = (
        _log_density(xp, law, *seen_by(nodes, digits=digits), move)
        for law, digits in zip((p, q), trace.digits, strict=True)
    )
    log_p, log_q = log_p + lost_p, log_q + lost_q
    terms = trace.measure.term(xp, log_p, log_q, log_w)
    if trace.alone:  # what one law alone allows is 1 less what both do
        terms = terms - trace.measure.only_p * xp.exp(log_p + log_w)
        terms = terms - trace.measure.only_q * xp.exp(log_q + log_w)
    total = xp.sum(sign * terms)
    value = trace.finish(xp, trace.total + (total - detached(total)))
    return value - detached(value)


def _beside(anchor: Array, column: np.ndarray) -> Array:
    return like(np.ascontiguousarray(column), anchor)


def _log_density(
    xp: Any, law: AbstractFamily, origin: np.ndarray | None, x: np.ndarray, move: Any
) -> Array:
    """Return the logarithm at nodes that move."""
    anchor = law.arrays[0]
    x = _beside(anchor, x) + move
    if origin is None:
        return law._log_density(xp, x)
    return law._log_density_from(xp, _beside(anchor, origin), x)


def _moved(xp: Any, trace: Trace, p: AbstractFamily, q: AbstractFamily) -> tuple[Any, Any]:
    """Return by how much nodes and the logarithms of weights follow the ends of what both allow."""
    if trace.nodes.method == "sum":
        return 0.0, 0.0
    low, high = (math.isfinite(end) for end in (trace.low, trace.high))
    down = _motion(xp.maximum(p.support.low, q.support.low)) if low else 0.0
    up = _motion(xp.minimum(p.support.high, q.support.high)) if high else down
    if not low:
        return up, 0.0
    if not high:
        return down, 0.0
    width = trace.high - trace.low
    share = _beside(p.arrays[0], (trace.nodes.x - (trace.low - trace.nodes.origin)) / width)
    return down * (1.0 - share) + up * share, xp.log1p((up - down) / width)


def _motion(end: Array) -> Array:
    """Return 0 with the gradient of an end."""
    return end - detached(end)


def _within_floats(trace: Trace, limits: Any) -> Trace:
    """Leave out nodes that fewer bits cannot tell from an end, or hold."""
    if limits.bits > 32:
        return trace
    with np.errstate(over="ignore", under="ignore"):
        x = trace.nodes.x.astype(np.float32)
        low, high = (end - trace.nodes.origin for end in (trace.low, trace.high))
        kept = np.isfinite(x * x) & (x > low.astype(np.float32)) & (x < high.astype(np.float32))
        kept &= (np.abs(x) > float(limits.smallest_normal)) | (trace.nodes.x == 0.0)
    if trace.nodes.method == "sum":
        kept |= np.isfinite(x * x)
    return trace._replace(
        nodes=trace.nodes.only(kept), lost_p=trace.lost_p[kept], lost_q=trace.lost_q[kept]
    )
