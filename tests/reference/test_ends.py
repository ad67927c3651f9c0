"""Densities beside ends whose tails are not told: the study in `benchmarks/ends.py`, run short."""

from __future__ import annotations

import math

import ends
import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma

import kullback as kb
from kullback import families as f
from kullback.families._ends import tails_of
from kullback.kinds import as_distribution

QUICK = [
    ("kl_divergence", "arcsine", "Beta", False),
    ("two", "arcsine", "Beta", False),
    ("two", "arcsine from 3", "Beta", True),
    ("entropy", "arcsine from -1e3", None, False),
    ("two", "rdist 0.5", "Uniform", True),
    ("entropy", "cosine", None, False),
    ("half", "johnsonsb", "Beta 3 2", False),
    ("two", "own Kumaraswamy 2 3", "Beta 3 2", False),
    ("kl_divergence", "own Kumaraswamy 0.4 0.6", "Beta", True),
    ("jensen_shannon", "log from 1", "Uniform", False),
    ("entropy", "log squared", None, False),
    ("kl_divergence", "own exp(-1/x)", "LogNormal", False),
    ("entropy", "levy from 5", None, False),
    ("two", "weibull_max to 7", "Gamma", True),
    ("entropy", "genextreme 0.7", None, False),
    ("half", "chi 0.5", "Gamma", False),
]


@pytest.mark.parametrize(("measure", "name", "other", "back"), QUICK)
def test_what_is_said_beside_an_end_holds(measure, name, other, back):
    assert ends.checked(measure, name, other, back=back) == "right"


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (stats.arcsine(), ("none", 0.5), ("none", 0.5)),
        (stats.arcsine(3.0, 0.75), ("none", 0.5), ("none", 0.5)),
        (stats.powerlaw(4.0), ("none", -3.0), ("none", 0.0)),
        (stats.semicircular(), ("none", -0.5), ("none", -0.5)),
        (stats.johnsonsb(0.5, 1.5), ("log2", 1.125), ("log2", 1.125)),
        (ends.Vanishing(rate=2.0), ("power", -1.0), ("none", 2.0)),
        (stats.uniform(2.0, 3.0), ("none", 0.0), ("none", 0.0)),
    ],
)
def test_tails_are_measured(law, low, high):
    for tail, (kind, number) in zip(tails_of(as_distribution(law)), (low, high), strict=True):
        assert tail.kind == kind
        found = {"none": tail.a, "log2": tail.c, "power": tail.k}[kind]
        assert found == pytest.approx(number, abs=1e-6)


def test_divergence_beside_an_end_is_decided_by_the_measured_tails():
    cup, flat = stats.arcsine(), f.Uniform(low=0.0, high=1.0)
    assert kb.renyi_divergence(cup, flat, order=2.0) == math.inf
    assert kb.renyi_divergence(cup, flat, order=1.9) < math.inf
    own = ends.OwnKumaraswamy(a=2.0, b=3.0)
    assert float(kb.renyi_divergence(own, f.Beta(alpha=2.0, beta=3.0), order=2.0)) == pytest.approx(
        0.0789432023401195, rel=1e-13
    )
    assert kb.renyi_divergence(own, f.Beta(alpha=4.0, beta=3.0), order=2.0) == math.inf


def test_a_density_that_underflows_is_not_taken_for_none():
    p, q = f.Gamma(shape=4.0, rate=1.0), stats.invweibull(2.0)  # whose logarithm is taken too late
    found = kb.method_for(kb.kl_divergence, p, q)
    truth = -float(kb.entropy(p)) - math.log(2.0) + 3.0 * digamma(4.0) + 1.0 / 6.0
    assert abs(found.value - truth) <= found.error  # which may be all that is known


def test_a_family_that_gives_only_a_density_is_enough():
    law = ends.Vanishing(rate=2.0)
    cut = f.Exponential(rate=1.0)
    assert np.isfinite(kb.kl_divergence(law, f.InverseGamma(shape=1.5, scale=1.0)))
    assert kb.kl_divergence(law, cut) == math.inf  # its mean is infinite
