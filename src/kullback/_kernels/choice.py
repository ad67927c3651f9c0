"""Which implementation of a kernel runs: told by the arrays' library and size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from types import ModuleType

import numpy as np

from kullback._array import Array
from kullback._kernels import generic
from kullback._kernels import numpy as blocked

__all__ = ["choose"]

# The first call of compiled code costs half a second; from here on it is soon paid back.
_COMPILED = 1 << 22


@cache
def _compiled() -> ModuleType | None:
    """Return the kernels of the extra `fast`, where it is installed."""
    if find_spec("numba") is None:
        return None
    from kullback._kernels import numba

    return numba


def choose(name: str, *arrays: Array) -> Callable[..., Array]:
    """Return the kernel of that name that is fastest for these arrays."""
    if not all(isinstance(x, (np.ndarray, np.generic)) for x in arrays):
        return getattr(generic, name)
    if max(x.size for x in arrays) >= _COMPILED and (compiled := _compiled()):
        found = getattr(compiled, name, None)
        if found is not None:
            return found
    return getattr(blocked, name, None) or getattr(generic, name)
