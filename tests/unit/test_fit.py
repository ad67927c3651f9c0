"""Fits: what is refused and why, and that every way to pass data gives the same law."""

from __future__ import annotations

import dataclasses
import math
import re

import mpmath as mp
import numpy as np
import pytest

import kullback as kb
from kullback import strings
from kullback.families import (
    Bernoulli,
    Beta,
    Binomial,
    Cauchy,
    Dirichlet,
    Exponential,
    Gamma,
    GeneralizedPareto,
    InverseGamma,
    Laplace,
    Logistic,
    LogNormal,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    Rayleigh,
    Uniform,
    VonMises,
    Weibull,
    Zipf,
)
from kullback.families.abstract import AbstractFamily
from kullback.fitting import (
    Censored,
    Fit,
    Statistics,
    compare_fits,
    fit,
    mixture_of,
    shifted,
    truncated_to,
)
from kullback.fitting.coordinates import _log_interval
from kullback.fitting.goodness import distance
from kullback.fitting.likelihood import derivatives
from kullback.fitting.maxima._newton import log_minus_digamma
from kullback.fitting.model import KNOWN, as_model, starts
from kullback.fitting.observations import Observations

CHANCE = np.random.default_rng(7)
X = CHANCE.gamma(2.0, 3.0, 300)
LIGHT = CHANCE.gamma(0.4, 1.0, 300)
AROUND = Gamma(shape=2.0, rate=1.0)
FLAT = np.linspace(0.001, 1.0, 300)
ROWS = [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]]


def nowhere():
    """Fit a model none of whose beginnings is a number."""
    model = as_model(Logistic)
    nan = dict.fromkeys(model.ranges, math.nan)
    fit(
        dataclasses.replace(model, known=dataclasses.replace(model.known, starts=lambda _: [nan])),
        X,
    )


def impatient():
    """Fit with a single step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kullback.fitting.maxima.location._PATIENCE", 1)
        fit(Cauchy, X)


class Foreign:
    """A law of another library, as SciPy's are."""

    name = "gamma"


