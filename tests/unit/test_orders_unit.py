"""Orders, f-divergences and bounds: what is asked for, what is refused, what is passed on."""

from __future__ import annotations

import fractions
import math

import numpy as np
import pytest
from libraries import extra

import kullback as kb

P, Q = [0.5, 0.25, 0.25, 0.0], [0.25, 0.25, 0.375, 0.125]
INF = math.inf
ORDERED = {
    "renyi_entropy": lambda **o: kb.renyi_entropy(P, **o),
    "tsallis_entropy": lambda **o: kb.tsallis_entropy(P, **o),
    "renyi_divergence": lambda **o: kb.renyi_divergence(P, Q, **o),
}
EVERY_ORDER = pytest.mark.parametrize("name", ORDERED)


@EVERY_ORDER
def test_an_order_is_asked_for(name):
    with pytest.raises(TypeError, match="missing a required argument: 'order'"):
        ORDERED[name]()
    with pytest.raises(TypeError, match="'alpha'"):
        ORDERED[name](order=2, alpha=2)


@EVERY_ORDER
@pytest.mark.parametrize("order", [-1, -1e-300, -INF, math.nan, None, "2", "two", 1j, [1, 2]])
def test_an_order_is_a_number_from_0_on(name, order):
    with pytest.raises(kb.KullbackError, match="an order is a number from 0 to inf") as caught:
        ORDERED[name](order=order)
    assert repr(order) in str(caught.value)


@EVERY_ORDER
def test_an_order_may_be_any_number(name):
    wanted = ORDERED[name](order=2.5)
    for order in (np.float32(2.5), np.array(2.5), fractions.Fraction(5, 2)):
        assert ORDERED[name](order=order) == wanted
    assert ORDERED[name](order=np.int8(2)) == ORDERED[name](order=2)
    assert ORDERED[name](order=True) == ORDERED[name](order=1)


@pytest.mark.parametrize("kind", ["labels", "bare"])
def test_a_label_checks_its_order_too(kind):
    p = kb.Labels(0, 4) if kind == "labels" else [1.0, 0.0, 0.0, 0.0]
    with pytest.raises(kb.KullbackError, match="order"):
        kb.renyi_divergence(p, Q, order=-1)
    for order in (0, 0.5, 1, 2, INF):
        d = kb.renyi_divergence(p, Q, order=order)
        assert d == pytest.approx(math.log(4), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tsallis_entropy", {"order": 2}),
        ("total_variation_distance", {}),
        ("hellinger_distance", {}),
        ("chi_squared_divergence", {}),
        ("f_divergence", {}),
    ],
)
def test_pure_numbers_have_no_unit(name, options):
    operands = {"tsallis_entropy": (P,), "f_divergence": (P, Q, np.abs)}.get(name, (P, Q))
    with pytest.raises(TypeError, match="unit"):
        getattr(kb, name)(*operands, unit="bits", **options)


def test_other_kinds_have_no_rule():
    counts = kb.Counts([1, 2, 3, 4])
    for call in (
        lambda: kb.renyi_entropy(counts, order=2),
        lambda: kb.tsallis_entropy(counts, order=2),
        lambda: kb.renyi_divergence(counts, Q, order=2),
        lambda: kb.f_divergence(P, counts, np.abs),
        lambda: kb.total_variation_distance(P, counts),
        lambda: kb.hellinger_distance(P, counts),
        lambda: kb.chi_squared_divergence(P, counts),
        lambda: kb.bhattacharyya_distance(P, counts),
    ):
        with pytest.raises(kb.NoRuleError, match="Counts"):
            call()


def test_lengths_are_compared():
    for kind in (kb.Probs, kb.Logits, lambda x: kb.Labels(0, len(x))):
        with pytest.raises(kb.KullbackError, match="3 outcomes but q has 2"):
            kb.hellinger_distance(kind([1.0, 0.0, 0.0]), kind([1.0, 0.0]))


