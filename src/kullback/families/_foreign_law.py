"""A law of another library that has no family here: it is asked for its own density."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from kullback._array import (
    Array,
    detached,
    is_numpy,
    is_traced,
    like,
    to_numpy,
)
from kullback.errors import KullbackError
from kullback.families._patience import Watched
from kullback.families._quadrature import integral_nodes, sum_nodes
from kullback.families._underflow import Continued, continued
from kullback.families.abstract import AbstractFamily, Support
from kullback.families.composite import AbstractFrozen

__all__ = ["ForeignLaw"]

_TOLERANCE = 1e-13
_SLOWLY = 1e-9  # what is asked of integrals of densities that take long
# A share of the support beside its ends, where densities of other libraries are lost to rounding.
_BESIDE = 1e-9
_DRAWS = 2048
# Into how many pieces the line is cut at most by the data of a density estimate.
_MARKS = 256
_LEVELS = (0.001, 0.02, 0.2, 0.5, 0.8, 0.98, 0.999)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ForeignLaw(AbstractFamily):
    """A distribution of SciPy, PyTorch or NumPyro, through its own density."""

    source: _Source
    anchors: tuple[Array, ...]  # of the library, precision and device of its answers
    shape: tuple[int, ...]  # of the batch that it was broadcast to
    index: tuple[int, ...] = ()  # which law of the batch this is; () for all

    @classmethod
    def of(cls, x: Any) -> ForeignLaw:
        """Return the law of a distribution of SciPy."""
        if hasattr(x, "integrate_kde"):
            source: _Source = _Kernels(x) if x.d == 1 else _Vectors(x)
        elif hasattr(x, "rvs") and not hasattr(x, "dist"):
            source = _Vectors(x)
        else:
            source = _OldSciPy(x) if hasattr(x, "dist") else _NewSciPy(x)
        return cls.asked(source)

    @classmethod
    def asked(cls, source: _Source) -> ForeignLaw:
        """Return the law that a source tells about."""
        return cls(source, source.anchors, source.batch_shape)

    def __post_init__(self) -> None:
        """Trust the other library."""

    @property
    def _title(self) -> str:
        return self.source.name

    @property
    def parameters(self) -> dict[str, Any]:
        """None that are known by name."""
        return {}

    @property
    def arrays(self) -> list[Array]:
        """Arrays of its library."""
        return list(self.anchors)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch of laws; () for a single one."""
        return self.shape

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw; () on the line."""
        return self.source.event_shape

    def map(self, function: Callable[[Array], Array]) -> ForeignLaw:
        """Return the same law, answering as the function says."""
        return replace(self, anchors=tuple(map(function, self.anchors)))

    def at(self, index: tuple[int, ...], batch_shape: tuple[int, ...]) -> ForeignLaw:
        """Return one law of the batch that these parameters broadcast to."""
        part = self.source.part(index, batch_shape)
        if part is not None:
            return replace(self, source=part, shape=part.batch_shape)
        if not index:
            return replace(self, shape=batch_shape)
        if self.index or len(index) < len(batch_shape) or slice(None) in index:
            raise KullbackError("foreign.kind", kind=f"batch of {self.source.name}")
        own = self.source.batch_shape
        last = index[len(index) - len(own) :] if own else ()
        place = tuple(i if size > 1 else 0 for i, size in zip(last, own, strict=True))
        single = self.source.single(place) if place else None
        if single is not None:
            return replace(self, source=single, shape=(), index=())
        return replace(self, shape=(), index=place)

    def log_prob(self, x: Any, /) -> Array:
        """Return the logarithm of the density or mass at x, in nats; -inf outside the support.

        Parameters
        ----------
        x : array, shape (...)
            Broadcasts with the batch of laws. NaN gives NaN.
        """
        value = AbstractFamily.log_prob(self, x)
        return self.source.within(x, value) if self.event_shape else value

    def ask(self, function: Callable[[Array], Array], x: Array) -> Array:
        """Ask the whole batch and keep the answers of this law."""
        if not self.index:
            return function(x)
        return function(x[(..., *(None for _ in self.index))])[(..., *self.index)]

    @property
    def _tolerance(self) -> float:
        density = self.source.density
        if density is None or self.index:
            return 0.0
        if not density.pace:
            density(np.repeat(self._landmarks(), 2))
        return _SLOWLY if density.slow else 0.0

    @property
    def support(self) -> Support:
        """What the other library says."""
        ends = []
        for end in self.source.support():
            wide = np.broadcast_to(end, (*self.source.batch_shape, *self.event_shape))
            wide = wide[self.index] if self.index else wide
            ends.append(like(wide.astype(np.float64), self.anchors[0]))
        return Support(ends[0], ends[1], self.source.discrete)

    def _log_density(self, xp: Any, x: Array) -> Array:
        traced = is_traced(detached(x))
        if self.source.discrete and not traced and not bool(xp.all(x == xp.floor(x))):
            return self._between(xp, x)
        value = self.ask(self.source.log_prob, x)
        if traced or self.event_shape:
            return value
        return self._beyond_floats(x, self._mended(xp, x, value))

    def _beyond_floats(self, x: Array, value: Array) -> Array:
        """Continue a density where its logarithm is lost because it was taken of no float."""
        if not is_numpy(value) or not (np.asarray(value) == -np.inf).any():
            return value
        x, value = np.asarray(x), np.asarray(value)
        for curve in self._curves():
            value = np.where((value == -np.inf) & curve.covers(x), curve.level(x), value)
        return value

    def _curves(self) -> list[Continued]:
        source = self.source
        if source.density is None or source.quantiles is None or source.batch_shape:
            return []
        if source.curves is None:
            source.curves = []  # while it is looked for
            with suppress(ValueError, RuntimeError, KullbackError), np.errstate(all="ignore"):
                middle = float(source.quantiles[0](0.5))
                ends = zip(source.support(), (-1.0, 1.0), strict=True)
                found = [
                    continued(source.log_prob, middle, float(end), side, discrete=source.discrete)
                    for end, side in ends
                    if not source.density.slow
                ]
                source.curves = [curve for curve in found if curve is not None]
        return source.curves

    def _guessed(self, x: np.ndarray) -> np.ndarray:
        curves = self._curves() if is_numpy(*self.anchors) and not self.event_shape else []
        found = np.zeros(np.shape(x), dtype=bool)
        for curve in curves:
            found |= curve.covers(x)
        return found

    def _mended(self, xp: Any, x: Array, value: Array) -> Array:
        """Replace what rounding made of a density beside an end by what it is further inside."""
        lost = ~xp.isfinite(detached(value))
        # NumPy's answers are as they are: what is beside an end is fitted there.
        skipped = self.source.discrete or is_numpy(x) or is_traced(lost)
        if skipped or not bool(xp.any(lost)):
            return value
        low, high = (np.asarray(end, dtype=np.float64) for end in self.source.support())
        with np.errstate(invalid="ignore"):
            width = np.where(np.isfinite(high - low), high - low, 1.0 + np.abs(low))
        shape = self.source.batch_shape
        low, high = (
            like(np.array(np.broadcast_to(end, shape)), x)
            for end in (low + _BESIDE * width, high - _BESIDE * width)
        )
        inner = xp.where(lost, self.ask(lambda y: xp.minimum(xp.maximum(y, low), high), x), x)
        return self.ask(self.source.log_prob, inner)

    def _between(self, xp: Any, x: Array) -> Array:
        """Return a smooth function between integers, where a long range is integrated."""
        low, high, _ = self.support
        low, high = float(to_numpy(low)), float(to_numpy(high))
        base = xp.floor(x)
        t = x - base
        near = [
            self._log_density(xp, xp.minimum(xp.maximum(base + k, low), high))
            for k in (-1.0, 0.0, 1.0, 2.0)
        ]
        lost = near[1] + near[2] == -math.inf
        lost = lost | (near[0] + near[3] == -math.inf)
        a, b, c, d = (xp.where(lost, 0.0, log) for log in near)
        inner = (base - 1.0 >= low) & (base + 2.0 <= high)
        cubic = (
            -t * (t - 1) * (t - 2) / 6 * a
            + (t + 1) * (t - 1) * (t - 2) / 2 * b
            - (t + 1) * t * (t - 2) / 2 * c
            + (t + 1) * t * (t - 1) / 6 * d
        )
        return xp.where(lost, -math.inf, xp.where(inner, cubic, (1.0 - t) * b + t * c))

    def _scipy(self) -> Any:
        return _Frozen(self)

    def _landmarks(self) -> list[float]:
        if isinstance(self.source, _Kernels):
            return self.source.landmarks()
        if self.source.quantiles is not None:
            with suppress(ValueError, RuntimeError):  # SciPy looks for them, and may give up
                return AbstractFamily._landmarks(self)
        return [float(x) for x in np.quantile(self._some(), _LEVELS)]

    def _some(self) -> np.ndarray:
        """Return draws, always the same."""
        return np.sort(self._draw(np.random.default_rng(0), (_DRAWS,)))

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        own = len(self.source.batch_shape)
        if self.index:
            return self.source.draw(chance, shape)[(..., *self.index)]
        return self.source.draw(chance, shape[: len(shape) - own])


class _Source(ABC):
    """What a library tells about one of its distributions, for all laws of its batch."""

    name: str
    anchors: tuple[Array, ...] = (np.float64(0.0),)
    batch_shape: tuple[int, ...] = ()
    event_shape: tuple[int, ...] = ()
    discrete: bool = False
    quantiles: tuple[Callable[..., Any], Callable[..., Any]] | None = None  # from below, above
    density: Watched | None = None
    curves: list[Continued] | None = None

    def single(self, index: tuple[int, ...]) -> _Source | None:  # noqa: ARG002
        """Return one distribution of a batch, if it can be asked alone."""
        return None

    def part(self, index: tuple[Any, ...], batch_shape: tuple[int, ...]) -> _Source | None:  # noqa: ARG002
        """Return what is told about a part of the batch; None if all of it has to be asked."""
        return None

    def within(self, x: Any, value: Array) -> Array:  # noqa: ARG002
        """Return a density, or -inf where its support tells more than a box that x is outside."""
        return value

    @abstractmethod
    def log_prob(self, x: Array) -> Array:
        """Return the logarithm of density or mass."""

    def _asked(self, x: np.ndarray) -> np.ndarray:
        """Ask SciPy, which takes long over some densities."""
        if self.batch_shape:
            return np.asarray(self.density(x))
        return np.reshape(self.density(np.reshape(x, (-1,))), x.shape)

    @abstractmethod
    def support(self) -> tuple[Any, Any]:
        """Return the ends of the support, of NumPy."""

    @abstractmethod
    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        """Return P(X > x) or P(X <= x); an error where it is not known."""

    @abstractmethod
    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        """Return draws, shape (*size, *batch_shape)."""

    @abstractmethod
    def moments(self) -> tuple[Any, Any]:
        """Return mean and variance."""


class _OldSciPy(_Source):
    def __init__(self, x: Any) -> None:
        self.x, self.name = x, x.dist.name
        shapes, location, scale = x.dist._parse_args(*x.args, **x.kwds)
        self.batch_shape = np.broadcast_shapes(*map(np.shape, (*shapes, location, scale)))
        self.discrete = hasattr(x, "logpmf")
        self.quantiles = (x.ppf, x.isf)
        self.density = Watched(x.logpmf if self.discrete else x.logpdf, self.name)
        self.singles: dict[tuple[int, ...], _OldSciPy] = {}

    def single(self, index: tuple[int, ...]) -> _Source:
        if index not in self.singles:
            shapes, location, scale = self.x.dist._parse_args(*self.x.args, **self.x.kwds)
            *shapes, location, scale = (
                np.broadcast_to(a, self.batch_shape)[index] for a in (*shapes, location, scale)
            )
            moved = {"loc": location} if self.discrete else {"loc": location, "scale": scale}
            self.singles[index] = _OldSciPy(self.x.dist.freeze(*shapes, **moved))
        return self.singles[index]

    def log_prob(self, x: Array) -> Array:
        return like(self._asked(to_numpy(x)), x)

    def support(self) -> tuple[Any, Any]:
        return self.x.support()

    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        return self.x.sf(x) if upper else self.x.cdf(x)

    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        return self.x.rvs(size=(*size, *self.batch_shape), random_state=chance)

    def moments(self) -> tuple[Any, Any]:
        return self.x.mean(), self.x.var()


class _NewSciPy(_Source):
    def __init__(self, x: Any) -> None:
        self.x, self.name = x, type(x).__name__
        kinds = {kind.__name__ for kind in type(x).__mro__}
        if "UnivariateDistribution" not in kinds:
            raise KullbackError("foreign.kind", kind=self.name)
        self.batch_shape = tuple(np.shape(x.mean()))
        self.discrete = "DiscreteDistribution" in kinds
        self.quantiles = (x.icdf, x.iccdf)
        self.density = Watched(x.logpmf if self.discrete else x.logpdf, self.name)

    def log_prob(self, x: Array) -> Array:
        return like(self._asked(to_numpy(x)), x)

    def support(self) -> tuple[Any, Any]:
        return self.x.support()

    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        return self.x.ccdf(x) if upper else self.x.cdf(x)

    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        return self.x.sample(size, rng=chance)

    def moments(self) -> tuple[Any, Any]:
        return self.x.mean(), self.x.variance()


class _Kernels(_Source):
    """SciPy's kernel density estimate: a normal law around each of its data."""

    name = "gaussian_kde"

    def __init__(self, x: Any) -> None:
        self.x, self.width = x, math.sqrt(float(x.covariance[0, 0]))

    def landmarks(self) -> list[float]:
        """Return data that are some widths apart, and what is beside the outermost."""
        data = np.sort(self.x.dataset[0])
        step = max(2.0 * self.width, float(np.ptp(data)) / _MARKS)
        kept = data[np.unique(np.floor((data - data[0]) / step), return_index=True)[1]]
        ends = data[0] - 6.0 * self.width, data[-1] + 6.0 * self.width
        return [float(ends[0]), *kept.tolist(), float(data[-1]), float(ends[1])]

    def log_prob(self, x: Array) -> Array:
        at = to_numpy(x)
        return like(np.reshape(self.x.logpdf(at.reshape(-1)), at.shape), x)

    def support(self) -> tuple[Any, Any]:
        return -math.inf, math.inf

    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        from scipy.special import ndtr

        z = (np.asarray(x)[..., None] - self.x.dataset[0]) / self.width
        return ndtr(-z if upper else z) @ self.x.weights

    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        return np.reshape(self.x.resample(math.prod(size), seed=chance), size)

    def moments(self) -> tuple[Any, Any]:
        data, weights = self.x.dataset[0], self.x.weights
        mean = weights @ data
        return mean, weights @ (data - mean) ** 2 + self.width**2


