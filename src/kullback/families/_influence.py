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
from typing import Any, cast, final

import numpy as np

from kullback._array import Array, detached, has_gradient, namespace
from kullback.errors import KullbackError
from kullback.families._first_only import first_only
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
    TOTAL_VARIATION,
    Measure,
    _moment_excess,
    _powers,
    _powers_excess,
)
from kullback.families._trial import AbstractTrial, departure, held, trial_of
from kullback.families.abstract import AbstractFamily, Support
from kullback.families.affine import Affine
from kullback.families.composite import log_density_anywhere
from kullback.families.mixture import Mixture

__all__ = ["hold_certainty", "slopes_at_zero_weights"]

# Steps beside a ratio over which a function's slope is taken: by four of them, to 1e-11.
_STEP = 2e-3
# Logarithms of ratios where it is seen whether the slope has a limit at 0, by how little it
# changes there, and of the largest that is asked about.
_LOWEST, _SAME, _HIGHEST = (-8.0, -10.0, -14.0), 1e-2, 300.0
# What a derivative may be off by, beside max(1, |derivative|), and what counts as infinite.
_ALLOWED, _HUGE = 1e-7, 1e200
# Rounding of slopes beside that of logarithms.
_NOISE = 1e4
# What is taken from a logarithm to see to which side of a kink it moves.
_KINK = 1e-9


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
            total = total + slope * (first_only(weight) - detached(weight))
        total = total + _of_certainty(trace.measure, both, place, law)
    return total


def hold_certainty(law: AbstractFamily) -> AbstractFamily:
    """Return a distribution made of trials with no gradient of a certain outcome.

    Its one-sided derivative is that of `slopes_at_zero_weights`.
    """
    if not isinstance(law, AbstractTrial) or law._probability is None:
        return law
    p = law._probability
    xp = namespace(p)
    if not bool(xp.any((p == 0.0) | (p == 1.0))):
        return law
    return law.map(lambda x: held(xp, trial_of(x, None)).success if x is p else x)


def _of_certainty(
    measure: Measure,
    both: tuple[AbstractFamily, AbstractFamily],
    place: int,
    law: AbstractFamily,
) -> Array | float:
    if not isinstance(law, AbstractTrial) or law._probability is None:
        return 0.0
    if not has_gradient(law._probability):
        return 0.0
    single = cast("AbstractTrial", both[place])
    sure, beside, times = (float(x) for x in single._nearly_certain(np))
    if float(single.support.low) != float(single.support.high):
        return 0.0
    x = np.array([sure, beside])
    with np.errstate(all="ignore"):
        logs = [np.asarray(log_density_anywhere(np, one, x)) for one in both]
        if measure is TOTAL_VARIATION:  # which has a kink where both agree
            logs[place] = logs[place] - _KINK * np.array([1.0, 0.0])
        here, there = _derivative(measure, place, *logs)
    slope = times * float(there - here)
    if measure in (LOG, LOG_RATIO) or not abs(slope) < _HUGE:
        return 0.0
    xp = namespace(law._probability)
    return slope * first_only(departure(xp, trial_of(law._probability, None)))


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
    """Return the derivative of what is integrated by one density; infinite ones may be there."""
    if measure.strict and place == 0:  # what q forbids
        return np.where(log_q > -np.inf, _slope_of(measure, place, log_p, log_q), np.inf)
    return _slope_of(measure, place, log_p, log_q)


def _slope_of(measure: Measure, place: int, log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    neither = (log_p == -np.inf) & (log_q == -np.inf)
    log_ratio = np.where(neither, -np.inf, log_p - np.where(neither, 0.0, log_q))
    if measure is ENTROPY:
        return -log_p - 1.0 if place == 0 else 0.0 * log_p
    if measure is CROSS_ENTROPY:
        return -np.exp(log_ratio) if place else -log_q
    if measure is KL:
        return -np.exp(log_ratio) if place else log_ratio + 1.0
    if measure is EXACT_KL:
        return -np.expm1(log_ratio) if place else log_ratio
    if measure is TOTAL_VARIATION:
        side = np.sign(log_p - np.where(neither, 0.0, log_q))
        return np.where(neither, 0.5, -0.5 * side if place else 0.5 * side)
    form: Any = measure.term
    given = form.keywords
    if "shares" in given:
        return _of_mixtures(place, log_p, log_q, **given)
    if "f" in given:
        endless = math.isinf(cast("Any", measure.doubt).keywords["at_zero" if place else "slope"])
        here, other = (log_q, log_p) if place else (log_p, log_q)
        alone = (here > -np.inf) | neither
        forbidden = endless & (other == -np.inf) & alone
        return np.where(forbidden, np.inf, _of_function(given["f"], place, log_ratio, neither))
    order, offset = given["order"], given.get("offset", 0.0)
    pair = form.func in (_powers, _powers_excess)
    if place:
        value = (1.0 - order) * np.exp(order * log_ratio - offset) if pair else 0.0 * log_p
    else:
        log = (order - 1.0) * (log_ratio if pair else log_p)
        value = order * np.exp(np.where(neither & pair, -np.inf, log) - offset)
    if form.func is _powers_excess:
        return value - (1.0 - order if place else order)
    return value - 1.0 if form.func is _moment_excess and place == 0 else value


def _of_mixtures(
    place: int, log_p: np.ndarray, log_q: np.ndarray, *, weight: float, shares: Any
) -> np.ndarray:
    """Return the derivative of the divergences from m = a p + b q and from n = c q + d p."""
    if place:
        weight, shares = 1.0 - weight, shares[::-1]
        log_p, log_q = log_q, log_p
    (a, _), (c, d) = shares
    neither = (log_p == -np.inf) & (log_q == -np.inf)
    p, q = (np.where(neither, at, log) for at, log in ((0.0, log_p), (-np.inf, log_q)))
    log_m = np.logaddexp(math.log(a) + p, math.log(shares[0][1]) + q)
    log_n = np.logaddexp(math.log(c) + q, math.log(d) + p)
    own = (p - log_m) - a * np.exp(p - log_m) + a
    return weight * own + (1.0 - weight) * (d - d * np.exp(q - log_n))


def _of_function(
    f: Callable[[np.ndarray], np.ndarray], place: int, log_ratio: np.ndarray, neither: np.ndarray
) -> np.ndarray:
    """Return the derivative of q f(p/q) by p, or by q, as that of p g(q/p) with g(u) = u f(1/u)."""
    log_t = np.where(neither, np.inf, -log_ratio if place else log_ratio)

    def slope(log: np.ndarray | float) -> np.ndarray:
        t, total = np.exp(log), 0.0
        for step, share in ((1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)):
            at = np.atleast_1d(t * (1.0 + step * _STEP))
            total = total + share * (at * f(1.0 / at) if place else f(at))
        return total / (12.0 * _STEP * t)

    far = np.clip(log_t, None, _HIGHEST)
    one, two, three = (float(slope(x)[0]) for x in _LOWEST)
    if abs(three - two) > _SAME * (1.0 + abs(two)):  # the slope has no limit at 0
        return np.where(log_t == -np.inf, np.inf, slope(np.maximum(far, -_HIGHEST)))
    first, second = np.exp(_LOWEST[:2])
    beside = two + (np.exp(far) - second) * (one - two) / (first - second)
    return np.where(far < _LOWEST[0], beside, slope(np.maximum(far, _LOWEST[0])))


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
