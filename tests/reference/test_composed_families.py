"""Laws made of other laws, against their definitions."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from family_cases import composed
from mpmath import mpf

import kullback as kb

CASES = composed.CASES
BOUNDS = {"float64": 1e-12, "float32": 1e-5}  # the goals


def test_there_are_enough_cases():
    assert len(CASES) >= 25
    assert len({(case.name, case.measure) for case in CASES}) == len(CASES)


@cache
def truth(i):
    """Return the truth for the case as given: its parameters are numbers of float32 as well."""
    case = CASES[i]
    for law in (case.p, case.q):
        for a in law.arrays if law is not None else []:
            assert np.all(np.asarray(a, np.float32) == a)
    return case.truth(case.p, case.q)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(
    "i", range(len(CASES)), ids=lambda i: f"{CASES[i].measure}-{CASES[i].name}"
)
def test_every_case_is_within_its_bound(i, dtype):
    case = CASES[i]
    laws = [x.map(lambda a: np.asarray(a, dtype)) for x in (case.p, case.q) if x is not None]
    value = getattr(kb, case.measure)(*laws, **case.options)
    assert value.dtype == dtype
    assert abs(mpf(float(value)) - truth(i)) <= BOUNDS[dtype] * abs(truth(i))
