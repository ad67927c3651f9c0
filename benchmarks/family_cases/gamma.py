"""Waiting times and shares: the laws made of the gamma function.

The truth is the textbook's formula, differences of log-gamma and digamma functions, with more
digits than cancel in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
from mpmath import mpf

from family_cases.case import Case
from kullback.families import (
    Beta,
    ChiSquared,
    Dirichlet,
    Exponential,
    Gamma,
    InverseGamma,
)

__all__ = ["CASES"]

Truth = Callable[[Any, Any], Any]

# Squares of relative differences of 1e-10 are seen beside log-gamma functions of 1e15.
DIGITS = 120


def with_digits(truth: Callable[..., Any], **options: Any) -> Truth:
    """Evaluate a definition with many digits."""

    def run(p: Any, q: Any) -> Any:
        with mp.workdps(DIGITS):
            value = truth(p, q, **options)
            return value if abs(value) > mpf(10) ** (-DIGITS // 2) else mpf(0)

    return run


# ---------------------------------------------------------------- definitions


def shape_and_rate(law: Any) -> tuple[Any, Any]:
    """Return those of the gamma law that a law is, or is the inverse of."""
    values = [mpf(float(x)) for x in law.parameters.values()]
    if isinstance(law, Exponential):
        return mpf(1), values[0]
    if isinstance(law, ChiSquared):
        return values[0] / 2, mpf(1) / 2
    return values[0], values[1]


def concentrations(law: Any) -> list[Any]:
    """Return the parameters of a law of shares."""
    if isinstance(law, Beta):
        return [mpf(float(law.alpha)), mpf(float(law.beta))]
    return [mpf(float(x)) for x in law.concentration]


def gamma_entropy(p: Any, _: Any) -> Any:
    """Return the mean of -log f."""
    a, b = shape_and_rate(p)
    if isinstance(p, InverseGamma):
        return a + mp.log(b) + mp.loggamma(a) - (1 + a) * mp.psi(0, a)
    return a - mp.log(b) + mp.loggamma(a) + (1 - a) * mp.psi(0, a)


def gamma_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f/g."""
    (a, b), (c, d) = shape_and_rate(p), shape_and_rate(q)
    shapes = (a - c) * mp.psi(0, a) - mp.loggamma(a) + mp.loggamma(c)
    return shapes + c * (mp.log(b) - mp.log(d)) + a * (d - b) / b


def gamma_renyi(p: Any, q: Any, order: float) -> Any:
    """Return the logarithm of the integral, over order - 1."""
    (a, b), (c, d) = shape_and_rate(p), shape_and_rate(q)
    if math.isinf(order):
        if a < c or b < d:
            return mp.inf
        k, r = a - c, b - d
        at_most = (k * mp.log(k / r) - k) if k > 0 else mpf(0)
        normal = a * mp.log(b) - mp.loggamma(a) - c * mp.log(d) + mp.loggamma(c)
        return normal + at_most
    t = mpf(order)
    m, n = t * a + (1 - t) * c, t * b + (1 - t) * d
    if m <= 0 or n <= 0:
        return mp.inf
    one, other, mixed = (mp.loggamma(x) - x * mp.log(y) for x, y in ((a, b), (c, d), (m, n)))
    return (mixed - t * one - (1 - t) * other) / (t - 1)


def log_beta(a: list[Any]) -> Any:
    """Return the logarithm of the beta function of many variables."""
    return sum(mp.loggamma(x) for x in a) - mp.loggamma(sum(a))


def shares_entropy(p: Any, _: Any) -> Any:
    """Return the mean of -log f."""
    a = concentrations(p)
    whole = mp.psi(0, sum(a))
    return log_beta(a) - sum((x - 1) * (mp.psi(0, x) - whole) for x in a)


