"""Laws given by log-odds against 50 digits, from a coin that is nearly certain to a fair one."""

import itertools
import math

import numpy as np
import pytest
from mpmath import mp, mpf

import kullback as kb
from kullback.families import Bernoulli, Binomial, Geometric, NegativeBinomial

mp.dps = 50

ODDS = (0.0, 1.0, -1.0, 12.0, -12.0, 30.0, -30.0, 120.0, -120.0, 800.0, -800.0)
NEAR = [(z, z + h) for z in (0.0, 3.0, -12.0, 30.0, -120.0) for h in (2.0**-30, -1e-5, 0.4)]
PAIRS = [*itertools.product(ODDS, repeat=2), *NEAR]
HUGE = mpf(2) ** 1024


def logs(z):
    """Return log p and log(1 - p)."""
    return -mp.log1p(mp.exp(-mpf(z))), -mp.log1p(mp.exp(mpf(z)))


def trial_kl(a, b):
    (p, f), (q, g) = logs(a), logs(b)
    return mp.exp(p) * (p - q) + mp.exp(f) * (f - g)


def trial_entropy(z):
    p, f = logs(z)
    return -mp.exp(p) * p - mp.exp(f) * f


def waiting(z):
    """Return the mean number of trials up to a success."""
    return mp.exp(-logs(z)[0])


def rounded(x):
    if abs(x) >= HUGE:
        return math.copysign(math.inf, x)
    return float(x)


def make(family, z):
    if family is Binomial:
        return Binomial(trials=0.0 * z + 10.0, log_odds=z)
    if family is NegativeBinomial:
        return NegativeBinomial(successes=0.0 * z + 2.5, log_odds=z)
    return family(log_odds=z)


# How many trials there are, and whether they last until a success.
SIZES = {Bernoulli: (1, False), Geometric: (1, True), Binomial: (10, False)}
SIZES[NegativeBinomial] = (2.5, True)
COLUMNS = np.array(PAIRS).T


def kl(family, a, b):
    count, waits = SIZES[family]
    return count * trial_kl(a, b) * (waiting(a) if waits else 1)


@pytest.mark.parametrize("family", SIZES)
def test_divergences(family):
    a, b = (make(family, z) for z in COLUMNS)
    found = kb.kl_divergence(a, b)
    expected = [rounded(kl(family, *pair)) for pair in PAIRS]
    np.testing.assert_allclose(found, expected, rtol=2e-14, atol=1e-307)


def entropy(family, z):
    return trial_entropy(z) * (waiting(z) if family is Geometric else 1)


@pytest.mark.parametrize("family", [Bernoulli, Geometric])
def test_entropies(family):
    expected = [rounded(entropy(family, z)) for z in ODDS]
    found = kb.entropy(family(log_odds=np.array(ODDS)))
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-307)


@pytest.mark.parametrize("order", [0.5, 0.9, 2.0, math.inf])
@pytest.mark.parametrize("family", SIZES)
def test_divergences_of_an_order(family, order):
    a, b = (make(family, z) for z in COLUMNS)
    found = kb.renyi_divergence(a, b, order=order)
    expected = [rounded(renyi(family, *pair, order)) for pair in PAIRS]
    np.testing.assert_allclose(found, expected, rtol=5e-14, atol=1e-307)


def renyi(family, a, b, order):
    count, waits = SIZES[family]
    (p, f), (q, g) = logs(a), logs(b)
    if math.isinf(order):
        return count * (mp.inf if waits and a < b else p - q if waits else max(p - q, f - g))
    with mp.workdps(800):  # both sums are nearly 1
        (p, f), (q, g) = logs(a), logs(b)
        up, down = (order * x + (1 - mpf(order)) * y for x, y in ((p, q), (f, g)))
        if not waits:
            return count * mp.log(mp.exp(up) + mp.exp(down)) / (mpf(order) - 1)
        if down >= 0:
            return mp.inf if a != b else mpf(0)
        return count * (up - mp.log(-mp.expm1(down))) / (mpf(order) - 1)


