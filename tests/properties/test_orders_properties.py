"""What holds for every order and every f-divergence, on examples that hypothesis looks for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_measures import laws, near_pairs, normalised, pairs, rows_of_logits, ulps

import kullback as kb

INF = math.inf
STEPS = st.floats(2.0**-52, 0.1)
orders = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, 2.0, INF]),
    st.floats(0.0, 20.0),
    STEPS.map(lambda x: 1.0 - x),
    STEPS.map(lambda x: 1.0 + x),
    st.floats(20.0, 1e9),
)
two_orders = st.tuples(orders, orders).map(sorted)

DISTANCES = {
    "total_variation": kb.total_variation_distance,
    "hellinger": kb.hellinger_distance,
    "chi_squared": kb.chi_squared_divergence,
    "bhattacharyya": kb.bhattacharyya_distance,
    **{
        f"renyi-{order:g}": lambda p, q, order=order: kb.renyi_divergence(p, q, order=order)
        for order in (0.1, 0.5, 1 - 1e-9, 1, 1 + 1e-9, 2, 30, INF)
    },
}
SYMMETRIC = ("total_variation", "hellinger", "bhattacharyya")
EVERY = pytest.mark.parametrize("name", DISTANCES)
FEWER = settings(max_examples=150)  # of each of the divergences

# Terms carry some ulp, and exponentials of up to 709 that of their exponent.
RELATIVE = 1e-13
SUBNORMAL = 1e-300  # products and roots of numbers as small as 5e-324


def at_most(less, more, absolute=SUBNORMAL):
    return less <= more * (1 + RELATIVE) + absolute


@st.composite
def coarse(draw, count=2):
    """Draw laws over the same outcomes, each 0 or at least 1e-4: no product underflows."""
    size = draw(st.integers(1, 8))
    rows = st.lists(st.just(0.0) | st.floats(1e-3, 1.0), min_size=size, max_size=size)
    return tuple(normalised(draw(rows.filter(any))) for _ in range(count))


# ---------------------------------------------------------------- orders


@given(pairs(), two_orders)
def test_renyi_divergence_never_decreases_with_its_order(pair, two):
    low, high = (kb.renyi_divergence(*pair, order=order) for order in two)
    assert low >= 0
    assert at_most(low, high)


@given(near_pairs(), two_orders)
def test_nor_does_it_for_nearly_equal(pair, two):
    """One ulp of difference is seen at every order, and the order is seen in it."""
    low, high = (kb.renyi_divergence(*pair, order=order) for order in two)
    assert at_most(low, high)
    assert high > 0 or two[1] < 1e-250  # by which the order multiplies it
    for order in two:
        assert kb.renyi_divergence(pair[0], pair[0], order=order) == 0


@given(rows_of_logits, two_orders)
def test_nor_from_logits(pair, two):
    """Exponents of up to 1400 in size have an ulp of 2e-13."""
    a, b = map(kb.Logits, pair)
    low, high = (kb.renyi_divergence(a, b, order=order) for order in two)
    assert 0 <= low <= high * (1 + 1e-12) + SUBNORMAL
    assert kb.renyi_divergence(a, a, order=two[0]) == 0


@given(pairs())
def test_order_one_is_kullback_leibler(pair):
    """At 1 exactly; beside it by the variance of log p/q, which 1e-15 makes small."""
    d = kb.kl_divergence(*pair)
    assert kb.renyi_divergence(*pair, order=1) == d
    below, above = (kb.renyi_divergence(*pair, order=x) for x in (1 - 2.0**-50, 1 + 2.0**-50))
    if math.isfinite(d):
        # Half the order's distance times a variance of at most 745^2 p.
        assert d == pytest.approx(below, rel=RELATIVE, abs=SUBNORMAL + 3e-10 * min(d, 1))
        assert d == pytest.approx(above, rel=RELATIVE, abs=SUBNORMAL + 3e-10 * min(d, 1))
    else:
        assert above == INF


@given(pairs(), st.floats(0.01, 0.99))
def test_orders_below_one_are_skew_symmetric(pair, order):
    """(1 - a) D_a(p || q) = a D_(1-a)(q || p), up to what the sums miss of 1."""
    p, q = pair
    there = (1 - order) * kb.renyi_divergence(p, q, order=order)
    back = order * kb.renyi_divergence(q, p, order=1 - order)
    assert there == pytest.approx(back, rel=64 * 2.0**-52, abs=ulps())


@given(pairs())
def test_order_half_is_twice_bhattacharyya(pair):
    half = kb.renyi_divergence(*pair, order=0.5)
    assert half == pytest.approx(2 * kb.bhattacharyya_distance(*pair), rel=ulps(), abs=ulps())


@given(pairs())
def test_order_two_is_the_logarithm_of_chi_squared(pair):
    chi = kb.chi_squared_divergence(*pair)
    two = kb.renyi_divergence(*pair, order=2)
    if chi == INF:
        assert two > 700
    else:
        assert two == pytest.approx(math.log1p(chi), rel=1e-13, abs=ulps())


@given(pairs(), orders)
def test_infinite_only_where_support_is_missing(pair, order):
    p, q = pair
    missing, disjoint = np.any((p > 0) & (q == 0)), not np.any((p > 0) & (q > 0))
    infinite = missing if order >= 1 else disjoint
    assert math.isinf(kb.renyi_divergence(p, q, order=order)) == infinite


@given(coarse(), coarse(), orders)
def test_divergences_of_independent_pairs_add(first, second, order):
    p, q = (np.outer(a, b).ravel() for a, b in zip(first, second, strict=True))
    alone = sum(kb.renyi_divergence(a, b, order=order) for a, b in (first, second))
    together = kb.renyi_divergence(p, q, order=order)
    # Products are rounded, and sum to 1 up to 24 ulp.
    assert together == pytest.approx(alone, rel=1e-12, abs=1e-13)


@given(laws(), two_orders)
def test_renyi_entropy_never_increases_with_its_order(p, two):
    more, less = (kb.renyi_entropy(p, order=order) for order in two)
    assert at_most(less, more)
    assert at_most(more, math.log(len(p)), absolute=ulps(8))
    assert less >= -ulps()
    assert not np.signbit(less) or less < 0


@given(laws(), orders)
def test_renyi_and_tsallis_are_functions_of_each_other(p, order):
    """H = log(1 + (1 - a) S) / (1 - a)."""
    renyi, tsallis = (f(p, order=order) for f in (kb.renyi_entropy, kb.tsallis_entropy))
    if order == 1:
        assert renyi == tsallis == kb.entropy(p)
    elif order < 20:
        wanted = -math.expm1((1 - order) * renyi) / (order - 1)
        # Where p^a vanishes beside 1, S hardly depends on H: absolute.
        assert tsallis == pytest.approx(wanted, rel=1e-12, abs=SUBNORMAL)


@given(st.integers(1, 500), orders)
def test_of_equal_outcomes_every_renyi_entropy_is_log_k(k, order):
    h = kb.renyi_entropy(np.full(k, 1 / k), order=order)
    assert h == pytest.approx(math.log(k), rel=1e-14, abs=k * 2.0**-52)


@given(coarse(count=1), coarse(count=1), orders)
def test_renyi_entropies_of_independent_parts_add(one, other, order):
    (p,), (q,) = one, other
    both = kb.renyi_entropy(np.outer(p, q).ravel(), order=order)
    alone = kb.renyi_entropy(p, order=order) + kb.renyi_entropy(q, order=order)
    assert both == pytest.approx(alone, rel=1e-12, abs=1e-13)


@given(laws(), st.floats(0.0, 10.0))
def test_tsallis_entropy_is_largest_for_equal_outcomes(p, order):
    most = kb.tsallis_entropy(np.full(len(p), 1 / len(p)), order=order)
    assert kb.tsallis_entropy(p, order=order) >= -ulps()
    assert at_most(kb.tsallis_entropy(p, order=order), most, absolute=ulps(12))


# ---------------------------------------------------------------- all divergences


@EVERY
@FEWER
@given(pair=pairs())
def test_zero_only_for_equals(name, pair):
    p, q = pair
    d = DISTANCES[name](p, q)
    assert d >= 0
    assert not np.signbit(d)
    assert DISTANCES[name](p, p) == 0
    if np.max(np.abs(p - q)) > 1e-140:
        assert d > 0
    if name in SYMMETRIC:
        assert d == pytest.approx(DISTANCES[name](q, p), rel=ulps(), abs=SUBNORMAL)


@EVERY
@FEWER
@given(pair=pairs())
def test_merging_outcomes_loses_information(name, pair):
    """Data processing: after two outcomes are merged nothing is further apart."""
    assume(len(pair[0]) > 1)
    merged = [np.append(x[2:], x[0] + x[1]) for x in pair]
    # The sum of two outcomes is rounded.
    assert at_most(DISTANCES[name](*merged), DISTANCES[name](*pair), absolute=ulps())


@EVERY
@FEWER
@given(pair=rows_of_logits, shift=st.floats(-1e3, 1e3))
def test_logits_ignore_a_shift(name, pair, shift):
    """Logits up to 700 and their shift are rounded: ulp(1700) = 2e-13 in every exponent."""
    a, b = map(kb.Logits, pair)
    d = DISTANCES[name](a, b)
    assume(d < 1e300)
    moved = DISTANCES[name](kb.Logits(pair[0] + shift), b)
    assert moved == pytest.approx(d, rel=3e-12 * (30 if name == "renyi-30" else 1), abs=1e-9)
    assert DISTANCES[name](a, a) == 0


@EVERY
@FEWER
@given(pair=pairs(), order=st.randoms(use_true_random=False))
def test_the_order_of_outcomes_does_not_matter(name, pair, order):
    places = list(range(len(pair[0])))
    order.shuffle(places)
    d = DISTANCES[name](*pair)
    assert DISTANCES[name](*(x[places] for x in pair)) == pytest.approx(
        d, rel=RELATIVE, abs=SUBNORMAL
    )


@given(pairs())
def test_ranges(pair):
    p, q = pair
    disjoint = not np.any((p > 0) & (q > 0))
    for distance in (kb.total_variation_distance, kb.hellinger_distance):
        d = distance(p, q)
        assert 0 <= d <= 1 + ulps()
        assert not disjoint or d == pytest.approx(1, rel=ulps())
    assert math.isinf(kb.bhattacharyya_distance(p, q)) == disjoint
    assert not np.any((p > 0) & (q == 0)) or kb.chi_squared_divergence(p, q) == INF


@given(pairs())
def test_one_bounds_the_other(pair):
    """H^2 <= TV <= H sqrt(2 - H^2); TV <= Pinsker and Bretagnolle-Huber; D <= log(1 + chi^2)."""
    p, q = pair
    tv, h = kb.total_variation_distance(p, q), kb.hellinger_distance(p, q)
    slack = ulps()
    assert at_most(h**2, tv, slack)
    assert at_most(tv, h * math.sqrt(max(2 - h**2, 0)), slack)
    for kl in (kb.kl_divergence(p, q), kb.kl_divergence(q, p)):
        assert at_most(tv, kb.pinsker_bound(kl), slack)
        assert at_most(tv, kb.bretagnolle_huber_bound(kl), slack)
    assert at_most(kb.kl_divergence(p, q), math.log1p(kb.chi_squared_divergence(p, q)), slack)
    if h < 0.99:
        assert kb.bhattacharyya_distance(p, q) == pytest.approx(-math.log1p(-(h**2)), rel=1e-13)


@given(pairs(count=3))
def test_total_variation_and_hellinger_are_metrics(triple):
    p, q, r = triple
    for d in (kb.total_variation_distance, kb.hellinger_distance):
        assert d(p, r) <= (d(p, q) + d(q, r)) * (1 + ulps()) + 1e-161


@given(coarse())
def test_f_divergence_is_what_f_says(pair):
    """The named measures by their functions; f sees a rounded ratio: absolute."""

    def entropic(t):
        return np.where(t > 0, t * np.log(np.where(t > 0, t, 1)), 0) - t + 1

    named = [
        (lambda t: np.abs(t - 1) / 2, 0.5, kb.total_variation_distance(*pair)),
        (lambda t: (np.sqrt(t) - 1) ** 2 / 2, 0.5, kb.hellinger_distance(*pair) ** 2),
        (lambda t: (t - 1) ** 2, INF, kb.chi_squared_divergence(*pair)),
        (entropic, INF, kb.kl_divergence(*pair)),
    ]
    for f, slope, wanted in named:
        d = kb.f_divergence(*pair, f, slope_at_infinity=slope)
        assert d == pytest.approx(wanted, rel=RELATIVE, abs=ulps())


@given(pairs())
def test_probs_and_log_probs_agree(pair):
    """The logarithm of a float has an error of half an ulp of |log p| <= 745: absolute."""
    with np.errstate(divide="ignore"):
        logs = [kb.LogProbs(np.log(x)) for x in pair]
    for f in DISTANCES.values():
        d = f(*pair)
        assume(d < 1e290 or d == INF)
        # A root of what is lost, 1e-16, is 1e-8.
        lost = 1e-7 if f is kb.hellinger_distance else 1e-13
        assert f(*logs) == pytest.approx(d, rel=1e-11, abs=lost)
