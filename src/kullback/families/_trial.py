r"""A trial with two outcomes, given by a probability or by log-odds, and what two trials differ by.

With :math:`z = \log(p/(1 - p))` both outcomes have all their digits however unlikely one is:
:math:`p = 1/(1 + e^{-z})`, :math:`-\log p = \log(1 + e^{-z})`, and the same of -z for failure. Of
two trials whose log-odds are h apart

.. math:: \log\frac{p'}{p} = -\log(1 + (1 - p)(e^{-h} - 1)), \qquad
   \log\frac{1 - p'}{1 - p} = -\log(1 + p\,(e^{h} - 1))

in which nothing cancels; a divergence adds up :math:`p\,\psi(d)` of them, with
:math:`\psi(d) = e^d - 1 - d`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from kullback._array import Array, namespace, safe_log
from kullback._kernels import powers
from kullback._kernels.generic import excess, exp_remainder
from kullback.families._ratios import log_ratio, order_gap
from kullback.families.abstract import AbstractFamily

__all__ = [
    "AbstractTrial",
    "Trial",
    "departure",
    "deviations",
    "held",
    "log_complement",
    "log_odds_of",
    "trial_entropy",
    "trial_kl",
    "trial_of",
    "trial_renyi",
    "waiting_entropy",
    "waiting_kl",
    "waiting_renyi",
]

# Below these log-odds failures before a success are an exponential time, to the last digit.
_RARE = -40.0


class Trial(NamedTuple):
    """Both outcomes of a trial; -inf is the logarithm of one that is impossible."""

    success: Array
    failure: Array
    log_success: Array
    log_failure: Array
    log_odds: Array | None  # where they were given

    def log_mass(self, xp: Any, succeeds: Array) -> Array:
        """Return the logarithm of success or failure."""
        if self.log_odds is None:
            log_p = safe_log(xp, xp.where(succeeds, self.success, 1.0))
            return log_p + log_complement(xp, xp.where(succeeds, 0.0, self.success))
        return 0.0 - _softplus(xp, xp.where(succeeds, -self.log_odds, self.log_odds))

    def failures(self, xp: Any) -> Array:
        """Return how many failures there are to one success."""
        if self.log_odds is None:
            return self.failure / self.success
        return _exp(xp, -self.log_odds)


class AbstractTrial(AbstractFamily):
    """A law made of trials that are all alike, given by one form of how likely success is."""

    __slots__ = ()

    _probability: Array | None
    _log_odds: Array | None

    @property
    def probability(self) -> Array:
        """That of success, also where log-odds were given."""
        if self._probability is not None:
            return self._probability
        return self.narrow(self.wide()._trial.success)

    @property
    def log_odds(self) -> Array:
        """log(p/(1 - p)), also where the probability was given; -inf for 0 and inf for 1."""
        if self._log_odds is not None:
            return self._log_odds
        law = self.wide()
        return self.narrow(log_odds_of(namespace(*law.arrays), law._trial))

    @property
    def _trial(self) -> Trial:
        return trial_of(self._probability, self._log_odds)

    def _nearly_certain(self, xp: Any) -> tuple[Array, Array, Array | float]:
        """Return the one outcome where there is only one, and the next to become possible.

        Third is how many times that of a trial its probability grows: any of them may differ.
        """
        low = self.support.low
        down = (self._trial.log_failure == -math.inf) & (low > 0.0)
        times = getattr(self, "trials", getattr(self, "successes", 1.0))
        return low, xp.where(down, low - 1.0, low + 1.0), times


def trial_of(probability: Any, log_odds: Any) -> Trial:
    """Return the trial of one of them."""
    if log_odds is None:
        p = probability
        xp = namespace(p)
        return Trial(p, 1.0 - p, safe_log(xp, p), log_complement(xp, p), None)
    z = log_odds
    xp = namespace(z)
    positive = z > 0.0
    rare = xp.exp(xp.where(positive, -z, z))
    most = 1.0 / (1.0 + rare)
    less, more = rare * most, most
    return Trial(
        xp.where(positive, more, less),
        xp.where(positive, less, more),
        0.0 - _softplus(xp, -z),
        0.0 - _softplus(xp, z),
        z,
    )


def departure(xp: Any, trial: Trial) -> Array:
    """Return 0 with the gradient of how likely the outcome becomes that is impossible.

    Where none is, and of log-odds, it has no gradient.
    """
    p = trial.success
    if trial.log_odds is not None:
        return xp.zeros_like(p)
    return xp.where(p == 0.0, p, xp.where(p == 1.0, trial.failure, 0.0))


def held(xp: Any, trial: Trial) -> Trial:
    """Return a trial of which certainty is a constant: its slopes are added by themselves."""
    p = trial.success
    if trial.log_odds is not None:
        return trial
    return trial_of(xp.where(p == 0.0, 0.0, xp.where(p == 1.0, 1.0, p)), None)


def _alike(p: Trial, q: Trial) -> Array:
    """Whether the same outcome of both is impossible."""
    nothing = -math.inf
    return ((p.log_success == nothing) & (q.log_success == nothing)) | (
        (p.log_failure == nothing) & (q.log_failure == nothing)
    )


def _kl_slope(xp: Any, p: Trial, q: Trial) -> Array:
    """Return 0 with the one-sided derivatives of a divergence at certainty, where finite."""
    return xp.where(_alike(p, q), departure(xp, q), 0.0)


def _renyi_slope(xp: Any, p: Trial, q: Trial, order: float) -> Array:
    """Return the same of an order."""
    alike = _alike(p, q)
    own = order / (1.0 - order) if math.isfinite(order) else -1.0
    possible = (q.log_success > -math.inf) & (q.log_failure > -math.inf)
    finite = alike if order < 1.0 else possible
    more = xp.where(finite, own * departure(xp, p), 0.0)
    return more + _kl_slope(xp, p, q)


def _softplus(xp: Any, z: Array) -> Array:
    """Return log(1 + exp(z)); of infinity too, with a finite gradient."""
    positive = z > 0.0
    return xp.where(positive, z, 0.0) + xp.log1p(xp.exp(xp.where(positive, -z, z)))


def _exp(xp: Any, x: Array) -> Array:
    """Return exp(x), and infinity without a gradient where that leaves the range."""
    inside = x <= math.log(float(xp.finfo(x.dtype).max))
    return xp.where(inside, xp.exp(xp.where(inside, x, 0.0)), xp.inf)


def log_complement(xp: Any, p: Array) -> Array:
    """Return log(1 - p), and -inf with gradient 0 where p is 1."""
    certain = p == 1.0
    return xp.where(certain, -xp.inf, xp.log1p(-xp.where(certain, 0.0, p)))


def log_odds_of(xp: Any, trial: Trial) -> Array:
    """Return the log-odds, whichever form was given."""
    if trial.log_odds is not None:
        return trial.log_odds
    p = trial.success
    even = (p > 0.25) & (p < 0.75)  # where the logarithms nearly cancel
    middle = xp.where(even, p, 0.5)
    near = xp.log1p((2.0 * middle - 1.0) / (1.0 - middle))
    return xp.where(even, near, trial.log_success - trial.log_failure)


def deviations(
    xp: Any, trial: Trial, successes: Array, failures: Array, trials: Array, gap: Array
) -> Array:
    """Return the sum of a log(a/b) - a + b of both counts and what is expected of so many trials.

    What is expected of the successes less these is given as exactly as it is known.
    """
    return _deviation(xp, trial, successes, trials, trial.success, trial.log_success, gap) + (
        _deviation(xp, trial, failures, trials, trial.failure, trial.log_failure, -gap)
    )


def _deviation(
    xp: Any, trial: Trial, count: Array, trials: Array, p: Array, log_p: Array, gap: Array
) -> Array:
    expected = trials * p
    if trial.log_odds is None:
        return excess(xp, count + 0.0 * expected, expected, gap)
    # What is expected may be below all floats, where its logarithm is not.
    log_share = xp.log(xp.where(count > 0.0, count, 1.0) / xp.where(count > 0.0, trials, 1.0))
    far = (count > 0.0) & (log_p < log_share - 30.0)
    apart = xp.where(far, count, 1.0) * (log_share - log_p - 1.0) + expected
    count, expected = (xp.where(far, 1.0, x + 0.0 * expected) for x in (count, expected))
    return xp.where(far, apart, excess(xp, count, expected, xp.where(far, 0.0, gap)))


# ---------------------------------------------------------------- one trial


def trial_entropy(xp: Any, t: Trial) -> Array:
    """Return -p log p - (1 - p) log(1 - p)."""
    t = held(xp, t)
    p = t.success
    if t.log_odds is None:
        some, most = xp.where(p == 0.0, 1.0, p), xp.where(p == 1.0, 0.0, p)
        return 0.0 - some * xp.log(some) - (1.0 - most) * xp.log1p(-most)
    return _surprise(xp, p, t.log_success) + _surprise(xp, t.failure, t.log_failure)


def _surprise(xp: Any, p: Array, log_p: Array) -> Array:
    return 0.0 - p * xp.where(log_p == -xp.inf, 0.0, log_p)


def _differences(xp: Any, p: Trial, q: Trial, gap: Array | None) -> tuple[Array, Array]:
    """Return log q/p of success and of failure, given their log-odds' gap if it is known.

    Each is 0 where one of the two is impossible.
    """
    a, b = log_odds_of(xp, p), log_odds_of(xp, q)
    finite = (xp.abs(a) < xp.inf) & (xp.abs(b) < xp.inf)
    h = xp.where(finite, b, 0.0) - xp.where(finite, a, 0.0) if gap is None else gap
    near = finite & (xp.abs(h) <= 1.0)
    h = xp.where(near, h, 0.0)
    close = (-xp.log1p(p.failure * xp.expm1(-h)), -xp.log1p(p.success * xp.expm1(h)))
    logs = ((p.log_success, q.log_success), (p.log_failure, q.log_failure))
    values = []
    for exact, (log_p, log_q) in zip(close, logs, strict=True):
        both = ~near & (log_p != -xp.inf) & (log_q != -xp.inf)
        values.append(
            xp.where(near, exact, xp.where(both, log_q, 0.0) - xp.where(both, log_p, 0.0))
        )
    return values[0], values[1]


def trial_kl(xp: Any, p: Trial, q: Trial, gap: Array | None = None) -> Array:
    """Return the sum of a log(a/b) - a + b over both outcomes, which is never negative."""
    return _trial_kl(xp, held(xp, p), held(xp, q), gap) + _kl_slope(xp, p, q)


def _trial_kl(xp: Any, p: Trial, q: Trial, gap: Array | None = None) -> Array:
    if p.log_odds is None and q.log_odds is None:
        a, b = p.success, q.success
        return excess(xp, a, b, b - a) + excess(xp, 1.0 - a, 1.0 - b, a - b)
    up, down = _differences(xp, p, q, gap)
    return _term(xp, p.success, q.success, up, p.log_success, q.log_success) + _term(
        xp, p.failure, q.failure, down, p.log_failure, q.log_failure
    )


def _term(xp: Any, p: Array, q: Array, d: Array, log_p: Array, log_q: Array) -> Array:
    """Return p log(p/q) - p + q of one outcome, given log q/p."""
    far = d > 1.0  # where exp(d) may leave the range
    value = xp.where(far, q - p - p * d, p * exp_remainder(xp, xp.where(far, 0.0, d)))
    impossible = log_p == -xp.inf
    return xp.where(impossible, q, xp.where(log_q == -xp.inf, xp.inf, value))


def trial_renyi(xp: Any, p: Trial, q: Trial, order: float, gap: Array | None = None) -> Array:
    """Sum powers over both outcomes."""
    if order == 1.0:
        return trial_kl(xp, p, q, gap)
    return _trial_renyi(xp, held(xp, p), held(xp, q), order, gap) + _renyi_slope(xp, p, q, order)


def _trial_renyi(xp: Any, p: Trial, q: Trial, order: float, gap: Array | None = None) -> Array:
    return powers.renyi_divergence(xp, _pair(xp, p, q, gap), order)


def _pair(xp: Any, p: Trial, q: Trial, gap: Array | None) -> powers.Pair:
    """Return failure and success, side by side."""
    if p.log_odds is None and q.log_odds is None:
        a, b = xp.broadcast_arrays(p.success, q.success)
        rows = (xp.stack([1.0 - x, x], axis=-1) for x in (a, b))
        return powers.Pair(*rows, gap=xp.stack([a - b, b - a], axis=-1))
    up, down = _differences(xp, p, q, gap)
    columns = xp.broadcast_arrays(*p[:4], *q[:4], up, down)
    success, failure, log_success, log_failure = columns[:4]
    other, other_failure, log_other, log_other_failure = columns[4:8]
    return powers.pair_from_logs(
        xp,
        xp.stack([failure, success], axis=-1),
        xp.stack([other_failure, other], axis=-1),
        xp.stack([log_failure, log_success], axis=-1),
        xp.stack([log_other_failure, log_other], axis=-1),
        xp.stack([columns[9], columns[8]], axis=-1),
    )


# ---------------------------------------------------------------- failures before a success


def waiting_entropy(xp: Any, t: Trial) -> Array:
    """Return the entropy of one trial times 1/p, how many there are in the mean."""
    t = held(xp, t)
    if t.log_odds is None:
        return trial_entropy(xp, t) / t.success
    usual = t.log_odds > _RARE
    odds = xp.exp(-xp.where(usual, t.log_odds, 0.0))
    fails = t.log_failure > -xp.inf
    surprise = xp.where(usual, -xp.where(fails, t.log_failure, 0.0), 1.0)
    return (0.0 - t.log_success) + xp.where(usual, odds, 1.0) * surprise


def waiting_kl(xp: Any, p: Trial, q: Trial, gap: Array | None = None) -> Array:
    """Return the divergence of one trial times 1/p, how many there are in the mean."""
    return _waiting_kl(xp, held(xp, p), held(xp, q), gap) + _kl_slope(xp, p, q)


def _waiting_kl(xp: Any, p: Trial, q: Trial, gap: Array | None = None) -> Array:
    if p.log_odds is None and q.log_odds is None:
        return trial_kl(xp, p, q) / p.success
    up, down = _differences(xp, p, q, gap)
    far = down > 1.0  # where success is likely
    curved = exp_remainder(xp, xp.where(far, 0.0, down))
    z = log_odds_of(xp, p)
    # p may be below all floats, where the quotient is not.
    deep = z < -0.9 * math.log(float(xp.finfo(z.dtype).max))
    plain = xp.exp(-xp.where(deep, 0.0, z)) * xp.where(deep, 0.0, curved)
    likely = xp.where(far, p.success, 1.0)
    plain = xp.where(far, (q.failure - p.failure - p.failure * down) / likely, plain)
    seen = deep & (down < 0.0)
    small = seen & (down > -1e-4)
    d = xp.where(seen, down, -1.0)
    curve = xp.where(small, 0.5 + d / 6.0, curved / xp.where(small, 1.0, d * d))
    log_size = xp.log(xp.where(seen, curve, 1.0)) + 2.0 * xp.log(-d) - xp.where(seen, z, 0.0)
    failing = xp.where(deep, xp.where(seen, _exp(xp, log_size), 0.0), plain)
    failing = xp.where(p.log_failure == -xp.inf, q.failure, failing)
    missing = (q.log_failure == -xp.inf) & (p.log_failure != -xp.inf)
    large = up > 1.0
    little = exp_remainder(xp, xp.where(large, 0.0, up))
    succeeding = xp.where(large, _exp(xp, up) - 1.0 - up, little)
    return xp.where(missing, xp.inf, succeeding + failing)


def waiting_renyi(xp: Any, p: Trial, q: Trial, order: float, gap: Array | None = None) -> Array:
    r"""Sum a geometric series.

    With the sums of powers :math:`s = p^\alpha q^\beta` over success and
    :math:`f = (1 - p)^\alpha (1 - q)^\beta` over failure, :math:`\beta = 1 - \alpha`, it is
    :math:`-\log(s/(1 - f))/\beta`. Where p is near q both fractions are known by what s + f, of
    a single trial, lacks to 1.
    """
    if order == 1.0:
        return waiting_kl(xp, p, q, gap)
    return _waiting_renyi(xp, held(xp, p), held(xp, q), order, gap) + _renyi_slope(xp, p, q, order)


def _waiting_renyi(xp: Any, p: Trial, q: Trial, order: float, gap: Array | None = None) -> Array:
    plain = p.log_odds is None and q.log_odds is None
    up = _differences(xp, p, q, gap)[0]
    if math.isinf(order):
        a, b = p.success, q.success
        fewer = a < b if plain else up > 0.0
        largest = log_ratio(xp, xp.maximum(a, b), b) if plain else 0.0 - up
        return xp.where(fewer, xp.inf, largest)
    rest = 1.0 - order
    log_s = order * p.log_success + rest * q.log_success
    trial = rest * trial_renyi(xp, p, q, order, gap)
    room = 0.9 * math.log(float(xp.finfo(log_s.dtype).max))
    near = (xp.abs(trial) <= 0.5) & (log_s > -room)
    more = -xp.expm1(-xp.where(near, trial, 0.0)) * xp.exp(-xp.where(near, log_s, 0.0))
    close = xp.log1p(xp.where(more > -1.0, more, 0.0)) / rest

    sure, other_sure = p.log_failure == -xp.inf, q.log_failure == -xp.inf
    certain = sure | other_sure
    log_fa = xp.where(certain, 0.0, p.log_failure)
    log_fb = xp.where(certain, 0.0, q.log_failure)
    log_f = order * log_fa + rest * log_fb
    falls = ~near & ~certain & (log_f < 0.0)
    log_left = xp.log(-xp.expm1(xp.where(falls, log_f, -xp.inf)))
    apart = (log_left - log_s) / rest
    finite = xp.where(near, more > -1.0, falls | sure | (certain & (order < 1.0)))
    value = xp.where(finite, xp.where(near, close, apart), xp.inf)
    if plain:
        return value
    a, b = log_odds_of(xp, p), log_odds_of(xp, q)
    rare = (a < _RARE) & (b < _RARE)
    h = xp.where(rare, up, 0.0)
    times = order_gap(xp, xp.ones_like(h), xp.exp(h), xp.expm1(h), order)
    return xp.where(rare, times, value)
