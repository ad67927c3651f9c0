"""Measures of SciPy's distributions by an integrator of their own: Gauss's rules, halved.

Densities are SciPy's, nodes and sums are not kullback's. A reference is worth what its error and
the integral of the density say; where that is not 1 there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

__all__ = ["MEASURES", "Truth", "truths"]

MEASURES = ("entropy", "cross_entropy", "kl_divergence", "renyi_2", "js", "tv")
_FEW, _MANY = np.polynomial.legendre.leggauss(12), np.polynomial.legendre.leggauss(20)
_ROUNDS, _MOST = 60, 400_000
_SLOW = {"levy_stable", "studentized_range", "ksone", "kstwo", "kstwobign", "ncf", "nct", "landau"}
_LIST = 2_000_000
_HUGE = 1e15


class Truth(NamedTuple):
    """A value and what it may be off by; infinite where the sum grows without end."""

    value: float
    error: float


def truths(p: Any, q: Any) -> dict[str, Truth]:
    """Return every measure of two frozen distributions of SciPy that are single."""
    with np.errstate(all="ignore"):
        discrete = [hasattr(law.dist, "logpmf") for law in (p, q)]
        if discrete[0] != discrete[1]:
            return {"kl_divergence": Truth(math.inf, 0.0)}
        return _sums(p, q) if discrete[0] else _integrals(p, q)


def _terms(log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Return p, q and the terms of the measures, shape (8, ...)."""
    p, q = np.exp(log_p), np.exp(log_q)
    log_m = np.logaddexp(log_p, log_q) - math.log(2.0)

    def times(weight: np.ndarray, value: np.ndarray) -> np.ndarray:
        return np.where(weight > 0.0, weight * np.where(weight > 0.0, value, 0.0), 0.0)

    return np.stack(
        [
            p,
            q,
            -times(p, log_p),
            -times(p, log_q),
            times(p, log_p - log_q),
            np.exp(np.where(log_p > -np.inf, 2.0 * log_p - log_q, -np.inf)),
            0.5 * (times(p, log_p - log_m) + times(q, log_q - log_m)),
            0.5 * np.abs(p - q),
        ]
    )


def _finished(sums: np.ndarray, errors: np.ndarray) -> dict[str, Truth]:
    off = max(abs(sums[0] - 1.0), abs(sums[1] - 1.0))
    found = {}
    for k, name in enumerate(MEASURES):
        value, error = float(sums[k + 2]), float(errors[k + 2])
        if value > _HUGE:  # it grows without end
            found[name] = Truth(math.inf, 0.0)
            continue
        error += 4.0 * off * (1.0 + abs(value))
        if name == "renyi_2":
            error, value = error / max(value, 1e-300), math.log(value) if value > 0 else math.nan
        found[name] = Truth(value, error)
    return found


# ---------------------------------------------------------------- integers


def _sums(p: Any, q: Any) -> dict[str, Truth]:
    points: set[float] = set()
    rest = 0.0
    for law in (p, q):
        if hasattr(law.dist, "xk"):
            points |= {float(x + law.kwds.get("loc", 0)) for x in law.dist.xk}
            continue
        low, high = law.support()
        loc = law.kwds.get("loc", 0)
        a = low if math.isfinite(low) else loc + math.floor(_far(law, -1.0) - loc)
        b = high if math.isfinite(high) else loc + math.ceil(_far(law, 1.0) - loc)
        if b - a > _LIST:
            b, rest = a + _LIST, rest + float(law.sf(a + _LIST))
        points |= {float(loc + k) for k in range(round(a - loc), round(b - loc) + 1)}
    x = np.array(sorted(points))
    log_p, log_q = p.logpmf(x), q.logpmf(x)
    terms = _terms(log_p, log_q)
    sums = np.array([math.fsum(row) if np.isfinite(row).all() else row.sum() for row in terms])
    return _finished(sums, 1e-14 * np.abs(terms).sum(axis=1) + rest)


def _far(law: Any, side: float) -> float:
    """Return where a discrete distribution has no float of mass any more."""
    middle, step = float(law.median()), 1.0
    while law.pmf(middle + side * step) > 1e-40 and step < _LIST:
        step *= 2.0
    return middle + side * step


# ---------------------------------------------------------------- the line


