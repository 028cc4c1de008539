"""Customers whose address is blocked: none gets further than hello, and sessions that are open end.

The database says which addresses those are: it is asked at hello and at `open`. Sessions end at once on the node that
blocks and on those that follow the conversation, elsewhere at the next look at what was blocked lately.
"""

import asyncio
from collections.abc import Collection

import structlog

from intervene.core.access import Visitor
from intervene.core.blocks import Block
from intervene.core.codes import CloseCode
from intervene.core.contacts import Whose
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Blocked, Unavailable
from intervene.core.ids import ChannelId, Key
from intervene.edge.refusals import LATELY, LATELY_SECONDS, Refusal, Sessions
from intervene.edge.services import Services
from intervene.feed.reading import Reads
from intervene.ports.blocks import Arrival
from intervene.tasks import Tasks

AT_ONCE = 1000  # blocks in one answer of the database

log_ = structlog.get_logger(__name__)

_REFUSAL = Refusal(CloseCode.BLOCKED, "this address is blocked")


class BlockedVisitors:
    """An observer of the feeds: a block in a conversation ends the sessions of its customer."""

    def __init__(self, services: Services, sessions: Sessions) -> None:
        self._services = services
        self._sessions = sessions
        self._lately: dict[ChannelId, float] = {}
        """What was blocked, and when (monotonic): a hello may have asked the database before that."""
        self._tasks = Tasks()

    # -- what a visitor asks -------------------------------------------------------------------------------------------

    async def arrival(self, visitor: Visitor, reads: Reads) -> tuple[Whose, Refusal | None]:
        """Of a hello: whose its address is, and as `refusal`. One read. Raises `Unavailable`."""
        now = self._services.clock.now()
        found: Arrival = await reads.in_time(self._services.blocks.arrival(visitor.channel_id, now))
        return found.whose, _REFUSAL if self._counts(visitor, found.block) else None

    async def refusal(self, visitor: Visitor, reads: Reads) -> Refusal | None:
        """Why the visitor of a claim is not welcome. Raises `Unavailable`."""
        return _REFUSAL if await self._is_blocked(visitor, reads) else None

    async def check(self, visitor: Visitor, reads: Reads) -> None:
        """Before a conversation is opened: raises `Blocked` and `Unavailable`."""
        if await self._is_blocked(visitor, reads):
            raise Blocked("This address is blocked.")

    async def _is_blocked(self, visitor: Visitor, reads: Reads) -> bool:
        now = self._services.clock.now()
        found: Block | None = await reads.in_time(self._services.blocks.of(visitor.channel_id, now))
        return self._counts(visitor, found)

    def _counts(self, visitor: Visitor, found: Block | None) -> bool:
        return found is not None or visitor.channel_id in self._lately

    # -- sessions ------------------------------------------------------------------------------------------------------

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A block in a conversation, or the end of one, whichever node committed it."""
        until, former = after.control.blocked_until, before.control.blocked_until if before else 0
        if until == former:
            return
        address = ChannelId(after.organisation, after.channel, after.identity)
        if until > self._services.clock.now():
            self.end([address])
            self._tasks.spawn(self._end_all(address))
        else:
            self._lately.pop(address, None)

    def lost(self, key: Key) -> None:
        pass

    def end(self, addresses: Collection[ChannelId]) -> None:
        """These are blocked: their sessions end."""
        now = asyncio.get_running_loop().time()
        self._lately = {address: at for address, at in self._lately.items() if at > now - LATELY_SECONDS}
        self._lately |= dict.fromkeys(addresses, now)
        while len(self._lately) > LATELY:
            del self._lately[next(iter(self._lately))]
        self._sessions.end(frozenset(addresses), *_REFUSAL)

    async def _end_all(self, address: ChannelId) -> None:
        """The same customer's other addresses too."""
        try:
            for affected in await self._services.blocks.affected(*address):
                self.end(affected.addresses)
        except Unavailable:
            log_.warning("sessions of a blocked customer may go on", organisation=address.organisation)

    async def look(self, since: int, now: int) -> None:
        """End the sessions of addresses that were blocked since then, and a little before; both on the database's
        clock. Raises `Unavailable`."""
        since = min(since, now) - int(LATELY_SECONDS * 1000)
        found = await self._services.blocks.lately(since, AT_ONCE)
        for _, organisation, block in found:
            if not block.until or block.until > now:
                for affected in await self._services.blocks.affected(organisation, block.channel, block.address):
                    self.end(affected.addresses)
        if len(found) == AT_ONCE and found[-1][0] > since:
            await self.look(found[-1][0] + int(LATELY_SECONDS * 1000), now)
