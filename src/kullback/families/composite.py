"""What laws that are made of other laws have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import Field, fields
from typing import Any, Self, cast

import numpy as np

from kullback._array import Array, as_float_array, is_numpy, namespace
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, moved_to, public_name
from kullback.kinds import as_distribution

__all__ = ["AbstractComposite", "AbstractFrozen", "as_family", "log_density_anywhere"]


class AbstractComposite(AbstractFamily):
    """A law made of others. Fields declared by `parameter` are arrays; others are laws."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for f in self._law_fields():
            given = getattr(self, f.name)
            several = isinstance(given, (list, tuple))
            laws = tuple(as_family(x) for x in given) if several else as_family(given)
            object.__setattr__(self, f.name, laws)
        arrays = [x for law in self.laws for x in law.arrays]
        for f in self._given():
            x = getattr(self, f.name)
            if isinstance(x, (int, float)) and is_numpy(*arrays):  # which has no precision
                x = np.asarray(x, dtype=np.result_type(*arrays))
            object.__setattr__(self, f.name, as_float_array(x, public_name(f)))
        anchor = next((x for x in self.arrays if not is_numpy(x)), None)
        if anchor is not None:
            self._assign(lambda x: moved_to(x, anchor), self)
        namespace(*self.arrays)  # an error if they do not mix
        super().__post_init__()

    def _given(self) -> list[Field]:
        return [f for f in self._array_fields() if getattr(self, f.name) is not None]

    def _array_fields(self) -> list[Field]:
        return [f for f in fields(cast("Any", self)) if "range" in f.metadata]

    def _axes(self, f: Field) -> int:
        """Return how many of the last axes of a parameter belong to one law."""
        return f.metadata["axes"]

    def _law_fields(self) -> list[Field]:
        return [f for f in fields(cast("Any", self)) if "range" not in f.metadata]

    @property
    def laws(self) -> tuple[AbstractFamily, ...]:
        """The laws it is made of."""
        return tuple(law for f in self._law_fields() for law in _several(getattr(self, f.name)))

    @property
    def arrays(self) -> list[Array]:
        """All arrays the law is made of."""
        return [*(x for law in self.laws for x in law.arrays), *self.parameters.values()]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch of laws; () for a single one."""
        own = (
            tuple(getattr(self, f.name).shape)[: getattr(self, f.name).ndim - self._axes(f)]
            for f in self._given()
        )
        return np.broadcast_shapes(*own, *(law.batch_shape for law in self.laws))

    def map(self, function: Callable[[Array], Array]) -> Self:
        """Return the law of the parameters that a function makes of these, unchecked."""
        return object.__new__(type(self))._assign(function, self)

    def at(self, index: tuple[int, ...], batch_shape: tuple[int, ...]) -> Self:
        """Return one law of the batch that these parameters broadcast to."""
        law = object.__new__(type(self))
        for f in self._law_fields():
            laws = _each(getattr(self, f.name), lambda part: part.at(index, batch_shape))
            object.__setattr__(law, f.name, laws)
        for f in self._array_fields():
            x = getattr(self, f.name)
            if x is None:
                object.__setattr__(law, f.name, None)
                continue
            tail = tuple(x.shape)[x.ndim - self._axes(f) :]
            whole = namespace(x).broadcast_to(x, (*batch_shape, *tail))
            object.__setattr__(law, f.name, whole[index] if index else whole)
        return law

    def _assign(self, function: Callable[[Array], Array], source: AbstractComposite) -> Self:
        for f in self._law_fields():
            laws = _each(getattr(source, f.name), lambda part: part.map(function))
            object.__setattr__(self, f.name, laws)
        for f in self._array_fields():
            x = getattr(source, f.name)
            object.__setattr__(self, f.name, None if x is None else function(x))
        return self


class AbstractFrozen:
    """What SciPy's frozen distributions answer, for laws that SciPy does not have."""

    discrete: bool

    @abstractmethod
    def cdf(self, x: Any) -> np.ndarray:
        """Return P(X <= x)."""

    @abstractmethod
    def sf(self, x: Any) -> np.ndarray:
        """Return P(X > x)."""

    @abstractmethod
    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return two numbers between which the quantiles are; `upper` counts from above."""

    def logcdf(self, x: Any) -> np.ndarray:
        """Return log P(X <= x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.cdf(x))

    def logsf(self, x: Any) -> np.ndarray:
        """Return log P(X > x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.sf(x))

    def ppf(self, u: Any) -> np.ndarray:
        """Return the smallest x with P(X <= x) >= u."""
        u = np.asarray(u, dtype=np.float64)
        return self._bisect(u, lambda x: self.cdf(x) >= u, upper=False)

    def isf(self, u: Any) -> np.ndarray:
        """Return the smallest x with P(X > x) <= u."""
        u = np.asarray(u, dtype=np.float64)
        return self._bisect(u, lambda x: self.sf(x) <= u, upper=True)

    def _bisect(
        self, u: np.ndarray, reached: Callable[[np.ndarray], np.ndarray], *, upper: bool
    ) -> np.ndarray:
        """Halve the bracket until nothing is between its ends; quantiles 0 and 1 are its ends."""
        low, high = self.bracket(u, upper=upper)
        step = 1.0 if self.discrete else 0.0
        none, all_ = ((u >= 1.0), (u <= 0.0)) if upper else ((u <= 0.0), (u >= 1.0))
        ends, low = (low, high), low - step
        while True:
            with np.errstate(invalid="ignore"):
                middle = low + 0.5 * (high - low)
                middle = np.floor(middle) if self.discrete else middle
            open_ = (middle > low) & (middle < high)
            if not open_.any():
                break
            above = reached(np.where(open_, middle, high))
            high = np.where(open_ & above, middle, high)
            low = np.where(open_ & ~above, middle, low)
        return np.where(none, ends[0], np.where(all_, ends[1], high))

    def rvs(self, size: tuple[int, ...], random_state: np.random.Generator) -> np.ndarray:
        """Draw."""
        return self.ppf(random_state.random(size))


def as_family(x: Any) -> AbstractFamily:
    """Return a law, also of another library, as a family."""
    law = as_distribution(x) if not isinstance(x, AbstractFamily) else x
    if not isinstance(law, AbstractFamily):
        raise KullbackError("family.law", got=type(x).__name__)
    return law


def log_density_anywhere(xp: Any, law: AbstractFamily, x: Array, origin: Any = None) -> Array:
    """Return log f(x), also where a wide law says that nothing falls; between integers too.

    With an origin, x is the distance from it.
    """
    support = law.support
    if origin is None:
        inside = (x >= support.low) & (x <= support.high)
        value = law._log_density(xp, xp.where(inside, x, support.inner(xp)))
    else:
        inside = (x >= support.low - origin) & (x <= support.high - origin)
        x = xp.where(inside, x, support.inner(xp) - origin)
        value = law._log_density_from(xp, origin, x)
    for _ in law.event_shape:
        inside = xp.all(inside, axis=-1)
    return xp.where(inside, value, -xp.inf)


def _each(laws: Any, function: Callable[[AbstractFamily], AbstractFamily]) -> Any:
    return tuple(map(function, laws)) if isinstance(laws, tuple) else function(laws)


def _several(laws: Any) -> Iterator[AbstractFamily]:
    yield from laws if isinstance(laws, tuple) else (laws,)
