"""Lifetimes, heavy tails, intervals and the circle: values, densities, draws and gradients."""

from __future__ import annotations

import math

import families
import mpmath as mp
import numpy as np
import pytest
import scipy.stats
from family_cases.positive import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

import kullback as kb
from kullback.families import (
    GeneralizedPareto,
    InverseGaussian,
    Pareto,
    Rayleigh,
    Uniform,
    VonMises,
    Weibull,
)

# Goals of the library: closed forms in float64, and answers rounded to float32.
BOUNDS = {"float64": 1e-12, "float32": 1e-5}

SIZES = st.floats(1e-3, 1e3)
SHIFTS = st.floats(-10.0, 10.0)
LAWS = {
    Weibull: st.builds(Weibull, shape=st.floats(0.1, 50.0), scale=SIZES),
    Pareto: st.builds(Pareto, shape=st.floats(0.1, 50.0), scale=SIZES),
    GeneralizedPareto: st.builds(
        GeneralizedPareto, shape=st.floats(-0.9, 3.0), scale=SIZES, location=SHIFTS
    ),
    Rayleigh: st.builds(Rayleigh, scale=SIZES),
    InverseGaussian: st.builds(InverseGaussian, mean=SIZES, shape=SIZES),
    Uniform: st.builds(lambda a, w: Uniform(low=a, high=a + w), SHIFTS, st.floats(1e-3, 10.0)),
    VonMises: st.builds(VonMises, location=SHIFTS, concentration=st.floats(0.0, 500.0)),
}
CLOSED = [family for family in LAWS if family is not GeneralizedPareto]
ONE_OF_EACH = {
    Weibull: {"shape": 1.7, "scale": 2.0},
    Pareto: {"shape": 3.5, "scale": 2.0},
    GeneralizedPareto: {"shape": 0.2, "scale": 2.0, "location": 1.0},
    Rayleigh: {"scale": 1.5},
    InverseGaussian: {"mean": 2.0, "shape": 3.0},
    Uniform: {"low": -1.0, "high": 2.5},
    VonMises: {"location": 0.7, "concentration": 4.0},
}


def test_there_are_enough_cases():
    assert len(CASES) >= 60
    assert len({(case.measure, case.name) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.measure}: {case.name}")
def test_a_case_is_as_near_its_definition_as_promised(case, dtype):
    laws = [families.rounded(law, dtype) for law in (case.p, case.q) if law is not None]
    truth = case.truth(laws[0], laws[-1])
    answer = getattr(kb, case.measure)(*laws, **case.options)
    assert answer.dtype == dtype
    verdict = families.judge(float(answer), truth, None)
    assert not verdict.flaw
    assert verdict.error <= BOUNDS[dtype]


@pytest.mark.parametrize("family", CLOSED)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_divergence_is_0_for_equal_laws_and_above_it_for_others(family, data):
    p, q = data.draw(LAWS[family]), data.draw(LAWS[family])
    assert kb.kl_divergence(p, p) == 0.0
    same = all(np.array_equal(x, q.parameters[name]) for name, x in p.parameters.items())
    value = kb.kl_divergence(p, q)
    assert value >= 0.0
    assert not math.copysign(1.0, value) < 0.0
    # Distances below 1e-150 have squares that are no floats.
    apart = max(abs(x - q.parameters[name]) for name, x in p.parameters.items())
    assert same or family is VonMises or apart < 1e-100 or value > 0.0


@pytest.mark.parametrize("family", [f for f in CLOSED if f not in (Weibull, VonMises)])
@settings(max_examples=30, deadline=None)
@given(data=st.data(), order=st.sampled_from([0.0, 0.3, 0.9, 1.0, 1.5, 4.0, math.inf]))
def test_a_divergence_grows_with_its_order(family, data, order):
    p, q = data.draw(LAWS[family]), data.draw(LAWS[family])
    low, high = (kb.renyi_divergence(p, q, order=a) for a in (order, 1.01 * order + 0.01))
    # Both carry a few ulp, and more where a small order divides it all.
    assert low <= high * (1 + 1e-12)
    assert kb.renyi_divergence(p, q, order=1.0) == kb.kl_divergence(p, q)


@pytest.mark.parametrize("family", LAWS)
@settings(max_examples=30, deadline=None)
@given(data=st.data(), u=st.floats(0.001, 0.999))
def test_a_density_is_that_of_scipy(family, data, u):
    law = data.draw(LAWS[family])
    x = law.quantile(u)
    if family is VonMises:
        expected = scipy.stats.vonmises.logpdf(x, law.concentration, law.location)
    else:
        expected = law.in_numpy()._scipy().logpdf(x)
    # SciPy's own error: powers of up to 50 of numbers of up to 1e3.
    assert law.log_prob(x) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)
    assert law.cdf(x) == pytest.approx(u, rel=1e-6)


@pytest.mark.parametrize("family", LAWS)
def test_draws_have_the_mean_that_is_stated(family):
    law = family(**ONE_OF_EACH[family])
    draws = law.sample(20_000, rng=1)
    assert bool(np.all(law.support.holds(draws)))
    assert abs(draws.mean() - law.mean) <= 5.0 * np.sqrt(law.variance / draws.size)


