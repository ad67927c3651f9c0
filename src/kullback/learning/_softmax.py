"""Cross-entropy of a softmax, row by row, for every array library."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from kullback._array import Array, namespace, pick, widen
from kullback._kernels import generic
from kullback._kernels.compensated import total
from kullback.learning._chunks import of_counted
from kullback.learning._problem import Options, Problem
from kullback.learning._rows import weighted
from kullback.learning._targets import Targets, are_classes
from kullback.learning._trained import one_certain

__all__ = ["PerRow", "in_pieces", "per_row"]


class PerRow(NamedTuple):
    """What one pass over the logits of a row tells.

    Attributes
    ----------
    loss : array
        Weighted by class, without z-loss.
    log_sum_exp : array
    heft : array or None
        The class weight of the target, by which a mean divides; None where it is 1.
    entropy, correct : array or None
        Of the softmax, and whether its likeliest class is that of the target; None where they
        were not asked for.
    """

    loss: Array
    log_sum_exp: Array
    heft: Array | None
    entropy: Array | None
    correct: Array | None


def per_row(xp: Any, logits: Array, targets: Targets, options: Options, *, parts: bool) -> PerRow:
    """Return what is asked of rows of logits, which are wide and on the last axis."""
    scores = _capped(xp, logits, options.soft_cap)
    z = one_certain(scores)
    p, log_p = generic.softmaxes(xp, z) if parts else (None, generic.log_softmax(xp, z))
    loss, heft = _surprise(xp, scores, log_p, targets, options)
    top = xp.max(scores, axis=-1)
    infinite = xp.abs(top) == math.inf
    log_sum_exp = top - xp.where(infinite, 0.0, xp.max(log_p, axis=-1))
    if not parts:
        return PerRow(loss, log_sum_exp, heft, None, None)
    correct = (xp.argmax(z, axis=-1) == targets.best(xp)) & ~xp.isnan(log_sum_exp)
    return PerRow(loss, log_sum_exp, heft, generic.cross_entropy(xp, p, log_p), correct)


def in_pieces(
    logits_of: Callable[..., Array],
    x: Array,
    head: tuple[Array, ...],
    problem: Problem,
    size: int,
    *,
    parts: bool,
) -> PerRow:
    """Return what is asked of the logits of x, which are made for some rows at a time."""
    xp, rows, targets, options = namespace(x), problem.rows, problem.targets, problem.options
    weights = () if options.class_weights is None else (options.class_weights,)
    first, last = len(targets.parts), len(targets.parts) + len(head)

    def of_rows(states: Array, *arrays: Array) -> Array:
        z = widen(logits_of(states, *arrays[first:last]))
        part = Targets.made_of(targets.kind, *arrays[:first])
        asked = replace(options, class_weights=arrays[last] if weights else None)
        found = [a for a in per_row(xp, z, part, asked, parts=parts) if a is not None]
        return xp.stack([xp.astype(a, z.dtype) for a in found], axis=-1)

    told = of_counted(of_rows, rows, (rows.hide(x), *targets.parts), (*head, *weights), size)
    given = (True, True, bool(weights), parts, parts)
    columns = iter(range(told.shape[-1]))
    return PerRow(*(told[..., next(columns)] if there else None for there in given))


def _capped(xp: Any, z: Array, cap: float | None) -> Array:
    """Return cap tanh(z / cap); what is masked stays masked."""
    if cap is None:
        return z
    masked = z == -math.inf
    return xp.where(masked, -math.inf, cap * xp.tanh(xp.where(masked, 0.0, z) / cap))


def _surprise(
    xp: Any, scores: Array, log_p: Array, targets: Targets, options: Options
) -> tuple[Array, Array | None]:
    """Return the cross-entropy weighted by class, and the class weight of the target."""
    weights, smoothing = options.class_weights, options.smoothing
    heft = None
    if targets.labels is not None:
        known = are_classes(targets.labels, scores.shape[-1])
        labels = xp.where(known, targets.labels, 0)
        surprise = 0.0 - pick(log_p, labels)
        # Infinity is a constant, as it is for one-hot rows: the gradient is 0.
        loss = xp.where(surprise == math.inf, math.inf, surprise)
        if weights is not None:
            heft = pick(weights, labels)
            loss = weighted(xp, heft, loss)
        loss = xp.where(known, loss, math.nan)  # where no label could be looked at
    elif targets.top_k is not None:
        top = targets.top_k
        loss = generic.cross_entropy(xp, top.table(scores.shape[-1]), top.gathered(log_p))
    else:
        target = widen(targets.probs)
        if weights is not None:
            target = target * weights
            heft = total(xp, target)
        loss = generic.cross_entropy(xp, target, log_p)
    if smoothing:
        share = xp.astype(scores > -math.inf, scores.dtype)
        count = xp.sum(share, axis=-1)
        share = share if weights is None else share * weights
        loss = _mixed(smoothing, loss, generic.cross_entropy(xp, share, log_p) / count)
        heft = None if heft is None else _mixed(smoothing, heft, xp.sum(share, axis=-1) / count)
    return loss, heft


def _mixed(smoothing: float, own: Array, spread: Array) -> Array:
    """Return the smoothed value; of smoothing 1 nothing of the own one is left."""
    return spread if smoothing == 1.0 else (1.0 - smoothing) * own + smoothing * spread
