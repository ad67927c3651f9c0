"""How good the fits are: likelihoods against the best known, coverage of intervals, times.

Three tables, as Markdown:

likelihood
    The log-likelihood of our fit less the best that SciPy reaches from its own fit and from many
    beginnings, both evaluated by SciPy's density. Families times samples: 20 draws, many draws,
    and a skewed or heavy-tailed law. Goal: not below -1e-6.
coverage
    Of simulated sets of 400 draws, the share whose 95 % interval holds the truth, for each
    parameter. Goal: 93 to 97 %.
times
    Milliseconds for 1 000 draws against SciPy's fit with its location fixed, and for the negative
    binomial against `scipy.stats.fit` and, where installed, statsmodels.

Run ``python benchmarks/fits.py --sets 200 --large 10000`` for a short version, or without options
for what `docs/fitting.md` shows; ``--output FILE`` writes there.
"""

from __future__ import annotations

import argparse
import math
import sys
import timeit
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from machine import described
from scipy import optimize, stats

from kullback import families
from kullback.fitting import fit

__all__ = ["COVERED", "RIVALS", "best_known", "coverage", "likelihoods", "main", "times"]

SETS, DRAWS, LARGE, FEW = 2000, 400, 100_000, 1000
SEED = 20240229


class Rival(NamedTuple):
    """A family in our words and in SciPy's."""

    family: type
    ordinary: dict[str, float]
    skewed: dict[str, float]
    law: Any  # SciPy's
    theirs: Callable[..., tuple[float, ...]]  # its shapes, location and scale, of our parameters
    ours: Callable[..., dict[str, float]] | None  # and back
    options: dict[str, float] = {}  # noqa: RUF012 (nobody writes to it)

    def frozen(self, **values: float) -> Any:
        """Return SciPy's law of our parameters."""
        return self.law(*self.theirs(**values))

    def fitted(self, x: np.ndarray) -> dict[str, float] | None:
        """Return SciPy's fit in our parameters."""
        return None if self.ours is None else self.ours(*self.law.fit(x, **self.options))


def place(law: Any, family: type, ordinary: tuple, skewed: tuple) -> Rival:
    """Return the rival of a family with a location and a scale."""
    names = ("location", "scale")

    def theirs(location: float, scale: float) -> tuple[float, ...]:
        return location, scale

    def ours(location: float, scale: float) -> dict[str, float]:
        return {"location": location, "scale": scale}

    values = (dict(zip(names, x, strict=True)) for x in (ordinary, skewed))
    return Rival(family, *values, law, theirs, ours)


FIXED = {"floc": 0}

RIVALS = {
    "Cauchy": place(stats.cauchy, families.Cauchy, (3.0, 2.0), (0.0, 1e-4)),
    "Gumbel": place(stats.gumbel_r, families.Gumbel, (3.0, 2.0), (-50.0, 0.1)),
    "Laplace": place(stats.laplace, families.Laplace, (3.0, 2.0), (-1e3, 1e-2)),
    "Logistic": place(stats.logistic, families.Logistic, (3.0, 2.0), (1e4, 0.1)),
    "LogNormal": Rival(
        families.LogNormal,
        {"log_mean": 1.0, "log_std": 0.5},
        {"log_mean": 0.0, "log_std": 4.0},
        stats.lognorm,
        lambda log_mean, log_std: (log_std, 0.0, math.exp(log_mean)),
        lambda s, _, scale: {"log_mean": math.log(scale), "log_std": s},
        FIXED,
    ),
    "StudentT": Rival(
        families.StudentT,
        {"degrees": 3.0, "location": 1.0, "scale": 2.0},
        {"degrees": 0.5, "location": 0.0, "scale": 1.0},
        stats.t,
        lambda degrees, location, scale: (degrees, location, scale),
        lambda v, location, scale: {"degrees": v, "location": location, "scale": scale},
    ),
    "Gamma": Rival(
        families.Gamma,
        {"shape": 2.0, "rate": 0.5},
        {"shape": 0.1, "rate": 3.0},
        stats.gamma,
        lambda shape, rate: (shape, 0.0, 1.0 / rate),
        lambda a, _, scale: {"shape": a, "rate": 1.0 / scale},
        FIXED,
    ),
    "InverseGamma": Rival(
        families.InverseGamma,
        {"shape": 3.0, "scale": 2.0},
        {"shape": 0.5, "scale": 1.0},
        stats.invgamma,
        lambda shape, scale: (shape, 0.0, scale),
        lambda a, _, scale: {"shape": a, "scale": scale},
        FIXED,
    ),
    "Beta": Rival(
        families.Beta,
        {"alpha": 2.0, "beta": 5.0},
        {"alpha": 0.5, "beta": 0.5},
        stats.beta,
        lambda alpha, beta: (alpha, beta),
        lambda a, b, *_: {"alpha": a, "beta": b},
        {"floc": 0, "fscale": 1},
    ),
    "Weibull": Rival(
        families.Weibull,
        {"shape": 1.5, "scale": 3.0},
        {"shape": 0.3, "scale": 1.0},
        stats.weibull_min,
        lambda shape, scale: (shape, 0.0, scale),
        lambda c, _, scale: {"shape": c, "scale": scale},
        FIXED,
    ),
    "GeneralizedPareto": Rival(
        families.GeneralizedPareto,
        {"shape": 0.3, "scale": 2.0},
        {"shape": 1.5, "scale": 1.0},
        stats.genpareto,
        lambda shape, scale: (shape, 0.0, scale),
        lambda c, _, scale: {"shape": c, "scale": scale},
        FIXED,
    ),
    "InverseGaussian": Rival(
        families.InverseGaussian,
        {"mean": 2.0, "shape": 3.0},
        {"mean": 5.0, "shape": 0.1},
        stats.invgauss,
        lambda mean, shape: (mean / shape, 0.0, shape),
        lambda mu, _, scale: {"mean": mu * scale, "shape": scale},
        FIXED,
    ),
    "VonMises": Rival(
        families.VonMises,
        {"location": 1.0, "concentration": 2.0},
        {"location": -2.0, "concentration": 50.0},
        stats.vonmises,
        lambda location, concentration: (concentration, location),
        lambda k, location, _: {"location": location, "concentration": k},
        {"fscale": 1},
    ),
    "NegativeBinomial": Rival(
        families.NegativeBinomial,
        {"successes": 4.0, "probability": 0.3},
        {"successes": 0.2, "probability": 0.01},
        stats.nbinom,
        lambda successes, probability: (successes, probability),
        None,
    ),
}
"""The families whose likelihood is compared."""

