"""What all commands share: options, and how a result leaves."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from kullback import __version__
from kullback.errors import KullbackError
from kullback.strings import LANGUAGES, text

__all__ = ["Answer", "answer", "common", "language", "names"]


@dataclass(frozen=True)
class Answer:
    """What a command has to say, and the checks that failed, a line each."""

    text: str
    failures: tuple[str, ...] = ()


def language(arguments: Sequence[str]) -> str:
    """Return the language asked for, or that of the environment, before anything is parsed."""
    for i, argument in enumerate(arguments):
        following = arguments[i + 1] if i + 1 < len(arguments) else ""
        asked = following if argument == "--lang" else argument.removeprefix("--lang=")
        if asked in LANGUAGES and argument.startswith("--lang"):
            return asked
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "zh" if (spoken or "").lower().startswith("zh") else "en"


def common(lang: str, *, unit: str = "bits") -> list[click.Parameter]:
    """Return the options of every command, in the order they are listed."""

    def say(key: str) -> str:
        return text(f"cli.{key}", lang)

    units = click.Choice(["bits", "nats", "hartleys"])
    return [
        click.Option(["--unit"], type=units, default=unit, show_default=True, help=say("unit")),
        click.Option(["--precision"], type=click.IntRange(0, 17), default=4, help=say("precision")),
        click.Option(["--json", "as_json"], is_flag=True, help=say("json")),
        click.Option(["--lang"], type=click.Choice(LANGUAGES), default=lang, help=say("lang")),
        click.Option(["--ascii", "ascii_only"], is_flag=True, help=say("ascii")),
    ]


def names(_context: click.Context, option: click.Parameter, given: Any) -> tuple[str, ...]:
    """Split comma-separated names; the option may also be repeated."""
    split = tuple(name.strip() for part in given for name in part.split(",") if name.strip())
    if given and not split:  # an empty variable of the shell, say, which would mean all
        raise KullbackError("cli.no_names", option=option.opts[0])
    return split


def answer(
    result: dict[str, Any], as_json: bool, show: Callable[[], str], failures: Sequence[str] = ()
) -> Answer:
    """Return a result as one JSON object, or as text for a person."""
    if as_json:
        versioned = {"schema": result["schema"], "version": __version__, **result}
        utf8 = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
        shown = json.dumps(versioned, ensure_ascii=not utf8, allow_nan=False, indent=2)
    else:
        shown = show()
    return Answer(shown, tuple(failures))
