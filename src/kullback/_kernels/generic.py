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
from typing import Any, NamedTuple

from kullback._array import Array, one_hot, safe_log
from kullback._kernels.compensated import total, two_sum

__all__ = [
    "PHI",
    "PSI",
    "Comparison",
    "comparison",
    "cross_entropy",
    "cross_entropy_from_probs",
    "difference_from_logs",
    "entropy_from_logits",
    "entropy_from_probs",
    "excess",
    "exp_remainder",
    "jensen_shannon",
    "jensen_shannon_from_log_probs",
    "jensen_shannon_from_logits",
    "kl_from_log_probs",
    "kl_from_logits",
    "kl_from_probs",
    "log_softmax",
    "softmax",
    "softmaxes",
]

# The errors of the series and of what follows them, and why they meet here: docs/digits.md.
_SERIES_S = 0.2  # phi is a series while |q - p| <= (p + q)/5
_SERIES_D = 0.5  # psi is a series while |log q - log p| <= 1/2
PHI = tuple(1 / (2 * k + 3) for k in range(11))
PSI = tuple(1 / math.factorial(k + 2) for k in range(15))


def _horner(x: Array, coefficients: tuple[float, ...]) -> Array:
    value = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        value = value * x + c
    return value


def excess(xp: Any, p: Array, q: Array, difference: Array) -> Array:
    """Return p log(p/q) - p + q for each outcome, given also q - p as exactly as it is known."""
    empty = p == 0
    missing = (q == 0) & ~empty
    usual = ~(empty | missing)
    p_ = xp.where(usual, p, 1.0)
    q_ = xp.where(usual, q, 1.0)
    d_ = xp.where(usual, difference, 0.0)

    largest = _power(xp, p, 5)
    # Only quotients count here. Their derivatives square what they are divided by.
    one = xp.ones_like(p_)
    lift = xp.where(xp.maximum(p_, q_) < 1.0 / largest, largest**3 * one, one)
    p_high, q_high, d_high = p_ * lift, q_ * lift, d_ * lift
    half = 0.5 * p_high + 0.5 * q_high  # the sum may be beyond the largest float
    small = xp.abs(d_high) <= 2.0 * _SERIES_S * half
    d_small = xp.where(small, d_high, 0.0)
    t = d_small / xp.where(small, p_high, 1.0)
    s = 0.5 * d_small / xp.where(small, half, 1.0)  # t/(2 + t), and log(1 + t) = 2 artanh s
    near = p_ * s * (t - 2.0 * s * s * _horner(s * s, PHI))

    # A ratio keeps more digits than a difference of logarithms. But it can leave the range, and
    # its derivative does so long before.
    in_range = (q_ / largest <= p_) & (p_ / largest <= q_)
    bounded = in_range & ~small
    ratio = xp.where(bounded, q_high, 1.0) / xp.where(bounded, p_high, 1.0)
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
    scale = _power(xp, p, 4)
    p, q = scale * p, scale * q
    return total(xp, excess(xp, p, q, q - p)) / scale


