"""All of a distribution is found, or nothing is said: `benchmarks/masses.py`, run short."""

from __future__ import annotations

import math

import masses
import numpy as np
import pytest
from scipy import stats

import kullback as kb

QUICK = [
    "Laplace from -1e+50 to 1e+50",
    "Normal from 0 to 1e+10",
    "Cauchy from -1e+300 to 1e+300",
    "Gumbel from -1e+200 to 1e+200",
    "Logistic from 0 to 1e-300",
    "KL of Normal to 1e+50",
    "KL of both to 1e+300",
    "own Laplace 0, 1e-300",
    "own Laplace 0, 1e+150",
    "own Laplace 1e+50, 1e+100",
    "powerlaw(0.01)",
    "fisk(0.1)",
    "weibull_max(0.1)",
    "maxwell of scale(1e-100)",
    "halfcauchy of scale(1e+100)",
]
QUESTIONS = {question.name: question for question in masses.questions()}


@pytest.mark.parametrize("name", QUICK)
def test_all_of_it_is_found(name):
    assert masses.asked(QUESTIONS[name]) == "right"


@pytest.mark.parametrize(
    "law",
    [
        stats.chi(1e100),
        stats.loggamma(1e20),  # whose density has no digits in floats
    ],
)
def test_what_is_not_found_is_refused(law):
    with pytest.raises(kb.KullbackError):
        kb.entropy(law)


def test_a_density_that_does_not_integrate_to_1_is_refused():
    class Half(stats.rv_continuous):
        def _pdf(self, x):
            return 0.5 * np.exp(-x)

        def _cdf(self, x):
            return -0.5 * np.expm1(-x)

        def _ppf(self, q):
            return -np.log1p(-q)

    law = Half(a=0.0, name="half")()
    found = kb.method_for(kb.entropy, law)
    assert found.error == math.inf
    assert "integrate to 1" in found.reason
