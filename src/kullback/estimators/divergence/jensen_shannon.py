r"""The Jensen-Shannon divergence of two samples, from the joint fingerprint of their counts.

The plug-in value of two samples of one law is not near 0: with ``K`` outcomes and ``n`` rows on
either side it is about ``(K - 1) / 4n``, and with mostly unseen outcomes it is near log 2. This
module reports that floor, tests against it, and removes it from the estimate.

Write an outcome's counts as ``a`` and ``b``, its total as ``m = a + b`` and its contrast as
``x = (p - q) / (p + q)``. With samples of one size, ``a`` given ``m`` is binomial with chance
``(1 + x) / 2``, and

.. math::

    JS = \sum_i \frac{p_i + q_i}{2} G(x_i), \qquad
    G(x) = \sum_{k \geq 1} w_k x^{2k}, \qquad w_k = \frac{1}{2k (2k - 1)} .

Each power has an unbiased estimate from ``m >= 2k`` rows that is 0 on average when ``p = q`` and 1
when only one sample has the outcome (`_power_estimates`). The correction is a sum of those; what
they cannot reach is borrowed from outcomes with more rows (`_CorrectedTerms`). Being a sum over
outcomes, it has a permutation null of its own, as exact as that of the plug-in value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final, final

import numpy as np

from kullback.errors import KullbackError
from kullback.estimators.divergence.permutation import permutation_sums

__all__ = ["TwoSampleJensenShannon", "jensen_shannon_two_sample"]

Array = np.ndarray[Any, Any]

_LOG2: Final = math.log(2.0)
# Totals up to here use unbiased power estimates, larger ones a second-order expansion.
_LARGE: Final = 64
# Number of powers of x^2 that are estimated; the weight of the others is borrowed.
_POWERS: Final = 8
# Widest table of counts of the larger sample: bounds memory when the sizes are very unequal.
_WIDEST: Final = 1 << 14
# w_k, the last entry holding the weight of all that follow: they sum to log 2.
_K: Final = 2.0 * np.arange(1, 513)
_WEIGHTS: Final = 1.0 / (_K * (_K - 1.0))
_WEIGHTS[-1] = _LOG2 - _WEIGHTS[:-1].sum()
# Ties of the permutation test: sums of the same terms in another order differ by less.
_TIE: Final = 1e-9
# Keeps a quotient of two vanishing means finite.
_TINY: Final = 1e-300
# A standard error above this share of the range leaves the divergence undetermined.
_UNDETERMINED: Final = 0.25


@final
@dataclass(frozen=True, slots=True)
class TwoSampleJensenShannon:
    """What two samples say about the Jensen-Shannon divergence of their laws, in nats.

    Attributes
    ----------
    raw : float
        The plug-in value: the divergence of the two empirical laws.
    corrected : float
        The estimate without the sampling noise of `raw`; below 0 as often as above it when the
        laws are equal, so it is not clipped.
    std_error : float
        Standard error of `corrected`, with what is borrowed for outcomes seen once.
    interval : tuple of float
        Confidence interval for the divergence, within [0, log 2].
    null_mean, null_std : float
        Mean and standard deviation of `raw` when rows are relabelled at random: the noise floor.
    p_value : float
        ``(1 + reaching) / (1 + draws)``.
    draws : int
        Number of relabellings.
    reaching : int
        How many of them have a plug-in value at or above `raw`.
    notes : tuple of str
        ``"not_identified"``: so few values repeat that the samples do not determine the
        divergence.
    """

    raw: float
    corrected: float
    std_error: float
    interval: tuple[float, float]
    null_mean: float
    null_std: float
    p_value: float
    draws: int
    reaching: int
    notes: tuple[str, ...]


def jensen_shannon_two_sample(
    old: Any, new: Any, values: Any, *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> TwoSampleJensenShannon:
    r"""Estimate and test the Jensen-Shannon divergence of two laws from a joint fingerprint.

    .. math:: JS = \sum_i \frac{p_i}{2} \log \frac{2 p_i}{p_i + q_i}
                        + \frac{q_i}{2} \log \frac{2 q_i}{p_i + q_i}

    With ``S`` the sum of corrected terms and ``E, V`` moments under the permutation null, the
    estimate is ``C = (S - E[S]) / (1 - E[S] / log 2)``: 0 on average over relabellings and log 2
    for disjoint samples. With ``J`` the jackknife variance over rows and ``c = 1 - C / log 2``, its
    variance is ``J - c^2 (E[J] - V[S])``, at least ``c^2 V[S]``: a jackknife counts noise of degree
    ``k`` about ``k`` times, and under the null all is noise of degree two or more.

    Parameters
    ----------
    old, new : array_like of int, shape (rows,)
        How often an outcome was seen in each sample.
    values : array_like of int, shape (rows,)
        How many distinct outcomes have these two counts.
    draws : int
        Number of random relabellings of the permutation test.
    seed : int
        Seed of the relabellings.
    level : float
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    TwoSampleJensenShannon
        All in nats; the same bits for any order of the fingerprint, and with the samples swapped.

    Raises
    ------
    KullbackError
        ``fingerprint.invalid``: not three vectors of one length of non-negative integers;
        ``fingerprint.empty``: a sample has no rows; ``estimate.level``: a level outside (0, 1);
        ``permutation.draws``: fewer than one draw.
    """
    if not 0.0 < level < 1.0:
        raise KullbackError("estimate.level", got=level)
    a, b, values = _canonical(old, new, values)
    n_a, n_b = int(a @ values), int(b @ values)
    corrected_terms = _CorrectedTerms(a, b, values, n_a, n_b)

    def terms(a: Array, b: Array) -> Array:
        return np.stack([_plug_in(a, b, n_a, n_b), *corrected_terms.with_deletions(a, b)])

    raw, plain, squares, by_a, by_b = (math.fsum((values * term).tolist()) for term in terms(a, b))
    raw_null, plain_null, squares_null, *_ = permutation_sums(
        a + b, values, n_a, terms, draws=draws, seed=seed
    )
    reaching = int(np.count_nonzero(raw_null >= raw * (1.0 - _TIE)))
    centre = float(plain_null.mean())
    corrected = (plain - centre) / (1.0 - centre / _LOG2)
    noise = float(plain_null.var())
    jackknife = squares - by_a**2 / n_a - by_b**2 / n_b
    excess = float(squares_null.mean()) - noise
    scale = min(max(1.0 - corrected / _LOG2, 0.0), 1.0) ** 2
    std_error = math.sqrt(
        max(jackknife - scale * excess, scale * noise, _smoothed_variance(a, b, values))
        + corrected_terms.model_error**2
        # Shares of less than a row are invisible: what keeps disjoint samples from certainty.
        + (corrected / n_a) ** 2
    )
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    return TwoSampleJensenShannon(
        raw=raw,
        corrected=corrected,
        std_error=std_error,
        interval=(
            min(max(min(corrected, _LOG2) - z * std_error, 0.0), _LOG2),
            _upper(max(corrected, 0.0), z, std_error**2, 0.5 * (1.0 / n_a + 1.0 / n_b)),
        ),
        null_mean=float(raw_null.mean()),
        null_std=float(raw_null.std()),
        p_value=(1 + reaching) / (1 + draws),
        draws=draws,
        reaching=reaching,
        notes=("not_identified",) if std_error > _UNDETERMINED * _LOG2 else (),
    )


def _smoothed_variance(a: Array, b: Array, values: Array) -> float:
    """Delta-method variance of the plug-in value at shares smoothed by 1/2 for each outcome.

    An outcome that one small sample happens to lack has no jackknife variance. Where outcomes
    are many for the rows, smoothing makes the samples alike and this is the smaller variance.
    """
    outcomes = float(values.sum())
    laws = [(c + 0.5) / (c @ values + 0.5 * outcomes) for c in (a, b)]
    total = 0.0
    for law, counts in zip(laws, (a, b), strict=True):
        influence = 0.5 * np.log(2.0 * law / (laws[0] + laws[1]))
        mean = float((values * law) @ influence)
        total += float((values * law) @ (influence - mean) ** 2) / float(counts @ values)
    return total


def _upper(estimate: float, z: float, variance: float, slope: float) -> float:
    """Upper end of the interval, by the variance at that end and not at the estimate.

    Near equal laws the estimate is a sum of squares, whose variance grows with the divergence,
    by (1/n_old + 1/n_new)/2 of it; an estimate that is too low by chance would come with a
    standard error that is too small. The growth ends at disjoint laws.
    """
    high = max(estimate, slope)  # from above 0, where the growth would not start
    for _ in range(50):  # a contraction: each step is smaller than the last
        grown = slope * high * (1.0 - high / _LOG2)
        high = min(estimate + z * math.sqrt(max(variance, grown)), _LOG2)
    return high


def _canonical(old: Any, new: Any, values: Any) -> tuple[Array, Array, Array]:
    """Return the fingerprint sorted, its smaller sample first: one form for either direction."""
    columns = [np.asarray(column) for column in (old, new, values)]
    if (
        len({column.shape for column in columns}) > 1
        or columns[0].ndim != 1
        or any(column.size and column.dtype.kind not in "iu" for column in columns)
        or any(bool((column < 0).any()) for column in columns)
    ):
        raise KullbackError(
            "fingerprint.invalid", got=", ".join(f"{c.dtype}{c.shape}" for c in columns)
        )
    a, b, values = (column.astype(np.int64) for column in columns)
    sides = np.stack([a, b, values]), np.stack([b, a, values])
    rows = min(
        (side[:, np.lexsort(side[::-1])] for side in sides),
        key=lambda rows: (int(rows[0] @ rows[2]), rows.tolist()),
    )
    if not rows[0] @ rows[2]:
        raise KullbackError("fingerprint.empty")
    return rows[0], rows[1], rows[2]


def _divergence(x: Array) -> Array:
    r"""Return :math:`G(x) = \frac{1+x}{2} \log(1+x) + \frac{1-x}{2} \log(1-x)`, accurately.

    Near 0, where the two parts cancel, it is :math:`x \operatorname{artanh} x +
    \frac12 \log(1 - x^2)`, whose parts have the ratio -2.
    """
    x = np.abs(x)
    near = np.minimum(x, 0.5)
    low = near * np.arctanh(near) + 0.5 * np.log1p(-near * near)
    left = 1.0 - x
    shrunk = left * np.log(np.where(left > 0.0, left, 1.0))
    return np.where(x < 0.5, low, 0.5 * ((1.0 + x) * np.log1p(x) + shrunk))


def _plug_in(a: Array, b: Array, n_a: int, n_b: int) -> Array:
    r"""Return :math:`\frac{p+q}{2} G(x)` at ``p = a / n_a``, ``q = b / n_b``.

    The contrast is formed from ``a n_b`` and ``b n_a``, so that equal shares give exactly 0.
    """
    left, right = a * float(n_b), b * float(n_a)
    both = left + right
    x = np.divide(left - right, both, out=np.zeros_like(both), where=both > 0.0)
    return (a / n_a + b / n_b) / 2.0 * _divergence(x)


def _second_order(a: Array, b: Array, n_a: int, n_b: int) -> Array:
    r"""Return the plug-in term less its bias to order ``1 / n``.

    .. math:: \frac14 \Bigl( \frac{[a > 0]}{n_a} + \frac{[b > 0]}{n_b}
                             - \frac{p / n_a + q / n_b}{p + q} \Bigr)

    The first two are those of ``p log p`` and ``q log q``, absent where nothing was seen, and the
    last that of the mixture.
    """
    p, q = a / n_a, b / n_b
    mixture = (p / n_a + q / n_b) / np.where(p + q > 0.0, p + q, 1.0)
    return _plug_in(a, b, n_a, n_b) - ((a > 0) / n_a + (b > 0) / n_b - mixture) / 4.0


def _power_estimates(total: Array, surplus: Array) -> list[Array]:
    r"""Return unbiased estimates of :math:`x^0, x^2, \dots, x^{2 \cdot 8}` from ``m`` signs.

    A row of the first sample is a sign +1, one of the second -1, and the mean product of ``j``
    distinct signs, with surplus ``s = a - b``, obeys

    .. math:: (m - j) U_{j+1} = s U_j - j U_{j-1}, \qquad U_0 = 1 .

    It lies in [-1, 1]; it is 0 here where there are fewer than ``j`` signs.
    """
    powers = [np.ones(total.shape), surplus / np.maximum(total, 1)]
    for j in range(1, 2 * _POWERS):
        step = (surplus * powers[j] - j * powers[j - 1]) / np.maximum(total - j, 1)
        powers.append(np.where(total > j, step, 0.0))
    return powers[::2]


def _thinning(kept: int, given: int, rate: float) -> Array:
    """Return P(j of i rows are kept) for a row kept with chance `rate`, shape (kept, given)."""
    if rate == 1.0:
        return np.eye(kept, given)
    i, j = np.arange(given), np.arange(kept - 1)[:, None]
    with np.errstate(divide="ignore"):
        steps = np.log(np.maximum(i - j, 0) / (j + 1.0)) + math.log(rate / (1.0 - rate))
    logs = np.concatenate([np.zeros((1, given)), np.cumsum(steps, axis=0)])
    return np.exp(logs + i * math.log1p(-rate))


class _CorrectedTerms:
    r"""The terms of the corrected divergence, with what they borrow from the fingerprint.

    The larger sample is thinned to the rate of the smaller one, on average over all thinnings.
    An outcome with ``m`` rows then adds ``m T_m(a) / 2n``,

    .. math:: T_m = \sum_{k \leq K} w_k U_{2k} + t_m U_{2K}, \qquad K = \min(m / 2, 8),

    where the tail ``t_m`` stands for the powers that are not estimated. ``T_1`` is unknown: the
    rows of outcomes seen once are given to those seen two or three times, with a factor for how
    the two differ. Tail and factor are borrowed from all outcomes with few rows (`_borrowed`). All
    of it is 0 on average when ``p = q`` and log 2 for disjoint samples. Totals above 64 take the
    second-order expansion.

    Parameters
    ----------
    a, b, values : ndarray of int, shape (rows,)
        The fingerprint, the smaller sample first.
    n_a, n_b : int
        Rows of the two samples.

    Attributes
    ----------
    model_error : float
        Standard error, in nats, of what is borrowed for outcomes seen once.
    """

    def __init__(self, a: Array, b: Array, values: Array, n_a: int, n_b: int) -> None:
        self._sizes = n_a, n_b
        self._rate = n_a / n_b
        given = min(math.ceil(_LARGE / self._rate), _WIDEST) + 1
        kept = 2 * _LARGE + 1 if n_a < n_b else given
        thin = _thinning(kept, given, self._rate)
        self._shape = (_LARGE + 1, given)
        small = self._is_small(a, b)
        seen = np.zeros(self._shape)
        np.add.at(seen, (a[small], b[small]), values[small])
        seen = seen @ thin.T
        grid: Array = np.indices(seen.shape)
        ours, theirs = grid[0], grid[1]
        total, surplus = ours + theirs, ours - theirs
        powers = _power_estimates(total, surplus)
        fitted, tails = _borrowed(ours, theirs, seen, powers)
        last = np.minimum(total // 2, _POWERS)
        term = np.zeros(seen.shape)
        for k in range(1, _POWERS + 1):
            weight = _WEIGHTS[k - 1] + np.where(last == k, tails[total], 0.0)
            term += weight * powers[k]

        def mean(column: Array, where: Array) -> float:
            weight = float(seen[where].sum())
            return float((seen * column)[where].sum()) / weight if weight else 0.0

        once, near = total == 1, (total == 2) | (total == 3)
        n_once, n_near = float(seen[once].sum()), float(seen[near].sum())
        # With less than one repeated outcome there is nobody to borrow from.
        borrow = n_once / n_near if n_near >= 1.0 else 0.0
        level = mean(term, near)
        # Two standard errors draw the ratio to 1: it has no say when the laws are equal.
        noise = 2.0 * math.sqrt(mean((term - level) ** 2, near) / max(n_near, 1.0))
        ratio = (fitted[1] + noise) / (mean(fitted[total], near) + noise) if borrow else 1.0
        table = total * term + np.where(near, borrow * ratio * term, 0.0)
        # Adds nothing to the sum over the fingerprint, but gives rows their marginal effect.
        swap = ratio * level * (once - np.where(near, borrow, 0.0)) if borrow else 0.0
        self._table = table @ thin / (2 * n_a)
        self._marginal = (table + swap) @ thin / (2 * n_a)

        # How much further to one side single outcomes lie, beyond the noise of the two means.
        contrast = surplus / np.maximum(total, 1)
        drift = (mean(contrast, once) - mean(contrast, near)) ** 2
        drift = math.sqrt(max(drift - 1.0 / max(n_once, 1.0) - 0.5 / max(n_near, 1.0), 0.0))
        self.model_error = (n_once / (2 * n_a)) * math.hypot(
            # A trend from three rows to two may go on to one.
            mean(term, total == 2) - mean(term, total == 3),
            # The drift may be outcomes that one sample has alone.
            drift * max(_LOG2 - ratio * level, 0.0),
            # Few repeated outcomes may agree by chance.
            _LOG2 / (1.0 + n_near),
        )

    def _is_small(self, a: Array, b: Array) -> Array:
        """Whether the table holds these counts."""
        return (a + self._rate * b <= _LARGE) & (b < self._shape[1])

    def _look_up(self, table: Array, a: Array, b: Array) -> Array:
        terms = _second_order(a, b, *self._sizes)
        small = self._is_small(a, b)
        terms[small] = table[a[small], b[small]]
        return terms

    def with_deletions(self, a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
        """Return the terms, and the sums and squares of what deleting each row would change.

        Parameters
        ----------
        a, b : ndarray of int, shape (outcomes,)
            Counts in the smaller and in the larger sample.

        Returns
        -------
        terms, squares, by_a, by_b : ndarray, shape (outcomes,)
            Terms of the divergence; squared effects of all rows; effects of the rows of each
            sample.
        """
        here = self._look_up(self._marginal, a, b)
        by_a = here - self._look_up(self._marginal, np.maximum(a - 1, 0), b)
        by_b = here - self._look_up(self._marginal, a, np.maximum(b - 1, 0))
        squares = a * by_a**2 + b * by_b**2
        return self._look_up(self._table, a, b), squares, a * by_a, b * by_b


def _borrowed(ours: Array, theirs: Array, seen: Array, powers: list[Array]) -> tuple[Array, Array]:
    r"""Return, by total, the fitted mean of ``G`` and the weight of the powers not estimated.

    A mixture of outcomes with expected total ``l`` and contrast ``x`` is fitted to the counts of
    totals 1 to 15 by expectation-maximisation,

    .. math:: P(a, b) \propto \sum_{l, x} v_{l x} \, \operatorname{Po}(a; l \tfrac{1+x}{2})
                              \, \operatorname{Po}(b; l \tfrac{1-x}{2}),

    first with ``l`` and ``x`` independent, then freely but not to convergence: what the counts do
    not determine stays as if independent. With :math:`E_m` its mean over outcomes of total ``m``,
    the weight is

    .. math:: t_m = E_m\Bigl[G(x) - \sum_{k \leq K} w_k x^{2k}\Bigr] \Big/ E_m[x^{2K}],
              \qquad K = \lfloor m / 2 \rfloor .

    From total 16 on, ``K = 8`` and the moments continue in geometric progression, with the ratio
    of the last two that are estimated.

    Parameters
    ----------
    ours, theirs, seen : ndarray, shape (counts, counts)
        Counts in either sample, and how many outcomes have them.
    powers : list of ndarray
        Estimates of the powers of ``x^2`` at these counts.

    Returns
    -------
    fitted, tails : ndarray, shape (largest total + 1,)
        Mean of ``G`` (0 where not fitted) and weight of the tail.
    """
    total = ours + theirs
    fitted, tails = np.zeros(int(total.max()) + 1), np.zeros(int(total.max()) + 1)
    pool = np.where(total >= 2 * _POWERS, seen, 0.0)
    size = float((pool * powers[-2]).sum())
    ratio = min(max(float((pool * powers[-1]).sum()) / size, 0.0), 1.0) if size > 0.0 else 0.0
    rest = _WEIGHTS[_POWERS:]
    tails[2 * _POWERS :] = rest @ ratio ** np.arange(1, len(rest) + 1)

    fit = (total >= 1) & (total < 2 * _POWERS)
    a, b, weight = ours[fit], theirs[fit], seen[fit]
    held = weight > 0.0
    if not held.any():
        return fitted, tails
    weight = weight[held] / weight[held].sum()
    rate, x = (grid.ravel() for grid in np.meshgrid(_RATES, _CONTRASTS, indexing="ij"))
    chances = (rate * (1.0 + x) / 2.0) ** a[:, None] * (rate * (1.0 - x) / 2.0) ** b[:, None]
    orders = [math.factorial(i) * math.factorial(j) for i, j in zip(a, b, strict=True)]
    chances *= np.exp(-rate) / np.array(orders, float)[:, None]
    chances /= chances.sum(axis=0)
    likely = chances[held]
    mixture = np.full(len(rate), 1.0 / len(rate))
    for step in range(2 * _STEPS):
        mixture = mixture * (likely.T @ (weight / (likely @ mixture)))
        if step < _STEPS:
            grid = mixture.reshape(len(_RATES), -1)
            mixture = np.outer(grid.sum(axis=1), grid.sum(axis=0)).ravel()

    divergence = _divergence(x)
    for m in range(1, 2 * _POWERS):
        share = chances[a + b == m].sum(axis=0) * mixture
        known = sum(_WEIGHTS[k - 1] * x ** (2 * k) for k in range(1, m // 2 + 1))
        fitted[m] = share @ divergence / share.sum()
        tails[m] = share @ (divergence - known) / max(share @ x ** (2 * (m // 2)), _TINY)
    return fitted, tails


# The grid of `_borrowed` and the expectation-maximisation steps of each of its two parts.
_RATES: Final = np.geomspace(0.1, 24.0, 12)
_CONTRASTS: Final = np.linspace(-1.0, 1.0, 13)
_STEPS: Final = 200
