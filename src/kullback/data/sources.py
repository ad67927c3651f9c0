"""Local files, made ready for an engine: found, recognised, in UTF-8, with their header read."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import re
import shutil
import stat
import sys
import tempfile
import zlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Self, cast, final

from kullback.errors import KullbackError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Dialect", "Source", "line_of_record", "not_utf8"]

PARQUET_MAGIC = b"PAR1"
PARQUET_SUFFIXES = frozenset({".parquet", ".parq", ".pq"})
CSV_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
SMALLEST_PARQUET = 12
GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = (",", "\t", ";", "|")
SAMPLE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 16


@final
@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written.

    Parameters
    ----------
    names : tuple of str
        The header. A column without a name is called ``column`` and its place, counted from 1.
    delimiter : str
        What stands between two values. Quotes are ``"``, doubled inside a quoted value.
    skip : int
        Blank lines before the header.
    gzipped : bool
        Whether the file is compressed.
    """

    names: tuple[str, ...]
    delimiter: str
    skip: int
    gzipped: bool


@final
class Source:
    """A local CSV or Parquet file, or ``-`` for standard input. A context manager.

    Inside the ``with`` block `file` is a regular file that an engine may read more than once;
    what had to be copied or re-encoded for that is removed at its end.

    Parameters
    ----------
    path : str or os.PathLike
        The file. Nothing in it is a pattern, and it is never fetched from a network.
    encoding : str
        How a CSV is encoded.
    missing : sequence of str
        Unquoted texts that stand for a missing value in a CSV, beside the empty one.

    Attributes
    ----------
    name : str
        The path as it was given, for messages.
    file : pathlib.Path
        What to read.
    format : {"csv", "parquet"}
        Found by content; the extension only tells a broken Parquet file from a CSV.
    dialect : Dialect or None
        How a CSV is written.

    Raises
    ------
    KullbackError
        On entering, if there is no such file or it is not what it should be.
    """

    name: str
    file: Path
    format: Literal["csv", "parquet"]
    dialect: Dialect | None

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        encoding: str = "utf-8",
        missing: Sequence[str] = (),
    ) -> None:
        self.name = os.fspath(path)
        self.encoding = encoding
        self.missing = tuple(missing)
        self._stack = ExitStack()

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            utf8 = _is_utf8(self.encoding)
            self.file = self._regular_file(stack)
            self.format = _format(self.file, self.name)
            self.dialect = None
            if self.format == "csv":
                if not utf8:
                    self.file = self._transcoded(stack)
                self.dialect = _dialect(self.file, self.name)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _regular_file(self, stack: ExitStack) -> Path:
        if self.name == "-":
            return _spooled(sys.stdin.buffer, stack)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", self.name):
            raise KullbackError("data.url", path=self.name)
        with _open(Path(self.name), self.name) as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Path(self.name).absolute()
            return _spooled(stream, stack)

    def _transcoded(self, stack: ExitStack) -> Path:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        target = _scratch(stack)
        with _plain(self.file) as stream, target.open("w", encoding="utf-8", newline="") as out:
            try:
                while chunk := stream.read(CHUNK_BYTES):
                    out.write(decoder.decode(chunk))
                out.write(decoder.decode(b"", final=True))
            except UnicodeDecodeError:
                raise _undecodable(self.file, self.name, self.encoding) from None
            except UnicodeError as error:  # a decoder that fails before the first character
                raise KullbackError(
                    "data.decoder", path=self.name, encoding=self.encoding, problem=error
                ) from None
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise KullbackError("data.gzip", path=self.name) from None
        return target


def not_utf8(source: Source) -> KullbackError | None:
    """Return the error that names the first byte which is not UTF-8, or None if all are."""
    place = _first_undecodable(source.file, "utf-8")
    return place and _not_utf8(source.file, source.name, *place)


def line_of_record(source: Source, dialect: Dialect, record: int) -> int:
    """Return the line on which a record starts; values with line breaks make the two differ."""
    with io.TextIOWrapper(_plain(source.file), "utf-8", errors="replace", newline="") as lines:
        reader = csv.reader(lines, delimiter=dialect.delimiter)
        try:
            for _ in islice(reader, record - 1):
                pass
        except csv.Error:
            return record
        return reader.line_num + 1


def _is_utf8(encoding: str) -> bool:
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except LookupError:
        raise KullbackError("data.encoding", encoding=encoding) from None


def _open(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path, name) from None
    except IsADirectoryError:
        raise KullbackError("data.directory", path=name) from None
    except PermissionError:
        # Windows also says so of a directory.
        key = "data.directory" if path.is_dir() else "data.permission"
        raise KullbackError(key, path=name) from None
    except (OSError, ValueError) as error:
        raise KullbackError("data.unreadable", path=name, problem=str(error)) from None


