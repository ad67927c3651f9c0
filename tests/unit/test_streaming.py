"""Running means and counts: exact, mergeable, with errors that hold."""

from __future__ import annotations

import json
import math
import pickle
import statistics
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kullback as kb
from kullback.learning import (
    RunningCalibration,
    RunningMean,
    all_reduce,
    running_calibration,
    running_cross_entropy,
    running_kl_divergence,
)
from kullback.learning._exact_sums import exact_dot, exact_sum

FLOATS = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40)
PAIRS = st.lists(
    st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=40
)


@pytest.fixture
def rng():
    return np.random.default_rng(20240517)


# ---------------------------------------------------------------- the sums


@given(FLOATS)
def test_a_sum_is_exact(x):
    assert exact_sum(np.array(x, dtype=float)) == sum(map(Fraction, x))


@given(PAIRS)
def test_a_sum_of_products_is_exact(pairs):
    x, y = np.array(pairs).T
    assert exact_dot(x, y) == sum(Fraction(a) * Fraction(b) for a, b in pairs)


def test_sums_over_several_blocks_agree_with_fsum(rng):
    x = rng.standard_normal(100_003) * 10.0 ** rng.integers(-20, 20, 100_003)
    assert float(exact_sum(x)) == math.fsum(x.tolist())
    ones = np.full(100_003, np.nextafter(2.0, 0.0))  # every digit of each is 1
    assert exact_sum(ones) == 100_003 * Fraction(ones[0])


# ---------------------------------------------------------------- merging


def shards(n, rng):
    """Return 100 slices of n rows, some of them empty, in random order."""
    cuts = np.sort(rng.integers(0, n, 99)).tolist()
    pieces = [slice(a, b) for a, b in zip([0, *cuts], [*cuts, n], strict=True)]
    return [pieces[i] for i in rng.permutation(100)]


OPTIONS = {
    "rows": (),
    "mask": ("mask",),
    "weights": ("weights",),
    "sizes": ("sizes",),
    "all": ("mask", "weights", "sizes"),
}


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("names", OPTIONS.values(), ids=OPTIONS)
def test_shards_merged_in_any_order_equal_one_pass(names, clustered, rng):
    shape = (3000, 7) if clustered else (3000,)
    x = rng.gamma(0.5, 10.0, shape)
    arrays = {
        "mask": rng.random(shape) < 0.8,
        "weights": rng.random(shape),
        "sizes": rng.random(3000),
    }
    given = {name: arrays[name] for name in names}
    whole = RunningMean.of(x, clustered=clustered, **given)
    parts = [
        RunningMean.of(x[s], clustered=clustered, **{k: v[s] for k, v in given.items()})
        for s in shards(3000, rng)
    ]
    merged = sum(parts)
    assert merged == whole
    assert merged.mean().to_dict() == whole.mean().to_dict()
    # Files hold the same to the last bit.
    by_file = [RunningMean.from_dict(json.loads(json.dumps(part.to_dict()))) for part in parts]
    assert sum(by_file) == whole
    assert pickle.loads(pickle.dumps(merged)) == whole  # noqa: S301 (our own bytes)


def test_padding_changes_nothing(rng):
    x = rng.gamma(2.0, 1.0, (50, 33))
    wide = np.full((50, 100), np.nan)
    wide[:, :33] = x
    there = np.broadcast_to(np.arange(100) < 33, wide.shape)
    padded = RunningMean.of(wide, mask=there, clustered=True)
    assert padded == RunningMean.of(x, clustered=True)
    empty = RunningMean.of(wide[:, 33:], mask=False, clustered=True)
    assert empty == RunningMean()
    assert padded + empty == padded


def test_documents_without_rows_are_left_out():
    assert RunningMean.of(np.zeros((3, 0)), clustered=True, sizes=[1, 2, 3]) == RunningMean()


def test_nothing_yet_adds_to_nothing():
    for state in (RunningMean.of([0.5]), RunningCalibration.of([0.5], [True], bins=4)):
        nothing = type(state)()
        assert state + nothing == nothing + state == sum([nothing, state, nothing]) == state
        assert type(state).from_dict(json.loads(json.dumps(nothing.to_dict()))) == nothing


