"""Mixtures against mixtures and truncated against smooth laws: the stated error holds.

The reference knows the laws by SciPy's densities, and adds their products up by Gauss and Legendre
between points half a standard deviation apart, or integer by integer.
"""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from densities import log_density
from scipy import stats
from scipy.special import logsumexp

import kullback as kb
from kullback.families import (
    Binomial,
    Gamma,
    Geometric,
    Mixture,
    NegativeBinomial,
    Normal,
    Poisson,
    Truncated,
)

EPS = np.finfo(np.float64).eps
STEPS = np.unique([*np.arange(-12, 12.5, 0.5), *np.arange(-45.0, 46.0, 3.0)])


class Known:
    """A law, and by SciPy its density, points around its parts, and the size of what is added."""

    def __init__(self, law, log_density, points, size=0.0):
        self.law, self.log_density, self.points, self.size = law, log_density, points, size


def mixed(chance, laws, parts):
    weights = chance.dirichlet(np.ones(len(laws)))
    law = Mixture(components=laws, weights=weights)

    def log_density(x):
        return logsumexp([part(x) for part in parts], axis=0, b=weights[:, None])

    return law, log_density


def normals(chance):
    count = chance.integers(1, 5)
    means, stds = 10 * chance.normal(size=count), 10.0 ** chance.uniform(-3, 3, size=count)
    laws = [Normal(mean=m, std=s) for m, s in zip(means, stds, strict=True)]
    parts = [stats.norm(m, s).logpdf for m, s in zip(means, stds, strict=True)]
    points = (means[:, None] + stds[:, None] * STEPS).ravel()
    return Known(*mixed(chance, laws, parts), points)


def gammas(chance):
    count = chance.integers(1, 4)
    shapes, rates = 10.0 ** chance.uniform(0, 3, size=count), 10.0 ** chance.uniform(-1, 1, count)
    laws = [Gamma(shape=a, rate=b) for a, b in zip(shapes, rates, strict=True)]
    parts = [stats.gamma(a, scale=1 / b).logpdf for a, b in zip(shapes, rates, strict=True)]
    centres, widths = shapes / rates, np.sqrt(shapes) / rates
    near_zero = np.min(centres) * 2.0 ** -np.arange(100.0)  # where densities have a power of x
    points = np.concatenate([(centres[:, None] + widths[:, None] * STEPS).ravel(), near_zero, [0]])
    # SciPy adds up (a - 1) log x, a log b, b x and log Gamma(a).
    size = np.max(shapes * np.log(100 * shapes))
    return Known(*mixed(chance, laws, parts), points[points >= 0], size)


def poissons(chance):
    rates = 10.0 ** chance.uniform(-1, 3, size=chance.integers(1, 4))
    laws = [Poisson(rate=r) for r in rates]
    size = np.max(rates * np.log(100 * (1 + rates)))
    return Known(*mixed(chance, laws, [stats.poisson(r).logpmf for r in rates]), None, size)


def cut_normal(chance):
    """Return a normal law between two bounds; SciPy's logarithms of both sides normalise it."""
    mean, std = chance.normal(), 10.0 ** chance.uniform(-2, 2)
    a = chance.uniform(-4, 12)
    b = a + 10.0 ** chance.uniform(-1, 1) if chance.random() < 0.5 else math.inf
    low, high = mean + std * a, mean + std * b
    law = Truncated(Normal(mean=mean, std=std), low=low, high=high)
    known = stats.norm(mean, std)
    far, near = known.logsf(high), known.logsf(low)
    log_mass = near + math.log(-math.expm1(far - near))
    ends = low, min(high, mean + 45 * std)
    points = np.clip(mean + std * np.arange(-45, 45.1, 0.05), *ends)
    return Known(law, lambda x: known.logpdf(x) - log_mass, np.unique([*points, *ends]))


