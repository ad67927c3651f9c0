"""Posteriors against Bayes' rule, and the information of designs against its definitions."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import extra

import kullback as kb
from kullback.families import (
    Bernoulli,
    Beta,
    Binomial,
    Dirichlet,
    Exponential,
    Gamma,
    Geometric,
    InverseGamma,
    LogNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    StudentT,
)
from kullback.fitting import Censored, bayes
from kullback.fitting.bayes import expected_information_gain, posterior

BETA = Beta(alpha=2.5, beta=1.5)
GAMMA = Gamma(shape=2.5, rate=1.5)
NORMAL = Normal(mean=0.5, std=2.0)

# prior, family, what is fixed, unknown, draws
PAIRS = [
    (BETA, Bernoulli, {}, "probability", [1, 0, 1, 1]),
    (BETA, Binomial, {"trials": 9}, "probability", [0, 4, 9]),
    (BETA, Geometric, {}, "probability", [0, 3, 11]),
    (BETA, NegativeBinomial, {"successes": 2.5}, "probability", [0, 3, 11]),
    (GAMMA, Poisson, {}, "rate", [0, 2, 5]),
    (GAMMA, Exponential, {}, "rate", [0.5, 2.0, 0.1]),
    (GAMMA, Gamma, {"shape": 3.0}, "rate", [0.5, 2.0, 0.1]),
    (GAMMA, InverseGamma, {"shape": 3.0}, "scale", [0.5, 2.0, 0.1]),
    (GAMMA, Pareto, {"scale": 2.0}, "shape", [2.5, 7.0, 2.0]),
    (NORMAL, Normal, {"std": 1.5}, "mean", [0.5, -2.0, 3.0]),
    (NORMAL, LogNormal, {"log_std": 1.5}, "log_mean", [0.5, 2.0, 3.0]),
]
NAMES = [f"{type(prior).__name__}-{family.__name__}" for prior, family, *_ in PAIRS]


@pytest.mark.parametrize(("prior", "family", "fixed", "unknown", "x"), PAIRS, ids=NAMES)
def test_bayes_rule(prior, family, fixed, unknown, x):
    """log posterior - log prior - log likelihood is the same for every value, to rounding."""
    weights = [2.0, *[1.0] * (len(x) - 1)]
    after = posterior(prior, family, x, fixed=fixed, weights=weights)
    assert type(after) is type(prior)
    theta = prior.quantile(np.linspace(0.05, 0.95, 7))
    laws = family(**fixed, **{unknown: theta[:, None]})
    likelihood = laws.log_prob(np.array(x, float)) @ weights
    constant = after.log_prob(theta) - prior.log_prob(theta) - likelihood
    np.testing.assert_allclose(constant, constant[0], rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=2, max_size=12), st.integers(1, 11))
def test_data_may_come_one_part_after_another(x, cut):
    at_once = posterior(BETA, Bernoulli, x)
    steps = BETA
    for part in (x[:cut], x[cut:]):
        steps = posterior(steps, Bernoulli, part) if part else steps
    assert float(at_once.alpha) == float(steps.alpha)
    assert float(at_once.beta) == float(steps.beta)
    assert float(kb.kl_divergence(at_once, BETA)) > 0


def test_counts_samples_and_weights_are_the_same_data():
    rows = posterior(GAMMA, Poisson, kb.Samples([0, 2, 2, 3, 3, 3]))
    for other in (
        posterior(GAMMA, Poisson, kb.Counts([1, 0, 2, 3])),
        posterior(GAMMA, Poisson, [0, 2, 3], weights=[1, 2, 3]),
    ):
        assert float(other.shape) == float(rows.shape)
        assert float(other.rate) == float(rows.rate)


def test_a_dirichlet_prior_adds_counts():
    prior = Dirichlet(concentration=[1.0, 2.0, 0.5])
    after = posterior(prior, kb.Probs, [0, 2, 2, 1])
    assert after.concentration.tolist() == [2.0, 3.0, 2.5]
    same = posterior(prior, kb.Probs, kb.Counts([1, 1, 2]))
    assert same.concentration.tolist() == [2.0, 3.0, 2.5]


def test_a_prior_of_scipy():
    from scipy import stats

    after = posterior(stats.beta(2.5, 1.5), Bernoulli, [1, 0, 1])
    same = posterior(BETA, Bernoulli, [1, 0, 1])
    assert isinstance(after, Beta)
    assert (float(after.alpha), float(after.beta)) == (float(same.alpha), float(same.beta))
    gain = expected_information_gain(stats.beta(2.5, 1.5), Bernoulli)
    assert float(gain) == float(expected_information_gain(BETA, Bernoulli))


def test_a_batch_of_priors_and_a_batch_of_instruments():
    prior = Normal(mean=[0.0, 1.0, 2.0], std=1.0)
    after = posterior(prior, Normal, [1.0, 2.0], fixed={"std": [0.5, 1.0, 2.0]})
    for k in range(3):
        one = Normal(mean=prior.mean[k], std=1.0)
        single = posterior(one, Normal, [1.0, 2.0], fixed={"std": [0.5, 1.0, 2.0][k]})
        assert float(after.mean[k]) == pytest.approx(float(single.mean), rel=1e-15)
        assert float(after.std[k]) == pytest.approx(float(single.std), rel=1e-15)


def test_posteriors_keep_library_precision_and_gradient():
    torch = extra("torch")
    alpha = torch.tensor(2.0, requires_grad=True)
    after = posterior(Beta(alpha=alpha, beta=torch.tensor(1.0)), Bernoulli, [1, 0, 1])
    assert after.alpha.dtype == torch.float32
    after.alpha.backward()
    assert float(alpha.grad) == 1.0


# ---------------------------------------------------------------- designs


def beta_binomial(alpha, beta, n):
    """Return the expected information of n trials, by its definition, at 40 digits."""
    with mp.workdps(40):
        a, b = mp.mpf(alpha), mp.mpf(beta)
        total = mp.mpf(0)
        for k in range(n + 1):
            c, d = a + k, b + n - k
            mass = mp.binomial(n, k) * mp.beta(c, d) / mp.beta(a, b)
            gain = mp.log(mp.beta(a, b) / mp.beta(c, d))
            gain += k * mp.digamma(c) + (n - k) * mp.digamma(d) - n * mp.digamma(c + d)
            total += mass * gain
        return float(total)


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.5, 3.0), (40.0, 60.0), (1e-2, 1e-2)])
def test_the_information_of_trials(alpha, beta):
    """1e-12 is the goal for closed forms; a sum of them loses little more."""
    n = np.array([1, 2, 17])
    found = expected_information_gain(Beta(alpha=alpha, beta=beta), Binomial, fixed={"trials": n})
    np.testing.assert_allclose(found, [beta_binomial(alpha, beta, k) for k in n], rtol=1e-11)


def test_it_is_the_mutual_information_of_parameter_and_draw():
    """The parameter is replaced by Gauss and Jacobi's nodes, exact for polynomials."""
    from scipy.special import roots_jacobi

    node, weight = roots_jacobi(80, 1.5 - 1, 2.5 - 1)
    theta, weight = (node + 1) / 2, weight / weight.sum()
    table = weight[:, None] * np.exp(
        Binomial(trials=6, probability=theta[:, None]).log_prob(np.arange(7.0))
    )
    joint = kb.Joint(table / table.sum(), ["theta", "x"])
    expected = float(kb.mutual_information(joint, "theta", "x"))
    found = float(expected_information_gain(BETA, Binomial, fixed={"trials": 6}))
    # theta^k log theta is no polynomial: 80 nodes know it to about 1e-7.
    assert found == pytest.approx(expected, rel=1e-6)


