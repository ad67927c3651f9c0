"""Special functions of whichever library an array belongs to.

They go by SciPy's names, which PyTorch and JAX share for nearly all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._array import Array, is_numpy, like, to_numpy

__all__ = ["special"]


def special(name: str, *args: Array | float) -> Array:
    """Return ``scipy.special.name(*args)``, by the arrays' own library where it has the function.

    What a library lacks is computed by SciPy, and has no gradient.
    """
    x = next(a for a in args if hasattr(a, "dtype"))
    function = getattr(_functions(x), name, None)
    if function is not None:
        return function(*args)
    import scipy.special

    given = (to_numpy(a) if hasattr(a, "dtype") else a for a in args)
    return like(np.asarray(getattr(scipy.special, name)(*given)), x)


def _functions(x: Array) -> Any:
    """Return the special functions of the library that an array belongs to, if it has any."""
    if is_numpy(x):
        import scipy.special

        return scipy.special
    library = type(x).__module__
    if library.startswith("torch"):
        import torch.special

        return torch.special
    if library.startswith("jax"):
        import jax.scipy.special

        return jax.scipy.special
    return None
