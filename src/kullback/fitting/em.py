"""Mixtures by expectation and maximisation: weigh the rows by who may have made them, fit again."""

from __future__ import annotations

import functools
from contextlib import suppress

import numpy as np

from kullback.errors import KullbackError
from kullback.fitting.coordinates import Coordinates
from kullback.fitting.likelihood import climb
from kullback.fitting.model import Model, Values, beginnings
from kullback.fitting.observations import Observations

__all__ = ["expect_and_maximise"]

_ROUNDS = 500
# A round that gains less than this a draw leaves the rest to Newton.
_GAIN = 1e-7
# A component of fewer rows, or as narrow against the data, is closing in on single values.
_FEWEST = 2.0
_NARROW = 1e-3

Found = tuple[np.ndarray, list[Values]]


def expect_and_maximise(
    model: Model, data: Observations, count: int, restarts: int, rng: np.random.Generator
) -> list[Found]:
    """Return what the restarts found, the best first: shares, and parameters of each part."""
    found = []
    for _ in range(restarts):
        with suppress(KullbackError, np.linalg.LinAlgError):
            found.append(_run(model, data, count, rng))
    if not found:
        raise KullbackError("fit.no_mixture", family=model.name, components=count)
    found.sort(key=lambda one: -one[0])
    return [_in_order(shares, parts) for _, shares, parts in found]


def _run(
    model: Model, data: Observations, count: int, rng: np.random.Generator
) -> tuple[float, np.ndarray, list[Values]]:
    """Return the mean log-likelihood that one beginning leads to, and where."""
    duty = _nearest(data, count, rng)
    parts: list[Values] = [{} for _ in range(count)]
    height, shares = -np.inf, np.ones(count) / count
    for _ in range(_ROUNDS):
        sizes = np.array([data.sum(row) for row in duty])
        if sizes.min() < _FEWEST or _collapsed(model, data, duty / sizes[:, None]):
            raise KullbackError("fit.no_mixture", family=model.name, components=count)
        shares = sizes / data.total
        parts = [_refit(model, data, row, old) for row, old in zip(duty, parts, strict=True)]
        with np.errstate(all="ignore"):
            logs = np.stack([model.make(**_arrays(p)).log_prob(data.x) for p in parts])
            logs = logs + np.log(shares)[:, None]
            top = logs.max(axis=0)
            total = top + np.log(np.exp(logs - top).sum(axis=0))
        duty = np.exp(logs - total)
        new = float(data.average(total))
        if not np.isfinite(new):
            raise KullbackError("fit.no_mixture", family=model.name, components=count)
        if new - height < _GAIN:
            return new, shares, parts
        height = new
    return height, shares, parts


def _nearest(data: Observations, count: int, rng: np.random.Generator) -> np.ndarray:
    """Give each row to the nearest of some rows far apart, but not wholly."""
    x = data.x
    centres = [x[rng.integers(len(x))]]
    while len(centres) < count:
        apart = np.min([(x - c) ** 2 for c in centres], axis=0)
        if not apart.any():
            raise KullbackError("fit.constant", family="Mixture", value=float(x[0]))
        centres.append(rng.choice(x, p=apart / apart.sum()))
    nearest = np.argmin([np.abs(x - c) for c in centres], axis=0)
    own = 0.9
    duty = np.full((count, len(x)), (1.0 - own) / max(count - 1, 1))
    duty[nearest, np.arange(len(x))] = own
    return duty


def _refit(model: Model, data: Observations, duty: np.ndarray, old: Values) -> Values:
    """Fit one component to rows weighted by its duty."""
    weights = duty if data.weights is None else duty * data.weights
    kept = weights > 1e-12 * weights.max()
    part = Observations(data.x[kept], weights[kept])
    known = model.known
    if known.maximum is not None:
        return known.maximum(part)
    free = tuple(name for name in model.ranges if name not in known.defaults)
    line = Coordinates(model, free, known.defaults, {}, data.middle, data.spread)
    first = [old] if old else beginnings(model, part)[:1]
    peaks = [climb(functools.partial(line.rise, part), line.to_line(one)) for one in first]
    if not peaks or peaks[0].away is not None:
        raise KullbackError("fit.no_start", family=model.name)
    return {name: float(x) for name, x in line.from_line(peaks[0].y).items()}


def _arrays(values: Values) -> Values:
    return {name: np.float64(x) for name, x in values.items()}


def _collapsed(model: Model, data: Observations, shares: np.ndarray) -> bool:
    """Whether a component is closing in on a single value."""
    if model.support[2]:
        return False
    x = data.x - data.middle
    means = np.array([data.sum(row * x) for row in shares])
    variances = [data.sum(row * (x - m) ** 2) for row, m in zip(shares, means, strict=True)]
    return min(variances) < (_NARROW * data.spread) ** 2


def _in_order(shares: np.ndarray, parts: list[Values]) -> Found:
    """Sort components by their first parameter."""
    order = sorted(range(len(parts)), key=lambda i: next(iter(parts[i].values())))
    return shares[order], [parts[i] for i in order]
