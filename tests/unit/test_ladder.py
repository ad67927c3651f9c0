"""The ladder: closed form, sum or integral, with errors that hold; infinities with reasons."""

from __future__ import annotations

import math
import warnings

import mpmath as mp
import numpy as np
import pytest
from libraries import extra
from scipy import stats

import kullback as kb
from kullback import families as f
from kullback.families._quadrature import integral_nodes, sum_nodes

INF = math.inf
N, L, C = (
    f.Normal(mean=0.0, std=1.0),
    f.Laplace(location=0.5, scale=1.0),
    f.Cauchy(location=0, scale=1),
)


def said(verb, *laws, **options):
    """Return what `method_for` says, and see that the verb says the same."""
    found = kb.method_for(verb, *laws, **options)
    # Sums of the same numbers may differ in the order they are taken in.
    assert float(verb(*laws, **options)) == pytest.approx(found.value, rel=1e-13)
    return found


def keeps(found, truth):
    """Whether an answer is within its error of the truth, and that error small."""
    assert found.error <= 1e-11 * max(1.0, abs(float(truth)))
    return abs(mp.mpf(found.value) - truth) <= found.error


# ---------------------------------------------------------------- nodes


@pytest.mark.parametrize(
    ("function", "cuts", "truth"),
    [
        (lambda x: np.exp(-x * x / 2), [-INF, 0.0, INF], math.sqrt(2 * math.pi)),
        (lambda x: np.exp(-x * x / 2), [-INF, INF], math.sqrt(2 * math.pi)),
        (lambda x: 1 / (1 + x * x), [-INF, 3.0, INF], math.pi),
        (lambda x: x**-0.9 * np.exp(-x), [0.0, 1.0, INF], math.gamma(0.1)),
        (lambda x: x**-0.9, [0.0, 1.0], 10.0),
        (lambda x: np.abs(x - 0.3), [0.0, 1.0], 0.29),
        (lambda x: np.exp(-1e8 * (x - 0.3) ** 2), [-1.0, 0.3, 1.0], math.sqrt(math.pi) / 1e4),
        (np.exp, [-INF, -2.0], math.exp(-2.0)),
    ],
)
def test_integrals_are_right_within_their_errors(function, cuts, truth):
    nodes = integral_nodes(function, cuts, 1.0, 1e-14)
    value = math.fsum(nodes.weight * function(nodes.x))
    # Every weight is off by a few units in the last place.
    assert abs(value - truth) <= nodes.error + 1e-14 * truth
    assert nodes.error <= 1e-11 * truth


@pytest.mark.parametrize(
    ("function", "low", "high", "cuts", "truth"),
    [
        (lambda x: x**-2.0, 1.0, INF, [], math.pi**2 / 6),
        (lambda x: np.exp(-1e-6 * x), 0.0, INF, [1e6], -1 / math.expm1(-1e-6)),
        (lambda x: 0 * x + 1.0, 3.0, 1e9, [], 1e9 - 2),
        (
            lambda x: np.exp(-0.5 * ((x - 1e9) / 1e5) ** 2),
            0.0,
            INF,
            [9.99e8, 1e9, 1.001e9],
            1e5 * math.sqrt(math.tau),
        ),
    ],
)
def test_sums_over_integers_are_right_within_their_errors(function, low, high, cuts, truth):
    nodes = sum_nodes(function, low, high, cuts, 1e-14)
    value = math.fsum(nodes.weight * function(nodes.x))
    # A point that rounding moves by one unit of 1e9 changes the last by 1e-12.
    assert abs(value - truth) <= nodes.error + 1e-12 * truth
    assert len(nodes.x) < 50_000


# ---------------------------------------------------------------- rungs


def test_each_rung_says_what_it_is():
    rungs = [
        (said(kb.entropy, N), "closed form"),
        (said(kb.cross_entropy, L, N), "closed form"),
        (said(kb.kl_divergence, N, L), "quadrature"),
        (said(kb.kl_divergence, f.Poisson(rate=3), f.Geometric(probability=0.2)), "sum"),
        (said(kb.renyi_divergence, N, L, order=INF), "search"),
        (said(kb.kl_divergence, C, N), "infinite"),
    ]
    for found, method in rungs:
        assert found.method == method
        assert (found.error is None) == (method == "closed form")
        assert bool(found.reason) == (method == "infinite")


def test_a_divergence_of_expectations_is_their_difference_where_it_is_large():
    p, q = f.Laplace(location=3.0, scale=1.0), N
    found = said(kb.kl_divergence, p, q)
    truth = 0.5 * mp.log(2 * mp.pi) + mp.mpf(11) / 2 - 1 - mp.log(2)
    assert found.method == "closed form"
    assert found.value == pytest.approx(float(truth), rel=1e-15)
    near = said(kb.kl_divergence, f.Gamma(shape=1.0, rate=1.0), f.Weibull(shape=1.0, scale=1.0))
    assert near.value < 1e-30  # each is the exponential law, in its own words


EXTREMES = {
    "narrow in wide": (
        f.Normal(mean=0.0, std=1e-8),
        f.Laplace(location=0.0, scale=1.0),
        lambda: mp.mpf(1e-8) * mp.sqrt(2 / mp.pi) + mp.log(2),
    ),
    "wide over narrow": (
        f.Logistic(location=0.0, scale=1e8),
        f.Laplace(location=0.0, scale=1.0),
        lambda: 2e8 * mp.log(2) + mp.log(2),
    ),
    "a million sigma apart": (
        N,
        f.Laplace(location=1e6, scale=1.0),
        lambda: mp.mpf(1e6) + mp.log(2),
    ),
    "a peak far outside": (
        f.Normal(mean=0.0, std=10.0),
        f.Gumbel(location=0.0, scale=1.0),
        lambda: mp.exp(50),
    ),
    "half of the mass below the smallest float": (
        f.Gamma(shape=0.001, rate=1.0),
        f.GeneralizedPareto(shape=1.0, scale=1.0),
        lambda: (
            2
            * mp.quad(
                lambda x: mp.gammainc(mp.mpf(0.001), x, regularized=True) / (1 + x),
                [0, 1e-6, 1e-3, 0.1, 1, 5, 20, 80],
            )
        ),
    ),
    "a third of the mass between the last float and 1": (
        f.Beta(alpha=0.01, beta=0.01),
        f.GeneralizedPareto(shape=1.0, scale=1.0),
        # by symmetry, with log(1 + x) + log(2 - x)
        lambda: mp.log(2) + _symmetric(0.01),
    ),
    "a tail beyond the largest float": (
        f.Pareto(shape=0.01, scale=1.0),
        f.Cauchy(location=0.0, scale=1.0),
        # E log(1 + x^2) = 2 E log x + E log(1 + x^-2)
        lambda: (
            mp.log(mp.pi)
            + 200
            + mp.quad(lambda t: mp.log1p(t ** (2 / mp.mpf(0.01))), [0, 0.9, 0.99, 1])
        ),
    ),
}


