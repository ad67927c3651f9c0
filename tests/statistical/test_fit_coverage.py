"""Intervals hold the truth as often as they say; a short run of the program in benchmarks."""

from __future__ import annotations

import math

import fits
import pytest

SETS = 200


@pytest.mark.parametrize(
    "name", ["Normal", "LogNormal", "Weibull", "Beta", "Gumbel", "Exponential", "Geometric"]
)
def test_coverage(name):
    """Within 4 standard errors of 93 to 97 %, of which 1 in 10 000 is beyond."""
    margin = 4 * math.sqrt(0.95 * 0.05 / SETS)
    for _, parameter, share, failed in fits.coverage(SETS, [name]):
        assert failed == 0
        assert abs(share - 0.95) <= 0.02 + margin, parameter
