"""The inputs on which losses go wrong, and what is right there, as data.

Truth is the definition in sixty digits or more, or, where the definition has no answer, a decision:

- A mean is over the weights of what counts; class weights make it one over those of the targets,
  smoothed like them. The z-loss is no target's, and has a mean of its own, without class weights.
  Nothing left to average gives 0, with gradient 0.
- Rows that do not count touch neither value nor gradient, whatever they hold.
- Labels and the same as one-hot rows agree under every option.
- A masked class (-inf) has probability 0 and is never the cause of NaN; smoothing is spread over
  the others.
- A score of +inf takes all probability, and NaN stays NaN.
- A target of probability 0 costs infinity.
- Probabilities, as targets or otherwise, that are negative or do not sum to 1, labels outside the
  range, and rows of which all classes are masked are refused.
- Half precision is what scores are stored in, and not what losses are computed or returned in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from kullback.learning.conformance import definitions
from kullback.learning.conformance.definitions import ANY, Answer

__all__ = ["CASES", "Case", "Tolerance"]

INF, NAN = math.inf, math.nan


class Tolerance(NamedTuple):
    """How far an answer may be off.

    Attributes
    ----------
    value : float
        Relative to each value.
    gradient : float
        Relative to the largest entry of the gradient, or, of `each`, to each entry.
    because : str
        Where the numbers come from.
    each : bool
        Whether entries of the gradient are looked at each by itself.
    """

    value: float
    gradient: float
    because: str
    each: bool = False


SINGLE = Tolerance(
    1e-6, 1e-5, "eight roundings of float32 are 5e-7; a gradient is a difference of such numbers"
)
DIGITS = Tolerance(1e-6, 1e-5, "goal: 1e-6 of however small a value", each=True)
DOUBLE = Tolerance(1e-14, 1e-12, "some roundings of float64, 2^-53 each, are 1e-15", each=True)
TINY = Tolerance(5e-3, 5e-3, "goal: 5e-3 of a divergence of 1e-11")
SMALL = Tolerance(1e-4, 1e-4, "goal: 1e-4 of a divergence of 1e-9 or more")
FLOAT16 = Tolerance(1e-6, 2.0**-10, "a loss in float32, a gradient in float16, whose step is 2^-10")
BFLOAT16 = Tolerance(1e-6, 2.0**-7, "a loss in float32, a gradient in bfloat16, whose step is 2^-7")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One question to a library.

    Attributes
    ----------
    group : str
        What it is about.
    name : str
        What is asked.
    question : str
        The method of the adapter that answers.
    arrays : function
        Returns the arrays that are asked about, NumPy's, with float32 for bfloat16.
    options : dict
        The options that are asked for.
    dtype : str
        The type of the floats among the arrays.
    tolerance : Tolerance
        How exact the answer must be.
    decided : function, optional
        Returns the truth where that is a decision, or is known in closed form.
    refused : bool
        Whether an error is what is right.
    """

    group: str
    name: str
    question: str
    arrays: Callable[[], tuple[np.ndarray, ...]]
    options: dict[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    tolerance: Tolerance = SINGLE
    decided: Callable[[], Answer] | None = None
    refused: bool = False

    def truth(self) -> Answer:
        """Return values and gradient; not for what is to be refused."""
        return _truth(self)


@cache
def _truth(case: Case) -> Answer:
    if case.decided is not None:
        return case.decided()
    return getattr(definitions, case.question)(*case.arrays(), **case.options)


# ------------------------------------------------------------------- how cases are written


def _of(*values: Any, dtype: str = "float32") -> Callable[[], tuple[np.ndarray, ...]]:
    """Return a function that makes arrays of a type, of integers as they are."""
    stored = "float32" if dtype == "bfloat16" else dtype

    def made() -> tuple[np.ndarray, ...]:
        arrays = (np.asarray(x) for x in values)
        return tuple(a.astype(stored) if a.dtype.kind == "f" else a for a in arrays)

    return made


def _is(value: Any, gradient: Any = None) -> Callable[[], Answer]:
    """Return a function that tells an answer that was decided."""
    table = None if gradient is None else np.array(gradient, float)
    return lambda: Answer(np.array(value, float), table)


def _softmax(group: str, name: str, *given: Any, **more: Any) -> Case:
    """Return a case of softmax cross-entropy; what is no field of a case is an option."""
    return _case("softmax_cross_entropy", group, name, given, {"reduction": "none"}, more)


def _sigmoid(group: str, name: str, *given: Any, **more: Any) -> Case:
    return _case("sigmoid_cross_entropy", group, name, given, {"reduction": "none"}, more)


def _kl(group: str, name: str, *given: Any, **more: Any) -> Case:
    return _case("kl_divergence", group, name, given, {}, more)


def _entropy(group: str, name: str, *given: Any, **more: Any) -> Case:
    return _case("entropy", group, name, given, {}, more)


def _log_loss(group: str, name: str, *given: Any, **more: Any) -> Case:
    return _case("log_loss", group, name, given, {}, more)


def _binary(group: str, name: str, *given: Any, **more: Any) -> Case:
    return _case("binary_log_loss", group, name, given, {}, more)


_FIELDS = ("tolerance", "decided", "refused")


def _case(
    question: str, group: str, name: str, given: tuple, options: dict, more: dict[str, Any]
) -> Case:
    fields = {key: more.pop(key) for key in _FIELDS if key in more}
    dtype = more.pop("dtype", "float32")
    made: Any = given[0] if callable(given[0]) else _of(*given, dtype=dtype)
    stored = "float32" if dtype == "bfloat16" else dtype
    for key in ("weights", "class_weights"):
        if key in more:
            more[key] = np.array(more[key], dtype=stored)
    if "mask" in more:
        more["mask"] = np.array(more["mask"])
    return Case(group, name, question, made, {**options, **more}, dtype=dtype, **fields)


# ------------------------------------------------------------------------------ ordinary

Z = [[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]]
LABELS = [2, 0]
ONE_HOT = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
SOFT = [[0.25, 0.25, 0.5], [0.125, 0.875, 0.0]]
CUBE = np.arange(24.0).reshape(2, 3, 4) % 7.0 / 2.0
PLANE = [[0, 2, 1, 1], [2, 0, 0, 1]]
SQUARE = np.arange(18.0).reshape(2, 3, 3) % 5.0
ROWS = [[0, 2, 1], [2, 0, 0]]

_ORDINARY = "ordinary rows"
ORDINARY = (
    _softmax(_ORDINARY, "labels", Z, LABELS),
    _softmax(_ORDINARY, "soft targets", Z, SOFT),
    _softmax(_ORDINARY, "one-hot targets", Z, ONE_HOT),
    _softmax(_ORDINARY, "mean over rows", Z, LABELS, reduction="mean"),
    _softmax(_ORDINARY, "scores of 1e4", [[1e4, -1e4], [-1e4, 1e4]], [0, 0]),
    _softmax(_ORDINARY, "classes on axis 1 of 3", CUBE, PLANE, axis=1),
    _softmax(_ORDINARY, "classes on the last of 3 axes, as long as the others", SQUARE, ROWS),
    _softmax(_ORDINARY, "a batch of no rows, mean", np.zeros((0, 3)), np.zeros(0, int),
             reduction="mean", decided=_is(0.0, np.zeros((0, 3)))),
    _sigmoid(_ORDINARY, "sigmoid, labels and soft", [2.0, -1.0, 0.0], [1.0, 0.0, 0.25]),
    _kl(_ORDINARY, "KL of logits", Z, Z[::-1], given="logits"),
    _kl(_ORDINARY, "KL of probabilities", [[0.5, 0.25, 0.25]], [[0.125, 0.25, 0.625]],
        given="probs"),
    _entropy(_ORDINARY, "entropy", Z),
    _log_loss(_ORDINARY, "log loss", [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]], [0, 2]),
)  # fmt: skip

