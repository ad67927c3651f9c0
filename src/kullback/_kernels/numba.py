r"""The kernels of `numpy` once more, compiled: what the extra `fast` is for.

Here every term is computed in its exact form at once, and hardly a row is done twice. The compiler
takes several outcomes at a time, because nothing branches, not even a logarithm: with 2^k the
power of 2 that is near x,

.. math:: \log x = k \log 2 + 2 \operatorname{artanh} s, \qquad
   s = \frac{x - 2^k}{x + 2^k}, \qquad |s| \le \tfrac15.

The logarithm of a ratio q/p needs no second division: :math:`p\,2^k` stands for :math:`2^k`, and
the difference of the numbers' bits tells k.

The functions before `_compiled` are written for the compiler. It is loaded when a kernel is first
needed, and what it has made is kept on disk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from kullback._kernels import generic
from kullback._kernels.blocks import Work, mapped, smallest_of, sums
from kullback._kernels.numpy import check_sign, check_total

__all__ = [
    "cross_entropy_from_probs",
    "entropy_from_logits",
    "entropy_from_probs",
    "jensen_shannon",
    "kl_from_log_probs",
    "kl_from_logits",
    "kl_from_probs",
]

# Every measure is homogeneous: times this, even the smallest number is a normal one.
_SCALE_BITS = 54.0
_SCALE = 2.0**_SCALE_BITS
# As many terms as stay in the first cache until they are added up.
_PIECE = 1024

# A float64 has its exponent above 52 bits of mantissa. An integer below 2^52 that is put under the
# exponent of 2^52 is that float plus the integer: the fastest way from one to the other.
_MANTISSA = np.uint64(52)
_EXPONENT = np.uint64(0xFFF << 52)
_HALF = np.uint64(1 << 51)
_ABOVE = np.uint64(1 << 63)  # makes every exponent positive
_FLOAT = np.uint64(0x433 << 52)
_FLOAT_ABOVE = 2.0**52 + 2.0**11
_ROUND = 1.5 * 2.0**52  # added, it leaves the nearest integer in the lowest bits
_BIAS = np.uint64(1023)
_SCALED_BIAS = np.uint64(1023 + int(_SCALE_BITS))
_SIGN = np.uint64(63)
_TWO_THIRDS = np.float64(2 / 3).view(np.uint64)

_LN2 = math.log(2.0)
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # times an exponent it is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_LOWEST = -745.2  # exp of less is 0
_NOTHING = -64.0  # exp of less is nothing beside 1
_HIGHEST = 710.0  # exp of more is infinite
_FAINT = 2.0**-960  # weights below may have lost digits

# (artanh(s) - s)/s^3 by u = s^2 up to 0.04, and (exp(f) - 1 - f)/f^2 for |f| up to log(2)/2: the
# polynomials that are right at the Chebyshev points, elsewhere to 2e-17 and 3e-18.
_ARTANH = (
    0.3333333333333333,
    0.2000000000000397,
    0.14285714283637968,
    0.11111111524175794,
    0.09090868813151469,
    0.07694433902806859,
    0.06604854121029731,
    0.06804515131429249,
)
_EXP = (
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.00833333333332612,
    0.0013888888888883737,
    0.00019841269874873975,
    2.480158732558584e-05,
    2.755725533255441e-06,
    2.7557273594799413e-07,
    2.510524515390137e-08,
    2.0914707069612355e-09,
)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    value = coefficients[-1]
    for i in range(len(coefficients) - 2, -1, -1):
        value = value * x + coefficients[i]
    return value


def _exponent(bits: Any) -> Any:
    """Return as a float the exponent, perhaps negative, that stands above the mantissa."""
    return np.uint64((bits + _ABOVE) >> _MANTISSA | _FLOAT).view(np.float64) - _FLOAT_ABOVE


def _log(x: Any) -> Any:
    """Return log(x / _SCALE) to the last digit for normal x, and a finite number for 0."""
    bits = np.float64(x).view(np.uint64)
    power = (bits - _TWO_THIRDS) & _EXPONENT
    f = np.uint64(bits - power).view(np.float64) - 1.0  # exact, and 2 s = f - s f
    k = _exponent(power) - _SCALE_BITS
    s = f / (2.0 + f)
    u = s * s
    return k * _LN2_HIGH + (f - (s * (f - 2.0 * u * _polynomial(u, _ARTANH)) - k * _LN2_LOW))


def _surprise(p: Any, q: Any) -> Any:
    """Return p log q, scaled."""
    p, q = _SCALE * p, _SCALE * q
    return p * _log(q) if q > 0.0 else (-np.inf if p > 0.0 else 0.0)


def _excess(p: Any, q: Any, d: Any) -> Any:
    """Return p log(p/q) - p + q, given also d = q - p as exactly as it is known.

    Where k = 0 this is s (d - 2 p s^2 (...)), in which nothing cancels. p = 0 leaves d.
    """
    p_bits = np.float64(p).view(np.uint64)
    power = np.float64(q).view(np.uint64) - p_bits + _HALF
    shifted = np.uint64(p_bits + (power & _EXPONENT)).view(np.float64)
    k = _exponent(power)
    close = k == 0.0
    s = (d if close else q - shifted) / (q + shifted)
    u = s * s
    first = s * d if close else d - p * (k * _LN2 + 2.0 * s)
    value = first - p * (2.0 * s * u * _polynomial(u, _ARTANH))
    return value if q > 0.0 else (np.inf if p > 0.0 else 0.0)


def _divergence(p: Any, q: Any) -> Any:
    """Return a term of the KL divergence, scaled."""
    p, q = _SCALE * p, _SCALE * q
    return _excess(p, q, q - p)


def _mixed(p: Any, q: Any) -> Any:
    """Return a term of the Jensen-Shannon divergence, scaled."""
    p, q = _SCALE * p, _SCALE * q
    both, gap = p + q, q - p
    return 0.25 * (_excess(2.0 * p, both, gap) + _excess(2.0 * q, both, -gap))


def _exp_parts(x: Any, low: Any) -> Any:
    """Return n and f with exp(x + low) = 2^n exp(f), and n as it stands in the lowest bits."""
    shifted = x * (1.0 / _LN2) + _ROUND
    n = shifted - _ROUND
    return n, ((x - n * _LN2_HIGH) - n * _LN2_LOW) + low, np.float64(shifted).view(np.uint64)


def _exp(x: Any, low: Any) -> Any:
    """Return exp(x + low), scaled, for x that is hardly positive and low that is tiny."""
    _, f, n = _exp_parts(x, low)
    power = np.uint64((n + _SCALED_BIAS) << _MANTISSA).view(np.float64)
    return power * (1.0 + (f + f * f * _polynomial(f, _EXP))) if x > _LOWEST else 0.0


def _psi(x: Any, low: Any) -> Any:
    """Return exp(d) - 1 - d for d = x + low; it is not finite where that overflows."""
    n, f, bits = _exp_parts(min(max(x, _NOTHING), _HIGHEST), low)
    power = np.uint64((bits + _BIAS) << _MANTISSA).view(np.float64)
    tail = f * f * _polynomial(f, _EXP)
    return tail if n == 0.0 else (power - 1.0 - x) + (power * (f + tail) - low)


def _log_divergence(log_p: Any, log_q: Any) -> Any:
    """Return a term of the KL divergence from logarithms, scaled."""
    p, q, d = _exp(log_p, 0.0), _exp(log_q, 0.0), np.float64(log_q) - log_p
    value = p * _psi(d, 0.0) if d <= 1.0 else q - p - p * d  # where p may underflow, and q may not
    return q if log_p == -np.inf else (np.inf if log_q == -np.inf else value)


def _difference(a: Any, b: Any) -> Any:
    """Return a - b and what rounding has lost of it."""
    d = a - b
    back = d + b
    return d, (a - back) - (b - (back - d))


def _sum(x: Any) -> Any:
    """Add up piece by piece, so that rounding errors hardly grow with the length."""
    value = 0.0
    for start in range(0, x.size, _PIECE):
        u, part = x[start : start + _PIECE], 0.0
        for i in range(u.size):
            part += u[i]
        value += part
    return value


def _dot(x: Any, y: Any) -> Any:
    """Add up products likewise."""
    value = 0.0
    for start in range(0, x.size, _PIECE):
        u, v = x[start : start + _PIECE], y[start : start + _PIECE]
        part = 0.0
        for i in range(u.size):
            part += u[i] * v[i]
        value += part
    return value


def _sum_each(x: Any, y: Any, z: Any) -> Any:
    """Add up three at once: in short rows it is the loop that costs."""
    total_x = total_y = total_z = 0.0
    for start in range(0, x.size, _PIECE):
        stop = start + _PIECE
        u, v, w = x[start:stop], y[start:stop], z[start:stop]
        part_x = part_y = part_z = 0.0
        for i in range(u.size):
            part_x += u[i]
            part_y += v[i]
            part_z += w[i]
        total_x += part_x
        total_y += part_y
        total_z += part_z
    return total_x, total_y, total_z


def _entropies(z: Any, likeliest: Any, value: Any) -> None:
    """Write the entropy of softmax(z) for every row, given where its largest number is."""
    k = z.size // value.size
    weights, moments = np.empty(k), np.empty(k)
    for row in range(value.size):
        x, top = z[row * k : (row + 1) * k], likeliest[row]
        for i in range(k):
            relative, lost = _difference(x[i], x[top])
            weights[i] = _exp(relative, lost)
            moments[i] = weights[i] * max(relative, _LOWEST)
        weights[top] = 0.0
        rest = _sum(weights)
        value[row] = math.log1p(rest / _SCALE) - _sum(moments) / (_SCALE + rest)


def _divergences(a: Any, b: Any, likeliest: Any, value: Any) -> None:
    """Write log1p(sum p psi(d)), as `generic` does, or NaN where that needs its care."""
    k = a.size // value.size
    weights, d, lost = np.empty(k), np.empty(k), np.empty(k)
    for row in range(value.size):
        x, y, top = a[row * k : (row + 1) * k], b[row * k : (row + 1) * k], likeliest[row]
        for i in range(k):
            weights[i] = _exp(*_difference(x[i], x[top]))
            both = x[i] == -np.inf and y[i] == -np.inf
            d[i], lost[i] = _difference(0.0 if both else y[i], 0.0 if both else x[i])
        weight = _sum(weights)
        mean = _dot(weights, d) / weight
        for i in range(k):
            d[i], low = _difference(d[i], mean)
            lost[i] += low
        mean = (_dot(weights, d) + _dot(weights, lost)) / weight
        for i in range(k):
            hidden = weights[i] < _FAINT and d[i] > 1.0  # the product may not be what it seems
            term = np.nan if hidden else weights[i] * _psi(d[i], lost[i] - mean)
            d[i] = term if x[i] > -np.inf else 0.0
        value[row] = math.log1p(_sum(d) / weight)


@cache
def _register() -> None:
    """Tell the compiler about the functions that are called by others."""
    from numba.extending import register_jitable

    exact = (_polynomial, _exponent, _log, _excess, _exp_parts, _exp, _psi, _difference)
    terms = (_surprise, _divergence, _mixed, _log_divergence)
    for functions, flags in (
        # Products may be fused with sums, but the order stays: errors are where they were put.
        ((*exact, *terms), {"contract"}),
        # Sums may be taken in any order, several side by side.
        ((_sum, _dot, _sum_each), {"contract", "reassoc"}),
    ):
        for function in functions:
            register_jitable(forceinline=True, error_model="numpy", fastmath=flags)(function)


@cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs without Python, and without Python's lock."""
    from numba import njit

    _register()
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return njit(function, cache=True, **options)
    except RuntimeError:  # there is no folder to keep it in
        return njit(function, **options)


