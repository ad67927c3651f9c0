"""The rules of last resort: what no family has a formula for is summed or integrated.

Nodes are found in NumPy, one law of a batch at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback._array import (
    Array,
    detached,
    has_gradient,
    is_numpy,
    is_traced,
    like,
    namespace,
    narrow,
    to_numpy,
)
from kullback.errors import KullbackError
from kullback.families._expectations import closed_cross_entropy, closed_entropy
from kullback.families._gradients import zero_with_gradient
from kullback.families._monte_carlo import mean_over_draws
from kullback.families._outcomes import on_integers
from kullback.families._solve import solve
from kullback.families.abstract import AbstractFamily, aligned
from kullback.measures.divergence import jensen_shannon_divergence, kl_divergence, shares
from kullback.measures.entropy import cross_entropy, entropy
from kullback.measures.f_divergence import (
    bhattacharyya_distance,
    chi_squared_divergence,
    f_divergence,
    hellinger_distance,
    total_variation_distance,
)
from kullback.measures.orders import (
    checked_order,
    renyi_divergence,
    renyi_entropy,
    tsallis_entropy,
)
from kullback.verbs import no_rule, rule

__all__ = ["answer"]

# Of a value, or of 1 if that is more: what is further off is refused.
_ALLOWED = 1e-6


def answer(verb: str, p: AbstractFamily, q: AbstractFamily, **options: Any) -> Array:
    """Answer for every law of a batch, in the caller's library."""
    if p.event_shape or q.event_shape:
        raise no_rule(verb, *((p,) if p is q else (p, q)))
    p, q = aligned(p, q)
    arrays = [*p.arrays, *q.arrays]
    xp = namespace(*arrays)
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    traced = is_traced(*map(detached, arrays))  # there are no numbers to find nodes for
    known = _from_expectations(verb, p.wide(), q.wide())
    if known is not None and (traced or not np.isnan(to_numpy(known)).any()):
        return narrow(xp.broadcast_to(known, shape), *arrays)
    if traced:
        raise KullbackError("ladder.traced")
    values, zeros = np.zeros(shape), []
    for index in np.ndindex(*shape):
        one, other = p.at(index, shape), q.at(index, shape)
        one, other = on_integers(one, other)
        number, trace = solve(verb, one.in_numpy(), other.in_numpy(), **options)
        value, error = number.value, number.error or 0.0
        if not error <= _ALLOWED * max(1.0, abs(value)):
            raise KullbackError(
                "ladder.error", verb=verb, value=f"{value:.6g}", error=f"{error:.1g}"
            )
        values[index] = value
        if has_gradient(*arrays):
            zeros.append(zero_with_gradient(trace, one.wide(), other.wide()))
    value = like(values, arrays[0])
    if zeros:
        value = value + xp.reshape(xp.stack(zeros), shape)
    return narrow(value, *arrays)


def _from_expectations(verb: str, p: AbstractFamily, q: AbstractFamily) -> Array | None:
    """Return what expectations give; not divergences, whose digits their difference may lose."""
    if verb == "entropy":
        return closed_entropy(p)
    if verb == "cross_entropy":
        return closed_cross_entropy(p, q)
    return None


# ---------------------------------------------------------------- rules


def _exact_or_drawn(
    verb: str, p: AbstractFamily, q: AbstractFamily, samples: int | None, rng: Any
) -> Any:
    if p.event_shape != q.event_shape:
        raise KullbackError("family.dimensions", p=p.event_shape, q=q.event_shape)
    if p.event_shape:
        if verb == "cross_entropy" and samples is None and rng is None:
            one, other = aligned(p, q)
            known = closed_cross_entropy(one.wide(), other.wide())
            if known is not None:
                return narrow(known, *one.arrays, *other.arrays)
        return mean_over_draws(verb, p, q, samples, rng)
    if samples is not None or rng is not None:
        raise KullbackError("ladder.exact", verb=verb)
    return answer(verb, p, q)


@rule(entropy, AbstractFamily)
def family_entropy(p: AbstractFamily, *, samples: int | None = None, rng: Any = None) -> Any:
    """Sum, integrate or draw."""
    return _exact_or_drawn("entropy", p, p, samples, rng)


@rule(cross_entropy, AbstractFamily, AbstractFamily)
def family_cross_entropy(
    p: AbstractFamily, q: AbstractFamily, *, samples: int | None = None, rng: Any = None
) -> Any:
    """Sum, integrate or draw."""
    return _exact_or_drawn("cross_entropy", p, q, samples, rng)


