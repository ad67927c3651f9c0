"""Gradients of every measure of every pair of families, against differences of its values.

Two laws stand for each family, and a third for large divergences. Each measure of every ordered
pair is differentiated with respect to every real parameter, by PyTorch and by JAX, alone and in
a batch, and compared with Richardson's extrapolation of central differences of its value in
NumPy. An answer counts as right if it is within 1e-6 of max(1, |gradient|), or an error of ours:

    python benchmarks/pair_gradients.py [--share 0.1] [--seed 0] [--measures kl_divergence ...]
        [--libraries torch jax] [--single]

`--single` asks for float32 parameters too, which are right to 1e-3 of max(1, |gradient|).
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import kullback as kb
from kullback import families as f

__all__ = ["LAWS", "MEASURES", "Outcome", "differences", "gradients", "outcomes", "varied"]

LAWS: dict[str, tuple[Any, ...]] = {
    "Bernoulli": (f.Bernoulli(probability=0.3), f.Bernoulli(probability=0.97)),
    "Binomial": (f.Binomial(trials=10, probability=0.3), f.Binomial(trials=40, probability=0.6)),
    "Geometric": (f.Geometric(probability=0.3), f.Geometric(probability=0.04)),
    "Poisson": (f.Poisson(rate=3.0), f.Poisson(rate=20.0)),
    "NegativeBinomial": (
        f.NegativeBinomial(successes=2.0, probability=0.2),
        f.NegativeBinomial(successes=0.5, probability=0.9),
    ),
    "Zipf": (f.Zipf(exponent=2.2), f.Zipf(exponent=6.5)),
    "DiscreteUniform": (f.DiscreteUniform(low=0, high=6), f.DiscreteUniform(low=1, high=30)),
    "Normal": (f.Normal(mean=0.2, std=1.0), f.Normal(mean=3.0, std=0.25)),
    "LogNormal": (f.LogNormal(log_mean=0.0, log_std=1.0), f.LogNormal(log_mean=1.0, log_std=0.2)),
    "HalfNormal": (f.HalfNormal(scale=1.0), f.HalfNormal(scale=5.0)),
    "SkewNormal": (
        f.SkewNormal(location=0.0, scale=1.0, shape=4.0),
        f.SkewNormal(location=1.0, scale=2.0, shape=-1.5),
    ),
    "Laplace": (f.Laplace(location=0.0, scale=1.0), f.Laplace(location=2.0, scale=0.25)),
    "Cauchy": (f.Cauchy(location=0.0, scale=1.0), f.Cauchy(location=1.0, scale=3.0)),
    "StudentT": (
        f.StudentT(degrees=3.0, location=0.0, scale=1.0),
        f.StudentT(degrees=1.5, location=1.0, scale=2.0),
    ),
    "Logistic": (f.Logistic(location=0.0, scale=1.0), f.Logistic(location=1.0, scale=0.2)),
    "Gumbel": (f.Gumbel(location=0.0, scale=1.0), f.Gumbel(location=1.0, scale=0.4)),
    "Exponential": (f.Exponential(rate=1.0), f.Exponential(rate=0.2)),
    "Gamma": (f.Gamma(shape=2.5, rate=1.0), f.Gamma(shape=0.3, rate=2.0)),
    "InverseGamma": (f.InverseGamma(shape=3.0, scale=2.0), f.InverseGamma(shape=0.7, scale=1.0)),
    "ChiSquared": (f.ChiSquared(degrees=4.0), f.ChiSquared(degrees=1.0)),
    "Beta": (f.Beta(alpha=2.0, beta=3.0), f.Beta(alpha=0.5, beta=0.25)),
    "Weibull": (f.Weibull(shape=1.75, scale=1.0), f.Weibull(shape=0.6, scale=2.0)),
    "Pareto": (f.Pareto(shape=2.5, scale=1.0), f.Pareto(shape=0.8, scale=0.5)),
    "GeneralizedPareto": (
        f.GeneralizedPareto(shape=0.3, scale=1.0),
        f.GeneralizedPareto(shape=-0.5, scale=1.0),
    ),
    "Rayleigh": (f.Rayleigh(scale=1.0), f.Rayleigh(scale=3.0)),
    "InverseGaussian": (
        f.InverseGaussian(mean=1.0, shape=2.0),
        f.InverseGaussian(mean=3.0, shape=0.5),
    ),
    "Uniform": (f.Uniform(low=0.1, high=0.9), f.Uniform(low=1.5, high=4.0)),
    "VonMises": (
        f.VonMises(location=0.0, concentration=2.0),
        f.VonMises(location=1.0, concentration=0.25),
    ),
    "Truncated": (
        f.Truncated(f.Normal(mean=0.5, std=1.0), low=-0.7, high=2.0),
        f.Truncated(f.Gamma(shape=2.5, rate=1.0), low=0.2),
    ),
    "Affine": (
        f.Affine(f.Laplace(location=0.0, scale=1.0), location=0.5, scale=-2.0),
        f.Affine(f.Exponential(rate=1.0), location=0.3, scale=0.5),
    ),
    "Mixture": (
        f.Mixture(
            components=[f.Normal(mean=-1.0, std=1.0), f.Laplace(location=3.0, scale=0.5)],
            weights=[0.3, 0.7],
        ),
        f.Mixture(
            components=[f.Exponential(rate=1.0), f.Gamma(shape=2.5, rate=3.0)],
            weights=[0.25, 0.75],
        ),
    ),
}
"""Laws of every family on the line."""

VECTORS: tuple[Any, ...] = (
    f.MultivariateNormal(mean=[0.0, 1.0], std=[1.0, 2.0]),
    f.MultivariateNormal(mean=[0.3, -9.0], covariance=[[1.0, 0.3], [0.3, 0.5]]),
    f.Independent(f.Laplace(location=[0.0, 9.0], scale=[1.0, 0.5])),
    f.Independent(f.Normal(mean=[0.5, 1.0], std=[1.5, 0.5])),
    f.Independent(f.StudentT(degrees=3.0, location=[0.0, 1.0], scale=[1.0, 0.5])),
    f.Product(f.Laplace(location=0.0, scale=1.0), f.Exponential(rate=1.0)),
    f.Product(f.Normal(mean=0.5, std=1.0), f.Gamma(shape=2.5, rate=3.0)),
    f.Dirichlet(concentration=[0.5, 2.0, 3.0]),
    f.Dirichlet(concentration=[5.0, 20.0, 0.5]),
    f.MultivariateStudentT(degrees=5.0, location=[0.0, 1.0], scatter=[[1.0, 0.3], [0.3, 0.5]]),
)
"""Laws of several coordinates."""

MEASURES: dict[str, tuple[int, Callable[..., Any]]] = {
    "entropy": (1, kb.entropy),
    "renyi_entropy": (1, lambda p: kb.renyi_entropy(p, order=0.5)),
    "tsallis_entropy": (1, lambda p: kb.tsallis_entropy(p, order=2.0)),
    "cross_entropy": (2, kb.cross_entropy),
    "kl_divergence": (2, kb.kl_divergence),
    "jeffreys_divergence": (2, kb.jeffreys_divergence),
    "renyi_half": (2, lambda p, q: kb.renyi_divergence(p, q, order=0.5)),
    "renyi_one": (2, lambda p, q: kb.renyi_divergence(p, q, order=1.0)),
    "renyi_inf": (2, lambda p, q: kb.renyi_divergence(p, q, order=math.inf)),
    "chi_squared_divergence": (2, kb.chi_squared_divergence),
    "jensen_shannon_divergence": (2, kb.jensen_shannon_divergence),
    "total_variation_distance": (2, kb.total_variation_distance),
    "hellinger_distance": (2, kb.hellinger_distance),
    "f_divergence": (
        2,
        lambda p, q: kb.f_divergence(
            p, q, lambda t: (t - 1.0) ** 2 / (t + 1.0), value_at_zero=1.0, slope_at_infinity=1.0
        ),
    ),
}
"""Measures of one or of two laws."""

_STEP = 1e-3
_BAR = 1e-6
_SINGLE_BAR = 1e-3


class Outcome(NamedTuple):
    """What came of the gradient of one measure of one pair by one library."""

    library: str
    measure: str
    laws: tuple[Any, ...]
    verdict: str  # "right", "refused", "wrong", "lost", "error", "batch" or "unknown"
    found: Any = None
    truth: Any = None


def varied(laws: tuple[Any, ...]) -> tuple[list[np.ndarray], Callable[[list[Any]], tuple]]:
    """Return the parameters of laws, and what makes laws of others in their place."""
    values: list[np.ndarray] = []
    for law in laws:
        law.map(lambda x: values.append(np.asarray(x, dtype=np.float64)) or x)

    def make(arrays: list[Any]) -> tuple:
        left = iter(arrays)
        return tuple(law.map(lambda _: next(left)) for law in laws)

    return values, make


def _are_weights(laws: tuple[Any, ...]) -> list[bool]:
    """Whether each parameter is a row of weights, whose gradient has a free constant."""
    found: list[bool] = []
    for law in laws:
        count: list[Any] = []
        law.map(lambda x, count=count: count.append(x) or x)
        found += [isinstance(law, f.Mixture) and i == len(count) - 1 for i in range(len(count))]
    return found


def _real(laws: tuple[Any, ...]) -> list[bool]:
    """Whether each parameter may vary: integers may not."""
    kept: list[bool] = []
    for law in laws:
        whole = type(law).__name__ == "DiscreteUniform"
        names = list(law.parameters) if not hasattr(law, "laws") else []
        count: list[Any] = []
        law.map(lambda x, count=count: count.append(x) or x)
        for i, x in enumerate(count):
            here = i < len(names) and names[i] == "trials"
            kept.append(not (whole or here or not np.isfinite(x).all()))
    return kept


def differences(measure: Callable[..., Any], laws: tuple[Any, ...]) -> list[np.ndarray | None]:
    """Return derivatives by extrapolated differences, and None for parameters that do not vary."""
    values, make = varied(laws)
    found: list[np.ndarray | None] = []
    for k, (value, real) in enumerate(zip(values, _real(laws), strict=True)):
        if not real:
            found.append(None)
            continue
        slope = np.full(value.shape, math.nan)
        for place in np.ndindex(*value.shape):
            h = _STEP * max(abs(float(value[place])), 0.1)

            def at(step: float, place: Any = place, k: int = k) -> float:
                moved = [x.copy() for x in values]
                moved[k][place] += step
                if values[k].ndim == 2 and len(set(place)) == 2:  # a symmetric matrix
                    moved[k][place] -= 0.5 * step
                    moved[k][place[::-1]] = moved[k][place]
                return float(measure(*make(moved)))

            try:
                one, half = ((at(t) - at(-t)) / (2.0 * t) for t in (h, 0.5 * h))
                quarter = (at(0.25 * h) - at(-0.25 * h)) / (0.5 * h)
            except kb.KullbackError:
                continue
            first, second = (4.0 * half - one) / 3.0, (4.0 * quarter - half) / 3.0
            best = (16.0 * second - first) / 15.0
            # A kink or an end between the steps has no derivative to compare with.
            if abs(second - first) <= 1e-7 * max(1.0, abs(best)):
                slope[place] = best
        found.append(slope)
    return found


def gradients(
    library: str, measure: Callable[..., Any], laws: tuple[Any, ...], single: bool = False
) -> tuple[float, list[np.ndarray]]:
    """Return value and gradient by a library; None where a parameter has none."""
    values, make = varied(laws)
    if library == "torch":
        import torch

        dtype = torch.float32 if single else torch.float64
        given = [torch.tensor(x, dtype=dtype, requires_grad=True) for x in values]
        value = measure(*make(given))
        if not value.requires_grad:
            return value.tolist(), [np.zeros(x.shape) for x in values]
        value.sum().backward()
        return value.tolist(), [
            np.zeros(x.shape) if x.grad is None else x.grad.numpy().astype(float) for x in given
        ]
    import jax

    given = [jax.numpy.asarray(x, dtype="float32" if single else "float64") for x in values]
    value, found = jax.value_and_grad(lambda *a: measure(*make(list(a))).sum(), range(len(given)))(
        *given
    )
    return float(value), [np.asarray(x, dtype=float) for x in found]


def _compared(
    found: list[np.ndarray], truth: list[np.ndarray | None], bar: float, laws: tuple[Any, ...]
) -> str:
    verdict, known = "right", False
    for mine, other, weights in zip(found, truth, _are_weights(laws), strict=True):
        if other is None:
            continue
        both = (mine, other)
        if weights:
            both = tuple(x - x.mean(axis=-1, keepdims=True) for x in both)
        told = np.isfinite(both[1])
        known |= bool(told.any())
        a, b = (x[told] for x in both)
        near = np.abs(a - b) <= bar * np.maximum(1.0, np.abs(b))
        if not near.all():
            verdict = "lost" if not a[~near].any() else "wrong"
    return verdict if known else "unknown"


def pairs(share: float, seed: int) -> Iterator[tuple[Any, ...]]:
    """Yield ordered pairs of laws of one kind of outcome, or a random share of them."""
    laws = [law for several in LAWS.values() for law in several]
    rng = np.random.default_rng(seed)
    for p, q in itertools.product(laws, laws):
        if p.support.discrete == q.support.discrete and rng.random() < share:
            yield p, q
    for p, q in itertools.product(VECTORS, VECTORS):
        if p.event_shape == q.event_shape and rng.random() < share:
            yield p, q


def _batched(laws: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the pair as the first of a batch, with its neighbour beside it."""

    def beside(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=np.float64)
        return np.stack([x, x])

    return tuple(law.map(beside) for law in laws)


