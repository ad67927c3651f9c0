"""The study of other libraries' distributions in `benchmarks/`, run short: none is wrong.

Of PyTorch every class runs, single and in a batch, in float64 and in its first form; of NumPyro
those of `NUMPYRO`, single; of SciPy see `tests/unit/test_foreign_scipy_sweep.py`. Float32, other
forms and all other classes are left to the program.
"""

from __future__ import annotations

import foreign
import pytest
from foreign_cases.case import NO_ANSWER
from libraries import extra

# Classes of which each has a mechanism of its own, and which take no long time to compile.
NUMPYRO = (
    "Categorical",
    "ImproperUniform",
    "MaskedDistribution",
    "NegativeBinomial2",
    "OrderedLogistic",
)


def failed(found):
    """Return what is wrong, or came from elsewhere, as lines."""
    return [foreign.told(one) for one in found if one.verdict in (foreign.WRONG, foreign.FOREIGN)]


def test_every_distribution_of_torch():
    extra("torch")
    module = foreign.modules("torch")
    found = foreign.rows("torch", short=True, only=lambda case: case.form.endswith(" 0"))
    assert not failed(found)
    asked = {one.name for one in found}
    assert set(module.names()) == asked | module.OUT_OF_REACH.keys()
    assert sum(one.verdict == foreign.RIGHT for one in found) >= 0.85 * len(found)


@pytest.mark.parametrize("name", NUMPYRO)
def test_some_distributions_of_numpyro(name):
    extra("jax")
    extra("numpyro")
    found = foreign.rows("numpyro", only=lambda case: case.name == name and case.form == "scalar 0")
    assert not failed(found)
    assert {one.name for one in found} == {name}


def test_every_distribution_of_numpyro_is_asked_or_out_of_reach():
    extra("jax")
    extra("numpyro")
    module = foreign.modules("numpyro")
    asked = {case.name for case in module.cases()}
    assert set(module.names()) == asked | module.OUT_OF_REACH.keys()


def test_an_answer_where_there_is_none_is_wrong():
    extra("torch")
    case = next(foreign.modules("torch").cases())
    found = foreign._compared(foreign._number(1.0), NO_ANSWER[0], 0.0, case)
    assert found[0] == foreign.WRONG
    assert foreign._compared(foreign._number(1.0), 1.0, 0.0, case)[0] == foreign.RIGHT


@pytest.mark.parametrize("form", ["scalar", "float32"])
def test_the_report_lists_every_class(form, tmp_path, capsys):
    extra("torch")
    path = tmp_path / "foreign.md"
    foreign.main(["--library", "torch", "--only", "Kumaraswamy", "--form", form, "-o", str(path)])
    text = path.read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    for name in foreign.modules("torch").names():
        assert f"| {name} |" in text
