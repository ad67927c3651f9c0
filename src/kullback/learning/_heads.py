"""Linear heads: outcomes' weights, and the logits of states that they make."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from kullback._array import Array, as_float_array, like, namespace
from kullback.errors import KullbackError

__all__ = ["head_of", "logits", "no_autocast", "widened"]


def widened(x: Array, weight: Array, *bias: Array) -> tuple[Array, ...]:
    """Return states and head in float32 or float64.

    Their products then keep their digits, and so does the sum of what pieces add to a gradient.
    """
    xp = namespace(x, weight, *bias)
    product = xp.float64 if xp.float64 in (x.dtype, weight.dtype) else xp.float32
    types = product, product, *(xp.float64 if b.dtype == xp.float64 else xp.float32 for b in bias)
    arrays = zip((x, weight, *bias), types, strict=True)
    return tuple(xp.astype(a, dtype, copy=False) for a, dtype in arrays)


def logits(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return those of a head, in the precision of its parts, whatever autocast says."""
    with no_autocast(x):
        z = x @ weight.T
    return z if bias is None else z + bias


def no_autocast(x: Array) -> Any:
    """Return a context in which PyTorch leaves the types of products on x's device alone."""
    if not namespace(x).__name__.endswith("torch"):
        return nullcontext()
    import torch

    return torch.autocast(x.device.type, enabled=False)


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
    fits = len(shape) == 2 and shape[0] > 0 and shape[1] == states.shape[-1]
    if not fits or num_outcomes not in ("K", shape[0]):
        want = (num_outcomes, states.shape[-1])
        raise KullbackError("learning.head", name=names[0], got=shape, want=want)
    if bias is None:
        return (matrix,)
    shift = like(as_float_array(bias, names[1]), x)
    if tuple(shift.shape) != shape[:1]:
        got = tuple(shift.shape)
        raise KullbackError("learning.head", name=names[1], got=got, want=shape[:1])
    return matrix, shift