def test_normal_laws_have_a_closed_form():
    std = np.array([0.1, 1.0, 10.0, 1e9])
    found = expected_information_gain(NORMAL, Normal, fixed={"std": std}, unit="bits")
    np.testing.assert_allclose(found, 0.5 * np.log1p((2.0 / std) ** 2) / math.log(2), rtol=1e-14)


@pytest.mark.parametrize(
    ("prior", "family", "fixed", "unknown"),
    [
        (BETA, Binomial, {"trials": 9}, "probability"),
        (BETA, Geometric, {}, "probability"),
        (GAMMA, Poisson, {}, "rate"),
        (GAMMA, Exponential, {}, "rate"),
    ],
)
def test_both_ways_to_integrate_agree(prior, family, fixed, unknown):
    """Over draws with Bayes' rule, and over draws and values: 1e-9 is what the latter promises."""
    found = float(expected_information_gain(prior, family, fixed=fixed))
    known = {name: np.asarray(float(value)) for name, value in fixed.items()}
    with np.errstate(all="ignore"):
        other = bayes._gain(prior, family, known, unknown)
    assert found == pytest.approx(other, rel=1e-8)


def test_a_function_of_the_draw_that_can_be_undone_gives_the_same_information():
    """To what the quadrature is asked for."""

    def gain(family, **fixed):
        return float(expected_information_gain(GAMMA, family, fixed=fixed))

    assert gain(Pareto, scale=2.0) == pytest.approx(gain(Exponential), rel=1e-10)
    assert gain(Gamma, shape=1.0) == pytest.approx(gain(Exponential), rel=1e-10)
    assert gain(InverseGamma, shape=3.0) == pytest.approx(gain(Gamma, shape=3.0), rel=1e-10)