# key: (the mistake, what the message must name)
MISTAKES = {
    "fit.family": (lambda: fit(dict, X), "dict"),
    "fit.nan": (lambda: fit(Normal, [1.0, math.nan]), r"data\[1\]"),
    "fit.shape": (lambda: fit(Normal, [[1.0, 2.0]]), r"\(1, 2\)"),
    "fit.lengths": (lambda: fit(Normal, [1, 2], weights=[1]), r"\(1,\).*\(2,\)"),
    "fit.interval": (lambda: Censored(low=[1, 3], high=[2, 2]), "row 1: 3.0 to 2.0"),
    "fit.weight": (lambda: fit(Normal, [1, 2], weights=[1, -1]), r"weights\[1\] is -1"),
    "fit.no_weight": (lambda: fit(Normal, [1, 2], weights=[0, 0]), "all weights are 0"),
    "fit.weights_twice": (lambda: fit(Poisson, kb.Counts([1, 2]), weights=[1, 1]), "own counts"),
    "fit.weights_whole": (
        lambda: fit(Normal, [1, 2, 4], weights=[1, 1, 0.5]).goodness_of_fit(),
        "whole",
    ),
    "fit.outside": (lambda: fit(Gamma, [1, -1]), r"data\[1\] is -1.*0 to inf"),
    "fit.not_whole": (lambda: fit(Poisson, [1, 0.5]), r"data\[1\] is 0.5"),
    "fit.edge": (lambda: fit(Gamma, [1, 2, 0]), r"data\[2\] is 0"),
    "fit.simplex": (lambda: fit(Dirichlet, [[0.5, 0.5], [0.5, 0.4]]), "row 1"),
    "fit.constant": (lambda: fit(Normal, [3, 3]), "all values are 3"),
    "fit.flat": (lambda: fit(MultivariateNormal, [*ROWS, [5.0, 10.0]]), "2 dimensions"),
    "fit.all_zero": (lambda: fit(Exponential, [0, 0]), "all values are 0"),
    "fit.border": (lambda: fit(Zipf, [1, 1]), "all values are 1.* exponent goes to inf"),
    "fit.alike": (lambda: fit(Gamma, [1.0, 1.0 + 1e-15]), "rounding"),
    "fit.tied": (lambda: fit(Cauchy, [0, 0, 3, 4]), "half of the values are 0.*scale"),
    "fit.swapped": (lambda: fit(X, Gamma), "family Gamma after"),
    "fit.law": (lambda: fit(AROUND, X), r"Gamma\(\.\.\.\) is one law"),
    "fit.name": (lambda: fit("inverse_gamma", X), "'inverse_gamma' is the name"),
    "fit.foreign": (lambda: fit(Foreign(), X), "gamma is no family"),
    "fit.infinite": (lambda: fit(Normal, [1.0, -math.inf]), r"data\[1\] is -inf"),
    "fit.scale": (lambda: fit(Normal, 1e-200 * X), "e-199"),
    "fit.outside_whole": (lambda: fit(Poisson, [1, -1]), "whole numbers from 0 to inf"),
    "fit.no_location": (lambda: fit(Weibull, X, fixed={"location": None}), "Weibull"),
    "fit.goodness_prior": (
        lambda: fit(Exponential, X, prior={"rate": AROUND}).goodness_of_fit(draws=1),
        "prior",
    ),
    "fit.unreached": (impatient, "Cauchy was not reached in 1 steps"),
    "fit.mapping": (lambda: fit(Gamma, X, fixed=3), "fixed is of type int"),
    "fit.prior_law": (lambda: fit(Gamma, X, prior={"shape": 3}), "prior of shape is 3"),
    "fit.no_information": (
        lambda: fit(shifted(Gamma), 1.0 + X).expected_information,
        "support moves",
    ),
    "fit.underdispersed": (lambda: fit(NegativeBinomial, [2, 3, 2]), "0.2222.* 2.333"),
    "fit.runs_away": (lambda: fit(kb.families.StudentT, FLAT), "degrees goes to inf"),
    "fit.unbounded": (lambda: fit(shifted(Gamma), LIGHT), "unbounded"),
    "fit.no_start": (nowhere, "Logistic"),
    "fit.few": (lambda: fit(Gamma, [1.0]), r"rows \(1\).*Gamma \(2\)"),
    "fit.required": (lambda: fit(Binomial, [1, 2]), "trials"),
    "fit.parameter": (lambda: fit(Gamma, X, fixed={"scale": 1}), "'scale'.*shape, rate"),
    "fit.whole_law": (lambda: fit(Dirichlet, ROWS, fixed={"concentration[0]": 1}), "as a whole"),
    "fit.no_error": (lambda: fit(Uniform, X).interval("low"), "low"),
    "fit.rows_needed": (lambda: fit(Weibull, Statistics(X)), "rows themselves"),
    "fit.statistic": (lambda: fit(Gamma, Statistics([1.5, 0.0])), "from 0 to 1.5"),
    "fit.components": (lambda: mixture_of(Normal, 0), "0 laws"),
    "fit.no_mixture": (lambda: fit(mixture_of(Normal, 2), [0.0, 0, 0, 0, 5, 5, 5]), "2 laws"),
    "fit.has_location": (lambda: shifted(Laplace), "Laplace"),
    "fit.bounds": (lambda: truncated_to(Normal, low=1.0, high=1.0), "1.0 to 1.0"),
    "fit.no_families": (lambda: compare_fits([], X), "no families"),
    "fit.same_name": (lambda: compare_fits([Normal, Normal], X), "called Normal"),
    "fit.axes": (lambda: compare_fits([Normal, Dirichlet], X), "Normal, Dirichlet"),
    "fit.censored_edge": (lambda: fit(Uniform, Censored([0, 1], [1, 3])), "low of Uniform"),
    "fit.prior_edge": (lambda: fit(Pareto, X, prior={"scale": AROUND}), "scale of Pareto"),
    "fit.no_refit": (lambda: fit(Normal, X).goodness_of_fit(draws=0), "none of 0"),
    "fit.measures": (lambda: compare_fits([Normal, Poisson], [1, 2, 4]), "Normal, Poisson"),
    "fit.none": (lambda: compare_fits([Beta], X).best, "Beta"),
}