def test_a_kind_of_ones_own_and_its_rule():
    class Coin(kb.AbstractDistribution):
        def __init__(self, p):
            self.p = p

    @kb.rule(kb.renyi_entropy, Coin)
    def _(coin, *, order):
        return kb.renyi_entropy([coin.p, 1 - coin.p], order=order)

    @kb.rule(kb.f_divergence, Coin, Coin)
    def _(p, q, f, **limits):
        return kb.f_divergence([p.p, 1 - p.p], [q.p, 1 - q.p], f, **limits)

    assert kb.renyi_entropy(Coin(0.5), order=2, unit="bits") == 1
    assert kb.f_divergence(Coin(1.0), Coin(0.5), lambda t: np.abs(t - 1) / 2) == 0.5


# ---------------------------------------------------------------- f-divergence


def entropic(t):
    return t * np.log(t)


def test_limits_are_needed_only_where_they_matter():
    assert kb.f_divergence([0.5, 0.5], [0.25, 0.75], entropic) > 0
    assert kb.f_divergence([0.5, 0.5, 0.0], [0.25, 0.75, 0.0], entropic) > 0
    with pytest.raises(kb.KullbackError, match=r"f\(0\)"):
        kb.f_divergence(P, Q, entropic)
    with pytest.raises(kb.KullbackError, match="slope"):
        kb.f_divergence(Q, P, entropic)
    assert kb.f_divergence(P, Q, entropic, value_at_zero=0) > 0
    assert kb.f_divergence(Q, P, entropic, slope_at_infinity=INF) == INF
    assert kb.f_divergence(Q, P, lambda t: np.abs(t - 1) / 2, slope_at_infinity=0.5) == 0.25


def test_an_infinite_limit_is_infinite_only_where_it_is_met():
    def reverse(t):  # D(q || p)
        return -np.log(t)

    d = kb.f_divergence([P, Q], [Q, Q], reverse)
    np.testing.assert_array_equal(d, [INF, 0])
    assert kb.f_divergence(Q, P, reverse, slope_at_infinity=0) == pytest.approx(
        kb.kl_divergence(P, Q), rel=1e-15
    )


def test_f_is_given_the_ratio_in_double_precision():
    seen = []

    def f(t):
        seen.append(t)
        return (t - 1) ** 2

    result = kb.f_divergence(np.float32([0.75, 0.25]), np.float32([0.5, 0.5]), f)
    assert result.dtype == np.float32
    assert result == 0.25
    assert len(seen) == 1
    assert seen[0].dtype == np.float64
    np.testing.assert_array_equal(seen[0], [1.5, 0.5])


def test_a_ratio_beyond_floats_is_infinite():
    """There q f(p/q) cannot be had from f, but p times the slope can."""

    def half(t):
        return np.abs(t - 1) / 2

    far = kb.Logits([0.0, -2000.0]), kb.Logits([-2000.0, 0.0])
    assert kb.f_divergence(*far, half, slope_at_infinity=0.5) == 1
    tables = [1.0, 0.0], [5e-324, 1.0]
    assert kb.f_divergence(*tables, half, slope_at_infinity=0.5) == 1
    with pytest.raises(kb.KullbackError, match="slope"):
        kb.f_divergence(*far, half)


def test_inside_jit_a_missing_limit_is_nan_where_it_is_needed():
    jax = extra("jax")
    compiled = jax.jit(lambda p, q: kb.f_divergence(p, q, lambda t: (t - 1) ** 2))
    q = np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    p = np.array([[0.5, 0.25, 0.25], [0.5, 0.5, 0.0]])
    d = np.asarray(compiled(p, q))
    assert math.isnan(d[0])
    assert d[1] == 1.0


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("bound", [kb.pinsker_bound, kb.bretagnolle_huber_bound])
def test_bounds_take_divergences(bound):
    assert bound(0) == 0
    assert isinstance(bound([0.5, 1.0]), np.ndarray)
    assert bound(1.0, unit=kb.BITS) == pytest.approx(bound(math.log(2)), rel=1e-15)
    for wrong in (-1e-9, math.nan, [0.5, -INF]):
        with pytest.raises(kb.KullbackError, match="at least 0"):
            bound(wrong)
    with pytest.raises(kb.KullbackError, match="not a unit"):
        bound(1.0, unit="bytes")
