"""Identities of measures of several variables, on examples that hypothesis looks for."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kullback as kb

EPS = 2.0**-52
NAMES = ("x", "y", "z", "w")
weights = st.one_of(
    st.just(0.0), st.floats(1e-3, 1.0), st.floats(1e-300, 1e-3), st.sampled_from([5e-324, 1e-310])
)


@st.composite
def joints(draw, least=2, most=4):
    """Draw a joint law of two to four variables of one to four values."""
    shape = draw(st.lists(st.integers(1, 4), min_size=least, max_size=most))
    p = np.array(draw(st.lists(weights, min_size=math.prod(shape), max_size=math.prod(shape))))
    assume(p.sum() >= 1e-3)
    return kb.Joint((p / p.sum()).reshape(shape), NAMES[: len(shape)])


def close(a, b, size=None):
    """Sums of up to 256 terms whose sizes add up to a few nats."""
    return abs(a - b) <= 64 * EPS * max(1.0, abs(a), abs(b), size or 0.0)


@given(joints())
def test_mutual_information_is_between_zero_and_the_lesser_entropy(joint):
    i = kb.mutual_information(joint, "x", "y")
    assert i >= 0
    assert not np.signbit(i)
    least = min(kb.entropy(joint, "x"), kb.entropy(joint, "y"))
    assert i <= least + 64 * EPS


@given(joints())
def test_symmetry(joint):
    for measure in (kb.mutual_information, kb.variation_of_information):
        assert measure(joint, "x", "y") == pytest.approx(
            measure(joint, "y", "x"), rel=1e-13, abs=1e-307
        )
    turned = kb.Joint(np.moveaxis(joint.p, 0, -1), (*joint.names[1:], "x"))
    for measure in (kb.total_correlation, kb.dual_total_correlation):
        assert close(measure(joint), measure(turned))
    pointwise = kb.pointwise_mutual_information
    # Of a subnormal probability it is a difference of logarithms up to 745, 4 eps of them.
    np.testing.assert_allclose(
        pointwise(joint, "x", "y"), pointwise(joint, "y", "x").T, rtol=1e-13, atol=1e-12
    )


@given(joints())
def test_chain_rule_of_entropy(joint):
    whole = kb.entropy(joint, "x", "y")
    assert close(whole, kb.entropy(joint, "x") + kb.entropy(joint, "y", given="x"))
    assert close(kb.entropy(joint, "x", given="x"), 0.0)


@given(joints(least=3))
def test_chain_rule_of_information(joint):
    whole = kb.mutual_information(joint, "x", ("y", "z"))
    first = kb.mutual_information(joint, "x", "z")
    second = kb.mutual_information(joint, "x", "y", given="z")
    # No rounding to speak of: all three are of the same law, and no term is negative.
    assert whole == pytest.approx(first + second, rel=1e-13, abs=1e-307)
    assert first <= whole * (1 + 1e-13) + 1e-307  # more variables tell more


@given(joints(), st.data())
def test_data_processing(joint, data):
    """What is done to y tells nothing new about x; what is lost is never negative."""
    k = joint.p.shape[1]
    done = np.array(data.draw(st.lists(st.integers(0, 2), min_size=k, max_size=k)))
    table = np.zeros((joint.p.shape[0], k, 3))
    pair = joint.p.reshape(*joint.p.shape[:2], -1).sum(axis=2)
    table[:, np.arange(k), done] = pair
    joint = kb.Joint(table, ["x", "y", "f(y)"])
    before = kb.mutual_information(joint, "x", "y")
    after = kb.mutual_information(joint, "x", "f(y)")
    assert after <= before * (1 + 1e-13) + 1e-307
    assert kb.mutual_information(joint, "x", "f(y)", given="y") == 0
    lost = kb.mutual_information(joint, "x", "y", given="f(y)")
    assert before == pytest.approx(after + lost, rel=1e-13, abs=1e-307)


@given(joints())
def test_variation_is_joint_entropy_without_information(joint):
    vi = kb.variation_of_information(joint, "x", "y")
    assert vi >= 0
    assert close(vi, kb.entropy(joint, "x", "y") - kb.mutual_information(joint, "x", "y"))


@given(joints(least=3))
def test_variation_is_a_metric(joint):
    def d(a, b):
        return kb.variation_of_information(joint, a, b)

    assert d("x", "z") <= (d("x", "y") + d("y", "z")) * (1 + 64 * EPS) + 1e-307


@given(joints())
def test_pointwise_averages_to_the_information(joint):
    value = kb.pointwise_mutual_information(joint, "x", "y")
    p = joint.p.reshape(*joint.p.shape[:2], -1).sum(axis=2)
    terms = p * np.where(p > 0, value, 0.0)
    assert np.all((value == -math.inf) == (p == 0))
    assert close(terms.sum(), kb.mutual_information(joint, "x", "y"), np.abs(terms).sum())


@given(joints(least=3))
def test_total_dual_and_o(joint):
    tc, dtc = kb.total_correlation(joint), kb.dual_total_correlation(joint)
    assert min(tc, dtc) >= 0
    assert close(tc - dtc, kb.o_information(joint))
    n = len(joint.names)
    assert tc <= (n - 1) * dtc + 256 * EPS  # Austin (2020): each is at most n - 1 times the other
    assert dtc <= (n - 1) * tc + 256 * EPS
    alone = sum(kb.entropy(joint, name) for name in joint.names)
    assert close(tc, alone - kb.entropy(joint), alone)
    rest = sum(
        kb.entropy(joint, name, given=[other for other in joint.names if other != name])
        for name in joint.names
    )
    assert close(dtc, kb.entropy(joint) - rest, alone)


@given(joints(least=3, most=3))
def test_co_information(joint):
    co = kb.co_information(joint)
    shared = kb.mutual_information(joint, "x", "y")
    assert close(co, shared - kb.mutual_information(joint, "x", "y", given="z"))
    assert close(co, kb.o_information(joint))  # of three variables they are one
    assert close(co, kb.co_information(joint, "z", "x", "y"))


@given(joints(least=2, most=2))
def test_of_two_variables_all_are_the_mutual_information(joint):
    i = kb.mutual_information(joint)
    for measure in (kb.total_correlation, kb.dual_total_correlation, kb.co_information):
        assert measure(joint) == i


@given(joints(least=3))
def test_given_is_the_mean_over_what_is_known(joint):
    """I(X; Y | Z) = sum over z of p(z) I(X; Y | Z = z), and likewise for the others."""
    p = joint.p.reshape(*joint.p.shape[:3], -1).sum(axis=3)
    mass = p.sum(axis=(0, 1))
    for measure in (kb.mutual_information, kb.variation_of_information, kb.total_correlation):
        mean = sum(
            m * measure(kb.Joint(p[..., k] / m, ["x", "y"]))
            for k, m in enumerate(mass)
            if m > 1e-290
        )
        assert close(measure(joint, "x", "y", given="z"), mean)


dyadic = st.sampled_from([[1.0], [0.5, 0.5], [0.25, 0.75], [0.125, 0.5, 0.375], [0.0, 1.0]])


@given(dyadic, dyadic, dyadic)
def test_independent_variables_share_exactly_nothing(a, b, c):
    joint = kb.Joint(np.einsum("i,j,k->ijk", a, b, c), ["x", "y", "z"])
    for measure in (kb.total_correlation, kb.dual_total_correlation, kb.o_information):
        assert measure(joint) == 0
    assert kb.mutual_information(joint, "x", "y") == 0
    assert kb.mutual_information(joint, "x", "y", given="z") == 0
    value = kb.pointwise_mutual_information(joint, "x", "y")
    assert np.all((value == 0) | (value == -math.inf))
    assert not np.any(np.signbit(value) & (value == 0))


@given(st.integers(1, 30), st.integers(1, 30))
def test_a_uniform_table_shares_exactly_nothing(rows, columns):
    """Although 1/n is rounded, and the table does not sum to 1."""
    joint = kb.Joint(np.full((rows, columns), 1 / (rows * columns)), ["x", "y"])
    assert kb.mutual_information(joint) == 0


@given(st.lists(weights, min_size=1, max_size=8))
def test_information_of_a_variable_about_itself_is_its_entropy(row):
    p = np.array(row)
    assume(p.sum() >= 1e-3)
    p /= p.sum()
    joint = kb.Joint(np.diag(p), ["x", "copy"])
    assert close(kb.mutual_information(joint), kb.entropy(p))
    assert kb.variation_of_information(joint) == 0
    for normalizer in ("min", "max", "mean", "geometric", "joint"):
        share = kb.normalized_mutual_information(joint, normalizer=normalizer)
        # 0 where there is nothing to share: a constant, or one but for subnormal numbers
        assert share == pytest.approx(1.0, rel=1e-9) or kb.entropy(p) < 1e-300


@given(joints())
def test_normalized_is_a_share(joint):
    shares = {
        normalizer: kb.normalized_mutual_information(joint, "x", "y", normalizer=normalizer)
        for normalizer in ("min", "geometric", "mean", "max", "joint")
    }
    assert all(0 <= share <= 1 + 1e-13 for share in shares.values())
    ordered = list(shares.values())
    if shares["max"] > 0:  # means are ordered, and H(X, Y) is at least the largest
        assert all(a >= b * (1 - 1e-13) for a, b in itertools.pairwise(ordered))


@given(joints(least=3))
def test_groups_are_one_variable(joint):
    p = joint.p
    flat = kb.Joint(p.reshape(p.shape[0] * p.shape[1], *p.shape[2:]), ["xy", *joint.names[2:]])
    assert kb.mutual_information(joint, ("x", "y"), "z") == kb.mutual_information(flat, "xy", "z")
    assert kb.total_correlation(joint, ("x", "y"), "z") == kb.total_correlation(flat, "xy", "z")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60))
def test_samples_and_their_counts_agree(rows):
    x, y = map(list, zip(*rows, strict=True))
    table = np.zeros((4, 3), int)
    np.add.at(table, (x, y), 1)
    samples, counts = kb.Samples(x=x, y=y), kb.Counts(table)
    for measure in (kb.mutual_information, kb.variation_of_information, kb.total_correlation):
        a, b = measure(samples, "x", "y"), measure(counts, 0, 1)
        assert close(float(a), float(b))  # rows of zeros change the order of sums
        assert (a.notes, a.n, a.method) == (b.notes, b.n, b.method)
    plug_in = kb.mutual_information(samples, "x", "y", estimator=kb.estimators.PlugIn())
    joint = kb.Joint(table / table.sum(), ["x", "y"])
    assert close(float(plug_in), kb.mutual_information(joint))
