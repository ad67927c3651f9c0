"""Every sentence a person may read in a terminal, a report or a page, in English and Chinese.

Each language is a module with one flat dictionary `STRINGS`; a test keeps their keys and their
placeholders equal.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["LANGUAGES", "has", "text"]

LANGUAGES = ("en", "zh")


@cache
def _table(lang: str) -> dict[str, str]:
    return import_module(f"kullback.strings.{lang}").STRINGS


def has(key: str) -> bool:
    """Whether there is a text under this key."""
    return key in _table("en")


def text(key: str, lang: str = "en", /, **values: Any) -> str:
    """Return the text under `key` in a language, with its placeholders filled in."""
    return _table(lang)[key].format(**values)
