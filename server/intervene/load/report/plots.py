"""Plots as SVG in a page. Text in them is escaped; colours and dashes are classes of `report.css`."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 14, 36
COLUMNS = 240  # at most, to point at; of a longer series neighbours become one
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

Format = Callable[[float], str]


class Series(NamedTuple):
    """`points` are ascending in x; a y of None is a gap."""

    name: str
    points: Sequence[tuple[float, float | None]]


class Scale(NamedTuple):
    """From values to places on paper."""

    low: float
    high: float
    is_log: bool
    ticks: Sequence[float]

    def share(self, value: float) -> float:
        """Of the way from the low end to the high one."""
        if self.is_log:
            value, low, high = (math.log10(max(one, 1e-9)) for one in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low)))


def linear(high: float, low: float = 0.0, parts: int = 5) -> Scale:
    span = max(high - low, 1e-9)
    rough = span / parts
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in _STEPS if size * factor >= rough)
    count = math.ceil(span / step - 1e-9)
    return Scale(low, low + step * count, False, [low + step * number for number in range(count + 1)])


def decades(low: float, high: float) -> Scale:
    """Logarithmic, with 1, 2 and 5 as ticks where there is room, else 1."""
    first, last = math.floor(math.log10(max(low, 1e-3))), math.ceil(math.log10(max(high, 1e-3)))
    last = max(last, first + 1)
    parts = (1, 2, 5) if last - first <= 2 else (1,)
    ticks = [part * 10.0**power for power in range(first, last) for part in parts] + [10.0**last]
    return Scale(10.0**first, 10.0**last, True, ticks)


def number(value: float) -> str:
    """Short, whatever its size."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.3g}"


def over_time(series: Sequence[Series], unit: str, *, is_log: bool = False) -> str:
    """Lines over seconds; `unit` stands beside the axis and in what a pointer shows."""
    values = [y for one in series for _, y in one.points if y is not None]
    if not values:
        return ""
    xs = [x for one in series for x, _ in one.points]
    above = [value for value in values if value > 0]
    y_scale = decades(min(above), max(above)) if is_log and above else linear(max(values))
    x_scale = linear(max(max(xs), 1.0), 0.0)
    x_scale = x_scale._replace(high=max(max(xs), 1.0), ticks=[tick for tick in x_scale.ticks if tick <= max(xs)])
    return "".join((
        _open(f"{', '.join(one.name for one in series)}, {unit}, over {max(xs):.0f} seconds"),
        _axes(x_scale, y_scale, lambda tick: f"{number(tick)} s", number, unit),
        *(_curve(place, one.points, x_scale, y_scale) for place, one in enumerate(series)),
        _hits(series, x_scale, unit),
        "</svg>", legend(series) if len(series) > 1 else "",
    ))  # fmt: skip


def distribution(series: Sequence[Series], unit: str) -> str:
    """Values by percentile: each further nine has as much room as the one before. `points`: (percent, value)."""
    lasting = [Series(one.name, [(percent, max(y or 0.0, 0.01)) for percent, y in one.points]) for one in series]
    values = [y for one in lasting for _, y in one.points if y is not None]
    if not values:
        return ""
    y_scale = decades(min(values), max(values))
    x_scale = Scale(1.0, 1e4, True, [2.0, 10.0, 100.0, 1e3, 1e4])
    names = {2.0: "50", 10.0: "90", 100.0: "99", 1e3: "99.9", 1e4: "99.99"}
    placed = [Series(one.name, [(1 / (1 - percent / 100), y) for percent, y in one.points]) for one in lasting]
    return "".join((
        _open(f"Distribution of {', '.join(one.name for one in series)} up to the 99.99th percentile, {unit}"),
        _axes(x_scale, y_scale, lambda tick: names[tick], number, unit, last="%"),
        *(_curve(place, one.points, x_scale, y_scale) for place, one in enumerate(placed)),
        "</svg>", legend(series),
    ))  # fmt: skip


