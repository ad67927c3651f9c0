"""Laws on the whole line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families.cauchy import Cauchy
from kullback.families.gumbel import Gumbel
from kullback.families.laplace import Laplace
from kullback.families.log_normal import LogNormal
from kullback.families.logistic import Logistic
from kullback.families.normal import Normal
from kullback.families.skew_normal import SkewNormal
from kullback.families.student_t import StudentT
from kullback.fitting.maxima._newton import solve
from kullback.fitting.model import maximum, starts
from kullback.fitting.observations import Observations

__all__ = ["extreme", "varied"]

# The standard normal's quartiles are this far apart.
_QUARTILES = 1.349


def varied(family: str, data: Observations) -> None:
    """Refuse numbers that are all the same."""
    if not data.low < data.high:
        raise KullbackError("fit.constant", family=family, value=data.low)


@maximum(Normal)
def normal(data: Observations) -> dict[str, Any]:
    """Mean and standard deviation of the data."""
    varied("Normal", data)
    return {"mean": data.mean(), "std": math.sqrt(data.variance)}


@maximum(LogNormal)
def log_normal(data: Observations) -> dict[str, Any]:
    """Mean and standard deviation of the logarithms."""
    mean = data.mean(("log", 1))
    varied("LogNormal", data)
    return {"log_mean": mean, "log_std": math.sqrt(data.log_variance)}


@maximum(Laplace, kinks=True)
def laplace(data: Observations) -> dict[str, Any]:
    """The median, and the mean distance from it."""
    varied("Laplace", data)
    median = data.quantile(0.5)
    return {"location": median, "scale": float(data.average(np.abs(data.x - median)))}


@maximum(Gumbel)
def gumbel(data: Observations) -> dict[str, Any]:
    """One equation for the scale."""
    varied("Gumbel", data)
    middle = data.mean()
    log_mean, scale = extreme(data, middle - data.x)
    return {"location": middle - scale * log_mean, "scale": scale}


def extreme(data: Observations, z: np.ndarray) -> tuple[float, float]:
    """Return log of the mean of exp(z/s), and the s that is the mean of z so weighted.

    That is the maximum for a Gumbel law of -z, and so for a Weibull law of exp(z) with shape
    1/s. The mean of z is about 0.
    """
    shift = float(data.average(z))
    z = z - shift
    top = float(z.max())

    def equation(k: float) -> tuple[float, float]:
        e = np.exp(k * (z - top))
        if data.weights is not None:
            e = e * data.weights
        total = float(e.sum())
        first = float(e @ z) / total
        second = float(e @ (z * z)) / total
        return first - 1.0 / k, second - first * first + 1.0 / (k * k)

    k = solve(equation, 1.2825 / math.sqrt(float(data.average(z * z))))
    log_mean = k * top + math.log(float(data.average(np.exp(k * (z - top)))))
    return log_mean + k * shift, 1.0 / k


def _middle(data: Observations) -> tuple[float, float]:
    """Return the median and a scale by the quartiles, or by all if those are one."""
    scale = (data.quantile(0.75) - data.quantile(0.25)) / _QUARTILES
    return data.quantile(0.5), scale or math.sqrt(data.variance)


@starts(Cauchy)
def cauchy(data: Observations) -> list[dict[str, Any]]:
    """By the quartiles."""
    varied("Cauchy", data)
    median, scale = _middle(data)
    return [{"location": median, "scale": scale * c} for c in (0.3, 0.67)]


@starts(Logistic)
def logistic(data: Observations) -> list[dict[str, Any]]:
    """By the moments."""
    varied("Logistic", data)
    scale = math.sqrt(3.0 * data.variance) / math.pi
    return [{"location": data.quantile(0.5), "scale": scale}]


@starts(StudentT)
def student_t(data: Observations) -> list[dict[str, Any]]:
    """By the quartiles, from heavy tails to light ones."""
    varied("StudentT", data)
    median, scale = _middle(data)
    return [{"degrees": d, "location": median, "scale": scale} for d in (1.0, 3.0, 10.0)]


@starts(SkewNormal)
def skew_normal(data: Observations) -> list[dict[str, Any]]:
    """By the moments, with a skewness of either sign."""
    varied("SkewNormal", data)
    mean, std = data.mean(), math.sqrt(data.variance)
    skewness = float(data.average((data.x - mean) ** 3)) / std**3
    found = []
    for shape in (math.copysign(c, skewness) for c in (0.5, 2.0, 5.0, 20.0)):
        d = shape / math.sqrt(1 + shape * shape) * math.sqrt(2 / math.pi)
        scale = std / math.sqrt(1 - d * d)
        found.append({"location": mean - scale * d, "scale": scale, "shape": shape})
    return found
