"""Every distribution of scipy.stats, scalar and in batches, against an integrator of its own.

The shapes are those that SciPy tests itself with. Each case is a pair: a distribution and a
neighbour of its kind.

    python benchmarks/foreign_cases/scipy_cases.py [--only NAME] [--forms scalar moved ...]
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scipy import stats
from scipy.stats import _distr_params as tested

import kullback as kb
from foreign_cases.scipy_truth import truths

__all__ = ["Case", "cases", "verdicts"]

PATIENCE = 60.0
# Beside the error of the reference: what the library promises of an answer.
CLOSE = 1e-6
ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "entropy": lambda p, _: kb.entropy(p),
    "self": lambda p, _: kb.kl_divergence(p, p),
    "cross_entropy": kb.cross_entropy,
    "kl_divergence": kb.kl_divergence,
    "renyi_2": lambda p, q: kb.renyi_divergence(p, q, order=2.0),
    "js": kb.jensen_shannon_divergence,
    "tv": kb.total_variation_distance,
    "likelihood": lambda p, _: kb.log_likelihood(_draws(p), p),
}


class Case(NamedTuple):
    """Two distributions of a library."""

    library: str
    name: str
    form: str
    make: Callable[[], tuple[Any, Any]]


# ---------------------------------------------------------------- cases


def cases(forms: tuple[str, ...] = ("scalar", "moved", "batch", "normal")) -> Iterator[Case]:
    """Yield every distribution of scipy.stats, in some forms."""
    seen: Counter[str] = Counter()
    for name, shapes in [*tested.distcont, *tested.distdiscrete]:
        seen[name] += 1
        shown = name if seen[name] == 1 else f"{name}, {seen[name]}"
        maker = getattr(stats, name)
        discrete = isinstance(maker, stats.rv_discrete)
        places = _DISCRETE if discrete else _CONTINUOUS
        for form in forms:
            if form in places:
                yield Case("scipy", shown, form, _pair(maker, shapes, *places[form]))
        if "batch" in forms:
            yield Case("scipy", shown, "batch", _batch(maker, shapes, discrete=discrete))
        if "normal" in forms and not discrete:
            yield Case("scipy", shown, "normal", _beside_normal(maker, shapes))


_CONTINUOUS = {
    "scalar": ({}, {"scale": 1.25}),
    "moved": ({"loc": -3.7, "scale": 1e-3}, {"loc": -3.7, "scale": 1.1e-3}),
    "wide": ({"loc": 2.0, "scale": 1e4}, {"loc": 2.0, "scale": 9e3}),
}
_DISCRETE = {
    "scalar": ({}, {}),
    "moved": ({"loc": -2}, {"loc": -2}),
    "fraction": ({"loc": 0.5}, {"loc": 0.5}),
    "tenth": ({"loc": -0.7}, {"loc": -0.7}),
    "apart": ({"loc": 0.5}, {"loc": 0.25}),
}


def _pair(maker: Any, shapes: Any, one: dict, other: dict) -> Callable[[], tuple[Any, Any]]:
    def make() -> tuple[Any, Any]:
        near = _near(shapes) if isinstance(maker, stats.rv_discrete) else shapes
        return maker(*shapes, **one), maker(*near, **other)

    return make


def _near(shapes: Any) -> tuple[Any, ...]:
    """Return other shapes that are allowed, beside these."""
    for factor in (0.9, 1.1, 0.97, 1.03):
        found = tuple(
            type(x)(factor * np.asarray(x))
            if np.ndim(x) == 0 and isinstance(x, float)
            else [factor * y for y in x]
            if isinstance(x, list)
            else x
            for x in shapes
        )
        if found != tuple(shapes):
            return found
    return tuple(x - 1 if k == len(shapes) - 1 else x for k, x in enumerate(shapes))


def _batch(maker: Any, shapes: Any, *, discrete: bool) -> Callable[[], tuple[Any, Any]]:
    def make() -> tuple[Any, Any]:
        near = _near(shapes) if discrete else shapes
        where = np.array([[0.0], [-2.0]])
        if discrete:
            return maker(*shapes, loc=where), maker(*near, loc=where)
        return maker(*shapes, loc=where, scale=[1.0, 2.0]), maker(*shapes, loc=where, scale=2.5)

    return make


def _beside_normal(maker: Any, shapes: Any) -> Callable[[], tuple[Any, Any]]:
    def make() -> tuple[Any, Any]:
        law = maker(*shapes)
        low, middle, high = law.ppf([0.1, 0.5, 0.9])
        return law, stats.norm(middle, max(high - low, 1e-8))

    return make


# ---------------------------------------------------------------- verdicts


def verdicts(case: Case, *, patience: float = PATIENCE) -> Iterator[tuple[str, str, str]]:
    """Yield measure, verdict and what there is to say of a case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p, q = case.make()
        known = _known(p, q, patience)
        for name, ask in ASKED.items():
            yield name, *_verdict(name, ask, p, q, known, patience)