def outcomes(
    names: list[str],
    libraries: list[str],
    share: float = 1.0,
    seed: int = 0,
    *,
    single: bool = False,
) -> Iterator[Outcome]:
    """Yield what comes of every gradient that is asked for."""
    singles = [law for several in LAWS.values() for law in several] + list(VECTORS)
    for name in names:
        operands, measure = MEASURES[name]
        for laws in pairs(share, seed) if operands == 2 else ((law,) for law in singles):
            try:
                value = float(measure(*laws))
            except kb.KullbackError:
                continue
            if not math.isfinite(value):
                continue
            truth = differences(measure, laws)
            for library in libraries:
                yield _outcome(library, name, laws, truth, _BAR)
                if not laws[0].event_shape:
                    yield _in_batch(library, name, laws, truth)
                if single:
                    yield _outcome(library, name, laws, truth, _SINGLE_BAR, single=True)


def _outcome(
    library: str,
    name: str,
    laws: tuple[Any, ...],
    truth: list[np.ndarray | None],
    bar: float,
    *,
    single: bool = False,
) -> Outcome:
    label = f"{library}32" if single else library
    try:
        _, found = gradients(library, MEASURES[name][1], laws, single)
    except kb.KullbackError as refused:
        return Outcome(label, name, laws, "refused", refused.key)
    except Exception as failed:  # noqa: BLE001 (whatever comes of it is told)
        return Outcome(label, name, laws, "error", repr(failed)[:200])
    return Outcome(label, name, laws, _compared(found, truth, bar, laws), found, truth)


