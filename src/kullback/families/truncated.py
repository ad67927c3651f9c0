r"""A law cut off at one side or at both: what it would be, known to lie between two bounds.

.. math:: g(x) = \frac{f(x)}{P(a \le X \le b)}, \qquad a \le x \le b
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import numpy as np

from kullback._array import (
    Array,
    detached,
    first_failure,
    has_gradient,
    is_numpy,
    is_traced,
    like,
    namespace,
)
from kullback._kernels.special import special
from kullback.errors import KullbackError
from kullback.families._quadrature import integral_nodes, sum_nodes
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails
from kullback.families.composite import AbstractComposite, AbstractFrozen, log_density_anywhere
from kullback.families.normal import Normal
from kullback.families.parameters import Range, parameter

__all__ = ["Truncated"]

_TOLERANCE = 1e-15
_LEVELS = (1e-9, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-9)
# Probabilities below have lost digits, and quantiles of the law that was cut cannot be asked for.
_FAINT = 1e-280
_NOTHING = 1e-30
# Of a law on the integers without end, as many are looked at before it counts as smooth.
_BLOCK = 1 << 14
# Distances at which a far tail is cut in pieces, beside that over which it falls to a third.
_FALLS = np.array([0.25, 1.0, 4.0, 16.0, 64.0])
_EPS = float(np.finfo(np.float64).eps)
_BLURRED = 1e-9


class _Bound(Range):
    """Any number, infinities among them."""

    __slots__ = ()

    def holds(self, x: Array) -> Array:
        """Whether it is not NaN."""
        return x == x  # noqa: PLR0124 (as NaN is not)


_BOUND = _Bound("a number")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truncated(AbstractComposite):
    """A law on the line given that it falls between two bounds, which belong to it.

    The probability of what is kept is integrated, so that it has all its digits far out in a tail
    and between close bounds. Gradients reach the law's parameters and the bounds. Inside `jit`
    and `vmap`, where nothing can be integrated, only the normal law can be cut.

    Parameters
    ----------
    law : AbstractFamily
        What is cut off.
    low : array, shape (...), default -inf
        a.
    high : array, shape (...), default inf
        b.

    Raises
    ------
    KullbackError
        If nothing of the law is between the bounds, or if it is not a law on the line.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Normal, Truncated
    >>> far_out = Truncated(Normal(mean=0.0, std=1.0), low=10.0)
    >>> round(float(kb.entropy(far_out)), 6)
    -1.32188
    >>> round(float(far_out.mean), 6)
    10.098093
    """

    law: AbstractFamily
    _: KW_ONLY
    low: Array = parameter(_BOUND, default=-math.inf)
    high: Array = parameter(_BOUND, default=math.inf)

    def __post_init__(self) -> None:
        super(Truncated, self).__post_init__()
        if self.law.event_shape:
            raise KullbackError("truncated.vector", law=type(self.law).__name__)
        if is_traced(*self.arrays):
            return
        low, high, discrete = self.support
        room = (low <= high) if discrete else (low < high)
        if failure := first_failure(room, namespace(low).broadcast_to(low, room.shape)):
            place = f"[{failure[0]}]" if failure[0] else ""
            raise KullbackError("truncated.empty", law=type(self.law).__name__, place=place)

    @property
    def support(self) -> Support:
        """What the bounds leave of the law's support."""
        low, high, discrete = self.law.support
        xp = namespace(*self.arrays)
        a, b = (xp.ceil(self.low), xp.floor(self.high)) if discrete else (self.low, self.high)
        return Support(xp.maximum(low, a), xp.minimum(high, b), discrete)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return self._log_density_from(xp, None, x)

    @property
    def _digits(self) -> bool:
        return self.law._digits or _mass(self).far

    def _log_density_from(self, xp: Any, origin: Array | None, x: Array) -> Array:
        shape = self.batch_shape
        if is_traced(*map(detached, self.arrays)):
            return log_density_anywhere(xp, self.law, x, origin) - _log_mass_traced(xp, self)
        if is_numpy(*self.arrays) and not shape:
            mass = _mass(self)
            return _level(xp, self.law, origin, x, mass) - mass.log
        laws = [self.at(index, shape) for index in np.ndindex(*shape)]
        masses = [_mass(law.in_numpy()) for law in laws]
        log_mass = xp.reshape(xp.stack([law._log_mass(xp) for law in laws]), shape)
        plain = log_density_anywhere(xp, self.law, x, origin)
        if not any(mass.far for mass in masses):
            return plain - log_mass
        far = like(np.reshape([mass.far for mass in masses], shape), x)
        start = like(np.reshape([mass.origin for mass in masses], shape), x)
        step = _step(origin, x, start)
        rise = self.law._rise(
            xp, xp.where(far, start, self.law.support.inner(xp)), xp.where(far, step, 0.0)
        )
        return xp.where(far, rise, plain) - log_mass

    def _log_mass(self, xp: Any) -> Array:
        """Return the logarithm of a single law as a sum over nodes, which can be differentiated."""
        anchor = self.arrays[0]
        mass = _mass(self.in_numpy())
        if not has_gradient(*self.arrays):
            return like(np.float64(mass.log), anchor)
        x, weight = like(mass.x, anchor), like(mass.weight, anchor)
        level = _level(xp, self.law, mass.origin, x, mass)
        share = xp.sum(weight * xp.exp(level - mass.log))
        if not self.support.discrete:
            share = share + self._ends(xp, mass)
        return mass.log + xp.log(share)

    def _ends(self, xp: Any, mass: _Mass) -> Array:
        """Return 0, with the derivative of the share of what is kept by where its ends are."""
        total = 0.0
        for end, sign in ((self.support.low, -1.0), (self.support.high, 1.0)):
            here = detached(end)
            law = self.law.map(detached)
            density = xp.exp(_level(xp, law, None, here, mass) - mass.log)
            moves = (xp.abs(here) < math.inf) & (density < math.inf)
            move = xp.where(moves, end, 0.0) - xp.where(moves, here, 0.0)
            total = total + sign * xp.where(moves, density, 0.0) * move
        return total

    def _scipy(self) -> Any:
        return _Frozen(self.law._scipy(), *self.support)

    def _tails(self) -> Tails:
        support, cut = self.support, Tail("none")
        left, right = self.law._tails()
        return (
            left if support.low == self.law.support.low else cut,
            right if support.high == self.law.support.high else cut,
        )

    def _landmarks(self) -> list[float]:
        return self._landmarks_from(0.0)

    def _landmarks_from(self, origin: float) -> list[float]:
        low, high = (float(end) - origin for end in self.support[:2])
        inner = [x for x in self.law._landmarks_from(origin) if low < x < high]
        x, share = _mass(self).shares()
        found = np.searchsorted(np.cumsum(share), np.array(_LEVELS) * share.sum())
        shift = _mass(self).origin - origin
        return sorted({*inner, *(shift + float(x[min(i, len(x) - 1)]) for i in found)})

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape), without gradient; inf where there is none."""
        return self._by_law(lambda law: _mass(law).origin + law._moment(1, 0.0))

    @property
    def variance(self) -> Array:
        """The variance, shape (*batch_shape), without gradient; inf where there is none."""
        return self._by_law(lambda law: law._moment(2, law._moment(1, 0.0)))

    def _by_law(self, function: Callable[[Truncated], float]) -> Array:
        shape, law = self.batch_shape, self.in_numpy()
        values = [function(law.at(index, shape)) for index in np.ndindex(*shape)]
        return self._as_given(np.reshape(np.asarray(values), shape))

    def _moment(self, k: int, about: float) -> float:
        """Return the mean of (x - about)^k, from its origin; a heavy tail makes it infinite."""
        for end, tail, side in zip(self.support[:2], self._tails(), (-1.0, 1.0), strict=True):
            heavy = tail.kind == "none" or tail.c == 0.0
            if math.isinf(end) and heavy and tail.a <= k + 1:
                return side**k * math.inf
        x, share = _mass(self).shares()
        return math.fsum(share * (x - about) ** k) / math.fsum(share)


class _Mass(NamedTuple):
    """What is left of a law: the logarithm of its probability, and where it is.

    In a far tail the origin is the end where the density is largest, and the probability is a
    multiple of the density there.
    """

    origin: float
    far: bool
    log: float
    x: np.ndarray  # nodes, as distances from the origin
    weight: np.ndarray
    density: np.ndarray

    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the nodes in order, and their shares of the probability."""
        order = np.argsort(self.x)
        return self.x[order], (self.weight * self.density)[order]


