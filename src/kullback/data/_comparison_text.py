"""How a `Comparison` reads in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kullback._table import number, one_line, plain, table
from kullback.strings import text
from kullback.units import NATS

if TYPE_CHECKING:
    from kullback.data.compare import ColumnComparison, Comparison
    from kullback.data.state import Outcome, Unseen

__all__ = ["comparison_text"]

_LONGEST_LABEL = 24
_WIDE = 115  # columns of a terminal that the tables fit into side by side


def comparison_text(
    result: Comparison, lang: str, *, precision: int, ascii_only: bool, width: int | None
) -> str:
    """Return the two tables of a comparison, with a line for all that a number cannot say."""
    sections = [
        text(
            "compare.title",
            lang,
            old=one_line(result.old),
            n_old=_count(result.n_old),
            new=one_line(result.new),
            n_new=_count(result.n_new),
            shared=len(result.columns),
            unit=result.unit.name,
        ),
        _changes(result, lang, precision, width, ascii_only),
        _legend(result, lang),
        _measures(result, lang, precision, width, ascii_only),
    ]
    if remarks := _remarks(result, lang):
        sections.append("\n".join(remarks))
    whole = "\n\n".join(sections)
    return plain(whole) if ascii_only else whole


def _changes(
    result: Comparison, lang: str, precision: int, width: int | None, ascii_only: bool
) -> str:
    """What changed, the largest first."""
    narrow = width is not None and width < _WIDE
    header = ("column", "treatment", "js", "interval", "floor", "p", "change")
    rows = [
        (
            _label(column.name),
            _treatment(column, lang),
            number(max(column.js_corrected, 0.0), precision),
            _interval(column.js_interval, precision),
            number(column.noise_floor, precision),
            _p_value(column, column.p_value),
            _change(column, result, lang),
        )
        for column in result.columns
    ]
    level = f"{100 * result.level:.4g}"
    names = [text(f"compare.{key}", lang, level=level) for key in header]
    if not narrow:
        return table(rows, header=names, right=(2, 4, 5), width=width, ascii_only=ascii_only)
    # Two lines for a column: the numbers, then the words.
    numbers = [(row[0], *row[2:6]) for row in rows]
    short = [names[0], *names[2:6]]
    lines = table(numbers, header=short, right=(1, 3, 4), ascii_only=ascii_only).splitlines()
    words = ["", *(f"\n    {row[1]}: {row[6]}" for row in rows)]
    return "\n".join(line + more for line, more in zip(lines, words, strict=True))


def _measures(
    result: Comparison, lang: str, precision: int, width: int | None, ascii_only: bool
) -> str:
    """Every other measure."""
    header = ("column", "h_old", "h_new", "kl_new_old", "kl_old_new", "psi", "raw", "distance")
    rows = [
        (
            _label(column.name),
            number(column.entropy_old, precision),
            number(column.entropy_new, precision),
            _perhaps_infinite(column.kl_new_old, column.kl_new_old_jeffreys, precision),
            _perhaps_infinite(column.kl_old_new, column.kl_old_new_jeffreys, precision),
            _perhaps_infinite(column.psi, column.psi_jeffreys, precision),
            number(column.js, precision),
            number(column.js_distance, precision),
            _p_value(column, column.p_adjusted),
        )
        for column in result.columns
    ]
    names = [text(f"compare.{key}", lang) for key in (*header, "p_adjusted")]
    if width is None or width >= _WIDE:
        return table(rows, header=names, right=range(1, 9), ascii_only=ascii_only)
    halves = [range(6), (0, 6, 7, 8)]
    return "\n\n".join(
        table(
            [[row[i] for i in half] for row in rows],
            header=[names[i] for i in half],
            right=range(1, len(half)),
            ascii_only=ascii_only,
        )
        for half in halves
    )


def _legend(result: Comparison, lang: str) -> str:
    rate = f"{100 * result.false_discovery_rate:.4g}"
    changed, compared = len(result.changed), len(result.columns)
    draws = max(column.draws for column in result.columns)
    return text(
        "compare.legend", lang, changed=changed, compared=compared, rate=rate, draws=_count(draws)
    )


def _remarks(result: Comparison, lang: str) -> list[str]:
    """Infinite divergences and their reason, notes, and columns of one file only."""
    lines = [] if result.unit == NATS else [text("compare.psi_unit", lang)]
    if any(math.isinf(column.psi) for column in result.columns):
        lines.append(text("compare.jeffreys", lang))
    for column in result.columns:
        state = column.state
        for key, unseen in (("new", state.unseen_in_old), ("gone", state.unseen_in_new)):
            if unseen.outcomes:
                count, rows, top = _count(unseen.outcomes), _count(unseen.rows), _top(unseen, lang)
                line = text(f"compare.{key}_values", lang, top=top, count=count, rows=rows)
                lines.append(f"{_label(column.name)}: {line}")
        if state.reason in ("type.mixed", "type.time_utc"):
            lines.append(f"{_label(column.name)}: {text(state.reason, lang)}")
        lines += [
            f"{_label(column.name)}: {text(f'compare.note.{note}', lang)}" for note in column.notes
        ]
    for names, file in ((result.only_in_old, result.old), (result.only_in_new, result.new)):
        if names:
            listed = ", ".join(map(_label, names))
            lines.append(text("compare.only_in", lang, file=one_line(file), names=listed))
    return lines


def _treatment(column: ColumnComparison, lang: str) -> str:
    state = column.state
    kinds = dict.fromkeys(text(f"compare.kind.{k}", lang) for k in (state.old_type, state.new_type))
    if state.treatment == "numeric":
        how = text("compare.bins", lang, bins=len(state.edges) + 1)
    else:
        how = text("compare.values", lang, values=_count(state.distinct or 0))
    return f"{'/'.join(kinds)}, {how}"


def _change(column: ColumnComparison, result: Comparison, lang: str) -> str:
    if not column.changed:
        return text("compare.noise", lang)
    parts = []
    for outcome in column.state.movers:
        name = _name(outcome, lang)
        if outcome.old and outcome.new:
            old, new = outcome.old / result.n_old, outcome.new / result.n_new
            parts.append(f"{name} {100 * old:.1f}% → {100 * new:.1f}%")
        else:
            key, rows = ("appeared", outcome.new) if outcome.new else ("vanished", outcome.old)
            parts.append(text(f"compare.{key}", lang, name=name, rows=_count(rows)))
    return ", ".join(parts[:3])


def _top(unseen: Unseen, lang: str) -> str:
    shown = [f"{_name(x, lang)} ×{_count(x.old + x.new)}" for x in unseen.top[:3]]
    return ", ".join(shown) + (", …" if unseen.outcomes > len(shown) else "")


def _name(outcome: Outcome, lang: str) -> str:
    if outcome.special:
        return text(f"compare.{outcome.special}", lang)
    return _label(outcome.label)


def _label(label: str) -> str:
    """Return a value as it can stand in a table: one line, of a bearable length."""
    shown = one_line(label)
    if len(shown) > _LONGEST_LABEL:
        shown = shown[: _LONGEST_LABEL - 1] + "…"
    return shown if shown.strip() == shown and shown else f"'{shown}'"


def _interval(interval: tuple[float, float], precision: int) -> str:
    low, high = (number(x, precision) for x in interval)
    return f"{low} – {high}"


def _p_value(column: ColumnComparison, p: float) -> str:
    bound = "<" if column.draws_reaching == 0 else ""
    return f"{bound}{p:.2g}"


def _perhaps_infinite(x: float, with_prior: float, precision: int) -> str:
    shown = number(x, precision)
    return f"{shown} ({number(with_prior, precision)})" if math.isinf(x) else shown


def _count(n: int) -> str:
    return f"{n:,}".replace(",", " ")