def _symmetric(a):
    """Return E log((1 + x)(2 - x)/2) under the symmetric Beta law, which is smooth at its ends."""
    a = mp.mpf(a)

    def term(u):
        x = 1 / (1 + mp.exp(-u))
        return mp.exp(a * (mp.log(x) + mp.log1p(-x))) * mp.log1p(x * (1 - x) / 2)

    return mp.quad(term, [-80, -30, -10, 0, 10, 30, 80]) / mp.beta(a, a)


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_cross_entropies_keep_their_errors(name):
    p, q, truth = EXTREMES[name]
    with mp.workdps(40):
        assert keeps(said(kb.cross_entropy, p, q), truth())


def test_large_discrete_laws_are_summed():
    n = np.arange(1 << 21, dtype=np.float64)
    p, q = f.NegativeBinomial(successes=2.0, probability=3e-5), f.Geometric(probability=1e-4)
    log_p, log_q = p.log_prob(n), q.log_prob(n)
    truth = math.fsum(np.exp(log_p) * (log_p - log_q) - np.exp(log_p) + np.exp(log_q))
    found = said(kb.kl_divergence, p, q)
    assert found.method == "sum"
    # The brute sum is off by the rounding of its logarithms, of size 10.
    assert found.value == pytest.approx(truth, rel=1e-13)
    ends = said(kb.kl_divergence, f.Binomial(trials=1e9, probability=0.3), f.Poisson(rate=3e8))
    # (-log(1 - p) - p)/2 + O(1/n), the divergence of two normal laws with the same mean
    assert ends.value == pytest.approx(0.5 * (-math.log1p(-0.3) - 0.3), rel=1e-8)


def test_heavy_discrete_tails_reach_infinity():
    p, q = f.Zipf(exponent=1.05), f.Zipf(exponent=1.1)
    truth = float(kb.kl_divergence(p, q))
    halves = f.Mixture(components=[q, q], weights=[0.5, 0.5])  # the same law, without a formula
    assert keeps(kb.method_for(kb.kl_divergence, p, halves), truth)


def test_narrow_laws_far_apart_are_all_summed():
    low, high = f.Poisson(rate=3.0), f.DiscreteUniform(low=10**6, high=10**6 + 5)
    both = f.Mixture(components=[low, high], weights=[0.5, 0.5])
    truth = mp.mpf(float(kb.entropy(low)) + math.log(6.0)) / 2 + mp.log(2)
    found = said(kb.entropy, both)
    # Rounding of the truth comes on top of the error.
    assert abs(found.value - truth) <= found.error + 1e-15


def test_what_is_far_off_is_refused():
    far = f.DiscreteUniform(low=2.0**51, high=2.0**51 + 5)
    both = f.Mixture(components=[f.Poisson(rate=3.0), far], weights=[0.5, 0.5])
    assert kb.method_for(kb.entropy, both).error > 0.1
    with pytest.raises(kb.KullbackError, match="may be off by"):
        kb.entropy(both)


# ---------------------------------------------------------------- narrow beside wide

WIDE = f.Cauchy(location=0.0, scale=1.0)


def divergence_of_a_spike(b):
    """Return D of Laplace's law at 5, of scale b, from the standard Cauchy law."""
    log = mp.quad(lambda t: mp.exp(-abs(t)) / 2 * mp.log(1 + (5 + b * t) ** 2), [-80, -9, 0, 9, 80])
    return log + mp.log(mp.pi) - 1 - mp.log(2 * mp.mpf(b))


def overlap_of_a_spike(b):
    """Return the JS divergence of the standard normal law and one at 5, of sigma b."""

    def parts(t):
        p = b * mp.npdf(5 + b * t)
        q = mp.npdf(t)
        m = (p + q) / 2
        return (p * mp.log(p / m) + q * mp.log(q / m) - p * mp.log(2)) / 2

    b = mp.mpf(b)
    cuts = [-40, -20, -9, -4, 0, 4, 9, 20, 40]
    return mp.quad(parts, cuts) + mp.log(2) / 2


