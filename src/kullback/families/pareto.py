r"""Pareto's law, whose tail is a power.

.. math:: f(x) = \frac{a\,m^a}{x^{a + 1}}, \qquad x \ge m
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback.families._ratios import log_ratio, order_gap
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["Pareto"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Pareto(AbstractFamily):
    """Pareto's law.

    Parameters
    ----------
    shape : array, shape (...)
        a, positive; moments below it are finite.
    scale : array, shape (...)
        m, positive, the least value.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Pareto
    >>> p, q = Pareto(shape=1.0, scale=2.0), Pareto(shape=1.0, scale=1.0)
    >>> float(kb.kl_divergence(p, q, unit="bits")), float(kb.kl_divergence(q, p))
    (1.0, inf)
    """

    shape: Array = parameter(POSITIVE)
    scale: Array = parameter(POSITIVE)

    @property
    def support(self) -> Support:
        """The numbers from m on."""
        return Support(self.scale, self.scale + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return xp.log(self.shape) - xp.log(x) - self.shape * log_ratio(xp, x, self.scale)

    def _scipy(self) -> Any:
        from scipy.stats import pareto

        return pareto(self.shape, scale=self.scale)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none", a=float(self.shape) + 1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            rest = self.shape - k
            exists = rest > 0.0
            share = self.shape / xp.where(exists, rest, 1.0)
            return xp.where(exists, share * xp.exp(k * xp.log(self.scale)), xp.inf)
        if name == "log" and k in (1, 2):
            mean = xp.log(self.scale) + 1.0 / self.shape
            return mean if k == 1 else mean * mean + 1.0 / self.shape**2
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        constant = xp.log(self.shape) + self.shape * xp.log(self.scale)
        return constant, {("log", 1): -self.shape - 1.0}


@closed_form(entropy, Pareto)
def pareto_entropy(xp: Any, p: Pareto) -> Array:
    """Return log(m/a) + 1 + 1/a."""
    return log_ratio(xp, p.scale, p.shape) + 1.0 + 1.0 / p.shape


@closed_form(kl_divergence, Pareto, Pareto)
def pareto_kl(xp: Any, p: Pareto, q: Pareto) -> Array:
    r"""Return a_q log(m_p/m_q) + a_q/a_p - 1 - log(a_q/a_p), and infinity if m_q is above m_p."""
    return pareto_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Pareto, Pareto)
def pareto_renyi(xp: Any, p: Pareto, q: Pareto, *, order: float) -> Array:
    r"""Return what the minima add to the divergence between exponential laws of log x.

    That is a_q log(m_p/m_q) if q begins earlier. If p does, it is infinite from order 1 on, and
    below :math:`\frac{\alpha}{1 - \alpha} a_p \log(m_q/m_p)`.
    """
    gap = order_gap(xp, p.shape, q.shape, q.shape - p.shape, order)
    shift = log_ratio(xp, p.scale, q.scale)
    later = shift >= 0.0
    early = xp.where(later, 0.0, -shift)
    cost = order / (1.0 - order) * p.shape * early if order < 1.0 else xp.inf
    return gap + xp.where(later, q.shape * xp.where(later, shift, 0.0), cost)
