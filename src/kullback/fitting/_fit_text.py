"""How a fit, and a ranking of fits, read in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kullback._table import number, plain, table
from kullback.strings import text

if TYPE_CHECKING:
    from kullback.fitting.fit import Fit
    from kullback.fitting.selection import FitRanking

__all__ = ["fit_text", "parameter_rows", "ranking_notes", "ranking_rows", "ranking_text", "size"]

_LONGEST = 7  # digits of a number that is written out, as 81850 and not 8.185e+04


def fit_text(fitted: Fit, lang: str, *, precision: int, ascii_only: bool) -> str:
    """Return a table of the parameters, and the likelihood below it."""

    def say(key: str, **values: Any) -> str:
        return text(f"fit.{key}", lang, **values)

    entropy = fitted.cross_entropy
    error = "" if entropy.std_error is None else f" ± {number(float(entropy.std_error), precision)}"
    lines = [
        say(
            "title_posterior" if fitted.prior else "title",
            family=fitted.family,
            n=size(fitted.n),
        ),
        _parameters(fitted, lang, precision=precision, ascii_only=ascii_only),
        say(
            "likelihood",
            log_likelihood=number(fitted.log_likelihood, precision),
            nll=number(float(entropy), precision) + error,
            aic=number(fitted.aic, precision),
            bic=number(fitted.bic, precision),
        ),
    ]
    if not fitted.converged:
        lines.append(say("not_converged"))
    lines += [say(f"note.{note}") for note in fitted.notes]
    whole = "\n".join(lines)
    return plain(whole) if ascii_only else whole


def size(n: float) -> str:
    """Return a number of observations."""
    return (f"{n:,}" if isinstance(n, int) else f"{n:,.6g}").replace(",", " ")


def _parameters(fitted: Fit, lang: str, *, precision: int, ascii_only: bool) -> str:
    header = ["", *(text(f"fit.{key}", lang) for key in ("estimate", "std_error", "interval"))]
    rows = parameter_rows(fitted, lang, precision)
    return table(rows, header=header, right=(1, 2), ascii_only=ascii_only)


def parameter_rows(fitted: Fit, lang: str, precision: int) -> list[tuple[str, str, str, str]]:
    """Return name, estimate, standard error and interval of each parameter."""
    rows = []
    for name, x in fitted.scalars.items():
        error = fitted.std_errors.get(name)
        if name not in fitted.free:
            told = text("fit.is_fixed", lang)
        elif error is None:
            told = text("fit.at_an_edge", lang)
        else:
            told = " – ".join(_significant(end, precision) for end in fitted.interval(name))
        shown = "–" if error is None else _significant(error, precision)
        rows.append((name, _significant(x, precision), shown, told))
    return rows


def ranking_rows(ranking: FitRanking, precision: int) -> list[tuple[str, ...]]:
    """Return name, AIC/2n, difference from the best, its error, AIC and BIC of each law."""
    rows = []
    for i, entry in enumerate(ranking.entries):
        fitted, more = entry.fit, entry.difference.to(ranking.unit)
        error = None if i == 0 else more.std_error
        rows.append(
            (
                entry.name,
                number(float(entry.corrected.to(ranking.unit)), precision),
                "0" if i == 0 else number(float(more), precision, signed=True),
                "" if error is None else f"± {number(float(error), precision)}",
                number(fitted.aic, 1),
                number(fitted.bic, 1),
            )
        )
    return rows


def ranking_notes(ranking: FitRanking, lang: str) -> list[str]:
    """Return what could not be fitted, and what a reader of a ranking must know."""

    def say(key: str, **values: Any) -> str:
        return text(f"fit.{key}", lang, **values)

    notes = [f"{name}: {error.text(lang)}" for name, error in ranking.refused.items()]
    if ranking.entries:
        notes.append(say("legend"))
    if tied := [entry.name for entry in ranking.entries if entry.tied]:
        notes.append(say("tied", names=", ".join(tied)))
    if alike := [entry.name for entry in ranking.entries if entry.alike]:
        notes.append(say("constant_ratio", names=", ".join(alike), best=ranking.entries[0].name))
    if ranking.entries and not ranking.discrete:
        notes.append(say("continuous"))
    return notes


def ranking_text(
    ranking: FitRanking, lang: str, *, precision: int, ascii_only: bool, what: str = ""
) -> str:
    """Return a line for each law, the best first, and what could not be fitted below them."""

    def say(key: str, **values: Any) -> str:
        return text(f"fit.{key}", lang, **values)

    rows = []
    for entry, row in zip(ranking.entries, ranking_rows(ranking, precision), strict=True):
        name, mean, more, error, aic, _ = row
        values = entry.fit.scalars.items()
        shown = ", ".join(f"{k} = {_significant(x, precision)}" for k, x in values)
        mark = "≈" if entry.tied else "" if rows else "▶"
        rows.append((mark, name, shown, mean, more, error, aic))
    header = ["", say("family"), say("parameters"), say("corrected", unit=ranking.unit.name)]
    header += [say("difference"), "", "AIC"]
    n = size(ranking.n)
    lines = [say("ranking", what=what, n=n) if what else say("values", n=n)]
    if rows:
        lines.append(table(rows, header=header, right=(3, 4, 6), ascii_only=ascii_only))
    if len(rows) == 1:
        lines.append(_parameters(ranking.best, lang, precision=precision, ascii_only=ascii_only))
    lines += ranking_notes(ranking, lang)
    whole = "\n".join(lines)
    return plain(whole) if ascii_only else whole


def _significant(x: float, precision: int) -> str:
    """Return a parameter with so many digits: its size is anything."""
    digits = max(precision, 1)
    return f"{float(f'{x:.{digits}g}'):.{max(digits, _LONGEST)}g}"
