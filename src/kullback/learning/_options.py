"""Options that are plain numbers, or chosen by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from kullback.errors import KullbackError

__all__ = ["number_in", "refuse_unknown"]

_NUMBER = (int, float, np.integer, np.floating)
_INF = float("inf")
_WITHIN = {
    "[0, 1]": lambda x: 0.0 <= x <= 1.0,
    "[0, inf)": lambda x: 0.0 <= x < _INF,
    "(0, inf)": lambda x: 0.0 < x < _INF,
    "(0, 1]": lambda x: 0.0 < x <= 1.0,
    "[-inf, inf]": lambda x: -_INF <= x <= _INF,
    "{1, 2, ...}": lambda x: x >= 1 and x % 1 == 0,
}
Interval = Literal["[0, 1]", "[0, inf)", "(0, inf)", "(0, 1]", "[-inf, inf]", "{1, 2, ...}"]


def number_in(interval: Interval, name: str, value: Any) -> float:
    """Return an option as a number; refuse one that is not in the interval."""
    is_number = isinstance(value, _NUMBER) and not isinstance(value, bool)
    if is_number and _WITHIN[interval](value):
        return float(value)
    raise KullbackError("learning.option", name=name, got=repr(value), interval=interval)


def refuse_unknown(name: str, choice: str, choices: Iterable[str]) -> None:
    """Refuse a choice that is none of those there are."""
    choices = tuple(choices)
    if choice not in choices:
        offered = ", ".join(f'"{c}"' for c in choices)
        raise KullbackError("learning.choice", name=name, got=repr(choice), offered=offered)
