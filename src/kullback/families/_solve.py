"""The ladder for two single laws: a closed form, else a sum, else an integral."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback._array import Array, like
from kullback.errors import KullbackError
from kullback.families._ends import tails_of
from kullback.families._expectations import closed_cross_entropy, closed_entropy, closed_kl
from kullback.families._infinity import moment_exists, reason_infinite, undecided
from kullback.families._outcomes import common_nodes, on_integers
from kullback.families._patience import limited
from kullback.families._places import Logs, Peak, climb, common_support, marks_of, points
from kullback.families._quadrature import Nodes, windows
from kullback.families._sums import (
    Answer,
    Numeric,
    Trace,
    as_it_is,
    infinite,
    sum_over,
)
from kullback.families._terms import (
    CROSS_ENTROPY,
    ENTROPY,
    EXACT_KL,
    KL,
    LOG,
    LOG_RATIO,
    TOTAL_VARIATION,
    Measure,
    jensen_shannon,
    moment,
    moment_excess,
    of_ratio,
    powers,
    powers_excess,
)
from kullback.families.abstract import AbstractFamily

__all__ = ["solve"]

_EPS = float(np.finfo(np.float64).eps)
# Below, a divergence is summed from terms of one sign.
_SMALL = 0.5
# Parameters from here on cannot be taken as given; beyond the others another unit is better.
_VAST, _LARGE, _TINY = 2.0**1000, 2.0**400, 2.0**-400
# A probability that counts for nothing.
_NOTHING = 1e-25
# A distance from an end at which a level is compared with that a thousand times as far, what
# counts as no rise, and by what share the rise of what has no bound may become less.
_BESIDE, _LEVEL, _STEADY = 1e-100, 1e-9, 0.99
# How much of one law the other forbids, by the limit of f that counts there.
_ALONE = {
    "at_zero": of_ratio(lambda t: 0.0 * t, at_zero=1.0, slope=0.0),
    "slope": of_ratio(lambda t: 0.0 * t, at_zero=0.0, slope=1.0),
}
Form = Callable[[AbstractFamily, AbstractFamily], Array | None]
_NOT_KNOWN = Numeric(math.nan, math.inf, "quadrature")


def solve(verb: str, p: AbstractFamily, q: AbstractFamily, **options: Any) -> Answer:
    """Answer for two single laws of NumPy, in float64."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), limited():
        warnings.simplefilter("ignore")  # SciPy's, at the ends of its quantiles
        p, q = on_integers(p, q)
        answer = (_solve_ratios if verb in _OF_RATIOS else _solve_as_given)(verb, p, q, options)
    if math.isnan(answer.number.value):
        raise KullbackError("ladder.error", verb=verb, value="nan", error="inf")
    return answer


def _solve_as_given(verb: str, p: AbstractFamily, q: AbstractFamily, options: Any) -> Answer:
    return _SOLVERS[verb](p, q, **options)


def _solve_ratios(verb: str, p: AbstractFamily, q: AbstractFamily, options: Any) -> Answer:
    """Answer for both laws in a unit of their size, of which every ratio of densities is the same.

    Far from 1, squares and products of numbers within the range are beyond it.
    """
    size = max(map(_size, (p, q)))
    if size == 0.0 or _TINY < size < _LARGE:
        return _SOLVERS[verb](p, q, **options)
    if p._stretched is not None and q._stretched is not None:
        unit = 2.0 ** min(-math.frexp(size)[1], 1000)
        laws = [law._times(unit) for law in (p, q)]
        if all(float(getattr(law, name)) > 0.0 for law in laws for name in law._stretched or ()):
            # Its nodes are not those of the laws given, so that no gradient can be had from them.
            return _SOLVERS[verb](*laws, **options)._replace(trace=None)
    if size > _VAST:
        raise KullbackError("ladder.vast")
    return _SOLVERS[verb](p, q, **options)


def _size(law: AbstractFamily) -> float:
    """Return the largest of the parameters that are as large as x is."""
    names = (*law._located, *(law._stretched or ()))
    return max((abs(float(getattr(law, name))) for name in names), default=0.0)