@pytest.mark.parametrize("b", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
def test_narrow_laws_beside_wide_ones_keep_their_errors(b):
    with mp.workdps(40):
        spike = f.Laplace(location=5.0, scale=b)
        assert keeps(said(kb.kl_divergence, spike, WIDE), divergence_of_a_spike(b))
        # A truncated law is no law of its family, and has its own image of the line.
        cut = f.Truncated(spike, low=-1.0)
        assert keeps(said(kb.kl_divergence, cut, WIDE), divergence_of_a_spike(b))
        narrow = f.Normal(mean=5.0, std=b)
        assert keeps(said(kb.jensen_shannon_divergence, N, narrow), overlap_of_a_spike(b))


def entropy_of_spikes(places, b):
    """Return the entropy of a fifth each of the standard normal law and four Laplace laws.

    It is taken from what the parts would have if they shared nothing, and what their overlap
    changes: beside a spike, the two spikes at 5 being a thousand b apart, the density of the wide
    law is that at the place, but for b.
    """
    b = mp.mpf(b)
    cuts = [-90, -40, -20, -9, -4, 0, 4, 9, 20, 40, 90]
    apart = (4 * (1 + mp.log(2 * b)) + (1 + mp.log(2 * mp.pi)) / 2) / 5 + mp.log(5)

    def overlap(t, place):
        spike, wide = mp.exp(-abs(t)) / 2, b * mp.npdf(place + b * t)
        return spike * mp.log1p(wide / spike) + wide * (
            mp.log1p(spike / wide) if wide > spike else mp.log((spike + wide) / wide)
        )

    return apart - sum(mp.quad(lambda t, x=x: overlap(t, x), cuts) for x in places) / 5


@pytest.mark.parametrize("b", [1e-8, 1e-13])
def test_several_narrow_parts_are_all_seen(b):
    places = [-3.0, 0.0, 5.0, 5.0 + 1e3 * b]
    parts = [f.Laplace(location=x, scale=b) for x in places]
    p = f.Mixture(components=[N, *parts], weights=[0.2] * 5)
    with mp.workdps(40):
        assert keeps(said(kb.entropy, p), entropy_of_spikes(places, b))
    law = f.Uniform(low=5.0, high=5.0 + 8 * b)
    inner = kb.kl_divergence(law, f.Mixture(components=[N, law], weights=[0.5, 0.5]))
    assert float(inner) == pytest.approx(math.log(2.0), abs=20 * b)


def test_gradients_of_narrow_laws_are_right():
    torch = extra("torch")
    b = torch.tensor(1e-12, dtype=torch.float64, requires_grad=True)
    kb.kl_divergence(f.Laplace(location=5.0, scale=b), WIDE).backward()
    assert float(b.grad) * 1e-12 == pytest.approx(-1.0, rel=1e-10)


# ---------------------------------------------------------------- far tails

FAR = {
    "Normal": (f.Normal(mean=1.0, std=2.0), lambda x: -((x - 1) ** 2) / 8, lambda a: 4 / a),
    "Gamma": (f.Gamma(shape=2.5, rate=2.0), lambda x: 1.5 * mp.log(x) - 2 * x, lambda _: 0.5),
    "Exponential": (f.Exponential(rate=2.0), lambda x: -2 * x, lambda _: 0.5),
    "StudentT": (f.StudentT(degrees=3.0), lambda x: -2 * mp.log1p(x * x / 3), lambda a: a / 3),
    "Logistic": (
        f.Logistic(location=0.0, scale=1.0),
        lambda x: -x - 2 * mp.log1p(mp.exp(-x)),
        lambda _: 1,
    ),
    "Weibull": (f.Weibull(shape=2.0, scale=1.0), lambda x: mp.log(x) - x * x, lambda a: 1 / a),
    "Laplace": (f.Laplace(location=0.0, scale=2.0), lambda x: -x / 2, lambda _: 2),
    "Cauchy": (f.Cauchy(location=0.0, scale=1.0), lambda x: -mp.log1p(x * x), lambda a: a),
}


def beyond(log_density, low, width):
    """Return entropy and mean of what is beyond a bound, by their definitions."""
    low, width = mp.mpf(low), mp.mpf(width)
    cuts = [0, *(width * mp.mpf(2) ** k for k in range(-3, 8)), mp.inf]
    top = log_density(low)

    def mean(g):
        return mp.quad(lambda t: mp.exp(log_density(low + t) - top) * g(t), cuts)

    mass = mean(lambda _: 1)
    fall = mean(lambda t: top - log_density(low + t)) / mass
    return mp.log(mass) + fall, lambda: low + mean(lambda t: t) / mass


@pytest.mark.parametrize("low", [40.0, 1e3, 1e5, 1e8, 1e10])
@pytest.mark.parametrize("name", FAR)
def test_far_tails_keep_their_errors(name, low):
    law, log_density, width = FAR[name]
    with mp.workdps(50):
        entropy, mean = beyond(log_density, low, width(mp.mpf(low)))
        tail = f.Truncated(law, low=low)
        found = said(kb.entropy, tail)
        assert keeps(found, entropy)
        model = f.Exponential(rate=1.0)
        if name == "Cauchy":
            assert kb.kl_divergence(tail, model) == INF
            return
        found = said(kb.kl_divergence, tail, model)
        truth = mean() - entropy
        # What is stated grows with the logarithm of q; what is found is right to the last digits.
        assert abs(found.value - truth) <= min(found.error, 1e-14 * truth)
        beyond_low, step = float(mean() - low), float(np.spacing(low))
        assert float(tail.mean) - low == pytest.approx(beyond_low, rel=1e-12, abs=step)
        if name in ("Normal", "Laplace", "Logistic", "StudentT"):
            turned = f.Affine(law, location=0.0, scale=-1.0)
            assert float(kb.entropy(f.Truncated(turned, high=-low))) == pytest.approx(
                float(entropy), rel=1e-13
            )


def test_gradients_of_far_tails_are_right():
    torch = extra("torch")
    low = torch.tensor(1e3, dtype=torch.float64, requires_grad=True)
    kb.entropy(f.Truncated(N, low=low)).backward()
    # The entropy is 1 - log(low) but for terms of low^-2, whose slope is 2e-6 of this one's size.
    assert float(low.grad) == pytest.approx(-1e-3, rel=5e-6)
    both = kb.entropy(f.Truncated(N, low=np.array([0.0, 1e5])))
    assert float(both[0]) == float(kb.entropy(f.Truncated(N, low=0.0)))
    assert float(both[1]) == float(kb.entropy(f.Truncated(N, low=1e5)))


# ---------------------------------------------------------------- infinities

REASONS = [
    (f.Poisson(rate=1), N, "discrete"),
    (N, f.Poisson(rate=1), "discrete"),
    (f.Uniform(low=0, high=1), f.Uniform(low=2, high=3), "nothing in common"),
    (f.Uniform(low=0, high=1), f.Uniform(low=1, high=3), "nothing in common"),
    (N, f.Exponential(rate=1), "no probability"),
    (f.Poisson(rate=1), f.Binomial(trials=5, probability=0.5), "no probability"),
    (C, N, "diverges"),
    (f.LogNormal(log_mean=0, log_std=1), f.Gumbel(location=0, scale=1), ""),
    (f.Laplace(location=0, scale=1), f.Gumbel(location=0, scale=1), "diverges"),
    (f.Laplace(location=0, scale=0.9), f.Gumbel(location=0, scale=1), ""),
    (N, f.Gumbel(location=0, scale=1), ""),
    (f.Pareto(shape=2.1, scale=1), f.HalfNormal(scale=1), ""),
    (f.Pareto(shape=2.0, scale=1), f.HalfNormal(scale=1), "diverges"),
    (f.Gamma(shape=1.5, rate=1), f.InverseGamma(shape=1, scale=1), ""),
    (f.Gamma(shape=1.0, rate=1), f.InverseGamma(shape=1, scale=1), "diverges"),
    (f.Zipf(exponent=2.1), f.Poisson(rate=1), ""),
    (f.Zipf(exponent=2.0), f.Poisson(rate=1), "diverges"),
    (
        f.Mixture(
            components=[f.Uniform(low=0, high=1), f.Uniform(low=2, high=3)], weights=[0.5, 0.5]
        ),
        f.Uniform(low=0, high=3),
        "",
    ),
    (
        f.Uniform(low=0, high=3),
        f.Mixture(
            components=[f.Uniform(low=0, high=1), f.Uniform(low=2, high=3)], weights=[0.5, 0.5]
        ),
        "no probability",
    ),
    (f.Normal(mean=0, std=100), f.Gumbel(location=0, scale=1), "larger than any float"),
]


@pytest.mark.parametrize(("p", "q", "reason"), REASONS)
def test_infinite_divergences_say_why(p, q, reason):
    found = said(kb.kl_divergence, p, q)
    assert math.isinf(found.value) == bool(reason)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("p", "q", "order", "finite"),
    [
        (C, N, 0.5, True),
        (N, C, 3.0, True),
        (f.Pareto(shape=1, scale=1), f.Pareto(shape=3, scale=1), 1.4, True),
        (f.Pareto(shape=1, scale=1), f.Pareto(shape=3, scale=1), 1.5, False),
        (f.Gamma(shape=1, rate=1), f.Weibull(shape=1, scale=0.5), 1.9, True),
        (f.Gamma(shape=1, rate=1), f.Weibull(shape=1, scale=0.5), 2.0, False),
        (f.Beta(alpha=0.5, beta=2), f.Uniform(low=0, high=1), 1.9, True),
        (f.Beta(alpha=0.5, beta=2), f.Uniform(low=0, high=1), 2.0, False),
        (f.Beta(alpha=0.5, beta=2), N, 2.0, False),
        (f.Normal(mean=0, std=2), L, INF, True),
        (L, f.Normal(mean=0, std=2), INF, False),
        (C, f.StudentT(degrees=2), INF, False),
        (f.StudentT(degrees=2), C, INF, True),
        (f.Uniform(low=0, high=1), f.Uniform(low=0.5, high=2), 0.5, True),
        (f.Uniform(low=0, high=1), f.Uniform(low=0.5, high=2), 2.0, False),
    ],
)
def test_orders_that_diverge(p, q, order, finite):
    found = said(kb.renyi_divergence, p, q, order=order)
    assert math.isfinite(found.value) == finite
    assert found.value >= 0


