"""Nodes and weights on the line: a sum over them is an integral, or a sum over integers.

The line is cut into pieces. Each has a coordinate: the distance from an anchor, or its logarithm
where the piece spans several magnitudes or reaches the end of the support, so that singular ends
and heavy tails are seen however far they go. In its coordinate a piece is integrated by a double
exponential rule, and halved until it agrees with the rule of every other node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

__all__ = [
    "Found",
    "Integrand",
    "Nodes",
    "Range",
    "adapt",
    "integral_nodes",
    "pieces_between",
    "ranges_around",
    "sum_nodes",
    "windows",
]

_EPS = float(np.finfo(np.float64).eps)
_STEP = 1.0 / 16.0
_REACH = 4.0  # beyond, what the rules leave out is below 1e-17 of a piece
_ROUNDS = 48
_MOST_PIECES = 3000
# Rounds after which less is asked for: what rounding blurs never agrees to the last digit.
_PATIENCE = 6
# A share of a density that may be missed until patience ends.
_SEEN = 1e-14
# Coordinates beyond which a point is no float whose square is one; the density is followed
# further by its tail.
_NEAR, _FAR = -690.0, 345.0
# Pieces whose ends differ by more, as distances from the anchor, are taken in their logarithm.
_MAGNITUDE = 4.0
# So many integers at a time are summed one by one. What lies between is smooth, and integrated.
_BLOCK = 1 << 12
_LARGEST_INTEGER = 2.0**50


class Nodes(NamedTuple):
    """Where to evaluate, and with what weights."""

    x: np.ndarray  # distance from the origin
    log_weight: np.ndarray
    sign: np.ndarray  # of the weight
    anchor: np.ndarray  # what the distances are measured from
    side: np.ndarray  # where x is from it: 1 or -1, and 0 if it has no distance
    lost: np.ndarray  # log of the distance meant, less that of x: where no float is near enough
    origin: np.ndarray
    error: float = 0.0
    method: str = "quadrature"

    @property
    def weight(self) -> np.ndarray:
        """The weights."""
        return self.sign * np.exp(self.log_weight)

    def only(self, kept: np.ndarray) -> Nodes:
        """Return some of them."""
        columns = dict(zip(self._fields[:7], (column[kept] for column in self[:7]), strict=True))
        return self._replace(**columns)


Integrand = Callable[[Nodes], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""What is integrated, times the weights; how far rounding may put it off; and the same of a
density, whose integral is known, so that it tells whether anything was missed."""


