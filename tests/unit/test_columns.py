"""Columns of every storage type that data frames have: the values of each are told apart.

Two columns with known joint counts are stored in every way that a library offers. What measures
say of them is what plain enumeration of the outcomes says, or an error with a reason.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import kullback as kb

# Rows of (outcome of x, outcome of y), so often each.
JOINT = {(0, 0): 5, (0, 1): 1, (1, 0): 2, (1, 2): 4, (2, 1): 3, (2, 2): 1, (3, 0): 1, (3, 2): 3}
ROWS = [pair for pair, count in JOINT.items() for _ in range(count)]
ROWS = [ROWS[7 * i % len(ROWS)] for i in range(len(ROWS))]  # in no order; 7 and 20 share no factor
X, Y = ([pair[i] for pair in ROWS] for i in (0, 1))
NAN = math.nan
BIG = 2**53


def plug_in(*columns):
    """Return the entropy of the combinations, by plain enumeration."""
    counts = Counter(zip(*columns, strict=True)).values()
    return -math.fsum(c / len(ROWS) * math.log(c / len(ROWS)) for c in counts)


PLUG_IN = kb.estimators.PlugIn()


def agrees(table, x="x", y="y", *, outcomes=X, discrete=None):
    """Whether measures say of a table what enumeration says."""
    samples = kb.Samples(table, discrete=discrete)
    entropy = kb.entropy(samples, x, estimator=PLUG_IN).value
    shared = kb.mutual_information(samples, x, y, estimator=PLUG_IN).value
    direct = plug_in(outcomes) + plug_in(Y) - plug_in(outcomes, Y)
    assert entropy == pytest.approx(plug_in(outcomes), rel=1e-12)
    assert shared == pytest.approx(direct, rel=1e-12)
    return True


def test_the_enumeration_is_not_trivial():
    assert len(set(ROWS)) == len(JOINT)
    assert len(ROWS) == sum(JOINT.values())
    assert plug_in(X) + plug_in(Y) - plug_in(X, Y) > 0.3


# What the four outcomes of x are.
DAY = dt.datetime.fromisoformat("2020-01-01")  # in no zone
PARIS = ZoneInfo("Europe/Paris")
TWICE = dt.datetime(2020, 10, 25, 2, 30, tzinfo=PARIS)  # an hour that comes twice
VALUES = {
    "integers": [1, 2, 3, -4],
    "integers and null": [1, None, 3, -4],
    "large integers": [BIG, BIG + 1, BIG + 2, -BIG - 1],
    "large integers and null": [BIG, BIG + 1, None, -BIG - 1],
    "unsigned": [0, 2**63, 2**63 + 1, 2**64 - 1],
    "unsigned and null": [None, 2**63, 2**63 + 1, 2**64 - 1],
    "beyond 64 bits": [2**100, 2**100 + 1, -(2**100), 0],
    "beyond 64 bits and null": [2**100, 2**100 + 1, None, 0],
    "booleans and null": [True, False, None, True],
    "texts": ["a", "b", "", "é"],
    "texts and null": ["a", None, "", "None"],
    "texts that end in nothing": ["a", "a\0", "\0", "\0NaN"],
    "bytes and null": [b"a", b"a\0", None, b""],
    "lists and null": [[1], [1, 2], None, []],
    "large lists": [[BIG], [BIG + 1], [None, 1], [1, None]],
    "lists of floats": [[0.5], [NAN], [None], [0.5, NAN]],
    "lists of texts": [["a", "b"], ["ab"], ["b", "a"], None],
    "records": [{"a": 1, "b": "u"}, {"a": 2, "b": "u"}, {"a": 1, "b": None}, {"a": None, "b": "u"}],
}
# Only with discrete=True; 0.0 and -0.0 are one number.
NUMBERS = {
    "floats": [0.5, NAN, -0.5, math.inf],
    "floats and null": [0.5, NAN, None, -math.inf],
    "zeros": [0.0, -0.0, 5e-324, 1.0],
    "decimals": [Decimal("1.10"), Decimal("1.20"), None, Decimal(f"{BIG + 1}.01")],
    "dates": [dt.date(2020, 1, 1), dt.date(2020, 1, 2), None, dt.date(1969, 1, 1)],
    "times": [
        DAY + dt.timedelta(microseconds=1),
        DAY + dt.timedelta(microseconds=2),
        None,
        DAY - dt.timedelta(days=30_000),
    ],
    "zoned": [TWICE, TWICE.replace(fold=1), None, dt.datetime(2020, 1, 1, tzinfo=PARIS)],
    "durations": [dt.timedelta(0), dt.timedelta(microseconds=1), None, dt.timedelta(days=-400)],
    "clock": [dt.time(0), dt.time(0, 0, 0, 1), None, dt.time(23, 59)],
}
ALL = {**VALUES, **NUMBERS}
NOT_TWO = {"zeros": {1: 0}, "booleans and null": {3: 0}}


def outcomes_of(name):
    """Return the outcomes of x, those of equal values as one."""
    return [NOT_TWO.get(name, {}).get(i, i) for i in X]


def treat(name):
    return True if name in NUMBERS else None


def polars_table(values):
    pl = pytest.importorskip("polars")
    wide = any(isinstance(v, int) and abs(v) >= 2**64 for v in values)
    unsigned = any(isinstance(v, int) and 2**63 <= v < 2**64 for v in values)
    dtype = pl.Int128 if wide else pl.UInt64 if unsigned else None
    return pl.DataFrame({"x": pl.Series([values[i] for i in X], dtype=dtype), "y": Y})


def arrow_type(values):
    pa = pytest.importorskip("pyarrow")
    if any(isinstance(v, int) and abs(v) >= 2**64 for v in values):
        return pa.decimal128(38, 0)
    if any(isinstance(v, int) and 2**63 <= v < 2**64 for v in values):
        return pa.uint64()
    return None


def arrow_table(values):
    pa = pytest.importorskip("pyarrow")
    column = pa.array([values[i] for i in X], type=arrow_type(values))
    return pa.table({"x": pa.chunked_array([column[:9], column[9:9], column[9:]]), "y": Y})


def pandas_table(values):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame({"x": pd.Series([values[i] for i in X], dtype=object), "y": Y})


def arrow_backed(values):
    pd = pytest.importorskip("pandas")
    return arrow_table(values).to_pandas(types_mapper=pd.ArrowDtype)


def relation(values):
    duckdb = pytest.importorskip("duckdb")
    table = arrow_table(values)
    return duckdb.connect().from_arrow(table)


def lazy(values):
    return polars_table(values).lazy()


def narwhals_frame(values):
    nw = pytest.importorskip("narwhals")
    return nw.from_native(arrow_table(values))


def batch(values):
    return arrow_table(values).combine_chunks().to_batches()[0]


def lists(values):
    return {"x": [values[i] for i in X], "y": Y}


def objects(values):
    return {"x": np.fromiter((values[i] for i in X), dtype=object, count=len(X)), "y": np.array(Y)}


STORAGES = {
    f.__name__: f
    for f in (
        polars_table,
        lazy,
        arrow_table,
        batch,
        narwhals_frame,
        relation,
        pandas_table,
        arrow_backed,
        lists,
        objects,
    )
}
# Lists in a list are rows, not values.
REFUSED = {("lists", name): "list of sequences" for name in VALUES if "lists" in name}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("storage", STORAGES)
def test_every_storage_gives_what_enumeration_gives(storage, name):
    table = STORAGES[storage](ALL[name])
    if reason := REFUSED.get((storage, name)):
        with pytest.raises(kb.KullbackError, match=reason):
            kb.Samples(table)
        return
    assert agrees(table, outcomes=outcomes_of(name), discrete=treat(name))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("storage", STORAGES)
def test_numbers_and_times_are_no_labels_in_any_storage(storage, name):
    samples = kb.Samples(STORAGES[storage](NUMBERS[name]))
    assert samples.discrete == {"y"}
    with pytest.raises(kb.KullbackError, match="holds numbers"):
        kb.entropy(samples, "x")


# ---------------------------------------------------------------- types of one library


def spread(values):
    return [values[i] for i in X]


def series(dtype, values):
    return lambda pl: pl.DataFrame(
        {"x": pl.Series(spread(values), dtype=dtype(pl), strict=False), "y": Y}
    )


POLARS = {
    "Categorical": series(lambda pl: pl.Categorical, ["a", "b", None, "c"]),
    "Enum": series(lambda pl: pl.Enum(["a", "b", "c", "unused"]), ["a", "b", None, "c"]),
    "Array": series(lambda pl: pl.Array(pl.Int64, 2), [[BIG, 1], [BIG + 1, 1], None, [1, None]]),
    "List of Categorical": series(
        lambda pl: pl.List(pl.Categorical), [["a"], ["b"], None, ["a", "b"]]
    ),
    "List of List": series(
        lambda pl: pl.List(pl.List(pl.Int8)), [[[1], []], [[], [1]], None, [None, [1]]]
    ),
    "List of ns": series(lambda pl: pl.List(pl.Datetime("ns")), [[1], [2], None, []]),
    "Struct of ns": series(
        lambda pl: pl.Struct({"a": pl.Datetime("ns"), "b": pl.Time}),
        [{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": None, "b": 1}],
    ),
    "Object": series(lambda pl: pl.Object, [{1, 2}, [1, 2], None, {"a": [1]}]),
    "Int128": series(lambda pl: pl.Int128, [1, 2, 3, -4]),
    "UInt128": series(lambda pl: pl.UInt128, [2**127, 2**127 + 1, None, 0]),
    "Decimal": series(lambda pl: pl.Decimal(38, 0), [2**70, 2**70 + 1, None, 0]),
    "Boolean": lambda pl: pl.DataFrame({"x": spread([True, False, True, False]), "y": Y}),
    "Null": lambda pl: pl.DataFrame({"x": [None] * len(X), "y": Y}),
    "String": series(lambda pl: pl.String, ["a", "a\0", None, ""]),
    "Binary": series(lambda pl: pl.Binary, [b"a", b"a\0", None, b""]),
}
POLARS_NUMBERS = {
    "Float16": series(lambda pl: pl.Float16, [0.5, NAN, None, -0.5]),
    "Float32": series(lambda pl: pl.Float32, [0.5, NAN, None, -0.5]),
    "Time": series(lambda pl: pl.Time, [1, 2, None, 3]),
    "Datetime ns": series(lambda pl: pl.Datetime("ns", "Europe/Paris"), [1, 2, None, -1]),
    "Duration ns": series(lambda pl: pl.Duration("ns"), [1, 2, None, -1]),
    "Date": series(lambda pl: pl.Date, [1, 2, None, -1]),
    "Decimal": series(lambda pl: pl.Decimal(38, 2), [Decimal("0.01"), Decimal("0.02"), None, 1]),
}


def pandas_special(make):
    return lambda pd: pd.DataFrame({"x": make(pd), "y": Y})


def masked_floats(pd):
    data = np.array(spread([0.5, NAN, 0.0, -0.5]))
    return pd.array([0.5], dtype="Float64").__class__(data, np.array(X) == 2)


def categories(values, known):
    return lambda pd: pd.Categorical(spread(values), categories=known)


PANDAS = {
    "Int64": lambda pd: pd.array(spread([BIG, BIG + 1, None, -1]), dtype="Int64"),
    "UInt64": lambda pd: pd.array(spread([2**63, 2**63 + 1, None, 2**64 - 1]), dtype="UInt64"),
    "Int8 without null": lambda pd: pd.array(spread([1, 2, 3, -1]), dtype="Int8"),
    "boolean": lambda pd: pd.array(spread([True, False, None, None]), dtype="boolean"),
    "string": lambda pd: pd.array(spread(["a", "b", None, ""]), dtype="string"),
    "str": lambda pd: pd.Series(spread(["a", "b", None, ""]), dtype="str"),
    "object": lambda pd: pd.Series(spread(["a", 1, None, ("a", 1)]), dtype=object),
    "object with NA and NaN": lambda pd: pd.Series(spread(["a", NAN, pd.NA, ""]), dtype=object),
    "object of arrays": lambda pd: pd.Series(
        spread([np.array([1]), np.array([1, 2]), None, np.array([])]), dtype=object
    ),
    "category of texts": categories(["a", "b", None, "c"], ["c", "b", "a", "unused"]),
    "category of integers": categories([BIG, BIG + 1, None, 1], [1, BIG + 1, BIG]),
    "category of floats": categories([0.5, 1.5, None, 2.5], [0.5, 1.5, 2.5]),
    "interval": lambda pd: pd.arrays.IntervalArray.from_tuples(
        spread([(0, 1), (1, 2), None, (0, 2)])
    ),
    "cut": lambda pd: pd.cut(spread([1.0, 5.0, NAN, 9.0]), [0, 2, 6, 10]),
    "period": lambda pd: pd.PeriodIndex(spread(["2020-01", "2020-02", None, "2021-01"]), freq="M"),
    "sparse integers": lambda pd: pd.arrays.SparseArray(spread([BIG, BIG + 1, 0, 1])),
    "index": lambda pd: pd.Index(spread([1, 2, 3, 4])),
    "MultiIndex": lambda pd: pd.MultiIndex.from_tuples(
        spread([(1, "a"), (1, "b"), (2, "a"), (2, "b")])
    ),
}
PANDAS_NUMBERS = {
    "Float64": masked_floats,
    "Float32": lambda pd: pd.array(spread([0.5, 1.5, None, -0.5]), dtype="Float32"),
    "float64": lambda pd: pd.Series(spread([0.5, NAN, 1.5, -0.5])),
    "sparse floats": lambda pd: pd.arrays.SparseArray(spread([0.5, NAN, 0.0, -0.5])),
    "datetime64[ns]": lambda pd: pd.Series(
        np.array(spread([1, 2, "NaT", 3]), dtype="datetime64[ns]")
    ),
    "zoned": lambda pd: (
        pd.Series(np.array(spread([10**9, 10**9 + 1, "NaT", 3]), dtype="datetime64[ns]"))
        .dt.tz_localize("UTC")
        .dt.tz_convert("Europe/Paris")
    ),
    "timedelta64[ns]": lambda pd: pd.Series(
        np.array(spread([1, 2, "NaT", 3]), dtype="timedelta64[ns]")
    ),
    "object of Timestamps": lambda pd: pd.Series(
        spread([pd.Timestamp(1), pd.Timestamp(2), pd.NaT, pd.Timestamp(3)]), dtype=object
    ),
}


def arrow(make):
    return lambda pa: pa.table({"x": make(pa), "y": pa.array(Y)})


def of_type(type_, values):
    return lambda pa: pa.array(spread(values), type=type_(pa))


def encoded_runs(pa):
    return pa.RunEndEncodedArray.from_arrays(
        np.arange(1, len(X) + 1, dtype=np.int32), pa.array(spread([BIG, BIG + 1, None, 1]))
    )


def union(pa):
    kinds = pa.array(spread([0, 0, 1, 1]), pa.int8())
    places = pa.array(spread([0, 1, 0, 1]), pa.int32())
    return pa.UnionArray.from_dense(kinds, places, [pa.array([1, 2]), pa.array(["1", None])])


def null_in_dictionary(pa):
    codes = pa.array(spread([0, 1, None, 2]), pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b", None]))


def doubled_dictionary(pa):
    codes = pa.array(spread([0, 1, None, 2]), pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b", "a"]))


def own_extension(pa):
    class Own(pa.ExtensionType):
        def __init__(self):
            super().__init__(pa.int64(), "kullback.own")

        def __arrow_ext_serialize__(self):
            return b""

        @classmethod
        def __arrow_ext_deserialize__(cls, storage, serialized):
            return cls()

    return pa.ExtensionArray.from_storage(Own(), pa.array(spread([BIG, BIG + 1, None, 1])))


ARROW = {
    "dictionary": of_type(lambda pa: pa.dictionary(pa.int8(), pa.string()), ["a", "b", None, ""]),
    "dictionary of floats": of_type(
        lambda pa: pa.dictionary(pa.int8(), pa.float64()), [0.5, 1.5, None, 2.5]
    ),
    "null in a dictionary": null_in_dictionary,
    "a value twice in a dictionary": doubled_dictionary,
    "large_list": of_type(lambda pa: pa.large_list(pa.int64()), [[BIG], [BIG + 1], None, []]),
    "list_view": of_type(lambda pa: pa.list_view(pa.int64()), [[1], [1, 2], None, []]),
    "fixed_size_list": of_type(
        lambda pa: pa.list_(pa.int64(), 2), [[1, 2], [2, 1], None, [1, None]]
    ),
    "map": of_type(lambda pa: pa.map_(pa.string(), pa.int64()), [[("a", 1)], [("a", 2)], None, []]),
    "decimal256": of_type(lambda pa: pa.decimal256(60, 0), [10**50, 10**50 + 1, None, 0]),
    "string_view": of_type(lambda pa: pa.string_view(), ["a", "a\0", None, ""]),
    "large_string": of_type(lambda pa: pa.large_string(), ["a", "b", None, ""]),
    "binary_view": of_type(lambda pa: pa.binary_view(), [b"a", b"b", None, b""]),
    "uuid": of_type(lambda pa: pa.uuid(), [b"0" * 16, b"1" * 16, None, b"2" * 16]),
    "bool8": of_type(lambda pa: pa.bool8(), [1, 0, None, None]),
    "null": of_type(lambda pa: pa.null(), [None] * 4),
    "run_end_encoded": encoded_runs,
    "union": union,
    "extension": own_extension,
    "interval": of_type(
        lambda pa: pa.month_day_nano_interval(), [(0, 30, 0), (1, 0, 0), None, (0, 0, 1)]
    ),
    "list of timestamps": of_type(lambda pa: pa.list_(pa.timestamp("us")), [[1], [2], None, []]),
}
ARROW_NUMBERS = {
    "float16": of_type(lambda pa: pa.float16(), [0.5, NAN, None, -0.5]),
    "timestamp ns": of_type(lambda pa: pa.timestamp("ns", "Europe/Paris"), [1, 2, None, -1]),
    "time64 ns": of_type(lambda pa: pa.time64("ns"), [1, 2, None, 3]),
    "time32": of_type(lambda pa: pa.time32("ms"), [1, 2, None, 3]),
    "date32": of_type(lambda pa: pa.date32(), [1, 2, None, -1]),
    "date64": of_type(lambda pa: pa.date64(), [0, 86400000, None, -86400000]),
    "duration": of_type(lambda pa: pa.duration("ns"), [1, 2, None, -1]),
    "decimal128": of_type(lambda pa: pa.decimal128(38, 2), [1, 2, None, Decimal("0.01")]),
    "float64": of_type(lambda pa: pa.float64(), [0.5, NAN, None, -0.5]),
}
ONE = ((1, 0), (2, 0), (3, 0))
MERGED = {
    "boolean": ((3, 2),),
    "Boolean": ((2, 0), (3, 1)),
    "bool8": ((3, 2),),
    "Null": ONE,
    "null": ONE,
    "null in a dictionary": ((3, 2),),
    "a value twice in a dictionary": ((3, 0),),
}
SPECIAL = {
    **{f"polars {k}": ("polars", make) for k, make in POLARS.items()},
    **{f"pandas {k}": ("pandas", pandas_special(make)) for k, make in PANDAS.items()},
    **{f"arrow {k}": ("pyarrow", arrow(make)) for k, make in ARROW.items()},
}
SPECIAL_NUMBERS = {
    **{f"polars {k}": ("polars", make) for k, make in POLARS_NUMBERS.items()},
    **{f"pandas {k}": ("pandas", pandas_special(make)) for k, make in PANDAS_NUMBERS.items()},
    **{f"arrow {k}": ("pyarrow", arrow(make)) for k, make in ARROW_NUMBERS.items()},
}


@pytest.mark.parametrize("name", SPECIAL)
def test_types_of_labels(name):
    library, make = SPECIAL[name]
    table = make(pytest.importorskip(library))
    merged = dict(MERGED.get(name.partition(" ")[2], ()))
    assert agrees(table, outcomes=[merged.get(i, i) for i in X])


@pytest.mark.parametrize("name", SPECIAL_NUMBERS)
def test_types_of_numbers(name):
    library, make = SPECIAL_NUMBERS[name]
    table = make(pytest.importorskip(library))
    assert kb.Samples(table).discrete == {"y"}
    assert agrees(table, discrete=True)


# ---------------------------------------------------------------- arrays, and Python's own


def structured():
    table = np.zeros(len(X), dtype=[("x", np.int64), ("y", np.int8)])
    table["x"], table["y"] = spread([BIG, BIG + 1, 0, -1]), Y
    return table


def hidden(values, dtype):
    return np.ma.array(spread(values), mask=np.array(X) == 2, dtype=dtype)


def dataset():
    xr = pytest.importorskip("xarray")
    return xr.Dataset({"x": ("row", spread(["a", "b", "c", "d"])), "y": ("row", Y)})


NUMPY = {
    "structured": structured,
    "records": lambda: structured().view(np.recarray),
    "masked integers": lambda: {"x": hidden([BIG, BIG + 1, BIG, 1], np.int64), "y": Y},
    "masked, nothing hidden": lambda: {"x": np.ma.array(X), "y": Y},
    "masked texts": lambda: {"x": hidden(["a", "b", "a", "c"], "U1"), "y": Y},
    "column of records": lambda: {
        "x": np.array(spread([(1, 0.5), (1, NAN), (2, 0.5), (2, NAN)]), dtype="i8, f8"),
        "y": Y,
    },
    "texts of any length": lambda: {
        "x": np.array(spread(["a", "a\0", "", "b"]), dtype=np.dtypes.StringDType()),
        "y": Y,
    },
    "missing texts": lambda: {
        "x": np.array(spread(["a", None, "", "b"]), dtype=np.dtypes.StringDType(na_object=None)),
        "y": Y,
    },
    "bare bytes": lambda: {"x": np.array(spread([1, 2, 3, 4]), dtype="<u4").view("V4"), "y": Y},
    "other order of bytes": lambda: {"x": np.array(spread([1, 2, 3, 4]), dtype=">i8"), "y": Y},
    "objects": lambda: {
        "x": np.array(spread([1, "1", None, NAN]), dtype=object),
        "y": np.array(Y, dtype=object),
    },
    "tuples with NaN": lambda: {
        "x": np.fromiter(spread([(1, NAN), (1, None), (NAN, 1), ()]), dtype=object, count=len(X)),
        "y": Y,
    },
    "Dataset": dataset,
    "DataArrays": lambda: dict(dataset().data_vars),
    "mixed list": lambda: {"x": spread([1, "1", b"1", None]), "y": Y},
    "truths and texts": lambda: {"x": spread([True, "True", False, "False"]), "y": Y},
    "large and small": lambda: {"x": spread([2**63, -1, 2**63 + 1, 0]), "y": Y},
    "tuple": lambda: {"x": tuple(spread("abcd")), "y": Y},
    "NaN marker": lambda: {"x": spread(["\0NaN", "NaN", None, "None"]), "y": Y},
    "sets": lambda: {"x": spread([{1}, frozenset({1, 2}), set(), None]), "y": Y},
}
NUMPY_NUMBERS = {
    "masked floats": lambda: {"x": hidden([0.5, NAN, NAN, 1.0], np.float64), "y": Y},
    "masked times": lambda: {"x": hidden([1, 2, 3, 4], "datetime64[ns]"), "y": Y},
    "integers and floats": lambda: {"x": spread([BIG + 1, 0.5, float(BIG), NAN]), "y": Y},
    "fractions": lambda: {"x": spread([Fraction(1, 3), 1 / 3, None, Fraction(2, 3)]), "y": Y},
    "times": lambda: {"x": spread([*np.array([1, 2, "NaT", 3], "datetime64[ns]")]), "y": Y},
    "complex": lambda: {"x": np.array(spread([1j, 1, NAN, -1j])), "y": Y},
}


@pytest.mark.parametrize("name", NUMPY)
def test_arrays_of_labels(name):
    assert agrees(NUMPY[name]())


@pytest.mark.parametrize("name", NUMPY_NUMBERS)
def test_arrays_of_numbers(name):
    assert kb.Samples(NUMPY_NUMBERS[name]()).discrete == {"y"}
    assert agrees(NUMPY_NUMBERS[name](), discrete=True)


def test_types_of_duckdb_alone():
    duckdb = pytest.importorskip("duckdb")
    for values in (
        f"{2**127 - 1}::HUGEINT, {2**127 - 2}, NULL, 0",
        "{'a': 1, 'b': [1]}, {'a': 1, 'b': [NULL]}, NULL, {'a': NULL, 'b': []}",
        "MAP {'a': 1}, MAP {'a': 2}, NULL, MAP {'b': 1}",
        "'a'::ENUM('a', 'b', 'c'), 'b', NULL, 'c'",
        "'101'::BIT, '0101'::BIT, NULL, '1'::BIT",
        "INTERVAL 1 day, INTERVAL 2 day, NULL, INTERVAL 1 second",
        "[1, 2], [2, 1], NULL, []",
    ):
        rows = f"SELECT unnest({X}) AS i, unnest({Y}) AS y"
        sql = f"SELECT list_extract([{values}], i + 1) AS x, y FROM ({rows})"
        discrete = True if "INTERVAL" in values else None
        assert agrees(duckdb.connect().sql(sql), discrete=discrete), values


def test_columns_of_nullable_integers_follow_the_rule_for_integers():
    few, many = [None, *range(49)] * 2, [None, *range(60)]
    assert kb.Samples(x=few).discrete == {"x"}
    assert kb.Samples(x=many).discrete == frozenset()
    assert kb.Samples(x=[None, NAN, 3] * 20).discrete == {"x"}


def test_samples_of_samples_remember_what_was_asked():
    samples = kb.Samples({"x": [0.5, 1.5], "y": [1, 2]}, discrete=["x"])
    assert kb.Samples(samples).discrete == samples.discrete == {"x"}
    assert kb.Samples(samples, discrete=False).discrete == frozenset()


# ---------------------------------------------------------------- refusals


class Opaque:
    """What nobody can hash."""

    __hash__ = None

    def __eq__(self, other):
        return self is other


def frame(**columns):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(columns)


def misaligned():
    x = frame(x=[1, 2, 3, 4])
    return {"x": x.x[x.x > 1], "y": x.x[x.x < 4]}


def misaligned_arrays():
    xr = pytest.importorskip("xarray")
    x, y = (xr.DataArray([1, 2], dims="row", coords={"row": row}) for row in ([0, 1], [1, 0]))
    return {"x": x, "y": y}


def doubled():
    pd = pytest.importorskip("pandas")
    return pd.DataFrame([[1, 2]], columns=["x", "x"])


def failing_query():
    pl = pytest.importorskip("polars")
    return pl.LazyFrame({"x": ["a"]}).select(pl.col("x").cast(pl.Int64))


def nested_nanoseconds():
    pa = pytest.importorskip("pyarrow")
    return pa.table({"x": pa.array([[1], [2]], pa.list_(pa.time64("ns")))})


def test_names_that_users_give_are_no_types():
    import duckdb

    column = duckdb.sql("select 'TIME_NS'::enum('TIME_NS', 'b') as x from range(3)")
    assert float(kb.entropy(kb.Samples(column))) == 0.0


def relation_of_nanoseconds():
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().sql("SELECT TIMESTAMP_NS '2020-01-01 00:00:00.000000001' AS x")


def doubled_relation():
    pa = pytest.importorskip("pyarrow")
    return pa.table([pa.array([1]), pa.array([2])], names=["x", "x"])


class Table:
    """A table of nobody's."""

    columns = ("x",)


