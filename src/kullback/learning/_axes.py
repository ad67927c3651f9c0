"""Tables whose outcomes or draws have been moved to the last axis, as they were given."""

from __future__ import annotations

from kullback._array import Array, namespace

__all__ = ["as_given"]


def as_given(x: Array, axis: int) -> Array:
    """Return x with its last axis where `outcomes_last` took it from."""
    if axis in (-1, x.ndim - 1):
        return x
    *others, last = range(x.ndim)
    others.insert(axis % x.ndim, last)
    return namespace(x).permute_dims(x, tuple(others))