# More mistakes of the same kinds.
OTHERS = {
    "a model after the data": (lambda: fit(X, mixture_of(Normal, 2)), "fit.swapped"),
    "a name that is none": (lambda: fit("gama", X), "fit.family"),
    "a law as a prior of all": (lambda: fit(Gamma, X, prior=AROUND), "fit.mapping"),
    "a word as a number": (lambda: fit(Gamma, X, fixed={"shape": "two"}), "family.parameter"),
    "a prior of none": (lambda: fit(Gamma, X, prior={"scale": AROUND}), "fit.parameter"),
    "the class of all families": (lambda: fit(AbstractFamily, X), "fit.family"),
    "no counts": (lambda: fit(Poisson, [0, 0]), "fit.border"),
    "no counts, overdispersed": (lambda: fit(NegativeBinomial, [0, 0]), "fit.border"),
    "zeros where the density is 0": (lambda: fit(Rayleigh, [0.0, 0.0]), "fit.edge"),
    "all but a few values one": (lambda: fit(Cauchy, [0, 0, 0, 3, 4]), "fit.tied"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_mistake_is_of_its_kind(name):
    mistake, key = OTHERS[name]
    with pytest.raises(kb.KullbackError) as caught:
        mistake()
    assert caught.value.key == key


@pytest.mark.parametrize("key", MISTAKES)
def test_a_mistake_is_named(key):
    mistake, names = MISTAKES[key]
    with pytest.raises(kb.KullbackError, match=names) as caught:
        mistake()
    error = caught.value
    assert error.key == key
    assert error.hint
    assert re.search("[一-鿿]", error.text("zh"))
    assert re.search("[一-鿿]", error.advice("zh"))


def test_every_message_of_fits_is_tested():
    keys = {
        key.removeprefix("error.")
        for key in strings._table("en")
        if key.startswith("error.fit.") and ".hint" not in key
    }
    assert keys == set(MISTAKES)


# ---------------------------------------------------------------- the ways to pass data


def close(one, other, tolerance=1e-12):
    assert one.parameters.keys() == other.parameters.keys()
    for name, value in one.parameters.items():
        np.testing.assert_allclose(value, other.parameters[name], rtol=tolerance)
    assert math.isclose(one.log_likelihood, other.log_likelihood, rel_tol=1e-11, abs_tol=1e-9)


FAMILIES = (Normal, Laplace, LogNormal, Exponential, Gamma, Weibull, Pareto, GeneralizedPareto)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_repeated_rows(family):
    x, weights = X[:20], CHANCE.integers(0, 4, 20)
    # A search ends where the likelihood is flat to rounding.
    tolerance = 1e-7 if family is GeneralizedPareto else 1e-12
    close(fit(family, x, weights=weights), fit(family, np.repeat(x, weights)), tolerance)


@pytest.mark.parametrize("family", [Normal, LogNormal, Exponential, Gamma, Pareto, Uniform])
def test_merged_statistics_are_all_rows(family):
    parts = [Statistics(X[:10]), Statistics(X[10:200]), Statistics(X[200:])]
    merged = fit(family, parts[0] + parts[1] + parts[2])
    whole = fit(family, X)
    close(merged, whole)
    for name, error in whole.std_errors.items():
        if error is None:
            assert merged.std_errors[name] is None
        else:  # sums lose what differences of rows keep
            assert math.isclose(merged.std_errors[name], error, rel_tol=1e-6)


def test_merged_statistics_far_from_zero():
    x = 1e9 + CHANCE.normal(size=1000)
    close(fit(Normal, Statistics(x[:300]) + Statistics(x[300:])), fit(Normal, x), 1e-9)


def test_counts_are_values_with_weights():
    x = CHANCE.poisson(3.0, 500)
    counts = kb.Counts(np.bincount(x))
    for family in (Poisson, NegativeBinomial):
        close(fit(family, counts), fit(family, x))
        close(fit(family, Statistics(x[:100]) + Statistics(x[100:])), fit(family, x))


def test_samples_of_one_column():
    close(fit(Gamma, kb.Samples(X)), fit(Gamma, X))


def test_torch_comes_in():
    torch = pytest.importorskip("torch")
    close(fit(Gamma, torch.as_tensor(X)), fit(Gamma, X))


def test_rows_that_are_not_censored_are_rows():
    close(fit(Weibull, Censored(X, X)), fit(Weibull, X), 1e-7)


def test_censored_exponential_has_a_closed_form():
    """Failures over total time: the textbook's estimate."""
    low = np.minimum(X, 5.0)
    found = fit(Exponential, Censored(low, np.where(X > 5.0, math.inf, low)))
    assert math.isclose(found.parameters["rate"], (X <= 5.0).sum() / low.sum(), rel_tol=1e-7)


# ---------------------------------------------------------------- what a fit knows


def test_normal_standard_errors():
    x = CHANCE.normal(2.0, 3.0, 50)
    found = fit(Normal, x)
    s = x.std()
    assert math.isclose(found.std_errors["mean"], s / math.sqrt(50), rel_tol=1e-7)
    assert math.isclose(found.std_errors["std"], s / math.sqrt(100), rel_tol=1e-7)
    np.testing.assert_allclose(
        found.expected_information, found.observed_information, rtol=1e-6, atol=1e-6
    )
    assert found.converged
    assert found.score_norm < 1e-6


def test_criteria():
    found = fit(Gamma, X)
    assert math.isclose(found.aic, 4 - 2 * found.log_likelihood)
    assert math.isclose(found.aicc, found.aic + 12 / 297)
    assert math.isclose(found.bic, 2 * math.log(300) - 2 * found.log_likelihood)
    entropy = found.cross_entropy
    assert math.isclose(float(entropy), -found.log_likelihood / 300)
    rows = -np.asarray(found.distribution.log_prob(X))
    assert math.isclose(float(entropy.std_error), rows.std(ddof=1) / math.sqrt(300))
    assert math.isclose(float(entropy.to("bits")), float(entropy) / math.log(2))


def test_a_profile_interval_holds_what_a_ratio_test_does_not_reject():
    x = X[:30]
    found = fit(Gamma, x)
    for end in found.profile_interval("shape"):
        other = fit(Gamma, x, fixed={"shape": end})
        drop = 2 * (found.log_likelihood - other.log_likelihood)
        assert math.isclose(drop, 3.841458820694124, rel_tol=1e-5)


def test_an_interval_stays_in_its_range():
    low, high = fit(Bernoulli, [0, 1, 1, 1, 1]).interval("probability", 0.99)
    assert 0 < low < 0.8 < high < 1
    low, high = fit(Exponential, [1.0]).interval("rate", 0.999)
    assert 0 < low < 1 < high


def test_an_edge_has_no_error():
    found = fit(Bernoulli, [0, 0])
    assert found.parameters == {"probability": 0.0}
    assert found.std_errors == {"probability": None}
    assert found.log_likelihood == 0.0
    assert fit(Pareto, X).std_errors["scale"] is None


def test_fixed_and_freed():
    assert fit(Gamma, X, fixed={"shape": 1.0}).parameters["rate"] == pytest.approx(
        1 / X.mean(), rel=1e-7
    )
    freed = fit(GeneralizedPareto, X + 7.0, fixed={"location": None})
    assert freed.parameters["location"] == X.min() + 7.0
    assert "location" in freed.free


def test_a_prior_moves_the_maximum():
    """A gamma prior on a rate is conjugate: it counts as shape - 1 more draws."""
    prior = Gamma(shape=5.0, rate=2.0)
    found = fit(Exponential, X, prior={"rate": prior})
    expected = (len(X) + 4.0) / (X.sum() + 2.0)
    assert found.parameters["rate"] == pytest.approx(expected, rel=1e-7)
    error = expected / math.sqrt(len(X) + 4.0)
    # On the line the prior's density is taken as it stands, so curvatures agree there.
    assert found.std_errors["rate"] == pytest.approx(error, rel=1e-4)


def test_the_multivariate_normal_in_closed_form():
    x = CHANCE.multivariate_normal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], 200)
    found = fit(MultivariateNormal, x)
    np.testing.assert_allclose(found.parameters["mean"], x.mean(axis=0))
    np.testing.assert_allclose(found.parameters["covariance"], np.cov(x.T, bias=True))
    assert found.std_errors["mean[0]"] == pytest.approx(x[:, 0].std() / math.sqrt(200))


