r"""Student's t law of several coordinates.

.. math:: f(x) = \frac{\Gamma((\nu + d)/2)}{\Gamma(\nu/2) \sqrt{(\nu \pi)^d \det S}}
   \left(1 + \frac{(x - \mu)^T S^{-1} (x - \mu)}{\nu}\right)^{-(\nu + d)/2}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback.families._covariance import Dense, Factored
from kullback.families._normal_limit import closed_form_if_normal
from kullback.families._vector import AbstractVector, check_cholesky, check_covariance
from kullback.families.abstract import AbstractFamily, closed_form
from kullback.families.multivariate_normal import MultivariateNormal
from kullback.families.parameters import POSITIVE_OR_INFINITE, REAL, parameter
from kullback.families.student_t import (
    finite_degrees,
    log_normaliser,
    mixing,
    standard_entropy,
    variance_ratio,
)
from kullback.measures.entropy import entropy

__all__ = ["MultivariateStudentT"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class MultivariateStudentT(AbstractVector):
    """Student's t law of d coordinates, whose tails are heavy in every direction.

    Parameters
    ----------
    degrees : array, shape (...)
        nu, the degrees of freedom, positive and not necessarily whole; inf for the normal law.
    location : array, shape (..., d)
        mu, the mode.
    scatter : array, shape (..., d, d)
        S, positive definite, used by its symmetric part. The covariance is S nu/(nu - 2), and
        infinite up to 2 degrees.
    cholesky : array, shape (..., d, d)
        L in place of S = L L^T, lower triangular with a positive diagonal.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, if shapes do not fit, if the scatter is not
        symmetric or not positive definite, if its factor is not triangular, or if not exactly
        one of the two is given.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import MultivariateStudentT
    >>> p = MultivariateStudentT(degrees=4.0, location=[0.0, 0.0], scatter=[[1.0, 0.0], [0.0, 1.0]])
    >>> round(float(kb.entropy(p)), 6)  # 3/2 + log(2 pi)
    3.337877
    """

    degrees: Array = parameter(POSITIVE_OR_INFINITE)
    location: Array = parameter(REAL, axes=1)
    scatter: Array | None = parameter(REAL, axes=2, optional=True)
    cholesky: Array | None = parameter(REAL, axes=2, optional=True)

    _forms = (("degrees", "location", "scatter"), ("degrees", "location", "cholesky"))

    def __post_init__(self) -> None:
        """Check the scatter too."""
        AbstractFamily.__post_init__(self)
        size = self.location.shape[-1]
        if self.scatter is not None:
            check_covariance("scatter", self.scatter, size)
        if self.cholesky is not None:
            check_cholesky("cholesky", self.cholesky, size)

    @property
    def centre(self) -> Array:
        """The location."""
        return self.location

    @property
    def spread(self) -> Dense | Factored:
        """The scatter."""
        if self.scatter is None:
            return Factored(self.cholesky)
        return Dense(0.5 * (self.scatter + namespace(self.scatter).matrix_transpose(self.scatter)))

    @property
    def mean(self) -> Array:
        """The location; NaN up to 1 degree, where there is no mean."""
        xp = namespace(self.location)
        return xp.where((self.degrees > 1.0)[..., None], self.location, xp.nan)

    @property
    def variance(self) -> Array:
        """The variance of each coordinate; inf up to 2 degrees."""
        xp = namespace(self.degrees)
        return variance_ratio(xp, self.degrees)[..., None] * self.spread.variance()

    def _log_radial(self, xp: Any, square: Array) -> Array:
        size = self.location.shape[-1]
        normal, degrees = finite_degrees(xp, self.degrees)
        fall = 0.5 * (degrees + size) * xp.log1p(square / degrees)
        fall = xp.where(normal, 0.5 * square, fall)
        return log_normaliser(xp, self.degrees, size) - fall

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        normal = self.spread.draw(chance, shape)
        return self.location + normal / np.sqrt(mixing(chance, self.degrees, shape))[..., None]


@closed_form(entropy, MultivariateStudentT)
def multivariate_student_t_entropy(xp: Any, p: MultivariateStudentT) -> Array:
    """Return the entropy of the standard law, and log det S / 2."""
    return standard_entropy(xp, p.degrees, p.location.shape[-1]) + 0.5 * p.spread.log_det()


def _normal(p: MultivariateStudentT) -> MultivariateNormal:
    if p.cholesky is None:
        return MultivariateNormal(mean=p.location, covariance=p.scatter)
    return MultivariateNormal(mean=p.location, cholesky=p.cholesky)


closed_form_if_normal(MultivariateStudentT, MultivariateNormal, _normal)
