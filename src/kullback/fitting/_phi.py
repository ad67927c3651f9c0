"""How much a number exceeds the logarithm of one more, in plain NumPy, for sums over data."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._kernels.generic import PHI

__all__ = ["phi"]

_SMALL = 0.2


def phi(t: Any, above: Any) -> Any:
    """Return t - log(1 + t), given 1 + t as well, which keeps the digits t has lost near -1."""
    s = t / (1.0 + above)  # log(1 + t) = 2 artanh s
    square, series = s * s, 0.0
    for c in reversed(PHI):
        series = series * square + c
    return np.where(np.abs(s) < _SMALL, s * (t - 2.0 * square * series), t - np.log(above))
