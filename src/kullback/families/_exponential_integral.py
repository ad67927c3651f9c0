"""The exponential integral, for every array library, and to be differentiated."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from kullback._array import Array, like

__all__ = ["scaled_exponential_integral"]

# Below, a series; the last of its terms is 2^40/(40 40!) = 3e-38. Above, Gauss and Laguerre's
# rule with 64 nodes, off by about exp(-4 sqrt(64 z)) = 1e-20.
_CROSSOVER = 2.0
_SERIES = tuple((-1.0) ** (k + 1) / (k * math.factorial(k)) for k in range(1, 41))
_NODES = 64


@cache
def _laguerre() -> tuple[np.ndarray, np.ndarray]:
    node, weight = np.polynomial.laguerre.laggauss(_NODES)
    return node, weight / weight.sum()


def scaled_exponential_integral(xp: Any, z: Array) -> Array:
    r"""Return :math:`e^z E_1(z) = \int_0^\infty \frac{e^{-t}}{z + t} dt` of positive numbers."""
    small = z < _CROSSOVER
    low, high = xp.where(small, z, 1.0), xp.where(small, _CROSSOVER, z)
    series = low * _SERIES[-1]
    for c in _SERIES[-2::-1]:
        series = (series + c) * low
    below = xp.exp(low) * (series - xp.log(low) - np.euler_gamma)
    node, weight = (xp.astype(like(x, z), z.dtype) for x in _laguerre())
    above = xp.sum(weight / (high[..., None] + node), axis=-1)
    return xp.where(small, below, above)
