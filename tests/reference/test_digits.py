"""The digits that are promised, in every library, where they are hardest to keep."""

from __future__ import annotations

import functools
import itertools
import math

import exact
import make_digits
import numpy as np
import pytest
import worst_digits
from libraries import ALL, extra, loaded, numbers
from mpmath import mpf, workdps

import kullback as kb
from kullback._kernels import compensated, generic

INF = math.inf
LIBRARIES = [library for library in ALL if library.name != "read-only numpy"]
ROUNDING = 2.0**-24 * (1 + 1e-6)  # one, to float32


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.name.replace(" ", "-"))
def library(request):
    with loaded(request.param) as ready:
        yield ready


def allowed(library, dtype):
    """Return the relative error that every result may have.

    float64: terms have errors of up to 28 roundings of 2^-53 at the seams of the series, and sums
      one or two more: 4e-15. A sum of 4096 numbers one by one, as some libraries add, may lose
      64 more at random. So 1e-14.
    float32, where float64 exists: computed in it and rounded once.
    float32 alone: the same roundings, of 2^-24, and sums that are compensated: 1e-6.
    """
    if dtype == "float64":
        return 1e-14
    return 1e-6 if library.widest == "float32" else ROUNDING


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["near", "logits", "loss", "tables"])
def test_against_fifty_digits(library, kind, dtype):
    if dtype not in library.dtypes or (kind, dtype) == ("tables", "float32"):
        assert (library.name, dtype) == ("jax", "float64") or kind == "tables"
        return
    # What is below the normal range has an absolute error: each of up to 3000 terms is a product
    # of a surprise of up to 745 and of a number that is known to half of the smallest, which is
    # 5e-324, or in JAX, which takes smaller ones for 0, to 2^-1022.
    smallest = 2.0**-1022 if library.name.startswith("jax") else 2.0**-1074
    wrong, seen = [], 0
    for name, measure, wanted, actual in worst_digits.answers(library, kind, dtype):
        seen += 1
        lost = 745 * 3000 * smallest if wanted < worst_digits.TINY else 0.0
        if actual == wanted:
            continue
        if not abs(actual - wanted) <= allowed(library, dtype) * wanted + lost:
            wrong.append(f"{measure}, {name}: {float(actual)!r}, not {float(wanted)!r}")
    assert seen > 30
    assert not wrong, "\n".join(wrong)


def test_the_script_makes_this_file():
    """The values of the shorter rows, to the letter; inputs are made by rounded sums alone."""
    for name, kind, dtype, rows, values in worst_digits.stored()[::7]:
        if len(rows[0]) <= 100:
            for measure, wanted in values.items():
                assert make_digits.written(measure, kind, rows, dtype) == wanted, name


# ---------------------------------------------------------------- logits at the edges

EDGES = {
    "masked on both sides": ([-INF, 0.5, 1.0], [-INF, 1.5, 0.0]),
    "masked for p": ([-INF, 0.5, 1.0], [3.0, 1.5, 0.0]),
    "nearly equal beside a mask": ([-INF, 0.5, 1.0], [-INF, 0.5, 1.0 + 2.0**-20]),
    "overflow 800": ([0.0, 0.0], [0.0, -800.0]),
    "overflow 800 swapped": ([0.0, -800.0], [0.0, 0.0]),
    "overflow 2000": ([0.0, 0.0], [0.0, -2000.0]),
    "overflow 2000 swapped": ([0.0, -2000.0], [0.0, 0.0]),
    "ten thousand": ([1e4, -1e4, 9999.0], [1e4, -3e3, 9998.0]),
    "ten thousand, nearly equal": ([1e4, 9990.0, 9999.0], [1e4, 9990.0 + 2.0**-9, 9999.0]),
    "ten thousand, opposite": ([1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]),
    "shifted by ten thousand": ([1.0, -2.0, 0.5], [10001.0, 9998.0, 10000.0]),
    "near but for one far outcome": ([0.0, 0.5, -50.0], [2.0**-20, 0.5, -30.0]),
}
MEASURES = ("kl_divergence", "jensen_shannon_divergence", "cross_entropy")
ASKED = [*itertools.product(MEASURES, (1, -1))]  # -1 swaps the two rows


@functools.cache
def edge(name, measure, order):
    """Return a measure at an edge and its gradients by both rows, all exact."""
    pair, kinds = EDGES[name][::order], ("logits", "logits")
    value = exact.measure(measure, kinds, pair)
    if value == INF:
        return value, None
    return value, [np.array(exact.gradient(measure, kinds, pair, i), float) for i in (0, 1)]


