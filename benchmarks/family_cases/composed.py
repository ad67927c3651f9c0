"""Mixtures, truncated laws, images and products, far into tails and at scales far apart."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
from mpmath import mpf

from family_cases.case import Case
from kullback.families import (
    Affine,
    Exponential,
    Gamma,
    Gumbel,
    Laplace,
    Mixture,
    Normal,
    Poisson,
    Product,
    Truncated,
)

__all__ = ["CASES"]

DIGITS = 30  # of integrals
TAIL_DIGITS = 1200  # of probabilities such as that of a normal law beyond 40, from below


def exact(x: Any) -> Any:
    """Return a number as it stands."""
    return mpf(float(x))


# ---------------------------------------------------------------- definitions


def log_density(law: Any, x: Any) -> Any:
    """Return log f(x), by the formulas of the textbook."""
    match law:
        case Normal():
            m, s = exact(law.mean), exact(law.std)
            return -(((x - m) / s) ** 2) / 2 - mp.log(s * mp.sqrt(2 * mp.pi))
        case Laplace():
            m, b = exact(law.location), exact(law.scale)
            return -abs(x - m) / b - mp.log(2 * b)
        case Gamma():
            a, b = exact(law.shape), exact(law.rate)
            if x <= 0:
                return -mp.inf
            return a * mp.log(b) + (a - 1) * mp.log(x) - b * x - mp.loggamma(a)
        case Gumbel():
            z = (x - exact(law.location)) / exact(law.scale)
            return -z - mp.exp(-z) - mp.log(exact(law.scale))
        case Poisson():
            r = exact(law.rate)
            return x * mp.log(r) - r - mp.loggamma(x + 1)
        case Mixture():
            shares = zip(law.weights, law.components, strict=True)
            return mp.log(sum(exact(w) * mp.exp(log_density(part, x)) for w, part in shares))
        case Affine():
            a, b = exact(law.location), exact(law.scale)
            return log_density(law.law, (x - a) / b) - mp.log(abs(b))
    raise TypeError(law)


def cuts(law: Any) -> list[Any]:
    """Return points between which a density is simple."""
    match law:
        case Mixture():
            return sorted(x for part in law.components for x in cuts(part))
        case Affine():
            a, b = exact(law.location), exact(law.scale)
            return sorted(a + b * x for x in cuts(law.law))
        case Gamma():
            mean, std = law.shape / law.rate, math.sqrt(law.shape) / law.rate
            return [mpf(0), *(exact(mean + k * std) for k in (0, 3, 10, 30, 80))]
    centre, width = (exact(x) for x in law.parameters.values())
    reach = (-60, -25, -9, -3, 0, 3, 9, 25, 60)
    return [centre + k * width for k in reach]


def integral(term: Any, p: Any, q: Any | None = None) -> Any:
    """Return the integral of a function of (log p, log q) where p is not next to nothing."""
    with mp.workdps(DIGITS):
        own = cuts(p)
        inner = cuts(q) if q is not None else []
        points = sorted({*own, *(x for x in inner if own[0] < x < own[-1])})
        other = p if q is None else q

        def f(x: Any) -> Any:
            log_p = log_density(p, x)
            return mpf(0) if log_p == -mp.inf else term(log_p, log_density(other, x))

        return mp.quad(f, points, maxdegree=8)


def entropy(p: Any, _: Any) -> Any:
    """Return the integral of -p log p."""
    return integral(lambda a, _: -mp.exp(a) * a, p)


def cross_entropy(p: Any, q: Any) -> Any:
    """Return the integral of -p log q."""
    return integral(lambda a, b: -mp.exp(a) * b, p, q)


def kl(p: Any, q: Any) -> Any:
    """Return the integral of p log(p/q)."""
    return integral(lambda a, b: mp.exp(a) * (a - b), p, q)


def renyi(p: Any, q: Any, order: float) -> Any:
    """Return the logarithm of the integral of p^a q^(1 - a), over a - 1."""
    a = mpf(order)
    return mp.log(integral(lambda s, t: mp.exp(a * s + (1 - a) * t), p, q)) / (a - 1)


def summed_kl(p: Any, q: Any) -> Any:
    """Return the sum over integers, up to where nothing is left."""
    with mp.workdps(DIGITS):
        return mp.fsum(
            mp.exp(a) * (a - b)
            for a, b in ((log_density(p, mpf(k)), log_density(q, mpf(k))) for k in range(400))
        )


def summed_entropy(p: Any, _: Any) -> Any:
    """Likewise."""
    with mp.workdps(DIGITS):
        logs = [log_density(p, mpf(k)) for k in range(400)]
        return -mp.fsum(mp.exp(a) * a for a in logs)


# Truncated normal laws, by the moments of what is left.


def left(law: Truncated) -> tuple[Any, ...]:
    """Return mean, sigma, the probability of what is left, and the means of z and z^2 there."""
    m, s = exact(law.law.mean), exact(law.law.std)
    a, b = ((exact(x) - m) / s for x in (law.low, law.high))
    z = mp.ncdf(b) - mp.ncdf(a)
    f, g = mp.npdf(a), mp.npdf(b)
    edge = (0 if mp.isinf(a) else a * f) - (0 if mp.isinf(b) else b * g)
    return m, s, z, (f - g) / z, 1 + edge / z


def truncated_entropy(p: Truncated, _: Any) -> Any:
    """Return log(s Z sqrt(2 pi)) and half the mean of z^2."""
    with mp.workdps(TAIL_DIGITS):
        _, s, z, _, square = left(p)
        return +(mp.log(s * z * mp.sqrt(2 * mp.pi)) + square / 2)


def truncated_kl(p: Truncated, q: Any) -> Any:
    """Return the mean of log p - log q, where q is normal, cut off or not."""
    with mp.workdps(TAIL_DIGITS):
        m, s, z, first, square = left(p)
        whole = q if isinstance(q, Truncated) else Truncated(q)
        n, t, y, _, _ = left(whole)
        other = ((m - n) ** 2 + 2 * (m - n) * s * first + s**2 * square) / t**2
        return +(mp.log(t * y) - mp.log(s * z) + (other - square) / 2)


def exponential_entropy(p: Truncated, _: Any) -> Any:
    """Return that of the whole law, which forgets where it was cut off."""
    return 1 - mp.log(exact(p.law.rate))


def exponential_kl(p: Truncated, q: Truncated) -> Any:
    """Likewise."""
    with mp.workdps(60):
        r = exact(q.law.rate) / exact(p.law.rate)
        return r - 1 - mp.log(r)


def zero_truncated_entropy(p: Truncated, _: Any) -> Any:
    """Return that of Poisson's law without 0."""
    with mp.workdps(DIGITS):
        rate = exact(p.law.rate)
        log_mass = mp.log(-mp.expm1(-rate))
        logs = [log_density(p.law, mpf(k)) - log_mass for k in range(1, 300)]
        return -mp.fsum(mp.exp(a) * a for a in logs)