def beyond_zero(mean):
    return f.Truncated(f.Normal(mean=mean, std=1.0), low=0.0)


def mixed(*laws):
    return f.Mixture(components=laws, weights=[1 / len(laws)] * len(laws))


TWO_TO_ONE = math.log(2.0)


@pytest.mark.parametrize(
    ("p", "q", "largest"),
    [
        (beyond_zero(1.0), beyond_zero(0.0), INF),
        # The ratio falls from 0 on; there it is that of exp(-1/2) and the masses.
        (beyond_zero(0.0), beyond_zero(1.0), 0.5 + math.log(math.erfc(-math.sqrt(0.5)))),
        (f.HalfNormal(scale=1.0), N, TWO_TO_ONE),
        (f.SkewNormal(location=0.0, scale=1.0, shape=1.0), N, TWO_TO_ONE),
        (N, mixed(N, f.Normal(mean=3.0, std=1.0)), TWO_TO_ONE),
        (mixed(N, f.Normal(mean=3.0, std=1.0)), N, INF),
        (f.Poisson(rate=3.0), mixed(f.Poisson(rate=3.0), f.Poisson(rate=2.0)), TWO_TO_ONE),
        (mixed(f.Poisson(rate=3.0), f.Poisson(rate=2.0)), f.Poisson(rate=2.5), INF),
        # All of one law is cut off the other.
        (
            f.Affine(f.HalfNormal(scale=1.0), location=1.0),
            beyond_zero(1.0),
            math.log(math.erfc(-math.sqrt(0.5))),
        ),
        (mixed(f.Gamma(shape=2.0, rate=1.0)), f.Gamma(shape=3.0, rate=1.0), INF),
    ],
)
def test_where_leading_tails_cancel_the_next_term_decides(p, q, largest):
    found = said(kb.renyi_divergence, p, q, order=INF)
    assert found.value == pytest.approx(largest, rel=1e-13)


def test_tails_that_cancel_are_refused():
    law = f.Weibull(shape=1.5, scale=1.0)
    with pytest.raises(kb.KullbackError, match="first order only"):
        kb.renyi_divergence(f.Affine(law, location=1.0), law, order=INF)
    assert kb.renyi_divergence(beyond_zero(1.0), beyond_zero(1.0), order=INF) == 0.0


# ---------------------------------------------------------------- other measures

ORDERS = [0.3, 0.5, 1.0 - 1e-6, 1.0 + 1e-6, 2.0, 5.0]


@pytest.mark.parametrize("order", ORDERS)
def test_entropies_of_an_order_are_those_known(order):
    known = {
        N: math.log(math.tau) / 2 + math.log(order) / (order - 1) / 2,
        f.Exponential(rate=2.0): math.log(order) / (order - 1) - math.log(2.0),
        f.Uniform(low=2.0, high=5.0): math.log(3.0),
        f.Laplace(location=1.0, scale=1e-9): math.log(2e-9) + math.log(order) / (order - 1),
        f.Geometric(probability=0.3): (
            math.log(0.3**order / -math.expm1(order * math.log(0.7))) / (1 - order)
        ),
    }
    for law, value in known.items():
        found = said(kb.renyi_entropy, law, order=order)
        # log(order)/(order - 1) itself is known to 1e-10 near order 1.
        assert found.value == pytest.approx(value, rel=1e-13 if abs(order - 1) > 1e-3 else 1e-9)


