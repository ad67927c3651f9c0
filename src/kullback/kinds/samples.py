"""Samples: many draws of one law, in named columns."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, is_array, is_traced, like, namespace, to_numpy
from kullback.errors import KullbackError
from kullback.kinds.counts import Counts
from kullback.kinds.tables import AbstractDistribution

__all__ = ["Samples", "few_values"]


def few_values(rows: int) -> int:
    """Return how many distinct integers among so many rows are still taken for labels.

    The one rule of the library, for Python and the command line alike: at most 50 values, or at
    most the square root of the rows.
    """
    return max(50, math.isqrt(rows))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Samples(AbstractDistribution):
    """Independent draws of one law: one or more columns of the same length.

    Parameters
    ----------
    columns : array, mapping of names to arrays, or dataframe
        A bare array of shape (n,) is a column named "x".
    discrete : bool or collection of names, optional
        Which columns hold labels; True or False for all. By default strings and booleans are
        labels, floats and times are numbers, and integers are labels when few of them are
        distinct (at most 50, or at most the square root of n).
    **named
        Columns by keyword.

    Raises
    ------
    KullbackError
        If there is no column, if lengths differ, or if a column is not one-dimensional.

    Examples
    --------
    >>> import kullback as kb
    >>> s = kb.Samples(weather=["sun", "rain", "sun"], degrees=[21.5, 14.0, 23.0])
    >>> s.n, s.names, sorted(s.discrete)
    (3, ('weather', 'degrees'), ['weather'])
    """

    columns: Mapping[str, Array]
    discrete: frozenset[str]

    def __init__(
        self,
        columns: Any = None,
        /,
        *,
        discrete: bool | Collection[str] | None = None,
        **named: Any,
    ) -> None:
        table = {name: _column(x, name) for name, x in {**_mapping(columns), **named}.items()}
        if not table:
            raise KullbackError("samples.none")
        lengths = {name: x.shape[0] for name, x in table.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name}: {n}" for name, n in lengths.items())
            raise KullbackError("samples.lengths", lengths=shown)
        if not all(lengths.values()):
            raise KullbackError("array.empty")
        object.__setattr__(self, "columns", table)
        object.__setattr__(self, "discrete", _discrete(table, discrete))

    @property
    def n(self) -> int:
        """The number of draws."""
        return next(iter(self.columns.values())).shape[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.columns)

    def only(self, names: Collection[str]) -> Samples:
        """Return the same draws with some of the columns."""
        for name in names:
            if name not in self.columns:
                raise KullbackError("samples.unknown", name=name, names=", ".join(self.names))
        kept = {name: self.columns[name] for name in names}
        return Samples(kept, discrete=self.discrete & set(names))

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
        for name in self.names:
            if name not in self.discrete:
                raise KullbackError("samples.not_discrete", name=name)
        code = np.zeros(self.n, dtype=np.int64)
        for x in self.columns.values():
            index = _codes(to_numpy(x))
            code = np.unique(code * (index.max() + 1) + index, return_inverse=True)[1]
        return Counts(like(np.bincount(code), next(iter(self.columns.values()))))


def _codes(x: np.ndarray) -> np.ndarray:
    """Number the distinct values of a column; None and NaN are values like any other."""
    if x.dtype.kind != "O":
        return np.unique(x, return_inverse=True)[1].reshape(-1)
    seen: dict[Any, int] = {}
    # NaN is not equal to itself, so it is told by that.
    return np.array([seen.setdefault(v if v == v else "\0NaN", len(seen)) for v in x])  # noqa: PLR0124


def _mapping(columns: Any) -> Mapping[str, Any]:
    if columns is None:
        return {}
    if isinstance(columns, Mapping):
        return columns
    if isinstance(columns, Samples):
        return columns.columns
    if hasattr(columns, "columns"):
        import narwhals as nw

        frame = nw.from_native(columns, eager_only=True)
        return {name: frame[name].to_numpy() for name in frame.columns}
    return {"x": columns}


def _column(x: Any, name: str) -> Array:
    x = x if is_array(x) else np.asarray(x)
    if x.ndim != 1:
        raise KullbackError("samples.shape", name=name, shape=tuple(x.shape))
    return x


def _discrete(table: Mapping[str, Array], asked: bool | Collection[str] | None) -> frozenset[str]:
    if isinstance(asked, bool):
        return frozenset(table) if asked else frozenset()
    if asked is not None:
        asked = {asked} if isinstance(asked, str) else set(asked)
        for name in asked - set(table):
            raise KullbackError("samples.unknown", name=name, names=", ".join(table))
        return frozenset(asked)
    return frozenset(name for name, x in table.items() if _looks_discrete(x))


def _looks_discrete(x: Array) -> bool:
    if is_traced(x):  # its values are not there to be counted
        return not namespace(x).isdtype(x.dtype, "real floating")
    dtype = to_numpy(x).dtype.kind
    if dtype in "iu":
        return len(np.unique(to_numpy(x))) <= few_values(x.shape[0])
    return dtype not in "fcmM"
