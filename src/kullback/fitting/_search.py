"""Local minima of a smooth function of a law's parameters.

Parameters are measured in units of the Fisher information, in which steps of one change log q by
about one: then every problem is of order one, and a trust-region method finds its way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kullback.families.composite import log_density_anywhere
from kullback.fitting.coordinates import Coordinates
from kullback.fitting.likelihood import Peak, derivatives

__all__ = ["Around", "minimise", "near", "units"]

Around = Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]
"""Makes for a point (d,) what evaluates the function at points (B, d) near it."""

# The step of the differences, in units; their errors are h^4/30 times a fifth derivative.
_STEP = 5e-3
_ENOUGH = 1e-9
_MOST_STEPS = 100
# A gradient below and a curvature above make a minimum; both are of order one elsewhere.
_FLAT = 1e-6
_CURVED = 1e-5
_PROBE = 0.1
# Below this share of the largest, an eigenvalue tells no length.
_SINGULAR = 1e-10
_LARGE = 1e300
# Nats within which of a known minimum the way to it is clear.
_CLOSE = 0.01


def units(line: Coordinates, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return steps, as columns, that each change log q by about one at typical numbers."""
    h = 4.0 ** np.arange(-24.0, 8.0)
    here = log_density_anywhere(np, line.law(line.from_line(y)), x)
    x, here = x[np.isfinite(here)], here[np.isfinite(here)]
    steps = np.ones_like(y)
    slopes = np.empty((len(x), len(y)))
    for j, axis in enumerate(np.eye(len(y))):
        moved = line.law(line.from_line(y + h[:, None] * axis))
        change = log_density_anywhere(np, moved, x[:, None]) - here[:, None]
        size = np.sqrt(np.mean(change**2, axis=0))
        size = np.where(np.isfinite(size) & (size > 0), size, np.inf)
        best = np.argmin(np.abs(np.log(size / 0.1)))
        if np.isfinite(size[best]):
            steps[j] = h[best] / size[best]
        two = y + np.array([[-_STEP], [_STEP]]) * steps[j] * axis
        low, high = log_density_anywhere(np, line.law(line.from_line(two)), x[:, None]).T
        slopes[:, j] = (high - low) / (2 * _STEP)
    slopes = slopes[np.isfinite(slopes).all(axis=1)]
    values, vectors = np.linalg.eigh(slopes.T @ slopes / max(len(slopes), 1))
    sizes = np.where(values > _SINGULAR * values[-1], values, max(values[-1], 1e-300))
    return steps[:, None] * vectors / np.sqrt(sizes)


def minimise(
    around: Around, start: np.ndarray, unit: np.ndarray, known: Sequence[Peak]
) -> Peak | None:
    """Return the minimum below a start, upside down, or nothing where the way leads to none.

    A way that comes close to a known minimum is not followed to its end.
    """
    peak = _descend(around, start, unit, known)
    if peak is None or any(peak is old for old in known):
        return peak
    # Once more in units of its own curvature, in which differences are the most exact.
    values, vectors = np.linalg.eigh(-peak.curvature)
    return _descend(around, peak.y, vectors / np.sqrt(values), ())


def _descend(
    around: Around, start: np.ndarray, unit: np.ndarray, known: Sequence[Peak]
) -> Peak | None:
    from scipy.optimize import minimize

    local, reached = _Local(around, start, unit), list[Peak]()

    def look(z: np.ndarray) -> None:
        reached.extend(peak for peak in known if near(peak, start + unit @ z, _CLOSE))
        if reached:
            raise StopIteration

    origin = np.zeros_like(start)
    if local.at(origin)[0] == _LARGE:
        return None
    found = minimize(
        lambda z: local.at(z)[0],
        origin,
        method="trust-exact",
        jac=lambda z: local.at(z)[1],
        hess=lambda z: local.at(z)[2],
        callback=look,
        options={"gtol": _ENOUGH, "maxiter": _MOST_STEPS, "max_trust_radius": 10.0},
    ).x
    if reached:
        return reached[0]
    value, gradient, hessian = local.at(found)
    if value == _LARGE or np.max(np.abs(gradient)) > _FLAT:
        return None
    values, vectors = np.linalg.eigh(hessian)
    # An inflection is flat too, but falls to one side.
    sides = local.around(start + unit @ found)(
        start + (found + _PROBE * np.array([[-1.0], [1.0]]) * vectors[:, 0]) @ unit.T
    )
    if values[0] < _CURVED or not (sides > value).all():
        return None
    back = np.linalg.inv(unit)
    return Peak(start + unit @ found, -gradient @ back, -back.T @ hessian @ back)


def near(peak: Peak, y: np.ndarray, nats: float = 1e-6) -> bool:
    """Whether a point is this minimum, as far as some nats can tell."""
    d = y - peak.y
    return float(d @ peak.curvature @ d) > -2.0 * nats


class _Local:
    """A function with its gradient and Hessian, in units from a start; the last are kept."""

    def __init__(self, around: Around, start: np.ndarray, unit: np.ndarray) -> None:
        self.around, self.start, self.unit = around, start, unit
        self.last: tuple[bytes, tuple[float, np.ndarray, np.ndarray]] | None = None

    def at(self, z: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and Hessian; a large value where any of them is none."""
        if self.last is None or self.last[0] != z.tobytes():
            self.last = (z.tobytes(), self._differences(z))
        return self.last[1]

    def _differences(self, z: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        values = self.around(self.start + self.unit @ z)
        value = float(values((self.start + self.unit @ z)[None])[0])

        def rise(points: np.ndarray, _: np.ndarray) -> np.ndarray:
            return values(self.start + points @ self.unit.T) - value

        slope, curvature = derivatives(rise, z, np.full(len(z), _STEP))
        if np.isfinite(value) and np.isfinite(slope).all() and np.isfinite(curvature).all():
            return value, slope, curvature
        return _LARGE, np.zeros(len(z)), np.eye(len(z))
