"""Whether quadrature finds all of a distribution: very narrow, wide, skewed and far apart ones.

Distributions of SciPy at shapes of many magnitudes, truncated families with bounds from 1e-300 to
1e300, mixtures of narrow parts far apart, and families that give a density and nothing else,
against their entropies and divergences in closed form, by mpmath:

    python benchmarks/masses.py [--most 40] [--seed 0] [--only chi]

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
from kullback.families.parameters import POSITIVE, REAL, parameter

__all__ = ["Question", "asked", "questions"]

M = mp.mpf
_EXPONENTS = (-100, -30, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50, 100)
_BOUNDS = (-300, -150, -40, -10, -3, 0, 2, 4, 10, 30, 50, 100, 200, 300)


class Question(NamedTuple):
    """A verb, distributions, and the truth."""

    name: str
    verb: Any
    make: Callable[[], tuple[Any, ...]]
    truth: Callable[[], Any]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OwnLaplace(AbstractFamily):
    """A density of a user's own, and nothing else."""

    location: Any = parameter(REAL)
    scale: Any = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The line."""
        return Support(0.0 * self.scale - math.inf, 0.0 * self.scale + math.inf)

    def _log_density(self, xp: Any, x: Any) -> Any:
        return -xp.abs(x - self.location) / self.scale - xp.log(2.0 * self.scale)

    def _scipy(self) -> Any:
        raise NotImplementedError


def _psi(x: Any) -> Any:
    return mp.digamma(x)


def _gamma_entropy(a: Any) -> Any:
    return a + mp.loggamma(a) + (1 - a) * _psi(a)


def _generalized(a: Any, c: Any) -> Any:
    return mp.loggamma(a) - mp.log(abs(c)) + a + _psi(a) * (1 / M(c) - a)


def _beta_prime(a: Any, b: Any) -> Any:
    a, b = M(a), M(b)
    return (
        mp.loggamma(a)
        + mp.loggamma(b)
        - mp.loggamma(a + b)
        - (a - 1) * (_psi(a) - _psi(b))
        + (a + b) * (_psi(a + b) - _psi(b))
    )


def _t_entropy(n: Any) -> Any:
    half = (n + 1) / 2
    return half * (_psi(half) - _psi(n / 2)) + mp.log(n) / 2 + mp.log(mp.beta(n / 2, M(0.5)))


SHAPES: dict[str, tuple[Callable[[float], Any], Callable[[Any], Any]]] = {
    "chi": (stats.chi, lambda k: _generalized(k / 2, 2) + mp.log(2) / 2),
    "loggamma": (stats.loggamma, lambda c: mp.loggamma(c) - c * _psi(c) + c),
    "genlogistic": (
        stats.genlogistic,
        lambda c: 1 - mp.log(c) + _psi(c + 1) + mp.euler,
    ),
    "powerlaw": (stats.powerlaw, lambda a: 1 - 1 / a - mp.log(a)),
    "invweibull": (stats.invweibull, lambda c: 1 + mp.euler + mp.euler / c - mp.log(c)),
    "weibull_max": (stats.weibull_max, lambda c: 1 + mp.euler - mp.euler / c - mp.log(c)),
    "dweibull": (stats.dweibull, lambda c: 1 + mp.euler - mp.euler / c - mp.log(c) + mp.log(2)),
    "fisk": (stats.fisk, lambda c: 2 - mp.log(c)),
    "gompertz": (stats.gompertz, lambda c: 1 - mp.log(c) - mp.exp(c) * mp.e1(c)),
    "dgamma": (stats.dgamma, lambda a: _gamma_entropy(a) + mp.log(2)),
    "nakagami": (stats.nakagami, lambda n: _generalized(n, 2) - mp.log(n) / 2),
    "rdist": (
        stats.rdist,
        lambda c: mp.log(mp.beta(M(0.5), c / 2)) - (c / 2 - 1) * (_psi(c / 2) - _psi((c + 1) / 2)),
    ),
    "betaprime 0.5": (lambda b: stats.betaprime(0.5, b), lambda b: _beta_prime(0.5, b)),
    "betaprime 2": (lambda a: stats.betaprime(a, 2.0), lambda a: _beta_prime(a, 2)),
    "f 3": (
        lambda n: stats.f(3.0, n),
        lambda n: _beta_prime(M(1.5), n / 2) + mp.log(n / 3),
    ),
    "gengamma 2": (lambda c: stats.gengamma(2.0, c), lambda c: _generalized(M(2), c)),
    "gengamma -1.5": (lambda a: stats.gengamma(a, -1.5), lambda a: _generalized(a, M(-1.5))),
    "loguniform": (
        lambda r: stats.loguniform(1.0, 1.0 + r),
        lambda r: mp.log1p(M(r)) / 2 + mp.log(mp.log1p(M(r))),
    ),
    "laplace_asymmetric": (
        stats.laplace_asymmetric,
        lambda k: 1 + mp.log(k + 1 / k),
    ),
    "gennorm": (
        stats.gennorm,
        lambda b: 1 / b - mp.log(b / 2) + mp.loggamma(1 / b),
    ),
    "halfgennorm": (
        stats.halfgennorm,
        lambda b: 1 / b - mp.log(b) + mp.loggamma(1 / b),
    ),
    "loglaplace": (
        stats.loglaplace,
        lambda c: 1 + mp.log(2 / c),
    ),
    "maxwell of scale": (
        lambda s: stats.maxwell(0.0, s),
        lambda s: mp.euler + mp.log(2 * mp.pi) / 2 - M(0.5) + mp.log(s),
    ),
    "levy of scale": (
        lambda s: stats.levy(0.0, s),
        lambda s: (1 + 3 * mp.euler + mp.log(16 * mp.pi * s * s)) / 2,
    ),
    "halfcauchy of scale": (
        lambda s: stats.halfcauchy(0.0, s),
        lambda s: mp.log(2 * mp.pi * s),
    ),
    "hypsecant of scale": (
        lambda s: stats.hypsecant(0.0, s),
        lambda s: mp.log(2 * mp.pi) + mp.log(s),
    ),
    "arcsine of scale": (lambda s: stats.arcsine(0.0, s), lambda s: mp.log(mp.pi / 4) + mp.log(s)),
    "anglit of scale": (lambda s: stats.anglit(0.0, s), lambda s: 1 - mp.log(2) + mp.log(s)),
    "t": (stats.t, _t_entropy),
}


WHOLE: dict[str, tuple[Any, Callable[[], Any], Any]] = {
    # with the logarithm of the density at 0
    "Normal": (f.Normal(mean=0.0, std=1.0), lambda: (1 + mp.log(2 * mp.pi)) / 2, True),
    "Laplace": (f.Laplace(location=0.0, scale=1.0), lambda: 1 + mp.log(2), True),
    "Logistic": (f.Logistic(location=0.0, scale=1.0), lambda: M(2), True),
    "Gumbel": (f.Gumbel(location=0.0, scale=1.0), lambda: 1 + mp.euler, False),
    "Cauchy": (f.Cauchy(location=0.0, scale=1.0), lambda: mp.log(4 * mp.pi), True),
    "StudentT": (f.StudentT(degrees=3.0), lambda: _t_entropy(M(3)), True),
    "gennorm": (stats.gennorm(1.5), lambda: SHAPES["gennorm"][1](M(1.5)), True),
    "hypsecant": (stats.hypsecant(), lambda: SHAPES["hypsecant of scale"][1](M(1)), True),
}


def _truncated(name: str, k: int) -> Iterator[Question]:
    """Yield truncated distributions that are whole, to the last digit, or uniform."""
    law, entropy, even = WHOLE[name]
    bound = 10.0**k
    heavy = name in ("Cauchy", "StudentT")
    if k >= (30 if heavy else 4):
        spans = [(-bound, bound, entropy)]
        spans.append((-bound, math.inf, entropy))
        spans.append((-math.inf, bound, entropy))
        if even:
            spans.append((0.0, bound, lambda: entropy() - mp.log(2)))
            spans.append((-bound, 0.0, lambda: entropy() - mp.log(2)))
    elif k <= -40:
        spans = [
            (-bound, bound, lambda: mp.log(2 * M(bound))),
            (0.0, bound, lambda: mp.log(M(bound))),
            (-bound, 0.5 * bound, lambda: mp.log(M(1.5) * M(bound))),
        ]
    else:
        return
    for low, high, truth in spans:

        def make(low: float = low, high: float = high) -> tuple[Any, ...]:
            return (f.Truncated(law, low=low, high=high),)

        yield Question(f"{name} from {low:g} to {high:g}", kb.entropy, make, truth)
    if k >= 30 and name == "Normal":
        other = f.Laplace(location=0.0, scale=1.0)

        def truth() -> Any:
            return mp.sqrt(2 / mp.pi) + mp.log(2) - entropy()

        cut = f.Truncated(law, low=-bound, high=bound)
        yield Question(f"KL of Normal to {bound:g}", kb.kl_divergence, lambda: (cut, other), truth)
        wide = f.Truncated(other, low=-bound, high=bound)
        yield Question(f"KL of both to {bound:g}", kb.kl_divergence, lambda: (cut, wide), truth)


def _mixtures() -> Iterator[Question]:
    """Yield mixtures of parts that do not meet."""
    chance = np.random.default_rng(1)
    for _ in range(40):
        centres = [
            0.0,
            10.0 ** float(chance.choice([-5, 0, 3, 8])),
            -(10.0 ** float(chance.choice([-4, 1, 5, 9]))),
        ]
        widths = [
            10.0 ** -float(chance.choice([20, 40, 100, 290])),
            centres[1] * 10.0 ** -float(chance.choice([3, 8, 14])),
            -centres[2] * 10.0 ** -float(chance.choice([3, 8, 14])),
        ]
        parts = [
            (f.Normal(mean=c, std=w), f.Laplace(location=c, scale=w / 4))[chance.integers(2)]
            for c, w in zip(centres, widths, strict=True)
        ]
        weights = [0.5, 0.25, 0.25]

        def truth(parts: Any = tuple(parts), weights: Any = tuple(weights)) -> Any:
            own = [
                (1 + mp.log(2 * mp.pi)) / 2 + mp.log(M(float(p.std)))
                if isinstance(p, f.Normal)
                else 1 + mp.log(2 * M(float(p.scale)))
                for p in parts
            ]
            return sum(M(w) * (h - mp.log(M(w))) for w, h in zip(weights, own, strict=True))

        name = "mixture of " + ", ".join(
            f"{c:g} ± {w:g}" for c, w in zip(centres, widths, strict=True)
        )
        yield Question(
            name,
            kb.entropy,
            lambda parts=tuple(parts), weights=tuple(weights): (
                f.Mixture(components=list(parts), weights=list(weights)),
            ),
            truth,
        )


def _own() -> Iterator[Question]:
    for j in (None, -100, -5, 0, 5, 50):
        for k in (-300, -100, -30, -8, -3, 0, 3, 30, 100, 150, 300):
            location, scale = (0.0 if j is None else 10.0**j), 10.0**k
            if location and scale < 1e-9 * location:
                continue  # the density loses its digits in floats, which is no fault of the nodes
            yield Question(
                f"own Laplace {location:g}, {scale:g}",
                kb.entropy,
                lambda location=location, scale=scale: (
                    OwnLaplace(location=location, scale=scale),
                ),
                lambda scale=scale: 1 + mp.log(2 * M(scale)),
            )


def questions() -> Iterator[Question]:
    """Yield all of them."""
    for name, (make, truth) in SHAPES.items():
        for k in _EXPONENTS:
            x = 10.0**k
            yield Question(
                f"{name}({x:g})",
                kb.entropy,
                lambda make=make, x=x: (make(x),),
                lambda truth=truth, x=x: truth(M(x)),
            )
    for name in WHOLE:
        for k in _BOUNDS:
            yield from _truncated(name, k)
    yield from _mixtures()
    yield from _own()


def asked(question: Question) -> str:
    """Return "right", "refused: why" or "wrong: how" for one question."""
    with mp.workdps(400):
        known = question.truth()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            laws = question.make()
            found = kb.method_for(question.verb, *laws)
    except KullbackError as refused:
        return f"refused: {refused.key}"
    error = found.error if found.error is not None else 1e-12 * max(1.0, abs(found.value))
    if not error <= 1e-6 * max(1.0, abs(found.value)):
        return f"refused: off by {error:.1g}"
    off = float(abs(M(found.value) - known)) if math.isfinite(found.value) else math.inf
    if off <= error + 3e-16 * abs(float(known)):
        return "right"
    return f"wrong: {found.value} for {float(known):.15g}, off by {off:.1e}, said {error:.1e}"


def main(arguments: list[str] | None = None) -> None:
    """Ask, and print what is not right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, help="ask so many questions")
    parser.add_argument("--seed", type=int, default=0, help="which, if not all")
    parser.add_argument("--only", default="", help="questions with this in their names")
    options = parser.parse_args(arguments)
    chosen = [x for x in questions() if options.only in x.name]
    if options.most and options.most < len(chosen):
        chance = np.random.default_rng(options.seed)
        chosen = [chosen[k] for k in chance.permutation(len(chosen))[: options.most]]
    counts: Counter[str] = Counter()
    start = time.time()
    for question in chosen:
        verdict = asked(question)
        counts[verdict.partition(":")[0]] += 1
        if verdict != "right":
            print(f"{question.name} | {verdict}", flush=True)
    print(dict(counts), f"{time.time() - start:.0f} s")
    sys.exit(1 if counts["wrong"] else 0)


if __name__ == "__main__":
    main()
