"""Cross-entropy of a softmax, row by row, for every array library."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from kullback._array import Array, as_float_array, first_failure, is_traced, like, pick, widen
from kullback._kernels import generic
from kullback._kernels.compensated import total
from kullback.errors import KullbackError
from kullback.learning._targets import Targets

__all__ = ["Options", "PerRow", "capped", "one_certain", "per_row"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a loss is made of beside logits and targets."""

    class_weights: Array | None = None
    smoothing: float = 0.0
    soft_cap: float | None = None
    z_loss: float = 0.0

    @classmethod
    def of(
        cls,
        targets: Targets,
        beside: Array,
        classes: int,
        *,
        class_weights: Any,
        label_smoothing: float,
        soft_cap: float | None,
        z_loss: float,
    ) -> Options:
        """Read what was asked for, beside an array; refuse what makes no sense."""
        if targets.top_k is not None and class_weights is not None:
            raise KullbackError("learning.tail_weight")
        return cls(
            _class_weights(class_weights, beside, classes),
            _between("label_smoothing", label_smoothing, 0.0, 1.0),
            None if soft_cap is None else _between("soft_cap", soft_cap, 5e-324, math.inf),
            _between("z_loss", z_loss, 0.0, math.inf),
        )


class PerRow(NamedTuple):
    """What one pass over the logits of a row tells."""

    loss: Array
    log_sum_exp: Array
    entropy: Array
    correct: Array  # whether the likeliest class is that of the target
    mass: Array | None  # how much of the target counts; None where it is 1


def capped(xp: Any, z: Array, cap: float | None) -> Array:
    """Return cap tanh(z / cap); what is masked stays masked."""
    if cap is None:
        return z
    masked = z == -math.inf
    return xp.where(masked, -math.inf, cap * xp.tanh(xp.where(masked, 0.0, z) / cap))


def one_certain(xp: Any, z: Array) -> Array:
    """Return the limit of logits of which some are infinite: they share all probability."""
    top = xp.max(z, axis=-1, keepdims=True) == math.inf
    limit = xp.where(z == math.inf, xp.zeros_like(z), -math.inf)
    return xp.where(top, limit, z)


def per_row(xp: Any, logits: Array, targets: Targets, options: Options) -> PerRow:
    """Return all that can be asked of rows of logits, which are wide and on the last axis."""
    scores = capped(xp, logits, options.soft_cap)
    z = one_certain(xp, scores)
    p, log_p = generic.softmaxes(xp, z)
    loss, mass = _surprise(xp, z, log_p, targets, options)
    top = xp.max(scores, axis=-1)
    infinite = xp.abs(top) == math.inf
    log_sum_exp = top - xp.where(infinite, 0.0, xp.max(log_p, axis=-1))
    if options.z_loss:
        loss = loss + options.z_loss * log_sum_exp**2
    return PerRow(
        loss,
        log_sum_exp,
        generic.cross_entropy(xp, p, log_p),
        xp.argmax(z, axis=-1) == targets.best(xp),
        mass,
    )


def _surprise(
    xp: Any, z: Array, log_p: Array, targets: Targets, options: Options
) -> tuple[Array, Array | None]:
    """Return the weighted cross-entropy, and the weight of the target."""
    weights, smoothing = options.class_weights, options.smoothing
    if targets.labels is not None:
        loss = 0.0 - pick(log_p, targets.labels)
        mass = None if weights is None else pick(weights, targets.labels)
        loss = loss if mass is None else _times(xp, mass, loss)
    elif targets.top_k is not None:
        top = targets.top_k
        loss = generic.cross_entropy(xp, top.table(z.shape[-1]), top.gathered(log_p))
        mass = None
    else:
        target = targets.probs if weights is None else targets.probs * weights
        loss = generic.cross_entropy(xp, target, log_p)
        mass = None if weights is None else total(xp, target)
    if smoothing:
        allowed = z > -math.inf
        one = xp.astype(allowed, z.dtype)
        share = one if weights is None else one * weights
        count = xp.sum(one, axis=-1)
        spread = total(xp, xp.where(share > 0.0, 0.0 - share * _finite(xp, log_p), 0.0)) / count
        loss = _mixed(smoothing, loss, spread)
        mass = None if mass is None else _mixed(smoothing, mass, xp.sum(share, axis=-1) / count)
    return loss, mass


def _finite(xp: Any, log_p: Array) -> Array:
    return xp.where(log_p == -math.inf, 0.0, log_p)


def _mixed(smoothing: float, own: Array, spread: Array) -> Array:
    """Return the smoothed value; of smoothing 1 nothing of the own one is left."""
    return spread if smoothing == 1.0 else (1.0 - smoothing) * own + smoothing * spread


def _times(xp: Any, weight: Array, loss: Array) -> Array:
    """Return the product; a class of weight 0 costs nothing, even where it is impossible."""
    return weight * xp.where(weight == 0.0, 0.0, loss)


def _class_weights(given: Any, beside: Array, classes: int) -> Array | None:
    if given is None:
        return None
    weights = like(as_float_array(given, "class_weights"), beside)
    if tuple(weights.shape) != (classes,):
        raise KullbackError("learning.classes", got=tuple(weights.shape), want=(classes,))
    sound = (weights >= 0) & (weights < math.inf)
    if not is_traced(weights) and (failure := first_failure(sound, weights)):
        raise KullbackError("learning.weights", place=failure[0], value=failure[1])
    return widen(weights)


def _between(name: str, value: float, low: float, high: float) -> float:
    """Return an option as a number; refuse one that is not in its range."""
    if isinstance(value, (int, float)) and low <= value <= high and value < math.inf:
        return float(value)
    raise KullbackError("learning.option", name=name, got=repr(value), low=low, high=high)
