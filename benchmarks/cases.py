"""The cases of the accuracy study: named sets of floats, the same on every run."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# float64: terms carry a few ulp, sums are pairwise; near-equal tables by series, to 1e-14.
# float32: inputs are exact, sums are float64, and the result is rounded once.
TABLE, NEAR, SINGLE, CAPACITY_GAP = 1e-13, 1e-14, 1e-6, 1e-10


@dataclass(frozen=True)
class Case:
    """One set of floats, a measure of them, and how far from the truth kullback may be."""

    section: str
    measure: str
    name: str
    data: dict[str, Array]
    bound: float
    options: dict[str, float] = field(default_factory=dict)
    scale: float | None = None
    """What the error is relative to; the truth itself if None."""

    @property
    def size(self) -> int:
        """How many outcomes there are."""
        return max(x.size for x in self.data.values())

    @property
    def dtype(self) -> str:
        """The type of the numbers."""
        return str(next(iter(self.data.values())).dtype)


def random(name: str) -> np.random.Generator:
    """Return a generator that gives the same numbers for a name, always."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def law(weights: Any, dtype: str = "float64") -> Array:
    """Return weights over their sum."""
    weights = np.asarray(weights, dtype="float64")
    return (weights / math.fsum(weights.ravel().tolist())).astype(dtype)


def dirichlet(name: str, *shape: int, dtype: str = "float64") -> Array:
    """Return a table drawn uniformly from all."""
    return law(random(name).exponential(size=shape), dtype)


def near(name: str, k: int, eps: float, dtype: str = "float64") -> dict[str, Array]:
    """Return p, and q = p (1 + eps z) over its sum, z standard normal within three deviations."""
    p = dirichlet(name, k)
    z = np.clip(random(f"{name} z").standard_normal(k), -3.0, 3.0)
    return {"p": p.astype(dtype), "q": law(p * (1.0 + eps * z), dtype)}


def sparse(name: str, k: int, share: float = 0.3) -> Array:
    """Return a table of which only a share of the outcomes is possible, the first among them."""
    rng = random(name)
    kept = rng.random(k) < share
    kept[0] = True
    return law(np.where(kept, rng.exponential(size=k), 0.0))


def certain(k: int, tiny: float) -> Array:
    """Return a table that leaves tiny probabilities to all outcomes but the first."""
    p = tiny * np.arange(k, dtype="float64")
    p[0] = 1.0 - math.fsum(p[1:])
    return p


def all_sizes(name: str, k: int) -> Array:
    """Return probabilities of every size that a float can have."""
    return law(np.ldexp(1.0, -np.sort(random(name).integers(0, 1000, k))))


def tables() -> Iterator[Case]:
    """Yield single tables and pairs that are not close."""
    half = np.array([0.5, 0.5])
    some, other = dirichlet("some", 1000), dirichlet("other", 1000)
    inside = sparse("inside", 1000)
    around = law(0.9 * inside + 0.1 * sparse("around", 1000))

    for name, p, bound in (
        ("random", dirichlet("random", 10), TABLE),
        ("random", some, TABLE),
        ("random", dirichlet("long", 100_000), TABLE),
        ("random", some.astype("float32"), SINGLE),
        ("sparse", inside, TABLE),
        ("nearly uniform", law(1.0 + 1e-9 * random("uniform").random(100)), TABLE),
        ("nearly certain, 1e-10", certain(10, 1e-10), TABLE),
        ("[1, 1e-20]", np.array([1.0, 1e-20]), TABLE),
        ("[1, 1e-10]", np.array([1.0, 1e-10], "float32"), SINGLE),
        ("[1, 1e-300]", np.array([1.0, 1e-300]), TABLE),
        ("[1/2, 1/2, 5e-324]", np.array([0.5, 0.5, 5e-324]), TABLE),
        ("every size", all_sizes("sizes", 1000), TABLE),
        ("certain", np.array([0.0, 1.0, 0.0]), TABLE),
    ):
        yield Case("Entropy", "entropy", name, {"p": p}, bound)

    for name, p, q, bound in (
        ("random", some, other, TABLE),
        ("random", dirichlet("long", 100_000), dirichlet("long 2", 100_000), TABLE),
        ("random", some.astype("float32"), other.astype("float32"), SINGLE),
        ("sparse", inside, around, TABLE),
        ("nearly certain, 1e-10", certain(10, 1e-10), certain(10, 1e-9), TABLE),
        ("[1/2, 1/2], [1, 1e-300]", half, np.array([1.0, 1e-300]), TABLE),
        ("[1/2, 1/2], [1, 5e-324]", half, np.array([1.0, 5e-324]), TABLE),
        ("impossible in q", half, np.array([1.0, 0.0]), TABLE),
    ):
        yield Case("Cross-entropy", "cross-entropy", name, {"p": p, "q": q}, bound)

    for name, p, q, bound in (
        ("random", dirichlet("random", 10), dirichlet("random 2", 10), TABLE),
        ("random", some, other, TABLE),
        ("random", dirichlet("long", 100_000), dirichlet("long 2", 100_000), TABLE),
        ("random", some.astype("float32"), other.astype("float32"), SINGLE),
        ("sparse", inside, around, TABLE),
        ("nearly certain, 1e-10", certain(10, 1e-10), certain(10, 2e-10), TABLE),
        ("nearly certain, 1e-300", certain(10, 1e-300), certain(10, 2e-300), TABLE),
        ("every size", all_sizes("sizes", 1000), all_sizes("sizes 2", 1000), TABLE),
        ("[1/2, 1/2], [1, 1e-20]", half, np.array([1.0, 1e-20]), TABLE),
        ("[1/2, 1/2], [1, 1e-10]", half.astype("float32"), np.array([1, 1e-10], "float32"), SINGLE),
        ("[1/2, 1/2], [1, 1e-310]", half, np.array([1.0, 1e-310]), TABLE),
        ("impossible in both", law([1, 2, 0]), law([2, 1, 0]), TABLE),
        ("impossible in p", law([1, 2, 0]), law([2, 1, 1]), TABLE),
        ("impossible in q", half, np.array([1.0, 0.0]), TABLE),
        ("equal", some, some, TABLE),
    ):
        yield Case("KL divergence", "KL divergence", name, {"p": p, "q": q}, bound)


