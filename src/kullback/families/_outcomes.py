"""Distributions whose outcomes can be listed, or lie beside the integers.

Of two densities that are constant between edges, the pieces between all edges are listed.
"""

from __future__ import annotations

import math

import numpy as np

from kullback.families._quadrature import Nodes
from kullback.families.abstract import AbstractFamily

__all__ = ["alone", "common_nodes", "listed_reason", "on_integers", "same_lattice"]

_EPS = float(np.finfo(np.float64).eps)
_MOST = 1 << 20  # integers that are listed beside a law whose outcomes are


def on_integers(p: AbstractFamily, q: AbstractFamily) -> tuple[AbstractFamily, AbstractFamily]:
    """Move two single laws to the integers, where both lie equally beside them.

    A measure of both does not depend on what the outcomes are called.
    """
    (one, a), (other, b) = p._on_integers(), q._on_integers()
    return (one, other) if (a or b) and same_lattice(p, q) else (p, q)


def same_lattice(p: AbstractFamily, q: AbstractFamily) -> bool:
    """Whether two single laws lie equally beside the integers, but for rounding."""
    (one, a), (other, b) = p._on_integers(), q._on_integers()
    if not a and not b:
        return True
    size = 1.0 + max(abs(x) for law in (one, other) for x in _ends(law))
    gap = abs(a - b)
    return min(gap, 1.0 - gap) <= 2.0 * _EPS * size


def _ends(law: AbstractFamily) -> list[float]:
    ends = [float(x) for x in law.support[:2]]
    return [x for x in ends if math.isfinite(x)] or [0.0]


def common_nodes(p: AbstractFamily, q: AbstractFamily) -> Nodes | None:
    """Return what both laws allow, if it can be listed: outcomes, or pieces with their widths."""
    if p.support.discrete != q.support.discrete:
        return None
    if p.support.discrete:
        x = _common(p, q)
        return None if x is None else _nodes(x, np.ones_like(x))
    edges = [law._listed() for law in (p, q)]
    if edges[0] is None or edges[1] is None:
        return None
    low, high = max(x[0] for x in edges), min(x[-1] for x in edges)
    cuts = np.unique(np.clip(np.concatenate(edges), low, max(low, high)))
    width = np.diff(cuts)
    return _nodes(cuts[:-1] + 0.5 * width, width)


def _nodes(x: np.ndarray, weight: np.ndarray) -> Nodes:
    zero = np.zeros_like(x)
    return Nodes(x, np.log(weight), zero + 1.0, zero, zero, zero, zero, method="sum")


def _common(p: AbstractFamily, q: AbstractFamily) -> np.ndarray | None:
    for one, other in ((p, q), (q, p)):
        if (x := one._listed()) is not None:
            return x[(one.log_prob(x) > -np.inf) & (other.log_prob(x) > -np.inf)]
    return None


def _outcomes(law: AbstractFamily) -> np.ndarray | None:
    """Return all outcomes of a single law, if they are listed or few."""
    x = law._listed()
    if x is None:
        low, high = (float(end) for end in law.support[:2])
        if not high - low < _MOST:
            return None
        x = np.arange(low, high + 1.0)
    return x[law.log_prob(x) > -np.inf]


def listed_reason(p: AbstractFamily, q: AbstractFamily, order: float) -> str:
    """Return why a divergence of two discrete laws is infinite, as far as outcomes tell."""
    if not same_lattice(p, q):
        return "infinite.apart"
    x = _common(p, q)
    if x is None:
        return ""
    if not len(x):
        return "infinite.apart"
    mine = _outcomes(p) if order >= 1.0 else x
    return "infinite.support" if mine is None or len(x) < len(mine) else ""


def alone(law: AbstractFamily, common: np.ndarray) -> float:
    """Return the probability of what is not among these outcomes."""
    x = _outcomes(law) if law._listed() is not None else None
    if x is None:
        return max(0.0, 1.0 - math.fsum(np.exp(law.log_prob(common))))
    rest = x[~np.isin(x, common)]
    return math.fsum(np.exp(law.log_prob(rest)))
