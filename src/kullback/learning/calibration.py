"""Accuracy and calibration of as many predictions as there are, in counts that add up."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from numbers import Integral
from operator import add
from typing import Any, final

import numpy as np

from kullback._array import first_failure
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.learning._exact_sums import exact_sum, on_host
from kullback.learning._rows import Rows

__all__ = ["RunningCalibration"]


@final
@dataclass(frozen=True, slots=True)
class RunningCalibration:
    """How often predictions of each confidence were right, in counts that add up.

    Bin b of B holds confidences from b/B to below (b + 1)/B, the last one 1 as well. Counts are
    integers and sums of confidences exact, as in `RunningMean`, and merge in the same way;
    ``RunningCalibration()`` is nothing yet, in as many bins as what is added to it.

    Attributes
    ----------
    counts, correct : tuple of int
        Predictions in each bin, and the right ones among them.
    confidence : tuple of Fraction
        The sum of the confidences in each bin.

    Raises
    ------
    KullbackError
        If two with different numbers of bins are added.

    References
    ----------
    Guo et al. (2017), *On calibration of modern neural networks*.

    Examples
    --------
    >>> from kullback.learning import RunningCalibration
    >>> seen = RunningCalibration.of([1.0, 0.9, 0.6, 0.6], [True, True, True, False], bins=5)
    >>> seen += RunningCalibration.of([0.9], [False], bins=5)
    >>> seen.counts, seen.correct
    ((0, 0, 0, 2, 3), (0, 0, 0, 1, 2))
    >>> round(float(seen.accuracy()), 4), round(float(seen.calibration_error()), 4)
    (0.6, 0.2)
    """

    counts: tuple[int, ...] = ()
    correct: tuple[int, ...] = ()
    confidence: tuple[Fraction, ...] = ()

    @classmethod
    def of(
        cls, confidence: Any, correct: Any, /, *, bins: int = 15, mask: Any = None
    ) -> RunningCalibration:
        """Read one batch of predictions.

        Parameters
        ----------
        confidence : array, shape (...)
            The probability that a model gives its prediction.
        correct : array, shape (...)
            Whether it was right: True or False, or 1 or 0.
        bins : int, default 15
            How many bins of equal width.
        mask : boolean array, shape (...), optional
            True for rows that count.

        Returns
        -------
        RunningCalibration

        Raises
        ------
        KullbackError
            If a confidence is not between 0 and 1, if `correct` holds anything but True and False
            or 1 and 0, if shapes do not fit, or if the number of bins is none.
        """
        if not isinstance(bins, Integral) or bins < 1:
            raise KullbackError("learning.bins", got=repr(bins))
        p, right = on_host(confidence), on_host(correct)
        if right.shape != p.shape:
            raise KullbackError("learning.shape", name="correct", got=right.shape, want=p.shape)
        rows = Rows.of(p, p.shape, mask=mask)
        p, right = rows.hide(p), rows.hide(right)
        if failure := first_failure((p >= 0) & (p <= 1), p):
            raise KullbackError(
                "learning.confidence", name="confidence", place=failure[0], value=failure[1]
            )
        if failure := first_failure((right == 0) | (right == 1), right):
            raise KullbackError("learning.correct", place=failure[0], value=failure[1])
        # Edges are compared with, because p * bins may round up to the next bin.
        place = np.searchsorted(np.arange(1, bins) / bins, p, side="right")
        if rows.counted is not None:
            place = np.where(rows.counted, place, bins)
        within = [place == b for b in range(bins)]
        return cls(
            tuple(int(np.count_nonzero(inside)) for inside in within),
            tuple(int(np.count_nonzero(right[inside])) for inside in within),
            tuple(exact_sum(p[inside]) for inside in within),
        )

    def __add__(self, other: RunningCalibration) -> RunningCalibration:
        """Return the same of the predictions of both."""
        if not isinstance(other, RunningCalibration):
            return NotImplemented
        if not (self.counts and other.counts):
            return self if self.counts else other
        if len(self.counts) != len(other.counts):
            raise KullbackError("learning.merge", a=len(self.counts), b=len(other.counts))
        pairs = zip(astuple(self), astuple(other), strict=True)
        return RunningCalibration(*(tuple(map(add, a, b)) for a, b in pairs))

    def __radd__(self, other: Any) -> RunningCalibration:
        """Let `sum` begin with 0."""
        return self if other == 0 else NotImplemented

    @property
    def n(self) -> int:
        """How many predictions were counted."""
        return sum(self.counts)

    def accuracy(self) -> Estimate:
        """Return the share of right predictions, taken as independent; see `accuracy_interval`.

        Where they go together, like the tokens of a document, use `RunningMean` of what was
        right with ``clustered=True``. Where all are right, or none, no error can be told.

        Raises
        ------
        KullbackError
            If nothing was counted.
        """
        n, right = self._some(), sum(self.correct)
        notes, error = (f"{right} of {n} are right; see accuracy_interval",), None
        if 0 < right < n:
            notes, error = (), np.float64(math.sqrt(right * (n - right) / (n * n * (n - 1))))
        return Estimate(np.float64(right / n), error, None, n, "share of right predictions", notes)

    def accuracy_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return an interval of the accuracy that holds it at least as often as `level` says.

        It is that of Clopper and Pearson (1934): no less for few predictions, or if all are
        right, and never outside 0 to 1.

        Raises
        ------
        KullbackError
            If nothing was counted, or if `level` is not between 0 and 1.
        """
        n, right = self._some(), sum(self.correct)
        if not 0 < level < 1:
            raise KullbackError("estimate.level", got=level)
        from scipy.special import betaincinv

        beyond = 0.5 - level / 2
        low = betaincinv(right, n - right + 1, beyond) if right else 0.0
        high = betaincinv(right + 1, n - right, 1.0 - beyond) if right < n else 1.0
        return float(low), float(high)

    def calibration_error(self) -> Estimate:
        r"""Return the expected calibration error: how far confidences are from accuracies.

        .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n} \left|\mathrm{acc}_b - \mathrm{conf}_b\right|

        It is biased: what chance does to a bin counts as an error, so that a perfect model
        scores above 0, and the more so the fewer predictions a bin has; and what is too bold and
        too timid within a bin cancels. It has no honest interval of its own, and none is given.

        Raises
        ------
        KullbackError
            If nothing was counted.
        """
        n = self._some()
        gaps = sum(abs(a - b) for a, b in zip(self.correct, self.confidence, strict=True))
        method = f"expected calibration error of {len(self.counts)} bins"
        notes = ("biased upwards: above 0 for a perfectly calibrated model",)
        return Estimate(np.float64(gaps / n), None, None, n, method, notes)

    def _some(self) -> int:
        if not self.n:
            raise KullbackError("learning.nothing")
        return self.n

    def to_dict(self) -> dict[str, list[str]]:
        """Return the exact numbers as strings, for JSON."""
        return {x.name: [str(y) for y in getattr(self, x.name)] for x in fields(self)}

    @classmethod
    def from_dict(cls, state: dict[str, list[str]]) -> RunningCalibration:
        """Return what `to_dict` was made from.

        Raises
        ------
        KullbackError
            If it was not made by `to_dict`.
        """
        try:
            counts, correct = (tuple(map(int, state[name])) for name in ("counts", "correct"))
            confidence = tuple(map(Fraction, state["confidence"]))
            list(zip(counts, correct, confidence, strict=True))  # as many of each
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            raise KullbackError("learning.state", kind=cls.__name__) from None
        return cls(counts, correct, confidence)
