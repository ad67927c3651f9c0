"""What holds for every distribution, on 500 examples each that hypothesis looks for."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import kullback as kb

EPS = 2.0**-52
weights = st.one_of(
    st.just(0.0), st.floats(1e-3, 1.0), st.floats(1e-300, 1e-3), st.sampled_from([5e-324, 1e-310])
)
names = st.sampled_from(["nats", "bits", "hartleys"])


def normalised(row):
    row = np.array(row)
    return row / row.sum()


@st.composite
def laws(draw, size=None, positive=False):
    """Draw probabilities over 1 to 12 outcomes: zeros, subnormals and ordinary ones."""
    size = draw(st.integers(1, 12)) if size is None else size
    some = st.floats(1e-3, 1.0) if positive else weights
    row = draw(st.lists(some, min_size=size, max_size=size))
    assume(sum(row) >= 1e-3)
    return normalised(row)


@st.composite
def pairs(draw, positive=False, count=2):
    """Draw several laws over the same outcomes."""
    size = draw(st.integers(1, 12))
    return tuple(draw(laws(size, positive=positive)) for _ in range(count))


@st.composite
def near_pairs(draw):
    """Draw a law and one that differs from it by as little as one ulp, and is not equal."""
    size = draw(st.integers(2, 8))
    p = draw(laws(size, positive=True))
    q = p.copy()
    i, j = draw(st.permutations(range(size)))[:2]
    ulps = draw(st.one_of(st.integers(1, 64), st.integers(1, 2**40)))
    move = min(ulps * EPS * min(p[i], p[j]), 0.5 * p[j])
    q[i], q[j] = p[i] + move, p[j] - move
    assume(not np.array_equal(p, q))
    return p, q


rows_of_logits = st.integers(1, 8).flatmap(
    lambda k: st.tuples(
        *[st.lists(st.floats(-700, 700), min_size=k, max_size=k).map(np.array) for _ in range(2)]
    )
)


# Rounding of a sum of K <= 12 terms whose size is at most `size`.
def ulps(size=1.0, count=16):
    return count * EPS * max(1.0, size)


# ---------------------------------------------------------------- Gibbs and the identity


@given(pairs())
@example((np.array([5e-324, 1.0]), np.array([0.0, 1.0])))
@example((np.array([0.0, 1.0]), np.array([5e-324, 1.0])))
def test_gibbs(pair):
    """D >= 0; D = 0 for p = q; D > 0 else, unless it is smaller than every float."""
    p, q = pair
    d = kb.kl_divergence(p, q)
    assert d >= 0
    assert kb.kl_divergence(p, p) == 0
    if np.max(np.abs(p - q)) > 1e-150:
        assert d > 0


@given(near_pairs())
def test_gibbs_for_nearly_equal(pair):
    """One ulp of difference is seen, and is worth (q - p)^2 / 2p to first order."""
    p, q = pair
    relative = np.max(np.abs(q - p) / p)
    leading = np.sum((q - p) ** 2 / (2 * p))
    for d in (
        kb.kl_divergence(p, q),
        kb.kl_divergence(q, p),
        4 * kb.jensen_shannon_divergence(p, q),
    ):
        assert d > 0
        # The next term of the series is at most 2/3 of `relative`, and as much again beyond.
        assert abs(d / leading - 1) <= 2 * relative + ulps()


@given(rows_of_logits)
def test_gibbs_for_logits(pair):
    a, b = map(kb.Logits, pair)
    assert kb.kl_divergence(a, b) >= 0
    assert kb.kl_divergence(a, a) == 0
    assert kb.jensen_shannon_divergence(a, b) >= 0


@given(pairs())
def test_cross_entropy_is_entropy_plus_divergence(pair):
    """Up to rounding: the floats sum to 1 only within K/2 ulp, which D's definition adds."""
    p, q = pair
    left = kb.cross_entropy(p, q)
    right = kb.entropy(p) + kb.kl_divergence(p, q)
    if math.isinf(left):
        assert math.isinf(right)
    else:
        assert abs(left - right) <= ulps(left)


