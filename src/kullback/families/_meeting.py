r"""How nodes move where both densities of a pair break at one place, and only one of them moves.

With what is integrated written :math:`\varphi(p, q)`, and the densities on both sides of the place
:math:`p_\pm` and :math:`q_\pm`, a motion of p to the one side and to the other has one derivative
where

.. math:: \varphi(p_+, q_+) - \varphi(p_-, q_+) - \varphi(p_+, q_-) + \varphi(p_-, q_-)

vanishes: where one of the two does not jump. Nodes then follow the one that does. Where a motion
to one side makes a measure infinite, the derivative is that to the other, and nodes follow the
distribution that they are integrated under.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import numpy as np

from kullback._array import Array, detached, has_gradient, to_numpy
from kullback.errors import KullbackError
from kullback.families._following import mean_motion
from kullback.families._sums import Trace
from kullback.families._terms import Measure
from kullback.families.abstract import AbstractFamily
from kullback.families.composite import log_density_anywhere
from kullback.families.mixture import Mixture

__all__ = ["Motions", "motions"]

# Distances beside a place, as shares of those to the nodes and of the place itself.
_BESIDE, _LEAST = np.array([2.0**-20, 2.0**-14]), 2.0**-40
# A share that counts for nothing, and the least power of the distance that vanishes clearly.
_NOTHING, _VANISHES = 1e-9, 0.02
# By how much the logarithms of a density that does not jump differ.
_LEVEL = 1e-3


class _Break(NamedTuple):
    side: int  # 0 of p, 1 of q
    law: AbstractFamily  # of NumPy
    ends: list[Array]


class Motions(NamedTuple):
    """How the places move where densities break, and whether a support alone limits the nodes.

    Then what only the other distribution allows is what is missing of 1 at the nodes.
    """

    of: dict[float, Array]
    within: bool = False


def motions(trace: Trace, p: AbstractFamily, q: AbstractFamily, verb: str) -> Motions:
    """Return 0 with the gradient that nodes follow, at every place where a density breaks."""
    both = p.in_numpy(), q.in_numpy()
    found: dict[float, list[_Break]] = {}
    for side, law in enumerate((p, q)):
        for part, single in _parts(law, both[side]):
            here: dict[float, list[Array]] = {}
            for end in part._breaks():
                here.setdefault(float(to_numpy(end)), []).append(end)
            for place, ends in here.items():
                found.setdefault(place, []).append(_Break(side, single, ends))
    moves, within = {}, False
    for place, breaks in found.items():
        if trace.low <= place <= trace.high and math.isfinite(place):
            moves[place], limited = _motion(trace, both, place, breaks, verb)
            within |= limited
    return Motions(moves, within)


def _parts(
    law: AbstractFamily, single: AbstractFamily
) -> Iterator[tuple[AbstractFamily, AbstractFamily]]:
    """Yield a distribution, or the components of a mixture."""
    if isinstance(law, Mixture) and isinstance(single, Mixture):
        weights = detached(law.weights)
        for k, (part, other) in enumerate(zip(law.components, single.components, strict=True)):
            if bool(weights[k] > 0):
                yield from _parts(part, other)
    else:
        yield law, single


def _motion(
    trace: Trace,
    both: tuple[AbstractFamily, AbstractFamily],
    place: float,
    breaks: list[_Break],
    verb: str,
) -> tuple[Array, bool]:
    def mean(some: list[_Break]) -> Array:
        return mean_motion([end for one in some for end in one.ends])

    if len(breaks) == 1 or not has_gradient(*(end for one in breaks for end in one.ends)):
        return mean(breaks), False
    if trace.nodes.method != "quadrature":  # one point, or a sum over integers
        return mean(breaks), False
    logs = _Beside(trace, place)
    rank = [logs.rank(one.law) for one in breaks]
    for side in (0, 1):  # components of one mixture
        own = [k for k, one in enumerate(breaks) if one.side == side and rank[k] <= _VANISHES]
        if len(own) > 1 and has_gradient(*(end for k in own for end in breaks[k].ends)):
            raise KullbackError("ladder.gradient", verb=verb)
    base = logs.base(trace.measure, both)
    if base is None:
        raise KullbackError("ladder.gradient", verb=verb)
    least = min(rank)
    if base >= 0:
        led = [k for k, one in enumerate(breaks) if one.side == base]
        led = led or [k for k, of in enumerate(rank) if of == least]
    else:
        led = [k for k, of in enumerate(rank) if of == least]
    # Where a density has no bound its slopes are vast, and would cancel only but for rounding.
    if least < -_VANISHES and has_gradient(*(end for one in breaks for end in one.ends)):
        raise KullbackError("ladder.gradient", verb=verb)
    return mean([breaks[k] for k in led]), base >= 0


class _Beside:
    """Densities at two distances on both sides of a place."""

    def __init__(self, trace: Trace, place: float) -> None:
        away = np.abs(trace.nodes.origin + trace.nodes.x - place)
        away = away[(away > 0.0) & np.isfinite(away)]
        room = float(np.median(away)) if len(away) else 1.0
        self.place, self.y = place, max(room * _BESIDE[0], abs(place) * _LEAST) / _BESIDE[0]

    def logs(self, law: AbstractFamily, *, times: float = 1.0) -> np.ndarray:
        """Return the logarithms, a row for below and a row for above."""
        away = self.y * _BESIDE * times
        x = np.stack([self.place - away, self.place + away])
        with np.errstate(all="ignore"):
            return np.asarray(log_density_anywhere(np, law, x), dtype=np.float64)

    def rank(self, law: AbstractFamily) -> float:
        """Return the least power with which a density behaves, and 1 where it does not jump."""
        logs = self.logs(law)
        below, above = logs[:, 0]
        if abs(below - above) <= _LEVEL:
            return 1.0
        return min(_power(*row) if row[0] > -np.inf else math.inf for row in logs)

    def base(self, measure: Measure, both: tuple[AbstractFamily, AbstractFamily]) -> int | None:
        """Return whether nodes are to follow p, 0, or q, 1, or what jumps, -1; None if neither."""
        log_p, log_q = (self.logs(law) for law in both)

        def term(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return np.asarray(measure.term(np, a, b, np.zeros_like(a)))

        without_q, without_p = _forbids(measure)
        here, there = log_p > -np.inf, log_q > -np.inf
        if without_q and bool((here & ~there[::-1]).any()):
            side, law = 0, both[1]
        elif without_p and bool((there & ~here[::-1]).any()):
            side, law = 1, both[0]
        else:
            mixed = term(log_p, log_q) - term(log_p[::-1], log_q)
            mixed = (mixed - term(log_p, log_q[::-1]) + term(log_p[::-1], log_q[::-1]))[1]
            scale = np.abs(term(log_p, log_q)) + np.exp(log_p) + np.exp(log_q)
            return -1 if _vanishes(mixed, scale.max(axis=0)) else None
        moved = self.logs(law, times=2.0)
        new = term(moved, log_q) if side else term(log_p, moved)
        old = term(log_p, log_q)
        linear = (measure.only_p if side else measure.only_q) * (
            np.exp(moved) - np.exp(log_p if side else log_q)
        )
        rows = new - old - linear
        return side if all(_vanishes(*row) for row in zip(rows, np.abs(old), strict=True)) else None


def _forbids(measure: Measure) -> tuple[bool, bool]:
    """Whether a measure is infinite where q, and where p, is nothing and the other is not."""
    given: Any = getattr(cast("Any", measure.doubt), "keywords", {})
    ends = (math.isinf(given.get(name, 0.0)) for name in ("slope", "at_zero"))
    without_q, without_p = ends
    return measure.strict or without_q, without_p


def _power(near: float, far: float) -> float:
    return float((far - near) / math.log(_BESIDE[1] / _BESIDE[0]))


def _vanishes(size: np.ndarray, scale: np.ndarray) -> bool:
    """Whether a number falls as a power of the distance, given what counts as nothing beside it."""
    near, far = np.abs(size)
    if not near > _NOTHING * scale[0]:
        return bool(near <= _NOTHING * scale[0])
    return _power(math.log(near), math.log(max(far, near * 1e-300))) > _VANISHES