def added_kl(p: Any, q: Any) -> Any:
    """Return the sum over normal coordinates."""
    with mp.workdps(60):
        pairs = zip(p.factors, q.factors, strict=True)
        return mp.fsum(truncated_kl(Truncated(a), b) for a, b in pairs)


def shifted_kl(p: Affine, q: Affine) -> Any:
    """Return that of two normal laws that the same map was applied to."""
    return truncated_kl(Truncated(p.law), q.law)


# ---------------------------------------------------------------- cases


def normal(mean: float, std: float) -> Normal:
    return Normal(mean=mean, std=std)


def mixture(weights: list[float], *parts: Any) -> Mixture:
    return Mixture(components=parts, weights=weights)


def cut(mean: float, std: float, low: float, high: float = math.inf) -> Truncated:
    return Truncated(normal(mean, std), low=low, high=high)


TWO = mixture([0.25, 0.75], normal(-1.0, 1.0), normal(1.5, 0.5))
OTHER = mixture([0.5, 0.5], normal(-1.0, 1.5), normal(2.0, 1.0))
NEAR = mixture([0.25, 0.75], normal(-1.0, 1.0), normal(1.5 + 2.0**-12, 0.5))
SCALES = mixture([0.5, 0.5], normal(0.0, 2.0**-10), normal(0.0, 1024.0))
SCALES_2 = mixture([0.25, 0.75], normal(0.0, 2.0**-9), normal(0.0, 512.0))
APART = mixture([0.5, 0.5], normal(-40.0, 1.0), normal(40.0, 2.0))
GAMMAS = mixture([0.5, 0.5], Gamma(shape=2.0, rate=3.0), Gamma(shape=20.0, rate=4.0))
GAMMAS_2 = mixture([0.25, 0.75], Gamma(shape=3.0, rate=3.0), Gamma(shape=16.0, rate=4.0))
POISSONS = mixture([0.5, 0.5], Poisson(rate=2.0), Poisson(rate=60.0))
POISSONS_2 = mixture([0.75, 0.25], Poisson(rate=3.0), Poisson(rate=50.0))
MIXED = mixture([0.5, 0.5], normal(0.0, 1.0), Laplace(location=3.0, scale=0.5))
BACK = Affine(Gumbel(location=0.0, scale=1.0), location=1.0, scale=-2.0)

