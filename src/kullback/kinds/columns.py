"""Columns of data frames, and of what else holds values, as arrays that keep values apart.

Libraries turn their columns to NumPy with a loss: integers beside a null become floats, a null
becomes NaN, times lose their nanoseconds, and lists become arrays that nothing can hash. What is
read here is exact, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from kullback._array import Array, is_array
from kullback._table import one_line
from kullback.errors import CallError, KullbackError

__all__ = ["Column", "appearances", "content", "is_table", "read_column", "read_table"]

_INTEGERS = (int, np.integer)
_FLOATS = (float, np.floating)
_NUMBERS = (*_INTEGERS, *_FLOATS, Decimal, Fraction)
_TIMES = (date, time, timedelta, np.datetime64, np.timedelta64)
_PLAIN = frozenset({str, int, bool, bytes})
_NULLS = frozenset({"NoneType", "NAType", "NaTType"})
_NAN = object()  # equal to itself and to no value
_FROM_FRAMES = frozenset({"pandas", "polars", "pyarrow"})


class Column(NamedTuple):
    """Values, and whether their library says that they are labels, whatever they look like."""

    values: Array
    labels: bool = False


# ---------------------------------------------------------------- tables


def is_table(x: Any) -> bool:
    """Whether x is a mapping, a data frame or a structured array: columns with names."""
    if isinstance(x, np.ndarray):
        return x.dtype.names is not None
    # Asked of the class, because a lazy frame must work to tell.
    return isinstance(x, Mapping) or (hasattr(type(x), "columns") and not is_array(x))


def read_table(x: Any) -> dict[Any, Any]:
    """Return the columns of a table by name, as its library holds them.

    A table that is still to be computed is computed: lazy frames, relations of DuckDB.

    Raises
    ------
    KullbackError
        If the library cannot compute it, if no library that is known made it, or if two columns
        have one name.
    """
    if isinstance(x, np.ndarray):
        return {name: x[name] for name in x.dtype.names or ()}
    if isinstance(x, Mapping):
        _refuse_misaligned(x)
        return dict(x)
    try:
        return _relation(x) if _library(x) == "duckdb" else _frame(x)
    except KullbackError:
        raise
    except Exception as error:  # whatever a query of the user's may end in
        kind = CallError if isinstance(error, TypeError) else KullbackError
        problem = one_line(str(error).strip())
        raise kind("samples.frame", kind=type(x).__name__, problem=problem) from error


def _frame(x: Any) -> dict[Any, Any]:
    import narwhals as nw

    if type(x).__name__ == "RecordBatch":  # which narwhals does not know
        x = _arrow_table(x)
    frame: Any = nw.from_native(x)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return {name: frame.get_column(name).to_native() for name in frame.columns}


def _arrow_table(batch: Any) -> Any:
    import pyarrow as pa  # it made the batch

    return pa.Table.from_batches([batch])


# Times in nanoseconds among DuckDB's names of types, and the names of its users, in quotes.
_NANOSECONDS, _QUOTED = re.compile(r"\bTIME(STAMP)?_NS\b"), re.compile(r"'[^']*'|\"[^\"]*\"")


def _relation(x: Any) -> dict[Any, Any]:
    """Return the columns of a relation of DuckDB, from one run of its query."""
    names, types = list(x.columns), [str(t) for t in x.types]
    if len(set(names)) < len(names):
        raise KullbackError("samples.repeated", name=_repeated(names))
    for name, type_ in zip(names, types, strict=True):
        if _NANOSECONDS.search(_QUOTED.sub("", type_)):  # which Python's own times have no room for
            raise KullbackError("samples.nanoseconds", name=name, type=type_)
    rows = x.fetchall()
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    nested = {name for name, type_ in zip(names, types, strict=True) if type_.endswith("]")}
    return {name: _objects(c) if name in nested else c for name, c in columns.items()}


def _repeated(names: Sequence[Any]) -> Any:
    return next(name for i, name in enumerate(names) if name in names[:i])


def _refuse_misaligned(columns: Mapping[Any, Any]) -> None:
    """Refuse columns that bring labels for their rows, as pandas' and xarray's do, and disagree."""
    first: dict[Any, tuple[Any, Any]] = {}
    for name, x in columns.items():
        if is_array(x):
            continue
        rows = getattr(x, "index", None)
        indexes = {None: rows} if hasattr(rows, "equals") else getattr(x, "indexes", {})
        for axis, index in dict(indexes).items():
            other, known = first.setdefault(axis, (name, index))
            if not known.equals(index):
                raise KullbackError("samples.index", one=other, other=name)


# ---------------------------------------------------------------- columns


def read_column(x: Any, name: Any) -> Column:
    """Return the values of a column: an array of their type, or of objects with None for nulls.

    Raises
    ------
    KullbackError
        If the column is not one-dimensional, or if its values cannot be had exactly.
    """
    try:
        read = _read(x, name)
    except KullbackError:
        raise
    except Exception as error:  # each library has its own
        problem = one_line(str(error).strip())
        kind = str(getattr(x, "dtype", getattr(x, "type", type(x).__name__)))
        raise KullbackError("samples.unreadable", name=name, type=kind, problem=problem) from error
    values = read.values
    if values.ndim != 1:
        raise KullbackError("samples.shape", name=name, shape=tuple(values.shape))
    if isinstance(values, np.ndarray) and not values.dtype.isnative:
        read = read._replace(values=values.astype(values.dtype.newbyteorder("=")))
    return read


def _read(x: Any, name: Any) -> Column:
    if isinstance(x, np.ndarray):
        return Column(_numpy(x))
    if is_array(x):
        return Column(x)
    library = _library(x)
    if library == "narwhals":
        return _read(x.to_native(), name)
    if library == "pandas":
        return _pandas(x, name)
    if library == "polars":
        return Column(_polars(x))
    if library == "pyarrow":
        return _arrow(x, name)
    if isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray, memoryview)):
        return Column(_sequence(x, name))
    return Column(_numpy(np.asarray(x)))


def _library(x: Any) -> str:
    """Return which library an object's class, or a base of it, is of."""
    roots = [base.__module__.partition(".")[0].lstrip("_") for base in type(x).__mro__]
    known = (*_FROM_FRAMES, "narwhals", "duckdb")
    return next((root for root in roots if root in known), "")


