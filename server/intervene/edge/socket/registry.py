"""All sockets of a node: who may come in, what they share, and how they are sent away."""

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from itertools import count
from typing import cast

import anyio

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.codes import CloseCode
from intervene.core.ids import AgentId, ChannelId
from intervene.core.limits import BEFORE_HELLO_SHARE, SESSIONS_PER_ADDRESS, SOCKETS_BEFORE_HELLO, STAFF_SHARE
from intervene.core.session import Surroundings
from intervene.core.wire import framing
from intervene.core.wire.common import Away
from intervene.core.wire.staff_words import Mentioned
from intervene.edge.allowances import Allowances
from intervene.edge.blocked import BlockedVisitors
from intervene.edge.problems import Denial
from intervene.edge.refusals import Refusal
from intervene.edge.services import Services
from intervene.edge.socket.attendance import StaffSessions, ToEach
from intervene.edge.socket.connection import Connection
from intervene.edge.socket.read_positions import ReadPositions
from intervene.edge.socket.timers import CLOSE_SECONDS, Wheel
from intervene.edge.socket.write_batch import Outbox, native
from intervene.edge.visitors import Visitors
from intervene.feed.subscribers import SendEach
from intervene.guard import guarded
from intervene.ports import messages
from intervene.ports.versions import PersonVersion

RETRY_SECONDS = 5
AWAY_MS = 1000  # clients that are sent away together come back within this, each at a moment of its own


