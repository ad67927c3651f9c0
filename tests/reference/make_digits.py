"""Write digits.json: long and nearly equal rows, to 25 digits, from the definitions alone.

Run as ``PYTHONPATH=tests python tests/reference/make_digits.py``. Rows are too long to store.
They are made by sums, products and quotients, which IEEE rounds alike everywhere, from Python's
own generator: every machine gets the same floats, and only the values are kept.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from pathlib import Path

import exact
import numpy as np
from mpmath import exp, log1p, mp, mpf, workdps

VALUES = Path(__file__).with_name("digits.json")
EPS = (0.3, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
WEIGHT, SKEW = 0.3, 0.8


def uniform(name, size):
    """Return the same numbers in (0, 1) for a name, always."""
    rng = random.Random(zlib.crc32(name.encode()))  # noqa: S311 (reproducible, not secret)
    return np.array([rng.random() for _ in range(size)]) + 2.0**-60


def law(weights):
    return weights / math.fsum(weights)


def near(name, size, eps):
    """Return p, and q = p (1 + eps z), |z| <= 1, with a sum of 1 but for rounding."""
    p = law(uniform(name, size) * uniform(name + " again", size))
    moves = p * (2 * uniform(name + " moves", size) - 1)
    return p, p + eps * (moves - p * math.fsum(moves))


def bell(name, size):
    """Return numbers of mean 0 and variance 1."""
    return sum(2 * uniform(f"{name} {i}", size) - 1 for i in range(3))


def near_tables():
    """Yield q = p (1 + eps z)."""
    for size in (2, 10, 1000, 100_000):
        for eps in EPS if size < 100_000 else (0.3, 1e-2, 1e-4, 1e-8, 1e-12):
            yield f"near {eps} K={size}", *near(f"near {eps} {size}", size, eps)


def tables():
    """Yield pairs that are random, sparse, nearly uniform, nearly certain, tiny and subnormal."""
    for size in (2, 5, 30, 3000):
        for i in range(3):
            u, v, x, y = (uniform(f"{size} {i} {k}", size) for k in range(4))
            yield f"random K={size} #{i}", law(u), law(v)
            yield f"peaked K={size} #{i}", law(steep(u)), law(steep(v))
            yield f"sparse K={size} #{i}", sparse(u, x), sparse(v, y)
            yield f"sparse inside K={size} #{i}", sparse(u, np.minimum(x, y)), sparse(v, y)
            yield f"near-uniform K={size} #{i}", law(1 + 1e-9 * u), law(1 + 1e-9 * v)
            for tiny in (1e-8, 1e-15, 1e-100, 1e-300, 2.0**-1060):
                yield f"certain but {tiny} K={size} #{i}", certain(u, tiny), certain(v, tiny)
            yield f"all sizes K={size} #{i}", law(np.ldexp(1.0, -(1000 * u).astype(int))), law(v)


def sparse(weights, keep):
    """Return a law over the outcomes whose number is above 0.7, and the first."""
    kept = np.where(keep > 0.7, weights, 0.0)
    kept[0] = weights[0]
    return law(kept)


def steep(weights):
    """Return the 16th powers, by squaring, which rounds alike everywhere."""
    for _ in range(4):
        weights = weights * weights
    return weights


def certain(weights, tiny):
    """Return a law that leaves only a tiny probability to all outcomes but the first."""
    p = weights * tiny
    p[0] = 1.0 - math.fsum(p[1:])
    return p


def near_logits():
    """Yield float32 logits whose divergence is about as large as named, and float64 ones."""
    for size in (10, 1000, 50_000):
        for wanted in (1e-11, 1e-10, 1e-9, 1e-7, 1e-5, 1e-3, 0.1):
            if size == 50_000 and wanted not in (1e-11, 1e-9, 1e-5, 0.1):
                continue
            name = f"divergence of {wanted} V={size}"
            a = 2 * bell(name, size)
            yield name, a, a + math.sqrt(2 * wanted) * bell(name + " moves", size)


def losses():
    """Yield logits of which the first is ahead of the best other."""
    for size in (10, 1000, 50_000):
        for ahead in (0, 1, 5, 10, 16.5, 17.5, 30, 36.5, 50, 70, 85):
            z = 2 * bell(f"loss {size} {ahead}", size)
            z[0] = np.max(z[1:]) + ahead
            yield f"ahead by {ahead} V={size}", z


def rows(row, dtype):
    """Return an array as the exact numbers that it holds in a type."""
    return [mpf(float(x)) for x in row.astype(dtype)]


def cases():
    """Yield name, kind, type, rows as arrays, and the measures asked for."""
    divergences = ("kl_divergence", "jensen_shannon_divergence", "weighted", "skewed")
    for dtype in ("float64", "float32"):
        for name, p, q in near_tables():
            yield name, "near", dtype, (p, q), divergences
        for name, a, b in near_logits():
            yield name, "logits", dtype, (a, b), divergences[:2]
        for name, z in losses():
            yield name, "loss", dtype, (z,), ("loss",)
    for name, p, q in tables():
        asked = ("entropy", "cross_entropy", "jeffreys_divergence", *divergences)
        yield name, "tables", "float64", (p, q), asked


def value(measure, kind, given, dtype):
    """Return one measure of a case as an exact number."""
    with workdps(exact.DIGITS):
        numbers = [rows(row, dtype) for row in given]
        if measure == "loss":
            first, *others = numbers[0]
            return log1p(sum(exp(z - first) for z in others))
        pair = [exact.probs("logits" if kind == "logits" else "probs", row) for row in numbers]
        if measure == "entropy":
            return exact.entropy(pair[0])
        if measure == "weighted":
            return exact.jensen_shannon_divergence(*pair, weight=WEIGHT)
        if measure == "skewed":
            return exact.jensen_shannon_divergence(*pair, skew=SKEW)
        return getattr(exact, measure)(*pair)


def written(measure, kind, given, dtype):
    """Return one measure of a case as text, with 25 digits."""
    with workdps(exact.DIGITS):
        number = value(measure, kind, given, dtype)
        return "inf" if mp.isinf(number) else mp.nstr(number, 25)  # its releases differ


def main():
    """Write the values of all cases, one case per line."""
    lines = []
    for name, kind, dtype, given, measures in cases():
        found = {m: written(m, kind, given, dtype) for m in measures}
        lines.append(f"{json.dumps(f'{kind} {dtype} {name}')}: {json.dumps(found)}")
    VALUES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(lines)} cases in {VALUES}")  # noqa: T201


if __name__ == "__main__":
    main()
