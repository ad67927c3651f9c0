"""What is left of a law between two bounds: how probable it is, where it is, and its moments."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from kullback._array import Array
from kullback.errors import KullbackError
from kullback.families._ends import tails_of
from kullback.families._keys import kept_by_value
from kullback.families._places import Logs, marks_of, ranges_of, seen_by
from kullback.families._quadrature import (
    Nodes,
    Range,
    adapt,
    pieces_between,
    ranges_around,
    windows,
)
from kullback.families.abstract import AbstractFamily
from kullback.families.composite import log_density_anywhere

__all__ = ["Remaining", "level_of", "moment", "remaining"]

_TOLERANCE = 1e-15
_NOTHING = 1e-30
# Of a law on the integers without end, as many are looked at before it counts as smooth.
_BLOCK = 1 << 14
# Distances at which a far tail is cut in pieces, beside that over which it falls to a third.
_FALLS = np.array([0.25, 1.0, 4.0, 16.0, 64.0])
_EPS = float(np.finfo(np.float64).eps)
# What may be wrong of a probability or a moment.
_BLURRED = 1e-9
# Steps, beside a number, over which a slope is taken.
_STEP = 2.0**-28
# Logarithms of distances at which nothing may be left, if tails are not known.
_OUT = 300.0


class Remaining(NamedTuple):
    """What is left of a law: the logarithm of its probability, and where it is.

    In a far tail the probability is a multiple of the density at the start, the end where the
    density is largest.
    """

    start: float
    far: bool
    peak: float
    total: float  # the probability, beside exp(peak)
    nodes: Nodes
    share: np.ndarray  # of the probability, at the nodes

    @property
    def log(self) -> float:
        """The logarithm of the probability."""
        return self.peak + math.log(self.total)

    def seen_by(self, law: AbstractFamily) -> tuple[np.ndarray | None, np.ndarray]:
        """Return the nodes as the law can tell them apart: distances from origins, or sums."""
        return seen_by(self.nodes, digits=self.far or law._digits)

    @property
    def centre(self) -> float:
        """The origin of most of what is left, which its moments are measured from."""
        return float(self.nodes.origin[np.argmax(self.share)])

    @property
    def few(self) -> bool:
        """Whether what is left of a law on the integers is at nodes, and nothing between."""
        x = self.nodes.x
        return float(np.abs(self.share[x != np.floor(x)]).sum()) < _EPS

    def places(self, centre: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the nodes as distances from a number, in order, and their shares."""
        x = (self.nodes.origin - centre) + self.nodes.x
        order = np.argsort(x, kind="stable")
        return x[order], self.share[order]


def level_of(xp: Any, law: AbstractFamily, origin: Any, x: Array, rest: Remaining) -> Array:
    """Return log f(origin + x), or by how much it is above that at the start of a far tail."""
    if rest.far:
        step = x - rest.start if origin is None else (origin - rest.start) + x
        return law._rise(xp, rest.start, step)
    return log_density_anywhere(xp, law, x, origin)


class _Body(NamedTuple):
    """The logarithm of a density, how far rounding may put it off, and where to integrate it."""

    law: AbstractFamily
    low: float
    high: float
    start: float  # of a far tail; else NaN
    ranges: list[Range]
    fixed: list[Nodes]

    @property
    def far(self) -> bool:
        return not math.isnan(self.start)

    def log(self, nodes: Nodes) -> np.ndarray:
        logs = Logs(self.law, self.law)
        if self.far:
            value = self.law._rise(np, np.float64(self.start), nodes.x) + logs.lost(nodes)[0]
        else:
            value = logs(nodes)[0]
        return np.where(np.isfinite(value), value, -np.inf)

    def blur(self, nodes: Nodes, log: np.ndarray) -> np.ndarray:
        """Return what rounding does to the logarithm where numbers stand beside no end."""
        own = _EPS * (1.0 + np.where(np.isfinite(log), np.abs(log), 0.0))
        if self.far:
            return own
        x = nodes.origin + nodes.x
        step = np.where(nodes.side == 0.0, np.abs(x) * _STEP, 0.0)
        parts = [law for law in self.law._parts() if not law._digits]
        gaps = [_gap(law, x, step) for law in parts]
        return own + np.minimum(sum(gaps, np.zeros_like(x)), _gap(self.law, x, step))


