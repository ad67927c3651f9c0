r"""Cross-entropies in closed form, where the laws' expectations and logarithms add up to them.

If :math:`\log q(x) = a_0 + \sum_k a_k t_k(x)` and the means of all :math:`t_k` under p are known,

.. math:: H(p, q) = -a_0 - \sum_k a_k\,E_p\,t_k
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, detached, has_gradient, is_traced, namespace
from kullback.families._trial import AbstractTrial, departure
from kullback.families.abstract import AbstractFamily
from kullback.families.composite import log_density_anywhere
from kullback.measures.divergence import kl_divergence
from kullback.measures.entropy import entropy
from kullback.verbs import rule_for

__all__ = ["closed_cross_entropy", "closed_entropy", "closed_kl", "has_closed_form"]

# By how much terms may be larger than their sum: seven bits are lost then.
_CANCELS = 128.0


def has_closed_form(verb: Any, *laws: AbstractFamily) -> bool:
    """Whether a family has registered a formula for a verb."""
    return getattr(rule_for(verb, *map(type, laws)), "method", "") == "closed form"


def closed_entropy(p: AbstractFamily) -> Array | None:
    """Return the entropy, if it has a closed form; p is wide."""
    if has_closed_form(entropy, p):
        return entropy(p)
    return _from_expectations(p, p)


def closed_cross_entropy(p: AbstractFamily, q: AbstractFamily) -> Array | None:
    """Return the cross-entropy, if it has a closed form; the laws are wide and in one library."""
    if has_closed_form(entropy, p) and has_closed_form(kl_divergence, p, q):
        return entropy(p) + kl_divergence(p, q) + _of_certainty(p, q)
    return _from_expectations(p, q)


def _of_certainty(p: AbstractFamily, q: AbstractFamily) -> Array | float:
    """Return 0 with the derivative by a certain outcome's probability, of which H is linear.

    Entropy and divergence have infinite ones, which cancel.
    """
    if not isinstance(p, AbstractTrial) or not has_gradient(*p.arrays):
        return 0.0
    xp = namespace(*p.arrays, *q.arrays)
    sure, beside, times = p._nearly_certain(xp)
    gap = log_density_anywhere(xp, q, sure) - log_density_anywhere(xp, q, beside)
    gap = detached(gap)
    known = (p.support.low == p.support.high) & (xp.abs(gap) < math.inf)
    return xp.where(known, times * departure(xp, p._trial) * xp.where(known, gap, 0.0), 0.0)


def closed_kl(p: AbstractFamily, q: AbstractFamily) -> Array | None:
    """Return cross-entropy less entropy, if both have closed forms; as `closed_cross_entropy`.

    NaN where the two cancel too far, and where cancelling leaves less than nothing, 0 with the
    gradient of the difference.
    """
    across, own = closed_cross_entropy(p, q), closed_entropy(p)
    if across is None or own is None:
        return None
    xp = namespace(across, own)
    infinite = across == math.inf
    across, own = xp.where(infinite, 0.0, across), xp.where(infinite, 0.0, own)
    value = across - own
    value = xp.where(value < 0.0, value - detached(value), value)
    lost = xp.abs(own) > _CANCELS * (1.0 + xp.abs(value))
    return xp.where(infinite, math.inf, xp.where(lost, math.nan, value))


def _from_expectations(p: AbstractFamily, q: AbstractFamily) -> Array | None:
    if p.support.discrete != q.support.discrete:
        return None
    if (
        p.support.discrete
        and not (p is q or is_traced(*p.arrays, *q.arrays))
        and not (p._whole and q._whole)
    ):
        return None  # outcomes that lie beside each other are compared one by one
    xp = namespace(*p.arrays, *q.arrays)
    with np.errstate(all="ignore"):
        found = q._log_density_terms(xp)
        if found is None:
            return None
        constant, terms = found
        value = 0.0 - constant
        size = xp.abs(constant)
        for statistic, coefficient in terms.items():
            mean = p._expectation(xp, statistic)
            if mean is None:
                return None
            counts = coefficient != 0.0  # nothing times an infinite mean is nothing
            part = xp.where(counts, coefficient * xp.where(counts, mean, 0.0), 0.0)
            value, size = value - part, size + xp.abs(part)
        # What cancels, as far from 0 the moments of a narrow law do, is better summed.
        lost = (size < math.inf) & (size > _CANCELS * (1.0 + xp.abs(value)))
        if is_traced(value):  # a mean that does not exist: -log q is bounded below, hence infinite
            value = xp.where(xp.isnan(value), math.inf, value)
        value = xp.where(lost, math.nan, value)
        here, there = p.support, q.support
        inside = (here.low >= there.low) & (here.high <= there.high)
        return xp.where(inside, value, math.inf)
