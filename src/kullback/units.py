"""Units of information. This is the only module that knows a unit other than nats.

Everything inside the library is in nats; a result is converted once, at the door of a verb.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, final

from kullback.errors import KullbackError

__all__ = ["BITS", "HARTLEYS", "NATS", "Unit", "as_unit"]


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of information.

    Parameters
    ----------
    name : str
        As it is printed, in the plural.
    in_nats : float
        How many nats one of it holds.

    Examples
    --------
    >>> import kullback as kb
    >>> round(kb.BITS.from_nats(kb.HARTLEYS.to_nats(1.0)), 4)  # bits in a decimal digit
    3.3219
    """

    name: str
    in_nats: float

    def from_nats(self, value: Any) -> Any:
        """Convert a number or an array from nats to this unit."""
        return value if self.in_nats == 1.0 else value / self.in_nats

    def to_nats(self, value: Any) -> Any:
        """Convert a number or an array from this unit to nats."""
        return value if self.in_nats == 1.0 else value * self.in_nats

    def __str__(self) -> str:
        return self.name


NATS: Final = Unit("nats", 1.0)
BITS: Final = Unit("bits", math.log(2.0))
HARTLEYS: Final = Unit("hartleys", math.log(10.0))

_BY_NAME: Final = {unit.name: unit for unit in (NATS, BITS, HARTLEYS)}


def as_unit(unit: Unit | str) -> Unit:
    """Return the unit itself, or the one of that name."""
    if isinstance(unit, Unit):
        return unit
    if unit not in _BY_NAME:
        raise KullbackError("unit.unknown", got=repr(unit), known=", ".join(_BY_NAME))
    return _BY_NAME[unit]