@pytest.mark.parametrize("family", LAWS)
@pytest.mark.parametrize("statistic", [("power", 1), ("power", 2), ("power", -1), ("log", 1)])
def test_expectations_are_those_of_scipy(family, statistic):
    law = family(**ONE_OF_EACH[family]).wide()
    value = law._expectation(np, statistic)
    if value is None or (family is Uniform and statistic[0] == "log"):  # some x are negative
        return
    name, k = statistic
    mean = law._scipy().expect(lambda x: x**k if name == "power" else np.log(x))
    assert float(value) == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("family", LAWS)
def test_terms_add_up_to_the_density(family):
    law = family(**ONE_OF_EACH[family]).wide()
    found = law._log_density_terms(np)
    if found is None:
        return
    x = law.quantile(np.array([0.1, 0.5, 0.9]))
    constant, coefficients = found
    value = constant
    for (name, k), coefficient in coefficients.items():
        value = value + coefficient * (x**k if name == "power" else np.log(x) ** k)
    assert value == pytest.approx(law.log_prob(x), rel=1e-12)


@pytest.mark.parametrize("family", LAWS)
def test_gradients_are_differences(family):
    torch = pytest.importorskip("torch")
    names = list(ONE_OF_EACH[family])

    def measures(*values):
        law = family(**dict(zip(names, values, strict=True)))
        wider = family(**{name: 1.1 * ONE_OF_EACH[family][name] for name in names})
        terms = [kb.entropy(law), law.log_prob(2.2)]
        if family in CLOSED:
            # The wider law is not where the other one may end.
            pair = (wider, law) if family is Pareto else (law, wider)
            terms.append(kb.kl_divergence(*pair))
        return sum(terms)

    at = [ONE_OF_EACH[family][name] for name in names]
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    gradients = torch.autograd.grad(measures(*leaves), leaves)
    for i, gradient in enumerate(gradients):
        step = np.eye(len(at))[i] * 1e-6
        difference = (measures(*(at + step)) - measures(*(at - step))) / 2e-6
        # Truncation and rounding of a central difference with this step: about 1e-10 each.
        assert float(gradient) == pytest.approx(float(difference), rel=1e-7, abs=1e-8)


def test_densities_at_the_ends_are_limits():
    assert Weibull(shape=1.0, scale=2.0).log_prob(0.0) == -math.log(2.0)
    assert Weibull(shape=0.5, scale=2.0).log_prob(0.0) == math.inf
    assert Weibull(shape=1.5, scale=2.0).log_prob(0.0) == -math.inf
    assert InverseGaussian(mean=1.0, shape=1.0).log_prob(0.0) == -math.inf
    ends = GeneralizedPareto(shape=np.array([-0.5, -1.0, -2.0]), scale=1.0)
    assert ends.log_prob(ends.support.high).tolist() == [-math.inf, 0.0, math.inf]
    assert Pareto(shape=2.0, scale=1.0).log_prob(1.0) == math.log(2.0)
    assert Weibull(shape=2.0, scale=1.0).log_prob(math.inf) == -math.inf


def test_a_generalized_pareto_law_of_shape_0_is_exponential():
    x = np.array([0.0, 0.5, 30.0])
    for shape in (0.0, 1e-18, -1e-18):
        law = GeneralizedPareto(shape=shape, scale=2.0)
        assert law.log_prob(x) == pytest.approx(-x / 2.0 - math.log(2.0), rel=1e-15)


def test_an_interval_needs_its_ends_in_order():
    with pytest.raises(kb.KullbackError, match=r"high\[1\] must be above low, not 2"):
        Uniform(low=[0.0, 2.0], high=[1.0, 2.0])


def test_everything_inside_an_interval_costs_its_width():
    q = Uniform(low=-4.0, high=4.0)
    for p in (VonMises(location=1.0, concentration=3.0), Uniform(low=0.0, high=0.5)):
        assert kb.cross_entropy(p, q) == pytest.approx(math.log(8.0), rel=1e-14)
    assert kb.cross_entropy(Weibull(shape=2.0, scale=1.0), q) == math.inf


def test_angles_are_cut_at_pi():
    law = VonMises(location=3.0, concentration=60.0)
    assert law.cdf([-math.pi, math.pi]).tolist() == [0.0, pytest.approx(1.0, abs=1e-15)]
    u = np.array([0.01, 0.2, 0.5, 0.99])
    assert law.cdf(law.quantile(u)) == pytest.approx(u, rel=1e-12)
    # Integrated between the landmarks, so no better than the nodes: 1e-13.
    x = np.linspace(-math.pi, math.pi, 200_001)
    density = np.exp(law.log_prob(x))
    assert law.mean == pytest.approx(np.trapezoid(x * density, x), abs=1e-8)


@pytest.mark.parametrize("shape", [1e8, 1e4, 50.0, 1.7, 0.5, 0.05])
def test_variances_of_weibull_keep_their_digits(shape):
    with mp.workdps(80):
        first, second = (mp.gamma(1 + k / mp.mpf(shape)) for k in (1, 2))
        exact = float(4 * (second - first**2))
    found = float(Weibull(shape=shape, scale=2.0).variance)
    assert found == pytest.approx(exact, rel=1e-12, abs=0.0)
