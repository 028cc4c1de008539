"""What must happen without a request: owed turns, turns of nodes that are gone, claims that this node does not
run, timers, old pieces, the clock's anchor. Everything goes through the door.

Work that is due may be impossible for a while: another program locks the row, the disk is full. So each conversation
has at most one command under way, rests longer after each failure, and few are tried while any fails: a connection that
waits for a lock is one that no takeover can have.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from functools import partial

import anyio
import structlog

from intervene.core.backoff import rest_seconds
from intervene.core.conversation.decide import Command
from intervene.core.conversation.state import Conversation, Owed, Running
from intervene.core.conversation.turns import FireTimer, GiveBackTurn, TakeUpTurn
from intervene.core.errors import Unavailable
from intervene.core.ids import Key, NodeId
from intervene.core.timers import Timers, seconds_left
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.engine import Engine
from intervene.engine.queue import Answer
from intervene.outage import Outage
from intervene.ports.clock import Clock
from intervene.ports.log import Receipt
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule, Work

log_ = structlog.get_logger(__name__)

TIMERS_AT_ONCE = 100  # the next ones, read with each beat so that another node's timers are known too
WORK_AT_ONCE = 500  # that the log answers at most, of each kind
FEWEST_AT_ONCE = 3  # commands under way at first and after a failure: less than the connections for decisions
MOST_AT_ONCE = 64  # each that succeeds allows one more, up to here
RETRIES_AT_ONCE = 1  # of those that have failed before: the others must not wait behind them


class _Tried:
    """A conversation's work that is under way, or has failed."""

    __slots__ = ("failures", "is_under_way", "retry_at")

    def __init__(self) -> None:
        self.failures = 0
        self.is_under_way = False
        self.retry_at = 0.0


