"""Families at the boundary of their parameters, and at the edge of the range of floats."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from kullback.families import (
    Binomial,
    Cauchy,
    Exponential,
    GeneralizedPareto,
    Geometric,
    Gumbel,
    Laplace,
    Logistic,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    Poisson,
    StudentT,
    Uniform,
    VonMises,
)

LARGEST = float(np.finfo(np.float64).max)

CERTAIN = {  # laws of one outcome, 0, and a law beside them with its probability of 0
    "Poisson": (Poisson(rate=0.0), Poisson(rate=2.0), math.exp(-2.0)),
    "Geometric": (Geometric(probability=1.0), Geometric(probability=0.25), 0.25),
    "no trial": (Binomial(trials=0, probability=0.5), Poisson(rate=2.0), math.exp(-2.0)),
    "Binomial": (
        Binomial(trials=3, probability=0.0),
        Binomial(trials=3, probability=0.5),
        0.125,
    ),
    "Poisson, Binomial": (Poisson(rate=0.0), Binomial(trials=3, probability=0.5), 0.125),
}


@pytest.mark.parametrize("name", CERTAIN)
def test_certain_laws(name):
    law, other, chance = CERTAIN[name]
    assert kb.entropy(law) == 0.0
    assert kb.renyi_entropy(law, order=2.0) == 0.0
    assert kb.kl_divergence(law, law) == 0.0
    assert kb.kl_divergence(law, other) == pytest.approx(-math.log(chance), rel=1e-14)
    assert kb.kl_divergence(other, law) == math.inf
    for order in (0.5, 2.0, math.inf):
        found = kb.renyi_divergence(law, other, order=order)
        assert found == pytest.approx(-math.log(chance), rel=1e-12)
    assert kb.renyi_divergence(other, law, order=0.5) == pytest.approx(-math.log(chance), rel=1e-12)
    assert kb.renyi_divergence(other, law, order=2.0) == math.inf
    assert kb.total_variation_distance(law, other) == pytest.approx(1.0 - chance, rel=1e-12)
    mix = -math.log((1.0 + chance) / 2.0)
    there = -math.log(2.0 * chance / (1.0 + chance)) * chance
    assert kb.jensen_shannon_divergence(law, other) == pytest.approx(
        0.5 * (mix - there + (1.0 - chance) * math.log(2.0)), rel=1e-12
    )
    assert kb.log_likelihood(np.array([0, 1]), law).tolist() == [0.0, -math.inf]
    assert law.sample(5, rng=0).tolist() == [0.0] * 5
    # SciPy's geometric law takes no probability of 1, so that it may be one rounding off.
    assert law.cdf(np.array([-1.0, 0.0, 3.0])) == pytest.approx(
        [0.0, 1.0, 1.0], rel=2.0**-52, abs=0
    )
    assert (law.mean, law.variance) == (0.0, 0.0)


def test_poisson_never_in_every_library():
    torch = pytest.importorskip("torch")
    rate = torch.tensor([0.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    model = torch.tensor([0.0, 1.5, 0.0], dtype=torch.float64, requires_grad=True)
    d = kb.kl_divergence(Poisson(rate=rate), Poisson(rate=model))
    assert d.tolist() == [0.0, 1.5, math.inf]
    slopes = torch.autograd.grad(d[1], [rate, model])
    assert [x[1].item() for x in slopes] == [0.0, 1.0]
    counts = kb.fit(Poisson, [0, 0, 1])
    assert counts.parameters["rate"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("degrees", [math.inf, 1e300])
def test_student_t_of_infinite_degrees_is_normal(degrees):
    t, normal = StudentT(degrees=degrees, location=1.0, scale=2.0), Normal(mean=1.0, std=2.0)
    x = np.linspace(-5.0, 5.0, 7)
    assert t.log_prob(x) == pytest.approx(normal.log_prob(x), rel=1e-15)
    assert kb.entropy(t) == pytest.approx(kb.entropy(normal), rel=1e-15)
    assert t.cdf(x) == pytest.approx(normal.cdf(x), rel=1e-12)
    assert (t.mean, t.variance) == (1.0, 4.0)
    q = Normal(mean=0.0, std=3.0)
    assert kb.kl_divergence(t, q) == pytest.approx(kb.kl_divergence(normal, q), rel=1e-12)
    assert kb.kl_divergence(q, t) == pytest.approx(kb.kl_divergence(q, normal), rel=1e-12)
    assert kb.kl_divergence(t, normal) == pytest.approx(0.0, abs=1e-25)
    heavy = StudentT(degrees=5.0, location=1.0, scale=2.0)
    assert kb.kl_divergence(t, heavy) == pytest.approx(kb.kl_divergence(normal, heavy), rel=1e-12)
    assert t.sample(4, rng=0).shape == (4,)


def test_student_t_of_infinite_degrees_keeps_gradients():
    torch = pytest.importorskip("torch")
    degrees = torch.tensor([math.inf, 4.0], dtype=torch.float64, requires_grad=True)
    scale = torch.tensor([2.0, 2.0], dtype=torch.float64, requires_grad=True)
    law = StudentT(degrees=degrees, location=0.0, scale=scale)
    h = kb.entropy(law).sum() + law.log_prob(torch.tensor(1.5, dtype=torch.float64)).sum()
    slopes = torch.autograd.grad(h, [degrees, scale])
    assert all(bool(torch.isfinite(x).all()) for x in slopes)
    assert slopes[0][0] == 0.0


def test_vectors_of_infinite_degrees_are_normal():
    location, scatter = [1.0, -1.0], [[2.0, 0.5], [0.5, 1.0]]
    t = MultivariateStudentT(degrees=math.inf, location=location, scatter=scatter)
    normal = MultivariateNormal(mean=location, covariance=scatter)
    x = np.array([[0.0, 0.0], [3.0, -2.0]])
    assert t.log_prob(x) == pytest.approx(normal.log_prob(x), rel=1e-14)
    assert kb.entropy(t) == pytest.approx(kb.entropy(normal), rel=1e-14)
    assert t.variance.tolist() == [2.0, 1.0]
    assert np.isfinite(t.sample(4, rng=0)).all()


def test_shapes_that_name_another_family():
    p, q = GeneralizedPareto(shape=0.0, scale=2.0), Exponential(rate=0.5)
    assert kb.kl_divergence(p, q) == pytest.approx(0.0, abs=1e-25)
    even = VonMises(location=1.0, concentration=0.0)
    assert kb.entropy(even) == pytest.approx(math.log(2.0 * math.pi), rel=1e-15)


# ---------------------------------------------------------------- angles

TURNS = [0.3, 0.3 + 2.0 * math.pi, 0.3 - 20.0 * math.pi, 7.0, 1e3, -1e6, 1e16, 1e300]


@pytest.mark.parametrize("location", [0.0, 3.0, 20.0, -1e5, 1e300])
def test_angles_of_any_turn(location):
    law = VonMises(location=location, concentration=2.0)
    with mpmath.workdps(700):
        peak = mpmath.log(2 * mpmath.pi * mpmath.besseli(0, 2))
        truth = [float(2 * mpmath.cos(mpmath.mpf(x) - mpmath.mpf(location)) - peak) for x in TURNS]
        means = [mpmath.cos(mpmath.mpf(x) - mpmath.mpf(location)) for x in TURNS]
        ratio = mpmath.besseli(1, 2) / mpmath.besseli(0, 2)
        divergences = [float(2 * ratio * (1 - c)) for c in means]
    assert law.log_prob(np.array(TURNS)) == pytest.approx(truth, rel=1e-12, abs=1e-14)
    others = VonMises(location=np.array(TURNS), concentration=2.0)
    found = kb.kl_divergence(others, law)
    assert found == pytest.approx(divergences, rel=1e-12, abs=1e-14)


def test_angles_in_draws_distribution_function_and_fit():
    law = VonMises(location=20.0, concentration=2.0)
    same = VonMises(location=float(math.remainder(20.0, 2 * math.pi)), concentration=2.0)
    x = np.linspace(-3.1, 3.1, 9)
    assert law.cdf(x) == pytest.approx(same.cdf(x), abs=1e-13)
    assert law.cdf(x + 4.0 * math.pi) == pytest.approx(law.cdf(x), abs=1e-13)
    assert law.cdf(np.array([-np.inf, np.inf])).tolist() == [0.0, 1.0]
    assert law.log_prob(np.array([np.inf])).tolist() == [-math.inf]
    draws = law.sample(200, rng=0)
    assert (abs(draws) <= math.pi).all()
    turned = draws + 2.0 * math.pi * np.arange(-100, 100)
    one, other = kb.fit(VonMises, draws), kb.fit(VonMises, turned)
    for name in one.parameters:
        assert other.parameters[name] == pytest.approx(one.parameters[name], rel=1e-10)


# ---------------------------------------------------------------- the edge of the floats

LOCATED = {
    "Normal": lambda a, b: Normal(mean=a, std=b),
    "Laplace": lambda a, b: Laplace(location=a, scale=b),
    "Logistic": lambda a, b: Logistic(location=a, scale=b),
    "Cauchy": lambda a, b: Cauchy(location=a, scale=b),
    "Gumbel": lambda a, b: Gumbel(location=a, scale=b),
    "StudentT": lambda a, b: StudentT(degrees=5.0, location=a, scale=b),
}


@pytest.mark.parametrize("unit", [LARGEST, LARGEST / 3.0, 1e307])
@pytest.mark.parametrize("family", LOCATED)
def test_ratios_do_not_depend_on_the_unit(family, unit):
    make = LOCATED[family]
    for a, b, s, t in ((-1.0, 1.0, 1.0, 1.0), (1.0, -1.0, 0.5, 1.0), (0.25, -0.75, 1.0, 0.5)):
        p, q = make(a, s), make(b, t)
        vast_p, vast_q = make(a * unit, s * unit), make(b * unit, t * unit)
        for verb in (kb.kl_divergence, kb.jensen_shannon_divergence, kb.total_variation_distance):
            assert verb(vast_p, vast_q) == pytest.approx(verb(p, q), rel=1e-10)
        x = np.array([-1.0, 0.25, 1.0])
        expected = p.log_prob(x) - math.log(unit)
        assert vast_p.log_prob(x * unit) == pytest.approx(expected, rel=1e-13)


def test_the_widest_interval():
    law = Uniform(low=-LARGEST, high=LARGEST)
    assert kb.entropy(law) == pytest.approx(math.log(LARGEST) + math.log(2.0), rel=1e-15)
    assert law.log_prob(0.0) == pytest.approx(-math.log(LARGEST) - math.log(2.0), rel=1e-15)
    assert np.isfinite(law.sample(9, rng=0)).all()


def test_a_limit_of_a_float_is_told_apart_from_an_infinite_divergence():
    p, q = Normal(mean=-LARGEST, std=1.0), Normal(mean=LARGEST, std=1.0)
    found = kb.method_for(kb.kl_divergence, p, q)
    assert found.value == math.inf
    assert "larger than any float" in found.reason


def test_methods_of_several_dimensions():
    p = MultivariateNormal(mean=[0.0, 0.0], std=[1.0, 2.0])
    q = MultivariateNormal(mean=[1.0, 0.0], std=[1.0, 1.0])
    found = kb.method_for(kb.kl_divergence, p, q)
    assert (found.method, found.error) == ("closed form", None)
    assert found.value == kb.kl_divergence(p, q)
    t = MultivariateStudentT(degrees=4.0, location=[0.0, 0.0], scatter=[[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(kb.KullbackError, match="samples"):
        kb.method_for(kb.kl_divergence, t, p)
