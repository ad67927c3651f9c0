"""Every ordered pair of families on the line ends in a number or infinity, and the error holds."""

from __future__ import annotations

import itertools
import math

import mpmath as mp
import pairs
import pytest
from densities import divergence, log_density

import kullback as kb
from kullback.families import AbstractFamily

LAWS = pairs.LAWS
QUICK = [
    ("Poisson", 0, "NegativeBinomial", 0),
    ("Geometric", 1, "Poisson", 1),
    ("Zipf", 1, "Poisson", 0),
    ("DiscreteUniform", 0, "Poisson", 0),
    ("Normal", 0, "Laplace", 1),
    ("Laplace", 1, "Cauchy", 0),
    ("StudentT", 0, "Logistic", 0),
    ("LogNormal", 0, "Weibull", 1),
    ("InverseGamma", 0, "Exponential", 0),
    ("Pareto", 1, "Cauchy", 1),
    ("Uniform", 1, "Gumbel", 0),
    ("VonMises", 0, "Logistic", 0),
    ("GeneralizedPareto", 1, "StudentT", 1),
]


def test_every_family_on_the_line_is_there():
    made_of_others = {"Affine", "Independent", "Mixture", "Product", "Truncated"}
    of_vectors = {"Dirichlet", "MultivariateNormal", "MultivariateStudentT"}
    names = {name for name in kb.families.__all__ if name[0].isupper()}
    names -= {name for name in names if name.startswith("Abstract")}
    laws = {name for name in names if issubclass(getattr(kb.families, name), AbstractFamily)}
    assert laws - made_of_others - of_vectors == set(LAWS)


@pytest.mark.parametrize("name", LAWS)
def test_every_pair_ends_in_a_number_or_infinity(name):
    p = LAWS[name][0]
    for other in LAWS:
        found = kb.method_for(kb.kl_divergence, p, LAWS[other][1])
        assert found.value >= 0.0, other
        assert (found.method == "infinite") == math.isinf(found.value), other
        if found.error is not None and found.method != "infinite":
            assert found.error <= 1e-11 * max(1.0, found.value), other


@pytest.mark.parametrize("row", QUICK, ids=lambda row: f"{row[0]}-{row[2]}")
def test_the_error_holds(row):
    name, i, other, j = row
    p, q = LAWS[name][i], LAWS[other][j]
    found = kb.method_for(kb.kl_divergence, p, q)
    assert found.method in ("sum", "quadrature")
    assert abs(divergence(p, q) - found.value) <= found.error


RENYI = [
    ("Normal", 0, "Laplace", 1, 0.5),
    ("Normal", 0, "Laplace", 1, 3.0),
    ("Laplace", 0, "Cauchy", 1, 2.0),
    ("Cauchy", 0, "Logistic", 0, 0.25),
    ("StudentT", 0, "Cauchy", 1, 0.75),
    ("Logistic", 0, "Normal", 1, 0.5),
    ("Weibull", 1, "LogNormal", 0, 0.5),
    ("Gamma", 0, "Weibull", 0, 0.5),
    ("Poisson", 0, "NegativeBinomial", 0, 2.0),
    ("Poisson", 1, "Geometric", 1, 0.5),
]


def renyi(p, q, order):
    """Return Rényi's divergence by its definition."""
    with mp.workdps(40):
        log_p, log_q, a = log_density(p), log_density(q), mp.mpf(order)

        def term(x):
            return mp.exp(a * log_p(x) + (1 - a) * log_q(x))

        if p.support.discrete:
            total = mp.nsum(term, [int(p.support.low), mp.inf], method="d")
        elif float(p.support.low) == 0.0:
            total = mp.quad(lambda u: mp.exp(u) * term(mp.exp(u)), range(-60, 61, 4))
        else:  # the kinks of the laws are at their places
            places = (mp.mpf(float(getattr(law, "location", law.mean))) for law in (p, q))
            steps = [mp.mpf(k) for k in (-120, -30, -8, -2, 0, 2, 8, 30, 120)]
            middle, *kinks = sorted(mp.asinh(x) for x in places)
            cuts = sorted({*steps, middle, *kinks})
            total = mp.quad(lambda u: mp.cosh(u) * term(mp.sinh(u)), cuts)
        return mp.log(total) / (a - 1)


@pytest.mark.parametrize("row", RENYI, ids=lambda row: f"{row[0]}-{row[2]}-{row[4]}")
def test_the_error_of_an_order_holds(row):
    name, i, other, j, order = row
    p, q = LAWS[name][i], LAWS[other][j]
    found = kb.method_for(kb.renyi_divergence, p, q, order=order)
    assert found.method in ("sum", "quadrature")
    assert abs(renyi(p, q, order) - found.value) <= found.error <= 1e-11


def test_the_sample_is_large_enough_and_finite():
    rows = [
        (p, q, kb.method_for(kb.kl_divergence, p, q))
        for p, q in itertools.product([LAWS["Normal"][0], LAWS["Cauchy"][0]], repeat=2)
    ]
    chosen = pairs.sample(rows, 10)
    assert [number.method for *_, number in chosen] == ["quadrature"]
