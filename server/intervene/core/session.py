"""What one socket may say and when, without I/O: a frame goes in, what is to be done comes out.

    greeting --hello--> checking --joined--> joined --close--> closed

One frame, one act. The edge carries acts out; it never decides.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol, assert_never

from msgspec import Struct
from msgspec.structs import replace

from intervene.core import features
from intervene.core.access import Person, Principal, Staff, Visitor, person, same_person
from intervene.core.codes import CloseCode
from intervene.core.contacts import attributes_of
from intervene.core.conversation.decide import Command
from intervene.core.errors import BadFrame, InterveneError, PeerError, TooFast, TooMany
from intervene.core.ids import IdentityId, Key, OrganisationId
from intervene.core.limits import OFFENCES, PING_SECONDS, WATCHED_BY_AGENT, WATCHED_BY_CONTACT
from intervene.core.presence import Choice
from intervene.core.tree import ROOTS, Tree
from intervene.core.wire import common, framing, inbox, staff, views
from intervene.core.wire.beginning import Begin
from intervene.core.wire.contact import (
    ContactError,
    ContactIn,
    ContactOut,
    ContactWelcome,
    Open,
    SetAttributes,
)
from intervene.core.wire.intents import intent, key_of, organisation_of
from intervene.core.wire.presence import Active, SetPresence
from intervene.core.wire.staff import StaffOut


class Verify(Struct, frozen=True):
    """Check the token, then call `joined` or `refreshed` with whose it is, or `refused`."""

    token: str
    is_refresh: bool
    claim: str = ""
    """The token of a visitor that came with hello."""


class Submit(Struct, frozen=True):
    key: Key
    command: Command


class OpenMine(Struct, frozen=True):
    fresh: bool


class BeginOne(Struct, frozen=True):
    """Begin a conversation there."""

    organisation: OrganisationId
    frame: Begin


class KeepAttributes(Struct, frozen=True):
    id: str
    values: dict[str, str]


class Watch(Struct, frozen=True):
    key: Key
    after: common.Position | None


class Unwatch(Struct, frozen=True):
    key: Key


class GetPage(Struct, frozen=True):
    key: Key
    before: int
    limit: int


class ShowTyping(Struct, frozen=True):
    """Typing on or off: no commit."""

    key: Key
    on: bool


class KeepRead(Struct, frozen=True):
    key: Key
    n: int


class NoteSeen(Struct, frozen=True):
    key: Key
    n: int


class ChoosePresence(Struct, frozen=True):
    choice: Choice


class NoteInput(Struct, frozen=True):
    """The person has used the page."""


class ShowLists(Struct, frozen=True):
    """A frame about a list of conversations."""

    frame: inbox.InboxIn


class Send(Struct, frozen=True):
    frame: StaffOut | ContactOut


class Close(Struct, frozen=True):
    code: CloseCode
    reason: str


class Nothing(Struct, frozen=True):
    pass


Act = (
    Verify | Submit | BeginOne | OpenMine | KeepAttributes | Watch | Unwatch | GetPage | ShowTyping | KeepRead
    | NoteSeen | ChoosePresence | NoteInput | ShowLists | Send | Close | Nothing
)  # fmt: skip

INPUT = (Submit, BeginOne, ShowTyping, ChoosePresence, NoteInput)
"""Acts by which a person of the staff shows to be there. What a page sends by itself is none."""

_NOTHING = Nothing()


class Cost(Enum):
    """What a frame is paid with."""

    MESSAGE = "message"
    READ = "read"


class Allowance(Protocol):
    """What persons and addresses may spend, over all their sessions."""

    def take(self, who: Person, address: str, cost: Cost, now: float) -> float:
        """0.0, or in how many seconds there is enough."""


class Surroundings(NamedTuple):
    """What all sessions of a node have in common. `make_id` makes random message ids; `allowance` is what they spend
    from; `tree` answers how organisations are below each other now."""

    make_id: Callable[[], str]
    allowance: Allowance
    tree: Callable[[], Tree] = lambda: ROOTS


class Session:
    """`address`: where it comes from. Sessions are many, so each keeps little."""

    __slots__ = (
        "_around",
        "_offences",
        "_shown",
        "_verifying",
        "address",
        "expires",
        "principal",
        "watched",
    )

    def __init__(self, around: Surroundings, address: str) -> None:
        self.address = address
        self.principal: Principal | None = None
        self.expires = 0.0
        """When its token ends: seconds since 1970."""
        self.watched: tuple[Key, ...] = ()
        """Asked for; the log may not have said yes yet."""
        self._shown: tuple[Key, ...] = ()
        """Of these, the ones to which it has. Usually the same tuple as `watched`."""
        self._around = around
        self._verifying = False
        self._offences = 0

    @property
    def who(self) -> Person | None:
        """Whose session it is, once it has a principal. A newer token changes that, and never the person."""
        return person(self.principal) if self.principal else None

    @property
    def is_staff(self) -> bool:
        return isinstance(self.principal, Staff)

    def receive(self, data: bytes, now: float) -> Act:
        """What to do about one text frame. `now` in seconds, monotonic."""
        principal = self.principal
        if principal is None:
            return self._greet(data)
        frame: staff.StaffIn | ContactIn
        try:
            frame = framing.decode_staff(data) if isinstance(principal, Staff) else framing.decode_contact(data)
        except PeerError as problem:
            return self.refuse(problem)
        try:
            return self._act(principal, frame, now)
        except PeerError as problem:
            about = getattr(frame, "id", ""), getattr(frame, "conversation", "")
            return self.refuse(problem, id=about[0], conversation=about[1])

    def _act(self, principal: Principal, frame: staff.StaffIn | ContactIn, now: float) -> Act:
        match frame:
            case common.CommandFrame():  # first, as most frames are, and the patterns are tried one after another
                self._spend(Cost.MESSAGE, now)
                return Submit(*intent(principal, frame, self._around.make_id, self._around.tree()))
            case common.Ping():
                return Send(common.Pong())
            case common.Refresh(token=token):
                self._spend(Cost.READ, now)
                return Verify(token, is_refresh=True)
            case Open(fresh=fresh):
                self._spend(Cost.READ, now)
                return OpenMine(fresh)
            case Begin():
                self._spend(Cost.MESSAGE, now)
                return BeginOne(organisation_of(principal, frame, self._around.tree()), frame)
            case SetAttributes(id=id, attributes=attributes):
                self._spend(Cost.MESSAGE, now)
                return KeepAttributes(id, attributes_of(attributes))
            case common.Watch(after=after):
                self._spend(Cost.READ, now)
                return self._watch(key_of(principal, frame, self._around.tree()), after)
            case common.Unwatch():
                key = key_of(principal, frame, self._around.tree())
                self.unwatched(key)
                return Unwatch(key)
            case common.GetPage(before=before, limit=limit):
                self._spend(Cost.READ, now)
                return GetPage(key_of(principal, frame, self._around.tree()), before, limit)
            case common.SetTyping(on=on):
                key = key_of(principal, frame, self._around.tree())
                return ShowTyping(key, on) if key in self._shown else _NOTHING
            case common.SetRead(n=n):
                key = key_of(principal, frame, self._around.tree())
                return KeepRead(key, n) if key in self._shown else _NOTHING
            case common.Seen(n=n):
                key = key_of(principal, frame, self._around.tree())
                return NoteSeen(key, n) if key in self._shown else _NOTHING
            case SetPresence(presence=choice):
                self._spend(Cost.MESSAGE, now)
                return ChoosePresence(choice)
            case Active():
                return NoteInput()
            case inbox.OpenView() | inbox.MoreRows() | inbox.CloseView() | inbox.Look():
                self._spend(Cost.READ, now)
                return ShowLists(frame)
            case _:
                assert_never(frame)

    # -- how it began ------------------------------------------------------------------------------------------------

    def _greet(self, data: bytes) -> Act:
        if self._verifying:
            return Close(CloseCode.BAD_HELLO, "wait for welcome")
        try:
            hello = framing.decode_hello(data)
        except BadFrame:
            return Close(CloseCode.BAD_HELLO, "the first frame must be hello")
        self._verifying = True
        return Verify(hello.token, is_refresh=False, claim=hello.claim)

    def joined(self, principal: Principal, expires: float, now: int, *, has_claimed: bool = False) -> Act:
        """`expires` in seconds, `now` in milliseconds since 1970. `has_claimed`: the visitor of `claim` is the user."""
        self.principal, self.expires = principal, expires
        match principal:
            case Staff():
                return Send(
                    staff.StaffWelcome(
                        agent=principal.agent, role=principal.role, expires=int(expires * 1000),
                        ping_seconds=PING_SECONDS, features=list(features.STAFF), now=now,
                    )
                )  # fmt: skip
            case Visitor():
                return Send(
                    ContactWelcome(
                        name=principal.contact.name, expires=int(expires * 1000), ping_seconds=PING_SECONDS,
                        features=list(features.CONTACT), now=now, claimed=has_claimed,
                    )
                )  # fmt: skip
            case _:
                assert_never(principal)

    def refreshed(self, principal: Principal, expires: float) -> Act:
        if self.principal is None or not same_person(self.principal, principal):
            return Close(CloseCode.BAD_TOKEN, "this token is another person's")
        if isinstance(principal, Visitor) and isinstance(self.principal, Visitor):
            mine = self.principal
            principal = replace(principal, identity=mine.identity, vouched=(), former=mine.former)
        self.principal, self.expires = principal, expires
        return Send(common.Refreshed(expires=int(expires * 1000)))

    def identified(self, identity: IdentityId) -> None:
        """The customer's address belongs to that identity now."""
        if isinstance(self.principal, Visitor) and self.principal.known_as != identity:
            self.principal = replace(self.principal, identity=identity)

    def refused(self, sentence: str, code: CloseCode) -> Act:
        """`code` says whether another token may be taken."""
        if code is CloseCode.BAD_TOKEN:
            return Close(code, sentence)
        return Close(code, f"{sentence}: get a new one")

    # -- what it watches -------------------------------------------------------------------------------------------

    def _watch(self, key: Key, after: common.Position | None) -> Act:
        if key not in self.watched:
            most = WATCHED_BY_AGENT if self.is_staff else WATCHED_BY_CONTACT
            if len(self.watched) >= most:
                raise TooMany(f"A session watches at most {most} conversations. Unwatch one.")
            self.watched += (key,)
        return Watch(key, after)

    def shown(self, key: Key) -> None:
        """The log has said yes: what this session sends beside the log counts from now on. `key` is the feed's: all
        who watch keep that one, and the one that their frame named goes."""
        if key in self.watched and key not in self._shown:
            self.watched = tuple(key if other == key else other for other in self.watched)
            self._shown += (key,)
            if len(self._shown) == len(self.watched):
                self._shown = self.watched

    def unwatched(self, key: Key) -> None:
        self.watched = tuple(other for other in self.watched if other != key)
        self._shown = tuple(other for other in self._shown if other != key)
        if len(self._shown) == len(self.watched):
            self._shown = self.watched

    # -- limits ------------------------------------------------------------------------------------------------------

    def _spend(self, cost: Cost, now: float) -> None:
        assert self.principal is not None, "only a session that joined spends"
        wait = self._around.allowance.take(person(self.principal), self.address, cost, now)
        if wait:
            raise TooFast(f"Too fast. Try again in {wait:.1f} s.", retry_after=wait)
        self._offences = 0

    def refuse(self, problem: InterveneError, *, id: str = "", conversation: str = "") -> Act:
        """Answer a frame that breaks a rule; one too many in a row closes the session."""
        self._offences += 1
        if self._offences > OFFENCES:
            return Close(CloseCode.TOO_FAST, "too many refused frames in a row")
        return Send(self.error(problem, id=id, conversation=conversation))

    def error(self, problem: InterveneError, *, id: str = "", conversation: str = "") -> staff.Error | ContactError:
        make = views.error if self.is_staff else views.contact_error
        return make(problem, id=id, conversation=conversation)