def close_tables() -> Iterator[Case]:
    """Yield pairs of tables that nearly agree."""
    section = "KL divergence of nearly equal tables"
    for k, steps in (
        (2, (0.3, 1e-4, 1e-8, 1e-12)),
        (100, (0.3, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)),
        (100_000, (0.3, 1e-4, 1e-8, 1e-12)),
    ):
        for eps in steps:
            data = near(f"near {k} {eps}", k, eps)
            yield Case(section, "KL divergence", f"eps = {eps:g}", data, NEAR)
    for k, eps in ((2, 1e-3), (100, 0.1), (100, 1e-2), (100, 1e-3), (100, 1e-4), (100_000, 1e-4)):
        data = near(f"near {k} {eps}", k, eps, "float32")
        yield Case(section, "KL divergence", f"eps = {eps:g}", data, SINGLE)

    section = "Jensen-Shannon divergence"
    some, other = dirichlet("some", 1000), dirichlet("other", 1000)
    for name, p, q, bound in (
        ("random", some, other, TABLE),
        ("random", some.astype("float32"), other.astype("float32"), SINGLE),
        ("sparse", sparse("inside", 1000), sparse("elsewhere", 1000), TABLE),
        ("disjoint", np.array([1.0, 0.0]), np.array([0.0, 1.0]), TABLE),
        ("nearly certain, 1e-10", certain(10, 1e-10), certain(10, 2e-10), TABLE),
        ("nearly certain, 1e-300", certain(10, 1e-300), certain(10, 2e-300), TABLE),
        ("every size", all_sizes("sizes", 1000), all_sizes("sizes 2", 1000), TABLE),
        ("equal", some, some, TABLE),
    ):
        yield Case(section, "Jensen-Shannon divergence", name, {"p": p, "q": q}, bound)
    for k, eps in ((2, 1e-8), (100, 1e-2), (100, 1e-6), (100, 1e-12), (100_000, 1e-8)):
        data = near(f"near {k} {eps}", k, eps)
        yield Case(section, "Jensen-Shannon divergence", f"eps = {eps:g}", data, NEAR)
    for k, eps in ((100, 1e-3), (100_000, 1e-4)):
        data = near(f"near {k} {eps}", k, eps, "float32")
        yield Case(section, "Jensen-Shannon divergence", f"eps = {eps:g}", data, SINGLE)


