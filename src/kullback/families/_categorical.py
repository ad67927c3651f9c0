"""A table of outcomes as a family: the integers from 0, so that coordinates can be independent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from kullback._array import Array, device_of, namespace
from kullback.errors import KullbackError
from kullback.families.abstract import AbstractFamily, Support, closed_form
from kullback.families.parameters import LOG_ODDS, PROBABILITY, parameter
from kullback.kinds import AbstractFinite, Logits, LogProbs, Probs
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.orders import renyi_divergence, renyi_entropy

__all__ = ["AbstractTabled", "Categorical"]


class AbstractTabled(AbstractFamily):
    """A law that a table decides, given as it is written down: no logarithm is exponentiated."""

    __slots__ = ()

    probabilities: Array | None
    logits: Array | None

    @classmethod
    def of(cls, table: AbstractFinite, **others: Any) -> Self:
        """Return the law of a table that has been checked."""
        if isinstance(table, (Logits, LogProbs)):
            return cls(logits=table.values, **others)
        return cls(probabilities=table.probs, **others)

    @property
    def table(self) -> AbstractFinite:
        """The table, outcomes on the last axis."""
        if self.logits is None:
            return Probs(self.probabilities, check=False)
        return Logits(self.logits, check=False)

    def _scipy(self) -> Any:
        raise KullbackError("family.vector", family=type(self).__name__)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Categorical(AbstractTabled):
    """One of the outcomes 0 to K - 1.

    Parameters
    ----------
    probabilities : array, shape (..., K)
        Those of the outcomes.
    logits : array, shape (..., K)
        Logarithms in their place, up to a constant.
    """

    probabilities: Array | None = parameter(PROBABILITY, axes=1, optional=True)
    logits: Array | None = parameter(LOG_ODDS, axes=1, optional=True)

    _forms = (("probabilities",), ("logits",))

    @property
    def support(self) -> Support:
        """The integers below K."""
        values = self.table.values
        zero = namespace(values).zeros_like(values[..., 0])
        return Support(zero, zero + (values.shape[-1] - 1.0), discrete=True)

    def _log_density(self, xp: Any, x: Array) -> Array:
        log = self.table.wide_log_probs()
        places = xp.arange(log.shape[-1], dtype=x.dtype, device=device_of(x))
        return xp.sum(xp.where(places == x[..., None], log, 0.0), axis=-1)

    def _draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        below = np.cumsum(self.table.wide_probs(), axis=-1)
        u = chance.random(shape)[..., None] * below[..., -1:]
        return np.sum(u >= below[..., :-1], axis=-1)


def _register(verb: Callable[..., Any], operands: int) -> None:
    """Register that a verb asks the tables."""

    def of_tables(xp: Any, *laws: Categorical, **options: Any) -> Array:  # noqa: ARG001
        return verb(*(law.table for law in laws), **options)

    of_tables.__doc__ = "Ask the tables."
    closed_form(verb, *(Categorical,) * operands)(of_tables)


for _verb in (entropy, renyi_entropy):
    _register(_verb, 1)
for _verb in (cross_entropy, kl_divergence, renyi_divergence):
    _register(_verb, 2)
