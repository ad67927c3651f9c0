"""Gradients of sums over nodes: the sum is repeated in the caller's library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, detached, like, namespace
from kullback.errors import KullbackError
from kullback.families._first_only import first_only
from kullback.families._following import beside, log_density_at, lost, moved
from kullback.families._influence import hold_certainty, slopes_at_zero_weights
from kullback.families._meeting import motions
from kullback.families._places import seen_by
from kullback.families._quadrature import Nodes
from kullback.families._sums import Answer, Trace
from kullback.families._terms import LOG, LOG_RATIO, TOTAL_VARIATION
from kullback.families.abstract import AbstractFamily

__all__ = ["zero_with_gradient"]

# What is taken where p and q cross, or at their largest ratio: places that move, and have
# no slope but a curvature.
_ONCE = (TOTAL_VARIATION, LOG, LOG_RATIO)


def zero_with_gradient(verb: str, answer: Answer, p: AbstractFamily, q: AbstractFamily) -> Array:
    """Return 0 with the gradient of an answer with respect to the parameters of two wide laws.

    An infinite answer has none. A finite one whose gradient is not known is refused: 0 would be
    taken for it.
    """
    number, trace, form = answer
    if math.isinf(number.value):
        return like(np.zeros(()), p.arrays[0])
    if trace is not None:
        return _of_sum(verb, trace, p, q)
    value = None if form is None else form(p, q)
    if value is None:
        raise KullbackError("ladder.gradient", verb=verb)
    return value - detached(value)


def _of_sum(verb: str, trace: Trace, p: AbstractFamily, q: AbstractFamily) -> Array:
    """Repeat a sum over nodes in the caller's library, and add what weights that are 0 would."""
    more = slopes_at_zero_weights(trace, p, q, verb)
    p, q = hold_certainty(p), hold_certainty(q)
    if trace.measure in _ONCE:
        p, q = p.map(first_only), q.map(first_only)
    arrays = [*p.arrays, *q.arrays]
    xp, anchor = namespace(*arrays), arrays[0]
    nodes = _within_floats(trace, xp.finfo(anchor.dtype))
    log_w, sign = (beside(anchor, column) for column in (nodes.log_weight, nodes.sign))
    moves = motions(trace, p, q, verb)
    move, stretch = moved(xp, nodes, anchor, moves.of)
    log_w = log_w + stretch
    log_p, log_q = (
        log_density_at(xp, law, *seen_by(nodes, digits=digits), move) + lost(xp, law, nodes)
        for law, digits in zip((p, q), trace.digits, strict=True)
    )
    terms = trace.measure.term(xp, log_p, log_q, log_w)
    if trace.alone or moves.within:  # what one law alone allows is 1 less what both do
        terms = terms - trace.measure.only_p * xp.exp(log_p + log_w)
        terms = terms - trace.measure.only_q * xp.exp(log_q + log_w)
    total = xp.sum(sign * terms) + more
    value = trace.finish(xp, trace.total + (total - detached(total)))
    return value - detached(value)


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
