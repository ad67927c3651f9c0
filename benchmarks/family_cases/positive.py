"""Lifetimes, heavy tails, intervals and the circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
from mpmath import mpf

from family_cases.case import Case
from kullback.families import (
    Exponential,
    GeneralizedPareto,
    InverseGaussian,
    Pareto,
    Rayleigh,
    Uniform,
    VonMises,
    Weibull,
)

__all__ = ["CASES"]

Truth = Callable[[Any, Any], Any]

# Enough for laws that differ by 1e-10, and for the logarithm of I_0(1e8).
DIGITS = 120


def exact(law: Any) -> list[Any]:
    """Return the parameters of a law as they stand."""
    return [mpf(float(x)) for x in law.parameters.values()]


def with_digits(truth: Truth) -> Truth:
    """Evaluate a definition with many digits."""

    def run(p: Any, q: Any) -> Any:
        with mp.workdps(DIGITS):
            value = truth(p, q)
            return value if abs(value) > mpf(10) ** (-DIGITS // 2) else mpf(0)

    return run


# ---------------------------------------------------------------- definitions


def as_weibull(law: Any) -> tuple[Any, Any]:
    """Return shape and scale of a law that is one of Weibull's."""
    if isinstance(law, Exponential):
        return mpf(1), 1 / exact(law)[0]
    if isinstance(law, Rayleigh):
        return mpf(2), mp.sqrt(2) * exact(law)[0]
    shape, scale = exact(law)
    return shape, scale


def weibull_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    k, s = as_weibull(p)
    return mp.euler * (1 - 1 / k) + mp.log(s / k) + 1


def weibull_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g, where log x and x^m have known means."""
    (k, s), (m, t) = as_weibull(p), as_weibull(q)
    mean_log = mp.log(s) - mp.euler / k
    log_f = mp.log(k) - k * mp.log(s) + (k - 1) * mean_log - 1
    log_g = mp.log(m) - m * mp.log(t) + (m - 1) * mean_log - (s / t) ** m * mp.gamma(1 + m / k)
    return log_f - log_g


def rayleigh_renyi(order: float) -> Truth:
    """Return the logarithm of the integral of f^a g^(1 - a), over a - 1."""

    def truth(p: Any, q: Any) -> Any:
        a, (s,), (t,) = mpf(order), exact(p), exact(q)
        rate = a / s**2 + (1 - a) / t**2
        if rate <= 0:
            return mp.inf
        return (-2 * a * mp.log(s) - 2 * (1 - a) * mp.log(t) - mp.log(rate)) / (a - 1)

    return truth


def pareto_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    a, m = exact(p)
    return mp.log(m / a) + 1 + 1 / a


def pareto_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g."""
    (a, m), (b, n) = exact(p), exact(q)
    if n > m:
        return mp.inf
    mean_log = mp.log(m) + 1 / a
    return mp.log(a) + a * mp.log(m) - mp.log(b) - b * mp.log(n) + (b - a) * mean_log


def pareto_renyi(order: float) -> Truth:
    """Return the logarithm of the integral of f^a g^(1 - a), over a - 1."""

    def truth(p: Any, q: Any) -> Any:
        w, (a, m), (b, n) = mpf(order), exact(p), exact(q)
        rest = w * a + (1 - w) * b
        if rest <= 0 or (n > m and w > 1):
            return mp.inf
        logs = w * (mp.log(a) + a * mp.log(m)) + (1 - w) * (mp.log(b) + b * mp.log(n))
        return (logs - mp.log(rest) - rest * mp.log(max(m, n))) / (w - 1)

    return truth


def generalized_pareto_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    shape, scale, _location = exact(p)
    return mp.log(scale) + shape + 1


def inverse_gaussian_entropy(p: Any, _: Any) -> Any:
    """Return the entropy; the mean of log x is log mu - exp(z) E_1(z), z = 2 lambda/mu."""
    mean, shape = exact(p)
    z = 2 * shape / mean
    mean_log = mp.log(mean) - mp.exp(z) * mp.expint(1, z)
    return (1 + mp.log(2 * mp.pi / shape) + 3 * mean_log) / 2