def _objects(values: Iterable[Any]) -> np.ndarray:
    """Return an array of one axis, whatever the values are."""
    values = list(values)
    return np.fromiter(values, dtype=object, count=len(values))


def _numpy(x: np.ndarray) -> np.ndarray:
    if isinstance(x, np.ma.MaskedArray):
        return _unmasked(x)
    if x.dtype.kind in "VT":  # records, bare bytes and texts of any length
        return _objects(x.tolist()) if x.ndim == 1 else x
    return x


def _unmasked(x: np.ma.MaskedArray) -> np.ndarray:
    """Return what a masked array shows; what it hides is missing."""
    mask = np.ma.getmaskarray(x)
    if x.ndim != 1 or not mask.any():
        return _numpy(np.asarray(x.data))
    if x.dtype.kind in "mM":
        times = np.array(x.data)
        times[mask] = "NaT"
        return times
    return _with_nulls(np.asarray(x.data), mask)


def _with_nulls(x: np.ndarray, missing: np.ndarray) -> np.ndarray:
    return _objects(None if m else v for v, m in zip(x.tolist(), missing.tolist(), strict=True))


def _sequence(x: Sequence[Any], name: Any) -> np.ndarray:
    """Return Python's own values in the narrowest type that keeps all of them apart."""
    types = set(map(type, x))
    if _any(types, (list, tuple, np.ndarray)):
        return _rows(x, name)
    if any(is_array(v) and not isinstance(v, np.generic) for v in x):
        return np.asarray(x)  # numbers of another library, or its rows
    if _all(types, (bool, np.bool)):
        return np.asarray(x, dtype=bool)
    numbers = _all(types, (*_INTEGERS, *_FLOATS)) and not _any(types, (bool,))
    if numbers and not _any(types, _FLOATS):
        return _integers(x)
    if numbers:
        floats = np.asarray(x, dtype=np.result_type(*(t for t in types if t is not int), float))
        if not _any(types, _INTEGERS) or all(map(_same, x, floats.tolist())):
            return floats
    if types and _all(types, (np.datetime64, np.timedelta64)):
        return np.asarray(x)
    return _objects(x)


