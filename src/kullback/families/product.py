r"""Independent coordinates, each with a law of its own.

.. math:: f(x) = \prod_i f_i(x_i)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import permutations
from typing import Any, final

import numpy as np

from kullback._array import Array, is_numpy, namespace, narrow
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, aligned
from kullback.families.composite import AbstractComposite, log_density_anywhere
from kullback.families.multivariate_normal import MultivariateNormal
from kullback.families.normal import Normal
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule, rule_for

__all__ = ["Independent", "Product"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Product(AbstractComposite):
    """A law of several independent coordinates; entropies and divergences add up.

    Parameters
    ----------
    *factors : AbstractFamily
        The law of each coordinate, or of several next to each other; their batches broadcast.

    Raises
    ------
    KullbackError
        If there are no factors, or if one is not a law.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Laplace, Normal, Product
    >>> p = Product(Normal(mean=0.0, std=1.0), Laplace(location=0.0, scale=0.5))
    >>> q = Product(Normal(mean=2.0, std=1.0), Laplace(location=0.0, scale=0.5))
    >>> float(kb.kl_divergence(p, q))
    2.0
    >>> p.log_prob([[0.0, 0.0], [1.0, 0.0]]).round(4).tolist()
    [-0.9189, -1.4189]
    """

    factors: tuple[AbstractFamily, ...]

    def __init__(self, *factors: AbstractFamily) -> None:
        if not factors:
            raise KullbackError("product.empty")
        object.__setattr__(self, "factors", factors)
        self.__post_init__()

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The number of coordinates."""
        return (sum(self.sizes),)

    @property
    def sizes(self) -> list[int]:
        """How many coordinates each factor has."""
        return [law.event_shape[0] if law.event_shape else 1 for law in self.factors]

    @property
    def support(self) -> Support:
        """The box of the factors' supports; which coordinates are integers, they know."""
        supports = [law.support for law in self.factors]
        return Support(
            self._joined([support.low for support in supports]),
            self._joined([support.high for support in supports]),
        )

    def _log_density(self, xp: Any, x: Array) -> Array:
        terms, start = [], 0
        for law, size in zip(self.factors, self.sizes, strict=True):
            part = x[..., start : start + size] if law.event_shape else x[..., start]
            terms.append(_log_density_where_it_falls(xp, law, part))
            start += size
        return reduce(operator.add, terms)

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family="Product")

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        columns = []
        for law in self.factors:
            x = np.asarray(law._draw(chance, shape))
            columns.append(x if law.event_shape else x[..., None])
        return np.concatenate(columns, axis=-1)

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, d)."""
        return self._joined([law.mean for law in self.factors])

    @property
    def variance(self) -> Array:
        """The variance of each coordinate, shape (*batch_shape, d)."""
        return self._joined([law.variance for law in self.factors])

    def _joined(self, parts: list[Array]) -> Array:
        """Return what the factors have to say, side by side: shape (*batch_shape, d)."""
        xp, batch = namespace(*self.arrays), self.batch_shape
        columns = []
        for law, size, part in zip(self.factors, self.sizes, parts, strict=True):
            given = np.asarray(part) if is_numpy(part) else part
            column = given if law.event_shape else given[..., None]
            columns.append(xp.broadcast_to(column, (*batch, size)))
        return xp.concat(columns, axis=-1)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Independent(AbstractComposite):
    """Independent coordinates of one family: the last axis of a batch of laws.

    Parameters
    ----------
    law : AbstractFamily
        A batch of laws, shape (..., d).

    Raises
    ------
    KullbackError
        If it is a single law.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Independent, Laplace
    >>> p = Independent(Laplace(location=[0.0, 1.0, 2.0], scale=0.5))
    >>> float(kb.entropy(p)), p.event_shape
    (3.0, (3,))
    """

    law: AbstractFamily

    def __post_init__(self) -> None:
        super(Independent, self).__post_init__()
        if not self.law.batch_shape:
            raise KullbackError("independent.single", law=type(self.law).__name__)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The number of coordinates."""
        return (self.law.batch_shape[-1], *self.law.event_shape)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch of laws; () for a single one."""
        return self.law.batch_shape[:-1]

    def at(self, index: tuple[int, ...], batch_shape: tuple[int, ...]) -> Independent:
        """Return one law of the batch that these parameters broadcast to."""
        return _unchecked(self.law.at(index, (*batch_shape, self.law.batch_shape[-1])))

    @property
    def support(self) -> Support:
        """The box of the supports; which coordinates are integers, the law knows."""
        low, high, _ = self.law.support
        xp = namespace(low, high)
        shape = (*self.law.batch_shape, *self.law.event_shape)
        return Support(xp.broadcast_to(low, shape), xp.broadcast_to(high, shape))

    def _log_density(self, xp: Any, x: Array) -> Array:
        return xp.sum(_log_density_where_it_falls(xp, self.law, x), axis=-1)

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family="Independent")

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.law._draw(chance, (*shape, self.law.batch_shape[-1]))

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, d)."""
        return self.law.mean

    @property
    def variance(self) -> Array:
        """The variance of each coordinate, shape (*batch_shape, d)."""
        return self.law.variance