def inverse_gaussian_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g, where x and 1/x have known means."""
    (mean, shape), (other, form) = exact(p), exact(q)
    inverse = 1 / mean + 1 / shape
    mean_log_f = mp.log(shape) / 2 - mpf(1) / 2
    mean_log_g = mp.log(form) / 2 - form * (mean / other**2 - 2 / other + inverse) / 2
    return mean_log_f - mean_log_g


def inverse_gaussian_renyi(order: float) -> Truth:
    """Return what the convexity of the logarithm of the normalising constant says."""

    def truth(p: Any, q: Any) -> Any:
        a, (mean, shape), (other, form) = mpf(order), exact(p), exact(q)
        b = 1 - a
        over = a * shape + b * form, a * shape / mean**2 + b * form / other**2
        if min(over) <= 0:
            return mp.inf
        mixed = mp.log(over[0]) / 2 + mp.sqrt(over[0] * over[1])
        own = mp.log(shape) / 2 + shape / mean
        return (a * own + b * (mp.log(form) / 2 + form / other) - mixed) / (a - 1)

    return truth


def uniform_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    low, high = exact(p)
    return mp.log(high - low)


def uniform_kl(p: Any, q: Any) -> Any:
    """Return the logarithm of the ratio of widths."""
    (a, b), (c, d) = exact(p), exact(q)
    return mp.log((d - c) / (b - a)) if c <= a and b <= d else mp.inf


def uniform_cross_entropy(p: Any, q: Any) -> Any:
    """Return the logarithm of q's width."""
    return uniform_kl(p, q) + uniform_entropy(p, None)


def uniform_renyi(order: float) -> Truth:
    """Return the logarithm of the integral of f^a g^(1 - a), over a - 1, for a below 1."""

    def truth(p: Any, q: Any) -> Any:
        w, (a, b), (c, d) = mpf(order), exact(p), exact(q)
        both = min(b, d) - max(a, c)
        if both <= 0:
            return mp.inf
        return (mp.log(both) - w * mp.log(b - a) - (1 - w) * mp.log(d - c)) / (w - 1)

    return truth


def von_mises_entropy(p: Any, _: Any) -> Any:
    """Return the entropy."""
    _location, kappa = exact(p)
    mean = mp.besseli(1, kappa) / mp.besseli(0, kappa)
    return mp.log(2 * mp.pi * mp.besseli(0, kappa)) - kappa * mean


def von_mises_kl(p: Any, q: Any) -> Any:
    """Return the mean of log f - log g, where the cosine has a known mean."""
    (mu, kappa), (nu, other) = exact(p), exact(q)
    mean = mp.besseli(1, kappa) / mp.besseli(0, kappa)
    constant = mp.log(mp.besseli(0, other) / mp.besseli(0, kappa))
    return constant + mean * (kappa - other * mp.cos(mu - nu))


# ---------------------------------------------------------------- cases


def cases(make: Callable[..., Any], measure: str, truth: Truth, **options: float) -> Callable:
    """Return what makes cases of pairs of parameters, each with a word about them."""

    def of(rows: dict[str, tuple]) -> list[Case]:
        found = []
        for name, values in rows.items():
            laws = [make(*row) for row in values] if isinstance(values[0], tuple) else None
            p, q = laws or (make(*values), None)
            shown = f"{type(p).__name__}, {name}"
            found.append(Case(shown, measure, p, q, with_digits(truth), options))
        return found

    return of


def weibull(shape: float, scale: float) -> Weibull:
    """Return a law of Weibull's."""
    return Weibull(shape=shape, scale=scale)


def pareto(shape: float, scale: float) -> Pareto:
    """Return a law of Pareto's."""
    return Pareto(shape=shape, scale=scale)


def generalized(shape: float, scale: float) -> GeneralizedPareto:
    """Return a generalized Pareto law."""
    return GeneralizedPareto(shape=shape, scale=scale)


def rayleigh(scale: float) -> Rayleigh:
    """Return a law of Rayleigh's."""
    return Rayleigh(scale=scale)


def wald(mean: float, shape: float) -> InverseGaussian:
    """Return an inverse Gaussian law."""
    return InverseGaussian(mean=mean, shape=shape)


def uniform(low: float, high: float) -> Uniform:
    """Return the law of an interval."""
    return Uniform(low=low, high=high)


def mises(location: float, concentration: float) -> VonMises:
    """Return a law on the circle."""
    return VonMises(location=location, concentration=concentration)


