"""All sockets of a node: who may come in, what they share, and how they are sent away."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import TypeVar

import anyio

from intervene.core import wire
from intervene.core.access import Principal, Staff, Visitor
from intervene.core.codes import CloseCode
from intervene.core.frames import Away
from intervene.core.limits import SOCKETS_BEFORE_HELLO
from intervene.edge.connection import Connection
from intervene.edge.denials import Denial
from intervene.edge.outbox import Outbox
from intervene.edge.reads import ReadPositions
from intervene.edge.services import Services
from intervene.edge.wheel import CLOSE_SECONDS, Wheel
from intervene.ports import Member

T = TypeVar("T")

RETRY_SECONDS = 5
AWAY_MS = 1000  # clients that are sent away together come back within this, each at a moment of its own


class Sockets:
    """`max_sessions` are open at once, joined or not."""

    def __init__(self, services: Services, max_sessions: int) -> None:
        self.services = services
        self.outbox = Outbox()
        self.wheel = Wheel(services.clock.monotonic)
        self.reads = ReadPositions(services.directory)
        self.is_draining = False
        self.is_cut_off = False
        """This node has no database and others have: nobody is let in."""
        self._agents: Counter[Member] = Counter()
        self._max_sessions = max_sessions
        self._open: set[Connection] = set()
        self._before_hello: Counter[str] = Counter()  # by address
        self._numbers = count(1)
        self._gone = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    # -- coming in -----------------------------------------------------------------------------------------------------

    def denial(self, address: str) -> Denial | None:
        if self.is_draining:
            return Denial(503, "draining", "This server is stopping. Come back in a moment.", RETRY_SECONDS)
        if self.is_cut_off:
            return Denial(503, "cut_off", "This server has lost its database. Another one has it.", RETRY_SECONDS)
        if len(self._open) >= self._max_sessions:
            return Denial(503, "full", "This server has as many sessions as it takes. Try again.", RETRY_SECONDS)
        if self._before_hello[address] >= SOCKETS_BEFORE_HELLO:
            sentence = "Too many sockets from your address wait for their hello. Try again."
            return Denial(429, "too_many", sentence, RETRY_SECONDS)
        return None

    def add(self, socket: Connection, address: str) -> int:
        """A number that no other socket of this node has had."""
        self._open.add(socket)
        self._before_hello[address] += 1
        return next(self._numbers)

    def remove(self, socket: Connection) -> None:
        self._open.discard(socket)
        if self.is_draining and not self._open:
            self._gone.set()

    # -- who is here ---------------------------------------------------------------------------------------------------

    def came(self, address: str, who: Principal) -> None:
        """A socket from there has joined as `who`."""
        _uncount(self._before_hello, address)
        match who:
            case Staff():
                self.services.metrics.agents += 1
                self._agents[_member(who)] += 1
            case Visitor():
                self.services.metrics.contacts += 1

    def went(self, address: str, who: Principal | None) -> None:
        """A socket has ended that `came` as `who`; None: it never did."""
        match who:
            case None:
                _uncount(self._before_hello, address)
            case Staff():
                self.services.metrics.agents -= 1
                _uncount(self._agents, _member(who))
            case Visitor():
                self.services.metrics.contacts -= 1

    def agents(self) -> frozenset[Member]:
        """Who has a session here."""
        return frozenset(self._agents)

    # -- going away ----------------------------------------------------------------------------------------------------

    async def away(self, seconds: float) -> None:
        """Let nobody in, and send everybody away, one after another over so many seconds. Returns when all are gone,
        at most `CLOSE_SECONDS` later."""
        self.is_draining = True
        await self._send_away(CloseCode.RESTART, "this server is stopping", seconds)
        if self._open:
            self._gone.clear()
            with anyio.move_on_after(CLOSE_SECONDS):
                await self._gone.wait()
        for socket in list(self._open):
            socket.abort()

    async def elsewhere(self, seconds: float, is_still_so: Callable[[], bool] = lambda: True) -> None:
        """Let nobody in for now, and send everybody to nodes that have what this one has lost; the rest may stay as
        soon as it is not so any more."""
        self.is_cut_off = True
        await self._send_away(CloseCode.OVERLOADED, "this server has lost its database", seconds, is_still_so)

    async def _send_away(
        self, code: CloseCode, reason: str, seconds: float, is_still_so: Callable[[], bool] = lambda: True
    ) -> None:
        leaving = list(self._open)
        random.shuffle(leaving)  # or those who came in one storm would leave in one
        for socket in leaving:
            if not is_still_so():
                self.is_cut_off = False
                return
            socket.send(wire.encode(Away(after_ms=random.randrange(AWAY_MS))), 1)
            socket.close(code, reason)
            await asyncio.sleep(seconds / len(leaving))


def _member(staff: Staff) -> Member:
    return Member(staff.organisation, staff.agent.id)


def _uncount(counts: Counter[T], what: T) -> None:
    counts[what] -= 1
    if not counts[what]:
        del counts[what]
