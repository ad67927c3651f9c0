"""Labelled operands, as pandas, Polars, Arrow and xarray have them: a position means a name.

The measures work by position, so two labelled operands must name every position alike.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kullback._array import is_array
from kullback.errors import KullbackError
from kullback.kinds.tables import AbstractDistribution

__all__ = ["in_order", "refuse_misaligned"]


class _Axis(NamedTuple):
    """What one axis of an operand is called, and what its places are called."""

    name: Any = None
    labels: Any = None


def refuse_misaligned(names: tuple[str, ...], operands: tuple[Any, ...], axis: int = -1) -> None:
    """Refuse two labelled operands whose axes, or the places on them, are named differently."""
    p, q = (_outcomes_last(_axes(x), axis) for x in operands)
    for a, b in zip(reversed(p), reversed(q), strict=False):
        if a.name is not None and b.name is not None and a.name != b.name:
            shown = {"p_axes": _shown(p), "q_axes": _shown(q)}
            raise KullbackError("pair.axes", p=names[0], q=names[1], **shown)
        if a.labels is not None and b.labels is not None and not _equal(a.labels, b.labels):
            raise KullbackError("pair.index", p=names[0], q=names[1])


def in_order(x: Any, names: tuple[Any, ...]) -> Any:
    """Return a labelled array with its axes in the order of these names, if they are its names."""
    dims = _names(x)
    if dims is None or dims == names or sorted(map(str, dims)) != sorted(map(str, names)):
        return x
    return x.transpose(*names)


def _axes(x: Any) -> list[_Axis]:
    """Return the axes of a labelled operand; none of what has no labels."""
    if isinstance(x, (AbstractDistribution, list, tuple)) or is_array(x):
        return []
    if (dims := _names(x)) is not None:
        indexes = getattr(x, "indexes", {})
        return [_Axis(name, indexes.get(name)) for name in dims]
    index = getattr(x, "index", None)
    rows = _Axis(labels=index) if hasattr(index, "equals") else _Axis()
    columns = getattr(x, "column_names", getattr(x, "columns", None))
    if columns is not None and not callable(columns):
        # Rows of a table are a batch, and its columns are the outcomes.
        return [rows, _Axis(labels=[*columns])]
    return [rows] if rows.labels is not None else []


def _names(x: Any) -> tuple[Any, ...] | None:
    """Return the names of the axes of an array of xarray, and None for all others."""
    if not type(x).__module__.startswith("xarray."):
        return None
    dims = getattr(x, "dims", None)
    return tuple(dims) if isinstance(dims, tuple) else None


def _outcomes_last(axes: list[_Axis], axis: int) -> list[_Axis]:
    if axis == -1 or not -len(axes) <= axis < len(axes):
        return axes
    return [*(a for i, a in enumerate(axes) if i != axis % len(axes)), axes[axis]]


def _equal(a: Any, b: Any) -> bool:
    if hasattr(a, "equals"):
        return bool(a.equals(b)) if hasattr(b, "equals") else list(a) == list(b)
    return list(a) == list(b)


def _shown(axes: list[_Axis]) -> str:
    return ", ".join(str(axis.name) for axis in axes)