class Sockets:
    """At most `max_sessions` are open at once, joined or not. A share of them is for staff alone; and those that are no
    session, because their hello has not come yet or a close frame was sent, make room for others, the oldest first."""

    def __init__(
        self, services: Services, max_sessions: int, sessions_per_address: int | None = SESSIONS_PER_ADDRESS
    ) -> None:
        self.services = services
        self.allowances = Allowances(sessions_per_address)
        self.shared = Surroundings(services.make_id, self.allowances, services.tree)
        self.outbox = Outbox(services.metrics, native())
        self.send_each = cast("SendEach", self.outbox.send_each)  # feeds have no other watchers
        self.wheel = Wheel(services.clock.monotonic)
        self.reads = ReadPositions(services.read_positions, services.feeds)
        self.blocked = BlockedVisitors(services, self)
        self.visitors = Visitors(services, self, self.blocked)
        self.staff = StaffSessions(services.roster, services.attendance, cast("ToEach", self.outbox.send_each))
        self.is_draining = False
        self.is_cut_off = False
        """This node has no database and others have: no session is admitted."""
        self._max_sessions = max_sessions
        self._most_customers = max_sessions - (math.ceil(max_sessions * STAFF_SHARE) if max_sessions > 1 else 0)
        self._most_greeting = max(SOCKETS_BEFORE_HELLO, int(max_sessions * BEFORE_HELLO_SHARE))
        self._greeting: dict[Connection, None] = {}
        """Those before their hello, the oldest first."""
        self._leaving: dict[Connection, None] = {}
        """Those after their close frame, the oldest first."""
        self._before_hello: Counter[str] = Counter()  # by address
        self._vouched: dict[Connection, str] = {}
        """The host application's key that let it in."""
        self._numbers = count(1)
        self._gone = asyncio.Event()

    def __len__(self) -> int:
        return len(self.wheel)

    @property
    def _open(self) -> Iterator[Connection]:
        """All: the wheel keeps no others."""
        return cast("Iterator[Connection]", iter(self.wheel))

    # -- coming in -----------------------------------------------------------------------------------------------------

    def denial(self, address: str) -> Denial | None:
        if self.is_draining:
            return Denial(503, "draining", "This server is stopping. Come back in a moment.", RETRY_SECONDS)
        if self.is_cut_off:
            return Denial(503, "cut_off", "This server has lost its database. Another one has it.", RETRY_SECONDS)
        if len(self) >= self._max_sessions and not (self._greeting or self._leaving):
            return Denial(503, "full", "This server has as many sessions as it takes. Try again.", RETRY_SECONDS)
        if self._before_hello[address] >= SOCKETS_BEFORE_HELLO:
            sentence = "Too many sockets from your address wait for their hello. Try again."
            return Denial(429, "too_many", sentence, RETRY_SECONDS)
        if wait := self.allowances.take_upgrade(address, self.services.clock.monotonic()):
            return Denial(429, "too_fast", "Too many sockets of one address in a short time.", int(wait) + 1)
        return None

    def add(self, socket: Connection, address: str) -> int:
        """A number that no other socket of this node has had."""
        if len(self) >= self._max_sessions:
            self._cut_off(next(iter(self._leaving or self._greeting)))
        if len(self._greeting) >= self._most_greeting:
            self._cut_off(next(iter(self._greeting)))
        self._greeting[socket] = None
        self._before_hello[address] += 1
        return next(self._numbers)

    def join(self, socket: Connection, principal: Principal, address: str) -> Refusal | None:
        """The hello has come, and the token is good."""
        if isinstance(principal, Visitor) and self.allowances.customers >= self._most_customers:
            return Refusal(CloseCode.OVERLOADED, "this server has as many customers as it takes")
        if problem := self.allowances.enter(principal, address):
            return Refusal(CloseCode.TOO_MANY_SESSIONS, problem.sentence)
        self._greeted(socket, address)
        if isinstance(principal, Staff):
            self.services.metrics.agents += 1
        else:
            self.services.metrics.contacts += 1
        return None

    def left(self, socket: Connection, principal: Principal | None, address: str) -> None:
        """A socket has ended that `join` has counted as `principal`; None: it never joined."""
        match principal:
            case None:
                self._greeted(socket, address)
            case Staff():
                self.services.metrics.agents -= 1
                self.allowances.leave(principal, address)
            case Visitor():
                self.services.metrics.contacts -= 1
                self.allowances.leave(principal, address)
        self.staff.leave(socket, principal)
        if self.wheel.has(socket, socket.slot):
            self._leaving[socket] = None

    def vouched(self, socket: Connection, key: str) -> None:
        """`key`: of the token that it has now, "" if that is the server's own."""
        if key:
            self._vouched[socket] = key
        else:
            self._vouched.pop(socket, None)

    def keys_changed(self, good: Container[str]) -> None:
        """Close the sessions whose key is good no more."""
        for socket in [socket for socket, key in self._vouched.items() if key not in good]:
            socket.close(CloseCode.BAD_TOKEN, "the key of the token is good no more")

    def remove(self, socket: Connection) -> None:
        self.wheel.remove(socket, socket.slot)
        self._vouched.pop(socket, None)
        self._leaving.pop(socket, None)
        if self.is_draining and not len(self):
            self._gone.set()

    def _cut_off(self, socket: Connection) -> None:
        """Another one needs its place now."""
        socket.close(CloseCode.HELLO_TIMEOUT, "no hello came while others waited")
        socket.abort()
        self._greeting.pop(socket, None)
        self.remove(socket)

    def _greeted(self, socket: Connection, address: str) -> None:
        """It is no longer before its hello."""
        self._greeting.pop(socket, None)
        self._before_hello[address] -= 1
        if not self._before_hello[address]:
            del self._before_hello[address]

    def end(self, addresses: frozenset[ChannelId], code: CloseCode, reason: str) -> None:
        """Close the sessions of visitors with one of these addresses."""
        for socket in [socket for socket in self._open if socket.channel_id in addresses]:
            socket.close(code, reason)

    def present(self) -> Collection[AgentId]:
        """The staff who have a session here, in whatever organisation."""
        return {member.agent for member in self.allowances.agents()}

    def people_changed(self, found: Mapping[AgentId, PersonVersion]) -> None:
        """Close the sessions of people whose rows have another version than theirs."""
        for socket in [socket for socket in self._open if socket.agent_id in found]:
            socket.changed(found[socket.agent_id])  # type: ignore[index]  # None is not in it

    def mentioned(self, by: messages.Mentioned) -> None:
        """A note mentions people: those of them who have a session here are shown it."""
        key = by.key
        frame = Mentioned(organisation=key.organisation, conversation=key.conversation, n=by.n, by=by.by, at=by.at)
        data = framing.encode(frame)
        for socket in [socket for socket in self._open if socket.agent_id in by.people]:
            guarded(socket.send, data, 1)

    # -- going away ----------------------------------------------------------------------------------------------------

    async def away(self, seconds: float) -> None:
        """Drain: admit no session, and close all, one after another over so many seconds. Returns when all are gone,
        at most `CLOSE_SECONDS` later."""
        self.is_draining = True
        await self._send_away(CloseCode.RESTART, "this server is stopping", seconds)
        if len(self):
            self._gone.clear()
            with anyio.move_on_after(CLOSE_SECONDS):
                await self._gone.wait()
        for socket in list(self._open):
            socket.abort()

    async def elsewhere(self, seconds: float, is_still_so: Callable[[], bool] = lambda: True) -> None:
        """Admit no session for now, and send all to nodes that have what this one has lost; the rest may stay as
        soon as it is not so any more."""
        self.is_cut_off = True
        await self._send_away(CloseCode.OVERLOADED, "this server has lost its database", seconds, is_still_so)

    async def _send_away(
        self, code: CloseCode, reason: str, seconds: float, is_still_so: Callable[[], bool] = lambda: True
    ) -> None:
        leaving = list(self._open)
        random.shuffle(leaving)  # or sessions that came in one storm would leave in one
        for socket in leaving:
            if not is_still_so():
                self.is_cut_off = False
                return
            socket.send(framing.encode(Away(after_ms=random.randrange(AWAY_MS))), 1)
            socket.close(code, reason)
            await asyncio.sleep(seconds / len(leaving))
