"""Where to look: the logarithms of two densities, and points between which they are simple."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kullback.families._infinity import tails_of
from kullback.families._quadrature import Nodes, Range, pieces_between
from kullback.families.abstract import AbstractFamily, Tail

__all__ = ["Logs", "climb", "common_support", "log_density", "marks_of", "outside_peak", "points"]

_EPS = float(np.finfo(np.float64).eps)


class Logs:
    """Logarithms of two densities at nodes, also where no float is near enough to one."""

    def __init__(self, p: AbstractFamily, q: AbstractFamily) -> None:
        self.laws = (p, q) if p is not q else (p,)
        self.tails = [tails_of(law) for law in self.laws]

    def lost(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        """Return what the logarithms at the floats miss."""
        found = [
            _followed(nodes, float(law.support.low), float(law.support.high), tails)
            for law, tails in zip(self.laws, self.tails, strict=True)
        ]
        return found[0], found[-1]

    def __call__(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        found = [
            log_density(law, nodes.x) + lost
            for law, lost in zip(self.laws, self.lost(nodes), strict=False)
        ]
        return found[0], found[-1]


def log_density(law: AbstractFamily, x: np.ndarray) -> np.ndarray:
    """Return the logarithm at points of an interval that may be wider than the support."""
    support = law.support
    inside = (x >= support.low) & (x <= support.high)
    value = law._log_density(np, np.where(inside, x, support.inner(np)))
    return np.where(inside & ~np.isnan(value), value, -np.inf)


def _followed(nodes: Nodes, low: float, high: float, tails: tuple[Tail, Tail]) -> np.ndarray:
    """Follow the tails from where the nodes are to where they should be, on the log scale."""
    change = np.zeros_like(nodes.x)
    off = nodes.lost != 0.0
    if not off.any():
        return change
    far = nodes.lost > 1.0
    for k, (end, side) in enumerate(((low, 1.0), (high, -1.0))):
        if math.isinf(end):
            here = far & (nodes.side == -side)
        else:
            here = off & ~far & (nodes.anchor == end) & (nodes.side == side)
        tail = tails[k]
        if tail.kind == "unknown":
            change[here & far] = -np.inf
        if tail.kind == "unknown" or not here.any():
            continue
        found = np.log(np.abs(nodes.x[here] - (0.0 if math.isinf(end) else end)))
        meant = found + nodes.lost[here]
        change[here] = tail.level(found) - tail.level(meant)
    return np.where(np.isnan(change), -np.inf, change)


def common_support(p: AbstractFamily, q: AbstractFamily) -> tuple[float, float, bool]:
    a, b = p.support, q.support
    return max(float(a.low), float(b.low)), min(float(a.high), float(b.high)), a.discrete


def marks_of(
    p: AbstractFamily, q: AbstractFamily, low: float, high: float
) -> tuple[list[float], float]:
    """Return points to cut at, and the middle of the first law."""
    all_marks: set[float] = set()
    centre = math.nan
    for law in (q, p):
        marks = [x for x in law._landmarks() if math.isfinite(x)]
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


def outside_peak(
    logs: Logs, p: AbstractFamily, q: AbstractFamily, low: float, high: float
) -> tuple[float, ...]:
    """Return cuts around the peak of p |log q|, if it is not where p's landmarks are."""

    def log_size(nodes: Nodes) -> np.ndarray:
        log_p, log_q = logs(nodes)
        finite = log_q > -np.inf
        return np.where(finite, log_p + np.log1p(np.abs(np.where(finite, log_q, 0.0))), -np.inf)

    own = [x for x in p._landmarks() if low < x < high]
    peak, cuts = climb(log_size, p, q, low, high)
    outside = not own or not own[0] <= peak <= own[-1]
    return cuts if outside else ()


def points(x: np.ndarray) -> Nodes:
    zero = np.zeros_like(x)
    return Nodes(x, zero, zero + 1.0, zero, zero, zero)


def climb(
    log_size: Callable[[Nodes], np.ndarray],
    p: AbstractFamily,
    q: AbstractFamily,
    low: float,
    high: float,
    *,
    weighted: bool = True,
) -> tuple[float, tuple[float, ...]]:
    """Return where something is largest, and points around where it has fallen from there."""
    if low == high:
        return low, ()
    marks, centre = marks_of(p, q, low, high)
    whole = Range(low, high, low, high, centre)
    nodes = pieces_between([whole], marks).nodes()
    x = nodes.x.reshape(-1)
    order = np.argsort(x, kind="stable")
    x = x[order]
    # What a singular end adds up to counts, not its height.
    level = log_size(nodes) + (nodes.log_weight if weighted else 0.0)
    level = level.reshape(-1)[order]
    level[np.isnan(level)] = -np.inf
    best = int(np.argmax(level))
    left, right = x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)]
    peak = float(x[best])
    for _ in range(16):
        grid = np.linspace(left, right, 33)
        values = log_size(points(grid))
        values[np.isnan(values)] = -np.inf
        best = int(np.argmax(values))
        if not values[best] >= log_size(points(np.array([peak])))[0]:
            break
        peak, left, right = float(grid[best]), grid[max(best - 1, 0)], grid[min(best + 1, 32)]
        if right - left <= 1e-9 * abs(peak):
            break
    top = float(log_size(points(np.array([peak])))[0])
    if not math.isfinite(top):
        return peak, ()
    cuts = {peak}
    for side in (-1.0, 1.0):
        away = peak + side * max(abs(peak), 1e-300) * 2.0 ** np.arange(-50.0, 60.0)
        away = away[(away > low) & (away < high)]
        fall = top - log_size(points(away))
        for drop in (0.5, 5.0, 40.0):
            beyond = away[fall > drop]
            if len(beyond):
                cuts.add(float(beyond[0]))
    return peak, tuple(sorted(x for x in cuts if low < x < high))