class Upkeep:
    """`claimant` as the engine's; `is_running`: whether this node runs that turn; `is_gone` whether a node will
    not come back; `knows`: which format of rows it can read; `others` are those alive beside this one and can read
    what it writes; `anchor` sets the clock."""

    def __init__(
        self,
        *,
        node: NodeId,
        engine: Engine,
        schedule: Schedule,
        retention: Retention,
        clock: Clock,
        claimant: Callable[[], NodeId | None],
        is_running: Callable[[Key, int], bool],
        is_gone: Callable[[NodeId], bool],
        knows: Callable[[NodeId], int],
        others: Callable[[], Collection[NodeId]],
        anchor: Callable[[int], None],
        timing: Timing = PRODUCTION,
    ) -> None:
        self._timing = timing
        self._node = node
        self._engine = engine
        self._schedule = schedule
        self._retention = retention
        self._clock = clock
        self._claimant = claimant
        self._is_running = is_running
        self._is_gone = is_gone
        self._knows = knows
        self._others = others
        self._anchor = anchor
        self._unrun: set[tuple[Key, int]] = set()
        self._timers = Timers()
        self._is_new = True
        """There was no beat yet: what the clock says is this machine's idea of the time."""
        self._woken = asyncio.Event()
        self._due: dict[Key, Command] = {}
        """What the last beat found and was not submitted yet."""
        self._tried: dict[Key, _Tried] = {}
        self._under_way = self._retries = 0
        self._most = FEWEST_AT_ONCE
        self._may_be_more = False
        """The last beat read as much as one beat may."""
        self._outage = Outage(over="all that was due could be done", level="warning", timing=timing)

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A timer that was just set may be the next one, and a turn that another node gave back may be ours."""
        run = after.run
        if run is None and before is not None and before.run is None:
            return  # as with most messages
        if run is None or not run.due:
            self._timers.forget(after.key)
        if run is None:
            return
        if run.due:
            self._note(after, run.due)
        if isinstance(run.turn, Owed) and before is not None and isinstance(before.turn, Running):
            self._woken.set()

    def _note(self, state: Conversation, due: int) -> None:
        """A timer that was just set. Where that cannot be, our idea of the database's clock or the timer is old, and
        the next beat reads both."""
        left = due - self._clock.now()
        if 0 < left <= due - state.last_at:
            before = self._timers.next_end
            self._timers.note(state.key, state.epoch, due, left / 1000, self._clock.monotonic())
            if self._timers.next_end >= before:
                return
        self._woken.set()

    def lost(self, key: Key) -> None:
        """Another node's upkeep sees to it."""

    def wake(self) -> None:
        """Another node has gone."""
        self._woken.set()

    async def keep(self) -> None:
        """For ever. The first beat is at once: what a former process left is picked up."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_beating)
            tasks.start_soon(self._keep_sweeping)

    async def _keep_beating(self) -> None:
        was_away = False
        while True:
            try:
                await self.beat()
                was_away = False
                await self._rest()
            except Unavailable:
                if not was_away:
                    log_.warning("the log is away; upkeep tries again")
                was_away = True
                rest = self._timing.heartbeat
                await asyncio.sleep(rest_seconds(1, first=rest, longest=rest, chance=random.random()))

    async def beat(self) -> None:
        self._woken.clear()  # a timer that is set while we read ends the rest at once
        began, known = self._clock.monotonic(), self._clock.now()
        now = await self._schedule.now()
        self._anchor(now)
        is_whole = await self._read_timers(now if self._is_new else min(now, known))
        self._is_new = False
        unrun: set[tuple[Key, int]] = set()
        due: dict[Key, Command] = {}
        found = await self._schedule.work(now, self._node, self._others())
        for work in found:
            if command := self._see_to(work, now, unrun):
                due[work.key] = command
        self._see_again(found)
        if is_whole:
            self._timers.forget_unseen(since=began)
        for key, timer in self._timers.over(self._clock.monotonic()).items():
            due.setdefault(key, FireTimer(epoch=timer.epoch, due=timer.due))
        self._may_be_more = len(found) >= WORK_AT_ONCE
        self._unrun, self._due = unrun, due
        self._tried = {key: tried for key, tried in self._tried.items() if tried.is_under_way or key in due}
        if not self._is_failing():
            self._outage.answered()
        self._submit()

    async def _read_timers(self, now: int) -> bool:
        """Whether these are all. `now`: on the database's clock as it was known before this beat, if that is earlier:
        what is due only because the clock was set forward has as long to go as before."""
        read_at = self._clock.monotonic()
        pending = await self._schedule.timers(now, TIMERS_AT_ONCE)
        for timer in pending:
            left = seconds_left(timer.due, timer.since, now)
            self._timers.note(timer.key, timer.epoch, timer.due, left, read_at)
        return len(pending) < TIMERS_AT_ONCE

    def _see_again(self, due: Sequence[Work]) -> None:
        now = self._clock.monotonic()
        for work in due:
            if work.due and not self._timers.is_over(work.key, work.due, now):
                self._timers.note(work.key, work.epoch, work.due, 0.0, now)  # its end is fixed already

    def _see_to(self, work: Work, now: int, unrun: set[tuple[Key, int]]) -> Command | None:
        if work.runner == "owed":
            return TakeUpTurn() if self._claimant() else None
        if work.runner == self._node:
            if self._is_running(work.key, work.turn):
                return None
            # It may have been claimed, or ended, since this was read: only what two beats find is given back.
            unrun.add((work.key, work.turn))
            return GiveBackTurn(turn=work.turn) if (work.key, work.turn) in self._unrun else None
        if work.runner:
            return TakeUpTurn(lost=work.runner) if self._is_lost(NodeId(work.runner), work.format) else None
        is_over = 0 < work.due <= now and self._timers.is_over(work.key, work.due, self._clock.monotonic())
        return FireTimer(epoch=work.epoch, due=work.due) if is_over else None

    def _is_lost(self, node: NodeId, format: int) -> bool:
        """Whether it will not end its turn: it is gone, or it is of a release that can no longer read the row."""
        return self._is_gone(node) or format > self._knows(node)

    # -- one command per conversation ----------------------------------------------------------------------------------

    def _submit(self) -> None:
        """What is due and neither under way nor at rest after a failure, as much as may be under way."""
        now = self._clock.monotonic()
        for key in list(self._due):
            if self._under_way >= self._most:
                return
            tried = self._tried.get(key) or _Tried()
            if tried.is_under_way or tried.retry_at > now or (tried.failures and self._retries >= RETRIES_AT_ONCE):
                continue
            self._tried[key] = tried
            tried.is_under_way = True
            self._under_way += 1
            self._retries += tried.failures > 0
            self._engine.submit(key, self._due.pop(key), partial(self._answered, key, tried))

    def _answered(self, key: Key, tried: _Tried, answer: Answer) -> None:
        tried.is_under_way = False
        self._under_way -= 1
        self._retries -= tried.failures > 0
        if isinstance(answer, Receipt):
            self._tried.pop(key, None)
            self._most = min(MOST_AT_ONCE, self._most + 1)
            if tried.failures:
                self._hurry()
        else:
            self._failed(tried, answer)
        self._submit()
        if not self._due and not self._under_way:
            self._most = FEWEST_AT_ONCE
            if self._may_be_more and isinstance(answer, Receipt):
                self._woken.set()

    def _failed(self, tried: _Tried, answer: Answer) -> None:
        tried.failures += 1
        tried.retry_at = self._clock.monotonic() + rest_seconds(
            tried.failures, first=self._timing.due_retry, longest=self._timing.due_retry_longest, chance=random.random()
        )
        self._most = FEWEST_AT_ONCE
        if isinstance(answer, Unavailable):
            self._outage.failed("what is due cannot be done; it is tried again", problem=answer.sentence)

    def _hurry(self) -> None:
        """What had failed could be done: so may the others."""
        soon = self._clock.monotonic() + self._timing.due_retry * random.random()
        for tried in self._tried.values():
            tried.retry_at = min(tried.retry_at, soon)

    def _is_failing(self) -> bool:
        return any(tried.failures for tried in self._tried.values())

    # -- old pieces ----------------------------------------------------------------------------------------------------

    async def _keep_sweeping(self) -> None:
        failures = 0
        while True:
            try:
                await self.sweep()
                failures = 0
                await asyncio.sleep(self._timing.retention)
            except Unavailable:
                failures += 1
                await asyncio.sleep(
                    rest_seconds(
                        failures,
                        first=self._timing.retention_retry,
                        longest=self._timing.retention_retry_longest,
                        chance=random.random(),
                    )
                )

    async def sweep(self) -> None:
        """Drop the pieces of messages that were complete a while ago. No timer waits for it."""
        await self._retention.drop_pieces(await self._schedule.now() - int(self._timing.pieces_kept * 1000))

    async def _rest(self) -> None:
        seconds = self._timing.heartbeat
        seconds = min(seconds, max(self._timing.due_rest, self._timers.next_end - self._clock.monotonic()))
        with anyio.move_on_after(seconds):
            await self._woken.wait()
