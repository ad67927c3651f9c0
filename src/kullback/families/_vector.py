"""What laws of several real coordinates have in common; the last axis holds the coordinates."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np

from kullback._array import Array, first_failure, is_traced, sum_tolerance, to_numpy
from kullback.errors import KullbackError
from kullback.families._covariance import Covariance
from kullback.families.abstract import AbstractFamily, Support

__all__ = ["AbstractVector", "check_cholesky", "check_covariance", "check_size"]


class AbstractVector(AbstractFamily):
    """A law of vectors that lie around a centre, spread by a matrix."""

    __slots__ = ()

    @property
    @abstractmethod
    def centre(self) -> Array:
        """Where the density is highest, shape (..., d)."""

    @property
    @abstractmethod
    def spread(self) -> Covariance:
        """The matrix that measures distances from the centre."""

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one draw, (d,)."""
        return (self.centre.shape[-1],)

    @property
    def support(self) -> Support:
        """The real line, for each coordinate."""
        zero = 0.0 * self.centre
        return Support(zero - math.inf, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        finite = xp.all(xp.abs(x) < xp.inf, axis=-1)
        square = self.spread.square(xp.where(finite[..., None], x - self.centre, 0.0))
        value = self._log_radial(xp, square) - 0.5 * self.spread.log_det()
        return xp.where(finite, value, -xp.inf)

    @abstractmethod
    def _log_radial(self, xp: Any, square: Array) -> Array:
        """Return the logarithm of the density at a squared distance, for a unit matrix."""

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family=type(self).__name__)


def check_size(name: str, x: Array, shape: tuple[int | None, ...], size: int) -> None:
    """Refuse an array whose last axes do not fit a law of so many coordinates."""
    last = tuple(x.shape)[x.ndim - len(shape) :]
    if any(need not in (None, have) for need, have in zip(shape, last, strict=True)):
        raise KullbackError("family.size", name=name, shape=tuple(x.shape), size=size)


def check_covariance(name: str, x: Array, size: int) -> None:
    """Refuse a matrix that is not square, not symmetric or not positive definite."""
    check_size(name, x, (size, size), size)
    if is_traced(x):
        return
    matrix = to_numpy(x).astype(np.float64)
    other = np.swapaxes(matrix, -1, -2)
    scale = np.sqrt(np.abs(np.linalg.diagonal(matrix)))
    bound = sum_tolerance(x) * scale[..., :, None] * scale[..., None, :]
    failed = np.argwhere(~(np.abs(matrix - other) <= bound))
    if failed.size:
        place = tuple(failed[0])
        shown = ", ".join(map(str, place))
        got, mirrored = f"{matrix[place]:g}", f"{other[place]:g}"
        raise KullbackError("family.symmetric", name=name, place=shown, got=got, other=mirrored)
    try:
        np.linalg.cholesky(0.5 * (matrix + other))
    except np.linalg.LinAlgError:
        lowest = np.linalg.eigvalsh(0.5 * (matrix + other))[..., 0]
        place = ", ".join(map(str, np.unravel_index(np.argmin(lowest), lowest.shape)))
        raise KullbackError(
            "family.definite",
            name=f"{name}[{place}]" if place else name,
            smallest=f"{np.min(lowest):g}",
        ) from None


def check_cholesky(name: str, x: Array, size: int) -> None:
    """Refuse a matrix that is not lower triangular with a positive diagonal."""
    check_size(name, x, (size, size), size)
    if is_traced(x):
        return
    matrix = to_numpy(x)
    sound = np.where(np.eye(size, dtype=bool), matrix > 0.0, np.tril(matrix) == matrix)
    if failure := first_failure(sound, matrix):
        raise KullbackError("family.cholesky", name=name, place=failure[0], got=f"{failure[1]:g}")
