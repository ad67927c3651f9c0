"""Densities beside finite ends of their supports: answers, and the errors stated, against mpmath.

Distributions of SciPy and PyTorch, and families that give a density and no tails, of every shape
beside an end: powers, steps, logarithms, what vanishes, at 0 and elsewhere, shifted and stretched.

    python benchmarks/ends.py [--most 10] [--seed 0]

Every answer is right (within its stated error), refused, or wrong. It exits with 1 if one is wrong.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import mpmath as mp
import numpy as np
from scipy import stats

import kullback as kb
from kullback import families as f
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support
from kullback.families.parameters import POSITIVE, parameter

# ruff: noqa: ARG005, PLW0108 (formulas take both distances, and are made alike)

__all__ = ["MEASURES", "OTHERS", "SHAPES", "Shape", "checked", "truth"]

_DIGITS = 28
# Steps of the trapezoids, on a scale on which densities have no singularities near the line.
_STEPS = {"unit": mp.mpf(1) / 6, "half": mp.mpf(1) / 14}
# A stated error that is larger than this share of a value is of no use.
_USEFUL = 1e-7


class Shape(NamedTuple):
    """A distribution, and the logarithm of its density in mpmath, by distances from both ends.

    Of an infinite support the second distance is infinite. `turned` tells that the finite end is
    the upper one.
    """

    make: Callable[[], Any]
    log: Callable[[Any, Any], Any]
    low: Any
    width: Any = 1
    turned: bool = False
    kinks: tuple[float, ...] = ()


def _rest(x: Any, z: Any, a: Any) -> Any:
    """Return 1 - x^a, given z = 1 - x."""
    return -mp.expm1(a * (mp.log1p(-z) if z < 0.5 else mp.log(x)))


# ---------------------------------------------------------------- families with no tails


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OwnKumaraswamy(AbstractFamily):
    """A family of a user's own, without tails."""

    a: Any = parameter(POSITIVE)
    b: Any = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The unit interval."""
        return Support(0.0 * self.a, 0.0 * self.a + 1.0)

    def _log_density(self, xp: Any, x: Any) -> Any:
        a, b = self.a, self.b
        return xp.log(a * b) + (a - 1.0) * xp.log(x) + (b - 1.0) * xp.log1p(-(x**a))

    def _scipy(self) -> Any:
        return _Quantiles(self)


class _Quantiles:
    def __init__(self, law: OwnKumaraswamy) -> None:
        self.a, self.b = float(law.a), float(law.b)

    def ppf(self, u: Any) -> Any:
        return (-np.expm1(np.log1p(-u) / self.b)) ** (1.0 / self.a)

    def cdf(self, x: Any) -> Any:
        return -np.expm1(self.b * np.log1p(-(x**self.a)))

    def sf(self, x: Any) -> Any:
        return np.exp(self.b * np.log1p(-(x**self.a)))


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Logarithmic(AbstractFamily):
    """A density (-log y)^n / n!, y the distance from 0 or from 1; it tells nothing else."""

    n: Any = parameter(POSITIVE)
    above: Any = parameter(POSITIVE)  # 1 from 0, 2 from 1

    @property
    def support(self) -> Support:
        """The unit interval."""
        return Support(0.0 * self.n, 0.0 * self.n + 1.0)

    def _log_density(self, xp: Any, x: Any) -> Any:
        y = x if float(self.above) == 1.0 else 1.0 - x
        return self.n * xp.log(-xp.log(y)) - math.lgamma(1.0 + float(self.n))

    def _scipy(self) -> Any:
        raise NotImplementedError


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Vanishing(AbstractFamily):
    """The density of 1/E, E exponential: exp(-1/x)/x^2; it tells nothing else."""

    rate: Any = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The positive numbers."""
        return Support(0.0 * self.rate, math.inf + self.rate)

    def _log_density(self, xp: Any, x: Any) -> Any:
        return xp.log(self.rate) - self.rate / x - 2.0 * xp.log(x)

    def _scipy(self) -> Any:
        raise NotImplementedError


