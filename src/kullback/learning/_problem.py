"""What a cross-entropy is asked beside its logits: targets, the rows that count, and options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kullback._array import Array, as_float_array, like, widen
from kullback.errors import KullbackError
from kullback.learning._options import number_in
from kullback.learning._rows import Rows, refuse_wrong_weights
from kullback.learning._targets import Targets

__all__ = ["Options", "Problem"]


@dataclass(frozen=True, slots=True)
class Options:
    """What a loss is made of beside logits and targets; class weights are wide."""

    class_weights: Array | None = None
    smoothing: float = 0.0
    soft_cap: float | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is asked of logits, each array beside them and harmless in rows that do not count."""

    targets: Targets
    rows: Rows
    options: Options
    z_loss: float

    @classmethod
    def of(
        cls,
        targets: Any,
        beside: Array,
        shape: tuple[int, ...],
        axis: int,
        *,
        class_weights: Any,
        weights: Any,
        mask: Any,
        ignore_index: int | None,
        label_smoothing: float,
        soft_cap: float | None,
        z_loss: float,
        check: bool,
    ) -> Problem:
        """Read what is asked of logits of a shape with the classes last; refuse what is wrong."""
        read = Targets.of(targets, beside, shape, axis, ignore_index)
        rows = Rows.of(
            beside, shape[:-1], mask=mask, weights=weights, ignored=read.ignored, check=check
        )
        if read.top_k is not None and class_weights is not None:
            raise KullbackError("learning.tail_weight")
        options = Options(
            _class_weights(class_weights, beside, shape[-1], check=check),
            number_in("[0, 1]", "label_smoothing", label_smoothing),
            None if soft_cap is None else number_in("(0, inf)", "soft_cap", soft_cap),
        )
        z_loss = number_in("[0, inf)", "z_loss", z_loss)
        return cls(read.within(rows, beside, shape, axis=axis, check=check), rows, options, z_loss)


def _class_weights(given: Any, beside: Array, classes: int, *, check: bool) -> Array | None:
    if given is None:
        return None
    weights = like(as_float_array(given, "class_weights"), beside)
    if tuple(weights.shape) != (classes,):
        raise KullbackError("learning.classes", got=tuple(weights.shape), want=(classes,))
    if check:
        refuse_wrong_weights(weights, "class_weights")
    return widen(weights)