def _unchecked(law: AbstractFamily) -> Independent:
    made = object.__new__(Independent)
    object.__setattr__(made, "law", law)
    return made


def _log_density_where_it_falls(xp: Any, law: AbstractFamily, x: Array) -> Array:
    """Return log f(x), and -inf between integers too."""
    inside = law._holds(x)
    for _ in law.event_shape:
        inside = xp.all(inside, axis=-1)
    return xp.where(inside, log_density_anywhere(xp, law, x), -xp.inf)


# ---------------------------------------------------------------- rules


def _by_factor(verb: Callable[..., Any], *laws: Product, **options: Any) -> Array | None:
    """Add up what a verb says of the factors, if those of two laws go together."""
    if any(law.sizes != laws[0].sizes for law in laws):
        return None
    parts = zip(*(law.wide().factors for law in laws), strict=True)
    return reduce(operator.add, [verb(*part, **options) for part in parts])


def _by_coordinate(verb: Callable[..., Any], *laws: Independent, **options: Any) -> Array:
    """Add up what a verb says of the coordinates."""
    value = verb(*(law.wide().law for law in laws), **options)
    return namespace(value).sum(value, axis=-1)


def _factors(*laws: Product) -> list[tuple[AbstractFamily, ...]]:
    """Return what is added up, for `method_for`."""
    if any(law.sizes != laws[0].sizes for law in laws):
        return []
    return list(zip(*(law.factors for law in laws), strict=True))


def _coordinates(*laws: Independent) -> list[tuple[AbstractFamily, ...]]:
    """Return what is added up, for `method_for`."""
    (size,) = laws[0].law.batch_shape
    return [tuple(law.law.at((i,), (size,)) for law in laws) for i in range(size)]


def _register(
    verb: Callable[..., Any],
    kind: type,
    operands: int,
    add_up: Callable[..., Any],
    parts: Callable[..., list],
) -> None:
    """Register that a verb adds up where all coordinates are independent."""

    def run(
        *laws: AbstractFamily, samples: int | None = None, rng: Any = None, **options: Any
    ) -> Any:
        laws = aligned(*laws) if operands == 2 else laws
        # An estimate is made from draws of the whole law.
        value = add_up(verb, *laws, **options) if samples is None else None
        if value is None:
            drawn = {} if samples is None else {"samples": samples, "rng": rng}
            return rule_for(verb, *(AbstractFamily,) * operands)(*laws, **options, **drawn)
        shape = np.broadcast_shapes(*(law.batch_shape for law in laws))
        value = namespace(value).broadcast_to(value, shape)
        return narrow(value, *(x for law in laws for x in law.arrays))

    run.__wrapped__ = verb  # type: ignore[attr-defined] (it has the options of the verb)
    run.parts = parts  # type: ignore[attr-defined]
    rule(verb, *(kind,) * operands)(run)


for _verb, _operands in (
    (entropy, 1),
    (cross_entropy, 2),
    (kl_divergence, 2),
    (renyi_divergence, 2),
):
    _register(_verb, Product, _operands, _by_factor, _factors)
    _register(_verb, Independent, _operands, _by_coordinate, _coordinates)


def _as_independent(law: AbstractFamily) -> AbstractFamily | None:
    """Return normal coordinates that are independent as such; None where they are not."""
    if not isinstance(law, MultivariateNormal):
        return law
    if law.std is None or law.factor is not None:
        return None
    return Independent(Normal(mean=law.mean, std=law.std))


def _register_normal(verb: Callable[..., Any], pair: tuple[type, ...]) -> None:
    """Register that normal coordinates which are independent are compared one by one too."""

    def run(p: AbstractFamily, q: AbstractFamily, **options: Any) -> Any:
        one, other = _as_independent(p), _as_independent(q)
        alike = one is not None and other is not None and one.event_shape == other.event_shape
        if alike and options.get("samples") is None:
            return verb(one, other, **options)
        return rule_for(verb, AbstractFamily, AbstractFamily)(p, q, **options)

    def parts(p: AbstractFamily, q: AbstractFamily) -> list[tuple[AbstractFamily, ...]]:
        one, other = _as_independent(p), _as_independent(q)
        if isinstance(one, Independent) and isinstance(other, Independent):
            return _coordinates(one, other)
        return []

    run.__wrapped__ = verb  # type: ignore[attr-defined] (it has the options of the verb)
    run.parts = parts  # type: ignore[attr-defined]
    rule(verb, *pair)(run)


for _verb in (cross_entropy, kl_divergence, renyi_divergence):
    for _pair in permutations((Independent, MultivariateNormal)):
        _register_normal(_verb, _pair)