@pytest.mark.parametrize("order", ORDERS)
def test_tsallis_entropies_are_those_known(order):
    with mp.workdps(50):
        a = mp.mpf(order)
        third, seven = mp.mpf(0.3), 1 - mp.mpf(0.3)
        moments = {  # the integral of p^a
            N: (2 * mp.pi) ** ((1 - a) / 2) / mp.sqrt(a),
            f.Exponential(rate=2.0): mp.mpf(2) ** (a - 1) / a,
            f.Uniform(low=2.0, high=5.0): mp.mpf(3) ** (1 - a),
            f.Laplace(location=1.0, scale=1e-9): (2 * mp.mpf(1e-9)) ** (1 - a) / a,
            f.Geometric(probability=0.3): third**a / (1 - seven**a),
        }
        for law, moment in moments.items():
            value = float(kb.tsallis_entropy(law, order=order))
            # Relative errors of Rényi's entropy h grow to those of exp((1 - a) h).
            growth = 1.0 + abs(math.log(moment))
            assert value == pytest.approx(float((1 - moment) / (a - 1)), rel=1e-14 * growth)


def test_entropies_of_an_order_at_their_ends():
    assert float(kb.renyi_entropy(N, order=INF)) == pytest.approx(math.log(math.tau) / 2)
    assert kb.renyi_entropy(N, order=1) == kb.entropy(N)
    assert kb.renyi_entropy(N, order=0) == INF
    assert float(kb.renyi_entropy(f.Binomial(trials=7, probability=0.3), order=0)) == pytest.approx(
        math.log(8)
    )
    assert kb.renyi_entropy(C, order=0.5) == INF  # 1/x cannot be integrated
    assert float(kb.renyi_entropy(C, order=2)) == pytest.approx(math.log(math.tau))
    spiked = f.Beta(alpha=0.5, beta=1.0)
    assert kb.renyi_entropy(spiked, order=2) == kb.renyi_entropy(spiked, order=INF) == -INF
    assert kb.tsallis_entropy(spiked, order=INF) == -INF
    assert kb.tsallis_entropy(N, order=INF) == 0.0
    torch = extra("torch")
    scale = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    kb.renyi_entropy(f.Normal(mean=0.0, std=scale), order=2).backward()
    assert float(scale.grad) == pytest.approx(0.5, rel=1e-12)


def logarithm(t):
    return -np.log(t)


def entropic(t):
    return t * np.log(t)


def squared(t):
    return (t - 1.0) ** 2


def test_an_f_divergence_takes_what_it_is_made_of():
    def flat_entropic(t):
        return entropic(t) - t + 1.0

    def absolute(t):
        return abs(t - 1.0) / 2

    count = f.Poisson(rate=2.0), f.Poisson(rate=3.0)
    value = kb.f_divergence(*count, squared, slope_at_infinity=INF)
    assert float(value) == pytest.approx(float(kb.chi_squared_divergence(*count)), rel=1e-13)
    limits = {"value_at_zero": 1.0, "slope_at_infinity": INF}
    assert float(kb.f_divergence(N, L, flat_entropic, **limits)) == pytest.approx(
        float(kb.kl_divergence(N, L)), rel=1e-13
    )
    for p, q in ((C, N), (f.Uniform(low=0, high=2), f.Uniform(low=1, high=5)), count):
        value = kb.f_divergence(p, q, absolute, slope_at_infinity=0.5)
        assert float(value) == pytest.approx(float(kb.total_variation_distance(p, q)), rel=1e-12)
    apart = f.Uniform(low=0.0, high=1.0), f.Uniform(low=2.0, high=3.0)
    assert kb.f_divergence(*apart, absolute, slope_at_infinity=0.5) == 1.0
    for missing, key in (({"value_at_zero": 1.0}, "slope"), ({"slope_at_infinity": 9}, "at_zero")):
        with pytest.raises(kb.KullbackError) as caught:
            kb.f_divergence(*apart, flat_entropic, **missing)
        assert caught.value.key == f"f_divergence.{key}"
    torch = extra("torch")
    mean = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def rooted(t):
        return (torch.sqrt(t) - 1.0) ** 2

    kb.f_divergence(f.Normal(mean=mean, std=1.0), N, rooted, slope_at_infinity=1.0).backward()
    # 2 - 2 exp(-m^2/8)
    assert float(mean.grad) == pytest.approx(0.25 * math.exp(-1 / 32), rel=1e-10)


OUT_OF_RANGE = [  # truths: 47.2, 4994.9, 800, 499.25, and three times infinity
    (f.Normal(mean=0.0, std=0.1), N, logarithm, INF, 0.0),
    (N, f.Normal(mean=0.0, std=0.01), entropic, 0.0, INF),
    (N, f.Normal(mean=40.0, std=1.0), entropic, 0.0, INF),
    (f.Pareto(shape=1.0, scale=1.0), f.Pareto(shape=1.999, scale=1.0), squared, 1.0, INF),
    (N, f.Normal(mean=0.0, std=math.sqrt(2.001)), lambda t: 1 / t - 1, INF, 0.0),
    (f.Mixture(components=[N, C], weights=[1.0, 1e-50]), N, entropic, 0.0, INF),
    (C, N, entropic, 0.0, INF),
]


@pytest.mark.parametrize(("p", "q", "function", "at_zero", "slope"), OUT_OF_RANGE)
def test_an_f_divergence_that_hangs_on_ratios_that_are_no_floats_is_refused(
    p, q, function, at_zero, slope
):
    with pytest.raises(kb.KullbackError, match="range of floats") as caught:
        kb.f_divergence(p, q, function, value_at_zero=at_zero, slope_at_infinity=slope)
    assert "kl_divergence" in caught.value.hint


def test_an_f_divergence_needs_no_ratios_where_it_has_reached_its_limits():
    # The function overflows, where there is nothing: the truth is that of powers of x.
    p, q = f.Pareto(shape=1.0, scale=1.0), f.Pareto(shape=1.5, scale=1.0)
    value = kb.f_divergence(p, q, squared, slope_at_infinity=INF)
    assert float(value) == pytest.approx(1 / 1.5 / 0.5 - 1, rel=1e-13)
    # Half of all is where the ratio is below the least float; there f is its limit.
    near, far = f.Normal(mean=0.0, std=1e-3), f.Normal(mean=1.0, std=1e-3)
    value = kb.f_divergence(near, far, lambda t: 1 / (1 + t), slope_at_infinity=0.0)
    assert float(value) == pytest.approx(1.0, rel=1e-13)
    # At the least float, this one has not got there: 0.5 is not nothing.
    with pytest.raises(kb.KullbackError, match="may be off by"):
        kb.f_divergence(near, far, lambda t: -(t**1e-3), value_at_zero=0.0, slope_at_infinity=0.0)


