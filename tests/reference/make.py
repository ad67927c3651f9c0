"""Write values.json: every measure of many inputs, to 25 digits, from the definitions alone.

Run as ``PYTHONPATH=tests python tests/reference/make.py``. The inputs are drawn by Python's own
generator, whose `random()` is the same on every version and machine.
"""

from __future__ import annotations

import json
import math
import random
import struct
from pathlib import Path

import exact
from mpmath import mp, mpf

VALUES = Path(__file__).with_name("values.json")
SIZES = (2, 3, 5, 20)
EPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12)
UNARY = [f.__name__ for f in exact.UNARY]
BINARY = [f.__name__ for f in exact.BINARY]


def float32(x):
    """Return x rounded to float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


def law(rng, size, *, sparse=0.0):
    """Return random probabilities, some of them exactly 0."""
    weights = [0.0 if rng.random() < sparse else -math.log(1 - rng.random()) for _ in range(size)]
    weights[0] = weights[0] or 1.0
    total = math.fsum(weights)
    return [w / total for w in weights]


def near(rng, p, eps):
    """Return q = p (1 + eps u) with a sum of 1 but for rounding."""
    moves = [a * (2 * rng.random() - 1) for a in p]
    drift = math.fsum(moves)
    return [a + eps * (m - a * drift) for a, m in zip(p, moves, strict=True)]


def noise(rng, size, scale):
    return [scale * (2 * rng.random() - 1) for _ in range(size)]


def moved(rng, row, eps):
    """Return a row with noise of size eps on every number."""
    return [x + eps * d for x, d in zip(row, noise(rng, len(row), 1.0), strict=True)]


def tables(rng):
    """Yield a name and a pair of rows of probabilities."""
    for size in (*SIZES, 100, 1000):
        for i in range(4 if size <= 20 else 1):
            yield f"ordinary K={size} #{i}", law(rng, size), law(rng, size)
            p, q = law(rng, size, sparse=0.3), law(rng, size, sparse=0.3)
            yield f"sparse K={size} #{i}", p, q
            shared = [b if a else 0.0 for a, b in zip(p, law(rng, size), strict=True)]
            total = math.fsum(shared)
            yield f"shared zeros K={size} #{i}", p, [b / total for b in shared]
    for size in (2, 5, 100):
        for eps in EPS:
            p = law(rng, size)
            yield f"near {eps} K={size}", p, near(rng, p, eps)
    for tiny in (1e-10, 1e-100, 1e-300, 2e-308, 1e-310, 5e-324):
        yield f"tiny {tiny} in p", [tiny, 0.25, 0.75], [0.5, 0.25, 0.25]
        yield f"tiny {tiny} in q", [0.5, 0.25, 0.25], [tiny, 0.25, 0.75]
        yield f"tiny {tiny} in both", [tiny, 0.25, 0.75], [tiny * 2, 0.5, 0.5]
        yield f"tiny {tiny} against 0", [tiny, 1.0], [0.0, 1.0]
        yield f"tiny {tiny} alone", [tiny, 1.0], [2 * tiny, 1.0]
    for power in (10, 20, 30, 40, 52):
        small = 2.0**-power
        yield f"nearly certain 2^-{power}", [1 - small, small], [1 - 2 * small, 2 * small]
        yield f"nearly opposite 2^-{power}", [1 - small, small], [small, 1 - small]
    yield "certain", [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]
    yield "disjoint", [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.25, 0.75]
    for k in range(-8, 9):  # where the series gives way to the logarithm: |q - p| = p / 4
        t = 0.25 * (1 + k * 2.0**-50)
        for sign in (1, -1):
            p = [0.25, 0.75]
            yield f"crossover {sign}{k}", p, [p[0] * (1 + sign * t), p[1] - sign * p[0] * t]


def scores(rng):
    """Yield a name and a pair of rows of logits."""
    for scale in (1.0, 10.0, 100.0, 1e4):
        for size in (2, 3, 5, 20):
            yield f"logits {scale} K={size}", noise(rng, size, scale), noise(rng, size, scale)
    for size in (100, 1000):
        yield f"logits 10 K={size}", noise(rng, size, 10.0), noise(rng, size, 10.0)
    for scale in (1.0, 10.0, 100.0):
        for eps in EPS:
            a = noise(rng, 5, scale)
            yield f"near logits {scale} {eps}", a, moved(rng, a, eps)
    for shift in (5.0, 100.0, 1e4):
        a = noise(rng, 5, 1.0)
        yield f"near and shifted by {shift}", a, [x + shift for x in moved(rng, a, 1e-6)]
    masked = -math.inf
    for i in range(4):
        a, b = noise(rng, 5, 3.0), noise(rng, 5, 3.0)
        yield f"mask of both #{i}", [masked, *a], [masked, *b]
        yield f"mask of p #{i}", [masked, *a], [0.5, *b]
        yield f"mask of q #{i}", [0.5, *a], [masked, *b]
        yield f"near beside a mask #{i}", [masked, *a], [masked, *moved(rng, a, 1e-9)]
    yield "rare #1", [37.0, -696.0], [37.0, 0.0]  # p exp(d) is small where exp(d) overflows
    yield "rare #2", [0.0, -746.0], [0.0, -60.0]  # or where p underflows
    yield "rare #3", [0.0, -800.0, 3.0], [0.0, -60.0, 3.0]
    yield "rare #4", [0.0, -746.0], [0.0, 800.0]
    yield "opposite", [0.0, 1e4], [1e4, 0.0]
    yield "nearly certain", [0.0, 40.0], [0.0, 45.0]
    yield "certain", [0.0, 800.0], [0.0, 900.0]


def logs(rng):
    """Yield a name and a pair of rows of log-probabilities."""

    def log(row):
        return [math.log(x) if x else -math.inf for x in row]

    for size in (2, 5, 100):
        yield f"logs K={size}", log(law(rng, size)), log(law(rng, size))
        p, q = law(rng, size, sparse=0.3), law(rng, size)
        yield f"sparse logs K={size}", log(p), log(q)
        for eps in EPS:
            p = log(law(rng, size))
            yield f"near logs {eps} K={size}", p, moved(rng, p, min(eps, 1e-6))
    yield "deep", [math.log1p(-1e-300), -690.0], [0.0, -5000.0]


def cases():
    """Yield all cases without their values."""
    for kind, source in (("probs", tables), ("logits", scores), ("log_probs", logs)):
        for dtype in ("float64", "float32"):
            rng = random.Random(f"{kind}")  # noqa: S311 (reproducible, not secret)
            for name, p, q in source(rng):
                if dtype == "float32":
                    if len(p) > 20 or "e-1" in name or "e-3" in name:
                        continue
                    p, q = [float32(x) for x in p], [float32(x) for x in q]  # noqa: PLW2901
                yield {"name": name, "kind": kind, "dtype": dtype, "p": p, "q": q}


def values(case):
    """Return every measure of a case as decimal text."""
    kind, p, q = case["kind"], case["p"], case["q"]
    found = {name: exact.measure(name, (kind,), (p,)) for name in UNARY}
    found["cross_perplexity"] = exact.measure("perplexity", (kind, kind), (p, q))
    for name in BINARY:
        if name != "perplexity":
            found[name] = exact.measure(name, (kind, kind), (p, q))
    return {name: decimal(value) for name, value in found.items()}


def decimal(value):
    """Return 25 digits, or "inf" and "0.0" for what is far beyond every float."""
    if value > mpf("1e400"):
        return "inf"
    return "0.0" if value < mpf("1e-400") else mp.nstr(value, 25)


def main():
    """Write all cases, one per line."""
    lines = [json.dumps(case | {"values": values(case)}) for case in cases()]
    VALUES.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{len(lines)} cases in {VALUES}")  # noqa: T201


if __name__ == "__main__":
    main()
