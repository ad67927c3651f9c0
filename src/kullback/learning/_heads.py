"""Linear heads: outcomes' weights, and the logits of states that they make."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from kullback._array import Array, as_float_array, like, namespace
from kullback.errors import KullbackError

__all__ = ["head_of", "wide_logits"]


def wide_logits(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return those of a head, from a product in float32 or float64.

    They keep the digits of half precision, to which autocast would round them again.
    """
    xp = namespace(x, weight)
    dtype = xp.result_type(x, weight, xp.float32)
    x, weight = (a if a.dtype == dtype else xp.astype(a, dtype) for a in (x, weight))
    with _no_autocast(xp, x):
        z = x @ weight.T
    return z if bias is None else z + bias


def _no_autocast(xp: Any, x: Array) -> Any:
    if not xp.__name__.endswith("torch"):
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