@cache
def _adding_up(term: Callable[..., Any]) -> Callable[..., bool]:
    """Return what adds up a term, p and q for every row, and tells whether it saw a sign."""

    def add_up(p: Any, q: Any, terms: Any, value: Any, total: Any, other: Any) -> bool:
        k = p.size // value.size
        step = max(1, _PIECE // k)
        signs = np.uint64(0)
        for first in range(0, value.size, step):
            last = min(first + step, value.size)
            some_p, some_q = p[first * k : last * k], q[first * k : last * k]
            for i in range(some_p.size):
                a, b = np.float64(some_p[i]), np.float64(some_q[i])
                signs |= a.view(np.uint64) | b.view(np.uint64)
                terms[i] = term(a, b)
            for row in range(last - first):
                start, stop = row * k, (row + 1) * k
                x, y, z = _sum_each(terms[start:stop], some_p[start:stop], some_q[start:stop])
                value[first + row], total[first + row], other[first + row] = x / _SCALE, y, z
        return signs >> _SIGN != 0

    return _compiled(add_up)


def _flat(table: np.ndarray) -> np.ndarray:
    """Return a table's numbers in a line, always of one type: a second would be compiled again."""
    line = table.reshape(-1)
    line.flags.writeable = False
    return line


def _sums(term: Callable[..., Any], p: np.ndarray, q: np.ndarray, *, check: bool) -> np.ndarray:
    """Return the sum of a term over the last axis, and check that p and q are probabilities."""
    add_up = _adding_up(term)

    def task(work: Work, p: np.ndarray, q: np.ndarray, *, out: np.ndarray) -> None:
        if not all(x.dtype == np.float32 and x.flags.c_contiguous for x in (p, q)):
            p, q = work.wide("p", p), work.wide("q", q)
        signs = add_up(_flat(p), _flat(q), work.like("terms", p).reshape(-1), *out)
        if check and signs:
            check_sign(smallest_of(p), smallest_of(q))  # it may have been that of -0.0

    value, total, other = sums(task, 3, p, q)
    if check:
        check_total(total, p)
        check_total(other, q)
    return value


def entropy_from_probs(xp: Any, p: np.ndarray) -> np.ndarray:
    """Return -sum p log p over the last axis."""
    return cross_entropy_from_probs(xp, p, p)


def cross_entropy_from_probs(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return -sum p log q over the last axis."""
    return 0.0 - _sums(_surprise, p, q, check=True)


def kl_from_probs(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return sum p log(p/q) - p + q over the last axis; an outcome with p = 0 contributes q."""
    return _sums(_divergence, p, q, check=True)


def jensen_shannon(xp: Any, p: np.ndarray, q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the mean KL divergence of p and q to their mixture."""
    return _sums(_mixed, p, q, check=True)


def kl_from_log_probs(xp: Any, log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return sum p log(p/q) - p + q over the last axis, from logarithms."""
    return _sums(_log_divergence, log_p, log_q, check=False)


def entropy_from_logits(xp: Any, z: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the entropy of softmax(z), over the last axis."""
    entropies = _compiled(_entropies)

    def rows(xp: Any, z: np.ndarray) -> np.ndarray:
        value = np.empty(len(z))
        entropies(_flat(z), xp.argmax(z, axis=-1), value)
        return value

    return mapped(rows, z)


def kl_from_logits(xp: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Return the KL divergence of softmax(a) from softmax(b), over the last axis."""
    divergences = _compiled(_divergences)

    def rows(xp: Any, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        value = np.empty(len(a))
        divergences(_flat(a), _flat(b), xp.argmax(a, axis=-1), value)
        again = ~np.isfinite(value)
        if again.any():
            value[again] = generic.kl_from_logits(xp, a[again], b[again])
        return value

    return mapped(rows, a, b)
