r"""A law cut off at one side or at both: what it would be, known to lie between two bounds.

.. math:: g(x) = \frac{f(x)}{P(a \le X \le b)}, \qquad a \le x \le b
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, final

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
from kullback.families._ends import tails_of
from kullback.families._following import lost, motions_of, moved
from kullback.families._remaining import Remaining, level_of, moment, remaining
from kullback.families._table import Counts, Table
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails
from kullback.families.composite import AbstractComposite, AbstractFrozen, log_density_anywhere
from kullback.families.normal import Normal
from kullback.families.parameters import Range, parameter

__all__ = ["Truncated"]

_LEVELS = (1e-9, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-9)
# Of a probability below, what SciPy gives of the law that was cut has lost too many digits.
_FAINT = 1e-6
# Of so many integers that they are integrated, a probability below is no float that SciPy knows.
_LEAST = 1e-280


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
        if self.law.support.discrete and not self.law._whole:
            raise KullbackError("truncated.integers", law=self.law._title)
        low, high, discrete = self.support
        room = (low <= high) if discrete else (low < high)
        if failure := first_failure(room, namespace(low).broadcast_to(low, room.shape)):
            place = f"[{failure[0]}]" if failure[0] else ""
            raise KullbackError("truncated.empty", law=type(self.law).__name__, place=place)

    def _guessed(self, x: np.ndarray) -> np.ndarray:
        return self.law._guessed(x)

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
        return self.law._digits or self._rest.far

    def _log_density_from(self, xp: Any, origin: Array | None, x: Array) -> Array:
        shape = self.batch_shape
        if is_traced(*map(detached, self.arrays)):
            return log_density_anywhere(xp, self.law, x, origin) - _log_mass_traced(xp, self)
        if is_numpy(*self.arrays) and not shape:
            rest = self._rest
            return level_of(xp, self.law, origin, x, rest) - rest.log
        laws = [self.at(index, shape) for index in np.ndindex(*shape)]
        rests = [law.in_numpy()._rest for law in laws]
        both = zip(laws, rests, strict=True)
        log_mass = xp.reshape(xp.stack([law._log_mass(xp, rest) for law, rest in both]), shape)
        plain = log_density_anywhere(xp, self.law, x, origin)
        if not any(rest.far for rest in rests):
            return plain - log_mass
        far = like(np.reshape([rest.far for rest in rests], shape), x)
        start = like(np.reshape([rest.start if rest.far else 0.0 for rest in rests], shape), x)
        step = x - start if origin is None else (origin - start) + x
        rise = self.law._rise(
            xp, xp.where(far, start, self.law.support.inner(xp)), xp.where(far, step, 0.0)
        )
        return xp.where(far, rise, plain) - log_mass

    def _breaks(self) -> list[Array]:
        return [*self.support[:2], *self.law._breaks()]

    @property
    def _rest(self) -> Remaining:
        """What is left of a single law of NumPy."""
        low, high, _ = self.support
        return remaining(self.law, float(low), float(high))

    def _log_mass(self, xp: Any, rest: Remaining) -> Array:
        """Return the logarithm of a single law as a sum over nodes, which can be differentiated."""
        anchor = self.arrays[0]
        if not has_gradient(*self.arrays):
            return like(np.float64(rest.log), anchor)
        origin, x = rest.seen_by(self.law)
        origin = None if origin is None else like(origin, anchor)
        nodes, single = rest.nodes, self.in_numpy()
        low, high, discrete = single.support
        move, stretch = 0.0, 0.0
        if not discrete:
            motions = motions_of(self._breaks(), float(low), float(high))
            move, stretch = moved(xp, nodes, anchor, motions)
        level = level_of(xp, self.law, origin, like(x, anchor) + move, rest)
        if not rest.far:
            level = level + lost(xp, self.law, nodes)
        grown = xp.exp(level - detached(level) + stretch)
        return rest.log + xp.log(xp.sum(like(rest.share, anchor) * grown))

    def _scipy(self) -> Any:
        frozen, shape = (
            _Frozen(self.law._scipy(), *self.support, self.batch_shape),
            self.batch_shape,
        )
        kept = np.broadcast_to(frozen.probability(), shape)
        for index in np.ndindex(*shape):
            if kept[index] > _FAINT:
                continue
            law = self.at(index, shape)
            low, high, discrete = law.support
            if not discrete:
                frozen.tables[index] = Table(law.law, float(low), float(high), law._rest)
            elif not kept[index] > _LEAST or law._rest.few:
                frozen.tables[index] = Counts(law.law, float(low), law._rest)
        return frozen

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
        x, share = self._rest.places(origin)
        found = np.searchsorted(np.cumsum(share), np.array(_LEVELS) * share.sum())
        return sorted({*inner, *x[np.minimum(found, len(x) - 1)].tolist()})

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape), without gradient; inf where there is none."""
        return self._by_law(lambda law: law._rest.centre + law._moment(1, 0.0))

    @property
    def variance(self) -> Array:
        """The variance, shape (*batch_shape), without gradient; inf where there is none."""
        return self._by_law(lambda law: law._moment(2, law._moment(1, 0.0)))

    def _by_law(self, function: Callable[[Truncated], float]) -> Array:
        shape, law = self.batch_shape, self.in_numpy()
        values = [function(law.at(index, shape)) for index in np.ndindex(*shape)]
        return self._as_given(np.reshape(np.asarray(values), shape))

    def _moment(self, k: int, about: float) -> float:
        """Return the mean of (x - centre - about)^k; a heavy tail makes it infinite."""
        for end, tail, side in zip(self.support[:2], tails_of(self), (-1.0, 1.0), strict=True):
            heavy = tail.kind != "unknown" and (tail.kind == "none" or tail.c == 0.0)
            if math.isinf(end) and heavy and tail.a <= k + 1:
                return side**k * math.inf
        low, high, _ = self.support
        return moment(self.law, float(low), float(high), k, about)


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
    """Distribution function, quantiles and draws of what is left of a law.

    What is likely takes them from the law that was cut; the others have tables, by their place in
    the batch.
    """

    def __init__(
        self,
        law: Any,
        low: np.ndarray,
        high: np.ndarray,
        discrete: bool,
        shape: tuple[int, ...],
    ) -> None:
        self.law, self.low, self.high, self.discrete, self.shape = law, low, high, discrete, shape
        self.tables: dict[tuple[int, ...], Table | Counts] = {}
        below = low - 1.0 if discrete else low
        self.upper = law.cdf(below) > 0.5
        with np.errstate(divide="ignore"):
            self.above = law.logsf(below), law.logsf(high)
            self.below = law.logcdf(high), law.logcdf(below)

    def probability(self) -> np.ndarray:
        """Return the probability of what is kept, as the law that was cut gives it."""
        a, b, c, d = (np.exp(x) for x in (*self.above, *self.below))
        return np.where(self.upper, a - b, c - d)

    def cdf(self, x: Any) -> np.ndarray:
        return self._either("cdf", x)

    def sf(self, x: Any) -> np.ndarray:
        return self._either("sf", x)

    def ppf(self, u: Any) -> np.ndarray:
        return self._either("ppf", u)

    def isf(self, u: Any) -> np.ndarray:
        return self._either("isf", u)

    def _either(self, name: str, x: Any) -> np.ndarray:
        """Ask the law that was cut, and the tables of those that have one."""
        x = np.asarray(x, dtype=np.float64)
        shape = np.broadcast_shapes(x.shape, self.shape)
        found = np.zeros(shape)
        if len(self.tables) < math.prod(self.shape):
            with np.errstate(all="ignore"):
                found = np.array(np.broadcast_to(getattr(self, f"_{name}")(x), shape))
        wide = np.broadcast_to(x, shape)
        for index, table in self.tables.items():
            place = (..., *index)
            found[place] = getattr(table, name)(wide[place])
        if name in ("cdf", "sf"):
            found = np.clip(found, 0.0, 1.0) + 0.0
            before, after = (0.0, 1.0) if name == "cdf" else (1.0, 0.0)
            found = np.where(x < self.low, before, np.where(x >= self.high, after, found))
        return np.where(np.isnan(x), np.nan, found)

    def _cdf(self, x: np.ndarray) -> np.ndarray:
        a, b = self.above
        c, d = self.below
        inner = np.clip(x, self.low, self.high)
        up = np.expm1(self.law.logsf(inner) - a) / np.expm1(b - a)
        down = (np.exp(self.law.logcdf(inner) - c) - np.exp(d - c)) / -np.expm1(d - c)
        return np.where(self.upper, up, down)

    def _sf(self, x: np.ndarray) -> np.ndarray:
        a, b = self.above
        c, d = self.below
        inner = np.clip(x, self.low, self.high)
        up = (np.exp(self.law.logsf(inner) - a) - np.exp(b - a)) / -np.expm1(b - a)
        down = np.expm1(self.law.logcdf(inner) - c) / np.expm1(d - c)
        return np.where(self.upper, up, down)

    def _ppf(self, u: np.ndarray) -> np.ndarray:
        if self.discrete:
            return super().ppf(u)
        a, b, c, d = (np.exp(x) for x in (*self.above, *self.below))
        up, down = self.law.isf(a - u * (a - b)), self.law.ppf(d + u * (c - d))
        return np.clip(np.where(self.upper, up, down), self.low, self.high)

    def _isf(self, u: np.ndarray) -> np.ndarray:
        return super().isf(u)

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