CASES = [
    *cases(weibull, "entropy", weibull_entropy)(
        {
            "ordinary": (1.5, 2.0),
            "infant deaths": (0.5, 3.0),
            "tiny shape": (1e-3, 1e-5),
            "huge shape": (1e6, 3.0),
            "tiny scale": (2.5, 1e-30),
            "huge scale": (2.5, 1e30),
        }
    ),
    *cases(weibull, "kl_divergence", weibull_kl)(
        {
            "ordinary": ((1.5, 2.0), (2.5, 1.0)),
            "equal": ((1.7, 0.3), (1.7, 0.3)),
            "nearly equal": ((1.5, 2.0), (1.5 * (1 + 1e-9), 2.0 * (1 - 1e-9))),
            "near": ((1.5, 2.0), (1.5003, 2.0001)),
            "only shapes differ, by little": ((3.0, 1.0), (3.0 + 1e-8, 1.0)),
            "opposite shifts": ((1.5, 2.0), (1.5 * (1 + 1e-5), 2.0 * (1 + 2.8185e-6))),
            "far": ((4.0, 3.0), (0.5, 100.0)),
            "far and steep": ((0.5, 1.0), (5.0, 1.0)),
            "tiny shapes": ((1e-3, 1.0), (1.1e-3, 2.0)),
            "huge shapes": ((1e6, 1.0), (1.001e6, 1.0000001)),
            "huge shapes, nearly equal": ((1e6, 1.0), (1e6 * (1 + 1e-9), 1.0 + 1e-15)),
            "tiny scales": ((2.0, 1e-30), (3.0, 3e-30)),
            "huge scales": ((2.0, 1e30), (3.0, 3e30)),
        }
    ),
    *cases(rayleigh, "entropy", weibull_entropy)(
        {"ordinary": (2.0,), "tiny": (1e-30,), "huge": (1e30,)}
    ),
    *cases(rayleigh, "kl_divergence", weibull_kl)(
        {
            "ordinary": ((1.0,), (2.0,)),
            "nearly equal": ((3.0,), (3.0 * (1 + 1e-9),)),
            "near": ((3.0,), (3.0001,)),
            "far": ((1e-3,), (1e3,)),
            "far the other way": ((1e3,), (1e-3,)),
            "tiny": ((1e-30,), (1.5e-30,)),
            "huge": ((1e30,), (1.5e30,)),
        }
    ),
    *cases(rayleigh, "renyi_divergence", rayleigh_renyi(0.5), order=0.5)(
        {"half, near": ((2.0,), (2.0002,)), "half, far": ((1e-3,), (1e3,))}
    ),
    *cases(rayleigh, "renyi_divergence", rayleigh_renyi(2.0), order=2.0)(
        {"2": ((1.0,), (1.2,)), "2, infinite": ((2.0,), (1.0,))}
    ),
    Case(
        "Weibull and Rayleigh",
        "kl_divergence",
        weibull(1.5, 2.0),
        rayleigh(1.3),
        with_digits(weibull_kl),
    ),
    Case(
        "Rayleigh and Weibull, near",
        "kl_divergence",
        rayleigh(1.0),
        weibull(2.002, 1.4142),
        with_digits(weibull_kl),
    ),
    Case(
        "Exponential and Weibull",
        "kl_divergence",
        Exponential(rate=0.5),
        weibull(1.2, 3.0),
        with_digits(weibull_kl),
    ),
    Case(
        "Weibull and Exponential, near",
        "kl_divergence",
        weibull(1.001, 2.0),
        Exponential(rate=0.5),
        with_digits(weibull_kl),
    ),
    Case(
        "Rayleigh and Exponential",
        "kl_divergence",
        rayleigh(2.0),
        Exponential(rate=3.0),
        with_digits(weibull_kl),
    ),
    Case(
        "Exponential and Rayleigh",
        "kl_divergence",
        Exponential(rate=3.0),
        rayleigh(2.0),
        with_digits(weibull_kl),
    ),
    *cases(pareto, "entropy", pareto_entropy)(
        {
            "ordinary": (2.5, 2.0),
            "no mean": (0.3, 1.0),
            "tiny shape": (1e-8, 1.0),
            "huge shape": (1e8, 1.0),
            "huge scale": (1.5, 1e30),
        }
    ),
    *cases(pareto, "kl_divergence", pareto_kl)(
        {
            "ordinary": ((2.5, 2.0), (1.5, 1.0)),
            "equal": ((0.7, 3.0), (0.7, 3.0)),
            "nearly equal": ((2.5, 1.0), (2.5 * (1 + 1e-9), 1.0)),
            "minima nearly equal": ((2.5, 1.0), (2.5, 1.0 - 1e-9)),
            "far": ((1e-3, 1e10), (1e3, 1e-10)),
            "tiny shapes": ((1e-8, 1.0), (2e-8, 0.5)),
            "huge shapes": ((1e8, 1.0), (1.0001e8, 1.0)),
            "q begins later": ((1.0, 1.0), (1.0, 2.0)),
        }
    ),
    *cases(pareto, "renyi_divergence", pareto_renyi(0.5), order=0.5)(
        {
            "half": ((2.5, 2.0), (1.5, 1.0)),
            "half, near": ((2.5, 1.0), (2.5001, 1.0)),
            "half, q begins later": ((2.5, 1.0), (1.5, 3.0)),
        }
    ),
    *cases(pareto, "renyi_divergence", pareto_renyi(3.0), order=3.0)(
        {
            "3": ((2.5, 2.0), (1.5, 1.0)),
            "3, near": ((2.5, 1.0), (2.5001, 1.0)),
            "3, infinite": ((1.0, 2.0), (1.5, 1.0)),
        }
    ),
    *cases(generalized, "entropy", generalized_pareto_entropy)(
        {
            "ordinary": (0.3, 2.0),
            "exponential": (0.0, 2.0),
            "nearly exponential": (1e-12, 2.0),
            "bounded": (-0.6, 2.0),
            "heavy": (100.0, 1e-20),
        }
    ),
    *cases(wald, "entropy", inverse_gaussian_entropy)(
        {
            "ordinary": (2.0, 3.0),
            "skewed": (3.0, 0.01),
            "very skewed": (1e10, 1e-5),
            "nearly normal": (1.0, 1e10),
            "huge": (1e20, 1e30),
            "tiny": (1e-20, 1e-25),
        }
    ),
    *cases(wald, "kl_divergence", inverse_gaussian_kl)(
        {
            "ordinary": ((2.0, 3.0), (1.0, 5.0)),
            "nearly equal": ((2.0, 3.0), (2.0 * (1 + 1e-9), 3.0 * (1 - 1e-9))),
            "near": ((2.0, 3.0), (2.0002, 3.0001)),
            "far": ((1e-5, 1e3), (1e3, 1e-5)),
            "nearly normal": ((1.0, 1e10), (1.00001, 1.1e10)),
            "tiny": ((1e-20, 1e-20), (2e-20, 3e-20)),
            "huge": ((1e20, 1e20), (2e20, 3e20)),
        }
    ),
    *cases(wald, "renyi_divergence", inverse_gaussian_renyi(0.5), order=0.5)(
        {
            "half": ((2.0, 3.0), (1.0, 5.0)),
            "half, near": ((2.0, 3.0), (2.0002, 3.0001)),
        }
    ),
    *cases(wald, "renyi_divergence", inverse_gaussian_renyi(2.0), order=2.0)(
        {
            "2": ((2.0, 3.0), (2.2, 2.5)),
            "2, infinite": ((2.0, 1.0), (1.0, 2.5)),
        }
    ),
    *cases(uniform, "entropy", uniform_entropy)(
        {"ordinary": (-1.0, 3.0), "narrow": (1.0, 1.0 + 2**-20), "wide": (-1e30, 1e30)}
    ),
    *cases(uniform, "kl_divergence", uniform_kl)(
        {
            "ordinary": ((0.0, 1.0), (-1.0, 3.0)),
            "equal": ((0.1, 0.7), (0.1, 0.7)),
            "nearly equal": ((0.5, 1.0), (0.5 - 1e-9, 1.0 + 1e-9)),
            "one end beyond": ((-1.0, 1.0), (-1.0, 1.0 + 2**-22)),
            "very different": ((1.0, 1.0 + 2**-20), (-1e30, 1e30)),
            "not inside": ((0.0, 1.0), (0.5, 3.0)),
        }
    ),
    *cases(uniform, "cross_entropy", uniform_cross_entropy)(
        {"inside": ((0.0, 1.0), (-1.0, 3.0)), "not inside": ((0.0, 1.0), (0.5, 3.0))}
    ),
    *cases(uniform, "renyi_divergence", uniform_renyi(0.5), order=0.5)(
        {
            "half": ((0.0, 1.0), (0.5, 3.0)),
            "half, near": ((0.5, 1.0), (0.5001, 1.0001)),
            "half, apart": ((0.0, 1.0), (1.0, 3.0)),
        }
    ),
    *cases(mises, "entropy", von_mises_entropy)(
        {
            "ordinary": (0.5, 2.0),
            "uniform": (0.0, 0.0),
            "nearly uniform": (0.0, 1e-8),
            "concentrated": (1.0, 100.0),
            "very concentrated": (1.0, 1e8),
            "a point, nearly": (1.0, 1e30),
        }
    ),
    *cases(mises, "kl_divergence", von_mises_kl)(
        {
            "ordinary": ((0.5, 2.0), (1.5, 3.0)),
            "equal": ((0.5, 2.0), (0.5, 2.0)),
            "nearly equal": ((0.5, 2.0), (0.5 + 1e-9, 2.0 * (1 + 1e-9))),
            "near, concentrated": ((0.5, 100.0), (0.5001, 100.01)),
            "nearly uniform": ((0.5, 1e-8), (1.5, 2e-8)),
            "nearly uniform, nearly equal": ((0.5, 1e-8), (0.5 + 1e-7, 1e-8 * (1 + 1e-7))),
            "very concentrated": ((0.5, 1e8), (0.5001, 1.1e8)),
            "very concentrated, nearly equal": ((0.5, 1e8), (0.5, 1e8 * (1 + 1e-7))),
            "uniform and concentrated": ((0.0, 0.0), (1.0, 1e3)),
            "concentrated and uniform": ((1.0, 1e3), (0.0, 0.0)),
            "across the crossover": ((0.5, 60.0), (0.6, 130.0)),
            "opposite": ((-3.0, 50.0), (0.1, 50.0)),
        }
    ),
]
