"""What a run came to: slices of all processes go in, one `Report` comes out, which is also the JSON document."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from msgspec import Struct

from intervene.load.exchange import Counted, Finished, Slice
from intervene.load.findings import PROMISES
from intervene.load.histogram import LADDER, Histogram
from intervene.load.machine import Taken
from intervene.load.recorder import COUNTS, TIMES
from intervene.load.scenario import Scenario
from intervene.load.thresholds import Held

FULL = 0.85  # of one processor: a generator process that takes more is at its end
LATE_MS = 10.0  # the 99th percentile of the load's own lateness beyond which it is the bottleneck
MOMENTS = 600  # in a report; of a longer run each is of more seconds
BUSY = 0.97  # of all processors of the machine

RATES = {
    "acked_per_second": "acked",
    "delivered_per_second": "delivered",
    "pieces_per_second": "pieces",
    "takeovers_per_second": "takeovers",
}  # fmt: skip
SUMS = {
    "errors": "answers with an error, and refused connections",
    "broken": "broken promises",
    "absent": "sessions that were not connected at the end, or had no answer to a ping",
}  # fmt: skip
GAUGES = {
    "server_cpu": "processors that a server on this machine took, on average",
    "server_memory": "bytes of memory that it had at most",
    "generator_cpu": "of a processor, the most that a generator process took",
}  # fmt: skip
MEANINGS = {**COUNTS, **SUMS, **{name: f"{of}, a second" for name, of in RATES.items()}, **GAUGES}
"""What is no time, by its name for thresholds."""


class Latency(Struct, frozen=True, kw_only=True):
    """In milliseconds. `percentiles`: by name, as `99.9`. `curve`: (percent, milliseconds) for a plot."""

    meaning: str
    count: int
    mean: float
    max: float
    percentiles: dict[str, float]
    curve: list[tuple[float, float]]


class Moment(Struct, kw_only=True):
    """From `at` on, `seconds` long. `latency`: by time, (p50, p99, max) in milliseconds. `server_cpu`: processors;
    `server_memory`: bytes; both None where the server is elsewhere."""

    at: int
    seconds: int
    counts: dict[str, int]
    latency: dict[str, tuple[float, float, float]]
    server_cpu: float | None = None
    server_memory: int | None = None


class Check(Struct, frozen=True, kw_only=True):
    kind: str
    meaning: str
    count: int
    examples: list[str]


class Condition(Struct, frozen=True, kw_only=True):
    """`value`: in microseconds of a time; None: nothing was measured."""

    threshold: str
    value: float | None
    holds: bool


class Report(Struct, frozen=True, kw_only=True):
    """`ended`: `done`, `interrupted` or `lost`, when nothing of the server was there at the end. `warnings`: sentences,
    one of them if the load itself was the bottleneck, which `is_bottleneck` says too."""

    scenario: str
    settings: Scenario
    version: str
    started: str
    urls: list[str]
    processes: int
    seconds: float
    ended: str
    sessions: int
    inside: int
    numbers: dict[str, float | None]
    latency: dict[str, Latency]
    errors: dict[str, int]
    closes: dict[str, int]
    checks: list[Check]
    conditions: list[Condition]
    moments: list[Moment]
    warnings: list[str]
    is_bottleneck: bool

    @property
    def is_kept(self) -> bool:
        return not any(check.count for check in self.checks)


class _Part:
    """What is known of some seconds."""

    def __init__(self) -> None:
        self.times: dict[str, Histogram] = defaultdict(Histogram)
        self.counts: Counter[str] = Counter()
        self.cpu: list[float] = []
        self.memory = 0

    def add(self, other: "_Part") -> None:
        for name, found in other.times.items():
            self.times[name].merge(found.counts, found.total, found.largest)
        self.counts.update(other.counts)
        self.cpu += other.cpu
        self.memory = max(self.memory, other.memory)


class Results:
    """Of the load itself; what was on the way in is counted apart, but for its broken promises and its errors."""

    def __init__(self) -> None:
        self.times: dict[str, Histogram] = defaultdict(Histogram)
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.closes: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)
        self.absent = 0
        self.problem = ""
        self.peak = 0.0
        """The most of a processor that one generator process took."""
        self.busy: list[float] = []
        self._width = 1
        self._parts: dict[int, _Part] = defaultdict(_Part)
        self._taken: tuple[float, Taken] | None = None

    def take(self, slice: Slice) -> None:
        self.errors.update(slice.errors)
        self.closes.update(slice.closes)
        self.broken.update(slice.broken)
        self.problem = slice.problem or self.problem
        is_load = slice.at >= 0
        part = self._part(slice.at)
        for name, counted in slice.times.items():
            if is_load or name == "join":
                _merge(self.times[name], counted)
                _merge(part.times[name], counted)
        if is_load:
            self.counts.update(slice.counts)
            part.counts.update(slice.counts)
            self.peak = max(self.peak, slice.cpu / slice.seconds if slice.seconds > 0.2 else 0.0)

    def take_server(self, at: float, now: float, taken: Taken) -> None:
        """`at`: seconds since the load began, of a look at `now`, on a clock of seconds."""
        last, self._taken = self._taken, (now, taken)
        if last is not None and at >= 0 and now > last[0]:
            part = self._part(at)
            part.cpu.append(max(0.0, taken.cpu - last[1].cpu) / (now - last[0]))
            part.memory = max(part.memory, taken.memory)

    def lately(self, at: float) -> tuple[float, dict[str, tuple[float, float, float]]]:
        """Acknowledgements a second, and times, of the last part that is whole."""
        part = self._parts.get(int(at) // self._width - 1, _Part())
        return part.counts["acked"] / self._width, {name: _summary(found) for name, found in part.times.items()}

    def finish(self, finished: Finished) -> None:
        self.absent += finished.absent
        self.problem = finished.problem or self.problem
        for kind, sentences in finished.examples.items():
            self.examples[kind] += sentences

    def _part(self, at: float) -> _Part:
        """That of a moment. When there are too many, two become one."""
        if len(self._parts) >= MOMENTS:
            parts, self._parts = self._parts, defaultdict(_Part)
            self._width *= 2
            for number, part in sorted(parts.items()):
                self._parts[number // 2].add(part)
        return self._parts[max(int(at), 0) // self._width]

    def numbers(self, seconds: float) -> dict[str, float | None]:
        """Of all `MEANINGS`; None for what was not measured."""
        found: dict[str, float | None] = {name: float(self.counts[name]) for name in COUNTS}
        found |= {name: self.counts[of] / seconds if seconds else 0.0 for name, of in RATES.items()}
        found |= {
            "errors": float(self.errors.total()),
            "broken": float(self.broken.total()),
            "absent": float(self.absent),
        }
        cpu = [one for part in self._parts.values() for one in part.cpu]
        found["server_cpu"] = sum(cpu) / len(cpu) if cpu else None
        found["server_memory"] = float(max(part.memory for part in self._parts.values())) if cpu else None
        found["generator_cpu"] = self.peak
        return found

    def latency(self) -> dict[str, Latency]:
        return {name: _latency(TIMES[name], self.times[name]) for name in TIMES if self.times[name].count}

    def moments(self) -> list[Moment]:
        return [
            Moment(
                at=number * self._width,
                seconds=self._width,
                counts=dict(part.counts),
                latency={name: _summary(found) for name, found in part.times.items()},
                server_cpu=sum(part.cpu) / len(part.cpu) if part.cpu else None,
                server_memory=part.memory or None,
            )
            for number, part in sorted(self._parts.items())
        ]

    def checks(self) -> list[Check]:
        return [
            Check(kind=kind, meaning=meaning, count=self.broken[kind], examples=self.examples[kind][:5])
            for kind, meaning in PROMISES.items()
        ]

    def bottleneck(self) -> list[str]:
        """Whether the load itself was at its end: a sentence for each sign."""
        signs = []
        if self.peak > FULL:
            signs.append(
                f"A generator process took {self.peak:.0%} of a processor: the times are the generator's too. Use more "
                "--processes, or another machine."
            )
        late = self.times["lag"].percentile(99) / 1000
        if late > LATE_MS:
            signs.append(
                f"One thing of a hundred was begun {late:.0f} ms late or more, as the generators had no processor: the "
                "times have that in them. Use another machine, or a lighter scenario."
            )
        if self.busy and sum(share > BUSY for share in self.busy) > len(self.busy) / 2:
            signs.append("All processors of this machine were busy: generators and what else runs here share them.")
        return signs


def _merge(histogram: Histogram, counted: Counted) -> None:
    histogram.merge(counted.counts, counted.total, counted.largest)


def _latency(meaning: str, histogram: Histogram) -> Latency:
    return Latency(
        meaning=meaning,
        count=histogram.count,
        mean=histogram.mean / 1000,
        max=histogram.largest / 1000,
        percentiles={f"{point.percent:g}": point.micros / 1000 for point in histogram.points(LADDER)},
        curve=[(point.percent, point.micros / 1000) for point in histogram.points(CURVE)],
    )


def _summary(histogram: Histogram) -> tuple[float, float, float]:
    p50, p99 = (point.micros / 1000 for point in histogram.points((50.0, 99.0)))
    return p50, p99, histogram.largest / 1000


CURVE = (
    *(float(percent) for percent in range(0, 90, 5)),
    *(100 - 10 / 1.35**step for step in range(24)),
    99.99,
)
"""Percentiles that a plot of a distribution has, ever closer towards 100."""


def conditions(held: Sequence[Held]) -> list[Condition]:
    return [Condition(threshold=one.threshold.text, value=one.value, holds=one.holds) for one in held]
