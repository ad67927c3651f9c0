"""Functions of rows in pieces, of which only one is held at a time, in both directions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kullback._array import Array, device_of, has_gradient, is_traced, is_transformed, namespace
from kullback.errors import KullbackError
from kullback.learning._rows import Rows

__all__ = ["by_chunks", "of_counted", "rows_at_once"]

# So many logits are taken at a time: 8 MB of float64, of which a gradient needs some fifty arrays.
_LOGITS = 1 << 20


def rows_at_once(asked: int | None, num_outcomes: int) -> int:
    """Return how many rows make a piece, by default so many that their logits are a million."""
    if asked is None:
        return max(1, _LOGITS // num_outcomes)
    if not isinstance(asked, (int, np.integer)) or isinstance(asked, bool) or asked < 1:
        raise KullbackError("learning.chunk_rows", got=repr(asked))
    return int(asked)


def of_counted(
    f: Callable[..., Array],
    rows: Rows,
    arrays: tuple[Array, ...],
    constants: tuple[Array, ...],
    size: int,
) -> Array:
    """Return f of each row, a number or several, and 0 where rows are known not to count."""
    xp, lead = namespace(arrays[0]), arrays[0].shape[:-1]
    n = math.prod(lead)
    flat = [xp.reshape(a, (n, *a.shape[len(lead) :])) for a in arrays]
    counted = None if rows.counted is None or n == 0 else xp.reshape(rows.counted, (n,))
    every = True if counted is None else xp.all(counted)
    if counted is None or (not is_traced(every) and bool(every)):
        counted = None
    # One at least is kept, so that there is a gradient. Of a constant inside `jit` it is traced.
    kept = None if counted is None else counted | (xp.arange(n, device=device_of(counted)) == 0)
    if kept is None or is_traced(kept):
        values = by_chunks(f, flat, constants, size)
        return xp.reshape(values, (*lead, *values.shape[1:]))
    index = xp.nonzero(kept)[0]
    values = by_chunks(f, [xp.take(a, index, axis=0) for a in flat], constants, size)
    place = xp.cumulative_sum(xp.astype(kept, index.dtype)) - 1
    values = xp.take(values, xp.where(counted, place, 0), axis=0)
    shown = xp.reshape(counted, (n, *(1 for _ in values.shape[1:])))
    return xp.reshape(xp.where(shown, values, 0.0), (*lead, *values.shape[1:]))


def by_chunks(
    f: Callable[..., Array], rows: Sequence[Array], constants: Sequence[Array], size: int
) -> Array:
    """Return f(*rows, *constants), one value per row, from pieces of the rows' first axis.

    What f makes of a piece is forgotten, and made again for the gradient.
    """
    xp = namespace(*rows, *constants)
    library = xp.__name__
    if library == "jax.numpy":
        return _scanned(f, rows, constants, size)
    piece = f
    if library.endswith("torch") and _can_be_made_again(*rows, *constants):
        piece = _forgetful(f)
    n = rows[0].shape[0]
    parts = [
        piece(*(x[i : min(i + size, n), ...] for x in rows), *constants)
        for i in range(0, max(n, 1), size)
    ]
    return xp.concat(parts, axis=0) if len(parts) > 1 else parts[0]


def _can_be_made_again(*tensors: Array) -> bool:
    """Whether a backward pass may make a piece again; transforms of `torch.func` cannot."""
    import torch

    if not has_gradient(*tensors):
        return False
    return torch.compiler.is_compiling() or not is_transformed(*tensors)


def _forgetful(f: Callable[..., Array]) -> Callable[..., Array]:
    from torch.utils.checkpoint import checkpoint

    def piece(*arrays: Array) -> Any:
        return checkpoint(f, *arrays, use_reentrant=False, preserve_rng_state=False)

    return piece


def _scanned(
    f: Callable[..., Array], rows: Sequence[Array], constants: Sequence[Array], size: int
) -> Array:
    import jax

    @jax.checkpoint
    def of_row(row: tuple[Array, ...]) -> Array:
        return f(*(x[None] for x in row), *constants)[0]

    return jax.lax.map(of_row, tuple(rows), batch_size=size)