def _in_batch(
    library: str, name: str, laws: tuple[Any, ...], truth: list[np.ndarray | None]
) -> Outcome:
    """Ask for the same pair twice, in a batch."""
    label = f"{library} batch"
    try:
        _, found = gradients(library, MEASURES[name][1], _batched(laws))
    except kb.KullbackError as refused:
        return Outcome(label, name, laws, "refused", refused.key)
    except Exception as failed:  # noqa: BLE001 (whatever comes of it is told)
        return Outcome(label, name, laws, "error", repr(failed)[:200])
    twice = [None if x is None else np.stack([x, x]) for x in truth]
    return Outcome(label, name, laws, _compared(found, twice, _BAR, laws), found, twice)


def main(arguments: list[str] | None = None) -> int:
    """Print a table of verdicts, and every wrong gradient; fail if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measures", nargs="*", default=list(MEASURES), choices=list(MEASURES))
    parser.add_argument("--libraries", nargs="*", default=["torch", "jax"])
    parser.add_argument("--single", action="store_true")
    options = parser.parse_args(arguments)
    if "jax" in options.libraries:
        import jax

        jax.config.update("jax_enable_x64", True)
    if "torch" in options.libraries:
        import torch

        torch.set_num_threads(1)
    start, counts = time.perf_counter(), Counter()
    found = outcomes(
        options.measures, options.libraries, options.share, options.seed, single=options.single
    )
    for row in found:
        counts[row.measure, row.library, row.verdict] += 1
        if row.verdict in ("wrong", "lost", "error"):
            print(f"{row.verdict} {row.library} {row.measure}", *row.laws, sep="\n    ")
            print(f"    found {row.found}\n    truth {row.truth}", flush=True)
    for key, count in sorted(counts.items()):
        print(*key, count)
    print(f"{sum(counts.values())} gradients, {time.perf_counter() - start:.0f} s")
    return int(any(verdict in ("wrong", "lost", "error") for _, _, verdict in counts))


if __name__ == "__main__":
    sys.exit(main())
