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
    """Return the text under `key` in a language, with its placeholders filled in.

    Values that have words of their own, such as an error, are said in the same language.
    """
    said = {name: _said(value, lang) for name, value in values.items()}
    return _table(lang)[key].format(**said)


def _said(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_said(x, lang)}" for name, x in value.items())
    return value.text(lang) if hasattr(value, "text") else value
