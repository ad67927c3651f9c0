"""Mixtures, truncated laws, images and products: what they are, and what they refuse."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import extra
from scipy import integrate, stats

import kullback as kb
from kullback.families import (
    Affine,
    Exponential,
    Gamma,
    Geometric,
    Gumbel,
    Independent,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Poisson,
    Product,
    StudentT,
    Truncated,
    Uniform,
)

NORMAL = Normal(mean=0.0, std=1.0)
TWO = Mixture(components=[NORMAL, Normal(mean=4.0, std=0.5)], weights=[0.25, 0.75])
LAWS = {
    "mixture": TWO,
    "mixture of supports": Mixture(
        components=[Exponential(rate=2.0), Uniform(low=-3.0, high=-1.0)], weights=[0.5, 0.5]
    ),
    "mixture of counts": Mixture(
        components=[Poisson(rate=2.0), Poisson(rate=30.0)], weights=[0.5, 0.5]
    ),
    "truncated": Truncated(NORMAL, low=-1.0, high=2.0),
    "truncated tail": Truncated(NORMAL, low=10.0),
    "truncated lower tail": Truncated(Gumbel(location=0.0, scale=1.0), high=-1.0),
    "truncated count": Truncated(Poisson(rate=3.0), low=1.0, high=6.0),
    "truncated mixture": Truncated(TWO, low=1.0),
    "affine": Affine(Gamma(shape=2.0, rate=1.0), location=1.0, scale=-2.0),
    "affine count": Affine(Geometric(probability=0.3), location=1.0),
    "turned count": Affine(Poisson(rate=3.0), location=5.0, scale=-1.0),
    "affine mixture": Affine(TWO, scale=3.0),
}


@pytest.fixture(params=LAWS.values(), ids=LAWS)
def law(request):
    return request.param


def moments(law):
    """Return the total, mean and variance by SciPy's quadrature or a sum."""
    low, high, discrete = (float(x) for x in law.support)
    marks = law.quantile([1e-9, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-9])
    if discrete:
        x = np.arange(max(low, -200), min(high, 200) + 1)
        f = np.exp(law.log_prob(x))
        parts = [f.sum(), (x * f).sum(), ((x - law.mean) ** 2 * f).sum()]
    else:
        cuts = sorted({*marks, *(x for x in (-3.0, -1.0, 0.0) if marks[0] < x < marks[-1])})
        powers = (lambda _: 1.0, lambda x: x, lambda x: (x - law.mean) ** 2)
        parts = [
            sum(
                integrate.quad(lambda x, g=g: g(x) * math.exp(law.log_prob(x)), a, b)[0]
                for a, b in pairwise(cuts)
            )
            for g in powers
        ]
    return parts