class _Vectors(_Source):
    """A law of SciPy whose draws are vectors or matrices: its density, and its draws."""

    def __init__(self, x: Any) -> None:
        self.x, self.name = x, type(x).__name__.removesuffix("_frozen")
        self.discrete = not hasattr(x, "logpdf")
        if not (hasattr(x, "logpdf") or hasattr(x, "logpmf")):
            raise KullbackError("foreign.kind", kind=f"scipy.stats {self.name}")
        self.event_shape = self.draw(np.random.default_rng(0), (2,)).shape[1:]

    def log_prob(self, x: Array) -> Array:
        at, axes = to_numpy(x), len(self.event_shape)
        lead = at.shape[: at.ndim - axes]
        rows = np.reshape(at, (-1, *self.event_shape))
        # Kernel estimates, and laws of covariances, have their draws on the last axis.
        if self.name in ("gaussian_kde", "wishart", "invwishart"):
            rows = np.moveaxis(rows, 0, -1)
        found = self.x.logpmf(rows.astype(np.int64)) if self.discrete else self.x.logpdf(rows)
        return like(np.reshape(found, lead), x)

    def support(self) -> tuple[Any, Any]:
        return -math.inf, math.inf

    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:  # noqa: ARG002
        raise KullbackError("foreign.kind", kind=f"distribution function of {self.name}")

    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        if self.name == "gaussian_kde":
            found = self.x.resample(math.prod(size), seed=chance).T
        else:
            found = self.x.rvs(size=math.prod(size), random_state=chance)
        if isinstance(found, tuple):  # a draw in pieces, whose density takes pieces
            raise KullbackError("foreign.kind", kind=f"scipy.stats {self.name}")
        return np.reshape(found, (*size, *np.shape(found)[1:]))

    def moments(self) -> tuple[Any, Any]:
        raise KullbackError("foreign.kind", kind=f"mean of {self.name}")


