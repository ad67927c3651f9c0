"""How every pair of families on the line is answered, and how far the answers are off.

Two laws stand for each family. The divergences of all ordered pairs are asked for; those that are
finite, of a sample of pairs, are compared with their definitions in mpmath. Writes docs/pairs.md:

    python benchmarks/pairs.py [--pairs 240] [-o docs/pairs.md]
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from densities import divergence

import kullback as kb
from kullback import families as f

__all__ = ["LAWS", "Checked", "answers", "checked", "sample"]

LAWS = {
    "Bernoulli": (f.Bernoulli(probability=0.3), f.Bernoulli(probability=0.9)),
    "Binomial": (f.Binomial(trials=10, probability=0.3), f.Binomial(trials=40, probability=0.6)),
    "Geometric": (f.Geometric(probability=0.3), f.Geometric(probability=0.04)),
    "Poisson": (f.Poisson(rate=3.0), f.Poisson(rate=20.0)),
    "NegativeBinomial": (
        f.NegativeBinomial(successes=2.0, probability=0.2),
        f.NegativeBinomial(successes=0.5, probability=0.4),
    ),
    "Zipf": (f.Zipf(exponent=2.2), f.Zipf(exponent=3.5)),
    "DiscreteUniform": (f.DiscreteUniform(low=0, high=6), f.DiscreteUniform(low=1, high=30)),
    "Normal": (f.Normal(mean=0.0, std=1.0), f.Normal(mean=3.0, std=0.5)),
    "LogNormal": (f.LogNormal(log_mean=0.0, log_std=1.0), f.LogNormal(log_mean=1.0, log_std=0.2)),
    "HalfNormal": (f.HalfNormal(scale=1.0), f.HalfNormal(scale=5.0)),
    "SkewNormal": (
        f.SkewNormal(location=0.0, scale=1.0, shape=4.0),
        f.SkewNormal(location=1.0, scale=2.0, shape=-1.5),
    ),
    "Laplace": (f.Laplace(location=0.0, scale=1.0), f.Laplace(location=2.0, scale=0.25)),
    "Cauchy": (f.Cauchy(location=0.0, scale=1.0), f.Cauchy(location=1.0, scale=3.0)),
    "StudentT": (f.StudentT(degrees=3.0), f.StudentT(degrees=1.5, location=1.0, scale=2.0)),
    "Logistic": (f.Logistic(location=0.0, scale=1.0), f.Logistic(location=1.0, scale=0.2)),
    "Gumbel": (f.Gumbel(location=0.0, scale=1.0), f.Gumbel(location=1.0, scale=0.4)),
    "Exponential": (f.Exponential(rate=1.0), f.Exponential(rate=0.2)),
    "Gamma": (f.Gamma(shape=2.5, rate=1.0), f.Gamma(shape=0.3, rate=2.0)),
    "InverseGamma": (f.InverseGamma(shape=3.0, scale=2.0), f.InverseGamma(shape=0.7, scale=1.0)),
    "ChiSquared": (f.ChiSquared(degrees=4.0), f.ChiSquared(degrees=1.0)),
    "Beta": (f.Beta(alpha=2.0, beta=3.0), f.Beta(alpha=0.5, beta=0.25)),
    "Weibull": (f.Weibull(shape=1.75, scale=1.0), f.Weibull(shape=0.6, scale=2.0)),
    "Pareto": (f.Pareto(shape=2.5, scale=1.0), f.Pareto(shape=0.8, scale=0.5)),
    "GeneralizedPareto": (
        f.GeneralizedPareto(shape=0.3, scale=1.0),
        f.GeneralizedPareto(shape=-0.5, scale=1.0),
    ),
    "Rayleigh": (f.Rayleigh(scale=1.0), f.Rayleigh(scale=3.0)),
    "InverseGaussian": (
        f.InverseGaussian(mean=1.0, shape=2.0),
        f.InverseGaussian(mean=3.0, shape=0.5),
    ),
    "Uniform": (f.Uniform(low=0.0, high=1.0), f.Uniform(low=1.0, high=4.0)),
    "VonMises": (
        f.VonMises(location=0.0, concentration=2.0),
        f.VonMises(location=1.0, concentration=0.25),
    ),
}
"""Two laws of every family on the line."""

_SHORT = {"closed form": "c", "sum": "s", "quadrature": "q", "infinite": "∞"}


class Checked(NamedTuple):
    """An answer, and by how much it differs from the definition."""

    p: Any
    q: Any
    number: Any
    off: float


def answers() -> Iterator[tuple[Any, Any, Any]]:
    """Yield every ordered pair of laws with what `method_for` says of its divergence."""
    laws = [law for pair in LAWS.values() for law in pair]
    for p, q in itertools.product(laws, laws):
        yield p, q, kb.method_for(kb.kl_divergence, p, q)


def sample(found: Iterable[tuple[Any, Any, Any]], count: int) -> list[tuple[Any, Any, Any]]:
    """Draw pairs with finite answers: those that are summed or integrated first."""
    finite = [row for row in found if row[2].method in ("sum", "quadrature")]
    chosen = np.random.default_rng(0).permutation(len(finite))[:count]
    return [finite[i] for i in sorted(chosen)]


def checked(rows: Iterable[tuple[Any, Any, Any]]) -> Iterator[Checked]:
    """Compare answers with the definition."""
    for p, q, number in rows:
        yield Checked(p, q, number, abs(float(divergence(p, q) - number.value)))


def _letters(rows: list[tuple[Any, Any, Any]]) -> dict[tuple[str, str], str]:
    """Return how the pairs of two families are answered."""
    found: dict[tuple[str, str], set[str]] = {}
    for p, q, number in rows:
        key = type(p).__name__, type(q).__name__
        found.setdefault(key, set()).add(_SHORT[number.method])
    return {key: "".join(sorted(letters)) for key, letters in found.items()}


def _errors(rows: list[tuple[Any, Any, Any]]) -> dict[tuple[str, str], float]:
    """Return the largest error bound of two families' pairs, relative to values above 1."""
    found: dict[tuple[str, str], float] = {}
    for p, q, number in rows:
        if number.error is not None and math.isfinite(number.value):
            key = type(p).__name__, type(q).__name__
            error = number.error / max(1.0, number.value)
            found[key] = max(found.get(key, 0.0), error)
    return found


