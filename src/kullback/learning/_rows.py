"""Which rows of a loss count, how much, and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    device_of,
    first_failure,
    is_traced,
    like,
    namespace,
    to_array,
    widen,
)
from kullback.errors import KullbackError

__all__ = ["REDUCTIONS", "Reduction", "Rows", "ratio"]

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
    ) -> Rows:
        """Read mask and weights for rows of this shape; `ignored` are rows that never count.

        They come to the library and device of `values`. A weight of exactly 0 leaves a row out.
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
            if counted is None:
                return cls(None, None)
            return cls(counted, widen(as_float_array(counted)))
        weight = widen(_fitting(like(as_float_array(weights, "weights"), values), shape, "weights"))
        sound = (weight >= 0.0) & (weight < math.inf)
        if not is_traced(weight) and (failure := first_failure(sound, weight)):
            raise KullbackError("learning.weights", place=failure[0], value=failure[1])
        counted = weight > 0.0 if counted is None else counted & (weight > 0.0)
        return cls(counted, xp.where(counted, weight, 0.0))

    def hide(self, x: Array, value: float = 0.0) -> Array:
        """Return x, of one axis more or of as many as rows, with `value` where none counts."""
        if self.counted is None:
            return x
        xp, counted = namespace(x), self.counted
        while counted.ndim < x.ndim:
            counted = counted[..., None]
        return xp.where(counted, x, xp.asarray(value, dtype=x.dtype, device=device_of(x)))

    def reduce(self, values: Array, reduction: Reduction, mass: Array | None = None) -> Array:
        """Return weighted values, their sum, or their sum over that of weight times `mass`.

        The mean of nothing is 0, with gradient 0.
        """
        if reduction not in REDUCTIONS:
            raise KullbackError("learning.reduction", got=repr(reduction))
        xp = namespace(values)
        values = self.hide(values)
        weighted = values if self.weight is None else _times(xp, self.weight, values)
        if reduction == "none":
            return weighted
        total = xp.sum(weighted)
        if reduction == "sum":
            return total
        share = xp.ones_like(values) if mass is None else self.hide(mass)
        share = share if self.weight is None else self.weight * share
        whole = xp.sum(share)
        return ratio(total, whole)

    def average(self, table: Array) -> Array:
        """Return the weighted mean over all rows of a table (..., K), shape (K,)."""
        xp = namespace(table)
        table = self.hide(table)
        weight = xp.ones_like(table[..., 0]) if self.weight is None else self.weight
        axes = tuple(range(table.ndim - 1))
        total = xp.sum(_times(xp, weight[..., None], table), axis=axes)
        whole = xp.sum(weight)
        return ratio(total, whole)


def ratio(total: Array, whole: Array) -> Array:
    """Return the mean that sums give; of nothing it is 0."""
    xp = namespace(total)
    empty = whole == 0.0
    return xp.where(empty, 0.0, total / xp.where(empty, 1.0, whole))


def _times(xp: Any, weight: Array, values: Array) -> Array:
    """Return the product; a weight of 0 leaves nothing of an infinite value."""
    return xp.where(weight == 0.0, 0.0, weight * values)


def _fitting(x: Array, shape: tuple[int, ...], name: str) -> Array:
    """Return x broadcast to the rows; refuse what does not fit them."""
    try:
        fits = np.broadcast_shapes(x.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise KullbackError("learning.shape", name=name, got=tuple(x.shape), want=shape)
    return namespace(x).broadcast_to(x, shape)
