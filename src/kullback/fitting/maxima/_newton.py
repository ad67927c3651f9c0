"""Newton's iteration for one equation in one positive unknown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

__all__ = [
    "FAR",
    "digamma_inverse",
    "far_log_minus_digamma",
    "log_minus_digamma",
    "solve",
    "trigamma",
]

_PATIENCE = 100
# From here on the series is exact.
FAR = 12.0


def solve(equation: Callable[[float], tuple[float, float]], start: float) -> float:
    """Return the zero of a function that gives value and slope: below it at most 0, then above.

    Steps are at most tenfold and stay between what is known to lie on either side.
    """
    x, low, high = start, 0.0, math.inf
    for _ in range(_PATIENCE):
        value, slope = equation(x)
        low, high = (x, high) if value < 0 else (low, x)
        step = value / slope if slope > 0 else math.copysign(math.inf, value)
        # x exp(-step/x) agrees with x - step to first order and stays positive.
        new = x - step if abs(step) < 0.1 * x else x * math.exp(max(-2.3, min(2.3, -step / x)))
        if abs(new - x) <= 1e-9 * x:  # a last step of Newton squares the error
            return new
        x = new if low < new < high else math.sqrt(low * high)
    return x


def trigamma(x: float) -> float:
    """Return the slope of the digamma function."""
    from scipy.special import zeta

    return float(zeta(2.0, x))


def log_minus_digamma(x: float) -> tuple[float, float]:
    """Return log x - psi(x) and its slope, also where they nearly cancel.

    By the asymptotic series from `FAR` on, where its next term is below 1e-17, and by the
    recurrence below; in plain numbers, for which a library's functions take longer to call.
    """
    z, value, slope = x, 0.0, 0.0
    while z < FAR:
        value += 1.0 / z
        slope -= 1.0 / (z * z)
        z += 1.0
    if z > x:
        value -= math.log(z / x)
        slope += 1.0 / x - 1.0 / z
    far, far_slope = far_log_minus_digamma(z)
    return value + far, slope + far_slope


def far_log_minus_digamma(z: Any) -> tuple[Any, Any]:
    """Return the same of numbers that are not below `FAR`."""
    u = 1.0 / (z * z)
    value = 0.5 / z + u * (
        1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (1 / 132 - u * 691 / 32760))))
    )
    slope = -0.5 * u - u / z * (
        1 / 6 - u * (1 / 30 - u * (1 / 42 - u * (1 / 30 - u * (5 / 66 - u * 691 / 2730))))
    )
    return value, slope


def digamma_inverse(y: float) -> float:
    """Return where the digamma function is y."""
    from scipy.special import digamma

    start = math.exp(y) + 0.5 if y > -2.22 else -1.0 / (y - float(digamma(1.0)))
    return solve(lambda x: (float(digamma(x)) - y, trigamma(x)), start)