@given(pairs())
def test_mean_log_likelihood_ratio_is_the_divergence(pair):
    p, q = pair
    support = np.flatnonzero(p)
    ratio = kb.log_likelihood_ratio(support, p, q)
    mean, d = np.sum(p[support] * ratio), kb.kl_divergence(p, q)
    if math.isinf(d):
        assert mean == math.inf
    else:
        assert abs(mean - d) <= ulps(np.max(np.abs(ratio)))


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_divergence_is_not_symmetric(a, b):
    """For two outcomes D(p || q) = D(q || p) only where q is p, or p with its outcomes swapped."""
    p, q = np.array([a, 1 - a]), np.array([b, 1 - b])
    there, back = kb.kl_divergence(p, q), kb.kl_divergence(q, p)
    # The gap is about D times the distance to both symmetric cases; 1e-4 of each stays visible.
    if abs(a - b) > 1e-4 and abs(a + b - 1) > 1e-4 and math.isfinite(there + back):
        assert there != back
    if math.isfinite(there) != math.isfinite(back):
        assert there != back
    swapped = kb.kl_divergence(p, p[::-1].copy())
    assert swapped == pytest.approx(kb.kl_divergence(p[::-1].copy(), p), rel=1e-13)


# ---------------------------------------------------------------- bounds


@given(laws())
def test_entropy_is_between_zero_and_log_k(p):
    h = kb.entropy(p)
    assert 0 <= h <= math.log(len(p)) + ulps(math.log(len(p)))
    assert not np.signbit(h)
    assert (h == 0) == (np.max(p) == 1.0 and np.all(p[p < 1] < 1e-300)) or h > 0


@given(st.integers(1, 1000))
def test_uniform_has_most(k):
    h = kb.entropy(np.full(k, 1 / k))
    assert h == pytest.approx(math.log(k), rel=k * EPS, abs=k * EPS)
    assert kb.perplexity(np.full(k, 1 / k)) == pytest.approx(k, rel=8 * k * EPS)


@given(pairs())
def test_jensen_shannon_is_between_zero_and_log_two(pair):
    p, q = pair
    js = kb.jensen_shannon_divergence(p, q)
    assert 0 <= js <= math.log(2) + ulps()
    assert js == pytest.approx(kb.jensen_shannon_divergence(q, p), rel=ulps(), abs=5e-324)
    assert kb.jensen_shannon_divergence(p, p) == 0
    if not np.any((p > 0) & (q > 0)):
        assert js == pytest.approx(math.log(2), rel=ulps())


@given(pairs(count=3))
def test_jensen_shannon_distance_is_a_metric(triple):
    p, q, r = triple
    d = kb.jensen_shannon_distance
    # Each distance has a relative error of some ulp, and a root of a subnormal is 1e-162.
    assert d(p, r) <= (d(p, q) + d(q, r)) * (1 + ulps()) + 1e-161
    assert d(p, q) == pytest.approx(d(q, p), rel=ulps(), abs=1e-161)


@given(near_pairs(), st.integers(1, 2**20))
def test_the_triangle_holds_for_the_smallest_triangles(pair, ulps_away):
    p, q = pair
    r = q.copy()
    move = ulps_away * EPS * min(q[0], q[-1]) / 2
    r[0], r[-1] = q[0] + move, q[-1] - move
    d = kb.jensen_shannon_distance
    # Collinear points meet the bound with equality to third order, so only ulps are left.
    assert d(p, r) <= (d(p, q) + d(q, r)) * (1 + ulps())


@given(pairs())
def test_jeffreys_is_symmetric_and_the_sum(pair):
    p, q = pair
    j = kb.jeffreys_divergence(p, q)
    assert j == kb.jeffreys_divergence(q, p)
    assert j == kb.kl_divergence(p, q) + kb.kl_divergence(q, p)


# ---------------------------------------------------------------- independence and structure


@st.composite
def supported_pairs(draw):
    """Draw p with its zeros, and q without any."""
    size = draw(st.integers(1, 8))
    return draw(laws(size)), draw(laws(size, positive=True))