def test_a_hundred_million_tokens_keep_counting(rng):
    losses = rng.gamma(2.0, 1.0, 100_000)
    part = RunningMean.of(losses)
    whole = sum([part] * 1000)
    assert whole.n == 10**8
    mean = whole.mean()
    # The sum of all is 1000 times that of these, which `fsum` rounds once.
    assert float(mean) == pytest.approx(math.fsum(losses.tolist()) / losses.size, rel=1e-15)
    spread = math.fsum(((losses - float(mean)) ** 2).tolist()) / losses.size
    assert float(mean.std_error) == pytest.approx(math.sqrt(spread / (10**8 - 1)), rel=1e-14)
    # One more token is not lost, although it is 1e-8 of the rest.
    more = whole + RunningMean.of([0.125])
    assert more.total - whole.total == Fraction(1, 8)
    assert len(json.dumps(more.to_dict())) < 1000


# ---------------------------------------------------------------- means and their errors


def test_rows_have_the_textbook_mean_and_error(rng):
    x = rng.gamma(2.0, 1.0, 1000)
    mean = RunningMean.of(x).mean()
    assert mean.n == 1000
    assert mean.unit == kb.NATS
    # statistics works with fractions, too, and each side rounds a few times.
    assert float(mean) == pytest.approx(statistics.mean(x.tolist()), rel=1e-15)
    error = statistics.stdev(x.tolist()) / math.sqrt(1000)
    assert float(mean.std_error) == pytest.approx(error, rel=1e-15)


def test_a_small_spread_on_a_large_mean_is_kept():
    x = 1e9 + np.array([0.25, -0.25] * 5000)  # whose squares lose it, and may give less than 0
    error = RunningMean.of(x).mean().std_error
    assert float(error) == pytest.approx(0.25 / math.sqrt(9999), rel=1e-15)
    same = RunningMean.of(np.full(1000, 0.1)).mean()
    assert (float(same), float(same.std_error)) == (0.1, 0.0)


def test_a_ratio_has_the_delta_method_error(rng):
    size = rng.integers(1, 500, 300)
    total = size * rng.gamma(5.0, 0.2, 300)
    ratio = RunningMean.of(total, sizes=size).mean("bits")
    r = math.fsum(total) / size.sum()
    left = total - r * size
    error = math.sqrt(300 / 299 * math.fsum(left**2)) / size.sum()
    assert float(ratio) == pytest.approx(r / math.log(2), rel=1e-14)
    assert float(ratio.std_error) == pytest.approx(error / math.log(2), rel=1e-12)
    assert ratio.n == 300
    assert ratio.unit == kb.BITS


def test_weights_multiply_value_and_size(rng):
    x, w = rng.gamma(2.0, 1.0, 50), rng.integers(0, 4, 50)
    weighted = RunningMean.of(x, weights=w)
    repeated = RunningMean.of(np.repeat(x, w))
    # Products of weight and value are rounded once each.
    assert float(weighted.mean()) == pytest.approx(float(repeated.mean()), rel=1e-15)
    assert weighted.n == np.count_nonzero(w)
    by_hand = RunningMean.of(x * w, sizes=w, mask=w > 0)
    assert weighted == by_hand


def test_clusters_are_the_totals_of_their_rows(rng):
    x, mask = rng.gamma(2.0, 1.0, (40, 5, 3)), rng.random((40, 5, 3)) < 0.7
    clustered = RunningMean.of(x, mask=mask, clustered=True)
    totals = [math.fsum(row[m]) for row, m in zip(x, mask, strict=True)]
    assert clustered == RunningMean.of(totals, sizes=mask.sum((1, 2)))


def documents(rng, n):
    """Return losses of tokens in n documents that differ, of many lengths, and their mask."""
    length = rng.integers(5, 60, n)
    level = 2.0 + 0.4 * rng.standard_normal((n, 1))
    losses = level + 0.5 * rng.standard_normal((n, 60))
    return losses, np.arange(60) < length[:, None]


def covers(estimate, truth):
    low, high = estimate.interval(0.95)
    return low <= truth <= high