COVERED: dict[str, tuple[type, dict[str, float]]] = {
    **{name: (rival.family, rival.ordinary) for name, rival in RIVALS.items()},
    "Normal": (families.Normal, {"mean": 3.0, "std": 2.0}),
    "Exponential": (families.Exponential, {"rate": 0.5}),
    "Rayleigh": (families.Rayleigh, {"scale": 2.0}),
    "Poisson": (families.Poisson, {"rate": 3.0}),
    "Geometric": (families.Geometric, {"probability": 0.3}),
    "Bernoulli": (families.Bernoulli, {"probability": 0.2}),
}
"""The families whose intervals are counted."""


def draws(law: Any, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of SciPy's law; what underflows is left to another draw."""
    x = np.asarray(law.rvs(size=n, random_state=rng), dtype=np.float64)
    return np.where(x == 0, np.finfo(float).tiny, x) if np.any(x % 1) else x


def total(rival: Rival, values: dict[str, float], x: np.ndarray) -> float:
    """Return the log-likelihood by SciPy's density."""
    law = rival.frozen(**values)
    logs = law.logpmf(x) if rival.family is families.NegativeBinomial else law.logpdf(x)
    return math.fsum(logs)


def best_known(rival: Rival, x: np.ndarray, truth: dict[str, float], more: int) -> float:
    """Return the highest log-likelihood that SciPy reaches, from its fit and from others."""
    ranges = {f: r for f, r in _ranges(rival.family).items() if f in truth}
    names = list(truth)
    starts = [truth]
    if (theirs := rival.fitted(x)) is not None:
        starts.append(theirs)
    rng = np.random.default_rng(1)
    starts += [  # of many draws each beginning would take minutes
        {k: v * float(np.exp(rng.normal(0, 0.5))) for k, v in truth.items()}
        for _ in range(more if len(x) <= FEW else 0)
    ]
    scale = {k: max(abs(v), 1e-9) for k, v in truth.items()}

    def values(y: np.ndarray) -> dict[str, float]:
        return {
            k: float(ranges[k].from_line(np.float64(v)))
            if math.isfinite(ranges[k].low)
            else float(v) * scale[k]
            for k, v in zip(names, y, strict=True)
        }

    def loss(y: np.ndarray) -> float:
        value = -total(rival, values(y), x) / len(x)
        return value if math.isfinite(value) else 1e10

    best = -math.inf
    for start in starts:
        best = max(best, total(rival, start, x))
        y = np.array(
            [
                float(ranges[k].to_line(np.float64(start[k])))
                if math.isfinite(ranges[k].low)
                else start[k] / scale[k]
                for k in names
            ]
        )
        if not np.isfinite(y).all():
            continue
        for method, options in (
            ("Nelder-Mead", {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 600}),
            ("BFGS", {"gtol": 1e-10}),
        ):
            found = optimize.minimize(loss, y, method=method, options=options)
            y = found.x
            best = max(best, total(rival, values(y), x))
    return best


def _ranges(family: type) -> dict[str, Any]:
    from kullback.fitting.model import as_model

    return dict(as_model(family).ranges)


def likelihoods(
    large: int, names: list[str] | None = None, *, more: int = 3
) -> Iterator[tuple[str, str, float]]:
    """Yield family, sample, and our log-likelihood less the best known."""
    for name in names or RIVALS:
        rival = RIVALS[name]
        for what, truth, n in (
            ("20 draws", rival.ordinary, 20),
            (f"{large} draws", rival.ordinary, large),
            ("skewed, 1000 draws", rival.skewed, 1000),
        ):
            rng = np.random.default_rng(SEED)
            x = draws(rival.frozen(**truth), n, rng)
            ours = fit(rival.family, x)
            values = {k: v for k, v in ours.parameters.items() if k in truth}
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                known = best_known(rival, x, truth, more)
                yield name, what, total(rival, values, x) - known


def coverage(sets: int, names: list[str] | None = None) -> Iterator[tuple[str, str, float, int]]:
    """Yield family, parameter, the share of intervals that hold the truth, and failures."""
    for name in names or COVERED:
        family, truth = COVERED[name]
        law = family(**truth)
        rng = np.random.default_rng(SEED)
        held = dict.fromkeys(truth, 0)
        failed = 0
        for _ in range(sets):
            x = np.asarray(law.sample(DRAWS, rng=rng))
            try:
                found = fit(family, x)
            except ValueError:
                failed += 1
                continue
            for parameter, value in truth.items():
                low, high = found.interval(parameter)
                held[parameter] += low <= value <= high
        for parameter, count in held.items():
            yield name, parameter, count / (sets - failed), failed


def times() -> Iterator[tuple[str, str, float, float]]:
    """Yield what was fitted, the anchor, and the milliseconds of both."""
    rng = np.random.default_rng(SEED)
    gamma, weibull = rng.gamma(2.0, 3.0, 1000), rng.weibull(0.7, 1000)
    beta, log_normal = rng.beta(2.0, 5.0, 1000), rng.lognormal(1.0, 0.5, 1000)
    counts = rng.negative_binomial(4, 0.3, 2000).astype(float)
    bounds = {"n": (0, 50), "p": (0, 1)}
    anchors: list[tuple[str, str, Any, np.ndarray, Callable[[], Any]]] = [
        (
            "Weibull",
            "SciPy, floc=0",
            families.Weibull,
            weibull,
            lambda: stats.weibull_min.fit(weibull, floc=0),
        ),
        (
            "NegativeBinomial",
            "scipy.stats.fit",
            families.NegativeBinomial,
            counts,
            lambda: stats.fit(stats.nbinom, counts, bounds),
        ),
        ("Gamma", "SciPy, floc=0", families.Gamma, gamma, lambda: stats.gamma.fit(gamma, floc=0)),
        (
            "Beta",
            "SciPy, floc=0, fscale=1",
            families.Beta,
            beta,
            lambda: stats.beta.fit(beta, floc=0, fscale=1),
        ),
        (
            "LogNormal",
            "SciPy, floc=0",
            families.LogNormal,
            log_normal,
            lambda: stats.lognorm.fit(log_normal, floc=0),
        ),
    ]
    statsmodels = _statsmodels(counts)
    if statsmodels is not None:
        anchors.append(
            ("NegativeBinomial", "statsmodels", families.NegativeBinomial, counts, statsmodels)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, anchor, family, x, theirs in anchors:
            ours = _milliseconds(lambda f=family, x=x: fit(f, x))
            yield name, anchor, ours, _milliseconds(theirs)


def _statsmodels(counts: np.ndarray) -> Callable[[], Any] | None:
    try:
        from statsmodels.discrete.discrete_model import NegativeBinomial
    except ImportError:
        return None
    ones = np.ones(len(counts))
    return lambda: NegativeBinomial(counts, ones).fit(disp=0)


def _milliseconds(call: Callable[[], Any]) -> float:
    call()
    once = timeit.timeit(call, number=1)
    number = max(1, int(0.1 / once))
    return 1e3 * min(timeit.repeat(call, number=number, repeat=7)) / number


def report(sets: int, large: int) -> Iterator[str]:
    """Yield the lines of the document."""
    yield from ("# Fitting", "", described(), "")
    yield "Made by `python benchmarks/fits.py`."
    yield from ("", "## Likelihood", "", "Ours less the best known; the goal is -1e-6 or more.", "")
    yield from ("| family | sample | difference |", "|---|---|--:|")
    for name, what, difference in likelihoods(large):
        yield f"| {name} | {what} | {difference:.1e} |"
    yield from ("", "## Coverage of 95 % intervals", "")
    yield from (f"{sets} simulated sets of {DRAWS} draws; the goal is 93 to 97 %.", "")
    yield from ("| family | parameter | coverage | without a maximum |", "|---|---|--:|--:|")
    for name, parameter, share, failed in coverage(sets):
        yield f"| {name} | {parameter} | {100 * share:.1f} % | {failed} |"
    yield from ("", "## Times", "", "Milliseconds, the least of seven runs.", "")
    yield from ("| family | anchor | ours | anchor's | ratio |", "|---|---|--:|--:|--:|")
    for name, anchor, ours, theirs in times():
        yield f"| {name} | {anchor} | {ours:.3f} | {theirs:.2f} | {theirs / ours:.1f} |"


def main(arguments: list[str] | None = None) -> int:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args(arguments)
    lines = []
    for line in report(asked.sets, asked.large):
        lines.append(line)
        if asked.output is None:
            print(line, flush=True)
    if asked.output is not None:
        asked.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
