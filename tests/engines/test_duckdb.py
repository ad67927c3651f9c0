"""The default engine, on real files: what it counts, what it calls things, what it says."""

from __future__ import annotations

import gzip
import io
import os
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from kullback.data.engines.duckdb import DuckDBEngine
from kullback.data.sources import Source
from kullback.data.state import JointFingerprint, Outcome, Unseen
from kullback.data.types import asked_treatment, few_values
from kullback.errors import KullbackError


def state(old, new, name="x", *, threads=None, **options):
    with DuckDBEngine(old, new, threads=threads) as engine:
        return engine.column_state(name, **options)


def states(old, new, **options):
    with DuckDBEngine(old, new, **options) as engine:
        return [engine.column_state(name) for name in engine.columns.shared]


def pairs(column):
    """Return the fingerprint as a readable dictionary."""
    f = column.fingerprint
    return {(int(a), int(b)): int(n) for a, b, n in zip(f.old, f.new, f.values, strict=True)}


def column_csv(*values):
    return "x,y\n" + "".join(f"{value},0\n" for value in values)


def failure(call, *args, **kwargs):
    with pytest.raises(KullbackError) as caught:
        call(*args, **kwargs)
    return caught.value


def open_failure(old, new, **kwargs):
    def enter():
        with DuckDBEngine(old, new, **kwargs):
            pass

    return failure(enter)


# What is counted


def test_one_column_in_full(csv):
    old = csv("old.csv", column_csv("a", "a", "a", "b", "c", ""))
    new = csv("new.csv", column_csv("a", "a", "b", "b", "d", "d", "e"))
    found = state(old, new)
    assert found.name == "x"
    assert (found.old_type, found.new_type) == ("text", "text")
    assert (found.treatment, found.reason, found.distinct) == ("discrete", "type.text", 5)
    assert found.edges == ()
    assert pairs(found) == {(0, 1): 1, (0, 2): 1, (1, 0): 2, (1, 2): 1, (3, 2): 1}
    fingerprint = found.fingerprint
    assert (fingerprint.n_old, fingerprint.n_new, fingerprint.outcomes) == (6, 7, 6)
    assert fingerprint.old.dtype == np.int64
    assert found.unseen_in_old == Unseen(2, 3, (Outcome("d", 0, 2), Outcome("e", 0, 1)))
    assert found.unseen_in_new == Unseen(
        2, 2, (Outcome("c", 1, 0), Outcome("null", 1, 0, special="null"))
    )
    # |3*7 - 2*6| = 9, |0 - 2*6| = 12, |7 - 12| = 5, |7 - 0| = 7 twice, |0 - 6| = 6
    assert [outcome.label for outcome in found.movers] == ["d", "a", "c", "null", "e"]


def test_the_fingerprint_is_sorted_and_compares_by_value():
    f = JointFingerprint.from_rows([(2, 0, 1), (0, 5, 2), (0, 3, 1)])
    assert f.old.tolist() == [0, 0, 2]
    assert f.new.tolist() == [3, 5, 0]
    assert f == JointFingerprint.from_rows([(0, 3, 1), (0, 5, 2), (2, 0, 1)])
    assert hash(f) == hash(JointFingerprint.from_rows([(0, 3, 1), (0, 5, 2), (2, 0, 1)]))
    assert f != JointFingerprint.from_rows([(0, 3, 1)])
    assert f != 3
    assert JointFingerprint.from_rows([]).outcomes == 0


def test_an_outcome_that_did_not_move_is_no_mover(csv):
    same = csv("same.csv", column_csv("a", "b"))
    assert state(same, same).movers == ()


def test_ties_are_broken_by_label(csv):
    old = csv("old.csv", column_csv(*"gfedcba"))
    new = csv("new.csv", column_csv(*"hijklmn"))
    found = state(old, new)
    assert [outcome.label for outcome in found.movers] == list("abcde")
    assert [outcome.label for outcome in found.unseen_in_old.top] == list("hijkl")


def test_text_is_byte_exact(csv):
    values = ["a", "A", "a ", " a", "\u00e9", "e\u0301", '""', "null"]
    found = state(csv("old.csv", column_csv(*values)), csv("new.csv", column_csv("a", "")))
    assert found.distinct == 8
    assert pairs(found) == {(1, 1): 1, (1, 0): 7, (0, 1): 1}
    assert Outcome("", 1, 0) in found.unseen_in_new.top