def _power(xp: Any, p: Array, root: int) -> float:
    """Return a power of 2 near that root of the largest number.

    Times the 4th root, products of probabilities stay among the normal floats: below those, digits
    are lost; half of the smallest number is 0, and so is all in some libraries.
    """
    return 2.0 ** (math.log2(float(xp.finfo(p.dtype).max)) // root)


def jensen_shannon(
    xp: Any,
    p: Array,
    q: Array,
    difference: Array | None = None,
    *,
    weight: float = 0.5,
    skew: float | None = None,
    rooted: bool = False,
) -> Array:
    """Return weight times D(p || m) and 1 - weight times D(q || m'); q - p if it is better known.

    m = m' = weight p + (1 - weight) q, or each side has a share `skew` of the other in its own.
    With `rooted` it is the square root, which is in range where the divergence is not; at 0 it
    has a kink, and gradient 0.
    """
    p, q = xp.where(p == 0, 0.0, p), xp.where(q == 0, 0.0, q)  # an exact zero has gradient 0
    gap = q - p if difference is None else difference
    other = 1.0 - weight
    mixtures = ((weight, other), (other, weight)) if skew is None else ((1.0 - skew, skew),) * 2
    scale = _power(xp, p, 4)
    p, q, gap = scale * p, scale * q, scale * gap
    sides = ((weight, p, q, gap, mixtures[0]), (other, q, p, -gap, mixtures[1]))
    # A side of weight 0 is left out: it may be infinite, and in the limit it is nothing.
    terms = [part * _to_mixture(xp, a, b, d, shares) for part, a, b, d, shares in sides if part]
    value = total(xp, sum(terms[1:], terms[0]))
    if not rooted:
        return value / scale
    same = value == 0
    return xp.where(same, 0.0, xp.sqrt(xp.where(same, 1.0, value)) / math.sqrt(scale))


def _to_mixture(
    xp: Any, p: Array, q: Array, difference: Array, shares: tuple[float, float]
) -> Array:
    """Return p log(p/m) - p + m for each outcome, where m has these shares of p and of q."""
    own, other = shares
    mixture = own * p + other * q
    if own > 0:  # the product may still be too small for the type
        smallest = float(xp.finfo(p.dtype).smallest_normal)
        mixture = xp.where((mixture == 0) & (p > 0), smallest, mixture)
    return excess(xp, p, mixture, other * difference)


def jensen_shannon_from_log_probs(
    xp: Any,
    log_p: Array,
    log_q: Array,
    *,
    weight: float = 0.5,
    skew: float | None = None,
    rooted: bool = False,
) -> Array:
    """Return the same from logarithms."""
    usual = (log_p != -xp.inf) & (log_q != -xp.inf)
    d = xp.where(usual, log_q, 0.0) - xp.where(usual, log_p, 0.0)
    p, q = xp.exp(log_p), xp.exp(log_q)
    gap = xp.where(usual, difference_from_logs(xp, p, q, d), q - p)
    return jensen_shannon(xp, p, q, gap, weight=weight, skew=skew, rooted=rooted)


def difference_from_logs(xp: Any, p: Array, q: Array, d: Array) -> Array:
    """Return q - p, given log q - log p, with the digits that two exponentials have lost."""
    down = d <= 0.0
    less = p * xp.expm1(xp.where(down, d, 0.0))
    more = -q * xp.expm1(xp.where(down, 0.0, -d))
    return xp.where(down, less, more)


def jensen_shannon_from_logits(
    xp: Any,
    a: Array,
    b: Array,
    *,
    weight: float = 0.5,
    skew: float | None = None,
    rooted: bool = False,
) -> Array:
    """Return the same from logits."""
    two = comparison(xp, a, b)
    d = xp.where(two.apart, two.plain_log_ratio, two.centred - two.shift[..., None])
    gap = xp.where(two.common, difference_from_logs(xp, two.p, two.q, d), two.q - two.p)
    return jensen_shannon(xp, two.p, two.q, gap, weight=weight, skew=skew, rooted=rooted)


def cross_entropy(xp: Any, p: Array, log_q: Array) -> Array:
    """Return -sum p log q over the last axis: 0 where p = 0, infinite where only q = 0.

    With q = p it is the entropy.
    """
    impossible = log_q == -xp.inf
    surprise = 0.0 - xp.where(impossible, 0.0, log_q)  # 0 - x, because -x could be -0
    terms = xp.where(p == 0, 0.0, xp.where(impossible, xp.inf, p * surprise))
    return total(xp, terms)


def entropy_from_probs(xp: Any, p: Array) -> Array:
    """Return -sum p log p over the last axis."""
    return cross_entropy(xp, p, safe_log(xp, p))


def cross_entropy_from_probs(xp: Any, p: Array, q: Array) -> Array:
    """Return -sum p log q over the last axis."""
    return cross_entropy(xp, p, safe_log(xp, q))


def entropy_from_logits(xp: Any, z: Array) -> Array:
    """Return the entropy of softmax(z), over the last axis."""
    return cross_entropy(xp, *softmaxes(xp, z))


def _exponentials(xp: Any, z: Array) -> tuple[Array, Array, Array]:
    """Return z - z_k, its exponential, and what the latter adds up to beside that of k.

    k is the likeliest outcome. The digits that z - z_k has lost return to its exponential.
    """
    masked = z == -xp.inf
    top = one_hot(xp, xp.argmax(z, axis=-1), z.shape[-1])
    z_k = xp.sum(xp.where(top & ~masked, z, 0.0), axis=-1, keepdims=True)
    relative, lost = two_sum(xp.where(masked, z_k, z), -z_k)
    # k itself has no slope here: 1 - 1 would cost its gradient the digits of a small rest.
    relative = xp.where(top & (relative == 0.0), 0.0, relative)
    if z.dtype == xp.float64:
        scale, scaled = 1.0, xp.exp(relative)
    else:  # what is small is taken exp(32) times as large, so that many can add up to exp(-87)
        scale, deep = math.exp(32.0), relative < -32.0
        scaled = xp.exp(xp.where(deep, relative + 32.0, relative))
        scaled = xp.where(deep, scaled, scaled * scale)
    scaled = xp.where(masked, 0.0, scaled * (1.0 + lost))
    rest = total(xp, xp.where(top, 0.0, scaled))[..., None]
    return xp.where(masked, -xp.inf, relative), scaled / scale, rest / scale


def softmaxes(xp: Any, z: Array) -> tuple[Array, Array]:
    """Return softmax(z), more exactly than as an exponential, and its logarithm."""
    relative, weights, rest = _exponentials(xp, z)
    return weights / (1.0 + rest), relative - xp.log1p(rest)


def log_softmax(xp: Any, z: Array) -> Array:
    """Return z - log sum exp z over the last axis; the likeliest outcome keeps every digit.

    With k the likeliest outcome, log sum exp z = z_k + log1p(sum over j != k of exp(z_j - z_k)),
    so that a probability of almost 1 has an exact logarithm.
    """
    return softmaxes(xp, z)[1]


def softmax(xp: Any, z: Array) -> Array:
    """Return exp z / sum exp z over the last axis."""
    return softmaxes(xp, z)[0]


def exp_remainder(xp: Any, d: Array) -> Array:
    """Return exp(d) - 1 - d, exactly even where it vanishes."""
    small = xp.abs(d) <= _SERIES_D
    near = xp.where(small, d, 0.0)
    far = xp.where(small, 0.0, d)
    return xp.where(small, near * near * _horner(near, PSI), xp.expm1(far) - far)


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
    value = xp.where(far, q - p - p * d, p * exp_remainder(xp, xp.where(far, 0.0, d)))
    return total(xp, xp.where(empty, q, xp.where(missing, xp.inf, value)))


class Comparison(NamedTuple):
    """What the divergences between two softmaxes are made of."""

    p: Array
    q: Array
    common: Array  # outcomes that both allow
    centred: Array  # b - a less its mean under p, over the common outcomes
    shift: Array  # log p - log q = shift - centred; one number per row, like the next
    apart: Array  # rows in which the shift is not small, and not known
    plain_log_ratio: Array  # log q - log p as it is written, good enough for those


def comparison(xp: Any, a: Array, b: Array) -> Comparison:
    r"""Compare softmax(a) with softmax(b) by the differences of their logits.

    With d = b - a centred by its mean under p, log p - log q = D - d for one number D, the
    divergence. As p exp(d) = q exp(D), a row of outcomes that are near (d at most 2) or far has

    .. math:: (e^D - 1) \sum_{near} q = \sum_{near} p\,\psi(d) + \sum_{far} q - p - p d

    where nothing cancels and no exponential overflows. An outcome that only one side allows adds
    q - p. Where most of q is far, or most of p is impossible for q, no such care is needed.
    """
    (p, log_p), (q, log_q) = softmaxes(xp, a), softmaxes(xp, b)
    common = (a != -xp.inf) & (b != -xp.inf)
    a, b = xp.where(common, a, 0.0), xp.where(common, b, 0.0)
    common_p = xp.where(common, p, 0.0)
    common_sum = total(xp, common_p)
    weight = xp.where(common_sum == 0, 1.0, common_sum)[..., None]
    # A common shift of one side means nothing to a softmax, but costs b - a and its mean their
    # last digits: they are added again.
    d, lost = two_sum(b, -a)
    centred = (d - total(xp, common_p * d)[..., None] / weight) + lost
    centred = centred - total(xp, common_p * centred)[..., None] / weight
    centred = xp.where(common, centred, 0.0)

    far = centred > 2.0
    near_q = total(xp, xp.where(common & ~far, q, 0.0))
    apart = (near_q < 0.5) | (common_sum < 0.5)
    beyond = q - p - xp.where(far, common_p * centred, 0.0)
    terms = xp.where(
        common & ~far, common_p * exp_remainder(xp, xp.where(far, 0.0, centred)), beyond
    )
    shift = xp.log1p(xp.where(apart, 0.0, total(xp, terms)) / xp.where(apart, 1.0, near_q))
    log_ratio = xp.where(common, log_q, 0.0) - xp.where(common, log_p, 0.0)
    return Comparison(p, q, common, centred, shift, apart[..., None], log_ratio)


def kl_from_logits(xp: Any, a: Array, b: Array) -> Array:
    """Return the KL divergence of softmax(a) from softmax(b), over the last axis."""
    two = comparison(xp, a, b)
    plain = total(xp, xp.where(two.common, -two.p * two.plain_log_ratio, 0.0))
    missing = xp.any((b == -xp.inf) & (a != -xp.inf), axis=-1)
    return xp.where(missing, xp.inf, xp.where(two.apart[..., 0], plain, two.shift))
