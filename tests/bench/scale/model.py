"""What so many sessions need, by the measured costs: pure arithmetic, one function a resource.

A part is loaded to at most `FULL` of its processor: beyond it queues grow long, as the simulation shows.
"""

import math
from typing import NamedTuple

from tests.bench.scale.costs import Costs

FULL = 0.6  # of a processor, in the busiest hour
HEARTBEAT_SECONDS = 2.0
COMMIT_SECONDS = 0.003  # of a group, from a node's request to PostgreSQL's answer: flush and network
STORM_SECONDS = 0.5  # over which sessions that were lost at once come back at first (R81)
US = 1e-6

NODE_SESSIONS = 20_000  # `max_sessions`
POSTGRES_CPUS = 32  # of one server
POSTGRES_COMMITS = 20_000.0  # transactions that one server flushes in a second, in groups of its own
REDIS_BYTES = 500e6  # a second, of one master
REDIS_CPUS = 1  # of one master: it has one thread for commands
NODES_IN_A_CELL = 200  # 40,000 rows and 20,000 deliveries of heartbeats a second: they grow with the square


class Load(NamedTuple):
    """What sessions do, in the busiest hour. A conversation has a customer's session, and `watchers` of staff."""

    sessions: int
    messages_an_hour: float = 12.0
    """Of a conversation, the bot's and the agents' included."""
    pieces: float = 3.0
    """Of each message: a third are a bot's, streamed in nine pieces of a tenth of a second. A piece is committed,
    published and shown as a message is, and is taken to cost the same; it is dropped after a day."""
    watchers: float = 0.05
    """Sessions of staff for each customer's: one agent watches 20 conversations."""
    conversations_an_hour: float = 1.0
    """New ones, for each customer's session."""
    takeovers: float = 0.1
    """For each new conversation."""
    remote: float = 1.0
    """Other nodes that follow a conversation besides the one that commits."""
    hours_a_day: float = 8.0
    """Busy hours that a day's traffic amounts to."""

    @property
    def customers(self) -> float:
        return self.sessions / (1 + self.watchers)

    @property
    def messages(self) -> float:
        """A second."""
        return self.customers * self.messages_an_hour / 3600

    @property
    def commits(self) -> float:
        """Messages and pieces a second."""
        return self.messages * (1 + self.pieces)

    @property
    def conversations(self) -> float:
        return self.customers * self.conversations_an_hour / 3600

    @property
    def taken(self) -> float:
        return self.conversations * self.takeovers


class Need(NamedTuple):
    cells: int
    """Clusters that share nothing: each with its own PostgreSQL, Redis and organisations."""
    nodes: int
    sessions_a_node: float
    node_memory: float
    """Bytes of a node's sessions."""
    node_cpu: float
    """Share of a processor, of each node."""
    beats_cpu: float
    """Of that, for heartbeats."""
    shards: int
    """Masters of a Redis Cluster; 1: a single Redis."""
    hub_bytes: float
    """A second, in and out, of all masters."""
    postgres: int
    """Servers, one for each cell."""
    commits: float
    """Transactions a second, of all servers."""
    postgres_cpus: float
    """Of each server."""
    partitions: int
    """Of the log's tables, in each database."""
    wal_a_day: float
    disk_a_day: float
    """Bytes of tables and indexes, for good."""
    storm_seconds: float
    """Until a tenth of all sessions that was lost at once has joined again."""
    first: str
    """What breaks first as sessions grow."""


