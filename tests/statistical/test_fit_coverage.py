"""Intervals hold the truth as often as they say; a short run of the program in benchmarks."""

from __future__ import annotations

import math

import fits
import pytest

SETS = 1200


@pytest.mark.parametrize(
    "name",
    ["Normal", "LogNormal", "Weibull", "Gumbel", "Laplace", "Exponential", "Geometric", "Poisson"],
)
def test_coverage(name):
    """Within 3 standard errors of 93 to 97 %.

    Of intervals that hold the truth 95 times in 100, fewer than 1 in a million runs is beyond; of
    those that hold it 90 times, 90 % of the runs are, and of those of 89 times, 99 %.
    """
    margin = 3 * math.sqrt(0.95 * 0.05 / SETS)
    for _, parameter, share, failed in fits.coverage(SETS, [name]):
        assert failed == 0
        assert 0.93 - margin <= share <= 0.97 + margin, parameter