@pytest.mark.parametrize("family", SIZES)
def test_masses_and_distribution_functions(family):
    x = np.array([0.0, 1.0]) if family is Bernoulli else np.array([0.0, 1.0, 3.0, 7.0])
    for z in ODDS:
        law = make(family, z)
        p, f = logs(z)
        expected = []
        for k in map(int, x):
            ways = mp.binomial(10, k) if family is Binomial else mpf(1)
            ways = mp.binomial(mpf(1.5) + k, k) if family is NegativeBinomial else ways
            n = {Bernoulli: 1 - k, Binomial: 10 - k}.get(family, k)
            wins = k if family in (Bernoulli, Binomial) else SIZES[family][0]
            expected.append(float(mp.log(ways) + wins * p + n * f))
        np.testing.assert_allclose(law.log_prob(x), expected, rtol=5e-14, atol=1e-307)
        below = {Bernoulli: 1, Binomial: 10}.get(family)
        first = float(mp.exp((below or 0) * f if below else wins * p))
        np.testing.assert_allclose(law.cdf(0.0), first, rtol=5e-14, atol=1e-307)


def slopes(family, a, b):
    """Return the derivatives of the divergence with respect to both log-odds."""
    count, waits = SIZES[family]
    (p, f), (q, g) = logs(a), logs(b)
    unit = waiting(a) if waits else 1
    own = mp.exp(p + f) * (mpf(a) - mpf(b)) * unit
    own -= mp.exp(f - p) * trial_kl(a, b) if waits else 0
    # q - p without the digits that two numbers near 1 lose
    gap = mp.exp(q) - mp.exp(p) if a < 0 else mp.exp(f) - mp.exp(g)
    return rounded(count * own), rounded(count * gap * unit)


def torch_slopes(family, pairs, dtype):
    torch = pytest.importorskip("torch")
    x, y = (torch.tensor(c, dtype=getattr(torch, dtype), requires_grad=True) for c in pairs.T)
    value = kb.kl_divergence(make(family, x), make(family, y))
    value.sum().backward()
    return value.detach(), np.stack([x.grad, y.grad], axis=-1)


def jax_slopes(family, pairs, dtype):
    jax = pytest.importorskip("jax")
    x, y = (jax.numpy.asarray(c, dtype=dtype) for c in pairs.T)

    def value(x, y):
        return kb.kl_divergence(make(family, x), make(family, y))

    both = jax.jit(jax.vmap(jax.value_and_grad(value, argnums=(0, 1))))
    if family in (Bernoulli, Geometric):  # of the others, whether they agree in a parameter
        found, found_slopes = both(x, y)
    else:
        found, back = jax.vjp(value, x, y)
        found_slopes = back(jax.numpy.ones_like(found))
    return found, np.stack(found_slopes, axis=-1)


@pytest.mark.parametrize("family", SIZES)
@pytest.mark.parametrize(
    ("library", "dtype"),
    [(torch_slopes, "float32"), (torch_slopes, "float64"), (jax_slopes, "float32")],
)
def test_gradients(family, dtype, library):
    most = 35.0 if dtype == "float32" and SIZES[family][1] else 1000.0
    pairs = np.array([pair for pair in PAIRS if max(map(abs, pair)) <= most], dtype=dtype)
    found, gradients = library(family, pairs, dtype)
    single = str(np.asarray(found).dtype) == "float32"
    exact = pairs.astype(np.float64)
    values = np.array([rounded(kl(family, *pair)) for pair in exact])
    expected = np.array([slopes(family, *pair) for pair in exact])
    finite = np.isfinite(values)
    np.testing.assert_allclose(found, values, rtol=3e-6 if single else 5e-14, atol=1e-30)
    np.testing.assert_allclose(
        np.asarray(gradients)[finite], expected[finite], rtol=1e-5 if single else 1e-12, atol=1e-30
    )
