"""Plain text for people: numbers, bars and tables aligned by display width."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["bar", "json_number", "number", "one_line", "plain", "table"]

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
        "≈": "~",
        "–": "-",
        "—": "-",
        "█": "#",
        "▌": "#",
        "▏": "|",
        "▶": ">",
        "Δ": "d",
        "…": "...",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)


def plain(text: str) -> str:
    """Return the text with ASCII in place of symbols, for terminals that have nothing else."""
    return text.translate(_ASCII)


def json_number(x: float) -> float | str:
    """Return a number as JSON can hold it: infinity is the string "inf"."""
    return "inf" if x == math.inf else x


def one_line(text: str) -> str:
    """Return the text with line ends and control characters written out, as in a literal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def number(x: float | None, precision: int = 4, *, signed: bool = False) -> str:
    """Return a number with so many decimals, or as 1.2e-09 where those would all be 0."""
    if x is None or math.isnan(x):
        return "–"
    if math.isinf(x):
        return "∞" if x > 0 else "-∞"
    sign = "+" if signed and x else ""
    shown = f"{x:{sign}.{precision}f}"
    if float(shown) == 0 and x != 0:
        return f"{x:{sign}.1e}"  # too small for so many decimals, and not 0
    return shown.lstrip("-") if x == 0 else shown


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
    ascii_only: bool = False,
) -> str:
    """Return rows as aligned text, columns named in `right` flush right.

    Wide characters count as two columns, so Chinese stays aligned. The last column is folded
    to `width` if one is given. With `ascii_only` symbols are replaced before they are measured.
    """
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if ascii_only:
        rows = [[plain(cell) for cell in row] for row in rows]
        header = header and [plain(name) for name in header]
    columns = len(rows[0]) if rows else len(header or ())
    grid = Table(box=None, show_header=header is not None, pad_edge=False, padding=(0, 2, 0, 0))
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