class _Frozen(AbstractFrozen):
    """Distribution function and quantiles of a foreign law."""

    def __init__(self, law: ForeignLaw) -> None:
        self.law, self.source, self.discrete = law, law.source, law.source.discrete
        self.low, self.high, _ = law.support

    def cdf(self, x: Any) -> np.ndarray:
        return self._tail(np.asarray(x, dtype=np.float64), upper=False)

    def sf(self, x: Any) -> np.ndarray:
        return self._tail(np.asarray(x, dtype=np.float64), upper=True)

    def _tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        inside = np.clip(x, self.low, self.high)
        try:
            found = self.law.ask(lambda y: self.source.tail(y, upper=upper), inside)
        except (NotImplementedError, AttributeError):
            found = np.vectorize(lambda y: self._added(float(y), upper=upper))(inside)
        return np.where(x < self.low, 1.0 if upper else 0.0, found)

    def _added(self, x: float, *, upper: bool) -> float:
        """Return a probability from the density."""
        low, high = (x, float(self.high)) if upper else (float(self.low), x)
        if not low < high:
            return float(low == high and self.discrete and not upper)

        def density(y: np.ndarray) -> np.ndarray:
            return np.exp(self.law._log_density(np, y))

        marks = [y for y in self.law._landmarks() if low < y < high]
        if not self.discrete:
            width = float(np.ptp(self.law._some())) if math.isinf(high - low) else high - low
            nodes = integral_nodes(density, [low, *marks, high], width, _TOLERANCE)
        else:
            first = math.floor(low) + 1.0 if upper else low
            nodes = sum_nodes(density, first, math.floor(high), marks, _TOLERANCE)
        return math.fsum(nodes.weight * density(nodes.x))

    def ppf(self, u: Any) -> np.ndarray:
        return self._quantile(np.asarray(u, dtype=np.float64), upper=False)

    def isf(self, u: Any) -> np.ndarray:
        return self._quantile(np.asarray(u, dtype=np.float64), upper=True)

    def _quantile(self, u: np.ndarray, *, upper: bool) -> np.ndarray:
        if self.source.quantiles is None:
            return super().isf(u) if upper else super().ppf(u)
        return self.law.ask(self.source.quantiles[upper], u)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        some = self.law._some()
        step = np.ptp(some) + 1.0
        low, high = np.full(u.shape, some[0] - step), np.full(u.shape, some[-1] + step)
        for _ in range(64):
            under = self.sf(low) < u if upper else self.cdf(low) >= u
            over = self.sf(high) > u if upper else self.cdf(high) < u
            under = ~under if upper else under
            if not (under | over).any():
                break
            low, high = np.where(under, low - step, low), np.where(over, high + step, high)
            step = 2.0 * step
        return np.maximum(low, self.low), np.minimum(high, self.high)

    def mean(self) -> np.ndarray:
        """Return the mean."""
        return np.asarray(self.source.moments()[0])[self.law.index]

    def var(self) -> np.ndarray:
        """Return the variance."""
        return np.asarray(self.source.moments()[1])[self.law.index]
