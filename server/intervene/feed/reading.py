"""The one way to the log for whatever is read because a session or an HTTP request asked, and for what feeds miss.

A database has few readers. They are shared fairly (`core/fair.py`), a read whose caller has gone never runs,
and what waits costs no task.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import structlog

from intervene.core.contacts import Whose
from intervene.core.control import Place
from intervene.core.conversation.state import Conversation
from intervene.core.errors import TooMany
from intervene.core.fair import FairQueue, Owner
from intervene.core.ids import ChannelId, Key, OrganisationId
from intervene.core.limits import LISTS_OF_PERSON, READS_OF_PERSON
from intervene.core.timing import PRODUCTION, Timing
from intervene.feed.lateness import Lateness
from intervene.ports.contacts import Owners
from intervene.ports.inbox import At, Inbox
from intervene.ports.log import Log, Range, Snapshot
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)

T = TypeVar("T")

WRITES = 32  # that keep no reader: they share commits, and what others write waits behind no more than these


class Sources(NamedTuple):
    """The ports that are read so."""

    log: Log
    inbox: Inbox
    owners: Owners


Work = Callable[["Reads"], Coroutine[Any, Any, None]]


class Ticket:
    """A read that was asked for."""

    __slots__ = ("has_place", "owner", "until", "work")

    def __init__(self, owner: Owner | None, work: Work, until: float) -> None:
        self.owner = owner
        self.work = work
        self.until = until
        """On the loop's clock: then it is answered, also if its turn comes later."""
        self.has_place = True


class Reads:
    """What a read may ask, for a caller that waits only until then: of the loop's clock, None for ever."""

    __slots__ = ("_lateness", "_leave", "_sources", "_until")

    def __init__(self, sources: Sources, lateness: Lateness, until: float | None, leave: Callable[[], None]) -> None:
        self._sources = sources
        self._leave = leave
        self._lateness = lateness
        self._until = until

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        return await self.in_time(self._sources.log.read(key, range, since))

    async def page(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Conversation]:
        return await self.in_time(self._sources.inbox.page(organisation, place, after, limit))

    async def whose(self, address: ChannelId) -> Whose:
        return await self.in_time(self._sources.owners.whose(address))

    async def written(self, answer: Awaitable[T]) -> T:
        """What a write answers, within the same time. Few keep a reader, so that many share a commit: its place is
        another read's from now on, and no more is to be read here."""
        self._leave()
        return await self.in_time(answer)

    async def in_time(self, answer: Awaitable[T]) -> T:
        """What another port answers, if it does so while the caller waits."""
        return await (answer if self._until is None else self._lateness.wait(answer, self._until))


class Readers:
    """`places` is how many reads the database makes at once."""

    def __init__(self, sources: Sources, places: int, timing: Timing = PRODUCTION) -> None:
        self._timing = timing
        self.dropped = 0
        """Reads that were asked for and never ran: the session left, or asked anew."""
        self._sources = sources
        self._queue: FairQueue[Ticket] = FairQueue(places, READS_OF_PERSON)
        self._tasks = Tasks()
        self._lateness = Lateness()
        self._lists: Counter[Owner] = Counter()
        self._writes = 0
        """Those that keep no reader."""

    @property
    def waiting(self) -> int:
        return self._queue.waiting

    @property
    def running(self) -> int:
        return self._queue.running

    def ask(self, owner: Owner | None, work: Work) -> Ticket:
        """Run `work` as a task when it is its turn, which may be at once. `owner` is None for the node itself."""
        ticket = Ticket(owner, work, asyncio.get_running_loop().time() + self._timing.answered)
        self._queue.add(owner, ticket)
        self._go_on()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Nothing is read for this if it still waits. What runs goes on: it may be a commit."""
        if ticket.owner is not None and self._queue.discard(ticket.owner, ticket):
            self.dropped += 1

    def forget(self, owner: Owner) -> None:
        """Cancel everything of a session that has ended."""
        self.dropped += self._queue.forget(owner)

    async def answer(self, owner: Owner, query: Callable[[Reads], Awaitable[T]]) -> T:
        """What `query` answers, for callers that can await. Raises `TooMany` beyond a few at a time for one owner."""
        if self._lists[owner] >= LISTS_OF_PERSON:
            raise TooMany(f"At most {LISTS_OF_PERSON} of your requests read the log at once. Wait for one.")
        found: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._lists[owner] += 1
        ticket = self.ask(owner, lambda reads: _settle(found, query(reads)))
        try:
            return await found
        finally:
            self.cancel(ticket)
            self._lists[owner] -= 1
            if not self._lists[owner]:
                del self._lists[owner]

    def _go_on(self) -> None:
        while (ticket := self._queue.take()) is not None:
            self._tasks.spawn(self._run(ticket))

    async def _run(self, ticket: Ticket) -> None:
        try:
            await ticket.work(self._reads_for(ticket))
        except Exception as problem:
            log_.error("a read failed", exc_info=problem)
        finally:
            if ticket.has_place:
                self._make_room(ticket)
            else:
                self._writes -= 1

    def _leave(self, ticket: Ticket) -> None:
        """It writes, and its place is another's, unless very many do so."""
        if ticket.has_place and self._writes < WRITES:
            ticket.has_place = False
            self._writes += 1
            self._make_room(ticket)

    def _make_room(self, ticket: Ticket) -> None:
        self._queue.done(ticket.owner)
        self._go_on()

    def _reads_for(self, ticket: Ticket) -> Reads:
        """What the node misses it reads however long that takes: an answer may wait behind it."""
        until = None if ticket.owner is None else ticket.until
        return Reads(self._sources, self._lateness, until, partial(self._leave, ticket))


async def _settle(found: "asyncio.Future[T]", answer: Awaitable[T]) -> None:
    try:
        value = await answer
    except Exception as problem:
        if not found.done():
            found.set_exception(problem)
    else:
        if not found.done():
            found.set_result(value)
