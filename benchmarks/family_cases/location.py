"""Normal laws and what is made from them, laws with a location and a scale, and vectors."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
from mpmath import mpf

from family_cases.case import Case
from kullback.families import (
    Cauchy,
    Gumbel,
    HalfNormal,
    Laplace,
    Logistic,
    LogNormal,
    MultivariateNormal,
    MultivariateStudentT,
    Normal,
    SkewNormal,
    StudentT,
)

__all__ = ["CASES"]

# Laws 1e-9 apart, far from the origin, agree in about 50 digits of what is subtracted.
DIGITS = 120


def exact(law: Any) -> list[Any]:
    """Return the parameters of a law on the line as they stand."""
    return [mpf(float(x)) for x in law.parameters.values()]


def matrix(x: Any) -> Any:
    """Return a vector or a matrix as it stands."""
    rows = np.asarray(x, dtype=np.float64)
    return mp.matrix((rows if rows.ndim == 2 else rows[:, None]).tolist())


# ---------------------------------------------------------------- normal laws


def gaussian(law: Any) -> tuple[Any, Any]:
    """Return mean and sigma of the normal law behind a law."""
    return (mpf(0), *exact(law)) if isinstance(law, HalfNormal) else tuple(exact(law))


def gaussian_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g."""
    with mp.workdps(DIGITS):
        (m, s), (n, t) = gaussian(p), gaussian(q)
        return mp.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - mpf(1) / 2


def gaussian_renyi(p: Any, q: Any, order: float) -> Any:
    """Return the logarithm of the integral of f^a g^(1 - a), a Gaussian one, over a - 1."""
    with mp.workdps(DIGITS):
        (m, s), (n, t) = gaussian(p), gaussian(q)
        if math.isinf(order):
            return mp.log(t / s) + (m - n) ** 2 / (2 * (t**2 - s**2)) if s < t else mp.inf
        a, b = mpf(order) / s**2, (1 - mpf(order)) / t**2
        if a + b <= 0:
            return mp.inf
        exponent = ((a * m + b * n) ** 2 / (a + b) - a * m**2 - b * n**2) / 2
        scale = -order * mp.log(s) - (1 - mpf(order)) * mp.log(t) - mp.log(a + b) / 2
        return (exponent + scale) / (mpf(order) - 1)


def gaussian_entropy(p: Any, _: Any) -> Any:
    """Return the entropy of the normal law, and what its image has more."""
    with mp.workdps(DIGITS):
        m, s = gaussian(p)
        value = mp.log(2 * mp.pi * mp.e * s**2) / 2
        return (
            value
            + (m if isinstance(p, LogNormal) else 0)
            - (mp.log(2) if isinstance(p, HalfNormal) else 0)
        )


def skew_normal_entropy(p: Any, _: Any) -> Any:
    """Integrate; u = alpha z is where the factor of the normal density changes."""
    with mp.workdps(30):
        _, s, alpha = exact(p)
        alpha = abs(alpha)

        def part(u: Any) -> Any:
            below = mp.ncdf(u)
            return mp.npdf(u / alpha) * below * mp.log(below)

        cuts = [-30, -12, -6, -3, 0, 3, 6, 12]
        mean_log = 2 * mp.quad(part, cuts) / alpha
        return mp.log(s) + mp.log(2 * mp.pi * mp.e) / 2 - mp.log(2) - mean_log


# ---------------------------------------------------------------- location and scale


def scale_entropy(constant: Any) -> Any:
    """Return the definition of an entropy log scale + constant."""

    def truth(p: Any, _: Any) -> Any:
        with mp.workdps(DIGITS):
            return mp.log(exact(p)[1]) + constant()

    return truth


def laplace_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g."""
    with mp.workdps(DIGITS):
        (m, b), (n, c) = exact(p), exact(q)
        d = abs(m - n)
        return mp.log(c / b) - 1 + d / c + b / c * mp.exp(-d / b)


def cauchy_kl(p: Any, q: Any) -> Any:
    """Return the closed form of Chyzak and Nielsen (2019)."""
    with mp.workdps(DIGITS):
        (m, a), (n, b) = exact(p), exact(q)
        return mp.log(((a + b) ** 2 + (m - n) ** 2) / (4 * a * b))


def gumbel_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g."""
    with mp.workdps(DIGITS):
        (m, b), (n, c) = exact(p), exact(q)
        r, d = b / c, (m - n) / c
        return -mp.log(r) + mp.euler * (r - 1) + d - 1 + mp.exp(-d) * mp.gamma(1 + r)


