"""`kullback measure`: probabilities or counts typed, in a file, or on standard input."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kullback.cli.options import Answer, answer, common, names
from kullback.errors import KullbackError
from kullback.strings import text

if TYPE_CHECKING:
    from kullback.kinds import Probs

__all__ = ["command"]


def command(lang: str) -> click.Command:
    """Build the command with its help in a language."""

    def say(key: str) -> str:
        return text(f"cli.measure.{key}", lang)

    own = [
        click.Option(["--p"], required=True, metavar="VALUES", help=say("p")),
        click.Option(["--q"], metavar="VALUES", help=say("q")),
        click.Option(["--counts"], is_flag=True, help=say("counts")),
        click.Option(
            ["--labels"], multiple=True, callback=names, metavar="NAMES", help=say("labels")
        ),
    ]
    return click.Command("measure", callback=_measure, params=own + common(lang), help=say("help"))


def _measure(
    p: str,
    q: str | None,
    counts: bool,
    labels: tuple[str, ...],
    unit: str,
    precision: int,
    as_json: bool,
    lang: str,
    ascii_only: bool,
) -> Answer:
    from kullback.measures.explain import explain

    if p == "-" and q == "-":
        raise KullbackError("cli.stdin_twice")
    x = _read("--p", p, counts=counts)
    y = None if q is None else _read("--q", q, counts=counts)
    if y is not None and len(x) != len(y):
        raise KullbackError("cli.length", p=len(x), q=len(y))
    if labels and len(labels) != len(x):
        raise KullbackError("cli.labels", labels=len(labels), outcomes=len(x))
    given = [_distribution("--p", x, counts=counts)]
    if y is not None:
        given.append(_distribution("--q", y, counts=counts))
    result = explain(*given, outcomes=labels or None, unit=unit)

    def show() -> str:
        shown = result.text(lang, precision=precision, ascii_only=ascii_only)
        return f"{shown}\n\n{text('cli.measure.of_counts', lang)}" if counts else shown

    observed = {"counts": {"p": _whole(x), "q": _whole(y)}} if counts else {}
    return answer({"schema": "kullback.measure/1", **result.to_dict(), **observed}, as_json, show)


def _read(option: str, given: str, *, counts: bool) -> list[float]:
    """Return the numbers that an option holds, names, or takes from standard input."""
    values = None if given == "-" else _numbers(given)
    if values is None:
        source = sys.stdin.read() if given == "-" else _content(option, given)
        values = _numbers(source.lstrip("\ufeff"))
        if values is None:
            first = source.strip().partition("\n")[0][:40]
            raise KullbackError("cli.holds_text", option=option, file=given, first=first)
    if not values:
        raise KullbackError("cli.no_values", option=option, got=repr(given))
    if re.fullmatch(r"\s*0\s*,\s*\d+\s*", given) and not counts and sum(values) != 1:
        total = f"{sum(values):g}"
        shown = ", ".join(f"{x:g}" for x in values)
        raise KullbackError(
            "cli.decimal_comma", option=option, got=given, values=shown, total=total
        )
    return values


def _content(option: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:  # no such file, or a text that is too long to name one
        raise KullbackError("cli.not_numbers", option=option, got=path[:40]) from None


def _numbers(source: str) -> list[float] | None:
    """Parse numbers between commas or white space; None if anything else is among them."""
    try:
        return (
            [float(x) for x in re.split(r"\s*,\s*|\s+", source.strip())] if source.strip() else []
        )
    except ValueError:
        return None


def _distribution(option: str, values: list[float], *, counts: bool) -> Probs:
    """Check the values, and name the option instead of the argument where they are wrong."""
    from kullback.kinds import Counts, Probs

    try:
        return Probs(Counts(values).proportions) if counts else Probs(values)
    except KullbackError as error:
        raise KullbackError(error.key, **{**error.values, "name": option}) from None


def _whole(values: list[float] | None) -> list[int] | None:
    return None if values is None else [int(x) for x in values]
