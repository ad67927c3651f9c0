"""What is asked for, by its definition, in decimal numbers of sixty digits or more.

Nothing here knows how a library computes: no shift by the largest logit, no rearrangement, and no
special case but 0 log 0 = 0 and the infinity of what cannot be. A mask (-inf) is a probability of
0. Each function returns the values and the gradient of their sum in the model's scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, getcontext, localcontext
from functools import lru_cache, wraps
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "ANY",
    "Answer",
    "binary_log_loss",
    "entropy",
    "kl_divergence",
    "log_loss",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]

_DIGITS, _FAR = 60, 400.0
ANY = math.nan
"""An entry of a gradient that only has to be finite."""

_INF = Decimal("Infinity")
_ZERO, _ONE = Decimal(0), Decimal(1)


class Answer(NamedTuple):
    """Values, and the gradient of their sum in the model's scores or probabilities.

    Attributes
    ----------
    value : array
    gradient : array or None
        None where there is none: a library does not differentiate, or nobody relies on it. In
        a truth, `ANY` is a number that only has to be finite: probabilities are bound to sum to
        1, so what is added to all entries of a gradient in them has no meaning.
    """

    value: Any
    gradient: Any


def _exactly(f: Callable[..., Answer]) -> Callable[..., Answer]:
    """Compute in as many digits as show 1 - exp(-range) of the numbers, and round at the end."""

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Answer:
        reach = max((np.max(np.abs(x[np.isfinite(x)]), initial=0.0) for x in args), default=0.0)
        digits = _DIGITS + int(min(reach, _FAR) / math.log(10.0))
        with localcontext(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)):
            value, gradient = f(*args, **kwargs)
            return Answer(*(np.array(x, dtype=object).astype(float) for x in (value, gradient)))

    return wrapped


def _exp(x: Decimal) -> Decimal:
    return _exp_in(getcontext().prec, x)


@lru_cache(maxsize=1 << 16)
def _exp_in(_digits: int, x: Decimal) -> Decimal:
    """Return the exponential; scores of half precision repeat themselves."""
    return x.exp()


def _decimals(row: Any) -> list[Decimal]:
    """Return the exact numbers that floats stand for."""
    return [Decimal(float(x)) for x in np.asarray(row, dtype=float).ravel()]


def _log(x: Decimal) -> Decimal:
    return x.ln() if x else -_INF


def _softmax(z: list[Decimal]) -> tuple[list[Decimal], Decimal]:
    """Return the probabilities and the log-sum-exp."""
    weights = [_exp(x) for x in z]
    total = sum(weights, _ZERO)
    return [w / total for w in weights], total.ln()


def _log_softmax(z: list[Decimal]) -> list[Decimal]:
    _, log_sum = _softmax(z)
    return [x - log_sum for x in z]


def _cost(share: Decimal, surprise: Decimal) -> Decimal:
    return share * surprise if share else _ZERO


@_exactly
def softmax_cross_entropy(
    logits: np.ndarray,
    targets: np.ndarray,
    *,
    axis: int = -1,
    class_weights: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    reduction: str = "none",
) -> Answer:
    """Return -sum w t log q + lambda (log sum exp z)^2 of rows, smoothed over allowed classes."""
    scores = np.moveaxis(logits, axis, -1)
    shape, classes = scores.shape[:-1], scores.shape[-1]
    labelled = np.issubdtype(targets.dtype, np.integer)
    answers = targets.ravel() if labelled else np.moveaxis(targets, axis, -1).reshape(-1, classes)
    heft = np.ones(shape) if weights is None else np.broadcast_to(weights, shape)
    counts = np.ones(shape, bool) if mask is None else np.broadcast_to(mask, shape)
    share = _decimals(np.ones(classes) if class_weights is None else class_weights)
    surprises, squares = [], []  # of each row value, slope and mass
    nothing = _ZERO, [_ZERO] * classes, _ZERO
    for row, t, weight, counted in zip(
        scores.reshape(-1, classes), answers, heft.ravel(), counts.ravel(), strict=True
    ):
        if not counted or weight == 0 or (labelled and t == ignore_index):
            surprises.append(nothing)
            squares.append(nothing)
            continue
        target = _smoothed(_one_hot(t, classes) if labelled else _decimals(t), row, label_smoothing)
        target = [w * x for w, x in zip(share, target, strict=True)]
        z, bend = _capped(_decimals(row), soft_cap)
        factor = Decimal(float(weight))
        for terms, (value, slope, mass) in (
            (surprises, _surprise(z, target)),
            (squares, _square(z, Decimal(z_loss))),
        ):
            bent = [factor * g * b for g, b in zip(slope, bend, strict=True)]
            terms.append((factor * value, bent, factor * mass))
    # A mean of each, because class weights are no weights of the z-loss.
    (value, slopes), (square, bends) = (_of_rows(x, reduction) for x in (surprises, squares))
    value = np.reshape(value + square, shape if reduction == "none" else ())
    return Answer(value, np.moveaxis((slopes + bends).reshape(scores.shape), -1, axis))


def _one_hot(label: int, classes: int) -> list[Decimal]:
    return [_ONE if k == label else _ZERO for k in range(classes)]


def _smoothed(target: list[Decimal], row: Any, smoothing: float) -> list[Decimal]:
    if not smoothing:
        return target
    part = Decimal(smoothing)
    allowed = [float(x) > -math.inf for x in row]
    even = part / sum(allowed)
    return [(1 - part) * t + (even if a else _ZERO) for t, a in zip(target, allowed, strict=True)]


def _capped(z: list[Decimal], cap: float | None) -> tuple[list[Decimal], list[Decimal]]:
    """Return cap tanh(z / cap) and its slope."""
    if cap is None:
        return z, [_ONE] * len(z)
    size = Decimal(cap)
    tanh = [-_INF if x == -_INF else 1 - 2 / (_exp(2 * x / size) + 1) for x in z]
    capped = [x if x == -_INF else size * x for x in tanh]
    return capped, [_ZERO if x == -_INF else 1 - x * x for x in tanh]


def _surprise(z: list[Decimal], target: list[Decimal]) -> tuple[Decimal, list, Decimal]:
    """Return -sum t log q, its slope in z, and what the target adds up to."""
    q, log_sum = _softmax(z)
    mass = sum(target, _ZERO)
    loss = sum((_cost(t, log_sum - x) for t, x in zip(target, z, strict=True)), _ZERO)
    return loss, [mass * a - t for a, t in zip(q, target, strict=True)], mass


def _square(z: list[Decimal], factor: Decimal) -> tuple[Decimal, list, Decimal]:
    """Return the z-loss, its slope, and the mass of a row."""
    q, log_sum = _softmax(z)
    return factor * log_sum**2, [2 * factor * log_sum * a for a in q], _ONE


def _of_rows(rows: list[tuple], reduction: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what rows come to, and the gradient."""
    values, slopes, masses = zip(*rows, strict=True) if rows else ((), (), ())
    value, scale = _reduced(list(values), list(masses), reduction)
    gradient = [[g * scale for g in slope] for slope in slopes]
    return np.array(value, dtype=object), np.array(gradient, dtype=object)


