"""What distributions of PyTorch and NumPyro without a family here tell about themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import numpy as np

from kullback._array import (
    Array,
    detached,
    is_array,
    is_numpy,
    is_traced,
    like,
    namespace,
    pick,
    to_array,
    to_numpy,
    widen,
)
from kullback.errors import KullbackError
from kullback.families._foreign_law import ForeignLaw, _Source
from kullback.families.abstract import AbstractFamily
from kullback.families.composite import as_family
from kullback.measures.divergence import kl_divergence
from kullback.measures.orders import renyi_divergence
from kullback.verbs import rule, rule_for

__all__ = ["alike", "law_of_tensors", "parts_of", "steps_of"]

_DOUBLE = "float64"


def law_of_tensors(x: Any) -> ForeignLaw:
    """Return the law of a distribution of PyTorch or NumPyro, through its own density.

    Raises
    ------
    KullbackError
        If it gives none.
    """
    return ForeignLaw.asked(_Tensors.of(x))


class _Tensors(_Source):
    """A distribution of PyTorch or NumPyro, or a part of its batch."""

    x: Any  # as it was given
    wide: Any  # with arrays of floats in the precision that sums are taken in
    plain: Any  # with arrays of float64, without gradients
    torch: bool
    failure: KullbackError | None = None  # why it has no density
    own_shape: tuple[int, ...]  # of the batch of the other library
    places: np.ndarray | None  # where in that batch, flattened, the laws of this one are

    @classmethod
    def of(cls, x: Any) -> _Tensors:
        """Return what a distribution tells, asked whether it does."""
        made = cls()
        made.x, made.name = x, type(x).__name__
        made.torch = any(kind.__module__.startswith("torch") for kind in type(x).__mro__)
        # What asks for a gradient first: the others do not tell.
        found = sorted(_arrays_of(x), key=lambda a: not getattr(a, "requires_grad", False))
        made.anchors = tuple(found) or (made._array(0.0),)
        traced = is_traced(*map(detached, made.anchors))
        made.wide = _rebuilt(x, widen)
        with made._double():
            made.plain = _rebuilt(x, detached if traced else made._constant)
        made.own_shape = made.batch_shape = tuple(x.batch_shape)
        made.event_shape, made.places = tuple(x.event_shape), None
        with suppress(NotImplementedError, AttributeError):
            made.discrete = bool(x.support.is_discrete)
        if traced:
            return made
        made.failure = made._tried_density()
        if not made.event_shape:
            made._try_quantiles()
        return made

    def _tried_density(self) -> KullbackError | None:
        """Ask for the density of two draws; return what is wrong with the answer."""
        try:
            x = self._drawn(0, (2,))
        except Exception:  # noqa: BLE001 (whatever the other library raises)
            return None  # its density can be asked for all the same
        needed = (2, *self.batch_shape)
        try:
            shape = tuple(np.shape(self.log_prob(x)))
        except KullbackError as failure:
            return failure
        if shape == needed:
            return None
        return KullbackError("foreign.shape", kind=self.name, got=shape, needed=needed)

    def _try_quantiles(self) -> None:
        with suppress(Exception):
            found = self._quantile(np.full(self.batch_shape, 0.5))
            if np.isfinite(found).all():
                self.quantiles = (self._quantile, lambda u: self._quantile(1.0 - u))

    def _asked(self, function: Callable[[], Any]) -> Any:
        """Return what the other library answers; its errors become ours."""
        try:
            return function()
        except KullbackError:
            raise
        except Exception as error:
            said = str(error).partition("\n")[0] or type(error).__name__
            raise KullbackError("foreign.failed", kind=self.name, error=said) from error

    def _array(self, x: Any) -> Array:
        return sys.modules["torch" if self.torch else "jax.numpy"].asarray(x)

    def _constant(self, x: Array) -> Array:
        """Return an array in float64, wherever its library has it."""
        if self.torch:
            return detached(widen(x))
        return self._array(np.asarray(detached(x), dtype=_DOUBLE))

    def _double(self) -> AbstractContextManager[Any]:
        """Let JAX have float64 for a while."""
        if self.torch:
            return nullcontext()
        jax = sys.modules["jax"]
        if hasattr(jax, "enable_x64"):
            return jax.enable_x64(True)
        return jax.experimental.enable_x64(True)

    # ------------------------------------------------------------ a part of the batch

    def part(self, index: tuple[Any, ...], batch_shape: tuple[int, ...]) -> _Tensors:
        """Return what is told about a part of the batch, broadcast to a shape."""
        own = self.places
        if own is None:
            own = np.arange(int(np.prod(self.own_shape))).reshape(self.own_shape)
        made = object.__new__(type(self))
        vars(made).update(vars(self))
        made.places = np.asarray(np.broadcast_to(own, batch_shape)[index])
        made.batch_shape = made.places.shape
        if self.quantiles is not None:
            made.quantiles = (made._quantile, lambda u: made._quantile(1.0 - u))
        return made

    def _spread(self, x: Array) -> Array:
        """Return x beside the whole batch of the other library."""
        if self.places is None:
            return x
        xp, axes = namespace(x), len(self.event_shape)
        lead = tuple(x.shape)[: x.ndim - axes]
        whole = np.broadcast_shapes(lead, self.batch_shape)
        x = xp.broadcast_to(x, (*whole, *tuple(x.shape)[x.ndim - axes :]))
        before = (slice(None),) * len(whole)
        return x[(*before, *(None for _ in self.own_shape))]

    def _gathered(self, value: Array) -> Array:
        """Return what belongs to this part, of the answers of the whole batch."""
        if self.places is None:
            return value
        xp, axes = namespace(value), len(self.own_shape)
        lead = tuple(value.shape)[: value.ndim - axes]
        value = xp.broadcast_to(value, (*lead, *self.own_shape))
        flat = xp.reshape(value, (*lead, int(np.prod(self.own_shape))))
        if is_numpy(value):
            return pick(flat, self.places)
        return pick(flat, like(self.places, value))

    def _of_batch(self, x: Any) -> np.ndarray:
        """Return this part of an array of NumPy whose last axes are the batch and the draw."""
        x = np.broadcast_to(x, (*self.own_shape, *self.event_shape))
        if self.places is None:
            return x
        return x.reshape(-1, *self.event_shape)[self.places]

    # ------------------------------------------------------------ answers

    def log_prob(self, x: Array) -> Array:
        """Return the logarithm of density or mass."""
        if self.failure is not None:
            raise self.failure
        if not is_numpy(x):
            return self._gathered(self._asked(lambda: self.wide.log_prob(self._spread(x))))
        return self._plainly(lambda at: self._asked(lambda: self.plain.log_prob(at)), x)

    def _plainly(self, function: Callable[[Array], Array], x: np.ndarray) -> np.ndarray:
        """Return the answers of a function of the other library, in NumPy and float64.

        JAX compiles anew for every shape: of points on a line it is given powers of two.
        """
        single = not self.event_shape and not self.batch_shape and x.ndim == 1
        count = len(x) if single and not self.torch else 0
        if count:
            x = np.concatenate([x, np.full((1 << (count - 1).bit_length()) - count, x[-1])])
        with self._double():
            value = to_numpy(function(self._beside(self._spread(x)))).astype(_DOUBLE)
            value = self._gathered(value)
        return value[:count] if count else value

    def _beside(self, x: np.ndarray) -> Array:
        """Return an array of NumPy in float64, where the parameters are kept."""
        x = np.asarray(x, order="C")
        return like(x, self.anchors[0]) if self.torch else self._array(x)

    def within(self, x: Any, value: Array) -> Array:
        """Return a density, or -inf where x is not in the support."""
        x = to_array(x, "x")
        if is_numpy(x):
            x = self._beside(x) if is_numpy(value) else like(x, value)
        try:
            inside = self.x.support.check(self._spread(x))
        except Exception:  # noqa: BLE001 (it cannot tell)
            return value
        inside = to_numpy(inside) if is_numpy(value) else inside
        xp = namespace(value)
        lead = tuple(inside.shape)
        if len(lead) > len(value.shape) + (len(self.own_shape) if self.places is not None else 0):
            return value
        return xp.where(self._gathered(inside), value, xp.where(value == value, -xp.inf, value))  # noqa: PLR0124 (as NaN is not)

    def support(self) -> tuple[Any, Any]:
        """Return the ends of the support, of NumPy."""
        try:
            limits = self.x.support
        except (NotImplementedError, AttributeError):
            return -np.inf, np.inf
        limits = getattr(limits, "base_constraint", limits)
        if "bool" in type(limits).__name__.lower():
            return 0.0, 1.0
        ends = (getattr(limits, f"{end}_bound", None) for end in ("lower", "upper"))
        low, high = (to_numpy(x) if is_array(x) else x for x in ends)
        low, high = -np.inf if low is None else low, np.inf if high is None else high
        return (low, high) if self.event_shape else (self._of_batch(low), self._of_batch(high))

    def tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        """Return P(X > x) or P(X <= x); an error where it is not known."""
        try:
            below = self._plainly(self.plain.cdf, np.asarray(x))
        except Exception as error:
            raise NotImplementedError from error
        return 1.0 - below if upper else below

    def _quantile(self, u: Any) -> np.ndarray:
        return self._plainly(self.plain.icdf, np.asarray(u, dtype=_DOUBLE))

    def draw(self, chance: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
        """Return draws, shape (*size, *batch_shape)."""
        drawn = self._asked(lambda: self._drawn(int(chance.integers(2**31)), size))
        if self.places is None:
            return drawn
        flat = drawn.reshape(*size, -1, *self.event_shape)
        return flat[(*(slice(None) for _ in size), self.places)]

    def _drawn(self, seed: int, size: tuple[int, ...]) -> np.ndarray:
        if not self.torch:
            import jax

            with self._double():
                return np.asarray(self.plain.sample(jax.random.PRNGKey(seed), size), dtype=_DOUBLE)
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return to_numpy(self.plain.sample(size)).astype(_DOUBLE)

    def moments(self) -> tuple[Any, Any]:
        """Return mean and variance."""
        with self._double():
            found = self._asked(lambda: (self.plain.mean, self.plain.variance))
            mean, variance = (self._of_batch(to_numpy(x)) for x in found)
        return mean, variance


# ---------------------------------------------------------------- one map of two laws


def _before(p: ForeignLaw, q: ForeignLaw) -> tuple[AbstractFamily, AbstractFamily] | None:
    """Return the laws of which one map makes both, if there is a map that loses nothing."""
    bases = []
    for law in (p, q):
        source = law.source
        if not isinstance(source, _Tensors) or source.places is not None:
            return None
        if not hasattr(source.x, "base_dist") or not hasattr(source.x, "transforms"):
            return None
        bases.append(source)
    one, other = (source.x for source in bases)
    steps = steps_of(one)
    if not alike(steps, steps_of(other)) or not all(map(_loses_nothing, steps)):
        return None
    with suppress(KullbackError):
        laws = as_family(one.base_dist), as_family(other.base_dist)
        if all(a.batch_shape == b.batch_shape for a, b in zip(laws, (p, q), strict=True)):
            return laws
    return None


def _loses_nothing(step: Any) -> bool:
    """Whether a transform takes different points to different ones."""
    if hasattr(step, "bijective"):
        return bool(step.bijective)
    return type(step).__module__.startswith("numpyro.") and type(step).__name__ != "AbsTransform"


def _register(verb: Callable[..., Any]) -> None:
    """Register that a divergence is not changed by a map of both laws."""

    def run(p: ForeignLaw, q: ForeignLaw, **options: Any) -> Any:
        laws = _before(p, q)
        if laws is not None:
            return verb(*laws, **options)
        return rule_for(verb, AbstractFamily, AbstractFamily)(p, q, **options)

    run.inner = _before  # type: ignore[attr-defined] (what it is taken from, for `method_for`)
    run.__wrapped__ = verb  # type: ignore[attr-defined] (it has the options of the verb)
    rule(verb, ForeignLaw, ForeignLaw)(run)


_register(kl_divergence)
_register(renyi_divergence)


# ---------------------------------------------------------------- what objects are made of


def _is_step(x: Any) -> bool:
    """Whether an object is a transform of one of the libraries."""
    return any("distributions.transforms" in kind.__module__ for kind in type(x).__mro__)


def _rebuilt(x: Any, function: Callable[[Array], Array]) -> Any:
    """Return a copy of a distribution, or a part of it, with other arrays of floats.

    It does not check samples: ours come from inside the support. It is not made by the library's
    own copying, which forgets what an inverse transform is the inverse of.
    """
    if is_array(x):
        floats = not is_numpy(x) and namespace(x).isdtype(x.dtype, "real floating")
        return function(x) if floats else x
    if type(x) in (list, tuple):
        return type(x)(_rebuilt(part, function) for part in x)
    step = _is_step(x)
    if not (hasattr(x, "log_prob") or step) or not hasattr(x, "__dict__"):
        return x
    made = object.__new__(type(x))
    inverse = type(x).__name__ == "_InverseTransform"
    for name, part in vars(x).items():
        if name == "_inv" and not inverse:  # made anew where it is asked for
            vars(made)[name] = None
        elif name == "_cached_x_y":
            vars(made)[name] = (None, None)
        else:
            vars(made)[name] = _rebuilt(part, function)
    if not step:
        made._validate_args = False
    return made


def _arrays_of(x: Any) -> Iterator[Array]:
    """Yield the arrays of floats that a distribution and its parts are made of."""
    for value in vars(x).values():
        if is_array(value) and not is_numpy(value):
            if namespace(value).isdtype(value.dtype, "real floating"):
                yield value
        elif hasattr(value, "log_prob"):
            yield from _arrays_of(value)
        elif isinstance(value, (list, tuple)):
            for part in value:
                if hasattr(part, "__dict__") and not is_array(part):
                    yield from _arrays_of(part)


def parts_of(x: Any) -> Iterator[Any]:
    """Yield a distribution, and all distributions that it is made of."""
    yield x
    for value in vars(x).values() if hasattr(x, "__dict__") else ():
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if hasattr(part, "log_prob"):
                yield from parts_of(part)


def steps_of(x: Any) -> list[Any]:
    """Return the transforms of a distribution, one after the other."""
    found = []
    for step in x.transforms:
        found += _simple_steps(step)
    return found


def _simple_steps(step: Any) -> list[Any]:
    """Return the parts of a transform that is composed of others."""
    if type(step).__name__ != "ComposeTransform":
        return [step]
    return [inner for part in step.parts for inner in _simple_steps(part)]


def alike(a: Any, b: Any) -> bool:
    """Whether two objects of a library are made in the same way; not known of traced values."""
    if a is b:
        return True
    if is_array(a) and is_array(b):
        if is_traced(a, b) or tuple(a.shape) != tuple(b.shape):
            return False
        return bool(np.array_equal(to_numpy(a), to_numpy(b)))
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    if not (hasattr(a, "log_prob") or _is_step(a)):
        return bool(a == b)
    inverse = type(a).__name__ == "_InverseTransform"
    hidden = {"_cached_x_y", "_cache_size"} | (set() if inverse else {"_inv"})
    one, other = (
        {name: part for name, part in vars(x).items() if name not in hidden} for x in (a, b)
    )
    return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
