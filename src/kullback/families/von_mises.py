r"""The law of von Mises, on the circle.

.. math:: f(x) = \frac{e^{\kappa \cos(x - \mu)}}{2 \pi I_0(\kappa)}, \qquad -\pi \le x \le \pi
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array, as_float_array, namespace, narrow, widen
from kullback.families._angles import Angles, half_turned, one_turn
from kullback.families._bessel import log_i0_excess, log_i0e, mean_cosine, mean_cosine_gap
from kullback.families.abstract import (
    AbstractFamily,
    Support,
    Tail,
    Tails,
    closed_form,
    law_arrays,
)
from kullback.families.parameters import NONNEGATIVE, REAL, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy

__all__ = ["VonMises"]

_LOG_2PI = math.log(2.0 * math.pi)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class VonMises(AbstractFamily):
    """The law of von Mises: of angles, in any turn of the circle.

    An angle and the same angle some turns on have one density. Draws and quantiles are numbers
    from -pi to pi; distribution function, mean and variance are those of these numbers, and so
    depend on where the circle is cut.

    Parameters
    ----------
    location : array, shape (...)
        mu, the likeliest angle, in radians.
    concentration : array, shape (...)
        kappa, at least 0; with 0 all angles are equally likely.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import VonMises
    >>> p = VonMises(location=0.0, concentration=1.0)
    >>> round(float(kb.kl_divergence(p, VonMises(location=1.0, concentration=1.0))), 6)
    0.205204
    """

    location: Array = parameter(REAL)
    concentration: Array = parameter(NONNEGATIVE)

    _located = ("location",)

    @property
    def support(self) -> Support:
        """The interval from -pi to pi."""
        zero = 0.0 * self.location
        return Support(zero - math.pi, zero + math.pi)

    def _log_density(self, xp: Any, x: Array) -> Array:
        half = half_turned(xp, x, self.location)
        peak = log_i0e(xp, self.concentration) + _LOG_2PI
        return -2.0 * self.concentration * half * half - peak

    def log_prob(self, x: Any, /) -> Array:
        """Return the logarithm of the density at an angle of any turn, in nats.

        Parameters
        ----------
        x : array, shape (...)
            Broadcasts with the batch of laws. NaN gives NaN.
        """
        law, x = self._beside(x)
        xp = namespace(x)
        wide = widen(as_float_array(x, "x"))
        self._check_rows(tuple(wide.shape))
        angle = xp.abs(wide) < xp.inf
        value = law.wide()._log_density(xp, xp.where(angle, wide, 0.0))
        none = xp.where(xp.isnan(wide), xp.nan, xp.zeros_like(value) - xp.inf)
        return narrow(xp.where(angle, value, none), x, *law_arrays(self, x))

    def _scipy(self) -> Any:
        return Angles(self)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _landmarks(self) -> list[float]:
        width = 1.0 / math.sqrt(max(float(self.concentration), 1.0))
        points = [
            float(one_turn(self.location)) + k * width for k in (-6, -4, -2, -1, 0, 1, 2, 4, 6)
        ]
        return sorted(math.remainder(x, 2.0 * math.pi) for x in points)


@closed_form(entropy, VonMises)
def von_mises_entropy(xp: Any, p: VonMises) -> Array:
    r"""Return :math:`\log(2 \pi I_0) - \kappa I_1/I_0`, the functions those of kappa."""
    kappa = p.concentration + 0.0 * p.location
    return log_i0e(xp, kappa) + (_LOG_2PI + kappa * mean_cosine_gap(xp, kappa))


@closed_form(kl_divergence, VonMises, VonMises)
def von_mises_kl(xp: Any, p: VonMises, q: VonMises) -> Array:
    r"""Return what the concentrations differ by, and what turning q's location costs.

    With :math:`F = \log I_0` that is :math:`F(\kappa_q) - F(\kappa_p) - (\kappa_q - \kappa_p)
    F'(\kappa_p)` and :math:`\kappa_q F'(\kappa_p) (1 - \cos(\mu_p - \mu_q))`.
    """
    half = half_turned(xp, p.location, q.location)
    turned = 2.0 * q.concentration * mean_cosine(p.concentration) * half * half
    return log_i0_excess(xp, p.concentration, q.concentration) + turned
