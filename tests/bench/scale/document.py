"""The tables of docs/scale.md, between its marks, as costs, model and simulation have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tests.bench.scale.costs import Measured, read
from tests.bench.scale.model import Load, Need, need
from tests.bench.scale.simulation import Found, play

FILE = Path(__file__).parents[3] / "docs" / "scale.md"
SIZES = {"10 thousand": 10_000, "1 million": 1_000_000, "100 million": 100_000_000}
BUSY = 120.0  # messages an hour, where all customers are in the middle of a talk
ERROR = 0.10  # of what the simulation finds beside what the model says


def written(text: str) -> str:
    """The document with its tables as they are now."""
    measured = read()
    for name, lines in tables(measured).items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        assert mark, f"docs/scale.md has a mark for {name}"
        text = before + mark + "\n".join(lines) + "\n" + rest[rest.index("<!-- end -->") :]
    return text


def tables(measured: Measured) -> dict[str, list[str]]:
    costs = measured.costs
    usual = [Load(sessions) for sessions in SIZES.values()]
    busy = [load._replace(messages_an_hour=BUSY) for load in usual]
    needs = [(load, need(load, costs)) for load in (*usual, *busy)]
    played = [(load, found, play(load, costs, found)) for load, found in needs]
    return {
        "costs": _costs(measured),
        "needs": _rows(
            ["", *[f"{size}, usual" for size in SIZES], *[f"{size}, busy" for size in SIZES]],
            [(name, *(show(load, found) for load, found in needs)) for name, show in NEEDS.items()],
        ),
        "checks": _rows(
            ["sessions", "messages an hour", "", "model", "simulation", "error"],
            [row for case in played for row in _checked(*case)],
        ),
    }


NEEDS: Mapping[str, Callable[[Load, Need], str]] = {
    "messages a second": lambda load, found: _n(load.messages),
    "commits a second, with pieces of replies": lambda load, found: _n(load.commits),
    "new conversations a second": lambda load, found: _n(load.conversations),
    "takeovers a second": lambda load, found: _n(load.taken),
    "**cells** (clusters that share nothing)": lambda load, found: _n(found.cells),
    "**nodes** (processes, a processor each)": lambda load, found: _n(found.nodes),
    "sessions of a node": lambda load, found: _n(found.sessions_a_node),
    "memory of its sessions": lambda load, found: _bytes(found.node_memory),
    "a node's processor": lambda load, found: f"{found.node_cpu:.0%}",
    "of that, heartbeats": lambda load, found: f"{found.beats_cpu:.1%}",
    "**Redis masters**": lambda load, found: _n(found.shards),
    "bytes of the hub, in and out": lambda load, found: f"{_bytes(found.hub_bytes)}/s",
    "**PostgreSQL servers**": lambda load, found: _n(found.postgres),
    "its processors, each server": lambda load, found: f"{found.postgres_cpus:.1f}",
    "transactions a second, all": lambda load, found: _n(found.commits),
    "partitions of the log, each": lambda load, found: _n(found.partitions),
    "write-ahead log a day": lambda load, found: _bytes(found.wal_a_day),
    "tables and indexes a day": lambda load, found: _bytes(found.disk_a_day),
    "10 % back after a storm, at best": lambda load, found: f"{found.storm_seconds:.1f} s",
    "nearest to its limit in a cell": lambda load, found: found.first,
}


def errors(load: Load, found: Need, played: Found) -> dict[str, tuple[float, float]]:
    """What the model says and what the simulation found, of each part that both have."""
    groups = found.commits - 2 * load.conversations - load.taken
    return {
        "a node's processor": (found.node_cpu, played.node_cpu),
        "PostgreSQL's processors": (found.postgres_cpus, played.postgres_cpus),
        "bytes of the hub a second": (found.hub_bytes, played.hub_bytes),
        "group commits a second": (groups, played.groups),
        "10 % back after a storm, seconds": (found.storm_seconds, played.storm_seconds),
    }


def _checked(load: Load, found: Need, played: Found) -> Iterable[Sequence[str]]:
    for name, (said, seen) in errors(load, found, played).items():
        yield (
            _n(load.sessions),
            _n(load.messages_an_hour),
            name,
            f"{said:.3g}",
            f"{seen:.3g}",
            f"{said / seen - 1:+.0%}",
        )
    times = f"{played.p50_ms:.1f} and {played.p99_ms:.1f} ms"
    yield (
        _n(load.sessions),
        _n(load.messages_an_hour),
        "message to a session at another node, p50 and p99",
        "",
        times,
        "",
    )


def _costs(measured: Measured) -> list[str]:
    costs = measured.costs
    rows = [
        ("a session that joined and watches its conversation", _bytes(costs.session_bytes), "", ""),
        ("a join, to the welcome", _us(costs.join_us), "", ""),
        ("a session that comes back and watches again", _us(costs.back_us), _us(costs.back_postgres_us), ""),
        ("a message, committed, to three sessions of the node", _us(costs.message_us), _us(costs.message_postgres_us),
         _us(costs.message_redis_us)),
        ("a group commit, however many messages are in it", _us(costs.group_us), _us(costs.group_postgres_us), ""),
        ("a message at each other node that follows its conversation", _us(costs.remote_us), "", ""),
        ("a conversation: a customer joins and opens it, three watch", _us(costs.conversation_us),
         _us(costs.conversation_postgres_us), ""),
        ("a takeover", _us(costs.takeover_us), _us(costs.takeover_postgres_us), ""),
        ("an idle node, each heartbeat (2 s)", _us(costs.beat_us), _us(costs.beat_postgres_us), ""),
        ("more, for each other node", _us(costs.peer_us), _us(costs.peer_postgres_us), ""),
    ]  # fmt: skip
    return [
        f"Measured on {measured.day}: {measured.machine}, load {measured.load:.1f} before.",
        "",
        *_rows(["", "node", "PostgreSQL", "Redis"], rows),
        "",
        f"A message is {_bytes(costs.message_hub_bytes)} on the hub, {_bytes(costs.message_wal_bytes)} of write-ahead "
        f"log and {_bytes(costs.message_table_bytes)} of tables and indexes; a conversation is "
        f"{_bytes(costs.conversation_table_bytes)} of tables and indexes.",
    ]


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _us(value: float) -> str:
    return f"{value / 1000:.1f} ms" if value >= 1000 else f"{value:.0f} us"


def _n(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _bytes(value: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
