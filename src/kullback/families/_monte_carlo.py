"""Measures of laws of several dimensions that have no closed form: means over draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback._array import Array, detached, namespace, to_numpy
from kullback._kernels.generic import exp_remainder
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.families.abstract import AbstractFamily
from kullback.measures.entropy import one_model
from kullback.units import NATS

__all__ = ["mean_over_draws"]


def mean_over_draws(
    verb: str, p: AbstractFamily, q: AbstractFamily, samples: int | None, rng: Any
) -> Estimate:
    """Average a measure's term over draws of p.

    The gradient with respect to p, from which the draws come, is that of its score.
    """
    if samples is None:
        kinds = ", ".join(law._title for law in ((p,) if p is q else (p, q)))
        raise KullbackError("ladder.samples", verb=verb, kinds=kinds)
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 2:
        raise KullbackError("ladder.draws", got=repr(samples))
    one_model(p.batch_shape, p.batch_shape)
    one_model(q.batch_shape, q.batch_shape)
    x = p.sample(samples, rng=rng)
    log_p = p.wide().log_prob(x)
    xp = namespace(log_p)
    share = xp.exp(log_p - detached(log_p))  # 1, with the gradient of the score
    if verb == "entropy":
        return _mean(0.0 - share * log_p, "Monte Carlo")
    log_q = q.wide().log_prob(x)
    apart = {_counted(p), _counted(q)} == {True, False}
    possible = (log_q > -xp.inf) & (not apart)
    d = xp.where(possible, log_q, 0.0)
    if verb == "cross_entropy":
        return _mean(xp.where(possible, 0.0 - share * d, xp.inf), "Monte Carlo")
    plain = xp.where(possible, share * (log_p - d), xp.inf)
    # The mean of q/p - 1 is 0: added to every term, it leaves none that is negative.
    steady = share * exp_remainder(xp, d - log_p)
    usual = _one_support(p, q) and bool(xp.all(possible))
    if usual and bool(_std_error(steady) < _std_error(plain)):
        return _mean(steady, "Monte Carlo with a control variate")
    return _mean(plain, "Monte Carlo")


def _counted(law: AbstractFamily) -> bool | None:
    """Whether a law has masses and no density; None if it has both, in different coordinates."""
    inner = getattr(law, "factors", None) or getattr(law, "components", None)
    if inner is None and isinstance(getattr(law, "law", None), AbstractFamily):
        inner = (law.law,)  # type: ignore[attr-defined]
    if not inner:
        return bool(law.support.discrete)
    kinds = {_counted(part) for part in inner}
    return kinds.pop() if len(kinds) == 1 else None


def _one_support(p: AbstractFamily, q: AbstractFamily) -> bool:
    """Whether two laws surely fall in one place: else the mean of q/p is less than 1."""
    if type(p) is not type(q) or p._title != q._title:
        return False
    pairs = zip(p.support[:2], q.support[:2], strict=True)
    return all(np.array_equal(to_numpy(a), to_numpy(b)) for a, b in pairs)


def _mean(terms: Array, method: str) -> Estimate:
    mean, n = namespace(terms).mean(terms), terms.shape[0]
    if float(to_numpy(mean)) == math.inf:
        return Estimate(mean, None, NATS, n, method, ("q holds impossible what was drawn",))
    return Estimate(mean, _std_error(terms), NATS, n, method)


def _std_error(terms: Array) -> Array:
    xp, n = namespace(terms), terms.shape[0]
    spread = detached(terms) - xp.mean(detached(terms))
    return xp.sqrt(xp.sum(spread * spread) / (n - 1) / n)