def shares_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f/g."""
    a, c = concentrations(p), concentrations(q)
    whole = mp.psi(0, sum(a))
    means = sum((x - y) * (mp.psi(0, x) - whole) for x, y in zip(a, c, strict=True))
    return log_beta(c) - log_beta(a) + means


def shares_renyi(p: Any, q: Any, order: float) -> Any:
    """Return the logarithm of the integral, over order - 1."""
    a, c = concentrations(p), concentrations(q)
    if math.isinf(order):
        k = [x - y for x, y in zip(a, c, strict=True)]
        if min(k) < 0:
            return mp.inf
        at_most = sum(x * mp.log(x / sum(k)) for x in k if x > 0)
        return log_beta(c) - log_beta(a) + at_most
    t = mpf(order)
    mixed = [t * x + (1 - t) * y for x, y in zip(a, c, strict=True)]
    if min(mixed) <= 0:
        return mp.inf
    return (log_beta(mixed) - t * log_beta(a) - (1 - t) * log_beta(c)) / (t - 1)


# ---------------------------------------------------------------- cases


def described(law: Any) -> str:
    """Return the law with its parameters, as in Gamma(2, 1e+10)."""
    numbers = (x for y in law.parameters.values() for x in y.ravel())
    return f"{type(law).__name__}({', '.join(f'{x:.10g}' for x in numbers)})"


def entropies(truth: Callable[..., Any], laws: list[Any]) -> list[Case]:
    """Return a case for each law."""
    return [Case(described(p), "entropy", p, None, with_digits(truth)) for p in laws]


def divergences(truth: Callable[..., Any], pairs: list[tuple[Any, Any]]) -> list[Case]:
    """Return a case for each pair."""
    return [
        Case(f"{described(p)} || {described(q)}", "kl_divergence", p, q, with_digits(truth))
        for p, q in pairs
    ]


def orders(truth: Callable[..., Any], pairs: list[tuple[Any, Any, float]]) -> list[Case]:
    """Return a case for each pair and order."""
    return [
        Case(
            f"{described(p)} || {described(q)}, order {order:.10g}",
            "renyi_divergence",
            p,
            q,
            with_digits(truth, order=order),
            {"order": order},
        )
        for p, q, order in pairs
    ]


def gamma(shape: float, rate: float = 1.0) -> Gamma:
    """Return a gamma law."""
    return Gamma(shape=shape, rate=rate)


def inverse(shape: float, scale: float = 1.0) -> InverseGamma:
    """Return an inverse gamma law."""
    return InverseGamma(shape=shape, scale=scale)


def beta(alpha: float, beta: float) -> Beta:
    """Return a beta law."""
    return Beta(alpha=alpha, beta=beta)


def dirichlet(*concentration: float) -> Dirichlet:
    """Return a law of Dirichlet's."""
    return Dirichlet(concentration=list(concentration))


def exponential(rate: float) -> Exponential:
    """Return an exponential law."""
    return Exponential(rate=rate)


def chi_squared(degrees: float) -> ChiSquared:
    """Return a chi-squared law."""
    return ChiSquared(degrees=degrees)


