"""What the edge asks of the rest of a node. `node/node.py` fills it in; tests put small stand-ins here."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from intervene.accounts.accounts import Accounts
from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Actor, Agent
from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import Begin
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.ids import AgentId, ChannelId, ConversationId, EventId, Key, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.policy import Policy
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.tree import Tree
from intervene.core.wire.inbox import Counts, InboxIn, View
from intervene.directory.roster import Roster
from intervene.edge.auth import Credential
from intervene.edge.metrics import Metrics
from intervene.engine.opening import Opened
from intervene.feed.reading import Readers
from intervene.feed.subscribers import Watcher
from intervene.inbox.reader import Viewer
from intervene.ports.blocks import Blocks
from intervene.ports.clock import Clock
from intervene.ports.contacts import Contacts
from intervene.ports.drafts import Drafts
from intervene.ports.history import History
from intervene.ports.log import Receipt
from intervene.ports.messages import Read
from intervene.ports.organisations import Organisations
from intervene.ports.people import Changes
from intervene.ports.read_positions import Moved
from intervene.ports.settings import Settings
from intervene.ports.signing_keys import SigningKeys

Reply = Callable[[Receipt | InterveneError], None]


class Engine(Protocol):
    def submit(self, key: Key, command: Command, reply: Reply, watcher: Watcher | None = None) -> None:
        """`reply` is called once, later, after `watcher` was shown everything up to the answer."""

    def call(self, key: Key, command: Command) -> Awaitable[Receipt]:
        """The same for those who can wait. Raises what `reply` gets; to stop waiting does not stop the commit."""

    async def open(self, visitor: Visitor, *, fresh: bool = False) -> Opened:
        """Raises `Unavailable`, `Busy` and `Spent`."""

    async def begin(self, command: Begin, organisation: OrganisationId) -> Opened:
        """The same, and a `Refusal`."""


class Feeds(Protocol):
    def join(self, key: Key, watcher: Watcher, after: tuple[int, EventId] | None) -> None: ...

    def leave(self, key: Key, watcher: Watcher) -> None:
        """Also of a feed that was never joined."""

    def end_unseen(self, keys: Iterable[Key]) -> None:
        """End the watches of staff who may not see these any more."""

    def last(self, key: Key, is_staff: bool) -> int:
        """The number of the last event that this audience may see; 0 if there is none, or none is known."""

    def set_typing(self, key: Key, who: Actor, on: bool) -> None: ...

    def is_held_by(self, key: Key, who: Agent) -> bool: ...

    def is_watched_by(self, key: Key, who: Agent) -> bool: ...

    def read(self, read: Read, session: int) -> None: ...


class Policies(Protocol):
    def get(self, organisation: OrganisationId) -> Policy | None:
        """None while this node has not read it: then `load` it."""

    def load(self, organisation: OrganisationId, then: Callable[[Policy | Unavailable], None]) -> None:
        """`then` is called once, later."""

    async def loaded(self, organisation: OrganisationId) -> Policy:
        """Raises `Unavailable`."""


class PositionStore(Protocol):
    """Of `ports.ReadPositions`."""

    async def keep(self, key: Key, reader: str, n: int, held: int = -1) -> Moved: ...

    async def of_many(
        self, organisation: OrganisationId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Mapping[str, int]]: ...


class Views(Protocol):
    """Of `inbox.live.LiveViews`."""

    def ask(self, viewer: Viewer, frame: InboxIn) -> None:
        """What it is shown, it is sent."""

    def left(self, viewer: Viewer) -> None: ...

    async def counts(self, by: Staff, view: View) -> Counts:
        """Of open conversations that they see where the view is. Raises `Unavailable` and `TooMany`."""

    async def tags(self, by: Staff, view: View) -> Sequence[tuple[str, int]]:
        """That those have, each with how many have it, the most used first. Raises the same."""


class Takeovers(Protocol):
    def seen(self, key: Key, session: int, is_staff: bool, n: int) -> None: ...


class Tokens(Protocol):
    def make(self, principal: Principal, expires: float, version: int = 0) -> str: ...

    def verify(self, token: str) -> Credential:
        """Raises `auth.BadToken`."""

    def renew(self, token: str) -> Visitor:
        """Raises `auth.BadToken`."""


class People(Protocol):
    def known(self, claimed: Staff, version: int) -> StaffMember | None:
        """As `find`, without a query."""

    async def find(self, claimed: Staff, version: int, *, is_of_host: bool = False) -> StaffMember | None:
        """The person whom a token names. Raises `Unavailable`, `TooMany` and `Busy`."""

    async def read(self, claimed: Staff, version: int) -> StaffMember | None:
        """The same, if they have a row. Raises `Unavailable`."""

    async def arrive(self, claimed: Staff, *, is_of_host: bool = False) -> StaffMember | None:
        """The same, with a row from now on. Raises `Unavailable`, `TooMany` and `Busy`."""

    async def called(self, ids: Sequence[AgentId]) -> tuple[Staff, ...]:
        """Those of them who are not disabled. Raises `Unavailable`."""

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        """As `ports.People`; it acts on open sessions."""


class Attendance(Protocol):
    """Of `ports.Attendance`."""

    async def choose(self, organisation: OrganisationId, person: AgentId, is_available: bool) -> None:
        """Raises `Unavailable`."""


class Records(Protocol):
    def signed_in(self, by: Staff, issued: float, network: str) -> None:
        """With a host application's token."""

    def read(self, by: Principal, key: Key) -> None:
        """A conversation, maybe of an organisation below their own."""


class Services(NamedTuple):
    engine: Engine
    feeds: Feeds
    readers: Readers
    """The way to the log: whatever a session or a request wants of it goes through here."""
    history: History
    policies: Policies
    tree: Callable[[], Tree]
    """How organisations are below each other now."""
    organisations: Organisations
    tree_changed: Callable[[Tree], None]
    """By this node."""
    signing_keys: SigningKeys
    keys_changed: Callable[[], Awaitable[None]]
    """The same. Raises `Unavailable`."""
    people: People
    records: Records
    roster: Roster
    attendance: Attendance
    accounts: Accounts
    read_positions: PositionStore
    views: Views
    takeovers: Takeovers
    tokens: Tokens
    claim: Callable[[ChannelId, ChannelId], Awaitable[bool]]
    """A visitor's address, and the user's who claims it: whether the visitor's conversations are the user's now. Raises
    `Unavailable`."""
    detach: Callable[[ChannelId, AuditEntry], Awaitable[None]]
    """Another person has the address now. Raises `NotFound`, `Busy` and `Unavailable`."""
    spend: Callable[[ChannelId], Awaitable[None]]
    """Give an address up, here and at the other nodes. Raises `Unavailable`."""
    blocks: Blocks
    drafts: Drafts
    organisation_of_channel: Callable[[str], Awaitable[OrganisationId | None]]
    """Of any channel but the first. Raises `Unavailable`."""
    settings: Settings
    contacts: Contacts
    settings_changed: Callable[[OrganisationId, int], None]
    """By this node, to that version."""
    clock: Clock
    metrics: Metrics
    make_id: Callable[[], str]
    """Ids that cannot be predicted, for messages and visitors."""
    ready: Callable[[], str]
    """Empty when the node can serve, otherwise why it cannot."""
    timing: Timing = PRODUCTION
