"""The node's figures for Prometheus.

What moves with every frame is a plain number here, read at a scrape: a counter of the library takes a lock
for each step. Rare things are the library's own counters and histograms.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
PHASES = {
    "committed": "the commit",
    "written": "the write to the last session",
    "seen": "a client's confirmation that it is on the screen",
    "bot_stopped": "the end of the bot's coroutine",
}
"""What an agent's click to take over is followed by."""


class Metrics(Collector):
    """Any part may add to the numbers, from the loop's thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.about: dict[str, str] = {}  # which node this is: one port may have several behind it
        self.sockets = self.agents = self.contacts = 0  # open now
        self.frames_in = self.bytes_in = self.frames_out = self.bytes_out = 0
        self._watched: list[tuple[type[GaugeMetricFamily | CounterMetricFamily], str, str, Callable[[], float]]] = []
        self.closes: Counter[str] = Counter()  # by close code
        self.refusals: Counter[str] = Counter()  # error frames, by code
        self.denials: Counter[str] = Counter()  # HTTP requests refused, upgrades among them, by code
        self.token_refusals: Counter[str] = Counter()  # by reason
        takeover = Histogram(
            "intervene_takeover_seconds",
            f"From an agent's click to {', '.join(f'{end} ({phase})' for phase, end in PHASES.items())}",
            ["phase"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._takeover = {phase: takeover.labels(phase) for phase in PHASES}
        registry.register(self)

    def watch(self, name: str, meaning: str, read: Callable[[], float], *, is_counter: bool = False) -> None:
        """A number that another part keeps, read at a scrape."""
        self._watched.append((CounterMetricFamily if is_counter else GaugeMetricFamily, name, meaning, read))

    def measure_takeover(self, phase: str, milliseconds: float) -> None:
        """`phase` is one of `PHASES`."""
        self._takeover[phase].observe(milliseconds / 1000)

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("intervene_node", "Which node this is", self.about)
        sessions = GaugeMetricFamily("intervene_sessions", "Sessions that joined", labels=["audience"])
        sessions.add_metric(["staff"], self.agents)
        sessions.add_metric(["contacts"], self.contacts)
        yield sessions
        yield GaugeMetricFamily("intervene_sockets", "Open sockets, joined or not", self.sockets)
        for name, meaning, value in (
            ("received_frames", "Frames received, control frames included", self.frames_in),
            ("received_bytes", "Bytes received on sockets", self.bytes_in),
            ("sent_frames", "Frames written", self.frames_out),
            ("sent_bytes", "Bytes written to sockets", self.bytes_out),
        ):
            yield CounterMetricFamily(f"intervene_{name}", meaning, value)
        for family, name, meaning, read in self._watched:
            yield family(f"intervene_{name}", meaning, read())
        yield _by("closes", "Sockets closed", "code", self.closes)
        yield _by("refusals", "Error frames sent", "code", self.refusals)
        yield _by("denials", "HTTP requests refused, upgrades among them", "reason", self.denials)
        yield _by("token_refusals", "Tokens refused", "reason", self.token_refusals)


def _by(name: str, meaning: str, label: str, counts: Counter[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"intervene_{name}", meaning, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
