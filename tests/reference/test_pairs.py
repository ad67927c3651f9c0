"""Every ordered pair of families on the line ends in a number or infinity, and the error holds."""

from __future__ import annotations

import itertools
import math

import pairs
import pytest
from densities import divergence

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


def test_the_sample_is_large_enough_and_finite():
    rows = [
        (p, q, kb.method_for(kb.kl_divergence, p, q))
        for p, q in itertools.product([LAWS["Normal"][0], LAWS["Cauchy"][0]], repeat=2)
    ]
    chosen = pairs.sample(rows, 10)
    assert [number.method for *_, number in chosen] == ["quadrature"]
