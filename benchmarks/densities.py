"""The laws of one dimension by their definitions: log f(x) in mpmath, of the exact parameters."""

from __future__ import annotations

from typing import Any

import mpmath as mp

__all__ = ["DISCRETE", "divergence", "log_density"]


def _log_choose(n: Any, k: Any) -> Any:
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def _log_normal(z: Any) -> Any:
    return -z * z / 2 - mp.log(2 * mp.pi) / 2


def _log_gamma(x: Any, a: Any, b: Any) -> Any:
    return a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x


def _log_upper(x: Any, shape: Any, scale: Any, location: Any) -> Any:
    z = (x - location) / scale
    return -mp.log(scale) - (z if shape == 0 else (1 / shape + 1) * mp.log1p(shape * z))


def _log_gumbel(x: Any, m: Any, s: Any) -> Any:
    z = (x - m) / s
    return -z - mp.exp(-z) - mp.log(s)


def _log_logistic(x: Any, m: Any, s: Any) -> Any:
    z = abs(x - m) / s
    return -z - 2 * mp.log1p(mp.exp(-z)) - mp.log(s)


def _log_t(x: Any, n: Any, m: Any, s: Any) -> Any:
    z = (x - m) / s
    top = mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n * mp.pi) / 2 - mp.log(s)
    return top - (n + 1) / 2 * mp.log1p(z * z / n)


def _log_skew(x: Any, m: Any, s: Any, a: Any) -> Any:
    z = (x - m) / s
    t = a * z
    if abs(t) < 1e6:
        below = mp.log(mp.erfc(-t / mp.sqrt(2)) / 2)
    else:  # mpmath goes no further; 1/t^2 is then far below the densities' digits
        below = mp.mpf(0) if t > 0 else _log_normal(t) - mp.log(-t)
    return mp.log(2 / s) + _log_normal(z) + below


def _log_beta(x: Any, a: Any, b: Any) -> Any:
    norm = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return norm + (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)


def _log_inverse_gaussian(x: Any, m: Any, k: Any) -> Any:
    return mp.log(k / (2 * mp.pi * x**3)) / 2 - k * (x - m) ** 2 / (2 * m * m * x)


_CONTINUOUS = {
    "Normal": lambda x, m, s: _log_normal((x - m) / s) - mp.log(s),
    "LogNormal": lambda x, m, s: _log_normal((mp.log(x) - m) / s) - mp.log(s * x),
    "HalfNormal": lambda x, s: _log_normal(x / s) + mp.log(2 / s),
    "SkewNormal": _log_skew,
    "Laplace": lambda x, m, b: -abs(x - m) / b - mp.log(2 * b),
    "Cauchy": lambda x, m, s: -mp.log(mp.pi * s) - mp.log1p(((x - m) / s) ** 2),
    "StudentT": _log_t,
    "Logistic": _log_logistic,
    "Gumbel": _log_gumbel,
    "Exponential": lambda x, r: mp.log(r) - r * x,
    "Gamma": _log_gamma,
    "InverseGamma": lambda x, a, b: _log_gamma(1 / x, a, b) - 2 * mp.log(x),
    "ChiSquared": lambda x, n: _log_gamma(x, n / 2, mp.mpf(1) / 2),
    "Beta": _log_beta,
    "Weibull": lambda x, k, s: mp.log(k / s) + (k - 1) * mp.log(x / s) - (x / s) ** k,
    "Pareto": lambda x, a, m: mp.log(a) + a * mp.log(m) - (a + 1) * mp.log(x),
    "GeneralizedPareto": _log_upper,
    "Rayleigh": lambda x, s: mp.log(x) - 2 * mp.log(s) - x * x / (2 * s * s),
    "InverseGaussian": _log_inverse_gaussian,
    "Uniform": lambda x, a, b: -mp.log(b - a),  # noqa: ARG005
    "VonMises": lambda x, m, k: k * mp.cos(x - m) - mp.log(2 * mp.pi * mp.besseli(0, k)),
}

DISCRETE = {
    "Bernoulli": lambda n, p: mp.log(p) if n else mp.log1p(-p),
    "Binomial": lambda n, t, p: _log_choose(t, n) + n * mp.log(p) + (t - n) * mp.log1p(-p),
    "Geometric": lambda n, p: mp.log(p) + n * mp.log1p(-p),
    "Poisson": lambda n, r: n * mp.log(r) - r - mp.loggamma(n + 1),
    "NegativeBinomial": lambda n, r, p: (
        mp.loggamma(n + r) - mp.loggamma(r) - mp.loggamma(n + 1) + r * mp.log(p) + n * mp.log1p(-p)
    ),
    "Zipf": lambda n, s: -s * mp.log(n) - mp.log(mp.zeta(s)),
    "DiscreteUniform": lambda n, a, b: -mp.log(b - a + 1),  # noqa: ARG005
}


