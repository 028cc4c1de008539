"""Redis, asked as a node asks it: by the same URL, on connections made in the same way, under the same names.

It leaves a key for one millisecond. Whatever is wrong here costs speed and nothing else, so most advice says how much.
"""

import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from intervene.adapters.redis import names
from intervene.adapters.redis.cluster import ClusterConnections, connect
from intervene.adapters.redis.codec import LEAST_KEY_BYTES, SENDER_BYTES, Codec, Forged, Unreadable
from intervene.adapters.redis.commands import BROADCAST, SHARDED, PubSub
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.leases import TAKE
from intervene.core.ids import ConversationId, Key, NodeId, OrganisationId
from intervene.core.timing import PRODUCTION
from intervene.ops.doctor.findings import (
    ANSWER_SECONDS,
    SAMPLE_SECONDS,
    SAMPLES,
    Finding,
    Report,
    answer,
    fail,
    latency,
    ok,
    unreachable_name,
    warn,
)
from intervene.ports.topics import NODES

NAME = "Redis"
OLDEST = (6, 2)
OLDEST_CLUSTER = (7, 0)
ROUND_TRIP_MS = 5.0, 50.0  # p50, p99: what an event takes to another node, beside its commit
LEAST_BUFFER_BYTES = 8 * 1024 * 1024  # that may wait for a node before Redis cuts it off
FULL = 0.95  # of maxmemory

SLOWER = "Without it nodes work on, and words come to other nodes up to 2 s late (10 s if it hangs)."
NO_LEASES = "Leases are off. Takeovers still work: they never depend on one."


class Hearing:
    """The channel of heartbeats: the last message of each node."""

    def __init__(self) -> None:
        self.is_listening = False
        self.channel = names.PLAIN.channel(NODES)
        self._said: dict[bytes, bytes] = {}

    def note(self, data: bytes) -> None:
        self._said[data[:SENDER_BYTES]] = data

    def hears(self, node: NodeId) -> bool:
        return self._of(node) is not None

    def is_forged(self, node: NodeId, keys: Sequence[str]) -> bool:
        """A message of it came, and none of our keys matches its MAC."""
        data = self._of(node)
        if data is None or not keys:
            return False
        try:
            Codec(node, [key.encode() for key in keys]).decode(self.channel, data)
        except Forged:
            return True
        except Unreadable:
            pass
        return False

    def strangers(self, nodes: Iterable[NodeId]) -> int:
        """How many speak here and are none of these."""
        senders = [_sender(node) for node in nodes]
        return sum(not any(sender.is_own(data) for sender in senders) for data in self._said.values())

    def _of(self, node: NodeId) -> bytes | None:
        sender = _sender(node)
        return next((data for data in self._said.values() if sender.is_own(data)), None)


def _sender(node: NodeId) -> Codec:
    return Codec(node, [bytes(LEAST_KEY_BYTES)])  # the sender is not under the MAC


class Part(NamedTuple):
    """What is examined: a single Redis, or a master of a cluster. Channel and lease are in a slot of its own."""

    connections: Connections
    commands: PubSub
    channel: bytes
    lease: str


async def examine(url: str, report: Report) -> None:
    """All that can be asked of it. Raises `ValueError` for a URL that says nothing a node could use."""
    connections = connect(url)
    if unknown := await unreachable_name(NAME, _hosts(url)):
        report.append(unknown)
        return
    for part in (
        await _parts(connections, report)
        if isinstance(connections, ClusterConnections)
        else [Part(connections, BROADCAST, f"{names.PREFIX}:*doctor*:{_new()}".encode(), names.PLAIN.lease(_key()))]
    ):
        await _examine_part(part, is_tls=urlsplit(url).scheme.startswith("rediss"), report=report)


async def _parts(cluster: ClusterConnections, report: Report) -> list[Part]:
    if not await cluster.look():
        report.append(fail(NAME, "no part of the cluster says what its parts are", f"Are they up? {SLOWER}"))
        return []
    places = ", ".join(shard.address.place for shard in cluster.shards)
    found = f"a cluster of {len(cluster.shards)} masters: {places}"
    report.append(ok(f"{NAME} shards", found) if cluster.is_covered else fail(
        f"{NAME} shards", f"{found}; some slots are not served", f"Mend the cluster. {SLOWER}"
    ))  # fmt: skip
    return [
        Part(cluster.at(shard.address), SHARDED, channel, channel.decode())
        for shard in cluster.shards
        for channel in [names.echo_channel(shard.ranges[0][0], NodeId(f"doctor-{_new()}"))]
    ]


def _new() -> str:
    return secrets.token_hex(8)


