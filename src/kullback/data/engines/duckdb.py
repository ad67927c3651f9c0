"""Counting with DuckDB: the default engine, for files of any size on one machine.

DuckDB is asked for integers, and for the text of the few values that a person will read. Inside,
columns are called ``c0``, ``c1``, ... in file order, so no name of the user's reaches the SQL.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from kullback.data.sources import Dialect, Source, line_of_record, not_utf8
from kullback.data.state import Columns, ColumnState, JointFingerprint, Outcome, Unseen
from kullback.data.types import Kind, Treatment, decide_treatment, few_values
from kullback.errors import KullbackError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import duckdb

__all__ = ["DuckDBEngine", "number_column"]

MOST_BINS = 10_000
DEFAULT_BINS = 20
TOP = 5
# Rows looked at first, to recognise a column of many integers without counting all of them.
PROBE_ROWS = 100_000

INTEGERS = frozenset(
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
) | {"HUGEINT", "UHUGEINT"}
FLOATS = frozenset({"FLOAT", "DOUBLE"})
CALENDAR = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
CLOCK = frozenset({"TIME", "TIME_NS"})
ZONED = " WITH TIME ZONE"

PLAIN_CSV = "header = true, quote = '\"', escape = '\"', null_padding = false, strict_mode = true"


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """One file inside DuckDB: a relation, the types of its columns, and a CSV's written text."""

    source: Source
    relation: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    written: str | None

    def column(self, name: str) -> tuple[str, str]:
        i = self.names.index(name)
        return f"c{i}", self.types[i]


@final
@dataclass(frozen=True, slots=True)
class _Pair:
    """A column of both files in one type; `values` is a query for ``(v, is_old)``, a row each."""

    name: str
    old_kind: Kind
    new_kind: Kind
    kind: Kind
    zone_added: bool
    type: str
    present: int
    values: str

    def nan(self, value: str) -> str:
        return f"isnan({value})" if self.type in FLOATS else "false"


@final
@dataclass(frozen=True, slots=True)
class _Reading:
    """How to read a row of the table of counted outcomes: SQL for its special and its label."""

    special: str
    label: str