def student_entropy(nu: Any, d: int) -> Any:
    """Return the entropy for a unit scale, in d dimensions."""
    a, c = nu / 2, (nu + d) / 2
    scale = mp.loggamma(a) - mp.loggamma(c) + d * mp.log(nu * mp.pi) / 2
    return scale + c * (mp.psi(0, c) - mp.psi(0, a))


def student_t_entropy(p: Any, _: Any) -> Any:
    """Return the mean of -log f."""
    with mp.workdps(DIGITS):
        nu, _m, s = exact(p)
        return student_entropy(nu, 1) + mp.log(s)


# ---------------------------------------------------------------- vectors


def covariance(p: Any) -> Any:
    """Write the matrix out."""
    if getattr(p, "scatter", None) is not None:
        return matrix(p.scatter)
    if p.covariance is not None:
        return matrix(p.covariance)
    diagonal = mp.diag([mpf(float(s)) ** 2 for s in p.std])
    return diagonal if p.factor is None else diagonal + matrix(p.factor) * matrix(p.factor).T


def vector_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    with mp.workdps(DIGITS):
        a = covariance(p)
        half = mp.log(mp.det(a)) / 2
        if isinstance(p, MultivariateStudentT):
            return half + student_entropy(mpf(float(p.degrees)), a.rows)
        return half + a.rows * mp.log(2 * mp.pi * mp.e) / 2


def vector_kl(p: Any, q: Any) -> Any:
    """Return (tr B^-1 A - d - log det B^-1 A + shift^T B^-1 shift)/2."""
    with mp.workdps(DIGITS):
        a, b, shift = covariance(p), covariance(q), matrix(p.mean) - matrix(q.mean)
        x = b**-1 * a
        trace = sum(x[i, i] for i in range(x.rows))
        return (trace - x.rows - mp.log(mp.det(x)) + (shift.T * b**-1 * shift)[0]) / 2


def vector_renyi(p: Any, q: Any, order: float) -> Any:
    """Return the Gaussian integral of f^a g^(1 - a), as a logarithm over a - 1."""
    with mp.workdps(DIGITS):
        a, b, shift = covariance(p), covariance(q), matrix(p.mean) - matrix(q.mean)
        o = mpf(order)
        c = (1 - o) * a + o * b
        if min(mp.eigsy(c, eigvals_only=True)) <= 0:
            return mp.inf
        dets = mp.log(mp.det(c)) - (1 - o) * mp.log(mp.det(a)) - o * mp.log(mp.det(b))
        return o / 2 * (shift.T * c**-1 * shift)[0] + dets / (2 * (1 - o))


# ---------------------------------------------------------------- cases


def normal(mean: float, std: float) -> Normal:
    """Return a normal law."""
    return Normal(mean=mean, std=std)


def log_normal(mean: float, std: float) -> LogNormal:
    """Return a log-normal law."""
    return LogNormal(log_mean=mean, log_std=std)


def half_normal(scale: float) -> HalfNormal:
    """Return a half-normal law."""
    return HalfNormal(scale=scale)


def placed(family: type) -> Any:
    """Return the maker of laws with a location and a scale."""
    return lambda location, scale: family(location=location, scale=scale)


laplace, cauchy, logistic, gumbel = map(placed, (Laplace, Cauchy, Logistic, Gumbel))


def t(degrees: float, scale: float = 1.0) -> StudentT:
    """Return Student's t law."""
    return StudentT(degrees=degrees, location=0.5, scale=scale)


def skew(shape: float, scale: float = 1.0) -> SkewNormal:
    """Return a skew normal law."""
    return SkewNormal(location=0.5, scale=scale, shape=shape)


