"""Estimates, counts, samples and joint tables."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import kullback as kb


def test_the_miller_madow_entropy_by_hand():
    """(1/2, 1/4, 1/4) of 8: 1.5 bits plus 2/16 nats; the surprise is 1 or 2 bits, half each.

    To second order the variance is (1/2 bit)^2 / 8 and 2 / (2 * 8^2) nats^2.
    """
    e = kb.entropy(kb.Counts([4, 2, 2]), unit="bits")
    assert float(e) == pytest.approx(1.5 + 2 / 16 / math.log(2), rel=1e-15)
    assert float(e.std_error) == pytest.approx(
        math.sqrt(0.25 / 8 + 1 / 64 / math.log(2) ** 2), rel=1e-14
    )
    assert (e.unit, e.n, e.method) == (kb.BITS, 8, "MillerMadow")


def test_the_plug_in_says_that_it_is_low():
    e = kb.entropy(kb.Counts([4, 2, 2]), estimator=kb.estimators.PlugIn())
    assert float(e) == pytest.approx(1.5 * math.log(2), rel=1e-15)
    assert "biased low" in e.notes


def test_no_error_is_told_where_most_is_unseen():
    e = kb.entropy(kb.Counts([1] * 20 + [3]))
    assert e.std_error is None
    assert "seen once" in " ".join(e.notes)
    assert "±" not in str(e)
    assert e.to_dict()["std_error"] is None


def test_the_interval_is_normal():
    e = kb.entropy(kb.Counts([50, 30, 20]))
    low, high = e.interval(0.95)
    assert (low + high) / 2 == pytest.approx(float(e), rel=1e-14)
    assert high - low == pytest.approx(2 * 1.959963984540054 * float(e.std_error), rel=1e-12)
    assert e.interval(0.5)[0] > low


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, math.nan])
def test_a_level_is_between_0_and_1(level):
    with pytest.raises(kb.KullbackError, match="level or a rate"):
        kb.entropy(kb.Counts([5, 5])).interval(level)


def test_it_is_frozen_a_number_and_no_more():
    e = kb.entropy(kb.Counts([5, 5]))
    with pytest.raises(AttributeError):
        e.value = 0.0
    with pytest.raises(TypeError):
        e + e
    assert f"{e:.3f}" == "0.743 ± 0.071 nats"
    assert repr(e).startswith("<Estimate 0.7431")
    assert json.loads(json.dumps(e.to_dict(), allow_nan=False))["n"] == 10


def test_units():
    e = kb.entropy(kb.Counts([5, 3]), unit="bits")
    assert e.to("bits") is e
    assert float(e.to("nats")) == pytest.approx(float(kb.entropy(kb.Counts([5, 3]))), rel=1e-15)
    assert kb.HARTLEYS.to_nats(1.0) == math.log(10)
    assert str(kb.BITS) == "bits"
    assert kb.entropy([0.5, 0.5], unit=kb.Unit("shannons", math.log(2))) == 1.0


def test_perplexity_has_no_unit_and_the_delta_error():
    h = kb.entropy(kb.Counts([6, 3, 1]))
    e = kb.perplexity(kb.Counts([6, 3, 1]))
    assert e.unit is None
    assert float(e) == pytest.approx(math.exp(float(h)), rel=1e-15)
    assert float(e.std_error) == pytest.approx(math.exp(float(h)) * float(h.std_error), rel=1e-14)


def test_cross_entropy_of_samples_is_their_mean_loss():
    q = np.array([0.25, 0.75])
    x = [0, 1, 1, 0, 1, 1]
    loss = -np.log(q[x])
    for data in (kb.Samples(x), kb.Counts([2, 4]), kb.Counts([2.0, 4.0])):
        e = kb.cross_entropy(data, q)
        assert float(e) == pytest.approx(loss.mean(), rel=1e-15)
        assert float(e.std_error) == pytest.approx(loss.std(ddof=1) / math.sqrt(6), rel=1e-14)
    assert kb.cross_entropy(kb.Samples([0]), q).std_error is None


@pytest.mark.parametrize("data", [kb.Samples([0, 1]), kb.Counts([1, 1])], ids=["samples", "counts"])
def test_an_infinite_loss_has_no_error_and_says_why(data):
    e = kb.cross_entropy(data, [1.0, 0.0])
    assert float(e) == math.inf
    assert e.std_error is None
    with pytest.raises(kb.KullbackError, match="impossible what was observed"):
        e.interval()


def test_samples_know_labels_from_numbers():
    s = kb.Samples(
        few=np.arange(100) % 50,
        many=np.arange(100),
        word=["a"] * 100,
        truth=[True] * 100,
        level=np.linspace(0, 1, 100),
        day=np.arange(100).astype("M8[D]"),
    )
    assert s.discrete == {"few", "word", "truth"}
    assert kb.Samples(s.columns, discrete=True).discrete == set(s.names)
    assert kb.Samples(s.columns, discrete=False).discrete == set()
    assert kb.Samples(s.columns, discrete="many").discrete == {"many"}
    with pytest.raises(kb.KullbackError, match="'none'"):
        kb.Samples(s.columns, discrete=["none"])


def test_samples_count_distinct_rows():
    s = kb.Samples(x=["a", "b", "a", "a"], y=[1, 1, 1, 2])
    assert sorted(s.counts().n.tolist()) == [1, 1, 2]
    assert s.n == 4
    assert kb.entropy(s, "y").n == 4
    assert float(kb.entropy(s, "x")) == float(kb.entropy(kb.Counts([3, 1])))


def test_samples_of_a_dataframe():
    nw = pytest.importorskip("narwhals")

    class Frame:
        """A stand-in that is no dataframe at all."""

        columns = ("x",)

    with pytest.raises(TypeError):
        kb.Samples(Frame())
    assert nw is not None


def test_counts_keep_what_was_never_seen():
    c = kb.Counts([[3, 1], [0, 2]], axis=0, num_outcomes=5)
    assert c.total.tolist() == [3, 3]
    assert c.proportions.tolist() == [[1.0, 0.0], [1 / 3, 2 / 3]]


def test_joint_marginals_and_conditionals():
    table = np.array([[[0.125, 0.125], [0.25, 0.0]], [[0.0, 0.25], [0.125, 0.125]]])
    joint = kb.Joint(table, ["x", "y", "z"])
    assert joint.marginal(["z", "x"]).names == ("x", "z")
    np.testing.assert_array_equal(joint.marginal(["z", "x"]).p, table.sum(1))
    assert float(kb.entropy(joint, "x")) == math.log(2)
    assert float(kb.entropy(joint, "x", given="x")) == 0.0
    assert kb.entropy(joint, given="x") == kb.entropy(joint, "y", "z", given="x")
    assert joint.flat().probs.shape == (8,)


def test_what_is_determined_leaves_exactly_nothing_open():
    """y is a function of x: H(y | x) = 0, and not some rounding beside it."""
    rng = np.random.default_rng(0)
    for size in range(2, 40):
        row = rng.random(size)
        table = np.zeros((size, 3))
        table[np.arange(size), rng.integers(0, 3, size)] = row / row.sum()
        joint = kb.Joint(table, ["x", "y"])
        assert float(kb.entropy(joint, "y", given="x")) == 0.0
        assert not np.signbit(kb.entropy(joint, "y", given="x"))
        assert float(kb.entropy(joint, "x", given="y")) >= 0.0