def test_the_interval_of_a_ratio_covers_and_that_of_tokens_does_not():
    rng = np.random.default_rng(1)
    by_document = by_token = 0
    narrower = []
    for _ in range(400):
        losses, mask = documents(rng, 200)
        clustered = RunningMean.of(losses, mask=mask, clustered=True).mean()
        naive = RunningMean.of(losses, mask=mask).mean()
        assert float(naive) == pytest.approx(float(clustered), rel=1e-14)
        by_document += covers(clustered, 2.0)
        by_token += covers(naive, 2.0)
        narrower.append(float(naive.std_error / clustered.std_error))
    assert 0.93 <= by_document / 400 <= 0.97
    assert by_token / 400 < 0.6
    assert np.mean(narrower) < 0.3


def test_the_interval_of_a_few_documents_is_as_narrow_as_is_said():
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(1000):
        losses, mask = documents(rng, 10)
        found += covers(RunningMean.of(losses, mask=mask, clustered=True).mean(), 2.0)
    assert 0.87 <= found / 1000 <= 0.93  # three standard deviations are 0.028


def test_of_one_unit_no_error_can_be_told():
    one = RunningMean.of([0.7]).mean()
    assert (float(one), one.std_error, one.notes) == (0.7, None, ("one unit",))
    two = RunningMean.of([[0.7, 0.9]], clustered=True).mean()
    assert two.n == 1
    assert two.std_error is None


def test_an_infinite_loss_is_an_infinite_mean():
    state = RunningMean.of([1.0, math.inf]) + RunningMean.of([2.0, 3.0])
    assert (state.n, state.infinite, state.total) == (4, 1, 6)
    mean = state.mean("bits")
    assert float(mean) == math.inf
    assert mean.std_error is None
    assert mean.notes == ("1 of 4 units are infinite",)
    assert float(state.perplexity()) == math.inf
    masked = RunningMean.of([1.0, math.inf], weights=[1.0, 0.0])
    assert masked.infinite == 0
    document = RunningMean.of([[1.0, math.inf], [1.0, 2.0]], clustered=True)
    assert (document.n, document.infinite) == (2, 1)


def test_extremes_of_the_range():
    huge = RunningMean.of([1e300, 1.5e308, 1.0]).mean()
    assert float(huge) == pytest.approx(1.5e308 / 3, rel=1e-7)
    assert float(huge.std_error) == pytest.approx(5e307, rel=1e-7)
    tiny = RunningMean.of([5e-324, 1.5e-323]).mean()
    assert float(tiny) == 1e-323
    assert float(tiny.std_error) == 5e-324
    beyond = RunningMean.of([1e300, 2e300], sizes=[1e-300, 1e-300]).mean()
    assert (float(beyond), float(beyond.std_error)) == (math.inf, math.inf)
    # A total whose parts are beyond the floats on the way.
    document = RunningMean.of([[1e308, 1e308, -1.5e308]], clustered=True)
    assert document.total == Fraction(1e308 + (1e308 - 1.5e308))
    assert RunningMean.of([[math.inf, 1e308, 1e308]], clustered=True).infinite == 1


def test_a_mean_of_what_has_no_unit():
    right = np.array([True, False, True, True])
    accuracy = RunningMean.of(right).mean(unit=None)
    assert float(accuracy) == 0.75
    assert accuracy.unit is None
    assert str(RunningMean.of(0.5).mean().value) == "0.5"
    assert RunningMean.of(0.5, sizes=2) == RunningMean.of([0.5], sizes=[2])


# ---------------------------------------------------------------- what is streamed


def test_perplexity_and_its_interval(rng):
    state = RunningMean.of(rng.gamma(2.0, 1.0, 100))
    mean, perplexity = state.mean(), state.perplexity()
    assert float(perplexity) == math.exp(mean.value)
    assert perplexity.unit is None
    assert float(perplexity.std_error) == pytest.approx(math.exp(mean.value) * mean.std_error)
    wanted = tuple(math.exp(x) for x in mean.interval(0.9))
    assert state.perplexity_interval(0.9) == pytest.approx(wanted, rel=1e-15)


def test_a_perplexity_beyond_the_floats_says_so():
    state = RunningMean.of([200.0, 201.0])
    assert float(state.perplexity()) == pytest.approx(1.1915e87, rel=1e-3)
    state = RunningMean.of([800.0, 801.0])
    perplexity = state.perplexity()
    assert float(perplexity) == math.inf
    assert perplexity.std_error is None
    assert perplexity.notes == ("exp(800.5) is beyond the largest float",)
    assert float(state.mean()) == 800.5
    assert state.perplexity_interval() == (math.inf, math.inf)


