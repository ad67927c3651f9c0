"""Truncated laws where little is left: at an end, far out, between bodies, of heavy tails."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest
from mpmath import mp
from scipy import stats

import kullback as kb
from kullback import families as f
from kullback.families import _remaining
from kullback.families._solve import solve

INF = math.inf


# ---------------------------------------------------------------- beside a finite end

# Laws on a half line, by their densities up to a constant.
AT_ZERO = {
    "Gamma": (f.Gamma(shape=0.5, rate=1.0), lambda x: -mp.log(x) / 2 - x, 1e-20),
    "ChiSquared": (f.ChiSquared(degrees=1.0), lambda x: -mp.log(x) / 2 - x / 2, 1e-20),
    "Weibull": (
        f.Weibull(shape=0.3, scale=1.0),
        lambda x: -mp.mpf(0.7) * mp.log(x) - x ** mp.mpf(0.3),
        1e-40,
    ),
    "smooth Gamma": (f.Gamma(shape=2.0, rate=1.0), lambda x: mp.log(x) - x, 1e-9),
    "nearer Gamma": (f.Gamma(shape=2.0, rate=1.0), lambda x: mp.log(x) - x, 1e-6),
    "Rayleigh": (f.Rayleigh(scale=1.0), lambda x: mp.log(x) - x * x / 2, 1e-6),
}


def beside_zero(log_density, high):
    """Return the logarithm of the integral up to a bound, and the entropy, by definition."""
    high = mp.mpf(high)

    def mean(g):  # in the logarithm of x, where a singular end is smooth
        def term(t):
            x = high * mp.exp(-t)
            return mp.exp(log_density(x)) * x * g(x)

        return mp.quad(term, [0, 1, 10, 100, 400])

    mass = mean(lambda _: 1)
    return mp.log(mass), mp.log(mass) - mean(log_density) / mass


@pytest.mark.parametrize("name", AT_ZERO)
def test_what_is_left_beside_an_end_is_measured_from_it(name):
    law, log_density, high = AT_ZERO[name]
    cut = f.Truncated(law, high=high)
    with mp.workdps(50):
        log_mass, entropy = beside_zero(log_density, high)
        found = solve("entropy", cut, cut).number
        assert abs(found.value - entropy) <= found.error
        assert found.error <= 1e-10
        # Logarithms of some tens have 15 digits.
        for x in (high / 3, high * 1e-5, high * 1e-19):
            truth = log_density(mp.mpf(x)) - log_mass
            assert float(cut.log_prob(x)) == pytest.approx(float(truth), rel=1e-14)


def test_a_divergence_of_what_is_left_beside_an_end():
    cut = f.Truncated(f.Gamma(shape=2.0, rate=1.0), high=1e-9)
    found = kb.kl_divergence(f.Uniform(low=0.0, high=1e-9), cut)
    # The density is 2 x / h^2, but for a share of 1e-9: the divergence is 1 - log 2.
    assert float(found) == pytest.approx(1.0 - math.log(2.0), abs=1e-9)


def test_what_is_left_beside_an_upper_end_is_measured_from_it():
    width = 2.0**-40
    cut = f.Truncated(f.Beta(alpha=2.0, beta=3.0), low=1.0 - width)
    # With y = 1 - x the density is 3 y^2 / width^3, but for a share of the width.
    truth = math.log(0.75 / width)
    assert float(cut.log_prob(1.0 - width / 2)) == pytest.approx(truth, rel=1e-12)


# ---------------------------------------------------------------- far out

EXPONENTIAL = f.Truncated(f.Laplace(location=0.0, scale=1.0), low=1000.0)  # from there on
FLAT = f.Uniform(low=1000.0, high=1001.0)
OVERLAP = 2.0 * -math.expm1(-0.5)


def test_far_laws_have_a_distribution_function():
    y = np.array([0.0, 1e-9, 0.5, 1.0, 30.0])
    # Of x, 1e-13 are lost to rounding, which y = 1e-9 has in its fourth digit.
    np.testing.assert_allclose(
        EXPONENTIAL.cdf(1000.0 + y), -np.expm1(-((1000.0 + y) - 1000.0)), rtol=1e-12
    )
    frozen = EXPONENTIAL._scipy()
    np.testing.assert_allclose(frozen.sf(1000.0 + y[2:]), np.exp(-y[2:]), rtol=1e-12)
    u = np.array([1e-6, 0.2, 0.5, 0.999, 1.0 - 2.0**-50])
    np.testing.assert_allclose(EXPONENTIAL.quantile(u) - 1000.0, -np.log1p(-u), rtol=1e-6)
    np.testing.assert_allclose(frozen.isf(u) - 1000.0, -np.log(u), rtol=1e-6, atol=1e-12)
    assert EXPONENTIAL.quantile(0.0) == 1000.0
    assert EXPONENTIAL.quantile(1.0) == INF
    assert np.isnan(EXPONENTIAL.cdf(np.nan))
    draws = EXPONENTIAL.sample(4000, rng=0)
    assert abs(draws.mean() - 1001.0) <= 5.0 / math.sqrt(4000)


@pytest.mark.parametrize(
    ("law", "sf"),
    [
        (f.Gamma(shape=2.0, rate=1.0), lambda x: (1 + x) * mp.exp(-x)),
        (f.Cauchy(location=0.0, scale=1.0), lambda x: mp.atan(1 / x)),
        (
            f.Mixture(components=[f.Normal(mean=0.0, std=1.0)] * 2, weights=[0.5, 0.5]),
            lambda x: mp.erfc(x / mp.sqrt(2)),
        ),
    ],
)
def test_far_laws_have_the_quantiles_of_their_tails(law, sf):
    low = 50.0
    tail = f.Truncated(law, low=low)
    u = np.array([0.01, 0.5, 0.99])
    x = tail.quantile(u)
    # What rounds x, 7e-15 at most, is 50 times that in the share of the normal law.
    with mp.workdps(60):
        found = [1 - sf(mp.mpf(y)) / sf(mp.mpf(low)) for y in x]
        # What rounds x, to 1e-14, is 50 times that in the share of the normal law.
        np.testing.assert_allclose([float(y) for y in found], u, rtol=1e-10)
    np.testing.assert_allclose(tail.cdf(x), u, rtol=1e-10)


def test_far_laws_are_turned_and_batched():
    law = f.Laplace(location=0.0, scale=1.0)
    left = f.Truncated(law, high=-1000.0)
    np.testing.assert_allclose(left.cdf(-1000.0 - np.array([1.0, 0.5])), np.exp([-1.0, -0.5]))
    assert left.quantile(0.0) == -INF
    both = f.Truncated(law, low=np.array([0.0, 1000.0]))
    np.testing.assert_allclose(both.cdf([1.0, 1001.0]), [-math.expm1(-1.0)] * 2)
    np.testing.assert_allclose(both.quantile(0.5) - both.low, [math.log(2.0)] * 2)


def test_measures_beside_a_far_law_are_those_of_its_tail():
    found = {
        kb.total_variation_distance: math.exp(-1.0),
        kb.hellinger_distance: math.sqrt(1.0 - OVERLAP),
        kb.kl_divergence: 0.5,
        lambda p, q: kb.renyi_divergence(p, q, order=0.5): -2.0 * math.log(OVERLAP),
    }
    for verb, truth in found.items():
        assert float(verb(FLAT, EXPONENTIAL)) == pytest.approx(truth, rel=1e-12)

    def mixed(t):
        p, q = mp.mpf(t < 1), mp.exp(-t)
        m = (p + q) / 2
        return (q * mp.log(q / m) + (mp.log(1 / m) if p else 0)) / 2

    # Beyond 1 only one of them is left, and gives log 2 of its probability.
    truth = mp.quad(mixed, [0, 0.999999999999999999]) + mp.exp(-1) * mp.log(2) / 2
    found = kb.jensen_shannon_divergence(FLAT, EXPONENTIAL)
    assert float(found) == pytest.approx(float(truth), rel=1e-12)


def test_nothing_is_never_negative():
    for law in (EXPONENTIAL, f.Truncated(f.Normal(mean=0.0, std=1.0), low=-1.0, high=1.0)):
        low = float(law.support.low)
        assert not np.signbit(law.cdf([low - 1.0, low])).any()
        assert not np.signbit(law._scipy().sf(np.array([low, 1e9]))).any()


def test_what_is_left_between_two_bodies():
    parts = [f.Normal(mean=x, std=1.0) for x in (-30.0, 30.0)]
    between = f.Truncated(f.Mixture(components=parts, weights=[0.5, 0.5]), low=-5.0, high=5.0)
    with mp.workdps(60):
        one = [mp.ncdf(mp.mpf(x) - 30) for x in (-5, -4.9, 5)]
        other = [mp.ncdf(-30 - mp.mpf(x)) for x in (-5, -4.9, 5)]
        whole = (one[2] - one[0]) + (other[0] - other[2])
        truth = ((one[1] - one[0]) + (other[0] - other[1])) / whole
    np.testing.assert_allclose(between.cdf(-4.9), float(truth), rtol=1e-9)
    np.testing.assert_allclose(between.cdf(0.0), 0.5, rtol=1e-12)


def test_counts_far_out():
    tail = f.Truncated(f.Poisson(rate=3.0), low=1000.0)
    with mp.workdps(40):
        share = [mp.mpf(3) ** k * mp.factorial(1000) / mp.factorial(1000 + k) for k in range(40)]
        first = float(share[0] / mp.fsum(share))
    np.testing.assert_allclose(tail.cdf([999.0, 1000.0]), [0.0, first], rtol=1e-12)
    np.testing.assert_allclose(tail._scipy().sf(1000.0), 1.0 - first, rtol=1e-10)
    np.testing.assert_array_equal(tail.quantile([0.5, first, 0.999]), [1000.0, 1000.0, 1001.0])
    np.testing.assert_array_equal(tail._scipy().isf(np.array([0.5, 1e-4])), [1000.0, 1001.0])


def test_many_counts_far_out_are_those_of_scipy():
    low = 1e12 + 1e7
    tail = f.Truncated(f.Poisson(rate=1e12), low=low)
    truth = 1.0 - stats.poisson.sf(low + 1e5, 1e12) / stats.poisson.sf(low - 1.0, 1e12)
    assert float(tail.cdf(low + 1e5)) == pytest.approx(truth, rel=1e-9)
    with pytest.raises(kb.KullbackError, match="far out in its tail"):
        f.Truncated(f.Poisson(rate=1e9), low=1e9 + 1.3e6).cdf(2e9)


@pytest.mark.parametrize("low", [40.0, 1e3, 1e5])
def test_the_mean_of_a_far_tail_is_beyond_its_start(low):
    with mp.workdps(50):
        start = mp.mpf(low)
        hazard = mp.npdf(start) / (mp.erfc(start / mp.sqrt(2)) / 2)
        beyond, spread = hazard - start, 1 - hazard * (hazard - start)
    tail = f.Truncated(f.Normal(mean=0.0, std=1.0), low=low)
    # The mean is a float, of which 1/low is what is beyond.
    assert float(tail.mean) - low == pytest.approx(float(beyond), abs=1.2e-16 * low)
    assert float(tail.variance) == pytest.approx(float(spread), rel=1e-12)


# ---------------------------------------------------------------- moments


def positive_mean(log_density):
    """Return the mean of what is above 0, by its definition."""
    cuts = [0, 1, 4, 16, 64, 256]
    parts = [mp.quad(lambda x, k=k: x**k * mp.exp(log_density(x)), cuts) for k in (0, 1)]
    return parts[1] / parts[0]


@pytest.mark.parametrize(
    ("law", "log_density"),
    [
        (stats.moyal(), lambda x: -(x + mp.exp(-x)) / 2),
        (stats.loggamma(1.5), lambda x: 1.5 * x - mp.exp(x)),
        (stats.hypsecant(), lambda x: -mp.log(mp.cosh(x))),
    ],
    ids=["moyal", "loggamma", "hypsecant"],
)
def test_tails_that_are_not_known_are_integrated(law, log_density):
    found = f.Truncated(law, low=0.0).mean
    assert float(found) == pytest.approx(float(positive_mean(log_density)), rel=1e-10)


class LogCauchy(stats.rv_continuous):
    """A law whose tail is heavier than every power, and has no name."""

    def _logpdf(self, x):
        return -np.log(x) - np.log1p(np.log(x) ** 2) - math.log(math.pi)

    def _cdf(self, x):
        return 0.5 + np.arctan(np.log(x)) / math.pi

    def _ppf(self, u):
        return np.exp(np.tan(math.pi * (u - 0.5)))


def test_a_moment_is_never_infinite_without_knowledge():
    law = f.Truncated(LogCauchy(a=0.0, name="log_cauchy")(), low=1.0)
    with pytest.raises(kb.KullbackError, match="may be off"):
        _ = law.mean
    assert float(f.Truncated(f.StudentT(degrees=2.0), low=0.0).variance) == INF


def test_heavy_tails_are_in_the_moments():
    def folded(degrees):  # the mean of |T|
        v = mp.mpf(degrees)
        return 2 * mp.sqrt(v / mp.pi) * mp.gamma((v + 1) / 2) / (mp.gamma(v / 2) * (v - 1))

    for degrees in (1.05, 1.5, 4.0):
        found = f.Truncated(f.StudentT(degrees=degrees), low=0.0).mean
        assert float(found) == pytest.approx(float(folded(degrees)), rel=1e-10)
    v = mp.mpf(2.1)
    truth = v / (v - 2) - folded(v) ** 2
    found = f.Truncated(f.StudentT(degrees=2.1), low=0.0).variance
    assert float(found) == pytest.approx(float(truth), rel=1e-10)
    found = f.Truncated(f.Pareto(shape=1.1, scale=1.0), low=2.0).mean
    assert float(found) == pytest.approx(2 * 1.1 / (1.1 - 1), rel=1e-10)


# ---------------------------------------------------------------- what can be cut


def test_a_kernel_estimate_can_be_cut():
    data = np.random.default_rng(0).normal(size=20)
    kde = stats.gaussian_kde(data)
    width = math.sqrt(kde.covariance[0, 0])
    cut = f.Truncated(kde, low=0.0)
    kept = stats.norm.sf(0.0, data, width).mean()
    at = math.log(stats.norm.pdf(0.5, data, width).mean() / kept)
    assert float(cut.log_prob(0.5)) == pytest.approx(at, rel=1e-12)


def test_a_law_that_falls_too_fast_is_said_to_be_far():
    law = f.Gumbel(location=0.0, scale=1.0)
    with pytest.raises(kb.KullbackError, match="far out in its tail"):
        kb.entropy(f.Truncated(law, high=-710.0))
    # With y the distance, the density falls by exp(700) in a unit: its logarithm is level.
    assert float(kb.entropy(f.Truncated(law, high=-700.0))) == pytest.approx(-699.0, abs=1e-4)


def test_an_image_of_an_image_has_no_more_digits_than_its_law():
    skew = f.SkewNormal(location=0.0, scale=1.0, shape=2.0)
    twice = f.Affine(f.Affine(skew, scale=2.0), scale=2.0)
    with pytest.raises(kb.KullbackError, match="no digits"):
        f.Truncated(twice, low=1e6).log_prob(1e6)
    normal = f.Affine(f.Affine(f.Laplace(location=0.0, scale=1.0), scale=2.0), scale=2.0)
    assert float(f.Truncated(normal, low=1e6).log_prob(1e6)) == pytest.approx(-math.log(4.0))


def test_narrow_parts_are_integrated_from_where_they_are():
    spikes = [f.Normal(mean=x, std=1e-11) for x in (1e6, -1e6)]
    law = f.Mixture(components=[f.Normal(mean=0.0, std=1.0), *spikes], weights=[0.4, 0.3, 0.3])
    cut = f.Truncated(law, low=-2e6)
    assert float(cut.log_prob(0.0)) == pytest.approx(float(law.log_prob(0.0)), rel=1e-12)
    assert float(cut.variance) == pytest.approx(0.6e12 + 0.4, rel=1e-12)


def test_what_has_no_digits_is_refused():
    narrow = f.Truncated(f.LogNormal(log_mean=20.0, log_std=1e-12), low=0.0)
    with pytest.raises(kb.KullbackError, match="may be off by a share"):
        narrow.log_prob(1.0)


# ---------------------------------------------------------------- what is kept


def test_one_law_is_integrated_once(monkeypatch):
    count = 0
    adapt = _remaining.adapt

    def counted(*given):
        nonlocal count
        count += 1
        return adapt(*given)

    monkeypatch.setattr(_remaining, "adapt", counted)
    for law in (
        f.Truncated(f.Normal(mean=0.125, std=1.0), low=0.25),
        f.Truncated(f.Normal(mean=0.125, std=1.0), low=np.float32([0.5, 0.75])),
    ):
        count = 0
        for x in range(1, 11):
            law.log_prob(float(x))
        assert count == math.prod(law.batch_shape)


def test_no_answer_keeps_data_alive():
    data = np.random.default_rng(0).normal(size=20)
    laws = [stats.gaussian_kde(data + k) for k in range(3)]
    alive = [weakref.ref(law) for law in laws]
    for law in laws:
        kb.entropy(law)
        f.Truncated(law, low=0.0).log_prob(1.0)
    del law, laws
    gc.collect()
    assert [ref() for ref in alive] == [None] * 3
