"""What stands in for the rest of a node: each records what the edge asked of it, and answers when a test says so."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec.structs import replace

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Actor, Agent, Contact, Role
from intervene.core.blocks import Block
from intervene.core.contacts import Whose
from intervene.core.control import Place
from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import Begin
from intervene.core.conversation.state import Conversation, Counters
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.events import Event, Message, Note
from intervene.core.ids import (
    AgentId,
    ChannelId,
    CommandId,
    ContactId,
    ConversationId,
    EventId,
    IdentityId,
    Key,
    MessageId,
    OrganisationId,
)
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.policy import Channel, Policy
from intervene.core.tree import ROOTS
from intervene.core.wire.inbox import Counts, InboxIn, View
from intervene.edge.services import Reply
from intervene.engine.opening import Opened
from intervene.feed.subscribers import Watcher
from intervene.inbox.reader import Viewer
from intervene.ports.blocks import Affected, Arrival
from intervene.ports.inbox import At
from intervene.ports.log import Range, Receipt, Snapshot
from intervene.ports.messages import Read
from intervene.ports.people import Changes
from intervene.ports.read_positions import Moved

ACME = OrganisationId("acme")
ANNA = Agent(id=AgentId("anna"), name="Anna")
CLARA = Contact(id=ContactId("clara"), name="Clara")
C1 = ConversationId("c1")
KEY = Key(ACME, C1)
NOON = 1_700_000_000_000
RANGE = Range(is_staff=True, limit=10)


class Submitted(NamedTuple):
    key: Key
    command: Command
    reply: Reply
    watcher: Watcher | None

    def answer(self, seq: int = 1) -> None:
        self.reply(Receipt(seq=seq, pub=seq, epoch=1, at=NOON))


class Engine:
    """`meets` is called with each command; by default it stays unanswered."""

    def __init__(self) -> None:
        self.submitted: list[Submitted] = []
        self.meets: Callable[[Submitted], object] = lambda submitted: None
        self.opened: list[ConversationId] = []
        self.opening = asyncio.Event()
        self.opening.set()

    def submit(self, key: Key, command: Command, reply: Reply, watcher: Watcher | None = None) -> None:
        self.submitted.append(Submitted(key, command, reply, watcher))
        self.meets(self.submitted[-1])

    def call(self, key: Key, command: Command) -> "asyncio.Future[Receipt]":
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

        def settle(answer: Receipt | InterveneError) -> None:
            if isinstance(answer, Receipt):
                future.set_result(answer)
            else:
                future.set_exception(answer)

        self.submit(key, command, settle)
        return future

    async def open(self, visitor: Visitor, *, fresh: bool = False) -> Opened:
        await self.opening.wait()
        self.opened.append(ConversationId(f"of-{visitor.contact.id}"))
        return Opened(self.opened[-1], visitor.known_as)

    async def begin(self, command: Begin, organisation: OrganisationId) -> Opened:
        self.opened.append(command.conversation)
        return Opened(command.conversation, IdentityId(command.contact.id))


class Feeds:
    """`joined` meets each join."""

    def __init__(self) -> None:
        self.watchers: dict[Key, list[Watcher]] = {}
        self.joins: list[tuple[Key, Watcher, tuple[int, EventId] | None]] = []
        self.leaves: list[Key] = []
        self.typing: list[tuple[Key, Actor, bool]] = []
        self.meets: Callable[[Key, Watcher], object] = lambda key, watcher: None
        self.lasts: dict[Key, tuple[int, int]] = {}
        """The last `seq` and `pub`; of others, a hundred."""
        self.holders: dict[Key, Agent] = {}
        self.reads: list[tuple[Read, int]] = []
        self.looked_at: list[Key] = []
        """Whether those who watch may see it."""

    def end_unseen(self, keys: Iterable[Key]) -> None:
        self.looked_at += keys

    def last(self, key: Key, is_staff: bool) -> int:
        return self.lasts.get(key, (100, 100))[0 if is_staff else 1]

    def join(self, key: Key, watcher: Watcher, after: tuple[int, EventId] | None) -> None:
        self.joins.append((key, watcher, after))
        self.watchers.setdefault(key, []).append(watcher)
        self.meets(key, watcher)

    def leave(self, key: Key, watcher: Watcher) -> None:
        self.leaves.append(key)
        if watcher in self.watchers.get(key, []):
            self.watchers[key].remove(watcher)

    def set_typing(self, key: Key, who: Actor, on: bool) -> None:
        self.typing.append((key, who, on))

    def is_held_by(self, key: Key, who: Agent) -> bool:
        return self.holders.get(key) == who

    def is_watched_by(self, key: Key, who: Agent) -> bool:
        return any(watcher.agent == who for watcher in self.watchers.get(key, []))

    def read(self, read: Read, session: int) -> None:
        self.reads.append((read, session))


class Log:
    def __init__(self) -> None:
        self.snapshots: dict[ConversationId, Snapshot] = {}
        self.reads: list[tuple[Key, Range]] = []
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.spent: set[ChannelId] = set()
        self.claims: list[tuple[ChannelId, ChannelId]] = []
        self.is_away = False

    async def whose(self, address: ChannelId) -> Whose:
        await self.may_read.wait()
        if self.is_away:
            raise Unavailable("The log is away.")
        own = address.address
        return Whose(identity=IdentityId(own), contact=ContactId(own), is_spent=address in self.spent)

    async def claim(self, visitor: ChannelId, user: ChannelId) -> bool:
        if self.is_away:
            raise Unavailable("The log is away.")
        self.claims.append((visitor, user))
        self.spent.add(visitor)
        return True

    async def spend(self, address: ChannelId) -> None:
        if self.is_away:
            raise Unavailable("The log is away.")
        self.spent.add(address)

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        self.reads.append((key, range))
        await self.may_read.wait()
        return self.snapshots.get(key.conversation)

    async def page(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Conversation]:
        """In the order of ids."""
        await self.may_read.wait()
        states = sorted((snapshot.state for snapshot in self.snapshots.values()), key=attrgetter("id"))
        found = [state for state in states if (state.organisation, state.place) == (organisation, place)]
        return [state for state in found if after is None or state.id > after.id][:limit]


class Blocks:
    """The list of blocked addresses, for good, without what identities join."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.blocked: set[ChannelId] = set()

    async def of(self, address: ChannelId, now: int) -> Block | None:
        await self._log.may_read.wait()
        return Block(channel=address.channel, address=address.address) if address in self.blocked else None

    async def arrival(self, address: ChannelId, now: int) -> Arrival:
        return Arrival(await self._log.whose(address), await self.of(address, now))

    async def affected(self, organisation: OrganisationId, channel: str, address: str) -> list[Affected]:
        return [Affected([ChannelId(organisation, channel, address)], ConversationId(""))]


