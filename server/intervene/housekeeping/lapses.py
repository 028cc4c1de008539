"""Conversations come back from agents that are absent or silent, or were disabled: they are found, and given to the
engine as `Lapse`.

One node does it, the first by id of those that are alive; a second one would do no harm, since the first of two equal
commands leaves the other nothing to do.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import anyio
import structlog

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.lapses import Lapse, Why
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId, Key, OrganisationId, QueueId
from intervene.core.limits import LAPSES_AT_ONCE
from intervene.core.policy import Policy, Queue
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.feed.feed import Feed
from intervene.feed.feeds import Feeds
from intervene.housekeeping.due_lapses import DueLapses
from intervene.ports.attendance import FIRST, Attendance, Cursor, Held, Holding
from intervene.ports.clock import Clock

LEAST_PAGE, MOST_PAGE = 500, 5000  # conversations looked at with one heartbeat
ROUND_BEATS = 5  # in which all are looked at, up to `MOST_PAGE` with each; and between rounds that find all in order
MOST_DISABLED = 1000  # people, just disabled, remembered for the next look; others are found by the rounds

log_ = structlog.get_logger(__name__)


class Roster(Protocol):
    """Of `directory.roster`."""

    @property
    def beat(self) -> int: ...

    @property
    def absences(self) -> int: ...

    def is_present(self, person: AgentId) -> bool: ...

    def absent_beats(self, person: AgentId) -> int: ...


class Lapses:
    """`policy`: of an organisation, as this node acts on it; `is_mine`: whether this node is the one to do it;
    `receives_typing`: whether what agents type at other nodes arrives here."""

    def __init__(
        self,
        *,
        engine: Engine,
        feeds: Feeds,
        attendance: Attendance,
        roster: Roster,
        policy: Callable[[OrganisationId], Awaitable[Policy]],
        clock: Clock,
        is_mine: Callable[[], bool],
        receives_typing: Callable[[], bool] = lambda: True,
        timing: Timing = PRODUCTION,
    ) -> None:
        self._engine = engine
        self._feeds = feeds
        self._attendance = attendance
        self._roster = roster
        self._policy = policy
        self._clock = clock
        self._is_mine = is_mine
        self._receives_typing = receives_typing
        self._timing = timing
        self._due = DueLapses(roster.absent_beats, timing.heartbeat / PRODUCTION.heartbeat)
        self._cursor: Cursor = FIRST
        self._page = LEAST_PAGE
        self._count = 0
        """Looked at in this round."""
        self._absences = 0
        """How many had begun when this round did."""
        self._next_round = 0
        """With which heartbeat it begins, unless an absence begins before."""
        self._is_in_order = True
        """This round found nothing that can be due as it is: all holders there, and no limit to their silence."""
        self._pinned: dict[Key, Feed] = {}
        self._under_way: set[Key] = set()
        self._disabled: dict[AgentId, None] = {}
        self._woken = anyio.Event()
        feeds.typed = self.typed

    def disabled(self, person: AgentId) -> None:
        """A person may not work any more: what they hold comes back at once."""
        if len(self._disabled) < MOST_DISABLED:
            self._disabled[person] = None
            self._woken.set()

    def typed(self, key: Key, author: Actor) -> None:
        """Here or at another node."""
        if key in self._pinned and isinstance(author, Agent):
            self._due.typed(key, author.id, self._roster.beat)

    async def keep(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # others log that
            except Exception:
                log_.exception("what agents hold could not be looked through")
            with anyio.move_on_after(self._timing.heartbeat):
                await self._woken.wait()
            self._woken = anyio.Event()

    async def look(self) -> None:
        """At the next page of what agents hold. Raises `Unavailable`."""
        if self._is_mine():
            await self._look_at_disabled()
            if not self._is_resting:
                await self._look_at_page()
        else:
            self._due.forget()
            self._cursor, self._count, self._next_round = FIRST, 0, 0
            self._disabled.clear()
        self._pin()

    @property
    def _is_resting(self) -> bool:
        """All was in order, and no absence has begun since."""
        is_between = self._cursor == FIRST and self._roster.beat < self._next_round
        return is_between and self._roster.absences == self._absences

    async def _look_at_page(self) -> None:
        if self._cursor == FIRST:
            self._absences, self._is_in_order = self._roster.absences, True
        page, cursor = await self._attendance.holdings(self._cursor, self._page)
        wanted = [holding for holding in page if await self._is_wanted(holding)]
        for held in await self._attendance.held(wanted):
            await self._look_at(held)
        self._cursor = cursor
        self._count += len(page)
        self._is_in_order &= not wanted
        if cursor == FIRST:
            self._due.end_round()
            self._page = min(max(LEAST_PAGE, self._count // ROUND_BEATS), MOST_PAGE)
            self._count = 0
            self._next_round = self._roster.beat + (ROUND_BEATS if self._is_in_order else 0)

    async def _is_wanted(self, holding: Holding) -> bool:
        """Whether its state is read: of most, holder and queue say that nothing can be due."""
        queue = await self._queue(holding.key.organisation, holding.queue)
        if holding.is_disabled or queue.silent_seconds or not self._roster.is_present(holding.holder):
            return True
        self._due.pass_over(holding.key)
        return False

    async def _look_at_disabled(self) -> None:
        while self._disabled:
            person = next(iter(self._disabled))
            page, _ = await self._attendance.holdings((person, -1), LEAST_PAGE)
            theirs = [holding for holding in page if holding.holder == person]
            for held in await self._attendance.held(theirs):
                if held.is_disabled and isinstance(held.state.holder, Agent) and held.state.holder.id == person:
                    self._submit(held.state, Why.DISABLED)
            del self._disabled[person]  # the rest of very many is found by the rounds

    async def _look_at(self, held: Held) -> None:
        state = held.state
        queue = await self._queue(state.organisation, state.card.queue)
        why = self._due.look(
            held, queue, beat=self._roster.beat, now=self._clock.now(), receives_typing=self._receives_typing()
        )
        if why is not None:
            self._submit(state, why)

    async def _queue(self, organisation: OrganisationId, queue: QueueId) -> Queue:
        return (await self._policy(organisation)).queue(queue)

    def _submit(self, state: Conversation, why: Why) -> None:
        if state.key in self._under_way or len(self._under_way) >= LAPSES_AT_ONCE:
            return  # it is found again
        assert isinstance(state.holder, Agent), "only an agent's control lapses"
        self._under_way.add(state.key)
        log_.info("control lapses", conversation=state.id, holder=state.holder.id, why=why.value)
        lapse = Lapse(epoch=state.epoch, holder=state.holder.id, asked=state.asked, why=why, at=self._clock.now())
        self._engine.submit(state.key, lapse, partial(self._answered, state.key))

    def _answered(self, key: Key, _: object) -> None:
        self._under_way.discard(key)

    def _pin(self) -> None:
        """Follow what is due, so that what is typed there arrives."""
        for key in self._pinned.keys() - self._due.watched:
            self._feeds.unpin(self._pinned.pop(key))
        for key in self._due.watched - self._pinned.keys():
            self._pinned[key] = self._feeds.pin(key)
