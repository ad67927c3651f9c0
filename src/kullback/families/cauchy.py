r"""Cauchy's law, which has no mean.

.. math:: f(x) = \frac{1}{\pi \gamma} \frac{1}{1 + ((x - \mu)/\gamma)^2}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback.families._ratios import standard
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy

__all__ = ["Cauchy", "log1p_square", "rise_of_square"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Cauchy(AbstractFamily):
    """Cauchy's law.

    Parameters
    ----------
    location : array, shape (...)
        mu, median and mode.
    scale : array, shape (...)
        gamma, positive: half of the draws are within it of mu.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Cauchy
    >>> p, q = Cauchy(location=0.0, scale=1.0), Cauchy(location=2.0, scale=1.0)
    >>> float(kb.kl_divergence(p, q, unit="bits"))  # the other way round it is the same
    1.0
    """

    location: Array = parameter(REAL)
    scale: Array = parameter(POSITIVE)

    _located = ("location",)
    _stretched = ("scale",)

    @property
    def support(self) -> Support:
        """The real line."""
        zero = 0.0 * self.location
        return Support(zero - math.inf, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        z = standard(xp, x, self.location, self.scale)
        return 0.0 - xp.log(self.scale) - math.log(math.pi) - log1p_square(xp, z)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        z = standard(xp, x, self.location, self.scale)
        return -rise_of_square(xp, z, step / self.scale, xp.ones_like(z))

    def _scipy(self) -> Any:
        from scipy.stats import cauchy

        return cauchy(self.location, self.scale)

    def _tails(self) -> Tails:
        return Tail("none", a=2.0), Tail("none", a=2.0)


def rise_of_square(xp: Any, z: Array, h: Array, root: Array) -> Array:
    """Return log(r^2 + (z + h)^2) - log(r^2 + z^2), given the root r."""
    size = xp.hypot(root, z)
    return xp.log1p(h / size * ((z + z + h) / size))


def log1p_square(xp: Any, z: Array) -> Array:
    """Return log(1 + z^2), where the square would overflow too."""
    far = xp.abs(z) > 1e9
    z_ = xp.where(far, 0.0, z)
    return xp.log1p(z_ * z_) + 2.0 * xp.log(xp.where(far, xp.abs(z), 1.0))


@closed_form(entropy, Cauchy)
def cauchy_entropy(xp: Any, p: Cauchy) -> Array:
    """Return log(4 pi gamma)."""
    return xp.log(p.scale) + math.log(4.0 * math.pi)


@closed_form(kl_divergence, Cauchy, Cauchy)
def cauchy_kl(xp: Any, p: Cauchy, q: Cauchy) -> Array:
    r"""Return log(((g_p + g_q)^2 + d^2) / (4 g_p g_q)), d being the shift.

    That is log(1 + t^2) with 4 t^2 = ((g_p - g_q)^2 + d^2)/(g_p g_q), which keeps the digits of
    nearly equal laws. Of laws that are very far apart, squares and quotients leave the range.
    """
    largest = 0.25 * float(xp.finfo(p.scale.dtype).max)
    huge = xp.maximum(xp.abs(p.location), xp.abs(q.location)) > largest
    huge = huge | (xp.maximum(p.scale, q.scale) > largest)
    one = xp.ones_like(p.scale)
    unit = xp.where(huge, 0.125 * one, one)  # in which no sum of two is too large
    shift = unit * p.location - unit * q.location
    difference = unit * p.scale - unit * q.scale
    low, high = unit * xp.minimum(p.scale, q.scale), unit * xp.maximum(p.scale, q.scale)
    size = xp.maximum(high, xp.abs(shift))
    far = low < size / 2.0**40
    low_, high_ = xp.where(far, 1.0, low), xp.where(far, 1.0, high)
    shift_, difference_ = xp.where(far, 0.0, shift), xp.where(far, 0.0, difference)
    near = shift_ / low_ * (shift_ / high_) + difference_ / low_ * (difference_ / high_)
    a, b = (high + low) / size, shift / size
    apart = xp.log(a * a + b * b) + (xp.log(size) - xp.log(low)) + (xp.log(size) - xp.log(high))
    return xp.where(far, apart - math.log(4.0), xp.log1p(0.25 * near))
