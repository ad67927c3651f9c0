r"""The gamma law, of the waiting time for a number of events.

.. math:: f(x) = \frac{\beta^k}{\Gamma(k)} x^{k - 1} e^{-\beta x}, \qquad x \ge 0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array
from kullback._kernels.compensated import two_product
from kullback._kernels.generic import excess
from kullback._kernels.special import special
from kullback.families._exponential_family import renyi
from kullback.families._log_gamma import (
    digamma_gap,
    log_gamma_bregman,
    log_gamma_rest,
    rest_bregman,
)
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import POSITIVE, parameter
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = [
    "Gamma",
    "gamma_entropy",
    "gamma_moment",
    "gamma_renyi",
    "in_range",
    "standard_log_density",
]

# Above, the logarithm of the density is a difference of large numbers, unless rearranged.
_LARGE = 16.0


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Gamma(AbstractFamily):
    """The gamma law.

    Parameters
    ----------
    shape : array, shape (...)
        k, positive.
    rate : array, shape (...)
        beta, positive; the mean is shape/rate.

    Raises
    ------
    KullbackError
        If a parameter is outside its range, or if their shapes do not broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import Gamma
    >>> p, q = Gamma(shape=1e6, rate=1.0), Gamma(shape=1.0001e6, rate=1.0)
    >>> round(float(kb.kl_divergence(p, q)), 9)
    0.004999836
    """

    shape: Array = parameter(POSITIVE)
    rate: Array = parameter(POSITIVE)

    @property
    def mean(self) -> Array:
        """The mean."""
        return self.shape / self.rate

    @property
    def variance(self) -> Array:
        """The variance."""
        return self.shape / self.rate / self.rate

    @property
    def support(self) -> Support:
        """The numbers from 0 on."""
        zero = 0.0 * self.rate
        return Support(zero, zero + math.inf)

    def _log_density(self, xp: Any, x: Array) -> Array:
        a, b = self.shape, self.rate
        usual = (x > 0.0) & (x < math.inf)
        x_ = xp.where(usual, x, 1.0)
        log_b, log_x = xp.log(b), xp.log(x_)
        exact = in_range(xp, log_b, log_x)
        y, lost = two_product(xp, xp.where(exact, b, 1.0), xp.where(exact, x_, 1.0))
        value = log_b + standard_log_density(xp, a, log_b + log_x, exact, y, (y - a) + lost)
        at_zero = xp.where(a < 1.0, xp.inf, xp.where(a > 1.0, -xp.inf, log_b))
        return xp.where(usual, value, xp.where(x > 0.0, -xp.inf, at_zero))

    def _rise(self, xp: Any, x: Array, step: Array) -> Array:
        return (self.shape - 1.0) * xp.log1p(step / x) - self.rate * step

    def _scipy(self) -> Any:
        from scipy.stats import gamma

        return gamma(self.shape, scale=1.0 / self.rate)

    def _tails(self) -> Tails:
        a = 1.0 - float(self.shape)
        return Tail("none", a=a), Tail("power", a=a, c=float(self.rate), k=1.0)

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:
        name, k = statistic
        if name == "power":
            return gamma_moment(xp, self.shape, self.rate, k)
        if name == "log" and k in (1, 2):
            mean = xp.log(self.shape) - xp.log(self.rate) - digamma_gap(xp, self.shape)
            return mean if k == 1 else mean * mean + special("polygamma", 1, self.shape)
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        constant = self.shape * xp.log(self.rate) - special("gammaln", self.shape)
        return constant, {("log", 1): self.shape - 1.0, ("power", 1): -self.rate}


def in_range(xp: Any, *logs: Array) -> Array:
    """Whether products and quotients of numbers with these logarithms are exact as pairs."""
    limit = 0.4 * math.log(float(xp.finfo(logs[0].dtype).max))
    return xp.all(xp.stack([xp.abs(x) < limit for x in xp.broadcast_arrays(*logs)]), axis=0)


def standard_log_density(
    xp: Any, a: Array, log_y: Array, exact: Array, y: Array, gap: Array
) -> Array:
    """Return the logarithm of the density at y of the law of shape a and rate 1.

    Where they are exact, y and y - a are given too.
    """
    largest = math.log(float(xp.finfo(log_y.dtype).max)) - 1.0
    y = xp.where(exact, y, xp.exp(xp.where(log_y < largest, log_y, largest)))
    gap = xp.where(exact, gap, y - a)
    plain = (a < _LARGE) | ~(y > 0.0)
    small = xp.where(plain, a, 1.0)
    below = (small - 1.0) * log_y - y - special("gammaln", small)
    large = xp.where(plain, _LARGE, a)
    y, gap = xp.where(plain, _LARGE, y), xp.where(plain, 0.0, gap)
    above = 0.0 - excess(xp, large, y, gap) - log_y - log_gamma_rest(xp, large)
    return xp.where(plain, below, above)


def gamma_moment(xp: Any, shape: Array, rate: Array, k: float) -> Array:
    """Return the mean of x^k."""
    if k == 1:
        return shape / rate
    if k == 2:
        return shape / rate * ((shape + 1.0) / rate)
    exists = shape > -k
    a = xp.where(exists, shape, 1.0 + abs(k))
    h = k + 0.0 * a
    log_centre = xp.log(a) - digamma_gap(xp, a) - xp.log(rate)
    value = xp.exp(k * log_centre + log_gamma_bregman(xp, a, h))
    return xp.where(exists, value, xp.inf)


def gamma_entropy(xp: Any, shape: Array, rate: Array) -> Array:
    r"""Return 1 + log of the mean, the entropy of the exponential law, less what p is below it."""
    below = rest_bregman(xp, shape, xp.ones_like(shape), 1.0 - shape)
    return 1.0 + xp.log(shape) - xp.log(rate) - below


def _divergence(xp: Any, p: Array, q: Array, d: Array, cross: Array) -> Array:
    r"""Return the divergence, given also d = q - p and the determinant.

    With :math:`u = \frac{k \beta'}{k' \beta} - 1`, :math:`\varphi(u) = u - \log(1 + u)` and
    :math:`g(x) = \log\Gamma(x) - x \log x + x`,

    .. math:: D = k' \varphi(u) + g(k') - g(k) - (k' - k) g'(k)

    where the first part is of the means and the second of the shapes, and neither is negative.
    """
    a, b, a_q, b_q = p[..., 0], p[..., 1], q[..., 0], q[..., 1]
    expected, gap = a * (b_q / b), cross[..., 0] / b
    means = excess(xp, a_q, expected, xp.where(xp.abs(gap) < math.inf, gap, expected - a_q))
    return means + rest_bregman(xp, a, a_q, d[..., 0])


def _slope(xp: Any, p: Array, k: Array) -> Array:
    a, b = p[..., 0], p[..., 1]
    expected = a * (k[..., 1] / b)
    return excess(xp, k[..., 0], expected, expected - k[..., 0]) + k[..., 0] * digamma_gap(xp, a)


def gamma_renyi(xp: Any, p: tuple[Array, Array], q: tuple[Array, Array], order: float) -> Array:
    """Return the Rényi divergence of two laws, each given by shape and rate."""
    both = (xp.stack(xp.broadcast_arrays(*law), axis=-1) for law in (p, q))
    one, other = xp.broadcast_arrays(*both)
    up, lost_up = two_product(xp, one[..., :1], other[..., 1:])
    down, lost_down = two_product(xp, other[..., :1], one[..., 1:])
    lost = lost_up - lost_down
    cross = (up - down) + xp.where(xp.abs(lost) < math.inf, lost, 0.0)
    return renyi(xp, one, other, cross, order, _divergence, _slope)


@closed_form(entropy, Gamma)
def law_entropy(xp: Any, p: Gamma) -> Array:
    """Compare with the exponential law."""
    return gamma_entropy(xp, p.shape, p.rate)


@closed_form(kl_divergence, Gamma, Gamma)
def law_kl(xp: Any, p: Gamma, q: Gamma) -> Array:
    """Compare the means and the shapes."""
    return law_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, Gamma, Gamma)
def law_renyi(xp: Any, p: Gamma, q: Gamma, *, order: float) -> Array:
    """Mix the shapes and the rates."""
    return gamma_renyi(xp, (p.shape, p.rate), (q.shape, q.rate), order)