CASES = [
    Case("normal beyond 10", "entropy", cut(0.0, 1.0, 10.0), None, truncated_entropy),
    Case("normal from 38 to 40", "entropy", cut(0.0, 1.0, 38.0, 40.0), None, truncated_entropy),
    Case("normal below -20", "entropy", cut(0.0, 1.0, -math.inf, -20.0), None, truncated_entropy),
    Case("normal from -1 to 2", "entropy", cut(0.0, 1.0, -1.0, 2.0), None, truncated_entropy),
    Case("normal, a sliver", "entropy", cut(0.0, 1.0, 0.0, 2.0**-30), None, truncated_entropy),
    Case("half a normal", "entropy", cut(3.0, 0.5, 3.0), None, truncated_entropy),
    Case("beyond 10, whole", "kl_divergence", cut(0, 1, 10.0), normal(0, 1), truncated_kl),
    Case("38 to 40, whole", "kl_divergence", cut(0, 1, 38.0, 40.0), normal(0, 1), truncated_kl),
    Case("beyond 10, both", "kl_divergence", cut(0, 1, 10.0), cut(0.5, 1.5, 10.0), truncated_kl),
    Case(
        "below -20, both",
        "kl_divergence",
        cut(0, 1, -math.inf, -20.0),
        cut(1.0, 1.25, -math.inf, -19.0),
        truncated_kl,
    ),
    Case(
        "-1 to 2 in -2 to 3",
        "kl_divergence",
        cut(0, 1, -1.0, 2.0),
        cut(0.5, 2, -2.0, 3.0),
        truncated_kl,
    ),
    Case(
        "nearly equal, cut",
        "kl_divergence",
        cut(0, 1, -1.0, 2.0),
        cut(2.0**-12, 1, -1.0, 2.0),
        truncated_kl,
    ),
    Case(
        "exponential beyond 700",
        "entropy",
        Truncated(Exponential(rate=2.0), low=700.0),
        None,
        exponential_entropy,
    ),
    Case(
        "exponential beyond 700",
        "kl_divergence",
        Truncated(Exponential(rate=2.0), low=700.0),
        Truncated(Exponential(rate=1.5), low=700.0),
        exponential_kl,
    ),
    Case(
        "Poisson without 0",
        "entropy",
        Truncated(Poisson(rate=0.5), low=1.0),
        None,
        zero_truncated_entropy,
    ),
    Case(
        "Poisson without 0, large",
        "entropy",
        Truncated(Poisson(rate=60.0), low=1.0),
        None,
        zero_truncated_entropy,
    ),
    Case("two normals", "entropy", TWO, None, entropy),
    Case("two normals far apart", "entropy", APART, None, entropy),
    Case("two scales", "entropy", SCALES, None, entropy),
    Case("two gammas", "entropy", GAMMAS, None, entropy),
    Case("normal and Laplace", "entropy", MIXED, None, entropy),
    Case("two Poissons", "entropy", POISSONS, None, summed_entropy),
    Case("two normals, two normals", "kl_divergence", TWO, OTHER, kl),
    Case("two normals, one", "kl_divergence", TWO, normal(0.0, 2.0), kl),
    Case("one normal, two", "kl_divergence", normal(0.0, 1.0), TWO, kl),
    Case("nearly equal", "kl_divergence", TWO, NEAR, kl),
    Case("two scales, two scales", "kl_divergence", SCALES, SCALES_2, kl),
    Case("far apart, one", "kl_divergence", APART, normal(0.0, 40.0), kl),
    Case("two gammas, two gammas", "kl_divergence", GAMMAS, GAMMAS_2, kl),
    Case("normal and Laplace, two normals", "kl_divergence", TWO, MIXED, kl),
    Case("two Poissons, two Poissons", "kl_divergence", POISSONS, POISSONS_2, summed_kl),
    Case("two normals, two normals", "cross_entropy", TWO, OTHER, cross_entropy),
    Case(
        "order 1/2", "renyi_divergence", TWO, OTHER, lambda p, q: renyi(p, q, 0.5), {"order": 0.5}
    ),
    Case("turned Gumbel", "entropy", BACK, None, entropy),
    Case("turned Gumbel, normal", "kl_divergence", BACK, normal(0.0, 3.0), kl),
    Case(
        "images of normals",
        "kl_divergence",
        Affine(normal(0, 1), location=5.0, scale=-3.0),
        Affine(normal(1, 2), location=5.0, scale=-3.0),
        shifted_kl,
    ),
    Case(
        "shifted gamma, gamma",
        "kl_divergence",
        Affine(Gamma(shape=3.0, rate=1.0), location=1.0),
        Gamma(shape=2.0, rate=0.5),
        kl,
    ),
    Case(
        "product",
        "kl_divergence",
        Product(normal(0, 1), normal(1, 2)),
        Product(normal(1, 1), normal(1, 2.5)),
        added_kl,
    ),
]
