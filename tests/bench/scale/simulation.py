"""Nodes, hub and database as queues, event by event: what the model says, found by playing it.

Each node is one processor that serves its work in order, a group commit at a time; PostgreSQL has so many processors,
each master of Redis one. Messages with their pieces, new conversations and takeovers come at random (Poisson) and take
a random node. Of a large cluster a slice is played: so many of its nodes with their share of everything else, since
nodes meet only in PostgreSQL and Redis.
"""

import heapq
import math
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.bench.scale.costs import Costs
from tests.bench.scale.model import (
    COMMIT_SECONDS,
    HEARTBEAT_SECONDS,
    POSTGRES_CPUS,
    STORM_SECONDS,
    US,
    Load,
    Need,
)

SLICE_NODES = 8  # of each cell that are played
STEPS = 4  # of a session that comes back: handshake, hello, open, watch


class Found(NamedTuple):
    """Over the played time; shares of a processor."""

    node_cpu: float
    postgres_cpus: float
    redis_cpu: float
    """Of each master."""
    hub_bytes: float
    """A second, of all cells."""
    groups: float
    """Group commits of messages a second, of all cells."""
    p50_ms: float
    p99_ms: float
    """From a message's arrival to its delivery at another node."""
    storm_seconds: float
    messages: int


class _Server:
    """So many processors that serve one queue. `slow`: each work takes so many times as long."""

    def __init__(self, processors: int, slow: float = 1.0) -> None:
        self._free = [0.0] * processors
        self.slow = slow
        self.busy = 0.0

    def serve(self, at: float, us: float) -> float:
        """When it is done."""
        seconds = us * US * self.slow
        begun = max(at, heapq.heappop(self._free))
        heapq.heappush(self._free, begun + seconds)
        self.busy += seconds
        return begun + seconds


