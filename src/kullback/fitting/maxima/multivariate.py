"""Laws of several variables, whose parameters are vectors and matrices."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily
from kullback.families.dirichlet import Dirichlet
from kullback.families.multivariate_normal import MultivariateNormal
from kullback.families.multivariate_student_t import MultivariateStudentT
from kullback.families.parameters import POSITIVE, REAL, Range
from kullback.fitting.maxima._newton import trigamma
from kullback.fitting.model import Knowledge, Model, Values, maker
from kullback.fitting.observations import Observations

__all__ = ["multivariate_model"]

_PATIENCE = 1000
_CLOSE = 1e-10


class _Form(NamedTuple):
    """A family's parameters: how many axes each has, what maximises them, what is known."""

    axes: dict[str, int]
    maximum: Callable[[Observations], Values]
    covariance: Callable[[Values, float], np.ndarray] | None = None


def multivariate_model(family: type, data: Observations | None) -> Model:
    """Return the model of a family, for vectors as long as those in the data."""
    if family not in _FORMS or data is None:
        raise KullbackError("fit.family", got=family.__name__)
    form, d = _FORMS[family], data.x.shape[1]
    places = {name: _places(name, axes, d) for name, axes in form.axes.items()}
    ranges = {one: _range(name, one) for name, ones in places.items() for one in ones}

    def make(**values: Any) -> AbstractFamily:
        return maker(family)(**pack(values))

    def pack(values: Values) -> Values:
        return {
            name: _array(form.axes[name], d, [values[one] for one in ones])
            for name, ones in places.items()
        }

    def unpack(parameters: Values) -> Values:
        return {
            one: float(x)
            for name, ones in places.items()
            for one, x in zip(ones, _numbers(form.axes[name], parameters[name]), strict=True)
        }

    def units(data: Observations) -> dict[str, float]:
        scale = np.sqrt(data.average((data.x - data.average(data.x)) ** 2))
        return {
            one: math.prod(scale[i] for i in _indices(one))
            for one, kind in ranges.items()
            if kind is REAL
        }

    known = Knowledge(maximum=form.maximum, covariance=form.covariance, units=units)
    return Model(family.__name__, ranges, make, known, axes=1, pack=pack, unpack=unpack)


def _places(name: str, axes: int, d: int) -> list[str]:
    """Return a name for each number of an array; of a symmetric matrix, of its lower half."""
    if axes == 0:
        return [name]
    if axes == 1:
        return [f"{name}[{i}]" for i in range(d)]
    return [f"{name}[{i}, {j}]" for i in range(d) for j in range(i + 1)]


def _indices(place: str) -> list[int]:
    return [int(i) for i in re.findall("[0-9]+", place)]


def _range(name: str, place: str) -> Range:
    diagonal = _indices(place)
    if name in ("degrees", "concentration") or (len(diagonal) == 2 and len(set(diagonal)) == 1):
        return POSITIVE
    return REAL


def _array(axes: int, d: int, numbers: list[Any]) -> Any:
    if axes == 0:
        return numbers[0]
    whole = np.stack(np.broadcast_arrays(*numbers), axis=-1)
    if axes == 1:
        return whole
    rows, columns = np.tril_indices(d)
    matrix = np.empty((*whole.shape[:-1], d, d))
    matrix[..., rows, columns] = matrix[..., columns, rows] = whole
    return matrix


def _numbers(axes: int, x: Any) -> list[Any]:
    x = np.asarray(x)
    return [x] if axes == 0 else list(x) if axes == 1 else list(x[np.tril_indices(x.shape[0])])


def _normal(data: Observations) -> Values:
    """Mean and covariance of the data."""
    mean = data.average(data.x)
    return {"mean": mean, "covariance": _scatter(data, mean, None)}


def _scatter(data: Observations, centre: np.ndarray, duty: np.ndarray | None) -> np.ndarray:
    """Return the mean square of the distances, perhaps weighted further; refuse a flat one."""
    apart = data.x - centre
    weights = np.ones(data.rows) if data.weights is None else data.weights
    weights = weights if duty is None else weights * duty
    matrix = (apart * weights[:, None]).T @ apart / data.total
    scale = np.sqrt(np.diag(matrix))
    if not (scale > 0).all() or np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < 1e-13:
        raise KullbackError("fit.flat", rows=data.rows, size=data.x.shape[1])
    return matrix