def _key() -> Key:
    return Key(OrganisationId("*doctor*"), ConversationId(_new()))


async def _examine_part(part: Part, *, is_tls: bool, report: Report) -> None:
    began = time.monotonic()
    try:
        async with part.connections.open() as connection:
            milliseconds = (time.monotonic() - began) * 1000
            how = "over TLS" if is_tls else "not encrypted"
            report.append(ok(NAME, f"reached in {milliseconds:.0f} ms, {how}", connect_ms=round(milliseconds, 3)))
            await _examine(connection, part, report)
    except (RedisError, OSError) as problem:
        report.append(_refusal(problem))


async def _examine(connection: AbstractConnection, part: Part, report: Report) -> None:
    for name, check in CHECKS.items():
        try:
            report.append(await check(connection, part))
        except TimeoutError:
            report.append(fail(f"{NAME} {name}", f"no answer within {ANSWER_SECONDS:.0f} s", f"It hangs. {SLOWER}"))
            return
        except ResponseError as problem:
            report.append(warn(f"{NAME} {name}", f"not known: {problem}", "The user may not ask for it."))
        except (RedisError, OSError) as problem:
            report.append(fail(f"{NAME} {name}", f"the connection ended: {problem}", SLOWER))
            return


def _refusal(problem: Exception) -> Finding:
    match problem:
        case TimeoutError():
            found = f"no answer within {PRODUCTION.redis_connect:.0f} s"
            return fail(NAME, found, f"It hangs, or a firewall is silent. {SLOWER}")
        case AuthenticationError():
            return fail(NAME, f"it refuses us: {problem}", "Correct user and password in redis_url.")
        case _:
            return fail(NAME, f"it cannot be reached: {problem}", f"Is it up, and is redis_url right? {SLOWER}")


async def _ask(connection: AbstractConnection, *command: str | bytes | int, is_push: bool = False) -> object:
    """Raises `TimeoutError` and `RedisError`."""
    await answer(connection.send_command(*command, check_health=False))
    return await answer(_read(connection, is_push=is_push))


async def _read(connection: AbstractConnection, *, is_push: bool) -> object:
    """`is_push`: what comes on a subscribed connection, which RESP3 distinguishes from answers."""
    return await connection.read_response(timeout=math.inf, push_request=is_push)


def _hosts(url: str) -> list[str]:
    if urlsplit(url).scheme == "unix":
        return []
    hosts = urlsplit(url).netloc.rpartition("@")[2].split(",")
    return [host.partition(":")[0] for host in hosts if host and not host.startswith(("[", ":"))]


async def _info(connection: AbstractConnection, section: str) -> dict[str, str]:
    said = await _ask(connection, "INFO", section)
    lines = said.decode("utf-8", "replace").splitlines() if isinstance(said, bytes) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)


# -- what it is --------------------------------------------------------------------------------------------------------


async def _version(connection: AbstractConnection, part: Part) -> Finding:
    check, info = f"{NAME} version", await _info(connection, "server")
    told = info.get("redis_version", "")
    found = f"Valkey {info['valkey_version']} ({told})" if "valkey_version" in info else told or "not told"
    numbers = tuple(int(part) for part in told.split(".")[:2] if part.isdigit())
    if len(numbers) < 2:
        return warn(check, found, "6.2 or newer is needed.")
    if numbers < OLDEST:
        return fail(check, found, "6.2 or newer is needed.")
    mode = info.get("redis_mode") or info.get("server_mode") or "standalone"
    if mode == "sentinel":
        return fail(check, f"{found}, a Sentinel", "Name it as redis+sentinel://host:port/service in redis_url.")
    if mode == "cluster" and part.commands is not SHARDED:
        advice = f"Name it as redis+cluster://host:port in redis_url. {NO_LEASES}"
        return warn(check, f"{found}, part of a Redis Cluster", advice)
    if part.commands is SHARDED and numbers < OLDEST_CLUSTER:
        return fail(check, found, "A cluster needs 7.0 or newer, which has sharded pub/sub.")
    return ok(check, found)


async def _role(connection: AbstractConnection, part: Part) -> Finding:
    check, info = f"{NAME} role", await _info(connection, "replication")
    role = info.get("role", "not told")
    if role == "slave":
        advice = "Name the primary in redis_url, or Sentinels that know it: what is said to a replica reaches few."
        return fail(check, "a replica", advice)
    return ok(check, "the primary" if role == "master" else role)


# -- what nodes do with it ---------------------------------------------------------------------------------------------


