"""What the examples claim holds."""

from __future__ import annotations

import doctest
import importlib.util
import sys
from pathlib import Path

import pytest
from libraries import extra

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    path = EXAMPLES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where its classes look for their names
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def theorem():
    return example("likelihood_and_divergence")


@pytest.fixture
def classifier():
    return example("classifier_losses")


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


def test_the_docstring_on_classifiers_is_right(classifier):
    results = doctest.testmod(classifier)
    assert results.attempted > 0
    assert results.failed == 0


def test_squared_error_stands_still_where_cross_entropy_learns(classifier, tmp_path, capsys):
    extra("sklearn", "test")
    classifier.main(["--steps", "50", "-o", str(tmp_path / "curves.svg")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mean NLL 2.")
    vanishing = [abs(float(line.split()[3])) for line in lines[2:7]]
    assert vanishing == sorted(vanishing, reverse=True)
    assert vanishing[-1] < 1e-8
    losses = [float(line.split()[-1]) for line in lines[8:16]]
    assert all(a < b for a, b in zip(losses[::2], losses[1::2], strict=True))
    assert (tmp_path / "curves.svg").read_text(encoding="utf-8").count("<polyline") == 4
