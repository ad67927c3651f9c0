"""One sum over nodes: a measure of two laws, and an error that can be told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np

from kullback import strings
from kullback._array import Array
from kullback.families._ends import tails_of
from kullback.families._outcomes import alone as unlisted
from kullback.families._outcomes import common_nodes
from kullback.families._places import Logs, Peak, common_support, marks_of, outside_peak, ranges_of
from kullback.families._quadrature import (
    Found,
    Integrand,
    Nodes,
    adapt,
    pieces_between,
    windows,
)
from kullback.families._remaining import remaining
from kullback.families._terms import CROSS_ENTROPY, KL, Measure
from kullback.families.abstract import AbstractFamily

__all__ = ["Answer", "Numeric", "Trace", "as_it_is", "infinite", "outside", "sum_over"]

_TOLERANCE = 2e-15
_BUMP = 1e-4
_EPS = float(np.finfo(np.float64).eps)
_TAIL_EPS = 256 * _EPS  # to which SciPy's distribution functions are right
_LARGEST = float(np.finfo(np.float64).max)
# By what share a density may be off that was continued beyond what floats hold.
_GUESS = 0.1
# A share of the sum that may come from there.
_FEW = 1e-5
# A missing probability after which nodes are looked for anew, and one that is refused.
_LOOK_AGAIN, _LOST = 1e-12, 1e-6
# Times that a rule may be further off than it differs from the coarser one, beside a kink.
_NOT_SMOOTH = 4.0
# A share of the sum that no digit of it sees.
_NOTHING = 1e-25


@final
@dataclass(frozen=True, slots=True)
class Numeric:
    """A number, what it may be off by, and how it was obtained.

    Attributes
    ----------
    value : float
        In nats.
    error : float or None
        A bound on how far the value may be off, of what was left out and of rounding; None for a
        closed form, which is right to within rounding.
    method : str
        "closed form", "sum", "quadrature", "search" (of a largest ratio), or "infinite".
    reason : str
        Why a value is infinite, or why nothing is known of it.
    """

    value: float
    error: float | None
    method: str
    reason: str = ""


class Trace(NamedTuple):
    """How a value came about as a sum over nodes, so that it can be differentiated."""

    measure: Measure
    nodes: Nodes
    low: float  # the ends of what was summed over
    high: float
    total: float  # the sum
    digits: tuple[bool, bool]  # whether the laws can tell apart what has an origin
    alone: bool  # whether one law allows what the other does not
    finish: Callable[[Any, Any], Any]  # what is done to the sum


class Answer(NamedTuple):
    """A number, and what it can be differentiated by if it is finite.

    That is its trace if it is a sum over nodes, and else its form: the same number as a function
    of two wide laws of any array library.
    """

    number: Numeric
    trace: Trace | None = None
    form: Callable[[AbstractFamily, AbstractFamily], Array | None] | None = None


def infinite(reason: str, value: float = math.inf) -> Answer:
    """Return infinity, with its reason."""
    return Answer(Numeric(value, 0.0, "infinite", strings.text(reason)))


def sum_over(
    measure: Measure, p: AbstractFamily, q: AbstractFamily, peak: Peak | None = None
) -> Answer:
    """Sum the terms of a measure over what both laws allow, and add what only one of them does.

    Nothing is known of a sum that has not seen the probability of a distribution.
    """
    answer, missing = _sum_once(measure, p, q, peak, anywhere=False)
    if max(missing.values()) > _LOOK_AGAIN and not p.support.discrete:
        again, rest = _sum_once(measure, p, q, peak, anywhere=True)
        if max(rest.values()) < max(missing.values()):
            answer, missing = again, rest
    law, share = max(missing.items(), key=lambda found: found[1])
    if not share > _LOST:
        return answer
    value = answer.number.value if math.isfinite(answer.number.value) else math.nan
    reason = strings.text("unseen.probability", law=law._title, share=f"{share:.2g}")
    return Answer(Numeric(value, math.inf, answer.number.method, reason), answer.trace)


def _sum_once(
    measure: Measure, p: AbstractFamily, q: AbstractFamily, peak: Peak | None, *, anywhere: bool
) -> tuple[Answer, dict[AbstractFamily, float]]:
    """Return the same, and what probability of the distributions that count was not seen.

    `anywhere` tells to look for it over all magnitudes.
    """
    low, high, discrete = common_support(p, q)
    logs = Logs(p, q)

    def integrand(nodes: Nodes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        log_p, log_q = logs(nodes)
        terms = measure.term(np, log_p, log_q, nodes.log_weight)
        usual = ~np.isnan(terms) & ((log_q > -np.inf) | (not measure.strict))
        terms = np.where(usual, terms, 0.0)
        noise = measure.noise(terms, log_p, log_q, nodes.log_weight)
        noise = noise + np.abs(terms) * _blur(nodes, terms, low, high)
        noise = logs.grain * _EPS * np.where(usual, noise, 0.0)
        if logs.measured or nodes.origin.any():
            noise = noise + _rounded(measure, terms, logs, nodes, log_p, log_q)
        mass = np.exp(log_p + nodes.log_weight)
        return nodes.sign * terms, noise, mass

    listed = common_nodes(p, q)
    if listed is not None:
        found = Found(listed, *_terms_of(measure, logs, listed))
    else:
        found = _sought(measure, integrand, p, q, peak, anywhere=anywhere)
    nodes, terms, noise = found
    log_p, log_q = logs(nodes)
    places = nodes.x if discrete and listed is not None else None
    only_p, only_q = (_apart(law, low, high, places) for law in (p, q))
    alone = only_p * measure.only_p + only_q * measure.only_q
    value, size = _total(terms) + alone + 0.0, float(np.abs(terms).sum())
    mass = nodes.sign * np.exp(log_p + nodes.log_weight)
    missing = {p: _missing(mass, log_p, only_p)}
    if measure.only_q != 0.0:
        missing[q] = _missing(nodes.sign * np.exp(log_q + nodes.log_weight), log_q, only_q)
    error = _NOT_SMOOTH * nodes.error + noise + 4 * _EPS * abs(value) + _TAIL_EPS * abs(alone)
    lost = max(missing.values())
    error += abs(_total(mass) + only_p - 1.0) * (abs(value) + size)
    error += lost * (abs(value) + size) + _cost(lost, log_p, log_q, mass)
    blocked = math.fsum(mass[log_q == -np.inf]) if measure.strict else 0.0
    if blocked * _LARGEST > abs(value):  # also where -log q is no float
        unseen = q._guessed((nodes.origin + nodes.x)[log_q == -np.inf])
        if logs.underflows(log_q) or unseen.any():
            reason = strings.text("unseen.underflow", law=q._title)
            return Answer(Numeric(value, math.inf, nodes.method, reason)), missing
        steep = any(tail.kind == "exponential" for tail in tails_of(q))
        return infinite("infinite.large" if steep else "infinite.support"), missing
    error += blocked * _LARGEST
    if value == math.inf:
        return infinite("infinite.large"), missing
    error += measure.doubt(terms, log_p, log_q, nodes.log_weight)
    error += _guess(measure, p, q, nodes, logs, size)
    # A term that is 0 may have a slope: -p log q where q is 1, or what only one law allows.
    kept = (np.abs(terms) > _NOTHING * size) | (np.abs(mass) > _NOTHING)
    if only_p + only_q > 0.0:
        kept |= np.exp(log_q + nodes.log_weight) > _NOTHING
    trace = Trace(
        measure,
        nodes.only(kept),
        low,
        high,
        value,
        (p._digits, q._digits),
        alone=only_p + only_q > 0.0,
        finish=as_it_is,
    )
    return Answer(Numeric(value, error, nodes.method), trace), missing


def _apart(law: AbstractFamily, low: float, high: float, listed: np.ndarray | None) -> float:
    """Return the probability of what the other distribution does not allow."""
    return outside(law, low, high) if listed is None else unlisted(law, listed)


def _sought(
    measure: Measure,
    integrand: Integrand,
    p: AbstractFamily,
    q: AbstractFamily,
    peak: Peak | None,
    *,
    anywhere: bool,
) -> Found:
    """Find nodes for what cannot be listed."""
    if peak is None and measure in (CROSS_ENTROPY, KL):
        peak = outside_peak(Logs(p, q), p, q)
    if p.support.discrete:
        return _summed(integrand, p, q, peak)
    return _integrated(integrand, p, q, peak, anywhere=anywhere)


def _guess(
    measure: Measure, p: AbstractFamily, q: AbstractFamily, nodes: Nodes, logs: Logs, size: float
) -> float:
    """Return what a sum may be off by where densities were continued beyond floats."""
    x = nodes.origin + nodes.x
    guessed = [law._guessed(x) for law in (p, q)]
    there = guessed[0] | guessed[1]
    if not there.any():
        return 0.0
    nodes = nodes.only(there)
    log_p, log_q = logs(nodes)
    known = measure.term(np, log_p, log_q, nodes.log_weight)
    log_p, log_q = (
        log * (1.0 + _GUESS * own[there]) for log, own in zip((log_p, log_q), guessed, strict=True)
    )
    moved = measure.term(np, log_p, log_q, nodes.log_weight)
    gap = float(np.nansum(np.abs(moved - known)))
    return gap if gap <= _FEW * size else math.inf


def _missing(mass: np.ndarray, log: np.ndarray, alone: float) -> float:
    """Return what is missing of a probability, beside what rounding does to its logarithms."""
    finite = np.where(np.isfinite(log), np.abs(log), 0.0)
    blur = 2 * _EPS * float(np.abs(mass) @ (1.0 + finite))
    missed = abs(_total(mass) + alone - 1.0)
    return 0.0 if missed <= 64 * _EPS + blur < math.inf else missed


def _cost(share: float, log_p: np.ndarray, log_q: np.ndarray, mass: np.ndarray) -> float:
    """Return what a missing probability may add, if its logarithms are as large as those seen."""
    if share == 0.0:
        return 0.0
    seen = np.abs(mass) > _NOTHING
    sizes = [np.abs(log[seen & np.isfinite(log)]).max(initial=0.0) for log in (log_p, log_q)]
    return share * (1.0 + max(sizes) - math.log(min(share, 1.0)))


def _terms_of(measure: Measure, logs: Logs, nodes: Nodes) -> tuple[np.ndarray, float]:
    """Return the terms at nodes that are all there are, and what rounding does to their sum."""
    log_p, log_q = logs(nodes)
    terms = measure.term(np, log_p, log_q, nodes.log_weight)
    usual = ~np.isnan(terms) & ((log_q > -np.inf) | (not measure.strict))
    terms = np.where(usual, terms, 0.0)
    noise = measure.noise(terms, log_p, log_q, nodes.log_weight)
    return terms, float(2 * _EPS * np.where(usual, noise, 0.0).sum())


def _total(terms: np.ndarray) -> float:
    total = float(np.sum(terms))
    return math.fsum(terms) if math.isfinite(total) else total


def outside(law: AbstractFamily, low: float, high: float) -> float:
    """Return the probability of what is not between two numbers."""
    support = law.support
    below = low - (1.0 if support.discrete else 0.0)
    try:
        left = float(law._scipy().cdf(below)) if support.low < low else 0.0
        right = float(law._scipy().sf(high)) if support.high > high else 0.0
    except (AttributeError, NotImplementedError):  # a family of which only a density is known
        above = high + (1.0 if support.discrete else 0.0)
        ends = (float(support.low), below), (above, float(support.high))
        return sum(math.exp(remaining(law, a, b).log) for a, b in ends if a < b)
    return left + right


def _blur(nodes: Nodes, terms: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return what the rounding of x is to the terms, which `lost` mends at the ends."""
    level = np.log(np.abs(terms)) - nodes.log_weight
    step, rise = np.abs(np.diff(nodes.x)), np.abs(np.diff(level))
    there = (step > 1e-300) & (rise < np.inf)
    slope = np.where(there, rise, 0.0) / np.where(there, step, 1.0)
    slope = np.concatenate([slope, slope[..., -1:]], axis=-1)
    end = nodes.origin + nodes.anchor
    mended = (nodes.side != 0.0) & ((end == low) | (end == high))
    return np.where(mended, 0.0, np.abs(nodes.x) * slope)


