"""The ladder for two single laws: a closed form, else a sum, else an integral."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kullback.errors import KullbackError
from kullback.families._expectations import closed_cross_entropy, closed_entropy
from kullback.families._infinity import reason_infinite, undecided
from kullback.families._places import Logs, climb, common_support, marks_of, points
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
    LOG_RATIO,
    TOTAL_VARIATION,
    Measure,
    jensen_shannon,
    powers,
    powers_excess,
)
from kullback.families.abstract import AbstractFamily

__all__ = ["solve"]

_EPS = float(np.finfo(np.float64).eps)
# Below, a divergence is summed from terms of one sign.
_SMALL = 0.5


def solve(verb: str, p: AbstractFamily, q: AbstractFamily, **options: Any) -> Answer:
    """Answer for two single laws of NumPy, in float64."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # SciPy's, at the ends of its quantiles
        return _SOLVERS[verb](p, q, **options)


def _solve_entropy(p: AbstractFamily, q: AbstractFamily) -> Answer:  # noqa: ARG001
    return _closed(closed_entropy(p)) or sum_over(ENTROPY, p, p)


def _solve_cross_entropy(p: AbstractFamily, q: AbstractFamily) -> Answer:
    if reason := reason_infinite(p, q):
        return infinite(reason)
    return _closed(closed_cross_entropy(p, q)) or sum_over(CROSS_ENTROPY, p, q)


def _closed(value: Any) -> Answer | None:
    """Return what a closed form gives, if there is one for these parameters."""
    if value is None or math.isnan(value):
        return None
    return Answer(Numeric(float(value) + 0.0, None, "closed form"))


def _solve_kl(p: AbstractFamily, q: AbstractFamily) -> Answer:
    if reason := reason_infinite(p, q):
        return infinite(reason)
    across, own = _closed(closed_cross_entropy(p, q)), _closed(closed_entropy(p))
    if across and own:
        d = across.number.value - own.number.value
        if d > _SMALL * max(1.0, abs(own.number.value)):  # else the difference loses digits
            return Answer(Numeric(d, None, "closed form"))
    plain = sum_over(KL, p, q)
    return plain if plain.number.value > _SMALL else sum_over(EXACT_KL, p, q)


def _solve_renyi(p: AbstractFamily, q: AbstractFamily, *, order: float) -> Answer:
    if order == 1.0:
        return _solve_kl(p, q)
    if reason := reason_infinite(p, q, order):
        return infinite(reason)
    if math.isinf(order):
        return _largest_ratio(p, q)
    offset, cuts = _peak(p, q, order)
    found = sum_over(powers(order, offset), p, q, cuts)
    value = found.number.value
    log = math.log(value) + offset if value > 0.0 else -math.inf
    if math.isinf(value) or math.isnan(log):
        return found
    if abs(log) <= _SMALL:
        near, scale = sum_over(powers_excess(order), p, q, cuts), math.nan
    else:
        near, scale = found, offset

    def finish(xp: Any, total: Any, scale: float = scale) -> Any:
        log = xp.log1p(total) if math.isnan(scale) else scale + xp.log(total)
        return log / (order - 1.0)

    total, error = near.number.value, near.number.error or 0.0
    slope = (1.0 + total if math.isnan(scale) else total) * abs(order - 1.0)
    answer = _finished(near, finish, error / slope if slope > 0.0 else math.inf)
    if order == 0.0 and found.trace:  # the excess is nothing at all nodes, and has no slope there
        trace = found.trace._replace(finish=partial(finish, scale=offset))
        return answer._replace(trace=trace)
    return answer


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
    "total_variation_distance": _solve_total_variation,
    "hellinger_distance": _solve_hellinger,
    "jensen_shannon_divergence": _solve_jensen_shannon,
}


def _overlap(p: AbstractFamily, q: AbstractFamily, measure: Measure) -> Answer:
    """Sum what is finite for all laws, also for those that share nothing."""
    if reason_infinite(p, q, 0.0):
        return Answer(Numeric(measure.only_p + measure.only_q, None, "closed form"))
    return sum_over(measure, p, q)


def _finished(found: Answer, finish: Callable[[Any, Any], Any], error: float) -> Answer:
    """Apply a function to a sum."""
    number, trace = found
    value = float(finish(np, np.float64(number.value))) + 0.0
    error += 4 * _EPS * abs(value)
    number = Numeric(value, error, number.method, number.reason)
    return Answer(number, trace and trace._replace(finish=finish))


def _peak(p: AbstractFamily, q: AbstractFamily, order: float) -> tuple[float, tuple[float, ...]]:
    """Return the largest log p^order q^(1 - order), and cuts around it."""
    logs = Logs(p, q)
    low, high, _ = common_support(p, q)

    def log_size(nodes: Nodes) -> np.ndarray:
        log_p, log_q = logs(nodes)
        both = (log_p > -np.inf) & (log_q > -np.inf)
        a, b = np.where(both, log_p, 0.0), np.where(both, log_q, 0.0)
        return np.where(both, order * a + (1.0 - order) * b, -np.inf)

    peak, cuts = climb(log_size, p, q, low, high)
    offset = float(log_size(points(np.array([peak])))[0])
    return (offset if math.isfinite(offset) else 0.0), cuts


def _largest_ratio(p: AbstractFamily, q: AbstractFamily) -> Answer:
    """Return the divergence of infinite order: the logarithm of the largest p/q."""
    if undecided(p, q):
        raise KullbackError("ladder.tails")
    logs = Logs(p, q)
    low, high, discrete = common_support(p, q)

    def log_ratio(nodes: Nodes) -> np.ndarray:
        log_p, log_q = logs(nodes)
        both = (log_p > -np.inf) & (log_q > -np.inf)
        gap = np.where(both, log_p, 0.0) - np.where(both, log_q, 0.0)
        return np.where(both, gap, np.where(log_p > -np.inf, np.inf, -np.inf))

    marks, centre = marks_of(p, q, low, high)
    peak, _ = climb(log_ratio, p, q, low, high, weighted=False)
    if discrete:
        near = math.floor(peak) + np.arange(-2.0, 4.0)
        x = np.concatenate([near, *(nodes.x for nodes in windows(low, high, centre, marks)[0])])
        nodes = points(x[(x >= low) & (x <= high) & (x == np.floor(x))])
    else:
        nodes = points(np.array([peak]))
    levels = log_ratio(nodes)
    best = np.argmax(levels) == np.arange(len(levels))
    value = float(levels[best][0]) + 0.0
    if not math.isfinite(value):
        return infinite("infinite.support")
    nodes = nodes.only(best)
    log_p, log_q = logs(nodes)
    error = 4 * _EPS * float(1.0 + abs(log_p[0]) + abs(log_q[0]))
    zero = np.zeros(1)
    trace = Trace(LOG_RATIO, nodes, low, high, zero, zero, value, alone=False, finish=as_it_is)
    return Answer(Numeric(value, error, "search"), trace)
