r"""The chi-squared law, of a sum of squares of standard normal numbers.

.. math:: f(x) = \frac{x^{\nu/2 - 1} e^{-x/2}}{2^{\nu/2}\,\Gamma(\nu/2)}, \qquad x \ge 0
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, final

from kullback._array import Array
from kullback.families.abstract import AbstractFamily, Support, Tails, closed_form
from kullback.families.exponential import Exponential
from kullback.families.gamma import Gamma, gamma_entropy, gamma_renyi
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["ChiSquared"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ChiSquared(AbstractFamily):
    """The chi-squared law.

    Parameters
    ----------
    degrees : array, shape (...)
        nu, positive: the degrees of freedom, and the mean.

    Raises
    ------
    KullbackError
        If a parameter is outside its range.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import ChiSquared
    >>> round(float(kb.kl_divergence(ChiSquared(degrees=2.0), ChiSquared(degrees=4.0))), 6)
    0.577216
    """

    degrees: Array = parameter(POSITIVE)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.degrees

    @property
    def variance(self) -> Array:
        """The variance."""
        return 2.0 * self.degrees

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        return self._gamma().support

    def _gamma(self) -> Gamma:
        shape, rate = _shape_and_rate(self)
        return Gamma(shape=shape, rate=rate)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return self._gamma()._log_density(xp, x)

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        return (0.5 * self.degrees - 1.0) * xp.log1p(step / x) - 0.5 * step

    def _scipy(self) -> Any:
        from scipy.stats import chi2

        return chi2(self.degrees)

    def _tails(self) -> Tails:
        return self._gamma()._tails()

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        return self._gamma()._expectation(xp, statistic)

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        return self._gamma()._log_density_terms(xp)


def _shape_and_rate(law: Any) -> tuple[Array, Array]:
    """Return the parameters of the gamma law that another law is."""
    if isinstance(law, Exponential):
        return 0.0 * law.rate + 1.0, law.rate
    if isinstance(law, ChiSquared):
        return 0.5 * law.degrees, 0.0 * law.degrees + 0.5
    return law.shape, law.rate


@closed_form(entropy, ChiSquared)
def chi_squared_entropy(xp: Any, p: ChiSquared) -> Array:
    """Ask the gamma law."""
    return gamma_entropy(xp, *_shape_and_rate(p))


def _mixed_kl(xp: Any, p: Any, q: Any) -> Array:
    """Compare both as gamma laws."""
    return _mixed_renyi(xp, p, q, order=1.0)


def _mixed_renyi(xp: Any, p: Any, q: Any, *, order: float) -> Array:
    """Compare both as gamma laws."""
    return gamma_renyi(xp, _shape_and_rate(p), _shape_and_rate(q), order)


for _pair in product((ChiSquared, Exponential, Gamma), repeat=2):
    if _pair not in {(Exponential, Exponential), (Gamma, Gamma)}:
        closed_form(kl_divergence, *_pair)(_mixed_kl)
        closed_form(renyi_divergence, *_pair)(_mixed_renyi)