# ---------------------------------------------------------------- shapes


def _torch(name: str, *given: float) -> Any:
    import torch

    return getattr(torch.distributions, name)(
        *(torch.tensor(x, dtype=torch.float64) for x in given)
    )


def _relaxed(temperature: float, probability: float) -> Any:
    import torch

    t, p = (torch.tensor(x, dtype=torch.float64) for x in (temperature, probability))
    return torch.distributions.RelaxedBernoulli(t, probs=p)


def _log_relaxed(x: Any, z: Any, t: Any, p: Any) -> Any:
    u = mp.log(x) - mp.log(z)
    d = mp.log(p) - mp.log1p(-p) - t * u
    return mp.log(t) + d - 2 * mp.log1p(mp.exp(d)) - mp.log(x) - mp.log(z)


def _log_kumaraswamy(x: Any, z: Any, a: Any, b: Any) -> Any:
    return mp.log(a * b) + (a - 1) * mp.log(x) + (b - 1) * mp.log(_rest(x, z, a))


def _log_argus(x: Any, z: Any, c: Any) -> Any:
    inner = z * (1 + x)
    psi = mp.ncdf(c) - mp.npdf(c) * c - mp.mpf(1) / 2
    top = 3 * mp.log(c) - mp.log(2 * mp.pi) / 2 - mp.log(psi)
    return top + mp.log(x) + mp.log(inner) / 2 - c * c * inner / 2


def _log_t2(z: Any) -> Any:
    return -z * z / 2 - mp.log(2 * mp.pi) / 2


def _beta(a: float, b: float) -> Callable[[Any, Any], Any]:
    top = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return lambda x, z: top + (a - 1) * mp.log(x) + (b - 1) * mp.log(z)


def _log_arcsine(x: Any, z: Any) -> Any:
    return -mp.log(mp.pi) - (mp.log(x) + mp.log(z)) / 2


def _log_sine(x: Any, z: Any) -> Any:
    return mp.log(mp.sin(mp.pi * min(x, z)))


