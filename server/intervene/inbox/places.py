"""Customers who wait are shown their place in line, where their queue says so: how many wait in it since before them.

One read for an organisation, every few seconds, and only while such a customer is here. Who is further back than
`LINE_ROWS` is shown nothing.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import structlog

from intervene.core.control import Place
from intervene.core.errors import Unavailable
from intervene.core.ids import ConversationId, Key, OrganisationId, QueueId
from intervene.core.limits import LINE_ROWS
from intervene.core.policy import Policy
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.wire import framing
from intervene.core.wire.contact import PlaceInLine
from intervene.feed.feed import Feed
from intervene.feed.feeds import Feeds
from intervene.feed.subscribers import Watcher
from intervene.ports.clock import Clock
from intervene.ports.inbox import Inbox, InLine

log_ = structlog.get_logger(__name__)


class Shown(NamedTuple):
    """What these sessions were shown last, and in which epoch. A feed has another tuple once one came, left or watches
    it anew: what that one was shown before, it has dropped."""

    place: PlaceInLine
    epoch: int
    contacts: tuple[Watcher, ...]


class Places:
    """`policy`: the settings of an organisation, as this node acts on them; None: they are not known here."""

    def __init__(
        self,
        inbox: Inbox,
        feeds: Feeds,
        policy: Callable[[OrganisationId], Policy | None],
        clock: Clock,
        timing: Timing = PRODUCTION,
    ) -> None:
        self._inbox = inbox
        self._feeds = feeds
        self._policy = policy
        self._clock = clock
        self._timing = timing
        self._shown: dict[Key, Shown] = {}

    async def keep(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._timing.places)
            try:
                await self.look()
            except Unavailable:
                pass  # others log that; they are shown it with the next look
            except Exception:
                log_.exception("places in line could not be looked up")

    async def look(self) -> None:
        """Raises `Unavailable`; then the next look that does not shows some of them their place once more."""
        shown: dict[Key, Shown] = {}
        for organisation, feeds in self._waiting().items():
            line = await self._inbox.line(organisation, LINE_ROWS)
            if policy := self._policy(organisation):
                ahead = ahead_in(line, policy)
                shown |= {feed.key: found for feed in feeds if (found := self._show(feed, policy, ahead))}
        for key in self._shown.keys() - shown.keys():
            self._withdraw(key)
        self._shown = shown

    def _waiting(self) -> Mapping[OrganisationId, Sequence[Feed]]:
        """Only those whose queue shows it."""
        found: defaultdict[OrganisationId, list[Feed]] = defaultdict(list)
        for feed in self._feeds.awaited():
            policy = self._policy(feed.key.organisation)
            if policy and feed.state and policy.queue(feed.state.card.queue).shows_place:
                found[feed.key.organisation].append(feed)
        return found

    def _show(self, feed: Feed, policy: Policy, line: Mapping[ConversationId, int]) -> Shown | None:
        """None: its customer is not in the line, or no more since that was read."""
        state = feed.state
        if state is None or state.place is not Place.NOBODY or state.id not in line:
            return None
        is_open = policy.open_now(state.card.queue, self._clock.now(), state.channel)
        place = PlaceInLine(conversation=state.id, ahead=line[state.id], open=is_open)
        shown, before = Shown(place, state.epoch, feed.contacts), self._shown.get(feed.key)
        if before is None or before[:2] != shown[:2] or before.contacts is not shown.contacts:
            self._send(feed.contacts, place)
        return shown

    def _withdraw(self, key: Key) -> None:
        """The queue shows it no more, or it is another one. Where control has changed, customers know."""
        feed = self._feeds.find(key)
        if feed and feed.state and feed.state.epoch == self._shown[key].epoch:
            self._send(feed.contacts, PlaceInLine(conversation=key.conversation))

    def _send(self, watchers: Sequence[Watcher], place: PlaceInLine) -> None:
        if watchers:
            self._feeds.send_each(watchers, framing.encode(place), 1)


def ahead_in(line: Sequence[InLine], policy: Policy) -> Mapping[ConversationId, int]:
    """How many of the line wait before each of it, in the same queue."""
    before: Counter[QueueId] = Counter()
    ahead: dict[ConversationId, int] = {}
    for id, named in line:
        queue = policy.queue(named).id
        ahead[id] = before[queue]
        before[queue] += 1
    return ahead
