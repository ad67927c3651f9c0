"""Laws of the gamma function: entropies and divergences against their formulas in mpmath."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from family_cases.gamma import CASES

import kullback as kb
from kullback.families import Beta, ChiSquared, Dirichlet, Exponential, Gamma, InverseGamma
from kullback.families import _log_gamma as kernels

# Those of docs/families.md.
BOUND = {"float64": 1e-12, "float32": 1e-5}
# Some ten roundings of numbers that do not cancel.
ROUNDING = 5e-15


def off_by(value, truth):
    """Return the relative error, absolute where the truth is 0."""
    if truth == mp.inf:
        return 0.0 if value == math.inf else math.inf
    return float(abs(mp.mpf(float(value)) - truth) / (abs(truth) if truth else 1))


def test_there_are_enough_cases():
    assert len(CASES) >= 80
    assert len({(case.measure, case.name) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.measure} {case.name}")
def test_a_measure_is_right(case, dtype):
    laws = [law.map(lambda x: x.astype(dtype)) for law in (case.p, case.q) if law is not None]
    value = getattr(kb, case.measure)(*laws, **case.options)
    assert value.dtype == dtype
    assert off_by(value, case.truth(laws[0], laws[-1])) <= BOUND[dtype]
    assert case.q is None or value >= 0.0


def log_gamma_bregman(a, c):
    return mp.loggamma(c) - mp.loggamma(a) - (c - a) * mp.psi(0, a)


SHAPES = (1e-12, 3e-5, 0.3, 1.0, 1.461632, 7.9, 8.1, 1234.5, 1e9, 1e15)
RATIOS = (1e-9, 0.3, 1.0 - 1e-3, 1.0 - 1e-12, 1.0 + 1e-12, 1.0 + 1e-3, 2.0, 1e9)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_the_kernels_keep_all_digits(a, ratio):
    a = np.float64(a)
    c = a * ratio
    h = c - a
    with mp.workdps(120):
        exact_a, exact_c = mp.mpf(float(a)), mp.mpf(float(c))
        exact_h, b = exact_c - exact_a, mp.mpf(0.25)
        bregman = log_gamma_bregman(exact_a, exact_c)
        rest = bregman - (exact_c * mp.log(exact_c / exact_a) - exact_h)
        digamma = mp.psi(0, exact_c) - mp.psi(0, exact_a)
        falls = bregman - log_gamma_bregman(exact_a + b, exact_c + b)
        gap = mp.log(exact_a) - mp.psi(0, exact_a)
        whole = mp.loggamma(exact_a) - exact_a * mp.log(exact_a) + exact_a
        assert off_by(kernels.log_gamma_bregman(np, a, h, c), bregman) <= ROUNDING
        assert off_by(kernels.rest_bregman(np, a, c, h), rest) <= ROUNDING
        assert off_by(kernels.digamma_difference(np, a, c, h), digamma) <= ROUNDING
        assert off_by(kernels.log_gamma_excess(np, a, np.float64(0.25), c, h), falls) <= ROUNDING
        assert off_by(kernels.digamma_gap(np, a), gap) <= ROUNDING
        # It is 0 near 6.4.
        error = abs(mp.mpf(float(kernels.log_gamma_rest(np, a))) - whole)
        assert error <= ROUNDING * max(1, abs(whole))


def gamma_density(p, x):
    a, b, x = (mp.mpf(float(y)) for y in (p.shape, p.rate, x))
    return a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x


def inverse_density(p, x):
    a, b, x = (mp.mpf(float(y)) for y in (p.shape, p.scale, x))
    return a * mp.log(b) - mp.loggamma(a) - (a + 1) * mp.log(x) - b / x


def shares_density(a, x):
    total = mp.loggamma(sum(a)) - sum(mp.loggamma(y) for y in a)
    return total + sum((y - 1) * mp.log(z) for y, z in zip(a, x, strict=True))


def beta_density(p, x):
    x = mp.mpf(float(x))
    return shares_density([mp.mpf(float(p.alpha)), mp.mpf(float(p.beta))], [x, 1 - x])


@pytest.mark.parametrize("spread", [-3.0, 0.0, 2.0])
@pytest.mark.parametrize("shape", [1e-2, 1.0, 15.9, 16.1, 1e5, 1e10])
def test_a_density_is_right(shape, spread):
    """Within 1e-12 of its definition at the floats given, far from and at the largest shapes."""
    x = abs(shape + spread * math.sqrt(shape)) / 3.0
    share = 1.0 / (1.0 + 7.0 / shape * (1.0 + 0.1 * spread))
    answers = [
        (Gamma(shape=shape, rate=3.0), gamma_density, x),
        (InverseGamma(shape=shape, scale=3.0), inverse_density, 1.0 / x),
        (Beta(alpha=shape, beta=7.0), beta_density, share),
        (Beta(alpha=7.0, beta=shape), beta_density, 1.0 - share),
        (Beta(alpha=shape, beta=3.0 * shape), beta_density, 0.25 * (1.0 + spread / x)),
    ]
    for law, density, at in answers:
        if not law.support.low <= at <= law.support.high or at in (0.0, 1.0):
            continue
        with mp.workdps(60):
            truth = density(law, at)
            value = mp.mpf(float(law.log_prob(at)))
            assert abs(value - truth) <= 1e-12 * max(1, abs(truth)), law


@pytest.mark.parametrize("a", [(2.0, 3.0, 1.0), (0.5, 1e8, 2e8), (1e-3, 1e-3, 20.0)])
def test_a_density_of_shares_is_right(a):
    law = Dirichlet(concentration=a)
    x = law.sample(3, rng=1)
    for row in x[np.all(x > 0.0, axis=-1)]:
        with mp.workdps(60):
            truth = shares_density([mp.mpf(y) for y in a], [mp.mpf(float(y)) for y in row])
            value = mp.mpf(float(law.log_prob(row)))
            assert abs(value - truth) <= 1e-12 * max(1, abs(truth))


def test_densities_at_the_ends():
    inf = math.inf
    shapes = [0.5, 1.0, 2.0, 100.0]
    at_zero = [inf, math.log(3.0), -inf, -inf]
    assert np.allclose(Gamma(shape=shapes, rate=3.0).log_prob(0.0), at_zero)
    assert np.allclose(Beta(alpha=shapes, beta=3.0).log_prob(0.0), at_zero)
    assert np.allclose(Beta(alpha=3.0, beta=shapes).log_prob(1.0), at_zero)
    assert np.allclose(ChiSquared(degrees=[1.0, 2.0, 4.0]).log_prob(0.0), [inf, -math.log(2), -inf])
    assert float(Exponential(rate=3.0).log_prob(0.0)) == math.log(3.0)
    for law in (Gamma(shape=shapes, rate=3.0), InverseGamma(shape=shapes, scale=3.0)):
        assert np.all(law.log_prob(inf) == -inf)
        assert np.all(law.log_prob(-1.0) == -inf)
    assert np.all(InverseGamma(shape=shapes, scale=3.0).log_prob(0.0) == -inf)
    corners = [[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0], [0.2, 0.3, 0.4]]
    value = Dirichlet(concentration=[0.5, 1.0, 2.0]).log_prob(corners)
    assert value[0] == inf
    assert math.isfinite(value[1])
    assert value[2] == value[3] == -inf


def test_a_density_beyond_the_range_of_a_product():
    """Where shape or rate times x is no float there is an answer, and no warning."""
    assert float(InverseGamma(shape=100.0, scale=2.0).log_prob(1e308)) == pytest.approx(-71918.637)
    assert float(Gamma(shape=2.0, rate=1e200).log_prob(1e200)) < -1e300
