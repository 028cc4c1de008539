"""Bars with ranges, as SVG files that bring their own ground: legible in light and dark, on any page."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from tests.bench.peers.results import Range, short

WIDTH, LEFT, RIGHT, TOP, STEP, THICK = 720, 200, 110, 48, 26, 15

_STYLE = """
.ground { fill: #ffffff; stroke: #d0d7de } text { fill: #1f2328; font: 13px system-ui, sans-serif }
.title { font-weight: 600; font-size: 14px } .unit { fill: #59636e } .peer { fill: #8c959f } .ours { fill: #0969da }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4 }
.range { stroke: #1f2328; stroke-width: 1.5 } .goal { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; stroke: #3d444d } text { fill: #e6edf3 } .unit { fill: #9198a1 } .peer { fill: #656c76 }
.ours { fill: #4493f8 } .value { stroke: #0d1117 } .range { stroke: #e6edf3 } .goal { stroke: #f85149 } }
"""


class Bar(NamedTuple):
    label: str
    range: Range
    is_ours: bool


def bars(title: str, unit: str, rows: Sequence[Bar], goal: float | None = None) -> str:
    """One bar a row, as long as the median, with a line from the least to the most of the rounds. `goal`: a line across
    all."""
    longest = max([row.range.most for row in rows] + ([goal] if goal else []), default=1.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = TOP + STEP * len(rows) + 14
    shown = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        f'<text class="title" x="16" y="26">{escape(title)}'
        f'<tspan class="unit" font-weight="400">, {escape(unit)}</tspan></text>',
    ]
    if goal:
        x = LEFT + goal * scale
        shown.append(f'<line class="goal" x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 12}"/>')
    for at, row in enumerate(rows):
        shown += _bar(row, TOP + STEP * at, scale)
    return "\n".join([*shown, "</svg>", ""])


def _bar(row: Bar, y: float, scale: float) -> list[str]:
    middle, least, most = row.range
    end, mid = LEFT + most * scale, y + THICK / 2
    shown = [
        f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{escape(row.label)}</text>',
        f'<rect class="{"ours" if row.is_ours else "peer"}" x="{LEFT}" y="{y}" width="{max(1.0, middle * scale):.1f}" '
        f'height="{THICK}" rx="2"/>',
        f'<text class="value" x="{end + 8:.1f}" y="{y + 12}">{short(middle)}</text>',
    ]
    if most > least:
        x = LEFT + least * scale
        shown.append(f'<line class="range" x1="{x:.1f}" y1="{mid}" x2="{end:.1f}" y2="{mid}"/>')
    return shown