class Range(NamedTuple):
    """What is integrated over, and the ends of the supports: where densities may be singular.

    All are distances from the origin: near it, points have more digits than their sums with it.
    """

    low: float
    high: float
    first: float
    last: float
    centre: float
    cuts: tuple[float, ...] = ()
    origin: float = 0.0


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Pieces as columns: x = anchor + side y, where the coordinate is y or its logarithm."""

    anchor: np.ndarray
    side: np.ndarray
    logarithmic: np.ndarray
    start: np.ndarray
    length: np.ndarray
    infinite: np.ndarray  # whether the coordinate goes on from the start for ever
    origin: np.ndarray

    def only(self, kept: np.ndarray) -> _Pieces:
        return _Pieces(*(x[kept] for x in self._columns()))

    def halved(self) -> _Pieces:
        """Cut each in two; what is left of an infinite one starts with twice the length."""
        half = np.where(self.infinite, self.length, 0.5 * self.length)
        rest = np.where(self.infinite, 2.0 * self.length, half)
        near = replace(self, length=half, infinite=np.zeros_like(self.infinite))
        far = replace(self, start=self.start + half, length=rest)
        return _joined([near, far])

    def nodes(self) -> Nodes:
        """Return the nodes, shape (pieces, nodes of one)."""
        place, log_weight = (x[self.infinite.astype(int)] for x in _rules())
        logarithmic, side, anchor, origin = (
            np.broadcast_to(x[:, None], place.shape)
            for x in (self.logarithmic, self.side, self.anchor, self.origin)
        )
        coordinate = self.start[:, None] + self.length[:, None] * place
        log_weight = log_weight + np.log(np.abs(self.length))[:, None]
        log_weight = log_weight + np.where(logarithmic, coordinate, 0.0)
        distance = np.where(logarithmic, np.exp(np.clip(coordinate, _NEAR, _FAR)), coordinate)
        x = anchor + side * distance
        x = np.where(logarithmic & (x == anchor), np.nextafter(anchor, side * math.inf), x)
        away = np.abs(x - anchor)
        found = np.log(np.where(logarithmic & (away > 0.0), away, 1.0))
        lost = np.where(coordinate > _FAR, coordinate - _FAR, coordinate - found)
        lost = np.where(logarithmic, lost, 0.0)
        side = np.where(logarithmic, side, 0.0)
        return Nodes(x, log_weight, np.ones_like(x), anchor, side, lost, origin)

    def _columns(self) -> tuple[np.ndarray, ...]:
        return tuple(getattr(self, f.name) for f in fields(self))

    def __len__(self) -> int:
        return len(self.anchor)


def _joined(parts: list[_Pieces]) -> _Pieces:
    columns = zip(*(part._columns() for part in parts), strict=True)
    return _Pieces(*map(np.concatenate, columns))


@cache
def _rules() -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes of (0, 1) and of (0, inf), and the logarithms of their weights."""
    t = np.arange(-_REACH / _STEP, _REACH / _STEP + 1.0) * _STEP
    z = math.pi * np.sinh(t)
    finite = 1.0 / (1.0 + np.exp(-z))
    log_finite = np.log(math.pi * _STEP * np.cosh(t)) - np.abs(z) - 2.0 * np.log1p(np.exp(-abs(z)))
    infinite = np.exp(0.5 * z)
    log_infinite = 0.5 * z + np.log(0.5 * math.pi * _STEP * np.cosh(t))
    return np.stack([finite, infinite]), np.stack([log_finite, log_infinite])