def test_cross_entropy_of_logits_is_the_mean_loss(rng):
    z, y = rng.standard_normal((60, 5)), rng.integers(0, 5, 60)
    state = running_cross_entropy(z[:13], y[:13]) + running_cross_entropy(z[13:], y[13:])
    mean = kb.cross_entropy(kb.Labels(y, 5), kb.Logits(z)).mean()
    assert float(state.mean()) == pytest.approx(mean, rel=1e-14)
    assert running_cross_entropy(z.T, y, axis=0) == running_cross_entropy(z, y)
    soft = running_cross_entropy(z, np.eye(5)[y])
    assert float(soft.mean()) == pytest.approx(mean, rel=1e-14)


def test_rows_that_do_not_count_never_matter(rng):
    z, y = rng.standard_normal((6, 4, 5)), rng.integers(0, 5, (6, 4))
    kept = rng.random((6, 4)) < 0.5
    spoilt = np.where(kept[..., None], z, np.nan)
    wrong = np.where(kept, y, 7)
    assert running_cross_entropy(spoilt, wrong, weights=kept) == running_cross_entropy(
        z[kept], y[kept]
    )
    for way in ({"mask": kept}, {"targets": np.where(kept, y, -100)}):
        targets = way.pop("targets", y)
        given = running_cross_entropy(spoilt, targets, **way)
        assert given == running_cross_entropy(z[kept], y[kept])
        seen = running_calibration(spoilt, targets, **way)
        assert seen == running_calibration(z[kept], y[kept])
    for clustered in (False, True):
        a = running_kl_divergence(spoilt, z + 1e-3 * z**2, mask=kept, clustered=clustered)
        b = running_kl_divergence(z, z + 1e-3 * z**2, mask=kept, clustered=clustered)
        c = running_kl_divergence(spoilt, z + 1e-3 * z**2, weights=kept, clustered=clustered)
        assert a == b == c


def crossed(z, y, axis, **given):
    """Return the losses of logits, one by one, read with their options."""
    losses = kb.cross_entropy(kb.Labels(y, z.shape[axis]), kb.Logits(np.moveaxis(z, axis, -1)))
    return RunningMean.of(losses, **given)


def diverged(a, b, axis, **given):
    p, q = (kb.Logits(np.moveaxis(z, axis, -1)) for z in (a, b))
    return RunningMean.of(kb.kl_divergence(p, q), **given)