# ------------------------------------------------------------------------- masked classes

MASKED = [[1.0, -INF, 0.0]]
_MASKED = "masked classes (-inf)"
MASKS = (
    _softmax(_MASKED, "label on an allowed class", MASKED, [0]),
    _softmax(_MASKED, "soft target of 0 on the masked class", MASKED, [[0.75, 0.0, 0.25]]),
    _softmax(_MASKED, "one-hot target elsewhere", MASKED, [[1.0, 0.0, 0.0]]),
    _softmax(_MASKED, "label smoothing", MASKED, [0], label_smoothing=0.125),
    _softmax(_MASKED, "label smoothing of soft targets", MASKED, [[0.75, 0.0, 0.25]],
             label_smoothing=0.125),
    _softmax(_MASKED, "all but the label", [[-INF, 2.0, -INF]], [1],
             decided=_is([0.0], [[0.0] * 3])),
    _softmax(_MASKED, "label on the masked class costs infinity", MASKED, [1],
             decided=_is([INF], [[ANY] * 3])),
    _softmax(_MASKED, "soft target on the masked class costs infinity", MASKED, [[0.5, 0.5, 0.0]],
             decided=_is([INF], [[ANY] * 3])),
    _softmax(_MASKED, "all classes: refused", [[-INF] * 3], [0], refused=True),
    _entropy(_MASKED, "entropy", MASKED),
    _entropy(_MASKED, "entropy in float16, and its gradient", MASKED, dtype="float16",
             tolerance=FLOAT16),
    _entropy(_MASKED, "entropy of a single allowed class", [[-INF, 2.0, -INF]],
             decided=_is([0.0], [[0.0] * 3])),
    _entropy(_MASKED, "entropy, all classes: refused", [[-INF] * 3], refused=True),
    _kl(_MASKED, "KL of logits, masked in both", MASKED, [[0.0, -INF, 2.0]], given="logits"),
    _kl(_MASKED, "KL of logits, masked in the first", MASKED, [[0.0, 1.0, 2.0]], given="logits"),
    _kl(_MASKED, "KL of logits, masked in the second, is infinite", [[0.0, 1.0, 2.0]], MASKED,
        given="logits", decided=_is([INF], [[ANY] * 3])),
)  # fmt: skip

