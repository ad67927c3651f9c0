r"""The kernels of the measures, written once for every array library.

All work on the last axis, in the precision they are given, and are safe to differentiate: each
branch of a `where` sees only arguments that it can handle, so no branch turns a gradient into NaN.

Two functions carry the digits of small divergences. With :math:`t = (q - p)/p` and
:math:`d = \log q - \log p`,

.. math:: p \log(p/q) - p + q = p\,\varphi(t) = p\,\psi(d),
   \qquad \varphi(t) = t - \log(1 + t), \qquad \psi(d) = e^d - 1 - d.

Both vanish quadratically at 0, where evaluating them as written cancels; there they are series.
"""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, one_hot

__all__ = [
    "cross_entropy",
    "excess",
    "jensen_shannon",
    "jensen_shannon_from_log_probs",
    "jensen_shannon_from_logits",
    "kl_from_log_probs",
    "kl_from_logits",
    "kl_from_probs",
    "log_softmax",
]

# Series are used for |t| and |d| up to 1/4. Beyond, cancellation costs at most 2 ulp / (1/4), a
# relative 2e-15; below, the first term left out is under 1e-17 of the result.
_SERIES = 0.25
_PHI = tuple(1 / (2 * k + 3) for k in range(10))
_PSI = tuple(1 / math.factorial(k + 2) for k in range(13))


def _horner(x: Array, coefficients: tuple[float, ...]) -> Array:
    total = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        total = total * x + c
    return total


def excess(xp: Any, p: Array, q: Array, difference: Array) -> Array:
    """Return p log(p/q) - p + q for each outcome, given also q - p as exactly as it is known."""
    empty = p == 0
    missing = (q == 0) & ~empty
    usual = ~(empty | missing)
    p_ = xp.where(usual, p, 1.0)
    q_ = xp.where(usual, q, 1.0)
    d_ = xp.where(usual, difference, 0.0)

    small = xp.abs(d_) <= _SERIES * p_
    t = xp.where(small, d_, 0.0) / p_
    s = t / (2.0 + t)  # log(1 + t) = 2 artanh s
    near = p_ * s * (t - 2.0 * s * s * _horner(s * s, _PHI))

    # A ratio keeps more digits than a difference of logarithms, but it can leave the range.
    info = xp.finfo(p.dtype)
    in_range = (q_ <= p_ * (float(info.max) / 4)) & (q_ >= p_ * (4 * float(info.smallest_normal)))
    bounded = in_range & ~small
    ratio = xp.where(bounded, q_, 1.0) / xp.where(bounded, p_, 1.0)
    apart = ~(bounded | small)
    log_ratio = xp.log(ratio) + (
        xp.log(xp.where(apart, q_, 1.0)) - xp.log(xp.where(apart, p_, 1.0))
    )
    far = d_ - p_ * log_ratio

    value = xp.where(small, near, far)
    # An outcome outside both supports is given gradient 0, like every exact zero.
    alone = xp.where(q == 0, 0.0, q)
    return xp.where(empty, alone, xp.where(missing, xp.inf, value))


def kl_from_probs(xp: Any, p: Array, q: Array) -> Array:
    """Return sum p log(p/q) - p + q over the last axis; an outcome with p = 0 contributes q."""
    return xp.sum(excess(xp, p, q, q - p), axis=-1)


def jensen_shannon(xp: Any, p: Array, q: Array, difference: Array | None = None) -> Array:
    """Return the mean KL divergence of p and q to their mixture; q - p if it is better known."""
    gap = q - p if difference is None else difference
    # Both sides doubled: half of the smallest number would be 0, and its outcome missing.
    both = p + q
    terms = excess(xp, 2.0 * p, both, gap) + excess(xp, 2.0 * q, both, -gap)
    return 0.25 * xp.sum(terms, axis=-1)


def jensen_shannon_from_log_probs(
    xp: Any, log_p: Array, log_q: Array, log_ratio: Array | None = None
) -> Array:
    """Return the same from logarithms, and from log q - log p if it is better known.

    With d = log q - log p the difference q - p is p expm1(d) = -q expm1(-d), which keeps the
    digits that two nearly equal exponentials have lost.
    """
    p, q = xp.exp(log_p), xp.exp(log_q)
    usual = (log_p != -xp.inf) & (log_q != -xp.inf)
    apart = xp.where(usual, log_q, 0.0) - xp.where(usual, log_p, 0.0)
    d = apart if log_ratio is None else log_ratio
    down = d <= 0.0
    less = p * xp.expm1(xp.where(down, d, 0.0))
    more = -q * xp.expm1(xp.where(down, 0.0, -d))
    return jensen_shannon(xp, p, q, xp.where(usual, xp.where(down, less, more), q - p))


def jensen_shannon_from_logits(xp: Any, a: Array, b: Array) -> Array:
    """Return the same from logits; where they nearly agree, from their differences."""
    log_p, log_q = log_softmax(xp, a), log_softmax(xp, b)
    usual = (a != -xp.inf) & (b != -xp.inf)
    p = xp.where(usual, xp.exp(log_p), 0.0)
    centred, _ = _centred_difference(xp, p, xp.where(usual, a, 0.0), xp.where(usual, b, 0.0))
    centred = xp.where(usual, centred, 0.0)
    same_support = (a == -xp.inf) == (b == -xp.inf)
    close = xp.all(same_support & (xp.abs(centred) <= 1.0), axis=-1, keepdims=True)
    # log q - log p = d - log sum p exp(d), and the latter is the mean of d plus D(p || q).
    divergence = xp.log1p(
        xp.sum(p * _psi(xp, xp.where(close, centred, 0.0)), axis=-1, keepdims=True)
    )
    apart = xp.where(usual, log_q, 0.0) - xp.where(usual, log_p, 0.0)
    return jensen_shannon_from_log_probs(
        xp, log_p, log_q, xp.where(close, centred - divergence, apart)
    )


