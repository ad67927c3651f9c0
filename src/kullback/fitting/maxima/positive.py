"""Laws of positive numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families.generalized_pareto import GeneralizedPareto
from kullback.families.half_normal import HalfNormal
from kullback.families.inverse_gaussian import InverseGaussian
from kullback.families.pareto import Pareto
from kullback.families.rayleigh import Rayleigh
from kullback.families.weibull import Weibull
from kullback.fitting.maxima.location import extreme, varied
from kullback.fitting.model import maximum, starts
from kullback.fitting.observations import Observations

__all__: list[str] = []


@maximum(Weibull)
def weibull(data: Observations) -> dict[str, Any]:
    """The logarithms follow a Gumbel law turned round."""
    middle = data.mean(("log", 1))
    varied("Weibull", data)
    log_mean, inverse = extreme(data, np.log(data.x) - middle)
    return {"shape": 1.0 / inverse, "scale": math.exp(middle + inverse * log_mean)}


@maximum(HalfNormal)
def half_normal(data: Observations) -> dict[str, Any]:
    """The root of the mean square."""
    _some("HalfNormal", data)
    return {"scale": math.sqrt(data.mean(("power", 2)))}


@maximum(Rayleigh)
def rayleigh(data: Observations) -> dict[str, Any]:
    """The root of half the mean square."""
    data.mean(("log", 1))  # an error if a row is 0, where the density is
    return {"scale": math.sqrt(0.5 * data.mean(("power", 2)))}


def _some(family: str, data: Observations) -> None:
    if not data.high > 0:
        raise KullbackError("fit.all_zero", family=family)


@maximum(InverseGaussian)
def inverse_gaussian(data: Observations) -> dict[str, Any]:
    """The mean, and one over what the mean of 1/x exceeds."""
    data.mean(("log", 1))
    varied("InverseGaussian", data)
    return {"mean": data.mean(), "shape": 1.0 / data.inverse_excess}


@maximum(Pareto, edges={"scale": "low"}, low=0.0)
def pareto(data: Observations) -> dict[str, Any]:
    """The least number, and one over the mean logarithm above it."""
    data.mean(("log", 1))
    varied("Pareto", data)
    return {"shape": 1.0 / data.log_mean_above(data.low), "scale": data.low}


def _at_the_end(values: dict[str, Any], data: Observations, *, peaked: bool) -> bool:
    """Whether the end of a bounded law is pulled to the largest value.

    Where the shape goes below -1 the density is infinite there; before, it is uniform at -1.
    """
    shape, scale, location = (float(values[k]) for k in ("shape", "scale", "location"))
    end = location - scale / min(shape, -1e-300)
    if not peaked:
        return shape < -0.5 and end - data.high < 0.1 * (data.high - location)
    if shape > -0.5:
        return False
    rest = float(data.average(np.log1p(shape * (data.x - location) / scale)))
    height = -(1.0 + 1.0 / shape) * rest - math.log(scale)
    return height < -math.log(data.high - location)


def _information(values: dict[str, float]) -> np.ndarray:
    """Return the information of shape and scale in one draw, which is finite above -1/2."""
    a, s = values["shape"], values["scale"]
    if a <= -0.5:
        return np.full((2, 2), np.nan)
    cross = 1.0 / (s * (1.0 + a))
    return np.array([[2.0 / (1.0 + a), cross], [cross, 1.0 / s**2]]) / (1.0 + 2.0 * a)


@starts(
    GeneralizedPareto,
    defaults={"location": 0.0},
    edges={"location": "low"},
    low=-math.inf,
    high=math.inf,
    reaches=_at_the_end,
    information=_information,
)
def generalized_pareto(data: Observations) -> list[dict[str, Any]]:
    """By the mean, from heavy tails to none."""
    _some("GeneralizedPareto", data)
    mean, top = data.mean(), data.high
    found = [{"shape": shape, "scale": mean / (1 + shape)} for shape in (0.05, 0.5, 2.0)]
    # Towards a bounded law, whose end must be above all data.
    found += [{"shape": -s, "scale": s * top * c} for s in (0.2, 0.5, 0.8) for c in (1.02, 1.5)]
    return [{"location": 0.0, **one} for one in found]