def _table(rows: list[tuple[Any, Any, Any]]) -> list[str]:
    names, letters, errors = list(LAWS), _letters(rows), _errors(rows)
    heads = [f"{i}" for i in range(1, len(names) + 1)]
    lines = [
        "| p \\ q | " + " | ".join(heads) + " |",
        "| --- |" + " --- |" * len(names),
    ]
    for i, p in enumerate(names, 1):
        cells = []
        for q in names:
            error = errors.get((p, q))
            digits = "" if error is None else f" {-math.ceil(math.log10(max(error, 1e-17)))}"
            cells.append(letters[p, q] + digits)
        lines.append(f"| {i} {p} | " + " | ".join(cells) + " |")
    return lines


def page(rows: list[tuple[Any, Any, Any]], study: list[Checked]) -> str:
    """Write the page."""
    finite = [number for _, _, number in rows if math.isfinite(number.value)]
    worst = max(study, key=lambda row: row.off / (row.number.error + 1e-300))
    largest = max(study, key=lambda row: row.off / max(1.0, row.number.value))
    kept = sum(row.off <= row.number.error for row in study)
    ratio, scaled = worst.off / worst.number.error, largest.off / max(1.0, largest.number.value)
    names = f"{type(worst.p).__name__} || {type(worst.q).__name__}"
    lines = [
        "# Every pair of families on the line",
        "",
        "Made by `python benchmarks/pairs.py`. The divergence D(p || q) of every ordered pair of",
        f"{len(LAWS)} families, two laws for each: {len(rows)} pairs, of which {len(finite)} are",
        "finite; no answer is NaN or negative.",
        "",
        "**c** closed form, **s** sum over integers, **q** quadrature, **∞** infinite, because q",
        "gives no probability to some of what p allows or falls too fast for p's tail; a pair of",
        "families may be several, as its laws are. The number says how many digits after the",
        "point the largest error bound leaves, relative to values above 1: with 14 it is at most",
        "1e-14. The families q are numbered as the families p.",
        "",
        *_table(rows),
        "",
        "## Checked",
        "",
        f"{len(study)} pairs, drawn from those that are summed or integrated, against the",
        "definition in mpmath, with 40 digits and other rules of integration. The difference is",
        f"within the stated error in {kept} of {len(study)}; it comes nearest to its bound, at",
        f"{ratio:.2g} of it, in {names}. The largest, relative to values above 1, is {scaled:.1e}.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Write the page; fail if an answer is no number, or further off than it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=240)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args(arguments)
    rows = list(answers())
    study = list(checked(sample(rows, options.pairs)))
    text = page(rows, study)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    print(text)
    bad = [row for row in rows if not row[2].value >= 0.0]
    off = [row for row in study if not row.off <= row.number.error]
    for row in [*bad, *off]:
        print(row, file=sys.stderr)
    return 1 if bad or off else 0


if __name__ == "__main__":
    raise SystemExit(main())
