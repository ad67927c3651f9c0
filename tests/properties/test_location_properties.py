"""What holds for normal laws, laws with a location and a scale, and vectors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kullback as kb
from kullback.families import (
    Cauchy,
    Gumbel,
    HalfNormal,
    Laplace,
    Logistic,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    SkewNormal,
    StudentT,
)

FEWER = settings(max_examples=60)
# The square of a smaller shift is 0.
locations = st.floats(-50.0, 50.0).filter(lambda x: x == 0.0 or abs(x) > 1e-100)
scales = st.floats(-7.0, 7.0).map(math.exp)

CLOSED = {
    "normal": lambda m, s: Normal(mean=m, std=s),
    "log-normal": lambda m, s: LogNormal(log_mean=m, log_std=s),
    "half-normal": lambda _m, s: HalfNormal(scale=s),
    "Laplace": lambda m, s: Laplace(location=m, scale=s),
    "Cauchy": lambda m, s: Cauchy(location=m, scale=s),
    "Gumbel": lambda m, s: Gumbel(location=m, scale=s),
}
LINE = {
    **CLOSED,
    "logistic": lambda m, s: Logistic(location=m, scale=s),
    "Student's t": lambda m, s: StudentT(degrees=2.0 + s, location=m, scale=s),
    "skew normal": lambda m, s: SkewNormal(location=m, scale=s, shape=0.2 * m),
}
EVERY = pytest.mark.parametrize("name", CLOSED)


def same(p, q):
    return all(np.all(a == b) for a, b in zip(p.arrays, q.arrays, strict=True))


@EVERY
@FEWER
@given(locations, scales, locations, scales)
def test_a_divergence_is_zero_for_equal_laws_only(name, m, s, n, t):
    p, q = CLOSED[name](m, s), CLOSED[name](n, t)
    with np.errstate(over="ignore"):  # of Gumbel's laws some are exp(1e5) apart
        value = kb.kl_divergence(p, q)
    assert value >= 0.0
    assert (value == 0.0) == same(p, q)
    assert math.copysign(1.0, kb.kl_divergence(p, p)) == 1.0


@EVERY
@FEWER
@given(locations, scales, st.floats(1e-12, 1e-3), st.floats(-1e-3, 1e-3))
def test_nearly_equal_laws_are_half_of_fishers_information_apart(name, m, s, step, tilt):
    """D(p_0 || p_h) and D(p_h || p_0) agree to first order: their terms of third order are odd."""
    p, q = CLOSED[name](m, s), CLOSED[name](m + s * step * tilt, s * (1.0 + step))
    there, back = kb.kl_divergence(p, q), kb.kl_divergence(q, p)
    assert abs(there - back) <= 8.0 * step * there  # third derivatives of all are small numbers


@pytest.mark.parametrize("name", LINE)
@FEWER
@given(locations, scales, st.floats(1e-6, 1.0 - 1e-6))
def test_the_density_is_that_of_scipy(name, m, s, u):
    law = LINE[name](m, s)
    assume(name != "log-normal" or abs(m) + 5.0 * s < 100.0)
    x = law._scipy().ppf(u) if name != "skew normal" else m + s * (4.0 * u - 1.0)
    expected = law._scipy().logpdf(x)
    assume(np.isfinite(expected))
    assert law.log_prob(x) == pytest.approx(expected, rel=1e-9, abs=1e-9)  # SciPy's own digits


@pytest.mark.parametrize("name", LINE)
def test_draws_have_the_mean(name):
    law = LINE[name](0.5, 0.7)
    n = 20_000
    draws = law.sample(n, rng=7)
    assert np.all(np.isfinite(law.log_prob(draws)))
    if name == "Cauchy":  # of its bounded part: half of the draws are within a scale
        near = np.abs(draws - 0.5) < 0.7
        assert abs(near.mean() - 0.5) < 5.0 * 0.5 / math.sqrt(n)
    else:
        assert abs(draws.mean() - law.mean) < 5.0 * draws.std() / math.sqrt(n)
        second = law.wide()._expectation(np, ("power", 2))
        assert second == pytest.approx(law.variance + law.mean**2, rel=1e-12)


@pytest.mark.parametrize("name", ["normal", "log-normal", "half-normal"])
@FEWER
@given(
    locations,
    scales,
    locations,
    scales,
    st.tuples(st.floats(0.0, 5.0), st.floats(0.0, 5.0)).map(sorted),
)
def test_renyi_grows_with_its_order(name, m, s, n, t, two):
    p, q = CLOSED[name](m, s), CLOSED[name](n, t)
    less, more = (kb.renyi_divergence(p, q, order=order) for order in two)
    assert less >= 0.0
    assert less <= more * (1.0 + 1e-13) + 1e-300
    assert kb.renyi_divergence(p, q, order=1.0) == kb.kl_divergence(p, q)


# ---------------------------------------------------------------- vectors


@st.composite
def vectors(draw):
    """Draw a normal law of three coordinates, in one of its forms."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    std = np.exp(chance.normal(size=3) * 2.0)
    mean, root = chance.normal(size=3), chance.normal(size=(3, 3))
    form = draw(st.sampled_from(["full", "diagonal", "low rank"]))
    if form == "full":
        return MultivariateNormal(mean=mean, covariance=root @ root.T + np.diag(std))
    factor = None if form == "diagonal" else root[:, : draw(st.integers(1, 2))]
    return MultivariateNormal(mean=mean, std=std, factor=factor)


