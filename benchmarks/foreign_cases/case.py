"""One pair of distributions of another library, and references that owe nothing to kullback."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

__all__ = ["NO_ANSWER", "Case", "Spec", "by_counts", "by_draws", "by_quadrature", "stacked", "swapped"]

Logarithm = Callable[[np.ndarray], np.ndarray]
Reference = tuple[Any, Any]
"""A value, and what it may be off by."""

NO_ANSWER: Reference = ("no answer", 0.0)
"""The reference of what has none: anything but a refusal is wrong."""

_NODES = 1500
_REACH = 5.5
_NONE = 1e-16


class Case(NamedTuple):
    """Two distributions of one class, with other parameters, in one form."""

    library: str  # the name that it is imported by
    name: str  # the class, as the library lists it
    form: str
    make: Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Spec:
    """A class, how it is made of arrays, and the parameters of a pair.

    `sort` is "line" for a density on the line, "counts" for integers from 0 on, and "vector" for
    all else. Numbers are given that float32 holds, so that all forms have the same truth.
    """

    name: str
    build: Callable[..., Any]
    p: dict[str, Any]
    q: dict[str, Any]
    sort: str = "line"
    low: float = -math.inf
    high: float = math.inf
    breaks: tuple[float, ...] = ()  # where a density has a kink or a jump
    batch: Callable[..., Any] | None = None  # how a batch is made, if in another way
    forms: tuple[str, ...] = ("scalar", "batch", "float32")
    coarse: float = 0.0  # what the library's own density is off by


def stacked(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a batch of two."""
    return {name: [a[name], b[name]] for name in a}


# ---------------------------------------------------------------- on the line


def by_quadrature(
    log_p: Logarithm,
    log_q: Logarithm,
    some: np.ndarray,
    low: float,
    high: float,
    breaks: tuple[float, ...] = (),
) -> dict[str, Reference]:
    """Return the measures of two densities by double exponential nodes.

    `some` are draws of the first, which tell where it is.
    """
    inner = [x for x in sorted(breaks) if low < x < high]
    ends = [low, *inner, high]
    if math.isinf(low) and math.isinf(high) and not inner:
        ends = [low, float(np.median(some)), high]
    width = float(np.subtract(*np.quantile(some, [0.75, 0.25]))) or 1.0
    fine, coarse = (_measures(log_p, log_q, ends, width, step) for step in (1, 2))
    return {
        name: (value, 0.0 if math.isinf(value) else 4.0 * abs(value - coarse[name]))
        for name, value in fine.items()
    }


def _measures(
    log_p: Logarithm, log_q: Logarithm, ends: list[float], width: float, step: int
) -> dict[str, float]:
    parts = [_nodes(a, b, width, step) for a, b in zip(ends[:-1], ends[1:], strict=True)]
    x, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return _added(log_p(x), log_q(x), weight)


def _nodes(low: float, high: float, width: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    t = np.linspace(-_REACH, _REACH, _NODES * 2 // step + 1)
    h = t[1] - t[0]
    u, du = 0.5 * np.pi * np.sinh(t), 0.5 * np.pi * np.cosh(t)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if math.isinf(low) or math.isinf(high):
            y = width * np.exp(u)
            x = low + y if math.isfinite(low) else high - y
            weight = h * y * du
        else:
            share = 1.0 / (1.0 + np.exp(-2.0 * u))
            x = low + (high - low) * share
            weight = h * 2.0 * (high - low) * share * (1.0 - share) * du
        kept = (x > low) & (x < high) & np.isfinite(weight) & (weight > 0.0)
        kept &= np.abs(x) < 1e150
    return x[kept], weight[kept]


def _added(log_p: np.ndarray, log_q: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    with np.errstate(all="ignore"):
        share = np.where(np.isfinite(log_p), np.exp(log_p) * weight, 0.0)
        there = share > 1e-300
        own = np.where(there, -share * log_p, 0.0)
        across = np.where(there, -share * log_q, 0.0)
        rest = np.where(there & np.isfinite(log_q), np.expm1(log_q - log_p) * share, 0.0)
    heavy = bool(np.isinf(log_q[share > _NONE]).any())
    if heavy:
        return {"entropy": math.fsum(own), "cross_entropy": math.inf, "kl_divergence": math.inf}
    # Added to every term, q/p - 1 leaves none that is negative, so that digits are kept.
    kl = math.fsum(np.where(there, share * (log_p - log_q) + rest, 0.0)) - math.fsum(rest)
    return {"entropy": math.fsum(own), "cross_entropy": math.fsum(across), "kl_divergence": kl}


def by_counts(log_p: Logarithm, log_q: Logarithm, last: int) -> dict[str, Reference]:
    """Return the measures of two distributions on the integers from 0 on, by adding them up."""
    x = np.arange(last + 1.0)
    found = _added(log_p(x), log_q(x), np.ones(x.shape))
    return {name: (value, 1e-13) for name, value in found.items()}


# ---------------------------------------------------------------- of several dimensions


def by_draws(log_p: np.ndarray, log_q: np.ndarray) -> dict[str, Reference]:
    """Return means over draws of p, and five of their standard errors."""
    if np.isinf(log_q).any():
        across = kl = (math.inf, 0.0)
    else:
        across, kl = _mean(-log_q), _mean(log_p - log_q)
    return {"entropy": _mean(-log_p), "cross_entropy": across, "kl_divergence": kl}


def _mean(terms: np.ndarray) -> Reference:
    return float(np.mean(terms)), 5.0 * float(np.std(terms)) / math.sqrt(len(terms))


def swapped(
    both: Iterator[dict[str, Reference]] | list[dict[str, Reference]],
) -> dict[str, Reference]:
    """Return the references of a batch from those of its two members."""
    there, back = both
    return {
        name: (np.array([there[name][0], back[name][0]]), np.array([there[name][1], back[name][1]]))
        for name in there
        if name in back
    }
