r"""Dirichlet's law, of shares that add up to 1; the conjugate prior of a categorical law.

.. math:: f(x) = \frac{\Gamma(s)}{\prod_i \Gamma(\alpha_i)} \prod_i x_i^{\alpha_i - 1}, \qquad
   s = \sum_i \alpha_i
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback._kernels.compensated import sum_pair, two_product
from kullback._kernels.generic import excess
from kullback.families._log_gamma import log_gamma_rest
from kullback.families._simplex import simplex_entropy, simplex_renyi
from kullback.families.abstract import AbstractFamily, Support, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Dirichlet"]

# Above, the logarithm of the density is a difference of large numbers, unless rearranged.
_LARGE = 16.0
# What rounding may leave between 1 and a sum of shares, in float32.
_TOLERANCE = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Dirichlet(AbstractFamily):
    """Dirichlet's law, the uniform one on the simplex where all parameters are 1.

    Its density is that of all shares but the last.

    Parameters
    ----------
    concentration : array, shape (..., K)
        alpha, positive, on the last axis; the means are their shares in their sum.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Dirichlet
    >>> p = Dirichlet(concentration=[2.0, 1.0, 1.0])
    >>> round(float(kb.kl_divergence(p, Dirichlet(concentration=[1.0, 1.0, 1.0]))), 6)
    0.265279
    """

    concentration: Array = parameter(POSITIVE, axes=1)

    @property
    def event_shape(self) -> tuple[int, ...]:
        """One number for each share."""
        return (self.concentration.shape[-1],)

    @property
    def mean(self) -> Array:
        """The mean, shape (*batch_shape, K)."""
        return self.concentration / self._total()

    @property
    def variance(self) -> Array:
        """The variance of each share, shape (*batch_shape, K)."""
        mean = self.mean
        return mean * (1.0 - mean) / (self._total() + 1.0)

    def _total(self) -> Array:
        x = self.concentration
        return namespace(x).sum(x, axis=-1, keepdims=True)

    @property
    def support(self) -> Support:
        """The numbers between 0 and 1, for each share."""
        zero = 0.0 * self.concentration
        return Support(zero, zero + 1.0)

    def _log_density(self, xp: Any, x: Array) -> Array:
        a, x = xp.broadcast_arrays(self.concentration, x)
        total, lost_total = (y[..., None] for y in sum_pair(xp, a))
        usual = x > 0.0
        log_x = xp.log(xp.where(usual, x, 1.0))
        # With sum and means in the place of the gamma functions large parameters do not cancel.
        plain = (a < _LARGE) | ~usual
        below = (a - 1.0) * log_x + a * xp.log(total / a)
        x_, large = xp.where(plain, 0.5, x), xp.where(plain, 0.5 * total, a)
        expected, lost = two_product(xp, total, x_)
        gap = (expected - large) + lost
        above = gap - excess(xp, large, expected, gap) - log_x
        terms = xp.where(plain, below, above) - log_gamma_rest(xp, a)
        value = xp.sum(terms, axis=-1) + (log_gamma_rest(xp, total) + lost_total)[..., 0]
        value = xp.where(xp.any(~usual & (a < 1.0), axis=-1), xp.inf, value)
        nowhere = xp.any(~usual & (a > 1.0), axis=-1)
        nowhere = nowhere | (xp.abs(xp.sum(x, axis=-1) - 1.0) > _TOLERANCE)
        return xp.where(nowhere, -xp.inf, value)

    def _scipy(self) -> Any:
        from scipy.stats import dirichlet

        return dirichlet(self.concentration)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        a = self.concentration
        shape = (*shape, a.shape[-1])
        # A gamma number of shape a is one of shape a + 1 times u^(1/a), which may be below 1e-300.
        logs = np.log(chance.standard_gamma(a + 1.0, shape)) - chance.exponential(size=shape) / a
        weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


@closed_form(entropy, Dirichlet)
def dirichlet_entropy(xp: Any, p: Dirichlet) -> Array:
    """Return that of the uniform law, less the divergence from it."""
    return simplex_entropy(xp, p.concentration)


@closed_form(kl_divergence, Dirichlet, Dirichlet)
def dirichlet_kl(xp: Any, p: Dirichlet, q: Dirichlet) -> Array:
    """Compare the means and the parameters."""
    return dirichlet_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Dirichlet, Dirichlet)
def dirichlet_renyi(xp: Any, p: Dirichlet, q: Dirichlet, *, order: float) -> Array:
    """Mix the parameters."""
    a, c = xp.broadcast_arrays(p.concentration, q.concentration)
    return simplex_renyi(xp, a, c, order)
