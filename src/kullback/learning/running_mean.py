"""A mean of as much data as there is: exact sums, of which parts add up."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields, replace
from fractions import Fraction
from typing import Any, final

import numpy as np

from kullback._array import first_failure
from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.learning._exact_sums import exact_dot, exact_sum, on_host
from kullback.learning._rows import Rows
from kullback.units import NATS, Unit, as_unit

__all__ = ["RunningMean"]


@final
@dataclass(frozen=True, slots=True)
class RunningMean:
    r"""A mean over as much data as there is, with its error, in a few numbers that add up.

    .. math:: \bar x = \frac{\sum_i t_i}{\sum_i s_i}, \qquad
        \operatorname{se}^2 = \frac{n}{n - 1} \frac{\sum_i (t_i - \bar x s_i)^2}{(\sum_i s_i)^2}

    over n independent units: rows, with t a value and s = 1, or documents, with the sums t of
    their losses and their numbers s of tokens or bytes. The parts of data are made by
    `RunningMean.of` or a function such as `running_cross_entropy`, and added: ``a + b`` and
    ``sum(parts)``. All sums are exact fractions, so parts that are merged in any order, on any
    number of machines, give the same numbers to the last bit; ``RunningMean()`` is nothing yet.

    To compare two models on the same data, read the differences of their losses: what is hard
    for both then cancels, and the error is far smaller than those of the two means.

    Attributes
    ----------
    n : int
        Units.
    infinite : int
        Those whose total is infinite; the sums are over the others.
    total, size, total_total, total_size, size_size : Fraction
        The sums of t, s, t², t s and s².

    Raises
    ------
    KullbackError
        As by its methods.

    References
    ----------
    Cochran (1977), *Sampling techniques*, section 6.

    Examples
    --------
    Four batches of losses, in two files:

    >>> from kullback.learning import RunningMean
    >>> a = RunningMean.of([1.0, 2.0]) + RunningMean.of([0.5])
    >>> b = sum(RunningMean.of(losses) for losses in ([3.0], [1.5, 1.0]))
    >>> print(f"{(a + b).mean():.4f}")
    1.5000 ± 0.3651 nats
    >>> a + b == RunningMean.of([1.0, 1.5, 3.0, 0.5, 2.0, 1.0])
    True

    Bits per byte: the losses of three documents, and their bytes:

    >>> documents = RunningMean.of([90.0, 210.0, 45.0], sizes=[100, 250, 60])
    >>> print(f"{documents.mean('bits'):.3f}")
    1.214 ± 0.035 bits
    """

    n: int = 0
    infinite: int = 0
    total: Fraction = Fraction()
    size: Fraction = Fraction()
    total_total: Fraction = Fraction()
    total_size: Fraction = Fraction()
    size_size: Fraction = Fraction()

    @classmethod
    def of(
        cls,
        values: Any,
        /,
        *,
        mask: Any = None,
        weights: Any = None,
        sizes: Any = None,
        clustered: bool = False,
    ) -> RunningMean:
        """Read one batch of values: losses in nats, or any other numbers, such as 0 and 1.

        Parameters
        ----------
        values : array, shape (...)
            One number per row. From another device these numbers are brought to the host.
        mask : boolean array, shape (...), optional
            True for rows that count.
        weights : array, shape (...), optional
            Weights of rows, at least 0. A row of weight 0 does not count.
        sizes : array, optional
            What the total of each unit is divided by, such as bytes, where that is not the
            number of its rows or the sum of their weights: shape (...), or (m,) if clustered.
            A unit of which no row counts is left out with its size.
        clustered : bool, default False
            True if each entry of the first axis is one unit, such as a document, whose rows go
            together. Rows taken one by one are taken as independent: where the tokens of a
            document resemble each other, that makes errors several times too small. A document
            must be whole in one batch; otherwise give totals and `sizes`.

        Returns
        -------
        RunningMean

        Raises
        ------
        KullbackError
            If a value that counts is NaN or -inf, if a total is beyond the largest float, if a
            size is not finite and at least 0, if shapes do not fit, or inside `jit`, where there
            are no values.
        """
        x = np.atleast_1d(on_host(values))
        weights = None if weights is None else on_host(weights)
        rows = Rows.of(x, x.shape, mask=mask, weights=weights)
        x = rows.hide(x)
        if failure := first_failure(x > -math.inf, x):
            raise KullbackError("learning.value", place=failure[0], value=failure[1])
        total, size, counted, infinite = x, rows.weight, rows.counted, x == math.inf
        if size is not None:
            with np.errstate(over="ignore"):
                total = x * size
        if clustered:
            within = tuple(range(1, x.ndim))
            size = np.ones_like(x) if size is None else size
            counted = (np.ones_like(x, bool) if counted is None else counted).any(axis=within)
            total, size, infinite = _per_entry(total), _per_entry(size), infinite.any(axis=within)
        if failure := first_failure(np.isfinite(total) | infinite, total):
            raise KullbackError("learning.total", place=failure[0])
        if sizes is not None:
            size = _sizes(sizes, total.shape)
        if counted is not None:
            total, size = total[counted], None if size is None else size[counted]
        return cls._summed(total.ravel(), None if size is None else size.ravel())

    @classmethod
    def _summed(cls, total: np.ndarray, size: np.ndarray | None) -> RunningMean:
        """Return the sums over units, whose sizes are 1 where none are given."""
        n, finite = total.size, total < math.inf
        if not finite.all():
            total, size = total[finite], None if size is None else size[finite]
        known, first, second = total.size, exact_sum(total), exact_dot(total, total)
        if size is None:
            rest = Fraction(known), second, first, Fraction(known)
        else:
            rest = exact_sum(size), second, exact_dot(total, size), exact_dot(size, size)
        return cls(n, n - known, first, *rest)

    def __add__(self, other: RunningMean) -> RunningMean:
        """Return the same of the units of both."""
        if not isinstance(other, RunningMean):
            return NotImplemented
        return RunningMean(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __radd__(self, other: Any) -> RunningMean:
        """Let `sum` begin with 0."""
        return self if other == 0 else NotImplemented

    def mean(self, unit: Unit | str | None = NATS) -> Estimate:
        """Return the mean so far: cross-entropy per row, token or byte.

        Parameters
        ----------
        unit : Unit, str or None, default "nats"
            "nats", "bits" or "hartleys"; None for a mean of what has no unit, such as accuracies.

        Returns
        -------
        Estimate
            From exact sums. It is unbiased for rows of equal weight; a ratio has a bias of order
            1/n. No error can be told of one unit, or of an infinite mean. Of few units it comes
            out too small: intervals of 10 documents that promise 95 % cover about 90 %.

        Raises
        ------
        KullbackError
            If nothing was counted.
        """
        method = "ratio of sums over independent units"
        if self.infinite:
            notes = (f"{self.infinite} of {self.n} units are infinite",)
            result = Estimate(np.float64(np.inf), None, NATS, self.n, method, notes)
        elif not self.size:
            raise KullbackError("learning.nothing")
        else:
            mean = self.total / self.size
            spread = self.total_total - 2 * mean * self.total_size + mean**2 * self.size_size
            notes, error = (("one unit",), None) if self.n == 1 else ((), self._error(spread))
            result = Estimate(np.float64(_rounded(mean)), error, NATS, self.n, method, notes)
        return _without_unit(result) if unit is None else result.to(as_unit(unit))

    def _error(self, spread: Fraction) -> np.float64:
        return np.float64(_root(spread * self.n / (self.n - 1) / self.size**2))

    def perplexity(self) -> Estimate:
        """Return exp of the mean, with its error to first order; see `perplexity_interval`.

        Above 709 nats it is infinite, and the mean itself is the number to look at.
        """
        mean = _without_unit(self.mean())
        with np.errstate(over="ignore"):
            value = np.exp(mean.value)
        notes, error = mean.notes, None
        if value == math.inf and not self.infinite:
            notes = (f"exp({mean.value:.6g}) is beyond the largest float",)
        elif mean.std_error is not None:
            error = value * mean.std_error
        return Estimate(value, error, None, self.n, f"exp of a {mean.method}", notes)

    def perplexity_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return exp of both ends of the interval of the mean, which is never below 0.

        Raises
        ------
        KullbackError
            If the mean has no standard error: of one unit, or where it is infinite.
        """
        with np.errstate(over="ignore"):
            low, high = np.exp(self.mean().interval(level))
        return float(low), float(high)

    def to_dict(self) -> dict[str, str]:
        """Return the exact numbers as strings, for JSON."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_dict(cls, state: dict[str, str]) -> RunningMean:
        """Return what `to_dict` was made from.

        Raises
        ------
        KullbackError
            If it was not made by `to_dict`.
        """
        try:
            n, infinite = int(state["n"]), int(state["infinite"])
            made = cls(n, infinite, *(Fraction(state[x.name]) for x in fields(cls)[2:]))
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            made = None
        if made is None or made.n < 0 or made.infinite < 0:
            raise KullbackError("learning.state", kind=cls.__name__)
        return made


def _per_entry(x: np.ndarray) -> np.ndarray:
    """Return the sums over all but the first axis, rounded once, however they are padded."""
    return np.array([_added(row) for row in x.reshape(len(x), math.prod(x.shape[1:])).tolist()])


def _added(row: list[float]) -> float:
    try:
        return math.fsum(row)
    except OverflowError:  # on the way, at least
        return math.inf if math.inf in row else _rounded(exact_sum(np.array(row)))


def _sizes(sizes: Any, shape: tuple[int, ...]) -> np.ndarray:
    size = np.atleast_1d(on_host(sizes))
    if size.shape != shape:
        raise KullbackError("learning.shape", name="sizes", got=size.shape, want=shape)
    if failure := first_failure((size >= 0) & (size < math.inf), size):
        raise KullbackError("learning.sizes", place=failure[0], value=failure[1])
    return size


def _without_unit(estimate: Estimate) -> Estimate:
    return replace(estimate, unit=None)


def _rounded(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def _root(x: Fraction) -> float:
    """Return the square root, also where x itself is beyond the range of floats."""
    half = (x.numerator.bit_length() - x.denominator.bit_length()) // 2
    return _rounded(Fraction(math.sqrt(x / Fraction(4) ** half)) * Fraction(2) ** half)
