"""One pair of distributions of another library, and references that owe nothing to kullback."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import special

__all__ = [
    "NO_ANSWER",
    "Case",
    "Library",
    "Spec",
    "Study",
    "by_counts",
    "by_draws",
    "by_quadrature",
    "by_terms",
    "of_lkj",
]

Logarithm = Callable[[np.ndarray], np.ndarray]
Reference = tuple[Any, Any]
"""A value, and what it may be off by."""

NO_ANSWER: Reference = ("no answer", 0.0)
"""The reference of what has none: anything but a refusal is wrong."""

_NODES = 1500
_REACH = 5.5
_NONE = 1e-16


class Case(NamedTuple):
    """Two distributions of one class, with other parameters, in one form."""

    library: str  # the name that it is imported by
    name: str  # the class, as the library lists it
    form: str
    make: Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Spec:
    """A class, how it is made of arrays, and the parameters of a pair.

    `sort` is "line" for a density on the line, "counts" for integers from 0 on, "outcomes" for
    probabilities, "none" for what has no answer, and "vector" for all else, whose references are
    means over draws, or what the library has in closed form. Numbers are given that float32
    holds, so that all forms have the same truth.
    """

    name: str
    build: Callable[..., Any]
    p: dict[str, Any]
    q: dict[str, Any]
    sort: str = "line"
    low: float = -math.inf
    high: float = math.inf
    breaks: tuple[float, ...] = ()  # where a density has a kink or a jump
    forms: tuple[str, ...] = ("scalar", "batch", "float32")
    log_density: Callable[[Any], Logarithm] | None = None  # where the library has none
    coarse: float = 0.0  # what the library's own density is off by


# ---------------------------------------------------------------- on the line


def by_quadrature(
    log_p: Logarithm,
    log_q: Logarithm,
    some: np.ndarray,
    low: float,
    high: float,
    breaks: tuple[float, ...] = (),
) -> dict[str, Reference]:
    """Return the measures of two densities by double exponential nodes.

    `some` are draws of the first, which tell where it is.
    """
    inner = [x for x in sorted(breaks) if low < x < high]
    ends = [low, *inner, high]
    if math.isinf(low) and math.isinf(high) and not inner:
        ends = [low, float(np.median(some)), high]
    width = float(np.subtract(*np.quantile(some, [0.75, 0.25]))) or 1.0
    fine, coarse = (_measures(log_p, log_q, ends, width, step) for step in (1, 2))
    return {
        name: (value, 0.0 if math.isinf(value) else 4.0 * abs(value - coarse[name]))
        for name, value in fine.items()
    }


def _measures(
    log_p: Logarithm, log_q: Logarithm, ends: list[float], width: float, step: int
) -> dict[str, float]:
    parts = [_nodes(a, b, width, step) for a, b in pairwise(ends)]
    x, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return _added(log_p(x), log_q(x), weight)


def _nodes(low: float, high: float, width: float, step: int) -> tuple[np.ndarray, np.ndarray]:
    t = np.linspace(-_REACH, _REACH, _NODES * 2 // step + 1)
    h = t[1] - t[0]
    u, du = 0.5 * np.pi * np.sinh(t), 0.5 * np.pi * np.cosh(t)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if math.isinf(low) or math.isinf(high):
            y = width * np.exp(u)
            x = low + y if math.isfinite(low) else high - y
            weight = h * y * du
        else:
            share = 1.0 / (1.0 + np.exp(-2.0 * u))
            x = low + (high - low) * share
            weight = h * 2.0 * (high - low) * share * (1.0 - share) * du
        kept = (x > low) & (x < high) & np.isfinite(weight) & (weight > 0.0)
        kept &= np.abs(x) < 1e150
    return x[kept], weight[kept]


def _added(log_p: np.ndarray, log_q: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    with np.errstate(all="ignore"):
        share = np.where(np.isfinite(log_p), np.exp(log_p) * weight, 0.0)
        there = share > 1e-300
        own = np.where(there, -share * log_p, 0.0)
        across = np.where(there, -share * log_q, 0.0)
        rest = np.where(there & np.isfinite(log_q), np.expm1(log_q - log_p) * share, 0.0)
    heavy = bool(np.isinf(log_q[share > _NONE]).any())
    if heavy:
        return {"entropy": math.fsum(own), "cross_entropy": math.inf, "kl_divergence": math.inf}
    # Added to every term, q/p - 1 leaves none that is negative, so that digits are kept.
    kl = math.fsum(np.where(there, share * (log_p - log_q) + rest, 0.0)) - math.fsum(rest)
    return {"entropy": math.fsum(own), "cross_entropy": math.fsum(across), "kl_divergence": kl}


def by_counts(log_p: Logarithm, log_q: Logarithm, last: int) -> dict[str, Reference]:
    """Return the measures of two distributions on the integers from 0 on, by adding them up."""
    x = np.arange(last + 1.0)
    return by_terms(log_p(x), log_q(x))


def by_terms(log_p: np.ndarray, log_q: np.ndarray) -> dict[str, Reference]:
    """Return the measures of two distributions whose outcomes are all listed."""
    found = _added(log_p, log_q, np.ones(log_p.shape))
    return {name: (value, 1e-13) for name, value in found.items()}


# ---------------------------------------------------------------- of several dimensions


def by_draws(log_p: np.ndarray, log_q: np.ndarray) -> dict[str, Reference]:
    """Return means over draws of p, and five of their standard errors."""
    if np.isinf(log_q).any():
        across = kl = (math.inf, 0.0)
    else:
        across, kl = _mean(-log_q), _mean(log_p - log_q)
    return {"entropy": _mean(-log_p), "cross_entropy": across, "kl_divergence": kl}


def _mean(terms: np.ndarray) -> Reference:
    return float(np.mean(terms)), 5.0 * float(np.std(terms)) / math.sqrt(len(terms))


# ---------------------------------------------------------------- all cases of a library


class Library(Protocol):
    """What references ask of a library."""

    name: str

    def array(self, x: Any, *, single: bool) -> Any:
        """Return an array of floats, in float32 if `single`."""

    def expanded(self, d: Any) -> Any:
        """Return a batch of the shape (2, 3) of a distribution."""

    def sample(self, d: Any, count: int) -> np.ndarray:
        """Return draws, in float64."""

    def log_prob(self, d: Any, x: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density, in float64; an error where it has none."""

    def probabilities(self, d: Any) -> np.ndarray:
        """Return those of a categorical distribution."""

    def known(self, name: str, p: Any, q: Any) -> dict[str, Reference]:
        """Return what is known in closed form."""

    def context(self, *, single: bool) -> AbstractContextManager[Any]:
        """Have the library ready for float32, or for float64."""

    def native(self, x: np.ndarray, *, single: bool) -> Any:
        """Return draws as a user of the library has them."""

    def outcomes(self, x: np.ndarray) -> Any:
        """Return integers as a user of the library has them."""


