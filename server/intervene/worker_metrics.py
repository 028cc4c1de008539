"""The figures of all workers of a host as one answer, for Prometheus.

Each worker answers `/metrics` on a socket of its own. They are read when the sum is asked for, with the fields of that
request, so that a worker refuses what it would refuse itself. What a worker had counted when it was last read stays in
the sum after its end: a counter never goes back, and a rate over it shows no jump.
"""

import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

WORKER_SECONDS = 1.0  # that a worker may take to answer; then its last figures count
SCRAPE_SECONDS = 5.0  # from a connection to its end
AT_ONCE = 16  # workers that are read
LEAST = {"intervene_database_up", "intervene_hub_up"}
"""Gauges of which the sum is the least: 1 while it is so for all workers."""
GREATEST = {"intervene_hub_echo_seconds", "intervene_nodes_alive", "intervene_polling"}
_HELD_BACK = {"accept", "accept-encoding", "connection", "content-length", "transfer-encoding"}

_Sample = tuple[str, tuple[tuple[str, str], ...]]  # its name and its labels
Samples = dict[_Sample, float]


class Refused(Exception):
    """A worker does not answer such a request: its status and its body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Source:
    """One worker from start to end, and what it showed last. `address`: as `getsockname` has it."""

    def __init__(self, address: tuple[Any, ...]) -> None:
        self._host, self._port = address[:2]
        self.last: dict[str, Metric] = {}

    def read(self, fields: Mapping[str, str]) -> bool:
        """Whether it answered. Raises `Refused`."""
        connection = HTTPConnection(self._host, self._port, timeout=WORKER_SECONDS)
        try:
            connection.request("GET", "/metrics", headers=dict(fields))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(answer.status, body)
        self.last = {family.name: family for family in text_string_to_metric_families(body.decode())}
        return True


class WorkerMetrics(Collector):
    """Answers on `bound`, from a thread of its own, once `start` was called."""

    def __init__(self, bound: socket.socket) -> None:
        self._bound = bound
        self._lock = threading.Lock()
        self._sources: list[Source] = []
        self._ended: dict[str, Metric] = {}  # counters of workers that ended
        self._answering = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    @property
    def port(self) -> int:
        port: int = self._bound.getsockname()[1]
        return port

    def start(self) -> None:
        threading.Thread(target=_Server(self._bound, self).serve_forever, name="metrics", daemon=True).start()

    def add(self, source: Source) -> None:
        with self._lock:
            self._sources.append(source)

    def drop(self, source: Source) -> None:
        """Its process has ended."""
        with self._lock:
            self._sources.remove(source)
            counters = {name: family for name, family in source.last.items() if family.type in ("counter", "histogram")}
            self._ended = {family.name: family for family in added([self._ended, counters])}

    def text(self, fields: Mapping[str, str]) -> bytes:
        """The answer to a request with such fields. Raises `Refused`."""
        with self._lock:
            sources = list(self._sources)
        with ThreadPoolExecutor(AT_ONCE) as readers:
            self._answering = sum(readers.map(lambda source: source.read(fields), sources))
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("intervene_workers", "Workers of this host that show their figures", self._answering)
        with self._lock:
            shown = [source.last for source in self._sources]
            ended = self._ended
        yield from added([ended, *shown])


def added(shown: Sequence[Mapping[str, Metric]]) -> list[Metric]:
    """The families of several workers as one: counters, histograms and gauges add up, but for `LEAST` and
    `GREATEST`. The time from which something is counted is the first."""
    families: dict[str, tuple[Metric, Samples]] = {}
    for name, family in ((name, family) for of_one in shown for name, family in of_one.items()):
        _, samples = families.setdefault(name, (Metric(name, family.documentation, family.type), {}))
        add = min if name in LEAST or name.endswith("_created") else max if name in GREATEST else _sum
        for sample in family.samples:
            key = sample.name, tuple(sample.labels.items())
            samples[key] = add(samples[key], sample.value) if key in samples else sample.value
    for family, samples in families.values():
        for (name, labels), value in samples.items():
            family.add_sample(name, dict(labels), value)
    return [family for family, _ in families.values()]


def _sum(one: float, other: float) -> float:
    return one + other


class _Server(HTTPServer):
    """One request after the other, each within a limit of time."""

    def __init__(self, bound: socket.socket, metrics: WorkerMetrics) -> None:
        super().__init__(bound.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.metrics = metrics
        self.server_activate()

    def process_request(self, request: Any, client_address: Any) -> None:
        limit = threading.Timer(SCRAPE_SECONDS, _cut, [request])
        limit.daemon = True
        limit.start()
        try:
            super().process_request(request, client_address)
        finally:
            limit.cancel()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client has gone, or took too long."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self._answer(404, b"")
            return
        try:
            text = self.server.metrics.text({n: v for n, v in self.headers.items() if n.lower() not in _HELD_BACK})
        except Refused as refused:
            self._answer(refused.status, refused.body)
        else:
            self._answer(200, text)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Type", CONTENT_TYPE_LATEST if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The log has lines of ours only."""
