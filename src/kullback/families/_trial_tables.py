"""Distribution functions, quantiles and draws of laws made of trials, with both outcomes' digits.

They are incomplete beta functions, asked in whichever of p and 1 - p is the smaller.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback._array import Array
from kullback.families._trial import Trial
from kullback.families.composite import AbstractFrozen

__all__ = ["FrozenBinomial", "FrozenGeometric", "FrozenNegativeBinomial"]

_MOST = 1e18  # NumPy draws no Poisson numbers of a larger mean, whose own spread is no digit


class _Frozen(AbstractFrozen):
    discrete = True
    trial: Trial

    def cdf(self, x: Any) -> np.ndarray:
        return self._tail(np.floor(np.asarray(x, dtype=np.float64)), upper=False)

    def sf(self, x: Any) -> np.ndarray:
        return self._tail(np.floor(np.asarray(x, dtype=np.float64)), upper=True)

    def _tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        raise NotImplementedError

    def _share(self, successes: Any, failures: Any, *, upper: bool) -> np.ndarray:
        """Return the beta probability that p is below the share, or above it."""
        from scipy.special import betainc, betaincc

        rare = self.trial.success < 0.5
        below, above = (betaincc, betainc) if upper else (betainc, betaincc)
        p, f = (np.where(use, x, 0.0) for use, x in zip((rare, ~rare), self.trial[:2], strict=True))
        return np.where(rare, below(successes, failures, p), above(failures, successes, f))


class FrozenBinomial(_Frozen):
    """Those of the successes among n trials."""

    def __init__(self, trials: Array, trial: Trial) -> None:
        self.trials, self.trial = trials, trial

    def _tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        n = self.trials
        k = np.clip(x, 0.0, np.maximum(n - 1.0, 0.0))
        inside = self._share(k + 1.0, np.maximum(n - k, 1.0), upper=not upper)
        ends = (1.0, 0.0) if upper else (0.0, 1.0)
        value = np.where(x < 0.0, ends[0], np.where(x >= n, ends[1], inside))
        return np.where(np.isnan(x), np.nan, value)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG002
        n, trial = self.trials, self.trial
        low = np.where(trial.log_failure == -np.inf, n, 0.0)
        high = np.where(trial.log_success == -np.inf, 0.0, n)
        shape = np.broadcast_shapes(u.shape, low.shape)
        return np.broadcast_to(low, shape), np.broadcast_to(high, shape)

    def rvs(self, size: tuple[int, ...], random_state: np.random.Generator) -> np.ndarray:
        n, trial = np.asarray(self.trials).astype(np.int64), self.trial
        # NumPy turns a probability above 1/2 round by itself, and loses what it lacks to 1.
        turned = (trial.success > 0.5) & (trial.log_odds is not None)
        found = random_state.binomial(n, np.where(turned, trial.failure, trial.success), size=size)
        return np.where(turned, n - found, found)


class FrozenNegativeBinomial(_Frozen):
    """Those of the failures before r successes."""

    def __init__(self, successes: Array, trial: Trial) -> None:
        self.successes, self.trial = successes, trial

    def _tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        k = np.where(np.isfinite(x), np.maximum(x, 0.0), 0.0)
        none = self.successes == 0.0
        inside = self._share(np.where(none, 1.0, self.successes), k + 1.0, upper=upper)
        ends = (1.0, 0.0) if upper else (0.0, 1.0)
        value = np.where(x < 0.0, ends[0], np.where(none | (x == np.inf), ends[1], inside))
        return np.where(np.isnan(x), np.nan, value)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        never = (u <= 0.0) if upper else (u >= 1.0)
        mean = self.successes * self.trial.failures(np)
        high = np.broadcast_to(2.0 * mean + 16.0, np.broadcast_shapes(u.shape, np.shape(mean)))
        while True:
            short = (self.sf(high) > u if upper else self.cdf(high) < u) & ~never
            if not (short & np.isfinite(high)).any():
                break
            high = np.where(short, 4.0 * high, high)
        sure = (self.trial.log_failure == -np.inf) | (self.successes == 0.0)
        return np.zeros(high.shape), np.where(sure, 0.0, np.where(never, np.inf, high))

    def rvs(self, size: tuple[int, ...], random_state: np.random.Generator) -> np.ndarray:
        trial = self.trial
        if trial.log_odds is None:
            none = self.successes == 0.0  # which NumPy refuses
            some = np.where(none, 1.0, self.successes)
            return np.where(none, 0, random_state.negative_binomial(some, trial.success, size=size))
        rate = random_state.gamma(self.successes, size=size) * trial.failures(np)
        certain = rate > _MOST
        return np.where(certain, np.floor(rate), random_state.poisson(np.where(certain, 0.0, rate)))


class FrozenGeometric(FrozenNegativeBinomial):
    """Those of the failures before one success, which are powers."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(np.float64(1.0), trial)

    def logsf(self, x: Any) -> np.ndarray:
        k = np.floor(np.asarray(x, dtype=np.float64))
        with np.errstate(invalid="ignore"):
            return np.where(k < 0.0, 0.0, (k + 1.0) * self.trial.log_failure)

    def _tail(self, x: np.ndarray, *, upper: bool) -> np.ndarray:
        log = self.logsf(x)
        return np.exp(log) if upper else 0.0 - np.expm1(log)

    def bracket(self, u: np.ndarray, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(u) if upper else np.log1p(-u)
            guess = np.ceil(log / self.trial.log_failure) - 1.0
        guess = np.where(self.trial.log_failure == -np.inf, 0.0, guess)
        away = 2.0 + np.where(np.isfinite(guess), np.abs(guess), 0.0) * 1e-12  # rounding's share
        low = np.where(np.isfinite(guess), np.maximum(guess - away, 0.0), 0.0)
        return low, np.where(np.isnan(guess), 0.0, np.maximum(guess + away, 0.0))

    def rvs(self, size: tuple[int, ...], random_state: np.random.Generator) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.floor(random_state.standard_exponential(size) / -self.trial.log_failure)
