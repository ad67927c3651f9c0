"""What the engines hand over: integers, and the few labels that a person will read.

Nothing here knows which engine counted. Two states are equal exactly when their integers and
labels are, so the same data must give equal states on every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from kullback.data.types import Kind, Treatment, unknown_column
from kullback.errors import KullbackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["ColumnState", "Columns", "JointFingerprint", "Outcome", "Special", "Unseen"]

Special = Literal["null", "nan"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class JointFingerprint:
    """How many outcomes were seen `old` times in one sample and `new` times in the other.

    All that a two-sample measure needs. A null and a NaN are outcomes like any other.

    Parameters
    ----------
    old, new : ndarray of int64, shape (k,)
        The two counts of each class of outcomes, sorted by `old`, then by `new`.
    values : ndarray of int64, shape (k,)
        How many outcomes have these two counts.
    """

    old: NDArray[np.int64]
    new: NDArray[np.int64]
    values: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[int]]) -> JointFingerprint:
        """Build one from ``(old, new, values)`` rows in any order, one per pair of counts."""
        table = np.array(sorted(map(tuple, rows)), dtype=np.int64).reshape(-1, 3)
        return cls(*(np.ascontiguousarray(column) for column in table.T))

    @property
    def n_old(self) -> int:
        """Rows in the old sample."""
        return int(self.old @ self.values)

    @property
    def n_new(self) -> int:
        """Rows in the new sample."""
        return int(self.new @ self.values)

    @property
    def outcomes(self) -> int:
        """Distinct outcomes in the two samples together."""
        return int(self.values.sum())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JointFingerprint):
            return NotImplemented
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash(tuple(array.tobytes() for array in self._arrays()))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.old, self.new, self.values


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome and how often each sample has it.

    Parameters
    ----------
    label : str
        The value, or the bin, as text; unshortened and with any control characters it has.
    old, new : int
        Rows of each sample.
    special : {"null", "nan"} or None
        Set for a missing value and for NaN, which a text value may spell the same.
    """

    label: str
    old: int
    new: int
    special: Special | None = None


@final
@dataclass(frozen=True, slots=True)
class Unseen:
    """The outcomes that one of the samples never has: how many, in how many rows, the commonest."""

    outcomes: int
    rows: int
    top: tuple[Outcome, ...]


@final
@dataclass(frozen=True, slots=True)
class ColumnState:
    """One column of two samples, counted.

    Parameters
    ----------
    name : str
        The column.
    old_type, new_type : str
        What kind of values each file holds: a `kullback.data.types.Kind`.
    treatment : {"discrete", "numeric"}
        Whether outcomes are values or bins.
    reason : str
        Why, such as "type.float"; a key of `kullback.strings` where a person must know.
    distinct : int or None
        Distinct values of the two files together, without null and NaN; None for a numeric column.
    edges : tuple of str
        The interior edges of a numeric column, exactly, as text in the column's own type.
        Bin number i holds the values with i edges at or below them.
    fingerprint : JointFingerprint
        The two counts of every outcome.
    movers : tuple of Outcome
        The outcomes whose share changed most, at most five, largest change first.
    unseen_in_old, unseen_in_new : Unseen
        The outcomes that one file never has.
    """

    name: str
    old_type: Kind
    new_type: Kind
    treatment: Treatment
    reason: str
    distinct: int | None
    edges: tuple[str, ...]
    fingerprint: JointFingerprint
    movers: tuple[Outcome, ...]
    unseen_in_old: Unseen
    unseen_in_new: Unseen


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of two files, in file order.

    Parameters
    ----------
    old, new : tuple of str
        The columns of each file.
    old_name, new_name : str
        What the user calls the files.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    old_name: str
    new_name: str

    @property
    def shared(self) -> tuple[str, ...]:
        """Columns of both files, in the order of the old one."""
        there = set(self.new)
        return tuple(name for name in self.old if name in there)

    @property
    def only_in_old(self) -> tuple[str, ...]:
        """Columns that the new file lacks."""
        there = set(self.new)
        return tuple(name for name in self.old if name not in there)

    @property
    def only_in_new(self) -> tuple[str, ...]:
        """Columns that the old file lacks."""
        there = set(self.old)
        return tuple(name for name in self.new if name not in there)

    def require(self, name: str) -> None:
        """Raise unless both files have this column."""
        if name in self.only_in_old:
            self._fail_one_sided(name, self.old_name, self.new_name)
        if name in self.only_in_new:
            self._fail_one_sided(name, self.new_name, self.old_name)
        self._require_somewhere(name)

    def select(
        self, only: Sequence[str] | None = None, *, ignore: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Choose the columns to compare.

        Parameters
        ----------
        only : sequence of str, optional
            The columns wanted; all that are shared by default.
        ignore : sequence of str
            Columns to leave out; either file may lack them.

        Returns
        -------
        tuple of str
            Shared columns, in the order of the old file.

        Raises
        ------
        KullbackError
            If a name is not a column, or if none is left.
        """
        for name in only or ():
            self.require(name)
        for name in ignore:
            self._require_somewhere(name)
        wanted = set(self.shared if only is None else only) - set(ignore)
        if not wanted:
            raise KullbackError("data.all_ignored", old=self.old_name, new=self.new_name)
        return tuple(name for name in self.shared if name in wanted)

    def _require_somewhere(self, name: str) -> None:
        if name not in self.old and name not in self.new:
            columns = (*self.old, *self.only_in_new)
            raise unknown_column(name, columns, self.old_name, self.new_name)

    def _fail_one_sided(self, name: str, having: str, lacking: str) -> None:
        raise KullbackError("data.column_in_one", column=name, having=having, lacking=lacking)
