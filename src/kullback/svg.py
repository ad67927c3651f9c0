"""The few chart shapes that results, reports and pages share, as SVG text.

Charts take their colours from the style sheet below, so they follow light and dark mode, and
carry a title for readers who do not see them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = ["STYLE", "paired_bars", "signed_bar"]

STYLE = """
.kb{--p:#0b62c4;--q:#b3470a;--rule:#8888;font:14px system-ui,sans-serif}
@media(prefers-color-scheme:dark){.kb{--p:#6cb6ff;--q:#f0a35e}}
.kb table{border-collapse:collapse}.kb td,.kb th{padding:2px 10px;text-align:right}
.kb th{border-bottom:1px solid var(--rule);font-weight:600}
.kb td:first-child,.kb th:first-child,.kb td.kb-text{text-align:left}
.kb .kb-p{fill:var(--p)}.kb .kb-q{fill:var(--q)}.kb .kb-line{stroke:var(--rule)}
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
