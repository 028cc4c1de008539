"""How a board is read from the database, and compared with it: at a gap in what other nodes publish, when a
subscription begins, when a node dies or reports a loss, and from time to time. With one node there is nothing to
compare.
"""

import asyncio
from collections.abc import Callable

import anyio
import structlog

from intervene.core.errors import Unavailable
from intervene.core.ids import ConversationId
from intervene.core.timing import PRODUCTION, Timing
from intervene.inbox.boards import Boards, Held
from intervene.inbox.listing import OPEN, STATES_AT_ONCE, at
from intervene.ports.clock import Clock
from intervene.ports.inbox import At, Inbox
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)

VERSIONS_AT_ONCE = 2000
SHARE = 20  # a comparison that took some time is not begun again before so many times as long


class Comparing:
    """`is_polled`: what other nodes publish may not come at present. `compared` is called with each board that was."""

    def __init__(
        self, inbox: Inbox, boards: Boards, clock: Clock, *, has_hub: bool, timing: Timing = PRODUCTION
    ) -> None:
        self.is_polled: Callable[[], bool] = lambda: False
        self.compared: Callable[[Held], None] = lambda held: None
        self.comparisons = 0
        self._inbox = inbox
        self._boards = boards
        self._clock = clock
        self._has_hub = has_hub
        self._timing = timing
        self._tasks = Tasks()
        self._woken = asyncio.Event()
        boards.amiss = self.soon

    async def ready(self, held: Held) -> None:
        """Return when the board has been read. Raises `Unavailable`."""
        loading = held.loading
        if loading is None or (loading.done() and (loading.cancelled() or loading.exception())):
            loading = held.loading = self._tasks.spawn(self._load(held))
        await asyncio.shield(loading)

    def soon(self, held: Held) -> None:
        """The board may lack something."""
        held.is_amiss = True
        self._woken.set()

    def all_soon(self) -> None:
        """Any board may."""
        for held in self._boards:
            self.soon(held)

    async def keep(self) -> None:
        """For ever."""
        while True:
            with anyio.move_on_after(self._timing.boards_polled):
                await self._woken.wait()
            self._woken.clear()
            await anyio.sleep(self._timing.gap)  # what is amiss with one is so with many
            for held in self._boards:
                if not held.users and held.drop_at <= self._clock.monotonic():
                    self._boards.drop(held)
                elif self._is_due(held):
                    await self._compare(held)

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()

    def _is_due(self, held: Held) -> bool:
        now = self._clock.monotonic()
        if not self._has_hub or not held.is_loaded or now < held.rest_until:
            return False
        interval = self._timing.boards_polled if self.is_polled() else self._timing.boards
        return held.is_amiss or now >= held.compared_at + interval

    async def _load(self, held: Held) -> None:
        """What changes meanwhile comes as to any board: the newest version wins."""
        began = self._clock.monotonic()
        held.is_complete = await self._inbox.is_complete(held.organisation)
        for place in OPEN:
            after: At | None = None
            while True:
                states = await self._inbox.page(held.organisation, place, after, STATES_AT_ONCE)
                held.reread(states)
                if len(states) < STATES_AT_ONCE or len(held.board) >= held.board.limit:
                    break
                after = at(states[-1])
        self._compared(held, began)

    async def _compare(self, held: Held) -> None:
        began = self._clock.monotonic()
        held.is_amiss = False
        try:
            had = held.board.versions()
            differing = held.board.differing(had, await self._versions(held))
            await self._reread(held, list(differing))
            held.is_complete = await self._inbox.is_complete(held.organisation)
        except Exception as problem:
            held.is_amiss = True
            if not isinstance(problem, Unavailable):
                log_.exception("a board could not be compared", organisation=held.organisation)
        else:
            self.comparisons += 1
            self._compared(held, began)
            self._boards.stirred()
            self.compared(held)

    def _compared(self, held: Held, began: float) -> None:
        held.compared_at = self._clock.monotonic()
        held.rest_until = held.compared_at + SHARE * (held.compared_at - began)

    async def _versions(self, held: Held) -> dict[ConversationId, int]:
        """Of as many conversations as a board has room for, and in the order of `_load`."""
        found: dict[ConversationId, int] = {}
        for place in OPEN:
            after: At | None = None
            while len(found) < held.board.limit:
                some = await self._inbox.versions(held.organisation, place, after, VERSIONS_AT_ONCE)
                found |= {version.id: version.version for version in some}
                if len(some) < VERSIONS_AT_ONCE:
                    break
                after = some[-1].at
        return found

    async def _reread(self, held: Held, ids: list[ConversationId]) -> None:
        for begin in range(0, len(ids), STATES_AT_ONCE):
            some = ids[begin : begin + STATES_AT_ONCE]
            states = await self._inbox.find(held.organisation, some)
            held.reread(states)
            for id in {*some} - {state.id for state in states}:
                held.drop(id)
