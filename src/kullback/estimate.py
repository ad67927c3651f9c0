"""The result of everything that is not exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

from kullback._array import Array
from kullback._table import json_number
from kullback.errors import KullbackError
from kullback.units import Unit, as_unit

__all__ = ["Estimate"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A number with its uncertainty, its unit and how it was obtained.

    ``float(e)`` gives the value. There is no arithmetic between estimates: from the same data
    their errors are correlated, so ask the library for the quantity itself.

    Attributes
    ----------
    value : array of shape ()
        In the caller's array library, with its gradient.
    std_error : array of shape () or None
        None says that this method gives none; it is never 0 for want of a better number.
    unit : Unit or None
        None for what has no unit, such as a perplexity.
    n : int
        The number of samples.
    method : str
        The estimator.
    notes : tuple of str
        What a reader must know, such as "most outcomes were seen once".

    Examples
    --------
    >>> import kullback as kb
    >>> e = kb.cross_entropy(kb.Samples([0, 1, 1, 0, 1, 1]), [0.25, 0.75], unit="bits")
    >>> print(f"{e:.3f}")
    0.943 ± 0.334 bits
    >>> [round(x, 3) for x in e.interval(0.95)]
    [0.288, 1.598]
    """

    value: Array
    std_error: Array | None
    unit: Unit | None
    n: int
    method: str
    notes: tuple[str, ...] = ()

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the normal interval value ± z std_error, as (low, high).

        Raises
        ------
        KullbackError
            If `level` is not between 0 and 1, or if the method gives no standard error.
        """
        if not 0 < level < 1:
            raise KullbackError("estimate.level", got=level)
        if self.std_error is None:
            raise KullbackError("estimate.no_error", method=self.method, why="; ".join(self.notes))
        from statistics import NormalDist  # loads a good deal that a loss never needs

        half = NormalDist().inv_cdf(0.5 + level / 2) * float(self.std_error)
        return float(self.value) - half, float(self.value) + half

    def to(self, unit: Unit | str) -> Estimate:
        """Return the same estimate in another unit."""
        target = as_unit(unit)
        if self.unit is None:
            raise KullbackError("estimate.no_unit", method=self.method)
        if target == self.unit:
            return self

        def convert(x: Array) -> Array:
            return target.from_nats(self.unit.to_nats(x)) if self.unit else x

        error = None if self.std_error is None else convert(self.std_error)
        return replace(self, value=convert(self.value), std_error=error, unit=target)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings for JSON; infinity is the string "inf"."""
        return {
            "value": json_number(float(self.value)),
            "std_error": None if self.std_error is None else float(self.std_error),
            "unit": self.unit and self.unit.name,
            "n": self.n,
            "method": self.method,
            "notes": list(self.notes),
        }

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        spec = spec or ".4g"
        error = "" if self.std_error is None else f" ± {float(self.std_error):{spec}}"
        unit = "" if self.unit is None else f" {self.unit}"
        return f"{float(self.value):{spec}}{error}{unit}"

    def __repr__(self) -> str:
        notes = "".join(f"; {note}" for note in self.notes)
        return f"<Estimate {self:.4g} ({self.method}, n={self.n}{notes})>"