def cross_entropy(xp: Any, p: Array, log_q: Array) -> Array:
    """Return -sum p log q over the last axis: 0 where p = 0, infinite where only q = 0.

    With q = p it is the entropy.
    """
    impossible = log_q == -xp.inf
    surprise = 0.0 - xp.where(impossible, 0.0, log_q)  # 0 - x, because -x could be -0
    terms = xp.where(p == 0, 0.0, xp.where(impossible, xp.inf, p * surprise))
    return xp.sum(terms, axis=-1)


def log_softmax(xp: Any, z: Array) -> Array:
    """Return z - log sum exp z over the last axis; the likeliest outcome keeps every digit.

    With k the likeliest outcome, log sum exp z = z_k + log1p(sum over j != k of exp(z_j - z_k)),
    so that a probability of almost 1 has an exact logarithm.
    """
    k = xp.argmax(z, axis=-1)
    top = one_hot(xp, k, z.shape[-1])
    relative = z - xp.sum(xp.where(top, z, 0.0), axis=-1, keepdims=True)
    rest = xp.sum(xp.where(top, 0.0, xp.exp(relative)), axis=-1, keepdims=True)
    return relative - xp.log1p(rest)


def _psi(xp: Any, d: Array) -> Array:
    """Return exp(d) - 1 - d, exactly even where it vanishes."""
    small = xp.abs(d) <= _SERIES
    near = xp.where(small, d, 0.0)
    far = xp.where(small, 0.0, d)
    return xp.where(small, near * near * _horner(near, _PSI), xp.expm1(far) - far)


def _centred_difference(xp: Any, p: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return b - a less its mean under p, and that mean.

    A common shift of one side, which means nothing to a softmax, may cost b - a its last digits:
    they are recovered (Knuth's two-sum), and what the mean has lost is subtracted a second time.
    """
    d = b - a
    back = d + a
    lost = (b - back) + ((back - d) - a)
    mean = xp.sum(p * d, axis=-1, keepdims=True)
    centred = (d - mean) + lost
    again = xp.sum(p * centred, axis=-1, keepdims=True)
    return centred - again, mean + again


def kl_from_log_probs(xp: Any, log_p: Array, log_q: Array) -> Array:
    """Return sum p log(p/q) - p + q over the last axis, from logarithms."""
    empty = log_p == -xp.inf
    missing = (log_q == -xp.inf) & ~empty
    q = xp.exp(log_q)
    usual = ~(empty | missing)
    log_p_ = xp.where(usual, log_p, 0.0)
    d = xp.where(usual, log_q, 0.0) - log_p_
    p = xp.exp(log_p_)
    # exp(d) may overflow where p underflows; there q - p - p d has nothing to cancel.
    far = d > 1.0
    value = xp.where(far, q - p - p * d, p * _psi(xp, xp.where(far, 0.0, d)))
    return xp.sum(xp.where(empty, q, xp.where(missing, xp.inf, value)), axis=-1)


def kl_from_logits(xp: Any, a: Array, b: Array) -> Array:
    r"""Return the KL divergence of softmax(a) from softmax(b), over the last axis.

    With d = b - a centred by its mean under p, D = log1p(sum p psi(d)): differences of logits
    are all that enters, so that two nearly equal networks keep their digits. Where exp(d) would
    overflow the same sum is taken as a log-sum-exp.
    """
    log_p = log_softmax(xp, a)
    p = xp.exp(log_p)
    empty = a == -xp.inf
    missing = (b == -xp.inf) & ~empty
    usual = ~(empty | missing)
    usual_p = xp.where(usual, p, 0.0)
    centred, mean = _centred_difference(
        xp, usual_p, xp.where(usual, a, 0.0), xp.where(usual, b, 0.0)
    )
    # log sum exp a, through any outcome: for an empty one exp(b - lse(a) - mean) is q/p's part.
    k = one_hot(xp, xp.argmax(a, axis=-1), a.shape[-1])
    lse = xp.sum(xp.where(k, a, 0.0) - xp.where(k, log_p, 0.0), axis=-1, keepdims=True)
    hidden = empty & (b != -xp.inf)
    centred = xp.where(usual, centred, 0.0)
    alone = xp.where(hidden, xp.where(hidden, b, 0.0) - lse - mean, -xp.inf)

    # log(p exp d) for each outcome. Only where that overflows is D itself beyond 600.
    log_terms = xp.where(usual, xp.where(usual, log_p, 0.0) + centred, alone)
    limit = 0.98 * math.log(float(xp.finfo(a.dtype).max))
    wild = xp.any(log_terms > limit, axis=-1, keepdims=True)
    far = ~wild & (centred > 1.0)  # p may underflow, and exp(d) overflow, where p exp(d) does not
    terms = xp.where(
        far,
        xp.exp(xp.where(far, log_terms, 0.0)) - usual_p - usual_p * centred,
        usual_p * _psi(xp, xp.where(far | wild, 0.0, centred)),
    )
    tame = xp.sum(xp.where(hidden, xp.exp(xp.where(wild, -xp.inf, alone)), terms), axis=-1)
    log_terms = xp.where(wild, log_terms, 0.0)
    top = one_hot(xp, xp.argmax(log_terms, axis=-1), a.shape[-1])
    shift = xp.sum(xp.where(top, log_terms, 0.0), axis=-1, keepdims=True)
    wide = shift[..., 0] + xp.log(xp.sum(xp.exp(log_terms - shift), axis=-1))
    value = xp.where(wild[..., 0], wide, xp.log1p(tame))
    return xp.where(xp.any(missing, axis=-1), xp.inf, value)