@rule(kl_divergence, AbstractFamily, AbstractFamily)
def family_kl_divergence(
    p: AbstractFamily, q: AbstractFamily, *, samples: int | None = None, rng: Any = None
) -> Any:
    """Sum, integrate or draw."""
    return _exact_or_drawn("kl_divergence", p, q, samples, rng)


@rule(renyi_divergence, AbstractFamily, AbstractFamily)
def family_renyi_divergence(p: AbstractFamily, q: AbstractFamily, *, order: float) -> Array:
    """Sum or integrate powers."""
    order = checked_order(order)
    return kl_divergence(p, q) if order == 1.0 else answer("renyi_divergence", p, q, order=order)


@rule(renyi_entropy, AbstractFamily)
def family_renyi_entropy(p: AbstractFamily, *, order: float) -> Array:
    """Sum or integrate powers; it may be negative, for a density."""
    order = checked_order(order)
    return entropy(p) if order == 1.0 else answer("renyi_entropy", p, p, order=order)


@rule(tsallis_entropy, AbstractFamily)
def family_tsallis_entropy(p: AbstractFamily, *, order: float) -> Array:
    """Take it from Rényi's."""
    order = checked_order(order)
    h = renyi_entropy(p, order=order)
    if order == 1.0:
        return h
    xp = namespace(h)
    if math.isinf(order):
        return xp.where(h < 0.0, -xp.inf, 0.0) + 0.0
    return xp.expm1((1.0 - order) * h) / (1.0 - order)


@rule(f_divergence, AbstractFamily, AbstractFamily)
def family_f_divergence(
    p: AbstractFamily,
    q: AbstractFamily,
    f: Callable[[Any], Any],
    *,
    value_at_zero: float | None = None,
    slope_at_infinity: float | None = None,
) -> Array:
    """Sum or integrate; f gets arrays of the laws' library."""
    anchor = next((x for x in (*p.arrays, *q.arrays) if not is_numpy(x)), None)

    def ours(t: Array) -> Array:
        return f(t) if anchor is None or not is_numpy(t) else to_numpy(f(like(t, anchor)))

    with np.errstate(all="ignore"):
        at_zero = float(ours(np.zeros(1))[0]) if value_at_zero is None else float(value_at_zero)
    slope = math.nan if slope_at_infinity is None else float(slope_at_infinity)
    return answer("f_divergence", p, q, f=ours, at_zero=at_zero, slope=slope)


@rule(bhattacharyya_distance, AbstractFamily, AbstractFamily)
def family_bhattacharyya(p: AbstractFamily, q: AbstractFamily) -> Array:
    """Take half of Rényi's divergence of order 1/2."""
    return 0.5 * renyi_divergence(p, q, order=0.5)


@rule(chi_squared_divergence, AbstractFamily, AbstractFamily)
def family_chi_squared(p: AbstractFamily, q: AbstractFamily) -> Array:
    """Take the exponential of Rényi's divergence of order 2."""
    d = renyi_divergence(p, q, order=2.0)
    return namespace(d).expm1(d)


@rule(hellinger_distance, AbstractFamily, AbstractFamily)
def family_hellinger(p: AbstractFamily, q: AbstractFamily) -> Array:
    """Sum or integrate."""
    return answer("hellinger_distance", p, q)


@rule(total_variation_distance, AbstractFamily, AbstractFamily)
def family_total_variation(p: AbstractFamily, q: AbstractFamily) -> Array:
    """Sum or integrate."""
    return answer("total_variation_distance", p, q)


@rule(jensen_shannon_divergence, AbstractFamily, AbstractFamily)
def family_jensen_shannon(
    p: AbstractFamily, q: AbstractFamily, *, weight: float = 0.5, skew: float | None = None
) -> Array:
    """Sum or integrate; with a skew of 1 it is a mean of KL divergences."""
    options = shares(weight, skew)
    if options["skew"] == 1.0:
        sides = ((weight, p, q), (1.0 - weight, q, p))
        parts = [share * kl_divergence(a, b) for share, a, b in sides if share]
        return sum(parts[1:], parts[0])
    if options["skew"] == 0.0 or (skew is None and weight in (0.0, 1.0)):  # each side is its own
        return 0.0 * answer("total_variation_distance", p, q)
    return answer("jensen_shannon_divergence", p, q, **options)
