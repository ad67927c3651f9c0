"""Every distribution of SciPy on the line, at the shapes of its own tests: none is wrong.

Every fourth of them runs here, beginning with the first. The long form, with the others, batches,
other places and widths, and more measures, is `benchmarks/foreign_cases/scipy_cases.py`; what
SciPy is slow for, as those of Yule and Zipf, is left to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
scipy_cases = pytest.importorskip("foreign_cases.scipy_cases")

CASES = [
    case
    for case in scipy_cases.lines(("scalar",))
    if case.name not in (*scipy_cases.LONG, "yulesimon", "zipf")
][::4]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.form}")
def test_every_distribution_of_scipy(case):
    found = scipy_cases.verdicts(case, only=("entropy", "kl_divergence", "likelihood"))
    bad = [row for row in found if row[1] in ("WRONG", "FOREIGN", "TOO LONG")]
    assert not bad