def logits() -> Iterator[Case]:
    """Yield what a network answers."""

    def scores(name: str, size: int, spread: float = 2.0, dtype: str = "float32") -> Array:
        return (spread * random(name).standard_normal(size)).astype(dtype)

    def moved(a: Array, wanted: float) -> Array:
        z = random(f"{wanted} {a.size}").standard_normal(a.size)
        return (a + math.sqrt(2.0 * wanted) * z).astype(a.dtype)

    def row(*values: float, dtype: str = "float64") -> Array:
        return np.array(values, dtype)

    none = -math.inf
    section = "Entropy from logits"
    for name, a in (
        ("random", scores("a", 1000)),
        ("random", scores("a", 50_000)),
        ("random", scores("a", 1000, dtype="float64")),
        ("of size 1e4", 10_000 + scores("large", 1000)),
        ("with -inf", row(0, 1, none, 2, none)),
        ("[0, -30]", row(0, -30)),
        ("[0, -50]", row(0, -50)),
        ("[0, -50]", row(0, -50, dtype="float32")),
        ("[0, -700]", row(0, -700)),
    ):
        bound = SINGLE if a.dtype == "float32" else TABLE
        yield Case(section, "entropy of logits", name, {"a": a}, bound)

    section = "KL and Jensen-Shannon divergence from logits"
    pairs = [("random", scores("a", v), scores("b", v)) for v in (10, 50_000)]
    for v in (10, 1000, 50_000):
        a = scores("a", v)
        pairs += [(f"about {d:g}", a, moved(a, d)) for d in (1e-11, 1e-9, 1e-5)]
    a = scores("a", 1000, dtype="float64")
    large = 10_000 + scores("large", 1000)
    one_ulp = np.float32(2.0**-10) * random("ulp").integers(0, 2, 1000).astype("float32")
    masked = np.where(np.arange(1000) % 3 == 0, none, scores("a", 1000))
    pairs += [
        ("about 1e-11", a, moved(a, 1e-11)),
        ("about 1e-24", a, moved(a, 1e-24)),
        ("shifted by 1000", a, moved(a, 1e-6) + 1000.0),
        ("of size 1e4", large, 10_000 + scores("large 2", 1000)),
        ("of size 1e4, near", large, large + one_ulp),
        ("[0, 0], [0, -800]", row(0, 0), row(0, -800)),
        ("[0, 0], [0, -800]", row(0, 0, dtype="float32"), row(0, -800, dtype="float32")),
        ("[0, 0], [0, -2000]", row(0, 0), row(0, -2000)),
        ("[0, -50], [0, -51]", row(0, -50), row(0, -51)),
        ("-inf on both sides", row(0, none, 1), row(1, none, 0)),
        ("-inf on both sides, near", masked, np.where(masked == none, none, moved(masked, 1e-9))),
        ("-inf in a", row(0, none, 1), row(1, 0, 0)),
        ("-inf in b", row(0, 1), row(0, none)),
        ("equal", a, a),
    ]
    for name, a, b in pairs:
        bound = SINGLE if a.dtype == "float32" else TABLE
        yield Case(section, "KL divergence of logits", name, {"a": a, "b": b}, bound)
    for name, a, b in pairs[:5] + pairs[11:13]:
        bound = SINGLE if a.dtype == "float32" else TABLE
        yield Case(section, "Jensen-Shannon of logits", name, {"a": a, "b": b}, bound)

    section = "Cross-entropy of a label, whose logit is ahead"
    for v, dtype, leads in (
        (10, "float32", (0, 10, 17.5, 50, 85)),
        (50_000, "float32", (0, 17.5, 85)),
        (10, "float64", (10, 36.5, 85, 700)),
    ):
        for lead in leads:
            a = scores(f"label {v}", v, dtype=dtype)
            a[0] = np.max(a[1:]) + lead
            bound = SINGLE if dtype == "float32" else TABLE
            yield Case(section, "loss of a label", f"by {lead:g}", {"a": a}, bound)


def orders() -> Iterator[Case]:
    """Yield orders and f-divergences."""
    some, other = dirichlet("orders", 100), dirichlet("orders 2", 100)
    tiny = certain(10, 1e-300)
    section = "Rényi and Tsallis"
    for order in (0.5, 1.0 + 2.0**-30, 2, math.inf):
        options, shown = {"order": order}, f"order {order:.10g}"
        yield Case(section, "Rényi entropy", f"random, {shown}", {"p": some}, TABLE, options)
    for order in (0.5, 2):
        options, shown = {"order": order}, f"order {order:g}"
        yield Case(section, "Rényi entropy", f"1e-300, {shown}", {"p": tiny}, TABLE, options)
        yield Case(section, "Tsallis entropy", f"random, {shown}", {"p": some}, TABLE, options)
    for order in (0.5, 2):
        options, shown = {"order": order}, f"order {order:g}"
        for name, pair in (
            ("random", {"p": some, "q": other}),
            ("eps = 1e-4", near("orders", 100, 1e-4)),
            ("eps = 1e-10", near("orders", 100, 1e-10)),
        ):
            yield Case(section, "Rényi divergence", f"{name}, {shown}", pair, TABLE, options)

    section = "Other divergences"
    for measure in ("total variation", "Hellinger", "chi-squared", "Bhattacharyya"):
        for name, pair in (
            ("random", {"p": some, "q": other}),
            ("eps = 1e-4", near("others", 100, 1e-4)),
            ("eps = 1e-10", near("others", 100, 1e-10)),
        ):
            yield Case(section, measure, name, pair, TABLE)


