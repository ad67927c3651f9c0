"""Laws on the integers, against their definitions."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from family_cases import discrete
from mpmath import mpf
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

CASES = discrete.CASES
BOUNDS = {"float64": 1e-12, "float32": 1e-5}  # the goals


def test_there_are_enough_cases():
    assert len(CASES) >= 70
    assert len({(case.name, case.measure) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.measure}-{case.name}")
def test_every_case_is_within_its_bound(case, dtype):
    laws = [x.map(lambda a: np.asarray(a, dtype)) for x in (case.p, case.q) if x is not None]
    truth = case.truth(*laws, *([None] * (2 - len(laws))))
    value = getattr(kb, case.measure)(*laws, **case.options)
    assert value.dtype == dtype
    assert not np.signbit(value)
    if truth == 0 or mp.isinf(truth):  # laws that are certain, or that rounding made equal
        assert float(value) == float(truth)
    else:
        assert abs(mpf(float(value)) - truth) <= BOUNDS[dtype] * abs(truth)


# Laws of few outcomes that matter, with SciPy's own masses.
ORDINARY = [
    (
        Binomial(trials=20.0, probability=0.3),
        Binomial(trials=20.0, probability=0.4),
        stats.binom(20, 0.3),
        stats.binom(20, 0.4),
    ),
    (
        Geometric(probability=0.3),
        Geometric(probability=0.2),
        stats.nbinom(1, 0.3),
        stats.nbinom(1, 0.2),
    ),
    (Poisson(rate=7.0), Poisson(rate=5.0), stats.poisson(7.0), stats.poisson(5.0)),
    (
        NegativeBinomial(successes=2.5, probability=0.3),
        NegativeBinomial(successes=2.5, probability=0.2),
        stats.nbinom(2.5, 0.3),
        stats.nbinom(2.5, 0.2),
    ),
    (
        NegativeBinomial(successes=2.5, probability=0.3),
        NegativeBinomial(successes=4.0, probability=0.3),
        stats.nbinom(2.5, 0.3),
        stats.nbinom(4.0, 0.3),
    ),
    (Zipf(exponent=9.0), Zipf(exponent=7.0), stats.zipf(9.0), stats.zipf(7.0)),
]


@pytest.mark.parametrize(("p", "q", "a", "b"), ORDINARY, ids=lambda x: type(x).__name__)
def test_measures_are_sums_over_the_masses(p, q, a, b):
    """Independent of every formula; masses of SciPy have 12 digits or so."""
    x = np.arange(float(p.support.low), min(float(p.support.high), 1000.0) + 1.0)
    mass, other = a.pmf(x), b.pmf(x)
    x, mass, other = (y[(mass > 1e-200) & (other > 1e-200)] for y in (x, mass, other))
    log_p, log_q = np.log(mass), np.log(other)
    assert kb.entropy(p) == pytest.approx(-(mass * log_p).sum(), rel=1e-11)
    assert kb.cross_entropy(p, q) == pytest.approx(-(mass * log_q).sum(), rel=1e-11)
    assert kb.kl_divergence(p, q) == pytest.approx((mass * (log_p - log_q)).sum(), rel=1e-10)
    for order in (0.5, 1.2):
        powers = np.log(np.exp(order * log_p + (1.0 - order) * log_q).sum()) / (order - 1.0)
        assert kb.renyi_divergence(p, q, order=order) == pytest.approx(powers, rel=1e-10)


HUGE = [
    *(Poisson(rate=r) for r in (1e-8, 30.0, 1e6, 1e12)),
    *(Binomial(trials=n, probability=0.3) for n in (30.0, 1e9, 1e12)),
    Binomial(trials=1e9, probability=1e-6),
    Binomial(trials=1e9, probability=1.0 - 2.0**-20),
    NegativeBinomial(successes=2.0, probability=1e-9),
    NegativeBinomial(successes=1e9, probability=0.25),
    NegativeBinomial(successes=1e-6, probability=1e-6),
    NegativeBinomial(successes=1e12, probability=1e-3),
]


@pytest.mark.parametrize("law", HUGE, ids=discrete.described)
def test_log_masses_at_large_parameters(law):
    """The sum of a few rounded terms of the size of the result, in the bell and far outside."""
    mean, std, high = float(law.mean), float(np.sqrt(law.variance)), float(law.support.high)
    x = np.floor(mean + std * np.array([-1e3, -30.0, -3.0, -0.1, 0.0, 0.1, 3.0, 30.0, 1e3]))
    x = np.unique(np.clip([*x, 0.0, 1.0, 2.0], 0.0, min(high, 2.0**52)))
    for k, value in zip(x, law.log_prob(x), strict=True):
        with mp.workdps(60):
            truth = discrete.log_mass(law, int(k))
            assert abs(mpf(float(value)) - truth) <= 1e-14 * (5 + abs(truth))


@mp.workdps(60)
def test_the_masses_of_zipf():
    for s in (1.0001, 1.05, 2.0, 40.0):
        for k in (1.0, 2.0, 1e6, 1e100):
            truth = -mpf(s) * mp.log(k) - mp.log(mp.zeta(mpf(s)))
            value = float(Zipf(exponent=s).log_prob(k))
            assert abs(value - truth) <= 4e-16 * abs(truth) + 1e-300
            if k <= 1e6:
                rest = mp.zeta(mpf(s), k + 1) / mp.zeta(mpf(s))
                # cdf and its complement are as exact as a number next to 1
                assert abs(float(Zipf(exponent=s).cdf(k)) - (1 - rest)) <= 1e-14


@pytest.mark.parametrize("u", [1e-12, 0.1, 0.5, 0.9, 0.999])
def test_quantiles_where_scipy_has_none(u):
    for law in (Poisson(rate=1e12), Zipf(exponent=1.05), Zipf(exponent=3.0), Poisson(rate=3.0)):
        x = float(law.quantile(u))
        assert law.cdf(x) >= u
        # from 2^53 on there are no neighbours
        assert x >= 2.0**53 or x == law.support.low or law.cdf(x - 1.0) < u


def test_what_is_certain():
    never, always = Bernoulli(probability=0.0), Bernoulli(probability=1.0)
    assert kb.kl_divergence(never, always) == np.inf
    assert never.log_prob([0.0, 1.0]).tolist() == [0.0, -np.inf]
    all_of_them = Binomial(trials=5.0, probability=1.0)
    assert all_of_them.log_prob([5.0, 4.0]).tolist() == [0.0, -np.inf]
    other = Binomial(trials=7.0, probability=0.5)
    assert kb.kl_divergence(all_of_them, other) == pytest.approx(-other.log_prob(5.0), rel=1e-14)
    at_once = Geometric(probability=1.0)
    assert at_once.log_prob([0.0, 1.0]).tolist() == [0.0, -np.inf]
    assert at_once.sample(5, rng=0).tolist() == [0.0] * 5
    assert kb.kl_divergence(at_once, Poisson(rate=2.0)) == pytest.approx(2.0, rel=1e-14)
    assert kb.kl_divergence(Poisson(rate=2.0), at_once) == np.inf


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Binomial(trials=20.0, probability=0.3), Binomial(trials=19.0, probability=0.3)),
        (Poisson(rate=2.0), Binomial(trials=1e6, probability=0.5)),
        (Zipf(exponent=2.0), Geometric(probability=0.5)),
        (Zipf(exponent=2.0), Poisson(rate=3.0)),
        (Poisson(rate=3.0), Zipf(exponent=2.0)),
        (Poisson(rate=3.0), DiscreteUniform(low=0.0, high=1e6)),
    ],
    ids=lambda law: type(law).__name__,
)
def test_pairs_that_are_infinitely_far_apart(p, q):
    """Because of the supports, or because the mean of -log q diverges."""
    assert kb.kl_divergence(p, q) == np.inf


def test_a_tail_that_is_just_light_enough():
    """E X is finite for exponents above 2 only, and -log q is linear for a geometric law."""
    p, q = Zipf(exponent=2.25), Geometric(probability=0.5)
    moved = mp.zeta(1.25) / mp.zeta(2.25)
    truth = (1 + moved) * mp.log(2) - discrete.closed_entropy(p, None)
    assert kb.kl_divergence(p, q) == pytest.approx(float(truth), rel=1e-13)


def test_batches_of_wide_and_narrow_laws():
    rates = np.array([[0.5, 1e5], [1e6, 3.0]])
    found = kb.entropy(Poisson(rate=rates))
    one_by_one = [[float(kb.entropy(Poisson(rate=r))) for r in row] for row in rates]
    assert found.tolist() == one_by_one
    p = Binomial(trials=[5.0, 6.0], probability=0.3)
    q = Binomial(trials=6.0, probability=[0.3, 0.4])
    found = kb.kl_divergence(p, q)
    assert found[0] == kb.kl_divergence(p.at((0,), (2,)), q.at((0,), (2,)))
    # a batch in which some pairs do not agree is summed throughout
    closed = kb.kl_divergence(p.at((1,), (2,)), q.at((1,), (2,)))
    assert found[1] == pytest.approx(closed, rel=1e-14)


def test_how_it_was_obtained():
    equal = [Binomial(trials=6.0, probability=x) for x in (0.3, 0.4)]
    other = Binomial(trials=7.0, probability=0.4)
    assert kb.method_for(kb.kl_divergence, *equal).method == "closed form"
    assert kb.method_for(kb.kl_divergence, equal[0], other).method == "sum"
    assert kb.method_for(kb.entropy, equal[0]).method == "sum"
    assert kb.method_for(kb.entropy, Poisson(rate=1e6)).method == "closed form"
