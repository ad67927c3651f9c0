r"""How a density behaves beside an end of its support, measured where a family does not tell it.

Beside a finite end the logarithm of the density is fitted in the distance y, as

.. math:: \log f = s \log y + m g(y) + c + c_1 y + c_2 y^2

where g is nothing, :math:`\log(-\log y)`, :math:`(\log y)^2` or :math:`y^{1 + s}`, of which the
probability is a function. Nearer to an end that is not 0 than
floats can tell, the fit takes the place of the density. How well it foretells the density at
points nearer to the end than those it was fitted to is what it may be off by.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from kullback.families._keys import kept_by_value
from kullback.families._quadrature import Nodes
from kullback.families.abstract import AbstractFamily, Tail, Tails
from kullback.families.composite import log_density_anywhere

__all__ = ["End", "ends_of", "tails_of", "tells_tails"]

_EPS = float(np.finfo(np.float64).eps)
_UNKNOWN = Tail("unknown")
# Logarithms of the distances at which a tail is looked at, the furthest first, and how equal its
# slopes must be.
_FAR = np.log(10.0) * np.array([[75.0, 150.0, 300.0], [20.0, 40.0, 80.0]])
_SAME = 1e-5
_ROUND = 1e-12  # a power so near to a round number is meant to be one
# Distances of the nearest points of a fit, beside the room there is, and of the others beside it.
_NEAREST = 2.0 ** -np.arange(3.0, 40.0)
_WINDOW = 2.0 ** np.linspace(0.0, 6.0, 19)
_AHEAD = np.array([0.5, 0.25, 0.125, 0.0625])  # at which a fit is tried
# By how much a fit with another term must be better, and how good one must be to be believed.
_BETTER, _BELIEVED = 30.0, 1e-2
_TURNS = 4  # in which a power is found that is itself a part of the fit
_NOT_WHOLE = 0.05
_LEAST = 1e-4  # of a square, what counts
# What a doubt may add to a sum that no digit of it sees.
_NOTHING = 1e-16
# Logarithms of distances from 0 at which it is seen whether a density is lost.
_DEEP = np.log(10.0) * np.array([[70.0, 140.0, 280.0], [20.0, 40.0, 80.0]])
_LEAST_FLOAT = -690.0
_CLEAR = 1e-7  # as near as a measured exponent can be told from a bound


class End(NamedTuple):
    """The logarithm of a density beside a finite end, from a distance on."""

    end: float
    side: float  # where the support is from it: 1 or -1
    near: float  # the logarithm of the distance below which the fit takes the density's place
    unit: float  # the logarithm of the distance that all are beside
    kind: str  # of g: "none", "log", "log2" or "power"
    coefficients: tuple[float, ...]
    doubt: float  # how far off it may be at that distance
    digits: bool = False  # whether the density itself is exact where nodes have another origin

    def log_distance(self, nodes: Nodes) -> np.ndarray:
        """Return the logarithms of the distances that nodes mean; infinity on the other side."""
        place = self.end - nodes.origin
        away = self.side * (nodes.x - place)
        here = (away > 0.0) & ((nodes.origin == 0.0) | (not self.digits))
        log = np.log(np.where(here, away, np.inf))
        mine = (nodes.side == self.side) & (nodes.anchor == place)
        return log + np.where(mine, nodes.lost, 0.0)

    def level(self, log_y: np.ndarray) -> np.ndarray:
        """Return the fit at logarithms of distances, inside."""
        inside = log_y < self.near
        z = np.where(inside, log_y, self.near) - self.unit
        found = _basis(z, self.kind, self.coefficients[0]) @ np.array(self.coefficients)
        return np.where(inside, found, np.nan)

    def off(self, log_y: np.ndarray) -> np.ndarray:
        """Return how far off a logarithm may be: nearer by the slope, further by rounding."""
        z = log_y - self.near
        return self.doubt * np.where(z < 0.0, 1.0 - z / -math.log(_AHEAD[-1]), np.exp(-z))


def _basis(z: np.ndarray, kind: str, s: float) -> np.ndarray:
    second = {
        "none": np.zeros_like,
        "log": lambda z: np.log(1.0 - z),
        "log2": np.square,
        "power": lambda z: np.exp((1.0 + s) * z),
    }[kind](z)
    y = np.exp(z)
    return np.stack([z, second, np.ones_like(z), y, y * y], axis=-1)


def _told(law: AbstractFamily) -> Tails:
    try:
        return law._tails()
    except NotImplementedError:
        return _UNKNOWN, _UNKNOWN


def tells_tails(law: AbstractFamily) -> bool:
    """Whether a family tells how its density falls, as all of ours do, and need not be measured."""
    return all(tail.kind != "unknown" for tail in _told(law))


def tails_of(law: AbstractFamily) -> Tails:
    """Return how the density falls at both ends, as the family tells or as it is measured."""
    tails = _told(law)
    if "unknown" not in (tails[0].kind, tails[1].kind):
        return tails
    low, high = (
        tail if tail.kind != "unknown" else found
        for tail, (found, _) in zip(tails, _measured(law), strict=True)
    )
    return low, high


def ends_of(law: AbstractFamily) -> tuple[End, ...]:
    """Return the fits at the ends whose tails a family does not tell, or that rounding blurs."""
    told, blurs = _told(law), law._blurs_ends and not law.support.discrete
    if not blurs and all(tail.kind != "unknown" for tail in told):
        return ()
    ends = []
    for tail, (_, end) in zip(told, _measured(law), strict=True):
        known = tail.kind != "unknown"
        if end is not None and (blurs or not known):
            ends.append(end._replace(digits=known and law._digits))
    return tuple(ends)


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
    for log_y in _FAR:
        x = side * np.exp(log_y)
        tail = _tail(-_log(law, np.floor(x) if discrete else x), log_y)
        # A density that falls no faster is none: it falls further out, or not in floats.
        if tail.kind != "unknown" and not (tail.kind == "none" and tail.a <= 1.0):
            return tail
    return _UNKNOWN


def _tail(level: np.ndarray, log_y: np.ndarray) -> Tail:
    """Return how a density falls whose negative logarithms far out are these.

    It may fall as a power or as the exponential of one; what is not seen clearly is not known.
    """
    if not np.isfinite(level).all():
        return _UNKNOWN
    slopes = np.diff(level) / np.diff(log_y)
    if abs(slopes[1] - slopes[0]) <= _SAME * max(abs(slopes[1]), _SAME):
        a = _rounded(float(slopes[1]), _ROUND)
        return Tail("none", a=a, doubt=0.0 if a != slopes[1] else abs(slopes[1] - slopes[0]))
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
        tail, whole = _UNKNOWN, True
        for away in _DEEP:
            log_y = np.maximum(math.log(room) - away, _LEAST_FLOAT + away[-1] - away)
            level = -_log(law, side * np.exp(log_y))
            whole &= bool(np.isfinite(level).all())
            tail = _tail(level, log_y) if tail.kind == "unknown" else tail
        if whole or tail.kind == "power":  # floats tell all there is beside 0
            return tail, None
    fitted = _fit(law, end, side, room)
    if fitted is None:
        return _steep(law, end, side, room), None
    s, second, *_ = fitted.coefficients
    beside = float(_log(law, np.nextafter(end, side * math.inf)))
    flat = fitted.kind == "none" and abs(s) <= _CLEAR and fitted.doubt <= _CLEAR
    if flat and math.isfinite(beside):
        return Tail("none"), None  # a step, which floats tell
    doubt = max(_CLEAR, fitted.doubt / -math.log(_AHEAD[-1]))
    if fitted.kind == "log2":
        return Tail("log2", c=-second, a=-s + 2.0 * second * fitted.unit), fitted
    return Tail("none", a=-_rounded(s, doubt), doubt=doubt), fitted


def _room(law: AbstractFamily, end: float, other: float) -> float:
    """Return how far from an end most of the distribution is."""
    marks: list[float] = []
    # A library may give up.
    with suppress(ArithmeticError, AttributeError, NotImplementedError, RuntimeError, ValueError):
        marks = [x for x in law._landmarks() if math.isfinite(x) and x != end]
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
    best: dict[str, End] = {}
    for kind in ("none", "power", "log", "log2"):
        for k in np.flatnonzero(inside):
            z = np.log(away[k]) - unit
            if (found := _tried(z, log[k], kind)) is None:
                continue
            end_ = End(end, side, float(z[len(_AHEAD)]) + unit, unit, kind, *found)
            if kind not in best or _cost(end_) < _cost(best[kind]):
                best[kind] = end_
    chosen = best.get("none")
    for other in best.values():  # the plainer first
        if chosen is None or _cost(other) * _BETTER < _cost(chosen):
            chosen = other
    return chosen if chosen is not None and chosen.doubt <= _BELIEVED else None


def _cost(fit: End) -> float:
    """Return what the doubt of a fit does to a sum, by the probability there."""
    s = 0.0 if fit.kind == "log2" else float(fit.coefficients[0])
    share = min(max(1.0 + s, 0.0), 1.0)
    return max(fit.doubt * math.exp(share * (fit.near - fit.unit)), _NOTHING)


def _tried(z: np.ndarray, log: np.ndarray, kind: str) -> tuple[tuple[float, ...], float] | None:
    """Fit a window, and see how far off it and what is ahead are."""
    ahead = len(_AHEAD)
    used = [0, 2, 3, 4] if kind == "none" else [0, 1, 2, 3, 4]
    s, coefficients, basis = 0.0, np.zeros(5), np.zeros((1, 5))
    for turn in range(_TURNS if kind == "power" else 1):
        basis = _basis(z, kind if turn or kind != "power" else "none", s)
        some = used if turn or kind != "power" else [0, 2, 3, 4]
        if (
            kind == "power"
            and turn
            and not (0.0 < s + 1.0 < 3.0 and abs(s - round(s)) > _NOT_WHOLE)
        ):
            return None  # the powers of y serve
        size = np.abs(basis[ahead:, some]).max(axis=0)
        if not (np.isfinite(size).all() and (size > 0.0).all()):
            return None
        found, *_ = np.linalg.lstsq(basis[ahead:, some] / size, log[ahead:], rcond=1e-13)
        coefficients = np.zeros(5)
        coefficients[some] = found / size
        s = float(coefficients[0])
    if kind == "log2" and not coefficients[1] < -_LEAST:
        return None
    gap = np.abs(_basis(z, kind, s) @ coefficients - log)
    doubt = 2.0 * float(gap.max()) + 4.0 * _EPS * float(np.abs(log).max())
    return (tuple(coefficients.tolist()), doubt) if math.isfinite(doubt) else None


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