class Policies:
    """Of organisations that have set nothing but `channels`. Acme's is known, others' when a test says `finish`."""

    def __init__(self) -> None:
        self.tree = ROOTS
        self.known: set[OrganisationId] = {ACME}
        self.loading: list[tuple[OrganisationId, Callable[[Policy | Unavailable], None]]] = []
        self.channels: dict[OrganisationId, dict[str, Channel]] = {}
        self.asked: list[str] = []
        """The channels whose organisation was looked for."""

    def get(self, organisation: OrganisationId) -> Policy | None:
        return self._policy(organisation) if organisation in self.known else None

    def load(self, organisation: OrganisationId, then: Callable[[Policy | Unavailable], None]) -> None:
        self.loading.append((organisation, then))

    def finish(self, answer: Unavailable | None = None) -> None:
        """What is being read is there, or cannot be read."""
        loading, self.loading = self.loading, []
        for organisation, then in loading:
            if answer is None:
                self.known.add(organisation)
            then(answer or self._policy(organisation))

    async def loaded(self, organisation: OrganisationId) -> Policy:
        self.known.add(organisation)
        return self._policy(organisation)

    async def organisation_of(self, channel: str) -> OrganisationId | None:
        self.asked.append(channel)
        return next((organisation for organisation, has in self.channels.items() if channel in has), None)

    def has_channel(self, id: str, organisation: OrganisationId = ACME, **values: Any) -> None:
        made = Channel(**{"id": id, "name": id.title(), **values})
        self.channels.setdefault(organisation, {})[id] = made

    def _policy(self, organisation: OrganisationId) -> Policy:
        policy = Policy(ancestors=self.tree.ancestors(organisation))
        return replace(policy, channels={**policy.channels, **self.channels.get(organisation, {})})