@final
class DuckDBEngine:
    """Two files, old and new, counted by DuckDB. A context manager.

    Parameters
    ----------
    old, new : str, os.PathLike or Source
        CSV or Parquet files, or ``-`` for standard input.
    encoding : str
        How the CSV files given by path are encoded.
    threads : int, optional
        Threads to use; DuckDB's own choice by default. The result does not depend on it.

    Attributes
    ----------
    columns : Columns
        The columns of the two files.
    n_old, n_new : int
        Their rows.

    Raises
    ------
    KullbackError
        On entering, if a file cannot be read, is empty, or if the two share no column.
    """

    columns: Columns
    n_old: int
    n_new: int

    def __init__(
        self,
        old: str | os.PathLike[str] | Source,
        new: str | os.PathLike[str] | Source,
        *,
        encoding: str = "utf-8",
        threads: int | None = None,
    ) -> None:
        self._sources = tuple(
            item if isinstance(item, Source) else Source(item, encoding=encoding)
            for item in (old, new)
        )
        self._threads = threads
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if all(source.name == "-" for source in self._sources):
            raise KullbackError("data.stdin_twice")
        with ExitStack() as stack:
            old, new = (stack.enter_context(source) for source in self._sources)
            self._database = stack.enter_context(_Database(self._threads))
            self._old = _load(self._database, old, "old_file")
            self._new = _load(self._database, new, "new_file")
            self.columns = Columns(self._old.names, self._new.names, old.name, new.name)
            if not self.columns.shared:
                raise _no_shared_column(self.columns)
            self.n_old, self.n_new = self._old.rows, self._new.rows
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def column_state(
        self, name: str, *, treatment: Treatment | None = None, bins: int = DEFAULT_BINS
    ) -> ColumnState:
        """Count one column of both files.

        Parameters
        ----------
        name : str
            A column of both files.
        treatment : {"discrete", "numeric"}, optional
            Overrules what its type says.
        bins : int
            How many bins a numeric column is cut into, at most.

        Returns
        -------
        ColumnState
            Its integers.

        Raises
        ------
        KullbackError
            If there is no such column, or it cannot be treated as asked.
        """
        if not 2 <= bins <= MOST_BINS:
            raise KullbackError("data.bins", bins=bins, most=MOST_BINS)
        self.columns.require(name)
        pair = self._pair(name)
        counted, distinct = False, 0
        if pair.kind == "integer" and treatment is None:
            counted, distinct = self._distinct_integers(pair)
        decision = decide_treatment(
            name, pair.kind, asked=treatment, distinct=distinct, rows=pair.present
        )
        edges: tuple[str, ...] = ()
        if decision.treatment == "numeric":
            smallest, edges = self._edges(pair, bins)
            reading = self._count_bins(pair, smallest, edges)
        else:
            reading = _values_reading(pair)
            if not counted:
                self._count_values(pair)
        zone = pair.zone_added and decision.reason == "type.time"
        return ColumnState(
            name=name,
            old_type=pair.old_kind,
            new_type=pair.new_kind,
            treatment=decision.treatment,
            reason="type.time_utc" if zone else decision.reason,
            distinct=self._distinct(reading) if decision.treatment == "discrete" else None,
            edges=edges,
            fingerprint=self._fingerprint(),
            movers=self._movers(reading),
            unseen_in_old=self._unseen(reading, "old", "new"),
            unseen_in_new=self._unseen(reading, "new", "old"),
        )

    def _pair(self, name: str) -> _Pair:
        old_column, old_type = self._old.column(name)
        new_column, new_type = self._new.column(name)
        kinds = _kind(old_type), _kind(new_type)
        # In a CSV nothing tells an empty text from a missing number, until the other file does.
        lenient = kinds[0] != kinds[1]
        present_old = self._present(self._old, old_column, old_type, lenient)
        present_new = self._present(self._new, new_column, new_type, lenient)
        old_kind = kinds[0] if present_old else "empty"
        new_kind = kinds[1] if present_new else "empty"
        kind, common = self._common(old_kind, old_type, new_kind, new_type)
        sides = (
            _side(self._old, old_column, old_kind, kind, common, is_old=True),
            _side(self._new, new_column, new_kind, kind, common, is_old=False),
        )
        zones = {ZONED in old_type, ZONED in new_type}
        return _Pair(
            name=name,
            old_kind=old_kind,
            new_kind=new_kind,
            kind=kind,
            zone_added=old_kind == new_kind == "time" and len(zones) == 2,
            type=common,
            present=present_old + present_new,
            values=" UNION ALL ".join(sides),
        )

    def _present(self, table: _Table, column: str, type_: str, lenient: bool) -> int:
        if lenient and table.written and type_ == "VARCHAR":
            column = f"nullif({column}, '')"
        return self._database.integer(f"SELECT count({column}) FROM {table.relation}")

    def _common(
        self, old_kind: Kind, old_type: str, new_kind: Kind, new_type: str
    ) -> tuple[Kind, str]:
        """Return what the two files hold together, and the type to compare it in."""
        if old_kind == new_kind == "empty":
            return "empty", "DOUBLE"
        if old_kind == "empty":
            return new_kind, _plain_type(new_kind, new_type)
        if new_kind == "empty":
            return old_kind, _plain_type(old_kind, old_type)
        if {old_kind, new_kind} <= {"integer", "float"}:
            kind: Kind = "integer" if old_kind == new_kind == "integer" else "float"
            return kind, self._common_number(old_type, new_type)
        if old_kind == new_kind == "text":
            return "text", "VARCHAR"
        if old_type == new_type:
            return old_kind, old_type
        if old_kind == new_kind == "time" and _on_calendar(old_type) == _on_calendar(new_type):
            return "time", self._common_type(old_type, new_type)
        return "mixed", "VARCHAR"

    def _common_number(self, old_type: str, new_type: str) -> str:
        # DuckDB's answer for a FLOAT and anything else is FLOAT, which integers do not survive.
        if old_type != new_type and "FLOAT" in (old_type, new_type):
            return "DOUBLE"
        return self._common_type(old_type, new_type)

    def _common_type(self, old_type: str, new_type: str) -> str:
        if old_type == new_type:
            return old_type
        both = f"SELECT CAST(NULL AS {old_type}) AS v UNION ALL SELECT CAST(NULL AS {new_type})"
        return self._database.rows(f"SELECT typeof(v) FROM ({both}) LIMIT 1")[0][0]

    def _distinct_integers(self, pair: _Pair) -> tuple[bool, int]:
        """Return whether the values were counted on the way, and how many there are at least."""
        few = f"SELECT v FROM ({pair.values}) WHERE v IS NOT NULL LIMIT {PROBE_ROWS}"
        distinct = self._database.integer(f"SELECT count(DISTINCT v) FROM ({few})")
        if distinct > few_values(pair.present):
            return False, distinct
        self._count_values(pair)
        return True, self._distinct(_values_reading(pair))

    def _count_values(self, pair: _Pair) -> None:
        self._count("v", pair.values)

    def _count(self, value: str, values: str) -> None:
        """Count every outcome in both files: the one GROUP BY that all the rest is read from."""
        self._database.run(
            f"CREATE OR REPLACE TEMP TABLE outcomes AS SELECT {value} AS value, "
            "count(*) FILTER (WHERE is_old) AS old, count(*) FILTER (WHERE NOT is_old) AS new "
            f"FROM ({values}) GROUP BY 1"
        )

    def _edges(self, pair: _Pair, bins: int) -> tuple[str, tuple[str, ...]]:
        """Return the smallest value, and the exact pooled quantiles above it, as text."""
        finite = f"FROM ({pair.values}) WHERE v IS NOT NULL AND NOT {pair.nan('v')}"
        n = self._database.integer(f"SELECT count(*) {finite}")
        if not n:
            return "", ()
        ranks = [1, *(-(-i * n // bins) for i in range(1, bins))]
        # In the middle of its step, a rank cannot be missed by rounding.
        fractions = ", ".join(f"{(2 * rank - 1) / (2 * n)!r}::DOUBLE" for rank in ranks)
        found: list[str] = self._database.rows(
            f"SELECT CAST(quantile_disc(v, [{fractions}]) AS VARCHAR[]) {finite}"
        )[0][0]
        smallest = found[0]
        edges = tuple(edge for edge in dict.fromkeys(found) if edge != smallest)
        return smallest, edges or self._first_above(pair, smallest, finite)

    def _first_above(self, pair: _Pair, smallest: str, finite: str) -> tuple[str, ...]:
        """Cut a column that is nearly always its smallest value right above that value."""
        above = f"{finite} AND v > {_typed(smallest, pair.type)}"
        edge = self._database.rows(f"SELECT CAST(min(v) AS VARCHAR) {above}")[0][0]
        return () if edge is None else (edge,)

    def _count_bins(self, pair: _Pair, smallest: str, edges: tuple[str, ...]) -> _Reading:
        typed = [_typed(edge, pair.type) for edge in edges]
        number = _search(typed, 0, len(typed))
        self._count(
            f"CASE WHEN v IS NULL THEN NULL WHEN {pair.nan('v')} THEN -1 ELSE {number} END",
            pair.values,
        )
        labels = ", ".join(map(_literal, _bin_labels(pair.type, smallest, edges)))
        return _Reading(_special("value = -1"), f"list_extract([{labels}], value + 1)")

    def _distinct(self, reading: _Reading) -> int:
        return self._database.integer(
            f"SELECT count(*) FROM outcomes WHERE {reading.special} IS NULL"
        )

    def _fingerprint(self) -> JointFingerprint:
        return JointFingerprint.from_rows(
            self._database.rows("SELECT old, new, count(*) FROM outcomes GROUP BY ALL")
        )

    def _movers(self, reading: _Reading) -> tuple[Outcome, ...]:
        change = f"abs(old::HUGEINT * {self.n_new} - new::HUGEINT * {self.n_old})"
        return self._top(reading, change)

    def _unseen(self, reading: _Reading, absent: str, present: str) -> Unseen:
        outcomes, rows = self._database.rows(
            f"SELECT count(*), coalesce(sum({present}), 0)::BIGINT FROM outcomes WHERE {absent} = 0"
        )[0]
        top = self._top(reading, f"CASE WHEN {absent} = 0 THEN {present} ELSE 0 END")
        return Unseen(outcomes, rows, top if outcomes else ())

    def _top(self, reading: _Reading, key: str) -> tuple[Outcome, ...]:
        """Return the outcomes with the largest positive key, ties in the order of their labels."""
        rows = self._database.rows(
            f"SELECT {reading.special} AS special, coalesce(special, {reading.label}) AS label, "
            f"old, new FROM outcomes WHERE {key} > 0 "
            f"ORDER BY {key} DESC, special NULLS FIRST, label, old, new LIMIT {TOP}"
        )
        return tuple(Outcome(label, old, new, special) for special, label, old, new in rows)


def number_column(source: Source, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of a column of one file, false as 0, and of each row whether it has one.

    Raises
    ------
    KullbackError
        If there is no such column, or if a value of it is no number.
    """
    with source, _Database(1) as database:
        database.run("SET preserve_insertion_order = true")
        table = _load(database, source, "file")
        if column not in table.names:
            key = "data.no_column"
            raise KullbackError(
                key, path=source.name, column=column, columns=", ".join(table.names)
            )
        c, type_ = table.column(column)
        if _kind(type_) not in ("integer", "float", "boolean"):
            raise _not_a_number(database, table, c, column)
        found = database.run(f"SELECT CAST({c} AS DOUBLE) AS v FROM file")
        values = np.ma.asarray(found.fetchnumpy()["v"])
    seen = ~np.ma.getmaskarray(values)
    if not seen.any():
        raise KullbackError("data.no_numbers", path=source.name, column=column)
    return values.data[seen], seen


def _not_a_number(database: _Database, table: _Table, c: str, column: str) -> KullbackError:
    """Return the error that names the first row of a column whose value is no number."""
    rows = database.rows(
        f"SELECT row, v FROM (SELECT row_number() OVER () AS row, CAST({c} AS VARCHAR) AS v "
        f"FROM {table.relation}) WHERE v IS NOT NULL AND TRY_CAST(v AS DOUBLE) IS NULL LIMIT 1"
    )
    name = table.source.name
    if not rows:
        return KullbackError("data.no_numbers", path=name, column=column)
    row, value = rows[0]
    return KullbackError("data.not_number", path=name, row=row, column=column, value=value)


class _Database:
    """An in-memory DuckDB without network or extensions, whose errors are in our words."""

    def __init__(self, threads: int | None) -> None:
        self._threads = threads
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        import duckdb

        with ExitStack() as stack:
            spill = stack.enter_context(tempfile.TemporaryDirectory(prefix="kullback-"))
            settings: dict[str, str | bool | int | float | list[str]] = {
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": False,
                "temp_directory": spill,
            }
            if self._threads is not None:
                settings["threads"] = self._threads
            self._connection = duckdb.connect(":memory:", config=settings)
            stack.callback(self._connection.close)
            # Times without a zone meet times with one; where this runs must not matter.
            self.run("SET TimeZone = 'UTC'")
            self.run("SET enable_progress_bar = false")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, sql: str, source: Source | None = None) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            return self._connection.execute(sql)
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            raise _explained(str(error), source) from error

    def rows(self, sql: str, source: Source | None = None) -> list[Any]:
        return self.run(sql, source).fetchall()

    def integer(self, sql: str) -> int:
        return self.rows(sql)[0][0]


def _load(database: _Database, source: Source, relation: str) -> _Table:
    if source.dialect is None:
        table = _load_parquet(database, source, relation)
    else:
        table = _load_csv(database, source, source.dialect, relation)
    if not table.rows:
        raise KullbackError("data.no_rows", path=source.name)
    return table


def _load_parquet(database: _Database, source: Source, relation: str) -> _Table:
    path = _path_literal(source)
    schema = database.rows(f"SELECT name, num_children FROM parquet_schema({path})", source)
    names = _top_level(schema)
    aliases = ", ".join(f"c{i}" for i in range(len(names)))
    scan = f"read_parquet({path}, hive_partitioning = false) AS t({aliases})"
    database.run(f"CREATE TEMP VIEW {relation} AS SELECT * FROM {scan}", source)
    return _Table(
        source, relation, names, _types(database, relation), _row_count(database, relation), None
    )


def _top_level(schema: Sequence[tuple[str, int | None]]) -> tuple[str, ...]:
    """Pick the columns out of a Parquet schema, which lists its tree depth first.

    DuckDB's own names for them are changed where two differ in case only.
    """
    names: list[str] = []
    # The root comes first; what is open is how many descendants each unfinished ancestor awaits.
    open_: list[int] = []
    for name, children in schema:
        if len(open_) == 1:
            names.append(name)
        if open_:
            open_[-1] -= 1
        open_.append(children or 0)
        while open_ and not open_[-1]:
            open_.pop()
    return tuple(names)


def _load_csv(database: _Database, source: Source, dialect: Dialect, relation: str) -> _Table:
    written = _written(source, dialect)
    types = _sniffed_types(database, source, dialect, written)
    types = _with_infinities(database, types, written)
    create = f"CREATE TEMP TABLE {relation} AS SELECT"
    try:
        database.run(f"{create} {_casts(types)} FROM {written}", source)
    except _ConversionError:
        types = _readable_types(database, types, written)
        database.run(f"{create} {_casts(types)} FROM {written}", source)
    return _Table(source, relation, dialect.names, types, _row_count(database, relation), written)


def _written(source: Source, dialect: Dialect) -> str:
    """Return a relation of the CSV's values as they are written.

    A quoted empty value is an empty text here and an unquoted one is missing, which DuckDB tells
    apart only as long as every value is text.
    """
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(dialect.names)))
    return (
        f"read_csv({_csv_arguments(source, dialect)}, auto_detect = false, "
        f"allow_quoted_nulls = false, columns = {{{columns}}})"
    )


def _csv_arguments(source: Source, dialect: Dialect) -> str:
    missing = ", ".join(map(_literal, ("", *source.missing)))
    return (
        f"{_path_literal(source)}, {PLAIN_CSV}, delim = {_literal(dialect.delimiter)}, "
        f"skip = {dialect.skip}, compression = '{'gzip' if dialect.gzipped else 'none'}', "
        f"nullstr = [{missing}], hive_partitioning = false"
    )


def _sniffed_types(
    database: _Database, source: Source, dialect: Dialect, written: str
) -> tuple[str, ...]:
    """Ask DuckDB for the types of all columns, from all rows, so that their order is nothing."""
    arguments = f"{_csv_arguments(source, dialect)}, comment = '', sample_size = -1"
    try:
        return _types(database, f"read_csv({arguments})", source)
    except KullbackError:
        # The sniffer often says no more than that it failed; reading says where.
        database.run(f"SELECT count(*) FROM {written}", source)
        raise


def _casts(types: Sequence[str]) -> str:
    return ", ".join(
        f"c{i}" if type_ == "VARCHAR" else f"CAST(nullif(c{i}, '') AS {type_}) AS c{i}"
        for i, type_ in enumerate(types)
    )


def _readable_types(database: _Database, types: Sequence[str], written: str) -> tuple[str, ...]:
    """Leave as text what the sniffer could read only by guessing, such as 01/02/2020."""
    failures = ", ".join(
        f"count(nullif(c{i}, '')) - count(TRY_CAST(nullif(c{i}, '') AS {type_}))"
        for i, type_ in enumerate(types)
    )
    counts = database.rows(f"SELECT {failures} FROM {written}")[0]
    return tuple(
        "VARCHAR" if failed else type_ for type_, failed in zip(types, counts, strict=True)
    )


def _with_infinities(database: _Database, types: Sequence[str], written: str) -> tuple[str, ...]:
    """Read as numbers what the sniffer takes for text because the first of them is infinite."""
    texts = [i for i, type_ in enumerate(types) if type_ == "VARCHAR"]
    if not texts:
        return tuple(types)
    tests = ", ".join(
        f"count_if(regexp_full_match(c{i}, '[+-]?inf(inity)?', 'i')) > 0 "
        f"AND count(nullif(c{i}, '')) = count(TRY_CAST(nullif(c{i}, '') AS DOUBLE)) "
        f"AND count_if(regexp_matches(c{i}, '^[+-]?0[0-9]')) = 0"  # 007 is a name
        for i in texts
    )
    numeric = dict(zip(texts, database.rows(f"SELECT {tests} FROM {written}")[0], strict=True))
    return tuple("DOUBLE" if numeric.get(i) else type_ for i, type_ in enumerate(types))


def _types(database: _Database, relation: str, source: Source | None = None) -> tuple[str, ...]:
    described = database.rows(f"DESCRIBE SELECT * FROM {relation}", source)
    return tuple(row[1] for row in described)


def _row_count(database: _Database, relation: str) -> int:
    return database.integer(f"SELECT count(*) FROM {relation}")


def _kind(type_: str) -> Kind:
    """Translate a DuckDB type. A list, also of numbers, is none of them."""
    base = type_.removesuffix(ZONED)
    if type_ in INTEGERS:
        return "integer"
    if type_ in FLOATS:
        return "float"
    if match := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", type_):
        return "float" if int(match[1]) else "integer"
    if base in CALENDAR | CLOCK:
        return "time"
    if type_ == "BOOLEAN":
        return "boolean"
    if type_ in ("VARCHAR", "JSON") or re.fullmatch(r"ENUM\(.*\)", type_, re.DOTALL):
        return "text"
    return "other"


def _plain_type(kind: Kind, type_: str) -> str:
    return "VARCHAR" if kind == "text" else type_


def _on_calendar(type_: str) -> bool:
    return type_.removesuffix(ZONED) in CALENDAR


def _side(table: _Table, column: str, own: Kind, kind: Kind, type_: str, *, is_old: bool) -> str:
    """Return one file's half of the values of a pair."""
    relation = table.relation
    if own == "empty":
        # Whatever the type is, there is nothing to cast.
        column = "NULL"
    elif kind == "mixed" and table.written:
        relation = table.written
    value = f"CAST({column} AS {type_})"
    if type_ in FLOATS:
        value += f" + CAST(0 AS {type_})"  # -0.0 is 0.0
    return f"SELECT {value} AS v, {is_old} AS is_old FROM {relation}"


def _values_reading(pair: _Pair) -> _Reading:
    return _Reading(_special(pair.nan("value")), "CAST(value AS VARCHAR)")


def _special(is_nan: str) -> str:
    return f"CASE WHEN value IS NULL THEN 'null' WHEN {is_nan} THEN 'nan' END"


def _search(edges: Sequence[str], low: int, high: int) -> str:
    """Return SQL for the number of edges at or below v, known to be from `low` to `high`."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    below, above = _search(edges, low, middle), _search(edges, middle + 1, high)
    return f"CASE WHEN v < {edges[middle]} THEN {below} ELSE {above} END"


def _bin_labels(type_: str, smallest: str, edges: Sequence[str]) -> list[str]:
    if not edges:
        return [smallest]
    shown = _short_edges(type_, edges)
    inner = (f"{low} to {high}" for low, high in itertools.pairwise(shown))
    return [f"< {shown[0]}", *inner, f">= {shown[-1]}"]


def _short_edges(type_: str, edges: Sequence[str]) -> list[str]:
    """Shorten edges for reading, unless two of them would then look the same."""
    short = list(edges)
    if type_ in FLOATS:
        short = [_short_float(edge) for edge in edges]
    elif _on_calendar(type_):
        midnight = re.compile(r" 00:00:00(\+00)?$")
        if all(midnight.search(edge) for edge in edges):
            short = [midnight.sub("", edge) for edge in edges]
    return short if len(set(short)) == len(edges) else list(edges)


def _short_float(text: str) -> str:
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _typed(text: str, type_: str) -> str:
    return f"CAST({_literal(text)} AS {type_})"


def _path_literal(source: Source) -> str:
    """Quote a path, whose stars, question marks and brackets are nothing but themselves."""
    return _literal(re.sub(r"[*?\[]", r"[\g<0>]", str(source.file)))


def _no_shared_column(columns: Columns) -> KullbackError:
    return KullbackError(
        "data.no_shared_column",
        old=columns.old_name,
        new=columns.new_name,
        old_columns=_some(columns.old),
        new_columns=_some(columns.new),
    )


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (", ..." if names[5:] else "")


class _ConversionError(KullbackError):
    """A value that the sniffer took for a date, say, and that is none."""


def _explained(message: str, source: Source | None) -> KullbackError:
    """Say in our words what DuckDB says in its own."""
    first = message.splitlines()[0]
    if message.startswith("Conversion Error"):
        return _ConversionError("data.engine", problem=first)
    if source is None:
        return KullbackError("data.engine", problem=first)
    if source.dialect is None:
        return KullbackError("data.parquet", path=source.name, problem=first)
    return _explained_csv(message, source, source.dialect)


def _explained_csv(message: str, source: Source, dialect: Dialect) -> KullbackError:
    if "nicode" in message and (error := not_utf8(source)):
        return error
    if "GZIP" in message:
        return KullbackError("data.gzip", path=source.name)
    if size := re.search(r"Maximum line size of (\d+) bytes exceeded", message):
        return KullbackError("data.long_line", path=source.name, limit=size[1])
    record = re.search(r"CSV Error on Line: (\d+)", message)
    if record is None:
        return KullbackError("data.csv", path=source.name, problem=message.splitlines()[0])
    line = line_of_record(source, dialect, int(record[1]))
    if widths := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message):
        expected, found = widths.groups()
        return KullbackError(
            "data.ragged", path=source.name, line=line, expected=expected, found=found
        )
    if "unterminated quote" in message:
        return KullbackError("data.quote", path=source.name, line=line)
    problem = _problem(message)
    return KullbackError("data.csv_line", path=source.name, line=line, problem=problem)


def _problem(message: str) -> str:
    """Return the line of DuckDB's account of a CSV error that comes after the row it quotes."""
    lines = message.splitlines()
    return next((text for text in lines[2:] if text.strip()), lines[0])
