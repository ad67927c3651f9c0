"""Mixtures by expectation and maximisation: weigh the rows by who may have made them, fit again."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kullback.errors import KullbackError
from kullback.fitting.coordinates import Coordinates
from kullback.fitting.likelihood import climb
from kullback.fitting.model import Model, Values, beginnings
from kullback.fitting.observations import Observations

__all__ = ["expect_and_maximise"]

# After so many leaps the worse half of the restarts is left, and the rest goes on.
_HEATS = (10, 20, 40, 60)
# A leap that gains less than this a draw leaves the rest to Newton.
_GAIN = 1e-10
# A component of fewer rows, or as narrow against the data, is closing in on single values.
_FEWEST = 2.0
_NARROW = 1e-3

Found = tuple[np.ndarray, list[Values]]
_FAILURES = (KullbackError, np.linalg.LinAlgError)


def expect_and_maximise(
    model: Model, data: Observations, count: int, restarts: int, rng: np.random.Generator
) -> list[Found]:
    """Return what the restarts found, the best first: shares, and parameters of each part."""
    mixture = _Mixture(model, data, count)
    runs = [mixture.leaps(mixture.nearest(rng)) for _ in range(restarts)]
    reached: dict[int, _Place] = {}
    order = list(range(restarts))
    for heat in _HEATS:
        for i in order:
            try:
                for place in itertools.islice(runs[i], heat):
                    reached[i] = place
            except _FAILURES:
                reached.pop(i, None)
        order = sorted((i for i in order if i in reached), key=lambda i: -reached[i].height)
        order = order[: (len(order) + 1) // 2]
    if not reached:
        raise mixture.none()
    found = sorted(reached.values(), key=lambda place: -place.height)
    return [_in_order(*mixture.from_line(place.y)) for place in found]


class _Place(NamedTuple):
    """Where a run is: a point on the line, its mean log-likelihood, and where EM leads from it."""

    y: np.ndarray
    height: float
    next: np.ndarray


class _Mixture:
    """Laws of one family that share the rows."""

    def __init__(self, model: Model, data: Observations, count: int) -> None:
        known = model.known.defaults
        free = tuple(name for name in model.ranges if name not in known)
        self.model, self.data, self.count = model, data, count
        self.line = Coordinates(model, free, known, {}, data.middle, data.spread)

    def none(self) -> KullbackError:
        """Return the error for what is no mixture of so many laws."""
        return KullbackError("fit.no_mixture", family=self.model.name, components=self.count)

    def to_line(self, shares: np.ndarray, parts: list[Values]) -> np.ndarray:
        """Return shares and parts as a point on the line."""
        return np.concatenate([np.log(shares), *(self.line.to_line(part) for part in parts)])

    def from_line(self, y: np.ndarray) -> Found:
        """Return the shares and parts of a point."""
        shares = np.exp(y[: self.count] - y[: self.count].max())
        every = self.line.from_line(y[self.count :].reshape(self.count, -1))
        parts = [{name: float(x[i]) for name, x in every.items()} for i in range(self.count)]
        return shares / shares.sum(), parts

    def leaps(self, duty: np.ndarray) -> Iterator[_Place]:
        """Yield where two rounds and a leap in their direction lead, until it gains little.

        The leap is that of Varadhan and Roland (2008), whose length is how much shorter the second
        round was; where it leads down, or nowhere, the rounds alone count.
        """
        here = self.round(self.maximise(duty, [{} for _ in duty]))
        while True:
            there = self.round(here.next)
            step = here.next - here.y
            turn = there.next - there.y - step
            length = max(1.0, float(np.linalg.norm(step) / max(np.linalg.norm(turn), 1e-300)))
            try:
                leap = self.round(here.y + length * (2.0 * step + length * turn))
            except _FAILURES:
                leap = there
            best = leap if leap.height > there.height else there
            yield best
            if best.height - here.height < _GAIN:
                return
            here = self.round(best.next)

    def round(self, y: np.ndarray) -> _Place:
        """Return the height of a point, and the point that maximises what its duties expect."""
        shares, parts = self.from_line(y)
        every = {name: np.array([[part[name]] for part in parts]) for name in parts[0]}
        with np.errstate(all="ignore"):
            logs = np.asarray(self.model.make(**every).log_prob(self.data.x))
            logs = logs + np.log(shares)[:, None]
            top = logs.max(axis=0)
            total = top + np.log(np.exp(logs - top).sum(axis=0))
        height = float(self.data.average(total))
        if not np.isfinite(height):
            raise self.none()
        return _Place(y, height, self.maximise(np.exp(logs - total), parts))

    def maximise(self, duty: np.ndarray, parts: list[Values]) -> np.ndarray:
        """Return the point of the shares and the fits to rows weighted by their duties."""
        weighted = duty if self.data.weights is None else duty * self.data.weights
        sizes = weighted.sum(axis=1)
        if sizes.min() < _FEWEST or self.collapsed(weighted / sizes[:, None]):
            raise self.none()
        fits = [self.refit(row, old) for row, old in zip(weighted, parts, strict=True)]
        return self.to_line(sizes / self.data.total, fits)

    def refit(self, weights: np.ndarray, old: Values) -> Values:
        """Fit one component to rows weighted by its duty."""
        known = self.model.known
        kept = np.flatnonzero(weights > 1e-12 * weights.max())
        part = Observations(self.data.x[kept], weights[kept])
        if known.maximum is not None:
            return known.maximum(part)
        first = [old] if old else beginnings(self.model, part)[:1]
        rise = functools.partial(self.line.rise, part)
        peaks = [climb(rise, self.line.to_line(one)) for one in first]
        if not peaks or peaks[0].away is not None:
            raise KullbackError("fit.no_start", family=self.model.name)
        return {name: float(x) for name, x in self.line.from_line(peaks[0].y).items()}

    def collapsed(self, shares: np.ndarray) -> bool:
        """Whether a component is closing in on a single value."""
        if self.model.support[2]:
            return False
        x = self.data.x - self.data.middle
        variances = shares @ (x * x) - (shares @ x) ** 2
        return bool(variances.min() < (_NARROW * self.data.spread) ** 2)

    def nearest(self, rng: np.random.Generator) -> np.ndarray:
        """Give each row to the nearest of some rows far apart, but not wholly."""
        x = self.data.x
        centres = [x[rng.integers(len(x))]]
        while len(centres) < self.count:
            apart = np.min([(x - c) ** 2 for c in centres], axis=0)
            if not apart.any():
                raise KullbackError("fit.constant", family="Mixture", value=float(x[0]))
            centres.append(rng.choice(x, p=apart / apart.sum()))
        nearest = np.argmin([np.abs(x - c) for c in centres], axis=0)
        own = 0.9
        duty = np.full((self.count, len(x)), (1.0 - own) / max(self.count - 1, 1))
        duty[nearest, np.arange(len(x))] = own
        return duty


def _in_order(shares: np.ndarray, parts: list[Values]) -> Found:
    """Sort components by their first parameter."""
    order = sorted(range(len(parts)), key=lambda i: next(iter(parts[i].values())))
    return shares[order], [parts[i] for i in order]
