"""What must happen without anybody asking: owed turns, turns of nodes that are gone, claims that this node does not
run, timers, old pieces, the clock's anchor. Everything goes through the door.
"""

import asyncio
from collections.abc import Callable, Collection

import anyio
import structlog

from intervene.core.commands import FireTimer, GiveBackTurn, TakeUpTurn
from intervene.core.conversation import Conversation, Owed, Running
from intervene.core.errors import Unavailable
from intervene.core.ids import Key, NodeId
from intervene.core.limits import BEAT_SECONDS, PIECES_KEPT_SECONDS
from intervene.engine import Answer, Engine
from intervene.ports import Clock, Log, Work

log_ = structlog.get_logger(__name__)

TICK_SECONDS = 0.02  # the least rest: what is due may take a moment to be committed
SWEEP_SECONDS = 3600.0


class Upkeep:
    """`claimant` as the engine's; `is_running` tells whether this node runs that turn; `is_gone` whether a node will
    not come back; `knows` which format of rows it can read; `others` are those that live beside this one and can read
    what it writes; `anchor` sets the clock."""

    def __init__(
        self,
        *,
        node: NodeId,
        engine: Engine,
        log: Log,
        clock: Clock,
        claimant: Callable[[], NodeId | None],
        is_running: Callable[[Key, int], bool],
        is_gone: Callable[[NodeId], bool],
        knows: Callable[[NodeId], int],
        others: Callable[[], Collection[NodeId]],
        anchor: Callable[[int], None],
    ) -> None:
        self._node = node
        self._engine = engine
        self._log = log
        self._clock = clock
        self._claimant = claimant
        self._is_running = is_running
        self._is_gone = is_gone
        self._knows = knows
        self._others = others
        self._anchor = anchor
        self._unrun: set[tuple[Key, int]] = set()
        self._next_due = 0
        self._woken = asyncio.Event()
        self._swept_at = -SWEEP_SECONDS

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A timer that was just set may be the next one, and a turn that another node gave back may be ours."""
        run = after.run
        if run is None:
            return
        if run.due and (not self._next_due or run.due < self._next_due):
            self._next_due = run.due
            self._woken.set()
        if isinstance(run.turn, Owed) and before is not None and isinstance(before.turn, Running):
            self._woken.set()

    def lost(self, key: Key) -> None:
        """Another node's upkeep sees to it."""

    def wake(self) -> None:
        """Another node has gone."""
        self._woken.set()

    async def keep(self) -> None:
        """For ever. The first beat is at once: what a former process left is picked up."""
        was_away = False
        while True:
            try:
                await self.beat()
                was_away = False
            except Unavailable:
                if not was_away:
                    log_.warning("the log is away; upkeep tries again")
                was_away = True
            await self._rest()

    async def beat(self) -> None:
        self._woken.clear()  # a timer that is set while we read ends the rest at once
        now = await self._log.now()
        self._anchor(now)
        unrun: set[tuple[Key, int]] = set()
        for work in await self._log.work(now, self._node, self._others()):
            self._see_to(work, now, unrun)
        self._unrun = unrun
        self._next_due = await self._log.next_due() or 0
        if self._clock.monotonic() - self._swept_at > SWEEP_SECONDS:
            self._swept_at = self._clock.monotonic()
            await self._log.drop_pieces(now - int(PIECES_KEPT_SECONDS * 1000))

    def _see_to(self, work: Work, now: int, unrun: set[tuple[Key, int]]) -> None:
        if work.runner == "owed":
            if self._claimant():
                self._engine.submit(work.key, TakeUpTurn(), _answered)
        elif work.runner == self._node:
            if not self._is_running(work.key, work.turn):
                # It may have been claimed, or ended, since this was read: only what two beats find is given back.
                unrun.add((work.key, work.turn))
                if (work.key, work.turn) in self._unrun:
                    self._engine.submit(work.key, GiveBackTurn(turn=work.turn), _answered)
        elif work.runner and self._is_lost(NodeId(work.runner), work.format):
            self._engine.submit(work.key, TakeUpTurn(lost=work.runner), _answered)
        elif work.due and work.due <= now:
            self._engine.submit(work.key, FireTimer(epoch=work.epoch, due=work.due), _answered)

    def _is_lost(self, node: NodeId, format: int) -> bool:
        """Whether it will not end its turn: it is gone, or it is of a release that can no longer read the row."""
        return self._is_gone(node) or format > self._knows(node)

    async def _rest(self) -> None:
        seconds = BEAT_SECONDS
        if self._next_due:
            seconds = min(seconds, max(TICK_SECONDS, (self._next_due - self._clock.now()) / 1000))
        with anyio.move_on_after(seconds):
            await self._woken.wait()


def _answered(answer: Answer) -> None:
    if isinstance(answer, Unavailable):
        log_.warning("upkeep was not heard; the next beat tries again")
