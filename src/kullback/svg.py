"""The few chart shapes that results, reports and pages share, as SVG text.

Charts take their colours from the style sheet below, so they follow light and dark mode, and
carry a title for readers who do not see them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = ["STYLE", "curves_over_bars", "paired_bars", "signed_bar"]

STYLE = """
.kb{--p:#0b62c4;--q:#b3470a;--rule:#8888;font:14px system-ui,sans-serif}
.kb{--1:#0b62c4;--2:#2c7a3f;--3:#8b3fa8;--4:#8a6d00}
@media(prefers-color-scheme:dark){.kb{--p:#6cb6ff;--q:#f0a35e}}
@media(prefers-color-scheme:dark){.kb{--1:#6cb6ff;--2:#7fd08f;--3:#d8a0f0;--4:#e0c860}}
.kb table{border-collapse:collapse}.kb td,.kb th{padding:2px 10px;text-align:right}
.kb th{border-bottom:1px solid var(--rule);font-weight:600}
.kb td:first-child,.kb th:first-child,.kb td.kb-text{text-align:left}
.kb .kb-p{fill:var(--p)}.kb .kb-q{fill:var(--q)}.kb .kb-line{stroke:var(--rule)}
.kb .kb-data{fill:var(--rule)}.kb text{fill:currentColor}.kb .kb-curve{fill:none;stroke-width:2}
.kb .kb-0{stroke:var(--q)}.kb .kb-1{stroke:var(--1)}.kb .kb-2{stroke:var(--2)}
.kb .kb-3{stroke:var(--3)}.kb .kb-4{stroke:var(--4)}
.kb .kb-1,.kb .kb-2,.kb .kb-3,.kb .kb-4{stroke-width:1.5;stroke-dasharray:6 3}
""".strip()


def paired_bars(p: Sequence[float], q: Sequence[float], labels: Sequence[str], title: str) -> str:
    """Return vertical bars of p and q side by side, one pair for each outcome."""
    largest = max(*p, *q)
    width, height, step = 36 * len(p) + 8, 120, 36
    shapes = [f"<title>{escape(title)}</title>"]
    for i, (a, b, label) in enumerate(zip(p, q, labels, strict=True)):
        for value, name, offset in ((a, "p", 4), (b, "q", 18)):
            tall = 100 * value / largest
            shapes.append(
                f'<rect class="kb-{name}" x="{step * i + offset}" y="{105 - tall:.1f}" width="13" '
                f'height="{tall:.1f}"><title>{name}({escape(label)}) = {value:.6g}</title></rect>'
            )
    shapes.append(f'<line class="kb-line" x1="0" y1="105" x2="{width}" y2="105"/>')
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        + "".join(shapes)
        + "</svg>"
    )


def signed_bar(x: float, largest: float) -> str:
    """Return one horizontal bar, to the left of a line for x < 0 and to its right for x > 0."""
    long = 60.0 if math.isinf(x) else (60 * abs(x) / largest if largest else 0.0)
    start = 62 - long if x < 0 else 62.0
    name = "q" if x < 0 else "p"
    return (
        '<svg aria-hidden="true" width="124" height="14" viewBox="0 0 124 14">'
        f'<rect class="kb-{name}" x="{start:.1f}" y="2" width="{long:.1f}" height="10"/>'
        '<line class="kb-line" x1="62" y1="0" x2="62" y2="14"/></svg>'
    )


COLOURS = 5


def curves_over_bars(
    edges: Sequence[float],
    heights: Sequence[float],
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    title: str,
) -> str:
    """Return a histogram with named curves over it, the first one the strongest."""
    width, height, bottom, left = 720, 340, 300, 56
    low, high = edges[0], edges[-1]
    # A density that shoots up at one end would flatten all else.
    largest = max(heights)
    top = min(max([largest, *(y for _, points in curves for _, y in points)]), 1.4 * largest)

    def at(x: float, y: float) -> tuple[float, float]:
        across = left + (width - left - 8) * (x - low) / (high - low)
        return across, bottom - (bottom - 12) * min(y / top, 1.0)

    shapes = [f"<title>{escape(title)}</title>"]
    for start, stop, tall in zip(edges, edges[1:], heights, strict=False):
        (x, y), (end, _) = at(start, tall), at(stop, 0.0)
        shapes.append(
            f'<rect class="kb-data" x="{x:.1f}" y="{y:.1f}" width="{max(end - x - 1, 0.5):.1f}" '
            f'height="{bottom - y:.1f}"><title>{start:.4g} – {stop:.4g}: {tall:.4g}</title></rect>'
        )
    for i, (name, points) in reversed(list(enumerate(curves))):
        line = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in points)
        shapes.append(
            f'<polyline class="kb-curve kb-{i % COLOURS}" points="{line}">'
            f"<title>{escape(name)}</title></polyline>"
        )
    shapes.append(
        f'<line class="kb-line" x1="{left}" y1="{bottom}" x2="{width - 8}" y2="{bottom}"/>'
    )
    for tick in _ticks(low, high):
        x = at(tick, 0.0)[0]
        shapes.append(f'<line class="kb-line" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="305"/>')
        shapes.append(f'<text x="{x:.1f}" y="322" text-anchor="middle">{tick:.6g}</text>')
    for tick in _ticks(0.0, top)[1:]:
        y = at(low, tick)[1]
        shapes.append(f'<line class="kb-line" x1="52" y1="{y:.1f}" x2="{left}" y2="{y:.1f}"/>')
        shapes.append(f'<text x="48" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for i, (name, _) in enumerate(curves):
        y = 24 + 20 * i
        shapes.append(
            f'<line class="kb-curve kb-{i % COLOURS}" x1="520" y1="{y}" x2="552" y2="{y}"/>'
            f'<text x="560" y="{y + 4}">{escape(name)}</text>'
        )
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        + "".join(shapes)
        + "</svg>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers in an interval."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(c for c in (1, 2, 5, 10) if c * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