# ------------------------------------------------------------------------ infinity and NaN

_INFINITE = "infinite scores and NaN"
INFINITE = (
    _softmax(_INFINITE, "+inf at the label", [[INF, 1.0, 0.0]], [0],
             decided=_is([0.0], [[0.0] * 3])),
    _softmax(_INFINITE, "+inf elsewhere costs infinity", [[INF, 1.0, 0.0]], [1],
             decided=_is([INF])),
    _softmax(_INFINITE, "+inf at the label, smoothed over others", [[INF, 1.0, 0.0]], [0],
             label_smoothing=0.125, decided=_is([INF])),
    _softmax(_INFINITE, "NaN is seen in the loss", [[NAN, 1.0, 0.0]], [1], decided=_is([NAN])),
    _sigmoid(_INFINITE, "sigmoid, infinite and right", [INF, -INF], [1.0, 0.0],
             decided=_is([0.0, 0.0], [0.0, 0.0])),
    _sigmoid(_INFINITE, "sigmoid, infinite and wrong", [-INF, INF], [1.0, 0.0],
             decided=_is([INF, INF])),
)  # fmt: skip

# ---------------------------------------------------------------- rows that do not count

ONE_OF_NAN = [[2.0, -1.0, 0.5], [NAN, NAN, NAN], [0.0, 3.0, 1.0]]
ONE_MASKED = [[2.0, -1.0, 0.5], [-INF, -INF, -INF], [0.0, 3.0, 1.0]]
ONE_INFINITE = [[2.0, -1.0, 0.5], [INF, INF, -INF], [0.0, 3.0, 1.0]]
WITH_IGNORED = [2, -100, 0]
_IGNORED = "rows that do not count"
IGNORED = (
    *(_softmax(_IGNORED, f"ignored label, scores {what}, {reduction}", z, WITH_IGNORED,
             ignore_index=-100, reduction=reduction)
    for what, z in (("NaN", ONE_OF_NAN), ("-inf", ONE_MASKED), ("inf", ONE_INFINITE))
    for reduction in ("none", "mean")),
    _softmax(_IGNORED, "a class as ignored label", Z, [1, 0], ignore_index=1, reduction="mean"),
    _softmax(_IGNORED, "all labels ignored, mean", Z, [-100, -100], ignore_index=-100,
             reduction="mean"),
    _softmax(_IGNORED, "all labels ignored, scores NaN, mean", [[NAN] * 3] * 2, [-100, -100],
             ignore_index=-100, reduction="mean"),
    _softmax(_IGNORED, "ignored labels with class weights, mean", ONE_OF_NAN, WITH_IGNORED,
             ignore_index=-100, class_weights=[1.0, 2.0, 3.0], reduction="mean"),
    _softmax(_IGNORED, "ignored labels with smoothing, mean", ONE_OF_NAN, WITH_IGNORED,
             ignore_index=-100, label_smoothing=0.125, reduction="mean"),
    *(_softmax(_IGNORED, f"mask, {form}, scores NaN, none", ONE_OF_NAN, targets,
             mask=[True, False, True])
    for form, targets in (("labels", [2, 0, 0]), ("soft targets", [SOFT[0], SOFT[1], SOFT[1]]))),
    _softmax(_IGNORED, "mask, soft targets, scores NaN, mean", ONE_OF_NAN,
             [SOFT[0], SOFT[1], SOFT[1]], mask=[True, False, True], reduction="mean"),
    _softmax(_IGNORED, "mask over wrong labels and targets of NaN", ONE_OF_NAN,
             [SOFT[0], [NAN] * 3, SOFT[1]], mask=[True, False, True], reduction="mean"),
    _softmax(_IGNORED, "weight 0 of an infinite loss, mean", [Z[0], [0.0, -INF, 0.0]], [2, 1],
             weights=[1.0, 0.0], reduction="mean"),
    _sigmoid(_IGNORED, "sigmoid, mask, score NaN, mean", [2.0, NAN, -1.0], [1.0, 1.0, 1.0],
             mask=[True, False, True], reduction="mean"),
)  # fmt: skip

