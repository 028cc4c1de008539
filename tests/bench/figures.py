"""A figure, beside the floor it was measured with, and the table of all figures."""

from collections.abc import Iterable, Sequence
from itertools import chain
from statistics import median

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One value a round, and the floor's of the same round; without a floor, the value stands alone."""

    bench: str
    name: str
    unit: str
    values: list[float]
    floor: str = ""
    floors: list[float] = []
    aim: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def ratios(self) -> list[float]:
        return [value / floor for value, floor in zip(self.values, self.floors, strict=bool(self.floors)) if floor]


def percentile(values: Iterable[float], percent: float) -> float:
    """The nearest rank: a value that was measured."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def percentiles(
    bench: str,
    name: str,
    rounds: Sequence[Sequence[float]],
    floor: str = "",
    floors: Sequence[Sequence[Sequence[float]]] = (),
) -> list[Figure]:
    """p50 and p99 of rounds of milliseconds. A floor has parts, measured beside each value, whose percentiles are
    added."""
    figures = []
    # Of a round's values one or none is the slowest of a hundred: p99 is that of all rounds.
    for percent, groups, beside in ((50, rounds, floors), (99, [[*chain(*rounds)]], [[*chain(*floors)]])):
        values = [percentile(group, percent) for group in groups]
        sums = [sum(percentile(part, percent) for part in zip(*parts, strict=True)) for parts in beside if parts]
        figures.append(
            Figure(bench=bench, name=f"{name}, p{percent}", unit="ms", values=values, floor=floor, floors=sums)
        )
    return figures


def table(figures: Sequence[Figure]) -> str:
    rows = [("bench", "figure", "", "", "aim", "x floor", "rounds", "floor", ""), *map(_cells, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = {2, 5, 7}
    lines = (
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    cells = figure.bench, figure.name, _short(figure.value), figure.unit, figure.aim
    ratios = figure.ratios
    if not ratios:
        return *cells, "", "", "", ""
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}" if len(ratios) > 1 else ""
    return *cells, f"{median(ratios):.2f}", spread, _short(median(figure.floors)), figure.floor


def record(figure: Figure) -> dict[str, object]:
    """The figure for programs."""
    record: dict[str, object] = {
        "bench": figure.bench, "figure": figure.name, "unit": figure.unit, "value": figure.value,
        "rounds": figure.values,
    }  # fmt: skip
    if figure.aim:
        record["aim"] = figure.aim
    if figure.floors:
        record |= {"floor": figure.floor, "floor_value": median(figure.floors), "floor_rounds": figure.floors}
        record |= {"ratio": median(figure.ratios)}
    return record


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