class _Cell:
    """One cell of the model's answer, or a slice of it."""

    def __init__(self, load: Load, costs: Costs, need: Need, seed: int) -> None:
        self.load, self.costs = load, costs
        self.rng = random.Random(seed)
        self.nodes = need.nodes // need.cells
        self.played = min(self.nodes, SLICE_NODES)
        self.share = self.played / self.nodes / need.cells
        # A slice's PostgreSQL and Redis are as busy as the whole ones: the first has its share of the processors, and
        # the second, which has one, works as much slower.
        self.part = self.played / self.nodes
        processors = max(1, round(POSTGRES_CPUS * self.part))
        self.servers = [_Server(1) for _ in range(self.played)]
        self.postgres = _Server(processors, processors / (POSTGRES_CPUS * self.part))
        self.masters = [_Server(1, 1 / self.part) for _ in range(need.shards // need.cells)]
        self.waiting: list[list[float]] = [[] for _ in self.servers]
        self.is_committing = [False for _ in self.servers]
        self.took: list[float] = []
        self.back, self.back_at = 0, 0.0
        self.published = self.groups = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        for rate, happen in (
            (load.commits, self._message),
            (load.conversations, self._conversation),
            (load.taken, self._taken),
        ):
            self._later(self.rng.expovariate(rate * self.share), self._arrive, rate * self.share, happen)
        for node in range(self.played):
            self._later(self.rng.uniform(0, HEARTBEAT_SECONDS), self._beat, node)

    def play(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        while self._events[0][0] < seconds and not until():
            at, _, happen, arguments = heapq.heappop(self._events)
            happen(at, *arguments)

    def _later(self, at: float, happen: Callable[..., None], *arguments: Any) -> None:
        """What happens at one time does so in the order in which it was put here."""
        self._count += 1
        heapq.heappush(self._events, (at, self._count, happen, arguments))

    def _arrive(self, at: float, rate: float, happen: Callable[[float, int], None]) -> None:
        self._later(at + self.rng.expovariate(rate), self._arrive, rate, happen)
        happen(at, self.rng.randrange(self.played))

    def _message(self, at: float, node: int) -> None:
        self.waiting[node].append(at)
        if not self.is_committing[node]:
            self._commit(at, node)

    def _commit(self, at: float, node: int) -> None:
        """What waits at a node becomes one group."""
        came, self.waiting[node] = self.waiting[node], []
        self.is_committing[node] = True
        self.groups += 1
        work = self.costs.group_us + len(came) * self.costs.message_us
        self._later(self.servers[node].serve(at, work), self._append, node, came)

    def _append(self, at: float, node: int, came: list[float]) -> None:
        work = self.costs.group_postgres_us + len(came) * self.costs.message_postgres_us
        self._later(self.postgres.serve(at, work) + COMMIT_SECONDS, self._committed, node, came)

    def _committed(self, at: float, node: int, came: list[float]) -> None:
        self.is_committing[node] = False
        if self.waiting[node]:
            self._commit(at, node)
        for begun in came:
            carried = self.rng.choice(self.masters).serve(at, self.costs.message_redis_us)
            self._later(carried, self._receive, begun)
            self.published += 1

    def _receive(self, at: float, begun: float) -> None:
        for _ in range(_times(self.load.remote, self.rng)):
            self.took.append(self.rng.choice(self.servers).serve(at, self.costs.remote_us) - begun)
            self.published += 1

    def _conversation(self, at: float, node: int) -> None:
        done = self.servers[node].serve(at, self.costs.conversation_us)
        self._later(done, self._read, self.costs.conversation_postgres_us)

    def _taken(self, at: float, node: int) -> None:
        done = self.servers[node].serve(at, self.costs.takeover_us)
        self._later(done, self._read, self.costs.takeover_postgres_us)

    def comes_back(self, at: float, node: int, steps: int = STEPS) -> None:
        """A session that was lost: between its steps others have their turn."""
        self._later(at, self._comes_back, node, steps)

    def _comes_back(self, at: float, node: int, steps: int) -> None:
        done = self.servers[node].serve(at, self.costs.back_us / STEPS)
        self.postgres.serve(done, self.costs.back_postgres_us / STEPS)
        if steps > 1:
            self.comes_back(done, node, steps - 1)
        else:
            self.back += 1
            self.back_at = max(self.back_at, done)

    def _read(self, at: float, us: float) -> None:
        self.postgres.serve(at, us)

    def _beat(self, at: float, node: int) -> None:
        self._later(at + HEARTBEAT_SECONDS, self._beat, node)
        self.servers[node].serve(at, self.costs.beat_us + self.costs.peer_us * (self.nodes - 1))
        self.postgres.serve(at, self.costs.beat_postgres_us + self.costs.peer_postgres_us * self.nodes)


def play(load: Load, costs: Costs, need: Need, *, messages: int = 8_000, seed: int = 1) -> Found:
    """Until about so many messages have been delivered."""
    cell = _Cell(load, costs, need, seed)
    seconds = messages / (load.commits * cell.share)
    cell.play(seconds)
    took = sorted(cell.took)
    return Found(
        node_cpu=sum(server.busy for server in cell.servers) / cell.played / seconds,
        postgres_cpus=cell.postgres.busy / cell.postgres.slow / cell.part / seconds,
        redis_cpu=sum(master.busy for master in cell.masters) / len(cell.masters) / seconds,
        hub_bytes=cell.published * costs.message_hub_bytes / seconds / cell.share,
        groups=cell.groups / seconds / cell.share,
        p50_ms=1000 * took[len(took) // 2],
        p99_ms=1000 * took[int(len(took) * 0.99)],
        storm_seconds=storm(load, costs, need, seed),
        messages=len(took),
    )


def storm(load: Load, costs: Costs, need: Need, seed: int) -> float:
    """Seconds until the last of a tenth of all sessions, lost at once, has joined again, beside the usual work."""
    cell = _Cell(load, costs, need, seed)
    lost = round(load.sessions / 10 * cell.share)
    for number in range(lost):
        cell.comes_back(cell.rng.uniform(0, STORM_SECONDS), number % cell.played)
    cell.play(math.inf, until=lambda: cell.back == lost)
    return cell.back_at


def _times(mean: float, rng: random.Random) -> int:
    whole = math.floor(mean)
    return whole + (rng.random() < mean - whole)