@given(supported_pairs(), supported_pairs())
def test_independent_pairs_add(first, second):
    p, q = (np.outer(a, b).ravel() for a, b in zip(first, second, strict=True))
    h = kb.entropy(first[0]) + kb.entropy(second[0])
    assert abs(kb.entropy(p) - h) <= ulps(h, 64)  # products underflow and sum to 1 +- 24 ulp
    alone = [kb.kl_divergence(a, b) for a, b in (first[:2], second[:2])]
    together = kb.kl_divergence(p, q)
    assert abs(together - sum(alone)) <= ulps(sum(alone), 64)


@st.composite
def joints(draw):
    """Draw a joint table over three variables."""
    shape = tuple(draw(st.integers(1, 4)) for _ in range(3))
    row = draw(st.lists(weights, min_size=math.prod(shape), max_size=math.prod(shape)))
    assume(sum(row) >= 1e-3)
    return normalised(row).reshape(shape)


@given(joints())
def test_chain_rule(table):
    """H(x, y, z) = H(x) + H(y | x) + H(z | x, y), whatever the order; conditioning reduces H."""
    joint = kb.Joint(table, ["x", "y", "z"])
    whole = kb.entropy(joint)
    for a, b, c in itertools.permutations("xyz"):
        parts = (
            kb.entropy(joint, a)
            + kb.entropy(joint, b, given=a)
            + kb.entropy(joint, c, given=(a, b))
        )
        assert abs(whole - parts) <= ulps(whole, 128)  # sums of up to 64 cells, six times
        assert kb.entropy(joint, c, given=(a, b)) <= kb.entropy(joint, c, given=a) + ulps(
            whole, 128
        )
        assert kb.entropy(joint, c, given=(a, b)) >= 0
        assert kb.entropy(joint, a, b) >= kb.entropy(joint, a) - ulps(whole, 128)


@given(laws(), st.randoms(use_true_random=False))
def test_grouping(p, random):
    """H(p) = H(groups) + sum of group probability times the entropy within (Shannon's third)."""
    group = np.array([random.randrange(3) for _ in p])
    total = np.array([p[group == g].sum() for g in range(3)])
    within = sum(
        total[g] * kb.entropy(p[group == g] / total[g]) for g in range(3) if total[g] > 1e-290
    )
    assert abs(kb.entropy(p) - kb.entropy(total) - within) <= ulps(kb.entropy(p), 64)


@given(pairs(), st.randoms(use_true_random=False))
def test_the_order_of_outcomes_does_not_matter(pair, random):
    order = list(range(len(pair[0])))
    random.shuffle(order)
    p, q = pair
    a, b = p[order], q[order]
    assert kb.entropy(a) == pytest.approx(kb.entropy(p), rel=ulps(), abs=0)
    for verb in (
        kb.cross_entropy,
        kb.kl_divergence,
        kb.jensen_shannon_divergence,
        kb.jeffreys_divergence,
    ):
        # Nonnegative terms, so another order of summing costs some ulp of the sum itself.
        assert verb(a, b) == pytest.approx(verb(p, q), rel=ulps(), abs=5e-323)


@given(pairs())
def test_merging_outcomes_loses_information(pair):
    """Data processing: what is left after two outcomes are merged is never further apart."""
    p, q = pair
    assume(len(p) > 1)
    merged = [np.append(x[2:], x[0] + x[1]) for x in pair]
    for verb in (kb.kl_divergence, kb.jensen_shannon_divergence):
        assert verb(*merged) <= verb(p, q) * (1 + ulps()) + ulps()
    assert kb.entropy(merged[0]) <= kb.entropy(p) + ulps(kb.entropy(p))


# ---------------------------------------------------------------- infinity, units, kinds


@given(pairs())
def test_infinite_only_where_support_is_missing(pair):
    p, q = pair
    missing = bool(np.any((p > 0) & (q == 0)))
    assert math.isinf(kb.kl_divergence(p, q)) == missing
    assert math.isinf(kb.cross_entropy(p, q)) == missing
    with np.errstate(over="ignore"):  # exp(710) is beyond every float
        assert math.isinf(kb.perplexity(p, q)) == missing or kb.cross_entropy(p, q) > 709
    assert math.isinf(kb.jeffreys_divergence(p, q)) == bool(np.any((p > 0) != (q > 0)))
    assert math.isfinite(kb.jensen_shannon_divergence(p, q))
    assert math.isfinite(kb.entropy(p))
    assert bool(kb.explain(p, q).infinite_because) == missing


