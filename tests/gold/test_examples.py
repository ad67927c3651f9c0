"""What the examples claim holds."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def theorem():
    path = EXAMPLES / "likelihood_and_divergence.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_docstring_is_right(theorem):
    results = doctest.testmod(theorem)
    assert results.attempted > 0
    assert results.failed == 0


def test_likelihood_and_divergence_differ_by_a_constant(theorem, tmp_path, capsys):
    theorem.main(["--most", "10000", "-o", str(tmp_path / "curves.svg")])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:6]]
    assert [int(row[0]) for row in rows] == [1, 10, 100, 1000, 10000]
    for _, gap, best, closest, off in rows:
        assert float(gap) <= 1e-12
        assert best == closest
        assert off == "nan" or abs(float(off)) <= 4.0
    assert (tmp_path / "curves.svg").read_text(encoding="utf-8").startswith("<svg xmlns")


def test_a_claim_that_fails_is_told(theorem):
    with pytest.raises(SystemExit, match="not so"):
        theorem.claim(holds=False, failure="not so")
