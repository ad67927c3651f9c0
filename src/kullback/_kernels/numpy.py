r"""The kernels again for NumPy's arrays: in blocks that fit the cache, on every core.

Signatures and results are those of `generic`, but arrays come as they were given: a block is
widened when its turn comes, so that nothing of the input's size is made. Those that take
probabilities check in the same pass that they are some.

A divergence is first summed as it is written. That is exact enough where it is large against the
rounding of its terms; only rows where it is not are summed again, by the series of `generic`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kullback._array import sum_tolerance
from kullback._kernels import generic
from kullback._kernels.blocks import Work, mapped, smallest_of, sums
from kullback._kernels.numpy_logits import entropy_from_logits, kl_from_logits

__all__ = [
    "NotProbabilitiesError",
    "check_sign",
    "check_total",
    "cross_entropy_from_probs",
    "entropy_from_logits",
    "entropy_from_probs",
    "jensen_shannon",
    "kl_from_log_probs",
    "kl_from_logits",
    "kl_from_probs",
]

# BLAS adds 32 numbers side by side. In longer rows its rounding would grow: NumPy adds pairwise.
_BLAS = 512
# In shorter rows the start of each dot product costs more than a pass over the products.
_SHORT = 64
# Of fewer rows each may be started by itself.
_FEW = 4
# Where both are above, their ratio is far from leaving the range of normal numbers.
_TINY = 1e-290
_SMALLEST = 5e-324
# Keeps products of the smallest probabilities among the normal numbers.
_SCALE = 2.0**256
# As written, p log(p/q) - p + q is off by few eps of p + q: above this share of them that is fine.
_LARGE = 0.125
_LARGE_JS = 1 / 64
# The series of `generic.excess` ends at s = 1/5, whose square needs 11 terms.
_SERIES = 0.04


class NotProbabilitiesError(Exception):
    """A number is negative or NaN, or a sum is not 1: who calls finds out where, and says so."""


def check_sign(*smallest: float) -> None:
    """Refuse a table whose smallest number is negative or NaN."""
    if not all(x >= 0.0 for x in smallest):
        raise NotProbabilitiesError


def check_total(total: np.ndarray, given: np.ndarray) -> None:
    """Refuse a table whose rows do not add up to 1."""
    if total.size == 0:
        return
    if total.ndim == 0:
        low = high = float(total)
    else:
        low, high = np.minimum.reduce(total, axis=None), np.maximum.reduce(total, axis=None)
    tolerance = sum_tolerance(given)
    if not (low >= 1.0 - tolerance and high <= 1.0 + tolerance):
        raise NotProbabilitiesError


def _add(work: Work, a: np.ndarray, out: np.ndarray) -> None:
    """Add up each row."""
    rows, k = a.shape
    if k <= _BLAS and rows > _FEW:
        np.matmul(a, work.ones(k), out=out)
    else:
        np.add.reduce(a, axis=-1, out=out)


def _dot(work: Work, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """Add up a times b for each row."""
    rows, k = a.shape
    if k <= _BLAS and (k >= _SHORT or rows <= _FEW):
        np.vecdot(a, b, out=out)
    else:
        _add(work, np.multiply(a, b, out=work.like("product", a)), out)


def _log(x: np.ndarray, smallest: float, out: np.ndarray) -> np.ndarray:
    """Return log x, and a finite number where x is 0."""
    return np.log(x if smallest > 0.0 else np.maximum(x, _SMALLEST, out=out), out=out)


def _entropy(work: Work, p: np.ndarray, *, out: np.ndarray) -> None:
    p, logs = work.wide("p", p), work.like("log", p)
    if not work.zeros:
        _dot(work, p, np.log(p, out=logs), out[0])
        # NaN where p is 0, or is no probability: then this block is done again, with care.
        work.zeros = not math.isfinite(np.add.reduce(out[0]))
    if work.zeros:
        smallest = smallest_of(p)
        check_sign(smallest)
        work.zeros = smallest == 0.0
        _dot(work, p, _log(p, smallest, logs), out[0])
    _add(work, p, out[1])


def entropy_from_probs(xp: Any, p: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return -sum p log p over the last axis."""
    value, total = sums(_entropy, 2, p)
    check_total(total, p)
    return 0.0 - value