def bars(rows: Sequence[tuple[str, float, float]], unit: str) -> str:
    """For each name two bars, the second one longer: a median and a high percentile."""
    if not rows:
        return ""
    left, step = 150, 44
    height = step * len(rows) + 34
    scale = linear(max(high for _, _, high in rows))
    width = WIDTH - left - 76
    parts = [_open(f"{', '.join(name for name, _, _ in rows)}, {unit}", height)]
    for tick in scale.ticks:
        x = left + scale.share(tick) * width
        wide = " wide" if tick not in scale.ticks[::2] else ""
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 28}"/>')
        parts.append(_text(x, height - 8, number(tick), f"middle{wide}"))
    for place, (name, low, high) in enumerate(rows):
        y = 6 + place * step
        parts.append(_text(left - 10, y + 20, name, "end name"))
        for kind, value, top in (("b1", high, y + 16), ("b0", low, y)):
            long = max(scale.share(value) * width, 2.0)
            words = escape(f"{name}: {value:.2f} {unit}")
            parts.append(
                f'<rect class="{kind}" x="{left}" y="{top}" rx="3" height="14" width="{long:.1f}">'
                f"<title>{words}</title></rect>"
            )
            parts.append(_text(left + scale.share(value) * width + 8, top + 12, f"{value:.2f}", "start"))
    return "".join((*parts, "</svg>"))


def legend(series: Sequence[Series]) -> str:
    entries = (
        f'<li><svg viewBox="0 0 24 10" aria-hidden="true"><path class="curve s{place % 6}" d="M1 5H23"/></svg>'
        f"{escape(one.name)}</li>"
        for place, one in enumerate(series)
    )
    return f'<ul class="legend">{"".join(entries)}</ul>'


def _open(says: str, height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(says)}">'


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _axes(x: Scale, y: Scale, x_name: Format, y_name: Format, unit: str, last: str = "") -> str:
    parts = []
    for place, tick in enumerate(y.ticks):
        at = _y(y.share(tick))
        wide = " wide" if place % 2 and len(y.ticks) > 4 else ""
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(LEFT - 10, at + 4, y_name(tick), f"end{wide}"))
    for place, tick in enumerate(x.ticks):
        at = _x(x.share(tick))
        wide = " wide" if place % 2 and len(x.ticks) > 5 else ""
        anchor = "end" if x.share(tick) > 0.97 else "start" if x.share(tick) < 0.02 else "middle"
        is_last = tick == x.ticks[-1]
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(_text(at, HEIGHT - 12, x_name(tick) + (last if is_last else ""), anchor + wide))
    base = HEIGHT - BOTTOM
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    parts.append(_text(LEFT + 6, TOP + 12, unit, "start"))
    return "".join(parts)


def _text(x: float, y: float, words: str, classes: str) -> str:
    anchor, _, rest = classes.partition(" ")
    named = f' class="{rest}"' if rest else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def _curve(place: int, points: Iterable[tuple[float, float | None]], x: Scale, y: Scale) -> str:
    steps, is_drawn = [], False
    for at, value in points:
        if value is None:
            is_drawn = False
            continue
        steps.append(f"{'L' if is_drawn else 'M'}{_x(x.share(at)):.1f} {_y(y.share(value)):.1f}")
        is_drawn = True
    if len(steps) == 1:
        steps.append("h1")
    return f'<path class="curve s{place % 6}" d="{"".join(steps)}"/>'


def _hits(series: Sequence[Series], x: Scale, unit: str) -> str:
    """What a pointer shows of each moment."""
    moments: dict[float, list[str]] = {}
    for one in series:
        for at, value in one.points:
            if value is not None:
                moments.setdefault(at, []).append(f"{one.name} {value:,.4g} {unit}")
    places = sorted(moments)
    if not 1 < len(places) <= COLUMNS:
        return ""
    wide = (_x(x.share(places[-1])) - _x(x.share(places[0]))) / (len(places) - 1)
    parts = []
    for at in places:
        left, words = _x(x.share(at)) - wide / 2, escape(f"{at:g} s: " + ", ".join(moments[at]))
        parts.append(
            f'<rect class="hit" x="{left:.1f}" y="{TOP}" width="{wide:.1f}" height="{HEIGHT - TOP - BOTTOM}">'
            f"<title>{words}</title></rect>"
        )
    return "".join(parts)