def test_a_mixture_is_found():
    x = np.concatenate([CHANCE.normal(-3, 1, 300), CHANCE.normal(2, 0.5, 700)])
    found = fit(mixture_of(Normal, 2), x, rng=0)
    assert found.converged
    truth = {"weight[0]": 0.3, "mean[0]": -3, "std[0]": 1, "mean[1]": 2, "std[1]": 0.5}
    for name, value in truth.items():
        assert abs(found.parameters[name] - value) < 5 * found.std_errors[name]


def test_a_truncated_law_is_found():
    x = CHANCE.normal(1.0, 1.0, 1500)
    found = fit(truncated_to(Normal, low=0.0), x[x > 0])
    assert abs(found.parameters["mean"] - 1.0) < 5 * found.std_errors["mean"]


def test_goodness_of_fit_rejects_what_is_wrong():
    right = fit(Gamma, X[:100]).goodness_of_fit(draws=39, rng=0)
    wrong = fit(Exponential, X).goodness_of_fit(draws=39, rng=0)
    assert right.p_value > 0.05
    assert wrong.p_value == 1 / 40


def test_the_distance_is_kolmogorovs():
    stats = pytest.importorskip("scipy.stats")
    law = Gamma(shape=2.0, rate=1 / 3.0)
    expected = stats.kstest(X, stats.gamma(2.0, scale=3.0).cdf).statistic
    assert distance(law, Observations(X)) == pytest.approx(expected, abs=1e-15)


