"""Sums and integrals over random laws, against other rules and against what must hold."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kullback as kb
from kullback import families as f

INF = math.inf
places = st.floats(-20, 20)
scales = st.floats(-4, 4).map(math.exp)
shapes = st.floats(-1, 3).map(math.exp)
LINE = {
    "Normal": lambda m, s, _: f.Normal(mean=m, std=s),
    "Laplace": lambda m, s, _: f.Laplace(location=m, scale=s),
    "Logistic": lambda m, s, _: f.Logistic(location=m, scale=s),
    "Cauchy": lambda m, s, _: f.Cauchy(location=m, scale=s),
    "StudentT": lambda m, s, k: f.StudentT(degrees=k, location=m, scale=s),
    "Mixture": lambda m, s, k: f.Mixture(
        components=[f.Normal(mean=m, std=s), f.Laplace(location=m + 3 * k, scale=s)],
        weights=[0.25, 0.75],
    ),
}
HALF = {
    "Gamma": lambda s, k: f.Gamma(shape=k, rate=s),
    "Weibull": lambda s, k: f.Weibull(shape=k, scale=s),
    "LogNormal": lambda s, k: f.LogNormal(log_mean=math.log(s), log_std=k),
    # A shape just below 1 has a mean, and a part of it beyond the largest float.
    "GeneralizedPareto": lambda s, k: f.GeneralizedPareto(
        shape=0.9 if 1.0 < k < 1.1 else 1 / k, scale=s
    ),
    "InverseGaussian": lambda s, k: f.InverseGaussian(mean=s, shape=k),
}
COUNTS = {
    "Poisson": lambda s, _: f.Poisson(rate=s * 10),
    "Geometric": lambda s, _: f.Geometric(probability=1 / (1 + 10 * s)),
    "NegativeBinomial": lambda s, k: f.NegativeBinomial(successes=k, probability=1 / (1 + 10 * s)),
}
on_the_line = st.builds(lambda n, *a: LINE[n](*a), st.sampled_from([*LINE]), places, scales, shapes)
positive = st.builds(lambda n, *a: HALF[n](*a), st.sampled_from([*HALF]), scales, shapes)
counting = st.builds(lambda n, *a: COUNTS[n](*a), st.sampled_from([*COUNTS]), scales, shapes)
pairs = st.one_of(*(st.tuples(x, x) for x in (on_the_line, positive, counting)))


def by_trapezoids(p, q):
    """Return D(p || q) on a fine grid of one variable that shows all of p and its tails."""
    u = np.linspace(-60.0, 60.0, 120_001)
    if float(p.support.low) > -INF:
        x, slope = np.exp(u), np.exp(u)
    else:
        lower, middle, upper = (float(p.quantile(level)) for level in (0.4, 0.5, 0.6))
        x, slope = middle + (upper - lower) * np.sinh(u), (upper - lower) * np.cosh(u)
    with np.errstate(all="ignore"):
        log_p, log_q = np.asarray(p.log_prob(x)), np.asarray(q.log_prob(x))
        mass = np.exp(log_p) * slope * (u[1] - u[0])
        terms = np.where(mass > 0, mass * (log_p - log_q), 0.0)
    return math.fsum(terms)


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.tuples(on_the_line, on_the_line), st.tuples(positive, positive)))
def test_divergences_agree_with_trapezoids(laws):
    p, q = laws
    found = kb.method_for(kb.kl_divergence, p, q)
    assert found.value >= 0
    if found.method == "infinite":
        return
    # A kink leaves the trapezoids step^2/12 = 1e-7 of its change of slope, which is at most some
    # 100 times the value's scale: the narrowest law is exp(-4) wide. Elsewhere they are exact.
    truth = by_trapezoids(p, q)
    assert found.value == pytest.approx(truth, rel=1e-5, abs=1e-5)
    if found.error is not None:
        assert found.error <= 1e-9 * max(1.0, found.value)


@settings(max_examples=30, deadline=None)
@given(counting, counting)
def test_sums_agree_with_brute_force(p, q):
    n = np.arange(1 << 16, dtype=np.float64)  # the means are at most 20 * 546, far below
    log_p, log_q = np.asarray(p.log_prob(n)), np.asarray(q.log_prob(n))
    truth = math.fsum(np.exp(log_p) * (log_p - log_q))
    if float(p._scipy().sf(n[-1])) > 1e-20:
        return
    assert float(kb.kl_divergence(p, q)) == pytest.approx(truth, rel=1e-9, abs=1e-11)


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_cross_entropy_is_entropy_and_divergence(laws):
    p, q = laws
    h, d, both = kb.entropy(p), kb.kl_divergence(p, q), kb.cross_entropy(p, q)
    if math.isinf(float(d)):
        assert float(both) == INF
    else:
        scale = abs(float(h)) + abs(float(d)) + 1.0
        assert float(both) == pytest.approx(float(h + d), abs=1e-11 * scale)


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_orders_and_distances_keep_their_bounds(laws):
    p, q = laws
    values = [float(kb.renyi_divergence(p, q, order=a)) for a in (0.25, 0.5, 1.0, 1.5)]
    for low, high in pairwise(values):
        assert low <= high * (1 + 1e-10) + 1e-12
    other = float(kb.renyi_divergence(q, p, order=0.75))
    assert 0.75 * values[0] == pytest.approx(0.25 * other, rel=1e-9, abs=1e-12)
    tv, hellinger = (
        float(verb(p, q)) for verb in (kb.total_variation_distance, kb.hellinger_distance)
    )
    assert 0.0 <= hellinger**2 <= tv + 1e-10
    assert tv <= min(1.0, hellinger * math.sqrt(2.0 - hellinger**2)) + 1e-10
    js = float(kb.jensen_shannon_divergence(p, q))
    assert 0.0 <= js <= math.log(2) * tv + 1e-10  # Lin (1991), theorem 3


magnitudes = st.floats(-30, 3).map(math.exp)


@settings(max_examples=30, deadline=None)
@given(*(st.sampled_from([*LINE]), places, magnitudes, shapes) * 2)
def test_jensen_shannon_is_at_most_one_bit(name, m, s, k, other, n, t, j):
    p, q = LINE[name](m, s, k), LINE[other](n, t, j)
    one, two = (kb.method_for("jensen_shannon_divergence", *pair) for pair in ((p, q), (q, p)))
    for found in (one, two):
        assert 0.0 <= found.value <= math.log(2.0) + found.error
        assert found.error <= 1e-11
    assert abs(one.value - two.value) <= one.error + two.error


@settings(max_examples=20, deadline=None)
@given(on_the_line, on_the_line, st.floats(-5, 5), scales)
def test_a_change_of_scale_changes_nothing(p, q, shift, factor):
    a, b = (f.Affine(law, location=shift, scale=-factor) for law in (p, q))
    d = float(kb.kl_divergence(p, q))
    # A point is known to 1e-16 of its size, up to 1e4 times the narrowest scale.
    assert float(kb.kl_divergence(a, b)) == pytest.approx(d, rel=1e-9, abs=1e-10)


@settings(max_examples=12, deadline=None)
@given(pairs)
def test_of_itself_a_law_has_no_divergence(laws):
    p = laws[0]
    twin = f.Mixture(components=[p, p], weights=[0.5, 0.5])  # the same law, without a formula
    found = kb.method_for(kb.kl_divergence, p, twin)
    assert 0.0 <= found.value <= 1e-24  # the square of the rounding of log p
    assert float(kb.total_variation_distance(p, twin)) <= 1e-12
