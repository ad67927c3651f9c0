"""Nodes over which laws are summed or integrated while parameters are looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from kullback.families._quadrature import Nodes, integral_nodes, sum_nodes
from kullback.families.abstract import AbstractFamily

__all__ = ["nodes_between", "nodes_of"]

# The rules do far better than what they are asked for.
_TOLERANCE = 1e-12
# Marks that are nearer to each other, as a share of all they span, are one.
_APART = 1e-9


def nodes_between(
    integrand: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    marks: Iterable[float],
    *,
    discrete: bool,
) -> Nodes:
    """Return nodes that sum or integrate what is smooth but for some marks."""
    inner = np.unique([x for x in marks if low < x < high])
    width = float(np.ptp(inner)) if len(inner) > 1 else 0.0
    cuts = inner[np.diff(inner, prepend=-np.inf) > _APART * width].tolist()
    if discrete:
        return sum_nodes(integrand, low, high, cuts, _TOLERANCE)
    return integral_nodes(integrand, [low, *cuts, high], width or 1.0, _TOLERANCE)


def nodes_of(
    integrand: Callable[[np.ndarray], np.ndarray], p: AbstractFamily, q: AbstractFamily
) -> Nodes:
    """Return nodes for a mean under p, of what p and q are smooth in."""
    marks = [x for law in (p, q) for x in law._landmarks()]
    low, high = float(p.support.low), float(p.support.high)
    return nodes_between(integrand, low, high, marks, discrete=p.support.discrete)