def test_labels_keep_newlines_control_characters_and_length(csv):
    long = "x" * 200_000
    old = csv("old.csv", f'x,y\n"two\nlines",1\nbell\x07,2\n{long},3\n')
    found = state(old, old.replace("old", "old"))
    assert found.distinct == 3
    new = csv("new.csv", column_csv("z"))
    labels = {outcome.label for outcome in state(old, new).unseen_in_new.top}
    assert labels == {"two\nlines", "bell\x07", long}


@pytest.mark.parametrize("treatment", ["discrete", "numeric"])
def test_nan_and_null_are_two_outcomes_and_minus_zero_is_zero(parquet, treatment):
    values = "SELECT unnest([0.0, -0.0, 'nan', -('nan'::DOUBLE), NULL, NULL, NULL]::DOUBLE[]) AS x"
    new = parquet("new.parquet", "SELECT unnest([0.0, 1.5, NULL]::DOUBLE[]) AS x")
    found = state(parquet("old.parquet", values), new, treatment=treatment)
    assert pairs(found) == {(0, 1): 1, (2, 0): 1, (2, 1): 1, (3, 1): 1}
    assert Outcome("nan", 2, 0, special="nan") in found.movers
    assert Outcome("null", 3, 1, special="null") in found.movers
    assert found.reason == "type.asked"


def test_csv_numbers_may_be_nan_infinite_or_missing(csv):
    old = csv("old.csv", column_csv("0.5", "nan", "", "inf", "-inf", "1.5"))
    found = state(old, old)
    assert found.treatment == "numeric"
    assert pairs(found) == {(1, 1): 6}
    assert found.edges == ("0.5", "1.5", "inf")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_integers_beyond_double_precision_are_exact(csv, parquet, suffix):
    values = [2**53, 2**53 + 1, 2**63 - 1, 2**63 - 2, -(2**63)]
    if suffix == "csv":
        path = csv("old.csv", column_csv(*values))
    else:
        path = parquet("old.parquet", f"SELECT unnest({values}::BIGINT[]) AS x")
    found = state(path, path)
    assert (found.treatment, found.distinct) == ("discrete", 5)
    binned = state(path, path, treatment="numeric")
    assert binned.edges == tuple(map(str, sorted(values)[1:]))
    assert pairs(binned) == {(1, 1): 5}


def test_nested_values_and_bytes_are_discrete(parquet):
    path = parquet(
        "a.parquet",
        "SELECT [1, 2] AS x, {'a': 1} AS s, 'ab'::BLOB AS b, "
        "'00000000-0000-0000-0000-000000000001'::UUID AS u, INTERVAL 1 DAY AS i",
    )
    for found in states(path, path):
        assert (found.treatment, found.reason) == ("discrete", "type.other")
    assert state(path, path).distinct == 1


# Numeric columns


