"""Which implementation of a kernel runs: told by the arrays' library and size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

from kullback._array import Array, is_numpy
from kullback._kernels import generic
from kullback._kernels import numpy as blocked

__all__ = ["choose"]

# The first call of compiled code costs half a second, or two where nothing is on disk yet: from
# here on that is soon paid back.
_COMPILED = 1 << 22


@cache
def _compiled() -> ModuleType | None:
    """Return the kernels of the extra `fast`, where it is installed."""
    try:
        import numba as _  # noqa: F401 (it may be there and not fit this NumPy)
    except ImportError:
        return None
    from kullback._kernels import numba

    return numba


def choose(name: str, *arrays: Array) -> Callable[..., Array]:
    """Return the kernel of that name that is fastest for these arrays."""
    if not is_numpy(*arrays):
        return getattr(generic, name)
    if max([x.size for x in arrays]) >= _COMPILED and (compiled := _compiled()):
        found = getattr(compiled, name, None)
        if found is not None:
            return found
    return getattr(blocked, name, None) or getattr(generic, name)
