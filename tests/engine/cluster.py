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
from collections.abc import Callable, Generator, Mapping, Sequence
from itertools import count
from pathlib import Path
from random import Random
from sqlite3 import Connection
from typing import Any, Self

import anyio

from intervene.adapters.local import AnchoredClock, LocalLeases
from intervene.adapters.sql.database import Connect, SqliteDatabase
from intervene.adapters.sql.sqlite import SqliteLog
from intervene.bots.runner import Runner
from intervene.core.access import Staff, Visitor
from intervene.core.commands import (
    AddNote,
    AddPiece,
    AgentSay,
    Answered,
    AskForPerson,
    BotSay,
    Close,
    Command,
    ContactSay,
    EndTurn,
    FinishMessage,
    HandBack,
    Intervene,
    Outcome,
    Release,
    Reopen,
    TakeUpTurn,
)  # fmt: skip
from intervene.core.control import Agent, Bot, Contact, Role
from intervene.core.conversation import Conversation, Running
from intervene.core.errors import InterveneError
from intervene.core.events import ControlChanged, Event, Message, MessageStarted, Piece
from intervene.core.frames import for_contact
from intervene.core.ids import AgentId, BotId, CommandId, ContactId, Key, MessageId, NodeId
from intervene.core.limits import BOT_BURST
from intervene.engine import Answer, Engine, Taken
from intervene.feed import Feeds
from intervene.migrations import upgrade
from intervene.ports import BotCallable, Range, Receipt, Snapshot
from intervene.takeovers import Takeovers
from intervene.upkeep import Upkeep
from tests.core import promises
from tests.core.play import ACME, ECHO
from tests.engine.faults import FaultyHub, FlakyLog
from tests.engine.screen import Screen, Session
from tests.limits import WAIT, eventually

_numbers = count(1)


