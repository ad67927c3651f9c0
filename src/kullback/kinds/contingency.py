"""Contingency: how often combinations of several variables were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import final

import numpy as np

__all__ = ["Contingency", "dense", "numbered"]

_SMALL = 1 << 16


def dense(cells: int, n: int) -> bool:
    """Whether a table with so many cells is no burden for n observations."""
    return cells <= max(_SMALL, 4 * n)


def numbered(code: np.ndarray, size: int, n: int) -> tuple[np.ndarray, int]:
    """Return codes below size as they are, or, where these are many, only those that occur."""
    if dense(size, n):
        return code, size
    found, code = np.unique(code, return_inverse=True)
    return code.reshape(-1), len(found)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Contingency:
    """How often combinations were seen: in a table, or only those that were seen.

    Parameters
    ----------
    counts : array, one axis per variable, or shape (m,)
        How often.
    places : sequence of integer arrays, shape (m,), or None
        For each variable the number of its value, from 0; None for a table.
    sizes : tuple of int
        For each variable how many values there may be.
    """

    counts: np.ndarray
    places: Sequence[np.ndarray] | None
    sizes: tuple[int, ...]

    @property
    def n(self) -> int:
        """The number of observations."""
        return int(self.counts.sum())

    @property
    def varying(self) -> frozenset[int]:
        """The variables that may have more than one value."""
        return frozenset(axis for axis, size in enumerate(self.sizes) if size > 1)

    def margin(self, axes: Sequence[int]) -> tuple[np.ndarray, np.ndarray | EllipsisType]:
        """Return the counts of some variables alone, and where in them each combination is."""
        if self.places is None:
            rest = tuple(axis for axis in range(len(self.sizes)) if axis not in axes)
            return self.counts.sum(axis=rest, keepdims=True), ...
        m = len(self.counts)
        place, size = np.zeros(m, np.int64), 1
        for axis in axes:
            place = place * self.sizes[axis] + self.places[axis]
            place, size = numbered(place, size * self.sizes[axis], m)
        return np.bincount(place, weights=self.counts), place