def test_density_and_moments_agree(law):
    total, mean, variance = moments(law)
    # What is beyond the outermost marks is 2e-9 of the total, and more of what grows.
    np.testing.assert_allclose(total, 1.0, rtol=1e-8)
    np.testing.assert_allclose(law.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(law.variance, variance, rtol=1e-5)


def test_quantiles_invert_the_distribution_function(law):
    u = np.array([1e-6, 0.01, 0.2, 0.5, 0.8, 0.99])
    x = law.quantile(u)
    if law.support.discrete:
        assert np.all(law.cdf(x) >= u * (1 - 1e-12))
        assert np.all(law.cdf(x - 1) < u)
    else:
        # Beyond 10 the logarithm of a probability is 53, and has 15 digits.
        np.testing.assert_allclose(law.cdf(x), u, rtol=1e-9, atol=1e-13)
    low, high, _ = law.support
    assert np.all((x >= low) & (x <= high))
    if math.isfinite(low):
        assert law.cdf(low - 1.0) == 0.0
        assert law.log_prob(low - 1.5) == -np.inf
    if math.isfinite(high):
        assert law.cdf(high) == 1.0


def test_draws_have_the_mean(law):
    x = law.sample(4000, rng=1)
    assert np.all(law.log_prob(x) > -np.inf)
    assert abs(np.mean(x) - law.mean) <= 5 * np.sqrt(law.variance / 4000)
    np.testing.assert_array_equal(law.sample(3, rng=2), law.sample(3, rng=2))


def test_divergence_from_itself_is_nothing(law):
    assert float(kb.kl_divergence(law, law)) == 0.0


def test_the_distribution_function_is_that_of_scipy():
    for a, b in ((-1.0, 2.0), (10.0, np.inf), (38.0, 40.0), (-np.inf, -20.0)):
        law, known = Truncated(NORMAL, low=a, high=b), stats.truncnorm(a, b)
        u = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
        np.testing.assert_allclose(law.quantile(u), known.ppf(u), rtol=1e-10)
        np.testing.assert_allclose(law.cdf(known.ppf(u)), u, rtol=1e-8)
    beyond = Truncated(Exponential(rate=1.0), low=2000.0)  # whose probability is no float
    np.testing.assert_allclose(beyond.quantile(1 - np.exp(-3.0)), 2003.0, rtol=1e-12)
    np.testing.assert_allclose(beyond.sample(2000, rng=0).mean(), 2001.0, atol=0.15)


# ---------------------------------------------------------------- identities

PLACES = st.floats(-5, 5)
SCALES = st.floats(0.125, 8)


@settings(max_examples=25)
@given(PLACES, SCALES, PLACES, SCALES, st.floats(0.0, 1.0))
def test_a_mixture_is_closer_than_its_parts(m, s, n, t, w):
    p, q = Normal(mean=m, std=s), Normal(mean=n, std=t)
    both = Mixture(components=[p, q], weights=[w, 1.0 - w])
    own = kb.kl_divergence(p, both)
    assert 0.0 <= own <= -math.log(w) + 1e-12 if w > 0 else own >= 0.0
    # Convexity: the mixture is no farther from q than its share of p.
    assert kb.kl_divergence(both, q) <= w * kb.kl_divergence(p, q) * (1 + 1e-12) + 1e-12


@settings(max_examples=25)
@given(PLACES, SCALES, st.floats(-3, 3), st.floats(0.125, 6))
def test_what_is_cut_off_costs_its_logarithm(m, s, a, width):
    law = Normal(mean=m, std=s)
    low, high = m + s * a, m + s * (a + width)
    mass = stats.norm.sf(a) - stats.norm.sf(a + width)
    found = kb.kl_divergence(Truncated(law, low=low, high=high), law)
    np.testing.assert_allclose(found, -np.log(mass), rtol=1e-9)
    assert kb.kl_divergence(law, Truncated(law, low=low, high=high)) == np.inf


@settings(max_examples=25)
@given(PLACES, st.floats(0.125, 8), st.booleans())
def test_a_map_of_both_laws_changes_nothing(a, b, turned):
    p, q = Gumbel(location=0.0, scale=1.0), Normal(mean=1.0, std=2.0)
    scale = -b if turned else b
    one, other = (Affine(law, location=a, scale=scale) for law in (p, q))
    d = kb.kl_divergence(p, q)
    np.testing.assert_allclose(kb.kl_divergence(one, other), d, rtol=1e-12)
    same = Normal(mean=a + scale, std=2.0 * b)  # the image of q
    np.testing.assert_allclose(kb.kl_divergence(one, same), d, rtol=1e-10)
    np.testing.assert_allclose(kb.entropy(one), kb.entropy(p) + math.log(b), rtol=1e-12, atol=1e-15)


def test_images_of_normal_laws_are_normal_laws():
    image = Affine(NORMAL, location=2.0, scale=-3.0)
    assert float(kb.kl_divergence(image, Normal(mean=2.0, std=3.0))) == 0.0
    assert float(kb.kl_divergence(Normal(mean=5.0, std=3.0), image)) == 0.5
    heavy = Affine(StudentT(degrees=3.0), scale=2.0)
    assert float(kb.kl_divergence(heavy, StudentT(degrees=3.0, scale=2.0))) == 0.0


def test_independent_coordinates_add_up():
    laws = [NORMAL, Laplace(location=1.0, scale=2.0), TWO]
    others = [Normal(mean=1.0, std=2.0), Laplace(location=0.0, scale=1.0), NORMAL]
    p, q = Product(*laws), Product(*others)
    assert p.event_shape == (3,)
    for verb in (kb.kl_divergence, kb.cross_entropy):
        parts = [verb(a, b) for a, b in zip(laws, others, strict=True)]
        np.testing.assert_allclose(verb(p, q), sum(parts), rtol=1e-14)
    parts = [kb.renyi_divergence(a, b, order=2.0) for a, b in zip(laws, others, strict=True)]
    np.testing.assert_allclose(
        kb.renyi_divergence(q, p, order=0.5),
        sum(kb.renyi_divergence(b, a, order=0.5) for a, b in zip(laws, others, strict=True)),
        rtol=1e-14,
    )
    np.testing.assert_allclose(kb.entropy(p), sum(kb.entropy(a) for a in laws), rtol=1e-14)
    x = p.sample((5, 2), rng=0)
    assert x.shape == (5, 2, 3)
    np.testing.assert_allclose(
        p.log_prob(x), sum(a.log_prob(x[..., i]) for i, a in enumerate(laws)), rtol=1e-14
    )
    np.testing.assert_allclose(p.mean, [a.mean for a in laws])


def test_the_last_axis_of_a_batch_can_be_coordinates():
    rate = np.arange(1.0, 7.0).reshape(2, 3)
    p, q = Independent(Poisson(rate=rate)), Independent(Poisson(rate=np.ones(3)))
    assert (p.batch_shape, p.event_shape) == ((2,), (3,))
    apart = kb.kl_divergence(Poisson(rate=rate), Poisson(rate=1.0))
    np.testing.assert_allclose(kb.kl_divergence(p, q), apart.sum(axis=-1), rtol=1e-14)
    x = p.sample(4, rng=0)
    assert x.shape == (4, 2, 3)
    assert p.log_prob(x).shape == (4, 2)
    assert float(p.log_prob([[0.5, 1.0, 1.0]] * 2)[0]) == -np.inf


def test_a_mixture_of_vectors_is_estimated():
    parts = [MultivariateNormal(mean=m, std=[1.0, 1.0]) for m in ([0.0, 0.0], [3.0, 3.0])]
    p = Mixture(components=parts, weights=[0.5, 0.5])
    x = p.sample(7, rng=0)
    assert x.shape == (7, 2)
    known = np.logaddexp(*(part.log_prob(x) for part in parts)) - math.log(2)
    np.testing.assert_allclose(p.log_prob(x), known, rtol=1e-14)
    found = kb.kl_divergence(p, parts[0], samples=4000, rng=0)
    assert isinstance(found, kb.Estimate)
    assert abs(float(found) - 3.82) < 5 * float(found.std_error) + 0.01
    assert Mixture(components=parts, weights=[[0.5, 0.5], [0.25, 0.75]]).mean.shape == (2, 2)


# ---------------------------------------------------------------- edges


def test_gaps_and_weights_of_nothing():
    gap = Mixture(
        components=[Uniform(low=0.0, high=1.0), Uniform(low=2.0, high=3.0)], weights=[0.5, 0.5]
    )
    assert float(gap.log_prob(1.5)) == -np.inf
    np.testing.assert_allclose(kb.entropy(gap), math.log(2), rtol=1e-14)
    assert float(kb.kl_divergence(Uniform(low=0.0, high=3.0), gap)) == np.inf
    np.testing.assert_allclose(
        kb.kl_divergence(gap, Uniform(low=0.0, high=3.0)), math.log(1.5), rtol=1e-13
    )
    alone = Mixture(components=[NORMAL, Uniform(low=-9.0, high=9.0)], weights=[1.0, 0.0])
    np.testing.assert_allclose(kb.entropy(alone), kb.entropy(NORMAL), rtol=1e-13)


def test_the_heavier_tail_decides():
    heavy = Mixture(components=[NORMAL, StudentT(degrees=1.0)], weights=[0.999, 0.001])
    assert float(kb.kl_divergence(heavy, NORMAL)) == np.inf
    assert 0.0 < float(kb.kl_divergence(NORMAL, heavy)) < 0.01
    assert float(kb.kl_divergence(Truncated(heavy, high=5.0), NORMAL)) == np.inf
    assert np.isfinite(kb.kl_divergence(Truncated(heavy, low=-5.0, high=5.0), NORMAL))
    assert float(Truncated(StudentT(degrees=1.0), low=0.0).mean) == np.inf


def test_precision_and_batches_survive():
    wide = Truncated(
        Normal(mean=np.zeros((2, 1), np.float32), std=np.float32(1.0)),
        low=np.array([0.0, 1.0, 2.0], np.float32),
    )
    assert wide.batch_shape == (2, 3)
    assert kb.entropy(wide).shape == (2, 3)
    assert kb.entropy(wide).dtype == np.float32
    assert wide.sample(5, rng=0).shape == (5, 2, 3)
    assert wide.mean.shape == (2, 3)
    mixed = Mixture(components=[wide, NORMAL], weights=np.array([0.5, 0.5]))
    assert mixed.batch_shape == (2, 3)
    assert mixed.quantile(0.5).shape == (2, 3)


# ---------------------------------------------------------------- gradients

MADE = {
    "mixture": lambda a, b: Mixture(
        components=[Normal(mean=a, std=1.0), Laplace(location=2.0, scale=b)], weights=[0.5, 0.5]
    ),
    "truncated": lambda a, b: Truncated(Normal(mean=0.5, std=b), low=a, high=3.0),
    "truncated gamma": lambda a, b: Truncated(Gamma(shape=b, rate=2.0), low=a),
    "affine": lambda a, b: Affine(Gumbel(location=0.0, scale=1.0), location=a, scale=-b),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_gradients_are_those_of_differences(make):
    torch = extra("torch")
    other = Normal(mean=1.0, std=2.0)
    asked = [
        kb.entropy,
        lambda law: kb.kl_divergence(law, other),
        lambda law: law.log_prob(1.25),
    ]
    at, h = (0.25, 1.5), 1e-5
    for f in asked:
        given_ = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
        f(make(*given_)).backward()
        for i, x in enumerate(given_):
            up, down = list(at), list(at)
            up[i], down[i] = at[i] + h, at[i] - h
            slope = (float(f(make(*up))) - float(f(make(*down)))) / (2 * h)
            # Central differences are off by h^2 and by rounding over h.
            found = 0.0 if x.grad is None else float(x.grad)
            np.testing.assert_allclose(found, slope, rtol=1e-7, atol=1e-8)


def test_gradients_of_jax_too():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):

        def f(a):
            return kb.entropy(Truncated(Normal(mean=a, std=1.0), low=0.0))

        h = 1e-5
        slope = (f(0.3 + h) - f(0.3 - h)) / (2 * h)
        np.testing.assert_allclose(jax.grad(f)(0.3), slope, rtol=1e-7)
        density = jax.jit(lambda a: Truncated(Normal(mean=a, std=1.0), low=10.0).log_prob(10.5))
        known = stats.truncnorm(10.0, np.inf).logpdf(10.5)
        np.testing.assert_allclose(density(0.0), known, rtol=1e-12)
