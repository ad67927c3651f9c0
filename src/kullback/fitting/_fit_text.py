"""How a fit, and a ranking of fits, read in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kullback._table import number, plain, table
from kullback.strings import text

if TYPE_CHECKING:
    from kullback.fitting.fit import Fit
    from kullback.fitting.selection import FitRanking

__all__ = ["fit_text", "ranking_text", "significant"]


def fit_text(fitted: Fit, lang: str, *, precision: int, ascii_only: bool) -> str:
    """Return a table of the parameters, and the likelihood below it."""

    def say(key: str, **values: Any) -> str:
        return text(f"fit.{key}", lang, **values)

    rows = []
    for name, x in fitted.scalars.items():
        error = fitted.std_errors.get(name)
        if name not in fitted.free:
            told = say("is_fixed")
        elif error is None:
            told = say("at_an_edge")
        else:
            low, high = fitted.interval(name)
            told = f"{significant(low, precision)} – {significant(high, precision)}"
        shown = "–" if error is None else significant(error, precision)
        rows.append((name, significant(x, precision), shown, told))
    header = ["", say("estimate"), say("std_error"), say("interval")]
    entropy = fitted.cross_entropy
    error = "" if entropy.std_error is None else f" ± {number(float(entropy.std_error), precision)}"
    lines = [
        say(
            "title_posterior" if fitted.prior else "title",
            family=fitted.family,
            n=f"{fitted.n:,}".replace(",", " "),
        ),
        table(rows, header=header, right=(1, 2), ascii_only=ascii_only),
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


def ranking_text(
    ranking: FitRanking, lang: str, *, precision: int, ascii_only: bool, what: str = ""
) -> str:
    """Return a line for each law, the best first, and what could not be fitted below them."""

    def say(key: str, **values: Any) -> str:
        return text(f"fit.{key}", lang, **values)

    unit = ranking.unit.name
    rows = []
    for i, entry in enumerate(ranking.entries):
        fitted, more = entry.fit, entry.difference.to(unit)
        error = None if i == 0 else more.std_error
        spread = "" if error is None else number(float(error), precision)
        rows.append(
            (
                "▶" if i == 0 else "",
                entry.name,
                ", ".join(f"{k} = {significant(x, precision)}" for k, x in fitted.scalars.items()),
                number(float(fitted.cross_entropy.to(unit)), precision),
                "0" if i == 0 else number(float(more), precision, signed=True),
                f"± {spread}" if spread else "",
                number(fitted.aic, 1),
            )
        )
    header = ["", say("family"), say("parameters"), say("mean_nll", unit=unit)]
    header += [say("difference"), "", "AIC"]
    n = f"{ranking.n:,}".replace(",", " ")
    lines = [say("ranking", what=what, n=n) if what else say("values", n=n)]
    if rows:
        lines.append(table(rows, header=header, right=(3, 4, 6), ascii_only=ascii_only))
    lines += [f"{name}: {error.text(lang)}" for name, error in ranking.refused.items()]
    if len(rows) > 1:
        lines.append(say("legend"))
    if not ranking.discrete:
        lines.append(say("continuous"))
    whole = "\n".join(lines)
    return plain(whole) if ascii_only else whole


def significant(x: float, precision: int) -> str:
    """Return a parameter with so many digits: its size is anything."""
    return f"{x:.{max(precision, 1)}g}"