@given(pairs(), names)
def test_units_convert_exactly(pair, name):
    p, q = pair
    size = {"nats": 1.0, "bits": math.log(2), "hartleys": math.log(10)}[name]
    assert kb.entropy(p, unit=name) == kb.entropy(p) / size
    for verb in (kb.cross_entropy, kb.kl_divergence, kb.jensen_shannon_divergence):
        assert verb(p, q, unit=name) == verb(p, q) / size
    np.testing.assert_array_equal(kb.self_information(p, unit=name), kb.self_information(p) / size)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=10), names, names)
def test_estimates_convert_there_and_back(counts, first, second):
    assume(sum(counts) > 1)
    e = kb.entropy(kb.Counts(counts), unit=first)
    back = e.to(second).to(first)
    assert back.unit == e.unit
    assert float(back) == pytest.approx(float(e), rel=4 * EPS, abs=0)  # two products, two quotients
    assert (back.std_error is None) == (e.std_error is None)
    if e.std_error is not None:
        assert float(back.std_error) == pytest.approx(float(e.std_error), rel=4 * EPS)
        low, high = e.interval()
        assert low <= float(e) <= high


@given(pairs())
def test_probs_and_log_probs_agree(pair):
    """The logarithm of a float has an error of half an ulp of |log p| <= 745: absolute."""
    p, q = pair
    with np.errstate(divide="ignore"):
        logs = [kb.LogProbs(np.log(x)) for x in pair]
    assert kb.entropy(logs[0]) == pytest.approx(kb.entropy(p), abs=ulps(8, 64))
    for verb in (kb.cross_entropy, kb.kl_divergence, kb.jensen_shannon_divergence):
        assert verb(*logs) == pytest.approx(verb(p, q), rel=ulps(8, 64), abs=ulps(8, 64))


@given(rows_of_logits, st.floats(-1e3, 1e3))
def test_logits_agree_with_their_log_probs_and_ignore_a_shift(pair, shift):
    """Logits up to 700 and their shift are rounded: ulp(1700) = 2e-13 in every exponent."""
    a, b = map(kb.Logits, pair)
    logs = [kb.LogProbs(x.log_probs) for x in (a, b)]
    moved = kb.Logits(pair[0] + shift)
    for verb in (kb.cross_entropy, kb.kl_divergence, kb.jensen_shannon_divergence):
        wanted = verb(a, b)
        assert verb(*logs) == pytest.approx(wanted, rel=3e-12, abs=3e-12)
        assert verb(moved, b) == pytest.approx(wanted, rel=3e-12, abs=2e-9)
    assert kb.entropy(moved) == pytest.approx(kb.entropy(a), rel=3e-12, abs=3e-12 * 700)


@given(st.integers(1, 6).flatmap(lambda k: st.tuples(st.just(k), st.integers(0, k - 1), laws(k))))
def test_labels_are_one_hot(drawn):
    k, y, q = drawn
    label, one_hot = kb.Labels(np.array(y), k), np.eye(k)[y]
    np.testing.assert_array_equal(label.probs, one_hot)
    assert kb.entropy(label) == kb.entropy(one_hot) == 0
    loss = kb.cross_entropy(label, q)
    assert loss == kb.cross_entropy(one_hot, q) == -kb.log_likelihood(np.array(y), q)
    # D of two tables adds sum q - sum p, which is some ulp.
    assert kb.kl_divergence(one_hot, q) == pytest.approx(loss, abs=ulps(), rel=ulps())


@given(pairs())
def test_shares_add_up_to_the_divergence(pair):
    p, q = pair
    e = kb.explain(p, q)
    if math.isfinite(e.kl_pq):
        assert math.fsum(e.shares) == pytest.approx(e.kl_pq, abs=ulps(sum(map(abs, e.shares)), 64))