async def _pubsub(connection: AbstractConnection, part: Part) -> Finding:
    """From PUBLISH to hearing it on another connection, as between two nodes."""
    check = f"{NAME} publish to subscribe"
    publish, subscribe = part.commands.publish, part.commands.subscribe
    samples: list[float] = []
    async with part.connections.open() as listening:
        try:
            await _ask(listening, subscribe, part.channel, is_push=True)
            until = time.monotonic() + SAMPLE_SECONDS
            while len(samples) < SAMPLES and (not samples or time.monotonic() < until):
                began = time.monotonic()
                if not await _ask(connection, publish, part.channel, b"%d" % len(samples)):
                    advice = "Both connections must reach one server: a balancer in between may choose two."
                    return fail(check, "what is published does not arrive on another connection", advice)
                await answer(_read(listening, is_push=True))
                samples.append((time.monotonic() - began) * 1000)
        except ResponseError as problem:
            return fail(check, f"refused: {problem}", f"Allow this user the channels {names.PREFIX}:*. {SLOWER}")
    advice = "Words take so long to sessions on other nodes: bring Redis closer, or give it a core of its own."
    return latency(check, samples, ROUND_TRIP_MS, advice)


async def _scripts(connection: AbstractConnection, part: Part) -> Finding:
    """The script of a lease, with one that is over at once."""
    check = f"{NAME} leases"
    try:
        await _ask(connection, "EVAL", TAKE, 1, part.lease, 1, "doctor", 1)
    except ResponseError as problem:
        reason = str(problem).partition(", with args")[0]  # of an unknown command Redis repeats what it was asked
        return warn(check, f"a script was refused: {reason}", f"{NO_LEASES} To have them, allow EVAL.")
    return ok(check, "scripts are allowed")


# -- its bounds --------------------------------------------------------------------------------------------------------


async def _buffers(connection: AbstractConnection, part: Part) -> Finding:
    check = f"{NAME} client-output-buffer-limit"
    try:
        told = await _ask(connection, "CONFIG", "GET", "client-output-buffer-limit")
    except ResponseError:
        return ok(check, "not told: CONFIG is refused")
    values = list(told.values()) if isinstance(told, dict) else told[1:] if isinstance(told, list) else []
    limits = values[0].decode().split() if values else []
    if "pubsub" not in limits:
        return ok(check, "not told")
    hard, soft, seconds = (int(limit) for limit in limits[limits.index("pubsub") + 1 :][:3])
    found = f"pubsub {_mib(hard)}, or {_mib(soft)} for {seconds} s"
    if not hard:
        return warn(check, "pubsub has none", "Set one, like 32mb 8mb 60: a frozen node's messages fill its memory.")
    if hard < LEAST_BUFFER_BYTES or 0 < soft < LEAST_BUFFER_BYTES // 8:
        return warn(check, found, "Set more, like 32mb 8mb 60: a busy node is cut off, and reads the log instead.")
    return ok(check, found)


async def _memory(connection: AbstractConnection, part: Part) -> Finding:
    """A lease that was evicted is no loss. One that cannot be written is."""
    check, info = f"{NAME} memory", await _info(connection, "memory")
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    policy = info.get("maxmemory_policy", "policy not told")
    found = f"{_mib(used)} of {_mib(most) if most else 'no limit'}, {policy}"
    if policy == "noeviction" and most and used > FULL * most:
        return warn(check, found, f"It is full and takes no leases: raise maxmemory. {NO_LEASES}")
    return ok(check, found, used_bytes=float(used), most_bytes=float(most))


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MiB"


Check = Callable[[AbstractConnection, Part], Awaitable[Finding]]
CHECKS: Mapping[str, Check] = {
    "version": _version,
    "role": _role,
    "publish to subscribe": _pubsub,
    "leases": _scripts,
    "client-output-buffer-limit": _buffers,
    "memory": _memory,
}


# -- its clients ------------------------------------------------------------------------------------------------------


async def listen(url: str, hearing: Hearing) -> None:
    """Until it is cancelled, or cannot go on; why not is for `examine` to say."""
    try:
        connections, commands = connect(url), BROADCAST
        hearing.channel = connections.names.channel(NODES)
        if isinstance(connections, ClusterConnections):
            await connections.look()
            if (owner := connections.owner(hearing.channel)) is None:
                return
            connections, commands = connections.at(owner), SHARDED
        async with connections.open() as connection:
            await _ask(connection, commands.subscribe, hearing.channel, is_push=True)
            hearing.is_listening = True
            while True:
                message = await _read(connection, is_push=True)
                if isinstance(message, list) and isinstance(message[-1], bytes):
                    hearing.note(message[-1])
    except (RedisError, OSError, ValueError):
        hearing.is_listening = False
