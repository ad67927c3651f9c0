"""The permutation null of two samples, drawn exactly from the margins of their fingerprint.

Under the hypothesis that both samples come from one law, every way to say which of the
``n_old + n_new`` rows are OLD is equally likely. An outcome seen ``m`` times in all then has a
multivariate hypergeometric share of the OLD rows, and a statistic that is a sum over outcomes
needs no more than how many outcomes of each total ``m`` received each share.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.errors import KullbackError

__all__ = ["permutation_sums"]

Array = np.ndarray[Any, Any]
Terms = Callable[[Array, Array], Array]

# numpy's sampler takes fewer than 1e9 rows of either kind.
_NUMPY_ROWS = 10**9
# Outcomes drawn before their terms are added: bounds the memory of a class.
_BLOCK = 256


def permutation_sums(
    totals: Array, counts: Array, n_old: int, terms: Terms, *, draws: int, seed: int = 0
) -> Array:
    r"""Return additive statistics of `draws` independent relabellings of the pooled rows.

    A draw splits the outcomes into classes of equal total and, class by class, takes their OLD
    rows from the rows that are left, which is the chain rule of

    .. math:: P(a_1, a_2, \dots) = \prod_i \binom{m_i}{a_i} \Big/ \binom{N}{n_{old}} .

    A class of ``c`` outcomes of total ``m`` costs ``min(c, m (m + 1) / 2)`` vectors of
    hypergeometric variates, whichever is less: outcome by outcome or slot by slot.

    Parameters
    ----------
    totals : ndarray of int, shape (classes,)
        Rows per outcome, both samples together; at least 1, repetitions allowed.
    counts : ndarray of int, shape (classes,)
        How many outcomes have this total.
    n_old : int
        Rows of the OLD sample.
    terms : callable (a, b) -> ndarray, shape (statistics, len(a))
        What an outcome with ``a`` OLD and ``b`` NEW rows adds to each statistic.
    draws : int
        Number of relabellings.
    seed : int
        Seed of the random numbers; the same seed gives the same bits.

    Returns
    -------
    ndarray, shape (statistics, draws)
        The sum of `terms` over all outcomes, for each relabelling.

    Raises
    ------
    KullbackError
        ``permutation.draws``: fewer than one draw was asked for.
    """
    if draws < 1:
        raise KullbackError("permutation.draws", got=draws)
    sizes, where = np.unique(np.asarray(totals, np.int64), return_inverse=True)
    members = np.zeros(len(sizes), np.int64)
    np.add.at(members, where, np.asarray(counts, np.int64))
    pool = _Pool(n_old, int(sizes @ members) - n_old, draws, seed)
    sums = 0.0
    # Large totals first: they meet the full pool, and the smallest ones take what is left.
    for m, c in zip(sizes[::-1].tolist(), members[::-1].tolist(), strict=True):
        split = _by_slot if m * (m + 1) // 2 < c else _by_outcome
        sums = sums + split(pool, m, c, terms)
    return np.asarray(sums)


class _Pool:
    """The rows that are left to hand out, in each of the draws."""

    def __init__(self, n_old: int, n_new: int, draws: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._old = np.full(draws, n_old, np.int64)
        self._new = np.full(draws, n_new, np.int64)
        self.shape = (draws,)

    def take(self, rows: Array | int) -> Array:
        """Take `rows` rows without replacement; return how many of them are OLD, per draw."""
        if max(int(self._old.max()), int(self._new.max())) < _NUMPY_ROWS:
            taken = self._rng.hypergeometric(self._old, self._new, rows)
        else:
            sample = np.broadcast_to(rows, self._old.shape)
            taken = _large_hypergeometric(self._rng, self._old, self._new, sample)
        self._old -= taken
        self._new -= rows - taken
        return taken


def _by_outcome(pool: _Pool, m: int, c: int, terms: Terms) -> Array:
    """Sum the terms of `c` outcomes of total `m`, one outcome at a time."""
    sums = 0.0
    for start in range(0, c, _BLOCK):
        shares = np.stack([pool.take(m) for _ in range(min(_BLOCK, c - start))])
        low, high = int(shares.min()), int(shares.max())
        # One table serves the block, unless it would be longer than the block itself.
        short = high - low < shares.size
        a = np.arange(low, high + 1) if short else shares.ravel()
        at = shares - low if short else np.arange(a.size).reshape(shares.shape)
        table = terms(a, m - a)
        sums = sums + sum(table[:, row] for row in at)
    return np.asarray(sums)


def _by_slot(pool: _Pool, m: int, c: int, terms: Terms) -> Array:
    """Sum the terms of `c` outcomes of total `m`, filling one slot of every outcome at a time.

    ``having[j]`` outcomes have ``j`` OLD rows in the slots filled so far. The next slot of those
    outcomes is a sample without replacement from the rows left, so how many of them gain an OLD
    row is hypergeometric: the cost does not depend on `c`.
    """
    having = np.zeros((m + 1, *pool.shape), np.int64)
    having[0] = c
    for slot in range(m):
        for j in range(slot, -1, -1):
            gain = pool.take(having[j])
            having[j + 1] += gain
            having[j] -= gain
    a = np.arange(m + 1)
    table = terms(a, m - a)
    return np.asarray(sum(table[:, j, None] * having[j] for j in range(m + 1)))


def _large_hypergeometric(
    rng: np.random.Generator, good: Array, bad: Array, sample: Array
) -> Array:
    r"""Draw how many of `sample` rows are good, from more rows than numpy takes.

    With ``X ~ Bin(k, p)`` and ``Y ~ Bin(N - k, p)``, independent, ``X`` given
    ``X + Y = good`` is hypergeometric whatever ``p``. So ``X`` is accepted with probability
    :math:`P(Y = good - X) / \max_y P(Y = y)`, which at ``p = good / N`` and ``k <= N / 2``
    is about :math:`\sqrt{1 - k / N} \geq 0.7` on average.
    """
    rows = good + bad
    flip = 2 * sample > rows
    k = np.where(flip, rows - sample, sample)
    p = good / rows
    drawn = np.full(good.shape, -1, np.int64)
    mode = np.minimum(((rows - k + 1) * p).astype(np.int64), rows - k)
    best = _log_binomial(mode, rows - k, p)
    todo = np.arange(len(good))
    while todo.size:
        x = rng.binomial(k[todo], p[todo])
        rest = (rows - k)[todo]
        y = good[todo] - x
        fits = (y >= 0) & (y <= rest)
        log_p = _log_binomial(np.where(fits, y, 0), rest, p[todo])
        accept = fits & (np.log1p(-rng.random(todo.size)) <= log_p - best[todo])
        drawn[todo[accept]] = x[accept]
        todo = todo[~accept]
    return np.where(flip, good - drawn, drawn)


def _log_binomial(y: Array, n: Array, p: Array) -> Array:
    """Return the log of the binomial probability; 0 log 0 is 0."""
    log_factorial = np.frompyfunc(lambda v: math.lgamma(v + 1.0), 1, 1)
    choose = np.asarray(log_factorial(n) - log_factorial(y) - log_factorial(n - y), float)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(y > 0, y * np.log(p), 0.0)
        miss = np.where(n > y, (n - y) * np.log1p(-p), 0.0)
    return choose + hit + miss