def test_a_ranking():
    ranking = compare_fits([Normal, Gamma, Beta], X, unit="bits")
    assert [entry.name for entry in ranking.entries] == ["Gamma", "Normal"]
    assert ranking.refused.keys() == {"Beta"}
    gamma, normal = (entry.fit for entry in ranking.entries)
    d = np.asarray(gamma.distribution.log_prob(X)) - np.asarray(normal.distribution.log_prob(X))
    difference = ranking.entries[1].difference
    assert float(difference) == pytest.approx(d.mean())  # both have two parameters
    assert float(ranking.entries[1].corrected) == pytest.approx(normal.aic / 600)
    assert not ranking.entries[1].tied
    assert float(difference.std_error) == pytest.approx(d.std(ddof=1) / math.sqrt(len(X)))
    assert 0 < ranking.entries[1].p_value < 0.05
    assert "bits" in str(ranking)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_fit_prints_itself(lang):
    text = fit(GeneralizedPareto, X).text(lang)
    assert text.count("\n") == 5
    fixed = {"en": "fixed", "zh": "固定"}[lang]
    assert fixed in text
    plain = fit(Gamma, X).text(ascii_only=True)
    assert plain.isascii()


# ---------------------------------------------------------------- hard maxima


@pytest.mark.parametrize("far", [10.1, 10.01])
def test_a_cauchy_law_of_two_clusters(far):
    """The likelihood has one peak (Copas, 1975), by symmetry in the middle; it is very flat."""
    x = np.array([-far, -10.0, 10.0, far])
    found = fit(Cauchy, x)
    assert found.converged
    assert found.parameters["location"] == pytest.approx(0.0, abs=1e-6)
    # There the mean of 1/(1 + (x/scale)^2) is 1/2, so scale^2 is 10 times the other.
    assert found.parameters["scale"] == pytest.approx(math.sqrt(10.0 * far), rel=1e-9)


def test_a_cauchy_law_far_from_its_middle():
    """Three of five values decide; 1e-13 is what the sums of five round to, times a hundred."""
    found = fit(Cauchy, [-10.1, -10.0, -9.9, 10.0, 1e6])
    z = (np.array([-10.1, -10.0, -9.9, 10.0, 1e6]) - found.parameters["location"]) / (
        found.parameters["scale"]
    )
    assert abs(np.mean(2 * z / (1 + z * z))) < 1e-13
    assert abs(np.mean((z * z - 1) / (1 + z * z))) < 1e-13


def test_peaks_of_nearly_the_same_height_are_told():
    two = [-10.0, -10.1, 10.0, 10.1]
    found = fit(Cauchy, two, fixed={"scale": 0.1})
    assert abs(abs(found.parameters["location"]) - 10.05) < 0.1
    assert "peaks" in found.notes
    assert "another peak" in str(found)
    assert fit(Cauchy, [*two, 10.05, 9.95], fixed={"scale": 0.1}).notes == ()


@pytest.mark.parametrize("spread", [1e-5, 1e-9, 1e-12])
@pytest.mark.parametrize("family", [Gamma, InverseGamma])
def test_a_shape_beyond_all_bounds(family, spread):
    """The shape is 1/variance of the logarithms, up to terms of the order of the spread."""
    x = 1.0 + spread * CHANCE.normal(size=200)
    shape = fit(family, x).parameters["shape"]
    # The numbers themselves are rounded, to 1e-16 of their size.
    assert shape * np.log(x).var() == pytest.approx(1.0, rel=10 * spread + 1e-3 * 1e-13 / spread)


@pytest.mark.parametrize("family", [Gamma, InverseGamma, Weibull, Beta, VonMises, Cauchy])
@pytest.mark.parametrize("spread", [5e-15, 1e-15, 2.2e-16])
def test_what_rounding_made_is_refused(family, spread):
    with pytest.raises(kb.KullbackError, match="rounding"):
        fit(family, 0.5 + spread * np.arange(10.0))


def test_angles_close_together():
    """The concentration is 1/variance, up to a term of the order of the variance."""
    x = 1.0 + 1e-7 * CHANCE.normal(size=200)
    found = fit(VonMises, x).parameters["concentration"]
    assert found * x.var() == pytest.approx(1.0, rel=1e-8)


COUNTS = [
    [0, 1e5, 2e5, 3e5],
    [0, 0, 1e6],
    [0, 1e12],
    [1e9, 1e9 + 1e5, 1e9 - 1e5],
    [5, 1e7, 3],
    [10000, 10300, 9800, 10100],
    [0, 1, 0, 5000],
    [3, 3, 3, 8, 1, 4, 0, 3],
    [0, 1, 2, 2, 0, 1, 1, 2, 5],
]


