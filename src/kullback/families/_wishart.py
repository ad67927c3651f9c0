r"""The law of Wishart, of scatter matrices of normal draws.

.. math:: f(X) = \frac{|X|^{(\nu - d - 1)/2} e^{-\operatorname{tr}(V^{-1} X)/2}}
   {2^{\nu d/2}\, |V|^{\nu/2}\, \Gamma_d(\nu/2)}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, device_of, first_failure, is_traced, namespace
from kullback.errors import KullbackError
from kullback.families._covariance import Dense, Factored, covariance_gap
from kullback.families._log_gamma import digamma_gap, log_gamma_bregman, log_gamma_rest
from kullback.families._vector import check_cholesky, check_covariance
from kullback.families.abstract import AbstractFamily, Support, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy

__all__ = ["Wishart"]

# By how much the two halves of a matrix may differ, beside its diagonal, in float32.
_TOLERANCE = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Wishart(AbstractFamily):
    """Positive definite matrices: sums of squares of normal vectors.

    Its density is that of the elements on and below the diagonal.

    Parameters
    ----------
    degrees : array, shape (...)
        nu, more than d - 1.
    scale : array, shape (..., d, d)
        V, the mean divided by nu.
    cholesky : array, shape (..., d, d)
        L in place of V = L L^T.
    """

    degrees: Array = parameter(POSITIVE)
    scale: Array | None = parameter(REAL, axes=2, optional=True)
    cholesky: Array | None = parameter(REAL, axes=2, optional=True)

    _forms = (("degrees", "scale"), ("degrees", "cholesky"))

    def __post_init__(self) -> None:
        """Check the matrix too."""
        AbstractFamily.__post_init__(self)
        size = self._matrix.shape[-1]
        if self.scale is not None:
            check_covariance("scale", self.scale, size)
        if self.cholesky is not None:
            check_cholesky("cholesky", self.cholesky, size)
        x = self.degrees
        if not is_traced(x) and (failure := first_failure(x > size - 1.0, x)):
            raise KullbackError("wishart.degrees", got=f"{failure[1]:g}", least=size - 1)

    @property
    def _matrix(self) -> Array:
        return self.scale if self.cholesky is None else self.cholesky

    @property
    def spread(self) -> Dense | Factored:
        """V."""
        if self.cholesky is not None:
            return Factored(self.cholesky)
        return Dense(0.5 * (self.scale + namespace(self.scale).matrix_transpose(self.scale)))

    @property
    def event_shape(self) -> tuple[int, ...]:
        """A square matrix."""
        return tuple(self._matrix.shape[-2:])

    @property
    def support(self) -> Support:
        """The real line, for each element; which matrices are possible, the density knows."""
        zero = 0.0 * self._matrix
        return Support(zero - math.inf, zero + math.inf)

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, d, d)."""
        return self.degrees[..., None, None] * self.spread.dense()

    @property
    def variance(self) -> Array:
        """The variance of each element, shape (*batch_shape, d, d)."""
        matrix, own = self.spread.dense(), self.spread.variance()
        both = own[..., :, None] * own[..., None, :]
        return self.degrees[..., None, None] * (matrix * matrix + both)

    def _halves(self, xp: Any) -> Array:
        """Return nu/2, (nu - 1)/2...: the shapes of the gamma laws on the diagonal."""
        size = self._matrix.shape[-1]
        steps = xp.arange(size, dtype=self.degrees.dtype, device=device_of(self.degrees))
        return 0.5 * (self.degrees[..., None] - steps)

    def _log_density(self, xp: Any, x: Array) -> Array:
        other = xp.matrix_transpose(x)
        own = xp.linalg.diagonal(x)
        size = xp.sqrt(xp.abs(own[..., :, None] * own[..., None, :]))
        odd = xp.any(xp.any(xp.abs(x - other) > _TOLERANCE * size, axis=-1), axis=-1)
        roots = xp.linalg.eigvalsh(0.5 * (x + other))
        possible = (roots[..., 0] > 0.0) & ~odd
        log_det = xp.sum(xp.log(xp.where(possible[..., None], roots, 1.0)), axis=-1)
        trace = xp.sum(xp.linalg.diagonal(xp.linalg.solve(self.spread.dense(), x)), axis=-1)
        d, halves = self._matrix.shape[-1], self._halves(xp)
        gammas = xp.sum(log_gamma_rest(xp, halves) + halves * xp.log(halves) - halves, axis=-1)
        constant = 0.5 * self.degrees * (d * math.log(2.0) + self.spread.log_det()) + gammas
        constant = constant + 0.25 * d * (d - 1) * math.log(math.pi)
        value = 0.5 * ((self.degrees - d - 1.0) * log_det - trace) - constant
        return xp.where(possible, value, -xp.inf)

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family="Wishart")

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        size = self._matrix.shape[-1]
        root = np.tril(chance.standard_normal((*shape, size, size)), k=-1)
        squares = 2.0 * chance.standard_gamma(self._halves(np), (*shape, size))
        root[..., np.arange(size), np.arange(size)] = np.sqrt(squares)
        root = np.linalg.cholesky(self.spread.dense()) @ root
        return root @ np.swapaxes(root, -1, -2)


@closed_form(entropy, Wishart)
def wishart_entropy(xp: Any, p: Wishart) -> Array:
    """Add up what the gamma laws on the diagonal of the factor give, without large parts."""
    d = p._matrix.shape[-1]
    a = p._halves(xp)
    lost = 0.5 * xp.arange(d, dtype=a.dtype, device=device_of(a))  # nu/2 - a
    half = 0.5 * (d + 1)
    parts = log_gamma_rest(xp, a) + (a + lost - half) * digamma_gap(xp, a)
    parts = parts + (half - lost) * xp.log(a) + lost
    constant = 0.5 * d * (d + 1) * math.log(2.0) + 0.25 * d * (d - 1) * math.log(math.pi)
    return xp.sum(parts, axis=-1) + half * p.spread.log_det() + constant


@closed_form(kl_divergence, Wishart, Wishart)
def wishart_kl(xp: Any, p: Wishart, q: Wishart) -> Array:
    """Compare the matrices, and the gamma laws on the diagonal of the factor."""
    a, h = p._halves(xp), 0.5 * (q.degrees - p.degrees)
    step = h[..., None] + 0.0 * a
    gammas = xp.sum(log_gamma_bregman(xp, a + 0.0 * step, step), axis=-1)
    turned = h * (q.spread.log_det() - p.spread.log_det())
    return 0.5 * p.degrees * covariance_gap(xp, p.spread, q.spread) + gammas + turned


@closed_form(cross_entropy, Wishart, Wishart)
def wishart_cross_entropy(xp: Any, p: Wishart, q: Wishart) -> Array:
    """Add the divergence to the entropy."""
    return wishart_entropy(xp, p) + wishart_kl(xp, p, q)