M = mp.mpf
UNIT: dict[str, Shape] = {
    "arcsine": Shape(lambda: stats.arcsine(), _log_arcsine, 0),
    "arcsine from 3": Shape(
        lambda: stats.arcsine(3.0, 0.75), lambda x, z: _log_arcsine(x, z) - mp.log(0.75), 3, M(0.75)
    ),
    "arcsine from -1e3": Shape(lambda: stats.arcsine(-1e3, 1.0), _log_arcsine, -1000),
    "Affine Beta": Shape(
        lambda: f.Affine(f.Beta(alpha=0.5, beta=0.25), location=3.0, scale=0.75),
        lambda x, z: _beta(0.5, 0.25)(x, z) - mp.log(0.75),
        3,
        M(0.75),
    ),
    "powerlaw 0.3": Shape(
        lambda: stats.powerlaw(0.3), lambda x, z: mp.log(M(0.3)) + (M(0.3) - 1) * mp.log(x), 0
    ),
    "powerlaw 4": Shape(lambda: stats.powerlaw(4.0), lambda x, z: mp.log(4) + 3 * mp.log(x), 0),
    "rdist 0.5": Shape(
        lambda: stats.rdist(0.5),
        lambda x, z: -mp.log(mp.beta(0.5, 0.25)) - M(0.75) * mp.log(4 * x * z),
        -1,
        2,
    ),
    "rdist 5": Shape(
        lambda: stats.rdist(5.0),
        lambda x, z: -mp.log(mp.beta(0.5, 2.5)) + M(1.5) * mp.log(4 * x * z),
        -1,
        2,
    ),
    "semicircular": Shape(
        lambda: stats.semicircular(),
        lambda x, z: mp.log(2 / mp.pi) + mp.log(4 * x * z) / 2,
        -1,
        2,
    ),
    "cosine": Shape(
        lambda: stats.cosine(),
        lambda x, z: 2 * _log_sine(x, z) - mp.log(mp.pi),
        -math.pi,
        2 * math.pi,
    ),
    "anglit": Shape(lambda: stats.anglit(), _log_sine, -math.pi / 4, math.pi / 2),
    "johnsonsb": Shape(
        lambda: stats.johnsonsb(0.5, 1.5),
        lambda x, z: (
            _log_t2(M(0.5) + M(1.5) * (mp.log(x) - mp.log(z)))
            + mp.log(M(1.5))
            - mp.log(x)
            - mp.log(z)
        ),
        0,
    ),
    "bradford": Shape(
        lambda: stats.bradford(3.0), lambda x, z: mp.log(3 / mp.log(4)) - mp.log1p(3 * x), 0
    ),
    "triang": Shape(
        lambda: stats.triang(0.25),
        lambda x, z: mp.log(8 * x) if x < 0.25 else mp.log(2 * z / M(0.75)),
        0,
        kinks=(0.25,),
    ),
    "triang at an end": Shape(lambda: stats.triang(0.0), lambda x, z: mp.log(2 * z), 0),
    "trapezoid": Shape(
        lambda: stats.trapezoid(0.25, 0.5),
        lambda x, z: mp.log(M(2) / M(1.25)) + mp.log(min(x / M(0.25), 1, z / M(0.5))),
        0,
        kinks=(0.25, 0.5),
    ),
    "argus": Shape(lambda: stats.argus(1.5), lambda x, z: _log_argus(x, z, M(1.5)), 0),
    "loguniform": Shape(
        lambda: stats.loguniform(1.0, 9.0),
        lambda x, z: -mp.log(1 + 8 * x) - mp.log(mp.log(9)),
        1,
        8,
    ),
    "beta from 2": Shape(
        lambda: stats.beta(0.6, 0.3, 2.0, 4.0), lambda x, z: _beta(0.6, 0.3)(x, z) - mp.log(4), 2, 4
    ),
    "Kumaraswamy 2 3": Shape(
        lambda: _torch("Kumaraswamy", 2.0, 3.0), lambda x, z: _log_kumaraswamy(x, z, 2, 3), 0
    ),
    "Kumaraswamy 0.5 0.4": Shape(
        lambda: _torch("Kumaraswamy", 0.5, 0.4),
        lambda x, z: _log_kumaraswamy(x, z, M(0.5), M(0.4)),
        0,
    ),
    "Kumaraswamy 3 0.2": Shape(
        lambda: _torch("Kumaraswamy", 3.0, 0.2),
        lambda x, z: _log_kumaraswamy(x, z, 3, M(0.2)),
        0,
    ),
    "RelaxedBernoulli": Shape(
        lambda: _relaxed(0.5, 0.3), lambda x, z: _log_relaxed(x, z, M(0.5), M(0.3)), 0
    ),
    "own Kumaraswamy 2 3": Shape(
        lambda: OwnKumaraswamy(a=2.0, b=3.0), lambda x, z: _log_kumaraswamy(x, z, 2, 3), 0
    ),
    "own Kumaraswamy 0.4 0.6": Shape(
        lambda: OwnKumaraswamy(a=0.4, b=0.6),
        lambda x, z: _log_kumaraswamy(x, z, M(0.4), M(0.6)),
        0,
    ),
    "log": Shape(lambda: Logarithmic(n=1.0, above=1.0), lambda x, z: mp.log(-_ln(x, z)), 0),
    "log from 1": Shape(lambda: Logarithmic(n=1.0, above=2.0), lambda x, z: mp.log(-_ln(z, x)), 0),
    "log squared": Shape(
        lambda: Logarithmic(n=2.0, above=1.0), lambda x, z: 2 * mp.log(-_ln(x, z)) - mp.log(2), 0
    ),
    "Beta": Shape(lambda: f.Beta(alpha=0.5, beta=0.6), _beta(0.5, 0.6), 0),
    "Beta 3 2": Shape(lambda: f.Beta(alpha=3.0, beta=2.0), _beta(3, 2), 0),
    "Uniform": Shape(lambda: f.Uniform(low=0.0, high=1.0), lambda x, z: M(0), 0),
}


