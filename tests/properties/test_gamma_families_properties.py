"""What holds for all laws of the gamma function, whatever their parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import extra

import kullback as kb
from kullback.families import Beta, ChiSquared, Dirichlet, Exponential, Gamma, InverseGamma

POSITIVE = st.floats(-10.0, 12.0).map(lambda x: 10.0**x)
MODERATE = st.floats(-1.0, 2.0).map(lambda x: 10.0**x)


def laws(number):
    """Return strategies for laws of every family of this group."""
    return {
        Gamma: st.builds(lambda a, b: Gamma(shape=a, rate=b), number, number),
        InverseGamma: st.builds(lambda a, b: InverseGamma(shape=a, scale=b), number, number),
        Exponential: st.builds(lambda a: Exponential(rate=a), number),
        ChiSquared: st.builds(lambda a: ChiSquared(degrees=a), number),
        Beta: st.builds(lambda a, b: Beta(alpha=a, beta=b), number, number),
        Dirichlet: st.builds(
            lambda *a: Dirichlet(concentration=list(a)), number, number, number, number
        ),
    }


ANY, USUAL = laws(POSITIVE), laws(MODERATE)
GROUPS = ((Gamma, Exponential, ChiSquared), (InverseGamma,), (Beta,), (Dirichlet,))
PAIRS = [(p, q) for group in GROUPS for p in group for q in group]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_divergence_is_never_negative(one, other, data):
    p, q = data.draw(ANY[one]), data.draw(ANY[other])
    divergence = float(kb.kl_divergence(p, q))
    assert divergence >= 0.0
    half = float(kb.renyi_divergence(p, q, order=0.5))
    # It does not fall with the order; both may be off in their last digits.
    assert 0.0 <= half <= divergence * (1.0 + 1e-13)
    assert float(kb.renyi_divergence(p, q, order=2.0)) >= divergence * (1.0 - 1e-13)


@pytest.mark.parametrize("kind", ANY)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_equal_laws_differ_by_exactly_nothing(kind, data):
    p = data.draw(ANY[kind])
    assert float(kb.kl_divergence(p, p)) == 0.0
    for order in (0.0, 0.5, 2.0, math.inf):
        assert float(kb.renyi_divergence(p, p, order=order)) == 0.0
    other = p.map(lambda x: x * (1.0 + 2.0**-20))
    assert float(kb.kl_divergence(p, other)) > 0.0


@given(p=USUAL[Gamma], degrees=MODERATE)
@settings(max_examples=25, deadline=None)
def test_a_law_is_the_same_under_both_names(p, degrees):
    one = ChiSquared(degrees=degrees)
    same = Gamma(shape=0.5 * degrees, rate=0.5)
    assert float(kb.kl_divergence(one, same)) == float(kb.kl_divergence(same, one)) == 0.0
    assert float(kb.kl_divergence(p, one)) == float(kb.kl_divergence(p, same))
    assert float(kb.entropy(one)) == pytest.approx(float(kb.entropy(same)), abs=1e-14)
    assert float(one.log_prob(1.5)) == float(same.log_prob(1.5))


@pytest.mark.parametrize("kind", [kind for kind in USUAL if kind is not Dirichlet])
@given(data=st.data(), level=st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_densities_are_those_of_scipy(kind, data, level):
    p = data.draw(USUAL[kind])
    x = p.quantile(level)
    # Below, and as near to 1, SciPy loses digits.
    if x > 1e-30 and (kind is not Beta or x < 1.0 - 1e-6):
        assert float(p.log_prob(x)) == pytest.approx(p._scipy().logpdf(x), rel=1e-11, abs=1e-11)


def test_densities_of_shares_are_those_of_scipy():
    p = Dirichlet(concentration=[0.5, 2.0, 30.0])
    x = p.sample(5, rng=0)
    assert np.allclose(p.log_prob(x), p._scipy().logpdf(x.T), rtol=1e-12)


@pytest.mark.parametrize(
    "p",
    [
        Gamma(shape=[0.5, 30.0], rate=[2.0, 0.1]),
        InverseGamma(shape=[4.5, 30.0], scale=[2.0, 0.1]),
        Exponential(rate=[0.1, 3.0]),
        ChiSquared(degrees=[0.5, 7.0]),
        Beta(alpha=[0.1, 3.0], beta=[0.2, 100.0]),
        Dirichlet(concentration=[[0.1, 2.0, 30.0], [1e-3, 1e-3, 1e-3]]),
    ],
    ids=lambda p: type(p).__name__,
)
def test_draws_have_the_moments(p):
    n = 40_000
    x = p.sample(n, rng=5)
    assert x.shape == (n, *p.batch_shape, *p.event_shape)
    assert np.all(np.abs(x.mean(axis=0) - p.mean) <= 5.0 * np.sqrt(p.variance / n))
    squares = (x - p.mean) ** 2
    assert np.all(
        np.abs(squares.mean(axis=0) - p.variance) <= 5.0 * squares.std(axis=0) / math.sqrt(n)
    )


@pytest.mark.parametrize("kind", [Gamma, InverseGamma, Beta, Exponential, ChiSquared])
@pytest.mark.parametrize("statistic", [("power", 2), ("power", -0.5), ("log", 1), ("log", 2)])
def test_expectations_are_integrals(kind, statistic):
    made = {Gamma: (2.5, 3.0), InverseGamma: (4.5, 2.0), Beta: (2.5, 0.75)}.get(kind, (2.5,))
    names = kind.__dataclass_fields__
    p = kind(**dict(zip(names, made, strict=True)))
    name, k = statistic
    x = p.quantile((np.arange(200_000) + 0.5) / 200_000)
    values = x**k if name == "power" else np.log(x) ** k
    # The midpoint rule in the probability, of functions that grow without bound at its ends.
    assert float(p._expectation(np, statistic)) == pytest.approx(values.mean(), rel=2e-3)


def test_moments_that_do_not_exist_are_infinite():
    assert Gamma(shape=2.0, rate=1.0)._expectation(np, ("power", -2)) == math.inf
    assert InverseGamma(shape=2.0, scale=1.0)._expectation(np, ("power", 2)) == math.inf
    assert InverseGamma(shape=1.0, scale=1.0)._expectation(np, ("power", 1)) == math.inf
    assert Beta(alpha=1.0, beta=1.0)._expectation(np, ("power", -1.5)) == math.inf
    assert Exponential(rate=1.0)._expectation(np, ("power", -1)) == math.inf


MEASURES = {
    "entropy": lambda p, _: kb.entropy(p),
    "kl_divergence": kb.kl_divergence,
    "renyi_divergence": lambda p, q: kb.renyi_divergence(p, q, order=0.5),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("make", "p", "q"),
    [
        (lambda x: Gamma(shape=x[0], rate=x[1]), (2.0, 3.0), (2.5, 1.0)),
        (lambda x: Gamma(shape=x[0], rate=x[1]), (1e6, 1e6), (1.01e6, 1e6)),
        (lambda x: InverseGamma(shape=x[0], scale=x[1]), (0.01, 3.0), (0.02, 1.0)),
        (lambda x: Beta(alpha=x[0], beta=x[1]), (5.0, 1e-4), (6.0, 2e-4)),
        (lambda x: Dirichlet(concentration=x), (1.0, 2.0, 30.0), (2.0, 1.0, 9.0)),
    ],
    ids=["Gamma", "huge Gamma", "InverseGamma", "Beta", "Dirichlet"],
)
def test_gradients_are_differences(measure, make, p, q):
    torch = extra("torch")
    rows = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (p, q)]
    value = MEASURES[measure](*(make(x) for x in rows))
    slopes = torch.autograd.grad(value, rows, allow_unused=True)
    for side, slope in enumerate(slopes):
        for k in range(len(p)):
            if slope is None:
                continue
            moved = [[np.array(x, dtype=float) for x in (p, q)] for _ in range(2)]
            step = 1e-5 * moved[0][side][k]
            moved[0][side][k] += step
            moved[1][side][k] -= step
            up, down = (MEASURES[measure](*(make(x) for x in pair)) for pair in moved)
            # The steps are 1e-5 of a number, and values are right to 1e-15.
            scale = float(abs(up) + abs(down)) * 1e-10 / (2.0 * step / 1e-5)
            assert float(slope[k]) == pytest.approx((up - down) / (2.0 * step), 1e-6, scale)


@pytest.mark.parametrize("order", [None, 0.5, 2.0])
def test_equal_laws_have_finite_gradients(order):
    torch = extra("torch")
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    p, q = Gamma(shape=x[0], rate=x[1]), Gamma(shape=2.0, rate=3.0)
    value = kb.kl_divergence(p, q) if order is None else kb.renyi_divergence(p, q, order=order)
    value.backward()
    assert x.grad.tolist() == [0.0, 0.0]
