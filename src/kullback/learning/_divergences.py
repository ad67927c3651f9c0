"""The divergences that a student may be trained with, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from kullback._array import Array, widen
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, Probs
from kullback.learning._options import number_in, refuse_unknown
from kullback.learning._trained import some_possible, sound, trained
from kullback.learning.top_k import TopK
from kullback.measures.divergence import jensen_shannon_divergence, kl_divergence
from kullback.measures.orders import checked_order, renyi_divergence

__all__ = ["Divergence", "Objective"]

Divergence = Literal[
    "forward",
    "reverse",
    "skewed_forward",
    "skewed_reverse",
    "jensen_shannon",
    "scaled_jensen_shannon",
    "renyi",
]

# The option that says which of a family is meant.
_OPTION = {
    "forward": None,
    "reverse": None,
    "skewed_forward": "skew",
    "skewed_reverse": "skew",
    "jensen_shannon": "beta",
    "scaled_jensen_shannon": "beta",
    "renyi": "order",
}


@dataclass(frozen=True, slots=True)
class Objective:
    """What is asked of a student: a divergence from the teacher, at a temperature."""

    measure: Callable[[AbstractFinite, AbstractFinite], Array]
    temperature: float
    squared: bool

    @classmethod
    def of(
        cls,
        divergence: str,
        *,
        skew: float | None,
        beta: float | None,
        order: float | None,
        temperature: float,
        temperature_squared: bool,
    ) -> Objective:
        """Read the options; refuse what they do not fit."""
        measure = _measure(divergence, skew=skew, beta=beta, order=order)
        heat = number_in("(0, inf)", "temperature", temperature)
        return cls(measure, heat, temperature_squared)

    def per_row(
        self, student: Array, teacher: Array | TopK, *, check: bool, axis: int = -1
    ) -> Array:
        """Return the divergence of each row of logits, wide.

        If asked, refuse what is none, with its place where the outcomes are on this axis.
        """
        own = self._heated(student)
        if check:
            some_possible(own, "student", axis)
        if isinstance(teacher, TopK):
            table = Probs(teacher.table(own.shape[-1]), check=False)
            value = self.measure(table, trained(teacher.gathered(trained(own).z)))
        else:
            their = self._heated(teacher)
            if check:
                sound(their, "teacher", axis)
            value = self.measure(trained(their), trained(own))
        # One by one: a square may leave the range of the type where the product does not.
        return value * self.temperature * self.temperature if self.squared else value

    def _heated(self, z: Array) -> Array:
        z = widen(z)
        return z if self.temperature == 1.0 else z / self.temperature


def _measure(
    divergence: str, *, skew: float | None, beta: float | None, order: float | None
) -> Callable[[AbstractFinite, AbstractFinite], Array]:
    """Return a divergence as a function of teacher and student; refuse options it has not."""
    refuse_unknown("divergence", divergence, _OPTION)
    option, value = _OPTION[divergence], None
    for name, given in (("skew", skew), ("beta", beta), ("order", order)):
        if name == option:
            value = given
        elif given is not None:
            raise KullbackError("learning.no_such_option", divergence=divergence, name=name)
    if option is None:
        return kl_divergence if divergence == "forward" else _reverse
    if value is None:
        raise KullbackError("learning.option_missing", divergence=divergence, name=option)
    if option == "order":
        return partial(renyi_divergence, order=_order(value))
    return partial(_SHARED[divergence], number_in("[0, 1]", option, value))


def _order(value: float) -> float:
    """Return it as a number; infinity is one too."""
    order = checked_order(value)
    return order if order == math.inf else number_in("[0, inf)", "order", value)


def _reverse(teacher: AbstractFinite, student: AbstractFinite) -> Array:
    return kl_divergence(student, teacher)


def _skewed_forward(skew: float, teacher: AbstractFinite, student: AbstractFinite) -> Array:
    """Return D(t || (1 - a) t + a s); of a = 1 by logarithms, which hold more."""
    if skew == 1.0:
        return kl_divergence(teacher, student)
    return jensen_shannon_divergence(teacher, student, weight=1.0, skew=skew)


def _skewed_reverse(skew: float, teacher: AbstractFinite, student: AbstractFinite) -> Array:
    return _skewed_forward(skew, student, teacher)


def _jensen_shannon(beta: float, teacher: AbstractFinite, student: AbstractFinite) -> Array:
    return jensen_shannon_divergence(teacher, student, weight=beta)


def _scaled(beta: float, teacher: AbstractFinite, student: AbstractFinite) -> Array:
    """Return it over b (1 - b), whose limits at the ends are the two divergences."""
    if beta in (0.0, 1.0):
        return kl_divergence(*((student, teacher) if beta else (teacher, student)))
    return _jensen_shannon(beta, teacher, student) / (beta * (1.0 - beta))


_SHARED = {
    "skewed_forward": _skewed_forward,
    "skewed_reverse": _skewed_reverse,
    "jensen_shannon": _jensen_shannon,
    "scaled_jensen_shannon": _scaled,
}