# -------------------------------------------------------------------- targets that are none

_REFUSED = "what is to be refused"
REFUSED = tuple(
    case
    for case in (
        _softmax(_REFUSED, "soft targets that sum to 2", Z, [[1.0, 0.0, 1.0], ONE_HOT[1]],
                 refused=True),
        _softmax(_REFUSED, "soft targets that sum to 0.9", Z, [[0.5, 0.25, 0.15], ONE_HOT[1]],
                 refused=True),
        _softmax(_REFUSED, "a negative soft target", Z, [[1.5, -0.5, 0.0], ONE_HOT[1]],
                 refused=True),
        _softmax(_REFUSED, "a soft target of NaN", Z, [[NAN, 0.5, 0.5], ONE_HOT[1]], refused=True),
        _softmax(_REFUSED, "label -1", Z, [-1, 0], refused=True),
        _softmax(_REFUSED, "label 7 of 3 classes", Z, [7, 0], refused=True),
        _softmax(_REFUSED, "label 7 of 3 classes, smoothed", Z, [7, 0], label_smoothing=0.125,
                 refused=True),
        _sigmoid(_REFUSED, "sigmoid, target 1.5", [2.0], [1.5], refused=True),
        _sigmoid(_REFUSED, "sigmoid, target -0.5", [2.0], [-0.5], refused=True),
        _kl(_REFUSED, "KL of log-probabilities, given probabilities", [[0.5, 0.5]], [[0.25, 0.75]],
            given="log_probs", refused=True),
        _kl(_REFUSED, "KL of probabilities that sum to 8", [[0.5, 0.5]], [[2.0, 6.0]],
            given="probs", refused=True),
        _log_loss(_REFUSED, "log loss of rows that sum to 0.9", [[0.5, 0.4]], [0], refused=True),
        _log_loss(_REFUSED, "log loss of rows that sum to 8", [[2.0, 6.0]], [0], refused=True),
        _binary(_REFUSED, "binary log loss of probability 1.5", [1.5], [1.0], refused=True),
    )
)  # fmt: skip

# --------------------------------------------------------------------------------- options

HEFT = [1.0, 2.0, 4.0]
_OPTIONS = "options, and labels against one-hot rows"
OPTIONS = (
    *(_softmax(_OPTIONS, f"{what}, {form}", Z, targets, **options)
    for what, options in (
        ("class weights, mean", {"class_weights": HEFT, "reduction": "mean"}),
        ("class weights, per row", {"class_weights": HEFT}),
        ("label smoothing", {"label_smoothing": 0.125}),
        ("class weights and smoothing, mean",
         {"class_weights": HEFT, "label_smoothing": 0.125, "reduction": "mean"}),
        ("weights of rows, mean", {"weights": [1.0, 3.0], "reduction": "mean"}),
        ("z-loss", {"z_loss": 0.125}),
        ("class weights and z-loss, mean",
         {"class_weights": HEFT, "z_loss": 0.125, "reduction": "mean"}),
        ("soft cap", {"soft_cap": 2.0}),
    )
    for form, targets in (("labels", LABELS), ("one-hot", ONE_HOT))),
    _softmax(_OPTIONS, "class weights, soft targets, mean", Z, SOFT, class_weights=HEFT,
             reduction="mean"),
    _softmax(_OPTIONS, "class weight 0 of a masked label", MASKED, [1],
             class_weights=[1.0, 0.0, 1.0], decided=_is([0.0], [[0.0] * 3])),
    _softmax(_OPTIONS, "all at once", [*Z, [NAN] * 3, [0.5, 0.0, -INF]], [2, 0, 1, 1],
             class_weights=HEFT, weights=[1.0, 3.0, 1.0, 0.5], mask=[True, True, False, True],
             label_smoothing=0.125, soft_cap=2.0, z_loss=0.125, reduction="mean"),
)  # fmt: skip

