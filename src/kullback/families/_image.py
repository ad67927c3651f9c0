r"""A law on the line seen through a function: one that rises or falls, or the absolute value.

.. math:: f_Y(y) = \frac{f_X(x)}{|g'(x)|}, \quad y = g(x) \qquad f_{|X|}(y) = f_X(y) + f_X(-y)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import Field, dataclass
from typing import Any, NamedTuple, final

import numpy as np

from kullback._array import Array, namespace
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, aligned
from kullback.families.composite import AbstractComposite, AbstractFrozen, log_density_anywhere
from kullback.families.parameters import REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule, rule_for

__all__ = ["MAPS", "Folded", "Image", "Map"]

# ---------------------------------------------------------------- functions


class Map(NamedTuple):
    """A function of the line that rises or falls everywhere, of one exponent."""

    name: str
    ahead: Callable[[Any, Array, Array], Array]  # y, of x and the exponent
    back: Callable[[Any, Array, Array], Array]  # x, of y and the exponent
    log_slope: Callable[[Any, Array, Array, Array], Array]  # log |dy/dx|, of x, y and the exponent
    domain: tuple[float, float] = (-math.inf, math.inf)
    image: tuple[float, float] = (-math.inf, math.inf)


def _softplus(xp: Any, x: Array) -> Array:
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def _logistic(xp: Any, x: Array) -> Array:
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0.0, 1.0, e) / (1.0 + e)


def _logit(xp: Any, y: Array) -> Array:
    return xp.log(y) - xp.log1p(-y)


def _inverse_softplus(xp: Any, y: Array) -> Array:
    return y + xp.log(-xp.expm1(-y))


def _log_slope_tanh(xp: Any, x: Array) -> Array:
    return 2.0 * (math.log(2.0) - xp.abs(x) - xp.log1p(xp.exp(-2.0 * xp.abs(x))))


def _log_power(xp: Any, y: Array, k: Array) -> Array:
    return xp.log(xp.abs(k)) + (1.0 - 1.0 / k) * xp.log(y)  # of y, where x may be no float


_POSITIVE, _SHARE = (0.0, math.inf), (0.0, 1.0)
_FORWARD = (
    Map(
        "exp",
        lambda xp, x, _: xp.exp(x),
        lambda xp, y, _: xp.log(y),
        lambda _xp, x, _y, _: x,
        image=_POSITIVE,
    ),
    Map(
        "sigmoid",
        lambda xp, x, _: _logistic(xp, x),
        lambda xp, y, _: _logit(xp, y),
        lambda xp, _x, y, _: xp.log(y) + xp.log1p(-y),
        image=_SHARE,
    ),
    Map(
        "tanh",
        lambda xp, x, _: xp.tanh(x),
        lambda xp, y, _: 0.5 * (xp.log1p(y) - xp.log1p(-y)),
        lambda xp, x, _y, _: _log_slope_tanh(xp, x),
        image=(-1.0, 1.0),
    ),
    Map(
        "softplus",
        lambda xp, x, _: _softplus(xp, x),
        lambda xp, y, _: _inverse_softplus(xp, y),
        lambda xp, x, _y, _: -_softplus(xp, -x),
        image=_POSITIVE,
    ),
    Map(
        "power",
        lambda _xp, x, k: x**k,
        lambda _xp, y, k: y ** (1.0 / k),
        lambda xp, _x, y, k: _log_power(xp, y, k),
        domain=_POSITIVE,
        image=_POSITIVE,
    ),
)


def _reversed(given: Map) -> Map:
    return Map(
        f"inverse {given.name}",
        given.back,
        given.ahead,
        lambda xp, x, y, k: -given.log_slope(xp, y, x, k),
        given.image,
        given.domain,
    )


MAPS: dict[str, Map] = {made.name: made for made in (*_FORWARD, *map(_reversed, _FORWARD))}

# ---------------------------------------------------------------- laws


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Image(AbstractComposite):
    """The law of g(X), where X follows another law on the line and g is a `Map`.

    Parameters
    ----------
    law : AbstractFamily
        The law of X, continuous, inside the domain of g.
    map_name : str
        g, a name of `MAPS`.
    exponent : array, shape (...), default 1
        That of a power; of no account to the others.

    Raises
    ------
    KullbackError
        If the law is not one of densities on the line.
    """

    law: AbstractFamily
    map_name: str
    exponent: Array = parameter(REAL, default=1.0)

    def __post_init__(self) -> None:
        super(Image, self).__post_init__()
        _on_the_line(self.law)

    def _law_fields(self) -> list[Field]:
        return [f for f in super(Image, self)._law_fields() if f.name == "law"]

    def map(self, function: Callable[[Array], Array]) -> Image:
        """Return the law of the parameters that a function makes of these, unchecked."""
        return _named(super(Image, self).map(function), self.map_name)

    def at(self, index: tuple[int, ...], batch_shape: tuple[int, ...]) -> Image:
        """Return one law of the batch that these parameters broadcast to."""
        return _named(super(Image, self).at(index, batch_shape), self.map_name)

    @property
    def _map(self) -> Map:
        return MAPS[self.map_name]

    @property
    def support(self) -> Support:
        """The image of the law's support."""
        low, high, _ = self.law.support
        xp = namespace(*self.arrays)
        ends = [self._end(xp, end) for end in (low, high)]
        return Support(xp.minimum(*ends), xp.maximum(*ends))

    def _end(self, xp: Any, end: Array) -> Array:
        """Return where an end of the support goes; those of the domain have limits, not values."""
        low, high = self._map.domain
        inner = xp.where((end > low) & (end < high), end, 1.0 if low == 0.0 else 0.5)
        inner = xp.where(inner < high, inner, 0.5)
        first, last = self._map.image
        falls = self._falls
        at_low = xp.where(falls, last, first) + 0.0 * inner
        at_high = xp.where(falls, first, last) + 0.0 * inner
        image = self._map.ahead(xp, inner, self.exponent)
        return xp.where(end <= low, at_low, xp.where(end >= high, at_high, image))

    @property
    def _falls(self) -> Array:
        """Whether g falls."""
        return (self.exponent < 0.0) & ("power" in self.map_name)

    def _log_density(self, xp: Any, x: Array) -> Array:
        inner = self._map.back(xp, x, self.exponent)
        low, high, _ = self.law.support
        inner = xp.minimum(xp.maximum(inner, low), high)  # rounding may lead beyond
        slope = self._map.log_slope(xp, inner, x, self.exponent)
        value = self.law._log_density(xp, inner) - slope
        # At an end of the domain both may be infinite, where the density has no value.
        return xp.where(value == value, value, -xp.inf)  # noqa: PLR0124 (as NaN is not)

    def _scipy(self) -> Any:
        return _ImageFrozen(self)

    def _landmarks(self) -> list[float]:
        low, high, _ = self.support
        with np.errstate(all="ignore"):
            x = np.asarray([x for x in self.law._landmarks() if math.isfinite(x)])
            marks = self._map.ahead(np, x, self.exponent)
        return sorted({float(y) for y in marks if low < y < high})

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        with np.errstate(over="ignore"):
            return self._map.ahead(np, self.law._draw(chance, shape), self.exponent)


