"""How near `jensen_shannon_two_sample` comes to the truth, over known laws and shifts.

Two disjoint sets of laws and shifts: ``tuning`` is what the estimator was designed on,
``reported`` was run once it was fixed and is what `docs/jensen-shannon.md` shows. Each cell draws
many pairs of samples from two known laws and prints, as Markdown, in nats:

truth, raw, scaled, corrected
    The divergence of the laws and the means of three estimates: plug-in; the baseline
    ``log 2 (raw - floor) / (log 2 - floor)``, the floor being the permutation mean; corrected.
error
    Relative error of the mean corrected estimate.
RMSE/SE
    Root mean square error of the corrected estimate over its mean reported standard error.
cover
    Share of the 95 % intervals that hold the truth.
miss
    Share of the estimates further from the truth than both 6 % of it and two standard errors.
reject
    Share of permutation p-values at or below 5 %.

Run ``python benchmarks/jensen_shannon.py --quick``, or without it for all cells.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kullback.estimators.divergence.jensen_shannon import jensen_shannon_two_sample

Array = np.ndarray[Any, Any]
Shift = tuple[Array, Array]
Random = np.random.Generator

CATEGORIES = (5, 500, 50_000)
SIZES = ((10_000, 10_000), (100_000, 20_000), (100_000, 100_000), (1000, 1000), (200, 200))
HEADER = (
    "| law | shift | rows | truth | raw | scaled | corrected | error | RMSE/SE | cover | miss "
    "| reject |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def normal(weights: Array) -> Array:
    """Return the law proportional to `weights`."""
    return weights / weights.sum()


def zipf(exponent: float, k: int, _: Random) -> Array:
    """Return the Zipf law of `k` categories."""
    return normal(np.arange(1, k + 1) ** -exponent)


def dirichlet(concentration: float, k: int, rng: Random) -> Array:
    """Return a draw from the symmetric Dirichlet law."""
    return normal(rng.gamma(concentration, size=k) + 1e-300)


def two_level(k: int, _: Random) -> Array:
    """Return a law that makes the first half of the categories thrice as likely as the rest."""
    return normal(np.where(np.arange(k) < (k + 1) // 2, 3.0, 1.0))


def odds(sd: float, p: Array, rng: Random) -> Shift:
    """Multiply the chance of each category by a log-normal factor."""
    return p, normal(p * np.exp(sd * rng.standard_normal(len(p))))


def odds_uniform(factor: float, p: Array, rng: Random) -> Shift:
    """Multiply the chance of each category by a factor log-uniform in [1/factor, factor]."""
    return p, normal(p * factor ** rng.uniform(-1.0, 1.0, len(p)))


def new(share: float, size: float, p: Array, _: Random) -> Shift:
    """Move a share of the mass to new, equally likely categories, `size` per old one."""
    added = max(1, round(size * len(p)))
    return (
        np.concatenate([p, np.zeros(added)]),
        np.concatenate([p * (1.0 - share), np.full(added, share / added)]),
    )


def new_copy(share: float, p: Array, _: Random) -> Shift:
    """Move a share of the mass to new categories of the same law as the old ones."""
    return np.concatenate([p, 0.0 * p]), np.concatenate([p * (1.0 - share), p * share])


def move(share: float, part: float, p: Array, rng: Random) -> Shift:
    """Take a share of the mass of a random part of the categories and spread it over the rest."""
    giving = rng.permutation(len(p)) < max(1, round(part * len(p)))
    return p, normal(np.where(giving, p * (1.0 - share), p))


def within(sd: float, mass: float, tail: bool, p: Array, rng: Random) -> Shift:
    """Change the odds within the likeliest categories of that mass only, or within the others."""
    order = np.argsort(-p, kind="stable")
    cut = max(1, int(np.searchsorted(np.cumsum(p[order]), mass)))
    chosen = order[cut:] if tail else order[:cut]
    q = p.copy()
    q[chosen] *= np.exp(sd * rng.standard_normal(len(chosen)))
    return p, normal(q)


SETS: dict[str, tuple[dict[str, Callable[..., Array]], dict[str, Callable[..., Shift]]]] = {
    "tuning": (
        {
            "Zipf(1)": partial(zipf, 1.0),
            "Zipf(1.3)": partial(zipf, 1.3),
            "uniform": partial(zipf, 0.0),
            "Dirichlet(0.5)": partial(dirichlet, 0.5),
        },
        {
            "none": partial(odds, 0.0),
            "odds sd 0.2": partial(odds, 0.2),
            "odds sd 0.7": partial(odds, 0.7),
            "odds sd 2": partial(odds, 2.0),
            "new 5 %": partial(new_copy, 0.05),
            "new 30 %": partial(new_copy, 0.3),
            "new 80 %": partial(new_copy, 0.8),
            "new 30 %, few": partial(new, 0.3, 0.1),
            "head": partial(within, 1.0, 0.5, False),
            "tail": partial(within, 1.0, 0.5, True),
            "half lose 70 %": partial(move, 0.7, 0.5),
            "disjoint": partial(new_copy, 1.0),
        },
    ),
    "reported": (
        {
            "Zipf(0.9)": partial(zipf, 0.9),
            "two levels": two_level,
            "Dirichlet(1)": partial(dirichlet, 1.0),
        },
        {
            "none": partial(odds_uniform, 1.0),
            "odds to x1.5": partial(odds_uniform, 1.5),
            "odds to x4": partial(odds_uniform, 4.0),
            "odds to x30": partial(odds_uniform, 30.0),
            "new 10 %, few": partial(new, 0.1, 0.2),
            "new 50 %, many": partial(new, 0.5, 0.6),
            "head": partial(within, 0.8, 0.3, False),
            "tail": partial(within, 0.8, 0.3, True),
            "third loses 90 %": partial(move, 0.9, 1.0 / 3.0),
            "disjoint": partial(new, 1.0, 1.0),
        },
    ),
}


def truth(p: Array, q: Array) -> float:
    """Return the Jensen-Shannon divergence of two laws, in nats."""
    both = (p + q) / 2.0
    sides = [law[law > 0] * np.log(law[law > 0] / both[law > 0]) for law in (p, q)]
    return math.fsum(np.concatenate(sides).tolist()) / 2.0


def fingerprint(old: Array, new: Array) -> tuple[Array, Array, Array]:
    """Return how many categories have each pair of counts."""
    pairs, values = np.unique(np.stack([old, new]), axis=1, return_counts=True)
    seen = pairs.sum(axis=0) > 0
    return pairs[0, seen], pairs[1, seen], values[seen]


def cell(task: tuple[str, int, str, str, tuple[int, int], int, int]) -> tuple[str, Array]:
    """Run one cell of the study; return its row of the table and what `summary` adds up."""
    which, k, law, shift, sizes, seeds, draws = task
    laws, shifts = SETS[which]
    rng = np.random.default_rng([k, list(laws).index(law), list(shifts).index(shift)])
    p, q = shifts[shift](laws[law](k, rng), rng)
    true = truth(p, q)
    samples = [
        fingerprint(rng.multinomial(sizes[0], p), rng.multinomial(sizes[1], q))
        for _ in range(seeds)
    ]
    runs = [
        jensen_shannon_two_sample(*sample, draws=draws, seed=seed)
        for seed, sample in enumerate(samples)
    ]
    raw = np.array([run.raw for run in runs])
    floor = np.array([run.null_mean for run in runs])
    corrected = np.array([run.corrected for run in runs])
    error = np.array([run.std_error for run in runs])
    top = math.log(2.0)
    scaled = top * (raw - floor) / np.maximum(top - floor, 1e-300)
    off = np.abs(corrected - true)
    relative = f"{100 * (corrected.mean() / true - 1):+.1f} %" if true > 1e-12 else ""
    # Rounding alone separates the ends of an interval from a truth of exactly 0 or log 2.
    cover = np.mean([r.interval[0] - 1e-12 <= true <= r.interval[1] + 1e-12 for r in runs])
    miss = np.mean(off > np.maximum(0.06 * true, 2 * error) + 1e-12)
    reject = np.mean([run.p_value <= 0.05 for run in runs])
    row = (
        f"| {law} | {shift} | {sizes[0]:.0e} {sizes[1]:.0e} | {true:.4f} | {raw.mean():.4f} "
        f"| {scaled.mean():.4f} | {corrected.mean():.4f} | {relative} "
        f"| {math.sqrt((off**2).mean()) / max(error.mean(), 1e-300):.2f} | {cover:.2f} "
        f"| {miss:.2f} | {reject:.2f} |"
    ).replace("e+0", "e")
    same = shift == "none"
    return row, np.array([1.0, cover, miss, same, reject * same])


def summary(totals: dict[tuple[int, tuple[int, int]], Array], seeds: int) -> str:
    """Return what holds for each number of categories and of rows, and over all cells."""
    lines = [
        "| categories | rows | cells | cover | miss | reject where nothing changed |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    for (k, sizes), (cells, cover, miss, same, reject) in totals.items():
        rows = f"{sizes[0]:.0e} {sizes[1]:.0e}".replace("e+0", "e")
        shares = cover / cells, miss / cells, reject / same
        shown = " | ".join(f"{100 * share:.1f} %" for share in shares)
        lines.append(f"| {k} | {rows} | {cells:.0f} | {shown} |")
    cells, cover, miss, same, reject = sum(totals.values())
    lines.append(
        f"\nOver all {cells:.0f} cells, {100 * cover / cells:.1f} % of the intervals hold the "
        f"truth and {100 * miss / cells:.1f} % of the estimates are misses. Where nothing changed "
        f"the test rejects {100 * reject / same:.1f} % of {same * seeds:.0f} pairs at 5 %."
    )
    return "\n".join(lines)


def report(which: str, seeds: int, draws: int, quick: bool, workers: int) -> Iterator[str]:
    """Yield the study as Markdown, one table per number of categories."""
    laws, shifts = SETS[which]
    yield f"Set `{which}`: {seeds} pairs of samples per cell, {draws} relabellings each."
    totals: dict[tuple[int, tuple[int, int]], Array] = {}
    with ProcessPoolExecutor(workers) as pool:
        for k in CATEGORIES[:2] if quick else CATEGORIES:
            yield f"\n## {k} categories\n\n{HEADER}"
            tasks = [
                (which, k, law, shift, sizes, seeds, draws)
                for law in laws
                for shift in shifts
                for sizes in (SIZES[:1] if quick else SIZES)
            ]
            for task, (row, numbers) in zip(tasks, pool.map(cell, tasks), strict=True):
                yield row
                totals[k, task[4]] = totals.get((k, task[4]), 0.0) + numbers
    yield f"\n## Together\n\n{summary(totals, seeds)}"


def main() -> None:
    """Run the study from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--set", choices=SETS, default="reported")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="smaller columns, one pair of sizes")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args()
    lines = [
        "# Study: the Jensen-Shannon divergence of two samples\n",
        (
            "What the columns mean stands in [jensen-shannon.md](jensen-shannon.md). Made by "
            f"`python benchmarks/jensen_shannon.py --set {options.set} --seeds {options.seeds} "
            f"--draws {options.draws}`.\n"
        ),
    ]
    for line in report(options.set, options.seeds, options.draws, options.quick, options.workers):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