def pieces_between(ranges: Iterable[Range]) -> _Pieces:
    """Cut ranges, and choose a coordinate for every piece."""
    rows: list[tuple[float, float, bool, float, float, bool, float]] = []
    for r in ranges:
        inner = sorted(x for x in r.cuts if r.low < x < r.high)
        if r.low < r.centre < r.high:
            inner = sorted({*inner, r.centre})
        if not inner and math.isinf(r.high - r.low):
            inner = [r.low + 1.0 if r.low > -math.inf else min(r.high - 1.0, 0.0)]
        points = [r.low, *inner, r.high]
        for a, b in pairwise(points):
            rows += [(*row, r.origin) for row in _piece(a, b, r)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return _Pieces(*columns) if rows else _empty()


def ranges_around(
    a: float,
    b: float,
    low: float,
    high: float,
    cuts: tuple[float, ...] = (),
    origin: float = 0.0,
) -> list[Range]:
    """Return a range around 0 in parts, each near 0 or near an end of the support."""
    ranges = []
    if a == low and -math.inf < low < 0.0:
        ranges.append(Range(a, 0.5 * a, low, math.inf, 0.5 * a, cuts, origin))
        a = 0.5 * a
    if b == high and math.inf > high > 0.0:
        ranges.append(Range(0.5 * b, b, -math.inf, high, 0.5 * b, cuts, origin))
        b = 0.5 * b
    first = 0.0 if low == 0.0 else -math.inf
    last = 0.0 if high == 0.0 else math.inf
    return [*ranges, Range(a, b, first, last, 0.0, cuts, origin)]


def _empty() -> _Pieces:
    none, no = np.zeros(0), np.zeros(0, dtype=bool)
    return _Pieces(none, none, no, none, none, no, none)


def _piece(a: float, b: float, r: Range) -> list[tuple[float, float, bool, float, float, bool]]:
    """Return the piece from a to b, measured from the end that it is of."""
    if math.isfinite(r.first) and (math.isinf(r.last) or b <= r.centre):
        anchor, side = r.first, 1.0
    elif math.isfinite(r.last):
        anchor, side = r.last, -1.0
    else:
        anchor, side = r.centre, 1.0 if a >= r.centre else -1.0
    near, far = (a - anchor, b - anchor) if side > 0 else (anchor - b, anchor - a)
    if far <= near:
        return []
    if near <= 0.0 and (anchor in (r.first, r.last)):  # towards a finite end
        if math.isinf(far):
            return [(anchor, side, True, 0.0, s, True) for s in (2.0, -2.0)]
        return [(anchor, side, True, math.log(far), -2.0, True)]
    if math.isinf(far):
        if near > 0.0:
            return [(anchor, side, True, math.log(near), 2.0, True)]
        return [(anchor, side, False, 0.0, 1.0, False), (anchor, side, True, 0.0, 2.0, True)]
    if near > 0.0 and far > _MAGNITUDE * near:
        return [(anchor, side, True, math.log(near), math.log(far / near), False)]
    return [(anchor, side, False, near, far - near, False)]


class Found(NamedTuple):
    """Nodes, what they give, and how far rounding may put that off."""

    nodes: Nodes
    terms: np.ndarray
    noise: float


def adapt(integrand: Integrand, pieces: _Pieces, tolerance: float, fixed: list[Nodes]) -> Found:
    """Halve pieces until the integral is known to a share of its terms' sizes.

    `fixed` are nodes to be added as they are.
    """
    kept, size, noise, error, count = [], 0.0, 0.0, 0.0, 0
    for nodes in fixed:
        terms, blur, _ = integrand(nodes)
        kept.append((nodes, terms))
        size += float(np.abs(terms).sum())
        noise += float(blur.sum())
    for turn in range(_ROUNDS):
        if not len(pieces):
            break
        nodes = pieces.nodes()
        terms, blur, mass = integrand(nodes)
        sizes, blurs = np.abs(terms).sum(axis=1), blur.sum(axis=1)
        gaps, missed = _gaps(terms), _gaps(mass)
        count += len(pieces)
        enough = tolerance * 2.0 ** max(0, turn - _PATIENCE) * (size + float(sizes.sum()))
        last = turn == _ROUNDS - 1 or count > _MOST_PIECES
        seen = (missed <= max(_SEEN, tolerance)) | (turn > _PATIENCE)
        good = ((gaps <= np.maximum(enough, blurs)) & seen) | last
        size += float(sizes[good].sum())
        noise += float(blurs[good].sum())
        error += float(gaps[good].sum())
        kept.append((nodes.only(good), terms[good]))
        pieces = pieces.only(~good).halved()
    columns = zip(*(nodes[:7] for nodes, _ in kept), strict=True)
    joined = [np.concatenate([part.reshape(-1) for part in column]) for column in columns]
    nodes = Nodes._make([*joined, error, "quadrature"])
    terms = np.concatenate([terms.reshape(-1) for _, terms in kept])
    return Found(nodes, terms, noise)


def _gaps(terms: np.ndarray) -> np.ndarray:
    """Return by how much each rule differs from that of every other node."""
    return np.abs(terms.sum(axis=1) - 2.0 * terms[:, ::2].sum(axis=1))


# ---------------------------------------------------------------- sums over integers


def windows(
    low: float, high: float, centre: float, marks: Iterable[float] = ()
) -> tuple[list[Nodes], list[Range]]:
    """Return integers that are summed one by one, and ranges between that are integrated.

    The integers are those near the ends and around the centre and the marks. A range begins and
    ends half an integer beside them, with the correction of Euler and Maclaurin's formula for the
    midpoint rule.
    """
    half, marks = _BLOCK // 2, tuple(marks)
    blocks = []
    if math.isfinite(low):
        blocks.append((low, min(high, low + _BLOCK - 1)))
    for place in (centre, *marks):
        if low <= place <= high and abs(place) < _LARGEST_INTEGER:
            middle = math.floor(place)
            blocks.append((max(low, middle - half), min(high, middle + half - 1)))
    if math.isfinite(high):
        blocks.append((max(low, high - _BLOCK + 1), high))
    merged: list[tuple[float, float]] = []
    for a, b in sorted(blocks):
        if merged and a <= merged[-1][1] + _BLOCK:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    nodes = [_integers(np.arange(a, b + 1.0)) for a, b in merged]
    edges = [(-math.inf, low - 1.0)] if math.isfinite(low) else [(math.nan, -math.inf)]
    edges += merged
    edges += [(high + 1.0, math.inf)] if math.isfinite(high) else [(math.inf, math.nan)]
    ranges = []
    for (_, a), (b, _) in pairwise(edges):
        if b - a > 1.0:
            start, stop = a + 0.5, b - 0.5
            ranges.append(Range(start, stop, low, high, centre, marks))
            nodes += [_edge(x, side) for x, side in ((start, 1.0), (stop, -1.0)) if abs(x) < 1e300]
    return nodes, ranges


def _integers(x: np.ndarray, weight: np.ndarray | None = None) -> Nodes:
    zero = np.zeros_like(x)
    weight = np.ones_like(x) if weight is None else weight
    return Nodes(x, np.log(np.abs(weight)), np.sign(weight), zero, zero, zero, zero)


@cache
def _differences() -> np.ndarray:
    """Return c with sum c_k (f(h_k) - f(-h_k)) = f'/24 - 7 f'''/5760 + 31 f^(5)/967680 at 0."""
    h = np.array([0.5, 1.5, 2.5])
    moments = 2.0 * np.stack([h, h**3 / 6.0, h**5 / 120.0])
    return np.linalg.solve(moments, np.array([1 / 24, -7 / 5760, 31 / 967680]))


def _edge(x: float, side: float) -> Nodes:
    """Return the nodes that correct an integral beginning (side 1) or ending at x."""
    h, c = np.array([0.5, 1.5, 2.5]), _differences()
    return _integers(x + np.concatenate([h, -h]), side * np.concatenate([c, -c]))


# ---------------------------------------------------------------- plain integrands


def integral_nodes(
    integrand: Callable[[np.ndarray], np.ndarray],
    cuts: list[float],
    scale: float,
    tolerance: float,
    *,
    around: bool = False,
) -> Nodes:
    """Return nodes that integrate a function of x between the first cut and the last.

    `scale` is the width of what lies between, for where there are no cuts inside. `around` tells
    that it is around 0, of however small a scale.
    """
    low, *inner, high = cuts
    if around and low <= 0.0 <= high:
        ranges = ranges_around(low, high, low, high, tuple(inner))
        return _reached(adapt(_weighted(integrand), pieces_between(ranges), tolerance, []).nodes)
    if inner:
        centre = inner[len(inner) // 2]
    elif math.isfinite(low):
        centre = 0.5 * (low + high) if math.isfinite(high) else low + scale
    else:
        centre = high - scale if math.isfinite(high) else 0.0
    whole = Range(low, high, low, high, centre, tuple(inner))
    return _reached(adapt(_weighted(integrand), pieces_between([whole]), tolerance, []).nodes)


def sum_nodes(
    integrand: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    cuts: list[float],
    tolerance: float,
) -> Nodes:
    """Return nodes that sum a function over the integers from `low` to `high`.

    Between integers it must be smooth beyond the first few thousand.
    """
    centre = cuts[len(cuts) // 2] if cuts else math.nan
    fixed, ranges = windows(low, high, centre, cuts)
    found = adapt(_weighted(integrand), pieces_between(ranges), tolerance, fixed)
    return _reached(found.nodes)._replace(method="sum")


def _weighted(integrand: Callable[[np.ndarray], np.ndarray]) -> Integrand:
    def run(nodes: Nodes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with np.errstate(all="ignore"):
            value = integrand(nodes.x)
            there = (value != 0.0) & (nodes.lost < 1.0)
            terms = np.where(there, nodes.weight * np.where(there, value, 0.0), 0.0)
        return terms, _EPS * np.abs(terms), np.zeros_like(terms)

    return run


def _reached(nodes: Nodes) -> Nodes:
    """Leave out the nodes that stand for what is beyond."""
    return nodes.only(nodes.lost < 1.0)
