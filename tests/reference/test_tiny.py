"""Tables with entries near the smallest number of their type, against 50 digits.

A result is right if it is the number nearest to the truth, but for a few roundings of its type,
one step of the subnormal numbers included.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest

import kullback as kb

TINY = {
    np.float64: (5e-324, 1e-323, 1e-310, 3e-308, 1e-300, 1e-160, 1e-20, 1e-8, 0.25),
    np.float32: (1e-45, 1e-44, 1e-40, 1.5e-38, 1e-30, 1e-20, 1e-8, 0.25),
}


def tables(dtype):
    """Yield pairs of tables of two or three outcomes, some of them tiny or 0."""
    values = [0.0, *map(dtype, TINY[dtype])]
    for a, b in itertools.product(values, values):
        yield np.array([a, 1 - a], dtype), np.array([b, 1 - b], dtype)
        yield np.array([a, b, 1 - a - b], dtype), np.array([b, a, 1 - a - b], dtype)


def _terms(p, q):
    return [(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(p, q, strict=True)]


def _kl(terms):
    if any(a > 0 and b == 0 for a, b in terms):
        return mpmath.inf
    return mpmath.fsum((a * mpmath.log(a / b) if a else 0) - a + b for a, b in terms)


def _js(terms):
    half = [((a + b) / 2, a, b) for a, b in terms]
    return (_kl([(a, m) for m, a, _ in half]) + _kl([(b, m) for m, _, b in half])) / 2


def _squared_hellinger(terms):
    return mpmath.fsum((mpmath.sqrt(a) - mpmath.sqrt(b)) ** 2 for a, b in terms) / 2


def _chi_squared(terms):
    if any(a > 0 and b == 0 for a, b in terms):
        return mpmath.inf
    return mpmath.fsum((a - b) ** 2 / b for a, b in terms if b)


def _bhattacharyya(terms):
    mean = mpmath.fsum((a + b) / 2 for a, b in terms)
    return -mpmath.log1p(-_squared_hellinger(terms) / mean)


MEASURES = {
    kb.kl_divergence: _kl,
    kb.jeffreys_divergence: lambda t: _kl(t) + _kl([(b, a) for a, b in t]),
    kb.jensen_shannon_divergence: _js,
    kb.jensen_shannon_distance: lambda t: mpmath.sqrt(_js(t)),
    kb.total_variation_distance: lambda t: mpmath.fsum(abs(a - b) for a, b in t) / 2,
    kb.hellinger_distance: lambda t: mpmath.sqrt(_squared_hellinger(t)),
    kb.chi_squared_divergence: _chi_squared,
    kb.bhattacharyya_distance: _bhattacharyya,
}
SYMMETRIC = [m for m in MEASURES if m not in (kb.kl_divergence, kb.chi_squared_divergence)]


def _close(got, truth, dtype):
    if truth > float(np.finfo(dtype).max):
        return got == math.inf
    step = mpmath.mpf(float(np.finfo(dtype).smallest_subnormal))
    return abs(mpmath.mpf(float(got)) - truth) <= 16 * float(np.finfo(dtype).eps) * truth + step


@pytest.mark.parametrize("dtype", TINY, ids=lambda t: t.__name__)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.__name__)
def test_tiny_entries_against_fifty_digits(measure, dtype):
    with mpmath.workdps(400):
        for p, q in tables(dtype):
            truth = MEASURES[measure](_terms(p, q))
            assert _close(measure(p, q), truth, dtype), (p, q, float(truth))


@pytest.mark.parametrize("measure", SYMMETRIC, ids=lambda m: m.__name__)
def test_tiny_entries_are_symmetric(measure):
    for p, q in tables(np.float64):
        assert measure(p, q) == pytest.approx(measure(q, p), rel=1e-14, abs=5e-324)


@pytest.mark.parametrize("unit", ["nats", "bits", "hartleys"])
def test_a_distance_too_small_for_its_square(unit):
    p, q = [0.0, 1.0], [5e-324, 1.0]
    in_nats = {"nats": 1.0, "bits": math.log(2.0), "hartleys": math.log(10.0)}[unit]
    expected = math.sqrt(0.5 * math.log(2.0) / in_nats) * math.sqrt(5e-324)
    assert kb.jensen_shannon_divergence(p, q) == 0.0
    assert kb.jensen_shannon_distance(p, q, unit=unit) == pytest.approx(expected, rel=1e-14)
    assert kb.jensen_shannon_distance([p, p], [q, p], unit=unit)[1] == 0.0


def test_the_distance_of_logits_and_of_logarithms():
    a, b = [0.0, -690.0], [0.0, -700.0]
    for kind in (kb.Logits, kb.LogProbs):
        got = kb.jensen_shannon_distance(kind(a), kind(b))
        with mpmath.workdps(400):
            terms = [(mpmath.exp(x), mpmath.exp(y)) for x, y in zip(a, b, strict=True)]
            if kind is kb.Logits:
                sums = [mpmath.fsum(side) for side in zip(*terms, strict=True)]
                terms = [(x / sums[0], y / sums[1]) for x, y in terms]
            truth = float(mpmath.sqrt(_js(terms)))
        assert got == pytest.approx(truth, rel=1e-12)
