"""Raises rows of former formats to the one that all nodes read: open conversations first, a few at a time.

It changes nothing else: each is a commit without events through the engine, so that feeds on all nodes follow. What a
former format does not keep is folded from the log, which is read for that, a page at a time. One node does it, the
first by id of those that are alive; a second one would do no harm. A row that is written in a former format all the
same, by a node that has not yet noticed, is raised by those that follow its conversation.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import anyio
import structlog

from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.state import Conversation, evolve
from intervene.core.conversation.turns import RaiseFormat
from intervene.core.errors import CorruptLog, InterveneError, NotFound, Unavailable
from intervene.core.events import Event
from intervene.core.ids import Key
from intervene.core.limits import PAGE_EVENTS
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.ports.log import Log, Range, Snapshot
from intervene.ports.schedule import Schedule

logger = structlog.get_logger(__name__)

ROWS_AT_ONCE = 500  # looked at in one query
RAISED_AT_ONCE = 16  # commands under way
WAIT_BEATS = 3  # heartbeats to the next look, while rows may be left
MOST_LATE = 1000  # conversations remembered; others are found when their rows are looked at
TRIES = 3  # of a conversation that goes on while its log is read
PAUSE_SECONDS = 0.02  # between two queries: the database has more to do


class Formats:
    """`format`: in which rows are written now; `is_mine`: whether this node is the one to raise them."""

    def __init__(
        self,
        *,
        engine: Engine,
        log: Log,
        schedule: Schedule,
        format: Callable[[], int],
        is_mine: Callable[[], bool],
        timing: Timing = PRODUCTION,
    ) -> None:
        self.raised = 0
        self._engine = engine
        self._log = log
        self._schedule = schedule
        self._format = format
        self._is_mine = is_mine
        self._timing = timing
        self._is_done = False
        self._late: set[Key] = set()

    def changed(self, _: Conversation | None, after: Conversation) -> None:
        if after.format < FORMAT and len(self._late) < MOST_LATE:
            self._late.add(after.key)

    def lost(self, key: Key) -> None:
        self._late.discard(key)

    async def keep(self) -> None:
        """Never returns."""
        while True:
            with suppress(Unavailable):
                await self.look()
            await asyncio.sleep(self._timing.heartbeat * (1 if self._is_done else WAIT_BEATS))

    async def look(self) -> None:
        """Raise all rows, once that may be done. Raises `Unavailable`."""
        if self._format() < FORMAT:
            self._is_done = False  # nodes of the former release write rows of theirs
            return
        before = self.raised
        if self._is_mine() and not self._is_done:
            self._is_done = await self._raise(only_open=True) and await self._raise(only_open=False)
        late, self._late = list(self._late), set()
        for at in range(0, len(late), RAISED_AT_ONCE):
            await self._write(late[at : at + RAISED_AT_ONCE])
        if self.raised > before:
            logger.info("rows were raised to a newer format", format=FORMAT, rows=self.raised - before)

    async def _raise(self, *, only_open: bool) -> bool:
        """Whether all could be."""
        after: int | None = 0
        is_whole = True
        while after is not None:
            if self._format() < FORMAT:
                return False
            rows, after = await self._schedule.outdated(after, ROWS_AT_ONCE)
            wanted = [key for key, is_open in rows if is_open or not only_open]
            for at in range(0, len(wanted), RAISED_AT_ONCE):
                is_whole &= await self._write(wanted[at : at + RAISED_AT_ONCE])
            await anyio.sleep(PAUSE_SECONDS)
        return is_whole

    async def _write(self, keys: Sequence[Key]) -> bool:
        answers = await asyncio.gather(*map(self._write_one, keys), return_exceptions=True)
        for problem in answers:
            if isinstance(problem, BaseException) and not isinstance(problem, InterveneError):
                raise problem
        self.raised += answers.count(True)
        return all(answer is True for answer in answers)

    async def _write_one(self, key: Key) -> bool:
        """Whether it was raised. Raises `InterveneError`."""
        folded: Conversation | None = None
        for _ in range(TRIES):
            try:
                folded, read = await self._fold(key, folded)
            except CorruptLog:
                logger.exception("a log cannot be folded, so its row stays as it is", conversation=key.conversation)
                return True
            if read.state.format >= FORMAT:
                return True
            await self._engine.call(key, RaiseFormat(folded))
        _, read = await self._fold(key, folded)
        return read.state.format >= FORMAT

    async def _fold(self, key: Key, folded: Conversation | None) -> tuple[Conversation, Snapshot]:
        """The state that the log gives, from `folded` on, without the bot's run, and what was read last."""
        while True:
            seq = folded.seq if folded else 0
            events, read = await self._events(key, seq, seq + PAGE_EVENTS + 1)
            state = read.state
            if folded is None:
                folded = Conversation(
                    organisation=state.organisation, id=state.id, contact=state.contact, channel=state.channel
                )
            for event in events:
                folded = evolve(folded, event)
            if folded.seq >= state.seq or state.format >= FORMAT:
                return folded, read

    async def _events(self, key: Key, after: int, end: int) -> tuple[list[Event], Snapshot]:
        """Those above `after` and below `end`. A read answers as many of the newest of them as fit."""
        events: list[Event] = []
        while True:
            read = await self._log.read(key, Range(is_staff=True, limit=end - after - 1, before=end))
            if read is None:
                raise NotFound("There is no such conversation.")
            found = [event for event in read.events if event.seq > after]
            events = [*found, *events]
            end = found[0].seq if found else after + 1
            if end <= after + 1:
                return events, read
