"""Which rows of a loss count, how much, and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from kullback._array import (
    Array,
    as_float_array,
    device_of,
    first_failure,
    is_numpy,
    is_traced,
    like,
    namespace,
    to_array,
    widen,
)
from kullback.errors import KullbackError

__all__ = ["REDUCTIONS", "Reduction", "Rows", "ratio", "refuse_wrong_weights", "weighted"]

Reduction = Literal["none", "mean", "sum"]
REDUCTIONS = ("none", "mean", "sum")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a batch that count.

    A row that does not count touches neither value nor gradient, whatever it holds: `hide` puts
    a harmless number in its place before anything is computed.

    Attributes
    ----------
    counted : boolean array, shape (...), or None
        None where all count.
    weight : array, shape (...), or None
        In the precision that sums are taken in, 0 where a row does not count; None where all
        count alike.
    """

    counted: Array | None
    weight: Array | None

    @classmethod
    def of(
        cls,
        values: Array,
        shape: tuple[int, ...],
        *,
        mask: Any = None,
        weights: Any = None,
        ignored: Array | None = None,
        check: bool = True,
    ) -> Rows:
        """Read mask and weights for rows of this shape; `ignored` are rows that never count.

        They come to the library of `values`. A weight of exactly 0 leaves a row out.
        """
        xp = namespace(values)
        counted = None if ignored is None else ~ignored
        if mask is not None:
            mask = like(to_array(mask, "mask"), values)
            if not xp.isdtype(mask.dtype, "bool"):
                raise KullbackError("learning.mask", dtype=str(mask.dtype))
            mask = _fitting(mask, shape, "mask")
            counted = mask if counted is None else counted & mask
        if weights is None:
            counted = _some(counted)
            return cls(counted, None if counted is None else widen(as_float_array(counted)))
        weight = widen(_fitting(like(as_float_array(weights, "weights"), values), shape, "weights"))
        if check:
            refuse_wrong_weights(weight, "weights")
        counted = weight > 0.0 if counted is None else counted & (weight > 0.0)
        return cls(_some(counted), xp.where(counted, weight, 0.0))

    def hide(self, x: Array, value: float = 0.0) -> Array:
        """Return x, of one axis more or of as many as rows, with `value` where none counts."""
        if self.counted is None:
            return x
        xp, counted = namespace(x), self.counted
        while counted.ndim < x.ndim:
            counted = counted[..., None]
        return xp.where(counted, x, xp.asarray(value, dtype=x.dtype, device=device_of(x)))

    def reduce(self, values: Array, reduction: Reduction, heft: Array | None = None) -> Array:
        """Return weighted values, their sum, or their sum over that of weight times `heft`.

        The mean of nothing is 0, with gradient 0.
        """
        if reduction not in REDUCTIONS:
            raise KullbackError("learning.reduction", got=repr(reduction))
        xp = namespace(values)
        values = self.hide(values)
        if self.weight is not None:
            values = self.weight * values
        if reduction == "none":
            return values
        total = xp.sum(values)
        if reduction == "sum":
            return total
        share = xp.ones_like(values) if heft is None else heft
        share = share if self.weight is None else self.weight * share
        whole = xp.sum(share)
        return ratio(total, whole)

    def average(self, table: Array) -> Array:
        """Return the weighted mean over all rows of a table (..., K), shape (K,)."""
        xp = namespace(table)
        table = self.hide(table)
        ones = xp.ones(table.shape[:-1], dtype=table.dtype, device=device_of(table))
        weight = ones if self.weight is None else self.weight
        axes = tuple(range(table.ndim - 1))
        total = xp.sum(weight[..., None] * table, axis=axes)
        whole = xp.sum(weight)
        return ratio(total, whole)


def _some(counted: Array | None) -> Array | None:
    """Return None where all are soon seen to count, so that nothing need be hidden."""
    if counted is None or is_traced(counted):
        return counted
    on_host = is_numpy(counted) or getattr(device_of(counted), "type", "") == "cpu"
    return None if on_host and bool(counted.all()) else counted


def ratio(total: Array, whole: Array) -> Array:
    """Return the mean that sums give; of nothing it is 0."""
    xp = namespace(total)
    empty = whole == 0.0
    return xp.where(empty, 0.0, total / xp.where(empty, 1.0, whole))


def weighted(xp: Any, weight: Array, cost: Array) -> Array:
    """Return weight times cost; a weight of 0 leaves nothing of an infinite cost."""
    endless = cost == math.inf
    most = xp.where(weight == 0.0, 0.0, cost)
    return xp.where(endless, most, weight * xp.where(endless, 0.0, cost))


def refuse_wrong_weights(weights: Array, name: str) -> None:
    """Refuse weights that are negative, infinite or no numbers."""
    sound = (weights >= 0.0) & (weights < math.inf)
    if not is_traced(weights) and (failure := first_failure(sound, weights)):
        raise KullbackError("learning.weights", name=name, place=failure[0], value=failure[1])


def _fitting(x: Array, shape: tuple[int, ...], name: str) -> Array:
    """Return x in the rows' shape; a single number or truth is that of every row.

    Nothing else is stretched: of a square batch nobody could tell which way.
    """
    if tuple(x.shape) not in ((), tuple(shape)):
        got, want = tuple(x.shape), tuple(shape)
        raise KullbackError("learning.shape", name=name, got=got, want=want)
    return namespace(x).broadcast_to(x, shape)