GAMMA_ENTROPIES = [
    *(gamma(a) for a in (1e-10, 1e-3, 0.5, 1.0, 3.0, 7.75, 1e2, 1e4, 1e6, 1e10, 1e15)),
    gamma(2.0, 1e-20),
    gamma(1e6, 1e20),
    *(inverse(a, 2.0) for a in (1e-10, 1e-3, 0.5, 2.0, 1e2, 1e6, 1e10)),
    *(exponential(rate) for rate in (1e-20, 1.0, 1e20)),
    *(chi_squared(nu) for nu in (1e-10, 0.5, 3.0, 1e8)),
]
GAMMA_PAIRS = [
    (gamma(2.0, 3.0), gamma(0.5, 1.0)),
    (gamma(1.0), gamma(1.0 + 1e-8)),
    (gamma(1e6), gamma(1.0001e6)),
    (gamma(1e8, 1e8), gamma(1e8 + 1e4, 1e8)),
    (gamma(1e6, 1.0), gamma(1e6, 1.000001)),
    (gamma(1e6, 1e6), gamma(1.0001e6, 1.0001e6)),
    (gamma(1e10, 1e10), gamma(1.0001e10, 1.0001e10)),
    (gamma(1e10, 1e10), gamma(1.0001e10, 1.00010001e10)),
    (gamma(1e15, 1.0), gamma(1.0000001e15, 1.0)),
    (gamma(1e15, 1e-5), gamma(3.0, 1e-20)),
    (gamma(3.0, 1e-5), gamma(1e6, 1.0)),
    (gamma(1e-10), gamma(2e-10)),
    (gamma(1e-10), gamma(1e-10 * (1.0 + 1e-6))),
    (gamma(1e-3, 1e-20), gamma(1e-3, 1.00001e-20)),
    (gamma(1e-10, 2.0), gamma(5.0, 1e-10)),
    (gamma(5.0, 1e-10), gamma(1e-10, 2.0)),
    (inverse(2.0, 3.0), inverse(2.5, 1.0)),
    (inverse(1e8, 1e8), inverse(1e8 + 1e4, 1e8)),
    (inverse(1e-10, 1.0), inverse(1.00001e-10, 1.0)),
    (exponential(1.0), exponential(1.0 + 1e-9)),
    (exponential(1e-20), exponential(1e-19)),
    (exponential(1e-20), exponential(1e10)),
    (exponential(2.0), gamma(1.0001, 2.0)),
    (gamma(1.0001, 2.0), exponential(2.0)),
    (exponential(0.5), chi_squared(2.0001)),
    (chi_squared(4.0), exponential(1.0)),
    (chi_squared(1e6), gamma(5e5, 0.50001)),
    (gamma(1e-3, 0.5), chi_squared(2.0001e-3)),
    (chi_squared(1e8), chi_squared(1.0001e8)),
    (chi_squared(1e-10), chi_squared(1.0)),
]
GAMMA_ORDERS = [
    (gamma(2.0, 3.0), gamma(0.5, 1.0), 0.5),
    (gamma(2.0, 3.0), gamma(2.5, 1.0), 2.0),
    (gamma(2.0, 1.0), gamma(5.0, 1.0), 2.0),
    (gamma(1e8, 1e8), gamma(1e8 + 1e4, 1e8), 0.5),
    (gamma(1e8, 1e8), gamma(1e8 + 1e4, 1e8), 3.0),
    (gamma(1e6), gamma(1.0001e6), 1.0 - 1e-9),
    (gamma(1e6), gamma(1.0001e6), 1.0 + 1e-9),
    (gamma(1e-10), gamma(2e-10), 0.25),
    (gamma(3.0, 2.0), gamma(2.0, 1.0), math.inf),
    (inverse(2.0, 3.0), inverse(2.5, 1.0), 0.75),
    (exponential(1.0), exponential(1.0 + 1e-7), 0.5),
    (exponential(2.0), chi_squared(1.0), 0.5),
]
SHARES_ENTROPIES = [
    beta(2.0, 3.0),
    beta(0.5, 0.5),
    beta(1.0, 1.0 + 1e-7),
    beta(1e-3, 1e-3),
    beta(1e-10, 1e-10),
    beta(5.0, 1e-10),
    beta(1e8, 1e8),
    beta(2.0, 1e15),
    beta(1e15, 1e-3),
    beta(1e10, 1e4),
    dirichlet(1.0, 2.0, 3.0),
    dirichlet(1.0, 1.0, 1.0),
    dirichlet(1e6, 1e6, 1e6),
    dirichlet(1e10, 1.0, 1.0),
    dirichlet(1e-10, 1e-3, 1e-3),
    dirichlet(*(0.1 for _ in range(20))),
]
SHARES_PAIRS = [
    (beta(2.0, 3.0), beta(0.5, 0.5)),
    (beta(2.0, 3.0), beta(2.000001, 3.0)),
    (beta(1e6, 1e6), beta(1.0001e6, 1e6)),
    (beta(1e6, 1e6), beta(1.0001e6, 1.0001e6)),
    (beta(1e12, 1e12), beta(1.0001e12, 1.0001e12)),
    (beta(2.0, 1e15), beta(2.0, 1.0001e15)),
    (beta(1e15, 2.0), beta(1.0, 1.0)),
    (beta(1e-10, 1e-10), beta(2e-10, 1e-10)),
    (beta(5.0, 1e-10), beta(6.0, 1e-10)),
    (beta(5.0, 1e-10), beta(5.0001, 1e-10)),
    (beta(5.0, 1e-10), beta(5.0001, 1.0001e-10)),
    (beta(1e-10, 5.0), beta(1e10, 1e-10)),
    (beta(1e-3, 1e6), beta(1.0001e-3, 1e6)),
    (dirichlet(1.0, 2.0, 3.0), dirichlet(0.5, 0.5, 9.0)),
    (dirichlet(1e6, 1e6, 1e6), dirichlet(1.0001e6, 1e6, 1e6)),
    (dirichlet(1e6, 1e6, 1e6), dirichlet(1.0001e6, 1.0001e6, 1.0001e6)),
    (dirichlet(1e10, 1.0, 1.0), dirichlet(1e10, 1.0, 1.00001)),
    (dirichlet(5.0, 1e-10, 1e-10), dirichlet(5.001, 1e-10, 1e-10)),
    (dirichlet(1e-3, 1e-3, 1e-3), dirichlet(1.0, 1.0, 1.0)),
    (dirichlet(*range(1, 21)), dirichlet(*range(20, 0, -1))),
]
SHARES_ORDERS = [
    (beta(2.0, 3.0), beta(0.5, 0.5), 0.5),
    (beta(2.0, 3.0), beta(2.5, 3.0), 2.0),
    (beta(2.0, 3.0), beta(5.0, 3.0), 2.0),
    (beta(1e6, 1e6), beta(1.0001e6, 1e6), 0.5),
    (beta(1e6, 1e6), beta(1.0001e6, 1e6), 1.0 + 1e-9),
    (beta(3.0, 2.0), beta(2.0, 1.5), math.inf),
    (dirichlet(1.0, 2.0, 3.0), dirichlet(2.0, 2.0, 1.0), 0.5),
    (dirichlet(1.0, 2.0, 3.0), dirichlet(1.0, 2.0, 2.5), math.inf),
]
CASES = [
    *entropies(gamma_entropy, GAMMA_ENTROPIES),
    *divergences(gamma_kl, GAMMA_PAIRS),
    *orders(gamma_renyi, GAMMA_ORDERS),
    *entropies(shares_entropy, SHARES_ENTROPIES),
    *divergences(shares_kl, SHARES_PAIRS),
    *orders(shares_renyi, SHARES_ORDERS),
]