@pytest.mark.parametrize("name", EDGES)
def test_logits_at_the_edges(library, name):
    """Their numbers are short in binary, and the same in every type."""
    for measure, order in ASKED:
        wanted, _ = edge(name, measure, order)
        for dtype in set(library.dtypes) & {"float64", "float32"}:
            given = [kb.Logits(library.array(row, dtype)) for row in EDGES[name][::order]]
            value = float(getattr(kb, measure)(*given))
            # Numbers below the smallest normal one may be 0.
            smallest = 2.0**-126 if dtype == "float32" else 2.0**-1022
            error = 0.0 if value == wanted else abs(value - wanted)
            assert error <= allowed(library, dtype) * wanted + smallest, (measure, value)


@pytest.fixture(params=["torch", "jax", "jax x64"], ids=["torch", "jax32", "jax64"])
def gradient(request):
    """Return a function that differentiates f at rows, and the precision it works in."""
    with loaded(next(x for x in ALL if x.name == request.param)) as ready:
        yield (
            functools.partial(differentiated, ready),
            2.0 ** (-24 if ready.widest == "float32" else -53),
        )


def differentiated(library, f, *rows):
    """Return the derivatives of f by every row, in the library's widest type."""
    if library.name == "torch":
        import torch

        given = [torch.tensor(np.array(row, dtype=float), requires_grad=True) for row in rows]
        f(*given).sum().backward()
        return [numbers(x.grad) for x in given]
    import jax

    given = [library.array(np.array(row, dtype=float), library.widest) for row in rows]
    return [numbers(g) for g in jax.grad(f, tuple(range(len(rows))))(*given)]


@pytest.mark.parametrize("name", EDGES)
def test_gradients_at_the_edges(gradient, name):
    """Entries p (log p/q - D) have parts as large as the value, of which a few ulp are lost."""
    differentiate, ulp = gradient
    for measure, order in ASKED:
        value, wanted = edge(name, measure, order)
        if value == INF:
            continue
        verb = getattr(kb, measure)
        found = differentiate(
            lambda a, b, verb=verb: verb(kb.Logits(a), kb.Logits(b)), *EDGES[name][::order]
        )
        lost = 16 * ulp * max(1.0, float(value))
        for side in (0, 1):
            np.testing.assert_allclose(found[side], wanted[side], rtol=0, atol=lost)


@pytest.mark.parametrize("wanted", [1e-9, 1e-5])
@pytest.mark.parametrize("size", [10, 1000])
def test_gradients_of_nearly_equal_logits(gradient, size, wanted):
    """By b the gradient is q - p, whose entries are as small as the square root of D."""
    differentiate, ulp = gradient
    name = f"divergence of {wanted} V={size}"
    a, b = next(pair for case, *pair in make_digits.near_logits() if case == name)
    a, b = a.astype(np.float32), b.astype(np.float32)
    by_a, by_b = differentiate(lambda a, b: kb.kl_divergence(kb.Logits(a), kb.Logits(b)), a, b)
    with workdps(exact.DIGITS):
        p, q = (exact.probs("logits", row) for row in (a, b))
        ratio = [exact.log(x / y) for x, y in zip(p, q, strict=True)]
        d = sum(x * r for x, r in zip(p, ratio, strict=True))
        exact_a = np.array([float(x * (r - d)) for x, r in zip(p, ratio, strict=True)])
        exact_b = np.array([float(y - x) for x, y in zip(p, q, strict=True)])
    for found, true in ((by_a, exact_a), (by_b, exact_b)):
        # p is known to 16 ulp, as exponentials are, and so is its product with a difference.
        assert np.max(np.abs(found - true)) <= 32 * ulp * np.max(np.abs(true))


# ---------------------------------------------------------------- weights and skews