class People:
    """Their rows. Who has none gets one with the first hello, as the token says, unless `is_away`."""

    def __init__(self) -> None:
        self.rows: dict[AgentId, StaffMember] = {}
        self.is_away = False
        self.asked = 0
        self.may_write = asyncio.Event()
        """A row of one who has none."""
        self.may_write.set()

    def known(self, claimed: Staff, version: int) -> StaffMember | None:
        return None

    async def find(self, claimed: Staff, version: int, *, is_of_host: bool = False) -> StaffMember | None:
        found = await self.read(claimed, version)
        return found if found or version else await self.arrive(claimed, is_of_host=is_of_host)

    async def read(self, claimed: Staff, version: int) -> StaffMember | None:
        self.asked += 1
        if self.is_away:
            raise Unavailable("The log is away.")
        return self.rows.get(claimed.agent.id)

    async def arrive(self, claimed: Staff, *, is_of_host: bool = False) -> StaffMember | None:
        made = StaffMember(
            organisation=claimed.organisation, id=claimed.agent.id, role=claimed.role, name=claimed.agent.name
        )
        await self.may_write.wait()
        if self.is_away:
            raise Unavailable("The log is away.")
        return self.rows.setdefault(claimed.agent.id, made)

    async def called(self, ids: Sequence[AgentId]) -> tuple[Staff, ...]:
        if self.is_away:
            raise Unavailable("The log is away.")
        found = (self.rows[id] for id in ids if id in self.rows)
        return tuple(Staff(organisation=row.organisation, agent=row.agent, role=row.role) for row in found)

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        assert isinstance(changes.role, Role), "nothing else is changed here"
        changed = replace(self.rows[id], role=changes.role, version=self.rows[id].version + 1)
        self.rows[id] = changed
        return changed


class Attendance:
    """Where people's choices are kept."""

    def __init__(self) -> None:
        self.choices: list[tuple[str, bool]] = []

    async def choose(self, organisation: OrganisationId, person: AgentId, is_available: bool) -> None:
        assert organisation == ACME
        self.choices.append((person, is_available))


class Contacts:
    """What customers' pages say of them. There is none that staff could look for."""

    async def set_attributes(self, *said: object) -> None:
        assert said[0] == ACME

    async def profile(self, *_asked: object) -> None:
        return None


class Records:
    def __init__(self) -> None:
        self.sign_ins: list[tuple[Staff, str]] = []
        self.reads: list[tuple[Staff, Key]] = []

    def signed_in(self, by: Staff, issued: float, network: str) -> None:
        self.sign_ins.append((by, network))

    def read(self, by: Principal, key: Key) -> None:
        if isinstance(by, Staff) and by.organisation != key.organisation:
            self.reads.append((by, key))


class PositionStore:
    """What is kept has always moved, for customers one less."""

    def __init__(self) -> None:
        self.kept: list[tuple[Key, str, int]] = []
        self.held: list[tuple[Key, str, int]] = []
        """Of these, what was said or is to be taken as of the agent who holds control."""

    async def keep(self, key: Key, reader: str, n: int, held: int = -1) -> Moved:
        self.kept.append((key, reader, n))
        if held >= 0:
            self.held.append((key, reader, held))
        return Moved(n, max(held - 1, 0))

    async def of_many(
        self, organisation: OrganisationId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Mapping[str, int]]:
        kept = [(key.conversation, reader, n) for key, reader, n in self.kept if key.organisation == organisation]
        return {id: {reader: n for kept_id, reader, n in kept if kept_id == id} for id in ids}


class Views:
    def __init__(self) -> None:
        self.asked: list[InboxIn] = []
        self.gone = 0

    def ask(self, viewer: Viewer, frame: InboxIn) -> None:
        self.asked.append(frame)

    def left(self, viewer: Viewer) -> None:
        self.gone += 1

    async def counts(self, by: Staff, view: View) -> Counts:
        return Counts(organisation=OrganisationId(view.organisation), below=view.below)

    async def tags(self, by: Staff, view: View) -> list[tuple[str, int]]:
        return [("vip", 2), (view.organisation, 1)]


class Takeovers:
    def __init__(self) -> None:
        self.noted: list[tuple[Key, int, bool, int]] = []

    def seen(self, key: Key, session: int, is_staff: bool, n: int) -> None:
        self.noted.append((key, session, is_staff, n))


def snapshot(
    conversation: str = "c1", *, contact: Contact = CLARA, organisation: OrganisationId = ACME, texts: int = 1
) -> Snapshot:
    """A conversation in which the customer wrote `texts` messages, and then somebody a private note."""
    said = [
        Event(
            seq=n, pub=n, id=EventId(f"e{n}"), at=NOON, epoch=0, author=contact, command=CommandId(f"k{n}"),
            body=Message(message=MessageId(f"m{n}"), text=f"text {n}"),
        )
        for n in range(1, texts + 1)
    ]  # fmt: skip
    note = Event(
        seq=texts + 1, id=EventId("en"), at=NOON, epoch=0, author=contact,
        body=Note(message=MessageId("mn"), text="a private note"),
    )  # fmt: skip
    state = Conversation(
        organisation=organisation, id=ConversationId(conversation), contact=contact, channel="webchat",
        counters=Counters(version=3, seq=texts + 1, pub=texts, last_at=NOON),
    )  # fmt: skip
    return Snapshot(state=state, events=(*said, note))
