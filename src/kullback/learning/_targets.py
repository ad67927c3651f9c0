"""What a classifier should have said: for each row a label, or a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    as_index,
    first_failure,
    holds_integers,
    is_array,
    is_traced,
    like,
    namespace,
    pick,
    sum_tolerance,
    to_array,
    widen,
)
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._axes import as_given
from kullback.learning._rows import Rows
from kullback.learning.top_k import TopK

__all__ = ["Targets", "are_classes"]

Shape = tuple[int, ...]
Kind = Literal["labels", "probs", "top_k"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels, probabilities, or the likeliest of these; the two others are None.

    Attributes
    ----------
    labels : integer array, shape (...), or None
    probs : array, shape (..., K), or None
        In the precision given: as large as the logits, they are widened a piece at a time.
    top_k : TopK or None
    ignored : boolean array, shape (...), or None
        Rows whose label says that they do not count.
    """

    labels: Array | None
    probs: Array | None = None
    top_k: TopK | None = None
    ignored: Array | None = None

    @classmethod
    def of(
        cls, given: Any, beside: Array, shape: Shape, axis: int, ignore_index: int | None
    ) -> Targets:
        """Read targets, beside an array, for logits of a shape with the classes last."""
        if isinstance(given, TopK):
            return cls(None, top_k=given)
        shape = tuple(shape)
        targets = like(to_array(given, "targets"), beside)
        nothing = not is_array(given) and math.prod(shape[:-1]) == 0
        if tuple(targets.shape) == shape[:-1]:
            if holds_integers(targets) or nothing:
                return _labels(targets, ignore_index)
        elif targets.ndim == len(shape) and -len(shape) <= axis < len(shape):
            probs = outcomes_last(as_float_array(targets, "targets"), axis)
            if tuple(probs.shape) == shape:
                return cls(None, probs)
        raise KullbackError(
            "learning.targets",
            got=tuple(targets.shape),
            dtype=str(targets.dtype),
            labels=shape[:-1],
            probs=shape,
        )

    def within(
        self, rows: Rows, beside: Array, shape: Shape, *, axis: int = -1, check: bool = True
    ) -> Targets:
        """Return the same with harmless targets in rows that do not count; refuse wrong ones.

        Errors name places where the classes are on this axis.
        """
        *lead, classes = shape
        if self.labels is not None:
            labels = rows.hide(self.labels, 0)
            if check and not is_traced(labels):
                _check_labels(labels, classes)
            return Targets(labels)
        if self.top_k is not None:
            top_k = self.top_k.within(rows, beside, tuple(lead), classes, check=check)
            return Targets(None, top_k=top_k)
        probs = rows.hide(self.probs, 1.0 / classes)
        if check and not is_traced(probs):
            _check_probs(probs, axis)
        return Targets(None, probs)

    @property
    def kind(self) -> Kind:
        """Which of the three it is."""
        if self.top_k is not None:
            return "top_k"
        return "labels" if self.probs is None else "probs"

    @property
    def parts(self) -> tuple[Array, ...]:
        """The arrays it is made of, each with the rows first."""
        if self.top_k is not None:
            return self.top_k.parts()
        return (self.labels if self.probs is None else self.probs,)

    @classmethod
    def made_of(cls, kind: Kind, *parts: Array) -> Targets:
        """Return it from its arrays."""
        if kind == "top_k":
            return cls(None, top_k=TopK.made_of(*parts))
        return cls(*parts) if kind == "labels" else cls(None, *parts)

    def each(self, change: Callable[[Array], Array]) -> Targets:
        """Return the same made of other arrays, such as of some of the rows."""
        return Targets.made_of(self.kind, *map(change, self.parts))

    @property
    def differentiable(self) -> tuple[Array, ...]:
        """The arrays that a gradient may be taken in."""
        if self.top_k is not None:
            return self.top_k.parts()[1:]
        return () if self.probs is None else (self.probs,)

    def best(self, xp: Any) -> Array:
        """Return the likeliest class of each row."""
        if self.labels is not None:
            return self.labels
        if self.top_k is not None:
            return pick(self.top_k.indices, xp.argmax(self.top_k.probs, axis=-1))
        return xp.argmax(self.probs, axis=-1)


def _labels(given: Array, ignore_index: int | None) -> Targets:
    labels = as_index(given)  # in fewer bits, 156 would be -100, and 256 would be 0
    if ignore_index is None:
        return Targets(labels)
    if not isinstance(ignore_index, (int, np.integer)) or isinstance(ignore_index, bool):
        raise KullbackError("learning.ignore_index", got=repr(ignore_index))
    signed = namespace(given).isdtype(given.dtype, "signed integer")
    if ignore_index < 0 and not signed:  # in more bits, 2^64 - 100 would be -100
        return Targets(labels)
    return Targets(labels, ignored=labels == ignore_index)


def are_classes(labels: Array, classes: int) -> Array:
    """Return whether each label is one of so many classes."""
    return (labels >= 0) & (labels < classes)


def _check_labels(labels: Array, classes: int) -> None:
    if failure := first_failure(are_classes(labels, classes), labels):
        place, value = failure
        raise KullbackError(
            "labels.range", name="targets", place=place, value=value, last=classes - 1
        )


def _check_probs(probs: Array, axis: int) -> None:
    xp = namespace(probs)
    given = as_given(probs, axis)
    if failure := first_failure(given >= 0, given):
        key = "probs.nan" if math.isnan(failure[1]) else "probs.negative"
        raise KullbackError(key, name="targets", place=failure[0], value=failure[1])
    total = xp.sum(probs, axis=-1, dtype=widen(probs[..., :0]).dtype)
    if failure := first_failure(xp.abs(total - 1.0) <= sum_tolerance(probs), total):
        place, value = failure
        raise KullbackError(
            "probs.sum_short" if value < 1 else "probs.sum_over",
            name=f"targets[{place}]" if place else "targets",
            total=f"{value:.6g}",
            gap=f"{abs(value - 1):.6g}",
        )