def _solve_entropy(p: AbstractFamily, q: AbstractFamily) -> Answer:  # noqa: ARG001
    return _closed(lambda p, _: closed_entropy(p), p, p) or sum_over(ENTROPY, p, p)


def _solve_cross_entropy(p: AbstractFamily, q: AbstractFamily) -> Answer:
    if reason := reason_infinite(p, q):
        return infinite(reason)
    return _closed(closed_cross_entropy, p, q) or sum_over(CROSS_ENTROPY, p, q)


def _closed(form: Form, p: AbstractFamily, q: AbstractFamily) -> Answer | None:
    """Return what a closed form gives, if there is one for these parameters."""
    value = form(p, q)
    if value is None or math.isnan(value):
        return None
    return Answer(Numeric(float(value) + 0.0, None, "closed form"), form=form)


def _solve_kl(p: AbstractFamily, q: AbstractFamily) -> Answer:
    if reason := reason_infinite(p, q):
        return infinite(reason)
    found, own = _closed(closed_kl, p, q), closed_entropy(p)
    if found and own is not None and found.number.value > _SMALL * max(1.0, abs(float(own))):
        return found  # else the difference loses digits
    plain = sum_over(KL, p, q)
    return plain if plain.number.value > _SMALL else sum_over(EXACT_KL, p, q)


def _solve_renyi(p: AbstractFamily, q: AbstractFamily, *, order: float) -> Answer:
    if order == 1.0:
        return _solve_kl(p, q)
    if reason := reason_infinite(p, q, order):
        return infinite(reason)
    if math.isinf(order):
        return _largest_ratio(p, q)
    offset, peak = _peak(p, q, order)
    found = sum_over(powers(order, offset), p, q, peak)
    if math.isinf(found.number.value):
        return found
    factor = 1.0 / (order - 1.0)
    answer = _logarithm(found, offset, factor, lambda: sum_over(powers_excess(order), p, q, peak))
    if order == 0.0:  # the excess is nothing at all nodes, and has no slope there
        return answer._replace(trace=_logarithm(found, offset, factor).trace)
    return answer


def _solve_renyi_entropy(p: AbstractFamily, q: AbstractFamily, *, order: float) -> Answer:
    if order == 1.0:
        return _solve_entropy(p, q)
    if not moment_exists(p, order):
        return infinite("infinite.moment", math.inf if order < 1.0 else -math.inf)
    if math.isinf(order):
        return _highest(LOG, p, p, lambda a, _: a, finish=_negative)
    logs = Logs(p, p)
    peak = climb(lambda nodes: order * logs(nodes)[0], p, p)
    offset = order * float(logs(peak.nodes)[0][0])
    offset = offset if math.isfinite(offset) else 0.0
    found = sum_over(moment(order, offset), p, p, peak)
    factor = 1.0 / (1.0 - order)
    if order == 0.0:  # a sum of weights, which has no excess
        return _logarithm(found, offset, factor)
    return _logarithm(found, offset, factor, lambda: sum_over(moment_excess(order), p, p, peak))


def _logarithm(
    found: Answer, offset: float, factor: float, excess: Callable[[], Answer] | None = None
) -> Answer:
    """Return a multiple of the logarithm of a sum that was divided by exp(offset).

    Where the sum is near 1 it is taken from what it exceeds 1 by.
    """
    value, scale = found.number.value, offset
    log = math.log(value) + offset if value > 0.0 else -math.inf
    if excess is not None and abs(log) <= _SMALL:
        found, scale = excess(), math.nan

    def finish(xp: Any, total: Any) -> Any:
        return factor * (xp.log1p(total) if math.isnan(scale) else scale + xp.log(total))

    total, error = found.number.value, found.number.error or 0.0
    size = 1.0 + total if math.isnan(scale) else total
    return _finished(found, finish, error * abs(factor) / size if size > 0.0 else math.inf)


