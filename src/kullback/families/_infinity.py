"""Where a measure of two laws is infinite: because of their supports, or of their tails."""

from __future__ import annotations

import math

import numpy as np

from kullback.errors import KullbackError
from kullback.families._ends import tails_of
from kullback.families._outcomes import listed_reason
from kullback.families.abstract import AbstractFamily, Tail

__all__ = ["moment_exists", "reason_infinite", "undecided"]

_FLAT = Tail("none")
# To which numbers of a measured tail are right: rounding, times the logarithms of large sizes.
_MEASURED = 1e-9


def reason_infinite(p: AbstractFamily, q: AbstractFamily, order: float = 1.0) -> str:
    """Return the key of the reason why a divergence of an order is infinite, or nothing.

    Order 1 is that of the KL divergence, which is infinite where the cross-entropy is. The laws
    are single ones of NumPy.
    """
    if reason := _reason_of_outcomes(p, q, order):
        return reason
    a, b = p.support, q.support
    if order < 1.0:
        return ""
    if a.low < b.low or a.high > b.high:
        return "infinite.support"
    ends = zip(tails_of(p), tails_of(q), (a.low, a.high), (b.low, b.high), strict=True)
    for mine, other, here, there in ends:
        far = math.isinf(here)
        if (a.discrete and not far) or "unknown" in (mine.kind, other.kind):
            continue
        if math.isinf(order) and here == there and _cancel(mine, other):
            continue  # `undecided`
        if not _converges(mine, other if here == there else _FLAT, order, far=far):
            return "infinite.tail"
    return ""


def _reason_of_outcomes(p: AbstractFamily, q: AbstractFamily, order: float) -> str:
    """Return the reason that lies in what both laws allow."""
    a, b = p.support, q.support
    if a.discrete != b.discrete:
        return "infinite.kinds"
    if max(a.low, b.low) > min(a.high, b.high):
        return "infinite.apart"
    if not a.discrete and max(a.low, b.low) == min(a.high, b.high):
        return "infinite.apart"
    return listed_reason(p, q, order) if a.discrete else ""


def moment_exists(p: AbstractFamily, order: float) -> bool:
    """Whether the integral of p^order converges; of infinite order, whether p is bounded."""
    support = p.support
    for tail, end in zip(tails_of(p), (support.low, support.high), strict=True):
        far = math.isinf(end)
        if order == 0.0:  # the length of the support
            converges = not far
        elif tail.kind == "unknown" or (support.discrete and (not far or order >= 1.0)):
            continue
        elif math.isinf(order):
            converges = _falls(_growth(tail), tail.a, 0.0, far=far, closed=True, doubt=tail.doubt)
        else:
            growth = {g: order * c for g, c in _growth(tail).items()}
            doubt = order * tail.doubt
            converges = _falls(growth, order * tail.a, 1.0, far=far, doubt=doubt)
        if not converges:
            return False
    return True


def undecided(p: AbstractFamily, q: AbstractFamily) -> bool:
    """Whether the bound of p/q hangs on what `Tail` leaves out: leading terms cancel."""
    a, b = p.support, q.support
    ends = zip(tails_of(p), tails_of(q), (a.low == b.low, a.high == b.high), strict=True)
    return not _same(p, q) and any(shared and _cancel(*pair) for *pair, shared in ends)


def _cancel(p: Tail, q: Tail) -> bool:
    """Whether leading terms cancel, as far as that can be seen, and the next is not known."""
    known = not (math.isnan(p.b) or math.isnan(q.b))
    return (
        not known
        and p.c != 0.0
        and p.kind == q.kind
        and all(math.isclose(*pair, rel_tol=_MEASURED) for pair in ((p.k, q.k), (p.c, q.c)))
    )


def _same(p: AbstractFamily, q: AbstractFamily) -> bool:
    inner = [getattr(law, "laws", ()) for law in (p, q)]
    return (
        type(p) is type(q)
        and len(inner[0]) == len(inner[1])
        and all(map(np.array_equal, p.arrays, q.arrays))
        and all(map(_same, *inner))
    )


def _converges(p: Tail, q: Tail, order: float, *, far: bool) -> bool:
    """Whether the mean of -log q under p, or that of (p/q)^(order - 1), converges at one end.

    The integrand is y^-a times the exponential of minus a sum of c g(y): the fastest growing g
    decides, and without any the exponent a.
    """
    a, growth = p.a, _growth(p)
    doubt = p.doubt + q.doubt
    if order == 1.0:
        a -= _slower(q)
        growth = _sum(growth, {(2, 1.0): -q.k} if q.kind == "exponential" and q.c else {})
        return _falls(growth, a, 1.0, far=far, doubt=doubt)
    if math.isinf(order):
        growth = _sum(growth, _growth(q), -1.0)
        return _falls(growth, p.a - q.a, 0.0, far=far, closed=True, doubt=doubt)
    growth = _sum({g: order * c for g, c in growth.items()}, _growth(q), 1.0 - order)
    a, doubt = order * p.a + (1.0 - order) * q.a, order * p.doubt + abs(1.0 - order) * q.doubt
    return _falls(growth, a, 1.0, far=far, doubt=doubt)


def _growth(tail: Tail) -> dict[tuple[int, float], float]:
    """Return the coefficient by the rank of what grows, the fastest the highest."""
    if tail.c == 0.0 or tail.kind == "none":
        return {}
    linear = {} if math.isnan(tail.b) else {(2, 1.0): tail.b}
    return _sum(linear, {(tail.rank, abs(tail.k)): tail.c})


def _slower(q: Tail) -> float:
    """Return the power with which -log q grows, where it grows like a power."""
    if q.c == 0.0:
        return 0.0
    return {"power": q.k, "factorial": 1.0}.get(q.kind, 0.0)


def _sum(
    a: dict[tuple[int, float], float], b: dict[tuple[int, float], float], share: float = 1.0
) -> dict[tuple[int, float], float]:
    # Powers that were measured are the same ones where only rounding tells them apart.
    names = {g: next((h for h in a if h == g or _alike(h, g)), g) for g in b}
    total = dict(a)
    for g, c in b.items():
        total[names[g]] = total.get(names[g], 0.0) + share * c
    return total


def _alike(g: tuple[int, float], h: tuple[int, float]) -> bool:
    return g[0] == h[0] and math.isclose(g[1], h[1], rel_tol=_MEASURED)


def _falls(
    growth: dict[tuple[int, float], float],
    a: float,
    bound: float,
    *,
    far: bool,
    closed: bool = False,
    doubt: float = 0.0,
) -> bool:
    """Whether exp(-growth) y^-a can be integrated (bound 1), or has a bound (0, closed).

    Raises
    ------
    KullbackError
        If that hangs on more digits than a has that was measured.
    """
    for _, c in sorted(growth.items(), reverse=True):
        if c != 0.0:
            return c > 0.0
    if closed and abs(a - bound) <= doubt:
        return True
    if 0.0 < abs(a - bound) <= doubt:
        raise KullbackError("ladder.tails")
    return a > bound if far else a < bound
