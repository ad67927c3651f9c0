"""How often `kullback compare` calls two samples of one source different.

Two studies, through real files:

* random halves of the flights of January 2013, date columns left out: how many pairs have any
  column flagged after Benjamini-Hochberg at 5 %;
* two samples of one Zipf(1) law over many categories, where raw divergences are far from 0: how
  far the corrected divergence is from 0 in standard deviations of its null, and the p-values.

    python benchmarks/false_alarms.py --seeds 20 --zipf-seeds 40 -o docs/false-alarms.md
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

import kullback as kb

JANUARY = Path(__file__).parents[1] / "examples" / "flights-2013-01.parquet"
DATES = ("year", "month", "day", "time_hour")


def halves(seeds: int, folder: Path) -> list[str]:
    """Compare random halves of one month."""
    lines = ["| seed | columns flagged | smallest p-value |", "| --- | --- | --- |"]
    flagged = 0
    with duckdb.connect() as database:
        rows = f"SELECT *, row_number() OVER () - 1 AS i FROM '{JANUARY}'"
        database.execute(f"CREATE TABLE f AS {rows}")
        n = database.execute("SELECT count(*) FROM f").fetchall()[0][0]
        paths = folder / "a.parquet", folder / "b.parquet"
        for seed in range(seeds):
            half = [np.random.default_rng(seed).permutation(n)[: n // 2].tolist()]
            database.execute("CREATE OR REPLACE TABLE h AS SELECT unnest(?) AS i", half)
            for path, which in zip(paths, ("IN", "NOT IN"), strict=True):
                chosen = f"SELECT * EXCLUDE i FROM f WHERE i {which} (FROM h)"
                database.execute(f"COPY ({chosen}) TO '{path}'")
            result = kb.compare(*paths, ignore=DATES)
            flagged += bool(result.changed)
            least = min(column.p_value for column in result.columns)
            lines.append(f"| {seed} | {', '.join(result.changed) or 'none'} | {least:.4f} |")
    return [f"{flagged} of {seeds} pairs flag anything; 5 % would be {seeds / 20:g}.", "", *lines]


def zipf(seeds: int, categories: int, rows: int, folder: Path) -> list[str]:
    """Compare two samples of one Zipf(1) law."""
    share = 1 / np.arange(1, categories + 1)
    share /= share.sum()
    lines = [
        "| seed | JS raw | noise floor | JS corrected | in standard errors | p-value |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    corrected, rejected = [], 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        for name in ("old.csv", "new.csv"):
            values = rng.choice(categories, size=rows, p=share)
            (folder / name).write_text("sku\n" + "\n".join(f"s{v}" for v in values) + "\n")
        sku = kb.compare(folder / "old.csv", folder / "new.csv", unit="bits")["sku"]
        corrected.append(sku.js_corrected)
        rejected += sku.p_value < 0.05
        z = sku.js_corrected / sku.js_std_error
        lines.append(
            f"| {seed} | {sku.js:.4f} | {sku.noise_floor:.4f} | {sku.js_corrected:+.5f} "
            f"| {z:+.2f} | {sku.p_value:.3f} |"
        )
    spread = float(np.std(corrected, ddof=1)) if seeds > 1 else float("nan")
    worst = max(abs(x) for x in corrected) / spread
    return [
        (
            f"{rejected} of {seeds} p-values are below 0.05; 5 % would be {seeds / 20:g}. "
            "The standard deviation of the corrected divergence over the seeds is "
            f"{spread:.5f} bits, and the largest is {worst:.2f} of them from 0."
        ),
        "",
        *lines,
    ]


def main() -> None:
    """Run both studies and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--zipf-seeds", type=int, default=40)
    parser.add_argument("--categories", type=int, default=50_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        sections = [
            "# False alarms of `kullback compare`",
            "",
            (
                f"Made by `python benchmarks/false_alarms.py --seeds {options.seeds} --zipf-seeds "
                f"{options.zipf_seeds} --categories {options.categories} --rows {options.rows}`."
            ),
            "",
            "## Random halves of one month of flights",
            "",
            *halves(options.seeds, Path(folder)),
            "",
            (
                f"## Two samples of {options.rows} from one Zipf(1) law on "
                f"{options.categories} categories"
            ),
            "",
            *zipf(options.zipf_seeds, options.categories, options.rows, Path(folder)),
            "",
        ]
    shown = "\n".join(sections)
    print(shown)
    print(f"{time.perf_counter() - started:.0f} s")
    if options.output:
        options.output.write_text(shown)


if __name__ == "__main__":
    main()