def _rows(x: Sequence[Any], name: Any) -> np.ndarray:
    """Return rows of one length, whose shape is refused; refuse others."""
    try:
        table = np.asarray(x)
    except ValueError:  # NumPy's word for rows of different lengths
        raise KullbackError("samples.nested", name=name) from None
    if table.ndim < 2:
        raise KullbackError("samples.nested", name=name)
    return table


def _integers(x: Sequence[int]) -> np.ndarray:
    """Return integers in 64 bits where these are enough."""
    low, high = min(x, default=0), max(x, default=0)
    if low >= -(2**63) and high < 2**63:
        return np.asarray(x, dtype=np.int64)
    if low >= 0 and high < 2**64:
        return np.asarray(x, dtype=np.uint64)
    return _objects(map(int, x))


def _all(types: Iterable[type], of: tuple[type, ...]) -> bool:
    return all(issubclass(t, of) for t in types)


def _any(types: Iterable[type], of: tuple[type, ...]) -> bool:
    return any(issubclass(t, of) for t in types)


def _same(x: Any, y: float) -> bool:
    return x == y or x != x  # noqa: PLR0124 (NaN)


def _pandas(x: Any, name: Any) -> Column:
    """Read a Series, an Index or an extension array of pandas."""
    dtype, array = x.dtype, getattr(x, "array", x)
    if isinstance(dtype, np.dtype):
        return Column(_numpy(np.asarray(x)))
    if hasattr(dtype, "pyarrow_dtype"):
        return Column(_arrow(array.__arrow_array__(), name).values)
    missing = np.asarray(array.isna(), dtype=bool)
    if hasattr(dtype, "categories"):  # code -1 takes the last
        known = [*np.asarray(dtype.categories, dtype=object), None]
        return Column(_objects(known[code] for code in np.asarray(array.codes)), labels=True)
    if hasattr(dtype, "numpy_dtype"):  # integers, floats and booleans with a mask
        kept = array.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return Column(_with_nulls(kept, missing) if missing.any() else kept)
    if hasattr(dtype, "tz"):
        return Column(np.asarray(array.tz_convert(None)))
    if hasattr(dtype, "fill_value"):  # sparse
        return Column(_numpy(np.asarray(array)))
    values = np.asarray(array, dtype=object)
    return Column(_objects(None if m else v for v, m in zip(values, missing, strict=True)))


def _polars(x: Any) -> np.ndarray:
    import polars as pl  # it made the column

    dtype = x.dtype
    if dtype == pl.Time:
        return x.to_physical().cast(pl.Duration("ns")).to_numpy()
    if dtype.is_temporal():
        return x.to_numpy()
    if dtype.is_nested():  # the numbers that stand for its times and categories are as good
        return _objects(x.to_physical().to_list())
    wide = str(dtype) in ("Int128", "UInt128")
    if (dtype.is_integer() or dtype.is_float() or dtype == pl.Boolean) and not x.null_count():
        return _integers(x.to_list()) if wide else x.to_numpy()
    return _objects(x.to_list())


