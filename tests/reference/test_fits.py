"""Likelihoods against the best that SciPy reaches, by the program that makes the document."""

from __future__ import annotations

import fits
import pytest

# The program takes 100 000 draws, and more beginnings for its rivals.
LARGE = 3000


@pytest.mark.parametrize("name", fits.RIVALS)
def test_no_likelihood_is_below_the_best_known(name):
    """The goal is 1e-6; both densities round to about 1e-16 of each draw's logarithm."""
    for _, _, difference in fits.likelihoods(LARGE, [name], more=0):
        assert difference > -1e-6