# ------------------------------------------------------------------------- small quantities


def _confident(gap: float, classes: int = 3) -> list[list[float]]:
    """Return a row whose label 0 leads by a gap."""
    return [[gap] + [0.0] * (classes - 1)]


def _near(classes: int, noise: float) -> Callable[[], tuple[np.ndarray, ...]]:
    """Return logits and nearly the same ones, whose divergence is about half the noise squared."""

    def made() -> tuple[np.ndarray, ...]:
        rng = np.random.default_rng(classes)
        a = rng.standard_normal((1, classes))
        return a.astype("float32"), (a + noise * rng.standard_normal(a.shape)).astype("float32")

    return made


def _equal(classes: int) -> Callable[[], tuple[np.ndarray, ...]]:
    """Return the same logits twice."""
    return lambda: (_near(classes, 0.0)()[0],) * 2


_STEP = 2.0**-20
_SMALL = "small quantities"
SMALLS = (
    *(
        _softmax(_SMALL, f"the label leads by {gap}", _confident(gap), [0], tolerance=DIGITS)
        for gap in (0.0, 10.0, 17.0, 20.0, 40.0, 85.0)
    ),
    _softmax(_SMALL, "the label leads by 40, one-hot", _confident(40.0), [ONE_HOT[1]],
             tolerance=DIGITS),
    _softmax(_SMALL, "the label leads by 40 of 50 000 classes", lambda: (
             np.array(_confident(40.0, 50_000), "float32"), np.array([0])), tolerance=DIGITS),
    _softmax(_SMALL, "the label leads by 300, float64", _confident(300.0), [0], dtype="float64",
             tolerance=DOUBLE),
    _softmax(_SMALL, "the label is behind by 85", _confident(85.0), [1]),
    *(
        _sigmoid(_SMALL, f"sigmoid, right by {gap}", [gap, -gap], [1.0, 0.0], tolerance=DIGITS)
        for gap in (17.0, 85.0)
    ),
    _kl(_SMALL, "KL of equal logits is 0", _equal(1000), given="logits",
        decided=lambda: Answer(np.zeros(1), np.full((1, 1000), ANY))),
    *(
        _kl(_SMALL, f"KL of logits near {kl}, {classes} classes", _near(classes, noise),
            given="logits", tolerance=TINY if kl < 1e-9 else SMALL)
        for classes in (1000, 10_000)
        for kl, noise in ((1e-11, 4.5e-6), (1e-9, 4.5e-5), (1e-7, 4.5e-4), (1e-3, 4.5e-2))
    ),
    _kl(_SMALL, "KL of probabilities near 2e-12", [[0.25, 0.75]], [[0.25 + _STEP, 0.75 - _STEP]],
        given="probs", tolerance=TINY),
)  # fmt: skip

# --------------------------------------------------------------------------- half precision

LARGE = 262_144


def _uniform(rows: int, classes: int, dtype: str) -> Callable[[], tuple[np.ndarray, ...]]:
    """Return scores of 0, and labels."""
    stored = "float32" if dtype == "bfloat16" else dtype
    return lambda: (np.zeros((rows, classes), stored), np.arange(rows) % classes)


def _even(rows: int, classes: int, reduction: str) -> Callable[[], Answer]:
    """Return what scores of 0 cost, -log(1 / K) per row, and q - t."""

    def answer() -> Answer:
        value = np.full(rows, math.log(classes))
        gradient = np.full((rows, classes), 1.0 / classes)
        gradient[np.arange(rows), np.arange(rows) % classes] -= 1.0
        if reduction == "none":
            return Answer(value, gradient)
        scale = 1.0 / rows if reduction == "mean" else 1.0
        return Answer(np.array(value[0] * rows * scale), gradient * scale)

    return answer


