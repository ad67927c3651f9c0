"""The losses are right where losses go wrong: every case, in value and gradient."""

from __future__ import annotations

import numpy as np
import pytest
from libraries import ALL, loaded

from kullback.learning.conformance import CASES, Adapter, check
from kullback.learning.conformance.adapters import Kullback, KullbackInJax, KullbackInTorch

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
        self.told = answer

    def softmax_cross_entropy(self, *_, **__):
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


def softmax_cases():
    asked = [c for c in CASES if c.question == "softmax_cross_entropy" and not c.refused]
    return [c for c in asked if c.dtype == "float32" and c.truth().gradient is not None]


def outcome(case, value, gradient):
    return check(Told((value, gradient)), [case])[0].outcome


@pytest.mark.parametrize("case", softmax_cases(), ids=lambda case: f"{case.group}: {case.name}")
def test_what_is_wrong_is_seen(case):
    value, bound = case.truth().value, case.tolerance
    gradient = np.nan_to_num(case.truth().gradient)
    off = np.where(value == 0.0, 1e-30, value * (1 + 3 * bound.value))
    off = np.where(np.isinf(value), 100.0, off)
    assert outcome(case, value, gradient) == "pass"
    assert outcome(case, value, None) == "pass"
    assert outcome(case, value[None], gradient) == "wrong"
    assert outcome(case, value * np.nan, gradient) == "wrong"
    assert outcome(case, off, gradient) == "wrong"
    if gradient.size:
        assert outcome(case, value, gradient * np.nan) == "wrong"
        assert outcome(case, value, gradient[:0]) == "wrong"
    if np.any(gradient):
        assert outcome(case, value, -gradient) == "wrong"
        assert outcome(case, value, gradient * (1 + 3 * bound.gradient)) == "wrong"


def test_exceptions_and_what_is_not_offered():
    refused = next(case for case in CASES if case.refused)
    fine = next(case for case in CASES if not case.refused)
    broken = Told(ZeroDivisionError("no\nmore"))
    (verdict,) = check(broken, [fine])
    assert (verdict.outcome, verdict.came) == ("error", "ZeroDivisionError: no")
    assert str(verdict) == f"error: {fine.name} (ZeroDivisionError: no)"
    assert check(broken, [refused])[0].outcome == "pass"
    assert check(Told(NotImplementedError()), [fine])[0].outcome == "not offered"
    (verdict,) = check(Told((np.array([1.5, 2.0]), None)), [refused])
    assert (verdict.outcome, verdict.came) == ("wrong", "1.5, 2")
    assert {v.outcome for v in check(Adapter(), CASES)} == {"not offered"}


def test_there_is_one_of_each_case():
    names = [(case.group, case.name) for case in CASES]
    assert len(set(names)) == len(names) >= 100
    assert all(case.tolerance.because for case in CASES)
