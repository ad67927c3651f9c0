r"""Gradients with respect to weights of mixtures that are exactly 0.

A measure :math:`M = \int \varphi(p, q)` of a mixture p has the one-sided derivative

.. math:: \frac{\partial M}{\partial w_k} = \int f_k\, \frac{\partial \varphi}{\partial p}

at :math:`w_k = 0`: the mean of an influence function under the component, which may fall where p
does not. It is integrated by itself, since the nodes of the measure do not see that component.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import numpy as np

from kullback._array import Array, detached, has_gradient
from kullback.errors import KullbackError
from kullback.families._infinity import mean_of_ratio_exists, reason_infinite
from kullback.families._places import Logs
from kullback.families._sums import Trace, sum_over
from kullback.families._terms import (
    CROSS_ENTROPY,
    ENTROPY,
    EXACT_KL,
    KL,
    LOG,
    LOG_RATIO,
    Measure,
)
from kullback.families.abstract import AbstractFamily, Support
from kullback.families.affine import Affine
from kullback.families.composite import log_density_anywhere
from kullback.families.mixture import Mixture

__all__ = ["slopes_at_zero_weights"]

# Steps of a logarithm over which slopes are taken: by four of them, to 1e-13.
_STEP = 1e-3
# How far below the other logarithm one counts as that of 0; equal slopes at both are finite.
_BELOW = (300.0, 600.0)
_SAME = 1e-6
# What a derivative may be off by, beside max(1, |derivative|), and what counts as infinite.
_ALLOWED, _HUGE = 1e-7, 1e200
# Rounding of slopes beside that of logarithms.
_NOISE = 1e4


def slopes_at_zero_weights(
    trace: Trace, p: AbstractFamily, q: AbstractFamily, verb: str
) -> Array | float:
    """Return 0 with the gradient of a sum with respect to weights that are exactly 0.

    One that is infinite counts as 0: the component is taken to be outside the support.
    """
    both = p.in_numpy(), q.in_numpy()
    total: Array | float = 0.0
    for place, law in enumerate((p, q)):
        for weight, share, component in _unused(law, both[place], verb):
            with np.errstate(all="ignore"):
                slope = share * _slope(trace, both, place, component, verb)
            total = total + slope * (weight - detached(weight))
    return total


def _unused(
    law: AbstractFamily, single: AbstractFamily, verb: str
) -> Iterator[tuple[Array, float, AbstractFamily]]:
    """Yield weights that are 0 and ask for a gradient, what they count, and what they weigh."""
    if isinstance(law, Mixture) and isinstance(single, Mixture):
        for k, part in enumerate(single.components):
            weight = float(single.weights[k])
            if weight == 0.0 and has_gradient(law.weights):
                yield law.weights[k], 1.0, part
            elif weight > 0.0:
                for inner, share, component in _unused(law.components[k], part, verb):
                    yield inner, weight * share, component
    elif isinstance(law, Affine) and isinstance(single, Affine):
        for inner, share, component in _unused(law.law, single.law, verb):
            yield inner, share, replace(single, law=component)
    else:
        for inner, part in zip(getattr(law, "laws", ()), getattr(single, "laws", ()), strict=True):
            if next(_unused(inner, part, verb), None) is not None:
                raise KullbackError("ladder.gradient", verb=verb)


def _slope(
    trace: Trace,
    both: tuple[AbstractFamily, AbstractFamily],
    place: int,
    component: AbstractFamily,
    verb: str,
) -> float:
    """Return the one-sided derivative of a sum, and 0 where it is infinite."""
    measure = trace.measure
    if measure in (LOG, LOG_RATIO):  # a ratio at one point
        return _at_the_point(trace, both, place, component)
    if _diverges(measure, both, place, component):
        return 0.0
    influence = _Influence(partial(_derivative, measure, place), component, both)
    number = sum_over(_MEAN, component, influence).number
    if not abs(number.value) < _HUGE:
        return 0.0
    if not (number.error or 0.0) <= _ALLOWED * max(1.0, abs(number.value)):
        raise KullbackError("ladder.gradient", verb=verb)
    only = (measure.only_p, measure.only_q)[place] if trace.alone else 0.0
    return number.value - only


def _diverges(
    measure: Measure,
    both: tuple[AbstractFamily, AbstractFamily],
    place: int,
    component: AbstractFamily,
) -> bool:
    """Whether the tails make the mean of the influence infinite, where they tell."""
    p, q = both
    if measure in (ENTROPY, KL, EXACT_KL) and place == 0 and reason_infinite(component, p):
        return True
    if measure in (CROSS_ENTROPY, KL, EXACT_KL):
        if place == 0:
            return bool(reason_infinite(component, q))
        return not mean_of_ratio_exists(component, p, q)
    return False


def _at_the_point(
    trace: Trace, both: tuple[AbstractFamily, AbstractFamily], place: int, component: AbstractFamily
) -> float:
    own = Logs(component, both[place])(trace.nodes)
    ratio = float(np.exp(own[0][0] - own[1][0]))
    if not ratio < _HUGE:
        return 0.0
    return -ratio if place and trace.measure is LOG_RATIO else (0.0 if place else ratio)


def _derivative(measure: Measure, place: int, log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Return the derivative of what is integrated with respect to one density."""
    own, other = (log_q, log_p) if place else (log_p, log_q)
    there = own > -np.inf
    floor = np.minimum(np.where(other > -np.inf, other, 0.0), 0.0)

    def slope(at: np.ndarray) -> np.ndarray:
        total = 0.0
        for step, share in ((1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)):
            moved = at + step * _STEP
            pair = (log_p, moved) if place else (moved, log_q)
            total = total + share * measure.term(np, *pair, -at)
        return total / (12.0 * _STEP)

    near, far = (slope(np.where(there, own, floor - below)) for below in _BELOW)
    value = np.where(there | (np.abs(far - near) <= _SAME * (1.0 + np.abs(near))), far, np.inf)
    alone = there & (other == -np.inf)
    limits = getattr(measure.doubt, "keywords", {})
    endless = math.isinf(limits.get("at_zero" if place else "slope", 0.0))
    return np.where(alone & (endless or (measure.strict and place == 0)), np.inf, value)