def _coarse(rows: int, classes: int) -> Callable[[], tuple[np.ndarray, ...]]:
    """Return scores that every half precision holds, multiples of 1/16 within 8, and labels."""

    def made() -> tuple[np.ndarray, ...]:
        rng = np.random.default_rng(classes)
        scores = rng.normal(0.0, 2.0, (rows, classes)).clip(-7.9, 7.9)
        # Of the seven digits of bfloat16 a number below 8 leaves four behind the point.
        return (np.round(scores * 16) / 16).astype("float32"), rng.integers(0, classes, rows)

    return made


@cache
def _large() -> Answer:
    """Return what is right for the largest rows, which both halves hold."""
    return definitions.softmax_cross_entropy(*_coarse(1, LARGE)())


_HALF = "half precision"
HALVES = tuple(
    case
    for dtype, tolerance in (("float16", FLOAT16), ("bfloat16", BFLOAT16))
    for case in (
        *(
            _softmax(_HALF, f"{dtype}, {classes} equal classes",
                     _uniform(1, classes, dtype), dtype=dtype, tolerance=tolerance,
                     decided=_even(1, classes, "none"))
            for classes in (66_000, LARGE)
        ),
        _softmax(_HALF, f"{dtype}, 262144 classes", _coarse(1, LARGE), dtype=dtype,
                 tolerance=tolerance, decided=_large),
        *(
            _softmax(_HALF, f"{dtype}, {reduction} of 16 384 rows", _uniform(16_384, 64, dtype),
                     dtype=dtype, tolerance=tolerance, reduction=reduction,
                     decided=_even(16_384, 64, reduction))
            for reduction in ("mean", "sum")
        ),
        _softmax(_HALF, f"{dtype}, mean of 512 rows", _coarse(512, 32), dtype=dtype,
                 tolerance=tolerance, reduction="mean"),
        _softmax(_HALF, f"{dtype}, the label leads by 20", _confident(20.0), [0], dtype=dtype,
                 tolerance=tolerance),
        _kl(_HALF, f"{dtype}, KL of logits", _of([[1.0, 2.0, 0.5]], [[1.0, 2.0, 0.5625]],
            dtype=dtype), given="logits", dtype=dtype, tolerance=tolerance),
    )
)  # fmt: skip

# ----------------------------------------------------------------------------- probabilities

with np.errstate(divide="ignore"):
    _LOGS = [np.log([[0.5, 0.5, 0.0]]), np.log([[0.25, 0.75, 0.0]])]

_PROBS = "probabilities"
PROBABILITIES = (
    _log_loss(_PROBS, "log loss, p = 1e-10", [[1e-10, 1.0]], [0]),
    _log_loss(_PROBS, "log loss, p = 1e-20, float64", [[1e-20, 1.0]], [0], dtype="float64",
              tolerance=DOUBLE),
    _log_loss(_PROBS, "log loss, p = 0 costs infinity", [[0.0, 1.0]], [0], decided=_is([INF])),
    _log_loss(_PROBS, "log loss, p = 1 costs nothing", [[0.0, 1.0]], [1]),
    _binary(_PROBS, "binary log loss, p = 0 costs infinity", [0.0], [1.0], decided=_is([INF])),
    _binary(_PROBS, "binary log loss, p = 1e-45, float64", [1e-45], [1.0], dtype="float64",
            tolerance=DOUBLE),
    _binary(_PROBS, "binary log loss, p = 1 costs nothing", [1.0], [1.0]),
    _binary(_PROBS, "binary log loss, p = 1e-10, soft target", [1e-10], [0.25]),
    _kl(_PROBS, "KL, 0 in both", [[0.5, 0.5, 0.0]], [[0.25, 0.75, 0.0]], given="probs"),
    _kl(_PROBS, "KL, 0 in the first", [[0.5, 0.5, 0.0]], [[0.25, 0.5, 0.25]], given="probs"),
    _kl(_PROBS, "KL, 0 in the second, is infinite", [[0.25, 0.5, 0.25]], [[0.5, 0.5, 0.0]],
        given="probs", decided=_is([INF])),
    _kl(_PROBS, "KL of equal probabilities is 0", [[0.1, 0.2, 0.7]], [[0.1, 0.2, 0.7]],
        given="probs", decided=_is([0.0])),
    _kl(_PROBS, "KL of log-probabilities, -inf in both", *_LOGS, given="log_probs"),
)  # fmt: skip

CASES = (
    *ORDINARY,
    *MASKS,
    *INFINITE,
    *IGNORED,
    *REFUSED,
    *OPTIONS,
    *SMALLS,
    *HALVES,
    *PROBABILITIES,
)