def several() -> Iterator[Case]:
    """Yield tables of several variables."""
    section = "Mutual information of counts"
    for name, counts in (
        ("random", random("counts").integers(0, 1000, (20, 30)).tolist()),
        ("[[1e12, 1], [1, 1e12]]", [[10**12, 1], [1, 10**12]]),
        ("[[2^40, 3], [5, 7]]", [[2**40, 3], [5, 7]]),
        ("near independence, 1e9", [[10**9 + 1, 10**9], [10**9, 10**9 + 1]]),
        ("up to 1e15", [[10**15, 123, 10**9], [10**6, 10**15, 1], [7, 10**12, 10**14]]),
        ("near independence, 1e15", [[10**15 + 1, 10**15], [10**15, 10**15 + 1]]),
    ):
        data = {"n": np.array(counts, dtype="int64")}
        yield Case(section, "mutual information of counts", name, data, TABLE)

    section = "Mutual information of tables"
    x, y = dirichlet("x", 7), dirichlet("y", 11)
    wave = np.outer(np.arange(7) - 3.0, np.arange(11) - 5.0) / 15.0
    for name, table, bound in (
        ("random", dirichlet("joint", 7, 11), TABLE),
        ("random", dirichlet("joint", 100, 100), TABLE),
        ("random", dirichlet("joint", 7, 11, dtype="float32"), SINGLE),
        ("sparse", sparse("joint", 400).reshape(20, 20), TABLE),
        ("near independence, 1e-2", law(np.outer(x, y) * (1.0 + 1e-2 * wave)), TABLE),
        ("near independence, 1e-5", law(np.outer(x, y) * (1.0 + 1e-5 * wave)), TABLE),
        ("nearly certain, 1e-10", certain(12, 1e-10).reshape(3, 4), TABLE),
        ("copy", np.diag(dirichlet("copy", 10)), TABLE),
    ):
        yield Case(section, "mutual information", name, {"j": table}, bound)

    section = "Several variables"
    xor = np.array([[[0.25, 0], [0, 0.25]], [[0, 0.25], [0.25, 0]]])
    bits = [dirichlet(f"bit {i}", 2) for i in range(4)]
    product = law(np.einsum("a,b,c,d->abcd", *bits))
    for name, table in (
        ("random", dirichlet("three", 4, 5, 6)),
        ("exclusive or", xor),
        ("independent", product),
        ("12 binary", dirichlet("twelve", *(2,) * 12)),
    ):
        scale = math.log(table.size)
        for measure in (
            "total correlation",
            "dual total correlation",
            "O-information",
            "co-information",
        ):
            if (name, measure) != ("12 binary", "co-information"):  # which takes 4095 entropies
                yield Case(section, measure, name, {"j": table}, TABLE, scale=scale)
    joint = dirichlet("joint", 7, 11)
    scale = math.log(joint.size)
    yield Case(section, "variation of information", "random", {"j": joint}, TABLE, scale=scale)

    section = "Channel capacity"
    base = dirichlet("channel", 8)
    circulant = np.array([np.roll(base, i) for i in range(8)])
    for measure, name, channel in (
        ("capacity, symmetric", "binary, 0.11", [[0.89, 0.11], [0.11, 0.89]]),
        ("capacity, symmetric", "binary, 0.499", [[0.501, 0.499], [0.499, 0.501]]),
        ("capacity, symmetric", "8 letters", circulant),
        ("capacity, erasure", "0.25", [[0.75, 0.25, 0.0], [0.0, 0.25, 0.75]]),
        ("capacity, Z", "0.5", [[1.0, 0.0], [0.5, 0.5]]),
        ("capacity, Z", "0.99", [[1.0, 0.0], [0.99, 0.01]]),
    ):
        data = {"c": np.array(channel)}
        yield Case(section, measure, name, data, CAPACITY_GAP, scale=1.0)


def cases(largest: int = 100_000) -> Iterator[Case]:
    """Yield all cases of at most so many outcomes."""
    for group in (tables, close_tables, logits, orders, several):
        yield from (case for case in group() if case.size <= largest)
