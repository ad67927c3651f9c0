"""Orders, f-divergences and bounds against their definitions in mpmath, on the exact floats."""

from __future__ import annotations

import math

import exact_orders as exact
import numpy as np
import pytest

import kullback as kb

MAKE = {"probs": kb.Probs, "log_probs": kb.LogProbs, "logits": kb.Logits}
INF = math.inf
NEAR_ONE = [1 + sign * step for step in (2.0**-52, 1e-12, 1e-9, 1e-6, 1e-3) for sign in (-1, 1)]
ORDERS = [0, 1e-3, 0.1, 0.5, 0.5000001, 0.9, *NEAR_ONE, 1, 1.5, 2, 3, 10, 100, 1e6, 1e13, INF]


def normalised(x):
    return x / x.sum()


def near():
    """Yield pairs that differ by a factor of 1 + eps z."""
    rng = np.random.default_rng(1)
    for size in (2, 7, 20):
        for eps in (0.3, 1e-1, 1e-3, 1e-5, 1e-8, 1e-10, 1e-12):
            p = normalised(rng.random(size) + 0.01)
            z = rng.uniform(-1, 1, size)
            z -= (p * z).sum()
            yield f"near {size} {eps}", "probs", p, p * (1 + eps * z)
            log_p = np.log(p)
            yield f"near {size} {eps}", "log_probs", log_p, log_p + np.log1p(eps * z)
            a = 3 * rng.normal(size=size)
            yield f"near {size} {eps}", "logits", a, a + eps * z
            large = a + rng.choice([0.0, 1e4], size=size)
            yield f"near large {size} {eps}", "logits", large, large + eps * z


def apart():
    """Yield random, sparse, nearly certain and extreme rows."""
    rng = np.random.default_rng(2)
    for size in (2, 7, 20):
        p, q = (normalised(rng.random(size) ** 4) for _ in range(2))
        yield f"random {size}", "probs", p, q
        some = rng.random((2, size)) < 0.6
        some[:, 0] = True
        yield (
            f"sparse {size}",
            "probs",
            *(normalised(x * s) for x, s in zip((p, q), some, strict=True)),
        )
        w, v = 10.0 ** rng.uniform(-300, 0, (2, size))
        yield f"small {size}", "probs", normalised(w), normalised(v)
        yield f"small, of a size {size}", "probs", normalised(w), normalised(w * (p / q))
        yield f"logits {size}", "logits", *(30 * rng.normal(size=(2, size)))
        yield f"large logits {size}", "logits", *(1e4 * rng.normal(size=(2, size)))
        a, b = np.where(some, rng.normal(size=(2, size)), -INF)
        yield f"masked {size}", "logits", a, b
        yield f"masked, near {size}", "logits", a, np.where(a == -INF, a, a + 1e-7 * p)
        yield f"hidden {size}", "logits", a, np.where(a == -INF, -30.0, a + 1e-7 * p)
        certain = np.full(size, 2.0**-40)
        certain[0] = 1 - (size - 1) * 2.0**-40
        yield f"nearly certain {size}", "probs", certain, certain[::-1].copy()
    yield "disjoint", "probs", np.array([0.25, 0.75, 0.0]), np.array([0.0, 0.0, 1.0])
    yield "one outcome", "probs", np.array([1.0]), np.array([1.0 + 2.0**-52])
    yield "no overflow", "logits", np.array([0.0, 0.0]), np.array([0.0, -2000.0])
    yield "no underflow", "logits", np.array([0.0, -800.0]), np.array([800.0, 0.0])
    yield "far beside near", "logits", np.array([0, 0, -1000.0]), np.array([1e-6, 0, -30.0])


CASES = [*near(), *apart()]
KINDS = pytest.mark.parametrize("kind", MAKE)


def right(actual, wanted, relative, absolute):
    if wanted > np.finfo(np.asarray(actual).dtype).max:
        return actual == INF
    return abs(exact.mpf(float(actual)) - wanted) <= relative * wanted + absolute


def check(cases, name, operands, orders, dtype, relative):
    """Compare a measure of every case and order, and tell all that are wrong.

    1e-300 absolute, because of the last digits of subnormal numbers and of their products.
    """
    wrong, seen = [], 0
    for case, kind, *pair in cases:
        rows = [row.astype(dtype) for row in pair[:operands]]
        kinds = (kind,) * operands
        for order in orders:
            options = {} if order is None else {"order": order}
            actual = getattr(kb, name)(*(MAKE[kind](row) for row in rows), **options)
            assert actual.dtype == dtype
            wanted = exact.measure(name, kinds, rows, order)
            seen += 1
            smallest = 1e-300 if dtype == np.float64 else 1e-38
            if not right(actual, wanted, relative, smallest):
                wrong.append(f"{case}, order {order}: {actual!r}, not {float(wanted)!r}")
    assert seen >= 10
    assert not wrong, "\n".join(wrong)


def of(kind):
    return [case for case in CASES if case[1] == kind]


@KINDS
@pytest.mark.parametrize("name", [f.__name__ for f in exact.ENTROPIES])
def test_entropies(name, kind):
    check(of(kind), name, 1, ORDERS, np.float64, 1e-13)