def _ln(x: Any, z: Any) -> Any:
    return mp.log1p(-z) if z < 0.5 else mp.log(x)


def _log_generalized_gamma(y: Any, a: Any, c: Any) -> Any:
    return mp.log(abs(c)) + (c * a - 1) * mp.log(y) - y**c - mp.loggamma(a)


def _log_f(y: Any, m: Any, n: Any) -> Any:
    m, n = M(m), M(n)
    top = m / 2 * mp.log(m) + n / 2 * mp.log(n) - mp.log(mp.beta(m / 2, n / 2))
    return top + (m / 2 - 1) * mp.log(y) - (m + n) / 2 * mp.log(n + m * y)


def _log_exponentiated(y: Any, a: Any, c: Any) -> Any:
    power = y**c
    return mp.log(a * c) + (a - 1) * mp.log(-mp.expm1(-power)) - power + (c - 1) * mp.log(y)


def _log_fatigue(y: Any, c: Any) -> Any:
    return mp.log((y + 1) / (2 * c)) - 3 * mp.log(y) / 2 + _log_t2((y - 1) / (c * mp.sqrt(y)))


def _log_extreme(y: Any, c: Any) -> Any:
    """Of genextreme with c > 0, by the distance from its upper end 1/c."""
    t = c * y
    return (1 / c - 1) * mp.log(t) - t ** (1 / c)


