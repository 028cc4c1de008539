"""Drop what the log need not keep: the pieces of messages that were complete a while ago. No timer waits for it."""

import asyncio
import random

from intervene.core.backoff import rest_seconds
from intervene.core.errors import Unavailable
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
        await self._retention.drop_pieces(await self._schedule.now() - int(self._timing.pieces_kept * 1000))

    def _rest(self, failures: int) -> float:
        first, longest = self._timing.retention_retry, self._timing.retention_retry_longest
        return rest_seconds(failures, first=first, longest=longest, chance=random.random())