OPTIONS = (
    {"weight": 0.3},
    {"weight": 1e-12},
    {"skew": 0.25},
    {"skew": 1.0},
    {"weight": 0.9, "skew": 0.125},
)
TABLE = {
    "probs": ([0.5, 0.25, 0.25, 0.0], [0.25, 0.25, 0.125, 0.375]),
    "log_probs": (np.log([0.5, 0.25, 0.25]), np.log([0.125, 0.25, 0.625])),
    "logits": ([0.5, -1.0, 3.0, -INF], [0.5, -2.0, 3.0, 1.0]),
}
MAKE = {"probs": kb.Probs, "log_probs": kb.LogProbs, "logits": kb.Logits}
PAIRS = [(kind, TABLE[kind]) for kind in TABLE] + [
    ("logits", ([1.0, 0.5, -2.0], [1.0, 0.5 + 2.0**-20, -2.0])),
    ("probs", ([0.25, 0.75], [0.25 + 2.0**-20, 0.75 - 2.0**-20])),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_weighted_jensen_shannon(library, options):
    for (kind, pair), dtype in itertools.product(
        PAIRS, set(library.dtypes) & {"float64", "float32"}
    ):
        for p, q in (pair, pair[::-1]):
            rows = [numbers(library.array(row, dtype)) for row in (p, q)]
            given = [MAKE[kind](library.array(row, dtype)) for row in rows]
            value = kb.jensen_shannon_divergence(*given, **options)
            wanted = exact.measure("jensen_shannon_divergence", (kind, kind), rows, **options)
            assert library.owns(value)
            # The sides of log-probabilities that nearly agree are only as exact as they are.
            assert float(value) == INF == wanted or abs(
                mpf(float(value)) - wanted
            ) <= wanted * 2 * allowed(library, dtype)


def test_weighted_jensen_shannon_of_mixed_kinds(library):
    """A table against logits: both are exponentials of at most 3, and q - p is as they are."""
    p, z = TABLE["probs"][1], [0.5, -1.0, 3.0, 0.25]
    dtype = library.widest
    given = library.array(p, dtype), kb.Logits(library.array(z, dtype))
    for options in OPTIONS:
        value = kb.jensen_shannon_divergence(*given, **options, unit="bits")
        wanted = exact.measure("jensen_shannon_divergence", ("probs", "logits"), (p, z), **options)
        assert float(value) == pytest.approx(
            float(wanted) / math.log(2), rel=allowed(library, dtype)
        )
    label = kb.Labels(library.array(np.array([3])), 4)
    value = kb.jensen_shannon_divergence(label, given[0], weight=0.3)
    wanted = exact.measure("jensen_shannon_divergence", ("labels", "probs"), (3, p), 4, weight=0.3)
    assert float(value[0]) == pytest.approx(float(wanted), rel=allowed(library, dtype))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_of_weighted_jensen_shannon(gradient, options):
    differentiate, ulp = gradient
    for kind, pair in PAIRS:
        value = exact.measure("jensen_shannon_divergence", (kind, kind), pair, **options)
        if value == INF:
            continue
        found = differentiate(
            lambda p, q, make=MAKE[kind]: kb.jensen_shannon_divergence(make(p), make(q), **options),
            *pair,
        )
        for side in (0, 1):
            wanted = exact.gradient(
                "jensen_shannon_divergence", (kind, kind), pair, side, **options
            )
            np.testing.assert_allclose(found[side], np.array(wanted, float), rtol=0, atol=32 * ulp)


def test_weighted_jensen_shannon_compiles():
    jax, torch = extra("jax"), extra("torch")
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.25, 0.5])

    def divergence(p, q):
        return kb.jensen_shannon_divergence(p, q, weight=0.25, skew=0.75)

    wanted = divergence(p, q)
    # Fused steps and other orders of sums: some ulp.
    assert float(jax.jit(divergence)(p, q)) == pytest.approx(wanted, rel=1e-6)
    compiled = torch.compile(divergence, fullgraph=True, backend="aot_eager")
    assert float(compiled(torch.tensor(p), torch.tensor(q))) == pytest.approx(wanted, rel=1e-15)


# ---------------------------------------------------------------- half precision


def test_halves_are_exact_inputs(library):
    """The numbers given are taken as they are; the answer is float32, rounded once."""
    halves = set(library.dtypes) & {"float16", "bfloat16"}
    assert halves or library.name == "array-api-strict"
    for dtype in halves:
        for size in (3, 12):
            p, q = (make_digits.law(make_digits.uniform(f"{dtype} {k}", size)) for k in "pq")
            rows = [numbers(library.array(row, dtype)) for row in (p, q)]
            given = [library.array(row, dtype) for row in rows]
            for kind, make in (("probs", kb.Probs), ("logits", kb.Logits)):
                for measure in (*MEASURES, "jeffreys_divergence"):
                    value = getattr(kb, measure)(*map(make, given))
                    wanted = exact.measure(measure, (kind, kind), rows)
                    assert str(value.dtype).endswith("float32")
                    # Jeffreys' divergence adds two rounded ones.
                    assert abs(mpf(float(value)) - wanted) <= wanted * 2 * allowed(
                        library, "float32"
                    )


