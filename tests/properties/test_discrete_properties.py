"""What holds for laws on the integers."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import ALL, extra, loaded, numbers
from scipy import stats

import kullback as kb
from kullback.families import (
    Bernoulli,
    Binomial,
    DiscreteUniform,
    Geometric,
    NegativeBinomial,
    Poisson,
    Zipf,
)

FEWER = settings(max_examples=60)
EPS = 2.0**-52
# From 1e-12 to 1 - 1e-12
chances = st.floats(-27.0, 27.0).map(lambda x: 1.0 / (1.0 + math.exp(-x)))
sizes = st.floats(-25.0, 25.0).map(math.exp)

# Each of one free number and one that both laws share.
PAIRS = {
    "Bernoulli": (lambda x, _: Bernoulli(probability=x), chances),
    "binomial": (lambda x, n: Binomial(trials=np.ceil(n), probability=x), chances),
    "geometric": (lambda x, _: Geometric(probability=x), chances),
    "Poisson": (lambda x, _: Poisson(rate=x), sizes),
    "negative binomial": (lambda x, r: NegativeBinomial(successes=r, probability=x), chances),
    "Zipf": (lambda x, _: Zipf(exponent=1.0 + x), sizes),
    "uniform": (lambda x, _: DiscreteUniform(low=0.0, high=np.floor(x)), sizes),
}
EVERY = pytest.mark.parametrize("name", PAIRS)


def two(name, data):
    law, numbers = PAIRS[name]
    shared = data.draw(sizes)
    x = data.draw(numbers)
    near = st.integers(-1000, 1000).map(lambda k: x * (1.0 + k * EPS))
    y = data.draw(st.one_of(numbers, near.filter(lambda y: name == "Poisson" or y < 1.0)))
    return law(x, shared), law(y, shared)


def same(p, q):
    return all(np.all(a == b) for a, b in zip(p.arrays, q.arrays, strict=True))


@EVERY
@FEWER
@given(data=st.data())
def test_a_divergence_is_zero_for_equal_laws_only(name, data):
    p, q = two(name, data)
    value = kb.kl_divergence(p, q)
    assert value >= 0.0
    assert not np.signbit(value)
    # Beyond an exponent of 500 every law of Zipf's is certain to the last float.
    certain = name == "Zipf" and min(float(p.exponent), float(q.exponent)) > 500.0
    assert certain or (value == 0.0) == same(p, q)


@EVERY
@FEWER
@given(data=st.data())
def test_orders_do_not_decrease(name, data):
    p, q = two(name, data)
    orders = (0.0, 0.25, 0.5, 0.999, 1.0, 1.001, 2.0, 7.0, math.inf)
    values = [float(kb.renyi_divergence(p, q, order=a)) for a in orders]
    assert values[4] == kb.kl_divergence(p, q)
    for low, high in pairwise(values):
        assert 0.0 <= low <= high * (1.0 + 1e-12)


@EVERY
@FEWER
@given(data=st.data())
def test_order_one_half_is_symmetric(name, data):
    p, q = two(name, data)
    ahead, back = (kb.renyi_divergence(*pair, order=0.5) for pair in ((p, q), (q, p)))
    assert ahead == pytest.approx(float(back), rel=1e-12)


@FEWER
@given(st.floats(0.01, 0.99), st.floats(0.1, 50.0), st.integers(0, 60), st.integers(0, 60))
def test_log_masses_are_scipys(chance, rate, x, more):
    laws = [
        (Binomial(trials=float(x + more), probability=chance), stats.binom(x + more, chance)),
        (Poisson(rate=rate), stats.poisson(rate)),
        (NegativeBinomial(successes=rate, probability=chance), stats.nbinom(rate, chance)),
        (Geometric(probability=chance), stats.nbinom(1, chance)),
        (DiscreteUniform(low=-3.0, high=float(x)), stats.randint(-3, x + 1)),
        (Bernoulli(probability=chance), stats.bernoulli(chance)),
    ]
    for ours, theirs in laws:
        expected = theirs.logpmf(x)
        assert ours.log_prob(float(x)) == pytest.approx(expected, rel=1e-11, abs=1e-11)


SAMPLED = [
    Bernoulli(probability=0.3),
    Binomial(trials=1e9, probability=0.3),
    Geometric(probability=1e-12),
    Poisson(rate=1e12),
    NegativeBinomial(successes=0.5, probability=0.01),
    Zipf(exponent=4.0),
    DiscreteUniform(low=-3.0, high=8.0),
]


@pytest.mark.parametrize("law", SAMPLED, ids=lambda law: type(law).__name__)
def test_draws_have_the_mean_and_the_variance_of_the_law(law):
    x = law.sample(40_000, rng=7)
    assert (x == np.floor(x)).all()
    assert abs(x.mean() - law.mean) <= 5.0 * np.sqrt(law.variance / len(x))
    if not isinstance(law, Zipf):  # which has no fourth moment, so that errors are unknown
        spread = (x - law.mean) ** 2
        assert abs(spread.mean() - law.variance) <= 5.0 * spread.std() / math.sqrt(len(x))


def test_draws_of_zipf_where_there_is_no_mean():
    """The mean logarithm, whose variance is about 1/(s - 1)^2."""
    law = Zipf(exponent=1.05)
    x = np.log(law.sample(40_000, rng=3))
    mean_log = (kb.entropy(law) + law.log_prob(1.0)) / 1.05
    assert abs(x.mean() - mean_log) <= 5.0 * x.std() / math.sqrt(len(x))


FREE = {
    "Bernoulli": lambda a: Bernoulli(probability=a),
    "binomial": lambda a: Binomial(trials=12.0, probability=a),
    "geometric": lambda a: Geometric(probability=a),
    "Poisson": lambda a: Poisson(rate=10.0 * a),
    "negative binomial": lambda a: NegativeBinomial(successes=2.5, probability=a),
    "Zipf": lambda a: Zipf(exponent=1.0 + a),
}
MEASURES = {
    "entropy": lambda p, _: kb.entropy(p),
    "cross-entropy": kb.cross_entropy,
    "divergence": kb.kl_divergence,
    "order 1/2": lambda p, q: kb.renyi_divergence(p, q, order=0.5),
    "order 1.1": lambda p, q: kb.renyi_divergence(p, q, order=1.1),
    "log mass": lambda p, q: p.log_prob(1.0) + q.log_prob(1.0),
}


OTHERS = [x for x in ALL if x.name in ("array-api-strict", "torch", "jax x64")]


@pytest.mark.parametrize("library", OTHERS, ids=lambda library: library.name)
@pytest.mark.parametrize("name", FREE)
def test_every_library_says_the_same(name, library):
    law = FREE[name]
    a, b = np.array([0.3, 0.7, 0.5]), np.array([0.4, 0.6, 0.5])
    with loaded(library):
        for function in MEASURES.values():
            value = function(*(law(library.array(x, "float64")) for x in (a, b)))
            assert library.owns(value)
            assert numbers(value) == pytest.approx(function(law(a), law(b)), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", FREE)
def test_gradients_are_differences(name, measure):
    torch = extra("torch")
    law, function = FREE[name], MEASURES[measure]
    a = torch.tensor([0.3, 0.7, 0.5], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([0.4, 0.6, 0.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: function(law(a), law(b)), (a, b))


TRACED = [(n, m) for n in ("geometric", "Poisson", "Zipf") for m in ("divergence", "log mass")]


@pytest.mark.parametrize(("name", "measure"), [*TRACED, ("Poisson", "order 1/2")])
def test_closed_forms_can_be_traced(name, measure):
    jax = extra("jax")
    law, function = FREE[name], MEASURES[measure]
    a, b = np.array([0.3, 0.7], np.float32), np.array([0.4, 0.6], np.float32)
    plain = function(law(a), law(b))
    run = jax.jit(lambda a, b: function(law(a), law(b)))
    # Without 64-bit floats the whole is computed in float32.
    assert np.asarray(run(a, b)) == pytest.approx(plain, rel=1e-4)
    slope = jax.grad(lambda a: run(a, b).sum())(jax.numpy.asarray(a))
    assert np.isfinite(np.asarray(slope)).all()


def test_gradients_at_the_edges_are_finite():
    torch = extra("torch")
    for law, chances in ((Bernoulli, [0.0, 1.0, 0.5]), (Geometric, [1.0, 1.0, 0.5])):
        p, q = (
            torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (chances, [0.5] * 3)
        )
        total = kb.entropy(law(probability=p)) + kb.kl_divergence(
            law(probability=p), law(probability=q)
        )
        total.sum().backward()
        assert torch.isfinite(p.grad).all()
        assert torch.isfinite(q.grad).all()


@pytest.mark.parametrize("s", [3.05, 4.0, 10.0, 10.01, 12.0, 55.0, 400.0])
def test_variances_of_zipf_keep_their_digits(s):
    with mp.workdps(400):
        zeta = [mp.zeta(mp.mpf(s) - k) for k in range(3)]
        exact = float(zeta[2] / zeta[0] - (zeta[1] / zeta[0]) ** 2)
    assert float(Zipf(exponent=s).variance) == pytest.approx(exact, rel=1e-12, abs=0.0)