@pytest.mark.parametrize("x", COUNTS)
def test_overdispersed_counts_have_a_maximum(x):
    """Against a search of the profile likelihood with 60 digits, the other parameter known."""
    x = [mp.mpf(a) for a in x]

    def profile(r):
        p = r / (r + sum(x) / len(x))
        each = (mp.loggamma(a + r) - mp.loggamma(r) + r * mp.log(p) + a * mp.log1p(-p) for a in x)
        return mp.fsum(each)

    found = fit(NegativeBinomial, [float(a) for a in x]).parameters["successes"]
    with mp.workdps(60):
        r, best = (
            mp.mpf(found),
            max((mp.mpf(10) ** (k / mp.mpf(4)) for k in range(-16, 60)), key=profile),
        )
        assert best / 2 < r < 2 * best
        # A parabola through three points next to it peaks there, but for a share of 1e-7.
        h = mp.mpf(10) ** -8
        low, mid, high = (profile(r * (1 + s * h)) for s in (-1, 0, 1))
        assert abs((high - low) / (2 * (high - 2 * mid + low))) * h < 1e-7


def test_the_information_of_a_laplace_law_is_exact():
    found = fit(Laplace, X)
    expected = np.diag([1.0, 1.0]) * 300 / found.parameters["scale"] ** 2
    np.testing.assert_allclose(found.expected_information, expected, rtol=1e-14)
    one = fit(Laplace, X, fixed={"location": 1.0})
    assert one.expected_information == pytest.approx(300 / one.parameters["scale"] ** 2)


def test_the_information_of_a_generalized_pareto_law():
    """Against second derivatives of the divergence where the tails hide no support."""
    found = fit(GeneralizedPareto, CHANCE.pareto(2.0, 500))
    law, h = found.distribution, 1e-4
    shape, scale = (float(x) for x in (law.shape, law.scale))

    def cost(a, b):
        q = GeneralizedPareto(shape=shape + a, scale=scale + b)
        return float(kb.kl_divergence(law, q))

    # Second differences err by h^2, and by the rounding of the divergences.
    expected = 500 * (cost(h, 0) + cost(-h, 0)) / h**2
    assert found.expected_information[0, 0] == pytest.approx(expected, rel=1e-5)
    cross = cost(h, h) + cost(-h, -h) - cost(h, -h) - cost(-h, h)
    assert found.expected_information[0, 1] == pytest.approx(500 * cross / (4 * h**2), rel=1e-5)
    bounded = dataclasses.replace(found, parameters={**found.parameters, "shape": -0.6})
    with pytest.raises(kb.KullbackError, match="support moves"):
        _ = bounded.expected_information


def test_weights_that_sum_to_little_are_told():
    assert "weights" in fit(Normal, X, weights=np.full(300, 1 / 300)).notes
    assert "weights" in fit(Normal, X[:9], weights=np.full(9, 0.3)).notes
    assert fit(Normal, X).notes == ()
    assert fit(Normal, X[:2], weights=[1, 1]).notes == ()
    assert fit(Normal, X, weights=np.full(300, 0.5)).notes == ()


def test_statistics_can_be_summed():
    parts = [Statistics(X[:100]), Statistics(X[100:])]
    close(fit(Normal, sum(parts)), fit(Normal, X))
    with pytest.raises(TypeError):
        _ = 1 + parts[0]


def test_the_densities_of_a_mixture_are_those_of_its_law():
    model = mixture_of(Normal, 3)
    rng = np.random.default_rng(3)
    names = [f"{name}[{i}]" for i in range(3) for name in ("mean", "std")]
    values = {name: np.exp(rng.normal(size=(7, 1))) for name in names}
    values |= {f"weight[{i}]": 0.3 * rng.random((7, 1)) for i in range(2)}
    values["mean[1]"][:5] = 2.0  # as in differences
    x = rng.normal(size=300)
    expected = model.make(**values).log_prob(x)
    np.testing.assert_allclose(model.known.rows(values, x), expected, rtol=1e-13, atol=1e-13)
    # Where all but one point underflow.
    values["mean[0]"][3] = 1e4
    values["mean[1]"][3] = values["mean[2]"][3] = 1e4
    expected = model.make(**values).log_prob(x)
    with np.errstate(divide="ignore"):
        found = model.known.rows(values, x)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


# ---------------------------------------------------------------- the machinery


