r"""The normal law of several coordinates.

.. math:: f(x) = \frac{1}{\sqrt{(2 \pi)^d \det \Sigma}}
   \exp\left(-\tfrac12 (x - \mu)^T \Sigma^{-1} (x - \mu)\right)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families._covariance import (
    Covariance,
    Dense,
    Factored,
    LowRank,
    covariance_gap,
    covariance_renyi,
)
from kullback.families._vector import AbstractVector, check_cholesky, check_covariance, check_size
from kullback.families.abstract import AbstractFamily, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["MultivariateNormal"]

_LOG_2PI = math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MultivariateNormal(AbstractVector):
    r"""The normal law of d coordinates, full, diagonal, or diagonal plus low rank.

    Give `covariance`, or its Cholesky factor, which keeps the digits of a narrow law, or `std`
    alone for independent coordinates, or `std` and `factor` for

    .. math:: \Sigma = U U^T + \operatorname{diag}(\sigma^2)

    which is never written out: between laws of the latter two forms the KL divergence takes time
    and memory proportional to d.

    Parameters
    ----------
    mean : array, shape (..., d)
        mu.
    covariance : array, shape (..., d, d), optional
        Sigma, positive definite. It is used by its symmetric part.
    std : array, shape (..., d), optional
        sigma, positive.
    factor : array, shape (..., d, k), optional
        U.
    cholesky : array, shape (..., d, d), optional
        L, lower triangular with a positive diagonal; Sigma is L L^T.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, if shapes do not fit, if the covariance is not
        symmetric or not positive definite, if its factor is not triangular, or if not exactly
        one of the forms is given.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import MultivariateNormal
    >>> p = MultivariateNormal(mean=[0.0, 0.0], covariance=[[1.0, 0.6], [0.6, 1.0]])
    >>> q = MultivariateNormal(mean=[0.0, 0.0], std=[1.0, 1.0])
    >>> round(float(kb.kl_divergence(p, q)), 6)  # the mutual information, -log(1 - 0.6^2)/2
    0.223144
    """

    mean: Array = parameter(REAL, axes=1)
    covariance: Array | None = parameter(REAL, axes=2, optional=True)
    std: Array | None = parameter(POSITIVE, axes=1, optional=True)
    factor: Array | None = parameter(REAL, axes=2, optional=True)
    cholesky: Array | None = parameter(REAL, axes=2, optional=True)

    _forms = (
        ("mean", "covariance"),
        ("mean", "cholesky"),
        ("mean", "std"),
        ("mean", "std", "factor"),
    )

    def __post_init__(self) -> None:
        """Check that it is a covariance."""
        AbstractFamily.__post_init__(self)
        size = self.mean.shape[-1]
        if self.covariance is not None:
            check_covariance("covariance", self.covariance, size)
        if self.std is not None:
            check_size("std", self.std, (size,), size)
        if self.factor is not None:
            check_size("factor", self.factor, (size, None), size)
        if self.cholesky is not None:
            check_cholesky("cholesky", self.cholesky, size)

    @property
    def centre(self) -> Array:
        """The mean."""
        return self.mean

    @property
    def spread(self) -> Covariance:
        """The covariance."""
        if self.cholesky is not None:
            return Factored(self.cholesky)
        if self.covariance is None:
            return LowRank(self.std, self.factor)
        other = namespace(self.covariance).matrix_transpose(self.covariance)
        return Dense(0.5 * (self.covariance + other))

    @property
    def variance(self) -> Array:
        """The variance of each coordinate, shape (..., d)."""
        return self.spread.variance()

    def _log_radial(self, xp: Any, square: Array) -> Array:  # noqa: ARG002
        return -0.5 * (square + self.mean.shape[-1] * _LOG_2PI)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.spread.draw(chance, shape)


@closed_form(entropy, MultivariateNormal)
def multivariate_normal_entropy(xp: Any, p: MultivariateNormal) -> Array:  # noqa: ARG001
    r"""Return (log det Sigma + d log(2 pi e))/2."""
    return 0.5 * (p.spread.log_det() + p.mean.shape[-1] * (_LOG_2PI + 1.0))


@closed_form(kl_divergence, MultivariateNormal, MultivariateNormal)
def multivariate_normal_kl(xp: Any, p: MultivariateNormal, q: MultivariateNormal) -> Array:
    """Compare the means in q's metric, and the covariances."""
    gap = covariance_gap(xp, p.spread, q.spread)
    return 0.5 * (q.spread.square(p.mean - q.mean) + gap)


@closed_form(renyi_divergence, MultivariateNormal, MultivariateNormal)
def multivariate_normal_renyi(
    xp: Any, p: MultivariateNormal, q: MultivariateNormal, *, order: float
) -> Array:
    """Compare means and covariances; matrices are written out unless both are diagonal."""
    return covariance_renyi(xp, p.mean - q.mean, p.spread, q.spread, order)
