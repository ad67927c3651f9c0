"""Newton's iteration for one equation in one positive unknown."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["digamma_inverse", "log_minus_digamma", "solve", "trigamma"]

_PATIENCE = 100


def solve(equation: Callable[[float], tuple[float, float]], start: float) -> float:
    """Return the zero of a function that gives value and slope, kept above 0.

    Steps are taken in 1/x or x, whichever leaves x positive, and at most tenfold.
    """
    x = start
    for _ in range(_PATIENCE):
        value, slope = equation(x)
        step = value / slope
        # x exp(-step/x) agrees with x - step to first order and stays positive.
        new = x - step if abs(step) < 0.1 * x else x * math.exp(max(-2.3, min(2.3, -step / x)))
        if abs(new - x) <= 4e-16 * x:
            return new
        # A last step of Newton squares the error.
        if abs(new - x) <= 1e-9 * x:
            return new
        x = new
    return x


def trigamma(x: float) -> float:
    """Return the slope of the digamma function."""
    from scipy.special import zeta

    return float(zeta(2.0, x))


def log_minus_digamma(x: float) -> tuple[float, float]:
    """Return log x - psi(x) and its slope, also where they nearly cancel.

    By the asymptotic series from 12 on, where its next term is below 1e-17, and by the
    recurrence below; in plain numbers, for which a library's functions take longer to call.
    """
    z, value, slope = x, 0.0, 0.0
    while z < 12.0:
        value += 1.0 / z
        slope -= 1.0 / (z * z)
        z += 1.0
    if z > x:
        value -= math.log(z / x)
        slope += 1.0 / x - 1.0 / z
    u = 1.0 / (z * z)
    value += 0.5 / z + u * (
        1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (1 / 132 - u * 691 / 32760))))
    )
    slope -= 0.5 * u + u / z * (
        1 / 6 - u * (1 / 30 - u * (1 / 42 - u * (1 / 30 - u * (5 / 66 - u * 691 / 2730))))
    )
    return value, slope


def digamma_inverse(y: float) -> float:
    """Return where the digamma function is y."""
    from scipy.special import digamma

    start = math.exp(y) + 0.5 if y > -2.22 else -1.0 / (y - float(digamma(1.0)))
    return solve(lambda x: (float(digamma(x)) - y, trigamma(x)), start)