def full(mean: Any, matrix_: Any) -> MultivariateNormal:
    """Return a normal law of vectors."""
    return MultivariateNormal(mean=mean, covariance=matrix_)


def structured(mean: Any, std: Any, factor: Any = None) -> MultivariateNormal:
    """Return one with a diagonal, or a diagonal and a factor."""
    return MultivariateNormal(mean=mean, std=std, factor=factor)


def _vectors() -> list[Case]:
    chance = np.random.default_rng(20260731)
    d, k = 5, 2

    def spread() -> np.ndarray:
        root = chance.normal(size=(d, 2 * d))
        return root @ root.T / (2 * d) + 0.1 * np.eye(d)

    A, B, m, n = spread(), spread(), chance.normal(size=d), chance.normal(size=d)
    tilt = chance.normal(size=(d, d))
    tilt = tilt + tilt.T
    s, u = np.exp(chance.normal(size=d)), np.exp(chance.normal(size=d))
    U, V = chance.normal(size=(d, k)), chance.normal(size=(d, k + 1))
    ds, dU = chance.normal(size=d), chance.normal(size=(d, k))
    pairs = {
        "full": (full(m, A), full(n, B)),
        "full, 1e-3 apart": (full(m, A), full(m, A + 1e-3 * tilt)),
        "full, 1e-8 apart": (full(m, A), full(m, A + 1e-8 * tilt)),
        "full, means 1e-6 apart at 1e5": (full(m + 1e5, A), full(m + (1e5 + 1e-6), A)),
        "full, of sizes 1e-20 and 1": (full(m, 1e-20 * A), full(n, B)),
        "full, equal": (full(m, A), full(m, A)),
        "diagonal": (structured(m, s), structured(n, u)),
        "diagonal, 1e-7 apart": (structured(m, s), structured(m, s * (1 + 1e-7 * ds))),
        "diagonal, of sizes 1e-8 and 1": (structured(m, 1e-8 * s), structured(n, u)),
        "low rank": (structured(m, s, U), structured(n, u, V)),
        "low rank, 1e-3 apart": (structured(m, s, U), structured(m, s, U + 1e-3 * dU)),
        "low rank, 1e-7 apart": (
            structured(m, s, U),
            structured(m, s * (1 + 1e-7 * ds), U + 1e-7 * dU),
        ),
        "low rank, small noise": (structured(m, 1e-3 * s, U), structured(n, u, V)),
        "low rank, equal": (structured(m, s, U), structured(m, s, U)),
        "low rank and diagonal": (structured(m, s, U), structured(n, u)),
        "diagonal and full": (structured(m, s), full(n, B)),
        "full and low rank": (full(m, A), structured(n, u, V)),
    }
    cases = [
        Case(f"vectors, {name}", "kl_divergence", p, q, vector_kl) for name, (p, q) in pairs.items()
    ]
    named = ("full", "full, 1e-3 apart", "diagonal, 1e-7 apart", "low rank, 1e-3 apart")
    cases += [
        _renyi(f"vectors, {name}", *pairs[name], order, vector_renyi)
        for order in (0.5, 0.99, 1.5)
        for name in named
    ]
    laws = {
        "vectors, full": full(m, A),
        "vectors, diagonal": structured(m, s),
        "vectors, low rank": structured(m, s, U),
        "vectors, low rank, small noise": structured(m, 1e-6 * s, U),
    }
    for degrees in (0.1, 4.0, 1e8):
        t_law = MultivariateStudentT(degrees=degrees, location=m, scatter=A)
        laws[f"multivariate t, {degrees:g} degrees"] = t_law
    return cases + [Case(name, "entropy", p, None, vector_entropy) for name, p in laws.items()]


def _renyi(name: str, p: Any, q: Any, order: float, truth: Any) -> Case:
    def run(p: Any, q: Any) -> Any:
        return truth(p, q, order)

    return Case(f"{name}, order {order:g}", "renyi_divergence", p, q, run, {"order": order})


