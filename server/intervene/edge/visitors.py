"""Visitors who gave up their address, which nothing takes back: each token that names it is refused from then on.

The database says which addresses those are: it is asked at hello, at a renewal and at `open`. Sessions that are open
end when the hub says so, and at the latest at the next look at what was given up lately.
"""

import asyncio
from typing import NamedTuple

import structlog
from msgspec.structs import replace

from intervene.core.access import Principal, Visitor, person
from intervene.core.codes import CloseCode
from intervene.core.errors import Unavailable
from intervene.core.fair import Owner
from intervene.core.ids import WEBCHAT, ChannelId, ContactId
from intervene.core.people import AuditEntry
from intervene.core.session import KeepAttributes
from intervene.core.wire.contact import AttributesSet, ContactError
from intervene.edge.attributes import keep, keep_vouched
from intervene.edge.auth import BadToken, Reason
from intervene.edge.blocked import BlockedVisitors
from intervene.edge.channels import is_page_of
from intervene.edge.refusals import LATELY, LATELY_SECONDS, Refusal, Sessions
from intervene.edge.services import Services
from intervene.feed.reading import Reads
from intervene.ports.addresses import Addresses
from intervene.ports.joins import Joins
from intervene.ports.schedule import Schedule

END_SECONDS = 0.1  # between two looks through all sessions
AT_ONCE = 1000  # addresses in one answer of the database

log_ = structlog.get_logger(__name__)


class Admitted(NamedTuple):
    """A visitor whose hello is good, with the identity of the address. `has_claimed`: as `ContactWelcome.claimed`."""

    visitor: Visitor
    has_claimed: bool


