"""Several nodes in one process, over one real SQLite log: what tests of the engine say in sentences.

    n1, n2 = cluster.node("n1"), cluster.node("n2")
    room = await cluster.opens(n1)
    clara, anna = room.customer(n1), room.agent("Anna", n2)
    await anna.watches()
    await clara.says("hi")
    taken = anna.intervenes()      # under way
    await taken                    # answered: a receipt, or the refusal is raised

Every actor's session obeys `screen.py`; `cluster.is_sound` reads the log and the screens once more.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Self

import anyio

from intervene.adapters.memory import AnchoredClock, LocalLeases
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import Connect, SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.bots.api import BotCallable
from intervene.bots.runner import Runner
from intervene.core.access import Visitor
from intervene.core.actors import Bot, Contact
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.state import Conversation, OpenReply, open_reply
from intervene.core.events import Event, Piece
from intervene.core.ids import BotId, ContactId, Key, NodeId
from intervene.core.limits import BOT_BURST
from intervene.core.wire.views import for_contact
from intervene.engine.engine import Engine
from intervene.engine.taken import Taken
from intervene.feed.feeds import Feeds
from intervene.feed.reading import Readers, Sources
from intervene.housekeeping.housekeeping import Housekeeping
from intervene.housekeeping.turns import DueTurns
from intervene.ids import Ids
from intervene.policies.cache import PolicyCache
from intervene.policies.comparison import Comparison
from intervene.policies.tree import TreeCache
from intervene.ports.log import Log
from intervene.ports.messages import TakeoverReport
from intervene.takeovers import Takeovers
from tests.integration.engine.actors import Display, numbers
from tests.integration.engine.faults import Deliveries, FaultyHub, FlakyLog
from tests.integration.engine.room import Room
from tests.kit import sqlite
from tests.kit.limits import TIMING, WAIT, eventually
from tests.kit.oracles import judge
from tests.unit.core import promises
from tests.unit.core.cast import ACME, ECHO


class Cluster:
    """Nodes, the log that they share and the hub between them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.store = Store.of(SqliteLog(database), database)
        self.hub = FaultyHub()
        self.leases = LocalLeases(timing=TIMING)
        self.clock = AnchoredClock()
        self.timing = TIMING
        """Of the nodes that begin from now on."""
        self.nodes: list[Node] = []
        self.rooms: list[Room] = []
        self.url = ""
        """Of PostgreSQL, if that is where the nodes write."""
        self.has_one_socket_each = True
        """A test says no whose people speak at two nodes at once."""
        self.broken: list[str] = []
        """Promises that a screen has seen broken."""

    @property
    def log(self) -> Log:
        return self.store.log

    def stands_on(self, store: Store, url: str = "") -> Store:
        """The nodes that begin from now on; `url` if that is PostgreSQL. Answers the store of those before."""
        before, self.store, self.url = self.store, store, url
        return before

    def backs_up(self) -> None:
        _copy(self.database._path, self._backup)
        self._kept = [len(room.history.records) for room in self.rooms]

    def goes_back(self) -> None:
        """To the backup. What was acknowledged since counts for nothing."""
        _copy(self._backup, self.database._path)
        for room, kept in zip(self.rooms, self._kept, strict=True):
            del room.history.records[kept:]

    @property
    def _backup(self) -> Path:
        return self.database._path.with_suffix(".backup")

    @classmethod
    async def start(cls, path: Path, *, connect: Connect | None = None) -> Self:
        """With half the durability of a server: what is lost with the power is not tested here."""
        options: dict[str, Any] = {"connect": connect} if connect else {}
        return cls(await SqliteDatabase.start(path, sqlite.migrate, durability="normal", timing=TIMING, **options))

    async def close(self) -> None:
        for node in list(self.nodes):
            node.dies()
        await self.database.close()

    def node(
        self, name: str, bots: Mapping[str, BotCallable] | None = None, *, inbound: Bot | None = ECHO, **options: Any
    ) -> "Node":
        """With `bots` it has a runner; without, it claims turns that the test plays by hand."""
        node = Node(self, NodeId(name), bots, inbound, options)
        self.nodes.append(node)
        return node

    async def opens(self, node: "Node", name: str = "Clara") -> "Room":
        """A new conversation of a new customer."""
        contact = Contact(id=ContactId(f"{name.lower()}{next(numbers)}"), name=name)
        visitor = Visitor(organisation=ACME, contact=contact)
        with anyio.fail_after(WAIT):
            conversation = (await node.engine.open(visitor)).conversation
        room = Room(self, Key(ACME, conversation), visitor)
        self.rooms.append(room)
        return room

    # -- at rest -------------------------------------------------------------------------------------------------------

    async def settles(self, random: Random | None = None) -> None:
        """What is under way ends, and each node compares its versions with the log's, as it would in time."""
        self.hub.release(random)
        await self._rests()
        await self._log_rests()
        versions = await self.log.versions([room.key for room in self.rooms])
        for node in self.nodes:
            for key, version in versions.items():
                node.feeds.check(key, version)
        await self._rests()

    async def _rests(self) -> None:
        for _ in range(3):  # what a callback has put on its way is seen in the next round
            await eventually(lambda: all(node.is_idle for node in self.nodes), every=0.0)

    async def _log_rests(self) -> None:
        """What nodes left there before they died is written too."""
        written = asyncio.Event()
        self.log.append([], lambda verdicts: written.set())
        with anyio.fail_after(WAIT):
            await written.wait()

    async def is_sound(self) -> None:
        """The promises, of the log and of every screen; call it when all is settled."""
        for room in self.rooms:
            facts, state = await room.reads()
            reply = open_reply(state, [fact for fact in facts if isinstance(fact, Piece)])
            promises.Record().check(facts, state, reply)
            found = judge(
                state.id, await room.log(), room.sessions, room.history.commands(),
                one_socket_each=self.has_one_socket_each,
            )  # fmt: skip
            assert not found.problems, found
            events = [fact for fact in facts if isinstance(fact, Event)]
            for screen in room.screens:
                if screen.session:
                    _check_whole(screen, events, state, reply)
            for node in self.nodes:
                known = node.feeds.state(room.key)
                if known is not None and known.version == state.version:
                    assert known == state, f"{node.id} knows another state than the log"
                    assert node.feeds.reply(room.key) == reply, f"{node.id} knows another reply than the log"
        assert not self.broken, "\n".join(self.broken)


