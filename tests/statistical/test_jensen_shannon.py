"""The two-sample Jensen-Shannon statistics against enumeration, brute force and known laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from kullback.errors import KullbackError
from kullback.estimators.divergence import permutation
from kullback.estimators.divergence.jensen_shannon import jensen_shannon_two_sample
from kullback.estimators.divergence.permutation import permutation_sums

LOG2 = math.log(2.0)


def fingerprint(old, new):
    pairs, values = np.unique(np.stack([old, new]), axis=1, return_counts=True)
    seen = pairs.sum(axis=0) > 0
    return pairs[0, seen], pairs[1, seen], values[seen]


def divergence(p, q):
    both = (p + q) / 2.0
    sides = [law[law > 0] * np.log(law[law > 0] / both[law > 0]) for law in (p, q)]
    return float(np.concatenate(sides).sum()) / 2.0


def zipf(k):
    weights = 1.0 / np.arange(1, k + 1)
    return weights / weights.sum()


def hash_term(a, b):
    """Give every pair of counts a value of its own, so that a sum names its table."""
    return np.stack([np.sin(1.0 + 7.0 * a + 3.0 * b) + a * b])


@pytest.mark.parametrize(
    ("totals", "n_old"),
    [
        pytest.param([4, 3, 2], 4, id="by_outcome"),
        pytest.param([2] * 5, 4, id="by_slot_of_two"),
        pytest.param([3] * 7 + [1], 9, id="by_slot_of_three"),
        pytest.param([5, 2, 2, 2, 2, 1, 1], 6, id="mixed"),
    ],
)
def test_null_has_the_enumerated_law(totals, n_old):
    exact = {}
    for shares in itertools.product(*(range(m + 1) for m in totals)):
        if sum(shares) == n_old:
            a, m = np.array(shares), np.array(totals)
            key = round(float(hash_term(a, m - a).sum()), 9)
            ways = math.prod(math.comb(t, s) for t, s in zip(totals, shares, strict=True))
            exact[key] = exact.get(key, 0) + ways
    draws = 40_000
    (sums,) = permutation_sums(
        np.array(totals), np.ones(len(totals), int), n_old, hash_term, draws=draws
    )
    keys, seen = np.unique(sums.round(9), return_counts=True)
    observed = dict(zip(keys.tolist(), seen.tolist(), strict=True))
    assert set(observed) <= set(exact)
    total = math.comb(sum(totals), n_old)
    assert sum(exact.values()) == total
    expected = {key: draws * ways / total for key, ways in exact.items()}
    chi2 = sum((observed.get(key, 0) - e) ** 2 / e for key, e in expected.items())
    df = len(expected) - 1
    assert chi2 < df + 4.0 * math.sqrt(2.0 * df)


def test_rejection_sampler_has_the_hypergeometric_law():
    rng = np.random.default_rng(0)
    good, bad, draws = 6, 9, 60_000
    for sample in (4, 11):
        drawn = permutation._large_hypergeometric(
            rng, np.full(draws, good), np.full(draws, bad), np.full(draws, sample)
        )
        exact = np.array(
            [math.comb(good, k) * math.comb(bad, sample - k) for k in range(sample + 1)], float
        )
        exact *= draws / exact.sum()
        seen = np.bincount(drawn, minlength=len(exact))
        assert not seen[exact == 0].any()
        assert ((seen - exact)[exact > 0] ** 2 / exact[exact > 0]).sum() < 25


def test_more_rows_than_the_sampler_of_numpy_takes():
    rows = 3 * 10**9
    found = jensen_shannon_two_sample([rows, rows], [rows, rows + 10**6], [1, 1], draws=200)
    assert found.null_mean == pytest.approx(1.0 / (4 * 2 * rows), rel=0.4)
    assert found.p_value < 0.01


def test_null_mean_is_that_of_shuffled_rows():
    rng = np.random.default_rng(5)
    old, new = rng.poisson(2.0, 60), rng.poisson(1.0, 60)
    labels = np.repeat(np.arange(60), old + new)
    n_old = int(old.sum())
    brute = []
    for _ in range(2000):
        rng.shuffle(labels)
        counts = [np.bincount(part, minlength=60) for part in (labels[:n_old], labels[n_old:])]
        brute.append(divergence(*(c / c.sum() for c in counts)))
    found = jensen_shannon_two_sample(*fingerprint(old, new))
    error = math.hypot(np.std(brute), found.null_std) / math.sqrt(2000)
    assert found.null_mean == pytest.approx(np.mean(brute), abs=4 * error)
    assert found.null_std == pytest.approx(np.std(brute), rel=0.1)


def test_equal_shares_give_exactly_zero():
    found = jensen_shannon_two_sample([3, 7, 30], [6, 14, 60], [5, 1, 2])
    assert found.raw == 0.0
    assert found.p_value == 1.0
    assert found.interval[0] == 0.0


@pytest.mark.parametrize("sizes", [(200, 200), (1000, 200)])
def test_disjoint_samples_give_log_2(sizes):
    old, new = (np.arange(1, 21) * n // 200 for n in sizes)
    found = jensen_shannon_two_sample(
        np.r_[old, 0 * old], np.r_[0 * new, new], np.ones(40, int), draws=200
    )
    assert found.raw == pytest.approx(LOG2, abs=1e-15)
    assert found.corrected == pytest.approx(LOG2, abs=1e-3)
    assert found.interval[1] == pytest.approx(LOG2, abs=1e-12)
    assert found.p_value == 1 / 201


def test_one_category_says_that_nothing_changed():
    found = jensen_shannon_two_sample([5], [9], [1], draws=50)
    assert (found.raw, found.p_value) == (0.0, 1.0)
    assert found.corrected == pytest.approx(0.0, abs=1e-12)


def test_all_unique_values_identify_nothing():
    found = jensen_shannon_two_sample([1, 0], [0, 1], [100_000, 100_000], draws=100)
    assert found.notes == ("not_identified",)
    assert found.p_value == 1.0
    assert found.corrected == 0.0
    assert found.interval == (0.0, LOG2)
    assert found.raw == pytest.approx(found.null_mean)


def test_single_rows():
    found = jensen_shannon_two_sample([1, 0], [0, 1], [1, 1], draws=50)
    assert found.raw == pytest.approx(LOG2)
    assert "not_identified" in found.notes


@pytest.mark.parametrize("sizes", [(20_000, 20_000), (30_000, 4_000)])
def test_order_and_direction_do_not_matter(sizes):
    rng = np.random.default_rng(3)
    old, new, values = fingerprint(*(rng.multinomial(n, zipf(2000)) for n in sizes))
    found = jensen_shannon_two_sample(old, new, values, draws=100)
    shuffled = rng.permutation(len(values))
    assert found == jensen_shannon_two_sample(
        old[shuffled], new[shuffled], values[shuffled], draws=100
    )
    assert found == jensen_shannon_two_sample(new, old, values, draws=100)
    split = (np.r_[old, old], np.r_[new, new], np.r_[values // 2, values - values // 2])
    merged = jensen_shannon_two_sample(*split, draws=100)
    assert merged.p_value == found.p_value
    assert merged.corrected == pytest.approx(found.corrected, abs=1e-12)


def test_no_false_alarm_on_a_long_tail():
    p = zipf(50_000)
    alarms, shifts = 0, []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        samples = (rng.multinomial(100_000, p) for _ in range(2))
        found = jensen_shannon_two_sample(*fingerprint(*samples), draws=199)
        alarms += found.p_value <= 0.05
        shifts.append(found.corrected)
        assert abs(found.corrected) < 4 * found.std_error
        assert found.raw > 0.09
    assert alarms <= 3
    assert abs(np.mean(shifts)) < 1e-3


def laws(shift, k):
    rng = np.random.default_rng(k)
    p = zipf(k)
    if shift == "none":
        return p, p
    if shift == "disjoint":
        return np.r_[p, np.zeros(k)], np.r_[np.zeros(k), p]
    if shift == "odds":
        q = p * np.exp(rng.standard_normal(k))
        return p, q / q.sum()
    if shift == "new":
        return np.r_[p, np.zeros(k // 5)], np.r_[0.8 * p, np.full(k // 5, 0.2 / (k // 5))]
    q = np.where(rng.random(k) < 0.5, 0.3, 1.0) * p
    return p, q / q.sum()


@pytest.mark.parametrize("k", [5, 500, 50_000])
@pytest.mark.parametrize("shift", ["none", "odds", "new", "move", "disjoint"])
@pytest.mark.parametrize("sizes", [(100_000, 100_000), (100_000, 20_000)])
def test_corrected_is_near_the_truth(k, shift, sizes):
    p, q = laws(shift, k)
    truth = divergence(p, q)
    rng = np.random.default_rng(k + 1)
    near = 0
    for _ in range(5):
        counts = rng.multinomial(sizes[0], p), rng.multinomial(sizes[1], q)
        found = jensen_shannon_two_sample(*fingerprint(*counts), draws=100)
        near += abs(found.corrected - truth) <= max(0.06 * truth, 2 * found.std_error) + 1e-12
        assert shift == "none" or found.p_value < 0.05
    # Two standard errors are left one time in 22: two of five are, once in 60 cells.
    assert near >= 3


@pytest.mark.parametrize("rows", [50, 300, 2000])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([0.5, 0.5], [0.55, 0.45]),
        ([0.99, 0.01], [0.97, 0.03]),
        ([0.9, 0.1], [0.99, 0.01]),
        ([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]),
    ],
)
def test_intervals_of_small_samples_hold_the_truth(p, q, rows):
    truth = divergence(np.array(p), np.array(q))
    rng = np.random.default_rng(rows)
    held = 0
    for _ in range(200):
        counts = fingerprint(rng.multinomial(rows, p), rng.multinomial(rows, q))
        low, high = jensen_shannon_two_sample(*counts, draws=50).interval
        held += low <= truth <= high
    # 95 % of 200 with 3 standard errors of the count; wider intervals than that are allowed.
    assert held >= 181


@pytest.mark.parametrize("k", [3, 100])
def test_the_standard_error_is_the_spread(k):
    p, q = laws("odds", k)
    rng = np.random.default_rng(k)
    found = [
        jensen_shannon_two_sample(
            *fingerprint(rng.multinomial(20_000, p), rng.multinomial(20_000, q)), draws=50
        )
        for _ in range(300)
    ]
    spread = np.std([x.corrected for x in found], ddof=1)
    # The spread of 300 values is itself known to 4 %; three of those, and 6 % for the method.
    assert np.mean([x.std_error for x in found]) == pytest.approx(spread, rel=0.18)


def test_the_interval_holds_the_estimate_and_is_no_point():
    rng = np.random.default_rng(8)
    for _ in range(50):
        counts = fingerprint(*(rng.multinomial(500, [0.7, 0.2, 0.1]) for _ in range(2)))
        found = jensen_shannon_two_sample(*counts, draws=50)
        low, high = found.interval
        assert low <= max(found.corrected, 0) < high


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        (([1, -1], [1, 2], [1, 1]), {}),
        (([1, 2], [1, 2], [1]), {}),
        (([1.5], [1.0], [1]), {}),
        (([0, 0], [1, 2], [3, 3]), {}),
        (([1], [1], [1]), {"level": 1.0}),
        (([1], [1], [1]), {"draws": 0}),
    ],
)
def test_what_is_not_a_fingerprint_is_refused(fields, options):
    with pytest.raises(KullbackError):
        jensen_shannon_two_sample(*fields, **options)