RNG = np.random.default_rng(5)
SCORES, OTHERS, TRUE = RNG.normal(size=(6, 5, 4)), RNG.normal(size=(6, 5, 4)), np.arange(30) % 4
GIVEN = {
    "mask": {"mask": RNG.random((6, 5)) < 0.5},
    "weights": {"weights": RNG.integers(0, 3, (6, 5)) / 2.0},
    "sizes": {"sizes": RNG.random((6, 5))},
    "clustered": {"clustered": True, "sizes": RNG.random(6)},
    "weighted clusters": {"clustered": True, "weights": RNG.random((6, 5))},
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_every_option_reaches_the_mean(given):
    true = TRUE.reshape(6, 5)
    for axis in (-1, 0):
        z, other = (np.moveaxis(x, -1, axis) for x in (SCORES, OTHERS))
        seen = running_cross_entropy(z, true, axis=axis, **given)
        assert close(seen, crossed(z, true, axis, **given))
        seen = running_kl_divergence(z, other, axis=axis, **given)
        assert close(seen, diverged(z, other, axis, **given))
    bare = running_cross_entropy(SCORES, true)
    assert not close(running_cross_entropy(SCORES, true, **given), bare)


def close(state, wanted):
    """Whether two means and their errors agree but for the rounding of losses."""
    a, b = state.mean(), wanted.mean()
    return state.n == wanted.n and np.allclose(
        [a.value, a.std_error], [b.value, b.std_error], rtol=1e-12, atol=0.0
    )


def test_every_option_reaches_the_counts():
    z, y = np.moveaxis(SCORES, -1, 0), TRUE.reshape(6, 5)
    p = kb.Logits(SCORES).probs
    kept = GIVEN["mask"]["mask"] & (y != 1)
    wanted = RunningCalibration.of(p.max(-1), p.argmax(-1) == y, bins=7, mask=kept)
    seen = running_calibration(z, y, axis=0, bins=7, ignore_index=1, **GIVEN["mask"])
    assert (seen.counts, seen.correct) == (wanted.counts, wanted.correct)
    assert len(seen.counts) == 7
    assert 0 < seen.n < np.count_nonzero(y != 1)
    loss = running_cross_entropy(SCORES, y, ignore_index=1)
    assert close(loss, crossed(SCORES, y, -1, mask=y != 1))


def test_rows_of_two_models_belong_together():
    """One row of the other model is not stretched: a mask would hide some of its classes."""
    a, b = SCORES[0, :4], OTHERS[0, 0]
    for p, q in ((a, b), (b, a), (a[:, None], a), (a, OTHERS[0, :4, :3])):
        for mask in (None, [True, False, True, True]):
            with pytest.raises(kb.KullbackError) as caught:
                running_kl_divergence(p, q, mask=mask)
            assert caught.value.key == "learning.models"
            assert f"q {q.shape}" in caught.value.text()


def test_bits_per_byte(rng):
    z, y = rng.standard_normal((30, 8, 5)), rng.integers(0, 5, (30, 8))
    y[rng.random(y.shape) < 0.3] = -100
    num_bytes = rng.integers(10, 50, 30)
    state = running_cross_entropy(z, y, clustered=True, sizes=num_bytes)
    loss = kb.cross_entropy(kb.Labels(np.maximum(y, 0), 5), kb.Logits(z))
    nats = np.where(y >= 0, loss, 0.0).sum(-1)
    wanted = nats.sum() / num_bytes.sum() / math.log(2)
    assert float(state.mean("bits")) == pytest.approx(wanted, rel=1e-14)


def test_divergence_between_two_models(rng):
    a = rng.standard_normal((100, 7))
    b = a + 1e-6 * rng.standard_normal((100, 7))
    state = running_kl_divergence(a[:50], b[:50]) + running_kl_divergence(a[50:], b[50:])
    wanted = np.mean(kb.kl_divergence(kb.Logits(a), kb.Logits(b)))
    assert float(state.mean()) == pytest.approx(wanted, rel=1e-14)
    assert 0 < state.mean().value < 1e-11


# ---------------------------------------------------------------- calibration


def by_hand(confidence, correct, bins):
    """Return counts, right ones and confidences of each bin, one prediction at a time."""
    table = [[0, 0, Fraction()] for _ in range(bins)]
    for p, right in zip(confidence.tolist(), correct.tolist(), strict=True):
        row = table[max(b for b in range(bins) if b == 0 or p >= b / bins)]
        row[0] += 1
        row[1] += right
        row[2] += Fraction(p)
    return tuple(zip(*table, strict=True))


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_counts_what_is_in_each_bin(bins, rng):
    p = np.concatenate([rng.random(300), np.arange(bins + 1) / bins])  # every edge as well
    right = rng.random(p.size) < p
    seen = RunningCalibration.of(p, right, bins=bins)
    counts, correct, confidence = by_hand(p, right, bins)
    assert (seen.counts, seen.correct, seen.confidence) == (counts, correct, confidence)
    gap = sum(abs(a - b) for a, b in zip(correct, confidence, strict=True)) / p.size
    error = seen.calibration_error()
    assert float(error) == float(gap)
    assert error.std_error is None
    assert "biased upwards" in error.notes[0]
    accuracy = seen.accuracy()
    assert float(accuracy) == right.mean()
    assert float(accuracy.std_error) == pytest.approx(right.std(ddof=1) / math.sqrt(p.size))
    assert seen == RunningCalibration.of(p, right.astype(int), bins=bins)


def test_certainty_belongs_to_the_last_bin():
    seen = RunningCalibration.of([1.0, 1.0, 0.95, 0.95], [True, True, False, True], bins=2)
    assert seen.counts == (0, 4)
    assert float(seen.calibration_error()) == pytest.approx(0.975 - 0.75, rel=1e-15)


def test_calibration_of_shards_equals_one_pass(rng):
    z, y = rng.standard_normal((3000, 4)), rng.integers(0, 4, 3000)
    whole = running_calibration(z, y)
    parts = [running_calibration(z[s], y[s]) for s in shards(3000, rng)]
    assert sum(parts) == whole
    again = [RunningCalibration.from_dict(json.loads(json.dumps(x.to_dict()))) for x in parts]
    assert sum(again) == whole
    assert whole.n == 3000
    assert float(whole.accuracy()) == np.mean(z.argmax(-1) == y)


def test_a_calibrated_model_scores_above_zero(rng):
    z = rng.standard_normal((200, 10))
    p = kb.Logits(z).probs
    y = np.array([rng.choice(10, p=row) for row in p])
    seen = running_calibration(z, y)
    assert float(seen.calibration_error()) > 0.02  # which is its bias, as its note says
    assert np.all(np.array(seen.counts) >= np.array(seen.correct))
    best = p.max(-1)
    again = RunningCalibration.of(best, p.argmax(-1) == y)
    assert again.counts == seen.counts
    assert float(sum(seen.confidence)) == pytest.approx(best.sum(), rel=1e-14)


@pytest.mark.parametrize(("right", "n"), [(1, 1), (0, 1), (10, 10), (0, 10)])
def test_where_all_are_right_or_none_no_error_can_be_told(right, n):
    seen = RunningCalibration.of([0.5] * n, [True] * right + [False] * (n - right))
    accuracy = seen.accuracy()
    assert (float(accuracy), accuracy.std_error) == (right / n, None)
    assert accuracy.notes == (f"{right} of {n} are right; see accuracy_interval",)
    with pytest.raises(kb.KullbackError) as caught:
        accuracy.interval()
    assert "accuracy_interval" in caught.value.text()
    low, high = seen.accuracy_interval()
    assert high - low > 1 - 0.025 ** (1 / n) - 1e-15
    assert (low, high)[right > 0] == float(right > 0)


def counted(right, n):
    """Return n predictions of which so many were right."""
    return RunningCalibration((n,), (right,), (Fraction(n),))


def at_most(k, n, p):
    """Return the probability of at most k right ones of n, in 30 digits."""
    with mpmath.workdps(30):
        p = mpmath.mpf(p)
        terms = (mpmath.binomial(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))
        return mpmath.fsum(terms)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (9, 10), (3, 200), (50, 50), (20, 41)])