def _cross_entropy(work: Work, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> None:
    p, q = work.wide("p", p), work.wide("q", q)
    least = smallest_of(q)
    check_sign(smallest_of(p), least)
    _dot(work, p, _log(q, least, work.like("log", p)), out[0])
    if least == 0.0:
        out[0, np.any((q == 0.0) & (p > 0.0), axis=-1)] = -np.inf
    _add(work, p, out[1])
    _add(work, q, out[2])


def cross_entropy_from_probs(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return -sum p log q over the last axis."""
    value, total, other = sums(_cross_entropy, 3, p, q)
    check_total(total, p)
    check_total(other, q)
    return 0.0 - value


def _kl(work: Work, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> None:
    p, q = work.wide("p", p), work.wide("q", q)
    value, total, other = out
    if work.near and _kl_near(work, p, q, out=out):
        return
    least = smallest_of(q)
    smallest = min(smallest_of(p), least)
    check_sign(smallest)
    log_ratio = work.like("u", p)
    if smallest >= _TINY:
        np.log(np.divide(p, q, out=log_ratio), out=log_ratio)
    else:
        _log(p, 0.0, log_ratio)
        log_ratio -= _log(q, 0.0, work.like("d", p))
    _dot(work, p, log_ratio, value)
    _add(work, p, total)
    _add(work, q, other)
    value += other - total
    if least == 0.0:
        value[np.any((q == 0.0) & (p > 0.0), axis=-1)] = np.inf
    again = ~(value >= _LARGE * (total + other))
    work.near = bool(again.all())
    _again(again, partial(_excess, work, smallest < _TINY), value, p, q)


def _kl_near(work: Work, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> bool:
    """Begin with the series, as every row of the last block ended there; tell if that was right.

    It is the same sum that comes second otherwise, so that the order of blocks changes no digit.
    """
    value, total, other = out
    d, s, u, largest, least = _shares(work, p, q)
    # So p and q are at least 2/5 of their sum.
    if not (largest <= _SERIES and least >= 2.5 * _TINY):
        return False
    _add_series(work, p, d, s, u, largest, value)
    _add(work, p, total)
    _add(work, q, other)
    # With room for the rounding of the sum as it is written.
    return bool((value < 0.999 * _LARGE * (total + other)).all())


def _again(
    rows: np.ndarray, task: Callable[..., None], out: np.ndarray, *tables: np.ndarray
) -> None:
    """Sum some rows of a block again."""
    if rows.all():
        task(*tables, out=out)
    elif rows.any():
        exact = np.empty(np.count_nonzero(rows))
        task(*(table[rows] for table in tables), out=exact)
        out[rows] = exact


def _excess(
    work: Work,
    tiny: bool,
    p: np.ndarray,
    q: np.ndarray,
    d: np.ndarray | None = None,
    *,
    out: np.ndarray,
) -> None:
    """Add up `generic.excess` for each row, in buffers; `tiny` says that it has to be looked for.

    With s = (q - p)/(q + p) a term is s (q - p - 2 p s^2 (1/3 + s^2/5 + s^4/7 + ...)), for as
    many terms as the largest s needs.
    """
    if tiny:
        p = np.multiply(p, _SCALE, out=work.like("scaled p", p))
        q = np.multiply(q, _SCALE, out=work.like("scaled q", q))
        d = d if d is None else np.multiply(d, _SCALE, out=work.like("d", p))
    d, s, u, largest, _ = _shares(work, p, q, d)
    if largest <= _SERIES and not tiny:
        _add_series(work, p, d, s, u, largest, out)
        return
    terms = _series(u, _SERIES, work.like("terms", p))
    terms *= p
    terms += d
    terms *= s
    far = ~(u <= _SERIES)
    empty = p == 0.0
    far &= ~empty
    apart = np.divide(p, q, out=u)
    np.log(apart, out=apart)
    apart *= p
    apart += d
    np.copyto(terms, apart, where=far)
    np.copyto(terms, q, where=empty)
    if tiny:
        beyond = p > 1e300 * q  # and so the ratio may be
        terms[beyond] = generic.excess(np, p[beyond], q[beyond], d[beyond])
    _add(work, terms, out)
    out /= _SCALE if tiny else 1.0


def _shares(
    work: Work, p: np.ndarray, q: np.ndarray, d: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Return q - p, its share s of p + q, s^2, the largest of these and the smallest p + q.

    The largest is NaN if some p = q = 0.
    """
    d = np.subtract(q, p, out=work.like("d", p)) if d is None else d
    s = np.add(p, q, out=work.like("s", p))
    least = smallest_of(s)
    np.divide(d, s, out=s)
    u = np.multiply(s, s, out=work.like("u", p))
    return d, s, u, float(np.maximum.reduce(u, axis=None)), least


def _add_series(
    work: Work,
    p: np.ndarray,
    d: np.ndarray,
    s: np.ndarray,
    u: np.ndarray,
    largest: float,
    out: np.ndarray,
) -> None:
    """Add up s d - 2 p s^3 (1/3 + ...) for each row."""
    lead = np.empty_like(out)
    _dot(work, d, s, lead)
    terms = _series(u, largest, work.like("d", p))  # where d may have been
    terms *= s
    _dot(work, p, terms, out)
    out += lead


def _series(u: np.ndarray, largest: float, out: np.ndarray) -> np.ndarray:
    """Return -2 u (1/3 + u/5 + u^2/7 + ...)."""
    *lower, highest = (-2.0 * c for c in generic.PHI[: _terms(largest)])
    terms = np.multiply(u, highest, out=out)
    for c in lower[::-1]:
        terms += c
        terms *= u
    return terms


def _terms(u: float) -> int:
    """Return how many terms of the series count beside what it is added to, 1/s times as large."""
    return 1 if u == 0.0 else max(1, math.ceil(-53.0 * math.log(2.0) / math.log(u) - 0.5))


def kl_from_probs(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return sum p log(p/q) - p + q over the last axis; an outcome with p = 0 contributes q."""
    value, total, other = sums(_kl, 3, p, q)
    check_total(total, p)
    check_total(other, q)
    return value


def _js(work: Work, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> None:
    p, q = work.wide("p", p), work.wide("q", q)
    smallest = min(smallest_of(p), smallest_of(q))
    check_sign(smallest)
    value, total, other = out
    both = np.add(p, q, out=work.like("both", p))
    if smallest == 0.0:
        np.maximum(both, _SMALLEST, out=both)
    logs = work.like("log", p)
    for x, column in ((p, total), (q, other)):
        np.divide(x, both, out=logs)
        logs *= 2.0
        _dot(work, x, _log(logs, smallest, logs), column)
    np.add(total, other, out=value)
    value *= 0.5
    _add(work, p, total)
    _add(work, q, other)
    again = partial(_js_again, work, smallest < _TINY)
    _again(~(value >= _LARGE_JS * (total + other)), again, value, p, q)


def _js_again(work: Work, tiny: bool, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> None:
    """Add up the divergences from the mixture, all doubled: half of the smallest would be 0."""
    both = np.add(p, q, out=work.like("both", p))
    gap = np.subtract(q, p, out=work.like("gap", p))
    double = work.like("log", p)
    _excess(work, tiny, np.multiply(p, 2.0, out=double), both, gap, out=out)
    other = np.empty(len(out))
    np.negative(gap, out=gap)
    _excess(work, tiny, np.multiply(q, 2.0, out=double), both, gap, out=other)
    out += other
    out *= 0.25


def jensen_shannon(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the mean KL divergence of p and q to their mixture."""
    value, total, other = sums(_js, 3, p, q)
    check_total(total, p)
    check_total(other, q)
    return value


def kl_from_log_probs(xp: Any, log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return sum p log(p/q) - p + q over the last axis, from logarithms."""
    return mapped(generic.kl_from_log_probs, log_p, log_q)
