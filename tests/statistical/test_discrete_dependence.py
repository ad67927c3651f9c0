"""Intervals of mutual information hold the truth as often as they say, also where there is none."""

from __future__ import annotations

import numpy as np
import pytest

import kullback as kb

LAWS = {
    "independent 2x2": np.outer([0.4, 0.6], [0.3, 0.7]),
    "independent 5x5": np.outer(*[[0.1, 0.15, 0.2, 0.25, 0.3]] * 2),
    "weak": np.outer([0.4, 0.6], [0.3, 0.7]) + 0.02 * np.array([[1, -1], [-1, 1]]),
    "strong": 0.3 / 16 + 0.7 * np.eye(4) / 4,
    "a function": np.diag([0.1, 0.2, 0.3, 0.4]),
}


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("law", LAWS)
def test_intervals_of_miller_madow_hold_the_truth(law, n):
    p = LAWS[law] / LAWS[law].sum()
    joint = kb.Joint(p, ["x", "y"])
    rng = np.random.default_rng(n)
    # Near independence errors are skewed, and intervals are wider than they need be: a safe side.
    measures = (kb.mutual_information, kb.variation_of_information)
    truth = [float(measure(joint)) for measure in measures]
    held = np.zeros(2)
    for _ in range(400):
        counts = kb.Counts(rng.multinomial(n, p.ravel()).reshape(p.shape))
        for i, measure in enumerate(measures):
            low, high = measure(counts).interval()
            held[i] += low <= truth[i] <= high
    least = 0.93  # a normal interval of a skewed estimate, less three standard errors of 400 runs
    assert np.all(held / 400 >= least - 3 * (least * (1 - least) / 400) ** 0.5)


@pytest.mark.parametrize("n", [50, 200])
def test_no_interval_is_told_where_most_cells_are_nearly_empty(n):
    """Two rows per cell and fewer: the bias is larger than any error of the delta method."""
    rng = np.random.default_rng(n)
    told = 0
    for _ in range(100):
        counts = kb.Counts(rng.multinomial(n, np.full(100, 0.01)).reshape(10, 10))
        told += kb.mutual_information(counts).std_error is not None
    assert told == 0


def test_independence_is_rejected_as_rarely_as_said():
    """The note is missing in 5 to 7 of 100 samples of independent variables; 2000 samples."""
    rng = np.random.default_rng(7)
    p = np.outer([0.2, 0.3, 0.5], [0.25, 0.25, 0.5]).ravel()
    missing = sum(
        not kb.mutual_information(kb.Counts(rng.multinomial(500, p).reshape(3, 3))).notes
        for _ in range(2000)
    )
    assert 0.03 <= missing / 2000 <= 0.09
