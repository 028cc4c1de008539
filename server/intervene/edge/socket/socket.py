"""A session on a socket: carries out what `core.session` says is to be done, and is a feed's watcher.

Whatever comes back (an ack, a page, a conversation) goes into the same ordered list as the events, so that nobody
sees an answer before what it answers to.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import assert_never

from intervene.core import errors, session
from intervene.core.access import Principal, Staff, Unseen, Visitor, can_see, person, unseen
from intervene.core.actors import Agent, Contact
from intervene.core.codes import CloseCode
from intervene.core.conversation.state import Conversation
from intervene.core.errors import InterveneError, NotFound, PeerError, Unavailable
from intervene.core.events import author_key
from intervene.core.fair import Owner
from intervene.core.ids import AgentId, ChannelId, CommandId, EventId, Key
from intervene.core.limits import IN_FLIGHT, READS_OF_SESSION
from intervene.core.people import StaffMember
from intervene.core.policy import Policy
from intervene.core.session import Session
from intervene.core.wire import framing, staff, views
from intervene.core.wire.contact import ContactError, ContactOut, OpenedConversation
from intervene.core.wire.staff import StaffOut
from intervene.edge.auth import BadToken, Credential, Reason
from intervene.edge.named import submit
from intervene.edge.refusals import Refusal
from intervene.edge.socket import answers
from intervene.edge.socket.answers import NO_SUCH
from intervene.edge.socket.connection import Connection
from intervene.edge.socket.registry import Sockets
from intervene.feed.reading import Reads
from intervene.ports.log import Receipt, Snapshot
from intervene.ports.versions import PersonVersion

Read = Callable[[Reads], Awaitable[StaffOut | ContactOut]]

_ERRORS = staff.Error | ContactError  # made once: each frame that goes out is asked


class Socket(Connection):
    """`address`: some bounds are an address' own. `origin`: of a page that only the settings of its channel let in."""

    __slots__ = ("_counted", "_early", "_in_flight", "_origin", "_reads", "_session", "_sockets", "_version", "number")

    def __init__(self, sockets: Sockets, address: str, origin: str | None = None) -> None:
        super().__init__(sockets.outbox, sockets.wheel, sockets.services.metrics)
        self._sockets, self._origin = sockets, origin
        self._session = Session(sockets.shared, address)
        self._counted: Principal | None = None
        """As whom `sockets` counts it; None while it is before its hello."""
        self._early: list[bytes] | None = None
        """What came behind a frame about which the database is asked: the hello, and what names people."""
        self._in_flight = self._reads = self._version = 0
        self.number = sockets.add(self, address)

    def __str__(self) -> str:  # for logs
        me = self._session.principal
        return f"{self.number} {author_key(self._who)} of {me.organisation}" if me else f"{self.number}"

    # -- a socket comes and goes ---------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        if self._early is None:
            self._do(self._session.receive(data, now))
        else:
            self._early.append(data)
            self.pause_reading()  # so this is no more than one packet had

    def is_too_much(self, size: int, now: float) -> bool:
        return self._sockets.allowances.take_bytes(self._session.who, self._session.address, size, now) > 0

    def greet_no_longer(self) -> None:
        self.close(CloseCode.HELLO_TIMEOUT, "no hello came")

    def ping(self) -> None:
        if self._session.principal and self._session.expires * 1000 <= self._sockets.services.clock.now():
            self._do(self._session.refused("the token has expired", CloseCode.TOKEN_EXPIRED))
        else:
            super().ping()

    def left(self) -> None:
        counted, self._counted = self._counted, None
        self._sockets.left(self, counted, self._session.address)
        if counted is not None:
            self._sockets.services.readers.forget(self._owner(counted))
            self._sockets.services.views.left(self)
        for key in self._session.watched:
            self._sockets.services.feeds.leave(key, self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sockets.remove(self)
        super().connection_lost(exc)

    @property
    def agent_id(self) -> AgentId | None:
        return self._counted.agent.id if isinstance(self._counted, Staff) else None

    @property
    def channel_id(self) -> ChannelId | None:
        me = self._session.principal or self._counted
        return me.channel_id if isinstance(me, Visitor) else None

    # -- what is to be done --------------------------------------------------------------------------------------------

    def _do(self, act: session.Act) -> None:
        services = self._sockets.services
        if isinstance(act, session.INPUT):
            self._sockets.staff.note_input(self, self._session.principal)
        match act:
            case session.Submit(key=key, command=command):
                self._in_flight += 1
                if self._in_flight >= IN_FLIGHT:
                    self.pause_reading()
                id: CommandId = getattr(command, "id", CommandId(""))
                if submit(services, key, command, partial(self._answer, key, id), self, self._go_on):
                    self._early = []
            case session.Send(frame=frame):
                self._tell(frame)
            case session.Close(code=code, reason=reason):
                self.close(code, reason)
            case session.Verify():
                self._verify(act)
            case session.Watch(key=key, after=after):
                self._watch(key, (after.n, EventId(after.id)) if after else None)
            case session.Unwatch(key=key):
                services.feeds.leave(key, self)
            case session.GetPage(key=key):
                self._read(partial(answers.page, services, self._me, act), key.conversation)
            case session.BeginOne(frame=frame):
                self._read(partial(answers.begin, services, self._me, act), id=frame.id)
            case session.OpenMine(fresh=fresh):
                self._read(partial(self._open_mine, fresh))
            case session.KeepAttributes():
                self._read(partial(self._sockets.visitors.keep_attributes, self._me, act))
            case session.ShowTyping(key=key, on=on):
                services.feeds.set_typing(key, self._who, on)
            case session.ChoosePresence(choice=choice):
                self._read(partial(self._sockets.staff.choose, self._me, choice))
            case session.KeepRead(key=key, n=n):
                if self._has_happened(key, n):
                    self._sockets.reads.note(key, self._who, n, self.number)
            case session.NoteSeen(key=key, n=n):
                if self._has_happened(key, n):
                    services.takeovers.seen(key, self.number, self.is_staff, n)
            case session.ShowLists(frame=frame):
                services.views.ask(self, frame)
            case session.NoteInput() | session.Nothing():
                pass
            case _:
                assert_never(act)

    def _has_happened(self, key: Key, n: int) -> bool:
        """Whether the conversation has come to number `n`; otherwise the frame is refused here."""
        last = self._sockets.services.feeds.last(key, self.is_staff)
        if n > last:
            sentence = f"The last event of this conversation is number {last}. Send a number up to it."
            self._do(self._session.refuse(errors.OutOfOrder(sentence), conversation=key.conversation))
        return n <= last

    def _tell(self, frame: StaffOut | ContactOut) -> None:
        if isinstance(frame, _ERRORS):
            self._metrics.refusals[frame.code] += 1
        self.send(framing.encode(frame), 1)

    def _verify(self, asked: session.Verify) -> None:
        try:
            credential = self._sockets.services.tokens.verify(asked.token)
        except BadToken as problem:
            self._refuse(problem)
            return
        claimed = credential.principal
        if isinstance(claimed, Visitor):
            self._admit(claimed, credential, asked)
        elif self._origin is not None:
            self.close(*self._sockets.visitors.foreign())
        elif (member := self._sockets.services.people.known(claimed, credential.version)) is not None:
            self._admit_staff(member, credential, asked)
        else:
            if not asked.is_refresh:
                self._early = []
            find = partial(self._find, claimed, credential, asked)
            self._sockets.services.readers.ask(self._owner(claimed), find)

    async def _find(self, claimed: Staff, credential: Credential, asked: session.Verify, reads: Reads) -> None:
        """Who the token's owner is, their row says."""
        try:
            people = self._sockets.services.people
            found = await reads.in_time(people.read(claimed, credential.version))
            if found is None and not credential.version:
                found = await reads.written(people.arrive(claimed, is_of_host=credential.is_of_host))
            if self._is_open:
                self._admit_staff(found, credential, asked)
        except (Unavailable, PeerError):  # the database, or too many new people
            self.close(CloseCode.OVERLOADED, "the log did not answer in time")
        except Exception:
            self.crash()

    def _admit_staff(self, member: StaffMember | None, credential: Credential, asked: session.Verify) -> None:
        try:
            principal = credential.admitted(member)
        except BadToken as problem:
            self._sockets.services.metrics.token_refusals[problem.reason] += 1
            self._refuse(problem)
            return
        self._version = member.version if member else 0
        self._admit(principal, credential, asked)

    def _admit(self, principal: Principal, credential: Credential, asked: session.Verify) -> None:
        if asked.is_refresh:
            self._do(self._session.refreshed(principal, credential.expires))
            self._sockets.services.feeds.end_unseen(self._session.watched)  # the role may be a lower one
            if self._is_open and isinstance(principal, Visitor) and principal.vouched:
                self._sockets.services.readers.ask(self.owner, partial(self._sockets.visitors.renewed, principal))
        else:
            self._join(principal, credential.expires, asked.claim)
        self._sockets.vouched(self, credential.key)
        if credential.is_of_host and isinstance(principal, Staff):
            self._sockets.services.records.signed_in(principal, credential.issued, self._session.address)

    def _refuse(self, problem: BadToken) -> None:
        self._do(self._session.refused(str(problem), problem.close_code))

    def changed(self, found: PersonVersion) -> None:
        """The row of the person whose session it is has that version now."""
        if found.is_disabled:
            self._refuse(BadToken(Reason.DISABLED))
        elif found.version != self._version:
            self._refuse(BadToken(Reason.OUTDATED))

    def _join(self, principal: Principal, expires: float, claim: str) -> None:
        """Count first: `left` takes back what was counted, whatever happens in between."""
        refusal = self._sockets.join(self, principal, self._session.address)
        if refusal is not None:
            self.close(*refusal)
            return
        self._counted = principal
        self._wheel.greeted(self)
        if isinstance(principal, Visitor):
            self._early = []
            check = partial(self._check_address, principal, expires, claim)
            self._sockets.services.readers.ask(self._owner(principal), check)
        else:
            self._welcome(principal, expires)

    async def _check_address(self, visitor: Visitor, expires: float, claim: str, reads: Reads) -> None:
        try:
            admitted = await self._sockets.visitors.admit(visitor, self._origin, claim, reads)
            if isinstance(admitted, Refusal):
                self.close(*admitted)
            elif self._is_open:
                self._origin, self._counted = None, admitted.visitor
                self._welcome(admitted.visitor, expires, has_claimed=admitted.has_claimed)
        except Unavailable:
            self.close(CloseCode.OVERLOADED, "the log did not answer in time")
        except Exception:
            self.crash()

    def _welcome(self, principal: Principal, expires: float, *, has_claimed: bool = False) -> None:
        now = self._sockets.services.clock.now()
        self._do(self._session.joined(principal, expires, now, has_claimed=has_claimed))
        self._sockets.staff.arrive(self, principal)
        self._go_on()

    def _go_on(self) -> None:
        early, self._early = self._early or (), None
        if self._in_flight < IN_FLIGHT:
            self.resume_reading()
        for data in early:
            if self._is_open:
                self.receive(data, self._sockets.services.clock.monotonic())

    # -- answers -------------------------------------------------------------------------------------------------------

    def _answer(self, key: Key, id: CommandId, result: Receipt | InterveneError) -> None:
        """Called by the engine, behind the events up to the answer."""
        self._in_flight -= 1
        if not self._is_reading and self._in_flight < IN_FLIGHT // 2:
            self.resume_reading()
        try:
            if isinstance(result, Receipt):
                self.send(framing.encode(views.ack(self._session.is_staff, key.conversation, id, result)), 1)
            else:
                self._tell(self._session.error(result, id=id, conversation=key.conversation))
        except Exception:
            self.crash()

    def _read(self, work: Read, conversation: str = "", id: str = "") -> None:
        if self._reads >= READS_OF_SESSION:
            problem = errors.TooMany(f"At most {READS_OF_SESSION} reads are under way at once. Wait for one.")
            self._tell(self._session.error(problem, id=id, conversation=conversation))
            return
        self._reads += 1
        self._sockets.services.readers.ask(self.owner, partial(self._reading, work, conversation, id))

    async def _reading(self, work: Read, conversation: str, id: str, reads: Reads) -> None:
        try:
            self._tell(await work(reads))
        except errors.NewerRelease:
            self._go_elsewhere()
        except errors.Spent:
            self._refuse(BadToken(Reason.SPENT))
        except InterveneError as problem:
            self._tell(self._session.error(problem, id=id, conversation=conversation))
        except Exception:
            self.crash()
        finally:
            self._reads -= 1

    async def _open_mine(self, fresh: bool, reads: Reads) -> StaffOut | ContactOut:
        assert isinstance(self._me, Visitor), "only a customer's union has this frame"
        await self._sockets.blocked.check(self._me, reads)
        opened = await self._sockets.services.engine.open(self._me, fresh=fresh)
        self._session.identified(opened.identity)
        return OpenedConversation(conversation=opened.conversation)

    def _watch(self, key: Key, after: tuple[int, EventId] | None) -> None:
        """Its policy says who may see it, and is asked when the page was read: it is there by then."""
        services = self._sockets.services
        if services.policies.get(key.organisation) is not None:
            services.feeds.join(key, self, after)
            return

        def go_on(answer: Policy | Unavailable) -> None:
            if isinstance(answer, Unavailable):
                self.miss(key, answer)
            elif self._is_open and key in self._session.watched:
                services.feeds.join(key, self, after)

        services.policies.load(key.organisation, go_on)

    # -- a feed's watcher ----------------------------------------------------------------------------------------------

    @property
    def owner(self) -> Owner:
        return self._owner(self._me)

    def _owner(self, principal: Principal) -> Owner:
        who = self._session.who or person(principal)
        return Owner(who if who.is_staff else self._session.address, who, self.number)

    @property
    def is_staff(self) -> bool:
        return isinstance(self._session.principal, Staff)

    @property
    def agent(self) -> Agent | None:
        me = self._session.principal
        return me.agent if isinstance(me, Staff) else None

    @property
    def staff(self) -> Staff:
        assert isinstance(self._me, Staff), "only a union of staff has lists"
        return self._me

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        try:
            policy = self._sockets.services.policies.get(key.organisation)
            if policy is None:  # forgotten meanwhile, as the oldest of very many
                self.miss(key, Unavailable("The settings of the organisation are not there. Try again."))
            elif self._is_open and can_see(self._me, snapshot.state, policy):
                self._session.shown(key)
                self._sockets.services.records.read(self._me, key)
                self._tell(views.watched(self.is_staff, snapshot, reset=reset))
                return True
            else:
                self.miss(key, NotFound(NO_SUCH))
        except Exception:  # it stays this session's: the feed has other watchers
            self.crash()
        return False

    def unseen(self, key: Key, state: Conversation) -> Unseen | None:
        policy = self._sockets.services.policies.get(key.organisation)
        return unseen(self._me, state, policy) if policy else Unseen.RIGHTS  # forgotten, as the oldest of very many

    def lose(self, key: Key, why: Unseen) -> None:
        self._session.unwatched(key)
        self._tell(staff.Gone(conversation=key.conversation, why=why))

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        self._session.unwatched(key)
        if isinstance(problem, errors.NewerRelease):
            self._go_elsewhere()
            return
        self._tell(self._session.error(problem, conversation=key.conversation))

    def _go_elsewhere(self) -> None:
        self.close(CloseCode.ELSEWHERE, "a newer server can show this conversation")

    @property
    def _me(self) -> Principal:
        assert self._session.principal is not None, "only a session that joined gets so far"
        return self._session.principal

    @property
    def _who(self) -> Agent | Contact:
        return self._me.agent if isinstance(self._me, Staff) else self._me.contact
