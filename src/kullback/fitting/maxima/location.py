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
# Of their size; double precision ends at 1e-16.
_ALIKE = 1e-13
_PATIENCE = 100
_PLACES = 20


def varied(family: str, data: Observations) -> None:
    """Refuse numbers that are all the same, or so close together that rounding made them."""
    if not data.low < data.high:
        raise KullbackError("fit.constant", family=family, value=data.low)
    if data.high - data.low < _ALIKE * max(abs(data.low), abs(data.high)):
        raise KullbackError("fit.alike", low=data.low, high=data.high)


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


@maximum(Laplace, kinks=True, information=lambda values: np.diag([1.0, 1.0]) / values["scale"] ** 2)
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


@maximum(Cauchy)
def cauchy(data: Observations) -> dict[str, Any]:
    """Newton's iteration on the circle that the line is wrapped onto.

    Seen from location and scale, the maximum is where the mean on the circle is its centre: there
    is one, and only one, unless half of the values are the same (Copas, 1975).
    """
    varied("Cauchy", data)
    location, scale = _middle(data)
    _not_half("Cauchy", data)

    def height(location: float, scale: float) -> float:
        z = (data.x - location) / scale
        return -math.log(scale) - float(data.average(np.log1p(z * z)))

    here = height(location, scale)
    for _ in range(_PATIENCE):
        z = (data.x - location) / scale
        e = (z - 1j) / (z + 1j)
        m, q = complex(data.average(e)), complex(data.average(e * e))
        step = (m + m.conjugate() * q) / (1.0 - abs(q) ** 2)
        step *= min(1.0, 0.5 / max(abs(step), 1e-300))
        while True:
            moved = 1j * (1.0 + step) / (1.0 - step)
            there = (location + scale * moved.real, scale * moved.imag)
            if (up := height(*there)) >= here or abs(step) < 1e-8:
                break
            step *= 0.5
        if up >= here:
            (location, scale), here = there, up
        if abs(step) < 1e-8:
            return {"location": location, "scale": scale}
    raise KullbackError("fit.unreached", family="Cauchy", steps=_PATIENCE)


def _not_half(family: str, data: Observations) -> None:
    """Refuse numbers of which half are one, towards which the scale goes to 0."""
    x, share = data.sorted
    for value in x[np.searchsorted(share, [0.5 - 1e-12, 0.5 + 1e-12])]:
        if data.average((data.x == value).astype(np.float64)) >= 0.5:
            raise KullbackError("fit.tied", family=family, value=float(value))


@starts(Cauchy)
def cauchy_starts(data: Observations) -> list[dict[str, Any]]:
    """All over the data: with a known scale, each cluster has a peak."""
    varied("Cauchy", data)
    _, scale = _middle(data)
    places = {data.quantile((i + 0.5) / _PLACES) for i in range(_PLACES)}
    return [{"location": place, "scale": 0.67 * scale} for place in sorted(places)]


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
