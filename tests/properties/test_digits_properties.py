"""Signs and zeros over a million pairs, and what holds for every weight and skew."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from libraries import ALL, loaded, numbers

import kullback as kb
from kullback._kernels import generic

EPS = 2.0**-52
ROWS, K = 1_000_000, 3


def ulps(size=1.0, count=32):
    return count * EPS * max(1.0, size)


# ---------------------------------------------------------------- a million pairs


@functools.cache
def tables():
    """Return a million pairs of tables: unrelated, nearly equal to any degree, and with zeros."""
    rng = np.random.default_rng(20240229)
    p = rng.random((ROWS, K)) ** rng.integers(1, 40, (ROWS, 1))
    p[rng.random((ROWS, K)) < 0.1] = 0.0
    p[:, 0] += 1e-3
    p /= p.sum(axis=-1, keepdims=True)
    eps = 10.0 ** rng.uniform(-17, 0, (ROWS, 1))
    q = p * (1 + eps * rng.uniform(-1, 1, (ROWS, K)))
    q[::4] = rng.permutation(p)[::4]
    q /= q.sum(axis=-1, keepdims=True)
    return p, q


@functools.cache
def logits():
    """Return a million pairs of logits: unrelated and nearly equal, to any degree and shifted."""
    rng = np.random.default_rng(20240301)
    a = rng.normal(size=(ROWS, K)) * 10.0 ** rng.uniform(-1, 3, (ROWS, 1))
    a[rng.random((ROWS, K)) < 0.05] = -math.inf
    a[:, 0] = np.maximum(a[:, 0], -5.0)
    b = a + 10.0 ** rng.uniform(-17, 2, (ROWS, 1)) * rng.normal(size=(ROWS, K))
    b += rng.choice([0.0, 1.0, 1e3], (ROWS, 1))
    b[::4] = rng.permutation(a)[::4]
    return a, b


PAIRS = {"probs": (kb.Probs, tables), "logits": (kb.Logits, logits)}
FAST = [library for library in ALL if library.name in ("numpy", "torch", "jax")]


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("library", FAST, ids=lambda library: library.name)
def test_never_negative_and_zero_for_equals(library, kind):
    """In float64 and, in JAX as it comes, in float32."""
    make, pairs = PAIRS[kind]
    with loaded(library), np.errstate(over="ignore", under="ignore"):
        p, q = (library.array(x, library.widest) for x in pairs())
        js = functools.partial(kb.jensen_shannon_divergence, weight=0.25, skew=0.75)
        for verb in (kb.kl_divergence, kb.jensen_shannon_divergence, js):
            apart = numbers(verb(make(p), make(q)))
            assert apart.shape == (ROWS,)
            assert np.min(apart) >= 0
            assert not np.any(np.signbit(apart))
            equal = numbers(verb(make(p), make(p)))
            assert np.max(np.abs(equal)) == 0
            assert not np.any(np.signbit(equal))


def test_the_kernels_of_every_library_on_the_same_pairs():
    p, q = tables()
    for kernel in (generic.kl_from_probs, generic.jensen_shannon):
        assert np.min(kernel(np, p, q)) >= 0
        assert np.max(kernel(np, p, p)) == 0


# ---------------------------------------------------------------- weights and skews

weights = st.one_of(st.just(0.0), st.floats(1e-3, 1.0), st.floats(1e-300, 1e-3))
shares = st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 1.0, 5e-324, 1e-300, 1 - 2.0**-53]))


@st.composite
def pairs(draw):
    size = draw(st.integers(1, 10))
    rows = [np.array(draw(st.lists(weights, min_size=size, max_size=size))) for _ in range(2)]
    assume(min(row.sum() for row in rows) >= 1e-3)
    return tuple(row / row.sum() for row in rows)


def js(p, q, **options):
    return kb.jensen_shannon_divergence(p, q, **options)


@given(pairs(), shares)
@example((np.array([5e-324, 1.0]), np.array([0.0, 1.0])), 5e-324)
@example((np.array([1.0, 0.0]), np.array([0.0, 1.0])), 1e-300)
def test_a_weight_bounds_what_can_be_learned(pair, w):
    """0 <= JS <= H(w, 1 - w): it is the information an outcome has about its source."""
    p, q = pair
    value = js(p, q, weight=w)
    # 1 - w is rounded, so the entropy is that of w as it is given.
    most = -(w * math.log(w) + (1 - w) * math.log1p(-w)) if 0 < w < 1 else 0.0
    assert 0 <= value <= most * (1 + ulps()) + 5e-324
    assert js(p, p, weight=w) == 0
    assert value == pytest.approx(js(q, p, weight=1 - w), rel=ulps(), abs=ulps()) or w < 1e-10
    if not np.any((p > 0) & (q > 0)):
        assert value == pytest.approx(most, rel=ulps(), abs=1e-320)


@given(pairs(), st.floats(0.01, 0.99))
def test_a_weight_is_the_prior_of_the_first_source(pair, w):
    """JS = H(m) - w H(p) - (1 - w) H(q), up to the rounding of these."""
    p, q = pair
    whole = kb.entropy(w * p + (1 - w) * q) - w * kb.entropy(p) - (1 - w) * kb.entropy(q)
    assert js(p, q, weight=w) == pytest.approx(whole, rel=0, abs=ulps(kb.entropy(p)))


@given(pairs(), shares, shares)
def test_a_skew_adds_divergence(pair, w, skew):
    """Nondecreasing from 0 to the mean of the two divergences, and at most -log(1 - skew)."""
    p, q = pair
    value = js(p, q, weight=w, skew=skew)
    assert value >= 0
    assert js(p, q, weight=w, skew=0.0) == 0
    assert value <= js(p, q, weight=w, skew=(1 + skew) / 2) * (1 + ulps()) + 1e-320
    if skew < 1:
        assert value <= -math.log1p(-skew) * (1 + ulps()) + 1e-320
    assert js(p, q, skew=skew) == pytest.approx(js(q, p, skew=skew), rel=ulps(), abs=1e-320)


@given(pairs())
def test_the_usual_divergences_are_cases(pair):
    p, q = pair
    assert js(p, q, skew=0.5) == pytest.approx(js(p, q), rel=ulps(), abs=1e-320)
    assert js(p, q, weight=0.5) == js(p, q)
    assert 2 * js(p, q, skew=1.0) == pytest.approx(
        kb.jeffreys_divergence(p, q), rel=ulps(), abs=1e-320
    )
    assert js(p, q, weight=1.0, skew=1.0) == pytest.approx(
        kb.kl_divergence(p, q), rel=ulps(), abs=1e-320
    )
    assert js(p, q, weight=0.0) == js(p, q, weight=1.0) == 0


@given(pairs(), st.floats(0.01, 0.99), st.one_of(st.none(), st.floats(0.0, 0.99)))
def test_kinds_agree(pair, w, skew):
    """The logarithm of a float has an error of half an ulp of |log p| <= 745: absolute."""
    with np.errstate(divide="ignore"):
        logs = [np.log(x) for x in pair]
    wanted = js(*pair, weight=w, skew=skew)
    for one, other in itertools.product((kb.Probs, kb.LogProbs, kb.Logits), repeat=2):
        p = one(pair[0] if one is kb.Probs else logs[0])
        q = other(pair[1] if other is kb.Probs else logs[1])
        value = js(p, q, weight=w, skew=skew)
        assert value == pytest.approx(wanted, rel=ulps(8), abs=ulps(8))
