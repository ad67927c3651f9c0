"""Where to look: the logarithms of two densities, and points between which they are simple."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from kullback.families._ends import ends_of, tails_of, tells_tails
from kullback.families._keys import kept_by_value
from kullback.families._outcomes import common_nodes
from kullback.families._quadrature import Nodes, Range, pieces_between, ranges_around
from kullback.families._search import sought
from kullback.families.abstract import AbstractFamily, Tail
from kullback.families.composite import log_density_anywhere

__all__ = [
    "Beside",
    "Logs",
    "Peak",
    "climb",
    "common_support",
    "followed",
    "marks_of",
    "outside_peak",
    "points",
    "ranges_of",
    "seen_by",
]

_EPS = float(np.finfo(np.float64).eps)
# A mark that is nearer to 0, whose reciprocal is beyond the floats, stands at 0.
_TINY = float(np.finfo(np.float64).tiny)
# A body that is narrower, beside its distance from an origin, has one of its own.
_NARROW = 1.0 / 16.0
# Marks that are nearer to 0 than this share of an end lose digits as distances from it.
_FAR_END = 1.0 / 16.0
# Roundings that the logarithms of our densities may be off by, and those of others.
_OURS, _OTHERS = 2.0, 16.0
# The logarithm of a density below which it may be that of one whose logarithm is taken too late;
# those taken in time go on far beyond that of the least float.
_UNDERFLOWS, _IN_TIME = -650.0, -800.0
# Steps, beside an origin, over which a slope is taken.
_STEP = 2.0**-28


class Logs:
    """Logarithms of two densities at nodes, also where no float is near enough to one."""

    def __init__(self, p: AbstractFamily, q: AbstractFamily) -> None:
        self.laws = (p, q) if p is not q else (p,)
        self.tails = [tails_of(law) for law in self.laws]
        self.ends = [ends_of(law) for law in self.laws]
        self.grain = _OURS if all(map(tells_tails, self.laws)) else _OTHERS

    @property
    def measured(self) -> bool:
        """Whether a density was fitted beside an end."""
        return any(self.ends)

    def underflows(self, log_q: np.ndarray) -> bool:
        """Whether a density of q that is not ours is 0 in floats only: beside, it is next to it."""
        finite = log_q[np.isfinite(log_q)]
        least = finite.min(initial=0.0)
        return not tells_tails(self.laws[-1]) and _IN_TIME < least < _UNDERFLOWS

    def lost(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        """Return what the logarithms at the floats miss."""
        found = [lost for _, lost in self._both(nodes)]
        return found[0], found[-1]

    def __call__(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        found = [value for value, _ in self._both(nodes)]
        return found[0], found[-1]

    def _both(self, nodes: Nodes) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the logarithms, and by how much they are more than those at the floats."""
        for law, tails, ends in zip(self.laws, self.tails, self.ends, strict=True):
            plain = _log_density(law, *seen_by(nodes, digits=law._digits))
            lost = _followed(nodes, law, tails)
            value = plain + lost
            for end in ends:
                fitted = end.level(end.log_distance(nodes))
                value = np.where(np.isnan(fitted), value, fitted)
                lost = np.where(np.isnan(fitted) | ~np.isfinite(plain), lost, fitted - plain)
            yield value, lost

    def rounded(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        """Return what rounding the sums with the origins, and fits, do to the logarithms."""
        x = nodes.origin + nodes.x
        step = np.where(nodes.origin == 0.0, 0.0, np.abs(x) * _STEP)
        found = []
        for law, ends in zip(self.laws, self.ends, strict=True):
            off = sum((end.off(end.log_distance(nodes)) for end in ends), np.zeros_like(x))
            for part in (part for part in law._parts() if not part._digits):
                gap = _log_density(part, None, x + step) - _log_density(part, None, x)
                off += np.where(np.isfinite(gap), np.abs(gap), 0.0) * (_EPS / _STEP)
            found.append(off)
        return found[0], found[-1]


def _log_density(law: AbstractFamily, origin: np.ndarray | None, x: np.ndarray) -> np.ndarray:
    """Return the logarithm at points of an interval that may be wider than the support."""
    value = log_density_anywhere(np, law, x, origin)
    return np.where(np.isnan(value), -np.inf, value)


def seen_by(nodes: Nodes, *, digits: bool) -> tuple[np.ndarray | None, np.ndarray]:
    """Return points as a law can tell them apart: distances from origins, or their sums."""
    if not nodes.origin.any():
        return None, nodes.x
    if digits:
        return nodes.origin, nodes.x
    x = nodes.origin + nodes.x
    # Beside an end, whose density may be singular, there is a float that is not the end.
    end = nodes.origin + nodes.anchor
    return None, np.where((nodes.side != 0.0) & (x == end), np.nextafter(x, nodes.side * np.inf), x)


def _followed(nodes: Nodes, law: AbstractFamily, tails: tuple[Tail, Tail]) -> np.ndarray:
    """Follow the tails from where the nodes are to where they should be, on the log scale."""
    change = np.zeros_like(nodes.x)
    for end, side in ((float(law.support.low), 1.0), (float(law.support.high), -1.0)):
        if math.isfinite(end):  # and nodes are followed further out
            change[(nodes.lost > 1.0) & (nodes.side == -side)] = -np.inf
    for beside in followed(nodes, law):
        here, tail = beside.here, tails[beside.place]
        if tail.kind == "unknown":
            change[here] = np.where(nodes.lost[here] > 1.0, -np.inf, 0.0)
        else:
            change[here] = tail.level(beside.found) - tail.level(beside.meant)
    return np.where(np.isnan(change), -np.inf, change)


class Beside(NamedTuple):
    """Nodes beside an end of a law's support that are not where they should be."""

    place: int  # 0 for the lower end, 1 for the upper
    here: np.ndarray  # which nodes
    found: np.ndarray  # the logarithms of their distances from the end, or from 0
    meant: np.ndarray  # those they should have


def followed(nodes: Nodes, law: AbstractFamily) -> Iterator[Beside]:
    """Yield the nodes beside each end that are not where they should be."""
    origin, x = seen_by(nodes, digits=law._digits)
    from_ = nodes.origin if origin is not None else np.zeros_like(x)
    blurred = (origin is None) & (nodes.origin != 0.0)
    off = (nodes.lost != 0.0) | blurred
    if not off.any():
        return
    far = nodes.lost > 1.0
    for place, (end, side) in enumerate(
        ((float(law.support.low), 1.0), (float(law.support.high), -1.0))
    ):
        if math.isinf(end):
            here = far & (nodes.side == -side)
        else:
            here = off & ~far & (nodes.anchor == end - nodes.origin) & (nodes.side == side)
        if not here.any():
            continue
        start = nodes.anchor[here] if not math.isinf(end) else 0.0
        meant = np.log(np.abs(nodes.x[here] - start)) + nodes.lost[here]
        start = end - from_[here] if not math.isinf(end) else 0.0
        yield Beside(place, here, np.log(np.abs(x[here] - start)), meant)


def common_support(p: AbstractFamily, q: AbstractFamily) -> tuple[float, float, bool]:
    a, b = p.support, q.support
    return max(float(a.low), float(b.low)), min(float(a.high), float(b.high)), a.discrete


# ---------------------------------------------------------------- cuts


@kept_by_value(128)  # SciPy's quantiles are slow, and asked for many times
def _landmarks(law: AbstractFamily, origin: float) -> tuple[float, ...]:
    return tuple(law._landmarks_from(origin))


def marks_of(
    p: AbstractFamily,
    q: AbstractFamily,
    low: float,
    high: float,
    origin: float = 0.0,
    *,
    anywhere: bool = False,
) -> tuple[list[float], float]:
    """Return points to cut at, and the middle of the first law, as distances from an origin.

    `anywhere` tells to look for them over all magnitudes too.
    """
    all_marks: set[float] = set()
    centre = math.nan
    if anywhere:
        all_marks.update(x for law in {p, q} for x in sought(law) if low < x < high)
    for law in (q, p):
        marks = [x for x in _landmarks(law, origin) if math.isfinite(x)]
        marks = [x if abs(x) >= _TINY else 0.0 for x in marks]
        if not marks:
            continue
        middle = marks[len(marks) // 2]
        centre = middle if low <= middle <= high else centre
        # Beyond the last marks there is little; eight times as far out, nothing of light tails.
        reach = [middle + 8.0 * (x - middle) for x in (marks[0], marks[-1])]
        all_marks.update(x for x in (*marks, *reach) if low < x < high)
    if math.isnan(centre):
        if math.isfinite(low) and math.isfinite(high):
            centre = 0.5 * (low + high)
        else:
            centre = low if math.isfinite(low) else (high if math.isfinite(high) else 0.0)
    return _apart(sorted(all_marks)), centre


def _apart(marks: list[float]) -> list[float]:
    """Leave out marks that rounding cannot tell from the one before."""
    kept: list[float] = []
    for x in marks:
        if not kept or x - kept[-1] > 16.0 * _EPS * max(abs(x), abs(kept[-1])):
            kept.append(x)
    return kept


@kept_by_value(16)
def ranges_of(
    p: AbstractFamily,
    q: AbstractFamily,
    anywhere: bool = False,
) -> tuple[Range, ...]:
    """Return what both laws allow, in parts; those around narrow bodies have their own origin."""
    low, high, _ = common_support(p, q)
    marks, centre = marks_of(p, q, low, high, anywhere=anywhere)
    if p._digits and q._digits and low < 0.0 < high:
        centre = 0.0  # what is narrow elsewhere has its own origin
    ranges, start = [], low
    for origin, reach in _windows(p, q, low, high):
        a, b = max(low, origin - reach), min(high, origin + reach)
        ranges += _parted(start, a, low, high, centre, marks)
        ends = (a - origin, b - origin)
        cuts = tuple(marks_of(p, q, *ends, origin)[0])
        ranges += ranges_around(*ends, low - origin, high - origin, cuts, origin)
        start = b
    ranges += _parted(start, high, low, high, centre, marks)
    return tuple(_cut_at_zero(ranges) if anywhere else ranges)


def _cut_at_zero(ranges: list[Range]) -> list[Range]:
    """Return ranges of which none goes through 0, where a density may be singular, as at an end."""
    cut = []
    for r in ranges:
        if r.origin == 0.0 and r.low < 0.0 < r.high:
            cut += [r._replace(high=0.0, last=0.0), r._replace(low=0.0, first=0.0)]
        else:
            cut.append(r)
    return cut


def _parted(
    a: float, b: float, low: float, high: float, centre: float, marks: list[float]
) -> list[Range]:
    """Return a range in parts: what is far from an end, beside 0, is not measured from there."""
    cuts = tuple(marks)
    size = max((abs(x) for x in (centre, *marks)), default=0.0)
    first, last = (abs(end) * _FAR_END > size and math.isfinite(end) for end in (low, high))
    ranges = []
    if first and a < 0.5 * low < b:
        ranges.append(Range(a, 0.5 * low, low, math.inf, 0.5 * low, cuts))
        a = 0.5 * low
    rest = []
    if last and a < 0.5 * high < b:
        rest.append(Range(0.5 * high, b, -math.inf, high, 0.5 * high, cuts))
        b = 0.5 * high
    if a < b:
        ends = (-math.inf if first else low, math.inf if last else high)
        ranges.append(Range(a, b, *ends, centre, cuts))
    return ranges + rest


def _windows(
    p: AbstractFamily, q: AbstractFamily, low: float, high: float
) -> list[tuple[float, float]]:
    """Return the origins that narrow bodies need, and how far around them each is used."""
    bodies = []
    for law in (*p._parts(), *q._parts()):
        marks = [x for x in _landmarks(law, 0.0) if math.isfinite(x)] if law._digits else []
        if marks and low <= (middle := marks[len(marks) // 2]) <= high:
            near = _landmarks(law, middle)
            rest = len(near) // 4
            bodies.append((near[-1 - rest] - near[rest], middle))
    origins: list[float] = []
    for width, middle in sorted(bodies):
        if all(width < _NARROW * abs(middle - other) for other in (0.0, *origins)):
            origins.append(middle)
    return sorted(
        (x, 0.5 * min(abs(x - other) for other in (0.0, *origins) if other != x)) for x in origins
    )


# ---------------------------------------------------------------- peaks


class Peak(NamedTuple):
    """Where something is largest, as a distance from an origin, and cuts around."""

    x: float
    origin: float
    cuts: tuple[float, ...]

    @property
    def nodes(self) -> Nodes:
        """The one point."""
        return points(np.array([self.x]), self.origin)


def outside_peak(logs: Logs, p: AbstractFamily, q: AbstractFamily) -> Peak | None:
    """Return the peak of p |log q|, if it is not where p's landmarks are."""

    def log_size(nodes: Nodes) -> np.ndarray:
        log_p, log_q = logs(nodes)
        finite = log_q > -np.inf
        return np.where(finite, log_p + np.log1p(np.abs(np.where(finite, log_q, 0.0))), -np.inf)

    low, high, _ = common_support(p, q)
    peak = climb(log_size, p, q)
    own = [x for x in _landmarks(p, peak.origin) if low < x + peak.origin < high]
    return peak if not own or not own[0] <= peak.x <= own[-1] else None


def points(x: np.ndarray, origin: float = 0.0) -> Nodes:
    zero = np.zeros_like(x)
    return Nodes(x, zero, zero + 1.0, zero, zero, zero, zero + origin)


def climb(
    log_size: Callable[[Nodes], np.ndarray],
    p: AbstractFamily,
    q: AbstractFamily,
    *,
    weighted: bool = True,
) -> Peak:
    """Return where something is largest, and points around where it has fallen from there."""
    low, high, _ = common_support(p, q)
    if low == high:
        return Peak(low, 0.0, ())
    if (listed := common_nodes(p, q)) is not None:
        level = log_size(listed) + (listed.log_weight if weighted else 0.0)
        return Peak(float(listed.x[np.argmax(level)]), 0.0, ())
    nodes = pieces_between(ranges_of(p, q)).nodes()
    # What a singular end adds up to counts, not its height.
    level = log_size(nodes) + (nodes.log_weight if weighted else 0.0)
    level[np.isnan(level)] = -np.inf
    origin = float(nodes.origin.reshape(-1)[np.argmax(level)])
    here = nodes.origin.reshape(-1) == origin
    x, level = nodes.x.reshape(-1)[here], level.reshape(-1)[here]
    order = np.argsort(x, kind="stable")
    x, level = x[order], level[order]
    best = int(np.argmax(level))
    left, right = x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)]
    peak, wide = float(x[best]), float(right - left)
    top = float(log_size(points(np.array([peak]), origin))[0])
    for _ in range(16):
        grid = np.linspace(left, right, 33)
        values = log_size(points(grid, origin))
        values[np.isnan(values)] = -np.inf
        best = int(np.argmax(values))
        if not values[best] >= top:
            break
        peak, top = float(grid[best]), float(values[best])
        left, right = grid[max(best - 1, 0)], grid[min(best + 1, 32)]
        if right - left <= 1e-9 * abs(peak):
            break
    if not math.isfinite(top):
        return Peak(peak, origin, ())
    cuts = {peak}
    for side in (-1.0, 1.0):
        away = peak + side * max(abs(peak), wide, 1e-300) * 2.0 ** np.arange(-50.0, 60.0)
        away = away[(away > low - origin) & (away < high - origin)]
        fall = top - log_size(points(away, origin))
        for drop in (0.5, 5.0, 40.0):
            beyond = away[fall > drop]
            if len(beyond):
                cuts.add(float(beyond[0]))
    return Peak(peak, origin, tuple(sorted(x for x in cuts if low - origin < x < high - origin)))
