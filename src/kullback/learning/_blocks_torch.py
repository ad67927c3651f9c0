"""Rows of PyTorch's tensors a block at a time, so that what is made of them stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kullback._array import Array

__all__ = ["blocks", "rows_together", "spread", "workspace"]

# Numbers in a block: 1 MB of float32 stays in the cache, and calls cost little beside it. An
# accelerator wants larger ones.
_BLOCK = 1 << 18
_BLOCK_ELSEWHERE = 1 << 26


def rows_together(z: Array) -> int:
    """Return how many rows make a block."""
    size = _BLOCK if z.device.type == "cpu" else _BLOCK_ELSEWHERE
    return max(1, size // max(1, z.shape[1]))


def blocks(z: Array, index: Array | None) -> Iterator[Any]:
    """Yield which rows are worked on together: slices, or parts of an index; one at least."""
    step = rows_together(z)
    for start in range(0, max(1, z.shape[0] if index is None else len(index)), step):
        rows = slice(start, start + step)
        yield rows if index is None else index[rows]


def spread(parts: Sequence[tuple], index: Array | None, count: int) -> list[Array | None]:
    """Return the blocks' numbers one after the other, and 0 in rows that do not count."""
    import torch

    whole = [None if x[0] is None else torch.cat(x) for x in zip(*parts, strict=True)]
    if index is None:
        return whole
    return [None if x is None else x.new_zeros(count).index_put_((index,), x) for x in whole]


def workspace(z: Array, count: int) -> Array:
    """Return tables for a block of rows, in the type to compute in."""
    import torch

    dtype = torch.promote_types(z.dtype, torch.float32)
    shape = (count, min(z.shape[0], rows_together(z)), z.shape[1])
    return torch.empty(shape, dtype=dtype, device=z.device)
