"""The gamma law and its kin: Newton's iteration for the shape."""

from __future__ import annotations

import math
from typing import Any

from kullback.errors import KullbackError
from kullback.families.chi_squared import ChiSquared
from kullback.families.exponential import Exponential
from kullback.families.gamma import Gamma
from kullback.families.inverse_gamma import InverseGamma
from kullback.fitting.maxima._newton import digamma_inverse, log_minus_digamma
from kullback.fitting.maxima.location import varied
from kullback.fitting.model import maximum
from kullback.fitting.observations import Observations

__all__: list[str] = []

_PATIENCE = 100


@maximum(Gamma)
def gamma(data: Observations) -> dict[str, Any]:
    """One equation for the shape: log a - psi(a) is the excess of the log of the mean."""
    varied("Gamma", data)
    shape = _shape(data.log_excess)
    return {"shape": shape, "rate": shape / data.mean()}


@maximum(InverseGamma)
def inverse_gamma(data: Observations) -> dict[str, Any]:
    """The same for 1/x."""
    varied("InverseGamma", data)
    shape = _shape(data.inverse_log_excess)
    return {"shape": shape, "scale": shape / data.mean(("power", -1))}


def _shape(excess: float) -> float:
    """Return a with log a - psi(a) equal to an excess above 0."""
    # Nearly a straight line of 1/a, in which few steps are enough.
    u = 12.0 * excess / (3.0 - excess + math.sqrt((excess - 3.0) ** 2 + 24.0 * excess))
    for _ in range(_PATIENCE):
        value, slope = log_minus_digamma(1.0 / u)
        step = (value - excess) * u * u / slope
        u += max(step, -0.9 * u)
        # The error of a step of Newton's is the square of the one before.
        if abs(step) <= 1e-8 * u:
            break
    return 1.0 / u


@maximum(ChiSquared)
def chi_squared(data: Observations) -> dict[str, Any]:
    """The degrees whose mean logarithm is that of the data."""
    return {"degrees": 2.0 * digamma_inverse(data.mean(("log", 1)) - math.log(2.0))}


@maximum(Exponential)
def exponential(data: Observations) -> dict[str, Any]:
    """One over the mean."""
    if not data.mean() > 0:
        raise KullbackError("fit.all_zero", family="Exponential")
    return {"rate": 1.0 / data.mean()}
