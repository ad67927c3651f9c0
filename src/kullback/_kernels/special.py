"""Special functions of whichever library an array belongs to.

They go by SciPy's names, which PyTorch and JAX share for nearly all of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, has_gradient, is_numpy, like, namespace, to_numpy
from kullback.errors import KullbackError

__all__ = ["special"]

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
# Below, the continued fraction of the normal tail has all digits after so many steps.
_FAR, _TERMS = -8.0, 24


def special(name: str, *args: Array | float) -> Array:
    """Return ``scipy.special.name(*args)``, by the arrays' own library where it has the function.

    What a library lacks is computed by SciPy, and refused where a gradient is asked for.
    """
    x = next(a for a in args if hasattr(a, "dtype"))
    if name == "log_ndtr" and has_gradient(x):
        return _log_ndtr(*args)
    function = getattr(_functions(x), name, None)
    if function is not None:
        return function(*args)
    if has_gradient(*(a for a in args if hasattr(a, "dtype"))):
        library = type(x).__module__.partition(".")[0]
        raise KullbackError("special.gradient", name=name, library=library)
    import scipy.special

    given = (to_numpy(a) if hasattr(a, "dtype") else a for a in args)
    return like(np.asarray(getattr(scipy.special, name)(*given)), x)


def _log_ndtr(z: Array) -> Array:
    """Return log P(Z <= z) of a standard normal Z, for gradients.

    Those of PyTorch's and JAX's own functions are differences of z^2/2 and the logarithm, which
    keep no digit far below 0, or overflow.
    """
    xp = namespace(z)
    far, below = z < _FAR, z < -1.0
    z_far, z_below = xp.where(far, z, _FAR), xp.where(below & ~far, z, -1.0)
    z_above = xp.where(below, 0.0, z)
    # Mills' ratio by its continued fraction, which at z = -8 lacks 6e-24 after so many terms.
    tail = -z_far
    for k in range(_TERMS, 0, -1):
        tail = -z_far + k / tail
    tail = -0.5 * z_far * z_far - xp.log(tail) - _HALF_LOG_2PI
    functions = _functions(z)
    middle = functions.log_ndtr(z_below)
    above = xp.log1p(-0.5 * functions.erfc(z_above * math.sqrt(0.5)))
    return xp.where(far, tail, xp.where(below, middle, above))


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
