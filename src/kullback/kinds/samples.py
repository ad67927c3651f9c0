"""Samples: many draws of one law, in named columns."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np

from kullback._array import Array, is_traced, like, namespace, to_numpy
from kullback.errors import KullbackError
from kullback.kinds.columns import appearances, content, is_table, read_column, read_table
from kullback.kinds.contingency import Contingency, dense, numbered
from kullback.kinds.counts import Counts
from kullback.kinds.joint import check_groups
from kullback.kinds.tables import AbstractDistribution

__all__ = ["Samples", "few_values"]

_BLOCK = 1 << 17
_HEAD = 1 << 12

Coded = tuple[np.ndarray, int]
"""A column of numbers from 0, and how many there may be."""


def few_values(rows: int) -> int:
    """Return how many distinct integers among so many rows are still taken for labels.

    The one rule of the library, for Python and the command line alike: at most 50 values, or at
    most the square root of the rows.
    """
    return max(50, math.isqrt(rows))


@final
@dataclass(frozen=True, eq=False)
class Samples(AbstractDistribution):
    """Independent draws of one law: one or more columns of the same length.

    Values are read as they are: integers beyond 2^53 stay apart beside a null too, a list or a
    record is one outcome, and a null and NaN are outcomes of their own. As everywhere in Python
    -0.0 is 0.0. A column with a null is an array of objects, with None for the null; of times,
    NaT is.

    Parameters
    ----------
    columns : array, mapping of names to arrays, or data frame
        A bare array of shape (n,) is a column named "x". A data frame is of pandas, Polars,
        Arrow, DuckDB (a relation) or whatever narwhals knows, lazy ones included; a structured
        array of NumPy is one as well.
    discrete : bool or collection of names, optional
        Which columns hold labels; True or False for all. By default strings, booleans,
        categories and values that are lists or records are labels, floats, decimals and times
        are numbers, and integers are labels when few of them are distinct (at most 50, or at
        most the square root of the rows that have one).
    **named
        Columns by keyword.

    Raises
    ------
    KullbackError
        If there is no column, if lengths or the labels of rows differ, if a column is not
        one-dimensional, if its values cannot be had exactly, or if two have one name.

    Examples
    --------
    >>> import kullback as kb
    >>> s = kb.Samples(weather=["sun", "rain", "sun"], degrees=[21.5, 14.0, 23.0])
    >>> s.n, s.names, sorted(s.discrete)
    (3, ('weather', 'degrees'), ['weather'])
    """

    columns: Mapping[str, Array]
    _asked: frozenset[str] | None = field(repr=False)
    _labels: frozenset[str] = field(repr=False)

    def __init__(
        self,
        columns: Any = None,
        /,
        *,
        discrete: bool | Collection[str] | None = None,
        **named: Any,
    ) -> None:
        if isinstance(columns, Samples) and discrete is None:
            discrete = columns._asked  # noqa: SLF001
        given = _mapping(columns)
        if twice := given.keys() & named.keys():
            raise KullbackError("samples.repeated", name=min(twice))
        read = {name: read_column(x, name) for name, x in {**given, **read_table(named)}.items()}
        table = {name: column.values for name, column in read.items()}
        if not table:
            raise KullbackError("samples.none")
        lengths = {name: x.shape[0] for name, x in table.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name}: {n}" for name, n in lengths.items())
            raise KullbackError("samples.lengths", lengths=shown)
        if not all(lengths.values()):
            raise KullbackError("array.empty")
        object.__setattr__(self, "columns", table)
        marked = frozenset(name for name, column in read.items() if column.labels)
        object.__setattr__(self, "_labels", marked)
        if isinstance(discrete, bool):
            discrete = self.names if discrete else ()
        asked = {discrete} if isinstance(discrete, str) else discrete
        for name in asked or ():
            self._check(name)
        object.__setattr__(self, "_asked", None if asked is None else frozenset(asked))

    @property
    def n(self) -> int:
        """The number of draws."""
        return next(iter(self.columns.values())).shape[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.columns)

    @cached_property
    def discrete(self) -> frozenset[str]:
        """Which columns hold labels."""
        if self._asked is not None:
            return self._asked
        return frozenset(name for name, x in self.columns.items() if self._holds_labels(name, x))

    def only(self, names: Collection[str]) -> Samples:
        """Return the same draws with some of the columns."""
        for name in names:
            self._check(name)
        kept = {name: self.columns[name] for name in names}
        return Samples(kept, discrete=self.discrete & set(names))

    def _check(self, name: str) -> None:
        if name not in self.columns:
            raise KullbackError("samples.unknown", name=name, names=", ".join(self.names))

    def single(self) -> Array:
        """Return the only column."""
        if len(self.columns) > 1:
            raise KullbackError("samples.several", names=", ".join(self.names))
        return next(iter(self.columns.values()))

    def counts(self) -> Counts:
        """Return how often each distinct row was seen.

        Raises
        ------
        KullbackError
            If a column holds numbers instead of labels.
        """
        counts = self.contingency(self.names).counts
        return Counts(like(counts[counts > 0], next(iter(self.columns.values()))))

    def contingency(self, *groups: Sequence[Any]) -> Contingency:
        """Return how often each combination of groups of columns was seen.

        Raises
        ------
        KullbackError
            If there is no such column, or if one of them holds numbers instead of labels.
        """
        check_groups(self.names, *groups, unknown="samples.unknown")
        small = self._small(groups)
        if small and (table := self._table(small)) is not None:
            return Contingency(table, None, table.shape)
        coded = [self._group(group) for group in groups]
        sizes = tuple(size for _, size in coded)
        if (table := self._table(coded)) is not None:
            return Contingency(table, None, sizes)
        code, _ = self._together(coded)
        _, first, counts = np.unique(code, return_index=True, return_counts=True)
        return Contingency(counts, [x[first] for x, _ in coded], sizes)

    def _table(self, coded: list[Coded]) -> np.ndarray | None:
        """Count in a table, if it is no burden and no number is above its bound."""
        return _counted(coded) if dense(math.prod(size for _, size in coded), self.n) else None

    def _small(self, groups: Sequence[Sequence[Any]]) -> list[Coded] | None:
        """Return single columns of integers that begin with small ones, all others unseen.

        That saves a pass over columns whose range, and whether they hold labels, nobody has asked
        for yet. A later value that is not small is found when they are counted.
        """
        coded = []
        for group in groups:
            if not group:
                coded.append((np.broadcast_to(0, (self.n,)), 1))
                continue
            x = to_numpy(self.columns[group[0]])
            if len(group) > 1 or self._asked is not None or x.dtype.kind not in "iu":
                return None
            size = max(_highest(x[:_HEAD]) + 1, 2)
            if size > few_values(self.n):
                return None
            coded.append((x.view(np.int64) if x.dtype == np.uint64 else x, size))
        return coded

    def _group(self, names: Sequence[Any]) -> Coded:
        """Number the combinations of some columns; also return a bound of these numbers."""
        return self._together(map(self._codes, names))

    def _together(self, coded: Iterable[Coded]) -> Coded:
        code, size = np.broadcast_to(0, (self.n,)), 1
        for other, many in coded:
            both = np.multiply(code, many, dtype=np.int64) + other if size > 1 else other
            code, size = numbered(both, size * many, self.n)
        return code, size

    def _codes(self, name: Any) -> Coded:
        """Number the values of a column; None and NaN are values like any other."""
        if name not in self.discrete:
            raise KullbackError("samples.not_discrete", name=name)
        x = to_numpy(self.columns[name])
        if x.dtype.kind == "O":
            return self._seen(name)[:2]
        if x.dtype.kind == "b":
            return x.view(np.uint8), 2
        if x.dtype.kind in "iu":
            low, high = self._range(name)
            if dense(high - low + 1, self.n):
                return _shifted(x, low), high - low + 1
        found, code = np.unique(x, return_inverse=True)
        return code.reshape(-1), len(found)

    def _range(self, name: Any) -> tuple[int, int]:
        """Return 0 and the largest integer of a column of few, else the least and the largest."""
        if name not in self._ranges:
            x = to_numpy(self.columns[name])
            high = _highest(x)
            few = high < few_values(self.n)
            self._ranges[name] = (0, high) if few else (int(x.min()), int(x.max()))
        return self._ranges[name]

    @cached_property
    def _ranges(self) -> dict[str, tuple[int, int]]:
        return {}

    def _seen(self, name: Any) -> tuple[np.ndarray, int, int]:
        """Return the codes of a column of objects, how many there are, and how many are null."""
        if name not in self._appearances:
            self._appearances[name] = appearances(to_numpy(self.columns[name]), name)
        return self._appearances[name]

    @cached_property
    def _appearances(self) -> dict[str, tuple[np.ndarray, int, int]]:
        return {}

    def _holds_labels(self, name: str, x: Array) -> bool:
        if name in self._labels:
            return True
        if is_traced(x):  # its values are not there to be counted
            return not namespace(x).isdtype(x.dtype, "real floating")
        x = to_numpy(x)
        if x.dtype.kind == "O":
            held = content(x)
            if held != "integer":
                return held == "label"
            _, distinct, null = self._seen(name)
            return distinct - (null > 0) <= few_values(self.n - null)
        if x.dtype.kind not in "iu":
            return x.dtype.kind not in "fcmM"
        few, (low, high) = few_values(self.n), self._range(name)
        if high - low < few:
            return True
        if dense(high - low + 1, self.n):
            return int(np.count_nonzero(np.bincount(_shifted(x, low)))) <= few
        return len(np.unique(x)) <= few


def _highest(x: np.ndarray) -> int:
    """Return the largest integer, for which a negative one is taken."""
    return int(x.view(f"u{x.itemsize}").max())


def _shifted(x: np.ndarray, low: int) -> np.ndarray:
    """Return integers less the least of them, as numbers that can be added and multiplied."""
    if x.dtype != np.uint64:
        return x if low == 0 else np.subtract(x, low, dtype=np.int64)
    return (x - np.uint64(low)).astype(np.int64)


def _counted(coded: Sequence[Coded]) -> np.ndarray | None:
    """Count the combinations, or return None if a code is not below its size.

    In blocks, because a code as long as the columns would leave the cache.
    """
    sizes = [size for _, size in coded]
    cells, n = math.prod(sizes), len(coded[0][0])
    step = _BLOCK if cells <= _BLOCK else n
    table, buffer = np.zeros(cells, np.int64), np.empty(min(step, n), np.int64)
    for i in range(0, n, step):
        code = coded[0][0][i : i + step]
        for k, (x, size) in enumerate(coded):
            block = x[i : i + step]
            if size > 1 and _highest(block) >= size:
                return None
            if size > 1 and k > 0:
                code = np.multiply(code, size, out=buffer[: len(block)], dtype=np.int64)
                code += block
        table += np.bincount(code, minlength=cells)
    return table.reshape(sizes)


def _mapping(columns: Any) -> Mapping[Any, Any]:
    if columns is None:
        return {}
    if isinstance(columns, Samples):
        return columns.columns
    return read_table(columns) if is_table(columns) else {"x": columns}
