"""Drop what need not be kept: pieces of messages that were complete a while ago, requests that are repeated no more,
drafts that were never sent. Fold the names that a migration has left. No timer waits for it.
"""

import asyncio
import random

from intervene.core.backoff import rest_seconds
from intervene.core.errors import Unavailable
from intervene.core.limits import DRAFT_SECONDS, REQUEST_KEPT_SECONDS
from intervene.core.timing import Timing
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule


class Sweeper:
    def __init__(self, retention: Retention, schedule: Schedule, timing: Timing) -> None:
        self._retention = retention
        self._schedule = schedule
        self._timing = timing

    async def run(self) -> None:
        """For ever, also while the log is away."""
        failures = 0
        while True:
            try:
                await self.sweep()
                failures = 0
                await asyncio.sleep(self._timing.retention)
            except Unavailable:
                failures += 1
                await asyncio.sleep(self._rest(failures))

    async def sweep(self) -> None:
        await self._retention.fold_names()
        now = await self._schedule.now()
        await self._retention.drop_pieces(now - int(self._timing.pieces_kept * 1000))
        await self._retention.drop_drafts(now - DRAFT_SECONDS * 1000)
        await self._retention.drop_requests(now - REQUEST_KEPT_SECONDS * 1000)

    def _rest(self, failures: int) -> float:
        first, longest = self._timing.retention_retry, self._timing.retention_retry_longest
        return rest_seconds(failures, first=first, longest=longest, chance=random.random())
