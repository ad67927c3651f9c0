"""A ranking of fits as one page: the fitted curves over the data, and the parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from kullback._table import number
from kullback.fitting._fit_text import parameter_rows, ranking_notes, ranking_rows, size
from kullback.strings import text
from kullback.svg import STYLE, curve_key, curves_over_bars

if TYPE_CHECKING:
    from kullback.fitting.observations import Observations
    from kullback.fitting.selection import FitRanking

__all__ = ["fit_page"]

_CURVES = 5
_POINTS = 400
_MOST_BARS = 80
# What is farther from the quartiles than so many times their distance is not in the picture.
_REACH = 5.0
# A picture that would begin closer to 0 than this part of it begins there.
_NEAR_ZERO = 0.2


def fit_page(ranking: FitRanking, data: Observations, what: str, lang: str, precision: int) -> str:
    """Return HTML that needs nothing else."""

    def say(key: str, **values: Any) -> str:
        return escape(text(f"fit.{key}", lang, **values))

    best = ranking.entries[0]
    summary = say(
        "page.summary",
        best=best.name,
        n=size(ranking.n),
        nll=number(float(best.fit.cross_entropy.to(ranking.unit)), precision),
        unit=ranking.unit.name,
    )
    notes = [escape(note) for note in ranking_notes(ranking, lang)]
    title = say("page.title", what=what)
    body = [
        f"<h1>{title}</h1><p>{summary}</p>",
        _chart(ranking, data, lang),
        _ranking(ranking, say, precision),
        f"<h2>{say('page.parameters')}</h2>",
        _parameters(ranking, lang, precision),
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
    "h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin-top:2rem}"
    "table{margin:1rem 0}.kb-wide{overflow-x:auto}.kb-wide td{white-space:nowrap}"
    "figure{margin:2rem 0}figure>div>svg{width:100%;height:auto;min-width:540px}"
)


def _chart(ranking: FitRanking, data: Observations, lang: str) -> str:
    """Return the histogram, with the density of the best laws over it."""
    if data.low == data.high:
        return ""
    low, high = _picture(data, discrete=ranking.discrete)
    if ranking.discrete:
        step = math.ceil((high - low + 1) / _MOST_BARS)
        edges = np.arange(low - 0.5, high + step, step)
        x = np.arange(low, edges[-1])
    else:
        # Freedman and Diaconis' width, which follows the bulk and not the tails.
        width = 2.0 * (data.quantile(0.75) - data.quantile(0.25)) / data.total ** (1 / 3)
        bars = math.ceil((high - low) / width) if width > 0 else _MOST_BARS
        edges = np.linspace(low, high, min(max(bars, 8), _MOST_BARS) + 1)
        x = np.linspace(low, high, _POINTS)
    heights, _ = np.histogram(data.x, edges, weights=data.weights)
    shares = heights / data.total / np.diff(edges)
    curves = [
        (entry.name, _curve(entry.fit.distribution, x)) for entry in ranking.entries[:_CURVES]
    ]
    caption = text(f"fit.page.{'share' if ranking.discrete else 'chart'}", lang)
    beyond = data.total - heights.sum()
    if beyond > 0:
        caption += " " + text("fit.page.beyond", lang, n=f"{beyond:,.6g}".replace(",", " "))
    chart = curves_over_bars(
        edges.tolist(), shares.tolist(), curves, caption, whole=ranking.discrete
    )
    keys = " ".join(curve_key(i, name) for i, (name, _) in enumerate(curves))
    return (
        f'<figure><div class="kb-wide">{chart}</div><p>{keys}</p>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _picture(data: Observations, *, discrete: bool) -> tuple[float, float]:
    """Return where the picture begins and ends: the data, but not all of a long tail."""
    below, above = data.quantile(0.25), data.quantile(0.75)
    reach = _REACH * (max(above - below, 2.0) if discrete else above - below) or math.inf
    low, high = max(data.low, below - reach), min(data.high, above + reach)
    if discrete:
        low, high = math.floor(low), math.ceil(high)
    return 0.0 if 0.0 < low < _NEAR_ZERO * high else low, high


def _curve(law: Any, x: np.ndarray) -> list[tuple[float, float]]:
    """Return points of a density, without those where it is infinite."""
    y = np.exp(law.log_prob(x))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True) if math.isfinite(b)]


def _ranking(ranking: FitRanking, say: Any, precision: int) -> str:
    """Return the table of cross-entropies."""
    rows = [
        (f"{'≈ ' if entry.tied else ''}{name}", mean, f"{more} {error}".strip(), aic, bic)
        for entry, (name, mean, more, error, aic, bic) in zip(
            ranking.entries, ranking_rows(ranking, precision), strict=True
        )
    ]
    mean = say("corrected", unit=ranking.unit.name)
    return _table((say("family"), mean, say("difference"), "AIC", "BIC"), rows)


def _parameters(ranking: FitRanking, lang: str, precision: int) -> str:
    """Return the table of parameters."""
    rows = []
    for entry in ranking.entries:
        for i, row in enumerate(parameter_rows(entry.fit, lang, precision)):
            rows.append(("" if i else entry.name, *row))
    names = ("family", "parameters", "estimate", "std_error", "interval")
    return _table([escape(text(f"fit.{name}", lang)) for name in names], rows, texts=2)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Return a table whose first columns are texts, and the others numbers."""

    def row(cells: Sequence[str], tag: str) -> str:
        kinds = (' class="kb-text"' if i < texts else "" for i in range(len(cells)))
        filled = zip(cells, kinds, strict=True)
        return f"<tr>{''.join(f'<{tag}{kind}>{cell}</{tag}>' for cell, kind in filled)}</tr>"

    lines = [row(header, "th"), *(row([escape(cell) for cell in cells], "td") for cells in rows)]
    return f'<div class="kb-wide"><table>{"".join(lines)}</table></div>'