HALF: dict[str, Shape] = {
    "chi 0.5": Shape(
        lambda: stats.chi(0.5),
        lambda y, _: (1 - M(0.25)) * mp.log(2) - mp.loggamma(M(0.25)) - mp.log(y) / 2 - y * y / 2,
        0,
    ),
    "gengamma 0.3 2": Shape(
        lambda: stats.gengamma(0.3, 2.0), lambda y, _: _log_generalized_gamma(y, M(0.3), 2), 0
    ),
    "gengamma 2 -1.5": Shape(
        lambda: stats.gengamma(2.0, -1.5), lambda y, _: _log_generalized_gamma(y, 2, M(-1.5)), 0
    ),
    "nakagami": Shape(
        lambda: stats.nakagami(0.6),
        lambda y, _: (
            mp.log(2)
            + M(0.6) * mp.log(M(0.6))
            - mp.loggamma(M(0.6))
            + (2 * M(0.6) - 1) * mp.log(y)
            - M(0.6) * y * y
        ),
        0,
    ),
    "exponweib": Shape(
        lambda: stats.exponweib(0.5, 0.7), lambda y, _: _log_exponentiated(y, M(0.5), M(0.7)), 0
    ),
    "exponweib 3 2": Shape(
        lambda: stats.exponweib(3.0, 2.0), lambda y, _: _log_exponentiated(y, M(3), M(2)), 0
    ),
    "betaprime": Shape(
        lambda: stats.betaprime(0.5, 3.0),
        lambda y, _: -mp.log(mp.beta(0.5, 3)) - mp.log(y) / 2 - M(3.5) * mp.log1p(y),
        0,
    ),
    "f 1 5": Shape(lambda: stats.f(1.0, 5.0), lambda y, _: _log_f(y, 1, 5), 0),
    "FisherSnedecor": Shape(
        lambda: _torch("FisherSnedecor", 3.0, 7.0), lambda y, _: _log_f(y, 3, 7), 0
    ),
    "fisk": Shape(
        lambda: stats.fisk(0.8),
        lambda y, _: mp.log(M(0.8)) - M(1 + M(0.8)) * mp.log(y) - 2 * mp.log1p(y ** -M(0.8)),
        0,
    ),
    "burr12": Shape(
        lambda: stats.burr12(0.5, 3.0),
        lambda y, _: mp.log(M(1.5)) - mp.log(y) / 2 - 4 * mp.log1p(mp.sqrt(y)),
        0,
    ),
    "invweibull": Shape(
        lambda: stats.invweibull(2.0), lambda y, _: mp.log(2) - 3 * mp.log(y) - y**-2, 0
    ),
    "levy": Shape(
        lambda: stats.levy(),
        lambda y, _: -mp.log(2 * mp.pi) / 2 - 3 * mp.log(y) / 2 - 1 / (2 * y),
        0,
    ),
    "levy from 5": Shape(
        lambda: stats.levy(5.0, 2.0),
        lambda y, _: -mp.log(mp.pi) / 2 - 3 * mp.log(y) / 2 - 1 / y,
        5,
    ),
    "fatiguelife": Shape(lambda: stats.fatiguelife(1.0), lambda y, _: _log_fatigue(y, M(1)), 0),
    "loglaplace": Shape(
        lambda: stats.loglaplace(1.5),
        lambda y, _: mp.log(M(0.75)) + (M(0.5) if y < 1 else M(-2.5)) * mp.log(y),
        0,
        kinks=(1.0,),
    ),
    "halfcauchy": Shape(
        lambda: stats.halfcauchy(), lambda y, _: mp.log(2 / mp.pi) - mp.log1p(y * y), 0
    ),
    "HalfCauchy": Shape(
        lambda: _torch("HalfCauchy", 1.0), lambda y, _: mp.log(2 / mp.pi) - mp.log1p(y * y), 0
    ),
    "maxwell": Shape(
        lambda: stats.maxwell(),
        lambda y, _: mp.log(2 / mp.pi) / 2 + 2 * mp.log(y) - y * y / 2,
        0,
    ),
    "pearson3": Shape(
        lambda: stats.pearson3(3.0),  # a Gamma of shape 4/9 and rate 2/3
        lambda y, _: (
            M(4) / 9 * mp.log(M(2) / 3) - mp.loggamma(M(4) / 9) - M(5) / 9 * mp.log(y) - 2 * y / 3
        ),
        -M(2) / 3,
    ),
    "genextreme": Shape(
        lambda: stats.genextreme(0.5), lambda y, _: _log_extreme(y, M(0.5)), 2, turned=True
    ),
    "genextreme 2": Shape(
        lambda: stats.genextreme(2.0), lambda y, _: _log_extreme(y, M(2)), M(0.5), turned=True
    ),
    "genextreme 0.7": Shape(
        lambda: stats.genextreme(0.7), lambda y, _: _log_extreme(y, M(0.7)), 1 / M(0.7), turned=True
    ),
    "weibull_max": Shape(
        lambda: stats.weibull_max(0.6),
        lambda y, _: mp.log(M(0.6)) + (M(0.6) - 1) * mp.log(y) - y ** M(0.6),
        0,
        turned=True,
    ),
    "weibull_max to 7": Shape(
        lambda: stats.weibull_max(0.6, 7.0),
        lambda y, _: mp.log(M(0.6)) + (M(0.6) - 1) * mp.log(y) - y ** M(0.6),
        7,
        turned=True,
    ),
    "own exp(-1/x)": Shape(lambda: Vanishing(rate=1.0), lambda y, _: -1 / y - 2 * mp.log(y), 0),
    "Gamma": Shape(
        lambda: f.Gamma(shape=0.5, rate=1.0),
        lambda y, _: -mp.log(mp.pi) / 2 - mp.log(y) / 2 - y,
        0,
    ),
    "Exponential": Shape(lambda: f.Exponential(rate=1.0), lambda y, _: -y, 0),
    "LogNormal": Shape(
        lambda: f.LogNormal(log_mean=0.0, log_std=1.0),
        lambda y, _: _log_t2(mp.log(y)) - mp.log(y),
        0,
    ),
}

SHAPES = {**UNIT, **HALF}
"""All distributions by name."""