def _check_whole(screen: Display, events: Sequence[Event], state: Conversation, reply: OpenReply | None) -> None:
    """[P5] To the last field, which the oracles do not know. [P2] At rest all that is committed of a reply is shown."""
    shown = screen.events
    expected: list[Any] = list(events)
    if not screen.is_staff:
        expected = [for_contact(state.id, event) for event in events if event.pub]
    assert shown == expected[len(expected) - len(shown) :], f"[P5] {screen.name} sees something else than the log"
    text = reply.text if reply else ""
    assert screen.text == text, f"[P2] {screen.name} sees {screen.text!r} of {text!r}"


def _copy(source: Path, target: Path) -> None:
    """As a tool would that knows SQLite: also into a database that is in use."""
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


class Node:
    """Engine, feeds and, with bots, a runner. Its way to the log and to the others may be bad."""

    def __init__(
        self,
        cluster: Cluster,
        id: NodeId,
        bots: Mapping[str, BotCallable] | None,
        inbound: Bot | None,
        options: Mapping[str, Any],
    ) -> None:
        self.id = id
        self.cluster = cluster
        self.log = FlakyLog(cluster.store)
        self.side = cluster.hub.side(id)
        self.readers = Readers(Sources(self.log, cluster.store.inbox, self.log), 4, cluster.timing)
        self.feeds = Feeds(self.readers, self.side, cluster.timing)
        self.claims = True
        self.format = FORMAT
        """Of rows that the others believe it can read."""
        self.takeovers: list[Taken] = []
        self.stopped: list[tuple[Key, int]] = []
        self.times: Takeovers | None = None
        self.tree = TreeCache(cluster.store.organisations, self.side)
        self.policies = PolicyCache(
            stored=cluster.store.policies, tree=self.tree, hub=self.side, default=inbound, bots={ECHO.id: ECHO}
        )
        self.feeds.policy = self.policies.get
        self.comparison = Comparison(cluster.store.versions, self.policies, self.tree, timing=cluster.timing)
        self.engine = Engine(
            node=id,
            log=self.log,
            owners=self.log,
            feeds=self.feeds,
            hub=self.side,
            leases=cluster.leases,
            clock=cluster.clock,
            policies=self.policies,
            claimant=self._claimant,
            taken=self._taken,
            make_id=Ids().make,
            timing=cluster.timing,
        )
        self.runner: Runner | None = None
        if bots is not None:
            self.runner = Runner(
                node=id,
                engine=self.engine,
                feeds=self.feeds,
                log=self.log,
                leases=cluster.leases,
                bots={BotId(name): bot for name, bot in bots.items()},
                stopped=self._stopped,
                **{"max_turns": 100, "burst": BOT_BURST, **options},
            )
            self.feeds.observers.append(self.runner)
        turns = DueTurns(
            id,
            claimant=self._claimant,
            is_running=lambda key, number: self.runner is None or self.runner.is_running(key, number),
            is_gone=lambda name: all(name != node.id for node in cluster.nodes),
            knows=lambda name: min((node.format for node in cluster.nodes if node.id == name), default=FORMAT),
        )
        self.housekeeping = Housekeeping(
            node=id,
            engine=self.engine,
            schedule=self.log,
            retention=self.log,
            clock=cluster.clock,
            turns=turns,
            others=lambda: [node.id for node in cluster.nodes if node.id != id and node.format >= FORMAT],
            anchor=cluster.clock.anchor,
            timing=cluster.timing,
        )
        self.feeds.observers.append(self.housekeeping)
        self.deliveries = Deliveries(id, cluster.hub, self.feeds, self.policies, self.tree, self._reported)
        self.side.connect(self.deliveries)

    def _claimant(self) -> NodeId | None:
        if self.runner:
            return self.runner.claimant()
        return self.id if self.claims else None

    def _taken(self, taken: Taken) -> None:
        self.takeovers.append(taken)
        if self.times:
            self.times.begin(taken)

    def _reported(self, report: TakeoverReport) -> None:
        if self.times:
            self.times.receive_report(report)

    def _stopped(self, key: Key, epoch: int) -> None:
        self.stopped.append((key, epoch))
        if self.times:
            self.times.bot_stopped(key, epoch)

    @property
    def is_idle(self) -> bool:
        """No command, read, join or hole of this node waits for anything but the test."""
        feeds = self.feeds
        is_reading = self.readers.running or self.readers.waiting
        return self.engine.is_idle and not is_reading and feeds.is_idle

    def dies(self) -> None:
        """As by `kill -9`: what has left it may still be committed, but it hears and says no more."""
        self.log.is_dead = True
        self.cluster.hub.cut_off(self.side)
        self.cluster.nodes.remove(self)
        for room in self.cluster.rooms:
            for screen in room.screens:
                if screen.node is self:
                    screen.leaves()
        self.engine.stop()
        self.policies.stop()
        active = self.runner._active.values() if self.runner else ()
        self.readers._tasks.cancel()
        for turn in active:
            turn.task.cancel()
