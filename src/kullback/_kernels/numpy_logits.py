"""The kernels of `numpy` that start from logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._kernels import generic
from kullback._kernels.blocks import Work, over_rows, smallest_of

__all__ = ["entropy_from_logits", "kl_from_logits"]

# exp of less is 0; of more it may overflow, or be what makes something of nearly nothing.
_LOWEST = -750.0
_HIGHEST = 30.0
# The series of psi, as in `generic`.
_SERIES = 0.5


def _softmax(work: Work, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return z - max z, its exponential, what that adds up to, and where the maximum is.

    The exponential of the likeliest outcome, which is 1, is put as 0: beside it, small ones would
    be lost.
    """
    place = np.argmax(z, axis=-1)[:, None]
    top = np.take_along_axis(z, place, axis=-1)
    relative, weights = work.like("relative", z), work.like("weights", z)
    lost = work.like("lost", z)
    np.subtract(z, top, out=relative)
    # The digits that the difference has lost (two-sum) return to the exponential.
    np.subtract(relative, z, out=lost)
    np.subtract(relative, lost, out=weights)
    np.subtract(z, weights, out=weights)
    lost += top
    np.subtract(weights, lost, out=lost)
    np.copyto(lost, 0.0, where=relative < _LOWEST)
    lost += 1.0
    np.exp(np.maximum(relative, _LOWEST, out=relative), out=weights)
    weights *= lost
    np.put_along_axis(weights, place, 0.0, axis=-1)
    return relative, weights, np.add.reduce(weights, axis=-1), place


def _entropy(work: Work, z: np.ndarray, *, out: np.ndarray) -> None:
    relative, weights, rest, _ = _softmax(work, work.wide("z", z))
    relative *= weights
    out[0] = np.log1p(rest) - np.add.reduce(relative, axis=-1) / (1.0 + rest)


def entropy_from_logits(xp: Any, z: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the entropy of softmax(z), over the last axis."""
    return over_rows(_entropy, z)


def _kl(work: Work, a: np.ndarray, b: np.ndarray, *, out: np.ndarray) -> None:
    a, b = work.wide("a", a), work.wide("b", b)
    _, p, rest, place = _softmax(work, a)
    np.put_along_axis(p, place, 1.0, axis=-1)
    p /= (1.0 + rest)[:, None]

    # b - a less its mean, with the digits that a common shift of one side has cost (two-sum).
    lost, spare = work.like("lost", a), work.like("spare", a)
    d = np.subtract(b, a, out=work.like("relative", a))
    back = np.add(d, a, out=spare)
    np.subtract(b, back, out=lost)
    back -= d
    back -= a
    lost += back
    if smallest_of(a) == -np.inf:  # an outcome that neither allows
        masked = (a == -np.inf) & (b == -np.inf)
        d[masked] = lost[masked] = 0.0
    d -= np.add.reduce(np.multiply(p, d, out=spare), axis=-1, keepdims=True)
    d += lost
    d -= np.add.reduce(np.multiply(p, d, out=spare), axis=-1, keepdims=True)

    far = np.abs(d, out=spare) > _SERIES
    terms = np.multiply(d, generic.PSI[-1], out=lost)
    for c in generic.PSI[-2:0:-1]:
        terms += c
        terms *= d
    terms += generic.PSI[0]
    terms *= d
    terms *= d
    if far.any():
        np.copyto(terms, np.subtract(np.expm1(d, out=spare), d, out=spare), where=far)
    terms *= p
    out[0] = np.log1p(np.add.reduce(terms, axis=-1))

    # Where only one side has a mask the differences are no numbers.
    odd = ~(np.maximum.reduce(d, axis=-1) <= _HIGHEST)
    if odd.any():
        out[0, odd] = generic.kl_from_logits(np, a[odd], b[odd])


def kl_from_logits(xp: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the KL divergence of softmax(a) from softmax(b), over the last axis."""
    return over_rows(_kl, a, b)
