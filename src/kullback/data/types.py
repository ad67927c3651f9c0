"""Which columns are compared value by value, and which bin by bin."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, final

from kullback.errors import KullbackError
from kullback.kinds.samples import few_values

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "Decision",
    "Kind",
    "Treatment",
    "asked_treatment",
    "decide_treatment",
    "unknown_column",
]

Kind = Literal["text", "boolean", "integer", "float", "time", "other", "mixed", "empty"]
"""What a column holds, in no engine's words. ``float`` covers decimals with a scale, ``other``
what has no order to bin by (identifiers, bytes, lists), ``mixed`` two files that disagree and
``empty`` a column without a value."""

Treatment = Literal["discrete", "numeric"]

ORDERED: frozenset[Kind] = frozenset({"integer", "float", "time", "empty"})
LISTED_COLUMNS = 20


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """A treatment, and the key of `kullback.strings` that says why."""

    treatment: Treatment
    reason: str


def decide_treatment(
    column: str,
    kind: Kind,
    *,
    asked: Treatment | None = None,
    distinct: int = 0,
    rows: int = 0,
) -> Decision:
    """Decide whether a column is compared by value or by bin.

    Parameters
    ----------
    column : str
        Its name, for messages.
    kind : Kind
        What it holds in the two files together.
    asked : {"discrete", "numeric"}, optional
        What the user wants, which wins.
    distinct : int
        For integers: the distinct values of both files, or any lower bound above `few_values`.
    rows : int
        For integers: the non-null rows of both files.

    Returns
    -------
    Decision
        The treatment and its reason.

    Raises
    ------
    KullbackError
        If bins are asked for values that have no order.
    """
    if asked == "numeric" and kind not in ORDERED:
        raise KullbackError("data.not_numeric", column=column)
    if asked is not None:
        return Decision(asked, "type.asked")
    if kind == "integer":
        few = distinct <= few_values(rows)
        return (
            Decision("discrete", "type.integer_few")
            if few
            else Decision("numeric", "type.integer_many")
        )
    return Decision("numeric" if kind in ("float", "time") else "discrete", f"type.{kind}")


def asked_treatment(
    column: str, *, categorical: Collection[str] = (), numeric: Collection[str] = ()
) -> Treatment | None:
    """Return what the user asked for this column, by the two lists of names."""
    if column in categorical and column in numeric:
        raise KullbackError("data.asked_twice", column=column)
    if column in categorical:
        return "discrete"
    return "numeric" if column in numeric else None


def unknown_column(column: str, columns: Sequence[str], old: str, new: str) -> KullbackError:
    """Return the error for a column that neither file has, with the nearest name there is."""
    listed = ", ".join(columns[:LISTED_COLUMNS]) + (", ..." if columns[LISTED_COLUMNS:] else "")
    values = {"column": column, "columns": listed, "old": old, "new": new}
    if near := get_close_matches(column, columns, n=1):
        return KullbackError("data.unknown_column_near", near=near[0], **values)
    return KullbackError("data.unknown_column", **values)