def _arrow(x: Any, name: Any) -> Column:
    """Read an array of Arrow, in one piece or several."""
    import pyarrow as pa  # it made the column
    from pyarrow.compute import call_function

    type_, is_ = x.type, pa.types
    if isinstance(type_, pa.BaseExtensionType):
        chunks = x.chunks if isinstance(x, pa.ChunkedArray) else [x]
        inner = pa.chunked_array([c.storage for c in chunks], type=type_.storage_type)
        return _arrow(inner, name)
    if is_.is_run_end_encoded(type_):
        chunks = x.chunks if isinstance(x, pa.ChunkedArray) else [x]
        whole = pa.chunked_array(
            [call_function("run_end_decode", [c]) for c in chunks], type=type_.value_type
        )
        return _arrow(whole, name)
    if is_.is_dictionary(type_):
        return Column(_arrow(x.cast(type_.value_type), name).values, labels=True)
    if is_.is_time(type_):
        whole = x.cast(pa.int32()) if is_.is_time32(type_) else x
        x = whole.cast(pa.int64()).cast(pa.duration(type_.unit))
    elif is_.is_nested(type_) and any(word in str(type_) for word in ("time64[ns]", "date64")):
        raise KullbackError("samples.nanoseconds", name=name, type=str(type_))
    plain = is_.is_integer(type_) or is_.is_floating(type_) or is_.is_boolean(type_)
    if is_.is_temporal(x.type) and not is_.is_interval(type_):
        return Column(_arrow_to_numpy(x))
    if plain and not x.null_count:
        return Column(_arrow_to_numpy(x))
    return Column(_objects(x.to_pylist()))


def _arrow_to_numpy(x: Any) -> np.ndarray:
    return x.to_numpy() if hasattr(x, "chunks") else x.to_numpy(zero_copy_only=False)


# ---------------------------------------------------------------- values


def appearances(x: np.ndarray, name: Any) -> tuple[np.ndarray, int, int]:
    """Number the distinct objects of a column as they appear.

    Returns
    -------
    tuple
        The number of each, how many there are, and how many rows are null.

    Raises
    ------
    KullbackError
        If an object cannot be compared with others.
    """
    seen: dict[Any, int] = {}
    values = x.tolist()
    try:
        code = [seen.setdefault(v if type(v) in _PLAIN else _frozen(v), len(seen)) for v in values]
    except TypeError:  # what Python says of an object without a hash
        raise KullbackError("samples.unhashable", name=name, kind=_unhashable(values)) from None
    code = np.array(code)
    return code, len(seen), int(np.count_nonzero(code == seen[None])) if None in seen else 0


def _unhashable(values: Sequence[Any]) -> str:
    for v in values:
        try:
            hash(_frozen(v))
        except TypeError:
            return type(v).__name__
    return "object"


def _frozen(v: Any) -> Any:
    """Return what is hashed and equal exactly where values are: also lists, NaN and null."""
    if type(v).__name__ in _NULLS:
        return None
    if isinstance(v, np.ndarray):
        v = (v.view(np.int64) if v.dtype.kind in "mM" else v).tolist()
    if isinstance(v, (list, tuple)):
        return tuple(map(_frozen, v))
    if isinstance(v, Mapping):
        return frozenset((_frozen(key), _frozen(x)) for key, x in v.items())
    if isinstance(v, (set, frozenset)):
        return frozenset(map(_frozen, v))
    if isinstance(v, (bytearray, memoryview)):
        return bytes(v)
    if isinstance(v, datetime) and v.tzinfo is not None:  # the hour that comes twice is two
        return v.astimezone(UTC)
    if isinstance(v, (np.datetime64, np.timedelta64)):
        return None if np.isnat(v) else v
    return _NAN if _is_nan(v) else v


def _is_nan(v: Any) -> bool:
    if isinstance(v, Decimal):
        return v.is_nan()
    other = v != v  # noqa: PLR0124
    return bool(other) if isinstance(other, (bool, np.bool)) else False


def content(x: np.ndarray) -> str:
    """Return what a column of objects holds: "integer", "number", "time" or "label"."""
    values = [v for v in x.tolist() if type(v).__name__ not in _NULLS]
    types = set(map(type, values))
    if not types or _any(types, (bool, np.bool)):
        return "label"
    if _all(types, _TIMES):
        return "time"
    if not _all(types, _NUMBERS):
        return "label"
    if _all(types, _INTEGERS):
        return "integer"
    told = [v for v in values if not _is_nan(v)]
    if not told:
        return "label"
    return "integer" if all(map(_is_whole, told)) else "number"


def _is_whole(v: Any) -> bool:
    """Whether a number has no place for a fraction."""
    if isinstance(v, Decimal):
        exponent = v.as_tuple().exponent
        return isinstance(exponent, int) and exponent >= 0
    return isinstance(v, _INTEGERS)