REFUSALS = {
    "unhashable": (lambda: {"x": [Opaque(), Opaque()]}, "holds a Opaque"),
    "rows labelled differently": (misaligned, "'x' and 'y' label their rows differently"),
    "coordinates that differ": (misaligned_arrays, "'x' and 'y' label their rows differently"),
    "a name twice": (doubled, "cannot be read from DataFrame: Expected unique column names"),
    "a name twice in Arrow": (doubled_relation, "Expected unique column names"),
    "a query that fails": (failing_query, "cannot be read from LazyFrame: conversion"),
    "nested nanoseconds": (nested_nanoseconds, "cannot hold to the last digit"),
    "nanoseconds of DuckDB": (relation_of_nanoseconds, "cannot hold to the last digit"),
    "a table of nobody's": (Table, "cannot be read from Table"),
    "a list of lists": (lambda: [[1, 2], [3, 4]], r"has shape \(2, 2\)"),
    "a ragged list": (lambda: {"x": [[1, 2], [3]]}, "list of sequences"),
    "a matrix": (lambda: np.zeros((2, 2)), r"has shape \(2, 2\)"),
    "a text": (lambda: "abc", r"has shape \(\)"),
    "a number": (lambda: 1.0, r"has shape \(\)"),
    "an iterator": (lambda: iter([1, 2]), r"has shape \(\)"),
    "no columns": (frame, "there are no columns"),
    "no rows": (lambda: frame(x=[]), "no values|empty"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_read_is_refused(name):
    make, reason = REFUSALS[name]
    with pytest.raises(kb.KullbackError, match=reason):
        kb.entropy(kb.Samples(make()))


def test_a_name_given_twice_is_refused():
    with pytest.raises(kb.KullbackError, match="'x' belongs to more than one column"):
        kb.Samples({"x": [1]}, x=[2])
    with pytest.raises(kb.KullbackError, match="label their rows differently"):
        kb.Samples(**misaligned())


def test_numbers_with_a_null_are_refused_where_numbers_are_needed():
    samples = kb.Samples({"x": [0.5, None, 1.5]})
    with pytest.raises(kb.KullbackError, match=r"\[1\] is missing"):
        kb.cross_entropy(samples, kb.families.Normal(mean=0.0, std=1.0))
    with pytest.raises(kb.KullbackError, match=r"\[1\] is missing"):
        kb.fit(kb.families.Normal, samples)