def _term(xp: Any, log_p: Array, log_q: Array, log_w: Array) -> Array:
    there = log_p > -xp.inf
    return xp.where(there, xp.exp(log_p + log_w) * xp.where(there, log_q, 0.0), 0.0)


def _noise(
    terms: np.ndarray, log_p: np.ndarray, log_q: np.ndarray, log_w: np.ndarray
) -> np.ndarray:
    a, b = (np.where(np.isfinite(log), np.abs(log), 0.0) for log in (log_p, log_q))
    return np.abs(terms) * (1.0 + a) + _NOISE * np.exp(log_p + log_w) * (1.0 + b)


_MEAN = Measure(_term, _noise)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Influence(AbstractFamily):
    """An influence function where a component falls, in the place of a logarithm of a density."""

    function: Callable[[np.ndarray, np.ndarray], np.ndarray]
    component: AbstractFamily
    pair: tuple[AbstractFamily, AbstractFamily]

    def __post_init__(self) -> None:
        """Take it as it is."""

    @property
    def support(self) -> Support:
        return self.component.support

    @property
    def _digits(self) -> bool:
        return all(law._digits for law in self.pair)

    def _log_density(self, xp: Any, x: Array) -> Array:
        return self._log_density_from(xp, None, x)

    def _log_density_from(self, xp: Any, origin: Array | None, x: Array) -> Array:
        return self.function(*(log_density_anywhere(xp, law, x, origin) for law in self.pair))

    def _scipy(self) -> Any:
        return self.component._scipy()

    def _landmarks_from(self, origin: float) -> list[float]:
        marks = [x for law in self.pair for x in law._landmarks_from(origin)]
        ends = [float(end) - origin for law in self.pair for end in law.support[:2]]
        return sorted({x for x in (*marks, *ends) if math.isfinite(x)})

    def _landmarks(self) -> list[float]:
        return self._landmarks_from(0.0)