def test_a_prior_that_is_not_conjugate():
    """A normal prior on a mean that is observed with normal errors, taken for a Student's t law."""
    found = expected_information_gain(NORMAL, StudentT, fixed={"degrees": 1e7, "scale": 1.0})
    assert float(found) == pytest.approx(0.5 * math.log(5.0), rel=1e-6)


def test_the_information_of_one_outcome_of_several():
    """H(mean) - E[H(theta)], where E[H] is psi(A + 1) - sum a/A psi(a + 1)."""
    a = np.array([0.3, 1.0, 5.0])
    found = float(expected_information_gain(Dirichlet(concentration=a), kb.Probs))
    total = a.sum()
    uncertain = float(mp.digamma(total + 1)) - sum(x / total * float(mp.digamma(x + 1)) for x in a)
    assert found == pytest.approx(float(kb.entropy(a / total)) - uncertain, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda: posterior(BETA, Poisson, [1]), "bayes.pair"),
        (lambda: posterior(GAMMA, Gamma, [1.0], fixed={"rate": 1.0}), "bayes.pair"),
        (lambda: posterior(NORMAL, Normal, [1.0]), "bayes.unknown"),
        (lambda: posterior(BETA, Binomial, [1], fixed={"n": 3}), "bayes.unknown"),
        (lambda: posterior(BETA, int, [1]), "fit.family"),
        (lambda: posterior(BETA, Bernoulli, [1, 2]), "fit.outside_whole"),
        (lambda: posterior(GAMMA, Poisson, [1, 1.5]), "fit.not_whole"),
        (lambda: posterior(GAMMA, Poisson, [1, math.nan]), "fit.nan"),
        (lambda: posterior(Dirichlet(concentration=[1.0, 1.0]), kb.Probs, [2]), "labels.range"),
        (lambda: posterior(BETA, Bernoulli, Censored([0], [1])), "fit.rows_needed"),
        (
            lambda: posterior(Dirichlet(concentration=[1.0, 1.0]), kb.Probs, Censored([0], [1])),
            "fit.rows_needed",
        ),
        (lambda: posterior(NORMAL, LogNormal, [0.0], fixed={"log_std": 1.0}), "bayes.edge"),
        (lambda: posterior(GAMMA, InverseGamma, [0.0], fixed={"shape": 1.0}), "bayes.edge"),
        (lambda: posterior(GAMMA, Exponential, [math.inf]), "fit.infinite"),
        (lambda: posterior(GAMMA, Exponential, [1, -1]), "fit.outside"),
        (lambda: expected_information_gain(NORMAL, Normal), "bayes.unknown"),
        (lambda: posterior([0.5, 0.5], Bernoulli, [1]), "bayes.prior"),
        (lambda: posterior(Beta, Bernoulli, [1]), "operand.class"),
        (lambda: expected_information_gain([0.5, 0.5], Bernoulli), "bayes.prior"),
        (
            lambda: expected_information_gain(Dirichlet(concentration=[1.0, 1.0]), Bernoulli),
            "bayes.prior",
        ),
    ],
)
def test_what_cannot_be_updated_is_refused(call, key):
    with pytest.raises(kb.KullbackError) as caught:
        call()
    assert caught.value.key == key
    assert caught.value.hint


@pytest.mark.parametrize(
    ("prior", "family"), [(BETA, Bernoulli), (Dirichlet(concentration=[1.0, 1.0]), kb.Probs)]
)
def test_the_row_at_fault_is_counted_among_those_given(prior, family):
    with pytest.raises(kb.KullbackError, match=r"data\[3\]"):
        posterior(prior, family, [0, 0, 0, 2], weights=[0, 0, 0, 1])
