"""What measures of finite tables share: the kernel that adds them up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kullback._array import Array, is_numpy, namespace, narrow, widen
from kullback._kernels import generic
from kullback._kernels.blocks import mapped
from kullback._kernels.choice import choose
from kullback._kernels.numpy import NotProbabilitiesError
from kullback.errors import KullbackError
from kullback.kinds import Probs

__all__ = ["by_blocks", "of_arrays", "of_probs", "same_outcomes"]


def of_arrays(name: str, *arrays: Array) -> Array:
    """Run the kernel of that name on arrays that have been checked."""
    kernel = choose(name, *arrays)
    if kernel is getattr(generic, name):
        return narrow(by_blocks(kernel, *arrays), *arrays)
    return narrow(kernel(np, *arrays), *arrays)


def of_probs(name: str, **tables: Probs) -> Array:
    """Run the kernel of that name on tables, by the names they have in the caller's formula.

    Bare arrays of NumPy come unchecked: their kernels do it in the same pass.
    """
    arrays = [table.p for table in tables.values()]
    try:
        return of_arrays(name, *arrays)
    except NotProbabilitiesError:
        pass
    for what, table in tables.items():
        if table.pending:
            table.verify(what)
    # The caller is trusted, or it was the last digits of a sum at the very edge of the tolerance.
    xp = namespace(*arrays)
    return narrow(getattr(generic, name)(xp, *map(widen, arrays)), *arrays)


def by_blocks(kernel: Callable[..., Array], *arrays: Array) -> Array:
    """Run a function (xp, *tables) of the last axis; for NumPy's arrays in blocks of rows."""
    if is_numpy(*arrays):
        return mapped(kernel, *arrays)
    return kernel(namespace(*arrays), *map(widen, arrays))


def same_outcomes(p: Array, q: Array) -> None:
    """Refuse two tables that do not have one value for each of the same outcomes."""
    if p.shape[-1] != q.shape[-1]:
        raise KullbackError("pair.length", p=p.shape[-1], q=q.shape[-1])
    if p.shape != q.shape and not all(
        1 in pair or pair[0] == pair[1]
        for pair in zip(p.shape[-2::-1], q.shape[-2::-1], strict=False)
    ):
        raise KullbackError("pair.batch", p=tuple(p.shape), q=tuple(q.shape))