def _normal_covariance(parameters: Values, total: float) -> np.ndarray:
    """Return the covariance of the means, then that of the lower half of the covariances."""
    s = parameters["covariance"]
    d = len(s)
    i, j = np.tril_indices(d)
    fourth = s[np.ix_(i, i)] * s[np.ix_(j, j)] + s[np.ix_(i, j)] * s[np.ix_(j, i)]
    whole = np.zeros((d + len(i),) * 2)
    whole[:d, :d], whole[d:, d:] = s, fourth
    return whole / total


def _student_t(data: Observations) -> Values:
    """Weigh rows by how near they are, for the place; then maximise over the degrees."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    d = data.x.shape[1]
    centre = np.median(data.x, axis=0)
    scatter = _scatter(data, data.average(data.x), None)
    degrees, height = 5.0, -math.inf
    for _ in range(_PATIENCE):
        apart = data.x - centre
        square = (apart @ np.linalg.inv(scatter) * apart).sum(axis=1)

        def mean_log(log_degrees: float, square: np.ndarray = square) -> float:
            v = math.exp(log_degrees)
            constant = gammaln(0.5 * (v + d)) - gammaln(0.5 * v) - 0.5 * d * math.log(v * math.pi)
            return float(constant - 0.5 * (v + d) * data.average(np.log1p(square / v)))

        found: Any = minimize_scalar(
            lambda y: -mean_log(y), bounds=(-3.0, 12.0), method="bounded", options={"xatol": 1e-11}
        )
        degrees = math.exp(found.x)
        new = -found.fun - 0.5 * float(np.linalg.slogdet(scatter)[1])
        if new - height < 1e-15 * abs(new) or not new > height:
            break
        height = new
        duty = (degrees + d) / (degrees + square)
        weight = data.average(duty)
        centre = data.average(duty[:, None] * data.x) / weight
        # Dividing by the mean duty as well takes far fewer rounds to the same place.
        scatter = _scatter(data, centre, duty) / weight
    if degrees > 1e5:
        raise KullbackError(
            "fit.runs_away", family="MultivariateStudentT", name="degrees", limit="inf"
        )
    return {"degrees": degrees, "location": centre, "scatter": scatter}


def _dirichlet(data: Observations) -> Values:
    """Newton's iteration, whose matrix is diagonal but for a constant."""
    from scipy.special import digamma

    x = data.x
    bad = ~((x > 0).all(axis=1) & (np.abs(x.sum(axis=1) - 1.0) <= 1e-6))
    if bad.any():
        raise KullbackError("fit.simplex", row=data.row(bad))
    mean, log = data.average(x), data.average(np.log(x))
    if not np.ptp(x, axis=0).max() > 0:
        raise KullbackError("fit.constant", family="Dirichlet", value=float(x[0, 0]))
    second = data.average(x[:, 0] ** 2) - mean[0] ** 2
    size = max((mean[0] * (1 - mean[0])) / max(second, 1e-300) - 1.0, 1e-2)
    y = np.log(size * mean)
    for _ in range(_PATIENCE):
        a = np.exp(y)
        slope = a * (digamma(a.sum()) - digamma(a) + log)
        own = trigamma(float(a.sum()))
        information = np.diag([z * z * trigamma(float(z)) for z in a]) - own * np.outer(a, a)
        step = np.clip(np.linalg.solve(information, slope), -1.0, 1.0)
        y = y + step
        if np.abs(step).max() <= _CLOSE:
            break
    return {"concentration": np.exp(y)}


def _dirichlet_covariance(parameters: Values, total: float) -> np.ndarray:
    a = parameters["concentration"]
    information = np.diag([trigamma(float(z)) for z in a]) - trigamma(float(a.sum()))
    return np.linalg.inv(information) / total


_FORMS: dict[type, _Form] = {
    MultivariateNormal: _Form({"mean": 1, "covariance": 2}, _normal, _normal_covariance),
    MultivariateStudentT: _Form({"degrees": 0, "location": 1, "scatter": 2}, _student_t),
    Dirichlet: _Form({"concentration": 1}, _dirichlet, _dirichlet_covariance),
}