def log_density(law: Any) -> Any:
    """Return x -> log f(x) of a single law; x lies in the support."""
    name = type(law).__name__
    formula = {**_CONTINUOUS, **DISCRETE}[name]
    parameters = [mp.mpf(float(x)) for x in law.parameters.values()]
    if name not in ("VonMises", "Zipf"):
        return lambda x: formula(x, *parameters)
    # What does not depend on x is computed once.
    one = mp.mpf(1)
    top = formula(one, *parameters)
    if name == "Zipf":
        return lambda n: top - parameters[0] * mp.log(n)
    m, k = parameters
    return lambda x: top + k * (mp.cos(x - m) - mp.cos(one - m))


def divergence(p: Any, q: Any) -> Any:
    """Return the KL divergence by its definition; p is nowhere that q is not."""
    # Near the upper end of an interval 1 - x must keep its digits.
    with mp.workdps(130 if type(p).__name__ == "Beta" else 40):
        log_p, log_q = log_density(p), log_density(q)
        low, high = float(p.support.low), float(p.support.high)
        if p.support.discrete:
            return +_sum(log_p, log_q, int(low), high)

        def term(x: Any) -> Any:
            a = log_p(x)
            if a < -3000:  # nothing, and log q may be beyond mpmath
                return mp.mpc(0)
            density = mp.exp(a)
            return mp.mpc(density * (a - log_q(x)), density)

        kinks = [mp.mpf(float(law.location)) for law in (p, q) if type(law).__name__ == "Laplace"]
        total = _integral(term, low, high, kinks)
        if not abs(total.imag - 1) < mp.mpf(10) ** -16:
            raise ArithmeticError(p, total.imag)  # the rule has missed some of p
        return +total.real


_STEPS = [-400, -150, -60, -30, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 30, 60, 150, 400]


def _integral(term: Any, low: float, high: float, kinks: list[Any]) -> Any:
    """Integrate on a scale on which the laws' ends and tails are smooth and far away."""
    if low == -mp.inf and high == mp.inf:
        points = sorted({mp.mpf(0), *kinks})
        ends = [mp.mpf(x) for x in (points[0], points[-1])]
        inner = [x for x in points if ends[0] < x < ends[-1]]
        value = sum(
            mp.quad(lambda u, e=end, s=side: mp.exp(u) * term(e + s * mp.exp(u)), _STEPS)
            for end, side in ((ends[0], -1), (ends[-1], 1))
        )
        cuts = [ends[0], *inner, ends[-1]]
        return value + (mp.quad(term, cuts) if ends[0] < ends[-1] else 0)
    a = mp.mpf(low)
    if high == mp.inf:
        kinks = sorted(mp.log(x - a) for x in kinks if x > a)
        return mp.quad(lambda u: mp.exp(u) * term(a + mp.exp(u)), sorted([*_STEPS, *kinks]))
    width = mp.mpf(high) - a
    kinks = [mp.log((x - a) / (a + width - x)) for x in kinks if a < x < a + width]
    furthest = 2 * mp.mp.dps  # exp(-furthest) is 13 digits above what is lost
    steps = sorted([-furthest, *(x for x in _STEPS if abs(x) < furthest), furthest, *kinks])

    def mapped(u: Any) -> Any:
        share = 1 / (1 + mp.exp(-u))
        return width * share * (1 - share) * term(a + width * share)

    return mp.quad(mapped, steps)


def _sum(log_p: Any, log_q: Any, low: int, high: float) -> Any:
    """Add up integers until nothing is left, or the rest by Euler and Maclaurin's formula."""

    def term(n: Any) -> Any:
        a = log_p(n)
        return mp.exp(a) * (a - log_q(n))

    total, n, last = mp.mpf(0), low, min(high, low + 3000)
    while n <= last:
        total += term(mp.mpf(n))
        n += 1
    if last == high or mp.exp(log_p(mp.mpf(n))) < mp.mpf(10) ** -40:
        return total
    x = mp.mpf(n)
    points = [mp.log(x) + step for step in (0, 1, 3, 6, 12, 25, 50, 100, 200, 400)]
    rest = mp.quad(lambda u: mp.exp(u) * term(mp.exp(u)), points)
    slopes = (mp.diff(term, x, k) for k in (1, 3, 5))
    first, third, fifth = slopes
    return total + rest + term(x) / 2 - first / 12 + third / 720 - fifth / 30240
