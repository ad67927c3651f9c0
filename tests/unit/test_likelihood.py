from __future__ import annotations

import numpy as np
import pytest
from mpmath import log, mpf, workdps

import kullback as kb


@pytest.mark.parametrize("eps", [1e-3, 1e-8, 1e-12, -1e-8, 0.4, -0.6, 3.0])
def test_a_ratio_near_one_keeps_its_digits(eps):
    p = np.array([0.25, 0.75])
    q = p + np.array([eps, -eps]) * 0.2
    with workdps(50):
        exact = [float(log(mpf(float(a)) / mpf(float(b)))) for a, b in zip(p, q, strict=True)]
    # A correctly rounded subtraction and division, and log1p within an ulp.
    np.testing.assert_allclose(kb.log_likelihood_ratio([0, 1], p, q), exact, rtol=1e-15)


def test_outcomes_that_only_one_or_neither_allows():
    ratio = kb.log_likelihood_ratio([0, 1, 2], [0.5, 0.5, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5])
    np.testing.assert_array_equal(ratio, [0.0, np.inf, np.nan])
    assert kb.log_likelihood_ratio(3, [0.5, 0.5, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5]) == -np.inf
