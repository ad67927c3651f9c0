"""Orders, f-divergences and bounds on every library and kind: values, types and gradients."""

from __future__ import annotations

import functools
import itertools
import math

import exact_orders as exact
import numpy as np
import pytest
import test_gradients as slopes
import test_values as contract
from libraries import dtype_of, extra, numbers

import kullback as kb

gradient = slopes.gradient  # the fixture

ORDERS = (0, 0.25, 0.75, 1 - 2.0**-30, 1, 1 + 2.0**-30, 2, 1e3, math.inf)
ENTROPIES = tuple(itertools.product(("renyi_entropy", "tsallis_entropy"), ORDERS))
PAIRS = (
    *((f.__name__, None) for f in exact.DISTANCES),
    *(("renyi_divergence", order) for order in ORDERS),
)


def triangular(t):
    """Vincze and Le Cam's: f(0) = 1, and as much is the slope at infinity."""
    return (t - 1) ** 2 / (t + 1)


def verb(name, order):
    options = {} if order is None else {"order": order}
    return functools.partial(getattr(kb, name), **options)


def tolerance(library, out, order):
    """As for the other measures; from e^x with x up to 60 orders large make a power of the order.

    Without float64 an order near 0, whose divergence it multiplies, cancels: absolute.
    """
    rtol, atol = contract.tolerance(library, out, "")
    return (rtol, atol) if order is None or library.widest == "float64" else (2e-5, 1e-5)


@pytest.mark.parametrize("pair", [*itertools.product(contract.KINDS, repeat=2)], ids="-".join)
def test_two_operands(library, pair):
    some = (None, 0.25, 2, math.inf)
    called = [x for x in PAIRS if pair[0] == pair[1] or x[1] in some]
    for (name, order), dtype in itertools.product(called, library.dtypes):
        (p, rows_p), (q, rows_q) = (
            contract.given(library, kind, i, dtype) for i, kind in enumerate(pair)
        )
        p, q = contract.MAKE[pair[0]](p), contract.MAKE[pair[1]](q)
        if order == 1:
            wanted = numbers(kb.kl_divergence(p, q))
        elif (name, pair[0]) == ("renyi_divergence", "labels"):  # a label has no rounding in it
            wanted = numbers(kb.cross_entropy(p, q))
        else:
            rows = zip(rows_p, rows_q, strict=True)
            wanted = [exact.measure(name, pair, both, order, 4) for both in rows]
        largest = np.finfo(library.widest).max
        wanted = [math.inf if x > largest else x for x in wanted]
        result = verb(name, order)(p, q)
        out = contract.expected_dtype(library, *((kind, dtype) for kind in pair))
        assert library.owns(result)
        assert dtype_of(result) == out
        assert tuple(result.shape) == (3,)
        contract.agree(result, wanted, *tolerance(library, out, order))


@pytest.mark.parametrize("kind", contract.KINDS)
def test_one_operand(library, kind):
    for (name, order), dtype in itertools.product(ENTROPIES, library.dtypes):
        p, rows = contract.given(library, kind, 0, dtype)
        result = verb(name, order)(contract.MAKE[kind](p))
        out = contract.expected_dtype(library, (kind, dtype))
        assert library.owns(result)
        assert dtype_of(result) == out
        wanted = [exact.measure(name, (kind,), (row,), order, 4) for row in rows]
        contract.agree(result, wanted, *tolerance(library, out, order))


@pytest.mark.parametrize("pair", [*itertools.product(contract.KINDS, repeat=2)], ids="-".join)
def test_f_divergence(library, pair):
    for dtype in library.dtypes:
        (p, rows_p), (q, rows_q) = (
            contract.given(library, kind, i, dtype) for i, kind in enumerate(pair)
        )
        p, q = contract.MAKE[pair[0]](p), contract.MAKE[pair[1]](q)
        result = kb.f_divergence(p, q, triangular, slope_at_infinity=1)
        wanted = []
        for rows in zip(rows_p, rows_q, strict=True):
            with exact.workdps(100):
                a, b = (exact.exact.probs(k, row, 4) for k, row in zip(pair, rows, strict=True))
                terms = [(x - y) ** 2 / (x + y) for x, y in zip(a, b, strict=True) if x + y > 0]
                wanted.append(sum(terms))
        out = contract.expected_dtype(library, *((kind, dtype) for kind in pair))
        assert library.owns(result)
        assert dtype_of(result) == out
        contract.agree(result, wanted, *contract.tolerance(library, out, ""))


def test_bounds(library):
    given = np.array([0.0, 2.0**-20, 0.5, 2.0, math.inf])
    pinsker = np.sqrt(given / 2)
    huber = np.sqrt(-np.expm1(-given))
    for dtype in library.dtypes:
        kl = library.array(given, dtype)
        out = contract.expected_dtype(library, ("kl", dtype))
        rtol = 1e-15 if out == "float64" else 2e-7
        for bound, wanted in ((kb.pinsker_bound, pinsker), (kb.bretagnolle_huber_bound, huber)):
            result = bound(kl)
            assert library.owns(result)
            assert dtype_of(result) == out
            contract.agree(result, wanted, rtol, 0)
    bits = library.array(given / math.log(2), "float32")
    contract.agree(kb.pinsker_bound(bits, unit="bits"), pinsker, 2e-7, 0)


@pytest.mark.parametrize("unit", ["bits", "hartleys"])
def test_what_is_measured_in_information_has_a_unit(library, unit):
    size = math.log({"bits": 2, "hartleys": 10}[unit])
    p, q = (library.array(x, "float32") for x in (contract.Q, contract.P))
    for call in (
        functools.partial(kb.renyi_entropy, p, order=2),
        functools.partial(kb.renyi_divergence, p, q, order=0.5),
        functools.partial(kb.bhattacharyya_distance, p, q),
    ):
        np.testing.assert_allclose(numbers(call(unit=unit)), numbers(call()) / size, rtol=2e-7)