class Visitors:
    def __init__(self, services: Services, sessions: Sessions, blocked: BlockedVisitors) -> None:
        self._blocked = blocked
        self._services = services
        self._sessions = sessions
        self._lately: dict[ChannelId, float] = {}
        """What was given up, and when (monotonic): a hello may have asked the database before that."""
        self._ending: set[ChannelId] = set()
        self._moved: dict[ChannelId, int] = {}
        self._renewed: dict[ChannelId, dict[str, str]] = {}
        """Whose newer token is being kept, and what is vouched for since."""

    # -- what a visitor asks -------------------------------------------------------------------------------------------

    async def check(self, visitor: Visitor) -> None:
        """Before a token is renewed: raises `BadToken` if its visitor was forgotten, `TooMany` and `Unavailable`."""
        who = person(visitor)
        found = await self._services.readers.answer(Owner(who, who, 0), lambda reads: reads.whose(visitor.channel_id))
        if found.is_spent:
            self._services.metrics.token_refusals[Reason.SPENT] += 1
            raise BadToken(Reason.SPENT)

    async def forget(self, visitor: Visitor) -> None:
        """From now on the visitor's address is spent, on every node; twice is once. Raises `Unavailable`."""
        gone = visitor.channel_id
        await self._services.spend(gone)
        self.ended(gone)

    async def detach(self, address: ChannelId, entry: AuditEntry) -> None:
        """Another person has the address now, on every node. Raises `NotFound`, `Busy` and `Unavailable`."""
        await self._services.detach(address, entry)
        self.moved(address)

    # -- hello ---------------------------------------------------------------------------------------------------------

    async def admit(self, visitor: Visitor, origin: str | None, claim: str, reads: Reads) -> Admitted | Refusal:
        """Or why there is no way further than hello: the address was given up, at any node, or is blocked, or the
        channel is none of the organisation's, or does not name the page's origin (None: it need not). `claim`: the
        token of the visitor whom it claims to be, "" for none. Raises `Unavailable`."""
        channel = visitor.reached_at.channel
        if origin is not None or channel != WEBCHAT:
            policy = await reads.in_time(self._services.policies.loaded(visitor.organisation))
            if channel not in policy.channels:
                return self._refused(BadToken(Reason.CLAIMS))
            if origin is not None and not is_page_of(policy, channel, origin):
                return self.foreign()
        whose, refusal = await self._blocked.arrival(visitor, reads)
        if whose.is_spent or self.is_lately_spent(visitor):
            return self._refused(BadToken(Reason.SPENT))
        if refusal is not None:
            return refusal
        former = await self._claim(visitor, claim, reads) if claim else ContactId("")
        if visitor.vouched:
            await keep_vouched(self._services.contacts, visitor, whose.contact, reads)
        if visitor.vouched or former or whose.identity != visitor.known_as:  # mostly as the token says
            visitor = replace(visitor, identity=whose.identity, vouched=(), former=former)
        return Admitted(visitor, bool(former))

    async def renewed(self, visitor: Visitor, reads: Reads) -> None:
        """A newer token of a session: what its signer vouches for by now is kept, as at hello, in the order of the
        tokens."""
        at, values = visitor.channel_id, dict(visitor.vouched)
        if at in self._renewed:
            self._renewed[at].update(values)
            return
        self._renewed[at] = values
        try:
            while values := self._renewed[at]:
                self._renewed[at] = {}
                whose = await reads.whose(at)
                visitor = replace(visitor, vouched=tuple(values.items()))
                await keep_vouched(self._services.contacts, visitor, whose.contact, reads)
        except Unavailable:
            pass  # the next token says it again
        finally:
            del self._renewed[at]

    async def _claim(self, user: Visitor, token: str, reads: Reads) -> ContactId:
        """The visitor of that token, if they are the user from now on, or were already; else "". A claim of anybody
        else, or of a visitor who is blocked, is passed over, and so is a token that is not good: the session is the
        user's all the same."""
        try:
            visitor = self._services.tokens.renew(token)
        except BadToken:
            return ContactId("")
        is_vouched = user.contact.vouched and not visitor.contact.vouched
        if not is_vouched or visitor.channel_id[:2] != user.channel_id[:2]:
            return ContactId("")
        if await self._blocked.refusal(visitor, reads):
            return ContactId("")
        has_claimed = await reads.in_time(self._services.claim(visitor.channel_id, user.channel_id))
        if has_claimed:
            self.ended(visitor.channel_id)
        return visitor.contact.id if has_claimed else ContactId("")

    def foreign(self) -> Refusal:
        self._services.metrics.denials["origin"] += 1
        return Refusal(CloseCode.FOREIGN_ORIGIN, "pages of this origin may not connect")

    def _refused(self, problem: BadToken) -> Refusal:
        self._services.metrics.token_refusals[problem.reason] += 1
        return Refusal(problem.close_code, str(problem))

    async def keep_attributes(self, me: Principal, act: KeepAttributes, reads: Reads) -> AttributesSet | ContactError:
        assert isinstance(me, Visitor), "only a customer's union has this frame"
        return await keep(self._services.contacts, me, act, reads)

    # -- sessions ------------------------------------------------------------------------------------------------------

    def is_lately_spent(self, visitor: Visitor) -> bool:
        """Whether it was given up while the database was asked."""
        return visitor.channel_id in self._lately

    def ended(self, gone: ChannelId) -> None:
        """An address was given up, here or elsewhere: its sessions end."""
        loop = asyncio.get_running_loop()
        self._lately.pop(gone, None)
        self._lately[gone] = loop.time()
        if len(self._lately) > LATELY:
            del self._lately[next(iter(self._lately))]
        if not self._ending:
            loop.call_later(END_SECONDS, self._end)
        self._ending.add(gone)

    def moved(self, address: ChannelId, at: int = 0) -> None:
        """An address belongs to another identity, here or elsewhere: its sessions end, and come back as that one's.
        `at`: when, as the database has said it, so that it is done once."""
        if at and self._moved.get(address) == at:
            return
        self._moved[address] = at
        if len(self._moved) > LATELY:
            del self._moved[next(iter(self._moved))]
        self._sessions.end(frozenset({address}), CloseCode.NEW_TOKEN, "this address is of another contact now")

    def _end(self) -> None:
        ending, self._ending = frozenset(self._ending), set()
        self._sessions.end(ending, CloseCode.BAD_TOKEN, str(BadToken(Reason.SPENT)))
        since = asyncio.get_running_loop().time() - LATELY_SECONDS
        self._lately = {gone: at for gone, at in self._lately.items() if at > since}

    async def keep(self, addresses: Addresses, joins: Joins, schedule: Schedule) -> None:
        """For ever: look for what other nodes were sent and this one was not."""
        since = 0
        while True:
            try:
                now = await schedule.now()
                await self.look(addresses, since or now, now)
                await self._blocked.look(since or now, now)
                for at, address in await joins.moved_since((since or now) - int(LATELY_SECONDS * 1000), LATELY):
                    self.moved(address, at)
                since = now
            except Unavailable:
                pass  # others say so; the next look begins where this one did
            await asyncio.sleep(self._services.timing.compare)

    async def look(self, addresses: Addresses, since: int, now: int) -> None:
        """End the sessions of addresses that were given up since then, and a little before. Both on the database's
        clock, which may have gone back."""
        since = min(since, now) - int(LATELY_SECONDS * 1000)
        limit = AT_ONCE
        while True:
            found = await addresses.spent_since(since, limit)
            for _, gone in found:
                self.ended(gone)
            if len(found) < limit:
                return
            last = found[-1][0]
            # One statement can give up any number of addresses, all of one time.
            since, limit = last, AT_ONCE if last > since else 2 * limit