# ---------------------------------------------------------------- sums that compilers must keep


def sums(xp, x, y):
    """Return the sum of x, the same as a pair, and the scalar product of x and y as a pair."""
    product, lost = compensated.two_product(xp, x, y)
    return (
        compensated.total(xp, x),
        *compensated.sum_pair(xp, x),
        *compensated.sum_pair(xp, product, -1, lost),
    )


def how_exact(found, x, y):
    """Return by how much sums of float32 are off, in units of the sum of absolute values."""
    total = math.fsum(map(float, x))
    product = math.fsum(float(a) * float(b) for a, b in zip(x, y, strict=True))  # 48 digits each
    plain, high, low, head, tail = (float(part) for part in found)
    size, product_size = np.sum(np.abs(x), dtype=float), np.sum(np.abs(x * y), dtype=float)
    return (
        abs(plain - total) / size,
        abs(high + low - total) / size,
        abs(head + tail - product) / product_size,
    )


@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method:DeprecationWarning")  # its own
@pytest.mark.parametrize("size", [7, 100_001])
@pytest.mark.parametrize("compiler", ["none", "jit", "inductor"])
def test_sums_survive_compilers(compiler, size):
    """An optimiser that took (a + b) - a for b would leave 1e-7 in all of them."""
    x, y = ((make_digits.bell(name, size) + 0.25).astype(np.float32) for name in ("x", "y"))
    if compiler == "none":
        found = sums(np, x, y)
    elif compiler == "jit":
        jax = extra("jax")
        found = jax.jit(functools.partial(sums, jax.numpy))(x, y)
    else:
        torch = extra("torch")
        from array_api_compat import torch as xp

        torch._dynamo.reset()
        found = torch.compile(functools.partial(sums, xp), fullgraph=True)(
            *map(torch.tensor, (x, y))
        )
    plain, pair, product = how_exact(found, x, y)
    assert plain <= 2.0**-24
    # Each of 17 levels leaves an error of 2^-24 in the lower half, which is 2^-24 of the upper.
    assert pair <= 17 * 2.0**-48
    assert product <= 18 * 2.0**-48


def test_sums_of_long_rows_do_not_depend_on_their_layout(library):
    """A library may add a strided row one by one, which would lose 1e-14 and more."""
    p, q = (make_digits.law(make_digits.uniform(name, 100_000)) for name in ("p", "q"))
    wanted = (
        exact.measure("kl_divergence", ("probs", "probs"), (p, q))
        if "float64" in library.dtypes
        else None
    )
    if wanted is None:
        assert library.name == "jax"
        return
    wide = [library.array(np.stack([row, row], axis=1), "float64") for row in (p, q)]
    value = kb.kl_divergence(*wide, axis=0)
    assert float(value[0]) == pytest.approx(float(wanted), rel=1e-14)


# ---------------------------------------------------------------- kernels, number by number


def errors(kernel, truth, points):
    """Return the largest relative error of a function, in roundings of 2^-53."""
    found = kernel(*points)
    with workdps(exact.DIGITS):
        wanted = [truth(*map(mpf, map(float, point))) for point in zip(*points, strict=True)]
        return (
            max(float(abs(mpf(float(x)) - t) / t) for x, t in zip(found, wanted, strict=True) if t)
            * 2.0**53
        )


def terms(p, q):
    return generic.excess(np, p, q, q - p)


def test_every_term_is_exact_to_28_roundings():
    """p log(p/q) - p + q, with many points where the series gives way to the logarithm.

    The worst are just beyond: at q = 2p/3 the quotient, its logarithm (known to 1.5 ulp) and their
    product bring 0.75, 0.75 and 0.41 roundings of p, and the result is 1/14 of p: 26.4 of its own,
    and one more of the last subtraction.
    """
    t = make_digits.uniform("terms", 4000)
    for ratios in (
        1.5 + 1e-2 * t,  # the seam above, q - p = (p + q)/5
        1.5 - 1e-2 * t,
        2 / 3 - 1e-2 * t,  # the seam below
        2 / 3 + 1e-2 * t,
        np.exp(40 * t - 20),
        1 + (t - 0.5) * 1e-3,
        1 + np.ldexp(1.0, -np.arange(52)),
        1 - np.ldexp(1.0, -1 - np.arange(52)),
        np.ldexp(1.0, -20 * np.arange(50)),
    ):
        p = 0.25 + 0.5 * make_digits.uniform("p", len(ratios))
        q = p * ratios
        assert errors(terms, lambda a, b: a * exact.log(a / b) - a + b, (p, q)) <= 28


