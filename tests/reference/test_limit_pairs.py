"""Pairs of laws of which one is a limit of its family, and how their numbers come about."""

import math

import numpy as np
import pytest

import kullback as kb
from kullback.families import (
    Independent,
    Laplace,
    Mixture,
    MultivariateNormal,
    MultivariateStudentT,
    NegativeBinomial,
    Normal,
    Poisson,
    Product,
    StudentT,
)

SCATTER = [[2.0, 0.5], [0.5, 1.0]]


@pytest.mark.parametrize("form", [{"probability": 0.4}, {"log_odds": -0.5}])
def test_waiting_for_no_success(form):
    none, other = NegativeBinomial(successes=0.0, **form), NegativeBinomial(successes=1.3, **form)
    chance = math.exp(float(other.log_prob(0.0)))
    assert kb.entropy(none) == 0.0
    assert kb.kl_divergence(none, none) == 0.0
    assert kb.kl_divergence(none, other) == pytest.approx(-math.log(chance), rel=1e-13)
    assert kb.kl_divergence(none, Poisson(rate=2.0)) == pytest.approx(2.0, rel=1e-13)
    assert kb.kl_divergence(other, none) == math.inf
    assert kb.renyi_divergence(other, none, order=0.5) == pytest.approx(-math.log(chance))
    assert none.log_prob(np.array([0.0, 1.0, -1.0])).tolist() == [0.0, -math.inf, -math.inf]
    assert none.sample(4, rng=0).tolist() == [0.0] * 4
    assert none.cdf(np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 1.0, 1.0]
    assert none.quantile(np.array([0.1, 0.9])).tolist() == [0.0, 0.0]
    assert (none.mean, none.variance) == (0.0, 0.0)
    batch = NegativeBinomial(successes=[0.0, 1.3], **form)
    assert kb.entropy(batch)[0] == 0.0
    assert batch.sample(20, rng=0)[:, 0].tolist() == [0.0] * 20


def test_slopes_at_a_rate_of_zero():
    torch = pytest.importorskip("torch")
    rate = torch.zeros((), dtype=torch.float64, requires_grad=True)
    never = Poisson(rate=torch.zeros((), dtype=torch.float64))
    for value in (kb.kl_divergence(never, Poisson(rate=rate)), -Poisson(rate=rate).log_prob(0.0)):
        (slope,) = torch.autograd.grad(value, rate)
        assert slope == 1.0
    successes = torch.zeros((), dtype=torch.float64, requires_grad=True)
    law = NegativeBinomial(successes=successes, probability=torch.tensor(0.4, dtype=torch.float64))
    (slope,) = torch.autograd.grad(law.log_prob(0.0), successes)
    assert slope.item() == pytest.approx(math.log(0.4), rel=1e-15)


def test_infinite_degrees_beside_normal_laws_are_closed_forms():
    t, normal = StudentT(degrees=math.inf, location=1.0, scale=2.0), Normal(mean=1.0, std=2.0)
    q = Normal(mean=-1e8, std=3.0)
    for verb in (kb.kl_divergence, kb.cross_entropy):
        assert verb(t, q) == verb(normal, q)
        assert verb(q, t) == verb(q, normal)
        assert kb.method_for(verb, t, q).method == "closed form"
    heavy = StudentT(degrees=5.0)
    assert kb.method_for(kb.kl_divergence, t, heavy).method == "quadrature"
    batch = StudentT(degrees=[math.inf, 3.0], location=0.0, scale=1.0)
    each = [kb.kl_divergence(StudentT(degrees=nu), heavy) for nu in (math.inf, 3.0)]
    assert kb.kl_divergence(batch, heavy).tolist() == pytest.approx(each, rel=1e-12)
    draws = batch.sample(1000, rng=0)
    assert np.isfinite(draws).all()
    assert draws[:, 0].std() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("form", ["scatter", "cholesky"])
def test_vectors_of_infinite_degrees_beside_normal_ones(form):
    matrix = SCATTER if form == "scatter" else np.linalg.cholesky(np.array(SCATTER))
    t = MultivariateStudentT(degrees=math.inf, location=[1.0, -1.0], **{form: matrix})
    normal = MultivariateNormal(mean=[1.0, -1.0], covariance=SCATTER)
    q = MultivariateNormal(mean=[0.0, 0.0], std=[1.0, 1.0])
    assert kb.kl_divergence(t, q) == pytest.approx(kb.kl_divergence(normal, q), rel=1e-13)
    assert kb.kl_divergence(q, t) == pytest.approx(kb.kl_divergence(q, normal), rel=1e-13)
    assert kb.kl_divergence(t, t) == 0.0
    assert kb.cross_entropy(t, normal) == pytest.approx(kb.entropy(normal), rel=1e-13)
    expected = kb.renyi_divergence(normal, q, order=0.5)
    assert kb.renyi_divergence(t, q, order=0.5) == pytest.approx(expected, rel=1e-13)
    heavy = MultivariateStudentT(degrees=5.0, location=[1.0, -1.0], scatter=SCATTER)
    with pytest.raises(kb.KullbackError, match="samples"):
        kb.kl_divergence(t, heavy)
    assert kb.kl_divergence(t, heavy, samples=1000, rng=0).value > 0.0


def test_methods_of_independent_coordinates_are_those_of_each():
    laplace = Independent(Laplace(location=[1.0, 2.0], scale=1.0))
    for q in (
        Independent(Normal(mean=[1.0, 2.0], std=1.0)),
        MultivariateNormal(mean=[1.0, 2.0], std=[1.0, 1.0]),
    ):
        found = kb.method_for(kb.kl_divergence, laplace, q)
        assert found.method == "quadrature"
        assert 0.0 < found.error < 1e-12
        assert found.value == kb.kl_divergence(laplace, q)
    counts = Independent(Poisson(rate=[1.0, 2.0]))
    assert kb.method_for(kb.entropy, counts).method == "sum"
    assert kb.method_for(kb.entropy, laplace).error is None
    p = Product(Laplace(location=0.0, scale=1.0), Poisson(rate=2.0))
    q = Product(Normal(mean=0.0, std=1.0), Poisson(rate=0.0))
    found = kb.method_for(kb.kl_divergence, p, q)
    assert (found.value, found.method) == (math.inf, "infinite")
    assert found.reason


@pytest.mark.parametrize("unit", [1e155, 1e-300])
def test_ratios_do_not_depend_on_a_unit_far_from_one(unit):
    def pair(u):
        return StudentT(degrees=3.0, location=-0.5 * u, scale=0.7 * u), Laplace(
            location=0.5 * u, scale=0.9 * u
        )

    for verb in (kb.kl_divergence, kb.jensen_shannon_divergence, kb.total_variation_distance):
        assert verb(*pair(unit)[::-1]) == pytest.approx(verb(*pair(1.0)[::-1]), rel=1e-10)


def test_a_wide_mixture_of_normal_laws_is_not_infinite():
    wide = [
        Mixture(components=[Normal(mean=a, std=1e155), Normal(mean=-a, std=2e155)], weights=w)
        for a, w in ((5e154, [0.3, 0.7]), (1e155, [0.5, 0.5]))
    ]
    near = [
        Mixture(components=[Normal(mean=a, std=1.0), Normal(mean=-a, std=2.0)], weights=w)
        for a, w in ((0.5, [0.3, 0.7]), (1.0, [0.5, 0.5]))
    ]
    assert kb.kl_divergence(*wide) == pytest.approx(kb.kl_divergence(*near), rel=1e-6)