def _gap(law: AbstractFamily, x: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return by how much a logarithm changes where a number is rounded, by its slope."""
    ends = [log_density_anywhere(np, law, y) for y in (x, x + step)]
    gap = np.abs(ends[1] - ends[0]) * (_EPS / _STEP)
    return np.where(np.isfinite(gap), gap, 0.0)


@kept_by_value(64)  # the ladder asks for the density of one law many times
def remaining(law: AbstractFamily, low: float, high: float) -> Remaining:
    """Integrate what is left of a single law of NumPy between two numbers of its support."""
    with np.errstate(all="ignore"):
        body = _body(law, low, high)
        first = [pieces_between(body.ranges).nodes(), *body.fixed]
        levels = [body.log(nodes) + nodes.log_weight for nodes in first if nodes.x.size]
        peak = float(max(map(np.max, levels), default=-math.inf))
        if peak == -math.inf:
            raise KullbackError("truncated.empty", law=type(law).__name__, place="")
        nodes, terms = _integral(body, peak)
    total = math.fsum(terms)
    kept = np.abs(terms) > _NOTHING * total
    return Remaining(body.start, body.far, peak, total, nodes.only(kept), terms[kept] / total)


def moment(law: AbstractFamily, low: float, high: float, k: int, about: float) -> float:
    """Return the mean of (x - centre - about)^k, from the centre of what is left."""
    rest = remaining(law, low, high)
    with np.errstate(all="ignore"):
        _, terms = _integral(_body(law, low, high), rest.peak, k, rest.centre, about)
    return math.fsum(terms) / rest.total


def _integral(
    body: _Body, peak: float, k: int = 0, centre: float = 0.0, about: float = 0.0
) -> tuple[Nodes, np.ndarray]:
    """Return nodes and the terms of the integral of (x - centre - about)^k f(x) / exp(peak)."""

    def away(nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        x = ((nodes.origin - centre) - about) + nodes.x
        beyond = np.where(nodes.lost > 1.0, nodes.lost, 0.0)
        return np.sign(x), np.log(np.maximum(np.abs(x), 1e-300)) + beyond

    def integrand(nodes: Nodes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        log, (side, distance) = body.log(nodes), away(nodes)
        size = np.exp(log + nodes.log_weight + k * distance - peak)
        terms = nodes.sign * side**k * size
        return terms, size * np.minimum(body.blur(nodes, log), 1.0), np.zeros_like(size)

    nodes, terms, noise = adapt(integrand, pieces_between(body.ranges), _TOLERANCE, body.fixed)
    size = np.abs(terms)
    unsure = nodes.error + noise
    if any(tail.kind == "unknown" for tail in tails_of(body.law)):
        unsure += float(size[away(nodes)[1] > _OUT].sum())
    if not unsure <= _BLURRED * size.sum():
        raise KullbackError(
            "truncated.inexact",
            law=type(body.law).__name__,
            low=f"{body.low:g}",
            high=f"{body.high:g}",
            error=f"{unsure / size.sum():.1g}",
        )
    return nodes, terms


def _body(law: AbstractFamily, low: float, high: float) -> _Body:
    support = law.support
    if support.discrete:
        marks, centre = marks_of(law, law, low, high)
        if math.isinf(high) and math.isfinite(low) and _ends_within(law, low):
            marks, centre, last = [], math.nan, low + _BLOCK
        else:
            last = high
        fixed, ranges = windows(low, last, centre, marks)
        return _Body(law, low, high, math.nan, ranges, fixed)
    marks = sorted(x for x in law._landmarks() if math.isfinite(x))
    # Towards a finite end, a law has its own digits: those of the distance from it.
    if low > marks[-1] and math.isinf(support.high):
        start, side = low, 1.0
    elif high < marks[0] and math.isinf(support.low):
        start, side = high, -1.0
    else:
        return _Body(law, low, high, math.nan, _clipped(ranges_of(law, law), low, high), [])
    cuts = tuple(side * _fall(law, start, side, high - low) * _FALLS)
    ends = (low - start, high - start)
    return _Body(law, low, high, start, ranges_around(*ends, *ends, cuts, start), [])


def _clipped(ranges: tuple[Range, ...], low: float, high: float) -> list[Range]:
    clipped = []
    for r in ranges:
        a, b = max(r.low, low - r.origin), min(r.high, high - r.origin)
        if a < b:
            clipped.append(r._replace(low=a, high=b))
    return clipped


def _fall(law: AbstractFamily, start: float, side: float, room: float) -> float:
    """Return how far beyond the start of a far tail the density has fallen to a third."""
    steps = 2.0 ** np.arange(-1074.0, 1023.0)
    steps = steps[steps < room]
    kept = law._rise(np, np.float64(start), side * steps) > -1.0
    width = float(steps[-1] if kept.all() else steps[np.argmin(kept)])
    level = abs(float(law._log_density(np, np.float64(start))))
    # A rise that is a difference of large numbers has no digits.
    blurred = not law._rises and not max(level, abs(start) / width) * _EPS < _BLURRED
    if blurred or not kept[0]:
        raise KullbackError("truncated.far", law=type(law).__name__, at=f"{start:g}")
    return width


def _ends_within(law: AbstractFamily, low: float) -> bool:
    """Whether the integers from `low` on are next to nothing after a block of them."""
    log = log_density_anywhere(np, law, np.arange(low, low + _BLOCK))
    found = np.exp(log - np.max(log))
    return bool(found[-1] * _BLOCK < 1e-25 * found.sum())