def test_the_exponential_remainder_is_exact_to_11_roundings():
    """exp(d) - 1 - d on both sides of |d| = 1/2, where it is 1/10 and loses some of 1/2.

    The worst are just beyond d = 1/2, where expm1, known to 1.5 ulp, is 0.65 and the result 0.149
    (10.1 roundings), and beyond d = log 2, where an ulp doubles: 3 roundings of 0.307, and one
    more of the subtraction.
    """
    t = make_digits.uniform("psi", 4000)
    seam, doubled = 0.49 + 0.02 * t, math.log(2) + 1e-3 * t
    for d in (seam, -seam, doubled, -doubled, t, -40 * t, 1e-9 * t):
        found = errors(
            functools.partial(generic.exp_remainder, np), lambda x: exact.exp(x) - 1 - x, (d,)
        )
        assert found <= 11


def test_the_terms_left_out_are_below_half_a_rounding():
    with workdps(30):
        for t in (mpf(1) / 2, mpf(-1) / 3):
            s = t / (2 + t)
            left_out = sum(2 * s ** (2 * k + 3) / (2 * k + 3) for k in range(len(generic.PHI), 99))
            assert abs(left_out) < 2.0**-54 * (t - exact.log(1 + t))
        for d in (mpf(1) / 2, mpf(-1) / 2):
            left_out = sum(d**k / math.factorial(k) for k in range(2 + len(generic.PSI), 99))
            assert abs(left_out) < 2.0**-54 * (exact.exp(d) - 1 - d)


def random_logits(rng):
    """Return two rows: unrelated, nearly equal, or so but for a few outcomes, in all sizes."""
    size, scale = rng.integers(2, 8), 10 ** rng.uniform(-1, 4)
    a = rng.uniform(-1, 1, size) * (scale if rng.random() < 0.5 else 3)
    b = a + 10 ** rng.uniform(-14, 1) * rng.uniform(-1, 1, size)
    way = rng.integers(5)
    if way == 0:
        b = rng.uniform(-scale, scale, size)
    elif way <= 3:
        k = rng.integers(size)
        a[k] -= rng.choice([0.0, 10 ** rng.uniform(0, 3)])
        b[k] += rng.uniform(-100, 100)
    if way == 3 and size > 2:
        b[rng.integers(size)], a[rng.integers(size)] = rng.choice([-INF, 0.0], 2)
    return a, b + rng.choice([0.0, 10 ** rng.uniform(0, 4)])


def test_logits_of_every_shape():
    """KL and JS keep their digits also where only a few outcomes are far, or masked."""
    rng = np.random.default_rng(8)
    for _ in range(400):
        a, b = random_logits(rng)
        for measure, kernel in (
            ("kl_divergence", generic.kl_from_logits),
            ("jensen_shannon_divergence", generic.jensen_shannon_from_logits),
        ):
            wanted = exact.measure(measure, ("logits", "logits"), (a, b))
            value = float(getattr(kb, measure)(kb.Logits(a), kb.Logits(b)))
            assert value == wanted or abs(value - wanted) <= 1e-14 * wanted + 1e-300
            value = float(kernel(np, a, b))
            assert value == wanted or abs(value - wanted) <= 3e-15 * wanted + 1e-300


def test_what_mixed_kinds_lose():
    """A table against logits: log p is rounded, and so d has an error of 2^-53 |log p|."""
    for eps in (1e-2, 1e-4, 1e-6):
        a = make_digits.bell("mixed", 20)
        p = np.array([float(x) for x in exact.probs("logits", a)])
        z = a + eps * make_digits.bell("moved", 20)
        for measure in MEASURES[:2]:
            value = getattr(kb, measure)(p, kb.Logits(z))
            wanted = exact.measure(measure, ("probs", "logits"), (p, z))
            lost = 2.0**-53 * (8 + np.max(np.abs(np.log(p)))) / eps
            assert abs(value - wanted) <= lost * wanted
