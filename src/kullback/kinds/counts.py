"""Counts: how often each outcome was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, InitVar, dataclass
from typing import Any, final

import numpy as np

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    holds_integers,
    is_traced,
    namespace,
    to_array,
    to_numpy,
    widen,
)
from kullback.errors import KullbackError
from kullback.kinds.contingency import Contingency
from kullback.kinds.joint import check_groups
from kullback.kinds.tables import AbstractDistribution, outcomes_last

__all__ = ["Counts"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Counts(AbstractDistribution):
    """How often each outcome was seen in a sample, so what is asked of them is an estimate.

    Measures of several variables take it for a contingency table, whose axes are the variables
    0, 1 and so on.

    Parameters
    ----------
    n : array, shape (..., K)
        Nonnegative whole numbers, as integers or floats.
    axis : int, default -1
        Where the outcomes are.
    num_outcomes : int, optional
        The size of the alphabet, where it is known; at least the K given.

    Raises
    ------
    KullbackError
        If a count is negative, NaN or no whole number, or if there is no observation at all.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.Counts([3, 1]).proportions.tolist()
    [0.75, 0.25]
    """

    n: Array
    _: KW_ONLY
    axis: InitVar[int] = -1
    num_outcomes: int | None = None

    def __post_init__(self, axis: int) -> None:
        n = to_array(self.n, "n")
        xp = namespace(n)
        n = outcomes_last(n, axis)
        object.__setattr__(self, "n", n)
        if is_traced(n):
            return
        whole = n >= 0
        if not holds_integers(n, or_booleans=True):
            whole = whole & (n < math.inf) & (xp.floor(n) == n)
        if failure := first_failure(whole, n):
            raise KullbackError("counts.not_whole", name="n", place=failure[0], value=failure[1])
        some = xp.any(n > 0)
        if not is_traced(some) and not bool(some):  # a constant inside `jit` has traced results
            raise KullbackError("counts.empty")
        if self.num_outcomes is not None and self.num_outcomes < n.shape[-1]:
            raise KullbackError("counts.alphabet", known=self.num_outcomes, given=n.shape[-1])

    @property
    def total(self) -> Array:
        """The number of observations, shape (...)."""
        n = self.n if holds_integers(self.n) else widen(self.n)
        return namespace(n).sum(n, axis=-1)

    @property
    def proportions(self) -> Array:
        """The empirical law: the share of each outcome among the observations, shape (..., K)."""
        n = widen(as_float_array(self.n))
        total = namespace(n).sum(n, axis=-1, keepdims=True)
        if not is_traced(total) and first_failure(total > 0, total):
            raise KullbackError("counts.empty")
        return n / total

    @property
    def names(self) -> tuple[int, ...]:
        """The variables of a contingency table: the numbers of its axes."""
        return tuple(range(self.n.ndim))

    def contingency(self, *groups: Sequence[Any]) -> Contingency:
        """Return how often each combination of groups of variables was seen."""
        check_groups(self.names, *groups)
        n = to_numpy(self.n)
        # What they add up to must fit, and floats of few digits would lose it.
        whole = n.dtype.kind in "iub" and float(n.sum(dtype=np.float64)) < 2.0**63
        n = n.astype(np.int64 if whole else np.float64, copy=False)
        kept = [axis for group in groups for axis in group]
        rest = tuple(axis for axis in self.names if axis not in kept)
        n = np.transpose(n, (*kept, *rest)).sum(axis=tuple(range(len(kept), n.ndim)))
        n = n.reshape([math.prod(self.n.shape[axis] for axis in group) for group in groups])
        return Contingency(n, None, n.shape)
