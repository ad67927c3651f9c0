"""Tables of probabilities against laws on the integers; outcomes are the numbers 0 to K - 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import (
    Array,
    detached,
    is_numpy,
    is_traced,
    like,
    namespace,
    narrow,
    widen,
)
from kullback._kernels import generic
from kullback.families.abstract import AbstractFamily
from kullback.kinds import AbstractFinite
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import cross_entropy
from kullback.verbs import no_rule, rule

__all__ = ["log_masses"]


def log_masses(law: AbstractFamily, table: Array) -> tuple[Array, Array]:
    """Return a table and the logarithms of a law's masses of its outcomes, both wide."""
    if is_numpy(*law.arrays) and not is_numpy(table):
        law = law.map(lambda x: like(x, table))
    anchor = next((x for x in law.arrays if not is_numpy(x)), table)
    xp, axes = namespace(anchor), len(law.batch_shape)
    outcomes = like(np.arange(float(table.shape[-1])), anchor)
    logs = law.wide().log_prob(xp.reshape(outcomes, (-1, *(1,) * axes)))
    return widen(like(table, anchor)), xp.permute_dims(logs, (*range(1, axes + 1), 0))


def _narrowed(value: Array, *inputs: Array) -> Array:
    """Narrow a value; constants of NumPy beside another library have no say in it."""
    return narrow(value, *(x for x in inputs if is_numpy(x) == is_numpy(value)))


def _refuse_vectors(verb: str, p: Any, q: Any) -> None:
    if getattr(p, "event_shape", ()) or getattr(q, "event_shape", ()):
        raise no_rule(verb, p, q)


@rule(cross_entropy, AbstractFinite, AbstractFamily)
def finite_against_family(p: AbstractFinite, q: AbstractFamily) -> Array:
    """Sum over the table; a density gives no outcome any probability."""
    _refuse_vectors("cross_entropy", p, q)
    probs, log_q = log_masses(q, p.wide_probs())
    if not q.support.discrete:
        log_q = namespace(log_q).full_like(log_q, -math.inf)
    value = generic.cross_entropy(namespace(probs), probs, log_q)
    return _narrowed(value, p.values, *q.arrays)


@rule(kl_divergence, AbstractFinite, AbstractFamily)
def family_from_finite(p: AbstractFinite, q: AbstractFamily) -> Array:
    """Sum over the table, and add what q gives to the numbers beyond it."""
    _refuse_vectors("kl_divergence", p, q)
    log_p, log_q = log_masses(q, p.wide_log_probs())
    xp = namespace(log_p, log_q)
    if not q.support.discrete:
        log_q = xp.full_like(log_q, -math.inf)
    value = generic.kl_from_log_probs(xp, log_p, log_q)
    if q.support.discrete:
        value = value + _beyond(xp, q, log_p.shape[-1], xp.sum(xp.exp(log_q), axis=-1))
    return _narrowed(value, p.values, *q.arrays)


def _beyond(xp: Any, q: AbstractFamily, size: int, inside: Array) -> Array:
    """Return the probability of the integers that a table does not have."""
    if is_traced(detached(inside)):
        return 1.0 - inside
    law = q.in_numpy()._scipy()
    outside = like(np.asarray(law.cdf(-1.0) + law.sf(size - 1.0), dtype=np.float64), inside)
    return xp.astype(outside, inside.dtype) - (inside - detached(inside))


@rule(cross_entropy, AbstractFamily, AbstractFinite)
def family_against_finite(p: AbstractFamily, q: AbstractFinite) -> Array:
    """Sum over the table, if it has all that p allows."""
    _refuse_vectors("cross_entropy", p, q)
    log_q, log_p = log_masses(p, q.wide_log_probs())
    xp = namespace(log_p, log_q)
    value = generic.cross_entropy(xp, xp.exp(log_p), log_q)
    return _narrowed(_within(xp, p, log_q.shape[-1], value), q.values, *p.arrays)


@rule(kl_divergence, AbstractFamily, AbstractFinite)
def finite_from_family(p: AbstractFamily, q: AbstractFinite) -> Array:
    """Sum over the table, if it has all that p allows."""
    _refuse_vectors("kl_divergence", p, q)
    log_q, log_p = log_masses(p, q.wide_log_probs())
    xp = namespace(log_p, log_q)
    value = generic.kl_from_log_probs(xp, log_p, log_q)
    return _narrowed(_within(xp, p, log_q.shape[-1], value), q.values, *p.arrays)


def _within(xp: Any, p: AbstractFamily, size: int, value: Array) -> Array:
    """Return infinity where p allows what a table does not have, as every density does."""
    support = p.support
    if not support.discrete or not (is_traced(*p.arrays) or p._whole):
        return xp.full_like(value, math.inf)
    return xp.where((support.low >= 0) & (support.high <= size - 1), value, math.inf)
