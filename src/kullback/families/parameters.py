"""What a parameter of a family may be, and how its range is mapped onto the real line."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from kullback._array import Array, namespace
from kullback.strings import has, text

__all__ = [
    "ABOVE_ONE",
    "COUNT",
    "INTEGER",
    "LOG_ODDS",
    "NONNEGATIVE",
    "POSITIVE",
    "POSITIVE_OR_INFINITE",
    "POSITIVE_PROBABILITY",
    "POSSIBLE_LOG_ODDS",
    "PROBABILITY",
    "REAL",
    "Range",
    "parameter",
]


@dataclass(frozen=True, slots=True)
class Range:
    """The values a parameter may have, and a smooth map of them onto the real line and back."""

    name: str
    low: float = -math.inf
    high: float = math.inf
    closed: bool = False  # whether the ends belong to it
    whole: bool = False  # whether only integers do
    closed_above: bool = False  # whether the upper end does, if not both
    infinite: bool = False  # whether ends that belong to it may be infinities

    def text(self, lang: str = "en") -> str:
        """What it is called in a language; a range of your own by its name."""
        key = f"range.{self.name}"
        return text(key, lang) if has(key) else self.name

    def holds(self, x: Array) -> Array:
        """Whether each value is allowed; NaN is not, nor are infinities unless they are ends."""
        xp = namespace(x)
        above = x >= self.low if self.closed else x > self.low
        below = x <= self.high if self.closed or self.closed_above else x < self.high
        inside = above & below if self.infinite else above & below & (xp.abs(x) < math.inf)
        return inside & (x == xp.floor(x)) if self.whole else inside

    def to_line(self, x: Array) -> Array:
        """Map the range onto the real line: log x, logit x or x itself."""
        xp = namespace(x)
        if self.low > -math.inf and self.high < math.inf:
            return xp.log(x - self.low) - xp.log(self.high - x)
        return xp.log(x - self.low) if self.low > -math.inf else x

    def from_line(self, y: Array) -> Array:
        """Map the real line back."""
        xp = namespace(y)
        if self.low > -math.inf and self.high < math.inf:
            return self.low + (self.high - self.low) / (1.0 + xp.exp(-y))
        return self.low + xp.exp(y) if self.low > -math.inf else y


REAL = Range("real")
POSITIVE = Range("positive", 0.0)
POSITIVE_OR_INFINITE = Range("positive_or_infinite", 0.0, closed_above=True, infinite=True)
NONNEGATIVE = Range("nonnegative", 0.0, closed=True)
ABOVE_ONE = Range("above_one", 1.0)
PROBABILITY = Range("probability", 0.0, 1.0, closed=True)
POSITIVE_PROBABILITY = Range("positive_probability", 0.0, 1.0, closed_above=True)
LOG_ODDS = Range("log_odds", closed=True, infinite=True)
POSSIBLE_LOG_ODDS = Range("possible_log_odds", closed_above=True, infinite=True)
INTEGER = Range("integer", whole=True)
COUNT = Range("count", 0.0, closed=True, whole=True)


def parameter(
    kind: Range = REAL,
    *,
    axes: int = 0,
    default: Any = None,
    optional: bool = False,
    form: bool = False,
) -> Any:
    """Declare a parameter: its range, and how many of its last axes belong to one law.

    One that is optional is None where it was not given. So is one that belongs to one form of
    several; its field begins with _, and a property without it answers in every form.
    """
    options: dict[str, Any] = {"init": not form}
    optional = optional or form
    if default is not None or optional:
        options["default_factory"] = lambda: default
    return field(metadata={"range": kind, "axes": axes, "optional": optional}, **options)
