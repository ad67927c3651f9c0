"""Laws of numbers in an interval, and of angles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.families._bessel import mean_cosine_gap
from kullback.families.beta import Beta
from kullback.families.uniform import Uniform
from kullback.families.von_mises import VonMises
from kullback.fitting.maxima._newton import solve, trigamma
from kullback.fitting.maxima.location import varied
from kullback.fitting.model import maximum
from kullback.fitting.observations import Observations

__all__: list[str] = []

_PATIENCE = 100


@maximum(Beta)
def beta(data: Observations) -> dict[str, Any]:
    """Two equations: the mean logarithms of x and 1 - x."""
    from scipy.special import digamma

    log, log1m = data.mean(("log", 1)), data.mean(("log1m", 1))
    varied("Beta", data)
    mean, variance = data.mean(), data.variance
    # By the moments; the logarithms of both parameters are then improved.
    size = max(mean * (1.0 - mean) / variance - 1.0, 1e-3)
    y = np.log([size * mean, size * (1.0 - mean)])
    for _ in range(_PATIENCE):
        a, b = np.exp(y)
        both, own = float(digamma(a + b)), trigamma(a + b)
        slope = np.array([a * (log - digamma(a) + both), b * (log1m - digamma(b) + both)])
        curvature = np.array(
            [
                [a * a * (own - trigamma(a)), a * b * own],
                [a * b * own, b * b * (own - trigamma(b))],
            ]
        )
        # The expected curvature: that of the logarithms adds the slope, which vanishes.
        step = np.clip(np.linalg.solve(-curvature, slope), -1.0, 1.0)
        y = y + step
        if np.abs(step).max() <= 1e-9:
            break
    a, b = np.exp(y)
    return {"alpha": float(a), "beta": float(b)}


@maximum(Uniform, edges={"low": "low", "high": "high"}, low=-math.inf, high=math.inf)
def uniform(data: Observations) -> dict[str, Any]:
    """The least and the largest number."""
    varied("Uniform", data)
    return {"low": data.low, "high": data.high}


@maximum(VonMises, low=-math.inf, high=math.inf)  # angles of any turn
def von_mises(data: Observations) -> dict[str, Any]:
    """The mean direction, and the concentration that gives the mean resultant length."""
    varied("VonMises", data)
    location = math.atan2(data.mean(("sin", 1)), data.mean(("cos", 1)))
    # What the length lacks of 1, which is small if the angles are close together.
    gap = data.length_gap(location)

    def equation(k: float) -> tuple[float, float]:
        g = float(mean_cosine_gap(np, np.float64(k)))
        return gap - g, g * (2.0 - g) - (1.0 - g) / k

    start = (1.0 - gap) * (1.0 / (gap * (2.0 - gap)) + 1.0)
    return {"location": location, "concentration": solve(equation, start)}
