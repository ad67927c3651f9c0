"""Linear heads: outcomes' weights, and the logits of states that they make."""

from __future__ import annotations

from typing import Any

from kullback._array import Array, as_float_array, like
from kullback.errors import KullbackError

__all__ = ["head_of", "logits"]


def logits(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return those of a head, by the states' own product of matrices."""
    z = x @ weight.T
    return z if bias is None else z + bias


def head_of(
    x: Array,
    states: Array,
    weight: Any,
    bias: Any,
    names: tuple[str, str],
    num_outcomes: int | str = "K",
) -> tuple[Array, ...]:
    """Return weight and, where there is one, bias of a head on these states, beside x."""
    matrix = like(as_float_array(weight, names[0]), x)
    shape = tuple(matrix.shape)
    if len(shape) != 2 or shape[1] != states.shape[-1] or num_outcomes not in ("K", shape[0]):
        want = (num_outcomes, states.shape[-1])
        raise KullbackError("learning.head", name=names[0], got=shape, want=want)
    if bias is None:
        return (matrix,)
    shift = like(as_float_array(bias, names[1]), x)
    if tuple(shift.shape) != shape[:1]:
        got = tuple(shift.shape)
        raise KullbackError("learning.head", name=names[1], got=got, want=shape[:1])
    return matrix, shift