_MEASURES = ("entropy", "kl_divergence", "cross_entropy")
_DRAWS = 20_000
_SOME = 1001
_LAST = 400  # of the integers that are added up


class Study:
    """The cases of a library's specifications, and their references."""

    def __init__(self, library: Library, specs: Iterable[Spec]) -> None:
        self.library = library
        self.specs: dict[str, list[Spec]] = {}
        for spec in specs:
            self.specs.setdefault(spec.name, []).append(spec)
        self.found: dict[tuple[str, int, bool], dict[str, Reference]] = {}

    def cases(self, *, short: bool = False) -> Iterator[Case]:
        """Yield the pairs; without those in float32 where it is to be short."""
        for name, specs in self.specs.items():
            for k, spec in enumerate(specs):
                for form in spec.forms:
                    if not short or form != "float32":
                        yield Case(self.library.name, name, f"{form} {k}", self._maker(spec, form))

    def context(self, case: Case) -> AbstractContextManager[Any]:
        """Have the library ready."""
        return self.library.context(single=self._read(case)[1] == "float32")

    def coarse(self, case: Case) -> float:
        """Return what the library's own density is off by."""
        return self._read(case)[0].coarse

    def truth(self, case: Case) -> dict[str, Reference]:
        """Return what the measures are, and what the references may be off by."""
        spec, form, k = self._read(case)
        with self.library.context(single=False):
            there = self._truth(spec, k, back=False)
            if form != "batch":
                return there
            back = self._truth(spec, k, back=True)
        return {
            name: NO_ANSWER
            if NO_ANSWER in (there[name], back[name])
            else tuple(np.array(column) for column in zip(there[name], back[name], strict=True))
            for name in there.keys() & back.keys()
        }

    def likelihood(self, case: Case) -> tuple[Any, Any]:
        """Return draws, and the logarithms of their densities as the library has them."""
        spec, form, _ = self._read(case)
        single = form == "float32"
        with self.library.context(single=False):
            p = self._maker(spec, "scalar" if single else form)()[0]
            try:
                x = self.library.sample(p, 5)
            except NotImplementedError:  # it has no draws: anything, to be refused
                x = np.full((5, *p.batch_shape, *p.event_shape), 0.5)
            if single:
                x = x.astype(np.float32).astype(np.float64)
            if spec.sort == "outcomes" and "OneHot" not in spec.name:
                x = x.astype(np.int64)
            try:
                known = self._log_density(spec, p)(x)
            except Exception:  # noqa: BLE001 (whatever the library raises)
                known = NO_ANSWER[0]
        if spec.sort == "outcomes":  # which kullback numbers, also where draws are one-hot rows
            numbers = x if "OneHot" not in spec.name else x.argmax(axis=-1)
            return self.library.outcomes(numbers.astype(np.int64)), known
        return self.library.native(x, single=single), None if spec.sort == "none" else known

    def _read(self, case: Case) -> tuple[Spec, str, int]:
        form, _, k = case.form.partition(" ")
        return self.specs[case.name][int(k)], form, int(k)

    def _maker(self, spec: Spec, form: str) -> Callable[[], tuple[Any, Any]]:
        def made(given: dict[str, Any]) -> Any:
            single = form == "float32"
            arrays = {name: self.library.array(x, single=single) for name, x in given.items()}
            built = spec.build(**arrays)
            return self.library.expanded(built) if form == "expanded" else built

        p, q = spec.p, spec.q
        if form == "batch":
            p, q = ({name: [a[name], b[name]] for name in a} for a, b in ((p, q), (q, p)))
        return lambda: (made(p), made(q))

    def _log_density(self, spec: Spec, d: Any) -> Logarithm:
        if spec.log_density is not None:
            return spec.log_density(d)
        return lambda x: self.library.log_prob(d, x)

    def _truth(self, spec: Spec, k: int, *, back: bool) -> dict[str, Reference]:
        key = spec.name, k, back
        if key not in self.found:
            p, q = self._maker(spec, "scalar")()
            self.found[key] = self._reference(spec, *((q, p) if back else (p, q)))
        return self.found[key]

    def _reference(self, spec: Spec, p: Any, q: Any) -> dict[str, Reference]:
        log_p, log_q = self._log_density(spec, p), self._log_density(spec, q)
        if spec.sort == "none":
            return dict.fromkeys(_MEASURES, NO_ANSWER)
        if spec.sort == "counts":
            return by_counts(log_p, log_q, _LAST if math.isinf(spec.high) else int(spec.high))
        if spec.sort == "outcomes":
            logs = [
                lambda x, d=d: np.log(self.library.probabilities(d)[x.astype(int)]) for d in (p, q)
            ]
            return by_counts(*logs, len(self.library.probabilities(p)) - 1)
        x = self.library.sample(p, _SOME if spec.sort == "line" else _DRAWS)
        if spec.sort == "line":
            found = by_quadrature(log_p, log_q, x, spec.low, spec.high, spec.breaks)
            return {name: (value, error + spec.coarse) for name, (value, error) in found.items()}
        try:
            found = by_draws(log_p(x), log_q(x))
        except Exception:  # noqa: BLE001 (whatever a library raises that has no density)
            found = dict.fromkeys(_MEASURES, NO_ANSWER)
        return found | self.library.known(spec.name, p, q)


def of_lkj(dimension: int, a: float, b: float) -> dict[str, Reference]:
    """Return what is known of Cholesky factors that follow the LKJ law."""
    half = 0.5 * np.arange(1, dimension)
    ours, theirs = (eta + 0.5 * (dimension - 1) - half for eta in (a, b))
    logs = special.digamma(ours) - special.digamma(ours + half)

    def crossed(alpha: np.ndarray) -> float:
        constant = special.gammaln(alpha + half) - special.gammaln(alpha) - half * math.log(math.pi)
        return -float(np.sum(constant + (alpha - 1.0) * logs))

    own, across = crossed(ours), crossed(theirs)
    found = {"entropy": own, "cross_entropy": across, "kl_divergence": across - own}
    return {name: (value, 1e-12) for name, value in found.items()}
