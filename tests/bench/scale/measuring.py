"""What a session, a message, a conversation, a takeover, a join and a heartbeat cost a cluster of two nodes: processor
time of nodes, PostgreSQL and Redis, memory, bytes of the hub, of the write-ahead log and of tables.

All servers share one processor, and none of them is at its limit alone: what is measured is their work, and no times.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import process, takeover, wire
from tests.bench.ground import Ground, stand
from tests.bench.messages import MOST, Load
from tests.bench.people import Room, agent_token, contact_token, each, enter, open_mine
from tests.bench.scale.costs import Costs

SETTLE_SECONDS = 1.0
IDLE_SECONDS = 6.0
PEERS = 200  # rows of nodes that are dead, but read with each heartbeat


class Size(NamedTuple):
    rooms: int = 150
    sessions: int = 1200
    takeovers: int = 150
    seconds: float = 3.0
    outstanding: int = 64


QUICK = Size(rooms=60, sessions=300, takeovers=40, seconds=1.0)


class Spent(NamedTuple):
    """Since the start: microseconds of processor time, and bytes."""

    nodes: float
    postgres: float
    redis: float
    wal: float
    tables: float
    hub_in: float
    hub_out: float
    published: float
    groups: float

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(*(after - then for after, then in zip(self, before, strict=True)))


async def measure(size: Size, directory: Path) -> Costs:
    async with stand(directory, bot="none", sessions_per_address=1_000_000) as ground:
        idle = await _over(ground, asyncio.sleep(IDLE_SECONDS))
        session_bytes, join_us, back = await _sessions(ground, size)
        single, _ = await _messages(ground, size, (ground.here, ground.here), outstanding=1)
        alone, grouped = await _messages(ground, size, (ground.here, ground.here), size.outstanding)
        across, _ = await _messages(ground, size, (ground.here, ground.there), size.outstanding)
        opened, rooms = await _rooms(ground, size)
        taken = await _over(ground, each(lambda room: takeover.intervene(room, room.epoch), rooms))
        crowd = await _crowded(ground)
    beats = IDLE_SECONDS / 2.0 * 2  # of two nodes
    count = len(rooms)
    # Alone a message has a group of its own; under load it shares one.
    shared = 1 - 1 / grouped
    group_us = (single.nodes - alone.nodes) / shared
    group_postgres_us = (single.postgres - alone.postgres) / shared
    return Costs(
        session_bytes=round(session_bytes),
        join_us=round(join_us),
        back_us=round(back.nodes),
        back_postgres_us=round(back.postgres),
        message_us=round(single.nodes - group_us, 1),
        group_us=round(group_us, 1),
        remote_us=round(max(0.0, across.nodes - alone.nodes), 1),
        message_postgres_us=round(single.postgres - group_postgres_us, 1),
        group_postgres_us=round(group_postgres_us, 1),
        message_redis_us=round(across.redis, 1),
        message_wal_bytes=round(across.wal),
        message_table_bytes=round(across.tables),
        message_hub_bytes=round(across.hub_in),
        conversation_us=round(opened.nodes / count),
        conversation_postgres_us=round(opened.postgres / count),
        conversation_table_bytes=round(opened.tables / count),
        takeover_us=round(taken.nodes / count),
        takeover_postgres_us=round(taken.postgres / count),
        beat_us=round(idle.nodes / beats),
        beat_postgres_us=round(idle.postgres / beats),
        peer_us=round(max(0.0, (crowd.nodes - idle.nodes) / beats / PEERS), 2),
        peer_postgres_us=round(max(0.0, (crowd.postgres - idle.postgres) / beats / PEERS), 2),
    )


async def _over(ground: Ground, work: Awaitable[object]) -> Spent:
    before = await _spent(ground)
    await work
    await asyncio.sleep(SETTLE_SECONDS)
    return await _spent(ground) - before


async def _sessions(ground: Ground, size: Size) -> tuple[float, float, Spent]:
    """Bytes of one that joined and watches its conversation, microseconds of its coming, and what it costs that it
    comes back. A first part of them uses up what the start left free."""
    tokens = [contact_token(f"session-{number}") for number in range(size.sessions)]
    warm, tokens = tokens[: size.sessions // 3], tokens[size.sessions // 3 :]
    first = await each(lambda token: wire.join(ground.there.port, token), warm)
    await each(open_mine, first)
    await asyncio.sleep(SETTLE_SECONDS)
    memory, cpu = ground.there.memory(), ground.there.cpu()
    sockets = await each(lambda token: wire.join(ground.there.port, token), tokens)
    us = (ground.there.cpu() - cpu) * 1e6
    await each(open_mine, sockets)
    await asyncio.sleep(SETTLE_SECONDS)
    grown = ground.there.memory() - memory
    for socket in sockets:
        socket.abort()
    await asyncio.sleep(SETTLE_SECONDS)

    async def come_back(token: str) -> None:
        socket = await wire.join(ground.there.port, token)
        await open_mine(socket)
        first.append(socket)

    back = await _over(ground, each(come_back, tokens))
    for socket in first:
        socket.abort()
    return grown / len(tokens), us / len(tokens), Spent(*(value / len(tokens) for value in back))


async def _messages(
    ground: Ground, size: Size, nodes: Sequence[process.Server], outstanding: int
) -> tuple[Spent, float]:
    """Of one message to three sessions, the customer's at the first of `nodes`, two agents' at the other; and how many
    messages were in a group commit."""
    load = Load(ground.nodes_cpu)
    name = f"{random.getrandbits(32):x}"

    async def furnish(number: int) -> None:
        agents = [
            await wire.join(nodes[1].port, agent_token(f"{name}-{number}-{role}")) for role in ("agent", "colleague")
        ]
        await load.add(await enter(nodes[0], f"{name}-{number}", agents))

    await each(furnish, range(size.rooms))
    await asyncio.sleep(SETTLE_SECONDS)
    await load.round(size.seconds / 4, MOST * size.rooms // 4, outstanding)
    spent = await _over(ground, load.round(size.seconds, MOST * size.rooms // 2, outstanding))
    for talk in load.talks:
        for line in talk._lines:
            line.socket.abort()
    return Spent(*(value / load.sent for value in spent)), load.sent / spent.groups


async def _rooms(ground: Ground, size: Size) -> tuple[Spent, list[Room]]:
    """What it costs that so many customers, who have joined, open a conversation each that two agents watch."""
    agents = [await wire.join(ground.there.port, agent_token(f"taker-{number}")) for number in range(size.takeovers)]
    colleague = await wire.join(ground.here.port, agent_token("colleague"))
    rooms: list[Room] = []

    async def furnish(number: int) -> None:
        rooms.append(await enter(ground.here, f"taken-{number}", (agents[number], colleague)))

    return await _over(ground, each(furnish, range(size.takeovers))), rooms


async def _crowded(ground: Ground) -> Spent:
    """The same idle time beside rows of many nodes."""
    await ground.postgres.sql(
        "INSERT INTO node (id, beats, about) SELECT 'peer-' || number, 1, about "
        f"FROM (SELECT about FROM node LIMIT 1) AS one, generate_series(1, {PEERS}) AS number",
        database="intervene",
    )
    await asyncio.sleep(SETTLE_SECONDS)
    return await _over(ground, asyncio.sleep(IDLE_SECONDS))


async def _spent(ground: Ground) -> Spent:
    sql: Callable[..., Awaitable[list[Sequence[float]]]] = ground.postgres.sql
    [[wal, tables]] = await sql(
        "SELECT pg_current_wal_insert_lsn() - '0/0', pg_database_size('intervene')", database="intervene"
    )
    net = ground.redis.ask("INFO", "stats")
    assert isinstance(net, dict), "redis-py reads it"
    assert ground.redis.process is not None, "it was started"
    metrics = [await node.metrics() for node in (ground.here, ground.there)]
    return Spent(
        nodes=ground.nodes_cpu() * 1e6,
        postgres=sum(map(process.cpu, ground.postgres.processes)) * 1e6,
        redis=process.cpu(ground.redis.process.pid) * 1e6,
        wal=float(wal),
        tables=float(tables),
        hub_in=float(net["total_net_input_bytes"]),
        hub_out=float(net["total_net_output_bytes"]),
        published=sum(shown["intervene_hub_published_total"] for shown in metrics),
        groups=sum(shown["intervene_groups_total"] for shown in metrics),
    )
