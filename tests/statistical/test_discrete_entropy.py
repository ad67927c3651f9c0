from __future__ import annotations

import numpy as np
import pytest

import kullback as kb


@pytest.mark.parametrize(
    ("p", "least"),
    [
        ([0.5, 0.5], 0.95),
        # Nearly equal proportions: the estimate is skewed, and intervals hold less than they say.
        ([0.55, 0.45], 0.89),
        ([0.9, 0.1], 0.95),
        ([0.4, 0.3, 0.2, 0.1], 0.95),
        ([0.05] * 20, 0.95),
    ],
)
@pytest.mark.parametrize("n", [200, 1000])
def test_intervals_of_miller_madow_hold_the_truth(p, least, n):
    truth = float(kb.entropy(p))
    rng = np.random.default_rng(n)
    held = 0
    for _ in range(500):
        low, high = kb.entropy(kb.Counts(rng.multinomial(n, p))).interval()
        held += low <= truth <= high
    assert held / 500 >= least - 3 * (least * (1 - least) / 500) ** 0.5


def test_no_error_is_invented():
    assert kb.entropy(kb.Counts([10])).std_error is None
    assert kb.entropy(kb.Counts([1] * 10)).std_error is None
    assert float(kb.entropy(kb.Counts([5, 5])).std_error) > 0


def test_one_outcome_has_entropy_exactly_0_for_every_number_of_rows():
    plug_in = kb.estimators.PlugIn()
    assert all(float(plug_in.entropy(kb.Counts([n])).value) == 0 for n in range(1, 20_000))
