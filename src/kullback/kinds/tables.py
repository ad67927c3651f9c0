"""Distributions over finitely many outcomes, given by a table: one number per outcome."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import final

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    holds_integers,
    is_traced,
    namespace,
    narrow,
    one_hot,
    safe_log,
    sum_tolerance,
    to_array,
    widen,
)
from kullback._kernels.generic import log_softmax, softmax
from kullback.errors import KullbackError

__all__ = [
    "AbstractDistribution",
    "AbstractFinite",
    "Labels",
    "LogProbs",
    "Logits",
    "Probs",
    "outcomes_last",
]


class AbstractDistribution(ABC):  # noqa: B024 (what can be asked of it are the verbs' rules)
    """Whatever a verb accepts.

    Examples
    --------
    >>> import kullback as kb
    >>> isinstance(kb.as_distribution([0.5, 0.5]), kb.AbstractDistribution)
    True
    """

    __slots__ = ()


class AbstractFinite(AbstractDistribution):
    """A distribution over the outcomes 0 to K - 1, or a batch of them; outcomes on the last axis.

    A new kind gives the array it was made from and the two wide tables; every verb follows.

    Examples
    --------
    >>> import kullback as kb
    >>> class Odds(kb.AbstractFinite):
    ...     def __init__(self, odds):
    ...         self.table = kb.Counts(odds).proportions
    ...
    ...     values = property(lambda self: self.table)
    ...
    ...     def wide_probs(self):
    ...         return self.table
    ...
    ...     def wide_log_probs(self):
    ...         return kb.Probs(self.table).wide_log_probs()
    >>> float(kb.entropy(Odds([1, 1]), unit="bits"))
    1.0
    """

    __slots__ = ()

    @property
    @abstractmethod
    def values(self) -> Array:
        """The array this was made from; it decides the precision of results."""

    @abstractmethod
    def wide_probs(self) -> Array:
        """Return the probabilities, shape (..., K), in the precision that sums are taken in."""

    @abstractmethod
    def wide_log_probs(self) -> Array:
        """Return their logarithms, likewise; -inf for an impossible outcome."""

    @property
    def probs(self) -> Array:
        """Probabilities, shape (..., K)."""
        return narrow(self.wide_probs(), self.values)

    @property
    def log_probs(self) -> Array:
        """Logarithms of the probabilities in nats, shape (..., K); -inf where impossible."""
        return narrow(self.wide_log_probs(), self.values)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Probs(AbstractFinite):
    """Probabilities. They are checked and never repaired.

    Parameters
    ----------
    p : array, shape (..., K)
        Nonnegative, and summing to 1 within max(1e-6, sqrt(eps)) of their precision.
    axis : int, default -1
        Where the outcomes are.
    check : bool, default True
        False trusts the caller, and of numbers that are no probabilities anything may come. On
        an accelerator it spares waiting for the verdict.

    Raises
    ------
    KullbackError
        If a value is negative or NaN, or if the sum is not 1. Inside `jit`, `vmap` and
        `torch.compile` there are no values to check.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.Probs([0.25, 0.75]).log_probs.round(4).tolist()
    [-1.3863, -0.2877]
    """

    p: Array
    _: KW_ONLY
    axis: InitVar[int] = -1
    check: InitVar[bool] = True
    # Whether a kernel is to check the numbers in the pass that adds them up.
    pending: bool = field(init=False, repr=False, default=False)

    def __post_init__(self, axis: int, check: bool) -> None:
        p = outcomes_last(as_float_array(self.p), axis)
        object.__setattr__(self, "p", p)
        if check:
            self.verify()

    def verify(self, name: str = "p", axes: int = 1) -> None:
        """Refuse what is no distribution over the last axes, by the name the caller gives it."""
        object.__setattr__(self, "pending", False)
        p = self.p
        if is_traced(p) or 0 in p.shape:
            return
        least = namespace(p).min(p)
        sound = is_traced(least) or bool(least >= 0)  # of a constant inside `jit` it is traced
        if not sound and (failure := first_failure(p >= 0, p)):
            key = "probs.nan" if math.isnan(failure[1]) else "probs.negative"
            raise KullbackError(key, name=name, place=failure[0], value=failure[1])
        _check_sum(widen(p), p, name, axes)

    @property
    def values(self) -> Array:
        """The probabilities given."""
        return self.p

    def wide_probs(self) -> Array:
        """Return the probabilities, in the precision that sums are taken in."""
        return widen(self.p)

    def wide_log_probs(self) -> Array:
        """Return their logarithms, likewise."""
        return safe_log(namespace(self.p), widen(self.p))


@final
@dataclass(frozen=True, slots=True, eq=False)
class LogProbs(AbstractFinite):
    """Logarithms of probabilities, in nats; -inf says that an outcome is impossible.

    Parameters
    ----------
    log_p : array, shape (..., K)
        Their exponentials must sum to 1 within max(1e-6, sqrt(eps)) of their precision. For
        scores that are still to be normalised use `Logits`.
    axis : int, default -1
        Where the outcomes are.

    Raises
    ------
    KullbackError
        If a value is NaN, or if the probabilities do not sum to 1.

    Examples
    --------
    >>> import kullback as kb
    >>> round(float(kb.entropy(kb.LogProbs([-1.3862943611, -0.2876820724]))), 4)
    0.5623
    """

    log_p: Array
    _: KW_ONLY
    axis: InitVar[int] = -1

    def __post_init__(self, axis: int) -> None:
        log_p = outcomes_last(as_float_array(self.log_p, "log_p"), axis)
        object.__setattr__(self, "log_p", log_p)
        if is_traced(log_p):
            return
        if failure := first_failure(log_p <= sum_tolerance(log_p), log_p):
            raise KullbackError("log_probs.above", name="log_p", place=failure[0], value=failure[1])
        _check_sum(self.wide_probs(), log_p, "p")

    @property
    def values(self) -> Array:
        """The logarithms given."""
        return self.log_p

    def wide_probs(self) -> Array:
        """Return the probabilities, in the precision that sums are taken in."""
        return namespace(self.log_p).exp(widen(self.log_p))

    def wide_log_probs(self) -> Array:
        """Return their logarithms, likewise."""
        return widen(self.log_p)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Logits(AbstractFinite):
    """Unnormalised log-probabilities, as a classifier's last layer gives them.

    Parameters
    ----------
    z : array, shape (..., K)
        The distribution is softmax(z); -inf masks an outcome.
    axis : int, default -1
        Where the outcomes are.
    check : bool, default True
        False trusts the caller, and of numbers that are no logits anything may come. On an
        accelerator it spares waiting for the verdict.

    Raises
    ------
    KullbackError
        If a value is NaN or +inf, or if every outcome of a row is masked.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.Logits([3.0, 3.0]).probs.tolist()
    [0.5, 0.5]
    """

    z: Array
    _: KW_ONLY
    axis: InitVar[int] = -1
    check: InitVar[bool] = True

    def __post_init__(self, axis: int, check: bool) -> None:
        z = outcomes_last(as_float_array(self.z, "z"), axis)
        object.__setattr__(self, "z", z)
        if not check or is_traced(z):
            return
        if failure := first_failure(z < math.inf, z):
            raise KullbackError("logits.not_finite", place=failure[0], value=failure[1])
        top = namespace(z).max(z, axis=-1)
        if failure := first_failure(top > -math.inf, top):
            raise KullbackError("logits.all_masked", name=_row("z", failure[0]))

    @property
    def values(self) -> Array:
        """The logits given."""
        return self.z

    def wide_probs(self) -> Array:
        """Return softmax(z), in the precision that sums are taken in."""
        return softmax(namespace(self.z), widen(self.z))

    def wide_log_probs(self) -> Array:
        """Return log softmax(z), likewise."""
        return log_softmax(namespace(self.z), widen(self.z))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Labels(AbstractFinite):
    """Class labels: one certain outcome per row, a one-hot that the losses never build.

    Parameters
    ----------
    y : integer array, shape (...)
        The outcome of each row, from 0 to num_outcomes - 1.
    num_outcomes : int
        K, the number of classes.

    Raises
    ------
    KullbackError
        If y does not hold integers, or one of them is not a class.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.Labels([2, 0], 3).probs.tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    y: Array
    num_outcomes: int

    def __post_init__(self) -> None:
        y = to_array(self.y, "y")
        if not holds_integers(y):
            raise KullbackError("labels.not_integers", name="y", dtype=str(y.dtype))
        object.__setattr__(self, "y", y)
        if is_traced(y):
            return
        if failure := first_failure((y >= 0) & (y < self.num_outcomes), y):
            last = self.num_outcomes - 1
            raise KullbackError(
                "labels.range", name="y", place=failure[0], value=failure[1], last=last
            )

    @property
    def values(self) -> Array:
        """The labels given."""
        return self.y

    def wide_probs(self) -> Array:
        """Return the one-hot table, in the precision that sums are taken in."""
        return as_float_array(one_hot(namespace(self.y), self.y, self.num_outcomes))

    def wide_log_probs(self) -> Array:
        """Return 0 for the certain outcome and -inf for the others."""
        return safe_log(namespace(self.y), self.wide_probs())


def outcomes_last(x: Array, axis: int) -> Array:
    """Return x with the axis of its outcomes moved to the end; refuse an axis it does not have."""
    if x.ndim == 0:
        raise KullbackError("array.no_axis")
    if not -x.ndim <= axis < x.ndim:
        raise KullbackError("array.axis", axis=axis, ndim=x.ndim)
    if x.shape[axis] == 0:
        raise KullbackError("array.empty")
    if axis in (-1, x.ndim - 1):
        return x
    others = [i for i in range(x.ndim) if i != axis % x.ndim]
    return namespace(x).permute_dims(x, (*others, axis % x.ndim))  # moveaxis has no torch `vmap`


def _check_sum(p: Array, given: Array, name: str, axes: int = 1) -> None:
    xp = namespace(p)
    total = xp.sum(p, axis=tuple(range(-axes, 0)))
    if failure := first_failure(xp.abs(total - 1.0) <= sum_tolerance(given), total):
        row, value = failure
        raise KullbackError(
            "probs.sum_short" if value < 1 else "probs.sum_over",
            name=_row(name, row),
            total=f"{value:.6g}",
            gap=f"{abs(value - 1):.6g}",
        )


def _row(name: str, place: str) -> str:
    return f"{name}[{place}]" if place else name