_KL = {
    ("normal", gaussian_kl): [
        ("", normal(1.0, 2.0), normal(-0.5, 1.5)),
        ("means 1e-6 apart", normal(0.0, 1.0), normal(1e-6, 1.0)),
        ("means 1e-6 apart at 1e8", normal(1e8, 1.0), normal(1e8 + 1e-6, 1.0)),
        ("means 3 apart at 1e15", normal(1e15, 2.0), normal(1e15 + 3.0, 2.0)),
        ("means 1e10 apart", normal(1e10, 1.0), normal(0.0, 1.0)),
        ("std 1e-20 and 1", normal(0.0, 1e-20), normal(0.0, 1.0)),
        ("std 1 and 1e-15", normal(0.0, 1.0), normal(0.0, 1e-15)),
        ("std 1e15 both, mean 1", normal(0.0, 1e15), normal(1.0, 1e15)),
        ("std 1e-9 apart", normal(0.0, 3.0), normal(0.0, 3.0 * (1 + 1e-9))),
        ("std 1e-3 apart", normal(0.0, 3.0), normal(0.0, 3.003)),
        ("both 1e-12 apart", normal(1.0, 1.0), normal(1.0 + 1e-12, 1.0 - 1e-12)),
        ("equal", normal(0.3, 0.7), normal(0.3, 0.7)),
    ],
    ("log-normal", gaussian_kl): [
        ("", log_normal(1.0, 2.0), log_normal(-0.5, 1.5)),
        ("1e-8 apart", log_normal(1.0, 2.0), log_normal(1.0 + 1e-8, 2.0 - 1e-8)),
        ("log_std 1e-10 and 1", log_normal(30.0, 1e-10), log_normal(0.0, 1.0)),
        ("log_mean 1e6", log_normal(1e6, 1.0), log_normal(1e6 + 1e-3, 1.0)),
    ],
    ("half-normal", gaussian_kl): [
        ("", half_normal(2.0), half_normal(1.0)),
        ("1e-9 apart", half_normal(2.0), half_normal(2.0 * (1 + 1e-9))),
        ("1e-20 and 1", half_normal(1e-20), half_normal(1.0)),
        ("1 and 1e-15", half_normal(1.0), half_normal(1e-15)),
    ],
    ("Laplace", laplace_kl): [
        ("", laplace(1.0, 2.0), laplace(-0.5, 1.5)),
        ("1e-8 apart", laplace(1.0, 2.0), laplace(1.0 + 1e-8, 2.0 + 1e-8)),
        ("locations 1e-6 apart at 1e8", laplace(1e8, 1.0), laplace(1e8 + 1e-6, 1.0)),
        ("locations 1e10 apart", laplace(1e10, 1.0), laplace(0.0, 2.0)),
        ("scale 1e-20 and 1", laplace(0.0, 1e-20), laplace(0.5, 1.0)),
        ("scale 1 and 1e-20", laplace(0.0, 1.0), laplace(0.5, 1e-20)),
        ("equal", laplace(0.3, 0.7), laplace(0.3, 0.7)),
    ],
    ("Cauchy", cauchy_kl): [
        ("", cauchy(1.0, 2.0), cauchy(-0.5, 1.5)),
        ("1e-8 apart", cauchy(1.0, 2.0), cauchy(1.0 + 1e-8, 2.0 + 1e-8)),
        ("locations 1e-6 apart at 1e8", cauchy(1e8, 1.0), cauchy(1e8 + 1e-6, 1.0)),
        ("locations 1e30 apart", cauchy(1e30, 1.0), cauchy(0.0, 2.0)),
        ("scale 1e-30 and 1", cauchy(0.0, 1e-30), cauchy(0.5, 1.0)),
        ("scale 1e-30 and 1e30", cauchy(0.0, 1e-30), cauchy(0.0, 1e30)),
        ("equal", cauchy(0.3, 0.7), cauchy(0.3, 0.7)),
    ],
    ("Gumbel", gumbel_kl): [
        ("", gumbel(1.0, 2.0), gumbel(-0.5, 1.5)),
        ("1e-8 apart", gumbel(1.0, 2.0), gumbel(1.0 + 1e-8, 2.0 + 1e-8)),
        ("1e-3 apart", gumbel(1.0, 2.0), gumbel(1.001, 2.001)),
        ("locations 1e-6 apart at 1e6", gumbel(1e6, 1.0), gumbel(1e6 + 1e-6, 1.0)),
        ("locations 1e4 apart", gumbel(1e4, 1.0), gumbel(0.0, 1.0)),
        ("scale 1e-20 and 1", gumbel(0.0, 1e-20), gumbel(0.5, 1.0)),
        ("scale 20 and 1", gumbel(0.0, 20.0), gumbel(0.5, 1.0)),
        ("equal", gumbel(0.3, 0.7), gumbel(0.3, 0.7)),
    ],
}