def test_the_interval_of_an_accuracy_is_where_tails_are_half_of_the_rest(right, n, level):
    low, high = counted(right, n).accuracy_interval(level)
    assert 0.0 <= low < right / n <= high or low == 0.0 == right / n < high <= 1.0
    tail = 0.5 - level / 2
    if right:  # what is at least as many
        assert float(1 - at_most(right - 1, n, low)) == pytest.approx(tail, rel=1e-9)
    if right < n:
        assert float(at_most(right, n, high)) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize("n", [10, 50])
def test_the_interval_of_an_accuracy_covers_whatever_it_is(n):
    """By enumeration, also where nearly all are right and normal intervals cover 64 %."""
    intervals = [counted(k, n).accuracy_interval() for k in range(n + 1)]
    for p in (0.001, 0.02, 0.3, 0.5, 0.9, 0.98, 0.999):
        weight = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        inside = [low <= p <= high for low, high in intervals]
        assert sum(w for w, holds in zip(weight, inside, strict=True) if holds) >= 0.95


def test_the_interval_of_the_accuracy_of_many_is_narrow():
    low, high = counted(9 * 10**8, 10**9).accuracy_interval()
    half = 1.959964 * math.sqrt(0.09 / 1e9)  # the normal one
    assert (0.9 - low, high - 0.9) == pytest.approx((half, half), rel=1e-3)


# ---------------------------------------------------------------- mistakes

