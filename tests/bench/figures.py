"""A figure, beside the floor it was measured with, and the table of all figures."""

from collections.abc import Iterable, Sequence
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


def table(figures: Sequence[Figure]) -> str:
    rows = [("bench", "figure", "", "", "aim", "x floor", "rounds", "floor", "")]
    for figure in figures:
        ratios, floor, times, spread = figure.ratios, "", "", ""
        if ratios:
            floor, times = _short(median(figure.floors)), f"{median(ratios):.2f}"
            spread = f"{min(ratios):.2f}-{max(ratios):.2f}" if len(ratios) > 1 else ""
        rows.append(
            (
                figure.bench,
                figure.name,
                _short(figure.value),
                figure.unit,
                figure.aim,
                times,
                spread,
                floor,
                figure.floor,
            )
        )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    to_the_right = {2, 5, 7}  # numbers
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at in to_the_right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def record(figure: Figure) -> dict[str, object]:
    """The figure for programs."""
    record: dict[str, object] = {"bench": figure.bench, "figure": figure.name, "unit": figure.unit}
    record |= {"value": figure.value, "rounds": figure.values}
    if figure.floors:
        record |= {"floor": figure.floor, "floor_value": median(figure.floors), "floor_rounds": figure.floors}
        record |= {"ratio": median(figure.ratios)}
    return record


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
