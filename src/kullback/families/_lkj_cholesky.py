r"""The law of Lewandowski, Kurowicka and Joe, of Cholesky factors of correlation matrices.

.. math:: f(L) = \prod_{i=2}^{d} \frac{\Gamma(\alpha_i + \frac{i-1}{2})}{\Gamma(\alpha_i)}
   \pi^{-\frac{i-1}{2}} L_{ii}^{2 \alpha_i - 2}, \qquad \alpha_i = \eta + \frac{d - i}{2}

The rows are independent, and the square of each diagonal element follows a beta law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, device_of, namespace
from kullback._kernels.special import special
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, closed_form
from kullback.families.beta import Beta
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["LKJCholesky"]

# By how much a row of a factor may miss the length 1, in float32.
_TOLERANCE = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LKJCholesky(AbstractFamily):
    """Lower Cholesky factors of d by d correlation matrices, rows of length 1.

    Its density is that of the elements below the diagonal.

    Parameters
    ----------
    alpha : array, shape (..., d - 1)
        That of each row but the first.
    """

    alpha: Array = parameter(POSITIVE, axes=1)

    @classmethod
    def of(cls, dimension: int, concentration: Array) -> LKJCholesky:
        """Return the law of so many dimensions: uniform over matrices where eta is 1."""
        xp = namespace(concentration)
        rows = xp.arange(
            dimension - 2, -1, -1, dtype=concentration.dtype, device=device_of(concentration)
        )
        return cls(alpha=concentration[..., None] + 0.5 * rows)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """A square matrix."""
        size = self.alpha.shape[-1] + 1
        return (size, size)

    @property
    def support(self) -> Support:
        """The numbers between -1 and 1, for each element."""
        one = 0.0 * self.alpha[..., :1, None] + 1.0
        one = namespace(one).broadcast_to(one, (*self.batch_shape, *self.event_shape))
        return Support(-one, one)

    def _halves(self, xp: Any) -> Array:
        """Return half the number of elements below the diagonal, for each row but the first."""
        a = self.alpha
        return 0.5 * xp.arange(1, a.shape[-1] + 1, dtype=a.dtype, device=device_of(a))

    def _log_constant(self, xp: Any) -> Array:
        """Return the logarithm of what makes it a density, for each row."""
        half = self._halves(xp)
        rest = special("gammaln", self.alpha + half) - special("gammaln", self.alpha)
        return rest - half * math.log(math.pi)

    def _log_density(self, xp: Any, x: Array) -> Array:
        diagonal = xp.linalg.diagonal(x)[..., 1:]
        usual = diagonal > 0.0
        log = xp.log(xp.where(usual, diagonal, 1.0))
        value = xp.sum(self._log_constant(xp) + (2.0 * self.alpha - 2.0) * log, axis=-1)
        long = xp.abs(xp.sum(x * x, axis=-1) - 1.0) > _TOLERANCE
        upper = xp.any(xp.triu(x, k=1) != 0.0, axis=-1)
        possible = ~xp.any(long | upper, axis=-1) & xp.all(usual, axis=-1)
        return xp.where(possible, value, -xp.inf)

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family="LKJCholesky")

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        size = self.alpha.shape[-1] + 1
        x = np.zeros((*shape, size, size))
        x[..., 0, 0] = 1.0
        for i in range(1, size):
            alpha = self.alpha[..., i - 1]
            square = chance.beta(alpha, 0.5 * i, shape)  # of the diagonal element
            way = chance.standard_normal((*shape, i))
            way *= np.sqrt((1.0 - square) / np.sum(way * way, axis=-1))[..., None]
            x[..., i, :i], x[..., i, i] = way, np.sqrt(square)
        return x

    def _mean_logs(self, xp: Any) -> Array:
        """Return the mean logarithm of each diagonal element but the first."""
        half = self._halves(xp)
        return 0.5 * (special("digamma", self.alpha) - special("digamma", self.alpha + half))


def _squares(xp: Any, p: LKJCholesky) -> Beta:
    """Return the laws of the squares of the diagonal, in which all laws of a size differ."""
    return Beta(alpha=p.alpha, beta=p._halves(xp))


@closed_form(entropy, LKJCholesky)
def lkj_entropy(xp: Any, p: LKJCholesky) -> Array:
    """Take the mean of the logarithm."""
    return lkj_cross_entropy(xp, p, p)


@closed_form(cross_entropy, LKJCholesky, LKJCholesky)
def lkj_cross_entropy(xp: Any, p: LKJCholesky, q: LKJCholesky) -> Array:
    """Take the mean of the logarithm."""
    logs = p._mean_logs(xp)
    return -xp.sum(q._log_constant(xp) + (2.0 * q.alpha - 2.0) * logs, axis=-1)


@closed_form(kl_divergence, LKJCholesky, LKJCholesky)
def lkj_kl(xp: Any, p: LKJCholesky, q: LKJCholesky) -> Array:
    """Add those of the squares of the diagonal."""
    return xp.sum(kl_divergence(_squares(xp, p), _squares(xp, q)), axis=-1)


@closed_form(renyi_divergence, LKJCholesky, LKJCholesky)
def lkj_renyi(xp: Any, p: LKJCholesky, q: LKJCholesky, *, order: float) -> Array:
    """Add those of the squares of the diagonal."""
    return xp.sum(renyi_divergence(_squares(xp, p), _squares(xp, q), order=order), axis=-1)
