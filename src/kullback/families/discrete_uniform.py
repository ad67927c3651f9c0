r"""The uniform law of the integers between two of them.

.. math:: P(x) = \frac{1}{b - a + 1}, \qquad x = a, \dots, b
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from kullback._array import Array, first_failure, is_traced
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, Tail, Tails, closed_form
from kullback.families.parameters import INTEGER, parameter
from kullback.families.uniform import Uniform, uniform_entropy, uniform_renyi
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.measures.orders import renyi_divergence

__all__ = ["DiscreteUniform"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DiscreteUniform(AbstractFamily):
    """The uniform law of some integers in a row.

    Parameters
    ----------
    low : array, shape (...)
        a, the first of them.
    high : array, shape (...)
        b, the last of them, which belongs to them too.

    Raises
    ------
    KullbackError
        If a parameter is no whole number, if `high` is below `low`, or if their shapes do not
        broadcast.

    Examples
    --------
    >>> import kullback as kb
    >>> from kullback.families import DiscreteUniform
    >>> die, coin = DiscreteUniform(low=1, high=6), DiscreteUniform(low=1, high=2)
    >>> round(float(kb.entropy(die, unit="bits")), 4)
    2.585
    >>> round(float(kb.kl_divergence(coin, die, unit="bits")), 4)
    1.585
    >>> float(kb.kl_divergence(die, coin))
    inf
    """

    low: Array = parameter(INTEGER)
    high: Array = parameter(INTEGER)

    def __post_init__(self) -> None:
        AbstractFamily.__post_init__(self)
        if not is_traced(self.low, self.high) and (
            failure := first_failure(self.high >= self.low, self.high + 0.0 * self.low)
        ):
            name = f"high[{failure[0]}]" if failure[0] else "high"
            raise KullbackError(
                "family.parameter",
                family="DiscreteUniform",
                name=name,
                needed="at least low",
                got=f"{failure[1]:g}",
            )

    @property
    def mean(self) -> Array:
        """The mean."""
        return 0.5 * self.low + 0.5 * self.high

    @property
    def variance(self) -> Array:
        """The variance, (n^2 - 1)/12 for n integers."""
        steps = self.high - self.low
        return steps * (steps + 2.0) / 12.0

    @property
    def support(self) -> Support:
        """The integers."""
        return Support(self.low, self.high, discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return 0.0 * x - xp.log(self.high - self.low + 1.0)

    def _scipy(self) -> Any:
        from scipy.stats import randint

        return randint(self.low, self.high + 1.0)

    def _tails(self) -> Tails:
        return Tail("none"), Tail("none")

    def _expectation(self, xp: Any, statistic: tuple[str, float]) -> Array | None:  # noqa: ARG002
        if statistic == ("power", 1):
            return self.mean
        if statistic == ("power", 2):
            return self.mean * self.mean + self.variance
        return None

    def _log_density_terms(self, xp: Any) -> tuple[Array, dict[tuple[str, float], Array]]:
        return 0.0 - xp.log(self.high - self.low + 1.0), {}


def _interval(law: DiscreteUniform) -> Uniform:
    """Return the law on the line whose unit pieces are the integers."""
    return Uniform(low=law.low, high=law.high + 1.0)


@closed_form(entropy, DiscreteUniform)
def discrete_uniform_entropy(xp: Any, p: DiscreteUniform) -> Array:
    """Return log n, for n integers."""
    return uniform_entropy(xp, _interval(p))


@closed_form(kl_divergence, DiscreteUniform, DiscreteUniform)
def discrete_uniform_kl(xp: Any, p: DiscreteUniform, q: DiscreteUniform) -> Array:
    """Return the logarithm of q's n over p's, and infinity if q leaves out some of p."""
    return discrete_uniform_renyi(xp, p, q, order=1.0)


@closed_form(renyi_divergence, DiscreteUniform, DiscreteUniform)
def discrete_uniform_renyi(
    xp: Any, p: DiscreteUniform, q: DiscreteUniform, *, order: float
) -> Array:
    """Compare intervals."""
    return uniform_renyi(xp, _interval(p), _interval(q), order=order)
