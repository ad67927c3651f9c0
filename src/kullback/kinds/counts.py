"""Counts: how often each outcome was seen."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, InitVar, dataclass
from typing import final

from kullback._array import (
    Array,
    as_float_array,
    first_failure,
    is_traced,
    namespace,
    to_array,
    widen,
)
from kullback.errors import KullbackError
from kullback.kinds.tables import AbstractDistribution, outcomes_last

__all__ = ["Counts"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Counts(AbstractDistribution):
    """How often each outcome was seen in a sample, so what is asked of them is an estimate.

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
        If a count is negative, NaN or no whole number, or if a row has no observation at all.

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
        if not xp.isdtype(n.dtype, ("integral", "bool")):
            whole = whole & (n < math.inf) & (xp.floor(n) == n)
        if failure := first_failure(whole, n):
            raise KullbackError("counts.not_whole", name="n", place=failure[0], value=failure[1])
        total = xp.sum(n, axis=-1)
        if failure := first_failure(total > 0, total):
            raise KullbackError("counts.empty")
        if self.num_outcomes is not None and self.num_outcomes < n.shape[-1]:
            raise KullbackError("counts.alphabet", known=self.num_outcomes, given=n.shape[-1])

    @property
    def total(self) -> Array:
        """The number of observations, shape (...)."""
        return namespace(self.n).sum(self.n, axis=-1)

    @property
    def proportions(self) -> Array:
        """The empirical law: the share of each outcome among the observations, shape (..., K)."""
        n = widen(as_float_array(self.n))
        return n / namespace(n).sum(n, axis=-1, keepdims=True)