class Cluster:
    """Nodes, the log that they share and the hub between them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.log = SqliteLog(database)
        self.hub = FaultyHub()
        self.leases = LocalLeases()
        self.clock = AnchoredClock()
        self.nodes: list[Node] = []
        self.rooms: list[Room] = []
        self.broken: list[str] = []
        """Promises that a screen has seen broken."""

    @classmethod
    async def start(
        cls, path: Path, *, migrate: Callable[[Path], None] = upgrade, connect: Connect | None = None
    ) -> Self:
        """With half the durability of a server: what is lost with the power is not tested here."""
        options: dict[str, Any] = {"connect": connect} if connect else {}
        return cls(await SqliteDatabase.start(path, migrate, durability="normal", **options))

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
        contact = Contact(id=ContactId(f"{name.lower()}{next(_numbers)}"), name=name)
        visitor = Visitor(organisation=ACME, contact=contact, expires=0.0)
        with anyio.fail_after(WAIT):
            conversation = await node.engine.open(visitor)
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
            promises.Record().check(facts, state)
            events = [fact for fact in facts if isinstance(fact, Event)]
            for screen in room.screens:
                _check_screen(screen, events, state)
            for node in self.nodes:
                known = node.feeds.state(room.key)
                if known is not None and known.version == state.version:
                    assert known == state, f"{node.id} knows another state than the log"
        assert not self.broken, "\n".join(self.broken)


def _check_screen(screen: Screen, events: Sequence[Event], state: Conversation) -> None:
    """[P5] Every event it may see, once, in order, as it is. [P2] What is shown of a reply is what is committed."""
    if screen.session is None:
        return
    room = state.id
    expected: list[Any] = list(events)
    if not screen.is_staff:
        expected = [for_contact(room, event) for event in events if event.pub]
    shown = screen.events
    assert shown == expected[len(expected) - len(shown) :], f"[P5] {screen.name} sees something else than the log"
    newest = state.seq if screen.is_staff else state.pub
    assert screen.n == newest, f"[P5] {screen.name} sees {screen.n} of {newest}"
    assert screen.text == state.written, f"[P2] {screen.name} sees {screen.text!r} of {state.written!r}"


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
        self.log = FlakyLog(cluster.log)
        self.side = cluster.hub.connect(id)
        self.feeds = Feeds(self.log, self.side)
        self.claims = True
        self.takeovers: list[Taken] = []
        self.stopped: list[tuple[Key, int]] = []
        self.times: Takeovers | None = None
        self.engine = Engine(
            node=id,
            log=self.log,
            feeds=self.feeds,
            hub=self.side,
            leases=cluster.leases,
            clock=cluster.clock,
            inbound=inbound,
            claimant=self._claimant,
            taken=self._taken,
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
        self.upkeep = Upkeep(
            node=id,
            engine=self.engine,
            log=self.log,
            clock=cluster.clock,
            claimant=self._claimant,
            is_running=lambda key, number: self.runner is None or self.runner.is_running(key, number),
            is_gone=lambda name: all(name != node.id for node in cluster.nodes),
            anchor=cluster.clock.anchor,
        )
        self.feeds.observers.append(self.upkeep)
        cluster.hub.attach(self.side, self.feeds)

    def _claimant(self) -> NodeId | None:
        if self.runner:
            return self.runner.claimant()
        return self.id if self.claims else None

    def _taken(self, taken: Taken) -> None:
        self.takeovers.append(taken)
        if self.times:
            self.times.begin(taken)

    def _stopped(self, key: Key, epoch: int) -> None:
        self.stopped.append((key, epoch))
        if self.times:
            self.times.bot_stopped(key, epoch)

    @property
    def is_idle(self) -> bool:
        """No command, read, join or hole of this node waits for anything but the test."""
        feeds = self.feeds
        return not (self.engine._lanes or self.engine._tasks or feeds._tasks) and not any(
            feed.joining or feed.answers or feed.early or feed.mending for feed in feeds._feeds.values()
        )

    def dies(self) -> None:
        """As by `kill -9`: what has left it may still be committed, but it hears and says no more."""
        self.log.is_dead = True
        self.cluster.hub.cut_off(self.side)
        self.cluster.nodes.remove(self)
        for room in self.cluster.rooms:
            for screen in room.screens:
                if screen.node is self:
                    screen.leaves()
        active = self.runner._active.values() if self.runner else ()
        tasks = [*self.feeds._tasks, *self.engine._tasks, *(a.task for a in active if a.task)]
        for task in tasks:
            task.cancel()


class Room:
    """One conversation, and the ways into it."""

    def __init__(self, cluster: Cluster, key: Key, visitor: Visitor) -> None:
        self.cluster = cluster
        self.key = key
        self.visitor = visitor
        self.screens: list[Display] = []

    def customer(self, node: Node) -> "Customer":
        return Customer(self, node, self._display(Display(self.visitor, self)))

    def agent(self, name: str, node: Node, role: Role = Role.AGENT) -> "Person":
        agent = Agent(id=AgentId(name.lower()), name=name)
        staff = Staff(organisation=self.key.organisation, agent=agent, role=role, expires=0.0)
        return Person(self, node, self._display(Display(staff, self)), agent, role)

    def supervisor(self, name: str, node: Node) -> "Person":
        return self.agent(name, node, Role.SUPERVISOR)

    def bot(self, node: Node) -> "Port":
        """The turn that runs, as the node knows it. Kept in a variable it stays that turn."""
        state = node.feeds.state(self.key)
        assert state is not None, f"{node.id} does not know the conversation"
        assert isinstance(state.turn, Running), f"no turn runs: {state.turn}"
        assert isinstance(state.holder, Bot)
        return Port(self, node, state.holder, state.epoch, state.turn.number, state.asked)

    def _display(self, screen: "Display") -> "Display":
        self.screens.append(screen)
        return screen

    # -- the log -------------------------------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        """As read afresh."""
        snapshot = await self.cluster.log.read(self.key, Range(is_staff=True, limit=1_000_000))
        assert snapshot is not None, "it is there"
        return snapshot

    async def state(self) -> Conversation:
        return (await self.snapshot()).state

    async def comes_to(self, holds: Callable[[Conversation], bool]) -> None:
        """Returns once it holds of the row, whoever knows of it."""
        with anyio.fail_after(WAIT):
            while not holds(await self.state()):
                pass

    async def events(self) -> Sequence[Event]:
        return (await self.snapshot()).events

    async def kinds(self) -> str:
        """The log as one line: "opened control message"."""
        return " ".join(str(event.body.__struct_config__.tag) for event in await self.events())

    async def messages(self) -> list[str]:
        """What was said: "Clara: hi", "Echo: Hel..." for an interrupted one."""
        return [
            f"{event.author.name}: {event.body.text}{'...' if event.body.interrupted else ''}"
            for event in await self.events()
            if isinstance(event.body, Message) and isinstance(event.author, Bot | Agent | Contact)
        ]

    async def last_change(self) -> ControlChanged:
        return [event.body for event in await self.events() if isinstance(event.body, ControlChanged)][-1]

    async def commit_of(self, seq: int) -> int:
        """The version that brought this event."""

        def query(connection: Connection) -> int:
            handle = "(SELECT handle FROM conversation WHERE organisation = ? AND id = ?)"
            found = connection.execute(
                f"SELECT version FROM event WHERE conversation = {handle} AND seq = ?", (*self.key, seq)
            )
            version: int = found.fetchone()[0]
            return version

        return await self.cluster.database.read(query)

    async def reads(self) -> tuple[list[Event | Piece], Conversation]:
        """Everything the log holds, each reply's pieces behind its start, and the state after it."""

        def query(connection: Connection) -> tuple[dict[int, int], list[tuple[MessageId, int, str, int]]]:
            handle = "(SELECT handle FROM conversation WHERE organisation = ? AND id = ?)"
            versions = connection.execute(f"SELECT seq, version FROM event WHERE conversation = {handle}", self.key)
            pieces = connection.execute(
                f"SELECT message, n, text, version FROM piece WHERE conversation = {handle} ORDER BY message, n",
                self.key,
            )
            return dict(versions.fetchall()), pieces.fetchall()

        snapshot = await self.snapshot()
        versions, pieces = await self.cluster.database.read(query)
        ends = {event.body.message: versions[event.seq] for event in snapshot.events if isinstance(event.body, Message)}
        facts: list[Event | Piece] = []
        for event in snapshot.events:
            facts.append(event)
            if isinstance(event.body, MessageStarted):
                open = event.body.message
                end = ends.get(open, snapshot.state.version)
                for message, n, text, version in pieces:
                    if message == open:
                        assert versions[event.seq] <= version <= end, f"[P1] piece {n} outside its message"
                        facts.append(Piece(message=message, n=n, text=text))
        assert sum(isinstance(fact, Piece) for fact in facts) == len(pieces), "[P1] a piece of no message"
        return facts, snapshot.state


