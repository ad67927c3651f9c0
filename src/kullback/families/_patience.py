"""How long another library may take over the densities that one answer needs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from kullback.errors import KullbackError

__all__ = ["Watched", "limited"]

# Seconds of this thread's processor time, so that other work beside it changes nothing.
_LIMIT = 20.0
# Seconds for one point from which a density is slow, and points that are enough to tell.
_SLOW, _FEW = 5e-5, 16
# About how many seconds of points are asked for at a time.
_AT_ONCE = 1.0

_begun: ContextVar[float | None] = ContextVar("begun", default=None)


@contextmanager
def limited() -> Iterator[None]:
    """Limit the time that one answer may take in the densities of other libraries."""
    token = _begun.set(time.thread_time() if _begun.get() is None else _begun.get())
    try:
        yield
    finally:
        _begun.reset(token)


class Watched:
    """A function of another library at many points, whose time is taken."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray], name: str) -> None:
        self.function, self.name = function, name
        self.seconds, self.points = 0.0, 0
        self.known: dict[float, float] = {}  # what a slow one has answered

    @property
    def pace(self) -> float:
        """Seconds for one point, as far as is known."""
        return self.seconds / self.points if self.points >= _FEW else 0.0

    @property
    def slow(self) -> bool:
        """Whether few points can be asked for."""
        return self.pace > _SLOW

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Ask; a slow function in parts, so that the limit is seen."""
        x = np.asarray(x)
        if _begun.get() is None or x.ndim != 1:
            return self._timed(x)
        parts, start = [], 0
        while start < len(x):
            step = _FEW if self.points < _FEW else max(_FEW, int(_AT_ONCE / max(self.pace, 1e-9)))
            parts.append(self._recalled(x[start : start + step]))
            start += step
        return np.concatenate(parts) if parts else self.function(x)

    def _recalled(self, x: np.ndarray) -> np.ndarray:
        """Ask a slow function once for each point."""
        if not self.slow:
            return self._timed(x)
        new = np.array(sorted({y for y in x[~np.isnan(x)].tolist() if y not in self.known}))
        if len(new):
            self.known.update(zip(new.tolist(), self._timed(new).tolist(), strict=True))
        return np.array([self.known.get(y, math.nan) for y in x.tolist()])

    def _timed(self, x: np.ndarray) -> np.ndarray:
        begun = time.thread_time()
        found = self.function(x)
        now = time.thread_time()
        self.seconds, self.points = self.seconds + now - begun, self.points + x.size
        start = _begun.get()
        if start is not None and now - start > _LIMIT and self.slow:
            pace = f"{1e3 * self.pace:.2g}"
            raise KullbackError("foreign.slow", kind=self.name, limit=f"{_LIMIT:g}", pace=pace)
        return found