@pytest.mark.parametrize(("name", "order"), [x for x in PAIRS if x[1] in (None, 0.25, 2)])
def test_axis_and_batches(library, name, order):
    distance = verb(name, order)
    left = library.array(contract.Q[:, None, :], "float32")
    right = library.array(contract.Q[None, ...], "float32")
    result = numbers(distance(left, right))
    assert result.shape == (3, 3)
    for i, j in itertools.product(range(3), range(3)):
        one = distance(*(library.array(contract.Q[k : k + 1], "float32") for k in (i, j)))
        np.testing.assert_allclose(result[i, j], numbers(one)[0], rtol=4e-7, atol=1e-7)
    p, q = (library.array(x, "float32") for x in (contract.P, contract.Q))
    turned = [library.array(x.T.copy(), "float32") for x in (contract.P, contract.Q)]
    np.testing.assert_array_equal(numbers(distance(*turned, axis=0)), numbers(distance(p, q)))


# ---------------------------------------------------------------- gradients


@pytest.mark.parametrize("kind", slopes.MAKE)
@pytest.mark.parametrize(("name", "order"), PAIRS)
def test_gradients_of_two_operands(gradient, name, order, kind):
    distance = verb(name, order)
    for point, rows in slopes.points(kind).items():
        wanted = exact.measure(name, (kind, kind), rows, order)
        if wanted > 1e250 or (wanted, order) == (0, math.inf):  # which has a kink at 0
            continue
        actual = gradient(lambda p, q: distance(*map(slopes.MAKE[kind], (p, q))), *rows)
        for side in (0, 1):
            parts = exact.gradient(name, (kind, kind), rows, side, order)
            slopes.agree(actual[side], parts, wanted, place=f"{point} {side}")


@pytest.mark.parametrize("kind", slopes.MAKE)
@pytest.mark.parametrize(("name", "order"), ENTROPIES)
def test_gradients_of_one_operand(gradient, name, order, kind):
    for point, (row, _) in slopes.points(kind).items():
        (actual,) = gradient(lambda p: verb(name, order)(slopes.MAKE[kind](p)), row)
        slopes.agree(actual, exact.gradient(name, (kind,), (row,), 0, order), place=point)


@pytest.mark.parametrize(("name", "order"), PAIRS)
def test_infinite_and_extreme_values_have_finite_gradients(gradient, name, order):
    inf = math.inf
    points = [
        ("logits", ([1.0, 2.0, 0.5], [1.0, -inf, 0.5])),
        ("logits", ([1.0, -inf, 0.5], [-inf, 3.0, -inf])),
        ("logits", ([0.0, 1e4, 0.0], [1e4, 0.0, -1e4])),
        ("log_probs", ([-inf, 0.0], [0.0, -inf])),
        ("probs", ([0.5, 0.25, 0.25], [0.5, 0.5, 0.0])),
        ("probs", ([0.5, 0.5, 0.0], [0.0, 0.0, 1.0])),
    ]
    if order != 1 and not name.startswith("chi"):  # the slope of p^2/q is p^2/q^2
        points.append(("probs", ([1e-300, 1.0], [1.0, 1e-100])))
    for kind, pair in points:
        for ordered in (pair, pair[::-1]):
            distance = functools.partial(between, name, order, kind)
            assert all(np.all(np.isfinite(g)) for g in gradient(distance, *ordered)), ordered


def between(name, order, kind, p, q):
    return verb(name, order)(slopes.MAKE[kind](p), slopes.MAKE[kind](q))


@pytest.mark.parametrize(("name", "order"), PAIRS)
def test_equals_have_gradient_zero(gradient, name, order):
    """All have their least value there, and the roots a kink."""
    for kind in slopes.MAKE:
        row, _ = slopes.points(kind)["ordinary"]
        for g in gradient(functools.partial(between, name, order, kind), row, row):
            np.testing.assert_array_equal(g, 0)


def test_gradient_of_f_divergence(gradient):
    p, q = [0.5, 0.25, 0.25, 0.0], [0.125, 0.25, 0.375, 0.25]
    g, h = gradient(lambda p, q: kb.f_divergence(p, q, triangular), p, q)
    t = np.array(p[:3]) / np.array(q[:3])
    slope = (t - 1) * (t + 3) / (t + 1) ** 2
    np.testing.assert_allclose(g, [*slope, 0.0], rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(h, [*(triangular(t) - t * slope), 1.0], rtol=1e-15, atol=1e-16)


def test_gradients_of_bounds(gradient):
    d = np.array([0.0, 0.5, math.inf])
    (g,) = gradient(lambda d: kb.pinsker_bound(d).sum(), d)
    np.testing.assert_allclose(g, [0, 0.5, 0], rtol=1e-15)
    (g,) = gradient(lambda d: kb.bretagnolle_huber_bound(d).sum(), d)
    slope = math.exp(-0.5) / (2 * math.sqrt(-math.expm1(-0.5)))
    np.testing.assert_allclose(g, [0, slope, 0], rtol=1e-15)


def test_bfloat16_in_numpy():
    bfloat16 = extra("ml_dtypes", "jax").bfloat16
    p, q = contract.P.astype(bfloat16), contract.Q.astype(bfloat16)
    for name, order in PAIRS:
        result = verb(name, order)(p, q)
        assert result.dtype == np.float32
        contract.agree(result, numbers(verb(name, order)(contract.P, contract.Q)), 1e-7, 0)