def _missing(path: Path, name: str) -> KullbackError:
    try:
        siblings = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        siblings = []
    if near := get_close_matches(path.name, siblings, n=1):
        return KullbackError("data.missing_near", path=name, near=str(path.with_name(near[0])))
    return KullbackError("data.missing", path=name)


def _scratch(stack: ExitStack) -> Path:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kullback-"))
    return Path(folder) / "data"


def _spooled(stream: BinaryIO, stack: ExitStack) -> Path:
    target = _scratch(stack)
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out)
    return target


def _format(file: Path, name: str) -> Literal["csv", "parquet"]:
    suffix = Path(name).suffix.lower()
    with file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        if not size:
            raise KullbackError("data.empty", path=name)
        stream.seek(0)
        starts = stream.read(4) == PARQUET_MAGIC
        stream.seek(-min(4, size), os.SEEK_END)
        ends = stream.read(4) == PARQUET_MAGIC
    if starts and ends and size >= SMALLEST_PARQUET:
        return "parquet"
    # A CSV may begin with the same four letters in its first column's name.
    if suffix in PARQUET_SUFFIXES or (starts and suffix not in CSV_SUFFIXES):
        raise KullbackError("data.not_parquet", path=name)
    return "csv"


def _is_gzipped(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == GZIP_MAGIC


def _plain(file: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file)) if _is_gzipped(file) else file.open("rb")


def _sample(file: Path, name: str) -> tuple[str, bool]:
    """Return the beginning of a UTF-8 file, without its byte order mark, and whether it is all."""
    try:
        with _plain(file) as stream:
            data = stream.read(SAMPLE_BYTES)
            whole = not stream.read(1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise KullbackError("data.gzip", path=name) from None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole), whole
    except UnicodeDecodeError:
        raise _undecodable(file, name, "utf-8") from None


def _dialect(file: Path, name: str) -> Dialect:
    sample, whole = _sample(file, name)
    text = sample.lstrip("\r\n")
    if not text.strip():
        raise KullbackError("data.empty", path=name)
    skip = len(sample[: len(sample) - len(text)].splitlines())
    delimiter, header = _best_delimiter(text, whole)
    names = tuple(field or f"column{i}" for i, field in enumerate(header, start=1))
    for i, column in enumerate(names):
        if column in names[:i]:
            raise KullbackError("data.duplicate_column", path=name, column=column)
    return Dialect(names, delimiter, skip, _is_gzipped(file))


def _best_delimiter(text: str, whole: bool) -> tuple[str, list[str]]:
    """Choose what splits most records into as many fields as the header, then most fields."""
    records = {delimiter: _records(text, delimiter, whole) for delimiter in DELIMITERS}

    def fit(delimiter: str) -> tuple[float, int]:
        rows = [row for row in records[delimiter] if row]
        width = len(rows[0]) if rows else 0
        agreeing = sum(len(row) == width for row in rows)
        return (agreeing / len(rows), width) if width > 1 else (0.0, width)

    best = max(DELIMITERS, key=fit)
    rows = records[best]
    return best, rows[0] if rows else [text.splitlines()[0]]


def _records(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """Return the records that begin the text; the last one is left out where it may be cut off."""
    rows: list[list[str]] = []
    # A very long value stops this reader, not the engine; the records before it are enough.
    with suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return rows if whole or len(rows) == 1 else rows[:-1]


def _undecodable(file: Path, name: str, encoding: str) -> KullbackError:
    line, byte = _first_undecodable(file, encoding) or (1, 0)
    if encoding == "utf-8":
        return _not_utf8(file, name, line, byte)
    return KullbackError(
        "data.not_decodable", path=name, encoding=encoding, byte=f"0x{byte:02X}", line=line
    )


def _not_utf8(file: Path, name: str, line: int, byte: int) -> KullbackError:
    with _plain(file) as stream:
        guess = "utf-16" if stream.read(2) in UTF16_MARKS else "gb18030"
    return KullbackError("data.not_utf8", path=name, byte=f"0x{byte:02X}", line=line, guess=guess)


def _first_undecodable(file: Path, encoding: str) -> tuple[int, int] | None:
    """Return the line, counted from 1, and the value of the first byte that does not decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with _plain(file) as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            state = decoder.getstate()
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError:
                decoder.setstate(state)
                return _walk(decoder, chunk, line)
            if not chunk:
                return None


def _walk(decoder: codecs.IncrementalDecoder, chunk: bytes, line: int) -> tuple[int, int]:
    """Decode byte by byte, because a decoder does not tell how far it got before it failed."""
    try:
        for byte in chunk:
            line += decoder.decode(bytes([byte])).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line, error.object[error.start]
    raise AssertionError("the chunk decoded after all")
