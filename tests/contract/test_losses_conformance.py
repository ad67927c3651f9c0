"""The losses are right where losses go wrong: every case, in value and gradient."""

from __future__ import annotations

import re
from pathlib import Path

import losses_conformance
import numpy as np
import pytest
from libraries import ALL, extra, loaded

import kullback as kb
from kullback.learning.conformance import (
    CASES,
    Adapter,
    Case,
    JaxAdapter,
    TorchAdapter,
    Verdict,
    check,
    installed,
    libraries,
    offer_only,
)
from kullback.learning.conformance.libraries import (
    PEERS,
    Kullback,
    KullbackInJax,
    KullbackInTorch,
)

LIBRARIES = {
    "numpy": (Kullback, {"bfloat16"}),
    "torch": (KullbackInTorch, set()),
    "jax": (KullbackInJax, {"float64"}),
    "jax x64": (KullbackInJax, set()),
}


@pytest.fixture(params=LIBRARIES, ids=lambda name: name.replace(" ", "-"))
def adapter(request):
    """An adapter of this library, and the types that its arrays cannot have."""
    with loaded(next(x for x in ALL if x.name == request.param)):
        make, without = LIBRARIES[request.param]
        yield make(), without


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_the_library_is_right(adapter, case):
    asked, without = adapter
    (verdict,) = check(asked, [case])
    assert verdict.outcome == ("not offered" if case.dtype in without else "pass"), verdict.came


def test_every_library_of_arrays_with_gradients_gives_them():
    """Else all gradients would pass by being left out."""
    for name, (make, _) in LIBRARIES.items():
        with loaded(next(x for x in ALL if x.name == name)) as library:
            logits = library.array([[1.0, 2.0]], "float32")
            found = make().softmax_cross_entropy(logits, library.array([0]), reduction="none")
            assert (found.gradient is None) == (name == "numpy")


# ------------------------------------------------------------- the suite itself can fail


class Told(Adapter):
    """Answers what it was told to, or raises it."""

    def __init__(self, answer):
        def told(*_, **__):
            if isinstance(answer, Exception):
                raise answer
            return answer

        for case in CASES:
            setattr(self, case.question, told)

    def array(self, values, _dtype):
        return values


def outcome(case, value, gradient):
    return check(Told((value, gradient)), [case])[0].outcome


@pytest.mark.parametrize(
    "case", [c for c in CASES if not c.refused], ids=lambda case: f"{case.group}: {case.name}"
)
def test_what_is_wrong_is_seen(case):
    (value, gradient), bound = case.truth(), case.tolerance
    off = np.where(value == 0.0, 1e-30, value * (1 + 3 * bound.value))
    off = np.where(np.isfinite(value), off, 100.0)
    assert outcome(case, value, None) == "pass"
    assert outcome(case, value[None], None) == "wrong"
    assert outcome(case, np.where(np.isnan(value), 0.0, np.nan), None) == "wrong"
    assert outcome(case, off, None) == "wrong"
    if gradient is None:
        return
    gradient = np.nan_to_num(gradient)
    assert outcome(case, value, gradient) == "pass"
    if gradient.size:
        assert outcome(case, value, gradient * np.nan) == "wrong"
        assert outcome(case, value, gradient[:0]) == "wrong"
    lost = 2.0**-24 if case.dtype == "float16" else 0.0  # smaller numbers are 0 there
    if np.any(np.abs(gradient) > lost):
        assert outcome(case, value, -gradient) == "wrong"
        assert outcome(case, value, gradient * (1 + 3 * bound.gradient)) == "wrong"
    if bound.each and np.any(gradient):
        size = np.abs(gradient)
        least = size == np.min(size[size > 0])
        assert outcome(case, value, np.where(least, 2 * gradient, gradient)) == "wrong"


@pytest.mark.parametrize(("name", "base"), [("torch", TorchAdapter), ("jax", JaxAdapter)])
def test_an_adapter_of_a_library_needs_no_more_than_the_loss(name, base):
    """What is right in value and wrong in gradient is seen, too."""

    class Mine(base):
        def softmax_cross_entropy(self, logits, targets, *, reduction, **options):
            offer_only(options)
            if reduction != "none":
                raise NotImplementedError
            truth = kb.Labels(targets, 3)
            value, gradient = self.answer(lambda z: kb.cross_entropy(truth, kb.Logits(z)), logits)
            return value, gradient * self.factor

    with loaded(next(x for x in ALL if x.name == name)):
        mine = Mine()
        (labels,) = [case for case in CASES if case.name == "labels"]
        for mine.factor, outcome in ((1.0, "pass"), (2.0, "wrong")):
            assert [v.outcome for v in check(mine, [labels])] == [outcome]
        others = [c for c in CASES if c.options.get("axis") or c.options.get("reduction") == "mean"]
        assert {v.outcome for v in check(mine, others)} == {"not offered"}