def _solve_f_divergence(
    p: AbstractFamily,
    q: AbstractFamily,
    *,
    f: Callable[[Any], Any],
    at_zero: float,
    slope: float,
) -> Answer:
    limits = {"at_zero": at_zero, "slope": slope}
    for name, limit in limits.items():
        if math.isfinite(limit):
            continue
        if _overlap(p, q, _ALONE[name]).number.value > _NOTHING:
            if math.isnan(limit):
                raise KullbackError(f"f_divergence.{name}")
            return infinite("infinite.support" if name == "slope" else "infinite.at_zero")
    return _overlap(p, q, of_ratio(f, **limits))


def _solve_total_variation(p: AbstractFamily, q: AbstractFamily) -> Answer:
    return _overlap(p, q, TOTAL_VARIATION)


def _solve_hellinger(p: AbstractFamily, q: AbstractFamily) -> Answer:
    found = _overlap(p, q, powers_excess(0.5))
    error, square = found.number.error or 0.0, -found.number.value

    def finish(xp: Any, total: Any) -> Any:
        usual = total < 0.0
        return xp.where(usual, xp.sqrt(xp.where(usual, -total, 1.0)), 0.0)

    return _finished(found, finish, min(math.sqrt(error), error / math.sqrt(max(square, 1e-300))))


def _solve_jensen_shannon(
    p: AbstractFamily, q: AbstractFamily, *, weight: float, skew: float | None
) -> Answer:
    return _overlap(p, q, jensen_shannon(weight, skew))


_SOLVERS = {
    "entropy": _solve_entropy,
    "cross_entropy": _solve_cross_entropy,
    "kl_divergence": _solve_kl,
    "renyi_divergence": _solve_renyi,
    "renyi_entropy": _solve_renyi_entropy,
    "f_divergence": _solve_f_divergence,
    "total_variation_distance": _solve_total_variation,
    "hellinger_distance": _solve_hellinger,
    "jensen_shannon_divergence": _solve_jensen_shannon,
}


# What depends on nothing but ratios of densities is the same in every unit of x.
_OF_RATIOS = _SOLVERS.keys() - {"entropy", "cross_entropy", "renyi_entropy"}


def _overlap(p: AbstractFamily, q: AbstractFamily, measure: Measure) -> Answer:
    """Sum what is finite for all laws, also for those that share nothing."""
    if reason_infinite(p, q, 0.0):
        method = "sum" if p.support.discrete and q.support.discrete else "quadrature"
        value = measure.only_p + measure.only_q
        error = 4 * _EPS * (abs(measure.only_p) + abs(measure.only_q))
        return Answer(Numeric(value, error, method), form=_level)
    found = sum_over(measure, p, q)
    return found if math.isfinite(found.number.value) else Answer(_NOT_KNOWN)


def _level(p: AbstractFamily, q: AbstractFamily) -> Array:  # noqa: ARG001
    """Return a number that does not depend on the parameters."""
    return like(np.zeros(()), p.arrays[0])


def _finished(found: Answer, finish: Callable[[Any, Any], Any], error: float) -> Answer:
    """Apply a function to a sum."""
    number, trace, form = found
    if math.isnan(number.value):
        return found
    value = float(finish(np, np.float64(number.value))) + 0.0
    error += 4 * _EPS * abs(value)
    number = Numeric(value, error, number.method, number.reason)
    return Answer(number, trace and trace._replace(finish=finish), form and _level)


def _peak(p: AbstractFamily, q: AbstractFamily, order: float) -> tuple[float, Peak]:
    """Return the largest log p^order q^(1 - order), and where it is."""
    logs = Logs(p, q)

    def log_size(nodes: Nodes) -> np.ndarray:
        log_p, log_q = logs(nodes)
        both = (log_p > -np.inf) & (log_q > -np.inf)
        a, b = np.where(both, log_p, 0.0), np.where(both, log_q, 0.0)
        return np.where(both, order * a + (1.0 - order) * b, -np.inf)

    peak = climb(log_size, p, q)
    offset = float(log_size(peak.nodes)[0])
    return (offset if math.isfinite(offset) else 0.0), peak


