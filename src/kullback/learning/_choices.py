"""Options that are chosen by name."""

from __future__ import annotations

from collections.abc import Iterable

from kullback.errors import KullbackError

__all__ = ["known"]


def known(name: str, choice: str, choices: Iterable[str]) -> None:
    """Refuse a choice that is none of those there are."""
    choices = tuple(choices)
    if choice not in choices:
        offered = ", ".join(f'"{c}"' for c in choices)
        raise KullbackError("learning.choice", name=name, got=repr(choice), offered=offered)
