r"""How a density behaves beside an end of its support, measured where a family does not tell it.

Beside a finite end the logarithm of the density is fitted in the distance y, as

.. math:: \log f = s \log y + m \log(-\log y) + c + c_1 y + c_2 y^2

or with :math:`(\log y)^2` in place of :math:`\log(-\log y)`. Nearer to an end that is not 0 than
floats can tell, the fit takes the place of the density. How well it foretells the density at
points nearer to the end than those it was fitted to is what it may be off by.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from kullback.families._keys import kept_by_value
from kullback.families._quadrature import Nodes
from kullback.families.abstract import AbstractFamily, Tail, Tails
from kullback.families.composite import log_density_anywhere

__all__ = ["End", "ends_of", "tails_of"]

_EPS = float(np.finfo(np.float64).eps)
_UNKNOWN = Tail("unknown")
# Logarithms of the distances at which a tail is looked at, and how equal its slopes must be.
_FAR = np.log(10.0) * np.array([20.0, 40.0, 80.0])
_SAME = 1e-5
_ROUND = 1e-12  # a power so near to a round number is meant to be one
# Distances of the nearest points of a fit, beside the room there is, and of the others beside it.
_NEAREST = 2.0 ** -np.arange(3.0, 40.0)
_WINDOW = 2.0 ** np.linspace(0.0, 6.0, 19)
_AHEAD = np.array([0.5, 0.25, 0.125, 0.0625])  # at which a fit is tried
# By how much a fit with another term must be better, and how good one must be to be believed.
_BETTER, _BELIEVED = 30.0, 1e-2
# A share of the probability, and distances from 0, at which it is seen whether a density is lost.
_NO_SHARE = 1e-22
_DEEP = np.log(10.0) * np.array([25.0, 50.0, 100.0, 200.0, 290.0])
_CLEAR = 1e-7  # as near as a measured exponent can be told from a bound


class End(NamedTuple):
    """The logarithm of a density beside a finite end, from a distance on."""

    end: float
    side: float  # where the support is from it: 1 or -1
    near: float  # the logarithm of the distance below which the fit takes the density's place
    unit: float  # the logarithm of the distance that all are beside
    kind: str  # of the second term: "none", "log" or "log2"
    coefficients: tuple[float, ...]
    doubt: float  # how far off it may be at that distance

    def log_distance(self, nodes: Nodes) -> np.ndarray:
        """Return the logarithms of the distances that nodes mean; infinity on the other side."""
        place = self.end - nodes.origin
        away = self.side * (nodes.x - place)
        log = np.log(np.where(away > 0.0, away, np.inf))
        mine = (nodes.side == self.side) & (nodes.anchor == place)
        return log + np.where(mine, nodes.lost, 0.0)

    def level(self, log_y: np.ndarray) -> np.ndarray:
        """Return the fit at logarithms of distances, inside."""
        inside = log_y < self.near
        z = np.where(inside, log_y, self.near) - self.unit
        found = _basis(z, self.kind) @ np.array(self.coefficients)
        return np.where(inside, found, np.nan)

    def off(self, log_y: np.ndarray) -> np.ndarray:
        """Return how far off a logarithm may be: nearer by the slope, further by rounding."""
        z = log_y - self.near
        return self.doubt * np.where(z < 0.0, 1.0 - z / -math.log(_AHEAD[-1]), np.exp(-z))


def _basis(z: np.ndarray, kind: str) -> np.ndarray:
    second = {"none": 0.0 * z, "log2": z * z}.get(kind)
    y = np.exp(z)
    if second is None:
        second = np.log(1.0 - z)
    return np.stack([z, second, np.ones_like(z), y, y * y], axis=-1)


def tails_of(law: AbstractFamily) -> Tails:
    """Return how the density falls at both ends, as the family tells or as it is measured."""
    try:
        tails = law._tails()
    except NotImplementedError:
        tails = _UNKNOWN, _UNKNOWN
    if "unknown" not in (tails[0].kind, tails[1].kind):
        return tails
    low, high = (
        tail if tail.kind != "unknown" else found
        for tail, (found, _) in zip(tails, _measured(law), strict=True)
    )
    return low, high


def ends_of(law: AbstractFamily) -> tuple[End, ...]:
    """Return the fits at the ends whose tails the family does not tell."""
    try:
        tails = law._tails()
    except NotImplementedError:
        tails = _UNKNOWN, _UNKNOWN
    if "unknown" not in (tails[0].kind, tails[1].kind):
        return ()
    both = zip(tails, _measured(law), strict=True)
    return tuple(end for tail, (_, end) in both if tail.kind == "unknown" and end is not None)


@kept_by_value(64)
def _measured(law: AbstractFamily) -> tuple[tuple[Tail, End | None], tuple[Tail, End | None]]:
    support = law.support
    if law.event_shape:
        return (_UNKNOWN, None), (_UNKNOWN, None)
    low, high, discrete = float(support.low), float(support.high), support.discrete
    found: list[tuple[Tail, End | None]] = []
    with np.errstate(all="ignore"):
        for end, other, side in ((low, high, 1.0), (high, low, -1.0)):
            if math.isinf(end):
                found.append((_far_tail(law, -side, discrete=discrete), None))
            elif discrete or not low < high:
                found.append((_UNKNOWN, None))
            else:
                found.append(_near_end(law, end, other, side))
    return found[0], found[1]


def _log(law: AbstractFamily, x: np.ndarray) -> np.ndarray:
    return np.asarray(log_density_anywhere(np, law, x), dtype=np.float64)


def _far_tail(law: AbstractFamily, side: float, *, discrete: bool) -> Tail:
    x = side * np.exp(_FAR)
    return _tail(-_log(law, np.floor(x) if discrete else x), _FAR)


def _tail(level: np.ndarray, log_y: np.ndarray) -> Tail:
    """Return how a density falls whose negative logarithms far out are these.

    It may fall as a power or as the exponential of one; what is not seen clearly is not known.
    """
    if not np.isfinite(level).all():
        return _UNKNOWN
    slopes = np.diff(level) / np.diff(log_y)
    if abs(slopes[1] - slopes[0]) <= _SAME * max(abs(slopes[1]), _SAME):
        return Tail("none", a=_rounded(float(slopes[1]), _ROUND))
    powers = np.diff(np.log(level)) / np.diff(log_y)
    out = math.copysign(1.0, log_y[-1])
    if out * powers[1] > 0.0 and abs(powers[1] - powers[0]) <= _SAME * abs(powers[1]):
        k = _rounded(float(powers[1]), _ROUND)
        return Tail("power", c=float(level[-1] * np.exp(-k * log_y[-1])), k=k, b=math.nan)
    return _UNKNOWN


def _rounded(x: float, near: float) -> float:
    """Return the round number that a measured one is meant to be, if it is so near."""
    return round(x, 6) if math.isclose(x, round(x, 6), rel_tol=near, abs_tol=near) else x


def _near_end(
    law: AbstractFamily, end: float, other: float, side: float
) -> tuple[Tail, End | None]:
    """Return how the density behaves beside a finite end, and a fit where floats lose it."""
    room = _room(law, end, other)
    if end == 0.0:
        log_y = math.log(room) - _DEEP
        level = -_log(law, side * np.exp(log_y))
        tail = _tail(level[:3], log_y[:3])
        whole = np.isfinite(level[log_y > -690.0]).all()
        if tail.kind != "unknown" and (tail.kind == "power" or whole):
            return tail, None
    fitted = _fit(law, end, side, room)
    if fitted is None:
        return _steep(law, end, side, room), None
    s, second, *_ = fitted.coefficients
    doubt = max(_CLEAR, fitted.doubt / -math.log(_AHEAD[-1]))
    if fitted.kind == "log2":
        return Tail("log2", c=-second, a=-s + 2.0 * second * fitted.unit), fitted
    return Tail("none", a=-_rounded(s, doubt), doubt=doubt), fitted


def _room(law: AbstractFamily, end: float, other: float) -> float:
    """Return how far from an end most of the distribution is."""
    marks: list[float] = []
    try:
        marks = [x for x in law._landmarks() if math.isfinite(x) and x != end]
    except (ArithmeticError, AttributeError, NotImplementedError, RuntimeError, ValueError):
        pass  # a library may give up
    room = abs(marks[len(marks) // 2] - end) if marks else abs(other - end)
    return room if 0.0 < room < math.inf else 1.0


def _fit(law: AbstractFamily, end: float, side: float, room: float) -> End | None:
    """Return the fit that may be off least, of those to windows nearer and nearer to the end."""
    away = room * _NEAREST[:, None] * np.concatenate([_AHEAD[::-1], _WINDOW])
    x = end + side * away
    away = side * (x - end)  # as the floats are
    inside = (away > 0.0).all(axis=1)
    log = np.full(away.shape, np.nan)
    log[inside] = _log(law, x[inside])
    inside &= np.isfinite(log).all(axis=1)
    unit = math.log(room)
    best: End | None = None
    for kind in ("none", "log", "log2"):
        for k in np.flatnonzero(inside):
            z = np.log(away[k]) - unit
            found = _tried(z, log[k], kind)
            if found is None:
                continue
            coefficients, doubt = found
            near = float(z[len(_AHEAD)])
            cost = _cost(doubt, coefficients[0] if kind != "log2" else 0.0, near)
            if best is None or cost * (_BETTER if best.kind != kind else 1.0) < _cost(
                best.doubt, best.coefficients[0] if best.kind != "log2" else 0.0, best.near - unit
            ):
                best = End(end, side, near + unit, unit, kind, tuple(coefficients), doubt)
    return best if best is not None and best.doubt <= _BELIEVED else None


def _cost(doubt: float, s: float, near: float) -> float:
    """Return what a doubt does to a sum, by the probability there."""
    return doubt * math.exp(max(0.0, min(1.0 + s, 1.0)) * near)


def _tried(z: np.ndarray, log: np.ndarray, kind: str) -> tuple[np.ndarray, float] | None:
    """Fit a window, and see how far off it and what is ahead are."""
    ahead = len(_AHEAD)
    basis = _basis(z, kind)
    used = [0, 2, 3, 4] if kind == "none" else [0, 1, 2, 3, 4]
    size = np.abs(basis[ahead:, used]).max(axis=0)
    if not (np.isfinite(size).all() and (size > 0.0).all()):
        return None
    found, *_ = np.linalg.lstsq(basis[ahead:, used] / size, log[ahead:], rcond=1e-13)
    coefficients = np.zeros(5)
    coefficients[used] = found / size
    if kind == "log2" and not coefficients[1] < 0.0:
        return None
    gap = np.abs(basis @ coefficients - log)
    doubt = 2.0 * float(gap.max()) + 4.0 * _EPS * float(np.abs(log).max())
    return (coefficients, doubt) if math.isfinite(doubt) else None


def _steep(law: AbstractFamily, end: float, side: float, room: float) -> Tail:
    """Return how a density vanishes as the exponential of a power, if it does."""
    log_y = math.log(room) - math.log(2.0) * np.array([8.0, 10.0, 12.0, 14.0])
    level = -_log(law, end + side * np.exp(log_y))
    if not (np.isfinite(level) & (level > 0.0)).all():
        return _UNKNOWN
    powers = np.diff(np.log(level)) / np.diff(log_y)
    steps = np.abs(np.diff(powers))
    k = float(powers[-1])
    if k < -_BELIEVED and steps[-1] <= _BELIEVED * abs(k) and steps[-1] <= 0.5 * steps[0]:
        k = _rounded(k, float(steps[-1]))
        return Tail("power", c=float(level[-1] * np.exp(-k * log_y[-1])), k=k, b=math.nan)
    return _UNKNOWN