def need(load: Load, costs: Costs) -> Need:
    """The fewest nodes and cells that keep every part below its limit."""
    cells = 1
    while True:
        found = _in_cells(load, costs, cells)
        if found is not None:
            return found
        cells += max(1, cells // 8)


def _in_cells(load: Load, costs: Costs, cells: int) -> Need | None:
    own = load._replace(sessions=math.ceil(load.sessions / cells))
    nodes = _nodes(own, costs)
    if nodes is None:
        return None
    postgres_cpus = _postgres_cpus(own, costs, nodes)
    commits = _commits(own, costs, nodes)
    if cells < 10_000 and (postgres_cpus > FULL * POSTGRES_CPUS or commits > FULL * POSTGRES_COMMITS):
        return None
    hub_bytes = own.commits * costs.message_hub_bytes * (1 + own.remote)
    redis_cpu = own.commits * costs.message_redis_us * US
    shards = math.ceil(max(hub_bytes / REDIS_BYTES, redis_cpu / REDIS_CPUS) / FULL)
    day = 3600 * own.hours_a_day
    tables = own.messages * costs.message_table_bytes + own.conversations * costs.conversation_table_bytes
    busy = _busy(own, costs, nodes)
    beats = _beats(costs, nodes)
    return Need(
        cells=cells,
        nodes=nodes * cells,
        sessions_a_node=own.sessions / nodes,
        node_memory=own.sessions / nodes * costs.session_bytes,
        node_cpu=busy / nodes + beats,
        beats_cpu=beats,
        shards=max(1, shards) * cells,
        hub_bytes=hub_bytes * cells,
        postgres=cells,
        commits=commits * cells,
        postgres_cpus=postgres_cpus,
        partitions=_partitions(tables * day),
        wal_a_day=own.commits * costs.message_wal_bytes * day * cells,
        disk_a_day=tables * day * cells,
        storm_seconds=_storm(own, costs, nodes),
        first=_first(own, costs, nodes),
    )


def _groups(load: Load, costs: Costs, nodes: int) -> float:
    """Group commits a second, of all nodes. What comes while one is under way makes the next one. If commits come
    at random, `m` in that time, it has m of them, or one if none came: m + exp(-m) on average."""
    a_node, size = load.commits / nodes, 1.0
    for _ in range(50):  # the larger a group, the longer it takes
        each = size * (costs.message_us + costs.message_postgres_us)
        took = COMMIT_SECONDS + US * (costs.group_us + costs.group_postgres_us + each) + _wait(load, costs, nodes)
        size = a_node * took + math.exp(-a_node * took)
    return load.commits / size


def _wait(load: Load, costs: Costs, nodes: int) -> float:
    """Seconds for the rest of the long work that a node is at when something comes: half of its square (Pollaczek and
    Khinchine)."""
    beat = costs.beat_us + costs.peer_us * (nodes - 1)
    return 0.5 * (load.conversations / nodes * (US * costs.conversation_us) ** 2 + (US * beat) ** 2 / HEARTBEAT_SECONDS)


def _commits(load: Load, costs: Costs, nodes: int) -> float:
    return _groups(load, costs, nodes) + 2 * load.conversations + load.taken


def _busy(load: Load, costs: Costs, nodes: int) -> float:
    """Processors of nodes, heartbeats not among them."""
    return US * (
        load.commits * (costs.message_us + load.remote * costs.remote_us)
        + _groups(load, costs, nodes) * costs.group_us
        + load.conversations * costs.conversation_us
        + load.taken * costs.takeover_us
    )


def _beats(costs: Costs, nodes: int) -> float:
    """Of each node: its own heartbeat, and what it reads of the others."""
    return US * (costs.beat_us + costs.peer_us * (nodes - 1)) / HEARTBEAT_SECONDS


def _nodes(load: Load, costs: Costs) -> int | None:
    nodes = max(2, math.ceil(load.sessions / NODE_SESSIONS))  # two: one may die
    while nodes <= NODES_IN_A_CELL:
        if _busy(load, costs, nodes) / nodes + _beats(costs, nodes) <= FULL:
            return nodes
        nodes += 1
    return None


def _postgres_cpus(load: Load, costs: Costs, nodes: int) -> float:
    beats = nodes * (costs.beat_postgres_us + costs.peer_postgres_us * nodes) / HEARTBEAT_SECONDS
    return US * (
        load.commits * costs.message_postgres_us
        + _groups(load, costs, nodes) * costs.group_postgres_us
        + load.conversations * costs.conversation_postgres_us
        + load.taken * costs.takeover_postgres_us
        + beats
    )


def _partitions(a_day: float) -> int:
    """So many that one gets about 1 GB a day, which is 100 GB in a quarter: a power of two. More than 16 cost each
    append too much."""
    return 1 if a_day < 1e9 else 2 ** min(4, math.ceil(math.log2(a_day / 1e9)))


def _storm(load: Load, costs: Costs, nodes: int) -> float:
    """They come to all nodes alike and share the processor with other work, which waits in the same queue: about half
    of what comes meanwhile is done before the last of them. Group commits are then so large that they cost next to
    nothing."""
    other = (_busy(load, costs, nodes) - _groups(load, costs, nodes) * costs.group_us * US) / nodes
    work = load.sessions / 10 / nodes * costs.back_us * US
    return max(STORM_SECONDS, work / (1 - (other + _beats(costs, nodes)) / 2))


def _first(load: Load, costs: Costs, nodes: int) -> str:
    """The resource of one cell with the largest share of its limit, nodes aside: they can be added."""
    hub = load.commits * costs.message_hub_bytes * (1 + load.remote) / REDIS_BYTES
    shares = {
        "nodes in one cell (heartbeats)": nodes / NODES_IN_A_CELL,
        "PostgreSQL's processors": _postgres_cpus(load, costs, nodes) / POSTGRES_CPUS / FULL,
        "PostgreSQL's flushes": _commits(load, costs, nodes) / POSTGRES_COMMITS / FULL,
        "a single Redis": max(hub, load.commits * costs.message_redis_us * US) / FULL,
    }
    return max(shares, key=lambda part: shares[part])
