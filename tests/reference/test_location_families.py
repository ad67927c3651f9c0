"""Normal laws, laws with a location and a scale, and vectors, against their definitions."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath as mp
import pytest
from family_cases import location
from scipy.integrate import quad

import kullback as kb

CASES = location.CASES
BOUNDS = {"float64": 1e-12, "float32": 1e-5}  # the goals


def test_there_are_enough_cases():
    assert len(CASES) >= 70
    assert len({(case.name, case.measure) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.measure}-{case.name}")
def test_every_case_is_within_its_bound(case, dtype):
    laws = [x.map(lambda a: a.astype(dtype)) for x in (case.p, case.q) if x is not None]
    truth = case.truth(*laws, *([None] * (2 - len(laws))))
    value = getattr(kb, case.measure)(*laws, **case.options)
    assert value.dtype == dtype
    assert case.measure == "entropy" or value >= 0
    if truth == 0 or mp.isinf(truth):  # laws that rounding made equal; an order too high
        assert float(value) == float(truth)
    else:
        assert abs(mp.mpf(float(value)) - truth) <= BOUNDS[dtype] * abs(truth)


@pytest.mark.parametrize(
    "name", ["normal", "log-normal", "half-normal", "Laplace", "Cauchy", "Gumbel"]
)
def test_the_formulas_of_the_cases_are_integrals(name):
    """The definition, by quadrature of the densities, agrees to what that can do."""
    case = next(c for c in CASES if c.name == name)

    def integrand(x):
        log_p, log_q = (float(law.log_prob(x)) for law in (case.p, case.q))
        return math.exp(log_p) * (log_p - log_q) if log_p > -700 else 0.0

    # -1/2 and 1 are where the densities may have kinks.
    low = float(case.p.support.low)
    cuts = [low, *(x for x in (-40.0, -5.0, -0.5, 0.0, 1.0, 5.0, 40.0) if x > low), math.inf]
    found = sum(quad(integrand, *ends, epsabs=1e-10)[0] for ends in pairwise(cuts))
    assert found == pytest.approx(float(case.truth(case.p, case.q)), rel=1e-7)
