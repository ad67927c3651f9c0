from __future__ import annotations

from collections import Counter, OrderedDict

import numpy as np
import pytest

import kullback as kb


@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("data", [kb.Samples([0, 1, 1]), kb.Counts([1, 2])])
def test_draws_of_one_law_do_not_pair_with_a_batch_of_models(data, size):
    with pytest.raises(kb.KullbackError, match="batch of shape"):
        kb.cross_entropy(data, [[0.5, 0.5]] * size)


@pytest.mark.parametrize("kind", [kb.Probs, kb.LogProbs, kb.Logits])
def test_an_axis_without_an_array_is_refused(kind):
    p = kind(np.log([[0.5, 0.5]]) if kind is not kb.Probs else [[0.5, 0.5]])
    with pytest.raises(kb.KullbackError, match="axis=0 has no bare array"):
        kb.entropy(p, axis=0)
    assert kb.entropy(p, axis=-1).shape == (1,)


def test_the_operand_that_is_wrong_is_named():
    good, bad = [0.5, 0.5], [0.5, 0.6]
    for call in (kb.kl_divergence, kb.cross_entropy, kb.jensen_shannon_divergence):
        with pytest.raises(kb.KullbackError, match=r"^q sums to 1.1"):
            call(good, bad)
        with pytest.raises(kb.KullbackError, match=r"^p sums to 1.1"):
            call(bad, good)
    with pytest.raises(kb.KullbackError, match=r"^q\[1\] is -0.6"):
        kb.log_likelihood([0], [1.6, -0.6])


class Column:
    """What pandas calls a Series: values under labels."""

    class Index(list):
        def equals(self, other):
            return self == other

    def __init__(self, values, labels):
        self.values, self.index = np.array(values), self.Index(labels)

    def __array__(self, dtype=None, copy=None):
        return self.values.astype(dtype or float)


def test_columns_under_different_labels_are_not_paired():
    p, q = Column([0.7, 0.3], "ab"), Column([0.7, 0.3], "ba")
    with pytest.raises(kb.KullbackError, match="labelled differently"):
        kb.kl_divergence(p, q)
    assert kb.kl_divergence(p, Column([0.7, 0.3], "ab")) == 0


@pytest.mark.parametrize("wrong", [Counter("aab"), OrderedDict(a=1), frozenset({1})])
def test_collections_without_an_order_are_refused_with_a_text(wrong):
    with pytest.raises(kb.KullbackError, match="p is a"):
        kb.entropy(wrong)


def test_missing_labels_are_outcomes():
    samples = kb.Samples(np.array(["a", None, "a", float("nan"), float("nan")], dtype=object))
    assert sorted(samples.counts().n.tolist()) == [1, 2, 2]


def test_wider_floats_than_float64_are_not_narrowed():
    p = np.array([0.25, 0.75], dtype=np.longdouble)
    assert kb.entropy(p).dtype == np.float64


def test_shares_keep_their_digits_and_add_up():
    p = np.array([0.3, 0.7])
    q = p + np.array([1e-9, -1e-9])
    e = kb.explain(p, q)
    ratios = kb.log_likelihood_ratio([0, 1], p, q)
    np.testing.assert_allclose(e.shares, p * ratios, rtol=1e-15)


def test_a_dataframe_may_have_numbers_for_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.array([[0, 1], [1, 1], [0, 0], [1, 0]]))
    named = kb.Samples(x=frame[0].to_numpy(), y=frame[1].to_numpy())
    wanted = kb.mutual_information(named, "x", "y")
    assert float(kb.mutual_information(frame, 0, 1)) == float(wanted)


@pytest.mark.parametrize("columns", [14, 80])
def test_more_columns_than_a_table_could_have_axes(columns):
    rng = np.random.default_rng(0)
    data = kb.Samples({f"v{i}": rng.integers(0, 50, 300) for i in range(columns)})
    correlation = kb.total_correlation(data, estimator=kb.estimators.PlugIn())
    singles = [
        float(kb.entropy(data, name, estimator=kb.estimators.PlugIn())) for name in data.names
    ]
    assert float(correlation) == pytest.approx(sum(singles) - np.log(300), rel=1e-12)  # rows differ


def test_the_other_order_of_bytes():
    p = np.array([0.5, 0.3, 0.2])
    q = p * (1 + 1e-9 * np.array([1, -1, -1]))
    swapped = p.astype(">f8"), q.astype(">f8")
    assert kb.kl_divergence(*swapped) == kb.kl_divergence(p, q)
    assert kb.kl_divergence(*swapped).dtype == np.float64


NARROW = {"int64": 5e18, "int8": 127, "float16": 40000, "float32": 3e38}


@pytest.mark.parametrize("dtype", NARROW)
def test_counts_whose_sum_their_type_does_not_hold(dtype):
    n = np.full(2, NARROW[dtype]).astype(dtype)
    plain = {"estimator": kb.estimators.PlugIn()}
    for counts, verb in ((n, kb.entropy), (np.diag(n), kb.mutual_information)):
        assert float(verb(kb.Counts(counts), **plain)) == pytest.approx(np.log(2), rel=1e-12)
