"""Laws that take their parameters in several forms, of which exactly one is given."""

import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest
from mpmath import mp, mpf

import kullback as kb
from kullback.families import (
    Bernoulli,
    Beta,
    Binomial,
    Geometric,
    Mixture,
    MultivariateNormal,
    MultivariateStudentT,
    NegativeBinomial,
    Normal,
    Poisson,
)

PEAKS = [Normal(mean=0.0, std=1.0), Normal(mean=50.0, std=1.0)]
ROOT = np.array([[1.0, 0.0], [0.5, 2.0]])
OTHER = np.array([[1.2, 0.0], [-0.3, 1.1]])
INF = math.inf


# ---------------------------------------------------------------- which form


@pytest.mark.parametrize(
    ("family", "given"),
    [
        (Bernoulli, {}),
        (Bernoulli, {"probability": 0.5, "log_odds": 0.0}),
        (Geometric, {"probability": 0.5, "log_odds": 0.0}),
        (Binomial, {"trials": 3}),
        (Binomial, {"log_odds": 0.0}),
        (Binomial, {"trials": 3, "probability": 0.5, "log_odds": 0.0}),
        (NegativeBinomial, {"successes": 2.0}),
        (NegativeBinomial, {"mean": 2.0, "probability": 0.5}),
        (NegativeBinomial, {"mean": 2.0, "dispersion": 0.5, "successes": 2.0}),
        (MultivariateNormal, {"mean": [0.0, 0.0], "covariance": ROOT, "cholesky": ROOT}),
        (MultivariateNormal, {"mean": [0.0, 0.0], "factor": ROOT}),
        (MultivariateNormal, {"mean": [0.0, 0.0]}),
        (MultivariateStudentT, {"degrees": 3.0, "location": [0.0, 0.0]}),
    ],
)
def test_exactly_one_form_is_taken(family, given):
    with pytest.raises(kb.KullbackError, match="takes one form"):
        family(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"log_odds": math.nan}, "log_odds must be a number above -inf, or inf"),
        ({"log_odds": -INF}, "log_odds must be a number above -inf"),
        ({"logits": 0.0}, "no parameter logits"),
    ],
)
def test_what_log_odds_may_be(given, message):
    with pytest.raises(kb.KullbackError, match=message):
        Geometric(**given)


LAWS = [
    Bernoulli(log_odds=3.0),
    Geometric(log_odds=-2.0),
    Binomial(trials=5, log_odds=-1.0),
    NegativeBinomial(successes=2.0, log_odds=-0.7),
    NegativeBinomial(mean=2.0, dispersion=0.5),
    Mixture(components=PEAKS, weights=kb.Logits([0.0, 1.0])),
    Mixture(components=PEAKS, weights=kb.LogProbs(np.log([0.25, 0.75]))),
    MultivariateNormal(mean=[0.0, 0.0], cholesky=ROOT),
]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_a_law_shows_and_keeps_the_form_that_it_was_given(law):
    for other in (copy.copy(law), copy.deepcopy(law), pickle.loads(pickle.dumps(law))):  # noqa: S301
        assert repr(other) == repr(law)
        assert other.parameters.keys() == law.parameters.keys()
        np.testing.assert_array_equal(
            kb.log_likelihood([1.0, 0.0], other), other.log_prob([1.0, 0])
        )
    assert "probability" not in repr(law)


def test_the_other_forms_answer_too():
    assert repr(Bernoulli(log_odds=0.0)) == "Bernoulli(log_odds=0.0)"
    assert Bernoulli(log_odds=0.0).probability == 0.5
    np.testing.assert_array_equal(Bernoulli(probability=[0.0, 0.5, 1.0]).log_odds, [-INF, 0.0, INF])
    np.testing.assert_array_equal(Bernoulli(log_odds=[-INF, 0.0, INF]).probability, [0.0, 0.5, 1.0])
    counts = NegativeBinomial(mean=3.0, dispersion=0.5)
    assert (counts.successes, counts.variance) == (2.0, 7.5)
    assert counts.probability == pytest.approx(0.4)
    assert NegativeBinomial(successes=4.0, probability=0.5).dispersion == 0.25
    weights = Mixture(components=PEAKS, weights=kb.Logits([0.0, 0.0])).weights
    np.testing.assert_array_equal(weights, [0.5, 0.5])
    assert dataclasses.replace(Bernoulli(probability=0.1), log_odds=2.0).log_odds == 2.0


