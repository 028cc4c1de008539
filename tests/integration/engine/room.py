"""One conversation of a test's cluster: the people and bots in it, what they asked for, and its log."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import anyio

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.conversation.state import Conversation, Running
from intervene.core.events import ControlChanged, Event, Message, MessageStarted, Piece
from intervene.core.ids import AgentId, Key, MessageId
from intervene.ports.log import Range, Snapshot
from tests.integration.engine.actors import Customer, Display, Person, Port, author_of
from tests.kit.limits import WAIT
from tests.kit.oracles import findings
from tests.kit.oracles.database import logs_in, read_log
from tests.kit.oracles.history import History

if TYPE_CHECKING:
    from tests.integration.engine.cluster import Cluster, Node


class Room:
    """One conversation, and the ways into it."""

    def __init__(self, cluster: "Cluster", key: Key, visitor: Visitor) -> None:
        self.cluster = cluster
        self.key = key
        self.visitor = visitor
        self.screens: list[Display] = []
        self.history = History()
        """What its people asked for and were told."""

    @property
    def sessions(self) -> list[findings.Session]:
        """What each of them was shown, for the oracle."""
        return [
            findings.Session(author_of(screen.whose), screen.is_staff, screen.shown, screen.session is not None)
            for screen in self.screens
        ]

    def customer(self, node: "Node") -> Customer:
        return Customer(self, node, self._display(Display(self.visitor, self)))

    def agent(self, name: str, node: "Node", role: Role = Role.AGENT) -> Person:
        agent = Agent(id=AgentId(name.lower()), name=name)
        staff = Staff(organisation=self.key.organisation, agent=agent, role=role)
        return Person(self, node, self._display(Display(staff, self)), agent, role)

    def supervisor(self, name: str, node: "Node") -> Person:
        return self.agent(name, node, Role.SUPERVISOR)

    def bot(self, node: "Node") -> Port:
        """The turn that runs, as the node knows it. Kept in a variable it stays that turn."""
        state = node.feeds.state(self.key)
        assert state is not None, f"{node.id} does not know the conversation"
        assert isinstance(state.turn, Running), f"no turn runs: {state.turn}"
        assert isinstance(state.holder, Bot)
        return Port(self, node, state.holder, state.epoch, state.turn.number, state.asked)

    def _display(self, screen: Display) -> Display:
        self.screens.append(screen)
        return screen

    # -- the log -------------------------------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        """As read afresh."""
        snapshot = await self.cluster.log.read(self.key, Range(is_staff=True, limit=1_000_000, most_bytes=2**30))
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

        def query(connection: sqlite3.Connection) -> int:
            handle = "(SELECT handle FROM conversation WHERE organisation = ? AND id = ?)"
            found = connection.execute(
                f"SELECT version FROM event WHERE conversation = {handle} AND seq = ?", (*self.key, seq)
            )
            version: int = found.fetchone()[0]
            return version

        return await self.cluster.database.read(query)

    async def log(self) -> findings.Log:
        """All of it, as the oracles read it."""
        if self.cluster.url:
            return (await logs_in(self.cluster.url))[self.key.conversation]
        return await self.cluster.database.read(lambda connection: read_log(connection, *self.key))

    async def reads(self) -> tuple[list[Event | Piece], Conversation]:
        """Everything the log holds, each reply's pieces behind its start, and the state after it."""

        def query(connection: sqlite3.Connection) -> tuple[dict[int, int], list[tuple[MessageId, int, str, int]]]:
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
