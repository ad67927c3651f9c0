r"""What SciPy's frozen distributions do, for angles from -pi to pi: its own go on round the circle.

Above a concentration of 50 SciPy takes the law for a normal one. Here it is Hankel's series: with
:math:`y = 2 \kappa \sin^2(\theta/2)`, and P the incomplete gamma function,

.. math:: P(|X| < \theta) = \sum_n a_n \kappa^{-n} P(n + \tfrac12, y) \Big/
   \sum_n a_n \kappa^{-n}
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.families._quadrature import integral_nodes

__all__ = ["Angles"]

_FAR = 50.0
_TERMS = 14


class Angles:
    """The law of von Mises from -pi to pi, for a law or a batch with NumPy's parameters."""

    def __init__(self, law: Any) -> None:
        self.law = law
        self.below = self._turning(np.float64(-math.pi))

    def cdf(self, x: Any) -> Any:
        """Return P(X <= x)."""
        return self._turning(np.clip(x, -math.pi, math.pi)) - self.below

    def sf(self, x: Any) -> Any:
        """Return P(X > x)."""
        return 1.0 - self.cdf(x)

    def ppf(self, u: Any) -> Any:
        """Return the quantiles: SciPy's, and what Newton's method makes of them."""
        level = u + self.below
        turns = np.floor(level)
        x = self._frozen().ppf(level - turns) + 2.0 * math.pi * turns
        for _ in range(3):
            density = np.exp(self.law._log_density(np, x))
            x = x - (self._turning(x) - level) / np.maximum(density, 1e-300)
        return np.clip(x, -math.pi, math.pi)

    def rvs(self, **options: Any) -> Any:
        """Return draws."""
        return self._frozen().rvs(**options)

    def mean(self) -> Any:
        """Return the mean of the angles as numbers."""
        return self._means(lambda x: x)

    def var(self) -> Any:
        """Return the variance of the angles as numbers."""
        mean = self.mean()
        return self._means(lambda x: x * x) - mean * mean

    def _frozen(self) -> Any:
        from scipy.stats import vonmises

        return vonmises(self.law.concentration, self.law.location)

    def _turning(self, x: Any) -> Any:
        """Return P(X <= x) where every turn of the circle adds 1."""
        from scipy.special import gammainc
        from scipy.stats import vonmises

        kappa = self.law.concentration
        turns = np.round((x - self.law.location) / (2.0 * math.pi))
        angle = x - self.law.location - 2.0 * math.pi * turns
        high = np.maximum(kappa, _FAR)
        y = 2.0 * high * np.sin(0.5 * angle) ** 2
        coefficient, whole, part = 1.0, 0.0, 0.0
        for n in range(_TERMS):
            whole = whole + coefficient
            part = part + coefficient * gammainc(n + 0.5, y)
            coefficient = coefficient * (2 * n + 1) ** 2 / (8.0 * (n + 1) * high)
        far = 0.5 + 0.5 * np.sign(angle) * part / whole
        return turns + np.where(kappa > _FAR, far, vonmises.cdf(angle, np.minimum(kappa, _FAR)))

    def _means(self, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        shape = self.law.batch_shape
        means = np.empty(shape)
        for index in np.ndindex(*shape):
            law = self.law.at(index, shape)
            cuts = [-math.pi, *law._landmarks(), math.pi]

            def integrand(x: np.ndarray, law: Any = law) -> np.ndarray:
                return statistic(x) * np.exp(law._log_density(np, x))

            nodes = integral_nodes(integrand, cuts, 1.0, 1e-14)
            means[index] = math.fsum(nodes.weight * integrand(nodes.x))
        return means
