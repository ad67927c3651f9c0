"""A ranking of fits as one page: the fitted curves over the data, and the parameters."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from kullback._table import number
from kullback.fitting._fit_text import significant
from kullback.strings import text
from kullback.svg import STYLE, curves_over_bars

if TYPE_CHECKING:
    from kullback.fitting.fit import Fit
    from kullback.fitting.observations import Observations
    from kullback.fitting.selection import FitRanking

__all__ = ["fit_page"]

_CURVES = 5
_POINTS = 400
_MOST_BARS = 80
# Of heavy tails this share at each end is left out of the picture.
_SHARE = 0.005


def fit_page(ranking: FitRanking, data: Observations, what: str, lang: str, precision: int) -> str:
    """Return HTML that needs nothing else."""

    def say(key: str, **values: Any) -> str:
        return escape(text(f"fit.{key}", lang, **values))

    best = ranking.entries[0]
    summary = say(
        "page.summary",
        best=best.name,
        n=f"{ranking.n:,}".replace(",", " "),
        nll=number(float(best.fit.cross_entropy.to(ranking.unit)), precision),
        unit=ranking.unit.name,
    )
    notes = [say("legend")] if len(ranking.entries) > 1 else []
    notes += [] if ranking.discrete else [say("continuous")]
    notes += [f"{escape(name)}: {escape(e.text(lang))}" for name, e in ranking.refused.items()]
    title = say("page.title", what=what)
    body = [
        f"<h1>{title}</h1><p>{summary}</p>",
        _chart(ranking, data, text(f"fit.page.{'share' if ranking.discrete else 'chart'}", lang)),
        _ranking(ranking, say, precision),
        f"<h2>{say('page.parameters')}</h2>",
        _parameters([(entry.name, entry.fit) for entry in ranking.entries], say, precision),
        "".join(f"<p>{note}</p>" for note in notes),
    ]
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{STYLE}{_PAGE}</style>"
        f'<body class="kb">{"".join(body)}</body></html>\n'
    )


_PAGE = (
    "body{max-width:760px;margin:2rem auto;padding:0 1rem;line-height:1.5}"
    "svg{max-width:100%;height:auto}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{margin:1rem 0}.kb-wide{overflow-x:auto}"
)


def _chart(ranking: FitRanking, data: Observations, title: str) -> str:
    """Return the histogram, with the density of the best laws over it."""
    low, high = data.low, data.high
    if low == high:
        return ""
    laws = [(entry.name, entry.fit.distribution) for entry in ranking.entries[:_CURVES]]
    if ranking.discrete:
        high = min(high, max(data.quantile(1 - _SHARE) + 1, low + 10))
        edges = np.arange(low - 0.5, high + 1.0)
        step = max(math.ceil((len(edges) - 1) / _MOST_BARS), 1)
        edges = np.arange(low - 0.5, high + step, step)
        x = np.arange(low, high + 1.0)
        curves = [(name, list(zip(x, np.exp(law.log_prob(x)), strict=True))) for name, law in laws]
    else:
        middle = data.quantile(1 - _SHARE) - data.quantile(_SHARE)
        low = max(low, data.quantile(_SHARE) - 0.5 * middle)
        high = min(high, data.quantile(1 - _SHARE) + 0.5 * middle)
        # Freedman and Diaconis' width, which follows the bulk and not the tails.
        width = 2.0 * (data.quantile(0.75) - data.quantile(0.25)) / data.total ** (1 / 3)
        bars = math.ceil((high - low) / width) if width > 0 else _MOST_BARS
        edges = np.linspace(low, high, min(max(bars, 8), _MOST_BARS) + 1)
        x = np.linspace(low, high, _POINTS)
        curves = [(name, _finite(x, np.exp(law.log_prob(x)))) for name, law in laws]
    heights, _ = np.histogram(data.x, edges, weights=data.weights)
    shares = heights / data.total / np.diff(edges)
    return curves_over_bars(edges.tolist(), shares.tolist(), curves, title)


def _finite(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True) if math.isfinite(b)]


def _ranking(ranking: FitRanking, say: Any, precision: int) -> str:
    """Return the table of cross-entropies."""
    unit = ranking.unit
    rows = []
    for i, entry in enumerate(ranking.entries):
        more = entry.difference.to(unit)
        spread = "" if more.std_error is None else f" ± {number(float(more.std_error), precision)}"
        shown = "0" if i == 0 else number(float(more), precision, signed=True) + spread
        mean = number(float(entry.fit.cross_entropy.to(unit)), precision)
        cells = (mean, shown, number(entry.fit.aic, 1), number(entry.fit.bic, 1))
        rows.append(_row((entry.name, *cells)))
    header = (say("family"), say("mean_nll", unit=unit.name), say("difference"), "AIC", "BIC")
    head = "".join(f"<th>{cell}</th>" for cell in header)
    return f'<div class="kb-wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _parameters(fits: list[tuple[str, Fit]], say: Any, precision: int) -> str:
    """Return the table of parameters."""
    rows = []
    for name, fitted in fits:
        for one, x in fitted.scalars.items():
            error = fitted.std_errors.get(one)
            if one not in fitted.free:
                told = say("is_fixed")
            elif error is None:
                told = say("at_an_edge")
            else:
                low, high = fitted.interval(one)
                told = f"{significant(low, precision)} – {significant(high, precision)}"
            shown = "–" if error is None else significant(error, precision)
            rows.append(_row((name, one, significant(x, precision), shown, told)))
    header = (say("family"), say("parameters"), say("estimate"), say("std_error"), say("interval"))
    head = "".join(f"<th>{cell}</th>" for cell in header)
    return f'<div class="kb-wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
