"""What the example of the entropy bonus claims holds, in a short run."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "examples" / "entropy_bonus.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_docstring_is_right(example):
    results = doctest.testmod(example)
    assert results.attempted > 0
    assert results.failed == 0


def test_collapse_and_cure(example, capsys):
    example.main(["--steps", "1000"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["bandit"] * 3 + ["grid"] * 4


def test_a_claim_that_fails_is_told(example):
    with pytest.raises(SystemExit, match="nats off its closed form"):
        example.main(["--steps", "2"])


def test_gradients_are_those_of_the_objective(example):
    """Against central differences, at a policy with nothing special to it."""
    rng = np.random.default_rng(0)
    world = example.grid()
    logits = rng.normal(size=world.allowed.shape)
    gradient = example.evaluate(world, logits, 0.1).gradient
    step = 1e-6
    for _ in range(5):
        way = rng.normal(size=logits.shape)
        ends = (example.evaluate(world, logits + s * way, 0.1).value for s in (step, -step))
        slope = np.subtract(*ends) / (2 * step)
        assert slope == pytest.approx(np.sum(gradient * way), rel=1e-7)
    z = rng.normal(size=4)
    ends = (example.entropy_bonus(z + s * np.eye(4)) for s in (step, -step))
    np.testing.assert_allclose(
        np.subtract(*ends) / (2 * step), example.entropy_gradient(z), rtol=1e-7, atol=1e-9
    )