def test_derivatives_are_those_of_a_polynomial():
    def rise(points, at):
        x, y = points.T
        u, v = at
        return (x**2 * y - x * y**3 + x) - (u**2 * v - u * v**3 + u)

    at = np.array([0.7, -1.3])
    slope, curvature = derivatives(rise, at, np.array([1e-2, 1e-2]))
    x, y = at
    np.testing.assert_allclose(slope, [2 * x * y - y**3 + 1, x**2 - 3 * x * y**2], rtol=1e-9)
    expected = [[2 * y, 2 * x - 3 * y**2], [2 * x - 3 * y**2, -6 * x * y]]
    np.testing.assert_allclose(curvature, expected, rtol=1e-8)


@pytest.mark.parametrize("x", [1e-6, 0.3, 1.0, 11.99, 12.0, 31.4, 1e5, 1e12])
def test_log_minus_digamma(x):
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(50):
        z = mpmath.mpf(x)
        value, slope = mpmath.log(z) - mpmath.digamma(z), 1 / z - mpmath.psi(1, z)
        found = log_minus_digamma(x)
        # A dozen sums of numbers that are larger by a factor of about 25.
        assert abs(found[0] / value - 1) < 1e-14
        assert abs(found[1] / slope - 1) < 1e-13


def test_intervals_end_where_the_family_does():
    with pytest.raises(kb.KullbackError, match=r"data\[1\] is 3.0") as caught:
        fit(Beta, Censored([0.2, 0.5, 0.6], [0.3, 3.0, math.inf]))
    assert caught.value.key == "fit.outside"
    with pytest.raises(kb.KullbackError, match=r"data\[0\] is 2.5"):
        fit(Poisson, Censored([1, 3], [2.5, math.inf]))
    assert fit(Poisson, Censored([1, 2, 3], [2, 2, math.inf])).converged


def test_a_prior_tells_of_a_parameter_at_a_kink():
    """A normal prior adds 1/variance to the information of the draws."""
    prior = {"location": Normal(mean=5.0, std=0.1)}
    before = fit(Laplace, X, fixed={"scale": 3.0}).std_errors["location"]
    after = fit(Laplace, X, fixed={"scale": 3.0}, prior=prior).std_errors["location"]
    # Second differences of steps of 1e-3 round to about 1e-10/1e-6 of the curvature's size.
    assert after**-2 == pytest.approx(before**-2 + 0.1**-2, rel=1e-6)


def test_a_sample_is_refitted_with_the_same_chance(monkeypatch):
    seen = []
    found, again = fit(Normal, X), Fit.again
    monkeypatch.setattr(
        Fit, "again", lambda self, x, *, rng: seen.append(rng) or again(self, x, rng=rng)
    )
    chance = np.random.default_rng(1)
    found.goodness_of_fit(draws=2, rng=chance)
    assert seen == [chance, chance]


def test_laws_that_are_one_are_not_tested_against_each_other():
    """Of a sample of an exponential law, the gamma law that fits it is nearly the same."""
    draws = np.random.default_rng(5).exponential(2.0, 400)
    ranking = compare_fits([Gamma, Exponential], draws)
    first, second = ranking.entries
    assert second.fit.log_likelihood > first.fit.log_likelihood
    assert (first.name, second.name) == ("Exponential", "Gamma")
    assert second.p_value is None
    assert second.tied
    assert second.alike
    assert second.difference.notes
    assert "≈ is not told apart from the best: Gamma." in str(ranking)
    assert "Gamma against Exponential" in str(ranking)
    assert "Gamma 与 Exponential" in ranking.text("zh")
    assert [one["tied"] for one in ranking.to_dict()["fits"]] == [False, True]
    twice = compare_fits({"one": Exponential, "other": Exponential}, draws).entries[1]
    assert twice.p_value is None


def test_a_parameter_more_counts():
    """Of Poisson's draws the negative binomial law is nearly always the likelier."""
    x = np.random.default_rng(1).poisson(3.0, 300)
    first, second = compare_fits([NegativeBinomial, Poisson], x).entries
    assert (first.name, second.name) == ("Poisson", "NegativeBinomial")
    assert float(second.difference) == pytest.approx((second.fit.aic - first.fit.aic) / 600)
    assert second.tied


def test_laws_of_a_constant_ratio_are_told_apart_by_it():
    """Half as wide, a uniform law is twice as likely at each value, without any variance."""
    x = np.linspace(0.0, 1.0, 50)
    models = {str(high): _wide(high) for high in (1.0, 2.0)}
    narrow, wide = compare_fits(models, x).entries
    assert (narrow.name, narrow.tied, wide.tied, wide.alike) == ("1.0", False, False, True)


def _wide(high):
    """Return the uniform laws from 0 to a number, with nothing to fit."""
    model = as_model(Uniform)
    known = dataclasses.replace(model.known, maximum=None, defaults={"low": 0.0, "high": high})
    return dataclasses.replace(model, known=known)