def holed_uniform():
    """Return a uniform law of SciPy that does not know its own distribution function."""

    class Holed(stats.rv_continuous):
        def _pdf(self, x):
            return 0.5 + 0.0 * x

        def _ppf(self, u):
            return 2.0 * u

        def _cdf(self, x):
            return np.nan * x

    return Holed(a=0.0, b=2.0, name="holed")()


@pytest.mark.parametrize(
    "verb", [kb.total_variation_distance, kb.hellinger_distance, kb.jensen_shannon_divergence]
)
def test_what_is_not_known_is_not_called_infinite(verb):
    for ask in (verb, lambda p, q: kb.method_for(verb, p, q)):
        with pytest.raises(kb.KullbackError, match="nan was found"):
            ask(holed_uniform(), f.Uniform(low=0.0, high=1.0))


def test_orders_at_their_ends_with_tails_that_are_not_known():
    for law in (stats.moyal(), stats.burr(0.5, 0.8)):  # the length of the support
        assert said(kb.renyi_entropy, law, order=0).value == INF
    assert said(kb.renyi_entropy, stats.arcsine(), order=0).value == 0.0
    for law in (stats.arcsine(), stats.arcsine(loc=3.0), stats.burr(0.5, 0.8)):  # unbounded
        assert said(kb.renyi_entropy, law, order=INF).value == -INF
    cup, flat = stats.arcsine(), f.Uniform(low=0.0, high=1.0)
    assert said(kb.renyi_divergence, cup, flat, order=INF).value == INF
    assert keeps(said(kb.renyi_divergence, flat, cup, order=INF), mp.log(mp.pi / 2))
    for law, truth in (
        (stats.moyal(), (mp.log(2 * mp.pi) + 1) / 2),  # highest inside
        (stats.gompertz(2.0, loc=10.0), -mp.log(2)),  # highest at the end, and bounded
        (stats.triang(0.5), -mp.log(2)),
    ):
        assert keeps(said(kb.renyi_entropy, law, order=INF), truth)


@pytest.mark.parametrize("scale", [0.01, 0.3, 1.0, 2.0, 3.0, 7.0, 1e5])
@pytest.mark.parametrize("shape", [0.7, 1.0, 1.5, math.pi])
def test_measured_tails_that_cancel_are_refused(shape, scale):
    p, q = stats.exponweib(2.0, shape, scale=scale), f.Weibull(shape=shape, scale=scale)
    with pytest.raises(kb.KullbackError, match="first order only"):  # log 2, by the next order
        kb.renyi_divergence(p, q, order=INF)
    assert kb.renyi_divergence(q, p, order=INF) == INF  # beside 0


def test_a_mixture_does_not_know_what_one_of_its_tails_does_not():
    law = f.Weibull(shape=1.5, scale=1.0)
    parts = [law, f.Affine(law, location=1.0)]
    for components in (parts, parts[::-1]):
        p = f.Mixture(components=components, weights=[0.5, 0.5])
        with pytest.raises(kb.KullbackError, match="first order only"):
            kb.renyi_divergence(p, law, order=INF)


def test_the_highest_of_integers_is_found_far_from_0_and_from_marks():
    laws = [f.Poisson(rate=1e10), f.Poisson(rate=1e10 + 1.5e5)]
    log_p = mixed(*laws).log_prob(1e10 + np.arange(-1e5, 3e5))
    p = mixed(*(f.Affine(law, location=0.0) for law in laws))  # has an origin of its own
    assert said(kb.renyi_entropy, p, order=INF).value == -float(log_p.max())


def test_what_is_told_is_what_the_verb_answers():
    spikes = [f.Normal(mean=1e3, std=1e-6), f.Normal(mean=-1e3, std=1e-12)]
    p = f.Mixture(components=[N, *spikes], weights=[0.5, 0.25, 0.25])
    with mp.workdps(40):
        # What the parts share is less than exp(-1e5).
        whole = (1 + mp.log(2 * mp.pi)) / 2 + (mp.log(mp.mpf(1e-6)) + mp.log(mp.mpf(1e-12))) / 4
        truth = whole + 3 * mp.log(2) / 2
        assert keeps(said(kb.entropy, f.Affine(p, location=3.0)), truth)
        assert keeps(said(kb.entropy, f.Affine(p, location=3.0, scale=2.0)), truth + mp.log(2))
    moved = [f.Affine(law, location=3.0, scale=2.0) for law in (N, L)]
    plain = said(kb.kl_divergence, N, L)
    found = said(kb.kl_divergence, *moved)
    assert found.value == pytest.approx(plain.value, rel=1e-14)
    assert found.error == pytest.approx(plain.error, rel=0.5)
    assert said(kb.entropy, f.Affine(f.Gumbel(location=0.0, scale=1.0), scale=2.0)).error is None


def test_methods_can_be_asked_for_by_name():
    assert kb.method_for("kl_divergence", N, L) == kb.method_for(kb.kl_divergence, N, L)
    for verb in (
        kb.jensen_shannon_divergence,
        kb.total_variation_distance,
        kb.hellinger_distance,
    ):
        found = kb.method_for(verb, N, L)
        assert found.value == float(verb(N, L))
        assert found.error < 1e-12
    skewed = kb.method_for("jensen_shannon_divergence", N, L, skew=0.25)
    assert skewed.value == float(kb.jensen_shannon_divergence(N, L, skew=0.25))


