"""The mean of class weights with smoothing: how it differs from PyTorch's, as the page says."""

from __future__ import annotations

from pathlib import Path

import losses_conformance
from libraries import extra

PAGE = Path(__file__).parents[2] / "docs" / "losses.md"


def test_the_page_shows_what_is_measured():
    extra("torch")
    lines = losses_conformance.smoothed_means()
    assert "\n".join(lines) in PAGE.read_text(encoding="utf-8")


def test_the_ratio_of_the_means_is_that_of_the_sums():
    extra("torch")
    rows = [line.split(" | ") for line in losses_conformance.smoothed_means() if "| [" in line]
    assert len(rows) == len(losses_conformance.LABELS) * len(losses_conformance.SMOOTHINGS)
    for _, smoothing, ours, theirs, ratio, sums in rows:
        assert ratio == sums.removesuffix(" |")
        assert (ours == theirs) == (ratio == "1.000000")
        assert ours == theirs or smoothing != "0.0"