def _reduced(values: list[Decimal], masses: list[Decimal], reduction: str) -> tuple[Any, Decimal]:
    """Return values, their sum or their mean, and what each gradient is multiplied by."""
    if reduction == "none":
        return values, _ONE
    total, mass = sum(values, _ZERO), sum(masses, _ZERO)
    if reduction == "sum":
        return total, _ONE
    return (total / mass, 1 / mass) if mass else (_ZERO, _ZERO)


@_exactly
def sigmoid_cross_entropy(
    logits: np.ndarray,
    targets: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    reduction: str = "none",
) -> Answer:
    """Return -y log s(z) - (1 - y) log(1 - s(z)) of outcomes."""
    counts = np.ones(logits.shape, bool) if mask is None else mask
    values, slopes, masses = [], [], []
    for x, t, counted in zip(logits.ravel(), targets.ravel(), counts.ravel(), strict=True):
        if not counted:
            values.append(_ZERO)
            slopes.append(_ZERO)
            masses.append(_ZERO)
            continue
        z, y = Decimal(float(x)), Decimal(float(t))
        yes, no = 1 / (1 + _exp(-z)), 1 / (1 + _exp(z))
        values.append(_cost(y, (1 + _exp(-z)).ln()) + _cost(1 - y, (1 + _exp(z)).ln()))
        slopes.append((1 - y) * yes - y * no)
        masses.append(_ONE)
    value, scale = _reduced(values, masses, reduction)
    return Answer(value, np.reshape([g * scale for g in slopes], logits.shape))


@_exactly
def kl_divergence(p: np.ndarray, q: np.ndarray, *, given: str) -> Answer:
    """Return sum p log(p / q) of rows, and its gradient in logits of q."""
    values, slopes = [], []
    for a, b in zip(p, q, strict=True):
        log_p, log_q = (_logarithms(_decimals(x), given) for x in (a, b))
        share = [_exp(x) for x in log_p]
        rest = [x - y if s else _ZERO for s, x, y in zip(share, log_p, log_q, strict=True)]
        values.append(sum((_cost(s, x) for s, x in zip(share, rest, strict=True)), _ZERO))
        model = [_exp(x) for x in log_q]
        logits = given == "logits"
        slopes.append([y - x if logits else ANY for x, y in zip(share, model, strict=True)])
    return Answer(values, slopes)


def _logarithms(x: list[Decimal], given: str) -> list[Decimal]:
    if given == "logits":
        return _log_softmax(x)
    return x if given == "log_probs" else [_log(a) for a in x]


@_exactly
def entropy(logits: np.ndarray) -> Answer:
    """Return -sum p log p of the softmax of rows."""
    values, slopes = [], []
    for row in logits:
        z = _decimals(row)
        p, log_p = _softmax(z)[0], _log_softmax(z)
        value = -sum((_cost(a, b) for a, b in zip(p, log_p, strict=True)), _ZERO)
        values.append(value)
        slopes.append([-_cost(a, b + value) for a, b in zip(p, log_p, strict=True)])
    return Answer(values, slopes)


@_exactly
def log_loss(probs: np.ndarray, labels: np.ndarray) -> Answer:
    """Return -log of the label's probability, of rows of probabilities."""
    pairs = zip(probs, labels, strict=True)
    values = [-_log(Decimal(float(row[label]))) for row, label in pairs]
    return Answer(values, np.full(probs.shape, ANY))


@_exactly
def binary_log_loss(probs: np.ndarray, targets: np.ndarray) -> Answer:
    """Return -y log p - (1 - y) log(1 - p) of outcomes."""
    pairs = zip(_decimals(probs), _decimals(targets), strict=True)
    values = [_cost(y, -_log(p)) + _cost(1 - y, -_log(1 - p)) for p, y in pairs]
    return Answer(values, np.full(probs.shape, ANY))
