"""`kullback compare OLD NEW`: what changed between two files, beyond chance."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kullback._table import number, one_line
from kullback.cli.options import Answer, answer, common, names
from kullback.errors import KullbackError
from kullback.strings import text

if TYPE_CHECKING:
    from kullback.data.compare import Comparison

__all__ = ["command"]

LIMITED = ("js", "js_distance")  # the measures with an interval to judge by
PATIENCE = 0.5  # seconds before a progress bar appears


def command(lang: str) -> click.Command:
    """Build the command with its help in a language."""

    def say(key: str) -> str:
        return text(f"cli.compare.{key}", lang)

    def several(name: str) -> click.Option:
        return click.Option(
            [f"--{name}"], multiple=True, callback=names, metavar="NAMES", help=say(name)
        )

    own: list[click.Parameter] = [
        click.Argument(["old"]),
        click.Argument(["new"]),
        several("columns"),
        several("ignore"),
        several("categorical"),
        several("numeric"),
        several("missing"),
        click.Option(
            ["--bins"],
            type=click.IntRange(2, 10_000),
            default=20,
            show_default=True,
            help=say("bins"),
        ),
        click.Option(["--encoding"], default="utf-8", show_default=True, help=say("encoding")),
        click.Option(
            ["--seed"], type=click.IntRange(0), default=0, show_default=True, help=say("seed")
        ),
        click.Option(
            ["--fail-above"],
            multiple=True,
            callback=_limits,
            metavar="MEASURE=VALUE",
            help=say("fail_above"),
        ),
    ]
    return click.Command("compare", callback=_compare, params=own + common(lang), help=say("help"))


def _compare(
    old: str,
    new: str,
    columns: tuple[str, ...],
    seed: int,
    fail_above: dict[str, float],
    unit: str,
    precision: int,
    as_json: bool,
    lang: str,
    ascii_only: bool,
    **options: Any,
) -> Answer:
    from kullback.data.compare import compare

    with _progress_bar(lang) as progress:
        result = compare(
            old, new, columns=columns or None, rng=seed, unit=unit, progress=progress, **options
        )

    def show() -> str:
        width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None
        return result.text(lang, precision=precision, ascii_only=ascii_only, width=width)

    failed = list(_failed(result, fail_above))
    lines = [text("cli.failed", lang, **{**x, "low": number(x["low"], precision)}) for x in failed]
    return answer({**result.to_dict(), "failed": failed}, as_json, show, lines)


def _limits(_context: click.Context, _option: click.Parameter, given: Any) -> dict[str, float]:
    """Parse MEASURE=VALUE."""
    limits = {}
    for part in given:
        measure, _, limit = part.partition("=")
        try:
            limits[measure] = float(limit)
        except ValueError:
            limits[measure] = -1.0
        if measure not in LIMITED or not limits[measure] >= 0:
            raise KullbackError("cli.threshold", got=part, known=", ".join(LIMITED))
    return limits


def _failed(result: Comparison, limits: dict[str, float]) -> Iterator[dict[str, Any]]:
    """The columns that are above a limit even at the lower end of their interval."""
    for measure, limit in limits.items():
        for column in result.columns:
            interval = getattr(column, f"{measure}_interval")
            if interval[0] > limit:
                yield {
                    "column": column.name,
                    "measure": measure,
                    "low": interval[0],
                    "limit": limit,
                }


@contextmanager
def _progress_bar(lang: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """Show a bar on standard error, if that is a terminal and the work takes a while."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    waited = threading.Timer(PATIENCE, bar.start)
    waited.start()
    task = bar.add_task("", total=None)

    def progress(done: int, total: int, name: str) -> None:
        bar.update(
            task,
            completed=done,
            total=total,
            description=text("cli.compare.progress", lang, name=one_line(name)),
        )

    try:
        yield progress
    finally:
        waited.cancel()
        waited.join()
        bar.stop()
