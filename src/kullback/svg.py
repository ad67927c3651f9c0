"""The few chart shapes that results, reports and pages share, as SVG text.

Charts take their colours from the style sheet below, so they follow light and dark mode, and
carry a title for readers who do not see them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = [
    "STYLE",
    "curve_key",
    "curves_over_bars",
    "labelled_points",
    "paired_bars",
    "pictures",
    "signed_bar",
    "standalone",
]

STYLE = """
.kb{--p:#0b62c4;--q:#b3470a;--rule:#8888;font:14px system-ui,sans-serif}
.kb{--1:#0b62c4;--2:#2c7a3f;--3:#8b3fa8;--4:#8a6d00}
@media(prefers-color-scheme:dark){.kb{--p:#6cb6ff;--q:#f0a35e}}
@media(prefers-color-scheme:dark){.kb{--1:#6cb6ff;--2:#7fd08f;--3:#d8a0f0;--4:#e0c860}}
.kb table{border-collapse:collapse}.kb td,.kb th{padding:2px 10px;text-align:right}
.kb th{border-bottom:1px solid var(--rule);font-weight:600}
.kb td:first-child,.kb th:first-child,.kb .kb-text{text-align:left}
.kb .kb-p{fill:var(--p)}.kb .kb-q{fill:var(--q)}.kb .kb-line{stroke:var(--rule)}
.kb .kb-data{fill:var(--rule)}.kb text{fill:currentColor}.kb .kb-curve{fill:none;stroke-width:2}
.kb .kb-0{stroke:var(--q)}.kb .kb-1{stroke:var(--1)}.kb .kb-2{stroke:var(--2)}
.kb .kb-3{stroke:var(--3)}.kb .kb-4{stroke:var(--4)}
.kb .kb-1,.kb .kb-2,.kb .kb-3,.kb .kb-4{stroke-width:1.5;stroke-dasharray:6 3}
.kb .kb-dots{stroke-width:5;stroke-dasharray:none;stroke-linecap:round}
.kb .kb-key{white-space:nowrap;margin-right:1.5em}
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
DOTS = 60


def curve_key(i: int, name: str) -> str:
    """Return the name of the curve of that number, with a piece of its line."""
    return (
        '<span class="kb-key"><svg aria-hidden="true" width="32" height="10" viewBox="0 0 32 10" '
        'style="vertical-align:middle">'
        f'<path class="kb-curve kb-{i % COLOURS}" d="M0,5h32"/></svg> {escape(name)}</span>'
    )


def curves_over_bars(
    edges: Sequence[float],
    heights: Sequence[float],
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    title: str,
    *,
    whole: bool = False,
) -> str:
    """Return a histogram with named curves over it, the first one the strongest.

    Of `whole` numbers the points of a curve are marked, as there is nothing between them.
    """
    low, high = edges[0], edges[-1]
    # A density that shoots up at one end would flatten all else.
    largest = max(heights)
    top = min(max([largest, *(y for _, points in curves for _, y in points)]), 1.4 * largest)
    across, up = _ticks(low, high, 1.0 if whole else 0.0), _ticks(0.0, top)
    width, height, above, bottom = 720, 340, 12, 300
    left = 16 + 8 * max(len(label) for _, label in up)
    right = width - 40

    def at(x: float, y: float) -> tuple[float, float]:
        place = left + (right - left) * (x - low) / (high - low)
        return place, bottom - (bottom - above) * min(y / top, 10.0)

    shapes = [f"<title>{escape(title)}</title>"]
    for start, stop, tall in zip(edges, edges[1:], heights, strict=False):
        (x, y), (end, _) = at(start, tall), at(stop, 0.0)
        shapes.append(
            f'<rect class="kb-data" x="{x:.1f}" y="{y:.1f}" width="{max(end - x - 1, 0.5):.1f}" '
            f'height="{bottom - y:.1f}"><title>{start:.4g} – {stop:.4g}: {tall:.4g}</title></rect>'
        )
    # A picture in the picture, which cuts off what is higher than it.
    start, tall = above - 4, bottom - above + 8
    shapes.append(f'<svg y="{start}" height="{tall}" viewBox="0 {start} {width} {tall}">')
    for i, (name, points) in reversed(list(enumerate(curves))):
        line = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in points)
        shapes.append(
            f'<polyline class="kb-curve kb-{i % COLOURS}" points="{line}">'
            f"<title>{escape(name)}</title></polyline>"
        )
        if whole and len(points) <= DOTS:
            marks = "".join("M{:.1f},{:.1f}h0".format(*at(x, y)) for x, y in points)
            shapes.append(f'<path class="kb-curve kb-{i % COLOURS} kb-dots" d="{marks}"/>')
    shapes.append(
        f'</svg><line class="kb-line" x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'
    )
    for tick, label in across:
        x = at(tick, 0.0)[0]
        shapes.append(f'<line class="kb-line" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="305"/>')
        shapes.append(f'<text x="{x:.1f}" y="322" text-anchor="middle">{label}</text>')
    for tick, label in up:
        y = at(low, tick)[1]
        shapes.append(
            f'<line class="kb-line" x1="{left - 4}" y1="{y:.1f}" x2="{left}" y2="{y:.1f}"/>'
        )
        shapes.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        + "".join(shapes)
        + "</svg>"
    )


def _ticks(low: float, high: float, least: float = 0.0) -> list[tuple[float, str]]:
    """Return about five round numbers in an interval, and how they are written."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(power * next(c for c in (1, 2, 5, 10) if c * power >= rough), least)
    first = math.ceil(low / step - 1e-9)
    ticks = [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
    # As many digits as tell them apart.
    digits = max(7, math.ceil(math.log10(max(abs(low), abs(high)) / step)) + 1)
    return [(tick, f"{tick:.{digits}g}") for tick in ticks]


SHADES = 16


def pictures(images: Sequence[Sequence[Sequence[float]]], columns: int, title: str) -> str:
    """Return pictures in rows: each a table of numbers from 0, which is empty, to 1."""
    tall, wide, dot = len(images[0]) + 1, len(images[0][0]) + 1, 5
    dots: dict[int, list[str]] = {}  # one path for each shade is far shorter than a square each
    for n, image in enumerate(images):
        for i, row in enumerate(image):
            for j, value in enumerate(row):
                place = f"M{n % columns * wide + j},{n // columns * tall + i}h1v1h-1z"
                dots.setdefault(round(SHADES * value), []).append(place)
    width, height = columns * wide - 1, -(-len(images) // columns) * tall - 1
    return (
        f'<svg role="img" width="{dot * width}" height="{dot * height}" '
        f'viewBox="0 0 {width} {height}"><title>{escape(title)}</title>'
        f'<rect class="kb-data" width="{width}" height="{height}" fill-opacity="0.2"/>'
        + "".join(
            f'<path fill="currentColor" fill-opacity="{shade / SHADES:.3g}" d="{"".join(paths)}"/>'
            for shade, paths in sorted(dots.items())
            if shade
        )
        + "</svg>"
    )


def labelled_points(
    points: Sequence[tuple[float, float]], labels: Sequence[int], title: str
) -> str:
    """Return points in a plane, each shown by its label, and a colour for each of ten labels."""
    side, reach = 480, 1.05 * max(abs(x) for point in points for x in point)
    shapes = [
        f'<line class="kb-line" x1="0" y1="{side // 2}" x2="{side}" y2="{side // 2}"/>',
        f'<line class="kb-line" x1="{side // 2}" y1="0" x2="{side // 2}" y2="{side}"/>',
    ]
    for (x, y), label in zip(points, labels, strict=True):
        across, down = (0.5 * side * (1 + v / reach) for v in (x, -y))
        shapes.append(
            f'<text x="{across:.1f}" y="{down:.1f}" text-anchor="middle" '
            f'style="font-size:11px;fill:hsl({36 * label % 360},70%,50%)">{label}</text>'
        )
    return (
        f'<svg role="img" width="{side}" height="{side}" viewBox="0 0 {side} {side}">'
        f"<title>{escape(title)}</title>" + "".join(shapes) + "</svg>"
    )


def standalone(chart: str) -> str:
    """Return a chart as a file of its own, with the style sheet in it."""
    opening = '<svg xmlns="http://www.w3.org/2000/svg" class="kb" '
    return chart.replace("<svg ", opening, 1).replace(">", f"><style>{STYLE}</style>", 1)