def test_edges_are_exact_pooled_quantiles_and_bins_count_edges_at_or_below(csv):
    rng = np.random.default_rng(1)
    old = rng.integers(0, 2000, 3000).tolist()
    new = rng.integers(500, 2500, 2000).tolist()
    found = state(csv("old.csv", column_csv(*old)), csv("new.csv", column_csv(*new)))
    assert (found.treatment, found.reason, found.distinct) == ("numeric", "type.integer_many", None)
    pooled = sorted(old + new)
    edges = [pooled[-(-i * len(pooled) // 20) - 1] for i in range(1, 20)]
    assert found.edges == tuple(map(str, edges))
    counts = [
        np.bincount(np.searchsorted(edges, side, side="right"), minlength=20) for side in (old, new)
    ]
    expected = {}
    for pair in zip(*(c.tolist() for c in counts), strict=True):
        expected[pair] = expected.get(pair, 0) + 1
    assert pairs(found) == expected
    labels = {f"< {edges[0]}", f">= {edges[-1]}"}
    labels |= {f"{a} to {b}" for a, b in pairwise(edges)}
    assert {outcome.label for outcome in found.movers} <= labels


def test_repeated_quantiles_and_an_empty_first_bin_are_dropped(csv):
    path = csv("old.csv", column_csv(*[0.5] * 60, *[1.5] * 30, *[2.5] * 10))
    assert state(path, path, bins=10).edges == ("1.5",)
    assert state(path, path, bins=20).edges == ("1.5", "2.5")


def test_a_column_that_is_nearly_constant_is_cut_above_its_constant(csv):
    old = csv("old.csv", column_csv(*[0.0] * 999, 7.5))
    new = csv("new.csv", column_csv(*[0.0] * 990, *[7.5] * 10))
    found = state(old, new)
    assert found.edges == ("7.5",)
    assert pairs(found) == {(999, 990): 1, (1, 10): 1}
    assert {outcome.label for outcome in found.movers} == {"< 7.5", ">= 7.5"}


def test_a_constant_column_has_one_bin_named_by_its_value(csv):
    old, new = csv("old.csv", column_csv(2.5, 2.5)), csv("new.csv", column_csv(2.5, ""))
    found = state(old, new)
    assert (found.treatment, found.edges) == ("numeric", ())
    assert found.movers[0] == Outcome("2.5", 2, 1)


def test_a_numeric_column_of_nan_and_null_only(parquet):
    path = parquet("old.parquet", "SELECT unnest(['nan', NULL]::DOUBLE[]) AS x")
    found = state(path, path)
    assert (found.treatment, found.reason, found.edges) == ("numeric", "type.float", ())
    assert pairs(found) == {(1, 1): 2}


def test_long_doubles_are_shortened_for_reading_only(csv):
    values = [f"{i / 7:.17g}" for i in range(1, 6)]
    old = csv("old.csv", column_csv(*values))
    new = csv("new.csv", column_csv(*reversed(values[1:])))
    found = state(old, new, bins=5)
    assert found.edges[0] == "0.2857142857142857"
    assert found.movers[0].label == "< 0.285714"


def test_doubles_too_close_to_shorten_are_written_in_full(csv):
    old = csv("old.csv", column_csv(1.0000000001, 1.0000000002, 1.0000000003))
    new = csv("new.csv", column_csv(1.0000000003))
    labels = {outcome.label for outcome in state(old, new).movers}
    assert labels == {"< 1.0000000002", "1.0000000002 to 1.0000000003", ">= 1.0000000003"}


def test_times_are_numeric_and_midnights_are_shown_as_days(csv, parquet):
    old = csv("old.csv", column_csv("2024-01-01", "2024-01-02"))
    new = parquet("new.parquet", "SELECT TIMESTAMP '2024-01-02' AS x")
    found = state(old, new)
    assert (found.treatment, found.reason) == ("numeric", "type.time")
    assert found.edges == ("2024-01-02 00:00:00",)
    assert pairs(found) == {(1, 0): 1, (1, 1): 1}
    assert [outcome.label for outcome in found.movers] == ["< 2024-01-02", ">= 2024-01-02"]
    later = csv("later.csv", column_csv("2024-01-01 00:00:00", "2024-01-02 06:30:00"))
    assert state(later, later).edges == ("2024-01-02 06:30:00",)
    assert [o.label for o in state(old, later).movers][-1] == ">= 2024-01-02 06:30:00"


def test_times_with_and_without_a_zone_meet_in_utc(csv, parquet, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    old = csv("old.csv", column_csv("2024-01-01T00:00:00Z", "2024-01-01T09:00:00+08:00"))
    new = parquet(
        "new.parquet",
        "SELECT unnest([TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 01:00:00']) AS x",
    )
    found = state(old, new)
    assert found.reason == "type.time_utc"
    assert found.edges == ("2024-01-01 01:00:00+00",)
    assert pairs(found) == {(1, 1): 2}


def test_times_of_day(csv):
    path = csv("old.csv", column_csv("06:30:00", "12:00:00"))
    found = state(path, path)
    assert (found.reason, found.edges) == ("type.time", ("12:00:00",))


# One type for two files


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("SELECT 1::TINYINT AS x", "SELECT 1::BIGINT AS x", "type.integer_few"),
        ("SELECT 1::UBIGINT AS x", "SELECT 1::BIGINT AS x", "type.integer_few"),
        ("SELECT 1::DECIMAL(9, 0) AS x", "SELECT 1 AS x", "type.integer_few"),
        ("SELECT 1 AS x", "SELECT 1.0::DOUBLE AS x", "type.float"),
        ("SELECT 1.0::DECIMAL(5, 2) AS x", "SELECT 1 AS x", "type.float"),
        ("SELECT 1.5::DECIMAL(5, 2) AS x", "SELECT 1.5::DOUBLE AS x", "type.float"),
        ("SELECT 16777217 AS x", "SELECT 16777217.0::DOUBLE AS x", "type.float"),
        ("SELECT DATE '2024-01-01' AS x", "SELECT TIMESTAMP '2024-01-01' AS x", "type.time"),
        ("SELECT TIMESTAMP_NS '2024-01-01' AS x", "SELECT DATE '2024-01-01' AS x", "type.time"),
        ("SELECT 'a' AS x", "SELECT 'a'::ENUM('a', 'b') AS x", "type.text"),
        ("SELECT 7 AS x", "SELECT '7' AS x", "type.mixed"),
        ("SELECT true AS x", "SELECT 'true' AS x", "type.mixed"),
        ("SELECT TIME '06:00:00' AS x", "SELECT '06:00:00' AS x", "type.mixed"),
        ("SELECT [7] AS x", "SELECT '[7]' AS x", "type.mixed"),
        ("SELECT true AS x", "SELECT true AS x", "type.boolean"),
    ],
)
def test_equal_values_of_two_types_are_one_outcome(parquet, old, new, reason):
    paths = parquet("old.parquet", old), parquet("new.parquet", new)
    for found in (state(*paths), state(*reversed(paths))):
        assert found.reason == reason
        assert pairs(found) == {(1, 1): 1}


def test_integers_survive_a_single_precision_partner(parquet):
    old = parquet("old.parquet", "SELECT unnest([16777216, 16777217]) AS x")
    new = parquet("new.parquet", "SELECT 16777216::FLOAT AS x")
    assert pairs(state(old, new, treatment="discrete")) == {(1, 0): 1, (1, 1): 1}


def test_a_number_and_a_text_are_compared_as_written(csv, parquet):
    numbers = csv("old.csv", column_csv("1.50", "8", '""', ""))
    texts = csv("new.csv", column_csv("1.50", "8.0", "x", ""))
    found = state(numbers, texts)
    assert (found.reason, found.treatment) == ("type.mixed", "discrete")
    assert (found.old_type, found.new_type) == ("float", "text")
    assert pairs(found) == {(0, 1): 2, (1, 0): 2, (1, 1): 2}
    labels = {outcome.label for outcome in found.unseen_in_new.top}
    assert labels == {"8", ""}
    integers = parquet("seven.parquet", "SELECT 7 AS x")
    assert pairs(state(integers, csv("z.csv", column_csv("007")))) == {(0, 1): 1, (1, 0): 1}


def test_leading_zeros_stay(csv):
    found = state(csv("old.csv", column_csv("007", "7")), csv("new.csv", column_csv("7", "8")))
    assert found.reason == "type.mixed"
    assert pairs(found) == {(0, 1): 1, (1, 0): 1, (1, 1): 1}


@pytest.mark.parametrize("empty", ["", '""'])
def test_a_column_without_values_takes_the_other_type(csv, empty):
    nothing = csv("old.csv", column_csv(empty, empty))
    numbers = csv("new.csv", column_csv(1.5, 2.5))
    found = state(nothing, numbers)
    assert (found.old_type, found.new_type, found.reason) == ("empty", "float", "type.float")
    assert pairs(found) == {(0, 1): 2, (2, 0): 1}
    assert state(numbers, nothing).treatment == "numeric"


def test_two_columns_without_values(csv, parquet):
    nothing = csv("old.csv", column_csv("", ""))
    typed = parquet("new.parquet", "SELECT NULL::INTEGER[] AS x")
    for treatment in (None, "discrete", "numeric"):
        found = state(nothing, typed, treatment=treatment)
        assert pairs(found) == {(2, 1): 1}
    assert state(nothing, typed).reason == "type.empty"


def test_a_date_that_could_be_read_two_ways_stays_text(csv):
    old = csv("old.csv", column_csv("01/02/2024", "13/02/2024"))
    new = csv("new.csv", column_csv("01/02/2024", "02/13/2024"))
    found = state(old, new)
    assert (found.reason, found.distinct) == ("type.text", 3)
    assert pairs(found) == {(1, 1): 1, (1, 0): 1, (0, 1): 1}


# Treatment


def test_few_integers_are_discrete_and_many_are_not(csv):
    def reason(distinct, rows):
        path = csv("a.csv", column_csv(*(i % distinct for i in range(rows))))
        return state(path, path).reason

    assert reason(50, 60) == "type.integer_few"
    assert reason(51, 60) == "type.integer_many"
    assert reason(60, 1800) == "type.integer_few"  # 60 * 60 = 3600 rows in the two files
    assert reason(60, 1799) == "type.integer_many"


def test_many_integers_seen_late_are_still_many(parquet):
    late = "SELECT CASE WHEN i < 150000 THEN 0 ELSE i END AS x FROM range(160000) t(i)"
    path = parquet("a.parquet", late)
    assert state(path, path).reason == "type.integer_many"


def test_the_limit_of_few_is_exact():
    assert [few_values(n) for n in (0, 2500, 2600, 2601, 10**30)] == [50, 50, 50, 51, 10**15]


def test_what_is_asked_wins(csv):
    path = csv("a.csv", "x,y,z\n1,1.5,a\n2,2.5,b\n")
    with DuckDBEngine(path, path) as engine:
        assert engine.column_state("x", treatment="numeric").edges == ("2",)
        found = engine.column_state("y", treatment="discrete")
        assert (found.distinct, found.reason) == (2, "type.asked")
        error = failure(engine.column_state, "z", treatment="numeric")
        assert str(error) == (
            'column "z" was asked to be numeric, but its values are not all numbers or times in '
            "both files"
        )
        assert "2 to 10000 were needed" in str(failure(engine.column_state, "x", bins=1))


def test_what_is_asked_by_name():
    assert asked_treatment("x", categorical=["x"]) == "discrete"
    assert asked_treatment("x", numeric=["x"]) == "numeric"
    assert asked_treatment("x", numeric=["y"]) is None
    error = failure(asked_treatment, "x", categorical=["x"], numeric=["x"])
    assert str(error) == 'column "x" was asked to be both categorical and numeric'


# The same data, however it comes

ROWS = """
    SELECT i % 3 = 0 AS flag, ['a', 'B', 'c d', '', NULL][1 + i % 5] AS word,
        CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'nan' ELSE sqrt(i) - 20 END AS root,
        (i * 7919) % 1000 AS many, i % 9 AS few, 9007199254740992 + i AS big,
        DATE '2024-01-01' + (i % 90)::INTEGER AS day,
        TIMESTAMP '2024-01-01 00:00:00' + to_minutes(i) AS minute, NULL::DOUBLE AS nothing,
        CASE WHEN i % 50 = 0 THEN -0.0 ELSE 0.0 END::DOUBLE AS zero
    FROM range({start}, {stop}) t(i)
"""


@pytest.fixture
def forms(tmp_path):
    """Two samples, each as CSV, shuffled CSV, compressed CSV and Parquet."""

    def write(name, start, stop):
        query = ROWS.format(start=start, stop=stop)
        paths = {form: tmp_path / f"{name}.{form}" for form in ("csv", "parquet", "csv.gz")}
        paths["shuffled"] = tmp_path / f"{name}_shuffled.csv"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{paths['csv']}'")
            connection.execute(f"COPY ({query}) TO '{paths['parquet']}'")
            connection.execute(
                f"COPY ({query} ORDER BY hash(i, 3)) TO '{paths['shuffled']}' (DELIMITER ';')"
            )
        paths["csv.gz"].write_bytes(gzip.compress(paths["csv"].read_bytes()))
        return paths

    return write("old", 0, 2000), write("new", 300, 1800)


@pytest.mark.parametrize("old", ["parquet", "csv.gz", "shuffled"])
@pytest.mark.parametrize("new", ["parquet", "csv", "shuffled"])
@pytest.mark.parametrize("threads", [1, 3])
def test_states_are_identical_however_the_data_come(forms, old, new, threads):
    expected = states(forms[0]["csv"], forms[1]["csv"])
    assert [column.reason for column in expected] == [
        "type.boolean",
        "type.text",
        "type.float",
        "type.integer_many",
        "type.integer_few",
        "type.integer_many",
        "type.time",
        "type.time",
        "type.empty",
        "type.float",
    ]
    assert states(forms[0][old], forms[1][new], threads=threads) == expected


# Files


def test_columns_in_file_order(csv):
    old = csv("old.csv", "d,b,a,only\n1,1,1,1\n")
    new = csv("new.csv", "a,new,b,d\n1,1,1,1\n2,2,2,2\n")
    with DuckDBEngine(old, new) as engine:
        assert (engine.n_old, engine.n_new) == (1, 2)
        assert engine.columns.shared == ("d", "b", "a")
        assert engine.columns.only_in_old == ("only",)
        assert engine.columns.only_in_new == ("new",)
        assert engine.columns.select() == ("d", "b", "a")
        assert engine.columns.select(["a", "d"]) == ("d", "a")
        assert engine.columns.select(ignore=["b", "only", "new"]) == ("d", "a")
        error = failure(engine.columns.select, ["only"])
        assert str(error) == f'{old} has a column "only" but {new} does not'
        error = failure(engine.columns.select, ["new"])
        assert str(error) == f'{new} has a column "new" but {old} does not'
        error = failure(engine.columns.select, ignore=["a", "b", "d"])
        assert str(error) == f"no column of {old} and {new} is left to compare"


def test_an_unknown_column_is_told_what_there_is(csv):
    path = csv("old.csv", "country,plan\nCN,a\n")
    with DuckDBEngine(path, path) as engine:
        error = failure(engine.column_state, "contry")
        assert str(error) == f'neither {path} nor {path} has a column "contry"'
        assert error.hint == 'Did you mean "country"? The columns are: country, plan'
        error = failure(engine.columns.select, ignore=["zzz"])
        assert error.hint == "The columns are: country, plan"
    wide = csv("wide.csv", ",".join(f"c{i}" for i in range(30)) + "\n" + "1," * 29 + "1\n")
    with DuckDBEngine(wide, wide) as engine:
        assert failure(engine.columns.select, ["zzz"]).hint.endswith("c18, c19, ...")


NASTY = "a\"b'; DROP TABLE x; --"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_names_with_quotes_spaces_and_brackets(csv, parquet, suffix):
    folder = "it's [1] {a,b} a\"b"
    csv(f"{folder}/x", "")
    if suffix == "csv":
        name = '"' + NASTY.replace('"', '""') + '"'
        path = csv(f"{folder}/da ta [2]*?.csv", f"{name},\n1,2\n")
        decoy = csv(f"{folder}/da ta 2xy.csv", "a,b\n1,2\n")
        assert Path(decoy).exists()
    else:
        written = parquet("plain.parquet", f'SELECT 1 AS "{NASTY.replace(chr(34), chr(34) * 2)}"')
        path = str(Path(written).parent / folder / "year=2020 [2]*.parquet")
        Path(written).rename(path)
    with DuckDBEngine(path, path) as engine:
        assert engine.columns.old[0] == NASTY
        assert pairs(engine.column_state(NASTY)) == {(1, 1): 1}
        if suffix == "csv":
            assert engine.columns.old[1] == "column2"


def test_folders_named_like_partitions_add_no_column(csv):
    path = csv("year=2020/a.csv", "x\n1\n")
    with DuckDBEngine(path, path) as engine:
        assert engine.columns.shared == ("x",)


def test_names_that_differ_in_case_only(csv):
    old, new = csv("old.csv", "id,ID\n1,2\n"), csv("new.csv", "ID,id\n2,1\n")
    with DuckDBEngine(old, new) as engine:
        assert engine.columns.shared == ("id", "ID")
        assert pairs(engine.column_state("ID")) == {(1, 1): 1}


def test_columns_after_nested_ones(csv, parquet):
    old = csv("old.csv", "id,last\n1,2\n")
    query = "SELECT 1 AS id, {'a': 1, 'b': [2], 'c': MAP {'k': {'v': 1}}} AS s, [1] AS l, 2 AS last"
    with DuckDBEngine(old, parquet("new.parquet", query)) as engine:
        assert engine.columns.shared == ("id", "last")
        assert engine.columns.only_in_new == ("s", "l")
        assert pairs(engine.column_state("last")) == {(1, 1): 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_delimiters_line_ends_and_byte_order_mark(csv, delimiter, ending):
    text = f"\ufeff{ending}x{delimiter}note (a, b; c)\n1{delimiter}two{ending}"
    text = text.replace("note (a, b; c)", '"note (a, b; c)"').replace('c)"\n', f'c)"{ending}')
    path = csv("a.csv", text)
    with DuckDBEngine(path, path) as engine:
        assert engine.columns.shared == ("x", "note (a, b; c)")
        assert engine.n_old == 1


def test_blank_lines_before_the_header_are_skipped(csv):
    path = csv("a.csv", "\n\nx,y\n1,2\n")
    with DuckDBEngine(path, path) as engine:
        assert engine.columns.shared == ("x", "y")
        assert engine.n_old == 1


def test_a_single_column(csv):
    path = csv("a.csv", "x\n1\n\n3\n")
    assert pairs(state(path, path)) == {(1, 1): 3}


def test_the_first_value_may_be_longer_than_a_csv_reader_likes(csv):
    path = csv("a.csv", f"x,y\n{'z' * 300_000},1\n")
    assert state(path, path, "y").distinct == 1


def test_texts_that_mean_missing(csv):
    path = csv("a.csv", 'x,y\n1,NA\nNA,"NA"\n')
    sources = (Source(path, missing=["NA"]), Source(path, missing=["NA"]))
    with DuckDBEngine(*sources) as engine:
        assert engine.column_state("x").reason == "type.integer_few"
        assert engine.column_state("y").distinct == 1
    assert state(path, path).reason == "type.text"


def test_standard_input_and_its_clean_up(csv, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    data = gzip.compress(column_csv("a").encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    with DuckDBEngine("-", csv("new.csv", column_csv("a"))) as engine:
        assert pairs(engine.column_state("x")) == {(1, 1): 1}
        assert list((tmp_path / "scratch").iterdir())
    assert not list((tmp_path / "scratch").iterdir())
    assert str(open_failure("-", "-")) == "both files are -, but there is only one standard input"
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_read_once(csv, tmp_path):
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(column_csv("a")))
    writer.start()
    assert pairs(state(pipe, csv("new.csv", column_csv("a")))) == {(1, 1): 1}
    writer.join()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "GBK"])
def test_other_encodings(csv, encoding):
    old = csv("old.csv", ("城市,y\n" + "北京,1\n" * 30_000).encode(encoding))
    with DuckDBEngine(old, old, encoding=encoding) as engine:
        found = engine.column_state("城市")
    assert pairs(found) == {(30_000, 30_000): 1}


def test_a_source_says_what_it_is(csv):
    source = Source(Path(csv("a.csv", "x\n1\n")))
    assert repr(source) == f"Source({source.name!r})"
    with source:
        assert source.format == "csv"


# Messages


def test_missing_files(csv, tmp_path):
    path = csv("flights_old.csv", "x\n1\n")
    wrong = str(tmp_path / "flight_old.csv")
    error = open_failure(wrong, path)
    assert str(error) == f"{wrong}: there is no such file"
    assert error.hint == f"Did you mean {path}?"
    nowhere = str(tmp_path / "no" / "where.csv")
    assert "Check the path" in open_failure(path, nowhere).hint
    assert "there is no such file" in str(open_failure(f"{path}/x.csv", path))


def test_what_is_not_a_file(csv, tmp_path):
    path = csv("a.csv", "x\n1\n")
    error = open_failure(str(tmp_path), path)
    assert str(error) == f"{tmp_path} is a folder; one CSV or Parquet file was needed"
    error = open_failure("https://example.org/a.csv", path)
    assert str(error).startswith("https://example.org/a.csv is an address")
    assert "curl -sSL https://example.org/a.csv |" in error.advice("en", "cli")
    assert "cannot be opened" in str(open_failure("a\0b", path))


def test_a_file_that_may_not_be_read(csv, monkeypatch):
    path = csv("a.csv", "x\n1\n")

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert str(open_failure(path, path)) == f"{path}: you may not read this file"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(csv, content):
    path = csv("a.csv", content)
    error = open_failure(path, path)
    assert str(error) == f"{path} is empty; a header line and at least one row were needed"


def test_no_rows(csv, parquet):
    expected = "has columns but no row; at least one was needed"
    header = csv("a.csv", "x,y\n")
    assert str(open_failure(header, header)) == f"{header} {expected}"
    none = parquet("a.parquet", "SELECT 1 AS x WHERE false")
    assert str(open_failure(none, none)) == f"{none} {expected}"


def test_no_shared_column(csv):
    old, new = csv("old.csv", "a,b\n1,2\n"), csv("new.csv", "A,c\n1,2\n")
    assert str(open_failure(old, new)) == (
        f"{old} and {new} have no column in common; {old} has a, b; {new} has A, c"
    )


def test_broken_parquet(csv, parquet):
    good = parquet("good.parquet", "SELECT range AS x FROM range(1000)")
    data = Path(good).read_bytes()
    expected = "is truncated or not Parquet: it must begin and end with the four characters PAR1"
    for name, content in [
        ("cut.parquet", data[:-20]),
        ("text.parquet", b"x,y\n1,2\n"),
        ("tiny.pq", b"PAR1"),
        ("nameless", data[:-20]),
    ]:
        path = csv(name, content)
        assert str(open_failure(good, path)) == f"{path} {expected}"
    path = csv("garbled.parquet", data[: len(data) // 2] + b"\0" * 500 + b"PAR1")
    assert str(open_failure(path, good)).startswith(f"{path} cannot be read as Parquet: ")
    named = csv("par.csv", "PAR1,y\n1,2\n")
    assert pairs(state(named, named, "PAR1")) == {(1, 1): 1}
    assert pairs(state(csv("no_suffix", data), good)).keys() >= {(50, 50)}


def test_not_utf8(csv):
    path = csv("a.csv", "id,city\n1,上海\n2,北京\n".encode("gb18030"))
    error = open_failure(path, path)
    assert str(error) == f"{path} is not UTF-8 (byte 0xC9 at line 2)"
    assert error.hint == 'Say what it is, for example encoding="gb18030"'
    assert error.advice("en", "cli") == "Say what it is, for example --encoding gb18030"
    late = csv("late.csv", b"x,y\n" + b"1,abc\n" * 300_000 + b"1,caf\xe9\n" + b"1,abc\n" * 9)
    assert str(open_failure(late, late)) == f"{late} is not UTF-8 (byte 0xE9 at line 300002)"
    wide = csv("wide.csv", "x,y\n1,2\n".encode("utf-16"))
    assert open_failure(wide, path).hint.endswith('encoding="utf-16"')


def test_encodings_that_do_not_fit(csv):
    path = csv("a.csv", b"x,y\n" + b"1,abc\n" * 20_000 + b"1,\xff\xff\n")
    error = open_failure(path, path, encoding="gb18030")
    assert str(error) == f"{path} is not gb18030 (byte 0xFF at line 20002)"
    cut = csv("cut.csv", "x\n中".encode("gb18030")[:-1])
    assert "is not gb18030 (byte 0xD6 at line 2)" in str(
        open_failure(cut, path, encoding="gb18030")
    )
    for name in ("klingon", "base64"):
        error = open_failure(path, path, encoding=name)
        assert str(error) == f'"{name}" is not the name of a text encoding'


@pytest.mark.parametrize("quoted", ["", '9,"two\nlines"\n'])
def test_ragged_rows(csv, quoted):
    path = csv("a.csv", f"x,y\n1,2\n{quoted}3,4,5\n6,7\n")
    line = 3 + quoted.count("\n")
    error = open_failure(path, path)
    assert str(error) == f"{path} line {line}: 3 values, but the header names 2 columns"
    short = csv("short.csv", "x,y,z\n1,2,3\n1,2\n")
    assert "line 3: 2 values, but the header names 3" in str(open_failure(short, path))
    blank = csv("blank.csv", "\n\nx,y\n1,2\n1,2,3\n")
    assert "line 5: 3 values" in str(open_failure(blank, path))


def test_a_quote_that_does_not_end(csv):
    path = csv("a.csv", 'x,y\n1,"two\n2,three\n')
    assert (
        str(open_failure(path, path)) == f"{path} line 2: a quoted value does not end as it should"
    )


def test_lines_that_end_in_two_ways(csv):
    path = csv("a.csv", "x,y\r\n1,2\n3,4\r\n")
    assert str(open_failure(path, path)).startswith(f"{path} cannot be read as CSV: ")


def test_a_line_too_long(csv):
    path = csv("a.csv", "x,y\n" + "z" * 40_000_000 + ",1\n")
    assert str(open_failure(path, path)) == f"{path} has a line of more than 2000000 bytes"


def test_the_same_column_twice(csv):
    path = csv("a.csv", "x,y,x\n1,2,3\n")
    assert str(open_failure(path, path)) == f'{path} has two columns called "x"'


def test_a_damaged_gzip(csv):
    data = gzip.compress(b"x,y\n" + np.random.default_rng(1).bytes(10**6).hex().encode())
    path = csv("a.csv.gz", data[: len(data) // 2])
    expected = f"{path} is a gzip file that is damaged or ends too early"
    assert str(open_failure(path, path)) == expected
    assert str(open_failure(path, path, encoding="gbk")) == expected
    late = csv("late.csv.gz", gzip.compress(b"x,y\n" + b"1,2\n" * 10**6)[:-900])
    assert "damaged or ends too early" in str(open_failure(late, late))


def test_an_error_nobody_foresaw(csv):
    path = csv("a.csv", "x\n1\n")
    with DuckDBEngine(path, path) as engine:
        error = failure(engine._database.run, "SELECT nonsense")
    assert str(error).startswith("DuckDB could not do this: Binder Error")


def test_every_message_in_both_languages():
    import string
    from importlib import import_module

    english, chinese = (import_module(f"kullback.strings.{x}").STRINGS for x in ("en", "zh"))

    def fields(text):
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for key in (key for key in english if key.startswith(("error.data.", "type."))):
        assert fields(english[key]) == fields(chinese[key]), key


def test_nothing_heavy_is_imported_at_the_top():
    import subprocess

    code = "import sys, kullback.data.engines.duckdb as e; sys.exit('_duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_infinities_are_numbers_wherever_they_stand(csv):
    first = csv("first.csv", "x,y\ninf,007\n1.5,inf\n2.5,1\n-Infinity,2\n")
    later = csv("later.csv", "x,y\n1.5,1\n2.5,007\ninf,2\n-Infinity,inf\n")
    assert state(first, later, "x").treatment == "numeric"
    assert pairs(state(first, later, "x")) == pairs(state(later, later, "x"))
    assert state(first, first, "y").old_type == "text"  # 007 is a name
