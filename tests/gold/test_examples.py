"""What the examples claim holds, in short runs, and a claim that does not hold is told."""

from __future__ import annotations

import doctest
import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from libraries import example, extra

from kullback.families import MultivariateNormal

SVG = "{http://www.w3.org/2000/svg}"
# What says that a claim fails after so few steps.
TOO_SHORT = {
    "classifier_losses": (["--steps", "0"], "cross-entropy did not end at the lower NLL"),
    "entropy_bonus": (["--steps", "2"], "nats off its closed form"),
    "vae_digits": (["--steps", "1"], "but pixels alone reach"),
}


def loaded(name):
    """Return an example; skip the test where a library that it shows is missing."""
    if name in ("classifier_losses", "vae_digits"):
        extra("sklearn", "test")
    if name == "vae_digits":
        extra("torch")
    return example(name)


@pytest.mark.parametrize("name", TOO_SHORT)
def test_a_claim_that_fails_after_few_steps_is_told(name):
    arguments, failure = TOO_SHORT[name]
    with pytest.raises(SystemExit, match=failure):
        loaded(name).main(arguments)


@pytest.mark.parametrize(
    "name",
    [
        "classifier_losses",
        "entropy_bonus",
        "likelihood_and_divergence",
        "variational_linear_model",
    ],
)
def test_the_docstring_is_right(name):
    results = doctest.testmod(loaded(name))
    assert results.attempted > 0
    assert results.failed == 0


# ---------------------------------------------------------------- likelihood and divergence


def test_likelihood_and_divergence_differ_by_a_constant(tmp_path, capsys):
    theorem = example("likelihood_and_divergence")
    theorem.main(["--most", "10000", "-o", str(tmp_path / "curves.svg")])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:6]]
    assert [int(row[0]) for row in rows] == [1, 10, 100, 1000, 10000]
    for _, gap, best, closest, off in rows:
        assert float(gap) <= 1e-12
        assert best == closest
        assert off == "nan" or abs(float(off)) <= 4.0
    root = ET.parse(tmp_path / "curves.svg").getroot()  # noqa: S314 (our own file)
    assert root.tag == f"{SVG}svg"


@pytest.mark.parametrize("wrong", [lambda _, p: 1.0 + p**2, lambda _, p: math.nan * p])
def test_a_theorem_that_fails_is_told(monkeypatch, wrong):
    """It holds for any number of draws, but of no other loss."""
    theorem = example("likelihood_and_divergence")
    monkeypatch.setattr(theorem, "nll", wrong)
    with pytest.raises(SystemExit, match="NLL less KL differs from H"):
        theorem.main(["--most", "1"])


# ---------------------------------------------------------------- losses of a classifier


def test_squared_error_stands_still_where_cross_entropy_learns(tmp_path, capsys):
    classifier = loaded("classifier_losses")
    classifier.main(["--steps", "50", "-o", str(tmp_path / "curves.svg")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mean NLL 2.")
    vanishing = [abs(float(line.split()[3])) for line in lines[2:7]]
    assert vanishing == sorted(vanishing, reverse=True)
    assert vanishing[-1] < 1e-8
    losses = [float(line.split()[-1]) for line in lines[8:16]]
    assert all(a < b for a, b in zip(losses[::2], losses[1::2], strict=True))
    root = ET.parse(tmp_path / "curves.svg").getroot()  # noqa: S314 (our own file)
    assert len(list(root.iter(f"{SVG}polyline"))) == 4


def test_a_curve_ends_where_the_training_does():
    classifier = loaded("classifier_losses")
    curve, _, nll = classifier.trained([65, 10], "cross-entropy", 0.1, 15)
    assert [step for step, _ in curve] == [0.0, 10.0, 15.0]
    assert curve[-1][1] == nll
    shorter, _, _ = classifier.trained([65, 10], "cross-entropy", 0.1, 10)
    assert curve[:2] == shorter


# ---------------------------------------------------------------- the entropy bonus


def test_collapse_and_cure(capsys):
    example("entropy_bonus").main(["--steps", "1000"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["bandit"] * 3 + ["grid"] * 4


def test_gradients_are_those_of_the_objective():
    """Against central differences, at a policy with nothing special to it."""
    program = example("entropy_bonus")
    rng = np.random.default_rng(0)
    world = program.grid()
    logits = rng.normal(size=world.allowed.shape)
    gradient = program.evaluate(world, logits, 0.1).gradient
    step = 1e-6
    for _ in range(5):
        way = rng.normal(size=logits.shape)
        ends = (program.evaluate(world, logits + s * way, 0.1).value for s in (step, -step))
        slope = np.subtract(*ends) / (2 * step)
        assert slope == pytest.approx(np.sum(gradient * way), rel=1e-7)
    z = rng.normal(size=4)
    ends = (program.entropy_bonus(z + s * np.eye(4)) for s in (step, -step))
    np.testing.assert_allclose(
        np.subtract(*ends) / (2 * step), program.entropy_gradient(z), rtol=1e-7, atol=1e-9
    )


# ---------------------------------------------------------------- variational inference


def test_variational_bayes_of_a_linear_model(capsys):
    example("variational_linear_model").main(["--most", "10000"])
    out = capsys.readouterr().out
    rows = {line[:22].strip(): line.split() for line in out.splitlines()[1:7]}
    assert float(rows["exact"][-1]) == 0.0
    assert float(rows["mean-field"][-2]) < 0.8  # the narrowest standard deviation
    assert float(rows["Gibbs sampler"][-1]) < float(rows["mean-field"][-1])
    assert "log evidence" in out


def test_a_claim_of_the_linear_model_that_fails_is_told(monkeypatch):
    """What it claims holds for any number of draws, but of no other law and no other evidence."""
    model = example("variational_linear_model")
    law, elbo, sweeps = model.mean_field(model.problem())
    wide = MultivariateNormal(mean=law.mean, std=1.1 * law.std)
    for wrong in ((law, elbo - 1e-6, sweeps), (wide, elbo, sweeps)):
        monkeypatch.setattr(model, "mean_field", lambda _, wrong=wrong: wrong)
        with pytest.raises(SystemExit, match=r"ELBO .* \+ KL .* is not"):
            model.main(["--most", "100"])


def test_an_autoencoder_of_digits_in_torch(tmp_path, capsys):
    loaded("vae_digits").main(["--steps", "200", "-o", str(tmp_path)])
    out = capsys.readouterr().out
    assert "active units: " in out
    assert "IWAE bound of 50 draws" in out
    for name in ("reconstructions", "samples", "plane", "codes"):
        root = ET.parse(tmp_path / f"{name}.svg").getroot()  # noqa: S314 (our own file)
        assert root.tag == f"{SVG}svg"
