"""The whole comparison of two distributions, outcome by outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, final

from kullback import svg
from kullback._array import to_numpy
from kullback._table import bar, json_number, number, plain, table
from kullback.errors import KullbackError
from kullback.kinds import AbstractFinite, as_distribution
from kullback.measures.divergence import jensen_shannon_divergence, kl_divergence
from kullback.measures.entropy import cross_entropy, entropy, self_information
from kullback.measures.likelihood import log_likelihood_ratio
from kullback.strings import text
from kullback.units import NATS, Unit, as_unit

__all__ = ["Explanation", "explain"]

_MOST = 20  # outcomes shown to a person; `to_dict` has them all


@final
@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Every information measure of p, and of p and q, with the share of each outcome.

    Attributes
    ----------
    unit : Unit
        Of every measure here.
    outcomes : tuple of str
        Names of the outcomes.
    p, q : tuple of float
        The distributions; q is None where p was given alone.
    entropy_p, entropy_q, cross_entropy_pq, cross_entropy_qp, kl_pq, kl_qp, jensen_shannon : float
        The measures; those that need q are None without it.
    shares : tuple of float
        Without q, the self-information of each outcome. With q, its signed share
        p log(p/q) in the divergence D(p || q): shares may be negative, their sum may not.
    infinite_because, reverse_infinite_because : tuple of str
        The outcomes that q, or p, holds impossible although the other does not.

    Examples
    --------
    >>> import kullback as kb
    >>> kb.explain([0.5, 0.5], [0.25, 0.75], unit="bits")
    <Explanation H(p)=1, KL(p||q)=0.2075, KL(q||p)=0.1887 bits, 2 outcomes>
    """

    unit: Unit
    outcomes: tuple[str, ...]
    p: tuple[float, ...]
    entropy_p: float
    shares: tuple[float, ...]
    q: tuple[float, ...] | None = None
    entropy_q: float | None = None
    cross_entropy_pq: float | None = None
    cross_entropy_qp: float | None = None
    kl_pq: float | None = None
    kl_qp: float | None = None
    jensen_shannon: float | None = None
    infinite_because: tuple[str, ...] = ()
    reverse_infinite_because: tuple[str, ...] = ()

    @property
    def max_entropy(self) -> float:
        """The entropy of the uniform distribution, log K."""
        return self.unit.from_nats(math.log(len(self.p)))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and strings; infinity is the string "inf"."""
        values = {
            "H_p": self.entropy_p,
            "H_q": self.entropy_q,
            "cross_entropy": self.cross_entropy_pq,
            "cross_entropy_qp": self.cross_entropy_qp,
            "kl_pq": self.kl_pq,
            "kl_qp": self.kl_qp,
            "js": self.jensen_shannon,
        }
        return {
            "unit": self.unit.name,
            "outcomes": list(self.outcomes),
            "p": list(self.p),
            "q": None if self.q is None else list(self.q),
            "values": {name: json_number(x) for name, x in values.items() if x is not None},
            "terms": {
                "self_information" if self.q is None else "kl_pq": [
                    json_number(x) for x in self.shares
                ]
            },
            "infinite_because": list(self.infinite_because),
            "reverse_infinite_because": list(self.reverse_infinite_because),
        }

    def text(self, lang: str = "en", *, precision: int = 4, ascii_only: bool = False) -> str:
        """Return the comparison as text for a person, in English or Chinese."""
        measures = [
            (name, "" if x is None else number(x, precision), remark)
            for name, x, remark in self._measures(lang)
        ]
        shown = self._shown()
        cells = [self._cells(i, precision) for i in shown]
        if self.q is not None:
            cells = [
                (*row, bar(self.shares[i], self._largest()))
                for row, i in zip(cells, shown, strict=True)
            ]
        parts = [
            table(measures, header=("", self.unit.name, ""), right=(1,), ascii_only=ascii_only),
            table(cells, header=self._header(lang), right=(1, 2, 3), ascii_only=ascii_only),
        ]
        if len(shown) < len(self.p):
            parts.append(text("explain.more", lang, more=len(self.p) - len(shown)))
        whole = "\n\n".join(parts)
        return plain(whole) if ascii_only else whole

    def _measures(self, lang: str) -> list[tuple[str, float | None, str]]:
        """Name, value and remark of each measure, in the order they are read."""
        most = text("explain.entropy", lang, most=number(self.max_entropy))
        if self.q is None:
            count = math.exp(self.unit.to_nats(self.entropy_p))
            perplexity = text("explain.perplexity", lang, count=number(count))
            return [("H(p)", self.entropy_p, most), ("", None, perplexity)]
        extra = text("explain.kl", lang, unit=self.unit.name)
        cross = text("explain.cross_entropy", lang)
        if self.infinite_because:
            names = _few(self.infinite_because)
            extra = cross = text("explain.infinite", lang, model="q", truth="p", outcomes=names)
        reverse = ""
        if self.reverse_infinite_because:
            names = _few(self.reverse_infinite_because)
            reverse = text("explain.infinite", lang, model="p", truth="q", outcomes=names)
        return [
            ("H(p)", self.entropy_p, most),
            ("H(q)", self.entropy_q, most),
            ("H(p, q)", self.cross_entropy_pq, cross),
            ("KL(p‖q)", self.kl_pq, extra),
            ("KL(q‖p)", self.kl_qp, reverse),
            (
                "JS(p, q)",
                self.jensen_shannon,
                text("explain.js", lang, most=number(self.unit.from_nats(math.log(2)))),
            ),
        ]

    def _header(self, lang: str) -> list[str]:
        """Column titles of the table of outcomes; the bars have none."""
        keys = ["outcome", "p", "surprise"] if self.q is None else ["outcome", "p", "q", "share"]
        return [text(f"explain.{key}", lang) for key in keys] + [""] * (self.q is not None)

    def _cells(self, i: int, precision: int = 4) -> tuple[str, ...]:
        """One row of the table of outcomes."""
        share = number(self.shares[i], precision, signed=self.q is not None)
        middle = () if self.q is None else (number(self.q[i], precision),)
        return (self.outcomes[i], number(self.p[i], precision), *middle, share)

    def _largest(self) -> float:
        return max((abs(x) for x in self.shares if math.isfinite(x)), default=0.0)

    def _shown(self) -> list[int]:
        """The outcomes a person is shown: all of a few, else those with the largest shares."""
        order = sorted(range(len(self.p)), key=lambda i: -abs(self.shares[i]))
        return sorted(order[:_MOST])

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        main = f"H(p)={self.entropy_p:.4g}"
        if self.q is not None:
            main += f", KL(p||q)={self.kl_pq:.4g}, KL(q||p)={self.kl_qp:.4g}"
        return f"<Explanation {main} {self.unit}, {len(self.p)} outcomes>"

    def _repr_html_(self, lang: str = "en") -> str:
        """Return tables and bars for a notebook: no script, no outside file."""
        measures = "".join(
            f"<tr><td>{name}</td><td>{'' if x is None else number(x)}</td>"
            f"<td class='kb-text'>{escape(remark)}</td></tr>"
            for name, x, remark in self._measures(lang)
        )
        shown = self._shown()
        rows, chart = "", ""
        for i in shown:
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in self._cells(i))
            drawn = "" if self.q is None else svg.signed_bar(self.shares[i], self._largest())
            rows += f"<tr>{cells}<td>{drawn}</td></tr>"
        if self.q is not None:
            p, q = ([x[i] for i in shown] for x in (self.p, self.q))
            names = [self.outcomes[i] for i in shown]
            chart = svg.paired_bars(p, q, names, text("explain.chart", lang))
        head = "".join(f"<th>{escape(name)}</th>" for name in self._header(lang))
        more = len(self.p) - len(shown)
        rest = f"<p>{escape(text('explain.more', lang, more=more))}</p>" if more else ""
        return (
            f"<div class='kb' lang='{lang}'><style>{svg.STYLE}</style>"
            f"<table><tr><th></th><th>{self.unit}</th><th></th></tr>{measures}</table>{chart}"
            f"<table><tr>{head}</tr>{rows}</table>{rest}</div>"
        )


def explain(
    p: Any,
    q: Any = None,
    /,
    *,
    outcomes: Sequence[str] | None = None,
    unit: Unit | str = NATS,
) -> Explanation:
    r"""Compare p and q in every way at once, and say which outcomes the difference comes from.

    .. math:: D(p \,\|\, q) = \sum_i s_i, \qquad s_i = p_i \log\frac{p_i}{q_i}

    Parameters
    ----------
    p : distribution or array, shape (K,)
        The truth, or the only distribution.
    q : distribution or array, shape (K,), optional
        The model.
    outcomes : sequence of str, optional
        Names of the outcomes; by default their numbers from 0.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".

    Returns
    -------
    Explanation
        It prints as text, shows as HTML with bars in a notebook, and gives `to_dict()`.

    Raises
    ------
    KullbackError
        If p and q are not single distributions over the same outcomes, or if the number of
        names is not K.

    References
    ----------
    Kullback (1959), *Information theory and statistics*, chapter 1.

    Examples
    --------
    >>> import kullback as kb
    >>> e = kb.explain([0.5, 0.5, 0.0], [1.0, 0.0, 0.0], outcomes=["a", "b", "c"], unit="bits")
    >>> e.kl_pq, e.infinite_because, float(e.kl_qp)
    (inf, ('b',), 1.0)
    >>> print(kb.explain([0.5, 0.3, 0.2], [0.6, 0.3, 0.1], unit="bits"))
                bits
    H(p)      1.4855  of at most 1.5850
    H(q)      1.2955  of at most 1.5850
    H(p, q)   1.5540  = H(p) + KL(p‖q)
    KL(p‖q)   0.0685  extra bits per outcome if p is coded as if it were q
    KL(q‖p)   0.0578
    JS(p, q)  0.0155  their mean divergence from the mixture, at most 1.0000
    <BLANKLINE>
    outcome       p       q  share of KL(p‖q)
    0        0.5000  0.6000           -0.1315      ████████▏
    1        0.3000  0.3000            0.0000              ▏
    2        0.2000  0.1000           +0.2000              ▏████████████
    """
    unit = as_unit(unit)
    p, table_p = _single(p, "p")
    names = tuple(str(name) for name in (range(len(table_p)) if outcomes is None else outcomes))
    if len(names) != len(table_p):
        raise KullbackError("explain.names", names=len(names), outcomes=len(table_p))
    h_p = _number(entropy(p, unit=unit))
    if q is None:
        surprise = to_numpy(self_information(p, unit=unit)).tolist()
        return Explanation(unit, names, table_p, h_p, tuple(surprise))
    q, table_q = _single(q, "q")
    divergence = _number(kl_divergence(p, q, unit=unit))  # refuses tables of different lengths
    pairs = list(zip(names, table_p, table_q, strict=True))
    return Explanation(
        unit,
        names,
        table_p,
        entropy_p=h_p,
        shares=_shares(p, q, table_p, unit),
        q=table_q,
        entropy_q=_number(entropy(q, unit=unit)),
        cross_entropy_pq=_number(cross_entropy(p, q, unit=unit)),
        cross_entropy_qp=_number(cross_entropy(q, p, unit=unit)),
        kl_pq=divergence,
        kl_qp=_number(kl_divergence(q, p, unit=unit)),
        jensen_shannon=_number(jensen_shannon_divergence(p, q, unit=unit)),
        infinite_because=tuple(name for name, a, b in pairs if a > 0 and b == 0),
        reverse_infinite_because=tuple(name for name, a, b in pairs if b > 0 and a == 0),
    )


def _single(x: Any, name: str) -> tuple[AbstractFinite, tuple[float, ...]]:
    """Return x as one finite distribution, and its probabilities."""
    x = as_distribution(x)
    if not isinstance(x, AbstractFinite):
        raise KullbackError("explain.kind", name=name, kind=type(x).__name__)
    probs = to_numpy(x.wide_probs())
    if probs.ndim != 1:
        raise KullbackError("explain.batch", name=name, shape=probs.shape)
    return x, tuple(probs.tolist())


def _shares(
    p: AbstractFinite, q: AbstractFinite, table: tuple[float, ...], unit: Unit
) -> tuple[float, ...]:
    """Return p log(p/q) for each outcome, 0 where p is 0."""
    possible = [i for i, x in enumerate(table) if x > 0]
    ratios = to_numpy(log_likelihood_ratio(possible, p, q, unit=unit)).tolist()
    ratio = dict(zip(possible, ratios, strict=True))
    return tuple(x * ratio[i] if x > 0 else 0.0 for i, x in enumerate(table))


def _number(x: Any) -> float:
    return float(to_numpy(x))


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown}, … ({len(names)})"