# ---------------------------------------------------------------- truths


def _points(shape: Shape, q: Shape | None, *, half: bool) -> list[float]:
    kinks = {*shape.kinks, *(q.kinks if q else ())}
    steps = [3, 8, 16, 30, 60, 120, 300, 1000] if half else [2, 6, 16, 40, 100, 300, 1000]
    inner = [math.log(x) if half else math.log(x / (1 - x)) for x in kinks]
    return sorted({0.0, *(float(s) for s in steps), *(-float(s) for s in steps), *inner})


def truth(measure: str, p: Shape, q: Shape | None = None, *, half: bool) -> Any:
    """Return a measure by its definition; infinity where the terms do not fall beside an end."""
    width = M(1) if half else M(p.width)

    def parts(t: Any) -> tuple[Any, Any, Any]:
        """Return log p, log q and what a step of t weighs."""
        if half:
            y, z, weight = mp.exp(t), mp.inf, t
        else:
            y, z = 1 / (1 + mp.exp(-t)), 1 / (1 + mp.exp(t))
            weight = mp.log(y) + mp.log(z) + mp.log(width)
        a = p.log(y, z)
        return a, (q.log(y, z) if q else a), weight

    def term(t: Any) -> Any:
        a, b, w = parts(t)
        if measure == "entropy":
            return -mp.exp(a + w) * a
        if measure == "kl_divergence":
            return mp.exp(a + w) * (a - b)
        if measure == "jensen_shannon":
            m = max(a, b) + mp.log1p(mp.exp(-abs(a - b))) - mp.log(2)
            return (mp.exp(a + w) * (a - m) + mp.exp(b + w) * (b - m)) / 2
        order = {"half": M(0.5), "two": M(2)}[measure]
        return mp.exp(order * a + (1 - order) * b + w)

    with mp.workdps(_DIGITS):
        points = _points(p, q, half=half)
        beside = _beside(term, points)
        if beside is not None:
            return beside
        if p.kinks or (q is not None and q.kinks):
            total = mp.quad(term, _cut(points, term))
        else:
            total = _trapezoids(term, _STEPS["half" if half else "unit"])
        if measure == "half":
            return -2 * mp.log(total)
        return mp.log(total) if measure == "two" else total


def _size(term: Callable[[Any], Any], t: Any) -> Any:
    return mp.log(abs(term(t)) + mp.mpf(10) ** -1000)


def _beside(term: Callable[[Any], Any], points: list[float]) -> Any:
    """Return infinity where a term does not fall beside an end; NaN where it falls too slowly."""
    for end in (points[0], points[-1]):
        last, far = _size(term, M(end)), _size(term, M(0.5 * end))
        if last > far - 1 and last > -2000:
            return mp.inf  # and not only slow: exponents are chosen so
        if last > -60:
            return mp.nan
    return None


def _cut(points: list[float], term: Callable[[Any], Any]) -> list[float]:
    """Return points between which to integrate, without what is nothing."""
    while len(points) > 3 and _size(term, M(points[1])) < -150:
        points = points[1:]
    while len(points) > 3 and _size(term, M(points[-2])) < -150:
        points = points[:-1]
    return sorted({*points, *np.linspace(points[0], points[-1], 25).tolist()})


def _trapezoids(term: Callable[[Any], Any], step: Any) -> Any:
    """Sum a smooth function that falls exponentially to both sides: all digits are right."""
    total = term(M(0))
    for side in (-1, 1):
        k, small = 0, 0
        while small < 4 / step:
            k += 1
            found = term(side * k * step)
            total += found
            small = small + 1 if abs(found) < mp.mpf(10) ** -24 * abs(total) else 0
    return step * total