def _integrals(p: Any, q: Any) -> dict[str, Truth]:
    edges = _edges(p, q)
    slow = any(law.dist.name in _SLOW for law in (p, q))

    def terms(x: np.ndarray) -> np.ndarray:
        return _terms(*(_log_density(law, x) for law in (p, q)))

    sums, errors = _integrated(terms, edges, most=6_000 if slow else _MOST)
    found = _finished(sums, errors)
    (low, high), (a, b) = _support(p), _support(q)
    if low < a or high > b:
        for name in ("cross_entropy", "kl_divergence", "renyi_2"):
            found[name] = Truth(math.inf, 0.0)
    return found


def _support(law: Any) -> tuple[float, float]:
    """Return the ends; of a circle, one turn."""
    if law.dist.name == "vonmises":
        return -math.pi, math.pi
    return law.support()


def _log_density(law: Any, x: np.ndarray) -> np.ndarray:
    value = np.asarray(law.logpdf(x), dtype=np.float64)
    return np.where(np.isnan(value) | (value == np.inf), -np.inf, value)


def _edges(p: Any, q: Any) -> np.ndarray:
    """Return points between which densities are simple: quantiles, and powers of 2 around."""
    marks: set[float] = set()
    for law in (p, q):
        low, high = _support(law)
        few = law.dist.name in _SLOW
        levels = [0.01, 0.5, 0.99] if few else [1e-8, 1e-4, 0.01, 0.2, 0.5, 0.8, 0.99, 0.9999]
        inner = [float(x) for x in law.ppf(levels) if math.isfinite(x)]
        middle = inner[len(inner) // 2]
        width = max(inner[-1] - inner[0], 1e-300)
        marks |= set(inner) | {float(x) for x in (low, high) if math.isfinite(x)}
        loc, scale = law.kwds.get("loc", 0.0), law.kwds.get("scale", 1.0)
        marks |= {loc + scale * t for t in (-1.0, 0.0, 1.0)}
        marks |= {loc + scale * float(np.ravel(t)[0]) for t in (*law.args,) if np.size(t) == 1}
        steps = 2.0 ** np.arange(-12 if few else -40, 14 if few else 200)
        for end, side in ((low, 1.0), (high, -1.0)):
            if math.isfinite(end):
                marks |= {end + side * width * float(s) for s in steps}
            else:
                marks |= {middle - side * width * float(s) for s in steps}
    (a, b), (c, d) = _support(p), _support(q)
    low, high = min(a, c), max(b, d)
    edges = np.array(sorted(x for x in marks if low <= x <= high and math.isfinite(x)))
    apart = np.append(
        True, np.diff(edges) > 4e-16 * np.maximum(np.abs(edges[1:]), np.abs(edges[:-1]))
    )
    return edges[apart]


def _integrated(
    function: Callable[[np.ndarray], np.ndarray], edges: np.ndarray, *, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return integrals and errors, halving the panels where two rules of Gauss disagree."""
    panels = np.array(list(pairwise(edges)))
    sums, errors, count = np.zeros(8), np.zeros(8), 0
    for turn in range(_ROUNDS):
        if not len(panels):
            break
        middle, half = panels.mean(axis=1), 0.5 * np.diff(panels, axis=1)[:, 0]
        found = []
        for nodes, weights in (_FEW, _MANY):
            x = middle[:, None] + half[:, None] * nodes
            x = np.clip(
                x, np.nextafter(panels[:, :1], np.inf), np.nextafter(panels[:, 1:], -np.inf)
            )
            found.append(np.einsum("kij,j,i->ki", function(x), weights, half))
            count += x.size
        gaps = np.abs(found[0] - found[1])
        enough = 1e-14 * np.maximum(1e-2, np.abs(sums + np.nan_to_num(found[1]).sum(axis=1)))
        bad = (gaps > enough[:, None]).any(axis=0) & (turn < _ROUNDS - 1) & (count < most)
        narrow = half < 1e-15 * np.abs(middle)
        good = ~bad | narrow
        sums += found[1][:, good].sum(axis=1)
        errors += gaps[:, good].sum(axis=1)
        panels, middle = panels[~good], middle[~good]
        panels = np.concatenate(
            [np.column_stack([panels[:, 0], middle]), np.column_stack([middle, panels[:, 1]])]
        )
    return sums, errors