_ENTROPIES = {
    ("normal", gaussian_entropy): [normal(0.0, 1.0), normal(1e9, 1e-20), normal(0.0, 1e20)],
    ("log-normal", gaussian_entropy): [
        log_normal(0.0, 1.0),
        log_normal(1e9, 1e-9),
        log_normal(0.5, 1e9),
    ],
    ("half-normal", gaussian_entropy): [half_normal(1.0), half_normal(1e-20), half_normal(1e20)],
    ("Laplace", scale_entropy(lambda: 1 + mp.log(2))): [laplace(0.0, 1.0), laplace(0.0, 1e-20)],
    ("Cauchy", scale_entropy(lambda: mp.log(4 * mp.pi))): [cauchy(0.0, 1.0), cauchy(0.0, 1e-20)],
    ("logistic", scale_entropy(lambda: mpf(2))): [logistic(0.0, 1.0), logistic(0.0, 1e-20)],
    ("Gumbel", scale_entropy(lambda: 1 + mp.euler)): [gumbel(0.0, 1.0), gumbel(0.0, 1e-20)],
    ("Student's t", student_t_entropy): [
        *map(t, (1e-6, 0.1, 1.0, 3.0, 30.0, 1e4, 1e8, 1e15)),
        t(1e8, 1e10),
    ],
    ("skew normal", skew_normal_entropy): [skew(1.0), skew(-3.0, 4.0), skew(100.0), skew(1e4)],
}

_ORDERS = [
    (0.01, normal(1.0, 2.0), normal(-0.5, 1.5)),
    (0.5, normal(1.0, 2.0), normal(-0.5, 1.5)),
    (0.999, normal(1.0, 2.0), normal(-0.5, 1.5)),
    (1.001, normal(1.0, 2.0), normal(-0.5, 1.5)),
    (2.0, normal(1.0, 2.0), normal(-0.5, 1.5)),  # still finite
    (3.0, normal(1.0, 2.0), normal(-0.5, 1.5)),  # infinite
    (50.0, normal(1.0, 1.5), normal(-0.5, 2.0)),
    (math.inf, normal(1.0, 1.5), normal(-0.5, 2.0)),
    (math.inf, normal(1.0, 2.0), normal(-0.5, 1.5)),
    (0.5, normal(1.0, 2.0), normal(1.0 + 1e-8, 2.0 - 1e-8)),
    (1e-3, normal(1.0, 2.0), normal(1.0 + 1e-8, 2.0 - 1e-8)),
    (2.0, normal(1.0, 2.0), normal(1.0 + 1e-8, 2.0 - 1e-8)),
    (0.5, normal(1.0, 1e-15), normal(0.0, 1.0)),
    (2.0, log_normal(1.0, 1.5), log_normal(-0.5, 2.0)),
    (0.5, half_normal(1e-9), half_normal(1.0)),
    (2.0, half_normal(1.0), half_normal(1.0 + 1e-9)),
]

CASES = [
    *(
        Case(f"{family}, {name}".rstrip(", "), "kl_divergence", p, q, truth)
        for (family, truth), rows in _KL.items()
        for name, p, q in rows
    ),
    *(
        Case(f"{family} {[float(x) for x in exact(p)]}", "entropy", p, None, truth)
        for (family, truth), laws in _ENTROPIES.items()
        for p in laws
    ),
    *(
        _renyi(f"{type(p).__name__}, {i}", p, q, order, gaussian_renyi)
        for i, (order, p, q) in enumerate(_ORDERS)
    ),
    *_vectors(),
]
