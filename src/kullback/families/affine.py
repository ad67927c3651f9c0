r"""A law shifted, stretched or turned round.

.. math:: Y = a + b X
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, Field, dataclass
from typing import Any, final

import numpy as np

from kullback._array import (
    Array,
    detached,
    has_gradient,
    is_array,
    is_numpy,
    is_traced,
    namespace,
    to_numpy,
)
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, aligned
from kullback.families.cauchy import Cauchy
from kullback.families.composite import AbstractComposite, AbstractFrozen
from kullback.families.laplace import Laplace
from kullback.families.logistic import Logistic
from kullback.families.normal import Normal
from kullback.families.parameters import REAL, Range, parameter
from kullback.families.student_t import StudentT
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule, rule_for

__all__ = ["Affine"]

# A share of an end's size: what is nearer, the law cannot tell from the end by half of its digits.
_BLURRED = 2.0**-40


class _NotZero(Range):
    """Any finite number but 0."""

    __slots__ = ()

    def holds(self, x: Array) -> Array:
        """Whether each number is finite and not 0."""
        xp = namespace(x)
        return (xp.abs(x) > 0.0) & (xp.abs(x) < math.inf)


_SCALE = _NotZero("a finite number other than 0")


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Affine(AbstractComposite):
    """The law of location + scale X, where X follows another law.

    A law on the integers keeps their distances: its scale must be 1 or -1. Its location may be
    any number; two laws whose outcomes lie unequally beside the integers share none. For laws of
    several coordinates the scale is a single number or has one for each of them.

    Parameters
    ----------
    law : AbstractFamily
        The law of X.
    location : array, shape (...), default 0
        a; shape (..., d) for laws of d coordinates.
    scale : array, shape (...), default 1
        b, not 0; where it is negative the law is turned round. Shape as that of the location.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if integers would be stretched.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Affine, Laplace
    >>> p = Laplace(location=0.0, scale=0.5)
    >>> round(float(kb.entropy(Affine(p, location=3.0, scale=2.0)) - kb.entropy(p)), 6)  # log 2
    0.693147
    """

    law: AbstractFamily
    _: KW_ONLY
    location: Array = parameter(REAL, default=0.0)
    scale: Array = parameter(_SCALE, default=1.0)

    _located = ("location",)

    def __post_init__(self) -> None:
        super(Affine, self).__post_init__()
        if self.event_shape:
            for name, x in self.parameters.items():
                if x.ndim == 0:  # the same for all coordinates
                    whole = namespace(x).broadcast_to(x, self.event_shape)
                    object.__setattr__(self, name, whole)
        elif not is_traced(*self.arrays) and self.law.support.discrete:
            kept = self.law._whole and bool(namespace(self.scale).all(abs(self.scale) == 1.0))
            if not kept:
                raise KullbackError("affine.integers", law=type(self.law).__name__)

    def _axes(self, f: Field) -> int:  # noqa: ARG002 (all are alike)
        return len(self.event_shape)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw; () on the line."""
        return self.law.event_shape

    @property
    def support(self) -> Support:
        """The image of the law's support."""
        low, high, discrete = self.law.support
        xp = namespace(*self.arrays)
        a, b = self._image(xp, low), self._image(xp, high)
        return Support(xp.minimum(a, b), xp.maximum(a, b), discrete)

    @property
    def _blurs_ends(self) -> bool:
        return True

    def _breaks(self) -> list[Array]:
        xp = namespace(*self.arrays)
        places = self.law._breaks()
        fixed = [not has_gradient(x) and bool(xp.all(x == 0.0)) for x in places]
        # A stretch does not move the image of 0, and is not to be asked for a gradient there.
        return [
            self.location if still else self._image(xp, x)
            for x, still in zip(places, fixed, strict=True)
        ]

    @property
    def _whole(self) -> bool:
        return bool(namespace(self.location).all(self._beside_integers() == 0.0))

    def _beside_integers(self) -> Array:
        """Return by how much the images of integers lie above integers."""
        return self.location - namespace(self.location).floor(self.location)

    def _on_integers(self) -> tuple[AbstractFamily, float]:
        if not self.law.support.discrete or self._whole:
            return self, 0.0
        floor = namespace(self.location).floor(self.location)
        whole = Affine(self.law, location=floor, scale=self.scale)
        return whole, float(to_numpy(detached(self._beside_integers())))

    def _guessed(self, x: np.ndarray) -> np.ndarray:
        return self.law._guessed((x - self.location) / self.scale)

    def _listed(self) -> np.ndarray | None:
        inner = self.law._listed()
        return None if inner is None else np.sort(self.location + self.scale * inner)

    def _holds(self, x: Array) -> Array:
        low, high, discrete = self.support
        inside = (x >= low) & (x <= high)
        if self.event_shape or not discrete:
            return inside
        return inside & self.law._holds(self._before(namespace(x), x))

    def _before(self, xp: Any, x: Array) -> Array:
        """Return what was moved to x: integers, where rounding alone tells it from them."""
        z = (x - self.location) / self.scale
        if self.event_shape or not self.law.support.discrete:
            return z
        near = xp.round(z)
        return xp.where(self.location + self.scale * near == x, near, z)

    def _image(self, xp: Any, x: Array) -> Array:
        """Return location + scale x; an infinite x has no gradient, which would be infinite."""
        finite = xp.abs(x) < math.inf
        image = self.location + self.scale * xp.where(finite, x, 0.0)
        return xp.where(finite, image, xp.where(self.scale > 0.0, x, -x))

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = self._before(xp, x)
        low, high, _ = self.law.support
        z = xp.minimum(xp.maximum(z, low), high)  # rounding may lead beyond
        value = self.law._log_density(xp, z) - self._log_stretch(xp)
        if not is_numpy(x, *self.arrays) or self.batch_shape or self.event_shape:
            return value
        return value if self.law.support.discrete else self._beside_ends(x, value)

    def _beside_ends(self, x: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Follow the law's tails to where x is nearer to an end than the law itself can be asked.

        An end that was moved to 0 has more floats beside it than where it came from.
        """
        tails, ends = _tails_told(self.law), self.law.support[:2]
        for tail, end, side in zip(tails, ends, (1.0, -1.0), strict=True):
            if tail.kind == "unknown" or end == 0.0 or math.isinf(end):
                continue
            far = _BLURRED * abs(end)
            away = np.abs(x - (self.location + self.scale * end)) / np.abs(self.scale)
            near = (away < far) & (away > 0.0)
            if not near.any():
                continue
            seen = end + side * far
            found = self.law._log_density(np, seen) - self._log_stretch(np)
            follow = tail.level(np.log(np.abs(seen - end)))
            meant = tail.level(np.log(np.where(near, away, 1.0)))
            value = np.where(near, found + follow - meant, value)
        return value

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        return self.law._rise(xp, (x - self.location) / self.scale, step / self.scale)

    @property
    def _rises(self) -> bool:
        return self.law._rises

    def _log_stretch(self, xp: Any) -> Array:
        """Return the logarithm of what volumes are multiplied by."""
        if not self.event_shape:
            discrete = self.law.support.discrete
            return xp.zeros_like(self.scale) if discrete else xp.log(xp.abs(self.scale))
        return xp.sum(xp.log(xp.abs(self.scale)), axis=-1)

    def _scipy(self) -> Any:
        law, away = self.law._scipy(), self._beside_integers()
        if not self.law.support.discrete or not away.any():
            return _Frozen(law, self.location, self.scale, self.support)
        low, high, discrete = self.support
        whole = Support(np.round(low - away), np.round(high - away), discrete)
        return _Beside(_Frozen(law, np.floor(self.location), self.scale, whole), away)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.location + self.scale * self.law._draw(chance, shape)

    def _tails(self) -> Tails:
        left, right = self.law._tails()
        low, high = (math.isinf(x) for x in self.law.support[:2])
        a, b = float(self.location), abs(float(self.scale))
        if self.scale < 0.0:
            left, right, low, high = right, left, high, low
        return _stretched(left, -a if low else 0.0, b), _stretched(right, a if high else 0.0, b)

    def _landmarks(self) -> list[float]:
        return sorted(float(self.location + self.scale * x) for x in self.law._landmarks())

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        first = self.law._expectation(xp, ("power", 1))
        if first is None or statistic not in (("power", 1), ("power", 2)):
            return None
        mean = self.location + self.scale * first
        if statistic == ("power", 1):
            return mean
        second = self.law._expectation(xp, statistic)
        if second is None:
            return None
        return self.scale * self.scale * second + self.location * (2.0 * mean - self.location)

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, *event_shape)."""
        return self.location + self.scale * self.law.mean

    @property
    def variance(self) -> Array:
        """The variance, shape (*batch_shape, *event_shape)."""
        return self.scale * self.scale * self.law.variance


def _tails_told(law: AbstractFamily) -> Tails:
    """Return how the density falls at both ends, if the law tells."""
    try:
        return law._tails()
    except NotImplementedError:
        return Tail("unknown"), Tail("unknown")


class _Frozen(AbstractFrozen):
    """Distribution function and quantiles of a law that was shifted, stretched or turned."""

    def __init__(self, law: Any, a: np.ndarray, b: np.ndarray, support: Support) -> None:
        self.law, self.a, self.b = law, a, b
        self.low, self.high, self.discrete = support

    def _either(self, ahead: str, back: str, x: Any) -> np.ndarray:
        """Return a function of the law, or the one that takes its place where it is turned."""
        z = (x - self.a) / self.b
        # Of integers, X >= z where Y <= x: more than z - 1.
        turned = getattr(self.law, back)(z - 1.0 if self.discrete else z)
        return np.where(self.b > 0.0, getattr(self.law, ahead)(z), turned)

    def cdf(self, x: Any) -> np.ndarray:
        return self._either("cdf", "sf", x)

    def sf(self, x: Any) -> np.ndarray:
        return self._either("sf", "cdf", x)

    def logcdf(self, x: Any) -> np.ndarray:
        return self._either("logcdf", "logsf", x)

    def logsf(self, x: Any) -> np.ndarray:
        return self._either("logsf", "logcdf", x)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        ahead, back = (self.law.isf, self.law.ppf) if upper else (self.law.ppf, self.law.isf)
        found = self.a + self.b * np.where(self.b > 0.0, ahead(u), back(u))
        near = np.maximum(found - 1.0, self.low) if self.discrete else found
        return near, np.minimum(found + 1.0, self.high) if self.discrete else found


class _Beside(AbstractFrozen):
    """The same of a law on the integers that was moved by less than 1."""

    discrete = True

    def __init__(self, law: _Frozen, away: np.ndarray) -> None:
        self.law, self.away = law, away

    def _before(self, x: Any) -> np.ndarray:
        z = np.asarray(x, dtype=np.float64) - self.away
        near = np.round(z)
        return np.where(near + self.away == x, near, z)

    def cdf(self, x: Any) -> np.ndarray:
        return self.law.cdf(np.floor(self._before(x)))

    def sf(self, x: Any) -> np.ndarray:
        return self.law.sf(np.floor(self._before(x)))

    def ppf(self, u: Any) -> np.ndarray:
        return self.law.ppf(u) + self.away

    def isf(self, u: Any) -> np.ndarray:
        return self.law.isf(u) + self.away

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        found = self.isf(u) if upper else self.ppf(u)
        return found, found


def _stretched(tail: Tail, shift: float, b: float) -> Tail:
    """Return how a density falls once its end is moved outwards and its distances stretched."""
    if tail.kind == "factorial":
        return tail._replace(a=tail.a - tail.c * shift)
    tail = tail._replace(b=tail.b / b)
    if tail.kind == "power":
        c = tail.c * b**-tail.k
        if shift == 0.0 or tail.k <= 1.0:
            return tail._replace(c=c)
        return tail._replace(c=c, b=tail.b - 2.0 * c * shift if tail.k == 2.0 else math.nan)
    if tail.kind == "log2":
        return tail._replace(a=tail.a - 2.0 * tail.c * math.log(b))
    if tail.kind == "exponential":
        # Far out only its sign counts.
        grown = math.exp(min(max(-tail.k * shift / b, -700.0), 700.0))
        return tail._replace(k=tail.k / b, c=tail.c * grown)
    return tail


# ---------------------------------------------------------------- rules

# Families that hold their own images, by the names of what is shifted and what is stretched.
_CLOSED: dict[type, tuple[str, str]] = {
    Normal: ("mean", "std"),
    Laplace: ("location", "scale"),
    Cauchy: ("location", "scale"),
    Logistic: ("location", "scale"),
    StudentT: ("location", "scale"),
}


def _simplified(law: AbstractFamily) -> AbstractFamily:
    """Return an image as a law of its own family, where the family holds it."""
    if not isinstance(law, Affine):
        return law
    inner = _simplified(law.law)
    if type(inner) not in _CLOSED:
        return law
    where, width = _CLOSED[type(inner)]
    xp = namespace(*law.arrays)
    given = inner.parameters
    given[where] = law.location + law.scale * given[where]
    given[width] = xp.abs(law.scale) * given[width]
    return type(inner)(**given)


def _same_map(p: Affine, q: Affine) -> bool:
    """Whether two images were made in the same way; not known of values that a gradient moves."""
    pairs = [(p.location, q.location), (p.scale, q.scale)]
    return all(x is y or _same_number(x, y) for x, y in pairs)


def _same_number(x: Array, y: Array) -> bool:
    if has_gradient(x, y) or is_traced(x, y):
        return False
    return bool(namespace(x, y).all(x == y))


@rule(entropy, Affine)
def affine_entropy(p: Affine, *, samples: int | None = None, rng: Any = None) -> Any:
    """Add the logarithm of the stretch."""
    if samples is not None:
        return rule_for(entropy, AbstractFamily)(p, samples=samples, rng=rng)
    law = p.wide()
    xp = namespace(*law.arrays)
    value = entropy(law.law) + law._log_stretch(xp)
    return p.narrow(xp.broadcast_to(value, p.batch_shape))


affine_entropy.inner = lambda p: (p.law,)  # type: ignore[attr-defined]


def _register(verb: Callable[..., Any], *, invariant: bool) -> None:
    """Register what a verb of two laws does where one of them or both are images.

    A divergence is invariant: the same map of both laws does not change it.
    """

    def inner(p: AbstractFamily, q: AbstractFamily) -> tuple[AbstractFamily, ...] | None:
        p, q = (_simplified(law) for law in aligned(p, q))
        if not isinstance(p, Affine) and not isinstance(q, Affine):
            return p, q
        if invariant and isinstance(p, Affine) and isinstance(q, Affine) and _same_map(p, q):
            return p.law, q.law
        return None

    def run(p: AbstractFamily, q: AbstractFamily, **options: Any) -> Array:
        if (laws := inner(p, q)) is not None:
            value = verb(*laws, **options)
            shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
            return namespace(value).broadcast_to(value, shape) if is_array(value) else value
        p, q = (_simplified(law) for law in aligned(p, q))
        return rule_for(verb, AbstractFamily, AbstractFamily)(p, q, **options)

    run.inner = inner  # type: ignore[attr-defined] (what it is taken from, for `method_for`)
    run.__wrapped__ = verb  # type: ignore[attr-defined] (it has the options of the verb)
    for kinds in ((Affine, Affine), (Affine, AbstractFamily), (AbstractFamily, Affine)):
        rule(verb, *kinds)(run)


_register(kl_divergence, invariant=True)
_register(renyi_divergence, invariant=True)
_register(cross_entropy, invariant=False)
