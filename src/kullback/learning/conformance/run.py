"""Asking a library all questions, and judging what comes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kullback._array import to_array, to_numpy
from kullback.errors import KullbackError
from kullback.learning.conformance.adapters import Adapter
from kullback.learning.conformance.cases import CASES, Case
from kullback.learning.conformance.definitions import Answer

__all__ = ["Verdict", "check", "judged"]

Outcome = Literal["pass", "wrong", "error", "not offered"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a library does with a case.

    Attributes
    ----------
    case : Case
    outcome : {"pass", "wrong", "error", "not offered"}
        "error" where an exception came instead of an answer. Where one is to come, it is a pass,
        and an answer is wrong.
    came : str
        What came, in short, where that was wrong.
    """

    case: Case
    outcome: Outcome
    came: str = ""

    def __str__(self) -> str:
        came = f" ({self.came})" if self.came else ""
        return f"{self.outcome}: {self.case.name}{came}"


def check(adapter: Adapter, cases: Iterable[Case] | None = None) -> list[Verdict]:
    """Return what a library does with each case.

    Parameters
    ----------
    adapter : Adapter
        How its losses are called.
    cases : iterable of Case, optional
        What it is asked; by default all `CASES`.

    Returns
    -------
    list of Verdict
        One for each case, in their order.

    Raises
    ------
    KullbackError
        If the adapter is none, such as the class instead of an instance.

    Examples
    --------
    A loss as it is often written, in three lines of NumPy:

    >>> import numpy as np
    >>> from kullback.learning.conformance import Adapter, check
    >>> class Mine(Adapter):
    ...     def softmax_cross_entropy(self, logits, targets, *, reduction, **options):
    ...         if options or targets.ndim != 1 or reduction == "sum":
    ...             raise NotImplementedError
    ...         shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    ...         losses = -np.log(shares[np.arange(len(targets)), targets])
    ...         return (losses.mean() if reduction == "mean" else losses), None
    >>> verdicts = check(Mine())
    >>> print(next(verdict for verdict in verdicts if verdict.outcome == "wrong"))
    wrong: scores of 1e4 (nan, not 0)
    >>> for verdict in verdicts:
    ...     if verdict.outcome == "wrong" and verdict.case.dtype == "float32":
    ...         print(verdict.case.name)
    scores of 1e4
    a batch of no rows, mean
    all classes: refused
    +inf at the label
    label -1
    the label leads by 10.0
    the label leads by 17.0
    the label leads by 20.0
    the label leads by 40.0
    the label leads by 85.0
    the label leads by 40 of 50 000 classes
    """
    if not isinstance(adapter, Adapter):
        raise KullbackError("learning.adapter", got=repr(adapter))
    return [judged(adapter, case) for case in (CASES if cases is None else cases)]


def judged(adapter: Adapter, case: Case) -> Verdict:
    """Return what a library does with one case."""
    try:
        answer = _asked(adapter, case)
    except NotImplementedError:
        return Verdict(case, "not offered")
    except Exception as error:  # noqa: BLE001 (whatever comes is the verdict)
        return Verdict(case, *_refusal(case, error))
    if case.refused:
        return Verdict(case, "wrong", _short(answer.value))
    came = _fault(answer, case.truth(), case)
    return Verdict(case, "wrong" if came else "pass", came)


def _asked(adapter: Adapter, case: Case) -> Answer:
    """Return the library's answer in float64."""

    def theirs(x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return x
        return adapter.array(x, {"f": case.dtype, "b": "bool"}.get(x.dtype.kind, "int64"))

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        arrays = [theirs(x) for x in case.arrays()]
        options = {key: theirs(x) for key, x in case.options.items()}
        answer = getattr(adapter, case.question)(*arrays, **options)
        value, gradient = (None if x is None else _float64(x) for x in answer)
    return Answer(value, gradient)


def _float64(x: Any) -> np.ndarray:
    return to_numpy(to_array(x)).astype(np.float64)


# What Python says of a call that is wrong itself, whatever the loss was given.
_NO_REFUSAL = (TypeError, AttributeError, NameError)


def _refusal(case: Case, error: Exception) -> tuple[Outcome, str]:
    if case.refused and not isinstance(error, _NO_REFUSAL):
        return "pass", ""
    return "error", f"{type(error).__name__}: {str(error).partition(chr(10))[0][:60]}"


# Half of the smallest number of a type, which is rounded to 0.
_LOST = {"float16": 2.0**-25}


def _fault(answer: Answer, truth: Answer, case: Case) -> str:
    """Return what is wrong with an answer, or nothing."""
    tolerance = case.tolerance
    value, gradient = answer
    if np.shape(value) != np.shape(truth.value):
        return f"shape {np.shape(value)}"
    if not np.allclose(value, truth.value, rtol=tolerance.value, atol=0.0, equal_nan=True):
        return _worst(value, truth.value)
    if gradient is None or truth.gradient is None:
        return ""
    if gradient.shape != truth.gradient.shape:
        return f"gradient of shape {gradient.shape}"
    known = ~np.isnan(truth.gradient)
    size = np.abs(truth.gradient[known])
    allowed = tolerance.gradient * (size if tolerance.each else np.max(size, initial=0.0))
    allowed = allowed + _LOST.get(case.dtype, 0.0)
    if not np.all(np.abs(gradient[known] - truth.gradient[known]) <= allowed):
        return f"gradient {_worst(gradient[known], truth.gradient[known])}"
    if not np.all(np.isfinite(gradient)):
        return "gradient not finite"
    return ""


def _short(value: np.ndarray) -> str:
    return ", ".join(f"{x:.4g}" for x in value.ravel()[:3])


def _worst(came: np.ndarray, wanted: np.ndarray) -> str:
    """Return the number that is the farthest off, and what it should have been."""
    came, wanted = came.ravel(), wanted.ravel()
    same = (came == wanted) | (np.isnan(came) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        far = np.where(same, 0.0, np.nan_to_num(np.abs(came - wanted), nan=np.inf))
    place = int(np.argmax(far))
    digits = next(n for n in (4, 7, 17) if f"{came[place]:.{n}g}" != f"{wanted[place]:.{n}g}")
    return f"{came[place]:.{digits}g}, not {wanted[place]:.{digits}g}"