@KINDS
def test_renyi_divergence(kind):
    """Of an order a the terms are exponentials of up to 709, which lose |x|/2 ulp."""
    check(of(kind), "renyi_divergence", 2, [o for o in ORDERS if o], np.float64, 1e-13)


@KINDS
def test_order_zero(kind):
    """Of equal supports it is half the square of what two sums differ by, a rounding: absolute."""
    for case, _, p, q in of(kind):
        actual = kb.renyi_divergence(MAKE[kind](p), MAKE[kind](q), order=0)
        wanted = exact.measure("renyi_divergence", (kind, kind), (p, q), 0)
        assert right(actual, wanted, 1e-13, 1e-30), case
        assert actual >= 0


@KINDS
@pytest.mark.parametrize("name", [f.__name__ for f in exact.DISTANCES])
def test_distances(name, kind):
    check(of(kind), name, 2, [None], np.float64, 1e-13)


@KINDS
def test_float32(kind):
    """Computed in float64 and rounded once: 2^-24."""
    rows = [(case, k, *(row.astype(np.float32) for row in pair)) for case, k, *pair in of(kind)]
    rounding = 2.0**-24 * (1 + 1e-6)
    for name in ("renyi_entropy", "tsallis_entropy"):
        check(rows, name, 1, [0, 0.5, 1 + 1e-9, 2, INF], np.float32, rounding)
    check(rows, "renyi_divergence", 2, [0.5, 1 - 1e-9, 2, 100, INF], np.float32, rounding)
    for f in exact.DISTANCES:
        check(rows, f.__name__, 2, [None], np.float32, rounding)


def test_ten_thousand_outcomes():
    rng = np.random.default_rng(3)
    p, q = (normalised(rng.random(10_000)) for _ in range(2))
    rows = [("wide", "probs", p, q), ("wide, near", "probs", p, p * (1 + 1e-9 * (q - p)))] * 5
    check(rows, "renyi_divergence", 2, [0.5, 2], np.float64, 1e-13)
    for f in exact.DISTANCES:
        check(rows, f.__name__, 2, [None], np.float64, 1e-13)


# ---------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("order", "bits"), [(0, 2), (1, 1.75), (2, math.log2(64 / 22)), (INF, 1), (3, 1.3015)]
)
def test_renyi_entropy_of_halves(order, bits):
    """Cover and Thomas' horse race without its tail: 1/2, 1/4, 1/8, 1/8."""
    p = [0.5, 0.25, 0.125, 0.125]
    cubes = math.log2(1 / 8 + 1 / 64 + 2 / 512) / -2
    bits = cubes if order == 3 else bits
    assert kb.renyi_entropy(p, order=order, unit="bits") == pytest.approx(bits, rel=1e-15)


def test_renyi_divergence_of_two_coins():
    """Van Erven and Harremoes (2014), section II: order 2 is log(1 + chi^2), 1/2 is Hellinger's."""
    p, q = [0.75, 0.25], [0.25, 0.75]
    chi = kb.chi_squared_divergence(p, q)
    assert chi == pytest.approx(4 / 3, rel=1e-15)
    assert kb.renyi_divergence(p, q, order=2) == pytest.approx(math.log(7 / 3), rel=1e-15)
    half = -2 * math.log(math.sqrt(3) / 2)
    assert kb.renyi_divergence(p, q, order=0.5) == pytest.approx(half, rel=1e-15)
    assert kb.renyi_divergence(p, q, order=INF) == pytest.approx(math.log(3), rel=1e-15)
    assert kb.hellinger_distance(p, q) ** 2 == pytest.approx(1 - math.sqrt(3) / 2, rel=2e-15)
    assert kb.total_variation_distance(p, q) == 0.5


def test_tsallis_entropy_of_two_coins():
    """Gini-Simpson: 1 minus the sum of squares."""
    assert kb.tsallis_entropy([0.75, 0.25], order=2) == 1 - 0.75**2 - 0.25**2
    assert kb.tsallis_entropy([0.2] * 5, order=0) == pytest.approx(4, rel=1e-15)
    assert kb.tsallis_entropy([0.25] * 4, order=INF) == 0


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("kl", [0.0, 1e-300, 1e-20, 1e-9, 0.1, 1.5, 2.0, 40.0, 800.0, INF])
def test_bounds(kl):
    with exact.workdps(400):
        d = exact.mpf(kl)
        pinsker = exact.sqrt(d / 2)
        huber = exact.sqrt(1 - exact.exp(-d))
    assert right(kb.pinsker_bound(kl), pinsker, 3e-16, 0)
    assert right(kb.bretagnolle_huber_bound(kl), huber, 3e-16, 0)


def test_where_the_bounds_cross():
    """D/2 = 1 - exp(-D) at D = 2 + W(-2 exp(-2))."""
    from scipy.special import lambertw

    cross = 2 + float(lambertw(-2 * math.exp(-2)).real)
    assert round(cross, 4) == 1.5936
    assert kb.pinsker_bound(cross) == pytest.approx(kb.bretagnolle_huber_bound(cross), rel=1e-14)
    below, above = 0.999 * cross, 1.001 * cross
    assert kb.pinsker_bound(below) < kb.bretagnolle_huber_bound(below)
    assert kb.pinsker_bound(above) > kb.bretagnolle_huber_bound(above)