def _known(p: Any, q: Any, patience: float) -> dict[str, np.ndarray]:
    """Return the truth of each law of a batch, as arrays of values and errors."""
    if isinstance(p, tuple):
        return {}
    shape = np.broadcast_shapes(_shape(p), _shape(q))
    found: dict[str, np.ndarray] = {}
    try:
        with _within(patience):
            for index in np.ndindex(*shape):
                for name, truth in truths(
                    _single(p, index, shape), _single(q, index, shape)
                ).items():
                    whole = found.setdefault(name, np.full((2, *shape), np.nan))
                    whole[(slice(None), *index)] = truth
    except TimeoutError:
        return {}
    return found


def _shape(law: Any) -> tuple[int, ...]:
    return np.broadcast_shapes(*(np.shape(x) for x in law.kwds.values()))


def _single(law: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    kwds = {name: float(np.broadcast_to(x, shape)[index]) for name, x in law.kwds.items()}
    return law.dist(*law.args, **kwds)


def _verdict(
    name: str, ask: Any, p: Any, q: Any, known: dict[str, np.ndarray], patience: float
) -> tuple[str, str]:
    start = time.process_time()
    try:
        with _within(patience):
            value = np.asarray(ask(p, q), dtype=np.float64)
    except kb.KullbackError as error:
        return "refused", f"{error.key}: {str(error)[:90]}"
    except TimeoutError:
        return "TOO LONG", f"{time.process_time() - start:.0f} s"
    except Exception as error:  # noqa: BLE001 (that is what is looked for)
        return "FOREIGN", f"{type(error).__name__}: {str(error)[:90]}"
    spent = time.process_time() - start
    late = f" ({spent:.0f} s)" if spent > 5.0 else ""
    if name == "self":
        return ("right" if np.all(np.abs(value) <= 1e-9) else "WRONG"), f"{value.ravel()[:2]}{late}"
    if name == "likelihood":
        x = _draws(p)
        truth = p.logpmf(x) if hasattr(p.dist, "logpmf") else p.logpdf(x)
        good = np.allclose(value, truth, rtol=1e-7, atol=1e-9)
        return ("right" if good else "WRONG"), late
    if name not in known:
        return "no reference", late
    truth, error = known[name]
    off = np.abs(value - truth) / (CLOSE + np.abs(truth))
    at = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
    shown = (
        f"{value.ravel()[at]:.9g} against {truth.ravel()[at]:.9g} off {error.ravel()[at]:.0e}{late}"
    )
    if not np.all(np.isfinite(error) & (error < 1e-3 * np.maximum(1.0, np.abs(truth)))):
        infinite = np.isinf(value).all() and not np.isfinite(truth).any()
        return ("right" if infinite else "no reference"), shown
    bound = 10.0 * error + CLOSE * np.maximum(1.0, np.abs(truth))
    good = (np.abs(value - truth) <= bound) | (value == truth)
    return ("right" if good.all() else "WRONG"), shown if not good.all() or late else ""


def _draws(law: Any) -> np.ndarray:
    if hasattr(law.dist, "xk"):
        return np.add.outer(law.dist.xk, law.kwds.get("loc", 0.0))
    levels = np.reshape([0.05, 0.3, 0.6, 0.9], (4, *(1 for _ in _shape(law))))
    return law.ppf(levels)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def late(*_: Any) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, previous)


def main() -> int:
    """Print what is not right, and how many verdicts of each sort there are."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", nargs="*")
    options.add_argument("--forms", nargs="*", default=["scalar", "moved", "batch", "normal"])
    options.add_argument("--patience", type=float, default=PATIENCE)
    options.add_argument("--all", action="store_true")
    given = options.parse_args()
    total: Counter[str] = Counter()
    for case in cases(tuple(given.forms)):
        if given.only and case.name.partition(",")[0] not in given.only:
            continue
        try:
            for measure, verdict, words in verdicts(case, patience=given.patience):
                total[verdict] += 1
                if given.all or verdict != "right" or "s)" in words:
                    print(
                        f"{case.name:18} {case.form:8} {measure:14} {verdict:12} {words}",
                        flush=True,
                    )
        except Exception as error:  # noqa: BLE001
            total["no case"] += 1
            print(
                f"{case.name:18} {case.form:8} NO CASE {type(error).__name__}: {error}", flush=True
            )
    print(dict(total))
    return int(total["WRONG"] + total["FOREIGN"] + total["TOO LONG"] > 0)


if __name__ == "__main__":
    sys.exit(main())