class Display(Screen):
    """A screen in a room: it can be connected to a node, and to another later."""

    def __init__(self, whose: Staff | Visitor, room: Room) -> None:
        super().__init__(whose, room.cluster.broken)
        self.room = room
        self.node: Node | None = None

    def joins(self, node: Node) -> None:
        """From where it is, or with the newest page."""
        self.leaves()
        self.node = node
        self.session = Session(self)
        node.feeds.join(self.room.key, self.session, self.position)

    async def is_shown(self) -> None:
        """Returns once the page is there."""
        await eventually(lambda: not self.is_joining)
        assert self.missed is None, self.missed

    def leaves(self) -> None:
        session, node = self.session, self.node
        super().leaves()
        if session and node:
            node.feeds.leave(self.room.key, session)


class Asked:
    """A command on its way. Awaited it gives its receipt or raises the refusal."""

    def __init__(self, command: Command, name: str, session: Session | None) -> None:
        self.command = command
        self.name = name
        self.session = session
        self.answers: list[Answer] = []
        self._answered = asyncio.Event()

    @property
    def answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    def settle(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._answered.set()
        if self.session and self.session.is_open:
            self.session.screen.answered(self.name, answer)

    def __await__(self) -> Generator[Any, None, Receipt]:
        return self._receipt().__await__()

    async def _receipt(self) -> Receipt:
        with anyio.fail_after(WAIT):
            await self._answered.wait()
        assert len(self.answers) == 1, "a command is answered once"
        answer = self.answers[0]
        if isinstance(answer, InterveneError):
            raise answer
        return answer

    async def refusal(self) -> InterveneError:
        """It must be refused: the refusal."""
        try:
            receipt = await self
        except InterveneError as problem:
            return problem
        raise AssertionError(f"{self.name} was accepted: {receipt}")


class Actor:
    """Somebody in a room, at a node."""

    def __init__(self, room: Room, node: Node) -> None:
        self.room = room
        self.node = node

    @property
    def known(self) -> Conversation:
        """What their node believes."""
        state = self.node.feeds.state(self.room.key)
        assert state is not None, f"{self.node.id} does not know the conversation"
        return state

    def submit(self, command: Command, name: str, display: Display | None = None) -> Asked:
        session = display.session if display else None
        asked = Asked(command, name, session)
        self.node.engine.submit(self.room.key, command, asked.settle, session)
        return asked


class Human(Actor):
    def __init__(self, room: Room, node: Node, screen: Display) -> None:
        super().__init__(room, node)
        self.screen = screen

    async def watches(self) -> None:
        """Joins, or resumes where the screen is, and waits for the page."""
        self.screen.joins(self.node)
        await self.screen.is_shown()

    def repeats(self, asked: Asked) -> Asked:
        """The very command, once more."""
        return self.submit(asked.command, asked.name, self.screen)

    def goes_to(self, node: Node) -> None:
        self.screen.leaves()
        self.node = node


class Customer(Human):
    def says(self, text: str, id: str = "") -> Asked:
        command = ContactSay(id=_command(id), author=self._who, message=_message(), text=text)
        return self.submit(command, f"says {text}", self.screen)

    def asks_for_a_person(self) -> Asked:
        return self.submit(AskForPerson(id=_command(), author=self._who), "asks for a person", self.screen)

    @property
    def _who(self) -> Contact:
        return self.room.visitor.contact


class Person(Human):
    """An agent. Unless said otherwise they act in the epoch that their node knows, and have seen what it has."""

    def __init__(self, room: Room, node: Node, screen: Display, who: Agent, role: Role) -> None:
        super().__init__(room, node, screen)
        self.who = who
        self.role = role

    def says(self, text: str, *, epoch: int | None = None, seen: int | None = None, confirmed: bool = False) -> Asked:
        command = AgentSay(
            id=_command(), author=self.who, message=_message(), text=text, epoch=self._epoch(epoch),
            seen=self._seen(seen), confirmed=confirmed,
        )  # fmt: skip
        return self.submit(command, f"says {text}", self.screen)

    def notes(self, text: str) -> Asked:
        command = AddNote(id=_command(), author=self.who, message=_message(), text=text)
        return self.submit(command, f"notes {text}", self.screen)

    def intervenes(self, *, epoch: int | None = None) -> Asked:
        command = Intervene(id=_command(), author=self.who, role=self.role, epoch=self._epoch(epoch))
        return self.submit(command, "intervenes", self.screen)

    def hands_back(self, bot: Bot = ECHO, *, epoch: int | None = None) -> Asked:
        command = HandBack(id=_command(), author=self.who, bot=bot, epoch=self._epoch(epoch))
        return self.submit(command, "hands back", self.screen)

    def releases(self, *, epoch: int | None = None) -> Asked:
        command = Release(id=_command(), author=self.who, epoch=self._epoch(epoch))
        return self.submit(command, "releases", self.screen)

    def closes(self, *, epoch: int | None = None, seen: int | None = None) -> Asked:
        command = Close(
            id=_command(), author=self.who, role=self.role, epoch=self._epoch(epoch), seen=self._seen(seen)
        )  # fmt: skip
        return self.submit(command, "closes", self.screen)

    def reopens(self, *, epoch: int | None = None) -> Asked:
        command = Reopen(id=_command(), author=self.who, role=self.role, epoch=self._epoch(epoch))
        return self.submit(command, "reopens", self.screen)

    def _epoch(self, epoch: int | None) -> int:
        return self.known.epoch if epoch is None else epoch

    def _seen(self, seen: int | None) -> int:
        return self.known.seq if seen is None else seen


class Port(Actor):
    """A bot in one turn, played by hand and without the runner's port: only the fence stands in its way."""

    def __init__(self, room: Room, node: Node, who: Bot, epoch: int, number: int, told: int) -> None:
        super().__init__(room, node)
        self.who = who
        self.epoch = epoch
        self.number = number
        self.told = told
        self.message = MessageId("")
        self.n = 0

    def says(self, text: str, *, message: str = "") -> Asked:
        command = BotSay(
            id=_command(), author=self.who, epoch=self.epoch, turn=self.number,
            message=MessageId(message) or _message(), text=text,
        )  # fmt: skip
        return self.submit(command, f"says {text}")

    def writes(self, text: str) -> Asked:
        """The next piece; the first one starts a message."""
        self.message = self.message or _message()
        self.n += 1
        return self.adds(self.n, text)

    def adds(self, n: int, text: str) -> Asked:
        command = AddPiece(
            author=self.who, epoch=self.epoch, turn=self.number, message=self.message, n=n, text=text
        )  # fmt: skip
        return self.submit(command, f"writes {text}")

    async def streams(self, *pieces: str) -> None:
        """One commit each."""
        for text in pieces:
            await self.writes(text)

    def finishes(self, text: str = "") -> Asked:
        command = FinishMessage(
            id=_command(), author=self.who, epoch=self.epoch, turn=self.number, message=self.message, n=self.n + 1,
            text=text,
        )  # fmt: skip
        self.message, self.n = MessageId(""), 0
        return self.submit(command, "finishes")

    def ends(self, outcome: Outcome | None = None, *, answered: int | None = None) -> Asked:
        command = EndTurn(
            author=self.who, epoch=self.epoch, turn=self.number, outcome=outcome or Answered(),
            answered=self.told if answered is None else answered,
        )  # fmt: skip
        return self.submit(command, "ends")


def takes_up(node: Node, room: Room, *, lost: str = "") -> Asked:
    """Upkeep of `node` takes up the turn that is owed, or that a lost node ran."""
    return Actor(room, node).submit(TakeUpTurn(lost=lost), "takes up")


def _command(id: str = "") -> CommandId:
    return CommandId(id or f"k{next(_numbers)}")


def _message() -> MessageId:
    return MessageId(f"m{next(_numbers)}")
