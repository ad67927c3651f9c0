"""What the examples of variational inference claim holds."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from libraries import extra

from kullback import svg

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_variational_bayes_of_a_linear_model(capsys):
    model = example("variational_linear_model")
    results = doctest.testmod(model)
    assert results.attempted > 0
    assert results.failed == 0
    model.main(["--most", "10000"])
    out = capsys.readouterr().out
    rows = {line[:22].strip(): line.split() for line in out.splitlines()[1:7]}
    assert float(rows["exact"][-1]) == 0.0
    assert float(rows["mean-field"][-2]) < 0.8  # the narrowest standard deviation
    assert float(rows["Gibbs sampler"][-1]) < float(rows["mean-field"][-1])
    assert "log evidence" in out


def test_a_claim_of_the_linear_model_that_fails_is_told():
    with pytest.raises(SystemExit, match="not so"):
        example("variational_linear_model").claim(holds=False, failure="not so")


def test_an_autoencoder_of_digits_in_torch(tmp_path, capsys):
    extra("torch")
    extra("sklearn")
    example("vae_digits").main(["--steps", "200", "-o", str(tmp_path)])
    out = capsys.readouterr().out
    assert "active units: " in out
    assert "IWAE bound of 50 draws" in out
    for name in ("reconstructions", "samples", "plane", "codes"):
        root = ET.parse(tmp_path / f"{name}.svg").getroot()  # noqa: S314 (our own file)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_pictures_have_a_dot_for_each_number_that_is_not_0():
    drawn = svg.pictures([[[0.0, 1.0], [0.5, 0.01]], [[1.0, 1.0], [0.0, 0.0]]], 2, "a < b")
    root = ET.fromstring(drawn)  # noqa: S314 (our own text)
    paths = {path.get("fill-opacity"): path.get("d") for path in root.iter("path")}
    assert {shade: d.count("M") for shade, d in paths.items()} == {"0.5": 1, "1": 3}
    assert "M4,0" in paths["1"]  # the second picture's second number
    assert root.find("title").text == "a < b"
    points = ET.fromstring(svg.labelled_points([(1.0, 0.0), (0.0, -2.0)], [3, 7], "two"))  # noqa: S314
    assert [text.text for text in points.iter("text")] == ["3", "7"]