MISTAKES = {
    "learning.value": lambda: RunningMean.of([1.0, math.nan]),
    "learning.total": lambda: RunningMean.of([[1e308, 1e308]], clustered=True),
    "learning.sizes": lambda: RunningMean.of([1.0, 2.0], sizes=[1, -1]),
    "learning.shape": lambda: RunningMean.of([1.0, 2.0], sizes=[1, 1, 1]),
    "learning.weights": lambda: RunningMean.of([1.0, 2.0], weights=[1, -1]),
    "learning.mask": lambda: RunningMean.of([1.0, 2.0], mask=[1, 0]),
    "learning.nothing": lambda: RunningMean.of([1.0], mask=[False]).mean(),
    "learning.state": lambda: RunningMean.from_dict({"n": "1"}),
    "learning.bins": lambda: RunningCalibration.of([0.5], [True], bins=0),
    "learning.confidence": lambda: RunningCalibration.of([1.5], [True]),
    "learning.correct": lambda: RunningCalibration.of([0.5], [2]),
    "learning.merge": lambda: (
        RunningCalibration.of([0.5], [True], bins=5) + RunningCalibration.of([0.5], [True])
    ),
    "learning.models": lambda: running_kl_divergence([[0.0, 1.0]], [0.0, 1.0]),
    "learning.choice": lambda: all_reduce(RunningMean(), library="mpi"),
    "logits.not_finite": lambda: running_kl_divergence([[math.nan, 0.0]], [[0.0, 0.0]]),
    "labels.range": lambda: running_cross_entropy([[0.0, 0.0]], [2]),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_mistakes_are_told(key):
    with pytest.raises(kb.KullbackError) as caught:
        MISTAKES[key]()
    assert caught.value.key == key
    assert caught.value.hint
    assert "{" not in caught.value.text() + caught.value.text("zh") + caught.value.hint


MORE = {
    "minus infinity": ("learning.value", lambda: RunningMean.of([-math.inf])),
    "a weighted value beyond the floats": (
        "learning.total",
        lambda: RunningMean.of([-1e300], weights=[1e10]),
    ),
    "half a bin": ("learning.bins", lambda: RunningCalibration.of([0.5], [True], bins=2.5)),
    "counts that do not match": (
        "learning.state",
        lambda: RunningCalibration.from_dict(
            {"counts": ["1"], "correct": ["1", "0"], "confidence": ["1/2"]}
        ),
    ),
    "an infinite size": ("learning.sizes", lambda: RunningMean.of([1.0], sizes=[math.inf])),
    "no sizes": ("learning.nothing", lambda: RunningMean.of([1.0], sizes=[0]).mean()),
    "no predictions": ("learning.nothing", lambda: RunningCalibration.of([], []).accuracy()),
    "no error": (
        "learning.nothing",
        lambda: RunningCalibration.of([], []).calibration_error(),
    ),
    "counts that are none": (
        "learning.state",
        lambda: RunningCalibration.from_dict({"counts": ["a"]}),
    ),
    "another shape": ("learning.shape", lambda: RunningCalibration.of([0.5], [True, False])),
    "a nan probability": ("learning.confidence", lambda: RunningCalibration.of([math.nan], [True])),
    "a label that nothing ignores": (
        "labels.range",
        lambda: running_cross_entropy([[0.0, 0.0]], [-100], ignore_index=None),
    ),
    "no interval": (
        "learning.nothing",
        lambda: RunningCalibration().accuracy_interval(),
    ),
    "a level of an accuracy": (
        "estimate.level",
        lambda: RunningCalibration.of([0.5], [True]).accuracy_interval(95),
    ),
    "a level": ("estimate.no_error", lambda: RunningMean.of([1.0]).perplexity_interval()),
}


@pytest.mark.parametrize("what", MORE)
def test_more_mistakes_are_told(what):
    key, call = MORE[what]
    with pytest.raises(kb.KullbackError) as caught:
        call()
    assert caught.value.key == key


def test_states_of_two_kinds_do_not_mix():
    with pytest.raises(TypeError):
        RunningMean() + RunningCalibration.of([0.5], [True])
    with pytest.raises(TypeError):
        RunningCalibration.of([0.5], [True]) + RunningMean()
    with pytest.raises(TypeError):
        1 + RunningMean()


@pytest.mark.parametrize("field", ["n", "infinite"])
def test_states_made_by_hand_with_negative_counts_are_refused(field):
    state = RunningMean.of([1.0, 2.0]).to_dict() | {field: "-1"}
    with pytest.raises(kb.KullbackError) as caught:
        RunningMean.from_dict(state)
    assert caught.value.key == "learning.state"