def _named(made: Image, name: str) -> Image:
    object.__setattr__(made, "map_name", name)
    return made


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Folded(AbstractComposite):
    """The law of |X|, where X follows a law of densities on the line.

    Parameters
    ----------
    law : AbstractFamily
        The law of X.

    Raises
    ------
    KullbackError
        If the law is not one of densities on the line.
    """

    law: AbstractFamily

    def __post_init__(self) -> None:
        super(Folded, self).__post_init__()
        _on_the_line(self.law)

    @property
    def support(self) -> Support:
        """The absolute values in the law's support."""
        low, high, _ = self.law.support
        xp = namespace(*self.arrays)
        nearest = xp.maximum(xp.maximum(low, -high), xp.zeros_like(low))
        return Support(nearest, xp.maximum(xp.abs(low), xp.abs(high)))

    def _log_density(self, xp: Any, x: Array) -> Array:
        right, left = (log_density_anywhere(xp, self.law, side) for side in (x, -x))
        top = xp.maximum(right, left)
        finite = xp.abs(top) < xp.inf
        peak = xp.where(finite, top, 0.0)
        both = (xp.exp(xp.where(finite, side, 0.0) - peak) for side in (right, left))
        return xp.where(finite, peak + xp.log(sum(both)), top)

    def _scipy(self) -> Any:
        return _FoldedFrozen(self)

    def _landmarks(self) -> list[float]:
        low, high, _ = self.support
        ends = [float(end) for end in self.law.support[:2]]
        marks = {abs(x) for x in (*self.law._landmarks(), *ends)}
        return sorted(x for x in marks if low < x < high)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.abs(self.law._draw(chance, shape))


