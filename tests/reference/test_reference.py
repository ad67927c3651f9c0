"""Every measure against 50 digits of its definition, on the exact floats."""

from __future__ import annotations

import json
import math

import make
import numpy as np
import pytest
from mpmath import mpf

import kullback as kb

CASES = json.loads(make.VALUES.read_text(encoding="utf-8"))
KINDS = {"probs": kb.Probs, "log_probs": kb.LogProbs, "logits": kb.Logits}
MEASURES = sorted(CASES[0]["values"])


def answer(measure, case):
    """Return a measure of a case by the library."""
    p, q = (KINDS[case["kind"]](np.array(case[x], dtype=case["dtype"])) for x in "pq")
    verb = getattr(kb, measure.replace("cross_perplexity", "perplexity"))
    with np.errstate(over="ignore"):  # a perplexity of e^10000 is inf in every float type
        return verb(p) if measure in ("entropy", "perplexity") else verb(p, q)


def allowed(measure, dtype, truth):
    """Return the relative and the absolute error that a measure may have.

    float64: terms carry a few ulp and are summed pairwise; an exponential of |x| <= 709 loses
      |x|/2 ulp = 8e-14. So 1e-13, and below the normal range (2e-308) some subnormals of 5e-324:
      an entropy multiplies what p has lost there by a surprise of up to 745.
    float32: the result is rounded once, 2^-24. Jeffreys' sum and the root of Jensen-Shannon round
      twice more; a perplexity rounds its logarithm first, which multiplies by that logarithm.
    The distance is a root, so the smallest divergence there is, is its square.
    """
    if dtype == "float64":
        relative, smallest = 1e-13, 1e-320 if "entropy" in measure else 2e-323
    else:
        roundings = {"jeffreys_divergence": 2, "jensen_shannon_distance": 1.5}.get(measure, 1)
        if "perplexity" in measure:
            roundings = 1 + math.log(truth)
        relative, smallest = roundings * 2.0**-24 * (1 + 1e-6), 1.5e-45
    return relative, math.sqrt(smallest) if measure == "jensen_shannon_distance" else smallest


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_against_fifty_digits(kind, dtype, measure):
    wrong, seen = [], 0
    for case in CASES:
        if (case["kind"], case["dtype"]) != (kind, dtype):
            continue
        seen += 1
        truth, actual = mpf(case["values"][measure]), answer(measure, case)
        assert actual.dtype == dtype
        if truth > float(np.finfo(dtype).max):
            good = actual == math.inf
        else:
            relative, absolute = allowed(measure, dtype, truth)
            good = abs(mpf(float(actual)) - truth) <= relative * truth + absolute
        if not good:
            wrong.append(f"{case['name']}: {float(actual)!r}, not {case['values'][measure]}")
    assert seen > 10
    assert not wrong, "\n".join(wrong)


def test_of_equal_rows_every_divergence_is_exactly_zero():
    for case in CASES:
        p = KINDS[case["kind"]](np.array(case["p"], dtype=case["dtype"]))
        for verb in (
            kb.kl_divergence,
            kb.jeffreys_divergence,
            kb.jensen_shannon_divergence,
            kb.jensen_shannon_distance,
        ):
            assert float(verb(p, p)) == 0.0, (case["name"], verb.__name__)


def test_the_script_makes_this_file():
    """The inputs, up to the last bits of another platform's logarithm; values to the letter."""
    made = list(make.cases())
    assert [case["name"] for case in made] == [case["name"] for case in CASES]
    for case, stored in zip(made, CASES, strict=True):
        for row in "pq":
            rtol = 1e-6 if stored["dtype"] == "float32" else 1e-12
            np.testing.assert_allclose(case[row], stored[row], rtol)
    for stored in CASES[::11]:
        if max(len(stored["p"]), *map(abs, filter(math.isfinite, stored["p"]))) <= 100:
            assert make.values(stored) == stored["values"], stored["name"]
