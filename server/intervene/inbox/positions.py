"""Up to where agents have read what is in the lists of this node: read from the database when a row is first shown, and
kept by what agents of any node read after that.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from intervene.core.errors import InterveneError
from intervene.core.ids import AgentId, ConversationId, Key, OrganisationId
from intervene.core.wire.inbox import Row
from intervene.ports.read_positions import ReadPositions
from intervene.tasks import Tasks

KEPT = 50_000  # conversations; of the one asked for longest ago they are read again


class Positions:
    def __init__(self) -> None:
        self._known: OrderedDict[Key, dict[AgentId, int]] = OrderedDict()
        self._missing: dict[Key, dict[AgentId, int]] = {}
        """Being read, with what agents have read meanwhile."""

    def of(self, key: Key, agent: AgentId) -> int:
        return self._known.get(key, {}).get(agent, 0)

    def unknown(self, keys: Iterable[Key]) -> list[Key]:
        """Those of them that are to be read: of the others it is known, or being read."""
        found = [key for key in keys if key not in self._known and key not in self._missing]
        self._missing |= {key: {} for key in found}
        return found

    def load(self, keys: Iterable[Key], found: Mapping[Key, Mapping[AgentId, int]]) -> None:
        """What the database has of those, but for what was forgotten meanwhile. Positions never fall."""
        for key in keys:
            newer = self._missing.pop(key, None)
            if newer is None:
                continue
            known = dict(found.get(key, {}))
            for agent, n in newer.items():
                known[agent] = max(n, known.get(agent, 0))
            self._known[key] = known
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def give_up(self, keys: Iterable[Key]) -> None:
        """They could not be read."""
        for key in keys:
            self._missing.pop(key, None)

    def move(self, key: Key, agent: AgentId, n: int) -> bool:
        """An agent has read up to there. Answers whether that is news."""
        for positions in (self._known.get(key), self._missing.get(key)):
            if positions is not None and n > positions.get(agent, 0):
                positions[agent] = n
                return True
        return False

    def forget(self) -> None:
        self._known.clear()
        self._missing.clear()

    def forget_of(self, organisation: OrganisationId) -> None:
        """From now on nothing is known of what its agents read."""
        for kept in (self._known, self._missing):
            for key in [key for key in kept if key.organisation == organisation]:
                del kept[key]


class ReadPositionsHere:
    """`found` is called with what was asked for, once it is known."""

    def __init__(self, store: ReadPositions, found: Callable[[Sequence[Key]], None]) -> None:
        self.known = Positions()
        self._store = store
        self._found = found
        self._tasks = Tasks()

    def of(self, row: Row, agent: AgentId) -> int:
        return self.known.of(key_of(row), agent)

    async def load(self, rows: Iterable[Row]) -> None:
        """Return when they are known. Raises `Unavailable`."""
        if unknown := self.known.unknown({key_of(row) for row in rows}):
            await self._read(unknown)

    def ask(self, rows: Iterable[Row]) -> None:
        if unknown := self.known.unknown({key_of(row) for row in rows}):
            self._tasks.spawn(self._answer(unknown))

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()

    async def _answer(self, unknown: Sequence[Key]) -> None:
        try:
            await self._read(unknown)
        except InterveneError:
            return  # they are asked for again with the next page
        self._found(unknown)

    async def _read(self, unknown: Sequence[Key]) -> None:
        wanted: dict[OrganisationId, list[ConversationId]] = {}
        for key in unknown:
            wanted.setdefault(key.organisation, []).append(key.conversation)
        found: dict[Key, dict[AgentId, int]] = {}
        try:
            for organisation, ids in wanted.items():
                kept = await self._store.of_many(organisation, ids)
                found |= {Key(organisation, id): _of_agents(positions) for id, positions in kept.items()}
        except BaseException:
            self.known.give_up(unknown)
            raise
        self.known.load(unknown, found)


def key_of(row: Row) -> Key:
    return Key(row.organisation, row.id)


def _of_agents(positions: Mapping[str, int]) -> dict[AgentId, int]:
    """`positions` by `events.author_key`."""
    kind = "agent:"
    return {AgentId(reader.removeprefix(kind)): n for reader, n in positions.items() if reader.startswith(kind)}
