"""What every family of laws has: parameters in any array library, a density, and a support."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import MISSING, Field, fields
from functools import partial
from typing import Any, NamedTuple, Self, cast

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    is_array,
    is_numpy,
    is_traced,
    like,
    namespace,
    narrow,
    to_array,
    to_numpy,
    widen,
)
from kullback._calls import converted, meant_by
from kullback.errors import CallError, KullbackError
from kullback.kinds import AbstractDistribution
from kullback.measures.likelihood import log_likelihood, log_likelihood_ratio
from kullback.measures.orders import checked_order
from kullback.verbs import rule

__all__ = [
    "AbstractFamily",
    "Support",
    "Tail",
    "Tails",
    "aligned",
    "closed_form",
    "common",
    "generator",
    "law_arrays",
    "moved_to",
    "public_name",
]


class Support(NamedTuple):
    """Where a law on the line may fall: a closed interval, or the integers in one."""

    low: Array
    high: Array
    discrete: bool = False

    def holds(self, x: Array) -> Array:
        """Whether each number lies in it."""
        inside = (x >= self.low) & (x <= self.high)
        return inside & (x == namespace(x).floor(x)) if self.discrete else inside

    def inner(self, xp: Any) -> Array:
        """Return a point inside, one for each law of a batch."""
        low, high = self.low, self.high
        below, above = low > -math.inf, high < math.inf
        start = xp.where(below, low, xp.where(above, high - 1.0, xp.zeros_like(low)))
        if self.discrete:
            return start
        half = 0.5 * xp.where(below & above, high, 1.0) - 0.5 * xp.where(below & above, low, 0.0)
        return xp.where(below & above, low + half, start + xp.astype(below, start.dtype))


class Tail(NamedTuple):
    r"""How the density falls at one end of the support, to first order.

    With y the distance from a finite end, or |x| towards an infinite one,

    .. math:: -\log f = c\,g(y) + b y + a \log y + O(1)

    where g is named by `kind`: ``"none"`` (0), ``"log2"`` ((log y)^2), ``"power"`` (y^k, with
    k > 0 at infinity and k < 0 at a finite end), ``"factorial"`` (y log y, at infinity, as for
    Poisson's law) or ``"exponential"`` (exp(k y), at infinity). NaN for b tells that what comes
    next is not known; `doubt` by how much a may be off that was measured.
    """

    kind: str
    a: float = 0.0
    c: float = 0.0
    k: float = 0.0
    b: float = 0.0
    doubt: float = 0.0

    @property
    def rank(self) -> int:
        """The place of g among those that grow ever faster; those of one place differ by k."""
        ranks = {"log2": 1, "power": 4 if self.k > 1.0 else 2, "factorial": 3, "exponential": 5}
        return ranks.get(self.kind, 0)

    def level(self, log_y: np.ndarray) -> np.ndarray:
        """Return -log f up to a constant, at given log y."""
        grown = {
            "log2": lambda: log_y**2,
            "power": lambda: np.exp(self.k * log_y),
            "factorial": lambda: np.exp(log_y) * log_y,
            "exponential": lambda: np.exp(self.k * np.exp(log_y)),
        }.get(self.kind)
        value = self.a * log_y
        if self.b != 0.0 and not math.isnan(self.b):
            value = value + self.b * np.exp(log_y)
        return value if grown is None or self.c == 0.0 else value + self.c * grown()


Tails = tuple[Tail, Tail]


class AbstractFamily(AbstractDistribution):
    """A law with named parameters, or a batch of them: their shapes broadcast.

    A family is a frozen dataclass whose fields are declared by `parameter`. It gives its support
    and the logarithm of its density there; SciPy gives distribution function, quantiles and
    draws. Every verb follows: what has no closed form is summed or integrated.
    """

    __slots__ = ()

    # Parameters that move with x: with x and them less the same number, the density is the same.
    _located: tuple[str, ...] = ()
    # Those that are multiplied as x is, besides; None where x times a number is of another family.
    _stretched: tuple[str, ...] | None = None
    # Sets of parameters of which exactly one is given, where there are several; fits use the first.
    _forms: tuple[tuple[str, ...], ...] = ()

    # ------------------------------------------------------------ what a family gives

    @property
    @abstractmethod
    def support(self) -> Support:
        """Where the law may fall."""

    @abstractmethod
    def _log_density(self, xp: Any, x: Array) -> Array:
        """Return log f(x) for x in the support; parameters and x are wide."""

    def _log_density_with_zeros(self, xp: Any, x: Array) -> Array:
        """Return the same with the gradient by weights that are 0, which integrals have apart."""
        return self._log_density(xp, x)

    @abstractmethod
    def _scipy(self) -> Any:
        """Return SciPy's frozen distribution; parameters are NumPy's, in float64."""

    def _tails(self) -> Tails:
        """Return how the density falls at both ends; parameters are single numbers of NumPy.

        Where a family does not tell, it is measured from the density, to fewer digits.
        """
        raise NotImplementedError

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        """Return the mean of a statistic where it has a closed form; parameters are wide.

        Statistics are ("power", k), x^k with ("power", 1) the mean, ("log", m), (log x)^m, and
        ("log1m", 1), log(1 - x).
        """
        return None

    def _log_density_terms(
        self,
        xp: Any,  # noqa: ARG002
    ) -> tuple[Array, dict[tuple[str, float], Array]] | None:
        """Return the constant and the coefficients of statistics whose sum log f is, if it is."""
        return None

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return draws, shape (*shape, *event_shape); parameters are NumPy's, in float64."""
        return self._scipy().rvs(size=shape, random_state=chance)

    def _landmarks(self) -> list[float]:
        """Return points between which the density is smooth and simple, for one law of NumPy."""
        levels = (1e-9, 1e-4, 0.02, 0.2, 0.5, 0.8, 0.98, 1 - 1e-4, 1 - 1e-9)
        try:
            return self._scipy().ppf(np.array(levels)).tolist()
        except (AttributeError, NotImplementedError):  # a family of which only a density is known
            from kullback.families._search import sought

            return list(sought(self))

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        """Return log f(x + step) - log f(x).

        A family has its own where, far out in a tail, both are large and x + step is no float.
        """
        return self._log_density_from(xp, x, step) - self._log_density(xp, x)

    # ------------------------------------------------------------ what all of them have

    @property
    def _rises(self) -> bool:
        """Whether the law has a rise of its own, which has all digits."""
        return type(self)._rise is not AbstractFamily._rise

    @property
    def _title(self) -> str:
        """What messages call it."""
        return type(self).__name__

    @property
    def _blurs_ends(self) -> bool:
        """Whether rounding blurs the density beside an end more than floats need to."""
        return False

    @property
    def _digits(self) -> bool:
        """Whether the law has a density where a number and its distance from it add to no float."""
        return bool(self._located)

    def _log_density_from(self, xp: Any, origin: Array, x: Array) -> Array:
        """Return log f(origin + x), with all digits of x where the law can give them."""
        if self._located:
            return self._seen_from(origin)._log_density(xp, x)
        return self._log_density(xp, origin + x)

    def _seen_from(self, origin: Array) -> Self:
        """Return the law of the distance from a number."""
        law = self.map(lambda x: x)
        for name in self._located:
            object.__setattr__(law, name, getattr(law, name) - origin)
        return law

    def _times(self, factor: float) -> Self:
        """Return the law of x times a number."""
        law = self.map(lambda x: x)
        for name in (*self._located, *(self._stretched or ())):
            object.__setattr__(law, name, getattr(law, name) * factor)
        return law

    def _landmarks_from(self, origin: float) -> list[float]:
        """Return the landmarks as distances from a number."""
        if self._located:
            return self._seen_from(np.float64(origin))._landmarks()
        return [x - origin for x in self._landmarks()]

    def _breaks(self) -> list[Array]:
        """Return where the density of a single law begins, ends, or is not smooth."""
        return list(self.support[:2])

    @property
    def _tolerance(self) -> float:
        """To what share integrals need not be known better; 0 where the density is quick."""
        return 0.0

    def _guessed(self, x: np.ndarray) -> np.ndarray:
        """Return where the density of a single distribution is continued and not known."""
        return np.zeros(np.shape(x), dtype=bool)

    def _reaches(self, low: float, high: float) -> bool:  # noqa: ARG002
        """Whether a single distribution whose support is wider than this falls outside."""
        return True

    @property
    def _whole(self) -> bool:
        """Whether all outcomes are integers; of discrete distributions."""
        return True

    def _holds(self, x: Array) -> Array:
        """Whether each number lies in the support."""
        return self.support.holds(x)

    def _on_integers(self) -> tuple[AbstractFamily, float]:
        """Return a single distribution moved to the integers, and how far beside them it lies."""
        return self, 0.0

    def _listed(self) -> np.ndarray | None:
        """Return the outcomes, or the edges between which a density is constant, if few."""
        return None

    def _parts(self) -> list[AbstractFamily]:
        """Return laws of one body each, of which a single law is a mixture."""
        return [self]

    def __init_subclass__(cls) -> None:
        # `torch.compile` can read this, and not the metadata of fields.
        declared = getattr(cls, "__dataclass_fields__", {}).values()
        names = ((public_name(f), f.init) for f in declared)
        cls._names = tuple(name for name, init in names if init or hasattr(cls, name))
        cls._places = {public_name(f): f.name for f in declared}
        cls._declared = {
            public_name(f): (f.metadata["range"], f.metadata["axes"])
            for f in declared
            if "range" in f.metadata
        }

    def __new__(cls, *_: Any, **given: Any) -> Self:
        """Make a law; a parameter that the family does not have is called by its name."""
        for name in given:
            if cls._names and name not in cls._names:
                raise _no_parameter(cls.__name__, name, cls._names)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        given = self.parameters
        self._check_form(given)
        for f in fields(cast("Any", self)):
            name = public_name(f)
            if name in self._declared and name not in given and f.default_factory is MISSING:
                raise KullbackError("array.none", name=name)
        arrays = dict(zip(given, common(given), strict=True))
        for f in self._given():
            name = public_name(f)
            x, (kind, axes) = arrays[name], self._declared[name]
            if x.ndim < axes:
                raise KullbackError("family.axes", name=name, axes=axes, shape=tuple(x.shape))
            if 0 in x.shape[x.ndim - axes :]:
                raise KullbackError("array.empty")
            if not is_traced(x) and (failure := first_failure(kind.holds(x), x)):
                raise KullbackError(
                    "family.parameter",
                    family=type(self).__name__,
                    name=f"{name}[{failure[0]}]" if failure[0] else name,
                    needed=kind,
                    got=f"{failure[1]:g}",
                )
            object.__setattr__(self, f.name, x)
        try:
            _ = self.batch_shape
        except ValueError:
            shapes = ", ".join(f"{name}: {tuple(x.shape)}" for name, x in arrays.items())
            raise KullbackError("family.broadcast", shapes=shapes) from None

    def _keep(self, **given: Any) -> None:
        """Take what a constructor was given, and check it; the other forms are None."""
        for name, x in given.items():
            object.__setattr__(self, self._places[name], x)
        self.__post_init__()

    def _check_form(self, given: Collection[str]) -> None:
        """Refuse parameters that are not one of the forms, if the family has several."""
        if self._forms and set(given) not in map(set, self._forms):
            raise KullbackError(
                "family.form",
                family=type(self).__name__,
                got=", ".join(given) or "-",
                forms=" | ".join(", ".join(form) for form in self._forms),
            )

    def __repr__(self) -> str:
        every = (f for f in fields(cast("Any", self)) if f.repr)
        values = {public_name(f): getattr(self, f.name) for f in every}
        given = (f"{name}={_shown(x)}" for name, x in values.items() if x is not None)
        return f"{type(self).__name__}({', '.join(given)})"

    def _given(self) -> list[Field]:
        """Return the parameters that were given; optional ones may not be."""
        return [f for f in fields(cast("Any", self)) if getattr(self, f.name) is not None]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name."""
        return {public_name(f): getattr(self, f.name) for f in self._given()}

    @property
    def arrays(self) -> list[Array]:
        """All arrays the law is made of."""
        return list(self.parameters.values())

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch of laws; () for a single one."""
        shapes = (
            tuple(x.shape)[: x.ndim - self._declared[name][1]]
            for name, x in self.parameters.items()
        )
        return np.broadcast_shapes(*shapes)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw; () on the line."""
        return ()

    def map(self, function: Callable[[Array], Array]) -> Self:
        """Return the law of the parameters that a function makes of these, unchecked."""
        law = object.__new__(type(self))
        for f in fields(cast("Any", self)):
            x = getattr(self, f.name)
            object.__setattr__(law, f.name, None if x is None else function(x))
        return law

    def wide(self) -> Self:
        """Return the law with its parameters in the precision that sums are taken in."""
        return self.map(widen)

    def in_numpy(self) -> Self:
        """Return the law with parameters of NumPy, in float64."""
        return self.map(lambda x: to_numpy(x).astype(np.float64))

    def at(self, index: tuple[int, ...], batch_shape: tuple[int, ...]) -> Self:
        """Return one law of the batch that these parameters broadcast to."""
        law = object.__new__(type(self))
        for f in fields(cast("Any", self)):
            x = getattr(self, f.name)
            if x is None:
                object.__setattr__(law, f.name, None)
                continue
            tail = tuple(x.shape)[x.ndim - f.metadata["axes"] :]
            whole = namespace(x).broadcast_to(x, (*batch_shape, *tail))
            object.__setattr__(law, f.name, whole[index] if index else whole)
        return law

    def log_prob(self, x: Any, /) -> Array:
        """Return the logarithm of the density or mass at x, in nats; -inf outside the support.

        Parameters
        ----------
        x : array, shape (...)
            Broadcasts with the batch of laws. NaN gives NaN.
        """
        law, x = self._beside(x)
        xp = namespace(x)
        law, wide = law.wide(), widen(as_float_array(x, "x"))
        event = tuple(wide.shape)[max(0, wide.ndim - len(self.event_shape)) :]
        if self.event_shape and event != self.event_shape:
            raise KullbackError("family.event", needed=self.event_shape, got=tuple(wide.shape))
        rows = tuple(wide.shape)[: wide.ndim - len(event)] if self.event_shape else wide.shape
        self._check_rows(tuple(rows))
        inside, missing = law._holds(wide) & (xp.abs(wide) < xp.inf), xp.isnan(wide)
        with np.errstate(over="ignore") if is_numpy(wide) else nullcontext():
            value = law._log_density_with_zeros(xp, xp.where(inside, wide, law.support.inner(xp)))
        for _ in self.event_shape:
            inside, missing = xp.all(inside, axis=-1), xp.any(missing, axis=-1)
        outside = xp.where(missing, xp.nan, xp.zeros_like(value) - xp.inf)
        value = xp.where(inside, value, outside)
        return narrow(value, x, *law_arrays(self, x))

    def _check_rows(self, shape: tuple[int, ...]) -> None:
        """Refuse samples of a shape that does not broadcast with the batch of laws."""
        try:
            np.broadcast_shapes(shape, self.batch_shape)
        except ValueError:
            shapes = f"x: {shape}, {self._title}: {self.batch_shape}"
            raise KullbackError("family.broadcast", shapes=shapes) from None

    def sample(self, shape: int | tuple[int, ...] = (), /, *, rng: Any = None) -> Array:
        """Draw, shape (*shape, *batch_shape); in the library of the parameters, without gradient.

        Parameters
        ----------
        shape : int or tuple of int, default ()
            How many draws of each law.
        rng : numpy.random.Generator, int or JAX key, optional
            Where chance comes from; fresh by default.
        """
        size = (shape,) if isinstance(shape, int) else tuple(shape)
        draws = self.in_numpy()._draw(generator(rng), (*size, *self.batch_shape))
        return self._as_given(draws)

    def cdf(self, x: Any, /) -> Array:
        """Return P(X <= x); computed by SciPy, without gradient."""
        return self._as_given(self.in_numpy()._scipy().cdf(to_numpy(to_array(x, "x"))))

    def quantile(self, u: Any, /) -> Array:
        """Return the smallest x with P(X <= x) >= u; computed by SciPy, without gradient."""
        return self._as_given(self.in_numpy()._scipy().ppf(to_numpy(to_array(u, "u"))))

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape); inf or NaN where there is none."""
        return self._as_given(self.in_numpy()._scipy().mean())

    @property
    def variance(self) -> Array:
        """The variance, shape (*batch_shape); inf or NaN where there is none."""
        return self._as_given(self.in_numpy()._scipy().var())

    def narrow(self, value: Array) -> Array:
        """Return a wide result in the precision of the parameters."""
        return narrow(value, *self.arrays)

    def _as_given(self, x: Any) -> Array:
        return self.narrow(like(np.asarray(x, dtype=np.float64), self.arrays[0]))

    def _beside(self, x: Any) -> tuple[Self, Array]:
        """Return the law and x in one library: NumPy's constants go where the others are."""
        x = to_array(x, "x")
        anchor = self.arrays[0]
        if is_numpy(x) and not is_numpy(anchor):
            return self, like(x, anchor)
        if is_numpy(*self.arrays) and not is_numpy(x):
            return self.map(lambda a: like(a, x)), x
        return self, x


def public_name(f: Field) -> str:
    """Return what a parameter is called; a field with _ before it stands behind a property."""
    return f.name.removeprefix("_")


def _shown(x: Any) -> str:
    """Write single numbers plainly, and everything else as it writes itself."""
    if not is_array(x) or is_traced(x) or x.ndim > 0:
        return repr(x)
    return str(to_numpy(x)[()])


def law_arrays(law: AbstractFamily, x: Array) -> list[Array]:
    """Return the arrays that decide a result's precision: constants of NumPy do not beside x."""
    return [] if is_numpy(*law.arrays) and not is_numpy(x) else law.arrays


def common(given: dict[str, Any]) -> list[Array]:
    """Return parameters in one library: constants of NumPy go where the others are.

    Plain numbers also take the others' precision.
    """
    arrays = {
        name: as_float_array(x, name)
        for name, x in given.items()
        if is_array(x) or not isinstance(x, (int, float))
    }
    anchor = next((x for x in arrays.values() if not is_numpy(x)), None)
    if anchor is None:
        own = list(arrays.values())
        numbers = {name: as_float_array(x, name) for name, x in given.items() if name not in arrays}
        arrays |= {name: np.asarray(narrow(x, *own)) for name, x in numbers.items()}
        return [arrays[name] for name in given]
    xp = namespace(*(x for x in arrays.values() if not is_numpy(x)))
    for name, x in given.items():
        if name not in arrays:
            arrays[name] = xp.asarray(x, dtype=anchor.dtype, device=getattr(anchor, "device", None))
        else:
            arrays[name] = moved_to(arrays[name], anchor)
    return [arrays[name] for name in given]


def _no_parameter(family: str, got: str, names: Sequence[str]) -> CallError:
    """Return the error for a parameter that a family does not have, with what was meant."""
    told = {"family": family, "got": got, "names": ", ".join(names)}
    if meant := meant_by(got, names):
        return CallError("family.argument_meant", meant=meant, **told)
    if how := converted(got, names):
        return CallError("family.argument_converted", how=how, **told)
    return CallError("family.argument", **told)


def aligned(p: AbstractFamily, q: AbstractFamily) -> tuple[AbstractFamily, AbstractFamily]:
    """Return two laws in one library; refuse batches that do not broadcast."""
    try:
        np.broadcast_shapes(p.batch_shape, q.batch_shape)
    except ValueError:
        raise KullbackError("family.batch", p=p.batch_shape, q=q.batch_shape) from None
    if p.event_shape != q.event_shape:
        raise KullbackError("family.dimensions", p=p.event_shape, q=q.event_shape)
    for one, other in ((p, q), (q, p)):
        if is_numpy(*one.arrays) and not is_numpy(*other.arrays):
            moved = one.map(partial(moved_to, anchor=other.arrays[0]))
            return (moved, q) if one is p else (p, moved)
    namespace(*p.arrays, *q.arrays)  # an error if they do not mix
    return p, q


def moved_to(x: Array, anchor: Array) -> Array:
    """Return a constant of NumPy in an array's library and precision; all others as they are."""
    return namespace(anchor).astype(like(x, anchor), anchor.dtype) if is_numpy(x) else x


def closed_form(verb: Callable[..., Any], *kinds: type) -> Callable[[Callable], Callable]:
    """Register a formula f(xp, *laws, **options) of wide laws as a rule, answered narrow."""

    def register(formula: Callable[..., Array]) -> Callable[..., Array]:
        def run(*laws: AbstractFamily, **options: Any) -> Array:
            if "order" in options:
                options["order"] = checked_order(options["order"])
            both = aligned(*laws) if len(laws) == 2 else laws
            arrays = [x for law in both for x in law.arrays]
            xp = namespace(*arrays)
            wide = [law.wide() for law in both]
            # What is too large for a float is infinite, and no reason to warn.
            with np.errstate(over="ignore") if is_numpy(*arrays) else nullcontext():
                value = formula(xp, *wide, **options)
            shape = np.broadcast_shapes(*(law.batch_shape for law in laws))
            return narrow(xp.broadcast_to(value, shape), *arrays)

        run.method = "closed form"  # type: ignore[attr-defined]
        run.__doc__ = formula.__doc__
        run.__wrapped__ = formula  # type: ignore[attr-defined] (its options are the rule's)
        rule(verb, *kinds)(run)
        return formula

    return register


def generator(rng: Any) -> np.random.Generator:
    """Return NumPy's generator for a seed, a generator or a key of JAX."""
    if isinstance(rng, (np.random.Generator, int, type(None))):
        return np.random.default_rng(rng)
    if type(rng).__module__.startswith("jax"):
        import jax

        return np.random.default_rng(np.asarray(jax.random.bits(rng, (4,))))
    raise KullbackError("rng.kind", got=repr(rng))


@rule(log_likelihood, AbstractFamily)
def family_log_likelihood(x: Any, q: AbstractFamily) -> Array:
    """Ask the density."""
    return q.log_prob(x)


@rule(log_likelihood_ratio, AbstractFamily, AbstractFamily)
def family_log_likelihood_ratio(x: Any, p: AbstractFamily, q: AbstractFamily) -> Array:
    """Subtract; NaN where neither law allows a sample."""
    a, b = p.log_prob(x), q.log_prob(x)
    xp = namespace(a, b)
    neither = (a == -xp.inf) & (b == -xp.inf)
    return xp.where(neither, xp.nan, a - xp.where(neither, 0.0, b))
