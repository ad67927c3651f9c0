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

from kullback._array import Array
from kullback.families._quadrature import integral_nodes

__all__ = ["Angles", "half_turned", "one_turn"]

_FAR = 50.0
_TERMS = 14


# Up to here a difference of angles is at most some rounding of the whole circle off.
_FEW_TURNS = 100.0


def one_turn(x: Any) -> Any:
    """Return angles of NumPy as numbers from -pi to pi; those that are stay as they are."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(x) > math.pi, np.arctan2(np.sin(x), np.cos(x)), x)


def half_turned(xp: Any, a: Array, b: Array) -> Array:
    """Return the sine of half the difference of two angles, of any number of turns.

    Sine and cosine know the turns of a float to the last digit; a difference of large ones has
    lost them.
    """
    far = (xp.abs(a) > _FEW_TURNS) | (xp.abs(b) > _FEW_TURNS)
    near = xp.sin(0.5 * (xp.where(far, 0.0, a) - xp.where(far, 0.0, b)))
    a, b = (0.5 * xp.where(far, x, 0.0) for x in (a, b))
    return xp.where(far, xp.sin(a) * xp.cos(b) - xp.cos(a) * xp.sin(b), near)


class Angles:
    """The law of von Mises from -pi to pi, for a law or a batch with NumPy's parameters."""

    def __init__(self, law: Any) -> None:
        self.law = law.map(lambda x: x)
        object.__setattr__(self.law, "location", one_turn(law.location))
        self.below = self._turning(np.float64(-math.pi))

    def cdf(self, x: Any) -> Any:
        """Return P(X <= x), for the number from -pi to pi that is the same angle as x."""
        x = np.asarray(x, dtype=np.float64)
        inside = self._turning(one_turn(x)) - self.below
        return np.where(np.isinf(x), np.where(x > 0.0, 1.0, 0.0), inside)

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