def _rounded(
    measure: Measure,
    terms: np.ndarray,
    logs: Logs,
    nodes: Nodes,
    log_p: np.ndarray,
    log_q: np.ndarray,
) -> np.ndarray:
    """Return what rounding sums with the origins, and fits, do to the terms, by their slopes."""
    off_p, off_q = logs.rounded(nodes)
    total = np.zeros_like(terms)
    for off, a, b in ((off_p, _BUMP, 0.0), (off_q, 0.0, _BUMP)):
        moved = measure.term(np, log_p + a, log_q + b, nodes.log_weight)
        change = off * np.abs(moved - terms) / _BUMP
        total += np.where(change < np.inf, change, 0.0)
    return total


def _integrated(
    integrand: Integrand,
    p: AbstractFamily,
    q: AbstractFamily,
    peak: Peak | None,
    *,
    anywhere: bool,
) -> Found:
    ranges = ranges_of(p, q, anywhere)
    if peak is not None:
        ranges = [
            r._replace(cuts=(*r.cuts, *peak.cuts)) if r.origin == peak.origin else r for r in ranges
        ]
    return adapt(integrand, pieces_between(ranges), _tolerance(p, q), [])


def _tolerance(p: AbstractFamily, q: AbstractFamily) -> float:
    return max(_TOLERANCE, *(part._tolerance for law in (p, q) for part in law._parts()))


def _summed(integrand: Integrand, p: AbstractFamily, q: AbstractFamily, peak: Peak | None) -> Found:
    low, high, _ = common_support(p, q)
    marks, centre = marks_of(p, q, low, high)
    if peak is not None:
        marks = sorted({*marks, *(peak.origin + cut for cut in peak.cuts)})
    fixed, ranges = windows(low, high, centre, marks)
    found = adapt(integrand, pieces_between(ranges), _tolerance(p, q), fixed)
    return found._replace(nodes=found.nodes._replace(method="sum"))


def as_it_is(xp: Any, total: Any) -> Any:  # noqa: ARG001
    """Leave a sum as it is."""
    return total