def _largest_ratio(p: AbstractFamily, q: AbstractFamily) -> Answer:
    """Return the divergence of infinite order: the logarithm of the largest p/q."""
    if undecided(p, q):
        raise KullbackError("ladder.tails")

    def log_ratio(log_p: np.ndarray, log_q: np.ndarray) -> np.ndarray:
        both = (log_p > -np.inf) & (log_q > -np.inf)
        a, b = np.where(both, log_p, 0.0), np.where(both, log_q, 0.0)
        # Far out the ratio of two tails may be level, but for rounding: it is the lesser there.
        sure = a - b - 4 * _EPS * (np.abs(a) + np.abs(b))
        return np.where(both, sure, np.where(log_p > -np.inf, np.inf, -np.inf))

    return _highest(LOG_RATIO, p, q, log_ratio, as_it_is)


def _highest(
    measure: Measure,
    p: AbstractFamily,
    q: AbstractFamily,
    level: Callable[[np.ndarray, np.ndarray], np.ndarray],
    finish: Callable[[Any, Any], Any],
) -> Answer:
    """Return a measure at the one point where a level of both logarithms is highest."""
    logs = Logs(p, q)
    low, high, discrete = common_support(p, q)
    nodes = climb(lambda nodes: level(*logs(nodes)), p, q, weighted=False).nodes
    rest, listed = 0.0, common_nodes(p, q)
    if not discrete and listed is None:
        x = float(nodes.origin[0] + nodes.x[0])
        rest = sum(_rest(law, lambda nodes: level(*logs(nodes)), x, low, high) for law in {p, q})
        if math.isinf(rest):
            return infinite("infinite.unbounded", float(finish(np, np.float64(np.inf))))
    if listed is not None:
        nodes = listed
    elif discrete:
        marks, centre = marks_of(p, q, low, high)
        near = math.floor(float(nodes.origin[0] + nodes.x[0])) + np.arange(-2.0, 4.0)
        x = np.concatenate([near, *(nodes.x for nodes in windows(low, high, centre, marks)[0])])
        nodes = points(x[(x >= low) & (x <= high) & (x == np.floor(x))])
    levels = level(*logs(nodes))
    best = np.argmax(levels) == np.arange(len(levels))
    if not math.isfinite(levels[best][0]):
        return infinite("infinite.support")
    nodes = nodes.only(best)
    log_p, log_q = logs(nodes)
    total = float(measure.term(np, log_p, log_q, np.zeros(1))[0])
    error = rest + 4 * _EPS * float(1.0 + abs(log_p[0]) + abs(log_q[0]))
    error += float(sum(off[0] for off in logs.rounded(nodes)))
    digits = (p._digits, q._digits)
    trace = Trace(measure, nodes, low, high, total, digits, alone=False, finish=finish)
    return Answer(Numeric(float(finish(np, np.float64(total))) + 0.0, error, "search"), trace)


def _rest(
    law: AbstractFamily,
    level: Callable[[Nodes], np.ndarray],
    x: float,
    low: float,
    high: float,
) -> float:
    """Return by how much a level may rise between a point and an end of unknown tail."""
    rest = 0.0
    for tail, own, end, side in zip(
        tails_of(law), law.support[:2], (low, high), (1.0, -1.0), strict=True
    ):
        far = math.isinf(end)
        near = max(_BESIDE, 16.0 * _EPS * abs(end))
        y = max(abs(x) if far else abs(x - end), _BESIDE)
        if tail.kind != "unknown" or own != end or (y < 1.0 / _BESIDE if far else y > near):
            continue
        away = y * (1e-3 if far else 1e3) ** np.arange(3.0)
        last, inner, first = level(points(-side * away if far else end + side * away))
        rise, before = last - inner, inner - first
        if rise <= _LEVEL:
            continue
        if rise >= _STEADY * before:  # as a power of the distance does, or faster
            return math.inf
        if not rise <= 0.5 * before:
            raise KullbackError("ladder.tails")
        rest += float(rise * rise / (before - rise))  # as a series of powers
    return rest


def _negative(xp: Any, total: Any) -> Any:  # noqa: ARG001
    """Turn the sign of a sum."""
    return -total