def test_order_0_is_what_q_gives_to_the_support_of_p():
    with mp.workdps(40):
        share = (mp.erfc(9 / mp.sqrt(2)) - mp.erfc(10 / mp.sqrt(2))) / 2
        p, q = f.Uniform(low=0.0, high=1.0), f.Normal(mean=10.0, std=1.0)
        assert keeps(said(kb.renyi_divergence, p, q, order=0.0), -mp.log(share))
        halves = [p, f.Uniform(low=2.0, high=3.0)]
        holed = f.Mixture(components=halves, weights=[0.5, 0.5])
        whole = f.Uniform(low=0.0, high=3.0)
        assert keeps(said(kb.renyi_divergence, holed, whole, order=0.0), mp.log(1.5))


def test_orders_meet_at_their_limits():
    p, q = f.Logistic(location=0.3, scale=1.0), N
    orders = [0.0, 1e-3, 0.3, 0.5, 0.7, 1.0 - 1e-6, 1.0, 1.0 + 1e-6]
    values = [float(kb.renyi_divergence(q, p, order=a)) for a in (*orders, 2.0, 5.0, INF)]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[5] == pytest.approx(values[6], rel=1e-5)
    # The skew symmetry (1 - a) D_a(p || q) = a D_(1 - a)(q || p)
    other = float(kb.renyi_divergence(p, q, order=0.3))
    assert 0.7 * other == pytest.approx(0.3 * values[4], rel=1e-13)


def test_f_divergences_of_laws_known_in_closed_form():
    p, q = f.Laplace(location=0.0, scale=1.0), f.Laplace(location=1.0, scale=1.0)
    # The overlap of the two is exp(-1/2).
    assert float(kb.total_variation_distance(p, q)) == pytest.approx(-math.expm1(-0.5), rel=1e-12)
    p, q = f.Exponential(rate=1.0), f.Uniform(low=0.0, high=1.0)
    rest = math.exp(-1.0)
    assert float(kb.total_variation_distance(p, q)) == pytest.approx(rest, rel=1e-12)
    both = 2.0 * -math.expm1(-0.5)
    assert float(kb.hellinger_distance(p, q)) == pytest.approx(math.sqrt(1 - both), rel=1e-12)
    assert float(kb.bhattacharyya_distance(p, q)) == pytest.approx(-math.log(both), rel=1e-12)
    assert float(kb.chi_squared_divergence(q, p)) == pytest.approx(math.e - 2.0, rel=1e-12)
    apart = f.Uniform(low=5.0, high=6.0)
    assert float(kb.jensen_shannon_divergence(q, apart, unit="bits")) == pytest.approx(1.0)
    assert float(kb.total_variation_distance(q, apart)) == 1.0
    assert float(kb.hellinger_distance(q, apart)) == 1.0


@pytest.mark.parametrize(("weight", "skew"), [(0.5, None), (0.3, None), (0.5, 0.2), (0.25, 0.7)])
def test_jensen_shannon_is_made_of_divergences_from_mixtures(weight, skew):
    p, q = f.Exponential(rate=1.0), f.Uniform(low=0.5, high=2.5)
    own, other = (weight, 1 - weight) if skew is None else (1 - skew, skew)
    back = (1 - weight, weight) if skew is None else (1 - skew, skew)
    m, n = (
        f.Mixture(components=pair, weights=shares)
        for pair, shares in (((p, q), (own, other)), ((q, p), back))
    )
    sides = kb.kl_divergence(p, m), kb.kl_divergence(q, n)
    truth = weight * sides[0] + (1 - weight) * sides[1]
    found = kb.jensen_shannon_divergence(p, q, weight=weight, skew=skew)
    assert float(found) == pytest.approx(float(truth), rel=1e-12)


def test_shares_at_their_ends():
    assert kb.jensen_shannon_divergence(N, L, weight=1.0) == 0.0
    assert kb.jensen_shannon_divergence(N, L, skew=0.0) == 0.0
    half = 0.5 * kb.jeffreys_divergence(N, L)
    assert float(kb.jensen_shannon_divergence(N, L, skew=1.0)) == pytest.approx(float(half))
    assert kb.jensen_shannon_divergence(N, C, skew=1.0, weight=1.0) == kb.kl_divergence(N, C)


# ---------------------------------------------------------------- tables, samples and counts


def test_tables_against_families():
    p, q = np.array([0.2, 0.3, 0.5]), f.Poisson(rate=1.5)
    log_q = np.asarray(q.log_prob(np.arange(3)))
    truth = float(np.sum(p * (np.log(p) - log_q)))
    assert float(kb.kl_divergence(p, q)) == pytest.approx(truth, rel=1e-14)
    assert float(kb.cross_entropy(p, q)) == pytest.approx(-float(p @ log_q), rel=1e-14)
    b = f.Binomial(trials=2, probability=0.4)
    table = np.exp(np.asarray(b.log_prob(np.arange(3))))
    same = [kb.kl_divergence(b, p), kb.kl_divergence(table, p)]
    assert float(same[0]) == pytest.approx(float(same[1]), rel=1e-13)
    assert float(kb.kl_divergence(table, b)) < 1e-15
    assert float(kb.kl_divergence(b, [0.5, 0.5])) == INF
    assert float(kb.kl_divergence(q, p)) == INF
    assert float(kb.kl_divergence(p, N)) == INF
    assert float(kb.cross_entropy(N, p)) == INF
    batch = kb.kl_divergence(np.stack([p, p]), f.Poisson(rate=[1.5, 2.0]))
    assert batch.shape == (2,)
    assert float(batch[0]) == pytest.approx(truth, rel=1e-14)


def test_a_cross_entropy_of_samples_is_their_mean_loss():
    x = np.array([0.5, -1.0, 2.0])
    found = kb.cross_entropy(kb.Samples(x), N)
    loss = -np.asarray(N.log_prob(x))
    assert float(found) == pytest.approx(float(loss.mean()), rel=1e-15)
    assert float(found.std_error) == pytest.approx(float(loss.std(ddof=1) / math.sqrt(3)))
    counted = kb.cross_entropy(kb.Counts([3, 0, 1]), f.Poisson(rate=1.0))
    drawn = kb.cross_entropy(kb.Samples([0, 0, 0, 2]), f.Poisson(rate=1.0))
    assert float(counted) == pytest.approx(float(drawn), rel=1e-14)
    assert float(counted.std_error) == pytest.approx(float(drawn.std_error), rel=1e-14)
    impossible = kb.cross_entropy(kb.Samples(x), f.Exponential(rate=1.0))
    assert float(impossible) == INF
    assert impossible.std_error is None
    two = f.MultivariateNormal(mean=[0.0, 0.0], std=[1.0, 1.0])
    pair = kb.cross_entropy(kb.Samples(a=x, b=x), two)
    assert float(pair) == pytest.approx(2 * float(found), rel=1e-14)


