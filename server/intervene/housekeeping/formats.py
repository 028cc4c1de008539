"""Raises rows of former formats to the one that all nodes read: open conversations first, a few at a time.

It changes nothing else: each is a commit without events through the engine, so that feeds on all nodes follow, and any
commit of a conversation raises its row by the way. One node does it, the first by id of those that are alive; a second
one would do no harm.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import anyio
import structlog

from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.turns import RaiseFormat
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.ids import Key
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.ports.schedule import Schedule

logger = structlog.get_logger(__name__)

ROWS_AT_ONCE = 500  # looked at in one query
RAISED_AT_ONCE = 16  # commands under way
WAIT_BEATS = 3  # heartbeats to the next look, while rows may be left
PAUSE_SECONDS = 0.02  # between two queries: the database has more to do


class Formats:
    """`format`: in which rows are written now; `is_mine`: whether this node is the one to raise them."""

    def __init__(
        self,
        *,
        engine: Engine,
        schedule: Schedule,
        format: Callable[[], int],
        is_mine: Callable[[], bool],
        timing: Timing = PRODUCTION,
    ) -> None:
        self.raised = 0
        self._engine = engine
        self._schedule = schedule
        self._format = format
        self._is_mine = is_mine
        self._timing = timing
        self._is_done = False

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
        elif self._is_mine() and not self._is_done:
            before = self.raised
            self._is_done = await self._raise(only_open=True) and await self._raise(only_open=False)
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
        answers = await asyncio.gather(*(self._engine.call(key, RaiseFormat()) for key in keys), return_exceptions=True)
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        self.raised += len(answers) - len(failed)
        for problem in failed:
            if not isinstance(problem, InterveneError):
                raise problem
        return not failed
