"""What a case is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Case"]


class Case(NamedTuple):
    """A measure of one or two single laws, and its definition in mpmath.

    `truth` gets the laws themselves, so that it can be asked of the same laws rounded to float32,
    and reads their parameters as exact numbers.
    """

    name: str
    measure: str  # the name of the verb
    p: Any
    q: Any
    truth: Callable[[Any, Any], Any]
    options: dict[str, Any] = {}  # noqa: RUF012 (nobody writes to it)
