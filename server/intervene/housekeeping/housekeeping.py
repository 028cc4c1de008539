"""What must happen without a request: due turns, due timers, old pieces, the clock's anchor. All that changes a
conversation goes through the door.
"""

import asyncio
import random
from collections.abc import Callable, Collection

import anyio
import structlog

from intervene.core.backoff import rest_seconds
from intervene.core.conversation.state import Conversation, Owed, Running
from intervene.core.errors import Unavailable
from intervene.core.ids import Key, NodeId
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.housekeeping.attempts import Attempts
from intervene.housekeeping.retention import Sweeper
from intervene.housekeeping.timers import DueTimers
from intervene.housekeeping.turns import DueTurns
from intervene.ports.clock import Clock
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule

log_ = structlog.get_logger(__name__)

WORK_AT_ONCE = 500  # that the log answers at most, of each kind


class Housekeeping:
    """`others` are the nodes alive beside this one that can read what it writes; `anchor` sets the clock."""

    def __init__(
        self,
        *,
        node: NodeId,
        engine: Engine,
        schedule: Schedule,
        retention: Retention,
        clock: Clock,
        turns: DueTurns,
        others: Callable[[], Collection[NodeId]],
        anchor: Callable[[int], None],
        timing: Timing = PRODUCTION,
    ) -> None:
        self._timing = timing
        self._node = node
        self._schedule = schedule
        self._clock = clock
        self._turns = turns
        self._others = others
        self._anchor = anchor
        self._woken = asyncio.Event()
        self._timers = DueTimers(schedule, clock)
        self._attempts = Attempts(engine, clock, self.wake, timing)
        self.sweeper = Sweeper(retention, schedule, timing)

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A timer that was just set may be the next one, and a turn that another node gave back may be ours."""
        run = after.run
        if run is None and before is not None and before.run is None:
            return  # as with most messages
        if run is None or not run.due:
            self._timers.forget(after.key)
        if run is None:
            return
        if run.due and self._timers.note(after, run.due):
            self.wake()
        if isinstance(run.turn, Owed) and before is not None and isinstance(before.turn, Running):
            self.wake()

    def lost(self, key: Key) -> None:
        """Another node's housekeeping sees to it."""

    def wake(self) -> None:
        """Begin the next heartbeat at once, as when another node is gone."""
        self._woken.set()

    async def run(self) -> None:
        """For ever. The first heartbeat is at once: what a former process left is picked up."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._run_heartbeats)
            tasks.start_soon(self.sweeper.run)

    async def _run_heartbeats(self) -> None:
        was_away = False
        while True:
            try:
                await self.heartbeat()
                was_away = False
                await self._rest()
            except Unavailable:
                if not was_away:
                    log_.warning("the log is away; housekeeping tries again")
                was_away = True
                rest = self._timing.heartbeat
                await asyncio.sleep(rest_seconds(1, first=rest, longest=rest, chance=random.random()))

    async def heartbeat(self) -> None:
        """Read what is due, and submit commands for it."""
        self._woken.clear()  # a timer that is set while we read ends the rest at once
        known = self._clock.now()
        now = await self._schedule.now()
        self._anchor(now)
        await self._timers.read(now, known)
        found = await self._schedule.work(now, self._node, self._others())
        due = self._turns.commands(found)
        for key, command in self._timers.commands(found, now).items():
            due.setdefault(key, command)
        self._attempts.replace(due, may_be_more=len(found) >= WORK_AT_ONCE)

    async def _rest(self) -> None:
        seconds = self._timing.heartbeat
        seconds = min(seconds, max(self._timing.due_rest, self._timers.next_end - self._clock.monotonic()))
        with anyio.move_on_after(seconds):
            await self._woken.wait()