# ---------------------------------------------------------------- draws


def vectors(mean):
    return f.MultivariateNormal(mean=[mean, 0.0], std=[1.0, 2.0])


def test_several_dimensions_are_drawn_only_when_asked():
    p, q = vectors(0.0), vectors(0.5)
    m = f.Mixture(components=[p, p], weights=[0.25, 0.75])  # p, without a formula
    for verb, laws, truth in (
        (kb.entropy, (m,), kb.entropy(p)),
        (kb.cross_entropy, (m, q), kb.cross_entropy(p, q)),
        (kb.kl_divergence, (m, q), kb.kl_divergence(p, q)),
    ):
        with pytest.raises(kb.KullbackError, match="no closed form") as caught:
            verb(*laws)
        assert "samples=" in caught.value.hint
        found = verb(*laws, samples=20_000, rng=1)
        assert found.method.startswith("Monte Carlo")
        assert found.n == 20_000
        # Five standard errors: one seed in a million fails.
        assert abs(float(found) - float(truth)) < 5 * float(found.std_error)
        assert float(verb(*laws, samples=20_000, rng=1)) == float(found)
    bits = kb.entropy(m, samples=100, rng=1, unit="bits")
    assert float(bits) == pytest.approx(float(kb.entropy(m, samples=100, rng=1)) / math.log(2))
    same = kb.kl_divergence(m, p, samples=100, rng=0)
    assert float(same) < 1e-15


def test_what_is_exact_refuses_draws():
    with pytest.raises(kb.KullbackError, match="needs no samples"):
        kb.kl_divergence(N, L, samples=100)
    with pytest.raises(kb.KullbackError, match="samples="):
        kb.kl_divergence(N, N, samples=100)
    with pytest.raises(kb.KullbackError, match="at least 2"):
        kb.entropy(f.Mixture(components=[vectors(0.0)], weights=[1.0]), samples=1)


# ---------------------------------------------------------------- arrays


def test_batches_and_precision():
    q = f.Laplace(location=np.array([0.5, 1.0, 0.0]), scale=1.0)
    p = f.Normal(mean=np.array([[0.0], [1.0]]), std=1.0)
    values = kb.kl_divergence(p, q)
    assert values.shape == (2, 3)
    assert float(values[0, 0]) == float(kb.kl_divergence(N, L))
    half = f.Normal(mean=np.float32(0.0), std=np.float32(1.0))
    other = f.Laplace(location=np.float32(0.5), scale=np.float32(1.0))
    value = kb.kl_divergence(half, other)
    assert value.dtype == np.float32
    assert float(value) == pytest.approx(float(values[0, 0]), rel=1e-7)
    assert kb.kl_divergence(f.Normal(mean=np.zeros((0,)), std=1.0), L).shape == (0,)


def test_no_warning_comes_out():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for p in (N, C, f.Gamma(shape=0.001, rate=1.0), f.Zipf(exponent=1.05)):
            for q in (L, C, f.Poisson(rate=1e12)):
                assert not math.isnan(kb.method_for(kb.kl_divergence, p, q).value)


def test_what_has_no_mean_is_infinite_inside_jit_too():
    jax = extra("jax")

    def across(mean):
        return kb.cross_entropy(f.StudentT(degrees=1.0), f.Normal(mean=mean, std=1.0))

    assert float(across(1.0)) == float(jax.jit(across)(1.0)) == INF
    with pytest.raises(kb.KullbackError, match="inside jit"):
        jax.jit(lambda b: kb.kl_divergence(N, f.Laplace(location=b, scale=1.0)))(0.5)


def test_method_for_says_what_it_needs():
    with pytest.raises(kb.KullbackError, match="2 operand"):
        kb.method_for(kb.kl_divergence, N)
    with pytest.raises(kb.NoRuleError):
        kb.method_for(kb.kl_divergence, N, [0.5, 0.5])
    with pytest.raises(kb.KullbackError, match=r"perplexity .* not told"):
        kb.method_for(kb.perplexity, N)
    with pytest.raises(kb.KullbackError, match="batch"):
        kb.method_for(kb.entropy, f.Normal(mean=[0.0, 1.0], std=1.0))


HARD = {
    "normal": (lambda m, s: f.Normal(mean=m, std=s), (1e8, 1e-3), (1e8 + 1e-3, 1.1e-3)),
    "nearly the same": (lambda m, s: f.Normal(mean=m, std=s), (0.0, 1.0), (1e-9, 1 + 1e-9)),
    "gamma": (lambda a, b: f.Gamma(shape=a, rate=b), (1e8, 3.0), (1e8 + 1.0, 3.0)),
    "small gamma": (lambda a, b: f.Gamma(shape=a, rate=b), (1e-8, 1e-3), (2e-8, 1e3)),
    "beta": (lambda a, b: f.Beta(alpha=a, beta=b), (1e-5, 1e6), (2e-5, 1.01e6)),
    "student": (lambda m, s: f.Cauchy(location=m, scale=s), (1e6, 1e-6), (1e6, 1e3)),
    "counts": (lambda _, p: f.Geometric(probability=p), (0.0, 1e-9), (0.0, 2e-9)),
    "poisson": (lambda r, _: f.Poisson(rate=r), (1e12, 0.0), (1e12 + 1e3, 0.0)),
    "laplace": (lambda m, s: f.Laplace(location=m, scale=s), (3.0, 1e-12), (3.0, 1e9)),
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_compiled_has_the_digits_of_what_is_not(name):
    jax = extra("jax")
    make, one, other = HARD[name]

    def divergence(a, b, c, d):
        return kb.kl_divergence(make(a, b), make(c, d))

    plain = float(divergence(*map(np.float64, (*one, *other))))
    with jax.enable_x64(True):
        compiled = float(jax.jit(divergence)(*map(np.float64, (*one, *other))))
    # Special functions of the two libraries differ in their last digits.
    assert compiled == pytest.approx(plain, rel=1e-12)