def test_exceptions_and_what_is_not_offered():
    refused = next(case for case in CASES if case.refused)
    fine = next(case for case in CASES if not case.refused)
    broken = Told(ZeroDivisionError("no\nmore"))
    (verdict,) = check(broken, [fine])
    assert (verdict.outcome, verdict.came) == ("error", "ZeroDivisionError: no")
    assert str(verdict) == f"error: {fine.name} (ZeroDivisionError: no)"
    assert check(broken, [refused])[0].outcome == "pass"
    # A call that is wrong itself refuses nothing.
    assert check(Told(TypeError("no such argument")), [refused])[0].outcome == "error"
    with pytest.raises(kb.KullbackError) as caught:
        check(Adapter, [fine])
    assert caught.value.key == "learning.adapter"
    assert check(Told(NotImplementedError()), [fine])[0].outcome == "not offered"
    (verdict,) = check(Told((np.array([1.5, 2.0]), None)), [refused])
    assert (verdict.outcome, verdict.came) == ("wrong", "1.5, 2")
    assert {v.outcome for v in check(Adapter(), CASES)} == {"not offered"}


def test_there_is_one_of_each_case():
    names = [(case.group, case.name) for case in CASES]
    assert len(set(names)) == len(names) >= 100
    assert all(case.tolerance.because for case in CASES)


# ---------------------------------------------------------------- other libraries, and the page

P = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]], np.float32)
Q = np.array([[0.25, 0.5, 0.25], [0.25, 0.25, 0.5]], np.float32)
YES, TRUE = np.array([0.25, 0.5], np.float32), np.array([1.0, 0.0], np.float32)
EMPTY = "a batch of no rows, mean"  # in which some are wrong
ORDINARY = (
    *(case for case in CASES if case.group == "ordinary rows" and case.name != EMPTY),
    Case("more", "KL", "kl_divergence", lambda: (np.log(P), np.log(Q)), {"given": "log_probs"}),
    Case("more", "binary log loss", "binary_log_loss", lambda: (YES, TRUE)),
)
OPTIONS = {
    "torch": ("class weights, mean, labels", "label smoothing, labels", "a class as ignored label"),
    "optax": ("label smoothing, labels", "mask, soft targets, scores NaN, none"),
    "keras": ("label smoothing, one-hot", "weights of rows, mean, one-hot"),
    "sklearn": (),
}
OFFERED = {"torch": 13, "optax": 10, "keras": 11, "sklearn": 2}  # of the ordinary ones


@pytest.mark.parametrize("module", PEERS)
def test_what_is_ordinary_is_right_in_each_other_library(module, monkeypatch):
    """Else what the page says of it would be said of the lines by which it is called."""
    if module == "keras":
        extra("torch")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip(module)
    peer = PEERS[module]()
    outcomes = [verdict.outcome for verdict in check(peer, ORDINARY)]
    assert set(outcomes) <= {"pass", "not offered"}
    assert outcomes.count("pass") == OFFERED[module]
    options = [case for case in CASES if case.name in OPTIONS[module]]
    assert len(options) == len(OPTIONS[module])
    assert all(verdict.outcome == "pass" for verdict in check(peer, options))


def test_libraries_that_are_there_are_found(monkeypatch):
    monkeypatch.setattr(libraries, "find_spec", lambda module: module in {"numpy", "optax"})
    assert [type(adapter) for adapter in installed()] == [Kullback, PEERS["optax"]]


def questions(page):
    """Return the first cells of the tables of cases."""
    tables = page.partition("\n## Ordinary rows\n")[2]
    cells = re.findall(r"^\| (.*?) \| ", tables, re.MULTILINE)
    return [cell for cell in cells if cell not in {"case", "---"}]


def test_the_page_has_a_row_for_each_case(tmp_path, capsys):
    output = tmp_path / "losses.md"
    losses_conformance.main(["--only", "kullback, NumPy", "-o", str(output)])
    page = output.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"{page}\n"
    assert questions(page) == [case.name for case in CASES]
    missing = sum(case.dtype == "bfloat16" for case in CASES)
    assert f"| kullback, NumPy | {len(CASES) - missing} | 0 | 0 | {missing} |" in page
    assert page.count("| ✓ |") == len(CASES) - missing


def test_the_documents_show_the_cases_that_there_are():
    page = (Path(__file__).parents[2] / "docs" / "losses.md").read_text(encoding="utf-8")
    assert questions(page) == [case.name for case in CASES]


def test_verdicts_are_shown_as_the_page_says():
    case = CASES[0]
    shown = [("pass", "✓"), ("not offered", "-"), ("wrong", "**a\\|b**"), ("error", "*a\\|b*")]
    for outcome, cell in shown:
        assert losses_conformance.cell(Verdict(case, outcome, "a|b")) == cell