def written_out(p):
    return MultivariateNormal(mean=p.mean, covariance=p.spread.dense())


@FEWER
@given(vectors(), vectors())
def test_the_forms_of_a_covariance_agree(p, q):
    a, b = written_out(p), written_out(q)
    value = kb.kl_divergence(p, q)
    assert value >= 0.0
    # Writing the matrices out costs as many digits as their condition number has.
    assert value == pytest.approx(kb.kl_divergence(a, b), rel=1e-9)
    assert kb.entropy(p) == pytest.approx(kb.entropy(a), abs=1e-10)
    x = np.linspace(-2.0, 2.0, 12).reshape(4, 3)
    np.testing.assert_allclose(p.log_prob(x), a.log_prob(x), rtol=1e-9)
    np.testing.assert_allclose(p.variance, a.variance, rtol=1e-14)
    assert kb.kl_divergence(p, p) == kb.renyi_divergence(p, p, order=0.5) == 0.0
    assert kb.renyi_divergence(p, q, order=0.5) <= value * (1.0 + 1e-9)


def test_one_coordinate_is_a_law_on_the_line():
    p, q = Normal(mean=1.0, std=2.0), Normal(mean=-0.5, std=1.5)
    a, b = (MultivariateNormal(mean=[x.mean], covariance=[[x.variance]]) for x in (p, q))
    c, d = (MultivariateNormal(mean=[x.mean], std=[x.std]) for x in (p, q))
    for order in (0.0, 0.3, 1.0, 1.7, 2.0, 9.0, math.inf):
        there = kb.renyi_divergence(p, q, order=order)
        back = kb.renyi_divergence(q, p, order=order)
        for x, y in ((a, b), (c, d)):
            assert kb.renyi_divergence(x, y, order=order) == pytest.approx(there, rel=1e-13)
            assert kb.renyi_divergence(y, x, order=order) == pytest.approx(back, rel=1e-13)
    t_law = MultivariateStudentT(degrees=3.0, location=[1.0], scatter=[[4.0]])
    line = StudentT(degrees=3.0, location=1.0, scale=2.0)
    assert kb.entropy(t_law) == pytest.approx(kb.entropy(line), rel=1e-14)
    assert t_law.log_prob([0.3]) == pytest.approx(line.log_prob(0.3), rel=1e-14)


def test_vectors_out_of_reach_and_missing():
    p = MultivariateNormal(mean=[0.0, 0.0], covariance=[[1.0, 0.5], [0.5, 1.0]])
    found = p.log_prob([[0.0, math.inf], [math.nan, 0.0], [0.0, 0.0]])
    assert found[0] == -math.inf
    assert math.isnan(found[1])
    assert math.isfinite(found[2])


@pytest.mark.parametrize("form", ["full", "diagonal", "low rank", "Student's t"])
def test_draws_of_vectors_have_mean_and_covariance(form):
    chance = np.random.default_rng(3)
    mean, root, std = chance.normal(size=3), chance.normal(size=(3, 3)), np.array([0.5, 1.0, 2.0])
    matrix = root @ root.T + np.eye(3)
    p = {
        "full": lambda: MultivariateNormal(mean=mean, covariance=matrix),
        "diagonal": lambda: MultivariateNormal(mean=mean, std=std),
        "low rank": lambda: MultivariateNormal(mean=mean, std=std, factor=root[:, :1]),
        "Student's t": lambda: MultivariateStudentT(degrees=9.0, location=mean, scatter=matrix),
    }[form]()
    n = 40_000
    draws = p.sample(n, rng=11)
    assert draws.shape == (n, 3)
    assert np.all(np.abs(draws.mean(0) - p.mean) < 5.0 * np.sqrt(p.variance / n))
    expected = p.spread.dense() * (9.0 / 7.0 if form == "Student's t" else 1.0)
    products = (draws - p.mean)[:, :, None] * (draws - p.mean)[:, None, :]
    error = np.abs(products.mean(0) - expected)
    assert np.all(error < 5.0 * products.std(0) / math.sqrt(n))