MEASURES: dict[str, tuple[Any, dict[str, float]]] = {
    "entropy": (kb.entropy, {}),
    "kl_divergence": (kb.kl_divergence, {}),
    "half": (kb.renyi_divergence, {"order": 0.5}),
    "two": (kb.renyi_divergence, {"order": 2.0}),
    "jensen_shannon": (kb.jensen_shannon_divergence, {}),
}
OTHERS = {"unit": ("Beta", "Beta 3 2", "Uniform"), "half": ("Gamma", "Exponential", "LogNormal")}


def _as_made(name: str, beside: str | None = None) -> Any:
    """Return a distribution; beside another, one of ours laid over its support."""
    law = SHAPES[name].make()
    if beside is None:
        return law
    there = SHAPES[beside]
    location, scale = float(there.low), -1.0 if there.turned else float(there.width)
    if location == 0.0 and scale == 1.0:
        return law
    return f.Affine(law, location=location, scale=scale)


def _moved(shape: Shape, there: Shape) -> Shape:
    return shape._replace(log=lambda y, z: shape.log(y, z) - mp.log(there.width))


def checked(measure: str, name: str, other: str | None = None, *, back: bool = False) -> str:
    """Return "right", "refused: why" or "wrong: how" for one question."""
    verb, options = MEASURES[measure]
    laws = [_as_made(name)] + ([_as_made(other, name)] if other else [])
    shapes = [SHAPES[name]] + ([_moved(SHAPES[other], SHAPES[name])] if other else [])
    if back:
        laws, shapes = laws[::-1], shapes[::-1]
        shapes[0] = shapes[0]._replace(low=shapes[1].low, width=shapes[1].width)
    known = truth(measure, *shapes, half=name in HALF)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = kb.method_for(verb, *laws, **options)
    except KullbackError as refused:
        return f"refused: {refused.key}"
    if mp.isnan(known):
        return f"unknown: {found.value}"
    if math.isinf(found.value) or mp.isinf(known):
        same = found.value == float(known)
        return "right" if same else f"wrong: {found.value} for {float(known):.12g}"
    error = found.error if found.error is not None else 1e-12 * max(1.0, abs(found.value))
    off = abs(found.value - float(known))
    if not off <= error + 2e-16 * abs(float(known)):
        return f"wrong: {found.value} for {float(known):.15g}, off by {off:.1e}, said {error:.1e}"
    if error > _USEFUL * max(1.0, abs(found.value)):
        return f"vague: off by {off:.1e}, said {error:.1e}"
    return "right"


def questions() -> Iterator[tuple[str, str, str | None, bool]]:
    """Yield measure, distribution, the other one, and whether they are asked for in turn."""
    for names, kind in ((UNIT, "unit"), (HALF, "half")):
        for name in names:
            yield "entropy", name, None, False
            for other in OTHERS[kind]:
                if other == name:
                    continue
                for measure in MEASURES:
                    if measure != "entropy":
                        yield measure, name, other, False
                        yield measure, name, other, True


def main(arguments: list[str] | None = None) -> None:
    """Ask, and print what is not right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, help="ask so many questions")
    parser.add_argument("--seed", type=int, default=0, help="which, if not all")
    parser.add_argument("--only", default="", help="distributions with this in their names")
    parser.add_argument("--kind", choices=("unit", "half"), help="supports")
    options = parser.parse_args(arguments)
    asked = [x for x in questions() if options.only in x[1]]
    if options.kind:
        asked = [x for x in asked if (x[1] in HALF) == (options.kind == "half")]
    if options.most and options.most < len(asked):
        chance = np.random.default_rng(options.seed)
        asked = [asked[k] for k in chance.permutation(len(asked))[: options.most]]
    counts: Counter[str] = Counter()
    start = time.time()
    for measure, name, other, back in asked:
        verdict = checked(measure, name, other, back=back)
        counts[verdict.partition(":")[0]] += 1
        if verdict != "right":
            print(
                f"{measure} | {name} | {other} | {'back' if back else ''} | {verdict}", flush=True
            )
    print(dict(counts), f"{time.time() - start:.0f} s")
    sys.exit(1 if counts["wrong"] else 0)


if __name__ == "__main__":
    main()