def _on_the_line(law: AbstractFamily) -> None:
    if law.event_shape or law.support.discrete:
        raise KullbackError("image.line", law=law._title)


class _ImageFrozen(AbstractFrozen):
    """Distribution function and quantiles of what a function makes of a law."""

    discrete = False

    def __init__(self, law: Image) -> None:
        self.law, self.inner = law, law.law._scipy()
        self.low, self.high, _ = law.support

    def _either(self, ahead: str, back: str, y: Any) -> np.ndarray:
        y = np.asarray(y, dtype=np.float64)
        with np.errstate(all="ignore"):
            x = self.law._map.back(np, np.clip(y, self.low, self.high), self.law.exponent)
        found = np.where(
            self.law._falls, getattr(self.inner, back)(x), getattr(self.inner, ahead)(x)
        )
        below, above = (0.0, 1.0) if ahead.endswith("cdf") else (1.0, 0.0)
        return np.where(y <= self.low, below, np.where(y >= self.high, above, found))

    def cdf(self, x: Any) -> np.ndarray:
        return self._either("cdf", "sf", x)

    def sf(self, x: Any) -> np.ndarray:
        return self._either("sf", "cdf", x)

    def ppf(self, u: Any) -> np.ndarray:
        return self._quantile("ppf", "isf", u)

    def isf(self, u: Any) -> np.ndarray:
        return self._quantile("isf", "ppf", u)

    def _quantile(self, ahead: str, back: str, u: Any) -> np.ndarray:
        x = np.where(self.law._falls, getattr(self.inner, back)(u), getattr(self.inner, ahead)(u))
        return np.asarray(self.law._end(np, x))

    def mean(self) -> np.ndarray:
        """Refuse: it has no closed form."""
        raise KullbackError("image.moments", law=self.law._title)

    var = mean


class _FoldedFrozen(AbstractFrozen):
    """Distribution function and quantiles of an absolute value."""

    discrete = False

    def __init__(self, law: Folded) -> None:
        self.law, self.inner = law, law.law._scipy()
        self.low, self.high, _ = law.support

    def cdf(self, x: Any) -> np.ndarray:
        x = np.maximum(np.asarray(x, dtype=np.float64), 0.0)
        return np.where(x > 0.0, self.inner.cdf(x) - self.inner.cdf(-x), 0.0)

    def sf(self, x: Any) -> np.ndarray:
        x = np.asarray(x, dtype=np.float64)
        return np.where(x > 0.0, self.inner.sf(x) + self.inner.cdf(-x), 1.0)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return ends: beyond both quantiles of the law there is less than u."""
        share = u if upper else 1.0 - u
        ends = np.abs(self.inner.ppf(0.5 * share)), np.abs(self.inner.isf(0.5 * share))
        return np.broadcast_to(self.low, u.shape), np.maximum(*ends)

    def mean(self) -> np.ndarray:
        """Refuse: it has no closed form."""
        raise KullbackError("image.moments", law=self.law._title)

    var = mean


# ---------------------------------------------------------------- rules


def _same_map(p: Image, q: Image) -> bool:
    """Whether two images are made by one function; not known of traced exponents."""
    if p.map_name != q.map_name:
        return False
    if "power" not in p.map_name or p.exponent is q.exponent:
        return True
    try:
        return bool(namespace(p.exponent, q.exponent).all(p.exponent == q.exponent))
    except Exception:  # noqa: BLE001 (traced: each library has an error of its own)
        return False


def _register(verb: Callable[..., Any]) -> None:
    """Register that a divergence is not changed by a map of both laws."""

    def inner(p: Image, q: Image) -> tuple[AbstractFamily, ...] | None:
        p, q = aligned(p, q)
        return (p.law, q.law) if _same_map(p, q) else None

    def run(p: Image, q: Image, **options: Any) -> Any:
        if (laws := inner(p, q)) is not None:
            shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
            value = verb(*laws, **options)
            return namespace(value).broadcast_to(value, shape) if shape else value
        return rule_for(verb, AbstractFamily, AbstractFamily)(p, q, **options)

    run.inner = inner  # type: ignore[attr-defined] (what it is taken from, for `method_for`)
    run.__wrapped__ = verb  # type: ignore[attr-defined] (it has the options of the verb)
    rule(verb, Image, Image)(run)


_register(kl_divergence)
_register(renyi_divergence)