def _level(xp: Any, law: AbstractFamily, origin: Any, x: Array, mass: _Mass) -> Array:
    """Return log f(origin + x), or by how much it is above that at the start of a far tail."""
    if mass.far:
        return law._rise(xp, mass.origin, _step(origin, x, mass.origin))
    return log_density_anywhere(xp, law, x, origin)


def _step(origin: Any, x: Array, start: Any) -> Array:
    return x - start if origin is None else (origin - start) + x


@lru_cache(maxsize=64)  # the ladder asks for the density of one law many times
def _mass(law: Truncated) -> _Mass:
    """Integrate what is left of a single law of NumPy."""
    base = law.law
    low, high, discrete = float(law.support.low), float(law.support.high), law.support.discrete
    marks = sorted({x for x in base._landmarks() if math.isfinite(x)})
    far = not discrete and (high < marks[0] or low > marks[-1])
    origin = 0.0
    if far:
        origin = high if high < marks[0] else low
    elif base._digits and not discrete:
        origin = marks[len(marks) // 2]
    low, high = low - origin, high - origin
    with np.errstate(all="ignore"):
        if far:
            side = 1.0 if low == 0.0 else -1.0
            width = _fall(base, origin, side, high - low)
            marks = sorted(side * width * _FALLS)
        else:
            marks = sorted({x for x in base._landmarks_from(origin) if math.isfinite(x)})
            width = max(marks[-1] - marks[0], 1e-300)
        inner = [x for x in marks if low < x < high]

        def log_density(x: np.ndarray) -> np.ndarray:
            if far:
                return base._rise(np, np.float64(origin), x)
            return log_density_anywhere(np, base, x, origin or None)

        ends = [x for x in (low, high) if math.isfinite(x)]
        beside = width * 2.0 ** -np.arange(0.0, 64.0, 2.0)
        points = np.array([*inner, *ends, *(low + beside), *(high - beside)])
        found = log_density(points[(points >= low) & (points <= high)])
        peak = float(np.max(found, where=np.isfinite(found), initial=-math.inf))
        if peak == -math.inf:
            raise KullbackError("truncated.empty", law=type(base).__name__, place="")

        def relative(x: np.ndarray) -> np.ndarray:
            return np.exp(log_density(x) - peak)

        if not discrete:
            cuts = [low, *inner, high]
            nodes = integral_nodes(relative, cuts, width, _TOLERANCE, around=base._digits or far)
        elif math.isinf(high) and _ends_within(relative, low):
            nodes = sum_nodes(relative, low, low + _BLOCK, [], _TOLERANCE)
        else:
            nodes = sum_nodes(relative, low, high, inner, _TOLERANCE)
        x, weight = nodes.x, nodes.weight
        density = relative(x)
    total = math.fsum(weight * density)
    kept = weight * density > _NOTHING * total
    return _Mass(origin, far, peak + math.log(total), x[kept], weight[kept], density[kept] / total)


def _fall(law: AbstractFamily, start: float, side: float, room: float) -> float:
    """Return how far beyond the start of a far tail the density has fallen to a third."""
    steps = 2.0 ** np.arange(-1074.0, 1023.0)
    steps = steps[steps < room]
    kept = law._rise(np, np.float64(start), side * steps) > -1.0
    width = float(steps[-1] if kept.all() else steps[np.argmin(kept)])
    own = type(getattr(law, "law", law))._rise is not AbstractFamily._rise
    level = abs(float(law._log_density(np, np.float64(start))))
    # A rise that is a difference of large numbers has no digits.
    if not own and not max(level, abs(start) / width) * _EPS < _BLURRED:
        raise KullbackError("truncated.far", law=type(law).__name__, at=f"{start:g}")
    return width


def _ends_within(density: Callable[[np.ndarray], np.ndarray], low: float) -> bool:
    """Whether the integers from `low` on are next to nothing after a block of them."""
    found = density(np.arange(low, low + _BLOCK))
    return bool(found[-1] * _BLOCK < 1e-25 * found.sum())


def _log_mass_traced(xp: Any, law: Truncated) -> Array:
    """Return log P(a <= X <= b) from distribution functions that the library itself has."""
    base = law.law
    if not isinstance(base, Normal):
        raise KullbackError("truncated.traced", law=type(base).__name__)
    a, b = ((x - base.mean) / base.std for x in (law.low, law.high))
    # On the side where both bounds are in the tail, probabilities keep their digits.
    upper = a + b > 0.0
    near = special("log_ndtr", xp.where(upper, -a, b))
    far = special("log_ndtr", xp.where(upper, -b, a))
    open_ = far > -math.inf
    gap = xp.where(open_, far - near, -1.0)
    return near + xp.where(open_, xp.log(-xp.expm1(gap)), 0.0)


class _Frozen(AbstractFrozen):
    """Distribution function, quantiles and draws of what is left of a law."""

    def __init__(self, law: Any, low: np.ndarray, high: np.ndarray, discrete: bool) -> None:
        self.law, self.low, self.high, self.discrete = law, low, high, discrete
        below = low - 1.0 if discrete else low
        self.upper = law.cdf(below) > 0.5
        with np.errstate(divide="ignore"):
            self.above = law.logsf(below), law.logsf(high)
            self.below = law.logcdf(high), law.logcdf(below)

    def cdf(self, x: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            a, b = self.above
            c, d = self.below
            inner = np.clip(x, self.low, self.high)
            up = np.expm1(self.law.logsf(inner) - a) / np.expm1(b - a)
            down = (np.exp(self.law.logcdf(inner) - c) - np.exp(d - c)) / -np.expm1(d - c)
        found = np.clip(np.where(self.upper, up, down), 0.0, 1.0)
        return np.where(x < self.low, 0.0, np.where(x >= self.high, 1.0, found))

    def sf(self, x: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            a, b = self.above
            c, d = self.below
            inner = np.clip(x, self.low, self.high)
            up = (np.exp(self.law.logsf(inner) - a) - np.exp(b - a)) / -np.expm1(b - a)
            down = np.expm1(self.law.logcdf(inner) - c) / np.expm1(d - c)
        found = np.clip(np.where(self.upper, up, down), 0.0, 1.0)
        return np.where(x < self.low, 1.0, np.where(x >= self.high, 0.0, found))

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        shape = np.broadcast_shapes(u.shape, np.shape(self.low), np.shape(self.high))
        low, high = np.broadcast_to(self.low, shape), np.broadcast_to(self.high, shape)
        step = self.law.ppf(0.75) - self.law.ppf(0.25) + 1e-300
        inside = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
        while np.isinf(low).any() or np.isinf(high).any():
            left, right = inside - step, inside + step
            under = self.sf(left) >= u if upper else self.cdf(left) <= u
            over = self.sf(right) <= u if upper else self.cdf(right) >= u
            low = np.where(np.isinf(low) & under, left, low)
            high = np.where(np.isinf(high) & over, right, high)
            step = 2.0 * step
            if np.isinf(step).any():
                break
        return low, high

    def ppf(self, u: Any) -> np.ndarray:
        a, b, c, d = (np.exp(x) for x in (*self.above, *self.below))
        if np.any(np.where(self.upper, a - b, c - d) < _FAINT) or self.discrete:
            return super().ppf(u)
        u = np.asarray(u, dtype=np.float64)
        up, down = self.law.isf(a - u * (a - b)), self.law.ppf(d + u * (c - d))
        return np.clip(np.where(self.upper, up, down), self.low, self.high)
