"""Plain text for people: numbers, bars and tables aligned by display width."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["bar", "number", "plain", "table"]

_ASCII = str.maketrans(
    {
        "∞": "inf",
        "‖": "||",
        "±": "+-",
        "≥": ">=",
        "≤": "<=",
        "→": "->",
        "·": "-",
        "×": "x",
        "–": "-",
        "—": "-",
        "█": "#",
        "▌": "#",
        "▏": "|",
        "…": "...",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)


def plain(text: str) -> str:
    """Return the text with ASCII in place of symbols, for terminals that have nothing else."""
    return text.translate(_ASCII)


def number(x: float | None, precision: int = 4, *, signed: bool = False) -> str:
    """Return a number with so many decimals; ∞ for infinity and – for what does not exist."""
    if x is None or math.isnan(x):
        return "–"
    if math.isinf(x):
        return "∞" if x > 0 else "-∞"
    shown = f"{x:{'+' if signed else ''}.{precision}f}"
    return shown.lstrip("+-") if float(shown) == 0 else shown


def bar(x: float, largest: float, width: int = 12) -> str:
    """Return a horizontal bar to the left of a line for x < 0, to its right for x > 0."""
    halves = 0 if not largest else round(2 * width * min(abs(x) / largest, 1.0))
    drawn = "█" * (halves // 2) + "▌" * (halves % 2)
    left, right = (drawn, "") if x < 0 else ("", drawn)
    return f"{left:>{width}}▏{right:<{width}}".rstrip()


def table(
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] | None = None,
    right: Sequence[int] = (),
    width: int | None = None,
    gap: int = 2,
) -> str:
    """Return rows as aligned text, columns named in `right` flush right.

    Wide characters count as two columns, so Chinese stays aligned. The last column is folded
    to `width` if one is given.
    """
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = len(rows[0]) if rows else len(header or ())
    grid = Table(box=None, show_header=header is not None, pad_edge=False, padding=(0, gap, 0, 0))
    for i in range(columns):
        last = i == columns - 1
        grid.add_column(
            Text(header[i]) if header else "",
            justify="right" if i in right else "left",
            no_wrap=not last,
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out = StringIO()
    Console(file=out, width=width or 100_000, color_system=None, legacy_windows=False).print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