def test_fits_and_posteriors_answer_in_the_first_form():
    assert list(kb.fit(Bernoulli, [1, 0, 1, 1]).parameters) == ["probability"]
    assert list(kb.fit(NegativeBinomial, [1, 9, 0, 3]).parameters) == ["successes", "probability"]
    near = kb.project(NegativeBinomial(mean=2.0, dispersion=0.5), Poisson)
    assert near.distribution.rate == pytest.approx(2.0)
    after = kb.posterior(Beta(alpha=1.0, beta=1.0), Geometric, [0, 2])
    assert (after.alpha, after.beta) == (3.0, 3.0)
    with pytest.raises(kb.KullbackError, match="probability"):
        kb.posterior(Beta(alpha=1.0, beta=1.0), Bernoulli, [1], fixed={"log_odds": 0.0})


# ---------------------------------------------------------------- trials


def test_certain_outcomes_are_exact():
    p = Bernoulli(log_odds=[INF, -INF, INF, 0.0])
    q = Bernoulli(log_odds=[INF, -INF, -INF, INF])
    for other in (q, Bernoulli(probability=[1.0, 0.0, 0.0, 1.0])):
        np.testing.assert_array_equal(kb.kl_divergence(p, other), [0.0, 0.0, INF, INF])
        np.testing.assert_array_equal(kb.renyi_divergence(p, other, order=2.0), [0, 0, INF, INF])
    np.testing.assert_array_equal(kb.entropy(q), [0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(q.log_prob(1.0), [0.0, -INF, -INF, 0.0])
    np.testing.assert_array_equal(q.sample(rng=0), [1.0, 0.0, 0.0, 1.0])
    sure = Geometric(log_odds=INF)
    assert kb.entropy(sure) == 0.0
    assert sure.mean == 0.0
    assert sure.quantile(0.9) == 0.0
    assert kb.kl_divergence(sure, Geometric(log_odds=0.0)) == pytest.approx(math.log(2.0))
    assert kb.kl_divergence(Geometric(log_odds=0.0), sure) == INF


def test_one_form_against_the_other():
    z = np.array([-40.0, -3.0, 0.0, 2.0])
    p = 1.0 / (1.0 + np.exp(-z))
    for family in (Bernoulli, Geometric):
        a, b, other = family(log_odds=z), family(probability=p), family(log_odds=z[::-1])
        np.testing.assert_allclose(kb.kl_divergence(a, other), kb.kl_divergence(b, other), 1e-13)
        np.testing.assert_allclose(kb.kl_divergence(other, a), kb.kl_divergence(other, b), 1e-13)
        np.testing.assert_allclose(kb.entropy(a), kb.entropy(b), rtol=1e-13)


def test_means_that_nearly_agree():
    for m, h in ((1e-6, 1e-6), (2.0, 1e-9), (1e8, 1.0)):
        p, q = (NegativeBinomial(mean=x, dispersion=0.25) for x in (m, m + h))
        with mp.workdps(50):
            a, b = (mpf(1) / (1 + mpf(x) / 4) for x in (m, m + h))
            expected = 4 * (mp.log(a / b) + (1 - a) / a * mp.log((1 - a) / (1 - b)))
        assert float(kb.kl_divergence(p, q)) == pytest.approx(float(expected), rel=1e-13)


def test_draws_follow_small_probabilities():
    failures = Binomial(trials=10**15, log_odds=30.0).sample(2000, rng=0)
    assert np.mean(1e15 - failures) == pytest.approx(1e15 * math.exp(-30.0), rel=0.02)
    counts = NegativeBinomial(mean=3.0, dispersion=0.5).sample(20000, rng=0)
    assert (np.mean(counts), np.var(counts)) == pytest.approx((3.0, 7.5), rel=0.05)
    assert np.isfinite(NegativeBinomial(successes=2.0, log_odds=-100.0).sample(5, rng=0)).all()


@pytest.mark.parametrize(
    ("law", "scipy"),
    [
        (Binomial(trials=12, log_odds=1.5), ("binom", (12, 1 / (1 + math.exp(-1.5))))),
        (NegativeBinomial(mean=3.0, dispersion=0.4), ("nbinom", (2.5, 1 / 2.2))),
        (Geometric(log_odds=-1.0), ("geom", (1 / (1 + math.e), -1))),
    ],
)
def test_quantiles_are_scipys(law, scipy):
    from scipy import stats

    frozen = getattr(stats, scipy[0])(*scipy[1])
    x, u = np.arange(-1.0, 13.0), np.array([0.0, 1e-9, 0.2, 0.5, 0.97, 1 - 1e-12, 1.0])
    np.testing.assert_allclose(law.cdf(x), frozen.cdf(x), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(law._scipy().sf(x), frozen.sf(x), rtol=1e-12)
    np.testing.assert_array_equal(law.quantile(u[1:]), frozen.ppf(u[1:]))
    np.testing.assert_array_equal(law._scipy().isf(u[1:-1]), frozen.isf(u[1:-1]))


def test_compiled_and_batched():
    torch = pytest.importorskip("torch")
    z = torch.tensor([0.0, 30.0, -800.0], dtype=torch.float64)

    def away(z):
        return kb.kl_divergence(Bernoulli(log_odds=0.0 * z), Bernoulli(log_odds=z))

    expected = [0.0, 14.306852819440149, 399.30685281944006]
    compiled = torch.compile(away, backend="eager", fullgraph=True)
    slope = torch.func.vmap(torch.func.grad(away))
    np.testing.assert_allclose(compiled(z), expected, rtol=1e-14)
    np.testing.assert_allclose(slope(z), [0.0, 0.5, -0.5], atol=1e-12)


# ---------------------------------------------------------------- mixtures


def test_a_mixture_keeps_an_unlikely_component():
    p = Mixture(components=PEAKS, weights=kb.Logits([0.0, -120.0]))
    assert p.log_prob(50.0) == pytest.approx(-120.0 - 0.5 * math.log(2 * math.pi), rel=1e-15)
    far = Mixture(components=PEAKS, weights=kb.Logits([0.0, -800.0]))
    assert far.log_prob(50.0) == pytest.approx(-800.0 - 0.5 * math.log(2 * math.pi), rel=1e-15)
    masked = Mixture(components=PEAKS, weights=kb.Logits([0.0, -INF]))
    assert masked.log_prob(50.0) == PEAKS[0].log_prob(50.0)
    q = Mixture(components=PEAKS, weights=[0.5, 0.5])
    # Half of q's draws are e^-800 times as likely under the first.
    assert kb.kl_divergence(q, far) == pytest.approx(400.0 - math.log(2.0), rel=1e-12)


def test_weights_of_every_kind_say_the_same():
    logs = np.log([0.25, 0.75])
    every = (
        [0.25, 0.75],
        kb.Probs([0.25, 0.75]),
        kb.LogProbs(logs),
        kb.Logits(logs + 7.0),
    )
    values = [kb.entropy(Mixture(components=PEAKS, weights=w)) for w in every]
    np.testing.assert_allclose(values, values[0], rtol=1e-13)
    draws = [Mixture(components=PEAKS, weights=w).sample(4, rng=0) for w in every]
    np.testing.assert_allclose(draws, [draws[0]] * 4)
    sure = Mixture(components=PEAKS, weights=kb.Labels(1, 2))
    np.testing.assert_array_equal(sure.weights, [0.0, 1.0])
    with pytest.raises(kb.KullbackError, match="2 components and 3 weights"):
        Mixture(components=PEAKS, weights=kb.Logits([0.0, 1.0, 2.0]))


def test_gradients_of_a_mixtures_logits():
    torch = pytest.importorskip("torch")
    z = torch.tensor([0.3, -1.0], dtype=torch.float64, requires_grad=True)
    law = Mixture(components=PEAKS, weights=kb.Logits(z))
    law.log_prob(50.0).backward()
    share = torch.softmax(z.detach(), -1)
    np.testing.assert_allclose(z.grad, [-float(share[0]), float(share[0])], rtol=1e-14)


# ---------------------------------------------------------------- Cholesky factors


def factored(root, mean=(0.0, 0.0)):
    return MultivariateNormal(mean=list(mean), cholesky=root)


def dense(root, mean=(0.0, 0.0)):
    return MultivariateNormal(mean=list(mean), covariance=root @ root.T)


@pytest.mark.parametrize("order", [0.0, 0.5, 0.999, 1.0, 1.5, INF])
def test_a_factor_is_as_good_as_its_square(order):
    p, q = ((make(ROOT, (1.0, 0.0)), make(OTHER)) for make in (factored, dense))
    wide = 4.0 * OTHER
    expected = kb.renyi_divergence(*q, order=order)
    for pair in (p, (p[0], q[1]), (q[0], p[1])):
        assert kb.renyi_divergence(*pair, order=order) == pytest.approx(float(expected), rel=1e-12)
    expected = kb.renyi_divergence(dense(ROOT), dense(wide), order=order)
    found = kb.renyi_divergence(factored(ROOT), factored(wide), order=order)
    assert found == pytest.approx(float(expected), rel=1e-12)
    np.testing.assert_array_equal(p[0].sample(3, rng=0), q[0].sample(3, rng=0))


@pytest.mark.parametrize("scale", [1e-3, 1e-9, 1e-30])
def test_a_narrow_law_of_single_precision(scale):
    root = np.array([[1.0, 0.0], [1.0, scale]], np.float32)
    p = MultivariateNormal(mean=np.zeros(2, np.float32), cholesky=root)
    expected = math.log(float(root[1, 1])) + math.log(2 * math.pi) + 1.0
    assert kb.entropy(p) == pytest.approx(expected, rel=1e-6)
    twice = MultivariateNormal(mean=np.zeros(2, np.float32), cholesky=2 * root)
    assert kb.kl_divergence(p, twice) == pytest.approx(2 * math.log(2.0) - 0.75, rel=1e-6)
    assert kb.kl_divergence(p, p) == 0.0


def test_factors_that_nearly_agree():
    h = 2.0**-30
    value = kb.kl_divergence(factored(ROOT), factored(ROOT * (1 + h)))
    with mp.workdps(50):
        expected = float(2 * mp.log(1 + mpf(h)) + 1 / (1 + mpf(h)) ** 2 - 1)
    assert value == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("root", [[[1.0, 0.1], [0.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]])
def test_what_is_no_factor(root):
    with pytest.raises(kb.KullbackError, match="no Cholesky factor"):
        factored(np.array(root))
    with pytest.raises(kb.KullbackError, match="no Cholesky factor"):
        MultivariateStudentT(degrees=3.0, location=[0.0, 0.0], cholesky=root)


def test_a_student_law_by_its_factor():
    p = MultivariateStudentT(degrees=3.0, location=[0.0, 0.0], cholesky=ROOT)
    q = MultivariateStudentT(degrees=3.0, location=[0.0, 0.0], scatter=ROOT @ ROOT.T)
    assert kb.entropy(p) == pytest.approx(float(kb.entropy(q)), rel=1e-14)
    np.testing.assert_allclose(p.log_prob([1.0, 2.0]), q.log_prob([1.0, 2.0]), rtol=1e-14)