def reference(p, q):
    """Return the sum of p log(p/q), and what it may be off by."""
    if p.points is None:
        x = np.arange(2500.0)
        a, b = p.log_density(x), q.log_density(x)
        terms = np.exp(a) * (a - b)
        return math.fsum(terms), rounding(a, b, np.exp(a), p.size + q.size)
    # What another law has beyond the ends of this one is not asked for.
    cuts = np.unique([*p.points, *q.points])
    cuts = cuts[(cuts >= p.points.min()) & (cuts <= p.points.max())]
    found = []
    for nodes in (24, 40):
        t, w = np.polynomial.legendre.leggauss(nodes)
        half, middle = 0.5 * np.diff(cuts)[:, None], 0.5 * (cuts[1:] + cuts[:-1])[:, None]
        x, w = (middle + half * t).ravel(), (half * w).ravel()
        a, b = p.log_density(x), q.log_density(x)
        there = a > -700
        a, b, w = a[there], b[there], w[there]
        found.append(math.fsum(w * np.exp(a) * (a - b)))
    doubt = rounding(a, b, w * np.exp(a), p.size + q.size)
    return found[1], abs(found[1] - found[0]) + doubt


def rounding(a, b, mass, size):
    """Return what an error of a few parts in the last digit of both logarithms makes."""
    there = mass > 0
    a, b, mass = a[there], b[there], mass[there]
    return 8 * EPS * float(np.sum(mass * (1 + np.abs(a - b)) * (1 + size + np.abs(a) + np.abs(b))))


PAIRS = [
    *((normals, normals, seed) for seed in range(50)),
    *((gammas, gammas, seed) for seed in range(20)),
    *((poissons, poissons, seed) for seed in range(15)),
    *((cut_normal, normals, seed) for seed in range(25)),
]


@pytest.mark.parametrize(
    ("one", "other", "seed"), PAIRS, ids=[f"{p.__name__}-{q.__name__}-{k}" for p, q, k in PAIRS]
)
def test_the_stated_error_holds(one, other, seed):
    chance = np.random.default_rng(seed)
    p, q = one(chance), other(chance)
    number = kb.method_for(kb.kl_divergence, p.law, q.law)
    truth, doubt = reference(p, q)
    assert number.method in ("sum", "quadrature")
    assert abs(number.value - truth) <= number.error + doubt
    # And it is not stated so large as to say nothing.
    assert number.error <= 1e-9 * (1 + abs(number.value))
    assert number.value >= 0


# ---------------------------------------------------------------- exact enumeration

COUNTED = {
    "two Poissons": (
        [(Poisson(rate=2.0), 0.25), (Poisson(rate=30.0), 0.75)],
        [(Poisson(rate=5.0), 0.5), (Geometric(probability=0.05), 0.5)],
    ),
    "rare and far": (
        [(Binomial(trials=40.0, probability=0.1), 1 - 2.0**-30), (Poisson(rate=400.0), 2.0**-30)],
        [(NegativeBinomial(successes=3.0, probability=0.125), 1.0)],
    ),
    "nearly the same": (
        [(Poisson(rate=3.0), 0.5), (Poisson(rate=7.0), 0.5)],
        [(Poisson(rate=3.0), 0.5 + 2.0**-20), (Poisson(rate=7.0), 0.5 - 2.0**-20)],
    ),
}


def masses(parts):
    """Return the masses of 0, 1, 2, ... of a mixture, by their definitions."""
    logs = [(mp.mpf(w), log_density(law), law) for law, w in parts]
    return [
        mp.fsum(w * mp.exp(log(mp.mpf(n))) for w, log, law in logs if n <= float(law.support.high))
        for n in range(1500)
    ]


@pytest.mark.parametrize("name", COUNTED)
def test_mixtures_of_counts_agree_with_enumeration(name):
    one, other = COUNTED[name]
    p, q = (Mixture(components=[a for a, _ in m], weights=[w for _, w in m]) for m in (one, other))
    with mp.workdps(40):
        a, b = masses(one), masses(other)
        both = [(x + y) / 2 for x, y in zip(a, b, strict=True)]
        truths = {
            "kl_divergence": mp.fsum(x * mp.log(x / y) for x, y in zip(a, b, strict=True)),
            "jensen_shannon_divergence": mp.fsum(
                x * mp.log(x / m) / 2 for xs in (a, b) for x, m in zip(xs, both, strict=True)
            ),
            "total_variation_distance": mp.fsum(abs(x - y) / 2 for x, y in zip(a, b, strict=True)),
        }
        for verb, truth in truths.items():
            found = kb.method_for(verb, p, q)
            assert abs(found.value - truth) <= found.error, verb
            assert found.error <= 1e-12 * max(1, truth), verb
