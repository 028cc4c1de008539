"""A Redis Cluster of a test's own: masters on this machine, without replicas unless asked for."""

from collections.abc import Sequence
from pathlib import Path

from intervene.adapters.redis import names
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.redis import BUS, RedisServer

QUICK = {"cluster-node-timeout": "500", "cluster-require-full-coverage": "no"}


class RedisCluster:
    def __init__(self, directory: Path, masters: int = 3) -> None:
        self.masters = [_part(directory / f"master-{number}") for number in range(masters)]
        self.replicas: list[RedisServer] = []
        self._directory = directory
        self._ids: dict[int, str] = {}

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{master.port}" for master in self.masters)

    async def start(self) -> None:
        """Returns when all masters answer for all slots."""
        for master in self.masters:
            await master.start()
            self._ids[master.port] = _id(master)
        share = names.SLOTS // len(self.masters)
        for number, master in enumerate(self.masters):
            last = names.SLOTS - 1 if master is self.masters[-1] else (number + 1) * share - 1
            master.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            master.ask("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            self._meet(master)
        await self.is_well(self.masters)

    async def replicate(self, master: RedisServer) -> RedisServer:
        """Add a replica that takes over when the master is gone."""
        replica = _part(self._directory / "replica")
        await replica.start()
        self.replicas.append(replica)
        self._meet(replica)
        wanted = self._ids[master.port]
        await eventually(lambda: wanted.encode() in _bytes(replica.ask("CLUSTER", "NODES")), within=LONG_WAIT)
        replica.ask("CLUSTER", "REPLICATE", wanted)
        await eventually(lambda: _has_its_master(replica), within=LONG_WAIT)
        await eventually(lambda: b"slave" in _bytes(master.ask("CLUSTER", "NODES")), within=LONG_WAIT)
        return replica

    async def is_well(self, parts: Sequence[RedisServer]) -> None:
        await eventually(lambda: all(_says_it_is_well(part) for part in parts), within=LONG_WAIT)

    async def kill(self) -> None:
        for part in (*self.masters, *self.replicas):
            await part.kill()

    def owner(self, name: bytes) -> RedisServer:
        """Of the slot, as the cluster was made or as `move` left it."""
        slot = names.slot(name)
        return next(master for master in self.masters if master.process and slot in _own_slots(master))

    def move(self, slot: int, to: RedisServer) -> None:
        """As `redis-cli --cluster reshard` does at its end; pub/sub has no keys to move."""
        for master in (to, *(master for master in self.masters if master is not to)):
            master.ask("CLUSTER", "SETSLOT", slot, "NODE", self._ids[to.port])

    def subscribers(self, channel: bytes) -> int:
        """Nodes that listen to it, on any master."""
        return sum(subscribers(master, channel) for master in self.masters if master.process)

    def _meet(self, part: RedisServer) -> None:
        first = self.masters[0]
        if part is not first:
            part.ask("CLUSTER", "MEET", "127.0.0.1", first.port, first.port + BUS[0])


def subscribers(master: RedisServer, channel: bytes) -> int:
    answer = master.ask("PUBSUB", "SHARDNUMSUB", channel)
    assert isinstance(answer, list)
    return int(answer[1])


def _part(directory: Path) -> RedisServer:
    directory.mkdir()
    return RedisServer(directory, **{"cluster-enabled": "yes", **QUICK})


def _id(part: RedisServer) -> str:
    return _bytes(part.ask("CLUSTER", "MYID")).decode()


def _says_it_is_well(part: RedisServer) -> bool:
    said = _bytes(part.ask("CLUSTER", "INFO"))
    return b"cluster_state:ok" in said and b"cluster_slots_ok:16384" in said


def _has_its_master(replica: RedisServer) -> bool:
    said = replica.ask("INFO", "replication")
    return isinstance(said, dict) and said.get("master_link_status") == "up"


def _own_slots(part: RedisServer) -> set[int]:
    [line] = [line for line in _bytes(part.ask("CLUSTER", "NODES")).decode().splitlines() if "myself" in line]
    found: set[int] = set()
    for field in line.split()[8:]:
        if not field.startswith("["):
            first, _, last = field.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _bytes(answer: object) -> bytes:
    assert isinstance(answer, bytes | str)
    return answer.encode() if isinstance(answer, str) else answer