def test_no_more_values_than_parameters_tell_no_error():
    ranking = compare_fits([Exponential, Rayleigh], [2.0])
    assert ranking.entries[1].tied
    assert ranking.entries[1].difference.std_error is None
    assert "± 0" not in str(ranking)
    assert fit(Normal, [1.0, 2.0]).cross_entropy.std_error is None
    assert "±" not in str(fit(Normal, [1.0, 2.0]))


def test_a_refusal_by_the_data_does_not_blame_what_is_fixed():
    ranking = compare_fits([Beta], [2.0, 3.0], fixed={"alpha": 2.0})
    assert ranking.refused["Beta"].key == "fit.outside"
    with pytest.raises(kb.KullbackError) as caught:
        compare_fits([MultivariateNormal], np.ones((1, 2)), fixed={"alpha": 2.0})
    assert caught.value.key == "fit.parameter"


@pytest.mark.parametrize("family", [Logistic, kb.families.StudentT])
def test_a_search_says_that_the_numbers_are_too_small(family):
    with pytest.raises(kb.KullbackError) as caught:
        fit(family, 1e-60 * CHANCE.normal(size=50))
    assert caught.value.key == "fit.scale"


@pytest.mark.parametrize("family", [Normal, Gamma, Weibull])
def test_extreme_sizes_that_are_fitted_have_errors(family):
    """A scale divides out of all relative errors, by the ratio of intervals' ends."""
    small, ordinary = fit(family, 1e-99 * X), fit(family, X)
    name = small.regular[-1]
    ends = [f.interval(name) for f in (small, ordinary)]
    assert ends[0][1] / ends[0][0] == pytest.approx(ends[1][1] / ends[1][0], rel=1e-6)


def test_a_mixture_of_one_is_its_law():
    one = fit(mixture_of(Gamma, 1), X, rng=0)
    for name, x in fit(Gamma, X).parameters.items():
        assert one.parameters[f"{name}[0]"] == pytest.approx(x, rel=1e-7)
    assert one.notes == ()
    counts = fit(mixture_of(Poisson, 2), np.repeat([1, 2, 20, 22, 25], 10), rng=0)
    assert counts.notes == ("found",)


def test_a_prior_is_noted_beside_the_criteria():
    found = fit(Exponential, X, prior={"rate": AROUND})
    assert found.notes == ("prior",)
    assert "AIC and BIC" in str(found)


def test_a_sum_of_shares_is_a_whole_number():
    shares = np.full(10, 0.1)
    found = fit(Normal, X[:10], weights=shares)
    assert sum(shares.tolist()) != 1.0
    assert found.n == 1
    assert "n = 1\n" in str(found)


@pytest.mark.parametrize("x", [0, 1])
def test_a_profile_interval_at_an_edge(x):
    """Nothing among n draws: (1 - p)^(2n) is exp(-3.84) at the end."""
    far = 1 - math.exp(-3.841458820694124 / 6)
    found = fit(Bernoulli, [x] * 3).profile_interval("probability")
    expected = (0.0, far) if x == 0 else (1 - far, 1.0)
    assert found == pytest.approx(expected, rel=1e-6)
    with pytest.raises(kb.KullbackError):
        fit(Bernoulli, [x] * 3).profile_interval("probability", 1.0)


def test_what_is_learnt_of_a_family_later_is_used(monkeypatch):
    before = as_model(Laplace).known
    monkeypatch.setitem(KNOWN, Laplace, before)
    starts(Laplace, notes=("late",))(lambda _: [])
    after = as_model(Laplace).known
    assert after.notes == ("late",)
    assert after.maximum is before.maximum
    assert after.kinks


@pytest.mark.parametrize(("low", "high"), [(40.0, 41.0), (-41.0, -40.0), (-1.0, 2.0), (9.0, 9.5)])
def test_an_interval_far_out_keeps_its_digits(low, high):
    """Against the difference of the error functions to 60 digits."""
    law = Normal(mean=np.float64(0.0), std=np.float64(1.0))
    found = _log_interval(law, np.array([low]), np.array([high]))
    near, far = sorted((abs(low), abs(high)))
    with mp.workdps(60):
        if low * high > 0:
            exact = mp.log((mp.erfc(near / mp.sqrt(2)) - mp.erfc(far / mp.sqrt(2))) / 2)
        else:
            exact = mp.log((mp.erf(near / mp.sqrt(2)) + mp.erf(far / mp.sqrt(2))) / 2)
    assert found[0] == pytest.approx(float(exact), rel=1e-14, abs=1e-14)
